"""Tables of the cost part for a notebook: each function takes the model and returns a data frame.

A table is empty, with its columns, where its facts were not public at the run's vintage. Columns are named with their unit;
the docstring of each function lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from deepseek_era import tables
from deepseek_era.arrays import Array
from deepseek_era.cost import (
    architecture,
    breakthroughs,
    hardware,
    lookup,
    memory,
    price,
    serving,
    study,
    training,
)
from deepseek_era.model import Model, per_model

QUANTILES = (0.05, 0.5, 0.95)
TYPICAL_BATCH = 128.0  # sequences per GPU in the operator's published profile
MILLION = 1e6


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
            for date in sorted({head.date for head in (*own, *rival)}):
                mine, theirs = (next((h for h in reversed(s) if h.date <= date), None) for s in (own, rival))
                if mine is None or theirs is None:
                    continue
                discount = float(price.discount_percent(mine.usd, theirs.usd))
                alike = mine.own_tier and theirs.own_tier
                names = (theirs.model, mine.model)
                rows.append((date, comparator, hours, *names, mine.usd, theirs.usd, discount, alike))
    columns = ["date", "comparator", "hours", "comparator_model", "deepseek_model"]
    columns += ["deepseek_usd", "comparator_usd", "discount", "alike"]
    path = pd.DataFrame(rows, columns=columns)
    kept = path.drop(columns=["date", "comparator", "hours"])
    again = (kept == kept.shift()).all(axis=1) & (
        path[["comparator", "hours"]] == path[["comparator", "hours"]].shift()
    ).all(axis=1)
    return path[~again].reset_index(drop=True)


class _Head(NamedTuple):
    """The newest model of a seller's tier from a date on: its output price, and whether it is of the tier at all."""

    date: str
    model: str
    usd: float
    own_tier: bool


def _heads(prices: pd.DataFrame, tiers: pd.DataFrame, provider: str, tier: str, hours: str) -> list[_Head]:
    """Return the head of a seller's tier at every date on which its models or their prices changed.

    A price without an end is in force until the model's next row. A seller without peak hours has no head there; night
    discounts are asked for by nobody, since no buyer can plan with them.
    """
    found = prices[prices["provider"] == provider].merge(tiers, on=["provider", "model"])
    found = found[lookup.hours(found["tier_or_note"]) == hours].sort_values("effective_from", kind="stable")
    launched = found.groupby("model")["effective_from"].transform("min")
    ended = found["effective_to"].fillna("").replace("", "9999-12-31")
    sold = list(
        zip(
            launched,
            found["effective_from"],
            range(len(found)),  # of models launched on one day, the row furthest down is the newest
            ended,
            found["model"],
            found["output_usd_per_mtok"],
            found["tier"] == tier,
            strict=True,
        )
    )
    heads = []
    for date in dict.fromkeys(found["effective_from"]):
        in_force = [row for row in sold if row[1] <= date < row[3]]
        if in_force:
            *_, model, usd, own = max([row for row in in_force if row[6]] or in_force)
            heads.append(_Head(date, model, float(usd), bool(own)))
    return heads


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
    return runs.sort_values("run_date", kind="stable", ignore_index=True)


def quality_frontier(model: Model) -> pd.DataFrame:
    """Return the cheapest measured cost per case at R1's pass rate or better, through time.

    Columns: ``run_date, model, usd_per_case, pass_rate_2_percent`` of the runs that set a new low.
    """
    tasks = measured_tasks(model)
    bar = lookup.number(tasks, "pass_rate_2_percent", model=study.TASK_R1) or 0.0
    able = tasks[tasks["pass_rate_2_percent"] >= bar].sort_values(["run_date", "usd_per_case"])
    lowest = able["usd_per_case"].cummin()
    fresh = able[able["usd_per_case"] == lowest].drop_duplicates("usd_per_case")
    return fresh[["run_date", "model", "usd_per_case", "pass_rate_2_percent", "source_id"]].reset_index(
        drop=True
    )


# --- training ------------------------------------------------------------------------------------------------------


