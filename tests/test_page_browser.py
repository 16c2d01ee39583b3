"""The finished page in Chromium: opened from disk with the network cut, driven by hand, by keyboard and by axe."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from visits import CHROMIUM, Visit, need, page_address

from deepseek_era.drawing import answers
from deepseek_era.pages import sheet

pytestmark = pytest.mark.browser
need(CHROMIUM)

from playwright.sync_api import Browser, sync_playwright  # noqa: E402


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_address(tmp_path_factory)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """One visit on a desk, shared by the tests that leave the page as it was."""
    visit = Visit(browser, address)
    yield visit
    visit.context.close()


def test_every_chart_is_drawn_and_nothing_is_asked_of_the_network_or_said_to_the_console(
    visit: Visit,
) -> None:
    visit.wake()
    empty = visit.page.evaluate(
        """[...document.querySelectorAll('.chart')].filter(c => {
            const s = [...c.querySelectorAll('svg')].find(s => s.checkVisibility() && s.clientWidth > 200 && s.clientHeight > 30);
            return !s || s.querySelectorAll('path,rect,line,circle,text').length < 3 }).map(c => c.dataset.chart)"""
    )
    assert empty == []
    assert visit.page.locator(".chart").count() > 0
    assert visit.page.locator("[data-live][data-still]").count() == 0
    assert [url for url in visit.requests if not url.startswith(("file:", "blob:", "data:"))] == []
    assert len([url for url in visit.requests if url.startswith("file:")]) == 1
    assert visit.complaints == []


def test_the_embedded_faces_are_the_ones_shown(visit: Visit) -> None:
    loaded = visit.page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].filter(f => f.status === 'loaded').map(f => f.family))"
    )
    assert {name.strip("\"'") for name in loaded} == {"Report Serif", "Report Sans"}


def test_contents_follow_the_scroll(visit: Visit) -> None:
    for link in visit.page.locator(".toc a").all()[:3]:
        target = (link.get_attribute("href") or "")[1:]
        visit.page.evaluate("id => document.getElementById(id).scrollIntoView()", target)
        visit.until("id => document.querySelector('.toc a.on')?.hash === '#' + id", target)


def test_a_number_tells_its_interval_kind_and_place_on_focus_and_on_hover_and_escape_closes_it(
    visit: Visit,
) -> None:
    page = visit.page
    number = page.locator("main .prose a.num span").first.locator("xpath=..")
    number.focus()
    pop = page.locator("#pop")
    pop.wait_for(state="visible")
    words = pop.inner_text()
    assert number.inner_text().split()[0] in words
    assert any(kind in words for kind in ("Observed", "Published", "Modelled", "Judgement"))
    assert "How computed: " in words
    assert number.get_attribute("aria-describedby") == "pop"
    page.keyboard.press("Escape")
    assert pop.is_hidden()
    page.evaluate("document.activeElement.blur()")
    number.hover()
    pop.wait_for(state="visible")
    page.mouse.move(2, 2)
    pop.wait_for(state="hidden")


def test_folds_open_by_keyboard_and_hold_the_data_the_formula_and_the_code(visit: Visit) -> None:
    page = visit.page
    figure = page.locator("figure.ex").first
    for name, inside in (("Data", "table"), ("How computed", "pre")):
        summary = figure.locator("summary", has_text=name)
        summary.focus()
        page.keyboard.press("Enter")
        figure.locator(f"details[open] {inside}").first.wait_for(state="visible")
        page.keyboard.press("Enter")
        assert figure.locator("details[open]").count() == 0


def test_a_csv_is_saved_from_within_the_page_with_every_row(visit: Visit) -> None:
    page = visit.page
    figure = page.locator("figure.ex", has=page.locator(".chart")).first
    figure.locator("summary").first.click()
    figure.locator(".scroll tbody tr").first.wait_for(state="visible")
    rows = figure.locator(".scroll tbody tr").count()
    with page.expect_download() as saved:
        figure.locator("[data-csv]").click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    assert saved.value.suggested_filename.endswith(".csv")
    assert len(text.strip().split("\n")) == rows + 1
    with page.expect_download() as saved:
        figure.locator("[data-svg]").click()
    assert Path(saved.value.path()).read_text(encoding="utf-8").startswith("<svg")
    figure.locator("summary").first.click()


def test_a_link_to_a_folded_number_opens_the_fold(visit: Visit) -> None:
    page = visit.page
    row = page.evaluate(
        "document.querySelector('#numbers > .fold > template').content.querySelector('tbody tr').id"
    )
    page.evaluate("id => { location.hash = id }", row)
    visit.until("document.getElementById('numbers').open")
    assert page.locator(f"[id='{row}']").is_visible()
    page.evaluate(
        "document.getElementById('numbers').open = false; history.replaceState(null, '', location.pathname)"
    )


def test_the_skip_link_is_first_and_every_part_of_the_page_is_a_landmark(visit: Visit) -> None:
    page = visit.page
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    first = page.evaluate("document.querySelector('a[href], button').className")
    assert first == "skip"
    for landmark in ("main", "nav", "header", "footer"):
        assert page.locator(landmark).count() >= 1


EXPLORER = "!document.querySelector('.presets').hidden"  # the draws are there


@pytest.fixture
def fresh(browser: Browser, address: str) -> Iterator[Visit]:
    visit = Visit(browser, address)
    yield visit
    visit.context.close()


def test_sliders_move_the_chart_and_the_readout_and_back_to_base_undoes_it(fresh: Visit) -> None:
    fresh.wake()
    page = fresh.page
    panels = page.locator(".panel").all()
    assert panels
    for panel in panels:
        figure = panel.locator("xpath=..")
        figure.scroll_into_view_if_needed()
        # what the marks draw, in any order: an axis that comes back may list its lines otherwise
        shapes = "e => [...e.querySelectorAll('path, rect, text')].map(n => n.outerHTML).sort().join()"
        drawing = lambda figure=figure, shapes=shapes: figure.locator(".live").evaluate(shapes)  # noqa: E731
        readout = panel.locator(".readout")
        before = drawing()
        for slider in panel.locator("input[type=range]").all():
            output = panel.locator(f"output[for='{slider.get_attribute('id')}']")
            said, drawn, sentence = output.inner_text(), drawing(), readout.inner_text()
            steps = figure.locator(".chart").get_attribute("data-steps") or "0"
            slider.focus()
            at_top = slider.evaluate("i => +i.value >= +i.max")
            for _ in range(6):
                page.keyboard.press("ArrowLeft" if at_top else "ArrowRight")
            box = f"[data-chart='{figure.locator('.chart').get_attribute('data-chart')}']"
            fresh.until(
                "([box, steps]) => +(document.querySelector(box).dataset.steps || 0) >= +steps + 6",
                [box, steps],
            )
            assert output.inner_text() != said
            # a slider may move the sentence alone: bandwidth changes no byte that must fit
            answered = drawing() != drawn or readout.inner_text() != sentence
            assert answered, f"{box}: nothing answers {slider.get_attribute('name')}"
        panel.locator(".reset").click()
        deadline = time.monotonic() + 10
        while drawing() != before:
            assert time.monotonic() < deadline, "the chart does not come back to base"
            page.wait_for_timeout(50)
    assert fresh.complaints == []


def test_a_belief_changes_the_odds_as_the_draws_say_and_all_draws_bring_them_back(fresh: Visit) -> None:
    page = fresh.page
    fresh.until(EXPLORER)
    page.locator("#explorer").scroll_into_view_if_needed()
    read = "[...document.querySelectorAll('.odds tbody tr')].map(r => [r.cells[1].textContent, r.cells[3].textContent])"
    before, kept = page.evaluate(read), str(page.locator("#kept").text_content())
    low = page.locator("#explorer fieldset").first.locator("input").first
    low.focus()
    page.keyboard.press("PageUp")
    for _ in range(100):
        page.keyboard.press("ArrowRight")
    fresh.until("kept => document.getElementById('kept').textContent !== kept", kept)
    after = page.evaluate(read)
    assert after != before
    # the page's count against one made here from the stored draws
    stored = sheet.unpacked(page.evaluate("document.getElementById('draws').textContent"))
    expected = page.evaluate(
        """stored => { const D = JSON.parse(stored), d = D.drivers[0];
        const at = +document.querySelector('#explorer fieldset input').value, cut = d.low + (d.high - d.low) * at / D.steps;
        const fit = d.values.map(v => (d.log ? Math.log(v) : v) >= cut);
        return [fit.filter(Boolean).length, D.calls.map(s => [...s].filter((c, i) => fit[i] && c === '2').length)] }""",
        stored,
    )
    assert int(str(page.locator("#kept").text_content()).replace(",", "")) == expected[0]
    for (_, wins), count in zip(after, expected[1], strict=True):
        share = count / expected[0]
        assert wins == ("0%" if count == 0 else "<1%" if share < 0.01 else wins)
        if 0.02 < share < 0.98:
            assert abs(int(wins.rstrip("%")) - 100 * share) <= 0.51
    page.locator("[data-preset='0']").click()
    fresh.until("kept => document.getElementById('kept').textContent === kept", kept)
    assert page.evaluate(read) == before


def test_dragging_across_a_histogram_keeps_the_draws_under_the_hand(fresh: Visit) -> None:
    page = fresh.page
    fresh.until(EXPLORER)
    histogram = page.locator(".hist").nth(1)
    histogram.scroll_into_view_if_needed()
    box = histogram.bounding_box()
    assert box is not None
    kept = str(page.locator("#kept").text_content())
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 15)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 15, steps=5)
    page.mouse.up()
    fresh.until("kept => document.getElementById('kept').textContent !== kept", kept)
    assert 0 < int(str(page.locator("#kept").text_content()).replace(",", "")) < int(kept.replace(",", ""))


def test_a_belief_that_almost_nothing_fits_says_so(fresh: Visit) -> None:
    page = fresh.page
    fresh.until(EXPLORER)
    for fieldset in page.locator("#explorer fieldset").all():
        low = fieldset.locator("input").first
        low.evaluate("i => { i.value = i.max; i.dispatchEvent(new Event('input')) }")
    page.locator("#few").wait_for(state="visible")
    assert "few" in (page.locator(".odds").get_attribute("class") or "")


FILLED = "!document.querySelector('details[open] > .fold > :is(template, [data-table])')"  # every open fold


# WCAG 2.2, levels A and AA
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def complaints_of_axe(visit: Visit, rules: dict[str, Any]) -> list[tuple[Any, ...]]:
    from axe_playwright_python.sync_playwright import Axe

    # the bar stays in sight while one scrolls, so from elsewhere it would be counted over what it passes
    visit.page.evaluate("scrollTo(0, 0)")
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    return [
        (v["id"], len(v["nodes"]), v["nodes"][0]["html"][:160], v["nodes"][0]["failureSummary"][:200])
        for v in Axe().run(visit.page, options=options).response["violations"]
    ]


@pytest.mark.parametrize("name", ["annex.html", "index.html"])
def test_with_all_folds_open_nothing_scrolls_sideways_and_whatever_can_be_hit_is_24_px_each_way(
    browser: Browser, address: str, name: str
) -> None:
    # axe is injected by the test, which the page's own policy rightly forbids
    visit = Visit(browser, address.replace("annex.html", name), 390, bypass_csp=True)
    visit.wake()
    page = visit.page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    visit.until(FILLED)
    wide = {}
    for width in (390, 700, 1024, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        wide[width] = page.evaluate(
            """() => { const w = document.documentElement.clientWidth;
        return [document.documentElement.scrollWidth - w, [...document.querySelectorAll('main *')].filter(e => {
            const r = e.getBoundingClientRect();
            return r.width > 0 && r.right > w + 1 && !e.closest('svg, .scroll, .tblbox, pre, .vh, thead, math, .prose table, #pop') })
            .slice(0, 5).map(e => e.outerHTML.slice(0, 120))] }"""
        )
    assert wide == {width: [0, []] for width in wide}
    assert visit.complaints == []
    # at 390 px; wide, where there is more room, axe looks at it in the test after this
    page.set_viewport_size({"width": 390, "height": 900})
    page.evaluate(
        """() => { document.querySelectorAll('.chart > svg').forEach(s => s.replaceChildren());
            document.querySelectorAll('.scroll tr:nth-child(n+20)').forEach(r => r.remove()) }"""
    )
    assert complaints_of_axe(visit, {"type": "rule", "values": ["target-size"]}) == []
    visit.context.close()


@pytest.mark.parametrize("name", ["annex.html", "index.html"])
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1400, "dark")])
def test_axe_finds_nothing_against_wcag_2_2_aa(
    browser: Browser, address: str, width: int, scheme: str, name: str
) -> None:
    # axe is injected by the test, which the page's own policy rightly forbids
    own = "#world?v=1&elasticity_long=0.3&catch_up=0.2:0.4:0.7" if name == "index.html" else ""
    visit = Visit(browser, address.replace("annex.html", name) + own, width, scheme, bypass_csp=True)
    visit.wake()
    if own:  # with a world of the reader's, all that it brings
        visit.until("!document.querySelector('#world') || Boolean(document.querySelector('.turnsit li'))")
        visit.page.evaluate("document.querySelectorAll('#world details').forEach(d => { d.open = true })")
    # what is alike need not be looked at twice: a few cards, rows and folds stand for all, a drawing is one image
    visit.page.evaluate(
        """() => { for (const many of ['.card', '.srcs li', '.scroll tr', '.tbl tr', '.sec figure.ex', '.prose'])
            { const kept = new Map(); for (const e of document.querySelectorAll(many)) {
                const k = (kept.get(e.parentElement) || 0) + 1; kept.set(e.parentElement, k);
                if (k > 6 && !e.querySelector('[data-live]')) e.remove() } }
            document.querySelectorAll('.chart > svg').forEach(s => s.replaceChildren());
            document.querySelectorAll('details').forEach((d, i) => { if (i < 6) d.open = true }) }"""
    )
    visit.until(FILLED)
    assert complaints_of_axe(visit, RULES) == []
    visit.context.close()


def test_dark_recolours_page_and_charts_at_once_and_the_choice_is_the_readers(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser, address, scheme="dark")
    page = visit.page
    ground = "getComputedStyle(document.body).backgroundColor"
    ink = "[...document.querySelectorAll('.chart svg.wide [fill]')].map(e => getComputedStyle(e).fill)"
    dark, inks = page.evaluate(ground), page.evaluate(ink)
    assert dark == "rgb(18, 22, 26)"
    page.locator("#theme").click()
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert page.evaluate(ink) != inks
    page.locator("#theme").click()
    assert page.evaluate(ground) == dark
    visit.context.close()


def test_every_colour_in_the_charts_is_a_token_so_that_dark_leaves_none_behind(visit: Visit) -> None:
    from deepseek_era.charts import theme

    tokens = {colour.lower() for colour in theme.TOKENS.values()} | {"none", "transparent"}
    used = visit.page.evaluate(
        """[...document.querySelectorAll('.chart > svg [fill], .chart > svg [stroke]')].flatMap(e =>
        ['fill', 'stroke'].map(a => e.getAttribute(a)).filter(Boolean).map(c => c + ' ' + e.closest('.chart').dataset.chart))"""
    )
    strangers = {u for u in used if u.split(" ")[0].lower() not in tokens and not u.startswith("url(")}
    assert strangers == set()


def test_no_mark_of_a_source_is_raised_above_the_line_of_the_number_it_supports(visit: Visit) -> None:
    raised = visit.page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter(e =>
            !e.closest("math, svg, #numbers") && e.textContent.trim() && (["super", "text-top"].includes(getComputedStyle(e).verticalAlign)
            || e.localName == "sup")).map(e => (e.previousSibling?.textContent ?? "").slice(-12) + "^" + e.textContent)"""
    )
    assert raised == []


