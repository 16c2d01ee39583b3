"""Exhibits on training: hours predicted and reported, routes, the whole development, owning against renting."""

from __future__ import annotations

import math

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Column, Exhibit
from deepseek_era.charts.marks import DASH, Box, along, around, name_marks, place
from deepseek_era.cost import hardware, lookup, report, study
from deepseek_era.exhibits.cost_marks import (
    LOG_PLAIN,
    NOTEBOOK,
    Rows,
    T,
    article_point,
    figure_of,
    layered,
    not_public,
    pixel_text,
    say,
    until,
    value_of,
    vega_date,
    x_axis,
    y_axis,
)
from deepseek_era.figure import Figure, format_figure, format_number
from deepseek_era.model import Model


def training_check(model: Model) -> Exhibit:
    """Return predicted against reported hours of every run with published hours, tokens and chip."""
    table = study.runs(model).dropna(subset=["predicted_hours_m"])
    if table.empty:
        return not_public("cost-training-check", "runs with published hours", model)
    data = table[
        ["model", "release_date", "accelerator", "hours_m", "predicted_hours_m", "utilisation", "flop"]
    ].copy()
    data["ratio"] = data["predicted_hours_m"] / data["hours_m"]
    span = (0.03, 60.0)
    line = pd.DataFrame({"hours_m": span, "predicted_hours_m": span})
    band = pd.DataFrame(
        {"hours_m": span, "low": [span[0] / 2, span[1] / 2], "high": [span[0] * 2, span[1] * 2]}
    )
    labels = {
        study.V3_NAME: "DeepSeek-V3",
        study.LLAMA: "Llama-3.1-405B",
        "DeepSeek-V2": "DeepSeek-V2",
        "Llama-3.2-1B": "Llama-3.2-1B",
        "Llama-3.1-8B": "Llama-3.1-8B",
        "OLMoE-1B-7B": "OLMoE-1B-7B",
        "Llama-4-Scout": "Llama-4-Scout",
    }

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        ticks = (0.1, 1, 10)
        x = x_axis(
            "hours_m",
            span,
            ticks,
            log=True,
            title="Reported, million GPU-hours (log scale)",
            labels=LOG_PLAIN,
        )
        title = "Predicted, million GPU-hours (log scale)"
        y = y_axis("predicted_hours_m", span, ticks, log=True, title=title, labels=LOG_PLAIN)
        yl = y_axis("low", span, ticks, log=True, title=title, labels=LOG_PLAIN)
        area = (
            alt.Chart(band)
            .mark_area(color=T["neuttint"], fillOpacity=1, clip=True)
            .encode(x=x, y=yl, y2="high:Q")
        )
        diagonal = alt.Chart(line).mark_line(color=T["ink3"], strokeWidth=1, strokeDash=DASH).encode(x=x, y=y)
        own = data["model"].str.startswith("DeepSeek")
        dots = alt.Chart(data[~own]).mark_circle(size=60, color=T["neutral"]).encode(x=x, y=y)
        deep = alt.Chart(data[own]).mark_circle(size=80, color=T["ink"]).encode(x=x, y=y)
        named = data[data["model"].isin(labels)].assign(text=lambda d: d["model"].map(labels))
        if not wide:
            named = named[named["model"].isin([study.V3_NAME, study.LLAMA, "Llama-3.2-1B"])]
        height = 310 if wide else 290
        plot = width - 40 - 24

        def pixel(hours: float, predicted: float) -> tuple[float, float]:
            whole = math.log(span[1] / span[0])
            return math.log(hours / span[0]) / whole * plot, math.log(span[1] / predicted) / whole * height

        spots = [
            (*pixel(*pair), str(text))
            for *pair, text in zip(named["hours_m"], named["predicted_hours_m"], named["text"], strict=True)
        ]
        taken = [
            *(
                around(*pixel(h, p), 6)
                for h, p in zip(data["hours_m"], data["predicted_hours_m"], strict=True)
            ),
            *along([0, plot], [height, 0], [height, 0]),
        ]
        tags = name_marks(place(spots, Box(0, 0, plot + 20, height), taken, reach=40), colour=T["ink"])
        marks = [area, diagonal, dots, deep, *tags]
        return layered(marks, width, height, left=40, right=24, top=28, bottom=44)

    v3 = data[data["model"] == study.V3_NAME]
    ratio = float(v3["ratio"].iloc[0]) if len(v3) else math.nan
    plausible = data["utilisation"].min() <= float(v3["utilisation"].iloc[0]) <= data["utilisation"].max()
    verdict = "V3's hours are plausible" if plausible else "V3's hours stand outside the other runs"
    return Exhibit(
        name="cost-training-check",
        title=f"{verdict}: {say(model, 'cost.training.v3_mfu_6nd', 'value')} utilisation, against {say(model, 'cost.training.peer_mfu_median', 'value')} at the median of the other runs",
        subtitle="Predicted against reported accelerator hours. Prediction: 6 N D at the median utilisation of all other runs. Grey: within a factor of two. Dark: DeepSeek.",
        source=f"Hours as the developers report them, n = {len(data)}; utilisation against the dense BF16 peak, attention left out. {NOTEBOOK}",
        alt=f"Log scatter of predicted against reported hours for {len(data)} runs. V3's run took {say(model, 'cost.training.v3_pretraining_hours', 'value')}; the others' median utilisation predicts {ratio:.2g} times that.",
        data=data,
        sources=lookup.sources(table),
        chart=chart,
        how="$H = 6 N_{active} D / (F_{peak}\\, u)$ with $u$ the median utilisation of the other runs (leave one out). "
        + NOTEBOOK,
        note="The smallest models lie furthest out: their reported hours are many times what the same utilisation would need.",
    )


