"""What a notebook imports: start a model from the parameters cell, record figures, show exhibits.

Everything a notebook hands to the publisher travels in its own outputs, under the media types below; nothing is
written to disk, so a notebook runs the same in JupyterLab, under plain papermill and in a build.
"""

from __future__ import annotations

import ast
import datetime as dt
import html
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from IPython import get_ipython
from IPython.display import display

from deepseek_era import prose, tables, witness
from deepseek_era.charts import base
from deepseek_era.errors import ParameterError
from deepseek_era.figures import Figure, format_figure
from deepseek_era.model import Model
from deepseek_era.parameters import RUN_PARAMETERS, USED, names, resolve

FIGURES = "application/vnd.deepseek-era.figures+json"
PHRASE = "application/vnd.deepseek-era.phrase+json"
EXHIBIT = base.MIME
PROSE = "application/vnd.deepseek-era.prose+json"
STRUCTURED = "application/vnd.deepseek-era.structured+json"
DEPENDENCIES = "application/vnd.deepseek-era.dependencies+json"

# what this notebook has recorded so far: the names that its prose may use
_figures: dict[str, Figure] = {}
_phrases: dict[str, str] = {}


def _is_magic(line: ast.stmt) -> bool:
    """Return whether a line is what IPython makes of ``%matplotlib inline``, ``!ls`` or ``name?``."""
    call = line.value if isinstance(line, ast.Expr) else None
    source = call.func.value if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else None
    return (
        isinstance(source, ast.Call) and isinstance(source.func, ast.Name) and source.func.id == "get_ipython"
    )


def _assigned(cells: Iterable[str]) -> list[str]:
    """Return the names that cells of plain literals assign: the parameters cell and what papermill injects."""
    found: list[str] = []
    for source in cells:
        try:
            body = ast.parse(source).body
        except SyntaxError:
            continue
        targets: list[str] = []
        for line in body:
            if _is_magic(line):
                continue
            target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
            given = getattr(line, "value", None)
            if (
                not isinstance(line, ast.Assign | ast.AnnAssign)
                or not isinstance(target, ast.Name)
                or not given
            ):
                break
            try:
                ast.literal_eval(given)
            except ValueError:
                break
            targets.append(target.id)
        else:
            found.extend(targets)
    return list(dict.fromkeys(found))


