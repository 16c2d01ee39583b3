"""The model in the page: the numbers of the run in Chromium and in Firefox, and what a reader sets and sends on."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from firefox import Firefox
from fixtures_report import with_paper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from visits import CHROMIUM, FIREFOX, Visit, need

from deepseek_era import charts, pairs
from deepseek_era.book.document import Block, ExhibitView
from deepseek_era.book.editions import editions
from deepseek_era.book.world import LETTERS, world
from deepseek_era.charts import base
from deepseek_era.errors import ModelInputError, ParameterError
from deepseek_era.model import Model
from deepseek_era.pages.html import render_html
from deepseek_era.parameters import Parameters, resolve, scenarios
from deepseek_era.parameters.draws import BITS, NET, _Points, generators
from deepseek_era.traced import Trace
from deepseek_era.traced.javascript import javascript
from deepseek_era.verdicts.evaluate import decided, era_probability, evaluations
from deepseek_era.verdicts.own_calls import questions

SAME = 1e-12
DRAWS = 1024
VINTAGES = ("latest", "article")
MAIN = ["elasticity_long", "catch_up"]
SHARES = ("p_winner", "p_loser", "p_neutral")
LAYERS = {"": "shares", "_attributable": "later"}


def run(vintage: str, **sets: Any) -> Parameters:
    return resolve({"draws": DRAWS, **sets}, vintage=vintage)


def written(value: Any) -> Any:
    """Return a value as `resolve` takes it: a number, or the ends of a range with what is most likely."""
    if not isinstance(value, list):
        return value
    return dict(zip(("low", "mode", "high") if len(value) == 3 else ("low", "high"), value, strict=True))


CHANCES = {"article": 0.8, "january": 0.4, "model": 0.3}
QUESTIONS = tuple(
    {
        "id": id,
        "call": id[:3],
        "question": f"Will {id}?",
        "came": came,
        "status": status,
        "seen": "2 of 3",
        "chances": CHANCES,
    }
    for id, came, status in (("C02a", 1, "right"), ("C04b", 0, "mixed"))
)


@functools.cache
def given_to_page() -> dict[str, Any]:
    return world(Model(run("latest")), MAIN)


def truth(parameters: Parameters) -> dict[str, dict[str, Any]]:
    """Return the answers of the functions themselves, as the page gives them."""
    model, found = Model(parameters), {}
    for key, e in evaluations(model).items():
        j = decided(model)[key]
        mine = {
            "band": j.band,
            "was_it_r1": j.word,
            "p_winner": e.p.win,
            "p_loser": e.p.lose,
            "p_neutral": e.p.neutral,
        }
        for after, layer in LAYERS.items():
            if (shares := getattr(j, layer)) is not None:
                mine |= {f"p_{side}{after}": getattr(shares, side) for side in ("own", "other", "small")}
                mine |= {"one_sided": j.one_sided, "edge": j.near}
        if e.short_leg is None:
            mine["impact_median"] = float(np.median(e.effect))
            if e.era is not None and key != "A01":
                mine["p_era"] = era_probability(e)
        found[key] = mine
    return found


def differing(page: dict[str, Any], parameters: Parameters) -> list[tuple[str, str, Any, Any]]:
    """Return where the page says another thing than the functions."""
    found = []
    for call, mine in truth(parameters).items():
        for name, value in mine.items():
            seen = page[call][name]
            exact = isinstance(value, str | bool)
            if seen != value if exact else abs(seen - value) > SAME * max(1, abs(value)):
                found.append((call, name, seen, value))
    return found


BANDS = {"less": "d2", "about as much": "d4", "more": "d6"}
PLOT = {"elasticity_long": (0.2, 2.4), "pass_through_long": (0.2, 1.2)}


def mapped(gain: float = 8.0) -> ExhibitView:
    """Return a map of what is asked for over two inputs, as a page holds it; its gain is another one."""
    x, y = PLOT
    exhibit = charts.exhibit(
        charts.contours(
            "(1 + edge / log(k)) / x",
            [-0.5, 0.5],
            BANDS,
            charts.points(pd.DataFrame({"x": np.full(40, 0.5), "y": 0.5}), "x", "y"),
            x=charts.Axis("Across", domain=PLOT[x], ticks=(0.2, 1, 2)),
            y=charts.Axis("Upward", domain=PLOT[y], ticks=(0.2, 0.6, 1.2)),
            point=("e", "f"),
            contour=0.5,
            words="here",
            cross=True,
            samples=80,
            controls=[
                charts.Control("e", "E", 0.2, 2.4, 0.1, 1.0),
                charts.Control("f", "F", 0.2, 1.2, 0.1, 0.8),
                charts.Control("k", "K", 1.0, 40.0, 1.0, gain),
            ],
            field=charts.Field(
                lambda e, f, k: (e * f - 1) * np.log(k),
                across="e",
                upward="f",
                follows={"e": x, "f": y, "k": "inference_gain"},
                said="In your world {share} lies beyond.",
            ),
        ),
        name="map",
        title="A map",
        subtitle="All of it.",
        source="Invented.",
        alt="A map.",
    )
    known = next(iter(with_paper().exhibits.values()))
    made = base.payload(exhibit)
    assert exhibit.chart is not None
    wide = base.svg(exhibit.chart(720))
    own = {"name": "map", "anchor": "exhibit-map", "svg_wide": wide, "svg_narrow": made["svg_narrow"]}
    return dataclasses.replace(known, **own, field=made["field"], views=(), rows=(), steps=())


def shapes(svg: str) -> dict[str, list[float]]:
    """Return the numbers of the bands of a drawing, by their colour."""
    found = {}
    for d, colour in re.findall(r'<path d="(M[^"]*)" fill="(#[^"]*)"', svg):
        found[colour] = [float(number) for number in re.findall(r"-?[\d.]+", d)]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("live")
    prose = Block("prose", "## First\n\nIt costs {{ cost.api.discount }}.\n\n## Your world\n\nSet it.")
    for vintage in VINTAGES:
        report = with_paper(prose, Block("exhibit", "map"), Block("questions"), Block("world"))
        report = dataclasses.replace(report, exhibits={**report.exhibits, "map": mapped()})
        report = dataclasses.replace(report, world=world(Model(run(vintage)), MAIN), questions=QUESTIONS)
        (made / f"{vintage}.html").write_text(render_html(editions(report)[0]), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    need(CHROMIUM)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


Ask = Callable[[str, dict[str, Any]], dict[str, Any]]
CALL = "window.report.world({}).catch(error => ({{ refused: error.message }}))"


@pytest.fixture(scope="module")
def chromium(browser: Any, folder: Path) -> Iterator[Ask]:
    """What a page in Chromium answers to what is set in it."""
    visits = {vintage: Visit(browser, (folder / f"{vintage}.html").as_uri()) for vintage in VINTAGES}
    yield lambda vintage, sets: visits[vintage].page.evaluate(CALL.format(json.dumps(sets)))
    for visit in visits.values():
        assert visit.complaints == []
        assert [url for url in visit.requests if not url.startswith("file:")] == []
        visit.context.close()


@pytest.fixture
def visit(browser: Any, folder: Path, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A visit to the page of the latest facts, at a width and with an address."""
    hash_, width = getattr(request, "param", ("", 1400))
    made = Visit(browser, f"{(folder / 'latest.html').as_uri()}{hash_}", width)
    yield made
    assert made.complaints == []
    made.context.close()


