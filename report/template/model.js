// The model: the draws of a run's parameters made anew, worked off by `run` (traced from the functions of the report)
// and judged by its rule. `D` is what deepseek_era.book.world hands over. Nothing here touches the page.
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", CELLS = 128, LAST = 8, Z95 = 3.2896973;
const P = new Map(D.parameters.map(p => [p.id, p]));
const even = (c, x) => c.reduceRight((sum, k) => sum * x + k, 0);

// W. J. Cody (1969), Mathematics of Computation 23: the error function; the normal distribution from it
const ERF = [[3.20937758913846947e3, 3.77485237685302021e2, 1.13864154151050156e2, 3.16112374387056560, 1.85777706184603153e-1], [2.84423683343917062e3, 1.28261652607737228e3, 2.44024637934444173e2, 2.36012909523441209e1, 1]];
const ERFC = [[1.23033935479799725e3, 2.05107837782607147e3, 1.71204761263407058e3, 8.81952221241769090e2, 2.98635138197400131e2, 6.61191906371416295e1, 8.88314979438837594, 5.64188496988670089e-1, 2.15311535474403846e-8], [1.23033935480374942e3, 3.43936767414372164e3, 4.36261909014324716e3, 3.29079923573345963e3, 1.62138957456669019e3, 5.37181101862009858e2, 1.17693950891312499e2, 1.57449261107098347e1, 1]];
const FAR = [[6.58749161529837803e-4, 1.60837851487422766e-2, 1.25781726111229246e-1, 3.60344899949804439e-1, 3.05326634961232344e-1, 1.63153871373020978e-2], [2.33520497626869185e-3, 6.05183413124413191e-2, 5.27905102951428412e-1, 1.87295284992346725, 2.56852019228982242, 1]];
const erfc = x => {
  // the square in two parts, as its rounding would be raised to a power
  const near = Math.trunc(x * 16) / 16, scale = Math.exp(-near * near) * Math.exp(-(x - near) * (x + near));
  if (x <= 4) return scale * even(ERFC[0], x) / even(ERFC[1], x);
  const y = 1 / (x * x);
  return scale / x * (1 / Math.sqrt(Math.PI) - y * even(FAR[0], y) / even(FAR[1], y));
};
const below = z => {
  const x = z * Math.SQRT1_2, far = Math.abs(x);
  if (far < 0.46875) return 0.5 + 0.5 * x * even(ERF[0], x * x) / even(ERF[1], x * x);
  return x > 0 ? 1 - 0.5 * erfc(far) : 0.5 * erfc(far);
};
// M. J. Wichura (1988), Applied Statistics 37, AS 241: its inverse
const MIDDLE = [[3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3], [1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3]];
const TAIL = [[1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4], [1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9]];
const EDGES = [[6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7], [1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15]];
const score = u => {
  const q = u - 0.5;
  if (Math.abs(q) <= 0.425) { const r = 0.180625 - q * q; return q * even(MIDDLE[0], r) / even(MIDDLE[1], r); }
  const r = Math.sqrt(-Math.log(q < 0 ? u : 1 - u)), [t, c] = r <= 5 ? [TAIL, 1.6] : [EDGES, 5];
  return Math.sign(q) * even(t[0], r - c) / even(t[1], r - c);
};

