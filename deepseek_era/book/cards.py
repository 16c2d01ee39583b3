"""What a stakeholder's card says, in words: the same for every product, nothing in it is markup.

A card keeps four quantities apart: the effect (with the shock less without it), the part attributable after rivals
would have caught up, the forecast of the era from all causes, and what was observed. Keys that a card lacks leave
their part of it out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deepseek_era.figure import Figure, format_figure, format_number, true_minus
from deepseek_era.verdicts import rule, tally
from deepseek_era.words import in_sentence

SIDES = {"winner": "wins", "loser": "loses"}
TERMS = {"short": "Short term", "long": "Long term", "both": "Further considerations"}
_STANCES = {
    "agree": "The model agrees.",
    "leaning": "It cannot be told; the draws lean to the article’s side.",
    "not supported": "It cannot be told; the draws lean to neither side.",
    "leaning against": "It cannot be told; the draws lean against the article.",
    "too small": "The effect is too small for what the article says.",
    "contradicted": "The model contradicts it.",
}
# units of facts and what is written before and after the number
_WRITTEN = (
    ("percentage points", ("", " points")),
    ("percent", ("", "%")),
    ("USD billion", ("$", "bn")),
    ("USD B", ("$", "bn")),
    ("USD/h", ("$", " an hour")),
    ("USD per GPU-hour", ("$", " a GPU-hour")),
)
_SIGNS = {"+": "winner", "good": "winner", "-": "loser", "−": "loser", "bad": "loser", "0": "neutral"}
_UNITS = {"percent": "%", "percentage points": "pp", "USD B": "USD billion"}
# English on any machine, whatever its locale
_MONTHS = dict(
    enumerate(("January", "February", "March", "April", "May", "June", "July", "August", "September"), 1)
) | {10: "October", 11: "November", 12: "December"}
_WORDS = {"winner": "Wins", "loser": "Loses", "neutral": "No clear move", "mixed": "Mixed"}
NOTHING = 0.01  # a share of draws without any effect is named from here on
_NAMES = {
    "nvidia": "Nvidia",
    "china": "China",
    "model_labs": "listed model sellers",
    "stargate": "Stargate’s listed partner",
}


@dataclass(frozen=True)
class Estimate:
    """One of the quantities: its title, value and interval as printed, words under it, kind; empty value: none."""

    title: str
    value: str
    interval: str
    words: str
    kind: str


@dataclass(frozen=True)
class Driver:
    """A driver with its share of the spread, as a number and as printed."""

    label: str
    share: float
    text: str


@dataclass(frozen=True)
class Evidence:
    """A dated observation outside the model: the side it speaks for, its words, its source."""

    side: str
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """A reading of the call: what is asked, what was seen and how it stands, the sources."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Hill:
    """The distribution of the effect: bin edges and counts, threshold, quantiles, unit suffix, words for it."""

    edges: tuple[float, ...]
    counts: tuple[float, ...]
    delta: float | None
    quantiles: dict[str, float]
    suffix: str
    words: str


@dataclass(frozen=True)
class CardView:
    """A card, ready to set."""

    id: str
    name: str
    horizon: str
    term: str
    side: str
    verdict: str
    words: str
    sentence: str
    estimates: tuple[Estimate, ...]
    hill: Hill | None
    drivers: tuple[Driver, ...]
    flips: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    weak: str
    contest: str
    market: str
    fragility: str
    outcomes: tuple[Outcome, ...]
    grade: str
    points: dict[str, int]
    equations: tuple[tuple[str, str], ...]
    """Pairs of a title and LaTeX."""
    more: tuple[str, ...]
    sources: tuple[str, ...] = field(default=())


def percent(share: float | None) -> str:
    """Return a probability in words: 69%, <1%; an en dash for none."""
    return format_number(float(share), "probability") if share is not None else "–"


def verdict_words(verdict: object) -> str:
    """Return a verdict as a reader says it: "Likely loses", "Neutral"."""
    text = str(verdict or "")
    text = re.sub(r"^(\w+) winner$", r"\1 wins", re.sub(r"^(\w+) loser$", r"\1 loses", text))
    text = text.replace("Clear wins", "Clearly wins").replace("Clear loses", "Clearly loses")
    return text[:1].upper() + text[1:]


