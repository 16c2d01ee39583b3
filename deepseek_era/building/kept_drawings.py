"""Drawings of earlier builds, each under the digest of its specification and of all that it is drawn with.

A file that is damaged, half written or of another version is none: what it held is drawn again. Bytes are the same with
and without it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from deepseek_era.drawing import fonts, svg

MOST = 3000
"""Drawings that are kept: about a dozen runs of the whole report."""


class Drawing(NamedTuple):
    """An SVG, and what the drawing library warned of while it made it."""

    svg: str
    warnings: list[str]


@functools.cache
def _drawn_with() -> bytes:
    """Return the digest of what gives a specification its drawing: converter, faces, and how its output is tidied."""
    import importlib.metadata

    digest = hashlib.sha256(importlib.metadata.version("vl-convert-python").encode())
    for path in (Path(svg.__file__), *sorted(fonts.folder().iterdir())):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


def _file(folder: Path, specification: str) -> Path:
    key = hashlib.sha256(_drawn_with() + specification.encode()).hexdigest()
    return folder / f"{key[:40]}.json"


def _seal(drawing: Drawing) -> str:
    return hashlib.sha256(json.dumps(drawing).encode()).hexdigest()


def find(folder: Path, specification: str) -> Drawing | None:
    """Return the drawing of a specification that is kept whole in a folder, or None."""
    try:
        seal, made, warned = json.loads(_file(folder, specification).read_text(encoding="utf-8"))
        found = Drawing(made, warned)
        return found if seal == _seal(found) else None
    except (OSError, ValueError, TypeError):
        return None


def keep(folder: Path, specification: str, drawing: Drawing) -> None:
    """Keep a drawing; where that cannot be, the next build draws it again."""
    path = _file(folder, specification)
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps([_seal(drawing), *drawing]), encoding="utf-8")
        partial.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def drop_old(folder: Path) -> None:
    """Leave the newest `MOST` files of a folder."""
    with contextlib.suppress(OSError):
        found = sorted(((entry.stat().st_mtime, entry.path) for entry in os.scandir(folder)), reverse=True)
        for _, path in found[MOST:]:
            Path(path).unlink(missing_ok=True)
