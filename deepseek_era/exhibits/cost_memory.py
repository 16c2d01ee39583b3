"""Exhibits on memory: what must be resident, local runs, and the cache by attention type."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Control, Exhibit
from deepseek_era.cost import architecture, lookup, memory, study
from deepseek_era.exhibits.cost_marks import (
    NOTEBOOK,
    Rows,
    T,
    article_point,
    figure_of,
    not_public,
    say,
    until,
    x_axis,
)
from deepseek_era.model import Model

SHORT_CONTEXT, LONG_CONTEXT = 8192.0, 131072.0  # tokens: a long chat, and the model's limit


def memory_fit(model: Model) -> Exhibit:
    """Return resident memory by format against machines people own, with the article's figure."""
    a = study.v3(model)
    lines = [
        (f"R1, {words}", a, bits, SHORT_CONTEXT)
        for words, bits in (("FP8", 8.0), ("4.5 bits", 4.5), ("2.5 bits", 2.5), ("1.58 bits", 1.58))
    ]
    lines.insert(1, ("R1, FP8, 128K tokens", a, 8.0, LONG_CONTEXT))
    for name, words, bits in (
        ("R1-Distill-Llama-70B", "distilled 70B, 4.5 bits", 4.5),
        ("R1-Distill-Qwen-32B", "distilled 32B, FP8", 8.0),
        ("R1-Distill-Qwen-7B", "distilled 7B, FP8", 8.0),
    ):
        found = study.shape(model, name)
        if found is not None:
            lines.append((words[0].upper() + words[1:], found, bits, SHORT_CONTEXT))
    parts = [memory.model_memory_gb(shape, bits, context) for _, shape, bits, context in lines]
    data = pd.DataFrame(
        {"label": [line[0] for line in lines], "bits": [line[2] for line in lines], **pd.DataFrame(parts)}
    )
    data["resident_gb"] = data["weights"] + data["cache"] + data["runtime"]
    data["number"] = [f"{v:,.0f} GB" for v in data["resident_gb"]]
    table = model.facts.table("accelerators").set_index("name")["memory_gb"]
    machines = [(label, float(table[name]) * many) for label, name, many in MACHINES if name in table.index]
    article = study.claim_value("F04")
    top = 800.0

    def chart(width: int) -> ChartLike:
        rows = Rows(data, width, left=150, right=84)
        ticks = (0, 200, 400, 600, 800)
        title = "GB; dark: weights, light: cache of one stream at 8K tokens and runtime"
        x = x_axis("weights", (0, top), ticks, title=title if rows.wide else "GB; light: cache and runtime")
        bars = (
            alt.Chart(rows.frame.assign(zero=0.0))
            .mark_bar(height=13, color=T["s5"])
            .encode(x=x, x2="zero:Q", y=rows.y())
        )
        rest = (
            alt.Chart(rows.frame)
            .mark_bar(height=13, color=T["s3"])
            .encode(x=x, x2="resident_gb:Q", y=rows.y())
        )
        marks: list[alt.Chart] = [rows.rules()]
        kept = machines if rows.wide else machines[-2:]
        for i, (label, size) in enumerate(kept):
            at = pd.DataFrame({"weights": [size], "text": [label if rows.wide else label.split(",")[0]]})
            marks.append(alt.Chart(at).mark_rule(color=T["ink3"], strokeDash=[2, 2]).encode(x=x))
            marks.append(
                alt.Chart(at)
                .mark_text(
                    color=T["ink3"],
                    baseline="middle",
                    fontSize=11,
                    align="left" if i == 0 and rows.wide else "center" if rows.wide or i == 0 else "right",
                )
                .encode(x=x, y=alt.value(-11 - 14 * (i % 2)), text="text:N")
            )
        y = rows.y()
        spot = pd.DataFrame({"weights": [article], "row": [float(rows.frame["row"].iloc[0])]})
        marks += [bars, rest, alt.Chart(spot).mark_point(**article_point()).encode(x=x, y=y)]
        return rows.finish([*marks, *rows.names(), *rows.numbers()], top=44)

    return Exhibit(
        name="cost-memory-fit",
        title=f"R1 needs {say(model, 'cost.memory.resident_fp8', 'value')} at FP8, {say(model, 'cost.memory.understatement', 'value').lstrip('×')} times the article's {say(model, 'cost.memory.article', 'value')}",
        subtitle="Memory that must be resident, GB, by format: one stream with 8K tokens of context. Dashed rules: machines people own. Diamond: the article.",
        source=f"Parameters counted from the published configuration; formats as public builds name them. {NOTEBOOK}",
        alt=f"Bars of resident memory. The full model takes {say(model, 'cost.memory.resident_fp8', 'value')} at FP8 and {say(model, 'cost.memory.resident_1p58bit', 'value')} at 1.58 bits; {say(model, 'cost.memory.article', 'value')} hold a distilled model of 32 billion parameters.",
        data=data.drop(columns="number"),
        sources=figure_of(model, "cost.memory.resident_fp8").sources,
        chart=chart,
        how="$M = N_{total}\\,b/8 + \\kappa L + M_{rt}$: all parameters at $b$ bits, the cache $\\kappa$ of $L$ tokens at 16 bits, and the runtime. Active parameters bound speed, not residency: every token picks other experts. One stream is bound by $BW/(N_{active}\\,b/8)$. The sliders move $b$, $L$, the number of streams that each hold a cache of their own, and $BW$. "
        + NOTEBOOK,
        live=lambda: _live_memory(model, machines),
        controls=MEMORY_CONTROLS,
        readout="R1 then takes {r1:,.0f} GB; one stream reads at most {speed:.1f} tokens a second.",
    )


