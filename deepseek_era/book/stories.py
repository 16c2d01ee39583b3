"""The narrative card of a call: the verdict, why, how much, how sure, what happened and what would change it.

The annex has the whole card; this one has what a reader wants to know, in plain words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deepseek_era import tables
from deepseek_era.book import bands
from deepseek_era.book.bands import Row
from deepseek_era.book.card import Card, Flip, Quantity, Standing
from deepseek_era.figure import MINUS, Figure, format_figure, format_number
from deepseek_era.verdicts import rule, tally
from deepseek_era.words import capital, in_sentence, likelihood, number_word

_SEEN = re.compile(r"[^(;]+")
_TURN = re.compile(r"(?P<way>below|above) (?P<at>.+?) the answer becomes")
BECOMES = {
    "lost": "they would have lost",
    "won": "they would have won",
    "too small": "it would be too small to matter",
    "cannot be told": "it could not be told",
}
"""What a call would become, in a clause."""


@dataclass(frozen=True)
class Story:
    """A narrative card: its row of the list, its head, labelled lines, and what the article said, word for word."""

    row: Row
    head: str
    lines: tuple[tuple[str, str], ...]
    quote: str
    p_alone: float | None
    p_left: float | None
    """Probability of the article's side: R1 alone, and once rivals would have caught up."""
    p_came: float | None
    """The same from all causes together; none without a forecast."""

    @property
    def text(self) -> str:
        """Everything that it says but for labels and marks."""
        return " ".join((self.head, self.row.reason.reason, *(text for _, text in self.lines)))


def plain_drivers() -> dict[str, str]:
    """Return parameters by id in plain words."""
    rows = tables.load("drivers").to_dict("records")
    return {str(row["parameter"]): str(row["plain"]) for row in rows}


def stories(
    rows: Iterable[Row], details: Iterable[Card], standings: Mapping[str, Standing]
) -> dict[str, Story]:
    """Return the narrative cards by call, of those that have a card."""
    known = {card.id: card for card in details}
    told = {str(r["call_id"]): r for r in tables.load("stories").to_dict("records")}
    plain = plain_drivers()
    found = {}
    for row in rows:
        card = known.get(row.id)
        if card is None:
            continue
        words = told.get(row.id, {})
        measure = str(words.get("measure") or in_sentence(card.impact_variable.split(", ")[0]))
        lines = (
            ("How much", _how_much(card, measure)),
            ("How sure", _how_sure(row, card, plain)),
            ("What happened", _happened(str(words.get("happened") or ""), row, standings.get(row.id))),
            ("Would change it", _change(card, plain)),
        )
        left = card.p_own_attributable
        came = card.era.p_article if card.era else None
        found[row.id] = Story(row, _head(row), lines, card.words, card.p_own, left, came)
    return found


def _head(row: Row) -> str:
    """Return the verdict in words: name, what R1 did to it, for how long."""
    chance = likelihood(row.p)
    if row.band in ("lost", "won"):
        verdict = f"{chance} {row.band}{', for a while' if row.word == 'for a while' else ''}"
    else:
        verdict = rule.spoken(row.band)
    return f"{row.name}: {verdict}"


def _printed(found: Quantity, unit: str) -> tuple[str, str]:
    """Return a quantity and its 90% range, in units that a reader knows."""
    figure = Figure("story", found.median, unit.partition(" of ")[0], "modelled", "", found.p5, found.p95)
    value, interval = format_figure(figure, "value"), format_figure(figure, "interval")
    return value.replace(" pp", " points"), interval.replace(" pp", "")


def _how_much(card: Card, measure: str) -> str:
    if card.level:
        before, after = (format_number(p, "probability") for p in (card.level.without, card.level.with_))
        return f"The chance that {measure} was {before} without R1 and is {after} with it."
    if card.cells:
        both = format_number(card.cells.get("lose-win", 0.0), "probability")
        return f"{capital(measure)}, in the same run: {both} of the model’s runs."
    alone, interval = _printed(card.effect, card.unit)
    left, _ = _printed(card.attributable, card.unit)
    return f"R1 alone moves {measure} by {alone} {interval}; once rivals would have caught up, {left}."


def _how_sure(row: Row, card: Card, plain: Mapping[str, str]) -> str:
    driver = card.drivers[0] if card.drivers else None
    rests = f"It rests on {plain.get(driver.id, _label(driver.label))}." if driver else ""
    if row.band == "cannot be told":
        first = "Neither side is likely."
    elif card.level:
        first = "The two chances hardly differ."
    else:
        first = f"{capital(likelihood(row.p))}, {format_number(row.p, 'probability')}."
    if row.one_sided and row.band in ("lost", "won"):
        rests += " Our equation can hardly say otherwise."
    elif row.edge:
        rests += " A close call."
    return f"{first} {rests}"


def _label(label: str) -> str:
    """Return the label of a driver as it stands in a sentence."""
    when = {", short": " in the first year", ", long": " in the long run"}
    end = next((e for e in when if label.endswith(e)), "")
    return in_sentence(label.removesuffix(end)) + when.get(end, "")


def _happened(words: str, row: Row, standing: Standing | None) -> str:
    """Return what the readings saw, each sentence that has something to tell; else that it is too early."""
    seen = {r.reading: _leading(r.seen) for r in (standing.readings if standing else ())}
    said = []
    for sentence in filter(None, map(str.strip, words.split(". "))):
        if all(seen.get(gap) for gap in re.findall(r"\{(\w)\}", sentence)):
            said.append(capital(sentence.rstrip(".").format(**seen)) + ".")
    if said:
        return " ".join(said)
    return "Nothing is settled yet." if row.came == bands.EARLY else "Nothing of it was seen."


def _leading(seen: str) -> str:
    """Return the first of what a reading saw as it stands in a sentence: no brackets, no plus, small counts in words.

    >>> _leading("+18 (376 cash); about +29 with leases"), _leading("2 (o3, Opus)"), _leading("-1 to -2")
    ('18', 'two', '−1 to −2')
    """
    found = _SEEN.match(seen or "")
    text = found[0].strip().lstrip("+") if found else ""
    if re.fullmatch(r"\d|10", text):
        return number_word(int(text))
    text = re.sub(r"(?<=\d)-(?=\d)", "–", text)
    return re.sub(r"(?<!\w)-(?=\d)", MINUS, text).replace("percent", "per cent")


def _change(card: Card, plain: Mapping[str, str]) -> str:
    flip = next((f for f in card.flips if f.value is not None and f.becomes and _TURN.search(f.text)), None)
    if flip is not None:
        return _turned(flip, plain, card.drivers[0].id if card.drivers else "")
    if card.chi_star is not None and card.word in tally.MOVED:
        share = format_number(card.chi_star, "probability")
        if card.word == tally.MOVED[0]:
            return f"Had rivals caught up with more than {share} of R1’s lead, it would not have lasted."
        return f"Had rivals caught up with less than {share} of R1’s lead, it would have lasted."
    return "No single input, as far as we find it credible."


def _turned(flip: Flip, plain: Mapping[str, str], named: str) -> str:
    """Return the value of an input from which the answer would change; `named` is the input that was named before."""
    turn = _TURN.search(flip.text)
    assert turn is not None
    base = re.sub(r"^.*\(base ([^)]+)\).*$", r"\1", flip.text)
    said = f"we take {base}; {turn['way']} {turn['at']} {BECOMES.get(flip.becomes, 'it would change')}."
    if flip.driver == named:
        return f"Of that {said}"
    return f"{capital(plain.get(flip.driver, _label(flip.label)))}: {said}"
