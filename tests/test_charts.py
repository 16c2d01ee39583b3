"""Kinds of chart: what they refuse, and that a drawing shows what the table says."""

import math

import pandas as pd
import pytest

from deepseek_era import charts
from deepseek_era.charts import base, scales
from deepseek_era.errors import ModelInputError

PATHS = pd.DataFrame(
    {
        "firm": ["A", "A", "B", "B", "C", "C"],
        "day": ["2025-01-24", "2025-06-30"] * 3,
        "gain": [0.0, 180.0, 0.0, -40.0, 0.0, 2.0],
        "said": ["up"] * 2 + ["down"] * 2 + ["level"] * 2,
    }
)


def lines(part):
    return charts.line(part, "day", "gain")


def texts(drawing, width):
    """Return the texts of a drawing."""
    made = charts.exhibit(drawing, name="a", title="t", subtitle="s", source="q", alt="a")
    spec = base.specification(made.chart(width))
    found = [v.get("text", v.get("t")) for values in spec["datasets"].values() for v in values]
    return spec, [t for t in found if isinstance(t, str)]


@pytest.mark.parametrize("width", [720, 340])
def test_small_multiples_have_a_panel_for_every_category_and_stay_in_the_frame(width):
    drawing = charts.panels(PATHS, "firm", lines, x=charts.Axis(kind="time"), words="said", across=(3, 2))
    spec, said = texts(drawing, width)
    assert spec["width"] + spec["padding"]["left"] + spec["padding"]["right"] == width
    assert [t for t in said if t in ("A", "B", "C")] == ["A", "B", "C"]
    assert {"up", "down", "level"} <= set(said)
    # the first and the last day stand below the panels that nothing stands below
    assert said.count("24 Jan 2025") == (3 if width == 720 else 2)


def test_lines_of_panels_are_named_at_their_ends_where_there_is_room_and_by_a_legend_elsewhere():
    long = PATHS.assign(firm="One", who=PATHS["firm"] + ", a maker of many things")

    def named(part, **options):
        return charts.panels(
            part,
            "firm",
            lambda rows: charts.line(rows, "day", "gain", by="who", ends=True),
            x=charts.Axis(kind="time"),
            across=(1, 1),
            **options,
        )

    def at_the_right(width):
        """Return how many texts stand at pixels right of the middle, each a layer of its own."""
        spec, _ = texts(named(long), width)
        places = [
            layer["encoding"]["x"].get("value", 0)
            for layer in spec["layer"]
            if "x" in layer.get("encoding", {})
        ]
        return sum(place > 0.6 * width for place in places)

    assert (at_the_right(720), at_the_right(340)) == (3, 0)
    # the words of a line of reference stand once, above the first panel
    two = pd.concat([long, long.assign(firm="Two")])
    _, said = texts(named(two, upright=[charts.Reference("2025-03-01", "in March")]), 720)
    assert said.count("in March") == 1


def test_a_layer_of_a_panel_may_be_empty_where_another_has_rows():
    def draw(part):
        return [lines(part), charts.points(part.head(0), "day", "gain")]

    assert texts(charts.panels(PATHS, "firm", draw, x=charts.Axis(kind="time")), 720)[1]


def test_panels_share_their_measure_unless_each_is_free():
    def ranges(**options):
        drawing = charts.panels(PATHS, "firm", lines, x=charts.Axis(kind="time"), **options)
        spec, _ = texts(drawing, 720)
        marks = [layer for layer in spec["layer"] if "layer" in layer]
        return [m["layer"][0]["encoding"]["y"]["scale"]["domain"] for m in marks]

    assert len({tuple(r) for r in ranges()}) == 1
    assert len({tuple(r) for r in ranges(free=True)}) == 3
    own = {"A": charts.Axis(domain=(0, 200)), "B": charts.Axis(domain=(-50, 0)), "C": charts.Axis(zero=True)}
    assert ranges(y=own)[:2] == [[0, 200], [-50, 0]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"panel": "firn"}, r"charts\.panels: the table has no column 'firn' \(nearest: firm\)"),
        ({"words": "sad"}, r"charts\.panels: the table has no column 'sad' \(nearest: said\)"),
        ({"frame": PATHS.head(0)}, r"charts\.panels: the table is empty"),
        (
            {"draw": lambda part: charts.line(part, "day", "gian")},
            r"charts\.panels: the table has no column 'gian' \(nearest: gain\)",
        ),
        ({"y": {"A": charts.Axis(), "B": charts.Axis()}}, r"charts\.panels: y: the table has no column 'C'"),
    ],
)
def test_small_multiples_of_what_is_not_there_are_one_line(change, said):
    asked = {"frame": PATHS, "panel": "firm", "draw": lines, **change}
    with pytest.raises(ModelInputError, match=said) as caught:
        charts.panels(**asked)
    assert len(str(caught.value).splitlines()) == 1


