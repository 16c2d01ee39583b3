"""What a stakeholder's card says, in words: the same for every product, nothing in it is markup.

A card keeps four quantities apart: the effect (with the shock less without it), the part attributable after rivals
would have caught up, the forecast of the era from all causes, and what was observed. What it lacks is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from deepseek_era.book.card import (
    Card,
    Contest,
    Histogram,
    Level,
    Market,
    Observation,
    Quantity,
    Reading,
    Standing,
)
from deepseek_era.figure import Figure, format_figure, format_number, true_minus
from deepseek_era.provenance import said
from deepseek_era.tables import split_ids
from deepseek_era.verdicts import rule, tally
from deepseek_era.words import capital, in_sentence, number_word

SIDES = {"winner": "wins", "loser": "loses"}
TERMS = {"short": "Short term", "long": "Long term", "both": "Further considerations"}
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
class DriverView:
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
    drivers: tuple[DriverView, ...]
    flips: tuple[str, ...]
    ledger: str
    points: str
    evidence: tuple[Evidence, ...]
    weak: str
    contest: str
    market: str
    fragility: str
    outcomes: tuple[Outcome, ...]
    equations: tuple[tuple[str, str], ...]
    """Pairs of a title and LaTeX."""
    more: tuple[str, ...]
    sources: tuple[str, ...]
    odds: tuple[str, ...]
    """Probabilities of losing, neither and winning as printed; none for a card that neither wins nor loses."""


def term(horizon: str) -> str:
    """Return what a group of calls of one horizon is called."""
    return TERMS.get(horizon, horizon or "Calls")


def percent(share: float | None) -> str:
    """Return a probability in words: 69%, <1%; an en dash for none."""
    return format_number(float(share), "probability") if share is not None else "–"


def date_words(date: object, *, short: bool = False) -> str:
    """Return an ISO date as a reader writes it, ``27 January 2025``; anything else as it is."""
    text = str(date or "")
    found = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", text)
    if not found or not 1 <= int(found.group(2)) <= 12:
        return text
    month = _MONTHS[int(found.group(2))]
    day = f"{int(found.group(3))} " if found.group(3) else ""
    return f"{day}{month[:3] if short else month} {found.group(1)}"


def _unit(unit: str) -> str:
    return _UNITS.get(unit, unit)


def _figure(found: Quantity | None, unit: str) -> Figure | None:
    if found is None or found.median is None:
        return None
    return Figure("card", found.median, unit, "modelled", "", found.p5, found.p95)


def _estimate(title: str, figure: Figure | None, words: str, fallback: str = "") -> Estimate:
    if figure is None:
        return Estimate(title, "", "", fallback or "not defined for this call", "")
    return Estimate(
        title, format_figure(figure, "value"), format_figure(figure, "interval"), words, figure.kind
    )


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


def _cells(card: Card) -> str:
    """Return the joint shares of a flip in words; empty for another card."""
    return "; ".join(f"{_CELLS[name]}: {percent(p)}" for name, p in (card.cells or {}).items())


def _level(level: Level | None) -> str:
    """Return how often a level is reached with the event and without it, in words; empty for another card."""
    if level is None:
        return ""
    return f"full in {percent(level.with_)} of the draws with the event and in {percent(level.without)} without it"


def _odds(found: Quantity) -> str:
    if found.p_winner is None:
        return ""
    neither = f", neither {percent(found.p_neutral)}" if found.p_neutral is not None else ""
    return f"wins {percent(found.p_winner)}, loses {percent(found.p_loser)}{neither}"


def _own_odds(card: Card) -> str:
    """Return the odds of the effect; of a card that neither wins nor loses, its own shares."""
    return (_cells(card) or _level(card.level)) if card.aside else _odds(card.effect)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _observed(standing: Standing) -> Estimate:
    word = standing.came_true
    if not word:
        return Estimate("Observed", "", "", "not settled here", "")
    day = f"as of {date_words(standing.as_of, short=True)}" if standing.as_of else ""
    second = f"by a second reader’s rules: {standing.second}" if standing.second else ""
    beside = _joined(standing.note, day, _caution(standing), second)
    said = "Too early to tell" if word == "too early" else f"Came true: {word}"
    return Estimate("Observed", said, "", beside, "observed")


def _caution(standing: Standing) -> str:
    """Return what is thin about the readings that decided a call; empty where nothing is."""
    decided = [r for r in standing.readings if r.counts]
    weak = [r for r in decided if r.weak]
    if weak:
        alone = any(r.alone for r in weak)
        return "a reading rests on one weak source" if alone else "a reading rests on weak sources only"
    if any(r.alone for r in decided):
        return "a reading rests on one source"
    return ""


_LENSES = {"market": "Market", "fundamental": "Fundamental", "judgement": "Judgement"}


def _remark(reading: Reading) -> str:
    """Return the remark on a reading as a sentence of its own; empty without one."""
    note = true_minus(reading.note).strip().rstrip(".")
    return f" {note[:1].upper()}{note[1:]}." if note else ""


def _outcome(reading: Reading) -> Outcome:
    """Return one reading of a call in words: question, what was seen in which unit, status, day, support."""
    lens, status = _LENSES.get(reading.lens, reading.lens), reading.status_words
    support = "" if reading.support == "none" else f"; {reading.support}"
    return Outcome(
        f"{lens}. {_tidy(reading.indicator)}. Seen ({reading.unit}): {_tidy(true_minus(reading.seen))}. "
        f"{status[:1].upper()}{status[1:]}, "
        f"{date_words(reading.public, short=True)}{support}.{_tidy(_remark(reading))}",
        reading.sources,
    )


def _sentence(card: Card) -> str:
    says = (
        f"The article says: {SIDES[card.article_call]}."
        if card.article_call in SIDES
        else "The article’s further point."
    )
    unit, threshold = _unit(card.unit), _band(card)
    within = ""
    if threshold and unit != "ratio":
        size = format_number(threshold, unit, "observed")
        within = f"Within ±{size} (the grey band) an effect is too small to matter."
    joint = _cells(card)
    pieces = (
        says + _paraphrase(card.mechanism),
        was_it_r1(card),
        f"In the same draws: {joint}." if joint else "",
        f"{_level(card.level).capitalize()}: a level, not an effect." if card.level else "",
        _on_its_side(card),
        _article_size(card),
        _holds(card),
        _seen(card),
        "On the edge: a probability that decides lies close to the limit, or a disclosed version of an input turns "
        "the word."
        if card.edge
        else "",
        *(f"{text[0].upper()}{text[1:]}." for text in card.rests if text),
        "One-sided: the equation hardly allows the other sign, so it tells the size and not the direction."
        if card.one_sided
        else "",
        within,
    )
    return " ".join(piece for piece in pieces if piece)


def was_it_r1(card: Card) -> str:
    """Return the answer to "was it R1?" as a sentence: for how long, and on what condition."""
    if card.word == "the other way":
        return f"Was it R1? No, it went the other way{' for a while' if card.fades else ''}."
    if card.word == "yes":
        limit = (
            ""
            if card.chi_star is None
            else f", as long as rivals match less than {percent(card.chi_star)} of the gain"
        )
        return f"Was it R1? Yes{limit}."
    answer = f"Was it R1? {_answer(card)}"
    if card.word != "for a while":
        return f"{answer}."
    length = f", about {months_words(card.months)}" if card.months is not None else ""
    limit = (
        f" It would be yes if they matched less than {percent(card.chi_star)} of the gain."
        if card.chi_star is not None
        else ""
    )
    return f"{answer}{length}, until rivals would have caught up.{limit}"


def months_words(months: float) -> str:
    """Return a length in whole months: ``8 months``, ``a month``, ``less than a month``."""
    whole = round(months)
    return f"{whole} months" if whole > 1 else "a month" if whole else "less than a month"


def _on_its_side(card: Card) -> str:
    """Return the shares of the draws on the article's side, as a sentence; empty without any."""
    if card.p_own is None or card.aside:
        return ""
    left = ""
    if card.p_own_attributable is not None:
        left = f", and in {percent(card.p_own_attributable)} of what is left once rivals have caught up"
    return f"The article’s side comes out in {percent(card.p_own)} of the draws{left}."


