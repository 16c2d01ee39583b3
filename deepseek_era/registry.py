"""What a figure is, declared once: its id, unit, kind and label in ``data/figures.csv``.

An id may have gaps, ``market.{group}.p_holm_{days}``, and a label or a unit may ask for words, ``{name}: firms in the study``. A
notebook records a value under the id; unit, kind and label come from here.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from deepseek_era import tables
from deepseek_era.errors import ModelInputError, nearest
from deepseek_era.figure import Figure


@dataclass(frozen=True)
class Declared:
    """A row of ``data/figures.csv``; `compared` says over what a family of figures is compared, if it is kept for that."""

    id: str
    unit: str
    kind: str
    label: str
    sources: tuple[str, ...] = ()
    compared: str = ""

    @property
    def gaps(self) -> list[str]:
        """Names of the gaps of the id."""
        return [name for _, name, _, _ in string.Formatter().parse(self.id) if name]


@tables.once_read("figures")
def _rows() -> tuple[tuple[re.Pattern[str], Declared], ...]:
    """Return every row with the pattern of its ids, the most definite first."""
    found = []
    for row in tables.load("figures").to_dict("records"):
        declared = Declared(
            str(row["id"]),
            str(row["unit"]),
            str(row["kind"]),
            str(row["label"]),
            tuple(tables.split_ids(row["sources"])),
            str(row["compared"]),
        )
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[A-Za-z0-9_]+?)", re.escape(declared.id))
        found.append((re.compile(pattern), declared))
    return tuple(sorted(found, key=lambda pair: (pair[1].id.count("{"), -len(pair[1].id))))


def _found(figure_id: str) -> tuple[Declared | None, dict[str, str]]:
    for pattern, row in _rows():
        match = pattern.fullmatch(figure_id)
        if match:
            return row, match.groupdict()
    return None, {}


def declared(figure_id: str) -> Declared | None:
    """Return the row that declares a figure, or None; of a pattern the one with the fewest gaps and the longest text."""
    return _found(figure_id)[0]


def _known(number: Any) -> float | None:
    """Return a number, or None for what is not public: None, NaN and NaT."""
    return None if number is None or pd.isna(number) else float(number)


def _literal(text: str) -> str:
    """Return a text in which braces ask for no word."""
    return text.replace("{", "{{").replace("}", "}}")


def figure(
    figure_id: str,
    value: Any,
    low: Any = None,
    high: Any = None,
    *,
    unit: str = "",
    kind: str = "",
    label: str = "",
    sources: Iterable[str] | None = None,
    words: Mapping[str, Any] | None = None,
) -> Figure:
    """Return a figure with what ``data/figures.csv`` declares of it, or with `unit`, `kind` and `label` where it is new.

    `value` is a number, None where it was not public, or an array of draws: then the median with its 5th and 95th
    percentile. `words` fill label and unit.

    Raises
    ------
    ModelInputError
        For an id that is declared and told a unit again, one that is neither declared nor told, and a label without its words.
    """
    row, gaps = _found(figure_id)
    if row is None:
        if not unit or not label:
            known = [other.id for _, other in _rows()]
            raise ModelInputError(
                f"figure {figure_id}: not in data/figures.csv{nearest(figure_id, known)}; a new one says unit= and label="
            )
        row = Declared(figure_id, _literal(unit), kind or "modelled", _literal(label))
    elif unit or kind or label:
        raise ModelInputError(
            f"figure {figure_id}: data/figures.csv says its unit, kind and label; say them once"
        )
    try:
        told = {**gaps, **(words or {})}
        text, in_unit = row.label.format(**told), row.unit.format(**told)
    except (KeyError, IndexError) as error:
        word = str(error).strip("'")
        raise ModelInputError(
            f"figure {figure_id}: its label or unit asks for {word!r}; record it with {word}=…, the words for it"
        ) from None
    named = row.sources if sources is None else tuple(dict.fromkeys(sources))
    if np.ndim(value):
        return Figure.from_draws(figure_id, value, unit=in_unit, kind=row.kind, label=text, sources=named)
    return Figure(figure_id, _known(value), in_unit, row.kind, text, _known(low), _known(high), named)


def figures_of(
    frame: pd.DataFrame, id: str, value: str, low: str = "", high: str = "", **words: Any
) -> list[Figure]:
    """Return a figure for every row of a frame; gaps of `id` and words of the label are its columns, or `words`.

    Raises
    ------
    ModelInputError
        For a column that the frame lacks.
    """
    wanted = [column for column in (value, low, high) if column]
    gaps = [name for _, name, _, _ in string.Formatter().parse(id) if name]
    for column in [*wanted, *[gap for gap in gaps if gap not in words]]:
        if column not in frame.columns:
            raise ModelInputError(
                f"figures {id}: the frame has no column {column!r}{nearest(column, list(map(str, frame.columns)))}"
            )
    rows: list[Mapping[str, Any]] = frame.to_dict("records")  # type: ignore[assignment]
    made = []
    for row in rows:
        name = id.format(**{gap: words[gap] if gap in words else row[gap] for gap in gaps})
        told = {str(k): v for k, v in row.items()} | words
        made.append(
            figure(
                name,
                row[value],
                row[low] if low else None,
                row[high] if high else None,
                sources=told.pop("sources", None),
                words=told,
            )
        )
    return made
