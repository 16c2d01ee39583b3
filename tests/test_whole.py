"""Whole builds from the command line: what a changed parameter changes, and the run in which nothing happened."""

import csv
import html
import json
import os
import re
import shutil
import subprocess
import sys
import time

import drawn
import pytest
from fixture_pdf import raised, sheets, squeezed
from fixture_texts import everywhere, opened
from test_paper import JARGON as OF_THE_ANNEX
from test_quotes import attributed
from test_titles import disagreements

from deepseek_era import quotes
from deepseek_era.book import bands, manuscript
from deepseek_era.building import cache
from deepseek_era.building.files import CLAIM_COLUMNS
from deepseek_era.figure import Figure, format_figure
from deepseek_era.pages import drawings
from deepseek_era.parameters import resolve
from deepseek_era.tables import ROOT
from deepseek_era.verdicts import rule, symbols
from deepseek_era.verdicts.columns import CALL_COLUMNS

pytestmark = pytest.mark.build
BASE = ROOT / "report" / "base"
RIGID = ("--set", "elasticity_long=0.5")


def build(name, *arguments, tell=False, **environment):
    """Run the build as a user does and return its folder; with `tell` print what it said."""
    name = f"{name}-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"  # two workers never share a folder
    done = subprocess.run(
        [sys.executable, "-m", "deepseek_era", "report", "--name", name, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if tell:
        print(done.stdout)
    return ROOT / "report" / name


def test_the_finished_page_puts_only_the_articles_words_in_its_quotation_marks(rigid):
    """Of every card and claim, and of each sentence that names the article; in titles and tables too."""
    page = re.sub(
        r"<(script|style|svg|pre).*?</\1>", "", (rigid / "annex.html").read_text(encoding="utf-8"), flags=re.S
    )
    cards = [
        html.unescape(re.sub("<.*?>", "", q)).replace("\xa0", " ")
        for q in re.findall(r'<p class="quote">(.*?)</p>', page)
    ]
    assert len(cards) >= len(list(csv.DictReader((rigid / "calls.csv").open(encoding="utf-8"))))
    assert all(q[0] + q[-1] == "“”" for q in cards)
    blocks = re.split(r"</?(?:p|td|th|tr|li|h\d|div|figcaption|caption|title|section)\b[^>]*>", page)
    # a number never parts from its unit at the end of a line: that space is the page's own
    texts = [html.unescape(re.sub("<.*?>", "", block)).replace("\xa0", " ") for block in blocks]
    found = [q for text in texts for q in attributed(text)]
    assert found
    assert [q for q in [*found, *(q[1:-1] for q in cards)] if quotes.misquoted(q)] == []


@pytest.mark.parametrize(
    ("change", "run_again"),
    [
        # claim 1 is settled with the cost of the run, and the paper tells the claims
        ("gpu_hour_usd=2.{}", {"00-paper", "01-claims", "02-cost"}),
        ("usable_share=0.8{}", {"04-capacity"}),
        ("article_probability=0.7{}", {"00-paper", "06-scorecard"}),  # the paper tells what came true
    ],
)
def test_only_the_notebooks_that_use_a_parameter_run_again(rigid, capfd, change, run_again):
    # a value that no earlier run of this test has left in the cache
    change = change.format(f"{time.time_ns() // 1000 % 10**6:06d}")
    sets = dict(part.split("=") for part in (RIGID[1], change))
    parameters = resolve({name: float(value) for name, value in sets.items()})
    every = manuscript.paths(manuscript.NOTEBOOKS)
    assert {p.stem for p in every if cache.find(p, parameters).document is None} == run_again
    if len(run_again) == 1:  # and what is found so is what a build runs
        folder = build("test-rigid-and", "--set", f"{RIGID[1]} {change}", "--no-pdf", tell=True)
        shutil.rmtree(folder)
        said = dict(re.findall(r"notebook (\S+): (runs|kept), ", capfd.readouterr().out))
        assert {name for name, what in said.items() if what == "runs"} == run_again
        assert said.keys() == {p.stem for p in every}


@pytest.fixture(scope="module")
def rigid():
    """A run with rigid long-run demand."""
    folder = build("test-rigid", *RIGID)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def nothing():
    """The run in which every gain is 1, every shift 0 and every ratio 1."""
    folder = build("test-nothing", "--scenario", "no-event")
    yield folder
    shutil.rmtree(folder)


def figures(folder):
    return json.loads((folder / "figures.json").read_text(encoding="utf-8"))


def calls(folder):
    with (folder / "calls.csv").open(encoding="utf-8", newline="") as handle:
        return {row["id"]: row for row in csv.DictReader(handle)}


def page_text(folder, name="annex.html"):
    markup = opened((folder / name).read_text(encoding="utf-8"))
    markup = re.sub(r"<(script|style)\b.*?</\1>", " ", markup, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", markup)))


def paper_text(folder, name="annex.pdf"):
    return re.sub(r"\s+", "", "".join(sheets(folder / name)))


def written(entry, key):
    return format_figure(
        Figure(
            key, entry["value"], entry["unit"], entry["kind"], entry["label"], entry["low"], entry["high"]
        ),
        "value",
    )


def test_a_run_leaves_what_the_contract_names(rigid):
    names = {p.name for p in rigid.iterdir()}
    assert names == {
        "index.html",
        "report.pdf",
        "annex.html",
        "annex.pdf",
        "card.png",
        "cross.csv",
        "figures.json",
        "claims.csv",
        "calls.csv",
        "llms.txt",
        "manifest.json",
        "report.md",
        "exhibits",
        "notebooks",
    }
    header = (rigid / "calls.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == ",".join(CALL_COLUMNS)
    assert list(calls(rigid)) == [*(f"C{i:02d}" for i in range(1, 23)), "A01", "A02", "A03"]
    with (rigid / "claims.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert tuple(rows[0]) == CLAIM_COLUMNS
    assert [r["id"] for r in rows] == [f"F{i:02d}" for i in range(1, 14)]
    assert {r["verdict"] for r in rows} <= {
        "true",
        "true-with-context",
        "misleading",
        "false",
        "undecided",
        "unverifiable",
    }
    assert all("{{" not in r["finding"] for r in rows)


def live_elements(markup):
    """Return how many elements a page has before anything that waits in a template is wanted."""
    markup = re.sub(r"<(template|script|style)\b.*?</\1>", "", markup, flags=re.DOTALL)
    return len(re.findall(r"<[a-z]", markup))


def test_the_paper_is_light_and_short(rigid):
    page = (rigid / "index.html").read_text(encoding="utf-8")
    assert len(page.encode()) <= 1_500_000
    assert live_elements(page) <= 8_000
    exhibits = re.findall(r'<figure class="ex" id="(exhibit-[^"]+)"', page)
    assert 0 < len(exhibits) <= 16
    assert len(sheets(rigid / "report.pdf")) <= 20


def test_no_two_titles_contradict_each_other_in_another_run_either(rigid):
    assert disagreements(rigid)[0] == []


def test_the_annex_is_light_until_its_folds_are_opened(rigid):
    page = (rigid / "annex.html").read_text(encoding="utf-8")
    assert len(page.encode()) <= 4_000_000
    assert all((rigid / name).stat().st_size < 6_000_000 for name in ("report.pdf", "annex.pdf"))
    assert live_elements(page) <= 25_000
    # what a fold brings is there: every number, every parameter, every row of every exhibit's data
    whole = opened(page)
    assert whole.count('<tr id="n-') == len(figures(rigid))
    shown = set(re.findall(r'<figure [^>]*id="exhibit-([\w-]+)"', page))
    rows = sum(
        len(path.read_text(encoding="utf-8").splitlines()) - 1
        for path in (rigid / "exhibits").glob("*.csv")
        if path.stem in shown  # others are files alone
    )
    assert rows
    assert whole.count("<tr>") >= 0.9 * rows


def test_the_paper_names_every_call_and_has_its_card_in_print_and_on_the_page(rigid):
    page, paper = (rigid / "index.html").read_text(encoding="utf-8"), paper_text(rigid, "report.pdf")
    for key, name in bands.names().items():
        assert page.count(f'id="card-{key}"') == 1, key
        assert re.sub(r"\s+", "", f"{name}:") in paper, key
    assert paper.count("Howsure.") == paper.count("Wouldchangeit.") == len(calls(rigid))


# words that only those who made the run need
JARGON = re.compile(
    r"\b(?:vintages?|draws|one-sided|capped|pass-through|placebo|Holm|Sobol|quantiles?|δ|PIT)\b",
    re.IGNORECASE,
)


def test_the_papers_own_words_are_plain(rigid):
    """In prose, bands and cards, charts, tables and sources; what the article says, and which parameters a run changed, is quoted."""
    page = (rigid / "index.html").read_text(encoding="utf-8")
    page = re.sub(r'<div class="run".*?</div>', "", page, count=1, flags=re.DOTALL)
    page = re.sub(r"<(script|style)\b.*?</\1>|<head>.*?</head>|<footer.*", "", page, flags=re.DOTALL)
    text = html.unescape(re.sub(r"<[^>]+>|“[^”]*”", " ", page))
    assert JARGON.findall(text) == []
    # a gain is one of these words, to gain is none
    assert re.findall(OF_THE_ANNEX, re.sub(r"\bgains?\b", "", text)) == []
    assert re.findall(r"\b(?:training|inference|full|aggregate) gains?\b", text) == []
    prose = re.findall(r'<div class="(?:prose|answer|lead)">(.*?)</div>', page, re.DOTALL)
    assert len(prose) > 10
    for paragraph in prose:
        plain = html.unescape(re.sub(r"<[^>]+>", "", paragraph))
        for sentence in re.split(r"(?<=[.;!?])\s", re.sub(r"\([^)]*\)", "", plain)):
            assert (
                len(re.findall(r"(?<![A-Za-z])[−$×]?\d[\d.,]*", re.sub(r"(?:January )?20\d\d", "", sentence)))
                <= 3
            ), sentence


def test_each_drawing_in_a_file_of_its_own_says_the_finding_that_the_page_says(rigid):
    page = squeezed(page_text(rigid) + page_text(rigid, "index.html"))
    paths = sorted((rigid / "exhibits").glob("*.svg"))
    assert len(paths) > 50
    for path in paths:
        title, _ = drawings.untitled(path.read_text())
        assert title, path.name
        assert squeezed(title) in page, path.name


STRAY = re.compile(r"\S[ \u00a0\u202f]+[,;.](?=\s|$)|[,;][,;]|[(][ \u00a0]\w|\w[ \u00a0][)]")
LOWERED = re.compile(r"\b(?!kWh?\b|kB\b|vLLM\b|xAI\b)[a-z][A-Z]\w*")


@pytest.mark.parametrize("run", ["rigid", "nothing"])
@pytest.mark.parametrize("slip", [STRAY, LOWERED], ids=["a stray space", "a lowered acronym"])
def test_no_text_of_a_run_has(slip, run, request):
    folder = request.getfixturevalue(run)
    texts = dict.fromkeys(everywhere(folder))
    assert len(texts) > 1000
    found = [(place, m, text) for place, text in texts for m in slip.finditer(text)]
    # the paper prints addresses, and breaks them where it likes

    def word(m):
        return re.search(r"\S*$", m.string[: m.start()]).group() + m.string[m.start() :].split(" ")[0]

    # the text of a PDF puts the index of a symbol right behind it
    explained = {match[1] + match[2] for match in re.finditer(r"([^\W\d_]+)_(\w+)", repr(symbols._SYMBOLS))}
    found = [
        (place, m, text) for place, m, text in found if "/" not in word(m) and m.group() not in explained
    ]
    assert [(place, m.group(), text[:60]) for place, m, text in found] == []


@pytest.mark.parametrize("run", ["rigid", "nothing"])
def test_labels_touch_neither_each_other_nor_a_datum_and_stay_within_their_drawing(run, request):
    folder = request.getfixturevalue(run)
    pages = [(folder / name).read_text(encoding="utf-8") for name in ("annex.html", "index.html")]
    shown = [drawing for page in pages for drawing in drawn.inlined(page)]
    assert {width for _, width, _ in shown} == {"wide", "narrow"}
    assert len({name for name, _, _ in shown}) == len(list((folder / "exhibits").glob("*.svg")))
    for fault in (drawn.collisions, drawn.beyond, drawn.struck):
        assert {(name, width): found for name, width, svg in shown if (found := fault(svg))} == {}, (
            fault.__name__
        )


def test_no_number_of_the_paper_is_followed_by_an_exponent_that_is_a_source(rigid):
    for name in ("report.pdf", "annex.pdf"):
        assert raised((rigid / name).read_bytes()) == []


def test_the_long_run_elasticity_changes_figures_prose_and_calls_on_page_and_paper(rigid):
    before, after = figures(BASE), figures(rigid)
    key = "capacity.compute_ratio_long"
    assert after[key]["value"] < 0.95 < before[key]["value"]
    assert after["capacity.jevons.p_backfire_long"]["value"] == 0.0
    assert calls(BASE)["C21"]["band"] != calls(rigid)["C21"]["band"] == "lost"
    number = written(after[key], key)
    assert number in page_text(rigid)
    assert re.sub(r"\s+", "", number) in paper_text(rigid)
    name = "capacity.jevons.p_compute_rises_long"
    assert (number := written(after[name], name)) != written(before[name], name)
    assert number in page_text(rigid, "index.html")
    assert number in paper_text(rigid, "report.pdf")


def test_the_executed_notebooks_hold_numbers_in_their_prose(rigid):
    for path in sorted((rigid / "notebooks").glob("*.ipynb")):
        document = json.loads(path.read_text(encoding="utf-8"))
        prose = "".join("".join(c["source"]) for c in document["cells"] if c["cell_type"] == "markdown")
        assert "{{" not in prose
    assert "elasticity_long = 0.5" in (rigid / "notebooks" / "04-capacity.ipynb").read_text(encoding="utf-8")


def test_where_nothing_happened_every_impact_is_exactly_nought(nothing):
    for key, row in calls(nothing).items():
        if key == "A01":
            continue  # a level of the whole market, not an effect of the event
        assert [float(row[f"impact_{q}"]) for q in ("median", "p5", "p95")] == [0.0, 0.0, 0.0], key
        assert float(row["p_winner"]) == float(row["p_loser"]) == 0.0, key
    ratio = figures(nothing)["capacity.compute_ratio_long"]
    assert (ratio["value"], ratio["low"], ratio["high"]) == (1.0, 1.0, 1.0)


def test_the_paper_of_a_run_names_every_call_and_claim(nothing):
    paper = paper_text(nothing)
    for number in range(1, 14):
        assert f"F{number:02d}" in paper
    with (ROOT / "data" / "calls.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            assert re.sub(r"\s+", "", row["short_name"]) in paper, row["id"]


def test_every_fixed_figure_is_in_the_committed_report():
    found = figures(BASE)
    wanted = (ROOT / "tests" / "figure_ids.txt").read_text(encoding="utf-8").split()
    assert [key for key in wanted if key.rstrip("*") not in found] == []
    intervals = [key[:-1] for key in wanted if key.endswith("*")]  # a star asks for an interval
    assert all(found[key]["low"] is not None and found[key]["high"] is not None for key in intervals)


def test_the_address_of_every_exhibit_that_was_ever_published_still_lands_on_one(rigid):
    pages = "".join((rigid / name).read_text(encoding="utf-8") for name in ("annex.html", "index.html"))
    ever = (ROOT / "tests" / "exhibit_ids.txt").read_text(encoding="utf-8").split()
    assert [name for name in ever if f'id="exhibit-{name}"' not in pages] == []


def card_parts(folder):
    """Return the text between the tags of each card of the page, and its markup, keyed by call."""
    page = (folder / "annex.html").read_text(encoding="utf-8")
    found = {}
    for key in calls(folder):
        start = page.index(f'<article class="card" id="card-{key}"')
        markup = page[start : page.index("</article>", start)]
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup))
        found[key] = (text, markup)
    return found


def listed(markup, title):
    """Return the entries of the list under a heading of a card."""
    return (
        re.split(rf"{title}</h4>(?:<p>.*?</p>)?<ul>", markup, maxsplit=1)[1]
        .split("</ul>")[0]
        .split("<li")[1:]
    )


def test_every_call_has_its_whole_card_on_the_page(rigid):
    with (ROOT / "data" / "calls.csv").open(encoding="utf-8", newline="") as handle:
        groups = {row["id"]: row["market_group"] for row in csv.DictReader(handle)}
    rows = calls(rigid)
    cards = card_parts(rigid)
    assert list(cards) == list(rows)
    for key, (text, markup) in cards.items():
        row = rows[key]
        first = "Level" if "a level, not an effect" in text else "Effect"
        for part in (first, "Attributable", "Era forecast", "Observed", "What moves it", "Weakest point"):
            assert part in text, (key, part)
        if key.startswith("C"):
            assert re.search(r"wins \S+%, loses \S+%, neither \S+%", text), key
        # a flip has joint shares, a level two probabilities; neither wins or loses
        said = r"The word holds for |In the same draws: loses, then wins: |Full in \S+% of the draws"
        assert re.search(said, text), key
        own = row["was_it_r1"] == "too small" and row["band"] != "too small"  # it would matter
        answer = "too small for what the article says" if own else rule.spoken(row["was_it_r1"])
        assert f"r1? {answer}" in text.lower(), key
        assert "<math" in markup, key
        assert '<svg class="dist"' in markup, key
        assert 1 <= len(listed(markup, "What would flip it")) <= 3, key
        assert len(listed(markup, "Outcome to date")) == 2, key
        for item in listed(markup, "Evidence outside the model"):
            assert re.search(r"\((?:\d{1,2}\s)?\w{3}\s\d{4}\)", item), (key, item)
            assert "#src-" in item, (key, item)
            assert re.search(r'class="vh">(?:wins|loses|too small to matter|cannot be told)', item), (
                key,
                item,
            )
        one_sided = row["one_sided"] == "true"
        assert ("One-sided" in text) == one_sided, key
        if one_sided:
            assert "A form that could go either way" in text, key
        if groups[key] not in ("", "data_labelling"):
            assert re.search(r"The market’s word (?:Wins|Loses|Mixed|No clear move) on the day", text), key


def test_every_card_of_the_paper_has_the_same_parts(rigid):
    paper, rows = paper_text(rigid), calls(rigid)
    for part in ("Whatmovesit", "Whatwouldflipit.", "Weakestpoint.", "Outcometodate.", "Eraforecast"):
        assert paper.count(part) >= len(rows), part
    said = ("Thewordholdsfor", "Inthesamedraws:loses,thenwins:", "withoutit:alevel,notaneffect")
    assert sum(map(paper.count, said)) == len(rows)
    one_sided = sum(row["one_sided"] == "true" for row in rows.values())
    assert paper.count("One-sided:theequationhardly") == one_sided
    assert paper.count("Aformthatcouldgoeitherway.") >= one_sided
    answers = "|".join([*(rule.spoken(w).replace(" ", "") for w in rule.WAS_IT_R1), "toosmallforwhat"])
    assert len(re.findall(rf"(?i)WasitR1\?(?:{answers}|No,itwent)", paper)) >= len(rows)
