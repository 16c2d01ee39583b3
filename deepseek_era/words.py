"""Words that several parts need."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence

MINUS = "−"


def listed(words: Sequence[str], most: int | None = None) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``; beyond `most` the rest is counted; ``none`` for an empty list.

    >>> listed(["Nvidia", "clouds", "power"]), listed(["a", "b", "c", "d"], most=2)
    ('Nvidia, clouds and power', 'a, b and 2 more')
    """
    if not words:
        return "none"
    rest = len(words) - (most or len(words))
    if rest > 0:
        return f"{', '.join(words[:most])} and {rest} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def capital(text: str) -> str:
    """Return the text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


_BELOW = re.compile(r"(?<!\w)([^\W\d_]{1,4}\u0304?)_([\w…]+)")


def lowered(text: str) -> list[str]:
    """Return a text cut at the symbols in it: words, what stands below the line, words, and so on.

    >>> lowered("In the equation, c_inf: share of tokens; s_r, s_1: open share")
    ['In the equation, c', 'inf', ': share of tokens; s', 'r', ', s', '1', ': open share']
    """
    if "{{" in text:  # names of numbers have underscores too
        return [text]
    first, *rest = _BELOW.split(text)
    found = [first]
    for letter, below, after in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        found[-1] += letter
        found += [below, after]
    return found


def signed(value: float, decimals: int = 1) -> str:
    """Return a number with a typographic minus, none before a rounded zero."""
    text = f"{abs(value):.{decimals}f}"
    return (MINUS if value < 0 and float(text) != 0 else "") + text


def span_words(low: float, high: float, decimals: int = 1) -> str:
    """Return an interval in words: ``−2.7 to 1.3``."""
    return f"{signed(low, decimals)} to {signed(high, decimals)}"


def p_words(p: float, at_most: bool = False) -> str:
    """Return a p-value as it stands in a table; a dash where there is none.

    With `at_most` no placebo date moved as much: the p-value is the smallest that the dates allow and reads ``≤``.
    """
    if not math.isfinite(p):
        return "–"
    if at_most:
        # one digit, rounded up, or the bound would be false
        decimals = -math.floor(math.log10(p))
        return f"≤{math.ceil(p * 10**decimals - 1e-9) / 10**decimals:.{decimals}f}"
    return "<0.01" if p < 0.01 else f"{p:.2f}"


def likelihood(p: float) -> str:
    """Return a probability in words, on the report's own steps."""
    if p >= 0.8:
        return "very likely"
    if p >= 0.6:
        return "likely"
    if p > 0.4:
        return "about as likely as not"
    if p > 0.2:
        return "unlikely"
    return "very unlikely"


def day_words(day: dt.date) -> str:
    """Return a day as ``27 January 2025``."""
    return f"{day.day} {day:%B %Y}"


def number_word(number: int) -> str:
    """Return a small number as a word, ``three``; larger ones in figures."""
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[number] if number < len(words) else str(number)


def counted(number: int, one: str, many: str) -> str:
    """Return a number with the words that go with it: ``1 figure differs``, ``2 figures differ``."""
    return f"{number:,} {one if number == 1 else many}"


# Names that begin with a single capital, as ordinary words at the head of a sentence do.
_NAMES = frozenset(
    re.findall(
        r"\w+",
        "Africa Alibaba Amazon America American Anthropic Azure Baidu Broadcom Cerebras China Chinese Claude Congress "
        "Europe European Gemini Germany Google Grok Groq Huawei Intel January Llama Meta Microsoft Mistral Moonshot "
        "Nasdaq November Nvidia Oracle Qwen Stargate Taiwan Tesla Tencent Vertiv Vistra Washington",
    )
)


def in_sentence(text: str) -> str:
    """Return a label or sentence as it stands inside a sentence: a small first letter, names and acronyms kept.

    A first word keeps its capital if it is a name, or holds a second capital or a digit (AI-enabled, GPUs, R1); ``A``
    is the article.
    """
    first = re.split(r"[\s,:;./’']", text.strip(), maxsplit=1)[0]
    stem = first.split("-")[0]
    known = stem in _NAMES or stem.removesuffix("s") in _NAMES
    if known or (first != "A" and (len(first) == 1 or any(c.isupper() or c.isdigit() for c in first[1:]))):
        return text
    return text[:1].lower() + text[1:]
