"""Scales and axes of the kinds of chart: a domain that holds the data, round ticks, and where a value lies in pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era.drawing import fonts
from deepseek_era.errors import ModelInputError, nearest
from deepseek_era.figure import MINUS

Kind = Literal["linear", "log", "symlog", "time"]
"""How a measure runs; ``symlog`` is linear about zero and logarithmic further out, on both sides."""
_STEPS = [m * 10.0**k for k in range(-6, 13) for m in (1.0, 2.0, 2.5, 5.0)]


def need(frame: pd.DataFrame, columns: Iterable[str], where: str, *, rows: bool = True) -> None:
    """Refuse a table that lacks a column or, where `rows` are needed, is empty.

    Raises
    ------
    ModelInputError
        With the kind of chart, the column and the nearest that there is.
    """
    have = [str(c) for c in frame.columns]
    for column in columns:
        if column not in have:
            raise ModelInputError(f"{where}: the table has no column {column!r}{nearest(column, have)}")
    if rows and frame.empty:
        raise ModelInputError(f"{where}: the table is empty, at least one row is needed")


def finite(values: Iterable[Any]) -> list[float]:
    """Return the numbers that are known."""
    found = []
    for value in values:
        if value is not None and not pd.isna(value) and math.isfinite(float(value)):
            found.append(float(value))
    return found


def moment(day: Any) -> float:
    """Return a day as milliseconds since 1970, as Vega counts time."""
    return float(pd.Timestamp(day).value) / 1e6


def _ticks(low: float, high: float, most: int) -> list[float]:
    step = next((s for s in _STEPS if (high - low) / s <= most), _STEPS[-1])
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for multiples in ((1, 2, 5), (1, 3), (1,)):
        found = [m * 10.0**k for k in decades for m in multiples if low <= m * 10.0**k <= high]
        if len(found) <= most:
            return found
    step = math.ceil(len(found) / most)
    return found[::step]


def _bent(value: float, bend: float) -> float:
    return math.copysign(math.log1p(abs(value) / bend), value)


def _unbent(place: float, bend: float) -> float:
    return math.copysign(math.expm1(abs(place)) * bend, place)


def _symlog_ticks(low: float, high: float, most: int, bend: float) -> list[float]:
    """Return zero and round numbers on both sides of it, with room between them."""
    least = (_bent(high, bend) - _bent(low, bend)) / (most + 1)
    found = [0.0]
    for sign, end in ((1, high), (-1, -low)):
        last = 0.0
        for size in (m * 10.0**k for k in range(-6, 13) for m in (1, 2, 5)):
            if size <= end and _bent(size, bend) - last >= least:
                last = _bent(size, bend)
                found.append(sign * size)
    return sorted(v for v in found if low <= v <= high)


def _firsts(low: float, high: float, most: int) -> list[float]:
    """Return first days of months, evenly spaced, at most so many."""
    start, stop = (pd.Timestamp(int(v * 1e6)) for v in (low, high))
    firsts = list(pd.date_range(start.normalize(), stop, freq="MS"))
    step = next((n for n in (1, 2, 3, 6, 12, 24) if len(firsts) / n <= most), 60)
    kept = [day for day in firsts if (day.month - 1 + 12 * day.year) % step == 0] or firsts[:1]
    return [moment(day) for day in kept]


@dataclass(frozen=True)
class Measure:
    """One axis of a plot: its domain in the data's unit, its ticks, and how they are written."""

    domain: tuple[float, float]
    ticks: tuple[float, ...]
    kind: Kind = "linear"
    title: str = ""
    labels: str = ""
    """A Vega expression that writes a tick; the plain number where it is empty."""
    grid: bool = True
    reverse: bool = False
    lift: float = 0.0
    """How far the title of an upright axis is moved up, to stand above words at the head of the plot."""
    bend: float = 1.0
    """Of ``symlog``: up to about where it is as good as linear."""
    flush: bool = True
    """Whether the outermost labels are moved inward, off their ticks, so that they end with the axis."""
    pixels: tuple[float, float] | None = None
    """Where its ends lie in a drawing of several panels, which draw their axes themselves."""

    @property
    def scale(self) -> alt.Scale:
        """The scale of Altair's."""
        low, high = self.domain
        ends = [alt.DateTime(**_parts(v)) for v in (low, high)] if self.kind == "time" else [low, high]
        kind: Any = alt.Undefined if self.kind == "time" else self.kind
        options: dict[str, Any] = {"type": kind, "domain": ends, "nice": False}
        if self.kind == "linear":
            options["zero"] = False
        if self.kind == "symlog":
            options["constant"] = self.bend
        if self.reverse:
            options["reverse"] = True
        if self.pixels:
            options["range"] = list(self.pixels)
        return alt.Scale(**options)

    @property
    def axis(self) -> alt.Axis | None:
        """The axis of Altair's, or none where panels draw theirs."""
        if self.pixels:
            return None
        options: dict[str, Any] = {"title": self.title or None, "grid": self.grid}
        if not self.flush:
            options["labelFlush"] = False
        if self.lift:
            options["titleY"] = -self.lift
        if self.kind == "time":
            days = (self.domain[1] - self.domain[0]) / 86_400_000
            written = (
                {"labelExpr": self.labels} if self.labels else {"format": "%-d %b" if days < 120 else "%b %Y"}
            )
            options |= {"values": [alt.DateTime(**_parts(v)) for v in self.ticks], **written}
        else:
            options |= {"values": list(self.ticks)}
            if self.labels:
                options["labelExpr"] = self.labels
            elif self.kind == "log":
                options["labelExpr"] = "format(datum.value, ',~r')"
            elif self.ticks and all(t.is_integer() and 1900 <= t <= 2100 for t in self.ticks):
                options["format"] = "d"  # years
            else:
                decimals = max((_decimals(v) for v in self.ticks), default=0)
                options["format"] = f",.{decimals}f"
        return alt.Axis(**options)

    @property
    def _type(self) -> str:
        return "T" if self.kind == "time" else "Q"

    def x(self, field: str) -> alt.X:
        """Return the field on this axis, across."""
        return alt.X(f"{field}:{self._type}", scale=self.scale, axis=self.axis)

    def y(self, field: str) -> alt.Y:
        """Return the field on this axis, upward."""
        return alt.Y(f"{field}:{self._type}", scale=self.scale, axis=self.axis)

    def written(self) -> list[str]:
        """Return the ticks in words, as a drawing that writes its own axis prints them."""
        if self.kind == "time":
            return [f"{pd.Timestamp(int(t * 1e6)):%b %Y}" for t in self.ticks]
        if self.kind == "log":  # as the axis writes them: no digit more than a tick has
            return [f"{t:,.{_decimals(t)}f}" for t in self.ticks]
        decimals = max((_decimals(t) for t in self.ticks), default=0)
        years = all(t.is_integer() and 1900 <= t <= 2100 for t in self.ticks)
        return [f"{t:.0f}" if years else f"{t:,.{decimals}f}".replace("-", MINUS) for t in self.ticks]

    def centred(self, plot: float, left: float, right: float) -> Measure:
        """Return the axis, of so many pixels, with every label below its tick if the room beside the plot lets the outermost stand so."""
        if self.labels or not self.ticks:
            return self
        ends = [
            (plot * self.share(t), fonts.width(w, 12) / 2)
            for t, w in zip(self.ticks, self.written(), strict=True)
        ]
        fits = all(at - half >= -left and at + half <= plot + right for at, half in ends)
        return replace(self, flush=not fits)

    def shares(self, values: npt.ArrayLike) -> np.ndarray:
        """Return where numbers lie on the axis, 0 at its low end and 1 at its high end."""
        ends = np.asarray(self.domain, dtype=float)
        numbers = np.asarray(values, dtype=float)
        if self.kind == "log":
            numbers, ends = np.log(numbers), np.log(ends)
        elif self.kind == "symlog":
            numbers, ends = (np.sign(v) * np.log1p(np.abs(v) / self.bend) for v in (numbers, ends))
        places = (numbers - ends[0]) / (ends[1] - ends[0])
        return np.asarray(1 - places if self.reverse else places)

    def share(self, value: Any) -> float:
        """Return where a value, a number or a day, lies on the axis, 0 at its low end and 1 at its high end."""
        return float(
            self.shares(moment(value) if self.kind == "time" and not isinstance(value, float) else value)
        )


