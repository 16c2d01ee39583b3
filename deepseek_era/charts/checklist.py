"""A checklist: a line of words for every row, and a square in every column to which the row belongs.

The wide drawing has the columns at the right; on a phone a line below the words says which they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.canvas import lines_of
from deepseek_era.charts.marks import X, Y, hairs, layered, text_mark
from deepseek_era.charts.scales import need
from deepseek_era.drawing import fonts

T = theme.TOKENS
_LINE, _GAP = 17, 9
_Text = tuple[float, float, str]
"""A text at a place in pixels."""


def _texts(rows: Sequence[_Text], **style: Any) -> list[alt.Chart]:
    kept = pd.DataFrame([row for row in rows if row[2]], columns=["x", "y", "text"])
    return [text_mark(kept, "text", x=X, y=Y, **style)] if len(kept) else []


def _squares(rows: Sequence[tuple[float, float]], size: float, colour: str) -> list[alt.Chart]:
    mark = alt.Chart(pd.DataFrame(rows, columns=["x", "y"])).mark_square(
        size=size, color=T[colour], opacity=1
    )
    return [mark.encode(x=X, y=Y)] if rows else []


def checklist(
    frame: pd.DataFrame,
    label: str,
    columns: Mapping[str, str],
    *,
    lead: Sequence[str] = (),
    said: tuple[str, str] = ("in", "in none"),
) -> Drawing:
    """Return a list of the words of `label`, with a square in each of `columns` (truth values, by header) where a row belongs.

    `lead` are columns of short texts that stand before the words, the first of them bold. `said` are the words before the
    names of a row's columns on a phone, and those for a row that belongs to none.

    Raises
    ------
    ModelInputError
        For an empty table and a missing column, with the nearest.

    Examples
    --------
    >>> news = pd.DataFrame({"what": ["Tariffs announced"], "day": ["27 Jan"], "first": [False], "week": [True]})
    >>> checklist(news, "what", {"first": "Day 0", "week": "Week"}, lead=["day"]).draw(340).to_dict()["width"]
    332
    """
    need(frame, [label, *columns, *lead], "charts.checklist")
    every = list(frame.to_dict("records"))

    def draw(width: int) -> ChartLike:
        wide = width >= theme.WIDE
        plot = width - 8.0
        steps = [max(fonts.width(head, 12) + 14, 30.0) for head in columns.values()]
        middles = [plot - sum(steps[k:]) + step / 2 for k, step in enumerate(steps)]
        before = [max(fonts.width(str(row[c]), 12, bold=True) for row in every) + 12 for c in lead]
        start = sum(before) if wide else 0.0
        room = (plot - sum(steps) - 16 if wide else plot) - start
        first: list[_Text] = []
        quiet: list[_Text] = []
        words: list[_Text] = []
        filled: list[tuple[float, float]] = []
        open_: list[tuple[float, float]] = []
        rules: list[float] = []
        y = 14.0
        for row in every:
            rules.append(y - 13)
            x = 0.0
            for k, (column, step) in enumerate(zip(lead, before, strict=True)):
                (first if k == 0 else quiet).append((x, y, str(row[column])))
                x += step
            top = y if wide or not lead else y + _LINE
            lines = lines_of(str(row[label]), room)
            words += [(start, top + _LINE * k, line) for k, line in enumerate(lines)]
            end = top + _LINE * len(lines)
            if wide:
                for column, middle in zip(columns, middles, strict=True):
                    (filled if row[column] else open_).append((middle, y))
            else:
                names = [head for column, head in columns.items() if row[column]]
                quiet.append((0.0, end, f"{said[0]} {', '.join(names)}" if names else said[1]))
                end += _LINE
            y = end + _GAP
        layers: list[Any] = [
            hairs(rules, plot),
            *_texts(first, bold=True),
            *_texts(words, size=13, colour=T["ink"]),
            *_texts(quiet, colour=T["ink3"]),
            *_squares(filled, 110, "ink2"),
            *_squares(open_, 16, "rule"),
        ]
        if wide:
            heads = [(m, -14.0, head) for m, head in zip(middles, columns.values(), strict=True)]
            layers += _texts(heads, align="center", colour=T["ink3"])
        top_room = 30 if wide else 8
        return theme.frame(layered(*layers), width, round(y - 8), left=4, right=4, top=top_room, bottom=6)

    return Drawing(draw, frame)