@per_model
def final_run(model: Model) -> pd.DataFrame:
    """Return V3's final run by two routes, R1's own stage and the runs of others: ``name, value, low, high, sources``.

    Names that end in ``_hours`` are million accelerator hours, in ``_cost`` USD million, ``mfu_`` ones percent of a dense peak,
    ``gflop_`` ones GFLOP per token, ``ratio_`` ones Llama-3.1-405B over V3; ``rate`` is USD per GPU-hour, ``v3_flop`` FLOP.
    Of what was drawn `value` is the median, `low` and `high` the 5th and 95th percentile; else NaN.
    """
    run, chip = study.v3_run(model), study.chip(model)
    facts = model.facts.table("training_runs")
    own = lookup.sources(lookup.rows(facts, model=study.V3_NAME, stage="pre-training"))
    paper = lookup.sources(lookup.rows(model.facts.table("inference_reports"), metric="training throughput"))
    shape = lookup.sources(lookup.rows(model.facts.table("architectures"), model=study.V3_ARCHITECTURE))
    stage = lookup.rows(facts, model="DeepSeek-R1", stage="total on top of V3")
    llama = lookup.rows(facts, model=study.LLAMA).dropna(subset=["tokens_t"])
    second, stage_hours = (
        _million(h) for h in (study.second_route_hours(model), study.r1_stage_hours(model))
    )
    stage_cost = stage_hours * (lookup.number(stage, "assumed_usd_per_gpu_hour") or np.nan)
    cost = run.hours * run.rate_usd / MILLION
    by_makers = np.nan if run.flop_per_token_published is None else run.flop_per_token_published / 1e9

    def used(flop: float, peak: float) -> float:
        return 100 * float(training.model_flop_utilisation(flop, run.pretraining_hours, peak))

    flop_llama = training.training_flop(
        llama["params_active_b"].iloc[:1] * 1e9, llama["tokens_t"].iloc[:1] * 1e12
    )
    chain = breakthroughs.hours_chain(model)
    values = {
        "v3_gpu_hours": (run.hours / MILLION, own),
        "v3_pretraining_hours": (run.pretraining_hours / MILLION, own),
        "rate": (run.rate_usd, own),
        "v3_cost": (cost, own),
        "v3_flop": (run.flop_6nd, own),
        "v3_gflop_per_token": (run.flop_per_token_counted / 1e9, shape),
        "v3_gflop_per_token_published": (by_makers, paper),
        "v3_mfu_bf16": (used(run.flop_own, chip.bf16_flop_per_s), (*own, *paper)),
        "v3_mfu_6nd": (used(run.flop_6nd, chip.bf16_flop_per_s), own),
        "v3_mfu_fp8": (used(run.flop_own, chip.fp8_flop_per_s), (*own, *paper)),
        "second_route_hours": (second, paper),
        "second_route_gap": (100 * (second / (run.pretraining_hours / MILLION) - 1), paper),
        "r1_stage_hours": (stage_hours, lookup.sources(stage)),
        "r1_stage_cost": (stage_cost, lookup.sources(stage)),
        "flop_ratio_llama_405b": (
            float(flop_llama[0]) / run.flop_6nd if len(flop_llama) else np.nan,
            (*lookup.sources(llama), *own),
        ),
        "hours_ratio_llama_405b": (
            float(chain["factor"].iloc[-1]),
            (*lookup.sources(llama), *own),
        ),
        **_peers(model),
    }
    rows = [(name, value, np.nan, np.nan, sources) for name, (value, sources) in values.items()]
    found = pd.DataFrame(rows, columns=["name", "value", "low", "high", "sources"])
    rented = run.hours * model.draws["gpu_hour_usd"] / MILLION
    drawn = _spread("v3_cost_at_rents", rented, (*own, *parameter_sources(model, "gpu_hour_usd")))
    return pd.concat([found, pd.DataFrame([drawn])], ignore_index=True)


def _million(hours: float | None) -> float:
    return np.nan if hours is None else hours / MILLION


