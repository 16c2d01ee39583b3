"""What a user writes for a value: ``0.8``, ``0.5:0.8:1.1``, and ``name=value`` words quoted as in a shell.

Standard library only: the command line reads its words before anything heavy is imported.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from deepseek_era.errors import ParameterError, shown

_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.+)", re.DOTALL)


def value(text: str) -> Any:
    """Return a number, a range ``low:high`` or ``low:mode:high``, or the text itself."""
    pieces = text.split(":")
    numbers = []
    for piece in pieces:
        try:
            number = float(piece)
        except ValueError:
            return text
        # float() takes 400 digits for infinity, which int() does not
        whole = re.fullmatch(r"[+-]?[0-9]{1,18}", piece)
        numbers.append(int(piece) if whole else number)
    if len(numbers) == 1:
        return numbers[0]
    if len(numbers) == 2:
        return {"low": numbers[0], "high": numbers[1]}
    if len(numbers) == 3:
        return {"low": numbers[0], "mode": numbers[1], "high": numbers[2]}
    return text


def words(text: str) -> list[str]:
    """Return the words of SET, taken apart as a shell does: blanks part them unless they are quoted.

    Raises
    ------
    ParameterError
        Where a quotation mark is left open.
    """
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ParameterError(
            f"SET: saw {shown(text)}, allowed: words quoted as in a shell ({str(error).lower()})"
        ) from None


def split(text: str) -> list[str]:
    """Return the words of SET, or the whole as one word where it cannot be taken apart."""
    try:
        return words(text)
    except ParameterError:
        return [text]


def parse(text: str) -> dict[str, Any]:
    """Return the overrides in ``"name=value name=low:mode:high name='a value with blanks'"``.

    Raises
    ------
    ParameterError
        For a word that is not ``name=value``, or a name given twice.

    Examples
    --------
    >>> parse("gpu_hour_usd=3 elasticity_long=0.5:0.8:1.1")
    {'gpu_hour_usd': 3, 'elasticity_long': {'low': 0.5, 'mode': 0.8, 'high': 1.1}}
    """
    overrides: dict[str, Any] = {}
    for word in words(text):
        match = _PAIR.fullmatch(word)
        if match is None:
            quote = " (a value with blanks is quoted: name='my own.csv')" if overrides else ""
            raise ParameterError(
                f"SET: saw {shown(word)}, allowed: name=value, name=low:high or name=low:mode:high{quote}"
            )
        if match.group(1) in overrides:
            raise ParameterError(f"SET: {match.group(1)} is given twice; once is allowed")
        overrides[match.group(1)] = value(match.group(2))
    return overrides
