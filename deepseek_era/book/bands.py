"""The first screen: who lost, who won, who hardly noticed, who cannot be told; each with a reason and two answers.

The two questions are never mixed. *Did it come true?* is settled by the rules, *was it R1?* by the model; a name stands
in the band of what R1 did by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deepseek_era import tables
from deepseek_era.errors import UserError, plain
from deepseek_era.figure import format_number
from deepseek_era.verdicts import tally
from deepseek_era.words import in_sentence, likelihood

SIGNS = {"lost": "loses", "won": "wins", "too small": "too small", "cannot be told": "cannot tell"}
"""What a band asks of the table of reasons."""
HEADS = {
    "lost": ("Lost", "worse off than without R1"),
    "won": ("Won", "better off than without R1"),
    "too small": ("Hardly noticed", "R1 did less than would matter, or than was claimed"),
    "cannot be told": ("Cannot be told", "it could have gone either way"),
}
"""Title and meaning of each band, in their order."""
WHEN = {"short": "first year", "long": "long run"}
CAME_TRUE = ("yes", "mostly")
"""Answers of a call that has come true."""
EARLY = "too early"
GIVEN = 3
"""Of so many losers, and of so many winners, the opening sentences say why."""


@dataclass(frozen=True)
class Reason:
    """Why, for a call and a sign: a sentence, and a clause for a list."""

    reason: str
    clause: str


@dataclass(frozen=True)
class Row:
    """A name of the list.

    Attributes
    ----------
    article
        What the article said: winner or loser; empty for a further consideration.
    came, p_came
        Did it come true? A word, and for one that is too early the forecast of it.
    word
        Was it R1?
    p
        Probability of the band, by which names are ordered.
    """

    id: str
    name: str
    article: str
    band: str
    reason: Reason
    came: str
    p_came: float | None
    word: str
    edge: bool
    one_sided: bool
    p: float


@dataclass(frozen=True)
class Band:
    """A band of the list: title, what it means, its names, those that stand on an edge last."""

    key: str
    title: str
    meaning: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Count:
    """A line of the strip of numbers: so many of so many, and of what."""

    k: int
    n: int
    words: str


def reasons() -> dict[tuple[str, str], Reason]:
    """Return the reasons by call and sign."""
    rows = tables.load("reasons").to_dict("records")
    return {(str(r["call_id"]), str(r["sign"])): Reason(str(r["reason"]), str(r["clause"])) for r in rows}


def names() -> dict[str, str]:
    """Return what a call is called in running text; where another names the same party, with the time meant."""
    found = tables.call_names()
    calls = tables.load("calls")
    when = dict(zip(calls["id"].astype(str), calls["horizon"].astype(str), strict=True))
    every = [party for name in found.values() for party in name.split(", ")]
    return {
        key: f"{name}, {WHEN.get(when[key], when[key])}" if every.count(name) > 1 else name
        for key, name in found.items()
    }


def rows(calls: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    """Return the names of the list from the rows of ``calls.csv``, considerations included.

    Raises
    ------
    UserError
        With a line for each call that has no reason for its sign.
    """
    known, called = reasons(), names()
    found, missing = [], []
    for call in calls:
        key, word = str(call["id"]), str(call["was_it_r1"])
        # an effect that matters but falls short of what was claimed stands with the small ones
        band = "too small" if word == "too small" else str(call["band"])
        reason = known.get((key, SIGNS[band]))
        if reason is None:
            missing.append(f"data/reasons.csv: call {plain(key)} has no reason for the sign {SIGNS[band]}")
            continue
        shares = {"lost": call["p_loser"], "won": call["p_winner"], "too small": call.get("p_small")}
        article = str(call["article_call"])
        came = str(call["came_true"] or EARLY)
        found.append(
            Row(
                id=key,
                name=called[key],
                article=article if article in ("winner", "loser") else "",
                band=band,
                reason=reason,
                came=came,
                p_came=call.get("p_today") if came == EARLY else None,
                word=word,
                edge=bool(call["edge"]),
                one_sided=bool(call["one_sided"]),
                p=float(shares.get(band) or 0.0),
            )
        )
    if missing:
        raise UserError("\n".join(missing))
    return tuple(found)


def is_call(row: Row) -> bool:
    """Return whether a row is one of the article's calls, and no further consideration."""
    return bool(row.article)


