"""The paper says what the page says, is readable by machines and people, and is the same on every run."""

from __future__ import annotations

import datetime as dt
import hashlib
import html as entities
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import typst
from fixture_pdf import page_texts, pieces, raised, reader, squeezed
from fixtures_report import SVG, sample_report

from deepseek_era.book.document import Block, Report, Section
from deepseek_era.book.view import Place
from deepseek_era.errors import DataError
from deepseek_era.figure import format_figure
from deepseek_era.pages import pdf, press
from deepseek_era.pages.html import render_html
from deepseek_era.pages.markup_typst import as_json, to_typst
from deepseek_era.prose import ProseError

REPORT = sample_report()
MARGIN_PT = 28.0


@pytest.fixture(scope="module")
def paper() -> bytes:
    return pdf.render_pdf(REPORT)


@pytest.fixture(scope="module")
def text(paper: bytes) -> str:
    return "".join(page_texts(paper))


def _with_sections(*sections: Section) -> Report:
    return replace(
        REPORT,
        sections=sections,
        cards=(),
        claims=(),
        explorer=None,
        parameters=REPORT.parameters[:1],
        scenarios=(),
    )


def _section(*blocks: Block) -> Section:
    return Section(1, "one", "A section", "Its dek.", "02-cost.ipynb", blocks)


# --- what it holds ---------------------------------------------------------------------------------------------


def test_a_number_behind_a_verb_has_lost_its_sign_and_so_have_the_ends_of_its_range():
    said = "It fell by {{ market.nvda.ar_0 | size }} (alone) and by {{ market.nvda.ar_0 | sizes }} [whole]."
    made = pdf.render_pdf(_with_sections(_section(Block("prose", said))))
    read = "".join(page_texts(made))
    assert squeezed("It fell by 14.1% (alone) and by 14.1% (10.2–18.0%)") in re.sub(r"\[\d+\]", "", read)


def test_every_title_can_be_read_back(text: str) -> None:
    for title in (REPORT.summary.title, *(s.title for s in REPORT.sections)):
        assert squeezed(title.replace("🚀", "‹U+1F680›")) in text


def test_all_calls_stand_on_page_one_and_each_has_a_card(paper: bytes, text: str) -> None:
    first = page_texts(paper)[0]
    assert len(REPORT.listing) == 25
    for row in REPORT.listing:
        assert not row.article or squeezed(row.name) in first
        assert f"·{row.id}" in text


def test_all_claims_stand_in_the_claims_table(text: str) -> None:
    table = text[text.index(squeezed("What the article states as fact")) :]
    for claim in REPORT.claims:
        assert claim.id in table
        assert squeezed(claim.verdict.replace("-", " ")) in table


def test_the_summary_is_page_one_alone_and_the_contents_follow(paper: bytes) -> None:
    first, second = page_texts(paper)[:2]
    assert squeezed("How to read.") in first
    assert "Contents" not in first
    assert "Contents" in second
    assert all(squeezed(x.label) in second for x in REPORT.exhibits.values())


def test_every_figure_of_the_page_reads_the_same_in_the_paper(text: str) -> None:
    page = render_html(REPORT)
    numbers = re.findall(r'<a class="num[^"]*"[^>]*data-n="([^"]+)">(.*?)</a>', page)
    assert len(numbers) > 10
    for name, markup in numbers:
        words = entities.unescape(re.sub(r"<[^>]+>", "", markup))
        assert words in {format_figure(REPORT.figures[name], part) for part in ("full", "value", "interval")}
        assert squeezed(words) in text, name


def test_a_number_that_was_not_public_says_so(text: str) -> None:
    assert any(figure.value is None for figure in REPORT.figures.values())
    assert squeezed("not yet public") in text


def test_sources_are_numbered_and_the_recalled_ones_marked(text: str) -> None:
    end = text[text.rindex("Sources") :]
    for source in REPORT.sources:
        assert f"{source.number}{'†' if source.read == 'recalled' else ''}" in end
    assert any(source.read == "recalled" for source in REPORT.sources)


