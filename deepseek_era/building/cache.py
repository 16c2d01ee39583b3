"""Executed notebooks kept between runs, why one has to run again, and the digest of all that a run depends on.

A notebook's outputs depend on its own source, the package modules that it imports (followed through their imports),
the data tables that it read, every other file that it opened, the parameters that it used, vintage, seed, and the lock
file. A kept notebook is used only if all of them are as they were when they were read; else what changed is told.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shlex
import warnings
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

import deepseek_era
from deepseek_era import tables, witness
from deepseek_era.book import manuscript
from deepseek_era.building import inputs
from deepseek_era.building.inputs import Snapshot
from deepseek_era.parameters import Parameters, later_knowledge
from deepseek_era.places import ROOT, shown_path

CACHE = ROOT / ".cache" / "notebooks"
KEPT_PER_NOTEBOOK = 12
_API = "deepseek_era.api"
_WRITTEN_IN = 20
"""Digits of a digest that are kept."""
_PYTHON_NAME = re.compile(r"deepseek_era(\.[A-Za-z_]\w*)+")


def _module_file(name: str) -> Path | None:
    base = ROOT.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def parsed(source: str) -> ast.Module:
    """Return the code of a cell as Python; what IPython adds to it (``%%time``, ``!ls``, ``name?``) as the calls it is.

    A cell that is neither is empty here: it fails where it runs, by name.
    """
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


def _imports(tree: ast.Module, package: str = "") -> set[str]:
    """Return the project's modules that code imports or names in a text, each with the packages around it."""
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
    return {name for name in ours if _module_file(name)}


@cache
def _module_imports(name: str) -> frozenset[str]:
    path = _module_file(name)
    if path is None:
        return frozenset()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return frozenset(_imports(ast.parse(path.read_text(encoding="utf-8")), package))


def _cells(document: nbformat.NotebookNode) -> list[ast.Module]:
    return [parsed(c.source) for c in document.cells if c.cell_type == "code"]


def modules_of(document: nbformat.NotebookNode, files: Iterable[str] = ()) -> list[str]:
    """Return every module of the package that a notebook reaches through imports, also through modules of its own."""
    open_: set[str] = set()
    for tree in _cells(document):
        open_ |= _imports(tree)
    for file in files:
        if file.endswith(".py"):
            try:
                open_ |= _imports(parsed(Path(file).read_text(encoding="utf-8")))
            except (OSError, ValueError):
                continue
    seen: set[str] = set()
    while open_:
        name = open_.pop()
        seen.add(name)
        open_ |= set(_module_imports(name)) - seen
    return _every_module() if _API in seen else sorted(seen)


@cache
def _every_module() -> list[str]:
    """Return every module of the package: any of them may answer what is asked through its Python interface."""
    files = (ROOT / "deepseek_era").rglob("*.py")
    return sorted(
        ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for f in files
    )


def files_named_in(document: nbformat.NotebookNode, folders: Iterable[Path]) -> list[Path]:
    """Return the files that the texts in a notebook's code name: for what opens them without Python's knowing."""
    found: dict[Path, None] = {}
    for tree in _cells(document):
        for text in _texts(tree):
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


def _row(parameters: Parameters, name: str) -> str:
    row = parameters.rows.get(name)
    return "" if row is None else repr(row)


def _table(name: str, snapshot: Snapshot) -> str:
    """Return the digest of a table and of the corrections that are applied to it."""
    content = snapshot.digest(tables.data_dir() / f"{name}.csv")
    try:
        lines = (tables.data_dir() / "corrections.csv").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    corrections = [line for line in lines if line.startswith((f"{name},", f'"{name}",'))]
    return hashlib.sha256("\n".join([content, *corrections]).encode()).hexdigest()[:_WRITTEN_IN]


def state(
    path: Path,
    parameters: Parameters,
    read: list[str],
    used: list[str],
    files: Mapping[str, str] | None = None,
    snapshot: Snapshot | None = None,
) -> dict[str, str]:
    """Return everything the outputs of a notebook depend on, by name.

    `files` are the other files that it opened, each with its digest; `snapshot` what the inputs were when the run
    began.
    """
    snapshot = snapshot or Snapshot()
    document = manuscript.read(path)

    def digest(of: Path) -> str:
        return snapshot.digest(of)[:_WRITTEN_IN]

    found = {
        f"notebook {path.stem}": digest(path),
        "requirements.txt": digest(ROOT / "requirements.txt"),
        "vintage": parameters.vintage.isoformat(),
        "seed": str(parameters.seed),
        # a further distribution shifts the dimensions of the path's shocks
        "number of distributions": str(1 + max(row.position for row in parameters.rows.values())),
        "data/datapackage.json": digest(tables.data_dir() / "datapackage.json"),
        "report/template/theme.json": digest(ROOT / "report" / "template" / "theme.json"),
    }
    for name in modules_of(document, files or ()):
        module = _module_file(name)
        if module is not None:
            found[f"module {name}"] = digest(module)
    for name in read:
        found[f"table {name}"] = _table(name, snapshot)
    for name in used:
        found[f"parameter {name}"] = _row(parameters, name)
    for name, content in (files or {}).items():
        dotted = _module_name(Path(name))
        found[f"module {dotted}" if dotted else f"file {shown_path(name)}"] = content[:_WRITTEN_IN]
    return found