// the beta distribution whose two parameters add up to six, of which a PERT is made
const beta = (a, b) => {
  // gamma(a) gamma(b) / gamma(6): a product that leaves out the factor which the sine cancels
  const t = a - 1, k = Math.round(t), d = t - k;
  let product = d === 0 ? 1 : Math.PI * d / Math.sin(Math.PI * d);
  for (let j = 0; j <= 4; j++) if (j !== k) product *= Math.abs(j - t);
  const whole = product / 120;
  // how likely less than x is, of the smaller side: by the continued fraction, after Lentz
  const part = (x, a, b) => {
    const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x)) / (a * whole);
    let c = 1, d = 1 / (1 - (a + b) * x / (a + 1)), f = d;
    for (let m = 1; m < 300; m++) {
      const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / (1 + even * d); c = 1 + even / c; f *= c * d;
      d = 1 / (1 + odd * d); c = 1 + odd / c;
      const step = c * d;
      f *= step;
      if (Math.abs(step - 1) < 1e-16) break;
    }
    return front * f;
  };
  const less = (x, a, b) => x < (a + 1) / (a + b + 2) ? part(x, a, b) : 1 - part(1 - x, b, a);
  return { whole, less };
};
// PERT: the inverse at even places of the normal score, and a monotone cubic between them, as in the report
const perts = new Map();
const pert = (low, mode, high) => {
  const key = `${low} ${mode} ${high}`;
  if (perts.has(key)) return perts.get(key);
  const span = high - low, a = 1 + 4 * (mode - low) / span, b = 1 + 4 * (high - mode) / span;
  const { whole, less } = beta(a, b), nodes = new Map();
  // each side from the middle outwards, by the smaller of both chances: x from below, or what is left of one from above
  const solve = (sign, to) => {
    const [p, q] = sign < 0 ? [a, b] : [b, a];
    let y = p / 6, slope = 0;
    for (let k = 0; k <= to; k++) {
      const z = sign * k / CELLS, chance = sign < 0 ? below(z) : 1 - below(z);
      y = Math.min(Math.max(y - slope / CELLS, y / 2), 1 - 1e-16);
      for (let n = 0; n < 60; n++) {
        const have = less(y, p, q), dense = Math.exp((p - 1) * Math.log(y) + (q - 1) * Math.log1p(-y)) / whole;
        let step = have * Math.log(have / chance) / dense;
        if (!(y - step > 0)) step = y / 2;
        if (y - step >= 1) step = (y - 1) / 2;
        y -= step;
        if (Math.abs(step) <= 2e-16 * y) break;
      }
      slope = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) / (Math.exp((p - 1) * Math.log(y) + (q - 1) * Math.log1p(-y)) / whole);
      nodes.set(sign * k, low + span * (sign < 0 ? y : 1 - y));
    }
  };
  const made = { reach: 0, at: null };
  made.at = (z, top) => {
    if (top > made.reach) { made.reach = Math.min(top, LAST * CELLS); solve(-1, made.reach); solve(1, made.reach); made.cells = new Map(); }
    const cell = Math.min(Math.floor(z * CELLS), LAST * CELLS - 1);
    let c = made.cells.get(cell);
    if (!c) {
      const [y0, y1, y2, y3] = [-1, 0, 1, 2].map(k => nodes.get(cell + k)), h = 1 / CELLS;
      const [m0, m1, m2] = [(y1 - y0) / h, (y2 - y1) / h, (y3 - y2) / h];
      const bend = (m, n) => m * n > 0 ? 1 / ((3 * h / m + 3 * h / n) / (6 * h)) : 0;
      const d0 = bend(m0, m1), d1 = bend(m1, m2), t = (d0 + d1 - 2 * m1) / h;
      c = [y1, d0, (m1 - d0) / h - t, t / h];
      made.cells.set(cell, c);
    }
    const w = z - cell / CELLS, square = w * w;
    return c[0] + c[1] * w + c[2] * square + c[3] * (square * w);
  };
  if (perts.size > 400) perts.clear();
  perts.set(key, made);
  return made;
};

// the points of the sequence, and the normal scores of a dimension
const made = {};
const kept = (name, n, make) => { const all = made[n] ||= new Map(); if (!all.has(name)) all.set(name, make()); return all.get(name); };
const scores = (dimension, n) => kept(dimension, n, () => {
  const text = D.points[dimension], values = new Float64Array(n);
  const numbers = Array.from({ length: text.length / 5 }, (_, k) => [4, 3, 2, 1, 0].reduce((sum, j) => sum * 64 + LETTERS.indexOf(text[5 * k + j]), 0));
  let now = numbers[0];
  for (let i = 0; i < n; i++) {
    if (i) now ^= numbers[1 + (31 - Math.clz32(i & -i))];
    values[i] = score(Math.min(Math.max(now / 2 ** 30, 2 ** -40), 1 - 2 ** -40));
  }
  return values;
});
const mixed = (p, n) => {
  const [[first, weight], ...others] = p.mixed, own = scores(first, n);
  if (!others.length) return own;
  return kept(`mix ${p.id}`, n, () => {
    const sum = own.map(z => weight * z);
    for (const [dimension, part] of others) { const z = scores(dimension, n); for (let i = 0; i < n; i++) sum[i] += part * z[i]; }
    return sum;
  });
};
const drawn = (p, law, n) => {
  const [dist, p1, p2, p3] = law, [low, high] = p.bounds;
  if (dist === "fixed") return new Float64Array(n).fill(Math.min(Math.max(p1, low), high));
  const z = mixed(p, n), values = new Float64Array(n);
  let at;
  if (dist === "lognormal") { const centre = 0.5 * (Math.log(p1) + Math.log(p2)), wide = Math.log(p2 / p1) / Z95; at = z => Math.exp(centre + wide * z); }
  else if (dist === "normal") at = z => p1 + p2 * z;
  else if (dist === "truncated") { const first = below((low - p1) / p2), last = below((high - p1) / p2); at = z => p1 + p2 * score(first + (last - first) * below(z)); }
  else if (dist === "uniform") at = z => p1 + (p2 - p1) * below(z);
  else {
    const held = z.map(v => Math.min(Math.max(v, -LAST), LAST)), curve = pert(p1, p2, p3);
    const top = Math.ceil(held.reduce((most, v) => Math.max(most, Math.abs(v)), 0) * CELLS) + 3;
    for (let i = 0; i < n; i++) values[i] = Math.min(Math.max(curve.at(held[i], top), low), high);
    return values;
  }
  for (let i = 0; i < n; i++) values[i] = Math.min(Math.max(at(z[i]), low), high);
  return values;
};

