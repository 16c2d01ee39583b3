"""The rows of ``data/parameters.csv``: distributions and settings, each with the day it was public."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special
from scipy.interpolate import PchipInterpolator

from deepseek_era import tables
from deepseek_era.arrays import Array
from deepseek_era.errors import ParameterError

Z95 = 3.2896973  # distance of the 5th and 95th percentile of a standard normal
RUN_PARAMETERS = ("vintage", "seed", "scenario")
SETTINGS = ("setting", "choice", "date", "text")
CELLS = 128  # of the table of a PERT per unit of its normal score: a power of two, so that places are exact
_GRID = np.linspace(-8.0, 8.0, 16 * CELLS + 1)


@dataclass(frozen=True)
class Row:
    """One row of the parameter table: a distribution, or a setting, as known at `as_of`."""

    id: str
    symbol: str
    unit: str
    horizon: str
    dist: str
    p1: float
    p2: float
    p3: float
    lower_bound: float
    upper_bound: float
    kind: str
    source_ids: str
    note: str
    as_of: str
    used_by: str
    choices: str
    description: str
    position: int = 0
    """Place of the id among the distributions of the file: its Sobol dimension."""

    def transform(self, z: Array) -> Array:
        """Return the values at standard-normal scores `z`, clipped to the bounds of the row."""
        if self.dist == "fixed":
            return np.full_like(z, self.p1)
        if self.dist == "lognormal":
            centre = 0.5 * (math.log(self.p1) + math.log(self.p2))
            values = np.exp(centre + math.log(self.p2 / self.p1) / Z95 * z)
        elif self.dist == "normal":
            values = self.p1 + self.p2 * z
        elif self.dist == "truncated":  # cut to the bounds, not moved to them
            ends = (np.array(self.bounds) - self.p1) / self.p2
            low, high = special.ndtr(ends)
            values = self.p1 + self.p2 * special.ndtri(low + (high - low) * special.ndtr(z))
        elif self.dist == "uniform":
            values = self.p1 + (self.p2 - self.p1) * special.ndtr(z)
        else:
            values = _cubic(_pert(self.p1, self.p2, self.p3), np.clip(z, _GRID[0], _GRID[-1]))
        return np.clip(values, self.lower_bound, self.upper_bound, out=values)

    def quantile(self, q: float) -> float:
        """Return the value below which a share `q` of the distribution lies."""
        if self.dist == "pert":
            return float(np.clip(_pert_quantile(self.p1, self.p2, self.p3, np.array(q)), *self.bounds))
        return float(self.transform(np.array([special.ndtri(q)]))[0])

    @property
    def bounds(self) -> tuple[float, float]:
        """Lower and upper bound for draws and for values set by a user."""
        return self.lower_bound, self.upper_bound


def _pert_quantile(low: float, mode: float, high: float, q: Array) -> Array:
    span = high - low
    a, b = 1 + 4 * (mode - low) / span, 1 + 4 * (high - mode) / span
    return np.asarray(low + span * special.betaincinv(a, b, q))


@functools.lru_cache(maxsize=512)
def _pert(low: float, mode: float, high: float) -> Array:
    # the inverse of the beta distribution is slow: tabulated once over normal scores, then interpolated
    return np.ascontiguousarray(
        PchipInterpolator(_GRID, _pert_quantile(low, mode, high, special.ndtr(_GRID))).c
    )


def _cubic(table: Array, z: Array) -> Array:
    """Return a piecewise cubic at `z`; the grid is even, so the cell follows from `z` and nothing is searched.

    The terms are added in scipy's order: the values are those of `scipy.interpolate.PPoly` to the last bit.
    """
    cell = z * CELLS
    np.floor(cell, out=cell)
    np.minimum(cell, len(_GRID) // 2 - 1, out=cell)
    place = cell.astype(np.intp)
    place += len(_GRID) // 2
    cell *= 1 / CELLS  # exact, as is the grid
    within = np.subtract(z, cell, out=cell)
    values, part = table[3].take(place, mode="clip"), table[2].take(place, mode="clip")
    part *= within
    values += part
    power = within * within
    table[1].take(place, mode="clip", out=part)
    part *= power
    values += part
    power *= within
    table[0].take(place, mode="clip", out=part)
    part *= power
    values += part
    return values


@tables.once_read("parameters")
def table() -> dict[str, tuple[Row, ...]]:
    """Return all rows of the parameter table, keyed by id, oldest row first."""
    frame = tables.load("parameters")
    rows: dict[str, list[Row]] = {}
    position = -1
    for record in frame.to_dict("records"):
        values: dict[str, Any] = {
            str(k): ("" if isinstance(v, float) and math.isnan(v) and k not in _NUMBERS else v)
            for k, v in record.items()
        }
        if values["id"] not in rows and values["dist"] not in SETTINGS:
            position += 1
        row = Row(**values, position=position)
        _check_row(row)
        rows.setdefault(row.id, []).append(row)
    return {name: tuple(sorted(group, key=lambda r: r.as_of)) for name, group in rows.items()}


_NUMBERS = ("p1", "p2", "p3", "lower_bound", "upper_bound")


def _check_row(row: Row) -> None:
    place = f"data/parameters.csv, {row.id} ({row.as_of})"
    if row.dist == "pert" and not row.p1 <= row.p2 <= row.p3:
        raise ParameterError(
            f"{place}: saw min {row.p1}, mode {row.p2}, max {row.p3}, allowed: min <= mode <= max"
        )
    if row.dist == "uniform" and not row.p1 < row.p2:
        raise ParameterError(f"{place}: saw low {row.p1}, high {row.p2}, allowed: low < high")
    if row.dist == "lognormal" and not 0 < row.p1 < row.p2:
        raise ParameterError(f"{place}: saw 5 % {row.p1}, 95 % {row.p2}, allowed: 0 < 5 % < 95 %")


def names() -> list[str]:
    """Return every name that a user may set, in file order."""
    return [*RUN_PARAMETERS, *table()]


def bound(value: float) -> str:
    """Return a bound in words: whole numbers in full, ``1048576`` and not ``1.04858e+06``."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:g}"
