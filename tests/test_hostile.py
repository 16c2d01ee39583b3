"""Text that tries to become markup, a formula or code, in every place that data reach: it shows as text.

First each kind of it in every text of an invented report, in page and paper. Then a whole build, notebooks and all,
over tables, a scenario and a parameter that hold it.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import io
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from fixture_pdf import page_texts, squeezed
from fixture_texts import opened
from fixtures_report import sample_report

from deepseek_era import tables
from deepseek_era.book import bands
from deepseek_era.book.document import Report
from deepseek_era.pages import csvs, pdf
from deepseek_era.pages.html import render_html

KINDS = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "typst set": "#set page(width: 1cm)",
    "typst code": '#eval("1") #panic() #read("/etc/passwd")',
    "template": "{{ 7 * 7 }} {% raw %} {{ x.y }}",
    "backticks": "```{=html}\n<b>x</b>\n``` `code`",
    "formula": "$x$ $$\\input{/etc/passwd}$$ \\(y\\)",
    "markdown": "*a* _b_ [c](javascript:alert) ![d](http://e) # f",
    "comment": "<!-- a --> /* b */ // c ]]> --> </style>",
    "label": "@ref <label> ~ = heading",
    "right to left": "مرحبا‮abc‬ שלום",
    "emoji": "🚀👩‍🚀🏳️‍🌈",
    "signs": "\u2028\u00ad\u200b\ufeff\x07 e\u0301",
    "spreadsheet": "=cmd|' /C calc'!A0",
    "10,000 characters": "y" * 10_000,
    "10,000 words": "z " * 5_000,
}


def hostile(text: str) -> Report:
    """Return the invented report with one text in every place that data can reach."""
    plain = sample_report()

    def each(rows, *names):
        return tuple(dataclasses.replace(row, **dict.fromkeys(names, text)) for row in rows)

    def card(entry):
        return dataclasses.replace(
            entry,
            **dict.fromkeys(("name", "words", "mechanism", "impact_variable", "weak", "fragility"), text),
            evidence=each(entry.evidence, "fact", "unit"),
            drivers=each(entry.drivers, "label"),
            flips=each(entry.flips, "text"),
        )

    table = plain.exhibits["who-table"]
    drawn = plain.exhibits["market-forest"]
    exhibits = {
        **plain.exhibits,
        "who-table": dataclasses.replace(
            table, data=({"who": text, "side": text, "odds": None, "value": text},)
        ),
        "market-forest": dataclasses.replace(
            drawn,
            title=text,
            subtitle=text,
            source=text,
            alt=text,
            code=text,
            cell=text,
            data=({"group": text, "value": None, "n": 1},),
        ),
    }
    assert plain.basis is not None
    return dataclasses.replace(
        plain,
        run=dataclasses.replace(
            plain.run,
            scenario_title=text,
            scenario_note=text,
            changed=tuple(
                {**row, **dict.fromkeys(("description", "base", "value"), text)} for row in plain.run.changed
            ),
        ),
        listing=tuple(
            dataclasses.replace(row, name=text, reason=bands.Reason(text, text)) for row in plain.listing
        ),
        stories={
            key: dataclasses.replace(story, head=text, lines=((text, text),), quote=text)
            for key, story in plain.stories.items()
        },
        exhibits=exhibits,
        figures=dict(zip(plain.figures, each(plain.figures.values(), "label"), strict=True)),
        claims=each(plain.claims, "claim"),
        cards=tuple(map(card, plain.cards)),
        parameters=each(plain.parameters, "description", "symbol", "unit", "base", "low", "high", "note"),
        sources=each(plain.sources, "title", "publisher", "url", "kind"),
        scenarios=tuple({"name": text, "title": text, "note": text} for _ in plain.scenarios),
        basis=dataclasses.replace(
            plain.basis,
            unsettled=each(plain.basis.unsettled, "fact", "value", "against", "note"),
            corrections=each(plain.basis.corrections, "place", "old", "new", "why"),
        ),
    )


class Skeleton(HTMLParser):
    """What a page is made of without its words: elements with their attributes, and the text beside them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []
        self.values: list[str] = []
        self._code = 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "wbr":  # where a long word may break depends on the word, as the width of its column does
            return
        names = (name for name, _ in attrs if not (name == "class" and tag in ("th", "td")))
        self.elements.append((tag, tuple(sorted(names))))
        self.values += [value or "" for _, value in attrs]
        self._code += tag in ("script", "style")

    def handle_endtag(self, tag):
        self._code -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._code:
            self.texts.append(data)


