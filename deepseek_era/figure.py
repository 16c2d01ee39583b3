"""Figures: every number that the report prints, with unit, interval, kind and sources, and how it is written.

One function, `format_figure`, words a number for page and paper alike, so the two cannot differ.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era.arrays import INTERVAL, percentiles
from deepseek_era.errors import ModelInputError
from deepseek_era.tables import recalled_sources
from deepseek_era.words import MINUS

KINDS = ("observed", "published", "modelled", "judgement")
SIGNIFICANT_DIGITS = 6  # hides the last bits of two processors' arithmetic
NOT_PUBLIC = "not yet public"
THIN = "\u202f"

# unit -> (prefix, suffix of the value, suffix of the interval)
_AFFIXES: dict[str, tuple[str, str, str]] = {
    "%": ("", "%", "%"),
    "pp": ("", " pp", ""),
    "ratio": ("×", "", ""),
    "USD": ("$", "", ""),
    "USD thousand": ("$", "k", "k"),
    "USD million": ("$", "m", "m"),
    "USD billion": ("$", "bn", "bn"),
    "USD trillion": ("$", "tn", "tn"),
    "USD per Mtok": ("$", " per million tokens", ""),
    "USD per GPU-hour": ("$", " per GPU-hour", ""),
    "USD per H100-hour": ("$", " per H100-hour", ""),
    "USD per 8-GPU server": ("$", " per 8-GPU server", ""),
    "USD per kW": ("$", " per kW", ""),
    "USD per kWh": ("$", " per kWh", ""),
    "count": ("", "", ""),
    "score": ("", "", ""),
    "index": ("", "", ""),
    "elasticity": ("", "", ""),
    "share": ("", "", ""),
    "probability": ("", "%", "%"),
    "% of plan": ("", "% of plan", "%"),
    "% of revenue": ("", "% of revenue", "%"),
    "% of cost base": ("", "% of cost base", "%"),
    "% a year": ("", "% a year", "%"),
    "ratio per year": ("×", " a year", ""),
}
_WHOLE_UNITS = {"count", "bytes", "days", "GPUs"}


def true_minus(text: str) -> str:
    """Return a text whose numbers have a minus where they had a hyphen; hyphens between words or digits stay."""
    return re.sub(r"(?<!\w)-(?=\d)", MINUS, text)


def round_significant(value: float, digits: int = SIGNIFICANT_DIGITS) -> float:
    """Return `value` rounded to so many significant digits (six by default)."""
    return float(f"{float(value):.{digits}g}")


def _half_up(value: float, place: int) -> float:
    """Return `value` rounded at a power of ten, a five upward.

    It is first brought to the digits that a figure keeps: 0.565 out of a sum may be a bit above or below itself, and
    text and table must not write it as two numbers.
    """
    kept = Decimal(repr(round_significant(value)))
    return float(kept.quantize(Decimal(1).scaleb(place), ROUND_HALF_UP))


def _significant(value: float, digits: int) -> float:
    """Return `value` with so many significant digits, a five rounded upward."""
    kept = Decimal(repr(round_significant(value)))
    return _half_up(value, kept.adjusted() - digits + 1) if kept else 0.0


@dataclass(frozen=True)
class Figure:
    """One printed number.

    `value`, `low` and `high` are rounded to six significant digits; `low` and `high` are the 5th and 95th
    percentile, the ends of an envelope over forms of a model, or None. A `value` of None means that the fact was not
    public at the vintage of the run. A number of which a source was recalled, not read, is ``published`` where
    ``observed`` was asked for.

    Raises
    ------
    ModelInputError
        For a kind that is not known, a number that is not finite, or an interval upside down.
    """

    id: str
    value: float | None
    unit: str
    kind: str
    label: str
    low: float | None = None
    high: float | None = None
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ModelInputError(f"figure {self.id}: kind {self.kind!r} is not one of {', '.join(KINDS)}")
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if number is None:
                continue
            if not math.isfinite(float(number)):
                raise ModelInputError(f"figure {self.id}: {name} is {number}, a finite number is needed")
            object.__setattr__(self, name, round_significant(float(number)) + 0.0)
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ModelInputError(f"figure {self.id}: low {self.low} is above high {self.high}")
        object.__setattr__(self, "sources", tuple(self.sources))
        # what nobody read, in whole or in part, was not observed by us: somebody is known to have stated it
        if self.kind == "observed" and self.sources and not recalled_sources().isdisjoint(self.sources):
            object.__setattr__(self, "kind", "published")

    @classmethod
    def from_draws(
        cls,
        id: str,
        draws: npt.ArrayLike,
        *,
        unit: str,
        label: str,
        kind: str = "modelled",
        sources: Sequence[str] = (),
    ) -> Figure:
        """Return the median of `draws` with its 5th and 95th percentile."""
        low, middle, high = percentiles(np.ravel(np.asarray(draws, dtype=float)), INTERVAL)
        return cls(id, middle, unit, kind, label, low, high, tuple(sources))

    @classmethod
    def read(cls, id: str, entry: Mapping[str, Any]) -> Figure:
        """Return a figure from its entry of ``figures.json``, or from what a notebook hands over."""
        ends = entry["low"], entry["high"]
        return cls(
            id, entry["value"], entry["unit"], entry["kind"], entry["label"], *ends, tuple(entry["sources"])
        )

    def as_dict(self, notebook: str = "") -> dict[str, Any]:
        """Return the entry of ``figures.json``: value, low, high, unit, kind, label, notebook, sources."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "kind": self.kind,
            "label": self.label,
            "notebook": notebook,
            "sources": list(self.sources),
        }