def date_words(date: object, *, short: bool = False) -> str:
    """Return an ISO date as a reader writes it, ``27 January 2025``; anything else as it is."""
    text = str(date or "")
    found = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", text)
    if not found or not 1 <= int(found.group(2)) <= 12:
        return text
    month = _MONTHS[int(found.group(2))]
    day = f"{int(found.group(3))} " if found.group(3) else ""
    return f"{day}{month[:3] if short else month} {found.group(1)}"


def _unit(unit: object) -> str:
    return _UNITS.get(str(unit or ""), str(unit or ""))


def _figure(estimate: Mapping[str, Any] | None, unit: str, kind: str = "modelled") -> Figure | None:
    found = estimate or {}
    middle = found.get("median", found.get("value"))
    if middle is None or not math.isfinite(float(middle)):
        return None
    return Figure("card", float(middle), unit, kind, "", found.get("p5"), found.get("p95"))


def _estimate(title: str, figure: Figure | None, words: str, fallback: str = "") -> Estimate:
    if figure is None:
        return Estimate(title, "", "", fallback or "not defined for this call", "")
    return Estimate(
        title, format_figure(figure, "value"), format_figure(figure, "interval"), words, figure.kind
    )


def _odds_of(card: Mapping[str, Any], quantity: str) -> dict[str, Any]:
    """Return a quantity with its probabilities, which a card holds beside or inside it.

    A flip or a level brings its own words with the effect and has no odds of winning or losing.
    """
    aside = {key: card[key] for key in ("cells", "level") if card.get(key)}
    if aside:
        bare = {k: v for k, v in (card.get(quantity) or {}).items() if not k.startswith("p_")}
        return {**bare, **({"p_winner": card["p_winner"], **aside} if quantity == "effect" else {})}
    suffix = {"attributable": "_attributable", "effect": ""}[quantity]
    beside = {
        f"p_{s}": card[f"p_{s}{suffix}"] for s in ("winner", "loser", "neutral") if f"p_{s}{suffix}" in card
    }
    return {**beside, **(card.get(quantity) or {})}


_CELLS = {
    "lose-win": "loses, then wins",
    "lose-lose": "loses both times",
    "win-win": "wins both times",
    "win-lose": "wins, then loses",
    "lose-small": "loses, then too small",
    "small-win": "too small, then wins",
    "small-small": "too small both times",
    "other": "other",
}


def _cells(card: Mapping[str, Any]) -> str:
    """Return the joint shares of a flip in words; empty for another card."""
    return "; ".join(f"{_CELLS[name]}: {percent(p)}" for name, p in (card.get("cells") or {}).items())


def _level(card: Mapping[str, Any]) -> str:
    """Return how often a level is reached with the event and without it, in words; empty for another card."""
    found = card.get("level")
    return (
        f"full in {percent(found['with'])} of the draws with the event and in {percent(found['without'])} without it"
        if found
        else ""
    )


def _odds(found: Mapping[str, Any] | None) -> str:
    if not found or found.get("p_winner") is None:
        return ""
    if "cells" in found or "level" in found:  # of a card: neither wins nor loses
        return _cells(found) or _level(found)
    neither = f", neither {percent(found['p_neutral'])}" if found.get("p_neutral") is not None else ""
    return f"wins {percent(found['p_winner'])}, loses {percent(found.get('p_loser'))}{neither}"


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def outcome_words(outcome: object) -> str:
    """Return an outcome as a reader says it: ``mostly-right`` is mostly right, ``interim-right`` right so far."""
    text = str(outcome or "").replace("_", "-")
    return (
        f"{text.removeprefix('interim-')} so far" if text.startswith("interim-") else text.replace("-", " ")
    )


