"""Did it come true? The five words, what they depend on, and a second reader's rules."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepseek_era.building.rehearse import rehearsed
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.verdicts import came, scorecard, settlement

STATUS = st.sampled_from(sorted(settlement.STATES))
SHORT, LONG = "2026-01-27", "2028-01-27"


@pytest.fixture(scope="module")
def today():
    return Model(resolve({"draws": 1024}))


@pytest.mark.parametrize(
    ("statuses", "word", "remark"),
    [
        (["right", "right"], "yes", ""),
        (["right", "mixed"], "mostly", ""),
        (["right", "open"], "mostly", "one reading"),
        (["right", "wrong"], "partly", ""),
        (["mixed", "mixed"], "partly", ""),
        (["mixed", "open"], "partly", "one reading"),
        (["wrong", "mixed"], "no", ""),
        (["wrong", "wrong"], "no", ""),
        (["wrong", "repeated"], "no", "one reading"),
        (["unresolved", "wrong"], "no", "one reading"),
        (["status-quo", "conditional"], "too early", "not settled"),
        (["open", "open"], "too early", "not settled"),
    ],
)
def test_two_readings_make_one_word_once_the_horizon_has_ended(statuses, word, remark):
    for given_ in (statuses, statuses[::-1]):
        found = came.judge(given_, ended=True)
        assert (found.word, found.remark) == (word, remark)


@pytest.mark.parametrize(
    ("statuses", "remark"),
    [
        (["interim-right", "open"], "so far right"),
        (["interim-right", "interim-wrong"], "so far undecided"),
        (["status-quo", "interim-wrong"], "so far wrong"),
        (["open", "conditional"], ""),
    ],
)
def test_before_its_horizon_ends_a_call_is_too_early_to_tell_whatever_stands(statuses, remark):
    found = came.judge(statuses, ended=False)
    assert (found.word, found.remark) == ("too early", remark)


@given(st.lists(STATUS, min_size=1, max_size=2), st.booleans())
def test_turning_the_article_round_turns_right_and_wrong_and_leaves_what_lies_between(statuses, ended):
    """What was right of a call is wrong of its opposite: the mean changes its sign, and nothing else does."""
    turn = {
        "right": "wrong",
        "wrong": "right",
        "interim-right": "interim-wrong",
        "interim-wrong": "interim-right",
    }
    found = came.judge(statuses, ended=ended)
    other = came.judge([turn.get(s, s) for s in statuses], ended=ended)
    opposite = {"yes": {"no"}, "mostly": {"no"}, "no": {"yes", "mostly"}}
    assert other.word in opposite.get(found.word, {found.word})
    assert (other.readings, other.mean) == (found.readings, None if found.mean is None else -found.mean)


@given(st.floats(-10, 10), st.floats(-5, 0), st.floats(0.1, 5))
def test_a_reading_of_the_opposite_call_has_the_opposite_status(value, low, high):
    right, wrong = f">= {high:.3f}", f"<= {low:.3f}"
    turn = {"right": "wrong", "wrong": "right", "mixed": "mixed"}
    assert settlement.judge(value, wrong, right) == turn[settlement.judge(value, right, wrong)]


@given(st.lists(STATUS, min_size=2, max_size=2), st.dates(dt.date(2025, 1, 1), dt.date(2029, 1, 1)))
def test_only_readings_that_count_and_the_date_make_the_word(statuses, day):
    """Readings that say nothing may be left out, and nothing else in the row matters."""
    rows = pd.DataFrame({"call_id": "C99", "status": statuses, "public": "2025-06-30"})
    found = came.of_readings(rows, {"C99": SHORT}, day)["C99"]
    said = rows[settlement.counts(rows["status"])]
    if len(said):
        more = said.assign(public="2025-07-01", threshold_right="> 9", article_call="winner")
        again = came.of_readings(more, {"C99": SHORT}, day)["C99"]
        assert (again.word, again.mean, again.readings) == (found.word, found.mean, found.readings)
    assert (found.word == "too early") == (day.isoformat() <= SHORT or not len(said))
    assert came.of_readings(rows, {"C99": LONG}, dt.date(2028, 1, 27))["C99"].word == "too early"


def test_the_short_calls_have_the_words_of_their_readings_and_the_long_ones_are_too_early(today):
    """The record, by hand: right 1, mixed 0, wrong -1, and the mean of those that count."""
    said = {call: found.word for call, found in came.words(today).items()}
    assert {c for c, w in said.items() if w == "mostly"} == {"C09", "C11"}
    assert {c for c, w in said.items() if w == "partly"} == {"C01", "C02", "C04", "C08", "C10", "C12"}
    assert {c for c, w in said.items() if w == "no"} == {"C03", "C05", "C06", "C07"}
    assert {c for c, w in said.items() if w == "too early"} >= {f"C{n}" for n in range(13, 23)}
    assert "yes" not in said.values()
    alone = {c for c, found in came.told(came.words(today)).items() if found.remark == "one reading"}
    assert alone == {"C06", "C07", "C08"}


def test_the_words_are_the_same_whatever_the_model_believes(today):
    other = Model(resolve({"draws": 1024, "elasticity_long": 0.5, "catch_up": 0.9, "seed": 7}))
    assert came.words(other) == came.words(today)


def test_words_come_with_the_date_and_are_never_taken_back_to_too_early():
    before: set[str] = set()
    for day in ("2025-01-31", "2026-01-27", "2026-01-28", "2026-06-30", "2026-11-23"):
        now = set(came.told(came.words(Model(resolve({"draws": 1024}, vintage=day)))))
        assert before <= now
        assert now or day <= SHORT
        before = now


def test_the_figures_of_the_words_add_up_to_the_calls(today):
    counted = came.figures(came.words(today))
    assert sum(counted.values()) == scorecard.number_of_calls()
    recorded = rehearsed("scorecard").figures
    assert {key: recorded[key].value for key in counted} == counted


def test_a_title_counts_the_calls_whose_date_has_come(today):
    assert came.head(came.words(today)) == (
        "Of 12 calls whose date has come two came mostly true, six came true in part and four did not"
    )


def test_a_second_reader_is_named_only_where_he_says_something_else(today):
    mine = came.judge(["right", "wrong"], ended=True)
    assert came.other_reader(mine, came.judge(["mixed"], ended=True)) == ""
    assert came.other_reader(mine, came.judge(["wrong"], ended=True)) == "no"
    assert came.other_reader(mine, None) == ""
    early = came.judge(["interim-wrong"], ended=False)
    assert came.other_reader(early, came.judge(["interim-right"], ended=False)) == "so far right"
    assert came.other_reader(early, came.judge(["open"], ended=False)) == "nothing so far"
    # three of the calls, each by hand from the second reader's two readings
    second = came.second_words(today)
    assert (second["C01"].word, second["C07"].word, second["C12"].word) == ("no", "mostly", "partly")


def test_a_second_reading_counts_from_the_day_it_was_public():
    early = Model(resolve({"draws": 1024}, vintage="2026-01-28"))
    assert scorecard.second_rules(early).set_index(["call_id", "reading"])["status"]["C01", "b"] == "open"
    assert came.second_words(early)["C04"].readings == 1  # the catalogue of March 2025, not yet growth


def test_the_table_of_calls_gains_the_word_and_what_stands_beside_it(today):
    table = came.table(today).set_index("id")
    assert table.loc["C08", ["came_true", "came_true_note", "came_true_second"]].tolist() == [
        "partly",
        "one reading",
        "no",
    ]
    assert table.loc["C20", "came_true_note"] == "so far undecided"
    assert table.loc[["C17", "C19", "C01"], "p_today"].isna().all()
    assert table.loc["C21", "p_today"] > 0.5
