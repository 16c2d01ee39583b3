"""Where the project and its tables stand. Standard library only."""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "report"
CITATION = ROOT / "CITATION.cff"
"""How the report is cited, and which edition of it this is."""
SNAPSHOTS = "snapshots"
"""Folder beside the tables of what was fetched but not taken over: no input of any run."""

_TABLES = "DEEPSEEK_ERA_DATA"

PART = re.compile(r"[0-9][0-9]-.+\.ipynb", re.DOTALL)
"""How the file of a part of the report is named."""


def data_dir() -> Path:
    """Return the folder of the tables: ``data/`` of the project, or ``DEEPSEEK_ERA_DATA``."""
    return _folder(os.environ.get(_TABLES))


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Have the package read its tables from another folder."""
    before = os.environ.get(_TABLES)
    os.environ[_TABLES] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_TABLES]
        else:
            os.environ[_TABLES] = before


@functools.lru_cache(maxsize=8)
def _folder(own: str | None) -> Path:
    # made once: every point of a sweep asks for it some dozen times
    return ROOT / "data" if own is None else Path(own)


def notebooks_dir() -> Path:
    """Return the folder of the notebooks: ``notebooks/`` of the project, or ``DEEPSEEK_ERA_NOTEBOOKS``."""
    return Path(os.environ.get("DEEPSEEK_ERA_NOTEBOOKS", ROOT / "notebooks"))


def notebook_files(folder: Path | None = None) -> list[Path]:
    """Return the files of the report's notebooks in reading order; none of them is opened."""
    return sorted(p for p in (folder or notebooks_dir()).glob("*.ipynb") if PART.fullmatch(p.name))


def from_root(path: Path) -> Path:
    """Return a path under the project as it is written from there; another one as it is."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def shown_path(path: str | Path) -> str:
    """Return a path as messages and digests name it: under the project, else its last part alone."""
    file = Path(path)
    return file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name