def woken(visit: Visit) -> Any:
    visit.page.evaluate("document.querySelector('#world').scrollIntoView()")
    visit.until("Boolean(document.querySelector('.knob'))")
    return visit.page


# --- the draws and the program ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [64, NET])
def test_a_few_points_of_the_sequence_make_all_the_others(n: int) -> None:
    parameters = resolve({}, seed=7)
    points = generators(parameters, n)
    sequence = _Points(len(points), 7, n)
    lowest = [(i & -i).bit_length() for i in range(n)]
    for place in (0, len(points) - 1):
        steps = np.array([points[place][low] for low in lowest])
        coordinate = np.empty(n)
        sequence.coordinate(place, coordinate)
        assert np.array_equal(np.bitwise_xor.accumulate(steps), (coordinate * 2**BITS).astype(np.int64))


def test_an_operation_without_a_word_stops_the_build_by_its_name() -> None:
    trace = Trace()
    x = trace.input("x", 0.0, 1.0)
    program = trace.program({("y",): np.exp(x)})
    steps = tuple(dataclasses.replace(step, name="sinc") if step.of else step for step in program.steps)
    with pytest.raises(ModelInputError, match="no word for the operation sinc"):
        javascript(dataclasses.replace(program, steps=steps))


def test_a_parameter_that_moves_no_verdict_is_not_among_those_shown_first() -> None:
    with pytest.raises(ParameterError, match="world: gpu_hour_usd moves no verdict"):
        world(Model(run("latest")), ["gpu_hour_usd"])


