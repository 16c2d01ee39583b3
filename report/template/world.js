// Your world: inputs that a reader sets, and every answer of the page as it follows. The first screen, the lists of the
// stories and this chapter show the same; the address holds the state.
const { save } = window.page;
const box = $("#world"), about = JSON.parse($("#about").textContent);
const OURS = new Map(D.calls.map(c => [c.id, c.base])), CALLS = D.calls.filter(c => c.article !== "additional");
const LONGEST = 1500;
let sets = {}, mine = null; // what is set, and the answers to it; null where the world is ours

// a value in words, by its unit
const digits = (v, exact) => { const s = String(+Math.abs(v).toPrecision(exact ? 6 : 2)); return (v < 0 && +s ? "−" : "") + (s.includes("e") ? s : s.replace(/^(\d+)(?=\.|$)/, whole => whole.replace(/\B(?=(\d{3})+$)/g, ","))); };
const UNITS = { share: [100, "%"], "%": [1, "%"], ratio: [1, "×"], "ratio per year": [1, "× a year"], "per year": [100, "% a year"], "ratio minus 1": [100, "%"], elasticity: [1, ""] };
const said = (p, v, exact) => { const [times, after] = UNITS[p.unit] || [1, ` ${p.unit}`]; return `${digits(times * v, exact)}${after}`; };
const told = (p, value) => Array.isArray(value) ? `${said(p, value[0], true)} to ${said(p, value[value.length - 1], true)}` : said(p, value, true);
const percent = p => p === 0 ? "0%" : p === 1 ? "100%" : p < 0.01 ? "<1%" : p > 0.99 ? ">99%" : `${Math.round(100 * p)}%`;
const listed = all => all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all[all.length - 1]}`;
const capital = text => text[0].toUpperCase() + text.slice(1);

// --- answers ----------------------------------------------------------------------------------------------------
// while a slider moves fewer draws do, so few that a slow laptop keeps up: what they say of the difference is laid on what all draws say of our world
const MOVING = Math.min(512, D.draws);
let quick = null;
const SHARES = ["p_winner", "p_loser", "p_neutral", "p_own", "p_other", "p_small", "p_own_attributable", "p_other_attributable", "p_small_attributable"];
const nearly = () => {
  const now = world(sets, MOVING, true);
  if (MOVING === D.draws) return now;
  quick ||= world({}, MOVING, true);
  for (const call of D.calls) {
    const a = now[call.id], b = quick[call.id], ours = OURS.get(call.id);
    if (call.kind === "level") { if (a.was_it_r1 === b.was_it_r1) Object.assign(a, { band: ours.band, was_it_r1: ours.was_it_r1 }); continue; }
    for (const name of SHARES) a[name] = Math.min(1, Math.max(0, ours[name] + a[name] - b[name]));
    settled(a);
  }
  return now;
};
const turned = call => mine && other(mine[call.id], OURS.get(call.id));
const answerOf = call => (mine || {})[call.id] || OURS.get(call.id);

const BECAME = { [LOST]: "would have lost because of R1", [WON]: "would have gained from R1", [SMALL]: "would hardly have noticed R1", [UNTOLD]: "could have gone either way" };
const TURNED = { [YES]: "would still feel R1 once rivals had caught up", [WHILE]: "would have felt R1 only until rivals caught up", [OTHER]: "would have gone the other way", [LITTLE]: "would hardly have noticed R1", [OPEN]: "could not be told" };
const sentence = () => {
  if (!mine) return "This is our world. Move something, and every answer follows.";
  const changed = CALLS.filter(turned);
  if (!changed.length) return "In your world no answer changes. They do not hang on this.";
  const groups = new Map();
  for (const call of changed) {
    const a = mine[call.id], b = OURS.get(call.id), words = place(a) !== place(b) ? BECAME[place(a)] : TURNED[a.was_it_r1];
    groups.set(words, [...(groups.get(words) || []), call.spoken]);
  }
  return `In your world ${[...groups].map(([words, names]) => `${listed(names)} ${words}`).join("; ")}.`;
};
const answers = n => `${n} of ${CALLS.length} answers ${n === 1 ? "differs" : "differ"} from ours`;

// --- the page follows ---------------------------------------------------------------------------------------------
const SIGN = D.signs, bandsBox = $(".bands"), home = new Map($$(".band").map(b => [b, [...b.children]])), order = $$(".band");
const mark = word => { const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS("http://www.w3.org/2000/svg", "use"); svg.setAttribute("class", "mk"); svg.setAttribute("aria-hidden", "true"); use.setAttribute("href", `#${D.marks[word]}`); svg.append(use); return svg; };
const answered = word => { const q = el("span", undefined, "q"), text = el("span", word); text.prepend(el("span", "Was it R1? ", "vh")); q.append(mark(word), text); return q; };
const rowOf = new Map(CALLS.map(c => [c.id, document.getElementById(`card-${c.id}`)]).filter(([, row]) => row));
const kept0 = new Map([...rowOf].map(([id, row]) => [id, { clause: $(".c", row).textContent, why: $(".why", row)?.textContent }]));
const shownIn = (place, word) => { const old = $$(".q", place).at(-1); if (old && old.textContent.trim() !== `Was it R1? ${word}`) old.replaceWith(answered(word)); };
const rows = () => {
  for (const call of CALLS) {
    const a = answerOf(call), row = rowOf.get(call.id), changed = turned(call);
    $$(`.told a[href="#card-${call.id}"]`).forEach(link => { const li = link.closest("li"); shownIn(li, a.was_it_r1); li.classList.toggle("ch", Boolean(changed)); });
    if (!row) continue;
    shownIn($("summary", row), a.was_it_r1);
    row.classList.toggle("ch", Boolean(changed));
    const base = kept0.get(call.id), reason = (changed && call.reasons[SIGN[place(a)]]) || { clause: base.clause, reason: base.why };
    $(".c", row).textContent = reason.clause;
    const why = $(".why", row);
    if (!why) continue;
    why.textContent = reason.reason;
    $(".yours", row)?.remove();
    if (mine) why.before(el("p", `In your world: loses ${percent(a.p_loser)}, wins ${percent(a.p_winner)}. Was it R1? ${capital(D.spoken[a.was_it_r1])}. The text of the card stays ours.`, "yours"));
  }
};
const bandsFollow = () => {
  if (!bandsBox || !order.length) return;
  if (!mine || !CALLS.some(turned)) {
    $$(".band").forEach(b => { if (!home.has(b)) b.remove(); });
    order.forEach(b => { b.hidden = false; b.replaceChildren(...home.get(b)); bandsBox.append(b); });
    return;
  }
  const open = document.activeElement;
  Object.entries(D.heads).forEach(([key, [title, meaning]]) => {
    let band = $$(".band").find(b => b.dataset.band === key);
    const held = CALLS.filter(c => rowOf.has(c.id) && place(answerOf(c)) === key);
    if (!band) { if (!held.length) return; band = el("section", undefined, "band"); band.dataset.band = key; band.append(el("h3", "", { [LOST]: "lt", [WON]: "wt" }[key] || "")); }
    const share = c => { const a = answerOf(c); return ({ [LOST]: a.p_loser, [WON]: a.p_winner, [SMALL]: a.p_small })[key] || 0; };
    const edge = c => Number((turned(c) ? mine[c.id] : OURS.get(c.id)).edge);
    held.sort((a, b) => edge(a) - edge(b) || share(b) - share(a));
    const h3 = home.get(band)?.[0].cloneNode(true) || $("h3", band);
    h3.replaceChildren(`${title} `, el("span", `${held.length}, ${meaning}`));
    band.hidden = !held.length;
    band.replaceChildren(h3, ...held.map(c => rowOf.get(c.id)));
    bandsBox.append(band);
  });
  if (open && open !== document.activeElement && document.contains(open)) open.focus({ preventScroll: true });
};
const strip = $$(".strip4 li").slice(0, 3), stripHome = strip.map(li => [...$(".v", li).childNodes].map(n => n.cloneNode(true)).concat([...$$("path", li)].map(p => p.getAttribute("d"))));
const squares = (from, to, inset, size) => Array.from({ length: Math.max(0, to - from) }, (_, i) => `M${9 * (from + i) + inset} ${inset}h${size}v${size}h-${size}z`).join("");
const counts = () => {
  if (strip.length < 3) return;
  const all = CALLS.map(answerOf), moved = all.filter(a => a.was_it_r1 === YES || a.was_it_r1 === WHILE);
  const numbers = [[moved.length, all.length], [moved.filter(a => a.was_it_r1 === YES).length, moved.length], [moved.filter(a => a.one_sided).length, moved.length]];
  strip.forEach((li, i) => {
    const [k, n] = numbers[i], [full, bare] = $$("path", li), svg = $("svg", li);
    $(".v", li).replaceChildren(`${k} `, el("small", `of ${n}`));
    svg.setAttribute("viewBox", `0 0 ${9 * n} 7`); svg.setAttribute("width", 9 * n);
    full.setAttribute("d", squares(0, k, 0, 7)); bare.setAttribute("d", squares(k, n, 0.5, 6));
  });
};
const answerBox = $(".lede .answer"), lead = $$(".lede .lead");
const headline = () => {
  $(".lede .yours")?.remove();
  const differs = mine && CALLS.some(turned);
  [answerBox, ...lead].forEach(e => { if (e) e.hidden = Boolean(differs); });
  if (!differs || !answerBox) return;
  const of = band => CALLS.filter(c => place(answerOf(c)) === band).map(c => c.spoken), lost = of(LOST), won = of(WON), many = names => names.length > 5 ? `${names.length} of those that the article names` : listed(names);
  const text = `In your world R1 by itself ${lost.length ? `hurt ${many(lost)}` : "hurt nobody enough to matter"}${won.length ? `${lost.length ? ", and" : " and"} helped ${many(won)}` : lost.length ? " and helped nobody" : ""}.`;
  const yours = el("div", undefined, "answer yours");
  yours.append(el("p", text));
  answerBox.after(yours);
};
const bar = el("div", undefined, "worldbar"), barText = el("span"), back = el("button", "Back to ours");
bar.hidden = true; back.type = "button";
const there = el("a", "Your world"); there.href = "#world";
const barLine = el("span");
barLine.append(there, ": ", barText);
bar.append(barLine, back);
$(".bar").after(bar);
const widths = () => document.documentElement.classList.toggle("inworld", !bar.hidden);