def test_a_source_stands_in_brackets_on_the_line_and_never_as_an_exponent(paper: bytes, text: str) -> None:
    assert raised(paper) == []
    # in prose with a footnote, in the table of claims, on a card, and beside a number on weak sources
    assert squeezed("Nvidia moved by −14.1% (−18.0 to −10.2) [3]; see") in text
    assert squeezed("It was 94% (86–97%). [1, 2]") in text
    assert squeezed("A blog: ×3.4 ‡ [5]") in text


# --- hostile text ------------------------------------------------------------------------------------------------


def test_hostile_text_shows_as_text(text: str) -> None:
    for piece in (
        "<script>alert(1)</script>",
        "#set page()",
        "{{ x }}",
        "`code`",
        "$x$",
        "*_bold_*",
        "@ref",
        "مرحبا",
    ):
        assert squeezed(piece) in text, piece


def test_a_sign_that_no_face_has_is_named_by_its_code_point(text: str) -> None:
    assert "‹U+1F680›" in text
    assert "🚀" not in text


def test_markup_of_typst_in_prose_is_text() -> None:
    lines = {
        "#set page(width: 1cm)": "#set page(width: 1cm)",
        '#panic() #eval("1")': "#panic() #eval(“1”)",
        "]] #text[": "]] #text[",
        "// no comment /* none */": "// no comment /* none */",
        "a_b a*b `c": "a_b a*b `c",
        "<a> @b ~c": "<a> @b ~c",
        "= h": "= h",
        r"\#x \": r"  # x \",
        "{{ x": "{{ x",
    }
    report = _with_sections(_section(*(Block("prose", line) for line in lines)))
    found = "".join(page_texts(pdf.render_pdf(report)))
    for line, shown in lines.items():
        assert (
            squeezed(shown) in found.replace('"', "“", 1)
            or squeezed(shown.replace("“", '"').replace("”", '"')) in found
        ), line


def test_words_too_long_for_a_line_break_and_stay_on_the_page(paper: bytes) -> None:
    assert any(len(row.description) >= 10_000 for row in REPORT.parameters)
    width, height = 595.3, 841.9
    assert sum(p.text.count("x") for p in pieces(paper)) > 9_000
    for piece in pieces(paper):
        assert MARGIN_PT < piece.x < width - MARGIN_PT, piece
        assert MARGIN_PT < piece.y < height - MARGIN_PT, piece


# --- how it is set -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ("1.1 years", "2.5 years", "1.1 to 2.5 years"),
        ("×1.1", "×5.0", "×1.1 to ×5.0"),
        ("1 GW", "2 TWh", "1 GW to 2 TWh"),
        ("3 GW", "3 GW", "fixed"),
    ],
)
def test_a_range_says_its_unit_once(low: str, high: str, words: str) -> None:
    assert replace(sample_report().parameters[0], low=low, high=high).range == words


def test_places_of_a_source_are_named_by_kind() -> None:
    places = [Place("a", "Figure 4"), Place("b", "Table 1"), Place("c", "Figure 6")]
    assert [(g["word"], [p["text"] for p in g["places"]]) for g in pdf.gathered(places)] == [
        ("Figures", ["4", "6"]),
        ("Table", ["1"]),
    ]


def test_no_text_is_smaller_than_seven_points(paper: bytes) -> None:
    small = [p for p in pieces(paper) if p.size < 6.99 and "Math" not in p.face]
    assert not small, small[:3]


def test_only_the_report_faces_are_used_for_its_own_words() -> None:
    faces = {
        p.face for p in pieces(pdf.render_pdf(_with_sections(_section(Block("prose", "Plain words: $x$.")))))
    }
    assert all(
        face.startswith(("SourceSansPro", "SourceSerifPro", "NewCMMath", "DejaVuSansMono")) for face in faces
    )


def test_a_heading_never_stands_at_the_foot_of_a_page() -> None:
    lines = "\n\n".join(
        f"## Heading {i}\n\nA line.\n\nAnother line {'and more ' * (3 * i % 40)}" for i in range(60)
    )
    found = pieces(pdf.render_pdf(_with_sections(_section(Block("prose", lines)))))
    pages = {p.page for p in found if p.size == 14}
    assert len(pages) > 3
    for page in pages:
        body = [p for p in found if p.page == page and 60 < p.y < 785]
        lowest = min(body, key=lambda p: p.y)
        assert lowest.size < 13, f"page {page} ends in a heading: {lowest.text}"


