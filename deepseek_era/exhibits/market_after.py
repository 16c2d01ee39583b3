"""Market exhibits of what happened after: news, paths, spending, and company figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import Exhibit
from deepseek_era.charts.marks import layered
from deepseek_era.drawing import fonts
from deepseek_era.exhibits.market_marks import (
    RETURNS_LINE,
    SOURCES,
    at_x,
    at_y,
    event_day,
    not_public,
    number_word,
    round_ticks,
    row_axis,
    row_names,
    short_date,
    side_scales,
    signed,
    text_at,
    text_columns,
    value_axis,
)
from deepseek_era.figure import format_number
from deepseek_era.market import report
from deepseek_era.market.report import rows_of
from deepseek_era.market.study import group_label
from deepseek_era.market.words import NAMES, spending, upper
from deepseek_era.model import Model
from deepseek_era.words import in_sentence, listed

T = theme.TOKENS
PATH_SCALE = 20.0  # percentage points within which the paths' axis is close to linear


def _wrap(text: str, limit: int) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > limit:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def ledger(model: Model) -> Exhibit:
    """Return the contamination ledger: what else moved prices, and which windows it falls into."""
    current = report.study(model)
    table = report.ledger(model)
    if table.empty:
        return not_public("market-ledger", "Other news of the event weeks", model)
    keys = [k for k in ("0", "0_1", "m1_1", "0_5", "0_10") if k in current.windows]
    labels = {k: current.windows[k].label for k in keys}
    other = table["role"] == "other"
    clean = [labels[k] for k in keys if not (table[k] & other).any()]
    firms = current.firms.assign(last=current.last_day)
    near = firms[firms["last"] <= max(w.last for w in current.windows.values())].sort_values(
        ["last", "ticker"]
    )
    cut = "; ".join(
        f"day {day}: {', '.join(part['ticker'])}" for day, part in near.groupby("last", sort=True)
    )
    times = {
        "before open": "before open",
        "during": "",
        "after close": "after close",
        "market closed": "market closed",
    }
    events = [
        f"{e}{'†' if v == 'recalled' else ''}" for e, v in zip(table["event"], table["verified"], strict=True)
    ]

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        plot = width - 8
        texts: list[tuple[float, float, str]] = []
        small: list[tuple[float, float, str]] = []
        dates: list[tuple[float, float, str]] = []
        marks: list[tuple[float, float, bool]] = []
        rules: list[float] = []
        y = 14.0
        columns = [plot - 44 * (len(keys) - k) + 22 for k in range(len(keys))]
        for row, event in zip(table.to_dict("records"), events, strict=True):
            rules.append(y - 13)
            lines = _wrap(event, 54 if wide else 46)
            x, top = (146.0, y) if wide else (0.0, y + 18)
            dates.append((0, y, short_date(str(row["date"]))))
            small.append((46, y, times[str(row["time"])]))
            texts += [(x, top + 17 * k, line) for k, line in enumerate(lines)]
            if wide:
                marks += [(columns[k], y, bool(row[key])) for k, key in enumerate(keys)]
                y += 17 * len(lines) + 9
            else:
                inside = [labels[k] for k in keys if row[k]]
                within = f"in {', '.join(inside)}" if inside else "outside every window"
                small.append((0, top + 17 * len(lines), within))
                y += 18 + 17 * (len(lines) + 1) + 12
        height = y - 8
        grid = pd.DataFrame({"py": rules})
        layers: list[Any] = [
            alt.Chart(grid)
            .mark_rule(color=T["hair"])
            .encode(y=at_y("py"), x=alt.value(0), x2=alt.value(plot)),
            text_at(dates, fontWeight=600, fontSize=12, color=T["ink2"]),
            text_at(texts),
            text_at([t for t in small if t[2]], fontSize=12, color=T["ink3"]),
        ]
        if wide:
            dots = pd.DataFrame(marks, columns=["px", "py", "inside"])
            layers.append(
                alt.Chart(dots[dots["inside"]])
                .mark_square(size=110, color=T["ink2"], opacity=1)
                .encode(x=at_x("px"), y=at_y("py"))
            )
            layers.append(
                alt.Chart(dots[~dots["inside"]])
                .mark_square(size=16, color=T["rule"], opacity=1)
                .encode(x=at_x("px"), y=at_y("py"))
            )
            layers.append(
                text_at(
                    [(c, -14, labels[k]) for c, k in zip(columns, keys, strict=True)],
                    align="center",
                    fontSize=12,
                    color=T["ink3"],
                )
            )
        return theme.frame(
            layered(*layers), width, int(height), left=4, right=4, top=30 if wide else 8, bottom=6
        )

    covered = str(table["date"].min()) <= str(current.event.date) <= str(table["date"].max())
    title = (
        f"The ledger covers other weeks than those around {event_day(model)}"
        if not covered
        else "Only the day itself is free of other news"
        if clean == ["[0, 0]"]
        else f"Only the window {listed(clean)} is free of other news"
        if len(clean) == 1
        else f"The windows {listed(clean)} are free of other news"
        if clean
        else f"Every window holds other news; {labels[keys[0]]} holds the least"
    )
    shown = table[["date", "time", "event", "touches", "day", *keys, "source_id", "verified"]].rename(
        columns=labels
    )
    return Exhibit(
        "market-ledger",
        title,
        "What else reached the market between 20 January and 26 February 2025. A filled square: the news falls into the window "
        "(in trading days from day 0); news after the close counts for the next day",
        f"Windows end before a firm’s own results. Last clean day, {cut or 'none near'}."
        + (" † recalled, not read." if any("†" in e for e in events) else ""),
        f"Ledger of {len(table)} events with the event windows that each falls into. {title}.",
        shown,
        sources=tuple(dict.fromkeys(table["source_id"])),
        chart=chart,
        how=(
            "A firm’s cumulative abnormal return runs to the last close before its own results: that day if they came after the "
            "close, the day before if they came before the open. Days after it have weight 0 in $\\gamma$, so its variance "
            "$\\gamma' V \\gamma$ is smaller too."
        ),
    )


def paths(model: Model) -> Exhibit:
    """Return small multiples: total return of each group less the S&P 500's since 24 January 2025."""
    table = report.group_paths(model)
    groups = [g for g in report.HEADLINE_GROUPS if g in set(table["group"])]
    table = table[table["group"].isin(groups)].copy()
    if table["date"].nunique() < 3:
        return not_public("market-paths", "Paths after the event", model)
    last = str(table["date"].max())
    final = table[table["date"] == last].set_index("group")["relative_pp"]
    order = final.sort_values(ascending=False).index.tolist()
    days = pd.to_datetime(table["date"])
    first, end = days.min(), days.max()
    span = max((end - first).days, 1)
    low, high = min(float(table["relative_pp"].min()), 0.0), max(float(table["relative_pp"].max()), 0.0)

    def squash(v: Any) -> Any:
        # inverse sinh: one group's run would flatten all the others on a plain scale
        return np.arcsinh(v / PATH_SCALE)

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        across = 4 if wide else 2
        plot = width - 8
        gap, head, tall = (26, 40, 96) if wide else (22, 40, 84)
        panel = (plot - gap * (across - 1) - 30) / across
        down = -(-len(order) // across)
        bottom, top = float(squash(low)), float(squash(high))

        def place(group: str) -> tuple[float, float]:
            k = order.index(group)
            return 30 + (k % across) * (panel + gap), (k // across) * (tall + head + 12)

        def vertical(values: Any, y0: float) -> Any:
            return y0 + head + (top - squash(values)) / max(top - bottom, 1e-9) * tall

        lines, names, numbers, zeros, events, ends, ticks = [], [], [], [], [], [], []
        event_x = (pd.Timestamp(report.study(model).event.date) - first).days / span * panel
        grid = [v for v in (-50, -20, 0, 20, 50, 100, 200) if low <= v <= high]
        for group in order:
            part = table[table["group"] == group]
            x0, y0 = place(group)
            px = x0 + (pd.to_datetime(part["date"]) - first).dt.days / span * panel
            py = vertical(part["relative_pp"], y0)
            lines.append(pd.DataFrame({"px": px, "py": py, "group": group}))
            label = group_label(group)
            names.append((x0, y0 + 8, label))
            numbers.append((x0, y0 + 26, f"{signed(float(final[group]), 0)} pp"))
            zeros += [(x0, x0 + panel, float(vertical(float(v), y0)), v == 0) for v in grid]
            if order.index(group) % across == 0:
                ticks += [
                    (x0 - 6, float(vertical(float(v), y0)), signed(v, 0))
                    for v in grid
                    if v in (-50, 0, 50, 200) or len(grid) < 5
                ]
            events.append((x0 + event_x, y0 + head, y0 + head + tall))
            side = "winner" if final[group] > 0 else "loser"
            ends.append((float(px.iloc[-1]), float(py.iloc[-1]), side))
        line = (
            alt.Chart(pd.concat(lines))
            .mark_line(strokeWidth=1.8, color=T["ink"])
            .encode(x=at_x("px"), y=at_y("py"), detail="group:N", order="px:Q")
        )
        rule = pd.DataFrame(zeros, columns=["x1", "x2", "py", "zero"])
        mark = pd.DataFrame(events, columns=["px", "y1", "y2"])
        dot = pd.DataFrame(ends, columns=["px", "py", "side"])
        colour, shape = side_scales()
        grid_lines = (
            alt.Chart(rule[~rule["zero"]])
            .mark_rule(color=T["hair"])
            .encode(x=at_x("x1"), x2="x2:Q", y=at_y("py"))
        )
        zero_lines = (
            alt.Chart(rule[rule["zero"]])
            .mark_rule(color=T["ink3"])
            .encode(x=at_x("x1"), x2="x2:Q", y=at_y("py"))
        )
        day = alt.Chart(mark).mark_rule(color=T["rule"]).encode(x=at_x("px"), y=at_y("y1"), y2="y2:Q")
        dots = (
            alt.Chart(dot)
            .mark_point(filled=True, size=60)
            .encode(x=at_x("px"), y=at_y("py"), color=colour, shape=shape)
        )
        base_y = (down - 1) * (tall + head + 12) + head + tall + 14
        years = [(x, base_y, w) for x, w in ((30.0, short_date(str(first.date()), year=True)),)]
        right = [(30 + panel, base_y, short_date(last, year=True))]
        layers = [
            grid_lines,
            zero_lines,
            day,
            line,
            dots,
            text_at(names, fontWeight=600),
            text_at(numbers, fontSize=12, color=T["ink2"]),
            text_at(ticks, align="right", fontSize=11, color=T["ink3"]),
            text_at(years, fontSize=11, color=T["ink3"]),
            text_at(right if panel > 130 else [], fontSize=11, color=T["ink3"], align="right"),
        ]
        height = down * (tall + head + 12) + 14
        return theme.frame(layered(*layers), width, int(height), left=4, right=4, top=4, bottom=4)

    best, worst = order[0], order[-1]
    title = (
        f"{upper(NAMES[best])} ran {signed(float(final[best]), 0)} pp ahead of the market by {pd.Timestamp(last):%B %Y}; "
        f"{NAMES[worst]} fell {signed(abs(float(final[worst])), 0)} pp behind"
        if final[best] > 0 > final[worst]
        else f"{upper(NAMES[best])} did best of the groups, {NAMES[worst]} worst, by {pd.Timestamp(last):%B %Y}"
    )
    return Exhibit(
        "market-paths",
        title,
        f"Total return less the S&P 500’s (SPY) since the close of 24 January 2025, percentage points, to {short_date(last, year=True)}; "
        "equal sums in each firm. Inverse-sinh scale. Vertical line: day 0",
        f"{RETURNS_LINE}; daily for 60 trading days, month ends after that. Observed, from all causes: not the effect of one day.",
        f"Small multiples of {len(order)} groups. "
        + "; ".join(f"{report.GROUPS[g]} {signed(float(final[g]), 0)} pp" for g in order)
        + ".",
        table[
            table["date"].isin(["2025-01-24", "2025-01-27", report.SIXTIETH_DAY, "2026-01-27", last])
            | (table["date"] > report.SIXTIETH_DAY)
        ][["group", "date", "relative_pp", "total_pct"]],
        sources=SOURCES,
        chart=chart,
        how=(
            "Equal sums are put into each firm of a group at the close of 24 January 2025 and left alone; the S&P 500’s total return "
            "(SPY) is subtracted. A path compounds what happened from all causes, so it settles calls but measures no effect."
        ),
        sides=True,
    )


def _series_chart(
    frames: pd.DataFrame,
    *,
    value: str,
    series: str,
    colours: dict[str, str],
    dashes: dict[str, list[int]] | None = None,
    title: str,
    log: bool = False,
    ticks: Sequence[float],
    tick_format: str = ",.0f",
    labels: dict[str, str] | None = None,
    marker: str | None = None,
    level: tuple[str, str, float, str] | None = None,
    room: int = 110,
    start: str | None = None,
    high: int = 190,
) -> Callable[[int], alt.TopLevelMixin]:
    """Return a function of width that draws dated series with direct labels at their last point."""
    data = frames.copy()
    data["when"] = pd.to_datetime(data["date"].map(_full_date)).dt.strftime("%Y-%m-%d")
    if start is not None:
        data = data[data["when"] >= start]
    names = [n for n in colours if n in set(data[series])]
    floor, ceiling = min(ticks), max(ticks)
    first, last = data["when"].min(), data["when"].max()

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        said = [(labels or {}).get(n, n) for n in names]
        need = math.ceil(max(fonts.width(words, bold=True) for words in said)) + 12
        left, right = (46, max(room, need)) if wide else (40, need)
        height = high if wide else int(high * 0.9)
        years = pd.date_range(f"{first[:4]}-01-01", f"{int(last[:4]) + 1}-01-01", freq="YS")
        shown = [d.strftime("%Y-%m-%d") for d in years if first <= d.strftime("%Y-%m-%d") <= last]
        x_axis = alt.Axis(
            values=[f"{d}T00:00:00" for d in shown], format="%Y", title=None, tickSize=5, grid=False
        )
        x = alt.X(
            "when:T",
            axis=x_axis,
            scale=alt.Scale(domain=[f"{first}T00:00:00", f"{last}T00:00:00"], nice=False),
        )
        scale = (
            alt.Scale(type="log", domain=[floor, ceiling], nice=False)
            if log
            else alt.Scale(domain=[floor, ceiling], nice=False)
        )
        y = alt.Y(
            f"{value}:Q", scale=scale, axis=alt.Axis(values=list(ticks), title=title, format=tick_format)
        )
        colour = alt.Color(
            f"{series}:N", scale=alt.Scale(domain=names, range=[colours[n] for n in names]), legend=None
        )
        line = alt.Chart(data).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour)
        points = alt.Chart(data).mark_point(filled=True, size=26).encode(x=x, y=y, color=colour)
        ends = data.sort_values("when").groupby(series, as_index=False).tail(1).copy()
        ends["end"] = ends[series].map(lambda n: (labels or {}).get(n, n))
        # labels of close endings are pushed apart, in the order of their values
        ends = ends.sort_values(value, ascending=False)

        def fraction(v: float) -> float:
            if log:
                return float((np.log(ceiling) - np.log(v)) / (np.log(ceiling) - np.log(floor)))
            return (ceiling - v) / (ceiling - floor)

        positions: list[float] = []
        for v in ends[value]:
            want = fraction(float(v)) * height
            positions.append(max(want, positions[-1] + 16) if positions else want)
        over = max(0.0, (positions[-1] if positions else 0) - height)
        ends["py"] = [p - over for p in positions]
        # labels stand in the margin; a hairline leads from a series that ended earlier
        plot = width - left - right
        tags = (
            alt.Chart(ends)
            .mark_text(align="left", fontSize=12, fontWeight=600, color=T["ink"])
            .encode(x=alt.value(plot + 8), y=alt.Y("py:Q", scale=None, axis=None), text="end:N")
        )
        early = ends[ends["when"] < last]
        leads = (
            alt.Chart(early)
            .mark_rule(color=T["rule"], strokeDash=[1, 3])
            .encode(x=x, x2=alt.value(plot), y=y)
        )
        layers: list[Any] = []
        if level is not None:
            # drawn with the chart's own axes: a layer with a default axis would thin the ticks of all
            begin, end, height_usd, words = level
            span = pd.DataFrame(
                {
                    "when": [f"{begin}T00:00:00"],
                    "until": [f"{end}T00:00:00"],
                    value: [height_usd],
                    "text": [words],
                }
            )
            drawn = alt.Chart(span).encode(x=x, y=y)
            # without a scale of its own: Vega-Lite cannot bring days in a domain to the second end of a rule
            ends_x = alt.X("when:T", axis=x_axis)
            layers.append(
                drawn.mark_rule(strokeDash=[5, 3], strokeWidth=2, color=T["ink2"]).encode(
                    x=ends_x, x2="until:T"
                )
            )
            layers.append(
                drawn.mark_text(align="right", dx=-6, fontSize=12, color=T["ink2"]).encode(text="text:N")
            )
        if marker is not None and first <= marker <= last:
            when = pd.DataFrame({"when": [marker]})
            layers.append(alt.Chart(when).mark_rule(color=T["ink3"]).encode(x=x))
            layers.append(
                alt.Chart(when.assign(text="27 Jan 2025"))
                .mark_text(align="right", dx=-5, baseline="top", fontSize=12, color=T["ink3"])
                .encode(x=x, y=alt.value(2), text="text:N")
            )
        layers += [leads, line, points] if len(early) else [line, points]
        base = layered(*layers).resolve_scale(y="shared")
        return theme.frame(
            layered(base, tags).resolve_scale(y="independent"),
            width,
            height,
            left=left,
            right=right,
            top=26,
            bottom=28,
        )

    return chart


def _full_date(text: str) -> str:
    """Return a stated date as a day: a month alone becomes its 15th."""
    return text if len(text) == 10 else f"{text}-15" if len(text) == 7 else f"{text}-07-01"


def capex(model: Model) -> Exhibit:
    """Return capital spending of 2024 and 2025 against the guidance of early 2025, by firm and definition."""
    table = report.capex_plans(model)
    table["over_pct"] = [
        (a / g - 1) * 100 if pd.notna(a) and pd.notna(g) else np.nan
        for a, g in zip(table["actual_2025"].astype(float), table["guided"].astype(float), strict=True)
    ]
    table = table[table[["actual_2024", "guided", "actual_2025"]].notna().any(axis=1)].reset_index(drop=True)
    if table.empty:
        return not_public("market-capex", "Capital spending against guidance", model)
    blocks = list(dict.fromkeys(table["basis"]))
    rows: list[dict[str, object]] = []
    slot = 0.0
    heads: list[tuple[float, str]] = []
    for block in blocks:
        heads.append((slot, block))
        slot += 1
        for record in table[table["basis"] == block].to_dict("records"):
            rows.append({**record, "row": slot})
            slot += 1
    shown = pd.DataFrame(rows)
    count = int(slot)
    shown["label"] = shown["company"]
    shown["numbers"] = [
        " → ".join("–" if pd.isna(v) else f"{v:.3g}" for v in (a, g, b))
        for a, g, b in zip(shown["actual_2024"], shown["guided"], shown["actual_2025"], strict=True)
    ]
    shown["over"] = [
        "–" if pd.isna(v) else f"{signed(v, 0)}%" if v < 0 else f"+{v:.0f}%" for v in shown["over_pct"]
    ]

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (100, 190) if wide else (14, 12)
        plot = width - left - right
        values = (
            pd.concat([shown["actual_2024"], shown["guided"], shown["actual_2025"]]).astype(float).dropna()
        )
        top = float(values.max()) * 1.05
        ticks = round_ticks(0, top, wide)
        axis = value_axis(ticks, "$bn a year", wide)
        scale = alt.Scale(domain=[0, top], nice=False)
        y = row_axis(count)
        marks = shown.melt(
            id_vars=["row"],
            value_vars=["actual_2024", "guided", "actual_2025"],
            var_name="what",
            value_name="value_usd_b",
        ).dropna()
        marks["value_usd_b"] = marks["value_usd_b"].astype(float)
        names = {
            "actual_2024": "2024 spent",
            "guided": "2025 as guided in January–February 2025",
            "actual_2025": "2025 spent",
        }
        if not wide:
            names["guided"] = "2025 as guided"
        marks["what"] = marks["what"].map(names)
        kinds = list(names.values())
        line = (
            alt.Chart(
                shown.assign(
                    low=shown[["actual_2024", "guided", "actual_2025"]].astype(float).min(axis=1),
                    high=shown[["actual_2024", "guided", "actual_2025"]].astype(float).max(axis=1),
                )
            )
            .mark_rule(color=T["rule"], strokeWidth=3)
            .encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", y=y)
        )
        dots = [
            alt.Chart(marks[marks["what"] == kind])
            .mark_point(
                filled=True, shape=form, size=90, fill=fill, stroke=T["ink"], strokeWidth=1.4, opacity=1
            )
            .encode(x=alt.X("value_usd_b:Q", scale=scale, axis=axis), y=y)
            for kind, form, fill in zip(
                kinds, ("circle", "diamond", "circle"), (T["neutral"], T["paper"], T["ink"]), strict=True
            )
        ]
        legend: list[Any] = []
        at = -left + 8.0 if wide else 6.0
        for kind, form, fill in zip(
            kinds, ("circle", "diamond", "circle"), (T["neutral"], T["paper"], T["ink"]), strict=True
        ):
            spot = pd.DataFrame({"text": [kind]})
            legend.append(
                alt.Chart(spot)
                .mark_point(
                    filled=True, shape=form, size=90, fill=fill, stroke=T["ink"], strokeWidth=1.4, opacity=1
                )
                .encode(x=alt.value(at), y=alt.value(-32))
            )
            legend.append(
                alt.Chart(spot)
                .mark_text(align="left", fontSize=12, color=T["ink2"])
                .encode(x=alt.value(at + 10), y=alt.value(-32), text="text:N")
            )
            at += 24 + 6.1 * len(kind)
        head = pd.DataFrame(heads, columns=["row", "text"])
        head["text"] = head["text"].map(upper)
        heading = (
            alt.Chart(head)
            .mark_text(align="left", fontSize=12, color=T["ink3"], dy=4)
            .encode(x=alt.value(-left + 2 if wide else 0), y=y, text="text:N")
        )
        layers: list[Any] = [line, *dots, heading, row_names(shown, count, wide), *legend]
        if wide:
            layers += text_columns(
                shown,
                count,
                [
                    ("numbers", "2024 → guided → 2025", plot + 128, False),
                    ("over", "over plan", plot + 188, True),
                ],
            )
        else:
            layers += text_columns(shown, count, [("over", "", plot, True)], -16)
        return theme.frame(
            layered(*layers), width, count * (28 if wide else 40), left=left, right=right, top=46, bottom=44
        )

    total = report.capex_year(model, 2025)
    title = spending(model) or "Plans for 2025 stood before the news; what was spent came later"
    recalled = shown[shown["guided_verified"] == "recalled"]["company"].tolist()
    before = report.capex_year(model, 2024)
    together = (
        f" Four together, cash basis: {format_number(before, 'USD billion', 'observed')} in 2024, {format_number(total, 'USD billion', 'observed')} in 2025."
        if total is not None and before is not None
        else ""
    )
    return Exhibit(
        "market-capex",
        title,
        "Capital expenditure, $bn a year. Guidance stands beside spending of the same definition, save for Microsoft’s, which left out all but AI",
        f"Cash figures from SEC filings; guidance as given with results or announcements of January and February 2025.{together}"
        + (f" † {listed(recalled)}: guidance recalled, not read." if recalled else "")
        + " Microsoft’s plan was for AI data centres alone in the year to June 2025; beside it stands all it spent in that year.",
        "Dot chart of capital spending in 2024, as guided for 2025 and in 2025. "
        + "; ".join(f"{r.company} ({r.basis}) {r.numbers}" for r in shown.pipe(rows_of))
        + ".",
        shown[
            [
                "company",
                "basis",
                "actual_2024",
                "guided",
                "guided_on",
                "guided_verified",
                "actual_2025",
                "over_pct",
            ]
        ],
        sources=("oc_amzn_capex", "oc_msft_capex", "oc_googl_capex", "oc_meta_capex", "PRN_META_Q425"),
        chart=chart,
        how=(
            "Cash: purchases of property and equipment in the cash-flow statement, four calendar quarters. Meta guides on a basis that "
            "adds principal payments on finance leases, so its guidance is compared with those figures only. Microsoft states its own "
            "with finance leases for a fiscal year to June, and its plan covered AI data centres alone: more in all is no proof of "
            "more of the same."
        ),
    )


def nvidia_revenue(model: Model) -> Exhibit:
    """Return Nvidia's data-centre revenue by quarter with the brokers' expectation of February 2025."""
    table = report.nvidia_quarters(model).assign(series="Nvidia")
    if len(table) < 4:
        return not_public("market-nvidia-revenue", "Nvidia’s data-centre revenue", model)
    expected, actual = report.nvidia_expected(model), report.nvidia_year(model)
    table["label"] = ""
    last = table.iloc[-1]
    top = float(table["amount_usd_b"].max())
    ticks = round_ticks(0, top * 1.08, True)
    ticks = ticks if ticks[-1] >= top else [*ticks, ticks[-1] + ticks[1]]
    known = expected is not None and table["period"].str.startswith("FY2026").any()
    level = (
        ("2025-01-27", "2026-01-25", float(expected or 0) / 4, "expected, mean quarter") if known else None
    )
    chart = _series_chart(
        table,
        value="amount_usd_b",
        series="series",
        colours={"Nvidia": T["ink"]},
        title="$bn a quarter",
        ticks=ticks,
        labels={"Nvidia": f"{last['amount_usd_b']:.0f}"},
        marker="2025-01-27",
        level=level,
        room=44,
    )
    if expected is not None and actual is not None:
        gap = actual / expected - 1
        word = "beat" if gap > 0.01 else "missed" if gap < -0.01 else "met"
        title = f"Nvidia’s data-centre revenue {word} what brokers still expected three weeks after the scare"
        tail = f" Fiscal 2026: expected {format_number(expected, 'USD billion', 'observed')}, came in at {format_number(actual, 'USD billion', 'observed')}."
    else:
        title, tail = "Nvidia’s data-centre revenue had grown every quarter before the scare", ""
        if not table["amount_usd_b"].is_monotonic_increasing:
            title = "Nvidia’s data-centre revenue before and after the scare"
    return Exhibit(
        "market-nvidia-revenue",
        title,
        "Nvidia, data-centre revenue by quarter, $bn. Dashed: brokers’ consensus of 18 February 2025 for fiscal 2026, a quarter of it",
        f"Company figures; Visible Alpha consensus.{tail} No consensus from before 27 January was found.",
        f"Line of Nvidia’s quarterly data-centre revenue from {table['amount_usd_b'].iloc[0]:.1f} to {last['amount_usd_b']:.1f} billion dollars.{tail}",
        table[["period", "date", "amount_usd_b", "source_id"]],
        sources=tuple(dict.fromkeys([*table["source_id"], "VA_NVDA_0218"])),
        chart=chart,
        how="Quarters are fiscal; fiscal 2026 runs from 27 January 2025 to 25 January 2026, by chance from the day of the fall.",
    )


def clouds(model: Model) -> Exhibit:
    """Return year-on-year growth of the three clouds by quarter."""
    table = report.cloud_growth(model)
    table = table[table["date"] >= "2023-01-01"]
    if table.empty:
        return not_public("market-clouds", "Growth of the clouds", model)
    top = float(table["growth_pct"].max())
    ticks = list(range(0, int(top) + 11, 10))
    colours = {"AWS": T["c2"], "Azure": T["c3"], "Google Cloud": T["c1"]}
    last = table.groupby("cloud").tail(1).set_index("cloud")
    before = table[table["date"] < "2025-01-27"].groupby("cloud").tail(1).set_index("cloud")
    labels = {c: f"{c} {last.loc[c, 'growth_pct']:.0f}%" for c in last.index}
    chart = _series_chart(
        table,
        value="growth_pct",
        series="cloud",
        colours=colours,
        title="% on the year",
        ticks=ticks,
        labels=labels,
        marker="2025-01-27",
        room=124,
    )
    common = [c for c in last.index if c in before.index]
    faster = [c for c in common if last.loc[c, "growth_pct"] > before.loc[c, "growth_pct"]]
    after = str(table["date"].max()) > "2025-01-27"
    title = (
        "Growth of the clouds before the news"
        if not after
        else f"All {number_word(len(faster)).lower()} clouds grow faster than before the news"
        if len(faster) == len(common)
        else f"{listed(faster)} grow{'s' if len(faster) == 1 else ''} faster than before the news"
        if faster
        else "No cloud grows faster than before the news"
    )
    recalled = int((table["verified"] == "recalled").sum())
    return Exhibit(
        "market-clouds",
        title,
        "Revenue growth on the year by quarter, %. AWS and Google Cloud from revenue; Azure as Microsoft states it",
        "Company results." + (f" {recalled} quarters recalled, not read (before 2025)." if recalled else ""),
        "Lines of cloud growth. Latest: "
        + "; ".join(f"{c} {last.loc[c, 'growth_pct']:.0f} percent" for c in last.index)
        + ".",
        table,
        sources=("belcourt_amzn", "belcourt_googl", "belcourt_msft"),
        chart=chart,
        how="Growth is revenue of a quarter over the same quarter a year before, less one. Observed, from all causes.",
    )


def _labs(
    model: Model, table: pd.DataFrame, value: str, name: str, what: str, unit: str, source: str
) -> Exhibit:
    counts = table["company"].value_counts()
    table = table[table["company"].isin(counts[counts > 1].index)]
    if table.empty:
        return not_public(name, what, model)
    colours = {"OpenAI": T["c1"], "Anthropic": T["c2"], "xAI": T["c3"], "Mistral AI": T["c5"]}
    last = table.groupby("company").tail(1).set_index("company")[value]
    before = table[table["date"] < "2025-01-27"].groupby("company").tail(1).set_index("company")[value]
    lowest, highest = float(table[value].min()), float(table[value].max())
    ticks = [t for t in (0.01, 0.1, 1, 10, 100, 1000) if lowest / 10 < t < highest * 10]
    labels = {str(c): f"{c} {v:,.0f}" if v >= 10 else f"{c} {v:.1f}" for c, v in last.items()}
    chart = _series_chart(
        table,
        value=value,
        series="company",
        colours=colours,
        title="$bn, log scale",
        log=True,
        ticks=ticks,
        tick_format="~g",
        labels=labels,
        marker="2025-01-27",
        room=112,
    )
    first_two = [c for c in ("OpenAI", "Anthropic") if c in last and c in before]
    grown = [
        f"{c} ×{last[c] / before[c]:.1f}" if last[c] / before[c] < 10 else f"{c} ×{last[c] / before[c]:.0f}"
        for c in first_two
    ]
    after = str(table["date"].max()) > "2025-01-31"
    title = f"{what} since January 2025: {listed(grown)}" if after and grown else f"{what} before the news"
    return Exhibit(
        name,
        title,
        f"{what} as reported, $bn, log scale. {unit}",
        source,
        f"Lines of {in_sentence(what)} on a log scale. Latest: "
        + "; ".join(f"{c} {v:,.4g} billion dollars" for c, v in last.items())
        + ".",
        table,
        sources=tuple(dict.fromkeys(table["source_id"])),
        chart=chart,
        how="Factors compare the last report with the last one before 27 January 2025. Company and press statements of different kinds, not audited.",
    )


def lab_revenue(model: Model) -> Exhibit:
    """Return annualised revenue of the model labs as reported."""
    return _labs(
        model,
        report.lab_revenues(model),
        "amount_usd_b",
        "market-lab-revenue",
        "Annualised revenue of the labs",
        "Points are reports of different kinds",
        "Company and press reports, collected by Epoch AI and others; not audited.",
    )


def lab_valuation(model: Model) -> Exhibit:
    """Return valuations of the model labs in funding rounds."""
    return _labs(
        model,
        report.lab_valuations(model),
        "valuation_usd_b",
        "market-lab-valuation",
        "Valuations of the labs",
        "Points are funding rounds, tenders and deals",
        "Funding reports, collected by Epoch AI and others; private marks, not cash.",
    )
