"""Tests for a group of firms that share one event date, and corrections for many tests.

In this order of authority when a group is small and there is one date:

1. portfolio: the group's mean abnormal return as one time series. Its residual variance already holds the correlation
   between firms (Jaffe 1974; Brown and Warner 1980, "crude dependence adjustment").
2. BMP: mean standardised CAR over its spread across firms; robust to event-induced variance, not to correlation
   (Boehmer, Musumeci and Poulsen 1991).
3. Kolari–Pynnönen: BMP shrunk by the mean correlation r̄ of estimation-window residuals (Kolari and Pynnönen 2010).
   r̄ is floored at 0 and printed.
4. Ranks: Corrado (1989; Corrado and Zivney 1992) for one day, generalised rank for windows (Kolari and Pynnönen 2011).
5. Generalised sign (Cowan 1992): assumes independence, so it is descriptive.
6. Placebo dates: the share of non-overlapping dates that moved the group as much, each by its own prediction error. It
   keeps the correlation between firms and assumes no distribution; the headline p-value. It is never 0: the smallest
   value is 1/(B + 1), and a p there says "at most".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from deepseek_era.arrays import Array, Bools, Ints
from deepseek_era.errors import ModelInputError
from deepseek_era.market.normal import Cumulated, NormalReturns, variance_factor

_CHUNK_CELLS = (
    2_000_000  # placebo dates × firms held at once: 16 MB an array, so a large panel stays under 1 GB
)


@dataclass(frozen=True)
class TestResult:
    """A test statistic and its two-sided p-value; both NaN where the test is not defined."""

    statistic: float
    p: float

    __test__ = False  # not a test case, whatever its name says to pytest


UNDEFINED = TestResult(float("nan"), float("nan"))


def _student(statistic: float, degrees: float) -> TestResult:
    return TestResult(float(statistic), float(2 * stats.t.sf(abs(statistic), degrees)))


def _normal(statistic: float) -> TestResult:
    return TestResult(float(statistic), float(2 * stats.norm.sf(abs(statistic))))


def portfolio(fit: NormalReturns, car: Array, benchmark: Array, weights: Array) -> Cumulated:
    """Return the CAAR of a group as one portfolio of equal weights, with the variance of the group's own residual series.

    Parameters
    ----------
    fit
        Fitted model of the group's firms.
    car
        Their CARs, shape (firms,).
    benchmark, weights
        Event-window benchmark (days,) and γ (days, firms).

    Notes
    -----
    The portfolio's residual on a day is the mean over the firms that have one, so a firm with a short history
    joins when its history begins. γ of the portfolio is the mean of its firms' γ.
    """
    firms = fit.residuals.shape[1]
    shares = np.full(firms, 1 / firms)
    present = np.isfinite(fit.residuals)
    held = present @ shares
    with np.errstate(invalid="ignore", divide="ignore"):
        residual = np.where(present, fit.residuals, 0.0) @ shares / held
    use = np.isfinite(residual)
    n = float(use.sum())
    estimated = float((fit.n - fit.degrees)[0])
    variance = float((residual[use] ** 2).sum() / (n - estimated))
    pooled = NormalReturns(
        fit.model,
        np.array([fit.alpha @ shares]),
        np.array([fit.beta @ shares]),
        np.array([variance]),
        np.array([n]),
        np.array([fit.benchmark_mean[np.argmax(fit.n)]]),
        np.array([fit.benchmark_ss[np.argmax(fit.n)]]),
        residual[:, None],
    )
    gamma = (weights @ shares)[:, None]
    return Cumulated(
        np.array([car @ shares]),
        pooled.variance * variance_factor(pooled, benchmark, gamma),
        np.array([n - estimated]),
    )


def bmp(scaled: Array) -> TestResult:
    """Return the Boehmer–Musumeci–Poulsen test of standardised CARs (CAR over its standard error), shape (firms,)."""
    count = len(scaled)
    if count < 2:
        return UNDEFINED
    spread = float(scaled.std(ddof=1))
    if spread == 0:
        return UNDEFINED
    return _student(float(scaled.mean()) * np.sqrt(count) / spread, count - 1)


def mean_correlation(residuals: Array) -> float:
    """Return the mean pairwise correlation of residuals, shape (days, firms); NaN for a single firm. Not floored.

    Pairs use the days that both firms have.
    """
    count = residuals.shape[1]
    if count < 2:
        return float("nan")
    present = np.isfinite(residuals)
    if present.all():
        # the sum over all pairs is the square of the sum: no firms × firms matrix
        centred = residuals - residuals.mean(axis=0)
        scaled = centred / np.sqrt((centred**2).sum(axis=0))
        total = float((scaled.sum(axis=1) ** 2).sum())
        return (total - count) / (count * (count - 1))
    filled = np.where(present, residuals, 0.0)
    held = present.astype(np.float64)
    days = held.T @ held
    sums = filled.T @ held  # sum of firm i over the days that firm j has
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = filled.T @ filled - sums * sums.T / days
        own = (filled**2).T @ held - sums**2 / days
        correlation = covariance / np.sqrt(own * own.T)
    off = correlation[~np.eye(count, dtype=bool)]
    return float(np.nanmean(off))


def floored(correlation: float) -> float:
    """Return r̄ floored at 0, as Kolari and Pynnönen advise; NaN stays NaN."""
    return max(correlation, 0.0) if np.isfinite(correlation) else correlation


def kolari_pynnonen(scaled: Array, correlation: float) -> TestResult:
    """Return BMP times √[(1 − r̄)/(1 + (N − 1)·r̄)], r̄ floored at 0."""
    base = bmp(scaled)
    if not np.isfinite(base.statistic) or not np.isfinite(correlation):
        return UNDEFINED
    mean, count = floored(correlation), len(scaled)
    return _student(base.statistic * np.sqrt((1 - mean) / (1 + (count - 1) * mean)), count - 1)


def adjusted_patell(scaled: Array, degrees: Array, correlation: float) -> TestResult:
    """Return Patell's z times 1/√(1 + (N − 1)·r̄); for one firm Patell's z itself."""
    count = len(scaled)
    z = float(scaled.sum() / np.sqrt((degrees / (degrees - 2)).sum()))
    mean = floored(correlation) if np.isfinite(correlation) else 0.0
    return _normal(z / np.sqrt(1 + (count - 1) * mean))


def corrado_rank(residuals: Array, abnormal: Array) -> TestResult:
    """Return Corrado's rank test of one event day.

    Parameters
    ----------
    residuals
        Estimation-window residuals, shape (days, firms), NaN where missing.
    abnormal
        Abnormal returns of the event day, shape (firms,).

    Notes
    -----
    K is the rank of a firm's abnormal return among all its days, U = K/(M + 1) − ½. The variance of the mean of U is
    taken over time, so correlation between firms on a day is inside it (Corrado and Zivney 1992 for missing days).
    Undefined for a single firm: the largest of its days lies √3 deviations out, so the p-value could never be below .08.
    """
    if residuals.shape[1] < 2:
        return UNDEFINED
    every = np.vstack([residuals, abnormal])
    ranks = stats.rankdata(every, axis=0, nan_policy="omit")
    days = np.isfinite(every).sum(axis=0)
    centred = ranks / (days + 1) - 0.5
    mean = np.nanmean(centred, axis=1)
    spread = np.sqrt((mean**2).mean())
    return _normal(float(mean[-1] / spread)) if spread > 0 else UNDEFINED


def generalised_rank(residuals: Array, scaled: Array) -> TestResult:
    """Return the generalised rank test (GRANK-T) of cumulative abnormal returns.

    Parameters
    ----------
    residuals
        Estimation-window residuals, shape (days, firms).
    scaled
        Standardised CARs, shape (firms,).

    Notes
    -----
    The window counts as one day: its standardised CAR, re-standardised by its spread across firms where there are two
    or more, is ranked among the standardised residuals. t has T − 2 degrees of freedom, T the days with the event.
    Undefined for a single firm, for the same reason as `corrado_rank`.
    """
    if residuals.shape[1] < 2:
        return UNDEFINED
    spread = np.nanstd(residuals, axis=0, ddof=1)
    across = float(scaled.std(ddof=1))
    if across == 0:
        return UNDEFINED
    every = np.vstack([residuals / spread, scaled / across])
    present = np.isfinite(every)
    ranks = stats.rankdata(every, axis=0, nan_policy="omit")
    centred = ranks / (present.sum(axis=0) + 1) - 0.5
    mean = np.nanmean(centred, axis=1)
    total = len(mean)
    deviation = np.sqrt((present.mean(axis=1) * mean**2).mean())
    z = float(mean[-1] / deviation)
    inside = total - 1 - z**2
    if inside <= 0:
        # a single series at the very end of its range: the transformation has no finite value there
        inside = np.finfo(float).tiny
    return _student(z * np.sqrt((total - 2) / inside), total - 2)


def generalised_sign(residuals: Array, car: Array) -> TestResult:
    """Return Cowan's generalised sign test: positive CARs against the share of positive days before the event."""
    present = np.isfinite(residuals)
    expected = float(((residuals > 0).sum(axis=0) / present.sum(axis=0)).mean())
    count = len(car)
    return _normal((float((car > 0).sum()) - count * expected) / np.sqrt(count * expected * (1 - expected)))


