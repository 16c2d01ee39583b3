"""The verdicts: impact equations, null tests, rule, blindness, joint draws, cards."""

import functools
import itertools
import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from deepseek_era import prose, tables
from deepseek_era.book import bands as book_bands
from deepseek_era.book import beliefs, cards, summary
from deepseek_era.book import card as book_card
from deepseek_era.building.rehearse import figures_of, rehearse
from deepseek_era.capacity.aggregate import ADDITIVE_SHIFTS, RATIO_SHIFTS
from deepseek_era.errors import DataError, ModelInputError, ParameterError
from deepseek_era.figure import format_number
from deepseek_era.model import Model
from deepseek_era.parameters import SETTINGS, joint_draws, resolve
from deepseek_era.parameters.scenario_files import scenario_overrides
from deepseek_era.verdicts import (
    branches,
    evaluate,
    evidence,
    explorer,
    nulls,
    rule,
    sensitivity,
    symbols,
    tally,
)
from deepseek_era.verdicts import cards as verdict_cards
from deepseek_era.verdicts import tables as verdict_tables
from deepseek_era.verdicts.columns import COLUMNS, SIDED_COLUMNS
from deepseek_era.verdicts.impacts import FLIPS, REGISTRY, Case, legs
from deepseek_era.verdicts.impacts.equations import surplus

CALLS = [f"C{k:02d}" for k in range(1, 23)]

# equations that are zero without any gain, and those that keep what their shifts say
FALLS_TO_ZERO = {"C03", "C05", "C06", "C09", "C10", "C12", "C13", "C15", "C18", "C19", "C20"}
KEEPS_SHIFTS = {"C01", "C02", "C04", "C07", "C08", "C11", "C14", "C16", "C17", "C21", "C22"}
ONE_SIDED = {"C01", "C02", "C04", "C06", "C07", "C08", "C10", "C12", "C17", "C19", "C20", "C22"}
SIGN_BY_CONSTRUCTION = {"C10", "C12", "C19", "C20", "C22"}