def training_routes(model: Model) -> Exhibit:
    """Return V3's run by two routes, and R1's own stage, as a table."""
    lines = (
        ("GPU-hours as reported, all stages", "cost.training.v3_gpu_hours"),
        ("Of these pre-training", "cost.training.v3_pretraining_hours"),
        ("Pre-training from tokens a day × GPUs (second route)", "cost.training.second_route_hours"),
        ("Arithmetic, 6 N D, active parameters", "cost.training.v3_flop"),
        ("FLOP per token as counted here", "cost.training.v3_gflop_per_token"),
        ("FLOP per token as the makers count", "cost.training.v3_gflop_per_token_published"),
        ("Share of the dense BF16 peak, 6 N D, as for other runs", "cost.training.v3_mfu_6nd"),
        ("The other runs, median, 6 N D", "cost.training.peer_mfu_median"),
        ("Share of the dense BF16 peak, makers' FLOP per token: not comparable", "cost.training.v3_mfu_bf16"),
        ("Share of the dense FP8 peak, makers' FLOP per token: not comparable", "cost.training.v3_mfu_fp8"),
        ("Cost at the makers' rent", "cost.training.v3_cost"),
        ("Cost at rents as drawn", "cost.training.v3_cost_at_rents"),
        ("R1's own stage, hours", "cost.training.r1_stage_hours"),
        ("R1's own stage, cost at the same rent", "cost.training.r1_stage_cost"),
        ("Llama-3.1-405B over V3, arithmetic", "cost.training.flop_ratio_llama_405b"),
        ("Llama-3.1-405B over V3, reported hours", "cost.training.hours_ratio_llama_405b"),
    )
    figures = report.figures(model)
    data = pd.DataFrame(
        [(label, format_figure(figures[id]), figures[id].kind) for label, id in lines],
        columns=["measure", "value", "kind"],
    )
    gap = value_of(model, "cost.training.second_route_gap")
    closes = gap is not None and abs(gap) < 2
    second = (
        f"two routes agree within {format_number(abs(gap or 0), '%', 'modelled')}"
        if closes
        else "a second route is not public yet"
        if gap is None
        else "two routes disagree"
    )
    return Exhibit(
        name="cost-training-routes",
        title=f"The final run cost {say(model, 'cost.training.v3_cost', 'value')} at an assumed rent; {second}",
        subtitle="DeepSeek-V3's final run, with R1's own stage apart",
        source=f"DeepSeek-V3 technical report; ISCA 2025 paper; R1 supplement. Hours are self-reported and unaudited. {NOTEBOOK}",
        alt=f"Table: {say(model, 'cost.training.v3_gpu_hours', 'value')} of H800 time at {say(model, 'cost.training.rate', 'value')} make {say(model, 'cost.training.v3_cost', 'value')}.",
        data=data,
        sources=figure_of(model, "cost.training.v3_cost").sources,
        columns=(
            Column("measure", "Measure", weight=3),
            Column("value", "Value", "right", "number", 1.6),
            Column("kind", "Kind"),
        ),
        how="Second route: tokens / (tokens a day) × GPUs × 24 h. Utilisation $= F/(H\\cdot 3600\\cdot F_{peak})$. "
        + NOTEBOOK,
    )