def _peers(model: Model) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Return how the runs of others used their chips."""
    runs = study.runs(model)
    others = runs[runs["model"] != study.V3_NAME]
    use, source = 100 * others["utilisation"], lookup.sources(others)
    return {
        "peer_mfu_median": (float(use.median()), source),
        "peer_mfu_min": (float(use.min()), source),
        "peer_mfu_max": (float(use.max()), source),
    }


# --- the whole development, and owning -----------------------------------------------------------------------------


def development(model: Model) -> pd.DataFrame:
    """Return what V3's development cost, from its final run up: ``name, value, low, high, sources``.

    In USD million, the median and the 5th and 95th percentile: ``full_cost``, of it ``compute_cost``;
    ``hidden_multiplier`` is the whole over the final run.
    """
    whole = study.development(model)
    runs = model.facts.table("training_runs")
    own = lookup.sources(lookup.rows(runs, model=study.V3_NAME, stage="pre-training"))
    source = (*own, *parameter_sources(model, "experiments_multiple", "staff_share", "gpu_hour_usd"))
    compute = whole.final_run + whole.prior_models + whole.experiments
    return pd.DataFrame(
        [
            _spread("full_cost", whole.total / MILLION, source),
            _spread("hidden_multiplier", whole.multiplier, source),
            _spread("compute_cost", compute / MILLION, source),
        ]
    )


def development_steps(model: Model) -> pd.DataFrame:
    """Return the steps from V3's final run to the whole development, each on top of those before: USD million.

    Columns: ``name`` (``final_run, prior_models, experiments, data, staff, total``); ``start`` and ``end``, the medians of the
    levels before and after the step; ``low`` and ``high``, 5th and 95th percentile of the level after it; ``step_median`` of the
    step alone; ``kind``, ``flow`` or ``total``.
    """
    whole = study.development(model)
    level, before, rows = np.zeros_like(whole.total), 0.0, []
    for name in ("final_run", "prior_models", "experiments", "data", "staff"):
        step = getattr(whole, name)
        level = level + step
        low, middle, high = np.quantile(level, QUANTILES) / MILLION
        rows.append((name, before, middle, low, high, float(np.median(step)) / MILLION, "flow"))
        before = float(middle)
    low, middle, high = np.quantile(whole.total, QUANTILES) / MILLION
    rows.append(("total", 0.0, middle, low, high, middle, "total"))
    return pd.DataFrame(rows, columns=["name", "start", "end", "low", "high", "step_median", "kind"])


def entrant(model: Model) -> pd.DataFrame:
    """Return what a team without a cluster faces, USD million: ``name, value, low, high, sources``.

    Names: ``flow``, development and waiting; ``waiting``, staff while the machines are on order; ``cluster``, buying the training
    cluster with its site, a stock. The median and the 5th and 95th percentile.
    """
    found, source = study.entrant(model), development(model)["sources"].iloc[0]
    bought = parameter_sources(model, "server_capex", "site_capex", "server_power", "pue")
    return pd.DataFrame(
        [
            _spread("flow", found.flow / MILLION, (*source, *parameter_sources(model, "lead_time"))),
            _spread("waiting", found.waiting / MILLION, source),
            _spread("cluster", found.cluster_purchase / MILLION, bought),
        ]
    )


def fleet(model: Model) -> pd.DataFrame:
    """Return published estimates of DeepSeek's whole fleet: ``name, value, sources``, NaN before they were public.

    Names: ``capex_low`` and ``capex_high``, its servers, and ``yearly_low`` and ``yearly_high``, a year of owning it, USD million;
    ``gpus_floor``, what served at the peak of the operator's published day, in GPUs.
    """
    facts = model.facts.table("infrastructure")
    of_servers = facts["metric"].str.startswith("server capex") & (facts["unit"] == "million USD")
    capex, yearly = facts[of_servers], facts[facts["metric"].str.startswith("yearly cost of ownership")]
    peak = lookup.rows(facts, metric="peak H800 nodes for inference")
    rows = [
        ("capex_low", capex["value_low"].min(), lookup.sources(capex)),
        ("capex_high", capex["value_low"].max(), lookup.sources(capex)),
        ("yearly_low", yearly["value_low"].min(), lookup.sources(yearly)),
        ("yearly_high", yearly["value_low"].max(), lookup.sources(yearly)),
        ("gpus_floor", peak["value_low"].min() * serving.GPUS_PER_NODE, lookup.sources(peak)),
    ]
    return pd.DataFrame(rows, columns=["name", "value", "sources"])


def gpu_hour(model: Model) -> pd.DataFrame:
    """Return the parts of the cost of an owned GPU-hour of paid work.

    Columns: ``name`` (``server, site, energy, operations, total``); USD per GPU-hour in ``low, middle, high``, percent of the
    whole in ``share_low, share, share_high``: 5th, 50th and 95th percentile.
    """
    owned = study.ownership(model)
    rows = []
    for name in ("server", "site", "energy", "operations", "total"):
        part = getattr(owned, name)
        rows.append((name, *np.quantile(part, QUANTILES), *np.quantile(100 * part / owned.total, QUANTILES)))
    return pd.DataFrame(rows, columns=["name", "low", "middle", "high", "share_low", "share", "share_high"])


def rents(model: Model) -> pd.DataFrame:
    """Return dated rents of Hopper GPUs, USD per GPU-hour: ``accelerator, contract, date, low, middle, high, source_id``.

    Contracts: ``on demand``, ``one-year contract``, ``index`` and ``assumed by DeepSeek``.
    """
    return hardware.market_rents(model.facts.table("accelerator_prices"))


# --- limits on use --------------------------------------------------------------------------------------------------


def limits(model: Model) -> pd.DataFrame:
    """Return what the operator's documentation said on limits, and when the service closed its doors, by date.

    Columns: ``date, where`` (``documentation`` or ``service``); ``requests`` at once that an account is allowed (0: no limit
    stated) to the ``model`` named; ``event`` on the service, and ``days`` that it lasted where it is known; ``metric, source_id``.
    """
    reports = model.facts.table("inference_reports")
    docs = reports[reports["report"] == "DeepSeek API docs"]
    timeline = model.facts.table("timeline")
    stops = timeline[(timeline["category"] == "service") & (timeline["actor"] == "DeepSeek")]
    stated = docs.rename(columns={"report_date": "date", "value": "requests"}).assign(where="documentation")
    closed = stops.assign(where="service", days=stops["value"].where(stops["unit"] == "days"))
    closed = closed.drop(columns=["metric", "model"], errors="ignore").sort_values("date")
    columns = ["date", "where", "requests", "model", "metric", "event", "days", "source_id"]
    both = pd.concat([stated.reindex(columns=columns), closed.reindex(columns=columns)])
    return both.sort_values("date", ignore_index=True)


# --- machines and models -------------------------------------------------------------------------------------------


@per_model
def architectures(model: Model) -> pd.DataFrame:
    """Return every architecture of the facts, counted from its configuration, the largest first.

    Columns: ``model, attention``; parameters in billions: ``total_b`` and ``active_b`` counted, ``published_b`` and
    ``published_active_b`` as its makers say; ``cache_kb`` per token at 16 bits; ``training_gflop`` per token at
    `study.TRAINING_CONTEXT` tokens; ``source_id``.
    """
    rows = []
    for row in model.facts.table("architectures").to_dict("records"):
        a = architecture.from_row(row)
        count = architecture.count_parameters(a)
        rows.append(
            {
                "model": a.name,
                "attention": a.attention,
                "total_b": count.total / 1e9,
                "published_b": float(row["params_total_b"]),
                "active_b": count.active / 1e9,
                "published_active_b": float(row["params_active_b"]),
                "cache_kb": architecture.kv_bytes(a) / 1e3,
                "training_gflop": architecture.training_flop_per_token(a, study.TRAINING_CONTEXT) / 1e9,
                "source_id": row["source_id"],
            }
        )
    return pd.DataFrame(rows).sort_values("total_b", ascending=False, ignore_index=True)


def accelerators(model: Model) -> pd.DataFrame:
    """Return every accelerator of the facts with what it means for R1, the fastest for one stream first.

    Columns: ``name, memory_gb``; ``balance``, FLOP per byte at BF16; ``needed``, how many hold R1 at FP8;
    ``stream_bound``, tokens per second of one stream if one chip's bandwidth read all active weights at 4.5 bits;
    ``prefill``, tokens per second by the roofline at the middle efficiency.
    """
    a, table = study.v3(model), model.facts.table("accelerators")
    count = architecture.count_parameters(a)
    weights = float(memory.weight_bytes(count.total, 8))
    eta = model.parameters.central("serving_mfu")
    rows = []
    for name in table.dropna(subset=["bf16_dense_tflops", "mem_bw_gbps", "memory_gb"])["name"]:
        found = hardware.find(table, name)
        unit = serving.ServingUnit(found, 1)
        usable = found.memory_bytes * (1 - serving.RESERVED_SHARE)
        rows.append(
            {
                "name": name,
                "memory_gb": found.memory_bytes / memory.GB,
                "balance": found.balance(16),
                "needed": float(np.ceil(weights / usable)),
                "stream_bound": float(memory.decode_ceiling(found.bandwidth_bytes_per_s, count.active, 4.5)),
                "prefill": float(serving.prefill_tokens_per_s_gpu(a, unit, study.PROMPT_TOKENS, eta)),
            }
        )
    return pd.DataFrame(rows).sort_values("stream_bound", ascending=False, ignore_index=True)


# --- memory --------------------------------------------------------------------------------------------------------

FORMATS = (("4bit", 4.5), ("2bit", 2.5), ("1p58bit", 1.58))  # bits of public builds, block scales included
DISTILLED = "R1-Distill-Qwen-32B"


def memory_needed(model: Model) -> pd.DataFrame:
    """Return what the parameters of R1, and of a model distilled from it, take in memory, by rule.

    Columns: ``name, parameters_b`` in billions, ``bits`` each, ``gb``, ``over_rule``, `gb` over what the article's rule
    gives, and ``sources``. The rule is ``active_fp8``, active parameters at one byte; ``resident_`` rows hold all of them.
    """
    shapes = architectures(model)
    r1 = lookup.rows(shapes, model=study.V3_ARCHITECTURE)
    small = lookup.rows(shapes, model=DISTILLED)
    counted, total, active = (float(r1[c].iloc[0]) for c in ("total_b", "published_b", "published_active_b"))
    rows = [("active_fp8", active, 8.0), ("resident_fp8", total, 8.0)]
    rows += [(f"resident_{name}", counted, bits) for name, bits in FORMATS]
    rows.append(("distilled_fp8", float(small["total_b"].iloc[0]) if len(small) else np.nan, 8.0))
    found = pd.DataFrame(rows, columns=["name", "parameters_b", "bits"])
    found["gb"] = memory.weight_bytes(found["parameters_b"] * 1e9, found["bits"]) / memory.GB
    found["over_rule"] = found["gb"] / found["gb"].iloc[0]
    of_whom = [r1] * (len(rows) - 1) + [small]
    return _sourced(found, [lookup.sources(frame) for frame in of_whom])


def resident(model: Model, builds: pd.DataFrame) -> pd.DataFrame:
    """Return what must be in memory to run each of `builds`, which has columns ``label, model, bits, context``.

    Columns: ``label, bits``; GB of ``weights``, of the ``cache`` of one stream of so many tokens at 16 bits, and of the
    ``runtime``; ``resident_gb``, their sum. A build of a model that was not public is left out.
    """
    rows = []
    for build in builds.to_dict("records"):
        shape = study.shape(model, build["model"])
        if shape is not None:
            parts = memory.model_memory_gb(shape, build["bits"], build["context"])
            rows.append({"label": build["label"], "bits": build["bits"], **parts})
    found = pd.DataFrame(rows, columns=["label", "bits", "weights", "cache", "runtime"])
    return found.assign(resident_gb=found["weights"] + found["cache"] + found["runtime"])


@per_model
def local_runs(model: Model) -> pd.DataFrame:
    """Return published runs of full-size R1 or V3 on machines people own, beside the bandwidth bound, fastest first.

    Columns: ``machine, build, software, metric, bits, observed_tokens_per_s, ceiling_tokens_per_s, share, report_date,
    source_id, verified``, and ``short``, a machine's name without its memory. A run whose machine is in no row of
    accelerators has no ceiling. Total throughput of many streams is left out.
    """
    reports = model.facts.table("inference_reports")
    wanted = reports["metric"].str.startswith(("decode", "peak decode")) & (reports["unit"] == "tokens/s")
    apart = reports["metric"].str.contains("total|throughput", case=False)
    full_size = reports["model"].str.contains(r"671B|DeepSeek-V3 4-bit", regex=True)
    local = reports["report"].str.contains("local|KTransformers")
    found = reports[wanted & ~apart & full_size & local].copy()
    active = architecture.count_parameters(study.v3(model)).active
    table = model.facts.table("accelerators")
    names = (found["model"] + " " + found["condition"].fillna("")).astype(str)
    # the tutorial's builds are Q4_K_M, named in its memory rows
    found["bits"] = names.map(memory.format_bits).astype(float).fillna(4.5)
    machines = [_machine(h, m, table) for h, m in zip(found["hardware"], found["metric"], strict=True)]
    found["machine"] = [m or h for m, h in zip(machines, found["hardware"], strict=True)]
    bandwidth = table.set_index("name")["mem_bw_gbps"]
    found["ceiling_tokens_per_s"] = [
        np.nan if m is None else float(memory.decode_ceiling(bandwidth[m] * 1e9, active, b))
        for m, b in zip(machines, found["bits"], strict=True)
    ]
    found = found.rename(columns={"value": "observed_tokens_per_s", "model": "build"})
    found["share"] = found["observed_tokens_per_s"] / found["ceiling_tokens_per_s"]
    short = found["machine"].str.replace(_SIZES, "", regex=True).str.strip()
    found["short"] = short.replace("Xeon Gold 6454S x2 + RTX 4090D", "One Xeon 6454S")
    columns = ["machine", "build", "software", "metric", "bits", "observed_tokens_per_s"]
    columns += ["ceiling_tokens_per_s", "share", "report_date", "source_id", "verified", "short"]
    return found[columns].sort_values("observed_tokens_per_s", ascending=False, ignore_index=True)


# words in a report's hardware label -> words of the accelerator row that holds its memory bandwidth
_MACHINES = (("M3 Ultra", "M3 Ultra 512GB"), ("6454S x2", "Dual Xeon 6454S"), ("dual EPYC", "Dual EPYC"))
# what a chart of machines leaves out of their names
_SIZES = (
    r"Mac Studio |9004 24-channel DDR5-4800 768GB|6454S 16-channel DDR5-4800 1TB \+ 1x RTX 4090| 512GB|, 480 GB"
    r"|, 192 GB DDR5"
)


def _machine(label: str, metric: str, table: pd.DataFrame) -> str | None:
    """Return the row of accelerators that a report's hardware is, None where there is none."""
    if label in set(table["name"]):
        return str(label)
    if "single socket" in metric:
        return None  # half the memory channels of the row
    for words, name in _MACHINES:
        if words in label:
            found = table[table["name"].str.contains(name, regex=False)]["name"]
            return str(found.iloc[0]) if len(found) else None
    return None


