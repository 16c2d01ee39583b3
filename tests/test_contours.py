"""A formula means the same here and in the page, and a map of contour lines is what its formula says."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepseek_era import charts
from deepseek_era.charts import base
from deepseek_era.charts.base import Control
from deepseek_era.charts.formula import evaluate, vega
from deepseek_era.drawing import svg
from deepseek_era.errors import ModelInputError

FORMULAS = (
    "(1 - edge / 100) * a / b",
    "a ** 2 - -b",
    "pow(a, b) + log(a) * exp(-b) + sqrt(a)",
    "clamp(a / b, 0.5, 2) if a > b else min(a, max(b, 1))",
    "abs(a - b) * 1e-3",
)


def computed_by_vega(expression, values):
    """Return what Vega makes of an expression: a bar of that length, its number in the drawing's label."""
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": [{"n": 0}]},
        "params": [{"name": name, "value": value} for name, value in values.items()],
        "transform": [{"calculate": f"format({expression}, '.12e')", "as": "t"}],
        "mark": "text",
        "encoding": {"text": {"field": "t", "type": "nominal"}},
    }
    text = svg.pen().svg(spec)
    return float(text.split("</text>")[0].rsplit(">", 1)[1].replace("−", "-"))


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_has_the_same_value_here_and_in_vega(formula):
    values = {"a": 2.5, "b": 0.75, "edge": 93.0}
    assert computed_by_vega(vega(formula), values) == pytest.approx(
        float(evaluate(formula, values)), rel=1e-9
    )


@given(st.floats(-9, 9), st.floats(0.1, 9))
def test_a_formula_is_evaluated_over_arrays_and_as_python_would(a, b):
    found = evaluate("(a - 2) / b if a < 1 else a * b", {"a": np.array([a, 5.0]), "b": b})
    assert found == pytest.approx([(a - 2) / b if a < 1 else a * b, 5 * b])


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("a.b", "saw 'a.b', allowed: numbers, names"),
        ("open('x')", "saw \"open('x')\", allowed"),
        ("a if a < b < 1 else 0", "saw 'a < b < 1', allowed"),
        ("a +", "invalid syntax"),
        ("a + c", "c is not among a, b"),
    ],
)
def test_what_is_no_formula_is_refused_in_one_line(formula, reason):
    with pytest.raises(ModelInputError) as error:
        evaluate(formula, {"a": 1.0, "b": 2.0})
    assert reason in str(error.value)
    assert "\n" not in str(error.value)
    if "c is not" not in reason:
        with pytest.raises(ModelInputError, match=r"^formula"):
            vega(formula)


AXES = {
    "x": charts.Axis("Across", domain=(0, 10)),
    "y": charts.Axis("Up", domain=(0, 20)),
}
BANDS = {"low": "s2", "middle": "s3", "high": "s4"}


def hyperbolas(**options):
    """Return a map of x·y: its contour lines are hyperbolas, the higher the value."""
    settings = {"point": ("p", "2 * p"), "values": {"p": 2.0}, "span": (0.5, 10), **AXES, **options}
    return charts.contours("gain * edge / x", [10, 40], BANDS, derived={"gain": "p / 2"}, **settings)


def test_the_bands_of_a_map_tile_the_plot_between_the_lines_of_their_edges():
    frame = hyperbolas().frame.pivot_table(index="x", columns="band", values=["low", "high"])
    assert (frame["low", "low"] == 0).all()
    assert (frame["high", "high"] == 20).all()
    assert np.allclose(frame["high", "low"], np.clip(10 / frame.index, 0, 20))
    assert np.allclose(frame["high", "low"], frame["low", "middle"])
    assert np.allclose(frame["high", "middle"], frame["low", "high"])


