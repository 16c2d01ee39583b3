"""The first screen, worded from the run's own verdicts."""

import dataclasses

import pytest

from deepseek_era.figures import Figure
from deepseek_era.publish import summary
from deepseek_era.publish.report import MatrixRow


def row(key, name, horizon, loser, winner):
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
        "Agree",
        "B",
        "open",
    )


ROWS = (
    row("C01", "Nvidia", "short", 0.95, 0.0),
    row("C02", "OpenAI, Anthropic, Google", "short", 0.9, 0.0),
    row("C10", "Academic researchers", "short", 0.0, 0.7),
    row("C14", "OpenAI", "long", 0.2, 0.3),
    row("C21", "Nvidia", "long", 0.4, 0.4),
)
CHANCE = {
    "capacity.jevons.p_backfire_long": Figure(
        "capacity.jevons.p_backfire_long", 0.5, "probability", "modelled", "x"
    )
}


def test_the_answer_names_winners_losers_and_what_is_open():
    assert summary.answer(ROWS, CHANCE) == (
        "Nvidia and the model sellers lose at first; academic researchers win. For 2 of 5 calls the effect is too small or too "
        "close to call; whether cheaper tokens mean more chips is a coin toss (50%)."
    )


def test_the_answer_follows_the_verdicts():
    turned = tuple(dataclasses.replace(r, p_loser=r.p_winner, p_winner=r.p_loser) for r in ROWS)
    text = summary.answer(turned, CHANCE)
    assert text.startswith("Academic researchers lose; Nvidia and the model sellers win at first. ")


def test_a_long_list_is_counted_in_words():
    many = tuple(row(f"C{i}", f"Name {i}", "long", 0.0, 0.99 - i / 100) for i in range(10, 16))
    assert summary.answer(many, {}) == "Name 10, name 11 and four others win; no one clearly loses."


def test_a_stakeholder_on_one_side_at_both_horizons_is_named_once():
    both = (row("C01", "Nvidia", "short", 0.9, 0.0), row("C21", "Nvidia", "long", 0.9, 0.0))
    assert summary.answer(both, {}) == "Nvidia loses throughout; no one clearly wins."


def test_a_stakeholder_that_flips_says_when():
    flip = (row("C01", "Nvidia", "short", 0.9, 0.0), row("C21", "Nvidia", "long", 0.0, 0.9))
    assert summary.answer(flip, {}) == "Nvidia loses at first; Nvidia wins in the long run."


def test_where_nothing_is_decided_the_answer_says_so():
    small = tuple(row(f"C{i}", f"Name {i}", "long", 0.1, 0.1) for i in range(10, 13))
    rare = {k: dataclasses.replace(f, value=0.12) for k, f in CHANCE.items()}
    assert summary.answer(small, rare) == (
        "No one clearly wins or loses. For all 3 calls the effect is too small or too close to call; the chance that cheaper "
        "tokens mean more chips is 12%."
    )


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("right", "right"), ("interim-wrong", "(wrong)"), ("mostly-right", "mostly right"), ("open", "open")],
)
def test_an_interim_outcome_stands_in_brackets(outcome, words):
    assert summary.outcome_words(outcome) == words


@pytest.mark.parametrize("logarithmic", [False, True])
def test_a_strip_holds_interval_and_article_in_order(logarithmic):
    figure = Figure("a", 60.0, "USD million", "modelled", "x", 30.0, 140.0)
    low, middle, high, article = summary._scale(figure, (6.0,), logarithmic)
    assert 0 < article < low < middle < high < 1


def test_the_articles_own_numbers_come_from_its_tables():
    assert summary._article_number("F03") == (93.0, "93%")
    assert summary._article_number("C06") == (2.5, "2–3 years")
    assert summary._article_number("") is None
