"""Exhibits of the capacity part: demand and supply, Jevons, Stargate, power, timing, China, the back-test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.capacity import backtest, china, evidence, report
from deepseek_era.capacity.aggregate import YEARS_LONG, YEARS_SHORT, aggregate, attributable
from deepseek_era.capacity.path import FULL, PLAN_YEAR, stranded_last_in, stranded_pro_rata
from deepseek_era.capacity.variants import CEILINGS
from deepseek_era.exhibits import theme
from deepseek_era.exhibits.base import Column, Control, Exhibit
from deepseek_era.figures import format_figure, format_number
from deepseek_era.model import Model

T = theme.TOKENS
WIDE = theme.WIDE
DASH = [5, 3]
LAST_YEAR = PLAN_YEAR
SANS = "Source Sans Pro, sans-serif"


def _is_wide(width: int) -> bool:
    return width >= WIDE


def _n(model: Model) -> str:
    return f"{model.draws.n:,}".replace(",", " ")


def _modelled(model: Model, extra: str = "") -> str:
    text = f"Our model, {_n(model)} joint draws, facts to {model.parameters.vintage.isoformat()}."
    return f"{text} {extra}".strip()


def _layer(*charts: Any) -> alt.LayerChart:
    return cast(alt.LayerChart, alt.layer(*charts))


def _text(
    frame: pd.DataFrame,
    field: str,
    *,
    x: Any,
    y: Any,
    align: Literal["left", "center", "right"] = "left",
    dx: float = 0,
    dy: float = 0,
    colour: str = T["ink2"],
    bold: bool = False,
    size: float = 12,
) -> alt.Chart:
    return (
        alt.Chart(frame)
        .mark_text(
            align=align,
            baseline="middle",
            dx=dx,
            dy=dy,
            color=colour,
            fontSize=size,
            fontWeight=600 if bold else 400,
        )
        .encode(x=x, y=y, text=alt.Text(field, type="nominal"))
    )


def _label(text: str, x: float, y: float, **style: Any) -> alt.Chart:
    """Return a text at pixel coordinates of the plot."""
    return _text(pd.DataFrame({"t": [text]}), "t", x=alt.value(x), y=alt.value(y), **style)


def interval_rows(
    frame: pd.DataFrame,
    width: int,
    *,
    domain: tuple[float, float],
    ticks: Sequence[float],
    title: str,
    columns: Sequence[tuple[str, str, int]] = (),
    words: tuple[str, str, int] | None = None,
    log: bool = False,
    reference: float | None = None,
    shade: tuple[float, float] | None = None,
    shade_label: str = "",
    left: int = 200,
    tick_format: str = "",
    step: int = 30,
) -> alt.Chart | alt.LayerChart:
    """Return rows of intervals: thin bar 5–95, thick bar 25–75, dot at the median, observed as a solid diamond.

    `frame` has label, low, q25, median, q75, high (NaN where a row has only an observation) and observed (NaN
    where it has none), obs_low and obs_high (its published range, a solid bar), plus the fields of `columns` (field,
    header, pixels; numbers, set right) and of `words` (the same, a remark, set left after them).
    """
    wide = _is_wide(width)
    rows = frame.reset_index(drop=True).copy()
    for name in ("low", "q25", "median", "q75", "high", "observed", "obs_low", "obs_high"):
        if name not in rows:
            rows[name] = np.nan
        rows[name] = rows[name].astype(float).clip(*domain)
    rows["row"] = np.arange(len(rows), dtype=float)
    step = step if wide else 44
    height = step * len(rows)
    right = (sum(c[2] for c in columns) + (words[2] if words else 0) + 8) if wide else 8
    left = left if wide else 6
    plot = width - left - right
    x_scale = alt.Scale(domain=list(domain), type="log" if log else "linear", nice=False, zero=False)
    axis = alt.Axis(values=list(ticks), title=title, format=tick_format, titleX=0, labelFlush=True)
    y = alt.Y("row:Q", scale=alt.Scale(domain=[-0.5, len(rows) - 0.5], reverse=True, nice=False), axis=None)
    shift = 0 if wide else 9

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=x_scale, axis=axis)

    base = alt.Chart(rows)
    layers: list[alt.Chart] = []
    if shade is not None:
        band = pd.DataFrame({"a": [max(shade[0], domain[0])], "b": [min(shade[1], domain[1])]})
        layers.append(
            alt.Chart(band)
            .mark_rect(fill=T["neuttint"], fillOpacity=1)
            .encode(x=alt.X("a:Q", scale=x_scale, axis=axis), x2="b:Q", y=alt.value(0), y2=alt.value(height))
        )
    if reference is not None:
        layers.append(
            alt.Chart(pd.DataFrame({"a": [reference]}))
            .mark_rule(color=T["ink3"])
            .encode(x=alt.X("a:Q", scale=x_scale, axis=axis), y=alt.value(0), y2=alt.value(height))
        )
    drawn = base.transform_filter("isValid(datum.median)")
    layers += [
        drawn.mark_rule(strokeWidth=1.5, strokeDash=DASH, color=T["ink2"], yOffset=shift).encode(
            x=x("low"), x2="high:Q", y=y
        ),
        drawn.mark_bar(height=5, color=T["s4"], yOffset=shift).encode(x=x("q25"), x2="q75:Q", y=y),
        drawn.mark_point(shape="circle", size=60, color=T["ink"], filled=True, yOffset=shift).encode(
            x=x("median"), y=y
        ),
        base.transform_filter("isValid(datum.obs_low)")
        .mark_rule(strokeWidth=1.5, color=T["c2"], yOffset=shift)
        .encode(x=x("obs_low"), x2="obs_high:Q", y=y),
        base.transform_filter("isValid(datum.observed)")
        .mark_point(
            shape="diamond",
            size=90,
            filled=True,
            fill=T["c2"],
            stroke=T["paper"],
            strokeWidth=1,
            opacity=1,
            yOffset=shift,
        )
        .encode(x=x("observed"), y=y),
    ]
    if wide:
        layers.append(_text(rows, "label", x=alt.value(-left + 2), y=y, colour=T["ink"], size=13))
        at = plot + 8
        for field, header, pixels in columns:
            at += pixels
            layers.append(
                _text(
                    rows,
                    field,
                    x=alt.value(at - 4),
                    y=y,
                    align="right",
                    colour=T["ink"],
                    bold=at - 8 - plot == pixels,
                )
            )
            layers.append(_label(header, at - 4, -12, align="right", colour=T["ink3"]))
        if words is not None:
            layers.append(_text(rows, words[0], x=alt.value(at + 14), y=y))
            layers.append(_label(words[1], at + 14, -12, colour=T["ink3"]))
    else:
        layers.append(_text(rows, "label", x=alt.value(0), y=y, dy=-10, colour=T["ink"], size=12.5))
        if columns:
            layers.append(
                _text(
                    rows,
                    columns[0][0],
                    x=alt.value(plot),
                    y=y,
                    dy=-10,
                    align="right",
                    colour=T["ink"],
                    bold=True,
                )
            )
    if shade is not None and shade_label:
        middle = (max(shade[0], domain[0]) + min(shade[1], domain[1])) / 2
        at_x = (middle - domain[0]) / (domain[1] - domain[0]) * plot
        layers.append(_label(shade_label, at_x, -12 if wide else -8, align="center", colour=T["ink3"]))
    return theme.frame(
        _layer(*layers),
        width,
        height,
        left=left,
        right=right,
        top=26 if (columns or shade_label) else 10,
        bottom=44,
    )


def _spread(draws: np.ndarray) -> dict[str, float]:
    low, q25, median, q75, high = np.quantile(np.asarray(draws, dtype=float), [0.05, 0.25, 0.5, 0.75, 0.95])
    return {"low": low, "q25": q25, "median": median, "q75": q75, "high": high}


def not_public(name: str, what: str, model: Model) -> Exhibit:
    """Return a table exhibit that says that a fact was not public at the vintage."""
    frame = pd.DataFrame({"what": [what], "status": ["not yet public"]})
    return Exhibit(
        name=name,
        title=f"Not yet public: {what}",
        subtitle=f"Facts after {model.parameters.vintage.isoformat()} are left out of this run.",
        source="No source was public at the date of this run.",
        alt=f"A single row saying that {what} was not public at the date of the run.",
        data=frame,
        columns=(Column("what", "Fact", weight=3), Column("status", "Status")),
    )


# ----------------------------------------------------------------------------------------------- demand, supply


def _years(path_times: np.ndarray) -> np.ndarray:
    return np.flatnonzero(path_times <= LAST_YEAR + 1e-9)


_BANDS = (("b025", "b975", "95%", "s2"), ("b10", "b90", "80%", "s3"), ("b25", "b75", "50%", "s4"))
_BAND_Q = {"b025": 0.025, "b10": 0.1, "b25": 0.25, "b50": 0.5, "b75": 0.75, "b90": 0.9, "b975": 0.975}


def _fan(values: np.ndarray, times: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame({"year": times})
    for name, q in _BAND_Q.items():
        frame[name] = np.quantile(values, q, axis=0)
    return frame


def _fan_layers(
    frame: pd.DataFrame, x: alt.X, y_of: Any, colours: Sequence[str] = ("s2", "s3", "s4")
) -> list[alt.Chart]:
    base = alt.Chart(frame)
    layers = [
        base.mark_area(fill=T[token], fillOpacity=1, strokeWidth=0).encode(x=x, y=y_of(low), y2=f"{high}:Q")
        for (low, high, _, _), token in zip(_BANDS, colours, strict=True)
    ]
    layers.append(base.mark_line(color=T["ink"], strokeDash=DASH, strokeWidth=2).encode(x=x, y=y_of("b50")))
    return layers


def demand_supply(model: Model) -> Exhibit:
    """Return demand for compute against supply, with a fan, unmet demand hatched, and the stock observed."""
    run = report.base_run(model)
    keep = _years(run.path.times)
    times = run.path.times[keep]
    demand = _fan(run.path.D[:, keep], times)
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
    top = max(float(demand["b975"].max()), 2.0)
    bottom = min(float(demand["b025"].min()), float(observed["ratio"].min()) if len(observed) else 1.0, 0.9)
    powers = [v for v in (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000) if bottom <= v <= top]

    def chart(width: int) -> Any:
        wide = _is_wide(width)
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

        layers = _fan_layers(demand, x, y)
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
            layers.append(_label("Demand", plot + 6, at_d, colour=T["ink"], bold=True))
            layers.append(_label("Supply", plot + 6, at_s, colour=T["c2"], bold=True))
            for (low, high, words, _), frac in zip(_BANDS, (0.985, 0.86, 0.72), strict=True):
                del frac
                layers.append(
                    _label(words, plot + 6, pixel(float(demand[high].iloc[-1])), colour=T["ink3"], size=11.5)
                )
                del low
        else:
            layers.append(_label("Demand (band), supply (ochre)", 6, 10, colour=T["ink2"]))
        layers.append(
            _text(
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
            _label("Probability that some demand goes unmet", -left + 2, height + 35, colour=T["ink3"])
        )
        return theme.frame(_layer(*layers), width, height, left=left, right=right, top=34, bottom=66)

    end = run.plan_index
    p_unmet = float((run.path.rho[:, end] > 1).mean())
    median_gap = float(np.median(run.path.rho[:, end]))
    if p_unmet >= 0.6:
        title = "Demand stays above supply in most futures, and the fan widens every year"
    elif p_unmet <= 0.4:
        title = "Supply overtakes demand in most futures, and the fan widens every year"
    else:
        title = "Whether demand or supply is ahead is close to a coin toss, and the fan widens every year"
    data = demand.rename(columns={k: f"demand_{k}" for k in _BAND_Q}).merge(
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
        source=_modelled(
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
            "Gross additions follow plans and tightness one lead time earlier, under the supply chain's ceiling: "
            "$A_t = S_t \\min\\{(g_S^{F\\Delta} - 1 + d\\Delta)\\rho_{t-L}^{\\psi},\\; g_{max}^{F\\Delta} - 1 + "
            "d\\Delta\\}$. Growth rates fade by $F = e^{-f(t-t_0)}$."
        ),
        note="Utilisation never passes its maximum: what cannot be met shows as the hatched gap.",
    )


def utilisation_rent(model: Model) -> Exhibit:
    """Return utilisation and rent with fans, and the rents observed."""
    run = report.base_run(model)
    keep = _years(run.path.times)
    times = run.path.times[keep]
    used = _fan(100 * run.path.utilisation[:, keep], times)
    rent = _fan(run.path.rent[:, keep], times)
    ante = report.ex_ante_run(model)
    earlier = _years(ante.path.times)
    before = pd.DataFrame(
        {"year": ante.path.times[earlier], "rent": np.quantile(ante.path.rent[:, earlier], 0.5, axis=0)}
    )
    same = ante is run
    points = evidence.rent_points(model.facts)
    first = min(float(times[0]), float(points["year"].min()) if len(points) else float(times[0]))
    first = float(np.floor(first * 2) / 2)
    top = float(rent["b975"].max())
    bottom = max(float(rent["b025"].min()), 0.01)

    def chart(width: int) -> Any:
        wide = _is_wide(width)
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
                    values=[v for v in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if bottom <= v <= top],
                    title="H100 rent, USD an hour (log scale)",
                    titleX=-left,
                    titleY=upper_height + gap - 12,
                ),
            )

        upper = _fan_layers(used, x, y_used)
        line = pd.DataFrame({"v": [100 * FULL]})
        upper.append(alt.Chart(line).mark_rule(color=T["ink3"]).encode(y=y_used("v")))
        upper.append(
            _label(
                "“full”: 0.9",
                plot + 6 if wide else 4,
                upper_height * (1 - 90 / 105) + (0 if wide else 12),
                colour=T["ink3"],
            )
        )
        lower = _fan_layers(rent, x, y_rent)
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
                    _text(own, "t", x=x, y=y_rent("rent"), dy=dy, align="center", colour=T["c2"], bold=True)
                )
        both = _layer(_layer(*upper), _layer(*lower)).resolve_scale(y="independent")
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
        source=_modelled(
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
            "fall of an old chip's rent through newer ones."
        ),
        note=(
            "The two contract points serve for the turn only, never for a level. They entered the making of the "
            "path, so the turn is no test of it."
        ),
    )


def saturation(model: Model) -> Exhibit:
    """Return the probability that capacity is full by date, in two vintages, with statements of scarcity below."""
    run, ante = report.base_run(model), report.ex_ante_run(model)
    lines = []
    for name, r in (("this run", run), ("January 2025", ante)):
        if name == "January 2025" and ante is run:
            continue
        for i in _years(r.path.times):
            lines.append(
                {"run": name, "year": r.path.times[i], "p": 100 * float((r.path.rho[:, i] >= FULL).mean())}
            )
    frame = pd.DataFrame(lines)
    signals = evidence.capacity_signals(model.facts)
    marks = pd.DataFrame(
        {
            "year": [2025.07 + m / 12 for m in report.SATURATION_MONTHS],
            "t": [f"{m} months" for m in report.SATURATION_MONTHS],
        }
    )
    first = float(frame["year"].min())

    def chart(width: int) -> Any:
        wide = _is_wide(width)
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
            _text(marks, "t", x=x, y=alt.value(-8), align="center", colour=T["ink3"], size=11.5),
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
                layers.append(_label(words, plot + 6, pixel, colour=T["ink"], bold=True))
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
            layers.append(_label(words, -left + 2, at_y, colour=T["ink3"]))
        return theme.frame(_layer(*layers), width, height, left=left, right=right, top=42, bottom=70)

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
    tight, loose = int((signals["sign"] > 0).sum()), int((signals["sign"] < 0).sum())
    return Exhibit(
        name="saturation",
        title=title,
        subtitle=(
            "Share of draws in which at least 0.9 of usable compute is in use, by quarter. Triangles below: what was "
            "said or measured, tight (up) or loose (down)."
        ),
        source=_modelled(model, f"Signals: {tight} tight, {loose} loose, dated in the data fold."),
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


# --------------------------------------------------------------------------------------------------- Jevons


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
    run = report.base_run(model)
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
        wide = _is_wide(width)
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
            _text(short, "t", x=x, y=y, dx=9, colour=T["ink"]),
            _label("Compute rises", plot - 8, 14, align="right", colour=T["paper"], bold=True),
            _label("Compute falls", 8, height - 14, colour=T["ink"], bold=True),
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
                        opacity=1,
                    )
                    .encode(x=alt.value(plot + 20), y=alt.value(at))
                )
                layers.append(_label(str(row["word"]), plot + 32, at))
            layers.append(_label("Compute, no event = 1", plot + 14, 4, colour=T["ink3"], size=11.5))
            layers.append(_label("Dashed: φ × ε = 1,", plot + 14, 178, colour=T["ink"], bold=True))
            layers.append(_label("the Jevons frontier", plot + 14, 194, colour=T["ink"], bold=True))
            layers.append(_label("Dots: joint draws", plot + 14, 218, colour=T["ink3"]))
            layers.append(
                _label(
                    "Ring: your setting" if live else "Ring: base, long term",
                    plot + 14,
                    236,
                    colour=T["ink3"],
                )
            )
        chart = _layer(*layers).add_params(*params)
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
            "pass-through, at the median aggregate gain. Orange: compute falls; blue: it rises."
        ),
        source=_modelled(model, "Elasticity and pass-through are judgements within published ranges."),
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
            "In the blue field the world needs more computers than without the gain, in the orange field fewer. The "
            "pale band is too close to call."
        ),
    )


def compute_ratio(model: Model) -> Exhibit:
    """Return compute against no event by horizon and part, the attributable run last."""
    run = report.base_run(model)
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
    frame = pd.DataFrame([{"label": name, **_spread(v)} for name, v in parts])
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
        source=_modelled(model),
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
    d = report.base_run(model).draws
    ranges = {
        "Model, short term": d["elasticity_short"],
        "Model, long term": d["elasticity_long"],
    }
    frame = pd.concat(
        [
            pd.DataFrame(
                [{"label": k, "measures": "what the draws assume", **_spread(v)} for k, v in ranges.items()]
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
            + (" at the median pass-through" if _is_wide(width) else ""),
            columns=(("text", "ε", 34),),
            words=("measures", "what it measures", 322),
            reference=break_even,
            left=192,
            step=26,
        )

    return Exhibit(
        name="elasticity-points",
        title=f"{below} of {len(points)} published elasticities lie below the break-even, and few measure the market's",
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
        note="None of these is the market's elasticity at constant quality, which nobody has measured.",
    )


# --------------------------------------------------------------------------------------------------- Stargate


def stargate_ledger(model: Model) -> Exhibit:
    """Return Stargate's announced, committed and energised GW and dollars by date, as a table."""
    ledger = evidence.stargate_ledger(model.facts)
    if ledger.empty:
        return not_public("stargate-ledger", "Stargate's plan", model)
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
    run = report.base_run(model)
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
        wide = _is_wide(width)
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
                    _label(
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
                    _label(
                        name,
                        plot - 4,
                        0.36 * height + 16 * i,
                        align="right",
                        colour=colour if colour != T["neutral"] else T["ink3"],
                        bold=True,
                    )
                )
        return theme.frame(_layer(*layers), width, height, left=left, right=right, top=30, bottom=46)

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
        title=f"A tenth of it or more stands idle in {word} of futures, {reason}",
        subtitle=(
            "Probability that at least so much of what is built stands idle at the end of 2029, by convention. Dotted: "
            "the same draws without the event."
        ),
        source=_modelled(model, "Undelivered is not stranded."),
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
        note="The event's own part is the gap between the dashed ink line and the dotted one.",
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
    run = report.base_run(model)
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
        wide = _is_wide(width)
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
            layers.append(_text(frame, "label", x=alt.value(-left + 2), y=y, colour=T["ink"], size=13))
            layers.append(
                _text(
                    frame,
                    "text",
                    x=alt.value(plot + right - 4),
                    y=y,
                    align="right",
                    colour=T["ink"],
                    bold=True,
                )
            )
            layers.append(_label("low → high", plot + right - 4, -12, align="right", colour=T["ink3"]))
        else:
            layers.append(_text(frame, "label", x=alt.value(0), y=y, dy=-10, colour=T["ink"], size=12.5))
            layers.append(
                _text(
                    frame, "text", x=alt.value(plot), y=y, dy=-10, align="right", colour=T["ink"], bold=True
                )
            )
        return theme.frame(_layer(*layers), width, height, left=left, right=right, top=26, bottom=44)

    lead = frame.iloc[0]
    gain = frame[frame["driver"] == "inference_gain"]
    more = ""
    if len(gain) and lead["driver"] != "inference_gain":
        small = abs(float(gain["high_fifth"].iloc[0] - gain["low_fifth"].iloc[0])) < 3
        more = f"; the size of the gain {'hardly matters' if small else 'matters too'}"
    return Exhibit(
        name="stargate-drivers",
        title=f"{lead['label']} does most to decide whether it stands idle" + more,
        subtitle=(
            "Expected idle share of what is built, end of 2029, over the draws with the driver in its lowest fifth (open) "
            "and in its highest (filled)."
        ),
        source=_modelled(model, "Drivers that a run fixes have no fifths and are left out."),
        alt=(
            f"Dumbbell chart of the expected idle share by driver. {lead['label']} moves it from {lead['low_fifth']:.0f} "
            f"to {lead['high_fifth']:.0f} per cent between its lowest and highest fifth{more}."
        ),
        data=frame[["driver", "label", "low_fifth", "high_fifth"]],
        chart=chart,
        how="Means of $(1-\\rho_T)^+$ over the draws in which the driver lies at or below its 20% quantile, or at or above its 80% quantile.",
    )


