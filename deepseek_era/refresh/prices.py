"""List prices of language-model APIs, read from a public price list and set against ``api_prices``.

The list is LiteLLM's ``model_prices_and_context_window.json``: one entry a model, prices in USD per token, no dates.
``data/price_list_keys.csv`` says which entry is which row. What follows from an entry depends on that row:

- Still in force: the same price confirms it; another one is a new row from the day of fetching, and ends the old row.
- Ended: the entry is a price of the past, and must be the row's. Another price would move history.

The list says nothing of the days between two fetches, so the new price may be older than its row; the column
``effective_from_basis`` says so (``first_seen_in_price_tracker``).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from deepseek_era.errors import RefreshError, nearest
from deepseek_era.refresh.rules import Rules

TABLE = "api_prices"
KEYS = "price_list_keys"
SOURCES = "sources"
ADDRESS = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"
PER_MILLION = 1e6
FIELDS = {
    "input_usd_per_mtok": "input_cost_per_token",
    "cached_input_usd_per_mtok": "cache_read_input_token_cost",
    "output_usd_per_mtok": "output_cost_per_token",
}
"""Our column, and the list's field. Only the cached price may be missing."""
OPTIONAL = "cached_input_usd_per_mtok"
LARGEST = 10_000.0  # USD per million tokens; the dearest ever listed is 600
BASIS = "first_seen_in_price_tracker"

Prices = dict[str, float | None]


@dataclass(frozen=True)
class Change:
    """A price that differs from the row in force: the list's key, the row, prices before and after [USD per Mtok]."""

    key: str
    row_id: str
    model: str
    provider: str
    before: Prices
    after: Prices


@dataclass(frozen=True)
class Comparison:
    """What the list says of the rows: how many it confirms, what changed, which keys it no longer has."""

    confirmed: int
    changes: tuple[Change, ...]
    absent: tuple[str, ...]


def read_entry(key: str, entry: Any) -> Prices:
    """Return the prices of one entry of the list [USD per million tokens], by our column.

    Raises
    ------
    RefreshError
        A field that is missing, no number, not finite, below zero or absurdly large.
    """
    where = f"price list, {key}"
    if not isinstance(entry, dict):
        raise RefreshError(f"{where}: saw {type(entry).__name__}, allowed: an object with prices")
    found: Prices = {}
    for column, field in FIELDS.items():
        cell = entry.get(field)
        if cell is None:
            if column != OPTIONAL:
                raise RefreshError(
                    f"{where}: field {field} is missing; saw {', '.join(map(str, entry))[:60]}{nearest(field, entry)}"
                )
            found[column] = None
            continue
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            raise RefreshError(
                f"{where}, field {field}: saw {str(cell)[:40]!r} ({type(cell).__name__}), allowed: a number"
            )
        price = float(cell) * PER_MILLION if abs(cell) < LARGEST else math.inf
        if not (math.isfinite(price) and 0 <= price <= LARGEST):
            raise RefreshError(
                f"{where}, field {field}: saw {str(cell)[:40]}, allowed: 0 to {LARGEST / PER_MILLION:g} USD per token"
            )
        found[column] = float(f"{price:.10g}")
    return found


def _same(before: float, after: float, percent: float) -> bool:
    return abs(after - before) <= percent / 100 * max(abs(before), abs(after))


