"""Sweeps: plans, resumption, failures, one worker or many, processes or a Dask cluster."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from deepseek_era.errors import ParameterError, UserError
from deepseek_era.publish import sweep
from deepseek_era.tables import ROOT

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
    monkeypatch.setattr(sweep, "CHUNK", 2)
    path = tmp_path / "small.yaml"
    path.write_text(GRID)
    return sweep.read_plan(path)


def written(tmp_path, text, name="plan.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return path


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
        sweep.read_plan(written(tmp_path, text))
    assert message in str(caught.value)


def test_a_missing_plan_names_the_nearest():
    with pytest.raises(ParameterError, match=r"nearest: jevons\.yaml"):
        sweep.read_plan(ROOT / "data" / "sweeps" / "jevon.yaml")


def test_the_committed_plans_can_be_read():
    for path in (ROOT / "data" / "sweeps").glob("*.yaml"):
        assert len(sweep.read_plan(path).points) > 1


def test_one_worker_and_two_give_the_same_table(plan, tmp_path):
    one = sweep.run(plan, workers=1, cache=tmp_path / "one")
    two = sweep.run(plan, workers=2, cache=tmp_path / "two")
    pd.testing.assert_frame_equal(one, two)
    assert list(one["status"]) == ["done"] * 8
    assert one["c21.p_winner"].iloc[0] < one["c21.p_winner"].iloc[-1]


def test_more_elastic_demand_means_more_compute(plan, tmp_path):
    table = sweep.run(plan, workers=1, cache=tmp_path)
    for _, group in table.groupby("pass_through_long"):
        ordered = group.sort_values("elasticity_long")["capacity.compute_ratio_long"]
        assert ordered.is_monotonic_increasing


def test_a_sweep_that_was_cut_short_goes_on_and_gives_the_same_table(plan, tmp_path, monkeypatch):
    whole = sweep.run(plan, workers=1, cache=tmp_path / "whole")
    cache = tmp_path / "cut"
    calls = []
    honest = sweep.evaluate_chunk

    def stops(plan, numbers):
        calls.append(list(numbers))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return honest(plan, numbers)

    monkeypatch.setattr(sweep, "evaluate_chunk", stops)
    with pytest.raises(KeyboardInterrupt):
        sweep.run(plan, workers=1, cache=cache)
    calls.clear()
    monkeypatch.setattr(sweep, "evaluate_chunk", lambda p, n: calls.append(list(n)) or honest(p, n))
    again = sweep.run(plan, workers=1, cache=cache)
    assert calls == [[4, 5], [6, 7]]
    pd.testing.assert_frame_equal(whole, again)


def test_a_half_written_chunk_is_computed_again(plan, tmp_path):
    whole = sweep.run(plan, workers=1, cache=tmp_path)
    chunk = sorted(tmp_path.rglob("*.json"))[1]
    chunk.write_text(chunk.read_text()[:100])
    pd.testing.assert_frame_equal(whole, sweep.run(plan, workers=1, cache=tmp_path))


def test_a_point_that_cannot_be_computed_is_a_row_with_its_reason(tmp_path):
    text = "kind: list\ndraws: 1024\npoints:\n- {elasticity_long: 1.0}\n- {elasticity_long: 99}\n- {elasticity_long: 1.2}\n"
    table = sweep.run(sweep.read_plan(written(tmp_path, text)), workers=1, cache=tmp_path)
    assert list(table["status"]) == ["done", "failed", "done"]
    assert "elasticity_long: saw 99, allowed: a number from 0 to 4" in table.loc[1, "reason"]


def test_a_scheduler_that_is_not_there_is_said_in_one_line(plan, tmp_path):
    pytest.importorskip("distributed", reason="the package distributed is not installed")
    with pytest.raises(UserError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:1"):
        sweep.run(plan, scheduler="tcp://127.0.0.1:1", cache=tmp_path)


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and two workers on the loopback address; return its address and the worker processes."""
    pytest.importorskip("distributed", reason="the package distributed is not installed")
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
    yield address, workers
    for process in reversed(started):
        process.terminate()
    for process in started:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:  # a worker that still looks for its scheduler
            process.kill()
            process.wait()


@pytest.mark.build
def test_a_cluster_that_loses_a_worker_in_mid_sweep_gives_the_same_table(plan, tmp_path, cluster):
    address, workers = cluster
    local = sweep.run(plan, workers=1, cache=tmp_path / "local")
    killed = []

    def progress(done, total):
        # at the first chunk that comes back, one worker is killed without warning
        if done and not killed:
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append(done)

    remote = sweep.run(plan, scheduler=address, cache=tmp_path / "remote", progress=progress)
    assert killed
    assert killed[0] < 8
    pd.testing.assert_frame_equal(local, remote)