def _observed(call: Mapping[str, Any]) -> Estimate:
    outcome = outcome_words(call.get("outcome"))
    if not outcome:
        return Estimate("Observed", "", "", "not settled here", "")
    as_of = call.get("outcome_as_of")
    words = f"the article’s call, as of {date_words(as_of, short=True)}" if as_of else "the article’s call"
    return Estimate(
        "Observed", outcome[:1].upper() + outcome[1:], "", _joined(words, _caution(call)), "observed"
    )


def _caution(call: Mapping[str, Any]) -> str:
    """Return what is thin about the readings that decided a call; empty where nothing is."""
    decided = [r for r in call.get("readings") or () if r["counts"]]
    weak = [r for r in decided if r["weak"]]
    if weak:
        alone = any(r["alone"] for r in weak)
        return "a reading rests on one weak source" if alone else "a reading rests on weak sources only"
    if any(r["alone"] for r in decided):
        return "a reading rests on one source"
    return ""


_LENSES = {"market": "Market", "fundamental": "Fundamental", "judgement": "Judgement"}


def _aside(reading: Mapping[str, Any]) -> str:
    """Return the remark on a reading as a sentence of its own; empty without one."""
    note = true_minus(str(reading.get("note") or "")).strip().rstrip(".")
    return f" {note[:1].upper()}{note[1:]}." if note else ""


def _outcome(reading: Mapping[str, Any]) -> Outcome:
    """Return one reading of a call in words: question, what was seen in which unit, status, day, support."""
    seen = true_minus(str(reading["seen"]))
    lens = _LENSES.get(str(reading["lens"]), str(reading["lens"]))
    status = str(reading["status_words"])
    support = "" if reading["support"] == "none" else f"; {reading['support']}"
    return Outcome(
        f"{lens}. {reading['indicator']}. Seen ({reading['unit']}): {seen}. "
        f"{status[:1].upper()}{status[1:]}, {date_words(reading['public'], short=True)}{support}.{_aside(reading)}",
        tuple(str(s) for s in reading["sources"]),
    )


def article_probability(card: Mapping[str, Any]) -> float | None:
    """Return the probability that the article's call is right: on the side it named, at its size where it has one."""
    if card.get("p_article") is not None:
        return float(card["p_article"])
    return _odds_of(card, "effect").get("p_loser" if card.get("article_call") == "loser" else "p_winner")


def _sentence(card: Mapping[str, Any]) -> str:
    article = str(card.get("article_call") or "")
    pieces = []
    if article:
        says = f"The article says: {SIDES[article]}." if article in SIDES else "The article’s further point."
        reason = _paraphrase(card.get("mechanism"))
        pieces.append(f"{says}{reason} Probability that it is right: {percent(article_probability(card))}.")
    pieces.append(_article_size(card))
    joint = _cells(card)
    pieces.append(f"In the same draws: {joint}." if joint else "")
    pieces.append(f"{_level(card).capitalize()}: a level, not an effect." if card.get("level") else "")
    agreement = str(card.get("agreement") or "").lower()
    if agreement and not (card.get("cells") or card.get("level")):
        edge = " The word is on the edge: the probability that decides it lies close to the limit."
        pieces.append(
            _STANCES.get(agreement, "The model cannot decide.") + (edge if card.get("edge") else "")
        )
    pieces.append(_small(card))
    pieces += [f"{text[0].upper()}{text[1:]}." for text in card.get("rests") or ()]
    if card.get("one_sided"):
        pieces.append("One-sided: the equation hardly allows the other sign, so the verdict is capped.")
    unit, threshold = _unit(card.get("unit")), _band(card)
    if threshold and unit != "ratio":
        pieces.append(
            f"Within ±{format_number(float(threshold), unit, 'observed')} (the grey band) an effect is too small to matter."
        )
    pieces.append(_other_thresholds(card))
    return " ".join(piece for piece in pieces if piece)


def _article_size(card: Mapping[str, Any]) -> str:
    """Return the size that the article itself gives, as a sentence; empty without one."""
    size = card.get("article_size")
    return f"That is at the article’s own size, {_sized(float(size), card)} or more." if size else ""


