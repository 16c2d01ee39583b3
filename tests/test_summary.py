"""The first screen, worded from the run's own verdicts."""

import dataclasses

import pytest

from deepseek_era.book import summary
from deepseek_era.book.document import MatrixRow
from deepseek_era.figure import Figure


def row(key, name, horizon, loser, winner, *, word="for a while", edge=False, one_sided=True):
    article = "winner" if winner > loser else "loser"
    return MatrixRow(
        key,
        name,
        horizon,
        article,
        "none",
        "none",
        "none",
        loser,
        1 - loser - winner,
        winner,
        "1%",
        word,
        "open",
        edge,
        one_sided,
    )


ROWS = (
    row("C01", "Nvidia", "short", 0.95, 0.0),
    row("C02", "OpenAI, Anthropic, Google", "short", 0.9, 0.0, word="yes", edge=True),
    row("C10", "Academic researchers", "short", 0.0, 0.7, one_sided=False),
    row("C14", "OpenAI", "long", 0.2, 0.3, word="too small"),
    row("C21", "Nvidia", "long", 0.4, 0.4, word="cannot be told"),
)
ID = "capacity.jevons.p_compute_rises_long"
CHANCE = {ID: Figure(ID, 0.5, "probability", "modelled", "x")}


def test_the_answer_counts_says_what_weakens_it_and_names_no_call():
    text = summary.answer(ROWS, CHANCE)
    assert text == (
        "R1 moved 3 of the article’s 5 calls the way it says, 2 of them only until rivals would have caught up, 2 of them by "
        "equations that can hardly say otherwise. 1 of these is on the edge. For 1 the effect is too small to matter, 1 "
        "cannot be told and none went the other way. Whether cheaper tokens end in more computing, all uses together, is a "
        "coin toss (50%)."
    )
    assert not any(name in text for name in ("Nvidia", "cademic", "sellers"))


def test_where_everything_is_too_small_the_answer_says_so():
    small = tuple(row(f"C{i}", f"Name {i}", "long", 0.1, 0.1, word="too small") for i in range(10, 13))
    rare = {k: dataclasses.replace(f, value=0.12) for k, f in CHANCE.items()}
    assert summary.answer(small, rare) == (
        "R1 moved none of the article’s 3 calls the way it says. For 3 the effect is too small to matter, none cannot be told "
        "and none went the other way. The chance that cheaper tokens end in more computing, all uses together, is 12%."
    )


def test_what_was_changed_afterwards_stands_on_the_first_screen():
    counts = {"verdicts.changes_turned": 2, "verdicts.branches": 8, "verdicts.branches_turned": 5}
    figures = {k: Figure(k, v, "count", "modelled", k) for k, v in counts.items()}
    begun = "Undoing what was changed after a result had been seen turns 2 calls. "
    assert summary._change_mind([], ROWS, figures, 7).startswith(
        f"{begun}Section 7 lists 8 versions of inputs"
    )
    assert summary._change_mind([], ROWS, figures, None).startswith(f"{begun}The report lists 8 versions")


@pytest.mark.parametrize("logarithmic", [False, True])
def test_a_strip_holds_interval_and_article_in_order(logarithmic):
    figure = Figure("a", 60.0, "USD million", "modelled", "x", 30.0, 140.0)
    low, middle, high, article = summary._scale(figure, (6.0,), logarithmic)
    assert 0 < article < low < middle < high < 1


def test_the_articles_own_numbers_come_from_its_tables():
    assert summary._article_number("F03") == (93.0, "93%")
    assert summary._article_number("C06") == (2.5, "2–3 years")
    assert summary._article_number("") is None
