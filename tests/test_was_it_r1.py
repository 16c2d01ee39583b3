"""Was it R1? The words on draws whose truth is known, and what must hold of them for any draws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from deepseek_era import tables
from deepseek_era.capacity.aggregate import attributable, remaining
from deepseek_era.errors import DataError
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.verdicts import branches, evaluate, lasting, rule, visible
from deepseek_era.verdicts.impacts import Case
from deepseek_era.verdicts.sensitivity import Subset

LIKELY = 0.6
SIDES = ("winner", "loser")
draws = st.lists(st.floats(-50, 50).filter(lambda x: x == 0 or abs(x) > 1e-6), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def model():
    return Model(resolve({"draws": 4096}))


def word(effect, later, call, threshold, size=0.0, likely=LIKELY):
    both = (rule.shares(np.asarray(x, float), call, threshold, size) for x in (effect, later))
    return rule.was_it_r1(*both, likely)


# --- truth: draws of which one knows the answer ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "left", "answer"),
    [
        (-6.0, -4.0, "yes"),
        (-6.0, -1.0, "for a while"),
        (-1.0, -0.5, "too small"),
        (6.0, 1.0, "the other way"),
    ],
)
def test_a_known_effect_gets_its_word_through_the_noise(effect, left, answer):
    noise = np.random.default_rng(3).normal(0, 1, 4096)
    assert word(effect + noise, left + noise, "loser", 2.5) == answer
    mirrored = {"yes": "the other way", "for a while": "the other way", "too small": "too small"}
    assert word(effect + noise, left + noise, "winner", 2.5) == mirrored.get(answer, "for a while")


def test_an_effect_that_may_go_either_way_cannot_be_told():
    noise = np.random.default_rng(3).normal(0, 20, 4096)
    assert word(noise, noise, "winner", 2.5) == "cannot be told"


@pytest.mark.parametrize(
    ("effect", "later", "answer"),
    [
        (0.018, 0.018, "too small"),
        (0.2, 0.1, "yes"),
        (0.2, 0.01, "for a while"),
        (-0.2, 0.0, "the other way"),
    ],
)
def test_a_level_is_judged_by_what_the_event_adds_to_it(effect, later, answer):
    assert rule.level_word(effect, later) == answer


def test_a_confident_article_size_makes_the_word_and_not_the_smaller_one_that_would_matter():
    effect = np.full(100, 0.3)
    assert word(effect, effect, "winner", 0.25) == "yes"
    assert word(effect, effect, "winner", 0.25, size=2.0) == "too small"
    assert rule.band(rule.probabilities(effect, 0.25)) == "won"


# --- what holds for any draws --------------------------------------------------------------------------------------


@given(draws, st.floats(0.1, 20), st.floats(0.501, 1.0))
def test_turning_the_side_around_leaves_the_blind_layer_and_swaps_the_sides(values, threshold, likely):
    effect = np.array(values)
    later = effect / 2
    own, turned = (word(effect, later, call, threshold, likely=likely) for call in SIDES)
    if own in ("too small", "cannot be told"):
        assert turned == own
    else:
        assert (own == "the other way") != (turned == "the other way")
    p = rule.probabilities(effect, threshold)
    mirrored = rule.probabilities(-effect, threshold)
    swap = {"won": "lost", "lost": "won"}
    assert rule.band(mirrored, likely) == swap.get(rule.band(p, likely), rule.band(p, likely))
    assert (mirrored.win, mirrored.lose) == (p.lose, p.win)


@given(draws, st.floats(0.1, 20), st.floats(0.501, 1.0), st.floats(0, 40))
def test_no_two_answers_are_likely_at_once(values, threshold, likely, size):
    found = rule.shares(np.array(values), "winner", threshold, size)
    assert sum(share >= likely for share in (found.own, found.other, found.small)) <= 1
    assert found.own + found.other + found.small == pytest.approx(1)


@given(draws, st.floats(0.501, 0.95), st.sampled_from(SIDES), st.floats(0.05, 60), st.floats(1.01, 3))
def test_a_word_holds_at_exactly_the_sizes_that_are_printed(values, likely, call, threshold, factor):
    effect = np.array(values)
    later = 0.6 * effect
    answer = word(effect, later, call, threshold, likely=likely)
    ends = rule.holds(answer, effect, later, call, likely)
    assert ends is not None
    low, high = ends
    assert low <= threshold <= high
    for size in (low * factor, high / factor):
        if low < size < high and size > 0:
            assert word(effect, later, call, size, likely=likely) == answer
    for size in (low / factor, high * factor):
        if 0 < size < np.inf and not low <= size <= high:
            assert word(effect, later, call, size, likely=likely) != answer


@given(draws, st.sampled_from(SIDES), st.floats(0.1, 20), st.floats(1, 5))
def test_a_larger_size_never_brings_back_what_a_smaller_one_took(values, call, threshold, factor):
    """Words go one way as the size grows: a side, then perhaps none, then too small for good."""
    effect = np.array(values)
    small, large = (word(effect, effect, call, threshold * k) for k in (1, factor))
    rank = {"yes": 0, "for a while": 0, "the other way": 0, "cannot be told": 1, "too small": 2}
    assert rank[small] <= rank[large]


@given(st.floats(0, 1), st.floats(0.01, 9), st.floats(0.01, 3))
def test_the_mean_that_is_left_is_the_area_under_what_is_left(chi, tau, t):
    years = np.unique([0.0, min(tau, t), t])  # straight between these
    left = [float(remaining(np.array([chi]), np.array([tau]), y)[0]) for y in years]
    mean = float(remaining(np.array([chi]), np.array([tau]), t, average=True)[0])
    assert mean == pytest.approx(np.trapezoid(left, years) / t, abs=1e-12)
    assert left[-1] - 1e-12 <= mean <= 1


@given(st.floats(0.5, 0.999), st.integers(1, 200))
def test_halving_finds_the_first_point_below_the_limit(likely, steps):
    cut = steps / 100

    def share(t):
        return 1.0 if t < cut else 0.0

    found = lasting.first_below(share, likely, 3.0, 1e-6)
    assert found == pytest.approx(cut, abs=1e-6) if cut <= 3 else found == float("inf")


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_word_is_on_the_edge_near_the_limit_and_within_the_noise_of_few_draws(own, left):
    assume(abs(own - LIKELY) > 1e-9)
    effect, later = rule.Shares(own, 0.0, 1 - own), rule.Shares(left, 0.0, 1 - left)
    near = rule.on_edge(effect, later, draws=16384)
    deciding = max(own, 1 - own)
    expected = abs(deciding - LIKELY) <= rule.EDGE or (own >= LIKELY and abs(left - LIKELY) <= rule.EDGE)
    assert near == expected
    assert rule.on_edge(effect, later, draws=16) >= near


# --- the run's own numbers -----------------------------------------------------------------------------------------


def share_at(model, key, form_draws):
    e = evaluate.evaluations(model)[key]
    plain = Case(model.draws, model.draws.z)
    case = Case(form_draws, plain.shocks, unshocked=plain)
    found = rule.shares(case.impact(key), e.call.article_call, e.threshold, e.call.article_size)
    return found.other if evaluate.judged(model)[key].word == "the other way" else found.own


def test_months_are_the_first_at_which_the_side_is_no_longer_likely(model):
    for key, months in lasting.months(model).items():
        if months == np.inf:
            assert share_at(model, key, attributable(model.draws, 3)) >= LIKELY, key
            continue
        assert months < 36, key
        years = months / 12
        assert share_at(model, key, attributable(model.draws, years)) < LIKELY, key
        for earlier in np.linspace(0, years - 2 * lasting.YEARS_TOLERANCE, 6):
            assert share_at(model, key, attributable(model.draws, float(earlier))) >= LIKELY, key


def test_chi_star_puts_what_is_left_at_the_limit_and_parts_the_two_words(model):
    part = Subset(model.draws, model.draws.n)
    stars = lasting.chi_star(model)
    sided = ("yes", "for a while", "the other way")
    assert set(stars) == {
        k for k, j in evaluate.judged(model).items() if evaluate.is_call(k) and j.word in sided
    }
    for key, star in stars.items():
        years = lasting.HORIZONS[evaluate.evaluations(model)[key].call.horizon]
        at = [
            share_at(model, key, attributable(part.with_(catch_up=chi, catch_up_open=chi), years))
            for chi in (star - 2 * lasting.SHARE_TOLERANCE, star)
        ]
        assert at[0] >= LIKELY > at[1], key
        assert at[0] - at[1] < 0.01, key


def test_a_run_below_chi_star_says_yes():
    stars = lasting.chi_star(Model(resolve({"draws": 2048})))
    share = min(stars.values()) - 0.01
    lower = Model(resolve({"draws": 2048, "catch_up": share, "catch_up_open": share}))
    assert {evaluate.judged(lower)[key].word for key in stars} == {"yes", "the other way"}


def test_the_mean_over_the_horizon_is_a_branch_that_changes_no_effect(model):
    turns = {o.branch.form: o.turns for o in branches.outcomes(model)}[branches.YEAR_AVERAGE]
    assert {t.call for t in turns} == {k for k in evaluate.evaluations(model) if evaluate.is_call(k)}
    for t in turns:
        e = evaluate.evaluations(model)[t.call]
        years = lasting.HORIZONS[e.call.horizon]
        assert t.effect == evaluate.judged(model)[t.call].shares
        side = t.later.other if t.was == "the other way" else t.later.own
        assert side == share_at(model, t.call, attributable(model.draws, years, average=True))


def test_compute_by_owner_is_a_branch_that_january_cannot_run(model):
    found = next(o for o in branches.outcomes(model) if o.branch.form == branches.OWNERSHIP)
    assert {t.call for t in found.turns} == {"C13", "C18"}
    january = Model(resolve({"draws": 1024}, vintage="article"))
    assert next(o for o in branches.outcomes(january) if o.branch.form == branches.OWNERSHIP).skipped


def test_what_a_version_turns_is_on_the_edge_and_what_none_turns_only_by_its_probability(model):
    turned = set(branches.turned(model))
    for key, j in evaluate.judged(model).items():
        assert j.edge == (j.near or key in turned), key


# --- could it have been seen? --------------------------------------------------------------------------------------


def test_the_size_that_could_have_been_seen_is_half_the_error_of_past_forecasts_by_hand(model):
    frame = tables.load("forecast_errors")
    found = visible.sizes(model).set_index("call")
    for call, series in (("C01", "nvda_consensus_year_ahead"), ("C05", "meta_capex_guidance")):
        rows = frame[
            frame["series"].eq(series) & frame["horizon_months"].ge(9) & frame["horizon_months"].le(15)
        ]
        half = (sum(x * x for x in rows["error"]) / len(rows)) ** 0.5 / 2
        assert found.loc[call, "size"] == pytest.approx(100 * (np.exp(half / 100) - 1))
        assert found.loc[call, "n"] == len(rows)
    points = frame.loc[frame["series"].eq("eci_naive_12m"), "error"]
    pace = tables.load("capability_gap").set_index("row_id").loc["G45", "value"]
    assert found.loc["C06", "size"] == pytest.approx(np.sqrt((points**2).mean()) / 2 / pace)
    effect = np.abs(evaluate.evaluations(model)["C04"].effect)
    assert found.loc["C04", "p"] == np.mean(effect >= found.loc["C04", "size"])


def test_too_few_outcomes_or_none_yet_give_no_size():
    assert np.isnan(visible.size(np.array([3.0, -3.0, 3.0]), "pp"))
    january = visible.sizes(Model(resolve({"draws": 1024}, vintage="article"))).set_index("call")
    assert pd.isna(january.loc["C06", "p"]), "the pace that it is divided by was not public"


def test_an_unknown_series_is_refused_in_one_line(model, monkeypatch):
    original = tables.load
    bad = original("visible").assign(series="nvda_consensus_year_ahed")
    monkeypatch.setattr(tables, "load", lambda name: bad if name == "visible" else original(name))
    with pytest.raises(DataError, match=r"row 2: saw series .*nearest: nvda_consensus_year_ahead") as told:
        visible.sizes(Model(resolve({"draws": 1024})))
    assert "\n" not in str(told.value)
