"""What an exhibit is, and how it becomes SVG: the same drawing for page and paper."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.charts import theme, trust
from deepseek_era.drawing.svg import asks_elsewhere, pen
from deepseek_era.errors import ModelInputError
from deepseek_era.figure import round_significant

MIME = "application/vnd.deepseek-era.exhibit+json"
CHART = "application/vnd.vegalite.v6+json"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


ChartLike = alt.TopLevelMixin


@dataclass(frozen=True)
class Column:
    """A column of a table exhibit; `weight` is its relative width in print."""

    field: str
    header: str
    align: str = "left"
    kind: str = "text"
    weight: float = 1.0


@dataclass(frozen=True)
class Control:
    """A slider of a live exhibit, bound to the Vega parameter of the same name."""

    param: str
    label: str
    low: float
    high: float
    step: float
    base: float
    prior_low: float | None = None
    prior_high: float | None = None
    format: str = ".2f"


@dataclass(frozen=True)
class View:
    """One of the pictures that an exhibit shows by turns."""

    name: str
    """What the button says that brings it."""
    draw: Callable[[int], ChartLike]
    said: str
    """The sentence below it."""


@dataclass(frozen=True)
class Drawing:
    """A chart that draws itself at a width: 720 for page and paper, 340 for a phone.

    `frame` holds the plotted numbers; `sides` says that it shows who wins and who loses; `live` is the form that moves in the
    page, with its controls and a sentence that follows them.
    """

    draw: Callable[[int], ChartLike]
    frame: pd.DataFrame
    sides: bool = False
    live: Callable[[], ChartLike] | None = None
    controls: tuple[Control, ...] = ()
    readout: str = ""
    steps: tuple[str, ...] = ()
    """What each step is called by which the page uncovers the drawing; see `Canvas.step`."""
    views: tuple[View, ...] = ()
    """The pictures that the page shows by turns, this one first; print has this one alone."""
    rows: tuple[str, ...] = ()
    """A sentence for each of `Canvas.ground`, which the page says where a reader points at it."""
    field: dict[str, Any] | None = None
    """What the page of the paper needs to move a map, see `charts.field`."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return the wide drawing, for a look at it before it is shown with a title."""
        del include, exclude
        return {"image/svg+xml": svg(self.draw(theme.WIDE)), "text/plain": "a drawing"}


@dataclass(frozen=True)
class Attached:
    """A table that goes with an exhibit as a file alone: nobody needs it to follow the finding, some to check it."""

    name: str
    title: str
    data: pd.DataFrame


@dataclass(frozen=True)
class Exhibit:
    """One chart or table with everything that must stand around it.

    `title` is the finding; `subtitle` the measure, unit, population and date; `source` the source line; `alt` what
    the chart says in one to three sentences; `data` the plotted numbers (shown and offered as CSV). `chart` draws it
    at a width (720 or 340); a table exhibit has `columns` instead. `sides` says that the chart shows who wins and who
    loses: the colours of winning and losing mean nothing else, so no other chart may use them. `shut` folds the rows of
    a table that few look up: the page brings them when they are asked for. `opens` names two columns of its data: a line
    below each row, and the paragraphs that open behind it. `was` are names that now land here, `files` tables that are
    offered as CSV alone; their names land here too.
    """

    name: str
    title: str
    subtitle: str
    source: str
    alt: str
    data: pd.DataFrame
    sources: tuple[str, ...] = ()
    chart: Callable[[int], ChartLike] | None = None
    columns: tuple[Column, ...] = ()
    how: str = ""
    note: str = ""
    live: Callable[[], ChartLike] | None = None
    controls: tuple[Control, ...] = ()
    readout: str = ""
    sides: bool = False
    steps: tuple[str, ...] = ()
    views: tuple[View, ...] = ()
    rows: tuple[str, ...] = ()
    shut: bool = False
    opens: tuple[str, ...] = ()
    field: dict[str, Any] | None = None
    was: tuple[str, ...] = ()
    files: tuple[Attached, ...] = ()

    def __post_init__(self) -> None:
        for name in (self.name, *self.was, *(file.name for file in self.files)):
            if not _NAME.fullmatch(name):
                raise ModelInputError(f"exhibit {name!r}: a name is lower-case words joined by hyphens")
        for file in self.files:
            if not file.title.strip():
                raise ModelInputError(f"exhibit {self.name}: the title of its file {file.name} is empty")
        for part in ("title", "subtitle", "source", "alt"):
            if not getattr(self, part).strip():
                raise ModelInputError(f"exhibit {self.name}: {part} is empty")
        if (self.chart is None) == (not self.columns):
            raise ModelInputError(f"exhibit {self.name}: allowed: either a chart or columns")
        if self.shut and self.chart is not None:
            raise ModelInputError(f"exhibit {self.name}: shut folds the rows of a table, saw a chart")
        if self.opens and (
            self.chart is not None or len(self.opens) != 2 or set(self.opens) - set(self.data.columns)
        ):
            raise ModelInputError(
                f"exhibit {self.name}: opens: saw {', '.join(self.opens)}, allowed: two columns of a table's data, for the line "
                "below a row and for what opens behind it"
            )


