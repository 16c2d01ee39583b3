"""Time the calls as a traced program against the functions themselves over numpy, on the same draws, in turn.

Run with ``make bench``. Both axes of all calls and considerations: the Effect, and what rivals leave of it. Both ways get
each block of draws one after the other, so that what else the machine does weighs on both alike; drawing is timed by
itself. Then both from beginning to end, with one thread and with one a processor. Then the points of a sweep, with what
moves between them computed by the program and by the functions. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from bench_sweep import DRAWS, DRIVERS

from deepseek_era import tables
from deepseek_era.capacity.aggregate import attributable
from deepseek_era.parameters import BLOCK, Draws, joint_draws_in_blocks, resolve
from deepseek_era.sweep import points
from deepseek_era.sweep.plan import read_plan
from deepseek_era.traced import Kept, Program, TracedCase, cases_of, program_of
from deepseek_era.traced.calls import YEARS
from deepseek_era.verdicts import blocks
from deepseek_era.verdicts.blocks import Shared
from deepseek_era.verdicts.evaluate import calls
from deepseek_era.verdicts.impacts import Case

PARTS = ("effect", "left")
CALLS = calls()
PEAK = """
from pathlib import Path
from deepseek_era.parameters import resolve
from deepseek_era.verdicts.blocks import outcomes_in_blocks
outcomes_in_blocks(resolve(), {n})
# ru_maxrss would start from the peak of the process that started this one
lines = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024)
"""


def spent(work: Callable[[], object]) -> tuple[float, object]:
    """Return the processor seconds of some work, and what it returns."""
    begin = time.process_time()
    found = work()
    return time.process_time() - begin, found


def by_functions(draws: Draws) -> np.ndarray:
    """Return Effect and what is left of every call, a row each, from the functions."""
    plain = Case(draws, draws.z)
    left = {
        world: Case(attributable(draws, YEARS[world]), plain.shocks, unshocked=plain)
        for world in ("short", "long")
    }
    worlds = [left["short" if call.horizon == "short" else "long"] for call in CALLS]
    effect = [plain.impact(call.id) for call in CALLS]
    return np.array([*effect, *(case.impact(call.id) for call, case in zip(CALLS, worlds, strict=True))])


def by_program(draws: Draws, machine: Callable[[Draws], object]) -> np.ndarray:
    """Return the same from the program."""
    found = np.empty((2 * len(CALLS), draws.n))
    done = 0
    for part in machine(draws):  # type: ignore[attr-defined]
        assert isinstance(part, TracedCase)
        left = part.after
        for row, call in enumerate(CALLS):
            found[row, done : done + part.n] = part.impact(call.id)
            found[len(CALLS) + row, done : done + part.n] = left[call.horizon].impact(call.id)
        done += part.n
    return found


def parts(count: int) -> None:
    """Print the processor time of both ways over many draws, and of drawing them."""
    parameters = resolve()
    tracing, program = spent(lambda: program_of(parameters, PARTS))
    making, machine = spent(lambda: cases_of(parameters, BLOCK, PARTS))
    times = {"drawing": 0.0, "functions": 0.0, "program": 0.0}
    widest = 0.0
    for draws in joint_draws_in_blocks(parameters, count, BLOCK):
        used, _ = spent(lambda: drawn(draws, program))  # noqa: B023
        times["drawing"] += used
        used, numbers = spent(lambda: by_functions(draws))  # noqa: B023
        times["functions"] += used
        used, found = spent(lambda: by_program(draws, machine))  # noqa: B023
        times["program"] += used
        widest = max(widest, float((np.abs(found - numbers) / np.maximum(1, np.abs(numbers))).max()))
    drawing, functions, quick = times.values()
    print(
        f"22 calls and 3 considerations, both axes, {count:,} draws, processor time: functions {functions:.2f} s, "
        f"program {quick:.2f} s ({quick / functions:.2f}), drawing {drawing:.2f} s "
        f"(both with it: {(quick + drawing) / (functions + drawing):.2f})\n"
        f"  {len(program.steps):,} operations over {len(program.inputs)} inputs; traced in {1000 * tracing:.0f} ms, "
        f"made ready in {1000 * making:.0f} ms; largest difference {widest:.1e} of a number, or of one unit"
    )


def drawn(draws: Draws, program: Program) -> Draws:
    """Return some draws once all that the calls read is drawn."""
    for name in program.inputs:
        if name in draws:
            draws[name]
    assert len(draws.z) == draws.n
    return draws


def in_turn(ways: dict[str, Callable[[], object]], rounds: int) -> None:
    """Print medians of wall and processor time of some ways, each once a round, and their ratios to the first."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, work in ways.items():
            wall = time.perf_counter()
            used, _ = spent(work)
            times[name].append((time.perf_counter() - wall, used))
    middle = {
        name: [statistics.median(column) for column in zip(*all, strict=True)] for name, all in times.items()
    }
    first = next(iter(middle.values()))
    for name, (wall, used) in middle.items():
        print(
            f"  {name}: {wall:.2f} s ({wall / first[0]:.2f}), {used:.2f} s of processor time ({used / first[1]:.2f})"
        )


