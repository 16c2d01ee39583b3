"""The cross of "did it come true?" and "was it R1?": one cell a call, one tally for every title and sentence."""

import dataclasses
import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepseek_era.building.rehearse import rehearsed
from deepseek_era.verdicts import came, cross, rule, scorecard, tally
from deepseek_era.verdicts.evaluate import calls

IDS = [call.id for call in calls() if call.id.startswith("C")]


@pytest.mark.parametrize(
    ("came_true", "was_it_r1", "horizon", "cell"),
    [
        ("yes", "yes", "short", "right_and_r1"),
        ("mostly", "for a while", "short", "right_and_r1"),
        ("yes", "yes", "long", "right_and_r1"),
        ("mostly", "for a while", "long", "right_other_reasons"),  # gone by the date that the call speaks of
        ("mostly", "too small", "short", "right_other_reasons"),
        ("yes", "the other way", "short", "right_other_reasons"),
        ("yes", "cannot be told", "short", "right_unclear"),
        ("partly", "for a while", "short", "partly_and_r1"),
        ("partly", "for a while", "long", "partly_not_r1"),
        ("partly", "cannot be told", "short", "partly_not_r1"),
        ("no", "yes", "short", "wrong"),
        ("too early", "yes", "long", "too_early"),
    ],
)
def test_where_a_call_stands(came_true, was_it_r1, horizon, cell):
    assert cross.cell(came_true, was_it_r1, horizon) == cell


def test_every_pair_of_answers_has_a_cell():
    pairs = product(came.CAME_TRUE, rule.WAS_IT_R1, ("short", "long"))
    assert {cross.cell(*pair) for pair in pairs} == set(cross.CELLS)


@st.composite
def answers(draw):
    """Return two answers for every call."""
    words = [
        draw(st.lists(st.sampled_from(scale), min_size=len(IDS), max_size=len(IDS)))
        for scale in (came.CAME_TRUE, rule.WAS_IT_R1)
    ]
    return tuple(dict(zip(IDS, given_, strict=True)) for given_ in words)


@settings(max_examples=30)
@given(answers())
def test_cells_and_figures_add_up_to_the_calls_whatever_the_answers(both):
    crossed = cross.cross(*both)
    counted = cross.tally(crossed)
    assert counted.total == len(IDS) == scorecard.number_of_calls()
    assert sum(dataclasses.astuple(counted)) == len(IDS)
    assert sum(cross.figures(crossed).values()) == len(IDS)


@settings(max_examples=30)
@given(answers())
def test_sentences_and_title_say_the_tally_and_nothing_else(both):
    t = cross.tally(cross.cross(*both))
    said = f"{cross.head(t)}. {cross.sentences(t)}".lower().replace("r1", "")
    numbers = {tally.in_words(n) for n in dataclasses.astuple(t) if n} | {str(t.total)}
    numbers |= {tally.in_words(n) for n in (t.right, t.partly) if n}
    spelled = {tally.in_words(n) for n in range(1, 23)}
    found = {w for w in re.findall(r"[a-z]+|\d+", said) if w in spelled or w.isdigit()}
    assert found <= numbers


def test_the_sentences_read_aloud():
    t = cross.Tally(1, 1, 0, 5, 1, 4, 10)
    assert cross.sentences(t, one_sided=5) == (
        "Of the article’s 22 calls two came true, in full or mostly: one because of R1 and one for other reasons. Six came "
        "true in part, and in five of them R1 had a hand, if only for a while. The equations behind five of these can hardly "
        "come out the other way. Four came out wrong, and for ten it is too early to tell."
    )
    assert cross.sentences(cross.Tally(0, 0, 0, 0, 0, 0, 22)) == "Of all 22 calls it is too early to tell."
    assert cross.head(t).startswith("Of 22 calls one came true because of R1, five in part")


def test_a_call_without_an_answer_is_no_cell():
    with pytest.raises(KeyError, match="C01"):
        cross.cross({}, dict.fromkeys(IDS, "yes"))


def test_the_report_shows_each_call_once_and_counts_what_it_shows():
    session = rehearsed("scorecard")
    rows = session.structured["cross"]
    assert [row["id"] for row in rows] == IDS
    figures = {key: session.figures[key].value for key in session.figures if key.startswith("verdicts.")}
    assert figures["verdicts.partly_and_r1"] == sum(row["cell"] == "partly_and_r1" for row in rows)
    shown = session.exhibits["scorecard-cross"]
    cells = shown.data.drop(columns="came_true").to_numpy().ravel()
    names = [name for cell in cells if cell != "–" for name in cell.split("; ")]
    assert len(names) == len(set(names)) == len(IDS)
    assert sum(name.endswith(" (edge)") for name in names) == sum(row["edge"] for row in rows)
