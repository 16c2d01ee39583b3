"""The January 2025 run against what followed: predicted distribution, observed value, where it fell.

The probability-integral transform (PIT) of an observation is the share of draws at or below it. Under a
right model it is uniform; outside 0.05 to 0.95 it counts as a miss.

It is not a clean test. The random walk in demand and the stronger fade entered the path after a first
version had missed the turn of the rent, and everyone who wrote the January rows knew what followed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from deepseek_era.capacity.path import Path, power_needed

MISS_BELOW, MISS_ABOVE = 0.05, 0.95


def pit(draws: np.ndarray, observed: float) -> float:
    """Return the share of draws at or below the observation; ties count half."""
    values = np.asarray(draws, dtype=float)
    return float(np.mean(values < observed) + 0.5 * np.mean(values == observed))


def missed(value: float) -> bool:
    """Return whether a PIT lies in the outer tenth."""
    return not MISS_BELOW <= value <= MISS_ABOVE


def installed_growth(path: Path) -> np.ndarray:
    """Return installed compute one year on over the start, ``(n,)``."""
    return path.S[:, path.index(path.times[0] + 1)] / path.S[:, 0]


def power_growth(path: Path, d: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the power of the installed stock one year on over the start."""
    one_year_on = power_needed(installed_growth(path), 1.0, d["compute_per_watt"], 1.0)
    return np.asarray(one_year_on)


def spend_in_year(path: Path, year: int) -> np.ndarray:
    """Return capital spent on additions in a year of the path (1 is the first), start-cost units."""
    return path.spend[:, 4 * (year - 1) : 4 * year].sum(axis=1)


def prior_spend(prior_growth: ArrayLike, compute_cost_fall: ArrayLike) -> np.ndarray:
    """Return capital spent in the year before the start, same units.

    The stock grew by ``prior_growth``, so additions were ``1 - 1 / g`` of it, each quarter's at its own cost.
    """
    growth = np.asarray(prior_growth, dtype=float)
    fall = np.asarray(compute_cost_fall, dtype=float)
    cost = np.mean([fall**years for years in (1.0, 0.75, 0.5, 0.25)], axis=0)
    return np.asarray((1 - 1 / growth) * cost)


def first_year_spend_growth(path: Path, d: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return spend on additions in the first year of the path over the year before it."""
    return spend_in_year(path, 1) / prior_spend(d["prior_growth"], d["compute_cost_fall"])


def second_year_spend_growth(path: Path) -> np.ndarray:
    """Return spend on additions in the second year of the path over the first."""
    return spend_in_year(path, 2) / spend_in_year(path, 1)


def rent_change(path: Path, start: float, end: float) -> np.ndarray:
    """Return the rent at one date over that at an earlier one (nearest quarters)."""
    return path.rent[:, path.index(end)] / path.rent[:, path.index(start)]