MACHINES = (
    ("RTX 4090", "RTX 4090", 1),
    ("Mac Studio M2 Ultra", "Mac Studio M2 Ultra 192GB", 1),
    ("Mac Studio M3 Ultra", "Mac Studio M3 Ultra 512GB", 1),
    ("8 × H100", "H100 SXM", 8),
    ("dual EPYC", "Dual EPYC 9004 24-channel DDR5-4800 768GB", 1),
)


def _live_memory(model: Model, machines: list[tuple[str, float]]) -> ChartLike:
    """Return resident memory by model, computed in the page from the formula that the exhibit prints."""
    rows = [("R1", study.v3(model))]
    for name, words in LIVE_MODELS:
        found = study.shape(model, name)
        if found is not None:
            rows.append((words, found))
    data = pd.DataFrame(
        {
            "label": [words for words, _ in rows],
            "billions": [architecture.count_parameters(shape).total / 1e9 for _, shape in rows],
            "kilobytes": [architecture.kv_bytes(shape) / 1e3 for _, shape in rows],
        }
    )
    grid = Rows(data, theme.WIDE, left=4, right=8, stacked=True)
    top = 1600.0
    x = x_axis(
        "low", (0, top), (0, 400, 800, 1200, 1600), title="GB; dark: weights, light: cache and runtime"
    )
    runtime = memory.RUNTIME_BYTES / memory.GB
    weights = "datum.billions*bits/8"
    total = f"{weights}+datum.kilobytes*context*streams/1000+{runtime:g}"  # thousand tokens times kilobytes are MB
    base = alt.Chart(grid.lifted()).transform_calculate(
        low="0", w=f"min({weights},{top})", end=f"min({total},{top})", words=f"format({total},',.0f')+' GB'"
    )
    marks: list[Any] = [grid.rules()]
    kept = [machine for machine in machines if machine[0] in LIVE_MACHINES]
    for i, (label, size) in enumerate(kept):
        at = pd.DataFrame({"low": [size], "text": [label]})
        marks.append(alt.Chart(at).mark_rule(color=T["ink3"], strokeDash=[2, 2]).encode(x=x))
        marks.append(
            alt.Chart(at)
            .mark_text(color=T["ink3"], baseline="middle", fontSize=11, align="left" if i == 0 else "center")
            .encode(x=x, y=alt.value(-11 - 14 * (i % 2)), text="text:N")
        )
    marks.append(base.mark_bar(height=13, color=T["s3"]).encode(x=x, x2="end:Q", y=grid.y()))
    marks.append(base.mark_bar(height=13, color=T["s5"]).encode(x=x, x2="w:Q", y=grid.y()))
    number = base.mark_text(align="right", baseline="middle", color=T["ink"], fontWeight=600)
    marks.append(number.encode(x=alt.value("width"), y=grid.upper(), text="words:N"))
    # the dashed rules stop behind the names
    halo = [
        name.mark_text(
            align="left", baseline="middle", fontSize=12, color=T["paper"], stroke=T["paper"], strokeWidth=4
        )
        for name in grid.names()
    ]
    chart = grid.finish([*marks, *halo, *grid.names()], top=44)
    count = architecture.count_parameters(study.v3(model))
    own = f"{count.total / 1e9:.6g}*bits/8+{architecture.kv_bytes(study.v3(model)) / 1e6:.6g}*context*streams+{runtime:g}"
    return chart.add_params(
        *(alt.param(name=control.param, value=control.base) for control in MEMORY_CONTROLS),
        alt.param(name="r1", expr=own),
        alt.param(name="speed", expr=f"bandwidth/({count.active / 1e9:.6g}*bits/8)"),
    )


