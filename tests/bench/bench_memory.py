"""Watch what a cold build holds in memory: all its processes together, and the largest of them at the peak.

Run with ``make bench``. Linux alone tells each process its share of what several hold (PSS: a page that three share counts
a third for each), so that the sum is the memory that the build takes from the machine. Nothing is asserted.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
NAME = "bench-memory"
EVERY_S = 0.1
MIB = 2**20


@dataclass(frozen=True)
class Sample:
    """Seconds since the start, and the share of each process in bytes with what it is."""

    seconds: float
    shares: tuple[tuple[int, str], ...]

    @property
    def total(self) -> int:
        """Bytes of all processes together."""
        return sum(share for share, _ in self.shares)


def named(process: psutil.Process, build: int) -> str:
    """Return what a process of the build is, as far as its command says."""
    words = process.cmdline()
    if process.pid == build:
        return "the build itself"
    if any("spawn_main" in word for word in words):
        return "a drawing process"
    if words and Path(words[0]).name.startswith("pandoc"):
        return "pandoc"
    return "a fork of the build" if "deepseek_era" in words else Path(words[0]).name if words else "ended"


def sampled(build: psutil.Process, started: float) -> Sample:
    """Return what all processes of a build hold now."""
    shares = []
    for process in [build, *build.children(recursive=True)]:
        try:
            shares.append((process.memory_full_info().pss, named(process, build.pid)))
        except psutil.Error:  # it ended meanwhile
            continue
    return Sample(time.perf_counter() - started, tuple(sorted(shares, reverse=True)))


def watched() -> tuple[dict[str, Sample], float]:
    """Return the peak of each half of a cold build, notebooks and setting, and how long the build took."""
    peaks = {"notebooks run": Sample(0, ()), "pages and papers are set": Sample(0, ())}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        started = time.perf_counter()
        words = [sys.executable, "-m", "deepseek_era", "report", "--name", NAME, "--force"]
        with log.open("wb") as stream, subprocess.Popen(words, cwd=ROOT, stdout=stream) as process:
            build = psutil.Process(process.pid)
            while process.poll() is None:
                half = list(peaks)["] collected " in log.read_text(encoding="utf-8")]
                peaks[half] = max(peaks[half], sampled(build, started), key=lambda sample: sample.total)
                time.sleep(EVERY_S)
        if process.returncode:
            sys.exit("the build failed")
    return peaks, time.perf_counter() - started


def main() -> None:
    """Print both peaks, each with the processes that make it up."""
    if sys.platform != "linux":
        print("memory of a build: not measured, only Linux says what processes share")
        return
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    try:
        peaks, seconds = watched()
    finally:
        shutil.rmtree(ROOT / "report" / NAME, ignore_errors=True)
    for half, peak in peaks.items():
        print(
            f"most memory while {half}: {peak.total / 1e6:,.0f} MB, at {peak.seconds:.0f} of {seconds:.0f} s; aimed at 1,000 MB"
        )
        print("  " + ", ".join(f"{what} {share / 1e6:,.0f}" for share, what in peak.shares if share > 1e6))


if __name__ == "__main__":
    main()
