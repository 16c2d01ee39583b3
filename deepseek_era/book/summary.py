"""The first screen and page 1: the answer in a sentence, five numbers, the matrix of calls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from deepseek_era import tables
from deepseek_era.book.card import Call, Card, Standing
from deepseek_era.book.document import KeyNumber, MatrixRow, Summary
from deepseek_era.errors import UserError
from deepseek_era.figure import Figure, format_figure, format_number
from deepseek_era.parameters import SETTINGS, Parameters
from deepseek_era.verdicts import rule, tally
from deepseek_era.words import counted

TITLE = "Winners & Losers in the DeepSeek Era"
KICKER = "A computed report. The article appeared in January 2025."

# figure id, what it says, claim or call that holds the article's number, whether the strip is logarithmic
KEYS: tuple[tuple[str, str, str, bool], ...] = (
    ("cost.api.discount_call", "R1 cheaper than o1, per call", "F03", False),
    ("cost.training.full_cost", "Full cost of what the final run stands on", "", True),
    ("market.nvda.return_0", "Nvidia’s share price, 27 January 2025", "", False),
    ("capacity.compute_ratio_long", "Compute after three years, against no event", "", True),
    ("capacity.pull_forward", "Research pulled forward", "C06", False),
)
# where the article puts no number on the very thing, what it does say; such a number has no mark on the strip
BESIDE = {"cost.training.full_cost": ("F10", "final run {}, real cost “much higher”")}
COIN = 0.05  # a probability this near to one half is called a coin toss
OPEN = Standing("too early")


def _scale(figure: Figure, article: tuple[float, ...], logarithmic: bool) -> list[float]:
    """Return low, middle, high and the article's value as shares of a strip that holds them all with air."""
    numbers = [figure.low, figure.value, figure.high]
    values = [float(x) for x in numbers if x is not None] + list(article)

    def place(x: float) -> float:
        return math.log(x) if logarithmic else x

    if logarithmic and min(values) <= 0:
        logarithmic = False
    anchor = [1.0] if logarithmic and figure.unit == "ratio" else []
    ends = [place(x) for x in [*values, *anchor]]
    low, high = min(ends), max(ends)
    air = 0.12 * (high - low) or 1.0
    return [round((place(x) - low + air) / (high - low + 2 * air), 4) for x in values]


def _article_number(key: str) -> tuple[float, str] | None:
    """Return where the article's own number stands on the strip and how it is written, or None without one."""
    if key.startswith("F"):
        row = tables.load("claims").set_index("id").to_dict("index")[key]
        value, unit = float(row["article_value"]), str(row["article_unit"])
        return value, format_number(value, unit, "published")
    if key.startswith("C"):
        row = tables.load("calls").set_index("id").to_dict("index")[key]
        low, high, unit = float(row["article_low"]), float(row["article_high"]), str(row["article_unit"])
        text = format_number(high, unit, "published")
        return (low + high) / 2, text if low == high else f"{low:g}–{text}"
    return None


def _key(figure: Figure, label: str, claim: str, logarithmic: bool) -> KeyNumber:
    if figure.value is None:
        return KeyNumber(figure.id, label, format_figure(figure, "value"), "", figure.kind, 0.5, 0.5, 0.5)
    article = _article_number(claim)
    if figure.id in BESIDE:
        other, words = BESIDE[figure.id]
        stated = _article_number(other)
        label = f"{label}. Article: {words.format(stated[1] if stated else '')}"
    shares = _scale(figure, (article[0],) if article else (), logarithmic)
    has_interval = figure.low is not None and figure.high is not None
    low, middle, high = shares[:3] if has_interval else [shares[0]] * 3
    return KeyNumber(
        figure.id,
        f"{label}. Article: {article[1]}" if article else label,
        format_figure(figure, "value"),
        format_figure(figure, "interval"),
        figure.kind,
        low,
        middle,
        high,
        shares[-1] if article else None,
    )


def _matrix(
    calls: Sequence[Call], cards: Sequence[Card], standings: Mapping[str, Standing]
) -> tuple[MatrixRow, ...]:
    details = {card.id: card for card in cards}
    names = tables.call_names()
    rows = []
    for call in calls:
        card = details.get(call.id)
        lens = card.market_lens if card else None
        # the other horizon of the same stakeholder, as its card has it: an outline beside the call's own
        bands = {"short": card.short if card else "", "long": card.long if card else ""}
        bands[call.horizon if call.horizon in bands else "long"] = call.band
        p_own = card.level.with_ if card and card.level else call.p_own
        rows.append(
            MatrixRow(
                id=call.id,
                name=names[call.id],
                horizon=call.horizon,
                article=call.article_call if call.article_call in ("winner", "loser") else "none",
                market=lens.verdict if lens else "none",
                short=rule.side_of(bands["short"]),
                long=rule.side_of(bands["long"]),
                p_loser=call.p_loser,
                p_neutral=call.p_neutral,
                p_winner=call.p_winner,
                p_own="–" if p_own is None else format_number(p_own, "probability"),
                was_it_r1=call.was_it_r1,
                outcome=standings.get(call.id, OPEN).came_true or "not run",
                edge=call.edge,
                one_sided=call.one_sided,
                said=_said(card) if card else "",
            )
        )
    return tuple(rows)