LIVE_MACHINES = ("RTX 4090", "Mac Studio M3 Ultra", "dual EPYC")
LIVE_MODELS = (
    ("R1-Distill-Llama-70B", "Distilled 70B"),
    ("R1-Distill-Qwen-32B", "Distilled 32B"),
    ("R1-Distill-Qwen-7B", "Distilled 7B"),
)
MEMORY_CONTROLS = (
    Control("bits", "Bits per weight", 1.5, 16, 0.1, 8.0, format=".1f"),
    Control("context", "Context, thousand tokens", 1, 128, 1, 8, format=".0f"),
    Control("streams", "Streams at once", 1, 64, 1, 1, format=".0f"),
    Control("bandwidth", "Memory bandwidth, GB/s", 50, 8000, 10, 820, format=",.0f"),
)


def local_runs(model: Model) -> Exhibit:
    """Return published local runs of the full model as points, beside the bandwidth bound of their machine."""
    table = study.local_runs(model)
    if table.empty:
        return not_public("cost-local-runs", "local runs of the full model", model)
    data = table.copy()
    short = (
        data["machine"]
        .str.replace(
            r"(Mac Studio |9004 24-channel DDR5-4800 768GB|6454S 16-channel DDR5-4800 1TB \+ 1x RTX 4090| 512GB|, 480 GB|, 192 GB DDR5)",
            "",
            regex=True,
        )
        .str.strip()
    )
    data["label"] = (
        short.str.replace("Xeon Gold 6454S x2 + RTX 4090D", "One Xeon 6454S")
        + ", "
        + data["software"].str.replace(" class", "")
    )
    data["number"] = [f"{v:.3g}" for v in data["observed_tokens_per_s"]]
    data["share_text"] = ["" if math.isnan(v) else f"{100 * v:.0f}%" for v in data["share"]]

    def chart(width: int) -> ChartLike:
        rows = Rows(data, width, left=230, right=130)
        x = x_axis(
            "observed_tokens_per_s",
            (0, 42),
            (0, 10, 20, 30, 40),
            title="Tokens per second, one stream; tick: bandwidth bound",
        )
        xc = x_axis(
            "ceiling_tokens_per_s",
            (0, 42),
            (0, 10, 20, 30, 40),
            title="Tokens per second, one stream; tick: bandwidth bound",
        )
        dots = alt.Chart(rows.frame).mark_point(filled=True, size=64, color=T["ink"]).encode(x=x, y=rows.y())
        ticks = (
            alt.Chart(rows.frame.dropna(subset=["ceiling_tokens_per_s"]))
            .mark_tick(thickness=2.5, height=14, color=T["c3"])
            .encode(x=xc, y=rows.y())
        )
        path = (
            alt.Chart(rows.frame.dropna(subset=["ceiling_tokens_per_s"]))
            .mark_rule(color=T["c3"], strokeDash=[2, 3])
            .encode(x=x, x2="ceiling_tokens_per_s:Q", y=rows.y())
        )
        columns = rows.numbers(head="tok/s", inset=62)
        if rows.wide:
            columns += rows.numbers("share_text", head="of bound")
        return rows.finish([rows.rules(), path, ticks, dots, *rows.names(), *columns])

    return Exhibit(
        name="cost-local-runs",
        title=f"The full model does run at home, with hundreds of gigabytes and at {_speeds(model)}",
        subtitle="Published single-stream decoding speed of the full 671-billion-parameter model on machines people own. Tick: memory bandwidth over bytes of active weights.",
        source=f"Tutorials and reports, n = {len(data)}; bound where the machine's bandwidth is in the table. {NOTEBOOK} {until(model)}",
        alt=f"Dots of {len(data)} published local runs, from {say(model, 'cost.memory.local_slowest', 'value')} to {say(model, 'cost.memory.local_fastest', 'value')}; the median reaches {say(model, 'cost.memory.local_share_of_bound', 'value')} of the bandwidth bound.",
        data=table,
        sources=lookup.sources(table),
        chart=chart,
        how="Bound $= BW / (N_{active}\\,b/8)$. Builds of the CPU tutorials are taken at 4.5 bits where the row does not say. "
        + NOTEBOOK,
    )