def threads(count: int, rounds: int) -> None:
    """Print what both ways take from draws to numbers, and from parameters to words, by one thread and by more."""
    parameters, number = resolve(), os.cpu_count() or 1
    program = program_of(parameters, PARTS)
    few = [drawn(draws, program) for draws in joint_draws_in_blocks(parameters, count // 8, BLOCK)]
    machines: SimpleQueue[Callable[[Draws], object]] = SimpleQueue()
    for _ in range(number):
        machines.put(cases_of(parameters, BLOCK, PARTS))

    def work(draws: Draws) -> None:
        machine = machines.get()
        by_program(draws, machine)
        machines.put(machine)

    def plain() -> None:
        kept, blocks.TRACED = blocks.TRACED, 2 * count
        blocks.outcomes_in_blocks(parameters, count)
        blocks.TRACED = kept

    with ThreadPoolExecutor(number) as pool:
        print(f"evaluated alone, {count // 8:,} draws that are there, medians of {rounds} in turn")
        in_turn(
            {
                "functions over numpy": lambda: [by_functions(draws) for draws in few],
                "program, 1 thread": lambda: [work(draws) for draws in few],
                f"program, {number} threads": lambda: list(pool.map(work, few)),
            },
            rounds,
        )
    few.clear()
    print(f"drawn, evaluated and counted, {count:,} draws, medians of {rounds} in turn")
    in_turn(
        {
            "functions over numpy": plain,
            "program, 1 thread": lambda: blocks.outcomes_in_blocks(parameters, count, threads=1),
            f"program, {number} threads": lambda: blocks.outcomes_in_blocks(parameters, count),
        },
        rounds,
    )


def sweep(count: int, rounds: int) -> None:
    """Print the processor time of a point of a sweep, both ways in turn."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.yaml"
        file.write_text(f"kind: latin-hypercube\nn: {count}\ndraws: {DRAWS}\nparameters:{DRIVERS}")
        plan = read_plan(file)
    ways: dict[str, tuple[Shared, list[float]]] = {name: (Shared(), []) for name in ("functions", "program")}
    kept = Kept.case
    for _ in range(rounds):
        for name, (shared, times) in ways.items():
            Kept.case = kept if name == "program" else lambda *_: None  # type: ignore[assignment,method-assign]
            points.evaluate_point(plan, 0, shared)
            with tables.held():  # as for a chunk of a sweep
                used, _ = spent(lambda: [points.evaluate_point(plan, k, shared) for k in range(count)])  # noqa: B023
            times.append(1000 * used / count)
    Kept.case = kept  # type: ignore[method-assign]
    slow, quick = (statistics.median(times) for _, times in ways.values())
    print(
        f"a point of a sweep at {DRAWS:,} draws, processor time: functions {slow:.1f} ms, "
        f"program {quick:.1f} ms ({quick / slow:.2f})"
    )


def main() -> None:
    """Print it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="fewer draws and points")
    options = parser.parse_args()
    count = 2**17 if options.quick else 2**20
    print(
        f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}, "
        f"numpy {np.__version__}"
    )
    parts(count)
    threads(count, options.rounds)
    peak = subprocess.run(
        [sys.executable, "-c", PEAK.format(n=count)], capture_output=True, text=True, check=True
    )
    print(f"  peak memory of a process that evaluates them: {float(peak.stdout):,.0f} MiB")
    sweep(100 if options.quick else 500, options.rounds)


if __name__ == "__main__":
    main()
