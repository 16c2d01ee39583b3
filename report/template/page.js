(() => {
"use strict";
const root = document.documentElement;
const $ = (s, e = document) => e.querySelector(s);
const $$ = (s, e = document) => [...e.querySelectorAll(s)];
const el = (tag, text, cls) => { const n = document.createElement(tag); if (text !== undefined) n.textContent = text; if (cls) n.className = cls; return n; };

// light or dark: follows the system until the reader chooses
const system = matchMedia("(prefers-color-scheme: dark)");
let chosen = null;
try { chosen = localStorage.getItem("theme"); } catch { /* a page from disk may have no storage */ }
const asked = /[?&]theme=(dark|light)/.exec(location.search);
if (asked) chosen = asked[1];
const paint = () => { root.dataset.theme = chosen === "dark" || chosen === "light" ? chosen : system.matches ? "dark" : "light"; };
paint();
system.addEventListener("change", paint);
$("#theme").addEventListener("click", () => {
  chosen = root.dataset.theme === "dark" ? "light" : "dark";
  try { localStorage.setItem("theme", chosen); } catch { /* lasts for this visit */ }
  paint();
});

// contents: where the reader is
const places = $$(".toc a").map(a => [a, document.getElementById(a.hash.slice(1))]).filter(p => p[1]);
let waiting = false;
const follow = () => {
  waiting = false;
  const line = innerHeight * 0.3;
  let here = null;
  for (const [a, target] of places) if (target.getBoundingClientRect().top <= line) here = a;
  for (const [a] of places) { a.classList.toggle("on", a === here); if (a === here) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current"); }
};
const turn = () => { if (!waiting) { waiting = true; requestAnimationFrame(follow); } };
addEventListener("scroll", turn, { passive: true });
turn(); // in the frame, which lays the page out anyway

// where a row becomes a block, each of its cells says what its column is called
const headed = part => $$("table.named", part).forEach(table => {
  const heads = $$("thead th", table).map(th => th.textContent.trim());
  $$("tbody tr", table).forEach(row => [...row.cells].slice(1).forEach((cell, i) => { cell.dataset.l = heads[i + 1]; }));
});
// what waits in a template until it is wanted: the drawing for narrow screens, what a fold holds; found by its id there too
const bring = box => {
  for (const t of $$(":scope > template", box)) {
    const part = t.content.cloneNode(true);
    // a number's address, which need not stand in the page a thousand times
    $$("tr[id^='n-']", part).forEach(row => {
      const a = el("a", "#", "at");
      a.href = `#${row.id}`; a.setAttribute("aria-label", "Link to this number");
      row.cells[0].append(a);
    });
    headed(part);
    t.replaceWith(part);
  }
};
const find = id => document.getElementById(id) || $$(".fold > template").map(t => t.content.getElementById(id)).find(Boolean) || null;
// what lies deflated at the end of the page: tables of data by the names of their exhibits, draws, the code of live exhibits
const inflated = async id => {
  const bytes = Uint8Array.from(atob($(`#${id}`).textContent), c => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
};
let tables = null;
const bringTable = async slot => {
  if (!slot) return;
  const all = await (tables ||= inflated("tables").then(JSON.parse)), t = document.createElement("template");
  t.innerHTML = all[slot.dataset.table];
  headed(t.content);
  if (slot.isConnected) slot.replaceWith(t.content);
};
const phone = matchMedia("(max-width:699px)");
const redraw = () => { if (phone.matches) $$(".chart").forEach(bring); };
redraw();
phone.addEventListener("change", redraw);
$$("details[data-late]").forEach(d => d.addEventListener("toggle", () => { bring($(".fold", d)); bringTable($("[data-table]", d)); }));

// a drawing in steps: each uncovers what it adds, and the last one shows all, as does a page without this
$$(".stepped").forEach(line => {
  const buttons = $$("button", line), chart = $(".chart", line.closest("figure"));
  line.hidden = false;
  buttons.forEach(b => b.addEventListener("click", () => {
    chart.dataset.at = b.dataset.to;
    buttons.forEach(other => other.setAttribute("aria-pressed", String(other === b)));
  }));
});

// pictures by turns: a button puts its own, and the sentence below it, in the place of the one that is shown
$$(".turns").forEach(line => {
  const buttons = $$("button", line), figure = line.closest("figure"), chart = $(".chart", figure);
  const views = [null, ...$$("template.view", figure).map(t => [...t.content.childNodes])];
  const say = $(".say", figure), own = [...say.childNodes]; // with the numbers of the first kept together
  let at = 0;
  line.hidden = false;
  buttons.forEach((b, k) => b.addEventListener("click", () => {
    views[at] = [...chart.childNodes];
    chart.replaceChildren(...views[at = k]);
    redraw();
    say.replaceChildren(...(k ? [b.dataset.said] : own));
    buttons.forEach(other => other.setAttribute("aria-pressed", String(other === b)));
  }));
});

// rows that are read out: a sentence for the one that is pointed at, touched or reached with the arrow keys
$$("template.rows").forEach(list => {
  const figure = list.closest("figure"), chart = $(".chart", figure), say = $(".say", figure), said = $$("p", list.content).map(p => p.textContent);
  const keys = el("span", undefined, "rower"), grounds = () => $$("[data-rows]", chart).filter(g => g.getClientRects().length).flatMap(g => [...g.children]);
  Object.entries({ role: "slider", tabindex: 0, "aria-orientation": "vertical", "aria-valuemin": 1, "aria-valuemax": said.length, "aria-label": `Rows of ${$(".no", figure).firstChild.textContent.trim()}` }).forEach(([name, value]) => keys.setAttribute(name, value));
  let at = -1;
  const read = k => {
    if (k === at || !said[k]) return;
    $$("[data-rows] .on", chart).forEach(row => row.classList.remove("on"));
    $$("[data-rows]", chart).forEach(g => g.children[k]?.classList.add("on"));
    at = k;
    keys.setAttribute("aria-valuenow", k + 1);
    keys.setAttribute("aria-valuetext", `${k + 1} of ${said.length}`); // the sentence itself is announced below
    say.textContent = said[k];
    say.classList.add("used");
  };
  let spot = ""; // a page that scrolls under a pointer at rest is no pointing
  const under = e => {
    const row = e.target instanceof Element && e.target.closest("[data-rows] > *"), now = `${e.screenX} ${e.screenY}`;
    if (row && (now !== spot || e.type === "click")) read([...row.parentNode.children].indexOf(row));
    spot = now;
  };
  ["pointermove", "click"].forEach(kind => chart.addEventListener(kind, under));
  const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: 5, PageUp: -5, Home: -Infinity, End: Infinity };
  keys.addEventListener("keydown", e => {
    if (!(e.key in STEPS) || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    read(Math.max(0, Math.min(said.length - 1, at + STEPS[e.key])));
    grounds()[at]?.scrollIntoView({ block: "nearest" });
  });
  keys.addEventListener("focus", () => read(Math.max(at, 0)));
  keys.setAttribute("aria-valuenow", 1);
  chart.classList.add("read-out");
  chart.append(keys);
  say.hidden = false;
});

// what stands behind a number: label, value, interval, kind, place and sources, on hover and on focus
const pop = $("#pop");
pop.addEventListener("mousedown", e => e.preventDefault()); // the number keeps the focus, and its box stays open
let shown = null, closing = 0;
const sources = new Map($$(".srcs li").map(li => [li.id, li]));
const told = $("#known") ? JSON.parse($("#known").textContent) : {}; // the paper has no list of numbers
const head = (label, value, interval, kind) => pop.replaceChildren(
  el("b", label), el("p", `${value} ${interval}`.trim(), "big"),
  el("p", kind[0].toUpperCase() + kind.slice(1) + (interval ? ", 5th to 95th percentile in brackets" : "")));
const tell = (id, [label, value, interval, kind, cited, more]) => {
  head(label, value, interval, kind);
  pop.append(...cited.map(text => el("p", text)));
  if (more) pop.append(el("p", `and ${more} more sources`));
  pop.append(el("p", id, "dim"));
};
const cited = cell => $$("a", cell).flatMap(a => {
  const [, first, last] = /(\d+)†?(?:–(\d+))?/.exec(a.textContent);
  return Array.from({ length: (last || first) - first + 1 }, (_, i) => +first + i);
});
const fill = row => {
  const c = row.cells;
  head(c[0].firstChild ? c[0].firstChild.textContent : "", c[1].textContent, c[2].textContent, c[3].textContent);
  const see = c[5].textContent;
  if (see) pop.append(el("p", `How computed: ${see}`));
  const numbers = cited(c[4]);
  for (const n of numbers.slice(0, 4)) {
    const li = sources.get(`src-${n}`);
    if (!li) continue;
    const mark = li.children[0].textContent, line = el("p", `[${mark}] `);
    const cite = [...li.children[1].childNodes].filter(node => node.nodeName !== "SMALL" && node.nodeName !== "DETAILS");
    line.append(...cite.map(node => node.nodeName === "A" ? el("bdi", node.textContent) : node.cloneNode(true)), mark.includes("†") ? "Recalled, not read." : "");
    pop.append(line);
  }
  if (numbers.length > 4) pop.append(el("p", `and ${numbers.length - 4} more sources`));
  pop.append(el("p", row.id.slice(2), "dim"));
};
const place = (box, x, top, bottom) => {
  box.hidden = false;
  const w = box.offsetWidth, h = box.offsetHeight, vw = root.clientWidth;
  const left = Math.max(12, Math.min(x, vw - w - 12)) + scrollX;
  const above = bottom + h + 10 > innerHeight && top - h - 8 > 0;
  box.style.left = `${left}px`;
  box.style.top = `${(above ? top - h - 8 : bottom + 8) + scrollY}px`;
};
const open = a => {
  clearTimeout(closing);
  const row = find(`n-${a.dataset.n}`), entry = told[a.dataset.n];
  if (!(row || entry) || shown === a) return;
  close();
  if (row) fill(row); else tell(a.dataset.n, entry);
  const link = el("a", "Link to this number", "at");
  link.href = `#n-${a.dataset.n}`;
  pop.append(link);
  shown = a;
  a.setAttribute("aria-describedby", "pop");
  const r = a.getClientRects()[0] || a.getBoundingClientRect();
  place(pop, r.left, r.top, r.bottom);
};
const close = () => { clearTimeout(closing); pop.hidden = true; if (shown) shown.removeAttribute("aria-describedby"); shown = null; };
const later = () => { clearTimeout(closing); closing = setTimeout(close, 160); };
const number = e => e.target instanceof Element ? e.target.closest("[data-n]") : null;
document.addEventListener("pointerover", e => { if (e.pointerType === "touch") return; const a = number(e); if (a) open(a); else if (e.target instanceof Element && e.target.closest("#pop")) clearTimeout(closing); else if (shown && shown !== document.activeElement) later(); });
document.addEventListener("focusin", e => { const a = number(e); if (a) open(a); else close(); });
document.addEventListener("focusout", e => { if (number(e)) later(); });
document.addEventListener("keydown", e => { if (e.key === "Escape") { close(); tip.hidden = true; } });
// a finger's first tap shows, the second follows the link
document.addEventListener("pointerdown", e => { const a = number(e); if (a && e.pointerType === "touch") a.dataset.touched = shown === a ? "go" : "show"; else if (!a && shown && !(e.target instanceof Element && e.target.closest("#pop"))) close(); });
document.addEventListener("click", e => { const a = number(e); if (!a) return; if (a.dataset.touched === "show") { e.preventDefault(); open(a); } delete a.dataset.touched; });

// the numbers behind a source: the rows of the list of numbers that cite it
$$("details[data-behind]").forEach(d => d.addEventListener("toggle", () => {
  bring($("#numbers > .fold"));
  const rows = $$("#numbers tbody tr").filter(row => cited(row.cells[4]).includes(+d.dataset.behind));
  const links = rows.map(row => Object.assign(el("a", row.id.slice(2)), { href: `#${row.id}` }));
  $(".behind", d).replaceChildren("Behind ", ...links.flatMap((a, i) => [a, i < links.length - 1 ? ", " : "."]));
}, { once: true }));

// jumps: a link opens the folds its target lies in; the target then keeps its place while faces and live drawings that
// come late move what is above it, until the reader scrolls; Back returns to the link, whatever was opened meanwhile
// in the paper the address of a number is the first place that prints it
const named = hash => {
  let id;
  try { id = decodeURIComponent(hash.slice(1)); } catch { return null; }
  const waits = $$(".fold > template").find(t => t.content.getElementById(id));
  if (waits) bring(waits.parentElement);
  return document.getElementById(id) || (id.startsWith("n-") ? $(`main [data-n="${CSS.escape(id.slice(2))}"]`) : null);
};
const unfold = e => { for (let fold = e.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true; };
const topOf = e => e.getBoundingClientRect().top;
let held = null; // an element and how far from the top of the window it stays
// what stands at the top of the text, in place of a link that floats over it
const beneath = a => a.closest(".bar,.thumb,dialog,#pop") ? document.elementsFromPoint(root.clientWidth / 2, 140).find(e => e.closest("main")) || a : a;
const hold = (element, top) => {
  scrollBy(0, topOf(element) - top);
  held = { element, top, at: topOf(element), tall: root.scrollHeight };
};
// near the end of a page that still grows a target cannot come to its place yet
const placeOf = e => root.scrollHeight - innerHeight - scrollY > 2 ? topOf(e) : parseFloat(getComputedStyle(root).scrollPaddingTop) || 0;
const arrive = target => { unfold(target); target.scrollIntoView(); hold(target, placeOf(target)); };
const release = () => { held = null; };
["wheel", "touchmove", "keydown", "pointerdown"].forEach(kind => addEventListener(kind, release, { passive: true }));
// where the page has grown meanwhile, or is only just loaded and looked for its place again, it was not the reader who moved
let settled = false;
addEventListener("load", () => setTimeout(() => { settled = true; }, 100));
addEventListener("scroll", () => {
  if (!held || Math.abs(topOf(held.element) - held.at) <= 2) return;
  if (settled && root.scrollHeight === held.tall) release(); else hold(held.element, held.top);
}, { passive: true });
if ("ResizeObserver" in window) new ResizeObserver(() => { if (held) hold(held.element, held.top); }).observe(document.body);
// an entry of the history that was here before has a name: its place is the reader's, not the target's
const left = new Map();
const known = () => history.state && history.state.entry;
const mark = () => { const entry = `${Math.random()}`; try { history.replaceState({ entry }, ""); } catch { /* too many at once */ } };
const land = () => {
  const target = named(location.hash);
  if (known()) {
    const link = left.get(known());
    left.delete(known());
    if (link) { unfold(link.element); hold(link.element, link.top); } else if (target) unfold(target);
  } else {
    mark();
    if (target) arrive(target);
  }
};
document.addEventListener("click", e => {
  const a = e.target instanceof Element ? e.target.closest("a[href^='#']") : null, target = a && named(a.hash);
  if (!target || e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  unfold(target);
  // the same address again makes no entry, and the browser says nothing of it
  if (a.hash === location.hash) setTimeout(() => { if (!known()) mark(); arrive(target); });
  else if (known()) { const element = beneath(a); left.set(known(), { element, top: topOf(element) }); }
});
addEventListener("hashchange", land);
land();

// downloads, made from what the page holds
const save = (name, type, text) => {
  const a = el("a"), url = URL.createObjectURL(new Blob([text], { type }));
  a.href = url; a.download = name; document.body.append(a); a.click(); a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
};
// a text that a spreadsheet would take for a formula gets an apostrophe, as in the published files
const plain = s => /^[=@\t\r\n]|^[+-](?!\s?[0-9.,]+(e[+-]?[0-9]+)?\s?%?$)/.test(s) ? `'${s}` : s;
const quote = t => { const s = plain(t); return /[",\n\r]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s; };
const tableText = async fold => {
  await bringTable($("[data-table]", fold));
  return `${[...$("table", fold).rows].map(r => [...r.cells].map(c => quote(c.matches("td.n") ? c.textContent.replace("−", "-") : c.textContent)).join(",")).join("\n")}\n`;
};
const saveTable = async (name, fold) => save(`${name}.csv`, "text/csv", await tableText(fold));
const saveDrawing = name => {
  const svg = $(`[data-chart="${name}"] > svg.wide`).cloneNode(true);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.removeAttribute("class");
  save(`${name}.svg`, "image/svg+xml", new XMLSerializer().serializeToString(svg));
};
document.addEventListener("click", e => {
  const b = e.target instanceof Element && e.target.closest("[data-csv],[data-svg]");
  if (!b) return;
  if (b.dataset.csv) saveTable(b.dataset.csv, b.closest(".fold")); else saveDrawing(b.dataset.svg);
});

// numbers in sliders and readouts: ".2f", ".0%", "$,.0f", "×.1f", with any words before and after; "this|that" names steps from 0
const show = (x, format) => {
  if (typeof x !== "number") return String(x ?? "");
  if (/\|/.test(format || "")) return format.split("|")[Math.round(x)] ?? "";
  const m = /^(.*?)(,?)\.(\d+)([f%gr]?)(.*)$/.exec(format || "");
  if (!m) return (Number.isInteger(x) ? String(x) : String(+x.toPrecision(3))).replace("-", "−");
  const value = m[4] === "%" ? 100 * x : x;
  let s = m[4] === "g" || m[4] === "r" ? String(+Math.abs(value).toPrecision(Math.max(1, +m[3]))) : Math.abs(value).toFixed(+m[3]);
  if (m[2]) s = s.replace(/\B(?=(\d{3})+(?!\d))/, ",").replace(/(\d)(?=(\d{3})+(?!\d))/g, "$1,");
  return (value < 0 && /[1-9]/.test(s) ? "−" : "") + m[1] + s + (m[4] === "%" ? "%" : "") + m[5];
};

// live exhibits: the drawing is there already; Vega wakes the first time one comes near
const narrow = matchMedia("(max-width:699px)");
const tip = $("#tip");
const tooltip = (handler, event, item, value) => {
  if (value === null || value === undefined || value === "") { tip.hidden = true; return; }
  tip.replaceChildren();
  if (typeof value === "object") for (const [k, v] of Object.entries(value)) { const d = el("div"); d.append(el("span", k), el("b", typeof v === "number" ? show(v) : String(v))); tip.append(d); }
  else tip.textContent = String(value);
  place(tip, event.clientX + 12, event.clientY, event.clientY + 4);
};
let bundle = null;
const vega = () => bundle ||= inflated("vega-bundle").then(code => {
  document.head.append(el("script", code));
  if (!window.vegaEmbed) throw new Error("the bundle did not start");
  return window.vegaEmbed;
});
const panels = $$(".panel");
panels.forEach(p => { p.hidden = false; });
const fit = spec => {
  // on a phone the plot shrinks inside its paddings, so that text keeps its size; null if no plot would be left
  const pad = spec.padding, wide = spec.width;
  if (!narrow.matches || typeof wide !== "number" || !pad || typeof pad !== "object") return spec;
  if (pad.right > 100) pad.right = 16; // a legend beside the plot has no room; the readout says the value instead
  const room = Math.min(340, root.clientWidth - 36) - (pad.left || 0) - (pad.right || 0);
  if (room < 150) return null;
  spec.width = room;
  const shift = node => {
    if (Array.isArray(node)) { node.forEach(shift); return; }
    if (!node || typeof node !== "object") return;
    for (const [key, value] of Object.entries(node)) {
      // what was placed in pixels from the right edge stays there
      if ((key === "x" || key === "x2") && value && typeof value.value === "number" && value.value > 0.9 * wide) value.value += room - wide;
      else if (key !== "datasets" && key !== "data") shift(value);
    }
  };
  shift(spec.layer);
  return spec;
};
const wake = async box => {
  const name = box.dataset.chart, figure = box.closest("figure"), panel = $(".panel", figure);
  let result;
  try {
    const embed = await vega();
    const spec = fit(JSON.parse(document.getElementById(`spec-${name}`).textContent));
    if (!spec) throw new Error("too narrow");
    const div = el("div", undefined, narrow.matches ? "live small" : "live");
    result = await embed(div, spec, { renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip, hover: true });
    const svg = $("svg", div), still = $("svg", box);
    if (!svg) throw new Error("nothing drawn");
    svg.setAttribute("role", "img");
    $$(":scope > g", svg).forEach(g => g.setAttribute("aria-hidden", "true"));
    svg.setAttribute("aria-label", still ? still.getAttribute("aria-label") : name);
    ["role", "aria-roledescription", "aria-label"].forEach(name => div.removeAttribute(name));
    $$("form", div).forEach(n => n.remove());
    $$(".live", box).forEach(n => n.remove());
    box.append(div);
    if (panel) panel.hidden = false;
    delete box.dataset.still;
    box.classList.add("awake");
  } catch {
    if (panel) panel.hidden = true;
    $$(".live", box).forEach(n => n.remove());
    box.classList.remove("awake");
    box.dataset.still = "";
    return null;
  }
  const view = result.view, readout = $(".readout", figure);
  const inputs = $$("input[type=range]", panel || el("div"));
  const say = () => {
    if (!readout) return;
    const template = readout.dataset.template || "";
    const parts = template.split(/(\{[^}]+\})/).map(part => {
      const m = /^\{(\w+)(?::([^}]*))?\}$/.exec(part);
      if (!m) return part;
      try { return el("strong", show(view.signal(m[1]), m[2])); } catch { return ""; }
    });
    readout.replaceChildren(...parts);
  };
  const set = i => { try { view.signal(i.name, +i.value); return true; } catch { return false; } };
  inputs.forEach(i => { set(i); i.oninput = async () => { label(i); if (set(i)) { await view.runAsync(); say(); box.dataset.steps = String(1 + +(box.dataset.steps || 0)); } }; });
  await view.runAsync();
  say();
  return view;
};
const label = i => { const o = $(`output[for="${i.id}"]`); if (o) o.textContent = show(+i.value, i.dataset.format); i.setAttribute("aria-valuetext", show(+i.value, i.dataset.format)); };
$$(".whatif input").forEach(i => { i.oninput = () => label(i); label(i); });
$$(".reset").forEach(b => b.addEventListener("click", () => $$("input", b.closest(".panel")).forEach(i => { i.value = i.dataset.base; i.dispatchEvent(new Event("input")); })));
const live = $$("[data-live]"), awake = new Map();
if ("IntersectionObserver" in window) {
  const near = new IntersectionObserver(entries => entries.forEach(e => { if (e.isIntersecting) { near.unobserve(e.target); awake.set(e.target, wake(e.target)); } }), { rootMargin: "400px" });
  live.forEach(box => near.observe(box));
} else panels.forEach(p => { p.hidden = true; });
narrow.addEventListener("change", () => awake.forEach(async (view, box) => { (await view)?.finalize(); awake.set(box, wake(box)); }));

// the belief explorer: filter the stored draws, count again
const explorer = $("#explorer");
if (explorer) inflated("draws").then(text => {
  const D = JSON.parse(text), n = D.drivers[0].values.length, fields = $$("fieldset", explorer);
  const digits = s => Uint8Array.from(s, c => c.charCodeAt(0) - 48), outcome = D.calls.map(digits), sides = D.sides.map(digits);
  const answer = (own, left, other, small, enough) => D.words[own >= enough ? (left >= enough ? 0 : 1) : other >= enough ? 3 : small >= enough ? 2 : 4];
  const drivers = D.drivers.map((d, k) => {
    const scaled = Float64Array.from(d.values, v => d.log ? Math.log(v) : v), span = d.high - d.low;
    return {
      ...d, scaled, span, range: [-Infinity, Infinity], field: fields[k], inputs: $$("input", fields[k]), output: $("output", fields[k]), kept: $$(".kept", fields[k]),
      bin: Uint8Array.from(scaled, v => Math.max(0, Math.min(D.bins - 1, Math.floor((v - d.low) / span * D.bins)))),
    };
  });
  drivers.forEach(d => { d.peak = Math.max(1, ...d.bin.reduce((c, b) => { c[b]++; return c; }, new Array(D.bins).fill(0))); });
  const rows = $$("tbody tr", explorer).map(r => ({ cells: r.cells, lose: $("rect.l", r), win: $("rect.w", r) }));
  const words = p => p === 0 ? "0%" : p === 1 ? "100%" : p < 0.01 ? "<1%" : p > 0.99 ? ">99%" : `${Math.round(100 * p)}%`;
  const said = (d, v) => { const x = d.log ? Math.exp(v) : v; return `${x < 0 ? "−" : ""}${d.prefix}${+Math.abs(x).toPrecision(2)}${d.suffix}`; };
  const count = () => {
    const fits = new Uint8Array(n).fill(1);
    for (const d of drivers) {
      const [low, high] = d.range;
      if (low === -Infinity && high === Infinity) continue;
      for (let i = 0; i < n; i++) if (d.scaled[i] < low || d.scaled[i] > high) fits[i] = 0;
    }
    let kept = 0;
    for (let i = 0; i < n; i++) kept += fits[i];
    for (const d of drivers) {
      const bars = new Array(D.bins).fill(0);
      for (let i = 0; i < n; i++) if (fits[i]) bars[d.bin[i]]++;
      d.kept.forEach((bar, b) => { const h = 46 * bars[b] / d.peak; bar.setAttribute("y", (46 - h).toFixed(2)); bar.setAttribute("height", h.toFixed(2)); });
      const [low, high] = d.range;
      d.output.textContent = low === -Infinity && high === Infinity ? "all" : low === -Infinity ? `up to ${said(d, high)}` : high === Infinity ? `from ${said(d, low)}` : `${said(d, low)} to ${said(d, high)}`;
      d.inputs.forEach((input, side) => input.setAttribute("aria-valuetext", said(d, Number.isFinite(d.range[side]) ? d.range[side] : side ? d.high : d.low)));
    }
    rows.forEach((row, k) => {
      const o = outcome[k], s = sides[k], enough = D.likely * kept;
      let lose = 0, win = 0, own = 0, left = 0, other = 0;
      for (let i = 0; i < n; i++) if (fits[i]) {
        if (o[i] === 0) lose++; else if (o[i] === 2) win++;
        own += s[i] & 1; left += s[i] >> 1 & 1; other += s[i] >> 2;
      }
      const pl = kept ? lose / kept : 0, pw = kept ? win / kept : 0;
      row.cells[1].textContent = kept ? words(pl) : "–";
      row.cells[3].textContent = kept ? words(pw) : "–";
      row.cells[4].textContent = kept ? answer(own, left, other, kept - own - other, enough) : "–";
      row.lose.setAttribute("x", (100 - 100 * pl).toFixed(1));
      row.lose.setAttribute("width", (100 * pl).toFixed(1));
      row.win.setAttribute("width", (100 * pw).toFixed(1));
    });
    $("#kept").textContent = kept.toLocaleString("en-GB");
    $("#few").hidden = kept >= 50;
    $(".odds", explorer).classList.toggle("few", kept < 50);
  };
  const steps = (d, v, otherwise) => Number.isFinite(v) ? Math.max(0, Math.min(D.steps, Math.round((v - d.low) / d.span * D.steps))) : otherwise;
  const sync = d => { d.inputs[0].value = steps(d, d.range[0], 0); d.inputs[1].value = steps(d, d.range[1], D.steps); };
  const presets = $$("[data-preset]");
  const press = b => presets.forEach(x => x.setAttribute("aria-pressed", String(x === b)));
  const bound = (d, a, b) => { d.range = [a <= 0 ? -Infinity : d.low + d.span * a / D.steps, b >= D.steps ? Infinity : d.low + d.span * b / D.steps]; };
  drivers.forEach(d => {
    d.inputs.forEach((input, side) => input.addEventListener("input", () => {
      let a = +d.inputs[0].value, b = +d.inputs[1].value;
      if (a > b) { if (side) { b = a; input.value = b; } else { a = b; input.value = a; } }
      bound(d, a, b); press(null); count();
    }));
    const hist = $(".hist", d.field);
    let from = null;
    const where = e => { const r = hist.getBoundingClientRect(); return Math.max(0, Math.min(D.steps, Math.round((e.clientX - r.left) / r.width * D.steps))); };
    hist.addEventListener("pointerdown", e => { from = where(e); hist.setPointerCapture(e.pointerId); });
    hist.addEventListener("pointermove", e => { if (from === null) return; const to = where(e); if (Math.abs(to - from) < D.steps / 60) return; bound(d, Math.min(from, to), Math.max(from, to)); sync(d); press(null); count(); });
    const end = e => { if (from !== null && e.type === "pointerup" && Math.abs(where(e) - from) < D.steps / 60) { bound(d, 0, D.steps); sync(d); press(null); count(); } from = null; };
    hist.addEventListener("pointerup", end);
    hist.addEventListener("pointercancel", end);
  });
  presets.forEach((b, k) => b.addEventListener("click", () => {
    const want = D.presets[k];
    drivers.forEach(d => {
      const r = want[d.id], to = v => d.log ? (v > 0 ? Math.log(v) : -Infinity) : v;
      d.range = r ? [r[0] === null ? -Infinity : to(r[0]), r[1] === null ? Infinity : to(r[1])] : [-Infinity, Infinity];
      sync(d);
    });
    press(b);
    count();
  }));
  $(".presets").hidden = false;
  $("#draws-csv").addEventListener("click", () => {
    const head = [...D.drivers.map(d => d.id), ...D.ids].join(",");
    const side = ["loser", "neutral", "winner"], lines = [];
    for (let i = 0; i < n; i++) lines.push([...D.drivers.map(d => d.values[i]), ...outcome.map(o => side[o[i]])].join(","));
    save("draws.csv", "text/csv", `${head}\n${lines.join("\n")}\n`);
  });
  count();
});
// what finding.js needs of this
window.page = { $, $$, el, save, tableText, bring, place, named, inflated };
})();
