"""What the tables of the cost part are computed from: machines, prices and draws of one run, each a function of the model.

Every function is pure given the model (facts at its vintage, its parameters and draws); costly ones keep their result there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era import tables
from deepseek_era.arrays import Array
from deepseek_era.cost import architecture, full_cost, hardware, lookup, price, serving, training
from deepseek_era.errors import ModelInputError
from deepseek_era.model import Model, per_model

R1 = ("DeepSeek-R1 (deepseek-reasoner)", "DeepSeek")
O1 = ("o1 (2024-12-17)", "OpenAI")
O3_MINI = ("o3-mini", "OpenAI")
O3 = ("o3", "OpenAI")
V3_NAME = "DeepSeek-V3"
V3_ARCHITECTURE = "DeepSeek-V3 / R1"
LLAMA = "Llama-3.1-405B"
CHIP = "H800 SXM"
TASK_R1, TASK_O1 = "DeepSeek R1", "o1-2024-12-17 (high)"
DAY_REPORT = "DeepSeek inference system overview"
SGLANG = "SGLang large-scale EP"
R1_DATE = "2025-01-20"
PROMPT_TOKENS = 4096.0  # prompts of the published profile are of 4K tokens
TRAINING_CONTEXT = 4096  # tokens of a pre-training sequence (DeepSeek-V3 report, section 4.2)
DECODE_UNIT = 144  # GPUs that share the experts in decode, if the published figure is not public yet
CONTEXT_DEFAULT = 5000.0  # tokens in cache per sequence, until the operator's day log is public
DEVELOPMENT_YEARS = 1.0  # the experiments multiple compares a year's research compute with its final runs
SGLANG_CONTEXT = 2000.0  # tokens of its published inputs; the answers add to it as they grow


def draft_speedup(model: Model) -> Array:
    """Return draws of what a drafted second token makes of a stream's speed where memory is the limit, a ratio."""
    return serving.draft_speedup(model.draws["mtp_acceptance"], model.draws["mtp_overhead"])


def thin(model: Model, n: int) -> npt.NDArray[np.intp]:
    """Return `n` places among the draws, picked by the run's seed (few points of a sequence in order show its lattice)."""
    rng = np.random.default_rng(model.parameters.seed)
    return rng.permutation(model.draws.n)[: min(n, model.draws.n)]


def prices_of(model: Model, which: tuple[str, str]) -> price.Prices | None:
    """Return list prices of a (model, provider) at launch, None if not public."""
    return lookup.as_prices(lookup.list_price(model.facts.table("api_prices"), *which))


def claim_value(claim: str) -> float:
    """Return the number that the article gives in a claim."""
    value = lookup.number(tables.load("claims"), "article_value", id=claim)
    assert value is not None, claim
    return value


def launch_prices(model: Model) -> tuple[price.Prices, price.Prices]:
    """Return the list prices of R1 and of o1 at launch, which were public before any vintage.

    Raises
    ------
    ModelInputError
        If the table of prices has lost one of them.
    """
    r1, o1 = prices_of(model, R1), prices_of(model, O1)
    if r1 is None or o1 is None:
        raise ModelInputError(f"api_prices: no price of {(R1 if r1 is None else O1)[0]}, one is needed")
    return r1, o1


@per_model
def call_discounts(model: Model) -> Array:
    """Return draws of R1's discount on a whole call, percent: workload mix, cache and verbosity drawn."""
    r1, o1 = launch_prices(model)
    d = model.draws
    share = price.output_share(d["output_input_ratio"])
    return price.call_discount_percent(r1, o1, share, d["verbosity"], d["cache_share"])


def shape(model: Model, name: str = V3_ARCHITECTURE) -> architecture.Architecture | None:
    """Return an architecture by name, None if it was not public at the vintage."""
    table = model.facts.table("architectures")
    return architecture.find(table, name) if (table["model"] == name).any() else None


