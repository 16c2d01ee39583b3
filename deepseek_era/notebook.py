"""What a notebook imports: start a model from the parameters cell, record figures, show exhibits.

Everything a notebook hands to the publisher travels in its own outputs, under the media types below; nothing is
written to disk, so a notebook runs the same in JupyterLab, under plain papermill and in a build.
"""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
import html
import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from IPython import get_ipython
from IPython.display import display

from deepseek_era import charts, prose, reads, registry, witness
from deepseek_era.charts import base
from deepseek_era.errors import ModelInputError, ParameterError, nearest
from deepseek_era.figure import NOT_PUBLIC, Figure, format_figure, format_number
from deepseek_era.model import Model
from deepseek_era.parameters import RUN_PARAMETERS, names, resolve

FIGURES = "application/vnd.deepseek-era.figures+json"
EXHIBIT = base.MIME
PROSE = "application/vnd.deepseek-era.prose+json"
STRUCTURED = "application/vnd.deepseek-era.structured+json"
PLACE = "application/vnd.deepseek-era.place+json"
DEPENDENCIES = "application/vnd.deepseek-era.dependencies+json"
_LONG_LIST = 2000
"""Texts in a list of a notebook's own; a longer one cannot be told in other words without a run."""


@dataclass
class Session:
    """A notebook at work: its variables, what it has recorded and shown so far, and where outputs go."""

    namespace: Mapping[str, Any] = field(default_factory=dict)
    emit: Callable[[dict[str, Any]], None] = lambda bundle: display(bundle, raw=True)
    draws: bool = True
    """Whether exhibits are drawn; a rehearsal only collects them."""
    model: Model | None = None
    """The model to start with, in place of one made from the parameters cell."""
    retells: bool = False
    """Whether its prose may name what other notebooks record."""
    figures: dict[str, Figure] = field(default_factory=dict)
    exhibits: dict[str, base.Exhibit] = field(default_factory=dict)
    structured: dict[str, Any] = field(default_factory=dict)
    passages: list[str] = field(default_factory=list)
    words: list[Mapping[str, Any]] = field(default_factory=list)
    """What prose could use of the notebook's variables, at each of its prose cells."""
    placed: list[str] = field(default_factory=list)

    @property
    def known(self) -> prose.Vocabulary:
        """What prose may name here."""
        return prose.Vocabulary(self.figures, words=prose.words_of(self.namespace))


class _Kernel:
    """The notebook that runs in this kernel: one at a time, as a kernel has one set of variables."""

    session = Session()


@contextlib.contextmanager
def session(**options: Any) -> Iterator[Session]:
    """Run another notebook in this process: what it records and shows stays in the session that is given."""
    before, _Kernel.session = _Kernel.session, Session(**options)
    try:
        with reads.recording():
            yield _Kernel.session
    finally:
        _Kernel.session = before


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


def start(namespace: Mapping[str, Any], *, retells: bool = False) -> Model:
    """Return the model for a notebook's parameters cell; pass ``globals()``.

    A notebook that `retells` may name in prose what others record: its prose cells show the names here, and the publisher
    settles and fills them when all notebooks have run.

    Raises
    ------
    ParameterError
        With one line per mistake: unknown name, wrong type, value out of bounds.
    """
    reads.begin()
    base.plain_charts()
    now = _Kernel.session
    _Kernel.session = Session(namespace, now.emit, now.draws, now.model, retells)
    shell = get_ipython()
    if shell is not None:
        shell.register_magic_function(_prose, "cell", "prose")
    if now.model is not None:
        return now.model
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
    _Kernel.session.emit(bundle)


def record(
    figure: Figure | Mapping[str, Any] | Iterable[Figure] | str,
    value: Any = None,
    low: Any = None,
    high: Any = None,
    *,
    unit: str = "",
    kind: str = "",
    label: str = "",
    sources: Iterable[str] | None = None,
    **words: Any,
) -> None:
    """Record figures for the report, so that prose can name them.

    - ``record("market.cross.n", 61)``: an id and its value, with `low` and `high`, or an array of draws (then their median,
      5th and 95th percentile). ``data/figures.csv`` says unit, kind, label and sources; a figure of your own says them here.
      `words` fill a label that asks for some.
    - ``record({"market.capex.big4_2024": 230.0, …})``: several; a value may be ``(value, low, high)``.
    - a `Figure`, or several.

    Raises
    ------
    ModelInputError
        For an id that is not declared and comes without unit and label, a missing word, a number that is not finite.
    """
    if isinstance(figure, str):
        one = registry.figure(
            figure, value, low, high, unit=unit, kind=kind, label=label, sources=sources, words=words
        )
        _note([one])
    elif isinstance(figure, Figure):
        _note([figure])
    elif isinstance(figure, Mapping):
        made = []
        for id, item in figure.items():
            parts = item if isinstance(item, tuple) else (item,)
            is_figure = isinstance(item, Figure)
            made.append(item if is_figure else registry.figure(id, *parts, sources=sources, words=words))
        _note(made)
    else:
        _note(list(figure))