def test_a_symlog_measure_is_linear_about_zero_and_holds_both_sides():
    measure = scales.measure([-50.0, 250.0], wide=True, kind="symlog", bend=20.0, most=6)
    assert measure.domain[0] < -50 < 250 < measure.domain[1]
    assert 0.0 in measure.ticks
    assert min(measure.ticks) < 0 < 100 <= max(measure.ticks)
    near = measure.share(1.0) - measure.share(0.0)
    assert near == pytest.approx(measure.share(0.0) - measure.share(-1.0))
    assert measure.share(2.0) - measure.share(1.0) == pytest.approx(near, rel=0.1)
    # a doubling takes the same room far out
    far = [measure.share(v) for v in (2e4, 4e4, 8e4)]
    assert far[1] - far[0] == pytest.approx(far[2] - far[1], rel=0.01)
    assert math.isclose(measure.share(measure.domain[1]), 1.0)


NEWS = pd.DataFrame(
    {
        "what": ["Tariffs announced in a speech that goes on for more than one line of a phone", "A holiday"],
        "day": ["27 Jan", "20 Jan"],
        "first": [False, False],
        "week": [True, False],
    }
)
WINDOWS = {"first": "[0, 0]", "week": "[0, +5]"}


def test_a_checklist_has_squares_where_it_is_wide_and_names_them_on_a_phone():
    drawing = charts.checklist(NEWS, "what", WINDOWS, lead=["day"], said=("in", "outside every window"))
    spec, said = texts(drawing, 720)
    squares = [layer for layer in spec["layer"] if layer["mark"]["type"] == "square"]
    assert [len(spec["datasets"][layer["data"]["name"]]) for layer in squares] == [1, 3]
    assert {"[0, 0]", "[0, +5]"} <= set(said)
    spec, said = texts(drawing, 340)
    assert spec["width"] + spec["padding"]["left"] + spec["padding"]["right"] == 340
    assert {"in [0, +5]", "outside every window"} <= set(said)
    assert " ".join(t for t in said if t in NEWS["what"][0]) == NEWS["what"][0]
    assert not [layer for layer in spec["layer"] if layer["mark"]["type"] == "square"]


def test_a_checklist_of_what_is_not_there_is_one_line():
    with pytest.raises(
        ModelInputError, match=r"^charts\.checklist: the table has no column 'weak' \(nearest: week\)$"
    ):
        charts.checklist(NEWS, "what", {"weak": "Week"})
    with pytest.raises(ModelInputError, match=r"^charts\.checklist: the table is empty"):
        charts.checklist(NEWS.head(0), "what", WINDOWS)


def test_words_beside_marks_keep_off_the_names_that_stand_above_them_on_a_phone():
    row = pd.DataFrame({"group": ["A group with a name"], "at": [0.0]})
    firms = pd.DataFrame(
        {"group": ["A group with a name"] * 3, "at": [0.0, 0.1, 0.2], "firm": ["AAA", "BBB", "CCC"]}
    )
    drawing = charts.rows(
        row, "group", charts.dot("at", data=firms), charts.words("firm", "at", data=firms), axis="x"
    )
    spec, _ = texts(drawing, 340)
    heights = {
        value["t"]: layer["encoding"]["y"]["value"]
        for layer in spec["layer"]
        for value in spec["datasets"].get(layer.get("data", {}).get("name", ""), [])
        if value.get("t") in ("AAA", "BBB", "CCC")
    }
    assert heights
    middle = 34  # of the marks, in a row of fifty pixels
    assert all(y >= middle - 8 for y in heights.values())


def test_lines_named_at_their_ends_run_through_to_the_names():
    days = pd.DataFrame({"day": ["2023-01-31", "2026-07-31"], "rent": [1.0, 2.0]})
    for ends, touches in ((True, True), (False, False)):
        drawing = charts.plane(
            charts.line(days, "day", "rent", ends="rent" if ends else False), x=charts.Axis(kind="time")
        )
        low, high = base.specification(drawing.draw(340))["layer"][0]["encoding"]["x"]["scale"]["domain"]
        assert ((high["year"], high["month"], high["date"]) == (2026, 7, 31)) == touches
        assert low["year"] == (2023 if touches else 2022)