def test_a_field_that_falls_upward_has_its_bands_the_other_way_up():
    drawing_ = charts.contours("x / edge", [1, 2], BANDS, point=("1", "1"), **AXES)
    at_end = drawing_.frame[drawing_.frame["x"] == 10].set_index("band")
    assert at_end.loc["low", "high"] == 20
    assert at_end.loc["high", "low"] == 0
    assert at_end.loc["middle", ["low", "high"]].tolist() == [5, 10]


def test_a_band_outside_the_plot_is_neither_in_the_frame_nor_in_the_legend():
    drawing_ = charts.contours("edge + 0 * x", [5, 30], BANDS, point=("1", "1"), **AXES)
    assert set(drawing_.frame["band"]) == {"low", "middle"}
    text = base.svg(drawing_.draw(720))
    assert ">middle<" in text
    assert ">high<" not in text


def test_a_map_with_controls_has_a_live_form_that_names_what_they_move():
    control = Control("p", "A slider", 1, 4, 0.1, 2.0)
    drawing_ = hyperbolas(values={}, controls=[control], readout="{gain:.1f}", contour=10, words="ten")
    assert drawing_.controls == (control,)
    spec = base.specification(drawing_.live())
    found = {p["name"]: p.get("value", p.get("expr")) for p in spec["params"]}
    assert found["p"] == 2
    assert evaluate(found["gain"], {"p": 3.0}) == 1.5
    text = json.dumps(spec)
    for name in BANDS:
        assert name in text
    assert base.svg(drawing_.live()).startswith("<svg")
    assert hyperbolas().live is None


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"x": charts.Axis("Across")}, "x has no domain"),
        ({"point": ("q", "1")}, "q is not among"),
        ({"values": {}}, "p is not among no names"),
    ],
)
def test_a_map_without_what_it_needs_is_refused(options, reason):
    with pytest.raises(ModelInputError, match=reason):
        hyperbolas(**options)


def test_bands_that_do_not_fit_their_edges_are_refused():
    for edges in ([1], [2, 1], []):
        with pytest.raises(ModelInputError, match="allowed: ascending edges and one band more"):
            charts.contours("edge + x", edges, BANDS, point=("1", "1"), **AXES)


def test_other_layers_of_a_plane_stand_on_the_map_in_both_forms():
    seen = charts.points(
        pd.DataFrame({"a": [3.0], "b": [4.0], "name": ["A seen point"]}), "a", "b", label="name"
    )
    control = Control("p", "A slider", 1, 4, 0.1, 2.0)
    drawing_ = charts.contours(
        "p * edge / x",
        [10, 40],
        BANDS,
        seen,
        point=("1", "1"),
        controls=[control],
        span=(0.5, 10),
        cross=True,
        **AXES,
    )
    for chart in (drawing_.draw(720), drawing_.draw(340), drawing_.live()):
        assert "A seen point" in base.svg(chart)


def test_a_field_that_is_not_what_the_contour_lines_say_is_refused():
    controls = [Control(name, name, 0, 10, 0.1, 2.0) for name in ("p", "x", "y")]
    options = {"values": {}, "controls": controls}
    right = charts.Field(lambda p, x, y: x * y / p, across="x", upward="y")
    made = charts.contours(
        "p * edge / x", [10, 20], BANDS, point=("1", "1"), span=(1, 10), field=right, **options, **AXES
    )
    assert made.field is not None
    assert set(made.field["inputs"]) == {"p", "x", "y"}
    wrong = charts.Field(lambda p, x, y: x * y, across="x", upward="y")
    with pytest.raises(ModelInputError, match="both are one quantity"):
        charts.contours(
            "p * edge / x", [10, 20], BANDS, point=("1", "1"), span=(1, 10), field=wrong, **options, **AXES
        )
    unknown = charts.Field(lambda p, x, y: x * y / p, across="x", upward="z")
    with pytest.raises(ModelInputError, match="'z' is none of the controls"):
        charts.contours(
            "p * edge / x", [10, 20], BANDS, point=("1", "1"), span=(1, 10), field=unknown, **options, **AXES
        )
