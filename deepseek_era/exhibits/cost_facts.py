"""Dated facts as tables: the PCI-Express cluster and rate limits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deepseek_era.cost import lookup
from deepseek_era.exhibits.base import Column, Exhibit
from deepseek_era.exhibits.cost_marks import (
    NOTEBOOK,
    figure_of,
    not_public,
    say,
    until,
)
from deepseek_era.model import Model


def pcie(model: Model) -> Exhibit:
    """Return the dated facts on the PCI-Express cluster and on the cluster that trained V3."""
    infra = model.facts.table("infrastructure")
    paper = lookup.rows(infra, topic="Fire-Flyer 2 paper")
    history = lookup.rows(infra, topic="history").set_index("metric")
    cluster = lookup.rows(infra, topic="cluster use")
    lines = [
        ("GPUs", "GPUs in cluster", None),
        ("Matrix speed, TFLOPS FP16", "FP16 GEMM per PCIe A100", "FP16 GEMM per DGX A100"),
        ("Node power, W", "node power", "DGX node power"),
        ("Server price, relative", "server price", "server price DGX design"),
        ("Network price, relative", "network price", "network price DGX design"),
        ("Total price, relative", "total price", "total price DGX design"),
        ("Switches", "switches", "switches DGX design"),
    ]
    rows = []
    for label, ours, theirs in lines:
        mine = lookup.number(paper, "value_low", metric=ours)
        other = lookup.number(paper, "value_low", metric=theirs) if theirs else None
        if mine is not None:
            rows.append(
                (
                    label,
                    f"{mine:,.0f}",
                    "–" if other is None else f"{other:,.0f}",
                    "–" if other is None else f"{100 * mine / other:.0f}%",
                )
            )
    rows.append(("Built", _year(history, "Fire-Flyer 2 GPUs"), "–", "–"))
    for row in cluster.itertuples():
        rows.append(
            (f"{row.entity} was trained on", f"{row.value_low:,.0f} H800, NVLink and InfiniBand", "–", "–")
        )
    data = pd.DataFrame(rows, columns=["quantity", "pcie", "nvlink", "share"])
    return Exhibit(
        name="cost-pcie",
        title=f"The PCI-Express cluster is real and older: {say(model, 'cost.pcie.total_price_share', 'value')} of the price at {say(model, 'cost.pcie.speed_share', 'value')} of the speed, and not what trained V3",
        subtitle=f"Fire-Flyer 2 (PCIe A100, built {_year(history, 'Fire-Flyer 2 GPUs')}) against an NVLink design, and the cluster behind V3 and R1",
        source=f"Fire-Flyer AI-HPC paper, August 2024 (makers' own comparison); DeepSeek-V3 report, December 2024. {NOTEBOOK}",
        alt=f"Table: the PCIe cluster cost {say(model, 'cost.pcie.total_price_share', 'value')} of an NVLink design; V3 used {say(model, 'cost.pcie.v3_gpus', 'value')} H800 with NVLink.",
        data=data,
        sources=tuple(
            dict.fromkeys(
                [*figure_of(model, "cost.pcie.gpus").sources, *figure_of(model, "cost.pcie.v3_gpus").sources]
            )
        ),
        columns=(
            Column("quantity", "Quantity", weight=1.8),
            Column("pcie", "PCIe cluster", "right", "number", 1.6),
            Column("nvlink", "NVLink design", "right", "number"),
            Column("share", "Share", "right", "number", 0.7),
        ),
        how="Value for money is speed over node price: "
        + say(model, "cost.pcie.value_ratio", "value")
        + ". "
        + NOTEBOOK,
    )


def _year(frame: pd.DataFrame, metric: str) -> str:
    return str(frame.loc[metric, "as_of_date"])[:4] if metric in frame.index else "–"


def rate_limits(model: Model) -> Exhibit:
    """Return what the operator's documentation said on limits, by date."""
    reports = model.facts.table("inference_reports")
    docs = reports[(reports["report"] == "DeepSeek API docs")].sort_values("report_date")
    if docs.empty:
        return not_public("cost-rate-limits", "the operator's documentation on limits", model)
    said = np.where(
        docs["value"] > 0,
        [f"{v:,.0f} concurrent requests per account" for v in docs["value"]],
        "no limit stated; best effort",
    )
    data = pd.DataFrame(
        {
            "date": docs["report_date"].to_numpy(),
            "models": docs["model"].to_numpy(),
            "documentation": said,
            "above": np.where(docs["value"] > 0, "HTTP 429", "slow replies, at times 429 or 503"),
        }
    )
    now = bool((docs["value"] > 0).any())
    return Exhibit(
        name="cost-rate-limits",
        title="No limit was stated in early 2025" + ("; by 2026 accounts are capped" if now else ""),
        subtitle="What DeepSeek's API documentation says on limits, by date read",
        source=f"DeepSeek API documentation, copies of the dates given. {NOTEBOOK} {until(model)}",
        alt="Table of documented limits: none stated in February 2025"
        + (
            f", {say(model, 'cost.limits.concurrency_low', 'value')} and {say(model, 'cost.limits.concurrency_high', 'value')} concurrent requests in 2026."
            if now
            else "."
        ),
        data=data,
        sources=lookup.sources(docs),
        columns=(
            Column("date", "Date"),
            Column("models", "Models", weight=1.4),
            Column("documentation", "Stated", weight=2),
            Column("above", "Beyond it", weight=1.6),
        ),
        how="Dates are those of the copies read; a rule may have started earlier. " + NOTEBOOK,
    )
