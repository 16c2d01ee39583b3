"""The committed report says what its numbers rest on: none stands on weak or recalled sources without its mark."""

import html
import json
import re

import pytest
from fixture_pdf import page_texts, squeezed
from fixture_texts import opened

from deepseek_era import provenance, tables

BASE = tables.ROOT / "report" / "base"
FIGURES = json.loads((BASE / "figures.json").read_text(encoding="utf-8"))
WEAK = set(provenance.weak_figures(FIGURES)["figure"])
MARK = r'<a class="ref weak" href="#basis"[^>]*>\u202f?‡'


@pytest.fixture(scope="module")
def page():
    return (BASE / "annex.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def paper():
    return "".join(page_texts((BASE / "annex.pdf").read_bytes()))


def fold(page, name):
    page = opened(page)
    start = page.index(f'id="{name}"')
    return html.unescape(page[start : page.index("</details>", start)])


def test_some_numbers_rest_on_weak_sources_alone_so_that_the_marks_are_tested():
    assert WEAK
    assert any(provenance.weak_figures(FIGURES)["recalled"])


def test_each_number_on_weak_or_recalled_sources_alone_is_marked_wherever_the_page_prints_it(page):
    printed = re.findall(rf'data-n="([^"]+)">(?:(?!</a>).)*</a>({MARK})?', page, re.DOTALL)
    assert printed
    assert {key for key, mark in printed if mark} == WEAK & {key for key, _ in printed}
    assert {key for key, mark in printed if not mark} & WEAK == set()
    rows = re.findall(r'<tr id="n-([^"]+)">(?:(?!<tr).)*?<td class="n">([^<]*)', page, re.DOTALL)
    assert {key for key, value in rows if value.endswith("‡")} == WEAK
    assert {key for key, _ in rows} == set(FIGURES)


def test_each_number_on_weak_or_recalled_sources_alone_is_listed_in_the_paper(paper):
    listed = paper[paper.index(squeezed("Numbers that rest on weak sources alone")) :]
    for key in WEAK:
        assert squeezed(FIGURES[key]["label"]) in listed.replace("\u00ad", ""), key
    assert paper.count("‡") > 2


def test_the_page_counts_what_its_numbers_rest_on(page):
    total = provenance.summary(FIGURES)
    assert f"{total.sourced_figures} of {total.figures:,} numbers name their sources" in page
    assert (
        f"{len(WEAK)} numbers rest on nothing better than quality C or on recall and carry ‡; "
        f"{total.recalled_figures} of them on recall alone" in page
    )
    counts = total.headlines
    lone = {0: "none rests", 1: "one rests"}.get(counts["weak"], f"{counts['weak']} rest")
    assert (
        f"{sum(counts.values())} headline facts. A second source confirms {counts['confirmed']}; {counts['single']} have "
        f"one origin, {lone} on one weak source alone, and on {counts['conflict']} the sources disagree"
    ) in page
    known = provenance.confirmed("2026-12-31")
    assert f"Of the confirmed {known.origins} have two origins" in page
    assert (
        f"a second origin too, {known.strict} are confirmed; the looser one was written after that count"
        in page
    )
    assert (
        f"{known.searches} searches of stored public pages looked for second sources of {known.searched} facts"
        in page
    )


def test_each_source_says_how_many_numbers_rest_on_it(page):
    used = provenance.source_use(FIGURES).set_index("source_id")["figures"]
    said = [int(n) for n in re.findall(r">(?:Used in [^<]*, b|B)ehind (\d+) number", page)]
    assert sorted(said) == sorted(int(n) for n in used if n)


def test_each_headline_fact_that_no_second_source_confirms_is_listed_with_its_standing(page, paper):
    facts = provenance.headline_status()
    facts = facts[~facts["settled"]]
    listed = fold(page, "unsettled")
    for row in facts.itertuples():
        entry = listed[listed.index(row.fact) :].split("<tr>")[0]
        assert f"<td>{row.status}<td>" in entry, row.fact
        assert row.status != "conflict" or "against" in entry, row.fact
    assert listed.count("<tr>") - 1 == len(facts)
    assert squeezed("Headline facts that no second source confirms") in paper
    assert all(squeezed(fact)[:40] in paper.replace("\u00ad", "") for fact in facts["fact"])


def test_each_correction_is_listed_with_what_was_collected_and_what_is_used(page, paper):
    listed = fold(page, "corrections")
    for row in tables.load("corrections").itertuples():
        assert all(text in listed for text in (row.key, row.column, row.old, row.new, row.why))
    number = re.search(r"The (\d+) corrections applied", page)
    assert number is not None
    assert squeezed(f"{number[1]} corrections stand between facts as collected and as used") in paper


def test_a_run_at_the_vintage_of_the_article_knows_nothing_of_later_second_sources():
    then = provenance.headlines_at("2025-01-31")
    assert (then["as_of"] <= "2025-01-31").all()
    assert len(then) < len(provenance.headline_status())
    later = then["second_source"].str.extract(r"\| (\d{4}-\d{2}-\d{2}) \|", expand=False).dropna()
    assert (later <= "2025-01-31").all()
    assert set(then.loc[then["second_source"] == "", "status"]) <= {"single", "weak"}
    now = provenance.headlines_at("2026-12-31")
    assert now["status"].tolist() == provenance.headline_status()["status"].tolist()
