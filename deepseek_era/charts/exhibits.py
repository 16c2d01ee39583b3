"""From a chart or a table to an exhibit: what stands around it, and which kinds of thing may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.charts.base import Attached, ChartLike, Column, Drawing, Exhibit
from deepseek_era.charts.html_tables import tables_of
from deepseek_era.charts.scales import need
from deepseek_era.errors import ModelInputError
from deepseek_era.model import Model
from deepseek_era.words import capital

_WAYS = (
    "a chart of deepseek_era.charts, a chart of Altair's, a data frame, a Styler or a table of Great Tables"
)


def _fitted(chart: ChartLike, width: int) -> ChartLike:
    """Return a chart of Altair's at a width, with its axes inside; one of several panes keeps its own size."""
    if isinstance(chart, alt.Chart | alt.LayerChart):
        return chart.properties(
            width=width,
            autosize=alt.AutoSizeParams(type="fit", contains="padding"),
            padding={"left": 4, "right": 4, "top": 4, "bottom": 4},
        )
    return chart


def _columns(
    frame: pd.DataFrame, columns: Mapping[str, str] | Sequence[Column] | None, where: str
) -> tuple[Column, ...]:
    """Return the columns of a table: as given, by header, or every one under its own name; numbers stand right."""
    if columns is None:
        columns = {str(c): str(c).replace("_", " ") for c in frame.columns}
    if not isinstance(columns, Mapping):
        return tuple(columns)
    need(frame, columns, where)
    return tuple(
        Column(field, head, "right" if pd.api.types.is_numeric_dtype(frame[field]) else "left")
        for field, head in columns.items()
    )


def _words(what: Any) -> pd.DataFrame | None:
    """Return the table of a Styler or of Great Tables in words, or None where `what` is neither."""
    html = what.as_raw_html() if hasattr(what, "as_raw_html") else None
    if html is None and hasattr(what, "to_html"):
        html = what.to_html()
    found = tables_of(html) if isinstance(html, str) else []
    if not found:
        return None
    header, rows = found[0]
    return pd.DataFrame(rows, columns=header)


def exhibit(
    what: Any,
    *,
    name: str,
    title: str = "",
    subtitle: str = "",
    source: str = "",
    alt: str = "",
    data: pd.DataFrame | None = None,
    columns: Mapping[str, str] | Sequence[Column] | None = None,
    sources: Sequence[str] = (),
    how: str = "",
    note: str = "",
    sides: bool = False,
    shut: bool = False,
    opens: Sequence[str] = (),
    was: Sequence[str] = (),
    files: Mapping[str, tuple[str, pd.DataFrame]] | None = None,
) -> Exhibit:
    """Return an exhibit of a drawing, a chart of Altair's or a table, with everything that must stand around it.

    `title` is the finding, `subtitle` the measure with unit, population and date, `source` the source line, `alt` what it says
    in one to three sentences. `data` are the numbers offered as CSV (those plotted, where it is left out); `columns` of a table
    name its headers. `sides=True` lets a chart of Altair's use the colours of winning and losing; `shut=True` folds the
    rows of a table that few look up. `opens=("line", "more")` names two columns of a table's data: what stands on a line
    below each row, and the paragraphs, one a line of the cell, that open behind it. `was` are the names of exhibits that this one took the place
    of: their addresses land here. `files` are further tables that are offered as CSV alone, a title and a table by name.

    Raises
    ------
    ModelInputError
        For a missing text, a name that is none, an empty table, and what is neither chart nor table.
    """
    texts: dict[str, Any] = {
        "name": name,
        "title": title,
        "subtitle": subtitle,
        "source": source,
        "alt": alt,
        "sources": tuple(dict.fromkeys(sources)),
        "how": how,
        "note": note,
        "shut": shut,
        "opens": tuple(opens),
        "was": tuple(was),
        "files": tuple(Attached(key, title, frame) for key, (title, frame) in (files or {}).items()),
    }
    if isinstance(what, Drawing):
        frame = what.frame if data is None else data
        return Exhibit(
            **texts,
            data=frame,
            chart=what.draw,
            live=what.live,
            controls=what.controls,
            readout=what.readout,
            sides=sides or what.sides,
            steps=what.steps,
            views=what.views,
            rows=what.rows,
            field=what.field,
        )
    if isinstance(what, ChartLike):
        plotted = data if data is not None else getattr(what, "data", None)
        if not isinstance(plotted, pd.DataFrame):
            raise ModelInputError(f"exhibit {name}: data= is missing, the plotted numbers as a data frame")
        return Exhibit(**texts, data=plotted, chart=lambda width: _fitted(what, width), sides=sides)
    table = what if isinstance(what, pd.DataFrame) else _words(what)
    if table is None:
        raise ModelInputError(f"exhibit {name}: saw a {type(what).__name__}, allowed: {_WAYS}")
    if table.empty and columns is not None:
        table = pd.DataFrame([dict.fromkeys(table.columns, "–")])
    chosen = _columns(table, columns, f"exhibit {name}")
    need(table, [column.field for column in chosen], f"exhibit {name}")
    return Exhibit(**texts, data=table if data is None else data, columns=chosen)


def not_public(name: str, what: str, model: Model, *, why: str = "") -> Exhibit:
    """Return a table of one line in place of an exhibit whose facts were not public at the run's vintage, or missing by `why`."""
    day = model.parameters.vintage
    date = f"{day.day} {day:%B %Y}"
    status = why or "not yet public"
    return Exhibit(
        name=name,
        title=f"{capital(status)}: {what}",
        subtitle=f"Facts known on {date}",
        source="No facts for this run." if why else "No source public at this date.",
        alt=f"No data: {what}, {status}." if why else f"No data: {what} was not public on {date}.",
        data=pd.DataFrame({"fact": [what], "status": [status]}),
        columns=(Column("fact", "Fact"), Column("status", "Status")),
    )