def test_no_letters_in_the_colour_of_the_ground_have_a_halo_of_that_colour(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser, address, width=390)
    pale = visit.page.evaluate(
        """() => [...document.querySelectorAll('.chart svg.narrow text')].map(e => [e, getComputedStyle(e)])
        .filter(([e, s]) => s.fill == getComputedStyle(document.body).backgroundColor)
        .map(([e, s]) => [e.textContent, s.stroke])"""
    )
    visit.context.close()
    assert pale
    # a text that stands under itself clears the ground; every other one is to be read
    assert {words for words, stroke in pale if stroke != "none"} == set()


def test_without_scripts_the_report_still_stands(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, java_script_enabled=False)
    page = visit.page
    assert page.locator("h1").is_visible()
    assert page.locator(".chart svg.wide").first.is_visible()
    assert page.locator(".panel:visible").count() == 0
    assert page.locator(".odds tbody tr").count() >= 22
    figure = page.locator("figure.ex").first
    figure.locator("summary").first.click()
    lies = figure.locator("details[open] [data-table] a")
    assert lies.is_visible()
    assert str(lies.get_attribute("href")).endswith(".csv")
    visit.context.close()


def test_if_the_bundle_cannot_start_the_still_picture_stays_and_the_sliders_go(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser, address)
    page = visit.page
    page.evaluate("document.getElementById('vega-bundle')?.remove()")
    box = page.locator("[data-live]").first
    box.scroll_into_view_if_needed()
    visit.until("document.querySelector('[data-live]').closest('figure').querySelector('.panel').hidden")
    assert box.locator("svg.wide").is_visible()
    visit.context.close()


