"""The first screen and the narrative cards: reasons for every call and sign, bands, counts, and what a card says."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepseek_era import parameters, quotes, tables
from deepseek_era.book import bands, card, stories
from deepseek_era.building.rehearse import rehearsed
from deepseek_era.drawing import answers
from deepseek_era.errors import UserError
from deepseek_era.verdicts import came, rule

CALLS = tables.load("calls")["id"].tolist()
REASONS = tables.load("reasons")


def test_every_call_and_consideration_has_a_reason_for_every_sign():
    have = set(zip(REASONS["call_id"], REASONS["sign"], strict=True))
    assert have == {(call, sign) for call in CALLS for sign in bands.SIGNS.values()}


def test_a_reason_holds_no_number_no_name_of_a_parameter_and_nothing_that_the_article_says():
    labels = {row.description.lower() for row in parameters.resolve({}).rows.values()}

    def runs(text, length=5):
        words = re.findall(r"\w+", text.lower())
        return {" ".join(words[i : i + length]) for i in range(len(words) - length + 1)}

    article = {run for text in tables.load("article")["text"] for run in runs(str(text))}
    for text in [*REASONS["reason"], *REASONS["clause"]]:
        assert not re.search(r"\d", text), text
        assert not any(label in text.lower() for label in labels if len(label) > 12), text
        assert not runs(text) & article, text


def test_why_somebody_lost_or_won_is_a_clause_of_a_longer_sentence():
    told = REASONS[REASONS["sign"].isin(["loses", "wins"])]
    for clause in told["clause"]:
        # semicolons part the clauses from each other, and a full stop would end the sentence
        assert not re.search(r"[;:.]|, (?:less|more) ", clause), clause


def test_marks_are_there_for_every_word_of_both_scales():
    assert tuple(answers.CAME_TRUE) == came.CAME_TRUE
    assert set(answers.WAS_IT_R1) == set(rule.WAS_IT_R1)
    assert set(bands.HEADS) == set(bands.SIGNS) == set(rule.BANDS)


@pytest.fixture(scope="module")
def verdicts():
    return rehearsed("winners-losers", draws=16384)


@pytest.fixture(scope="module")
def told(verdicts):
    """Rows and cards of the calls, from the notebooks as they are."""
    settled = rehearsed("scorecard")
    outcomes = {row["id"]: row for row in settled.structured["outcomes"]}
    rows = bands.rows([{**row, **outcomes[row["id"]]} for row in verdicts.structured["calls"]])
    readings = card.by_call(card.each(card.Reading, settled.structured["readings"], "here", "reading"))
    standings = {key: card.Standing(readings=found) for key, found in readings.items()}
    details = card.each(card.Card, verdicts.structured["cards"], "here", "card")
    return rows, stories.stories(rows, details, standings)


def test_every_call_stands_in_one_band_those_on_an_edge_last(told):
    rows, _ = told
    found = bands.bands(rows)
    listed = [row.id for band in found for row in band.rows]
    assert sorted(listed) == sorted(call for call in CALLS if call.startswith("C"))
    for band in found:
        assert [row.edge for row in band.rows] == sorted(row.edge for row in band.rows)
        assert all(row.band == band.key for row in band.rows)


def test_the_four_counts_follow_from_the_two_answers(told):
    rows, _ = told
    calls = [row for row in rows if row.id.startswith("C")]
    moved, lasting, sided, true = bands.counts(rows)
    assert (moved.n, lasting.n, sided.n) == (len(calls), moved.k, moved.k)
    assert moved.k == sum(row.word in ("yes", "for a while") for row in calls)
    assert lasting.k == sum(row.word == "yes" for row in calls)
    assert true.n == sum(row.came != "too early" for row in calls)
    assert all(0 <= count.k <= count.n for count in (moved, lasting, sided, true))


WORD = st.sampled_from(list(answers.WAS_IT_R1))


@given(
    st.lists(st.tuples(st.sampled_from(list(bands.HEADS)), WORD, st.sampled_from(list(answers.CAME_TRUE))))
)
def test_words_for_prose_count_what_the_list_shows(given_rows):
    reason = bands.Reason("why", "why")
    rows = [
        bands.Row(f"X{k:02d}", f"Name {k}", "winner", band, reason, true, None, word, False, False, 0.5)
        for k, (band, word, true) in enumerate(given_rows)
    ]
    words, (moved, lasting, _, true) = bands.words(rows), bands.counts(rows)
    assert len(words["calls"]) == sum(len(words[k]) for k in ("lost", "won", "hardly", "untold"))
    assert (len(words["moved"]), len(words["lasting"])) == (moved.k, lasting.k)
    assert (len(words["came_true"]), len(words["told"])) == (true.k, true.n)
    assert len(words["told"]) == sum(len(words[k]) for k in ("came_true", "in_part", "came_not"))
    assert words["touched"] == [*words["lost"], *words["won"]]
    assert set(words["stays"]) <= set(words["touched"]) & set(words["lasting"])
    assert bool(words["least_sure"]) == bool(words["surely"]) == bool(words["touched"])
    # the opening sentences say why of three losers and of three winners, in the order of the list
    assert (len(words["why_lost"]), len(words["why_won"])) == (
        min(len(words["lost"]), 3),
        min(len(words["won"]), 3),
    )
    assert set(words["in_full"]) <= set(words["came_true"])
    assert set(words["true_and_r1"]) <= set(words["came_true"]) & set(words["moved"])
    assert set(words["part_and_r1"]) <= set(words["in_part"]) & set(words["moved"])


@pytest.mark.bad_input("tables that cannot be right")
def test_a_call_without_a_reason_for_its_sign_is_a_line_with_its_id(monkeypatch):
    row = {
        **dict.fromkeys(("p_loser", "p_winner", "p_small"), 0.5),
        **{"id": "C01", "article_call": "loser", "band": "lost", "was_it_r1": "yes", "came_true": "no"},
        **{"edge": False, "one_sided": False},
    }
    monkeypatch.setattr(bands, "reasons", dict)
    with pytest.raises(UserError) as caught:
        bands.rows([row, {**row, "id": "C02", "band": "won"}])
    assert str(caught.value).splitlines() == [
        "data/reasons.csv: call C01 has no reason for the sign loses",
        "data/reasons.csv: call C02 has no reason for the sign wins",
    ]


def test_every_call_has_a_card_that_a_minute_is_enough_for(told):
    _, found = told
    assert sorted(found) == sorted(CALLS)
    counts = {key: len(story.text.split()) for key, story in found.items()}
    assert {key: n for key, n in counts.items() if not 70 <= n <= 110} == {}
    for key, story in found.items():
        assert not re.search(r"[{}]|\bnan\b", story.text), story.text
        assert story.head.startswith(story.row.name)
        assert not quotes.misquoted(story.quote), key
        for sentence in re.split(
            r"(?<=[.;!?])\s", re.sub(r"\([^)]*\)", "", story.text)
        ):  # a range is read with its number
            assert len(re.findall(r"(?<!R)\d[\d.,]*", sentence)) <= 3, sentence


def test_a_card_says_only_what_is_settled(told, verdicts):
    rows, _ = told
    details = card.each(card.Card, verdicts.structured["cards"], "here", "card")
    nothing = stories.stories([dataclasses.replace(row, came=bands.EARLY) for row in rows], details, {})
    assert {dict(story.lines)["What happened"] for story in nothing.values()} == {"Nothing is settled yet."}
