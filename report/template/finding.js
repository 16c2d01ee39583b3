(() => {
"use strict";
const { $, $$, el, save, tableText, bring, place, inflated } = window.page;
const about = JSON.parse($("#about").textContent);
const phone = matchMedia("(max-width:699px)");

// what was done, in a line that goes by itself
const done = el("p");
done.id = "done"; done.hidden = true; done.setAttribute("role", "status");
document.body.append(done);
let gone = 0;
const tell = text => { clearTimeout(gone); done.hidden = false; done.textContent = text; gone = setTimeout(() => { done.hidden = true; }, 2500); };

// addresses: as this reader has them, and as others may find them
const link = id => `${location.href.split("#")[0]}#${id}`;
const page = location.protocol.startsWith("http") ? location.href.split("#")[0] : `${about.address}${about.page}`;
const copy = async (text, words) => {
  try { await navigator.clipboard.writeText(text); } catch {
    const area = el("textarea", text, "vh");
    ($("dialog[open]") || document.body).append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    if (!copied) { tell(`Could not copy. The address is ${text}`); return; }
  }
  tell(words);
};
document.addEventListener("click", e => {
  const a = e.target instanceof Element ? e.target.closest("a.at") : null;
  if (a && !(e.metaKey || e.ctrlKey || e.shiftKey || e.altKey)) copy(link(a.hash.slice(1)), "Link copied");
});

// a drawing that can stand alone: number, title, subtitle, source, edition and address, and its faces, all inside
const words = node => {
  if (!node) return "";
  const bare = node.cloneNode(true);
  $$(".vh,.at,.share,.weak", bare).forEach(n => n.remove());
  return bare.textContent.replace(/\s+/g, " ").trim();
};
const PAD = 24, [INK, INK2, INK3] = about.inks;
const pen = el("canvas").getContext("2d");
const lines = (text, font, width) => {
  pen.font = font;
  const found = [];
  for (const word of text.split(" ")) {
    const longer = found.length ? `${found[found.length - 1]} ${word}` : word;
    if (found.length && pen.measureText(longer).width <= width) found[found.length - 1] = longer; else found.push(word);
  }
  return found;
};
const node = (tag, attributes, ...children) => {
  const n = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) n.setAttribute(name, value);
  n.append(...children);
  return n;
};
const alone = async figure => {
  const chart = $(".chart.awake .live svg", figure) || $(".chart > svg.wide", figure);
  const [, , wide, high] = chart.getAttribute("viewBox").split(/\s+/).map(Number);
  const texts = [
    [words($(".no", figure)), 400, 13, 18, "Sans", INK3], [words($("h3", figure)), 600, 22, 27, "Serif", INK],
    [words($(".sub", figure)), 400, 15, 21, "Sans", INK2], null,
    [words($(".src", figure)), 400, 13, 18, "Sans", INK3],
    [`${about.title}. ${about.edition}`, 400, 12, 17, "Sans", INK3], [`${page}#${figure.id}`, 400, 12, 17, "Sans", INK3],
  ];
  const font = ([, weight, size, , family]) => `${weight} ${size}px "Report ${family}"`;
  await Promise.all(texts.filter(Boolean).map(t => document.fonts.load(font(t))));
  const drawing = chart.cloneNode(true);
  ["class", "role", "aria-label"].forEach(name => drawing.removeAttribute(name));
  const whole = node("svg", { "font-family": "Report Sans, Source Sans Pro, sans-serif" });
  const sheet = node("rect", { fill: "#FFFFFF" });
  whole.append(node("title", {}, words($("h3", figure))), sheet);
  let y = PAD;
  for (const entry of texts) {
    if (!entry) {
      for (const [name, value] of Object.entries({ x: PAD, y: y + 12, width: wide, height: high, overflow: "visible", "font-family": "Report Sans, Source Sans Pro, sans-serif" })) drawing.setAttribute(name, value);
      whole.append(drawing);
      y += high + 24;
      continue;
    }
    const [text, weight, size, lead, family, fill] = entry;
    for (const line of text ? lines(text, font(entry), wide) : []) {
      y += lead;
      whole.append(node("text", { x: PAD, y: y - lead * 0.28, fill, "font-size": size, "font-weight": weight, "font-family": `Report ${family}, Source ${family} Pro, ${family === "Serif" ? "serif" : "sans-serif"}` }, line));
    }
  }
  const box = { width: wide + 2 * PAD, height: Math.ceil(y + PAD) };
  Object.entries({ ...box, viewBox: `0 0 ${box.width} ${box.height}` }).forEach(([name, value]) => whole.setAttribute(name, value));
  Object.entries(box).forEach(([name, value]) => sheet.setAttribute(name, value));
  const faces = ($("style").textContent.match(/@font-face\{[^}]*\}/g) || []).filter(face => /font-style:normal/.test(face) && !(/Serif/.test(face) && /weight:400/.test(face)));
  whole.prepend(node("style", {}, faces.join("")));
  return { ...box, text: new XMLSerializer().serializeToString(whole) };
};
const picture = async figure => {
  const { width, height, text } = await alone(figure);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = el("canvas");
  canvas.width = 2 * width; canvas.height = 2 * height;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob(blob => blob ? resolve(blob) : reject(new Error("no picture")), "image/png"));
};