# --- the cache -----------------------------------------------------------------------------------------------------


def kv_cache(model: Model, others: Sequence[str]) -> pd.DataFrame:
    """Return the cache that one token leaves, by attention: V3 as built and rebuilt, and `others` as built.

    Columns: ``model, attention``; ``kind``: ``V3``, ``V3 rebuilt`` or ``as built``; ``bytes`` at 16 bits, ``kilobytes``;
    ``ratio`` over V3's; ``sources``. A model that was not public has NaN.
    """
    a, shapes = study.v3(model), model.facts.table("architectures")
    rows = [
        (
            study.V3_ARCHITECTURE,
            kind,
            architecture.kv_bytes(a, kind),
            "V3" if kind == a.attention else "V3 rebuilt",
        )
        for kind in ("MLA", "MQA", "GQA", "MHA")
    ]
    for name in others:
        shape = study.shape(model, name)
        known = ("", np.nan) if shape is None else (shape.attention, architecture.kv_bytes(shape))
        rows.append((name, *known, "as built"))
    found = pd.DataFrame(rows, columns=["model", "attention", "bytes", "kind"])
    found = found.assign(kilobytes=found["bytes"] / 1e3, ratio=found["bytes"] / architecture.kv_bytes(a))
    return _sourced(found, [lookup.sources(lookup.rows(shapes, model=name)) for name in found["model"]])