def _sized(value: float, card: Mapping[str, Any], kind: str = "published") -> str:
    return tally.sized(value, _unit(card.get("unit")), kind)


def _small(card: Mapping[str, Any]) -> str:
    """Return how far a too small effect is from the size needed, as a sentence; empty for another card."""
    found = card.get("size")
    if not found:
        return ""
    reach, needed = _sized(found["reach"], card, "modelled"), _sized(found["needed"], card)
    nothing = f", and {percent(found['zero'])} have no effect at all" if found["zero"] >= NOTHING else ""
    start = f" from {_sized(found['holds_from'], card, 'modelled')} on" if found["holds_from"] > 0 else ""
    return f"Needed is {needed}; 95% of the draws stay within {reach}{nothing}. The word holds for any size{start}."


def _paraphrase(mechanism: object) -> str:
    """Return the call in other words than the article's, as a sentence; empty without any."""
    text = str(mechanism or "").strip().rstrip(".")
    if not text:
        return ""
    return f" In other words: {in_sentence(text)}."


def _other_thresholds(card: Mapping[str, Any]) -> str:
    """Return what the verdict would be at half and at twice the threshold, as a sentence."""
    own = card.get("verdict")
    half, twice = card.get("verdict_half"), card.get("verdict_double")
    sizes = {row.get("threshold") for row in card.get("thresholds") or ()}
    if not own or not half or not twice or len(sizes) < 2:  # a level is read against one line
        return ""
    if own == half == twice:
        return "Half or twice the threshold gives the same verdict."
    return (
        f"With half the threshold: {verdict_words(half).lower()}; with twice: {verdict_words(twice).lower()}."
    )


def _contest(contest: Mapping[str, Any] | None, unit: str) -> str:
    figure = _figure(contest, unit)
    if contest is None or figure is None:
        return ""
    words = str(contest.get("words") or contest.get("label") or "a form that could go either way")
    return f"{words[:1].upper()}{words[1:]}: {_joined(format_figure(figure), _odds(contest))}."


def _market(market: Mapping[str, Any], lens: object) -> str:
    """Return the market's word and its readings on the day and over the days after; `lens` is the one declared."""
    pieces = []
    for key, when in (("day", "on the day"), ("days", "over six days")):
        for reading in market.get(key) or ():
            figure = Figure(
                "card", reading["return_pct"], "%", "modelled", "", reading["low_pct"], reading["high_pct"]
            )
            group = str(reading["group"])
            name = _NAMES.get(group, group.replace("_", " "))
            pieces.append(f"{name} {when} {format_figure(figure)}")
    declared = lens == "market"
    if not pieces:
        return (
            "The article’s words point to the market, but no listed group stands for it." if declared else ""
        )
    word = str(market.get("verdict") or "")
    said = f"{_WORDS[word]} on the day. " if word in _WORDS else ""
    points = " The article’s words point to this lens." if declared else ""
    return f"{said}Abnormal return, modelled, with its range over the broad markets: {'; '.join(pieces)}.{points}"


def _evidence(row: Mapping[str, Any]) -> Evidence:
    sign = _SIGNS.get(str(row.get("sign")), "mixed")
    text = str(row.get("fact") or row.get("text") or "")
    value, unit = str(row.get("value") or ""), str(row.get("unit") or "")
    digits = re.sub(r"\.0+$", "", value.lstrip("-−"))
    # many facts say their own number; then the value beside it would only repeat it
    said = digits in text or ("USD" in unit and re.search(r"\$|billion|trillion", text))
    said = said or (unit.startswith("percent") and re.search(r"\d ?(%|percent)", text))
    if digits and not said and "/" not in value:
        number = re.sub(r"\.0$", "", true_minus(value))
        before, after = next((w for u, w in _WRITTEN if unit.startswith(u)), ("", f" {unit}"))
        rest = next((unit.removeprefix(u) for u, _ in _WRITTEN if unit.startswith(u)), "")
        text += f": {before}{number}{after}{rest}".rstrip()
    if row.get("date"):
        text += f" ({date_words(row['date'], short=True)})"
    status = str(row.get("status") or "")
    marks = {"single": "one source", "weak": "weak source", "conflict": "sources conflict"}
    text += f", {marks[status]}" if status in marks else ""
    text += ", recalled" if row.get("verified") == "recalled" else ""
    source = row.get("source")
    sources = source if isinstance(source, list | tuple) else re.split(r"[;\s]+", str(source or ""))
    return Evidence(sign, text, tuple(str(s) for s in sources if s))