FLEET_SCALE = 2000.0  # USD million across the whole plot
FLEET_WORDS = "its own scale: full width is two billion"


def _yearly(model: Model) -> str:
    """Return the published yearly cost of the fleet as a range in words, empty if it was not public."""
    low, high = value_of(model, "cost.fleet.yearly_low"), value_of(model, "cost.fleet.yearly_high")
    return "" if low is None or high is None else f"${low:.0f}–{high:.0f}m"


def _fleet_bars(model: Model) -> pd.DataFrame:
    """Return the rows of the fleet, a year of it and the stock, each from its lowest to its highest estimate."""
    rows = []
    for label, id, kind in (
        ("A year of the whole fleet", "cost.fleet.yearly", "flow a year"),
        ("Fleet (a stock, not added)", "cost.fleet.capex", "stock"),
    ):
        low, high = value_of(model, f"{id}_low"), value_of(model, f"{id}_high")
        if low is not None:
            rows.append((label, 0.0, low, low, high, low, kind))
    return pd.DataFrame(rows, columns=["label", "start", "end", "low", "high", "step_median", "kind"])


def waterfall(model: Model) -> Exhibit:
    """Return the steps from the final run to the whole development, with the fleet on a scale of its own."""
    whole = study.development(model)
    steps = (
        ("Final run", whole.final_run),
        ("Earlier models' runs", whole.prior_models),
        ("Experiments", whole.experiments),
        ("Data and synthesis", whole.data),
        ("Research staff", whole.staff),
    )
    level = np.zeros_like(whole.total)
    rows = []
    before = 0.0
    for label, step in steps:
        level = level + step
        low, middle, high = np.quantile(level, [0.05, 0.5, 0.95]) / 1e6
        rows.append((label, before, middle, low, high, float(np.median(step)) / 1e6, "flow"))
        before = float(middle)
    low, middle, high = np.quantile(whole.total, [0.05, 0.5, 0.95]) / 1e6
    rows.append(("Whole development", 0.0, middle, low, high, middle, "total"))
    data = pd.DataFrame(rows, columns=["label", "start", "end", "low", "high", "step_median", "kind"])
    shown = pd.concat([data, _fleet_bars(model)], ignore_index=True)
    shown["number"] = [
        format_number(r["step_median"], "USD million")
        if r["kind"] == "flow"
        else say(model, "cost.training.full_cost")
        if r["kind"] == "total"
        else f"${r['low']:.0f}–{r['high']:.0f}m"
        if r["kind"] == "flow a year"
        else f"${r['low'] / 1e3:.1f}–{r['high'] / 1e3:.1f}bn"
        for r in shown.to_dict("records")
    ]
    top = 20 * math.ceil(float(data["high"].max()) / 20)

    def chart(width: int) -> ChartLike:
        rows = Rows(shown, width, left=160, right=128)
        ticks = [t for t in (0, 25, 50, 75, 100, 125, 150, 200, 300, 400) if t <= top]
        if not rows.wide:
            ticks = [t for t in (0, 50, 100, 150, 200, 300) if t <= top]
        x = x_axis(
            "start", (0, top), ticks, title="USD million, medians; thin line 5–95% of the level reached"
        )
        flow = rows.frame[rows.frame["kind"].isin(["flow", "total"])]
        bars = (
            alt.Chart(flow)
            .mark_bar(height=13, color=T["s4"])
            .encode(
                x=x,
                x2="end:Q",
                y=rows.y(),
                color=alt.Color(
                    "kind:N", scale=alt.Scale(domain=["flow", "total"], range=[T["s4"], T["s6"]]), legend=None
                ),
            )
        )
        spread = (
            alt.Chart(flow)
            .mark_rule(color=T["ink"], strokeWidth=1.5)
            .encode(
                x=x_axis(
                    "low", (0, top), ticks, title="USD million, medians; thin line 5–95% of the level reached"
                ),
                x2="high:Q",
                y=rows.y(),
            )
        )
        marks: list[alt.Chart] = [rows.rules(), bars, spread]
        article = pd.DataFrame({"start": [study.claim_value("F10")], "row": [rows.frame["row"].iloc[0]]})
        marks.append(alt.Chart(article).mark_point(**article_point()).encode(x=x, y=rows.y()))
        stock = rows.frame[rows.frame["kind"].isin(["stock", "flow a year"])]
        if len(stock):
            # its own scale: the plot's full width is FLEET_SCALE
            own = stock.assign(start=0.0, end=stock["high"] / FLEET_SCALE * top, words=FLEET_WORDS)
            marks.append(
                alt.Chart(own).mark_bar(height=13, color=T["rule"]).encode(x=x, x2="end:Q", y=rows.y())
            )
            marks.append(
                alt.Chart(own.tail(1))
                .mark_text(align="left", baseline="middle", color=T["ink"], fontSize=11)
                .encode(x=alt.value(5), y=rows.y(), text="words:N")
            )
        return rows.finish([*marks, *rows.names(), *rows.numbers()])

    return Exhibit(
        name="cost-waterfall",
        title=f"The whole development cost {say(model, 'cost.training.hidden_multiplier')} its final run"
        + (f"; a year of the whole fleet, {_yearly(model)}, is the upper bracket" if _yearly(model) else ""),
        subtitle="From V3's final run to the whole development, USD million, as a flow at rented prices. Diamond: the article. Grey, on a scale of their own: a year of the whole fleet, serving and other models included, and the fleet as a stock.",
        source=f"Hours as reported; research over final runs, data and staff shares as drawn ({model.draws.n:,} draws). {NOTEBOOK}",
        alt=f"Waterfall from {say(model, 'cost.training.v3_cost_at_rents')} for the final run to {say(model, 'cost.training.full_cost')} for the whole development; a year of the fleet, {_yearly(model) or 'not yet public'}, and the fleet itself, {say(model, 'cost.fleet.capex_low', 'value')} or more, are not part of it.",
        data=shown.drop(columns="number"),
        sources=figure_of(model, "cost.training.full_cost").sources,
        chart=chart,
        how="$C_{full} = C_{final}\\, m_{exp}\\, m_{data}/(1-s_{staff})$. Earlier models' published hours at the same rent are a part of the research compute, not on top of it. "
        + NOTEBOOK,
        note="The two ends of the bracket count different things: the lower one takes the ratio of research to final runs from other laboratories and applies it to V3 alone; the upper one is what a published recomputation gives for every machine that DeepSeek may have, for one year, whatever it worked on. A step's bar runs between the medians of the levels before and after it, so bars join; its own median is the number at the right.",
    )


