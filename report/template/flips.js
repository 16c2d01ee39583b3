// What would turn an answer: every input at either end of what we think, all else as the reader has it. Worked off in idle moments,
// with few draws, and compared with as few.
const QUICK = Math.min(1024, D.draws), TOP = 3, STEPS_HALVED = 8;
const idle = window.requestIdleCallback ? act => requestIdleCallback(act) : act => setTimeout(act, 30);
const MOVABLE = D.parameters.filter(p => p.plain && p.ends[0] < p.ends[2]);
// a call of which too little was left for what the article claims stands with those that hardly noticed
const place = answer => answer.was_it_r1 === LITTLE ? SMALL : answer.band;
const other = (a, b) => place(a) !== place(b) || a.was_it_r1 !== b.was_it_r1;
// the chance that R1 by itself bears out the article; of a level, that it is reached
const chance = a => a.p_own ?? a.p_winner;
const at = (sets, p, value) => {
  try { return world({ ...sets, [p.id]: value }, QUICK, true); } catch (error) { if (error instanceof RangeError) return null; throw error; }
};
let round = 0;
const stopped = () => { round++; };
// hands over the answers to what is set and, for each input, those at both ends
const sweep = (sets, done) => {
  const mine = ++round, waiting = MOVABLE.flatMap(p => [[p, 0], [p, 1]]), found = new Map(MOVABLE.map(p => [p, []]));
  const base = world(sets, QUICK, true);
  const step = () => {
    const until = performance.now() + 6;
    while (mine === round && waiting.length && performance.now() < until) { const [p, end] = waiting.shift(); found.get(p)[end] = at(sets, p, p.ends[2 * end]); }
    if (mine !== round) return;
    if (waiting.length) idle(step); else done({ sets, base, found });
  };
  idle(step);
};
// of one call the inputs that move its chance most, and where each would turn the answer
const movers = (swept, id) => {
  // a likely effect turns by what is left of it
  const base = swept.base[id], left = base.p_own >= D.likely, of = left ? a => a.p_own_attributable : chance;
  return [[...swept.found].filter(([, ends]) => ends[0] && ends[1])
    .map(([p, ends]) => ({ p, now: of(base), chances: ends.map(e => of(e[id])), turns: ends.map(e => other(e[id], base)) }))
    .sort((a, b) => b.turns.includes(true) - a.turns.includes(true) || Math.abs(b.chances[1] - b.chances[0]) - Math.abs(a.chances[1] - a.chances[0]))
    .filter(m => m.turns.includes(true) || Math.abs(m.chances[1] - m.chances[0]) >= 0.02).slice(0, TOP), left];
};
const turnsAt = (swept, id, { p, turns }) => {
  const end = turns[0] ? 0 : 2, now = swept.sets[p.id], middle = Array.isArray(now) ? now[now.length >> 1] : now ?? p.ends[1];
  let [inside, outside] = [middle, p.ends[end]];
  if (Array.isArray(now) || now === undefined) { const held = at(swept.sets, p, middle); if (!held || other(held[id], swept.base[id])) return middle; }
  for (let k = 0; k < STEPS_HALVED; k++) {
    const half = (inside + outside) / 2, found = at(swept.sets, p, half);
    if (!found || other(found[id], swept.base[id])) outside = half; else inside = half;
  }
  return (inside + outside) / 2;
};
