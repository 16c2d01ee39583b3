"""Many events at once: what series did on every day of a panel, and means over lists of events, with events as units.

- Every day has a market model of its own, fitted to the days before it (`every_day`). Event days are left out of all of these
  fits, so that no event is measured by another.
- A list of events is a list of days of one panel. Firms of one day move together, so a day is one observation however many firms
  it has: errors come from the spread between events (`means`), never from firms times days.
- Running sums give all fits of all series in one pass. Shapes are (days, series); NaN marks what has no estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from deepseek_era.arrays import Array, Bools, Ints
from deepseek_era.errors import ModelInputError
from deepseek_era.market.normal import LEVEL, MODELS


@dataclass(frozen=True)
class EveryDay:
    """Abnormal returns of every day, their prediction errors and degrees of freedom, shape (days, series); fractions."""

    ar: Array
    se: Array
    degrees: Array

    @property
    def t(self) -> Array:
        """Return the abnormal return over its prediction error."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.ar / self.se


def group_series(returns: Array, memberships: Mapping[str, Ints]) -> Array:
    """Return the equal-weight mean return of each group on each day, over the firms that have one, shape (days, groups).

    A firm joins when its history begins; a day on which no firm of a group has a return is NaN.
    """
    series = np.full((len(returns), len(memberships)), np.nan)
    for column, members in enumerate(memberships.values()):
        part = returns[:, members]
        held = np.isfinite(part)
        count = held.sum(axis=1)
        with np.errstate(invalid="ignore"):
            series[:, column] = np.where(count > 0, np.where(held, part, 0.0).sum(axis=1) / count, np.nan)
    return series


def event_days(sessions: Ints, days: int) -> Bools:
    """Return which days of a panel are an event's session or the one after, shape (days,)."""
    marked = np.zeros(days, dtype=bool)
    marked[sessions] = True
    marked[np.minimum(sessions + 1, days - 1)] = True
    return marked


def every_day(
    returns: Array,
    benchmark: Array,
    out: Bools,
    *,
    days: int = 240,
    gap: int = 10,
    minimum: int = 120,
    model: str = "market",
    length: int = 1,
) -> EveryDay:
    """Return the abnormal return of every day, or of every `length` days beginning with it, by a fit to the days before.

    Parameters
    ----------
    returns, benchmark
        Fractions, shapes (days, series) and (days,); the benchmark has no missing day.
    out
        Days that no fit may use, shape (days,).
    days, gap, minimum
        A fit uses the `days` sessions that end `gap` sessions before the day, as many as there are, and at least `minimum` that
        are not out and have a return.
    model
        One of `MODELS`.

    Notes
    -----
    The error is that of prediction: s²·[L + L²/n + (Σx − L·mean)²/Σ(x − mean)²] for L days.
    """
    if model not in MODELS:
        raise ModelInputError(f"normal_model {model!r} is not one of {', '.join(MODELS)}")
    total = len(returns)
    centre = benchmark[~out].mean() if (~out).any() else 0.0
    x = (benchmark - centre)[:, None]
    use = np.isfinite(returns) & ~out[:, None]
    # centred first: sums of squares of raw returns would lose digits in the subtraction
    level = np.where(use, returns, 0.0).sum(axis=0) / np.maximum(use.sum(axis=0), 1)
    y = np.where(use, returns - level, 0.0)
    stop = np.maximum(np.arange(total) - gap, 0)
    start = np.maximum(stop - days, 0)

    def within(values: Array) -> Array:
        run = np.zeros((total + 1, values.shape[1]))
        np.cumsum(values, axis=0, out=run[1:])
        return np.asarray(run[stop] - run[start], dtype=np.float64)

    n = within(use.astype(np.float64))
    sx, sy = within(np.where(use, x, 0.0)), within(y)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = sx / n, sy / n
        sxx = within(np.where(use, x**2, 0.0)) - n * mean_x**2
        sxy = within(x * y) - n * mean_x * mean_y
        syy = within(y**2) - n * mean_y**2
        if model == "market":
            beta, alpha = sxy / sxx, mean_y + level - sxy / sxx * mean_x
            rest = syy - sxy**2 / sxx
        elif model == "constant_mean":
            beta, alpha = np.zeros_like(n), mean_y + level
            rest = syy
        else:
            beta, alpha = np.ones_like(n), np.full_like(n, centre)
            away = mean_y + level - mean_x - centre
            rest = syy - 2 * sxy + sxx + n * away**2
        degrees = n - {"market": 2, "constant_mean": 1, "market_adjusted": 0}[model]
        r_sum, x_sum = _ahead(returns, length), _ahead(x, length)
        ar = r_sum - length * alpha - beta * x_sum
        factor = np.full_like(n, float(length))
        if model != "market_adjusted":
            factor += length**2 / n
        if model == "market":
            factor += (x_sum - length * mean_x) ** 2 / sxx
        se = np.sqrt(np.maximum(rest, 0.0) / degrees * factor)
    enough = n >= minimum
    return EveryDay(*(np.where(enough & np.isfinite(ar), part, np.nan) for part in (ar, se, degrees)))


def _ahead(values: Array, length: int) -> Array:
    """Return the sum over each day and the `length` − 1 after it; NaN where the panel ends before."""
    found = np.full(values.shape, np.nan)
    whole = len(values) - length + 1
    if whole > 0:
        found[:whole] = sum(values[k : k + whole] for k in range(length))
    return found


@dataclass(frozen=True)
class Means:
    """Means over events, one entry a series; intervals are central, Student's and the bootstrap's, over events."""

    n: Ints
    mean: Array
    sd: Array
    low: Array
    high: Array
    boot_low: Array
    boot_high: Array
    p: Array
    p_sign: Array
    negative: Array
    """Share of events below zero."""


