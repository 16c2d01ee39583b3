// Maps that follow: a quantity over two inputs, worked off by the report's own function (traced, in `maps`). The drawing is the page's own:
// its bands, dots and marked point move, and go back when the world is ours again.
const { $, $$, el } = window.page;
const ALONG = 80, HALVINGS = 26, COLUMN = 1024;
const midst = x => Float64Array.from(x).sort()[x.length >> 1];
const ready = Object.entries(D.fields).map(([name, f]) => {
  const figure = document.getElementById(`exhibit-${name}`), inputs = new Map(f.inputs.map((name, k) => [name, k]));
  const base = Object.fromEntries(f.controls.map(c => [c.param, c.base])), out = [new Float64Array(Math.max(COLUMN, D.draws))], store = new Float64Array(1);
  const of = (rows, n) => { maps[name](rows, out, n, store); return out[0]; };
  return { ...f, name, figure, inputs, base, of, now: { ...base }, homes: new Map(), line: null, key: "" };
}).filter(m => m.figure);

// the height of each contour line over points along the map: where the quantity passes its edge, by halving
const contoursOf = m => {
  const [[, ], [bottom, top]] = m.ends, n = ALONG * m.edges.length, rows = m.inputs.size ? [...m.inputs.keys()].map(name => new Float64Array(n).fill(m.now[name])) : [];
  const x = rows[m.inputs.get(m.across)], y = rows[m.inputs.get(m.upward)], [first, last] = m.span;
  for (let i = 0; i < n; i++) x[i] = first + (last - first) * (i % ALONG) / (ALONG - 1);
  const low = new Float64Array(n).fill(bottom), high = new Float64Array(n).fill(top), middle = ALONG >> 1;
  const ends = [bottom, top].map(v => { y.fill(v); return m.of(rows, n)[middle]; }), up = ends[1] >= ends[0];
  for (let k = 0; k < HALVINGS; k++) {
    for (let i = 0; i < n; i++) y[i] = (low[i] + high[i]) / 2;
    const found = m.of(rows, n);
    for (let i = 0; i < n; i++) if ((found[i] >= m.edges[Math.floor(i / ALONG)]) === up) high[i] = y[i]; else low[i] = y[i];
  }
  return { up, at: (edge, i) => high[edge * ALONG + i] };
};
const drawing = (m, svg, dots) => {
  const grid = $$("path", svg).map(p => /^M0,[\d.]+l([\d.]+),0/.exec(p.getAttribute("d"))).find(Boolean), wide = +grid[1], tall = m.heights[svg.classList.contains("narrow") ? 1 : 0];
  const [[left, right], [bottom, top]] = m.ends, px = v => wide * (Math.min(right, Math.max(left, v)) - left) / (right - left), py = v => tall * (1 - (Math.min(top, Math.max(bottom, v)) - bottom) / (top - bottom));
  const put = (node, name, value) => { const homes = m.homes.get(node) || m.homes.set(node, {}).get(node); if (!(name in homes)) homes[name] = node.getAttribute(name); node.setAttribute(name, value); };
  const { up, at } = contoursOf(m), [first, last] = m.span, steps = [...Array(ALONG).keys()], n = m.colours.length;
  const side = (k, above) => { const edge = (above === up) ? k : k - 1; return edge < 0 || edge >= m.edges.length ? () => (above ? top : bottom) : i => at(edge, i); };
  const shape = k => {
    const low = side(k, false), high = side(k, true);
    if (!steps.some(i => high(i) - low(i) > 1e-6 * (top - bottom))) return "";
    const point = end => i => `${px(first + (last - first) * i / (ALONG - 1)).toFixed(1)},${py(end(i)).toFixed(1)}`;
    return `M${[...steps.map(point(low)), ...[...steps].reverse().map(point(high))].join("L")}Z`;
  };
  const dashed = $("path[stroke-dasharray]", svg);
  const unnamed = [];
  new Set(m.colours).forEach(colour => {
    const d = [...Array(n).keys()].filter(k => m.colours[k] === colour).map(shape).join("");
    let paths = $$(`path[fill="${colour}" i]:not([transform])`, svg);
    if (!paths.length && d) { const path = document.createElementNS("http://www.w3.org/2000/svg", "path"); path.setAttribute("fill", colour); path.setAttribute("d", ""); dashed.before(path); paths = [path]; path.dataset.own = ""; }
    if (d && paths[0]?.dataset.own === "") unnamed.push(...m.bands.filter((_, k) => m.colours[k] === colour));
    paths.forEach((path, k) => put(path, "d", k ? "" : d));
  });
  if (m.contour !== null && m.edges.includes(m.contour)) {
    const k = m.edges.indexOf(m.contour), inside = steps.filter(i => at(k, i) > bottom + 1e-6 && at(k, i) < top - 1e-6);
    put(dashed, "d", inside.length ? `M${inside.map(i => `${px(first + (last - first) * i / (ALONG - 1)).toFixed(1)},${py(at(k, i)).toFixed(1)}`).join("L")}` : "");
    const words = $$('text[font-weight="600"]', svg).at(-1), end = inside.at(-1);
    if (words) put(words, "transform", inside.length ? `translate(${(px(first + (last - first) * end / (ALONG - 1)) + 8).toFixed(1)},${(py(at(k, end)) + 4).toFixed(1)})` : "translate(0,-9999)");
  }
  const many = $$("g", svg).find(g => $$(":scope > circle", g).length > 20);
  if (dots && many) $$(":scope > circle", many).forEach((c, i) => put(c, "transform", `translate(${px(dots[0][i]).toFixed(1)},${py(dots[1][i]).toFixed(1)})`));
  const ring = $$("circle", svg).find(c => +c.getAttribute("r") > 4), [x, y] = [px(m.now[m.across]), py(m.now[m.upward])];
  const [flat, upright] = [ring.previousElementSibling, ring.previousElementSibling?.previousElementSibling];
  if (flat?.tagName === "line" && upright?.tagName === "line") {
    put(upright, "transform", `translate(${x.toFixed(1)},0)`);
    put(flat, "transform", `translate(${x.toFixed(1)},${y.toFixed(1)})`);
    put(flat, "x2", (-x).toFixed(1));
  }
  put(ring, "transform", `translate(${x.toFixed(1)},${y.toFixed(1)})`);
  return unnamed;
};
const backHome = m => { m.homes.forEach((homes, node) => Object.entries(homes).forEach(([name, value]) => value === null ? node.removeAttribute(name) : node.setAttribute(name, value))); };
const ownLine = (m, text) => {
  m.line ||= el("p", "", "yours");
  m.line.textContent = text;
  if (text) $(".chart", m.figure).after(m.line); else m.line.remove();
};
// one map anew: what its inputs are, what lies where, and the sentence below it
const moveMap = (m, own, n) => {
  m.own = own;
  const followed = [m.across, m.upward].every(name => m.follows[name]), rows = own && [...m.inputs.keys()].map(name => m.follows[name] ? given(m.follows[name], own, n) : new Float64Array(n).fill(m.now[name]));
  if (own) for (const [name, parameter] of Object.entries(m.follows)) m.now[name] = own.has(parameter) || (parameter === through && D.tied.some(t => own.has(t))) ? midst(rows[m.inputs.get(name)]) : m.base[name];
  const dots = rows && followed ? [m.across, m.upward].map(name => rows[m.inputs.get(name)]) : null;
  const unnamed = new Set($$(".chart svg[viewBox]", m.figure).flatMap(svg => $("circle", svg) ? drawing(m, svg, dots) : []));
  const values0 = rows || [...m.inputs.keys()].map(name => new Float64Array(1).fill(m.now[name])), found = m.of(values0, rows ? n : 1);
  let above = 0;
  if (rows) for (let i = 0; i < n; i++) if (found[i] > m.contour) above++;
  ownLine(m, m.said.replace("{share}", `${Math.round(100 * above / n)}%`).replace("{value}", found[0].toFixed(1)) + (unnamed.size ? ` Outside the key: ${[...unnamed].join(", ")}.` : ""));
};
const mapsFollow = own => ready.forEach(m => {
  const parameters = Object.values(m.follows), moved = [...own.keys()].some(name => parameters.includes(name) || (parameters.includes(through) && D.tied.includes(name)));
  const key = moved ? JSON.stringify([...own]) : "";
  if (!parameters.length || key === m.key) return;
  m.key = key;
  if (moved) moveMap(m, own, D.draws); else { m.now = { ...m.base }; backHome(m); ownLine(m, ""); }
});
// what no verdict hangs on has its sliders under the map
const slidersOf = m => {
  const free = m.controls.filter(c => !m.follows[c.param]), box = el("fieldset", undefined, "whatif"), reset = el("button", "Ours");
  if (!free.length) return;
  box.append(el("legend", "Move it", "vh"));
  const inputs = free.map(c => {
    const label = el("label"), value = el("output"), input = el("input"), decimals = +/\d+/.exec(c.format)[0];
    Object.assign(input, { type: "range", min: c.low, max: c.high, step: c.step, value: c.base });
    input.setAttribute("aria-label", c.label);
    const follow = () => { value.textContent = `${c.format.startsWith("×") ? "×" : ""}${m.now[c.param].toFixed(decimals)}`; input.setAttribute("aria-valuetext", value.textContent); };
    input.addEventListener("input", () => { m.now[c.param] = +input.value; reset.hidden = false; follow(); moveMap(m, null, D.draws); });
    label.append(el("span", c.label), value, input);
    box.append(label);
    follow();
    return [input, c, follow];
  });
  reset.type = "button"; reset.hidden = true;
  reset.addEventListener("click", () => { m.now = { ...m.base }; inputs.forEach(([input, c, follow]) => { input.value = c.base; follow(); }); backHome(m); ownLine(m, ""); reset.hidden = true; inputs[0][0].focus(); });
  box.append(reset);
  $("figcaption", m.figure).after(box);
};
ready.forEach(slidersOf);
// a narrow screen brings another drawing
matchMedia("(max-width:699px)").addEventListener("change", () => ready.forEach(m => { if (m.line?.isConnected) moveMap(m, m.own, D.draws); }));