def record_rows(
    frame: pd.DataFrame, id: str, value: str, low: str = "", high: str = "", **words: Any
) -> None:
    """Record a figure for every row of a table: ``record_rows(day, "market.{group}.caar_0", "caar_pct", "low_pct", "high_pct")``.

    Columns fill the gaps of the id and the words of the label, and so do `words`. NaN is a figure that is not public yet.

    Raises
    ------
    ModelInputError
        For a column that the table lacks, and as `record`.
    """
    _note(registry.figures_of(frame, id, value, low, high, **words))


def recorded(lines: Mapping[str, str]) -> pd.DataFrame:
    """Return figures that were recorded, as a table: ``recorded({"List price, output": "cost.api.discount_output"})``.

    A row for each line: ``label, id, words``, the number as prose prints it, ``value, low, high``, NaN where there is none,
    ``unit, kind``.

    Raises
    ------
    ModelInputError
        For an id that this notebook did not record so far, with the nearest.
    """
    known, rows = _Kernel.session.figures, []
    for label, id in lines.items():
        if id not in known:
            raise ModelInputError(f"figure {id}: nothing recorded it so far{nearest(id, list(known))}")
        figure = known[id]
        ends = [np.nan if v is None else v for v in (figure.value, figure.low, figure.high)]
        rows.append((label, id, format_figure(figure), *ends, figure.unit, figure.kind))
    return pd.DataFrame(rows, columns=["label", "id", "words", "value", "low", "high", "unit", "kind"])


def _note(figures: Sequence[Figure]) -> None:
    _Kernel.session.figures.update({f.id: f for f in figures})
    rows = [(f.id, format_figure(f), f.label) for f in figures]
    said = f"{rows[0][0]} = {rows[0][1]}" if len(rows) == 1 else f"{len(rows)} figures recorded"
    _emit(
        {
            FIGURES: [{"id": f.id, **f.as_dict()} for f in figures],
            "text/plain": said,
            "text/html": _folded(said, rows),
        }
    )


