"""Tables of the cost part for a notebook: each function takes the model and returns a data frame.

A table is empty, with its columns, where its facts were not public at the run's vintage. Columns are named with their unit;
the docstring of each function lists them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deepseek_era import tables
from deepseek_era.arrays import Array
from deepseek_era.cost import lookup, price, study
from deepseek_era.model import Model, per_model

QUANTILES = (0.05, 0.5, 0.95)


def parameter_sources(model: Model, *names: str) -> tuple[str, ...]:
    """Return the source ids of the rows of parameters, each once."""
    ids = [s for name in names for s in tables.split_ids(model.parameters.row(name).source_ids)]
    return tuple(dict.fromkeys(ids))


def claim_sources(claim: str) -> tuple[str, ...]:
    """Return the source ids of a claim of the article."""
    return lookup.sources(lookup.rows(tables.load("claims"), id=claim))


def _spread(name: str, draws: Array, sources: Sequence[str]) -> dict[str, object]:
    """Return a row of what was drawn: median, 5th and 95th percentile."""
    low, middle, high = np.quantile(draws, QUANTILES)
    return {"name": name, "value": middle, "low": low, "high": high, "sources": tuple(sources)}


def _sourced(found: pd.DataFrame, sources: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    """Return the table with the source ids of each row in a column ``sources``."""
    return found.assign(sources=pd.Series(list(sources), index=found.index, dtype=object))


# --- prices --------------------------------------------------------------------------------------------------------


def list_prices(model: Model) -> pd.DataFrame:
    """Return list prices of R1 and of what it is set against, in USD per million tokens.

    Index ``name``: ``R1``, ``o1`` and ``o3-mini`` at launch, and ``o3`` after its price cut. Columns: ``date`` of the price;
    ``input``, fresh, ``cached``, which is the price of fresh input where a seller has no other, and ``output``; ``sources``. A
    model that was not public, or whose price had not been cut, has NaN.
    """
    table = model.facts.table("api_prices")
    launched = {"R1": study.R1, "o1": study.O1, "o3-mini": study.O3_MINI}
    found = {name: lookup.list_price(table, *which) for name, which in launched.items()}
    o3 = lookup.rows(table, model=study.O3[0], provider=study.O3[1]).sort_values("effective_from")
    rows = []
    for name, row in [*found.items(), ("o3", o3.tail(1) if len(o3) > 1 else o3.head(0))]:
        prices = lookup.as_prices(row) or price.Prices(np.nan, np.nan, np.nan)
        date = row["effective_from"].iloc[0] if len(row) else None
        rows.append(
            (name, date, prices.input_usd_per_mtok, prices.cached_usd_per_mtok, prices.output_usd_per_mtok)
        )
    made = pd.DataFrame(rows, columns=["name", "date", "input", "cached", "output"]).set_index("name")
    return _sourced(made, [lookup.sources(frame) for frame in (*found.values(), o3)])


@per_model
def discounts(model: Model) -> pd.DataFrame:
    """Return by how many percent R1 is cheaper than o1, by reading of the prices: ``name, value, low, high, sources``.

    Names: ``input``, fresh, ``cached`` and ``output`` at list prices, ``mix_low`` and ``mix_high`` over every mix of the three,
    ``unlike``, R1's fresh input against o1's cached; ``call``, a whole call with workload, cache and verbosity drawn, with its
    5th and 95th percentile; ``output_o3_mini`` and ``output_o3_cut`` against other models; ``per_task`` and ``per_solved`` as
    measured on a benchmark.
    """
    prices, tasks = list_prices(model), measured_tasks(model)
    rows = []
    for name, cheap, cheap_class, dear, dear_class in _COMPARED:
        usd = [float(prices[c].to_dict()[n]) for n, c in ((cheap, cheap_class), (dear, dear_class))]
        rows.append((name, float(price.discount_percent(*usd)), np.nan, np.nan, _of(prices, (cheap, dear))))
    classes, source = [row[1] for row in rows[:3]], rows[0][4]
    rows += [
        ("mix_low", min(classes), np.nan, np.nan, source),
        ("mix_high", max(classes), np.nan, np.nan, source),
    ]
    low, middle, high = np.quantile(study.call_discounts(model), QUANTILES)
    assumed = parameter_sources(model, "verbosity", "cache_share", "output_input_ratio")
    rows.append(("call", middle, low, high, (*source, *assumed)))
    r1, o1 = (lookup.rows(tasks, model=name) for name in (study.TASK_R1, study.TASK_O1))
    for name, column in (("per_task", "usd_per_case"), ("per_solved", "usd_per_solved")):
        paid = [np.nan if run.empty else float(run[column].iloc[0]) for run in (r1, o1)]
        rows.append((name, float(price.discount_percent(*paid)), np.nan, np.nan, lookup.sources(r1, o1)))
    return pd.DataFrame(rows, columns=["name", "value", "low", "high", "sources"])


# name, then model and class of tokens of the one price and of the one it is set against
_COMPARED = (
    ("input", "R1", "input", "o1", "input"),
    ("cached", "R1", "cached", "o1", "cached"),
    ("output", "R1", "output", "o1", "output"),
    ("unlike", "R1", "input", "o1", "cached"),
    ("output_o3_mini", "R1", "output", "o3-mini", "output"),
    ("output_o3_cut", "R1", "output", "o3", "output"),
)


def _of(frame: pd.DataFrame, names: Sequence[str]) -> tuple[str, ...]:
    """Return the source ids of the rows of these names, each once."""
    return tuple(dict.fromkeys(s for name in names for s in frame["sources"].to_dict()[name]))


TIERS = ("flagship", "small")
HOURS = ("standard", "peak")


@per_model
def price_path(model: Model) -> pd.DataFrame:
    """Return DeepSeek's reasoning price below OpenAI's by date, flagship against flagship and small against small.

    Columns: ``date, comparator, hours, comparator_model, deepseek_model, deepseek_usd, comparator_usd, discount, alike``:
    output list prices in USD per million tokens, one row per change on either side. A tier's head is its newest model
    on sale; which model belongs to which tier is in ``price_tiers``. ``hours`` is ``peak`` for a price that holds at
    peak hours alone. Where a seller has no model of the tier on sale its newest other one stands there, and ``alike``
    is false.
    """
    table, tiers = model.facts.table("api_prices"), tables.load("price_tiers")
    rows = []
    for comparator in TIERS:
        rival = _heads(table, tiers, "OpenAI", comparator, "standard")
        for hours in HOURS:
            own = _heads(table, tiers, "DeepSeek", comparator, hours)
            if own.empty or rival.empty:
                continue
            for date in sorted({*own["date"], *rival["date"]}):
                mine = own[own["date"] <= date].tail(1)
                theirs = rival[rival["date"] <= date].tail(1)
                if mine.empty or theirs.empty:
                    continue
                cheap, dear = float(mine["usd"].iloc[0]), float(theirs["usd"].iloc[0])
                discount = float(price.discount_percent(cheap, dear))
                names = theirs["model"].iloc[0], mine["model"].iloc[0]
                alike = bool(mine["own_tier"].iloc[0] and theirs["own_tier"].iloc[0])
                rows.append((date, comparator, hours, *names, cheap, dear, discount, alike))
    columns = [
        "date",
        "comparator",
        "hours",
        "comparator_model",
        "deepseek_model",
        "deepseek_usd",
        "comparator_usd",
        "discount",
        "alike",
    ]
    path = pd.DataFrame(rows, columns=columns)
    kept = path.drop(columns=["date", "comparator", "hours"])
    again = (kept == kept.shift()).all(axis=1) & (
        path[["comparator", "hours"]] == path[["comparator", "hours"]].shift()
    ).all(axis=1)
    return path[~again].reset_index(drop=True)


def _heads(prices: pd.DataFrame, tiers: pd.DataFrame, provider: str, tier: str, hours: str) -> pd.DataFrame:
    """Return the head of a seller's tier at every date on which its models or their prices changed.

    Columns: ``date, model, usd, own_tier``. A price without an end is in force until the model's next row. A seller
    without peak hours has no head there; night discounts are asked for by nobody, since no buyer can plan with them.
    """
    found = prices[prices["provider"] == provider].merge(tiers, on=["provider", "model"])
    found = found[lookup.hours(found["tier_or_note"]) == hours].sort_values("effective_from", kind="stable")
    launched = found.groupby("model")["effective_from"].transform("min")
    ended = found["effective_to"].fillna("").replace("", "9999-12-31")
    rows = []
    for date in found["effective_from"].unique():
        held = (found["effective_from"] <= date) & (ended > date)
        in_force = found[held].assign(launched=launched[held])
        own = in_force[in_force["tier"] == tier]
        # of models launched on one day, and of prices of one model, the row furthest down is the newest
        head = (
            (own if len(own) else in_force).sort_values(["launched", "effective_from"], kind="stable").tail(1)
        )
        if len(head):
            rows.append(
                (date, head["model"].iloc[0], float(head["output_usd_per_mtok"].iloc[0]), len(own) > 0)
            )
    return pd.DataFrame(rows, columns=["date", "model", "usd", "own_tier"])


@per_model
def hosted_prices(model: Model) -> pd.DataFrame:
    """Return R1's first public output price at every host, with its discount against o1's launch price."""
    table = model.facts.table("api_prices")
    names = table["model"].str.fullmatch(r"DeepSeek-R1( \(.*\)|-0528.*)?")
    paid = table["output_usd_per_mtok"] > 0
    dated = table["effective_from"].fillna("") != ""
    standard = lookup.hours(table["tier_or_note"]) == "standard"
    found = table[names & paid & dated & standard].sort_values("effective_from")
    found = found.drop_duplicates(["model", "provider"]).copy()
    o1 = study.prices_of(model, study.O1)
    found["discount"] = (
        np.nan if o1 is None else price.discount_percent(found["output_usd_per_mtok"], o1.output_usd_per_mtok)
    )
    return found.sort_values("output_usd_per_mtok", ignore_index=True)


@per_model
def measured_tasks(model: Model) -> pd.DataFrame:
    """Return the benchmark runs with a recorded cost, with cost per case and per solved case in USD."""
    runs = model.facts.table("task_costs").dropna(subset=["total_cost_usd"])
    runs = runs[runs["pass_rate_2_percent"] > 0].copy()
    runs["usd_per_case"] = runs["total_cost_usd"] / runs["test_cases"]
    runs["usd_per_solved"] = price.cost_per_solved(
        runs["total_cost_usd"], runs["test_cases"], runs["pass_rate_2_percent"]
    )
    return runs.sort_values("run_date", ignore_index=True)


def quality_frontier(model: Model, pass_rate_percent: float | None = None) -> pd.DataFrame:
    """Return the cheapest measured cost per case at R1's pass rate or better, through time.

    Columns: ``run_date, model, usd_per_case, pass_rate_2_percent`` of the runs that set a new low.
    """
    tasks = measured_tasks(model)
    bar = pass_rate_percent
    if bar is None:
        own = lookup.number(tasks, "pass_rate_2_percent", model=study.TASK_R1)
        bar = 0.0 if own is None else own
    able = tasks[tasks["pass_rate_2_percent"] >= bar].sort_values(["run_date", "usd_per_case"])
    lowest = able["usd_per_case"].cummin()
    fresh = able[able["usd_per_case"] == lowest].drop_duplicates("usd_per_case")
    return fresh[["run_date", "model", "usd_per_case", "pass_rate_2_percent", "source_id"]].reset_index(
        drop=True
    )
