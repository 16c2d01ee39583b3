"""Words that several parts need."""

from __future__ import annotations

from collections.abc import Sequence


def listed(words: Sequence[str], most: int | None = None) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``; beyond `most` the rest is counted; ``none`` for an empty list."""
    if not words:
        return "none"
    rest = len(words) - (most or len(words))
    if rest > 0:
        return f"{', '.join(words[:most])} and {rest} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def counted(number: int, one: str, many: str) -> str:
    """Return a number with the words that go with it: ``1 figure differs``, ``2 figures differ``."""
    return f"{number:,} {one if number == 1 else many}"