def _module_name(path: Path) -> str:
    """Return the name of the package module in a file, or nothing: modules not followed by reading are seen opened."""
    if path.suffix != ".py" or not path.is_relative_to(ROOT / "deepseek_era"):
        return ""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    def age(path: Path) -> float:
        try:
            return -path.stat().st_mtime
        except OSError:  # another build dropped it meanwhile
            return 0.0

    return sorted(paths, key=age)


def _entries(name: str) -> list[dict[str, Any]]:
    entries = []
    for path in _newest_first((CACHE / name).glob("*.json")):
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(entry, dict) and {"state", "read", "used", "files", "document"} <= set(entry):
                entries.append(entry)
        except (OSError, ValueError):
            continue
    return entries


def _reason(now: Mapping[str, str], then: Mapping[str, str]) -> str:
    """Return what changed between two states, in words: first what is in both, and only else what came or went."""
    changed = [k for k in now if k in then and now[k] != then[k]]
    if not changed:  # cannot be without a change of the source, but a state may be of an older form
        changed = sorted(set(now) ^ set(then))
    more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
    return f"{changed[0]} changed{more}"


class Found(NamedTuple):
    """A kept notebook that still holds, or None; the reason in words; the files that it opened."""

    document: nbformat.NotebookNode | None
    reason: str
    files: dict[str, str]


def find(path: Path, parameters: Parameters, snapshot: Snapshot | None = None) -> Found:
    """Return a kept notebook if all that it depends on is as it was, and why not else."""
    snapshot = snapshot or Snapshot()
    reason, fewest = "first run", 0
    for entry in _entries(path.stem):
        files = {name: witness.digest(name) for name in entry["files"]}
        now = state(path, parameters, entry["read"], entry["used"], files, snapshot)
        differing = sum(now.get(k) != entry["state"].get(k) for k in set(now) | set(entry["state"]))
        if not differing:
            return Found(nbformat.from_dict(entry["document"]), "unchanged", files)
        if not fewest or differing < fewest:  # the nearest of the earlier runs
            reason, fewest = _reason(now, entry["state"]), differing
    return Found(None, reason, {})


def named_before(path: Path) -> dict[str, str]:
    """Return the files that the texts in a notebook's code name from its kernel's folder, with their digests."""
    found = files_named_in(manuscript.read(path), [ROOT])
    return {str(Path(os.path.normpath(name))): witness.digest(name) for name in found}


def keep(
    path: Path,
    parameters: Parameters,
    document: Mapping[str, Any],
    read: list[str],
    used: list[str],
    files: Mapping[str, str] | None = None,
    snapshot: Snapshot | None = None,
) -> None:
    """Keep an executed notebook with what it depended on; the oldest beyond a dozen go.

    What changed since it was read leaves nothing that could be taken for its result, so it is not kept.
    """
    if snapshot is not None and snapshot.moved():
        return
    folder = CACHE / path.stem
    folder.mkdir(parents=True, exist_ok=True)
    now = state(path, parameters, read, used, files, snapshot)
    key = hashlib.sha256(json.dumps(now, sort_keys=True).encode()).hexdigest()[:24]
    entry = {"state": now, "read": read, "used": used, "files": list(files or {}), "document": document}
    partial = folder / f"{key}.{os.getpid()}"
    try:
        partial.write_text(json.dumps(entry), encoding="utf-8")
        partial.replace(folder / f"{key}.json")
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    for left in folder.glob(f"{key}.[0-9]*"):  # of builds that were killed while they wrote
        left.unlink(missing_ok=True)
    for old in _newest_first(folder.glob("*.json"))[KEPT_PER_NOTEBOOK:]:
        old.unlink(missing_ok=True)


# --- the digest of a run ---------------------------------------------------------------------------------------------


def named_files(parameters: Parameters) -> dict[str, str]:
    """Return path and digest of the files that the run's settings name, such as ``returns_file``."""
    texts = [row.choices for row in parameters.rows.values() if row.dist == "text" and row.choices]
    files = [file for file in map(inputs.named_file, texts) if file is not None]
    return {str(file): witness.digest(file) for file in files}


def listed(files: Mapping[str, str]) -> list[list[str]]:
    """Return files as name and digest, in order, by names that do not tell where the project stands."""
    pairs = {(shown_path(path), digest) for path, digest in files.items() if digest != witness.MISSING}
    return [list(pair) for pair in sorted(pairs)]


def resolved(parameters: Parameters) -> dict[str, Any]:
    """Return the resolved parameters as plain data: vintage, seed, scenario, overrides and every row.

    ``later_knowledge`` names those that were set in a run of an earlier vintage; such a row has no day on which it was
    public.
    """
    later = later_knowledge(parameters)
    return {
        "vintage": parameters.vintage.isoformat(),
        "seed": parameters.seed,
        "scenario": parameters.scenario,
        "overrides": parameters.overrides,
        "later_knowledge": list(later),
        "rows": {
            name: {
                "dist": row.dist,
                "values": [None if x != x else x for x in (row.p1, row.p2, row.p3)],
                "choice": row.choices.split("|")[0],
                "as_of": "" if name in later else row.as_of,
            }
            for name, row in parameters.rows.items()
        },
    }


def of_run(parts: Mapping[str, str], parameters: Parameters, files: Mapping[str, str] | None = None) -> str:
    """Return the digest of all that a run depends on: inputs, parameters, every file that it opened beside them."""
    opened = listed(named_files(parameters) if files is None else files)
    content = {"inputs": dict(parts), "parameters": resolved(parameters), "files": opened}
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
