"""Exhibits on serving: throughput, streams, cost, roofline, the operator's day, and each mechanism's worth."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Column, Exhibit
from deepseek_era.charts.marks import DASH
from deepseek_era.cost import architecture, breakthroughs, lookup, report, serving, study
from deepseek_era.exhibits.cost_marks import (
    LOG_PLAIN,
    NOTEBOOK,
    Rows,
    T,
    figure_of,
    layered,
    month_words,
    not_public,
    say,
    text_marks,
    until,
    value_of,
    x_axis,
    y_axis,
)
from deepseek_era.figure import format_figure, format_number, true_minus
from deepseek_era.model import Model

BATCHES = np.unique(np.round(np.geomspace(1, 256, 33)))


def _band(model: Model, field: str, *, drafts: bool = False, overlap: bool = False) -> pd.DataFrame:
    """Return the 5th, 50th and 95th percentile of a decode curve over the batches that fit."""
    limit = float(
        serving.largest_batch(study.v3(model), study.decode_unit(model), study.decode_context(model))
    )
    batch = np.unique([b for b in BATCHES if b < limit] + [limit])
    step = study.decode_curve(model, batch, drafts=drafts, overlap=overlap)
    low, middle, high = np.quantile(getattr(step, field), [0.05, 0.5, 0.95], axis=0)
    return pd.DataFrame({"batch": batch, "low": low, "middle": middle, "high": high})


def _curve_chart(
    width: int,
    bands: Sequence[tuple[str, str, pd.DataFrame]],
    points: pd.DataFrame,
    domain: tuple[float, float],
    ticks: Sequence[float],
    title: str,
    *,
    log: bool = False,
    spans: pd.DataFrame | None = None,
    bracket: float | None = None,
) -> ChartLike:
    """Return dashed curves with their bands over batch, and published points on them.

    Where the curves are two forms of one model `bracket` says how far from a point its name stands, in pixels down:
    outside the bands, whose lines it would cross.
    """
    wide = width > theme.NARROW
    height, left, right = (256, 48, 150) if wide else (270, 46, 14)
    top = 512
    x = x_axis(
        "batch",
        (1, top),
        (1, 4, 16, 64, 256),
        log=True,
        title="Sequences per GPU (log scale)",
        labels=LOG_PLAIN,
    )
    ym, yl = (
        y_axis(f, domain, ticks, log=log, title=title, labels="format(datum.value, ',~r')")
        for f in ("middle", "low")
    )
    marks: list[alt.Chart] = []
    for _, colour, band in bands:
        marks.append(
            alt.Chart(band)
            .mark_area(color=colour, fillOpacity=0.16, clip=True)
            .encode(x=x, y=yl, y2="high:Q")
        )
    if spans is not None and len(spans):
        marks.append(
            alt.Chart(spans).mark_rule(color=T["c1"], strokeDash=DASH).encode(x=x, y=yl, y2="high:Q")
        )
        marks.append(alt.Chart(spans).mark_tick(color=T["c1"], thickness=2, width=12).encode(x=x, y=ym))
        marks.append(
            text_marks(spans.assign(text="its own roofline"), x, ym, dx=10, colour=T["c1"])
            if wide
            else alt.Chart(spans).mark_tick(opacity=0).encode(x=x, y=ym)
        )
    for name, colour, band in bands:
        marks.append(alt.Chart(band).mark_line(color=colour, strokeDash=DASH, clip=True).encode(x=x, y=ym))
        if wide:
            down = 13.0 if len(bands) == 1 else (-9.0 if name == bands[0][0] else 9.0)
            marks.append(
                text_marks(band.tail(1).assign(text=name), x, ym, dx=10, dy=down, colour=colour, weight=600)
            )
        elif bracket is not None:
            upper = float(band["middle"].iloc[-1]) == max(
                float(other["middle"].iloc[-1]) for *_, other in bands
            )
            edge = band.tail(1).assign(
                text=name.split()[-1], middle=band["high" if upper else "low"].iloc[-1]
            )
            marks.append(
                text_marks(
                    edge, x, ym, dx=0, dy=-9 if upper else 11, align="right", colour=colour, weight=600
                )
            )
        elif len(bands) > 1:
            start = band.head(1).assign(text=name)
            marks.append(
                text_marks(
                    start, x, ym, dx=8, dy=24 if name == bands[0][0] else -24, colour=colour, weight=600
                )
            )
    if len(points):
        marks.append(alt.Chart(points).mark_point(filled=True, size=80, color=T["ink"]).encode(x=x, y=ym))
        end = max(float(band["batch"].max()) for *_, band in bands)
        for beyond, part in points.groupby(points["batch"] > end):
            # beyond the bands there is room beside the point, on phones below its bar
            align, dx, down = "right", -8 if log else -6, 15.0 if log else -15.0
            if bracket is not None:
                align, dx, down = (
                    ("left", -8, -15.0) if beyond and wide else ("center", 0, 48.0 if beyond else bracket)
                )
            marks.append(
                text_marks(
                    part.assign(text=part["who"] if wide or not beyond else part["who"].str.split().str[0]),
                    x,
                    ym,
                    dx=dx,
                    dy=down,
                    align=align,
                    colour=T["ink"],
                    weight=600,
                )
            )
    return layered(marks, width, height, left=left, right=right, top=28, bottom=44)


def serving_throughput(model: Model) -> Exhibit:
    """Return decode throughput of a node against batch in both forms of the model, with the published rates."""
    bands = {form: _band(model, "tokens_per_s_node", overlap=o) for form, o in study.FORMS.items()}
    both = study.reproduction(model)
    points = both.rename(columns={"observed_tokens_per_s_node": "y"})[["who", "batch", "y"]].rename(
        columns={"y": "middle"}
    )
    points["low"] = points["middle"]
    top = 10000 * math.ceil(max(float(band["high"].max()) for band in bands.values()) / 10000)

    def chart(width: int) -> ChartLike:
        return _curve_chart(
            width,
            [
                ("network hidden", T["c4"], bands["hidden"]),
                ("network added", T["c1"], bands["added"]),
            ],
            points,
            (0, top),
            tuple(range(0, top + 1, 10000)),
            "Tokens per second per node of eight GPUs",
            spans=both[both["chip"] != study.CHIP][["batch", "low", "middle", "high"]],
            bracket=60,
        )

    tail = _rate_words(model)
    return Exhibit(
        name="cost-serving-throughput",
        title=f"A full batch gives {say(model, 'cost.serving.batch_throughput_gain')} the throughput of a single stream"
        + (f"; {tail}" if tail else ""),
        subtitle="Decode throughput against batch, R1 on H800 in units of expert parallelism. Dashed: roofline in two forms, network time added or hidden, each with its band of 5–95% over efficiencies. Points: published, their batch from speed times rate; dashed bar: roofline at that chip and prompt length, network added.",
        source=f"Roofline from the architecture and the chip's data sheet; batch, unit and context from the operator's log. DeepSeek's day of 28 February 2025, SGLang on H100. {NOTEBOOK} {until(model)}",
        alt=f"Throughput rises with batch to {say(model, 'cost.serving.decode_added')} with network time added and {say(model, 'cost.serving.decode_overlapped')} with it hidden; published: {say(model, 'cost.serving.decode_published', 'value')} by the operator.",
        data=pd.concat(
            [*[band.assign(who=f"network {form}") for form, band in bands.items()], points], ignore_index=True
        ),
        sources=figure_of(model, "cost.serving.decode_tokens_per_s_node").sources,
        chart=chart,
        how="$t = \\max(FLOP/F\\eta_f, bytes/BW\\eta_b) + t_{net}$, or the largest of the three where the network is hidden; throughput $= B/t$. Bytes are dense weights, the experts a batch touches and the cache; the network carries tokens to their experts and back. A reproduction ran on another chip and shorter prompts: its own roofline stands beside it. "
        + NOTEBOOK,
        note="The operator's own batch goes into the roofline that its rate is set beside, so agreement with that rate is partly circular.",
    )


def _rate_words(model: Model) -> str:
    """Return where the operator's rate stands to the two bands."""
    seen = value_of(model, "cost.serving.decode_published")
    added, hidden = (figure_of(model, f"cost.serving.decode_{i}") for i in ("added", "overlapped"))
    if seen is None or added.low is None or added.high is None or hidden.low is None or hidden.high is None:
        return ""
    if added.low <= seen <= added.high:
        return "the operator’s own rate lies in the lower of two brackets"
    if hidden.low <= seen <= hidden.high:
        return "the operator’s own rate lies in the upper of two brackets"
    return "the operator’s own rate lies in neither bracket"


