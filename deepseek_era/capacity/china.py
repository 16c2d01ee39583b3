"""The American lead over China, from shares of compute and from what controls can reach.

Two measures of a country's compute are kept apart throughout: by **location** of known clusters, and by
**ownership** of chips wherever they stand. A share of one may never be set against a share of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
    owners = evidence.facts_of(facts, "accelerator_supply", OWNERS)
    if len(owners) == len(OWNERS):
        us, china = (owners[row].value / 100 for row in OWNERS)
        found["ownership"] = lag_months(us, china, *common)
    return found


OWNERS = ("S207", "S208")  # rows of accelerator_supply: five American firms, Chinese owners


@dataclass(frozen=True)
class Controls:
    """One state of the world for the export-control question.

    Attributes
    ----------
    name
        Words for the reader.
    china_compute_factor
        Chinese compute over what the facts show: above one where chips flow, below where they do not.
    algorithm_factor
        What access to closed models' outputs does to the algorithmic ratio; below one narrows it.
    """

    name: str
    china_compute_factor: float
    algorithm_factor: float


# Factors are scenario definitions, not estimates: the question is how far each lever moves the lag.
SCENARIOS = (
    Controls("As it is", 1.0, 1.0),
    Controls("Chip controls lifted: Chinese compute doubles", 2.0, 1.0),
    Controls("Chip controls bite: Chinese compute halves", 0.5, 1.0),
    Controls("Outputs open: worth twice the algorithms", 1.0, 0.5),
    Controls("The same, and Chinese compute halves", 0.5, 0.5),
    Controls("Outputs closed: algorithms a third worse", 1.0, 1.5),
)


def control_lag_months(d: Mapping[str, np.ndarray], scenario: Controls) -> np.ndarray:
    """Return the lag in months under a scenario of chip controls and access to outputs, per draw."""
    china = np.minimum(d["china_compute_share"] * scenario.china_compute_factor, 1.0)
    return lag_months(
        d["us_compute_share"],
        china,
        d["algorithm_ratio"] * scenario.algorithm_factor,
        d["effective_growth"],
    )


def compute_worth_of_access(algorithm_factor: ArrayLike) -> np.ndarray:
    """Return the multiple of Chinese compute that would move the lag as much as an algorithm factor does.

    In logs the two enter with opposite sign, so the multiple is the inverse of the factor.
    """
    return 1 / within("worth of access", "the algorithm factor", algorithm_factor, 0, open_low=True)