def means(effects: Array, *, level: float = LEVEL, draws: int = 4_000, seed: int = 1) -> Means:
    """Return means over events, shape of `effects` (events, series), NaN where an event has no estimate.

    The standard error is the spread between events over √n; with fewer than two events there is none. The bootstrap draws
    events with replacement, the same for all series; the sign test is two-sided against one half.
    """
    held = np.isfinite(effects)
    n = held.sum(axis=0)
    filled = np.where(held, effects, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=0) / n
        sd = np.sqrt(np.where(held, (effects - mean) ** 2, 0.0).sum(axis=0) / np.where(n > 1, n - 1, np.nan))
        se = sd / np.sqrt(n)
        degrees = np.where(n > 1, n - 1, np.nan)
        half = stats.t.ppf(0.5 + level / 2, degrees) * se
        p = 2 * stats.t.sf(np.abs(mean / se), degrees)
        below = (held & (effects < 0)).sum(axis=0)
        above = (held & (effects > 0)).sum(axis=0)
        sign = np.minimum(1.0, 2 * stats.binom.cdf(np.minimum(below, above), below + above, 0.5))
        negative = below / n
    tested = np.where(below + above > 0, sign, np.nan)
    ends = np.full((2, effects.shape[1]), np.nan)
    if len(effects) > 1 and draws:
        picks = np.random.default_rng(seed).multinomial(
            len(effects), np.full(len(effects), 1 / len(effects)), size=draws
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = (picks @ filled) / (picks @ held)
        tail = (1 - level) / 2
        many = n > 1
        ends[:, many] = np.nanquantile(drawn[:, many], [tail, 1 - tail], axis=0)
    return Means(
        n,
        mean,
        sd,
        mean - half,
        mean + half,
        ends[0],
        ends[1],
        np.asarray(p, dtype=np.float64),
        tested,
        negative,
    )


def coverage(effects: Array, level: float = LEVEL) -> Array:
    """Return the share of events that lie in the interval predicted from the other events, one entry a series.

    The interval is Student's for one new event: mean ± t·sd·√(1 + 1/(n − 1)) of the others. NaN with fewer than four events.
    """
    found = np.full(effects.shape[1], np.nan)
    for column in range(effects.shape[1]):
        y = effects[np.isfinite(effects[:, column]), column]
        n = len(y)
        if n < 4:
            continue
        others = (y.sum() - y) / (n - 1)
        variance = ((y**2).sum() - y**2 - (n - 1) * others**2) / (n - 2)
        half = stats.t.ppf(0.5 + level / 2, n - 2) * np.sqrt(variance * (1 + 1 / (n - 1)))
        found[column] = float((np.abs(y - others) <= half).mean())
    return found


def rejections(effects: Array, size: int, *, lists: int = 1_000, level: float = 0.05, seed: int = 1) -> Array:
    """Return how often a t test over events finds a mean in lists of days drawn at random, one entry a series.

    Parameters
    ----------
    effects
        Abnormal returns of days without an event, shape (days, series), none missing.
    size
        Events in a list; drawn without replacement.
    """
    rng = np.random.default_rng(seed)
    found = np.zeros(effects.shape[1])
    bar = stats.t.ppf(1 - level / 2, size - 1)
    for _ in range(lists):
        part = effects[rng.choice(len(effects), size, replace=False)]
        found += np.abs(part.mean(axis=0)) > bar * part.std(axis=0, ddof=1) / np.sqrt(size)
    return found / lists


@dataclass(frozen=True)
class Mixed:
    """A regression over events with known errors and a spread of its own: coefficients, their errors, τ and the events."""

    coefficients: Array
    se: Array
    tau: float
    n: int

    def interval(self, level: float = LEVEL) -> tuple[Array, Array]:
        """Return both ends of Student's intervals, n less the number of coefficients degrees of freedom."""
        half = stats.t.ppf(0.5 + level / 2, self.n - len(self.coefficients)) * self.se
        return self.coefficients - half, self.coefficients + half

    @property
    def p(self) -> Array:
        """Return two-sided p-values of Student's t."""
        t = np.abs(self.coefficients / self.se)
        return np.asarray(2 * stats.t.sf(t, self.n - len(self.coefficients)), dtype=np.float64)


def mixed(effects: Array, errors: Array, design: Array) -> Mixed:
    """Return the fit of AR ~ N(design·b, s² + τ²), τ by Paule and Mandel (1982): the weighted squares equal n − k.

    Parameters
    ----------
    effects, errors
        Abnormal returns and their prediction errors s, shape (events,), none missing.
    design
        Shape (events, k), of full rank; n > k.

    Raises
    ------
    ModelInputError
        For too few events or columns that repeat each other.
    """
    n, k = design.shape
    if n <= k or np.linalg.matrix_rank(design) < k:
        raise ModelInputError(f"panel: {n} events cannot tell {k} coefficients apart")

    def fit(tau2: float) -> tuple[Array, Array, float]:
        weight = 1 / (errors**2 + tau2)
        inverse = np.linalg.inv(design.T @ (weight[:, None] * design))
        b = inverse @ (design.T @ (weight * effects))
        return (
            b,
            np.asarray(inverse, dtype=np.float64),
            float((weight * (effects - design @ b) ** 2).sum()) - (n - k),
        )

    tau2 = 0.0
    if fit(0.0)[2] > 0:
        top = float(np.var(effects)) + float((errors**2).max())
        while fit(top)[2] > 0:
            top *= 4
        tau2 = float(optimize.brentq(lambda value: fit(value)[2], 0.0, top, xtol=1e-18, rtol=1e-14))
    b, inverse, _ = fit(tau2)
    return Mixed(b, np.sqrt(np.diag(inverse)), float(np.sqrt(tau2)), n)
