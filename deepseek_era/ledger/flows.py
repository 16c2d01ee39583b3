"""Who paid whom in a year: the table of flows as draws, and how it fits what the segments report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import qmc

from deepseek_era import tables
from deepseek_era.arrays import Array
from deepseek_era.errors import DataError
from deepseek_era.ledger.equations import Observed
from deepseek_era.lookup import rows, sources
from deepseek_era.tables import Facts

FLOWS: dict[str, tuple[tuple[str, str], ...]] = {
    "users_closed": (("consumers", "closed sellers"), ("enterprises", "closed sellers")),
    "tools_closed": (("tools", "closed sellers"),),
    "clouds_closed": (("clouds", "closed sellers"),),
    "users_open": (("enterprises", "open hosts"),),
    "tools_open": (("tools", "open hosts"),),
    "users_clouds": (("enterprises", "clouds"),),
    "closed_clouds": (("closed sellers", "clouds"),),
}
"""Flows of the ledger by name: the rows that each is the sum of."""
CHIPS = ("clouds and other owners", "accelerators")
SEGMENTS = ("closed sellers", "open hosts", "clouds")
"""Segments whose revenue is held against what their payers pay."""
COUNTED = ("final", "intermediate")


@dataclass(frozen=True)
class Flows:
    """The flows of one year as draws, USD billion.

    `chips` is what owners paid for accelerators, `estimate` whether the year was not over, `missing` the flows for
    which no figure of that year was found and which count as nothing, `sources` what the rest rests on; `rows` how many
    rows the rest are, `recalled` how many of these were recalled or worked out here, not read.
    """

    year: int
    seen: Observed
    chips: Array
    estimate: bool
    missing: tuple[str, ...]
    sources: tuple[str, ...]
    rows: int
    recalled: int


def triangular(u: Array, low: float, mode: float, high: float) -> Array:
    """Return the quantiles of a triangular distribution; `mode` itself where the ends meet.

    >>> triangular(np.array([0.0, 0.5, 1.0]), 0, 1, 2)
    array([0., 1., 2.])
    """
    if high <= low:
        return np.full_like(u, mode)
    width, below = high - low, (mode - low) / (high - low)
    rising = low + np.sqrt(u * width * (mode - low))
    return np.where(u < below, rising, high - np.sqrt((1 - u) * width * (high - mode)))


def check() -> int:
    """Return how many segments and years have both payers and a revenue.

    Raises
    ------
    DataError
        For a flow whose ends do not hold its value, and for a segment that is paid in a year that is over but has no
        revenue.
    """
    flows, segments = tables.load("ledger_flows"), tables.load("ledger_segments")
    for place, row in enumerate(flows.to_dict("records"), start=2):
        low, value, high = (float(row[name]) for name in ("low", "value", "high"))
        if not low <= value <= high:
            raise DataError(
                f"data/ledger_flows.csv row {place} ({row['payer']} to {row['receiver']}, {row['year']}): "
                f"saw {value:g}, allowed: from its low {low:g} to its high {high:g}"
            )
    over = flows[(flows["estimate"] == 0) & flows["role"].isin(COUNTED) & flows["receiver"].isin(SEGMENTS)]
    paid = over[["receiver", "year"]].drop_duplicates()
    known = set(rows(segments, kind="revenue")[["segment", "year"]].itertuples(index=False, name=None))
    for segment, year in paid.itertuples(index=False, name=None):
        if (segment, year) not in known:
            raise DataError(
                f"data/ledger_segments.csv: no revenue of {segment} in {year}, allowed: a row of kind revenue for "
                "every segment that data/ledger_flows.csv says is paid"
            )
    return len(paid)


def drawn(facts: Facts, year: int, n: int, seed: int) -> Flows | None:
    """Return the flows of a year, each a triangular draw between its ends; None where the year is not public.

    Draws are a Latin hypercube of their own: what is uncertain about a flow has nothing to do with what moves it.
    """
    check()
    table = facts.table("ledger_flows")
    table = table[table["year"] == year]
    whole = tables.load("ledger_flows")
    if table.empty or len(table) < int((whole["year"] == year).sum()):
        return None
    pairs = [*(pair for some in FLOWS.values() for pair in some), CHIPS]
    points = qmc.LatinHypercube(len(pairs), rng=np.random.default_rng([seed, year])).random(n).T
    found: dict[tuple[str, str], Array] = {}
    used, missing = [], []
    for pair, u in zip(pairs, points, strict=True):
        row = rows(table, payer=pair[0], receiver=pair[1])
        if row.empty:
            missing.append(f"{pair[0]} to {pair[1]}")
            found[pair] = np.zeros(n)
            continue
        used.append(row)
        first = row.iloc[0]
        found[pair] = triangular(u, float(first["low"]), float(first["value"]), float(first["high"]))
    sums = {name: np.sum([found[pair] for pair in some], axis=0) for name, some in FLOWS.items()}
    estimate = bool((table["estimate"] == 1).any())
    recalled = sum(str(row["verified"].iloc[0]) != "read" for row in used)
    return Flows(
        year,
        Observed(**sums),
        found[CHIPS],
        estimate,
        tuple(missing),
        sources(*used),
        len(used),
        recalled,
    )


def consistency(facts: Facts, n: int = 4096, seed: int = 1) -> pd.DataFrame:
    """Return what each segment's payers pay beside what it reports, for years that are over; empty before then.

    Columns: segment, year, revenue, low, high (sums over its firms), payers, payers_low, payers_high (90 %), within
    (whether the payers' sum lies between low and high); USD billion.
    """
    check()
    flows, segments = facts.table("ledger_flows"), facts.table("ledger_segments")
    flows = flows[(flows["estimate"] == 0) & flows["role"].isin(COUNTED)]
    records = []
    for segment in SEGMENTS:
        for year, paid in flows[flows["receiver"] == segment].groupby("year"):
            own = rows(segments, segment=segment, kind="revenue", year=year)
            if own.empty:
                continue
            u = qmc.LatinHypercube(len(paid), rng=np.random.default_rng([seed, int(str(year))])).random(n).T
            ends_of = paid[["low", "value", "high"]].to_numpy(dtype=np.float64)
            parts = [triangular(p, *row) for p, row in zip(u, ends_of, strict=True)]
            low, high = np.quantile(np.sum(parts, axis=0), [0.05, 0.95])
            total = float(paid["value"].sum())
            ends = float(own["low"].sum()), float(own["high"].sum())
            value = float(own["value"].sum())
            records.append(
                (
                    segment,
                    year,
                    value,
                    *ends,
                    total,
                    low,
                    high,
                    ends[0] <= total <= ends[1],
                    sources(paid, own),
                )
            )
    columns = ["segment", "year", "revenue", "low", "high", "payers", "payers_low", "payers_high", "within"]
    return pd.DataFrame(records, columns=[*columns, "sources"])


def conflicts(facts: Facts) -> pd.DataFrame:
    """Return figures of segments that do not fit: what, one, other, gap (USD billion), sources; not resolved.

    A row is left out where one of its figures is not public.
    """
    table = facts.table("ledger_segments")

    def amount(**where: object) -> tuple[float, pd.DataFrame] | None:
        found = rows(table, **where)
        return (float(found["value"].iloc[0]), found) if len(found) == 1 else None

    asked = (
        (
            "All of Microsoft’s AI revenue in 2025, beside what OpenAI alone paid it",
            amount(firm="Microsoft", kind="part", year=2025),
            amount(firm="OpenAI to Microsoft", year=2025),
        ),
        (
            "What OpenAI’s serving cost in 2024: by press and estimates, and by documents of its cloud",
            amount(firm="OpenAI", kind="serving", year=2024),
            amount(firm="OpenAI", kind="serving, other source", year=2024),
        ),
        (
            "Gross margin times revenue of OpenAI in 2025 leaves this for serving, beside what was reported",
            _cost(
                amount(firm="OpenAI", kind="revenue", year=2025),
                amount(firm="OpenAI", kind="gross margin", year=2025),
            ),
            amount(firm="OpenAI", kind="serving", year=2025),
        ),
    )
    records = [
        (what, one[0], other[0], one[0] - other[0], sources(one[1], other[1]))
        for what, one, other in asked
        if one is not None and other is not None
    ]
    return pd.DataFrame(records, columns=["what", "one", "other", "gap", "sources"])


def _cost(
    revenue: tuple[float, pd.DataFrame] | None, margin: tuple[float, pd.DataFrame] | None
) -> tuple[float, pd.DataFrame] | None:
    if revenue is None or margin is None:
        return None
    return revenue[0] * (1 - margin[0] / 100), pd.concat([revenue[1], margin[1]])
