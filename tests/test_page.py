"""The page as text: what it holds, what it refuses, that nothing in it can act or reach out."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fixture_texts import opened, packed
from fixtures_report import HOSTILE, LONG, SVG, sample_report, with_paper
from hypothesis import given
from hypothesis import strategies as st

from deepseek_era.book import cards
from deepseek_era.book.card import Histogram, Observation, Quantity
from deepseek_era.book.document import AttachedView, Block, Report, Section
from deepseek_era.book.editions import editions
from deepseek_era.charts import theme
from deepseek_era.drawing import answers
from deepseek_era.errors import UserError
from deepseek_era.figure import Figure, format_figure
from deepseek_era.pages import drawings, fonts, once, sheet
from deepseek_era.pages.html import Page, render_html
from deepseek_era.pages.markup import raw_inline, to_html
from deepseek_era.prose import Vocabulary, fill, substitute


class Reader(HTMLParser):
    """Collects elements, attributes, ids, text and inline code of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[tuple[str, str | None, str]] = []
        self.headings: list[int] = []
        self.texts: list[str] = []
        self._within: tuple[str, str | None] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("script", "style"):
            self._within = (tag, dict(attrs).get("type"))

    def handle_endtag(self, tag: str) -> None:
        if self._within and tag == self._within[0]:
            self._within = None

    def handle_data(self, data: str) -> None:
        if self._within:
            self.inline.append((*self._within, data))
        else:
            self.texts.append(data)

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.elements if "id" in attributes]


@pytest.fixture(scope="module")
def report() -> Report:
    return sample_report()


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return opened(render_html(report))


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    return Reader(page)


def _vocabulary(report):
    return Vocabulary(report.figures, report.exhibits, report.elsewhere)


def one_section(text: str) -> Report:
    report = sample_report()
    section = Section(1, "only", "Only", "A dek.", "09-only.ipynb", (Block("prose", text),))
    return dataclasses.replace(report, sections=(section,), cards=(), explorer=None, exhibits={})


# --- nothing reaches out, nothing acts ----------------------------------------------------------------------------


def test_the_policy_names_the_hash_of_every_inline_script_and_style_and_allows_nothing_else(
    page: str, read: Reader
) -> None:
    policy = next(a["content"] for t, a in read.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    data = ("application/json", "application/ld+json", "text/plain")  # which no browser runs
    run = [(tag, text) for tag, kind, text in read.inline if kind not in data]
    for tag, text in [*run, ("script", packed(page, "vega-bundle"))]:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        directive = "script-src" if tag == "script" else "style-src"
        assert f"'sha256-{digest}'" in re.search(rf"{directive} ([^;]*)", policy).group(1)  # type: ignore[union-attr]


def test_no_word_of_the_page_runs_into_the_number_after_it(page: str) -> None:
    text = re.sub(r"<(script|style|template)\b.*?</\1>", " ", page, flags=re.DOTALL)
    joined = re.findall(
        r"\b(?:to|of|in|by|and|than|from|at)\d\S*", re.sub(r"<[^>]+>", " ", text), re.IGNORECASE
    )
    assert joined == []


def test_no_element_has_a_style_attribute_or_an_event_handler(read: Reader) -> None:
    for tag, attributes in read.elements:
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)


def test_nothing_is_loaded_from_anywhere(read: Reader) -> None:
    loading = [
        (t, a) for t, a in read.elements if "src" in a or t in ("link", "iframe", "img", "object", "base")
    ]
    loading = [
        (t, a) for t, a in loading if a.get("rel") != "alternate"
    ]  # names the feed, and fetches nothing
    assert loading == []
    css = next(text for tag, _, text in read.inline if tag == "style")
    assert set(re.findall(r"url\(([^)]{0,20})", css)) == {"data:font/woff2;base"}
    assert "@import" not in css


