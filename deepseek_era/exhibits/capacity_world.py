"""Exhibits on time and place: years brought forward, compute by country, the lag, export controls."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.capacity import china, evidence, report, runs
from deepseek_era.capacity.aggregate import YEARS_SHORT, attributable
from deepseek_era.charts import theme
from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.charts.marks import ON_FILL, is_wide, label_at, layered, source_line, text_mark
from deepseek_era.exhibits.capacity_marks import (
    T,
    interval_rows,
    not_public,
    spread_of,
)
from deepseek_era.figure import format_number, true_minus
from deepseek_era.model import Model


def pull_forward(model: Model) -> Exhibit:
    """Return years pulled forward against each published trend, with the article's range shaded."""
    run = runs.base_run(model)
    years = runs.pull_forward_draws(run.draws)
    rest = runs.pull_forward_draws(attributable(run.draws, YEARS_SHORT))
    modelled = [
        ("Price of a given quality", years["price"]),
        ("Training algorithms", years["algorithm"]),
        ("Research as a whole", years["whole"]),
        ("The same, after a year of rivals", rest["whole"]),
    ]
    rows: list[dict[str, Any]] = []
    for name, v in modelled:
        rows.append(
            {
                "label": name,
                **spread_of(v),
                "observed": np.nan,
                "p": format_number(float(((v >= 2) & (v <= 3)).mean()), "probability"),
                "text": f"{np.median(v):.2f}",
            }
        )
    names = {
        "index_at_event": "Field: capability index, to the event",
        "index_to_date": "Field: capability index, to date",
        "horizon_g26": "Field: task horizon, 2019–25 trend",
        "horizon_g29": "Field: task horizon, trend from 2023",
        "horizon_g30": "Field: task horizon, trend from 2024",
    }
    sources: list[str] = []
    for key, figure in report.field_leads(model).items():
        if figure.value is None:
            continue
        sources += figure.sources
        rows.append(
            {
                "label": names[key],
                "observed": figure.value,
                "p": "–",
                "text": true_minus(f"{figure.value:.2f}"),
            }
        )
    frame = pd.DataFrame(rows)

    def chart(width: int) -> Any:
        return interval_rows(
            frame,
            width,
            domain=(-0.5, 3.5),
            ticks=[0, 1, 2, 3],
            title="Years brought forward",
            columns=(("text", "years", 48), ("p", "P(2–3)", 56)),
            reference=0.0,
            shade=(2, 3),
            shade_label="the article",
            left=250,
        )

    whole = years["whole"]
    p = float(((whole >= 2) & (whole <= 3)).mean())
    median = float(np.median(whole))
    title = f"The release was worth about {format_number(median, 'years')} of trend; two to three years has a probability of {format_number(p, 'probability')}"
    return Exhibit(
        name="pull-forward",
        title=title,
        subtitle=(
            "Years by which the release brought research forward, against published trends. Bars: model, 5–95 and "
            "25–75%. Diamonds: what the whole field gained on its former trend, an upper bound for any one release."
        ),
        source=source_line(
            model,
            "Field: Epoch capabilities index, METR task horizons."
            if sources
            else "No later capability series was public yet.",
        ),
        alt=(
            f"Interval rows of years pulled forward. Research as a whole came {median:.2g} years early at the median, "
            f"after a year of rivals {np.median(rest['whole']):.1g}; the article’s two to three years is shaded and has "
            f"a probability of {format_number(p, 'probability')}."
        ),
        data=frame[["label", "low", "median", "high", "observed", "p"]],
        sources=tuple(dict.fromkeys(sources)),
        chart=chart,
        how=(
            "Price route: $\\max(0, \\ln K/\\ln r_I - \\Delta t)$, with $\\Delta t$ the trend already due since the "
            "comparator appeared. Algorithm route: $\\ln k_T/\\ln r_{alg}$. The whole weighs the two. Field: doublings "
            "seen times the trend’s doubling time less time passed; index pace over former pace."
        ),
        note="The field’s own break came in April 2024, nine months before the release." if sources else "",
    )


