"""How the calls are counted, and the words for it: the same on the first screen, in titles and in the text.

Every call stands under one name: agree, too small, contradicted or open. The open ones say which way they lean.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from deepseek_era.figure import format_number
from deepseek_era.verdicts import rule


@dataclass(frozen=True)
class Tally:
    """Number of calls by how the model stands to them; the first four add up to `total`."""

    agree: int
    too_small: int
    contradicted: int
    open: int
    leaning: int
    """Open calls that lean the article's way."""
    against: int
    """Open calls that lean against it."""

    @property
    def total(self) -> int:
        """Number of calls."""
        return self.agree + self.too_small + self.contradicted + self.open


def count(words: Iterable[str]) -> Tally:
    """Return the tally of some words of agreement."""
    seen = list(words)
    stances = [rule.stance(word) for word in seen]
    named = {name: stances.count(name) for name in rule.TALLY}
    return Tally(**named, leaning=seen.count("Leaning"), against=seen.count("Leaning against"))


def none_or(number: int) -> str:
    """Return a count, ``none`` for nought."""
    return str(number) if number else "none"


def change(a: Tally, b: Tally) -> str:
    """Return in a sentence what differs between two tallies; empty where nothing does."""
    names = {"agree": "agreements", "too_small": "too small", "contradicted": "contradicted", "open": "open"}
    moved = [
        f"{words} {getattr(a, name)} to {getattr(b, name)}"
        for name, words in names.items()
        if getattr(a, name) != getattr(b, name)
    ]
    return f"Counted: {', '.join(moved)}." if moved else ""


def sized(value: float, unit: str, kind: str = "published") -> str:
    """Return a size with its unit in words: ``1 year``, ``2 years``, ``3%``."""
    text = format_number(value, unit, kind)
    return text.removesuffix("s") if value == 1 and unit == "years" else text


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def in_words(number: int) -> str:
    """Return a count up to ten in words."""
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def head(t: Tally) -> str:
    """Return the tally as the head of the matrix."""
    return (
        f"{t.total} calls: the model agrees with {t.agree}, finds {t.too_small} too small, contradicts "
        f"{t.contradicted}, leaves {t.open} open"
    )


def sentences(t: Tally) -> str:
    """Return the tally in two sentences that can be read aloud."""
    first = (
        f"Of the article’s {t.total} calls the model agrees with {none_or(t.agree)} and contradicts "
        f"{none_or(t.contradicted)}."
    )
    small = f"for {t.too_small} the effect is too small for what the article says" if t.too_small else ""
    lean = f", and {t.against} of those lean{'s' if t.against == 1 else ''} against it" if t.against else ""
    told = f"{t.open} cannot be told{lean}" if t.open else ""
    second = "; ".join(filter(None, (small, told)))
    return f"{first} {second[0].upper()}{second[1:]}." if second else first


def caveat(agree: int, one_sided: int, holding: int) -> str:
    """Return what weakens the agreements: one-sided equations, and forms of the question in which they fail."""
    if not agree:
        return ""
    all_ = "The one agreement comes" if agree == 1 else f"All {agree} agreements come"
    whole = f"{all_} from one-sided equations" if one_sided == agree else ""
    part = (
        f"{one_sided} of the {agree} agreements come{'s' if one_sided == 1 else ''} from one-sided equations"
    )
    held = (
        "none holds in every other form of its question"
        if not holding
        else f"{holding} hold{'s' if holding == 1 else ''} in every other form of the question"
    )
    if one_sided:
        return f"{whole or part}, and {held}."
    return f"{held[0].upper()}{held[1:]}."