def test_links_lead_within_the_page_to_its_neighbours_or_to_a_source(read: Reader) -> None:
    neighbours = {"report.pdf", "figures.json", "claims.csv", "calls.csv", "../editions/feed.xml"}
    for tag, attributes in read.elements:
        href = attributes.get("href")
        if tag == "a" and href is not None:
            assert href.startswith(("#", "https://")) or href in neighbours, href


def test_every_link_within_the_page_has_a_target_and_every_id_is_unique(read: Reader) -> None:
    assert len(read.ids) == len(set(read.ids))
    known = set(read.ids)
    for tag, attributes in read.elements:
        for name in ("href", "aria-labelledby", "for"):
            value = attributes.get(name)
            if value and (name != "href" or value.startswith("#")):
                assert value.removeprefix("#") in known, (tag, name, value)


def test_hostile_text_shows_as_text_wherever_data_can_hold_it(page: str, read: Reader) -> None:
    assert "<script>alert(1)" not in page
    shown = "".join(read.texts)
    # title, claim, card, evidence, source, table cell, code, parameter note: all of them, letter for letter
    assert shown.count(HOSTILE) >= 8
    assert LONG in shown
    assert not [a for _, a in read.elements if (a.get("href") or "").startswith("javascript:")]


def test_a_drawing_loses_scripts_handlers_and_styles_and_gets_ids_of_its_own() -> None:
    clean = drawings.inline_svg(SVG, "hostile", 'alt "text" <b>', "wide")
    assert "alert" not in clean
    assert "style=" not in clean
    assert 'id="hostile-wide-clip0"' in clean
    assert "url(#hostile-wide-clip0)" in clean
    assert 'aria-label="alt &quot;text&quot; &lt;b&gt;"' in clean
    assert "94 &lt; 100" in clean


def test_equal_reports_give_equal_bytes_within_four_megabytes(page: str) -> None:
    assert opened(render_html(sample_report())) == page
    assert len(render_html(sample_report()).encode()) <= 4_000_000


# --- the words ----------------------------------------------------------------------------------------------------


def test_a_number_in_prose_is_worded_by_format_figure_underlined_by_kind_and_leads_to_its_exhibit(
    page: str,
) -> None:
    figure = sample_report().figures["market.nvda.ar_0"]
    value, interval = format_figure(figure, "value"), format_figure(figure, "interval")
    link = f'<a class="num obs" href="#exhibit-market-forest" data-n="{figure.id}">{value} <span>{interval}</span></a>'
    assert link in page


def test_every_number_of_the_run_can_be_looked_up_with_label_kind_and_sources(
    page: str, report: Report
) -> None:
    for figure in report.figures.values():
        row = re.search(rf'<tr id="n-{re.escape(figure.id)}">(.*?)(?=<tr|</tbody>)', page, re.DOTALL)
        assert row is not None
        for part in (figure.label.replace("'", "&#39;"), format_figure(figure, "value"), figure.kind):
            assert part in row.group(1)
        assert row.group(1).count('href="#src-') == len(figure.sources)


def test_a_fact_that_was_not_public_says_so(page: str) -> None:
    assert re.search(r'<a class="num obs none"[^>]*>not yet public</a>', page)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ cost.api.discont }}", "notebook 09-only.ipynb: {{ cost.api.discont }} names no figure (nearest: cost.api.discount)"),
        ("{{ cost.api.discount | valu }}", "part is not one of full, value, interval, size, sizes (nearest: value)"),
        ("{{ ref:market-forst }}", "names no exhibit (nearest: market-forest)"),
    ],
)  # fmt: skip
def test_an_unknown_token_stops_with_its_name_its_place_and_the_nearest_name(text: str, message: str) -> None:
    report = dataclasses.replace(one_section(text), exhibits=sample_report().exhibits)
    with pytest.raises(UserError) as caught:
        render_html(report)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_token_in_code_stays_and_a_token_in_data_is_replaced_only_if_it_is_ours() -> None:
    words = _vocabulary(sample_report())
    plain = lambda token: token.text  # noqa: E731
    assert substitute("`{{ cost.margin }}`", words, plain, "x") == "`{{ cost.margin }}`"
    assert substitute("{{ x }} {{ cost.margin | value }}", words, plain, "x", data=True) == "{{ x }} 35%"