def ownership(model: Model) -> Exhibit:
    """Return dated rents of Hopper GPUs by contract against the cost of owning."""
    rents = study.rents(model)
    owned = study.ownership(model)
    low, middle, high = np.quantile(owned.total, [0.05, 0.5, 0.95])
    rate = study.v3_run(model).rate_usd
    data = rents[rents["contract"] != "assumed by DeepSeek"].copy()
    first = pd.Timestamp(data["date"].min().year, 1, 1)
    last = data["date"].max() + pd.Timedelta(days=45)  # room for the last glyph before the names at the right
    data["date"] = data["date"].dt.strftime("%Y-%m-%d")
    shapes = {"on demand": "circle", "one-year contract": "square", "index": "diamond"}
    cap = 11.0

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        height, left, right = (250, 34, 150) if wide else (270, 30, 14)
        plot = width - left - right
        x = alt.X(
            "date:T",
            scale=alt.Scale(domain=[vega_date(first), vega_date(last)]),
            axis=alt.Axis(
                title=None,
                format="%Y",
                values=[vega_date(day) for day in pd.date_range(first, last, freq="YS")],
                grid=False,
            ),
        )
        ticks = (0, 2, 4, 6, 8, 10)
        y = y_axis("middle", (0, cap), ticks, title="USD per GPU-hour")
        yl = y_axis("low", (0, cap), ticks, title="USD per GPU-hour")
        band = (
            alt.Chart(pd.DataFrame({"low": [low], "high": [high]}))
            .mark_rect(color=T["s2"], opacity=0.6)
            .encode(y=yl, y2="high:Q")
        )
        own = (
            alt.Chart(pd.DataFrame({"middle": [middle]}))
            .mark_rule(color=T["c1"], strokeDash=DASH, strokeWidth=2)
            .encode(y=y)
        )
        base = (
            alt.Chart(pd.DataFrame({"middle": [rate]})).mark_rule(color=T["ink"], strokeWidth=1).encode(y=y)
        )
        spans = (
            alt.Chart(data.dropna(subset=["low", "high"]).assign(high=lambda d: d["high"].clip(upper=cap)))
            .mark_rule(color=T["neutral"])
            .encode(x=x, y=yl, y2="high:Q")
        )
        dots = (
            alt.Chart(data)
            .mark_point(filled=True, size=58, color=T["ink"])
            .encode(
                x=x,
                y=y,
                shape=alt.Shape(
                    "contract:N",
                    scale=alt.Scale(domain=list(shapes), range=list(shapes.values())),
                    legend=None,
                ),
            )
        )
        marks = [band, own, base, spans, dots]

        def at(value: float) -> float:
            return height * (1 - value / cap)

        if wide:
            marks += [
                pixel_text("owning, 5–95%", plot + 8, at(middle) - 8, colour=T["c1"], weight=600),
                pixel_text("makers' assumption", plot + 8, at(rate) + 8, colour=T["ink"]),
            ]
            for i, (name, shape) in enumerate(shapes.items()):
                marks.append(
                    alt.Chart(pd.DataFrame({"t": [0]}))
                    .mark_point(shape=shape, filled=True, size=58, color=T["ink"])
                    .encode(x=alt.value(plot + 14), y=alt.value(20 + 19 * i))
                )
                marks.append(pixel_text(name, plot + 26, 20 + 19 * i))
        else:
            marks += [
                pixel_text("owning, 5–95%", plot, at(high) - 9, align="right", colour=T["c1"], weight=600)
            ]
        return layered(marks, width, height, left=left, right=right, top=28, bottom=28)

    above = value_of(model, "cost.tco.p_above_rate") or 0.0
    word = (
        "below what owning costs"
        if above >= 0.6
        else "above what owning costs"
        if above <= 0.4
        else "about what owning costs"
    )
    quoted = data[["low", "middle", "high"]].to_numpy(dtype=float)
    place = "inside" if np.nanmin(quoted) <= rate <= np.nanmax(quoted) else "outside"
    return Exhibit(
        name="cost-ownership",
        title=f"The assumed {say(model, 'cost.training.rate', 'value').replace(' per GPU-hour', '')} an hour is {word}, and {place} the range of rents",
        subtitle="Rent of Hopper GPUs by date and contract, USD per GPU-hour; grey lines: lowest to highest quote. Band: cost of owning, 5–95%, dashed median.",
        source=f"Dated quotes, n = {len(data)}; cost of ownership from capital, site, power and operations as drawn. {NOTEBOOK} {until(model)}",
        alt=f"Rents of Hopper GPUs from {say(model, 'cost.tco.rent_on_demand_min', 'value')} to {say(model, 'cost.tco.rent_on_demand_max', 'value')}; owning costs {say(model, 'cost.tco.gpu_hour')}.",
        data=data,
        sources=lookup.sources(rents),
        chart=chart,
        how="$h = \\{K\\,a(r,n) + kW\\cdot PUE\\,[S\\,a(r,15) + 8760\\,l\\,p] + o K\\}/(8\\cdot 8760\\,A)$ with $a(r,n)=r(1+r)^n/((1+r)^n-1)$, $K$ the server, $S$ the site per kW, $l$ the load, $p$ the price of energy, $o$ operations and $A$ paid time. "
        + NOTEBOOK,
    )


