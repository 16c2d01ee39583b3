"""Sweeps: plans, resumption, failures, one worker or many, processes or a Dask cluster."""

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepseek_era import cli, tables
from deepseek_era.errors import ParameterError, UserError
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.sweep import page, points
from deepseek_era.sweep.plan import read_plan
from deepseek_era.tables import ROOT
from deepseek_era.verdicts import rule
from deepseek_era.verdicts import tables as verdict_tables

GRID = """
title: Small
kind: grid
draws: 1024
parameters:
  elasticity_long: [0.6, 1.0, 1.4, 1.8]
  pass_through_long: [0.5, 1.0]
"""


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Return a plan of eight points in four chunks."""
    monkeypatch.setattr(points, "CHUNK", 2)
    path = tmp_path / "small.yaml"
    path.write_text(GRID)
    return read_plan(path)


def written(tmp_path, text, name="plan.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_sweep_without_its_extra_says_so_before_it_begins(plan, tmp_path, monkeypatch, capsys):
    del plan
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(points, "run", None)
    assert cli.main(["sweep", str(tmp_path / "small.yaml")]) != 0
    said = capsys.readouterr()
    assert (
        said.err
        == "error: sweep: pyarrow is not installed; make sweep installs it (requirements-sweep.txt)\n"
    )
    assert said.out == ""


def test_rows_that_were_kept_hold_only_for_the_files_that_a_plan_or_its_scenario_names(tmp_path, monkeypatch):
    own = tmp_path / "mine.csv"
    own.write_text("date,ticker,return_pct\n2025-01-27,NVDA,-16.97\n")
    named = read_plan(
        written(tmp_path, f"kind: list\npoints:\n  - {{returns_file: {own}}}\n  - {{elasticity_long: 1}}\n")
    )
    before = points._digest(named)
    assert points._digest(named) == before
    own.write_text("date,ticker,return_pct\n2025-01-27,NVDA,-10\n")
    assert points._digest(named) != before

    data = tmp_path / "data"
    shutil.copytree(tables.data_dir(), data)
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(data))
    scenario = data / "scenarios" / "own.yaml"
    scenario.write_text(f"title: Own\nparameters:\n  returns_file: {own}\n")
    through = read_plan(written(tmp_path, "kind: list\nscenario: own\npoints:\n  - {elasticity_long: 1}\n"))
    before = points._digest(through)
    own.write_text("date,ticker,return_pct\n2025-01-27,NVDA,-11\n")
    moved = points._digest(through)
    scenario.write_text(scenario.read_text() + "  elasticity_short: 0.4\n")
    assert len({before, moved, points._digest(through)}) == 3


@pytest.mark.bad_input("sweep plans")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: gird\nparameters: {a: [1]}", "kind: saw 'gird', allowed: grid"),
        ("kind: grid", "parameters: allowed: a mapping"),
        (
            "kind: grid\nparameters: {elasticity_lng: [1]}",
            "parameter elasticity_lng: unknown (nearest: elasticity_long)",
        ),
        ("kind: grid\nparameters: {elasticity_long: 1}", "allowed: a list of values"),
        ("kind: grid\nparameter: {}", "unknown entry parameter (nearest: parameters)"),
        ("kind: latin-hypercube\nparameters: {elasticity_long: {low: 2, high: 1}}\nn: 4", "low < high"),
        ("kind: latin-hypercube\nparameters: {elasticity_long: {low: 1, high: 2}}\nn: x", "n: saw 'x'"),
        ("kind: list\npoints: 3", "points: allowed: a list"),
        ("kind: grid\nscenario: nope\nparameters: {elasticity_long: [1]}", "scenario: saw 'nope'"),
        ("kind: grid\ndraws: 1000\nparameters: {elasticity_long: [1]}", "draws"),
        ("a: [", "not readable as YAML"),
        ("- 1", "allowed: a mapping"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_reason(tmp_path, text, message):
    with pytest.raises(ParameterError) as caught:
        read_plan(written(tmp_path, text))
    assert message in str(caught.value)


def test_a_missing_plan_names_the_nearest():
    with pytest.raises(ParameterError, match=r"nearest: jevons\.yaml"):
        read_plan(ROOT / "data" / "sweeps" / "jevon.yaml")


def test_the_committed_plans_can_be_read():
    for path in (ROOT / "data" / "sweeps").glob("*.yaml"):
        assert len(read_plan(path).points) > 1


def test_one_worker_and_two_give_the_same_table(plan, tmp_path):
    one = points.run(plan, workers=1, cache=tmp_path / "one")
    two = points.run(plan, workers=2, cache=tmp_path / "two")
    pd.testing.assert_frame_equal(one, two)
    assert list(one["status"]) == ["done"] * 8
    assert one["c21.p_winner"].iloc[0] < one["c21.p_winner"].iloc[-1]


def test_a_row_is_what_the_full_evaluation_of_its_point_gives(plan):
    rows = points.evaluate_chunk(plan, range(8))  # one process, so that later points share with earlier ones
    for point, row in zip(plan.points, rows, strict=True):
        calls = verdict_tables.calls(Model(resolve({"draws": 1024, **point}))).set_index("id")
        for key, call in calls.iterrows():
            for measure in ("impact_median", "impact_p5", "impact_p95", "p_winner", "p_loser"):
                assert row[f"{key.lower()}.{measure}"] == float(f"{call[measure]:.6g}")
            assert (row[f"{key.lower()}.band"], row[f"{key.lower()}.was_it_r1"]) == (
                call["band"],
                call["was_it_r1"],
            )
        words = [rule.NAMES[word] for word in rule.WAS_IT_R1]
        assert sum(row[f"calls.{name}"] for name in words) == sum(key[0] == "C" for key in calls.index)
        assert row["calls.too_small"] == sum(calls["was_it_r1"].eq("too small") & calls["is_call"])
    assert page.counts(pd.DataFrame(rows)).startswith("Was it R1? At each point: yes ")


def hypercube(tmp_path, n):
    text = f"kind: latin-hypercube\nn: {n}\nparameters: {{elasticity_long: {{low: 1, high: 2}}}}"
    return read_plan(written(tmp_path, text))


def test_what_a_worker_is_sent_does_not_grow_with_the_plan(tmp_path):
    small, large = hypercube(tmp_path, 100), hypercube(tmp_path, 10_000)
    sizes = [len(pickle.dumps(p.part(range(32, 64)))) for p in (small, large)]
    assert abs(sizes[0] - sizes[1]) < 100  # the numbers themselves take more or fewer digits
    assert large.part(range(32, 64)).points[40] == large.points[40]


def test_a_map_shows_a_bounded_number_of_points():
    for count in (1, 1499, 1500, 1501, 2999, 10_000):
        done = pd.DataFrame({"a": np.linspace(0, 1, count), "c21.band": "won"})
        done = done.assign(b=done["a"])
        shown = page._region_chart(done, "C21", ["a", "b"]).data
        assert min(count, page.MOST_DOTS) / 2 <= len(shown) <= page.MOST_DOTS


def ends(**calls):
    """Return the table of shares for calls whose verdicts over the points are given."""
    frame = pd.DataFrame({f"{key}.band": bands for key, bands in calls.items()})
    return page.shares(frame.assign(status="done"))


def test_the_page_says_which_verdicts_hold_and_which_is_split_most():
    table = ends(
        c02=["lost"] * 10,
        c22=["won"] * 10,
        c21=["cannot be told"] * 5 + ["won"] * 3 + ["lost"] * 2,
        c01=["lost"] * 9 + ["cannot be told"],
    )
    assert page.answer(table) == (
        "2 of 4 verdicts hold at every point: OpenAI, Anthropic, Google (short, lost) and Healthcare (long, won). "
        "1 more holds at 90% of them or more. "
        "Split most: Nvidia (long), cannot be told at 50%, won at 30%, lost at 20%."
    )
    assert (
        page.answer(ends(c21=["cannot be told"] * 3))
        == "1 of 1 verdicts hold at every point: Nvidia (long, cannot be told)."
    )
    assert page.answer(ends()) == "No point could be computed."


def leave_a_mark(plan, numbers):
    """Stand in for the computing of a chunk: leave a file where the plan's note says."""
    Path(plan.note, f"{numbers[0]}.ran").touch()
    return []


