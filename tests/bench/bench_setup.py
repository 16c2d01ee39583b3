"""Weigh fresh environments: what each lock file takes on disk and how long it takes to install.

Run by hand (``python tests/bench/bench_setup.py``), for it fetches every package of every extra once. The environment of
the report is made as ``make setup`` makes it; each extra is added to a copy of it. Bytes are those that the disk gives
(``du``), files without a byte of their own included. Nothing is asserted.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = ("lab", "sweep", "export", "mcp", "refresh", "test", "bench")
LARGEST = 8


def on_disk(folder: Path) -> int:
    """Return the bytes that a folder takes on disk; a file of several names counts once."""
    done = subprocess.run(["du", "-sk", str(folder)], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0]) * 1024


def installed(venv: Path, target: str) -> float:
    """Make a target of the Makefile in an environment and return the seconds."""
    started = time.perf_counter()
    words = ["make", "--no-print-directory", f"VENV={venv}", target]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def packages(venv: Path) -> list[tuple[int, str]]:
    """Return bytes on disk and name of every package, bytecode included, the largest first."""
    (site,) = venv.glob("lib/python*/site-packages")
    found = []
    for package in importlib.metadata.distributions(path=[str(site)]):
        folders = {site / str(file).split("/")[0] for file in package.files or () if ".." not in str(file)}
        held = [path for folder in folders for path in (folder.rglob("*") if folder.is_dir() else [folder])]
        size = sum(path.stat().st_blocks * 512 for path in held if path.is_file())
        found.append((size, str(package.metadata["Name"])))
    return sorted(found, reverse=True)


def main() -> None:
    """Print bytes and seconds of the report's environment and of what each extra adds."""
    by = "uv" if shutil.which("uv") else "pip"
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}, {by}")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        seconds = installed(report, str(report / ".ready"))
        base, found = on_disk(report), packages(report)
        print(
            f"requirements.txt: {base / 1e6:,.0f} MB, {len(found)} packages, {seconds:.0f} s; aimed at 700 MB"
        )
        print("  " + ", ".join(f"{name} {size / 1e6:,.0f}" for size, name in found[:LARGEST]))
        for extra in EXTRAS:
            copy = Path(folder) / extra
            shutil.copytree(report, copy, symlinks=True)
            seconds = installed(copy, str(copy / f".ready-{extra}"))
            print(f"requirements-{extra}.txt: {(on_disk(copy) - base) / 1e6:,.0f} MB more, {seconds:.0f} s")
            shutil.rmtree(copy)


if __name__ == "__main__":
    main()
