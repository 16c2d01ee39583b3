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
from collections.abc import Iterable, Iterator
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
    """A call that records: its place in the notebook, the id as written ('' where figures come ready), the value's code."""

    step: int
    id: str
    value: ast.AST


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


def _records(step: int, statement: ast.stmt) -> Iterator[_Record]:
    calls = (n for n in ast.walk(statement) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name))
    for call in calls:
        first = call.args[0] if call.args else None
        if call.func.id == "record_rows" and len(call.args) > 1:  # type: ignore[attr-defined]
            yield _Record(step, _id_of(call.args[1]), statement)
        elif call.func.id == "record" and first is not None:  # type: ignore[attr-defined]
            if isinstance(first, ast.Dict):
                named = zip(first.keys, first.values, strict=True)
                yield from (_Record(step, _id_of(key), value) for key, value in named)
            elif isinstance(first, ast.DictComp):
                yield _Record(step, _id_of(first.key), statement)
            else:
                yield _Record(step, _id_of(first), statement)
                # figures that come ready may be chosen by an id, or by the part before its last dot
                for text in filter(None, map(_id_of, ast.walk(first))):
                    yield from (_Record(step, id, statement) for id in (text, f"{text}.{{}}") if "." in text)


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
    records = [record for i, (_, statement) in enumerate(steps) for record in _records(i, statement)]
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


def _named_in(folder: Path) -> Counter[str]:
    """Return how often notebooks, package, tests and tables write a figure's id, or a text with gaps that may be one."""
    kinds = (("deepseek_era", "*.py"), ("notebooks", "*.ipynb"), ("tests", "*.py"), ("data", "*.csv"))
    paths = [path for name, ending in kinds for path in sorted((folder / name).rglob(ending))]
    texts = (p.read_text(encoding="utf-8") for p in paths if p.name != "figures.csv")
    return Counter(name for text in texts for name in _WRITTEN.findall(text))


def unnamed(figures: Iterable[str]) -> list[str]:
    """Return the ids that nothing names but what records them: no prose, no title, no lookup, no test.

    An id, or a text with gaps that fixes two thirds of it, is there once where the figure is made; what names it twice uses
    it. Found by reading, so a lookup by a shorter part of the id (``found.of("claims.app")``) is missed.
    """
    written = _named_in(tables.ROOT)
    patterns = [
        (re.compile(".+".join(map(re.escape, _GAP.split(name)))), len(_GAP.sub("", name)), times)
        for name, times in written.items()
        if _GAP.search(name)
    ]

    def times(id: str) -> int:
        fitting = (n for pattern, fixed, n in patterns if 3 * fixed >= 2 * len(id) and pattern.fullmatch(id))
        return written[id] + sum(fitting)

    return [id for id in figures if times(id) <= 1]
