"""Exhibits on what gets built: Stargate, power, the ceilings of supply."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.capacity import alternatives, evidence, runs
from deepseek_era.capacity.path import PLAN_YEAR, stranded_last_in, stranded_pro_rata
from deepseek_era.capacity.variants import CEILINGS
from deepseek_era.charts import theme
from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.charts.marks import (
    DASH,
    Box,
    along,
    around,
    is_wide,
    label_at,
    layered,
    name_marks,
    place,
    source_line,
    text_mark,
)
from deepseek_era.exhibits.capacity_marks import (
    BAND_QUANTILES,
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


def stargate_ledger(model: Model) -> Exhibit:
    """Return Stargate's announced, committed and energised GW and dollars by date, as a table."""
    ledger = evidence.stargate_ledger(model.facts)
    if ledger.empty:
        return not_public("stargate-ledger", "Stargate’s plan", model)
    frame = ledger.copy()
    frame["amount"] = [
        format_number(v, u, "published") for v, u in zip(frame["value"], frame["unit"], strict=True)
    ]
    gw = ledger[ledger["unit"] == "GW"]
    energised = gw[gw["state"] == "energised"]["value"].sum()
    target = gw[gw["state"] == "announced"]["value"].max() if (gw["state"] == "announced").any() else None
    if target and energised:
        title = f"Of {format_number(float(target), 'GW', 'published')} announced, {format_number(float(energised), 'GW', 'published')} was in operation at the flagship site"
    else:
        title = "Stargate is announced; nothing of it is in operation yet at the date of this run"
    return Exhibit(
        name="stargate-ledger",
        title=title,
        subtitle="Stargate by date. Announced, committed and energised are three different things and are never added.",
        source="Company statements and site records; the data fold has the source of each row.",
        alt=f"Table of {len(frame)} dated rows of Stargate: announced, committed and energised gigawatts and dollars.",
        data=frame[["date", "what", "state", "amount", "source"]],
        sources=tuple(dict.fromkeys(ledger["source"])),
        columns=(
            Column("date", "Date", weight=1.2),
            Column("what", "What", weight=3.4),
            Column("state", "State", weight=1.2),
            Column("amount", "Amount", align="right", kind="number", weight=1.2),
        ),
        note="What is not delivered is not stranded: it was never built.",
    )


