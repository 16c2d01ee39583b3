"""The beliefs behind the draws: each driver in bins, each call's odds over all draws. The page filters them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from deepseek_era.book.document import Explorer, ExplorerDriver, Preset
from deepseek_era.figure import format_number
from deepseek_era.verdicts import rule

BINS = 24
DIGITS = 4
"""Significant digits of a draw that are handed to the page."""


@dataclass(frozen=True)
class Bins:
    """A driver in equal bins, of its logarithm where it spans magnitudes; a fixed one stands in the middle.

    `low` and `high` are the ends of the bins on that scale, `first` and `last` the same as printed; `prefix` and
    `suffix` stand around a number of its unit.
    """

    id: str
    label: str
    counts: tuple[int, ...]
    log: bool
    low: float
    high: float
    first: str
    last: str
    prefix: str
    suffix: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Odds:
    """A call with the shares of draws in which it loses and wins, was it R1, and the digits that say which."""

    id: str
    name: str
    lose: float
    win: float
    word: str
    digits: str
    sides: str


@dataclass(frozen=True)
class Beliefs:
    """All that a reader can filter."""

    drivers: tuple[Bins, ...]
    calls: tuple[Odds, ...]
    presets: tuple[Preset, ...]
    draws: int
    likely: float


def word(sides: str, likely: float) -> str:
    """Return was it R1, as a reader sees it, from the digits of a call."""
    n, seen = len(sides), [int(digit) for digit in sides]
    own, left, other = (sum(bool(digit & bit) for digit in seen) / n for bit in (1, 2, 4))
    effect, later = rule.Shares(own, other, 1 - own - other), rule.Shares(left, 0.0, 1 - left)
    return rule.spoken(rule.was_it_r1(effect, later, likely))


def prepared(explorer: Explorer | None, names: Mapping[str, str]) -> Beliefs | None:
    """Return the beliefs of a run, its calls by the names that the list gives them; None for a run without draws."""
    if explorer is None or not explorer.drivers or not explorer.calls:
        return None
    n = len(explorer.drivers[0].values)
    return Beliefs(
        drivers=tuple(map(_bins, explorer.drivers)),
        calls=tuple(
            Odds(
                id=call.id,
                name=names.get(call.id, call.name),
                lose=call.digits.count("0") / n,
                win=call.digits.count("2") / n,
                word=word(call.sides, explorer.likely),
                digits=call.digits,
                sides=call.sides,
            )
            for call in explorer.calls
        ),
        presets=tuple(preset for preset in explorer.presets if preset.driver_ranges),
        draws=n,
        likely=explorer.likely,
    )


def _bins(driver: ExplorerDriver) -> Bins:
    values = np.asarray(driver.values, dtype=float)
    log = driver.scale == "log" and float(values.min()) > 0
    scaled = np.log(values) if log else values
    low, high = float(scaled.min()), float(scaled.max())
    if high <= low:  # a fixed parameter: one bar in the middle
        low, high = low - 0.5, high + 0.5
    counts, _ = np.histogram(scaled, bins=BINS, range=(low, high))
    ends = [float(np.exp(end)) if log else end for end in (low, high)]
    # an end that the drawing cannot tell from nought is nought
    ends = [0.0 if not log and abs(end) < (high - low) / (10 * BINS) else end for end in ends]
    first, last = (format_number(end, driver.unit) for end in ends)
    prefix, suffix = _around(driver.unit)
    return Bins(
        id=driver.id,
        label=driver.label,
        counts=tuple(int(count) for count in counts),
        log=log,
        low=low,
        high=high,
        first=first,
        last=last,
        prefix=prefix,
        suffix=suffix,
        values=tuple(float(f"{value:.{DIGITS}g}") for value in driver.values),
    )


def _around(unit: str) -> tuple[str, str]:
    """Return what stands before and after a number of this unit."""
    before, _, after = format_number(1.0, unit).partition("1")
    return before, re.sub(r"^[.0]+", "", after)