@pytest.fixture(scope="module", autouse=True)
def small_repeats():
    """Few draws for what is recomputed many times: no test here hangs on the last digit of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sensitivity, "SOBOL_N", 64)
        patch.setattr(sensitivity, "SIDES_N", 64)
        patch.setattr(sensitivity, "SUBSET", 512)
        patch.setattr(sensitivity, "SPECIFICATION_DRAWS", 256)
        yield


@pytest.fixture(scope="module")
def model():
    return Model(resolve())


@pytest.fixture(scope="module")
def part(model):
    return sensitivity.Subset(model.draws, 512)


@functools.cache
def figures(run):
    """What the notebook records for a model."""
    return figures_of("verdicts", run)


def medians(**changed):
    """One draw of every parameter at its median, some set otherwise."""
    parameters = resolve()
    rows = {k: r for k, r in parameters.rows.items() if r.dist not in SETTINGS}
    values = {k: np.array([r.quantile(0.5)]) for k, r in rows.items()}
    return values | {k: np.array([float(v)]) for k, v in changed.items()}


def one(call_id, form="effect", **changed):
    return float(Case(medians(**changed)).impact(call_id, form)[0])


# --- null tests -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call_id", CALLS)
def test_without_gains_shifts_and_ratios_every_impact_is_exactly_zero(part, call_id):
    case = Case(part.with_(**scenario_overrides("no-event")), part.z)
    assert np.all(case.impact(call_id) == 0)


def test_the_scenario_without_an_event_sets_every_shift_and_ratio_that_fades_with_the_gain():
    assert set(scenario_overrides("no-event")) == {
        "inference_gain",
        "training_gain",
        *ADDITIVE_SHIFTS,
        *RATIO_SHIFTS,
    }


def test_without_gains_alone_these_calls_fall_to_zero_and_the_others_keep_their_shifts(part):
    case = Case(part.with_(**nulls.no_gain()), part.z)
    zero = {c for c in CALLS if np.all(case.impact(c) == 0)}
    assert zero == FALLS_TO_ZERO
    assert {c for c in CALLS if np.any(case.impact(c) != 0)} == KEEPS_SHIFTS


def test_only_calls_with_shifts_survive_the_loss_of_both_gains(model):
    table = nulls.survivors(model).set_index("id")
    for call_id in CALLS:
        assert table.loc[call_id, "survives"] == bool(nulls.shifts_of(call_id)), call_id


@pytest.mark.parametrize("form", ["effect", "contest", "era"])
def test_every_form_is_finite_for_every_draw(model, form):
    for call_id, equation in REGISTRY.items():
        if getattr(equation, form) is not None:
            values = Case(model.draws, model.draws.z).impact(call_id, form)
            assert values.shape == (model.draws.n,)
            assert np.all(np.isfinite(values)), call_id


# --- hand-computed values by a second route -----------------------------------------------------------------------


def test_nvidia_short_equals_orders_built_from_training_and_inference_by_hand():
    K, a, phi, eps, k_t, a_t, eta, lam, w, loss = 10, 0.2, 0.5, 0.8, 4, 0.5, 0.5, 0.4, 0.6, 0.05
    got = one(
        "C01",
        inference_gain=K,
        adoption_short=a,
        pass_through_short=phi,
        elasticity_short=eps,
        training_gain=k_t,
        training_adoption_short=a_t,
        budget_response=eta,
        first_year_adjustment=lam,
        training_share_short=w,
        nvidia_share_loss_short=loss,
    )
    # cost of the mixed workload first, gain as its inverse; services sold, then compute per service
    gain = 1 / (0.8 + 0.2 / 10)
    price = math.exp(-phi * math.log(gain))
    services = price**-eps
    inference = services / gain
    training = (1 / (0.5 + 0.5 / 4)) ** (0.5 * 0.4)
    assert got == pytest.approx(100 * (0.95 * (0.6 * training + 0.4 * inference) - 1), rel=1e-12)


def test_profit_of_model_sellers_equals_revenue_less_cost_in_dollars():
    K, a, phi, eps, kappa, m0, lost = 8, 0.25, 0.7, 0.9, 0.4, 0.5, 0.1
    got = one(
        "C02",
        inference_gain=K,
        adoption_short=a,
        pass_through_short=phi,
        elasticity_short=eps,
        own_cost_fall_short=kappa,
        gross_margin=m0,
        open_share_gain_short=lost,
        adoption_direct_short=0.15,
    )
    lost *= 1 - 0.1 / 0.85  # a tenth of the volume is matched by the incumbents, out of what does not switch
    gain = 1 / (1 - a + a / K)
    price, cost = 100 * gain**-phi, 50 * gain**-kappa  # a price of 100 at a margin of half
    volume = (price / 100) ** -eps
    profit = (1 - lost) * volume * (price - cost)
    assert got == pytest.approx(100 * (profit / 50 - 1), rel=1e-12)


def test_training_spend_equals_a_budget_that_answers_for_a_quarter_of_the_year():
    got = one(
        "C05", training_gain=5, training_adoption_short=0.4, budget_response=0.6, first_year_adjustment=0.25
    )
    log_gain = -math.log(0.6 + 0.4 / 5)
    assert got == pytest.approx(100 * math.expm1(0.15 * log_gain), rel=1e-12)


def test_pull_forward_equals_years_of_trend_on_both_routes():
    got = one(
        "C06",
        inference_gain=10,
        price_trend=10,
        o1_lead=0.25,
        research_weight=0.5,
        training_gain=3,
        algorithm_trend=3,
    )
    # a tenfold gain at tenfold a year is one year, a quarter of which was due; a threefold one at threefold, one
    assert got == pytest.approx(0.5 * 0.75 + 0.5 * 1.0, rel=1e-12)


def test_open_share_equals_a_logit_model_written_with_odds():
    got = one(
        "C07",
        inference_gain=math.e**2,
        open_share_router=0.2,
        open_price_response=0.3,
        closed_match=0.5,
        open_lag_response=0.05,
        lag_shift=4,
    )
    odds = 0.25 * math.exp(0.3 * 0.5 * 2 + 0.05 * 4)
    assert got == pytest.approx(100 * (odds / (1 + odds) - 0.2), rel=1e-12)


def test_entry_costs_what_is_left_of_compute_data_and_staff():
    got = one("C08", training_gain=4, entrant_staff_share=0.4, entrant_data_share=0.1, distil_saving=0.5)
    assert got == pytest.approx(100 - (50 / 4 + 10 * 0.5 + 40), rel=1e-12)
    moving = one(
        "C08",
        "contest",
        training_gain=4,
        entrant_staff_share=0.4,
        entrant_data_share=0.1,
        distil_saving=0.5,
        frontier_cost_growth=2.5,
    )
    assert moving == pytest.approx(100 - 57.5 * 2.5, rel=1e-12)


def test_consumer_surplus_equals_the_area_under_the_demand_curve():
    gain, phi, eps = 3.0, 0.7, 0.6
    prices = np.linspace(gain**-phi, 1, 200_001)
    area = np.trapezoid(prices**-eps, prices)
    assert float(surplus(np.array(gain), np.array(phi), np.array(eps))) == pytest.approx(area, rel=1e-9)
    at_one = float(surplus(np.array(gain), np.array(phi), np.array(1.0)))
    assert at_one == pytest.approx(phi * math.log(gain), rel=1e-12)
    near = float(surplus(np.array(gain), np.array(phi), np.array(1.0 + 1e-9)))
    assert near == pytest.approx(at_one, rel=1e-8)


def test_us_share_equals_compute_counted_country_by_country():
    changed = {
        "us_compute_share": 0.7,
        "china_compute_share": 0.2,
        "training_gain": 3,
        "training_adoption_long": 0.5,
        "training_adoption_china": 0.9,
        "china_crowding": 0,
    }
    rest_of_world, china = 1 / (0.5 + 0.5 / 3), 1 / (0.1 + 0.9 / 3)
    us, cn, row = 70 * rest_of_world, 20 * china, 10 * rest_of_world
    assert one("C18", **changed) == pytest.approx(100 * us / (us + cn + row) - 70, rel=1e-12)
    assert one("C13", **changed, effective_growth=math.e) == pytest.approx(
        12 * math.log(china / rest_of_world)
    )


def test_china_is_throttled_to_a_quarter_at_worst():
    hard = medians(
        inference_gain=100, adoption_long=1, pass_through_long=1, elasticity_long=4, china_crowding=1
    )
    from deepseek_era.verdicts.impacts.long import throttle

    assert float(throttle(hard, Case(hard).aggregate)[0]) == 0.25


def test_software_erosion_equals_two_exponential_decays_at_two_speeds():
    got = one(
        "C15",
        inference_gain=10,
        adoption_long=1,
        speed_exponent=math.log10(2),
        software_at_risk=0.3,
        erosion_rate=0.05,
        ai_upsell=0.1,
        upsell_rate=0.2,
    )
    # the exponent makes everything run at twice the pace, so three years count as six
    faster = lambda rate: math.exp(-3 * rate) - math.exp(-6 * rate)  # noqa: E731
    assert got == pytest.approx(100 * (0.1 * faster(0.2) - 0.3 * faster(0.05)), rel=1e-9)


def test_the_stranded_share_is_the_difference_of_two_simulated_paths(part):
    case = Case(part, part.z)
    idle = np.maximum(0, 1 - case.path.rho_at(2030))
    without = np.maximum(0, 1 - case.path_without.rho_at(2030))
    assert np.allclose(case.impact("C03"), -100 * (idle - without))
    assert np.all(case.impact("C03", "era") <= 0)


def test_the_realised_sales_of_a_supply_bound_seller_never_fall_further_than_its_orders(part):
    case = Case(part, part.z)
    effect, realised = case.impact("C01"), case.impact("C01", "contest")
    losing = effect < 0
    assert np.all(realised[losing] >= effect[losing] - 1e-9)
    assert np.all(np.abs(realised) <= np.abs(effect) + 1e-9)


# --- identities and monotonicity ----------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(gain=st.floats(1.05, 50), eps=st.floats(0.3, 2.0), share=st.floats(0.1, 0.95))
def test_at_unit_rebound_inference_compute_stays_and_at_unit_elasticity_spend_stays(gain, eps, share):
    a = Case(
        medians(
            inference_gain=gain, adoption_long=share, elasticity_long=eps, pass_through_long=min(1.5, 1 / eps)
        )
    ).aggregate
    if 1 / eps <= 1.5:
        assert float(a.x_L[0]) == pytest.approx(1, abs=1e-12)
    b = Case(
        medians(inference_gain=gain, adoption_long=share, elasticity_long=1.0, pass_through_long=0.8)
    ).aggregate
    spend = float(b.p_L[0]) * float(b.p_L[0]) ** -1.0
    assert spend == pytest.approx(1, abs=1e-12)


RISES = [
    ("C21", "elasticity_long"),
    ("C01", "elasticity_short"),
    ("C05", "budget_response"),
    ("C06", "training_gain"),
    ("C06", "inference_gain"),
    ("C07", "open_price_response"),
    ("C08", "training_gain"),
    ("C10", "academic_compute_share"),
    ("C12", "ai_spend_share"),
    ("C14", "own_cost_fall_long"),
    ("C17", "training_gain"),
    ("C19", "enterprise_inference_share"),
    ("C20", "use_tail"),
    ("C22", "local_uptake"),
    ("C04", "hosting_uplift_short"),
    ("C03", "elasticity_long"),
    ("C09", "coding_retained"),
    ("C11", "value_capture"),
    ("C16", "mix_expert"),
    ("C18", "china_crowding"),
]
FALLS = [
    ("C21", "nvidia_share_loss_long"),
    ("C01", "nvidia_share_loss_short"),
    ("C02", "open_share_gain_short"),
    ("C07", "closed_match"),
    ("C06", "price_trend"),
    ("C13", "china_crowding"),
    ("C15", "software_at_risk"),
    ("C16", "synthetic_commodity"),
]


@pytest.mark.parametrize(("call_id", "name", "sign"), [(*x, 1) for x in RISES] + [(*x, -1) for x in FALLS])
def test_a_better_driver_never_lowers_an_impact(model, part, call_id, name, sign):
    row = model.parameters.row(name)
    draws = part.with_()
    if call_id in ("C13", "C18"):  # crowding hurts China and helps the others only where compute grows
        draws = part.with_(elasticity_long=1.9, pass_through_long=1.0)
    if call_id in ("C05", "C06", "C17", "C21", "C14", "C07"):  # a gain below one turns the sign
        draws = {**draws, "inference_gain": np.maximum(1.0, draws["inference_gain"])}
        draws = {**draws, "training_gain": np.maximum(1.0, draws["training_gain"])}
    if call_id == "C09":  # the saving is a saving only while tokens answer less than one for one
        draws = {**draws, "coding_token_response": np.minimum(0.9, draws["coding_token_response"])}
        draws = {**draws, "inference_gain": np.maximum(1.0, draws["inference_gain"])}
    low = Case({**draws, name: np.full(part.n, row.quantile(0.1))}, part.z).impact(call_id)
    high = Case({**draws, name: np.full(part.n, row.quantile(0.9))}, part.z).impact(call_id)
    # whoever loses on each sale gains by losing sales
    earns = Case(draws, part.z).aggregate.Pi_S > 0 if call_id == "C02" else np.ones(part.n, dtype=bool)
    assert np.all(sign * (high - low)[earns] >= -1e-9)


def test_slower_demand_strands_more_and_fills_less(part):
    slow = Case(part.with_(demand_growth=1.8), part.z)
    fast = Case(part.with_(demand_growth=3.5), part.z)
    assert np.all(slow.impact("C03", "era") <= fast.impact("C03", "era") + 1e-9)
    assert np.mean(slow.impact("A01") >= 0.9) < np.mean(fast.impact("A01") >= 0.9)


def test_a_wider_growth_gap_hurts_china_and_helps_the_united_states_in_the_same_draws(part):
    narrow, wide = (Case(part.with_(growth_gap=g), part.z) for g in (0.1, 0.5))
    assert np.all(wide.impact("C13", "era") < narrow.impact("C13", "era"))
    assert np.all(wide.impact("C18", "era") > narrow.impact("C18", "era"))
    assert np.array_equal(wide.impact("C13"), narrow.impact("C13"))


# --- the registry -------------------------------------------------------------------------------------------------


def test_every_row_of_the_table_of_calls_has_an_equation_and_the_other_way_round():
    assert {c.id for c in evaluate.calls()} == set(REGISTRY)


def test_a_row_without_a_function_is_refused_by_name(monkeypatch):
    frame = tables.load("calls")
    extra = frame.iloc[[0]].assign(id="C23")
    original = tables.load
    monkeypatch.setattr(
        tables,
        "load",
        lambda name: pd.concat([frame, extra], ignore_index=True) if name == "calls" else original(name),
    )
    with pytest.raises(
        ModelInputError, match=r"call C23: data/calls.csv has the row, but no impact function"
    ):
        evaluate.calls()


@pytest.mark.parametrize("call_id", list(REGISTRY))
def test_the_listed_drivers_are_exactly_the_parameters_that_move_a_call(model, call_id):
    # on today's facts the path starts a year before A01 is read: too late for investment to answer
    draws = model.draws if call_id != "A01" else joint_draws(resolve(vintage="article"), 1024)
    part = sensitivity.Subset(draws, 128)
    base = Case(part, part.z).impact(call_id)
    moving = set()
    for name in part:
        if name == "path_start":
            continue
        shuffled = np.roll(part[name], 1)
        if np.any(Case({**part.with_(), name: shuffled}, part.z).impact(call_id) != base):
            moving.add(name)
    assert moving == set(REGISTRY[call_id].drivers) - {"path_start"}


def test_a_sign_given_by_the_equation_never_turns_for_any_gain_above_one(part):
    for call_id in SIGN_BY_CONSTRUCTION:
        assert REGISTRY[call_id].sign_by_construction
        for gain in (1.5, 20.0, 90.0):
            impact = Case(part.with_(inference_gain=gain), part.z).impact(call_id)
            assert np.all(impact >= 0), call_id
    assert {c for c, e in REGISTRY.items() if e.sign_by_construction} == SIGN_BY_CONSTRUCTION


def test_the_one_sided_calls_are_those_of_the_sign_audit(model):
    found = {k for k, j in evaluate.judged(model).items() if j.one_sided}
    assert found == ONE_SIDED


def test_every_one_sided_call_has_a_contest():
    for call_id in ONE_SIDED:
        assert REGISTRY[call_id].contest is not None


# --- the rule -----------------------------------------------------------------------------------------------------


def test_an_unknown_article_call_is_refused_with_the_nearest_one():
    with pytest.raises(
        ModelInputError, match=r"saw 'winer', allowed: winner, loser, additional \(nearest: winner\)"
    ):
        rule.shares(np.zeros(3), "winer", 1.0)


@pytest.mark.parametrize("value", [0.5, 0.4])
def test_a_limit_under_which_two_words_could_hold_is_refused_in_one_line(value):
    with pytest.raises(
        ParameterError, match=rf"parameter p_likely: saw {value}, allowed: [^\n]*0.5[^\n]*1"
    ) as told:
        resolve({"p_likely": value})
    assert "\n" not in str(told.value)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=50), st.floats(0.1, 20), st.floats(0, 40))
def test_own_other_and_small_add_up_and_a_size_only_takes_from_the_own_side(values, threshold, size):
    impact = np.array(values)
    for call, mirror in (("winner", "loser"), ("loser", "winner")):
        plain, sized = rule.shares(impact, call, threshold), rule.shares(impact, call, threshold, size)
        assert sized.own + sized.other + sized.small == pytest.approx(1)
        assert sized.own <= plain.own
        assert sized.other == plain.other == rule.shares(impact, mirror, threshold).own


def test_the_calls_are_counted_as_plain_numpy_counts_them_and_everywhere_the_same(model):
    """Second route: no rule of the package, only its draws of both forms and the two tables."""
    sizes = dict(zip(*(tables.load("article_sizes")[c] for c in ("call", "size")), strict=True))
    count = dict.fromkeys(("yes", "for_a_while", "too_small", "other_way", "cannot_tell"), 0)
    bands = dict.fromkeys(("won", "lost", "too_small", "cannot_tell"), 0)
    f, moved = figures(model), []
    for row in tables.load("calls").to_dict("records"):
        key, delta = row["id"], row["threshold"]
        if key not in CALLS:
            continue
        e, sign = evaluate.evaluations(model)[key], 1 if row["call"] == "winner" else -1
        needed = max(sizes.get(key, 0.0), delta)
        own, other = np.mean(sign * e.effect >= needed), np.mean(sign * e.effect <= -delta)
        left = np.mean(sign * e.attributable >= needed)
        if key in sizes:
            assert f[f"verdicts.{key.lower()}.p_article_size"].value == pytest.approx(own, rel=1e-5)
        name = (
            ("yes" if left >= 0.6 else "for_a_while")
            if own >= 0.6
            else "other_way"
            if other >= 0.6
            else "too_small"
            if own + other <= 0.4
            else "cannot_tell"
        )
        count[name] += 1
        win, lose = np.mean(e.effect >= delta), np.mean(e.effect <= -delta)
        who = (
            "won"
            if win >= 0.6
            else "lost"
            if lose >= 0.6
            else "too_small"
            if win + lose <= 0.4
            else "cannot_tell"
        )
        bands[who] += 1
        if name in ("yes", "for_a_while"):
            moved.append(max(np.mean(e.effect > 0), np.mean(e.effect < 0)) >= 0.975)
        assert f[f"verdicts.{key.lower()}.p_material"].value == pytest.approx(win + lose, rel=1e-4)
    assert {name: f[f"verdicts.cause.{name}"].value for name in count} == count
    assert {name: f[f"verdicts.band.{name}"].value for name in bands} == bands
    assert (f["verdicts.moved"].value, f["verdicts.one_sided_in_r1"].value) == (len(moved), sum(moved))
    # title, dek, table and first screen
    table = verdict_tables.published(model)
    rows = table[table["id"].isin(CALLS)]
    words = tally.count(zip(rows["was_it_r1"], rows["edge"], rows["one_sided"], strict=True))
    assert {name: getattr(words, name) for name in count} == count
    said = tally.sentences(words)
    session = rehearse("winners-losers", model=model)
    known = prose.Vocabulary(session.figures)
    assert prose.fill(session.passages[0], known, "the dek").startswith(said)
    listed = book_bands.rows(row | {"came_true": ""} for row in table.to_dict("records"))
    assert summary.answer(listed, {}).startswith(said)
    assert [int(n) for n in re.findall(r"\d+", tally.head(words))] == [
        1,
        len(CALLS),
        *count.values(),
        words.edge,
    ]


@pytest.mark.parametrize(
    ("tally_", "said"),
    [
        (
            tally.Tally(0, 7, 8, 0, 7, edge=12, moved_edge=5, one_sided=7),
            "R1 moved 7 of the article’s 22 calls the way it says, only until rivals would have caught up, all of them by "
            "equations that can hardly say otherwise. 5 of these are on the edge. For 8 the effect is too small to matter or for "
            "what the article says, 7 cannot be told and none went the other way.",
        ),
        (
            tally.Tally(2, 1, 0, 1, 0, moved_edge=1, one_sided=0),
            "R1 moved 3 of the article’s 4 calls the way it says, 1 of them only until rivals would have caught up, none of "
            "them by equations that can hardly say otherwise. 1 of these is on the edge. For none the effect is too small "
            "to matter or for what the article says, none cannot be told and 1 went the other way.",
        ),
        (
            tally.Tally(0, 0, 3, 0, 0),
            "R1 moved none of the article’s 3 calls the way it says. For 3 the effect is too small to matter or for "
            "what the article says, none cannot be told and none went the other way.",
        ),
    ],
)
def test_the_headline_says_how_long_and_how_many_equations_could_not_say_otherwise(tally_, said):
    assert tally.sentences(tally_) == said


def test_a_size_of_the_article_in_another_unit_is_refused_by_name(monkeypatch):
    original = tables.load
    monkeypatch.setattr(
        tables,
        "load",
        lambda name: original(name).assign(unit="months") if name == "article_sizes" else original(name),
    )
    with pytest.raises(DataError, match=r"article_sizes.csv, call C06: saw unit 'months', allowed: years"):
        evaluate.calls()


def test_the_size_from_which_a_call_is_too_small_is_where_the_word_turns(model):
    for key in ("C06", "C09", "C13", "C19"):
        e = evaluate.evaluations(model)[key]
        from_ = figures(model)[f"verdicts.{key.lower()}.too_small_from"].value
        for factor, word in ((1.02, True), (0.98, False)):
            found = rule.shares(e.effect, e.call.article_call, factor * from_)
            assert (rule.was_it_r1(found, found) == "too small") == word, key


def shown(run, key):
    """Return a card in words."""
    card = next(c for c in verdict_cards.cards(run) if c["id"] == key)
    return cards.view(*book_card.each(book_card.Card, [card], "here", "card"))


def test_a_flip_prints_eight_cells_that_add_up_and_no_consideration_is_called_neutral(model):
    table = verdict_tables.published(model).set_index("id")
    for key in FLIPS:
        e = evaluate.evaluations(model)[key]
        cells = e.cells()
        assert tuple(cells) == rule.CELLS
        assert sum(cells.values()) == pytest.approx(1)
        short, long = (leg[0] / t for leg, t in zip((e.short_leg, e.long_leg), e.thresholds, strict=True))
        by_hand = np.mean((short <= -1) & (long <= -1))
        assert cells["lose-lose"] == by_hand
        assert figures(model)[f"verdicts.{key.lower()}.p_lose_lose"].value == pytest.approx(by_hand, rel=1e-5)
        assert len(table.loc[key, "cells"].split(";")) == len(rule.CELLS)
        view = shown(model, key)
        text = f"{view.sentence} {view.verdict}"
        assert "loses both times" in text
        assert "neither" not in text.lower()
    considered = [k for k in REGISTRY if k not in CALLS]
    assert set(table.loc[considered, "was_it_r1"]) <= set(rule.WAS_IT_R1)
    assert table.loc[CALLS, "cells"].eq("").all()


def test_a_level_is_given_with_the_event_and_without_it_from_the_same_draws(model):
    case = Case(model.draws, model.draws.z)
    year = 2025 + 20 / 365 + 2
    f, e = figures(model), evaluate.evaluations(model)["A01"]
    without = np.mean(case.path_without.rho_at(year) >= e.threshold)
    assert f["verdicts.a01.p_full_without"].value == pytest.approx(without, abs=0.002)
    assert f["verdicts.a01.p_full"].value == pytest.approx(np.mean(e.effect >= e.threshold), rel=1e-5)
    view = shown(model, "A01")
    assert "wins" not in " ".join([view.verdict, view.sentence, *(x.words for x in view.estimates)])


# --- what a verdict rests on --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call_id", "name"),
    [("C22", "local_uptake"), ("C07", "lag_shift"), ("C17", "open_participation")],
)
def test_a_judgement_taken_out_is_the_run_with_it_at_nothing(model, call_id, name):
    found = next(a for a in branches.alone(model) if (a.call, a.parameters) == (call_id, (name,)))
    other = Model(resolve({name: 0}))
    impact = Case(other.draws, other.draws.z).impact(call_id)
    p = rule.probabilities(impact, evaluate.evaluations(model)[call_id].threshold)
    assert found.p_without == (p.win if found.side == "winner" else p.lose)
    assert found.p - found.p_without >= branches.NOTICED
    assert found.decides == (found.p_without < 0.6)
    without, with_it = (format_number(p, "probability") for p in (found.p_without, found.p))
    assert f"{without} of the draws instead of {with_it}" in shown(model, call_id).sentence


def test_own_costs_that_fall_as_prices_do_are_tried_on_the_sellers(model):
    (tried,) = [a for a in branches.alone(model) if a.call == "C04"]
    assert (tried.parameters, tried.copied) == (("own_cost_fall_short",), ("pass_through_short",))
    part = sensitivity.Subset(model.draws, model.draws.n)
    changed = part.with_(own_cost_fall_short=model.draws["pass_through_short"])
    impact = Case(changed, part.z).impact("C04")
    assert tried.p_without == np.mean(impact <= -evaluate.evaluations(model)["C04"].threshold)


def test_an_input_changed_afterwards_is_run_as_it_stood_and_says_what_stands_now(model):
    rows = {o.branch.id: o for o in branches.outcomes(model)}
    old = Model(resolve({"nvidia_share_loss_long": {"low": 0.02, "mode": 0.12, "high": 0.30}}))
    turn = next(t for t in rows["old_share_loss"].turns if t.call == "C21")
    effect = Case(old.draws, old.draws.z).impact("C21")
    assert turn.effect.other == pytest.approx(np.mean(effect <= -5), abs=1e-12)
    draws = {name: model.draws[name] for name in model.draws} | {
        "frontier_pass_through": model.draws["pass_through_short"]
    }
    turn = next(t for t in rows["old_frontier_price"].turns if t.call == "C14")
    assert turn.effect.other == np.mean(Case(draws, model.draws.z).impact("C14") >= 10)
    for outcome in rows.values():
        if outcome.branch.role == "changed":
            row = model.parameters.row(next(iter(outcome.branch.sets)))
            numbers = [f"{p:g}" for p in (row.p1, row.p2, row.p3) if not math.isnan(p)]
            assert outcome.branch.now == " ".join([row.dist, *numbers])
    every = {t.call for o in rows.values() for t in o.turned}
    changed = {t.call for o in rows.values() if o.branch.role == "changed" for t in o.turned}
    f = figures(model)
    assert (f["verdicts.branches_turned"].value, f["verdicts.changes_turned"].value) == (
        len(every),
        len(changed),
    )
    for o in rows.values():
        for t in o.turned:
            assert rule.was_it_r1(t.effect, t.later) != evaluate.judged(model)[t.call].word
            assert evaluate.judged(model)[t.call].edge


def test_a_run_that_sets_an_input_itself_leaves_its_versions_out():
    run = Model(resolve({"nvidia_share_loss_long": 0.1, "draws": 1024}))
    skipped = [o.branch.id for o in branches.outcomes(run) if o.skipped]
    assert skipped == ["old_share_loss"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"was": "1;2"},
            r"data/branches.csv row 2 \(old_share_loss\): saw 2 values for 1 parameters, allowed: one",
        ),
        (
            {"was": ":= pass_thru_long"},
            r"row 2 .*unknown parameter pass_thru_long \(nearest: pass_through_long\)",
        ),
        (
            {"parameter": "nvidia_share_los_long"},
            r"row 2 .*unknown parameter nvidia_share_los_long \(nearest: nvidia_share_loss_long\)",
        ),
        (
            {"form": "year_averag"},
            r"row 2 .*unknown form 'year_averag', allowed: year_average, ownership \(nearest: year_average\)",
        ),
        (
            {"parameter": "", "was": ""},
            r"row 2 .*changes nothing, allowed: parameters with their values, or a form",
        ),
        ({"was": "7"}, r"data/branches.csv, old_share_loss: parameter nvidia_share_loss_long: saw 7"),
        ({"was": "pert 0.3 0.2 0.1"}, r"data/branches.csv, old_share_loss: parameter nvidia_share_loss_long"),
    ],
)
def test_a_bad_branch_is_refused_in_one_line(monkeypatch, change, line):
    frame = tables.load("branches")
    for column, value in change.items():
        frame.loc[0, column] = value
    original = tables.load
    monkeypatch.setattr(tables, "load", lambda name: frame if name == "branches" else original(name))
    with pytest.raises(DataError, match=line) as told:
        branches.check(resolve())
    assert "\n" not in str(told.value)


def test_a_negative_threshold_is_refused():
    with pytest.raises(ModelInputError, match="threshold is -1; it must be at least 0"):
        rule.probabilities(np.zeros(3), -1)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=50), st.floats(0, 20))
def test_probabilities_sum_to_one_and_shrink_as_the_threshold_grows(values, threshold):
    impact = np.array(values)
    p, wider = rule.probabilities(impact, threshold), rule.probabilities(impact, 2 * threshold)
    assert p.win + p.lose + p.neutral == pytest.approx(1)
    assert wider.win <= p.win
    assert wider.lose <= p.lose


# --- blindness ------------------------------------------------------------------------------------------------------


# what a card says of the article
ARTICLES_OWN = {
    "article_call",
    "words",
    "mechanism",
    "word",
    "p_era",
    "p_own",
    "p_own_attributable",
    "edge",
    "fades",
}
ARTICLES_OWN |= {"months", "chi_star", "delta_low", "delta_high", "fragility"}
COUNTED = {f"verdicts.cause.{rule.NAMES[word]}" for word in rule.WAS_IT_R1}
COUNTED |= {
    f"verdicts.{k}"
    for k in (
        "moved",
        "moved_edge",
        "one_sided_in_r1",
        "edge",
        "firm",
        "edition_turned",
        "asked_again_fail",
        "asked_again_likely",
        "asked_again_lost",
    )
}
COUNTED |= {f"verdicts.{k}" for k in ("branches_turned", "changes_turned", "out_of_reach")}
SIZED = tuple(tables.load("article_sizes")["call"])
TURNED = {"winner": "loser", "loser": "winner"}


def everything(run):
    """All that a run says of the calls without the article's side."""
    own = {
        f"{k}.{end}"
        for k in [f"verdicts.{c.lower()}" for c in REGISTRY]
        for end in ("p_own", "p_left", "p_era", "months", "chi_star", "p_article_size")
    }
    numbers = {k: f.as_dict() for k, f in figures(run).items() if k not in COUNTED | own}
    cards = {}
    for card in verdict_cards.cards(run):
        era = {k: v for k, v in (card["era"] or {}).items() if k != "p_article"}
        cards[card["id"]] = {k: v for k, v in card.items() if k not in ARTICLES_OWN} | {"era": era}
    seen = [*SIDED_COLUMNS, "fades", "p_own_era"]
    matrix = verdict_tables.calls(run).drop(columns=seen).to_json(orient="records")
    sides = {k: {s: i.total.tolist() for s, i in p.items()} for k, p in sensitivity.sides_sobol(run).items()}
    sensitive = {
        "tornado": sensitivity.tornado(run).to_dict("records"),
        "sobol": {k: (i.drivers, i.total.tolist()) for k, i in sensitivity.all_sobol(run).items()},
        "sides": sides,
        "specifications": sensitivity.specifications(run).to_dict("records"),
        "convergence": sensitivity.convergence(run).to_dict("records"),
        "explorer": [
            {k: v for k, v in c.items() if k not in ("article", "sides")}
            for c in explorer.explorer(run)["calls"]
        ],
    }
    return {"figures": numbers, "cards": cards, "matrix": matrix, **sensitive}


