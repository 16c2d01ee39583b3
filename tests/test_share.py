"""Which edition this is, how it is cited, and the picture that other sites show; without a browser."""

import json
import tomllib
from dataclasses import replace

import pytest
from fixtures_report import sample_report, with_paper

from deepseek_era import tables
from deepseek_era.book.document import Block
from deepseek_era.book.editions import editions
from deepseek_era.errors import DataError
from deepseek_era.figure import format_figure
from deepseek_era.pages import card, share
from deepseek_era.places import CITATION
from deepseek_era.prose import Vocabulary
from deepseek_era.tables import ROOT


def test_the_citation_names_the_version_of_the_package_and_the_day_of_its_tables():
    own = share.imprint()
    package = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    data = json.loads((ROOT / "data" / "datapackage.json").read_text())
    assert own.version == package["version"]
    assert own.licence == package["license"]
    assert own.released == data["created"][:10]
    assert own.author in (ROOT / "LICENSE").read_text()


def test_an_address_in_the_citation_makes_links_picture_and_description_whole(tmp_path, monkeypatch):
    file = tmp_path / CITATION.name
    file.write_text(CITATION.read_text() + "url: https://example.org/report\n")
    monkeypatch.setattr(share, "CITATION", file)
    own, report = share.imprint(), sample_report()
    made = share.head(report, own, "A <title>", 'An "answer"')
    for part in ('"https://example.org/report/card.png"', 'href="https://example.org/report/index.html"'):
        assert part in made
    assert "A &lt;title&gt;" in made
    assert "<title>" not in made
    assert share.in_words(report, own).endswith("https://example.org/report/index.html")


@pytest.mark.bad_input("tables that cannot be right")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: [", "cannot be read ("),
        ("- a list", "cannot be read ("),
        ("title: x\nauthors:\n  - family-names: y\n", "cannot be read ('name')"),
        ("title: x\nversion: 1\n", "lacks date-released, license, authors"),
    ],
)
def test_a_citation_that_cannot_be_read_is_one_line(tmp_path, monkeypatch, text, said):
    file = tmp_path / CITATION.name
    file.write_text(text)
    monkeypatch.setattr(share, "CITATION", file)
    with pytest.raises(DataError) as caught:
        share.imprint()
    assert str(caught.value).startswith(f"CITATION.cff: {said}")
    assert "\n" not in str(caught.value)


def test_the_tables_of_the_paper_are_those_of_its_exhibits_with_their_figures_said():
    report = sample_report()
    x = replace(report.exhibits["who-table"], data=({"who": "by {{ cost.api.discount }}", "value": -4.5},))
    text = share.exhibit_csv(x, Vocabulary(report.figures, report.exhibits))
    said = f"by {format_figure(report.figures['cost.api.discount'], 'full')}"
    assert said in text
    assert text.splitlines()[0] == "who,side,odds,value"


def test_the_picture_is_light_and_says_question_answer_and_counts():
    paper = editions(with_paper(Block("prose", "Words.\n\n## First\n\nMore.")))[0]
    made = card.picture(paper)
    assert made.startswith(b"\x89PNG")
    assert (int.from_bytes(made[16:20]), int.from_bytes(made[20:24])) == (card.WIDTH, card.HEIGHT)
    assert len(made) < 100_000
    assert made == card.picture(paper)
    svg = card.drawing(paper)
    assert ">Who won?</text>" in svg
    assert f"{tables.load('calls')['id'].str.startswith('C').sum()}</text>" in svg


def test_an_answer_that_is_too_long_for_the_picture_ends_at_a_word():
    report = replace(with_paper(Block("prose", "Words.")), listing=())
    long = replace(report.sections[0], dek=" ".join(["word"] * 400) + ".")
    paper = editions(replace(report, sections=(long, *report.sections[1:])))[0]
    assert "word …</text>" in card.drawing(paper)
