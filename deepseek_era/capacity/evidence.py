"""What was observed or published about capacity, read from the facts that the vintage allows.

Every function takes the facts of a run and returns what of them is public; a fact that is not public yet is
None or a missing row, never an error.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from deepseek_era import lookup
from deepseek_era.tables import Facts

FOUR_FIRMS = ("Amazon", "Microsoft", "Alphabet", "Meta")
CASH_CAPEX = "cash purchases of property and equipment, calendar quarter"
MAKERS = ("Nvidia", "Google (TPU)", "AMD", "Amazon (Trainium)")
OWNERS = ("S207", "S208")  # shares of compute by owner: five American firms, Chinese owners
# first letter of a row's id: the table that it stands in
_TABLES = {"S": "accelerator_supply", "T": "token_demand", "P": "power", "G": "capability_gap"}
_ROW_COLUMNS = ["row_id", "value", "low", "high", "date", "year", "as_of", "source", "verified", "note"]


@dataclass(frozen=True)
class Fact:
    """One row of a fact table: value (None where it is a text), range, date, source, and whether the source was read."""

    row_id: str
    value: float | None
    low: float | None
    high: float | None
    date: str
    year: float
    as_of: str
    source: str
    verified: str
    note: str


def year_of(date: str) -> float:
    """Return a date written as ``2025``, ``2025-Q2``, ``2025-05`` or ``2025-05-10`` as a decimal year.

    A year alone, a quarter or a month stands for its middle; of a span ``a..b`` the end counts, of ``after b`` the date.
    """
    text = str(date).split("..")[-1].split()[-1]
    if match := re.fullmatch(r"(\d{4})-Q([1-4])", text):
        return int(match[1]) + (int(match[2]) - 0.5) / 4
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return parts[0] + 0.5
    if len(parts) == 2:
        return parts[0] + (parts[1] - 0.5) / 12
    day = dt.date(*parts)
    length = (dt.date(day.year + 1, 1, 1) - dt.date(day.year, 1, 1)).days
    return day.year + (day.timetuple().tm_yday - 1) / length


def _number(cell: object) -> float | None:
    try:
        value = float(str(cell))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def fact(facts: Facts, row_id: str) -> Fact | None:
    """Return a row of a fact table by its id, or None where it is not public."""
    frame = facts.table(_TABLES[row_id[0]])
    found = frame[frame["row_id"] == row_id]
    if found.empty:
        return None
    row = found.iloc[0]
    low = _number(row["low"] if "low" in row else row.get("low_p5"))
    high = _number(row["high"] if "high" in row else row.get("high_p95"))
    if low is None or high is None:
        low = high = None
    date = next(str(row[c]) for c in ("date", "date_or_year", "period_end") if c in row)
    note = "" if pd.isna(row["note"]) else str(row["note"])
    return Fact(
        row_id,
        _number(row["value"]),
        low,
        high,
        date,
        year_of(date),
        str(row["as_of"]),
        str(row["source_id"]),
        str(row["verified"]),
        note,
    )


def values_of(facts: Facts, row_ids: Iterable[str]) -> dict[str, float]:
    """Return the numbers of those of the rows that are public, by id."""
    found = [fact(facts, row_id) for row_id in row_ids]
    return {f.row_id: f.value for f in found if f is not None and f.value is not None}


def rows(facts: Facts, row_ids: Iterable[str]) -> pd.DataFrame:
    """Return those of the rows that are public.

    Columns: row_id, value (NaN where it is a text), low, high, date, year, as_of, source, verified, note.
    """
    found = [vars(f) for row_id in row_ids if (f := fact(facts, row_id)) is not None]
    frame = pd.DataFrame(found, columns=_ROW_COLUMNS)
    return frame.astype(dict.fromkeys(("value", "low", "high", "year"), float))


def tracked_stock(facts: Facts) -> pd.DataFrame:
    """Return installed accelerators by quarter, H100 equivalents: columns year, date, stock, low, high.

    Sum over the makers tracked from 2024 on; Chinese chips are not in it. An incomplete quarter is left out.
    The ends of makers' ranges are added, which is wider than the range of the sum.
    """
    frame = facts.table("accelerator_supply")
    found = lookup.rows(frame, metric="cumulative_stock_compute", maker=MAKERS)
    whole = found["note"].fillna("") != "incomplete quarter"
    found = found[whole & (found["period_end"] >= "2024-01-01")]
    if found.empty:
        return pd.DataFrame(columns=["year", "date", "stock", "low", "high"])
    total = found.groupby("period_end", as_index=False)[["value", "low_p5", "high_p95"]].sum()
    total["year"] = [round((year_of(d) + 1 / 365) * 4) / 4 for d in total["period_end"]]
    total = total.rename(
        columns={"period_end": "date", "value": "stock", "low_p5": "low", "high_p95": "high"}
    )
    return total[["year", "date", "stock", "low", "high"]]


def chip_power_mw(facts: Facts, date: str) -> float | None:
    """Return the chip-level power of the tracked stock at a date in MW, or None if not public."""
    frame = facts.table("accelerator_supply")
    found = lookup.rows(frame, metric="cumulative_stock_chip_power", period_end=date, maker=MAKERS)
    return float(found["value"].sum()) if len(found) == len(MAKERS) else None


def cash_capex_usd_b(facts: Facts, year: int) -> float | None:
    """Return cash capital spending of the four firms in a calendar year, USD billion; None unless complete."""
    found = lookup.rows(
        facts.table("capex"), kind="actual", metric=CASH_CAPEX, company=FOUR_FIRMS, period=_quarters(year)
    )
    complete = len(found) == 4 * len(FOUR_FIRMS)
    return float(found["capex_usd_b"].sum()) if complete else None


def _quarters(year: str | int) -> tuple[str, ...]:
    return tuple(f"{year}-Q{q}" for q in (1, 2, 3, 4))


def guided_capex_usd_b(facts: Facts, year: int) -> float | None:
    """Return the latest guidance of the four firms together for a calendar year, USD billion, or None."""
    found = lookup.rows(facts.table("capex"), kind="guidance", period=str(year))
    found = found[found["company"].str.startswith("Four hyperscalers")].sort_values("date_given")
    return None if found.empty else float(found["capex_usd_b"].iloc[-1])


def lease_capex_growth(facts: Facts) -> float | None:
    """Return guided 2026 over 2025 capital spending, both including finance leases, or None.

    The 2025 total takes the companies' widest definition where one is published, cash otherwise.
    """
    frame = facts.table("capex")
    guided = guided_capex_usd_b(facts, 2026)
    total = 0.0
    for firm in FOUR_FIRMS:
        own = lookup.rows(frame, kind="actual", company=firm, period=_quarters(2025))
        wide = own[own["metric"].str.contains("lease")]
        chosen = wide if len(wide) == 4 else own[own["metric"] == CASH_CAPEX]
        if len(chosen) != 4:
            return None
        total += float(chosen["capex_usd_b"].sum())
    return None if guided is None else guided / total


def data_centre_revenue_growth(facts: Facts) -> float | None:
    """Return Nvidia's data-centre revenue in the four quarters to January 2026 over the four before."""
    frame = facts.table("revenues")
    sold = lookup.rows(frame, company="NVIDIA", segment="data center", kind="quarterly revenue")

    def total(year: int) -> float | None:
        quarters = lookup.rows(sold, period=_quarters(f"FY{year}"))
        return float(quarters["amount_b"].sum()) if len(quarters) == 4 else None

    after, before = total(2026), total(2025)
    return None if after is None or before is None else after / before


