"""A base run frozen: its figures, calls and claims, the tables it was made from, and the digest of each file.

An edition is named after a day, by default the last one of its facts. Its files never change again: whoever reads one
holds each file to the digest that was written down with it.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from deepseek_era.book import finished
from deepseek_era.book.part import WHOLE
from deepseek_era.errors import UserError, plain, shown
from deepseek_era.figure import Figure
from deepseek_era.places import REPORTS, SNAPSHOTS, data_dir

EDITIONS = REPORTS / "editions"
RECORD = "edition.json"
ANSWERS = "answers.csv"
INPUTS = "inputs.zip"
SINCE = "since.json"
VERSION = 1
COPIED = ("figures.json", "calls.csv", "claims.csv")
QUESTIONS = {"band": "who won?", "was_it_r1": "was it R1?", "came_true": "did it come true?"}
LARGEST_TABLE = 1_000_000
"""Bytes of the largest table that an edition keeps: daily returns are told by their digest alone."""
_STAMP = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Edition:
    """A frozen run."""

    day: str
    folder: Path
    record: dict[str, Any]

    @functools.cached_property
    def figures(self) -> dict[str, Figure]:
        """Every number that it printed, by id."""
        found = json.loads((self.folder / "figures.json").read_text(encoding="utf-8"))
        return {key: Figure.read(key, entry) for key, entry in found.items()}

    @functools.cached_property
    def answers(self) -> dict[str, dict[str, str]]:
        """What it answered on each call and claim: id to question to word."""
        frame = pd.read_csv(self.folder / ANSWERS, dtype=str, keep_default_na=False).set_index("id")
        return {
            str(key): {str(q): w for q, w in row.items() if w} for key, row in frame.to_dict("index").items()
        }

    @functools.cached_property
    def since(self) -> dict[str, Any] | None:
        """What changed since the edition before it, with causes; None for the first."""
        path = self.folder / SINCE
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def unpack(self, into: Path) -> bool:
        """Put the tables that it was made from into a folder; return whether it has them."""
        if not (self.folder / INPUTS).is_file():
            return False
        with zipfile.ZipFile(self.folder / INPUTS) as held:
            held.extractall(into)
        return True


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def days(root: Path = EDITIONS) -> list[str]:
    """Return the days of the editions, the first one first."""
    return sorted(p.name for p in root.glob("[0-9]*") if (p / RECORD).is_file())


def read(day: str, root: Path = EDITIONS) -> Edition:
    """Return an edition whose files are as they were frozen.

    Raises
    ------
    UserError
        In one line: not there, of another version, or touched since.
    """
    folder = root / day
    place = f"report/editions/{plain(day)}"
    known = days(root)
    if day not in known:
        raise UserError(f"edition: saw {shown(day)}, allowed: {', '.join(known) or 'none yet: make edition'}")
    try:
        record = json.loads((folder / RECORD).read_bytes())
        version, files = record["version"], dict(record["files"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UserError(f"{place}/{RECORD}: not readable as the record of an edition") from None
    if version != VERSION:
        raise UserError(f"{place}/{RECORD}: saw version {shown(version)}, allowed: {VERSION}")
    there = {p.name for p in folder.iterdir()} - {RECORD}
    for name in sorted(there | set(files)):
        if name not in there:
            what = "missing"
        elif name not in files:
            what = "was not frozen with it"
        elif digest((folder / name).read_bytes()) != files[name]:
            what = "touched since it was frozen"
        else:
            continue
        raise UserError(f"{place}/{plain(name)}: {what}; allowed: the bytes that were frozen (git checkout)")
    return Edition(day, folder, record)


def every(root: Path = EDITIONS) -> list[Edition]:
    """Return all editions, the first one first, each held to its digests.

    Raises
    ------
    UserError
        As `read`, for the first that is not as it was frozen.
    """
    return [read(day, root) for day in days(root)]


# --- freezing --------------------------------------------------------------------------------------------------------


def kept_tables(data: Path) -> list[Path]:
    """Return the files of ``data/`` that an edition keeps: tables but the largest, scenarios, the declaration."""
    return [
        path
        for path in sorted(data.rglob("*"))
        if path.suffix in (".csv", ".json", ".yaml")
        and path.relative_to(data).parts[0] not in (SNAPSHOTS, "sweeps")
        and path.stat().st_size <= LARGEST_TABLE
    ]


def archive(data: Path) -> bytes:
    """Return the kept tables as one ZIP file, the same bytes for the same tables."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_LZMA) as out:
        for path in kept_tables(data):
            entry = zipfile.ZipInfo(path.relative_to(data).as_posix(), _STAMP)
            entry.compress_type = zipfile.ZIP_LZMA
            entry.external_attr = 0o644 << 16
            out.writestr(entry, path.read_bytes())
    return held.getvalue()