def test_a_sweep_that_is_stopped_drops_what_was_queued(tmp_path, monkeypatch):
    monkeypatch.setattr(points, "evaluate_chunk", leave_a_mark)
    plan = replace(hypercube(tmp_path, 400), note=str(tmp_path))
    stream = points._local(plan, [(tmp_path / f"{n}.json", [n]) for n in range(400)], 2)
    next(stream)
    stream.close()
    assert 1 <= len(list(tmp_path.glob("*.ran"))) < 400


def test_more_elastic_demand_means_more_compute(plan, tmp_path):
    table = points.run(plan, workers=1, cache=tmp_path)
    for _, group in table.groupby("pass_through_long"):
        ordered = group.sort_values("elasticity_long")["capacity.compute_ratio_long"]
        assert ordered.is_monotonic_increasing


def test_a_sweep_that_was_cut_short_goes_on_and_gives_the_same_table(plan, tmp_path, monkeypatch):
    whole = points.run(plan, workers=1, cache=tmp_path / "whole")
    cache = tmp_path / "cut"
    calls = []
    honest = points.evaluate_chunk

    def stops(plan, numbers):
        calls.append(list(numbers))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return honest(plan, numbers)

    monkeypatch.setattr(points, "evaluate_chunk", stops)
    with pytest.raises(KeyboardInterrupt):
        points.run(plan, workers=1, cache=cache)
    calls.clear()
    monkeypatch.setattr(points, "evaluate_chunk", lambda p, n: calls.append(list(n)) or honest(p, n))
    again = points.run(plan, workers=1, cache=cache)
    assert calls == [[4, 5], [6, 7]]
    pd.testing.assert_frame_equal(whole, again)


