"""Marks that capacity exhibits share: text at pixels, rows of intervals, fans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.capacity.path import PLAN_YEAR
from deepseek_era.charts import theme
from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.charts.marks import DASH, is_wide, label_at, layered, text_mark
from deepseek_era.model import Model

T = theme.TOKENS
WIDE = theme.WIDE
LAST_YEAR = PLAN_YEAR


def interval_rows(
    frame: pd.DataFrame,
    width: int,
    *,
    domain: tuple[float, float],
    ticks: Sequence[float],
    title: str,
    columns: Sequence[tuple[str, str, int]] = (),
    words: tuple[str, str, int] | None = None,
    log: bool = False,
    reference: float | None = None,
    shade: tuple[float, float] | None = None,
    shade_label: str = "",
    left: int = 200,
    tick_format: str = "",
    step: int = 30,
) -> alt.Chart | alt.LayerChart:
    """Return rows of intervals: thin bar 5–95, thick bar 25–75, dot at the median, observed as a solid diamond.

    `frame` has label, low, q25, median, q75, high (NaN where a row has only an observation) and observed (NaN
    where it has none), obs_low and obs_high (its published range, a solid bar), plus the fields of `columns` (field,
    header, pixels; numbers, set right) and of `words` (the same, a remark, set left after them).
    """
    wide = is_wide(width)
    rows = frame.reset_index(drop=True).copy()
    for name in ("low", "q25", "median", "q75", "high", "observed", "obs_low", "obs_high"):
        if name not in rows:
            rows[name] = np.nan
        rows[name] = rows[name].astype(float).clip(*domain)
    rows["row"] = np.arange(len(rows), dtype=float)
    step = step if wide else 44
    height = step * len(rows)
    right = (sum(c[2] for c in columns) + (words[2] if words else 0) + 8) if wide else 8
    left = left if wide else 6
    plot = width - left - right
    kind = {"type": "log"} if log else {"type": "linear", "zero": False}
    x_scale = alt.Scale(domain=list(domain), nice=False, **kind)
    axis = alt.Axis(values=list(ticks), title=title, format=tick_format, titleX=0, labelFlush=True)
    y = alt.Y("row:Q", scale=alt.Scale(domain=[-0.5, len(rows) - 0.5], reverse=True, nice=False), axis=None)
    shift = 0 if wide else 9

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=x_scale, axis=axis)

    base = alt.Chart(rows)
    layers: list[alt.Chart] = []
    if shade is not None:
        band = pd.DataFrame({"a": [max(shade[0], domain[0])], "b": [min(shade[1], domain[1])]})
        layers.append(
            alt.Chart(band)
            .mark_rect(fill=T["neuttint"], fillOpacity=1)
            .encode(x=alt.X("a:Q", scale=x_scale, axis=axis), x2="b:Q", y=alt.value(0), y2=alt.value(height))
        )
    if reference is not None:
        layers.append(
            alt.Chart(pd.DataFrame({"a": [reference]}))
            .mark_rule(color=T["ink3"])
            .encode(x=alt.X("a:Q", scale=x_scale, axis=axis), y=alt.value(0), y2=alt.value(height))
        )
    drawn = base.transform_filter("isValid(datum.median)")
    layers += [
        drawn.mark_rule(strokeWidth=1.5, strokeDash=DASH, color=T["ink2"], yOffset=shift).encode(
            x=x("low"), x2="high:Q", y=y
        ),
        drawn.mark_bar(height=5, color=T["s4"], yOffset=shift).encode(x=x("q25"), x2="q75:Q", y=y),
        drawn.mark_point(shape="circle", size=60, color=T["ink"], filled=True, yOffset=shift).encode(
            x=x("median"), y=y
        ),
        base.transform_filter("isValid(datum.obs_low)")
        .mark_rule(strokeWidth=1.5, color=T["c2"], yOffset=shift)
        .encode(x=x("obs_low"), x2="obs_high:Q", y=y),
        base.transform_filter("isValid(datum.observed)")
        .mark_point(
            shape="diamond",
            size=90,
            filled=True,
            fill=T["c2"],
            stroke=T["paper"],
            strokeWidth=1,
            opacity=1,
            yOffset=shift,
        )
        .encode(x=x("observed"), y=y),
    ]
    if wide:
        layers.append(text_mark(rows, "label", x=alt.value(-left + 2), y=y, colour=T["ink"], size=13))
        at = plot + 8
        for field, header, pixels in columns:
            at += pixels
            layers.append(
                text_mark(
                    rows,
                    field,
                    x=alt.value(at - 4),
                    y=y,
                    align="right",
                    colour=T["ink"],
                    bold=at - 8 - plot == pixels,
                )
            )
            layers.append(label_at(header, at - 4, -12, align="right", colour=T["ink3"]))
        if words is not None:
            layers.append(text_mark(rows, words[0], x=alt.value(at + 14), y=y))
            layers.append(label_at(words[1], at + 14, -12, colour=T["ink3"]))
    else:
        layers.append(text_mark(rows, "label", x=alt.value(0), y=y, dy=-10, colour=T["ink"], size=12.5))
        if columns:
            layers.append(
                text_mark(
                    rows,
                    columns[0][0],
                    x=alt.value(plot),
                    y=y,
                    dy=-10,
                    align="right",
                    colour=T["ink"],
                    bold=True,
                )
            )
    if shade is not None and shade_label:
        middle = (max(shade[0], domain[0]) + min(shade[1], domain[1])) / 2
        at_x = (middle - domain[0]) / (domain[1] - domain[0]) * plot
        layers.append(label_at(shade_label, at_x, -12 if wide else -8, align="center", colour=T["ink3"]))
    return theme.frame(
        layered(*layers),
        width,
        height,
        left=left,
        right=right,
        top=26 if (columns or shade_label) else 10,
        bottom=44,
    )


def spread_of(draws: np.ndarray) -> dict[str, float]:
    """Return low, q25, median, q75 and high (5, 25, 50, 75 and 95%) of draws, as `interval_rows` takes them."""
    low, q25, median, q75, high = np.quantile(np.asarray(draws, dtype=float), [0.05, 0.25, 0.5, 0.75, 0.95])
    return {"low": low, "q25": q25, "median": median, "q75": q75, "high": high}


def not_public(name: str, what: str, model: Model) -> Exhibit:
    """Return a table exhibit that says that a fact was not public at the vintage."""
    frame = pd.DataFrame({"what": [what], "status": ["not yet public"]})
    return Exhibit(
        name=name,
        title=f"Not yet public: {what}",
        subtitle=f"Facts after {model.parameters.vintage.isoformat()} are left out of this run.",
        source="No source was public at the date of this run.",
        alt=f"A single row saying that {what} was not public at the date of the run.",
        data=frame,
        columns=(Column("what", "Fact", weight=3), Column("status", "Status")),
    )


def shown_columns(path_times: np.ndarray) -> np.ndarray:
    """Return the columns of a path up to the end of 2029."""
    return np.flatnonzero(path_times <= LAST_YEAR + 1e-9)


BANDS = (("b025", "b975", "95%", "s2"), ("b10", "b90", "80%", "s3"), ("b25", "b75", "50%", "s4"))
BAND_QUANTILES = {"b025": 0.025, "b10": 0.1, "b25": 0.25, "b50": 0.5, "b75": 0.75, "b90": 0.9, "b975": 0.975}


def fan_of(values: np.ndarray, times: np.ndarray) -> pd.DataFrame:
    """Return the quantiles of `values` (n, m) at each of the `times` (m,): year and one column per quantile."""
    frame = pd.DataFrame({"year": times})
    for name, q in BAND_QUANTILES.items():
        frame[name] = np.quantile(values, q, axis=0)
    return frame


def fan_layers(
    frame: pd.DataFrame, x: alt.X, y_of: Any, colours: Sequence[str] = ("s2", "s3", "s4")
) -> list[alt.Chart]:
    """Return three nested bands and a dashed median; `y_of` gives the y channel of a field."""
    base = alt.Chart(frame)
    layers = [
        base.mark_area(fill=T[token], fillOpacity=1, strokeWidth=0).encode(x=x, y=y_of(low), y2=f"{high}:Q")
        for (low, high, _, _), token in zip(BANDS, colours, strict=True)
    ]
    layers.append(base.mark_line(color=T["ink"], strokeDash=DASH, strokeWidth=2).encode(x=x, y=y_of("b50")))
    return layers