# --------------------------------------------------------------------------------------------------- power


def _where(covers: str) -> str:
    return "world" if "world" in covers else "US"


def power_need(model: Model) -> Exhibit:
    """Return the power of installed AI compute against published forecasts."""
    run = report.base_run(model)
    keep = _years(run.path.times)
    times = run.path.times[keep]
    fan = _fan(run.power_gw[:, keep], times)
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
        wide = _is_wide(width)
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

        layers = _fan_layers(fan, x, y)
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
                for above, own in ((True, points[points["all"]]), (False, points[~points["all"]])):
                    for row in own.to_dict("records"):
                        edge, start = row["year"] > times[-1] - 0.5, row["year"] < times[0] + 0.5
                        layers.append(
                            _text(
                                pd.DataFrame([row]),
                                "t",
                                x=x,
                                y=y("gw"),
                                dy=-13 if above else 15,
                                dx=8 if edge else (-6 if start else 0),
                                align="right" if edge else ("left" if start else "center"),
                                colour=T["ink"],
                            )
                        )
        if not wide:
            layers.append(_label("□ all data centres  ◆ AI part", plot, 6, align="right", colour=T["ink3"]))
        return theme.frame(_layer(*layers), width, height, left=left, right=right, top=30, bottom=28)

    end = float(fan["b50"].iloc[-1])
    low, high = float(fan["b10"].iloc[-1]), float(fan["b90"].iloc[-1])
    effect = np.median(run.path.S[:, run.plan_index] / run.without.S[:, run.plan_index] - 1)
    title = f"AI power grows {end / start_gw:.1f}-fold by the end of 2029 at the median, " + (
        "and the gain moves it by next to nothing"
        if abs(effect) < 0.03
        else f"of which the gain is {100 * effect:+.0f} per cent".replace("-", "−")
    )
    return Exhibit(
        name="power-need",
        title=title,
        subtitle=(
            "Power of installed AI compute, GW at facility level, log scale. Bands: 50, 80 and 95% of draws. Squares: "
            "forecasts for all data centres; diamonds: for AI."
        ),
        source=_modelled(model, "Forecasts: Goldman Sachs, Citi, Berkeley Lab, as public at the run's date."),
        alt=(
            f"Fan chart of AI power in GW. The median rises from {start_gw:.0f} to {end:.0f} GW by the end of 2029, with "
            f"80 per cent of draws between {low:.0f} and {high:.0f}. {len(points)} published forecasts are marked."
        ),
        data=pd.concat(
            [fan.rename(columns={k: f"gw_{k}" for k in _BAND_Q}), points.rename(columns={"t": "forecast"})],
            ignore_index=True,
        ),
        sources=tuple(dict.fromkeys([f.source_id for f in forecasts])),
        chart=chart,
        how=(
            "$W_t = W_0 S_t / h^{t-t_0}$ with $h$ the growth of compute per watt. The fade of growth was chosen so that "
            "this lies near power forecasts; it is therefore no test of them."
        ),
        note=(
            "Counts of what is AI differ: one forecast's AI share of capacity today is below the power of the chips "
            "that another count finds installed."
        )
        if len(ai)
        else "",
    )


