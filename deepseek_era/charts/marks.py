"""What exhibits of every part share: layers, texts at places of a plot, rows, lists in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, cast

import altair as alt
import numpy as np
import pandas as pd
from scipy import optimize

from deepseek_era.charts import theme
from deepseek_era.drawing import fonts

T = theme.TOKENS
ON_FILL: dict[str, Any] = {"strokeOpacity": 0.0}
"""Of a text set on a filled mark: no halo, with which the page parts text from the lines it crosses on a phone."""
DASH = [5, 3]
"""Dashes of a line that is computed; published and measured ones are solid."""
DOTS = [1, 3]
"""Dots of a line that another run computed."""
X, Y = alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None)
"""Columns ``x`` and ``y`` as places in pixels from the top left of a plot."""
_GAP = 8.0
"""Pixels between a mark and its label."""


def layered(*charts: Any) -> alt.LayerChart:
    """Return the charts on top of each other; altair's own signature widens to facets, which a frame cannot hold."""
    return cast(alt.LayerChart, alt.layer(*charts))


def quiet_text(frame: pd.DataFrame, **mark: Any) -> alt.Chart:
    """Return a text for every row of `frame`, set left in quiet ink unless `mark` says otherwise."""
    options = {"align": "left", "baseline": "middle", "fontSize": 12, "color": T["ink2"], **mark}
    return alt.Chart(frame).mark_text(**options)


def text_mark(
    frame: pd.DataFrame,
    field: str,
    *,
    x: Any,
    y: Any,
    align: Literal["left", "center", "right"] = "left",
    colour: str | alt.ExprRef = T["ink2"],
    bold: bool = False,
    size: float = 12,
    **mark: Any,
) -> alt.Chart:
    """Return the texts of a field of `frame` at `x` and `y`, in a token colour."""
    weight = 600 if bold else 400
    chart = quiet_text(frame, align=align, color=colour, fontSize=size, fontWeight=weight, **mark)
    return chart.encode(x=x, y=y, text=alt.Text(field, type="nominal"))


def hairs(places: Sequence[float], end: float) -> alt.Chart:
    """Return level hairlines from the left edge to `end`, at places in pixels."""
    rules = alt.Chart(pd.DataFrame({"y": places})).mark_rule(color=T["hair"])
    return rules.encode(x=alt.value(0), x2=alt.value(end), y=Y)


def label_at(words: str, x: float, y: float, **style: Any) -> alt.Chart:
    """Return a text at pixel coordinates of the plot."""
    return text_mark(pd.DataFrame({"t": [words]}), "t", x=alt.value(x), y=alt.value(y), **style)


class Box(NamedTuple):
    """A rectangle in pixels from the top left of a plot."""

    left: float
    top: float
    right: float
    bottom: float


class Placed(NamedTuple):
    """A label set left from `x` at the height `y`, and the mark that it names; `far` where a line has to join them."""

    x: float
    y: float
    text: str
    mark_x: float
    mark_y: float
    far: bool


def around(x: float, y: float, reach: float) -> Box:
    """Return the box around a mark."""
    return Box(x - reach, y - reach, x + reach, y + reach)


def along(xs: Sequence[float], tops: Sequence[float], bottoms: Sequence[float]) -> list[Box]:
    """Return the boxes that an area covers, a few pixels wide each; a line is an area whose edges are the same."""
    steps = np.arange(min(xs), max(xs), 4.0)
    upper, lower = np.interp(steps, xs, tops) - 2.0, np.interp(steps, xs, bottoms) + 2.0
    return [Box(x, t, x + 4.0, b) for x, t, b in zip(steps, upper, lower, strict=True)]


def place(
    labels: Sequence[tuple[float, float, str]],
    within: Box,
    taken: Sequence[Box] = (),
    *,
    filled: Sequence[Box] = (),
    reach: float = 0.0,
) -> list[Placed]:
    """Return the labels (x and y of the mark, words) that find room, the first ones first.

    A label stands right of its mark, left, above or below it, or up to `reach` pixels further up or down and joined to it
    by a line, where its letters touch neither another label nor a box of `taken` or `filled`. The line keeps off other labels
    and the boxes of `taken` too: where it can, and always if there are areas that are `filled`. A label without such a place
    is left out.
    """
    found: list[Placed] = []
    boxes = list(taken)
    for x, y, text in labels:
        wide, half = fonts.width(text, 12.0), 7.2
        best: tuple[Placed, list[Box]] | None = None
        for left, middle in _spots(x, y, wide, half, reach):
            box = Box(left - 2.0, middle - half, left + wide + 2.0, middle + half)
            if not _holds(within, box) or _touches(box, boxes) or _touches(box, filled):
                continue
            far = abs(middle - y) > _GAP + half + 4.0
            line = [Box(x - 1.0, min(y + 6.0, middle), x + 1.0, max(y - 6.0, middle))] if far else []
            clear = not any(_touches(part, boxes) for part in line)
            if clear or (best is None and not filled):
                best = Placed(left, middle, text, x, y, far), [box, *line]
            if clear:
                break
        if best is not None:
            found.append(best[0])
            boxes += best[1]
    return found