def _said(card: Card) -> str:
    """Return what stands in place of the odds where a row neither wins nor loses; empty for a call."""
    if card.level:
        return f"without the event {format_number(card.level.without, 'probability')}"
    if not card.cells:
        return ""
    twice = (("loses both times", "lose-lose"), ("wins both times", "win-win"))
    return ", ".join(f"{words} {format_number(card.cells[name], 'probability')}" for words, name in twice)


def _tally(rows: Sequence[MatrixRow]) -> tally.Tally:
    """Return how the calls are counted, considerations left out."""
    return tally.count((r.was_it_r1, r.edge, r.one_sided) for r in rows if r.id.startswith("C"))


def answer(rows: Sequence[MatrixRow], figures: Mapping[str, Figure]) -> str:
    """Return the answer in a few short sentences, worded from the verdicts of this run.

    It counts, and names no call: every call that R1 moved rests on an equation that can hardly say otherwise.
    """
    sentences = [tally.sentences(_tally(rows))]
    compute = figures.get("capacity.jevons.p_compute_rises_long")
    if compute is not None and compute.value is not None:
        chance = format_figure(compute, "value")
        sentences.append(
            f"Whether cheaper tokens end in more computing, all uses together, is a coin toss ({chance})."
            if abs(compute.value - 0.5) <= COIN
            else f"The chance that cheaper tokens end in more computing, all uses together, is {chance}."
        )
    return " ".join(filter(None, sentences))


def _afterwards(figures: Mapping[str, Figure], section: int | None) -> str:
    """Return how many calls turn if what was changed after a result had been seen is undone."""
    wanted = [figures.get(f"verdicts.{name}") for name in ("changes_turned", "branches", "branches_turned")]
    values = [int(f.value) for f in wanted if f is not None and f.value is not None]
    if len(values) < len(wanted):
        return ""
    undone, versions, turned = values
    place = f"Section {section}" if section else "The report"
    return (
        f"Undoing what was changed after a result had been seen turns {counted(undone, 'call', 'calls')}. "
        f"{place} lists {versions} versions of inputs, these among them; together they turn {turned}."
    )


def _change_mind(
    cards: Sequence[Card],
    rows: Sequence[MatrixRow],
    figures: Mapping[str, Figure],
    section: int | None,
) -> str:
    """Return what was changed afterwards, and the strongest break-evens of the cards, in words.

    `section` is the number of the section of the verdicts.
    """
    wanted = [c for key in ("C21", "C01", "C04", "C14", "C18") for c in cards if c.id == key]
    names = {row.id: row for row in rows}
    found = []
    for card in wanted:
        for flip in card.flips:
            if flip.value is not None and flip.text:
                row = names[card.id]
                found.append(f"{row.name}, {row.horizon} term: {flip.text.rstrip('.')}.")
                break
    turning = (
        " ".join(found[:2])
        or "No single driver, moved within its range, turns a verdict of the largest firms around."
    )
    return " ".join(filter(None, (_afterwards(figures, section), turning)))


def _cannot_see(parameters: Parameters) -> str:
    drawn = [row for row in parameters.rows.values() if row.dist not in SETTINGS]
    judged = sum(row.kind == "judgement" for row in drawn)
    return (
        "Private firms enter through proxies; one event date carries the market lens; "
        f"{judged} of {len(drawn)} inputs are judgements. What came true had many causes besides one model."
    )


HOW_TO_READ = (
    "Solid lines are observed, dashed modelled, dotted judged. Intervals hold 90% of the draws. "
    "The open diamond is the article’s own number. Who won is read from the effect: with the event less without it, "
    "all else equal. Was it R1? Yes if that lasts, for a while if rivals would have caught up before the horizon ends, "
    "too small if it is likely less than would matter, or than the article says."
)


def build(
    figures: Mapping[str, Figure],
    calls: Sequence[Call],
    cards: Sequence[Card],
    standings: Mapping[str, Standing],
    parameters: Parameters,
    numbers: Mapping[str, int],
    part: str = "",
) -> Summary:
    """Return the first screen of a run; `numbers` are those of its sections by their roles.

    A part of the report, which `part` describes, shows what it has of it.

    Raises
    ------
    UserError
        If one of the five key figures was not recorded.
    """
    keys = [key for key in KEYS if key[0] in figures]
    missing = [key for key, *_ in KEYS if key not in figures]
    if missing and not part:
        raise UserError(f"summary: figure {missing[0]} was not recorded by any notebook")
    rows = _matrix(calls, cards, standings)
    return Summary(
        kicker="Part of a computed report." if part else KICKER,
        title=TITLE,
        answer=part or answer(rows, figures),
        keys=tuple(_key(figures[f], label, claim, log) for f, label, claim, log in keys),
        matrix_title=tally.head(_tally(rows)),
        matrix=rows,
        change_mind=_change_mind(cards, rows, figures, numbers.get("verdicts")) if cards else "",
        cannot_see=_cannot_see(parameters),
        how_to_read=HOW_TO_READ,
    )