// what a reader sets: a number, [low, high] or [low, mode, high]; refused in words, before anything runs
const lawOf = p => [p.dist, ...p.given];
const asked = (name, value) => {
  const p = P.get(name);
  if (!p || !p.plain) throw new RangeError(`${String(name).slice(0, 60)}: no such input of the model`);
  const numbers = Array.isArray(value) ? value : [value], [low, high] = p.bounds;
  if (numbers.length < 1 || numbers.length > 3 || numbers.some(v => typeof v !== "number" || !(v >= low && v <= high))) throw new RangeError(`${name}: allowed is a number from ${low} to ${high}, or a range within that`);
  if (numbers.length === 1) return ["fixed", numbers[0]];
  const [first, last] = [numbers[0], numbers[numbers.length - 1]];
  if (!(first < last) || (numbers.length === 3 && !(first <= numbers[1] && numbers[1] <= last))) throw new RangeError(`${name}: a range goes from low to high, and what is most likely lies between them`);
  return [numbers.length === 2 ? "uniform" : "pert", ...numbers];
};
const laws = sets => {
  const found = new Map();
  for (const [name, value] of Object.entries(sets)) {
    const law = asked(name, value);
    if (law.join() !== lawOf(P.get(name)).join()) found.set(name, law);
  }
  return found;
};
const values = (name, own, n) => {
  const p = P.get(name), law = own.get(name);
  return law ? drawn(p, law, n) : kept(`own ${name}`, n, () => drawn(p, lawOf(p), n));
};
const passed = (own, n) => {
  const [gainOf, share, through, least, most] = D.tied;
  const [K, a, phi, low, high] = [gainOf, share, through, least, most].map(name => values(name, own, n));
  return phi.map((v, i) => {
    const gain = -Math.log1p(a[i] * (1 / K[i] - 1)), fall = v * gain, held = Math.min(Math.max(fall, low[i]), high[i]);
    return gain > low[i] && held !== fall ? held / gain : v;
  });
};
const through = D.tied[2];
const loose = own => !D.tied.length || D.tied.slice(0, 3).some(name => own.has(name));

// run it
// the draws of an input as the model takes them
const given = (name, own, n) => {
  if (name !== through || loose(own)) return values(name, own, n);
  return D.tied.some(name => own.has(name)) ? passed(own, n) : kept("passed", n, () => passed(own, n));
};
const outputs = new Map(D.outputs.map((key, k) => [key.join(), k]));
const found = {}, store = new Float64Array(D.store);
const worked = (own, n) => {
  const rows = D.inputs.map(name => typeof name === "number" ? scores(name, n) : given(name, own, n));
  const out = found[n] ||= D.outputs.map(() => new Float64Array(n));
  const broken = run(rows, out, n, store);
  if (broken >= 0) throw new RangeError(`no such world: ${D.promises[broken]}`);
  return key => out[outputs.get(key.join())];
};