// the data: what the page holds for it, else the table in its fold
const tables = $("#csvs") ? JSON.parse($("#csvs").textContent) : {};
const name = figure => figure.id.replace(/^exhibit-/, "");
const data = async figure => {
  if (name(figure) in tables) return tables[name(figure)];
  const fold = $("[data-late]:not([data-shown]) .fold", figure);
  bring(fold);
  return tableText(fold);
};

// how to cite: the exhibit, or the report where none is named
const tex = text => text.replace(/[&%$#_{}]/g, "\\$&");
const cited = (label, title, id) => {
  const address = id ? `${page}#${id}` : page, year = about.released.slice(0, 4);
  const part = [label && `${label}${about.other ? ` of ${about.named}` : ""}: ${title}`].filter(Boolean);
  const text = `${about.author} (${year}). ${about.title}. ${part.map(p => `${p.replace(/\.$/, "")}. `).join("")}${about.edition}. ${address}`;
  // where nobody has published it yet, no address can be followed: the words name the file, and BibTeX takes none
  const fields = { author: `{${tex(about.author)}}`, title: `{${tex(about.title)}}`, year, version: about.version, note: tex([...part, about.edition].join(". ")), ...(address.startsWith("http") && { howpublished: `\\url{${address}}` }) };
  const key = ["deepseek-era", year, ...(label ? [label.toLowerCase().replace(/\W+/g, "-")] : [])].join("-");
  return [text, `@misc{${key},\n${Object.entries(fields).map(([k, v]) => `  ${k} = {${v}}`).join(",\n")}\n}`];
};
const button = (text, act) => { const b = el("button", text); b.type = "button"; b.addEventListener("click", act); return b; };
const dialog = id => {
  const box = el("dialog");
  box.id = id;
  // a click beside it closes it
  box.addEventListener("click", e => { if (e.target === box) box.close(); });
  document.body.append(box);
  return box;
};
let cite = null;
const citing = (label, title, id) => {
  cite ||= dialog("cite");
  const [text, bib] = cited(label, title, id), pre = el("pre", bib), tools = el("p", undefined, "tools"), h2 = el("h2", `Cite ${label || "this report"}`);
  h2.id = "h-cite";
  cite.setAttribute("aria-labelledby", h2.id);
  pre.tabIndex = 0;
  tools.append(button("Copy text", () => copy(text, "Text copied")), button("Copy BibTeX", () => copy(bib, "BibTeX copied")), button("Close", () => cite.close()));
  cite.replaceChildren(h2, el("p", text), el("h3", "BibTeX"), pre, tools);
  cite.showModal();
};
$$("[data-cite]").forEach(b => { b.hidden = false; b.addEventListener("click", () => citing("", "", "")); });

// Share, at the right of each exhibit's number line
let opened = null;
const shut = () => { if (!opened) return; opened.lastChild.remove(); opened.firstChild.setAttribute("aria-expanded", "false"); opened = null; };
const offer = (figure, box) => {
  shut();
  const label = words($(".no", figure)), list = el("div"), drawn = $(".chart svg", figure);
  const act = (text, what) => list.append(button(text, async () => { shut(); try { await what(); } catch { tell("This browser could not make it"); } }));
  act("Copy link", () => copy(link(figure.id), "Link copied"));
  if (drawn) {
    act("Picture, PNG", async () => save(`${name(figure)}.png`, "image/png", await picture(figure)));
    act("Drawing, SVG", async () => save(`${name(figure)}.svg`, "image/svg+xml", (await alone(figure)).text));
  }
  act("Data, CSV", async () => save(`${name(figure)}.csv`, "text/csv", await data(figure)));
  act("Cite this", () => citing(label, words($("h3", figure)), figure.id));
  box.append(list);
  box.firstChild.setAttribute("aria-expanded", "true");
  opened = box;
  list.firstChild.focus();
};
$$("figure.ex").forEach(figure => {
  const box = el("span", undefined, "share"), b = button("Share", () => { if (opened === box) shut(); else offer(figure, box); });
  b.append(el("span", ` ${words($(".no", figure))}`, "vh"));
  b.setAttribute("aria-expanded", "false");
  box.append(b);
  $(".no", figure).append(box);
});
document.addEventListener("keydown", e => { if (e.key === "Escape" && opened) { const b = opened.firstChild; shut(); b.focus(); } });
document.addEventListener("pointerdown", e => { if (opened && !opened.contains(e.target)) shut(); });
document.addEventListener("focusin", e => { if (opened && !opened.contains(e.target)) shut(); });

// terms: what one means, on hover, on focus and at a finger's first tap; the second follows the link to the list
const gloss = $("#gloss");
let asked = null, leaving = 0;
const quiet = () => { clearTimeout(leaving); gloss.hidden = true; if (asked) asked.removeAttribute("aria-describedby"); asked = null; };
const explain = a => {
  clearTimeout(leaving);
  const meaning = $("dd", document.getElementById(a.hash.slice(1)) || document.createElement("div"));
  if (!meaning || asked === a) return;
  quiet();
  gloss.textContent = meaning.textContent;
  asked = a;
  a.setAttribute("aria-describedby", "gloss");
  const r = a.getClientRects()[0];
  place(gloss, r.left, r.top, r.bottom);
};
const term = e => e.target instanceof Element ? e.target.closest("a.term") : null;
const soon = () => { clearTimeout(leaving); leaving = setTimeout(quiet, 160); };
document.addEventListener("pointerover", e => { if (e.pointerType === "touch") return; const a = term(e); if (a) explain(a); else if (e.target.closest?.("#gloss")) clearTimeout(leaving); else if (asked && asked !== document.activeElement) soon(); });
document.addEventListener("focusin", e => { const a = term(e); if (a) explain(a); else quiet(); });
document.addEventListener("focusout", e => { if (term(e)) soon(); });
document.addEventListener("keydown", e => { if (e.key === "Escape") quiet(); });
document.addEventListener("pointerdown", e => { const a = term(e); if (a && e.pointerType === "touch") a.dataset.touched = asked === a ? "go" : "show"; else if (!a && !e.target.closest?.("#gloss")) quiet(); });
// heard before the page's own listener, which would take it for a jump
document.addEventListener("click", e => { const a = term(e); if (!a) return; if (a.dataset.touched === "show") { e.preventDefault(); explain(a); } else quiet(); delete a.dataset.touched; }, true);

// search: names, claims, exhibits, terms and what else has an address; nine hits, and how many more there are
const box = $(".find"), field = $("#find"), hits = $("#hits"), HITS = 9;
box.hidden = false;
const KINDS = [
  ["call", ".row[id]", e => [words($(".n > span:last-child", e)), words($(".c", e))]],
  ["card", ".card", e => { const more = words($("header > span", e)); return [[words($("h3", e)), more.split("·")[0].trim()].filter(Boolean).join(", "), more]; }],
  ["claim", "tr[id^='claim-']", e => [words(e.cells[0]).replace(/^F\d+$/, "") || words(e.cells[1]), words(e)]],
  ["exhibit", "figure.ex", e => [`${words($(".no", e))}: ${words($("h3", e))}`, `${words($(".sub", e))} ${e.id}`]],
  ["term", "#terms dl > div", e => [words($("dt", e)), words($("dd", e))]],
  ["chapter", "section.sec", e => [words($("h2", e)), ""]],
  ["scenario", "tr[id^='scenario-']", e => [words(e.cells[0]), words(e)]],
  ["parameter", "tr[id^='p-']", e => [e.cells[0].firstChild.textContent.trim(), e.id]],
  ["number", "tr[id^='n-']", e => [e.cells[0].firstChild.textContent.trim(), e.id]],
  ["source", ".srcs li", e => [words(e.children[1].firstElementChild?.nextElementSibling || e.children[1]), words(e.children[1])]],
];
const flat = text => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/[’‘]/g, "'").toLowerCase();
let index = null;
// the list of numbers waits in its fold until it is wanted, and is found all the same
const everything = where => [document, ...$$(".fold > template").map(t => t.content)].flatMap(part => $$(where, part));
const indexed = () => index ||= KINDS.flatMap(([kind, where, read]) => everything(where).map(e => {
  const [text, more] = read(e);
  return { kind, text, id: e.id, name: flat(text), all: flat(`${text} ${more}`) };
}));
// what a reader sees by its name comes before a line of a long list
const LISTED = ["parameter", "number", "source"];
const rank = (entry, asked) => {
  if (!asked.every(word => entry.all.includes(word))) return -1;
  if (LISTED.includes(entry.kind)) return asked.every(word => entry.name.includes(word)) ? 3 : 4;
  if (entry.name.startsWith(asked.join(" "))) return 0;
  if (asked.every(word => ` ${entry.name}`.includes(` ${word}`))) return 1;
  return asked.every(word => entry.name.includes(word)) ? 2 : 3;
};
const seek = () => {
  const asked = flat(field.value).split(/\s+/).filter(Boolean);
  hits.replaceChildren();
  hits.hidden = !asked.length;
  if (!asked.length) return;
  const found = indexed().map(entry => [rank(entry, asked), entry]).filter(([r]) => r >= 0).sort((a, b) => a[0] - b[0])
    .filter(([, entry], i, all) => all.findIndex(([, other]) => other.kind === entry.kind && other.text === entry.text) === i);
  for (const [, entry] of found.slice(0, HITS)) {
    const a = el("a");
    a.href = `#${entry.id}`;
    a.append(el("span", entry.text), el("small", entry.kind));
    hits.append(a);
  }
  if (found.length > HITS) hits.append(el("p", `${HITS} of ${found.length}. Another word narrows them.`));
  if (found.length) return;
  const none = el("p", `Nothing in ${about.named}.`);
  if (about.other) {
    const a = el("a", `Search the ${about.other}`, "on");
    a.href = `${about.otherPage}#find=${encodeURIComponent(field.value)}`;
    none.append(" ", a);
  }
  hits.append(none);
};
const leave = () => { field.value = ""; seek(); };
field.addEventListener("input", seek);
field.addEventListener("focus", seek);
box.addEventListener("keydown", e => {
  const all = $$("a", hits), at = all.indexOf(document.activeElement);
  if (e.key === "ArrowDown" && all.length) { e.preventDefault(); all[Math.min(at + 1, all.length - 1)].focus(); }
  else if (e.key === "ArrowUp" && at >= 0) { e.preventDefault(); (all[at - 1] || field).focus(); }
  else if (e.key === "Enter" && e.target === field && all.length) { e.preventDefault(); all[0].click(); }
  else if (e.key === "Escape") { if (field.value) e.preventDefault(); leave(); field.blur(); }
});
hits.addEventListener("click", e => { const a = e.target.closest("a[href^='#']"); if (a) { sheet?.close(); setTimeout(leave); } });
document.addEventListener("pointerdown", e => { if (!box.contains(e.target)) hits.hidden = true; });
document.addEventListener("focusin", e => { if (!box.contains(e.target)) hits.hidden = true; });
document.addEventListener("keydown", e => {
  if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.("input:not([type=range]),textarea,select,[contenteditable]")) return;
  e.preventDefault();
  look();
});
const look = () => { if (phone.matches) browse(); field.focus(); field.select(); };
const sought = () => {
  const text = /^#find=(.*)$/.exec(location.hash);
  if (!text) return;
  try { field.value = decodeURIComponent(text[1]); } catch { return; }
  look();
};