def test_every_input_of_the_reader_has_plain_words_and_a_question() -> None:
    found = given_to_page()
    described = [p["id"] for p in found["parameters"] if p.get("question") == "Other inputs"]
    assert described == []
    assert all(set(points) <= set(LETTERS) for points in found["points"].values())


# --- the page's numbers are the functions' ---------------------------------------------------------------------------


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Some inputs with numbers and ranges, also beyond ours, as far as their bounds allow."""
    parameters = resolve({})
    names = [p["id"] for p in given_to_page()["parameters"] if "plain" in p]
    sets: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=6, unique=True)):
        row = parameters.row(name)
        low, high = row.quantile(0.001), row.quantile(0.999)
        low, high = max(row.bounds[0], low - (high - low) / 2), min(row.bounds[1], high + (high - low) / 2)
        ends = sorted(draw(st.lists(st.floats(low, high), min_size=3, max_size=3, unique=True)))
        kind = draw(st.sampled_from(("number", "range", "pert")))
        wide = ends[2] - ends[0] > 1e-3 * (high - low)
        sets[name] = (
            ends[1] if kind == "number" or not wide else ends if kind == "pert" else [ends[0], ends[2]]
        )
    return sets


@pytest.mark.browser
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sets=worlds(), vintage=st.sampled_from(VINTAGES))
def test_chromium_gives_the_numbers_of_the_functions(
    chromium: Ask, sets: dict[str, Any], vintage: str
) -> None:
    parameters = run(vintage, **{name: written(value) for name, value in sets.items()})
    found = chromium(vintage, sets)
    if "refused" in found:  # what the formulas do not allow
        with pytest.raises(ModelInputError):
            truth(parameters)
    else:
        assert differing(found, parameters) == []


@pytest.mark.browser
@pytest.mark.parametrize("vintage", VINTAGES)
def test_every_preset_gives_the_numbers_of_its_scenario(chromium: Ask, vintage: str) -> None:
    assert differing(chromium(vintage, {}), run(vintage)) == []
    for preset in given_to_page()["presets"]:
        parameters = resolve({"draws": DRAWS}, scenario=preset["name"], vintage=vintage)
        assert differing(chromium(vintage, preset["sets"]), parameters) == [], preset["name"]


def test_the_presets_are_the_scenarios_that_keep_the_facts() -> None:
    kept = {
        name
        for name, item in scenarios().items()
        if item["parameters"] and "vintage" not in item["parameters"]
    }
    assert {preset["name"] for preset in given_to_page()["presets"]} == kept


def test_the_model_of_the_page_is_light() -> None:
    code = given_to_page()["code"].encode()
    assert len(zlib.compress(code, 9)) <= 15_000


@pytest.mark.browser
def test_firefox_gives_the_numbers_of_the_functions(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    need(FIREFOX)
    firefox = Firefox(FIREFOX, tmp_path_factory.mktemp("firefox"))
    try:
        for vintage in VINTAGES:
            firefox.open((folder / f"{vintage}.html").as_uri())
            for sets in ({}, {"elasticity_long": [0.2, 0.5, 0.9], "lead_time": 6, "catch_up": [0.1, 0.4]}):
                parameters = run(vintage, **{name: written(value) for name, value in sets.items()})
                assert differing(firefox.evaluate(CALL.format(json.dumps(sets))), parameters) == []
    finally:
        firefox.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("sets", "words"),
    [
        ({"elasticity_lng": 1}, "elasticity_lng: no such input"),
        ({"background_c01": 1}, "background_c01: no such input"),
        ({"elasticity_long": 99}, "allowed is a number from 0 to 4"),
        ({"elasticity_long": "0.4"}, "allowed is a number"),
        ({"elasticity_long": [2, 1]}, "from low to high"),
        ({"elasticity_long": [0.1, 3, 2]}, "from low to high"),
        ({"elasticity_long": []}, "allowed is a number"),
        ({"__proto__x": 1}, "no such input"),
    ],
)
def test_what_cannot_be_set_is_refused_in_words(chromium: Ask, sets: dict[str, Any], words: str) -> None:
    assert words in chromium("latest", sets)["refused"]


# --- what a reader does ----------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_slider_moves_the_answers_and_the_address_and_back_to_ours_undoes_it(visit: Visit) -> None:
    page = woken(visit)
    was = page.inner_text(".world .names")
    slider = page.get_by_role("slider", name="How much more AI people use over years of falling prices")
    slider.focus()
    page.keyboard.press("Home")
    visit.until("location.hash.startsWith('#world?v=1&elasticity_long=0')")
    visit.until("document.querySelectorAll('.world .names .ch').length > 0")
    assert page.inner_text(".world .result").startswith("In your world ")
    visit.until("document.querySelector('.world .vh[role=status]').textContent.startsWith('In your world ')")
    assert re.match(r"Your world: \d+ of 22 answers? differs? from ours", page.inner_text(".worldbar"))
    assert slider.get_attribute("aria-valuetext") == page.inner_text(".knob.on output")
    page.get_by_role("button", name="Back to ours").click()
    visit.until("document.querySelectorAll('.ch').length === 0 && location.hash === '#world'")
    assert page.inner_text(".world .names") == was
    assert not page.locator(".worldbar").is_visible()


@pytest.mark.browser
def test_a_map_follows_the_readers_world_and_goes_back(visit: Visit) -> None:
    page = woken(visit)
    drawn = "document.querySelector('#exhibit-map svg.wide').outerHTML"
    was = page.evaluate(drawn)
    page.evaluate("location.hash = '#world?v=1&inference_gain=20&elasticity_long=0.4'")
    visit.until("Boolean(document.querySelector('#exhibit-map .yours'))")
    found, wanted = shapes(page.evaluate(drawn)), shapes(mapped(20.0).svg_wide or "")
    assert found.keys() == wanted.keys()
    for colour, numbers in wanted.items():
        assert found[colour] == pytest.approx(numbers, abs=0.3), colour
    dots = page.locator("#exhibit-map svg.wide g > circle")
    places = {re.findall(r"[\d.]+", dot.get_attribute("transform") or "")[0] for dot in dots.all()[:40]}
    assert len(places) == 1
    assert page.inner_text("#exhibit-map .yours").startswith("In your world 0% lies beyond.")
    page.get_by_role("button", name="Back to ours").click()
    visit.until("!document.querySelector('#exhibit-map .yours')")
    assert page.evaluate(drawn) == was


@pytest.mark.browser
@pytest.mark.parametrize("visit", [("", 390)], indirect=True)
def test_who_wins_if_demand_hardly_reacts_is_found_on_a_telephone_and_in_a_run(
    visit: Visit, browser: Any
) -> None:
    page = woken(visit)
    slider = page.get_by_role("slider", name="How much more AI people use over years")
    slider.focus()
    page.keyboard.press("Home")
    visit.until("location.hash.startsWith('#world?')")
    visit.until("document.querySelectorAll('.turnsit li').length > 0")
    assert page.inner_text(".world .result").startswith("In your world ")
    # what stands in the clipboard: a page from disk may not ask for it
    page.evaluate(
        "navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve(); }"
    )
    page.get_by_role("button", name="Copy link").click()
    visit.until("Boolean(window.copied)")
    line = re.findall(r'SET="(.*)"', page.text_content(".world code") or "")[0]
    names = page.inner_text(".world .names")
    other = Visit(browser, page.evaluate("window.copied"), 390)
    other.until("document.querySelectorAll('.world .names .ch').length > 0")
    other.until("document.querySelectorAll('.turnsit li').length > 0")
    assert other.page.inner_text(".world .names") == names
    assert other.page.text_content(".world code") == page.text_content(".world code")
    # a card says what moves its chance there
    other.page.evaluate("document.querySelector('.row').open = true")
    other.until("Boolean(document.querySelector('.row .flips'))")
    sets = {p.split("=")[0]: float(p.split("=")[1]) for p in line.split()}
    seen = other.page.evaluate(CALL.format(json.dumps(sets)))
    other.context.close()
    parameters = run("latest", **pairs.parse(line))
    assert differing(seen, parameters) == []
    shown = dict(row.split("\n")[:2] for row in names.split("\n\n") if "\n" in row)
    for key, answer in truth(parameters).items():
        name = next(c["name"] for c in given_to_page()["calls"] if c["id"] == key)
        assert name not in shown or answer["was_it_r1"] in shown[name]


@pytest.fixture(scope="module")
def opened(browser: Any, folder: Path) -> Iterator[Visit]:
    """A page in which addresses are tried one after another."""
    made = Visit(browser, (folder / "latest.html").as_uri())
    woken(made)
    yield made
    made.context.close()


@pytest.mark.browser
@settings(max_examples=8, deadline=None)
@given(sets=worlds())
def test_an_address_opens_the_world_that_it_holds(opened: Visit, sets: dict[str, Any]) -> None:
    text = "&".join(
        f"{k}={':'.join(map(repr, v)) if isinstance(v, list) else repr(v)}" for k, v in sets.items()
    )
    opened.page.evaluate("document.querySelector('.world code').textContent = ''")
    opened.page.evaluate("hash => { location.hash = hash; }", f"#world?v=1&{text}")
    opened.until("document.querySelector('.world code').textContent !== ''")
    line = opened.page.text_content(".world code") or ""
    read = dict(part.split("=") for part in re.findall(r'SET="(.*)"', line)[0].split())
    assert {k: [float(n) for n in v.split(":")] for k, v in read.items()} == {
        k: v if isinstance(v, list) else [v] for k, v in sets.items()
    }


HOSTILE = {
    "#world?v=1&elasticity_long=NaN": "elasticity_long is no number",
    "#world?v=1&elasticity_long=1e999": "allowed is a number from 0 to 4",
    "#world?v=1&elasticity_long=99": "allowed is a number from 0 to 4",
    "#world?v=1&elasticity_long=": "elasticity_long is no number",
    "#world?v=1&elasticity_long=1&elasticity_long=2": "sets elasticity_long twice",
    "#world?v=1&%3Cscript%3Ealert(1)%3C/script%3E=1": "an input that this page does not have",
    "#world?v=1&__proto__=1": "an input that this page does not have",
    "#world?v=0&old_input=1": "of version 0, and this page knows no old_input",
    "#world?v=9&elasticity_long=1": "of version 9, and this page reads up to 1",
    "#world?elasticity_long=1": "names no version",
    "#world?v=1&elasticity_long=" + "1" * 3000: "characters",
}


@pytest.mark.browser
def test_a_hostile_address_is_refused_in_words_and_changes_nothing(visit: Visit) -> None:
    page = woken(visit)
    for hash_, words in HOSTILE.items():
        page.evaluate("document.querySelector('.world .told-by').textContent = ''")
        page.evaluate("hash => { location.hash = hash; }", hash_)
        visit.until("Boolean(document.querySelector('.world .told-by').textContent)")
        said = page.inner_text(".world .told-by")
        assert said.startswith("This link could not be read: ")
        assert words in said
        assert said.endswith("Nothing was changed.")
        assert page.locator(".ch, .knob.on").count() == 0
        assert not page.locator(".worldbar").is_visible()


@pytest.mark.browser
def test_a_range_is_typed_in_three_numbers_and_a_slip_is_told(visit: Visit) -> None:
    page = woken(visit)
    knob = page.locator(".knob[data-name=catch_up]")
    knob.get_by_role("button", name="As a range").click()
    lowest, _, highest = knob.locator("input[type=number]").all()
    lowest.fill("0.2")
    lowest.press("Tab")
    visit.until("/catch_up=0\\.2:[\\d.]+:[\\d.]+$/.test(location.hash)")
    before = page.evaluate("location.hash")
    highest.fill("7")
    highest.press("Tab")
    visit.until(
        "document.querySelector('#world .told-by').textContent.includes('allowed is a number from 0 to 1')"
    )
    assert page.evaluate("location.hash") == before
    knob.get_by_role("button", name="Ours").click()
    visit.until("location.hash === '#world'")


@pytest.mark.browser
@pytest.mark.parametrize("visit", [("", 390)], indirect=True)
def test_on_a_telephone_nothing_scrolls_sideways(visit: Visit) -> None:
    page = woken(visit)
    page.locator(".world details.all summary").click()
    visit.until("document.querySelectorAll('.knob').length > 60")
    page.get_by_role("button", name="Cheaper brings little more use").click()
    visit.until("document.querySelectorAll('.world .names .ch').length > 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.browser
def test_without_scripts_the_page_shows_the_base_report(browser: Any, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((folder / "latest.html").as_uri())
    assert "needs scripts" in page.inner_text("#world")
    assert page.locator(".band .row").count() > 0
    context.close()


# --- own calls -------------------------------------------------------------------------------------------------------


def test_no_side_is_favoured_among_the_questions() -> None:
    asked = questions(Model(run("latest")))
    assert len({q["call"] for q in asked}) == len(asked) > 0
    assert sum(q["came"] for q in asked) * 2 == len(asked)
    assert not any("{" in q["question"] for q in asked)
    assert questions(Model(run("article"))) == []  # nothing is settled yet


@pytest.mark.browser
def test_own_calls_are_scored_beside_the_others_and_kept_in_this_browser(visit: Visit) -> None:
    page = visit.page
    page.locator(".asked summary").click()
    for id, presses in (("C02a", 5), ("C04b", -5)):
        slider = page.get_by_role("slider", name=f"Will {id}?")
        slider.focus()
        for _ in range(abs(presses)):
            page.keyboard.press("ArrowRight" if presses > 0 else "ArrowLeft")
    assert page.locator(".asked .after p").count() == 0
    page.get_by_role("button", name="Score my calls").click()
    # 15 and 5 dots of 20: (1 - .75)^2 and .25^2; the article (1 - .8)^2 and .8^2
    assert "Your error score is 0.06, the article’s 0.34." in page.inner_text(".asked")
    assert "It did not come so, or only in part: 2 of 3." in page.inner_text(".asked")
    page.reload()
    page.locator(".asked summary").click()
    # what was kept is drawn once the fold is open
    page.locator(".asked fieldset").first.locator("circle.on").nth(14).wait_for()
    assert page.locator(".asked fieldset").first.locator("circle.on").count() == 15
    page.get_by_role("button", name="Forget them").click()
    page.locator(".asked circle.on").first.wait_for(state="detached")
    assert page.locator(".asked circle.on").count() == 0


LINKS = {
    "#calls?v=1&C02a=21": 0,
    "#calls?v=2&C02a=7": 0,
    "#calls?v=1&__proto__=7": 0,
    "#calls?v=1&C02a=7&C02a=8": 0,
    "#calls?v=1&C02a=7": 7,
}


@pytest.mark.browser
def test_a_link_brings_calls_or_says_that_it_cannot(visit: Visit) -> None:
    page = visit.page
    for hash_, dots in LINKS.items():
        page.evaluate("document.querySelector('.asked [role=status]').textContent = ''")
        page.evaluate("hash => { location.hash = hash; }", hash_)
        visit.until("Boolean(document.querySelector('.asked [role=status]').textContent)")
        said = page.inner_text(".asked [role=status]")
        assert said.startswith("These calls came" if dots else "This link holds no calls"), hash_
        assert page.locator(".asked circle.on").count() == dots