def v3(model: Model) -> architecture.Architecture:
    """Return the architecture of DeepSeek-V3 and R1 (public since December 2024, before any vintage)."""
    return architecture.find(model.facts.table("architectures"), V3_ARCHITECTURE)


def chip(model: Model, name: str = CHIP) -> hardware.Accelerator:
    """Return an accelerator by name."""
    return hardware.find(model.facts.table("accelerators"), name)


@dataclass(frozen=True)
class V3Run:
    """The published run of DeepSeek-V3: hours in GPU-hours, arithmetic in FLOP."""

    hours: float
    pretraining_hours: float
    rate_usd: float
    tokens: float
    active_parameters: float
    gpus: float
    flop_6nd: float
    flop_per_token_published: float | None
    flop_per_token_counted: float

    @property
    def flop_own(self) -> float:
        """FLOP at the makers' own count per token, or ours from the architecture before theirs was public."""
        per_token = self.flop_per_token_published or self.flop_per_token_counted
        return per_token * self.tokens


@per_model
def v3_run(model: Model) -> V3Run:
    """Return the published run of DeepSeek-V3 and its arithmetic."""
    runs = lookup.rows(model.facts.table("training_runs"), model=V3_NAME)
    stages = ("pre-training", "context extension", "post-training")
    hours = [lookup.number(runs, "gpu_hours_m", stage=stage) or 0.0 for stage in stages]
    first = lookup.rows(runs, stage="pre-training").iloc[0]
    tokens, active = float(first["tokens_t"]) * 1e12, float(first["params_active_b"]) * 1e9
    reports = model.facts.table("inference_reports")
    published = lookup.number(reports, "value", metric="training compute DeepSeek-V3")
    return V3Run(
        hours=sum(hours) * 1e6,
        pretraining_hours=hours[0] * 1e6,
        rate_usd=float(first["assumed_usd_per_gpu_hour"]),
        tokens=tokens,
        active_parameters=active,
        gpus=float(first["gpu_count"]),
        flop_6nd=float(training.training_flop(active, tokens)),
        flop_per_token_published=None if published is None else published * 1e9,
        flop_per_token_counted=architecture.training_flop_per_token(v3(model), TRAINING_CONTEXT),
    )


def second_route_hours(model: Model) -> float | None:
    """Return pre-training GPU-hours from published tokens per day, or None before they were public."""
    per_day = lookup.number(model.facts.table("inference_reports"), "value", metric="training throughput")
    run = v3_run(model)
    return (
        None if per_day is None else float(training.gpu_hours_from_throughput(run.tokens, per_day, run.gpus))
    )


def r1_stage_hours(model: Model) -> float | None:
    """Return GPU-hours of R1's own stage on top of V3, or None before they were published."""
    hours = lookup.number(
        model.facts.table("training_runs"), "gpu_hours_m", model="DeepSeek-R1", stage="total on top of V3"
    )
    return None if hours is None else hours * 1e6


@per_model
def runs(model: Model) -> pd.DataFrame:
    """Return the published runs whose hours can be checked against one formula."""
    return training.comparable_runs(model.facts.table("training_runs"), model.facts.table("accelerators"))


def prior_model_hours(model: Model) -> float:
    """Return published GPU-hours of DeepSeek's earlier final runs (before V3)."""
    table = lookup.rows(model.facts.table("training_runs"), developer="DeepSeek", stage="pre-training")
    run_date = lookup.rows(table, model=V3_NAME)["release_date"].iloc[0]
    return float(table[table["release_date"] < run_date]["gpu_hours_m"].fillna(0).sum() * 1e6)


@per_model
def development(model: Model) -> full_cost.FullCost:
    """Return draws of the whole development of V3, by step, USD."""
    d = model.draws
    rate = d["gpu_hour_usd"]
    return full_cost.full_cost(
        v3_run(model).hours * rate,
        d["experiments_multiple"],
        d["data_multiple"],
        d["staff_share"],
        prior_model_hours(model) * rate,
    )