def _folded(summary: str, rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table that JupyterLab shows folded, so that three hundred figures take one line."""
    cells = "".join(f"<tr>{''.join(f'<td>{html.escape(c)}</td>' for c in row)}</tr>" for row in rows)
    return f"<details><summary>{html.escape(summary)}</summary><table>{cells}</table></details>"


def _prose(line: str, cell: str) -> None:
    """``%%prose``: show the cell with its numbers to the reader, and hand it with its names to the publisher."""
    session = _Kernel.session
    known = session.known
    bundle = told(cell, None if session.retells else known)
    session.passages.append(bundle[PROSE]["text"])
    session.words.append(known.words)
    _emit(bundle)


def told(text: str, known: prose.Vocabulary | None) -> dict[str, Any]:
    """Return what a prose cell hands over: its text for the publisher and for the reader of the notebook.

    Without a vocabulary it is left open, for the publisher to settle and fill when all notebooks have run.

    Raises
    ------
    ProseError
        For a name that stands for nothing; for Jinja that cannot be read.
    """
    if known is None:
        return {PROSE: {"text": text, "open": True}, "text/markdown": text, "text/plain": text}
    shown = prose.for_reader(text, known, "this cell")
    settled = prose.settle(text, known, "this cell")
    return {PROSE: {"text": settled}, "text/markdown": shown, "text/plain": shown}


def _changes(words: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return vocabularies in turn as what each has that the one before had not, without long lists."""
    found: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for now in words:
        short = {k: v for k, v in now.items() if not isinstance(v, list) or len(v) <= _LONG_LIST}
        # by how it is written, for 0, 0.0 and False are equal
        new = {k: v for k, v in short.items() if k not in before or repr(before[k]) != repr(v)}
        found.append({"new": new, "gone": sorted(set(before) - set(short))})
        before = short
    return found


def words_in_turn(changes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the vocabulary of each prose cell of a notebook, from what `dependencies` told of their changes."""
    found: list[dict[str, Any]] = []
    now: dict[str, Any] = {}
    for change in changes:
        now = {k: v for k, v in {**now, **change["new"]}.items() if k not in set(change["gone"])}
        found.append(now)
    return found


def say(text: str) -> str:
    """Return words that depend on the run, written as in a prose cell: for a title, a note, or for prose further down.

    ``finding = say("{{ fell | listed | capital }} fell{% if not rose %}; nobody rose{% endif %}")``. Names of figures stay
    as they are and are filled where the words are shown.

    Raises
    ------
    ProseError
        For a name that is neither a figure nor a word of this notebook; for Jinja that cannot be read.
    """
    return prose.say(text, _Kernel.session.known, "these words")


def written(id: str, part: str = "full") -> str:
    """Return a recorded figure in the words of page and paper: ``full``, ``value`` or ``interval``.

    For words that have to be taken apart. Where it stands whole, in titles, notes and prose, its name does the same,
    ``{{ market.nvda.ar_0 | value }}``, and leads to its sources too.

    Raises
    ------
    ProseError
        For an id that nothing recorded so far, with the nearest.
    """
    return _Kernel.session.known.find(id, part, "written").text


def rounded(id: str) -> str:
    """Return the value of a recorded figure with two significant digits, as a title has it; prose and table keep its own.

    Raises
    ------
    ProseError
        For an id that nothing recorded so far, with the nearest.
    """
    figure = _Kernel.session.known.find(id, "value", "rounded").figure
    return NOT_PUBLIC if figure is None else format_number(figure.value, figure.unit)


def show(*shown: Any, name: str = "", **texts: Any) -> None:
    """Show an exhibit here: the publisher numbers and places it, JupyterLab sees drawing or table.

    `shown` is a chart of `deepseek_era.charts`, a chart of Altair's, or a table (a data frame, a Styler, Great Tables); `name`
    and the texts are those of `charts.exhibit`: title, subtitle, source and alt, further data, sources, how and note. Exhibits
    that are ready may be shown as they are, several at once.

    Raises
    ------
    ModelInputError
        For a name that is no name, a missing text, a column that a table lacks, nothing to show.
    """
    if name or texts:
        if len(shown) != 1:
            raise ModelInputError(f"show: one chart or table goes with a name and a title, saw {len(shown)}")
        known = [name for name in inspect.signature(charts.exhibit).parameters if name != "what"]
        for unknown in set(texts) - set(known):
            raise ModelInputError(f"show: {unknown!r} is none of {', '.join(known)}{nearest(unknown, known)}")
        shown = (charts.exhibit(shown[0], name=name, **texts),)
    for exhibit in shown:
        if not isinstance(exhibit, base.Exhibit):
            raise ModelInputError(
                f"show: saw a {type(exhibit).__name__} alone; a chart or table is shown with name=, title=, subtitle=, source= and alt="
            )
        _Kernel.session.exhibits[exhibit.name] = exhibit
        if not _Kernel.session.draws:
            continue
        text = f"{exhibit.title}\n{exhibit.subtitle}"
        bundle: dict[str, Any] = {EXHIBIT: base.payload(exhibit), "text/plain": text}
        if exhibit.chart is not None:
            bundle["image/svg+xml"] = base.svg(exhibit.chart(base.theme.WIDE))
        else:
            bundle["text/html"] = exhibit.data.to_html(index=False, border=0)
        _emit(bundle)


def place(*names: str, title: str = "", subtitle: str = "") -> None:
    """Let exhibits that other notebooks show stand here too, each by its name: nothing is computed or drawn again.

    For the notebook with the role ``paper``. The publisher gives each the number that it has here. A `title` and `subtitle`
    of one exhibit, written as in a prose cell, stand here in place of its own.

    Raises
    ------
    ModelInputError
        For a name that this notebook shows or placed already, and for a title of several exhibits.
    """
    if (title or subtitle) and len(names) != 1:
        raise ModelInputError(f"place: a title or subtitle goes with one exhibit, saw {len(names)}")
    own = {key: text for key, text in (("title", title), ("subtitle", subtitle)) if text}
    for name in names:
        if name in _Kernel.session.placed or name in _Kernel.session.exhibits:
            raise ModelInputError(f"place: {name!r} stands in this notebook already")
        _Kernel.session.placed.append(name)
        _emit(
            {
                PLACE: {"name": name, **own},
                "text/plain": f"here stands the exhibit {name} of another notebook",
            }
        )


def tell(*calls: str) -> None:
    """Let the narrative cards of these calls stand here, by their ids: ``tell("C01", "C21", "A02")``.

    For the notebook with the role ``paper``.
    """
    _emit({PLACE: {"cards": list(calls)}, "text/plain": f"here stand the cards of {', '.join(calls)}"})


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
    """Hand over a structured result for the report.

    Kinds: ``calls``, ``claims``, ``cards``, ``outcomes``, ``readings``, ``cross``, ``explorer``, ``questions``, ``world``.
    """
    content = _jsonable(payload)
    _Kernel.session.structured[kind] = content
    size = len(content) if isinstance(content, list | dict) else 1
    _emit(
        {
            STRUCTURED: {"kind": kind, "payload": content},
            "text/plain": f"{kind}: {size} entries for the report",
        }
    )


def dependencies() -> None:
    """Emit which tables were read, parameters used and files opened; the publisher adds this cell itself.

    The words that each prose cell could use go along as one text: a message of Jupyter's cannot hold a NaN.
    """
    # the parameter table counts by the rows that were used, not as a whole
    noted = reads.current()
    read = sorted(noted.tables - {"parameters"})
    _emit(
        {
            DEPENDENCIES: {
                "read": read,
                "used": sorted(noted.parameters),
                "files": witness.seen(),
                "written": witness.written(),
                "words": json.dumps(_changes(_Kernel.session.words)),
            },
            "text/plain": f"{len(read)} tables, {len(noted.parameters)} parameters, {len(witness.seen())} files",
        }
    )
