"""What was observed or published about capacity, read from the facts that the vintage allows.

Every function takes the facts of a run and returns what of them is public; a fact that is not public yet is
None or a missing row, never an error.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from deepseek_era.tables import Facts

FOUR_FIRMS = ("Amazon", "Microsoft", "Alphabet", "Meta")
CASH_CAPEX = "cash purchases of property and equipment, calendar quarter"
MAKERS = ("Nvidia", "Google (TPU)", "AMD", "Amazon (Trainium)")


@dataclass(frozen=True)
class Fact:
    """One row of a fact table: value, range, date, source, and whether the source was read."""

    value: float
    low: float | None
    high: float | None
    date: str
    source_id: str
    note: str
    verified: str
    as_of: str


def year_of(date: str) -> float:
    """Return a date written as ``2025``, ``2025-Q2``, ``2025-05`` or ``2025-05-10`` as a decimal year.

    A year alone, a quarter or a month stands for its middle; of a span ``a..b`` the end counts.
    """
    text = str(date).split("..")[-1].strip()
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


def fact(facts: Facts, table: str, row_id: str, column: str = "value") -> Fact | None:
    """Return a row of a fact table by its id, or None where it is not public or holds no number."""
    frame = facts.table(table)
    found = frame[frame["row_id"] == row_id]
    if found.empty:
        return None
    row = found.iloc[0]
    value = _number(row[column])
    if value is None:
        return None
    low = _number(row["low"] if "low" in row else row.get("low_p5"))
    high = _number(row["high"] if "high" in row else row.get("high_p95"))
    date = next(str(row[c]) for c in ("date", "date_or_year", "period_end", "period") if c in row)
    note = "" if pd.isna(row["note"]) else str(row["note"])
    return Fact(value, low, high, date, str(row["source_id"]), note, str(row["verified"]), str(row["as_of"]))


def facts_of(facts: Facts, table: str, row_ids: Iterable[str]) -> dict[str, Fact]:
    """Return those of the rows that are public, by id."""
    found = {row_id: fact(facts, table, row_id) for row_id in row_ids}
    return {row_id: f for row_id, f in found.items() if f is not None}


def tracked_stock(facts: Facts) -> pd.DataFrame:
    """Return installed accelerators by quarter, H100 equivalents: columns year, date, stock, low, high.

    Sum over the makers tracked from 2024 on; Chinese chips are not in it. An incomplete quarter is left out.
    The ends of makers' ranges are added, which is wider than the range of the sum.
    """
    frame = facts.table("accelerator_supply")
    rows = frame[
        (frame["metric"] == "cumulative_stock_compute")
        & frame["maker"].isin(MAKERS)
        & (frame["period_end"] >= "2024-01-01")
        & (frame["note"].fillna("") != "incomplete quarter")
    ]
    if rows.empty:
        return pd.DataFrame(columns=["year", "date", "stock", "low", "high"])
    total = rows.groupby("period_end", as_index=False)[["value", "low_p5", "high_p95"]].sum()
    total["year"] = [round((year_of(d) + 1 / 365) * 4) / 4 for d in total["period_end"]]
    total = total.rename(
        columns={"period_end": "date", "value": "stock", "low_p5": "low", "high_p95": "high"}
    )
    return total[["year", "date", "stock", "low", "high"]]


def chip_power_mw(facts: Facts, date: str) -> float | None:
    """Return the chip-level power of the tracked stock at a date in MW, or None if not public."""
    frame = facts.table("accelerator_supply")
    rows = frame[(frame["metric"] == "cumulative_stock_chip_power") & (frame["period_end"] == date)]
    rows = rows[rows["maker"].isin(MAKERS)]
    return float(rows["value"].sum()) if len(rows) == len(MAKERS) else None


def cash_capex_usd_b(facts: Facts, year: int) -> float | None:
    """Return cash capital spending of the four firms in a calendar year, USD billion; None unless complete."""
    frame = facts.table("capex")
    rows = frame[
        (frame["kind"] == "actual")
        & (frame["metric"] == CASH_CAPEX)
        & frame["company"].isin(FOUR_FIRMS)
        & frame["period"].isin([f"{year}-Q{q}" for q in (1, 2, 3, 4)])
    ]
    complete = len(rows) == 4 * len(FOUR_FIRMS)
    return float(rows["capex_usd_b"].sum()) if complete else None


def guided_capex_usd_b(facts: Facts, year: int) -> float | None:
    """Return the latest guidance of the four firms together for a calendar year, USD billion, or None."""
    frame = facts.table("capex")
    rows = frame[
        (frame["kind"] == "guidance")
        & frame["company"].str.startswith("Four hyperscalers")
        & (frame["period"] == str(year))
    ].sort_values("date_given")
    return None if rows.empty else float(rows["capex_usd_b"].iloc[-1])


def lease_capex_growth(facts: Facts) -> float | None:
    """Return guided 2026 over 2025 capital spending, both including finance leases, or None.

    The 2025 total takes the companies' widest definition where one is published, cash otherwise.
    """
    frame = facts.table("capex")
    guided = guided_capex_usd_b(facts, 2026)
    rows = frame[(frame["kind"] == "actual") & frame["company"].isin(FOUR_FIRMS)]
    total = 0.0
    for firm in FOUR_FIRMS:
        quarters = [f"2025-Q{q}" for q in (1, 2, 3, 4)]
        own = rows[(rows["company"] == firm) & rows["period"].isin(quarters)]
        wide = own[own["metric"].str.contains("lease")]
        chosen = wide if len(wide) == 4 else own[own["metric"] == CASH_CAPEX]
        if len(chosen) != 4:
            return None
        total += float(chosen["capex_usd_b"].sum())
    return None if guided is None else guided / total


def data_centre_revenue_growth(facts: Facts) -> float | None:
    """Return Nvidia's data-centre revenue in the four quarters to January 2026 over the four before."""
    frame = facts.table("revenues")
    rows = frame[
        (frame["company"] == "NVIDIA")
        & (frame["segment"] == "data center")
        & (frame["kind"] == "quarterly revenue")
    ]

    def total(year: int) -> float | None:
        quarters = rows[rows["period"].isin([f"FY{year}-Q{q}" for q in (1, 2, 3, 4)])]
        return float(quarters["amount_b"].sum()) if len(quarters) == 4 else None

    after, before = total(2026), total(2025)
    return None if after is None or before is None else after / before


