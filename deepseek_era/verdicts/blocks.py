"""The calls over any number of draws, block by block: memory grows by one number a call and draw, no more.

- The blocks are consecutive stretches of the one sequence of draws, so the numbers are those of a single
  evaluation over all draws, not an approximation to it.
- Only the Effect and what is left of it once rivals have caught up are evaluated, the two forms that the words are
  read from. That makes this the quick way to them, which sweeps use too.
- Many draws are worked off by threads, a block each at a time: numpy and scipy let go of the interpreter while they
  compute. Every block has its place in the result, so that no number hangs on how many threads there are.
"""

from __future__ import annotations

import concurrent.futures as cf
import itertools
import os
import queue
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from deepseek_era import tables, traced
from deepseek_era.arrays import INTERVAL, Array, percentiles_of_rows, share_of
from deepseek_era.capacity.aggregate import attributable
from deepseek_era.parameters import BLOCK, Draws, Parameters, Row, joint_draws, joint_draws_in_blocks
from deepseek_era.verdicts import rule
from deepseek_era.verdicts.evaluate import LEVELS, Call, calls, likely_of
from deepseek_era.verdicts.impacts import FLIPS, PATH, Case, Impacts, legs, level_without
from deepseek_era.verdicts.rule import Probabilities, Shares

PARTS = ("effect", "left", "gains")  # what of a program the words are read from
TRACED = 2**15  # draws from which tracing the equations first costs less than it saves
AT_ONCE = 2**17  # impacts whose percentiles are found together
MOST_THREADS = 4  # each holds a block of draws and what is computed of it, 70 MB


known_calls = tables.once_read("calls", "article_sizes")(calls)
"""The calls, made once for each state of their tables: every point of a sweep asks for them."""


class Shared:
    """What points evaluated one after another share: all that nothing in which they differ moves."""

    def __init__(self) -> None:
        self._case: Case | None = None
        self._rows: tuple[Row, ...] = ()
        self._last: Case | traced.TracedCase
        self._kept = traced.Kept(PARTS)

    def case(self, parameters: Parameters, draws: Draws) -> Impacts:
        """Return the calls over some draws; what does not hang on a changed parameter is the last point's."""
        self._last = self._kept.case(parameters, draws, known_calls()) or self._numbers(parameters, draws)
        return self._last

    @property
    def draws(self) -> Mapping[str, Array]:
        """The draws of the last case."""
        return self._last.draws

    def gain(self, name: str) -> Array:
        """Return a field of the aggregates over the draws of the last case, one of `traced.GAINS`."""
        last = self._last
        return last.gain(name) if isinstance(last, traced.TracedCase) else getattr(last.aggregate, name)

    def _numbers(self, parameters: Parameters, draws: Draws) -> Case:
        # too many draws to keep all values: what happens without the event hangs on few parameters and the shocks
        rows = tuple(parameters.row(name) for name in PATH)
        if self._case is not None and self._case.shocks is draws.z and self._rows == rows:
            return Case(draws, draws.z, unshocked=self._case)
        self._case, self._rows = Case(draws, draws.z), rows
        return self._case


@dataclass(frozen=True)
class Outcome:
    """A call over all draws.

    Attributes
    ----------
    p
        Shares of the draws that win, lose or do neither.
    shares, later
        Shares on the article's side at its size, on the other, and too small for either: of the Effect, and of what is
        left once rivals have caught up; None for a level.
    low, median, high
        5th, 50th and 95th percentile of the impact, in the call's unit.
    band, word
        Who won, and was it R1? Words of the verdict rule under the limits of the run.
    near
        Whether a probability that decides the word lies close to the limit.
    one_sided
        Whether nearly all draws share a sign.
    """

    call: Call
    p: Probabilities
    shares: Shares | None
    later: Shares | None
    low: float
    median: float
    high: float
    band: str
    word: str
    near: bool
    one_sided: bool


def thresholds(known: tuple[Call, ...], scale: float) -> dict[str, float]:
    """Return the threshold of each call at a scale; a level is read against its own line at any scale."""
    return {c.id: c.threshold * (1 if c.id in LEVELS else scale) for c in known}


def after(case: Impacts) -> Mapping[str, Impacts]:
    """Return a case once rivals have caught up, at the end of each horizon."""
    if isinstance(case, traced.TracedCase):
        return case.after
    assert isinstance(case, Case)
    left = {
        t: Case(attributable(case.draws, t), case.shocks, unshocked=case) for t in {*traced.YEARS.values()}
    }
    return {horizon: left[t] for horizon, t in traced.YEARS.items()}


def shares_of(case: Impacts, left: Mapping[str, Impacts], item: Call, limits: dict[str, float]) -> Array:
    """Return the shares of a case's draws that decide a call.

    In order: win, lose and neither (of a flip: both ways, and too small both times); above and below nought; the
    article's side, the other and too small for either, of the Effect and of what is left. Of a level the last six are
    how often it is reached, with the event and without, of the Effect and of what is left.

    Parameters
    ----------
    left
        The case once rivals have caught up, by horizon: see `after`.
    limits
        Threshold of every call, by id.
    """
    impact, limit = case.impact(item.id), limits[item.id]
    signs = (share_of(impact > 0), share_of(impact < 0))
    if item.id in FLIPS:
        ends = limits[FLIPS[item.id][0]], limit
        p = rule.joint(*legs(case, item.id), *ends)
        then = rule.joint(legs(left["short"], item.id)[0], legs(left["long"], item.id)[1], *ends)
        return np.array([*_three(p), *signs, *_three(p), *_three(then)])
    p, later = rule.probabilities(impact, limit), left[item.horizon].impact(item.id)
    if item.id in LEVELS:
        without = share_of(rule.wins(level_without(case, item.id), limit))
        reached = share_of(rule.wins(later, limit))
        return np.array([*_three(p), *signs, p.win, without, 0.0, reached, without, 0.0])
    sides = (rule.shares(x, item.article_call, limit, item.article_size) for x in (impact, later))
    return np.array([*_three(p), *signs, *(share for s in sides for share in (s.own, s.other, s.small))])


