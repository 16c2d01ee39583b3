"""The first screen, worded from the run's own verdicts."""

import dataclasses
import datetime as dt

from deepseek_era.book import bands, summary
from deepseek_era.figure import Figure


def row(key, word="for a while", *, edge=False, one_sided=True):
    reason = bands.Reason("Why.", "why")
    return bands.Row(key, f"Name of {key}", "winner", "won", reason, "no", None, word, edge, one_sided, 0.9)


ROWS = (
    row("C01"),
    row("C02", "yes", edge=True),
    row("C10", one_sided=False),
    row("C14", "too small"),
    row("C21", "cannot be told"),
    dataclasses.replace(row("A01", "yes"), article=""),
)
ID = "capacity.jevons.p_compute_rises_long"
CHANCE = {ID: Figure(ID, 0.5, "probability", "modelled", "x")}


def test_the_answer_counts_says_what_weakens_it_and_names_no_call():
    text = summary.answer(ROWS, CHANCE)
    assert text == (
        "R1 moved 3 of the article’s 5 calls the way it says, 2 of them only until rivals would have caught up, 2 of them by "
        "equations that can hardly say otherwise. 1 of these is on the edge. For 1 the effect is too small to matter or "
        "for what the article says, 1 cannot be told and none went the other way. Whether cheaper tokens end in more computing, all uses together, is a "
        "coin toss (50%)."
    )
    assert "Name of" not in text


def test_where_everything_is_too_small_the_answer_says_so():
    small = tuple(row(f"C{i}", "too small") for i in range(10, 13))
    rare = {k: dataclasses.replace(f, value=0.12) for k, f in CHANCE.items()}
    assert summary.answer(small, rare) == (
        "R1 moved none of the article’s 3 calls the way it says. For 3 the effect is too small to matter or for what the "
        "article says, none cannot be told and none went the other way. The chance that cheaper tokens end in more computing, all uses together, is 12%."
    )


def test_a_part_of_the_report_says_what_it_is():
    found = summary.build(CHANCE, ROWS, dt.date(2025, 1, 31), "Left out: 02-cost.")
    assert (found.kicker, found.answer) == ("Part of a computed report.", "Left out: 02-cost.")
    whole = summary.build(CHANCE, ROWS, dt.date(2025, 1, 31)).kicker
    assert whole.startswith("We check what an article of this title said in January 2025 of R1")
    assert summary.build(CHANCE, ROWS, dt.date(2025, 3, 1)).kicker == whole.replace(
        "We", "After 1 month we", 1
    )
