"""The American lead over China, from shares of compute and from what controls can reach.

Two measures of a country's compute are kept apart throughout: by **location** of known clusters, and by
**ownership** of chips wherever they stand. A share of one may never be set against a share of the other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from deepseek_era.capacity import evidence
from deepseek_era.capacity.checks import within
from deepseek_era.tables import Facts

MONTHS_PER_YEAR = 12


def lag_months(
    us_share: ArrayLike, china_share: ArrayLike, algorithm_ratio: ArrayLike, effective_growth: ArrayLike
) -> np.ndarray:
    """Return the lag that compute alone implies, months: ``12 ln(sigma_US / sigma_CN R_A) / ln r_E``.

    Parameters
    ----------
    us_share, china_share
        Shares of world AI compute by one and the same measure, above 0 and at most 1.
    algorithm_ratio
        American over Chinese algorithmic level.
    effective_growth
        Yearly growth factor of effective compute at the frontier, above 1.

    Raises
    ------
    ModelInputError
        If a share is not in (0, 1] or growth does not exceed one.
    """
    us = within("lag", "the US share", us_share, 0, 1, open_low=True)
    china = within("lag", "the Chinese share", china_share, 0, 1, open_low=True)
    algorithms = within("lag", "the algorithm ratio", algorithm_ratio, 0, open_low=True)
    growth = within(
        "lag", "effective growth", effective_growth, 1, open_low=True, why="its logarithm divides"
    )
    return MONTHS_PER_YEAR * np.log(us / china * algorithms) / np.log(growth)


def implied_lags(d: Mapping[str, np.ndarray], facts: Facts) -> dict[str, np.ndarray]:
    """Return draws of the lag, months, that shares of compute imply, by measure: ``location``, ``ownership``.

    The second is absent where no shares by owner were public. Neither measure is held to be the right one: known
    clusters cover a tenth to a fifth of the world, and an owner may let others use its chips or stand abroad.
    """
    common = d["algorithm_ratio"], d["effective_growth"]
    found = {"location": lag_months(d["us_compute_share"], d["china_compute_share"], *common)}
    owners = evidence.values_of(facts, evidence.OWNERS)
    if len(owners) == len(evidence.OWNERS):
        us, china = (owners[row] / 100 for row in evidence.OWNERS)
        found["ownership"] = lag_months(us, china, *common)
    return found


def control_lag_months(
    d: Mapping[str, np.ndarray], china_compute_factor: float, algorithm_factor: float
) -> np.ndarray:
    """Return the lag in months in another state of chip controls and of access to outputs, per draw.

    Parameters
    ----------
    d
        Parameter id to draws.
    china_compute_factor
        Chinese compute over what the facts show: above one where chips flow, below where they do not.
    algorithm_factor
        What access to closed models' outputs does to the algorithmic ratio; below one narrows it.
    """
    china = np.minimum(d["china_compute_share"] * china_compute_factor, 1.0)
    return lag_months(
        d["us_compute_share"], china, d["algorithm_ratio"] * algorithm_factor, d["effective_growth"]
    )