// --- the chapter ---------------------------------------------------------------------------------------------------
const button = (text, act) => { const b = el("button", text); b.type = "button"; b.addEventListener("click", act); return b; };
const result = el("p", sentence(), "result"), aloud = el("p", "", "vh"), status = el("p", "", "told-by"), knobs = new Map();
// what is read out: once a slider rests, not on its way
aloud.setAttribute("role", "status");
status.setAttribute("role", "status");
const say = text => { status.textContent = text; };

const scaleOf = p => {
  const [first, middle, last] = p.ends, [low, high] = p.bounds, log = p.dist === "lognormal" && first > 0 && low >= 0;
  const to = v => log ? Math.log(Math.max(v, 1e-9)) : v, from = v => log ? Math.exp(v) : v, span = to(last) - to(first);
  const ends = span > 0 ? [Math.max(to(low), to(first) - span), Math.min(to(high), to(last) + span)] : [low, high];
  return { to, from, ends, part: v => Math.min(1, Math.max(0, (to(v) - ends[0]) / (ends[1] - ends[0]))), at: t => +from(ends[0] + t * (ends[1] - ends[0])).toPrecision(3), middle };
};
const STEPS = 240;
const drawBand = (p, scale) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const bit = (x, w, y, h, fill) => { const r = document.createElementNS("http://www.w3.org/2000/svg", "rect"); Object.entries({ x, width: w, y, height: h, fill }).forEach(([k, v]) => r.setAttribute(k, v)); svg.append(r); };
  Object.entries({ class: "prior", viewBox: "0 0 100 7", preserveAspectRatio: "none", "aria-hidden": "true" }).forEach(([k, v]) => svg.setAttribute(k, v));
  const [a, m, b] = p.ends.map(v => 100 * scale.part(v));
  bit(a.toFixed(1), Math.max(0.5, b - a).toFixed(1), 1, 4, "var(--s3)");
  bit(Math.max(0, m - 0.5).toFixed(1), 1, 0, 7, "var(--ink)");
  return svg;
};
const field = (p, label, value, act) => {
  const wrap = el("label", undefined, "num-in"), input = el("input");
  Object.assign(input, { type: "number", min: p.bounds[0], max: p.bounds[1], step: "any", value: String(value) });
  input.addEventListener("change", () => act(input.value === "" ? NaN : +input.value, input));
  wrap.append(el("span", label), input);
  return wrap;
};
const ours = p => { const [a, m, b] = p.ends; return a === b ? `We take ${said(p, m)}` : `We think ${said(p, a)} to ${said(p, b)}, about ${said(p, m)}`; };
const knob = p => {
  const scale = scaleOf(p), set = el("fieldset", undefined, "knob"), legend = el("legend"), name = el("span", capital(p.plain)), value = el("output");
  const slider = el("input"), prior = drawBand(p, scale), place = el("span", undefined, "set"), line = el("div", undefined, "line"), about0 = el("p", `${ours(p)}. `, "ours"), reset = button("Ours", () => change(p.id, null));
  set.dataset.name = p.id;
  Object.assign(slider, { type: "range", min: 0, max: STEPS, step: 1 });
  slider.setAttribute("aria-label", capital(p.plain));
  slider.addEventListener("input", () => { sets[p.id] = Math.min(Math.max(scale.at(slider.value / STEPS), p.bounds[0]), p.bounds[1]); sync(p.id); soon(); });
  const range = button("As a range", () => {
    const now = sets[p.id];
    if (Array.isArray(now)) { change(p.id, now[now.length === 3 ? 1 : 0]); return; }
    const [a, m, b] = p.ends.map(v => +v.toPrecision(3)), middle = now === undefined ? m : now;
    const low = Math.min(a, middle), high = Math.max(b, middle);
    change(p.id, low < high ? [low, middle, high] : [Math.max(p.bounds[0], middle - 0.1), middle, Math.min(p.bounds[1], middle + 0.1)]);
  });
  reset.setAttribute("aria-label", `Ours: ${p.plain}`);
  range.setAttribute("aria-label", `As a range: ${p.plain}`);
  const source = el("a", p.kind);
  if (about.otherPage) source.href = `${about.otherPage}#p-${p.id}`;
  about0.append(about.otherPage ? source : p.kind);
  legend.append(name, " ", value);
  line.append(place, range, reset);
  set.append(legend, slider, prior, line, about0);
  const follow = () => {
    const now = sets[p.id], many = Array.isArray(now);
    value.textContent = now === undefined ? "as we think" : told(p, now);
    set.classList.toggle("on", now !== undefined);
    reset.hidden = now === undefined;
    range.setAttribute("aria-pressed", String(many));
    slider.hidden = many;
    prior.classList.toggle("off", many);
    slider.value = Math.round(STEPS * scale.part(many || now === undefined ? scale.middle : now));
    slider.setAttribute("aria-valuetext", now === undefined ? `${ours(p)}` : told(p, now));
    if (place.contains(document.activeElement) && place.childElementCount === (many ? 3 : 1)) return;
    const put = (k, v, input) => {
      const next = many ? [...(now.length === 3 ? sets[p.id] : [sets[p.id][0], (sets[p.id][0] + sets[p.id][1]) / 2, sets[p.id][1]])] : v;
      if (many) next[k] = v;
      try { asked(p.id, next); } catch (error) { say(error.message.replace(p.id, capital(p.plain))); input.setAttribute("aria-invalid", "true"); return; }
      input.removeAttribute("aria-invalid");
      change(p.id, next);
    };
    const three = many && (now.length === 3 ? now : [now[0], (now[0] + now[1]) / 2, now[1]]);
    place.replaceChildren(...(many ? ["lowest", "most likely", "highest"].map((label, k) => field(p, label, three[k], (v, input) => put(k, v, input)))
      : [field(p, p.unit === "share" ? "as a share of 1" : "as a number", now === undefined ? "" : now, (v, input) => put(0, v, input))]));
  };
  knobs.set(p.id, follow);
  follow();
  return set;
};
const sync = name => knobs.get(name)?.();