def test_print_shows_the_still_charts_and_none_of_the_controls(browser: Browser, address: str) -> None:
    visit = Visit(browser, address)
    visit.wake()
    visit.page.emulate_media(media="print")
    assert visit.page.locator("[data-live] > svg.wide").first.is_visible()
    for control in (".bar", ".whatif", ".presets", ".live", ".toc"):
        assert visit.page.locator(f"{control}:visible").count() == 0
    visit.context.close()


def test_numbers_behind_a_source_are_those_that_cite_it(visit: Visit) -> None:
    page = visit.page
    fold = page.locator(".srcs details[data-behind]").first
    summary = fold.locator("summary")
    promised = re.search(r"behind (\d+) number", summary.inner_text(), re.IGNORECASE)
    assert promised
    summary.click()
    fold.locator(".behind a[href^='#n-']").first.wait_for(state="visible")
    assert fold.locator(".behind a[href^='#n-']").count() == int(promised[1])


# --- the paper ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def paper_address(address: str) -> str:
    return address.replace("annex.html", "index.html")


@pytest.fixture(scope="module")
def paper(browser: Browser, paper_address: str) -> Iterator[Visit]:
    """One visit to the paper on a desk, shared by the tests that leave it as it was."""
    visit = Visit(browser, paper_address)
    yield visit
    visit.context.close()


