"""Time cold builds that check each chart whole and once against builds that let Altair check every part as it is made.

Run with ``make bench``. The two ways run in turn, each build in processes of its own; printed are medians of the
processor time of all of them and of the wall time. ``DEEPSEEK_ERA_TRUST=0`` is the switch. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import sys
from pathlib import Path
from deepseek_era.building import forks
from deepseek_era.building.drawers import Drawers
with Drawers() as drawers:
    drawers.start()
    forks.without_address_grammar()
    forks.collect_seldom()
    from deepseek_era.building.build import build
    build(name="bench", root=Path(sys.argv[1]), force=True, drawers=drawers)
"""


def cold(trust: bool) -> tuple[float, float]:
    """Return processor and wall seconds of a build from nothing."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DEEPSEEK_ERA_TRUST": str(int(trust))}
        subprocess.run([sys.executable, "-c", CODE, folder], cwd=ROOT, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - started


def main() -> None:
    """Print what checking charts whole saves in a cold build."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    found: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for number in range(rounds):
        for trust in (True, False) if number % 2 == 0 else (False, True):
            found[trust].append(cold(trust))
    for place, what in enumerate(("processor", "wall")):
        once, parts = (statistics.median(pair[place] for pair in found[trust]) for trust in (True, False))
        print(
            f"cold build, charts checked once: {once:.1f} s {what} time; part by part: {parts:.1f} s; "
            f"saved: {(parts - once) / parts:.0%}"
        )


if __name__ == "__main__":
    main()
