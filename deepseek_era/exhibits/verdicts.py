"""Exhibits of the verdict part: matrix, impacts, the three quantities, drivers, flips, specifications, convergence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era.exhibits import theme
from deepseek_era.exhibits.base import Column, Exhibit
from deepseek_era.figures import Figure, format_figure, format_number
from deepseek_era.model import Model
from deepseek_era.verdicts import nulls, report, rule, sensitivity
from deepseek_era.verdicts.evaluate import Evaluation, evaluations, is_call, judged
from deepseek_era.verdicts.impacts import FLIPS, OTHER, PAIRS, Array, equation_of

T = theme.TOKENS
SIDES = ("loser", "neutral", "winner")
SIDE_TOKENS = [T["lose"], T["neutral"], T["win"]]
SHAPES = alt.Scale(domain=list(SIDES), range=[theme.LOSE, theme.NEUTRAL, theme.WIN])
COLOURS = alt.Scale(domain=list(SIDES), range=SIDE_TOKENS)
WORDS = {
    "winner": "wins",
    "loser": "loses",
    "neutral": "no material effect",
    "mixed": "mixed",
    "": "not computed",
}
POINTS = 43  # points of a hill's outline
SHOWN_DRIVERS = 14
STEPS = [0.02, 0.05, 0.1, 0.2, 0.4]


def _wide(width: int) -> bool:
    return width >= theme.WIDE


def _layer(*charts: Any) -> alt.LayerChart:
    return cast(alt.LayerChart, alt.layer(*charts))


def _n(model: Model) -> str:
    return f"{model.draws.n:,}"


def _source(model: Model, extra: str = "") -> str:
    seen = model.parameters.vintage.isoformat()
    return f"Our model, notebook 05: {_n(model)} joint draws, facts to {seen}. {extra}".strip()


def _calls(model: Model) -> dict[str, Evaluation]:
    return {key: e for key, e in evaluations(model).items() if is_call(key)}


def _plain_unit(unit: str) -> str:
    """Return the unit as it stands in a narrow column: percent of what is said by the row."""
    return "%" if unit.startswith("%") else unit


def _median_text(e: Evaluation, values: Array) -> str:
    figure = Figure.from_draws("column", values, unit=_plain_unit(e.call.unit), label="column")
    return format_figure(figure)


def _text(
    frame: pd.DataFrame,
    field: str,
    *,
    x: Any,
    y: Any,
    align: Literal["left", "center", "right"] = "left",
    baseline: Literal["middle", "top", "bottom"] = "middle",
    dy: float = 0,
    dx: float = 0,
    colour: str = T["ink"],
    size: float = 12.5,
    bold: bool = False,
    angle: float = 0,
) -> alt.Chart:
    return (
        alt.Chart(frame)
        .mark_text(
            align=align,
            baseline=baseline,
            dx=dx,
            dy=dy,
            color=colour,
            fontSize=size,
            fontWeight=600 if bold else 400,
            angle=angle,
        )
        .encode(x=x, y=y, text=alt.Text(field, type="nominal"))
    )


def _label(text: str, x: float, y: float, **style: Any) -> alt.Chart:
    """Return a text at pixel coordinates of the plot."""
    return _text(pd.DataFrame({"t": [text]}), "t", x=alt.value(x), y=alt.value(y), **style)


def _px(field: str, extent: float, *, down: bool = False) -> Any:
    """Return an encoding that reads a field as pixels of a plot of that extent, without an axis."""
    scale = alt.Scale(domain=[0, extent], reverse=down, nice=False)
    return (alt.Y if down else alt.X)(f"{field}:Q", scale=scale, axis=None)


def _percent(value: float) -> str:
    return format_number(value, "probability")


def _listed(names: Sequence[str], most: int = 3) -> str:
    """Return names as a list in a sentence, the rest counted."""
    shown = list(names[:most])
    rest = len(names) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "none"


# ---------------------------------------------------------------- matrix


def matrix_title(model: Model) -> str:
    """Return the count of agreement in words."""
    f = report.figures(model)
    agree, against, open_ = (int(f[f"verdicts.{k}"].value or 0) for k in ("agree", "contradicted", "open"))
    total = agree + against + open_
    against_words = "contradicts none" if against == 0 else f"contradicts {against}"
    return f"Of {total} calls the model agrees with {agree}, {against_words} and leaves {open_} open"


def matrix(model: Model) -> Exhibit:
    """Return the verdict matrix as a table: article, market, short, long, probabilities, grade."""
    table = report.matrix(model)
    data = table.assign(
        who=[f"{w} ({i})" for w, i in zip(table["who"], table["id"], strict=True)],
        odds=[f"{a:.3f} {b:.3f}" for a, b in zip(table["p_loser"], table["p_winner"], strict=True)],
        right=[_percent(p) for p in table["p_article"]],
        cap=["one-sided" if o else "" for o in table["one_sided"]],
        article=table["article"].replace("additional", ""),
    )
    columns = (
        Column("who", "Who", weight=2.3),
        Column("article", "Article", "center", "glyph", 0.6),
        Column("market", "Market", "center", "glyph", 0.6),
        Column("short", "Short", "center", "glyph", 0.6),
        Column("long", "Long", "center", "glyph", 0.6),
        Column("odds", "Loses, neither, wins", kind="strip", weight=1.3),
        Column("right", "Article right", "right", weight=0.7),
        Column("agreement", "Agreement", weight=1.45),
        Column("cap", "Sign", weight=1.1),
        Column("grade", "Grade", "center", weight=0.5),
    )
    return Exhibit(
        name="verdict-matrix",
        title=matrix_title(model),
        subtitle="Effect of the event on each stakeholder of the article, all else equal. Up: wins, down: loses, dot: too "
        "small to matter, half dot: mixed. Market: abnormal return of the group on the day.",
        source=_source(
            model, "One-sided: nearly all draws share a sign, so the verdict is capped at likely."
        ),
        alt=f"Table of all calls and considerations with the article's call, the market's and the model's. "
        f"{matrix_title(model)}.",
        data=data[["id", *[c.field for c in columns], "p_loser", "p_neutral", "p_winner", "verdict"]],
        columns=columns,
        how="$P_w = P(I > \\delta)$, $P_l = P(I < -\\delta)$ over the joint draws; likely from the first limit, clear from "
        "the second. The other horizon holds the same equation there, or the stakeholder's other call.",
    )


# ---------------------------------------------------------------- hills


def _scaled(values: Array, threshold: float) -> Array:
    """Return impacts in multiples of the threshold on an inverse-sinh scale; a threshold of 0 counts as 1."""
    return np.arcsinh(values / (threshold if threshold > 0 else 1.0))


def _hill(u: Array, grid: Array) -> Array:
    """Return a smooth density of `u` on `grid`, its peak at one; zeros where nothing varies."""
    if float(np.ptp(u)) == 0:
        return np.zeros_like(grid)
    step = grid[1] - grid[0]
    edges = np.append(grid - step / 2, grid[-1] + step / 2)
    counts, _ = np.histogram(np.clip(u, edges[0], edges[-1]), edges)
    kernel = np.exp(-0.5 * (np.arange(-4, 5) / 1.4) ** 2)
    smooth = np.convolve(counts, kernel / kernel.sum(), mode="same")
    return np.asarray(smooth / smooth.max())


def _hills(rows: Sequence[Evaluation], limit: float) -> pd.DataFrame:
    """Return the outlines of all hills: row, side, u, height; sides share the point at the threshold."""
    edge = float(np.arcsinh(1.0))
    grid = np.linspace(-limit, limit, POINTS)
    found = []
    for place, e in enumerate(rows):
        height = _hill(_scaled(e.effect, e.threshold), grid)
        for side, low, high in (("loser", -limit, -edge), ("neutral", -edge, edge), ("winner", edge, limit)):
            inside = grid[(grid > low) & (grid < high)]
            u = np.concatenate([[low], inside, [high]])
            h = np.interp(u, grid, height)
            if h.max() > 0.004:
                keep = h > 0.004
                keep |= np.roll(keep, 1) | np.roll(keep, -1)
                found.append(
                    pd.DataFrame({"row": float(place), "side": side, "u": u[keep], "h": h[keep].round(3)})
                )
    if not found:
        return pd.DataFrame({"row": [], "side": [], "u": [], "h": []})
    return pd.concat(found, ignore_index=True)


def impacts(model: Model) -> Exhibit:
    """Return the impact of every call as hills with intervals, in multiples of what would matter."""
    rows = sorted(_calls(model).values(), key=lambda e: -float(np.median(_scaled(e.effect, e.threshold))))
    limit = float(np.arcsinh(22.0))
    frame = pd.DataFrame(
        [
            {
                "row": float(place),
                "id": e.call.id,
                "who": e.call.label,
                "article": e.call.article_call,
                "unit": e.call.unit,
                "threshold": e.threshold,
                **dict(
                    zip(
                        ("p5", "p25", "median", "p75", "p95"),
                        np.quantile(e.effect, [0.05, 0.25, 0.5, 0.75, 0.95]).tolist(),
                        strict=True,
                    )
                ),
                "text": _median_text(e, e.effect),
            }
            for place, e in enumerate(rows)
        ]
    )
    for name in ("p5", "p25", "median", "p75", "p95"):
        scaled = np.arcsinh(frame[name] / frame["threshold"].where(frame["threshold"] > 0, 1.0))
        frame[f"u_{name}"] = scaled.clip(-limit, limit)
    settled = sum(max(e.p.win, e.p.lose) >= 0.95 for e in rows)
    straddle = sum(max(e.p.win, e.p.lose, e.p.neutral) < 0.6 for e in rows)
    small = sum(judged(model)[e.call.id].verdict == "Neutral" for e in rows)
    title = (
        f"{_count(settled)} nearly settled, {small} too small to matter, and {straddle} "
        f"straddle{'s' if straddle == 1 else ''} the line"
    )
    hills = _hills(rows, limit)

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = _wide(width)
        left, right = (212, 158) if wide else (8, 8)
        step = 27 if wide else 46
        plot = width - left - right
        height = step * len(frame)
        lift = 0.82 if wide else 0.46
        ticks = [-10, -3, -1, 0, 1, 3, 10]
        axis = alt.Axis(
            values=[float(np.arcsinh(t)) for t in ticks],
            labelExpr=_tick_expression(ticks),
            title="Impact on the stakeholder, in multiples of what would matter (δ); inverse-sinh scale"
            if wide
            else "Multiples of what would matter (δ)",
            titleX=0,
        )
        scale = alt.Scale(domain=[-limit, limit], nice=False)
        yscale = alt.Scale(domain=[-1.0, len(frame) - 0.75], reverse=True, nice=False)

        def x(field: str) -> alt.X:
            return alt.X(f"{field}:Q", scale=scale, axis=axis)

        def y(field: str) -> alt.Y:
            return alt.Y(f"{field}:Q", scale=yscale, axis=None)

        outline = hills.assign(top=hills["row"] - lift * hills["h"]) if len(hills) else hills.assign(top=[])
        edge = float(np.arcsinh(1.0))
        band = pd.DataFrame({"a": [-edge], "b": [edge]})
        layers = [
            alt.Chart(band).mark_rect(color=T["neuttint"]).encode(x=x("a"), x2="b:Q"),
            alt.Chart(pd.DataFrame({"u": [0.0]})).mark_rule(color=T["ink3"], strokeWidth=1).encode(x=x("u")),
            alt.Chart(outline)
            .mark_area(fillOpacity=0.3, line=False)
            .encode(
                x=x("u"),
                y=y("top"),
                y2="row:Q",
                detail="row:N",
                color=alt.Color("side:N", scale=COLOURS, legend=None),
            ),
            alt.Chart(frame)
            .mark_rule(color=T["ink2"], strokeWidth=1)
            .encode(x=x("u_p5"), x2="u_p95:Q", y=y("row")),
            alt.Chart(frame)
            .mark_rule(color=T["ink2"], strokeWidth=3)
            .encode(x=x("u_p25"), x2="u_p75:Q", y=y("row")),
            alt.Chart(frame)
            .mark_point(
                shape="circle", filled=True, size=46, color=T["ink"], stroke=T["paper"], strokeWidth=1.5
            )
            .encode(x=x("u_median"), y=y("row")),
        ]
        shift = -6 if wide else -step * 0.62
        layers += [
            alt.Chart(frame)
            .mark_point(filled=True, size=44, yOffset=shift)
            .encode(
                x=alt.value(-left + 8 if wide else 6),
                y=y("row"),
                shape=alt.Shape("article:N", scale=SHAPES, legend=None),
                color=alt.Color("article:N", scale=COLOURS, legend=None),
            ),
            _text(frame, "who", x=alt.value(-left + 20 if wide else 18), y=y("row"), dy=shift),
            _text(
                frame,
                "text",
                x=alt.value(plot + right - 2 if wide else plot),
                y=y("row"),
                align="right",
                dy=shift,
                size=12,
                colour=T["ink2"],
            ),
        ]
        if wide:
            layers += [
                _label("Article’s call, stakeholder, horizon", -left, -10, colour=T["ink3"], size=12),
                _label("median (5–95%)", plot + right - 2, -10, colour=T["ink3"], size=12, align="right"),
                _label("loses", plot / 2 - 60, -10, colour=T["losetext"], bold=True, align="right"),
                _label("wins", plot / 2 + 60, -10, colour=T["wintext"], bold=True),
            ]
        return theme.frame(
            _layer(*layers), width, height, left=left, right=right, top=22 if wide else 6, bottom=44
        )

    top, bottom = frame.iloc[0], frame.iloc[-1]
    return Exhibit(
        name="verdict-impacts",
        chart=draw,
        title=title,
        subtitle="Effect on each stakeholder in multiples of the size that would matter (δ). Hills: joint draws; bars: 5–95% "
        "and 25–75%; dot: median. Grey band: too small to matter. Right: in the call’s own unit.",
        source=_source(model, "Triangles: the article’s call. Percent is of what each row names."),
        alt=f"Ridge chart of the impact on {len(frame)} stakeholders in multiples of a material size. Highest: "
        f"{top['who']}, {top['text']}; lowest: {bottom['who']}, {bottom['text']}.",
        data=frame[["id", "who", "article", "unit", "threshold", "p5", "p25", "median", "p75", "p95"]],
        how="Each call’s equation stands on its card. $I/\\delta$ is drawn as $\\operatorname{asinh}(I/\\delta)$, linear near "
        "zero and logarithmic far from it.",
        note="Effect means with the event less without it, all else equal. It is not a forecast of what happened.",
    )


def _count(number: int) -> str:
    return "No call is" if not number else "1 call is" if number == 1 else f"{number} calls are"


def _tick_expression(ticks: Sequence[float]) -> str:
    """Return a Vega expression that writes the multiples of an inverse-sinh axis."""
    return "replace(format(round(sinh(datum.value)), ','), '-', '−')".replace(
        "sinh(datum.value)", "((exp(datum.value) - exp(-datum.value)) / 2)"
    )


# ---------------------------------------------------------------- the three quantities


def three_ways(model: Model) -> Exhibit:
    """Return P(the article's side) as Effect, Attributable and Era forecast, side by side."""
    table = report.calls_table(model)
    table = table[table["id"].map(is_call)]
    rows = []
    for record in table.to_dict("records"):
        side = rule.ARTICLE_CALLS[record["article_call"]]
        word = "winner" if side == "win" else "loser"
        rows.append(
            {
                "id": record["id"],
                "who": evaluations(model)[record["id"]].call.label,
                "article": word,
                "effect": record[f"p_{word}"],
                "attributable": record[f"p_{word}_attributable"],
                "era": record["p_era"],
            }
        )
    frame = pd.DataFrame(rows).sort_values("effect", ascending=False, kind="stable").reset_index(drop=True)
    frame["row"] = frame.index.astype(float)
    likely = float(model.parameters.setting("p_likely"))
    before, after = int((frame["effect"] >= likely).sum()), int((frame["attributable"] >= likely).sum())
    title = f"All else equal {before} calls are likely right; once rivals have caught up, {after if after else 'none'}"
    for name in ("effect", "attributable", "era"):
        frame[f"t_{name}"] = [_percent(p) if pd.notna(p) else "–" for p in frame[name]]

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = _wide(width)
        left, right = (212, 152) if wide else (8, 8)
        step = 25 if wide else 42
        plot = width - left - right
        axis = alt.Axis(
            values=[0, 0.25, 0.5, 0.75, 1],
            format="%",
            title="Probability that the article is right",
            titleX=0,
            labelFlush=True,
        )
        scale = alt.Scale(domain=[0, 1])
        yscale = alt.Scale(domain=[-0.6, len(frame) - 0.4], reverse=True, nice=False)
        y = alt.Y("row:Q", scale=yscale, axis=None)
        shift = 0 if wide else 8

        def x(field: str) -> alt.X:
            return alt.X(f"{field}:Q", scale=scale, axis=axis)

        limit = pd.DataFrame({"p": [likely]})
        layers = [
            alt.Chart(limit).mark_rule(color=T["ink3"], strokeDash=[2, 3]).encode(x=x("p")),
            alt.Chart(frame)
            .mark_rule(color=T["rule"], strokeWidth=2, yOffset=shift)
            .encode(x=x("attributable"), x2="effect:Q", y=y),
            alt.Chart(frame)
            .mark_point(filled=True, size=80, color=T["ink"], yOffset=shift)
            .encode(x=x("effect"), y=y),
            alt.Chart(frame)
            .mark_point(
                filled=True, size=64, fill=T["paper"], stroke=T["ink"], strokeWidth=1.6, yOffset=shift
            )
            .encode(x=x("attributable"), y=y),
            alt.Chart(frame.dropna(subset=["era"]))
            .mark_point(filled=True, shape="diamond", size=64, color=T["c2"], yOffset=shift)
            .encode(x=x("era"), y=y),
            alt.Chart(frame)
            .mark_point(filled=True, size=44, yOffset=0 if wide else -10)
            .encode(
                x=alt.value(-left + 8 if wide else 6),
                y=y,
                shape=alt.Shape("article:N", scale=SHAPES, legend=None),
                color=alt.Color("article:N", scale=COLOURS, legend=None),
            ),
            _text(frame, "who", x=alt.value(-left + 20 if wide else 18), y=y, dy=0 if wide else -10),
        ]
        ends = (plot + 50, plot + 102, plot + right - 2) if wide else (plot - 84, plot - 42, plot)
        heads = ("Effect", "Attrib.", "Era")
        for place, name in enumerate(("effect", "attributable", "era")):
            layers.append(
                _text(
                    frame,
                    f"t_{name}",
                    x=alt.value(ends[place]),
                    y=y,
                    align="right",
                    dy=0 if wide else -10,
                    size=12,
                    colour=T["ink"] if place == 0 else T["ink2"],
                )
            )
            layers.append(_label(heads[place], ends[place], -8, align="right", colour=T["ink3"], size=12))
        return theme.frame(
            _layer(*layers), width, step * len(frame), left=left, right=right, top=24, bottom=44
        )

    return Exhibit(
        name="verdict-three-ways",
        chart=draw,
        title=title,
        subtitle="Probability of the article’s side. Black dot: Effect, all else equal. Hollow: Attributable, after rivals "
        "have caught up. Diamond: Era forecast, with all other causes. Dashed line: likely.",
        source=_source(
            model, "No era forecast where nothing observable stands for the call. Only the era is scored."
        ),
        alt=f"Dot chart of three probabilities for {len(frame)} calls. {title}. Largest Effect: {frame.iloc[0]['who']}, "
        f"{frame.iloc[0]['t_effect']}, attributable {frame.iloc[0]['t_attributable']}.",
        data=frame[["id", "who", "article", "effect", "attributable", "era"]],
        how="Attributable: gains become $K^{f}$ and $k_T^{f_T}$ with $f = 1 - \\chi\\min(t/\\tau, 1)$, shifts are multiplied by "
        "$f$. Era: $I + B$, or an equation of its own on the card.",
        note="Three questions, three answers: would it have happened anyway, and does it stand out from everything else?",
    )


# ---------------------------------------------------------------- drivers


def tornado(model: Model, call_id: str = "C21") -> Exhibit:
    """Return one call's drivers at their 10th and 90th percentile, all others at the median."""
    e = evaluations(model)[call_id]
    table = sensitivity.tornado(model)
    table = table[table["call"] == call_id].nlargest(10, "span", keep="all").head(10).reset_index(drop=True)
    rows = []
    for place, record in enumerate(table.to_dict("records")):
        row = model.parameters.row(record["driver"])
        rows.append(
            {
                "row": float(place),
                "driver": report.driver_label(record["driver"]),
                "low": record["low"],
                "high": record["high"],
                "base": record["base"],
                "at_low": row.quantile(sensitivity.LOW),
                "at_high": row.quantile(sensitivity.HIGH),
                "kind": row.kind,
                "range": f"{_driver_value(row.quantile(sensitivity.LOW), row.unit)} to "
                f"{_driver_value(row.quantile(sensitivity.HIGH), row.unit)}",
            }
        )
    frame = pd.DataFrame(rows)
    moving = frame[(frame["low"] - frame["high"]).abs() > 0]
    crossing = int((moving[["low", "high"]].min(axis=1) * moving[["low", "high"]].max(axis=1) < 0).sum())
    name = e.call.label
    title = (
        f"{name}: {crossing} drivers can each turn the sign alone"
        if crossing > 1
        else f"{name}: 1 driver can turn the sign alone"
        if crossing
        else f"{name}: no single driver turns the sign within its range"
    )
    unit = _plain_unit(e.call.unit)

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = _wide(width)
        left, right = (190, 118) if wide else (8, 8)
        step = 28 if wide else 46
        plot = width - left - right
        ends = [*frame["low"], *frame["high"], *frame["base"], -e.threshold, e.threshold]
        span = max(ends) - min(ends) or 1.0
        domain = [min(ends) - 0.04 * span, max(ends) + 0.04 * span]
        axis = alt.Axis(tickCount=6 if wide else 4, title=f"Impact, {e.call.unit}", titleX=0)
        scale = alt.Scale(domain=domain, nice=False, zero=False)
        y = alt.Y(
            "row:Q", scale=alt.Scale(domain=[-0.6, len(frame) - 0.4], reverse=True, nice=False), axis=None
        )

        def x(field: str) -> alt.X:
            return alt.X(f"{field}:Q", scale=scale, axis=axis)

        shift = 0 if wide else 9
        size = 13
        layers = [
            alt.Chart(pd.DataFrame({"a": [-e.threshold], "b": [e.threshold]}))
            .mark_rect(color=T["neuttint"])
            .encode(x=x("a"), x2="b:Q"),
            alt.Chart(pd.DataFrame({"v": [0.0]})).mark_rule(color=T["ink3"]).encode(x=x("v")),
            alt.Chart(frame)
            .mark_bar(height=size, color=T["s2"], yOffset=shift)
            .encode(x=x("base"), x2="low:Q", y=y),
            alt.Chart(frame)
            .mark_bar(height=size, color=T["s5"], yOffset=shift)
            .encode(x=x("base"), x2="high:Q", y=y),
            alt.Chart(frame.head(1)).mark_rule(color=T["ink"], strokeWidth=1.5).encode(x=x("base")),
            _text(frame, "driver", x=alt.value(-left if wide else 0), y=y, dy=0 if wide else -10),
            _text(
                frame,
                "range",
                x=alt.value(plot + right - 2 if wide else plot),
                y=y,
                align="right",
                dy=0 if wide else -10,
                size=12,
                colour=T["ink2"],
            ),
        ]
        if wide:
            layers.append(
                _label("P10 to P90", plot + right - 2, -8, align="right", colour=T["ink3"], size=12)
            )
        return theme.frame(
            _layer(*layers), width, step * len(frame), left=left, right=right, top=22, bottom=44
        )

    first = frame.iloc[0]
    return Exhibit(
        name="verdict-tornado",
        chart=draw,
        title=title,
        subtitle=f"{e.call.variable}, {unit}. Each driver at its 10th (pale) and 90th percentile (dark), all others at the "
        "median; black line: all at the median; grey band: too small to matter.",
        source=_source(model, "One at a time, so interactions are missed; they are in the indices below."),
        alt=f"Tornado chart of {len(frame)} drivers of {name}. The widest is {first['driver']}: "
        f"{format_number(first['low'], unit)} to {format_number(first['high'], unit)}.",
        data=frame.drop(columns=["row", "range"]),
        how=f"${equation_of(call_id).latex}$",
    )


def _driver_value(value: float, unit: str) -> str:
    return report.driver_value(value, unit)


def drivers(model: Model) -> Exhibit:
    """Return what drives the verdicts: total Sobol index of each driver for each call, as shares of their sum."""
    found = []
    for key in _calls(model):
        indices = sensitivity.all_sobol(model)[key]
        total = float(indices.total.sum())
        for name, value in zip(indices.drivers, indices.total, strict=True):
            found.append((key, name, float(value) / total if total > 0 else 0.0))
    table = pd.DataFrame(found, columns=["id", "parameter", "share"])
    sums = table.groupby("parameter")["share"].sum().sort_values(ascending=False, kind="stable")
    order = sums[sums > 0].index.tolist()
    shown = order[:SHOWN_DRIVERS]
    keys = list(_calls(model))
    grid = pd.DataFrame(
        [(key, name, 0.0) for key in keys for name in [*shown, "rest"]],
        columns=["id", "parameter", "share"],
    )
    if order:
        table["column"] = table["parameter"].where(table["parameter"].isin(shown), "rest")
        sums = table.groupby(["id", "column"])["share"].sum()
        grid["share"] = [
            float(sums.get((k, c), 0.0)) for k, c in zip(grid["id"], grid["parameter"], strict=True)
        ]
    grid["who"] = [evaluations(model)[k].call.label for k in grid["id"]]
    grid["driver"] = [report.driver_label(c) if c != "rest" else "All others" for c in grid["parameter"]]
    grid["row"] = [float(keys.index(k)) for k in grid["id"]]
    columns = [*shown, "rest"]
    grid["col"] = [float(columns.index(c)) for c in grid["parameter"]]
    cells = grid[grid["share"] >= STEPS[0]].copy()
    # what is left over is a sum of many: it stays grey
    cells["bin"] = np.where(cells["parameter"] == "rest", 0, np.digitize(cells["share"], STEPS)).astype(int)
    cells["text"] = [f"{100 * s:.0f}" for s in cells["share"]]
    judged_share = _judgement_over_calls(model)
    title = (
        f"{report.driver_label(shown[0])} carries most over all calls; judgement carries "
        f"{format_number(100 * judged_share, '%')} of the spread"
        if shown
        else "No parameter moves a verdict in this run"
    )

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = _wide(width)
        left, right = (200, 62) if wide else (128, 4)
        cell_h = 23 if wide else 20
        xscale = alt.Scale(domain=[-0.5, len(columns) - 0.5], nice=False)
        yscale = alt.Scale(domain=[-0.5, len(keys) - 0.5], reverse=True, nice=False)
        heads = pd.DataFrame(
            {
                "col": range(len(columns)),
                "t": [report.driver_label(c) if c != "rest" else "All others" for c in columns],
            }
        )
        names = pd.DataFrame(
            {
                "row": range(len(keys)),
                "t": [
                    evaluations(model)[k].call.label if wide else _brief(evaluations(model)[k].call.label)
                    for k in keys
                ],
            }
        )
        x = alt.X("col:Q", scale=xscale, axis=None)
        y = alt.Y("row:Q", scale=yscale, axis=None)
        squares = cells.assign(
            x1=cells["col"] - 0.47, x2=cells["col"] + 0.47, y1=cells["row"] - 0.46, y2=cells["row"] + 0.46
        )
        tokens = [T["neuttint"], *(T[f"s{i}"] for i in range(1, 6))]
        layers: list[Any] = [
            alt.Chart(squares)
            .mark_rect()
            .encode(
                x=alt.X("x1:Q", scale=xscale, axis=None),
                x2="x2:Q",
                y=alt.Y("y1:Q", scale=yscale, axis=None),
                y2="y2:Q",
                color=alt.Color(
                    "bin:O", scale=alt.Scale(domain=[0, 1, 2, 3, 4, 5], range=tokens), legend=None
                ),
            ),
            _text(names, "t", x=alt.value(-left), y=y, size=12.5 if wide else 11.5),
            _text(
                heads,
                "t",
                x=x,
                y=alt.value(-6),
                angle=270 if not wide else 312,
                size=12 if wide else 11,
                dx=0,
            ),
        ]
        if wide:
            dark = cells[cells["bin"] >= 4]
            pale = cells[cells["bin"] < 4]
            for part, colour in ((pale, T["ink"]), (dark, T["paper"])):
                layers.append(_text(part, "text", x=x, y=y, align="center", colour=colour, size=11.5))
        return theme.frame(
            _layer(*layers),
            width,
            cell_h * len(keys),
            left=left,
            right=right,
            top=132 if wide else 150,
            bottom=8,
        )

    return Exhibit(
        name="verdict-drivers",
        chart=draw,
        title=title,
        subtitle="Share of each driver in the summed total Sobol indices of a call, percent; darker is more: from 2, 5, 10, 20 "
        "and 40. Empty: under 2.",
        source=_source(
            model,
            f"Indices need independent inputs: decoupled model, same ranges, no correlations; {sensitivity.SOBOL_N} base "
            f"points, error of an index up to {format_figure(report.figures(model)['verdicts.sobol_error'], 'value')}.",
        ),
        alt=f"Heat map of {len(keys)} calls by {len(columns)} drivers. {title}.",
        data=grid[["id", "who", "driver", "share"]].assign(
            share=lambda f: 100 * f["share"], share_of_verdict=_shares_of_verdict(model, grid)
        ),
        how="Saltelli and Jansen estimators. The total index counts a driver’s own effect and all its interactions, so the "
        "sum over drivers exceeds one and shares of the sum are shown. The data also hold the shares in the second run, of "
        "the verdict, where it is not settled.",
    )


def _shares_of_verdict(model: Model, grid: pd.DataFrame) -> list[float]:
    """Return the shares of a grid's cells in the second run, percent; NaN where a verdict is settled."""
    shown = set(grid["parameter"])
    open_calls = set(sensitivity.undecided(model))
    found = []
    for key, name in zip(grid["id"], grid["parameter"], strict=True):
        if key not in open_calls:
            found.append(np.nan)
            continue
        _, indices = sensitivity.leading_side(model, key)
        wanted = [name] if name != "rest" else [d for d in indices.drivers if d not in shown]
        found.append(100 * indices.share(wanted))
    return found


def deciders(model: Model) -> Exhibit:
    """Return what drives the size of each impact beside what decides on which side of the line it falls, as a table."""
    keys = sensitivity.undecided(model)
    words = {"win": "wins", "lose": "loses"}
    rows = []
    for key in keys:
        side, decides = sensitivity.leading_side(model, key)
        size = sensitivity.all_sobol(model)[key]
        first, second = decides.drivers[0], decides.drivers[1]
        rows.append(
            {
                "who": f"{evaluations(model)[key].call.label} ({key})",
                "side": f"{words[side]} {_percent(decides.mean)}",
                "size": _led(size, size.drivers[0]),
                "decides": _led(decides, first),
                "then": _led(decides, second),
                "turns": _percent(float(decides.turns[0])),
                "p_side": decides.mean,
                "index": float(decides.total[0]),
                "index_error": decides.binomial_error,
                "alone": float(np.clip(decides.first.sum(), 0, 1)),
                "alone_size": float(np.clip(size.first.sum(), 0, 1)),
            }
        )
    columns = (
        Column("who", "Call", weight=1.9),
        Column("side", "Likelier side", weight=0.9),
        Column("size", "Drives the size", weight=1.7),
        Column("decides", "Decides the verdict", weight=1.7),
        Column("then", "Then", weight=1.7),
        Column("turns", "Turns it alone", "right", weight=0.8),
    )
    data = pd.DataFrame(rows) if rows else pd.DataFrame([dict.fromkeys([c.field for c in columns], "–")])
    f = report.figures(model)
    same, others = report.same_driver(model)
    settled = len(_calls(model)) - len(keys)
    note = (
        f"Taken one at a time, drivers explain {format_figure(f['verdicts.alone_side'], 'value')} of which side a draw falls on "
        f"and {format_figure(f['verdicts.alone_size'], 'value')} of its size: a verdict hangs on drivers coming together."
        if keys
        else ""
    )
    return Exhibit(
        name="verdict-deciders",
        title=(
            f"In {same} of {len(keys)} open calls the driver of the size also decides the verdict, but seldom by itself"
            if keys
            else "No verdict of this run is left for a driver to decide"
        ),
        subtitle="A second run of the indices, of the indicator that a draw falls on the call’s likelier side. Percent: share in the "
        "summed total indices. Turns it alone: chance that drawing the deciding driver anew changes the side.",
        source=_source(
            model,
            f"Decoupled model as above, {sensitivity.SIDES_N:,} base points; 95% interval of an index up to ±"
            f"{format_figure(f['verdicts.sides_error'], 'value')}, widest where one side is rare. Left out: {settled} calls whose "
            f"side is settled in {format_number(100 * sensitivity.SETTLED, '%')} of the draws.",
        ),
        alt=f"Table of {len(keys)} calls with the driver of the size and the driver that decides the verdict. "
        + (
            f"They differ for {_listed(others)}."
            if others
            else "They differ nowhere beyond the error of an index."
        ),
        data=data,
        columns=columns,
        how="Indicator $1\\{I > \\delta\\}$, or $1\\{I < -\\delta\\}$ where losing is likelier, with probability $p$. Drawing a "
        "driver anew, all others kept, changes it with probability $2 S_T\\, p (1 - p)$.",
        note=note,
    )


def _led(indices: sensitivity.Indices, name: str) -> str:
    """Return a driver with its share of the summed total indices, in words."""
    return f"{report.driver_label(name)} {format_number(100 * indices.share([name]), '%')}"


def _brief(label: str) -> str:
    """Return a stakeholder's name short enough for a phone."""
    swaps = {
        "OpenAI, Anthropic, Google": "Model sellers",
        "Training capex and power": "Training capex",
        "Investors in open-source AI": "Open investors",
        "Superintelligence sooner": "Superintelligence",
        "New model developers": "New developers",
        "Academic researchers": "Academics",
        "Traditional software": "Software",
        "Open source first": "Open source",
    }
    for long, short in swaps.items():
        label = label.replace(long, short)
    return label


def _judgement_over_calls(model: Model) -> float:
    """Return the mean share of the summed total indices that rests on judgement, over the calls."""
    return float(np.mean([sensitivity.judgement_load(model, key) for key in _calls(model)]))


# ---------------------------------------------------------------- flips


def _states(values: Array, threshold: float) -> Array:
    return np.where(values > threshold, 2, np.where(values < -threshold, 0, 1))


def flips(model: Model) -> Exhibit:
    """Return the joint distribution of the short and long verdict of Nvidia and the clouds, three by three."""
    rows = []
    names = {"A02": "Nvidia", "A03": "Cloud providers"}
    for key in FLIPS:
        e = evaluations(model)[key]
        assert e.short_leg is not None
        assert e.long_leg is not None
        short, long = _states(e.short_leg[0], e.thresholds[0]), _states(e.long_leg[0], e.thresholds[1])
        for i, s in enumerate(("loses", "neither", "wins")):
            for j, l_ in enumerate(("loses", "neither", "wins")):
                rows.append(
                    {
                        "who": names[key],
                        "short": s,
                        "long": l_,
                        "p": float(np.mean((short == i) & (long == j))),
                        "i": float(i),
                        "j": float(2 - j),
                    }
                )
    frame = pd.DataFrame(rows)
    frame["text"] = [_percent(p) for p in frame["p"]]
    frame["bin"] = np.digitize(frame["p"], [0.05, 0.1, 0.2, 0.4]).astype(int)
    f = report.figures(model)
    nvidia, cloud = f["verdicts.nvidia_flip"], f["verdicts.cloud_flip"]
    title = (
        f"Nvidia loses first and wins later in {format_figure(nvidia, 'value')} of draws, the clouds in "
        f"{format_figure(cloud, 'value')}"
    )

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = _wide(width)
        cell_w, cell_h = (86, 46) if wide else (82, 44)
        starts = {
            "Nvidia": (74.0, 44.0),
            "Cloud providers": (436.0, 44.0) if wide else (74.0, 44.0 + 3 * cell_h + 84),
        }
        height = 44 + 3 * cell_h + 34 if wide else 2 * (3 * cell_h + 84) + 10
        tokens = [T["neuttint"], T["s1"], T["s2"], T["s3"], T["s4"]]
        cells = frame.copy()
        cells["x1"] = [starts[w][0] + i * cell_w + 1 for w, i in zip(cells["who"], cells["i"], strict=True)]
        cells["y1"] = [starts[w][1] + j * cell_h + 1 for w, j in zip(cells["who"], cells["j"], strict=True)]
        cells["x2"], cells["y2"] = cells["x1"] + cell_w - 2, cells["y1"] + cell_h - 2
        cells["x"], cells["y"] = (cells["x1"] + cells["x2"]) / 2, (cells["y1"] + cells["y2"]) / 2
        framed = (cells["short"] == "loses") & (cells["long"] == "wins")
        heads, sides, notes = [], [], []
        for who, (x0, y0) in starts.items():
            notes += [
                (x0, y0 - 32, who, 600),
                (x0, y0 + 3 * cell_h + 14, "short run across, long run up", 400),
            ]
            for i, word in enumerate(("loses", "neither", "wins")):
                heads.append((x0 + (i + 0.5) * cell_w, y0 - 9, word))
                sides.append((x0 - 8, y0 + (2.5 - i) * cell_h, word))
        x, y = _px("x", width), _px("y", height, down=True)
        rect = {"x": _px("x1", width), "x2": "x2:Q", "y": _px("y1", height, down=True), "y2": "y2:Q"}
        bins = alt.Color("bin:O", scale=alt.Scale(domain=[0, 1, 2, 3, 4], range=tokens), legend=None)
        head = pd.DataFrame(heads, columns=["x", "y", "t"])
        side = pd.DataFrame(sides, columns=["x", "y", "t"])
        note = pd.DataFrame(notes, columns=["x", "y", "t", "weight"])
        layers = [
            alt.Chart(cells).mark_rect().encode(**rect, color=bins),
            alt.Chart(cells[framed]).mark_rect(filled=False, stroke=T["ink"], strokeWidth=2).encode(**rect),
            _text(cells[~framed], "text", x=x, y=y, align="center", size=14),
            _text(cells[framed], "text", x=x, y=y, align="center", size=14, bold=True),
            _text(head, "t", x=x, y=y, align="center", colour=T["ink2"], size=12),
            _text(side, "t", x=x, y=y, align="right", colour=T["ink2"], size=12),
            _text(note[note["weight"] == 600], "t", x=x, y=y, bold=True, size=13),
            _text(note[note["weight"] == 400], "t", x=x, y=y, colour=T["ink3"], size=12),
        ]
        return theme.frame(_layer(*layers), width, int(height), left=0, right=0, top=4, bottom=4)

    product = f["verdicts.nvidia_flip_product"]
    return Exhibit(
        name="verdict-flips",
        chart=draw,
        title=title,
        subtitle="Share of the joint draws by short-run and long-run result, Effect. The framed cell is the flip that the "
        "article describes.",
        source=_source(
            model, "Both legs are read in the same draws; marginal probabilities are never multiplied."
        ),
        alt=f"Two three-by-three grids of joint probabilities. {title}. The product of Nvidia’s marginals would say "
        f"{format_figure(product, 'value')}.",
        data=frame[["who", "short", "long", "p"]],
        how="$P(I_S < -\\delta_S \\wedge I_L > \\delta_L)$ over the same draws. Shared causes tie the legs together, so the "
        "joint probability differs from the product.",
    )


def slope(model: Model) -> Exhibit:
    """Return the median impact in the short and the long run for stakeholders that have both."""
    rows = []
    seen: set[str] = set()
    for key, e in _calls(model).items():
        if key in seen:
            continue
        if key in PAIRS and e.call.horizon == "short":
            other = evaluations(model)[PAIRS[key]]
            pair, limits, name = (e.effect, other.effect), (e.threshold, other.threshold), e.call.name
            name = "OpenAI and peers" if key == "C02" else name
            seen.update((key, PAIRS[key]))
        elif OTHER in e.rows:
            values = (e.effect, e.rows[OTHER]) if e.call.horizon == "short" else (e.rows[OTHER], e.effect)
            pair, limits, name = values, (e.threshold, e.threshold), e.call.name
        else:
            continue
        medians = [float(np.median(v)) for v in pair]
        words = [
            rule.side_of(rule.verdict(rule.probabilities(v, t))) for v, t in zip(pair, limits, strict=True)
        ]
        rows.append(
            {
                "id": key,
                "who": name,
                "unit": e.call.unit,
                "short": medians[0],
                "long": medians[1],
                "u_short": float(np.clip(_scaled(np.array(medians[0]), limits[0]), -4, 4)),
                "u_long": float(np.clip(_scaled(np.array(medians[1]), limits[1]), -4, 4)),
                "side_short": words[0],
                "side_long": words[1],
            }
        )
    frame = pd.DataFrame(rows)
    turned = frame[(frame["side_short"] != frame["side_long"])]
    title = (
        f"From one year to three {len(turned)} of {len(frame)} verdicts change"
        if len(turned)
        else "From one year to three no verdict changes"
    )

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = _wide(width)
        left, right, height = (236, 236, 380) if wide else (132, 132, 380)
        plot = width - left - right
        top = float(max(frame[["u_short", "u_long"]].max().max(), np.arcsinh(1))) + 0.25
        bottom = float(min(frame[["u_short", "u_long"]].min().min(), -np.arcsinh(1))) - 0.25

        def pixel(u: float) -> float:
            return height * (top - u) / (top - bottom)

        edge = float(np.arcsinh(1))
        base = alt.Chart(pd.DataFrame({"v": [0]}))
        lines = frame.assign(
            x1=0.0,
            x2=float(plot),
            y1=[pixel(u) for u in frame["u_short"]],
            y2=[pixel(u) for u in frame["u_long"]],
            turns=frame["side_short"] != frame["side_long"],
        )
        ends = []
        for end, at, dx in (("short", 0.0, -14.0), ("long", float(plot), 14.0)):
            places = _spread([pixel(u) for u in frame[f"u_{end}"]], 19, height)
            for place, record in zip(places, frame.to_dict("records"), strict=True):
                value = format_number(record[end], _plain_unit(record["unit"]))
                name = record["who"] if wide else _brief(record["who"])
                text = value if end == "short" and not wide else f"{name} {value}"
                ends.append((end, at, at + dx, pixel(record[f"u_{end}"]), place, text, record[f"side_{end}"]))
        marks = pd.DataFrame(ends, columns=["end", "x", "tx", "y", "ty", "text", "side"])
        sides = ["winner", "loser", "neutral", "mixed"]
        tint = alt.Scale(domain=sides, range=[theme.SIDE_COLOUR[s] for s in sides])
        shapes = alt.Scale(domain=sides, range=[theme.GLYPHS[s] for s in sides])
        line = {"x": _px("x1", plot), "x2": "x2:Q", "y": _px("y1", height, down=True), "y2": "y2:Q"}
        tx, ty = _px("tx", plot), _px("ty", height, down=True)
        size = 12.5 if wide else 11.5
        layers: list[Any] = [
            base.mark_rect(color=T["neuttint"]).encode(
                x=alt.value(0), x2=alt.value(plot), y=alt.value(pixel(edge)), y2=alt.value(pixel(-edge))
            ),
            base.mark_rule(color=T["ink3"]).encode(x=alt.value(0), x2=alt.value(plot), y=alt.value(pixel(0))),
            alt.Chart(lines[~lines["turns"]])
            .mark_rule(color=T["rule"], strokeWidth=1.8, strokeDash=[5, 3])
            .encode(**line),
            alt.Chart(lines[lines["turns"]])
            .mark_rule(color=T["ink"], strokeWidth=1.8, strokeDash=[5, 3])
            .encode(**line),
            alt.Chart(marks)
            .mark_point(filled=True, size=72, opacity=1)
            .encode(
                x=_px("x", plot),
                y=_px("y", height, down=True),
                color=alt.Color("side:N", scale=tint, legend=None),
                shape=alt.Shape("side:N", scale=shapes, legend=None),
            ),
            _text(marks[marks["end"] == "short"], "text", x=tx, y=ty, align="right", size=size),
            _text(marks[marks["end"] == "long"], "text", x=tx, y=ty, size=size),
            _label("Short run", 0, -14, align="center", bold=True),
            _label("Long run", plot, -14, align="center", bold=True),
        ]
        return theme.frame(_layer(*layers), width, height, left=left, right=right, top=30, bottom=10)

    return Exhibit(
        name="verdict-slope",
        chart=draw,
        title=title,
        subtitle="Median effect in the short run (one year) and the long run (three years), in multiples of what would matter, "
        "inverse-sinh scale; labels in the call’s own unit. Grey band: too small to matter.",
        source=_source(
            model,
            "Black lines change sides. Where the article makes one call, the same equation is read twice.",
        ),
        alt=f"Slope chart of {len(frame)} stakeholders from the short to the long run. {title}"
        + (f": {_listed(turned['who'].tolist(), 4)}." if len(turned) else "."),
        data=frame[["id", "who", "unit", "short", "long", "side_short", "side_long"]],
        how="Medians over the joint draws, each with the parameters of its horizon.",
    )


def _spread(places: Sequence[float], gap: float, height: float) -> list[float]:
    """Return label places at least `gap` pixels apart, near the wanted ones, inside the height."""
    order = np.argsort(places, kind="stable")
    found = np.array(places, dtype=float)[order]
    for _ in range(200):
        moved = False
        for i in range(len(found) - 1):
            lack = gap - (found[i + 1] - found[i])
            if lack > 1e-6:
                found[i] -= lack / 2
                found[i + 1] += lack / 2
                moved = True
        found = np.clip(found, 4, height - 4)
        if not moved:
            break
    result = np.empty(len(found))
    result[order] = found
    return [float(v) for v in result]


# ---------------------------------------------------------------- specifications


def specification_curve(model: Model, call_id: str = "C21") -> Exhibit:
    """Return the specification curve of a call (with its twin at the other horizon): medians and the choices behind them."""
    table = sensitivity.specifications(model)
    ids = [call_id, *([PAIRS[call_id]] if call_id in PAIRS else [])]
    families = [f[0].family for f in sensitivity.choices(model)]
    opposed = [c for c in sensitivity.reversals(model) if any(sensitivity.touches(c, key) for key in ids)]
    shown = ["", *(c.name for c in opposed)]
    part = table[table["call"].isin(ids) & table["sceptic"].isin(shown)].copy()
    horizon = {key: evaluations(model)[key].call.horizon for key in ids}
    limits = {key: evaluations(model)[key].threshold for key in ids}
    part["Horizon"] = part["call"].map(horizon)
    part["limit"] = part["call"].map(limits)
    part["side"] = np.where(
        part["median"] > part["limit"],
        "winner",
        np.where(part["median"] < -part["limit"], "loser", "neutral"),
    )
    part = part.sort_values(["median", "call", "specification"], kind="stable").reset_index(drop=True)
    part["rank"] = part.index.astype(float)
    options: list[tuple[str, str, npt.NDArray[np.bool_]]] = []
    for family in families:
        plain = part["sceptic"] == ""
        values = [c.name for f in sensitivity.choices(model) for c in f if c.family == family]
        if len(values) > 1:
            options += [(family, v, (plain & (part[family] == v)).to_numpy()) for v in values]
    if len(ids) > 1:
        options += [("Horizon", h, (part["Horizon"] == h).to_numpy()) for h in ("short", "long")]
    options += [("Sceptic", c.name, (part["sceptic"] == c.name).to_numpy()) for c in opposed]
    name = evaluations(model)[call_id].call.name
    shares = {s: float((part["side"] == s).mean()) for s in SIDES}
    lose, win = (format_number(100 * shares[s], "%") if shares[s] else "none" for s in ("loser", "winner"))
    title = f"{name} loses under {lose} of {len(part)} defensible specifications and wins under {win}"
    marks = pd.DataFrame(
        [
            {"rank": float(r), "line": float(i), "side": part["side"].iloc[r]}
            for i, (_, _, chosen) in enumerate(options)
            for r in np.flatnonzero(chosen)
        ]
    )
    unit = evaluations(model)[call_id].call.unit

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = _wide(width)
        left, right = (206, 8) if wide else (136, 6)
        upper, line = (150, 17) if wide else (130, 17)
        plot = width - left - right
        height = upper + 26 + line * len(options)
        low, high = min(0.0, float(part["median"].min())), max(0.0, float(part["median"].max()))
        air = 0.06 * (high - low) or 1.0
        low, high = low - air, high + air

        def py(value: float) -> float:
            return upper * (high - value) / (high - low)

        xs = alt.X("rank:Q", scale=alt.Scale(domain=[-1, len(part)], nice=False), axis=None)
        points = part.assign(py=[py(v) for v in part["median"]])
        grid = marks.assign(py=[upper + 26 + line * (i + 0.5) for i in marks["line"]])
        ys = alt.Y("py:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False), axis=None)
        colour = alt.Color("side:N", scale=COLOURS, legend=None)
        shape = alt.Shape("side:N", scale=SHAPES, legend=None)
        base = alt.Chart(pd.DataFrame({"v": [0]}))
        layers: list[Any] = [
            base.mark_rule(color=T["ink3"]).encode(x=alt.value(0), x2=alt.value(plot), y=alt.value(py(0.0))),
            alt.Chart(points).mark_point(filled=True, size=34).encode(x=xs, y=ys, color=colour, shape=shape),
            alt.Chart(grid)
            .mark_point(filled=True, size=22 if wide else 12, shape="square")
            .encode(x=xs, y=ys, color=colour),
            _label(f"Median impact, {unit}", -left, 8, colour=T["ink3"], size=12),
        ]
        for value in (low + air, 0.0, high - air):
            if value == 0.0 or abs(py(value) - py(0.0)) > 14:
                layers.append(
                    _label(
                        format_number(value, _plain_unit(unit)),
                        -8,
                        py(value),
                        align="right",
                        colour=T["ink2"],
                        size=12,
                    )
                )
        names = pd.DataFrame([(f, o) for f, o, _ in options], columns=["family", "option"])
        names["y"] = [upper + 26 + line * (i + 0.5) for i in names.index]
        names["edge"] = names["y"] - line / 2
        first = names[~names["family"].duplicated()]
        at = _px("y", height, down=True)
        layers += [
            alt.Chart(first)
            .mark_rule(color=T["hair"])
            .encode(x=alt.value(-left), x2=alt.value(plot), y=_px("edge", height, down=True)),
            _text(
                names,
                "option",
                x=alt.value(-8),
                y=at,
                align="right",
                size=12 if wide else 11.5,
                colour=T["ink2"],
            ),
        ]
        if wide:
            layers.append(_text(first, "family", x=alt.value(-left), y=at, size=12, colour=T["ink3"]))
        return theme.frame(_layer(*layers), width, int(height), left=left, right=right, top=6, bottom=8)

    base_median = format_number(float(np.median(evaluations(model)[call_id].effect)), _plain_unit(unit))
    return Exhibit(
        name="verdict-specifications",
        chart=draw,
        title=title,
        subtitle="Median impact under every combination of defensible choices and under each choice a sceptic would reverse, "
        "sorted; below, which choices each one makes. Blue above, vermilion below what would matter.",
        source=_source(model, f"{sensitivity.SPECIFICATION_DRAWS:,} draws a specification."),
        alt=f"Specification curve of {len(part)} medians for {name}, from {format_number(float(part['median'].min()), _plain_unit(unit))} "
        f"to {format_number(float(part['median'].max()), _plain_unit(unit))}; the run itself has {base_median} in the "
        f"{horizon[call_id]} run.",
        data=part[
            [
                *("call", "specification", *families, "sceptic", "Horizon", "median", "p_winner", "p_loser"),
                *("p_winner_half", "p_loser_half", "p_winner_twice", "p_loser_twice"),
            ]
        ],
        how="Simonsohn, Simmons and Nelson (2020). Thresholds at half and twice δ change no median; their probabilities are "
        "in the data, their verdicts on the cards.",
        note=f"{_agreeing(model, ids)} The same share stands on every card and enters its grade.",
    )


def _agreeing(model: Model, ids: Sequence[str]) -> str:
    """Return the share of specifications that agree with the run, for the calls of a curve, as a sentence."""
    shares = {key: sensitivity.agreeing_share(model, key)[0] for key in ids}
    words = [
        f"{format_number(100 * share, '%')} of the {evaluations(model)[key].call.horizon}-run specifications"
        for key, share in shares.items()
    ]
    return f"The sign is that of the run in {_listed(words)}."


def sceptic(model: Model) -> Exhibit:
    """Return what each reversal of a sceptic does to the verdicts, with its reason, as a table."""
    table = sensitivity.specifications(model)
    clear, likely = float(model.parameters.setting("p_clear")), float(model.parameters.setting("p_likely"))
    draws = sensitivity.Subset(model.draws, sensitivity.SPECIFICATION_DRAWS)
    corrections = {key: sensitivity.subset_correction(model, key, draws) for key in evaluations(model)}
    rows = []
    for choice in sensitivity.reversals(model):
        part = table[table["sceptic"] == choice.name].set_index("call")
        wins, losses = part["p_winner"].to_dict(), part["p_loser"].to_dict()
        changed = []
        for key in evaluations(model):
            if not sensitivity.touches(choice, key):
                continue
            win, lose = float(wins[key]), float(losses[key])
            p = corrections[key](rule.Probabilities(win, lose, 1 - win - lose))
            was = judged(model)[key].verdict
            now = rule.verdict(p, clear=clear, likely=likely, capped=judged(model)[key].one_sided)
            if now != was:
                changed.append(f"{evaluations(model)[key].call.label}: {was} → {now}")
        rows.append(
            {
                "reversal": report.capital(choice.name),
                "reason": report.capital(choice.reason),
                "count": len(changed),
                "changes": "; ".join(changed) if changed else "no verdict changes",
            }
        )
    frame = pd.DataFrame(rows)
    most = int(frame["count"].max())
    strongest = [str(r).lower() for r, c in zip(frame["reversal"], frame["count"], strict=True) if c == most]
    total = len(evaluations(model))
    title = (
        "No choice that a sceptic would reverse moves a verdict"
        if most == 0
        else f"The sceptic’s strongest reversal is “{strongest[0]}”: {most} of {total} verdicts move"
        if len(strongest) == 1 and most > 1
        else f"No choice that a sceptic would reverse moves more than {most} of {total} verdicts"
    )
    return Exhibit(
        name="verdict-sceptic",
        title=title,
        subtitle="One choice reversed at a time, all else as in the run; verdict before and after, Effect.",
        source=_source(model, f"{sensitivity.SPECIFICATION_DRAWS:,} draws a reversal."),
        alt=f"Table of {len(frame)} reversals with reasons and the verdicts they change. {title}.",
        data=frame,
        columns=(
            Column("reversal", "Choice reversed", weight=1.1),
            Column("reason", "Why a sceptic would", weight=1.8),
            Column("count", "Moved", "right", "number", 0.5),
            Column("changes", "Which verdicts", weight=2.4),
        ),
    )


# ---------------------------------------------------------------- audit


def contests(model: Model) -> Exhibit:
    """Return the one-sided calls with the form of the question that can fail, as a table."""
    rows = []
    for key, e in _calls(model).items():
        if not judged(model)[key].one_sided or e.contest is None:
            continue
        p = e.probabilities("contest")
        assert p is not None
        rows.append(
            {
                "who": e.call.label,
                "effect": f"{e.p.lose:.3f} {e.p.win:.3f}",
                "contest": f"{p.lose:.3f} {p.win:.3f}",
                "median": _median_text(e, e.contest),
                "words": report.capital(equation_of(key).contest_words),
                "by": "equation" if equation_of(key).sign_by_construction else "draws",
            }
        )
    frame = pd.DataFrame(rows, columns=["who", "effect", "contest", "median", "words", "by"])
    likely = float(model.parameters.setting("p_likely"))
    fail = sum(float(t.split()[1]) < likely and float(t.split()[0]) < likely for t in frame["contest"])
    return Exhibit(
        name="verdict-contests",
        title=f"Asked so that they can fail, {fail} of {len(frame)} one-sided calls lose their likely side"
        if len(frame)
        else "No call is one-sided in this run",
        subtitle="Calls whose draws nearly all share a sign. Strips: loses from the left, wins from the right, first as asked, "
        "then in the contest form; median of the contest form with 5–95%.",
        source=_source(model, "Sign by equation: no gain above one could turn it."),
        alt=f"Table of {len(frame)} one-sided calls with probabilities in the plain and the contest form.",
        data=frame,
        columns=(
            Column("who", "Call", weight=1.5),
            Column("by", "Sign by", weight=0.7),
            Column("effect", "As asked", kind="strip"),
            Column("contest", "Contest", kind="strip"),
            Column("median", "Contest median", "right", weight=1.3),
            Column("words", "What the contest asks", weight=2.4),
        ),
    )


def null_test(model: Model) -> Exhibit:
    """Return what survives of each call when both gains are one, as a table."""
    frame = nulls.survivors(model)
    kept = frame[frame["survives"]]
    return Exhibit(
        name="verdict-null-test",
        title=f"Without any gain {len(frame) - len(kept)} of {len(frame)} calls fall to zero; {len(kept)} keep what their "
        "shifts say",
        subtitle="Median effect in the run, and with inference and training gain set to one while all other parameters keep "
        "their draws.",
        source=_source(
            model,
            "With shifts at zero and ratios at one as well, every call is exactly zero: a test holds it.",
        ),
        alt=f"Table of {len(frame)} calls with the median that survives when both gains are one.",
        data=frame,
        columns=(
            Column("who", "Call", weight=1.8),
            Column("base", "Median in the run", "right", weight=1.2),
            Column("without", "Without any gain", "right", weight=1.2),
            Column("share", "Survives", "right", weight=0.8),
            Column("shifts", "Shifts that carry it", weight=2.0),
        ),
    )


def convergence(model: Model) -> Exhibit:
    """Return the running probabilities as draws are added, as differences from all draws."""
    table = sensitivity.convergence(model)
    table = table[table["call"].map(is_call)]
    long = pd.concat(
        [
            table[["call", "draws", "d_winner"]].rename(columns={"d_winner": "d"}).assign(side="winner"),
            table[["call", "draws", "d_loser"]].rename(columns={"d_loser": "d"}).assign(side="loser"),
        ],
        ignore_index=True,
    )
    long["pp"] = 100 * long["d"]
    worst = long.groupby("draws")["pp"].apply(lambda s: float(s.abs().max())).reset_index()
    envelope = long.groupby("draws")["pp"].agg(["min", "max"]).reset_index()
    last = int(table["draws"].max())
    # all draws agree with themselves: only fewer can show that enough were taken
    settled = worst[(worst["pp"] <= 1.0) & (worst["draws"] < last)]["draws"]
    spread = report.figures(model)["verdicts.block_spread"]
    title = (
        f"From {int(settled.min()):,} draws on no probability is off by more than a point"
        if len(settled)
        else "The draws of this run are too few for a point of accuracy"
    )

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = _wide(width)
        left, right, height = (44, 16, 220) if wide else (38, 12, 190)
        axis_x = alt.Axis(
            values=[64, 256, 1024, 4096, 16384] if wide else [64, 1024, 16384],
            title="Draws, log scale",
            titleX=0,
        )
        axis_y = alt.Axis(tickCount=5, title="Points off the final probability")
        x = alt.X("draws:Q", scale=alt.Scale(type="log", base=2, domain=[64, last], nice=False), axis=axis_x)
        scale = alt.Scale(
            domain=[float(envelope["min"].min()) - 0.5, float(envelope["max"].max()) + 0.5], nice=False
        )
        moving = long.groupby(["call", "side"])["pp"].transform(lambda s: float(s.abs().max())) > 0.5
        band = pd.DataFrame({"draws": [64, last], "a": [-1.0, -1.0], "b": [1.0, 1.0]})
        layers = [
            alt.Chart(band)
            .mark_area(color=T["neuttint"], opacity=1)
            .encode(x=x, y=alt.Y("a:Q", scale=scale, axis=axis_y), y2="b:Q"),
            alt.Chart(long[moving])
            .mark_line(color=T["ink3"], strokeWidth=1, opacity=0.7, strokeDash=[5, 3])
            .encode(x=x, y=alt.Y("pp:Q", scale=scale, axis=axis_y), detail=["call:N", "side:N"]),
            alt.Chart(pd.DataFrame({"v": [0.0]}))
            .mark_rule(color=T["ink3"])
            .encode(y=alt.Y("v:Q", scale=scale, axis=axis_y)),
        ]
        return theme.frame(_layer(*layers), width, height, left=left, right=right, top=26, bottom=44)

    return Exhibit(
        name="verdict-convergence",
        chart=draw,
        title=title,
        subtitle="Running P(wins) and P(loses) of every call as draws are added, less the value with all draws. Grey band: one "
        "point either way.",
        source=_source(
            model,
            f"Scrambled Sobol sequence; spread over ten blocks at most {format_figure(spread, 'value')}.",
        ),
        alt=f"Line chart of running probabilities that settle at zero difference. {title}.",
        data=worst.rename(columns={"pp": "largest_difference_pp"}).merge(
            envelope, on="draws", validate="one_to_one"
        ),
        how="Standard error of plain Monte Carlo: $\\sqrt{P(1-P)/N}$; a balanced sequence does better.",
    )


def correlated(model: Model) -> Exhibit:
    """Return the rank correlations that tie the draws together, asked for and found, as a table."""
    table = sensitivity.stated_correlations(model)
    frame = pd.DataFrame(
        {
            "first": [report.driver_label(a) for a in table["a"]],
            "second": [report.driver_label(b) for b in table["b"]],
            "stated": [f"{r:.2f}" for r in table["stated"]],
            "realised": [f"{r:.2f}" if pd.notna(r) else "fixed" for r in table["realised"]],
            "note": [report.capital(n) for n in table["note"]],
        }
    )
    some = bool(table["realised"].notna().any())
    title = (
        f"{len(frame)} pairs of drivers move together; all others are drawn apart"
        if some
        else "No pair of drivers moves together in this run"
    )
    return Exhibit(
        name="verdict-correlations",
        title=title,
        subtitle="Spearman rank correlation asked for, and found in the joint draws. Every value is a judgement.",
        source=_source(model, "Gaussian copula on a scrambled Sobol sequence; the pairs are disjoint."),
        alt=f"Table of {len(frame)} pairs of parameters with their rank correlations, asked for and found.",
        data=frame,
        columns=(
            Column("first", "One", weight=1.6),
            Column("second", "Other", weight=1.6),
            Column("stated", "Asked for", "right", weight=0.8),
            Column("realised", "Found", "right", weight=0.8),
            Column("note", "Why", weight=2.4),
        ),
        how="A rank correlation $\\rho_s$ enters as the Pearson correlation $2\\sin(\\pi\\rho_s/6)$ of normal scores.",
    )


def flip_points(model: Model) -> Exhibit:
    """Return the nearest break-even of every call, as a table."""
    rows = []
    for key, e in evaluations(model).items():
        found = [
            b for b in sensitivity.break_evens(model, key) if b.verdict is not None or b.zero is not None
        ]
        found.sort(
            key=lambda b: (b.verdict is None, abs((b.verdict or b.zero or 0.0) - b.base) / (b.high - b.low))
        )
        best = found[0] if found else None
        rows.append(
            {
                "who": e.call.label,
                "verdict": judged(model)[key].verdict,
                "driver": report.driver_label(best.driver) if best else "none of the top three",
                "base": _driver_value(best.base, model.parameters.row(best.driver).unit) if best else "–",
                "turn": _turn(model, best),
                "becomes": (best.becomes or "median zero") if best else "–",
            }
        )
    frame = pd.DataFrame(rows)
    stuck = int((frame["turn"] == "none in range").sum())
    return Exhibit(
        name="verdict-break-evens",
        title=f"One driver can turn {len(frame) - stuck} of {len(frame)} verdicts; for {stuck} no value in range does",
        subtitle="The nearest break-even among each verdict’s top three drivers: the value beyond which the verdict changes, all "
        "other draws as before.",
        source=_source(
            model,
            f"Root finding on {sensitivity.SUBSET:,} joint draws, drivers from 1st to 99th percentile.",
        ),
        alt=f"Table of the nearest break-even for {len(frame)} calls.",
        data=frame,
        columns=(
            Column("who", "Call", weight=1.8),
            Column("verdict", "Verdict", weight=1.1),
            Column("driver", "Driver", weight=1.6),
            Column("base", "Base", "right", weight=0.7),
            Column("turn", "Turns at", "right", weight=0.9),
            Column("becomes", "Becomes", weight=1.1),
        ),
    )


def _turn(model: Model, b: sensitivity.BreakEven | None) -> str:
    if b is None:
        return "none in range"
    value = b.zero if b.verdict is None else b.verdict
    assert value is not None
    unit = model.parameters.row(b.driver).unit
    if b.verdict is not None and b.verdict == b.base:
        return "once known"
    sign = ">" if value > b.base else "<"
    return f"{sign} {report.value_apart(value, b.base, unit)}"


__all__ = [
    "contests",
    "convergence",
    "correlated",
    "deciders",
    "drivers",
    "flip_points",
    "flips",
    "impacts",
    "matrix",
    "matrix_title",
    "null_test",
    "sceptic",
    "slope",
    "specification_curve",
    "three_ways",
    "tornado",
]
