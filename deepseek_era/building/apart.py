"""A build in a process of its own, for callers whose process must not be forked: notebooks, servers, threads.

What is asked for goes to its standard input as JSON, the steps come back on its standard output, and a mistake of the
user's on its standard error, a line each.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, cast

from deepseek_era.book.part import Part
from deepseek_era.building import forks
from deepseek_era.errors import UserError
from deepseek_era.places import ROOT

_ERROR = "error: "
_MISTAKE = 2


def build(
    *,
    scenario: str,
    overrides: Mapping[str, Any],
    name: str | None,
    root: Path,
    part: Part,
    force: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> Path:
    """Make a run in a process of its own and return its folder; the process ends with this one.

    With `force` nothing that was kept from an earlier run is used.

    Raises
    ------
    UserError
        What the build refuses, a line for each mistake.
    """
    asked = {
        "scenario": scenario,
        "overrides": dict(overrides),
        "name": name,
        "root": str(root),
        "part": dataclasses.asdict(part),
        "force": force,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "deepseek_era.building.apart"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    words, steps, mistakes = (cast(IO[str], pipe) for pipe in (process.stdin, process.stdout, process.stderr))
    said: list[str] = []
    listener = threading.Thread(target=lambda: said.extend(mistakes), daemon=True)
    listener.start()
    try:
        words.write(json.dumps(asked))
        words.close()
        folder = ""
        for line in steps:
            if folder:
                progress(folder)
            folder = line.rstrip("\n")
        process.wait()
    finally:
        if process.poll() is None:  # interrupted: the build ends as well
            process.terminate()
        process.wait()
        listener.join()
        steps.close()
        mistakes.close()
    lines = [line.rstrip("\n").removeprefix(_ERROR) for line in said]
    if process.returncode == _MISTAKE:
        raise UserError("\n".join(lines))
    if process.returncode:
        raise UserError(
            f"run: its process ended with {process.returncode}: {lines[-1] if lines else 'no word'}"
        )
    return Path(folder)


def main() -> int:
    """Build what standard input asks for; print the steps and, last, the folder. Return 2 for a user's mistake."""
    from deepseek_era.building.drawers import Drawers

    forks.die_with_parent()
    asked = json.load(sys.stdin)
    given: dict[str, Any] = asked["part"]
    part: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in given.items()}
    with Drawers() as drawers:
        drawers.start()  # they warm up while this process imports
        forks.without_address_grammar()
        forks.collect_seldom()
        from deepseek_era.building.build import build as build_here

        try:
            folder = build_here(
                scenario=asked["scenario"],
                overrides=asked["overrides"],
                name=asked["name"],
                root=Path(asked["root"]),
                part=Part(**part),
                force=asked["force"],
                progress=lambda line: print(line, flush=True),
                drawers=drawers,
            )
        except UserError as error:
            for line in str(error).splitlines():
                print(f"{_ERROR}{line}", file=sys.stderr)
            return _MISTAKE
    print(folder, flush=True)
    return 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