@pytest.fixture(scope="module")
def before_turning():
    with pytest.MonkeyPatch.context() as patch:
        smallest(patch)
        run = Model(resolve({"draws": 1024}))
        return verdict_tables.published(run).set_index("id"), everything(run)


def smallest(patch):
    for name, size in (("SOBOL_N", 16), ("SIDES_N", 16), ("SUBSET", 128), ("SPECIFICATION_DRAWS", 64)):
        patch.setattr(sensitivity, name, size)


# Each call is turned in three of these runs, and no two in the same three: for any two calls there is a run that turns
# the one and not the other, so what turning one did to another would show.
THREES = dict(zip(CALLS, itertools.combinations(range(7), 3), strict=False))


@pytest.mark.parametrize("number", range(7))
def test_turning_an_article_call_around_changes_only_the_second_answer(number, before_turning, monkeypatch):
    before, blind_before = before_turning
    smallest(monkeypatch)
    assert THREES.keys() == set(CALLS)
    these = [call_id for call_id, runs in THREES.items() if number in runs]
    frame = tables.load("calls")
    one = frame["id"].isin(these)
    turned = frame.assign(call=frame["call"].where(~one, frame["call"].map(TURNED)))
    original = tables.load
    monkeypatch.setattr(tables, "load", lambda name: turned.copy() if name == "calls" else original(name))
    run = Model(resolve({"draws": 1024}))
    after = verdict_tables.published(run).set_index("id")
    blind = [c for c in before.columns if c not in SIDED_COLUMNS]
    pd.testing.assert_frame_equal(before[blind], after[blind])
    others = ~before.index.isin(these)
    pd.testing.assert_frame_equal(before[others], after[others])
    blind_after = everything(run)
    for call_id in these:  # where the evidence points is told by the article's side
        blind_after["cards"][call_id]["points"] = blind_before["cards"][call_id]["points"]
    assert blind_after == blind_before
    for call_id in these:
        turned_around(run, call_id, before.loc[call_id], after.loc[call_id])


