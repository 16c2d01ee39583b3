"""How numbers are rounded and written."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepseek_era import registry
from deepseek_era.errors import ModelInputError
from deepseek_era.figure import (
    Figure,
    format_difference,
    format_figure,
    format_number,
    ranges,
    true_minus,
    written,
)
from deepseek_era.words import listed


def figure(value, unit="%", kind="modelled", low=None, high=None):
    return Figure("a.b", value, unit, kind, "label", low, high)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (figure(12.04, low=5.2, high=31.4), "12% (5–31%)"),
        (figure(-14.12, kind="observed", low=-18.02, high=-10.21), "−14.1% (−18.0 to −10.2)"),
        (figure(61.7, "USD million", low=24.3, high=191), "$62m ($24–190m)"),
        (figure(1.28, "ratio", low=0.61, high=3.44), "×1.3 (×0.6–3.4)"),
        (figure(0.93, "years"), "0.93 years"),
        (figure(0.004, "probability"), "<1%"),
        (figure(0.995, "probability"), ">99%"),
        (figure(0.68, "probability"), "68%"),
        (figure(70272, "bytes", "published"), "70,272 bytes"),
        (figure(96.35, kind="published"), "96.4%"),
        (figure(3.28e24, "FLOP", "published"), "3.28 × 10²⁴ FLOP"),
        (figure(None), "not yet public"),
        (figure(0.0, low=0.0, high=0.0), "0% (0–0%)"),
        (figure(-5.576, "USD million"), "−$5.6m"),
        (figure(9.96, "%"), "10%"),
    ],
)
def test_a_figure_is_written_as_the_look_asks(made, text):
    assert format_figure(made) == text


def test_a_figure_holds_six_significant_digits():
    made = figure(1.23456789, low=0.123456789, high=123456789.0)
    assert (made.value, made.low, made.high) == (1.23457, 0.123457, 123457000.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", float("nan"), "%", "modelled", "x"), "value is nan"),
        (("a", 1.0, "%", "guessed", "x"), "kind 'guessed'"),
        (("a", 1.0, "%", "modelled", "x", 3.0, 2.0), "low 3.0 is above high 2.0"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(ModelInputError, match=message):
        Figure(*arguments)


def test_draws_give_median_and_percentiles():
    made = Figure.from_draws("a", np.arange(1001), unit="%", label="x")
    assert (made.low, made.value, made.high) == (50.0, 500.0, 950.0)


@given(st.floats(-1e8, 1e8), st.sampled_from(["%", "USD", "ratio", "years", "pp", "USD billion"]))
def test_a_number_never_reads_as_minus_nought(value, unit):
    text = format_number(value, unit)
    assert not (text.startswith("−") and not any(c in "123456789" for c in text))
    assert "nan" not in text


@given(st.floats(1e-3, 1e6))
def test_the_written_value_is_within_its_last_digit(value):
    text = format_number(value, "%", "observed").rstrip("%").replace(",", "")
    assert float(text) == pytest.approx(value, rel=6e-3)


@pytest.mark.parametrize(
    ("words", "most", "text"),
    [
        ([], None, "none"),
        (["a"], None, "a"),
        (["a", "b"], None, "a and b"),
        (["a", "b", "c"], None, "a, b and c"),
        (["a", "b", "c"], 3, "a, b and c"),
        (["a", "b", "c", "d"], 3, "a, b, c and 1 more"),
        (["a", "b", "c"], 1, "a and 2 more"),
        ([], 3, "none"),
    ],
)
def test_words_are_listed_as_in_a_sentence(words, most, text):
    assert listed(words, most) == text


@pytest.mark.parametrize(
    ("difference", "unit", "kind", "text"),
    [
        (-0.36, "probability", "modelled", "−36 points"),
        (-12.4, "%", "modelled", "−12 pp"),
        (0.26, "% of plan", "modelled", "+0.26 pp"),
        (-0.62, "ratio", "modelled", "−0.62"),
        (3, "ratio per year", "modelled", "+3.0"),
        (-2, "count", "modelled", "−2"),
        (5, "USD million", "published", "+$5m"),
        (-5.2, "USD million", "modelled", "−$5.2m"),
        (None, "%", "modelled", "–"),
    ],
)
def test_a_difference_says_points_where_shares_moved(difference, unit, kind, text):
    assert format_difference(difference, unit, kind) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.565, "score", "0.57"), (0.145, "probability", "15%"), (2.5, "year", "2"), (-0.125, "score", "−0.13")],
)
def test_a_number_half_way_is_written_alike_from_a_figure_and_from_a_sum(value, unit, text):
    for seen in (value, value + 1e-12, value - 1e-12, Figure("x", value, unit, "modelled", "").value):
        written = format_number(seen, unit)
        assert written == text or unit == "year"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("-3", "−3"),
        ("1.2 (-3 to 5)", "1.2 (−3 to 5)"),
        ("-1e-05", "−1e-05"),
        ("2025-01-27, pass-through of R-1", "2025-01-27, pass-through of R-1"),
        ("$-4bn", "$−4bn"),
    ],
)
def test_a_hyphen_becomes_a_minus_before_a_number_only(text, written):
    assert true_minus(text) == written


def test_a_column_of_numbers_is_written_as_prose_writes_each_in_its_own_unit():
    table = pd.DataFrame(
        {"v": [12.04, 0.93], "a": [5.2, 0.5], "b": [31.4, 1.2], "its": ["%", "years"], "ratio": [2.0, 3.0]},
        index=[7, 3],
    )
    assert written(table, "v", "its").to_dict() == {7: "12%", 3: "0.93 years"}
    assert ranges(table, "v", "a", "b", "its").to_dict() == {7: "12% (5–31%)", 3: "0.93 years (0.50–1.2)"}
    assert written(table, "ratio", "ratio").tolist() == [
        "×2.0",
        "×3.0",
    ]  # the unit, not the column of that name
    empty = table.head(0)
    assert ("a" + written(empty, "v", "its")).tolist() == []


def test_a_figure_of_a_pattern_has_the_unit_that_its_row_says():
    table = pd.DataFrame(
        {
            "call": ["c01", "c06"],
            "label": ["Nvidia", "AI at large"],
            "variable": ["Revenue", "Time"],
            "unit": ["%", "years"],
            "median": [-5.4, 0.56],
        }
    )
    made = registry.figures_of(table, "verdicts.{call}.impact", "median", sources=())
    assert [(f.id, f.unit, f.label) for f in made] == [
        ("verdicts.c01.impact", "%", "Nvidia: Revenue (Effect)"),
        ("verdicts.c06.impact", "years", "AI at large: Time (Effect)"),
    ]
    one = registry.figure("verdicts.c01.reach", 0.5, words={"label": "Nvidia", "unit": "%"})
    assert one.unit == "ratio"  # said once, in the table of figures
    with pytest.raises(ModelInputError, match="its label or unit asks for 'unit'"):
        registry.figures_of(table.drop(columns="unit"), "verdicts.{call}.impact", "median")
