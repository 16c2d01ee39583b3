"""Every capacity exhibit draws at both widths, in ordinary runs and in extreme ones."""

import re

import pytest

from deepseek_era.capacity import report
from deepseek_era.charts import base
from deepseek_era.charts.theme import TOKENS
from deepseek_era.exhibits import capacity
from deepseek_era.model import Model
from deepseek_era.parameters import resolve

DRAWS = {"draws": 1024}
COLOURS = {c.lower() for c in TOKENS.values()} | {"none", "transparent", "#fff", "#ffffff"}


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(resolve(DRAWS))


@pytest.mark.parametrize("build", capacity.EXHIBITS, ids=lambda f: f.__name__)
def test_an_exhibit_is_complete_small_and_of_exact_width(build, model):
    exhibit = build(model)
    assert len(exhibit.data) <= 400
    assert not re.search(r"\bnan\b|\binf\b|None", exhibit.title + exhibit.subtitle + exhibit.alt)
    if exhibit.chart is None:
        assert {c.field for c in exhibit.columns} <= set(exhibit.data.columns)
        return
    for width in (720, 340):
        svg = base.svg(exhibit.chart(width))
        assert re.search(rf'<svg[^>]* width="{width}"', svg)
        assert len(svg) <= 60_000
        assert "NaN" not in svg
        painted = {c.lower() for c in re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]+|[a-z]+)"', svg)}
        assert painted <= COLOURS, painted - COLOURS


def test_names_are_unique(model):
    names = [build(model).name for build in capacity.EXHIBITS]
    assert len(names) == len(set(names))


def test_the_jevons_map_moves_with_four_sliders_whose_base_is_the_run(model):
    exhibit = capacity.jevons_map(model)
    assert {c.param for c in exhibit.controls} == {"eps", "phi", "K", "a"}
    specification = base.specification(exhibit.live())
    values = {p["name"]: p.get("value") for p in specification["params"]}
    for control in exhibit.controls:
        assert control.low <= control.base <= control.high
        assert values[control.param] == pytest.approx(control.base, abs=1e-3)
    assert "xnow" in values


@pytest.mark.parametrize(
    "case",
    [
        {"vintage": "article"},
        {"overrides": {"inference_gain": 1, "training_gain": 1}},
        {"overrides": {"demand_growth": 1, "supply_growth": 6}},
        {"overrides": {"pass_through_long": 0, "elasticity_long": 0}},
    ],
    ids=["january", "null", "glut", "rigid"],
)
def test_exhibits_survive_runs_at_the_edge(case):
    overrides = {**DRAWS, **case.get("overrides", {})}
    edge = Model(resolve(overrides, vintage=case.get("vintage")))
    for build in capacity.EXHIBITS:
        assert build(edge).title
    for build in (
        capacity.demand_supply,
        capacity.power_need,
        capacity.stargate_stranded,
        capacity.jevons_map,
    ):
        assert "NaN" not in base.svg(build(edge).chart(340)), build.__name__


def test_charts_survive_a_run_without_any_spread(model):
    fixed = {name: model.parameters.central(name) for name in model.draws}
    still = Model(resolve({**fixed, **DRAWS}))
    for build in (
        capacity.demand_supply,
        capacity.utilisation_rent,
        capacity.jevons_map,
        capacity.compute_ratio,
    ):
        exhibit = build(still)
        assert "NaN" not in base.svg(exhibit.chart(720)), exhibit.name
    assert capacity.stargate_drivers(still).chart is None


def test_text_chart_and_table_count_the_same_signals_of_scarcity_and_slack(model):
    figures = report.figures(model)
    tight, loose = (int(figures[f"capacity.signals.{k}"].value) for k in ("tight", "loose"))
    table, chart = capacity.signals_table(model), capacity.saturation(model)
    said = table.data["reading"].value_counts()
    assert (said["tight"], said["loose"]) == (tight, loose)
    assert table.title.startswith(f"{tight} of {tight + loose} dated signals")
    assert f"{tight} dated signals of scarcity and {loose} of slack" in chart.alt
    assert f"{tight} tight, {loose} loose" in chart.source