def turned_around(run, call_id, was, now):
    """Hold what does change to the rule: the call itself, how the model stands to it, which of two numbers is read."""
    assert now["article_call"] == TURNED[was["article_call"]]
    for row in (now, was):
        selected = row[f"p_era_{row['article_call']}"]
        assert row["p_era"] == selected or (pd.isna(row["p_era"]) and pd.isna(selected))
    stays = {"too small", "cannot be told"}
    turns = {"yes": "the other way", "for a while": "the other way"}
    if call_id in SIZED:  # the size belongs to the side that the article names
        e = evaluate.evaluations(run)[call_id]
        sizes = (now["article_call"], e.threshold, e.call.article_size)
        found = rule.was_it_r1(rule.shares(e.effect, *sizes), rule.shares(e.attributable, *sizes))
        assert now["was_it_r1"] == found
        return
    if was["was_it_r1"] in stays:
        assert now["was_it_r1"] == was["was_it_r1"]
    elif was["was_it_r1"] in turns:
        assert now["was_it_r1"] == turns[was["was_it_r1"]]
    else:
        assert now["was_it_r1"] in turns
    assert (now["p_own"], now["p_other"], now["p_small"]) == (was["p_other"], was["p_own"], was["p_small"])


def test_both_sides_of_the_era_forecast_are_published(model):
    assert set(SIDED_COLUMNS) < set(COLUMNS)
    table = verdict_tables.published(model).set_index("id")
    total = table.loc[CALLS, "p_era_winner"] + table.loc[CALLS, "p_era_loser"]
    assert (total.dropna() <= 1 + 1e-6).all()
    f = figures(model)
    for side in ("winner", "loser"):
        assert f[f"verdicts.c21.p_era_{side}"].value == pytest.approx(table.loc["C21", f"p_era_{side}"])


