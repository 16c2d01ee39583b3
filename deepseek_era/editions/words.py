"""What changed between two editions in words: the same in the page, the feed and a change that waits to be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from deepseek_era import tables
from deepseek_era.editions.frozen import QUESTIONS, Edition
from deepseek_era.verdicts import rule
from deepseek_era.words import capital, counted, day_words

ASKED = {**QUESTIONS, "verdict": "is it true?"}
NOT_YET = "not worked out yet"
COUNTED_OTHERWISE = "other rules of counting or other facts, which cannot be told apart"
"""Why something differs from an edition with a note: its tables do not fit the code of now."""


def day(text: str) -> str:
    """Return the day of an edition as a reader writes it.

    >>> day("2026-11-23")
    '23 November 2026'
    """
    return day_words(dt.date.fromisoformat(text))


def cause(found: Mapping[str, str] | None) -> str:
    """Return what changed something, in words.

    >>> cause({"kind": "parameter", "name": "parameters: catch_up", "words": ""})
    'the parameter catch_up'
    >>> cause({"kind": "code", "name": "", "words": ""})
    'the code'
    """
    if not found:
        return NOT_YET
    kind, name = found["kind"], found["name"]
    if kind == "parameter":
        name = name.replace("parameters: ", "").replace("; parameters", "")
    if not name:
        return str(found["words"] or {"code": "the code"}.get(kind, kind))
    if ";" in name:
        return f"either of {name.replace('; ', ', ')}"
    return f"the {kind} {name}"


def who(id: str) -> str:
    """Return how a call or claim is named: its short name with its id, or the id."""
    name = tables.call_names().get(id)
    return f"{name} ({id})" if name else id


def turned_line(row: Mapping[str, Any]) -> str:
    """Return one answer that turned, in words, with its cause."""
    return (
        f"{who(row['id'])}, {ASKED[row['question']]} From {rule.spoken(row['before'])} to {rule.spoken(row['after'])}; "
        f"why: {cause(row.get('cause'))}."
    )


def moved_line(row: Mapping[str, Any]) -> str:
    """Return one figure that left its interval, in words, with its cause."""
    label = capital(row["label"])
    return f"{label} ({row['id']}): from {row['before']} to {row['after']}; why: {cause(row.get('cause'))}."


def headline(since: Mapping[str, Any] | None) -> str:
    """Return what changed since the edition before, in one sentence."""
    if since is None:
        return "The first edition."
    turned = counted(len(since["turned"]), "answer turned", "answers turned")
    moved = counted(len(since["moved"]), "figure left its interval", "figures left their interval")
    return f"{turned} since the edition of {day(since['before'])}, and {moved}."


def title(edition: Edition) -> str:
    """Return the title of an edition."""
    return f"Edition of {day(edition.day)}"