def test_a_table_over_several_pages_repeats_its_head() -> None:
    table = next(x for x in REPORT.exhibits.values() if x.svg_wide is None)
    rows = tuple({**table.data[0], "who": f"Firm {i} " + "with a long name " * 6} for i in range(120))
    report = replace(
        _with_sections(_section(Block("exhibit", table.name))),
        exhibits={table.name: replace(table, data=rows)},
    )
    pages = [t for t in page_texts(pdf.render_pdf(report)) if "withalongname" in t]
    assert len(pages) > 2
    assert all(table.columns[-1].header.replace(" ", "") in t for t in pages)
    assert sum(t.count("Firm") for t in pages) == 120


def test_the_paper_has_as_many_pages_as_its_content_asks_for(paper: bytes) -> None:
    # a page for each section and list at least, and no more than a card and a half to a page
    assert 15 <= len(reader(paper).pages) <= 40
    assert len(paper) <= 5_000_000


# --- machines ------------------------------------------------------------------------------------------------------


def test_it_declares_pdf_a_and_pdf_ua_and_is_tagged(paper: bytes) -> None:
    root = reader(paper).trailer["/Root"]
    assert root["/Lang"].startswith("en")
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    described = root["/Metadata"].get_data().decode()
    assert "pdfuaid" in described
    assert "pdfaid" in described


def test_references_contents_and_sources_are_links_that_lead_somewhere(paper: bytes) -> None:
    document = reader(paper)
    inside = [
        annotation.get_object()
        for page in document.pages
        for annotation in page.get("/Annots", [])
        if "/URI" not in annotation.get_object().get("/A", {})
    ]
    assert len(inside) > 60
    assert all("/Dest" in link or "/D" in link.get("/A", {}) for link in inside)
    titles = [item.title for item in document.outline if not isinstance(item, list)]
    assert {"Contents", "Sources"} <= set(titles)


def test_equal_reports_give_equal_bytes(paper: bytes) -> None:
    assert pdf.render_pdf(REPORT) == paper


def test_another_process_gives_the_same_bytes(paper: bytes) -> None:
    here = Path(__file__).parent
    script = "import sys,hashlib;from fixtures_report import sample_report;from deepseek_era.pages.pdf import render_pdf;print(hashlib.sha256(render_pdf(sample_report())).hexdigest())"
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "TZ": "Pacific/Apia",
        "PYTHONPATH": f"{here}:{here.parent}",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, cwd=here, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(paper).hexdigest()


def test_its_date_is_the_date_of_the_facts(paper: bytes) -> None:
    assert pdf.facts_date(REPORT) == dt.date(2026, 11, 20)
    assert reader(paper).metadata["/CreationDate"].startswith("D:20261120")


# --- what is refused -----------------------------------------------------------------------------------------------


def test_a_drawing_without_alt_text_is_refused_by_name() -> None:
    x = next(x for x in REPORT.exhibits.values() if x.svg_wide)
    report = replace(REPORT, exhibits={**REPORT.exhibits, x.name: replace(x, alt=" ")})
    with pytest.raises(DataError, match=f"exhibit {x.name} .*no alt text"):
        pdf.render_pdf(report)


def test_what_opens_below_a_row_of_the_page_stands_open_in_the_annex_alone() -> None:
    table = REPORT.exhibits["who-table"]
    rows = tuple({**row, "line": "Behind it", "more": "First.\n#set page()"} for row in table.data)
    opening = replace(table, opens=("line", "more"), data=rows)
    report = replace(REPORT, exhibits={**REPORT.exhibits, table.name: opening})
    said = squeezed(" ".join(page_texts(pdf.render_pdf(report))))
    assert said.count(squeezed("Behind it First. #set page()")) == len(rows)
    paper = pdf.Paper(replace(report, edition=replace(report.edition, kind="paper")))
    assert not any(paper.exhibit(opening)["opened"])