# --- joint draws, seeds, convergence ----------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_table_and_another_moves_no_probability_by_more_than_a_point_and_a_half(
    model,
):
    columns = ["p_winner", "p_loser", "p_neutral", "p_winner_attributable", "p_loser_attributable"]
    columns += ["p_era", "p_era_winner", "p_era_loser"]
    first = verdict_tables.calls(model).set_index("id")
    again = verdict_tables.calls(Model(resolve())).set_index("id")
    pd.testing.assert_frame_equal(first, again)
    for seed in (2, 3, 20250127):
        other = verdict_tables.calls(Model(resolve(seed=seed))).set_index("id")
        assert (first[columns].astype(float) - other[columns].astype(float)).abs().max().max() <= 0.015, seed


@pytest.mark.parametrize("key", ["A02", "A03"])
def test_a_flip_is_counted_in_the_same_draws(model, key):
    e = evaluate.evaluations(model)[key]
    short, long = legs(Case(model.draws, model.draws.z), key)
    loses, wins = short <= -e.thresholds[0], long >= e.thresholds[1]
    odds = verdict_tables.flip_odds(model).set_index("id").loc[key]
    assert e.p.win == odds["p"] == np.count_nonzero(loses & wins) / model.draws.n
    assert odds["product"] == np.mean(loses) * np.mean(wins), "printed beside it, each leg counted alone"


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.8])
def test_a_flip_of_legs_that_move_together_has_the_probability_of_their_correlation(rho):
    """Loses then wins: rarer than the product where the legs rise together, equal to it where they have no tie."""
    spread = stats.multivariate_normal([-0.3, 0.6], [[1, rho], [rho, 1]])
    short, long = spread.rvs(2**17, random_state=np.random.default_rng(6)).T
    found = rule.cells(short, long, 0.5, 0.4)["lose-win"]
    true = stats.norm.cdf(-0.2) - spread.cdf([-0.5, 0.4])
    assert found == pytest.approx(true, abs=0.005)
    product = stats.norm.cdf(-0.2) * stats.norm.cdf(0.2)
    assert np.sign(round(found - product, 2)) == -np.sign(rho)