def test_a_token_that_says_nothing_leaves_no_space_behind() -> None:
    report = sample_report()
    bare = next(figure.id for figure in report.figures.values() if figure.low is None)
    words = _vocabulary(report)
    plain = lambda token: token.text  # noqa: E731
    text = f"It is so {{{{ {bare} | interval }}}}; more."
    assert substitute(text, words, plain, "x") == "It is so; more."
    assert fill(text, Vocabulary(report.figures, {}, {}), "x") == "It is so; more."


def test_an_interval_takes_the_sign_after_it_along_and_a_number_its_unit(report: Report) -> None:
    shown = str(Page(report).inline("Slower by 85% (82–89%); needs 700 GB, 5–95% of 27 January."))
    assert '<span class="nb">(82–89%);</span>' in shown
    assert "700\u00a0GB" in shown
    assert '<span class="nb">5–95%</span>' in shown
    assert "27\u00a0January" in shown


def test_prose_becomes_html_with_mathml_and_headings_one_level_down() -> None:
    html = to_html(["## Part\n\n$\\phi\\varepsilon > 1$", "<b>no</b> `code`"])
    assert "<h3>Part</h3>" in html[0]
    assert "<math" in html[0]
    assert "&lt;b&gt;no&lt;/b&gt; <code>code</code>" in html[1]


def test_a_fence_left_open_hurts_no_other_block() -> None:
    html = to_html(["before", "```\nopen", "*after*", "last"])
    assert html[0] == "<p>before</p>"
    assert "open" in html[1]
    assert html[2:] == ["<p><em>after</em></p>", "<p>last</p>"]


@pytest.mark.parametrize("text", ["a`b", "``", "`x`", "plain", "two\nlines"])
def test_a_raw_inline_passes_any_text_through_markdown_unread(text: str) -> None:
    assert to_html([f"x {raw_inline(text, 'html')} y"]) == [f"<p>x {text.replace(chr(10), ' ')} y</p>"]


# --- the parts ----------------------------------------------------------------------------------------------------


def test_the_first_screen_holds_the_answer_every_call_once_and_both_its_answers_in_words(
    page: str, report: Report
) -> None:
    first = page[page.index('class="lede"') : page.index('<div class="page">')]
    assert "Users of AI win under almost any belief" in first
    calls = [row for row in report.listing if row.article]
    found = re.findall(r'<details class="row".*?</summary>', first, re.DOTALL)
    assert len(found) == len(calls)
    for row in calls:
        (markup,) = [text for text in found if f"<span>{row.name}</span></span>" in text]
        said = re.sub("<[^>]+>", "", markup)
        assert f"Did it come true? {row.came}{' · 41%' if row.came == 'too early' else ''}" in said
        assert f"Was it R1? {row.word}" in said
        assert f"the article said: {row.article[:-3]}" in said.replace("loses", "los").replace("wins", "win")
        assert f'href="#{answers.mark_id("t", row.came)}"' in markup
        assert f'href="#{answers.mark_id("r", row.word)}"' in markup
    # a mark never stands without its drawing
    used = set(re.findall(r'href="#([tr]-[a-z-]+)"', page))
    assert used <= set(re.findall(r'<symbol id="([tr]-[a-z-]+)"', page))


def test_sections_exhibits_cards_claims_and_sources_all_stand_in_the_page(
    read: Reader, report: Report
) -> None:
    ids = set(read.ids)
    wanted = [f"section-{s.slug}" for s in report.sections] + [x.anchor for x in report.exhibits.values()]
    wanted += [f"card-{c.id}" for c in report.cards] + [f"claim-{c.id}" for c in report.claims]
    wanted += [f"src-{s.number}" for s in report.sources] + [f"p-{p.id}" for p in report.parameters]
    assert [anchor for anchor in wanted if anchor not in ids] == []


