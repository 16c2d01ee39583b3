"""Where a figure is made: the notebook cell that records it, and the functions of the package that its number comes from.

Found by reading the notebooks, not by running them: the cell names the id, or a pattern of ids such as
``market.{group}.p_holm``, in a call of ``record`` or ``record_rows``.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from deepseek_era import parameters, registry, tables
from deepseek_era.errors import DataError, first_line

# what a notebook says and shows with; a number comes from elsewhere
_SAYING = ("notebook", "charts", "exhibits", "words", "figure", "prose")
_GAP = re.compile(r"\{\{?[^{}]*\}\}?")
_WRITTEN = re.compile(
    r"[a-z]\w*(?:\.(?:\w|\{\{?[^{}\n]*\}\}?)+)+"
)  # an id, or a text with gaps that may make one


@dataclass(frozen=True)
class Function:
    """A function of the package that a cell calls: its name, file and line, and the first line of its docstring."""

    name: str
    place: str
    says: str


@dataclass(frozen=True)
class Origin:
    """The cell that records a figure, the functions behind the value, and the parameters that cell and functions name."""

    place: str
    functions: tuple[Function, ...]
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class _Record:
    """A call that records: its place in the notebook, the id as written ('' where figures come ready), the value's code.

    `makes` where the call makes a figure of that id, and does not choose one that comes ready.
    """

    step: int
    id: str
    value: ast.AST
    makes: bool = True


@dataclass(frozen=True)
class _Notebook:
    """A notebook's statements from top to bottom with the cell of each, its calls that record, and the package's names that it imports."""

    path: Path
    steps: tuple[tuple[str, ast.stmt], ...]
    records: tuple[_Record, ...]
    imports: dict[str, Any]


def _id_of(node: ast.AST | None) -> str:
    """Return the id that a string or f-string gives, gaps in braces; '' for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
    return ""


def _keys(node: ast.AST | None) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Yield the ids that a dictionary gives, those of dictionaries unpacked in it too, each with its value's code."""
    if isinstance(node, ast.DictComp):
        yield node.key, None
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield from [(key, value)] if key else _keys(value)


def _records(step: int, statement: ast.stmt, dictionaries: dict[str, ast.AST]) -> Iterator[_Record]:
    """Yield what a statement records; `dictionaries` are those that statements above it have named."""
    calls = (n for n in ast.walk(statement) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name))
    for call in calls:
        first = call.args[0] if call.args else None
        if call.func.id == "record_rows" and len(call.args) > 1:  # type: ignore[attr-defined]
            yield _Record(step, _id_of(call.args[1]), statement)
        elif call.func.id == "record" and first is not None:  # type: ignore[attr-defined]
            named = list(_keys(dictionaries.get(first.id) if isinstance(first, ast.Name) else first))
            yield from (_Record(step, _id_of(key), value or statement) for key, value in named)
            if not named:
                yield _Record(step, _id_of(first), statement, bool(_id_of(first)))
                # figures that come ready may be chosen by an id, or by the part before its last dot
                for text in filter(None, map(_id_of, ast.walk(first))):
                    yield from (
                        _Record(step, id, statement, False) for id in (text, f"{text}.{{}}") if "." in text
                    )


