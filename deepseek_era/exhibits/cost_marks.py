"""What the cost exhibits share: words for figures, axes, labels, and rows with names left and numbers right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.cost import report
from deepseek_era.figure import Figure, format_figure
from deepseek_era.model import Model

T = theme.TOKENS
NOTEBOOK = "Notebook 02-cost."


def article_point() -> dict[str, Any]:
    """Return how a mark for the article's own number looks: an open diamond."""
    return {
        "shape": "diamond",
        "filled": True,
        "fill": T["paper"],
        "stroke": T["ink"],
        "strokeWidth": 1.5,
        "size": 80,
    }


def figure_of(model: Model, id: str) -> Figure:
    """Return a figure of the cost part by id."""
    return report.figures(model)[id]


def say(model: Model, id: str, part: str = "full") -> str:
    """Return a figure of the cost part in words: full, value or interval."""
    return format_figure(figure_of(model, id), part)


def value_of(model: Model, id: str) -> float | None:
    """Return the number of a figure of the cost part, None if it was not public."""
    return figure_of(model, id).value


def date_words(text: str) -> str:
    """Return an ISO date as ``20 January 2025``."""
    day = dt.date.fromisoformat(str(text)[:10])
    return f"{day.day} {day.strftime('%B %Y')}"


def month_words(text: str) -> str:
    """Return an ISO date as ``Jan 2025``."""
    return dt.date.fromisoformat(str(text)[:10]).strftime("%b %Y")


def until(model: Model) -> str:
    """Return the sentence that says to which date facts were used."""
    return f"Facts to {date_words(model.parameters.vintage.isoformat())}."


def layered(marks: Sequence[alt.Chart], width: int, height: int, **padding: int) -> alt.LayerChart:
    """Return marks as layers in a frame of exact size."""
    stacked: Any = alt.layer(*marks)
    framed: Any = theme.frame(stacked, width, height, **padding)
    return framed


def x_axis(
    field: str,
    domain: Sequence[float],
    ticks: Sequence[float] | None = None,
    *,
    title: str = "",
    log: bool = False,
    labels: str | None = None,
    grid: bool = True,
) -> alt.X:
    """Return a horizontal axis over a fixed domain with its own ticks."""
    scale = alt.Scale(type="log" if log else "linear", domain=list(domain), nice=False)
    axis = alt.Axis(
        title=title or None,
        values=list(ticks) if ticks is not None else alt.Undefined,
        grid=grid,
        labelExpr=labels or alt.Undefined,
    )
    return alt.X(f"{field}:Q", scale=scale, axis=axis)


def y_axis(
    field: str,
    domain: Sequence[float],
    ticks: Sequence[float] | None = None,
    *,
    title: str = "",
    log: bool = False,
    labels: str | None = None,
) -> alt.Y:
    """Return a vertical axis over a fixed domain with its own ticks."""
    scale = alt.Scale(type="log" if log else "linear", domain=list(domain), nice=False)
    axis = alt.Axis(
        title=title or None,
        values=list(ticks) if ticks is not None else alt.Undefined,
        labelExpr=labels or alt.Undefined,
    )
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def text_marks(
    frame: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    field: str = "text",
    *,
    align: Any = "left",
    dx: float = 6,
    dy: float = 0,
    colour: str = T["ink2"],
    weight: Any = 400,
    size: int = 12,
) -> alt.Chart:
    """Return a label at every row of `frame`."""
    return (
        alt.Chart(frame)
        .mark_text(
            align=align, dx=dx, dy=dy, color=colour, fontWeight=weight, fontSize=size, baseline="middle"
        )
        .encode(x=x, y=y, text=f"{field}:N")
    )


def pixel_text(
    text: str,
    x: float,
    y: float,
    *,
    align: Any = "left",
    colour: str = T["ink2"],
    weight: Any = 400,
    size: int = 12,
) -> alt.Chart:
    """Return one label at a place in pixels from the plot's top left."""
    return (
        alt.Chart(pd.DataFrame({"t": [text]}))
        .mark_text(align=align, baseline="middle", color=colour, fontWeight=weight, fontSize=size)
        .encode(x=alt.value(x), y=alt.value(y), text="t:N")
    )


def swatch(colour: str, x: float, y: float) -> alt.Chart:
    """Return a square of a legend at a place in pixels."""
    return (
        alt.Chart(pd.DataFrame({"t": [0]}))
        .mark_square(size=130, opacity=1, color=colour)
        .encode(x=alt.value(x), y=alt.value(y))
    )


def vega_date(day: pd.Timestamp) -> alt.DateTime:
    """Return a day as Vega-Lite writes it in a domain."""
    return alt.DateTime(year=day.year, month=day.month, date=day.day)