def test_the_flips_leg_of_nvidia_reads_each_horizon_at_its_own_threshold(model):
    e = evaluate.evaluations(model)["A02"]
    limits = {c.id: c.threshold for c in evaluate.calls()}
    assert e.thresholds == (limits["C01"], limits["A02"])


def test_block_spread_is_below_the_error_of_plain_monte_carlo(model):
    table = sensitivity.block_spread(model)
    assert (table[["sd_winner", "sd_loser"]].max(axis=1) <= table["plain"] + 1e-3).mean() >= 0.9
    assert table[["sd_winner", "sd_loser"]].to_numpy().max() <= 0.004


def test_effect_attributable_and_era_are_different_numbers(model):
    table = verdict_tables.calls(model).set_index("id")
    assert (table.loc[CALLS, "p_winner_attributable"] <= table.loc[CALLS, "p_winner"] + 0.02).all()
    assert pd.isna(table.loc["C17", "p_era"])
    assert (table.loc["C01", "p_era"] - table.loc["C01", "p_loser"]) < -0.2


def test_full_catch_up_leaves_nothing_of_a_gain_that_was_due(part):
    draws = part.with_(
        catch_up=1.0,
        catch_up_years=0.9,
        catch_up_open=1.0,
        catch_up_open_years=0.9,
        training_gain=2.0,
        algorithm_trend=3.0,
    )
    found = evaluate.evaluate_draws(draws, part.z)
    for call_id in CALLS:
        assert np.all(np.abs(found[call_id].attributable) == 0), call_id


def test_without_catch_up_attributable_equals_the_effect(part):
    found = evaluate.evaluate_draws(part.with_(catch_up=0.0, catch_up_open=0.0), part.z)
    for call_id, e in found.items():
        assert np.allclose(e.attributable, e.effect, atol=1e-9), call_id


# --- sensitivity --------------------------------------------------------------------------------------------------------


def test_sobol_indices_of_a_product_of_powers_equal_the_variances_of_its_logs():
    """C20 is nearly a product; its total indices must reproduce the ranking that one-at-a-time variances give."""
    parameters = resolve()
    indices = sensitivity.sobol(parameters, "C20", n=1024)
    assert set(indices.drivers[:2]) == {"use_inference_share", "use_tail"}
    assert float(indices.first.sum()) <= 1.05
    assert np.all(indices.total >= indices.first - 0.06)


