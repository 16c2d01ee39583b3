"""Dated facts as tables: the PCI-Express cluster and rate limits."""

from __future__ import annotations

import pandas as pd

from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.cost import lookup, study
from deepseek_era.exhibits.cost_marks import (
    NOTEBOOK,
    until,
)
from deepseek_era.model import Model


def architectures(model: Model) -> Exhibit:
    """Return every architecture of the facts as counted here."""
    table = study.architecture_table(model)
    data = pd.DataFrame(
        {
            "model": table["model"],
            "attention": table["attention"],
            "counted": [f"{v:,.1f}" for v in table["total_b"]],
            "published": [f"{v:,.1f}" for v in table["published_b"]],
            "active": [f"{v:,.1f}" for v in table["active_b"]],
            "cache": [f"{v:,.1f}" for v in table["cache_kb"]],
            "gflop": [f"{v:,.0f}" for v in table["training_gflop"]],
        }
    )
    off = (table["total_b"] / table["published_b"] - 1).abs()
    return Exhibit(
        name="cost-architectures",
        title=f"Counting gives the published size of {int((off < 0.01).sum())} of {len(table)} models within one percent",
        subtitle="Parameters in billions, counted and published; active per token; cache in KB per token at 16 bits; training GFLOP per token at 4,096 tokens",
        source=f"Published configurations. Models that share one embedding table are counted with two. {NOTEBOOK}",
        alt=f"Table of {len(table)} architectures with counted and published parameters, cache and training arithmetic.",
        data=data,
        sources=lookup.sources(model.facts.table("architectures")),
        columns=(
            Column("model", "Model", weight=1.8),
            Column("attention", "Attention"),
            Column("counted", "Counted", "right", "number"),
            Column("published", "Published", "right", "number"),
            Column("active", "Active", "right", "number"),
            Column("cache", "Cache, KB", "right", "number"),
            Column("gflop", "GFLOP", "right", "number"),
        ),
        how="Embeddings, attention projections, three matrices for each feed-forward block or expert, router; norms left out. "
        + NOTEBOOK,
    )


def accelerators(model: Model) -> Exhibit:
    """Return every accelerator of the facts with what it means for R1."""
    table = study.accelerator_table(model)
    data = pd.DataFrame(
        {
            "name": table["name"],
            "memory": [f"{v:,.0f}" for v in table["memory_gb"]],
            "balance": [f"{v:,.0f}" for v in table["balance"]],
            "needed": [f"{v:,.0f}" for v in table["needed"]],
            "stream": [f"{v:,.0f}" for v in table["stream_bound"]],
            "prefill": [f"{v:,.0f}" for v in table["prefill"]],
        }
    )
    alone = int((table["needed"] <= 1).sum())
    return Exhibit(
        name="cost-accelerators",
        title=f"Of {len(table)} machines {alone if alone else 'none'} can hold R1 at FP8 alone",
        subtitle="Memory in GB; machine balance in FLOP per byte at BF16; machines needed for R1 at FP8; bound of one stream at 4.5 bits and prefill, tokens per second each",
        source=f"Vendors' data sheets. Bound: the machine's bandwidth over the bytes of active weights, whether or not they fit. {NOTEBOOK} {until(model)}",
        alt=f"Table of {len(table)} accelerators and machines with memory, balance and bounds for R1; {alone} hold it alone at FP8.",
        data=data,
        sources=lookup.sources(model.facts.table("accelerators")),
        columns=(
            Column("name", "Machine", weight=2.6),
            Column("memory", "Memory", "right", "number", 0.8),
            Column("balance", "Balance", "right", "number", 0.8),
            Column("needed", "Needed", "right", "number", 0.8),
            Column("stream", "Stream", "right", "number", 0.8),
            Column("prefill", "Prefill", "right", "number", 0.8),
        ),
        how="Needed: weights at one byte over nine tenths of memory, rounded up. Prefill: arithmetic at the middle efficiency. "
        + NOTEBOOK,
    )