def energy_need(model: Model) -> Exhibit:
    """Return the yearly electricity of AI compute beside published figures for all data centres."""
    run = report.base_run(model)
    rows: list[dict[str, Any]] = [
        {"label": f"AI, {PLAN_YEAR:.0f} (model)", **_spread(report.energy_twh(run)), "text": ""}
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
        source=_modelled(model, "Published: IEA, Goldman Sachs, Berkeley Lab." if forecasts else ""),
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


# --------------------------------------------------------------------------------------------------- timing


def pull_forward(model: Model) -> Exhibit:
    """Return years pulled forward against each published trend, with the article's range shaded."""
    run = report.base_run(model)
    years = report.pull_forward_draws(run.draws)
    rest = report.pull_forward_draws(attributable(run.draws, YEARS_SHORT))
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
                **_spread(v),
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
                "text": f"{figure.value:.2f}".replace("-", "−"),
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
        source=_modelled(
            model,
            "Field: Epoch capabilities index, METR task horizons."
            if sources
            else "No later capability series was public yet.",
        ),
        alt=(
            f"Interval rows of years pulled forward. Research as a whole came {median:.2g} years early at the median, "
            f"after a year of rivals {np.median(rest['whole']):.1g}; the article's two to three years is shaded and has "
            f"a probability of {format_number(p, 'probability')}."
        ),
        data=frame[["label", "low", "median", "high", "observed", "p"]],
        sources=tuple(dict.fromkeys(sources)),
        chart=chart,
        how=(
            "Price route: $\\max(0, \\ln K/\\ln r_I - \\Delta t)$, with $\\Delta t$ the trend already due since the "
            "comparator appeared. Algorithm route: $\\ln k_T/\\ln r_{alg}$. The whole weighs the two. Field: doublings "
            "seen times the trend's doubling time less time passed; index pace over former pace."
        ),
        note="The field's own break came in April 2024, nine months before the release." if sources else "",
    )


