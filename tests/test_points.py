"""Where the evidence points: calibrated where the truth is known, the same from either side, and bad rows are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepseek_era import tables
from deepseek_era.errors import DataError
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.verdicts import points

SURPRISES = st.lists(st.floats(-6, 6), min_size=1, max_size=9)


@pytest.fixture(scope="module")
def today():
    return Model(resolve({"draws": 1024}))


def worlds(rng, n, indicators, prior, together):
    """Return true states and surprises of simulated calls: a common shock and one of each indicator's own."""
    truth = rng.choice([1, 0, -1], size=n, p=prior)
    common, own = rng.normal(size=(n, 1)), rng.normal(size=(n, indicators))
    return truth, truth[:, None] + np.sqrt(together) * common + np.sqrt(1 - together) * own


@pytest.mark.parametrize("prior", [(1 / 3, 1 / 3, 1 / 3), (0.65, 0.14, 0.21)])
def test_simulated_winners_with_indicators_that_move_together_get_calibrated_probabilities(prior):
    """The bound on one observation makes the surest answers a little too shy, and none too sure."""
    truth, z = worlds(np.random.default_rng(3), 12000, 6, prior, points.TOGETHER)
    found = [points.states(row, prior) for row in z]
    for state, name in zip((1, 0, -1), points.STATES, strict=True):
        p = np.array([getattr(one, name) for one in found])
        for low, high in ((0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1)):
            held = (p >= low) & (p <= high)
            if held.sum() > 200:
                came, said = (truth[held] == state).mean(), p[held].mean()
                assert abs(came - said) < 0.08, (name, low)
                assert low < 0.5 or came > said - 0.03, (name, low)


def test_taking_dependent_indicators_for_independent_ones_is_overconfident():
    """The damping is what calibrates: without it the same worlds are called too surely."""
    truth, z = worlds(np.random.default_rng(4), 6000, 6, points.EVEN, points.TOGETHER)
    surest = {rho: [points.states(row, together=rho) for row in z] for rho in (0.0, points.TOGETHER)}
    excess = {}
    for rho, found in surest.items():
        named = {1: "towards", 0: "neither", -1: "away"}
        right = np.mean([one.leading == named[t] for one, t in zip(found, truth, strict=True)])
        excess[rho] = np.mean([getattr(one, one.leading) for one in found]) - right
    assert excess[0.0] > 0.1
    assert abs(excess[points.TOGETHER]) < 0.05


def test_no_single_indicator_of_many_moves_a_probability_far():
    _, z = worlds(np.random.default_rng(5), 400, 10, points.EVEN, points.TOGETHER)
    for row in z:
        whole = points.states(row)
        for i in range(len(row)):
            less = points.states(np.delete(row, i))
            assert max(abs(getattr(less, s) - getattr(whole, s)) for s in points.STATES) < 0.15


@settings(max_examples=200, deadline=None)
@given(SURPRISES, st.data())
def test_more_in_favour_never_counts_against(z, data):
    i = data.draw(st.integers(0, len(z) - 1))
    better = list(z)
    better[i] += data.draw(st.floats(0, 5))
    before, after = points.states(z), points.states(better)
    assert after.towards >= before.towards - 1e-12
    assert after.away <= before.away + 1e-12


@settings(max_examples=200, deadline=None)
@given(SURPRISES, st.tuples(*[st.floats(0.01, 1)] * 3))
def test_turning_a_call_around_turns_the_answer_around(z, prior):
    total = sum(prior)
    own = tuple(p / total for p in prior)
    here, there = points.states(z, own), points.states([-x for x in z], own[::-1])
    assert (here.towards, here.neither) == pytest.approx((there.away, there.neither))
    assert here.towards + here.neither + here.away == pytest.approx(1)


@given(st.floats(-50, 50))
def test_one_observation_never_outweighs_its_bound(z):
    found = points.states([z])
    assert max(found.towards, found.away) / found.neither <= 4 + 1e-9


def test_nothing_seen_leaves_the_prior():
    prior = (0.2, 0.5, 0.3)
    found = points.states([], prior)
    assert (found.towards, found.neither, found.away) == pytest.approx(prior)


# ---------------------------------------------------------------- the tables


def rewritten(monkeypatch, name, change):
    load = tables.load

    def changed(asked):
        frame = load(asked)
        return change(frame.copy()) if asked == name else frame

    monkeypatch.setattr(tables, "load", changed)


