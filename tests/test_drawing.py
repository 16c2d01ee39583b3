"""Charts drawn beside the notebooks: the same drawings, whoever makes them and in whatever order."""

import json
import re

import altair as alt
import nbformat
import numpy as np
import pandas as pd
import pytest
from altair.utils import schemapi
from hypothesis import given, settings
from hypothesis import strategies as st
from test_execute import notebook

from deepseek_era.building import execute, kept_drawings
from deepseek_era.building.drawers import Drawers, is_pending
from deepseek_era.charts import base, marks, theme, trust
from deepseek_era.drawing import fonts, svg
from deepseek_era.errors import ModelInputError, NotebookError

CLIPPED = {
    "mark": {"type": "line", "clip": True},
    "data": {"values": [{"a": 1, "b": 2}, {"a": 2, "b": 1}]},
    "encoding": {
        "x": {"field": "a", "type": "quantitative"},
        "y": {"field": "b", "type": "quantitative"},
    },
}
SHOW = """
import pandas as pd, altair as alt
from deepseek_era.charts.base import Exhibit
from deepseek_era.notebook import show
data = pd.DataFrame({"a": [1, 2], "b": [2.0, 1.0]})
def chart(width):
    return alt.Chart(data, width=width - 60, height=100).mark_line(clip=True).encode(x="a:Q", y="b:Q")
show(Exhibit("an-exhibit", "A title", "a measure", "a source", "a line", data, chart=chart))
"""


@pytest.fixture
def trusting(monkeypatch):
    """Return `trust_charts`, undone afterwards."""
    monkeypatch.setattr(schemapi, "DEBUG_MODE", True)
    monkeypatch.setattr(schemapi, "_deep_copy", schemapi._deep_copy)
    monkeypatch.setattr(schemapi.SchemaBase, "from_dict", schemapi.SchemaBase.__dict__["from_dict"])
    theme.enable()
    before = alt.data_transformers.active
    yield trust.trust_charts
    alt.data_transformers.enable(before)


def drawings(document):
    for cell in document.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/svg+xml" in data:
                yield data["image/svg+xml"], data[base.MIME]["svg_narrow"]


def test_ids_in_a_drawing_do_not_tell_what_was_drawn_before():
    first = svg.pen().draw(json.dumps(CLIPPED))
    assert first == svg.pen().draw(json.dumps(CLIPPED))
    assert re.findall(r'id="(clip\d+)"', first) == re.findall(r"url\(#(clip\d+)\)", first) == ["clip1"]


def test_coordinates_are_shortened_and_numbers_that_are_read_are_not():
    drawn = '<g transform="translate(1.23456,7.0001)"><text>≤0.004</text><text>0.001 to 0.12345</text></g>'
    assert svg.tidy(drawn) == (
        '<g transform="translate(1.23,7)"><text>≤0.004</text><text>0.001 to 0.12345</text></g>'
    )


def test_text_that_looks_like_an_id_is_left_alone():
    spec = {**CLIPPED, "title": "clip7) and #clip9"}
    assert "clip7) and #clip9" in svg.pen().draw(json.dumps(spec))


