"""The paper in other formats: Markdown, a text document, an electronic book; all say what the paper says."""

import io
import json
import os
import re
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pypandoc
import pytest
from fixture_pdf import page_texts, squeezed
from fixtures_report import with_paper
from hypothesis import given, settings
from hypothesis import strategies as st

from deepseek_era.book.document import Block, Picked
from deepseek_era.book.editions import editions
from deepseek_era.book.part import FORMATS, choose
from deepseek_era.book.part import formats as chosen
from deepseek_era.errors import ParameterError
from deepseek_era.figure import format_figure
from deepseek_era.pages import formats
from deepseek_era.pages.markup import MARKDOWN
from deepseek_era.pages.pdf import render_pdf

EPUBCHECK = Path("/usr/share/java/epubcheck.jar")
PROSE = "Words.\n\n## First\n\nIt fell by {{ cost.api.discount }}; see {{ ref:who-table }}."


@pytest.fixture(scope="module")
def paper():
    return editions(with_paper(*(Block(*b) for b in (("prose", PROSE), ("exhibit", "market-forest"), ("exhibit", "who-table")))))[0]  # fmt: skip


def unquoted(text):
    """A text without spaces and without quotation marks, which pandoc sets by its own rules."""
    return re.sub(r"[\s\"'“”‘’]", "", text)


def words(markdown):
    """Every text of a Markdown document, as pandoc reads it, spaces left out."""
    found = []

    def walk(node):
        if isinstance(node, dict):
            if node.get("t") in ("Str", "Code"):
                found.append(node["c"] if node["t"] == "Str" else node["c"][1])
            assert node.get("t") not in ("RawInline", "RawBlock"), node
            walk(list(node.values()))
        elif isinstance(node, list):
            for one in node:
                walk(one)

    walk(json.loads(pypandoc.convert_text(markdown, "json", format=MARKDOWN))["blocks"])
    return unquoted("".join(found))


def test_the_markdown_says_every_call_card_and_number_and_nothing_hostile_becomes_markup(paper):
    text = formats.markdown(paper)
    assert text.startswith("# Who won?\n")
    assert "{{" not in re.sub(r"\\[{}]", "", text)
    said = words(text)
    for row in paper.listing:
        for part in (row.name, row.reason.reason):
            assert unquoted(part) in said, part
    assert "".join(format_figure(paper.figures["cost.api.discount"], "full").split()) in said
    assert "(exhibits/market-forest.svg)" in text
    for line in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = line.splitlines()
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1  # every row has every cell
    assert text == formats.markdown(paper)


def test_of_pictures_by_turns_the_first_one_and_its_sentence_stand_in_print(paper):
    name, drawn = next((name, x) for name, x in paper.exhibits.items() if x.svg_wide)
    views = (
        Picked("Chips", "Chips fell."),
        Picked("Power", "Power fell too.", drawn.svg_wide, drawn.svg_wide),
    )
    report = replace(paper, exhibits={**paper.exhibits, name: replace(drawn, views=views)})
    text = formats.markdown(report)
    assert text.count("Chips fell.") == 1
    assert "Power fell too." not in text
    assert text.count("![") == formats.markdown(paper).count("![")
    printed = squeezed(" ".join(page_texts(render_pdf(report))))
    assert printed.count("Chipsfell.") == 1
    assert "Powerfelltoo." not in printed


@settings(max_examples=25, deadline=None)  # each starts pandoc
@given(st.lists(st.text(alphabet="ab *_`[]<>#|$~^{}@&;\\\n", max_size=40), max_size=20))
def test_text_of_data_stays_what_it_is_in_markdown(texts):
    paragraphs = [f"x {formats._plain(text)} y" for text in texts]
    assert words("\n\n".join(paragraphs)) == unquoted("".join(f"x{text}y" for text in texts))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_document_of_each_format_holds_text_and_pictures_and_is_the_same_every_time(paper, kind):
    made = formats.converted(paper, kind)
    with zipfile.ZipFile(io.BytesIO(made)) as inside:
        assert inside.testzip() is None
        pictures = [n for n in inside.namelist() if n.endswith(".png")]
        text = "".join(
            inside.read(n).decode() for n in inside.namelist() if n.endswith(("document.xml", ".xhtml"))
        )
    drawn = [x for x in paper.exhibits.values() if x.svg_wide]
    assert len(pictures) == len({x.svg_wide for x in drawn})
    bare = re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", text))
    assert "".join(paper.listing[0].name.split()) in bare
    assert made == formats.converted(paper, kind)


@pytest.mark.skipif(not EPUBCHECK.exists() and os.environ.get("CI") != "true", reason="no epubcheck")
def test_the_book_is_one_that_every_reader_opens(paper, tmp_path):
    book = tmp_path / "report.epub"
    book.write_bytes(formats.converted(paper, "epub"))
    said = subprocess.run(
        ["java", "-jar", str(EPUBCHECK), "--quiet", str(book)], capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr


def test_what_machines_read_first_names_files_that_a_run_leaves(paper):
    text = formats.llms(paper)
    assert text.startswith(f"# {paper.summary.title}\n\n> The answer, ")
    names = set(re.findall(r"^- \[([\w.]+)\]", text, re.MULTILINE))
    assert {"report.md", "index.html", "annex.html", "calls.csv", "figures.json"} <= names
    alone = formats.llms(replace(paper, run=replace(paper.run, paper=False)))
    assert "report.pdf" not in alone


def test_only_a_paper_has_texts_beside_it_and_formats_are_those_asked_for(paper):
    assert set(formats.makers(paper, ("epub",))) == {"report.md", "llms.txt", "report.epub"}
    annex = editions(with_paper(Block("prose", "Words.")))[1]
    assert formats.makers(annex, ()) == {}


@pytest.mark.bad_input("words of SET")
def test_a_format_that_there_is_not_is_one_line():
    with pytest.raises(ParameterError) as caught:
        chosen("docs, epub")
    assert str(caught.value) == "formats: saw 'docs', allowed: docx, epub (nearest: docx)"
    assert chosen(" EPUB,docx ") == ("docx", "epub")
    assert choose("", ["00-paper"]).formats == ()
