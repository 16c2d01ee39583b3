"""The paper's own text: true sentences for whatever a run finds, few numbers in each, and no word that needs the annex."""

import json
import re
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepseek_era import prose
from deepseek_era.book import bands
from deepseek_era.claims.lines import WORDS, lines
from deepseek_era.claims.rules import VERDICTS
from deepseek_era.drawing import answers
from deepseek_era.figure import Figure
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.tables import ROOT
from deepseek_era.verdicts import glance

CELLS = json.loads((ROOT / "notebooks" / "00-paper.ipynb").read_text(encoding="utf-8"))["cells"]
SOURCES = {cell["id"]: "".join(cell["source"]) for cell in CELLS}
PROSE = {key: text.removeprefix("%%prose\n") for key, text in SOURCES.items() if text.startswith("%%prose")}
PLAIN = [text for cell, text in zip(CELLS, SOURCES.values(), strict=True) if cell["cell_type"] == "markdown"]
NAMES = sorted(
    set(
        re.findall(
            r"\b(?:verdicts|market|capacity|claims|cost|scorecard|ledger)\.[a-z0-9_.]+",
            " ".join(PROSE.values()),
        )
    )
)
ROW = st.tuples(
    st.sampled_from(list(bands.HEADS)),
    st.sampled_from(list(answers.WAS_IT_R1)),
    st.sampled_from(list(answers.CAME_TRUE)),
    st.booleans(),
)
JARGON = r"\b(vintage|event|gain|draws?|readings?|one-sided|capped|lens|robust|elasticity|pass-through|Effect|Attributable|Base)\b|δ"


# cells of the annex with sentences of more than three numbers: how many
CROWDED = {
    "claims-quality": 1,
    "cost-breakthroughs": 1,
    "market-cloud-growth": 1,
    "market-labs": 1,
    "market-stargate": 1,
}


def figure(name: str, number: float | None) -> Figure:
    if number is None:
        return Figure(name, None, "ratio", "observed", name)
    return Figure(name, number, "ratio", "modelled", name, number - 0.1, number + 0.1)


def names_of(given_rows) -> dict[str, object]:
    reason = bands.Reason("A reason stands here.", "why")
    rows = [
        bands.Row(f"C{k:02d}", f"Name {k}", "winner", band, reason, came, None, word, False, one, 0.5)
        for k, (band, word, came, one) in enumerate(given_rows, start=1)
    ]
    return bands.words(rows)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=22), st.data())
def test_the_paper_reads_well_whatever_a_run_finds(given_rows, data):
    numbers = st.sampled_from([None, -20.0, -1.0, 0.0, 0.05, 0.5, 0.9, 1.5, 90.0])
    figures = {name: figure(name, data.draw(numbers)) for name in NAMES}
    known = prose.Vocabulary(figures, words=names_of(given_rows))
    for key, text in PROSE.items():
        said = prose.settle(text, known, key)
        words = re.sub(r"\{\{.*?\}\}", "7", said)
        assert not re.search(r"\{%|%\}|  +\S| [.,;]|\.\.|none of the none|\bnone others\b", words), (
            key,
            words,
        )
        for paragraph in filter(None, re.split(r"\n\s*\n", re.sub(r"^#.*$", "", words, flags=re.M))):
            whole = " ".join(paragraph.split())
            if whole:
                assert whole[0].isupper(), (key, whole)
                assert whole[-1] == ".", (key, whole)


def crowded(text: str) -> list[str]:
    """Return the sentences of a prose cell that may hold more than three numbers; those of both arms of a condition count."""
    text = re.sub(r"\{%.*?%\}|\{\{[^}]*\bif\b[^}]*\}\}|\{\{\s*ref:[^}]*\}\}", "", text, flags=re.S)
    text = re.sub(r"\{\{\s*[a-z_]+\.[^}]*\}\}", "№", text)
    return [part for part in re.split(r"(?<=[.?!])\s|\n\s*\n", text) if part.count("№") > 3]


@pytest.mark.parametrize("key", PROSE)
def test_a_sentence_of_the_paper_has_three_numbers_at_most(key):
    assert crowded(PROSE[key]) == []


def test_every_sentence_of_the_annex_with_more_numbers_is_listed():
    """Whoever writes another one makes it shorter or lists it; whoever mends one takes it off the list."""
    found = Counter()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown" or text.startswith("%%prose"):
                found[cell["id"]] += len(crowded(text))
    assert {key: n for key, n in found.items() if n} == CROWDED


def test_the_paper_needs_no_word_of_the_annex():
    shown = re.findall(r'(?:title|subtitle|head|text)="((?:[^"\\]|\\.)*)"', " ".join(SOURCES.values()))
    for text in [*PLAIN, *PROSE.values(), *shown]:
        words = re.sub(r"\{[{%].*?[%}]\}", "", text, flags=re.S)
        assert not re.search(JARGON, words), re.search(JARGON, words)


@pytest.mark.parametrize("vintage", ["article", "latest"])
def test_every_fact_has_a_line_and_a_word_that_has_a_mark(vintage):
    found = lines(Model(resolve({"draws": 1024}, vintage=vintage)))
    assert set(WORDS) == set(VERDICTS)
    assert set(WORDS.values()) == set(answers.FACTS)
    assert set(found["verdict"]) <= set(answers.FACTS)
    assert found["id"].is_unique
    for row in found.itertuples():
        assert row.found.endswith("."), row
        assert len(row.found) <= 100, row
        assert not re.search(r"[{}]|not yet public", row.said + row.found), row


@given(
    st.sampled_from(["winner", "loser"]),
    st.floats(0, 1),
    st.floats(0, 1),
    st.one_of(st.none(), st.floats(0, 1)),
    st.sampled_from(list(answers.CAME_TRUE)),
)
def test_a_call_taken_apart_ends_with_what_came_and_says_how_much_of_the_chance_is_left(
    article, alone, left, forecast, came
):

    chance = float("nan") if forecast is None else forecast
    call = pd.Series({"article": article, "alone": alone, "left": left, "forecast": chance, "came": came})
    call["edge"] = False
    steps = glance.steps(call, "Nvidia")
    assert list(steps["mark"]) == ["alone", "left", *(["forecast"] if forecast is not None else []), came]
    said = glance.sentence(call, "Nvidia, first year")
    assert len(re.findall(r"\d%", said)) == 2 + (forecast is not None)
    assert re.fullmatch(r"[^<>.]+\.", said)
    call["edge"] = True
    assert glance.sentence(call, "Nvidia, first year").startswith(said)
    words = steps["text"].iloc[1]
    assert ("less than half" in words) == (0.1 * alone <= left < 0.4 * alone)
