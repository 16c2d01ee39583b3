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


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `` (nearest: x)`` for the closest known name, or an empty string."""
    found = difflib.get_close_matches(str(name), list(names), n=1, cutoff=0.5)
    return f" (nearest: {found[0]})" if found else ""
