"""Whether a report is already what its inputs give. Standard library only: the answer takes no imports to speak of."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "fresh"
_DATA = {".csv", ".json", ".yaml"}
SNAPSHOTS = "snapshots"
"""Folder under ``data/`` of what was fetched but not taken over: no input of any run."""


def _data_dir() -> Path:
    return Path(os.environ.get("DEEPSEEK_ERA_DATA", ROOT / "data"))


def _notebooks_dir() -> Path:
    return Path(os.environ.get("DEEPSEEK_ERA_NOTEBOOKS", ROOT / "notebooks"))


def _data_files() -> list[Path]:
    folder = _data_dir()
    every = (p for p in folder.rglob("*") if p.suffix in _DATA and p.is_file())
    return [p for p in every if p.relative_to(folder).parts[0] != SNAPSHOTS]


def input_files() -> dict[str, list[Path]]:
    """Return the files that a run is made from: data, code, notebooks, templates, lock file."""
    return {
        "data": _data_files(),
        "code": list((ROOT / "deepseek_era").rglob("*.py")),
        "notebooks": list(_notebooks_dir().glob("*.ipynb")),
        "templates": [p for p in (ROOT / "report" / "template").rglob("*") if p.is_file()],
        "lock": [ROOT / "requirements.txt"],
    }


def digest_files(paths: list[Path], root: Path = ROOT) -> str:
    """Return the SHA-256 over names and contents of files, in the order of their names."""
    total = hashlib.sha256()
    for path in sorted(paths):
        name = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
        total.update(f"{name.as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def named_file(text: str) -> Path | None:
    """Return the file that a text names, or None for any text that names none."""
    try:
        path = Path(text).expanduser()
        return path if path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, or ~ of somebody who is not there
        return None


def request(scenario: str, pairs: str, name: str | None) -> str:
    """Return the digest of what a build is asked for: every input file and the words of the command."""
    parts = {key: digest_files(paths) for key, paths in input_files().items()}
    # a value may name a user's own file: its content is an input too
    named = [named_file(pair.partition("=")[2]) for pair in pairs.split() if "=" in pair]
    parts["files"] = digest_files([path for path in named if path is not None])
    text = json.dumps([parts, scenario, pairs.split(), name, platform.python_version()])
    return hashlib.sha256(text.encode()).hexdigest()


def _outputs(folder: Path) -> str:
    return digest_files([p for p in folder.rglob("*") if p.is_file()], folder)


def remember(key: str, folder: Path) -> None:
    """Note that `folder` is what the request `key` gives."""
    CACHE.mkdir(parents=True, exist_ok=True)
    note = {"folder": str(folder), "outputs": _outputs(folder)}
    path = CACHE / f"{key}.json"
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        partial.write_text(json.dumps(note), encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def standing(key: str) -> Path | None:
    """Return the folder that the request `key` gave before, if every file in it still is as written."""
    try:
        note = json.loads((CACHE / f"{key}.json").read_text(encoding="utf-8"))
        folder = Path(note["folder"])
        if folder.is_dir() and _outputs(folder) == note["outputs"]:
            return folder
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return None
