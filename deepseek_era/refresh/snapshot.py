"""Snapshots: folders under ``data/snapshots/`` with tables and a manifest, written whole or not at all.

A folder appears under its name in one step of the file system. Until then it is ``.new``, which the next refresh
removes. One refresh works at a time; a lock of the kernel says so and ends with its process.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deepseek_era.errors import RefreshError, nearest
from deepseek_era.places import SNAPSHOTS

MANIFEST = "manifest.json"
CHANGES = "changes.txt"
TABLES = ("returns_daily", "api_prices", "sources", "price_list_keys")
"""The tables that a snapshot may hold."""
_NEW = ".new"
_NAME = re.compile(r"\d{4}-\d\d-\d\d(-\d+)?")


def home(data: Path) -> Path:
    """Return the folder of snapshots beside the tables."""
    return data / SNAPSHOTS


def names(data: Path) -> list[str]:
    """Return the snapshots there are, oldest first."""
    folder = home(data)
    if not folder.is_dir():
        return []
    return sorted(
        (p.name for p in folder.iterdir() if p.is_dir() and _NAME.fullmatch(p.name)),
        key=lambda n: (n[:10], int(n[11:] or 1)),
    )


def free_name(data: Path, day: str) -> str:
    """Return the day, or the day with a number if it has a snapshot already: none is ever written over."""
    taken = set(names(data))
    if day not in taken:
        return day
    return next(name for n in range(2, len(taken) + 3) if (name := f"{day}-{n}") not in taken)


def read_day(text: str) -> str:
    """Return an ISO day, or refuse what is none."""
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise RefreshError(f"--date: saw {text[:40]!r}, allowed: a date YYYY-MM-DD") from None


@contextlib.contextmanager
def hold(data: Path) -> Iterator[None]:
    """Be the only refresh of these tables, and remove what one that was killed left behind.

    Raises
    ------
    RefreshError
        If another one is at work.
    """
    folder = home(data)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RefreshError(f"{folder}: another refresh is at work; wait for it to end") from None
        shutil.rmtree(folder / _NEW, ignore_errors=True)
        yield


def sync(path: Path) -> None:
    """Have a file or folder on disk before the next step."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def write(
    data: Path, name: str, contents: Mapping[str, bytes], manifest: Mapping[str, Any], changes: str
) -> Path:
    """Write a snapshot and return its folder. On any failure nothing is left, and earlier snapshots stand.

    Parameters
    ----------
    data
        The folder of the tables. `hold` it.
    name
        From `free_name`.
    contents
        Content of each table, by name.
    manifest
        What is known of it; digests and numbers of rows are added here.
    changes
        What it changes, in words.
    """
    folder = home(data) / _NEW
    files = {f"{table}.csv": content for table, content in contents.items()}
    described = {
        file: {"sha256": digest(content), "rows": content.count(b"\n") - 1, "bytes": len(content)}
        for file, content in files.items()
    }
    note = json.dumps({"name": name, **manifest, "tables": described}, indent=1, ensure_ascii=False) + "\n"
    files |= {MANIFEST: note.encode(), CHANGES: changes.encode()}
    try:
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_bytes(content)
            sync(folder / file)
        target = home(data) / name
        folder.rename(target)
        sync(home(data))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return target


def read(data: Path, name: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a snapshot's manifest and the content of its tables.

    Raises
    ------
    RefreshError
        If there is no such snapshot, or a file is not what was written.
    """
    there = names(data)
    if name not in there:
        known = ", ".join(there[-5:]) or "there is none; make refresh makes one"
        raise RefreshError(f"--adopt {name[:40]}: no such snapshot, allowed: {known}{nearest(name, there)}")
    folder = home(data) / name
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        described = {str(file): str(entry["sha256"]) for file, entry in manifest["tables"].items()}
        contents = {file: (folder / file).read_bytes() for file in described if Path(file).stem in TABLES}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefreshError(
            f"snapshot {name}: {MANIFEST} or a table it names cannot be read ({type(error).__name__})"
        ) from None
    for file, content in contents.items():
        if digest(content) != described[file]:
            raise RefreshError(
                f"snapshot {name}: {file} is not what was fetched (its SHA-256 is not the one in {MANIFEST}); "
                "refresh again"
            )
    return manifest, {Path(file).stem: content for file, content in contents.items()}