def test_typst_itself_refuses_an_image_without_alt_text() -> None:
    data = pdf.Paper(REPORT).data()
    name = next(name for name, x in data["exhibits"].items() if x["svg"])
    data["exhibits"][name]["alt"] = None
    inputs = {"report": as_json(press.cleaned(data, frozenset("🚀")))}
    with pytest.raises(typst.TypstError, match="missing alt text"):
        press.pdf(pdf.template(), inputs, dt.date(2026, 11, 20))


def test_a_drawing_that_is_no_svg_is_refused_by_name() -> None:
    x = next(x for x in REPORT.exhibits.values() if x.svg_wide)
    report = replace(REPORT, exhibits={**REPORT.exhibits, x.name: replace(x, svg_wide="<svg")})
    with pytest.raises(DataError, match=f"exhibit {x.name}: its drawing is no SVG"):
        pdf.render_pdf(report)


def test_an_unknown_token_in_prose_is_refused_with_the_nearest_name() -> None:
    known = next(iter(REPORT.figures))
    with pytest.raises(ProseError, match=re.escape(f"(nearest: {known})")):
        pdf.render_pdf(_with_sections(_section(Block("prose", f"It was {{{{ {known}x }}}}."))))


def test_a_run_without_a_date_is_refused() -> None:
    run = replace(REPORT.run, facts_to="soon", vintage="later")
    with pytest.raises(DataError, match="facts_to 'soon' is not a date"):
        pdf.render_pdf(replace(REPORT, run=run))


# --- parts ---------------------------------------------------------------------------------------------------------


def test_markdown_is_cut_at_headings_but_not_inside_code() -> None:
    source = "Lead.\n\n## One\n\nText.\n\n```\n# not a heading\n```\n\n### Two ##\n"
    assert pdf.split_headings(source) == [
        (0, "Lead."),
        (2, "One"),
        (0, "Text.\n\n```\n# not a heading\n```"),
        (3, "Two"),
    ]


def test_a_formula_carries_words_for_those_who_cannot_see_it() -> None:
    assert to_typst([r"When $\varphi \varepsilon > 1$."])[0].startswith('When #formula("φε > 1", false, $')
    assert "\\frac" in to_typst([r"$$\frac{a}{b}$$"])[0]


def test_a_formula_that_pandoc_cannot_read_shows_as_text() -> None:
    paper = pdf.render_pdf(
        _with_sections(_section(Block("prose", r"Broken: $\nosuchthing{ x$ and $a < b$.")))
    )
    assert squeezed(r"\nosuchthing") in "".join(page_texts(paper))


def test_a_tall_formula_of_a_card_keeps_off_the_lines_above_and_below_it() -> None:
    def gaps(equation: str) -> tuple[float, float]:
        """Return how far the formula's highest letter lies under the line above it, and its lowest over the next."""
        card = replace(REPORT.cards[0], equation=equation, era=None, contest=None)
        found = pieces(pdf.render_pdf(replace(REPORT, cards=(card,))))
        page = next(p.page for p in found if "What moves it" in p.text)
        formula = [p for p in found if "Math" in p.face and p.page == page]
        words = [p.y for p in found if "Math" not in p.face and p.page == page]
        high, low = (end(p.y for p in formula) for end in (max, min))
        return min(y for y in words if y > high + 1) - high, low - max(y for y in words if y < low - 1)

    flat, tall = gaps("I = x"), gaps(r"I = \frac{\frac{a}{b_c}}{\frac{d}{e_f}} - x")
    # the letters of a fraction are smaller, so they may come a little nearer than a whole line's do
    assert tall[0] > 0.6 * flat[0]
    assert tall[1] > 0.6 * flat[1]


def test_scripts_and_handlers_leave_a_drawing() -> None:
    cleaned = press.safe_svg(SVG)
    assert "script" not in cleaned
    assert "onload" not in cleaned
    assert "<rect" in cleaned


def test_a_word_wider_than_its_column_breaks_with_a_hyphen_and_others_do_not() -> None:
    long, short = pdf.fitted(["organisations"], 8)[0], pdf.fitted(["two words"], 8)[0]
    assert long == "organis\u00adations"
    assert short == "two words"
    assert pdf.fitted([{"num": "a.b", "part": "full"}], 4) == [{"num": "a.b", "part": "full"}]


