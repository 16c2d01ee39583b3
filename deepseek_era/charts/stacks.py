"""Filled areas: parts of a whole on top of each other over a plane, and the hatched gap between two lines."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.charts.colours import T
from deepseek_era.charts.plane import End, Layer, Plane, _dated, whiskers
from deepseek_era.charts.scales import need


def _stacked(frame: pd.DataFrame, within: str, value: str, by: str, order: list[str]) -> pd.DataFrame:
    """Return the table with where each part begins and ends on the parts below it, in the order of the parts."""
    ranked = frame.assign(_rank=frame[by].map({name: k for k, name in enumerate(order)}))
    ranked = ranked.sort_values("_rank", kind="stable").astype({value: float})
    ends = ranked.groupby(within, sort=False)[value].cumsum()
    return ranked.assign(_start=ends - ranked[value], _end=ends).sort_index(kind="stable")


def areas(frame: pd.DataFrame, x: str, y: str, by: str, *, ends: str = "") -> Layer:
    """Return areas on top of each other: a long table with a row for every part at every `x`, the lowest part first.

    The plane's `colours` name a token for each part; `ends` is a column of words that stand at the right edge of each.

    Raises
    ------
    ModelInputError
        For an empty table and a missing column, with the nearest.
    """
    need(frame, [x, y, by, *([ends] if ends else [])], "charts.areas")
    order = list(dict.fromkeys(frame[by].astype(str)))
    parts = _stacked(_dated(frame, x).reset_index(drop=True), x, y, by, order)

    def draw(plane: Plane) -> list[alt.Chart]:
        chart = alt.Chart(parts).mark_area(fillOpacity=1, strokeWidth=0)
        colour = plane.palette.colour(by)
        return [chart.encode(x=plane.x(x), y=plane.y("_start"), y2="_end:Q", color=colour, detail=f"{by}:N")]

    def last(plane: Plane) -> list[End]:
        edge = parts[parts[x] == parts[x].max()]
        middles = (edge["_start"] + edge["_end"]) / 2
        spots = [(plane.at(edge[x].iloc[0], m), str(t)) for m, t in zip(middles, edge[ends], strict=True)]
        return [End(down, words, T["ink"], at) for (at, down), words in spots]

    return Layer(draw, parts, (x,), ("_start", "_end"), by, last if ends else None)


def hatch(frame: pd.DataFrame, x: str, low: str, high: str) -> Layer:
    """Return thin upright strokes from `low` to `high` wherever `high` is the higher one, four for every row of the table.

    Between rows both are taken to grow at a constant rate where they are positive.
    """
    need(frame, [x, low, high], "charts.hatch")
    rate = bool((frame[[low, high]] > 0).all(axis=None))
    fine = np.linspace(frame[x].iloc[0], frame[x].iloc[-1], 4 * len(frame))

    def between(column: str) -> Any:
        values = frame[column].to_numpy(dtype=float)
        return (
            np.exp(np.interp(fine, frame[x], np.log(values))) if rate else np.interp(fine, frame[x], values)
        )

    drawn = pd.DataFrame({x: fine, low: between(low), high: between(high)})
    # where nothing is to be hatched the layer stays, without a stroke
    drawn.loc[drawn[high] <= drawn[low], [low, high]] = np.nan
    return whiskers(drawn, x, low, high, by="ink3", thick=0.7)
