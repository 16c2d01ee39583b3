"""Exhibits of the cost part: one function per chart or table, each takes the model.

Lines and points that were published or measured are solid; what the model computes is dashed. Colour never means
winning here, so marks stay in ink, grey and the category tones.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era.cost import architecture, breakthroughs, lookup, memory, price, report, serving, study
from deepseek_era.exhibits import theme
from deepseek_era.exhibits.base import ChartLike, Column, Control, Exhibit
from deepseek_era.figures import Figure, format_figure, format_number
from deepseek_era.model import Model

T = theme.TOKENS
Array = npt.NDArray[np.float64]
DASH = [5, 3]
NOTEBOOK = "Notebook 02-cost."
ARTICLE = {
    "shape": "diamond",
    "filled": True,
    "fill": T["paper"],
    "stroke": T["ink"],
    "strokeWidth": 1.5,
    "size": 80,
}


# ---------------------------------------------------------------- words


def _figure(model: Model, id: str) -> Figure:
    return report.figures(model)[id]


def _say(model: Model, id: str, part: str = "full") -> str:
    return format_figure(_figure(model, id), part)


def _value(model: Model, id: str) -> float | None:
    return _figure(model, id).value


def _date(text: str) -> str:
    day = dt.date.fromisoformat(str(text)[:10])
    return f"{day.day} {day.strftime('%B %Y')}"


def _month(text: str) -> str:
    return dt.date.fromisoformat(str(text)[:10]).strftime("%b %Y")


def _until(model: Model) -> str:
    return f"Facts to {_date(model.parameters.vintage.isoformat())}."


# ---------------------------------------------------------------- building blocks


def _layers(marks: Sequence[alt.Chart], width: int, height: int, **padding: int) -> alt.LayerChart:
    framed = theme.frame(alt.layer(*marks), width, height, **padding)
    assert isinstance(framed, alt.LayerChart)
    return framed


def _x(
    field: str,
    domain: Sequence[float],
    ticks: Sequence[float] | None = None,
    *,
    title: str = "",
    log: bool = False,
    labels: str | None = None,
    grid: bool = True,
) -> alt.X:
    scale = alt.Scale(type="log" if log else "linear", domain=list(domain), nice=False)
    axis = alt.Axis(
        title=title or None,
        values=list(ticks) if ticks is not None else alt.Undefined,
        grid=grid,
        labelExpr=labels or alt.Undefined,
    )
    return alt.X(f"{field}:Q", scale=scale, axis=axis)


def _y(
    field: str,
    domain: Sequence[float],
    ticks: Sequence[float] | None = None,
    *,
    title: str = "",
    log: bool = False,
    labels: str | None = None,
) -> alt.Y:
    scale = alt.Scale(type="log" if log else "linear", domain=list(domain), nice=False)
    axis = alt.Axis(
        title=title or None,
        values=list(ticks) if ticks is not None else alt.Undefined,
        labelExpr=labels or alt.Undefined,
    )
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def _text(
    frame: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    field: str = "text",
    *,
    align: str = "left",
    dx: float = 6,
    dy: float = 0,
    colour: str = T["ink2"],
    weight: int = 400,
    size: int = 12,
) -> alt.Chart:
    return (
        alt.Chart(frame)
        .mark_text(
            align=align, dx=dx, dy=dy, color=colour, fontWeight=weight, fontSize=size, baseline="middle"
        )
        .encode(x=x, y=y, text=f"{field}:N")
    )


def _pixel_text(
    text: str,
    x: float,
    y: float,
    *,
    align: str = "left",
    colour: str = T["ink2"],
    weight: int = 400,
    size: int = 12,
) -> alt.Chart:
    return (
        alt.Chart(pd.DataFrame({"t": [text]}))
        .mark_text(align=align, baseline="middle", color=colour, fontWeight=weight, fontSize=size)
        .encode(x=alt.value(x), y=alt.value(y), text="t:N")
    )


def _swatch(colour: str, x: float, y: float) -> alt.Chart:
    return (
        alt.Chart(pd.DataFrame({"t": [0]}))
        .mark_square(size=130, opacity=1, color=colour)
        .encode(x=alt.value(x), y=alt.value(y))
    )


def _vega_date(day: pd.Timestamp) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day)


def _time(field: str, start: pd.Timestamp, stop: pd.Timestamp, *, ticks: int) -> alt.X:
    scale = alt.Scale(domain=[_vega_date(start), _vega_date(stop)])
    return alt.X(
        f"{field}:T", scale=scale, axis=alt.Axis(title=None, format="%b %Y", tickCount=ticks, grid=False)
    )


LOG_PLAIN = "format(datum.value, ',~r')"


def _powers(low: float, high: float) -> list[float]:
    return [
        10.0**k for k in range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    ]


def _wrap_label(text: str, width: int) -> str:
    limit = 34 if width > theme.NARROW else 44
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


class Rows:
    """Rows of a dot or bar chart: names left and numbers right on the wide drawing, both above the row on phones."""

    def __init__(
        self, frame: pd.DataFrame, width: int, *, left: int, right: int, step: tuple[int, int] = (27, 40)
    ) -> None:
        self.wide = width > theme.NARROW
        self.width = width
        self.left = left if self.wide else 4
        self.right = right if self.wide else 8
        self.step = step[0] if self.wide else step[1]
        self.frame = frame.reset_index(drop=True).copy()
        self.frame["row"] = (np.arange(len(frame)) + (0.5 if self.wide else 0.68)) * self.step
        self.height = int(self.step * len(frame))
        self.plot = width - self.left - self.right

    def y(self) -> alt.Y:
        """Return the vertical position, pixels from the top."""
        return alt.Y(
            "row:Q", scale=alt.Scale(domain=[0, self.height], range=[0, self.height], nice=False), axis=None
        )

    def names(self, field: str = "label", weight: str | None = None) -> list[alt.Chart]:
        """Return the names of the rows."""
        frame = self.frame.assign(_up=self.frame["row"] - (0 if self.wide else 0.42 * self.step))
        y = alt.Y(
            "_up:Q", scale=alt.Scale(domain=[0, self.height], range=[0, self.height], nice=False), axis=None
        )
        kind = {"align": "right", "x": -10} if self.wide else {"align": "left", "x": 0}
        base = alt.Chart(frame).mark_text(
            align=kind["align"],
            baseline="middle",
            color=T["ink"],
            fontSize=13 if self.wide else 12,
        )
        return [base.encode(x=alt.value(kind["x"]), y=y, text=f"{field}:N")]

    def numbers(self, field: str = "number", head: str = "", inset: int = 0) -> list[alt.Chart]:
        """Return a column of numbers at the right edge (beside the name on phones)."""
        frame = self.frame.assign(_up=self.frame["row"] - (0 if self.wide else 0.42 * self.step))
        y = alt.Y(
            "_up:Q", scale=alt.Scale(domain=[0, self.height], range=[0, self.height], nice=False), axis=None
        )
        x = self.width - self.left - 2 - inset if self.wide else self.plot
        marks = [
            alt.Chart(frame)
            .mark_text(align="right", baseline="middle", color=T["ink"], fontWeight=600)
            .encode(x=alt.value(x), y=y, text=f"{field}:N")
        ]
        if head and self.wide:
            marks.append(
                alt.Chart(pd.DataFrame({"t": [head]}))
                .mark_text(align="right", color=T["ink3"], baseline="middle")
                .encode(x=alt.value(x), y=alt.value(-12), text="t:N")
            )
        return marks

    def rules(self) -> alt.Chart:
        """Return a hairline under every row."""
        frame = pd.DataFrame({"row": [self.step * (i + 1) for i in range(len(self.frame))]})
        left = -self.left + 4 if self.wide else 0
        right = self.width - self.left - 2 if self.wide else self.plot
        return (
            alt.Chart(frame)
            .mark_rule(color=T["hair"])
            .encode(x=alt.value(left), x2=alt.value(right), y=self.y())
        )

    def finish(self, marks: Sequence[alt.Chart], *, bottom: int = 44, top: int = 24) -> alt.LayerChart:
        """Return the chart in its frame."""
        return _layers(
            marks, self.width, self.height, left=self.left, right=self.right, top=top, bottom=bottom
        )


def _not_public(name: str, what: str, model: Model) -> Exhibit:
    """Return a table of one line in place of an exhibit whose facts were not public yet."""
    date = _date(model.parameters.vintage.isoformat())
    return Exhibit(
        name=name,
        title=f"Not yet public: {what}",
        subtitle=f"Facts known on {date}",
        source="No source public at this date.",
        alt=f"No data: {what} was not public on {date}.",
        data=pd.DataFrame({"fact": [what], "status": ["not yet public"]}),
        columns=(Column("fact", "Fact"), Column("status", "Status")),
    )


# ---------------------------------------------------------------- price

BANDS = (0.0, 80.0, 85.0, 90.0, 93.0, 96.0)
VERBOSITY_RANGE = (0.5, 4.0)


def _contour(cheap: price.Prices, dear: price.Prices, share: Array, discount: float, cached: float) -> Array:
    """Return the verbosity at which a call is `discount` percent cheaper, clipped to the drawn range."""
    low, high = VERBOSITY_RANGE
    found = price.verbosity_for_discount(discount, cheap, dear, share, cached)
    return np.clip(np.nan_to_num(found, nan=low), low, high)


def discount_map(model: Model) -> Exhibit:
    """Return the map of the whole-call discount over output share and verbosity, with the article's contour."""
    r1, o1 = study.prices_of(model, study.R1), study.prices_of(model, study.O1)
    if r1 is None or o1 is None:
        return _not_public("cost-discount-map", "list prices of R1 and o1", model)
    target = study.claim_value("F03")
    cached = model.parameters.central("cache_share")
    share = np.linspace(0.02, 1, 50)
    edges = sorted({*BANDS, target})
    shades = [T[f"s{i}"] for i in range(1, 7)]
    bands = []
    for i, edge in enumerate(edges):
        upper = _contour(r1, o1, share, edge, cached) if i else np.full_like(share, VERBOSITY_RANGE[1])
        lower = (
            _contour(r1, o1, share, edges[i + 1], cached)
            if i + 1 < len(edges)
            else np.full_like(share, VERBOSITY_RANGE[0])
        )
        name = (
            f"{edge:g}% or more"
            if i + 1 == len(edges)
            else f"{edge:g} to {edges[i + 1]:g}%"
            if i
            else f"below {edges[1]:g}%"
        )
        if np.any(upper > lower + 1e-9):
            bands.append(
                pd.DataFrame({"share": 100 * share, "low": lower, "high": upper, "band": name, "order": i})
            )
    data = pd.concat(bands, ignore_index=True)
    line = pd.DataFrame(
        {"share": 100 * share, "verbosity": price.verbosity_for_discount(target, r1, o1, share, cached)}
    )
    line = line[(line["verbosity"] <= VERBOSITY_RANGE[1]) & (line["verbosity"] >= VERBOSITY_RANGE[0])]
    some = study.thin(model, 180)
    draws = pd.DataFrame(
        {
            "share": 100 * price.output_share(model.draws["output_input_ratio"][some]),
            "verbosity": model.draws["verbosity"][some],
        }
    )
    draws = draws[draws["verbosity"].between(*VERBOSITY_RANGE)]
    middle = pd.DataFrame(
        {
            "share": [100 * float(price.output_share(model.parameters.central("output_input_ratio")))],
            "verbosity": [model.parameters.central("verbosity")],
        }
    )
    names = [b["band"].iloc[0] for b in bands]
    colours = [shades[min(int(b["order"].iloc[0]), 5)] for b in bands]

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        height, left, right = (330, 40, 150) if wide else (260, 34, 12)
        plot = width - left - right
        axis_title = "R1 output tokens per o1 output token"
        x = _x("share", (0, 100), (0, 25, 50, 75, 100), title="Output in o1's tokens, %", grid=False)
        y = _y("low", VERBOSITY_RANGE, (0.5, 1, 2, 3, 4), title=axis_title)
        yv = _y("verbosity", VERBOSITY_RANGE, (0.5, 1, 2, 3, 4), title=axis_title)
        scale = alt.Scale(domain=names, range=colours)
        area = (
            alt.Chart(data)
            .mark_area(fillOpacity=1)
            .encode(
                x=x, y=y, y2="high:Q", detail="band:N", color=alt.Color("band:N", scale=scale, legend=None)
            )
        )
        dots = alt.Chart(draws).mark_circle(size=7, color=T["ink"], opacity=0.45).encode(x=x, y=yv)
        contour = alt.Chart(line).mark_line(strokeDash=DASH, color=T["ink"], strokeWidth=2).encode(x=x, y=yv)
        ring = (
            alt.Chart(middle)
            .mark_point(filled=True, fill=T["paper"], stroke=T["ink"], strokeWidth=2.5, size=110)
            .encode(x=x, y=yv)
        )
        equal = alt.Chart(pd.DataFrame({"low": [1.0]})).mark_rule(color=T["ink3"]).encode(y=y)
        end = line.tail(1).assign(text=f"{target:g}% cheaper")
        marks = [area, equal, dots, contour, ring]
        if wide:
            marks += [
                _text(end, x, yv, dx=8, colour=T["ink"], weight=600),
                _pixel_text("equal length", plot + 8, height * (1 - 0.5 / 3.5), colour=T["ink3"]),
                _pixel_text("Call cheaper by", plot + 14, 8, colour=T["ink3"]),
            ]
            for i, (name, colour) in enumerate(zip(names[::-1], colours[::-1], strict=True)):
                marks += [_swatch(colour, plot + 20, 28 + 19 * i), _pixel_text(name, plot + 32, 28 + 19 * i)]
        else:
            marks.append(_text(end, x, yv, dx=-4, dy=-12, align="right", colour=T["ink"], weight=600))
        return _layers(marks, width, height, left=left, right=right, top=28, bottom=44)

    needed = _say(model, "cost.api.verbosity_for_93", "value")
    return Exhibit(
        name="cost-discount-map",
        title=f"A call is {target:g}% cheaper only where R1 writes about {needed.lstrip('×')} times as much as o1",
        subtitle="Whole-call discount of R1 against o1 at launch list prices, by output share and verbosity. Dashed: the article's figure. Dots: joint draws; ring: their middle.",
        source=f"List prices of January 2025; {format_number(cached, 'share', 'judgement')} of input cached; verbosity and mix are judgements. {NOTEBOOK}",
        alt=f"Map of the discount over output share and verbosity. At equal length every mix is {_say(model, 'cost.api.discount_mix_low', 'value')} or more cheaper; the {target:g}% contour ends at a verbosity of {needed} for output alone.",
        data=data.drop(columns="order").rename(
            columns={"share": "output_share_percent", "low": "verbosity_low", "high": "verbosity_high"}
        ),
        sources=_figure(model, "cost.api.discount_output").sources,
        chart=chart,
        how=(
            "Cost of a call $C = (1-s)[(1-h)p_{in} + h\\,p_{cache}] + v\\,s\\,p_{out}$, with $s$ the output share of o1's tokens, $h$ the cached share of input and "
            "$v$ R1's output tokens per o1 output token ($v=1$ for o1); discount $1 - C_{R1}/C_{o1}$. A list-price comparison sets $v=1$. "
            + NOTEBOOK
        ),
        note=f"At equal length no mix of tokens gives {target:g}%: every class is at least {_say(model, 'cost.api.discount_mix_low', 'value')} cheaper.",
    )


