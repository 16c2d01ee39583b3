"""What the market exhibits share: numbers and dates in words, axes, rows with names left and numbers right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import Exhibit
from deepseek_era.figure import Figure, format_figure
from deepseek_era.market import report
from deepseek_era.model import Model
from deepseek_era.words import p_words, signed, span_words

__all__ = ["p_words", "signed", "span_words"]
T = theme.TOKENS
RETURNS_LINE = "Daily total returns compiled over several public copies"
SOURCES = ("OWN_RETURNS", "px_factorattr", "px_corrcheck", "px_zoomies")


def modelled(value: float, unit: str, low: float, high: float) -> str:
    """Return a modelled number with its range as prose prints the figure of the same name."""
    return format_figure(Figure("exhibit", value, unit, "modelled", "", low, high))


def broad_words(model: Model) -> str:
    """Return the benchmarks whose intervals the printed range of an abnormal return spans, by ticker."""
    own = report.study(model).settings.benchmark
    return ", ".join(dict.fromkeys([own, *report.BROAD]))


def number_word(number: int) -> str:
    """Return a small number as a word that can begin a sentence."""
    words = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
    return words[number] if number < len(words) else str(number)


def not_public(name: str, what: str, model: Model) -> Exhibit:
    """Return a stand-in for an exhibit whose facts were not public at the vintage, or are not in a user's file."""
    file = str(model.parameters.setting("returns_file"))
    why = "not in the returns file" if file else "not public yet"
    note = f"Not in {file.split('/')[-1]}" if file else f"Not public by {model.parameters.vintage}"
    data = pd.DataFrame({"note": [note]})

    def chart(width: int) -> alt.TopLevelMixin:
        text = (
            alt.Chart(data)
            .mark_text(align="left", fontSize=13, color=T["ink3"])
            .encode(x=alt.value(0), y=alt.value(14), text="note:N")
        )
        return theme.frame(text, width, 28, left=4, right=4, top=2, bottom=6)

    return Exhibit(
        name,
        f"{what}: {why}",
        f"{note}: nothing can be shown",
        "No facts for this run.",
        f"Empty: {what}, {why}.",
        data,
        chart=chart,
    )


def value_axis(values: Sequence[float], title: str | None, wide: bool) -> alt.Axis:
    """Return an axis with these values, whole numbers without a point."""
    whole = all(float(v).is_integer() for v in values)
    return alt.Axis(values=list(values), title=title, format=",.0f" if whole else ",.1f", grid=True)


def round_ticks(low: float, high: float, wide: bool) -> list[float]:
    """Return round tick values that cover the range, few on narrow charts."""
    span = high - low
    for step in (0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000):
        if span / step <= (9 if wide else 5):
            break
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [k * step for k in range(first, last + 1)]


def padded(values: Sequence[float], share: float = 0.04) -> tuple[float, float]:
    """Return a domain that holds the values and zero, with some room."""
    known = [v for v in values if np.isfinite(v)]
    low, high = min(*known, 0.0), max(*known, 0.0)
    pad = max(high - low, 1.0) * share
    return low - pad, high + pad


def row_axis(count: int) -> alt.Y:
    """Return the vertical place of rows 0 to `count` - 1 from the top down, without an axis."""
    return alt.Y("row:Q", scale=alt.Scale(domain=[count - 0.5, -0.5], nice=False, zero=False), axis=None)


def side_scales() -> tuple[alt.Color, alt.Shape]:
    """Return colour and glyph of the sides: loser, neutral, winner."""
    sides = ["loser", "neutral", "winner"]
    colour = alt.Color(
        "side:N", scale=alt.Scale(domain=sides, range=[theme.SIDE_COLOUR[s] for s in sides]), legend=None
    )
    shape = alt.Shape(
        "side:N", scale=alt.Scale(domain=sides, range=[theme.GLYPHS[s] for s in sides]), legend=None
    )
    return colour, shape


