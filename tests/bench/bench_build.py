"""Time the build against the plain way: papermill for each notebook, then jupyter nbconvert --to html.

Run with ``make bench``. Every figure is the wall time of whole processes, the median of the rounds; both ways run in
turn, in the same environment, on the same notebooks. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
NAME = "bench"


def timed(*command: str) -> float:
    """Return the seconds that a command takes; its output is dropped unless it fails."""
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def plain() -> float:
    """Return the seconds of papermill and nbconvert, one notebook after another."""
    total = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
            out = Path(folder) / path.name
            total += timed(str(BIN / "papermill"), "--no-progress-bar", "-k", "python3", str(path), str(out))
            total += timed(str(BIN / "jupyter"), "nbconvert", "--to", "html", str(out))
    return total


def report(*extra: str) -> float:
    """Return the seconds of one build."""
    return timed(sys.executable, "-m", "deepseek_era", "report", "--name", NAME, *extra)


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    times: dict[str, list[float]] = {"plain": [], "cold": [], "unchanged": [], "one parameter": []}
    for round_number in range(rounds):
        times["plain"].append(plain())
        times["cold"].append(report("--force"))
        times["unchanged"].append(report())
        # a value not used in another round, of a parameter that one notebook uses
        times["one parameter"].append(report("--set", f"server_life={4 + 0.1 * round_number:.1f}"))
    shutil.rmtree(ROOT / "report" / NAME, ignore_errors=True)
    base = statistics.median(times["plain"])
    print(
        f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}, {rounds} rounds"
    )
    for name, values in times.items():
        middle = statistics.median(values)
        print(f"{name:14} {middle:7.2f} s  ({min(values):.2f}–{max(values):.2f})  ratio {middle / base:.3f}")


if __name__ == "__main__":
    main()
