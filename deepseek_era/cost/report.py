"""Every figure of the cost part: `figures` takes the model and returns them keyed by id.

Kinds: arithmetic over published numbers alone (hours × rate, tokens over throughput, parameters × bytes) is *published*;
whatever needs an assumption, a drawn parameter or the roofline is *modelled*; measured benchmark runs are *observed*.

A figure whose fact was not public at the vintage has the value None; nothing is filled in from later.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from deepseek_era import tables
from deepseek_era.arrays import Array
from deepseek_era.cost import architecture, breakthroughs, lookup, memory, serving, study
from deepseek_era.figure import Figure
from deepseek_era.model import Model, per_model

MILLION = 1e6


@per_model
def figures(model: Model) -> dict[str, Figure]:
    """Return all figures of the cost part, keyed by id."""
    parts = (
        memory_figures,
        serving_figures,
        variant_figures,
        breakthrough_figures,
    )
    return {figure.id: figure for part in parts for figure in part(model)}


def _published(id: str, value: float | None, unit: str, label: str, sources: Iterable[str] = ()) -> Figure:
    return Figure(id, value, unit, "published", label, sources=tuple(sources))


def _modelled(id: str, value: float | None, unit: str, label: str, sources: Iterable[str] = ()) -> Figure:
    return Figure(id, value, unit, "modelled", label, sources=tuple(sources))


def _drawn(id: str, draws: Array | None, unit: str, label: str, sources: Iterable[str] = ()) -> Figure:
    if draws is None:
        return Figure(id, None, unit, "modelled", label, sources=tuple(sources))
    return Figure.from_draws(id, draws, unit=unit, label=label, sources=tuple(sources))


def _over_forms(
    id: str, forms: Iterable[Array], unit: str, label: str, sources: Iterable[str] = ()
) -> Figure:
    """Return a figure whose interval is the envelope over both forms of the network in a decoding step."""
    label += ": envelope over network time added and hidden"
    return Figure.envelope(id, tuple(forms), unit=unit, label=label, sources=tuple(sources))


def parameter_sources(model: Model, *names: str) -> tuple[str, ...]:
    """Return the source ids of the rows of parameters, each once."""
    ids = [s for name in names for s in tables.split_ids(model.parameters.row(name).source_ids)]
    return tuple(dict.fromkeys(ids))


def _article(claim: str) -> tuple[str, ...]:
    return lookup.sources(lookup.rows(tables.load("claims"), id=claim))


def _percent(share: float) -> float | None:
    return None if np.isnan(share) else 100 * float(share)


def memory_figures(model: Model) -> list[Figure]:
    """Return what must be resident, what a token reads, and how fast local machines can be and were."""
    a = study.v3(model)
    count = architecture.count_parameters(a)
    row = lookup.rows(model.facts.table("architectures"), model=study.V3_ARCHITECTURE)
    source = lookup.sources(row)
    published_total = float(row["params_total_b"].iloc[0]) * 1e9
    published_active = float(row["params_active_b"].iloc[0]) * 1e9

    def gb(parameters: float, bits: float) -> float:
        return float(memory.weight_bytes(parameters, bits)) / memory.GB

    active, resident = gb(published_active, 8), gb(published_total, 8)
    found = [
        _published(
            "cost.memory.article",
            study.claim_value("F04"),
            "GB",
            "The article: memory of the workstation",
            _article("F04"),
        ),
        _published(
            "cost.memory.active_fp8",
            active,
            "GB",
            "The article's rule: active parameters at one byte",
            source,
        ),
        _published("cost.memory.resident_fp8", resident, "GB", "All parameters at one byte", source),
        _published("cost.memory.understatement", resident / active, "ratio", "Resident over active", source),
        _published(
            "cost.memory.parameters_total",
            count.total / 1e9,
            "billion parameters",
            "DeepSeek-V3, counted from its configuration",
            source,
        ),
        _published(
            "cost.memory.parameters_active",
            count.active / 1e9,
            "billion parameters",
            "DeepSeek-V3, active per token, counted",
            source,
        ),
    ]
    for name, bits, words in FORMATS:
        found.append(
            _modelled(
                f"cost.memory.resident_{name}",
                gb(count.total, bits),
                "GB",
                f"All parameters at {words}",
                source,
            )
        )
    small = study.shape(model, DISTILLED)
    found.append(
        _published(
            "cost.memory.distilled_fp8",
            None if small is None else gb(architecture.count_parameters(small).total, 8),
            "GB",
            "A distilled model of 32 billion parameters at one byte",
            ()
            if small is None
            else lookup.sources(lookup.rows(model.facts.table("architectures"), model=DISTILLED)),
        )
    )
    runs = study.local_runs(model)
    bounded = runs.dropna(subset=["share"])
    found += [
        Figure(
            "cost.memory.local_fastest",
            _maximum(runs["observed_tokens_per_s"]),
            "tokens/s",
            "observed",
            "Fastest published single stream of the full model on a machine people own",
            sources=lookup.sources(runs),
        ),
        Figure(
            "cost.memory.local_slowest",
            _minimum(runs["observed_tokens_per_s"]),
            "tokens/s",
            "observed",
            "Slowest of these runs",
            sources=lookup.sources(runs),
        ),
        Figure(
            "cost.memory.local_runs",
            float(len(runs)),
            "count",
            "observed",
            "Published local runs of the full model",
            sources=lookup.sources(runs),
        ),
        Figure(
            "cost.memory.local_share_of_bound",
            _percent(bounded["share"].median()),
            "%",
            "modelled",
            "Observed speed over bandwidth bound, median",
            sources=lookup.sources(bounded),
        ),
    ]
    return found


FORMATS = (("4bit", 4.5, "4.5 bits"), ("2bit", 2.5, "2.5 bits"), ("1p58bit", 1.58, "1.58 bits"))
DISTILLED = "R1-Distill-Qwen-32B"


def _maximum(values: Iterable[float]) -> float | None:
    numbers = [float(v) for v in values if not np.isnan(v)]
    return max(numbers) if numbers else None


def _minimum(values: Iterable[float]) -> float | None:
    numbers = [float(v) for v in values if not np.isnan(v)]
    return min(numbers) if numbers else None


def serving_figures(model: Model) -> list[Figure]:
    """Return cache bytes, the operator's day recomputed, and the roofline beside it."""
    a = study.v3(model)
    shape_source = lookup.sources(
        lookup.rows(model.facts.table("architectures"), model=study.V3_ARCHITECTURE)
    )
    log = study.day_log(model)
    r1 = study.prices_of(model, study.R1)
    day = lookup.sources(lookup.rows(model.facts.table("inference_reports"), report=study.DAY_REPORT))
    revenue = None
    if log is not None and r1 is not None:
        revenue = log.revenue_usd(r1.input_usd_per_mtok, r1.cached_usd_per_mtok, r1.output_usd_per_mtok)
    steps = [study.decode_draws(model, overlap=o) for o in study.FORMS.values()]
    parameters = parameter_sources(model, "decode_batch", "serving_mfu", "bandwidth_efficiency")
    batches = np.array([1.0, TYPICAL_BATCH])
    curves = [study.decode_curve(model, batches, overlap=o) for o in study.FORMS.values()]
    drafted = [study.decode_curve(model, batches, drafts=True, overlap=o) for o in study.FORMS.values()]
    price_of = model.draws["gpu_hour_usd"]

    def log_value(name: str) -> float | None:
        return None if log is None else float(getattr(log, name))

    def per_mtok(rate: float | None) -> float | None:
        if rate is None or log is None:
            return None
        return float(serving.usd_per_mtok(log.usd_per_gpu_hour, rate / serving.GPUS_PER_NODE))

    prefill = serving.prefill_tokens_per_s_gpu(
        a, study.decode_unit(model), study.PROMPT_TOKENS, model.draws["serving_mfu"]
    )
    fresh = (
        None if log is None else log.prefill_tokens_per_s_node * (1 - log.cached_tokens / log.input_tokens)
    )
    found = [
        _published(
            "cost.kv.v3_bytes_per_token",
            architecture.kv_bytes(a),
            "bytes",
            "Cache per token, latent attention, BF16",
            shape_source,
        ),
        _published(
            "cost.kv.mha_ratio",
            architecture.kv_bytes(a, "MHA") / architecture.kv_bytes(a),
            "ratio",
            "The same model with plain attention over latent attention",
            shape_source,
        ),
        _published(
            "cost.kv.gqa_ratio",
            architecture.kv_bytes(a, "GQA") / architecture.kv_bytes(a),
            "ratio",
            "The same model with eight key-value groups over latent attention",
            shape_source,
        ),
        *[
            _kv_of(model, id, name)
            for id, name in (("qwen_72b", "Qwen2.5-72B"), ("llama_405b", "Llama-3.1-405B"))
        ],
        _published(
            "cost.serving.nodes_published",
            log_value("average_nodes"),
            "nodes",
            "Average nodes of the published day",
            day,
        ),
        _published(
            "cost.serving.nodes_from_log",
            log_value("nodes"),
            "nodes",
            "Published daily tokens over published throughput",
            day,
        ),
        _published(
            "cost.serving.cost_per_day",
            log_value("cost_usd"),
            "USD",
            "Published nodes × 8 GPUs × 24 h × published rate",
            day,
        ),
        _published(
            "cost.serving.revenue_per_day", revenue, "USD", "Every token of the day at R1's list price", day
        ),
        _published(
            "cost.serving.revenue_published",
            study.day_value(model, "theoretical daily revenue at R1 list price"),
            "USD",
            "Theoretical revenue of the day as published",
            day,
        ),
        _published(
            "cost.serving.margin",
            None if revenue is None or log is None else 100 * (revenue / log.cost_usd - 1),
            "%",
            "Theoretical revenue at R1 prices over cost, less one",
            day,
        ),
        _published(
            "cost.serving.cost_per_mtok_published",
            per_mtok(log_value("decode_tokens_per_s_node")),
            "USD per Mtok",
            "Decoding at the published throughput and rate",
            day,
        ),
        _over_forms(
            "cost.serving.decode_tokens_per_s_node",
            (s.tokens_per_s_node for s in steps),
            "tokens/s",
            "Decode per node by the roofline, batch and unit from the operator's log",
            (*shape_source, *parameters),
        ),
        *[
            _drawn(
                f"cost.serving.decode_{id}",
                s.tokens_per_s_node,
                "tokens/s",
                f"Decode per node by the roofline with network time {words}",
                (*shape_source, *parameters),
            )
            for id, words, s in zip(
                ("added", "overlapped"), ("added in full", "wholly hidden"), steps, strict=True
            )
        ],
        _published(
            "cost.serving.decode_published",
            log_value("decode_tokens_per_s_node"),
            "tokens/s",
            "Decode per node as the operator published it",
            day,
        ),
        _over_forms(
            "cost.serving.tokens_per_s_stream",
            (s.tokens_per_s_stream for s in steps),
            "tokens/s",
            "One stream by the roofline",
            (*shape_source, *parameters),
        ),
        _published(
            "cost.serving.stream_published_low",
            study.day_value(model, "mean output speed per request low"),
            "tokens/s",
            "One stream as the operator published it, lower end",
            day,
        ),
        _published(
            "cost.serving.stream_published_high",
            study.day_value(model, "mean output speed per request high"),
            "tokens/s",
            "One stream as the operator published it, upper end",
            day,
        ),
        _over_forms(
            "cost.serving.cost_per_mtok",
            (serving.usd_per_mtok(price_of, s.tokens_per_s_gpu) for s in steps),
            "USD per Mtok",
            "Decoding by the roofline at rents as drawn",
            (*parameters, *parameter_sources(model, "gpu_hour_usd")),
        ),
        _drawn(
            "cost.serving.prefill_tokens_per_s_node",
            prefill * serving.GPUS_PER_NODE,
            "tokens/s",
            "Prefill per node by the roofline, fresh tokens",
            (*shape_source, *parameter_sources(model, "serving_mfu")),
        ),
        _published(
            "cost.serving.prefill_fresh_published",
            fresh,
            "tokens/s",
            "Published prefill per node without the cache hits",
            day,
        ),
        _over_forms(
            "cost.serving.batch_throughput_gain",
            (c.tokens_per_s_node[:, 1] / c.tokens_per_s_node[:, 0] for c in curves),
            "ratio",
            f"Throughput at a batch of {TYPICAL_BATCH:.0f} per GPU over a batch of one",
            parameters,
        ),
        _over_forms(
            "cost.serving.batch_stream_loss",
            (100 * (1 - c.tokens_per_s_stream[:, 1] / c.tokens_per_s_stream[:, 0]) for c in curves),
            "%",
            f"One stream slower at a batch of {TYPICAL_BATCH:.0f} per GPU than alone",
            parameters,
        ),
        _published(
            "cost.mtp.speedup_published",
            lookup.number(model.facts.table("inference_reports"), "value", metric="MTP decoding speed-up"),
            "ratio",
            "Tokens per second with the second-token draft, published",
            lookup.sources(
                lookup.rows(model.facts.table("inference_reports"), metric="MTP decoding speed-up")
            ),
        ),
        _drawn(
            "cost.mtp.speedup",
            serving.draft_speedup(model.draws["mtp_acceptance"], model.draws["mtp_overhead"]),
            "ratio",
            "Tokens per step over the step's extra time, from the published acceptance",
            parameter_sources(model, "mtp_acceptance"),
        ),
        _over_forms(
            "cost.mtp.stream_gain_full_batch",
            (
                d.tokens_per_s_stream[:, 1] / c.tokens_per_s_stream[:, 1]
                for d, c in zip(drafted, curves, strict=True)
            ),
            "ratio",
            f"One stream with drafts over without, batch of {TYPICAL_BATCH:.0f} per GPU",
            parameters,
        ),
    ]
    return [*found, *_reproduction_figures(model)]


