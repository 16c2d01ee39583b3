"""Heat maps: a row and a column for every pair of names, a tint and a number for the value where they meet.

A map with many columns writes their names aslant; several maps (`panel`) stand side by side, on a phone below one another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.marks import ON_FILL, X, Y, layered, text_mark
from deepseek_era.charts.scales import need
from deepseek_era.drawing import fonts
from deepseek_era.errors import ModelInputError

T = theme.TOKENS
TINTS = ("neuttint", "s1", "s2", "s3", "s4", "s5")
"""Tints below the first step and from each step on."""
_DARK = 5
_SLANT = 48.0
_WIDEST = 90.0


@dataclass(frozen=True)
class _Sheet:
    """What the author of a heat map gave."""

    frame: pd.DataFrame
    row: str
    column: str
    value: str
    steps: tuple[float, ...]
    write: Callable[[float], str]
    blank: bool
    most: tuple[int, int]
    rest: str
    brief: Mapping[str, str]
    framed: str
    panel: str
    below: str


@dataclass(frozen=True)
class _Map:
    """One map in pixels: its top left corner (of the cells), the size of a cell, its names."""

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: pd.DataFrame
    left: float
    top: float
    wide: float
    tall: float


def _gathered(sheet: _Sheet, part: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return a value for every pair of names that there is, what has no column of its own summed up in the last one."""
    own = part[sheet.column].astype(str)
    kept = part.assign(
        **{sheet.column: own.where(own.isin(columns), sheet.rest), sheet.row: part[sheet.row].astype(str)}
    )
    how: dict[str, Any] = {sheet.value: "sum"} | ({sheet.framed: "any"} if sheet.framed else {})
    return kept.groupby([sheet.row, sheet.column], sort=False, as_index=False).agg(how)


def _columns(sheet: _Sheet, *, wide: bool) -> list[str]:
    """Return the columns of a drawing, the rest last."""
    names = [str(c) for c in dict.fromkeys(sheet.frame[sheet.column])]
    own = [c for c in names if c != sheet.rest]
    most = sheet.most[0 if wide else 1]
    return own[:most] + ([sheet.rest] if len(own) > most or sheet.rest in names else [])


def _maps(sheet: _Sheet, width: int) -> tuple[list[_Map], float, float, bool]:
    """Return the maps with their places, the whole height, the height of the names above a map, and whether these slant."""
    wide = width >= theme.WIDE
    columns = _columns(sheet, wide=wide)
    parts = list(sheet.frame.groupby(sheet.panel, sort=False)) if sheet.panel else [("", sheet.frame)]
    size = 12.0 if wide else 11.0
    names = [_said(sheet, r, wide=wide) for r in dict.fromkeys(sheet.frame[sheet.row].astype(str))]
    left = max(fonts.width(n, 12.5) for n in names) + 14
    across = len(parts) if wide else 1
    room = (width - 8) / across - left - (24 if across > 1 else 0)
    level = max(fonts.width(c, size) for c in columns) + 6 <= min(room / len(columns), _WIDEST)
    lean = 0.0 if level else max(fonts.width(c, size) for c in columns[-2:]) * math.cos(math.radians(_SLANT))
    cell = min((room - lean) / (len(columns) - 0.5 if lean else len(columns)), _WIDEST)
    deepest = max(fonts.width(c, size) for c in columns)
    head = 22.0 if level else deepest * math.sin(math.radians(_SLANT)) + 16
    title = 20.0 if sheet.panel else 0.0
    foot = 26.0 if sheet.below else 6.0
    found, y = [], 0.0
    for k, (name, part) in enumerate(parts):
        rows = tuple(dict.fromkeys(part[sheet.row].astype(str)))
        tall = (23.0 if wide else 20.0) if len(rows) > 6 else 45.0
        start = (k % across) * ((width - 8) / across) + left
        cells = _gathered(sheet, part, columns)
        found.append(_Map(str(name), rows, tuple(columns), cells, start, y + title + head, cell, tall))
        if (k + 1) % across == 0 or k + 1 == len(parts):
            y += title + head + tall * len(rows) + foot + (14 if k + 1 < len(parts) else 0)
    return found, y, head, not level


def _said(sheet: _Sheet, name: str, *, wide: bool) -> str:
    return name if wide else sheet.brief.get(name, name)


def _cells(sheet: _Sheet, place: _Map) -> pd.DataFrame:
    """Return the cells of a map that are drawn, with their corners, tint and words."""
    at = {name: k for names in (place.rows, place.columns) for k, name in enumerate(names)}
    cells = place.cells
    bins = np.digitize(cells[sheet.value], sheet.steps).astype(int)
    if sheet.rest:  # a sum of many, which no tint may set beside single ones
        bins = np.where((cells[sheet.column] == sheet.rest) & (bins > 0), 1, bins)
    x = place.left + place.wide * cells[sheet.column].map({c: at[c] for c in place.columns})
    y = place.top + place.tall * cells[sheet.row].map({r: k for k, r in enumerate(place.rows)})
    made = pd.DataFrame(
        {
            "x1": x + 1,
            "x2": x + place.wide - 1,
            "y1": y + 1,
            "y2": y + place.tall - 1,
            "x": x + place.wide / 2,
            "y": y + place.tall / 2,
            "bin": bins,
            "rest": (cells[sheet.column] == sheet.rest) if sheet.rest else False,
            "framed": cells[sheet.framed].astype(bool) if sheet.framed else False,
            "text": [sheet.write(float(v)) for v in cells[sheet.value]],
        }
    )
    return made[made["bin"] > 0] if sheet.blank else made