def _article_size(card: Card) -> str:
    """Return the size that the article itself gives, as a sentence; empty without one."""
    size = card.article_size
    return f"That is at the article’s own size, {_sized(size, card)} or more." if size else ""


def _sized(value: float, card: Card, kind: str = "published") -> str:
    return tally.sized(value, _unit(card.unit), kind)


def _holds(card: Card) -> str:
    """Return between which sizes the word holds, and how far a too small effect reaches; empty without them."""
    low, high = card.delta_low, card.delta_high
    if low is None:
        return ""
    first, last = (_sized(end, card, "modelled") if end else "" for end in (low, high))
    if first and last:
        span = f"for a size that matters from {first} to {last}"
    elif first or last:
        span = f"for any size from {first} on" if first else f"for any size up to {last}"
    else:
        span = "for any size"
    reach = ""
    if card.word == "too small" and card.reach is not None:
        nothing = (
            f", and {percent(card.p_zero)} have no effect at all" if (card.p_zero or 0) >= NOTHING else ""
        )
        reach = f" 95% of the draws stay within {_sized(card.reach, card, 'modelled')}{nothing}."
    return f"The word holds {span}.{reach}"


def _seen(card: Card) -> str:
    """Return whether the effect could have been seen, as a sentence; empty where no past forecasts tell."""
    if card.p_visible is None or card.delta_visible is None:
        return ""
    size = _sized(card.delta_visible, card, "modelled")
    return (
        f"Could it have been seen? From {size} on an effect stands out from the errors of past forecasts; "
        f"{percent(card.p_visible)} of the draws reach that."
    )


