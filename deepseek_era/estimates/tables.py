"""Tables of the estimates: what the data of a run say on catch-up, prices, elasticity and the years since."""

from __future__ import annotations

import pandas as pd

from deepseek_era.estimates import catch_up as survival
from deepseek_era.lookup import sources
from deepseek_era.model import Model, per_model

INDEX = "ECI"
"""The measure of quality that holds most models, and that the bounds are read from."""
TOO_FAST_DAYS, YEAR_DAYS = "by_60", "by_365"
"""Within two months a match was under way before the step; within a year there was time to copy it."""
FEWEST_MATCHES = 5
"""A measure with fewer matches than that has no say in a range over measures."""
LEADS = {
    "price": "A price for the quality",
    "cost per case": "A measured cost per task",
    "open behind closed": "A closed model’s lead on open ones",
    "any rival": "A closed model’s lead on all others",
}
ALL = "all measures"


@per_model
def steps(model: Model) -> pd.DataFrame:
    """Return the steps that were public, with `days` seen and `matched` (1 or 0) by the day of the run."""
    facts = model.facts
    day = model.parameters.vintage.isoformat()
    return survival.seen(facts.table("catch_up"), facts.table("catch_up_matches"), day)


@per_model
def leads(model: Model) -> pd.DataFrame:
    """Return how long a step lasts until it is matched, a row a kind and measure, and a row a kind over all measures.

    Columns: kind, label, measure, n, events, and for each of `survival.READINGS` its value, with _low and _high.
    """
    records = []
    for kind, label in LEADS.items():
        every = steps(model)[steps(model)["kind"] == kind]
        parts = {ALL: every, **{str(m): part for m, part in every.groupby("measure", sort=False)}}
        for measure, part in parts.items():
            if part.empty:
                continue
            days, matched = part["days"].to_numpy(), part["matched"].to_numpy()
            record = {
                "kind": kind,
                "label": label,
                "measure": measure,
                "n": len(part),
                "events": matched.sum(),
            }
            for name, (value, low, high) in survival.readings(days, matched).items():
                record |= {name: value, f"{name}_low": low, f"{name}_high": high}
            records.append(record | {"sources": sources(part)})
    return pd.DataFrame(records)


def curves(model: Model, measure: str = INDEX) -> pd.DataFrame:
    """Return the curve of each kind on a measure, for a drawing: kind, label, days and matched (share, from 0)."""
    parts = []
    for kind, label in LEADS.items():
        part = steps(model)[(steps(model)["kind"] == kind) & (steps(model)["measure"] == measure)]
        if len(part):
            found = survival.curve(part["days"].to_numpy(), part["matched"].to_numpy())
            end = max(float(part["days"].max()), survival.DAYS_A_YEAR)
            parts.append(
                pd.DataFrame(
                    {
                        "kind": kind,
                        "label": label,
                        "days": [0.0, *found.days, end],
                        "matched": [0.0, *found.matched, found.matched[-1] if len(found.matched) else 0.0],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _over_measures(table: pd.DataFrame, kinds: tuple[str, ...]) -> tuple[float, float]:
    """Return the least and the most that the intervals of the measures of some kinds allow, in years of the ramp."""
    part = table[table["kind"].isin(kinds) & (table["measure"] != ALL) & (table["events"] >= FEWEST_MATCHES)]
    return float(part["ramp_years_low"].min()), float(part["ramp_years_high"].max())


def catch_up_rows(model: Model) -> dict[str, tuple[float, float]]:
    """Return the two numbers of each parameter of catch-up that the public steps allow, rounded to hundredths.

    - ``catch_up``: least is what was matched within two months, too fast to be copied; most what was matched within a
      year, in a world that holds the event. A uniform between them: nothing in the data says where.
    - ``catch_up_open``: interval of the share of closed leads that an open model reached within a year.
    - ``catch_up_years``, ``catch_up_open_years``: range over the measures of the ramp's length.
    """
    table = leads(model)
    index = table[table["measure"] == INDEX].set_index("kind")
    price, weights = index.loc["price"].to_dict(), index.loc["open behind closed"].to_dict()
    found: dict[str, tuple[float, float]] = {
        "catch_up": (price[TOO_FAST_DAYS], price[YEAR_DAYS]),
        "catch_up_open": (weights[f"{YEAR_DAYS}_low"], weights[f"{YEAR_DAYS}_high"]),
        "catch_up_years": _over_measures(table, ("price", "cost per case")),
        "catch_up_open_years": _over_measures(table, ("open behind closed",)),
    }
    return {name: (round(ends[0], 2), round(ends[1], 2)) for name, ends in found.items()}


def r1_step(model: Model) -> pd.Series:
    """Return R1’s own step of price on the index, with `days` and `matched`."""
    every = steps(model)
    found = every[
        (every["kind"] == "price") & (every["measure"] == INDEX) & (every["leader"] == "deepseek-r1")
    ]
    return found.iloc[0]
