"""Widths of table columns: shares that sum to one, whole words, rows no higher than the weights alone would give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepseek_era.pages import columns

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=9), max_size=12).map(" ".join)


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[tuple[str, ...], ...], tuple[float, ...]]:
    """Draw the rows of a table and the weights of its columns."""
    n = draw(st.integers(1, 5))
    rows = draw(st.lists(st.tuples(*[WORDS] * n), min_size=1, max_size=6))
    weights = draw(st.tuples(*[st.floats(0.2, 4)] * n))
    return tuple(rows), weights


def _height(rows: tuple[tuple[str, ...], ...], widths: list[int]) -> int:
    return sum(
        max(columns._lines(text, width - columns.GAP) for text, width in zip(row, widths, strict=True))
        for row in rows
    )


@given(tables())
def test_shares_sum_to_one_and_hold_every_word(
    table: tuple[tuple[tuple[str, ...], ...], tuple[float, ...]],
) -> None:
    rows, weights = table
    n = len(weights)
    shares = columns.fitted(rows, ("head",) * n, ("text",) * n, weights)
    assert sum(shares) == pytest.approx(1)
    for share, texts in zip(shares, zip(*rows, strict=True), strict=True):
        longest = max((len(word) for text in texts for word in text.split()), default=0)
        assert share * columns.LETTERS >= longest + columns.GAP - 1e-9


@given(tables())
def test_rows_stand_no_higher_than_at_the_widths_asked_for(
    table: tuple[tuple[tuple[str, ...], ...], tuple[float, ...]],
) -> None:
    rows, weights = table
    n = len(weights)
    shares = columns.fitted(rows, ("head",) * n, ("text",) * n, weights)
    asked = [round(columns.LETTERS * weight / sum(weights)) for weight in weights]
    if sum(asked) <= columns.LETTERS and all(width >= 9 + columns.GAP for width in asked):
        assert _height(rows, [round(share * columns.LETTERS) for share in shares]) <= _height(rows, asked)


def test_a_column_of_short_words_gives_room_to_a_long_text() -> None:
    text = "a long sentence that needs several lines when its column is narrow; " * 3
    wide, narrow = columns.fitted(((text, "no"),) * 3, ("What", "Moved"), ("text", "text"), (1.0, 1.0))
    assert wide > 0.6
    assert narrow * columns.LETTERS >= len("Moved") + columns.GAP


def test_a_number_with_its_interval_stays_on_one_line_and_a_strip_stays_readable() -> None:
    number = "0.062 years (−0.004 to 0.15)"
    text = "words " * 60
    shares = columns.fitted(
        ((number, "", text),), ("Median", "Odds", "Why"), ("number", "strip", "text"), (0.2, 1.0, 5.0)
    )
    assert shares[0] * columns.LETTERS >= len(number) + columns.GAP - 1e-9
    assert shares[1] * columns.LETTERS >= columns.STRIP - 1e-9


def test_a_table_without_rows_keeps_its_weights() -> None:
    assert columns.fitted((), ("One", "Two"), ("text", "text"), (1.0, 3.0)) == pytest.approx(
        (0.25, 0.75), abs=0.01
    )