RENT_ROWS = {"S256": "on demand", "S257": "one-year contract", "S258": "one-year contract"}


def rent_points(facts: Facts) -> pd.DataFrame:
    """Return H100 rents: columns year, date, rent, quote, source. On-demand and contract quotes do not mix."""
    rows = [
        {
            "year": year_of(f.date),
            "date": f.date,
            "rent": f.value,
            "quote": RENT_ROWS[row_id],
            "source": f.source_id,
        }
        for row_id, f in facts_of(facts, "accelerator_supply", RENT_ROWS).items()
    ]
    return pd.DataFrame(rows, columns=["year", "date", "rent", "quote", "source"])


# Who processes them; totals of one company each, units made equal: trillion tokens a month.
_MONTHLY = {
    "trillion tokens per month": 1.0,
    "trillion tokens per day": 365.25 / 12,
    "trillion tokens per week": 365.25 / 12 / 7,
    "billion tokens per minute": 1e-3 * 60 * 24 * 365.25 / 12,
}
TOKEN_SERIES = {
    "Google (all surfaces)": "Google, all surfaces",
    "ByteDance Doubao": "ByteDance Doubao",
    "OpenAI API": "OpenAI API",
    "OpenRouter total": "OpenRouter (router)",
    "China (national)": "China, national count",
}


def token_counts(facts: Facts) -> pd.DataFrame:
    """Return tokens processed: columns year, date, series, tokens_t_per_month, source, verified.

    Company statements only; peaks, single models and third-party estimates are left out.
    """
    frame = facts.table("token_demand")
    rows = frame[
        frame["entity"].isin(TOKEN_SERIES)
        & frame["unit"].isin(_MONTHLY)
        & frame["basis"].isin(["reported", "derived"])
        & ~frame["metric"].str.startswith("peak")
        & ~frame["note"].fillna("").str.contains("alone")
    ]
    out = pd.DataFrame(
        {
            "year": [year_of(d) for d in rows["date"]],
            "date": rows["date"].to_numpy(),
            "series": [TOKEN_SERIES[e] for e in rows["entity"]],
            "tokens_t_per_month": [
                float(v) * _MONTHLY[u] for v, u in zip(rows["value"], rows["unit"], strict=True)
            ],
            "source": rows["source_id"].to_numpy(),
            "verified": rows["verified"].to_numpy(),
        }
    )
    return out.sort_values(["series", "year"], ignore_index=True)


def yearly_factor(points: pd.DataFrame, series: str) -> float | None:
    """Return the yearly growth factor of a token series between its first and last point; None under two."""
    own = points[points["series"] == series]
    if len(own) < 2:
        return None
    years = own["year"].iloc[-1] - own["year"].iloc[0]
    ratio = own["tokens_t_per_month"].iloc[-1] / own["tokens_t_per_month"].iloc[0]
    return float(ratio ** (1 / years))