const names = el("ul", undefined, "names");
const nameRows = new Map(CALLS.map(c => { const li = el("li"), a = el("a", c.name); a.href = `#card-${c.id}`; li.append(a, el("span", undefined, "st")); names.append(li); return [c.id, li]; }));
const namesFollow = () => CALLS.forEach(c => {
  const li = nameRows.get(c.id), a = answerOf(c), changed = turned(c), st = li.lastChild, was = OURS.get(c.id);
  const says = answer => place(answer) === answer.was_it_r1 ? answer.was_it_r1 : `${place(answer)}, ${answer.was_it_r1}`;
  const odds = percent(({ [LOST]: a.p_loser, [WON]: a.p_winner, [SMALL]: a.p_small })[place(a)] ?? chance(a)), key = `${says(a)} ${changed} ${odds}`;
  if (li.dataset.key === key) return;
  li.dataset.key = key;
  li.classList.toggle("ch", Boolean(changed));
  st.replaceChildren(...(changed ? [el("s", says(was)), " "] : []), mark(a.was_it_r1), ` ${says(a)} `, el("span", odds, "chance"));
});

// what would turn them, in this world: of the chapter the inputs that turn most, of an open card those that move it most
const turns = el("div", undefined, "turnsit");
let swept = null;
const ends = (p, says) => ["lowest", "highest"].map((_, k) => says(k, said(p, p.ends[2 * k])));
const meter = (from, to, middle) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  Object.entries({ class: "prior", viewBox: "0 0 100 7", preserveAspectRatio: "none", "aria-hidden": "true" }).forEach(([k, v]) => svg.setAttribute(k, v));
  const bit = (x, width, y, height, fill) => { const r = document.createElementNS("http://www.w3.org/2000/svg", "rect"); Object.entries({ x: x.toFixed(1), width: width.toFixed(1), y, height, fill }).forEach(([k, v]) => r.setAttribute(k, v)); svg.append(r); };
  bit(100 * Math.min(from, to), Math.max(0.5, 100 * Math.abs(to - from)), 1, 5, "var(--s4)");
  bit(Math.max(0, 100 * middle - 0.5), 1, 0, 7, "var(--ink)");
  return svg;
};
const turnsFollow = () => {
  const most = [...swept.found].filter(([, e]) => e[0] && e[1])
    .map(([p, e]) => [p, e.map(answers => CALLS.filter(c => other(answers[c.id], swept.base[c.id])))])
    .filter(([, e]) => e[0].length + e[1].length).sort(([, a], [, b]) => Math.max(b[0].length, b[1].length) - Math.max(a[0].length, a[1].length)).slice(0, 5);
  const list = el("ul"), all = names => names.length > 3 ? `${names.length} calls` : listed(names.map(c => c.spoken));
  for (const [p, e] of most) {
    const li = el("li"), turning = ends(p, (k, value) => e[k].length ? `at ${value}, ${all(e[k])}` : "").filter(Boolean);
    li.append(el("b", `${capital(p.plain)}: `), `${turning.join("; ")}.`);
    list.append(li);
  }
  turns.replaceChildren(el("h3", mine ? "What would turn an answer in your world" : "What would turn an answer"), el("p", "Each input alone at either end of what we think, the others as they stand, and whose answer turns there.", "src"), most.length ? list : el("p", "No input alone turns any."));
  openFollow();
};
const openFollow = () => $$(".row[open]").forEach(row => {
  const call = CALLS.find(c => row.id === `card-${c.id}`), story = $(".story", row);
  $(".flips", row)?.remove();
  if (!call || !story || !mine || !swept) return;
  const box = el("div", undefined, "flips"), list = el("ul");
  const [found, left] = movers(swept, call.id);
  list.dataset.of = left ? "once rivals would have caught up" : "by R1 alone";
  for (const m of found) {
    const li = el("li"), turns = m.turns.includes(true) ? ` It turns at about ${said(m.p, turnsAt(swept, call.id, m))}.` : "";
    li.append(`${capital(m.p.plain)}: ${ends(m.p, (k, value) => `${percent(m.chances[k])} at ${value}`).join(", ")}.${turns}`, meter(...m.chances, m.now));
    list.append(li);
  }
  box.append(el("p", list.childElementCount ? `What moves it most in your world: its chance ${list.dataset.of}.` : "No input alone moves it in your world."), list);
  ($(".yours", story) || $(".why", story)).after(box);
});
document.addEventListener("toggle", e => { if (e.target instanceof Element && e.target.matches(".row[open]")) openFollow(); }, true);

