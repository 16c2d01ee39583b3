"""Numbers in prose: one grammar, settled in the notebook, filled on page and paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepseek_era import notebook, prose, tables
from deepseek_era.figure import Figure, format_figure


@dataclass(frozen=True)
class _Exhibit:
    label: str


FIGURES = (
    Figure("market.nvda.ar_0", -15.9, "%", "modelled", "fall", -21.0, -10.6),
    Figure("market.clouds.caar_0", -1.3, "%", "modelled", "clouds", -3.7, 1.2),
    Figure("market.nvda.return_0", -16.97, "%", "observed", "return"),
    Figure("market.late", None, "%", "observed", "not yet out"),
)
KNOWN = prose.Vocabulary(
    figures={f.id: f for f in FIGURES},
    elsewhere={"capacity.day": "(*not* run)"},
    exhibits={"market-forest": _Exhibit("Figure 22")},
)
FELL, CLOUDS, RETURN, LATE = FIGURES


def shown(text: str) -> str:
    """What page and paper read: conditions settled in the notebook, names filled by the publisher."""
    return prose.fill(prose.settle(text, KNOWN, "cell x"), KNOWN, "cell x")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It was {{ market.nvda.return_0 | value }}.", f"It was {format_figure(RETURN, 'value')}."),
        ("{{ market.nvda.ar_0 }}", format_figure(FELL)),
        ("{{market.nvda.ar_0|interval}}", format_figure(FELL, "interval")),
        ("{{ market.late }}", format_figure(LATE)),
        ("{{ 'fell' if market.nvda.ar_0 is below 0 else 'did not clearly move' }}", "fell"),
        (
            "{{ 'fell' if market.clouds.caar_0 is below 0 else 'did not clearly move' }}",
            "did not clearly move",
        ),
        ("{{ 'rose' if market.clouds.caar_0 is above 0 else 'did not' }}", "did not"),
        ("{% if market.nvda.return_0 < -10 %}Rare.{% endif %}", "Rare."),
        ("{% if market.nvda.return_0 >= market.clouds.caar_0 %}no{% else %}yes{% endif %}", "yes"),
        ("{% if -10 > market.nvda.return_0 %}turned round{% endif %}", "turned round"),
        ("{{ 'known' if market.late is public else 'open' }}", "open"),
        ("{{ 'a' if market.late < 3 else 'b' if market.late > 2 else 'neither' }}", "neither"),
        ("{{ 'a' if market.late is below 3 else 'b' if market.late is above 0 else 'neither' }}", "neither"),
        ("See {{ ref:market-forest }}.", "See Figure 22."),
        ("`{{ market.nvda.ar_0 }}` stays", "`{{ market.nvda.ar_0 }}` stays"),
        ("```\n{% if x %}\n```\nstays", "```\n{% if x %}\n```\nstays"),
        ("A line.\n", "A line.\n"),
    ],
)
def test_prose_says_what_was_recorded(text: str, words: str) -> None:
    assert shown(text) == words


def test_the_publisher_gets_names_where_the_reader_gets_numbers() -> None:
    text = "{% if market.nvda.ar_0 is below 0 %}Down {{ market.nvda.ar_0 | value }}.{% endif %} {{ ref:market-forest }}"
    assert prose.settle(text, KNOWN, "x") == "Down {{ market.nvda.ar_0 | value }}. {{ ref:market-forest }}"
    assert prose.named(prose.settle(text, KNOWN, "x")) == ["market.nvda.ar_0", "ref:market-forest"]
    assert prose.for_reader(text, KNOWN, "x") == f"Down {format_figure(FELL, 'value')}. *market-forest*"


def test_words_stand_for_what_a_part_that_was_left_out_would_have_recorded() -> None:
    assert prose.fill("{{ capacity.day | value }}", KNOWN, "x") == "(*not* run)"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ market.nvda.ar_1 }}", "nearest: market.nvda.ar_0"),
        ("{{ marker.nvda.ar_0 }}", "nearest: market"),
        ("{{ market.nvda.ar_0 | valu }}", "valu"),
        ("{{ 3.2 }}", "recorded and named, not typed"),
        ("{{ market.nvda.ar_0 + 1 }}", "not computed"),
        ("{{ market.nvda.ar_0 < 3 }}", "not typed"),
        ("{% if market.nvda.ar_0 %}x{% endif %}", "say what it is compared with"),
        ("{% if market.nvda.ar_0 < 'a' %}x{% endif %}", "compared with a number or a name"),
        ("{% if 3 is below 4 %}x{% endif %}", "asked of a recorded figure"),
        ("{% if market.late is public %}", "line 1"),
        ("{{ ''.__class__ }}", "may not use"),
        ("{{ market.__class__ }}", "may not use"),
        ("{% for i in range(3) %}x{% endfor %}", "range"),
        ("{% include 'x' %}", "x"),
    ],
)
def test_prose_that_cannot_be_right_is_one_line_that_names_the_cell(text: str, says: str) -> None:
    with pytest.raises(prose.ProseError) as caught:
        prose.settle(text, KNOWN, "notebook 03, cell x")
    message = str(caught.value)
    assert says in message
    assert "\n" not in message


def test_a_reference_to_nothing_is_said_when_the_report_is_put_together() -> None:
    with pytest.raises(prose.ProseError, match="nearest: market-forest"):
        shown("{{ ref:market-forrest }}")


@given(st.text(max_size=200))
def test_text_without_braces_stays_as_it_is(text: str) -> None:
    text = text.replace("{", "(").replace("\r", "\n")
    assert prose.settle(text, KNOWN, "x") == text
    assert prose.fill(text, KNOWN, "x") == text


@given(st.text(max_size=200))
def test_what_stands_for_a_token_is_never_a_template(text: str) -> None:
    known = prose.Vocabulary(elsewhere={"x.y": text})
    assert prose.fill("{{ x.y }}", known, "x") == text


def test_plain_papermill_leaves_numbers_in_prose_and_stops_at_a_wrong_name(tmp_path: Path) -> None:
    """What JupyterLab shows after Run All is what the kernel gave: no extension, no publisher."""
    cells = [
        "from deepseek_era.notebook import record, start\n\nmodel = start(globals())",
        "record('own.fall', -15.9, unit='%', label='fall', low=-21.0, high=-10.6)",
        "%%prose\nIt {{ 'fell' if own.fall is below 0 else 'moved' }}: {{ own.fall }}, see {{ ref:own-chart }}.",
        "%%prose\nIt fell by {{ own.fal }}.",
    ]
    document = nbformat.v4.new_notebook()
    document.cells = [nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(cells)]
    source, result = tmp_path / "in.ipynb", tmp_path / "out.ipynb"
    nbformat.write(document, source)
    with pytest.raises(papermill.PapermillExecutionError) as caught:
        papermill.execute_notebook(
            source, result, progress_bar=False, kernel_name="python3", language="python", cwd=tables.ROOT
        )
    assert caught.value.ename == "ProseError"
    assert "nearest: own.fall" in caught.value.evalue
    ran = {cell.id: cell for cell in nbformat.read(result, as_version=4).cells if "c" in cell.get("id", "")}
    data = ran["c2"].outputs[0]["data"]
    figure = Figure("own.fall", -15.9, "%", "modelled", "fall", -21.0, -10.6)
    assert data["text/markdown"] == f"It fell: {format_figure(figure)}, see *own-chart*.\n"
    assert data[notebook.PROSE]["text"] == "It fell: {{ own.fall }}, see {{ ref:own-chart }}.\n"
    assert "own.fall" in ran["c1"].outputs[0]["data"]["text/html"]