KILLED = """
import sys
from pathlib import Path
from deepseek_era.sweep import points
from deepseek_era.sweep.plan import read_plan
points.CHUNK = 2
points.run(read_plan(Path(sys.argv[1])), workers=2, cache=Path(sys.argv[2]))
"""


def test_a_sweep_killed_outright_goes_on_from_what_was_done(tmp_path, monkeypatch):
    monkeypatch.setattr(points, "CHUNK", 2)
    text = "kind: latin-hypercube\nn: 60\ndraws: 16384\nparameters: {elasticity_long: {low: 0.6, high: 1.8}}"
    path = written(tmp_path, text, "killed.yaml")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path), str(tmp_path / "cut")], cwd=ROOT)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("cut/*/*.json"))) < 3:
        assert process.poll() is None
        assert time.monotonic() < deadline, "no chunk came"
        time.sleep(0.01)
    process.kill()
    process.wait()
    kept = {chunk: chunk.stat().st_mtime_ns for chunk in tmp_path.glob("cut/*/*.json")}
    assert 3 <= len(kept) < 30
    plan = read_plan(path)
    again = points.run(plan, workers=2, cache=tmp_path / "cut")
    assert {chunk: chunk.stat().st_mtime_ns for chunk in kept} == kept
    pd.testing.assert_frame_equal(again, points.run(plan, workers=1, cache=tmp_path / "whole"))


def test_a_half_written_chunk_is_computed_again(plan, tmp_path):
    whole = points.run(plan, workers=1, cache=tmp_path)
    chunk = sorted(tmp_path.rglob("*.json"))[1]
    chunk.write_text(chunk.read_text()[:100])
    pd.testing.assert_frame_equal(whole, points.run(plan, workers=1, cache=tmp_path))


def test_a_point_that_cannot_be_computed_is_a_row_with_its_reason(tmp_path):
    text = "kind: list\ndraws: 1024\npoints:\n- {elasticity_long: 1.0}\n- {elasticity_long: 99}\n- {elasticity_long: 1.2}\n"
    table = points.run(read_plan(written(tmp_path, text)), workers=1, cache=tmp_path)
    assert list(table["status"]) == ["done", "failed", "done"]
    assert "elasticity_long: saw 99, allowed: a number from 0 to 4" in table.loc[1, "reason"]


def test_a_scheduler_whose_name_is_not_known_is_said_in_one_line(plan, tmp_path, monkeypatch):
    pytest.importorskip("distributed", reason="the package distributed is not installed")
    monkeypatch.setattr(points, "PATIENCE_S", 1)
    with pytest.raises(UserError, match=r"no Dask scheduler at tcp://no\.such\.host\.invalid:8786"):
        points.run(plan, scheduler="tcp://no.such.host.invalid:8786", cache=tmp_path)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense"])
def test_the_command_line_says_in_one_line_that_a_scheduler_is_not_there(address, capfd, monkeypatch):
    pytest.importorskip("distributed", reason="the package distributed is not installed")
    monkeypatch.setattr(points, "PATIENCE_S", 1)
    assert cli.main(["sweep", "jevons", "--scheduler", address]) == 2
    said = capfd.readouterr().err  # what libraries log to it too
    lines = [line for line in said.splitlines() if not line.endswith("point/s]")]  # the progress bar
    assert len(lines) == 1
    assert lines[0].startswith(f"error: sweep: no Dask scheduler at {address}")


def test_workers_below_one_are_refused(capsys):
    assert cli.main(["sweep", "jevons", "--workers", "0"]) == 2
    assert capsys.readouterr().err == "error: workers: saw 0, allowed: 1 or more\n"