# --- serving -------------------------------------------------------------------------------------------------------


def service_day(model: Model) -> pd.DataFrame:
    """Return the operator's published day of service and what follows from its parts.

    Columns: ``name, value, sources``. Nodes are averages of the day, costs USD, ``cost_per_mtok_published`` USD per million
    tokens, margins percent, the rest tokens per second of a node or of a stream. Values are NaN before it was public.
    """
    log, r1 = study.day_log(model), study.prices_of(model, study.R1)
    facts = model.facts.table("inference_reports")
    values: dict[str, float | None] = {
        "revenue_published": study.day_value(model, "theoretical daily revenue at R1 list price"),
        "cost_published": study.day_value(model, "daily GPU cost"),
        "margin_published": study.day_value(model, "theoretical cost profit margin"),
        "stream_published_low": study.day_value(model, "mean output speed per request low"),
        "stream_published_high": study.day_value(model, "mean output speed per request high"),
    }
    if log is not None:
        per_gpu = log.decode_tokens_per_s_node / serving.GPUS_PER_NODE
        fresh = 1 - log.cached_tokens / log.input_tokens
        values |= {
            "nodes_published": log.average_nodes,
            "nodes_from_log": log.nodes,
            "cost_per_day": log.cost_usd,
            "decode_published": log.decode_tokens_per_s_node,
            "prefill_fresh_published": log.prefill_tokens_per_s_node * fresh,
            "cost_per_mtok_published": float(serving.usd_per_mtok(log.usd_per_gpu_hour, per_gpu)),
        }
    if log is not None and r1 is not None:
        revenue = log.revenue_usd(r1.input_usd_per_mtok, r1.cached_usd_per_mtok, r1.output_usd_per_mtok)
        values |= {"revenue_per_day": revenue, "margin": 100 * (revenue / log.cost_usd - 1)}
    found = pd.DataFrame({"name": SERVICE_DAY})
    found["value"] = pd.to_numeric(found["name"].map(values))
    source = lookup.sources(lookup.rows(facts, report=study.DAY_REPORT))
    return _sourced(found, [source] * len(found))


