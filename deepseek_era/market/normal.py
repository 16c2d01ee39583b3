"""Normal returns, abnormal returns and their full prediction-error covariance.

- Market model: R = α + β·R_m + e, ordinary least squares on the estimation window (MacKinlay 1997; Brown and
  Warner 1985). Market-adjusted: α = 0, β = 1. Constant mean: β = 0.
- The covariance of the abnormal returns of an event window is V = s²·[I + X_e (X'X)⁻¹ X_e'] (MacKinlay 1997;
  Campbell, Lo and MacKinlay 1997, ch. 4). L·s² would leave out the error of the estimated coefficients and the
  covariance that it creates between event days.
- All firms are fitted in one pass over arrays (days × firms). A firm may miss days; sums run over the days it has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from deepseek_era.arrays import Array
from deepseek_era.errors import ModelInputError

MODELS = ("market", "market_adjusted", "constant_mean")
LEVEL = 0.90
"""The one interval level of the market part, in text, charts and tables alike."""
_ESTIMATED = {"market": 2, "market_adjusted": 0, "constant_mean": 1}


@dataclass(frozen=True)
class NormalReturns:
    """A normal-return model fitted to each firm over the estimation window.

    Attributes
    ----------
    model
        One of `MODELS`.
    alpha, beta
        Coefficients, shape (firms,); alpha is a fraction a day.
    variance
        Residual variance s², shape (firms,).
    n
        Days used, shape (firms,).
    benchmark_mean, benchmark_ss
        Mean of the benchmark and its sum of squares around it over the days used, shape (firms,).
    residuals
        Estimation-window residuals, shape (days, firms), NaN where the firm has no return.
    """

    model: str
    alpha: Array
    beta: Array
    variance: Array
    n: Array
    benchmark_mean: Array
    benchmark_ss: Array
    residuals: Array

    @property
    def degrees(self) -> Array:
        """Return the degrees of freedom of s², shape (firms,)."""
        return self.n - _ESTIMATED[self.model]


@dataclass(frozen=True)
class Cumulated:
    """Cumulative abnormal returns, their prediction-error variance and degrees of freedom, each shape (firms,)."""

    car: Array
    variance: Array
    degrees: Array

    @property
    def se(self) -> Array:
        """Return the standard error of each CAR."""
        return np.sqrt(self.variance)

    @property
    def t(self) -> Array:
        """Return CAR over its standard error."""
        return self.car / self.se

    @property
    def p(self) -> Array:
        """Return the two-sided p-value of Student's t."""
        return np.asarray(2 * stats.t.sf(np.abs(self.t), self.degrees), dtype=np.float64)

    def interval(self, level: float = LEVEL) -> tuple[Array, Array]:
        """Return both ends of the central interval of the given level."""
        half = stats.t.ppf(0.5 + level / 2, self.degrees) * self.se
        return self.car - half, self.car + half


def fit_normal(returns: Array, benchmark: Array, model: str = "market") -> NormalReturns:
    """Return the normal-return model of every firm.

    Parameters
    ----------
    returns
        Estimation-window returns, fractions, shape (days, firms), NaN where missing.
    benchmark
        Benchmark returns on the same days, shape (days,), none missing.
    model
        ``market``, ``market_adjusted`` or ``constant_mean``.

    Raises
    ------
    ModelInputError
        For an unknown model, a benchmark with missing days, a constant benchmark under the market model.
    """
    if model not in MODELS:
        raise ModelInputError(f"normal_model {model!r} is not one of {', '.join(MODELS)}")
    if not np.isfinite(benchmark).all():
        raise ModelInputError(
            f"benchmark: {int((~np.isfinite(benchmark)).sum())} days of the estimation window are missing"
        )
    present = np.isfinite(returns)
    n = present.sum(axis=0).astype(np.float64)
    filled = np.where(present, returns, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        x_mean = (benchmark @ present) / n
        r_mean = filled.sum(axis=0) / n
        centred = np.where(present, benchmark[:, None] - x_mean, 0.0)
        x_ss = (centred**2).sum(axis=0)
        if model == "market":
            if np.ptp(benchmark) == 0:
                raise ModelInputError(
                    "benchmark: the return is the same on every day of the estimation window; no fit exists"
                )
            # centred benchmark against returns: the same slope as X'X, without its loss of digits
            beta = (centred * filled).sum(axis=0) / x_ss
            alpha = r_mean - beta * x_mean
        elif model == "market_adjusted":
            alpha, beta = np.zeros_like(n), np.ones_like(n)
        else:
            alpha, beta = r_mean, np.zeros_like(n)
        residuals = returns - alpha - benchmark[:, None] * beta
        variance = np.nansum(residuals**2, axis=0) / (n - _ESTIMATED[model])
    return NormalReturns(model, alpha, beta, variance, n, x_mean, x_ss, residuals)


def abnormal_returns(fit: NormalReturns, returns: Array, benchmark: Array) -> Array:
    """Return the abnormal returns of the event days, shape (days, firms), fractions."""
    return returns - fit.alpha - benchmark[:, None] * fit.beta


def variance_factor(fit: NormalReturns, benchmark: Array, weights: Array) -> Array:
    """Return γ'[I + X_e (X'X)⁻¹ X_e']γ per firm, shape (firms,): the variance of a CAR over s².

    `weights` (days, firms) is γ: 1 on the days that count for a firm, 0 on the others. Gives the same number as the
    full covariance without building it.
    """
    days = weights.sum(axis=0)
    factor = (weights**2).sum(axis=0)
    if fit.model != "market_adjusted":
        factor = factor + days**2 / fit.n
    if fit.model == "market":
        away = benchmark @ weights - days * fit.benchmark_mean
        factor = factor + away**2 / fit.benchmark_ss
    return factor


def cumulate(fit: NormalReturns, returns: Array, benchmark: Array, weights: Array | None = None) -> Cumulated:
    """Return each firm's CAR over an event window, with its variance γ'Vγ and T − p degrees of freedom.

    Parameters
    ----------
    fit
        The fitted model.
    returns, benchmark
        Event-window returns, shapes (days, firms) and (days,), fractions.
    weights
        γ, shape (days, firms); ones if left out. A day with weight 0 may be missing.
    """
    if weights is None:
        weights = np.ones_like(returns)
    abnormal = abnormal_returns(fit, returns, benchmark)
    car = np.where(weights != 0, abnormal * weights, 0.0).sum(axis=0)
    return Cumulated(car, fit.variance * variance_factor(fit, benchmark, weights), fit.degrees)