@pytest.fixture(scope="module")
def harmless() -> Skeleton:
    return Skeleton(opened(render_html(hostile("harmless words"))))


@pytest.mark.bad_input("hostile text in page and paper")
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_full_of_it_has_the_elements_of_a_page_full_of_plain_words(kind, harmless):
    text = KINDS[kind]
    read = Skeleton(opened(render_html(hostile(text))))
    assert read.elements == harmless.elements
    assert not [v for v in read.values if v.lower().startswith("javascript:")]
    shown = "".join(read.texts)
    places = "".join(harmless.texts).count("harmless words")
    assert places > 100
    # a sentence leaves out the blanks at the ends of what it quotes
    assert shown.count(text.strip()) >= places


@pytest.mark.bad_input("hostile text in page and paper")
@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_full_of_it_shows_it_as_text(kind):
    # ten thousand in every place would be a book of minutes and gigabytes, and breaks as a thousand do
    report = hostile(KINDS[kind][:1000])
    # every place in a few cards and claims: 22 alike break as the first ones do
    paper = pdf.render_pdf(dataclasses.replace(report, cards=report.cards[:4], claims=report.claims[:4]))
    found = "".join(page_texts(paper)).replace("\u00ad", "").replace("\u200b", "")
    width, height = 595.3, 841.9
    for page in _pages(paper):
        assert abs(float(page.mediabox.width) - width) < 1
        assert abs(float(page.mediabox.height) - height) < 1
    if kind in WORDS:
        assert squeezed(WORDS[kind]) in found
    else:
        assert found.count(squeezed(KINDS[kind])[:24]) > 20


# what of it can be looked for: letters that no face has are named, and a reader of PDF turns right-to-left around
WORDS = {
    "emoji": "‹U+1F680›",
    "right to left": "cba",
    "signs": "é",
    "backticks": "```{=html} <b>x</b>",
}


def _pages(paper):
    import pypdf

    return pypdf.PdfReader(io.BytesIO(paper)).pages


# --- formulas --------------------------------------------------------------------------------------------------------