// judge it
const wins = (x, t) => t > 0 ? x >= t : x > 0, loses = (x, t) => t > 0 ? x <= -t : x < 0;
const share = (n, test) => { let k = 0; for (let i = 0; i < n; i++) if (test(i)) k++; return k / n; };
const sided = (x, call, n) => {
  const sign = call.article === "loser" ? -1 : 1, t = call.threshold, size = Math.max(call.size, t);
  let towards = 0, away = 0;
  for (let i = 0; i < n; i++) if (wins(sign * x[i], size)) towards++; else if (loses(sign * x[i], t)) away++;
  const own = towards / n, other = away / n;
  return { own, other, small: Math.max(0, 1 - own - other) };
};
const joint = ([a, b], [s, t], n) => ({
  win: share(n, i => loses(a[i], s) && wins(b[i], t)), lose: share(n, i => wins(a[i], s) && loses(b[i], t)),
  neutral: share(n, i => !wins(a[i], s) && !loses(a[i], s) && !wins(b[i], t) && !loses(b[i], t)),
});
const chances = (x, t, n) => {
  let won = 0, lost = 0;
  for (let i = 0; i < n; i++) if (wins(x[i], t)) won++; else if (loses(x[i], t)) lost++;
  const win = won / n, lose = lost / n;
  return { win, lose, neutral: Math.max(0, 1 - win - lose) };
};
const alike = (x, n) => { let up = 0, down = 0; for (let i = 0; i < n; i++) if (x[i] > 0) up++; else if (x[i] < 0) down++; return Math.max(up, down) / n; };
const [WON, LOST, SMALL, UNTOLD] = D.bands, [YES, WHILE, LITTLE, OTHER, OPEN] = D.words;
const banded = p => p.win >= D.likely ? WON : p.lose >= D.likely ? LOST : p.neutral >= D.likely ? SMALL : UNTOLD;
const worded = (effect, later) => effect.own >= D.likely ? (later.own >= D.likely ? YES : WHILE) : effect.other >= D.likely ? OTHER : effect.small >= D.likely ? LITTLE : OPEN;
// the words that follow from the shares
const settled = f => {
  f.band = banded({ win: f.p_winner, lose: f.p_loser, neutral: f.p_neutral });
  f.was_it_r1 = worded({ own: f.p_own, other: f.p_other, small: f.p_small }, { own: f.p_own_attributable });
};
const judged = (call, at, n, brief) => {
  const effect = call.effect.map(at), left = call.left.map(at), [x] = effect;
  const median = () => { const s = Float64Array.from(x).sort(); return n % 2 ? s[n >> 1] : (s[n / 2 - 1] + s[n / 2]) / 2; };
  if (call.kind === "level") {
    const adds = at(call.adds), t = call.threshold, p = chances(x, t, n), without = share(n, i => wins(x[i] - adds[i] / 100, t));
    const more = p.win - without, still = share(n, i => wins(left[0][i], t)) - without;
    const band = Math.abs(more) < D.matters ? SMALL : more > 0 ? WON : LOST;
    const was_it_r1 = Math.abs(more) < D.matters ? LITTLE : more < 0 ? OTHER : still >= D.matters ? YES : WHILE;
    return { ...named(p), band, was_it_r1, adds: more, edge: false, one_sided: false, ...(brief ? {} : { impact_median: median() }) };
  }
  const flip = call.kind === "flip";
  const p = flip ? joint(effect, call.thresholds, n) : chances(x, call.threshold, n);
  const of = rows => { const q = joint(rows, call.thresholds, n); return { own: q.win, other: q.lose, small: q.neutral }; };
  const e = flip ? of(effect) : sided(x, call, n), later = flip ? of(left) : sided(left[0], call, n);
  const near = Math.max(D.edge, 2 * Math.sqrt(D.likely * (1 - D.likely) / n)), deciding = [Math.max(e.own, e.other, e.small), ...(e.own >= D.likely ? [later.own] : [])];
  const found = {
    ...named(p), edge: deciding.some(q => Math.abs(q - D.likely) <= near),
    one_sided: !flip && alike(x, n) >= D.one_sided,
    p_own: e.own, p_other: e.other, p_small: e.small, p_own_attributable: later.own, p_other_attributable: later.other, p_small_attributable: later.small,
  };
  settled(found);
  if (brief) return found;
  if (!flip) found.impact_median = median();
  if (call.era) { const p = chances(at(call.era), call.threshold, n); found.p_era = call.article === "loser" ? p.lose : p.win; }
  return found;
};
const named = p => ({ p_winner: p.win, p_loser: p.lose, p_neutral: p.neutral });
// {name: number or [low, high] or [low, mode, high]} -> {call: answers}; n draws, by default those of the report
const world = (sets = {}, n = D.draws, brief = false) => {
  if (!(n >= 64 && n <= D.draws && (n & (n - 1)) === 0)) throw new RangeError(`draws: allowed is a power of two from 64 to ${D.draws}`);
  const at = worked(laws(sets), n);
  return Object.fromEntries(D.calls.map(call => [call.id, judged(call, at, n, brief)]));
};
