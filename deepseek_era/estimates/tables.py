"""Tables of the estimates: what the data of a run say on catch-up, prices, elasticity and the years since."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deepseek_era.estimates import catch_up as survival
from deepseek_era.estimates import elasticity, price_break
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


# ---------------------------------------------------------------- elasticity

Where = dict[str, tuple[str, ...]]
"""Column and the values that a study may have in it."""
_NEW: Where = {"maturity": ("new market",)}
_CLEAN: Where = {"bias_class": ("clean",)}
CLASSES: dict[str, tuple[str, Where]] = {
    "clean_new": ("Clean, new market, long run", _CLEAN | _NEW | {"measure": ("long run",)}),
    "clean_new_rebound": ("The same with rebound studies", _CLEAN | _NEW),
    "hosts": ("Hosts of one model", {"bias_class": ("switching between hosts",), "good": ("tokens",)}),
    "quality": ("Models of unlike quality", {"bias_class": ("quality mixed in",)}),
    "growth": ("Growth mixed in, new market", {"bias_class": ("growth mixed in",)} | _NEW),
    "mature": ("Mature good", {"maturity": ("mature",)}),
}
"""Readings of the evidence: a name, and what its studies have in common."""
MARKET = "clean_new"
"""The reading that the long-run elasticity is drawn from."""


def studies(model: Model) -> pd.DataFrame:
    """Return the studies of elasticity that were public, with their `error` and whether that is ours (`imputed`)."""
    table = model.facts.table("elasticity_studies")
    table = table[table["measure"] != "price fall"].reset_index(drop=True)
    imputed = table["se"].isna() & table["low"].isna()
    return table.assign(error=elasticity.standard_errors(table), imputed=imputed)


def _of_class(table: pd.DataFrame, where: Where) -> pd.DataFrame:
    for column, allowed in where.items():
        words = table[column]
        table = table[words.str.contains(allowed[0]) if column == "good" else words.isin(allowed)]
    return table


@per_model
def readings(model: Model) -> pd.DataFrame:
    """Return what each reading of the evidence says of one more market, classes with two public studies or more.

    Columns: key, label, n, imputed (studies whose error is ours), mean, se, tau; low and high (90 % of the draws, cut
    to `elasticity.CUT`), drawn_mean; p_backfire (P(pass-through × elasticity above 1) at the run's long pass-through).
    """
    table = studies(model)
    u = (np.arange(2**12) + 0.5) / 2**12
    pass_through = model.draws["pass_through_long"]
    records = []
    for key, (label, where) in CLASSES.items():
        part = _of_class(table, where)
        if len(part) < 2:
            continue
        found = elasticity.pool(part["estimate"].to_numpy(), part["error"].to_numpy())
        drawn = found.draw(u)
        # the two are independent: the share of draws above 1/φ, over the draws of φ
        above = 1 - np.searchsorted(drawn, 1 / pass_through) / len(drawn)
        records.append(
            {
                **{"key": key, "label": label, "n": found.n, "imputed": int(part["imputed"].sum())},
                **{"mean": found.mean, "se": found.se, "tau": found.tau},
                **{
                    "low": np.quantile(drawn, 0.05),
                    "high": np.quantile(drawn, 0.95),
                    "drawn_mean": drawn.mean(),
                },
                **{"p_backfire": above.mean(), "sources": sources(part)},
            }
        )
    return pd.DataFrame(records)


def elasticity_row(model: Model) -> tuple[float, float]:
    """Return mean and standard deviation of the long-run elasticity before it is cut, rounded to hundredths."""
    part = _of_class(studies(model), CLASSES[MARKET][1])
    found = elasticity.pool(part["estimate"].to_numpy(), part["error"].to_numpy())
    return round(found.mean, 2), round(found.predictive_sd, 2)


# ---------------------------------------------------------------- prices at a fixed score

EVENT_MONTH = "2025-01-31"
FLOORS = np.arange(118.0, 146.0, 4.0)
"""Scores of the index at which the cheapest price is followed."""


@per_model
def price_record(model: Model) -> pd.DataFrame:
    """Return the log of the cheapest list price at each of `FLOORS` by month end (index); NaN before it existed."""
    spells = model.facts.table("price_spells")
    last = min(model.parameters.vintage.isoformat(), str(spells["date_from"].max()))
    months = pd.date_range("2023-03-31", last, freq="ME")
    return pd.DataFrame(price_break.cheapest(spells, FLOORS, months), index=months, columns=FLOORS)


@per_model
def price_test(model: Model) -> price_break.Break | None:
    """Return the test for a break at the end of January 2025; None where too few months are public on either side."""
    record = price_record(model)
    at = int(record.index.searchsorted(pd.Timestamp(EVENT_MONTH)))
    if at + price_break.EDGE_MONTHS >= len(record):
        return None
    return price_break.break_at(record.to_numpy(), at)


def price_falls(model: Model) -> pd.DataFrame:
    """Return how far prices fell in the year after 27 January 2025 for who kept to one model, by model and seller.

    Columns: model, seller, log_fall; the models that one seller listed on both days. Empty before a year has passed.
    """
    spells = model.facts.table("price_spells")
    first, last = "2025-01-27", "2026-01-27"
    if model.parameters.vintage.isoformat() < last:
        return pd.DataFrame(columns=["model", "seller", "log_fall"])
    end = spells["date_to"].replace("", "9999")
    by = ["model", "seller"]
    held = [
        spells[(spells["date_from"] <= day) & (end > day)].groupby(by)["price_usd_per_mtok"].min()
        for day in (first, last)
    ]
    both = pd.concat(held, axis=1, join="inner", keys=["before", "after"])
    return (both["before"] / both["after"]).map(np.log).rename("log_fall").reset_index()


def price_pace(model: Model) -> tuple[float, float]:
    """Return the fall of the cheapest price in the year before the end of January 2025 and in the year after, %.

    Mean log fall of the scores that were on offer at both ends; NaN where the months are not public.
    """
    record = price_record(model)
    at = int(record.index.searchsorted(pd.Timestamp(EVENT_MONTH)))
    found = []
    for start in (at - 12, at):
        if start + 12 >= len(record):
            found.append(float("nan"))
            continue
        change = (record.iloc[start] - record.iloc[start + 12]).mean()
        found.append(float(100 * -np.expm1(-change)))
    return found[0], found[1]