def test_headings_start_at_one_and_never_skip_a_level(read: Reader) -> None:
    assert read.headings[0] == 1
    assert read.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(read.headings, read.headings[1:], strict=False))


def test_every_chart_has_an_alt_text_a_table_of_its_data_its_formula_and_its_code(
    page: str, report: Report
) -> None:
    for x in report.exhibits.values():
        start = page.index(f'id="{x.anchor}"')
        figure = page[start : page.index("</figure>", start)]
        assert f'data-csv="{x.name}"' in figure
        assert "How computed" in figure
        assert figure.count("<tr>") >= len(x.data)
        if x.svg_wide:
            assert figure.count('role="img" aria-label="') == 1 + bool(x.svg_narrow)
            assert f'data-svg="{x.name}"' in figure


def test_the_rows_of_a_shut_table_wait_in_a_fold_and_all_of_them_come(report: Report) -> None:
    table = report.exhibits["who-table"]
    shut = dataclasses.replace(
        report, exhibits={**report.exhibits, "who-table": dataclasses.replace(table, shut=True)}
    )
    asked, whole = render_html(shut), render_html(report)
    rows = re.findall(r'<table class="tbl stack"><colgroup>.*?</table>', whole, re.DOTALL)
    assert len(rows) == 1
    assert rows[0] not in asked
    assert rows[0] in opened(asked)
    assert 'data-table="rows of who-table"' in asked


def test_a_file_that_goes_with_an_exhibit_is_offered_in_its_fold_and_both_old_addresses_stay(
    report: Report,
) -> None:
    kept = AttachedView("check", "The check, row by row", ("who",), ({"who": "Nvidia"},))
    forest = dataclasses.replace(report.exhibits["market-forest"], was=("older",), files=(kept,))
    page = render_html(dataclasses.replace(report, exhibits={**report.exhibits, "market-forest": forest}))
    figure = page[page.index(f'id="{forest.anchor}"') :]
    figure = figure[: figure.index("</figure>")]
    assert '<a href="exhibits/check.csv">The check, row by row</a>' in figure
    assert {'id="exhibit-older"', 'id="exhibit-check"'} <= set(re.findall(r'id="[^"]+"', figure))


def test_a_row_of_the_annex_opens_on_the_paragraphs_behind_its_line_as_text(report: Report) -> None:
    table = report.exhibits["who-table"]
    rows = [{**row, "line": "", "more": ""} for row in table.data]
    rows[0] |= {"line": HOSTILE, "more": f"First.\n{HOSTILE}"}
    opening = dataclasses.replace(table, opens=("line", "more"), data=tuple(rows), shut=False)
    whole = dataclasses.replace(report, exhibits={**report.exhibits, "who-table": opening})
    page = render_html(whole)
    shown = re.findall(r'<tr class="more">.*?</tr>', page, re.DOTALL)
    assert len(shown) == 1
    assert f'<td colspan="{len(table.columns)}"><details><summary>' in shown[0]
    assert shown[0].count("<p>") == 2
    assert "<script>" not in shown[0]
    paper = dataclasses.replace(whole, edition=dataclasses.replace(whole.edition, kind="paper"))
    assert '<tr class="more">' not in render_html(paper)


def test_the_data_of_a_table_gives_its_numbers_in_words_and_not_as_tokens() -> None:
    report = sample_report()
    table = report.exhibits["who-table"]
    rows = ({"who": "It was {{ cost.margin | value }}.", "side": "none", "odds": None, "value": None},)
    changed = {**report.exhibits, "who-table": dataclasses.replace(table, data=rows)}
    page = opened(render_html(dataclasses.replace(report, exhibits=changed)))
    assert "<td>It was 35%." in page
    assert "{{ cost.margin" not in page