@pytest.mark.bad_input("formulas for a spreadsheet")
@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "@SUM(A1)",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!D2",
        "\t=1",
        "\r=1",
        "\n=1",
        "=",
        "-A1",
        "+ (1)",
    ],
)
def test_a_text_that_a_spreadsheet_would_run_is_published_as_text(cell, tmp_path):
    csvs.write_csv(pd.DataFrame({"text": [cell, "plain"], "number": [-1.5, 2]}), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    seen = cell.replace("\r", "\n")
    assert rows[1] == [f"'{seen}", "-1.5"]
    assert rows[2] == ["plain", "2.0"]


@pytest.mark.parametrize(
    "cell", ["-1.5", "+3%", "-6", "− 5", "+1,000", "-1.2e-05", "a=b", "", "'", None, 3, -2.5]
)
def test_numbers_and_other_text_are_published_as_they_are(cell):
    assert csvs.as_text(cell) == cell


def test_no_published_csv_holds_a_formula_and_no_table_one_that_calls_anything():
    base = tables.ROOT / "report" / "base"
    published = [*base.glob("*.csv"), *base.glob("exhibits/*.csv")]
    assert len(published) > 20
    for path in [*published, *(tables.ROOT / "data").glob("*.csv")]:
        with path.open(encoding="utf-8", newline="") as handle:
            for number, row in enumerate(csv.reader(handle), start=1):
                for cell in row:
                    where = f"{path.name} row {number}: {cell[:40]!r}"
                    assert not re.match(r"[=@\t\r].*[(|!]|[+-].*[|!]", cell), where
                    assert path.parent.name == "data" or csvs.as_text(cell) == cell, where


# --- a whole build ---------------------------------------------------------------------------------------------------

TEXT = "<script>alert(1)</script> #set page(width: 1cm) {{ x }} `code` $x$ *b* @ref =1+1 مرحبا 🚀 \" ' & \\"
PLACES = {
    "sources": ("title", "publisher", "note"),
    "claims": ("claim_paraphrase", "article_words"),
    "calls": ("article_words", "mechanism_paraphrase", "short_name", "impact_variable"),
    "parameters": ("description", "note", "symbol"),
    "headlines": ("fact", "note"),
    "evidence": ("indicator",),
    "timeline": ("event", "actor"),
    "groups": ("name", "reason"),
    "corrections": ("why",),
}


@pytest.mark.build
@pytest.mark.bad_input("hostile text in page and paper")
def test_a_whole_build_over_hostile_tables_shows_them_as_text(tmp_path, request):
    quoted = functools.partial(json.dumps, ensure_ascii=False)
    data = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", data)
    corrected = tables.load("corrections")
    for table, columns in PLACES.items():
        frame = pd.read_csv(data / f"{table}.csv", dtype=str, keep_default_na=False)
        here = [c for c in columns if c in frame.columns]
        assert here, f"{table} has none of {columns}"
        for column in here:
            # a cell that a correction reached holds what the correction says
            free = np.flatnonzero(~frame.iloc[:, 0].isin(corrected[corrected["table"] == table]["key"]))
            first = free[frame[column].iloc[free].ne("").to_numpy().argmax()]
            frame.loc[first, column] = f"{frame.loc[first, column]} {TEXT}"
            frame.loc[free[-1], column] = f"{TEXT} {'w' * 2_000}"
        frame.to_csv(data / f"{table}.csv", index=False, lineterminator="\n")
    scenario = f"title: {quoted(TEXT)}\nnote: {quoted(TEXT * 20)}\nparameters: {{elasticity_long: 1.2}}\n"
    (data / "scenarios" / "hostile.yaml").write_text(scenario, encoding="utf-8")
    # in a process of its own: the threads of typst, once started here, do not survive a fork
    name = f"test-hostile-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    made = tables.ROOT / "report" / name
    request.addfinalizer(lambda: shutil.rmtree(made, ignore_errors=True))
    done = subprocess.run(
        [sys.executable, "-m", "deepseek_era", "report", "--scenario", "hostile", "--name", name],
        cwd=tables.ROOT,
        env={**os.environ, "DEEPSEEK_ERA_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    page = opened((made / "annex.html").read_text(encoding="utf-8"))
    read = Skeleton(page)
    assert "<script>alert" not in page
    assert not [e for e in read.elements if any(name.startswith("on") for name in e[1])]
    committed = Skeleton(opened((tables.ROOT / "report" / "base" / "annex.html").read_text(encoding="utf-8")))
    assert {tag for tag, _ in read.elements} <= {tag for tag, _ in committed.elements} | {"b"}
    shown = "".join(read.texts)
    assert (
        shown.count("<script>alert(1)</script> #set page(width: 1cm) {{ x }} `code` $x$ *b* @ref =1+1") > 20
    )
    paper = "".join(page_texts((made / "annex.pdf").read_bytes())).replace("\u00ad", "").replace("\u200b", "")
    assert paper.count(squeezed("<script>alert(1)</script> #set page(width: 1cm) {{ x }} `code` $x$")) > 10
    for path in [*made.glob("*.csv"), *made.glob("exhibits/*.csv")]:
        with path.open(encoding="utf-8", newline="") as handle:
            assert all(csvs.as_text(cell) == cell for row in csv.reader(handle) for cell in row), path.name