@dataclass(frozen=True)
class Placebos:
    """What groups did on placebo dates, shape (dates, groups), NaN where a group has no firm on the date.

    `caar` are fractions; `t` is `caar` over its own prediction error, which is what the event is compared with.
    """

    caar: Array
    t: Array


def placebo_starts(first: int, stop: int, length: int) -> Ints:
    """Return the first rows of the non-overlapping windows of `length` days from row `first` to before row `stop`."""
    return np.arange(first, stop - length + 1, length, dtype=np.int64)


def placebos(
    returns: Array,
    benchmark: Array,
    shares: Array,
    starts: Ints,
    lengths: int | Ints = 1,
    model: str = "market",
    estimation: Ints | None = None,
) -> Placebos:
    """Return what each group's CAAR would have been on placebo dates, and that over its prediction error.

    A placebo window inside the estimation window is left out of the fit that predicts it, so every one of them is as
    much out of sample as the event is.

    Parameters
    ----------
    returns, benchmark
        Returns of all days, shapes (days, firms) and (days,).
    shares
        Weight of each firm in each group, shape (firms, groups); a column sums to 1.
    starts
        First rows of the placebo windows; a row may occur more than once.
    lengths
        Days that count, one number or one per firm (firms whose window ends early).
    model
        As in `fit_normal`.
    estimation
        Rows of the estimation window; all days if left out.

    Notes
    -----
    Running sums over time give every left-out fit by subtraction. Only a slice of dates is held at once, so memory is
    a few arrays of the size of `returns`, whatever the number of dates. The error of a group is that of its portfolio,
    as in `portfolio`: from its own residual series, so a calm group is not measured by the yardstick of a wild one.
    """
    days, firms = returns.shape
    length = np.broadcast_to(np.asarray(lengths, dtype=np.int64), (firms,))
    longest = int(length.max(initial=0))
    if (starts + longest > days).any():
        raise ModelInputError(f"placebo: a window of {longest} days does not fit into {days} days")
    fitted = np.arange(days, dtype=np.int64) if estimation is None else estimation
    used = np.zeros((days, 1), dtype=bool)
    used[fitted] = True
    present = np.isfinite(returns)
    # centred first: sums of squares of raw returns would lose digits in the subtraction
    centre = benchmark[fitted].mean()
    x = benchmark - centre
    summands = _summands(returns, x, present)
    every = {name: _running(values) for name, values in summands.items()}
    held = {name: _running(np.where(used, values, 0.0)) for name, values in summands.items()}
    columns = np.arange(firms)
    result = Placebos(np.empty((len(starts), shares.shape[1])), np.empty((len(starts), shares.shape[1])))
    step = max(1, _CHUNK_CELLS // max(firms, days, 1))
    for begin in range(0, len(starts), step):
        part = slice(begin, begin + step)
        first = starts[part, None]
        last = first + length[None, :]
        inside = {k: v[last, columns] - v[first, columns] for k, v in every.items()}
        outside = {k: v[-1] - (v[last, columns] - v[first, columns]) for k, v in held.items()}
        alpha, beta = _coefficients(outside, model, centre)
        car = inside["r"] - alpha * inside["n"] - beta * inside["x"]
        # a firm without its whole window drops out of that date's mean
        whole = inside["n"] == length[None, :]
        for group in range(shares.shape[1]):
            members = np.flatnonzero(shares[:, group])
            weight = whole[:, members] * shares[members, group]
            total = weight.sum(axis=1, keepdims=True)
            with np.errstate(invalid="ignore", divide="ignore"):
                weight = weight / total
                caar = np.where(weight > 0, car[:, members] * weight, 0.0).sum(axis=1)
                caar = np.where(total[:, 0] > 0, caar, np.nan)
                error = _placebo_error(
                    _Left(fitted, starts[part], longest, model),
                    returns[np.ix_(fitted, members)],
                    x,
                    shares[members, group],
                    (alpha[:, members], beta[:, members]),
                    {k: v[:, members] for k, v in outside.items()},
                    weight @ (np.arange(longest)[None, :] < length[members, None]),
                )
                result.caar[part, group] = caar
                result.t[part, group] = caar / error
    return result


def _summands(returns: Array, x: Array, present: Bools) -> dict[str, Array]:
    """Return per day and firm what a fit sums: days, returns, benchmark, its square and its product with returns."""
    filled, market = np.where(present, returns, 0.0), np.where(present, x[:, None], 0.0)
    return {
        "n": present.astype(np.float64),
        "r": filled,
        "x": market,
        "xx": market * market,
        "xr": market * filled,
    }


def _running(values: Array) -> Array:
    total = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=total[1:])
    return total