# --------------------------------------------------------------------------------------------------- China


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
        wide = _is_wide(width)
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
            _text(heads, "t", x=alt.value(0), y=y, dy=-14, colour=T["ink"], size=13),
            base.transform_filter("datum.part < 2")
            .mark_text(color=T["paper"], fontWeight=600, dy=10, fontSize=12)
            .encode(x=alt.X("mid:Q", scale=scale, axis=x_axis), y=y, text="text:N"),
            base.transform_filter("datum.part == 2")
            .mark_text(color=T["ink"], dy=10, fontSize=12)
            .encode(x=alt.X("mid:Q", scale=scale, axis=x_axis), y=y, text="text:N"),
        ]
        at = 0
        for words, token in (
            ("United States (owners: five firms)", "c1"),
            ("China", "c2"),
            ("others", "rule"),
        ):
            layers.append(_label(words, 14 + at, -14, colour=T["ink2"]))
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
        return theme.frame(_layer(*layers), width, height, left=left, right=right, top=30, bottom=44)

    if len(location) == 2 and len(owner) == 2:
        title = (
            f"China holds {location['S212'].value:.0f} per cent of AI compute by where clusters stand, "
            f"{owner['S208'].value:.0f} by who owns the chips"
        )
    else:
        title = "China's share of AI compute depends on what is counted"
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
    run = report.base_run(model)
    d = run.draws
    by_location = china.lag_months(
        d["us_compute_share"], d["china_compute_share"], d["algorithm_ratio"], d["effective_growth"]
    )
    rows: list[dict[str, Any]] = [
        {
            "label": "Model: shares by location",
            **_spread(by_location),
            "text": f"{np.median(by_location):.0f}",
        }
    ]
    owner = evidence.facts_of(model.facts, "accelerator_supply", ("S207", "S208"))
    if len(owner) == 2:
        by_owner = china.lag_months(
            owner["S207"].value / 100, owner["S208"].value / 100, d["algorithm_ratio"], d["effective_growth"]
        )
        rows.append(
            {"label": "Model: shares by ownership", **_spread(by_owner), "text": f"{np.median(by_owner):.0f}"}
        )
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
    median = float(np.median(by_location))
    low, high = np.quantile(by_location, [0.05, 0.95])
    if len(hidden):
        inside = low <= float(hidden.iloc[-1]) <= high
        title = (
            "Compute alone accounts for the lag that a partly hidden test finds"
            if inside
            else "The lag that a partly hidden test finds is not what compute alone implies"
        )
    else:
        title = f"Shares of compute imply a lag of about {median:.0f} months"
    gaps = evidence.preference_gaps(model.facts)
    preference = ""
    if len(gaps):
        last = gaps.iloc[-1]
        preference = f" On a preference board the lead was {last['points']:.0f} points in {last['date']}, which has no unit of time."
    return Exhibit(
        name="china-lag",
        title=title,
        subtitle="Lag of Chinese behind American models, months: implied by shares of compute (bars 5–95 and 25–75%) and as published (diamonds; ranges in brackets)."
        + preference,
        source=_modelled(model, "Published: Epoch AI, METR, US CAISI, DeepSeek." if len(lags) else ""),
        alt=(
            f"Interval rows of the Chinese lag in months. Shares by location imply {median:.0f} months (5 to 95 per cent: "
            f"{low:.0f} to {high:.0f}); published lags run from {lags['months'].min() if len(lags) else 0:.0f} to "
            f"{lags['months'].max() if len(lags) else 0:.0f}."
        ),
        data=frame.drop(columns=["q25", "q75"]),
        sources=tuple(dict.fromkeys([*(f.source_id for f in owner.values()), *lags["source"]])),
        chart=chart,
        how="$\\mathrm{lag} = 12 \\ln(\\sigma_{US}/\\sigma_{CN} \\cdot R_A)/\\ln r_E$, shares by one measure at a time.",
        note="Preference boards show almost no gap, hidden and long tasks a larger one: tests that models can prepare for flatter the follower.",
    )