SERVICE_DAY = (
    "nodes_published",
    "nodes_from_log",
    "cost_per_day",
    "cost_published",
    "revenue_per_day",
    "revenue_published",
    "margin",
    "margin_published",
    "cost_per_mtok_published",
    "decode_published",
    "prefill_fresh_published",
    "stream_published_low",
    "stream_published_high",
)


@per_model
def service_by_form(model: Model) -> pd.DataFrame:
    """Return what decoding gives by the roofline in both forms of the network, over the draws.

    Columns: ``name, value, low, high, sources, form``; form ``added`` or ``hidden``, numbers the median, the 5th and the 95th
    percentile. Names: ``decode_tokens_per_s_node`` at the drawn batch, ``cost_per_mtok`` in USD
    per million tokens at rents as drawn; at `TYPICAL_BATCH` sequences per GPU against one ``batch_throughput_gain``, a
    ratio, and ``batch_stream_loss``, percent; ``stream_gain_full_batch`` of a drafted token there, a ratio.
    """
    assumed = parameter_sources(model, "decode_batch", "serving_mfu", "bandwidth_efficiency")
    priced = (*assumed, *parameter_sources(model, "gpu_hour_usd"))
    shape = (*r1_sources(model), *assumed)
    batches = np.array([1.0, TYPICAL_BATCH])
    rows = []
    for form, overlap in study.FORMS.items():
        step = study.decode_draws(model, overlap=overlap)
        curve = study.decode_curve(model, batches, overlap=overlap)
        drafted = study.decode_curve(model, batches, drafts=True, overlap=overlap)
        cost = serving.usd_per_mtok(model.draws["gpu_hour_usd"], step.tokens_per_s_gpu)
        node, stream = curve.tokens_per_s_node, curve.tokens_per_s_stream
        found = (
            _spread("decode_tokens_per_s_node", step.tokens_per_s_node, shape),
            _spread("cost_per_mtok", cost, priced),
            _spread("batch_throughput_gain", node[:, 1] / node[:, 0], assumed),
            _spread("batch_stream_loss", 100 * (1 - stream[:, 1] / stream[:, 0]), assumed),
            _spread("stream_gain_full_batch", drafted.tokens_per_s_stream[:, 1] / stream[:, 1], assumed),
        )
        rows += [{**row, "form": form} for row in found]
    return pd.DataFrame(rows)


def r1_sources(model: Model) -> tuple[str, ...]:
    """Return the source ids of the architecture of V3 and R1."""
    return lookup.sources(lookup.rows(model.facts.table("architectures"), model=study.V3_ARCHITECTURE))