def _band(card: Mapping[str, Any]) -> float | None:
    """Return the threshold by which a hill is coloured; None where the verdict counts something else.

    A consideration that asks for a fall and then a gain in the same draw is not read off one distribution: its
    probability of coming true differs from the share of the hill beyond the threshold.
    """
    histogram = card.get("histogram") or {}
    delta = histogram["delta"] if "delta" in histogram else card.get("threshold")
    counts, edges = histogram.get("counts") or (), histogram.get("edges")
    share = _odds_of(card, "effect").get("p_winner")
    if card.get("level"):
        return None
    if delta is None or edges is None or share is None or not sum(counts):
        return None if delta is None else float(delta)
    above = sum(n for n, low, high in zip(counts, edges, edges[1:], strict=False) if (low + high) / 2 > delta)
    return float(delta) if abs(above / sum(counts) - share) < 0.06 else None


def _hill(card: Mapping[str, Any], unit: str) -> Hill | None:
    histogram = card.get("histogram") or {}
    counts = tuple(float(c) for c in histogram.get("counts") or ())
    if not counts:
        return None
    edges = histogram.get("edges")
    if edges is None:
        low, high = float(histogram["low"]), float(histogram["high"])
        edges = [low + (high - low) * k / len(counts) for k in range(len(counts) + 1)]
    found = {**(card.get("effect") or {}), **histogram}
    quantiles = {
        q: float(found[q]) for q in ("p5", "p25", "median", "p75", "p95") if found.get(q) is not None
    }
    delta = _band(card)
    figure = _figure(card.get("effect"), unit)
    words = (
        f"Distribution of the effect on {card.get('name')}, in {unit}: "
        f"{_joined('median ' + format_figure(figure) if figure else 'no spread', _odds(_odds_of(card, 'effect')))}."
    )
    suffix = "%" if unit.startswith("%") else ""
    return Hill(tuple(map(float, edges)), counts, delta, quantiles, suffix, words)


def _thresholds(card: Mapping[str, Any], unit: str) -> str:
    rows = [row for row in card.get("thresholds") or () if row.get("threshold") is not None]
    if not rows:
        return ""
    if card.get("level"):
        return f"Read against one line, {format_number(float(rows[0]['threshold']), unit, 'observed')}: {_level(card)}."
    if card.get("cells"):
        words = [
            f"{format_number(scale, 'ratio')} {verdict_words(row['verdict']).lower()}"
            for scale, row in ((r["scale"], r) for r in rows)
        ]
        return f"By multiples of the sizes that would matter: {'; '.join(words)}."
    if len({row["threshold"] for row in rows}) == 1:  # a level is read against one line
        return f"Read against one line, {format_number(float(rows[0]['threshold']), unit, 'observed')}: {_odds(rows[0])}."
    pieces = [
        f"{format_number(float(row['threshold']), unit, 'observed')}: {verdict_words(row['verdict']).lower()} "
        f"({_odds(row)})"
        for row in rows
    ]
    return f"By the size that would matter, δ: {'; '.join(pieces)}."


def _more(card: Mapping[str, Any], unit: str) -> tuple[str, ...]:
    lines = [
        f"Impact: {card['variable']}, in {unit}." if card.get("variable") else "",
        _thresholds(card, unit),
    ]
    for name, row in (card.get("rows") or {}).items():
        figure = _figure(row, _unit(row.get("unit")) or unit)
        if figure:
            lines.append(f"Also computed, {str(name).replace('_', ' ')}: {format_figure(figure)}.")
    grade = card.get("grade_parts") or card.get("grade")
    if isinstance(grade, Mapping) and grade.get("judgement_load") is not None:
        lines.append(
            f"Grade: {percent(grade['judgement_load'])} of the spread comes from judgements; "
            f"{percent(grade.get('specifications_agreeing'))} of the other specifications agree."
        )
    if card.get("code"):
        lines.append(f"Equation {card['code']}.")
    return tuple(line for line in lines if line)


