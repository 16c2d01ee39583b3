"""A notebook run in this process, without a kernel: what it records and shows, for tests and for a quick look.

Cells run top to bottom in one set of variables, as in a kernel; exhibits are collected and not drawn. Cells that need
IPython (magics other than ``%%prose``, ``!``) are not for a rehearsal.
"""

from __future__ import annotations

import ast
import functools
import json
from pathlib import Path
from types import CodeType
from typing import Any

from deepseek_era import notebook as contract
from deepseek_era import prose, tables
from deepseek_era.errors import UserError, nearest, plain
from deepseek_era.figure import Figure
from deepseek_era.model import Model
from deepseek_era.tables import ROOT


def notebook_path(name: str) -> Path:
    """Return the notebook of this name, with or without its number: ``market`` or ``03-market``.

    Raises
    ------
    UserError
        For a name that no notebook has, with the nearest.
    """
    paths = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    for path in paths:
        if name in (path.stem, path.stem.partition("-")[2]):
            return path
    known = [path.stem.partition("-")[2] for path in paths]
    raise UserError(f"notebook {name!r}: there is none{nearest(name, known)}")


def by_role(role: str) -> str | None:
    """Return the name of the notebook that has a role in the report (``cost``, ``market``, …), or None."""
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb")):
        own = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("deepseek_era") or {}
        if own.get("role") == role:
            return path.stem
    return None


@functools.lru_cache(maxsize=32)
def _cells(path: Path, modified: float) -> tuple[tuple[str, str, bool, bool, CodeType | None], ...]:
    """Return the code cells of a notebook: place, source, whether parameters, whether it only shows, compiled."""
    del modified
    found = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        place = f"notebooks/{path.name}, cell {cell.get('id', '?')}"
        is_prose = source.startswith(prose.MAGIC)
        code = None if is_prose else compile(source, place, "exec")
        tagged = "parameters" in cell["metadata"].get("tags", [])
        found.append((place, source, tagged, not is_prose and _only_shows(source), code))
    return tuple(found)


def _only_shows(source: str) -> bool:
    """Return whether a cell does nothing but show and publish, so that figures can be had without it."""

    def shows(node: ast.stmt) -> bool:
        if isinstance(node, ast.If):
            return all(map(shows, [*node.body, *node.orelse]))
        call = node.value if isinstance(node, ast.Expr) else None
        named = call.func if isinstance(call, ast.Call) else None
        return isinstance(named, ast.Name) and named.id in ("show", "publish")

    body = ast.parse(source).body
    return bool(body) and all(map(shows, body))


def rehearse(
    name: str, *, model: Model | None = None, figures_only: bool = False, **parameters: Any
) -> contract.Session:
    """Return the session of a notebook run with these parameters: figures, exhibits, results, prose.

    With `model` the notebook works on that one and its parameters; `figures_only` leaves out prose and what only shows.

    Raises
    ------
    UserError
        As in a build.
    """
    path = notebook_path(name)
    variables: dict[str, Any] = {"__name__": "__main__"}
    with contract.session(emit=lambda bundle: None, draws=False, model=model):
        for _, source, tagged, only_shows, code in _cells(path, path.stat().st_mtime):
            if code is not None and not (figures_only and only_shows):
                exec(code, variables)
            elif code is None and not figures_only:
                contract._prose("", source.partition("\n")[2])
            if tagged:
                variables |= parameters
        return contract._Kernel.session


def figures_of(role: str, model: Model) -> dict[str, Figure]:
    """Return the figures that the notebook of a role records for a model, keyed by id.

    Raises
    ------
    UserError
        For a role that no notebook has.
    """
    name = by_role(role)
    if name is None:
        raise UserError(f"no notebook has the role {plain(role)} in its metadata")
    return rehearse(name, model=model, figures_only=True).figures


@functools.lru_cache(maxsize=32)
def _kept(name: str, parameters: str, state: tuple[object, ...]) -> contract.Session:
    del state
    return rehearse(name, **json.loads(parameters))


def rehearsed(name: str, **parameters: Any) -> contract.Session:
    """Return `rehearse` of the same notebook, parameters and tables, run once; its results are not to be changed."""
    state = (notebook_path(name).stat().st_mtime_ns, *map(tables.stamp, tables.declared()))
    return _kept(name, json.dumps(parameters, sort_keys=True), state)