@per_model
def entrant(model: Model) -> full_cost.EntrantCost:
    """Return draws of the cost for a team without a cluster."""
    d, whole = model.draws, development(model)
    return full_cost.entrant_cost(
        whole.total,
        whole.staff,
        DEVELOPMENT_YEARS,
        d["lead_time"],
        v3_run(model).gpus,
        d["server_capex"],
        d["server_power"],
        d["pue"],
        d["site_capex"],
    )


@per_model
def ownership(model: Model) -> hardware.GpuHourCost:
    """Return draws of the total cost of ownership of a GPU-hour, by part."""
    d = model.draws
    return hardware.gpu_hour_cost(
        d["server_capex"],
        d["capital_rate"],
        d["server_life"],
        d["server_power"],
        d["pue"],
        d["energy_price"],
        d["site_capex"],
        d["availability"],
    )


def day_log(model: Model) -> serving.DayLog | None:
    """Return the operator's published day, or None before 1 March 2025."""
    rows = lookup.rows(model.facts.table("inference_reports"), report=DAY_REPORT)
    if rows.empty:
        return None
    value = rows.set_index("metric")["value"]
    return serving.DayLog(
        input_tokens=float(value["input tokens"]),
        cached_tokens=float(value["input tokens served from disk KV cache"]),
        output_tokens=float(value["output tokens"]),
        prefill_tokens_per_s_node=float(value["prefill throughput per node"]),
        decode_tokens_per_s_node=float(value["decode throughput per node"]),
        average_nodes=float(value["average nodes"]),
        usd_per_gpu_hour=float(value["assumed rental price"]),
    )


def day_value(model: Model, metric: str) -> float | None:
    """Return one number of the operator's published day."""
    return lookup.number(model.facts.table("inference_reports"), "value", report=DAY_REPORT, metric=metric)


def decode_unit(model: Model, chip_name: str = CHIP, gpus: int | None = None) -> serving.ServingUnit:
    """Return the decode unit: the published group of GPUs, FP8 weights, 16-bit cache."""
    size = gpus or int(day_value(model, "decode unit") or DECODE_UNIT)
    return serving.ServingUnit(chip(model, chip_name), size)


def decode_context(model: Model) -> float:
    """Return mean tokens in cache per sequence: the operator's, or a round figure before it was public."""
    return day_value(model, "mean KV length per output token") or CONTEXT_DEFAULT


# two forms of the model, neither observed: the network's time is added to a step, or hidden behind its other work
FORMS = {"added": False, "hidden": True}


@per_model
def decode_draws(model: Model, *, overlap: bool = False) -> serving.DecodeStep:
    """Return draws of a decoding step at the drawn batch; a batch that does not fit is cut to the largest that does."""
    d, unit, context = model.draws, decode_unit(model), decode_context(model)
    batch = np.minimum(d["decode_batch"], serving.largest_batch(v3(model), unit, context))
    return serving.decode(
        v3(model),
        unit,
        batch,
        context,
        d["serving_mfu"],
        d["bandwidth_efficiency"],
        check=False,
        overlap=overlap,
    )


def decode_curve(
    model: Model,
    batch: Array,
    *,
    drafts: bool = False,
    chip_name: str = CHIP,
    gpus: int | None = None,
    context: float | None = None,
    overlap: bool = False,
) -> serving.DecodeStep:
    """Return decoding steps over `batch` (columns) and the draws of the efficiencies (rows, thinned to 1,024)."""
    d = model.draws
    keep = thin(model, 1024)
    extra = (
        {"acceptance": d["mtp_acceptance"][keep, None], "overhead": d["mtp_overhead"][keep, None]}
        if drafts
        else {}
    )
    return serving.decode(
        v3(model),
        decode_unit(model, chip_name, gpus),
        np.asarray(batch, dtype=float)[None, :],
        decode_context(model) if context is None else context,
        d["serving_mfu"][keep, None],
        d["bandwidth_efficiency"][keep, None],
        check=False,
        overlap=overlap,
        **extra,
    )