// --- moving ----------------------------------------------------------------------------------------------------------
let frame = 0, timer = 0;
const isOurs = () => !laws(sets).size;
const paint = (everywhere = true) => {
  const text = sentence(), n = CALLS.filter(turned).length;
  if (result.textContent !== text) result.textContent = text;
  namesFollow();
  if (everywhere) { rows(); bandsFollow(); counts(); headline(); mapsFollow(laws(sets)); }
  bar.hidden = !mine;
  widths();
  barText.textContent = mine ? answers(n) : "";
  presets.forEach(([b, want]) => b.setAttribute("aria-pressed", String(JSON.stringify(want) === JSON.stringify(sets))));
  const line = Object.entries(sets).map(([k, v]) => `${k}=${Array.isArray(v) ? v.join(":") : v}`).join(" ");
  command.textContent = line ? `make report SET="${line}"` : "";
  command.parentElement.hidden = !line;
};
const work = make => {
  try { mine = isOurs() ? null : make(); return true; } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    say(`${capital(error.message)}. Nothing was changed.`);
    return false;
  }
};
let good = {};
const move = (make, keep, everywhere = true) => {
  if (!work(make)) { sets = { ...good }; work(nearly); knobs.forEach(follow => follow()); }
  good = { ...sets };
  paint(everywhere);
  if (!keep) return;
  aloud.textContent = mine || aloud.textContent ? sentence() : "";
  swept = null;
  $$(".flips").forEach(n => n.remove());
  sweep({ ...sets }, found => { swept = found; turnsFollow(); });
  address();
};
// a frame for what moves beside the slider; the first screen, all draws and the address once it rests
const soon = () => { stopped(); frame ||= requestAnimationFrame(() => { frame = 0; const start = performance.now(); move(nearly, false, false); box.dataset.ms = (performance.now() - start).toFixed(1); }); later(350); };
const later = wait => { clearTimeout(timer); timer = setTimeout(() => move(() => world(sets), true), wait); };
const change = (name, value) => { if (value === null) delete sets[name]; else sets[name] = value; say(""); sync(name); move(nearly, false); later(0); };
const all = next => { sets = { ...next }; say(""); knobs.forEach(follow => follow()); move(nearly, false); later(0); };
back.addEventListener("click", () => all({}));

