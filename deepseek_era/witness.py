"""Which files a notebook opens, each with the digest of what it held at that moment.

Python tells an audit hook of every file before it is opened, whoever opens it: a cell, pandas, an import, ``%run``.
So a file counts by whatever name and through whatever door it was reached, with the bytes that were read; if it is
edited later, even while the notebook still runs, the next run sees it. What a child process or a library in another
language opens by itself is not told; for those `run.kept` looks at the names in the code.

Standard library only: kernels carry it.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import sys
import sysconfig
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deepseek_era.places import ROOT

MISSING = "missing"
TORN = "changed while it was read"
"""In place of a digest: equal to none, so that what rests on it is made again."""
_OURS = tuple(str(ROOT / part) + os.sep for part in (".cache", ".git", ".venv"))
_SYSTEM = tuple(
    {
        *(str(Path(p)) + os.sep for p in (sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"))),
        *(
            f"/{part}/"
            for part in (
                "bin",
                "dev",
                "etc",
                "lib",
                "lib64",
                "proc",
                "run",
                "sbin",
                "sys",
                "usr",
                "System",
                "Library",
            )
        ),
    }
)
_files: dict[str, str] = {}
_signs: dict[str, tuple[int, int, int]] = {}
_written: set[str] = set()
_busy = threading.local()
_watching = False
_installed = False


def digest(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's content; of a folder, that of its names; `MISSING` where there is neither."""
    try:
        place = Path(path)
        if place.is_dir():
            names = sorted(p.name for p in place.iterdir() if not p.name.startswith((".", "__pycache__")))
            return hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape")).hexdigest()
        with place.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except (OSError, ValueError):
        return MISSING


def sign(path: str | os.PathLike[str]) -> tuple[int, int, int]:
    """Return what changes when a file is written or replaced; zeros where there is none."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _counts(path: str) -> bool:
    if path.startswith(_OURS):
        return False
    return path.startswith(str(ROOT) + os.sep) or not path.startswith(_SYSTEM)


def _note(path: str) -> None:
    if os.sep + "__pycache__" + os.sep in path and path.endswith(".pyc"):
        with contextlib.suppress(ValueError, NotImplementedError):
            path = importlib.util.source_from_cache(path)
    if path in _written or not _counts(path):
        return
    now = sign(path)
    if path in _files and _signs.get(path) == now:
        return
    if now != (0, 0, 0) and not (Path(path).is_file() or Path(path).is_dir()):
        return  # a pipe or a device: looking would take from it
    _signs[path] = now
    seen = digest(path)
    _files[path] = seen if _files.get(path, seen) == seen else TORN


def _full(path: Any) -> str | None:
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    return str(Path.cwd() / os.path.normpath(path)) if isinstance(path, str) and path else None


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    path = _full(arguments[0]) if event != "import" else _full(arguments[1])
    if path is None:
        return
    if event == "open":
        mode, flags = arguments[1], arguments[2] if isinstance(arguments[2], int) else 0
        writes = bool(flags & os.O_ACCMODE) if mode is None else not mode.startswith("r")
        if not writes:
            _note(path)
        elif path not in _files:
            _written.add(path)  # what a notebook writes itself is no input of it
    elif event == "os.rename":
        target = _full(arguments[1])
        if path in _written and target is not None and target not in _files:
            _written.add(target)
    elif event in ("os.listdir", "os.scandir"):
        # the import system looks through folders for names that it then opens
        if "importlib" not in sys._getframe(2).f_code.co_filename:
            _note(path)
    else:  # import of a compiled module, sqlite3.connect
        _note(path)


_HEARD = frozenset(("open", "import", "os.rename", "os.listdir", "os.scandir", "sqlite3.connect"))


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event not in _HEARD or getattr(_busy, "now", False):
        return
    _busy.now = True
    try:
        _hear(event, arguments)
    except Exception:  # whatever goes wrong here must not go wrong there
        return
    finally:
        _busy.now = False


def begin() -> None:
    """Watch from now on which files this process opens; what was seen before is forgotten."""
    global _installed, _watching
    _files.clear()
    _signs.clear()
    _written.clear()
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True
    _watching = True
    sys.dont_write_bytecode = True  # two edits in one second leave a compiled file that looks new


def seen() -> dict[str, str]:
    """Return path and digest of every file opened since `begin`, in order of their names."""
    return dict(sorted(_files.items()))


def written() -> list[str]:
    """Return the files that this process wrote since `begin` without having read them before."""
    return sorted(_written)


@contextlib.contextmanager
def unwatched() -> Iterator[None]:
    """Open files that count in another way: tables by their names, scenarios by what they set."""
    before = getattr(_busy, "now", False)
    _busy.now = True
    try:
        yield
    finally:
        _busy.now = before
