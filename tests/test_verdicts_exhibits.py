"""The exhibits of the verdict part: every one draws, in ordinary and in degenerate runs."""

import re

import numpy as np
import pytest

from deepseek_era.charts import base, theme
from deepseek_era.exhibits import verdicts as exhibits
from deepseek_era.model import Model
from deepseek_era.parameters import SETTINGS, resolve
from deepseek_era.verdicts import evaluate, nulls, report, sensitivity

ALL = (
    "matrix",
    "impacts",
    "three_ways",
    "tornado",
    "drivers",
    "deciders",
    "flips",
    "slope",
    "specification_curve",
    "sceptic",
    "contests",
    "null_test",
    "convergence",
    "correlated",
    "flip_points",
    "too_small",
    "alone",
    "changed_afterwards",
)


def fixed_to_medians():
    rows = resolve().rows
    return {k: r.quantile(0.5) for k, r in rows.items() if r.dist not in SETTINGS}


@pytest.fixture(scope="module", autouse=True)
def small_repeats():
    """Few draws for what is recomputed many times: no test here hangs on the last digit of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sensitivity, "SOBOL_N", 64)
        patch.setattr(sensitivity, "SIDES_N", 64)
        patch.setattr(sensitivity, "SUBSET", 512)
        patch.setattr(sensitivity, "SPECIFICATION_DRAWS", 256)
        yield


@pytest.fixture(scope="module")
def model():
    return Model(resolve({"draws": 2048}))


@pytest.fixture(scope="module")
def shown(model):
    return {name: getattr(exhibits, name)(model) for name in ALL}


@pytest.mark.parametrize("name", ALL)
def test_an_exhibit_has_words_data_and_a_drawing_of_exact_width_in_token_colours(shown, name):
    x = shown[name]
    assert len(x.data) > 0
    assert len(x.alt) > 40
    if x.chart is None:
        assert {c.field for c in x.columns} <= set(x.data.columns)
        return
    tokens = {v.lower() for v in theme.TOKENS.values()}
    for width in (theme.WIDE, theme.NARROW):
        svg = base.svg(x.chart(width))
        assert re.search(rf'<svg[^>]* width="{width}"', svg)
        assert len(svg) < 66_000
        colours = {c.lower() for c in re.findall(r'(?:fill|stroke)="(#[0-9a-fA-F]{6})"', svg)}
        assert colours <= tokens, colours - tokens


def test_names_are_unique(shown):
    names = [x.name for x in shown.values()]
    assert len(set(names)) == len(names)


def test_the_hills_title_counts_what_the_verdicts_say(model, shown):
    small = sum(
        evaluate.judged(model)[k].verdict == "Neutral" for k in evaluate.evaluations(model) if k[0] == "C"
    )
    title = shown["impacts"].title
    assert f"{small} are too small to matter" in title
    whole, *parts = map(int, re.findall(r"\d+", title))
    assert sum(parts) == whole == sum(k[0] == "C" for k in evaluate.evaluations(model))


def test_the_matrix_shows_the_probabilities_of_the_table(model, shown):
    table = report.calls_table(model).set_index("id")
    for row in shown["matrix"].data.itertuples():
        if row.id[0] != "C":  # a consideration neither wins nor loses
            assert row.odds == row.short == row.long == ""
            continue
        lose, win = (float(x) for x in row.odds.split())
        assert lose == pytest.approx(table.loc[row.id, "p_loser"], abs=5e-4)
        assert win == pytest.approx(table.loc[row.id, "p_winner"], abs=5e-4)


def test_the_flip_grid_sums_to_one_for_each_stakeholder(shown):
    assert np.allclose(shown["flips"].data.groupby("who")["p"].sum(), 1)


def test_the_drivers_of_a_call_share_out_the_whole(shown):
    totals = shown["drivers"].data.groupby("id")["share"].sum()
    assert np.allclose(totals, 100)


def test_the_shares_of_the_verdict_sum_to_the_whole_where_it_is_open(model, shown):
    totals = shown["drivers"].data.groupby("id")["share_of_verdict"].sum(min_count=1)
    assert set(totals.dropna().index) == set(sensitivity.undecided(model))
    assert np.allclose(totals.dropna(), 100)


def test_the_second_run_names_every_open_call_with_its_likelier_side(model, shown):
    table = shown["deciders"].data
    keys = sensitivity.undecided(model)
    assert [w.split("(")[1].rstrip(")") for w in table["who"]] == keys
    for key, row in zip(keys, table.to_dict("records"), strict=True):
        e = evaluate.evaluations(model)[key]
        assert row["side"].startswith(
            "wins" if row["p_side"] == sensitivity.sides_sobol(model)[key]["win"].mean else "loses"
        )
        assert row["p_side"] == pytest.approx(max(e.p.win, e.p.lose), abs=0.12)  # few base points here
    settled = set(sensitivity.sides_sobol(model)) - set(keys)
    assert f"Left out: {len(settled)} calls" in shown["deciders"].source


DEGENERATE = {
    "what-was-public-in-january": ({}, "article"),
    "nothing-happened": (nulls.nothing(), "latest"),
    "everything-fixed": (fixed_to_medians(), "latest"),
    "a-gain-below-one": ({"inference_gain": 0.5}, "latest"),
}


@pytest.mark.parametrize("key", DEGENERATE)
def test_every_exhibit_and_every_phrase_survives_a_degenerate_run(key):
    overrides, vintage = DEGENERATE[key]
    run = Model(resolve({**overrides, "draws": 1024}, vintage=vintage))
    for name in ALL:
        x = getattr(exhibits, name)(run)
        if x.chart is not None:
            base.specification(x.chart(theme.WIDE if len(name) % 2 else theme.NARROW))
        assert "nan" not in x.title.lower().split()
    words = report.phrases(run)
    assert all(text and text[0] != " " for text in words.values())


def test_the_curve_of_a_call_names_only_reversals_that_it_reads(model):
    x = exhibits.specification_curve(model, "C18")
    named = {s for s in x.data["sceptic"] if s}
    read = {c.name for c in sensitivity.reversals(model) if sensitivity.touches(c, "C18")}
    assert named == read
    assert "no throttle on China" in named
