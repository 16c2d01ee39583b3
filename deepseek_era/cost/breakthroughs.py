"""What each mechanism is worth: factors counted from the architecture, and who had it first.

Each factor compares the model as it is with the same model without the mechanism; larger is better. The chain from a
dense model to DeepSeek-V3 is arithmetic; the measured ratio of hours is beside it, so what the chain leaves over shows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deepseek_era.cost import architecture, lookup, study
from deepseek_era.cost import serving as serving_model
from deepseek_era.model import Model, per_model

CHAIN = "Llama-3.1-405B over V3"
"""What the chain of factors leads from and to."""


def _release(model: Model, name: str) -> str:
    found = lookup.rows(model.facts.table("training_runs"), model=name)["release_date"]
    return str(found.iloc[0]) if len(found) else ""


@per_model
def factors(model: Model) -> pd.DataFrame:
    """Return every mechanism's factor, a ratio above one where it helps.

    Columns: ``name, mechanism, respect, value, basis``, and ``first, first_date``, the model that had it first.
    """
    a = study.v3(model)
    count = architecture.count_parameters(a)
    chip = study.chip(model)
    v2, v3_date = _release(model, "DeepSeek-V2"), _release(model, study.V3_NAME)
    coverage = float(serving_model.expert_coverage(a.n_routed_experts, a.experts_per_token, 1.0))
    read_once = count.always + count.routed_experts * coverage
    batch = study.decode_unit(model).gpus * 128
    spread = float(serving_model.expert_coverage(a.n_routed_experts, a.experts_per_token, batch))
    read_many = count.always + count.routed_experts * spread
    acceptance = model.parameters.central("mtp_acceptance")
    overhead = model.parameters.central("mtp_overhead")
    mixtures = ("Sparse experts", "DeepSeek-V2", v2)
    latent = ("Latent attention", "DeepSeek-V2", v2)
    fp8 = ("FP8", "DeepSeek-V3", v3_date)
    draft = ("Second-token draft", "DeepSeek-V3", v3_date)
    rows = [
        (
            "moe_training",
            *mixtures,
            "training arithmetic",
            count.total / count.active,
            "all over active parameters",
        ),
        (
            "moe_one_stream",
            *mixtures,
            "weights read, one stream",
            count.total / read_once,
            "experts touched by one token",
        ),
        (
            "moe_full_batch",
            *mixtures,
            "weights read, full batch",
            count.total / read_many,
            "experts touched by a full unit",
        ),
        ("moe_memory", *mixtures, "weights held in memory", 1.0, "every expert must be resident"),
        (
            "mla_plain",
            *latent,
            "cache, against plain attention",
            architecture.kv_bytes(a, "MHA") / architecture.kv_bytes(a),
            "same heads, keys and values stored",
        ),
        (
            "mla_groups",
            *latent,
            "cache, against eight groups",
            architecture.kv_bytes(a, "GQA") / architecture.kv_bytes(a),
            "same model with grouped queries",
        ),
        ("fp8_memory", *fp8, "weights held in memory", 16 / 8, "bytes per weight"),
        (
            "fp8_peak",
            *fp8,
            "peak arithmetic",
            chip.fp8_flop_per_s / chip.bf16_flop_per_s,
            "dense peak of the chip",
        ),
        (
            "draft_stream",
            *draft,
            "tokens per step, one stream",
            float(serving_model.draft_speedup(acceptance, overhead)),
            "published acceptance, drawn overhead",
        ),
    ]
    columns = ["name", "mechanism", "first", "first_date", "respect", "value", "basis"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame[["name", "mechanism", "respect", "value", "basis", "first", "first_date"]]


def hours_chain(model: Model) -> pd.DataFrame:
    """Return the chain from Llama-3.1-405B's hours to DeepSeek-V3's: ``name, step, factor``, NaN before both are public.

    Fewer active parameters, fewer tokens, FLOP rate per GPU (what FP8 and everything else gained over BF16 on like chips),
    and their product, which is the measured ratio of pre-training hours.
    """
    found = pd.DataFrame(
        {
            "name": ["chain_parameters", "chain_tokens", "chain_rate", "chain_hours"],
            "step": ["active parameters", "training tokens", "work per GPU-hour", "hours, measured"],
        }
    )
    if not {study.LLAMA, study.V3_NAME} <= set(study.runs(model)["model"]):
        return found.assign(factor=np.nan)
    raw = lookup.rows(model.facts.table("training_runs"), model=study.LLAMA)
    big = raw.dropna(subset=["tokens_t", "gpu_hours_m"]).iloc[0]
    run = study.v3_run(model)
    active = float(big["params_active_b"]) * 1e9 / run.active_parameters
    tokens = float(big["tokens_t"]) * 1e12 / run.tokens
    hours = float(big["gpu_hours_m"]) * 1e6 / run.pretraining_hours
    return found.assign(factor=[active, tokens, hours / (active * tokens), hours])
