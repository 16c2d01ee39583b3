"""Exhibits on price: the discount map and path, hosts, readings, cost per task, and the price trend."""

from __future__ import annotations

import itertools
import math
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Column, Control, Exhibit
from deepseek_era.charts.marks import DASH, Box, around, name_marks, place
from deepseek_era.cost import lookup, price, report, study
from deepseek_era.exhibits.cost_marks import (
    LOG_PLAIN,
    NOTEBOOK,
    Rows,
    T,
    article_point,
    figure_of,
    layered,
    month_words,
    not_public,
    pixel_text,
    say,
    swatch,
    text_marks,
    time_axis,
    until,
    value_of,
    x_axis,
    y_axis,
)
from deepseek_era.figure import format_figure, format_number, true_minus
from deepseek_era.model import Model
from deepseek_era.words import in_sentence

BANDS = (0.0, 80.0, 85.0, 90.0, 93.0, 96.0)
VERBOSITY_RANGE = (0.5, 4.0)
CENTS = "format(100 * datum.value, ',~r')"


def _contour(cheap: price.Prices, dear: price.Prices, share: Array, discount: float, cached: float) -> Array:
    """Return the verbosity at which a call is `discount` percent cheaper, clipped to the drawn range."""
    low, high = VERBOSITY_RANGE
    found = price.verbosity_for_discount(discount, cheap, dear, share, cached)
    return np.clip(np.nan_to_num(found, nan=low), low, high)


