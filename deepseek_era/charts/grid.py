"""A grid of numbers: a row a name, a column a measure, and a tint behind the numbers that stand out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.marks import X, Y, hairs, layered, quiet_text
from deepseek_era.charts.scales import need
from deepseek_era.drawing import fonts

T = theme.TOKENS


def _at(rows: list[tuple[Any, ...]], **mark: Any) -> alt.Chart:
    """Return texts at places in pixels: x, y, text."""
    frame = pd.DataFrame([row[:3] for row in rows], columns=["x", "y", "text"])
    return quiet_text(frame, **{"align": "right", **mark}).encode(x=X, y=Y, text="text:N")


def grid(
    frame: pd.DataFrame,
    label: str,
    columns: Mapping[str, str | tuple[str, str]],
    *,
    second: Mapping[str, str] | None = None,
    tinted: Callable[[pd.Series, str], bool] | None = None,
    aside: Mapping[str, str] | None = None,
) -> Drawing:
    """Return a grid with a row for every row of `frame` and a column for every one of `columns`.

    `columns` names columns of texts and their headers, wide and narrow where they differ; `second` gives some a second,
    smaller line; `tinted` says of a row and a column whether its number stands out; `aside` are plain columns between the
    names and the grid, which a phone leaves out.

    Raises
    ------
    ModelInputError
        For an empty table and a missing column, with the nearest.
    """
    second, aside = dict(second or {}), dict(aside or {})
    need(frame, [label, *columns, *second.values(), *aside], "charts.grid")
    heads = {c: (h, h) if isinstance(h, str) else h for c, h in columns.items()}
    every = list(frame.to_dict("records"))
    out = [[bool(tinted and tinted(row, c)) for c in columns] for _, row in frame.iterrows()]

    def draw(width: int) -> ChartLike:
        wide = width >= theme.WIDE
        names = max(fonts.width(str(row[label]), 13) for row in every) + 16 if wide else 0.0
        room = [
            max(fonts.width(t, 12) for t in (h, *(str(row[c]) for row in every))) + 14
            for c, h in aside.items()
        ]
        room = room if wide else []
        step = (width - 8 - names - sum(room)) / len(columns)
        tall = (40 if second else 28) if wide else (70 if second else 50)
        label_rows, first, below, small, tints = [], [], [], [], []
        for k, row in enumerate(every):
            top = k * tall
            middle = top + tall / 2 if wide else top + (46 if second else 34)
            y = middle - 8 if second else middle
            label_rows.append((0.0, top + tall / 2 if wide else top + 12, str(row[label])))
            for j, c in enumerate(aside if wide else ()):
                small.append((names + sum(room[: j + 1]) - 6, y, str(row[c])))
            for j, c in enumerate(columns):
                x = names + sum(room) + step * (j + 1) - 8
                first.append((x, y, str(row[c]), out[k][j]))
                if c in second and str(row[second[c]]):
                    below.append((x, y + 16, str(row[second[c]])))
                if out[k][j]:
                    tints.append((x - step + 14, x + 6, y - 10, y + (24 if second else 10)))
        top_row = [
            (names + sum(room) + step * (j + 1) - 8, -12.0, heads[c][0 if wide else 1])
            for j, c in enumerate(columns)
        ]
        if wide:
            top_row += [(names + sum(room[: j + 1]) - 6, -12.0, h) for j, h in enumerate(aside.values())]
        boxes = pd.DataFrame(tints, columns=["x", "x2", "y", "y2"])
        tint = alt.Chart(boxes).mark_rect(color=T["neuttint"])
        layers: list[Any] = [
            hairs([k * float(tall) for k in range(len(every) + 1)], width - 8),
            tint.encode(x=X, x2="x2:Q", y=Y, y2="y2:Q"),
            _at(label_rows, align="left", fontSize=13, color=T["ink"]),
            _at([t for t in first if t[3]], fontWeight=600, color=T["ink"]),
            _at([t for t in first if not t[3]]),
            _at(below, fontSize=11, color=T["ink3"]),
            _at(small),
            _at(top_row, fontSize=12 if wide else 11, color=T["ink3"]),
        ]
        return theme.frame(layered(*layers), width, len(every) * tall, left=4, right=4, top=28, bottom=6)

    return Drawing(draw, frame)
