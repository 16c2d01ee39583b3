"""Time the calls as a traced program against the functions themselves over numpy, on the same draws, in turn.

Run with ``make bench``. Both axes of all calls and considerations: the Effect, and what rivals leave of it. Both ways get
each block of draws one after the other, so that what else the machine does weighs on both alike; drawing is timed by
itself. Then the points of a sweep, with what moves between them computed by the program and by the functions.
Nothing is asserted.
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
from pathlib import Path

import numpy as np
from bench_sweep import DRAWS, DRIVERS

from deepseek_era.capacity.aggregate import attributable
from deepseek_era.parameters import BLOCK, Draws, joint_draws_in_blocks, resolve
from deepseek_era.sweep import points
from deepseek_era.sweep.plan import read_plan
from deepseek_era.traced import Kept, TracedCase, cases_of, program_of
from deepseek_era.traced.calls import YEARS
from deepseek_era.verdicts.blocks import Shared
from deepseek_era.verdicts.evaluate import calls
from deepseek_era.verdicts.impacts import Case

PARTS = ("effect", "left")
CALLS = calls()
PEAK = """
import resource
from deepseek_era.parameters import resolve
from deepseek_era.verdicts.blocks import outcomes_in_blocks
outcomes_in_blocks(resolve(), {n})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
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


def million(count: int) -> None:
    """Print the times of both ways over many draws."""
    parameters = resolve()
    tracing, program = spent(lambda: program_of(parameters, PARTS))
    making, machine = spent(lambda: cases_of(parameters, BLOCK, PARTS))
    times = {"drawing": 0.0, "functions": 0.0, "program": 0.0}
    widest = 0.0
    blocks = joint_draws_in_blocks(parameters, count, BLOCK)
    while True:
        used, draws = spent(lambda: next(blocks, None))
        if draws is None:
            break
        names = [name for name in program.inputs if name in draws]
        more, _ = spent(lambda: ([draws[name] for name in names], draws.z))  # noqa: B023
        times["drawing"] += used + more
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
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="fewer draws and points")
    options = parser.parse_args()
    count = 2**17 if options.quick else 2**20
    print(
        f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}, "
        f"numpy {np.__version__}"
    )
    million(count)
    peak = subprocess.run(
        [sys.executable, "-c", PEAK.format(n=count)], capture_output=True, text=True, check=True
    )
    print(f"  peak memory of a process that evaluates them: {float(peak.stdout):,.0f} MiB")
    sweep(100 if options.quick else 500, options.rounds)


if __name__ == "__main__":
    main()
