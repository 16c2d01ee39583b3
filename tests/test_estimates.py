"""Estimates from data: each finds a truth that was put in, each parameter follows from its data, nothing leaks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.meta_analysis import combine_effects

from deepseek_era import tables as data
from deepseek_era.errors import ModelInputError
from deepseek_era.estimates import catch_up, elasticity, price_break, series, tables, without
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
    theirs = SurvfuncRight(np.maximum(days, 0.5), matched)
    for day, left in zip(theirs.surv_times, theirs.surv_prob, strict=True):
        assert found.by(day) == pytest.approx(1 - left, abs=1e-12)


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


# ---------------------------------------------------------------------------------------- without the event


def _walks(n, *, donor=0.0, seed=4, length=15):
    """Growth of walks with drift, and of a donor that they follow by so much."""
    rng = np.random.default_rng(seed)
    other = rng.normal(0.02, 0.05, (n, length))
    return rng.normal(0.06, 0.08, (n, length)) + donor * other, other


@pytest.mark.parametrize("quarters", [1, 4])
def test_a_jump_is_recovered_and_without_one_few_series_leave_their_range(quarters):
    growth, _ = _walks(4000)
    calm = [without.gap(row, 11, quarters) for row in growth]
    outside = np.mean([g.percent[1] > 0 or g.percent[2] < 0 for g in calm])
    assert outside == pytest.approx(0.1, abs=0.02), "the nominal rate"
    growth[:, 11] += 0.5
    jumped = [without.gap(row, 11, quarters) for row in growth]
    np.testing.assert_allclose([j.log - c.log for j, c in zip(jumped, calm, strict=True)], 0.5)
    assert np.mean([j.log for j in jumped]) == pytest.approx(0.5, abs=0.02)
    held = np.mean([j.percent[1] <= 100 * np.expm1(0.5) <= j.percent[2] for j in jumped])
    assert held == pytest.approx(0.9, abs=0.02), "coverage of what was put in"


def test_a_donor_enters_where_it_foretells_and_then_takes_its_own_swing_out():
    growth, other = _walks(300, donor=3.0)
    other[:, 11], growth[:, 11] = other[:, 11] + 0.3, growth[:, 11] + 0.9
    found = [without.gap(g, 11, 1, d) for g, d in zip(growth, other, strict=True)]
    assert np.mean([g.donor for g in found]) > 0.95
    assert np.mean([g.log for g in found if g.donor]) == pytest.approx(0, abs=0.03), (
        "a swing of the donor is no event"
    )
    assert np.mean([without.gap(g, 11, 1).log for g in growth]) == pytest.approx(0.9, abs=0.05)
    alone, stranger = _walks(300)
    assert np.mean([without.gap(g, 11, 1, d).donor for g, d in zip(alone, stranger, strict=True)]) < 0.5


def test_the_error_with_each_left_out_is_that_of_leaving_each_out():
    rng = np.random.default_rng(2)
    x, y = np.column_stack([np.ones(9), rng.normal(size=9)]), rng.normal(size=9)
    rest = [np.arange(9) != i for i in range(9)]
    errors = [y[i] - x[i] @ np.linalg.lstsq(x[k], y[k], rcond=None)[0] for i, k in enumerate(rest)]
    assert without.left_out_error(x, y) == pytest.approx(np.sum(np.square(errors)))


def test_placebo_p_values_are_even_without_an_event_and_no_placebo_shares_a_quarter():
    growth, _ = _walks(500, length=17)
    values = [without.p_value(without.gap(g, 11, 1), without.placebos(g, 11, 1)) for g in growth]
    assert np.mean(np.array(values) <= 0.5) == pytest.approx(0.5, abs=0.08)
    assert not without.placebos(growth[0], 11, 4), (
        "each year among so few quarters shares one with the event's"
    )
    assert np.isnan(without.p_value(without.gap(growth[0], 11, 4), []))


def test_too_few_quarters_are_refused():
    with pytest.raises(ModelInputError, match="7 changes before it, allowed: at least 8"):
        without.gap(np.zeros(12), 7, 1)
    with pytest.raises(ModelInputError, match="1 changes from it on, asked: 4"):
        without.gap(np.zeros(12), 11, 4)


def test_a_gap_of_the_record_is_its_growth_less_the_mean_before(model):
    """Nvidia's, from its revenue: a quarter that ended in January belongs to the year before."""
    sold = data.load("revenues").set_index("row_id")
    sold = sold[(sold["company"] == "NVIDIA") & (sold["segment"] == "data center")]
    sold = sold[sold["kind"] == "quarterly revenue"].set_index("date_or_period_end")["amount_b"].map(np.log)
    drift = (sold["2025-01-26"] - sold["2022-05-01"]) / 11
    expected = sold["2026-01-25"] - sold["2025-01-26"] - 4 * drift
    row = series.gaps(model).query("key == 'nvidia' and quarters == 4").iloc[0]
    assert not row["donor"]
    assert row["gap_pct"] == pytest.approx(100 * np.expm1(expected))


def test_series_know_no_quarter_before_it_was_public():
    early = Model(resolve(vintage="article"))
    assert series.gaps(early)["gap_pct"].isna().all()
    assert series.other_dates(early).empty
    summer = series.gaps(Model(resolve(vintage="2025-06-30"))).set_index(["key", "quarters"])["gap_pct"]
    assert summer["nvidia", 1] == pytest.approx(
        series.gaps(Model(resolve())).set_index(["key", "quarters"])["gap_pct"]["nvidia", 1]
    )
    assert summer.xs(4, level="quarters").isna().all()


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