def stargate_stranded(model: Model) -> Exhibit:
    """Return the probability that at least so much of the plan is idle, by convention, with and without the event."""
    run = runs.base_run(model)
    end = run.plan_index
    pro_rata = 100 * stranded_pro_rata(run.path.rho[:, end])
    without = 100 * stranded_pro_rata(run.without.rho[:, end])
    last_in = 100 * stranded_last_in(run.path.rho[:, end], run.power_gw[:, end], run.draws["stargate_built"])
    grid = np.arange(2.5, 100.1, 2.5)
    rows = [
        {"convention": name, "idle": x, "p": 100 * float((v >= x).mean())}
        for name, v in (
            ("Every owner idles alike", pro_rata),
            ("Without the event", without),
            ("Stress: the last built idles first", last_in),
        )
        for x in grid
    ]
    frame = pd.DataFrame(rows)
    styles = {
        "Every owner idles alike": (T["ink"], DASH, 2.4),
        "Without the event": (T["neutral"], [1, 3], 2),
        "Stress: the last built idles first": (T["c2"], DASH, 2),
    }

    def chart(width: int) -> Any:
        wide = is_wide(width)
        left, right, height = (40, 200, 230) if wide else (34, 10, 220)
        plot = width - left - right
        x = alt.X(
            "idle:Q",
            scale=alt.Scale(domain=[0, 100], nice=False),
            axis=alt.Axis(
                values=[0, 20, 40, 60, 80, 100],
                title="Share of the plan idle at the end of 2029, at least, %",
                titleX=0,
            ),
        )
        top = max(40.0, float(np.ceil(frame["p"].max() / 10) * 10))
        y = alt.Y(
            "p:Q",
            scale=alt.Scale(domain=[0, top], nice=False),
            axis=alt.Axis(
                values=list(range(0, int(top) + 1, 10)), title="Probability, %", titleX=-left, titleY=-12
            ),
        )
        layers = []
        at = []
        for name, (colour, dash, thick) in styles.items():
            own = frame[frame["convention"] == name]
            layers.append(
                alt.Chart(own).mark_line(color=colour, strokeDash=dash, strokeWidth=thick).encode(x=x, y=y)
            )
            at.append((float(own["p"].iloc[-1]), name, colour))
        if wide:
            placed: list[float] = []
            for p, name, colour in sorted(at, reverse=True):
                pixel = height * (1 - p / top)
                while any(abs(pixel - q) < 16 for q in placed):
                    pixel -= 4
                placed.append(pixel)
                layers.append(
                    label_at(
                        name,
                        plot + 8,
                        pixel,
                        colour=T["ink"] if colour != T["c2"] else T["c2"],
                        bold=colour == T["ink"],
                    )
                )
        else:
            for i, (_, name, colour) in enumerate(at):
                layers.append(
                    label_at(
                        name,
                        plot - 4,
                        0.36 * height + 16 * i,
                        align="right",
                        colour=colour if colour != T["neutral"] else T["ink3"],
                        bold=True,
                    )
                )
        return theme.frame(layered(*layers), width, height, left=left, right=right, top=30, bottom=46)

    p_tenth = float((pro_rata > 10).mean())
    word = format_number(p_tenth, "probability")
    mean = float(pro_rata.mean())
    effect = float(np.mean(pro_rata - without))
    reason = (
        "and the gain hardly changes that"
        if abs(effect) < 2.5
        else ("and the gain adds to it" if effect > 0 else "and the gain makes it less")
    )
    return Exhibit(
        name="stargate-stranded",
        title=f"A tenth or more of what is built stands idle in {word} of futures, {reason}",
        subtitle=(
            "Probability that at least so much of what is built stands idle at the end of 2029, by convention. Dotted: "
            "the same draws without the event."
        ),
        source=source_line(model, "Undelivered is not stranded."),
        alt=(
            f"Exceedance curves of the idle share of Stargate at the end of 2029. The expected share is {mean:.0f} per "
            f"cent if every owner idles alike and {last_in.mean():.0f} if the last built idles first; the curve without "
            "the event lies close to the first."
        ),
        data=frame,
        chart=chart,
        how=(
            "Pro rata: $(1-\\rho_T)^+$ on the path at the end of 2029. Stress: all idle power of the market falls on the "
            "plan, $\\mathrm{clip}[(1-\\rho_T)^+ W_T/S_{pl}, 0, 1]$. The economic order is the reverse: the newest chips "
            "cost least to run, so the oldest idle first."
        ),
        note="The event’s own part is the gap between the dashed ink line and the dotted one.",
    )


_STRAND_DRIVERS = {
    "demand_growth": "Growth of demand",
    "supply_growth": "Growth of supply as planned",
    "tightness": "Tightness at the start",
    "demand_volatility": "Volatility of demand",
    "growth_fade": "Fading of growth",
    "investment_response": "Response of investment",
    "lead_time": "Lead time",
    "supply_ceiling": "Ceiling of the supply chain",
    "elasticity_long": "Demand elasticity, long term",
    "pass_through_long": "Pass-through, long term",
    "inference_gain": "Inference gain",
}


def stranded_drivers(model: Model) -> pd.DataFrame:
    """Return expected idle share with each driver in its lowest and its highest fifth of draws, largest gap first."""
    run = runs.base_run(model)
    idle = 100 * stranded_pro_rata(run.path.rho[:, run.plan_index])
    rows = []
    for name, words in _STRAND_DRIVERS.items():
        v = run.draws[name]
        low, high = np.quantile(v, [0.2, 0.8])
        # a fixed driver has no fifths: its row would say nothing
        if not low < high:
            continue
        rows.append(
            {
                "driver": name,
                "label": words,
                "low_fifth": float(idle[v <= low].mean()),
                "high_fifth": float(idle[v >= high].mean()),
            }
        )
    frame = pd.DataFrame(rows, columns=["driver", "label", "low_fifth", "high_fifth"])
    order = (frame["high_fifth"] - frame["low_fifth"]).abs().sort_values(ascending=False).index
    return frame.loc[order].reset_index(drop=True)


