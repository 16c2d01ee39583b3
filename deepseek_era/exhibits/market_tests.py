"""Market exhibits of the tests behind the day: every statistic, other windows, other models, Stargate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import Exhibit
from deepseek_era.charts.marks import layered
from deepseek_era.exhibits.market_marks import (
    SOURCES,
    at_x,
    at_y,
    event_day,
    event_day_short,
    method_line,
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
    text_at,
    text_columns,
    value_axis,
    zero_rule,
)
from deepseek_era.figure import format_number
from deepseek_era.market import report
from deepseek_era.market.study import group_label
from deepseek_era.market.words import NAMES, STARGATE_END, STARGATE_GROUPS, short_name, upper
from deepseek_era.model import Model
from deepseek_era.words import listed

T = theme.TOKENS
TESTS = {
    "p_portfolio": ("Portfolio", "Portf."),
    "p_bmp": ("BMP", "BMP"),
    "p_kp": ("K–P", "K–P"),
    "p_patell": ("Patell", "Patell"),
    "p_rank": ("Rank", "Rank"),
    "p_grank": ("GRANK", "GRK"),
    "p_sign": ("Sign", "Sign"),
    "p_placebo": ("Placebo", "Plac."),
    "p_holm": ("Holm", "Holm"),
}
"""Names of the tests on the wide and the narrow drawing."""


def _matrix(
    rows: Sequence[str],
    headers: Sequence[tuple[str, str]],
    cells: Sequence[Sequence[tuple[str, str, bool]]],
    *,
    aside: Sequence[Sequence[str]] = (),
    aside_headers: Sequence[str] = (),
) -> Callable[[int], alt.TopLevelMixin]:
    """Return a function of width that draws a grid of numbers, a tint behind the ones that stand out.

    `headers` are wide and narrow column names; a cell is its number, a second line (may be empty) and whether it stands
    out. `aside` are plain columns between names and cells, left out on narrow drawings.
    """
    two_lines = any(second for row in cells for _, second, _ in row)

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        plot = width - 8
        names = 140 if wide else 0
        spare = 46 * len(aside_headers) + 10 if wide and aside_headers else 0
        step = (plot - names - spare) / len(headers)
        tall = (40 if two_lines else 28) if wide else (70 if two_lines else 50)
        label, first, second, small = [], [], [], []
        rules, tints = [], []
        for k, name in enumerate(rows):
            top = k * tall
            rules.append(top)
            y = top + tall / 2 if wide else top + (46 if two_lines else 34)
            if two_lines:
                y -= 8
            label.append((0.0, top + tall / 2 if wide else top + 12, name))
            for j, text in enumerate(aside[k] if wide and aside else ()):
                small.append((names + 46 * (j + 1) - 8, y, text))
            for j, (number, below, out) in enumerate(cells[k]):
                x = names + spare + step * (j + 1) - 8
                first.append((x, y, number, out))
                if below:
                    second.append((x, y + 16, below))
                if out:
                    height = 34 if two_lines else 20
                    tints.append((x - step + 14, x + 6, y - 10, y - 10 + height))
        rules.append(len(rows) * tall)
        heads = [
            (names + spare + step * (j + 1) - 8, -12, both[0] if wide else both[1])
            for j, both in enumerate(headers)
        ]
        if wide:
            heads += [(names + 46 * (j + 1) - 8, -12, text) for j, text in enumerate(aside_headers)]
        box = pd.DataFrame(tints, columns=["x1", "x2", "y1", "y2"])
        line = pd.DataFrame({"py": rules})
        layers: list[Any] = [
            alt.Chart(line)
            .mark_rule(color=T["hair"])
            .encode(y=at_y("py"), x=alt.value(0), x2=alt.value(plot)),
            alt.Chart(box)
            .mark_rect(color=T["s1"], opacity=1)
            .encode(x=at_x("x1"), x2="x2:Q", y=at_y("y1"), y2="y2:Q"),
            text_at(label),
            text_at(
                [t[:3] for t in first if t[3]], align="right", fontWeight=600, fontSize=12 if wide else 11.5
            ),
            text_at(
                [t[:3] for t in first if not t[3]],
                align="right",
                fontSize=12 if wide else 11.5,
                color=T["ink2"],
            ),
            text_at(second, align="right", fontSize=11, color=T["ink3"]),
            text_at(small, align="right", fontSize=12, color=T["ink2"]),
            text_at(heads, align="right", fontSize=12 if wide else 11, color=T["ink3"]),
        ]
        return theme.frame(layered(*layers), width, len(rows) * tall, left=4, right=4, top=28, bottom=6)

    return chart


def tests_table(model: Model) -> Exhibit:
    """Return every test of day 0 by group, in order of authority."""
    table = report.groups(model)
    if table is None:
        return not_public("market-tests", "Tests of day 0", model)
    table = table.sort_values("caar_pct").reset_index(drop=True)
    records = table.to_dict("records")
    cells = [
        [
            (
                p_words(r[k], k in ("p_placebo", "p_holm") and report.at_floor(r)),
                "",
                bool(r[k] <= report.SIGNIFICANT),
            )
            for k in TESTS
        ]
        for r in records
    ]
    aside = [
        [str(r["n"]), signed(r["caar_pct"]), "–" if not np.isfinite(r["r_bar"]) else f"{r['r_bar']:.2f}"]
        for r in records
    ]
    days = int(table["placebos"].max())
    # the same groups as the forest names; each counted over the tests that are defined for it
    every = [k for k in TESTS if k not in ("p_sign", "p_holm")]
    counts = []
    for r in records:
        if r["p_placebo"] <= report.SIGNIFICANT:
            defined = [k for k in every if np.isfinite(r[k])]
            passed = sum(r[k] <= report.SIGNIFICANT for k in defined)
            counts.append((NAMES.get(str(r["group"]), str(r["group"])), passed, len(defined)))
    title = (
        "Passed of the tests that are defined: "
        + listed([f"{name} {passed} of {defined}" for name, passed, defined in counts])
        if counts
        else "No group moved beyond chance by the placebo test"
    )
    return Exhibit(
        "market-tests",
        title,
        f"p-values of day 0 by test, {event_day(model)}, from left to right in the order of what they can bear when firms share one "
        "date; the placebo is the headline, Holm its correction over the groups. Tint: at most 0.05",
        f"{upper(method_line(model))} Placebo: {days} days, so no p is below 1/{1 + days}; one there reads "
        "≤. Groups of one firm have no test across firms and no rank test, which could not tell the most extreme of all days from chance. Sign: descriptive, it assumes independent firms.",
        f"Grid of {len(TESTS)} tests for {len(table)} groups. {title}.",
        table[
            ["group", "label", "n", "caar_pct", "caar_vw_pct", "n_vw", "r_bar_raw", "r_bar"]
            + [f"stat_{k[2:]}" for k in TESTS if f"stat_{k[2:]}" in table]
            + list(TESTS)
        ],
        sources=SOURCES,
        chart=_matrix(
            [str(r["label"]) for r in records],
            list(TESTS.values()),
            cells,
            aside=aside,
            aside_headers=["n", "%", "r̄"],
        ),
        how=(
            "Portfolio: the group’s mean abnormal return over the error of its own residual series (Jaffe 1974; Brown and Warner "
            "1980). BMP: mean standardised abnormal return over its spread across firms (Boehmer, Musumeci and Poulsen 1991). "
            "K–P, Kolari and Pynnönen (2010): BMP times $\\sqrt{(1-\\bar r)/(1+(N-1)\\bar r)}$, $\\bar r$ the mean correlation of residuals, "
            "floored at 0. Patell, adjusted: his z over $\\sqrt{1+(N-1)\\bar r}$. Rank: Corrado (1989). GRANK: Kolari and "
            "Pynnönen (2011). Sign: Cowan (1992). Placebo: share of other days that moved as much for their own prediction error. Holm (1979). The data hold "
            "the value-weighted means too, over the firms with a known share count."
        ),
    )


def windows(model: Model) -> Exhibit:
    """Return mean abnormal returns by group and window, with placebo p-values."""
    current = report.study(model)
    keys = [k for k in ("since_17_january", "m1_1", "0", "0_1", "0_5", "0_10") if k in current.windows]
    names = {k: ("since 17 Jan" if k == "since_17_january" else current.windows[k].label) for k in keys}
    day = report.groups(model)
    if day is None:
        return not_public("market-windows", "Abnormal returns by window", model)
    order = day.sort_values("caar_pct")["group"].tolist()
    cells: list[list[tuple[str, str, bool]]] = [[] for _ in order]
    counts: dict[str, int] = {}
    tables = []
    dates = []
    for key in keys:
        table = report.groups(model, key)
        if table is None:
            for row in cells:
                row.append(("–", "", False))
            continue
        rows = table.set_index("group").loc[order]
        counts[key] = int((rows["p_placebo"] <= report.SIGNIFICANT).sum())
        dates.append(f"{names[key]} {int(rows['placebos'].max())}")
        for row, effect in zip(cells, rows.to_dict("records"), strict=True):
            p = effect["p_placebo"]
            row.append(
                (
                    signed(effect["caar_pct"]),
                    f"p {p_words(p, report.at_floor(effect))}",
                    bool(p <= report.SIGNIFICANT),
                )
            )
        tables.append(
            table.assign(window=current.windows[key].label)[
                [
                    "group",
                    "window",
                    "n",
                    "truncated",
                    "caar_pct",
                    "low_pct",
                    "high_pct",
                    "own_low_pct",
                    "own_high_pct",
                    "p_portfolio",
                    "p_kp",
                    "p_grank",
                    "p_placebo",
                    "p_holm",
                    "placebos",
                ]
            ]
        )
    long = [k for k in ("0_5", "0_10") if k in counts]
    first = f"{number_word(counts['0'])} of {len(order)} groups stand{'s' if len(order) == 1 else ''} out on the first day"
    title = (
        f"{first}, {number_word(counts[long[-1]]).lower()} over {'two weeks' if long[-1] == '0_10' else 'six days'}"
        if long
        else first
    )
    hidden = [names[k] for k in keys if k not in counts]
    since = current.windows.get("since_17_january")
    return Exhibit(
        "market-windows",
        title,
        "Mean cumulative abnormal return by group, %, with the placebo p-value below it; windows in trading days from day 0"
        + (f", the first from the close of 17 January ({since.label})" if since else "")
        + ". Tint: p at most 0.05",
        f"{upper(method_line(model))} Firm windows end before own results. Placebo dates: {', '.join(dates)}; few dates make a "
        "coarse p." + (f" Beyond the returns of this run: {', '.join(hidden)}." if hidden else ""),
        f"Grid of {len(order)} groups by {len(keys)} windows. {title}.",
        pd.concat(tables, ignore_index=True),
        sources=SOURCES,
        chart=_matrix(
            [group_label(g) for g in order], [(names[k], current.windows[k].label) for k in keys], cells
        ),
        how="CAR is the sum of daily abnormal returns, its variance $\\gamma' V \\gamma$ with the full prediction-error covariance.",
    )


def robustness(model: Model) -> Exhibit:
    """Return day-0 results by specification: which verdicts of the market survive a sceptic's choices."""
    if report.groups(model) is None:
        return not_public("market-robustness", "Day-0 results by specification", model)
    table = report.robustness(model).copy()
    shown = [g for g in report.HEADLINE_GROUPS if g in set(table["group"])] or sorted(set(table["group"]))
    table = table[table["group"].isin(shown)]
    own = table[table["specification"] == "as set"].set_index("group")
    order = own["caar_pct"].sort_values().index.tolist()
    table["row"] = table["group"].map({g: k for k, g in enumerate(order)})
    total = table["specification"].nunique()
    same = table.assign(same=table["side"] == table["group"].map(own["side"])).groupby("group")["same"].sum()
    rows = pd.DataFrame(
        {
            "row": range(len(order)),
            "label": [group_label(g) for g in order],
            "text": [f"{int(same[g])} of {total}" for g in order],
        }
    )
    count = len(order)
    steady = [NAMES.get(g, g) for g in order if same[g] == total]
    shaky = [NAMES.get(g, g) for g in order if same[g] < total]

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (152, 96) if wide else (14, 10)
        plot = width - left - right
        domain = padded(table["caar_pct"].tolist())
        axis = value_axis(round_ticks(*domain, wide), "Abnormal return on day 0, %", wide)
        x = alt.X("caar_pct:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis)
        y = row_axis(count)
        colour, shape = side_scales()
        zero = zero_rule("caar_pct", x=x)
        dots = (
            alt.Chart(table)
            .mark_point(filled=True, size=55, opacity=0.75)
            .encode(x=x, y=y, color=colour, shape=shape)
        )
        mine = (
            alt.Chart(table[table["specification"] == "as set"])
            .mark_tick(color=T["ink"], thickness=2, size=20, orient="vertical")
            .encode(x=x, y=y)
        )
        layers: list[Any] = [
            separators(count, wide, plot, left, right),
            zero,
            dots,
            mine,
            row_names(rows, count, wide),
            *text_columns(
                rows,
                count,
                [("text", "same verdict" if wide else "", plot + 92 if wide else plot, True)],
                0 if wide else -16,
            ),
        ]
        return theme.frame(
            layered(*layers),
            width,
            count * (29 if wide else 48),
            left=left,
            right=right,
            top=24 if wide else 10,
            bottom=44,
        )

    title = (
        f"No choice of method changes the verdict on {listed(steady)}"
        + (f"; on {listed(shaky)} some do" if shaky else "")
        if steady
        else "Every group’s verdict depends on the method"
    )
    return Exhibit(
        "market-robustness",
        title,
        f"Mean abnormal return by group on {event_day(model)}, %, under {total} specifications; colour and glyph: placebo p at most 0.05. "
        "Tick: as set for this run",
        "Specifications: " + ", ".join(str(v) for v in table["specification"].unique()) + ".",
        f"Dots of {count} groups by {total} specifications. {title}.",
        table[["specification", "group", "caar_pct", "low_pct", "high_pct", "p_placebo", "side"]],
        sources=SOURCES,
        chart=chart,
        how="Each specification changes one choice and reruns the whole study. 18 December 2024 was the one broad shock of the estimation window.",
        sides=True,
    )


def stargate(model: Model) -> Exhibit:
    """Return the Stargate announcement as its own, opposite event: what rose then and fell on day 0."""
    table = report.stargate(model)
    if table is None:
        return not_public("market-stargate", "The Stargate announcement", model)
    table = report.in_groups(model, table, STARGATE_GROUPS)
    if len(table) < 3:
        return not_public("market-stargate", "The Stargate announcement", model)
    shown = table.sort_values("up_pct", ascending=False).head(14).reset_index(drop=True)
    shown["row"] = range(len(shown))
    shown["label"] = shown["name"].map(short_name)
    shown["numbers"] = [signed(v) for v in shown["up_pct"]]
    shown["numbers_day"] = [signed(v) for v in shown["day_pct"]]
    shown["both"] = [f"{a} then {b}" for a, b in zip(shown["numbers"], shown["numbers_day"], strict=True)]
    count = len(shown)

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (168, 132) if wide else (16, 12)
        plot = width - left - right
        domain = padded([*shown["up_pct"], *shown["day_pct"]])
        axis = value_axis(round_ticks(*domain, wide), "Abnormal return, %", wide)
        scale = alt.Scale(domain=list(domain), nice=False)
        y = row_axis(count)
        line = (
            alt.Chart(shown)
            .mark_rule(color=T["rule"], strokeWidth=3)
            .encode(x=alt.X("up_pct:Q", scale=scale, axis=axis), x2="day_pct:Q", y=y)
        )
        zero = zero_rule("up_pct", x=alt.X("up_pct:Q", scale=scale, axis=axis))
        before = (
            alt.Chart(shown)
            .mark_point(
                filled=True,
                shape="circle",
                size=80,
                fill=T["paper"],
                stroke=T["ink"],
                strokeWidth=1.5,
                opacity=1,
            )
            .encode(x=alt.X("up_pct:Q", scale=scale, axis=axis), y=y)
        )
        after = (
            alt.Chart(shown)
            .mark_point(filled=True, shape="circle", size=80, color=T["ink"])
            .encode(x=alt.X("day_pct:Q", scale=scale, axis=axis), y=y)
        )
        layers: list[Any] = [
            separators(count, wide, plot, left, right),
            zero,
            line,
            before,
            after,
            row_names(shown, count, wide),
        ]
        at = -left + 8.0 if wide else 6.0
        for text, fill in (("21–22 January", T["paper"]), (event_day_short(model), T["ink"])):
            spot = pd.DataFrame({"text": [text]})
            layers.append(
                alt.Chart(spot)
                .mark_point(
                    filled=True,
                    shape="circle",
                    size=80,
                    fill=fill,
                    stroke=T["ink"],
                    strokeWidth=1.5,
                    opacity=1,
                )
                .encode(x=alt.value(at), y=alt.value(-30))
            )
            layers.append(
                alt.Chart(spot)
                .mark_text(align="left", fontSize=12, color=T["ink2"])
                .encode(x=alt.value(at + 10), y=alt.value(-30), text="text:N")
            )
            at += 34 + 6.1 * len(text)
        if wide:
            layers += text_columns(
                shown,
                count,
                [("numbers", "Stargate", plot + 66, False), ("numbers_day", "day 0", plot + 126, True)],
            )
        else:
            layers += text_columns(shown, count, [("both", "", plot, True)], -16)
        return theme.frame(
            layered(*layers), width, count * (27 if wide else 46), left=left, right=right, top=44, bottom=44
        )

    oracle = shown[shown["ticker"] == "ORCL"]
    gains = float(shown["up_pct"].clip(lower=0).sum())
    given = (
        float(np.minimum(shown["up_pct"].clip(lower=0), (-shown["day_pct"]).clip(lower=0)).sum()) / gains
        if gains
        else 0.0
    )
    if report.study(model).event.date <= STARGATE_END:
        title = f"What rose on the Stargate days stood elsewhere on {event_day_short(model)}, before them"
    elif len(oracle) and oracle["up_pct"].iloc[0] > 0 > oracle["day_pct"].iloc[0]:
        up, down = float(oracle["up_pct"].iloc[0]), float(-oracle["day_pct"].iloc[0])
        kept = (
            "gave all of it back"
            if down >= 0.95 * up
            else f"gave {format_number(100 * down / up, '%', 'observed')} of it back"
        )
        title = f"Oracle rose {signed(up)}% on the Stargate days and {kept} on {event_day_short(model)}"
    else:
        title = f"What rose on the Stargate days gave {format_number(100 * given, '%', 'observed')} of the gain back on {event_day_short(model)}"
    groups = report.stargate_groups(model)
    words = ""
    if groups is not None:
        part = groups[groups["group"].isin(["power", "clouds", "semis", "stargate"])]
        words = (
            " Groups on the Stargate days: "
            + "; ".join(
                f"{group_label(str(r['group']))} {signed(r['caar_pct'])}% (p {p_words(r['p_placebo'], report.at_floor(r))})"
                for r in part.to_dict("records")
            )
            + "."
        )
    return Exhibit(
        "market-stargate",
        title,
        f"Abnormal return over 21 and 22 January 2025, when Stargate was announced, and on {event_day(model)}, %. The {count} firms of "
        "chips, power, clouds and Stargate that rose most on the first",
        f"{upper(method_line(model))} Own estimation window for each event.{words}",
        f"Dumbbell of {count} firms between two events of opposite sign. {title}.",
        shown[["ticker", "name", "group", "up_pct", "up_se_pct", "up_p", "day_pct", "day_se_pct"]],
        sources=(*SOURCES, "STARGATE_KD"),
        chart=chart,
        how="The fall of day 0 partly reverses this rise, so the days are kept apart: an event of its own, with its own estimation window.",
    )
