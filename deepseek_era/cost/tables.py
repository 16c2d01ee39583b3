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
from deepseek_era.cost import breakthroughs, hardware, lookup, price, serving, study, training
from deepseek_era.model import Model, per_model

QUANTILES = (0.05, 0.5, 0.95)
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


# --- training ------------------------------------------------------------------------------------------------------


@per_model
def final_run(model: Model) -> pd.DataFrame:
    """Return V3's final run by two routes, R1's own stage and the runs of others: ``name, value, low, high, sources``.

    Names that end in ``_hours`` are million accelerator hours, in ``_cost`` USD million, ``mfu_`` ones percent of a dense peak,
    ``gflop_`` ones GFLOP per token, ``ratio_`` ones Llama-3.1-405B over V3; ``rate`` is USD per GPU-hour, ``v3_flop`` FLOP and
    ``peer_runs`` a count. Of what was drawn `value` is the median, `low` and `high` the 5th and 95th percentile; else NaN.
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
        "v3_r1_cost": (cost + stage_cost, (*own, *lookup.sources(stage))),
        "flop_ratio_llama_405b": (
            float(flop_llama[0]) / run.flop_6nd if len(flop_llama) else np.nan,
            (*lookup.sources(llama), *own),
        ),
        "hours_ratio_llama_405b": (
            np.nan if chain is None else float(chain["factor"].iloc[-1]),
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
    """Return how the runs of others used their chips, and V3's hours at their median use."""
    runs = study.runs(model)
    others = runs[runs["model"] != study.V3_NAME]
    use, source = 100 * others["utilisation"], lookup.sources(others)
    return {
        "peer_runs": (float(len(runs)), lookup.sources(runs)),
        "peer_mfu_median": (float(use.median()), source),
        "peer_mfu_min": (float(use.min()), source),
        "peer_mfu_max": (float(use.max()), source),
        "v3_hours_predicted": (
            lookup.number(runs, "predicted_hours_m", model=study.V3_NAME) or np.nan,
            source,
        ),
    }


# --- the whole development, and owning -----------------------------------------------------------------------------


def development(model: Model) -> pd.DataFrame:
    """Return what V3's development cost, from its final run up: ``name, value, low, high, sources``.

    In USD million, the median and the 5th and 95th percentile: ``full_cost``, of it ``compute_cost``, ``prior_models_cost`` and
    ``staff_cost``; ``hidden_multiplier`` is the whole over the final run.
    """
    whole = study.development(model)
    runs = model.facts.table("training_runs")
    own = lookup.sources(lookup.rows(runs, model=study.V3_NAME, stage="pre-training"))
    prior = lookup.sources(lookup.rows(runs, developer="DeepSeek", stage="pre-training"))
    source = (*own, *parameter_sources(model, "experiments_multiple", "staff_share", "gpu_hour_usd"))
    compute = whole.final_run + whole.prior_models + whole.experiments
    return pd.DataFrame(
        [
            _spread("full_cost", whole.total / MILLION, source),
            _spread("hidden_multiplier", whole.multiplier, source),
            _spread("compute_cost", compute / MILLION, source),
            _spread("staff_cost", whole.staff / MILLION, source),
            _spread("prior_models_cost", whole.prior_models / MILLION, prior),
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
    ``gpus_estimate`` and ``gpus_floor``, what served at the peak of the operator's published day, in GPUs.
    """
    facts = model.facts.table("infrastructure")
    of_servers = facts["metric"].str.startswith("server capex") & (facts["unit"] == "million USD")
    capex, yearly = facts[of_servers], facts[facts["metric"].str.startswith("yearly cost of ownership")]
    counted, peak = (lookup.rows(facts, metric=m) for m in ("Hopper GPUs", "peak H800 nodes for inference"))
    rows = [
        ("capex_low", capex["value_low"].min(), lookup.sources(capex)),
        ("capex_high", capex["value_low"].max(), lookup.sources(capex)),
        ("yearly_low", yearly["value_low"].min(), lookup.sources(yearly)),
        ("yearly_high", yearly["value_low"].max(), lookup.sources(yearly)),
        ("gpus_estimate", counted["value_low"].min(), lookup.sources(counted)),
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
