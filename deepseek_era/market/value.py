"""Market value gained or lost, in USD.

- Close to close: market value at the close before the window times the return.
- Abnormal: market value times the compounded abnormal return Π(1 + AR) − 1; its standard error is scaled likewise.
- The error of a group's total uses the joint covariance of the firms' residuals: on one date errors add up, they do not
  cancel.
- Press totals differ by the share count alone, so each result names the count behind it.
"""

from __future__ import annotations

import numpy as np

from deepseek_era.arrays import Array
from deepseek_era.market.normal import NormalReturns, variance_factor


def compounded(returns: Array, weights: Array | None = None) -> Array:
    """Return Π(1 + r) − 1 over the days with weight, shape (firms,); days with weight 0 may be missing."""
    if weights is None:
        weights = np.ones_like(returns)
    return np.prod(np.where(weights != 0, 1 + returns * weights, 1.0), axis=0) - 1


def residual_covariance(residuals: Array, estimated: float = 2.0) -> Array:
    """Return the covariance of residuals between firms, shape (firms, firms), over the days that both have."""
    present = np.isfinite(residuals)
    filled = np.where(present, residuals, 0.0)
    held = present.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return filled.T @ filled / (held.T @ held - estimated)


def total_se(values: Array, fit: NormalReturns, benchmark: Array, weights: Array) -> float:
    """Return the standard error of Σ values·CAR with the joint covariance of the firms.

    `values` are market values, shape (firms,); the result has their unit. Firms share the benchmark, so the
    covariance of two firms' prediction errors is their residual covariance times the same factor as a variance.
    """
    covariance = residual_covariance(fit.residuals, float((fit.n - fit.degrees)[0]))
    factor = np.sqrt(variance_factor(fit, benchmark, weights))
    scaled = values * factor
    return float(np.sqrt(max(float(scaled @ covariance @ scaled), 0.0)))