def compute_by_country(model: Model) -> Exhibit:
    """Return shares of AI compute by ownership and, apart, by location."""
    facts = model.facts
    location = evidence.facts_of(facts, "accelerator_supply", ("S211", "S212"))
    owner = evidence.facts_of(facts, "accelerator_supply", ("S207", "S208"))
    tracked = evidence.compute_by_owner(facts)
    if not location and not owner and tracked.empty:
        return not_public("compute-by-country", "compute by country", model)
    rows: list[dict[str, Any]] = []
    if len(location) == 2:
        us, cn = location["S211"].value, location["S212"].value
        for name, v in (("United States", us), ("China", cn), ("Elsewhere", 100 - us - cn)):
            rows.append({"measure": "Where known clusters stand, May 2025", "who": name, "share": v})
    for year in sorted(tracked["year"].unique()) if len(tracked) else []:
        for r in tracked[tracked["year"] == year].to_dict("records"):
            rows.append(
                {
                    "measure": f"Who owns tracked chips, end {year}, no Huawei",
                    "who": r["owner"],
                    "share": r["share_pct"],
                }
            )
    if len(owner) == 2:
        us, cn = owner["S207"].value, owner["S208"].value
        for name, v in (("Five American firms", us), ("China", cn), ("Others", 100 - us - cn)):
            rows.append({"measure": "Who owns all chips, end 2025, with Huawei", "who": name, "share": v})
    frame = pd.DataFrame(rows)
    measures = list(dict.fromkeys(frame["measure"]))
    part = {"United States": 0, "Five American firms": 0, "China": 1, "Elsewhere": 2, "Others": 2}
    frame["part"] = [part[w] for w in frame["who"]]
    frame = frame.sort_values(
        ["measure", "part"], key=lambda s: s.map(measures.index) if s.name == "measure" else s
    )
    frame["x1"] = frame.groupby("measure")["share"].cumsum()
    frame["x0"] = frame["x1"] - frame["share"]
    frame["row"] = [float(measures.index(m)) for m in frame["measure"]]
    frame["mid"] = (frame["x0"] + frame["x1"]) / 2
    frame["text"] = [f"{s:.0f}" if s >= 2 else "" for s in frame["share"]]
    heads = pd.DataFrame({"row": np.arange(len(measures), dtype=float), "t": measures})

    def chart(width: int) -> Any:
        wide = is_wide(width)
        left, right = 2, 10
        step = 62
        height = step * len(measures)
        x_axis = alt.Axis(
            values=[0, 25, 50, 75, 100],
            title="Share of AI compute, % (two measures: never set one against the other)"
            if wide
            else "Share of AI compute, %",
            titleX=0,
            labelFlush=True,
        )
        scale = alt.Scale(domain=[0, 100], nice=False)
        y = alt.Y(
            "row:Q", scale=alt.Scale(domain=[-0.5, len(measures) - 0.5], reverse=True, nice=False), axis=None
        )
        colour = alt.Fill(
            "part:O", scale=alt.Scale(domain=[0, 1, 2], range=[T["c1"], T["c2"], T["rule"]]), legend=None
        )
        base = alt.Chart(frame)
        layers = [
            base.mark_bar(height=22, yOffset=10).encode(
                x=alt.X("x0:Q", scale=scale, axis=x_axis), x2="x1:Q", y=y, fill=colour
            ),
            text_mark(heads, "t", x=alt.value(0), y=y, dy=-14, colour=T["ink"], size=13),
            base.transform_filter("datum.part < 2")
            .mark_text(color=T["paper"], fontWeight=600, dy=10, fontSize=12, **ON_FILL)
            .encode(x=alt.X("mid:Q", scale=scale, axis=x_axis), y=y, text="text:N"),
            base.transform_filter("datum.part == 2")
            .mark_text(color=T["ink"], dy=10, fontSize=12, **ON_FILL)
            .encode(x=alt.X("mid:Q", scale=scale, axis=x_axis), y=y, text="text:N"),
        ]
        at = 0
        for words, token in (
            ("United States (owners: five firms)", "c1"),
            ("China", "c2"),
            ("others", "rule"),
        ):
            layers.append(label_at(words, 14 + at, -14, colour=T["ink2"]))
            layers.append(
                alt.Chart(pd.DataFrame({"a": [0]}))
                .mark_point(
                    shape="square",
                    size=90,
                    filled=True,
                    fill=T[token],
                    opacity=1,
                )
                .encode(x=alt.value(5 + at), y=alt.value(-14))
            )
            at += 224 if token == "c1" else 66
        return theme.frame(layered(*layers), width, height, left=left, right=right, top=30, bottom=44)

    if len(location) == 2 and len(owner) == 2:
        title = (
            f"China holds {location['S212'].value:.0f}% of AI compute by where clusters stand, "
            f"{owner['S208'].value:.0f}% by who owns the chips"
        )
    else:
        title = "China’s share of AI compute depends on what is counted"
    sources = dict.fromkeys(f.source_id for f in (*location.values(), *owner.values()))
    if len(tracked):
        sources["EPOCH_CHIPCOUNTS"] = None
    return Exhibit(
        name="compute-by-country",
        title=title,
        subtitle=(
            "Shares of world AI compute. Location covers 10 to 20 per cent of clusters; ownership follows chips wherever "
            "they stand. In the ownership bars the American part is five firms only."
        ),
        source="Epoch AI: country shares of clusters (2025), chip owners (2026), chip counts (2026).",
        alt=title + ". Stacked bars show the two measures apart.",
        data=frame[["measure", "who", "share"]],
        sources=tuple(sources),
        chart=chart,
        note="The two measures answer different questions. The lag below is computed from one at a time.",
    )


