"""Errors that a user can cause, each a single clear line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """A user's mistake: what, where, what was seen, what is allowed. Shown without a traceback."""


class DataError(UserError):
    """A row, column or table under ``data/`` breaks its declared schema."""


class ParameterError(UserError):
    """An unknown parameter or scenario, a wrong type, or a value out of bounds."""


class ModelInputError(UserError):
    """A model was asked for something that its formula does not allow."""


class RefreshError(UserError):
    """A source could not be fetched, or what it sent is refused. Nothing was changed."""


class NotebookError(UserError):
    """A notebook stopped: its name, cell, error and parameters."""


SHOWN = 60  # characters of an offending value that a message repeats


def shown(value: object, most: int = SHOWN) -> str:
    """Return any value as quoted text on one line, cut after `most` characters: what a message repeats of it."""
    try:
        text = value if isinstance(value, str) else str(value)
    except ValueError:  # Python refuses to print a whole number of more than some thousand digits
        text = "a number of thousands of digits"
    quoted = repr(text[:most])
    return quoted if len(text) <= most and len(quoted) <= 2 * most else f"{quoted[:most]}…'"


def is_text(value: str) -> bool:
    """Return whether a text can be written to a file: half a surrogate pair, as from an escape, cannot."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def plain(name: object, most: int = SHOWN) -> str:
    """Return a name for a message: as it is if it is short and printable, else quoted as `shown` does."""
    text = str(name)
    return text if text.isprintable() and 0 < len(text) <= most else shown(name, most)


def first_line(error: BaseException, most: int = 120) -> str:
    """Return the first line of what an error says, fit for a message; its type if it says nothing."""
    lines = str(error).strip().splitlines()
    return plain(lines[0], most) if lines else type(error).__name__


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `` (nearest: x)`` for the closest known name, or an empty string.

    >>> nearest("markt", ["cost", "market"])
    ' (nearest: market)'
    >>> nearest("xyz", ["cost", "market"])
    ''
    """
    found = difflib.get_close_matches(str(name)[:200], list(names), n=1, cutoff=0.5)
    return f" (nearest: {plain(found[0])})" if found else ""
