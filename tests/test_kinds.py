"""Kinds of chart: each draws both its forms inside their widths, keeps its labels apart, and refuses what it cannot draw in one line."""

import json
import re

import altair as alt
import numpy as np
import pandas as pd
import pytest

from deepseek_era import charts
from deepseek_era.charts import base, scales, theme
from deepseek_era.errors import ModelInputError

DAY = pd.DataFrame(
    {
        "label": ["Chips and their suppliers", "Clouds", "Software"],
        "car": [-9.5, -1.3, 1.6],
        "low": [-12.0, -4.0, -1.0],
        "high": [-7.0, 1.0, 4.0],
        "side": ["loser", "neutral", "winner"],
        "group": ["sellers", "sellers", "users"],
        "text": ["−9.5% (−12 to −7)", "−1.3% (−4 to 1)", "1.6% (−1 to 4)"],
        "whole": [False, False, True],
    }
)
MEMBERS = pd.DataFrame({"label": ["Clouds", "Clouds", "Nobody"], "car": [-2.0, 0.5, 99.0]})
YEAR = pd.DataFrame(
    {
        "day": ["2025-01-01", "2025-07-01", "2026-01-01"] * 2,
        "rent": [2.1, 1.9, 2.4, 2.2, 2.0, 2.5],
        "kind": ["spot"] * 3 + ["one year"] * 3,
    }
)
SPREAD = pd.DataFrame(
    np.quantile(
        np.random.default_rng(1).normal(size=(400, 5)).cumsum(axis=1),
        [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975],
        axis=0,
    ).T,
    columns=["b025", "b10", "b25", "b50", "b75", "b90", "b975"],
).assign(year=[2025.0, 2026, 2027, 2028, 2029])
TEXTS = {"title": "Chips fell", "subtitle": "Percent", "source": "Invented.", "alt": "Three rows."}

KINDS = {
    "intervals": lambda: charts.intervals(DAY, "label", "car", "low", "high", by="side", axis="Return, %"),
    "rows of groups": lambda: charts.rows(
        DAY,
        "label",
        charts.tick("car", data=MEMBERS),
        charts.dot("car"),
        group="group",
        numbers={"text": "modelled (range)"},
        references=[charts.Reference(-5, "the article: 5"), charts.Reference(-4.5, "another")],
    ),
    "dumbbell": lambda: charts.dumbbell(YEAR, "kind", "rent", by="day"),
    "bars": lambda: charts.bars(DAY, "label", "car", by="group"),
    "waterfall": lambda: charts.waterfall(DAY, "label", "car", total="whole"),
    "lines": lambda: charts.plane(
        charts.line(YEAR, "day", "rent", by="kind", ends=True, dashed=["one year"]),
        x=charts.Axis(kind="time"),
        y="Rent, $ per GPU-hour",
        upright=[charts.Reference(pd.Timestamp("2025-01-27"), "27 January 2025")],
    ),
    "fan": lambda: charts.plane(
        *charts.quantiles(SPREAD, "year"),
        y="Index",
        level=[charts.Reference(1.0, "the article")],
        zones=[charts.Zone(2026, 2027, "plan")],
    ),
    "points": lambda: charts.plane(
        charts.points(DAY, "low", "high", label="label"), charts.whiskers(DAY, "low", "car", "high")
    ),
    "columns": lambda: charts.plane(
        charts.columns(SPREAD, "year", "b90"), charts.spans(DAY, "low", "high", "car")
    ),
    "grid": lambda: charts.grid(
        DAY, "label", {"text": ("Range", "R.")}, tinted=lambda row, c: row["car"] < -5, aside={"car": "CAR"}
    ),
}