def gpu_hour(model: Model) -> Exhibit:
    """Return the parts of the cost of an owned GPU-hour as a table."""
    owned = study.ownership(model)
    words = (
        ("Server, its network share and the cost of capital", owned.server),
        ("Building and power plant", owned.site),
        ("Energy", owned.energy),
        ("Operations", owned.operations),
        ("Total per GPU-hour of paid work", owned.total),
    )
    rows = []
    for label, part in words:
        cost = Figure.from_draws("part", part, unit="USD per GPU-hour", label=label)
        share = Figure.from_draws("share", 100 * part / owned.total, unit="%", label=label)
        rows.append((label, format_figure(cost).replace(" per GPU-hour", ""), format_figure(share, "value")))
    data = pd.DataFrame(rows, columns=["part", "usd_per_gpu_hour", "share"])
    return Exhibit(
        name="cost-gpu-hour",
        title=f"The server is {say(model, 'cost.tco.server_share')} of an owned GPU-hour, energy {say(model, 'cost.tco.energy_share')}",
        subtitle="Cost of owning an H800-class GPU for an hour of paid work, USD, median and 5–95%",
        source=f"Capital, site, power, energy and use as drawn; buildings over {hardware.SITE_LIFE_YEARS:.0f} years, operations {100 * hardware.OPERATIONS_SHARE:.0f}% of the server a year. {NOTEBOOK}",
        alt=f"Table of the parts of an owned GPU-hour; total {say(model, 'cost.tco.gpu_hour')}.",
        data=data,
        sources=figure_of(model, "cost.tco.gpu_hour").sources,
        columns=(
            Column("part", "Part", weight=2.4),
            Column("usd_per_gpu_hour", "USD per GPU-hour", "right", "number", 1.4),
            Column("share", "Share", "right", "number", 0.7),
        ),
        how="The formula stands at the chart of rents; medians of parts need not add up to the median of their sum. "
        + NOTEBOOK,
    )


