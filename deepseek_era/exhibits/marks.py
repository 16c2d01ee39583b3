"""What exhibits of every part share: layers, texts at places of a plot, rows, lists in a sentence."""

from __future__ import annotations

from typing import Any, Literal, cast

import altair as alt
import pandas as pd

from deepseek_era.exhibits import theme
from deepseek_era.model import Model

T = theme.TOKENS
DASH = [5, 3]
"""Dashes of a line that is computed; published and measured ones are solid."""


def is_wide(width: int) -> bool:
    """Return whether the drawing is the wide one."""
    return width >= theme.WIDE


def layered(*charts: Any) -> alt.LayerChart:
    """Return the charts on top of each other; altair's own signature widens to facets, which a frame cannot hold."""
    return cast(alt.LayerChart, alt.layer(*charts))


def source_line(model: Model, extra: str = "", *, by: str = "Our model,") -> str:
    """Return the source line of a modelled exhibit: draws, date of facts, and what else there is to say."""
    seen = model.parameters.vintage.isoformat()
    return f"{by} {model.draws.n:,} joint draws, facts to {seen}. {extra}".strip()


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


def label_at(words: str, x: float, y: float, **style: Any) -> alt.Chart:
    """Return a text at pixel coordinates of the plot."""
    return text_mark(pd.DataFrame({"t": [words]}), "t", x=alt.value(x), y=alt.value(y), **style)


def row_scale(count: float, top: float = 0.6) -> alt.Scale:
    """Return a scale that sets rows 0 to `count` - 1 from the top down, with room for a head."""
    return alt.Scale(domain=[count - 0.4, -top], nice=False, zero=False)