TYPICAL_BATCH = 128.0  # sequences per GPU in the operator's published profile


def _reproduction_figures(model: Model) -> list[Figure]:
    """Return both published deployments beside the roofline at their own batch, network added and hidden."""
    both, found = study.reproduction(model), []
    for id, who in (("day_log", "DeepSeek's service"), ("sglang", "SGLang reproduction")):
        row = lookup.rows(both, who=who)
        source = lookup.sources(row)
        observed = lookup.number(row, "observed_tokens_per_s_node")
        found.append(
            _published(
                f"cost.serving.{id}_observed",
                observed,
                "tokens/s",
                f"Published decode per node: {who}",
                source,
            )
        )
        for model_id, distance_id, column, words in (
            (f"cost.serving.{id}_model", f"cost.serving.{id}_distance", "", "network added"),
            (
                f"cost.serving.{id}_model_hidden",
                f"cost.serving.{id}_distance_hidden",
                "_hidden",
                "network hidden",
            ),
        ):
            middle = lookup.number(row, f"middle{column}")
            found += [
                Figure(
                    model_id,
                    middle,
                    "tokens/s",
                    "modelled",
                    f"Roofline at the batch of: {who}, tokens per second per node, {words}",
                    lookup.number(row, f"low{column}"),
                    lookup.number(row, f"high{column}"),
                    source,
                ),
                _modelled(
                    distance_id,
                    None if observed is None or middle is None else 100 * (middle / observed - 1),
                    "%",
                    f"Roofline above published: {who}, {words}",
                    source,
                ),
            ]
    return found