def stargate_drivers(model: Model) -> Exhibit:
    """Return what would strand the plan: expected idle share by driver, lowest against highest fifth."""
    frame = stranded_drivers(model)
    if frame.empty:
        return not_public("stargate-drivers", "what would strand the plan (every driver is fixed)", model)
    frame["row"] = np.arange(len(frame), dtype=float)
    frame["text"] = [
        f"{lo:.0f} → {hi:.0f}" for lo, hi in zip(frame["low_fifth"], frame["high_fifth"], strict=True)
    ]
    top = max(10.0, float(np.ceil(frame[["low_fifth", "high_fifth"]].to_numpy().max() / 10) * 10))

    def chart(width: int) -> Any:
        wide = is_wide(width)
        left, right = (206, 76) if wide else (6, 8)
        step = 28 if wide else 42
        height = step * len(frame)
        plot = width - left - right
        shift = 0 if wide else 9
        x_axis = alt.Axis(
            values=list(range(0, int(top) + 1, 10)),
            title="Expected idle share at the end of 2029, %",
            titleX=0,
        )
        scale = alt.Scale(domain=[0, top], nice=False)
        y = alt.Y(
            "row:Q", scale=alt.Scale(domain=[-0.5, len(frame) - 0.5], reverse=True, nice=False), axis=None
        )
        base = alt.Chart(frame)
        layers = [
            base.mark_rule(color=T["rule"], strokeWidth=2, yOffset=shift).encode(
                x=alt.X("low_fifth:Q", scale=scale, axis=x_axis), x2="high_fifth:Q", y=y
            ),
            base.mark_point(
                shape="circle",
                size=75,
                filled=True,
                fill=T["paper"],
                stroke=T["ink"],
                strokeWidth=1.6,
                opacity=1,
                yOffset=shift,
            ).encode(x=alt.X("low_fifth:Q", scale=scale, axis=x_axis), y=y),
            base.mark_point(shape="circle", size=75, filled=True, color=T["ink"], yOffset=shift).encode(
                x=alt.X("high_fifth:Q", scale=scale, axis=x_axis), y=y
            ),
        ]
        if wide:
            layers.append(text_mark(frame, "label", x=alt.value(-left + 2), y=y, colour=T["ink"], size=13))
            layers.append(
                text_mark(
                    frame,
                    "text",
                    x=alt.value(plot + right - 4),
                    y=y,
                    align="right",
                    colour=T["ink"],
                    bold=True,
                )
            )
            layers.append(label_at("low → high", plot + right - 4, -12, align="right", colour=T["ink3"]))
        else:
            layers.append(text_mark(frame, "label", x=alt.value(0), y=y, dy=-10, colour=T["ink"], size=12.5))
            layers.append(
                text_mark(
                    frame, "text", x=alt.value(plot), y=y, dy=-10, align="right", colour=T["ink"], bold=True
                )
            )
        return theme.frame(layered(*layers), width, height, left=left, right=right, top=26, bottom=44)

    lead = frame.iloc[0]
    gain = frame[frame["driver"] == "inference_gain"]
    more = ""
    if len(gain) and lead["driver"] != "inference_gain":
        small = abs(float(gain["high_fifth"].iloc[0] - gain["low_fifth"].iloc[0])) < 3
        more = f"; the size of the gain {'hardly matters' if small else 'matters too'}"
    return Exhibit(
        name="stargate-drivers",
        title=f"{lead['label']} does most to decide whether what is built stands idle" + more,
        subtitle=(
            "Expected idle share of what is built, end of 2029, over the draws with the driver in its lowest fifth (open) "
            "and in its highest (filled)."
        ),
        source=source_line(model, "Drivers that a run fixes have no fifths and are left out."),
        alt=(
            f"Dumbbell chart of the expected idle share by driver. {lead['label']} moves it from {lead['low_fifth']:.0f} "
            f"to {lead['high_fifth']:.0f} per cent between its lowest and highest fifth{more}."
        ),
        data=frame[["driver", "label", "low_fifth", "high_fifth"]],
        chart=chart,
        how="Means of $(1-\\rho_T)^+$ over the draws in which the driver lies at or below its 20% quantile, or at or above its 80% quantile.",
    )


def _where(covers: str) -> str:
    return "world" if "world" in covers else "US"


