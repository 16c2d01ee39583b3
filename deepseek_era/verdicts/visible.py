"""Could it have been seen? The size of an effect that stands out from the errors of past forecasts.

Half the root mean square about zero of the errors that forecasts of the call's own quantity had made about a year
ahead. All outcomes to date count: the size is no forecast. It makes no word.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deepseek_era import tables
from deepseek_era.errors import DataError, nearest
from deepseek_era.model import Model, per_model
from deepseek_era.verdicts.evaluate import evaluations

MONTHS = (9, 15)
"""Horizons that count as about a year."""
FEWEST = 4
"""Errors below which there is no size."""
LOGS = "log %"


def size(errors: np.ndarray, unit: str, per: float = 1.0) -> float:
    """Return half the root mean square of errors: log per cent as per cent, others over `per`; NaN for too few.

    >>> round(size(np.array([10.0, -10.0, 10.0, -10.0]), "log %"), 2)
    5.13
    """
    if len(errors) < FEWEST:
        return float("nan")
    half = float(np.sqrt(np.mean(np.square(errors)))) / 2
    return 100 * float(np.expm1(half / 100)) if unit == LOGS else half / per


@per_model
def sizes(model: Model) -> pd.DataFrame:
    """Return the calls that could have been seen or not: call, series, n (errors), size (δ, in its unit), p, why.

    `p` is the share of the draws whose effect, of either sign, is at least that size. Both are NaN where too few
    outcomes were public.

    Raises
    ------
    DataError
        One line for a series that ``data/forecast_errors.csv`` does not have.
    """
    known = set(tables.load("forecast_errors")["series"])
    errors, paces = model.facts.table("forecast_errors"), model.facts.table("capability_gap")
    pace = paces.set_index("row_id")["value"]
    rows = []
    for place, row in enumerate(tables.load("visible").to_dict("records"), start=2):
        if row["series"] not in known:
            raise DataError(
                f"data/visible.csv row {place}: saw series {row['series']!r}, allowed: one of forecast_errors"
                + nearest(str(row["series"]), known)
            )
        own = errors[(errors["series"] == row["series"]) & errors["horizon_months"].between(*MONTHS)]
        unit = str(own["error_unit"].iloc[0]) if len(own) else ""
        per = float(pace.get(row["per"], np.nan)) if row["per"] else 1.0
        delta = size(own["error"].to_numpy(), unit, per)
        effect = np.abs(evaluations(model)[row["call"]].effect)
        p = float(np.mean(effect >= delta)) if np.isfinite(delta) else np.nan
        rows.append((row["call"], row["series"], len(own), delta, p, row["why"]))
    return pd.DataFrame(rows, columns=["call", "series", "n", "size", "p", "why"])