def serving_stream(model: Model) -> Exhibit:
    """Return the speed of one stream against batch, with and without drafts."""
    plain, drafted = _band(model, "tokens_per_s_stream"), _band(model, "tokens_per_s_stream", drafts=True)
    low, high = (
        value_of(model, "cost.serving.stream_published_low"),
        value_of(model, "cost.serving.stream_published_high"),
    )
    both = study.reproduction(model)
    row = lookup.rows(both, who="DeepSeek's service")
    points = pd.DataFrame(columns=["who", "batch", "middle", "low"])
    if len(row) and low is not None and high is not None:
        points = pd.DataFrame(
            {
                "who": ["DeepSeek's service"],
                "batch": [float(row["batch"].iloc[0])],
                "middle": [(low + high) / 2],
                "low": [low],
            }
        )

    def chart(width: int) -> ChartLike:
        bands = [("one token a step", T["c1"], plain), ("with a drafted token", T["c3"], drafted)]
        return _curve_chart(
            width,
            bands,
            points,
            (5, 300),
            (5, 10, 20, 50, 100, 200),
            "Tokens per second, one stream (log scale)",
            log=True,
        )

    gain = value_of(model, "cost.mtp.stream_gain_full_batch")
    word = "not in a full one" if gain is not None and gain < 1.05 else "less in a full one"
    return Exhibit(
        name="cost-serving-stream",
        title=f"Batching slows each stream by {say(model, 'cost.serving.batch_stream_loss')}; a drafted token speeds it up at small batches, {word}",
        subtitle=f"Tokens per second of one stream against batch; loss at {report.TYPICAL_BATCH:.0f} sequences per GPU against one. Dashed: roofline with network time added, band 5–95%; the loss in the title covers both forms. Point: published.",
        source=f"As the throughput chart. Users of the service saw {say(model, 'cost.serving.stream_published_low', 'value')} to {say(model, 'cost.serving.stream_published_high', 'value')}. {NOTEBOOK}",
        alt=f"One stream falls as the batch grows; drafts give {say(model, 'cost.mtp.speedup')} where memory is the limit and {say(model, 'cost.mtp.stream_gain_full_batch')} at a full batch.",
        data=pd.concat(
            [plain.assign(who="one token a step"), drafted.assign(who="with a drafted token"), points],
            ignore_index=True,
        ),
        sources=figure_of(model, "cost.serving.decode_tokens_per_s_node").sources,
        chart=chart,
        how="One stream makes $E[tok]/t$ tokens a second, $E[tok] = 1+\\alpha$ with one draft accepted at rate $\\alpha$. A drafted step checks two tokens a sequence: arithmetic and network double, weights and cache do not. "
        + NOTEBOOK,
    )