def view(card: Mapping[str, Any], call: Mapping[str, Any]) -> CardView:
    """Return a card in words; `call` is the row of the calls table that holds its outcome."""
    unit = _unit(card.get("unit"))
    own = rule.side_of(str(card.get("verdict") or ""))
    effect, attributable = _odds_of(card, "effect"), _odds_of(card, "attributable")
    era = card.get("era") or {}
    p_era = era.get("p_article", card.get("p_era"))
    probability = effect.get(f"p_{own}")
    if card.get("level"):
        probability = card["level"]["with"]
    verdict = verdict_words(card.get("verdict"))
    grade = card.get("grade")
    parts = card.get("grade_parts") or (grade if isinstance(grade, Mapping) else {})
    contest = card.get("contest")
    equations = (
        ("Effect", card.get("equation")),
        ("Era forecast", era.get("equation")),
        ("Contest form", (contest or {}).get("equation")),
    )
    # both sides where the card has them; else the article's, which is one of the two
    aside = card.get("cells") or card.get("level")  # neither wins nor loses
    era_odds = ("" if aside else _odds(era)) or (
        f"the article is right: {percent(p_era)}" if p_era is not None else ""
    )
    variable = str(card.get("impact_variable") or card.get("variable") or "all else equal")
    hill = _hill(card, unit)
    fragility = card.get("fragility") or ()
    return CardView(
        id=str(card.get("id")),
        name=str(card.get("name") or card.get("stakeholder") or card.get("id")),
        horizon=str(card.get("horizon") or ""),
        term=f"{TERMS.get(str(card.get('horizon')), '').lower()} · {card.get('id')}",
        side=own,
        verdict=(f"{verdict}, {percent(probability)}" if probability is not None else verdict)
        + (", but too small" if own != "neutral" and card.get("agreement") == "Too small" else ""),
        words=str(card.get("words") or ""),
        sentence=_sentence(card),
        estimates=(
            # where there is a hill, the odds stand under it
            _estimate("Effect", _figure(effect, unit), _joined(variable, "" if hill else _odds(effect))),
            _estimate(
                "Attributable",
                _figure(attributable, unit),
                _joined("after rivals would have caught up", _odds(attributable)),
            ),
            _estimate("Era forecast", _figure(era, unit), _joined("from all causes", era_odds), era_odds),
            _observed(call),
        ),
        hill=hill,
        drivers=tuple(
            Driver(
                str(d.get("label") or d.get("id")),
                max(float(d["share"]), 0.0),
                percent(max(float(d["share"]), 0)),
            )
            for d in (card.get("drivers") or ())[:5]
            if d.get("share") is not None
        ),
        flips=tuple(str(f["text"]) for f in card.get("flips") or () if f.get("text")),
        evidence=tuple(_evidence(row) for row in card.get("evidence") or ()),
        weak=str(card.get("weak") or ""),
        contest=_contest(contest, unit)
        or (
            "None is written: only the settings of this run make the call one-sided."
            if card.get("one_sided")
            else ""
        ),
        market=_market(card.get("market_lens") or card.get("market") or {}, card.get("lens")),
        fragility="; ".join([fragility] if isinstance(fragility, str) else [str(f) for f in fragility]),
        outcomes=tuple(_outcome(r) for r in call.get("readings") or ()),
        grade=str(grade.get("letter") if isinstance(grade, Mapping) else grade or "–"),
        points={
            name: int(parts[name])
            for name in ("evidence", "judgement", "specification")
            if isinstance(parts.get(name), int | float)
        },
        equations=tuple((title, str(latex).strip().strip("$")) for title, latex in equations if latex),
        more=_more(card, unit),
        sources=tuple(str(s) for s in card.get("sources") or ()),
    )
