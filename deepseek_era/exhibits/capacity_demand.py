"""Exhibits on how full capacity is: demand and supply, rent, saturation, tokens, the back-test."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.capacity import alternatives, backtest_rows, evidence, report, runs
from deepseek_era.capacity.path import EVENT_YEAR, FULL
from deepseek_era.charts import theme
from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.charts.marks import DASH, is_wide, label_at, layered, source_line, text_mark
from deepseek_era.exhibits.capacity_marks import (
    BAND_QUANTILES,
    BANDS,
    LAST_YEAR,
    T,
    fan_layers,
    fan_of,
    interval_rows,
    not_public,
    shown_columns,
    spread_of,
)
from deepseek_era.figure import format_number, true_minus
from deepseek_era.model import Model


def demand_supply(model: Model) -> Exhibit:
    """Return demand for compute against supply, with a fan, unmet demand hatched, and the stock observed."""
    run = runs.base_run(model)
    keep = shown_columns(run.path.times)
    times = run.path.times[keep]
    demand = fan_of(run.path.D[:, keep], times)
    s_low, s_mid, s_high = np.quantile(run.path.S[:, keep], [0.05, 0.5, 0.95], axis=0)
    supply = pd.DataFrame({"year": times, "low": s_low, "median": s_mid, "high": s_high})
    stock = evidence.tracked_stock(model.facts)
    start = stock.loc[stock["year"] == times[0], "stock"]
    observed = stock.assign(ratio=stock["stock"] / float(start.iloc[0])) if len(start) else stock.head(0)
    unmet = [float((run.path.rho[:, i] > 1).mean()) for i in keep]
    ends = pd.DataFrame(
        {
            "year": times[times % 1 == 0],
            "share": [format_number(unmet[i], "probability") for i in np.flatnonzero(times % 1 == 0)],
        }
    )
    # Hatching: thin strokes from supply to demand wherever the median demand is the higher of the two.
    fine = np.linspace(times[0], times[-1], 4 * len(times))
    gap = pd.DataFrame(
        {
            "year": fine,
            "s": np.exp(np.interp(fine, times, np.log(supply["median"]))),
            "d": np.exp(np.interp(fine, times, np.log(demand["b50"]))),
        }
    )
    gap = gap[gap["d"] > gap["s"]]
    first = float(np.floor(min(times[0], float(observed["year"].min()) if len(observed) else times[0])))
    top = max(float(demand["b975"].max()), float(supply["high"].max()), 2.0)
    oldest = float(observed["ratio"].min()) if len(observed) else 1.0
    bottom = min(float(demand["b025"].min()), float(supply["low"].min()), oldest, 0.9)
    powers = [v for v in (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000) if bottom <= v <= top]

    def chart(width: int) -> Any:
        wide = is_wide(width)
        left, right, height = (40, 96, 300) if wide else (34, 20, 270)
        plot = width - left - right
        years = [y for y in range(2024, 2033) if first <= y <= times[-1]]
        x = alt.X(
            "year:Q",
            scale=alt.Scale(domain=[first, times[-1]], nice=False),
            axis=alt.Axis(values=years if wide else years[::2], format="d", title=None, grid=False),
        )
        y_axis = alt.Axis(values=powers, title="Compute, start = 1 (log scale)", titleX=-left, titleY=-12)

        def y(field: str) -> alt.Y:
            return alt.Y(
                f"{field}:Q",
                scale=alt.Scale(type="log", domain=[bottom * 0.9, top * 1.1], nice=False),
                axis=y_axis,
            )

        layers = fan_layers(demand, x, y)
        if len(gap):
            layers.append(
                alt.Chart(gap).mark_rule(color=T["ink3"], strokeWidth=0.7).encode(x=x, y=y("s"), y2="d:Q")
            )
        s = alt.Chart(supply)
        layers += [
            s.mark_line(color=T["c2"], strokeDash=[2, 3], strokeWidth=1.2).encode(x=x, y=y(f))
            for f in ("low", "high")
        ]
        layers.append(s.mark_line(color=T["c2"], strokeDash=DASH, strokeWidth=2.5).encode(x=x, y=y("median")))
        if len(observed):
            o = alt.Chart(observed)
            layers.append(o.mark_line(color=T["c2"], strokeWidth=2).encode(x=x, y=y("ratio")))
            layers.append(o.mark_point(color=T["c2"], size=34).encode(x=x, y=y("ratio")))
        if wide:
            d_end = float(demand["b50"].iloc[-1])
            s_end = float(supply["median"].iloc[-1])
            span = np.log(top * 1.1) - np.log(bottom * 0.9)

            def pixel(v: float) -> float:
                return height * (1 - (np.log(v) - np.log(bottom * 0.9)) / span)

            at_d, at_s = pixel(d_end), pixel(s_end)
            if abs(at_d - at_s) < 15:
                middle, sign = (at_d + at_s) / 2, (1 if at_d <= at_s else -1)
                at_d, at_s = middle - 8 * sign, middle + 8 * sign
            layers.append(label_at("Demand", plot + 6, at_d, colour=T["ink"], bold=True))
            layers.append(label_at("Supply", plot + 6, at_s, colour=T["c2"], bold=True))
            for (low, high, words, _), frac in zip(BANDS, (0.985, 0.86, 0.72), strict=True):
                del frac
                layers.append(
                    label_at(
                        words, plot + 6, pixel(float(demand[high].iloc[-1])), colour=T["ink3"], size=11.5
                    )
                )
                del low
        else:
            layers.append(label_at("Demand (band), supply (green)", 6, 10, colour=T["ink2"]))
        layers.append(
            text_mark(
                ends if wide else ends.iloc[::2],
                "share",
                x=x,
                y=alt.value(height + 52),
                align="center",
                colour=T["ink"],
                bold=True,
            )
        )
        layers.append(
            label_at("Probability that some demand goes unmet", -left + 2, height + 35, colour=T["ink3"])
        )
        return theme.frame(layered(*layers), width, height, left=left, right=right, top=34, bottom=66)

    end = run.plan_index
    p_unmet = float((run.path.rho[:, end] > 1).mean())
    median_gap = float(np.median(run.path.rho[:, end]))
    if p_unmet >= 0.6:
        title = "Demand stays above supply in most futures"
    elif p_unmet <= 0.4:
        title = "Supply overtakes demand in most futures"
    else:
        title = "Whether demand or supply is ahead is close to a coin toss"
    fold = float(demand["b90"].iloc[-1] / demand["b10"].iloc[-1])
    if fold >= 2:
        title += f", and by the end of 2029 the fan of demand is {fold:.0f}-fold wide"
    data = demand.rename(columns={k: f"demand_{k}" for k in BAND_QUANTILES}).merge(
        supply.rename(columns={"low": "supply_p5", "median": "supply_median", "high": "supply_p95"}),
        on="year",
    )
    data["p_unmet"] = unmet
    return Exhibit(
        name="demand-supply",
        title=title,
        subtitle=(
            f"World AI compute, start of {times[0]:.0f} = 1, log scale. Bands: 50, 80 and 95% of demand; dashed "
            "lines: medians; dotted: 5–95% of supply; hatched: demand that the median path cannot meet; solid: "
            "installed stock as tracked."
        ),
        source=source_line(
            model,
            "Stock: Epoch AI chip counts, four makers, without Chinese chips."
            if len(observed)
            else "The stock of chips was not yet counted in public.",
        ),
        alt=(
            f"Fan chart of demand for AI compute against supply on a log axis from {first:.0f} to {times[-1]:.0f}. "
            f"At the end of 2029 demand is {median_gap:.2g} times supply at the median, and above supply in "
            f"{format_number(p_unmet, 'probability')} of draws."
        ),
        data=data,
        sources=("EPOCH_CHIPCOUNTS",) if len(observed) else (),
        chart=chart,
        how=(
            "Demand grows at its own rate at constant rent, plus the response to the event, plus a random walk: "
            "$\\ln D_{t+\\Delta} = \\ln D_t + F \\ln g_D \\Delta + \\Delta \\ln X + \\sigma_D \\sqrt{\\Delta} z_t$. "
            "Gross additions follow plans and tightness one lead time earlier, under the supply chain’s ceiling: "
            "$A_t = S_t \\min\\{(g_S^{F\\Delta} - 1 + d\\Delta)\\rho_{t-L}^{\\psi},\\; g_{max}^{F\\Delta} - 1 + "
            "d\\Delta\\}$. Growth rates fade by $F = e^{-f(t-t_0)}$."
        ),
        note="Utilisation never passes its maximum: what cannot be met shows as the hatched gap.",
    )


def utilisation_rent(model: Model) -> Exhibit:
    """Return utilisation and rent with fans, and the rents observed."""
    run = runs.base_run(model)
    keep = shown_columns(run.path.times)
    times = run.path.times[keep]
    used = fan_of(100 * run.path.utilisation[:, keep], times)
    rent = fan_of(run.path.rent[:, keep], times)
    ante = runs.ex_ante_run(model)
    earlier = shown_columns(ante.path.times)
    before = pd.DataFrame(
        {"year": ante.path.times[earlier], "rent": np.quantile(ante.path.rent[:, earlier], 0.5, axis=0)}
    )
    same = ante is run
    points = evidence.rent_points(model.facts)
    first = min(float(times[0]), float(points["year"].min()) if len(points) else float(times[0]))
    first = float(np.floor(first * 2) / 2)
    drawn = [*before["rent"], *points["rent"], *rent["b025"], *rent["b975"]]
    top, bottom = 1.15 * max(drawn), 0.9 * max(min(drawn), 1e-4)

    def chart(width: int) -> Any:
        wide = is_wide(width)
        left, right = (40, 96) if wide else (34, 10)
        plot = width - left - right
        upper_height, gap, height = 130, 54, 390
        years = [y for y in range(2024, 2033) if first <= y <= times[-1]]
        axis = alt.Axis(values=years if wide else years[::2], format="d", title=None, grid=False)
        x = alt.X("year:Q", scale=alt.Scale(domain=[first, times[-1]], nice=False), axis=axis)

        def y_used(field: str) -> alt.Y:
            return alt.Y(
                f"{field}:Q",
                scale=alt.Scale(domain=[0, 105], nice=False, range=[upper_height, 0]),
                axis=alt.Axis(
                    orient="left",
                    grid=True,
                    values=[0, 25, 50, 75, 100],
                    title="Usable compute in use, %",
                    titleX=-left,
                    titleY=-12,
                ),
            )

        def y_rent(field: str) -> alt.Y:
            return alt.Y(
                f"{field}:Q",
                scale=alt.Scale(
                    type="log",
                    domain=[bottom * 0.9, top * 1.1],
                    nice=False,
                    range=[height, upper_height + gap],
                ),
                axis=alt.Axis(
                    orient="left",
                    grid=True,
                    values=[
                        v
                        for v in (0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
                        if bottom <= v <= top
                    ],
                    title="H100 rent, USD an hour (log scale)",
                    titleX=-left,
                    titleY=upper_height + gap - 12,
                ),
            )

        upper = fan_layers(used, x, y_used)
        line = pd.DataFrame({"v": [100 * FULL]})
        upper.append(alt.Chart(line).mark_rule(color=T["ink3"]).encode(y=y_used("v")))
        upper.append(
            label_at(
                "“full”: 0.9",
                plot + 6 if wide else 4,
                upper_height * (1 - 90 / 105) + (0 if wide else 12),
                colour=T["ink3"],
            )
        )
        lower = fan_layers(rent, x, y_rent)
        if not same:
            lower.append(
                alt.Chart(before)
                .mark_line(color=T["c1"], strokeDash=[1, 3], strokeWidth=2)
                .encode(x=x, y=y_rent("rent"))
            )
        if len(points):
            contract = points[points["quote"] != "on demand"]
            demand = points[points["quote"] == "on demand"]
            lower.append(
                alt.Chart(contract)
                .mark_point(color=T["c2"], size=70, shape="diamond")
                .encode(x=x, y=y_rent("rent"))
            )
            lower.append(
                alt.Chart(demand)
                .mark_point(
                    color=T["c2"], size=70, shape="diamond", filled=False, fill=T["paper"], strokeWidth=1.6
                )
                .encode(x=x, y=y_rent("rent"))
            )
            words = points.assign(t=[f"{r:.2f}" for r in points["rent"]])
            low = words["rent"] == words["rent"].min()
            for own, dy in ((words[~low], -13), (words[low], 14)):
                lower.append(
                    text_mark(
                        own, "t", x=x, y=y_rent("rent"), dy=dy, align="center", colour=T["c2"], bold=True
                    )
                )
        both = layered(layered(*upper), layered(*lower)).resolve_scale(y="independent")
        return theme.frame(both, width, height, left=left, right=right, top=30, bottom=28)

    end = len(times) - 1
    rising = float(rent["b50"].iloc[end]) > float(rent["b50"].iloc[0])
    title = (
        "Capacity is full at the median, and yet the rent of a given chip "
        f"{'rises' if rising else 'falls'} as newer chips arrive"
        if used["b50"].iloc[end] >= 100 * FULL
        else "Capacity is not full at the median by the end of 2029"
    )
    data = pd.DataFrame({"year": times})
    for name in ("b025", "b25", "b50", "b75", "b975"):
        data[f"used_{name}"] = used[name]
        data[f"rent_{name}"] = rent[name]
    return Exhibit(
        name="utilisation-rent",
        title=title,
        subtitle=(
            "Share of usable compute in use, and rent of one H100 for an hour. Bands: 50, 80 and 95% of draws. "
            "Filled diamonds: one-year contracts; open diamond: an on-demand quote, not comparable with them."
            + ("" if same else " Dotted: the median as it stood in January 2025.")
        ),
        source=source_line(
            model,
            "Contract rents from one index; other indices differ by over two dollars."
            if len(points)
            else "No contract rents were public yet.",
        ),
        alt=(
            "Two fan charts. Utilisation at the end of 2029 has a median of "
            f"{used['b50'].iloc[end]:.0f} per cent with a 95 per cent band from {used['b025'].iloc[end]:.0f}. The "
            f"rent of an H100 has a median of {rent['b50'].iloc[end]:.2g} dollars an hour by then."
        ),
        data=data,
        sources=tuple(dict.fromkeys(points["source"])) if len(points) else (),
        chart=chart,
        how=(
            "$u = \\min(1, \\rho)$ with $\\rho = D/S$; $\\ln(r_t/r_0) = \\kappa(\\ln\\rho_t - \\ln\\rho_0) - "
            "h(t-t_0)$. Above saturation $\\kappa$ is the mark-up that rations, below it competition; $h$ is the "
            "fall of an old chip’s rent through newer ones."
        ),
        note=(
            "The two contract points serve for the turn only, never for a level. They entered the making of the "
            "path, so the turn is no test of it."
        ),
    )


def saturation(model: Model) -> Exhibit:
    """Return the probability that capacity is full by date, in two vintages, with statements of scarcity below."""
    run, ante = runs.base_run(model), runs.ex_ante_run(model)
    lines = []
    for name, r in (("this run", run), ("January 2025", ante)):
        if name == "January 2025" and ante is run:
            continue
        for i in shown_columns(r.path.times):
            lines.append(
                {"run": name, "year": r.path.times[i], "p": 100 * float((r.path.rho[:, i] >= FULL).mean())}
            )
    frame = pd.DataFrame(lines)
    signals = evidence.capacity_signals(model.facts)
    marks = pd.DataFrame(
        {
            "year": [EVENT_YEAR + m / 12 for m in report.SATURATION_MONTHS],
            "t": [f"{m} months" for m in report.SATURATION_MONTHS],
        }
    )
    first = float(frame["year"].min())

    def chart(width: int) -> Any:
        wide = is_wide(width)
        left, right, height = (40, 110, 230) if wide else (34, 10, 220)
        plot = width - left - right
        years = [y for y in range(2025, 2031) if first <= y <= LAST_YEAR]
        x = alt.X(
            "year:Q",
            scale=alt.Scale(domain=[first, LAST_YEAR], nice=False),
            axis=alt.Axis(values=years if wide else years[::2], format="d", title=None, grid=False),
        )

        def y(field: str) -> alt.Y:
            return alt.Y(
                f"{field}:Q",
                scale=alt.Scale(domain=[0, 100], nice=False),
                axis=alt.Axis(values=[0, 25, 50, 75, 100], title="P(full), %", titleX=-left, titleY=-24),
            )

        layers = [
            alt.Chart(marks).mark_rule(color=T["rule"]).encode(x=x, y=alt.value(0), y2=alt.value(height)),
            text_mark(marks, "t", x=x, y=alt.value(-8), align="center", colour=T["ink3"], size=11.5),
        ]
        for name, colour, dash in (("January 2025", T["c1"], [1, 3]), ("this run", T["ink"], DASH)):
            own = frame[frame["run"] == name]
            if own.empty:
                continue
            layers.append(
                alt.Chart(own).mark_line(color=colour, strokeDash=dash, strokeWidth=2.2).encode(x=x, y=y("p"))
            )
        if wide:
            ends = frame.groupby("run", as_index=False).last().sort_values("p", ascending=False)
            at = [height * (1 - p / 100) for p in ends["p"]]
            if len(at) == 2 and at[1] - at[0] < 15:
                at = [sum(at) / 2 - 8, sum(at) / 2 + 8]
            for (_, row), pixel in zip(ends.iterrows(), at, strict=True):
                words = "As of this run" if row["run"] == "this run" else "As of January 2025"
                layers.append(label_at(words, plot + 6, pixel, colour=T["ink"], bold=True))
        for sign, at_y, shape, words in (
            (1, height + 38, "triangle-up", "tight"),
            (-1, height + 56, "triangle-down", "loose"),
        ):
            own = signals[signals["sign"] == sign]
            if len(own):
                layers.append(
                    alt.Chart(own)
                    .mark_point(shape=shape, color=T["ink2"], size=70, filled=sign > 0)
                    .encode(x=x, y=alt.value(at_y))
                )
            layers.append(label_at(words, -left + 2, at_y, colour=T["ink3"]))
        return theme.frame(layered(*layers), width, height, left=left, right=right, top=42, bottom=70)

    p = [float(run.path.saturation(m).mean()) for m in report.SATURATION_MONTHS]
    words = [format_number(v, "probability") for v in p]
    title = (
        "Capacity more likely stays full than not, at each date"
        if min(p) >= 0.6
        else (
            "Capacity is as likely to be slack as full"
            if max(p) < 0.6
            else "Capacity is full for now; later is open"
        )
    )
    tight, loose = evidence.signal_counts(model.facts)
    return Exhibit(
        name="saturation",
        title=title,
        subtitle=(
            "Share of draws in which at least 0.9 of usable compute is in use, by quarter. Triangles below: what was "
            "said or measured, tight (up) or loose (down)."
        ),
        source=source_line(model, f"Signals: {tight} tight, {loose} loose, dated in the data fold."),
        alt=(
            f"Line chart of the probability that capacity is full: {words[0]} after 12 months, {words[1]} after 24, "
            f"{words[2]} after 36. {tight} dated signals of scarcity and {loose} of slack are marked below."
        ),
        data=pd.concat(
            [
                frame.rename(columns={"p": "p_full_pct"}),
                signals.rename(columns={"what": "signal"})[["year", "date", "sign", "signal", "source"]],
            ],
            ignore_index=True,
        ),
        sources=tuple(dict.fromkeys(signals["source"])),
        chart=chart,
        how="$P(\\rho_t \\ge 0.9)$ over the joint draws. Dates before the start of the path take its first quarter.",
        note="Scarcity shows in waiting lists before it shows in utilisation: with many servers delay is flat until nearly full.",
    )


def token_counts(model: Model) -> Exhibit:
    """Return tokens processed as companies count them, log scale."""
    points = evidence.token_counts(model.facts)
    if points.empty:
        return not_public("token-counts", "tokens processed", model)
    rate = {s: evidence.yearly_factor(points, s) for s in points["series"].unique()}
    first, last = float(points["year"].min()), float(points["year"].max())
    tokens = {
        "Google, all surfaces": "c1",
        "ByteDance Doubao": "c2",
        "OpenAI API": "c3",
        "OpenRouter (router)": "c5",
        "China, national count": "neutral",
    }
    ends = points.groupby("series", as_index=False).last()
    ends["t"] = [s + (f", ×{rate[s]:.0f} a year" if rate[s] else "") for s in ends["series"]]
    bottom, top = float(points["tokens_t_per_month"].min()), float(points["tokens_t_per_month"].max())

    def chart(width: int) -> Any:
        wide = is_wide(width)
        left, right, height = (46, 196, 280) if wide else (44, 10, 260)
        plot = width - left - right
        span = [np.floor(first), max(last, first + 0.5) + 0.1]
        years = [y for y in range(2023, 2028) if span[0] <= y <= span[1]]
        x = alt.X(
            "year:Q",
            scale=alt.Scale(domain=span, nice=False),
            axis=alt.Axis(values=years, format="d", title=None, grid=False),
        )
        y = alt.Y(
            "tokens_t_per_month:Q",
            scale=alt.Scale(type="log", domain=[bottom * 0.7, top * 1.6], nice=False),
            axis=alt.Axis(
                values=[v for v in (1, 10, 100, 1000, 10000) if bottom * 0.7 <= v <= top * 1.6],
                format=",d",
                title="Trillion tokens a month (log scale)",
                titleX=-left,
                titleY=-12,
            ),
        )
        layers: list[Any] = []
        for series, token in tokens.items():
            own = points[points["series"] == series]
            if own.empty:
                continue
            layers.append(alt.Chart(own).mark_line(color=T[token], strokeWidth=2).encode(x=x, y=y))
            layers.append(alt.Chart(own).mark_point(color=T[token], size=36).encode(x=x, y=y))
        lo, hi = np.log(bottom * 0.7), np.log(top * 1.6)
        placed: list[float] = []
        for row in ends.sort_values("tokens_t_per_month", ascending=False).to_dict("records"):
            pixel = height * (1 - (np.log(row["tokens_t_per_month"]) - lo) / (hi - lo))
            while any(abs(pixel - q) < 15 for q in placed):
                pixel += 3
            placed.append(pixel)
            if wide:
                mark = alt.Chart(pd.DataFrame({"a": [0]})).mark_point(color=T[tokens[row["series"]]], size=50)
                layers.append(mark.encode(x=alt.value(plot + 12), y=alt.value(pixel)))
                layers.append(label_at(row["t"], plot + 20, pixel, colour=T["ink"]))
        if not wide:
            for i, series in enumerate(s for s in tokens if s in set(points["series"])):
                layers.append(
                    label_at(
                        series,
                        6,
                        8 + 15 * i,
                        colour=T[tokens[series]] if tokens[series] != "neutral" else T["ink3"],
                        bold=True,
                        size=11.5,
                    )
                )
        return theme.frame(layered(*layers), width, height, left=left, right=right, top=30, bottom=28)

    known = [v for v in rate.values() if v]
    span = f"{min(known):.0f}- to {max(known):.0f}" if len(known) > 1 else f"{sum(known):.0f}"
    recalled = int((points["verified"] == "recalled").sum())
    title = (
        f"Tokens grew {span}-fold a year, which says little about how full the chips were"
        if known
        else "Tokens processed, as far as public"
    )
    return Exhibit(
        name="token-counts",
        title=title,
        subtitle="Tokens processed a month as companies count them, log scale. Counts differ in what they include; none covers training.",
        source=f"Company statements, {recalled} of {len(points)} points recalled, not read. Peaks, single models and estimates left out.",
        alt=title + f". {len(points)} points of {len(rate)} series.",
        data=points,
        sources=tuple(dict.fromkeys(points["source"])),
        chart=chart,
        note="A token served is not compute used: cost per token fell several-fold a year at the same time.",
    )


def signals_table(model: Model) -> Exhibit:
    """Return dated statements of scarcity, slack and backlog, as a table."""
    signals, waiting = evidence.capacity_signals(model.facts), evidence.backlog(model.facts)
    if signals.empty and waiting.empty:
        return not_public("capacity-signals", "statements on how full capacity was", model)
    reading = {1: "tight", -1: "loose"}
    rows = [
        {
            "date": r["date"],
            "what": r["what"],
            "reading": reading[int(r["sign"])],
            "amount": "",
            "source": r["source"],
        }
        for r in signals.to_dict("records")
    ] + [
        {
            "date": r["date"],
            "what": r["what"],
            "reading": "waits",
            "amount": format_number(r["usd_b"], "USD billion", "observed"),
            "source": r["source"],
        }
        for r in waiting.to_dict("records")
    ]
    frame = pd.DataFrame(rows).sort_values("date", ignore_index=True)
    tight, loose = evidence.signal_counts(model.facts)
    return Exhibit(
        name="capacity-signals",
        title=f"{tight} of {tight + loose} dated signals speak of scarcity, and {len(waiting)} sums wait for capacity",
        subtitle=(
            "What was said or measured about capacity since the event, tight or loose; the reading is ours. Orders and leases "
            "that wait are no signals of their own: they overlap and are never added."
        ),
        source="Company statements, one index of rents, one measurement of enterprise clusters.",
        alt=f"Table of {tight + loose} dated signals on AI capacity, {tight} read as tight, with {len(waiting)} backlogs.",
        data=frame,
        sources=tuple(dict.fromkeys(frame["source"])),
        columns=(
            Column("date", "Date", weight=1.1),
            Column("what", "What", weight=4),
            Column("reading", "Reading", weight=1),
            Column("amount", "Amount", align="right", kind="number", weight=1.2),
        ),
        note="A seller that says it is sold out is also advertising. The rent and the cluster measurement are not statements.",
    )


def _percent(value: float) -> str:
    return "<0.1%" if 0 < value < 0.05 else f"{value:.1f}%"


def variants_table(model: Model) -> Exhibit:
    """Return the main path beside its variants, as a table."""
    rows = [
        {
            "name": v.name,
            "why": v.why,
            "p_36": format_number(v.p_full_36, "probability"),
            "p_2029": format_number(v.p_full_2029, "probability"),
            "stranded": _percent(100 * float(v.stranded.mean())),
            "rent": format_number(float(np.median(v.rent_ratio_2029)), "ratio"),
        }
        for v in alternatives.variant_rows(model)
    ]
    frame = pd.DataFrame(rows)
    idle = {v.key: 100 * float(v.stranded.mean()) for v in alternatives.variant_rows(model)}
    event = abs(idle["main"] - idle["no_event"])
    others = max(abs(x - idle["main"]) for key, x in idle.items() if key != "no_event")
    title = (
        "How demand meets supply matters more than the gain"
        if others > event
        else "The gain matters more than the way the market is modelled"
    ) + f": expected idle share from {min(idle.values()):.0f} to {max(idle.values()):.0f}%"
    return Exhibit(
        name="capacity-variants",
        title=title,
        subtitle="Probability that capacity is full 36 months after the event and at the end of 2029, expected idle share and median rent over its start then, by way of modelling.",
        source=source_line(model, f"Variants on {min(runs.VARIANT_DRAWS, model.draws.n)} draws."),
        alt=f"Table of {len(frame)} variants of the capacity model with four headline answers each.",
        data=frame,
        columns=(
            Column("name", "Variant", weight=2),
            Column("why", "What differs", weight=3),
            Column("p_36", "P(full), 36 months", align="right", kind="number"),
            Column("p_2029", "P(full), end 2029", align="right", kind="number"),
            Column("stranded", "Idle share", align="right", kind="number"),
            Column("rent", "Rent, start = 1", align="right", kind="number"),
        ),
        how=(
            "With rent feedback, idle compute becomes cheap until someone uses it: utilisation is then nearly always full "
            "and scarcity shows in rent alone. The main model keeps growth at constant rent as one number, because "
            "services, compute per service and serving efficiency are not observed apart."
        ),
    )


def drivers_table(model: Model) -> Exhibit:
    """Return what each headline answer hangs on: its three strongest drivers, as a table."""
    found = alternatives.drivers(model)
    if not found:
        return not_public("capacity-drivers", "what the answers hang on (every parameter is fixed)", model)

    def words(driver: alternatives.Driver) -> str:
        sign = true_minus(f"{driver.correlation:+.2f}")
        return f"{driver.parameter.replace('_', ' ')} {sign} ({driver.kind})"

    frame = pd.DataFrame(
        [
            {"answer": answer, **{f"driver_{k + 1}": words(d) for k, d in enumerate(top)}}
            for answer, top in found.items()
        ]
    )
    first = [top[0] for top in found.values()]
    judged = sum(d.kind == "judgement" for d in first)
    return Exhibit(
        name="capacity-drivers",
        title=f"{judged} of {len(first)} capacity answers hang first on a judgement",
        subtitle="The three parameters with the largest rank correlation with each answer, and whether they were observed, published or judged.",
        source=source_line(model),
        alt=f"Table of {len(first)} capacity answers with their three strongest drivers; {judged} hang first on a judgement.",
        data=frame,
        columns=(
            Column("answer", "Answer", weight=2),
            Column("driver_1", "Hangs most on", weight=2.6),
            Column("driver_2", "then on", weight=2.6),
            Column("driver_3", "then on", weight=2.6),
        ),
        how=(
            "Spearman rank correlation over draws in which the parameters are independent: a parameter gets what it does "
            "itself, not what a correlated partner does."
        ),
    )


def backtest_exhibit(model: Model) -> Exhibit:
    """Return the back-test: predicted intervals, observations, errors and PITs."""
    rows = backtest_rows.backtest_rows(model)
    table = []
    for r in rows:
        observed = np.nan if r.observed is None else r.observed
        table.append(
            {
                "label": f"{r.what}" + (" *" if r.in_sample else ""),
                "against": r.observed_label,
                "prediction": r.prediction,
                **spread_of(r.draws),
                "observed": observed,
                "seen": "not public"
                if r.observed is None
                else format_number(r.observed, "ratio", "observed"),
                "error": "–"
                if r.observed is None
                else true_minus(f"{100 * (np.median(r.draws) / r.observed - 1):+.0f}%"),
                "pit": "–" if r.pit is None else f"{r.pit:.2f}",
            }
        )
    frame = pd.DataFrame(table)
    short = {
        "Installed compute, end 2025 over end 2024": "Installed compute, 2025",
        "Power of installed compute, end 2025 over end 2024": "Its power, 2025",
        "Spend on additions, 2025 over 2024": "Spend on additions, 2025",
        "Spend on additions, 2026 over 2025": "Spend on additions, 2026",
        "H100 rent, March 2026 over October 2025 *": "H100 rent, Oct 2025–Mar 2026 *",
    }
    drawn = frame.assign(label=[short.get(v, v) for v in frame["label"]])
    drawn["label"] = [
        f"{a} ({'capex' if 'cash' in b else 'Nvidia' if 'Nvidia' in b else 'guided'})"
        if a.startswith("Spend")
        else a
        for a, b in zip(drawn["label"], frame["against"], strict=True)
    ]
    done = backtest_rows.tally(rows)

    def chart(width: int) -> Any:
        return interval_rows(
            drawn,
            width,
            domain=(0.4, 4),
            ticks=[0.5, 1, 2, 3, 4],
            title="Ratio, later over earlier (log scale)",
            columns=(("seen", "observed", 64), ("error", "error", 56), ("pit", "PIT", 46)),
            log=True,
            reference=1.0,
            left=236,
        )

    if not done.tests:
        title = "Nothing to test against yet at the date of this run"
    else:
        verdict = "none" if done.missed == 0 else f"{done.missed}"
        lean = f", though {done.above} came in above the median" if done.above > done.tests / 2 else ""
        title = f"Of {done.tests} separate predictions of the January 2025 run {verdict} missed" + lean
    return Exhibit(
        name="backtest",
        title=title,
        subtitle=(
            "Predicted with facts to January 2025 (bars 5–95 and 25–75%) and observed since (diamonds). PIT: share of "
            "draws at or below the observation; a miss lies outside 0.05–0.95. Compute and its power are one stock, capex and "
            "Nvidia’s revenue two views of one year’s spending. * in-sample."
        ),
        source="Our model, January 2025 vintage; Epoch AI chip counts; company reports; one-year contract rents.",
        alt=(
            f"Interval rows of {len(rows)} predictions made with January 2025 facts against observations; {done.missed} of "
            f"{done.tests} separate predictions missed."
        ),
        data=frame[["label", "prediction", "against", "low", "median", "high", "observed", "error", "pit"]],
        sources=tuple(dict.fromkeys(s for r in rows if r.observed is not None for s in r.sources)),
        chart=chart,
        how=(
            "Spend on additions is $A_t c_f^{-(t-t_0)}$ summed over the year; the year before grew the stock by $g_{-1}$, "
            "so its additions were $1 - 1/g_{-1}$, each quarter’s at its own cost. PIT: ties count half."
        ),
        note=(
            "Not a clean test. The random walk and a stronger fade entered the path after a first version missed the "
            "turn of the rent, and everyone who wrote the January rows knew what followed."
        ),
    )
