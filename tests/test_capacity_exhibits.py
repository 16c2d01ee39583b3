"""Every exhibit of the capacity notebook draws at both widths, in ordinary runs and in extreme ones."""

import re

import pytest

from deepseek_era.building.rehearse import rehearsed
from deepseek_era.charts import base
from deepseek_era.charts.theme import TOKENS
from deepseek_era.model import Model
from deepseek_era.parameters import resolve

pytestmark = pytest.mark.usefixtures("as_in_a_build")

DRAWS = {"draws": 1024}
COLOURS = {c.lower() for c in TOKENS.values()} | {"none", "transparent", "#fff", "#ffffff"}
EDGES = {
    "january": {"vintage": "article"},
    "null": {"inference_gain": 1, "training_gain": 1},
    "glut": {"demand_growth": 1, "supply_growth": 6},
    "rigid": {"pass_through_long": 0, "elasticity_long": 0},
    "loss": {"inference_gain": 0.5, "demand_growth": 6},
}


@pytest.fixture(scope="module")
def shown():
    return rehearsed("capacity", **DRAWS).exhibits


def test_every_exhibit_is_complete_small_and_of_exact_width(shown):
    for name, exhibit in shown.items():
        assert len(exhibit.data) <= 400, name
        assert not re.search(r"\bnan\b|\binf\b|None", exhibit.title + exhibit.subtitle + exhibit.alt), name
        if exhibit.chart is None:
            assert {c.field for c in exhibit.columns} <= set(exhibit.data.columns)
            continue
        for width in (720, 340):
            svg = base.svg(exhibit.chart(width))
            assert re.search(rf'<svg[^>]* width="{width}"', svg), name
            assert len(svg) <= 60_000, name
            assert "NaN" not in svg, name
            painted = {c.lower() for c in re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]+|[a-z]+)"', svg)}
            assert painted <= COLOURS, (name, painted - COLOURS)


def test_the_jevons_map_moves_with_four_sliders_whose_base_is_the_run(shown):
    exhibit = shown["jevons-map"]
    assert {c.param for c in exhibit.controls} == {"eps", "phi", "K", "a"}
    specification = base.specification(exhibit.live())
    values = {p["name"]: p.get("value") for p in specification["params"]}
    for control in exhibit.controls:
        assert control.low <= control.prior_low <= control.base <= control.prior_high <= control.high
        assert values[control.param] == pytest.approx(control.base, abs=1e-3)
    assert "xnow" in values


@pytest.mark.parametrize("edge", EDGES)
def test_exhibits_survive_runs_at_the_edge(edge, shown):
    found = rehearsed("capacity", **DRAWS, **EDGES[edge]).exhibits
    assert found.keys() == shown.keys()
    for name in ("demand-supply", "power-need", "stargate-stranded", "jevons-map", "utilisation-rent"):
        svg = base.svg(found[name].chart(340))
        assert "NaN" not in svg, name
        assert re.search(r'<svg[^>]* width="340"', svg), name


def test_charts_survive_a_run_without_any_spread():
    model = Model(resolve(DRAWS))
    fixed = {name: model.parameters.central(name) for name in model.draws}
    still = rehearsed("capacity", **{**fixed, **DRAWS}).exhibits
    for name in ("demand-supply", "utilisation-rent", "jevons-map", "compute-ratio"):
        assert "NaN" not in base.svg(still[name].chart(720)), name
    assert still["stargate-stranded"].data["part"].nunique() == 1  # drivers that are fixed have no fifths


def test_text_chart_and_table_count_the_same_signals_of_scarcity_and_slack(shown):
    figures = rehearsed("capacity", **DRAWS).figures
    tight, loose = (int(figures[f"capacity.signals.{k}"].value) for k in ("tight", "loose"))
    chart = shown["saturation"]
    said = chart.files[0].data["reading"].value_counts()
    assert (said["tight"], said["loose"]) == (tight, loose)
    assert f"Of {tight + loose} dated signals {tight} speak of scarcity" in chart.note
    assert f"{tight} dated signals of scarcity and {loose} of slack" in chart.alt
    assert f"{tight} tight, {loose} loose" in chart.source


def test_the_shares_of_compute_add_up_to_the_whole_by_every_measure(shown):
    files = {file.name: file.data for file in shown["china-lag"].files}
    whole = files["compute-by-country"].groupby("measure")["share"].sum()
    assert len(whole) > 2
    assert whole.to_numpy() == pytest.approx(100)