def test_a_recalled_source_carries_its_dagger_wherever_it_is_used(page: str) -> None:
    assert '<a class="ref" href="#src-2">[2†]</a>' in page
    assert '<a class="ref" href="#src-2">[2]</a>' not in page
    assert "From memory, the document was not checked; marked † wherever it is used." in page


def test_changed_parameters_stand_above_the_answer_and_a_base_report_has_no_such_note(page: str) -> None:
    assert page.index('id="run"') < page.index('<section class="lede"')
    report = sample_report()
    base = dataclasses.replace(report, run=dataclasses.replace(report.run, scenario="base", changed=()))
    assert 'id="run"' not in render_html(base)


def test_a_report_without_explorer_live_exhibits_cards_or_claims_still_renders() -> None:
    bare = dataclasses.replace(
        one_section("Prose."), claims=(), calls=(), parameters=(), sources=(), scenarios=()
    )
    html = render_html(bare)
    assert 'id="vega-bundle"' not in html
    assert 'id="explorer"' not in html


# --- explorer and live exhibits -----------------------------------------------------------------------------------


def test_the_explorer_carries_every_draw_and_starts_at_the_share_of_all_draws(
    page: str, report: Report
) -> None:
    draws = json.loads(packed(page, "draws"))
    assert report.explorer is not None
    assert [len(d["values"]) for d in draws["drivers"]] == [2048] * 6
    assert draws["calls"] == [call.digits for call in report.explorer.calls]
    beliefs = Page(report).view.beliefs
    assert beliefs is not None
    for call, digits in zip(beliefs.calls, draws["calls"], strict=True):
        assert (call.lose, call.win) == (digits.count("0") / 2048, digits.count("2") / 2048)


def test_a_driver_fixed_to_one_number_still_has_a_histogram() -> None:
    report = sample_report()
    assert report.explorer is not None
    drivers = tuple(dataclasses.replace(d, values=(2.0,) * 2048) for d in report.explorer.drivers)
    explorer = dataclasses.replace(report.explorer, drivers=drivers)
    page = render_html(dataclasses.replace(report, explorer=explorer))
    assert page.count('class="hist"') == 6
    assert "NaN" not in re.sub(r'<script type="text/plain".*?</script>', "", page, flags=re.DOTALL)


def test_a_live_specification_leaves_its_inputs_to_the_page_and_names_the_embedded_face(read: Reader) -> None:
    spec = json.loads(
        next(t for _, kind, t in read.inline if kind == "application/json" and '"$schema"' in t)
    )
    assert [p["name"] for p in spec["params"]] == ["eps", "phi", "xnow"]
    assert not [p for p in spec["params"] if "bind" in p]
    assert "Report Sans" in json.dumps(spec["config"])


def test_an_indented_line_of_the_template_goes_on_the_line_before() -> None:
    source = (
        "<p>\n  <b>one</b>\n  {{ two }}\n  three\n    four\n<i\n  class='x'>\n  five</i></p>\n{% if a %}\n"
    )
    assert sheet.joined(source) == (
        "<p><b>one</b>{{ two }}three four\n<i class='x'>five</i></p>\n{% if a %}\n"
    )


# --- colour and type ----------------------------------------------------------------------------------------------


def test_tokens_differ_so_that_each_recolours_alone() -> None:
    light = theme.theme_file()["tokens"]["light"]
    assert len({colour.lower() for colour in light.values()}) == len(light)
    css = sheet.colour_css()
    for colour in light.values():
        assert css.count(f'[fill="{colour}" i]') == 2


def test_the_subset_fonts_are_renamed_and_hold_the_signs_that_numbers_need() -> None:
    from io import BytesIO

    from fontTools.ttLib import TTFont

    css = fonts.font_css()
    assert css.count("@font-face") == 6
    assert len(css) < 200_000
    for block in re.findall(r"base64,([A-Za-z0-9+/=]+)", css):
        font = TTFont(BytesIO(base64.b64decode(block)))
        names = " ".join(str(record) for record in font["name"].names if record.nameID in (1, 3, 4, 6))
        assert "Source" not in names
        assert {ord(c) for c in "−–×†%$é’"} <= set(font.getBestCmap())
    assert "SIL Open Font Licence" in fonts.LICENCE