EVENTS = (
    ("2025-01-31", "o3-mini"),
    ("2025-06-10", "o3 cut"),
    ("2025-09-29", "V3.2"),
    ("2026-04-24", "V4-Pro"),
    ("2026-08-16", "price rise"),
)


def discount_path(model: Model) -> Exhibit:
    """Return DeepSeek's discount against OpenAI's flagship and small reasoning models through time."""
    path = study.price_path(model)
    path = path[path["date"] >= study.R1_DATE]
    if path.empty:
        return _not_public("cost-discount-path", "list prices on both sides", model)
    last = model.parameters.vintage.isoformat()
    target = study.claim_value("F03")
    ends = path.groupby("comparator").tail(1).assign(date=last)
    data = (
        pd.concat([path, ends])
        .drop_duplicates(["comparator", "date"], keep="first")
        .sort_values(["comparator", "date"], ignore_index=True)
    )
    low = min(-20.0, 20 * math.floor(data["discount"].min() / 20))
    events = pd.DataFrame([e for e in EVENTS if e[0] <= last], columns=["date", "text"])
    names = {"flagship": "against the flagship", "small": "against the small model"}
    colours = {"flagship": T["ink"], "small": T["c4"]}

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        height, left, right = (300, 40, 150) if wide else (270, 36, 14)
        start = pd.Timestamp(study.R1_DATE)
        stop = max(pd.Timestamp(last), start + pd.Timedelta(days=30))
        x = _time("date", start, stop, ticks=5 if wide else 3)
        ticks = [v for v in range(-80, 101, 20) if v >= low]
        y = _y("discount", (low, 100), ticks, title="DeepSeek below OpenAI, output list price, %")
        marks: list[alt.Chart] = [
            alt.Chart(pd.DataFrame({"discount": [0.0]})).mark_rule(color=T["ink3"]).encode(y=y),
            alt.Chart(events).mark_rule(color=T["rule"], strokeWidth=1).encode(x=x),
        ]
        for key in ("flagship", "small"):
            rows = data[data["comparator"] == key]
            if rows.empty:
                continue
            marks.append(
                alt.Chart(rows)
                .mark_line(interpolate="step-after", color=colours[key], strokeWidth=2.5)
                .encode(x=x, y=y)
            )
            tail = rows.tail(1).assign(text=names[key] if wide else key)
            value = rows.tail(1).assign(text=f"{rows['discount'].iloc[-1]:.0f}%".replace("-", "−"))
            if wide:
                marks += [
                    _text(tail, x, y, dx=8, colour=colours[key], weight=600),
                    _text(value, x, y, dx=8, dy=16, colour=colours[key]),
                ]
            else:
                marks.append(_text(tail, x, y, dx=-4, dy=-10, align="right", colour=colours[key], weight=600))
        article = pd.DataFrame({"date": [study.R1_DATE], "discount": [target]})
        marks.append(alt.Chart(article).mark_point(**ARTICLE).encode(x=x, y=y))
        if wide:
            for i, row in enumerate(events.itertuples()):
                at = pd.DataFrame({"date": [row.date], "text": [row.text]})
                marks.append(
                    alt.Chart(at)
                    .mark_text(align="left", dx=4, color=T["ink3"], baseline="middle")
                    .encode(x=x, y=alt.value(height - 10 - 15 * (i % 2)), text="text:N")
                )
        return _layers(marks, width, height, left=left, right=right, top=28, bottom=28)

    flagship, small = (
        _say(model, "cost.api.path_flagship_latest", "value"),
        _value(model, "cost.api.path_small_latest"),
    )
    turned = small is not None and small < 0
    tail = (
        "against the small model it is gone"
        if turned
        else f"against the small model it is {_say(model, 'cost.api.path_small_latest', 'value')}"
    )
    return Exhibit(
        name="cost-discount-path",
        title=f"The advantage was a path, not a number: {flagship} against the flagship by {_month(last)}; {tail}",
        subtitle="Output list price of DeepSeek's reasoning model below OpenAI's flagship and small reasoning models, %, standard tier. Diamond: the article.",
        source=f"List prices by date of effect ({len(path)} changes). Peak-hour and night tiers left out. {NOTEBOOK}",
        alt=f"Step lines of DeepSeek's discount since January 2025: from {_say(model, 'cost.api.discount_output', 'value')} against o1, "
        f"{_say(model, 'cost.api.discount_output_o3_mini', 'value')} against o3-mini eleven days later, now {flagship} against the flagship and "
        f"{_say(model, 'cost.api.path_small_latest', 'value')} against the small model.",
        data=path.reset_index(drop=True),
        sources=lookup.sources(
            model.facts.table("api_prices").query(
                "provider in ['OpenAI', 'DeepSeek'] and is_reasoning == True"
            )
        ),
        chart=chart,
        how="$1 - p_{DeepSeek}/p_{OpenAI}$ for output tokens, recomputed whenever either side's head model or its price changed. A line's head is its newest model. "
        + NOTEBOOK,
        note="The spike of April 2026 is real: the larger model's launch price stood for two days before it was cut.",
    )


def hosts(model: Model) -> Exhibit:
    """Return R1's output price at every host, with the discount against o1."""
    frame = study.hosted_prices(model)
    o1, mini = study.prices_of(model, study.O1), study.prices_of(model, study.O3_MINI)
    if frame.empty or o1 is None:
        return _not_public("cost-hosts", "R1 at other hosts", model)
    frame = frame.copy()
    version = (
        frame["model"].str.replace(r" ?\(deepseek-reasoner\)", "", regex=True).str.replace("DeepSeek-", "")
    )
    frame["label"] = (
        frame["provider"].str.replace(" AI Foundry| AI$|Google ", "", regex=True) + ", " + version
    )
    frame["number"] = [f"{v:.0f}%" for v in frame["discount"]]
    frame = frame.rename(columns={"output_usd_per_mtok": "usd", "effective_from": "first_seen"})
    data = frame[["label", "provider", "model", "first_seen", "usd", "discount", "number"]]

    def chart(width: int) -> ChartLike:
        rows = Rows(data, width, left=190, right=104, step=(23, 36))
        x = _x(
            "usd",
            (0.3, 100),
            (0.5, 1, 2, 5, 10, 20, 50, 100),
            log=True,
            title="USD per million output tokens (log scale)",
            labels=LOG_PLAIN,
        )
        dots = alt.Chart(rows.frame).mark_point(filled=True, size=60, color=T["ink"]).encode(x=x, y=rows.y())
        marks: list[alt.Chart] = [rows.rules()]
        for text, value in (
            ("o1", o1.output_usd_per_mtok),
            ("o3-mini", None if mini is None else mini.output_usd_per_mtok),
        ):
            if value is None:
                continue
            at = pd.DataFrame({"usd": [value], "text": [text]})
            marks.append(alt.Chart(at).mark_rule(color=T["ink3"]).encode(x=x))
            marks.append(
                alt.Chart(at)
                .mark_text(color=T["ink3"], baseline="middle")
                .encode(x=x, y=alt.value(-12 if rows.wide else -8), text="text:N")
            )
        return rows.finish([*marks, dots, *rows.names(), *rows.numbers(head="below o1")])

    low, high = (
        _say(model, "cost.api.host_discount_min", "value"),
        _say(model, "cost.api.host_discount_max", "value"),
    )
    return Exhibit(
        name="cost-hosts",
        title=f"Who serves R1 decides the discount: {low} to {high} below o1 at other hosts",
        subtitle="Output list price of R1 by host, USD per million tokens, first price seen at each host. Rules: o1 and o3-mini at launch.",
        source=f"Price trackers and providers' pages, {len(data)} prices; dates are first sightings. {NOTEBOOK}",
        alt=f"Dots of R1's output price at {len(data)} offers, from {format_number(float(data['usd'].min()), 'USD', 'published')} to {format_number(float(data['usd'].max()), 'USD', 'published')} per million tokens; o1 cost {format_number(o1.output_usd_per_mtok, 'USD', 'published')}.",
        data=data.drop(columns="number"),
        sources=lookup.sources(frame),
        chart=chart,
        how="$1 - p_{host}/p_{o1}$ for output at o1's launch price. Free previews are left out. " + NOTEBOOK,
    )