# Who processes them; totals of one company each, units made equal: trillion tokens a month.
_MONTHLY = {
    "trillion tokens per month": 1.0,
    "trillion tokens per day": 365.25 / 12,
    "trillion tokens per week": 365.25 / 12 / 7,
    "billion tokens per minute": 1e-3 * 60 * 24 * 365.25 / 12,
}


def token_counts(facts: Facts, series: Mapping[str, str]) -> pd.DataFrame:
    """Return tokens processed: columns year, date, series, tokens_t_per_month, source, verified.

    `series` names the entities counted as the reader shall see them. Company statements only; peaks, single models and
    third-party estimates are left out.
    """
    frame = facts.table("token_demand")
    chosen = frame[
        frame["entity"].isin(list(series))
        & frame["unit"].isin(_MONTHLY)
        & frame["basis"].isin(["reported", "derived"])
        & ~frame["metric"].str.startswith("peak")
        & ~frame["note"].fillna("").str.contains("alone")
    ]
    out = pd.DataFrame(
        {
            "year": [year_of(d) for d in chosen["date"]],
            "date": chosen["date"].to_numpy(),
            "series": [series[e] for e in chosen["entity"]],
            "tokens_t_per_month": [
                float(v) * _MONTHLY[u] for v, u in zip(chosen["value"], chosen["unit"], strict=True)
            ],
            "source": chosen["source_id"].to_numpy(),
            "verified": chosen["verified"].to_numpy(),
        }
    )
    return out.sort_values(["series", "year"], ignore_index=True)


