"""Slopes: a line from one measure to another for every name, with its words at both ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.colours import palette
from deepseek_era.charts.marks import DASH, X, Y, apart, layered, text_mark
from deepseek_era.charts.rows import Zone
from deepseek_era.charts.scales import Kind, measure, need
from deepseek_era.drawing import fonts

T = theme.TOKENS
_HEIGHT = 380.0


@dataclass(frozen=True)
class _Sheet:
    """What the author of a chart of slopes gave."""

    frame: pd.DataFrame
    label: str
    ends: tuple[str, str]
    heads: tuple[str, str]
    numbers: tuple[str, str]
    by: tuple[str, str]
    kind: Kind
    bend: float
    zones: tuple[Zone, ...]
    brief: Mapping[str, str]


def _words(sheet: _Sheet, end: int, *, wide: bool) -> list[str]:
    """Return what stands at an end of every line; a phone has room for the name at the second end only."""
    names = [str(n) for n in sheet.frame[sheet.label]]
    names = names if wide else [sheet.brief.get(n, n) for n in names]
    numbers = [str(n) for n in sheet.frame[sheet.numbers[end]]] if sheet.numbers[end] else [""] * len(names)
    if not wide and end == 0 and sheet.numbers[0]:
        return numbers
    return [f"{name} {number}".strip() for name, number in zip(names, numbers, strict=True)]


def _draw(sheet: _Sheet, width: int) -> ChartLike:
    wide = width >= theme.WIDE
    size = 12.5 if wide else 11.5
    frame, height = sheet.frame, _HEIGHT
    words = [_words(sheet, end, wide=wide) for end in (0, 1)]
    left, right = (round(max(fonts.width(w, size) for w in said) + 22) for said in words)
    plot = width - left - right
    values = [v for column in sheet.ends for v in frame[column]]
    values += [edge for zone in sheet.zones for edge in (zone.low, zone.high)]
    up = measure(values, wide=wide, kind=sheet.kind, bend=sheet.bend, zero=False)
    colours = palette([(frame, by) for by in sheet.by if by not in T])
    layers: list[Any] = []

    def at(value: float) -> float:
        return height * (1 - up.share(value))

    for zone in sheet.zones:
        box = alt.Chart(pd.DataFrame({"v": [0]})).mark_rect(**zone.style)
        layers.append(
            box.encode(
                x=alt.value(0), x2=alt.value(plot), y=alt.value(at(zone.high)), y2=alt.value(at(zone.low))
            )
        )
    if up.domain[0] < 0 < up.domain[1]:
        zero = alt.Chart(pd.DataFrame({"v": [0]})).mark_rule(color=T["ink3"])
        layers.append(zero.encode(x=alt.value(0), x2=alt.value(plot), y=alt.value(at(0.0))))
    first, last = sheet.by
    lines = pd.DataFrame(
        {
            "x": 0.0,
            "x2": float(plot),
            "y": [at(v) for v in frame[sheet.ends[0]]],
            "y2": [at(v) for v in frame[sheet.ends[1]]],
            "turns": True if first in T else (frame[first] != frame[last]).to_numpy(),
        }
    )
    for turns, colour in ((False, "rule"), (True, "ink")):
        rule = alt.Chart(lines[lines["turns"] == turns]).mark_rule(
            color=T[colour], strokeWidth=1.8, strokeDash=DASH
        )
        layers.append(rule.encode(x=X, x2="x2:Q", y=Y, y2="y2:Q"))
    for end, x in enumerate((0.0, float(plot))):
        by = sheet.by[end]
        places = [at(v) for v in frame[sheet.ends[end]]]
        spots = pd.DataFrame({"x": x, "y": places, "by": "" if by in T else frame[by].to_numpy()})
        glyph = {} if by in T else {"shape": colours.shape("by")}
        dots = alt.Chart(spots).mark_point(filled=True, size=72, opacity=1)
        layers.append(dots.encode(x=X, y=Y, color=colours.colour(by if by in T else "by"), **glyph))
        texts = pd.DataFrame(
            {"x": x + (14 if end else -14), "y": apart(places, height, 19.0), "t": words[end]}
        )
        layers.append(
            text_mark(texts, "t", x=X, y=Y, align="left" if end else "right", colour=T["ink"], size=size)
        )
        head = pd.DataFrame({"t": [sheet.heads[end]], "x": [x], "y": [-14.0]})
        layers.append(text_mark(head, "t", x=X, y=Y, align="center", colour=T["ink"], bold=True, size=12.5))
    return theme.frame(layered(*layers), width, round(height), left=left, right=right, top=30, bottom=10)


def slope(
    frame: pd.DataFrame,
    label: str,
    start: str,
    end: str,
    *,
    heads: tuple[str, str],
    numbers: tuple[str, str] = ("", ""),
    by: tuple[str, str] = ("ink", "ink"),
    kind: Kind = "linear",
    bend: float = 1.0,
    zones: Sequence[Zone] = (),
    brief: Mapping[str, str] | None = None,
) -> Drawing:
    """Return a line from `start` to `end` for every row, named at both ends; on a phone at the second.

    `heads` stand above the two ends, `numbers` are columns of text beside the names. `by` are the columns by which the ends are
    coloured: a line whose category changes is dark, the others are pale. `zones` are shaded stretches of the measure, `brief`
    shortens names on a phone; lines are dashed, as what is computed is.

    Raises
    ------
    ModelInputError
        For an empty table, a missing column (with the nearest), no known value.

    Examples
    --------
    >>> runs = pd.DataFrame({"who": ["A", "B"], "one": [1.0, -2.0], "three": [2.0, -1.0]})
    >>> slope(runs, "who", "one", "three", heads=("One year", "Three years")).draw(720).to_dict()["height"]
    380
    """
    need(frame, [label, start, end, *filter(None, numbers), *[b for b in by if b not in T]], "charts.slope")
    sheet = _Sheet(
        frame,
        label,
        (start, end),
        heads,
        numbers,
        by,
        kind,
        bend,
        tuple(zones),
        dict(brief or {}),
    )
    sides = palette([(frame, b) for b in by if b not in T]).sides
    return Drawing(lambda width: _draw(sheet, width), frame, sides=sides)