def entrant(model: Model) -> Exhibit:
    """Return what a team without a cluster faces, flows and stocks apart, as a table."""
    lines = (
        ("Development, rented at once", "cost.training.full_cost", "flow"),
        ("Staff while the machines are on order", "cost.entrant.waiting", "flow"),
        ("Both", "cost.entrant.flow", "flow"),
        ("Buying the training cluster and its site", "cost.entrant.cluster", "stock"),
        ("DeepSeek's fleet, lowest published estimate", "cost.fleet.capex_low", "stock"),
        ("DeepSeek's fleet, highest published estimate", "cost.fleet.capex_high", "stock"),
        (
            "The fleet's yearly cost, as recomputed by a reader, lowest",
            "cost.fleet.yearly_low",
            "flow a year",
        ),
        ("The fleet's yearly cost, highest", "cost.fleet.yearly_high", "flow a year"),
    )
    figures = report.figures(model)
    data = pd.DataFrame(
        [(label, format_figure(figures[id]), kind, figures[id].kind) for label, id, kind in lines],
        columns=["item", "usd", "flow_or_stock", "kind"],
    )
    return Exhibit(
        name="cost-entrant",
        title=f"Without a cluster the bill is {say(model, 'cost.entrant.flow')}, machines not bought",
        subtitle="What an entrant would face to repeat V3's development, and the fleet behind DeepSeek: flows and stocks are never added",
        source=f"Development as in the waterfall; lead time from order to power as drawn; {say(model, 'cost.pcie.v3_gpus', 'value')} GPUs; estimates of January 2025. {NOTEBOOK}",
        alt=f"Table: an entrant's flow {say(model, 'cost.entrant.flow')}, of which waiting {say(model, 'cost.entrant.waiting')}; the cluster {say(model, 'cost.entrant.cluster')}.",
        data=data,
        sources=tuple(
            dict.fromkeys(
                [
                    *figure_of(model, "cost.entrant.flow").sources,
                    *figure_of(model, "cost.fleet.capex_low").sources,
                ]
            )
        ),
        columns=(
            Column("item", "Item", weight=2.4),
            Column("usd", "USD", "right", "number", 1.4),
            Column("flow_or_stock", "Flow or stock"),
            Column("kind", "Kind"),
        ),
        how="Waiting = staff a year of development × lead time in years. Cluster = servers × (server + kW × PUE × site per kW). "
        + NOTEBOOK,
    )