// on a telephone: contents and search in a sheet, and the cards one after another

let sheet = null;
const browse = () => {
  if (!sheet) {
    sheet = dialog("sheet");
    const h2 = el("h2", "Contents"), list = el("nav");
    h2.id = "h-sheet";
    h2.tabIndex = -1; h2.autofocus = true; // the field would bring up the keys
    list.setAttribute("aria-labelledby", h2.id);
    sheet.setAttribute("aria-labelledby", h2.id);
    $$(".toc a").forEach(a => { const row = el("a", a.textContent); row.href = a.hash; list.append(row); });
    list.addEventListener("click", e => { if (e.target.closest("a")) sheet.close(); });
    sheet.append(h2, list, button("Close", () => sheet.close()));
    sheet.addEventListener("close", () => { leave(); home(); });
  }
  $("h2", sheet).after(box);
  sheet.showModal();
};
const home = () => $("#theme").before(box);
sought();
addEventListener("hashchange", sought);

// the bar at the bottom: contents, and the cards before and after the one at the top of the window
const cards = $$(".row[id],article.card"), TOP = 16;
$("#browse").hidden = false;
$("#browse").addEventListener("click", browse);
const beside = step => {
  const tops = cards.map(c => c.getBoundingClientRect().top), at = cards.findIndex(c => `#${c.id}` === location.hash);
  // at the end of the page a card that was jumped to may not come up to the top
  if (at >= 0 && tops[at] > -TOP && tops[at] < innerHeight) return cards[at + step];
  return step > 0 ? cards.find((_, i) => tops[i] > TOP) : cards.findLast((_, i) => tops[i] < TOP - 6);
};
if (cards.length) {
  $(".turn").hidden = false;
  [["#before", -1, "first"], ["#after", 1, "last"]].forEach(([id, step, end]) => {
    const a = $(id);
    a.href = `#${cards[0].id}`;
    a.addEventListener("click", e => {
      const card = beside(step);
      if (card) a.href = `#${card.id}`; else { e.preventDefault(); tell(`That was the ${end} call`); }
    });
  });
}

// the model wakes when its chapter comes near, when an address holds a world, or when a script asks
if ($("#model")) {
  let model = null;
  const wake = () => model ||= inflated("model").then(code => {
    document.head.append(el("script", code));
    if (!window.report.model) throw new Error("the model did not start");
    return window.report.model;
  });
  window.report = { world: async (sets, draws) => (await wake()).world(sets, draws) };
  if (location.hash.startsWith("#world?")) wake();
  addEventListener("hashchange", () => { if (location.hash.startsWith("#world?")) wake(); });
  if ("IntersectionObserver" in window) new IntersectionObserver((seen, near) => { if (seen.some(e => e.isIntersecting)) { near.disconnect(); wake(); } }, { rootMargin: "600px" }).observe($("#world"));
  else wake();
}
})();
