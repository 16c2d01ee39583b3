"""Two documents from one run: what stands where, under which number, and that each finds its way to the other."""

import html
import re
from dataclasses import replace

import pytest
from fixtures_report import sample_report, with_paper
from test_own_notebooks import notebook, with_role

from deepseek_era.book import collect, manuscript
from deepseek_era.book.document import Block
from deepseek_era.book.editions import editions, numbered, places
from deepseek_era.building import execute
from deepseek_era.errors import UserError
from deepseek_era.pages.html import render_html


def test_a_report_without_a_paper_is_one_document_under_its_own_names():
    (one,) = editions(sample_report())
    assert (one.edition.page, one.edition.pdf, one.edition.other) == ("index.html", "report.pdf", "")
    assert one == sample_report()


def test_each_document_has_its_own_exhibits_numbered_from_one_and_knows_the_other():
    paper, annex = editions(
        with_paper(
            Block("prose", "Words before.\n\n## First\n\nText.\n\n## Second\n\nMore."),
            Block("exhibit", "who-table"),
            Block("exhibit", "capacity-jevons"),
        )
    )
    assert [(s.number, s.title) for s in paper.sections] == [(0, "Who won?"), (1, "First"), (2, "Second")]
    assert [x.label for x in paper.exhibits.values()] == ["Table 1", "Figure 1"]
    assert annex.exhibits["capacity-jevons"].label == "Figure 2"
    assert not any(section.role == "paper" for section in annex.sections)
    assert paper.exhibits["capacity-jevons"].live is None
    assert annex.exhibits["capacity-jevons"].live is not None
    for here, there in ((paper, annex), (annex, paper)):
        assert here.edition.beyond == places(there)
        assert here.edition.other_page == there.edition.page != here.edition.page


def test_every_number_source_and_exhibit_of_the_paper_leads_into_the_annex_and_back():
    paper, annex = editions(
        with_paper(
            Block("prose", "## First\n\nSee {{ ref:hostile }} and {{ cost.blog }}."),
            Block("exhibit", "market-forest"),
        )
    )
    page, other = render_html(paper), render_html(annex)
    ids = set(re.findall(r'\bid="([^"]+)"', other))
    led = re.findall(r'href="annex\.html#([^"]+)"', page)
    assert {"n-cost.blog", "n-cost.api.discount", "exhibit-market-forest", "exhibit-hostile"} <= set(led)
    assert [anchor for anchor in led if html.unescape(anchor) not in ids] == []
    assert "Figure 3 of the annex" in page
    here = set(re.findall(r'\bid="([^"]+)"', page))
    back = re.findall(r'href="index\.html#([^"]+)"', other)
    assert back
    assert [anchor for anchor in back if anchor not in here] == []
    # within the paper no link leads nowhere
    assert [a for a in re.findall(r'href="#([^"]+)"', page) if a not in here] == []


@pytest.mark.parametrize("alone", [True, False])
def test_what_a_paper_without_an_annex_cannot_lead_to_is_no_link(alone):
    report = with_paper(Block("prose", "## First\n\n{{ cost.blog }}"))
    if alone:
        report = replace(report, sections=report.sections[:1])
    page = render_html(editions(report)[0])
    assert ("annex.html" in page) is not alone
    assert not re.search(r'href="#n-', page)


def test_figures_and_tables_are_numbered_apart_in_the_order_given():
    exhibits = sample_report().exhibits
    order = ["who-table", "hostile", "market-forest"]
    found = numbered(exhibits[name] for name in order)
    assert {name: x.label for name, x in found.items()} == {
        "who-table": "Table 1",
        "hostile": "Figure 1",
        "market-forest": "Figure 2",
    }


# --- from notebooks -----------------------------------------------------------------------------------------------

OTHER = """import pandas as pd
from deepseek_era.notebook import record, show, start
model = start(globals())
record("market.own.fall", -3.0, unit="%", kind="observed", label="a fall")
show(pd.DataFrame({"a": [1]}), name="own-table", title="A finding", subtitle="of what", source="own", alt="A table.")"""
TELLS = "from deepseek_era.notebook import place, start\nmodel = start(globals(), retells=True)"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_ERA_NOTEBOOKS", str(tmp_path))
    return tmp_path


def both(folder, *cells, role="paper"):
    """Return what a notebook of these cells and one that records and shows give, run and collected."""
    paths = [
        notebook(folder, "00-own", TELLS, *cells, metadata=with_role(role), title="# Who?\n\nSo."),
        notebook(folder, "01-other", OTHER, metadata=with_role("market"), title="# Market"),
    ]
    refs, _ = manuscript.check(paths)
    return collect.gather(execute.run_notebooks(paths, {"seed": 1}), refs)


def test_the_paper_names_and_places_what_later_notebooks_record_and_show(folder):
    words = "{% if market.own.fall is below 0 %}It fell{% else %}It rose{% endif %} by {{ market.own.fall }}."
    found = both(folder, f"%%prose\n{words}", 'place("own-table")')
    assert [(s.role, s.number) for s in found.sections] == [("paper", 0), ("market", 1)]
    assert [b.text for b in found.sections[0].blocks] == ["It fell by {{ market.own.fall }}.", "own-table"]
    assert found.exhibits["own-table"].label == "Table 1"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('place("own-tabel")', "place: no notebook shows an exhibit 'own-tabel' (nearest: own-table)"),
        ("%%prose\n{{ market.own.fal }}", "{{ market.own.fal }} names no figure (nearest: market.own.fall)"),
        ("%%prose\n{% if market.own.fal > 1 %}a{% endif %}", "(nearest: market.own.fall)"),
    ],
)
def test_a_name_that_no_notebook_knows_is_one_line(folder, cell, said):
    with pytest.raises(UserError) as caught:
        both(folder, cell)
    assert said in str(caught.value)
    assert str(caught.value).startswith("notebooks/00-own.ipynb, cell own-3")
    assert "\n" not in str(caught.value)


def test_only_the_paper_places_what_others_show(folder):
    with pytest.raises(
        UserError, match=r"00-own.*: place and tell: allowed in the notebook with the role paper alone"
    ):
        both(folder, 'place("own-table")', role="cost")


def test_the_paper_run_alone_says_what_was_not_run(folder):
    path = notebook(
        folder,
        "00-own",
        TELLS,
        "%%prose\n{% if market.own.fall > 1 %}More{% else %}Not more{% endif %}: {{ market.own.fall }}.",
        'place("own-table")',
        metadata=with_role("paper"),
        title="# Who?\n\nSo.",
    )
    refs, _ = manuscript.check([path])
    absent = {
        "market.own.fall": "(market.own.fall: 01-other was not run)",
        "ref:own-table": "(own-table: not run)",
    }
    found = collect.gather(execute.run_notebooks([path], {"seed": 1}), refs, None, absent)
    assert [b.text for b in found.sections[0].blocks] == ["Not more: {{ market.own.fall }}."]
    assert found.left_out == ["own-table: not run; it does not stand in its place"]
