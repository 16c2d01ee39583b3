"""What opens a report: who said what, its name, and the answer in a few sentences for one without a paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from deepseek_era import tables
from deepseek_era.book import bands
from deepseek_era.book.document import Summary
from deepseek_era.figure import Figure, format_figure
from deepseek_era.verdicts import tally
from deepseek_era.words import counted

TITLE = "Winners & Losers in the DeepSeek Era"
COIN = 0.05  # a probability this near to one half is called a coin toss


def answer(listing: Iterable[bands.Row], figures: Mapping[str, Figure]) -> str:
    """Return the answer in a few short sentences, worded from the verdicts of this run.

    It counts, and names no call: every call that R1 moved rests on an equation that can hardly say otherwise.
    """
    calls = filter(bands.is_call, listing)
    sentences = [tally.sentences(tally.count((row.word, row.edge, row.one_sided) for row in calls))]
    compute = figures.get("capacity.jevons.p_compute_rises_long")
    if compute is not None and compute.value is not None:
        chance = format_figure(compute, "value")
        sentences.append(
            f"Whether cheaper tokens end in more computing, all uses together, is a coin toss ({chance})."
            if abs(compute.value - 0.5) <= COIN
            else f"The chance that cheaper tokens end in more computing, all uses together, is {chance}."
        )
    return " ".join(filter(None, sentences))


def kicker(facts_to: dt.date) -> str:
    """Return who said what and when, and that it is checked after so many months; no months in the article's own.

    >>> kicker(dt.date(2026, 11, 28))[:24]
    'After 22 months we check'
    """
    months = round((facts_to - tables.ARTICLE_VINTAGE).days * 12 / 365.25)
    checked = f"After {counted(months, 'month', 'months')} we" if months > 0 else "We"
    return (
        f"{checked} check what an article of this title said in {tables.ARTICLE_VINTAGE:%B %Y} of R1, the free model "
        "of China’s DeepSeek."
    )


def build(
    figures: Mapping[str, Figure], listing: Iterable[bands.Row], facts_to: dt.date, part: str = ""
) -> Summary:
    """Return what opens a run; a part of the report, which `part` describes, says so."""
    opens = "Part of a computed report." if part else kicker(facts_to)
    return Summary(opens, TITLE, part or answer(listing, figures))
