"""The points of a sweep: each computed by itself, chunks of them side by side, finished chunks kept."""

from __future__ import annotations

import concurrent.futures as cf
import functools
import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from deepseek_era import tables, witness
from deepseek_era.arrays import INTERVAL, percentiles_of_rows
from deepseek_era.building import cache as run_cache
from deepseek_era.building import forks, inputs
from deepseek_era.errors import ParameterError, UserError, nearest
from deepseek_era.parameters import resolve
from deepseek_era.places import ROOT
from deepseek_era.sweep.plan import LIGHT_FIGURES, Plan

if TYPE_CHECKING:
    from deepseek_era.verdicts.blocks import Shared

CACHE = ROOT / ".cache" / "sweeps"
CHUNK = 32
PATIENCE_S = 10  # seconds in which a scheduler must answer


def evaluate_point(plan: Plan, number: int, shared: Shared) -> dict[str, Any]:
    """Return the row of one point: what was set, every call's impact, probabilities and words, and figures."""
    from deepseek_era.model import Model
    from deepseek_era.verdicts import rule, tally
    from deepseek_era.verdicts.blocks import outcomes_in_blocks

    point = plan.points[number]
    row: dict[str, Any] = {"point": number, **{name: point.get(name) for name in plan.parameters}}
    try:
        parameters = resolve(
            {"draws": plan.draws, **point}, scenario=plan.scenario, vintage=plan.vintage, seed=plan.seed
        )
        found = outcomes_in_blocks(parameters, shared=shared)
        for key, call in found.items():
            stem = key.lower()
            numbers = {
                "impact_median": call.median,
                "impact_p5": call.low,
                "impact_p95": call.high,
                "p_winner": call.p.win,
                "p_loser": call.p.lose,
            }
            if call.shares is not None and call.later is not None:
                numbers |= {"p_own": call.shares.own, "p_own_attributable": call.later.own}
            row.update({f"{stem}.{measure}": float(f"{value:.6g}") for measure, value in numbers.items()})
            row[f"{stem}.band"], row[f"{stem}.was_it_r1"] = call.band, call.word
        own = (call for key, call in found.items() if key.startswith("C"))
        count = tally.count((call.word, call.near, call.one_sided) for call in own)
        row.update(
            {f"calls.{name}": getattr(count, name) for name in map(rule.NAMES.__getitem__, rule.WAS_IT_R1)}
        )
        row.update(_figures(Model(parameters), plan.figures, shared))
    except UserError as error:
        return {**row, "status": "failed", "reason": str(error).replace("\n", "; ")}
    except Exception as error:
        return {**row, "status": "failed", "reason": f"{type(error).__name__}: {error}"}
    return {**row, "status": "done", "reason": ""}


def _figures(model: Any, wanted: Sequence[str], shared: Shared) -> dict[str, float | None]:
    """Return value and ends of the wanted figures; the light ones without computing a whole part."""
    from deepseek_era.building.rehearse import figures_of
    from deepseek_era.figure import Figure

    found: dict[str, Figure] = {}
    if set(wanted) & set(LIGHT_FIGURES):
        draws = shared.draws
        backfire = np.mean(draws["pass_through_long"] * draws["elasticity_long"] > 1)
        light = {
            "capacity.compute_ratio_short": "X_S",
            "capacity.compute_ratio_long": "X_L",
            "capacity.aggregate_gain_short": "kbar_S",
            "capacity.aggregate_gain_long": "kbar_L",
        }
        ends = percentiles_of_rows(np.stack([shared.gain(name) for name in light.values()]), INTERVAL)
        found = {
            key: Figure(key, middle, "ratio", "modelled", key, low, high)
            for key, (low, middle, high) in zip(light, ends.tolist(), strict=True)
        }
        key = "capacity.jevons.p_backfire_long"
        found[key] = Figure(key, float(backfire), "probability", "modelled", key)
    for part in dict.fromkeys(key.split(".")[0] for key in wanted if key not in found):
        if part not in ("cost", "market", "capacity", "verdicts"):
            raise ParameterError(f"figures: {part}: allowed: figures of cost, market, capacity or verdicts")
        found.update(figures_of(part, model))
    row: dict[str, float | None] = {}
    for key in wanted:
        if key not in found:
            raise ParameterError(f"figures: {key} is not recorded{nearest(key, found)}")
        figure = found[key]
        row[key] = figure.value
        if figure.low is not None:
            row[f"{key}.low"], row[f"{key}.high"] = figure.low, figure.high
    return row


