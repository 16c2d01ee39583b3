"""How wide the columns of a table stand: as its texts need, so that rows are low and words stay whole."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from deepseek_era.charts.base import Column

LETTERS = 106  # of a table's type on one line of the page; the small type of the paper holds more
GAP = 2  # letters between two columns
LONGEST_WORD = 12  # letters; a longer word may ask its column for more than this, and break on paper
LONGEST_NAME = 17  # the same in the first column, which names the row
LONGEST_NUMBER = 30  # letters of a number with its interval that stay on one line
STEPS = (16, 8, 4, 2, 1)
ROUNDS = 40
DRAWN = ("glyph", "strip")
"""Kinds of column whose cells are drawn and hold no text."""
STRIP = 10  # letters that a strip of probabilities takes at least


def shares(
    columns: Sequence[Column], texts: Sequence[Sequence[str]], letters: int = LETTERS
) -> tuple[float, ...]:
    """Return the shares of the width that a table exhibit's declared columns take with these texts; see `fitted`."""
    return fitted(
        tuple(map(tuple, texts)),
        tuple(c.header for c in columns),
        tuple("number" if c.align == "right" else c.kind for c in columns),
        tuple(max(float(c.weight), 0.2) for c in columns),
        letters,
    )


def _lines(text: str, room: int) -> int:
    """Return how many lines a text takes in a column of so many letters, broken between words."""
    lines, used = 1, 0
    for word in text.split():
        length = min(len(word), room) if len(word) <= LONGEST_WORD else len(word) % room or room
        if used and used + 1 + length > room:
            lines, used = lines + 1, length
        else:
            used += length + (used > 0)
    return lines


def _least(kind: str, head: str, texts: Sequence[str], longest: int) -> int:
    """Return the fewest letters a column can stand in: its longest word, or its longest number."""
    words = [min(len(word), longest) for text in (head, *texts) for word in text.split()]
    if kind == "number":
        words += [min(len(text), LONGEST_NUMBER) for text in texts]
    return max([*words, 3]) + GAP


@functools.lru_cache(maxsize=512)
def fitted(
    rows: tuple[tuple[str, ...], ...],
    heads: tuple[str, ...],
    kinds: tuple[str, ...],
    weights: tuple[float, ...],
    letters: int = LETTERS,
) -> tuple[float, ...]:
    """Return shares of the width, one a column and one in sum, at which the rows stand lowest.

    Letters are moved between columns, from the widths that the weights ask for, as long as the rows get lower. No
    column falls below its longest word or number, or below what a strip needs to be read.

    Parameters
    ----------
    rows, heads
        The texts, one a column; empty where a cell is drawn.
    kinds
        As `exhibits.base.Column.kind`: text, number, glyph or strip.
    weights
        The widths asked for, in any unit.
    letters
        How many letters one line of the whole table holds.
    """
    total = sum(weights) or 1.0
    asked = [letters * weight / total for weight in weights]
    columns = list(zip(*rows, strict=True)) or [()] * len(weights)
    least = [
        max(
            _least(kind, head, texts, LONGEST_NAME if i == 0 else LONGEST_WORD),
            min(round(ask), STRIP) if kind == "strip" else 0,
        )
        for i, (kind, head, texts, ask) in enumerate(zip(kinds, heads, columns, asked, strict=True))
    ]
    if sum(least) >= letters:
        return tuple(width / sum(least) for width in least)
    widths = [max(round(ask), low) for ask, low in zip(asked, least, strict=True)]
    while sum(widths) > letters:
        spare = max(range(len(widths)), key=lambda i: widths[i] - least[i])
        widths[spare] -= 1
    widths[max(range(len(widths)), key=lambda i: widths[i])] += letters - sum(widths)

    @functools.cache
    def lines(column: int, width: int) -> np.ndarray:
        return np.array([_lines(text, width - GAP) for text in columns[column]], dtype=int)

    def height(trial: Sequence[int]) -> int:
        return int(np.max([lines(i, width) for i, width in enumerate(trial)], axis=0).sum())

    best = height(widths)
    every = range(len(widths))
    for _ in range(ROUNDS if best > len(rows) else 0):
        trials = []
        for step in STEPS:
            for giver in every:
                if widths[giver] - step < least[giver]:
                    continue
                for taker in every:
                    if taker != giver:
                        trial = list(widths)
                        trial[giver] -= step
                        trial[taker] += step
                        trials.append((height(trial), step, giver, taker, trial))
        lowest = min(trials, default=None)
        if lowest is None or lowest[0] >= best:
            break
        best, widths = lowest[0], lowest[4]
    return tuple(width / letters for width in widths)