# What each published elasticity measures, in our words: the reader needs this more than the number.
ELASTICITY_MEANING = {
    "E01": ("Open models on one router", "switching between sellers of one model: an upper bound"),
    "E03": ("Models on one router", "cheap against dear models, quality not held: far too low"),
    "E04": ("Tokens, a trade report", "a claim without visible method"),
    "E05": ("China, a seller’s rule", "a rule of thumb, said before a price war"),
    "E06": ("Doubao after its price cut", "four months from nearly zero: order of magnitude"),
    "E07": ("Gemini API over a year", "price and every other cause of growth: an upper bound"),
    "E08": ("Microsoft Foundry over a year", "the same, against cost rather than price"),
    "E13": ("Lighting, 1840s to 1890s", "the highest value of a two-century series"),
    "E14": ("Lighting, 2000s", "a mature market: what saturation looks like"),
    "E15": ("Lighting, two centuries", "includes the growth of income"),
}


def elasticities(facts: Facts) -> pd.DataFrame:
    """Return published elasticities as positive numbers: row_id, what, measures, value, low, high, source."""
    frame = facts.table("elasticity")
    frame = frame[frame["elasticity"].notna() & frame["row_id"].isin(ELASTICITY_MEANING)]
    rows = []
    for row in frame.to_dict("records"):
        what, measures = ELASTICITY_MEANING[str(row["row_id"])]
        ends = sorted(abs(float(x)) for x in (row["low"], row["high"]) if not pd.isna(x))
        rows.append(
            {
                "row_id": row["row_id"],
                "what": what,
                "measures": measures,
                "value": abs(float(row["elasticity"])),
                "low": ends[0] if ends else None,
                "high": ends[-1] if ends else None,
                "source": row["source_id"],
                "verified": row["verified"],
            }
        )
    columns = ["row_id", "what", "measures", "value", "low", "high", "source", "verified"]
    return pd.DataFrame(rows, columns=columns).sort_values("value", ignore_index=True)


# Statements and rows that speak for tight (+1) or loose (-1) capacity; the reading is ours, the words theirs.
CAPACITY_SIGNALS = (
    ("token_demand", "T159", 1, "DeepSeek stops top-ups of its API for want of servers"),
    ("accelerator_supply", "S257", -1, "One-year H100 rent at its low"),
    ("token_demand", "T156", 1, "Microsoft: short of capacity, sales lost"),
    ("token_demand", "T150", 1, "Microsoft: constrained at least to mid-2026"),
    ("token_demand", "T153", 1, "Chinese clouds raise AI prices"),
    ("accelerator_supply", "S258", 1, "One-year H100 rent up again, types sold out"),
    ("token_demand", "T151", 1, "Google Cloud: sales limited by compute"),
    ("accelerator_supply", "S259", -1, "Enterprise clusters measured nearly idle"),
    ("token_demand", "T154", 1, "DeepSeek announces double prices at peak hours"),
)


def capacity_signals(facts: Facts) -> pd.DataFrame:
    """Return dated statements on how full capacity was: year, date, sign (+1 tight, -1 loose), what, source."""
    rows = []
    for table, row_id, sign, words in CAPACITY_SIGNALS:
        frame = facts.table(table)
        found = frame[frame["row_id"] == row_id]
        if found.empty:
            continue
        row = found.iloc[0]
        date = str(row["date"] if "date" in row else row["period_end"])
        rows.append(
            {"year": year_of(date), "date": date, "sign": sign, "what": words, "source": row["source_id"]}
        )
    frame = pd.DataFrame(rows, columns=["year", "date", "sign", "what", "source"])
    return frame.sort_values("year", ignore_index=True)


def signal_counts(facts: Facts) -> tuple[int, int]:
    """Return how many dated signals read as tight and as loose; text, chart and table all count these."""
    sign = capacity_signals(facts)["sign"]
    return int((sign > 0).sum()), int((sign < 0).sum())


# Orders taken and leases signed: money that waits for capacity. Table, row, words.
_BACKLOG = (
    ("accelerator_supply", "S262", "Google Cloud: backlog"),
    ("accelerator_supply", "S255", "Four firms: leases signed, not yet begun"),
    ("accelerator_supply", "S261", "Oracle: backlog"),
    ("accelerator_supply", "S231", "Nvidia: orders through 2027"),
)