DRAWN = {
    "dumbbell": ["spot", "one year"],
    "lines": ["spot", "one year", "27 January 2025"],
    "fan": ["the article", "plan"],
    "columns": [],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
def test_a_kind_draws_itself_inside_its_width_with_every_label_whole(kind: str, width: int) -> None:
    exhibit = charts.exhibit(KINDS[kind](), name="own", **TEXTS)
    svg = base.svg(exhibit.chart(width))
    assert float(re.search(r'<svg[^>]* width="([\d.]+)"', svg)[1]) == width
    for name in DRAWN.get(kind, ["Chips and their suppliers"]):
        assert name in svg, f"{kind}: {name} is cut"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda: charts.rows(DAY, "lable", charts.dot("car")),
            "charts.rows: the table has no column 'lable' (nearest: label)",
        ),
        (lambda: charts.rows(DAY, "label", charts.dot("cra")), "no column 'cra' (nearest: car)"),
        (
            lambda: charts.rows(DAY, "label", charts.tick("cra", data=MEMBERS)),
            "no column 'cra' (nearest: car)",
        ),
        (lambda: charts.rows(DAY.head(0), "label", charts.dot("car")), "the table is empty"),
        (lambda: charts.bars(DAY, "label", "car", by="sied"), "no column 'sied' (nearest: side)"),
        (
            lambda: charts.bars(DAY, "label", "car", by="group", colours={"users": "c9"}),
            "'c9' is no token of the theme",
        ),
        (lambda: charts.plane(charts.line(YEAR.head(0), "day", "rent")), "the table is empty"),
        (lambda: charts.plane(charts.line(YEAR, "day", "rnet")), "no column 'rnet' (nearest: rent)"),
        (
            lambda: charts.plane(charts.points(DAY, "car", "low"), x=charts.Axis("Return", kind="log")).draw(
                720
            ),
            "a logarithm needs",
        ),
        (lambda: charts.grid(DAY, "label", {"txet": "T"}), "no column 'txet' (nearest: text)"),
        (
            lambda: charts.exhibit(DAY, name="own", columns={"labl": "L"}, **TEXTS),
            "no column 'labl' (nearest: label)",
        ),
        (lambda: charts.exhibit(object(), name="own", **TEXTS), "saw a object, allowed: a chart of"),
        (
            lambda: charts.exhibit(KINDS["bars"](), name="own", **{**TEXTS, "title": " "}),
            "exhibit own: title is empty",
        ),
        (
            lambda: charts.exhibit(KINDS["bars"](), name="own", **{**TEXTS, "alt": ""}),
            "exhibit own: alt is empty",
        ),
        (lambda: charts.exhibit(KINDS["bars"](), name="Own!", **TEXTS), "a name is lower-case words"),
    ],
)
def test_what_a_kind_cannot_draw_is_one_line_that_names_it(make, says: str) -> None:
    def drawn():
        made = make()
        return made.draw(theme.WIDE) if isinstance(made, base.Drawing) else made

    with pytest.raises(ModelInputError) as caught:
        drawn()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sides_have_their_colours_and_other_categories_never_do() -> None:
    sided = charts.intervals(DAY, "label", "car", "low", "high", by="side")
    assert sided.sides
    plain = charts.bars(DAY, "label", "car", by="group")
    assert not plain.sides
    spec = json.dumps(base.specification(plain.draw(theme.WIDE))["layer"])
    assert not any(theme.TOKENS[token] in spec for token in theme.SIDE_TOKENS)


def test_a_chart_of_altairs_and_tables_of_other_libraries_become_exhibits() -> None:
    bar = alt.Chart(DAY).mark_bar(color=theme.TOKENS["c1"]).encode(x="car:Q", y="label:N")
    exhibit = charts.exhibit(bar, name="own", **TEXTS)
    assert exhibit.data.equals(DAY)
    for width in (theme.WIDE, theme.NARROW):
        assert float(re.search(r' width="([\d.]+)"', base.svg(exhibit.chart(width)))[1]) == pytest.approx(
            width, abs=1
        )
    styled = charts.exhibit(
        DAY[["label", "car"]].style.format({"car": "{:.0f}%"}).hide(axis="index"), name="own", **TEXTS
    )
    assert list(styled.data["car"]) == ["-10%", "-1%", "2%"]
    plain = charts.exhibit(DAY, name="own", columns={"label": "Who", "car": "Return"}, **TEXTS)
    assert [(c.header, c.align) for c in plain.columns] == [("Who", "left"), ("Return", "right")]


@pytest.mark.parametrize("kind", ["linear", "log"])
def test_an_axis_holds_its_values_and_its_ticks_are_round(kind: str) -> None:
    generator = np.random.default_rng(7)
    for _ in range(200):
        values = np.exp(generator.normal(0, 3, size=4))
        axis = scales.measure(list(values), wide=True, kind=kind)
        low, high = axis.domain
        assert low <= values.min()
        assert values.max() <= high
        assert len(axis.ticks) <= 9
        assert all(low <= t <= high for t in axis.ticks)
        mantissas = {f"{t:e}".split("e")[0].rstrip("0").rstrip(".") for t in axis.ticks if t}
        assert all(len(m.replace(".", "")) <= 3 for m in mantissas)
        shares = [axis.share(v) for v in sorted(values)]
        assert shares == sorted(shares)
        assert shares[0] >= 0
        assert shares[-1] <= 1
