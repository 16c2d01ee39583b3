"""Verdict exhibits of the calls: the matrix, the impacts, the three quantities, short run against long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.charts import theme
from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.charts.marks import is_wide, layered
from deepseek_era.exhibits.verdict_marks import (
    COLOURS,
    SHAPES,
    brief,
    calls_of,
    dark_label,
    dark_text,
    median_words,
    percent,
    pixels,
    plain_unit,
    source_line,
)
from deepseek_era.figure import format_number
from deepseek_era.model import Model
from deepseek_era.verdicts import branches, limits, report, rule, tally
from deepseek_era.verdicts.evaluate import Evaluation, evaluations, is_call, judged
from deepseek_era.verdicts.impacts import OTHER, PAIRS
from deepseek_era.words import counted, listed

T = theme.TOKENS
POINTS = 43  # points of a hill's outline


def matrix_title(model: Model) -> str:
    """Return the count of agreement in words."""
    return tally.title(report.calls_tally(model))


def _rests_on(model: Model, key: str) -> str:
    """Return what stands beside a verdict: that it is one-sided, and what is left without the judgement that counts most."""
    words = ["one-sided"] if judged(model)[key].one_sided else []
    own = [a for a in branches.alone(model) if a.call == key and len(a.parameters) == 1]
    if own:
        most = min(own, key=lambda a: a.p_without)
        words.append(f"{limits.taken_out(most)}: {percent(most.p_without)}")
    return "; ".join(words)


def matrix(model: Model) -> Exhibit:
    """Return the verdict matrix as a table: article, market, short, long, probabilities, grade."""
    table = report.matrix(model)
    data = table.assign(
        who=[f"{w} ({i})" for w, i in zip(table["who"], table["id"], strict=True)],
        odds=[
            f"{a:.3f} {b:.3f}" if is_call(key) else ""
            for key, a, b in zip(table["id"], table["p_loser"], table["p_winner"], strict=True)
        ],
        agreement=[
            f"{word}, on the edge" if edge else word
            for word, edge in zip(table["agreement"], table["edge"], strict=True)
        ],
        right=[percent(p) for p in table["p_article"]],
        cap=[_rests_on(model, key) for key in table["id"]],
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
        Column("cap", "Sign, and what it rests on", weight=1.9),
        Column("grade", "Grade", "center", weight=0.5),
    )
    return Exhibit(
        name="verdict-matrix",
        title=matrix_title(model),
        subtitle="Effect of the event on each stakeholder of the article, all else equal. Up: wins, down: loses, dot: too "
        "small to matter, half dot: mixed. Market: abnormal return of the group on the day. Article right: at its own size, "
        "where it gives one.",
        source=source_line(
            model,
            "One-sided: nearly all draws share a sign, so the verdict is capped at likely. Last percentage: the likelier side "
            "without that one judgement. On the edge: the probability that decides lies within "
            f"{100 * rule.EDGE:.0f} points of the limit.",
        ),
        alt=f"Table of all calls and considerations with the article's call, the market's and the model's. "
        f"{matrix_title(model)}.",
        data=data[["id", *[c.field for c in columns], "p_loser", "p_neutral", "p_winner", "verdict"]],
        columns=columns,
        how="$P_w = P(I \\ge \\delta)$, $P_l = P(I \\le -\\delta)$ over the joint draws; likely from the first limit, clear "
        "from the second. Agreement: the article's side at its own size or $\\delta$, the other side at $\\delta$, or too small "
        "for either. The other horizon holds the same equation there, or the stakeholder's other call.",
    )


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
    rows = sorted(calls_of(model).values(), key=lambda e: -float(np.median(_scaled(e.effect, e.threshold))))
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
                "text": median_words(e, e.effect),
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
    lean = len(rows) - settled - small - straddle
    own = [e.call.label for e in rows if e.call.article_size and e.call.id in limits.too_small(model)]
    title = (
        f"Of {counted(len(rows), 'call', 'calls')} {counted(settled, 'is', 'are')} nearly settled, "
        f"{counted(lean, 'leans', 'lean')}, {counted(straddle, 'straddles', 'straddle')} the line and "
        f"{counted(small, 'is', 'are')} too small to matter"
    )
    hills = _hills(rows, limit)

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = is_wide(width)
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
            dark_text(frame, "who", x=alt.value(-left + 20 if wide else 18), y=y("row"), dy=shift),
            dark_text(
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
                dark_label("Article’s call, stakeholder, horizon", -left, -10, colour=T["ink3"], size=12),
                dark_label("median (5–95%)", plot + right - 2, -10, colour=T["ink3"], size=12, align="right"),
                dark_label("loses", plot / 2 - 60, -10, colour=T["losetext"], bold=True, align="right"),
                dark_label("wins", plot / 2 + 60, -10, colour=T["wintext"], bold=True),
            ]
        return theme.frame(
            layered(*layers), width, height, left=left, right=right, top=22 if wide else 6, bottom=44
        )

    top, bottom = frame.iloc[0], frame.iloc[-1]
    return Exhibit(
        name="verdict-impacts",
        chart=draw,
        title=title,
        subtitle="Effect on each stakeholder in multiples of the size that would matter (δ). Hills: joint draws; bars: 5–95% "
        "and 25–75%; dot: median. Grey band: too small to matter. Right: in the call’s own unit.",
        source=source_line(model, "Triangles: the article’s call. Percent is of what each row names."),
        alt=f"Ridge chart of the impact on {len(frame)} stakeholders in multiples of a material size. Highest: "
        f"{top['who']}, {top['text']}; lowest: {bottom['who']}, {bottom['text']}.",
        data=frame[["id", "who", "article", "unit", "threshold", "p5", "p25", "median", "p75", "p95"]],
        how="Each call’s equation stands on its card. $I/\\delta$ is drawn as $\\operatorname{asinh}(I/\\delta)$, linear near "
        "zero and logarithmic far from it.",
        note="Effect means with the event less without it, all else equal. It is not a forecast of what happened."
        + (f" At the size that the article itself gives, {listed(own)} fall short too." if own else ""),
        sides=True,
    )


def _tick_expression(ticks: Sequence[float]) -> str:
    """Return a Vega expression that writes the multiples of an inverse-sinh axis."""
    return "replace(format(round(sinh(datum.value)), ','), '-', '−')".replace(
        "sinh(datum.value)", "((exp(datum.value) - exp(-datum.value)) / 2)"
    )


def three_ways(model: Model) -> Exhibit:
    """Return P(the article's side, at its size) as Effect, Attributable and Era forecast, side by side."""
    rows = []
    for key, e in calls_of(model).items():
        found = {name: e.shares(name) for name in ("effect", "attributable", "era")}
        own = {name: None if s is None else s.own for name, s in found.items()}
        rows.append({"id": key, "who": e.call.label, "article": e.call.article_call, **own})
    frame = pd.DataFrame(rows).sort_values("effect", ascending=False, kind="stable").reset_index(drop=True)
    frame["row"] = frame.index.astype(float)
    likely = float(model.parameters.setting("p_likely"))
    before, after = int((frame["effect"] >= likely).sum()), int((frame["attributable"] >= likely).sum())
    title = (
        f"All else equal {before} calls are likely right; if rivals catch up as assumed, "
        f"{after if after else 'none'}"
    )
    for name in ("effect", "attributable", "era"):
        frame[f"t_{name}"] = [percent(p) if pd.notna(p) else "–" for p in frame[name]]

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = is_wide(width)
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
            dark_text(frame, "who", x=alt.value(-left + 20 if wide else 18), y=y, dy=0 if wide else -10),
        ]
        ends = (plot + 50, plot + 102, plot + right - 2) if wide else (plot - 84, plot - 42, plot)
        heads = ("Effect", "Attrib.", "Era")
        for place, name in enumerate(("effect", "attributable", "era")):
            layers.append(
                dark_text(
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
            layers.append(dark_label(heads[place], ends[place], -8, align="right", colour=T["ink3"], size=12))
        return theme.frame(
            layered(*layers), width, step * len(frame), left=left, right=right, top=24, bottom=44
        )

    return Exhibit(
        name="verdict-three-ways",
        chart=draw,
        title=title,
        subtitle="Probability of the article’s side, at its own size where it gives one. Black dot: Effect, all else equal. "
        "Hollow: Attributable, after rivals have caught up as we assume. Diamond: Era forecast, with all other causes. "
        "Dashed line: likely.",
        source=source_line(
            model, "No era forecast where nothing observable stands for the call. Only the era is scored."
        ),
        alt=f"Dot chart of three probabilities for {len(frame)} calls. {title}. Largest Effect: {frame.iloc[0]['who']}, "
        f"{frame.iloc[0]['t_effect']}, attributable {frame.iloc[0]['t_attributable']}.",
        data=frame[["id", "who", "article", "effect", "attributable", "era"]],
        how="Attributable: gains become $K^{f}$ and $k_T^{f_T}$ with $f = 1 - \\chi\\min(t/\\tau, 1)$, shifts are multiplied by "
        "$f$. Era: $I + B$, or an equation of its own on the card.",
        note="How much rivals catch up is a judgement. After three years it is over in nearly every draw, so for the long calls "
        "the hollow dots follow from that judgement and are no finding.",
        sides=True,
    )


def slope(model: Model) -> Exhibit:
    """Return the median impact in the short and the long run for stakeholders that have both."""
    rows = []
    seen: set[str] = set()
    for key, e in calls_of(model).items():
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
        wide = is_wide(width)
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
                value = format_number(record[end], plain_unit(record["unit"]))
                name = record["who"] if wide else brief(record["who"])
                text = value if end == "short" and not wide else f"{name} {value}"
                ends.append((end, at, at + dx, pixel(record[f"u_{end}"]), place, text, record[f"side_{end}"]))
        marks = pd.DataFrame(ends, columns=["end", "x", "tx", "y", "ty", "text", "side"])
        sides = ["winner", "loser", "neutral", "mixed"]
        tint = alt.Scale(domain=sides, range=[theme.SIDE_COLOUR[s] for s in sides])
        shapes = alt.Scale(domain=sides, range=[theme.GLYPHS[s] for s in sides])
        line = {"x": pixels("x1", plot), "x2": "x2:Q", "y": pixels("y1", height, down=True), "y2": "y2:Q"}
        tx, ty = pixels("tx", plot), pixels("ty", height, down=True)
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
                x=pixels("x", plot),
                y=pixels("y", height, down=True),
                color=alt.Color("side:N", scale=tint, legend=None),
                shape=alt.Shape("side:N", scale=shapes, legend=None),
            ),
            dark_text(marks[marks["end"] == "short"], "text", x=tx, y=ty, align="right", size=size),
            dark_text(marks[marks["end"] == "long"], "text", x=tx, y=ty, size=size),
            dark_label("Short run", 0, -14, align="center", bold=True),
            dark_label("Long run", plot, -14, align="center", bold=True),
        ]
        return theme.frame(layered(*layers), width, height, left=left, right=right, top=30, bottom=10)

    return Exhibit(
        name="verdict-slope",
        chart=draw,
        title=title,
        subtitle="Median effect in the short run (one year) and the long run (three years), in multiples of what would matter, "
        "inverse-sinh scale; labels in the call’s own unit. Grey band: too small to matter.",
        source=source_line(
            model,
            "Black lines change sides. Where the article makes one call, the same equation is read twice.",
        ),
        alt=f"Slope chart of {len(frame)} stakeholders from the short to the long run. {title}"
        + (f": {listed(turned['who'].tolist(), 4)}." if len(turned) else "."),
        data=frame[["id", "who", "unit", "short", "long", "side_short", "side_long"]],
        how="Medians over the joint draws, each with the parameters of its horizon.",
        sides=True,
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