def test_the_first_screen_shows_the_answer_four_numbers_and_all_22_calls_without_scrolling(
    paper: Visit,
) -> None:
    paper.page.evaluate("scrollTo(0, 0)")
    bottoms = paper.page.evaluate(
        "['.bands .row > summary', '.strip4 li', '.answer'].map(s => [...document.querySelectorAll(s)]"
        ".map(e => e.getBoundingClientRect().bottom))"
    )
    assert [len(found) for found in bottoms] == [22, 4, 1]
    changed = paper.page.locator("#run").count()  # the note of a scenario takes a line or two
    assert max(max(found) for found in bottoms) <= 900 + 60 * changed
    assert paper.complaints == []


def test_the_first_screen_of_a_telephone_says_why_of_three_losers_and_three_winners(
    browser: Browser, paper_address: str
) -> None:
    visit = Visit(browser, paper_address, width=390)
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.page.wait_for_timeout(300)
    if visit.page.locator("#run").count():
        pytest.skip("the note of a scenario takes the first lines")
    free = visit.page.evaluate(
        "innerHeight - (document.querySelector('.thumb')?.getBoundingClientRect().height ?? 0)"
    )
    opening = visit.page.locator(".lede > div > :is(.answer, .lead)")
    assert max(box["y"] + box["height"] for part in opening.all() if (box := part.bounding_box())) <= free
    said = " ".join(opening.all_inner_texts())
    for word in ("lost because", "won because"):
        reasons = re.search(rf"[^.]*{word}[^.]*\.", said)
        assert reasons, said
        assert reasons[0].count("because") == 3, reasons[0]
    assert re.search(r"a chance of \d+% or more", said)
    assert visit.complaints == []
    visit.context.close()


