"""Titles that speak of the same thing must agree: pairs of exhibits, in paper and annex, and what has to hold between them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from deepseek_era.tables import ROOT
from deepseek_era.words import number_word

BASE = ROOT / "report" / "base"
WORDS = {number_word(n): n for n in range(100)} | {"none": 0, "no": 0}
N = r"(?<!\w)(\d+(?:\.\d+)?|" + "|".join(sorted(WORDS, key=len, reverse=True)) + r")(?![^\Wm])"
PAPER, ANNEX = "index.html", "annex.html"


class Pair(NamedTuple):
    """Two titles, a pattern that takes what each says, and whether the two agree."""

    first: tuple[str, str]
    says: str
    second: tuple[str, str]
    says_too: str
    agree: Callable[..., bool]


def _same(*said: Any) -> bool:
    half = len(said) // 2
    return said[:half] == said[half:]


def _ratio(last: float, whole: float, times: float) -> bool:
    return abs(whole / last - times) <= 0.05 * times


def _among(few: str, many: str) -> bool:
    """Whether everybody of a list in words stands in the other one."""

    def names(text: str) -> set[str]:
        return {re.sub(r" \d+ of \d+$", "", n).strip().lower() for n in re.split(r",| and ", text)}

    return names(few) <= names(many)


HERO = (PAPER, "paper-hero")
MOVED = rf"R1 alone likely moved {N} of {N} calls the way the article said, {N} of them even after"
FELL = r"^(.+?) fell beyond chance"
PAIRS = {
    "calls that R1 moved, and that last": Pair(
        HERO,
        MOVED,
        (ANNEX, "verdict-matrix"),
        rf"R1 moved {N} of {N} calls the article.s way, {N} of them only until",
        lambda moved, all_, last, moved2, all2, passing: (
            (moved, all_) == (moved2, all2) and moved - last == passing
        ),
    ),
    "the same, all else equal and once rivals have caught up": Pair(
        HERO,
        MOVED,
        (ANNEX, "verdict-three-ways"),
        rf"All else equal, {N} calls are on the article.s side; if rivals catch up as assumed, {N}",
        lambda moved, all_, last, equal, left: (moved, last) == (equal, left),
    ),
    "claims that hold": Pair(
        (PAPER, "paper-facts"),
        rf"Of {N} facts {N} hold as they stand, {N} with a word of context",
        (ANNEX, "claims-table"),
        rf"Of {N} claims, {N} hold, {N} of them only with context",
        lambda n, whole, partly, n2, hold, only: (n, whole + partly, partly) == (n2, hold, only),
    ),
    "calls that are too small, and those among them that are so whatever was claimed": Pair(
        (ANNEX, "verdict-impacts"),
        rf"{N} effects? (?:is|are) too small to matter and {N} more too small for what",
        (ANNEX, "verdict-sizes"),
        rf"{N} effects are smaller than would matter, or than the article says",
        lambda small, more, all_: small + more == all_,
    ),
    "what came true and was R1": Pair(
        (PAPER, "paper-cross"), "(.*)", (ANNEX, "scorecard-cross"), "(.*)", _same
    ),
    "calls that came out wrong": Pair(
        (ANNEX, "scorecard-calls"),
        rf"(?:and|,) {N} did not",
        (ANNEX, "scorecard-cross"),
        rf"{N} came out wrong",
        _same,
    ),
    "research brought forward": Pair(
        (PAPER, "pull-forward"),
        rf"forward by {N} years",
        (ANNEX, "pull-forward"),
        rf"about {N} years of trend",
        _same,
    ),
    "memory of R1": Pair(
        (PAPER, "cost-memory-fit"),
        rf"R1.s weights alone take {N} GB of memory, not the {N} GB",
        (ANNEX, "cost-memory-fit"),
        rf"R1(?: needs|.s weights alone need) {N} GB at FP8, {N} times the article.s {N} GB",
        lambda need, said, need2, times, said2: (need, said) == (need2, said2) and _ratio(said, need, times),
    ),
    "the whole bill against the last run": Pair(
        (PAPER, "cost-waterfall"),
        rf"The last run cost \${N}m; .* about \${N}m",
        (ANNEX, "cost-waterfall"),
        rf"The whole development cost ×{N}",
        _ratio,
    ),
    "the cost of a solved problem": Pair(
        (PAPER, "cost-per-task"),
        "(small part|less)",
        (ANNEX, "cost-per-task"),
        rf"R1 was {N}% cheaper than o1",
        lambda words, percent: (words == "small part") == (percent > 80),
    ),
    "days on which Nvidia fell as far": Pair(
        (PAPER, "paper-days"),
        rf"27 January has {N} twins? among",
        (ANNEX, "market-releases"),
        rf"On {N} of \d+ other events did Nvidia fall as far",
        _same,
    ),
    "groups that stand out, against ordinary days and by the tests": Pair(
        (ANNEX, "market-scare-place"), r"^(.+?) stand out from", (ANNEX, "market-forest"), FELL, _among
    ),
    "how many groups fell": Pair(
        (ANNEX, "market-forest"),
        FELL,
        (ANNEX, "market-windows"),
        rf"{N} of \d+ groups stand out on the first day",
        lambda fell, n: len(re.split(r",| and ", fell)) <= n,
    ),
    "the years after the day": Pair(
        (PAPER, "market-paths"),
        "(did not last|not recovered)",
        (ANNEX, "market-paths"),
        r"Chips ran \d+ pp (ahead|behind)",
        lambda words, way: (words == "did not last") == (way == "ahead"),
    ),
    "the score of the article": Pair(
        (PAPER, "scorecard-forecast-scores"),
        "the article (did worse than one|hardly|did)",
        (ANNEX, "scorecard-brier"),
        "the article scored (worse|better) than a coin",
        lambda words, way: (words == "did worse than one") == (way == "worse"),
    ),
    "likely calls that are likely no more when asked again": Pair(
        (PAPER, "verdict-stress"),
        rf"Asked so that the answer can fail, {N} of the {N} likely calls",
        (ANNEX, "verdict-stress"),
        rf"Asked so that the answer can fail, {N} of the {N} calls that were likely",
        _same,
    ),
}


def titles(folder: Path) -> dict[tuple[str, str], str]:
    """Return the title of every exhibit of a finished report by its document and name."""
    found = {}
    for name in (PAPER, ANNEX):
        page = (folder / name).read_text(encoding="utf-8")
        for key, title in re.findall(
            r'<figure class="ex" id="exhibit-([^"]+)".*?<h3>(.*?)</h3>', page, re.DOTALL
        ):
            text = html.unescape(re.sub("<[^>]*>", "", title)).replace("\xa0", " ")
            found[name, key] = " ".join(text.split())
    return found


def said(title: str, pattern: str) -> tuple[Any, ...] | None:
    """Return what a title says by a pattern, numbers in words as numbers; None where it says something else."""
    match = re.search(pattern, title, re.IGNORECASE)
    if match is None:
        return None
    return tuple(
        WORDS[g.lower()] if g.lower() in WORDS else float(g) if re.fullmatch(r"[\d.]+", g) else g
        for g in match.groups()
    )


def disagreements(folder: Path) -> tuple[list[str], list[str]]:
    """Return the pairs whose titles contradict each other, and those of which one says something else altogether."""
    found, wrong, silent = titles(folder), [], []
    for what, pair in PAIRS.items():
        first, second = found.get(pair.first, ""), found.get(pair.second, "")
        one, other = said(first, pair.says), said(second, pair.says_too)
        if one is None or other is None:
            silent.append(f"{what}: {first!r}, {second!r}")
        elif not pair.agree(*one, *other):
            wrong.append(f"{what}: {first!r} against {second!r}")
    return wrong, silent


def test_no_two_titles_of_the_report_contradict_each_other() -> None:
    assert disagreements(BASE) == ([], [])


@pytest.mark.parametrize("what", PAIRS)
def test_a_pair_of_titles_that_says_two_things_is_found(what: str) -> None:
    pair = PAIRS[what]
    one, other = said(titles(BASE)[pair.first], pair.says), said(titles(BASE)[pair.second], pair.says_too)
    assert one is not None
    assert other is not None
    numbered = next((k for k, value in enumerate(one) if isinstance(value, float | int)), None)
    if numbered is not None:  # half as much again of what the first says first
        assert not pair.agree(*(v if k != numbered else 1.5 * v + 1 for k, v in enumerate(one)), *other)
    else:
        assert not pair.agree("Clouds, and he, and she, and others, and more", *one[1:], *other)
