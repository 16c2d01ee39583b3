(() => {
"use strict";
// Make your own calls: chances that a reader gives before they look, scored beside those of others. They stay in this
// browser, unless the reader sends the link or saves the file.
const box = document.getElementById("own-calls");
if (!box) return;
const { $, el, save } = window.page;
const Q = JSON.parse($("#questions").textContent), DOTS = 20, KEY = "own-calls", VERSION = 1, NAMES = { you: "You", article: "The article", january: "Forecasts of January 2025", model: "The same, with R1", coin: "A coin" };
let given = {}, scored = false;
const known = new Map(Q.map(q => [q.id, q]));
const fits = (id, k) => known.has(id) && Number.isInteger(k) && k >= 0 && k <= DOTS;
try {
  const kept = JSON.parse(localStorage.getItem(KEY));
  if (kept && kept.v === VERSION) for (const [id, k] of Object.entries(kept.given)) if (fits(id, k)) given[id] = k;
} catch { /* nothing kept, or nothing of ours */ }
const keep = () => { try { localStorage.setItem(KEY, JSON.stringify({ v: VERSION, given })); } catch { /* lasts for this visit */ } };
const button = (text, act) => { const b = el("button", text); b.type = "button"; b.addEventListener("click", act); return b; };
const percent = p => `${Math.round(100 * p)}%`;
const penalty = (p, came) => (p - came) ** 2;
const chances = q => ({ you: given[q.id] / DOTS, ...q.chances, coin: 0.5 });
const status = el("p", "", "told-by"), board = el("div"), fold = el("details", undefined, "asked"), rows = new Map();
status.setAttribute("role", "status");
const dots = () => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${DOTS * 14} 14`); svg.setAttribute("aria-hidden", "true");
  for (let k = 0; k < DOTS; k++) {
    const c = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    Object.entries({ cx: 14 * k + 7, cy: 7, r: 5 }).forEach(([name, value]) => c.setAttribute(name, value));
    svg.append(c);
  }
  return svg;
};
const asked = q => {
  const set = el("fieldset"), legend = el("legend", q.question), output = el("output"), input = el("input"), drawing = dots(), after = el("div", undefined, "after");
  Object.assign(input, { type: "range", min: 0, max: DOTS, step: 1 });
  input.setAttribute("aria-label", `Chance that it comes so: ${q.question}`);
  const say = () => {
    const k = given[q.id];
    [...drawing.children].forEach((c, i) => c.classList.toggle("on", k !== undefined && i < k));
    output.textContent = k === undefined ? "no call yet" : `${k} in ${DOTS} that it does`;
    input.value = k === undefined ? DOTS / 2 : k;
    input.setAttribute("aria-valuetext", output.textContent);
    after.replaceChildren();
    if (!scored || k === undefined) return;
    const said = chances(q);
    after.append(el("p", `It ${q.came ? "came so" : `did not come so${q.status === "mixed" ? ", or only in part" : ""}`}: ${q.seen}.`), el("p", Object.entries(said).filter(([name]) => name !== "coin").map(([name, p]) => `${NAMES[name]} ${percent(p)}`).join(" · ")));
  };
  const set0 = k => { given[q.id] = k; keep(); say(); if (scored) total(); };
  input.addEventListener("input", () => set0(+input.value));
  drawing.addEventListener("click", e => { const r = drawing.getBoundingClientRect(); set0(Math.min(DOTS, Math.max(0, Math.ceil(DOTS * (e.clientX - r.left) / r.width)))); });
  rows.set(q.id, say);
  set.append(legend, drawing, input, output, after);
  say();
  return set;
};
const scores = () => {
  const mine = Q.filter(q => q.id in given);
  return mine.length ? Object.fromEntries(Object.keys(NAMES).map(name => [name, mine.reduce((sum, q) => sum + penalty(chances(q)[name], q.came), 0) / mine.length])) : null;
};
const total = () => {
  const found = scores(), n = Q.filter(q => q.id in given).length;
  if (!found) { status.textContent = "Make at least one call."; board.replaceChildren(); return; }
  const table = el("table", undefined, "tbl"), head = el("tr"), body = el("tbody"), thead = el("thead");
  ["Who", "Error score"].forEach((text, i) => { const th = el("th", text, i ? "n" : undefined); th.scope = "col"; head.append(th); });
  Object.entries(found).sort((a, b) => a[1] - b[1]).forEach(([name, score]) => { const tr = el("tr"), th = el("th", NAMES[name]); th.scope = "row"; tr.append(th, el("td", score.toFixed(2), "n")); if (name === "you") tr.className = "ch"; body.append(tr); });
  thead.append(head);
  table.append(el("caption", `Over ${n} settled ${n === 1 ? "question" : "questions"}; nought is perfect, a quarter is a coin`), thead, body);
  board.replaceChildren(table, el("p", "So few calls prove nothing about anybody, you included.", "src"));
  status.textContent = `Your error score is ${found.you.toFixed(2)}, the article’s ${found.article.toFixed(2)}.`;
};
const score = () => { scored = true; rows.forEach(say => say()); total(); };
const hashOf = () => `#calls?v=${VERSION}&${Object.entries(given).map(([id, k]) => `${id}=${k}`).join("&")}`;
fold.append(
  el("summary", "Make your own calls before you look"),
  el("p", `It is January 2025. Of ${DOTS} such questions, in how many would it come so? Give each as many dots. What you give stays in this browser.`),
  ...Q.map(asked),
);
const tools = el("p", undefined, "tools");
tools.append(
  button("Score my calls", score),
  button("Copy link", async () => { try { await navigator.clipboard.writeText(`${location.href.split("#")[0]}${hashOf()}`); status.textContent = "Link copied."; } catch { status.textContent = "Could not copy."; } }),
  button("Save as a file", () => save("own-calls.json", "application/json", `${JSON.stringify({ version: VERSION, calls: Q.filter(q => q.id in given).map(q => ({ id: q.id, question: q.question, p: given[q.id] / DOTS, came: q.came })), penalties: scores() }, null, 1)}\n`)),
  button("Forget them", () => { given = {}; scored = false; try { localStorage.removeItem(KEY); } catch { /* none were kept */ } rows.forEach(say => say()); board.replaceChildren(); status.textContent = "Forgotten."; }),
);
fold.append(tools, status, board);
box.append(fold);
box.hidden = false;
// a link brings somebody's calls: shown, and not kept unless one is moved
const arrive = () => {
  if (!location.hash.startsWith("#calls?")) return;
  const found = {}, parts = location.hash.slice(7).split("&");
  fold.open = true;
  const fine = location.hash.length <= 500 && parts[0] === `v=${VERSION}` && parts.slice(1).every(part => { const [id, text] = part.split("="); if (!/^\d{1,2}$/.test(text || "") || !fits(id, +text) || id in found) return false; found[id] = +text; return true; });
  if (!fine) status.textContent = "This link holds no calls that this page can read. Nothing was changed.";
  else { given = found; rows.forEach(say => say()); status.textContent = "These calls came with the link."; }
  box.scrollIntoView();
};
addEventListener("hashchange", arrive);
arrive();
})();
