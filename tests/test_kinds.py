"""Kinds of chart: each draws both its forms inside their widths, keeps its labels apart, and refuses what it cannot draw in one line."""

import json
import re
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepseek_era import charts
from deepseek_era.charts import base, marks, scales, theme
from deepseek_era.charts.days import stacked
from deepseek_era.charts.marks import Box, place
from deepseek_era.drawing import answers
from deepseek_era.drawing.svg import pen
from deepseek_era.errors import ModelInputError
from deepseek_era.pages.drawings import inline_svg

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
        "group_side": ["loser", "winner", "winner"],
    }
)
HILLS = pd.DataFrame(
    {
        name: np.random.default_rng(k).normal(m, 2, 500)
        for k, (name, m) in enumerate(zip(DAY["label"], DAY["car"], strict=True))
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
PARTS = pd.DataFrame(
    {"year": [2025, 2025, 2026, 2026], "part": ["others", "own"] * 2, "share": [40.0, 60.0, 98.0, 2.0]}
)
MODELS = pd.DataFrame({"label": ["Small", "Large"], "billions": [7.0, 671.0]})
SLIDERS = [charts.Control("bits", "Bits", 1, 16, 1, 8.0), charts.Control("spare", "Spare", 0, 9, 1, 2.0)]


def live(**changed):
    """Rows that a page moves: memory of models by bits."""
    options = {
        "controls": SLIDERS,
        "columns": {"gb": "billions * bits / 8", "whole": "gb + spare"},
        "domain": (0, 600),
        "texts": {"number": "{whole:,.0f} GB, {gb:.1f} of ‘weights’"},
        "derived": {"most": "671 * bits / 8", "twice": "2 * most"},
        "readout": "{twice:.0f} GB at {bits:.0f} bits",
        "references": [
            charts.Reference(24, "a card of 24 GB", dashed=True),
            charts.Reference(900, "a server"),
        ],
        **changed,
    }
    return charts.Live(MODELS, **options)


def moving(**changed):
    """A still chart of rows with its live form."""
    frame = MODELS.assign(gb=MODELS["billions"], whole=MODELS["billions"] + 2, number=["9 GB", "673 GB"])
    marks = (charts.bar("gb", by="s5"), charts.bar("whole", start="gb", by="s3"))
    return charts.rows(frame, "label", *marks, numbers={"number": ""}, axis="GB", live=live(**changed))


CALLS = pd.DataFrame(
    {
        "label": ["Chips and their suppliers", "Clouds", "Users of answers"],
        "alone": [0.96, 0.004, 1.0],
        "left": [0.46, 0.0, 0.7],
        "forecast": [0.57, np.nan, 0.0],
        "came": ["partly", "too early", "yes"],
        "word": ["for a while", "too small", "for a while"],
        "article": ["loser", "winner", "winner"],
        "fame": [True, False, False],
    }
)
ANSWERS = {"for a while": ("For a while: 2", "gone with the lead"), "too small": ("Too small: 1", "")}
LADDER = pd.DataFrame(
    {
        "head": ["Chips and their suppliers", "Later", "Forecast", "What came"],
        "text": [
            "They lose for sure.",
            "Less than half of it is left.",
            "A coin.",
            "Shares fell, sales rose.",
        ],
        "mark": ["alone", "left", "forecast", "partly"],
        "value": [0.96, 0.46, 0.57, np.nan],
        "start": [np.nan, 0.96, np.nan, np.nan],
    }
)
MOVES = pd.DataFrame(
    {
        "label": ["Chips and their suppliers"] * 40 + ["Clouds"],
        "move": [*np.random.default_rng(3).normal(0, 2, 39), 9.0, 1.0],
        "name": [""] * 39 + ["a far day", ""],
    }
)


def questions(frame=CALLS, heads=ANSWERS, **options):
    return charts.questions(frame, "label", heads=heads, **options)


def days(frame=MOVES, day=-16.0, **options):
    return charts.days(frame, "label", "move", day=day, words="27 January", **options)


TEXTS = {"title": "Chips fell", "subtitle": "Percent", "source": "Invented.", "alt": "Three rows."}

KINDS = {
    "intervals": lambda: charts.rows(
        DAY, "label", charts.span("low", "high"), charts.dot("car", by="side"), axis="Return, %"
    ),
    "rows of groups": lambda: charts.rows(
        DAY,
        "label",
        charts.tick("car", data=MEMBERS),
        charts.dot("car"),
        group="group",
        numbers={"text": "modelled (range)"},
        references=[charts.Reference(-5, "the article: 5"), charts.Reference(-4.5, "another")],
    ),
    "bars": lambda: charts.bars(DAY, "label", "car", by="group"),
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
    "spreads": lambda: charts.spreads(
        DAY.assign(q25=DAY["car"] - 0.5, q75=DAY["car"] + 0.5, seen=[-50.0, None, 2.0]),
        "label",
        quantiles=("low", "q25", "car", "q75", "high"),
        observed="seen",
        between=("low", "high"),
        domain=(-15, 5),
        zones=[charts.Zone(-10, -5, "the article")],
        numbers={"text": "modelled (range)"},
        remarks={"group": "who"},
    ),
    "areas": lambda: charts.plane(
        charts.areas(YEAR, "day", "rent", "kind"),
        x=charts.Axis(kind="time"),
    ),
    "strips": lambda: charts.plane(
        charts.quantiles(SPREAD, "year", ends="Index"),
        charts.hatch(SPREAD, "year", "b50", "b75"),
        beneath=[
            charts.Strip(SPREAD.assign(t="a few words here"), "year", "What was said", words="t"),
            charts.Strip(SPREAD.head(2), "year", "tight", glyph="triangle-up", hollow=True),
            charts.Strip(SPREAD.head(0), "year", "loose"),
        ],
    ),
    "hills": lambda: charts.rows(
        DAY,
        "label",
        charts.hill(HILLS, {"loser": -5, "neutral": 5, "winner": None}),
        charts.dot("car"),
        side="side",
        numbers={"text": "modelled (range)", "group": "who"},
        phone=2,
        zones=[charts.Zone(-5, 5, "too small"), charts.Zone(5, 20, "wins", colour="")],
    ),
    "curve": lambda: charts.curve(
        DAY, "car", {"group": ["sellers", "users"], "side": ["loser", "winner"]}, by="side", axis="Return, %"
    ),
    "questions": lambda: questions(strong="fame"),
    "ladder": lambda: charts.ladder(LADDER),
    "cross": lambda: charts.cross(CALLS, "label"),
    "days": lambda: days(axis="Change of chips, %", label="name"),
    "grid": lambda: charts.grid(
        DAY, "label", {"text": ("Range", "R.")}, tinted=lambda row, c: row["car"] < -5, aside={"car": "CAR"}
    ),
}


DRAWN = {
    "lines": ["spot", "one year", "27 January 2025"],
    "fan": ["the article", "plan"],
    "columns": [],
    "areas": ["spot", "one year"],
    "hills": ["Chips and their suppliers", "too small", "wins", "sellers"],
    "curve": ["sellers", "users", "Return, %"],
    "questions": [
        "Chips and their suppliers",
        "For a while: 2",
        "no forecast",
        "partly",
        "what the article said",
    ],
    "ladder": ["Chips and their suppliers", "96%", "46%", "57%", "partly"],
    "cross": ["Clouds", "Partly: 1", "Too early: 1"],
    "days": ["27 January: −16.0%", "a far day", "Change of chips, %"],
    "strips": ["What was said", "a few words here", "tight", "loose", "Index", "95%"],
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
            lambda: charts.spreads(DAY, "label", quantiles=("low", "q25", "car", "car", "high")),
            "no column 'q25'",
        ),
        (lambda: charts.areas(YEAR, "day", "rent", "knid"), "no column 'knid' (nearest: kind)"),
        (lambda: charts.areas(YEAR.head(0), "day", "rent", "kind"), "the table is empty"),
        (lambda: charts.areas(YEAR, "day", "rnet", "kind"), "no column 'rnet' (nearest: rent)"),
        (lambda: charts.hatch(SPREAD, "yaer", "b50", "b75"), "no column 'yaer' (nearest: year)"),
        (
            lambda: charts.plane(
                charts.points(DAY, "car", "low"), beneath=[charts.Strip(YEAR, "dya", "said")]
            ),
            "no column 'dya' (nearest: day)",
        ),
        (lambda: charts.hill(HILLS.head(0)), "charts.hill: no draws"),
        (
            lambda: charts.rows(DAY, "label", charts.dot("car"), side="sied"),
            "no column 'sied' (nearest: side)",
        ),
        (lambda: charts.curve(DAY, "car", {"gruop": ["users"]}), "no column 'gruop' (nearest: group)"),
        (lambda: charts.curve(DAY, "car", {}), "no option to show"),
        (
            lambda: charts.plane(charts.line(YEAR, "day", "rent", each="knid")),
            "no column 'knid' (nearest: kind)",
        ),
        (
            lambda: charts.exhibit(DAY, name="own", columns={"labl": "L"}, **TEXTS),
            "no column 'labl' (nearest: label)",
        ),
        (
            lambda: questions(alone="alnoe"),
            "charts.questions: the table has no column 'alnoe' (nearest: alone)",
        ),
        (lambda: questions(CALLS.head(0)), "the table is empty"),
        (
            lambda: questions(CALLS.assign(came="mostyl")),
            "'mostyl' is none of yes, mostly, partly, no, too early (nearest: mostly)",
        ),
        (
            lambda: questions(CALLS.assign(alone=1.2)),
            "Chips and their suppliers: alone is 1.2, allowed: 0 to 1",
        ),
        (lambda: questions(CALLS.assign(left=np.nan)), "left is missing, allowed: 0 to 1"),
        (lambda: questions(CALLS.assign(article="neutral")), "side 'neutral', allowed: winner or loser"),
        (lambda: questions(heads={}), "heads has no head for 'for a while'"),
        (lambda: charts.ladder(LADDER.assign(mark="rnig")), "mark 'rnig' is none of alone, left, forecast"),
        (lambda: charts.ladder(LADDER.assign(start=np.nan)), "step 'Later': start is nan, allowed: 0 to 1"),
        (lambda: charts.ladder(LADDER, side="both"), "side 'both', allowed: winner or loser"),
        (
            lambda: charts.cross(CALLS, "lable"),
            "charts.cross: the table has no column 'lable' (nearest: label)",
        ),
        (
            lambda: charts.cross(CALLS.assign(word="perhaps"), "label"),
            "'perhaps' is none of yes, for a while",
        ),
        (lambda: days(MOVES.assign(name="a day"), label="name"), "41 days have a label, allowed: at most 4"),
        (lambda: charts.turns({}), "charts.turns: no drawing"),
        (
            lambda: charts.turns({"Chips": (days(), " ")}),
            "charts.turns: Chips: the sentence below it is empty",
        ),
        (lambda: days(day=float("nan")), "move holds a day without a number"),
        (lambda: days(MOVES.drop(columns="move")), "charts.days: the table has no column 'move'"),
        (lambda: moving(columns={"gb": "billoins * bits"}), "billoins is not among"),
        (lambda: moving(texts={"number": "{gbs:.0f} GB"}), "names no column 'gbs' (nearest: gb)"),
        (lambda: moving(texts={}), "charts.Live: the table has no column 'number'"),
        (lambda: moving(columns={"gb": "billions"}, texts={"number": "{gb}"}), "no column 'whole'"),
        (lambda: moving(derived={"most": "billions * bits"}), "billions is not among"),
        (lambda: moving(readout="{thrice:.0f} GB"), "the readout names no slider or derived number 'thrice'"),
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
        (
            lambda: charts.exhibit(KINDS["bars"](), name="own", was=("Older one",), **TEXTS),
            "exhibit 'Older one': a name is lower-case words",
        ),
        (
            lambda: charts.exhibit(KINDS["bars"](), name="own", files={"check": (" ", DAY)}, **TEXTS),
            "exhibit own: the title of its file check is empty",
        ),
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
    with pytest.raises(ModelInputError, match="exhibit own: shut folds the rows of a table, saw a chart"):
        charts.exhibit(bar, name="own", shut=True, **TEXTS)
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


def test_each_of_several_areas_begins_where_the_one_below_ends() -> None:
    found = charts.areas(PARTS, "year", "share", "part").frame
    ends = found[found["year"] == 2026][["part", "_start", "_end"]].to_numpy().tolist()
    assert ends == [["others", 0, 98], ["own", 98, 100]]


def test_a_value_beyond_a_given_domain_is_drawn_at_its_end() -> None:
    drawing = charts.rows(DAY, "label", charts.dot("car"), domain=(-5, 5))
    spec = json.dumps(base.specification(drawing.draw(theme.WIDE)))
    assert '"car": -5' in spec
    assert drawing.frame["car"].min() == -9.5  # the data stay as they are


def test_a_hatch_has_strokes_only_where_the_upper_line_is_above_the_lower() -> None:
    crossing = pd.DataFrame({"x": [0.0, 1.0, 2.0], "a": [1.0, 2.0, 4.0], "b": [4.0, 2.0, 1.0]})
    drawn = charts.hatch(crossing, "x", "a", "b").frame.dropna()
    assert len(drawn)
    assert drawn["x"].max() < 1
    assert charts.hatch(crossing, "x", "a", "a").frame.dropna().empty


def test_on_a_phone_long_names_at_the_ends_of_lines_become_a_legend() -> None:
    long = YEAR.assign(kind=YEAR["kind"] + " and many more words to name it")
    drawing = charts.plane(charts.line(long, "day", "rent", by="kind", ends=True), x=charts.Axis(kind="time"))
    narrow = base.svg(drawing.draw(theme.NARROW))
    assert "one year and many more words" in narrow
    wide, phone = (base.specification(drawing.draw(w)) for w in (theme.WIDE, theme.NARROW))
    assert wide["padding"]["right"] > 150
    assert phone["padding"]["right"] < 40


def test_rows_that_move_begin_at_the_sliders_base_and_name_what_the_sliders_move() -> None:
    drawing = moving()
    spec = base.specification(drawing.live())
    rows = next(rows for rows in spec["datasets"].values() if rows and "whole" in rows[0])
    assert [row["gb"] for row in rows] == [7.0, 600.0]  # where the measure ends
    assert [row["number"] for row in rows] == ["9 GB, 7.0 of ‘weights’", "673 GB, 671.0 of ‘weights’"]
    parameters = {p["name"]: p.get("value", p.get("expr")) for p in spec["params"]}
    assert parameters["bits"] == 8
    assert "bits" in parameters["most"]
    assert "most" in parameters["twice"]
    steps = [t for layer in spec["layer"] for t in layer.get("transform", ())]
    assert {"gb", "whole", "number"} == {t["as"] for t in steps}
    assert any(t["as"] == "whole" and "clamp" in t["calculate"] for t in steps)
    assert (drawing.controls, drawing.readout) == (tuple(SLIDERS), live().readout)


@pytest.mark.parametrize(("bits", "says"), [(4, "338 GB, 335.5 of"), (8, "673 GB, 671.0 of")])
def test_the_page_writes_and_draws_what_the_sliders_say_and_no_bar_leaves_the_plot(
    bits: int, says: str
) -> None:
    spec = base.specification(moving(texts={"number": "{whole:,.0f} GB, {gb:,.1f} of"}).live())
    next(p for p in spec["params"] if p["name"] == "bits")["value"] = bits
    svg = pen().draw(json.dumps(spec))
    assert says in svg
    assert "a card of 24 GB" in svg
    bars = re.findall(r'<line transform="translate\(([\d.]+),[^>]*x2="([\d.]+)"[^>]*stroke-width="14"', svg)
    assert len(bars) == 4
    assert max(float(start) + float(length) for start, length in bars) <= spec["width"]


def test_a_further_layer_may_be_empty_and_the_only_one_may_not() -> None:
    seen = charts.points(YEAR.head(0), "day", "rent", label="kind")
    drawn = charts.plane(charts.line(YEAR, "day", "rent", by="kind"), seen, x=charts.Axis(kind="time"))
    assert "<svg" in base.svg(drawn.draw(theme.WIDE))
    with pytest.raises(ModelInputError, match="the table is empty"):
        charts.plane(seen)


def test_the_line_from_a_label_to_its_mark_crosses_no_other_mark_where_it_can() -> None:
    # what stands below is taken by a whisker: the label goes up
    whisker, room = Box(97, 52, 103, 100), Box(0, 0, 200, 100)
    beside = [Box(0, 40, 94, 60), Box(106, 40, 200, 60), Box(0, 20, 200, 39)]
    label = place([(100.0, 50.0, "a mark")], room, [whisker, *beside, Box(60, 61, 140, 80)], reach=60)[0]
    assert label.far
    assert label.y < 50


def rows_of(drawing, width: int, *columns: str) -> list[dict]:
    """Return the rows of a drawing's tables that have these columns."""
    tables = base.specification(drawing.draw(width))["datasets"].values()
    return [row for table in tables for row in table if set(columns) <= set(row)]


def test_a_hill_has_the_parts_that_its_draws_reach_and_joins_them_where_they_meet() -> None:
    draws = pd.DataFrame({"Clouds": np.linspace(2, 9, 400), "Software": np.linspace(-9, 9, 400)})
    mark = charts.hill(draws, {"loser": -3, "neutral": 3, "winner": None})
    drawing = charts.rows(DAY, "label", mark, charts.dot("car"), domain=(-10, 10))
    assert drawing.sides
    outline = pd.DataFrame(rows_of(drawing, theme.WIDE, "hill", "top"))
    named = outline.groupby("hill")["_part"].agg(set).to_dict()
    assert named["Software"] == {"loser", "neutral", "winner"}
    assert "loser" not in named["Clouds"]
    whole = outline[outline["hill"] == "Software"]
    ends = {part: (rows["x"].min(), rows["x"].max()) for part, rows in whole.groupby("_part")}
    assert ends["loser"][1] == ends["neutral"][0]
    assert ends["neutral"][1] == ends["winner"][0]
    # its mass lies where the draws lie: half of an even spread left of nought
    assert (whole["x"] < ends["neutral"][0] + (ends["neutral"][1] - ends["neutral"][0]) / 2).mean() == (
        pytest.approx(0.5, abs=0.1)
    )


def test_a_curve_has_a_square_under_every_result_for_each_choice_that_made_it() -> None:
    table = DAY.sample(frac=1, random_state=3)
    drawing = charts.curve(table, "car", {"group": ["sellers", "users"], "side": ["loser", "winner"]})
    spots = rows_of(drawing, theme.WIDE, "x", "y")
    places = sorted({row["x"] for row in spots if set(row) == {"x", "y"}})
    squares = pd.DataFrame([row for row in spots if set(row) == {"x", "y"} and row["y"] > 150])
    assert len(places) == 3
    by_line = squares.groupby("y")["x"].agg(lambda x: [places.index(p) for p in sorted(x)])
    # sorted by the result: chips, clouds, software; two sellers, a user, a loser, a winner
    assert by_line.tolist() == [[0, 1], [2], [0], [2]]


def test_labels_are_put_apart_as_little_as_need_be() -> None:
    generator = np.random.default_rng(2)
    for _ in range(50):
        places = generator.uniform(0, 300, 8)
        found = np.array(marks.apart(list(places), 300, 15))
        order = np.argsort(places)
        assert np.diff(found[order]).min() >= 15 - 1e-9
        assert found.min() >= 6 - 1e-9
        assert found.max() <= 294 + 1e-9
    assert marks.apart([100.0, 101.0], 300, 15) == pytest.approx([93.0, 108.0])
    assert marks.apart([], 300) == []


@pytest.mark.parametrize("opens", [("label",), ("label", "nowhere")])
def test_what_opens_below_a_row_names_two_columns_of_the_table(opens: tuple[str, ...]) -> None:
    with pytest.raises(
        ModelInputError, match=f"exhibit own: opens: saw {', '.join(opens)}, allowed: two columns"
    ):
        charts.exhibit(DAY, name="own", columns={"label": "Who"}, opens=opens, **TEXTS)


def test_a_table_without_rows_is_shown_with_a_dash_under_each_header() -> None:
    shown = charts.exhibit(DAY.head(0), name="own", columns={"label": "Who", "text": "Range"}, **TEXTS)
    assert shown.data[["label", "text"]].to_numpy().tolist() == [["–", "–"]]
    with pytest.raises(ModelInputError, match="no column 'txet'"):
        charts.exhibit(DAY.head(0), name="own", columns={"txet": "Range"}, **TEXTS)


def test_a_phone_shows_as_many_numbers_as_it_is_asked_to() -> None:
    for phone, seen in ((1, False), (2, True)):
        drawing = charts.rows(
            DAY, "label", charts.dot("car"), numbers={"text": "range", "group": "who"}, phone=phone
        )
        assert ("sellers" in base.svg(drawing.draw(theme.NARROW))) == seen
        assert "sellers" in base.svg(drawing.draw(theme.WIDE))


def test_a_label_stays_beside_its_mark_where_the_page_narrows_the_plot() -> None:
    named = DAY.assign(label=["Chips", "", ""])
    drawing = charts.plane(charts.points(named, "low", "high", label="label"), movable=True)
    spec = json.dumps(base.specification(drawing.draw(theme.WIDE))["layer"])
    assert re.search(r'"x": \{"value": \{"expr": "width\*0\.\d+[+-]\d', spec)


def drawn_points(svg: str, radius: float) -> list[tuple[float, float]]:
    """Where the circles of a radius stand, from the drawing itself."""
    found = re.findall(r'<path transform="translate\(([-\d.]+),([-\d.]+)\)" d="M([\d.]+),0A', svg)
    return [(float(x), float(y)) for x, y, r in found if abs(float(r) - radius) < 0.05]


@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
def test_days_of_a_row_never_overlap_and_the_day_above_stands_in_no_row(width: int) -> None:
    svg = base.svg(days(label="name").draw(width))
    dots, above = drawn_points(svg, 3.7), drawn_points(svg, 6.5)
    assert len(dots) == len(MOVES)
    assert len(above) == 1
    assert all(above[0][1] + 6.5 < y - 3.7 for _, y in dots)
    for k, (x, y) in enumerate(dots):
        assert all(max(abs(x - x2), abs(y - y2)) > 6.5 for x2, y2 in dots[:k])


@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
def test_strips_shown_by_turns_stand_on_one_scale_and_the_first_is_the_exhibits_own(width: int) -> None:
    reach = [-16.0, 12.0, *MOVES["move"]]
    calm = MOVES.assign(move=MOVES["move"] / 4)
    strips = {"Chips": (days(within=reach), "Far."), "Power": (days(calm, 2.5, within=reach), "Near.")}
    shown = charts.exhibit(charts.turns(strips), name="own", **TEXTS)
    first, second = (base.svg(view.draw(width)) for view in shown.views)
    ticks = [re.findall(r'translate\(([-\d.]+),[-\d.]+\)"[^>]*>(−?\d+%)<', svg) for svg in (first, second)]
    assert ticks[0] == ticks[1] != []
    assert base.svg(days(calm, 2.5).draw(width)) != second  # alone it would have a scale of its own
    assert shown.chart is not None
    assert base.svg(shown.chart(width)) == first
    kept = base.payload(shown)["views"]
    assert [set(view) for view in kept] == [{"name", "said"}, {"name", "said", "wide", "narrow"}]


@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
def test_each_row_of_both_questions_has_its_sentence_and_a_ground_to_point_at(width: int) -> None:
    calls = CALLS.assign(said=[f"Of {name}." for name in CALLS["label"]])
    drawing = questions(calls, said="said")
    drawn = inline_svg(base.svg(drawing.draw(width)), "hero", "Rows.", "wide")
    (grounds,) = re.findall(r"<g data-rows[^>]*>(.*?)</g>", drawn)
    tops = [float(y) for y in re.findall(r'd="M[-\d.]+,([-\d.]+)', grounds)]
    names = {name: float(re.search(rf',([-\d.]+)\)"[^>]*>{name}<', drawn)[1]) for name in CALLS["label"]}
    assert sorted(drawing.rows) == sorted(calls["said"])
    for said, top, below in zip(drawing.rows, tops, [*tops[1:], np.inf], strict=True):
        assert top < names[said.removeprefix("Of ").removesuffix(".")] < below


@given(st.lists(st.floats(0, 60), min_size=1, max_size=40))
def test_stacked_dots_are_apart_on_each_level_and_levels_grow_from_the_middle(places: list[float]) -> None:
    levels = stacked(places)
    for level in set(levels):
        on = sorted(x for x, at in zip(places, levels, strict=True) if at == level)
        assert all(b - a >= 6.9 for a, b in pairwise(on))
    # a level is opened only when those nearer to the middle are taken
    order = [0, *(level for n in range(1, len(places)) for level in (-n, n))]
    assert set(levels) == set(order[: len(set(levels))])


@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
def test_the_two_questions_share_no_axis_and_each_mark_stands_at_its_probability(width: int) -> None:
    svg = base.svg(questions().draw(width))
    rows = {y: x for x, y in drawn_points(svg, 5)}
    rings = {y: x for x, y in drawn_points(svg, 4.4)}
    filled = [rows[y] for y in sorted(rows) if y > 0]
    hollow = [rings[y] for y in sorted(rings) if y > 0]
    low, high = hollow[2], filled[1]  # a row with nothing left, one with certainty
    assert filled[0] == pytest.approx(low + 0.96 * (high - low), abs=0.1)
    assert hollow[0] == pytest.approx(low + 0.46 * (high - low), abs=0.1)
    diamonds = re.findall(r'translate\(([-\d.]+),([-\d.]+)\)" d="M-5.5,0L', svg)
    assert min(float(x) for x, y in diamonds) > high
    assert len([y for _, y in diamonds if float(y) > 0]) == 2  # what is never scored has none


@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
def test_a_cross_names_everybody_once_and_its_counts_add_up(width: int) -> None:
    svg = base.svg(charts.cross(CALLS, "label").draw(width))
    assert [svg.count(f">{name}<") for name in CALLS["label"]] == [1, 1, 1]
    counts = [int(n) for n in re.findall(r">(?:Yes|Partly|Too early): (\d+)<", svg)]
    assert sum(counts) == len(CALLS)
    assert "The other way" not in svg


@pytest.mark.parametrize("family", answers.FAMILIES.values())
def test_a_chart_draws_the_marks_that_the_page_draws(family: dict[str, str]) -> None:
    for paths in family.values():
        found = answers.outlines(paths)
        assert len(found) == paths.count("/>")
        assert [filled for _, filled, _ in found] == [
            'fill="currentColor"' in part for part in paths.split("/>")[:-1]
        ]
        assert sum(dashed for *_, dashed in found) == paths.count("stroke-dasharray")


def test_on_the_page_a_mark_says_its_step_and_a_name_in_the_cross_leads_to_its_card():
    calls = pd.DataFrame(
        {
            "id": ["C01"],
            "who": ["Clouds"],
            "alone": [0.7],
            "left": [0.4],
            "forecast": [0.5],
            "came": ["partly"],
        }
    ).assign(word="for a while", article="loser")
    drawing = charts.questions(calls, "who", heads={"for a while": ("For a while: 1", "")})
    drawn = inline_svg(base.svg(drawing.draw(720)), "hero", "Rows.", "wide")
    assert set(re.findall(r'data-step="(.)"', drawn)) == {str(n + 1) for n in range(len(drawing.steps))}
    for card, role in (("id", "group"), ("", "img")):
        cross = charts.cross(calls, "who", card=card)
        drawn = inline_svg(base.svg(cross.draw(340)), "cross", "Cross.", "narrow")
        assert f'role="{role}"' in drawn
        assert re.findall(r'<a href="#card-(\w+)">', drawn) == (["C01"] if card else [])