def test_a_notebooks_drawings_are_those_of_any_process(tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_ERA_FORK", "1")  # test_notebooks has those of kernels that are not forked
    (ran,) = execute.run_notebooks([notebook(tmp_path, "01-n", SHOW)], {"seed": 1})
    ((wide, narrow),) = drawings(ran.document)
    assert wide.startswith("<svg")
    assert narrow.startswith("<svg")
    assert [re.search(r'width="(\d+)', drawn).group(1) for drawn in (wide, narrow)] != []
    # pinned to what is drawn here, in this process
    data = pd.DataFrame({"a": [1, 2], "b": [2.0, 1.0]})
    chart = alt.Chart(data, width=660, height=100).mark_line(clip=True).encode(x="a:Q", y="b:Q")
    assert wide == base.svg(chart)


def test_narrow_drawings_wait_until_all_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_ERA_FORK", "1")
    with Drawers(2) as drawers:
        (ran,) = execute.run_notebooks([notebook(tmp_path, "01-n", SHOW)], {"seed": 1}, drawers=drawers)
        drawers.finish([ran.document], wide_only=True)
        ((wide, narrow),) = drawings(ran.document)
        assert wide.startswith("<svg")
        assert is_pending(narrow)
        assert is_pending(drawers.drawn(narrow))
        drawers.finish([ran.document])
        ((_, made),) = drawings(ran.document)
        assert made.startswith("<svg")
        assert drawers.drawn(narrow) == made


@pytest.mark.parametrize("damage", [None, "half", "other", "version", "gone"])
def test_what_an_earlier_build_drew_is_taken_only_if_it_is_whole(tmp_path, monkeypatch, damage):
    monkeypatch.setenv("DEEPSEEK_ERA_FORK", "1")
    warns = SHOW.replace('x="a:Q"', 'x=alt.X("a:Q", scale=alt.Scale(type="log", zero=True))')
    path = notebook(tmp_path, "01-n", warns)

    def made():
        with Drawers(1) as drawers:
            drawers.kept = tmp_path / "kept"
            ran = execute.run_notebooks([path], {"seed": 1}, drawers=drawers)
            drawers.finish(item.document for item in ran)
            return list(drawings(ran[0].document)), drawers.warnings, len(drawers._processes)

    before, told, started = made()
    files = sorted((tmp_path / "kept").iterdir())
    assert (len(files), started) == (2, 1)
    if damage == "version":
        monkeypatch.setattr(kept_drawings, "_drawn_with", lambda: b"another converter")
    for file in files:
        text = file.read_text(encoding="utf-8")
        if damage == "half":
            file.write_text(text[: len(text) // 2], encoding="utf-8")
        elif damage == "other":
            file.write_text(text.replace("<svg", "<SVG", 1), encoding="utf-8")
        elif damage == "gone":
            file.unlink()
    # the same drawings and warnings; a process that draws starts only where something is to be drawn
    assert made() == (before, told, 1 if damage else 0)


def test_a_chart_that_cannot_be_drawn_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_ERA_FORK", "1")
    # the schema allows any expression; Vega does not
    bad = SHOW.replace('y="b:Q")', 'y="b:Q").transform_calculate(c="datum.(")')
    with pytest.raises(NotebookError) as caught:
        execute.run_notebooks([notebook(tmp_path, "01-n", bad)], {"seed": 1})
    assert "notebooks/01-n.ipynb, cell cell-0: its chart cannot be drawn: " in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_vega_lite_warns_of_is_told_with_its_place(tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_ERA_FORK", "1")
    dropped = SHOW.replace('x="a:Q"', 'x=alt.X("a:Q", scale=alt.Scale(type="log", zero=True))')
    with Drawers(1) as drawers:
        ran = execute.run_notebooks([notebook(tmp_path, "01-n", dropped)], {"seed": 1}, drawers=drawers)
        drawers.finish(item.document for item in ran)
        # wide and narrow have the same to tell: once
        (warning,) = drawers.warnings
    assert warning.startswith("notebooks/01-n.ipynb, cell cell-0: its chart: ")
    assert "zero" in warning
    assert len(warning.splitlines()) == 1


def test_a_drawing_process_that_dies_is_one_line():
    cell = nbformat.v4.new_code_cell("", id="c")
    text = svg.PENDING + json.dumps(CLIPPED)
    data = {"image/svg+xml": text, base.MIME: {"svg_narrow": text}}
    cell.outputs = [nbformat.v4.new_output("display_data", data=data)]
    document = nbformat.v4.new_notebook(cells=[cell])
    with Drawers(1) as drawers:
        drawers.start()
        drawers._processes[0].kill()
        drawers._processes[0].join()

        def draw():
            drawers.add("01-n", document)
            drawers.finish([document])

        with pytest.raises(NotebookError, match=r"^notebooks/01-n\.ipynb, cell c: the process that .* died$"):
            draw()


def test_a_slip_in_a_chart_is_told_in_altairs_words_where_charts_are_trusted(trusting):
    trusting()
    chart = alt.Chart(pd.DataFrame({"a": [1]})).mark_point(sze=3).encode(x="a:Q")
    with pytest.raises(schemapi.SchemaValidationError, match="sze"):
        trust.specification(chart)


CELLS = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.none())


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(CELLS, st.integers(-(2**53), 2**53), st.booleans(), st.one_of(st.text(), st.none()))),
)
def test_a_table_becomes_the_values_that_altair_makes_of_it(rows):
    frame = pd.DataFrame(rows, columns=["number", "count", "truth", "text"])
    frame = frame.astype({"number": "float64", "count": "int64", "truth": "bool", "text": "str"})
    assert trust.plain_values(frame) == alt.to_values(frame)


def test_dates_are_left_to_altair():
    frame = pd.DataFrame({"day": pd.to_datetime(["2025-01-27"]), "move": [np.float64(-17.0)]})
    assert trust.plain_values(frame) == alt.to_values(frame)
    assert trust.plain_values(frame)["values"][0]["day"].startswith("2025-01-27T")


def test_the_colours_of_winning_and_losing_are_refused_in_a_chart_that_shows_neither():
    data = pd.DataFrame({"a": [1], "b": [2.0]})

    def exhibit(token, **more):
        def chart(width):
            return (
                alt.Chart(data, width=width, height=50)
                .mark_bar(color=theme.TOKENS[token])
                .encode(x="a:Q", y="b:Q")
            )

        return base.Exhibit("bars", "A title", "a measure", "a source", "bars", data, chart=chart, **more)

    for token in theme.SIDE_TOKENS:
        with pytest.raises(
            ModelInputError,
            match=f"^exhibit bars: its chart has the colour {token}, allowed: only with sides",
        ):
            base.payload(exhibit(token))
        assert base.payload(exhibit(token, sides=True))["svg_narrow"].startswith("<svg")
    assert base.payload(exhibit("c1"))["svg_narrow"].startswith("<svg")


def lab(colour):
    """Return a colour's place in OKLab, where distance is what the eye sees."""
    value = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    cones = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]) @ linear
    mixed = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
    return mixed @ np.cbrt(cones)