def _parts(milliseconds: float) -> dict[str, Any]:
    day = pd.Timestamp(int(milliseconds * 1e6))
    return {"year": day.year, "month": day.month, "date": day.day}


def _decimals(value: float) -> int:
    text = f"{value:.6f}".rstrip("0")
    return len(text.partition(".")[2])


def measure(
    values: Sequence[Any],
    *,
    wide: bool,
    title: str = "",
    kind: Kind = "linear",
    zero: bool = True,
    domain: Sequence[Any] | None = None,
    ticks: Sequence[Any] | None = None,
    labels: str = "",
    grid: bool = True,
    most: int | None = None,
    pad: float = 0.04,
    reverse: bool = False,
    bend: float = 1.0,
) -> Measure:
    """Return an axis that holds `values` with some room, and zero where `zero` asks for it.

    `domain` and `ticks` overrule what the data give; `most` is how many ticks fit (nine on the wide drawing, five on a phone).

    Raises
    ------
    ModelInputError
        For no known value, and for a value that a logarithm cannot show.
    """
    most = most or (9 if wide else 5)
    if kind == "time":
        known = [moment(v) for v in values if v is not None and not pd.isna(v)]
        ends = [moment(v) for v in domain] if domain else [min(known), max(known)] if known else []
    else:
        known = finite(values)
        ends = [float(v) for v in domain] if domain else [min(known), max(known)] if known else []
    if not ends:
        raise ModelInputError(f"the axis {title!r} has no known value")
    low, high = ends
    if kind == "log" and low <= 0:
        raise ModelInputError(f"the axis {title!r} holds {low:g}, a logarithm needs numbers above 0")
    if not domain:
        if kind == "log":
            room = max(math.log(high / low), 0.5) * pad
            low, high = low / math.exp(room), high * math.exp(room)
        elif kind == "symlog":
            low, high = (min(low, 0.0), max(high, 0.0)) if zero else (low, high)
            a, b = _bent(low, bend), _bent(high, bend)
            low, high = _unbent(a - (b - a) * pad, bend), _unbent(b + (b - a) * pad, bend)
        else:
            if zero and kind == "linear":
                low, high = min(low, 0.0), max(high, 0.0)
            room = (high - low or 1.0) * pad
            low = low if zero and kind == "linear" and low == 0 else low - room
            high = high if zero and kind == "linear" and high == 0 else high + room
        if low == high:  # nothing but noughts
            low, high = low - 1.0, high + 1.0
    if ticks is not None and len(ticks):
        marks = [moment(t) if kind == "time" else float(t) for t in ticks]
    elif kind == "symlog":
        marks = _symlog_ticks(low, high, most, bend)
    else:
        marks = {"linear": _ticks, "log": _log_ticks, "time": _firsts}[kind](low, high, most)
    kept = [t for t in marks if low - 1e-9 <= t <= high + 1e-9]
    return Measure((low, high), tuple(kept), kind, title, labels, grid, reverse, bend=bend)
