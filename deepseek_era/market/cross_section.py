"""Abnormal returns against what was known of a firm before the event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from deepseek_era.arrays import Array
from deepseek_era.errors import ModelInputError
from deepseek_era.market.normal import LEVEL


@dataclass(frozen=True)
class Regression:
    """Least squares with HC3 standard errors. Coefficients begin with the constant."""

    coefficients: Array
    se: Array
    n: int
    r_squared: float

    @property
    def degrees(self) -> int:
        """Return n less the number of coefficients."""
        return self.n - len(self.coefficients)

    @property
    def p(self) -> Array:
        """Return two-sided p-values of Student's t."""
        return np.asarray(2 * stats.t.sf(np.abs(self.coefficients / self.se), self.degrees), dtype=np.float64)

    def interval(self, level: float = LEVEL) -> tuple[Array, Array]:
        """Return both ends of the central intervals of the coefficients."""
        half = stats.t.ppf(0.5 + level / 2, self.degrees) * self.se
        return self.coefficients - half, self.coefficients + half


def regress_hc3(outcome: Array, exposures: Array) -> Regression:
    """Return the regression of `outcome` (firms,) on `exposures` (firms, k) and a constant, errors HC3.

    HC3 divides each squared residual by (1 − leverage)², which keeps the size of tests near nominal in small samples
    (MacKinnon and White 1985; Long and Ervin 2000).

    Raises
    ------
    ModelInputError
        For fewer than three firms more than coefficients, or exposures that do not vary.
    """
    exposures = exposures.reshape(len(outcome), -1)
    design = np.column_stack([np.ones(len(outcome)), exposures])
    n, k = design.shape
    if n < k + 3:
        raise ModelInputError(f"cross-section: {n} firms for {k} coefficients; at least {k + 3} are needed")
    if np.linalg.matrix_rank(design) < k:
        raise ModelInputError("cross-section: an exposure does not vary, or repeats another")
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ outcome
    residual = outcome - design @ coefficients
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(leverage < 1 - 1e-12, residual / (1 - leverage), 0.0)
    meat = (design * weight[:, None]).T @ (design * weight[:, None])
    covariance = inverse @ meat @ inverse
    total = float(((outcome - outcome.mean()) ** 2).sum())
    r_squared = 1 - float((residual**2).sum()) / total if total > 0 else 0.0
    return Regression(coefficients, np.sqrt(np.diag(covariance)), n, r_squared)
