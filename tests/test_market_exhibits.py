"""The market's exhibits and a user's own file: every drawing survives every kind of run, and stays in the report's frame."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from deepseek_era.charts import base, theme
from deepseek_era.errors import DataError
from deepseek_era.exhibits import market
from deepseek_era.exhibits import market_marks as marks
from deepseek_era.market import api, report, words
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.tables import load

NAMES = (
    "forest", "tests_table", "firms", "cross_section", "benchmark_dumbbell", "robustness", "value_change", "ledger",
    "windows", "stargate", "paths", "capex", "nvidia_revenue", "clouds", "lab_revenue", "lab_valuation", "groups",
)  # fmt: skip
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
def runs(own_file):
    return {
        "base": Model(resolve()),
        "article": Model(resolve(vintage="article")),
        "own": Model(resolve({"returns_file": str(own_file)})),
        "early": Model(resolve({"event_date": "2024-12-26", "estimation_days": 200})),
    }


STUDY = NAMES[:10]  # the exhibits that follow the study's settings


@pytest.mark.parametrize(
    ("run", "names", "widths"),
    [
        ("base", NAMES, (theme.WIDE, theme.NARROW)),
        ("article", NAMES[7:], (theme.WIDE,)),
        ("own", STUDY, (theme.NARROW,)),
        ("early", STUDY[4:], (theme.WIDE,)),
    ],
)
def test_exhibits_can_be_drawn_in_every_kind_of_run(runs, run, names, widths):
    for name in names:
        exhibit = getattr(market, name)(runs[run])
        assert exhibit.name.startswith("market-")
        assert len(exhibit.data) <= 400
        assert base.records(exhibit.data)
        if exhibit.chart is None:
            continue
        for width in widths:
            spec = base.specification(exhibit.chart(width))
            padding = spec["padding"]
            assert spec["width"] + padding["left"] + padding["right"] == width
            assert spec["autosize"] == {"type": "none"}


@pytest.mark.parametrize("name", ["forest", "tests_table", "ledger", "paths", "capex", "stargate"])
def test_drawings_use_the_report_s_colours_and_stay_small(runs, name):
    exhibit = getattr(market, name)(runs["base"])
    svg = base.svg(exhibit.chart(theme.NARROW))
    assert len(svg) < 60_000
    used = {c.lower() for c in re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]{6})"', svg)}
    assert used <= COLOURS


def test_the_forest_s_title_names_the_groups_that_the_placebo_test_finds(runs):
    table = report.groups(runs["base"])
    fell, rose = words.sides(table)
    title = market.forest(runs["base"]).title
    for name in [*fell, *rose]:
        assert name.lower() in title.lower()
    # the test's other finding stands there too: who was expected to fall and fell within chance
    within = table[(table["p_placebo"] > report.SIGNIFICANT) & (table["caar_pct"] < 0)]
    assert "clouds" in set(within["group"])
    assert "clouds" in title.split("the fall")[1]
    assert title.endswith("no evidence")


def test_the_table_of_tests_speaks_of_the_groups_that_the_forest_names_and_of_defined_tests_only(runs):
    fell, rose = words.sides(report.groups(runs["base"]))
    exhibit = market.tests_table(runs["base"])
    found = re.findall(r"(?:defined: |, | and )([^,:]+?) (\d+) of (\d+)", exhibit.title)
    assert [name for name, *_ in found] == [*fell, *rose[::-1]]
    defined = exhibit.data.set_index("group")[
        ["p_portfolio", "p_bmp", "p_kp", "p_patell", "p_rank", "p_grank", "p_placebo"]
    ].notna()
    labels = {words.NAMES[g]: int(n) for g, n in defined.sum(axis=1).items()}
    assert {name: int(total) for name, _, total in found} == {name: labels[name] for name, *_ in found}
    assert labels["Nvidia"] < labels["power"]


def test_one_interval_level_stands_in_every_exhibit_and_is_that_of_the_figures(runs):
    model = runs["base"]
    figures = report.figures(model)
    for name in NAMES:
        exhibit = getattr(market, name)(model)
        text = " ".join(
            (exhibit.title, exhibit.subtitle, exhibit.source, exhibit.how, exhibit.note, exhibit.alt)
        )
        assert "95%" not in text, name
        assert "95 %" not in text, name
    for exhibit, column in ((market.forest(model), "0"), (market.windows(model), "[0, +5]")):
        rows = exhibit.data
        if "window" in rows:
            rows = rows[rows["window"] == column]
        key = "0" if column == "0" else "0_5"
        for row in rows.to_dict("records"):
            figure = figures[f"market.{row['group']}.caar_{key}"]
            assert (row["low_pct"], row["high_pct"]) == pytest.approx((figure.low, figure.high), rel=1e-5)
    dollars = market.value_change(model).data.set_index("ticker").loc["NVDA"]
    printed = figures["market.nvda.value_abnormal"]
    assert (dollars["low_usd_b"], dollars["high_usd_b"]) == pytest.approx(
        (printed.low, printed.high), rel=1e-5
    )


def test_a_p_value_at_the_floor_reads_at_most_and_the_bound_is_true():
    assert marks.p_words(1 / 312, True) == "≤0.004"
    assert marks.p_words(11 / 312, True) == "≤0.04"
    assert marks.p_words(0.01, True) == "≤0.01"
    assert marks.p_words(2 / 312) == "<0.01"
    assert marks.p_words(float("nan"), True) == "–"


def test_a_user_s_file_runs_through_the_same_study(runs):
    effects = api.group_effects(runs["own"]).set_index("group")
    assert effects.index.tolist() == ["hit", "spared"]
    assert effects.loc["hit", "low"] < -6 < effects.loc["hit", "high"]
    assert effects.loc["spared", "low"] < 0 < effects.loc["spared", "high"]
    assert api.lens(runs["own"]) == {"hit": "loser", "spared": "neutral"}
    assert report.figures(runs["own"])["market.nvda.ar_0"].value is None
    assert "mine.csv" in words.phrases(runs["own"])["phrase.market.data"]


def test_a_user_s_firm_with_two_groups_in_a_file_is_refused(tmp_path, own_file):
    table = pd.read_csv(own_file, sep=";", encoding="utf-8-sig")
    table.loc[table.index[table["ticker"] == "F03"][5], "group"] = "spared"
    table.to_csv(tmp_path / "two.csv", index=False)
    with pytest.raises(
        DataError, match=r"two\.csv: F03 is in hit and spared; in a file a firm has one group"
    ):
        report.study(Model(resolve({"returns_file": str(tmp_path / "two.csv")})))


def test_a_user_s_file_without_groups_keeps_the_report_s_groups_for_known_firms(tmp_path):
    table = load("returns_daily")[["date", "ticker", "return_pct"]]
    path = tmp_path / "known.csv"
    table[table["ticker"].isin(["NVDA", "VST", "CEG"])].to_csv(path, index=False)
    own = Model(resolve({"returns_file": str(path)}))
    plain = Model(resolve())
    assert set(report.groups(own)["group"]) == {"nvidia", "power"}
    # the same returns give the same number
    assert report.figures(own)["market.nvda.ar_0"] == report.figures(plain)["market.nvda.ar_0"]


def test_a_user_s_file_is_refused_by_name(tmp_path, own_file):
    with pytest.raises(DataError, match=r"returns_file: no file .*missing\.csv"):
        report.study(Model(resolve({"returns_file": str(tmp_path / "missing.csv")})))
    with pytest.raises(DataError, match="is a folder; a CSV file is needed"):
        report.study(Model(resolve({"returns_file": str(tmp_path)})))
    broken = tmp_path / "latin.csv"
    broken.write_bytes(b"date,ticker,return_pct\n2024-01-03,\xe9,1\n")
    with pytest.raises(DataError, match=r"latin\.csv cannot be read as text"):
        report.study(Model(resolve({"returns_file": str(broken)})))
    table = pd.read_csv(own_file, sep=";", encoding="utf-8-sig")
    gap = table[~((table["ticker"] == "F03") & (table["date"] == "2024-06-03"))]
    gap.to_csv(tmp_path / "gap.csv", index=False)
    with pytest.raises(
        DataError, match=r"gap\.csv: F03 has no return on 2024-06-03, a trading day inside its history"
    ):
        report.study(Model(resolve({"returns_file": str(tmp_path / "gap.csv")})))
    holiday = pd.concat([table, table.head(1).assign(date="2024-07-04")])
    holiday.to_csv(tmp_path / "holiday.csv", index=False)
    with pytest.raises(
        DataError, match=r"the benchmark EWX has no return on 2024-07-04, when 1 of \d+ firms have one"
    ):
        report.study(Model(resolve({"returns_file": str(tmp_path / "holiday.csv")})))


def test_stargate_is_an_event_of_its_own_with_the_opposite_sign(runs):
    table = report.stargate(runs["base"]).set_index("ticker")
    # Oracle closed up 7.2 and 6.8 percent on 21 and 22 January 2025 and down 13.8 on the 27th
    assert table.loc["ORCL", "up_pct"] > 10
    assert table.loc["ORCL", "day_pct"] < -10
    groups = report.stargate_groups(runs["base"]).set_index("group")
    assert groups.loc["stargate", "low_pct"] > 0


def test_exposures_are_dated_before_the_event(runs):
    model = runs["base"]
    study = report.study(model)
    assert study.panel.dates[study.rows[-1]].astype(str) < "2025-01-20"
    fitted = report.cross_section(model)
    whole = study.firms["estimation_days"] == len(study.rows)
    assert fitted.n == len(report.exposures(model)) == whole.sum() - 1
    assert "NVDA" not in set(report.exposures(model)["ticker"])


def test_the_specification_as_set_is_the_run_itself(runs):
    table = report.robustness(runs["base"])
    own = table[table["specification"] == "as set"].set_index("group")["caar_pct"]
    day = report.groups(runs["base"]).set_index("group")["caar_pct"]
    assert own.to_dict() == pytest.approx(day.to_dict())
    assert table["specification"].nunique() >= 10


def test_two_groups_named_by_one_call_are_tested_as_one_portfolio(runs):
    row = report.combined(runs["base"], ("software", "internet"))
    table = report.groups(runs["base"]).set_index("group")
    assert row["n"] == table.loc["software", "n"] + table.loc["internet", "n"]
    weighted = (table["caar_pct"] * table["n"])[["software", "internet"]].sum() / row["n"]
    assert row["caar_pct"] == pytest.approx(weighted)


def test_the_ledger_counts_news_after_the_close_for_the_next_day(runs):
    table = report.ledger(runs["base"]).set_index("row_id")
    tariffs = table[table["event"].str.startswith("Chip tariffs")].iloc[0]
    assert tariffs["day"] == 1
    assert not tariffs["0"]
    assert tariffs["0_1"]
    assert not (table.loc[table["role"] == "other", "0"]).any()


def test_paths_start_level_with_the_market_and_end_where_the_index_does(runs):
    table = report.group_paths(runs["base"])
    start = table[table["date"] == "2025-01-24"]
    assert (start["relative_pp"] == 0).all()
    monthly = load("total_return_monthly").pivot_table(
        index="date", columns="ticker", values="total_return_index"
    )
    nvidia = table[(table["group"] == "nvidia") & (table["date"] == "2026-07-31")]["relative_pp"].iloc[0]
    assert nvidia == pytest.approx(monthly.loc["2026-07-31", "NVDA"] - monthly.loc["2026-07-31", "SPY"])


def test_every_phrase_is_a_sentence_or_a_clause_in_every_run(runs):
    for model in runs.values():
        for name, text in words.phrases(model).items():
            assert name.startswith("phrase.market.")
            assert text
            assert "nan" not in text.lower().split()
            assert "{" not in re.sub(r"\{\{ market\.[a-z0-9_.]+ \| value \}\}", "", text)
            for token in re.findall(r"\{\{ (\S+) \| value \}\}", text):
                assert token in report.figures(model)
