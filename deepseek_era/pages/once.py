"""Things that are slow to make and never change: made once, kept under ``.cache/made``."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from deepseek_era.places import ROOT

FOLDER = ROOT / ".cache" / "made"


def once(name: str, make: Callable[[], bytes]) -> bytes:
    """Return what `make` makes, from the file `name` if an earlier run left it there.

    The name must change with everything that the content depends on. A read-only or full disk costs the time of
    making it again, nothing else; two processes at once leave one whole file.
    """
    file = FOLDER / name
    with contextlib.suppress(OSError):
        return file.read_bytes()
    data = make()
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
    return data
