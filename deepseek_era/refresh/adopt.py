"""Take a snapshot over into ``data/``: checked again, all of it or nothing.

What is taken over are prices, with their source and keys. Returns are not: a past return that the source confirms
stays the median over several copies, which is better evidence than one fetch; to change one, add a row to
``corrections.csv``.

Several files cannot be replaced in one step. So the old ones are set aside first, complete, in a folder that says
what is under way; whatever stops the adoption, that folder brings them back: at once, or with the next refresh after
a kill.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from deepseek_era.refresh import snapshot

TAKEN = ("sources", "api_prices", "price_list_keys")
"""Tables that are taken over, in the order in which the set holds together after each of them."""
_UNDER_WAY = ".adopting"
_DONE = ".adopted"


def changed(data: Path, contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the tables of a snapshot that an adoption would replace: those of `TAKEN` that differ."""
    return {
        table: contents[table]
        for table in TAKEN
        if table in contents and contents[table] != (data / f"{table}.csv").read_bytes()
    }


def roll_back(data: Path) -> bool:
    """Bring back the tables of an adoption that did not end; return whether there was one. `hold` the folder."""
    folder = snapshot.home(data) / _UNDER_WAY
    shutil.rmtree(folder.with_name(_DONE), ignore_errors=True)
    shutil.rmtree(folder.with_name(f"{_UNDER_WAY}.part"), ignore_errors=True)
    if not folder.is_dir():
        return False
    for old in sorted((folder / "old").iterdir()):
        copy = folder / f"{old.name}.back"
        shutil.copy2(old, copy)  # the set stays complete until the last file is back
        copy.replace(data / old.name)
    shutil.rmtree(folder)
    return True


def take(data: Path, contents: Mapping[str, bytes]) -> None:
    """Replace tables of ``data/`` by these contents, all of them or none. `hold` the folder.

    Raises
    ------
    OSError
        If a file cannot be written; the old tables are back by then.
    """
    folder = snapshot.home(data) / _UNDER_WAY
    part = folder.with_name(f"{_UNDER_WAY}.part")
    try:
        (part / "old").mkdir(parents=True)
        (part / "new").mkdir()
        for table, content in contents.items():
            current = data / f"{table}.csv"
            shutil.copy2(current, part / "old")
            fresh = part / "new" / current.name
            fresh.write_bytes(content)
            shutil.copymode(current, fresh)
            for path in (part / "old" / current.name, fresh):
                snapshot.sync(path)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    try:
        for table in contents:
            os.replace(folder / "new" / f"{table}.csv", data / f"{table}.csv")  # noqa: PTH105
        snapshot.sync(data)
    except BaseException:
        roll_back(data)
        raise
    folder.rename(folder.with_name(_DONE))
    shutil.rmtree(folder.with_name(_DONE), ignore_errors=True)
