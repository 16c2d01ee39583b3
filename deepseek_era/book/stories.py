"""The narrative card of a call: the verdict, why, how much, how sure, what happened and what would change it.

The annex has the whole card; this one has what a reader wants to know, in plain words.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from deepseek_era import tables
from deepseek_era.book import bands
from deepseek_era.book.bands import Row
from deepseek_era.book.card import Card, Flip, Quantity, Reading, Standing
from deepseek_era.figure import MINUS, Figure, format_figure, format_number
from deepseek_era.verdicts import rule, tally
from deepseek_era.words import capital, in_sentence, likelihood, number_word

_SEEN = re.compile(r"[^(;]+")
_NUMBER = re.compile(r"(?:(?:about|over|under|at least|at most) )?[−-]?\d[\d.,]*(?:[–-]\d[\d.,]*)?")
_TURN = re.compile(r"(?P<way>below|above) (?P<at>.+?) the answer becomes")
BECOMES = {
    "lost": "{} would have lost",
    "won": "{} would have won",
    "too small": "it would be too small to matter",
    "cannot be told": "it could not be told",
}
"""What a call would become, in a clause; the gap is for its name."""
FLIPPED = BECOMES | {"lost": "the turn would be unlikely", "won": "the turn would be likely"}
"""The same for a further point, which says that something turns."""
LESS_THAN_CLAIMED = "less than was claimed"


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


@dataclass(frozen=True)
class Plain:
    """A parameter in plain words: as it stands after a verb, and what a value of it assumes; that may be empty."""

    name: str
    assumed: str = ""


def plain_drivers() -> dict[str, Plain]:
    """Return parameters by id in plain words."""
    rows = tables.load("drivers").fillna("").to_dict("records")
    return {str(row["parameter"]): Plain(str(row["plain"]), str(row["assumed"])) for row in rows}


def stories(
    rows: Iterable[Row], details: Iterable[Card], standings: Mapping[str, Standing]
) -> dict[str, Story]:
    """Return the narrative cards by call, of those that have a card."""
    known = {card.id: card for card in details}
    told = {str(r["call_id"]): _texts(r) for r in tables.load("stories").fillna("").to_dict("records")}
    plain = plain_drivers()
    found = {}
    for row in rows:
        card = known.get(row.id)
        if card is None:
            continue
        words = told.get(row.id, {})
        measure = words.get("measure") or in_sentence(card.impact_variable.split(", ")[0])
        who = words.get("spoken") or in_sentence(row.name)
        lines = (
            ("How much", _how_much(card, {**words, "measure": measure})),
            ("How sure", _how_sure(row, card, plain)),
            ("What happened", _happened(words.get("happened", ""), row, standings.get(row.id))),
            ("Would change it", _change(card, plain, who)),
        )
        left = card.p_own_attributable
        came = card.era.p_article if card.era else None
        found[row.id] = Story(row, _head(row, card), lines, card.words, card.p_own, left, came)
    return found


def _texts(row: Mapping[Hashable, object]) -> dict[str, str]:
    return {str(key): str(value) for key, value in row.items()}


def _head(row: Row, card: Card) -> str:
    """Return the verdict in words: name, what R1 did to it, for how long."""
    chance = likelihood(row.p)
    if row.band in ("lost", "won"):
        verdict = f"{chance} {row.band}{', for a while' if row.word == 'for a while' else ''}"
    elif row.band == "too small" and card.band in (
        "lost",
        "won",
    ):  # it would matter, and falls short of the article
        verdict = LESS_THAN_CLAIMED
    else:
        verdict = rule.spoken(row.band)
    return f"{row.name}: {verdict}"


def _printed(found: Quantity, unit: str, sense: int) -> tuple[str, str]:
    """Return a quantity and its 90% range, in units that a reader knows; turned round where `sense` is -1."""
    middle, *ends = (None if end is None else sense * end for end in (found.median, found.p5, found.p95))
    low, high = ends[::sense]
    figure = Figure("story", middle, unit.partition(" of ")[0], "modelled", "", low, high)
    value, interval = format_figure(figure, "value"), format_figure(figure, "interval")
    return value.replace(" pp", " points"), interval.replace(" pp", "")


def _how_much(card: Card, words: Mapping[str, str]) -> str:
    """Return the size of the effect, what is left of it later, and from where on it would matter.

    An effect of which nearly all runs share the sign is told by a verb and a bare number, another as a change.
    """
    measure = words["measure"]
    if card.level:
        before, after = (format_number(p, "probability") for p in (card.level.without, card.level.with_))
        return f"The chance that {measure} was {before} without R1 and is {after} with it."
    if card.cells:
        both = format_number(card.cells.get("lose-win", 0.0), "probability")
        return f"In {both} of the model’s runs {measure}."
    low, high = card.effect.p5 or 0.0, card.effect.p95 or 0.0
    gain = -1 if words.get("gain") == "less" else 1  # which way the measure goes where the effect is a gain
    whole = f" {words['of']}" if words.get("of") else ""
    if low * high > 0:
        side = 1 if low > 0 else -1
        verb = (words.get("more") or "raises") if side == gain else (words.get("less") or "cuts")
    else:
        side, verb = gain, "changes"
    alone, interval = _printed(card.effect, card.unit, side)
    left, _ = _printed(card.attributable, card.unit, side)
    limit = _size(card.histogram.delta, card.unit)
    claimed = (
        f" and the article claims at least {_size(card.article_size, card.unit)}" if card.article_size else ""
    )
    return (
        f"R1 {verb} {measure} by {alone}{whole} {interval}; {limit} would matter{claimed}. "
        f"Rivals’ catching up leaves {left}."
    )


def _size(value: float, unit: str) -> str:
    return tally.sized(value, unit.partition(" of ")[0]).replace(" pp", " points")


def _how_sure(row: Row, card: Card, plain: Mapping[str, Plain]) -> str:
    driver = card.drivers[0] if card.drivers else None
    rests = f"It rests on {_named(driver.id, driver.label, plain)}." if driver else ""
    if row.band == "cannot be told":
        first = "Neither side is likely."
    elif card.level:
        first = "The two chances hardly differ."
    else:
        first = f"{capital(likelihood(row.p))}, {format_number(row.p, 'probability')}."
    if row.one_sided and row.band in ("lost", "won"):
        rests += " Our equation can hardly say otherwise."
    elif row.edge:
        rests += " A small change can turn it."
    return f"{first} {rests}"


def _named(parameter: str, label: str, plain: Mapping[str, Plain]) -> str:
    known = plain.get(parameter)
    return known.name if known else _label(label)


def _label(label: str) -> str:
    """Return the label of a driver as it stands in a sentence."""
    when = {", short": " in the first year", ", long": " in the long run"}
    end = next((e for e in when if label.endswith(e)), "")
    return in_sentence(label.removesuffix(end)) + when.get(end, "")


def _happened(words: str, row: Row, standing: Standing | None) -> str:
    """Return what the readings saw, each sentence that has something to tell; else that it is too early."""
    readings = standing.readings if standing else ()
    seen = {r.reading: _leading(r.seen) for r in readings}
    seen |= {r.reading.upper(): _leading(r.seen, bare=True) for r in readings if r.reading}
    said = []
    for sentence in filter(None, map(str.strip, words.split(". "))):
        if all(seen.get(gap) for gap in re.findall(r"\{(\w)\}", sentence)):
            said.append(capital(_moved(sentence.rstrip(".").format(**seen))) + ".")
    if said:
        return " ".join([*said, *filter(None, [_in_part(row, readings)])])
    return "Nothing is settled yet." if row.came == bands.EARLY else "Nothing of it was seen."


def _in_part(row: Row, readings: Iterable[Reading]) -> str:
    """Return which part of a call came true; empty where it did not come true in part."""
    if row.came != "partly":
        return ""
    held = [r.status_words for r in readings if r.counts]
    if held == ["right", "wrong"]:
        return "Only the first fits the article."
    if held == ["wrong", "right"]:
        return "Only the second fits the article."
    return "By its rule that is neither yes nor no."


def _moved(sentence: str) -> str:
    """Return a sentence that says by how much something moved with the way that it went.

    >>> _moved("Shares moved by −16.5, then +16.0 points"), _moved("Dates moved by about 0 years")
    ('Shares fell by 16.5, then rose by 16.0 points', 'Dates moved by about 0 years')
    """
    sentence = sentence.replace(", then +", ", then rose by ")
    if found := re.search(rf"moved by (about )?{MINUS}", sentence):
        end = found.end()
        return f"{sentence[: found.start()]}fell by {found[1] or ''}{sentence[end:].replace(f'to {MINUS}', 'to ')}"
    return re.sub(r"moved by (?=(?:about )?[\d.]*[1-9])", "rose by ", sentence)


def _leading(seen: str, *, bare: bool = False) -> str:
    """Return the first of what a reading saw as it stands in a sentence: no brackets, no plus, small counts in words.

    With `bare` the number alone, without the words behind it.

    >>> _leading("+18 (376 cash); about +29 with leases"), _leading("2 (o3, Opus)"), _leading("-1 to -2")
    ('18', 'two', '−1 to −2')
    >>> _leading("over 400 planned (nearly 7 GW)", bare=True), _leading("1 by the maker", bare=True)
    ('over 400', 'one')
    """
    found = _SEEN.match(seen or "")
    text = found[0].strip().lstrip("+") if found else ""
    if bare and (number := _NUMBER.match(text)):
        text = number[0]
    if re.fullmatch(r"\d|10", text):
        return number_word(int(text))
    text = re.sub(r"(?<=\d)-(?=\d)", "–", text)
    return re.sub(r"(?<!\w)-(?=\d)", MINUS, text).replace("percent", "per cent")


def _change(card: Card, plain: Mapping[str, Plain], who: str) -> str:
    flip = next((f for f in card.flips if f.value is not None and f.becomes and _TURN.search(f.text)), None)
    if flip is not None:
        becomes = FLIPPED if card.aside else BECOMES
        return _turned(flip, plain, becomes.get(flip.becomes, "it would change").format(who))
    if card.chi_star is not None and card.word in tally.MOVED:
        share = format_number(card.chi_star, "probability")
        if card.word == tally.MOVED[0]:
            return f"It would not have lasted had rivals matched over {share} of R1’s lead."
        return f"It would have lasted had rivals matched under {share} of R1’s lead."
    return "No single input does, within what we hold possible."


def _turned(flip: Flip, plain: Mapping[str, Plain], becomes: str) -> str:
    """Return the value of an input from which the answer would change, and what we assume instead."""
    turn = _TURN.search(flip.text)
    assert turn is not None
    base, at = (
        text.lstrip("×") for text in (re.sub(r"^.*\(base ([^)]+)\).*$", r"\1", flip.text), turn["at"])
    )
    known = plain.get(flip.driver)
    assumed = (
        f"We assume {known.assumed.format(base)}"
        if known and known.assumed
        else f"We take {base} for {_named(flip.driver, flip.label, plain)}"
    )
    return f"{assumed}; {turn['way']} {at} {becomes}."