# --- cards --------------------------------------------------------------------------------------------------------


def test_a_card_keeps_effect_attributable_forecast_and_observation_apart(report: Report) -> None:
    view = cards.view(report.cards[0], report.standings[report.cards[0].id])
    assert [e.title for e in view.estimates] == ["Effect", "Attributable", "Era forecast", "Observed"]
    assert [e.kind for e in view.estimates] == ["modelled", "modelled", "modelled", "observed"]
    effect = report.cards[0].effect
    figure = Figure("x", effect.median, "%", "modelled", "", effect.p5, effect.p95)
    assert f"{view.estimates[0].value} {view.estimates[0].interval}" == format_figure(figure)
    assert "the article is right: 55%" in view.estimates[2].words


def test_a_call_without_a_forecast_says_so_instead_of_showing_a_number(report: Report) -> None:
    superintelligence = next(c for c in report.cards if c.id == "C17")
    era = cards.view(superintelligence).estimates[2]
    assert (era.value, era.words) == ("", "not defined for this call")


def test_the_hill_is_coloured_by_the_side_of_the_threshold_and_one_without_spread_is_a_point() -> None:
    hill = cards.Hill(
        (-3.0, -1.0, 1.0, 3.0), (1.0, 2.0, 1.0), 1.0, {"p5": -2.0, "median": 0.0, "p95": 2.0}, "%", "w"
    )
    drawn = drawings.hill(hill)
    assert [drawn.count(f'fill="var(--{side})" fill-opacity') for side in ("lose", "neutral", "win")] == [
        1,
        1,
        1,
    ]
    point = drawings.hill(cards.Hill((3.0, 3.0), (1.0,), 2.0, {"median": 3.0}, "%", "w"))
    assert "<circle" in point
    assert "nan" not in point


@given(st.floats(0, 1), st.floats(0, 1), st.one_of(st.none(), st.floats(0, 1)))
def test_a_miniature_has_its_marks_at_their_probabilities_and_no_diamond_without_a_forecast(
    alone: float, left: float, came: float | None
) -> None:
    drawn = drawings.miniature("loser", alone, left, came, 0.6)
    ends = [float(x) for x in re.findall(r'cx="([\d.]+)" cy="13"', drawn)]
    assert ends == pytest.approx([8 + 192 * left, 8 + 192 * alone], abs=0.06)
    assert drawn.count("40l5.5-5.5") == (came is not None)
    for x in re.findall(r"M([-\d.]+) 40l", drawn):
        assert float(x) + 5.5 == pytest.approx(8 + 192 * (came or 0), abs=0.11)


def test_every_call_has_its_row_beside_its_card_in_the_paper_and_a_consideration_has_none() -> None:
    paper = editions(with_paper(Block("stories", " ".join(sample_report().stories))))[0]
    page = render_html(paper)
    calls = [key for key, story in paper.stories.items() if story.row.article]
    assert 0 < len(calls) < len(paper.stories)
    assert page.count('class="mini"') == len(calls)


