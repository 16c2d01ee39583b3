"""Finding, keeping and passing on, in Chromium from disk with the network cut and ordinary motion, wide and narrow.

The pages are paper and annex of an invented report; REPORT_FOLDER names a folder with real ones.
"""

from __future__ import annotations

import base64
import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from fixtures_report import sample_report, with_paper
from visits import CHROMIUM, Visit, need

from deepseek_era import charts
from deepseek_era.book.document import Block, ExhibitView, Picked
from deepseek_era.book.editions import editions
from deepseek_era.charts import base
from deepseek_era.pages import share
from deepseek_era.pages.html import render_html

pytestmark = pytest.mark.browser
need(CHROMIUM)

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

WIDTHS = [1400, 390]
NEAR = 130
PROSE = (
    "Words before: {{ cost.api.discount }}.\n\n## First\n\nTokens are cheap, {{ capacity.compute }} of them.\n\n"
    "## Second\n\nMore of {{ ref:who-table }}, and tokens again."
)
DOCUMENTS = ("index.html", "annex.html")


def pointed_at() -> dict[str, ExhibitView]:
    """Return an exhibit whose rows are read out, and one with pictures by turns."""
    calls = pd.DataFrame({"who": ["Clouds", "Chips", "Software"], "word": "for a while", "came": "partly"})
    calls = calls.assign(
        alone=0.9, left=0.4, forecast=0.5, article="loser", said="That is " + calls["who"] + "."
    )
    both = charts.questions(calls, "who", heads={"for a while": ("For a while", "")}, said="said")
    drawn = {width: base.svg(both.draw(width)) for width in (720, 340)}
    plain = replace(sample_report().exhibits["market-forest"], note="")
    views = (Picked("Chips", "Chips fell."), Picked("Power", "Power fell too.", drawn[720], drawn[340]))
    made = (
        replace(plain, name="both", svg_wide=drawn[720], svg_narrow=drawn[340], rows=both.rows),
        replace(plain, name="turned", views=views),
    )
    return {
        x.name: replace(x, anchor=f"exhibit-{x.name}", label=f"Figure {n}") for n, x in enumerate(made, 8)
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if named := os.environ.get("REPORT_FOLDER"):
        return Path(named).resolve()
    made = tmp_path_factory.mktemp("pages")
    exhibits = [Block("exhibit", name) for name in ("market-forest", "who-table", "hostile")]
    exhibits += [Block("exhibit", name) for name in pointed_at()]
    report = with_paper(Block("prose", PROSE), *exhibits)
    report.exhibits["who-table"] = replace(report.exhibits["who-table"], was=("older", "oldest"))
    for one in editions(replace(report, exhibits={**report.exhibits, **pointed_at()})):
        (made / one.edition.page).write_text(render_html(one), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def visited(browser: Browser, folder: Path, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A visit to a document at a width, by default the paper on a desk; nothing may be asked for or complained of."""
    name, width = getattr(request, "param", ("index.html", 1400))
    visit = Visit(browser, (folder / name).as_uri(), width, permissions=["clipboard-read", "clipboard-write"])
    yield visit
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(("file:", "blob:", "data:"))] == []
    visit.context.close()


everywhere = pytest.mark.parametrize(
    "visited", [(name, width) for name in DOCUMENTS for width in WIDTHS], indirect=True
)


def on_clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def shared(page: Page, figure: str, what: str) -> None:
    page.locator(f"#{figure} .share > button").click()
    page.locator(f"#{figure} .share div button", has_text=what).click()


# --- rows and pictures that a reader asks for --------------------------------------------------------------------------


on_paper = pytest.mark.parametrize("visited", [("index.html", width) for width in WIDTHS], indirect=True)


@on_paper
def test_a_row_is_read_out_where_a_reader_points_and_by_the_arrow_keys(visited: Visit) -> None:
    page = visited.page
    figure = page.locator("figure:has(.rower)").first
    say, rows = figure.locator(".say"), figure.locator("svg:visible [data-rows] > *")
    said = figure.locator("template.rows").evaluate("t => [...t.content.children].map(p => p.textContent)")
    assert rows.count() == len(said)
    assert say.evaluate("e => getComputedStyle(e).position") == "static"
    rows.nth(1).scroll_into_view_if_needed()
    rows.nth(1).hover(position={"x": 3, "y": 12})
    assert say.inner_text() == said[1]
    bottom = say.evaluate("e => e.getBoundingClientRect().bottom")
    assert bottom <= page.evaluate(
        "innerHeight"
    )  # it sticks there while the exhibit is taller than the window
    figure.locator(".rower").focus()
    page.keyboard.press("End")
    page.wait_for_timeout(100)  # a page that scrolls under the pointer reads nothing out
    assert say.inner_text() == said[-1]
    page.keyboard.press("ArrowUp")
    assert say.inner_text() == said[-2]
    page.keyboard.press("Home")
    assert say.inner_text() == said[0]
    assert figure.locator("svg:visible .on").count() == 1


@on_paper
def test_a_button_puts_another_picture_and_its_sentence_in_the_place_of_the_first(visited: Visit) -> None:
    page = visited.page
    figure = page.locator("figure:has(.turns)").first
    chart, say, buttons = (
        figure.locator(".chart > svg:visible"),
        figure.locator(".say"),
        figure.locator(".turns button"),
    )
    first, words = chart.inner_html(), say.inner_text()
    buttons.last.click()
    assert chart.count() == 1
    assert chart.inner_html() != first
    assert say.inner_text() == buttons.last.get_attribute("data-said") != words
    assert [b.get_attribute("aria-pressed") for b in buttons.all()] == ["false"] * (buttons.count() - 1) + [
        "true"
    ]
    page.set_viewport_size({"width": 1790 - page.viewport_size["width"], "height": 900})
    assert chart.count() == 1  # a phone turned round has its own drawing of it
    buttons.first.click()
    buttons.last.click()
    buttons.first.click()
    assert say.inner_text() == words


def first_drawn(page: Page) -> str:
    return str(page.locator("figure.ex:has(.chart)").first.get_attribute("id"))


# --- share -----------------------------------------------------------------------------------------------------------


@everywhere
def test_every_exhibit_and_card_shows_a_sign_whose_link_is_copied_and_lands_on_it(visited: Visit) -> None:
    page = visited.page
    figures = page.evaluate("[...document.querySelectorAll('figure.ex')].map(f => f.id)")
    signed = page.evaluate("[...document.querySelectorAll('a.at')].map(a => a.hash.slice(1))")
    cards = page.evaluate("[...document.querySelectorAll('[id^=card-]')].map(c => c.id)")
    assert figures
    assert set(figures) <= set(signed)
    assert {card for card in cards if page.locator(f"#{card} .at").count()} == set(cards) & set(signed)
    assert cards
    for place in (figures[-1], next(c for c in reversed(cards) if c in signed)):
        sign = page.locator(f"#{place} a.at").first
        if not sign.is_visible():
            page.locator(f"#{place} summary").first.click()
        sign.click()
        visited.until("place => location.hash === '#' + place", place)
        visited.until("document.getElementById('done').textContent === 'Link copied'")
        assert on_clipboard(page) == page.url.split("#")[0] + f"#{place}"
        top = page.locator(f"#{place}").evaluate("e => e.getBoundingClientRect().top")
        end = page.evaluate("innerHeight + scrollY > document.documentElement.scrollHeight - 2")
        assert -2 <= top <= NEAR or end


@pytest.mark.parametrize("visited", [("index.html", width) for width in WIDTHS], indirect=True)
def test_a_number_of_the_paper_has_an_address_and_offers_it(visited: Visit) -> None:
    page = visited.page
    number = page.locator("main a[data-n]").last
    id = number.get_attribute("data-n")
    page.goto("about:blank")
    visited.page.goto(f"{visited.requests[0]}#n-{id}")
    top = page.locator(f"main [data-n='{id}']").first.evaluate("e => e.getBoundingClientRect().top")
    end = page.evaluate("innerHeight + scrollY > document.documentElement.scrollHeight - 2")
    assert -2 <= top <= NEAR or end
    page.locator(f"main [data-n='{id}']").first.focus()
    page.locator("#pop a.at").click()
    visited.until("document.getElementById('done').textContent === 'Link copied'")
    assert on_clipboard(page).endswith(f"#n-{id}")


@everywhere
def test_the_address_of_an_exhibit_that_another_took_the_place_of_lands_on_that_one(visited: Visit) -> None:
    page = visited.page
    former = page.evaluate("[...document.querySelectorAll('figure.ex .no [id]')].map(e => e.id)")
    assert len(former) == len(set(former)) > 0
    for old in (former[0], former[-1]):
        page.goto("about:blank")
        page.goto(f"{visited.requests[0]}#{old}")
        top = page.locator(f"figure.ex:has([id='{old}'])").evaluate("e => e.getBoundingClientRect().top")
        end = page.evaluate("innerHeight + scrollY > document.documentElement.scrollHeight - 2")
        assert -60 <= top <= NEAR or end


@everywhere
def test_a_drawing_taken_away_carries_title_source_edition_address_and_faces(
    visited: Visit, tmp_path: Path
) -> None:
    page = visited.page
    figure = first_drawn(page)
    title = page.locator(f"#{figure} h3").inner_text()
    with page.expect_download() as saved:
        shared(page, figure, "SVG")
    assert saved.value.suggested_filename == f"{figure.removeprefix('exhibit-')}.svg"
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    root = ET.fromstring(text)
    said = " ".join("".join(e.itertext()) for e in root if e.tag.endswith("}text"))
    for part in (title, share.imprint().title, f"#{figure}", "digest"):
        assert " ".join(part.split()) in said
    assert page.locator(f"#{figure} .no").inner_text().splitlines()[0] in said
    assert text.count("@font-face") == 3
    # what is drawn stands within the sheet
    page.goto("about:blank")
    file = tmp_path / "drawing.svg"
    file.write_text(text, encoding="utf-8")
    page.goto(file.as_uri())
    wide = page.evaluate(
        "[...document.querySelectorAll('svg > text')].map(t => t.getBBox()).filter(b => b.x + b.width > document.documentElement.viewBox.baseVal.width).length"
    )
    assert wide == 0


@everywhere
def test_a_picture_is_twice_the_drawing_and_shows_the_face_that_the_page_shows(visited: Visit) -> None:
    page = visited.page
    figure = first_drawn(page)
    with page.expect_download() as saved:
        shared(page, figure, "PNG")
    data = Path(saved.value.path()).read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = (int.from_bytes(data[i : i + 4]) for i in (16, 20))
    drawn = page.locator(f"#{figure} svg.wide").evaluate("s => s.viewBox.baseVal.width")
    assert width == 2 * (drawn + 48)
    assert height > 2 * page.locator(f"#{figure} svg.wide").evaluate("s => s.viewBox.baseVal.height") + 150
    # the title in the picture, against the same words drawn here in the embedded face and in a fallback
    page.evaluate("document.fonts.load('600 22px \"Report Serif\"').then(() => 0)")
    title = page.locator(f"#{figure} h3").inner_text().split()[0]
    likeness = page.evaluate(
        """async ([bytes, word]) => {
        const image = new Image(); image.src = 'data:image/png;base64,' + bytes; await image.decode();
        const ink = draw => { const c = document.createElement('canvas'); c.width = 1536; c.height = 400; const p = c.getContext('2d');
            p.fillStyle = '#fff'; p.fillRect(0, 0, 1536, 400); draw(p); return p.getImageData(48, 80, 100, 64).data; };
        const seen = ink(p => p.drawImage(image, 0, 0));
        const y = 2 * (24 + 18 + 27 * 0.72);
        const unlike = font => { const own = ink(p => { p.fillStyle = '#15191E'; p.font = font; p.fillText(word, 48, y); });
            let sum = 0; for (let i = 0; i < own.length; i += 4) sum += Math.abs(own[i] - seen[i]); return sum };
        return [unlike('600 44px "Report Serif"'), unlike('600 44px monospace')] }""",
        [base64.b64encode(data).decode(), title],
    )
    assert likeness[0] < likeness[1] / 2


@everywhere
def test_the_data_taken_away_has_every_row(visited: Visit) -> None:
    page = visited.page
    figure = "exhibit-who-table" if page.locator("#exhibit-who-table").count() else first_drawn(page)
    with page.expect_download() as saved:
        shared(page, figure, "CSV")
    rows = Path(saved.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(rows) > 1
    if figure == "exhibit-who-table":
        assert len(rows) == 1 + page.locator("#exhibit-who-table .tbl tbody tr").count()
        assert page.locator(f"#{figure} .share div").count() == 0
        page.locator(f"#{figure} .share > button").click()
        offered = page.locator(f"#{figure} .share div button").all_inner_texts()
        assert offered == ["Copy link", "Data, CSV", "Cite this"]


@everywhere
def test_an_exhibit_is_cited_in_words_and_bibtex_and_escape_leaves_the_dialog(visited: Visit) -> None:
    page = visited.page
    figure = first_drawn(page)
    shared(page, figure, "Cite this")
    dialog = page.locator("dialog#cite")
    own = share.imprint()
    text, bib = dialog.locator("p").first.inner_text(), dialog.locator("pre").inner_text()
    for part in (own.author, own.title, own.version, own.day, f"#{figure}"):
        assert part in text
    assert bib.startswith("@misc{deepseek-era-")
    assert bib.count("{") - bib.count("\\{") == bib.count("}") - bib.count("\\}")
    assert "Winners \\& Losers" in bib
    assert ("\\url{" in bib) == page.url.startswith("http")  # a name of a file is no address
    dialog.locator("button", has_text="Copy BibTeX").click()
    visited.until("document.getElementById('done').textContent === 'BibTeX copied'")
    assert on_clipboard(page) == bib
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_share_opens_and_closes_by_keyboard(visited: Visit) -> None:
    page = visited.page
    b = page.locator("figure.ex .share > button").first
    b.focus()
    page.keyboard.press("Enter")
    assert b.get_attribute("aria-expanded") == "true"
    assert page.evaluate("document.activeElement.textContent") == "Copy link"
    page.keyboard.press("Escape")
    assert b.get_attribute("aria-expanded") == "false"
    assert page.evaluate("document.activeElement.parentElement.className") == "share"


# --- terms -----------------------------------------------------------------------------------------------------------


@everywhere
def test_a_term_says_what_it_means_on_hover_and_focus_and_escape_closes_it(visited: Visit) -> None:
    page = visited.page
    term, gloss = page.locator("main a.term").first, page.locator("#gloss")
    meaning = page.locator(f"[id='{str(term.get_attribute('href'))[1:]}'] dd").text_content()
    term.focus()
    assert gloss.inner_text() == meaning
    assert term.get_attribute("aria-describedby") == "gloss"
    box = gloss.bounding_box()
    assert box is not None
    assert box["width"] <= 300
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.evaluate("innerWidth")
    page.keyboard.press("Escape")
    assert gloss.is_hidden()
    page.evaluate("document.activeElement.blur()")
    term.hover()
    assert gloss.is_visible()
    page.mouse.move(2, 400)
    gloss.wait_for(state="hidden")
    term.click()
    visited.until("h => location.hash === h", term.get_attribute("href"))
    assert page.locator(":target dd").is_visible()


def test_a_tap_shows_what_a_term_means_and_the_next_one_leads_to_the_list(
    browser: Browser, folder: Path
) -> None:
    visit = Visit(browser, (folder / "index.html").as_uri(), 390, has_touch=True, is_mobile=True)
    term = visit.page.locator("main a.term").first
    term.tap()
    assert visit.page.locator("#gloss").is_visible()
    assert "#" not in visit.page.url
    term.tap()
    visit.until("location.hash.startsWith('#term-')")
    assert visit.complaints == []
    visit.context.close()


@everywhere
def test_terms_are_marked_once_a_section_in_running_text_alone(visited: Visit) -> None:
    page = visited.page
    marked = page.evaluate(
        "[...document.querySelectorAll('a.term')].map(a => [(a.closest('section.sec') || document.querySelector('.lede')).id, a.hash])"
    )
    assert marked
    assert len(marked) == len({tuple(pair) for pair in marked})
    elsewhere = "figure a.term, h1 a.term, h2 a.term, h3 a.term, table a.term, .story a.term, code a.term"
    assert page.locator(elsewhere).count() == 0


# --- search ----------------------------------------------------------------------------------------------------------


def search(visit: Visit, text: str) -> list[tuple[str, str]]:
    """Press the slash, write, and return the hits with their kinds."""
    visit.page.evaluate("document.activeElement.blur()")
    visit.page.keyboard.press("/")
    visit.until("document.activeElement.id === 'find'")
    visit.page.keyboard.press("Control+A")
    visit.page.keyboard.type(text)
    found = visit.page.evaluate(
        "[...document.querySelectorAll('#hits > a')].map(a => [a.firstChild.textContent, a.lastChild.textContent])"
    )
    return [(name, kind) for name, kind in found]


@everywhere
def test_a_slash_finds_names_claims_exhibits_and_terms_and_enter_goes_there(visited: Visit) -> None:
    page = visited.page
    call = "call" if "index" in page.url else "card"
    names = page.evaluate(
        "[...document.querySelectorAll('.row[id] .n > span:last-child, .card h3')].map(e => e.lastChild.textContent.trim())"
    )
    kinds = {call: names[0].split()[0], "exhibit": page.locator("figure.ex h3").first.inner_text()}
    if page.locator("#terms dt").count():
        kinds["term"] = str(page.locator("#terms dt").first.text_content())
    if page.locator("tr[id^=claim-]").count():
        kinds["claim"] = str(page.locator("tr[id^=claim-] bdi").first.inner_text())
    for kind, text in kinds.items():
        found = search(visited, " ".join(text.split()[:6])[:70])
        assert kind in {k for _, k in found}, (kind, text, found)
    place = page.locator("#hits > a").first.get_attribute("href")
    page.keyboard.press("Enter")
    visited.until("h => location.hash === h", place)
    visited.until("document.getElementById('hits').hidden")
    top = page.evaluate("h => document.getElementById(h.slice(1)).getBoundingClientRect().top", place)
    end = page.evaluate("innerHeight + scrollY > document.documentElement.scrollHeight - 2")
    assert -2 <= top <= NEAR or end


@everywhere
def test_nine_hits_are_shown_and_the_others_are_counted(visited: Visit) -> None:
    found = search(visited, "e")
    assert len(found) == 9
    said = visited.page.locator("#hits p").inner_text()
    everything = int(said.split(" of ")[1].split(".")[0])
    assert said.startswith("9 of ")
    assert everything > 9


@everywhere
def test_what_is_not_there_leads_to_the_search_of_the_other_document(visited: Visit) -> None:
    page = visited.page
    page_name, other = ("paper", "annex") if "index" in page.url else ("annex", "paper")
    assert search(visited, "zzgarp ü") == []
    assert page.locator("#hits p").inner_text() == f"Nothing in the {page_name}. Search the {other}"
    page.locator("#hits p a").click()
    page.wait_for_url("**#find=*")
    visited.until("document.getElementById('find').value === 'zzgarp ü'")
    visited.until(
        "name => document.querySelector('#hits p').textContent.startsWith('Nothing in the ' + name)", other
    )
    page.keyboard.press("Escape")
    assert page.locator("#hits").is_hidden()


def test_arrows_walk_through_the_hits(visited: Visit) -> None:
    found = search(visited, "e")
    page = visited.page
    for name, _ in found[:2]:
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.firstChild.textContent") == name
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "find"


# --- furniture -------------------------------------------------------------------------------------------------------


@everywhere
def test_the_foot_names_version_day_licences_and_how_to_cite(visited: Visit) -> None:
    page, own = visited.page, share.imprint()
    foot = page.locator("#imprint").inner_text()
    for part in (f"Version {own.version}, {own.day}", f"{own.licence} licence", "CC-BY-4.0", "How to cite."):
        assert part in foot
    page.locator("[data-cite]").click()
    assert page.locator("dialog#cite pre").inner_text().startswith("@misc{deepseek-era-")
    page.locator("dialog#cite button", has_text="Close").click()
    assert not page.locator("dialog#cite").is_visible()


@everywhere
def test_other_sites_are_told_title_answer_picture_and_what_kind_of_thing_it_is(visited: Visit) -> None:
    page, own = visited.page, share.imprint()
    meta = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('meta[property]')].map(m => [m.getAttribute('property'), m.content]))"
    )
    assert meta["og:title"] == page.title()
    assert meta["og:description"] == page.locator("meta[name=description]").get_attribute("content")
    assert meta["og:image"] == "card.png"
    told = json.loads(str(page.locator("script[type='application/ld+json']").text_content()))
    assert (told["@type"], told["datePublished"], told["version"]) == ("Report", own.released, own.version)
    assert told["license"].endswith(own.licence)
    assert told["isBasedOn"][-1]["@type"] == "Dataset"
    # all of it is said once more where a reader sees it
    assert own.day in page.locator("#imprint time").inner_text()


# --- on a telephone --------------------------------------------------------------------------------------------------

telephone = pytest.mark.parametrize("visited", [(name, 390) for name in DOCUMENTS], indirect=True)


@telephone
def test_the_bar_is_52_px_at_the_bottom_and_hides_nothing(visited: Visit) -> None:
    page = visited.page
    box = page.locator(".thumb").bounding_box()
    assert box is not None
    assert (box["height"], box["y"] + box["height"], box["width"]) == (52, 900, 390)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last = page.evaluate("document.querySelector('footer').lastElementChild.getBoundingClientRect().bottom")
    assert last <= box["y"]
    small = page.evaluate(
        "[...document.querySelectorAll('.thumb a, .thumb button')].filter(e => { const r = e.getBoundingClientRect(); return r.width < 44 || r.height < 44 }).length"
    )
    assert small == 0
    visited.page.set_viewport_size({"width": 1400, "height": 900})
    assert not page.locator(".thumb").is_visible()


@telephone
def test_contents_open_as_a_sheet_with_the_search_and_lead_there(visited: Visit) -> None:
    page = visited.page
    page.locator("#browse").click()
    sheet = page.locator("#sheet")
    rows = sheet.locator("nav a")
    assert rows.count() == page.locator(".toc a").count()
    assert all((row.bounding_box() or {"height": 0})["height"] >= 50 for row in rows.all())
    sheet.locator("#find").fill("e")
    assert sheet.locator("#hits > a").count() == 9
    sheet.locator("#find").fill("")
    place = str(rows.last.get_attribute("href"))
    rows.last.click()
    assert not sheet.is_visible()
    visited.until("h => location.hash === h", place)
    top = page.evaluate("h => document.getElementById(h.slice(1)).getBoundingClientRect().top", place)
    end = page.evaluate("innerHeight + scrollY > document.documentElement.scrollHeight - 2")
    assert -2 <= top <= NEAR or end
    visited.page.set_viewport_size({"width": 1400, "height": 900})
    assert page.locator(".bar #find").is_visible()


@telephone
def test_the_next_and_the_previous_card_open_and_back_returns_to_where_one_was(visited: Visit) -> None:
    page = visited.page
    cards = page.evaluate("[...document.querySelectorAll('.row[id], article.card')].map(c => c.id)")
    first = page.locator(f"#{cards[0]}")
    first.evaluate("c => scrollTo(0, c.getBoundingClientRect().top + scrollY - 300)")
    was = first.evaluate("c => c.getBoundingClientRect().top")
    for card in (cards[0], cards[1], cards[2]):
        page.locator("#after").click()
        visited.until("id => location.hash === '#' + id", card)
        visited.until(
            f"id => {{ const t = document.getElementById(id).getBoundingClientRect().top; return t > -3 && t < {NEAR} }}",
            card,
        )
        assert page.locator(f"#{card}").evaluate("c => c.open !== false")
    page.locator("#before").click()
    visited.until("id => location.hash === '#' + id", cards[1])
    for _ in range(4):
        page.go_back()
    visited.until("location.hash === ''")
    # the place is what the reader saw: drawings that come late may have moved all of it down
    visited.until(
        f"id => Math.abs(document.getElementById(id).getBoundingClientRect().top - {was}) <= 2", cards[0]
    )
    page.locator("#before").click()
    assert page.evaluate("location.hash") == ""
    assert page.locator("#done").inner_text() == "That was the first call"


def test_a_row_of_a_long_list_stands_as_a_block_that_names_its_columns_on_a_telephone(
    browser: Browser, folder: Path
) -> None:
    visit = Visit(browser, (folder / "annex.html").as_uri(), 390)
    for name in ("numbers", "parameters"):
        visit.page.locator(f"#{name} > summary").click()
        visit.page.wait_for_selector(f"#{name} td")
        heads = visit.page.locator(f"#{name} thead th").all_text_contents()
        row = visit.page.locator(f"#{name} tbody tr").first.locator("td")
        said = [cell.get_attribute("data-l") for cell in row.all()]
        assert said == [None, *(head.strip() for head in heads[1:])]
        box = visit.page.locator(f"#{name} .scroll")
        assert box.evaluate("b => b.scrollWidth <= b.clientWidth"), name
    visit.context.close()


def test_what_has_a_name_on_the_page_is_found_before_lines_of_lists(browser: Browser, folder: Path) -> None:
    visit = Visit(browser, (folder / "annex.html").as_uri(), 1400)
    listed = {"parameter", "number", "source"}
    for text in ("a", "o", "i"):
        kinds = [kind in listed for _, kind in search(visit, text)]
        assert kinds == sorted(kinds), text
        visit.page.keyboard.press("Escape")
    visit.context.close()


def test_the_list_is_one_touch_away(browser: Browser, folder: Path) -> None:
    for name in DOCUMENTS:
        visit = Visit(browser, (folder / name).as_uri(), 390)
        visit.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        visit.page.locator(".thumb a", has_text="All calls").click()
        visit.page.wait_for_url("**/index.html#bands")
        visit.until(
            f"(() => {{ const t = document.getElementById('bands').getBoundingClientRect().top; return t > -3 && t < {NEAR} }})()"
        )
        assert visit.complaints == []
        visit.context.close()


# --- in print --------------------------------------------------------------------------------------------------------


def test_print_has_the_paper_alone_with_every_card_and_no_controls(visited: Visit, tmp_path: Path) -> None:
    from pypdf import PdfReader

    page = visited.page
    page.locator("figure.ex .share > button").first.click()
    made = tmp_path / "printed.pdf"
    made.write_bytes(page.pdf(prefer_css_page_size=True))
    sheets = PdfReader(made).pages
    assert {(round(float(s.mediabox.width)), round(float(s.mediabox.height))) for s in sheets} == {(595, 842)}
    texts = [" ".join(s.extract_text().split()) for s in sheets]
    for i, text in enumerate(texts, start=1):
        assert re.match(rf"{i} ?Winners & Losers in the DeepSeek Era", text), text[:80]
    whole = "".join("".join(texts).split())
    names = page.evaluate(
        "[...document.querySelectorAll('.row[id] .n > span:last-child')].map(e => e.textContent)"
    )
    reasons = page.evaluate("[...document.querySelectorAll('.story .why')].map(e => e.textContent)")
    assert names
    for said in [*names, *reasons]:
        assert "".join(said.split())[:60] in whole, said
    for control in (
        "Share",
        "Copylink",
        "Search",
        "Lightordark",
        "Contents",
        "Linktothiscard",
        "Termsinplain",
    ):
        assert control not in whole, control
