"""The market's exhibits and a user's own file: every drawing survives every kind of run, and stays in the report's frame."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from deepseek_era.building import rehearse
from deepseek_era.building.rehearse import rehearsed
from deepseek_era.charts import base, theme
from deepseek_era.errors import DataError, ModelInputError
from deepseek_era.market import inputs, tables
from deepseek_era.market.study import NAMES, OUTSIDE
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.tables import ROOT, load
from deepseek_era.words import p_words

pytestmark = pytest.mark.usefixtures("as_in_a_build")

COLOURS = {colour.lower() for colour in theme.TOKENS.values()}


@pytest.fixture(scope="module")
def own_file(tmp_path_factory):
    """Twelve invented firms on the true calendar; six fall by six points on the day."""
    wide = load("returns_daily").pivot_table(index="date", columns="ticker", values="return_pct")
    rng = np.random.default_rng(3)
    firms = {
        f"F{k:02d}": wide["SPY"] * rng.uniform(0.6, 1.4) + rng.normal(0, 1.2, len(wide)) for k in range(12)
    }
    table = pd.DataFrame(firms).round(3)
    table.loc["2025-01-27", [f"F{k:02d}" for k in range(6)]] -= 6
    long = table.reset_index().melt(id_vars="date", var_name="ticker", value_name="return_pct")
    long["group"] = np.where(long["ticker"] < "F06", "hit", "spared")
    path = tmp_path_factory.mktemp("own") / "mine.csv"
    long.to_csv(path, index=False, sep=";", encoding="utf-8-sig")
    return path


@pytest.fixture(scope="module")
def own_events(tmp_path_factory):
    """Six events, one of them on the day after the scare."""
    path = tmp_path_factory.mktemp("events") / "mine.csv"
    days = ("2024-05-06", "2024-06-07", "2025-01-28", "2025-03-03", "2025-04-07", "2025-08-05")
    path.write_text("first_session,title,kind\n" + "".join(f"{day},e,open-weights\n" for day in days))
    return path


@pytest.fixture(scope="module")
def runs(own_file, own_events):
    """What a kind of run is asked with."""
    return {
        "base": {},
        "article": {"vintage": "article"},
        "own": {"returns_file": str(own_file)},
        "events": {"events_file": str(own_events)},
        "early": {"event_date": "2024-12-26", "estimation_days": 200},
        "strict": {"left_out": "nvda ORCL", "minimum_history": 210, "event_date": "2025-04-22"},
    }


@pytest.fixture(scope="module")
def model():
    return Model(resolve())


@pytest.mark.parametrize(
    ("run", "width"),
    [
        ("base", theme.WIDE),
        ("base", theme.NARROW),
        ("article", theme.WIDE),
        ("own", theme.NARROW),
        ("events", theme.WIDE),
        ("early", theme.WIDE),
        ("strict", theme.NARROW),
    ],
)
def test_exhibits_can_be_drawn_in_every_kind_of_run(runs, run, width):
    shown = rehearsed("market", **runs[run]).exhibits
    assert set(shown) == set(rehearsed("market").exhibits)
    for name, exhibit in shown.items():
        assert name.startswith("market-")
        assert len(exhibit.data) <= 400
        assert base.records(exhibit.data)
        if exhibit.chart is None:
            continue
        spec = base.specification(exhibit.chart(width))
        padding = spec["padding"]
        assert spec["width"] + padding["left"] + padding["right"] == width, name
        assert spec["autosize"] == {"type": "none"}


@pytest.mark.parametrize("name", ["forest", "robustness", "labs", "ledger", "paths", "capex", "stargate"])
def test_drawings_use_the_report_s_colours_and_stay_small(name):
    exhibit = rehearsed("market").exhibits[f"market-{name}"]
    svg = base.svg(exhibit.chart(theme.NARROW))
    assert len(svg) < 60_000
    used = {c.lower() for c in re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]{6})"', svg)}
    assert used <= COLOURS


def clear_groups(model):
    """Return the names of the groups that clearly fell and clearly rose, strongest first, by the placebo test."""
    table = tables.group_results(model).sort_values("caar_pct")
    sides = tables.sides(table)
    return table.loc[sides == "loser", "name"].tolist(), table.loc[sides == "winner", "name"].tolist()[::-1]


def test_the_forest_s_title_names_the_groups_that_the_placebo_test_finds(model):
    table = tables.group_results(model)
    fell, rose = clear_groups(model)
    title = rehearsed("market").exhibits["market-forest"].title
    for name in [*fell, *rose]:
        assert name.lower() in title.lower()
    # the test's other finding stands there too: who was expected to fall and fell within chance
    within = table[(table["p_placebo"] > tables.SIGNIFICANT) & (table["caar_pct"] < 0)]
    assert "clouds" in set(within["group"])
    assert "clouds" in title.split("the fall")[1]
    assert title.endswith("no evidence")


def test_the_forest_counts_the_tests_that_each_group_survives_of_those_that_are_defined_for_it(model):
    fell, rose = clear_groups(model)
    exhibit = rehearsed("market").exhibits["market-forest"]
    found = re.findall(r"(?:passed: |, | and )([^,:]+?) (\d+) of (\d+)", exhibit.alt)
    assert [name for name, *_ in found] == [*fell, *rose[::-1]]
    p = exhibit.data.set_index("group").filter(regex="^p_")
    assert p.shape[1] == 9
    counts = {
        NAMES[g]: (int((row <= tables.SIGNIFICANT).sum()), int(row.notna().sum())) for g, row in p.iterrows()
    }
    assert {name: (int(a), int(b)) for name, a, b in found} == {name: counts[name] for name, *_ in found}
    assert counts["Nvidia"][1] < counts["power"][1] == 9


def test_every_firm_and_every_membership_goes_along_with_the_forest_as_a_file(model):
    files = {file.name: file.data for file in rehearsed("market").exhibits["market-forest"].files}
    assert sorted(files["market-firms"]["ticker"]) == sorted(tables.firm_results(model)["ticker"])
    assert files["market-groups"]["n"].sum() == len(tables.members(model))


def test_one_interval_level_stands_in_every_exhibit_and_is_that_of_the_figures():
    session = rehearsed("market")
    figures, shown = session.figures, session.exhibits
    for name, exhibit in shown.items():
        text = " ".join(
            (exhibit.title, exhibit.subtitle, exhibit.source, exhibit.how, exhibit.note, exhibit.alt)
        )
        assert "95%" not in text, name
        assert "95 %" not in text, name
    for name, column in (("market-forest", "0"), ("market-windows", "[0, +5]")):
        rows = shown[name].data
        if "window" in rows:
            rows = rows[rows["window"] == column]
        key = "0" if column == "0" else "0_5"
        for row in rows.to_dict("records"):
            figure = figures[f"market.{row['group']}.caar_{key}"]
            assert (row["low_pct"], row["high_pct"]) == pytest.approx((figure.low, figure.high), rel=1e-5)
    dollars = shown["market-value"].data.set_index("ticker").loc["NVDA"]
    printed = figures["market.nvda.value_abnormal"]
    assert (dollars["low_usd_b"], dollars["high_usd_b"]) == pytest.approx(
        (printed.low, printed.high), rel=1e-5
    )


def test_a_p_value_at_the_floor_reads_at_most_and_the_bound_is_true():
    assert p_words(1 / 312, True) == "≤0.004"
    assert p_words(11 / 312, True) == "≤0.04"
    assert p_words(0.01, True) == "≤0.01"
    assert p_words(2 / 312) == "<0.01"
    assert p_words(float("nan"), True) == "–"


def test_a_user_s_file_runs_through_the_same_study(runs):
    effects = tables.group_results(Model(resolve(runs["own"]))).set_index("group")
    assert effects.index.tolist() == ["hit", "spared"]
    assert effects.loc["hit", "low_pct"] < -6 < effects.loc["hit", "high_pct"]
    assert effects.loc["spared", "low_pct"] < 0 < effects.loc["spared", "high_pct"]
    assert tables.sides(effects).to_dict() == {"hit": "loser", "spared": "neutral"}
    session = rehearsed("market", **runs["own"])
    assert session.figures["market.nvda.ar_0"].value is None
    assert "This run studies the firms of mine.csv" in " ".join(session.passages)


def test_a_user_s_firm_with_two_groups_in_a_file_is_refused(tmp_path, own_file):
    table = pd.read_csv(own_file, sep=";", encoding="utf-8-sig")
    table.loc[table.index[table["ticker"] == "F03"][5], "group"] = "spared"
    table.to_csv(tmp_path / "two.csv", index=False)
    with pytest.raises(
        DataError, match=r"two\.csv: F03 is in hit and spared; in a file a firm has one group"
    ):
        inputs.study(Model(resolve({"returns_file": str(tmp_path / "two.csv")})))


def test_a_user_s_file_without_groups_keeps_the_report_s_groups_for_known_firms(tmp_path):
    table = load("returns_daily")[["date", "ticker", "return_pct"]]
    path = tmp_path / "known.csv"
    table[table["ticker"].isin(["NVDA", "VST", "CEG"])].to_csv(path, index=False)
    own = Model(resolve({"returns_file": str(path)}))
    plain = Model(resolve())
    assert set(tables.group_results(own)["group"]) == {"nvidia", "power"}
    # the same returns give the same number
    one, other = (tables.group_results(m).set_index("group").loc["nvidia", "caar_pct"] for m in (own, plain))
    assert one == other


def test_a_user_s_file_is_refused_by_name(tmp_path, own_file):
    with pytest.raises(DataError, match=r"returns_file: no file .*missing\.csv"):
        inputs.study(Model(resolve({"returns_file": str(tmp_path / "missing.csv")})))
    with pytest.raises(DataError, match="is a folder; a CSV file is needed"):
        inputs.study(Model(resolve({"returns_file": str(tmp_path)})))
    broken = tmp_path / "latin.csv"
    broken.write_bytes(b"date,ticker,return_pct\n2024-01-03,\xe9,1\n")
    with pytest.raises(DataError, match=r"latin\.csv cannot be read as text"):
        inputs.study(Model(resolve({"returns_file": str(broken)})))
    table = pd.read_csv(own_file, sep=";", encoding="utf-8-sig")
    gap = table[~((table["ticker"] == "F03") & (table["date"] == "2024-06-03"))]
    gap.to_csv(tmp_path / "gap.csv", index=False)
    with pytest.raises(
        DataError, match=r"gap\.csv: F03 has no return on 2024-06-03, a trading day inside its history"
    ):
        inputs.study(Model(resolve({"returns_file": str(tmp_path / "gap.csv")})))
    holiday = pd.concat([table, table.head(1).assign(date="2024-07-04")])
    holiday.to_csv(tmp_path / "holiday.csv", index=False)
    with pytest.raises(
        DataError, match=r"the benchmark EWX has no return on 2024-07-04, when 1 of \d+ firms have one"
    ):
        inputs.study(Model(resolve({"returns_file": str(tmp_path / "holiday.csv")})))


def test_stargate_is_an_event_of_its_own_with_the_opposite_sign(model):
    table = tables.stargate(model).set_index("ticker")
    # Oracle closed up 7.2 and 6.8 percent on 21 and 22 January 2025 and down 13.8 on the 27th
    assert table.loc["ORCL", "up_pct"] > 10
    assert table.loc["ORCL", "day_pct"] < -10
    groups = tables.stargate_groups(model).set_index("group")
    assert groups.loc["stargate", "low_pct"] > 0


def test_exposures_are_dated_before_the_event(model):
    study = inputs.study(model)
    assert study.panel.dates[study.rows[-1]].astype(str) < "2025-01-20"
    fitted = tables.cross_section(model)
    whole = study.firms["estimation_days"] == len(study.rows)
    assert fitted["n"].unique().tolist() == [len(tables.exposures(model))] == [whole.sum() - 1]
    assert "NVDA" not in set(tables.exposures(model)["ticker"])


def test_the_specification_as_set_is_the_run_itself(model):
    table = tables.robustness(model)
    own = table[table["specification"] == "as set"].set_index("group")["caar_pct"]
    day = tables.group_results(model).set_index("group")["caar_pct"]
    assert own.to_dict() == pytest.approx(day.to_dict())
    assert table["specification"].nunique() >= 10


def test_two_groups_named_by_one_call_are_tested_as_one_portfolio(model):
    row = tables.combined(model, ("software", "internet")).iloc[0]
    table = tables.group_results(model).set_index("group")
    assert row["n"] == table.loc["software", "n"] + table.loc["internet", "n"]
    weighted = (table["caar_pct"] * table["n"])[["software", "internet"]].sum() / row["n"]
    assert row["caar_pct"] == pytest.approx(weighted)


def test_the_ledger_counts_news_after_the_close_for_the_next_day(model):
    table = tables.ledger(model).set_index("row_id")
    tariffs = table[table["event"].str.startswith("Chip tariffs")].iloc[0]
    assert tariffs["day"] == 1
    assert not tariffs["0"]
    assert tariffs["0_1"]
    assert not (table.loc[table["role"] == "other", "0"]).any()


def test_paths_start_level_with_the_market_and_end_where_the_index_does(model):
    table = tables.group_paths(model)
    start = table[table["date"] == "2025-01-24"]
    assert (start["relative_pp"] == 0).all()
    monthly = load("total_return_monthly").pivot_table(
        index="date", columns="ticker", values="total_return_index"
    )
    nvidia = table[(table["group"] == "nvidia") & (table["date"] == "2026-07-31")]["relative_pp"].iloc[0]
    assert nvidia == pytest.approx(monthly.loc["2026-07-31", "NVDA"] - monthly.loc["2026-07-31", "SPY"])


@pytest.mark.parametrize("run", ["base", "article", "own", "early", "strict"])
def test_prose_is_whole_in_every_run(runs, run):
    session = rehearsed("market", **runs[run])
    for text in session.passages:
        assert "nan" not in text.lower().split()
        assert "{%" not in text
        for token in re.findall(r"\{\{ (\S+)(?: \| value)? \}\}", text):
            name = token.removeprefix("ref:")
            assert name in (session.exhibits if name != token else session.figures)


# --- a firm taken out of its groups -------------------------------------------------------------------------------------


def test_a_firm_left_out_changes_its_groups_and_nothing_else(model):
    without = Model(resolve({"left_out": "MU"}))
    before, after = (tables.group_results(m).set_index("group") for m in (model, without))
    assert after.loc["semis", "n"] == before.loc["semis", "n"] - 1
    firms = tables.firm_results(model).set_index("ticker")["car_pct"]
    rest = set(inputs.inputs(without).groups.query("group == 'semis'")["ticker"])
    assert "MU" not in rest
    assert after.loc["semis", "caar_pct"] == pytest.approx(firms[list(rest)].mean(), rel=1e-9)
    own = [c for c in before.columns if c != "p_holm"]  # a correction over all groups
    others = before.index.drop("semis")
    pd.testing.assert_frame_equal(before.loc[others, own], after.loc[others, own])
    # the firm itself, and whatever pools all firms, is as it was
    single = ["ticker", "car_pct", "low_pct", "high_pct", "p", "p_bh"]
    pd.testing.assert_frame_equal(tables.firm_results(model)[single], tables.firm_results(without)[single])
    pd.testing.assert_frame_equal(tables.cross_section(model), tables.cross_section(without))
    paths = [tables.group_paths(m).set_index(["group", "date"])["relative_pp"] for m in (model, without)]
    same = (paths[0] == paths[1]).groupby("group").all()
    assert same[~same].index.tolist() == ["semis"]


def test_a_firm_of_two_groups_leaves_both_and_an_empty_group_disappears():
    without = Model(resolve({"left_out": "msft  NVDA"}))
    members = tables.members(without)
    assert members.loc[members["ticker"] == "MSFT", "group"].tolist() == [OUTSIDE]
    assert set(members.loc[members["left_out"], "ticker"]) == {"MSFT", "NVDA"}
    assert "nvidia" not in set(tables.group_results(without)["group"])
    session = rehearsed("market", left_out="msft NVDA")
    assert session.figures["market.nvda.ar_0"].value is None
    assert session.figures["market.nvda.return_0"].value == pytest.approx(-16.97, abs=0.005)
    table = session.exhibits["market-forest"].files[-1].data.set_index("label")
    assert "left out in this run" in table.loc["In no group", "reason"]
    assert "Nvidia" not in table.index


@pytest.mark.parametrize(
    ("tickers", "said"),
    [
        (
            "NVDX",
            r"^left_out: saw 'NVDX', allowed: tickers of the groups, separated by spaces \(nearest: NVDA\)$",
        ),
        ("NVDA,MU", r"^left_out: saw 'NVDA,MU', allowed: tickers of the groups, separated by spaces"),
    ],
)
def test_an_unknown_ticker_left_out_is_one_line(tickers, said):
    with pytest.raises(ModelInputError, match=said) as caught:
        inputs.study(Model(resolve({"left_out": tickers})))
    assert len(str(caught.value).splitlines()) == 1


def test_the_last_firm_of_the_last_group_cannot_be_left_out():
    every = " ".join(dict.fromkeys(load("groups")["ticker"]))
    with pytest.raises(ModelInputError, match=r"^left_out: no firm would be left in a group"):
        inputs.study(Model(resolve({"left_out": every})))


# --- an editor at work --------------------------------------------------------------------------------------------------


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """Return a function that runs the notebook with pieces of its cells replaced."""

    def run(*changes, **parameters):
        name = "03-market.ipynb"
        text = (ROOT / "notebooks" / name).read_text(encoding="utf-8")
        document = json.loads(text)
        for before, after in changes:
            cells = [c for c in document["cells"] if before in "".join(c["source"])]
            assert len(cells) == 1, before
            cells[0]["source"] = "".join(cells[0]["source"]).replace(before, after)
        (tmp_path / "notebooks").mkdir(exist_ok=True)
        (tmp_path / "notebooks" / name).write_text(json.dumps(document), encoding="utf-8")
        monkeypatch.setattr(rehearse, "ROOT", tmp_path)
        return rehearse.rehearse("market", **parameters)

    return run


def test_the_test_that_decides_what_is_clear_is_one_line_of_a_cell(edited):
    plain = rehearsed("market")
    other = edited(('test, level = "p_placebo", 0.05', 'test, level = "p_kp", 0.01'))
    forest = other.exhibits["market-forest"]
    assert "Colour: Kolari–Pynnönen p at most 0.01." in forest.subtitle
    # a group of one firm has no such test
    assert re.match(
        r"Power and .*Nvidia.* fell beyond chance|.*Nvidia.* fell", plain.exhibits["market-forest"].title
    )
    assert re.match(r"[^;]* fell beyond chance; the falls of Nvidia, ", forest.title)
    assert forest.title in " ".join(other.passages)
    assert "below one in a hundred" in " ".join(other.passages)
    pd.testing.assert_frame_equal(forest.data, plain.exhibits["market-forest"].data)


def test_the_form_of_a_chart_is_changed_where_it_is_shown(edited):
    plain = rehearsed("market").exhibits["market-forest"].chart(720).to_dict()
    drawn = (
        edited(('charts.tick("car_pct", by="side", data=ticks, size=15),', ""))
        .exhibits["market-forest"]
        .chart(720)
        .to_dict()
    )
    assert len(drawn["layer"]) == len(plain["layer"]) - 1