def plain(value: Any) -> Any:
    """Return a cell as JSON can hold it, numbers rounded to six significant digits."""
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return round_significant(float(value)) if math.isfinite(float(value)) else None
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    return str(value)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as JSON-ready dicts with rounded numbers."""
    return [{str(k): plain(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _rounded(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _rounded(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_rounded(value) for value in node]
    if isinstance(node, float):
        return round_significant(node) if math.isfinite(node) else None
    return node


def _numbered(specification: dict[str, Any]) -> dict[str, Any]:
    """Return a specification whose tables are named in turn, in place of Altair's digests of what they hold.

    A digest changes with every colour and every last bit that a table holds.
    """
    turn = {name: f"data-{i}" for i, name in enumerate(specification.get("datasets", {}), start=1)}

    def renamed(node: Any) -> Any:
        if isinstance(node, list):
            return [renamed(value) for value in node]
        if not isinstance(node, dict):
            return node
        source = node.get("data")
        own = (
            {"data": {"name": turn[source["name"]]}}
            if isinstance(source, dict) and source.get("name") in turn
            else {}
        )
        return {key: own.get(key) or renamed(value) for key, value in node.items()}

    if not turn:
        return specification
    datasets = {turn[name]: rows for name, rows in specification["datasets"].items()}
    rest = renamed({key: value for key, value in specification.items() if key != "datasets"})
    return {key: datasets if key == "datasets" else rest[key] for key in specification}


def specification(chart: ChartLike) -> dict[str, Any]:
    """Return the Vega-Lite specification with its numbers rounded, so that equal runs give equal bytes."""
    theme.enable()
    return _numbered(_rounded(trust.specification(chart)))


def svg(chart: ChartLike) -> str:
    """Return the chart as SVG text, set in the report's own fonts."""
    return pen().svg(specification(chart))


def plain_charts() -> None:
    """Let a chart that is the last line of a cell be drawn as the report draws it, in JupyterLab and in a build."""

    def render(specification: dict[str, Any], **metadata: Any) -> dict[str, Any]:
        del metadata
        bundle: dict[str, Any] = {CHART: specification, "text/plain": "a chart"}
        if not asks_elsewhere(specification):
            bundle["image/svg+xml"] = pen().svg(_rounded(specification))
        return bundle

    theme.enable()
    alt.renderers.register("deepseek_era", render)  # type: ignore[arg-type]
    alt.renderers.enable("deepseek_era")


def _keep_sides_apart(exhibit: Exhibit, *specifications: dict[str, Any] | None) -> None:
    # the configuration names every colour of the theme
    drawn = [{k: v for k, v in spec.items() if k != "config"} for spec in specifications if spec]
    text = str(drawn)
    used = [name for name in theme.SIDE_TOKENS if theme.TOKENS[name] in text]
    if used and not exhibit.sides:
        raise ModelInputError(
            f"exhibit {exhibit.name}: its chart has the colour {used[0]}, allowed: only with sides=True, where it shows who "
            "wins and who loses"
        )


def _view(view: View, *, drawn: bool) -> dict[str, str]:
    """Return a picture that is shown by turns; the first one is the exhibit's own drawing."""
    widths = {"wide": theme.WIDE, "narrow": theme.NARROW} if drawn else {}
    drawings = {form: svg(view.draw(width)) for form, width in widths.items()}
    return {"name": view.name, "said": view.said, **drawings}


def payload(exhibit: Exhibit) -> dict[str, Any]:
    """Return what a notebook hands to the publisher, without the wide drawing (it is the output's SVG).

    Raises
    ------
    ModelInputError
        For a colour of winning or losing in a chart that shows neither.
    """
    narrow = specification(exhibit.chart(theme.NARROW)) if exhibit.chart else None
    live = specification(exhibit.live()) if exhibit.live else None
    _keep_sides_apart(exhibit, narrow, live)
    drawings = {"svg_narrow": pen().svg(narrow)} if narrow else {}
    return {
        "name": exhibit.name,
        "title": exhibit.title,
        "subtitle": exhibit.subtitle,
        "source": exhibit.source,
        "alt": exhibit.alt,
        "how": exhibit.how,
        "note": exhibit.note,
        "sources": list(exhibit.sources),
        "columns": [asdict(column) for column in exhibit.columns],
        "data_columns": [str(c) for c in exhibit.data.columns],
        "data": records(exhibit.data),
        "live": live,
        "controls": [asdict(control) for control in exhibit.controls],
        "readout": exhibit.readout,
        "steps": list(exhibit.steps),
        "views": [_view(view, drawn=k > 0) for k, view in enumerate(exhibit.views)],
        "rows": list(exhibit.rows),
        "shut": exhibit.shut,
        "opens": list(exhibit.opens),
        "was": list(exhibit.was),
        "files": [
            {
                "name": file.name,
                "title": file.title,
                "columns": [str(c) for c in file.data.columns],
                "data": records(file.data),
            }
            for file in exhibit.files
        ],
        "field": exhibit.field,
        **drawings,
    }