def test_numbers_of_sources_are_drawn_together() -> None:
    assert pdf.ranges([1, 2, 3, 7, 9, 10]) == [[1, 3], [7, 7], [9, 10]]
    assert pdf.ranges([]) == []


def test_a_changed_run_says_so_on_page_one(paper: bytes) -> None:
    assert REPORT.run.changed
    first = page_texts(paper)[0]
    assert squeezed(f"This run: {REPORT.run.scenario_title}") in first
    assert squeezed(f"{len(REPORT.run.changed)} changed parameter") in first


def test_the_answer_stays_on_page_one_however_long_it_grows() -> None:
    grown = replace(
        REPORT.summary,
        answer=REPORT.summary.answer + " One more clause of the answer." * 6,
    )
    first = page_texts(
        pdf.render_pdf(replace(_with_sections(_section(Block("prose", "Text."))), summary=grown))
    )[0]
    assert all(squeezed(row.name) in first for row in REPORT.listing if row.article)


def test_a_figure_never_floats_above_the_title_of_its_section() -> None:
    x = next(x for x in REPORT.exhibits.values() if x.svg_wide)
    section = _section(
        Block("prose", "A short lead."), Block("exhibit", x.name), Block("prose", "After. " * 300)
    )
    found = pieces(pdf.render_pdf(replace(_with_sections(section), exhibits={x.name: x})))
    title = next(p for p in found if p.size == 19 and p.text.strip() == "A section")
    caption = next(
        p for p in found if p.size == 12.5 and p.text.startswith(x.title[:8]) and p.page >= title.page
    )
    assert (caption.page, -caption.y) > (title.page, -title.y)


def test_a_number_on_weak_sources_alone_is_marked_and_listed(text: str) -> None:
    blog, other = (format_figure(REPORT.figures[key]) for key in ("cost.blog", "cost.margin"))
    assert squeezed(f"A blog: {blog}‡") in text
    assert squeezed(f"A judgement: {other}‡") not in text
    listed = text[text.index(squeezed("Numbers that rest on weak sources alone")) :]
    assert squeezed("A number that a blog says") in listed
    assert squeezed("A number from memory") in listed


def test_headline_facts_that_nobody_confirms_and_corrections_stand_in_the_paper(text: str) -> None:
    unsettled = text[text.index(squeezed("Headline facts that no second source confirms")) :]
    for word in (
        "conflict",
        "weak",
        "single",
        "404GB",
        "S_NOT_USED",
        squeezed("against <script>alert(1)</script>"),
    ):
        assert word in unsettled
    assert squeezed("1 correction stands between facts as collected and as used") in text


def torn(nudges, times):
    """Stand in for typst, which trips over the end of a page so many times."""

    def made(template, inputs, date, pictures=None):
        form = json.loads(inputs["report"])
        nudges.append((form["nudge"], form["whole_cards"]))
        if len(nudges) <= times:
            error = typst.TypstError("internal error")
            said = ("tags weren't properly closed", "parent group (occurred at build.rs)")[len(nudges) % 2]
            error.diagnostic = f"error: internal error: {said}"
            raise error
        return b"%PDF"

    return made


def test_an_end_of_a_page_that_typst_trips_over_is_moved(monkeypatch):
    nudges = []
    monkeypatch.setattr(press, "pdf", torn(nudges, 2))
    assert pdf.set_pdf({}, dt.date(2026, 1, 1)) == b"%PDF"
    assert nudges == [(0, False), (1, False), (2, False)]


def test_moving_the_end_of_a_page_ends_in_one_line(monkeypatch):
    nudges = []
    monkeypatch.setattr(press, "pdf", torn(nudges, 99))
    with pytest.raises(DataError, match=r"^report\.pdf: typst refuses the report: error: internal error"):
        pdf.set_pdf({}, dt.date(2026, 1, 1))
    shorter = range(pdf.MOST_NUDGES + 1)
    assert nudges == [(n, whole) for whole in (False, True) for n in shorter]