def power_need(model: Model) -> Exhibit:
    """Return the power of installed AI compute against published forecasts."""
    run = runs.base_run(model)
    keep = shown_columns(run.path.times)
    times = run.path.times[keep]
    fan = fan_of(run.power_gw[:, keep], times)
    forecasts = [f for f in evidence.power_forecasts(model.facts) if f.unit == "GW"]
    ai = evidence.ai_share_gw(model.facts)
    start_gw = float(np.median(run.power_gw[:, 0]))
    marks = [
        {"year": min(f.year, LAST_YEAR), "gw": f.value, "t": f"{f.who}: {_where(f.covers)}, all", "all": True}
        for f in forecasts
        if "added" not in f.covers and times[0] <= f.year
    ]
    marks += [
        {"year": r["year"], "gw": r["gw"], "t": f"{r['who']}: world, AI", "all": False}
        for r in ai.to_dict("records")
        if r["year"] >= times[0]
    ]
    marks += [
        {
            "year": LAST_YEAR,
            "gw": start_gw + f.value,
            "t": f"{f.who}: start plus AI added",
            "all": False,
        }
        for f in forecasts
        if "added" in f.covers
    ]
    points = pd.DataFrame(marks, columns=["year", "gw", "t", "all"])
    top = max(float(fan["b975"].max()), float(points["gw"].max()) if len(points) else 0)
    bottom = min(float(fan["b025"].min()), float(points["gw"].min()) if len(points) else 1e9)
    ticks = [v for v in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if bottom * 0.9 <= v <= top * 1.1]

    def chart(width: int) -> Any:
        wide = is_wide(width)
        left, right, height = (40, 26, 280) if wide else (34, 10, 260)
        plot = width - left - right
        years = [y for y in range(2025, 2031) if times[0] <= y <= times[-1]]
        x = alt.X(
            "year:Q",
            scale=alt.Scale(domain=[times[0] - 0.1, times[-1] + 0.15], nice=False),
            axis=alt.Axis(values=years if wide else years[::2], format="d", title=None, grid=False),
        )

        def y(field: str) -> alt.Y:
            return alt.Y(
                f"{field}:Q",
                scale=alt.Scale(type="log", domain=[bottom * 0.65, top * 1.15], nice=False),
                axis=alt.Axis(values=ticks, title="GW, facility level (log scale)", titleX=-left, titleY=-12),
            )

        layers = fan_layers(fan, x, y)
        if len(points):
            layers += [
                alt.Chart(points[points["all"]])
                .mark_point(
                    shape="square", size=70, filled=False, fill=T["paper"], stroke=T["c1"], strokeWidth=1.6
                )
                .encode(x=x, y=y("gw")),
                alt.Chart(points[~points["all"]])
                .mark_point(
                    shape="diamond",
                    size=90,
                    filled=True,
                    fill=T["c2"],
                    stroke=T["paper"],
                    strokeWidth=0.8,
                    opacity=1,
                )
                .encode(x=x, y=y("gw")),
            ]
            if wide:

                def px(year: float) -> float:
                    return (year - times[0] + 0.1) / (times[-1] - times[0] + 0.25) * plot

                def py(gw: float) -> float:
                    return math.log(top * 1.15 / gw) / math.log(top * 1.15 / (bottom * 0.65)) * height

                spots = [(px(r["year"]), py(r["gw"]), str(r["t"])) for r in points.to_dict("records")]
                roof, floor = ([py(v) for v in fan[f"b{q}"]] for q in ("975", "025"))
                taken = [
                    *along([px(v) for v in fan["year"]], roof, floor),
                    *(around(dot_x, dot_y, 7) for dot_x, dot_y, _ in spots),
                ]
                named = place(spots, Box(-4, -8, plot + right, height), taken, reach=height)
                layers += name_marks(named, colour=T["ink"])
        if not wide:
            layers.append(label_at("□ all data centres  ◆ AI part", plot, 6, align="right", colour=T["ink3"]))
        return theme.frame(layered(*layers), width, height, left=left, right=right, top=30, bottom=28)

    end = float(fan["b50"].iloc[-1])
    low, high = float(fan["b10"].iloc[-1]), float(fan["b90"].iloc[-1])
    effect = np.median(run.path.S[:, run.plan_index] / run.without.S[:, run.plan_index] - 1)
    title = f"AI power grows {end / start_gw:.1f}-fold by the end of 2029 at the median, " + (
        "and the gain moves it by next to nothing"
        if abs(effect) < 0.03
        else true_minus(f"of which the gain is {100 * effect:+.0f} per cent")
    )
    return Exhibit(
        name="power-need",
        title=title,
        subtitle=(
            "Power of installed AI compute, GW at facility level, log scale. Bands: 50, 80 and 95% of draws. Squares: "
            "forecasts for all data centres; diamonds: for AI."
        ),
        source=source_line(
            model, "Forecasts: Goldman Sachs, Citi, Berkeley Lab, as public at the run’s date."
        ),
        alt=(
            f"Fan chart of AI power in GW. The median rises from {start_gw:.0f} to {end:.0f} GW by the end of 2029, with "
            f"80 per cent of draws between {low:.0f} and {high:.0f}. {len(points)} published forecasts are marked."
        ),
        data=pd.concat(
            [
                fan.rename(columns={k: f"gw_{k}" for k in BAND_QUANTILES}),
                points.rename(columns={"t": "forecast"}),
            ],
            ignore_index=True,
        ),
        sources=tuple(dict.fromkeys([f.source_id for f in forecasts])),
        chart=chart,
        how=(
            "$W_t = W_0 S_t / h^{t-t_0}$ with $h$ the growth of compute per watt. The fade of growth was chosen so that "
            "this lies near power forecasts; it is therefore no test of them."
        ),
        note=(
            "Counts of what is AI differ: one forecast’s AI share of capacity today is below the power of the chips "
            "that another count finds installed."
        )
        if len(ai)
        else "",
    )


