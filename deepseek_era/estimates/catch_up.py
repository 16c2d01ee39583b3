"""How long a step lasts until a rival matches it: survival curves of steps, some of them not matched yet.

A step is a price far below the cheapest at its score, or a closed model better than all before it. What was not
matched when one last looked, or by the day of the run, is censored there, not dropped: the longest leads are among
them. Source: Kaplan and Meier, JASA 53 (1958), by `scipy.stats.ecdf`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from deepseek_era.arrays import Array
from deepseek_era.errors import ModelInputError

LEVEL = 0.9
RESAMPLES = 400
SEED = 1  # of the resamples: an estimate from data does not turn with the seed of a run
DAYS_A_YEAR = 365.25
WINDOW_DAYS = 730.0
"""Days over which a curve is read as a ramp: nearly every step was matched by then."""


@dataclass(frozen=True)
class Curve:
    """Share of steps that were matched by a day after the step.

    Attributes
    ----------
    days, matched
        Days on which a step was matched or last seen, ascending, and the share matched by then.
    n, events
        Steps, and those of them that were matched.
    """

    days: Array
    matched: Array
    n: int
    events: int

    def by(self, day: float) -> float:
        """Return the share matched within so many days."""
        place = int(np.searchsorted(self.days, day, side="right"))
        return float(self.matched[place - 1]) if place else 0.0

    @property
    def median_days(self) -> float:
        """Days after which more than half of the steps were matched; infinite if no more were."""
        reached = self.matched > 0.5 + 1e-12
        return float(self.days[np.argmax(reached)]) if reached.any() else float("inf")

    @property
    def ramp_years(self) -> float:
        """Years of the straight ramp from none to all that leaves the same lead on average; NaN without a match.

        Twice the mean time to a match, among the steps matched within `WINDOW_DAYS`.
        """
        inside = self.days < WINDOW_DAYS
        reached = np.concatenate([[0.0], self.matched[inside]])
        if reached[-1] == 0:
            return float("nan")
        lengths = np.diff(np.concatenate([[0.0], self.days[inside], [WINDOW_DAYS]]))
        return float(2 * ((1 - reached / reached[-1]) * lengths).sum() / DAYS_A_YEAR)


def curve(days: Array, matched: Array) -> Curve:
    """Return the curve of steps seen for so many days, each matched at the end of them (1) or not (0).

    >>> lead = curve(np.array([10.0, 20.0, 30.0]), np.array([1, 1, 0]))
    >>> lead.median_days, round(lead.by(15), 2)
    (20.0, 0.33)

    Raises
    ------
    ModelInputError
        Without a step, or for a step that was seen for no time.
    """
    if not len(days):
        raise ModelInputError("catch-up: no step was public yet")
    if float(np.min(days)) < 0:
        raise ModelInputError(f"catch-up: a step was matched {-np.min(days):g} days before it was made")
    # a match on the day of the step counts as half a day: the method has no time zero
    found = stats.ecdf(stats.CensoredData.right_censored(np.maximum(days, 0.5), np.asarray(matched) == 0))
    return Curve(
        np.asarray(found.cdf.quantiles, dtype=float),
        np.asarray(found.cdf.probabilities, dtype=float),
        len(days),
        int(np.sum(matched)),
    )


READINGS = {
    "median_days": lambda c: c.median_days,
    "by_60": lambda c: c.by(60),
    "by_180": lambda c: c.by(180),
    "by_365": lambda c: c.by(365),
    "ramp_years": lambda c: c.ramp_years,
}
"""What is read off a curve, by column."""


def readings(days: Array, matched: Array) -> dict[str, tuple[float, float, float]]:
    """Return each of `READINGS` with its 90 % interval, by a bootstrap over steps that takes them for independent."""
    found = curve(days, matched)
    rng = np.random.default_rng([SEED, len(days)])
    again = []
    for _ in range(RESAMPLES):
        rows = rng.integers(0, len(days), len(days))
        again.append(curve(days[rows], matched[rows]))
    result = {}
    for name, read in READINGS.items():
        spread = np.array([read(c) for c in again])
        spread = spread[~np.isnan(spread)]
        # the nearest draw, not one between two: a median may be infinite
        low, high = (
            np.quantile(spread, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], method="nearest")
            if len(spread)
            else (np.nan, np.nan)
        )
        result[name] = (read(found), float(low), float(high))
    return result


def seen(steps: pd.DataFrame, matches: pd.DataFrame, day: str) -> pd.DataFrame:
    """Return the steps with how many `days` each was seen by a day, and whether it was `matched` (1 or 0) by then.

    Raises
    ------
    ModelInputError
        If a match comes before its step.
    """
    found = steps.merge(
        matches[["step_id", "matched_by", "date"]].rename(columns={"date": "date_matched"}),
        on="step_id",
        how="left",
        validate="one_to_one",
    )
    known = found["date_matched"].notna() & (found["date_matched"] <= day)
    end = found["date_matched"].where(known, found["last_looked"].where(found["last_looked"] <= day, day))
    days = (pd.to_datetime(end) - pd.to_datetime(found["date"])).dt.days
    if (days < 0).any():
        first = found[days < 0].iloc[0]
        raise ModelInputError(f"catch-up: step {first['step_id']} of {first['date']} ends before it began")
    return found.assign(days=days.astype(float), matched=known.astype(int))
