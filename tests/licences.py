"""Write docs/licences.md: every pinned package with version, licence and what it is needed for.

The licence is what the package itself states (`importlib.metadata`). A package that is not installed here, because
it is for another system, another Python or an extra, keeps the line that it had; `--also FOLDER` names folders in which
such packages were unpacked (``pip install --no-deps --target FOLDER …``).
"""

from __future__ import annotations

import argparse
import importlib.metadata
import re
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "licences.md"
LISTS = {
    "the report": "requirements.txt",
    "JupyterLab": "requirements-lab.txt",
    "sweeps": "requirements-sweep.txt",
    "refreshing data": "requirements-refresh.txt",
    "exporting a run": "requirements-export.txt",
    "answering machines": "requirements-mcp.txt",
    "tests": "requirements-test.txt",
    "benchmarks": "requirements-bench.txt",
}
UNKNOWN = "not known"
NOT_STATED = "not stated"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
HEAD = """# Licences of what the report is made with

Made by `python tests/licences.py` from what each package states about itself; a test checks that it agrees with the lock
files. Names, versions and hashes are pinned in `requirements*.txt`. Nothing of these packages is part of this repository
but the two typefaces that page and paper embed (SIL Open Font License 1.1) and the Vega libraries in the page (BSD-3-Clause,
by way of vl-convert-python). The wheel of pypandoc_binary states MIT for itself and carries the program pandoc, which is
GPL-2.0-or-later and is run, not linked.

| package | version | licence | needed for |
|---|---|---|---|
"""


def pins() -> dict[str, tuple[str, str]]:
    """Return version and purpose of every pinned package; the first list that names it counts."""
    found: dict[str, tuple[str, str]] = {}
    for purpose, name in LISTS.items():
        for package, version in _PIN.findall((ROOT / name).read_text(encoding="utf-8")):
            found.setdefault(package, (version, purpose))
    return dict(sorted(found.items()))


def rows(page: str) -> dict[str, tuple[str, str, str]]:
    """Return version, licence and purpose of every package that the page lists."""
    return {p: (v, licence, why) for p, v, licence, why in _ROW.findall(page) if p != "package"}


def licence(metadata: importlib.metadata.PackageMetadata) -> str:
    """Return the licence that a package states: its SPDX expression, else its short field, else its classifiers."""
    stated = str(metadata.get("License-Expression") or "").strip()
    if not stated:
        field = str(metadata.get("License") or "").strip()
        stated = field if "\n" not in field and len(field) < 60 and field.upper() != "UNKNOWN" else ""
    if not stated:
        classes = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License :: ")]
        stated = ", ".join(c.split(" :: ")[-1] for c in classes)
    return stated.replace("|", "/") or NOT_STATED


def stated(package: str, version: str, also: Sequence[str] = ()) -> str | None:
    """Return the licence of a package at this version if it is installed here or unpacked in a folder of `also`."""
    name = re.sub(r"[-_.]+", "-", package).lower()
    for place in (sys.path, list(also)):
        for found in importlib.metadata.distributions(name=name, path=place):
            if found.version == version:
                return licence(found.metadata)
    return None


def page(known: dict[str, tuple[str, str, str]], also: Sequence[str] = ()) -> str:
    """Return the page; `known` are its rows so far."""
    lines = []
    for package, (version, purpose) in pins().items():
        before = known.get(package, ("", UNKNOWN, ""))[1]
        lines.append(f"| {package} | {version} | {stated(package, version, also) or before} | {purpose} |\n")
    return HEAD + "".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--also", nargs="*", default=[])
    asked = parser.parse_args()
    old = rows(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    PAGE.write_text(page(old, asked.also), encoding="utf-8")
    missing = [
        name for name, (_, found, _) in rows(PAGE.read_text(encoding="utf-8")).items() if found == UNKNOWN
    ]
    print(f"{len(pins())} packages" + (f", licence not known: {' '.join(missing)}" if missing else ""))