def backlog(facts: Facts) -> pd.DataFrame:
    """Return statements of backlog in USD billion: year, date, what, usd_b, source. Never add them up.

    One firm's backlog is another's lease: the same dollars may stand in several rows.
    """
    rows = []
    for table, row_id, words in _BACKLOG:
        f = fact(facts, table, row_id)
        if f is None:
            continue
        rows.append(
            {
                "year": year_of(min(f.date, f.as_of)),
                "date": min(f.date, f.as_of),  # a backlog that ends in a later year was stated before
                "what": words,
                "usd_b": f.value / 1e9,
                "source": f.source_id,
            }
        )
    frame = pd.DataFrame(rows, columns=["year", "date", "what", "usd_b", "source"])
    return frame.sort_values("year", ignore_index=True)


def serving_efficiency_growth(facts: Facts) -> dict[str, float]:
    """Return published yearly growth factors of serving efficiency: tokens per unit of cost or per chip."""
    out = {}
    software, cost = fact(facts, "token_demand", "T019"), fact(facts, "token_demand", "T010")
    if software is not None:
        out[software.source_id] = 1 + software.value / 100
    if cost is not None:
        out[cost.source_id] = 1 / (1 + cost.value / 100)
    return out


@dataclass(frozen=True)
class PowerForecast:
    """A forecast of data-centre power: year, GW or TWh, what it covers, who said so and when."""

    row_id: str
    who: str
    covers: str
    year: float
    value: float
    low: float | None
    high: float | None
    unit: str
    as_of: str
    source_id: str


_FORECASTS = {
    "P005": ("Berkeley Lab", "all US data centres"),
    "P022": ("Goldman Sachs", "all data centres, world"),
    "P023": ("Goldman Sachs", "all data centres, world"),
    "P057": ("Citi", "AI capacity added to 2030, world"),
    "P004": ("Berkeley Lab", "all US data centres"),
    "P006": ("IEA", "all data centres, world"),
    "P007": ("IEA", "all data centres, world"),
    "P018": ("IEA", "all data centres, world"),
    "P027": ("Goldman Sachs", "all data centres, world"),
}


def power_forecasts(facts: Facts) -> tuple[PowerForecast, ...]:
    """Return the public power figures and forecasts, world or US, in GW or TWh as published."""
    frame = facts.table("power")
    out = []
    for row in frame[frame["row_id"].isin(_FORECASTS)].itertuples():
        who, covers = _FORECASTS[str(row.row_id)]
        value = _number(row.value)
        if value is None:
            continue
        # a figure for a year's energy stands at its middle, a capacity at the year's end
        year = float(str(row.date_or_year)[:4]) + (0.5 if row.unit == "TWh" else 1.0)
        out.append(
            PowerForecast(
                str(row.row_id),
                who,
                covers,
                year,
                value,
                _number(row.low),
                _number(row.high),
                str(row.unit),
                str(row.as_of),
                str(row.source_id),
            )
        )
    return tuple(out)


def ai_share_gw(facts: Facts) -> pd.DataFrame:
    """Return AI's part of world data-centre capacity where a forecast gives it: year, gw, source.

    The share is published in the note of the same row.
    """
    rows = []
    for forecast in power_forecasts(facts):
        frame = facts.table("power")
        note = str(frame.loc[frame["row_id"] == forecast.row_id, "note"].iloc[0])
        match = re.match(r"AI (\d+)%", note)
        if match and forecast.unit == "GW":
            rows.append(
                {
                    "year": forecast.year,
                    "gw": forecast.value * int(match[1]) / 100,
                    "who": forecast.who,
                    "source": forecast.source_id,
                }
            )
    return pd.DataFrame(rows, columns=["year", "gw", "who", "source"])


# id, what, state, unit of the published value, what it counts
STARGATE_ROWS = (
    ("P033", "Announced at the White House", "announced", "USD billion", 1e9),
    ("P036", "Announced target", "announced", "GW", 1.0),
    ("P035", "Sites named", "committed", "GW", 1.0),
    ("P101", "Investment in the sites named", "committed", "USD billion", 1e9),
    ("P044", "OpenAI’s whole compute plan to 2030, as cut", "committed", "USD billion", 1e9),
    ("P047", "Aim confirmed, leased rather than owned", "committed", "GW", 1.0),
    ("P037", "Abilene, planned", "committed", "GW", 1.0),
    ("P039", "Abilene, in operation", "energised", "GW", 1.0),
)


