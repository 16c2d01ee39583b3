"""Executed notebooks kept between runs, and why one has to run again.

A notebook's outputs depend on its own source, the package modules that it imports (followed through their imports),
the data tables that it read, the parameters that it used, vintage, seed, and the lock file. A kept notebook is
used only if all of them are as they were; else the first that changed is the reason given.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from deepseek_era import tables
from deepseek_era.parameters import Parameters
from deepseek_era.publish import fresh
from deepseek_era.tables import ROOT

CACHE = ROOT / ".cache" / "notebooks"
KEPT_PER_NOTEBOOK = 12


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:20]


def _module_file(name: str) -> Path | None:
    base = ROOT.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _imports(source: str, package: str = "") -> set[str]:
    """Return the project's modules that a source imports, each with the packages around it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                stem = ".".join([*above, stem]) if stem else ".".join(above)
            found.add(stem)
            found.update(f"{stem}.{alias.name}" for alias in node.names)
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
    return frozenset(_imports(path.read_text(encoding="utf-8"), package))


def modules_of(document: nbformat.NotebookNode) -> list[str]:
    """Return every module of the package that a notebook reaches through imports."""
    source = "\n".join(c.source for c in document.cells if c.cell_type == "code")
    open_, seen = set(_imports(source)), set()
    while open_:
        name = open_.pop()
        seen.add(name)
        open_ |= set(_module_imports(name)) - seen
    return sorted(seen)


def _row(parameters: Parameters, name: str) -> str:
    row = parameters.rows.get(name)
    if row is None:
        return ""
    # a text setting may name a user's file: its content counts, not its name alone
    file = fresh.named_file(row.choices) if row.dist == "text" and row.choices else None
    return repr(row) + (_digest(file) if file is not None else "")


def state(path: Path, parameters: Parameters, read: list[str], used: list[str]) -> dict[str, str]:
    """Return everything the outputs of a notebook depend on, by name."""
    document = nbformat.read(path, as_version=4)
    found = {
        f"notebook {path.stem}": _digest(path),
        "requirements.txt": _digest(ROOT / "requirements.txt"),
        "vintage": parameters.vintage.isoformat(),
        "seed": str(parameters.seed),
        # a further distribution shifts the dimensions of the path's shocks
        "number of distributions": str(1 + max(row.position for row in parameters.rows.values())),
        "data/datapackage.json": _digest(tables.data_dir() / "datapackage.json"),
        "report/template/theme.json": _digest(ROOT / "report" / "template" / "theme.json"),
    }
    for name in modules_of(document):
        module = _module_file(name)
        if module is not None:
            found[f"module {name}"] = _digest(module)
    for name in read:
        file = tables.data_dir() / f"{name}.csv"
        found[f"table {name}"] = _digest(file) if file.exists() else "missing"
    for name in used:
        found[f"parameter {name}"] = _row(parameters, name)
    return found


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
            if isinstance(entry, dict) and {"state", "read", "used", "document"} <= set(entry):
                entries.append(entry)
        except (OSError, ValueError):
            continue
    return entries


def find(path: Path, parameters: Parameters) -> tuple[nbformat.NotebookNode | None, str]:
    """Return a kept notebook that still holds, or None, with the reason in words."""
    reason = "first run"
    for number, entry in enumerate(_entries(path.stem)):
        now = state(path, parameters, entry["read"], entry["used"])
        changed = sorted(k for k in set(now) | set(entry["state"]) if now.get(k) != entry["state"].get(k))
        if not changed:
            return nbformat.from_dict(entry["document"]), "unchanged"
        if number == 0:
            reason = f"{changed[0]} changed" + (f" (and {len(changed) - 1} more)" if len(changed) > 1 else "")
    return None, reason


def keep(
    path: Path, parameters: Parameters, document: Mapping[str, Any], read: list[str], used: list[str]
) -> None:
    """Keep an executed notebook with what it depended on; the oldest beyond a dozen go."""
    folder = CACHE / path.stem
    folder.mkdir(parents=True, exist_ok=True)
    now = state(path, parameters, read, used)
    key = hashlib.sha256(json.dumps(now, sort_keys=True).encode()).hexdigest()[:24]
    entry = {"state": now, "read": read, "used": used, "document": document}
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