@dataclass
class Cluster:
    """A running cluster: where it is, and its processes."""

    address: str
    workers: list[subprocess.Popen]
    scheduler: subprocess.Popen


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start a scheduler and two workers on the loopback address; return its address and the processes.

    The first test that uses it takes a worker away, the second all that is left.
    """
    pytest.importorskip("distributed", reason="the package distributed is not installed")
    tmp_path = tmp_path_factory.mktemp("cluster")
    environment = {**os.environ, "DASK_DISTRIBUTED__ADMIN__LOG_LENGTH": "10"}
    note = tmp_path / "scheduler.json"
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    start(
        "dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--scheduler-file",
        str(note),
        "--no-dashboard",
    )
    deadline = time.monotonic() + 60
    while not note.exists() or not note.read_text().strip():
        assert time.monotonic() < deadline, "the scheduler did not start"
        time.sleep(0.1)
    address = json.loads(note.read_text())["address"]
    workers = [
        start(
            "dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"
        )
        for _ in range(2)
    ]
    yield Cluster(address, workers, started[0])
    for process in reversed(started):
        process.terminate()
    for process in started:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:  # a worker that still looks for its scheduler
            process.kill()
            process.wait()


LONGER = """
title: Longer
kind: latin-hypercube
n: 60
draws: 8192
parameters:
  elasticity_long: {low: 0.6, high: 1.8}
  pass_through_long: {low: 0.5, high: 1.0}
  gross_margin: {low: 0.2, high: 3}
"""


def busiest(address):
    """Return the process of the worker that holds most work."""
    from distributed import Client

    with Client(address) as client:
        held = {worker: len(keys) for worker, keys in client.processing().items()}
        worker = max(held, key=held.get)
        assert held[worker] > 0
        return client.run(os.getpid, workers=[worker])[worker]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Return a folder with the longer plan, what it gives on one worker, and the chunks that this left."""
    folder = tmp_path_factory.mktemp("alone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(points, "CHUNK", 2)
        page.write(written(folder, LONGER, "longer.yaml"), workers=1, root=folder, cache=folder / "cache")
    return folder


@pytest.mark.build
def test_a_cluster_that_loses_a_worker_in_mid_sweep_leaves_the_same_bytes(
    tmp_path, cluster, alone, monkeypatch
):
    monkeypatch.setattr(points, "CHUNK", 2)
    address, workers = cluster.address, cluster.workers
    path = alone / "longer.yaml"
    killed = []

    def progress(done, total):
        # at the first chunk that comes back, a worker that holds work is killed without warning
        if done and not killed:
            pid = busiest(address)
            assert pid in [worker.pid for worker in workers]
            os.kill(pid, signal.SIGKILL)
            killed.append((pid, done))

    (one,) = (table.parent for table in alone.rglob("table.parquet"))
    made = page.write(path, root=tmp_path, cache=tmp_path / "cache", scheduler=address, progress=progress)
    assert killed
    assert killed[0][1] < 60
    assert sum(worker.poll() is None for worker in workers) == 1
    for name in ("table.csv", "table.parquet", "index.html"):
        assert (made / name).read_bytes() == (one / name).read_bytes()
    table = pd.read_parquet(one / "table.parquet")
    assert list(table["point"]) == list(range(60))
    # margins above one cannot be: those points are rows with their reason, on every worker
    failed = table[table["gross_margin"] > 1]
    assert 0 < len(failed) < 60
    assert set(failed["status"]) == {"failed"}
    assert failed["reason"].str.contains("gross_margin: saw").all()


@pytest.mark.build
def test_a_cluster_that_goes_away_is_said_in_one_line_and_what_is_done_is_kept(
    tmp_path, cluster, alone, monkeypatch
):
    monkeypatch.setattr(points, "CHUNK", 2)
    address, workers = cluster.address, cluster.workers
    plan = read_plan(alone / "longer.yaml")

    def progress(done, total):
        if done:
            for worker in workers:
                worker.kill()
            cluster.scheduler.kill()

    with pytest.raises(UserError, match=r"sweep: the cluster at tcp://\S+ gave up .*start it again to go on"):
        points.run(plan, scheduler=address, cache=tmp_path / "cut", progress=progress)
    assert 1 <= len(list(tmp_path.glob("cut/*/*.json"))) < 30
    again = points.run(plan, workers=1, cache=tmp_path / "cut")
    pd.testing.assert_frame_equal(again, points.run(plan, workers=1, cache=alone / "cache"))