def variant_figures(model: Model) -> list[Figure]:
    """Return decode per node with one choice of the architecture undone at a time."""
    table = study.decode_variants(model)
    ids = ("as_built", "drafts", "gqa", "mha", "bf16")
    source = parameter_sources(model, "decode_batch", "serving_mfu", "bandwidth_efficiency")
    return [
        Figure(
            f"cost.variant.{id}",
            float(row["middle"]),
            "tokens/s",
            "modelled",
            f"Decode per node by the roofline, network added: {row['variant']}",
            float(row["low"]),
            float(row["high"]),
            source,
        )
        for id, row in zip(ids, table.to_dict("records"), strict=True)
    ]


def _kv_of(model: Model, id: str, name: str) -> Figure:
    other = study.shape(model, name)
    source = lookup.sources(lookup.rows(model.facts.table("architectures"), model=name))
    return _published(
        f"cost.kv.{id}",
        None if other is None else architecture.kv_bytes(other),
        "bytes",
        f"Cache per token, {name}, BF16",
        source,
    )


def breakthrough_figures(model: Model) -> list[Figure]:
    """Return each mechanism's factor and the chain to the measured ratio of hours."""
    table = breakthroughs.factors(model)
    source = lookup.sources(lookup.rows(model.facts.table("architectures"), model=study.V3_ARCHITECTURE))
    chain = breakthroughs.hours_chain(model)
    found = [
        _modelled(
            f"cost.breakthrough.{id}",
            lookup.number(table, "value", mechanism=mechanism, respect=respect),
            "ratio",
            f"{mechanism}: {respect}",
            source,
        )
        for id, mechanism, respect in (
            ("moe_training", "Sparse experts", "training arithmetic"),
            ("moe_full_batch", "Sparse experts", "weights read, full batch"),
            ("fp8_peak", "FP8", "peak arithmetic"),
            ("fp8_memory", "FP8", "weights held in memory"),
        )
    ]
    for i, id in enumerate(("chain_parameters", "chain_tokens", "chain_rate")):
        label = "Llama-3.1-405B over V3: " + ("active parameters", "training tokens", "work per GPU-hour")[i]
        found.append(
            _modelled(
                f"cost.breakthrough.{id}",
                None if chain is None else float(chain["factor"].iloc[i]),
                "ratio",
                label,
                source,
            )
        )
    return found
