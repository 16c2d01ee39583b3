"""Ask pip-audit for known faults in the pinned packages; say plainly what it could not be told.

pip-audit reports no faults, and success, for packages about which its service did not answer. Here that is no pass:
exit code 0 means that every package was asked about and none has a known fault, 1 that there are faults, 3 that it
could not be told of all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CLEAN, FAULTS, UNTOLD = 0, 1, 3


def ask(path: Path) -> list[dict[str, Any]] | None:
    """Return what pip-audit says of each package of a lock file, or None if it could not ask at all."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "-r",
        str(path),
        "--require-hashes",
        "--disable-pip",
        "-f",
        "json",
    ]
    done = subprocess.run(
        [*command, "--progress-spinner", "off"], capture_output=True, text=True, check=False
    )
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, LookupError, TypeError):
        return None
    return list(found)


def judge(name: str, answers: Iterable[Mapping[str, Any]] | None) -> tuple[int, list[str]]:
    """Return the exit code for one lock file and the lines that say why."""
    if answers is None:
        return UNTOLD, [f"{name}: pip-audit could not ask its service; nothing is known. This is no pass."]
    told = [a for a in answers if "skip_reason" not in a and "vulns" in a]
    untold = [a for a in answers if a not in told]
    faulty = [a for a in told if a["vulns"]]
    lines = [
        f"{name}: {a['name']} {a.get('version', '')}: {v['id']}"
        + (f", mended in {', '.join(v['fix_versions'])}" if v.get("fix_versions") else ", not mended yet")
        for a in faulty
        for v in a["vulns"]
    ]
    if untold:
        names = ", ".join(str(a.get("name", "?")) for a in untold[:5])
        lines.append(
            f"{name}: of {len(untold)} of {len(told) + len(untold)} packages nothing could be told ({names}"
            f"{', …' if len(untold) > 5 else ''}): the service cannot be reached or does not know them. This is no pass."
        )
    if not told and not untold:
        lines.append(f"{name}: no package was asked about. This is no pass.")
        return UNTOLD, lines
    if faulty:
        return FAULTS, lines
    if untold:
        return UNTOLD, lines
    return CLEAN, [f"{name}: {len(told)} packages, no known fault"]


def main(names: Sequence[str]) -> int:
    """Print the finding for each lock file and return the gravest exit code: faults before what could not be told."""
    codes = []
    for name in names:
        code, lines = judge(name, ask(ROOT / name))
        codes.append(code)
        print("\n".join(lines), flush=True)
    return FAULTS if FAULTS in codes else max(codes, default=UNTOLD)


if __name__ == "__main__":
    sys.exit(
        main(
            sys.argv[1:]
            or [
                "requirements.txt",
                "requirements-test.txt",
                "requirements-refresh.txt",
                "requirements-export.txt",
            ]
        )
    )
