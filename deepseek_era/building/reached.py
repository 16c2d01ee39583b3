"""What code reaches: the modules of the package that it imports, followed through their imports, and files it names.

What a text imports is kept in ``.cache/imports.json`` under the digest of the text, so that a build need not read the
whole package again to know that nothing changed. A file that is damaged or of another version counts for nothing.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import re
import shlex
import warnings
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import nbformat

import deepseek_era
from deepseek_era.places import ROOT

KEPT = ROOT / ".cache" / "imports.json"
MOST = 5000
"""Texts whose imports are kept; beyond that all are read anew."""
_API = "deepseek_era.api"
_PYTHON_NAME = re.compile(r"deepseek_era(\.[A-Za-z_]\w*)+")


def module_file(name: str) -> Path | None:
    """Return the file of a module or package of the project, or None."""
    base = ROOT.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def parsed(source: str) -> ast.Module:
    """Return the code of a cell as Python; what IPython adds to it (``%%time``, ``!ls``, ``name?``) as the calls it is.

    A cell that is neither is empty here: it fails where it runs, by name.
    """
    from IPython.core.inputtransformer2 import TransformerManager

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in a text of somebody's
        try:
            return ast.parse(TransformerManager().transform_cell(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])


def _parts(tree: ast.Module) -> Iterable[ast.Module]:
    """Return code and, after it, the code that magics such as ``%%time`` run."""
    yield tree
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("run_cell_magic", "run_line_magic")
            and node.args
            and isinstance(node.args[-1], ast.Constant)
            and isinstance(node.args[-1].value, str)
        ):
            yield from _parts(parsed(node.args[-1].value))


def _texts(tree: ast.Module) -> Iterable[str]:
    """Return the texts in code, those given to a magic taken for the code that they are."""
    for part in _parts(tree):
        for node in ast.walk(part):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _named(tree: ast.Module, package: str) -> set[str]:
    """Return the names under ``deepseek_era`` that code imports or has in a text, each with the packages around it."""
    found: set[str] = set()
    for part in _parts(tree):
        for node in ast.walk(part):
            if isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
                found |= names | ({_API} if "deepseek_era" in names and not package else set())
            elif isinstance(node, ast.ImportFrom):
                stem = node.module or ""
                if node.level:
                    above = package.split(".")[: len(package.split(".")) - node.level + 1]
                    stem = ".".join([*above, stem]) if stem else ".".join(above)
                found.add(stem)
                names = {alias.name for alias in node.names}
                found.update(f"{stem}.{name}" for name in names)
                offered = stem == "deepseek_era" and not names.isdisjoint({"*", *deepseek_era.__all__})
                found.update([_API] if offered else [])
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not package:
                found.update([node.value] if _PYTHON_NAME.fullmatch(node.value) else [])
    ours = {name for name in found if name.split(".")[0] == "deepseek_era"}
    for name in list(ours):
        pieces = name.split(".")
        ours.update(".".join(pieces[:i]) for i in range(1, len(pieces)))
    return ours


class _Kept:
    """What texts import, by their digests; read from `KEPT` when first asked for."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] | None = None
        self._new = False

    @staticmethod
    def _seal(found: dict[str, list[str]]) -> str:
        """Return what a file of this version with this content says of itself."""
        version = Path(__file__).read_bytes() + repr(deepseek_era.__all__).encode()
        return hashlib.sha256(version + json.dumps(found, sort_keys=True).encode()).hexdigest()

    def _read(self) -> dict[str, list[str]]:
        try:
            seal, found = json.loads(KEPT.read_text(encoding="utf-8"))
            return found if seal == self._seal(found) and len(found) < MOST else {}
        except (OSError, ValueError, TypeError):
            return {}

    def names(self, text: str, package: str = "", *, cell: bool = False) -> list[str]:
        """Return the names that a module of a package, or a cell of a notebook, imports."""
        if self._found is None:
            self._found = self._read()
        key = hashlib.sha256(f"{package}\0{cell}\0{text}".encode("utf-8", "surrogateescape")).hexdigest()
        if key not in self._found:
            self._found[key] = sorted(_named(parsed(text) if cell else ast.parse(text), package))
            self._new = True
        return self._found[key]

    def write(self) -> None:
        """Write what was found since it was read; where that cannot be, the next build looks again."""
        if not self._new or self._found is None:
            return
        self._new = False
        partial = KEPT.with_suffix(f".{os.getpid()}")
        try:
            KEPT.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps([self._seal(self._found), self._found]), encoding="utf-8")
            partial.replace(KEPT)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)


_kept = _Kept()


def _modules(names: Iterable[str]) -> set[str]:
    return {name for name in names if module_file(name)}


@cache
def _module_imports(name: str) -> frozenset[str]:
    path = module_file(name)
    if path is None:
        return frozenset()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return frozenset(_modules(_kept.names(path.read_text(encoding="utf-8"), package)))


def modules_of(document: nbformat.NotebookNode, files: Iterable[str] = ()) -> list[str]:
    """Return every module of the package that a notebook reaches through imports, also through modules of its own."""
    texts = [str(cell.source) for cell in document.cells if cell.cell_type == "code"]
    for file in files:
        if file.endswith(".py"):
            with contextlib.suppress(OSError, ValueError):
                texts.append(Path(file).read_text(encoding="utf-8"))
    open_ = {name for text in texts for name in _modules(_kept.names(text, cell=True))}
    seen: set[str] = set()
    while open_:
        name = open_.pop()
        seen.add(name)
        open_ |= set(_module_imports(name)) - seen
    _kept.write()
    return every_module() if _API in seen else sorted(seen)


@cache
def every_module() -> list[str]:
    """Return every module of the package: any of them may answer what is asked through its Python interface."""
    files = (ROOT / "deepseek_era").rglob("*.py")
    return sorted(
        ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for f in files
    )


def files_named_in(document: nbformat.NotebookNode, folders: Iterable[Path]) -> list[Path]:
    """Return the files that the texts in a notebook's code name: for what opens them without Python's knowing."""
    found: dict[Path, None] = {}
    trees = [parsed(cell.source) for cell in document.cells if cell.cell_type == "code"]
    for text in (text for tree in trees for text in _texts(tree)):
        try:
            pieces = [text, *shlex.split(text)] if len(text) < 10_000 else []
        except ValueError:
            pieces = [text, *text.split()]
        for piece in pieces:
            for folder in folders:
                try:
                    path = folder / Path(piece).expanduser()
                    if piece and path.is_file():
                        found[path] = None
                except (OSError, ValueError, RuntimeError):
                    continue
    return list(found)
