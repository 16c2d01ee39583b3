"""The series that the event might have moved, by quarter, and how far each lies from what was expected before it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from deepseek_era import lookup
from deepseek_era.arrays import Array
from deepseek_era.capacity import tables as capacity
from deepseek_era.capacity.evidence import CASH_CAPEX, FOUR_FIRMS
from deepseek_era.estimates import without
from deepseek_era.model import Model, per_model
from deepseek_era.verdicts.evaluate import evaluations

LAST_BEFORE = pd.Period("2024Q4", "Q")
"""The last quarter before the event; Nvidia's ended on 26 January 2025."""
FEWEST_POINTS = without.FEWEST + 1
LABELS = {
    "nvidia": "Nvidia, data-centre revenue",
    "capex": "Four firms, capital spending",
    "cloud": "AWS and Google Cloud, revenue",
    "apple": "Apple, capital spending",
}
DONOR = "apple"
"""A large spender outside the trade in AI computing, which the event should leave alone: no other is in the tables."""
SHORT = {
    "nvidia": "Nvidia",
    "capex": "Four firms’ spending",
    "cloud": "Clouds’ revenue",
    "apple": "Apple’s spending",
}
HORIZONS = {1: "first quarter", 4: "a year on"}


@per_model
def points(model: Model) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """Return series (columns, logs of USD billion) by calendar quarter, those public, and the sources of each.

    A quarter of Nvidia's, which ends a month later, is that of the calendar it overlaps most.
    """
    money, spent = model.facts.table("revenues"), model.facts.table("capex")
    money = money[(money["kind"] == "quarterly revenue") & money["amount_b"].notna()]
    spent = spent[(spent["kind"] == "actual") & (spent["metric"] == CASH_CAPEX)]
    chips = money[(money["company"] == "NVIDIA") & (money["segment"] == "data center")]
    clouds = money[money["segment"].isin(["AWS", "Google Cloud"])]
    parts = {
        "nvidia": (chips, pd.to_datetime(chips["date_or_period_end"]) - pd.Timedelta(days=31), "amount_b", 1),
        "capex": (
            four := spent[spent["company"].isin(FOUR_FIRMS)],
            four["period"],
            "capex_usd_b",
            len(FOUR_FIRMS),
        ),
        "cloud": (clouds, pd.to_datetime(clouds["date_or_period_end"]), "amount_b", 2),
        "apple": (apple := spent[spent["company"] == "Apple"], apple["period"], "capex_usd_b", 1),
    }
    found = {}
    for key, (table, when, column, most) in parts.items():
        quarter = pd.PeriodIndex(when, freq="Q")
        by = table.groupby(quarter)[column].agg(["sum", "count"])
        whole = by["sum"].where(by["count"] == most)
        found[key] = np.log(whole[whole.notna().cummin()])
    return pd.DataFrame(found).sort_index(), {key: lookup.sources(part[0]) for key, part in parts.items()}


def too_short(model: Model) -> dict[str, int]:
    """Return how many points the series that carry no expectation have up to 2024: ``rent``, ``tokens``.

    One-year rents of an H100 by half-year, then quarter; tokens a week through OpenRouter.
    """
    rents, tokens = model.facts.table("accelerator_prices"), model.facts.table("token_demand")
    rents = rents[rents["price_kind"].str.startswith("one-year contract")]
    tokens = tokens[(tokens["entity"] == "OpenRouter total") & (tokens["metric"] == "tokens_per_week")]
    when = {"rent": rents["period"], "tokens": tokens["date"]}
    return {key: int((day.str.slice(0, 4) <= str(LAST_BEFORE.year)).sum()) for key, day in when.items()}


def _modelled(model: Model) -> dict[str, tuple[Array, Array]]:
    """Return the model's Effect and what is left of it after one year, per cent a draw, by series."""
    nvidia, clouds = (evaluations(model)[key] for key in ("C01", "C04"))
    compute = capacity.response(model, "short")[["compute_ratio", "attributable_ratio"]].to_numpy()
    return {
        "nvidia": (nvidia.effect, nvidia.attributable),
        "capex": (100 * (compute[:, 0] - 1), 100 * (compute[:, 1] - 1)),
        "cloud": (clouds.effect, clouds.attributable),
    }


def _cases(model: Model) -> Iterator[tuple[str, int, int, Array, Array | None]]:
    """Yield series, quarters after the event, place of the first, growth and the donor's, where both are public."""
    table, _ = points(model)
    for key in table:
        # as far as the donor goes too
        growth = table[list(dict.fromkeys([key, DONOR]))].diff().iloc[1:].dropna()
        at = int((growth.index <= LAST_BEFORE).sum())
        donor = None if key == DONOR else growth[DONOR].to_numpy()
        for quarters in HORIZONS:
            if at >= without.FEWEST and len(growth) >= at + quarters:
                yield str(key), quarters, at, growth[key].to_numpy(), donor


@per_model
def gaps(model: Model) -> pd.DataFrame:
    """Return how far each series lies from what was expected, a row a series and horizon; NaN where it is not public.

    Columns: key, label, row (both in short), quarters; gap_pct, low_pct, high_pct (90 %), degrees, donor; placebos, p;
    of the model after one year, where it has the quantity: effect_pct, rest_pct (attributable), agrees (sign of the
    effect), inside (rest); sources.
    """
    modelled, records = _modelled(model), []
    _, sources = points(model)
    for key, quarters, at, growth, donor in _cases(model):
        found = without.gap(growth, at, quarters, donor)
        others = without.placebos(growth, at, quarters, donor)
        gap, low, high = found.percent
        effect, rest = (float(np.median(x)) for x in modelled.get(key, (np.nan, np.nan)))
        records.append(
            {
                **{"key": key, "quarters": quarters, "gap_pct": gap, "low_pct": low, "high_pct": high},
                **{"degrees": found.degrees, "donor": found.donor},
                **{"placebos": len(others), "p": without.p_value(found, others)},
                **{"effect_pct": effect, "rest_pct": rest},
                **{"agrees": effect * gap > 0, "inside": low <= rest <= high, "sources": sources[key]},
            }
        )
    columns = ["gap_pct", "low_pct", "high_pct", "degrees", "donor", "placebos", "p"]
    columns += ["effect_pct", "rest_pct", "agrees", "inside", "sources"]
    rows = [
        {"key": key, "label": LABELS[key], "row": f"{SHORT[key]}, {horizon}", "quarters": quarters}
        for key in LABELS
        for quarters, horizon in HORIZONS.items()
    ]
    seen = pd.DataFrame(records, columns=["key", "quarters", *columns])
    table = pd.DataFrame(rows).merge(seen, on=["key", "quarters"], how="left")
    return table.assign(sources=table["sources"].map(lambda x: x if isinstance(x, tuple) else ()))


def other_dates(model: Model) -> pd.DataFrame:
    """Return the same gaps at other dates: row, gap_pct, and whether its own 90 % interval holds zero (`inside`)."""
    records = []
    for key, quarters, at, growth, donor in _cases(model):
        for found in without.placebos(growth, at, quarters, donor):
            gap, low, high = found.percent
            records.append((f"{SHORT[key]}, {HORIZONS[quarters]}", gap, low <= 0 <= high))
    return pd.DataFrame(records, columns=["row", "gap_pct", "inside"])
