"""The folders of runs: what one is called, who may fill it, and how a new one takes the place of the old one."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deepseek_era.book.part import WHOLE, Part
from deepseek_era.errors import ParameterError, UserError, shown

RESERVED = {"template", "compare", "sweep", "editions"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=+-]{0,79}")


def run_name(
    scenario: str, overrides: Mapping[str, Any], name: str | None = None, part: Part | None = None
) -> str:
    """Return the folder name of a run: as told, else the scenario with what was set, after the part that is made.

    Raises
    ------
    ParameterError
        If the name could leave ``report/``, is taken by the project itself, or is that of the base report for a part.
    """
    if name is None:
        lead = part.lead if part else ""
        extra = [f"{key}={_short(value)}" for key, value in overrides.items()]
        run = "+".join([scenario, *extra])
        name = "+".join(filter(None, [lead, run if run != WHOLE or not lead else ""]))
        name = re.sub(r"[^A-Za-z0-9._=+-]", "-", name)[:80]
    if not _NAME.fullmatch(name) or ".." in name or name in RESERVED:
        raise ParameterError(
            f"name: saw {shown(name)}, allowed: up to 80 letters, digits and . _ = + - "
            f"(not {', '.join(sorted(RESERVED))})"
        )
    if part and not part.whole and name.lower() == WHOLE:
        raise ParameterError(
            f"name: saw {shown(name)}, which is the whole report, page and paper; allowed with ONLY= or PDF=0: another "
            "name, or none"
        )
    return name


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        return "-".join(f"{v:g}" for v in value.values())
    return f"{value:g}" if isinstance(value, float) else str(value)


@contextlib.contextmanager
def _locked(target: Path, place: str) -> Iterator[None]:
    path = target.with_name(f".{target.name}.lock")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("w")
    except OSError as error:
        raise UserError(f"{place}: cannot write there ({error.strerror}); the old report stands") from None
    busy = UserError(f"{place}: another build of it is running; wait for it, or give a NAME")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise busy from None
        # whoever held it may have removed the file between the two lines above, and a third made it anew
        if not path.exists() or path.stat().st_ino != os.fstat(handle.fileno()).st_ino:
            raise busy
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _exchange(new: Path, old: Path) -> bool:
    """Swap two folders in one step of the kernel; return whether the system can."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    at_cwd, exchange = -100, 2
    done = libc.renameat2(at_cwd, os.fsencode(new), at_cwd, os.fsencode(old), exchange)
    if done == 0:
        return True
    if ctypes.get_errno() in (errno.EINVAL, errno.ENOSYS):
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def replace_folder(new: Path, target: Path) -> None:
    """Put a finished folder in the place of the old one; the old one stands until the new one does."""
    if not target.exists():
        new.rename(target)
        return
    if _exchange(new, target):
        shutil.rmtree(new, ignore_errors=True)
        return
    aside = target.with_name(f".{target.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    target.rename(aside)
    new.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def recover(target: Path) -> None:
    """Bring back a report that a killed build had set aside, and drop half-written folders."""
    aside = target.with_name(f".{target.name}.old")
    if aside.exists() and not target.exists():
        aside.rename(target)
    for left in target.parent.glob(f".{target.name}.tmp-*"):
        shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def claimed(target: Path, place: str = "") -> Iterator[None]:
    """Hold a run's folder for this process: a second build of the same name is refused meanwhile.

    What a killed build left is put right first. `place` is what messages call the folder.

    Raises
    ------
    UserError
        If another process holds it, or the disk refuses.
    """
    with _locked(target, place or f"report/{target.name}"):
        recover(target)
        yield


@contextlib.contextmanager
def filling(target: Path, place: str = "") -> Iterator[Path]:
    """Give a new folder to fill; when the block ends well it takes the place of `target`, else nothing changes.

    For who holds `target` (`claimed`).

    Raises
    ------
    UserError
        If the disk refuses.
    """
    folder = target.with_name(f".{target.name}.tmp-{os.getpid()}")
    try:
        folder.mkdir()
        yield folder
        replace_folder(folder, target)
    except BrokenPipeError:  # nobody hears the steps any more
        raise
    except OSError as error:
        where = place or f"report/{target.name}"
        raise UserError(f"{where}: {error.strerror or error}; the old report stands") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def replacing(target: Path, place: str = "") -> Iterator[Path]:
    """Hold a folder and give a new one to fill in its place: `claimed` and `filling` at once."""
    with claimed(target, place), filling(target, place) as folder:
        yield folder