def _names(sheet: _Sheet, place: _Map, *, wide: bool, head: float, slanted: bool) -> list[alt.Chart]:
    """Return the names of rows and columns, and what stands above and below a map."""
    rows = pd.DataFrame(
        {
            "t": [_said(sheet, r, wide=wide) for r in place.rows],
            "x": place.left - 8,
            "y": [place.top + place.tall * (k + 0.5) for k in range(len(place.rows))],
        }
    )
    middle = [place.left + place.wide * (k + 0.5) for k in range(len(place.columns))]
    heads = pd.DataFrame({"t": place.columns, "x": middle, "y": place.top - 8.0})
    size = 12.0 if wide else 11.0
    style: dict[str, Any] = {"angle": 360 - _SLANT, "align": "left"} if slanted else {"align": "center"}
    ink = T["ink"] if slanted else T["ink2"]
    layers = [
        text_mark(rows, "t", x=X, y=Y, align="right", colour=T["ink"], size=12.5 if wide else 11.5),
        text_mark(heads, "t", x=X, y=Y, colour=ink, size=size, **style),
    ]
    left = place.left
    if place.name:
        words = pd.DataFrame({"t": [place.name], "x": [left], "y": [place.top - head - 8]})
        layers.append(text_mark(words, "t", x=X, y=Y, colour=T["ink"], bold=True, size=13))
    if sheet.below:
        words = pd.DataFrame(
            {"t": [sheet.below], "x": [left], "y": [place.top + place.tall * len(place.rows) + 14]}
        )
        layers.append(text_mark(words, "t", x=X, y=Y, colour=T["ink3"], size=12))
    return layers


def _draw(sheet: _Sheet, width: int) -> ChartLike:
    wide = width >= theme.WIDE
    maps, height, head, slanted = _maps(sheet, width)
    cells = pd.concat([_cells(sheet, place) for place in maps], ignore_index=True)
    size = 14.0 if max(place.tall for place in maps) > 30 else 11.5
    corners = {
        "x": alt.X("x1:Q", scale=None, axis=None),
        "x2": "x2:Q",
        "y": alt.Y("y1:Q", scale=None, axis=None),
        "y2": "y2:Q",
    }
    tints = alt.Scale(domain=list(range(len(TINTS))), range=[T[t] for t in TINTS])
    layers: list[Any] = [
        alt.Chart(cells).mark_rect().encode(**corners, color=alt.Color("bin:O", scale=tints, legend=None))
    ]
    framed = cells[cells["framed"]]
    if len(framed):
        frames = alt.Chart(framed).mark_rect(filled=False, stroke=T["ink"], strokeWidth=2)
        layers.append(frames.encode(**corners))
    for dark, bold in ((False, False), (False, True), (True, False), (True, True)):
        part = cells[((cells["bin"] >= _DARK) == dark) & (cells["framed"] == bold)]
        if len(part):
            colour = T["paper" if dark else "ink"]
            layers.append(
                text_mark(
                    part, "text", x=X, y=Y, align="center", colour=colour, size=size, bold=bold, **ON_FILL
                )
            )
    for place in maps:
        layers += _names(sheet, place, wide=wide, head=head, slanted=slanted)
    return theme.frame(layered(*layers), width, round(height), left=4, right=4, top=4, bottom=4)


def heat(
    frame: pd.DataFrame,
    row: str,
    column: str,
    value: str,
    *,
    steps: Sequence[float],
    write: Callable[[float], str] = "{:g}".format,
    blank: bool = False,
    most: tuple[int, int] = (24, 10),
    rest: str = "",
    brief: Mapping[str, str] | None = None,
    framed: str = "",
    panel: str = "",
    below: str = "",
) -> Drawing:
    """Return a heat map of a long table: a row for every name in `row`, a column for every one in `column`, as they appear.

    `steps` are the values from which a cell is one tint darker (five at most); `write` writes a number; `blank` leaves cells
    below the first step empty. At most so many columns (`most`, wide and narrow) stand by themselves: the others are summed up
    in a pale last one, called `rest`, which a table may hold already. `brief` shortens names of rows on a phone; `framed` is a
    column of truth values; `panel` one whose values have a map each; `below` are words under a map.

    Raises
    ------
    ModelInputError
        For an empty table, a missing column (with the nearest), no step or too many, columns beyond `most` and no `rest`.

    Examples
    --------
    >>> cells = pd.DataFrame({"call": ["A", "A", "B"], "driver": ["x", "y", "x"], "share": [0.2, 0.8, 1.0]})
    >>> heat(cells, "call", "driver", "share", steps=[0.1, 0.5]).draw(340).to_dict()["width"]
    332
    """
    need(frame, [row, column, value, *filter(None, [framed, panel])], "charts.heat")
    if not 0 < len(steps) < len(TINTS):
        raise ModelInputError(f"charts.heat: saw {len(steps)} steps, allowed: 1 to {len(TINTS) - 1}")
    names = frame[column].astype(str).nunique()
    if names > min(most) and not rest:
        raise ModelInputError(
            f"charts.heat: {names} columns, allowed: at most {min(most)}, or rest= as the name of all others together"
        )
    sheet = _Sheet(
        frame,
        row,
        column,
        value,
        tuple(sorted(steps)),
        write,
        blank,
        most,
        rest,
        dict(brief or {}),
        framed,
        panel,
        below,
    )
    return Drawing(lambda width: _draw(sheet, width), frame)
