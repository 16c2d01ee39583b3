"""Finished runs: which there are, and what the folder of one holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from deepseek_era.book.part import WHOLE
from deepseek_era.errors import UserError, nearest, plain, shown
from deepseek_era.figure import Figure
from deepseek_era.places import REPORTS

NEEDED = ("figures.json", "calls.csv", "claims.csv", "manifest.json")


@dataclass(frozen=True)
class Run:
    """What a finished run left: figures, calls, claims and the manifest."""

    name: str
    folder: Path
    figures: dict[str, Figure]
    calls: pd.DataFrame
    claims: pd.DataFrame
    manifest: dict[str, Any]


def names(root: Path = REPORTS) -> list[str]:
    """Return the names of the finished runs, ``base`` first."""
    found = (p.name for p in root.glob("*") if not p.name.startswith(".") and (p / "manifest.json").is_file())
    return sorted(found, key=lambda name: (name != WHOLE, name))


def find(run: str | Path, root: Path = REPORTS) -> Path:
    """Return the folder of a finished run, given by its name, or by a path from the root of the disk.

    Raises
    ------
    UserError
        In one line, with the nearest name, for a run that is not there.
    """
    known = names(root)
    if isinstance(run, str) and run in known:
        return root / run
    try:
        path = Path(run)
        if path.is_absolute() and (path / "manifest.json").is_file():
            return path
    except (OSError, ValueError):  # no name of a folder: too long, with a NUL
        pass
    allowed = ", ".join(map(plain, known)) or "none yet: make report"
    raise UserError(f"run: saw {shown(run)}, allowed: {allowed}{nearest(str(run), known)}")


def left_out(folder: Path) -> list[str]:
    """Return the notebooks that a run left out; none for a run without a manifest that can be read."""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8")).get("left_out", [])
        return [str(name) for name in found]
    except (OSError, ValueError, AttributeError, TypeError):
        return []


def read(folder: Path, *, whole: bool = True) -> Run:
    """Return a finished run; unless it has to be `whole`, a part of the report has the calls and claims that it made.

    Raises
    ------
    UserError
        If the folder or one of its files is missing or broken, by name.
    """
    place = f"report/{folder.name}"
    if not folder.is_dir():
        raise UserError(f"{place}: no such run; make it with make report")
    absent = left_out(folder)
    if absent and whole:
        raise UserError(f"{place}: a part of the report, without {', '.join(absent)}; allowed: a whole run")
    there = [name for name in NEEDED if (folder / name).is_file()]
    for name in NEEDED:
        if name not in there and not (absent and name.endswith(".csv")):
            raise UserError(f"{place}: {name} is missing; make the run again with make report FORCE=1")
    try:
        raw = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        figures = {key: Figure.read(key, entry) for key, entry in raw.items()}
        calls, claims = (
            pd.read_csv(folder / name, dtype={"one_sided": str})
            if name in there
            else pd.DataFrame(columns=["id", *answers])
            for name, answers in (("calls.csv", ("band", "was_it_r1")), ("claims.csv", ("verdict",)))
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{place}: not readable as a run ({str(error).splitlines()[0]})") from None
    return Run(folder.name, folder, figures, calls, claims, manifest)