def _speeds(model: Model) -> str:
    slow, fast = (say(model, f"cost.memory.local_{end}", "value") for end in ("slowest", "fastest"))
    return fast if slow == fast else f"{slow.split(' ')[0]} to {fast}"


KV_MODELS = ("Qwen2.5-72B", "Llama-3.1-405B", "Llama-3.1-70B", "Qwen3-235B-A22B", "Llama-2-13B")


def kv_cache(model: Model) -> Exhibit:
    """Return cache bytes per token by attention type: V3 rebuilt with each, and published models."""
    shapes = model.facts.table("architectures")
    a = study.v3(model)
    names = {
        "MLA": "V3 as built: latent (MLA)",
        "MQA": "V3 with one key-value head (MQA)",
        "GQA": "V3 with eight groups (GQA)",
        "MHA": "V3 with all heads (MHA)",
    }
    rows = [
        (names[kind], kind, architecture.kv_bytes(a, kind), "V3 rebuilt" if kind != "MLA" else "V3")
        for kind in ("MLA", "MQA", "GQA", "MHA")
    ]
    for name in KV_MODELS:
        other = study.shape(model, name)
        if other is not None:
            rows.append(
                (f"{name} ({other.attention})", other.attention, architecture.kv_bytes(other), "as built")
            )
    data = pd.DataFrame(rows, columns=["label", "attention", "bytes", "kind"])
    data["kilobytes"] = data["bytes"] / 1e3
    data["number"] = [f"{v:,.0f}" if v >= 1000 else f"{v:.1f}" for v in data["kilobytes"]]
    top = 4200.0

    def chart(width: int) -> ChartLike:
        grid = Rows(data, width, left=230, right=80)
        x = x_axis(
            "kilobytes", (0, top), (0, 1000, 2000, 3000, 4000), title="Kilobytes per token, 16-bit cache"
        )
        scale = alt.Scale(domain=["V3", "V3 rebuilt", "as built"], range=[T["ink"], T["s3"], T["s5"]])
        bars = (
            alt.Chart(grid.frame.assign(zero=0.0))
            .mark_bar(height=13)
            .encode(x=x, x2="zero:Q", y=grid.y(), color=alt.Color("kind:N", scale=scale, legend=None))
        )
        return grid.finish([grid.rules(), bars, *grid.names(), *grid.numbers(head="KB")])

    return Exhibit(
        name="cost-kv",
        title=f"Latent attention cuts the cache {say(model, 'cost.kv.mha_ratio', 'value').lstrip('×')}-fold against plain attention, {say(model, 'cost.kv.gqa_ratio', 'value').lstrip('×')}-fold against the usual grouped kind",
        subtitle="Cache per token by attention type, kilobytes at 16 bits. Dark: V3 as built; light: V3's layers and heads with another attention; mid: other models as built.",
        source=f"Counted from published configurations; DeepSeek's own table gives the same for V3, Qwen2.5-72B and Llama-3.1-405B. {NOTEBOOK}",
        alt=f"Bars of cache per token: V3 {say(model, 'cost.kv.v3_bytes_per_token', 'value')}, the same model with plain attention {say(model, 'cost.kv.mha_ratio', 'value')} as much.",
        data=data.drop(columns=["number"]),
        sources=lookup.sources(shapes[shapes["model"].isin([study.V3_ARCHITECTURE, *KV_MODELS])]),
        chart=chart,
        how="MHA $2 n_h d_h$, GQA $2 n_{kv} d_h$, MQA $2 d_h$, MLA $d_c + d_{rope}$ elements per layer, times layers and bytes. Latent attention was new in V2 (May 2024), not in R1. "
        + NOTEBOOK,
    )