def text_columns(
    frame: pd.DataFrame, count: int, columns: Sequence[tuple[str, str, float, bool]], y_shift: float = 0.0
) -> list[Any]:
    """Return text columns: field, header, x of its right edge in pixels, bold. Headers stand above the plot."""
    layers = []
    for name, header, x, bold in columns:
        base = alt.Chart(frame).encode(x=alt.value(x), y=row_axis(count), text=f"{name}:N")
        layers.append(
            base.mark_text(
                align="right",
                fontSize=12,
                fontWeight=600 if bold else 400,
                color=T["ink"] if bold else T["ink2"],
                dy=y_shift,
            )
        )
        if header:
            top = alt.Chart(pd.DataFrame({"text": [header]})).mark_text(
                align="right", fontSize=12, color=T["ink3"]
            )
            layers.append(top.encode(x=alt.value(x), y=alt.value(-10), text="text:N"))
    return layers


def row_names(
    frame: pd.DataFrame, count: int, wide: bool, field: str = "label", dy: float = -16
) -> alt.Chart:
    """Return the names of rows: left of the plot, or above each row on the narrow drawing."""
    mark = {"align": "right"} if wide else {"align": "left", "dy": dy}
    return (
        alt.Chart(frame)
        .mark_text(fontSize=13, color=T["ink"], **mark)
        .encode(x=alt.value(-12 if wide else 0), y=row_axis(count), text=f"{field}:N")
    )


def separators(count: int, wide: bool, plot: float, left: float, right: float) -> alt.Chart:
    """Return hairlines between rows: over the margins too on the wide drawing, over the plot on the narrow one."""
    rows = pd.DataFrame({"row": [k - 0.5 for k in range(count + 1)]})
    start, end = (-left, plot + right) if wide else (0, plot)
    return (
        alt.Chart(rows)
        .mark_rule(color=T["hair"])
        .encode(y=row_axis(count), x=alt.value(start), x2=alt.value(end))
    )


def zero_rule(field: str, **place: Any) -> alt.Chart:
    """Return the rule where `field` is zero, on the axis that `place` gives as x or y."""
    return alt.Chart(pd.DataFrame({field: [0.0]})).mark_rule(color=T["ink3"]).encode(**place)


def at_x(field: str) -> alt.X:
    """Return a horizontal place in pixels."""
    return alt.X(f"{field}:Q", scale=None, axis=None)


def at_y(field: str) -> alt.Y:
    """Return a vertical place in pixels."""
    return alt.Y(f"{field}:Q", scale=None, axis=None)


def text_at(rows: Sequence[tuple[float, float, str]], **mark: Any) -> alt.Chart:
    """Return text marks at pixel positions."""
    data = pd.DataFrame(rows, columns=["px", "py", "text"])
    style: dict[str, Any] = {
        "align": "left",
        "baseline": "middle",
        "fontSize": 13,
        "color": T["ink"],
        **mark,
    }
    return alt.Chart(data).mark_text(**style).encode(x=at_x("px"), y=at_y("py"), text="text:N")


def short_date(iso: str, *, year: bool = False) -> str:
    """Return an ISO date as ``27 Jan``, or with its year."""
    date = pd.Timestamp(iso)
    return f"{date.day} {date:%b %Y}" if year else f"{date.day} {date:%b}"


def event_day(model: Model) -> str:
    """Return the day of the event as ``27 January 2025``."""
    date = report.study(model).event.date
    return f"{date.day} {date:%B %Y}"


def event_day_short(model: Model) -> str:
    """Return the day of the event without its year."""
    date = report.study(model).event.date
    return f"{date.day} {date:%B}"


def benchmark_words(model: Model) -> str:
    """Return the benchmark by its ticker and its name."""
    name = report.study(model).settings.benchmark
    return f"{name} ({report.BENCHMARK_NAMES.get(name, name)})"


def method_line(model: Model) -> str:
    """Return in one line how abnormal returns were computed."""
    current = report.study(model)
    settings = current.settings
    normal = {
        "market": "market model",
        "market_adjusted": "market-adjusted",
        "constant_mean": "constant mean",
    }
    moved = f" {current.event.words}" if current.event.moved else ""
    return (
        f"{normal[settings.normal_model]}, {settings.return_kind} returns, {len(current.rows)} estimation days ending "
        f"{settings.estimation_gap + 1} before day 0, benchmark {benchmark_words(model)}.{moved}"
    )
