"""Time sweeps: 10,000 scenarios on two processes, one against two, cost by size of plan, and a Dask cluster.

Run with ``make bench``. The plan is a Latin hypercube over eight main drivers, 22 calls and 3 considerations at 4,096
draws a point. Every run is a process of its own that computes the points and writes table and page; its time starts
after the imports. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DRAWS = 4096
DRIVERS = """
  inference_gain: {low: 2, high: 40}
  training_gain: {low: 1, high: 8}
  elasticity_short: {low: 0.2, high: 1.4}
  elasticity_long: {low: 0.5, high: 2.2}
  pass_through_long: {low: 0.4, high: 1.1}
  budget_response: {low: -0.5, high: 0.8}
  training_adoption_long: {low: 0.4, high: 0.95}
  nvidia_share_loss_long: {low: 0, high: 0.15}
"""
ONE = """
import json, resource, sys, time
from pathlib import Path
from deepseek_era.sweep import page, points
from deepseek_era.sweep.plan import read_plan
plan, folder, workers, scheduler = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
def busy():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)
wall, processor = time.perf_counter(), busy()
read = read_plan(plan)
frame = points.run(read, workers=workers, scheduler=scheduler, cache=folder / "cache")
computed, used = time.perf_counter() - wall, busy() - processor
target = page.write(plan, workers=workers, root=folder, cache=folder / "cache")
assert (frame["status"] == "done").all()
print(json.dumps({
    "wall": computed,
    "write": time.perf_counter() - wall - computed,
    "processor": used,
    "parent": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "worker": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    "sizes": {path.name: path.stat().st_size / 1e6 for path in sorted(target.iterdir())},
}))
"""


@dataclass(frozen=True)
class Run:
    """What one sweep took: seconds to compute, to write, of processor time; MiB; megabytes of each file."""

    wall: float
    write: float
    processor: float
    parent: float
    worker: float
    sizes: dict[str, float]


def sweep(points: int, workers: int, scheduler: str = "") -> Run:
    """Return what a sweep of so many points takes."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "bench.yaml"
        plan.write_text(f"kind: latin-hypercube\nn: {points}\ndraws: {DRAWS}\nparameters:{DRIVERS}")
        done = subprocess.run(
            [sys.executable, "-c", ONE, str(plan), folder, str(workers), scheduler],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        sys.exit(done.stderr)
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def on_dask(points: int) -> tuple[Run, float]:
    """Return what a sweep takes on a scheduler and two workers, and the workers' processor seconds."""
    started: list[subprocess.Popen[bytes]] = []

    def start(kind: str, *arguments: str) -> int:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [sys.executable, "-m", f"distributed.cli.{kind}", "--no-dashboard", *arguments]
        started.append(subprocess.Popen(command, cwd=ROOT, **quiet))
        return started[-1].pid

    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "scheduler.json"
        try:
            start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(note))
            while not note.exists() or not note.read_text().strip():
                time.sleep(0.1)
            address = json.loads(note.read_text())["address"]
            place = ("--host", "127.0.0.1", "--local-directory", folder)
            workers = [
                start("dask_worker", address, "--nthreads", "1", "--no-nanny", *place) for _ in range(2)
            ]
            from distributed import Client

            with Client(address) as client:
                client.wait_for_workers(2)
            before = sum(processor(pid) for pid in workers)
            run = sweep(points, 2, address)
            return run, sum(processor(pid) for pid in workers) - before
        finally:
            for process in reversed(started):
                process.kill()
                process.wait()


def processor(pid: int) -> float:
    """Return the processor seconds of a running process (Linux), nought elsewhere."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def show(name: str, points: int, run: Run, busy: float | None = None) -> None:
    """Print one line."""
    used = run.processor if busy is None else busy
    print(
        f"  {name}: {run.wall:.1f} s, {1000 * run.wall / points:.1f} ms a scenario "
        f"({used:.1f} s of processor time, {1000 * used / points:.1f} ms a scenario)",
        flush=True,
    )


def main() -> None:
    """Print times, memory, scaling and sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the points")
    many = 1_000 if parser.parse_args().quick else 10_000
    middle, few = many // 10, many // 100
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(
        f"sweeps: Latin hypercube over eight drivers, 22 calls and 3 considerations, {DRAWS:,} draws a point"
    )
    small = sweep(few, 2)
    show(f"{few:,} scenarios, 2 processes", few, small)
    two = sweep(middle, 2)
    show(f"{middle:,} scenarios, 2 processes", middle, two)
    one = sweep(middle, 1)
    show(f"{middle:,} scenarios, 1 process", middle, one)
    print(f"  from 1 process to 2: {one.wall / two.wall:.2f} x faster")
    dask, busy = on_dask(middle)
    show(f"{middle:,} scenarios, Dask with 2 workers", middle, dask, busy)
    large = sweep(many, 2)
    show(f"{many:,} scenarios, 2 processes", many, large)
    sizes = ", ".join(f"{name} {size:.1f} MB" for name, size in large.sizes.items())
    print(
        f"  {many:,} scenarios: table and page written in {large.write:.1f} s ({sizes}); "
        f"peak memory {large.parent:,.0f} MiB of the parent, {large.worker:,.0f} MiB of a worker"
    )


if __name__ == "__main__":
    main()
