"""The exhibits of the verdict part: every one draws, in ordinary and in degenerate runs."""

import re

import numpy as np
import pytest

from deepseek_era import prose
from deepseek_era.building.rehearse import rehearse
from deepseek_era.charts import base, theme
from deepseek_era.model import Model
from deepseek_era.parameters import SETTINGS, resolve
from deepseek_era.parameters.scenario_files import scenario_overrides
from deepseek_era.verdicts import evaluate, sensitivity
from deepseek_era.verdicts import tables as verdict_tables

pytestmark = pytest.mark.usefixtures("as_in_a_build")

ALL = (
    "verdict-matrix",
    "verdict-sizes",
    "verdict-alone",
    "verdict-impacts",
    "verdict-months",
    "verdict-three-ways",
    "verdict-horizons",
    "ledger-waterfall",
    "ledger-lines",
    "ledger-choices",
    "ledger-fits",
    "verdict-break-evens",
    "verdict-specifications",
    "verdict-branches",
    "verdict-edition",
    "verdict-stress",
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
def session(model):
    return rehearse("winners-losers", model=model)


@pytest.fixture(scope="module")
def shown(session):
    return session.exhibits


@pytest.fixture(scope="module")
def files(shown):
    return {file.name: file.data for x in shown.values() for file in x.files}


def filled(session, text):
    """Return a title, a source or a passage as the reader sees it."""
    return prose.fill(text, prose.Vocabulary(session.figures), "here")


def test_the_notebook_shows_these_exhibits_each_once(shown):
    assert tuple(shown) == ALL


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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("verdict-slope", "verdict-horizons"),
        ("verdict-flips", "verdict-horizons"),
        ("verdict-drivers", "verdict-break-evens"),
        ("verdict-deciders", "verdict-break-evens"),
        ("verdict-tornado", "verdict-break-evens"),
        ("verdict-correlations", "verdict-break-evens"),
        ("verdict-sceptic", "verdict-stress"),
        ("verdict-contests", "verdict-stress"),
        ("verdict-convergence", "verdict-stress"),
    ],
)
def test_the_address_of_an_exhibit_of_the_first_edition_lands_on_what_took_its_place(shown, old, new):
    assert old in {*shown[new].was, *(file.name for file in shown[new].files)}


def test_the_hills_count_what_the_verdicts_say(model, shown):
    judged = [evaluate.judged(model)[k] for k in evaluate.evaluations(model) if k[0] == "C"]
    small, either = (sum(v.band == band for v in judged) for band in ("too small", "cannot be told"))
    short = sum(v.word == "too small" and v.band != "too small" for v in judged)
    x = shown["verdict-impacts"]
    assert x.title.startswith(f"{small} effects are too small to matter and {short} more too small for what")
    assert x.title.endswith(f"{either} cannot be told")
    assert small + short == sum(v.word == "too small" for v in judged)
    clear, likely = map(
        int, re.match(r"Of the other \d+ effects (\d+) lie on one side .*?, and (\d+) in", x.note).groups()
    )
    assert small + either + clear + likely == len(judged)


def test_the_matrix_shows_the_probabilities_of_the_table(model, shown):
    table = verdict_tables.published(model).set_index("id")
    for row in shown["verdict-matrix"].data.itertuples():
        if row.id[0] != "C":  # a consideration neither wins nor loses
            assert row.odds == row.short == row.long == ""
            continue
        lose, win = (float(x) for x in row.odds.split())
        assert lose == pytest.approx(table.loc[row.id, "p_loser"], abs=5e-4)
        assert win == pytest.approx(table.loc[row.id, "p_winner"], abs=5e-4)


def test_the_flip_grid_sums_to_one_for_each_stakeholder_and_holds_the_flip_itself(model, shown, files):
    data = files["verdict-flips"]
    assert np.allclose(data.groupby("id")["p"].sum(), 1)
    flip = data[(data["short"] == "loses") & (data["long"] == "wins")].set_index("id")["p"]
    for who, key in {"C01": "A02", "C04": "A03"}.items():
        assert flip[who] == pytest.approx(evaluate.evaluations(model)[key].p.win)
    drawn = shown["verdict-horizons"].data.set_index("id")["p_lost_then_won"]
    assert drawn.to_dict() == flip.to_dict()
    assert drawn.is_monotonic_decreasing


