"""What differs between two editions: answers that turned, figures that left their interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deepseek_era.figure import Figure, format_figure

OF_EDITIONS = "scorecard.editions."
"""Figures that count what changed between editions: that they differ is no finding."""
Answers = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Turned:
    """An answer that is another one: of a call or claim, to a question."""

    id: str
    question: str
    before: str
    after: str


@dataclass(frozen=True)
class Moved:
    """A figure that left the interval it had; one without an interval, that is written otherwise."""

    id: str
    label: str
    before: str
    after: str


def turned(before: Answers, after: Answers) -> list[Turned]:
    """Return the answers that differ, of calls, claims and questions that both know.

    >>> turned({"C01": {"band": "won"}}, {"C01": {"band": "lost"}})
    [Turned(id='C01', question='band', before='won', after='lost')]
    """
    return [
        Turned(key, question, word, after[key][question])
        for key, words in before.items()
        for question, word in words.items()
        if after.get(key, {}).get(question, word) != word
    ]


def left(before: Figure, after: Figure) -> bool:
    """Return whether a figure left the interval that it had; without one, whether it is written otherwise."""
    if before.value is None or after.value is None or before.low is None or before.high is None:
        return format_figure(before) != format_figure(after)
    return not before.low <= after.value <= before.high


def moved(before: Mapping[str, Figure], after: Mapping[str, Figure]) -> list[Moved]:
    """Return the figures that moved beyond their interval, of those that both editions have in one unit."""
    return [
        Moved(key, after[key].label, format_figure(figure), format_figure(after[key]))
        for key, figure in sorted(before.items())
        if key in after
        and not key.startswith(OF_EDITIONS)
        and figure.unit == after[key].unit
        and left(figure, after[key])
    ]
