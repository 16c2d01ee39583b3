"""Evaluation in blocks: the same numbers as at once, in a memory that does not grow with the draws."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deepseek_era import reads
from deepseek_era.arrays import percentiles, percentiles_of_rows
from deepseek_era.capacity.aggregate import CATCH_UP, attributable
from deepseek_era.capacity.checks import within
from deepseek_era.errors import ModelInputError, ParameterError
from deepseek_era.model import Model
from deepseek_era.parameters import FirstDraws, Medians, joint_draws, joint_draws_in_blocks, resolve
from deepseek_era.parameters import draws as draws_module
from deepseek_era.verdicts import tables as verdict_tables
from deepseek_era.verdicts.blocks import Shared, outcomes_in_blocks
from deepseek_era.verdicts.impacts import REGISTRY
from deepseek_era.verdicts.sensitivity import Subset


def test_blocks_of_draws_are_the_draws_to_the_last_bit():
    parameters = resolve({"elasticity_long": 0.8}, seed=7)
    whole = joint_draws(parameters, 4096)
    blocks = list(joint_draws_in_blocks(parameters, 4096, 512))
    assert len(blocks) == 8
    for name in whole:
        assert np.array_equal(np.concatenate([b[name] for b in blocks]), whole[name]), name
    assert np.array_equal(np.concatenate([b.z for b in blocks]), whole.z)


@pytest.mark.parametrize("block", [2**13, 2**15])
def test_blocks_smaller_and_larger_than_a_net_are_the_draws_too(block):
    whole = joint_draws(resolve(), 2**16)["elasticity_long"]
    blocks = [draws["elasticity_long"] for draws in joint_draws_in_blocks(resolve(), 2**16, block)]
    assert np.array_equal(np.concatenate(blocks), whole)


def test_a_point_after_others_has_the_numbers_that_it_has_alone():
    points = [
        {},
        {"elasticity_long": 0.6},
        {"lead_time": 1.5},
        {},
        {"supply_growth": {"low": 1.2, "high": 2}},
        {},
        # of what ties the pass-through of the first year
        {"adoption_short": 0.3},
        {"inference_gain": 3, "price_fall_most": 1.4},
        {"pass_through_short": 0.7},
        {"price_fall_least": 0.6},
        {},
    ]
    alone = []
    for point in points:
        draws_module._kept_scores.cache_clear()
        alone.append(outcomes_in_blocks(resolve(point), 1024, shared=Shared()))
    shared = Shared()
    together = [outcomes_in_blocks(resolve(point), 1024, shared=shared) for point in points]
    assert together == alone
    assert together[0] == together[3] == together[5] == together[-1]
    assert len({(o["A01"].median, o["C03"], o["C21"].median, o["C05"]) for o in together}) == 8


@pytest.mark.parametrize(
    "overrides",
    [{}, {"elasticity_long": 0.5}, {"threshold_scale": 2, "one_sided_share": 0.9}],
)
def test_calls_in_blocks_are_the_calls_at_once(overrides):
    parameters = resolve({"draws": 16384, **overrides})
    found = outcomes_in_blocks(parameters, block=2048)
    table = verdict_tables.calls(Model(parameters)).set_index("id")
    assert list(found) == list(table.index)
    for key, o in found.items():
        row = table.loc[key]
        assert (o.p.win, o.p.lose, o.p.neutral) == (row.p_winner, row.p_loser, row.p_neutral)
        assert (o.low, o.median, o.high) == (row.impact_p5, row.impact_median, row.impact_p95)
        assert (o.band, o.word, o.one_sided) == (row.band, row.was_it_r1, row.one_sided)
        if o.shares is not None:
            own = ("p_own", "p_other", "p_small")
            assert (o.shares.own, o.shares.other, o.shares.small) == pytest.approx(tuple(row[list(own)]))
            assert o.later.own == pytest.approx(row.p_own_attributable)


def test_the_block_size_changes_nothing():
    parameters = resolve({"draws": 4096})
    assert outcomes_in_blocks(parameters, block=1024) == outcomes_in_blocks(parameters, block=8192)


@settings(max_examples=60, deadline=None)
@given(
    rows=arrays(
        float,
        st.tuples(st.integers(1, 4), st.integers(1, 200)),
        elements=st.floats(width=64) | st.floats(-9, 9),
    ),
    places=st.lists(st.floats(0, 1), min_size=1, max_size=4),
    spread=st.sampled_from(["as they are", "ties", "long tail"]),
)
def test_percentiles_counted_for_many_rows_are_those_of_each(rows, places, spread):
    with np.errstate(all="ignore"):
        rows = {"as they are": rows, "ties": np.round(rows), "long tail": np.exp(rows)}[spread]
        found = percentiles_of_rows(rows, tuple(places))
        for row, mine in zip(rows, found, strict=True):
            np.testing.assert_array_equal(mine, percentiles(row, tuple(places)))
            if np.isfinite(row).all():
                np.testing.assert_array_equal(mine, np.quantile(row, places))


@settings(max_examples=5, deadline=None)
@given(threads=st.integers(1, 5), block=st.sampled_from([2**11, 2**13, 2**14, 2**15]), seed=st.integers(1, 2))
def test_neither_threads_nor_blocks_change_a_bit_of_many_draws(threads, block, seed):
    parameters = resolve(seed=seed)
    found = outcomes_in_blocks(parameters, 2**15, block, threads=threads)
    assert found == outcomes_in_blocks(parameters, 2**15, threads=1)


def test_what_a_formula_does_not_allow_is_said_in_the_same_words_by_any_number_of_threads(monkeypatch):
    bounded = lambda d, a, case: within("a formula", "compute", a.X_L, high=2)  # noqa: E731
    monkeypatch.setattr(REGISTRY["C21"], "effect", bounded)
    said = set()
    for threads in (1, 2, 3):
        with pytest.raises(ModelInputError, match=r"^a formula: compute is ") as refused:
            outcomes_in_blocks(resolve(), 2**15, 2**12, threads=threads)
        said.add(str(refused.value))
    assert len(said) == 1


@pytest.mark.parametrize("sizes", [(1000, 512), (4096, 1000)])
def test_draws_and_blocks_are_powers_of_two(sizes):
    with pytest.raises(ParameterError, match="allowed: a power of two"):
        outcomes_in_blocks(resolve(), *sizes)


def test_asking_whether_draws_hold_an_unknown_name_is_answered_not_refused():
    draws = joint_draws(resolve(), 4)
    assert "elasticity_long" in draws
    assert "elasticity_lng" not in draws
    with pytest.raises(ParameterError, match="nearest: elasticity_long"):
        draws["elasticity_lng"]


def lazily(make):
    """Return what a mapping over the draws is made of, and what making it and asking for its names has read."""
    parameters = resolve()
    draws = joint_draws(parameters, 64)
    with reads.recording() as record:
        made = make(draws, parameters)
        assert list(made) == list(draws)
        assert len(made) == len(draws)
        assert "elasticity_long" in made
        assert "elasticity_lng" not in made
    return draws, made, record.parameters


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda d, p: FirstDraws(d, 16), lambda d, name: d[name][:16]),
        (lambda d, p: Subset(d, 16).with_(tightness=0.5), lambda d, name: d[name][:16]),
        (lambda d, p: Medians(p, 5), lambda d, name: np.full(5, resolve().central(name))),
    ],
    ids=["first", "replaced", "medians"],
)
def test_draws_are_read_when_they_are_asked_for(make, expected):
    draws, made, before = lazily(make)
    assert before == set()
    with reads.recording() as record:
        np.testing.assert_array_equal(made["lead_time"], expected(draws, "lead_time"))
    assert record.parameters == {"lead_time"}


def test_attributable_draws_read_only_what_they_are_asked_for():
    draws, made, before = lazily(lambda d, p: attributable(d, 3.0))
    assert before == {*CATCH_UP, "training_gain", "algorithm_trend"}
    assert made["lead_time"] is draws["lead_time"]
    assert "local_uptake" not in before
    assert (np.abs(made["local_uptake"]) <= np.abs(draws["local_uptake"])).all()


def test_draws_say_which_were_asked_for_in_the_order_of_the_table():
    draws = joint_draws(resolve(), 4)
    assert draws.drawn == ()
    for name in ("lead_time", "elasticity_long"):
        draws[name]
    assert draws.drawn == tuple(name for name in draws if name in ("lead_time", "elasticity_long"))


PEAK = """
from pathlib import Path
from deepseek_era.parameters import resolve
from deepseek_era.verdicts.blocks import outcomes_in_blocks
def peak():
    # ru_maxrss would start from the peak of the process that started this one
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
outcomes_in_blocks(resolve(), 2**15)  # two blocks, as one alone is drawn in another way
before = peak()
assert len(outcomes_in_blocks(resolve(), 2**17)) == 25
print(before, peak())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is read from /proc")
def test_four_times_the_draws_take_little_more_than_their_impacts():
    done = subprocess.run(
        [sys.executable, "-c", PEAK], capture_output=True, text=True, check=True, timeout=120
    )
    before, after = map(int, done.stdout.split())
    impacts = 25 * 2**17 * 8
    assert after - before < 2 * impacts
    # what a million draws would take: what was there, and eight times the growth
    assert before + 8 * (after - before) < 1e9
