"""Estimates from data: each finds a truth that was put in, each parameter follows from its data, nothing leaks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from deepseek_era import tables as data
from deepseek_era.errors import ModelInputError
from deepseek_era.estimates import catch_up, elasticity, price_break, tables
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.parameters.rows import SETTINGS
from deepseek_era.verdicts import tables as verdict_tables


@pytest.fixture(scope="module", params=["article", "latest"])
def dated(request):
    """A model at each vintage."""
    return Model(resolve(vintage=request.param))


@pytest.fixture(scope="module")
def model():
    return Model(resolve())


# ---------------------------------------------------------------------------------------- catch-up


def test_the_curve_finds_the_truth_where_leads_are_cut_off():
    """Dropping what is not matched yet would halve the median."""
    rng = np.random.default_rng(3)
    true, seen = rng.exponential(100, 6000), rng.uniform(0, 150, 6000)
    matched = true <= seen
    found = catch_up.curve(np.minimum(true, seen), matched.astype(int))
    assert found.median_days == pytest.approx(100 * np.log(2), rel=0.06)
    assert found.by(60) == pytest.approx(1 - np.exp(-0.6), abs=0.02)
    assert np.median(true[matched]) < 0.6 * found.median_days


def test_a_straight_ramp_is_found_with_its_own_length():
    days = np.linspace(0.5, 292, 4000)
    assert catch_up.curve(days, np.ones_like(days)).ramp_years == pytest.approx(292 / 365.25, rel=0.01)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(8)
    inside = []
    for _ in range(60):
        true, seen = rng.exponential(80, 30), rng.uniform(20, 400, 30)
        found = catch_up.readings(np.minimum(true, seen), (true <= seen).astype(int))
        inside.append([found["by_60"][1] <= 1 - np.exp(-0.75) <= found["by_60"][2]])
    assert 0.75 <= np.mean(inside) <= 0.99


@given(st.lists(st.tuples(st.floats(0, 900), st.booleans()), min_size=1, max_size=30))
def test_a_curve_rises_from_none_to_at_most_all(leads):
    days, matched = np.array([d for d, _ in leads]), np.array([int(m) for _, m in leads])
    found = catch_up.curve(days, matched)
    values = [found.by(day) for day in (0, 30, 365, 1000)]
    assert values == sorted(values)
    assert 0 <= values[0] <= values[-1] <= 1 + 1e-12


def test_no_step_and_a_match_before_its_step_are_refused():
    with pytest.raises(ModelInputError, match="no step was public"):
        catch_up.curve(np.array([]), np.array([]))
    step = pd.DataFrame({"step_id": ["X1"], "date": ["2025-02-01"], "last_looked": ["2026-01-01"]})
    match = pd.DataFrame({"step_id": ["X1"], "matched_by": ["m"], "date": ["2025-01-01"]})
    with pytest.raises(ModelInputError, match="step X1 of 2025-02-01 ends before it began"):
        catch_up.seen(step, match, "2026-01-01")


def test_january_knows_no_match_from_after_it():
    """What was matched later counts as not matched yet, and a later match that never came would change nothing."""
    facts = Model(resolve(vintage="article")).facts
    steps, matches = data.load("catch_up"), data.load("catch_up_matches")
    public = steps[steps["date"] <= "2025-01-31"]
    known = catch_up.seen(public, matches, "2025-01-31")
    np.testing.assert_array_equal(facts.table("catch_up")["step_id"], public["step_id"])
    blind = catch_up.seen(public, facts.table("catch_up_matches"), "2025-01-31")
    np.testing.assert_array_equal(known[["days", "matched"]], blind[["days", "matched"]])
    assert known["matched"].sum() < catch_up.seen(public, matches, "2026-11-23")["matched"].sum()


def test_each_parameter_of_catch_up_follows_from_the_steps(dated):
    for name, numbers in tables.catch_up_rows(dated).items():
        row = dated.parameters.row(name)
        assert row.kind == "estimate"
        assert (row.p1, row.p2) == numbers, name


def test_steps_of_price_follow_from_the_list_of_prices():
    """The rule, run again over all spells: who undercut whom by half, and who matched three fifths of it first."""
    spells = data.load("price_spells").sort_values(["date_from", "row_id"], ignore_index=True)
    end = spells["date_to"].where(spells["date_to"] != "", "9999")
    found = {}
    for one in spells.itertuples():
        before = spells["date_from"] < one.date_from
        active = before & (end >= one.date_from) & (spells["score"] >= one.score - 2)
        if not active.any():
            continue
        cheapest = spells.loc[active, "price_usd_per_mtok"].min()
        if cheapest < 1.5 * one.price_usd_per_mtok:
            continue
        limit = cheapest * (one.price_usd_per_mtok / cheapest) ** 0.6
        near = (spells["maker"] != one.maker) & (spells["score"] >= one.score - 2)
        later = spells[
            (spells["date_from"] > one.date_from)
            & near
            & (spells["price_usd_per_mtok"] <= limit * (1 + 1e-9))
        ]
        days = (
            (pd.Timestamp(later["date_from"].iloc[0]) - pd.Timestamp(one.date_from)).days
            if len(later)
            else None
        )
        found.setdefault((one.model, one.date_from), []).append(days)
    steps = tables.steps(Model(resolve()))
    steps = steps[(steps["kind"] == "price") & (steps["measure"] == tables.INDEX)]
    agree = []
    for step in steps.itertuples():
        days = found.get((step.leader.removesuffix(" (price cut)"), step.date), [])
        agree.append((step.days if step.matched else None) in days)
    assert np.mean(agree) > 0.8, steps[~np.array(agree)][["leader", "date", "days", "matched"]]


# ---------------------------------------------------------------------------------------- elasticity


def test_pooling_finds_mean_and_spread_that_were_put_in():
    rng = np.random.default_rng(5)
    errors = rng.uniform(0.1, 0.5, 400)
    found = elasticity.pool(rng.normal(1.2, 0.6, 400) + errors * rng.standard_normal(400), errors)
    assert found.mean == pytest.approx(1.2, abs=4 * found.se)
    assert found.tau == pytest.approx(0.6, abs=0.08)


def test_with_equal_errors_the_variance_between_studies_is_theirs_less_that_of_the_errors():
    values = np.array([0.2, 0.9, 1.4, 2.1])
    found = elasticity.pool(values, np.full(4, 0.3))
    assert found.mean == pytest.approx(values.mean())
    assert found.tau**2 == pytest.approx(values.var(ddof=1) - 0.09, rel=1e-5)
    assert elasticity.pool(values, np.full(4, 2.0)).tau == 0, "errors that explain all leave no spread"


@given(st.lists(st.tuples(st.floats(-1, 5), st.floats(0.05, 2)), min_size=2, max_size=12), st.floats(-3, 3))
def test_pooled_estimates_shift_with_the_studies_and_stay_among_them(rows, by):
    y, se = (np.array(column) for column in zip(*rows, strict=True))
    found, moved = elasticity.pool(y, se), elasticity.pool(y + by, se)
    assert y.min() - 1e-9 <= found.mean <= y.max() + 1e-9
    assert moved.mean == pytest.approx(found.mean + by, abs=1e-3)
    drawn = found.draw(np.linspace(0.001, 0.999, 99))
    assert ((drawn >= 0) & (drawn <= 4)).all()
    assert (np.diff(drawn) >= 0).all()


def test_the_spread_agrees_with_the_library_where_the_two_estimators_must_agree():
    """Both solve for the variance at which studies of one error scatter as they do."""
    y = np.array([0.3, 1.1, 1.9, 0.7, 1.6])
    other = combine_effects(y, np.full(5, 0.04), method_re="iterated")
    found = elasticity.pool(y, np.full(5, 0.2))
    assert found.tau**2 == pytest.approx(other.tau2, rel=1e-4)
    assert found.mean == pytest.approx(other.mean_effect_re, rel=1e-6)


def test_the_long_run_elasticity_follows_from_its_studies(dated):
    row = dated.parameters.row("elasticity_long")
    assert (row.kind, row.dist) == ("estimate", "truncated")
    assert (row.p1, row.p2) == tables.elasticity_row(dated)
    assert row.bounds == elasticity.CUT


def test_a_lone_study_and_a_study_without_error_are_refused():
    with pytest.raises(ModelInputError, match="saw 1 studies"):
        elasticity.pool(np.array([1.0]), np.array([0.1]))
    with pytest.raises(ModelInputError, match="not above 0"):
        elasticity.pool(np.array([1.0, 2.0]), np.array([0.1, 0.0]))


# ---------------------------------------------------------------------------------------- prices at a fixed score


def test_a_break_that_was_put_in_is_found_and_a_straight_fall_has_none():
    rng = np.random.default_rng(2)
    logs = -0.08 * np.arange(42)[:, None] + rng.normal(0, 0.05, (42, 5))
    broken = price_break.break_at(logs - 1.0 * (np.arange(42)[:, None] >= 22), 22)
    assert broken.strongest == 22
    assert broken.p == pytest.approx(1 / (1 + broken.placebos))
    assert price_break.break_at(logs, 22).visible < 0.5, "noise this small hides no large fall"


def test_a_date_near_an_end_is_refused():
    with pytest.raises(ModelInputError, match="month 3 of 42"):
        price_break.break_at(np.zeros((42, 2)), 3)


def test_the_cheapest_price_is_that_of_an_active_model_of_the_score(model):
    spells = model.facts.table("price_spells")
    record = tables.price_record(model)
    day, floor = record.index[-5], 134.0
    held = spells[(spells["date_from"] <= f"{day:%Y-%m-%d}") & (spells["score"] >= floor)]
    held = held[(held["date_to"] == "") | (held["date_to"] >= f"{day:%Y-%m-%d}")]
    assert np.exp(record.loc[day, floor]) == pytest.approx(held["price_usd_per_mtok"].min())
    assert np.nanmin(record.diff(axis=1).to_numpy()) >= -1e-12, "more quality never costs less"


def test_the_least_fall_of_prices_is_that_of_offers_that_stayed(model):
    falls = tables.price_falls(model)
    assert model.parameters.central("price_fall_least") == round(falls["log_fall"].mean(), 2)
    assert tables.price_test(Model(resolve(vintage="article"))) is None, "January had no year after it"


# ---------------------------------------------------------------------------------------- what rests on judgement


def test_an_estimate_takes_its_parameter_out_of_what_is_judged(model):
    replaced = verdict_tables.estimated(model)
    assert {"catch_up", "elasticity_long"} <= set(replaced)
    rows = [
        row for name, row in model.parameters.rows.items() if row.position >= 0 and row.dist not in SETTINGS
    ]
    drawn = [row for row in rows if not row.id.startswith("background")]
    gained = verdict_tables.judged_rows(model, replaced) - verdict_tables.judged_rows(model)
    assert gained == pytest.approx(len(replaced) / len(drawn))
