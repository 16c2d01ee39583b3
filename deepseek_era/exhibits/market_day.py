"""Market exhibits of the day itself: who fell, against which benchmark, in dollars, firm by firm."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era import quotes
from deepseek_era.charts import theme
from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.charts.marks import DASH, Box, along, around, layered, place
from deepseek_era.exhibits.market_marks import (
    RETURNS_LINE,
    SOURCES,
    broad_words,
    event_day,
    method_line,
    modelled,
    not_public,
    number_word,
    p_words,
    padded,
    round_ticks,
    row_axis,
    row_names,
    separators,
    side_scales,
    signed,
    span_words,
    text_at,
    text_columns,
    value_axis,
    zero_rule,
)
from deepseek_era.figure import MINUS, format_number
from deepseek_era.market import report
from deepseek_era.market.report import rows_of
from deepseek_era.market.study import OUTSIDE, group_label
from deepseek_era.market.words import NAMES, finding, short_name
from deepseek_era.model import Model
from deepseek_era.words import listed

T = theme.TOKENS
FALSE_DISCOVERY = 0.10


def forest(model: Model) -> Exhibit:
    """Return the forest plot of group CAARs on day 0, with each firm as a tick."""
    table = report.groups(model)
    firms = report.firms(model)
    if table is None or firms is None:
        return not_public("market-forest", "Abnormal returns by group", model)
    table = table.copy()
    table["side"] = [report.side(p, e) for p, e in zip(table["p_placebo"], table["caar_pct"], strict=True)]
    table = table.sort_values("caar_pct").reset_index(drop=True)
    table["row"] = range(len(table))
    table["numbers"] = [
        modelled(c, "%", a, b)
        for c, a, b in zip(table["caar_pct"], table["low_pct"], table["high_pct"], strict=True)
    ]
    table["n_text"] = table["n"].astype(str)
    table["r_text"] = ["–" if not np.isfinite(r) else f"{r:.2f}" for r in table["r_bar"]]
    floor = [report.at_floor(r) for r in table.to_dict("records")]
    table["p_text"] = [p_words(p, most) for p, most in zip(table["p_placebo"], floor, strict=True)]
    table["holm_text"] = [p_words(p, most) for p, most in zip(table["p_holm"], floor, strict=True)]
    table["narrow_text"] = [
        f"n {n} · p {p}" for n, p in zip(table["n_text"], table["holm_text"], strict=True)
    ]
    ticks = report.by_group(model, firms[["group", "ticker", "car_pct"]]).merge(
        table[["group", "row"]], on="group", validate="many_to_one"
    )
    ticks = ticks[ticks["group"].map(table.set_index("group")["n"]) > 1]
    count = len(table)

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (152, 266) if wide else (14, 10)
        plot = width - left - right
        domain = padded([*firms["car_pct"], *table["low_pct"], *table["high_pct"]])
        axis = value_axis(round_ticks(*domain, wide), "Abnormal return on day 0, %", wide)
        x = alt.X("caar_pct:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis)
        y = row_axis(count)
        colour, shape = side_scales()
        zero = zero_rule("caar_pct", x=x)
        firm = (
            alt.Chart(ticks)
            .mark_tick(color=T["neutral"], thickness=1, size=11, opacity=0.8, orient="vertical")
            .encode(x=alt.X("car_pct:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis), y=y)
        )
        bars = [
            alt.Chart(table)
            .mark_rule(**style)
            .encode(
                x=alt.X(f"{low}:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis),
                x2=f"{high}:Q",
                y=y,
                color=colour,
            )
            for low, high, style in (
                ("low_pct", "high_pct", {"strokeWidth": 1.4, "strokeDash": DASH}),
                ("own_low_pct", "own_high_pct", {"strokeWidth": 3}),
            )
        ]
        dots = alt.Chart(table).mark_point(filled=True, size=80).encode(x=x, y=y, color=colour, shape=shape)
        layers: list[Any] = [
            separators(count, wide, plot, left, right),
            zero,
            firm,
            *bars,
            dots,
            row_names(table, count, wide),
        ]
        if wide:
            layers += text_columns(
                table,
                count,
                [
                    ("numbers", "modelled (range)", plot + 128, True),
                    ("n_text", "n", plot + 150, False),
                    ("r_text", "r̄", plot + 180, False),
                    ("p_text", "p", plot + 220, False),
                    ("holm_text", "adj. p", plot + 264, False),
                ],
            )
        else:
            layers += text_columns(table, count, [("numbers", "", plot, True)], -16)
        height = count * (29 if wide else 50)
        return theme.frame(
            layered(*layers), width, height, left=left, right=right, top=24 if wide else 10, bottom=44
        )

    current = report.study(model)
    placebos = int(table["placebos"].max())
    short = f" {int(table['short'].sum())} firms have shorter histories." if table["short"].sum() else ""
    left_out = (
        f" Left out for lack of history: {', '.join(t for t, _ in current.excluded)}."
        if current.excluded
        else ""
    )
    data = table[
        [
            "group",
            "label",
            "n",
            "caar_pct",
            "low_pct",
            "high_pct",
            "own_low_pct",
            "own_high_pct",
            "se_pct",
            "r_bar",
            "placebos",
            "p_placebo",
            "p_holm",
            "p_portfolio",
            "p_kp",
        ]
    ]
    return Exhibit(
        "market-forest",
        finding(table),
        f"Mean abnormal return by group on {event_day(model)}, %, modelled. Thick bar: 90% interval against "
        f"{current.settings.benchmark}; dashed, and in brackets: the span of such intervals against {broad_words(model)}. Ticks: "
        "firms. Colour: placebo p at most 0.05.",
        f"{RETURNS_LINE}; {method_line(model)} {len(firms)} firms, some in two groups. p: {placebos} placebo days, so at least "
        f"1/{1 + placebos}; adj. p: Holm over {count} groups; r̄: mean residual correlation, floored at "
        f"0.{short}{left_out}",
        f"Forest plot of mean abnormal returns of {count} groups on {event_day(model)}. Lowest: "
        f"{table['label'].iloc[0]} at {table['numbers'].iloc[0]}. Highest: {table['label'].iloc[-1]} at "
        f"{table['numbers'].iloc[-1]}.",
        data,
        sources=SOURCES,
        chart=chart,
        how=(
            "Abnormal return $AR_{i0} = R_{i0} - \\hat\\alpha_i - \\hat\\beta_i R_{m0}$, coefficients by least squares on the "
            "estimation window. The group is tested as one portfolio: its residual variance $s^2$ already contains the "
            "correlation between firms, and the prediction error adds "
            "$V = s^2\\,[1 + 1/T + (R_{m0}-\\bar R_m)^2/\\sum_t (R_{mt}-\\bar R_m)^2]$. "
            "The placebo p-value is $(1 + \\#\\{|t_b| \\ge |t|\\})/(1 + B)$, $t$ the mean abnormal return over its prediction error. The "
            "$B$ days are all days of the returns but those from the end of the estimation window to the end of the longest event "
            "window; each is left out of the fit that predicts it. Where no day reached the event p reads ≤. Who stands in a group "
            "is named in the table of groups."
        ),
        note="A tick is one firm, a glyph the mean of its group. Groups of one have no ticks and no r̄.",
        sides=True,
    )


def benchmark_dumbbell(model: Model) -> Exhibit:
    """Return day-0 results by benchmark: how far the choice moves each group."""
    if report.groups(model) is None:
        return not_public("market-benchmarks", "Day-0 results by benchmark", model)
    table = report.benchmarks(model).copy()
    if table["group"].isin(report.HEADLINE_GROUPS).any():
        table = table[table["group"].isin(report.HEADLINE_GROUPS)]
    own = report.study(model).settings.benchmark
    families = {
        "EWX": "broad",
        "RSP": "broad",
        "IWM": "broad",
        "VTI": "broad",
        "SPY": "broad",
        "DIA": "broad",
        "QQQ": "Nasdaq-100 or technology",
        "XLK": "Nasdaq-100 or technology",
        "SMH": "semiconductors",
    }
    table["family"] = [("this report" if b == own else families[b]) for b in table["benchmark"]]
    order = (
        table[table["benchmark"] == own].sort_values("caar_pct")["group"].tolist()
        or table.groupby("group")["caar_pct"].mean().sort_values().index.tolist()
    )
    table["row"] = table["group"].map({g: k for k, g in enumerate(order)})
    ends = table.groupby(["group", "label", "row"], as_index=False).agg(
        low=("caar_pct", "min"), high=("caar_pct", "max")
    )
    ends["span"] = [span_words(a, b) for a, b in zip(ends["low"], ends["high"], strict=True)]
    count = len(ends)
    nvidia = ends[ends["group"] == "nvidia"]
    gap = float((ends["high"] - ends["low"]).max())
    widest = ends.iloc[int((ends["high"] - ends["low"]).to_numpy().argmax())]

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (152, 116) if wide else (14, 10)
        plot = width - left - right
        domain = padded([*table["caar_pct"]])
        axis = value_axis(round_ticks(*domain, wide), "Abnormal return on day 0, %", wide)
        scale = alt.Scale(domain=list(domain), nice=False)
        y = row_axis(count)
        kinds = ["this report", "broad", "Nasdaq-100 or technology", "semiconductors"]
        # one legend for colour and shape: the same field and the same words merge
        legend = alt.Legend(
            title=None,
            orient="none",
            legendX=0 if wide else -4,
            legendY=-40 if wide else -64,
            direction="horizontal",
            columns=4 if wide else 2,
            symbolSize=70,
        )
        colour = alt.Color(
            "family:N",
            scale=alt.Scale(domain=kinds, range=[T["ink"], T["neutral"], T["c3"], T["c2"]]),
            legend=legend,
        )
        shape = alt.Shape(
            "family:N",
            scale=alt.Scale(domain=kinds, range=["circle", "circle", "square", "diamond"]),
            legend=legend,
        )
        line = (
            alt.Chart(ends)
            .mark_rule(color=T["rule"], strokeWidth=3)
            .encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", y=y)
        )
        zero = zero_rule("low", x=alt.X("low:Q", scale=scale, axis=axis))
        dots = (
            alt.Chart(table)
            .mark_point(filled=True, size=70)
            .encode(x=alt.X("caar_pct:Q", scale=scale, axis=axis), y=y, color=colour, shape=shape)
        )
        top = (
            alt.Chart(table[table["benchmark"] == own])
            .mark_point(filled=True, size=90, color=T["ink"])
            .encode(x=alt.X("caar_pct:Q", scale=scale, axis=axis), y=y)
        )
        layers: list[Any] = [
            separators(count, wide, plot, left, right),
            zero,
            line,
            dots,
            top,
            row_names(ends, count, wide),
        ]
        layers += text_columns(
            ends,
            count,
            [("span", "range, %", plot + 112, True)] if wide else [("span", "", plot, True)],
            0 if wide else -16,
        )
        return theme.frame(
            layered(*layers),
            width,
            count * (29 if wide else 48),
            left=left,
            right=right,
            top=46 if wide else 66,
            bottom=44,
        )

    moved = (
        "The benchmark plays no part in this model of normal returns"
        if gap < 0.05
        else (
            f"The choice of benchmark moves {NAMES.get(str(widest['group']), str(widest['group']))} by "
            f"{format_number(gap, 'pp', 'observed')}"
        )
    )
    turning = [NAMES.get(str(g), str(g)) for g in ends.loc[(ends["low"] < 0) & (ends["high"] > 0), "group"]]
    turned = f"it turns the sign of {listed(turning)}" if turning else "it turns no group’s sign"
    of_nvidia = table[table["group"] == "nvidia"]
    words = ", ".join(
        f"{b} {signed(v)}" for b, v in zip(of_nvidia["benchmark"], of_nvidia["caar_pct"], strict=True)
    )
    return Exhibit(
        "market-benchmarks",
        f"{moved}; {turned}",
        f"Mean abnormal return by group on {event_day(model)}, %, against {len(set(table['benchmark']))} benchmarks",
        f"{RETURNS_LINE}; {method_line(model)} Nvidia by benchmark: {words}.",
        f"Dumbbell chart: per group the range of day-0 abnormal returns over benchmarks. Nvidia runs from "
        f"{nvidia['span'].iloc[0] if len(nvidia) else 'none'} percent; the widest range is {widest['label']}.",
        table[["benchmark", "family", *report.BENCHMARK_COLUMNS[1:]]],
        sources=SOURCES,
        chart=chart,
        how=(
            "A benchmark that holds the firms that were hit takes part of the shock out of them and makes untouched firms look "
            "like winners: with weights $w_j$ and shocks $u_j$ the estimate is $u_i - \\beta_i \\sum_j w_j u_j$. EWX, the report’s "
            "own, therefore weighs all tickers equally and leaves out the firms studied. It is no clean market either: it holds "
            "shares and funds alike, only those that still traded in 2026, funds that hold the firms studied may be among them, and it moves like "
            "small firms. So every range spans the broad benchmarks."
        ),
    )


def value_change(model: Model) -> Exhibit:
    """Return the change of market value on day 0 by firm, the largest ones, USD billion."""
    table = report.values(model)
    groups = report.group_values(model)
    if table is None or groups is None or table.empty:
        return not_public("market-value", "Change of market value", model)
    shown = table.reindex(table["change_usd_b"].abs().sort_values(ascending=False).index).head(14)
    shown = shown.sort_values("change_usd_b").reset_index(drop=True)
    shown["row"] = range(len(shown))
    shown["label"] = shown["name"].map(short_name)
    shown["side"] = np.where(shown["change_usd_b"] < 0, "loser", "winner")
    shown["text"] = [
        format_number(float(f"{v:.3g}"), "USD billion", "observed") for v in shown["change_usd_b"]
    ]
    shown["interval"] = [
        modelled(c, "score", a, b)
        for c, a, b in zip(shown["abnormal_usd_b"], shown["low_usd_b"], shown["high_usd_b"], strict=True)
    ]
    shown["shares"] = [f"{s / 1000:.1f}" for s in shown["shares_m"]]
    count = len(shown)
    lost = table[table["change_usd_b"] < 0]["change_usd_b"].sum()
    first = shown.iloc[0]

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (168, 276) if wide else (20, 10)
        plot = width - left - right
        domain = padded([*shown["change_usd_b"], *shown["low_usd_b"], *shown["high_usd_b"]])
        axis = value_axis(round_ticks(*domain, wide), "Change of market value, $bn", wide)
        scale = alt.Scale(domain=list(domain), nice=False)
        y = row_axis(count)
        colour, _ = side_scales()
        bars = (
            alt.Chart(shown)
            .mark_bar(height=12)
            .encode(x=alt.X("change_usd_b:Q", scale=scale, axis=axis), x2=alt.datum(0), y=y, color=colour)
        )
        ends = (
            alt.Chart(shown)
            .mark_rule(color=T["ink"], strokeWidth=1.4, strokeDash=DASH)
            .encode(x=alt.X("low_usd_b:Q", scale=scale, axis=axis), x2="high_usd_b:Q", y=y)
        )
        zero = zero_rule("low_usd_b", x=alt.X("low_usd_b:Q", scale=scale, axis=axis))
        layers: list[Any] = [bars, ends, zero, row_names(shown, count, wide)]
        if wide:
            layers += text_columns(
                shown,
                count,
                [
                    ("text", "close to close", plot + 78, True),
                    ("interval", "beyond market", plot + 206, False),
                    ("shares", "shares, bn", plot + 272, False),
                ],
            )
        else:
            layers += text_columns(shown, count, [("text", "", plot, True)], -16)
        return theme.frame(
            layered(*layers),
            width,
            count * (26 if wide else 44),
            left=left,
            right=right,
            top=24 if wide else 10,
            bottom=44,
        )

    missing = len(report.study(model).firms) - len(table)
    others = -float(lost) + float(first["change_usd_b"])
    share = float(first["change_usd_b"]) / float(lost) if lost else 0.0
    title = (
        f"{first['label']} alone lost {first['text'].lstrip(MINUS)}, "
        + (
            "more than all other falling firms together"
            if share > 0.5
            else f"{format_number(100 * share, '%', 'observed')} of what falling firms lost"
        )
        if first["change_usd_b"] < 0
        else "No firm of the study lost market value"
    )
    return Exhibit(
        "market-value",
        title,
        f"Change of market value on {event_day(model)}, $bn: bars close to close, dashed lines the range of the part beyond the market, modelled: the "
        f"span of 90% intervals against {broad_words(model)}. The {count} largest of {len(table)} firms with a known share count.",
        f"{RETURNS_LINE}; shares implied by market values in a screener list of November 2024, so totals differ from the press by "
        f"the count alone. {missing} firms without a share count are left out. Other falling firms together: "
        f"{format_number(-others, 'USD billion', 'observed')}.",
        f"Bar chart of market value changes. {first['label']} changed by {first['text']}; the last bar is "
        f"{shown['label'].iloc[-1]} with {shown['text'].iloc[-1]}.",
        table.sort_values("change_usd_b")[
            [
                "ticker",
                "name",
                "group",
                "shares_m",
                "cap_usd_b",
                "return_pct",
                "change_usd_b",
                "abnormal_usd_b",
                "se_usd_b",
                "low_usd_b",
                "high_usd_b",
            ]
        ],
        sources=(*SOURCES, "px_alphacap"),
        chart=chart,
        how=(
            "Close to close: market value before the day times the return. Abnormal: market value times "
            "$\\prod_t(1 + AR_t) - 1$, with the standard error of the CAR scaled by market value."
        ),
        sides=True,
    )


def firms(model: Model) -> Exhibit:
    """Return each firm's abnormal return of day 0, filled where it survives Benjamini and Hochberg's correction."""
    table = report.firms(model)
    if table is None:
        return not_public("market-firms", "Abnormal returns by firm", model)
    every = table.copy()
    every["kept"] = every["p_bh"] <= FALSE_DISCOVERY
    every["side"] = np.where(~every["kept"], "neutral", np.where(every["car_pct"] < 0, "loser", "winner"))
    # drawn in each of its groups, counted once
    table = report.by_group(model, every)
    order = table.groupby("group")["car_pct"].mean().sort_values().index.tolist()
    table["row"] = table["group"].map({g: k for k, g in enumerate(order)})
    count = len(order)
    rows = pd.DataFrame({"row": range(count), "label": [group_label(g) for g in order]})
    falls, rises = int((every["side"] == "loser").sum()), int((every["side"] == "winner").sum())

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (152, 12) if wide else (14, 10)
        plot = width - left - right
        tall = 37 if wide else 60
        domain = padded(table["car_pct"].tolist())
        axis = value_axis(round_ticks(*domain, wide), "Abnormal return on day 0, %", wide)
        scale = alt.Scale(domain=list(domain), nice=False)
        y = row_axis(count)
        colour, shape = side_scales()
        points = (
            alt.Chart(table)
            .mark_point(filled=True, size=60, opacity=0.9)
            .encode(x=alt.X("car_pct:Q", scale=scale, axis=axis), y=y, color=colour, shape=shape)
        )
        zero = zero_rule("car_pct", x=alt.X("car_pct:Q", scale=scale, axis=axis))
        # tickers where they fit, the largest moves first
        tags: list[tuple[float, float, str]] = []
        for row, part in table.groupby("row"):
            taken: list[tuple[float, float]] = []
            for record in part.reindex(part["car_pct"].abs().sort_values(ascending=False).index).pipe(
                rows_of
            ):
                x = (float(record.car_pct) - domain[0]) / (domain[1] - domain[0]) * plot
                half = 3.9 * len(str(record.ticker)) + 3
                x = min(max(x, half), plot - half)
                if all(x + half <= a or x - half >= b for a, b in taken):
                    taken.append((x - half, x + half))
                    tags.append((x, (float(row) + 0.5) * tall + (13 if wide else 14), str(record.ticker)))  # type: ignore[arg-type]
        words = text_at(tags, align="center", fontSize=11, color=T["ink2"])
        # the zero line stops behind a ticker
        halo = text_at(tags, align="center", fontSize=11, color=T["paper"], stroke=T["paper"], strokeWidth=3)
        base = layered(
            separators(count, wide, plot, left, 0), zero, points, row_names(rows, count, wide, dy=-20)
        )
        return theme.frame(
            layered(base, halo, words).resolve_scale(x="independent", y="independent"),
            width,
            count * tall,
            left=left,
            right=right,
            top=6,
            bottom=44,
        )

    tested = len(every)
    title = (
        f"{falls} of {tested} firms fell beyond chance, {rises} rose"
        if falls + rises
        else f"None of {tested} firms moved beyond chance"
    )
    return Exhibit(
        "market-firms",
        title,
        f"Abnormal return of each firm on {event_day(model)}, %. Coloured triangles: kept at a false discovery rate of one in ten "
        "(Benjamini–Hochberg); grey: not told from chance. A firm of two groups stands in both and counts once",
        f"{RETURNS_LINE}; {method_line(model)}",
        f"Strip chart of {tested} firms in {count} groups. {title}.",
        every.sort_values("car_pct")[
            [
                "ticker",
                "name",
                "group",
                "raw_pct",
                "beta",
                "car_pct",
                "se_pct",
                "low_pct",
                "high_pct",
                "own_low_pct",
                "own_high_pct",
                "t",
                "p",
                "p_bh",
                "estimation_days",
            ]
        ],
        sources=SOURCES,
        chart=chart,
        how=(
            "Each firm’s t is its abnormal return over the prediction error, with as many degrees of freedom as estimation days less two. "
            "Benjamini and Hochberg’s correction bounds the expected share of false finds among those kept."
        ),
        sides=True,
    )


def cross_section(model: Model) -> Exhibit:
    """Return day-0 abnormal returns against how a firm had moved with Nvidia before."""
    table = report.exposures(model)
    fitted = report.cross_section(model)
    if table is None or fitted is None:
        return not_public("market-cross-section", "Who fell, by exposure", model)
    mean_run = float(table["runup_pct"].mean())
    low, high = float(table["comovement"].min()), float(table["comovement"].max())
    ends = pd.DataFrame({"comovement": [low, high]})
    ends["car_pct"] = (
        fitted.coefficients[0]
        + fitted.coefficients[1] * ends["comovement"]
        + fitted.coefficients[2] * mean_run
    )
    interval = fitted.interval()
    slope = float(fitted.coefficients[1])
    clear = fitted.p[1] <= report.SIGNIFICANT
    table["family"] = "others"
    for group, family in (("semis", "chips"), ("power", "power"), ("clouds", "clouds")):
        table.loc[table.index.isin(report.in_groups(model, table, (group,)).index), "family"] = family
    kinds = ["chips", "power", "clouds", "others"]
    present = [k for k in kinds if k in set(table["family"])]
    order = table.reindex(table["car_pct"].abs().sort_values(ascending=False).index)

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (40, 34) if wide else (36, 14)
        plot, height = width - left - right, 270 if wide else 300
        pad_x, pad_y = (high - low) * 0.05, float(np.ptp(table["car_pct"])) * 0.06
        x_domain = [low - pad_x, high + pad_x]
        y_domain = [float(table["car_pct"].min()) - pad_y, float(table["car_pct"].max()) + pad_y]
        x_ticks = round_ticks(low, high, wide)
        x_axis = alt.Axis(
            values=x_ticks, title="Earlier move per point of Nvidia’s own, beyond the market", format=".1f"
        )
        y_ticks = round_ticks(y_domain[0], y_domain[1], False)
        y_axis = alt.Axis(values=y_ticks, title="Abnormal return on day 0, %", format=",.0f")
        x = alt.X("comovement:Q", scale=alt.Scale(domain=x_domain, nice=False), axis=x_axis)
        y = alt.Y("car_pct:Q", scale=alt.Scale(domain=y_domain, nice=False), axis=y_axis)
        colours = {"chips": T["c1"], "power": T["c2"], "clouds": T["c3"], "others": T["neutral"]}
        forms = {"chips": "circle", "power": "square", "clouds": "diamond", "others": "circle"}
        # one legend for colour and shape: the same field and the same words merge
        legend = alt.Legend(
            title=None, orient="none", legendX=0, legendY=-40, direction="horizontal", symbolSize=60
        )
        points = (
            alt.Chart(table)
            .mark_point(filled=True, size=46, opacity=0.9)
            .encode(
                x=x,
                y=y,
                color=alt.Color(
                    "family:N",
                    scale=alt.Scale(domain=present, range=[colours[k] for k in present]),
                    legend=legend,
                ),
                shape=alt.Shape(
                    "family:N",
                    scale=alt.Scale(domain=present, range=[forms[k] for k in present]),
                    legend=legend,
                ),
            )
        )
        line = alt.Chart(ends).mark_line(strokeDash=[5, 3], color=T["ink2"], strokeWidth=1.6).encode(x=x, y=y)
        zero = zero_rule("car_pct", y=y)

        def px(value: float) -> float:
            return (value - x_domain[0]) / (x_domain[1] - x_domain[0]) * plot

        def py(value: float) -> float:
            return (y_domain[1] - value) / (y_domain[1] - y_domain[0]) * height

        spots = [(px(float(r.comovement)), py(float(r.car_pct)), str(r.ticker)) for r in order.pipe(rows_of)]
        fit_x, fit_y = [px(v) for v in ends["comovement"]], [py(v) for v in ends["car_pct"]]
        taken = [
            *(around(dot_x, dot_y, 5) for dot_x, dot_y, _ in spots),
            *along(fit_x, fit_y, fit_y),
            Box(0, py(0) - 1, plot, py(0) + 1),
        ]
        room = Box(-2, -2, plot + right, height + 2)
        tags = [(t.x, t.y, t.text) for t in place(spots, room, taken, size=11)][: 24 if wide else 10]
        words = text_at(tags, fontSize=11, color=T["ink2"])
        base = layered(zero, line, points)
        return theme.frame(
            layered(base, words).resolve_scale(x="independent", y="independent"),
            width,
            height,
            left=left,
            right=right,
            top=58,
            bottom=44,
        )

    direction = "fell more" if slope < 0 else "fell less"
    title = (
        f"Firms that had moved with Nvidia before {direction} on the day"
        if clear
        else "How closely a firm had moved with Nvidia does not tell how it fared on the day"
    )
    run = float(fitted.coefficients[2])
    return Exhibit(
        "market-cross-section",
        title,
        f"Abnormal return on {event_day(model)}, %, against co-movement with Nvidia over the estimation window; one point is one firm. "
        "Dashed: regression at the mean run-up",
        f"Slope {signed(slope)} ({span_words(float(interval[0][1]), float(interval[1][1]))}) points per point of co-movement; run-up "
        f"{signed(run, 2)} ({span_words(float(interval[0][2]), float(interval[1][2]), 2)}) per percent earned before. HC3 errors, 90% intervals. "
        f"n = {fitted.n} firms of one day, which move together: read the slope as a description. R² {fitted.r_squared:.2f}.",
        f"Scatter of {fitted.n} firms. {title}; slope {signed(slope)}.",
        table[["ticker", "name", "group", "comovement", "runup_pct", "car_pct", "se_pct"]],
        sources=SOURCES,
        chart=chart,
        how=(
            "Co-movement is the slope of a firm’s market-model residual on Nvidia’s, estimation window only, so it is dated before the event. "
            "Run-up is the total return over the same window. Revenue shares from AI are not published for these firms on one basis, so "
            "prices stand in. Firms with a short history and Nvidia itself are left out."
        ),
    )


def groups(model: Model) -> Exhibit:
    """Return the table of groups: members, the article's words that name them, and the reason."""
    current = report.study(model)
    rows = model.facts.table("groups")
    rows = rows[rows["ticker"].isin(current.panel.tickers)]
    short = set(current.firms.loc[current.firms["short"], "ticker"])
    names = dict(zip(current.firms["ticker"], current.firms["name"], strict=True))
    records = []
    for group in [*current.groups, *([OUTSIDE] if len(current.members(OUTSIDE)) else [])]:
        tickers = [current.panel.tickers[c] for c in current.members(group)]
        part = rows[(rows["group"] == group) & rows["ticker"].isin(tickers)]
        words = [quotes.quoted(w) for w in dict.fromkeys(part["article_words"]) if isinstance(w, str) and w]
        records.append(
            {
                "label": group_label(group),
                "n": len(tickers),
                "members": ", ".join(short_name(names[t]) + ("*" if t in short else "") for t in tickers),
                "words": ", ".join(words) or "–",
                "reason": "; ".join(dict.fromkeys(part["reason"])) or "group named in the returns file",
            }
        )
    data = pd.DataFrame(records)
    counted = len(current.firms)
    twice = int(current.firms["group"].str.contains(";").sum())
    outside = len(current.members(OUTSIDE))
    in_none = f"; {number_word(outside).lower()} in none" if outside else ""
    in_two = f", {number_word(twice).lower()} of them in two" if twice else ", each in one"
    return Exhibit(
        "market-groups",
        f"{counted - outside} firms stand in {len(current.groups)} groups{in_two}{in_none}",
        "Groups of the study, their firms, the article’s words that name them and why they stand there",
        "Where the article names no listed firm a listed proxy stands in, with the reason. A firm in two groups is tested with "
        "both and counted once wherever firms are pooled."
        + (f" * history shorter than the estimation window ({len(short)})." if short else ""),
        f"Table of {len(data)} groups with {counted} firms.",
        data,
        sources=("OWN_GROUPS",),
        columns=(
            Column("label", "Group", weight=1.2),
            Column("n", "n", align="right", kind="number", weight=0.4),
            Column("members", "Firms", weight=3),
            Column("words", "The article’s words", weight=1.6),
            Column("reason", "Why they stand there", weight=2.6),
        ),
        how="Edit data/groups.csv: one row a membership, with its group, the article’s words and the reason.",
    )