@functools.lru_cache(maxsize=32)
def _read(path: Path, modified: float) -> _Notebook:
    del modified
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [(str(c.get("id", "?")), "".join(c["source"])) for c in cells if c["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"notebooks/{path.name}: cannot be read ({first_line(error)})") from None
    steps: list[tuple[str, ast.stmt]] = []
    for cell, source in code:
        with contextlib.suppress(SyntaxError, ValueError):  # prose, magics and what never ran records nothing
            steps += [(cell, statement) for statement in ast.parse(source).body]
    records: list[_Record] = []
    dictionaries: dict[str, ast.AST] = {}
    for i, (_, line) in enumerate(steps):
        records += _records(i, line, dictionaries)
        if isinstance(line, ast.Assign):
            dictionaries |= {t.id: line.value for t in line.targets if isinstance(t, ast.Name)}
    known: dict[str, Any] = {}
    for _, line in steps:
        if isinstance(line, ast.ImportFrom) and str(line.module).startswith("deepseek_era"):
            with contextlib.suppress(ImportError):
                exec(compile(ast.Module([line], []), path.name, "exec"), known)
    return _Notebook(path, tuple(steps), tuple(records), known)


def _fixed(id: str, figure_id: str, declared: str) -> int:
    """Return how many letters of a figure's id a cell's id fixes; -1 where it is another's, 0 where figures come ready.

    An id with gaps counts only where it can make the whole declared id, or ``market.{}.{}`` would take every figure.
    """
    pattern = ".+".join(map(re.escape, _GAP.split(id)))
    gaps = bool(_GAP.search(id))
    if not id:
        return 0
    fits = re.fullmatch(pattern, figure_id) and (not gaps or re.fullmatch(pattern, declared))
    return len(_GAP.sub("", id)) if fits else -1


def _behind(notebook: _Notebook, record: _Record) -> list[ast.AST]:
    """Return the value's code and the statements above it that set the variables in it, nearest first."""
    found: list[ast.AST] = [record.value]
    needed = _names(record.value, ast.Load)
    for _, statement in reversed(notebook.steps[: record.step]):
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        changed = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        if needed & (changed | _names(statement, ast.Store)):
            found.append(statement)
            needed |= _names(statement, ast.Load)
    return found


def _names(code: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {n.id for n in ast.walk(code) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def _functions(notebook: _Notebook, code: Iterable[ast.AST]) -> list[FunctionType]:
    """Return the package's functions that this code calls, each once, without those that only say and show."""
    found: dict[FunctionType, None] = {}
    for call in (n for part in code for n in ast.walk(part) if isinstance(n, ast.Call)):
        first, *rest = ast.unparse(call.func).split(".")
        called = functools.reduce(lambda of, name: getattr(of, name, None), rest, notebook.imports.get(first))
        function = inspect.unwrap(called) if callable(called) else None
        if isinstance(function, FunctionType):
            package, _, part = function.__module__.partition(".")
            if package == "deepseek_era" and part.split(".")[0] not in _SAYING:
                found[function] = None
    return list(found)


def _texts(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _texts(constant)
        elif isinstance(constant, str):
            yield constant


def _told(function: FunctionType) -> Function:
    path = Path(inspect.getfile(function)).resolve()
    file = path.relative_to(Path(__file__).resolve().parents[1]).as_posix()
    says = (inspect.getdoc(function) or "").split("\n")[0]
    return Function(function.__name__, f"{file}:{function.__code__.co_firstlineno}", says)


def origin(figure_id: str, notebook: str = "") -> Origin | None:
    """Return where a figure is recorded, or None where no cell can; `notebook` is the one that a report names for it.

    Of all ids and patterns of ids that fit, the one that fixes most of the id; then a cell that records figures
    which come ready, ``record(tables.figures(model))``, if the report says that the figure is of its notebook.

    Raises
    ------
    DataError
        For a notebook that cannot be read.
    """
    paths = sorted((tables.ROOT / "notebooks").glob("*.ipynb"))
    named = [path for path in paths if path.stem == notebook]
    row = registry.declared(figure_id)
    best: tuple[int, _Notebook, _Record] | None = None
    for book in (_read(path, path.stat().st_mtime) for path in named or paths):
        for record in book.records:
            fixed = _fixed(record.id, figure_id, row.id if row else "")
            if fixed >= (0 if named else 1) and (best is None or fixed > best[0]):
                best = fixed, book, record
    if best is None:
        return None
    _, book, record = best
    code = _behind(book, record)
    functions = _functions(book, code)
    spoken = {n.value for part in code for n in ast.walk(part) if isinstance(n, ast.Constant)}
    texts = spoken.union(*(_texts(function.__code__) for function in functions))
    return Origin(
        f"notebooks/{book.path.name}, cell {book.steps[record.step][0]}",
        tuple(map(_told, functions)),
        tuple(name for name in parameters.table() if name in texts),
    )


def _strings(node: ast.AST) -> Iterator[str]:
    """Yield the texts in code as `_id_of` gives them, without docstrings."""
    if text := _id_of(node):
        yield text
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FormattedValue):
            yield from _strings(child.value)
        elif not isinstance(node, ast.JoinedStr) and not (
            isinstance(child, ast.Expr) and _id_of(child.value)
        ):
            yield from _strings(child)


def _ids_in(code: str) -> list[str]:
    """Return what may be ids in the texts of a file or cell, in the whole of it where it is not Python."""
    try:
        texts: Iterable[str] = _strings(ast.parse(code))
    except (SyntaxError, ValueError):
        texts = [code]
    return [name for text in texts for name in _WRITTEN.findall(text)]


def _all_records() -> list[_Record]:
    """Return what the notebooks record, from the first to the last."""
    paths = sorted((tables.ROOT / "notebooks").glob("*.ipynb"))
    return [record for path in paths for record in _read(path, path.stat().st_mtime).records]


def _written(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Return how often the package writes an id, or a text with gaps that may be one, and how often all others do.

    Others are notebooks without what their calls of ``record`` and ``record_rows`` record, tests, and tables without the one
    of figures.
    """
    package: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for name, found, endings in (("deepseek_era", package, ["*.py"]), ("tests", others, ["*.py", "*.txt"])):
        for path in (path for ending in endings for path in (folder / name).rglob(ending)):
            found.update(_ids_in(path.read_text(encoding="utf-8")))
    for path in (path for ending in ("*.csv", "*.yaml") for path in (folder / "data").rglob(ending)):
        if path.name != "figures.csv":
            others.update(_WRITTEN.findall(path.read_text(encoding="utf-8")))
    for path in (folder / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            others.update(_ids_in("".join(cell["source"])))
    others.subtract(record.id for record in _all_records() if record.makes)
    return package, +others


def _counted(written: Counter[str]) -> Callable[[str, str], int]:
    """Return a function of an id and its form: how often it is written, or a text with gaps that makes it.

    The text must fix two thirds of the id, or be of the form itself.
    """
    gapped = [
        (re.compile(".+".join(map(re.escape, parts))), len("".join(parts)), parts, times)
        for name, times in written.items()
        if len(parts := _GAP.split(name)) > 1
    ]

    def times(id: str, form: str) -> int:
        own = _GAP.split(form)
        makes = (
            n
            for pattern, fixed, parts, n in gapped
            if 3 * fixed >= 2 * len(id) or parts == own
            if pattern.fullmatch(id)
        )
        return written[id] + sum(makes)

    return times


def unnamed(figures: Iterable[str]) -> list[str]:
    """Return the ids that nothing names but what records them: no prose, no title, no lookup, no test, no comparison.

    An id is named by whatever writes it, or a text with gaps that fixes two thirds of it, and by its row of
    ``data/figures.csv`` if that says over what its family is compared. Where no cell records a figure by its id, the package
    makes it, and one mention there is the making. Found by reading, so a lookup by a shorter part of the id
    (``found.of("claims.app")``) is missed.
    """
    inside, others = map(_counted, _written(tables.ROOT))
    cells = {record.id for record in _all_records() if record.makes}

    def named(id: str) -> bool:
        row = registry.declared(id)
        form = row.id if row else ""
        in_package = inside(id, form)
        made_there = in_package and not any(_fixed(text, id, form) > 0 for text in cells)
        return bool(row and row.compared) or others(id, form) + in_package > (1 if made_there else 0)

    return [id for id in figures if not named(id)]
