"""What page and paper share, and how what a notebook publishes is read."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from fixture_pdf import page_texts, squeezed
from fixture_texts import opened
from fixtures_report import sample_report

from deepseek_era.book import card, cells, typed, view
from deepseek_era.book.document import Block, Column, Explorer
from deepseek_era.errors import UserError
from deepseek_era.pages import html
from deepseek_era.pages.html import render_html
from deepseek_era.pages.pdf import render_pdf

REPORT = sample_report()


def as_json(value):
    """Return a dataclass as a notebook would hand it over."""
    return json.loads(json.dumps(dataclasses.asdict(value)))


# --- what notebooks hand over ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", REPORT.cards, ids=lambda given: given.id)
def test_a_card_is_read_back_as_it_was_handed_over(given):
    assert card.each(card.Card, [as_json(given)], "here", "card") == (given,)


def test_a_field_that_python_keeps_for_itself_and_one_that_the_report_does_not_show():
    assert typed.read(card.Level, {"with": 1, "without": 0.5, "note": "x"}, "here") == card.Level(1.0, 0.5)


@pytest.mark.bad_input("notebooks")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"band": None}, "band: saw 'None', allowed: a text"),
        ({"judgement_load": "0.4"}, "judgement_load: saw '0.4', allowed: a number"),
        ({"judgement_load": True}, "judgement_load: saw 'True', allowed: a number"),
        ({"judgement_load": float("nan")}, "judgement_load: saw 'nan', allowed: a number"),
        ({"one_sided": 1}, "one_sided: saw '1', allowed: true or false"),
        ({"effect": None}, "effect: saw 'None', allowed: names with values"),
        ({"effect": {"median": "high"}}, "effect.median: saw 'high', allowed: a number"),
        ({"drivers": {}}, "drivers: saw '{}', allowed: a list"),
        (
            {"drivers": [{"label": "x", "share": 1}, {"label": 3}]},
            "drivers[1].label: saw '3', allowed: a text",
        ),
        ({"drivers": [{"lable": "x", "share": 1}]}, "drivers[0].label is missing (nearest: lable)"),
        ({"rows": [1]}, "rows: saw '[1]', allowed: names with values"),
    ],
)
def test_what_does_not_fit_a_card_is_one_line_with_its_place(changed, said):
    with pytest.raises(UserError) as caught:
        card.each(card.Card, [as_json(REPORT.cards[0]) | changed], "notebooks/05-x.ipynb", "card")
    assert str(caught.value) == f"notebooks/05-x.ipynb: card C01: {said}"


@pytest.mark.bad_input("notebooks")
def test_a_key_that_a_card_lacks_is_named_with_the_nearest_that_is_there():
    given = as_json(REPORT.cards[0])
    given["bnd"] = given.pop("band")
    with pytest.raises(UserError, match=r"card C01: band is missing \(nearest: bnd\)"):
        card.each(card.Card, [given], "here", "card")
    with pytest.raises(UserError, match="here: card 1: saw 'C01', allowed: names with values"):
        card.each(card.Card, ["C01"], "here", "card")


def test_an_explorer_is_read_with_open_ends():
    given = as_json(REPORT.explorer)
    assert typed.read(Explorer, given, "here") == REPORT.explorer


# --- what page and paper share ---------------------------------------------------------------------------------------


def with_claims_in_a_table():
    table = REPORT.exhibits["who-table"]
    rows = tuple({"id": c.id, "said": c.claim} for c in REPORT.claims)
    changed = dataclasses.replace(
        table, columns=(Column("id", "Claim"), Column("said", "Said")), data_columns=("id", "said"), data=rows
    )
    return dataclasses.replace(REPORT, exhibits={**REPORT.exhibits, "who-table": changed})


def test_claims_that_a_table_shows_are_set_once_on_page_and_paper():
    report = with_claims_in_a_table()
    page, paper = opened(render_html(report)), "".join(page_texts(render_pdf(report)))
    claim = REPORT.claims[0]
    assert re.findall(rf'id="claim-{claim.id}"', page) == [f'id="claim-{claim.id}"']
    # in the table, and in the fold with its data
    assert page.count(f">{claim.claim}<") == 2
    assert paper.count(squeezed(claim.claim)) == 1
    assert squeezed("What the article states as fact") not in paper
    # and without such a table at the end of the section of the claims
    sections = view.prepared(REPORT).sections
    assert [part.section.role for part in sections if Block("claims") in part.blocks] == ["claims"]
    assert sections[0].blocks[-1] == Block("claims")


def test_what_a_report_lacks_has_no_place():
    bare = dataclasses.replace(REPORT, exhibits={}, claims=(), cards=(), explorer=None)
    kinds = {block.kind for part in view.prepared(bare).sections for block in part.blocks}
    assert kinds == {"prose"}


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (None, "text", ""),
        (True, "text", "yes"),
        (-4.5, "text", "−4.5"),
        (3.0, "text", "3"),
        (0.1 + 0.2, "text", "0.3"),
        (float("nan"), "text", ""),
        (1234567.89, "number", "1,230,000"),
        ("words", "number", "words"),
    ],
)
def test_a_cell_of_a_table_says_the_same_on_page_and_paper(value, kind, words):
    assert cells.shown(value, kind) == words


def test_a_long_word_breaks_after_its_signs_and_never_within_what_stands_for_one():
    assert (
        html._loose("https://a.b/c?x=1&y<2") == "https://<wbr>a.<wbr>b/<wbr>c?<wbr>x=<wbr>1&amp;<wbr>y&lt;2"
    )


@pytest.mark.parametrize(
    ("value", "odds"), [("0.69,0.06", (0.69, 0.06)), (0.4, (0.0, 0.4)), (None, None), ("none", None)]
)
def test_a_strip_is_read_as_the_shares_that_lose_and_win(value, odds):
    assert cells.odds(value) == odds
