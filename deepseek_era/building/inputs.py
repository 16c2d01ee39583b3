"""What a run is made from, and whether a report is already what that gives.

Standard library only: where nothing changed, the answer takes no imports to speak of.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from deepseek_era import pairs as words
from deepseek_era import witness
from deepseek_era.book import stripped
from deepseek_era.book.part import Part
from deepseek_era.places import CITATION, ROOT, SNAPSHOTS, data_dir, notebook_files

CACHE = ROOT / ".cache" / "fresh"
_DATA = {".csv", ".json", ".yaml"}
_NO_INPUT = (SNAPSHOTS, "sweeps")


def _listed_scenarios() -> set[str]:
    """Return the names of the scenarios that every report prints; another one counts only in a run that uses it."""
    try:
        package = json.loads((data_dir() / "datapackage.json").read_bytes())
        return {str(name) for name in package.get("scenarios", [])}
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return set()  # said in one line where the tables are read


def _data_files() -> list[Path]:
    folder = data_dir()
    every = [p for p in folder.rglob("*") if p.suffix in _DATA and p.is_file()]
    listed = _listed_scenarios()
    return [
        p
        for p in every
        if p.relative_to(folder).parts[0] not in _NO_INPUT
        and (p.parent != folder / "scenarios" or p.stem in listed)
    ]


def files(scenario: str = "base") -> dict[str, list[Path]]:
    """Return the files that a run is made from: data, code, notebooks, templates, lock, edition, one's own scenario."""
    found = {
        "data": _data_files(),
        "code": list((ROOT / "deepseek_era").rglob("*.py")),
        "notebooks": notebook_files(),
        "templates": [p for p in (ROOT / "report" / "template").rglob("*") if p.is_file()],
        "lock": [ROOT / "requirements.txt"],
        "edition": [CITATION],
    }
    try:
        own = data_dir() / "scenarios" / f"{scenario}.yaml"
        if scenario != "base" and own.is_file() and own not in found["data"]:
            found["scenario"] = [own]
    except (OSError, ValueError):  # no name of a file; refused where scenarios are read
        pass
    return found


def digest_of(path: Path) -> str:
    """Return the SHA-256 of what counts of an input file: of a notebook, what its author wrote."""
    if path.suffix == ".ipynb":
        return hashlib.sha256(stripped.source_of(path.read_bytes())).hexdigest()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest_files(paths: Iterable[Path], root: Path = ROOT, digest: Callable[[Path], str] = digest_of) -> str:
    """Return the SHA-256 over names and digests of files, in the order of their names."""
    total = hashlib.sha256()
    for path in sorted(paths):
        name = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
        total.update(f"{name.as_posix()}\0".encode("utf-8", "surrogateescape"))
        total.update(bytes.fromhex(digest(path)))
    return total.hexdigest()


class Snapshot:
    """Files as they were when they were first asked for: each is read once, and its later changes are seen as such."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[tuple[int, int, int], str]] = {}

    def digest(self, path: Path) -> str:
        """Return the digest of a file when it was first asked for; `witness.MISSING` if there was none."""
        if path not in self._seen:
            sign = witness.sign(path)
            try:
                self._seen[path] = (sign, digest_of(path))
            except OSError:
                self._seen[path] = (sign, witness.MISSING)
        return self._seen[path][1]

    def holds(self, path: Path, digest: str) -> bool:
        """Return whether a file was asked for and had this digest."""
        return path in self._seen and self._seen[path][1] == digest

    def parts(self, scenario: str = "base") -> dict[str, str]:
        """Return the digest of each kind of input of a run."""
        return {name: digest_files(paths, digest=self._hex) for name, paths in files(scenario).items()}

    def _hex(self, path: Path) -> str:
        found = self.digest(path)
        return hashlib.sha256(found.encode()).hexdigest() if found == witness.MISSING else found

    def moved(self) -> list[Path]:
        """Return which files, of those asked for so far, are no longer as they were then."""
        return sorted(
            p for p, (sign, _) in self._seen.items() if witness.sign(p) != sign and self._differs(p)
        )

    def _differs(self, path: Path) -> bool:
        try:
            return digest_of(path) != self._seen[path][1]
        except OSError:
            return self._seen[path][1] != witness.MISSING


def named_file(text: str) -> Path | None:
    """Return the file that a text names, None for a text that names none; a relative one lies under the project."""
    try:
        path = ROOT / Path(text).expanduser()
        return path if path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, or ~ of somebody who is not there
        return None


def request(
    scenario: str, pairs: str, name: str | None, snapshot: Snapshot | None = None, part: Part | None = None
) -> str:
    """Return the digest of what a build is asked for: every input file and the words of the command."""
    parts = (snapshot or Snapshot()).parts(scenario)
    asked = [part.notebooks, part.paper, *part.formats] if part else []
    text = json.dumps([parts, scenario, words.split(pairs), name, platform.python_version(), *asked])
    return hashlib.sha256(text.encode()).hexdigest()


def _bytes_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _outputs(folder: Path) -> str:
    return digest_files([p for p in folder.rglob("*") if p.is_file()], folder, _bytes_digest)


def remember(key: str, folder: Path, files: Mapping[str, str] | None = None) -> None:
    """Note that `folder` is what the request `key` gives while `files`, which the run opened, are as they were then."""
    CACHE.mkdir(parents=True, exist_ok=True)
    note = {"folder": str(folder), "outputs": _outputs(folder), "files": dict(files or {})}
    path = CACHE / f"{key}.json"
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        partial.write_text(json.dumps(note), encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def standing(key: str) -> Path | None:
    """Return the folder that the request `key` gave before, if every file in it and behind it still is as it was."""
    try:
        note = json.loads((CACHE / f"{key}.json").read_text(encoding="utf-8"))
        folder = Path(note["folder"])
        if any(witness.digest(path) != digest for path, digest in note["files"].items()):
            return None
        if folder.is_dir() and _outputs(folder) == note["outputs"]:
            return folder
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return None
