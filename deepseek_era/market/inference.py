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
6. Placebo dates: the share of non-overlapping dates of the estimation window that moved the group as much. It keeps the
   correlation between firms and assumes no distribution; the headline p-value. It is never 0: the smallest value
   is 1/(B + 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from deepseek_era.errors import ModelInputError
from deepseek_era.market.normal import Cumulated, Floats, NormalReturns, variance_factor

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

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


def portfolio(
    fit: NormalReturns, car: Floats, benchmark: Floats, weights: Floats, shares: Floats | None = None
) -> Cumulated:
    """Return the CAAR of a group as one portfolio, with the variance of the group's own residual series.

    Parameters
    ----------
    fit
        Fitted model of the group's firms.
    car
        Their CARs, shape (firms,).
    benchmark, weights
        Event-window benchmark (days,) and γ (days, firms).
    shares
        Portfolio weights, shape (firms,), summing to 1; equal if left out.

    Notes
    -----
    The portfolio's residual on a day is the weighted mean over the firms that have one, so a firm with a short history
    joins when its history begins. γ of the portfolio is the weighted mean of its firms' γ.
    """
    firms = fit.residuals.shape[1]
    shares = np.full(firms, 1 / firms) if shares is None else shares
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


def bmp(scaled: Floats) -> TestResult:
    """Return the Boehmer–Musumeci–Poulsen test of standardised CARs (CAR over its standard error), shape (firms,)."""
    count = len(scaled)
    if count < 2:
        return UNDEFINED
    spread = float(scaled.std(ddof=1))
    if spread == 0:
        return UNDEFINED
    return _student(float(scaled.mean()) * np.sqrt(count) / spread, count - 1)


def mean_correlation(residuals: Floats) -> float:
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


def kolari_pynnonen(scaled: Floats, correlation: float) -> TestResult:
    """Return BMP times √[(1 − r̄)/(1 + (N − 1)·r̄)], r̄ floored at 0."""
    base = bmp(scaled)
    if not np.isfinite(base.statistic) or not np.isfinite(correlation):
        return UNDEFINED
    mean, count = floored(correlation), len(scaled)
    return _student(base.statistic * np.sqrt((1 - mean) / (1 + (count - 1) * mean)), count - 1)


def adjusted_patell(scaled: Floats, degrees: Floats, correlation: float) -> TestResult:
    """Return Patell's z times 1/√(1 + (N − 1)·r̄); for one firm Patell's z itself."""
    count = len(scaled)
    z = float(scaled.sum() / np.sqrt((degrees / (degrees - 2)).sum()))
    mean = floored(correlation) if np.isfinite(correlation) else 0.0
    return _normal(z / np.sqrt(1 + (count - 1) * mean))


def corrado_rank(residuals: Floats, abnormal: Floats) -> TestResult:
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
    """
    every = np.vstack([residuals, abnormal])
    ranks = stats.rankdata(every, axis=0, nan_policy="omit")
    days = np.isfinite(every).sum(axis=0)
    centred = ranks / (days + 1) - 0.5
    mean = np.nanmean(centred, axis=1)
    spread = np.sqrt((mean**2).mean())
    return _normal(float(mean[-1] / spread)) if spread > 0 else UNDEFINED


def generalised_rank(residuals: Floats, scaled: Floats) -> TestResult:
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
    """
    spread = np.nanstd(residuals, axis=0, ddof=1)
    count = residuals.shape[1]
    across = float(scaled.std(ddof=1)) if count > 1 else 1.0
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


def generalised_sign(residuals: Floats, car: Floats) -> TestResult:
    """Return Cowan's generalised sign test: positive CARs against the share of positive days before the event."""
    present = np.isfinite(residuals)
    expected = float(((residuals > 0).sum(axis=0) / present.sum(axis=0)).mean())
    count = len(car)
    return _normal((float((car > 0).sum()) - count * expected) / np.sqrt(count * expected * (1 - expected)))


def placebo_starts(days: int, length: int) -> Ints:
    """Return the first rows of the non-overlapping windows of `length` days that fit in `days`."""
    return np.arange(0, days - length + 1, length, dtype=np.int64)


def placebo_caars(
    returns: Floats,
    benchmark: Floats,
    shares: Floats,
    starts: Ints,
    lengths: int | Ints = 1,
    model: str = "market",
) -> Floats:
    """Return what each group's CAAR would have been on placebo dates, shape (dates, groups), fractions.

    Each placebo window is left out of the fit that predicts it, so it is as much out of sample as the event is.

    Parameters
    ----------
    returns, benchmark
        Estimation-window returns, shapes (days, firms) and (days,).
    shares
        Weight of each firm in each group, shape (firms, groups); a column sums to 1.
    starts
        First rows of the placebo windows; a row may occur more than once.
    lengths
        Days that count, one number or one per firm (firms whose window ends early).
    model
        As in `fit_normal`.

    Notes
    -----
    Running sums over time give every left-out fit by subtraction. Only a slice of dates is held at once, so memory is
    a few arrays of the size of `returns`, whatever the number of dates.
    """
    days, firms = returns.shape
    length = np.broadcast_to(np.asarray(lengths, dtype=np.int64), (firms,))
    if (starts + int(length.max(initial=0)) > days).any():
        raise ModelInputError(f"placebo: a window of {int(length.max())} days does not fit into {days} days")
    present = np.isfinite(returns)
    filled = np.where(present, returns, 0.0)

    def running(values: Floats) -> Floats:
        total = np.zeros((days + 1, firms))
        np.cumsum(values, axis=0, out=total[1:])
        return total

    # centred first: sums of squares of raw returns would lose digits in the subtraction
    centre = benchmark.mean()
    x = np.where(present, (benchmark - centre)[:, None], 0.0)
    sums = {
        "n": running(present.astype(np.float64)),
        "r": running(filled),
        "x": running(x),
        "xx": running(x * x),
        "xr": running(x * filled),
    }
    columns = np.arange(firms)
    result = np.empty((len(starts), shares.shape[1]))
    step = max(1, _CHUNK_CELLS // max(firms, 1))
    for begin in range(0, len(starts), step):
        first = starts[begin : begin + step, None]
        last = first + length[None, :]
        inside = {k: v[last, columns] - v[first, columns] for k, v in sums.items()}
        outside = {k: v[-1] - inside[k] for k, v in sums.items()}
        with np.errstate(invalid="ignore", divide="ignore"):
            if model == "market":
                mean = outside["x"] / outside["n"]
                beta = (outside["xr"] - mean * outside["r"]) / (outside["xx"] - mean * outside["x"])
                alpha = outside["r"] / outside["n"] - beta * mean
            elif model == "market_adjusted":
                # x is centred here, so the benchmark's mean goes into α
                beta, alpha = np.ones_like(inside["n"]), np.full_like(inside["n"], centre)
            else:
                beta, alpha = np.zeros_like(inside["n"]), outside["r"] / outside["n"]
            car = inside["r"] - alpha * inside["n"] - beta * inside["x"]
        whole = inside["n"] == length[None, :]
        car = np.where(whole, car, 0.0)
        # a firm without its whole window drops out of that date's mean
        held = whole @ shares
        with np.errstate(invalid="ignore", divide="ignore"):
            result[begin : begin + step] = np.where(held > 0, car @ shares / held, np.nan)
    return result


def placebo_p(observed: Floats, placebo: Floats) -> Floats:
    """Return (1 + number of placebo values at least as large in size) / (1 + B) per column; never 0.

    `observed` has shape (groups,), `placebo` (dates, groups) with NaN where a date has no value.
    """
    valid = np.isfinite(placebo)
    extreme = (np.abs(placebo) >= np.abs(observed)) & valid
    return (1 + extreme.sum(axis=0)) / (1 + valid.sum(axis=0))


def holm(p: Floats) -> Floats:
    """Return Holm's family-wise adjusted p-values (Holm 1979); NaN stays NaN and does not count."""
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    count = len(order)
    stepped = np.maximum.accumulate(p[order] * (count - np.arange(count)))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def benjamini_hochberg(p: Floats) -> Floats:
    """Return Benjamini and Hochberg's (1995) adjusted p-values for the false discovery rate; NaN stays NaN."""
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    count = len(order)
    scaled = p[order] * count / np.arange(1, count + 1)
    stepped = np.minimum.accumulate(scaled[::-1])[::-1]
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