def stargate_ledger(facts: Facts) -> pd.DataFrame:
    """Return Stargate by date: date, year, what, state (announced, committed, energised), value, unit, source.

    The three states are different things and never added.
    """
    frame = facts.table("power")
    rows = []
    for row_id, what, state, unit, divisor in STARGATE_ROWS:
        found = frame[frame["row_id"] == row_id]
        if found.empty:
            continue
        row = found.iloc[0]
        value = _number(row["value"])
        if value is None:
            continue
        date = str(row["date_or_year"])
        rows.append(
            {
                "row_id": row_id,
                "date": date,
                "year": year_of(date),
                "what": what,
                "state": state,
                "value": value / divisor,
                "unit": unit,
                "source": row["source_id"],
            }
        )
    columns = ["row_id", "date", "year", "what", "state", "value", "unit", "source"]
    return pd.DataFrame(rows, columns=columns).sort_values("year", ignore_index=True)


_US_OWNERS = ("Google", "Microsoft", "Amazon", "Meta", "Oracle")


def compute_by_owner(facts: Facts) -> pd.DataFrame:
    """Return owned compute at year ends: year, owner, h100e, share of the tracked total (percent).

    Five American firms, China without its own chips, and the rest. Ownership, wherever the chips stand.
    """
    frame = facts.table("accelerator_supply")
    totals = frame[frame["metric"] == "tracked_stock_compute_total"].set_index("period_end")["value"]
    own = frame[frame["metric"] == "owner_stock_compute_all_makers"]
    china = frame[frame["metric"] == "china_share_of_tracked_stock_excl_huawei"].set_index("period_end")[
        "value"
    ]
    rows = []
    for date, total in zip(totals.index.astype(str), totals.to_numpy(), strict=True):
        named = own[own["period_end"] == date]
        if named.empty or date not in china.index:
            continue
        five = float(named[named["owner"].isin(_US_OWNERS)]["value"].sum())
        abroad = float(china[date]) / 100 * float(total)
        for owner, value in (
            ("Five American firms", five),
            ("China", abroad),
            ("Others", float(total) - five - abroad),
        ):
            rows.append(
                {
                    "year": int(date[:4]),
                    "owner": owner,
                    "h100e": value,
                    "share_pct": 100 * value / float(total),
                }
            )
    return pd.DataFrame(rows, columns=["year", "owner", "h100e", "share_pct"])


# Observed lags of Chinese (or open, where Chinese models lead the open ones) behind American models.
_LAGS = (
    ("S221", "accelerator_supply", "Training compute of the largest models", "compute"),
    ("G04", "capability_gap", "Task horizon, DeepSeek-V3", "time horizon"),
    ("G05", "capability_gap", "Task horizon, DeepSeek-R1", "time horizon"),
    ("G06", "capability_gap", "Task horizon, DeepSeek of mid-2025", "time horizon"),
    ("G19", "capability_gap", "Capability index, mean since 2023", "index of public tests"),
    ("G22", "capability_gap", "DeepSeek on its own V4", "own statement"),
    ("G21", "capability_gap", "US government test, part hidden, V4", "hidden test"),
)


def observed_lags(facts: Facts) -> pd.DataFrame:
    """Return published lags in months: year, date, what, kind, months, low, high, source."""
    rows = []
    for row_id, table, what, kind in _LAGS:
        f = fact(facts, table, row_id)
        if f is None:
            continue
        rows.append(
            {
                "year": year_of(f.date),
                "date": f.date,
                "what": what,
                "kind": kind,
                "months": f.value,
                "low": f.low,
                "high": f.high,
                "source": f.source_id,
            }
        )
    columns = ["year", "date", "what", "kind", "months", "low", "high", "source"]
    return pd.DataFrame(rows, columns=columns)


def preference_gaps(facts: Facts) -> pd.DataFrame:
    """Return the American lead on preference boards in points: date, year, points, source."""
    found = facts_of(facts, "capability_gap", ("G16", "G12", "G13", "G17"))
    rows = [
        {"date": f.date, "year": year_of(f.date), "points": f.value, "source": f.source_id}
        for f in found.values()
    ]
    return pd.DataFrame(rows, columns=["date", "year", "points", "source"]).sort_values(
        "year", ignore_index=True
    )


_CONTROLS = ("export control",)


def control_events(facts: Facts) -> pd.DataFrame:
    """Return dated steps of export control and of the dispute over distillation."""
    frame = facts.table("timeline")
    rows = frame[frame["category"].isin([*_CONTROLS, "dispute"])]
    return rows[["date", "event", "category", "actor", "source_id", "verified"]].sort_values(
        "date", ignore_index=True
    )