def compare(
    believed: pd.DataFrame, mapped: pd.DataFrame, data: Any, today: str, rules: Rules, where: str
) -> Comparison:
    """Return what a price list says of the mapped rows.

    Parameters
    ----------
    believed
        ``api_prices`` as it is read: corrected and typed.
    mapped
        ``price_list_keys``.
    data
        The list.
    today
        The day of fetching, ISO.
    rules
        Tolerances.
    where
        The address, for messages.

    Raises
    ------
    RefreshError
        A list that is none, lost most of its keys, has a broken entry, moves a price of the past, or jumps.
    """
    if not isinstance(data, dict):
        raise RefreshError(
            f"price list {where}: saw a {type(data).__name__}, allowed: an object with one entry a model"
        )
    newest = believed["as_of"].max()
    if today < newest:
        raise RefreshError(
            f"the day {today} is before the newest price, {newest}: check the clock, or give --date"
        )
    absent = tuple(key for key in mapped["list_key"] if key not in data)
    present = len(mapped) - len(absent)
    if present < rules.list_found * len(mapped):
        raise RefreshError(
            f"price list {where}: saw {present} of the {len(mapped)} keys in {KEYS}, allowed: at least "
            f"{rules.list_found:.0%}; missing {absent[0]}{nearest(absent[0], map(str, data))}"
        )
    rows = believed.set_index("row_id")
    confirmed, changes = 0, []
    for key, row_id in zip(mapped["list_key"], mapped["row_id"], strict=True):
        if key in absent:
            continue
        after, row = read_entry(key, data[key]), rows.loc[row_id]
        before: Prices = {c: None if pd.isna(row[c]) else float(row[c]) for c in FIELDS}
        # a blank on either side says nothing
        pairs = [(c, b, a) for c, b in before.items() if (a := after[c]) is not None and b is not None]
        differing = [(c, b, a) for c, b, a in pairs if not _same(b, a, rules.price_tolerance)]
        if not differing:
            confirmed += 1
            continue
        column, old, new = differing[0]
        cell = f"{TABLE} {row_id} ({row['model']}, {row['provider']}), column {column}"
        if row["effective_to"] and row["effective_to"] <= today:
            raise RefreshError(
                f"{cell}: saw {new:g} under {key}, allowed: {old:g}, since this price ended on "
                f"{row['effective_to']} and history may not move"
            )
        for column, old, new in differing:
            if column != OPTIONAL and not old / rules.price_factor <= new <= old * rules.price_factor:
                raise RefreshError(
                    f"{TABLE} {row_id} ({row['model']}, {row['provider']}), column {column}: saw {new:g} under {key}, "
                    f"allowed: {old / rules.price_factor:.3g} to {old * rules.price_factor:.3g} (within a factor of "
                    f"{rules.price_factor:g} of {old:g}); has the unit changed?"
                )
        changes.append(Change(key, row_id, str(row["model"]), str(row["provider"]), before, after))
    return Comparison(confirmed, tuple(changes), absent)


def _next_id(ids: pd.Series) -> int:
    numbers = [int(m.group(1)) for i in ids if (m := re.fullmatch(r"AP(\d+)", str(i)))]
    return max(numbers, default=0) + 1


def apply(
    raw: dict[str, pd.DataFrame], changes: tuple[Change, ...], today: str, name: str, address: str
) -> dict[str, pd.DataFrame]:
    """Return the tables with the changed prices: new rows at the end, their source, and the keys moved on to them.

    Parameters
    ----------
    raw
        ``api_prices``, ``sources`` and ``price_list_keys`` as text.
    changes
        What changed.
    today
        The day of fetching, ISO: first day of the new prices, last of the old.
    name
        Name of the snapshot, which names the source.
    address
        Where the list was fetched.
    """
    tables = {key: frame.copy() for key, frame in raw.items()}
    if not changes:
        return tables
    prices, mapped = tables[TABLE], tables[KEYS]
    source = f"S_LITELLM_{name.replace('-', '')}"
    first = _next_id(prices["row_id"])
    added = []
    for number, change in enumerate(changes, first):
        at = prices["row_id"] == change.row_id
        row = prices[at].iloc[0].to_dict()
        row |= {
            "row_id": f"AP{number:03d}",
            "tier_or_note": f"as listed under {change.key}",
            "effective_from": today,
            "effective_from_basis": BASIS,
            "effective_to": "",
            "source_id": source,
            "verified": "read",
            "as_of": today,
        }
        row |= {c: "" if v is None else f"{v:.10g}" for c, v in change.after.items()}
        added.append(row)
        prices.loc[at, "effective_to"] = today
        mapped.loc[mapped["list_key"] == change.key, "row_id"] = row["row_id"]
    tables[TABLE] = pd.concat([prices, pd.DataFrame(added)], ignore_index=True)[list(prices.columns)]
    origin = dict.fromkeys(tables[SOURCES].columns, "") | {
        "source_id": source,
        "title": f"LiteLLM model price list, as fetched on {today}",
        "publisher": "BerriAI/litellm",
        "published": today,
        "published_stated": today,
        "url": address,
        "kind": "secondary",
        "quality": "B",
        "licence": "MIT",
        "how_read": "read",
    }
    tables[SOURCES] = pd.concat([tables[SOURCES], pd.DataFrame([origin])], ignore_index=True)
    return tables
