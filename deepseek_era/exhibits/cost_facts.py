"""Dated facts as tables: the PCI-Express cluster and rate limits."""

from __future__ import annotations

import pandas as pd

from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.cost import lookup, study
from deepseek_era.exhibits.cost_marks import (
    NOTEBOOK,
    figure_of,
    not_public,
    say,
    until,
    value_of,
)
from deepseek_era.model import Model


def pcie(model: Model) -> Exhibit:
    """Return the dated facts on the PCI-Express cluster and on the cluster that trained V3."""
    infra = model.facts.table("infrastructure")
    paper = lookup.rows(infra, topic="Fire-Flyer 2 paper")
    history = lookup.rows(infra, topic="history")
    cluster = lookup.rows(infra, topic="cluster use")
    lines = (
        ("Matrix speed, TFLOPS FP16", "FP16 GEMM per PCIe A100", "FP16 GEMM per DGX A100"),
        ("Node power, W", "node power", "DGX node power"),
        ("Server price, relative", "server price", "server price DGX design"),
        ("Network price, relative", "network price", "network price DGX design"),
        ("Total price, relative", "total price", "total price DGX design"),
        ("Switches", "switches", "switches DGX design"),
    )

    def written(value: float | None) -> str:
        return "–" if value is None else f"{value:,.0f}"

    built = lookup.rows(history, metric="Fire-Flyer 2 GPUs")["as_of_date"]
    year = str(built.iloc[0])[:4] if len(built) else "–"
    trained = str(cluster["as_of_date"].iloc[0])[:4] if len(cluster) else "–"
    chips = lookup.rows(paper, metric="GPUs in cluster")["unit"]
    rows = [
        (
            "GPUs",
            written(value_of(model, "cost.pcie.gpus")),
            "–",
            "–",
            written(value_of(model, "cost.pcie.v3_gpus")),
        ),
        (
            "Chip and links",
            str(chips.iloc[0]) if len(chips) else "–",
            "SXM A100, NVLink",
            "–",
            "H800, NVLink",
        ),
        ("Year", year, "–", "–", trained),
    ]
    for label, ours, theirs in lines:
        mine = lookup.number(paper, "value_low", metric=ours)
        other = lookup.number(paper, "value_low", metric=theirs)
        share = "–" if mine is None or other is None else f"{100 * mine / other:.0f}%"
        rows.append((label, written(mine), written(other), share, "–"))
    data = pd.DataFrame(rows, columns=["quantity", "pcie", "nvlink", "share", "v3"])
    price, speed = (
        say(model, "cost.pcie.total_price_share", "value"),
        say(model, "cost.pcie.speed_share", "value"),
    )
    return Exhibit(
        name="cost-pcie",
        title=f"The PCI-Express cluster is real and older: {price} of the price at {speed} of the speed, and not what trained V3",
        subtitle=f"Fire-Flyer 2 (built {year}) against an NVLink design of its day, and the cluster that trained V3 and R1",
        source=f"Fire-Flyer AI-HPC paper, August 2024 (makers' own comparison); DeepSeek-V3 report, December 2024. {NOTEBOOK}",
        alt=f"Table: the PCIe cluster cost {price} of an NVLink design; V3 used {say(model, 'cost.pcie.v3_gpus', 'value')} H800 with NVLink.",
        data=data,
        sources=tuple(
            dict.fromkeys(
                [*figure_of(model, "cost.pcie.gpus").sources, *figure_of(model, "cost.pcie.v3_gpus").sources]
            )
        ),
        columns=(
            Column("quantity", "Quantity", weight=1.8),
            Column("pcie", "PCIe cluster", "right", "number", 1.2),
            Column("nvlink", "NVLink design", "right", "number", 1.2),
            Column("share", "Share", "right", "number", 0.6),
            Column("v3", "V3's cluster", "right", "number", 1.1),
        ),
        how="Value for money is speed over node price: "
        + say(model, "cost.pcie.value_ratio", "value")
        + ". "
        + NOTEBOOK,
    )


def rate_limits(model: Model) -> Exhibit:
    """Return what the operator's documentation said on limits, and when the service closed its doors, by date."""
    reports = model.facts.table("inference_reports")
    docs = reports[reports["report"] == "DeepSeek API docs"]
    stops = study.stoppages(model)
    if docs.empty and stops.empty:
        return not_public("cost-rate-limits", "the operator's documentation on limits", model)
    said = [
        f"{value:,.0f} concurrent requests per account ({name})"
        if value > 0
        else "No limit stated; best effort, at times 429 or 503"
        for value, name in zip(docs["value"], docs["model"], strict=True)
    ]
    written = pd.DataFrame({"date": docs["report_date"], "what": said, "where": "documentation"})
    done = pd.DataFrame({"date": stops["date"], "what": stops["event"], "where": "service"})
    data = pd.concat([written, done]).sort_values("date", ignore_index=True)
    capped, closed = bool((docs["value"] > 0).any()), len(stops) > 0
    if docs.empty:
        title = (
            "The service closed its doors at times; what its terms said on limits was not yet in our sources"
        )
    else:
        title = (
            "DeepSeek stated no rate limit in early 2025"
            if (docs["value"] == 0).any()
            else "DeepSeek states rate limits"
        )
        title += ", but closed its doors at times" if closed else ""
        title += "; by 2026 accounts are capped" if capped else ""
    return Exhibit(
        name="cost-rate-limits",
        title=title,
        subtitle="What DeepSeek's API documentation says on limits, by the date of the copy read, and when the service closed sign-up or payment",
        source=f"DeepSeek API documentation; dated news of the service. {NOTEBOOK} {until(model)}",
        alt=f"Table of {len(data)} dated entries: {len(docs)} from the documentation, {len(stops)} on the service.",
        data=data,
        sources=lookup.sources(docs, stops),
        columns=(
            Column("date", "Date", weight=0.8),
            Column("what", "What", weight=4),
            Column("where", "Where", weight=1),
        ),
        how="A rule may have started before the copy that shows it. " + NOTEBOOK,
    )


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
