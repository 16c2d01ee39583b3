"""Find facts by what they say, not by row number; a fact that is not public yet is None, never an error."""

from __future__ import annotations

import pandas as pd

from deepseek_era.cost.price import Prices


def rows(frame: pd.DataFrame, **where: object) -> pd.DataFrame:
    """Return the rows whose columns equal the values given, in file order."""
    mask = pd.Series(True, index=frame.index)
    for column, value in where.items():
        mask &= frame[column] == value
    return frame[mask]


def number(frame: pd.DataFrame, column: str, **where: object) -> float | None:
    """Return the first number in `column` among the matching rows, or None."""
    found = rows(frame, **where)[column].dropna()
    return float(found.iloc[0]) if len(found) else None


def total(frame: pd.DataFrame, column: str, **where: object) -> float | None:
    """Return the sum of `column` over the matching rows, or None if none is public."""
    found = rows(frame, **where)[column].dropna()
    return float(found.sum()) if len(found) else None


def sources(*frames: pd.DataFrame) -> tuple[str, ...]:
    """Return the source ids of the rows given, each once, in order of appearance."""
    seen = [s for frame in frames for s in frame["source_id"]]
    return tuple(dict.fromkeys(str(s) for s in seen))


def list_price(prices: pd.DataFrame, model: str, provider: str) -> pd.DataFrame:
    """Return the row of a model's list price at its launch (empty if none)."""
    found = rows(prices, model=model, provider=provider).sort_values("effective_from")
    return found.head(1)


def hours(notes: pd.Series) -> pd.Series:
    """Return at which hours a list price holds, from the start of its note: ``night``, ``peak`` or ``standard``.

    A note that only mentions a night discount, say that it ended, is of the standard price.
    """
    return notes.fillna("").str.extract(r"^(night|peak)\b", expand=False).fillna("standard")


def as_prices(row: pd.DataFrame) -> Prices | None:
    """Return the prices of one row; without a cached price the full input price counts."""
    if row.empty:
        return None
    first = row.iloc[0]
    cached = first["cached_input_usd_per_mtok"]
    full = float(first["input_usd_per_mtok"])
    return Prices(full, full if pd.isna(cached) else float(cached), float(first["output_usd_per_mtok"]))