def test_every_name_has_both_answers_each_with_the_mark_of_its_word(paper: Visit) -> None:
    rows = paper.page.evaluate(
        """[...document.querySelectorAll('.bands .row > summary')].map(s => [...s.querySelectorAll('.q')].map(q => {
            const use = q.querySelector('use').getAttribute('href'), said = q.querySelector('span > .vh').nextSibling;
            return [document.querySelector(use) !== null, use.slice(1), said.textContent.trim().split(' · ')[0]] }))"""
    )
    assert len(rows) == 22
    for came, cause in rows:
        assert came == [True, answers.mark_id("t", came[2]), came[2]]
        assert cause == [True, answers.mark_id("r", cause[2]), cause[2]]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_name_opens_its_card_in_place(browser: Browser, paper_address: str, scripts: bool) -> None:
    visit = Visit(browser, paper_address, java_script_enabled=scripts)
    row = visit.page.locator(".bands .row").nth(3)
    summary, story = row.locator("summary"), row.locator(".story")
    before = summary.bounding_box()
    assert before is not None
    assert story.is_hidden()
    for press in (summary.click, lambda: summary.press("Enter")):
        press()
        assert story.is_visible()
        box, now = story.bounding_box(), summary.bounding_box()
        assert box is not None
        assert now == before  # nothing jumps
        assert 0 <= box["y"] - (now["y"] + now["height"]) < 12
        assert story.locator("h3").inner_text()
        summary.press("Enter")
        assert story.is_hidden()
    visit.context.close()