def evaluate_chunk(plan: Plan, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Return the rows of some points, in order."""
    with tables.held():  # the points of a chunk rest on one state of the tables
        return [evaluate_point(plan, number, _shared()) for number in numbers]


@functools.lru_cache(maxsize=1)
def _shared() -> Shared:
    """Return what all points of a process share, from one chunk to the next."""
    from deepseek_era.verdicts.blocks import Shared

    return Shared()


def _opened(plan: Plan) -> dict[str, str]:
    """Return path and digest of the user's files that the scenario or a point names, such as ``returns_file``."""
    try:
        found = run_cache.named_files(resolve({}, scenario=plan.scenario, vintage=plan.vintage))
    except ParameterError:  # said point by point where it is computed
        found = {}
    points = plan.points.values() if isinstance(plan.points, Mapping) else plan.points
    texts = {value for point in points for value in point.values() if isinstance(value, str)}
    named = filter(None, map(inputs.named_file, sorted(texts)))
    return found | {str(file): witness.digest(file) for file in named}


def _digest(plan: Plan) -> str:
    parts = {
        k: inputs.digest_files(v)
        for k, v in inputs.files(plan.scenario).items()
        if k in ("data", "code", "lock", "scenario", "notebooks")  # figures are recorded in notebooks
    }
    text = json.dumps([parts, _opened(plan), plan.__dict__], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _save(path: Path, rows: list[dict[str, Any]]) -> None:
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        partial.write_text(json.dumps(rows, default=str), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(
            f"sweep: {path.name} cannot be kept ({error.strerror}); what is done so far is"
        ) from None


def _load(path: Path, numbers: Sequence[int]) -> list[dict[str, Any]] | None:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return rows if [row["point"] for row in rows] == list(numbers) else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


Work = tuple[Path, Sequence[int]]


def _local(plan: Plan, work: list[Work], workers: int) -> Iterator[tuple[Work, list[dict[str, Any]]]]:
    if workers == 1:
        for item in work:
            yield item, evaluate_chunk(plan, item[1])
        return
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    with cf.ProcessPoolExecutor(workers, mp_context=context, initializer=forks.die_with_parent) as pool:
        waiting = {pool.submit(evaluate_chunk, plan.part(item[1]), item[1]): item for item in work}
        try:
            for done in cf.as_completed(waiting):
                yield waiting[done], done.result()
        except cf.process.BrokenProcessPool:
            raise UserError(
                "sweep: a worker process died; what is done is kept, start it again to go on"
            ) from None
        finally:
            # an interrupted sweep would otherwise work off all that is queued before it ends
            pool.shutdown(cancel_futures=True)


def _cluster(plan: Plan, work: list[Work], address: str) -> Iterator[tuple[Work, list[dict[str, Any]]]]:
    try:
        from distributed import Client, as_completed
    except ModuleNotFoundError:
        raise UserError("sweep: SCHEDULER needs the package distributed: pip install distributed") from None
    try:
        client = Client(address, timeout=PATIENCE_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise UserError(f"sweep: no Dask scheduler at {address} ({type(error).__name__})") from None
    with client:
        # each chunk carries all it needs; one that was on a lost worker is simply run again elsewhere
        waiting = {
            client.submit(evaluate_chunk, plan.part(item[1]), list(item[1]), pure=False, retries=3): item
            for item in work
        }
        try:
            for done in as_completed(list(waiting)):
                yield waiting[done], done.result()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise UserError(
                f"sweep: the cluster at {address} gave up ({reason[:200]}); "
                "what is done is kept, start it again to go on"
            ) from None


def run(
    plan: Plan,
    *,
    scheduler: str = "",
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cache: Path = CACHE,
) -> pd.DataFrame:
    """Return the table of a sweep: one row a point, in the order of the plan.

    Finished chunks are kept under `cache`; a second run of the same plan on the same inputs continues from them.

    Parameters
    ----------
    scheduler
        Address of a Dask scheduler, ``tcp://host:port``; empty for the processors of this machine.
    workers
        Processes on this machine; by default one a processor.
    """
    folder = cache / f"{plan.name}-{_digest(plan)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"sweep: cannot write to {folder.parent} ({error.strerror})") from None
    total = len(plan.points)
    rows: dict[int, dict[str, Any]] = {}
    work: list[Work] = []
    for first in range(0, total, CHUNK):
        numbers = range(first, min(first + CHUNK, total))
        path = folder / f"{first:07d}.json"
        kept = _load(path, numbers)
        if kept is None:
            work.append((path, numbers))
        else:
            rows.update({row["point"]: row for row in kept})
    progress(len(rows), total)
    count = workers or os.cpu_count() or 1
    stream = _cluster(plan, work, scheduler) if scheduler else _local(plan, work, count)
    for (path, _), finished in stream:
        _save(path, finished)
        rows.update({row["point"]: row for row in finished})
        progress(len(rows), total)
    frame = pd.DataFrame([rows[number] for number in range(total)])
    last = ["status", "reason"]
    return frame[[c for c in frame.columns if c not in last] + last]