def _three(p: Probabilities) -> tuple[float, float, float]:
    return p.win, p.lose, p.neutral


def outcomes_in_blocks(
    parameters: Parameters,
    n: int | None = None,
    block: int = BLOCK,
    *,
    shared: Shared | None = None,
    threads: int | None = None,
) -> dict[str, Outcome]:
    """Return every call over `n` draws of a run, evaluated `block` draws at a time.

    Parameters
    ----------
    n
        Number of draws, a power of two; by default the setting ``draws``.
    block
        Draws held at once by a thread, a power of two.
    shared
        Given to the points of a sweep one after another, it saves what they share; the numbers are the same.
    threads
        How many work off a great number of draws side by side; by default one a processor. The numbers are the same.

    Raises
    ------
    ParameterError
        If `n` or `block` is not a power of two.
    """
    count = int(parameters.setting("draws")) if n is None else int(n)
    if shared is not None and count <= block:
        case = shared.case(parameters, joint_draws(parameters, count))
        return outcomes_of(parameters, [case], count, known_calls())
    blocks = joint_draws_in_blocks(parameters, count, block)
    if count < TRACED:
        return outcomes_of(parameters, (Case(draws, draws.z) for draws in blocks), count, calls())
    found = _Found(parameters, count, calls())
    number = min(threads or os.cpu_count() or 1, MOST_THREADS)
    machines: queue.SimpleQueue[Machine] = queue.SimpleQueue()
    for _ in range(number):
        machines.put(traced.cases_of(parameters, block, PARTS[:2]))

    def work(draws: Draws, start: int) -> Array:
        machine = machines.get()
        try:
            return found.put(machine(draws), start)
        finally:
            machines.put(machine)

    with cf.ThreadPoolExecutor(number) as pool:
        # draws are made when they are asked for, so that all blocks may wait here together
        sums = list(pool.map(work, blocks, itertools.count(0, block)))
        return found.outcomes(np.sum(sums, axis=0), pool.map)


def outcomes_of(
    parameters: Parameters, cases: Iterable[Impacts], count: int, known: tuple[Call, ...]
) -> dict[str, Outcome]:
    """Return the calls `known` over the draws of some cases, `count` in all, under the limits of a run."""
    found = _Found(parameters, count, known)
    return found.outcomes(found.put(cases))


Machine = Callable[[Draws], Iterable[Impacts]]
Mapped = Callable[[Callable[[Array], Array], list[Array]], Iterable[Array]]


class _Found:
    """What is found of some calls over all draws: the impact of each draw in its place."""

    def __init__(self, parameters: Parameters, count: int, known: tuple[Call, ...]) -> None:
        self._parameters, self._known = parameters, known
        self._limits = thresholds(known, float(parameters.setting("threshold_scale")))
        self._impacts = np.empty((len(known), count))

    def put(self, cases: Iterable[Impacts], start: int = 0) -> Array:
        """Note the impacts of consecutive draws from a place on; return how many are in each share, a row a call."""
        counts = np.zeros((len(self._known), 11))
        for case in cases:
            left, end = after(case), start + case.n
            for item, impacts, row in zip(self._known, self._impacts, counts, strict=True):
                impacts[start:end] = case.impact(item.id)
                row += case.n * shares_of(case, left, item, self._limits)
            start = end
        return counts

    def outcomes(self, counts: Array, mapped: Mapped = map) -> dict[str, Outcome]:
        """Return the calls, given how many of all draws are in each share."""
        count = self._impacts.shape[1]
        size = max(1, AT_ONCE // count)
        parts = [self._impacts[first : first + size] for first in range(0, len(self._known), size)]
        ends = np.concatenate(list(mapped(lambda rows: percentiles_of_rows(rows, INTERVAL), parts)))
        return {
            item.id: _outcome(item, tuple(shares), tuple(interval), count, self._parameters)
            for item, shares, interval in zip(
                self._known, (counts / count).tolist(), ends.tolist(), strict=True
            )
        }


def _outcome(
    item: Call, shares: tuple[float, ...], ends: tuple[float, ...], count: int, parameters: Parameters
) -> Outcome:
    """Return a call, given its shares of all `count` draws and the interval of its impact."""
    win, lose, neither, above, below, *sides = shares
    p, likely = Probabilities(win, lose, neither), likely_of(parameters)
    low, median, high = ends
    if item.id in LEVELS:
        added, later = sides[0] - sides[1], sides[3] - sides[4]
        word = rule.level_word(added, later)
        return Outcome(
            item, p, None, None, low, median, high, rule.level_band(added), word, near=False, one_sided=False
        )
    effect, left = Shares(*sides[:3]), Shares(*sides[3:])
    return Outcome(
        item,
        p,
        effect,
        left,
        low,
        median,
        high,
        band=rule.band(p, likely),
        word=rule.was_it_r1(effect, left, likely),
        near=rule.on_edge(effect, left, likely=likely, draws=count),
        one_sided=item.id not in FLIPS and max(above, below) >= float(parameters.setting("one_sided_share")),
    )