def china_lag(model: Model) -> Exhibit:
    """Return the lag implied by compute shares beside lags observed by test."""
    implied = china.implied_lags(runs.base_run(model).draws, model.facts)
    rows: list[dict[str, Any]] = [
        {
            "label": f"Model: shares by {measure}",
            **spread_of(draws),
            "text": f"{np.median(draws):.0f}",
        }
        for measure, draws in implied.items()
    ]
    owner = evidence.facts_of(model.facts, "accelerator_supply", china.OWNERS)
    lags = evidence.observed_lags(model.facts)
    for r in lags.to_dict("records"):
        span = "" if pd.isna(r["low"]) else f" ({r['low']:.0f}–{r['high']:.0f})"
        rows.append(
            {
                "label": r["what"],
                "observed": r["months"],
                "obs_low": r["low"],
                "obs_high": r["high"],
                "text": f"{r['months']:.2g}{span}",
            }
        )
    frame = pd.DataFrame(rows)

    def chart(width: int) -> Any:
        return interval_rows(
            frame,
            width,
            domain=(0, 26),
            ticks=[0, 6, 12, 18, 24],
            title="Months behind the American frontier",
            columns=(("text", "months", 78),),
            left=262,
            step=28,
        )

    hidden = lags[lags["kind"] == "hidden test"]["months"]
    medians = {measure: float(np.median(draws)) for measure, draws in implied.items()}
    words = " and ".join(
        f"{m:.0f} months by {measure} ({np.quantile(implied[measure], 0.05):.0f} to {np.quantile(implied[measure], 0.95):.0f})"
        for measure, m in medians.items()
    )
    title = f"Shares of compute imply a lag of {' or '.join(f'{m:.0f} months by {measure}' for measure, m in medians.items())}"
    if len(hidden):
        title += f"; a partly hidden test finds {float(hidden.iloc[-1]):.0f}"
    gaps = evidence.preference_gaps(model.facts)
    preference = ""
    if len(gaps):
        last = gaps.iloc[-1]
        # points of a chess-like rating: what share of blind votes the leader would win
        wins = 1 / (1 + 10 ** (-float(last["points"]) / 400))
        preference = (
            f" On a preference board the American lead was {last['points']:.0f} points in {last['date']}: the leader wins "
            f"{format_number(wins, 'probability')} of blind votes, which says nothing about months."
        )
    return Exhibit(
        name="china-lag",
        title=title,
        subtitle="Lag of Chinese behind American models, months: implied by shares of compute (bars 5–95 and 25–75%) and as published (diamonds; ranges in brackets)."
        + preference,
        source=source_line(model, "Published: Epoch AI, METR, US CAISI, DeepSeek." if len(lags) else ""),
        alt=(
            f"Interval rows of the Chinese lag in months. Shares of compute imply {words} (5 to 95 per cent); published lags run from {lags['months'].min() if len(lags) else 0:.0f} to "
            f"{lags['months'].max() if len(lags) else 0:.0f}."
        ),
        data=frame.drop(columns=["q25", "q75"]),
        sources=tuple(dict.fromkeys([*(f.source_id for f in owner.values()), *lags["source"]])),
        chart=chart,
        how="$\\mathrm{lag} = 12 \\ln(\\sigma_{US}/\\sigma_{CN} \\cdot R_A)/\\ln r_E$, shares by one measure at a time.",
        note="Known clusters cover a tenth to a fifth of the world, and owners may stand elsewhere than their chips: neither measure is the right one. Preference boards show almost no gap, hidden and long tasks a larger one: tests that models can prepare for flatter the follower.",
    )


