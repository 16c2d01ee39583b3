"""Every jump within the finished page and into it, in Chromium and Firefox, with ordinary motion; and the way back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from visits import CHROMIUM, FIREFOX, need, page_address

pytestmark = pytest.mark.browser

NEAR = 130  # px between the top of the window, or of what stays there, and a target
# both engines and both layouts, not each with each: how an engine jumps does not depend on the width
WIDTHS = {"Chromium": (1400,), "Firefox": (390,)}
EVERYWHERE = pytest.mark.parametrize(
    ("reader", "width"),
    [(browser, width) for browser, widths in WIDTHS.items() for width in widths],
    indirect=["reader"],
    scope="module",
)

# where a target stands: its distance from the top, and whether the page ends before it could come up there
PLACE = """(id => { const e = document.getElementById(id), r = e.getBoundingClientRect();
    return [Math.round(r.top), innerHeight + scrollY > document.documentElement.scrollHeight - 2] })"""
# a row's value, and whether it is what one sees where it stands
SEEN = """(id => { const cell = document.getElementById(id).cells[1], r = cell.getBoundingClientRect();
    const e = document.elementFromPoint((r.left + r.right) / 2, (r.top + r.bottom) / 2);
    return Boolean(cell.textContent.trim()) && cell.contains(e) })"""
SETTLED = "new Promise(r => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(r))))"
# click the first link to each distinct target, one after another; of the hundreds of rows and sources side by side
# every twelfth and the last, and of all of them whether they are there
ALL_JUMPS = f"""(async () => {{
    const near = (top, end) => top >= -1 && (top <= {NEAR} || end && top < innerHeight);
    const links = new Map(), missed = [];
    const folds = [...document.querySelectorAll(".fold > template")].map(t => t.content);
    for (const part of [document, ...folds])
        for (const a of part.querySelectorAll("a[href^='#']")) if (!links.has(a.hash)) links.set(a.hash, a);
    const there = id => document.getElementById(id) || folds.some(f => f.getElementById(id));
    const alike = [...links.keys()].filter(hash => /^#(src|n)-/.test(hash));
    const passed = new Set(alike.filter((hash, i) => i % 12 && i < alike.length - 1));
    for (const [hash, a] of links) {{
        const id = decodeURIComponent(hash.slice(1));
        if (!there(id)) {{ missed.push([hash, "no such place"]); continue; }}
        if (passed.has(hash)) continue;
        const link = a.isConnected ? a : document.body.appendChild(a.cloneNode(true));
        link.click();
        if (link !== a) link.remove();
        await {SETTLED};
        const at = {PLACE}(id);
        if (!near(...at)) missed.push([hash, ...at]);
        else if (id.startsWith("n-") && !{SEEN}(id)) missed.push([hash, "covered"]);
    }}
    return [[...links.keys()].filter(hash => !passed.has(hash)), missed];
}})()"""
# of each kind of place, that which stands lowest
KINDS = """[...[document, ...[...document.querySelectorAll(".fold > template")].map(t => t.content)]
    .flatMap(part => [...part.querySelectorAll("[id]")]).reduce((kinds, e) => {
    const kind = /^(section|exhibit|card|claim|n|p|src)-/.exec(e.id);
    return kind ? kinds.set(kind[1], e.id) : kinds }, new Map()).values(), "beliefs", "corrections", "basis"]
    .filter(id => document.getElementById(id) || /^(n|p)-/.test(id))"""


class Reader(Protocol):
    """One who opens pages, in whichever browser."""

    def resize(self, width: int) -> None: ...
    def open(self, address: str) -> None: ...
    def back(self) -> None: ...
    def evaluate(self, expression: str) -> Any: ...


class InChromium:
    def __init__(self, page: Any) -> None:
        self.page = page

    def resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 900})

    def open(self, address: str) -> None:
        self.page.goto("about:blank")
        self.page.goto(address)

    def back(self) -> None:
        self.page.go_back()

    def evaluate(self, expression: str) -> Any:
        return self.page.evaluate(expression)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_address(tmp_path_factory)


@pytest.fixture(scope="module")
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    if request.param == "Firefox":
        need(FIREFOX)
        from firefox import Firefox

        firefox = Firefox(FIREFOX, tmp_path_factory.mktemp("firefox"))
        yield firefox
        firefox.close()
        return
    need(CHROMIUM)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # no reader jumps 200 times in ten seconds; a browser takes one who does for an attack
        options = ["--no-sandbox", "--disable-ipc-flooding-protection"]
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=options)
        context = chromium.new_context(viewport={"width": 1400, "height": 900}, offline=True)
        yield InChromium(context.new_page())
        chromium.close()


def top_of(reader: Reader, place: str) -> tuple[int, bool]:
    reader.evaluate(SETTLED)
    top, end = reader.evaluate(f"{PLACE}({json.dumps(place)})")
    return top, end


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@EVERYWHERE
def test_every_link_within_the_page_lands_on_its_target_and_a_number_shows_its_value(
    reader: Reader, address: str, width: int
) -> None:
    reader.resize(width)
    reader.open(address)
    targets, missed = reader.evaluate(ALL_JUMPS)
    assert missed == []
    kinds = {target[1:].split("-")[0] for target in targets}
    assert {"section", "exhibit", "card", "src", "n", "data", "sources"} <= kinds


@EVERYWHERE
def test_an_address_with_a_place_opens_there_and_stays_there(
    reader: Reader, address: str, width: int
) -> None:
    reader.resize(width)
    reader.open(address)
    places = reader.evaluate(KINDS)
    assert len(places) > 6
    for place in places:
        reader.open(f"{address}#{place}")
        reader.evaluate("document.fonts.ready.then(() => 0)")

        def lands(place: str = place) -> bool:
            top, end = top_of(reader, place)
            return -1 <= top <= NEAR or (end and top < 900)

        until(lands, place)
        reader.evaluate("new Promise(r => setTimeout(r, 300))")  # the live drawings near it wake
        until(lands, place)
        assert reader.evaluate(f"document.getElementById('{place}').checkVisibility()"), place
        if place.startswith("n-"):
            assert reader.evaluate(f"{SEEN}('{place}')"), place


# a link to a card, one in the text, a number, the contents, and one that opens a fold far above the link
WAYS = (
    ".calls a[href^='#card-']",
    ".src a.ref",
    "main a.num",
    ".toc li:last-child a",
    ".srcs .behind a[href^='#n-']",
)


@EVERYWHERE
def test_back_returns_to_the_link_that_was_followed(reader: Reader, address: str, width: int) -> None:
    reader.resize(width)
    reader.open(address)
    reader.evaluate("document.querySelector('.srcs details[data-behind]').open = true")
    reader.evaluate(SETTLED)
    for way in WAYS:
        link = f"document.querySelector({json.dumps(way)})"
        where = f"Math.round({link}.getBoundingClientRect().top)"
        reader.evaluate(f"({link}.closest('details') || {{}}).open = true")
        reader.evaluate(f"{link}.scrollIntoView({{block: 'center'}})")
        reader.evaluate(SETTLED)
        before, top = reader.evaluate("scrollY"), reader.evaluate(where)
        reader.evaluate(f"{link}.click()")
        reader.evaluate(SETTLED)
        assert abs(reader.evaluate("scrollY") - before) > 100, way
        reader.back()
        until(lambda: reader.evaluate("location.hash") == "", f"{way}: no way back")
        reader.evaluate(SETTLED)
        assert abs(reader.evaluate(where) - top) <= 2, way


@pytest.mark.parametrize("reader", WIDTHS, indirect=True, scope="module")
def test_a_target_keeps_its_place_until_the_reader_scrolls_and_no_longer(
    reader: Reader, address: str
) -> None:
    reader.resize(1400)
    reader.open(address)
    # as in a browser that does not keep the place by itself
    reader.evaluate("document.styleSheets[0].insertRule('* { overflow-anchor: none !important }')")
    card = reader.evaluate("document.querySelector('.card').id")
    reader.evaluate(f"location.hash = '#{card}'")
    top, _ = top_of(reader, card)
    above = "document.querySelector('.lede').style.paddingBottom"
    reader.evaluate(f"{above} = '700px'")
    assert top_of(reader, card)[0] == top
    reader.evaluate("scrollBy(0, 400)")
    assert top_of(reader, card)[0] == top - 400
    reader.evaluate(f"{above} = '900px'")
    assert top_of(reader, card)[0] == top - 200