def table_digests(data: Path) -> dict[str, str]:
    """Return the digest of every table, by the name of its file."""
    return {path.name: digest(path.read_bytes()) for path in sorted(data.glob("*.csv"))}


def answers_of(run: finished.Run) -> pd.DataFrame:
    """Return what a run answers: id, band, was_it_r1, came_true of calls; id and verdict of claims."""
    calls = run.calls[["id", *QUESTIONS]]
    return pd.concat([calls, run.claims[["id", "verdict"]]], ignore_index=True).fillna("")


def check_day(asked: str, run: finished.Run, root: Path = EDITIONS, today: dt.date | None = None) -> str:
    """Return the day of a new edition: as asked, else the last one of the run's facts.

    Raises
    ------
    UserError
        In one line, for no day, one before the facts end or in the future, and one that has an edition.
    """
    vintage = str(run.manifest["parameters"]["vintage"])
    today = today or dt.datetime.now(dt.UTC).date()
    try:
        day = dt.date.fromisoformat(asked or vintage).isoformat()
    except ValueError:
        day = ""
    if not day or not vintage <= day <= max(vintage, today.isoformat()):
        raise UserError(
            f"edition: day {shown(asked)}, allowed: from {vintage}, where its facts end, to {today}"
        )
    known = days(root)
    if day in known:
        raise UserError(
            f"edition: {day} has one already, allowed: another day (DAY=); an edition that was frozen stays"
        )
    if known and day < known[-1]:
        raise UserError(f"edition: day {day}, allowed: after {known[-1]}, the day of the last edition")
    return day


def contents_of(run: finished.Run, data: Path | None = None) -> dict[str, bytes]:
    """Return the files of an edition of a run, but its record and what changed since the last one."""
    contents = {name: (run.folder / name).read_bytes() for name in COPIED}
    contents[ANSWERS] = answers_of(run).to_csv(index=False, lineterminator="\n").encode()
    contents[INPUTS] = archive(data or data_dir())
    return contents


def record_of(
    day: str, run: finished.Run, contents: dict[str, bytes], data: Path | None = None
) -> dict[str, Any]:
    """Return the record of an edition: what was frozen, from which run and inputs, with the digest of each file."""
    made = run.manifest
    return {
        "version": VERSION,
        "day": day,
        "digest": made["digest"],
        "facts_to": made["parameters"]["vintage"],
        "seed": made["parameters"]["seed"],
        "inputs": made["inputs"],
        "tables": table_digests(data or data_dir()),
        "files": {name: digest(content) for name, content in sorted(contents.items())},
    }


def write(day: str, contents: dict[str, bytes], record: dict[str, Any], root: Path = EDITIONS) -> Path:
    """Write an edition in one step, and return its folder.

    Raises
    ------
    UserError
        If the disk refuses; nothing is left then.
    """
    from deepseek_era.building import files, folders

    target = root / day
    with folders.replacing(target, f"report/editions/{day}") as folder:
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        files.dump(folder / RECORD, record)
    return target


def freeze(
    day: str = "",
    *,
    reports: Path = REPORTS,
    root: Path | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Path:
    """Freeze the base run as an edition of a day, with what changed since the last one and why; return its folder.

    Raises
    ------
    UserError
        In one line, before anything is written: no base run, one made from other inputs than these, a day that is not
        allowed, an earlier edition that was touched.
    """
    from deepseek_era.building import verifying
    from deepseek_era.editions import causes, feed

    root = root or reports / "editions"
    run = finished.read(reports / WHOLE)
    made = verifying.manifest(run.folder)
    earlier = every(root)
    day = check_day(day, run, root)
    verifying.check_inputs(made, "report/base")
    contents = contents_of(run)
    if earlier:
        since = causes.since(earlier[-1], day, run.figures, answers_of(run), progress=progress)
        contents[SINCE] = (json.dumps(since, indent=1, ensure_ascii=False) + "\n").encode()
    folder = write(day, contents, record_of(day, run, contents), root)
    feed.write(root)
    return folder