def decode_bands(model: Model, measure: str, *, form: str = "added", drafts: bool = False) -> pd.DataFrame:
    """Return a measure of decoding against batch, up to the largest batch that fits: ``batch, low, middle, high``.

    `measure` is ``tokens_per_s_node``, ``tokens_per_s_gpu`` or ``tokens_per_s_stream``; the numbers are the 5th, 50th and 95th
    percentile over the efficiencies as drawn.
    """
    limit = float(
        serving.largest_batch(study.v3(model), study.decode_unit(model), study.decode_context(model))
    )
    steps = np.unique(np.round(np.geomspace(1, 256, 33)))
    batch = np.unique([b for b in steps if b < limit] + [limit])
    step = study.decode_curve(model, batch, drafts=drafts, overlap=study.FORMS[form])
    low, middle, high = np.quantile(getattr(step, measure), QUANTILES, axis=0)
    return pd.DataFrame({"batch": batch, "low": low, "middle": middle, "high": high})


@per_model
def reproduction(model: Model) -> pd.DataFrame:
    """Return the published decode rates of large deployments beside the roofline at their own conditions.

    Columns: ``name, who, chip, gpus, context, batch, observed``, tokens per second of a node as published; ``low, middle,
    high`` by the roofline with the network added, again with it hidden (``low_hidden`` and so on); ``distance`` and
    ``distance_hidden``, percent by which the roofline's middle lies above; ``sources``. Numbers are NaN before they were
    public. The batch is not published; it follows from throughput and time per token (Little's law), so throughput and
    model share an input.
    """
    reports = model.facts.table("inference_reports")
    log, unit = study.day_log(model), study.decode_unit(model)
    ends = [
        study.day_value(model, f"mean output speed per request {end}") or np.nan for end in ("low", "high")
    ]
    other = lookup.rows(reports, report=study.SGLANG)
    latency_ms = lookup.number(other, "value", metric="inter-token latency")
    found = pd.DataFrame(
        {
            "name": ["day_log", "sglang"],
            "who": ["DeepSeek's service", "SGLang reproduction"],
            "chip": [study.CHIP, "H100 SXM"],
            "gpus": [unit.gpus, other["n_gpus"].iloc[0] if len(other) else np.nan],
            "context": [study.decode_context(model), study.SGLANG_CONTEXT],
            "observed": [
                np.nan if log is None else log.decode_tokens_per_s_node,
                lookup.number(other, "value", metric="decode throughput per node"),
            ],
        }
    ).astype({"observed": float})
    seconds = np.array([1 / np.mean(ends), np.nan if latency_ms is None else latency_ms / 1e3])
    found["batch"] = found["observed"] / serving.GPUS_PER_NODE * seconds
    for form, suffix in (("added", ""), ("hidden", "_hidden")):
        rates = np.array([_rates(model, row, form) for _, row in found.iterrows()])
        for end, values in zip(("low", "middle", "high"), rates.T, strict=True):
            found[f"{end}{suffix}"] = values
        found[f"distance{suffix}"] = 100 * (found[f"middle{suffix}"] / found["observed"] - 1)
    own = lookup.rows(reports, report=study.DAY_REPORT)
    known = found["batch"].notna()
    sources = [lookup.sources(rows)[:1] if k else () for rows, k in zip((own, other), known, strict=True)]
    return _sourced(found, sources)


def _rates(model: Model, row: pd.Series, form: str) -> Array:
    """Return quantiles of tokens per second of a node at a deployment's own conditions, NaN where they are not public."""
    if np.isnan(row["batch"]):
        return np.full(len(QUANTILES), np.nan)
    step = study.decode_curve(
        model,
        np.array([row["batch"]]),
        chip_name=str(row["chip"]),
        gpus=int(row["gpus"]),
        context=row["context"],
        overlap=study.FORMS[form],
    )
    return np.asarray(np.quantile(step.tokens_per_s_node, QUANTILES))


def expert_coverage(model: Model) -> pd.DataFrame:
    """Return the share of a layer's experts that a step reads: ``tokens`` in it, percent if routing is ``uniform`` or ``skewed``."""
    a = study.v3(model)
    tokens = np.unique(np.round(np.geomspace(1, 2048, 45)))
    experts = (a.n_routed_experts, a.experts_per_token, tokens)
    uniform, skewed = serving.expert_coverage(*experts), serving.expert_coverage_skewed(*experts)
    return pd.DataFrame({"tokens": tokens, "uniform": 100 * uniform, "skewed": 100 * skewed})


PREFILL_CHUNK = 16000.0  # tokens of a prefill step
PREFILL_UNIT = 32  # GPUs that share the experts in prefill


