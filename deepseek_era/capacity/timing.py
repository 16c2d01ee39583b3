"""How many years an efficiency gain is worth: against price, algorithm and capability trends.

Source for progress as a multiple of a trend: Ho et al., arXiv 2403.05812 (doubling times of algorithmic
progress); Kwa et al., arXiv 2503.14499 (doubling times of task horizons).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from deepseek_era.capacity.aggregate import tau_years
from deepseek_era.capacity.checks import within

DAYS_PER_YEAR = 365.25


def price_route_years(gain: ArrayLike, price_trend: ArrayLike, lead_years: ArrayLike) -> np.ndarray:
    """Return years by which the price of a given capability came early, floored at 0.

    ``ln K / ln r - lead``: the trend that was already due since the comparator appeared is taken off. A gain
    below one counts as one.

    Parameters
    ----------
    gain
        Inference cost gain at constant quality.
    price_trend
        Yearly fall of the price of constant capability, a factor above 1.
    lead_years
        Years between the comparator and the event.
    """
    ratio = np.maximum(within("price route", "the gain", gain, 0, open_low=True), 1)
    return np.maximum(0, tau_years(ratio, price_trend) - np.asarray(lead_years, dtype=float))


def algorithm_route_years(training_gain: ArrayLike, algorithm_trend: ArrayLike) -> np.ndarray:
    """Return years of training-algorithm trend that the training gain is worth (negative for a loss)."""
    return tau_years(training_gain, algorithm_trend)


def pull_forward_years(
    gain: ArrayLike,
    training_gain: ArrayLike,
    price_trend: ArrayLike,
    algorithm_trend: ArrayLike,
    lead_years: ArrayLike,
    price_weight: ArrayLike,
) -> np.ndarray:
    """Return the years by which research as a whole came early: a weighted mean of the two routes.

    Parameters
    ----------
    gain, training_gain
        Gains at the event, ratios.
    price_trend, algorithm_trend
        Yearly factors of the trends they are set against.
    lead_years
        Trend already due when the event came, years.
    price_weight
        Weight of the price route, 0 to 1.
    """
    weight = within("pull-forward", "the price weight", price_weight, 0, 1)
    price = price_route_years(gain, price_trend, lead_years)
    return weight * price + (1 - weight) * algorithm_route_years(training_gain, algorithm_trend)


def lead_over_pace(pace: float, former_pace: float, years: float) -> float:
    """Return years gained on a former pace by running ``years`` at another: ``(v - v0) / v0 * years``."""
    before = float(within("lead over pace", "the former pace", former_pace, 0, open_low=True))
    return (pace - before) / before * years


def lead_over_doubling(
    level: float, former_level: float, trend_doubling_days: float, elapsed_days: float
) -> float:
    """Return years by which a level is ahead of a doubling trend.

    The doublings seen, times the days that the trend would have needed, less the days that passed.

    Parameters
    ----------
    level, former_level
        Later and earlier level, same unit, above 0.
    trend_doubling_days
        Days per doubling of the trend.
    elapsed_days
        Days between the two levels.
    """
    ratio = within("lead over doubling", "a level", [level, former_level], 0, open_low=True)
    doublings = float(np.log2(ratio[0] / ratio[1]))
    return (doublings * trend_doubling_days - elapsed_days) / DAYS_PER_YEAR
