"""Compare two finished runs: ``python tests/compare_runs.py report/base report/other``.

Figures, calls, claims and the data of every exhibit must be the same bytes; titles and drawings are listed where they differ.
Exits with 1 where a number differs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

NUMBERS = ("calls.csv", "claims.csv")


def figures(folder: Path) -> dict[str, object]:
    return json.loads((folder / "figures.json").read_text(encoding="utf-8"))


def differences(a: Path, b: Path) -> tuple[list[str], list[str]]:
    """Return what differs in numbers, and what differs in drawings."""
    numbers, drawings = [], []
    ours, theirs = figures(a), figures(b)
    for name in sorted({*ours, *theirs}):
        if ours.get(name) != theirs.get(name):
            numbers.append(f"figure {name}: {ours.get(name)} | {theirs.get(name)}")
    for name in NUMBERS:
        if (a / name).read_bytes() != (b / name).read_bytes():
            numbers.append(name)
    names = {p.name for folder in (a, b) for p in (folder / "exhibits").iterdir()}
    for name in sorted(names):
        one, other = a / "exhibits" / name, b / "exhibits" / name
        if not one.exists() or not other.exists():
            (numbers if name.endswith(".csv") else drawings).append(
                f"exhibits/{name}: only in {a if one.exists() else b}"
            )
        elif one.read_bytes() != other.read_bytes():
            (numbers if name.endswith(".csv") else drawings).append(f"exhibits/{name}")
    return numbers, drawings


def main() -> int:
    a, b = (Path(argument) for argument in sys.argv[1:3])
    numbers, drawings = differences(a, b)
    for line in numbers:
        print("NUMBER ", line[:300])
    for line in drawings:
        print("drawing", line)
    print(f"{len(numbers)} differences in numbers, {len(drawings)} in drawings")
    return bool(numbers)


if __name__ == "__main__":
    sys.exit(main())