// --- the address -------------------------------------------------------------------------------------------------------
const hashOf = () => Object.keys(sets).length ? `#world?v=${D.version}&${Object.entries(sets).map(([k, v]) => `${k}=${Array.isArray(v) ? v.join(":") : v}`).join("&")}` : "";
const address = () => {
  const hash = hashOf();
  if (hash.length > LONGEST) { say(`Too much is set for an address of ${LONGEST} characters: save it as a file.`); return; }
  if (!hash && !location.hash.startsWith("#world?")) return;
  try { history.replaceState(history.state, "", hash || "#world"); } catch { /* too many at once */ }
};
const NUMBER = /^-?\d{1,12}(\.\d{1,25})?(e-?\d{1,3})?$/;
// what an address holds; an error in words for what no reader of this page can have made
const read = hash => {
  if (hash.length > LONGEST) throw new RangeError(`it has ${hash.length} characters, and none that this page makes has more than ${LONGEST}`);
  const found = Object.create(null);
  let version = "";
  for (const part of hash.slice("#world?".length).split("&")) {
    const at = part.indexOf("="), name = part.slice(0, at), numbers = part.slice(at + 1).split(":");
    if (name === "v") { version = part.slice(2); continue; }
    if (!/^[a-z0-9_]{1,60}$/.test(name) || !P.get(name)?.plain) throw new RangeError(version && version !== String(D.version) ? `it is of version ${version.slice(0, 8)}, and this page knows no ${name.slice(0, 40)}` : "it names an input that this page does not have");
    if (name in found) throw new RangeError(`it sets ${name} twice`);
    if (!numbers.every(text => NUMBER.test(text))) throw new RangeError(`${name} is no number`);
    const value = numbers.length === 1 ? +numbers[0] : numbers.map(Number);
    asked(name, value);
    found[name] = value;
  }
  if (!version) throw new RangeError("it names no version");
  if (!/^\d{1,4}$/.test(version) || +version > D.version) throw new RangeError(`it is of version ${version.replace(/[^\w.]/g, "").slice(0, 8) || "?"}, and this page reads up to ${D.version}`);
  return { ...found };
};
const arrive = () => {
  if (!location.hash.startsWith("#world?")) return;
  try {
    const next = read(location.hash), before = sets;
    world(next, MOVING, true);
    sets = before;
    all(next);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    say(`This link could not be read: ${error.message}. Nothing was changed.`);
  }
  box.closest("section").scrollIntoView();
};