def time_axis(field: str, start: pd.Timestamp, stop: pd.Timestamp, *, ticks: int) -> alt.X:
    """Return a time axis between two days with at most `ticks` labels, on first days of a month."""
    scale = alt.Scale(domain=[vega_date(start), vega_date(stop)])
    firsts = list(pd.date_range(start, stop, freq="MS"))
    step = next((n for n in (1, 2, 3, 6, 12) if len(firsts) / n <= ticks), 24)
    kept = [day for day in firsts if (day.month - 1 + 12 * day.year) % step == 0] or firsts[:1]
    axis = alt.Axis(title=None, format="%b %Y", values=[vega_date(day) for day in kept], grid=False)
    return alt.X(f"{field}:T", scale=scale, axis=axis)


LOG_PLAIN = "format(datum.value, ',~r')"


class Rows:
    """Rows of a dot or bar chart: names left and numbers right on the wide drawing, both above the row on phones."""

    def __init__(
        self,
        frame: pd.DataFrame,
        width: int,
        *,
        left: int,
        right: int,
        step: tuple[int, int] = (27, 40),
        stacked: bool = False,
    ) -> None:
        # a live drawing is stacked at every width: the page narrows its plot and cannot move labels
        self.wide = width > theme.NARROW and not stacked
        self.width = width
        self.left = left if self.wide else 4
        self.right = right if self.wide else 8
        self.step = step[0] if self.wide else step[1]
        self.frame = frame.reset_index(drop=True).copy()
        self.frame["row"] = (np.arange(len(frame)) + (0.5 if self.wide else 0.68)) * self.step
        self.height = int(self.step * len(frame))
        self.plot = width - self.left - self.right

    def y(self) -> alt.Y:
        """Return the vertical position, pixels from the top."""
        return alt.Y(
            "row:Q", scale=alt.Scale(domain=[0, self.height], range=[0, self.height], nice=False), axis=None
        )

    def lifted(self) -> pd.DataFrame:
        """Return the rows with the place of their labels: beside the mark, or above it on phones."""
        return self.frame.assign(_up=self.frame["row"] - (0 if self.wide else 0.42 * self.step))

    def upper(self) -> alt.Y:
        """Return the vertical position of the labels."""
        return alt.Y(
            "_up:Q", scale=alt.Scale(domain=[0, self.height], range=[0, self.height], nice=False), axis=None
        )

    def names(self, field: str = "label", weight: str | None = None) -> list[alt.Chart]:
        """Return the names of the rows."""
        frame, y = self.lifted(), self.upper()
        kind: dict[str, Any] = {"align": "right", "x": -10} if self.wide else {"align": "left", "x": 0}
        base = alt.Chart(frame).mark_text(
            align=kind["align"],
            baseline="middle",
            color=T["ink"],
            fontSize=13 if self.wide else 12,
        )
        return [base.encode(x=alt.value(kind["x"]), y=y, text=f"{field}:N")]

    def numbers(self, field: str = "number", head: str = "", inset: int = 0) -> list[alt.Chart]:
        """Return a column of numbers at the right edge (beside the name on phones)."""
        frame, y = self.lifted(), self.upper()
        x: Any = self.width - self.left - 2 - inset if self.wide else "width"
        marks = [
            alt.Chart(frame)
            .mark_text(align="right", baseline="middle", color=T["ink"], fontWeight=600)
            .encode(x=alt.value(x), y=y, text=f"{field}:N")
        ]
        if head and self.wide:
            marks.append(
                alt.Chart(pd.DataFrame({"t": [head]}))
                .mark_text(align="right", color=T["ink3"], baseline="middle")
                .encode(x=alt.value(x), y=alt.value(-12), text="t:N")
            )
        return marks

    def rules(self) -> alt.Chart:
        """Return a hairline under every row."""
        frame = pd.DataFrame({"row": [self.step * (i + 1) for i in range(len(self.frame))]})
        left = -self.left + 4 if self.wide else 0
        right: Any = self.width - self.left - 2 if self.wide else "width"
        return (
            alt.Chart(frame)
            .mark_rule(color=T["hair"])
            .encode(x=alt.value(left), x2=alt.value(right), y=self.y())
        )

    def finish(self, marks: Sequence[alt.Chart], *, bottom: int = 44, top: int = 24) -> alt.LayerChart:
        """Return the chart in its frame."""
        return layered(
            marks, self.width, self.height, left=self.left, right=self.right, top=top, bottom=bottom
        )


def not_public(name: str, what: str, model: Model) -> Exhibit:
    """Return a table of one line in place of an exhibit whose facts were not public yet."""
    date = date_words(model.parameters.vintage.isoformat())
    return Exhibit(
        name=name,
        title=f"Not yet public: {what}",
        subtitle=f"Facts known on {date}",
        source="No source public at this date.",
        alt=f"No data: {what} was not public on {date}.",
        data=pd.DataFrame({"fact": [what], "status": ["not yet public"]}),
        columns=(Column("fact", "Fact"), Column("status", "Status")),
    )