def _spots(x: float, y: float, wide: float, half: float, reach: float) -> list[tuple[float, float]]:
    """Return where a label of a mark may stand, left end and middle, the best first."""
    beside = [(x + _GAP, y), (x - _GAP - wide, y)]
    shifts = (-wide / 2, -_GAP, _GAP - wide, 4.0, -wide - 4.0)
    away = np.arange(_GAP + half, _GAP + half + reach + 1.0, 4.0)
    return [*beside, *((x + dx, y + up * d) for d in away for up in (-1.0, 1.0) for dx in shifts)]


def _holds(within: Box, box: Box) -> bool:
    """Return whether a box lies inside another."""
    across = box.left >= within.left and box.right <= within.right
    return across and box.top >= within.top and box.bottom <= within.bottom


def _touches(box: Box, others: Sequence[Box]) -> bool:
    """Return whether a box touches any of the others."""
    blocked = np.array(others, dtype=float).reshape(-1, 4)
    across = (blocked[:, 0] < box.right) & (blocked[:, 2] > box.left)
    return bool(np.any(across & (blocked[:, 1] < box.bottom) & (blocked[:, 3] > box.top)))


def name_marks(
    labels: Sequence[Placed], *, moves_in: float = 0.0, filled: Sequence[Box] | None = None, **style: Any
) -> list[alt.Chart]:
    """Return placed labels as texts, with a thin line to a mark that is far; what lies behind one stops about it, but in `filled` areas.

    In a drawing that a page may narrow, `moves_in` is the width in which they were placed: they stay beside their marks.
    """

    def across(x: float, mark_x: float) -> Any:
        share = f"width*{mark_x / moves_in:.4f}{x - mark_x:+.1f}" if moves_in else ""
        return alt.value(alt.ExprRef(expr=share) if moves_in else x)

    layers = []
    for label in labels:
        if label.far:
            above = label.y < label.mark_y
            ends = pd.DataFrame({"x": [0.0]})
            layers.append(
                alt.Chart(ends)
                .mark_rule(color=T["ink3"], strokeWidth=0.8)
                .encode(
                    x=across(label.mark_x, label.mark_x),
                    y=alt.value(label.y + (8 if above else -8)),
                    y2=alt.value(label.mark_y + (-6 if above else 6)),
                )
            )
        words = pd.DataFrame({"t": [label.text]})
        wide = fonts.width(label.text, 12)
        if filled is not None and not _touches(
            Box(label.x, label.y - 7.0, label.x + wide, label.y + 7.0), filled
        ):
            behind = {**style, "colour": T["paper"], "stroke": T["paper"], "strokeWidth": 3}
            layers.append(
                text_mark(words, "t", x=across(label.x, label.mark_x), y=alt.value(label.y), **behind)
            )
        layers.append(text_mark(words, "t", x=across(label.x, label.mark_x), y=alt.value(label.y), **style))
    return layers


def apart(places: Sequence[float], height: float, gap: float = 15.0) -> list[float]:
    """Return heights at least `gap` apart, in the order of `places`, as near to their own as may be (least squares)."""
    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(len(order))
    nearest = (
        optimize.isotonic_regression(np.asarray(places, dtype=float)[order] - steps).x
        if len(order)
        else steps
    )
    low, high = 6.0, max(6.0, height - 6.0 - gap * (len(order) - 1))
    heights = np.empty(len(order))
    heights[order] = np.clip(nearest, low, high) + steps
    return [float(y) for y in heights]


def stacked_heads(
    heads: Sequence[tuple[float, str]], plot: float
) -> tuple[list[tuple[float, float, str]], float]:
    """Return where words above the plot stand, left end and height, each over its place across and clear of the others.

    Words that are empty are left out; with them the height that all need.
    """
    found: list[tuple[float, float, str]] = []
    deep, placed = 0.0, list[Box]()
    for x, text in heads:
        if not text:
            continue
        wide = fonts.width(text, 12)
        start = min(max(x - wide / 2, 0.0), max(plot - wide, 0.0))
        y = -10.0
        while any(b.left < start + wide + 6 and b.right > start - 6 and b.top == y for b in placed):
            y -= 16.0
        placed.append(Box(start, y, start + wide, y))
        deep = max(deep, 8 - y)
        found.append((start, y, text))
    return found, deep


def head_words(heads: Sequence[tuple[float, str]], plot: float) -> tuple[list[alt.Chart], float]:
    """Return words above the plot, each over its place across and clear of the others, and the height that they need."""
    found, deep = stacked_heads(heads, plot)
    return [label_at(text, start, y) for start, y, text in found], deep