def readings(model: Model) -> Exhibit:
    """Return the table that answers which readings give the article's discount and which cannot."""
    target = study.claim_value("F03")
    figures = report.figures(model)
    lines = (
        ("List price, fresh input", "cost.api.discount_input"),
        ("List price, cached input", "cost.api.discount_cached"),
        ("List price, output", "cost.api.discount_output"),
        ("Any mix of these at equal length, smallest", "cost.api.discount_mix_low"),
        ("Whole call: mix, cache and verbosity drawn", "cost.api.discount_call"),
        ("R1 fresh input against o1 cached input (unlike)", "cost.api.discount_unlike"),
        ("Measured per benchmark case", "cost.api.discount_per_task"),
        ("Measured per solved case", "cost.api.discount_per_solved"),
        ("At the dearest host, output", "cost.api.host_discount_min"),
        ("Against o3-mini, output", "cost.api.discount_output_o3_mini"),
        ("o3-mini against o1 (no R1 in it), output", "cost.api.o3_mini_below_o1"),
    )
    rows = []
    for label, id in lines:
        figure = figures[id]
        if figure.value is None:
            verdict = "not yet public"
        elif figure.low is not None and figure.high is not None and figure.low <= target <= figure.high:
            verdict = "within the interval"
        elif round(figure.value) == target:
            verdict = "yes"
        else:
            verdict = "no, more" if figure.value > target else "no, less"
        rows.append((label, format_figure(figure), figure.kind, verdict))
    data = pd.DataFrame(rows, columns=["reading", "discount", "kind", "gives_it"])
    exact = ", ".join(
        data.loc[data["gives_it"].isin(["yes", "within the interval"]), "reading"]
        .str.split(" \\(|,|:")
        .str[0]
        .str.lower()
    )
    return Exhibit(
        name="cost-readings",
        title=f"No price list gives {target:g}%; longer answers, unlike prices or another model do",
        subtitle=f"R1 below o1 by reading, %; the article says {target:g}%",
        source=f"List prices of January 2025 and Aider's polyglot benchmark runs. {NOTEBOOK}",
        alt=f"Table of {len(data)} readings of the discount. Those that give {target:g}%: {exact}.",
        data=data,
        sources=_figure(model, "cost.api.discount_output").sources,
        columns=(
            Column("reading", "Reading", weight=3),
            Column("discount", "R1 below o1", "right", "number"),
            Column("kind", "Kind"),
            Column("gives_it", f"Gives {target:g}%?", weight=1.2),
        ),
        how="Each reading is its own figure; an output-only call gives the article's number at a verbosity of $(1-d)\\,p_{o1}/p_{R1}$ = "
        + _say(model, "cost.api.verbosity_for_93", "value")
        + ". "
        + NOTEBOOK,
    )


LABELLED_TASKS = {
    study.TASK_O1: "o1 (high)",
    study.TASK_R1: "R1",
    "DeepSeek R1 (0528)": "R1-0528",
    "o3": "o3",
    "gpt-5 (high)": "GPT-5 (high)",
    "DeepSeek-V3.2-Exp (Reasoner)": "V3.2-Exp",
    "claude-3-5-sonnet-20241022": "Claude 3.5 Sonnet",
    "claude-opus-4-20250514 (32k thinking)": "Claude Opus 4",
    "o3-pro (high)": "o3-pro",
}


def per_task(model: Model) -> Exhibit:
    """Return measured cost per case against pass rate for every benchmark run with a recorded cost."""
    tasks = study.measured_tasks(model)
    if tasks.empty:
        return _not_public("cost-per-task", "measured benchmark costs", model)
    data = tasks[["model", "run_date", "usd_per_case", "pass_rate_2_percent", "usd_per_solved"]].copy()
    data["label"] = data["model"].map(LABELLED_TASKS)
    data["maker"] = np.where(
        data["model"].str.contains("DeepSeek") & ~data["model"].str.contains("claude"), "DeepSeek", "other"
    )

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        x = _x(
            "usd_per_case",
            (0.001, 2),
            (0.001, 0.01, 0.1, 1),
            log=True,
            title="USD per case (log scale)",
            labels=LOG_PLAIN,
        )
        y = _y("pass_rate_2_percent", (0, 90), (0, 20, 40, 60, 80), title="Cases solved, %")
        others = (
            alt.Chart(data[data["maker"] == "other"])
            .mark_circle(size=46, color=T["neutral"])
            .encode(x=x, y=y)
        )
        own = (
            alt.Chart(data[data["maker"] == "DeepSeek"]).mark_circle(size=70, color=T["ink"]).encode(x=x, y=y)
        )
        marks = [others, own]
        named = data.dropna(subset=["label"]).rename(columns={"label": "text"})
        if not wide:
            named = named[
                named["model"].isin(
                    [study.TASK_O1, study.TASK_R1, "DeepSeek-V3.2-Exp (Reasoner)", "gpt-5 (high)"]
                )
            ]
        near = named["usd_per_case"] > 0.25
        above = named["text"].isin(["o3", "Claude Opus 4"])
        marks.append(_text(named[~near & ~above], x, y, dx=8, colour=T["ink"]))
        marks.append(_text(named[~near & above], x, y, dx=0, dy=-11, align="center", colour=T["ink"]))
        marks.append(_text(named[near], x, y, dx=-8, align="right", colour=T["ink"]))
        return _layers(marks, width, 320 if wide else 280, left=34, right=20, top=28, bottom=44)

    return Exhibit(
        name="cost-per-task",
        title=f"Measured per solved case, R1 was {_say(model, 'cost.api.discount_per_solved', 'value')} cheaper than o1, at {_say(model, 'cost.api.pass_rate_r1', 'value')} against {_say(model, 'cost.api.pass_rate_o1', 'value')} solved",
        subtitle=f"Cost per case and share of cases solved, Aider polyglot benchmark, {len(data)} runs with a recorded cost. Dark: DeepSeek.",
        source=f"Aider leaderboard data, 224 or 225 cases a run, list prices of the day. {NOTEBOOK} {_until(model)}",
        alt=f"Scatter of cost per case against pass rate. o1 cost {_say(model, 'cost.api.cost_ratio_per_solved', 'value')} R1's cost per solved case.",
        data=data.drop(columns=["label", "maker"]),
        sources=lookup.sources(tasks),
        chart=chart,
        how="Cost per solved case is total cost over cases times pass rate: failures are paid for. "
        + NOTEBOOK,
    )


def quality_trend(model: Model) -> Exhibit:
    """Return the price of R1's quality through time, the trend from o1, and how far ahead of it R1 came."""
    tasks = study.measured_tasks(model)
    r1, o1 = lookup.rows(tasks, model=study.TASK_R1), lookup.rows(tasks, model=study.TASK_O1)
    ahead = study.years_ahead(model)
    if r1.empty or o1.empty or ahead is None:
        return _not_public("cost-quality-trend", "measured costs of o1 and R1", model)
    bar = float(r1["pass_rate_2_percent"].iloc[0])
    able = tasks[tasks["pass_rate_2_percent"] >= bar].copy()
    frontier = study.quality_frontier(model)
    start = pd.Timestamp(o1["run_date"].iloc[0])
    years = np.linspace(0, 2.0, 25)
    trend = model.draws["price_trend"]
    top = float(o1["usd_per_case"].iloc[0])
    rates = np.quantile(trend, [0.05, 0.5, 0.95])
    line = pd.DataFrame({"date": [(start + pd.Timedelta(days=365.25 * t)).date().isoformat() for t in years]})
    for name, rate in zip(("high", "middle", "low"), rates, strict=True):
        line[name] = top * rate ** (-years)
    floor = 0.002
    line["low"], line["middle"], line["high"] = (line[c].clip(lower=floor) for c in ("low", "middle", "high"))
    here = float(r1["usd_per_case"].iloc[0])
    day = pd.Timestamp(r1["run_date"].iloc[0])
    middle = float(np.median(ahead))
    due = day + pd.Timedelta(days=365.25 * middle)
    arrow = pd.DataFrame({"date": [day.date().isoformat()], "due": [due.date().isoformat()], "usd": [here]})
    able["kind"] = "run"
    data = able[["run_date", "model", "usd_per_case", "pass_rate_2_percent"]]

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        height = 320 if wide else 280
        span = (start - pd.Timedelta(days=20), pd.Timestamp("2026-04-01"))
        x, xr = _time("date", *span, ticks=5 if wide else 3), _time("run_date", *span, ticks=5 if wide else 3)
        ticks = (0.001, 0.01, 0.1, 1)
        title = "USD per case (log scale)"
        y = _y("usd_per_case", (floor, 2), ticks, log=True, title=title, labels=LOG_PLAIN)
        ym = _y("middle", (floor, 2), ticks, log=True, title=title, labels=LOG_PLAIN)
        yl = _y("low", (floor, 2), ticks, log=True, title=title, labels=LOG_PLAIN)
        yu = _y("usd", (floor, 2), ticks, log=True, title=title, labels=LOG_PLAIN)
        band = (
            alt.Chart(line)
            .mark_area(color=T["s2"], fillOpacity=0.55, clip=True)
            .encode(x=x, y=yl, y2="high:Q")
        )
        centre = (
            alt.Chart(line[line["middle"] > floor])
            .mark_line(strokeDash=DASH, color=T["c1"], clip=True)
            .encode(x=x, y=ym)
        )
        steps = (
            alt.Chart(frontier)
            .mark_line(interpolate="step-after", color=T["ink"], strokeWidth=1.5)
            .encode(x=xr, y=y)
        )
        dots = alt.Chart(able).mark_circle(size=36, color=T["neutral"]).encode(x=xr, y=y)
        lows = alt.Chart(frontier).mark_circle(size=64, color=T["ink"]).encode(x=xr, y=y)
        shaft = alt.Chart(arrow).mark_rule(color=T["c2"], strokeWidth=2).encode(x=x, x2="due:T", y=yu)
        head = (
            alt.Chart(arrow.assign(date=arrow["due"]))
            .mark_point(shape="triangle-right", filled=True, size=90, color=T["c2"])
            .encode(x=x, y=yu)
        )
        marks = [band, centre, dots, steps, lows, shaft, head]
        tag = pd.DataFrame(
            {
                "date": [due.date().isoformat()],
                "usd": [here],
                "text": [f"{format_number(middle, 'years')} early"],
            }
        )
        marks.append(_text(tag, x, yu, dx=9, colour=T["ink"], weight=600))
        named = able[able["model"].isin([study.TASK_O1, study.TASK_R1, "DeepSeek-V3.2-Exp (Chat)"])].copy()
        named["text"] = named["model"].map(
            {study.TASK_O1: "o1 (high)", study.TASK_R1: "R1", "DeepSeek-V3.2-Exp (Chat)": "V3.2-Exp"}
        )
        marks.append(_text(named[named["text"] != "R1"], xr, y, dx=4, dy=-13, colour=T["ink"]))
        marks.append(_text(named[named["text"] == "R1"], xr, y, dx=0, dy=14, colour=T["ink"], align="center"))
        return _layers(marks, width, height, left=40, right=20, top=28, bottom=28)

    said = _say(model, "cost.quality.years_ahead")
    return Exhibit(
        name="cost-quality-trend",
        title=f"R1's price for its quality came {said} ahead of the trend",
        subtitle=f"Measured cost per case of runs that solve at least {bar:.1f}% (R1's rate). Line: cheapest so far. Dashed: price trend from o1, band 5–95%. Arrow: when the trend would have got there.",
        source=f"Aider polyglot runs, n = {len(able)}; trend of prices at constant capability as drawn. {NOTEBOOK} {_until(model)}",
        alt=f"Log chart of cost per case over time. R1 came at {format_number(here, 'USD', 'observed')}, {said} before the trend from o1 would have reached it.",
        data=data.reset_index(drop=True),
        sources=_figure(model, "cost.quality.years_ahead").sources,
        chart=chart,
        how="Years ahead $= \\ln(c_{o1}/c_{R1})/\\ln r - \\Delta t$, with $c$ the cost per case, $r$ the yearly price trend and $\\Delta t$ the time between the two runs. "
        + NOTEBOOK,
    )


# ---------------------------------------------------------------- training


