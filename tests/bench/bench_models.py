"""Time the 22 calls: a million draws, and against plain Monte Carlo in squigglepy at equal accuracy.

Run with ``make bench``. Accuracy is the spread (largest less smallest) of P(winner) and P(loser) of every call over 20
seeds. Both ways double their draws until no spread is over 0.004; then one evaluation at that number is timed. Nothing
is asserted.

Plain Monte Carlo samples the parameters that the calls read, and the demand shocks, with ``squigglepy.sample``: the
same distributions, clipped to the same bounds, through the same impact functions in the same blocks. The twelve
correlated pairs are timed in two ways: normal scores sampled with squigglepy and put through our copula (the quicker
way, which counts), and ``squigglepy.correlate`` (Iman–Conover, which sorts).
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import squigglepy as sq

from deepseek_era import reads
from deepseek_era.capacity.path import STEPS
from deepseek_era.parameters import BLOCK, Parameters, Row, correlated_blocks, joint_draws_in_blocks, resolve
from deepseek_era.parameters import rows as rows_module
from deepseek_era.verdicts.blocks import Outcome, count_sides, outcomes_in_blocks, outcomes_of, thresholds
from deepseek_era.verdicts.evaluate import calls, is_call
from deepseek_era.verdicts.impacts import Case

SEEDS, SPREAD = 20, 0.004
LARGEST = 2**21
MILLION = """
import resource, time
from deepseek_era.parameters import resolve
from deepseek_era.verdicts.blocks import outcomes_in_blocks
parameters = resolve()
outcomes_in_blocks(parameters, 1024)  # imports, tables
wall, processor = time.perf_counter(), time.process_time()
outcomes_in_blocks(parameters, {n})
print(time.perf_counter() - wall, time.process_time() - processor, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

Array = np.ndarray


def timed(work: Callable[[int], object], rounds: int) -> tuple[float, float]:
    """Return median wall and processor seconds; `work` gets a seed that was not used before."""
    walls, processor = [], []
    for place in range(rounds):
        begin, busy = time.perf_counter(), time.process_time()
        work(1000 + place)
        walls.append(time.perf_counter() - begin)
        processor.append(time.process_time() - busy)
    return statistics.median(walls), statistics.median(processor)


class Plain:
    """Plain Monte Carlo of the parameters that the calls read, sampled by squigglepy."""

    def __init__(self, parameters: Parameters, *, sorting: bool = False) -> None:
        with reads.recording() as record:
            outcomes_in_blocks(parameters, 1024)
        self.rows = {
            name: parameters.rows[name]
            for name in sorted(record.parameters)
            if parameters.rows[name].position >= 0
        }
        self.rows = {name: row for name, row in self.rows.items() if row.dist not in ("setting", "choice")}
        self.blocks = [
            block
            for block in correlated_blocks()
            if all(self.rows[name].dist != "fixed" for name in block[0])
        ]
        self.sorting = sorting
        self.of = {name: self.distribution(row) for name, row in self.rows.items() if row.dist != "fixed"}
        if sorting:
            for names, matrix in self.blocks:
                self.of |= zip(
                    names, sq.correlate(tuple(self.of[name] for name in names), matrix), strict=True
                )
        self.score = sq.norm(mean=0, sd=1)

    @staticmethod
    def distribution(row: Row) -> object:
        """Return a parameter's distribution in squigglepy."""
        if row.dist == "lognormal":
            return sq.lognorm(row.p1, row.p2, credibility=90)
        if row.dist == "normal":
            return sq.norm(mean=row.p1, sd=row.p2)
        if row.dist == "truncated":
            return sq.norm(mean=row.p1, sd=row.p2, lclip=row.lower_bound, rclip=row.upper_bound)
        return sq.uniform(row.p1, row.p2) if row.dist == "uniform" else sq.pert(row.p1, row.p2, row.p3)

    def draw(self, n: int) -> Case:
        """Return a case of `n` draws."""
        values: dict[str, Array] = {}
        if not self.sorting:
            for names, matrix in self.blocks:
                scores = np.linalg.cholesky(matrix) @ sq.sample(self.score, n=n * len(names)).reshape(-1, n)
                values |= {name: self.rows[name].transform(z) for name, z in zip(names, scores, strict=True)}
        for name, row in self.rows.items():
            if name not in values:
                drawn = np.full(n, row.p1) if row.dist == "fixed" else sq.sample(self.of[name], n=n)
                values[name] = np.clip(drawn, *row.bounds)
        return Case(values, sq.sample(self.score, n=n * STEPS).reshape(n, STEPS))

    def cases(self, n: int) -> Iterator[Case]:
        """Yield `n` draws in the blocks that our own draws come in."""
        for _ in range(max(1, n // BLOCK)):
            yield self.draw(min(n, BLOCK))

    def outcomes(self, parameters: Parameters, n: int, seed: int = 1) -> dict[str, Outcome]:
        """Return every call over `n` draws."""
        sq.set_seed(seed)
        return outcomes_of(parameters, self.cases(n), n)


def sides(case: Case, limits: dict[str, float]) -> Array:
    """Return how many draws of a case win and lose each of the 22 calls."""
    return np.array([count_sides(case, c.id, limits)[:2] for c in calls() if is_call(c.id)])


def ours(seed: int, limits: dict[str, float], first: int) -> Iterator[Array]:
    """Yield the counts over the first `first`, 2 `first`, 4 `first` … draws of our sequence."""
    block = min(first, BLOCK)
    total, done, wanted = np.zeros(()), 0, first
    for draws in joint_draws_in_blocks(resolve(seed=seed), LARGEST, block):
        total = total + sides(Case(draws, draws.z), limits)
        done += block
        if done == wanted:
            yield total
            wanted *= 2


def plain(seed: int, limits: dict[str, float], first: int, sampler: Plain) -> Iterator[Array]:
    """Yield the same for plain draws; each doubling adds fresh ones."""
    total, done, wanted = np.zeros(()), 0, first
    while wanted <= LARGEST:
        sq.set_seed([seed, wanted])
        for case in sampler.cases(wanted - done):
            total = total + sides(case, limits)
        done = wanted
        yield total
        wanted *= 2


def smallest(name: str, streams: list[Iterator[Array]], first: int, spread: float) -> int:
    """Return the smallest number of draws, by doubling, at which no P spreads more than `spread`; print the way."""
    n, line = first, []
    while True:
        found = np.array([next(stream) for stream in streams]) / n
        widest = float(np.ptp(found, axis=0).max())
        line.append(f"{n:,}: {widest:.4f}")
        if widest <= spread or n >= LARGEST:
            print(f"  {name}: largest spread of any P by draws {'; '.join(line)}")
            return n
        n *= 2


def tabulation(parameters: Parameters) -> tuple[float, float]:
    """Return the seconds that the tables of inverse distributions take, which a process makes once."""
    rows_module._pert.cache_clear()
    return timed(lambda seed: outcomes_in_blocks(parameters.with_(seed=seed), 64), 1)


def main() -> None:
    """Print the times, the memory and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="fewer draws, a wider spread")
    options = parser.parse_args()
    rounds, spread = options.rounds, 4 * SPREAD if options.quick else SPREAD
    count = 2**17 if options.quick else 2**20
    print(
        f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}, {rounds} rounds"
    )

    runs = []
    for _ in range(rounds):
        done = subprocess.run(
            [sys.executable, "-c", MILLION.format(n=count)], capture_output=True, text=True, check=True
        )
        runs.append([float(x) for x in done.stdout.split()])
    wall, busy, peak = (statistics.median(column) for column in zip(*runs, strict=True))
    print(
        f"22 calls and 3 considerations at {count:,} draws: {wall:.2f} s ({busy:.2f} s of processor time), "
        f"peak memory {peak / 1024:,.0f} MiB of the whole process"
    )

    parameters = resolve()
    limits = thresholds(calls(), float(parameters.setting("threshold_scale")))
    sampler = Plain(parameters)
    print(f"equal accuracy: spread of every P over {SEEDS} seeds at most {spread:g}")
    seeds = range(1, SEEDS + 1)
    few = smallest("ours", [ours(s, limits, 2**10) for s in seeds], 2**10, spread)
    many = smallest("plain", [plain(s, limits, 2**12, sampler) for s in seeds], 2**12, spread)
    tables = tabulation(parameters)
    own = timed(lambda seed: outcomes_in_blocks(parameters.with_(seed=seed), few), rounds)
    other = timed(lambda seed: sampler.outcomes(parameters, many, seed), rounds)
    sorted_pairs = Plain(parameters, sorting=True)
    sorting = timed(lambda seed: sorted_pairs.outcomes(parameters, many, seed), 1)
    print(
        f"  ours, {few:,} draws: {own[0]:.2f} s ({own[1]:.2f} s of processor time), "
        f"and once a process {tables[0]:.2f} s ({tables[1]:.2f} s) for the tables of inverse distributions"
    )
    for name, (seconds, used) in (
        ("squigglepy, our copula", other),
        ("squigglepy, its own correlate", sorting),
    ):
        print(
            f"  {name}, {many:,} draws: {seconds:.2f} s ({used:.2f} s of processor time); "
            f"{seconds / own[0]:.1f} x our time ({used / own[1]:.1f} x in processor time), "
            f"with the tables {seconds / (own[0] + tables[0]):.1f} x ({used / (own[1] + tables[1]):.1f} x)"
        )
    print(
        f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB"
    )


if __name__ == "__main__":
    main()