def test_a_list_of_calls_leads_to_the_card_and_opens_it(browser: Browser, paper_address: str) -> None:
    visit = Visit(browser, paper_address)
    link = visit.page.locator(".told a").first
    row = visit.page.locator(str(link.get_attribute("href")))
    assert row.locator(".story").is_hidden()
    link.click()
    row.locator(".story").wait_for(state="visible")
    box = row.bounding_box()
    assert box is not None
    assert -1 <= box["y"] <= 130
    visit.context.close()


def test_a_number_leads_into_the_annex_and_an_exhibit_back(browser: Browser, paper_address: str) -> None:
    visit = Visit(browser, paper_address)
    page = visit.page
    number = page.locator("main .prose a.num[data-n]").first
    number.hover()
    page.locator("#pop").wait_for(state="visible")
    figure = number.get_attribute("data-n")
    number.click()
    visit.until("location.pathname.endsWith('annex.html')")
    row = page.locator(f"[id='n-{figure}']")
    row.wait_for(state="visible")
    box = row.bounding_box()
    assert box is not None
    assert -1 <= box["y"] <= 130
    back = page.locator(".twin a[href^='index.html#']").first
    target = str(back.get_attribute("href")).partition("#")[2]
    back.click()
    visit.until("location.pathname.endsWith('index.html')")
    visit.until(
        "id => { const y = document.getElementById(id).getBoundingClientRect().top; return y > -2 && y < 131 }",
        target,
    )
    assert visit.complaints == []
    visit.context.close()


@pytest.mark.parametrize("width", [390, 760, 1240, 1280, 1400])
def test_the_columns_of_a_name_never_overlap(browser: Browser, paper_address: str, width: int) -> None:
    visit = Visit(browser, paper_address, width)
    overlaps = visit.page.evaluate(
        """[...document.querySelectorAll('.bands .row > summary')].flatMap(s => {
            const boxes = [...s.children].flatMap((c, column) => {
                const walk = document.createTreeWalker(c, NodeFilter.SHOW_TEXT), found = [];
                for (let t = walk.nextNode(); t; t = walk.nextNode()) {
                    const hidden = t.parentElement.closest('.vh');
                    if (hidden && getComputedStyle(hidden).position == 'absolute') continue;
                    const r = document.createRange(); r.selectNodeContents(t);
                    found.push(...[...r.getClientRects()].filter(b => b.width)
                        .map(({ left, right, top, bottom }) => ({ left, right, top, bottom, column }))) }
                return found });
            return boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b => a.column != b.column && a.left < b.right - 1 && b.left < a.right - 1
                && a.top < b.bottom - 1 && b.top < a.bottom - 1).map(() => s.textContent.trim().slice(0, 60))) })"""
    )
    assert overlaps == []
    visit.context.close()


def test_in_print_the_names_stand_with_their_answers(browser: Browser, paper_address: str) -> None:
    visit = Visit(browser, paper_address)
    visit.page.emulate_media(media="print")
    assert visit.page.locator(".bands .row > summary:visible").count() == 22
    assert visit.page.locator(".bar:visible").count() == 0
    visit.context.close()