def training_check(model: Model) -> Exhibit:
    """Return predicted against reported hours of every run with published hours, tokens and chip."""
    table = study.runs(model).dropna(subset=["predicted_hours_m"])
    if table.empty:
        return _not_public("cost-training-check", "runs with published hours", model)
    data = table[
        ["model", "release_date", "accelerator", "hours_m", "predicted_hours_m", "utilisation", "flop"]
    ].copy()
    data["ratio"] = data["predicted_hours_m"] / data["hours_m"]
    span = (0.03, 60.0)
    line = pd.DataFrame({"hours_m": span, "predicted_hours_m": span})
    band = pd.DataFrame(
        {"hours_m": span, "low": [span[0] / 2, span[1] / 2], "high": [span[0] * 2, span[1] * 2]}
    )
    labels = {
        study.V3_NAME: "DeepSeek-V3",
        study.LLAMA: "Llama-3.1-405B",
        "DeepSeek-V2": "DeepSeek-V2",
        "Llama-3.2-1B": "Llama-3.2-1B",
        "Llama-3.1-8B": "Llama-3.1-8B",
        "OLMoE-1B-7B": "OLMoE-1B-7B",
        "Llama-4-Scout": "Llama-4-Scout",
    }

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        ticks = (0.1, 1, 10)
        x = _x(
            "hours_m",
            span,
            ticks,
            log=True,
            title="Reported, million GPU-hours (log scale)",
            labels=LOG_PLAIN,
        )
        title = "Predicted, million GPU-hours (log scale)"
        y = _y("predicted_hours_m", span, ticks, log=True, title=title, labels=LOG_PLAIN)
        yl = _y("low", span, ticks, log=True, title=title, labels=LOG_PLAIN)
        area = (
            alt.Chart(band)
            .mark_area(color=T["neuttint"], fillOpacity=1, clip=True)
            .encode(x=x, y=yl, y2="high:Q")
        )
        diagonal = alt.Chart(line).mark_line(color=T["ink3"], strokeWidth=1, strokeDash=DASH).encode(x=x, y=y)
        own = data["model"].str.startswith("DeepSeek")
        dots = alt.Chart(data[~own]).mark_circle(size=60, color=T["neutral"]).encode(x=x, y=y)
        deep = alt.Chart(data[own]).mark_circle(size=80, color=T["ink"]).encode(x=x, y=y)
        named = data[data["model"].isin(labels)].assign(text=lambda d: d["model"].map(labels))
        if not wide:
            named = named[named["model"].isin([study.V3_NAME, study.LLAMA, "Llama-3.2-1B"])]
        left = named["model"].isin([study.LLAMA, study.V3_NAME])
        marks = [
            area,
            diagonal,
            dots,
            deep,
            _text(named[~left], x, y, dx=8, colour=T["ink"]),
            _text(named[left], x, y, dx=-8, align="right", colour=T["ink"]),
        ]
        return _layers(marks, width, 360 if wide else 290, left=40, right=24, top=28, bottom=44)

    v3 = data[data["model"] == study.V3_NAME]
    ratio = float(v3["ratio"].iloc[0]) if len(v3) else math.nan
    plausible = data["utilisation"].min() <= float(v3["utilisation"].iloc[0]) <= data["utilisation"].max()
    verdict = "V3's hours are plausible" if plausible else "V3's hours stand outside the other runs"
    return Exhibit(
        name="cost-training-check",
        title=f"{verdict}: {_say(model, 'cost.training.v3_mfu_6nd', 'value')} utilisation, against {_say(model, 'cost.training.peer_mfu_median', 'value')} at the median of the other runs",
        subtitle="Predicted against reported accelerator hours. Prediction: 6 N D at the median utilisation of all other runs. Grey: within a factor of two. Dark: DeepSeek.",
        source=f"Hours as the developers report them, n = {len(data)}; utilisation against the dense BF16 peak, attention left out. {NOTEBOOK}",
        alt=f"Log scatter of predicted against reported hours for {len(data)} runs. V3's run took {_say(model, 'cost.training.v3_pretraining_hours', 'value')}; the others' median utilisation predicts {ratio:.2g} times that.",
        data=data,
        sources=lookup.sources(table),
        chart=chart,
        how="$H = 6 N_{active} D / (F_{peak}\\, u)$ with $u$ the median utilisation of the other runs (leave one out). "
        + NOTEBOOK,
        note="Small dense models sit low: they were trained for longer than their size needs and their runs are less efficient.",
    )


def training_routes(model: Model) -> Exhibit:
    """Return V3's run by two routes, and R1's own stage, as a table."""
    lines = (
        ("GPU-hours as reported, all stages", "cost.training.v3_gpu_hours"),
        ("Of these pre-training", "cost.training.v3_pretraining_hours"),
        ("Pre-training from tokens a day × GPUs (second route)", "cost.training.second_route_hours"),
        ("Arithmetic, 6 N D, active parameters", "cost.training.v3_flop"),
        ("FLOP per token as counted here", "cost.training.v3_gflop_per_token"),
        ("FLOP per token as the makers count", "cost.training.v3_gflop_per_token_published"),
        ("Share of the dense BF16 peak, own FLOP per token", "cost.training.v3_mfu_bf16"),
        ("Share of the dense FP8 peak, own FLOP per token", "cost.training.v3_mfu_fp8"),
        ("Cost at the makers' rent", "cost.training.v3_cost"),
        ("Cost at rents as drawn", "cost.training.v3_cost_at_rents"),
        ("R1's own stage, hours", "cost.training.r1_stage_hours"),
        ("R1's own stage, cost at the same rent", "cost.training.r1_stage_cost"),
        ("Llama-3.1-405B over V3, arithmetic", "cost.training.flop_ratio_llama_405b"),
        ("Llama-3.1-405B over V3, reported hours", "cost.training.hours_ratio_llama_405b"),
    )
    figures = report.figures(model)
    data = pd.DataFrame(
        [(label, format_figure(figures[id]), figures[id].kind) for label, id in lines],
        columns=["measure", "value", "kind"],
    )
    gap = _value(model, "cost.training.second_route_gap")
    closes = gap is not None and abs(gap) < 2
    second = (
        f"two routes agree within {format_number(abs(gap or 0), '%', 'modelled')}"
        if closes
        else "a second route is not public yet"
        if gap is None
        else "two routes disagree"
    )
    return Exhibit(
        name="cost-training-routes",
        title=f"The final run cost {_say(model, 'cost.training.v3_cost', 'value')} at an assumed rent; {second}",
        subtitle="DeepSeek-V3's final run, with R1's own stage apart",
        source=f"DeepSeek-V3 technical report; ISCA 2025 paper; R1 supplement. Hours are self-reported and unaudited. {NOTEBOOK}",
        alt=f"Table: {_say(model, 'cost.training.v3_gpu_hours', 'value')} of H800 time at {_say(model, 'cost.training.rate', 'value')} make {_say(model, 'cost.training.v3_cost', 'value')}.",
        data=data,
        sources=_figure(model, "cost.training.v3_cost").sources,
        columns=(
            Column("measure", "Measure", weight=3),
            Column("value", "Value", "right", "number", 1.6),
            Column("kind", "Kind"),
        ),
        how="Second route: tokens / (tokens a day) × GPUs × 24 h. Utilisation $= F/(H\\cdot 3600\\cdot F_{peak})$. "
        + NOTEBOOK,
    )


def waterfall(model: Model) -> Exhibit:
    """Return the steps from the final run to the whole development, with the fleet on a scale of its own."""
    whole = study.development(model)
    steps = (
        ("Final run", whole.final_run),
        ("Earlier models' runs", whole.prior_models),
        ("Experiments", whole.experiments),
        ("Data and synthesis", whole.data),
        ("Research staff", whole.staff),
    )
    level = np.zeros_like(whole.total)
    rows = []
    before = 0.0
    for label, step in steps:
        level = level + step
        low, middle, high = np.quantile(level, [0.05, 0.5, 0.95]) / 1e6
        rows.append((label, before, middle, low, high, float(np.median(step)) / 1e6, "flow"))
        before = float(middle)
    low, middle, high = np.quantile(whole.total, [0.05, 0.5, 0.95]) / 1e6
    rows.append(("Whole development", 0.0, middle, low, high, middle, "total"))
    data = pd.DataFrame(rows, columns=["label", "start", "end", "low", "high", "step_median", "kind"])
    fleet_low, fleet_high = _value(model, "cost.fleet.capex_low"), _value(model, "cost.fleet.capex_high")
    fleet = (
        pd.DataFrame(
            {
                "label": ["Fleet (a stock, not added)"],
                "start": [0.0],
                "end": [fleet_low],
                "low": [fleet_low],
                "high": [fleet_high],
                "step_median": [fleet_low],
                "kind": ["stock"],
            }
        )
        if fleet_low is not None
        else data.iloc[:0]
    )
    shown = pd.concat([data, fleet], ignore_index=True)
    shown["number"] = [
        f"{format_number(r.step_median, 'USD million')}"
        if r.kind == "flow"
        else f"{_say(model, 'cost.training.full_cost')}"
        if r.kind == "total"
        else f"${r.low / 1e3:.1f}–{r.high / 1e3:.1f}bn"
        for r in shown.itertuples()
    ]
    top = 20 * math.ceil(float(data["high"].max()) / 20)

    def chart(width: int) -> ChartLike:
        rows = Rows(shown, width, left=160, right=128)
        ticks = [t for t in (0, 25, 50, 75, 100, 125, 150, 200, 300, 400) if t <= top]
        if not rows.wide:
            ticks = [t for t in (0, 50, 100, 150, 200, 300) if t <= top]
        x = _x("start", (0, top), ticks, title="USD million, medians; thin line 5–95% of the level reached")
        flow = rows.frame[rows.frame["kind"] != "stock"]
        bars = (
            alt.Chart(flow)
            .mark_bar(height=13, color=T["s4"])
            .encode(
                x=x,
                x2="end:Q",
                y=rows.y(),
                color=alt.Color(
                    "kind:N", scale=alt.Scale(domain=["flow", "total"], range=[T["s4"], T["s6"]]), legend=None
                ),
            )
        )
        spread = (
            alt.Chart(flow)
            .mark_rule(color=T["ink"], strokeWidth=1.5)
            .encode(
                x=_x(
                    "low", (0, top), ticks, title="USD million, medians; thin line 5–95% of the level reached"
                ),
                x2="high:Q",
                y=rows.y(),
            )
        )
        marks: list[alt.Chart] = [rows.rules(), bars, spread]
        article = pd.DataFrame({"start": [study.claim_value("F10")], "row": [rows.frame["row"].iloc[0]]})
        marks.append(alt.Chart(article).mark_point(**ARTICLE).encode(x=x, y=rows.y()))
        stock = rows.frame[rows.frame["kind"] == "stock"]
        if len(stock):
            marks.append(
                alt.Chart(stock)
                .mark_text(align="left", baseline="middle", color=T["ink3"])
                .encode(
                    x=alt.value(2),
                    y=rows.y(),
                    text=alt.value(
                        "off this scale: servers owned, used for many models"
                        if rows.wide
                        else "off this scale: servers owned"
                    ),
                )
            )
        return rows.finish([*marks, *rows.names(), *rows.numbers()])

    return Exhibit(
        name="cost-waterfall",
        title=f"The whole development cost {_say(model, 'cost.training.hidden_multiplier')} its final run",
        subtitle="From V3's final run to the whole development, USD million, as a flow at rented prices. Diamond: the article. The fleet is a stock and stands apart.",
        source=f"Hours as reported; research over final runs, data and staff shares as drawn ({model.draws.n:,} draws). {NOTEBOOK}",
        alt=f"Waterfall from {_say(model, 'cost.training.v3_cost_at_rents')} for the final run to {_say(model, 'cost.training.full_cost')} for the whole development; the fleet, {_say(model, 'cost.fleet.capex_low', 'value')} or more, is not part of it.",
        data=shown.drop(columns="number"),
        sources=_figure(model, "cost.training.full_cost").sources,
        chart=chart,
        how="$C_{full} = C_{final}\\, m_{exp}\\, m_{data}/(1-s_{staff})$. Earlier models' published hours at the same rent are a part of the research compute, not on top of it. "
        + NOTEBOOK,
        note="A step's bar runs between the medians of the levels before and after it, so bars join; its own median is the number at the right.",
    )