def test_a_stakeholder_without_surprise_changes_nobody_else(today, monkeypatch):
    before = points.points(today).set_index("id")

    def neutral(frame):
        quiet = frame["call_id"] == "C09"
        frame.loc[quiet, "seen"] = frame.loc[quiet, "expected"]
        return frame

    rewritten(monkeypatch, "evidence_scores", neutral)
    after = points.points(Model(resolve({"draws": 1024}))).set_index("id")
    numbers = ["n", "towards", "neither", "away", "towards_even", "moves"]
    others = before.index != "C09"
    assert after.loc[others, numbers].equals(before.loc[others, numbers])
    assert after.loc["C09", "towards"] < before.loc["C09", "towards"]


def test_base_rates_have_one_vote_a_case_and_leave_ai_out(today):
    rates = points.base_rates(today.facts)
    cases = tables.load("entry_cases")
    for row in rates.itertuples():
        part = cases[(cases["party"] == row.party) & (cases["rate"] == 1) & (cases["ai"] == 0)]
        assert row.cases == part["case"].nunique()
        assert row.won + row.lost + row.no_change == pytest.approx(row.cases)
        assert row.p_won + row.p_lost + row.p_no_change == pytest.approx(1)
        assert row.p_won_low < row.p_won < row.p_won_high


def test_the_two_coders_agree_well_and_not_by_chance(today):
    found = points.agreement(today)
    assert 0.6 < found.kappa < found.alike < 1
    assert points.agreement(Model(resolve({"draws": 1024}, vintage="article"))) is None or found.n > 50


def test_in_january_2025_nothing_has_come_to_be_weighed():
    january = points.points(Model(resolve({"draws": 1024}, vintage="article")))
    late = tables.load("evidence_scores")
    early = late[(late["standing"] == "counts") & (late["as_of"] <= "2025-01-31")]
    assert january["n"].sum() == len(early)
    assert not january["shown"].any()


def test_links_of_first_signs_hold_to_the_table_of_evidence():
    """A first sign is the one of the evidence table, seen from the article's side."""
    links = tables.load("evidence").set_index("evidence_id")
    sides = tables.load("calls").set_index("id")["call"]
    scores = tables.load("evidence_scores")
    coded = scores[scores["sign_first"].notna()]
    assert set(coded["evidence_id"]) == set(links.index)
    changes = tables.load("corrections")
    mended = changes.loc[(changes["table"] == "evidence") & (changes["column"] == "sign"), "key"]
    for row in coded[~coded["evidence_id"].isin(mended)].itertuples():
        good = {"good": 1, "bad": -1, "mixed": 0}[links.loc[row.evidence_id, "sign"]]
        assert row.sign_first == (-good if sides[row.call_id] == "loser" else good), row.evidence_id


FIRST = r"data/evidence_scores.csv row 2 \(C01, E001\)"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"expected": np.nan},
            f"{FIRST}: counts, but has no expected, allowed: a value, or another standing",
        ),
        ({"family": ""}, f"{FIRST}: counts, but has no family"),
        (
            {"sign_first": np.nan, "sign_second": np.nan},
            f"{FIRST}: nobody coded its sign, allowed: sign_first or",
        ),
        ({"spread": 0.0}, f"{FIRST}, column spread: saw 0, allowed: above 0"),
        ({"log": 1.0}, f"{FIRST}: its surprise is taken in logarithms, allowed: seen and expected above 0"),
    ],
)
def test_an_observation_that_cannot_count_is_one_line(monkeypatch, change, message):
    def broken(frame):
        for column, value in change.items():
            frame.loc[frame.index[0], column] = value
        return frame

    rewritten(monkeypatch, "evidence_scores", broken)
    with pytest.raises(DataError, match=message) as told:
        points.check()
    assert "\n" not in str(told.value)


def test_two_rows_of_one_quantity_are_one_line(monkeypatch):
    def doubled(frame):
        frame.loc[frame.index[1], "quantity"] = frame.loc[frame.index[0], "quantity"]
        return frame

    rewritten(monkeypatch, "evidence_scores", doubled)
    with pytest.raises(DataError, match=r"row 3 \(C01, E002\): a second row of 'share price' beside E001"):
        points.check()


def test_every_call_says_where_its_evidence_points_and_whether_that_rests_on_one_observation(today):
    moves = points.points(today).set_index("id")["moves"]
    for call in tables.load("calls")["id"]:
        said = points.words(today, call)
        assert said.endswith(".")
        assert "%" in said
        rests = f"a chance moves by {100 * moves[call]:.0f} points" in said
        assert rests == (moves[call] > points.FAR)