def serving_cost(model: Model) -> Exhibit:
    """Return the cost of a million output tokens against batch, with the operator's and the list price."""
    rate = model.parameters.central("gpu_hour_usd")
    costs = {}
    for form, overlap in study.FORMS.items():
        band = _band(model, "tokens_per_s_gpu", overlap=overlap)
        costs[form] = pd.DataFrame({"batch": band["batch"]})
        for name, source in (("low", "high"), ("middle", "middle"), ("high", "low")):
            costs[form][name] = serving.usd_per_mtok(rate, band[source])
    published = value_of(model, "cost.serving.cost_per_mtok_published")
    row = lookup.rows(study.reproduction(model), who="DeepSeek's service")
    points = pd.DataFrame(columns=["who", "batch", "middle", "low"])
    if published is not None and len(row):
        points = pd.DataFrame(
            {
                "who": ["DeepSeek's service"],
                "batch": [float(row["batch"].iloc[0])],
                "middle": [published],
                "low": [published],
            }
        )

    def chart(width: int) -> ChartLike:
        bands = [("network added", T["c1"], costs["added"]), ("network hidden", T["c4"], costs["hidden"])]
        return _curve_chart(
            width,
            bands,
            points,
            (0.1, 20),
            (0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
            "USD per million output tokens (log scale)",
            log=True,
            bracket=-56,
        )

    return Exhibit(
        name="cost-serving-cost",
        title=f"At a full batch a million output tokens cost {say(model, 'cost.serving.cost_per_mtok', 'value').replace(' per million tokens', '')} {say(model, 'cost.serving.cost_per_mtok', 'interval')} to make, against a list price of {format_number(study.launch_prices(model)[0].output_usd_per_mtok, 'USD', 'published')}",
        subtitle="GPU cost of decoding against batch, USD per million tokens, decode alone. Dashed: roofline in two forms at the middle rent, "
        f"${rate:.2f} an hour, network time added or hidden, bands 5–95% over efficiencies.",
        source=f"Prefill, idle hours, staff and free traffic are not in it. {NOTEBOOK} {until(model)}",
        alt=f"Cost falls with batch; the operator's published rate means {say(model, 'cost.serving.cost_per_mtok_published', 'value')}.",
        data=pd.concat(
            [*[cost.assign(who=f"network {form}") for form, cost in costs.items()], points], ignore_index=True
        ),
        sources=figure_of(model, "cost.serving.cost_per_mtok").sources,
        chart=chart,
        how="Cost $= p_{GPU}/(3600\\cdot tokens/s/GPU)$. " + NOTEBOOK,
    )


def coverage(model: Model) -> Exhibit:
    """Return the share of experts that a batch touches, uniform and skewed."""
    a = study.v3(model)
    tokens = np.unique(np.round(np.geomspace(1, 2048, 45)))
    data = pd.DataFrame(
        {
            "tokens": tokens,
            "uniform": 100 * serving.expert_coverage(a.n_routed_experts, a.experts_per_token, tokens),
            "skewed": 100 * serving.expert_coverage_skewed(a.n_routed_experts, a.experts_per_token, tokens),
        }
    )

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        x = x_axis(
            "tokens",
            (1, 2048),
            (1, 8, 64, 512),
            log=True,
            title="Tokens in the step (log scale)",
            labels=LOG_PLAIN,
        )
        marks: list[alt.Chart] = []
        for field, name, dash, at in (
            ("uniform", "uniform routing", DASH, 40),
            ("skewed", "skewed routing (Zipf): lower bound", [1, 3], 160),
        ):
            y = y_axis(field, (0, 100), (0, 25, 50, 75, 100), title="Experts of a layer that are read, %")
            marks.append(
                alt.Chart(data)
                .mark_line(color=T["c1"] if field == "uniform" else T["c3"], strokeDash=dash)
                .encode(x=x, y=y)
            )
            spot = data.iloc[[int(np.argmin(np.abs(data["tokens"] - at)))]].assign(
                text=name if wide else name.split(" ")[0]
            )
            marks.append(
                text_marks(
                    spot,
                    x,
                    y,
                    dx=10 if field == "skewed" else -10,
                    dy=8 if field == "skewed" else -6,
                    align="left" if field == "skewed" else "right",
                    colour=T["ink"],
                )
            )
        return layered(marks, width, 224 if wide else 230, left=40, right=20, top=28, bottom=44)

    one = float(data["uniform"].iloc[0])
    at128 = float(100 * serving.expert_coverage(a.n_routed_experts, a.experts_per_token, 128.0))
    return Exhibit(
        name="cost-expert-coverage",
        title=f"Sparsity saves reading only for the few: one token reads {one:.0f}% of the experts, a batch of 128 reads {at128:.0f}%",
        subtitle=f"Share of a layer's {a.n_routed_experts} routed experts touched by a step, {a.experts_per_token} per token. Modelled.",
        source=f"Occupancy under uniform routing; lower bound with popularity falling as rank⁻¹. {NOTEBOOK}",
        alt=f"Two rising curves: one token touches {one:.0f}% of experts, 128 tokens touch {at128:.0f}% if routing is uniform, fewer if it is skewed.",
        data=data,
        sources=figure_of(model, "cost.kv.v3_bytes_per_token").sources,
        chart=chart,
        how="$1-(1-k/E)^B$ for $E$ experts, $k$ per token and $B$ tokens. Skewed: $1 - \\overline{(1-q_i)^B}$ with chances $q_i \\propto 1/i$, capped at one. "
        + NOTEBOOK,
    )


def roofline(model: Model) -> Exhibit:
    """Return the roofline of the chip with decode steps by batch and a prefill on it."""
    a, chip, unit = study.v3(model), study.chip(model), study.decode_unit(model)
    context = study.decode_context(model)
    count = architecture.count_parameters(a)
    eta_f, eta_b = (model.parameters.central(n) for n in ("serving_mfu", "bandwidth_efficiency"))
    batches = np.array([1.0, 8.0, 32.0, 128.0])
    batches = batches[batches <= serving.largest_batch(a, unit, context)]
    step = serving.decode(a, unit, batches, context, eta_f, eta_b)
    core = architecture.attention_flop_per_token(a, context, absorbed=True)
    flop = batches * (2 * (count.active - count.embedding / 2) + core)
    read = step.memory_s * chip.bandwidth_bytes_per_s * eta_b
    data = pd.DataFrame(
        {
            "label": [f"decode, {b:.0f}" for b in batches],
            "intensity": flop / read,
            "tflops": flop / step.step_s / 1e12,
        }
    )
    prompt = study.PROMPT_TOKENS
    rate = float(serving.prefill_tokens_per_s_gpu(a, unit, prompt, eta_f))
    per_token = 2 * (count.active - count.embedding / 2) + float(
        architecture.attention_flop_per_token(a, prompt / 2)
    )
    chunk = 16000.0
    weights = serving.resident_weight_bytes_per_gpu(a, serving.ServingUnit(chip, 32))
    reading = weights + chunk * architecture.kv_bytes(a)
    filled = pd.DataFrame(
        {
            "label": ["prefill"],
            "intensity": [chunk * per_token / reading],
            "tflops": [rate * per_token / 1e12],
        }
    )
    data = pd.concat([data, filled], ignore_index=True)
    grid = np.geomspace(1, 100000, 51)
    roofs = pd.concat(
        [
            pd.DataFrame(
                {
                    "intensity": grid,
                    "tflops": np.minimum(peak, grid * chip.bandwidth_bytes_per_s) / 1e12,
                    "roof": name,
                }
            )
            for name, peak in (("FP8", chip.fp8_flop_per_s), ("BF16", chip.bf16_flop_per_s))
        ]
    )

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        x = x_axis(
            "intensity",
            (1, 100000),
            (1, 10, 100, 1000, 10000, 100000),
            log=True,
            title="FLOP per byte read (log scale)",
            labels="format(datum.value, '~s')",
        )
        y = y_axis(
            "tflops",
            (1, 4000),
            (1, 10, 100, 1000),
            log=True,
            title="TFLOP per second and GPU (log scale)",
            labels=LOG_PLAIN,
        )
        lines = alt.Chart(roofs).mark_line(color=T["ink3"], strokeWidth=1.5).encode(x=x, y=y, detail="roof:N")
        ends = roofs.groupby("roof").tail(1).assign(text=lambda d: d["roof"] + " peak")
        dots = alt.Chart(data).mark_point(filled=True, size=72, color=T["c1"]).encode(x=x, y=y)
        names = data.assign(text=data["label"] if wide else data["label"].str.replace("decode, ", ""))
        fullest = names["label"] == f"decode, {batches[-1]:.0f}"
        return layered(
            [
                lines,
                dots,
                text_marks(names[fullest], x, y, dx=9, dy=-6, colour=T["ink"]),
                text_marks(names[~fullest], x, y, dx=9, dy=7, colour=T["ink"]),
                text_marks(ends, x, y, dx=-4, dy=-9, align="right", colour=T["ink3"]),
            ],
            width,
            264 if wide else 270,
            left=44,
            right=24,
            top=28,
            bottom=44,
        )

    return Exhibit(
        name="cost-roofline",
        title=_roofline_title(step),
        subtitle=f"Roofline of an {chip.name}: arithmetic per byte against work done. Points: R1's decode steps by sequences per GPU, network time added, and a prefill, at middle efficiencies.",
        source=f"Chip data sheet; bandwidth {chip.bandwidth_bytes_per_s / 1e12:.2f} TB/s; balance {chip.balance(16):.0f} (BF16) and {chip.balance(8):.0f} (FP8) FLOP per byte. {NOTEBOOK}",
        alt=f"Roofline with decode points at {data['tflops'].iloc[0]:.2g} TFLOP/s for one sequence, rising with batch, and prefill at {data['tflops'].iloc[-1]:.3g} TFLOP/s.",
        data=pd.concat([data, roofs.rename(columns={"roof": "label"})], ignore_index=True),
        sources=lookup.sources(lookup.rows(model.facts.table("accelerators"), name=chip.name)),
        chart=chart,
        how="A step does $B(2N_{active}+A(L))$ FLOP and reads weights and cache; the slant is bandwidth times intensity, the ceilings the dense peaks (Williams et al. 2009). "
        + NOTEBOOK,
    )


def _roofline_title(step: serving.DecodeStep) -> str:
    """Return the finding on what a step waits for, alone and at the fullest batch drawn."""

    def longest(i: int) -> str:
        parts = {"arithmetic": step.compute_s[i], "memory": step.memory_s[i]}
        return max(parts, key=lambda k: float(parts[k]))

    share = 100 * float(step.network_s[-1] / step.step_s[-1])
    return f"Alone, a stream waits for {longest(0)}; at a full batch for {longest(-1)}, and up to {share:.0f}% of the step for the network"


def day_log(model: Model) -> Exhibit:
    """Return the operator's published day, recomputed from its own parts."""
    log = study.day_log(model)
    if log is None:
        return not_public("cost-day-log", "the operator's service log", model)
    pairs = (
        ("Nodes, from tokens over throughput", "cost.serving.nodes_from_log", "cost.serving.nodes_published"),
        ("Cost of the day", "cost.serving.cost_per_day", None),
        (
            "Theoretical revenue at R1's list price",
            "cost.serving.revenue_per_day",
            "cost.serving.revenue_published",
        ),
        ("Margin over cost", "cost.serving.margin", None),
        (
            "Decode per node, roofline, network added",
            "cost.serving.day_log_model",
            "cost.serving.decode_published",
        ),
        (
            "Decode per node, roofline, network hidden",
            "cost.serving.day_log_model_hidden",
            "cost.serving.decode_published",
        ),
        (
            "Prefill of fresh tokens per node, roofline",
            "cost.serving.prefill_tokens_per_s_node",
            "cost.serving.prefill_fresh_published",
        ),
        (
            "SGLang on H100: decode per node, network added",
            "cost.serving.sglang_model",
            "cost.serving.sglang_observed",
        ),
        (
            "SGLang on H100: decode per node, network hidden",
            "cost.serving.sglang_model_hidden",
            "cost.serving.sglang_observed",
        ),
    )
    given = {
        "Cost of the day": study.day_value(model, "daily GPU cost"),
        "Margin over cost": study.day_value(model, "theoretical cost profit margin"),
    }
    rows = []
    for label, ours, theirs in pairs:
        figure = figure_of(model, ours)
        published = value_of(model, theirs) if theirs else given[label]
        gap = None if published is None or figure.value is None else 100 * (figure.value / published - 1)
        rows.append(
            (
                label,
                format_figure(figure),
                format_number(published, figure.unit, "published"),
                "–"
                if gap is None
                else true_minus(f"{gap:+.{0 if abs(gap) >= 10 else 2}{'f' if abs(gap) >= 10 else 'g'}}%")
                if abs(gap) >= 0.005
                else "0%",
            )
        )
    data = pd.DataFrame(rows, columns=["quantity", "recomputed", "published", "difference"])
    return Exhibit(
        name="cost-day-log",
        note=_prefill_note(model),
        title=f"The operator's day adds up: {say(model, 'cost.serving.nodes_from_log', 'value')} recomputed, {say(model, 'cost.serving.nodes_published', 'value')} published",
        subtitle="DeepSeek's published service day (24 hours to noon, 28 February 2025), recomputed, and rates beside the roofline",
        source=f"DeepSeek, inference system overview, 1 March 2025; SGLang, May 2025. Revenue is theoretical: much traffic was free or cheaper. {NOTEBOOK}",
        alt=f"Table: nodes, cost, revenue and margin recomputed from the published parts; margin {say(model, 'cost.serving.margin', 'value')}.",
        data=data,
        sources=figure_of(model, "cost.serving.nodes_from_log").sources,
        columns=(
            Column("quantity", "Quantity", weight=2.4),
            Column("recomputed", "Recomputed", "right", "number", 1.8),
            Column("published", "Published", "right", "number", 1.3),
            Column("difference", "Difference", "right", "number"),
        ),
        how="Nodes $= (tokens_{in}/r_{prefill} + tokens_{out}/r_{decode})/86400$; cost = nodes × 8 × 24 h × rate; margin = revenue / cost − 1. "
        + NOTEBOOK,
    )


def _prefill_note(model: Model) -> str:
    ours, theirs = (
        value_of(model, "cost.serving.prefill_tokens_per_s_node"),
        value_of(model, "cost.serving.prefill_fresh_published"),
    )
    if ours is None or theirs is None or abs(ours / theirs - 1) < 0.25:
        return ""
    side = "above" if ours > theirs else "below"
    return f"Prefill by the roofline lies far {side} the operator's rate. A day's prompts are uneven, units wait, and caches are loaded; the efficiency assumed here may be too high as well. The distance is stated, not fitted away."


def variants(model: Model) -> Exhibit:
    """Return decode per node with one choice of the architecture undone at a time."""
    data = study.decode_variants(model).rename(columns={"variant": "label"})
    figures = report.variant_figures(model)
    data["number"] = [
        "does not fit" if batch < 1 else format_figure(figure).replace(" tokens/s", "")
        for batch, figure in zip(data["batch"], figures, strict=True)
    ]
    data["sequences"] = [f"{b:.0f}" for b in data["batch"]]
    top = 5000 * math.ceil(float(data["high"].max()) / 5000)

    def chart(width: int) -> ChartLike:
        rows = Rows(data, width, left=222, right=210)
        ticks = tuple(range(0, top + 1, 5000 if rows.wide else 10000))
        title = "Tokens per second per node"
        x, xl = (x_axis(field, (0, top), ticks, title=title) for field in ("middle", "low"))
        spread = (
            alt.Chart(rows.frame)
            .mark_rule(color=T["c1"], strokeDash=DASH)
            .encode(x=xl, x2="high:Q", y=rows.y())
        )
        dots = alt.Chart(rows.frame).mark_point(filled=True, size=70, color=T["c1"]).encode(x=x, y=rows.y())
        columns = rows.numbers(head="tokens/s", inset=76)
        if rows.wide:
            columns += rows.numbers("sequences", head="batch")
        return rows.finish([rows.rules(), spread, dots, *rows.names(), *columns])

    built, plain = value_of(model, "cost.variant.as_built") or 0.0, value_of(model, "cost.variant.mha") or 0.0
    times = built / plain if plain else math.inf
    share = (
        "Without latent attention the model could hardly be served"
        if times > 5
        else "Latent attention is no condition of service"
    )
    return Exhibit(
        name="cost-variants",
        title=f"{share}: {say(model, 'cost.variant.mha', 'value')} a node with plain attention, {say(model, 'cost.variant.as_built', 'value')} as built",
        subtitle="Decode per node of H800 with one choice undone at a time, at the drawn batch or the largest that fits, network time added. Modelled; bar 5–95%. Batch: sequences per GPU.",
        source=f"Roofline of the same unit and context for all rows. {NOTEBOOK}",
        alt=f"Dots of decode per node: as built {say(model, 'cost.variant.as_built')}, eight groups {say(model, 'cost.variant.gqa')}, plain attention {say(model, 'cost.variant.mha')}, BF16 weights {say(model, 'cost.variant.bf16')}.",
        data=data.drop(columns=["number", "sequences"]),
        sources=figure_of(model, "cost.variant.as_built").sources,
        chart=chart,
        how="As the throughput chart, with the cache of the other attention, weights of two bytes at the BF16 peak, or two tokens checked per step. The cache decides how many sequences fit beside the weights. "
        + NOTEBOOK,
    )


def decomposition(model: Model) -> Exhibit:
    """Return each mechanism's factor by what it helps, with the model that had it first."""
    table = breakthroughs.factors(model)
    chain = breakthroughs.hours_chain(model)
    data = table.copy()
    data["label"] = data["mechanism"] + ": " + data["respect"]
    data["since"] = [
        f"{first.replace('DeepSeek-', '')}, {month_words(date)}" if date else first
        for first, date in zip(data["first"], data["first_date"], strict=True)
    ]
    data["group"] = "mechanism"
    if chain is not None:
        extra = pd.DataFrame(
            {
                "label": "Llama-3.1-405B over V3: " + chain["step"],
                "value": chain["factor"],
                "since": "",
                "group": "chain",
            }
        )
        data = pd.concat([data, extra], ignore_index=True)
    data["number"] = [format_number(v, "ratio", "modelled") for v in data["value"]]

    def chart(width: int) -> ChartLike:
        rows = Rows(data, width, left=318, right=130)
        x = x_axis(
            "value",
            (0.8, 80),
            (1, 2, 5, 10, 20, 50),
            log=True,
            title="Times better (log scale)",
            labels="'×' + format(datum.value, '~r')",
        )
        one = alt.Chart(pd.DataFrame({"value": [1.0]})).mark_rule(color=T["ink3"]).encode(x=x)
        stems = (
            alt.Chart(rows.frame.assign(base=1.0))
            .mark_rule(color=T["s3"], strokeWidth=4)
            .encode(
                x=x_axis(
                    "base",
                    (0.8, 80),
                    (1, 2, 5, 10, 20, 50),
                    log=True,
                    title="Times better (log scale)",
                    labels="'×' + format(datum.value, '~r')",
                ),
                x2="value:Q",
                y=rows.y(),
            )
        )
        scale = alt.Scale(domain=["mechanism", "chain"], range=[T["c1"], T["ink"]])
        dots = (
            alt.Chart(rows.frame)
            .mark_point(filled=True, size=70)
            .encode(x=x, y=rows.y(), color=alt.Color("group:N", scale=scale, legend=None))
        )
        columns = rows.numbers(inset=86) if rows.wide else rows.numbers()
        if rows.wide:
            columns += rows.numbers("since", head="first in")[:0] + _since(rows)
        return rows.finish([rows.rules(), one, stems, dots, *rows.names(), *columns])

    rate = value_of(model, "cost.breakthrough.chain_rate")
    sparse = rate is not None and 0.8 <= rate <= 1.25
    tail = "; fewer active parameters explain the hours" if sparse else ""
    older = bool((table["first_date"] < study.R1_DATE).all())
    return Exhibit(
        name="cost-decomposition",
        title=f"{'Every mechanism is' if older else 'Not every mechanism is'} older than R1{tail}",
        subtitle="Each mechanism's factor: the model as built against the same model without it. Lower rows: from Llama-3.1-405B's hours to V3's.",
        source=f"Counted from the published architecture; hours as reported; ×1.0 means no help in that respect. {NOTEBOOK}",
        alt=f"Dots of factors: sparse experts {say(model, 'cost.breakthrough.moe_training', 'value')} on training arithmetic but {say(model, 'cost.breakthrough.moe_full_batch', 'value')} on weights read at a full batch, latent attention {say(model, 'cost.kv.mha_ratio', 'value')} on the cache, FP8 {say(model, 'cost.breakthrough.fp8_peak', 'value')} on peak arithmetic, drafts {say(model, 'cost.mtp.speedup', 'value')} on a stream.",
        data=data.drop(columns=["number"]),
        sources=figure_of(model, "cost.breakthrough.moe_training").sources,
        chart=chart,
        how="Sparse experts: all over active parameters. Latent attention: cache of plain over latent. FP8: bytes and peak. Drafts: $(1+\\alpha)/(1+o)$. Chain: active parameters × tokens × work per GPU-hour = ratio of reported hours; the last factor is what FP8 and everything else gained over BF16 on like chips. "
        + NOTEBOOK,
        note="R1 added a way of training on top of V3. Its architecture is V3's, to the byte.",
    )


def _since(rows: Rows) -> list[alt.Chart]:
    x = rows.width - rows.left - 2
    base = alt.Chart(rows.frame).mark_text(align="right", baseline="middle", color=T["ink2"])
    head = alt.Chart(pd.DataFrame({"t": ["first in"]})).mark_text(
        align="right", color=T["ink3"], baseline="middle"
    )
    return [
        base.encode(x=alt.value(x), y=rows.y(), text="since:N"),
        head.encode(x=alt.value(x), y=alt.value(-12), text="t:N"),
    ]