def ownership(model: Model) -> Exhibit:
    """Return dated rents of Hopper GPUs by contract against the cost of owning."""
    rents = study.rents(model)
    owned = study.ownership(model)
    low, middle, high = np.quantile(owned.total, [0.05, 0.5, 0.95])
    rate = study.v3_run(model).rate_usd
    data = rents[rents["contract"] != "assumed by DeepSeek"].copy()
    data["date"] = data["date"].dt.strftime("%Y-%m-%d")
    shapes = {"on demand": "circle", "one-year contract": "square", "index": "diamond"}
    cap = 11.0

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        height, left, right = (300, 34, 150) if wide else (270, 30, 14)
        plot = width - left - right
        x = alt.X(
            "date:T",
            scale=alt.Scale(
                domain=[_vega_date(pd.Timestamp("2023-01-01")), _vega_date(pd.Timestamp("2026-10-01"))]
            ),
            axis=alt.Axis(
                title=None,
                format="%Y",
                values=[_vega_date(pd.Timestamp(f"{y}-01-01")) for y in (2023, 2024, 2025, 2026)],
                grid=False,
            ),
        )
        ticks = (0, 2, 4, 6, 8, 10)
        y = _y("middle", (0, cap), ticks, title="USD per GPU-hour")
        yl = _y("low", (0, cap), ticks, title="USD per GPU-hour")
        band = (
            alt.Chart(pd.DataFrame({"low": [low], "high": [high]}))
            .mark_rect(color=T["s2"], opacity=0.6)
            .encode(y=yl, y2="high:Q")
        )
        own = (
            alt.Chart(pd.DataFrame({"middle": [middle]}))
            .mark_rule(color=T["c1"], strokeDash=DASH, strokeWidth=2)
            .encode(y=y)
        )
        base = (
            alt.Chart(pd.DataFrame({"middle": [rate]})).mark_rule(color=T["ink"], strokeWidth=1).encode(y=y)
        )
        spans = (
            alt.Chart(data.dropna(subset=["low", "high"]).assign(high=lambda d: d["high"].clip(upper=cap)))
            .mark_rule(color=T["neutral"])
            .encode(x=x, y=yl, y2="high:Q")
        )
        dots = (
            alt.Chart(data)
            .mark_point(filled=True, size=58, color=T["ink"])
            .encode(
                x=x,
                y=y,
                shape=alt.Shape(
                    "contract:N",
                    scale=alt.Scale(domain=list(shapes), range=list(shapes.values())),
                    legend=None,
                ),
            )
        )
        marks = [band, own, base, spans, dots]

        def at(value: float) -> float:
            return height * (1 - value / cap)

        if wide:
            marks += [
                _pixel_text("owning, 5–95%", plot + 8, at(middle) - 8, colour=T["c1"], weight=600),
                _pixel_text("makers' assumption", plot + 8, at(rate) + 8, colour=T["ink"]),
            ]
            for i, (name, shape) in enumerate(shapes.items()):
                marks.append(
                    alt.Chart(pd.DataFrame({"t": [0]}))
                    .mark_point(shape=shape, filled=True, size=58, color=T["ink"])
                    .encode(x=alt.value(plot + 14), y=alt.value(20 + 19 * i))
                )
                marks.append(_pixel_text(name, plot + 26, 20 + 19 * i))
        else:
            marks += [
                _pixel_text("owning, 5–95%", plot, at(high) - 9, align="right", colour=T["c1"], weight=600)
            ]
        return _layers(marks, width, height, left=left, right=right, top=28, bottom=28)

    above = _value(model, "cost.tco.p_above_rate") or 0.0
    word = (
        "below what owning costs"
        if above >= 0.6
        else "above what owning costs"
        if above <= 0.4
        else "about what owning costs"
    )
    return Exhibit(
        name="cost-ownership",
        title=f"The assumed {_say(model, 'cost.training.rate', 'value').replace(' per GPU-hour', '')} an hour is {word}, and inside the range of rents",
        subtitle="Rent of Hopper GPUs by date and contract, USD per GPU-hour; grey lines: lowest to highest quote. Band: cost of owning, 5–95%, dashed median.",
        source=f"Dated quotes, n = {len(data)}; cost of ownership from capital, site, power and operations as drawn. {NOTEBOOK} {_until(model)}",
        alt=f"Rents of Hopper GPUs from {_say(model, 'cost.tco.rent_on_demand_min', 'value')} to {_say(model, 'cost.tco.rent_on_demand_max', 'value')}; owning costs {_say(model, 'cost.tco.gpu_hour')}.",
        data=data,
        sources=lookup.sources(rents),
        chart=chart,
        how="$h = \\{K\\,a(r,n) + kW\\cdot PUE\\,[S\\,a(r,15) + 8760\\,l\\,p] + o K\\}/(8\\cdot 8760\\,A)$ with $a(r,n)=r(1+r)^n/((1+r)^n-1)$, $K$ the server, $S$ the site per kW, $l$ the load, $p$ the price of energy, $o$ operations and $A$ paid time. "
        + NOTEBOOK,
    )


# ---------------------------------------------------------------- memory


def memory_fit(model: Model) -> Exhibit:
    """Return resident memory by format against machines people own, with the article's figure."""
    a = study.v3(model)
    context = 8192.0
    lines = [
        (f"R1, {words}", a, bits)
        for words, bits in (("FP8", 8.0), ("4.5 bits", 4.5), ("2.5 bits", 2.5), ("1.58 bits", 1.58))
    ]
    for name, words, bits in (
        ("R1-Distill-Llama-70B", "distilled 70B, 4.5 bits", 4.5),
        ("R1-Distill-Qwen-32B", "distilled 32B, FP8", 8.0),
        ("R1-Distill-Qwen-7B", "distilled 7B, FP8", 8.0),
    ):
        found = study.shape(model, name)
        if found is not None:
            lines.append((words[0].upper() + words[1:], found, bits))
    parts = [memory.model_memory_gb(shape, bits, context) for _, shape, bits in lines]
    data = pd.DataFrame(
        {"label": [line[0] for line in lines], "bits": [line[2] for line in lines], **pd.DataFrame(parts)}
    )
    data["resident_gb"] = data["weights"] + data["cache"] + data["runtime"]
    data["number"] = [f"{v:,.0f} GB" for v in data["resident_gb"]]
    table = model.facts.table("accelerators").set_index("name")["memory_gb"]
    machines = [(label, float(table[name]) * many) for label, name, many in MACHINES if name in table.index]
    article = study.claim_value("F04")
    top = 800.0

    def chart(width: int) -> ChartLike:
        rows = Rows(data, width, left=150, right=84)
        ticks = (0, 200, 400, 600, 800)
        title = "GB; dark: weights, light: cache of one stream at 8K tokens and runtime"
        x = _x("weights", (0, top), ticks, title=title if rows.wide else "GB; light: cache and runtime")
        bars = (
            alt.Chart(rows.frame.assign(zero=0.0))
            .mark_bar(height=13, color=T["s5"])
            .encode(x=x, x2="zero:Q", y=rows.y())
        )
        rest = (
            alt.Chart(rows.frame)
            .mark_bar(height=13, color=T["s3"])
            .encode(x=x, x2="resident_gb:Q", y=rows.y())
        )
        marks: list[alt.Chart] = [rows.rules()]
        kept = machines if rows.wide else machines[-2:]
        for i, (label, size) in enumerate(kept):
            at = pd.DataFrame({"weights": [size], "text": [label if rows.wide else label.split(",")[0]]})
            marks.append(alt.Chart(at).mark_rule(color=T["ink3"], strokeDash=[2, 2]).encode(x=x))
            marks.append(
                alt.Chart(at)
                .mark_text(color=T["ink3"], baseline="middle", fontSize=11, align="center" if i else "left")
                .encode(x=x, y=alt.value(-11 - 14 * (i % 2)), text="text:N")
            )
        y = rows.y()
        spot = pd.DataFrame({"weights": [article], "row": [float(rows.frame["row"].iloc[0])]})
        marks += [bars, rest, alt.Chart(spot).mark_point(**ARTICLE).encode(x=x, y=y)]
        return rows.finish([*marks, *rows.names(), *rows.numbers()], top=44)

    return Exhibit(
        name="cost-memory-fit",
        title=f"R1 needs {_say(model, 'cost.memory.resident_fp8', 'value')} at FP8, {_say(model, 'cost.memory.understatement', 'value').lstrip('×')} times the article's {_say(model, 'cost.memory.article', 'value')}",
        subtitle="Memory that must be resident, GB, by format: one stream with 8K tokens of context. Dashed rules: machines people own. Diamond: the article.",
        source=f"Parameters counted from the published configuration; formats as public builds name them. {NOTEBOOK}",
        alt=f"Bars of resident memory. The full model takes {_say(model, 'cost.memory.resident_fp8', 'value')} at FP8 and {_say(model, 'cost.memory.resident_1p58bit', 'value')} at 1.58 bits; {_say(model, 'cost.memory.article', 'value')} hold a distilled model of 32 billion parameters.",
        data=data.drop(columns="number"),
        sources=_figure(model, "cost.memory.resident_fp8").sources,
        chart=chart,
        how="$M = N_{total}\\,b/8 + \\kappa L + M_{rt}$: all parameters at $b$ bits, the cache $\\kappa$ of $L$ tokens at 16 bits, and the runtime. Active parameters bound speed, not residency: every token picks other experts. "
        + NOTEBOOK,
        live=lambda: _memory_live(a),
        controls=(
            Control("bits", "Bits per weight", 1.5, 16, 0.1, 8.0, format=".1f"),
            Control("context", "Context, thousand tokens", 1, 128, 1, 8, format=".0f"),
            Control("streams", "Streams at once", 1, 64, 1, 1, format=".0f"),
            Control("bandwidth", "Memory bandwidth, GB/s", 50, 8000, 10, 819, format=".0f"),
        ),
        readout="",
    )


MACHINES = (
    ("RTX 4090", "RTX 4090", 1),
    ("Mac Studio M2 Ultra", "Mac Studio M2 Ultra 192GB", 1),
    ("Mac Studio M3 Ultra", "Mac Studio M3 Ultra 512GB", 1),
    ("8 × H100", "H100 SXM", 8),
    ("dual EPYC", "Dual EPYC 9004 24-channel DDR5-4800 768GB", 1),
)


def _memory_live(a: architecture.Architecture) -> ChartLike:
    count = architecture.count_parameters(a)
    return alt.Chart(pd.DataFrame({"x": [count.total]})).mark_bar().encode(x="x:Q")