def _coefficients(sums: dict[str, Array], model: str, centre: float) -> tuple[Array, Array]:
    """Return α and β (dates, firms) of the fits with these sums; the benchmark is centred."""
    if model == "market_adjusted":
        # the benchmark is centred here, so its mean goes into α
        return np.full_like(sums["n"], centre), np.ones_like(sums["n"])
    with np.errstate(invalid="ignore", divide="ignore"):
        if model == "constant_mean":
            return sums["r"] / sums["n"], np.zeros_like(sums["n"])
        mean = sums["x"] / sums["n"]
        beta = (sums["xr"] - mean * sums["r"]) / (sums["xx"] - mean * sums["x"])
        return sums["r"] / sums["n"] - beta * mean, beta


@dataclass(frozen=True)
class _Left:
    """Which rows a fit used and which of them each placebo date leaves out."""

    rows: Ints
    starts: Ints
    length: int
    model: str

    @property
    def out(self) -> Bools:
        """Return where an estimation day lies inside a placebo window, shape (dates, estimation days)."""
        first = self.starts[:, None]
        return (self.rows[None, :] >= first) & (self.rows[None, :] < first + self.length)


def _placebo_error(
    left: _Left,
    returns: Array,
    x: Array,
    shares: Array,
    coefficients: tuple[Array, Array],
    sums: dict[str, Array],
    gamma: Array,
) -> Array:
    """Return the prediction error of one group's CAAR on each placebo date, shape (dates,); see `portfolio`.

    `returns` are the group's over the estimation window, `x` the centred benchmark of all days, `sums` those of the
    left-out fits, `gamma` the portfolio's weights per date and day of the window.
    """
    alpha, beta = coefficients
    market = x[left.rows]
    present = np.isfinite(returns)
    if present.all():
        mean, a, b = returns @ shares, (alpha @ shares)[:, None], (beta @ shares)[:, None]
        known = np.ones(len(returns), dtype=bool)
    else:
        held = present @ shares
        known = held > 0
        each = np.where(known[:, None], present * shares / held[:, None], 0.0)
        mean = np.where(present, returns, 0.0)
        mean = (mean * each).sum(axis=1)
        a, b = alpha @ each.T, beta @ each.T
    use = known & ~left.out
    residual = np.where(use, mean - a - b * market, 0.0)
    estimated = {"market": 2, "market_adjusted": 0, "constant_mean": 1}[left.model]
    n = use.sum(axis=1)
    variance = (residual**2).sum(axis=1) / (n - estimated)
    days = gamma.sum(axis=1)
    factor = (gamma**2).sum(axis=1)
    if left.model != "market_adjusted":
        factor = factor + days**2 / n
    if left.model == "market":
        # the benchmark's mean and spread are those of the firm with the longest history, as in `portfolio`
        longest = int(present.sum(axis=0).argmax())
        centre = sums["x"][:, longest] / sums["n"][:, longest]
        spread = sums["xx"][:, longest] - centre * sums["x"][:, longest]
        ahead = (gamma * x[left.starts[:, None] + np.arange(left.length)]).sum(axis=1)
        factor = factor + (ahead - days * centre) ** 2 / spread
    return np.asarray(np.sqrt(variance * factor), dtype=np.float64)


def placebo_p(observed: Array, placebo: Array) -> Array:
    """Return (1 + number of placebo values at least as large in size) / (1 + B) per column; never 0.

    `observed` has shape (groups,), `placebo` (dates, groups) with NaN where a date has no value; both studentised, or
    both not.
    """
    valid = np.isfinite(placebo)
    extreme = (np.abs(placebo) >= np.abs(observed)) & valid
    return (1 + extreme.sum(axis=0)) / (1 + valid.sum(axis=0))


def holm(p: Array) -> Array:
    """Return Holm's family-wise adjusted p-values (Holm 1979); NaN stays NaN and does not count.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    count = len(order)
    stepped = np.maximum.accumulate(p[order] * (count - np.arange(count)))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def benjamini_hochberg(p: Array) -> Array:
    """Return Benjamini and Hochberg's (1995) adjusted p-values for the false discovery rate; NaN stays NaN."""
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    adjusted[known] = stats.false_discovery_control(p[known], method="bh")
    return adjusted
