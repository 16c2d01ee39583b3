"""Time cold builds of two or more commits against each other, in turn, page and paper included.

``python tests/bench/bench_commits.py 5d2d780 HEAD``: each commit is checked out beside the project and built with this
environment, so all of them must pin the same packages. Printed are medians of the processor time of all processes of a
build and of the wall time, and ratios to the first commit. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER: what a build leaves behind is waited for here, and so counted


def _git(*words: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *words], check=True, stdout=subprocess.DEVNULL)


def cold(checkout: Path) -> tuple[float, float]:
    """Return processor and wall seconds of a build from nothing in a checkout."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    words = [sys.executable, "-m", "deepseek_era", "report", "--name", "bench", "--force"]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    subprocess.run(words, cwd=checkout, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> None:
    """Print what a cold build takes at each commit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("commits", nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)
    found: dict[str, list[tuple[float, float]]] = {commit: [] for commit in asked.commits}
    with tempfile.TemporaryDirectory() as folder:
        places = {commit: Path(folder) / str(n) for n, commit in enumerate(found)}
        try:
            for commit, place in places.items():
                _git("worktree", "add", "--detach", str(place), commit)
            for number in range(asked.rounds):
                for commit in places if number % 2 == 0 else reversed(places):
                    found[commit].append(cold(places[commit]))
        finally:
            for place in places.values():
                _git("worktree", "remove", "--force", str(place))
    for kind, what in enumerate(("processor", "wall")):
        medians = {commit: statistics.median(pair[kind] for pair in pairs) for commit, pairs in found.items()}
        first = next(iter(medians.values()))
        for commit, seconds in medians.items():
            ends = [f"{end(pair[kind] for pair in found[commit]):.1f}" for end in (min, max)]
            print(f"{commit:12} {seconds:6.1f} s {what} ({'–'.join(ends)})  ratio {seconds / first:.3f}")


if __name__ == "__main__":
    main()