def local_runs(model: Model) -> Exhibit:
    """Return published local runs of the full model as points, beside the bandwidth bound of their machine."""
    table = study.local_runs(model)
    if table.empty:
        return _not_public("cost-local-runs", "local runs of the full model", model)
    data = table.copy()
    short = (
        data["machine"]
        .str.replace(
            r"(Mac Studio |9004 24-channel DDR5-4800 768GB|6454S 16-channel DDR5-4800 1TB \+ 1x RTX 4090| 512GB|, 480 GB|, 192 GB DDR5)",
            "",
            regex=True,
        )
        .str.strip()
    )
    data["label"] = (
        short.str.replace("Xeon Gold 6454S x2 + RTX 4090D", "One Xeon 6454S")
        + ", "
        + data["software"].str.replace(" class", "")
    )
    data["number"] = [f"{v:.3g}" for v in data["observed_tokens_per_s"]]
    data["share_text"] = ["" if math.isnan(v) else f"{100 * v:.0f}%" for v in data["share"]]

    def chart(width: int) -> ChartLike:
        rows = Rows(data, width, left=230, right=130)
        x = _x(
            "observed_tokens_per_s",
            (0, 42),
            (0, 10, 20, 30, 40),
            title="Tokens per second, one stream; tick: bandwidth bound",
        )
        xc = _x(
            "ceiling_tokens_per_s",
            (0, 42),
            (0, 10, 20, 30, 40),
            title="Tokens per second, one stream; tick: bandwidth bound",
        )
        dots = alt.Chart(rows.frame).mark_point(filled=True, size=64, color=T["ink"]).encode(x=x, y=rows.y())
        ticks = (
            alt.Chart(rows.frame.dropna(subset=["ceiling_tokens_per_s"]))
            .mark_tick(thickness=2.5, height=14, color=T["c4"])
            .encode(x=xc, y=rows.y())
        )
        path = (
            alt.Chart(rows.frame.dropna(subset=["ceiling_tokens_per_s"]))
            .mark_rule(color=T["c4"], strokeDash=[2, 3])
            .encode(x=x, x2="ceiling_tokens_per_s:Q", y=rows.y())
        )
        columns = rows.numbers(head="tok/s", inset=62)
        if rows.wide:
            columns += rows.numbers("share_text", head="of bound")
        return rows.finish([rows.rules(), path, ticks, dots, *rows.names(), *columns])

    return Exhibit(
        name="cost-local-runs",
        title=f"It does run at home, with a few hundred gigabytes and at {_say(model, 'cost.memory.local_slowest', 'value').split(' ')[0]} to {_say(model, 'cost.memory.local_fastest', 'value')}",
        subtitle="Published single-stream decoding speed of the full 671-billion-parameter model on machines people own. Blue tick: memory bandwidth over bytes of active weights.",
        source=f"Tutorials and reports, n = {len(data)}; bound where the machine's bandwidth is in the table. {NOTEBOOK} {_until(model)}",
        alt=f"Dots of {len(data)} published local runs, from {_say(model, 'cost.memory.local_slowest', 'value')} to {_say(model, 'cost.memory.local_fastest', 'value')}; the median reaches {_say(model, 'cost.memory.local_share_of_bound', 'value')} of the bandwidth bound.",
        data=table,
        sources=lookup.sources(table),
        chart=chart,
        how="Bound $= BW / (N_{active}\\,b/8)$. Builds of the CPU tutorials are taken at 4.5 bits where the row does not say. "
        + NOTEBOOK,
    )


KV_MODELS = ("Qwen2.5-72B", "Llama-3.1-405B", "Llama-3.1-70B", "Qwen3-235B-A22B", "Llama-2-13B")


def kv_cache(model: Model) -> Exhibit:
    """Return cache bytes per token by attention type: V3 rebuilt with each, and published models."""
    a = study.v3(model)
    names = {
        "MLA": "V3 as built: latent (MLA)",
        "MQA": "V3 with one key-value head (MQA)",
        "GQA": "V3 with eight groups (GQA)",
        "MHA": "V3 with all heads (MHA)",
    }
    rows = [
        (names[kind], kind, architecture.kv_bytes(a, kind), "V3 rebuilt" if kind != "MLA" else "V3")
        for kind in ("MLA", "MQA", "GQA", "MHA")
    ]
    for name in KV_MODELS:
        other = study.shape(model, name)
        if other is not None:
            rows.append(
                (f"{name} ({other.attention})", other.attention, architecture.kv_bytes(other), "as built")
            )
    data = pd.DataFrame(rows, columns=["label", "attention", "bytes", "kind"])
    data["kilobytes"] = data["bytes"] / 1e3
    data["number"] = [f"{v:,.0f}" if v >= 1000 else f"{v:.1f}" for v in data["kilobytes"]]
    top = 4200.0

    def chart(width: int) -> ChartLike:
        grid = Rows(data, width, left=230, right=80)
        x = _x("kilobytes", (0, top), (0, 1000, 2000, 3000, 4000), title="Kilobytes per token, 16-bit cache")
        scale = alt.Scale(domain=["V3", "V3 rebuilt", "as built"], range=[T["ink"], T["s3"], T["s5"]])
        bars = (
            alt.Chart(grid.frame.assign(zero=0.0))
            .mark_bar(height=13)
            .encode(x=x, x2="zero:Q", y=grid.y(), color=alt.Color("kind:N", scale=scale, legend=None))
        )
        return grid.finish([grid.rules(), bars, *grid.names(), *grid.numbers(head="KB")])

    return Exhibit(
        name="cost-kv",
        title=f"Latent attention cuts the cache {_say(model, 'cost.kv.mha_ratio', 'value').lstrip('×')}-fold against plain attention, {_say(model, 'cost.kv.gqa_ratio', 'value').lstrip('×')}-fold against the usual grouped kind",
        subtitle="Cache per token by attention type, kilobytes at 16 bits. Dark: V3 as built; light: V3's layers and heads with another attention; mid: other models as built.",
        source=f"Counted from published configurations; DeepSeek's own table gives the same for V3, Qwen2.5-72B and Llama-3.1-405B. {NOTEBOOK}",
        alt=f"Bars of cache per token: V3 {_say(model, 'cost.kv.v3_bytes_per_token', 'value')}, the same model with plain attention {_say(model, 'cost.kv.mha_ratio', 'value')} as much.",
        data=data.drop(columns=["number"]),
        sources=lookup.sources(
            model.facts.table("architectures")[lambda d: d["model"].isin([study.V3_ARCHITECTURE, *KV_MODELS])]
        ),
        chart=chart,
        how="MHA $2 n_h d_h$, GQA $2 n_{kv} d_h$, MQA $2 d_h$, MLA $d_c + d_{rope}$ elements per layer, times layers and bytes. Latent attention was new in V2 (May 2024), not in R1. "
        + NOTEBOOK,
    )


# ---------------------------------------------------------------- serving

BATCHES = np.unique(np.round(np.geomspace(1, 256, 33)))


def _band(model: Model, field: str, **options: bool) -> pd.DataFrame:
    """Return the 5th, 50th and 95th percentile of a decode curve over the batches that fit."""
    limit = float(
        serving.largest_batch(study.v3(model), study.decode_unit(model), study.decode_context(model))
    )
    batch = np.unique([b for b in BATCHES if b < limit] + [limit])
    step = study.decode_curve(model, batch, **options)
    low, middle, high = np.quantile(getattr(step, field), [0.05, 0.5, 0.95], axis=0)
    return pd.DataFrame({"batch": batch, "low": low, "middle": middle, "high": high})


def _curve_chart(
    width: int,
    bands: Sequence[tuple[str, str, pd.DataFrame]],
    points: pd.DataFrame,
    domain: tuple[float, float],
    ticks: Sequence[float],
    title: str,
    *,
    log: bool = False,
    spans: pd.DataFrame | None = None,
) -> ChartLike:
    """Return dashed curves with their bands over batch, and published points on them."""
    wide = width > theme.NARROW
    height, left, right = (300, 48, 150) if wide else (270, 46, 14)
    top = 512
    x = _x(
        "batch",
        (1, top),
        (1, 4, 16, 64, 256),
        log=True,
        title="Sequences per GPU (log scale)",
        labels=LOG_PLAIN,
    )
    ym, yl = (
        _y(f, domain, ticks, log=log, title=title, labels="format(datum.value, ',~r')")
        for f in ("middle", "low")
    )
    marks: list[alt.Chart] = []
    for _, colour, band in bands:
        marks.append(
            alt.Chart(band)
            .mark_area(color=colour, fillOpacity=0.16, clip=True)
            .encode(x=x, y=yl, y2="high:Q")
        )
    if spans is not None and len(spans):
        marks.append(
            alt.Chart(spans).mark_rule(color=T["c1"], strokeDash=DASH).encode(x=x, y=yl, y2="high:Q")
        )
        marks.append(alt.Chart(spans).mark_tick(color=T["c1"], thickness=2, width=12).encode(x=x, y=ym))
        marks.append(
            _text(spans.assign(text="its own roofline"), x, ym, dx=10, colour=T["c1"])
            if wide
            else alt.Chart(spans).mark_tick(opacity=0).encode(x=x, y=ym)
        )
    for name, colour, band in bands:
        marks.append(alt.Chart(band).mark_line(color=colour, strokeDash=DASH, clip=True).encode(x=x, y=ym))
        if wide:
            down = 13.0 if len(bands) == 1 else (-9.0 if name == bands[0][0] else 9.0)
            marks.append(
                _text(band.tail(1).assign(text=name), x, ym, dx=10, dy=down, colour=colour, weight=600)
            )
    if len(points):
        marks.append(alt.Chart(points).mark_point(filled=True, size=80, color=T["ink"]).encode(x=x, y=ym))
        marks.append(
            _text(
                points.assign(text=points["who"]),
                x,
                ym,
                dx=-6,
                dy=-15,
                align="right",
                colour=T["ink"],
                weight=600,
            )
        )
    return _layers(marks, width, height, left=left, right=right, top=28, bottom=44)


def serving_throughput(model: Model) -> Exhibit:
    """Return decode throughput of a node against batch, with the operator's day and an independent reproduction."""
    band = _band(model, "tokens_per_s_node")
    both = study.reproduction(model)
    points = both.rename(columns={"observed_tokens_per_s_node": "y"})[["who", "batch", "y"]].rename(
        columns={"y": "middle"}
    )
    points["low"] = points["middle"]

    def chart(width: int) -> ChartLike:
        return _curve_chart(
            width,
            [("roofline, H800", T["c1"], band)],
            points,
            (0, 30000),
            (0, 10000, 20000, 30000),
            "Tokens per second per node of eight GPUs",
            spans=both[both["chip"] != study.CHIP][["batch", "low", "middle", "high"]],
        )

    distance = _say(model, "cost.serving.day_log_distance", "value")
    known = len(both) > 0
    return Exhibit(
        name="cost-serving-throughput",
        title=f"A full batch gives {_say(model, 'cost.serving.batch_throughput_gain')} the throughput of a single stream"
        + (f"; the operator's own rate lies {distance.lstrip('−')} from the roofline" if known else ""),
        subtitle="Decode throughput against batch, R1 on H800 in units of expert parallelism. Dashed: roofline, band 5–95% over efficiencies. Points: published, their batch from speed times rate.",
        source=f"Roofline from the architecture and the chip's data sheet, not fitted; DeepSeek's day of 28 February 2025, SGLang on H100. {NOTEBOOK} {_until(model)}",
        alt=f"Throughput rises with batch to {_say(model, 'cost.serving.decode_tokens_per_s_node')}; published: {_say(model, 'cost.serving.decode_published', 'value')} by the operator.",
        data=pd.concat([band.assign(who="roofline"), points], ignore_index=True),
        sources=_figure(model, "cost.serving.decode_tokens_per_s_node").sources,
        chart=chart,
        how="$t = \\max(FLOP/F\\eta_f, bytes/BW\\eta_b) + t_{net}$, throughput $= B/t$. Bytes are dense weights, the experts a batch touches and the cache; the network carries tokens to their experts and back. A reproduction ran on another chip and shorter prompts: its own roofline stands beside it. "
        + NOTEBOOK,
        note="Above some batch the curve is flat: arithmetic and network, not weights, set the pace.",
    )


def serving_stream(model: Model) -> Exhibit:
    """Return the speed of one stream against batch, with and without drafts."""
    plain, drafted = _band(model, "tokens_per_s_stream"), _band(model, "tokens_per_s_stream", drafts=True)
    low, high = (
        _value(model, "cost.serving.stream_published_low"),
        _value(model, "cost.serving.stream_published_high"),
    )
    both = study.reproduction(model)
    row = lookup.rows(both, who="DeepSeek's service")
    points = pd.DataFrame(columns=["who", "batch", "middle", "low"])
    if len(row) and low is not None and high is not None:
        points = pd.DataFrame(
            {
                "who": ["DeepSeek's service"],
                "batch": [float(row["batch"].iloc[0])],
                "middle": [(low + high) / 2],
                "low": [low],
            }
        )

    def chart(width: int) -> ChartLike:
        bands = [("one token a step", T["c1"], plain), ("with a drafted token", T["c4"], drafted)]
        return _curve_chart(
            width,
            bands,
            points,
            (5, 300),
            (5, 10, 20, 50, 100, 200),
            "Tokens per second, one stream (log scale)",
            log=True,
        )

    gain = _value(model, "cost.mtp.stream_gain_full_batch")
    word = "not in a full one" if gain is not None and gain < 1.05 else "less in a full one"
    return Exhibit(
        name="cost-serving-stream",
        title=f"Batching slows each stream by {_say(model, 'cost.serving.batch_stream_loss')}; a drafted token speeds it up at small batches, {word}",
        subtitle=f"Tokens per second of one stream against batch; loss at {report.TYPICAL_BATCH:.0f} sequences per GPU against one. Dashed: roofline, band 5–95%. Point: published.",
        source=f"As the throughput chart. Users of the service saw {_say(model, 'cost.serving.stream_published_low', 'value')} to {_say(model, 'cost.serving.stream_published_high', 'value')}. {NOTEBOOK}",
        alt=f"One stream falls as the batch grows; drafts give {_say(model, 'cost.mtp.speedup')} where memory is the limit and {_say(model, 'cost.mtp.stream_gain_full_batch')} at a full batch.",
        data=pd.concat(
            [plain.assign(who="one token a step"), drafted.assign(who="with a drafted token"), points],
            ignore_index=True,
        ),
        sources=_figure(model, "cost.serving.decode_tokens_per_s_node").sources,
        chart=chart,
        how="One stream makes $E[tok]/t$ tokens a second, $E[tok] = 1+\\alpha$ with one draft accepted at rate $\\alpha$. A drafted step checks two tokens a sequence: arithmetic and network double, weights and cache do not. "
        + NOTEBOOK,
    )


