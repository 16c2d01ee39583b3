"""A notebook run in this process, without a kernel: what it records and shows, for tests and for a quick look.

Cells run top to bottom in one set of variables, as in a kernel; exhibits are collected and not drawn. Cells that need
IPython (magics other than ``%%prose``, ``!``) are not for a rehearsal.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from deepseek_era import notebook as contract
from deepseek_era import prose
from deepseek_era.errors import UserError, nearest
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


def rehearse(name: str, **parameters: Any) -> contract.Session:
    """Return the session of a notebook run with these parameters: figures, exhibits, phrases, structured results, prose.

    Raises
    ------
    UserError
        As in a build, with the place of the cell.
    """
    path = notebook_path(name)
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    variables: dict[str, Any] = {"__name__": "__main__"}
    with contract.session(emit=lambda bundle: None, draws=False):
        for cell in cells:
            if cell["cell_type"] != "code":
                continue
            source = "".join(cell["source"])
            place = f"notebooks/{path.name}, cell {cell.get('id', '?')}"
            if source.startswith(prose.MAGIC):
                contract._prose("", source.partition("\n")[2])
            else:
                exec(compile(source, place, "exec"), variables)
            if "parameters" in cell["metadata"].get("tags", []):
                variables |= parameters
        return contract._Kernel.session


@functools.lru_cache(maxsize=32)
def _kept(name: str, parameters: str) -> contract.Session:
    return rehearse(name, **json.loads(parameters))


def rehearsed(name: str, **parameters: Any) -> contract.Session:
    """Return `rehearse` of the same notebook and parameters, run once; its results are not to be changed."""
    return _kept(name, json.dumps(parameters, sort_keys=True))
