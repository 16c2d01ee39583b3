"""Facts of the cost part: those of `deepseek_era.lookup`, and list prices by model and hour."""

from __future__ import annotations

import pandas as pd

from deepseek_era.cost.price import Prices
from deepseek_era.lookup import number as number
from deepseek_era.lookup import rows as rows
from deepseek_era.lookup import sources as sources


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
