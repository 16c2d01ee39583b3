"""What the cost part computes once for a run and then reports, draws and tests: each function takes the model.

Every function is pure given the model (facts at its vintage, its parameters and draws) and keeps its result there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era import tables
from deepseek_era.arrays import Array
from deepseek_era.cost import architecture, full_cost, hardware, lookup, memory, price, serving, training
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
PROFILE = "DeepSeek profiling data"
R1_DATE = "2025-01-20"
PROMPT_TOKENS = 4096.0  # prompts of the published profile are of 4K tokens
TRAINING_CONTEXT = 4096  # tokens of a pre-training sequence (DeepSeek-V3 report, section 4.2)
DECODE_UNIT = 144  # GPUs that share the experts in decode, if the published figure is not public yet
CONTEXT_DEFAULT = 5000.0  # tokens in cache per sequence, until the operator's day log is public
DEVELOPMENT_YEARS = 1.0  # the experiments multiple compares a year's research compute with its final runs
SGLANG_CONTEXT = 2000.0  # tokens of its published inputs; the answers add to it as they grow


def thin(model: Model, n: int) -> npt.NDArray[np.intp]:
    """Return `n` places among the draws, picked by the run's seed (few points of a sequence in order show its lattice)."""
    rng = np.random.default_rng(model.parameters.seed)
    return rng.permutation(model.draws.n)[: min(n, model.draws.n)]


def prices_of(model: Model, which: tuple[str, str], on: str | None = None) -> price.Prices | None:
    """Return list prices of a (model, provider) at launch or on a date, None if not public."""
    return lookup.as_prices(lookup.list_price(model.facts.table("api_prices"), *which, on=on))


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


def local_runs(model: Model) -> pd.DataFrame:
    """Return published runs of full-size R1 or V3 on machines people own, beside the bandwidth bound.

    Columns: ``machine, build, bits, observed_tokens_per_s, ceiling_tokens_per_s, share, report_date, source_id``.
    A run whose machine is in no row of accelerators has no ceiling. Total throughput of many streams is left out.
    """
    reports = model.facts.table("inference_reports")
    wanted = reports["metric"].str.startswith(("decode", "peak decode")) & (reports["unit"] == "tokens/s")
    apart = reports["metric"].str.contains("total|throughput", case=False)
    full_size = reports["model"].str.contains(r"671B|DeepSeek-V3 4-bit", regex=True)
    local = reports["report"].str.contains("local|KTransformers")
    found = reports[wanted & ~apart & full_size & local].copy()
    active = architecture.count_parameters(v3(model)).active
    table = model.facts.table("accelerators")
    found["bits"] = [
        memory.format_bits(f"{m} {c}")
        for m, c in zip(found["model"], found["condition"].fillna(""), strict=True)
    ]
    machines = [_machine(h, m, table) for h, m in zip(found["hardware"], found["metric"], strict=True)]
    found["machine"] = [m or h for m, h in zip(machines, found["hardware"], strict=True)]
    bandwidth = table.set_index("name")["mem_bw_gbps"]
    found["bits"] = found["bits"].fillna(4.5)  # the tutorial's builds are Q4_K_M, named in its memory rows
    found["ceiling_tokens_per_s"] = [
        np.nan if m is None else float(memory.decode_ceiling(bandwidth[m] * 1e9, active, b))
        for m, b in zip(machines, found["bits"], strict=True)
    ]
    found = found.rename(columns={"value": "observed_tokens_per_s", "model": "build"})
    found["share"] = found["observed_tokens_per_s"] / found["ceiling_tokens_per_s"]
    columns = [
        "machine",
        "build",
        "software",
        "metric",
        "bits",
        "observed_tokens_per_s",
        "ceiling_tokens_per_s",
        "share",
        "report_date",
        "source_id",
        "verified",
    ]
    return found[columns].sort_values("observed_tokens_per_s", ascending=False, ignore_index=True)


# words in a report's hardware label -> words of the accelerator row that holds its memory bandwidth
_MACHINES = (("M3 Ultra", "M3 Ultra 512GB"), ("6454S x2", "Dual Xeon 6454S"), ("dual EPYC", "Dual EPYC"))


def _machine(label: str, metric: str, table: pd.DataFrame) -> str | None:
    if label in set(table["name"]):
        return str(label)
    if "single socket" in metric:
        return None  # half the memory channels of the row
    for words, name in _MACHINES:
        if words in label:
            found = table[table["name"].str.contains(name, regex=False)]["name"]
            return str(found.iloc[0]) if len(found) else None
    return None