def bands(found: Sequence[Row]) -> tuple[Band, ...]:
    """Return the calls in their bands, the likeliest first, those on an edge last; no band without a name."""
    calls = sorted(filter(is_call, found), key=lambda row: (row.edge, -row.p))
    made = []
    for key, (title, meaning) in HEADS.items():
        held = tuple(row for row in calls if row.band == key)
        if held:
            made.append(Band(key, title, meaning, held))
    return tuple(made)


def counts(found: Sequence[Row]) -> tuple[Count, ...]:
    """Return the four numbers that tell how the article did, each from the two answers alone."""
    calls = list(filter(is_call, found))
    told = [row for row in calls if row.came != EARLY]
    true = [row for row in told if row.came in CAME_TRUE]
    moved = [row for row in calls if row.word in tally.MOVED]
    lasting = [row for row in moved if row.word == tally.MOVED[0]]
    sided = [row for row in moved if row.one_sided]
    full = sum(row.came == CAME_TRUE[0] for row in true)
    came = "came true" if full == len(true) else "came true, or mostly" if full else "mostly came true"
    return (
        Count(len(moved), len(calls), "calls that R1 alone likely moved as the article said"),
        Count(len(lasting), len(moved), "of these still so once rivals would have caught up"),
        Count(len(sided), len(moved), "of these rest on equations that can hardly say no"),
        Count(len(true), len(told), f"calls now due {came}"),
    )


def meanings(found: Sequence[Row]) -> list[tuple[str, str]]:
    """Return the answers to "was it R1?" with what each means; the other way only where a call has it."""
    said = {
        "yes": "yes, lasting",
        "for a while": "for a while until rivals catch up",
        "too small": "too small to matter or for the claim",
        "cannot be told": "cannot be told",
        "the other way": "the other way",
    }
    given = {row.word for row in found}
    if "yes" not in given:
        said["yes"] += " (nobody)"
    return [(word, text) for word, text in said.items() if word != "the other way" or word in given]


def words(found: Sequence[Row]) -> dict[str, Any]:
    """Return what the prose of the paper may name of the list: names by band and by answer, and why.

    Names of a band stand in its order; ``why_lost`` and ``why_won`` are why the first :data:`GIVEN` of these bands
    did, in their order, each as it follows *because*. ``touched`` lost or won; of these ``stays`` would
    still feel it once rivals had caught up. ``in_full`` are those of ``came_true`` of which nothing is missing.
    ``surely`` is how likely the least sure of those touched is, in a word, ``least_sure`` the same as a number; both
    are empty without one.
    """
    calls = list(filter(is_call, found))
    told = [row for row in calls if row.came != EARLY]
    held = {band.key: band.rows for band in bands(found)}
    lost, won = held.get("lost", ()), held.get("won", ())
    spoken = {str(r["call_id"]): str(r["spoken"]) for r in tables.load("stories").to_dict("records")}

    def named(kept: Iterable[Row]) -> list[str]:
        return [spoken.get(row.id) or in_sentence(row.name) for row in kept]

    def why(rows: Sequence[Row]) -> list[str]:
        # the list beside it has the rest
        return [in_sentence(row.reason.clause) for row in rows[:GIVEN]]

    touched = (*lost, *won)
    return {
        "lost": named(lost),
        "won": named(won),
        "why_lost": why(lost),
        "why_won": why(won),
        "touched": named(touched),
        "stays": named(row for row in touched if row.word == tally.MOVED[0]),
        "surely": likelihood(min(row.p for row in touched)) if touched else "",
        "least_sure": format_number(min(row.p for row in touched), "probability") if touched else "",
        "hardly": named(held.get("too small", ())),
        "untold": named(held.get("cannot be told", ())),
        "moved": named(row for row in calls if row.word in tally.MOVED),
        "lasting": named(row for row in calls if row.word == tally.MOVED[0]),
        "one_sided": named(row for row in calls if row.one_sided and row.word in tally.MOVED),
        "told": named(told),
        "in_full": named(row for row in told if row.came == CAME_TRUE[0]),
        "came_true": named(row for row in told if row.came in CAME_TRUE),
        "in_part": named(row for row in told if row.came == "partly"),
        "came_not": named(row for row in told if row.came == "no"),
        "true_and_r1": named(row for row in told if row.came in CAME_TRUE and row.word in tally.MOVED),
        "part_and_r1": named(row for row in told if row.came == "partly" and row.word in tally.MOVED),
        "calls": named(calls),
    }