def test_no_colour_of_a_category_or_a_scale_can_be_taken_for_winning_or_losing():
    for mode, tokens in theme.theme_file()["tokens"].items():
        sides = [lab(tokens[name]) for name in ("win", "lose")]
        for name in (
            *(f"c{i}" for i in range(1, 6)),
            *(f"s{i}" for i in range(1, 7)),
            *(f"d{i}" for i in range(1, 8)),
        ):
            nearest = min(float(np.linalg.norm(lab(tokens[name]) - side)) for side in sides)
            assert nearest > 0.095, (mode, name, nearest)


def test_labels_find_room_beside_their_marks_or_are_left_out():
    spots = [(50.0, 50.0, "one"), (52.0, 50.0, "two"), (50.0, 52.0, "three")]
    taken = [marks.around(x, y, 4) for x, y, _ in spots]
    placed = marks.place(spots, marks.Box(0, 0, 200, 100), taken, reach=30)
    assert [p.text for p in placed] == ["one", "two", "three"]
    boxes = [(p.x, p.y - 6, p.x + fonts.width(p.text), p.y + 6) for p in placed] + taken
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 : len(placed)] + taken * (i < len(placed)):
            assert a[0] >= b[2] or a[2] <= b[0] or a[1] >= b[3] or a[3] <= b[1]
    assert marks.place(spots, marks.Box(40, 40, 60, 60), taken) == []


def test_an_area_blocks_what_lies_under_it_and_a_far_label_is_joined_to_its_mark():
    area = marks.along([0, 100], [30, 30], [70, 70])
    (label,) = marks.place([(50.0, 50.0, "inside")], marks.Box(0, 0, 100, 100), area, reach=60)
    assert label.far
    assert label.y + 6 <= 30 or label.y - 6 >= 70
    assert len(marks.name_marks([label])) == 2
