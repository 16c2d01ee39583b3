"""Did the cheapest price of a given quality fall faster from a month on? A test for a break, and what it could see.

``ln p = α_q + β t + δ 1[t ≥ T] + γ (t − T)⁺`` over series of the cheapest price at a score, by month. The F value of δ
and γ at T is set beside those of all other months, since prices move in steps and errors are far from independent.
The power is printed with the result: a test that cannot see a large fall says nothing by not seeing one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.errors import ModelInputError

EDGE_MONTHS = 9
"""A month with fewer months than that on either side is no date to test."""
FALLS = np.arange(0.0, 6.01, 0.1)
"""Extra falls that are tried, log points."""
FOUND, POWER = 0.95, 0.8


def cheapest(spells: pd.DataFrame, floors: Array, months: pd.DatetimeIndex) -> Array:
    """Return the log of the cheapest price at each score floor or better, by month; NaN before there is one."""
    end = pd.to_datetime(spells["date_to"].replace("", "2100-01-01")).to_numpy()
    start = pd.to_datetime(spells["date_from"]).to_numpy()
    active = (start <= months.to_numpy()[:, None]) & (months.to_numpy()[:, None] <= end)
    prices = np.log(spells["price_usd_per_mtok"].to_numpy())
    able = spells["score"].to_numpy() >= floors[:, None]
    held = np.where(active[:, None, :] & able[None], prices, np.inf).min(axis=2)
    return np.where(np.isfinite(held), held, np.nan)


def f_values(logs: Array, dates: Iterable[int]) -> Array:
    """Return the F value of a break in level and trend at each of some rows of `logs`, shape (months, series)."""
    months, series = logs.shape
    known = np.isfinite(logs)
    time = np.broadcast_to(np.arange(months, dtype=float)[:, None], logs.shape)[known]
    y, which = logs[known], np.broadcast_to(np.arange(series), logs.shape)[known]

    def within(x: Array) -> Array:
        return np.asarray(x - (np.bincount(which, x, series) / np.bincount(which, minlength=series))[which])

    def rest(*columns: Array) -> float:
        x = np.column_stack([within(c) for c in columns])
        left = target - x @ np.linalg.lstsq(x, target, rcond=None)[0]
        return float(left @ left)

    target = within(y)
    plain, degrees = rest(time), len(y) - len(np.unique(which)) - 3
    found = []
    for date in dates:
        broken = rest(time, (time >= date).astype(float), np.maximum(time - date, 0))
        found.append((plain - broken) / 2 / (broken / degrees))
    return np.array(found)


@dataclass(frozen=True)
class Break:
    """A break test: F at the date, its place among the placebo dates, and the extra fall that it would have seen.

    `strongest` is the row of the largest F; `visible` is infinite where no fall that was tried is seen often enough.
    """

    f: float
    p: float
    placebos: int
    strongest: int
    visible: float


def break_at(logs: Array, at: int) -> Break:
    """Return the test for a break at row `at` of the log prices, shape (months, series).

    Raises
    ------
    ModelInputError
        If the date lies too near an end.
    """
    dates = np.arange(EDGE_MONTHS, len(logs) - EDGE_MONTHS)
    if at not in dates:
        raise ModelInputError(
            f"break in prices: month {at} of {len(logs)}, allowed: {EDGE_MONTHS} months on either side"
        )
    values = f_values(logs, dates.tolist())
    own, placebo = values[dates == at][0], values[dates != at]
    limit = np.quantile(placebo, FOUND)
    visible = float("inf")
    for fall in FALLS:
        step = [logs - fall * (np.arange(len(logs))[:, None] >= date) for date in dates]
        seen = [f_values(moved, [int(date)])[0] > limit for moved, date in zip(step, dates, strict=True)]
        if np.mean(seen) >= POWER:
            visible = float(fall)
            break
    p = (1 + np.sum(placebo >= own)) / (1 + len(placebo))
    return Break(float(own), float(p), len(placebo), int(dates[np.argmax(values)]), visible)
