"""What a cell of a table says, the same on page and paper."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from deepseek_era.figure import MINUS, format_number

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PRINTED = re.compile(r"[-+−]?[\d,.]+(?:e[-+]?\d+)?\s?%?")
_NONE = frozenset(("", "NaN", "nan", "...", "…", "<NA>"))


def plain(value: object) -> tuple[str, bool]:
    """Return a cell's text, a number with all its digits, and whether it is a number."""
    if value is None:
        return "", False
    if isinstance(value, bool):
        return ("yes" if value else "no"), False
    if isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            return "", True
        text = repr(round(value, 12)) if isinstance(value, float) else str(value)
        return text.removesuffix(".0").replace("-", MINUS, 1 if value < 0 else 0), True
    return str(value), False


def shown(value: object, kind: str) -> str:
    """Return a cell's text in a column of this kind: in a column of numbers with as many digits as are read."""
    if kind == "number" and isinstance(value, float):
        return format_number(value, "count", "observed")
    return plain(value)[0]


def odds(value: object) -> tuple[float, float] | None:
    """Return the shares that lose and that win, of a cell such as ``0.69,0.06``; a single one wins; None for none."""
    shares = [float(part) for part in _NUMBER.findall(str(value))] if value is not None else []
    if not shares:
        return None
    return (shares[0], shares[-1]) if len(shares) > 1 else (0.0, shares[0])


def opened(row: Mapping[str, object], opens: Sequence[str]) -> tuple[str, list[str]]:
    r"""Return what opens below a row: the line that is there to open, and the paragraphs behind it.

    `opens` names two columns, the line's and the paragraphs', which are lines of the cell; without them, or where one
    is empty, nothing opens.

    >>> opened({"brief": "Both came right", "long": "One rule.\nAnother."}, ("brief", "long"))
    ('Both came right', ['One rule.', 'Another.'])
    """
    if not opens:
        return "", []
    line, more = (plain(row.get(field))[0].strip() for field in opens)
    return (line, [part for part in more.split("\n") if part.strip()]) if line else ("", [])


def is_numeric(cells: Iterable[str]) -> bool:
    """Return whether a column of words holds numbers, and at least one."""
    texts = [c for c in cells if c not in _NONE]
    return bool(texts) and all(map(_PRINTED.fullmatch, texts))