def test_a_hill_is_coloured_only_where_its_sides_are_what_the_verdict_counts(report: Report) -> None:
    even = Histogram((-2.0, 0.0, 2.0), (5.0, 5.0), 0.5, *[0.0] * 5)
    card = dataclasses.replace(report.cards[0], effect=Quantity(p_winner=0.5), histogram=even)
    assert cards._band(card) == 0.5
    assert cards._band(dataclasses.replace(card, effect=Quantity(p_winner=0.2))) is None
    empty = dataclasses.replace(even, counts=(), edges=())
    assert cards._band(dataclasses.replace(card, histogram=empty)) == 0.5


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"fact": "Shares", "value": "-16.97", "unit": "percent", "date": "2025-01-27"}, "Shares: −16.97% (27 Jan 2025)"),
        ({"fact": "Capex", "value": "376.0", "unit": "USD billion"}, "Capex: $376bn"),
        ({"fact": "Rent at the low of $1.70", "value": "1.7", "unit": "USD/h"}, "Rent at the low of $1.70"),
        ({"fact": "Share", "value": "27 / 56", "unit": "percent", "status": "conflict"}, "Share: 27% / 56%, sources conflict"),
        ({"fact": "Released", "value": "", "unit": "", "verified": "recalled"}, "Released, from memory"),
    ],
)  # fmt: skip
def test_evidence_is_worded_once_with_its_number_date_and_doubt(row: dict[str, str], words: str) -> None:
    assert cards._evidence(Observation(sign="+", **row)).text == words


def test_what_is_slow_to_make_is_made_once_and_a_read_only_disk_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(once, "FOLDER", tmp_path / "made")
    for _ in range(2):
        assert once.once("x.bin", lambda: made.append(1) or b"whole") == b"whole"
    assert made == [1]
    assert [file.name for file in (tmp_path / "made").iterdir()] == ["x.bin"]
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(once, "FOLDER", tmp_path / "file" / "made")
    assert once.once("x.bin", lambda: b"again") == b"again"


def test_a_source_stands_in_brackets_on_the_line_and_never_as_an_exponent(page: str, read: Reader) -> None:
    marks = re.findall(r'<a class="ref[^"]*"[^>]*>(.*?)</a>', page)
    assert len(marks) > 20
    assert [m for m in marks if not re.fullmatch(r"\[\d+†?(–\d+)?\]|\u202f‡", m)] == []
    assert "sup" not in {tag for tag, _ in read.elements}
    style = next(text for tag, _, text in read.inline if tag == "style")
    assert "super" not in style


# --- what the numbers rest on -------------------------------------------------------------------------------------


def test_a_number_on_weak_or_recalled_sources_alone_carries_a_mark_and_no_other_does(
    page: str, report: Report
) -> None:
    assert report.weak == {"cost.blog", "cost.memory"}
    marked = set(
        re.findall(
            r'data-n="([^"]+)">(?:(?!</a>).)*</a><a class="ref weak" href="#basis" aria-label="‡ weak source">\u202f‡',
            page,
        )
    )
    assert marked == {"cost.blog"}, "the other is not named in prose"
    rows = set(re.findall(r'<tr id="n-([^"]+)">(?:(?!<tr).)*?<td class="n">[^<]*‡', page))
    assert rows == report.weak
    assert (
        "2 numbers rest on nothing better than quality C or on recall and carry ‡; 1 of them on recall alone"
        in page
    )


def test_headline_facts_that_nobody_confirms_and_corrections_are_listed_as_text(page: str) -> None:
    start = page.index('id="unsettled"')
    listed = page[start : page.index("</details>", start)]
    assert listed.count("<tr>") == 1 + 3
    assert all(f"<td>{status}<td>" in listed for status in ("conflict", "weak", "single"))
    assert "against <bdi>&lt;script&gt;" in listed
    assert "S_NOT_USED" in listed, "a source without a number is named by its id"
    start = page.index('id="corrections"')
    assert LONG in page[start : page.index("</details>", start)]
    assert (
        "A second source confirms 3; 1 has one origin, one rests on one weak source alone, and on 1 the sources disagree"
        in page
    )


@pytest.mark.parametrize("title", ["Plain", 'A <b> & "c" </title>', "", HOSTILE])
def test_a_drawing_gives_back_the_title_that_it_was_given(title):
    words = " ".join(title.split())
    told = drawings.titled(SVG, words)
    assert drawings.untitled(told) == (words, SVG)
    if words:
        assert ET.fromstring(told)[0].text == words
    assert drawings.untitled(SVG) == ("", SVG)