def test_the_indices_of_a_verdict_equal_a_count_of_verdicts_that_turn(monkeypatch):
    """S_T of an indicator is P(one driver drawn anew turns it) over 2 p (1 − p), counted here with plain draws."""
    parameters = resolve()
    monkeypatch.setattr(sensitivity, "SIDES_N", 2048)
    win, lose = sensitivity._sobol(parameters, "C21", ("win", "lose"), 2048)
    names = REGISTRY["C21"].drivers
    rng = np.random.default_rng(5)
    n = 40_000

    def drawn():
        return {k: parameters.row(k).transform(rng.standard_normal(n)) for k in names}

    rest = {k: v for k, v in medians().items() if k not in names}
    base = drawn()
    impact = Case(rest | base).impact("C21")
    assert win.mean == pytest.approx(np.mean(impact > 5), abs=0.02)
    assert lose.mean == pytest.approx(np.mean(impact < -5), abs=0.02)
    for name in ("elasticity_long", "pass_through_long", "budget_response"):
        other = Case(rest | {**base, name: drawn()[name]}).impact("C21")
        for indices, side in ((win, impact > 5), (lose, impact < -5)):
            turned = np.mean(side != (other > 5 if indices is win else other < -5))
            found = dict(zip(indices.drivers, indices.turns, strict=True))[name]
            assert found == pytest.approx(turned, abs=0.02)
            total = dict(zip(indices.drivers, indices.total, strict=True))[name]
            assert total == pytest.approx(turned / (2 * side.mean() * (1 - side.mean())), abs=0.05)


def test_the_error_of_an_index_of_a_verdict_is_near_that_of_a_bootstrap():
    parameters = resolve()
    boot = sensitivity.sobol(parameters, "C21", n=1024, outcome="win", resamples=199)
    assert boot.binomial_error == pytest.approx(boot.error, rel=0.25)


def test_a_verdict_that_never_turns_has_no_driver_that_decides_it():
    win, _ = sensitivity._sobol(resolve({"nvidia_share_loss_short": 0.2}), "C01", ("win", "lose"), 64)
    assert win.mean == 0
    assert not win.total.any()
    assert win.binomial_error == 0


def test_the_thresholds_of_a_run_hold_for_the_indices_of_its_verdicts():
    wide, narrow = (
        sensitivity._sobol(resolve({"threshold_scale": k}), "C21", ("win",), 256)[0] for k in (2, 0.5)
    )
    assert wide.mean < narrow.mean


def test_the_tornado_equals_two_separate_evaluations(model):
    table = sensitivity.tornado(model)
    row = table[(table["call"] == "C21") & (table["driver"] == "elasticity_long")].iloc[0]
    for end, q in (("low", 0.1), ("high", 0.9)):
        value = model.parameters.quantile("elasticity_long", q)
        assert row[end] == pytest.approx(one("C21", elasticity_long=value), rel=1e-9)


def test_at_a_break_even_the_median_is_zero(model):
    found = next(b for b in sensitivity.break_evens(model, "C21") if b.driver == "elasticity_long")
    part = sensitivity.subset(model)
    impact = Case(part.with_(elasticity_long=found.zero), part.z).impact("C21")
    assert abs(float(np.median(impact))) < 0.05
    assert found.low <= found.zero <= found.high


def test_a_break_even_of_the_training_budget_lies_at_no_response(model):
    found = next(b for b in sensitivity.break_evens(model, "C05") if b.driver == "budget_response")
    assert found.zero == pytest.approx(0, abs=1e-3)


def test_a_reversal_of_the_sceptic_moves_only_calls_that_read_it(model):
    table = sensitivity.specifications(model)
    part = sensitivity.Subset(model.draws, sensitivity.SPECIFICATION_DRAWS)
    base = Case(part, part.z)
    for choice in sensitivity.reversals(model):
        rows = table[table["sceptic"] == choice.name].set_index("call")
        for call_id in CALLS:
            same = rows.loc[call_id, "median"] == pytest.approx(
                float(np.median(base.impact(call_id))), abs=1e-9
            )
            assert sensitivity.touches(choice, call_id) or same, (choice.name, call_id)
        assert choice.reason


def test_the_curve_spans_every_combination_of_the_choices(model):
    table = sensitivity.specifications(model)
    families = sensitivity.choices(model)
    combinations = math.prod(len(f) for f in families)
    assert (table[table["sceptic"] == ""].groupby("call").size() == combinations).all()
    assert combinations >= 24


def test_a_parameter_that_the_run_fixes_is_left_alone_by_the_curve():
    fixed = Model(resolve({"inference_gain": 7, "draws": 1024}))
    assert [c.name for c in sensitivity.choices(fixed)[0]] == ["as in the run"]


# --- evidence and cards ---------------------------------------------------------------------------------------------------


def test_every_call_has_dated_evidence_and_nothing_after_the_vintage(model):
    found = evidence.observations(model)
    assert set(CALLS) <= set(found)
    january = Model(
        resolve(
            vintage="article",
        )
    )
    seen = [o for rows in evidence.observations(january).values() for o in rows]
    assert seen
    assert all(o.date <= "2025-01-31" for o in seen)
    known = set(tables.load("sources")["source_id"])
    assert all(o.source in known for rows in found.values() for o in rows)


def test_evidence_changes_no_probability(monkeypatch):
    small = resolve({"draws": 1024})
    before = verdict_tables.calls(Model(small))
    frame = tables.load("evidence")
    original = tables.load
    swapped = frame.assign(sign=frame["sign"].map({"good": "bad", "bad": "good", "mixed": "mixed"}))
    monkeypatch.setattr(tables, "load", lambda name: swapped.copy() if name == "evidence" else original(name))
    pd.testing.assert_frame_equal(before, verdict_tables.calls(Model(small)))


@pytest.mark.parametrize("vintage", ["latest", "article"])
def test_every_call_has_a_complete_card_that_json_can_hold(vintage):
    run = Model(resolve({"draws": 2048}, vintage=vintage))
    cards = verdict_cards.cards(run)
    assert [c["id"] for c in cards] == list(REGISTRY)
    for card in json.loads(json.dumps(cards, allow_nan=False)):
        assert sum(card["histogram"]["counts"]) == 2048
        assert card["effect"]["p5"] <= card["effect"]["median"] <= card["effect"]["p95"]
        assert card["drivers"], card["id"]
        assert sum(d["share"] for d in card["drivers"]) <= 1 + 1e-6
        assert card["flips"][0]["text"]
        assert card["weak"]
        assert card["equation"]
        assert card["word"] in rule.WAS_IT_R1
        assert card["band"] in rule.BANDS


def test_the_tallies_sum_to_the_number_of_calls(model):
    f = figures(model)
    assert sum(f[f"verdicts.cause.{rule.NAMES[word]}"].value for word in rule.WAS_IT_R1) == len(CALLS)
    assert sum(f[f"verdicts.band.{rule.NAMES[band]}"].value for band in rule.BANDS) == len(CALLS)
    assert f["verdicts.edge"].value + f["verdicts.firm"].value == len(CALLS)
    assert f["verdicts.nvidia_flip"].value == pytest.approx(
        evaluate.evaluations(model)["A02"].p.win, rel=1e-5
    )
    for call_id in CALLS:
        assert f[f"verdicts.{call_id.lower()}.impact"].low is not None


