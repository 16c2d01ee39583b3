"""Rows under the axis of a plane: when something happened, as glyphs, or what holds at a date, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.charts.colours import token
from deepseek_era.charts.marks import label_at, text_mark
from deepseek_era.charts.scales import Measure
from deepseek_era.drawing import fonts

ROW = 18


@dataclass(frozen=True)
class Strip:
    """A row under the axis: a glyph, or the words of a column, at every `x` of a table; `name` stands at its left.

    A table without rows leaves the name alone.
    """

    frame: pd.DataFrame
    x: str
    name: str
    words: str = ""
    glyph: str = "circle"
    hollow: bool = False
    colour: str = "ink2"


def _halves(frame: pd.DataFrame, strip: Strip) -> list[float]:
    """Return half of the width of every mark in pixels."""
    return (
        [fonts.width(str(t), 12, bold=True) / 2 for t in frame[strip.words]]
        if strip.words
        else [5.0] * len(frame)
    )


def _apart(frame: pd.DataFrame, strip: Strip, across: Measure, plot: float) -> pd.DataFrame:
    """Return every row, or every second, third, … counted from the last, so that their words do not touch."""
    ordered = frame.sort_values(strip.x, kind="stable")
    places = [across.share(v) * plot for v in ordered[strip.x]]
    half = [wide + 3 for wide in _halves(ordered, strip)]
    for step in range(1, len(ordered) + 1):
        kept = range((len(ordered) - 1) % step, len(ordered), step)
        pairs = zip(kept, list(kept)[1:], strict=False)
        if all(places[b] - places[a] >= half[a] + half[b] for a, b in pairs):
            return ordered.iloc[list(kept)]
    return ordered


def strips(
    rows: Sequence[Strip], across: Measure, plot: float, left: float, top: float
) -> tuple[list[alt.Chart], int]:
    """Return the rows drawn from `top` (pixels under the head of the plot) downward, and the height that they take.

    A name that does not fit left of the plot stands on a line of its own.
    """
    layers: list[alt.Chart] = []
    y = top
    for strip in rows:
        known = strip.frame[strip.frame[strip.x].notna()]
        layers.append(label_at(strip.name, 2 - left, y + ROW / 2, colour=token("ink3")))
        starts = [
            across.share(v) * plot - half
            for v, half in zip(known[strip.x], _halves(known, strip), strict=True)
        ]
        if fonts.width(strip.name, 12) + 8 > left + min(starts, default=plot):
            y += ROW
        at: dict[str, Any] = {"x": across.x(strip.x), "y": alt.value(y + ROW / 2)}
        if strip.words and len(known):
            kept = _apart(known, strip, across, plot)
            layers.append(text_mark(kept, strip.words, align="center", colour=token("ink"), bold=True, **at))
        elif len(known):
            style: dict[str, Any] = {"filled": True, "color": token(strip.colour)}
            if strip.hollow:
                style = {"filled": False, "color": token(strip.colour), "strokeWidth": 1.5}
            mark = alt.Chart(known).mark_point(shape=strip.glyph, size=70, opacity=1, **style)
            layers.append(mark.encode(**at))
        y += ROW
    return layers, round(y - top)