def _decimals(value: float, digits: int) -> int:
    """Return how many decimals show `digits` significant digits of `value`."""
    if value == 0:
        return 0
    # the magnitude after rounding: 9.96 to two digits is 10, not 10.0
    magnitude = math.floor(math.log10(abs(_significant(value, digits))))
    return max(0, digits - 1 - magnitude)


def _text(value: float, digits: int, decimals: int) -> str:
    rounded = _significant(value, digits)
    text = f"{abs(rounded):,.{decimals}f}"
    negative = rounded < 0 and any(c in "123456789" for c in text)
    return (MINUS if negative else "") + text


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    superscript = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{true_minus(mantissa)} × 10{superscript}"


def _probability(value: float) -> str:
    if value < 0.01:
        return "0%" if value == 0 else "<1%"
    if value > 0.99:
        return "100%" if value == 1 else ">99%"
    return f"{100 * _half_up(value, -2):.0f}%"


def _digits(kind: str) -> int:
    # models deserve two significant digits, observations three
    return 2 if kind in ("modelled", "judgement") else 3


def format_number(value: float | None, unit: str, kind: str = "modelled", *, signed: bool = False) -> str:
    """Return one number in words: ``12%``, ``$62m``, ``×1.3``, ``0.9 years``; two digits if modelled, else three.

    >>> format_number(62.4, "USD million"), format_number(1.316, "ratio"), format_number(0.996, "probability")
    ('$62m', '×1.3', '>99%')
    >>> format_number(-0.4, "years", "observed", signed=True)
    '−0.4 years'
    """
    if value is None:
        return NOT_PUBLIC
    if unit == "probability":
        return _probability(value)
    digits = _digits(kind)
    prefix, suffix, _ = _AFFIXES.get(unit, ("", f" {unit}", ""))
    plus = "+" if signed and value > 0 else ""
    if unit == "year":
        return f"{value:.0f}"
    if unit in _WHOLE_UNITS and float(value).is_integer():
        body = f"{abs(value):,.0f}"
        minus = MINUS if value < 0 else ""
        return f"{plus}{minus}{prefix}{body}{suffix}"
    if abs(value) >= 1e9 or (value != 0 and abs(value) < 1e-4):
        return f"{plus}{prefix}{_scientific(value, digits)}{suffix}"
    decimals = _decimals(value, digits)
    if digits == 3 or abs(value) < 0.1:
        # 93% and 7 months were stated so, a mean of 0.03 was rounded so: zeros after them would claim digits that nobody gave
        decimals = min(decimals, _stated_decimals(value))
        if decimals == 1 and prefix == "$" and unit in ("USD", "USD per Mtok", "USD per GPU-hour"):
            decimals = 2  # money is written in cents or not at all
    body = _text(value, digits, decimals)
    if body.startswith(MINUS):
        return f"{MINUS}{prefix}{body[1:]}{suffix}"
    return f"{plus}{prefix}{body}{suffix}"


def format_difference(difference: float | None, unit: str, kind: str = "modelled") -> str:
    """Return how far a figure moved: shares and percentages in points, ratios as plain numbers, a dash for None."""
    if difference is None:
        return "–"
    if unit == "probability":
        return true_minus(f"{100 * difference:+.0f} points")
    if unit.startswith("%"):
        unit = "pp"
    elif unit.startswith("ratio"):
        unit = "score"  # a bare number: a factor says how many times, not how much more
    return format_number(difference, unit, kind, signed=True)


