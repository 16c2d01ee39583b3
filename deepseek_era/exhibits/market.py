"""Exhibits of the market part: one function per chart or table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.exhibits import theme
from deepseek_era.exhibits.base import Column, Exhibit
from deepseek_era.figures import MINUS, format_number
from deepseek_era.market import report
from deepseek_era.market.report import rows_of
from deepseek_era.market.study import group_label
from deepseek_era.market.words import NAMES, STARGATE_END, finding, join, short_name, upper
from deepseek_era.model import Model

T = theme.TOKENS
RETURNS_LINE = "Daily total returns compiled over several public copies"
SOURCES = ("OWN_RETURNS", "px_factorattr", "px_corrcheck", "px_zoomies")
FALSE_DISCOVERY = 0.10
PATH_SCALE = 20.0  # percentage points within which the paths' axis is close to linear


def _signed(value: float, decimals: int = 1) -> str:
    text = f"{abs(value):.{decimals}f}"
    return (MINUS if value < 0 and float(text) != 0 else "") + text


def _range(low: float, high: float, decimals: int = 1) -> str:
    return f"{_signed(low, decimals)} to {_signed(high, decimals)}"


def _probability(p: float) -> str:
    return "–" if not np.isfinite(p) else "<0.01" if p < 0.01 else f"{p:.2f}"


def _not_public(name: str, what: str, model: Model) -> Exhibit:
    """Return a stand-in for an exhibit whose facts were not public at the vintage, or are not in a user's file."""
    file = str(model.parameters.setting("returns_file"))
    why = "not in the returns file" if file else "not public yet"
    note = f"Not in {file.split('/')[-1]}" if file else f"Not public by {model.parameters.vintage}"
    data = pd.DataFrame({"note": [note]})

    def chart(width: int) -> alt.TopLevelMixin:
        text = (
            alt.Chart(data)
            .mark_text(align="left", fontSize=13, color=T["ink3"])
            .encode(x=alt.value(0), y=alt.value(14), text="note:N")
        )
        return theme.frame(text, width, 28, left=4, right=4, top=2, bottom=6)

    return Exhibit(
        name,
        f"{what}: {why}",
        f"{note}: nothing can be shown",
        "No facts for this run.",
        f"Empty: {what}, {why}.",
        data,
        chart=chart,
    )


def _x_axis(values: Sequence[float], title: str | None, wide: bool) -> alt.Axis:
    whole = all(float(v).is_integer() for v in values)
    return alt.Axis(values=list(values), title=title, format=",.0f" if whole else ",.1f", grid=True)


def _ticks(low: float, high: float, wide: bool) -> list[float]:
    """Return round tick values that cover the range, few on narrow charts."""
    span = high - low
    for step in (0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000):
        if span / step <= (9 if wide else 5):
            break
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [k * step for k in range(first, last + 1)]


def _padded(values: Sequence[float], share: float = 0.04) -> tuple[float, float]:
    known = [v for v in values if np.isfinite(v)]
    low, high = min(*known, 0.0), max(*known, 0.0)
    pad = max(high - low, 1.0) * share
    return low - pad, high + pad


def _layered(*layers: Any) -> Any:
    # altair's own signature widens to facets, which a frame cannot hold
    return alt.layer(*layers)


def _rows_y(count: int) -> alt.Y:
    return alt.Y("row:Q", scale=alt.Scale(domain=[count - 0.5, -0.5], nice=False, zero=False), axis=None)


def _side_scales() -> tuple[alt.Color, alt.Shape]:
    sides = ["loser", "neutral", "winner"]
    colour = alt.Color(
        "side:N", scale=alt.Scale(domain=sides, range=[theme.SIDE_COLOUR[s] for s in sides]), legend=None
    )
    shape = alt.Shape(
        "side:N", scale=alt.Scale(domain=sides, range=[theme.GLYPHS[s] for s in sides]), legend=None
    )
    return colour, shape


def _columns(
    frame: pd.DataFrame, count: int, columns: Sequence[tuple[str, str, float, bool]], y_shift: float = 0.0
) -> list[Any]:
    """Return text columns: field, header, x of its right edge in pixels, bold. Headers stand above the plot."""
    layers = []
    for name, header, x, bold in columns:
        base = alt.Chart(frame).encode(x=alt.value(x), y=_rows_y(count), text=f"{name}:N")
        layers.append(
            base.mark_text(
                align="right",
                fontSize=12,
                fontWeight=600 if bold else 400,
                color=T["ink"] if bold else T["ink2"],
                dy=y_shift,
            )
        )
        if header:
            top = alt.Chart(pd.DataFrame({"text": [header]})).mark_text(
                align="right", fontSize=12, color=T["ink3"]
            )
            layers.append(top.encode(x=alt.value(x), y=alt.value(-10), text="text:N"))
    return layers


def _names(frame: pd.DataFrame, count: int, wide: bool, field: str = "label", dy: float = -16) -> alt.Chart:
    mark = {"align": "right"} if wide else {"align": "left", "dy": dy}
    return (
        alt.Chart(frame)
        .mark_text(fontSize=13, color=T["ink"], **mark)
        .encode(x=alt.value(-12 if wide else 0), y=_rows_y(count), text=f"{field}:N")
    )


def _separators(count: int, left: float, width: float) -> alt.Chart:
    rows = pd.DataFrame({"row": [k - 0.5 for k in range(count + 1)]})
    return (
        alt.Chart(rows)
        .mark_rule(color=T["hair"])
        .encode(y=_rows_y(count), x=alt.value(left), x2=alt.value(width))
    )


def _day(model: Model) -> str:
    date = report.study(model).event.date
    return f"{date.day} {date:%B %Y}"


def _benchmark_words(model: Model) -> str:
    name = report.study(model).settings.benchmark
    return f"{name} ({report.BENCHMARK_NAMES.get(name, name)})"


def _method_line(model: Model) -> str:
    current = report.study(model)
    settings = current.settings
    normal = {
        "market": "market model",
        "market_adjusted": "market-adjusted",
        "constant_mean": "constant mean",
    }
    moved = f" {current.event.words}" if current.event.moved else ""
    return (
        f"{normal[settings.normal_model]}, {settings.return_kind} returns, {len(current.rows)} estimation days ending "
        f"{settings.estimation_gap + 1} before day 0, benchmark {_benchmark_words(model)}.{moved}"
    )