def _paraphrase(mechanism: str) -> str:
    """Return the call in other words than the article's, as a sentence; empty without any."""
    text = mechanism.strip().rstrip(".")
    return f" In other words: {in_sentence(text)}." if text else ""


def _contest(contest: Contest | None, unit: str) -> str:
    figure = _figure(contest, unit)
    if contest is None or figure is None:
        return ""
    words = contest.label or "a form that could go either way"
    return f"{words[:1].upper()}{words[1:]}: {_joined(format_figure(figure), _odds(contest))}."


def _market(market: Market | None, lens: str) -> str:
    """Return the market's word and its readings on the day and over the days after; `lens` is the one declared."""
    declared = lens == "market"
    if market is None or not market.day:
        return (
            "The article’s words point to the market, but no listed group stands for it." if declared else ""
        )
    pieces = []
    for readings, when in ((market.day, "on the day"), (market.days, "over six days")):
        for reading in readings:
            figure = Figure(
                "card", reading.return_pct, "%", "modelled", "", reading.low_pct, reading.high_pct
            )
            name = _NAMES.get(reading.group, reading.group.replace("_", " "))
            pieces.append(f"{name} {when} {format_figure(figure)}")
    said = f"{_WORDS[market.verdict]} on the day. " if market.verdict in _WORDS else ""
    points = " The article’s words point to this lens." if declared else ""
    return f"{said}Abnormal return, modelled, with its range over the broad markets: {'; '.join(pieces)}.{points}"


def _tidy(text: str) -> str:
    """Return words of a table as a reader has them: a percent sign after a number, a dash between two.

    >>> _tidy("19 percent slower, on 10-11 March 2025 (R1-0528, 2025-03-05)")
    '19% slower, on 10–11 March 2025 (R1-0528, 2025-03-05)'
    """
    text = re.sub(r"(?<=\d) percent\b(?! point)", "%", text)
    # neither a day nor a month of a year is a range, nor is the name of a model
    return re.sub(r"(?<![\w.,-])(?!\d{4}-\d{2}(?!\d))(\d[\d.,]*)-(\d[\d.,]*)(?![\d-])", r"\1–\2", text)