def _stated_decimals(value: float) -> int:
    """Return how many decimals it takes to write `value` in full, at six significant digits."""
    _, _, decimals = f"{round_significant(value):.10f}".rstrip("0").partition(".")
    return len(decimals)


def _interval(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return ""
    low, high, unit = figure.low, figure.high, figure.unit
    if unit == "probability":
        least, most = _probability(low), _probability(high)
        if least == most:
            return f"({least})"
        if least == "<1%" or most == ">99%":  # a dash beside such a sign would read as an arrow
            return f"({least} to {most})"
        return f"({least.rstrip('%')}–{most})"
    digits = _digits(figure.kind)
    prefix, _, suffix = _AFFIXES.get(unit, ("", "", ""))
    largest = max(abs(low), abs(high))
    if largest >= 1e9 or (largest != 0 and largest < 1e-4):
        return f"({_scientific(low, digits)} to {_scientific(high, digits)})"
    reference = figure.value if figure.value != 0 else largest
    decimals = _decimals(reference, digits)
    if digits == 3:
        decimals = min(decimals, max(_stated_decimals(x) for x in (low, high)))  # as stated, like the value
    ends = [_text(x, digits, min(decimals, _decimals(x, digits)) if x else decimals) for x in (low, high)]
    if any(e.startswith(MINUS) for e in ends):
        # as soon as a sign appears a dash would read as one, so the word "to"
        signed = [f"{MINUS}{prefix}{e[1:]}" if e.startswith(MINUS) else f"{prefix}{e}" for e in ends]
        return f"({signed[0]} to {signed[1]})"
    return f"({prefix}{ends[0]}–{ends[1]}{suffix})"


FIGURE_PARTS = ("full", "value", "interval", "size", "sizes")
"""What of a figure can be written."""


def format_figure(figure: Figure, part: str = "full") -> str:
    """Return the words for a figure: ``full`` (value and interval), ``value`` or ``interval``.

    ``size`` is the value without its sign, for what follows a verb such as "fell by", ``sizes`` the same with its interval.

    A figure that was not public at the vintage reads ``not yet public``.

    >>> fall = Figure("x", -16.97, "%", "observed", "Return of the day", -18.04, -10.2)
    >>> format_figure(fall)
    '−17.0% (−18.0 to −10.2)'
    >>> format_figure(fall, "size"), format_figure(fall, "sizes")
    ('17.0%', '17.0% (10.2–18.0%)')
    >>> format_figure(Figure("x", 62, "USD million", "modelled", "Full cost", 24, 190), "interval")
    '($24–190m)'
    >>> format_figure(Figure("x", None, "%", "modelled", "Not known then"))
    'not yet public'
    """
    if part not in FIGURE_PARTS:
        raise ModelInputError(f"figure {figure.id}: part {part!r} is not one of {', '.join(FIGURE_PARTS)}")
    if figure.value is None:
        return NOT_PUBLIC if part != "interval" else ""
    if part in ("size", "sizes"):
        if figure.value < 0:
            low, high = (None if end is None else -end for end in (figure.high, figure.low))
            figure = replace(figure, value=-figure.value, low=low, high=high)
        part = "value" if part == "size" else "full"
    value = format_number(figure.value or 0.0, figure.unit, figure.kind)
    if part == "value":
        return value
    interval = _interval(figure)
    if part == "interval":
        return interval
    return f"{value} {interval}" if interval else value


def _units(frame: pd.DataFrame, unit: str) -> list[str]:
    named = unit in frame.columns and unit not in _AFFIXES
    return list(frame[unit]) if named else [unit] * len(frame)


def ranges(
    frame: pd.DataFrame, value: str, low: str, high: str, unit: str, kind: str = "modelled"
) -> pd.Series:
    """Return for every row of a table its number with its interval, as prose prints the figure of the same name.

    `unit` is a unit, or the column that holds one for every row; a column called as a unit is none.
    """
    rows = zip(frame[value], frame[low], frame[high], _units(frame, unit), strict=True)
    texts = [format_figure(Figure("row", v, u, kind, "", a, b)) for v, a, b, u in rows]
    return pd.Series(texts, index=frame.index, dtype=str)


def written(frame: pd.DataFrame, value: str, unit: str, kind: str = "modelled") -> pd.Series:
    """Return for every row of a table its number as prose prints it; `unit` as in `ranges`."""
    rows = zip(frame[value], _units(frame, unit), strict=True)
    return pd.Series([format_number(v, u, kind) for v, u in rows], index=frame.index, dtype=str)
