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
        "Academic researchers win. Nvidia at first and the model sellers at first lose. For 2 of 5 calls the effect is too "
        "small or too close to call: that cheaper tokens end in more chips has a chance of 50%."
    )


def test_the_answer_follows_the_verdicts():
    turned = tuple(dataclasses.replace(r, p_loser=r.p_winner, p_winner=r.p_loser) for r in ROWS)
    text = summary.answer(turned, CHANCE)
    assert "Nvidia at first and the model sellers at first win." in text
    assert "Academic researchers lose." in text


def test_a_long_list_is_counted():
    many = tuple(row(f"C{i}", f"Name {i}", "long", 0.0, 0.99 - i / 100) for i in range(10, 16))
    assert summary.answer(many, {}).startswith("Name 10, name 11 and 4 more win.")


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