def forest(model: Model) -> Exhibit:
    """Return the forest plot of group CAARs on day 0, with each firm as a tick."""
    table = report.groups(model)
    firms = report.firms(model)
    if table is None or firms is None:
        return _not_public("market-forest", "Abnormal returns by group", model)
    table = table.copy()
    table["side"] = [report.side(p, e) for p, e in zip(table["p_placebo"], table["caar_pct"], strict=True)]
    table = table.sort_values("caar_pct").reset_index(drop=True)
    table["row"] = range(len(table))
    table["numbers"] = [
        f"{_signed(c)} ({_range(a, b)})"
        for c, a, b in zip(table["caar_pct"], table["low_pct"], table["high_pct"], strict=True)
    ]
    table["n_text"] = table["n"].astype(str)
    table["r_text"] = ["–" if not np.isfinite(r) else f"{r:.2f}" for r in table["r_bar"]]
    table["p_text"] = [_probability(p) for p in table["p_placebo"]]
    table["holm_text"] = [_probability(p) for p in table["p_holm"]]
    table["narrow_text"] = [
        f"n {n} · p {p}" for n, p in zip(table["n_text"], table["holm_text"], strict=True)
    ]
    ticks = firms[["group", "ticker", "car_pct"]].merge(
        table[["group", "row"]], on="group", validate="many_to_one"
    )
    ticks = ticks[ticks["group"].map(table.set_index("group")["n"]) > 1]
    count = len(table)

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (152, 266) if wide else (14, 10)
        plot = width - left - right
        domain = _padded([*firms["car_pct"], *table["low_pct"], *table["high_pct"]])
        axis = _x_axis(_ticks(*domain, wide), "Abnormal return on day 0, %", wide)
        x = alt.X("caar_pct:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis)
        y = _rows_y(count)
        colour, shape = _side_scales()
        zero = alt.Chart(pd.DataFrame({"caar_pct": [0.0]})).mark_rule(color=T["ink3"]).encode(x=x)
        firm = (
            alt.Chart(ticks)
            .mark_tick(color=T["neutral"], thickness=1, size=11, opacity=0.8, orient="vertical")
            .encode(x=alt.X("car_pct:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis), y=y)
        )
        bars = (
            alt.Chart(table)
            .mark_rule(strokeWidth=2.2)
            .encode(
                x=alt.X("low_pct:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis),
                x2="high_pct:Q",
                y=y,
                color=colour,
            )
        )
        dots = alt.Chart(table).mark_point(filled=True, size=80).encode(x=x, y=y, color=colour, shape=shape)
        layers: list[Any] = [
            _separators(count, -left if wide else 0, plot + right if wide else plot),
            zero,
            firm,
            bars,
            dots,
            _names(table, count, wide),
        ]
        if wide:
            layers += _columns(
                table,
                count,
                [
                    ("numbers", "% (95% interval)", plot + 128, True),
                    ("n_text", "n", plot + 152, False),
                    ("r_text", "r̄", plot + 186, False),
                    ("p_text", "p", plot + 220, False),
                    ("holm_text", "adj. p", plot + 264, False),
                ],
            )
        else:
            layers += _columns(table, count, [("numbers", "", plot, True)], -16)
        height = count * (29 if wide else 50)
        return theme.frame(
            _layered(*layers), width, height, left=left, right=right, top=24 if wide else 10, bottom=44
        )

    current = report.study(model)
    placebos = int(table["placebos"].max())
    short = f" {int(table['short'].sum())} firms have shorter histories." if table["short"].sum() else ""
    left_out = (
        f" Left out for lack of history: {', '.join(t for t, _ in current.excluded)}."
        if current.excluded
        else ""
    )
    data = table[
        [
            "group",
            "label",
            "n",
            "caar_pct",
            "low_pct",
            "high_pct",
            "se_pct",
            "r_bar",
            "p_placebo",
            "p_holm",
            "p_portfolio",
            "p_kp",
        ]
    ]
    return Exhibit(
        "market-forest",
        finding(table),
        f"Mean abnormal return by group on {_day(model)}, % against {_benchmark_words(model)}. Bars: 95% intervals that "
        "allow for correlation between firms. Ticks: firms. Colour: placebo p at most 0.05.",
        f"{RETURNS_LINE}; {_method_line(model)} {len(firms)} firms. p: {placebos} placebo dates; adj. p: Holm over "
        f"{count} groups; r̄: mean residual correlation, floored at 0.{short}{left_out}",
        f"Forest plot of mean abnormal returns of {count} groups on {_day(model)}. Lowest: "
        f"{table['label'].iloc[0]} at {table['numbers'].iloc[0]} percent. Highest: {table['label'].iloc[-1]} at "
        f"{table['numbers'].iloc[-1]} percent.",
        data,
        sources=SOURCES,
        chart=chart,
        how=(
            "Abnormal return $AR_{i0} = R_{i0} - \\hat\\alpha_i - \\hat\\beta_i R_{m0}$, coefficients by least squares on the "
            "estimation window. The group is tested as one portfolio: its residual variance $s^2$ already contains the "
            "correlation between firms, and the prediction error adds "
            "$V = s^2\\,[1 + 1/T + (R_{m0}-\\bar R_m)^2/\\sum_t (R_{mt}-\\bar R_m)^2]$. "
            "The placebo p-value is $(1 + \\#\\{|CAAR_b| \\ge |CAAR|\\})/(1 + B)$ over the days of the estimation window, each left "
            "out of its own fit. Grouping is a judgement; reasons stand in the table of groups."
        ),
        note="A tick is one firm, a glyph the mean of its group. Groups of one have no ticks and no r̄.",
    )


def benchmark_dumbbell(model: Model) -> Exhibit:
    """Return day-0 results by benchmark: how far the choice moves each group."""
    if report.groups(model) is None:
        return _not_public("market-benchmarks", "Day-0 results by benchmark", model)
    table = report.benchmarks(model).copy()
    if table["group"].isin(report.HEADLINE_GROUPS).any():
        table = table[table["group"].isin(report.HEADLINE_GROUPS)]
    own = report.study(model).settings.benchmark
    families = {
        "EWX": "broad",
        "RSP": "broad",
        "IWM": "broad",
        "VTI": "broad",
        "SPY": "broad",
        "QQQ": "Nasdaq-100 or technology",
        "XLK": "Nasdaq-100 or technology",
        "SMH": "semiconductors",
    }
    table["family"] = [("this report" if b == own else families[b]) for b in table["benchmark"]]
    order = (
        table[table["benchmark"] == own].sort_values("caar_pct")["group"].tolist()
        or table.groupby("group")["caar_pct"].mean().sort_values().index.tolist()
    )
    table["row"] = table["group"].map({g: k for k, g in enumerate(order)})
    ends = table.groupby(["group", "label", "row"], as_index=False).agg(
        low=("caar_pct", "min"), high=("caar_pct", "max")
    )
    ends["span"] = [_range(a, b) for a, b in zip(ends["low"], ends["high"], strict=True)]
    count = len(ends)
    nvidia = ends[ends["group"] == "nvidia"]
    gap = float((ends["high"] - ends["low"]).max())
    widest = ends.iloc[int((ends["high"] - ends["low"]).to_numpy().argmax())]

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (152, 116) if wide else (14, 10)
        plot = width - left - right
        domain = _padded([*table["caar_pct"]])
        axis = _x_axis(_ticks(*domain, wide), "Abnormal return on day 0, %", wide)
        scale = alt.Scale(domain=list(domain), nice=False)
        y = _rows_y(count)
        kinds = ["this report", "broad", "Nasdaq-100 or technology", "semiconductors"]
        # one legend for colour and shape: the same field and the same words merge
        legend = alt.Legend(
            title=None,
            orient="none",
            legendX=0 if wide else -4,
            legendY=-40 if wide else -64,
            direction="horizontal",
            columns=4 if wide else 2,
            symbolSize=70,
        )
        colour = alt.Color(
            "family:N",
            scale=alt.Scale(domain=kinds, range=[T["ink"], T["neutral"], T["c4"], T["c2"]]),
            legend=legend,
        )
        shape = alt.Shape(
            "family:N",
            scale=alt.Scale(domain=kinds, range=["circle", "circle", "square", "diamond"]),
            legend=legend,
        )
        line = (
            alt.Chart(ends)
            .mark_rule(color=T["rule"], strokeWidth=3)
            .encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", y=y)
        )
        zero = (
            alt.Chart(pd.DataFrame({"low": [0.0]}))
            .mark_rule(color=T["ink3"])
            .encode(x=alt.X("low:Q", scale=scale, axis=axis))
        )
        dots = (
            alt.Chart(table)
            .mark_point(filled=True, size=70)
            .encode(x=alt.X("caar_pct:Q", scale=scale, axis=axis), y=y, color=colour, shape=shape)
        )
        top = (
            alt.Chart(table[table["benchmark"] == own])
            .mark_point(filled=True, size=90, color=T["ink"])
            .encode(x=alt.X("caar_pct:Q", scale=scale, axis=axis), y=y)
        )
        layers: list[Any] = [
            _separators(count, -left if wide else 0, plot + right if wide else plot),
            zero,
            line,
            dots,
            top,
            _names(ends, count, wide),
        ]
        layers += _columns(
            ends,
            count,
            [("span", "range, %", plot + 112, True)] if wide else [("span", "", plot, True)],
            0 if wide else -16,
        )
        return theme.frame(
            _layered(*layers),
            width,
            count * (29 if wide else 48),
            left=left,
            right=right,
            top=46 if wide else 66,
            bottom=44,
        )

    moved = (
        "The benchmark plays no part in this model of normal returns"
        if gap < 0.05
        else (
            f"The choice of benchmark moves {NAMES.get(str(widest['group']), str(widest['group']))} by "
            f"{format_number(gap, 'pp', 'observed')}"
        )
    )
    turning = [NAMES.get(str(g), str(g)) for g in ends.loc[(ends["low"] < 0) & (ends["high"] > 0), "group"]]
    turned = f"it turns the sign of {join(turning)}" if turning else "it turns no group’s sign"
    of_nvidia = table[table["group"] == "nvidia"]
    words = ", ".join(
        f"{b} {_signed(v)}" for b, v in zip(of_nvidia["benchmark"], of_nvidia["caar_pct"], strict=True)
    )
    return Exhibit(
        "market-benchmarks",
        f"{moved}; {turned}",
        f"Mean abnormal return by group on {_day(model)}, %, against {len(set(table['benchmark']))} benchmarks",
        f"{RETURNS_LINE}; {_method_line(model)} Nvidia by benchmark: {words}.",
        f"Dumbbell chart: per group the range of day-0 abnormal returns over benchmarks. Nvidia runs from "
        f"{nvidia['span'].iloc[0] if len(nvidia) else 'none'} percent; the widest range is {widest['label']}.",
        table[
            [
                "benchmark",
                "family",
                "group",
                "label",
                "n",
                "caar_pct",
                "low_pct",
                "high_pct",
                "p_placebo",
                "market_pct",
            ]
        ],
        sources=SOURCES,
        chart=chart,
        how=(
            "A benchmark that holds the firms that were hit takes part of the shock out of them and makes untouched firms look "
            "like winners: with weights $w_j$ and shocks $u_j$ the estimate is $u_i - \\beta_i \\sum_j w_j u_j$. The report's "
            "own benchmark therefore weights all US-listed tickers equally and leaves out the firms studied."
        ),
    )


def value_change(model: Model) -> Exhibit:
    """Return the change of market value on day 0 by firm, the largest ones, USD billion."""
    table = report.values(model)
    groups = report.group_values(model)
    if table is None or groups is None or table.empty:
        return _not_public("market-value", "Change of market value", model)
    shown = table.reindex(table["change_usd_b"].abs().sort_values(ascending=False).index).head(14)
    shown = shown.sort_values("change_usd_b").reset_index(drop=True)
    shown["row"] = range(len(shown))
    shown["label"] = shown["name"].map(short_name)
    shown["side"] = np.where(shown["change_usd_b"] < 0, "loser", "winner")
    shown["text"] = [
        format_number(float(f"{v:.3g}"), "USD billion", "observed") for v in shown["change_usd_b"]
    ]
    shown["interval"] = [
        f"{_signed(c, 0)} ({_range(a, b, 0)})"
        for c, a, b in zip(shown["abnormal_usd_b"], shown["low_usd_b"], shown["high_usd_b"], strict=True)
    ]
    shown["shares"] = [f"{s / 1000:.1f}" for s in shown["shares_m"]]
    count = len(shown)
    lost = table[table["change_usd_b"] < 0]["change_usd_b"].sum()
    first = shown.iloc[0]

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (168, 276) if wide else (20, 10)
        plot = width - left - right
        domain = _padded([*shown["change_usd_b"], *shown["low_usd_b"], *shown["high_usd_b"]])
        axis = _x_axis(_ticks(*domain, wide), "Change of market value, $bn", wide)
        scale = alt.Scale(domain=list(domain), nice=False)
        y = _rows_y(count)
        colour, _ = _side_scales()
        bars = (
            alt.Chart(shown)
            .mark_bar(height=12)
            .encode(x=alt.X("change_usd_b:Q", scale=scale, axis=axis), x2=alt.datum(0), y=y, color=colour)
        )
        ends = (
            alt.Chart(shown)
            .mark_rule(color=T["ink"], strokeWidth=1.4)
            .encode(x=alt.X("low_usd_b:Q", scale=scale, axis=axis), x2="high_usd_b:Q", y=y)
        )
        zero = (
            alt.Chart(pd.DataFrame({"low_usd_b": [0.0]}))
            .mark_rule(color=T["ink3"])
            .encode(x=alt.X("low_usd_b:Q", scale=scale, axis=axis))
        )
        layers: list[Any] = [bars, ends, zero, _names(shown, count, wide)]
        if wide:
            layers += _columns(
                shown,
                count,
                [
                    ("text", "close to close", plot + 78, True),
                    ("interval", "abnormal (95%)", plot + 206, False),
                    ("shares", "shares, bn", plot + 272, False),
                ],
            )
        else:
            layers += _columns(shown, count, [("text", "", plot, True)], -16)
        return theme.frame(
            _layered(*layers),
            width,
            count * (26 if wide else 44),
            left=left,
            right=right,
            top=24 if wide else 10,
            bottom=44,
        )

    missing = len(report.study(model).firms) - len(table)
    others = -float(lost) + float(first["change_usd_b"])
    share = float(first["change_usd_b"]) / float(lost) if lost else 0.0
    title = (
        f"{first['label']} alone lost {first['text'].lstrip(MINUS)}, "
        + (
            "more than all other falling firms together"
            if share > 0.5
            else f"{format_number(100 * share, '%', 'observed')} of what falling firms lost"
        )
        if first["change_usd_b"] < 0
        else "No firm of the study lost market value"
    )
    return Exhibit(
        "market-value",
        title,
        f"Change of market value on {_day(model)}, $bn: bars close to close, thin lines the 95% interval of the part beyond the "
        f"benchmark. The {count} largest of {len(table)} firms with a known share count.",
        f"{RETURNS_LINE}; shares implied by market values in a screener list of November 2024, so totals differ from the press by "
        f"the count alone. {missing} firms without a share count are left out. Other falling firms together: "
        f"{format_number(-others, 'USD billion', 'observed')}.",
        f"Bar chart of market value changes. {first['label']} changed by {first['text']}; the last bar is "
        f"{shown['label'].iloc[-1]} with {shown['text'].iloc[-1]}.",
        table.sort_values("change_usd_b")[
            [
                "ticker",
                "name",
                "group",
                "shares_m",
                "cap_usd_b",
                "return_pct",
                "change_usd_b",
                "abnormal_usd_b",
                "se_usd_b",
                "low_usd_b",
                "high_usd_b",
            ]
        ],
        sources=(*SOURCES, "px_alphacap"),
        chart=chart,
        how=(
            "Close to close: market value before the day times the return. Abnormal: market value times "
            "$\\prod_t(1 + AR_t) - 1$, with the standard error of the CAR scaled by market value."
        ),
    )


# --- drawings in pixels: rows of words, small multiples -----------------------------------------------------------------


def _px(field: str) -> alt.X:
    return alt.X(f"{field}:Q", scale=None, axis=None)


def _py(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", scale=None, axis=None)


def _text_at(rows: Sequence[tuple[float, float, str]], **mark: Any) -> alt.Chart:
    """Return text marks at pixel positions."""
    data = pd.DataFrame(rows, columns=["px", "py", "text"])
    style: dict[str, Any] = {
        "align": "left",
        "baseline": "middle",
        "fontSize": 13,
        "color": T["ink"],
        **mark,
    }
    return alt.Chart(data).mark_text(**style).encode(x=_px("px"), y=_py("py"), text="text:N")


def _wrap(text: str, limit: int) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > limit:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def _date_words(iso: str, *, year: bool = False) -> str:
    date = pd.Timestamp(iso)
    return f"{date.day} {date:%b %Y}" if year else f"{date.day} {date:%b}"


def ledger(model: Model) -> Exhibit:
    """Return the contamination ledger: what else moved prices, and which windows it falls into."""
    current = report.study(model)
    table = report.ledger(model)
    if table.empty:
        return _not_public("market-ledger", "Other news of the event weeks", model)
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
            dates.append((0, y, _date_words(str(row["date"]))))
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
            .encode(y=_py("py"), x=alt.value(0), x2=alt.value(plot)),
            _text_at(dates, fontWeight=600, fontSize=12, color=T["ink2"]),
            _text_at(texts),
            _text_at([t for t in small if t[2]], fontSize=12, color=T["ink3"]),
        ]
        if wide:
            dots = pd.DataFrame(marks, columns=["px", "py", "inside"])
            layers.append(
                alt.Chart(dots[dots["inside"]])
                .mark_square(size=110, color=T["ink2"], opacity=1)
                .encode(x=_px("px"), y=_py("py"))
            )
            layers.append(
                alt.Chart(dots[~dots["inside"]])
                .mark_square(size=16, color=T["rule"], opacity=1)
                .encode(x=_px("px"), y=_py("py"))
            )
            layers.append(
                _text_at(
                    [(c, -14, labels[k]) for c, k in zip(columns, keys, strict=True)],
                    align="center",
                    fontSize=12,
                    color=T["ink3"],
                )
            )
        return theme.frame(
            _layered(*layers), width, int(height), left=4, right=4, top=30 if wide else 8, bottom=6
        )

    covered = str(table["date"].min()) <= str(current.event.date) <= str(table["date"].max())
    title = (
        f"The ledger covers other weeks than those around {_day(model)}"
        if not covered
        else "Only the day itself is free of other news"
        if clean == ["[0, 0]"]
        else f"Only the window {join(clean)} is free of other news"
        if len(clean) == 1
        else f"The windows {join(clean)} are free of other news"
        if clean
        else f"Every window holds other news; {labels[keys[0]]} holds the least"
    )
    listed = table[["date", "time", "event", "touches", "day", *keys, "source_id", "verified"]].rename(
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
        listed,
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
        return _not_public("market-paths", "Paths after the event", model)
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
            numbers.append((x0, y0 + 26, f"{_signed(float(final[group]), 0)} pp"))
            zeros += [(x0, x0 + panel, float(vertical(float(v), y0)), v == 0) for v in grid]
            if order.index(group) % across == 0:
                ticks += [
                    (x0 - 6, float(vertical(float(v), y0)), _signed(v, 0))
                    for v in grid
                    if v in (-50, 0, 50, 200) or len(grid) < 5
                ]
            events.append((x0 + event_x, y0 + head, y0 + head + tall))
            side = "winner" if final[group] > 0 else "loser"
            ends.append((float(px.iloc[-1]), float(py.iloc[-1]), side))
        line = (
            alt.Chart(pd.concat(lines))
            .mark_line(strokeWidth=1.8, color=T["ink"])
            .encode(x=_px("px"), y=_py("py"), detail="group:N", order="px:Q")
        )
        rule = pd.DataFrame(zeros, columns=["x1", "x2", "py", "zero"])
        mark = pd.DataFrame(events, columns=["px", "y1", "y2"])
        dot = pd.DataFrame(ends, columns=["px", "py", "side"])
        colour, shape = _side_scales()
        grid_lines = (
            alt.Chart(rule[~rule["zero"]])
            .mark_rule(color=T["hair"])
            .encode(x=_px("x1"), x2="x2:Q", y=_py("py"))
        )
        zero_lines = (
            alt.Chart(rule[rule["zero"]])
            .mark_rule(color=T["ink3"])
            .encode(x=_px("x1"), x2="x2:Q", y=_py("py"))
        )
        day = alt.Chart(mark).mark_rule(color=T["rule"]).encode(x=_px("px"), y=_py("y1"), y2="y2:Q")
        dots = (
            alt.Chart(dot)
            .mark_point(filled=True, size=60)
            .encode(x=_px("px"), y=_py("py"), color=colour, shape=shape)
        )
        base_y = (down - 1) * (tall + head + 12) + head + tall + 14
        years = [(x, base_y, w) for x, w in ((30.0, _date_words(str(first.date()), year=True)),)]
        right = [(30 + panel, base_y, _date_words(last, year=True))]
        layers = [
            grid_lines,
            zero_lines,
            day,
            line,
            dots,
            _text_at(names, fontWeight=600),
            _text_at(numbers, fontSize=12, color=T["ink2"]),
            _text_at(ticks, align="right", fontSize=11, color=T["ink3"]),
            _text_at(years, fontSize=11, color=T["ink3"]),
            _text_at(right if panel > 130 else [], fontSize=11, color=T["ink3"], align="right"),
        ]
        height = down * (tall + head + 12) + 14
        return theme.frame(_layered(*layers), width, int(height), left=4, right=4, top=4, bottom=4)

    best, worst = order[0], order[-1]
    title = (
        f"{upper(NAMES[best])} ran {_signed(float(final[best]), 0)} pp ahead of the market by {pd.Timestamp(last):%B %Y}; "
        f"{NAMES[worst]} fell {_signed(abs(float(final[worst])), 0)} pp behind"
        if final[best] > 0 > final[worst]
        else f"{upper(NAMES[best])} did best of the groups, {NAMES[worst]} worst, by {pd.Timestamp(last):%B %Y}"
    )
    return Exhibit(
        "market-paths",
        title,
        f"Total return less the S&P 500’s (SPY) since the close of 24 January 2025, percentage points, to {_date_words(last, year=True)}; "
        "equal sums in each firm. Inverse-sinh scale. Vertical line: day 0",
        f"{RETURNS_LINE}; daily for 60 trading days, month ends after that. Observed, from all causes: not the effect of one day.",
        f"Small multiples of {len(order)} groups. "
        + "; ".join(f"{report.GROUPS[g]} {_signed(float(final[g]), 0)} pp" for g in order)
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
        left, right = (46, room) if wide else (36, min(room, 92))
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
        base = _layered(*layers).resolve_scale(y="shared")
        return theme.frame(
            _layered(base, tags).resolve_scale(y="independent"),
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
        return _not_public("market-capex", "Capital spending against guidance", model)
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
        "–" if pd.isna(v) else f"{_signed(v, 0)}%" if v < 0 else f"+{v:.0f}%" for v in shown["over_pct"]
    ]
    known = shown["over_pct"].dropna()
    beat = int((known > 0).sum())

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (100, 190) if wide else (14, 12)
        plot = width - left - right
        values = (
            pd.concat([shown["actual_2024"], shown["guided"], shown["actual_2025"]]).astype(float).dropna()
        )
        top = float(values.max()) * 1.05
        ticks = _ticks(0, top, wide)
        axis = _x_axis(ticks, "$bn a year", wide)
        scale = alt.Scale(domain=[0, top], nice=False)
        y = _rows_y(count)
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
        layers: list[Any] = [line, *dots, heading, _names(shown, count, wide), *legend]
        if wide:
            layers += _columns(
                shown,
                count,
                [
                    ("numbers", "2024 → guided → 2025", plot + 128, False),
                    ("over", "over plan", plot + 188, True),
                ],
            )
        else:
            layers += _columns(shown, count, [("over", "", plot, True)], -16)
        return theme.frame(
            _layered(*layers), width, count * (28 if wide else 40), left=left, right=right, top=46, bottom=44
        )

    total = report.capex_year(model, 2025)
    title = (
        f"{'Every' if beat == len(known) else f'{beat} of {len(known)}'} big spender{'' if beat == len(known) else 's'} spent more in 2025 than planned that winter"
        if beat
        else "Plans for 2025 stood before the news; what was spent came later"
        if known.empty
        else "No big spender spent more in 2025 than planned that winter"
    )
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
        "Capital expenditure, $bn a year. Guidance stands only beside spending of the same definition",
        f"Cash figures from SEC filings; guidance as given with results or announcements of January and February 2025.{together}"
        + (f" † {join(recalled)}: guidance recalled, not read." if recalled else "")
        + " Microsoft’s plan was for AI data centres in the year to June 2025.",
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
            "adds principal payments on finance leases, Microsoft on one with finance leases and a fiscal year to June; their guidance "
            "is compared with those figures only."
        ),
    )


def nvidia_revenue(model: Model) -> Exhibit:
    """Return Nvidia's data-centre revenue by quarter with the brokers' expectation of February 2025."""
    table = report.nvidia_quarters(model).assign(series="Nvidia")
    if len(table) < 4:
        return _not_public("market-nvidia-revenue", "Nvidia’s data-centre revenue", model)
    expected, actual = report.nvidia_expected(model), report.nvidia_year(model)
    table["label"] = ""
    last = table.iloc[-1]
    top = float(table["amount_usd_b"].max())
    ticks = _ticks(0, top * 1.08, True)
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
        return _not_public("market-clouds", "Growth of the clouds", model)
    top = float(table["growth_pct"].max())
    ticks = list(range(0, int(top) + 11, 10))
    colours = {"AWS": T["c2"], "Azure": T["c4"], "Google Cloud": T["c1"]}
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
        else "All three clouds grow faster than before the news"
        if len(faster) == len(common)
        else f"{join(faster)} grow{'s' if len(faster) == 1 else ''} faster than before the news"
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
        return _not_public(name, what, model)
    colours = {"OpenAI": T["c1"], "Anthropic": T["c2"], "xAI": T["c3"], "Mistral AI": T["c4"]}
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
    title = f"{what} since January 2025: {join(grown)}" if after and grown else f"{what} before the news"
    return Exhibit(
        name,
        title,
        f"{what} as reported, $bn, log scale. {unit}",
        source,
        f"Lines of {what.lower()} on a log scale. Latest: "
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


# --- the tests behind the day -------------------------------------------------------------------------------------------


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
            .encode(y=_py("py"), x=alt.value(0), x2=alt.value(plot)),
            alt.Chart(box)
            .mark_rect(color=T["s1"], opacity=1)
            .encode(x=_px("x1"), x2="x2:Q", y=_py("y1"), y2="y2:Q"),
            _text_at(label),
            _text_at(
                [t[:3] for t in first if t[3]], align="right", fontWeight=600, fontSize=12 if wide else 11.5
            ),
            _text_at(
                [t[:3] for t in first if not t[3]],
                align="right",
                fontSize=12 if wide else 11.5,
                color=T["ink2"],
            ),
            _text_at(second, align="right", fontSize=11, color=T["ink3"]),
            _text_at(small, align="right", fontSize=12, color=T["ink2"]),
            _text_at(heads, align="right", fontSize=12 if wide else 11, color=T["ink3"]),
        ]
        return theme.frame(_layered(*layers), width, len(rows) * tall, left=4, right=4, top=28, bottom=6)

    return chart


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


def tests_table(model: Model) -> Exhibit:
    """Return every test of day 0 by group, in order of authority."""
    table = report.groups(model)
    if table is None:
        return _not_public("market-tests", "Tests of day 0", model)
    table = table.sort_values("caar_pct").reset_index(drop=True)
    records = table.to_dict("records")
    cells = [[(_probability(r[k]), "", bool(r[k] <= report.SIGNIFICANT)) for k in TESTS] for r in records]
    aside = [
        [str(r["n"]), _signed(r["caar_pct"]), "–" if not np.isfinite(r["r_bar"]) else f"{r['r_bar']:.2f}"]
        for r in records
    ]
    floor = 1 / (1 + int(table["placebos"].max()))
    every = [k for k in TESTS if k not in ("p_sign", "p_holm")]
    unanimous = [
        NAMES.get(str(r["group"]), str(r["group"]))
        for r in records
        if r["p_placebo"] <= report.SIGNIFICANT
        and all(r[k] <= report.SIGNIFICANT for k in every if np.isfinite(r[k]))
    ]
    title = (
        f"Every test agrees on {join(unanimous)} alone" if unanimous else "On no group do all the tests agree"
    )
    return Exhibit(
        "market-tests",
        title,
        f"p-values of day 0 by test, {_day(model)}, from left to right in the order of what they can bear when firms share one "
        "date; the placebo is the headline, Holm its correction over the groups. Tint: at most 0.05",
        f"{upper(_method_line(model))} No placebo p is below {floor:.4f}: one over the dates plus one. Groups of one firm have "
        "no test across firms. Sign: descriptive, it assumes independent firms.",
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
            "Pynnönen (2011). Sign: Cowan (1992). Placebo: share of estimation days that moved as much. Holm (1979). The data hold "
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
        return _not_public("market-windows", "Abnormal returns by window", model)
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
        for row, effect, p in zip(cells, rows["caar_pct"], rows["p_placebo"], strict=True):
            row.append((_signed(effect), f"p {_probability(p)}", bool(p <= report.SIGNIFICANT)))
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
    first = f"{_count(counts['0'])} of {len(order)} groups stand{'s' if len(order) == 1 else ''} out on the first day"
    title = (
        f"{first}, {_count(counts[long[-1]]).lower()} over {'two weeks' if long[-1] == '0_10' else 'six days'}"
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
        f"{upper(_method_line(model))} Firm windows end before own results. Placebo dates: {', '.join(dates)}; few dates make a "
        "coarse p." + (f" Beyond the returns of this run: {', '.join(hidden)}." if hidden else ""),
        f"Grid of {len(order)} groups by {len(keys)} windows. {title}.",
        pd.concat(tables, ignore_index=True),
        sources=SOURCES,
        chart=_matrix(
            [group_label(g) for g in order], [(names[k], current.windows[k].label) for k in keys], cells
        ),
        how="CAR is the sum of daily abnormal returns, its variance $\\gamma' V \\gamma$ with the full prediction-error covariance.",
    )


def _count(number: int) -> str:
    words = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
    return words[number] if number < len(words) else str(number)


def firms(model: Model) -> Exhibit:
    """Return each firm's abnormal return of day 0, filled where it survives Benjamini and Hochberg's correction."""
    table = report.firms(model)
    if table is None:
        return _not_public("market-firms", "Abnormal returns by firm", model)
    table = table.copy()
    table["kept"] = table["p_bh"] <= FALSE_DISCOVERY
    order = table.groupby("group")["car_pct"].mean().sort_values().index.tolist()
    table["row"] = table["group"].map({g: k for k, g in enumerate(order)})
    table["side"] = np.where(~table["kept"], "neutral", np.where(table["car_pct"] < 0, "loser", "winner"))
    count = len(order)
    rows = pd.DataFrame({"row": range(count), "label": [group_label(g) for g in order]})
    falls, rises = int((table["side"] == "loser").sum()), int((table["side"] == "winner").sum())

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (152, 12) if wide else (14, 10)
        plot = width - left - right
        tall = 37 if wide else 60
        domain = _padded(table["car_pct"].tolist())
        axis = _x_axis(_ticks(*domain, wide), "Abnormal return on day 0, %", wide)
        scale = alt.Scale(domain=list(domain), nice=False)
        y = _rows_y(count)
        colour, shape = _side_scales()
        points = (
            alt.Chart(table)
            .mark_point(filled=True, size=60, opacity=0.9)
            .encode(x=alt.X("car_pct:Q", scale=scale, axis=axis), y=y, color=colour, shape=shape)
        )
        zero = (
            alt.Chart(pd.DataFrame({"car_pct": [0.0]}))
            .mark_rule(color=T["ink3"])
            .encode(x=alt.X("car_pct:Q", scale=scale, axis=axis))
        )
        # tickers where they fit, the largest moves first
        tags: list[tuple[float, float, str]] = []
        for row, part in table.groupby("row"):
            taken: list[tuple[float, float]] = []
            for record in part.reindex(part["car_pct"].abs().sort_values(ascending=False).index).pipe(
                rows_of
            ):
                x = (float(record.car_pct) - domain[0]) / (domain[1] - domain[0]) * plot
                half = 3.9 * len(str(record.ticker)) + 3
                x = min(max(x, half), plot - half)
                if all(x + half <= a or x - half >= b for a, b in taken):
                    taken.append((x - half, x + half))
                    tags.append((x, (float(row) + 0.5) * tall + (13 if wide else 14), str(record.ticker)))  # type: ignore[arg-type]
        words = _text_at(tags, align="center", fontSize=11, color=T["ink2"])
        # the zero line stops behind a ticker
        halo = _text_at(tags, align="center", fontSize=11, color=T["paper"], stroke=T["paper"], strokeWidth=3)
        base = _layered(
            _separators(count, -left if wide else 0, plot), zero, points, _names(rows, count, wide, dy=-20)
        )
        return theme.frame(
            _layered(base, halo, words).resolve_scale(x="independent", y="independent"),
            width,
            count * tall,
            left=left,
            right=right,
            top=6,
            bottom=44,
        )

    tested = len(table)
    title = (
        f"{falls} of {tested} firms fell beyond chance, {rises} rose"
        if falls + rises
        else f"None of {tested} firms moved beyond chance"
    )
    return Exhibit(
        "market-firms",
        title,
        f"Abnormal return of each firm on {_day(model)}, %. Coloured triangles: kept at a false discovery rate of one in ten "
        "(Benjamini–Hochberg); grey: not told from chance",
        f"{RETURNS_LINE}; {_method_line(model)}",
        f"Strip chart of {tested} firms in {count} groups. {title}.",
        table.sort_values("car_pct")[
            [
                "ticker",
                "name",
                "group",
                "raw_pct",
                "beta",
                "car_pct",
                "se_pct",
                "low_pct",
                "high_pct",
                "t",
                "p",
                "p_bh",
                "estimation_days",
            ]
        ],
        sources=SOURCES,
        chart=chart,
        how=(
            "Each firm’s t is its abnormal return over the prediction error, with as many degrees of freedom as estimation days less two. "
            "Benjamini and Hochberg’s correction bounds the expected share of false finds among those kept."
        ),
    )


def robustness(model: Model) -> Exhibit:
    """Return day-0 results by specification: which verdicts of the market survive a sceptic's choices."""
    if report.groups(model) is None:
        return _not_public("market-robustness", "Day-0 results by specification", model)
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
        domain = _padded(table["caar_pct"].tolist())
        axis = _x_axis(_ticks(*domain, wide), "Abnormal return on day 0, %", wide)
        x = alt.X("caar_pct:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis)
        y = _rows_y(count)
        colour, shape = _side_scales()
        zero = alt.Chart(pd.DataFrame({"caar_pct": [0.0]})).mark_rule(color=T["ink3"]).encode(x=x)
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
            _separators(count, -left if wide else 0, plot + right if wide else plot),
            zero,
            dots,
            mine,
            _names(rows, count, wide),
            *_columns(
                rows,
                count,
                [("text", "same verdict" if wide else "", plot + 92 if wide else plot, True)],
                0 if wide else -16,
            ),
        ]
        return theme.frame(
            _layered(*layers),
            width,
            count * (29 if wide else 48),
            left=left,
            right=right,
            top=24 if wide else 10,
            bottom=44,
        )

    title = (
        f"No choice of method changes the verdict on {join(steady)}"
        + (f"; on {join(shaky)} some do" if shaky else "")
        if steady
        else "Every group’s verdict depends on the method"
    )
    return Exhibit(
        "market-robustness",
        title,
        f"Mean abnormal return by group on {_day(model)}, %, under {total} specifications; colour and glyph: placebo p at most 0.05. "
        "Tick: as set for this run",
        "Specifications: " + ", ".join(str(v) for v in table["specification"].unique()) + ".",
        f"Dots of {count} groups by {total} specifications. {title}.",
        table[["specification", "group", "caar_pct", "low_pct", "high_pct", "p_placebo", "side"]],
        sources=SOURCES,
        chart=chart,
        how="Each specification changes one choice and reruns the whole study. 18 December 2024 was the one broad shock of the estimation window.",
    )


def stargate(model: Model) -> Exhibit:
    """Return the Stargate announcement as its own, opposite event: what rose then and fell on day 0."""
    table = report.stargate(model)
    if table is None:
        return _not_public("market-stargate", "The Stargate announcement", model)
    table = table[table["group"].isin(["clouds", "power", "semis", "nvidia"])]
    if len(table) < 3:
        return _not_public("market-stargate", "The Stargate announcement", model)
    shown = table.sort_values("up_pct", ascending=False).head(14).reset_index(drop=True)
    shown["row"] = range(len(shown))
    shown["label"] = shown["name"].map(short_name)
    shown["numbers"] = [_signed(v) for v in shown["up_pct"]]
    shown["numbers_day"] = [_signed(v) for v in shown["day_pct"]]
    shown["both"] = [f"{a} then {b}" for a, b in zip(shown["numbers"], shown["numbers_day"], strict=True)]
    count = len(shown)

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (168, 132) if wide else (16, 12)
        plot = width - left - right
        domain = _padded([*shown["up_pct"], *shown["day_pct"]])
        axis = _x_axis(_ticks(*domain, wide), "Abnormal return, %", wide)
        scale = alt.Scale(domain=list(domain), nice=False)
        y = _rows_y(count)
        line = (
            alt.Chart(shown)
            .mark_rule(color=T["rule"], strokeWidth=3)
            .encode(x=alt.X("up_pct:Q", scale=scale, axis=axis), x2="day_pct:Q", y=y)
        )
        zero = (
            alt.Chart(pd.DataFrame({"up_pct": [0.0]}))
            .mark_rule(color=T["ink3"])
            .encode(x=alt.X("up_pct:Q", scale=scale, axis=axis))
        )
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
            _separators(count, -left if wide else 0, plot + right if wide else plot),
            zero,
            line,
            before,
            after,
            _names(shown, count, wide),
        ]
        at = -left + 8.0 if wide else 6.0
        for text, fill in (("21–22 January", T["paper"]), (_day_short(model), T["ink"])):
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
            layers += _columns(
                shown,
                count,
                [("numbers", "Stargate", plot + 66, False), ("numbers_day", "day 0", plot + 126, True)],
            )
        else:
            layers += _columns(shown, count, [("both", "", plot, True)], -16)
        return theme.frame(
            _layered(*layers), width, count * (27 if wide else 46), left=left, right=right, top=44, bottom=44
        )

    oracle = shown[shown["ticker"] == "ORCL"]
    gains = float(shown["up_pct"].clip(lower=0).sum())
    given = (
        float(np.minimum(shown["up_pct"].clip(lower=0), (-shown["day_pct"]).clip(lower=0)).sum()) / gains
        if gains
        else 0.0
    )
    if report.study(model).event.date <= STARGATE_END:
        title = f"What rose on the Stargate days stood elsewhere on {_day_short(model)}, before them"
    elif len(oracle) and oracle["up_pct"].iloc[0] > 0 > oracle["day_pct"].iloc[0]:
        up, down = float(oracle["up_pct"].iloc[0]), float(-oracle["day_pct"].iloc[0])
        kept = (
            "gave all of it back"
            if down >= 0.95 * up
            else f"gave {format_number(100 * down / up, '%', 'observed')} of it back"
        )
        title = f"Oracle rose {_signed(up)}% on the Stargate days and {kept} on {_day_short(model)}"
    else:
        title = f"What rose on the Stargate days gave {format_number(100 * given, '%', 'observed')} of the gain back on {_day_short(model)}"
    groups = report.stargate_groups(model)
    words = ""
    if groups is not None:
        part = groups[groups["group"].isin(["power", "clouds", "semis"])]
        words = (
            " Groups on the Stargate days: "
            + "; ".join(
                f"{group_label(str(g))} {_signed(c)}% (p {_probability(p)})"
                for g, c, p in zip(part["group"], part["caar_pct"], part["p_placebo"], strict=True)
            )
            + "."
        )
    return Exhibit(
        "market-stargate",
        title,
        f"Abnormal return over 21 and 22 January 2025, when Stargate was announced, and on {_day(model)}, %. The {count} firms of "
        "chips, power and clouds that rose most on the first",
        f"{upper(_method_line(model))} Own estimation window for each event.{words}",
        f"Dumbbell of {count} firms between two events of opposite sign. {title}.",
        shown[["ticker", "name", "group", "up_pct", "up_se_pct", "up_p", "day_pct", "day_se_pct"]],
        sources=(*SOURCES, "STARGATE_KD"),
        chart=chart,
        how="The fall of day 0 partly reverses this rise, so the days are kept apart: an event of its own, with its own estimation window.",
    )


def _day_short(model: Model) -> str:
    date = report.study(model).event.date
    return f"{date.day} {date:%B}"


def cross_section(model: Model) -> Exhibit:
    """Return day-0 abnormal returns against how a firm had moved with Nvidia before."""
    table = report.exposures(model)
    fitted = report.cross_section(model)
    if table is None or fitted is None:
        return _not_public("market-cross-section", "Who fell, by exposure", model)
    mean_run = float(table["runup_pct"].mean())
    low, high = float(table["comovement"].min()), float(table["comovement"].max())
    ends = pd.DataFrame({"comovement": [low, high]})
    ends["car_pct"] = (
        fitted.coefficients[0]
        + fitted.coefficients[1] * ends["comovement"]
        + fitted.coefficients[2] * mean_run
    )
    interval = fitted.interval()
    slope = float(fitted.coefficients[1])
    clear = fitted.p[1] <= report.SIGNIFICANT
    families = {"semis": "chips", "power": "power", "clouds": "clouds"}
    table["family"] = table["group"].map(families).fillna("others")
    kinds = ["chips", "power", "clouds", "others"]
    present = [k for k in kinds if k in set(table["family"])]
    order = table.reindex(table["car_pct"].abs().sort_values(ascending=False).index)

    def chart(width: int) -> alt.TopLevelMixin:
        wide = width >= theme.WIDE
        left, right = (40, 34) if wide else (36, 14)
        plot, height = width - left - right, 270 if wide else 300
        pad_x, pad_y = (high - low) * 0.05, float(np.ptp(table["car_pct"])) * 0.06
        x_domain = [low - pad_x, high + pad_x]
        y_domain = [float(table["car_pct"].min()) - pad_y, float(table["car_pct"].max()) + pad_y]
        x_ticks = _ticks(low, high, wide)
        x_axis = alt.Axis(
            values=x_ticks, title="Earlier move per point of Nvidia’s own, beyond the market", format=".1f"
        )
        y_ticks = _ticks(y_domain[0], y_domain[1], False)
        y_axis = alt.Axis(values=y_ticks, title="Abnormal return on day 0, %", format=",.0f")
        x = alt.X("comovement:Q", scale=alt.Scale(domain=x_domain, nice=False), axis=x_axis)
        y = alt.Y("car_pct:Q", scale=alt.Scale(domain=y_domain, nice=False), axis=y_axis)
        colours = {"chips": T["c1"], "power": T["c2"], "clouds": T["c4"], "others": T["neutral"]}
        forms = {"chips": "circle", "power": "square", "clouds": "diamond", "others": "circle"}
        # one legend for colour and shape: the same field and the same words merge
        legend = alt.Legend(
            title=None, orient="none", legendX=0, legendY=-40, direction="horizontal", symbolSize=60
        )
        points = (
            alt.Chart(table)
            .mark_point(filled=True, size=46, opacity=0.9)
            .encode(
                x=x,
                y=y,
                color=alt.Color(
                    "family:N",
                    scale=alt.Scale(domain=present, range=[colours[k] for k in present]),
                    legend=legend,
                ),
                shape=alt.Shape(
                    "family:N",
                    scale=alt.Scale(domain=present, range=[forms[k] for k in present]),
                    legend=legend,
                ),
            )
        )
        line = alt.Chart(ends).mark_line(strokeDash=[5, 3], color=T["ink2"], strokeWidth=1.6).encode(x=x, y=y)
        zero = alt.Chart(pd.DataFrame({"car_pct": [0.0]})).mark_rule(color=T["ink3"]).encode(y=y)
        tags: list[tuple[float, float, str]] = []
        boxes: list[tuple[float, float, float, float]] = []
        dots = [
            (
                (c - x_domain[0]) / (x_domain[1] - x_domain[0]) * plot,
                (y_domain[1] - v) / (y_domain[1] - y_domain[0]) * height,
            )
            for c, v in zip(table["comovement"], table["car_pct"], strict=True)
        ]
        for record in order.pipe(rows_of):
            px = (float(record.comovement) - x_domain[0]) / (x_domain[1] - x_domain[0]) * plot + 7
            py = (y_domain[1] - float(record.car_pct)) / (y_domain[1] - y_domain[0]) * height
            wide_text = 7.2 * len(str(record.ticker))
            box = (px, px + wide_text, py - 7, py + 7)
            free = all(box[0] > b[1] or box[1] < b[0] or box[2] > b[3] or box[3] < b[2] for b in boxes)
            along = fitted.coefficients[0] + fitted.coefficients[2] * mean_run
            at = x_domain[0] + (px + wide_text / 2) / plot * (x_domain[1] - x_domain[0])
            line_py = (y_domain[1] - (along + slope * at)) / (y_domain[1] - y_domain[0]) * height
            clearway = abs(line_py - py) > 9 and not any(
                box[0] - 1 < dx < box[1] + 3 and box[2] - 2 < dy < box[3] + 2 for dx, dy in dots
            )
            if free and clearway and box[1] < plot + right and len(tags) < (24 if wide else 10):
                boxes.append(box)
                tags.append((px, py, str(record.ticker)))
        words = _text_at(tags, fontSize=11, color=T["ink2"])
        base = _layered(zero, line, points)
        return theme.frame(
            _layered(base, words).resolve_scale(x="independent", y="independent"),
            width,
            height,
            left=left,
            right=right,
            top=58,
            bottom=44,
        )

    direction = "fell more" if slope < 0 else "fell less"
    title = (
        f"Firms that had moved with Nvidia before {direction} on the day"
        if clear
        else "How closely a firm had moved with Nvidia does not tell how it fared on the day"
    )
    run = float(fitted.coefficients[2])
    return Exhibit(
        "market-cross-section",
        title,
        f"Abnormal return on {_day(model)}, %, against co-movement with Nvidia over the estimation window; one point is one firm. "
        "Dashed: regression at the mean run-up",
        f"Slope {_signed(slope)} ({_range(float(interval[0][1]), float(interval[1][1]))}) points per point of co-movement; run-up "
        f"{_signed(run, 2)} ({_range(float(interval[0][2]), float(interval[1][2]), 2)}) per percent earned before. HC3 errors, 95% intervals. "
        f"n = {fitted.n} firms of one day, which move together: read the slope as a description. R² {fitted.r_squared:.2f}.",
        f"Scatter of {fitted.n} firms. {title}; slope {_signed(slope)}.",
        table[["ticker", "name", "group", "comovement", "runup_pct", "car_pct", "se_pct"]],
        sources=SOURCES,
        chart=chart,
        how=(
            "Co-movement is the slope of a firm’s market-model residual on Nvidia’s, estimation window only, so it is dated before the event. "
            "Run-up is the total return over the same window. Revenue shares from AI are not published for these firms on one basis, so "
            "prices stand in. Firms with a short history and Nvidia itself are left out."
        ),
    )


def groups(model: Model) -> Exhibit:
    """Return the table of groups: members, and the reason they are together."""
    current = report.study(model)
    listed = model.facts.table("groups").set_index("ticker")
    records = []
    for group in current.groups:
        part = current.firms[current.firms["group"] == group]
        names = [
            short_name(n) + ("*" if short else "")
            for n, short in zip(part["name"], part["short"], strict=True)
        ]
        reason = next(
            (str(listed["reason"].get(t)) for t in part["ticker"] if t in listed.index),
            "group named in the returns file",
        )
        records.append(
            {
                "label": group_label(group),
                "n": len(part),
                "members": ", ".join(names),
                "reason": reason,
            }
        )
    data = pd.DataFrame(records)
    short = int(current.firms["short"].sum())
    return Exhibit(
        "market-groups",
        f"{len(current.firms)} firms stand in {len(data)} groups, each firm in one",
        "Groups of the study, their firms and why they stand together, by what each mainly sold before 20 January 2025",
        "Membership is this report’s judgement and a table that an editor can change. OpenAI and Anthropic, Scale AI and Surge are private: "
        "their groups are listed proxies."
        + (f" * history shorter than the estimation window ({short})." if short else ""),
        f"Table of {len(data)} groups with {len(current.firms)} firms.",
        data,
        sources=("OWN_GROUPS",),
        columns=(
            Column("label", "Group", weight=1.2),
            Column("n", "n", align="right", kind="number", weight=0.4),
            Column("members", "Firms", weight=3.4),
            Column("reason", "Why together", weight=2.4),
        ),
        how="Edit data/groups.csv: one row a firm, with its group and reason. A firm in two groups stops the run.",
    )