_DAY = re.compile(r", (\d{4}-\d{2}(?:-\d{2})?)$")


def _repeats(text: str, value: str, unit: str) -> bool:
    """Return whether a fact says its own number, in figures or as a word."""
    for part in re.split(r" / | and ", value.lstrip("+-−")):
        number = re.sub(r"\.0+$", "", part.lstrip("+-−"))
        whole = number.partition(".")[0]
        forms = {
            number,
            *([whole] if len(whole) > 2 else []),
            *([number_word(int(number))] if number.isdecimal() else []),
        }
        if not any(
            re.search(rf"(?<![\w.]){re.escape(form)}(?![\d]|\.\d)", text, re.IGNORECASE) for form in forms
        ):
            break
    else:
        return True
    return ("USD" in unit and bool(re.search(r"\$|billion|trillion", text))) or (
        unit.startswith("percent") and bool(re.search(r"\d ?(%|percent)", text))
    )


def _evidence(row: Observation) -> Evidence:
    text = capital(row.fact)
    if found := _DAY.search(
        text
    ):  # the day that was measured, if it is not the one on which it became public
        text = text[: found.start()] + ("" if row.date.startswith(found[1]) else f", {date_words(found[1])}")
    # many facts say their own number; then the value beside it would only repeat it
    if row.value and not _repeats(text, row.value, row.unit):
        text += f": {said(row.value, row.unit)}"
    text = _tidy(text)
    if row.date:
        text += f" ({date_words(row.date, short=True)})"
    marks = {"single": "one source", "weak": "weak source", "conflict": "sources conflict"}
    text += f", {marks[row.status]}" if row.status in marks else ""
    text += ", from memory" if row.verified == "recalled" else ""
    return Evidence(_SIGNS.get(row.sign, "mixed"), text, tuple(split_ids(row.source)))


def _band(card: Card) -> float | None:
    """Return the threshold by which a hill is coloured; None where the verdict counts something else.

    A consideration that asks for a fall and then a gain in the same draw is not read off one distribution: its
    probability of coming true differs from the share of the hill beyond the threshold.
    """
    if card.level:
        return None
    found, share = card.histogram, card.effect.p_winner
    if share is None or not sum(found.counts):
        return found.delta
    ends = zip(found.counts, found.edges, found.edges[1:], strict=False)
    above = sum(n for n, low, high in ends if (low + high) / 2 > found.delta)
    return found.delta if abs(above / sum(found.counts) - share) < 0.06 else None


_AXES = {"pp": " pp", "years": " years", "months": " months", "ratio": " times"}


def _hill(card: Card, unit: str) -> Hill | None:
    found: Histogram = card.histogram
    if not found.counts:
        return None
    figure = _figure(card.effect, unit)
    words = (
        f"Distribution of the effect on {card.name}, in {unit}: "
        f"{_joined('median ' + format_figure(figure) if figure else 'no spread', _own_odds(card))}."
    )
    return Hill(
        edges=found.edges,
        counts=found.counts,
        delta=_band(card),
        quantiles={q: getattr(found, q) for q in ("p5", "p25", "median", "p75", "p95")},
        suffix="%" if unit.startswith("%") else _AXES.get(unit, ""),
        words=words,
    )


def _more(card: Card, unit: str) -> tuple[str, ...]:
    lines = []
    for name, row in (card.rows or {}).items():
        figure = _figure(row, _unit(row.unit) or unit)
        if figure:
            lines.append(f"Also computed, {name.replace('_', ' ')}: {format_figure(figure)}.")
    lines.append(
        f"{percent(card.judgement_load)} of the spread comes from judgements; "
        f"{percent(card.specifications_agreeing)} of the other specifications in which anything is left agree."
    )
    lines += [f"Equation {card.code}.", card.symbols]
    return tuple(line for line in lines if line)