def discount_map(model: Model) -> Exhibit:
    """Return the map of the whole-call discount over output share and verbosity, with the article's contour."""
    r1, o1 = study.prices_of(model, study.R1), study.prices_of(model, study.O1)
    if r1 is None or o1 is None:
        return not_public("cost-discount-map", "list prices of R1 and o1", model)
    target = study.claim_value("F03")
    cached = model.parameters.central("cache_share")
    share = np.linspace(0.02, 1, 50)
    edges = sorted({*BANDS, target})
    shades = [T[f"s{i}"] for i in range(1, 7)]
    bands = []
    for i, edge in enumerate(edges):
        upper = _contour(r1, o1, share, edge, cached) if i else np.full_like(share, VERBOSITY_RANGE[1])
        lower = (
            _contour(r1, o1, share, edges[i + 1], cached)
            if i + 1 < len(edges)
            else np.full_like(share, VERBOSITY_RANGE[0])
        )
        name = (
            f"{edge:g}% or more"
            if i + 1 == len(edges)
            else f"{edge:g} to {edges[i + 1]:g}%"
            if i
            else f"below {edges[1]:g}%"
        )
        if np.any(upper > lower + 1e-9):
            bands.append(
                pd.DataFrame({"share": 100 * share, "low": lower, "high": upper, "band": name, "order": i})
            )
    data = pd.concat(bands, ignore_index=True)
    line = pd.DataFrame(
        {"share": 100 * share, "verbosity": price.verbosity_for_discount(target, r1, o1, share, cached)}
    )
    line = line[(line["verbosity"] <= VERBOSITY_RANGE[1]) & (line["verbosity"] >= VERBOSITY_RANGE[0])]
    some = study.thin(model, 180)
    draws = pd.DataFrame(
        {
            "share": 100 * price.output_share(model.draws["output_input_ratio"][some]),
            "verbosity": model.draws["verbosity"][some],
        }
    )
    draws = draws[draws["verbosity"].between(*VERBOSITY_RANGE)]
    middle = pd.DataFrame(
        {
            "share": [100 * float(price.output_share(model.parameters.central("output_input_ratio")))],
            "verbosity": [model.parameters.central("verbosity")],
        }
    )
    names = [b["band"].iloc[0] for b in bands]
    colours = [shades[min(int(b["order"].iloc[0]), 5)] for b in bands]

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        height, left, right = (330, 40, 150) if wide else (260, 34, 12)
        plot = width - left - right
        axis_title = "R1 output tokens per o1 output token"
        x = x_axis("share", (0, 100), (0, 25, 50, 75, 100), title="Output in o1's tokens, %", grid=False)
        y = y_axis("low", VERBOSITY_RANGE, (0.5, 1, 2, 3, 4), title=axis_title)
        yv = y_axis("verbosity", VERBOSITY_RANGE, (0.5, 1, 2, 3, 4), title=axis_title)
        scale = alt.Scale(domain=names, range=colours)
        area = (
            alt.Chart(data)
            .mark_area(fillOpacity=1)
            .encode(
                x=x, y=y, y2="high:Q", detail="band:N", color=alt.Color("band:N", scale=scale, legend=None)
            )
        )
        dots = alt.Chart(draws).mark_circle(size=7, color=T["ink"], opacity=0.45).encode(x=x, y=yv)
        contour = alt.Chart(line).mark_line(strokeDash=DASH, color=T["ink"], strokeWidth=2).encode(x=x, y=yv)
        ring = (
            alt.Chart(middle)
            .mark_point(filled=True, fill=T["paper"], stroke=T["ink"], strokeWidth=2.5, size=110)
            .encode(x=x, y=yv)
        )
        equal = alt.Chart(pd.DataFrame({"low": [1.0]})).mark_rule(color=T["ink3"]).encode(y=y)
        end = line.tail(1).assign(text=f"{target:g}% cheaper")
        marks = [area, equal, dots, contour, ring]
        if wide:
            marks += [
                text_marks(end, x, yv, dx=8, colour=T["ink"], weight=600),
                pixel_text("equal length", plot + 8, height * (1 - 0.5 / 3.5), colour=T["ink3"]),
                pixel_text("Call cheaper by", plot + 14, 8, colour=T["ink3"]),
            ]
            for i, (name, colour) in enumerate(zip(names[::-1], colours[::-1], strict=True)):
                marks += [swatch(colour, plot + 20, 28 + 19 * i), pixel_text(name, plot + 32, 28 + 19 * i)]
        else:
            marks.append(text_marks(end, x, yv, dx=-4, dy=-12, align="right", colour=T["ink"], weight=600))
            for i, (name, colour) in enumerate(zip(names, colours, strict=True)):
                across, down = 8 + 92 * (i % 3), height + 50 + 18 * (i // 3)
                marks += [swatch(colour, across, down), pixel_text(name, across + 11, down)]
        return layered(marks, width, height, left=left, right=right, top=28, bottom=44 if wide else 84)

    def live() -> ChartLike:
        return _live_map(model, r1, o1, cached, edges, target, draws)

    needed = say(model, "cost.api.verbosity_for_93", "value")
    reach = price.reachable_discounts_percent(r1, o1)
    note = (
        f"At equal length no mix of tokens gives {target:g}%: every class is at least "
        f"{say(model, 'cost.api.discount_mix_low', 'value')} cheaper."
        if not reach[0] <= target <= reach[1]
        else f"At equal length a mix of tokens gives {target:g}%."
    )
    return Exhibit(
        name="cost-discount-map",
        title=f"A call is {target:g}% cheaper only where R1 writes about {needed.lstrip('×')} times as much as o1",
        subtitle="Whole-call discount of R1 against o1 at launch list prices, by output share and verbosity. Dashed: the article's figure. Dots: joint draws; ring: their middle.",
        source=f"List prices of January 2025; {format_number(100 * cached, '%', 'judgement')} of input cached; verbosity and mix are judgements. {NOTEBOOK}",
        alt=f"Map of the discount over output share and verbosity. At equal length every mix is {say(model, 'cost.api.discount_mix_low', 'value')} or more cheaper; the {target:g}% contour ends at a verbosity of {needed} for output alone.",
        data=data.drop(columns="order").rename(
            columns={"share": "output_share_percent", "low": "verbosity_low", "high": "verbosity_high"}
        ),
        sources=figure_of(model, "cost.api.discount_output").sources,
        chart=chart,
        how=(
            "Cost of a call $C = (1-s)[(1-h)p_{in} + h\\,p_{cache}] + v\\,s\\,p_{out}$, with $s$ the output share of o1's tokens, $h$ the cached share of input and "
            "$v$ R1's output tokens per o1 output token ($v=1$ for o1); discount $1 - C_{R1}/C_{o1}$. A list-price comparison sets $v=1$. "
            "The sliders move the two output prices, input prices in proportion, and the ring's $v$ and $s$. "
            + NOTEBOOK
        ),
        note=note,
        live=live,
        controls=_map_controls(model, r1, o1),
        readout="At this setting a call costs {now:.1f}% less than the reference; the article's figure needs a length of {needed:×.2f}.",
    )


EVENTS = (
    ("2025-01-31", "o3-mini"),
    ("2025-06-10", "o3 cut"),
    ("2025-09-29", "V3.2"),
    ("2026-04-24", "V4-Pro"),
    ("2026-08-16", "price rise"),
)


def _map_controls(model: Model, r1: price.Prices, o1: price.Prices) -> tuple[Control, ...]:
    parameters = model.parameters
    mix = [
        100 * float(price.output_share(parameters.quantile("output_input_ratio", q)))
        for q in (0.05, 0.5, 0.95)
    ]
    length = [parameters.quantile("verbosity", q) for q in (0.05, 0.5, 0.95)]
    return (
        Control("cheap", "R1 output price, USD", 0.2, 10, 0.01, r1.output_usd_per_mtok),
        Control("dear", "Reference output price, USD", 1, 60, 0.1, o1.output_usd_per_mtok, format=".1f"),
        Control("v", "Verbosity", *VERBOSITY_RANGE, 0.05, round(length[1], 2), length[0], length[2], "×.2f"),
        Control("s", "Output share, %", 2, 100, 1, round(mix[1]), mix[0], mix[2], ".0f"),
    )


def _live_map(
    model: Model,
    r1: price.Prices,
    o1: price.Prices,
    cached: float,
    edges: list[float],
    target: float,
    draws: pd.DataFrame,
) -> ChartLike:
    """Return the map with its bands computed in the page, from the formula that the exhibit prints."""
    low, high = VERBOSITY_RANGE
    steps, count = 41, len(edges)
    shades = [T[f"s{i}"] for i in range(1, 7)]
    base = {control.param: control.base for control in _map_controls(model, r1, o1)}
    fresh = [(1 - cached) * p.input_usd_per_mtok + cached * p.cached_usd_per_mtok for p in (r1, o1)]
    # input prices keep their ratio to the output price that the slider moves
    ratios = [fresh[0] / r1.output_usd_per_mtok, fresh[1] / o1.output_usd_per_mtok]
    share, band = "datum.share/100", f"floor(datum.i/{steps})"

    def contour(discount: str) -> str:
        paid = f"(1-{discount}/100)*dear*((1-{share})*{ratios[1]:.6g}+{share})"
        return f"clamp(({paid}-cheap*(1-{share})*{ratios[0]:.6g})/({share}*cheap),{low},{high})"

    listed = "[" + ",".join(f"{e:g}" for e in edges) + "]"
    axis_title = "R1 output tokens per output token of the reference"
    x = x_axis(
        "share", (0, 100), (0, 25, 50, 75, 100), title="Output in the reference's tokens, %", grid=False
    )
    y, yv = (y_axis(f, VERBOSITY_RANGE, (0.5, 1, 2, 3, 4), title=axis_title) for f in ("low", "verbosity"))
    names = list(range(count))
    colours = [shades[min(i, 5)] for i in names]
    points = alt.sequence(0, count * steps, as_="i")
    area = (
        alt.Chart(points)
        .transform_calculate(band=band, share=f"2+98*(datum.i%{steps})/{steps - 1}")
        .transform_calculate(
            high=f"datum.band==0?{high}:{contour(f'{listed}[datum.band]')}",
            low=f"datum.band=={count - 1}?{low}:{contour(f'{listed}[datum.band+1]')}",
        )
        .mark_area(fillOpacity=1, strokeWidth=0)
        .encode(
            x=x,
            y=y,
            y2="high:Q",
            fill=alt.Fill("band:O", scale=alt.Scale(domain=names, range=colours), legend=None),
        )
    )
    dots = alt.Chart(draws).mark_circle(size=7, color=T["ink"], opacity=0.45).encode(x=x, y=yv)
    line = (
        alt.Chart(alt.sequence(0, steps, as_="i"))
        .transform_calculate(share=f"2+98*datum.i/{steps - 1}")
        .transform_calculate(verbosity=contour(f"{target:g}"))
        .transform_filter(f"datum.verbosity>{low} && datum.verbosity<{high}")
        .mark_line(strokeDash=DASH, color=T["ink"], strokeWidth=2)
        .encode(x=x, y=yv)
    )
    ring = (
        alt.Chart(alt.sequence(0, 1, as_="i"))
        .transform_calculate(share="s", verbosity="v")
        .mark_point(filled=True, fill=T["paper"], stroke=T["ink"], strokeWidth=2.5, size=110)
        .encode(x=x, y=yv)
    )
    height, left, right = 330, 40, 14
    marks = [area, dots, line, ring]
    words = [
        f"below {edges[1]:g}%",
        *(f"{a:g} to {b:g}%" for a, b in itertools.pairwise(edges[1:])),
        f"{edges[-1]:g}% or more",
    ]
    # under the plot, in three columns that fit a phone: the page narrows the plot and cannot move labels
    for i, (name, colour) in enumerate(zip(words, colours, strict=True)):
        across, down = 8 + 92 * (i % 3), height + 50 + 18 * (i // 3)
        marks += [swatch(colour, across, down), pixel_text(name, across + 11, down)]
    paid = f"dear*((1-s/100)*{ratios[1]:.6g}+s/100)"
    cost = f"cheap*((1-s/100)*{ratios[0]:.6g}+v*s/100)"
    chart = layered(marks, theme.WIDE, height, left=left, right=right, top=28, bottom=84)
    return chart.add_params(
        *(alt.param(name=name, value=value) for name, value in base.items()),
        alt.param(name="now", expr=f"100*(1-({cost})/({paid}))"),
        alt.param(
            name="needed",
            expr=f"max(0,((1-{target:g}/100)*{paid}-cheap*(1-s/100)*{ratios[0]:.6g})/(s/100*cheap))",
        ),
    )


PATH_NAMES = {"flagship": "flagships", "small": "small models"}
PATH_COLOURS = {"flagship": T["ink"], "small": T["c3"]}


def discount_path(model: Model) -> Exhibit:
    """Return DeepSeek's discount through time, flagship against flagship and small model against small model."""
    path = study.price_path(model)
    path = path[path["date"] >= study.R1_DATE].reset_index(drop=True)
    if path.empty:
        return not_public("cost-discount-path", "list prices on both sides", model)
    last = model.parameters.vintage.isoformat()
    alike = path[path["alike"]]
    ends = alike.groupby(["comparator", "hours"]).tail(1)
    flagship = say(model, "cost.api.path_flagship_latest", "value")
    small, peak = (value_of(model, f"cost.api.path_small_{end}") for end in ("latest", "latest_peak"))
    if small is None:
        tail = ""
    elif peak is None:
        tail = f", {say(model, 'cost.api.path_small_latest', 'value')} between small models"
    else:
        words = (
            "level at peak hours"
            if abs(peak) < 0.5
            else f"{say(model, 'cost.api.path_small_latest_peak', 'value')} at peak hours"
        )
        tail = f", {say(model, 'cost.api.path_small_latest', 'value')} between small ones off-peak, {words}"
    peaks = value_of(model, "cost.api.path_flagship_latest_peak") is not None
    return Exhibit(
        name="cost-discount-path",
        title=f"Like against like, DeepSeek is {flagship} cheaper between flagships in {month_words(last)}{tail}",
        subtitle="Output list price of DeepSeek's reasoning models below OpenAI's, %, flagship against flagship and small model against small model. "
        + ("Thick: off-peak. Thin: peak hours. " if peaks else "")
        + "Grey: OpenAI's small model against the only one that DeepSeek sold. Diamond: the article, of a call.",
        source=f"List prices by date of effect ({len(path)} changes). Night discounts left out. {NOTEBOOK}",
        alt=f"Step lines of DeepSeek's discount since January 2025: from {say(model, 'cost.api.discount_output', 'value')} against o1, now "
        + "; ".join(
            f"{r['discount']:.0f}% between {PATH_NAMES[r['comparator']]}{' at peak hours' if r['hours'] == 'peak' else ''}"
            for r in ends.to_dict("records")
        )
        + f"; {say(model, 'cost.api.discount_output_o3_mini', 'value')} against o3-mini eleven days after R1.",
        data=path,
        sources=lookup.sources(
            model.facts.table("api_prices").query(
                "provider in ['OpenAI', 'DeepSeek'] and is_reasoning == True"
            )
        ),
        chart=lambda width: _draw_path(path, last, width),
        how="$1 - p_{DeepSeek}/p_{OpenAI}$ for output tokens, recomputed whenever either side's head model or its price changed. A tier's head is its newest model on sale; the tiers are in the table of price tiers. "
        + NOTEBOOK,
        note="The spike of April 2026 is real: the larger model's launch price stood for two days before it was cut.",
    )


def _draw_path(path: pd.DataFrame, last: str, width: int) -> ChartLike:
    """Return the step lines: thick off-peak, thin at peak hours, grey where unlike models stand against each other."""
    wide = width > theme.NARROW
    height, left, right = (264, 40, 178) if wide else (270, 36, 14)
    start = pd.Timestamp(study.R1_DATE)
    stop = max(pd.Timestamp(last), start + pd.Timedelta(days=30))
    low = min(-20.0, 20 * math.floor(path["discount"].min() / 20))
    x = time_axis("date", start, stop, ticks=7 if wide else 3)
    ticks = [v for v in range(-80, 101, 20) if v >= low]
    y = y_axis("discount", (low, 100), ticks, title="DeepSeek below OpenAI, output list price, %")
    events = pd.DataFrame([e for e in EVENTS if e[0] <= last], columns=["date", "text"])
    marks: list[alt.Chart] = [
        alt.Chart(pd.DataFrame({"discount": [0.0]})).mark_rule(color=T["ink3"]).encode(y=y),
    ]
    if wide:  # on phones there is no room for the names that a rule needs
        marks.append(alt.Chart(events).mark_rule(color=T["rule"], strokeWidth=1).encode(x=x))
    for (tier, hours), rows in path.groupby(["comparator", "hours"], sort=False):
        unlike, like = rows[~rows["alike"]], rows[rows["alike"]]
        if len(unlike):  # it ends where a like pair begins
            until_then = like["date"].iloc[0] if len(like) else last
            drawn = pd.concat([unlike, unlike.tail(1).assign(date=until_then)])
            marks.append(
                alt.Chart(drawn)
                .mark_line(interpolate="step-after", color=T["neutral"], strokeWidth=1.5)
                .encode(x=x, y=y)
            )
        if like.empty:
            continue
        drawn = pd.concat([like, like.tail(1).assign(date=last)])
        colour, thick = PATH_COLOURS[str(tier)], hours == "standard"
        marks.append(
            alt.Chart(drawn)
            .mark_line(interpolate="step-after", color=colour, strokeWidth=2.5 if thick else 1)
            .encode(x=x, y=y)
        )
        marks += _path_label(drawn.tail(1), x, y, str(tier), peak=not thick, wide=wide)
    article = pd.DataFrame({"date": [study.R1_DATE], "discount": [study.claim_value("F03")]})
    marks.append(alt.Chart(article).mark_point(**article_point()).encode(x=x, y=y))
    if wide:
        for i, row in enumerate(events.itertuples()):
            at = pd.DataFrame({"date": [row.date], "text": [row.text]})
            marks.append(
                alt.Chart(at)
                .mark_text(align="left", dx=4, color=T["ink3"], baseline="middle")
                .encode(x=x, y=alt.value(height - 10 - 15 * (i % 2)), text="text:N")
            )
    return layered(marks, width, height, left=left, right=right, top=28, bottom=28)


def _path_label(
    end: pd.DataFrame, x: alt.X, y: alt.Y, tier: str, *, peak: bool, wide: bool
) -> list[alt.Chart]:
    """Return the name and the value at the end of a line; on phones above it, without the hours."""
    number = true_minus(f"{end['discount'].iloc[0]:.0f}%")
    words = f"{PATH_NAMES[tier]}, peak" if peak else PATH_NAMES[tier]
    if wide:
        # the two ends of the flagships lie close together
        down = 5 if peak else -5
        return [
            text_marks(
                end.assign(text=f"{words} {number}"),
                x,
                y,
                dx=8,
                dy=down if tier == "flagship" else 0,
                colour=PATH_COLOURS[tier],
                weight=400 if peak else 600,
            )
        ]
    if peak and tier == "flagship":
        return []
    # the lines of both tiers cross at the top, so the name of the upper one stands above the plot
    place: Any = alt.value(-8) if tier == "flagship" else y
    return [
        text_marks(
            end.assign(text=f"{words} {number}"),
            x,
            place,
            dx=0 if tier == "flagship" else -4,
            dy=0 if tier == "flagship" else -10 if peak else 18,
            align="right",
            colour=PATH_COLOURS[tier],
            weight=400 if peak else 600,
        )
    ]


def hosts(model: Model) -> Exhibit:
    """Return R1's output price at every host, with the discount against o1."""
    frame = study.hosted_prices(model)
    o1, mini = study.prices_of(model, study.O1), study.prices_of(model, study.O3_MINI)
    if o1 is None or value_of(model, "cost.api.host_discount_min") is None:
        return not_public("cost-hosts", "R1 at other hosts", model)
    frame = frame.copy()
    version = (
        frame["model"].str.replace(r" ?\(deepseek-reasoner\)", "", regex=True).str.replace("DeepSeek-", "")
    )
    frame["label"] = (
        frame["provider"].str.replace(" AI Foundry| AI$|Google ", "", regex=True) + ", " + version
    )
    frame["number"] = [f"{v:.0f}%" for v in frame["discount"]]
    frame = frame.rename(columns={"output_usd_per_mtok": "usd", "effective_from": "first_seen"})
    data = frame[["label", "provider", "model", "first_seen", "usd", "discount", "number"]]

    def chart(width: int) -> ChartLike:
        rows = Rows(data, width, left=190, right=104, step=(20, 36))
        x = x_axis(
            "usd",
            (0.3, 100),
            (0.5, 1, 2, 5, 10, 20, 50, 100),
            log=True,
            title="USD per million output tokens (log scale)",
            labels=LOG_PLAIN,
        )
        dots = alt.Chart(rows.frame).mark_point(filled=True, size=60, color=T["ink"]).encode(x=x, y=rows.y())
        marks: list[alt.Chart] = [rows.rules()]
        for text, value in (
            ("o1", o1.output_usd_per_mtok),
            ("o3-mini", None if mini is None else mini.output_usd_per_mtok),
        ):
            if value is None:
                continue
            at = pd.DataFrame({"usd": [value], "text": [text]})
            marks.append(alt.Chart(at).mark_rule(color=T["ink3"]).encode(x=x))
            marks.append(
                alt.Chart(at)
                .mark_text(color=T["ink3"], baseline="middle")
                .encode(x=x, y=alt.value(-12 if rows.wide else -8), text="text:N")
            )
        return rows.finish([*marks, dots, *rows.names(), *rows.numbers(head="below o1")])

    low, high = (
        say(model, "cost.api.host_discount_min", "value"),
        say(model, "cost.api.host_discount_max", "value"),
    )
    return Exhibit(
        name="cost-hosts",
        title=f"Who serves R1 decides the discount: {low} to {high} below o1 at other hosts",
        subtitle="Output list price of R1 by host, USD per million tokens, first price seen at each host. Rules: o1 and o3-mini at launch.",
        source=f"Price trackers and providers' pages, {len(data)} prices; dates are first sightings. {NOTEBOOK}",
        alt=f"Dots of R1's output price at {len(data)} offers, from {format_number(float(data['usd'].min()), 'USD', 'published')} to {format_number(float(data['usd'].max()), 'USD', 'published')} per million tokens; o1 cost {format_number(o1.output_usd_per_mtok, 'USD', 'published')}.",
        data=data.drop(columns="number"),
        sources=lookup.sources(frame),
        chart=chart,
        how="$1 - p_{host}/p_{o1}$ for output at o1's launch price. Free previews are left out. " + NOTEBOOK,
    )


def readings(model: Model) -> Exhibit:
    """Return the table that answers which readings give the article's discount and which cannot."""
    target = study.claim_value("F03")
    figures = report.figures(model)
    lines = (
        ("List price, fresh input", "cost.api.discount_input"),
        ("List price, cached input", "cost.api.discount_cached"),
        ("List price, output", "cost.api.discount_output"),
        ("Any mix of these at equal length, smallest", "cost.api.discount_mix_low"),
        ("Whole call: mix, cache and verbosity drawn", "cost.api.discount_call"),
        ("R1 fresh input against o1 cached input (unlike)", "cost.api.discount_unlike"),
        ("Measured per benchmark case", "cost.api.discount_per_task"),
        ("Measured per solved case", "cost.api.discount_per_solved"),
        ("At the dearest host, output", "cost.api.host_discount_min"),
        ("Against o3-mini, output", "cost.api.discount_output_o3_mini"),
        ("o3-mini against o1 (no R1 in it), output", "cost.api.o3_mini_below_o1"),
    )
    rows = []
    for label, id in lines:
        figure = figures[id]
        if figure.value is None:
            verdict = "not yet public"
        elif figure.low is not None and figure.high is not None and figure.low <= target <= figure.high:
            verdict = "within the interval"
        elif round(figure.value) == target:
            verdict = "yes"
        else:
            verdict = "no, more" if figure.value > target else "no, less"
        rows.append((label, format_figure(figure), figure.kind, verdict))
    data = pd.DataFrame(rows, columns=["reading", "discount", "kind", "gives_it"])
    lists = data["gives_it"].iloc[:4]
    title = (
        f"A price list gives {target:g}%"
        if (lists == "yes").any()
        else f"No list price gives {target:g}%; longer answers, unlike prices or another model do"
    )
    exact = ", ".join(
        data.loc[data["gives_it"].isin(["yes", "within the interval"]), "reading"]
        .str.split(" \\(|,|:")
        .str[0]
        .map(in_sentence)
    )
    return Exhibit(
        name="cost-readings",
        title=title,
        subtitle=f"R1 below o1 by reading, %; the article says {target:g}%",
        source=f"List prices of January 2025 and Aider's polyglot benchmark runs. {NOTEBOOK}",
        alt=f"Table of {len(data)} readings of the discount. Those that give {target:g}%: {exact}.",
        data=data,
        sources=figure_of(model, "cost.api.discount_output").sources,
        columns=(
            Column("reading", "Reading", weight=3),
            Column("discount", "R1 below o1", "right", "number"),
            Column("kind", "Kind"),
            Column("gives_it", f"Gives {target:g}%?", weight=1.2),
        ),
        how="Each reading is its own figure; an output-only call gives the article's number at a verbosity of $(1-d)\\,p_{o1}/p_{R1}$ = "
        + say(model, "cost.api.verbosity_for_93", "value")
        + ". "
        + NOTEBOOK,
    )


LABELLED_TASKS = {
    study.TASK_O1: "o1 (high)",
    study.TASK_R1: "R1",
    "DeepSeek R1 (0528)": "R1-0528",
    "o3": "o3",
    "gpt-5 (high)": "GPT-5 (high)",
    "DeepSeek-V3.2-Exp (Reasoner)": "V3.2-Exp",
    "claude-3-5-sonnet-20241022": "Claude 3.5 Sonnet",
    "claude-opus-4-20250514 (32k thinking)": "Claude Opus 4",
    "o3-pro (high)": "o3-pro",
}


def per_task(model: Model) -> Exhibit:
    """Return measured cost per case against pass rate for every benchmark run with a recorded cost."""
    tasks = study.measured_tasks(model)
    if tasks.empty:
        return not_public("cost-per-task", "measured benchmark costs", model)
    data = tasks[["model", "run_date", "usd_per_case", "pass_rate_2_percent", "usd_per_solved"]].copy()
    data["label"] = data["model"].map(LABELLED_TASKS)
    data["maker"] = np.where(
        data["model"].str.contains("DeepSeek") & ~data["model"].str.contains("claude"), "DeepSeek", "other"
    )

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        x = x_axis(
            "usd_per_case",
            (0.001, 2),
            (0.001, 0.01, 0.1, 1),
            log=True,
            title="US cents per case (log scale)",
            labels=CENTS,
        )
        y = y_axis("pass_rate_2_percent", (0, 90), (0, 20, 40, 60, 80), title="Cases solved, %")
        others = (
            alt.Chart(data[data["maker"] == "other"])
            .mark_circle(size=46, color=T["neutral"])
            .encode(x=x, y=y)
        )
        own = (
            alt.Chart(data[data["maker"] == "DeepSeek"]).mark_circle(size=70, color=T["ink"]).encode(x=x, y=y)
        )
        marks = [others, own]
        named = data.dropna(subset=["label"]).rename(columns={"label": "text"})
        if not wide:
            named = named[
                named["model"].isin(
                    [study.TASK_O1, study.TASK_R1, "DeepSeek-V3.2-Exp (Reasoner)", "gpt-5 (high)"]
                )
            ]
        height = 284 if wide else 280
        plot = width - 34 - 20

        def pixel(usd: float, solved: float) -> tuple[float, float]:
            return math.log(usd / 0.001) / math.log(2 / 0.001) * plot, (1 - solved / 90) * height

        # the report's own subject first, then what it is set against
        named = named.sort_values("maker", kind="stable")
        spots = [
            (*pixel(u, p), str(t))
            for u, p, t in zip(
                named["usd_per_case"], named["pass_rate_2_percent"], named["text"], strict=True
            )
        ]
        taken = [
            around(*pixel(u, p), 5)
            for u, p in zip(data["usd_per_case"], data["pass_rate_2_percent"], strict=True)
        ]
        found = place(spots, Box(0, -20, plot + 18, height), taken, reach=40)
        marks += name_marks(found, colour=T["ink"])
        return layered(marks, width, height, left=34, right=20, top=28, bottom=44)

    return Exhibit(
        name="cost-per-task",
        title=f"Measured per solved case, R1 was {say(model, 'cost.api.discount_per_solved', 'value')} cheaper than o1, at {say(model, 'cost.api.pass_rate_r1', 'value')} against {say(model, 'cost.api.pass_rate_o1', 'value')} solved",
        subtitle=f"Cost per case and share of cases solved, Aider polyglot benchmark, {len(data)} runs with a recorded cost. Dark: DeepSeek.",
        source=f"Aider leaderboard data, 224 or 225 cases a run, list prices of the day. {NOTEBOOK} {until(model)}",
        alt=f"Scatter of cost per case against pass rate. o1 cost {say(model, 'cost.api.cost_ratio_per_solved', 'value')} R1's cost per solved case.",
        data=data.drop(columns=["label", "maker"]),
        sources=lookup.sources(tasks),
        chart=chart,
        how="Cost per solved case is total cost over cases times pass rate: failures are paid for. "
        + NOTEBOOK,
    )


def quality_trend(model: Model) -> Exhibit:
    """Return the price of R1's quality through time, the trend from o1, and how far ahead of it R1 came."""
    tasks = study.measured_tasks(model)
    r1, o1 = lookup.rows(tasks, model=study.TASK_R1), lookup.rows(tasks, model=study.TASK_O1)
    ahead = study.years_ahead(model)
    if r1.empty or o1.empty or ahead is None:
        return not_public("cost-quality-trend", "measured costs of o1 and R1", model)
    bar = float(r1["pass_rate_2_percent"].iloc[0])
    able = tasks[tasks["pass_rate_2_percent"] >= bar].copy()
    frontier = study.quality_frontier(model)
    start = pd.Timestamp(o1["run_date"].iloc[0])
    years = np.linspace(0, 2.0, 25)
    trend = model.draws["price_trend"]
    top = float(o1["usd_per_case"].iloc[0])
    rates = np.quantile(trend, [0.05, 0.5, 0.95])
    line = pd.DataFrame({"date": [(start + pd.Timedelta(days=365.25 * t)).date().isoformat() for t in years]})
    for name, rate in zip(("high", "middle", "low"), rates, strict=True):
        line[name] = top * rate ** (-years)
    floor = 0.002
    line["low"], line["middle"], line["high"] = (line[c].clip(lower=floor) for c in ("low", "middle", "high"))
    here = float(r1["usd_per_case"].iloc[0])
    day = pd.Timestamp(r1["run_date"].iloc[0])
    middle = float(np.median(ahead))
    due = day + pd.Timedelta(days=365.25 * middle)
    arrow = pd.DataFrame({"date": [day.date().isoformat()], "due": [due.date().isoformat()], "usd": [here]})
    able["kind"] = "run"
    data = able[["run_date", "model", "usd_per_case", "pass_rate_2_percent"]]

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        height = 286 if wide else 280
        span = (start - pd.Timedelta(days=20), pd.Timestamp("2026-04-01"))
        x, xr = (
            time_axis("date", *span, ticks=7 if wide else 3),
            time_axis("run_date", *span, ticks=7 if wide else 3),
        )
        ticks = (0.001, 0.01, 0.1, 1)
        title = "US cents per case (log scale)"
        y = y_axis("usd_per_case", (floor, 2), ticks, log=True, title=title, labels=CENTS)
        ym = y_axis("middle", (floor, 2), ticks, log=True, title=title, labels=CENTS)
        yl = y_axis("low", (floor, 2), ticks, log=True, title=title, labels=CENTS)
        yu = y_axis("usd", (floor, 2), ticks, log=True, title=title, labels=CENTS)
        band = (
            alt.Chart(line)
            .mark_area(color=T["s2"], fillOpacity=0.55, clip=True)
            .encode(x=x, y=yl, y2="high:Q")
        )
        centre = (
            alt.Chart(line[line["middle"] > floor])
            .mark_line(strokeDash=DASH, color=T["c1"], clip=True)
            .encode(x=x, y=ym)
        )
        steps = (
            alt.Chart(frontier)
            .mark_line(interpolate="step-after", color=T["ink"], strokeWidth=1.5)
            .encode(x=xr, y=y)
        )
        dots = alt.Chart(able).mark_circle(size=36, color=T["neutral"]).encode(x=xr, y=y)
        lows = alt.Chart(frontier).mark_circle(size=64, color=T["ink"]).encode(x=xr, y=y)
        # without a scale of its own: Vega-Lite cannot bring days in a domain to the second end of a rule
        ends_x = alt.X("date:T", axis=x["axis"])
        shaft = alt.Chart(arrow).mark_rule(color=T["c2"], strokeWidth=2).encode(x=ends_x, x2="due:T", y=yu)
        head = (
            alt.Chart(arrow.assign(date=arrow["due"]))
            .mark_point(shape="triangle-right", filled=True, size=90, color=T["c2"])
            .encode(x=x, y=yu)
        )
        marks = [band, centre, dots, steps, lows, shaft, head]
        tag = pd.DataFrame(
            {
                "date": [due.date().isoformat()],
                "usd": [here],
                "text": [f"{format_number(middle, 'years')} early"],
            }
        )
        if wide:
            marks.append(text_marks(tag, x, yu, dx=9, colour=T["ink"], weight=600))
        else:
            marks.append(text_marks(tag, x, yu, dx=-8, dy=-11, align="right", colour=T["ink"], weight=600))
        named = able[able["model"].isin([study.TASK_O1, study.TASK_R1, "DeepSeek-V3.2-Exp (Chat)"])].copy()
        named["text"] = named["model"].map(
            {study.TASK_O1: "o1 (high)", study.TASK_R1: "R1", "DeepSeek-V3.2-Exp (Chat)": "V3.2-Exp"}
        )
        marks.append(text_marks(named[named["text"] != "R1"], xr, y, dx=4, dy=-13, colour=T["ink"]))
        marks.append(
            text_marks(named[named["text"] == "R1"], xr, y, dx=0, dy=14, colour=T["ink"], align="center")
        )
        return layered(marks, width, height, left=40, right=20, top=28, bottom=28)

    said = say(model, "cost.quality.years_ahead")
    return Exhibit(
        name="cost-quality-trend",
        title=f"R1's price for its quality came {said} {'ahead of' if middle > 0 else '(negative: behind)'} the trend",
        subtitle=f"Measured cost per case of runs that solve at least {bar:.1f}% (R1's rate). Line: cheapest so far. Dashed: price trend from o1, band 5–95%. Arrow: when the trend would have got there.",
        source=f"Aider polyglot runs, n = {len(able)}; trend of prices at constant capability as drawn. {NOTEBOOK} {until(model)}",
        alt=f"Log chart of cost per case over time. R1 came at {format_number(here, 'USD', 'observed')}, {said} before the trend from o1 would have reached it.",
        data=data.reset_index(drop=True),
        sources=figure_of(model, "cost.quality.years_ahead").sources,
        chart=chart,
        how="Years ahead $= \\ln(c_{o1}/c_{R1})/\\ln r - \\Delta t$, with $c$ the cost per case, $r$ the yearly price trend and $\\Delta t$ the time between the two runs. "
        + NOTEBOOK,
    )