def _change(months: float) -> str:
    return "0" if abs(months) < 0.05 else true_minus(f"{months:+.1f}")


def controls(model: Model) -> Exhibit:
    """Return the lag under scenarios of chip controls and access to outputs."""
    d = runs.base_run(model).draws
    frame = pd.DataFrame(
        [{"label": s.name, **spread_of(china.control_lag_months(d, s))} for s in china.SCENARIOS]
    )
    base = float(frame["median"].iloc[0])
    frame["text"] = [
        true_minus(f"{m:.2g} ({lo:.0f} to {hi:.0f})")
        for m, lo, hi in zip(frame["median"], frame["low"], frame["high"], strict=True)
    ]
    frame["change"] = ["" if i == 0 else _change(m - base) for i, m in enumerate(frame["median"])]

    def chart(width: int) -> Any:
        return interval_rows(
            frame,
            width,
            domain=(-2, 18),
            ticks=[0, 6, 12, 18],
            title="Months behind the American frontier",
            columns=(("text", "median (5–95%)", 96), ("change", "change", 54)),
            reference=0.0,
            left=262,
        )

    open_bite = float(frame["median"].iloc[4])
    lifted, bite = float(frame["median"].iloc[1]), float(frame["median"].iloc[2])
    if bite > base + 0.5:
        title = "Open outputs can offset chip controls, not cancel them: each lever moves the lag by months"
    else:
        title = "Neither lever moves the lag by much in this run"
    return Exhibit(
        name="export-controls",
        title=title,
        subtitle=(
            "Lag implied by compute and algorithms under six scenarios. The factors define the scenarios; they are not "
            "estimates. Compute by location."
        ),
        source=source_line(model),
        alt=(
            f"Interval rows of the lag by scenario: {base:.2g} months as it is, {lifted:.2g} if Chinese compute doubles, "
            f"{bite:.2g} if it halves, {open_bite:.2g} if it halves while access to outputs halves the algorithm gap."
        ),
        data=frame[["label", "low", "median", "high", "change"]],
        chart=chart,
        how=(
            "Chips enter as $\\sigma_{CN}$, outputs as $R_A$, and in the formula they trade off in logs: an algorithm gap "
            "halved is worth a doubling of chips for the *level* reached, and nothing for the compute to serve it or to "
            "take the next step."
        ),
        note=(
            "Distillation copies what the leader already sells; it cannot pass it. Chips decide how many are served, "
            "and who makes the next step."
        ),
    )


def control_timeline(model: Model) -> Exhibit:
    """Return dated steps of export control and of the dispute over distillation, as a table."""
    events = evidence.control_events(model.facts)
    if events.empty:
        return not_public("control-timeline", "steps of export control", model)
    frame = events.copy()
    frame["binds"] = ["hardware" if c == "export control" else "use of outputs" for c in frame["category"]]
    frame["event"] = [
        e + ("†" if v == "recalled" else "") for e, v in zip(frame["event"], frame["verified"], strict=True)
    ]
    chips = int((frame["binds"] == "hardware").sum())
    return Exhibit(
        name="control-timeline",
        title=f"{chips} steps of export control on record; the dispute over outputs has been one of words",
        subtitle="Export-control steps and the dispute over distillation, by date. † recalled, not read.",
        source="Dated events with their sources; the data fold has all of them.",
        alt=f"Table of {len(frame)} dated events: {chips} of export control, the rest about the use of model outputs.",
        data=frame[["date", "event", "actor", "binds", "source_id"]],
        sources=tuple(dict.fromkeys(events["source_id"])),
        columns=(
            Column("date", "Date", weight=1.6),
            Column("event", "Event", weight=4),
            Column("actor", "Actor", weight=1.4),
            Column("binds", "Concerns", weight=1.3),
        ),
    )
