"""Exhibits on what a cheaper token does to compute: the Jevons map, the ratios, published elasticities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.capacity import evidence, runs
from deepseek_era.capacity.aggregate import YEARS_LONG, aggregate, attributable
from deepseek_era.charts import theme
from deepseek_era.charts.base import Control, Exhibit
from deepseek_era.charts.marks import DASH, is_wide, label_at, layered, source_line, text_mark
from deepseek_era.exhibits.capacity_marks import (
    WIDE,
    T,
    interval_rows,
    not_public,
    spread_of,
)
from deepseek_era.figure import format_number
from deepseek_era.model import Model

_EDGES = (-99, -2, -1, -0.25, 0.25, 1, 2, 99)
_BAND_WORDS = (
    "÷4 or less",
    "÷4 to ÷2",
    "÷2 to ÷1.2",
    "about the same",
    "×1.2 to ×2",
    "×2 to ×4",
    "×4 or more",
)
_E_DOMAIN, _P_DOMAIN = (0.2, 2.4), (0.2, 1.2)


def _expr(edges: Sequence[float]) -> str:
    lo, hi = _P_DOMAIN
    inner = ",".join(f"1+({e})*log(2)/lk" for e in edges)
    return f"clamp([{inner}][datum.band]/datum.e,{lo},{hi})"


def jevons_map(model: Model) -> Exhibit:
    """Return the break-even map of elasticity against pass-through, with joint draws and live sliders."""
    run = runs.base_run(model)
    d = run.draws
    n_dots = 220
    dots = pd.DataFrame(
        {
            "e": np.clip(d["elasticity_long"][:n_dots], *_E_DOMAIN).round(3),
            "p": np.clip(d["pass_through_long"][:n_dots], *_P_DOMAIN).round(3),
        }
    )
    parameters = model.parameters
    eps, phi = parameters.central("elasticity_long"), parameters.central("pass_through_long")
    short = pd.DataFrame(
        {
            "e": [np.clip(parameters.central("elasticity_short"), *_E_DOMAIN)],
            "p": [np.clip(parameters.central("pass_through_short"), *_P_DOMAIN)],
            "t": ["Short term"],
        }
    )
    gain, share = parameters.central("inference_gain"), parameters.central("adoption_long")
    frontier = pd.DataFrame({"e": np.linspace(1 / _P_DOMAIN[1], _E_DOMAIN[1], 40).round(4)})
    frontier["p"] = (1 / frontier["e"]).clip(*_P_DOMAIN)
    colours = [T[f"d{i}"] for i in range(1, 8)]

    def build(width: int, *, live: bool) -> Any:
        wide = is_wide(width)
        left, right, height = (44, 146, 290) if wide else (32, 10, 300)
        plot = width - left - right
        x_axis = alt.Axis(
            values=[0.5, 1, 1.5, 2],
            title="Demand elasticity ε, long term",
            format=".1f",
            grid=False,
            titleX=0,
        )
        y_axis = alt.Axis(
            values=[0.2, 0.4, 0.6, 0.8, 1.0, 1.2],
            title="Price pass-through φ",
            format=".1f",
            grid=False,
            titleX=-left,
            titleY=-12,
        )
        x = alt.X("e:Q", scale=alt.Scale(domain=list(_E_DOMAIN), nice=False, zero=False), axis=x_axis)
        y_scale = alt.Scale(domain=list(_P_DOMAIN), nice=False, zero=False)
        y = alt.Y("p:Q", scale=y_scale, axis=y_axis)
        params = [
            alt.param(name="K", value=round(gain, 4)),
            alt.param(name="a", value=round(share, 4)),
            alt.param(name="eps", value=round(eps, 4)),
            alt.param(name="phi", value=round(phi, 4)),
            alt.param(name="kbar", expr="1/(1-a+a/K)"),
            # the guard keeps the bands drawable when the gain is one: all of the map is then 'the same'
            alt.param(name="lk", expr="abs(log(kbar))<1e-4?1e-4:log(kbar)"),
            alt.param(name="xnow", expr="pow(kbar,phi*eps-1)"),
        ]
        steps = 41
        e_lo, e_hi = _E_DOMAIN
        bands = (
            alt.Chart(alt.sequence(0, 7 * steps, as_="i"))
            .transform_calculate(
                band=f"floor(datum.i/{steps})", e=f"{e_lo}+{e_hi - e_lo}*(datum.i%{steps})/{steps - 1}"
            )
            .transform_calculate(p=_expr(_EDGES[:-1]), p2=_expr(_EDGES[1:]))
            .mark_area(fillOpacity=1, strokeWidth=0)
            .encode(
                x=x,
                y=alt.Y("p:Q", scale=y_scale, axis=y_axis),
                y2="p2:Q",
                fill=alt.Fill("band:O", scale=alt.Scale(domain=list(range(7)), range=colours), legend=None),
            )
        )
        if live:
            now = alt.Chart(alt.sequence(0, 1, as_="i")).transform_calculate(
                e=f"clamp(eps,{e_lo},{e_hi})", p=f"clamp(phi,{_P_DOMAIN[0]},{_P_DOMAIN[1]})"
            )
        else:
            now = alt.Chart(pd.DataFrame({"e": [np.clip(eps, *_E_DOMAIN)], "p": [np.clip(phi, *_P_DOMAIN)]}))
        # On a phone the page shrinks the live plot and leaves no room for the key; its labels stand on a halo there.
        key_seen = alt.ExprRef(expr="width > 400 ? 1 : 0") if live else 1
        on_dark: Any = T["paper"] if wide else T["ink"]
        if live:
            on_dark = alt.ExprRef(expr=f"width > 400 ? '{T['paper']}' : '{T['ink']}'")
        layers: list[Any] = [
            bands,
            alt.Chart(dots if wide else dots.iloc[:110])
            .mark_point(size=7, color=T["ink"], opacity=0.45)
            .encode(x=x, y=y),
            alt.Chart(frontier).mark_line(color=T["ink"], strokeDash=DASH, strokeWidth=2).encode(x=x, y=y),
            now.mark_rule(color=T["ink"], strokeWidth=1).encode(x=x, y=alt.value(0), y2=alt.value(height)),
            now.mark_rule(color=T["ink"], strokeWidth=1).encode(y=y, x=alt.value(0), x2=alt.value(plot)),
            now.mark_point(
                shape="circle",
                size=130,
                filled=True,
                fill=T["paper"],
                stroke=T["ink"],
                strokeWidth=2,
                opacity=1,
            ).encode(x=x, y=y),
            alt.Chart(short)
            .mark_point(
                shape="square",
                size=70,
                filled=True,
                fill=T["paper"],
                stroke=T["ink"],
                strokeWidth=1.5,
                opacity=1,
            )
            .encode(x=x, y=y),
            text_mark(short, "t", x=x, y=y, dx=9, colour=T["ink"]),
            label_at("Compute rises", plot - 8, 14, align="right", colour=on_dark, bold=True),
            label_at("Compute falls", 8, height - 14, colour=T["ink"], bold=True),
        ]
        if wide:
            key = pd.DataFrame({"row": range(7), "word": _BAND_WORDS[::-1], "colour": colours[::-1]})
            for row in key.to_dict("records"):
                at = 22 + 19 * int(row["row"])
                layers.append(
                    alt.Chart(pd.DataFrame({"a": [0]}))
                    .mark_point(
                        shape="square",
                        size=90,
                        filled=True,
                        fill=str(row["colour"]),
                        stroke=T["rule"],
                        strokeWidth=0.5,
                        opacity=key_seen,
                    )
                    .encode(x=alt.value(plot + 20), y=alt.value(at))
                )
                layers.append(label_at(str(row["word"]), plot + 32, at, opacity=key_seen))
            layers.append(
                label_at("Compute, no event = 1", plot + 14, 4, colour=T["ink3"], size=11.5, opacity=key_seen)
            )
            layers.append(
                label_at("Dashed: φ × ε = 1,", plot + 14, 178, colour=T["ink"], bold=True, opacity=key_seen)
            )
            layers.append(
                label_at("the Jevons frontier", plot + 14, 194, colour=T["ink"], bold=True, opacity=key_seen)
            )
            layers.append(label_at("Dots: joint draws", plot + 14, 218, colour=T["ink3"], opacity=key_seen))
            layers.append(
                label_at(
                    "Ring: your setting" if live else "Ring: base, long term",
                    plot + 14,
                    236,
                    colour=T["ink3"],
                    opacity=key_seen,
                )
            )
        chart = layered(*layers).add_params(*params)
        return theme.frame(chart, width, height, left=left, right=right, top=30, bottom=46)

    p_long = float((d["pass_through_long"] * d["elasticity_long"] > 1).mean())
    word = format_number(p_long, "probability")
    title = f"Cheaper tokens mean more chips only beyond the dashed line; {word} of our draws lie there"

    def control(param: str, label: str, id: str, low: float, high: float, step: float, text: str) -> Control:
        return Control(
            param,
            label,
            low,
            high,
            step,
            round(parameters.central(id), 4),
            round(parameters.quantile(id, 0.05), 4),
            round(parameters.quantile(id, 0.95), 4),
            text,
        )

    return Exhibit(
        name="jevons-map",
        title=title,
        subtitle=(
            "Long-term inference compute against a world without the gain, by demand elasticity and price "
            "pass-through, at the median aggregate gain. Violet: compute falls; green: it rises."
        ),
        source=source_line(model, "Elasticity and pass-through are judgements within published ranges."),
        alt=(
            "Map of demand elasticity against price pass-through in seven bands between hyperbolas. Above the dashed "
            f"line where their product is one, compute rises; {word} of joint draws lie above it. In the short term "
            "both are lower and compute falls."
        ),
        data=dots.rename(columns={"e": "elasticity_long", "p": "pass_through_long"}),
        chart=lambda width: build(width, live=False),
        live=lambda: build(WIDE, live=True),
        controls=(
            control("eps", "Elasticity ε", "elasticity_long", 0.2, 2.4, 0.05, ".2f"),
            control("phi", "Pass-through φ", "pass_through_long", 0.2, 1.2, 0.02, ".2f"),
            control("K", "Inference gain K", "inference_gain", 1.0, 40, 0.5, ".1f"),
            control("a", "Share adopting", "adoption_long", 0.0, 1.0, 0.01, ".2f"),
        ),
        readout="At this setting inference compute is ×{xnow} of what it would be without the gain.",
        how=(
            "$X = \\bar k^{\\,\\varphi\\varepsilon - 1}$ with $\\bar k = 1/(1 - a + a/K)$: only the share $a$ of the "
            "workload becomes cheaper, so the market sees $\\bar k$, not $K$. Price falls to $\\bar k^{-\\varphi}$, use "
            "grows by $\\bar k^{\\varphi\\varepsilon}$, compute by that over $\\bar k$."
        ),
        note=(
            "In the green field the world needs more computers than without the gain, in the violet field fewer. The "
            "pale band is too close to call."
        ),
    )


def compute_ratio(model: Model) -> Exhibit:
    """Return compute against no event by horizon and part, the attributable run last."""
    run = runs.base_run(model)
    a, d = run.a, run.draws
    rest = aggregate(attributable(d, YEARS_LONG))
    parts = [
        ("One year on: inference", a.x_S),
        ("One year on: training", a.kbarT_S**a.eta_S),
        ("One year on: all compute", a.X_S),
        ("Three years on: inference", a.x_L),
        ("Three years on: training", a.kbarT_L**a.eta_L),
        ("Three years on: all compute", a.X_L),
        ("The same, less what rivals bring", rest.X_L),
    ]
    frame = pd.DataFrame([{"label": name, **spread_of(v)} for name, v in parts])
    frame["value"] = [
        f"{format_number(m, 'ratio')} ({format_number(lo, 'ratio')}–{format_number(hi, 'ratio').lstrip('×')})"
        for m, lo, hi in zip(frame["median"], frame["low"], frame["high"], strict=True)
    ]
    frame["p_rise"] = [format_number(float((v > 1).mean()), "probability") for _, v in parts]

    def chart(width: int) -> Any:
        return interval_rows(
            frame,
            width,
            domain=(0.5, 2.2),
            ticks=[0.5, 0.75, 1, 1.5, 2],
            title="Compute, no event = 1 (log scale)",
            columns=(("value", "median (5–95%)", 128), ("p_rise", "P(rises)", 62)),
            log=True,
            reference=1.0,
            left=212,
        )

    falls, rises = float((a.X_S < 1).mean()), float((a.X_S > 1).mean())
    first = "leaves compute as it was"
    if falls >= 0.6 or rises >= 0.6:
        first = "lowers compute a little" if falls > rises else "raises compute a little"
    elif falls + rises > 0:
        first = "barely moves compute"
    falls, rises = float((a.X_L < 1).mean()), float((a.X_L > 1).mean())
    later = "three years on it still does"
    if falls >= 0.6 or rises >= 0.6:
        later = "three years on it " + ("lowers it" if falls > rises else "raises it")
    elif falls + rises > 0:
        later = "three years on the sign is open"
    return Exhibit(
        name="compute-ratio",
        title=f"In the first year the gain {first}; {later}",
        subtitle=(
            "AI compute with the gain over compute without it, by horizon and part. Dashed bar 5–95%, thick bar 25–75%, "
            "dot median; values beyond the axis are drawn at its end."
        ),
        source=source_line(model),
        alt=(
            "Interval rows of compute with the gain over compute without it. One year on all compute is at "
            f"{format_number(float(np.median(a.X_S)), 'ratio')}, three years on at "
            f"{format_number(float(np.median(a.X_L)), 'ratio')} with a wide interval around one."
        ),
        data=frame,
        chart=chart,
        how=(
            "$X = w\\,\\bar k_T^{\\,\\eta} + (1-w)\\,\\bar k^{\\,\\varphi\\varepsilon-1}$: training answers through "
            "budgets, inference through price. In the first year only a part of the budget response happens. The last "
            "row takes out the share of the gain that rivals would have brought by then."
        ),
    )


def elasticity_points(model: Model) -> Exhibit:
    """Return published elasticities with what each measures, beside the range the model draws from."""
    points = evidence.elasticities(model.facts)
    if points.empty:
        return not_public("elasticity-points", "any measured elasticity of demand for tokens", model)
    d = runs.base_run(model).draws
    ranges = {
        "Model, short term": d["elasticity_short"],
        "Model, long term": d["elasticity_long"],
    }
    frame = pd.concat(
        [
            pd.DataFrame(
                [{"label": k, "measures": "what the draws assume", **spread_of(v)} for k, v in ranges.items()]
            ),
            points.rename(columns={"what": "label"}).assign(observed=points["value"]),
        ],
        ignore_index=True,
    )
    frame["text"] = [
        f"{v:.2g}" + ("†" if ver == "recalled" else "")
        for v, ver in zip(frame["observed"].fillna(frame["median"]), frame["verified"], strict=True)
    ]
    break_even = float(np.median(1 / np.maximum(d["pass_through_long"], 1e-6)))
    below = int((points["value"] < break_even).sum())

    def chart(width: int) -> Any:
        return interval_rows(
            frame,
            width,
            domain=(0, 2.8),
            ticks=[0, 0.5, 1, 1.5, 2, 2.5],
            title="Price elasticity of demand (positive); line: break-even"
            + (" at the median pass-through" if is_wide(width) else ""),
            columns=(("text", "ε", 34),),
            words=("measures", "what it measures", 322),
            reference=break_even,
            left=192,
            step=26,
        )

    return Exhibit(
        name="elasticity-points",
        title=f"{below} of {len(points)} published elasticities lie below the break-even, and few measure the market’s",
        subtitle=(
            "Price elasticity of demand as published (diamonds) and as drawn by the model (bars 5–95 and 25–75%). "
            "Vertical line: the elasticity above which inference compute grows in the long term."
        ),
        source="Studies and statements as listed in the data fold; † recalled, not read.",
        alt=(
            f"Dot plot of {len(points)} published elasticities from {points['value'].min():.2g} to "
            f"{points['value'].max():.2g}; the break-even stands at {break_even:.2g}. The high values mix price with "
            "every other cause of growth, the low ones compare models of unequal quality."
        ),
        data=frame[["label", "observed", "low", "median", "high", "measures", "source"]],
        sources=tuple(dict.fromkeys(points["source"])),
        chart=chart,
        how="Break-even $\\varepsilon^\\star = 1/\\varphi$. No published number is used as it stands: each brackets the judged range.",
        note="None of these is the market’s elasticity at constant quality, which nobody has measured.",
    )