// --- build it ------------------------------------------------------------------------------------------------------------
const presets = [[button("Ours", () => all({})), {}], ...D.presets.map(p => { const b = button(p.title, () => all(p.sets)); b.title = p.note; return [b, p.sets]; })];
const command = el("code");
const build = () => {
  const row = el("div", undefined, "presets"), first = el("div", undefined, "knobs"), more = el("details", undefined, "all"), tools = el("p", undefined, "tools"), run0 = el("p", "The same from a command line: ", "src");
  row.setAttribute("role", "group"); row.setAttribute("aria-label", "Ready-made worlds");
  row.append(...presets.map(([b]) => b));
  first.append(...D.main.map(name => knob(P.get(name))));
  const others = D.parameters.filter(p => p.plain && !D.main.includes(p.id)), questions = new Map();
  others.forEach(p => questions.set(p.question, [...(questions.get(p.question) || []), p]));
  more.append(el("summary", `The other ${others.length} inputs, by question`));
  more.addEventListener("toggle", () => {
    if (more.childElementCount > 1) return;
    const find = el("input"), label = el("label", "Find an input ", "seek"), parts = [];
    Object.assign(find, { type: "search", autocomplete: "off", maxLength: 60 });
    label.append(find);
    more.append(label);
    for (const [question, list] of questions) {
      const part = el("section"), held = el("div", undefined, "knobs"), made = list.map(p => [knob(p), `${p.plain} ${p.id} ${question}`.toLowerCase()]);
      held.append(...made.map(([k]) => k));
      part.append(el("h4", question), held);
      more.append(part);
      parts.push([part, made]);
    }
    find.addEventListener("input", () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      parts.forEach(([part, made]) => { let any = false; made.forEach(([k, text]) => { k.hidden = !words.every(w => text.includes(w)); any ||= !k.hidden; }); part.hidden = !any; });
    });
  });
  tools.append(
    button("Copy link", async () => {
      const hash = hashOf();
      if (hash.length > LONGEST) { say("Too much is set for a link: save it as a file."); return; }
      try { await navigator.clipboard.writeText(`${location.href.split("#")[0]}${hash || "#world"}`); say("Link copied."); } catch { say("Could not copy. The address of this page holds your world."); }
    }),
    button("Save as a file", () => save("world.json", "application/json", `${JSON.stringify({ version: D.version, sets, answers: mine ? world(sets) : world({}) }, null, 1)}\n`)),
  );
  run0.append(command);
  box.replaceChildren(row, result, aloud, first, more, el("p", "Beside each answer stands its chance by R1 alone; where it cannot be told, the chance of the article’s side.", "src"), names, turns, status, tools, run0, el("p", "The map of the chapter on chips follows you; other charts and the text of the cards stay ours. The day of the facts cannot be set here, since other facts make another report.", "src"));
};
build();
paint();
// the draws that every world shares are made in idle moments, from the first sign that somebody will want them
const waiting = [MOVING, QUICK, D.draws].flatMap(n => D.inputs.map(name => [name, n])), none = new Map();
const warm = () => {
  const until = performance.now() + 8;
  while (waiting.length && performance.now() < until) { const [name, n] = waiting.shift(); if (typeof name === "number") scores(name, n); else values(name, none, n); }
  if (!quick && !waiting.some(([, n]) => n === MOVING) && MOVING < D.draws) quick = world({}, MOVING, true);
  if (waiting.length) idle(warm); else if (!swept && !mine) sweep({}, found => { if (!mine) { swept = found; turnsFollow(); } });
};
["pointerover", "focusin", "touchstart"].forEach(kind => box.addEventListener(kind, () => { if (!box.dataset.warm) { box.dataset.warm = ""; idle(warm); } }, { passive: true, once: true }));
addEventListener("hashchange", arrive);
arrive();
return { world: (given, n) => world(given, n) };