def test_the_drivers_of_a_call_share_out_the_whole(files):
    totals = files["verdict-drivers"].groupby("id")["share"].sum()
    assert np.allclose(totals, 100)


def test_the_shares_of_the_verdict_sum_to_the_whole_where_it_is_open(model, files):
    totals = files["verdict-drivers"].groupby("id")["share_of_verdict"].sum(min_count=1)
    assert set(totals.dropna().index) == set(sensitivity.undecided(model))
    assert np.allclose(totals.dropna(), 100)


def test_the_second_run_names_every_open_call_with_its_likelier_side(model, session, shown, files):
    table = files["verdict-deciders"]
    keys = sensitivity.undecided(model)
    assert table["id"].tolist() == keys
    for key, row in zip(keys, table.to_dict("records"), strict=True):
        e = evaluate.evaluations(model)[key]
        assert row["p_side"] == sensitivity.sides_sobol(model)[key][row["side"]].mean
        assert row["p_side"] == pytest.approx(max(e.p.win, e.p.lose), abs=0.12)  # few base points here
    settled = set(sensitivity.sides_sobol(model)) - set(keys)
    whole = shown["verdict-break-evens"]
    assert f"Settled: {len(settled)} calls" in whole.source
    rows = whole.data.set_index("id")
    assert set(rows.index[rows["decides"] == "settled"]) == settled
    for key, row in zip(keys, table.to_dict("records"), strict=True):
        assert rows.loc[key, "decides"].startswith(row["decides"])
        assert rows.loc[key, "size"].startswith(row["size"])


def test_what_opens_below_a_call_is_what_turns_it_and_what_could_fail(model, shown, files):
    data, judged = shown["verdict-stress"].data, files["verdict-sceptic"]
    turned = judged[judged["was"] != judged["now"]].groupby("id")["name"].count()
    for row in data.to_dict("records"):
        assert row["behind"].count("→") == turned.get(row["id"], 0) + row["versions"]
        assert ("Asked so that it can fail" in row["behind"]) == (row["p_contest"] == row["p_contest"])
        assert bool(row["opens"]) == bool(row["behind"])


DEGENERATE = {
    "what-was-public-in-january": {"vintage": "article"},
    "nothing-happened": scenario_overrides("no-event"),
    "everything-fixed": fixed_to_medians(),
    "a-gain-below-one": {"inference_gain": 0.5},
}


@pytest.mark.parametrize("key", DEGENERATE)
def test_every_exhibit_and_every_sentence_survives_a_degenerate_run(key):
    session = rehearse("winners-losers", **DEGENERATE[key], draws=1024)
    # where R1 moved no call there are no months to draw
    assert list(session.exhibits) == [n for n in ALL if n != "verdict-months" or n in session.exhibits]
    for name, x in session.exhibits.items():
        if x.chart is not None:
            base.specification(x.chart(theme.WIDE if len(name) % 2 else theme.NARROW))
        assert "nan" not in filled(session, f"{x.title} {x.alt}").lower().split()
    for passage in session.passages:
        text = filled(session, passage)
        assert "nan" not in text.lower().split()
        assert not re.search(r"  |\.\.|\s[.,;]|[;,]\.", text), text


def test_the_curve_of_a_call_names_only_reversals_that_it_reads(model):
    table = verdict_tables.specifications(model, ["C18"])
    named = {s for s in table["sceptic"] if s}
    read = {c.name for c in sensitivity.reversals(model) if sensitivity.touches(c, "C18")}
    assert named == read
    assert "no throttle on China" in named
    assert table["median"].is_monotonic_increasing


def test_tables_without_rows_keep_their_columns():
    run = Model(resolve({**scenario_overrides("no-event"), "draws": 1024}))
    full = Model(resolve({"draws": 1024}))
    for make in (verdict_tables.alone, verdict_tables.deciders):
        empty = make(run)
        assert len(empty) == 0
        assert list(empty.columns) == list(make(full).columns)
        assert not empty[empty.iloc[:, -1]].size  # flags are flags in an empty table too