def token_growth(points: pd.DataFrame) -> pd.DataFrame:
    """Return the growth of each token series between its first and last point: series, growth (ratio per year), sources.

    A series of one point has none (NaN), and no sources.
    """
    found = []
    for series, own in points.groupby("series", sort=False):
        years = own["year"].iloc[-1] - own["year"].iloc[0]
        ratio = own["tokens_t_per_month"].iloc[-1] / own["tokens_t_per_month"].iloc[0]
        several = len(own) > 1
        found.append((series, float(ratio ** (1 / years)) if several else None, tuple(dict.fromkeys(own["source"])) if several else ()))  # fmt: skip
    return pd.DataFrame(found, columns=["series", "growth", "sources"]).astype({"growth": float})


def elasticities(facts: Facts) -> pd.DataFrame:
    """Return published elasticities as positive numbers, lowest first: row_id, value, low, high, source, verified."""
    frame = facts.table("elasticity")
    frame = frame[frame["elasticity"].notna()]
    ends = frame[["low", "high"]].astype(float).abs()
    out = pd.DataFrame(
        {
            "row_id": frame["row_id"],
            "value": frame["elasticity"].astype(float).abs(),
            "low": ends.min(axis=1),
            "high": ends.max(axis=1),
            "source": frame["source_id"],
            "verified": frame["verified"],
        }
    )
    return out.sort_values("value", ignore_index=True)


def serving_efficiency_growth(facts: Facts) -> pd.DataFrame:
    """Return published yearly growth of serving efficiency, tokens per unit of cost or per chip: source, growth (ratio)."""
    found = rows(facts, ("T019", "T010")).set_index("row_id")
    growth = {"T019": lambda percent: 1 + percent / 100, "T010": lambda percent: 1 / (1 + percent / 100)}
    return pd.DataFrame(
        [(found.loc[key, "source"], make(found.loc[key, "value"])) for key, make in growth.items() if key in found.index],
        columns=["source", "growth"],
    )  # fmt: skip


_US_OWNERS = ("Google", "Microsoft", "Amazon", "Meta", "Oracle")


def compute_by_owner(facts: Facts) -> pd.DataFrame:
    """Return owned compute at year ends: year, owner, h100e, share of the tracked total (percent).

    Owners are ``five_american``, ``china`` (without its own chips) and ``others``. Ownership, wherever the chips stand.
    """
    frame = facts.table("accelerator_supply")
    names = ("tracked_stock_compute_total", "china_share_of_tracked_stock_excl_huawei")
    totals, china = (lookup.rows(frame, metric=m).set_index("period_end")["value"] for m in names)
    own = lookup.rows(frame, metric="owner_stock_compute_all_makers")
    rows = []
    for date, total in zip(totals.index.astype(str), totals.to_numpy(), strict=True):
        named = lookup.rows(own, period_end=date)
        if named.empty or date not in china.index:
            continue
        five = float(named[named["owner"].isin(_US_OWNERS)]["value"].sum())
        abroad = float(china[date]) / 100 * float(total)
        held = {"five_american": five, "china": abroad, "others": float(total) - five - abroad}
        rows += [(int(date[:4]), owner, v, 100 * v / float(total)) for owner, v in held.items()]
    return pd.DataFrame(rows, columns=["year", "owner", "h100e", "share_pct"])


_CONTROLS = ("export control",)


def control_events(facts: Facts) -> pd.DataFrame:
    """Return dated steps of export control and of the dispute over distillation."""
    frame = facts.table("timeline")
    rows = frame[frame["category"].isin([*_CONTROLS, "dispute"])]
    return rows[["date", "event", "category", "actor", "source_id", "verified"]].sort_values(
        "date", ignore_index=True
    )