@per_model
def reproduction(model: Model) -> pd.DataFrame:
    """Return the published decode rates of large deployments beside the roofline at their own conditions.

    Columns: ``who, chip, gpus, context, batch, observed_tokens_per_s_node, low, middle, high`` with the network added,
    the last three again with it hidden (``low_hidden`` and so on), ``source_id``. The batch is not published; it follows
    from throughput and time per token (Little's law), so throughput and model share an input.
    """
    reports = model.facts.table("inference_reports")
    found = []
    log = day_log(model)
    if log is not None:
        speed = np.mean(
            [day_value(model, f"mean output speed per request {end}") or np.nan for end in ("low", "high")]
        )
        found.append(
            (
                "DeepSeek's service",
                CHIP,
                decode_unit(model).gpus,
                decode_context(model),
                log.decode_tokens_per_s_node,
                float(1 / speed),
                lookup.sources(lookup.rows(reports, report=DAY_REPORT))[0],
            )
        )
    other = lookup.rows(reports, report=SGLANG)
    rate = lookup.number(other, "value", metric="decode throughput per node")
    latency = lookup.number(other, "value", metric="inter-token latency")
    if rate is not None and latency is not None:
        found.append(
            (
                "SGLang reproduction",
                "H100 SXM",
                int(other["n_gpus"].iloc[0]),
                SGLANG_CONTEXT,
                rate,
                latency / 1e3,
                lookup.sources(other)[0],
            )
        )
    rows = []
    for who, chip_name, gpus, context, observed, seconds, source in found:
        batch = observed / serving.GPUS_PER_NODE * seconds
        bands: list[float] = []
        for overlap in FORMS.values():
            step = decode_curve(
                model, np.array([batch]), chip_name=chip_name, gpus=gpus, context=context, overlap=overlap
            )
            bands.extend(np.quantile(step.tokens_per_s_node, [0.05, 0.5, 0.95]))
        rows.append((who, chip_name, gpus, context, batch, observed, *bands, source))
    columns = [
        "who",
        "chip",
        "gpus",
        "context",
        "batch",
        "observed_tokens_per_s_node",
        "low",
        "middle",
        "high",
        "low_hidden",
        "middle_hidden",
        "high_hidden",
        "source_id",
    ]
    return pd.DataFrame(rows, columns=columns)


@per_model
def decode_variants(model: Model) -> pd.DataFrame:
    """Return what each choice of V3 is worth in service: decode per node with one choice undone at a time.

    Columns: ``variant, batch, cache_bytes, low, middle, high``. Each variant serves at the operator's batch, or at the
    largest that fits beside its weights; one that fits no sequence at all makes nothing.
    """
    a, unit, context = v3(model), decode_unit(model), decode_context(model)
    d, some = model.draws, thin(model, 4096)
    wide = serving.ServingUnit(unit.accelerator, unit.gpus, weight_bits=16.0)
    cases = (
        ("As built: latent attention, FP8", a, unit, False),
        ("With a drafted second token", a, unit, True),
        ("Grouped attention, eight groups", replace(a, attention="GQA", n_kv_heads=8), unit, False),
        ("Plain attention, all heads", replace(a, attention="MHA"), unit, False),
        ("Weights in BF16", a, wide, False),
    )
    rows = []
    for name, shape_, unit_, drafts in cases:
        limit = float(serving.largest_batch(shape_, unit_, context))
        batch = np.minimum(d["decode_batch"][some], limit)
        if limit < 1:
            rows.append((name, 0.0, architecture.kv_bytes(shape_), 0.0, 0.0, 0.0))
            continue
        step = serving.decode(
            shape_,
            unit_,
            batch,
            context,
            d["serving_mfu"][some],
            d["bandwidth_efficiency"][some],
            d["mtp_acceptance"][some] if drafts else None,
            d["mtp_overhead"][some],
            check=False,
        )
        low, middle, high = np.quantile(step.tokens_per_s_node, [0.05, 0.5, 0.95])
        rows.append((name, float(np.median(batch)), architecture.kv_bytes(shape_), low, middle, high))
    return pd.DataFrame(rows, columns=["variant", "batch", "cache_bytes", "low", "middle", "high"])


def architecture_table(model: Model) -> pd.DataFrame:
    """Return every architecture of the facts, counted: a row added to the table appears here.

    Columns: ``model, attention, total_b, published_b, active_b, cache_kb, training_gflop, resident_fp8_gb``.
    """
    rows = []
    for row in model.facts.table("architectures").to_dict("records"):
        a = architecture.from_row(row)
        count = architecture.count_parameters(a)
        rows.append(
            (
                a.name,
                a.attention,
                count.total / 1e9,
                float(row["params_total_b"]),
                count.active / 1e9,
                architecture.kv_bytes(a) / 1e3,
                architecture.training_flop_per_token(a, TRAINING_CONTEXT) / 1e9,
                float(memory.weight_bytes(count.total, 8)) / memory.GB,
            )
        )
    columns = [
        "model",
        "attention",
        "total_b",
        "published_b",
        "active_b",
        "cache_kb",
        "training_gflop",
        "resident_fp8_gb",
    ]
    return pd.DataFrame(rows, columns=columns).sort_values("total_b", ascending=False, ignore_index=True)


def accelerator_table(model: Model) -> pd.DataFrame:
    """Return every accelerator of the facts with what it means for R1: a row added to the table appears here.

    Columns: ``name, memory_gb, balance``, FLOP per byte at BF16; ``needed``, how many hold R1 at FP8;
    ``stream_bound``, tokens per second of one stream if one chip's bandwidth read all active weights at 4.5 bits;
    ``prefill``, tokens per second by the roofline at the middle efficiency.
    """
    a, table = v3(model), model.facts.table("accelerators")
    count = architecture.count_parameters(a)
    weights = float(memory.weight_bytes(count.total, 8))
    eta = model.parameters.central("serving_mfu")
    rows = []
    for name in table.dropna(subset=["bf16_dense_tflops", "mem_bw_gbps", "memory_gb"])["name"]:
        found = hardware.find(table, name)
        usable = found.memory_bytes * (1 - serving.RESERVED_SHARE)
        rows.append(
            (
                name,
                found.memory_bytes / memory.GB,
                found.balance(16),
                float(np.ceil(weights / usable)),
                float(memory.decode_ceiling(found.bandwidth_bytes_per_s, count.active, 4.5)),
                float(serving.prefill_tokens_per_s_gpu(a, serving.ServingUnit(found, 1), PROMPT_TOKENS, eta)),
            )
        )
    columns = ["name", "memory_gb", "balance", "needed", "stream_bound", "prefill"]
    return pd.DataFrame(rows, columns=columns).sort_values("stream_bound", ascending=False, ignore_index=True)
