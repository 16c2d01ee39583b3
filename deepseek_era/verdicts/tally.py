"""How the calls are counted, and the words for it: the same on the first screen, in titles and in the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from deepseek_era.figure import format_number
from deepseek_era.verdicts import rule


@dataclass(frozen=True)
class Tally:
    """Number of calls by the answer to "was it R1?"; the five add up to `total`.

    `edge` of all calls are on the edge; of those that R1 moved `moved_edge` are, and `one_sided` rest on an equation
    that can hardly say otherwise.
    """

    yes: int
    for_a_while: int
    too_small: int
    other_way: int
    cannot_tell: int
    edge: int = 0
    moved_edge: int = 0
    one_sided: int = 0

    @property
    def total(self) -> int:
        """Number of calls."""
        return self.moved + self.too_small + self.other_way + self.cannot_tell

    @property
    def moved(self) -> int:
        """Number of calls that R1 moved the article's way, for good or for a while."""
        return self.yes + self.for_a_while


MOVED = rule.WAS_IT_R1[:2]
"""Words of a call that R1 moved the article's way."""


def count(answers: Iterable[tuple[str, bool, bool]]) -> Tally:
    """Return the tally of some calls: word, whether it is on the edge, whether its equation is one-sided."""
    seen = list(answers)
    words = [word for word, _, _ in seen]
    moved = [(edge, one_sided) for word, edge, one_sided in seen if word in MOVED]
    return Tally(
        **{rule.NAMES[word]: words.count(word) for word in rule.WAS_IT_R1},
        edge=sum(edge for _, edge, _ in seen),
        moved_edge=sum(edge for edge, _ in moved),
        one_sided=sum(one_sided for _, one_sided in moved),
    )


def none_or(number: int) -> str:
    """Return a count, ``none`` for nought."""
    return str(number) if number else "none"


def change(a: Tally, b: Tally) -> str:
    """Return in a sentence what differs between two tallies; empty where nothing does."""
    before, after = asdict(a), asdict(b)
    moved = [
        f"{rule.spoken(word)} {before[name]} to {after[name]}"
        for word in rule.WAS_IT_R1
        for name in [rule.NAMES[word]]
        if before[name] != after[name]
    ]
    return f"Was it R1? {', '.join(moved).capitalize()}." if moved else ""


def sized(value: float, unit: str, kind: str = "published") -> str:
    """Return a size with its unit in words: ``1 year``, ``2 years``, ``3%``."""
    text = format_number(value, unit, kind)
    return text.removesuffix("s") if value == 1 and unit == "years" else text


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def in_words(number: int) -> str:
    """Return a count up to ten in words."""
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def head(t: Tally) -> str:
    """Return the tally in one line."""
    counts = [f"{rule.spoken(word)} {getattr(t, rule.NAMES[word])}" for word in rule.WAS_IT_R1]
    return f"Was it R1? Of {t.total} calls: {', '.join(counts)}; on the edge {t.edge}"


def _lasting(t: Tally) -> str:
    """Return for how long R1 moved the calls that it moved."""
    if not t.for_a_while:
        return ""
    whom = "" if t.for_a_while == t.moved else f"{t.for_a_while} of them "
    return f", {whom}only until rivals would have caught up"


def sentences(t: Tally) -> str:
    """Return the tally in sentences that can be read aloud, what weakens the headline in the headline itself."""
    if not t.moved:
        first = f"R1 moved none of the article’s {t.total} calls the way it says."
    else:
        sided = "all" if t.one_sided == t.moved else none_or(t.one_sided)
        first = (
            f"R1 moved {t.moved} of the article’s {t.total} calls the way it says{_lasting(t)}, "
            f"{sided} of them by equations that can hardly say otherwise."
        )
    edge = (
        f"{t.moved_edge} of these {'is' if t.moved_edge == 1 else 'are'} on the edge." if t.moved_edge else ""
    )
    last = (
        f"For {none_or(t.too_small)} the effect is too small to matter or for what the article says, "
        f"{none_or(t.cannot_tell)} cannot be told and "
        f"{none_or(t.other_way)} went the other way."
    )
    return " ".join(filter(None, (first, edge, last)))
