"""Pooling of measured elasticities: a random-effects mean by class of bias, and the draw for a market not measured yet.

Studies of one class differ by more than their errors, since each measures another market. What is asked here is not
their mean but the next market's value, so the spread between studies is part of the answer.
Sources: Viechtbauer, J. Educational and Behavioral Statistics 30 (2005), for the estimator by restricted maximum
likelihood; Higgins, Thompson and Spiegelhalter, J. Royal Statistical Society A 172 (2009), for prediction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from deepseek_era.arrays import Array
from deepseek_era.errors import ModelInputError

Z95 = 1.6448536269514722
SHARE_OF_ESTIMATE, LEAST_ERROR = 0.3, 0.1
"""Where a study states no error: this share of its estimate, at least so much; a judgement."""
CUT = (0.0, 4.0)
"""Elasticities that a draw may have: demand that rises with its own price is no market's."""


@dataclass(frozen=True)
class Pooled:
    """A random-effects estimate: mean with its standard error, spread `tau` between studies, how many there are."""

    mean: float
    se: float
    tau: float
    n: int

    @property
    def predictive_sd(self) -> float:
        """Standard deviation of the value of one more market."""
        return float(np.hypot(self.tau, self.se))

    def draw(self, u: Array) -> Array:
        """Return the values of one more market at uniforms `u`, normal and cut to `CUT`."""
        low, high = (np.array(CUT) - self.mean) / self.predictive_sd
        return np.asarray(stats.truncnorm.ppf(u, low, high, self.mean, self.predictive_sd))


def standard_errors(table: pd.DataFrame) -> Array:
    """Return the standard error of each study: as stated, from its 90 % range, or a share of the estimate."""
    stated = table["se"].fillna((table["high"] - table["low"]) / (2 * Z95))
    ours = (SHARE_OF_ESTIMATE * table["estimate"].abs()).clip(lower=LEAST_ERROR)
    return stated.fillna(ours).to_numpy(dtype=np.float64)


def pool(estimates: Array, errors: Array) -> Pooled:
    """Return the random-effects estimate by restricted maximum likelihood.

    >>> found = pool(np.array([0.5, 1.0, 1.5]), np.array([0.1, 0.1, 0.1]))
    >>> round(found.mean, 3), round(found.tau, 3)  # the variance between studies is theirs less that of the errors
    (1.0, 0.49)

    Raises
    ------
    ModelInputError
        With fewer than two studies, or an error that is not positive.
    """
    y, v = np.asarray(estimates, dtype=float), np.asarray(errors, dtype=float) ** 2
    if len(y) < 2:
        raise ModelInputError(f"pooled elasticity: saw {len(y)} studies, allowed: at least 2")
    if not (v > 0).all():
        raise ModelInputError("pooled elasticity: a standard error is not above 0")

    def mean(between: float) -> tuple[float, float]:
        weights = 1 / (v + between)
        return float((weights * y).sum() / weights.sum()), float(weights.sum())

    def deviance(between: float) -> float:
        middle, weight = mean(between)
        spread = v + between
        return float(np.log(spread).sum() + np.log(weight) + ((y - middle) ** 2 / spread).sum())

    most = 10 * float(np.var(y) + v.max())
    found = optimize.minimize_scalar(
        deviance, bounds=(0, most), method="bounded", options={"xatol": 1e-9 * most}
    ).x
    between = 0.0 if deviance(0) <= deviance(found) else float(found)
    middle, weight = mean(between)
    return Pooled(middle, weight**-0.5, between**0.5, len(y))