def energy_need(model: Model) -> Exhibit:
    """Return the yearly electricity of AI compute beside published figures for all data centres."""
    run = runs.base_run(model)
    rows: list[dict[str, Any]] = [
        {"label": f"AI, {PLAN_YEAR:.0f} (model)", **spread_of(runs.energy_twh(run)), "text": ""}
    ]
    rows[0]["text"] = format_number(rows[0]["median"], "TWh")
    forecasts = [f for f in evidence.power_forecasts(model.facts) if f.unit == "TWh"]
    for f in sorted(forecasts, key=lambda f: (_where(f.covers), f.year, f.value)):
        rows.append(
            {
                "label": f"All data centres, {_where(f.covers)}, {int(f.year)} ({f.who})",
                "observed": f.value,
                "obs_low": f.low,
                "obs_high": f.high,
                "text": format_number(f.value, "TWh", "published"),
            }
        )
    frame = pd.DataFrame(rows)
    top = max(
        2000.0, float(np.nanmax(frame[["high", "observed"] if "observed" in frame else ["high"]].to_numpy()))
    )
    top = float(np.ceil(min(top, 4000.0) / 500) * 500)

    def chart(width: int) -> Any:
        return interval_rows(
            frame,
            width,
            domain=(0, top),
            ticks=list(range(0, int(top) + 1, 500)),
            title="TWh a year",
            columns=(("text", "TWh", 76),),
            left=270,
            tick_format=",d",
            step=28,
        )

    world = [f for f in forecasts if _where(f.covers) == "world" and f.year >= 2030]
    median = float(rows[0]["median"])
    if world:
        above = sum(median > f.value for f in world)
        title = (
            "At the median AI alone would take more than forecasters expect of all data centres"
            if above == len(world)
            else "Forecasts for all data centres leave room for AI at the median, and not for its upper half"
            if float(rows[0]["q75"]) > min(f.value for f in world)
            else "Forecasts for all data centres leave ample room for AI"
        )
    else:
        title = f"AI would take about {format_number(median, 'TWh')} a year by the end of 2029"
    return Exhibit(
        name="energy-need",
        title=title,
        subtitle=(
            "Electricity a year: AI compute at the load of the end of 2029 (bars 5–95 and 25–75%) and published figures "
            "for all data centres (diamonds; ranges as solid bars)."
        ),
        source=source_line(model, "Published: IEA, Goldman Sachs, Berkeley Lab." if forecasts else ""),
        alt=(
            f"Interval row of AI electricity with a median of {median:.0f} TWh beside {len(forecasts)} published figures "
            "for all data centres."
        ),
        data=frame[
            [c for c in ("label", "low", "median", "high", "observed", "obs_low", "obs_high") if c in frame]
        ],
        sources=tuple(dict.fromkeys(f.source_id for f in forecasts)),
        chart=chart,
        how="Power of the stock × usable share × utilisation × hours of a year. Idle servers are counted as drawing nothing, so the lower end is low.",
    )


