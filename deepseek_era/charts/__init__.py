"""Kinds of chart over tidy frames, each drawing its wide and its narrow form, and the exhibit around them.

A chart of rows (`rows`, and with the usual marks `intervals`, `bars`), of a plane (`plane`, and with the
marks `line`, `band`, `quantiles`, `points`, `columns`, …) or a map of a field (`contours`) takes a table and the names of its
columns. `questions` asks two things of every row, each on an axis of its own; `ladder` takes one of its rows apart, `cross`
counts its answers, `statements` sorts lines by how true they are, and `days` sets one day beside many. `panels` are small planes
side by side, `grid` is a table of numbers with tints, `checklist` one of words with squares, `curve` sorts results above the
choices behind them. `exhibit` puts title, subtitle, source and alternative text around it, or around a chart of Altair's or a
table; a notebook's ``show`` does so.
"""

from deepseek_era.charts.base import Column, Control
from deepseek_era.charts.checklist import checklist
from deepseek_era.charts.contours import contours
from deepseek_era.charts.cross import cross
from deepseek_era.charts.curve import curve
from deepseek_era.charts.days import days
from deepseek_era.charts.exhibits import exhibit, not_public
from deepseek_era.charts.field import Field
from deepseek_era.charts.grid import grid
from deepseek_era.charts.hills import hill
from deepseek_era.charts.ladder import ladder
from deepseek_era.charts.live import Live
from deepseek_era.charts.panels import panels
from deepseek_era.charts.plane import (
    Axis,
    band,
    columns,
    line,
    plane,
    points,
    quantiles,
    spans,
    whiskers,
)
from deepseek_era.charts.questions import questions
from deepseek_era.charts.rows import (
    Mark,
    Reference,
    Zone,
    bar,
    bars,
    dot,
    intervals,
    rows,
    span,
    spreads,
    tick,
    words,
)
from deepseek_era.charts.stacks import areas, hatch
from deepseek_era.charts.statements import statements
from deepseek_era.charts.strips import Strip
from deepseek_era.charts.turns import turns

__all__ = [
    "Axis",
    "Column",
    "Control",
    "Field",
    "Live",
    "Mark",
    "Reference",
    "Strip",
    "Zone",
    "areas",
    "band",
    "bar",
    "bars",
    "checklist",
    "columns",
    "contours",
    "cross",
    "curve",
    "days",
    "dot",
    "exhibit",
    "grid",
    "hatch",
    "hill",
    "intervals",
    "ladder",
    "line",
    "not_public",
    "panels",
    "plane",
    "points",
    "quantiles",
    "questions",
    "rows",
    "span",
    "spans",
    "spreads",
    "statements",
    "tick",
    "turns",
    "whiskers",
    "words",
]