def serving_cost(model: Model) -> Exhibit:
    """Return the cost of a million output tokens against batch, with the operator's and the list price."""
    band = _band(model, "tokens_per_s_gpu")
    d = model.parameters
    rate = d.central("gpu_hour_usd")
    costs = pd.DataFrame({"batch": band["batch"]})
    for name, source in (("low", "high"), ("middle", "middle"), ("high", "low")):
        costs[name] = serving.usd_per_mtok(rate, band[source])
    published = _value(model, "cost.serving.cost_per_mtok_published")
    row = lookup.rows(study.reproduction(model), who="DeepSeek's service")
    points = pd.DataFrame(columns=["who", "batch", "middle", "low"])
    if published is not None and len(row):
        points = pd.DataFrame(
            {
                "who": ["DeepSeek's service"],
                "batch": [float(row["batch"].iloc[0])],
                "middle": [published],
                "low": [published],
            }
        )

    def chart(width: int) -> ChartLike:
        bands = [(f"at ${rate:.2f} an hour", T["c1"], costs)]
        return _curve_chart(
            width,
            bands,
            points,
            (0.1, 20),
            (0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
            "USD per million output tokens (log scale)",
            log=True,
        )

    return Exhibit(
        name="cost-serving-cost",
        title=f"At a full batch a million output tokens cost {_say(model, 'cost.serving.cost_per_mtok', 'value').replace(' per million tokens', '')} {_say(model, 'cost.serving.cost_per_mtok', 'interval')} to make, against a list price of {_say(model, 'cost.api.r1_output_price', 'value').replace(' per million tokens', '')}",
        subtitle="GPU cost of decoding against batch, USD per million tokens, decode alone. Dashed: roofline at the middle rent, band 5–95% over efficiencies.",
        source=f"Prefill, idle hours, staff and free traffic are not in it. {NOTEBOOK} {_until(model)}",
        alt=f"Cost falls with batch; the operator's published rate means {_say(model, 'cost.serving.cost_per_mtok_published', 'value')}.",
        data=pd.concat([costs.assign(who="roofline"), points], ignore_index=True),
        sources=_figure(model, "cost.serving.cost_per_mtok").sources,
        chart=chart,
        how="Cost $= p_{GPU}/(3600\\cdot tokens/s/GPU)$. " + NOTEBOOK,
    )


def coverage(model: Model) -> Exhibit:
    """Return the share of experts that a batch touches, uniform and skewed."""
    a = study.v3(model)
    tokens = np.unique(np.round(np.geomspace(1, 2048, 45)))
    data = pd.DataFrame(
        {
            "tokens": tokens,
            "uniform": 100 * serving.expert_coverage(a.n_routed_experts, a.experts_per_token, tokens),
            "skewed": 100 * serving.expert_coverage_skewed(a.n_routed_experts, a.experts_per_token, tokens),
        }
    )

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        x = _x(
            "tokens",
            (1, 2048),
            (1, 8, 64, 512),
            log=True,
            title="Tokens in the step (log scale)",
            labels=LOG_PLAIN,
        )
        marks: list[alt.Chart] = []
        for field, name, dash, at in (
            ("uniform", "uniform routing", DASH, 40),
            ("skewed", "skewed routing (Zipf): lower bound", [1, 3], 160),
        ):
            y = _y(field, (0, 100), (0, 25, 50, 75, 100), title="Experts of a layer that are read, %")
            marks.append(
                alt.Chart(data)
                .mark_line(color=T["c1"] if field == "uniform" else T["c4"], strokeDash=dash)
                .encode(x=x, y=y)
            )
            spot = data.iloc[[int(np.argmin(np.abs(data["tokens"] - at)))]].assign(
                text=name if wide else name.split(" ")[0]
            )
            marks.append(
                _text(
                    spot,
                    x,
                    y,
                    dx=10 if field == "skewed" else -10,
                    dy=8 if field == "skewed" else -6,
                    align="left" if field == "skewed" else "right",
                    colour=T["ink"],
                )
            )
        return _layers(marks, width, 260 if wide else 230, left=40, right=20, top=28, bottom=44)

    one = float(data["uniform"].iloc[0])
    at128 = float(100 * serving.expert_coverage(a.n_routed_experts, a.experts_per_token, 128.0))
    return Exhibit(
        name="cost-expert-coverage",
        title=f"Sparsity saves reading only for the few: one token reads {one:.0f}% of the experts, a batch of 128 reads {at128:.0f}%",
        subtitle=f"Share of a layer's {a.n_routed_experts} routed experts touched by a step, {a.experts_per_token} per token. Modelled.",
        source=f"Occupancy under uniform routing; lower bound with popularity falling as rank⁻¹. {NOTEBOOK}",
        alt=f"Two rising curves: one token touches {one:.0f}% of experts, 128 tokens touch {at128:.0f}% if routing is uniform, fewer if it is skewed.",
        data=data,
        sources=_figure(model, "cost.kv.v3_bytes_per_token").sources,
        chart=chart,
        how="$1-(1-k/E)^B$ for $E$ experts, $k$ per token and $B$ tokens. Skewed: $1 - \\overline{(1-q_i)^B}$ with chances $q_i \\propto 1/i$, capped at one. "
        + NOTEBOOK,
    )


def roofline(model: Model) -> Exhibit:
    """Return the roofline of the chip with decode steps by batch and a prefill on it."""
    a, chip, unit = study.v3(model), study.chip(model), study.decode_unit(model)
    context = study.decode_context(model)
    count = architecture.count_parameters(a)
    eta_f, eta_b = (model.parameters.central(n) for n in ("serving_mfu", "bandwidth_efficiency"))
    batches = np.array([1.0, 8.0, 32.0, 128.0])
    batches = batches[batches <= serving.largest_batch(a, unit, context)]
    step = serving.decode(a, unit, batches, context, eta_f, eta_b)
    core = architecture.attention_flop_per_token(a, context, absorbed=True)
    flop = batches * (2 * (count.active - count.embedding / 2) + core)
    read = step.memory_s * chip.bandwidth_bytes_per_s * eta_b
    data = pd.DataFrame(
        {
            "label": [f"decode, {b:.0f}" for b in batches],
            "intensity": flop / read,
            "tflops": flop / step.step_s / 1e12,
        }
    )
    prompt = study.PROMPT_TOKENS
    rate = float(serving.prefill_tokens_per_s_gpu(a, unit, prompt, eta_f))
    per_token = 2 * (count.active - count.embedding / 2) + float(
        architecture.attention_flop_per_token(a, prompt / 2)
    )
    chunk = 16000.0
    weights = serving.resident_weight_bytes_per_gpu(a, serving.ServingUnit(chip, 32))
    data.loc[len(data)] = [
        "prefill",
        chunk * per_token / (weights + chunk * architecture.kv_bytes(a)),
        rate * per_token / 1e12,
    ]
    grid = np.geomspace(1, 100000, 51)
    roofs = pd.concat(
        [
            pd.DataFrame(
                {
                    "intensity": grid,
                    "tflops": np.minimum(peak, grid * chip.bandwidth_bytes_per_s) / 1e12,
                    "roof": name,
                }
            )
            for name, peak in (("FP8", chip.fp8_flop_per_s), ("BF16", chip.bf16_flop_per_s))
        ]
    )

    def chart(width: int) -> ChartLike:
        wide = width > theme.NARROW
        x = _x(
            "intensity",
            (1, 100000),
            (1, 10, 100, 1000, 10000, 100000),
            log=True,
            title="FLOP per byte read (log scale)",
            labels=LOG_PLAIN,
        )
        y = _y(
            "tflops",
            (1, 4000),
            (1, 10, 100, 1000),
            log=True,
            title="TFLOP per second and GPU (log scale)",
            labels=LOG_PLAIN,
        )
        lines = alt.Chart(roofs).mark_line(color=T["ink3"], strokeWidth=1.5).encode(x=x, y=y, detail="roof:N")
        ends = roofs.groupby("roof").tail(1).assign(text=lambda d: d["roof"] + " peak")
        dots = alt.Chart(data).mark_point(filled=True, size=72, color=T["c1"]).encode(x=x, y=y)
        names = data.assign(text=data["label"] if wide else data["label"].str.replace("decode, ", ""))
        return _layers(
            [
                lines,
                dots,
                _text(names, x, y, dx=9, dy=7, colour=T["ink"]),
                _text(ends, x, y, dx=-4, dy=-9, align="right", colour=T["ink3"]),
            ],
            width,
            310 if wide else 270,
            left=44,
            right=24,
            top=28,
            bottom=44,
        )

    return Exhibit(
        name="cost-roofline",
        title=_roofline_title(step),
        subtitle=f"Roofline of an {chip.name}: arithmetic per byte against work done. Points: R1's decode steps by sequences per GPU, and a prefill, at middle efficiencies.",
        source=f"Chip data sheet; bandwidth {chip.bandwidth_bytes_per_s / 1e12:.2f} TB/s; balance {chip.balance(16):.0f} (BF16) and {chip.balance(8):.0f} (FP8) FLOP per byte. {NOTEBOOK}",
        alt=f"Roofline with decode points at {data['tflops'].iloc[0]:.2g} TFLOP/s for one sequence, rising with batch, and prefill at {data['tflops'].iloc[-1]:.3g} TFLOP/s.",
        data=pd.concat([data, roofs.rename(columns={"roof": "label"})], ignore_index=True),
        sources=lookup.sources(lookup.rows(model.facts.table("accelerators"), name=chip.name)),
        chart=chart,
        how="A step does $B(2N_{active}+A(L))$ FLOP and reads weights and cache; the slant is bandwidth times intensity, the ceilings the dense peaks (Williams et al. 2009). "
        + NOTEBOOK,
    )


def _roofline_title(step: serving.DecodeStep) -> str:
    """Return the finding on what a step waits for, alone and at the fullest batch drawn."""

    def longest(i: int) -> str:
        parts = {"arithmetic": step.compute_s[i], "memory": step.memory_s[i]}
        return max(parts, key=lambda k: float(parts[k]))

    share = 100 * float(step.network_s[-1] / step.step_s[-1])
    return f"Alone, a stream waits for {longest(0)}; at a full batch for {longest(-1)}, and {share:.0f}% of the step for the network"


def day_log(model: Model) -> Exhibit:
    """Return the operator's published day, recomputed from its own parts."""
    log = study.day_log(model)
    if log is None:
        return _not_public("cost-day-log", "the operator's service log", model)
    pairs = (
        ("Nodes, from tokens over throughput", "cost.serving.nodes_from_log", "cost.serving.nodes_published"),
        ("Cost of the day", "cost.serving.cost_per_day", None),
        (
            "Theoretical revenue at R1's list price",
            "cost.serving.revenue_per_day",
            "cost.serving.revenue_published",
        ),
        ("Margin over cost", "cost.serving.margin", None),
        ("Decode per node, roofline", "cost.serving.day_log_model", "cost.serving.decode_published"),
        (
            "Prefill of fresh tokens per node, roofline",
            "cost.serving.prefill_tokens_per_s_node",
            "cost.serving.prefill_fresh_published",
        ),
        (
            "SGLang on H100: decode per node, roofline",
            "cost.serving.sglang_model",
            "cost.serving.sglang_observed",
        ),
    )
    given = {
        "Cost of the day": study.day_value(model, "daily GPU cost"),
        "Margin over cost": study.day_value(model, "theoretical cost profit margin"),
    }
    rows = []
    for label, ours, theirs in pairs:
        figure = _figure(model, ours)
        published = _value(model, theirs) if theirs else given[label]
        gap = None if published is None or figure.value is None else 100 * (figure.value / published - 1)
        rows.append(
            (
                label,
                format_figure(figure),
                format_number(published, figure.unit, "published"),
                "–"
                if gap is None
                else f"{gap:+.{0 if abs(gap) >= 10 else 2}{'f' if abs(gap) >= 10 else 'g'}}%".replace(
                    "-", "−"
                )
                if abs(gap) >= 0.005
                else "0%",
            )
        )
    data = pd.DataFrame(rows, columns=["quantity", "recomputed", "published", "difference"])
    return Exhibit(
        name="cost-day-log",
        title=f"The operator's day adds up: {_say(model, 'cost.serving.nodes_from_log', 'value')} recomputed, {_say(model, 'cost.serving.nodes_published', 'value')} published",
        subtitle="DeepSeek's published service day (24 hours to noon, 28 February 2025), recomputed, and rates beside the roofline",
        source=f"DeepSeek, inference system overview, 1 March 2025; SGLang, May 2025. Revenue is theoretical: much traffic was free or cheaper. {NOTEBOOK}",
        alt=f"Table: nodes, cost, revenue and margin recomputed from the published parts; margin {_say(model, 'cost.serving.margin', 'value')}.",
        data=data,
        sources=_figure(model, "cost.serving.nodes_from_log").sources,
        columns=(
            Column("quantity", "Quantity", weight=2.4),
            Column("recomputed", "Recomputed", "right", "number", 1.8),
            Column("published", "Published", "right", "number", 1.3),
            Column("difference", "Difference", "right", "number"),
        ),
        how="Nodes $= (tokens_{in}/r_{prefill} + tokens_{out}/r_{decode})/86400$; cost = nodes × 8 × 24 h × rate; margin = revenue / cost − 1. "
        + NOTEBOOK,
    )


def decomposition(model: Model) -> Exhibit:
    """Return each mechanism's factor by what it helps, with the model that had it first."""
    table = breakthroughs.factors(model)
    chain = breakthroughs.hours_chain(model)
    data = table.copy()
    data["label"] = data["mechanism"] + ": " + data["respect"]
    data["since"] = [
        f"{r.first.replace('DeepSeek-', '')}, {_month(r.first_date)}" if r.first_date else r.first
        for r in data.itertuples()
    ]
    data["group"] = "mechanism"
    if chain is not None:
        extra = pd.DataFrame(
            {
                "label": "Llama-3.1-405B over V3: " + chain["step"],
                "value": chain["factor"],
                "since": "",
                "group": "chain",
            }
        )
        data = pd.concat([data, extra], ignore_index=True)
    data["number"] = [format_number(v, "ratio", "modelled") for v in data["value"]]

    def chart(width: int) -> ChartLike:
        rows = Rows(data, width, left=318, right=130)
        x = _x(
            "value",
            (0.8, 80),
            (1, 2, 5, 10, 20, 50),
            log=True,
            title="Times better (log scale)",
            labels="'×' + format(datum.value, '~r')",
        )
        one = alt.Chart(pd.DataFrame({"value": [1.0]})).mark_rule(color=T["ink3"]).encode(x=x)
        stems = (
            alt.Chart(rows.frame.assign(base=1.0))
            .mark_rule(color=T["s3"], strokeWidth=4)
            .encode(
                x=_x(
                    "base",
                    (0.8, 80),
                    (1, 2, 5, 10, 20, 50),
                    log=True,
                    title="Times better (log scale)",
                    labels="'×' + format(datum.value, '~r')",
                ),
                x2="value:Q",
                y=rows.y(),
            )
        )
        scale = alt.Scale(domain=["mechanism", "chain"], range=[T["c1"], T["ink"]])
        dots = (
            alt.Chart(rows.frame)
            .mark_point(filled=True, size=70)
            .encode(x=x, y=rows.y(), color=alt.Color("group:N", scale=scale, legend=None))
        )
        columns = rows.numbers(inset=86) if rows.wide else rows.numbers()
        if rows.wide:
            columns += rows.numbers("since", head="first in")[:0] + _since(rows)
        return rows.finish([rows.rules(), one, stems, dots, *rows.names(), *columns])

    rate = _value(model, "cost.breakthrough.chain_rate")
    sparse = rate is not None and 0.8 <= rate <= 1.25
    tail = "; fewer active parameters explain the hours" if sparse else ""
    return Exhibit(
        name="cost-decomposition",
        title=f"Every mechanism is older than R1{tail}",
        subtitle="Each mechanism's factor: the model as built against the same model without it. Lower rows: from Llama-3.1-405B's hours to V3's.",
        source=f"Counted from the published architecture; hours as reported; ×1.0 means no help in that respect. {NOTEBOOK}",
        alt=f"Dots of factors: sparse experts {_say(model, 'cost.breakthrough.moe_training', 'value')} on training arithmetic but {_say(model, 'cost.breakthrough.moe_full_batch', 'value')} on weights read at a full batch, latent attention {_say(model, 'cost.kv.mha_ratio', 'value')} on the cache, FP8 {_say(model, 'cost.breakthrough.fp8_peak', 'value')} on peak arithmetic, drafts {_say(model, 'cost.mtp.speedup', 'value')} on a stream.",
        data=data.drop(columns=["number"]),
        sources=_figure(model, "cost.breakthrough.moe_training").sources,
        chart=chart,
        how="Sparse experts: all over active parameters. Latent attention: cache of plain over latent. FP8: bytes and peak. Drafts: $(1+\\alpha)/(1+o)$. Chain: active parameters × tokens × work per GPU-hour = ratio of reported hours; the last factor is what FP8 and everything else gained over BF16 on like chips. "
        + NOTEBOOK,
        note="R1 added a way of training on top of V3. Its architecture is V3's, to the byte.",
    )


def _since(rows: Rows) -> list[alt.Chart]:
    x = rows.width - rows.left - 2
    base = alt.Chart(rows.frame).mark_text(align="right", baseline="middle", color=T["ink2"])
    head = alt.Chart(pd.DataFrame({"t": ["first in"]})).mark_text(
        align="right", color=T["ink3"], baseline="middle"
    )
    return [
        base.encode(x=alt.value(x), y=rows.y(), text="since:N"),
        head.encode(x=alt.value(x), y=alt.value(-12), text="t:N"),
    ]


# ---------------------------------------------------------------- dated facts


def pcie(model: Model) -> Exhibit:
    """Return the dated facts on the PCI-Express cluster and on the cluster that trained V3."""
    infra = model.facts.table("infrastructure")
    paper = lookup.rows(infra, topic="Fire-Flyer 2 paper").set_index("metric")
    history = lookup.rows(infra, topic="history").set_index("metric")
    cluster = lookup.rows(infra, topic="cluster use")
    lines = [
        ("GPUs", "GPUs in cluster", None),
        ("Matrix speed, TFLOPS FP16", "FP16 GEMM per PCIe A100", "FP16 GEMM per DGX A100"),
        ("Node power, W", "node power", "DGX node power"),
        ("Server price, relative", "server price", "server price DGX design"),
        ("Network price, relative", "network price", "network price DGX design"),
        ("Total price, relative", "total price", "total price DGX design"),
        ("Switches", "switches", "switches DGX design"),
    ]
    rows = []
    for label, ours, theirs in lines:
        if ours in paper.index:
            mine = float(paper.loc[ours, "value_low"])
            other = float(paper.loc[theirs, "value_low"]) if theirs else None
            rows.append(
                (
                    label,
                    f"{mine:,.0f}",
                    "–" if other is None else f"{other:,.0f}",
                    "–" if other is None else f"{100 * mine / other:.0f}%",
                )
            )
    rows.append(("Built", _year(history, "Fire-Flyer 2 GPUs"), "–", "–"))
    for row in cluster.itertuples():
        rows.append(
            (f"{row.entity} was trained on", f"{row.value_low:,.0f} H800, NVLink and InfiniBand", "–", "–")
        )
    data = pd.DataFrame(rows, columns=["quantity", "pcie", "nvlink", "share"])
    return Exhibit(
        name="cost-pcie",
        title=f"The PCI-Express cluster is real and older: half the price at {_say(model, 'cost.pcie.speed_share', 'value')} of the speed, and not what trained V3",
        subtitle="Fire-Flyer 2 (PCIe A100, built 2021) against an NVLink design, and the cluster behind V3 and R1",
        source=f"Fire-Flyer AI-HPC paper, August 2024 (makers' own comparison); DeepSeek-V3 report, December 2024. {NOTEBOOK}",
        alt=f"Table: the PCIe cluster cost {_say(model, 'cost.pcie.total_price_share', 'value')} of an NVLink design; V3 used {_say(model, 'cost.pcie.v3_gpus', 'value')} H800 with NVLink.",
        data=data,
        sources=tuple(
            dict.fromkeys(
                [*_figure(model, "cost.pcie.gpus").sources, *_figure(model, "cost.pcie.v3_gpus").sources]
            )
        ),
        columns=(
            Column("quantity", "Quantity", weight=1.8),
            Column("pcie", "PCIe cluster", "right", "number", 1.6),
            Column("nvlink", "NVLink design", "right", "number"),
            Column("share", "Share", "right", "number", 0.7),
        ),
        how="Value for money is speed over node price: "
        + _say(model, "cost.pcie.value_ratio", "value")
        + ". "
        + NOTEBOOK,
    )


def _year(frame: pd.DataFrame, metric: str) -> str:
    return str(frame.loc[metric, "as_of_date"])[:4] if metric in frame.index else "–"


def rate_limits(model: Model) -> Exhibit:
    """Return what the operator's documentation said on limits, by date."""
    reports = model.facts.table("inference_reports")
    docs = reports[(reports["report"] == "DeepSeek API docs")].sort_values("report_date")
    if docs.empty:
        return _not_public("cost-rate-limits", "the operator's documentation on limits", model)
    said = np.where(
        docs["value"] > 0,
        [f"{v:,.0f} concurrent requests per account" for v in docs["value"]],
        "no limit stated; best effort",
    )
    data = pd.DataFrame(
        {
            "date": docs["report_date"].to_numpy(),
            "models": docs["model"].to_numpy(),
            "documentation": said,
            "above": np.where(docs["value"] > 0, "HTTP 429", "slow replies, at times 429 or 503"),
        }
    )
    now = bool((docs["value"] > 0).any())
    return Exhibit(
        name="cost-rate-limits",
        title="No limit was stated in early 2025" + ("; by 2026 accounts are capped" if now else ""),
        subtitle="What DeepSeek's API documentation says on limits, by date read",
        source=f"DeepSeek API documentation, copies of the dates given. {NOTEBOOK} {_until(model)}",
        alt="Table of documented limits: none stated in February 2025"
        + (
            f", {_say(model, 'cost.limits.concurrency_low', 'value')} and {_say(model, 'cost.limits.concurrency_high', 'value')} concurrent requests in 2026."
            if now
            else "."
        ),
        data=data,
        sources=lookup.sources(docs),
        columns=(
            Column("date", "Date"),
            Column("models", "Models", weight=1.4),
            Column("documentation", "Stated", weight=2),
            Column("above", "Beyond it", weight=1.6),
        ),
        how="Dates are those of the copies read; a rule may have started earlier. " + NOTEBOOK,
    )
