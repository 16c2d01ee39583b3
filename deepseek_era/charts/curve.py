"""A specification curve: one result a choice of methods, sorted, above the choices that each was made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.colours import palette
from deepseek_era.charts.marks import X, Y, layered, text_mark
from deepseek_era.charts.scales import measure, need
from deepseek_era.drawing import fonts
from deepseek_era.errors import ModelInputError
from deepseek_era.words import capital

T = theme.TOKENS
_LINE, _GAP = 17.0, 26.0
_HEIGHT = (150, 130)  # of the results, wide and narrow


@dataclass(frozen=True)
class _Sheet:
    """What the author of a specification curve gave."""

    frame: pd.DataFrame
    value: str
    options: pd.DataFrame
    """Family, column and option of every line, in order."""
    by: str
    axis: str


def _upper(sheet: _Sheet, points: pd.DataFrame, plot: float, height: float, *, wide: bool) -> list[Any]:
    """Return the sorted results over their axis."""
    values = list(sheet.frame[sheet.value])
    up = measure(values, wide=wide, most=4, pad=0.06)
    colours = palette([(sheet.frame, sheet.by)])
    at = [height * (1 - up.share(tick)) for tick in up.ticks]
    lines = pd.DataFrame({"y": at, "zero": [tick == 0 for tick in up.ticks]})
    layers: list[Any] = []
    for zero, colour in ((False, "hair"), (True, "ink3")):
        rule = alt.Chart(lines[lines["zero"] == zero]).mark_rule(color=T[colour])
        layers.append(rule.encode(x=alt.value(0), x2=alt.value(plot), y=Y))
    ticks = pd.DataFrame({"x": -8.0, "y": at, "t": up.written()})
    layers.append(text_mark(ticks, "t", x=X, y=Y, align="right", colour=T["ink2"]))
    spots = points.assign(y=[height * (1 - up.share(v)) for v in values])
    dots = alt.Chart(spots).mark_point(filled=True, size=34, opacity=1)
    shape = {} if sheet.by in T else {"shape": colours.shape(sheet.by)}
    layers.append(dots.encode(x=X, y=Y, color=colours.colour(sheet.by), **shape))
    return layers


def _lower(
    sheet: _Sheet, points: pd.DataFrame, left: float, plot: float, upper: float, *, wide: bool
) -> list[Any]:
    """Return a line for every option, with a square under each result that was made with it."""
    colours = palette([(sheet.frame, sheet.by)])
    options = sheet.options.assign(y=[upper + _GAP + _LINE * (k + 0.5) for k in range(len(sheet.options))])
    chosen = [
        points[(sheet.frame[column] == option).to_numpy()].assign(y=float(y))
        for column, option, y in zip(options["column"], options["option"], options["y"], strict=True)
    ]
    squares = alt.Chart(pd.concat(chosen)).mark_point(
        filled=True, size=22 if wide else 12, shape="square", opacity=1
    )
    first = options[~options["family"].duplicated()]
    edges = alt.Chart(first.assign(y=first["y"] - _LINE / 2)).mark_rule(color=T["hair"])
    names = options.assign(x=-8.0)
    layers: list[Any] = [
        edges.encode(x=alt.value(-left), x2=alt.value(plot), y=Y),
        squares.encode(x=X, y=Y, color=colours.colour(sheet.by)),
        text_mark(names, "option", x=X, y=Y, align="right", colour=T["ink2"], size=12 if wide else 11.5),
    ]
    if wide:
        layers.append(text_mark(first.assign(x=-left), "family", x=X, y=Y, colour=T["ink3"]))
    return layers


def _draw(sheet: _Sheet, width: int) -> ChartLike:
    wide = width >= theme.WIDE
    upper = _HEIGHT[0 if wide else 1]
    names = max(fonts.width(o, 12) for o in sheet.options["option"])
    families = max(fonts.width(f, 12) for f in sheet.options["family"]) if wide else 0.0
    left, right = round(names + families + (24 if wide else 12)), 8
    plot = float(width - left - right)
    count = len(sheet.frame)
    keep = [] if sheet.by in T else [sheet.by]
    points = sheet.frame[keep].assign(x=[plot * (k + 1) / (count + 1) for k in range(count)])
    head = pd.DataFrame({"t": [sheet.axis], "x": [float(-left)], "y": [-12.0]})
    layers = [
        *_upper(sheet, points, plot, upper, wide=wide),
        *_lower(sheet, points, left, plot, upper, wide=wide),
        text_mark(head, "t", x=X, y=Y, colour=T["ink3"]),
    ]
    height = upper + _GAP + _LINE * len(sheet.options)
    return theme.frame(layered(*layers), width, round(height), left=left, right=right, top=24, bottom=8)


def curve(
    frame: pd.DataFrame,
    value: str,
    choices: Mapping[str, Sequence[str]],
    *,
    by: str = "ink",
    axis: str = "",
) -> Drawing:
    """Return the rows of a table as sorted results, and below them a line for every option of every choice.

    `choices` maps a column to its options in the order in which they stand; a row made with none of them has another word there.
    `by` colours results and choices, `axis` says what `value` is.

    Raises
    ------
    ModelInputError
        For an empty table, a missing column (with the nearest), no option, no known value.

    Examples
    --------
    >>> forms = pd.DataFrame({"effect": [2.0, -1.0], "gain": ["list", "measured"]})
    >>> curve(forms, "effect", {"gain": ["list", "measured"]}).draw(720).to_dict()["height"]
    210
    """
    need(frame, [value, *choices, *([] if by in T else [by])], "charts.curve")
    options = pd.DataFrame(
        [(capital(column), column, option) for column, names in choices.items() for option in names],
        columns=["family", "column", "option"],
    )
    if options.empty:
        raise ModelInputError("charts.curve: no option to show, at least one is needed")
    sheet = _Sheet(frame.sort_values(value, kind="stable", ignore_index=True), value, options, by, axis)
    sides = palette([(frame, by)]).sides
    return Drawing(lambda width: _draw(sheet, width), frame, sides=sides)