def test_the_table_of_calls_keeps_to_its_contract(model):
    table = verdict_tables.published(model)
    assert tuple(table.columns) == COLUMNS
    assert list(table["id"]) == [*CALLS, "A01", "A02", "A03"]
    one_impact = table[~table["id"].isin(FLIPS)]  # of a flip they are three cells of a larger table
    assert np.allclose(one_impact[["p_winner", "p_loser", "p_neutral"]].sum(axis=1), 1, atol=1e-5)
    sided = one_impact[one_impact["id"] != "A01"]
    for end in ("", "_attributable"):
        assert np.allclose(
            sided[[f"p_{k}{end}" for k in ("own", "other", "small")]].sum(axis=1), 1, atol=1e-5
        )
    assert set(table["band"]) <= set(rule.BANDS)
    assert set(table["was_it_r1"]) <= set(rule.WAS_IT_R1)


def test_the_belief_explorers_digits_give_the_probabilities_back(model):
    found = explorer.explorer(model)
    assert found["n"] == 2048
    assert len(found["drivers"]) == 6
    assert [c["id"] for c in found["calls"]] == CALLS
    for call in found["calls"]:
        assert len(call["digits"]) == 2048
        e = evaluate.evaluations(model)[call["id"]]
        assert call["digits"].count("2") / 2048 == pytest.approx(e.p.win, abs=0.02)
        assert call["digits"].count("0") / 2048 == pytest.approx(e.p.lose, abs=0.02)
        j = evaluate.judged(model)[call["id"]]
        for bit, share in ((1, j.shares.own), (2, j.later.own), (4, j.shares.other)):
            held = sum(bool(int(digit) & bit) for digit in call["sides"]) / 2048
            assert held == pytest.approx(share, abs=0.025)
        if not j.near:
            assert beliefs.word(call["sides"], 0.6) == rule.spoken(j.word)


def test_a_run_with_every_gain_gone_still_reports_and_finds_everything_too_small():
    run = Model(resolve({**scenario_overrides("no-event"), "draws": 1024}))
    table = verdict_tables.published(run).set_index("id")
    assert (table.loc[CALLS, ["impact_median", "impact_p5", "impact_p95"]] == 0).all().all()
    assert set(table.loc[CALLS, "band"]) == set(table.loc[CALLS, "was_it_r1"]) == {"too small"}
    assert figures(run)["verdicts.one_sided"].value == 0
    assert len(verdict_cards.cards(run)) == 25


def test_drawing_fewer_or_independent_samples_keeps_medians_near(model):
    independent = joint_draws(model.parameters, 2048, independent=True)
    case = Case(independent, independent.z)
    for call_id in ("C01", "C08", "C10", "C20"):
        base = evaluate.evaluations(model)[call_id].effect
        spread = float(np.quantile(base, 0.95) - np.quantile(base, 0.05))
        assert abs(float(np.median(case.impact(call_id))) - float(np.median(base))) < 0.1 * spread


def test_flips_are_registered_for_stakeholders_with_two_legs():
    assert set(FLIPS) == {"A02", "A03"}


def test_a_new_stakeholder_is_one_row_and_one_function_and_moves_no_other(before_turning, monkeypatch):
    """The recipe of docs/adding-a-stakeholder.md, followed to the letter."""
    from deepseek_era.verdicts.impacts.equations import call

    smallest(monkeypatch)
    frame = tables.load("calls")
    row = frame[frame["id"] == "C20"].assign(id="C23", short_name="Textbooks", threshold=5.0)
    original = tables.load
    monkeypatch.setattr(
        tables,
        "load",
        lambda name: pd.concat([frame, row], ignore_index=True) if name == "calls" else original(name),
    )
    monkeypatch.delitem(REGISTRY, "C23", raising=False)
    try:

        @call(
            "C23",
            r"I = 100\,(p_L^{-\alpha} - 1)",
            drivers=("inference_gain", "adoption_long", "pass_through_long", "use_tail"),
            weak="Counts are not sales.",
        )
        def textbooks(d, a, case):
            return 100 * (a.p_L ** -d["use_tail"] - 1)

        run = Model(resolve({"draws": 1024}))
        table = verdict_tables.published(run).set_index("id")
        assert table.loc["C23", "p_winner"] > 0.5
        pd.testing.assert_frame_equal(table.drop(index="C23"), before_turning[0])
        added = next(c for c in verdict_cards.cards(run) if c["id"] == "C23")
        assert added["name"] == "Textbooks"
        assert added["drivers"]
        assert "verdicts.c23.impact" in figures(run)
        assert [c["id"] for c in explorer.explorer(run)["calls"]][-1] == "C23"
    finally:
        REGISTRY.pop("C23", None)


def test_the_document_on_adding_a_stakeholder_names_what_exists():
    text = (tables.ROOT / "docs" / "adding-a-stakeholder.md").read_text()
    for name in ("data/calls.csv", "data/parameters.csv", "data/evidence.csv", "data/resolutions.csv"):
        assert name in text
        assert (tables.ROOT / name).exists()
    for word in ("call", "contest", "era", "other_horizon"):
        assert f"@{word}" in text


def test_more_tasks_a_dollar_equals_pass_rates_over_price_by_hand():
    run = Model(resolve({"inference_gain": 10, "adoption_short": 1, "pass_through_short": 1, "draws": 1024}))
    facts = run.facts.table("task_costs").set_index("model")["pass_rate_2_percent"]
    by_hand = 100 * (facts["DeepSeek R1"] / facts["o1-2024-12-17 (high)"] * 10 - 1)
    assert figures(run)["verdicts.c09.tasks_per_dollar"].value == pytest.approx(by_hand, rel=1e-5)


def test_monotonicity_is_tested_for_every_call():
    assert {c for c, _ in RISES + FALLS} == set(CALLS)


def test_the_draws_have_the_correlations_that_were_asked_for(model):
    table = sensitivity.stated_correlations(model)
    assert len(table) >= 12
    assert (table["realised"] - table["stated"]).abs().max() < 0.02


def test_every_letter_of_an_equation_is_explained_or_an_index():
    plain = {"I", "S", "L", "C", "CN", "US", "T", "c", "e", "j", "t", "P", "u", "s", "r", "b", "logit", "nu"}
    plain |= {"R", "data", "staff", "Lambda", "lambda", "sigma", "row", "Delta", "A", "sigm"}
    commands = r"\\(frac|left|right|max|min|ln|operatorname|quad|tfrac|to|in|wedge|ge)(?![A-Za-z])"
    for key, equation in REGISTRY.items():
        rest = " ".join((equation.latex, equation.era_latex, equation.contest_latex))
        for pattern, _, _ in symbols._SYMBOLS:
            rest = re.sub(pattern, " ", rest)
        rest = re.sub(r"\\text\{[^}]*\}", " ", rest)
        left = set(re.findall(r"[A-Za-z]+", re.sub(commands, " ", rest)))
        assert left <= plain, (key, left - plain)
        assert symbols.explained(equation.latex), key
    assert symbols.explained("1 + 1") == ""
    assert symbols.explained("I", others=True).endswith(symbols.OTHERS + ".")


def test_a_card_says_when_an_effect_is_too_small_for_what_the_article_says():
    run = Model(resolve({"draws": 2048}))
    heads = {
        card.id: cards._verdict(card)
        for card in book_card.each(book_card.Card, verdict_cards.cards(run), "here", "card")
    }
    for key, j in evaluate.judged(run).items():
        own = j.word == "too small" and j.band != "too small" and key in SIZED
        assert heads[key].endswith("Too small for what the article says") == own, key