def _answer(card: Card) -> str:
    """Return the answer to "was it R1?"; what would matter and falls short of the article's own size says so."""
    if card.word == "too small" and card.band not in ("too small", "") and card.article_size:
        return "Too small for what the article says"
    word = rule.spoken(card.word)
    return f"{word[0].upper()}{word[1:]}"


def _verdict(card: Card) -> str:
    """Return both answers: "Lost, 95%. R1? For a while"."""
    found = {"won": card.effect.p_winner, "lost": card.effect.p_loser, "too small": card.effect.p_neutral}
    who = rule.spoken(card.band)
    share = None if card.level else found.get(card.band)
    first = f"{who[0].upper()}{who[1:]}" + (f", {percent(share)}" if share is not None else "")
    if card.aside:
        first = ""
    return f"{first}. R1? {_answer(card)}".removeprefix(". ")


def _estimates(card: Card, standing: Standing, unit: str, *, drawn: bool) -> tuple[Estimate, ...]:
    """Return the four quantities; where the effect is `drawn`, its odds stand under the drawing."""
    variable = card.impact_variable or "all else equal"
    later = "" if card.aside else _odds(card.attributable)
    # both sides where the card has them; else the article's, which is one of the two
    era = card.era
    figure = _figure(era, unit)
    odds = _odds(era) if era and not card.aside else ""
    forecast = _estimate("Era forecast", figure, _joined("from all causes", odds), odds)
    if not odds and era and era.p_article is not None:
        right = "probability that the article is right, from all causes"
        forecast = Estimate("Era forecast", percent(era.p_article), "", right, "modelled")
        if figure:
            right = f"from all causes; the article is right: {percent(era.p_article)}"
            forecast = _estimate("Era forecast", figure, right)
    return (
        _estimate(
            _what(card), _figure(card.effect, unit), _joined(variable, "" if drawn else _own_odds(card))
        ),
        _estimate(
            "Attributable",
            _figure(card.attributable, unit),
            _joined("after rivals would have caught up", later),
        ),
        forecast,
        _observed(standing),
    )


def _what(card: Card) -> str:
    """Return what a card's first number is: an effect, or a level from all causes."""
    return "Level" if card.level else "Effect"


def view(card: Card, standing: Standing | None = None) -> CardView:
    """Return a card in words, with how its call stands if it is settled in this report."""
    standing = standing or Standing()
    unit = _unit(card.unit)
    hill = _hill(card, unit)
    none_written = "None is written: only the settings of this run make the call one-sided."
    equations = (
        (_what(card), card.equation),
        # a chance alone is worked out from other cards
        ("Era forecast", card.era.equation if card.era and _figure(card.era, unit) else ""),
        ("The form that could go either way", card.contest.equation if card.contest else ""),
    )
    sides = (card.effect.p_loser, card.effect.p_neutral, card.effect.p_winner)
    return CardView(
        id=card.id,
        name=card.name,
        horizon=card.horizon,
        term=f"{TERMS.get(card.horizon, '').lower()} · {card.id}",
        side=rule.side_of(card.band),
        verdict=_verdict(card),
        words=card.words,
        sentence=_sentence(card),
        estimates=_estimates(card, standing, unit, drawn=hill is not None),
        hill=hill,
        drivers=tuple(
            DriverView(d.label, max(d.share, 0.0), percent(max(d.share, 0))) for d in card.drivers[:5]
        ),
        flips=tuple(f.text for f in card.flips if f.text),
        ledger=card.ledger,
        points=card.points,
        evidence=tuple(map(_evidence, card.evidence)),
        weak=card.weak,
        contest=_contest(card.contest, unit) or (none_written if card.one_sided else ""),
        market=_market(card.market_lens, card.lens),
        fragility=f"{card.fragility}." if card.fragility else "",
        outcomes=tuple(map(_outcome, standing.readings)),
        equations=tuple((title, latex.strip().strip("$")) for title, latex in equations if latex),
        more=_more(card, unit),
        sources=card.sources,
        odds=() if card.aside else tuple(map(percent, sides)),
    )
