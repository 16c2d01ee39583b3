"""The cost exhibits draw at both widths, in any run, with the report's colours; the live ones compute what they print."""

import json
import re

import numpy as np
import pytest

from deepseek_era.building.rehearse import rehearsed
from deepseek_era.charts import base, theme
from deepseek_era.cost import price, study
from deepseek_era.model import Model
from deepseek_era.parameters import resolve

pytestmark = pytest.mark.usefixtures("as_in_a_build")

RUNS = {
    "latest": {},
    "article": {"vintage": "article"},
    "fixed": {
        "verbosity": 1,
        "output_input_ratio": 1,
        "gpu_hour_usd": 2,
        "experiments_multiple": 1,
        "data_multiple": 1,
        "staff_share": 0,
        "serving_mfu": 0.4,
        "bandwidth_efficiency": 0.6,
        "decode_batch": 128,
        "price_trend": 10,
        "capital_rate": 0,
        "mtp_acceptance": 0.5,
    },
}
HEX = re.compile(r"#[0-9A-Fa-f]{6}\b")


@pytest.fixture(scope="module", params=RUNS)
def exhibits(request):
    return request.param, list(rehearsed("cost", draws=1024, **RUNS[request.param]).exhibits.values())


@pytest.fixture(scope="module")
def today():
    return rehearsed("cost", draws=1024).exhibits


def test_every_exhibit_says_a_finding_a_measure_a_source_and_how_it_was_computed(exhibits):
    _, found = exhibits
    assert len({e.name for e in found}) == len(found)
    for e in found:
        assert e.title
        assert e.subtitle
        assert len(e.data) <= 400
        words = " ".join((e.title, e.subtitle, e.source, e.alt, e.note))
        assert not re.search(r"\b(nan|None|inf)\b", words), e.name
        assert e.how.count("$") % 2 == 0, e.name


def test_every_drawing_is_exactly_as_wide_as_the_page_and_small(exhibits):
    run, found = exhibits
    # one run at one width alone: the narrow drawings differ in layout, not in data
    widths = (theme.WIDE,) if run == "fixed" else (theme.WIDE, theme.NARROW)
    tokens = {value.upper() for value in theme.TOKENS.values()}
    for e in found:
        for width in widths if e.chart else ():
            svg = base.svg(e.chart(width))
            assert re.search(rf'<svg[^>]* width="{width}"', svg), (e.name, width)
            assert len(svg) < 60_000, e.name
            assert {c.upper() for c in HEX.findall(svg)} <= tokens, e.name
            assert not re.search(r">(nan|NaN|null|undefined|Infinity)[<%]", svg), e.name


def test_at_the_articles_date_what_was_not_public_says_so():
    found = rehearsed("cost", draws=1024, vintage="article").exhibits
    assert not found["cost-serving"].files
    assert [file.name for file in rehearsed("cost", draws=1024).exhibits["cost-serving"].files] == [
        "cost-day-log"
    ]
    assert "capped" not in found["cost-rate-limits"].title
    for name in ("cost-rate-limits", "cost-discount-path"):
        assert found[name].data["date"].astype(str).max() <= "2025-01-31"


def evaluate(expression, values):
    """Return a Vega expression of arithmetic over named values (those used here are also Python)."""
    assert re.fullmatch(r"[\w\s.+\-*/(),]+", expression), expression
    return eval(expression, {"__builtins__": {}}, {"max": max, **values})


def parameters_of(exhibit):
    spec = base.specification(exhibit.live())
    return {p["name"]: p.get("value", p.get("expr")) for p in spec["params"]}


def live_rows(exhibit):
    """Return the rows that the live form begins with."""
    tables = base.specification(exhibit.live())["datasets"].values()
    return next(rows for rows in tables if rows and "resident_gb" in rows[0])


def test_the_live_map_computes_the_discount_that_the_model_computes(today):
    model = Model(resolve({"draws": 1024}))
    exhibit = today["cost-discount-map"]
    found = parameters_of(exhibit)
    assert {c.param for c in exhibit.controls} <= set(found)
    r1, o1 = study.prices_of(model, study.R1), study.prices_of(model, study.O1)
    cached = model.parameters.central("cache_share")
    for s, v in ((33, 2.0), (80, 1.0), (5, 3.5)):
        at = {name: found[name] for name in found if isinstance(found[name], float)} | {"s": s, "v": v}
        ours = float(price.call_discount_percent(r1, o1, s / 100, v, cached))
        assert evaluate(found["now"], at) == pytest.approx(ours, abs=1e-3)
        needed = float(price.verbosity_for_discount(93, r1, o1, s / 100, cached))
        assert evaluate(found["needed"], at) == pytest.approx(needed, rel=1e-4)


def test_the_live_memory_chart_computes_what_the_still_one_shows(today):
    exhibit = today["cost-memory-fit"]
    found = parameters_of(exhibit)
    base_values = {c.param: c.base for c in exhibit.controls}
    resident = evaluate(found["r1"], {**base_values, "context": 8.192})
    still = exhibit.data.set_index("label").loc["R1, FP8", "resident_gb"]
    assert resident == pytest.approx(still, rel=1e-4)
    assert evaluate(found["speed"], base_values) == pytest.approx(820 / 37.55, rel=1e-3)
    # the page computes every bar from the same formula: at the sliders' base the rows of the still form
    rows = dict(
        zip(
            ["R1", "Distilled 32B", "Distilled 7B"],
            ["R1, FP8", "Distilled 32B, FP8", "Distilled 7B, FP8"],
            strict=True,
        )
    )
    moving = [row for row in live_rows(exhibit) if row["label"] in rows]
    assert len(moving) == len(rows)
    for row in moving:
        still = exhibit.data.set_index("label").loc[rows[row["label"]], "resident_gb"]
        assert row["resident_gb"] == pytest.approx(still, rel=2e-3), row


def test_live_specifications_stay_small(today):
    for exhibit in (today["cost-discount-map"], today["cost-memory-fit"]):
        assert len(json.dumps(base.specification(exhibit.live()))) < 60_000


def test_the_waterfalls_bars_join_and_end_at_the_whole(exhibits):
    _, found = exhibits
    data = next(e for e in found if e.name == "cost-waterfall").data
    flow = data[data["kind"] == "flow"]
    assert np.allclose(flow["start"].to_numpy()[1:], flow["end"].to_numpy()[:-1])
    whole = data[data["kind"] == "total"]["end"].iloc[0]
    assert flow["end"].iloc[-1] == pytest.approx(whole)
    assert whole < data[data["kind"] == "stock"]["low"].iloc[0]