def _given(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return name and value of every parameter that the notebook's cells set; None means as in the table."""
    history = namespace.get("In")
    if history is None:
        assigned = [
            n
            for n, v in namespace.items()
            if not n.startswith("_") and isinstance(v, int | float | str | dict)
        ]
    else:
        # only the cells before the first start(): scratch cells of a later session are not parameters
        first = next((i for i, source in enumerate(history) if "start(" in source), len(history))
        assigned = _assigned(history[:first])
        assigned += [n for n in _assigned(history[first:]) if n in names()]
    return {name: namespace[name] for name in assigned if namespace.get(name) is not None}


def start(namespace: Mapping[str, Any]) -> Model:
    """Return the model for a notebook's parameters cell; pass ``globals()``.

    Raises
    ------
    ParameterError
        With one line per mistake: unknown name, wrong type, value out of bounds.
    """
    tables.READ.clear()
    USED.clear()
    base.plain_charts()
    _figures.clear()
    _phrases.clear()
    shell = get_ipython()
    if shell is not None:
        shell.register_magic_function(_prose, "cell", "prose")
    given = _given(namespace)
    run = {name: given.pop(name) for name in RUN_PARAMETERS if name in given}
    try:
        parameters = resolve(
            given, scenario=run.get("scenario", "base"), vintage=run.get("vintage"), seed=run.get("seed")
        )
    except ParameterError as error:
        raise _quiet(ParameterError(str(error))) from None
    return Model(parameters)


def _quiet(error: ParameterError) -> ParameterError:
    """Return the error set to show as its own lines alone, without a traceback, in a notebook."""

    def _render(self: ParameterError) -> list[str]:
        return [f"{type(self).__name__}: {self}"]

    type(error)._render_traceback_ = _render  # type: ignore[attr-defined]
    return error


def _emit(bundle: dict[str, Any]) -> None:
    display(bundle, raw=True)


def record(
    figure: Figure | Mapping[str, Figure] | Iterable[Figure] | str,
    value: float | None = None,
    *,
    unit: str = "",
    kind: str = "modelled",
    label: str = "",
    low: float | None = None,
    high: float | None = None,
    sources: Iterable[str] = (),
) -> None:
    """Record figures for the report: one `Figure`, several, or an id with its value, unit, kind and sources."""
    if isinstance(figure, str):
        figures = [Figure(figure, value, unit, kind, label, low, high, tuple(sources))]
    elif isinstance(figure, Figure):
        figures = [figure]
    else:
        figures = list(figure.values() if isinstance(figure, Mapping) else figure)
    _figures.update({f.id: f for f in figures})
    rows = [(f.id, format_figure(f), f.label) for f in figures]
    said = f"{rows[0][0]} = {rows[0][1]}" if len(rows) == 1 else f"{len(rows)} figures recorded"
    _emit(
        {
            FIGURES: [{"id": f.id, **f.as_dict()} for f in figures],
            "text/plain": said,
            "text/html": _folded(said, rows),
        }
    )


def phrase(id: str, text: str) -> None:
    """Record words that depend on the run, for `{{ id }}` in prose."""
    _phrases[id] = text
    said = f"{id} = {text}"
    _emit({PHRASE: {"id": id, "text": text}, "text/plain": said, "text/html": _folded(id, [(text,)])})


def _folded(summary: str, rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table that JupyterLab shows folded, so that three hundred figures take one line."""
    cells = "".join(f"<tr>{''.join(f'<td>{html.escape(c)}</td>' for c in row)}</tr>" for row in rows)
    return f"<details><summary>{html.escape(summary)}</summary><table>{cells}</table></details>"


def _prose(line: str, cell: str) -> None:
    """``%%prose``: show the cell with its numbers to the reader, and hand it with its names to the publisher."""
    known = prose.Vocabulary(_figures, _phrases)
    shown = prose.for_reader(cell, known, "this cell")
    settled = prose.settle(cell, known, "this cell")
    _emit({PROSE: {"text": settled}, "text/markdown": shown, "text/plain": shown})


def show(*exhibits: base.Exhibit) -> None:
    """Show exhibits here: the publisher numbers and places them, JupyterLab sees drawing or table."""
    for exhibit in exhibits:
        text = f"{exhibit.title}\n{exhibit.subtitle}"
        bundle: dict[str, Any] = {EXHIBIT: base.payload(exhibit), "text/plain": text}
        if exhibit.chart is not None:
            bundle["image/svg+xml"] = base.svg(exhibit.chart(base.theme.WIDE))
        else:
            bundle["text/html"] = exhibit.data.to_html(index=False, border=0)
        _emit(bundle)


def _jsonable(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return base.records(value)
    if isinstance(value, Mapping):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(v) for v in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return base.plain(value)


def publish(kind: str, payload: Any) -> None:
    """Hand a structured result to the publisher: ``calls``, ``claims``, ``cards``, ``outcomes``, ``readings``, ``explorer``."""
    content = _jsonable(payload)
    size = len(content) if isinstance(content, list | dict) else 1
    _emit(
        {
            STRUCTURED: {"kind": kind, "payload": content},
            "text/plain": f"{kind}: {size} entries for the report",
        }
    )


def dependencies() -> None:
    """Emit which tables were read, parameters used and files opened; the publisher adds this cell itself."""
    # the parameter table counts by the rows that were used, not as a whole
    read = sorted(tables.READ - {"parameters"})
    _emit(
        {
            DEPENDENCIES: {
                "read": read,
                "used": sorted(USED),
                "files": witness.seen(),
                "written": witness.written(),
            },
            "text/plain": f"{len(read)} tables, {len(USED)} parameters, {len(witness.seen())} files",
        }
    )