def roofline(model: Model, batches: Sequence[float] = (1, 8, 32, 128)) -> pd.DataFrame:
    """Return R1's steps under the chip's roofline at middle efficiencies: decoding by batch per GPU, and a prefill.

    Columns: ``label``; ``intensity``, FLOP per byte read; ``tflops``, TFLOP per second and GPU; of decoding also
    ``compute_s, memory_s, network_s`` and ``step_s``, seconds with the network's time added. A batch that does not fit is
    left out.
    """
    a, unit, context = study.v3(model), study.decode_unit(model), study.decode_context(model)
    chip, count = unit.accelerator, architecture.count_parameters(a)
    eta_f, eta_b = (model.parameters.central(n) for n in ("serving_mfu", "bandwidth_efficiency"))
    batch = np.array([b for b in batches if b <= serving.largest_batch(a, unit, context)], dtype=float)
    step = serving.decode(a, unit, batch, context, eta_f, eta_b)
    multiplied = 2 * (count.active - count.embedding / 2)
    flop = batch * (multiplied + architecture.attention_flop_per_token(a, context, absorbed=True))
    decoding = pd.DataFrame(
        {
            "label": [f"decode, {b:.0f}" for b in batch],
            "intensity": flop / (step.memory_s * chip.bandwidth_bytes_per_s * eta_b),
            "tflops": flop / step.step_s / 1e12,
            "compute_s": step.compute_s,
            "memory_s": step.memory_s,
            "network_s": step.network_s,
            "step_s": step.step_s,
        }
    )
    prompt = study.PROMPT_TOKENS
    rate = float(serving.prefill_tokens_per_s_gpu(a, unit, prompt, eta_f))
    per_token = multiplied + float(architecture.attention_flop_per_token(a, prompt / 2))
    weights = serving.resident_weight_bytes_per_gpu(a, serving.ServingUnit(chip, PREFILL_UNIT))
    reading = weights + PREFILL_CHUNK * architecture.kv_bytes(a)
    prefill = {"label": "prefill", "intensity": PREFILL_CHUNK * per_token / reading}
    return pd.concat(
        [decoding, pd.DataFrame([{**prefill, "tflops": rate * per_token / 1e12}])], ignore_index=True
    )


def roofs(chip: hardware.Accelerator) -> pd.DataFrame:
    """Return a chip's roofline: ``intensity``, FLOP per byte, ``tflops`` that it allows, and whose ``roof``, FP8 or BF16."""
    intensity = np.geomspace(1, 100000, 51)
    slant = intensity * chip.bandwidth_bytes_per_s
    peaks = (("FP8", chip.fp8_flop_per_s), ("BF16", chip.bf16_flop_per_s))
    parts = [
        {"intensity": intensity, "tflops": np.minimum(peak, slant) / 1e12, "roof": name}
        for name, peak in peaks
    ]
    return pd.concat([pd.DataFrame(part) for part in parts])


@per_model
def variants(model: Model) -> pd.DataFrame:
    """Return what each choice of V3 is worth in service: decode per node with one choice undone at a time.

    Columns: ``name, variant``; ``form``, network time ``added`` or ``hidden``; ``batch``, sequences per GPU: as drawn, or the
    largest that fits beside the weights; ``cache_bytes`` per token; ``low, value, high``, tokens per second of a node, the
    5th, 50th and 95th percentile, 0 where not even one sequence fits; ``sources``.
    """
    a, unit, context = study.v3(model), study.decode_unit(model), study.decode_context(model)
    d, some = model.draws, study.thin(model, 4096)
    wide = replace(unit, weight_bits=16.0)
    sources = parameter_sources(model, "decode_batch", "serving_mfu", "bandwidth_efficiency")
    cases = (
        ("as_built", "As built: latent attention, FP8", a, unit, False),
        ("drafts", "With a drafted second token", a, unit, True),
        ("gqa", "Grouped attention, eight groups", replace(a, attention="GQA", n_kv_heads=8), unit, False),
        ("mha", "Plain attention, all heads", replace(a, attention="MHA"), unit, False),
        ("bf16", "Weights in BF16", a, wide, False),
    )
    rows = []
    for name, words, shape, unit_, drafts in cases:
        limit = float(serving.largest_batch(shape, unit_, context))
        batch = np.minimum(d["decode_batch"][some], limit)
        size = float(np.median(batch)), architecture.kv_bytes(shape)
        for form, overlap in study.FORMS.items():
            rates = np.zeros(len(QUANTILES))
            if limit >= 1:
                step = serving.decode(
                    shape,
                    unit_,
                    batch,
                    context,
                    d["serving_mfu"][some],
                    d["bandwidth_efficiency"][some],
                    d["mtp_acceptance"][some] if drafts else None,
                    d["mtp_overhead"][some],
                    check=False,
                    overlap=overlap,
                )
                rates = np.quantile(step.tokens_per_s_node, QUANTILES)
            rows.append((name, words, form, *size, *rates, sources))
    columns = ["name", "variant", "form", "batch", "cache_bytes", "low", "value", "high", "sources"]
    return pd.DataFrame(rows, columns=columns)