def ceilings(model: Model) -> Exhibit:
    """Return which ceiling stops additions, by year: plans, chips, power or capital."""
    result = alternatives.ceiling_path(model)
    limits = alternatives.ceilings(model)
    if result is None or limits is None:
        return not_public("supply-ceilings", "ceilings of power and capital", model)
    times = result.path.times[:-1]
    keep = shown_columns(times + 0.25)
    rows = []
    for i in keep:
        for j, name in enumerate(CEILINGS):
            rows.append(
                {
                    "year": float(times[i]),
                    "ceiling": name,
                    "order": j,
                    "share": 100 * float((result.binding[:, i] == j).mean()),
                }
            )
    frame = pd.DataFrame(rows)
    colours = {"plans": T["rule"], "chips": T["s3"], "power": T["c1"], "capital": T["c2"]}
    end = frame[frame["year"] == frame["year"].max()].set_index("ceiling")["share"]

    def chart(width: int) -> Any:
        wide = is_wide(width)
        left, right, height = (40, 110, 220) if wide else (34, 10, 220)
        plot = width - left - right
        first, last = float(times[keep[0]]), float(times[keep[-1]])
        years = [y for y in range(2025, 2031) if first <= y <= last]
        x = alt.X(
            "year:Q",
            scale=alt.Scale(domain=[first, last], nice=False),
            axis=alt.Axis(values=years if wide else years[::2], format="d", title=None, grid=False),
        )
        y = alt.Y(
            "share:Q",
            stack="zero",
            scale=alt.Scale(domain=[0, 100], nice=False),
            axis=alt.Axis(
                values=[0, 25, 50, 75, 100],
                title="Share of draws, %",
                titleX=-left,
                titleY=-12 if wide else -28,
            ),
        )
        area = (
            alt.Chart(frame)
            .mark_area(fillOpacity=1, strokeWidth=0)
            .encode(
                x=x,
                y=y,
                order=alt.Order("order:Q"),
                fill=alt.Fill(
                    "ceiling:N",
                    scale=alt.Scale(domain=list(CEILINGS), range=[colours[c] for c in CEILINGS]),
                    legend=None,
                ),
            )
        )
        layers: list[Any] = [area]
        at = 0.0
        placed: list[float] = []
        for i, name in enumerate(CEILINGS):
            share = float(end[name])
            pixel = height * (1 - (at + share / 2) / 100)
            at += share
            while any(abs(pixel - q) < 15 for q in placed):
                pixel -= 3
            placed.append(pixel)
            text = f"{name[:1].upper()}{name[1:]}, {share:.0f}%"
            if wide:
                layers.append(label_at(text, plot + 8, pixel, colour=T["ink"]))
            else:
                mark = alt.Chart(pd.DataFrame({"a": [0]})).mark_point(
                    shape="square", size=80, filled=True, fill=colours[name], opacity=1
                )
                layers.append(mark.encode(x=alt.value(8 + 74 * i), y=alt.value(-8)))
                layers.append(label_at(name, 16 + 74 * i, -8, size=11.5))
        return theme.frame(
            layered(*layers), width, height, left=left, right=right, top=30 if wide else 46, bottom=28
        )

    binding = end.drop("plans").sort_values(ascending=False)
    lead, share = str(binding.index[0]), float(binding.iloc[0])
    title = (
        f"By the end of 2029 {lead} {'are' if lead == 'chips' else 'is'} the ceiling met most often"
        if share >= 5
        else "Plans, not ceilings, set the pace in nearly every draw"
    )
    return Exhibit(
        name="supply-ceilings",
        title=title,
        subtitle=(
            f"What stops additions, share of draws by quarter. Ceilings from published figures: {limits.power_gw_per_year:.0f} GW "
            f"of AI power a year; {limits.capital_usd_b:,.0f} billion dollars in the first year; "
            f"{limits.cost_usd_b_per_gw:.0f} billion a GW at the start."
        ),
        source=source_line(
            model, "Power: Citi forecast spread evenly; capital: four firms’ guidance; cost: Epoch model."
        ),
        alt="Stacked areas of the share of draws in which plans, chips, power or capital limit additions. "
        + title
        + ".",
        data=frame[["year", "ceiling", "share"]],
        sources=limits.sources,
        chart=chart,
        how=(
            "Additions are the least of: plans answering to tightness; the supply chain’s fastest growth; what energised "
            "GW allow, $(W_t + p\\Delta)h^{t+\\Delta}/W_0$; what the budget of four firms buys at a unit cost "
            "that falls (others spend too, so this ceiling is a low one). A variant: "
            "the main path has the first two."
        ),
    )
