"""Verdict exhibits of what drives a call and what would turn it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.charts import theme
from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.charts.marks import ON_FILL, is_wide, layered
from deepseek_era.exhibits.verdict_marks import (
    brief,
    calls_of,
    dark_label,
    dark_text,
    percent,
    pixels,
    plain_unit,
    source_line,
)
from deepseek_era.figure import format_figure, format_number
from deepseek_era.model import Model
from deepseek_era.verdicts import report, sensitivity
from deepseek_era.verdicts.evaluate import evaluations, judged
from deepseek_era.verdicts.impacts import FLIPS, equation_of
from deepseek_era.words import listed

T = theme.TOKENS
SHOWN_DRIVERS, SHOWN_NARROW = 14, 7
STEPS = [0.02, 0.05, 0.1, 0.2, 0.4]


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
    unit = plain_unit(e.call.unit)

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = is_wide(width)
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
            dark_text(frame, "driver", x=alt.value(-left if wide else 0), y=y, dy=0 if wide else -10),
            dark_text(
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
                dark_label("P10 to P90", plot + right - 2, -8, align="right", colour=T["ink3"], size=12)
            )
        return theme.frame(
            layered(*layers), width, step * len(frame), left=left, right=right, top=22, bottom=44
        )

    first = frame.iloc[0]
    return Exhibit(
        name="verdict-tornado",
        chart=draw,
        title=title,
        subtitle=f"{e.call.variable}, {unit}. Each driver at its 10th (pale) and 90th percentile (dark), all others at the "
        "median; black line: all at the median; grey band: too small to matter.",
        source=source_line(
            model, "One at a time, so interactions are missed; they are in the indices below."
        ),
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
    for key in calls_of(model):
        indices = sensitivity.all_sobol(model)[key]
        total = float(indices.total.sum())
        for name, value in zip(indices.drivers, indices.total, strict=True):
            found.append((key, name, float(value) / total if total > 0 else 0.0))
    table = pd.DataFrame(found, columns=["id", "parameter", "share"])
    sums = table.groupby("parameter")["share"].sum().sort_values(ascending=False, kind="stable")
    order = sums[sums > 0].index.tolist()
    shown = order[:SHOWN_DRIVERS]
    keys = list(calls_of(model))

    def gathered(columns: Sequence[str]) -> pd.DataFrame:
        """Return a row for every call and column, what the other drivers have in the last one."""
        column = table["parameter"].where(table["parameter"].isin(columns), "rest")
        sums = table.groupby(["id", column])["share"].sum()
        rows = [
            (key, name, float(sums.get((key, name), 0.0)), float(row), float(col))
            for row, key in enumerate(keys)
            for col, name in enumerate([*columns, "rest"])
        ]
        return pd.DataFrame(rows, columns=["id", "parameter", "share", "row", "col"])

    grid = gathered(shown)
    grid["who"] = [evaluations(model)[k].call.label for k in grid["id"]]
    grid["driver"] = [report.driver_label(c) if c != "rest" else "All others" for c in grid["parameter"]]
    judged_share = _judgement_over_calls(model)
    title = (
        f"{report.driver_label(shown[0])} carries most over all calls; judgement carries "
        f"{format_number(100 * judged_share, '%')} of the spread"
        if shown
        else "No parameter moves a verdict in this run"
    )

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = is_wide(width)
        left, right = (200, 62) if wide else (122, 62)
        cell_h = 23 if wide else 20
        columns = [*(shown if wide else shown[:SHOWN_NARROW]), "rest"]
        cells = gathered(columns[:-1])
        cells = cells[cells["share"] >= STEPS[0]]
        # what is left over is a sum of many: it stays grey
        step = np.where(cells["parameter"] == "rest", 0, np.digitize(cells["share"], STEPS)).astype(int)
        cells = cells.assign(bin=step, text=[f"{100 * s:.0f}" for s in cells["share"]])
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
                    evaluations(model)[k].call.label if wide else brief(evaluations(model)[k].call.label)
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
            dark_text(names, "t", x=alt.value(-left), y=y, size=12.5 if wide else 11.5),
            dark_text(
                heads,
                "t",
                x=x,
                y=alt.value(-6),
                angle=312,
                size=12 if wide else 11,
                dx=0,
            ),
        ]
        dark, pale = cells[cells["bin"] >= 5], cells[cells["bin"] < 5]
        for part, colour in ((pale, T["ink"]), (dark, T["paper"])):
            layers.append(
                dark_text(part, "text", x=x, y=y, align="center", colour=colour, size=11.5, **ON_FILL)
            )
        return theme.frame(
            layered(*layers),
            width,
            cell_h * len(keys),
            left=left,
            right=right,
            top=132 if wide else 106,
            bottom=8,
        )

    return Exhibit(
        name="verdict-drivers",
        chart=draw,
        title=title,
        subtitle="Share of each driver in the summed total Sobol indices of a call, percent; darker is more: from 2, 5, 10, 20 "
        "and 40. Empty: under 2.",
        source=source_line(
            model,
            f"Indices need independent inputs: decoupled model, same ranges, no correlations; {sensitivity.SOBOL_N} base "
            f"points, error of an index up to {format_figure(report.figures(model)['verdicts.sobol_error'], 'value')}.",
        ),
        alt=f"Heat map of {len(keys)} calls by {len(shown) + 1} drivers. {title}.",
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
                "side": f"{words[side]} {percent(decides.mean)}",
                "size": _led(size, size.drivers[0]),
                "decides": _led(decides, first),
                "then": _led(decides, second),
                "turns": percent(float(decides.turns[0])),
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
    settled = len(calls_of(model)) - len(keys)
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
        source=source_line(
            model,
            f"Decoupled model as above, {sensitivity.SIDES_N:,} base points; 95% interval of an index up to ±"
            f"{format_figure(f['verdicts.sides_error'], 'value')}, widest where one side is rare. Left out: {settled} calls whose "
            f"side is settled in {format_number(100 * sensitivity.SETTLED, '%')} of the draws.",
        ),
        alt=f"Table of {len(keys)} calls with the driver of the size and the driver that decides the verdict. "
        + (
            f"They differ for {listed(others, 3)}."
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


def _judgement_over_calls(model: Model) -> float:
    """Return the mean share of the summed total indices that rests on judgement, over the calls."""
    return float(np.mean([sensitivity.judgement_load(model, key) for key in calls_of(model)]))


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
    frame["text"] = [percent(p) for p in frame["p"]]
    frame["bin"] = np.digitize(frame["p"], [0.05, 0.1, 0.2, 0.4]).astype(int)
    f = report.figures(model)
    nvidia, cloud = f["verdicts.nvidia_flip"], f["verdicts.cloud_flip"]
    title = (
        f"Nvidia loses first and wins later in {format_figure(nvidia, 'value')} of draws, the clouds in "
        f"{format_figure(cloud, 'value')}"
    )

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = is_wide(width)
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
        x, y = pixels("x", width), pixels("y", height, down=True)
        rect = {"x": pixels("x1", width), "x2": "x2:Q", "y": pixels("y1", height, down=True), "y2": "y2:Q"}
        bins = alt.Color("bin:O", scale=alt.Scale(domain=[0, 1, 2, 3, 4], range=tokens), legend=None)
        head = pd.DataFrame(heads, columns=["x", "y", "t"])
        side = pd.DataFrame(sides, columns=["x", "y", "t"])
        note = pd.DataFrame(notes, columns=["x", "y", "t", "weight"])
        layers = [
            alt.Chart(cells).mark_rect().encode(**rect, color=bins),
            alt.Chart(cells[framed]).mark_rect(filled=False, stroke=T["ink"], strokeWidth=2).encode(**rect),
            dark_text(cells[~framed], "text", x=x, y=y, align="center", size=14, **ON_FILL),
            dark_text(cells[framed], "text", x=x, y=y, align="center", size=14, bold=True, **ON_FILL),
            dark_text(head, "t", x=x, y=y, align="center", colour=T["ink2"], size=12),
            dark_text(side, "t", x=x, y=y, align="right", colour=T["ink2"], size=12),
            dark_text(note[note["weight"] == 600], "t", x=x, y=y, bold=True, size=13),
            dark_text(note[note["weight"] == 400], "t", x=x, y=y, colour=T["ink3"], size=12),
        ]
        return theme.frame(layered(*layers), width, int(height), left=0, right=0, top=4, bottom=4)

    product = f["verdicts.nvidia_flip_product"]
    return Exhibit(
        name="verdict-flips",
        chart=draw,
        title=title,
        subtitle="Share of the joint draws by short-run and long-run result, Effect. The framed cell is the flip that the "
        "article describes.",
        source=source_line(
            model, "Both legs are read in the same draws; marginal probabilities are never multiplied."
        ),
        alt=f"Two three-by-three grids of joint probabilities. {title}. The product of Nvidia’s marginals would say "
        f"{format_figure(product, 'value')}.",
        data=frame[["who", "short", "long", "p"]],
        how="$P(I_S < -\\delta_S \\wedge I_L > \\delta_L)$ over the same draws. Shared causes tie the legs together, so the "
        "joint probability differs from the product.",
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
        source=source_line(
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