def _change(months: float) -> str:
    return "0" if abs(months) < 0.05 else f"{months:+.1f}".replace("-", "−")


def controls(model: Model) -> Exhibit:
    """Return the lag under scenarios of chip controls and access to outputs."""
    d = report.base_run(model).draws
    frame = pd.DataFrame(
        [{"label": s.name, **_spread(china.control_lag_months(d, s))} for s in china.SCENARIOS]
    )
    base = float(frame["median"].iloc[0])
    frame["text"] = [
        f"{m:.2g} ({lo:.0f} to {hi:.0f})".replace("-", "−")
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
        source=_modelled(model),
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


# ----------------------------------------------------------------------------------- back-test, tokens, variants


def backtest_exhibit(model: Model) -> Exhibit:
    """Return the back-test: predicted intervals, observations, errors and PITs."""
    rows = report.backtest_rows(model)
    table = []
    for r in rows:
        observed = np.nan if r.observed is None else r.observed
        table.append(
            {
                "label": f"{r.what}" + (" *" if r.in_sample else ""),
                "against": r.observed_label,
                **_spread(r.draws),
                "observed": observed,
                "seen": "not public"
                if r.observed is None
                else format_number(r.observed, "ratio", "observed"),
                "error": "–"
                if r.observed is None
                else f"{100 * (np.median(r.draws) / r.observed - 1):+.0f}%".replace("-", "−"),
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
    tested = [r for r in rows if r.pit is not None and not r.in_sample]
    misses = sum(backtest.missed(r.pit) for r in tested if r.pit is not None)
    high = sum(r.pit > 0.5 for r in tested if r.pit is not None)

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

    if not tested:
        title = "Nothing to test against yet at the date of this run"
    else:
        verdict = "none" if misses == 0 else f"{misses}"
        lean = f", though {high} of them came in above the median" if high > len(tested) / 2 else ""
        title = f"Of {len(tested)} tests of the January 2025 run {verdict} missed" + lean
    return Exhibit(
        name="backtest",
        title=title,
        subtitle=(
            "Predicted with facts to January 2025 (bars 5–95 and 25–75%) and observed since (diamonds). PIT: share of "
            "draws at or below the observation; a miss lies outside 0.05–0.95. * in-sample."
        ),
        source="Our model, January 2025 vintage; Epoch AI chip counts; company reports; one-year contract rents.",
        alt=(
            f"Interval rows of {len(rows)} predictions made with January 2025 facts against observations; {misses} of "
            f"{len(tested)} out-of-sample tests missed."
        ),
        data=frame[["label", "against", "low", "median", "high", "observed", "error", "pit"]],
        sources=tuple(dict.fromkeys(s for r in rows if r.observed is not None for s in r.sources)),
        chart=chart,
        how=(
            "Spend on additions is $A_t c_f^{-(t-t_0)}$ summed over the year; the year before grew the stock by $g_{-1}$, "
            "so its additions were $1 - 1/g_{-1}$, each quarter's at its own cost. PIT: ties count half."
        ),
        note=(
            "Not a clean test. The random walk and a stronger fade entered the path after a first version missed the "
            "turn of the rent, and everyone who wrote the January rows knew what followed."
        ),
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
        wide = _is_wide(width)
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
                layers.append(_label(row["t"], plot + 20, pixel, colour=T["ink"]))
        if not wide:
            for i, series in enumerate(s for s in tokens if s in set(points["series"])):
                layers.append(
                    _label(
                        series,
                        6,
                        8 + 15 * i,
                        colour=T[tokens[series]] if tokens[series] != "neutral" else T["ink3"],
                        bold=True,
                        size=11.5,
                    )
                )
        return theme.frame(_layer(*layers), width, height, left=left, right=right, top=30, bottom=28)

    known = [v for v in rate.values() if v]
    recalled = int((points["verified"] == "recalled").sum())
    title = (
        f"Tokens grew {min(known):.0f}- to {max(known):.0f}-fold a year, which says little about how full the chips were"
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
            "reading": "tight",
            "amount": format_number(r["usd_b"], "USD billion", "observed"),
            "source": r["source"],
        }
        for r in waiting.to_dict("records")
    ]
    frame = pd.DataFrame(rows).sort_values("date", ignore_index=True)
    tight = int((frame["reading"] == "tight").sum())
    return Exhibit(
        name="capacity-signals",
        title=f"{tight} of {len(frame)} dated statements and measurements speak of scarcity",
        subtitle="What was said or measured about capacity since the event. The reading is ours; backlogs overlap and are never added.",
        source="Company statements, one index of rents, one measurement of enterprise clusters.",
        alt=f"Table of {len(frame)} dated statements on AI capacity, {tight} of them read as tight.",
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


def variants_table(model: Model) -> Exhibit:
    """Return the main path beside its variants, as a table."""
    rows = [
        {
            "name": v.name,
            "why": v.why,
            "p_36": format_number(v.p_full_36, "probability"),
            "p_2029": format_number(v.p_full_2029, "probability"),
            "stranded": f"{100 * v.stranded.mean():.1f}%",
            "rent": format_number(float(np.median(v.rent_ratio_2029)), "ratio"),
        }
        for v in report.variant_rows(model)
    ]
    frame = pd.DataFrame(rows)
    idle = {v.key: 100 * float(v.stranded.mean()) for v in report.variant_rows(model)}
    event = abs(idle["main"] - idle["no_event"])
    others = max(abs(x - idle["main"]) for key, x in idle.items() if key != "no_event")
    title = (
        "How demand meets supply matters more than the gain"
        if others > event
        else "The gain matters more than the way the market is modelled"
    ) + f": expected idle share from {min(idle.values()):.0f} to {max(idle.values()):.0f} per cent"
    return Exhibit(
        name="capacity-variants",
        title=title,
        subtitle="Probability that capacity is full 36 months after the event and at the end of 2029, expected idle share and median rent over its start then, by way of modelling.",
        source=_modelled(model, f"Variants on {min(report.VARIANT_DRAWS, model.draws.n)} draws."),
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


def ceilings(model: Model) -> Exhibit:
    """Return which ceiling stops additions, by year: plans, chips, power or capital."""
    result = report.ceiling_path(model)
    limits = report.ceilings(model)
    if result is None or limits is None:
        return not_public("supply-ceilings", "ceilings of power and capital", model)
    times = result.path.times[:-1]
    keep = _years(times + 0.25)
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
        wide = _is_wide(width)
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
            text = f"{name.capitalize()}, {share:.0f}%"
            if wide:
                layers.append(_label(text, plot + 8, pixel, colour=T["ink"]))
            else:
                mark = alt.Chart(pd.DataFrame({"a": [0]})).mark_point(
                    shape="square", size=80, filled=True, fill=colours[name], opacity=1
                )
                layers.append(mark.encode(x=alt.value(8 + 74 * i), y=alt.value(-8)))
                layers.append(_label(name, 16 + 74 * i, -8, size=11.5))
        return theme.frame(
            _layer(*layers), width, height, left=left, right=right, top=30 if wide else 46, bottom=28
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
        source=_modelled(
            model, "Power: Citi forecast spread evenly; capital: four firms' guidance; cost: Epoch model."
        ),
        alt="Stacked areas of the share of draws in which plans, chips, power or capital limit additions. "
        + title
        + ".",
        data=frame[["year", "ceiling", "share"]],
        sources=limits.sources,
        chart=chart,
        how=(
            "Additions are the least of: plans answering to tightness; the supply chain's fastest growth; what energised "
            "GW allow, $(W_t + p\\Delta)h^{t+\\Delta}/W_0$; what the budget of four firms buys at a unit cost "
            "that falls (others spend too, so this ceiling is a low one). A variant: "
            "the main path has the first two."
        ),
    )


def figure_words(model: Model, id: str) -> str:
    """Return a capacity figure in words, for titles and phrases."""
    return format_figure(report.figures(model)[id])


EXHIBITS = (
    demand_supply,
    utilisation_rent,
    saturation,
    jevons_map,
    compute_ratio,
    elasticity_points,
    stargate_ledger,
    stargate_stranded,
    stargate_drivers,
    power_need,
    energy_need,
    pull_forward,
    compute_by_country,
    china_lag,
    controls,
    control_timeline,
    backtest_exhibit,
    token_counts,
    signals_table,
    variants_table,
    ceilings,
)
