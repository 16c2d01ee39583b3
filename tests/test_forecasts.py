"""Forecasts of January 2025: rows that may be scored, probabilities at the rules' thresholds, scores, calibration."""

import math
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from deepseek_era import tables
from deepseek_era.building import build, execute
from deepseek_era.building.rehearse import rehearse
from deepseek_era.errors import DataError, UserError
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.verdicts import forecasts, scorecard

DRAWS = 1024


@pytest.fixture(scope="module")
def today():
    return Model(resolve({"draws": DRAWS}))


@pytest.fixture(scope="module")
def january():
    return Model(resolve({"draws": DRAWS}, vintage="article"))


def row(**changes):
    base = {
        "law": "t",
        "measure": "as_is",
        "base": math.nan,
        "right": ">= 2",
        "wrong": "<= 0",
        "mu": 0.0,
        "sigma": 2.0,
    }
    return base | {"nu": 4.0, "other_right": math.nan, "other_wrong": math.nan} | changes


# --- probabilities -------------------------------------------------------------------------------------------------


def test_the_chance_of_passing_is_that_of_a_scaled_t():
    right, wrong = forecasts.chances(row())
    assert right == pytest.approx(1 - stats.t.cdf(1.0, 4))
    assert wrong == pytest.approx(0.5)


def test_a_shift_moves_the_middle_and_is_averaged_over_its_draws():
    shifts = np.array([-1.0, 3.0])
    wanted = np.mean([1 - stats.t.cdf((2 - s) / 2, 4) for s in shifts])
    assert forecasts.passes(row(), ">= 2", shifts) == pytest.approx(wanted)
    assert forecasts.passes(row(), ">= 2", np.zeros(5)) == pytest.approx(forecasts.passes(row(), ">= 2"))


@pytest.mark.parametrize(
    ("measure", "base", "rule", "limit"),
    [
        ("ln", math.nan, ">= 3", math.log(3)),
        ("ln_change", math.nan, ">= -10", math.log(0.9)),
        ("ln_percent", math.nan, "< 50", math.log(0.5)),
        ("percent_of", 318.0, "<= -5", 302.1),
        ("count", math.nan, ">= 2", 1.5),
        ("count", math.nan, "<= 0", 0.5),
    ],
)
def test_the_threshold_of_the_rule_is_read_on_the_scale_of_the_forecast(measure, base, rule, limit):
    under = stats.t.cdf((limit - 1.0) / 2, 4)
    wanted = under if rule.startswith("<") else 1 - under
    assert forecasts.passes(row(measure=measure, base=base, mu=1.0), rule) == pytest.approx(wanted)


def test_counts_have_their_exact_laws():
    assert forecasts.passes(row(law="poisson:1"), ">= 2") == pytest.approx(1 - 2 / math.e)
    assert forecasts.passes(row(law="nbinom:1.5:0.5"), "<= 0") == pytest.approx(0.5**1.5)
    # a uniform rate gives every count from 0 to 3 the same chance
    assert forecasts.passes(row(law="betabinom:3:1:1"), ">= 2") == pytest.approx(0.5)


def test_the_other_half_of_a_joint_rule_multiplies():
    plain, joint = forecasts.chances(row()), forecasts.chances(row(other_right=0.8, other_wrong=0.2))
    assert joint == pytest.approx((0.8 * plain[0], 0.2 * plain[1]))


def test_every_forecast_is_held_against_the_threshold_that_settles_its_reading():
    rules = scorecard.rules().set_index(["call_id", "reading"])
    frame = tables.load("forecasts")
    for one in frame[frame["use"] != "none"].to_dict("records"):
        rule = rules.loc[(one["call_id"], one["reading"])]
        for side in ("right", "wrong"):
            stated = f"{rule[f'threshold_{side}']} {rule['indicator']}".replace("+", "")
            number = float(one[side].split()[1])
            found = {float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", stated)}
            # "both … none" of a joint rule stands for points that its indicator names
            assert number in found or stated.startswith(("both", "none")), (
                one["call_id"],
                one["reading"],
                side,
                stated,
            )


def test_without_a_shift_both_forecasts_are_equal(today, monkeypatch):
    still = forecasts.Shift(forecasts._zero, "nothing")
    monkeypatch.setattr(forecasts, "SHIFTS", dict.fromkeys(forecasts.SHIFTS, still))
    model = Model(today.parameters)
    frame = forecasts.reading_table(model)
    frame = frame[frame["s_defined"]]
    assert len(frame)
    assert frame["p_with"].to_numpy() == pytest.approx(frame["p"].to_numpy(), abs=1e-12)
    assert forecasts.added(model).mean == pytest.approx(0)


def test_the_shifts_are_those_of_the_calls_in_january(today):
    from deepseek_era.verdicts.evaluate import evaluations

    then = evaluations(scorecard.january(today))
    frame = forecasts.reading_table(today).set_index(["call_id", "reading"])
    assert frame.loc[("C07", "b"), "shift"] == pytest.approx(np.median(then["C07"].rows["enterprise"]))
    assert frame.loc[("C13", "b"), "shift"] == pytest.approx(-np.median(then["C13"].effect))
    assert frame.loc[("C15", "b"), "shift"] == pytest.approx(np.median(then["C15"].effect) / 3)
    assert frame.loc[("C21", "a"), "shift"] == pytest.approx(np.median(np.log1p(then["C21"].effect / 100)))
    assert frame.loc[("C03", "b"), "shift"] == 0
    january = scorecard.january(today)
    orders = forecasts.January(today).case.aggregate.X_S - 1
    moved = 280 * january.draws["capex_on_compute"] * january.draws["capex_uncommitted"] * orders
    assert frame.loc[("C05", "a"), "shift"] == pytest.approx(np.median(moved))
    assert not frame.loc[("C11", "b"), "s_defined"]  # no equation gives the return of a share


# --- which rows ----------------------------------------------------------------------------------------------------


def test_nothing_that_is_scored_rests_on_anything_later(today):
    frame = forecasts.forecasts(today)
    held = frame[~frame["use"].isin(forecasts.HELD_BACK)]
    assert held[["as_of", "mu_date"]].max().max() <= "2025-01-31"
    assert set(held["use"]) == {"scored", "known", "fork"}
    late = frame[frame["use"] == "late"]
    assert (late["as_of"] > "2025-01-31").all()


def test_a_reading_has_one_first_choice_and_every_reading_has_a_row():
    frame = tables.load("forecasts")
    firsts = frame[frame["fork"] == forecasts.MAIN]
    rules = scorecard.rules()
    assert set(zip(firsts["call_id"], firsts["reading"], strict=True)) == set(
        zip(rules["call_id"], rules["reading"], strict=True)
    )
    assert (firsts.loc[firsts["use"] == "none", "why"].str.len() > 10).all()


def rms(errors):
    return math.sqrt((errors**2).mean())


def test_spreads_are_the_root_mean_square_about_zero_of_errors_known_in_january():
    errors = tables.load("forecast_errors")
    known = errors[errors["as_of"] <= "2025-01-31"]
    of = {name: rms(part["error"]) for name, part in known.groupby("series")}
    rows = tables.load("forecasts").query("fork == 'main'").set_index(["call_id", "reading"])["sigma"]
    assert rows["C03", "b"] == pytest.approx(of["capacity_plan_vs_delivered"] / 100, abs=0.005)
    assert rows["C09", "b"] == pytest.approx(of["coding_trial_replication"], abs=0.1)
    assert rows["C10", "b"] == pytest.approx(of["notable_models_outside_industry_naive"], abs=0.05)
    assert rows["A01", "a"] == pytest.approx(of["gpu_rent_ratio"] / 100, abs=0.005)
    assert rows["C16", "a"] == pytest.approx(math.sqrt(3) * of["ai_valuation_round_to_round"] / 100, abs=0.01)
    plans = known[known["series"] == "ai_plan_to_investors"]["error"] / 100
    assert rows["C09", "a"] == pytest.approx(math.hypot(rms(plans), 0.29), abs=0.01)


def test_the_spreads_of_shares_are_those_of_the_year_before(today):
    groups = tables.load("groups")
    users = sorted(set(groups.loc[groups["group"].isin(["software", "internet"]), "ticker"]))
    daily = tables.load("returns_daily")
    wide = daily[daily["date"] <= "2025-01-24"].pivot_table(
        index="date", columns="ticker", values="return_pct"
    )
    year = wide[wide.index > "2024-01-24"]
    rows = tables.load("forecasts").query("fork == 'main'").set_index(["call_id", "reading"])["sigma"]
    for key, firms in ((("C12", "b"), users), (("C11", "b"), ["BABA", "META"])):
        gap = year[firms].mean(axis=1) - year["SPY"]
        assert rows[key] == pytest.approx(math.sqrt((gap**2).mean() * 252), rel=0.01)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"as_of": "2025-02-01"},
            "(C05;a), column as_of: saw 2025-02-01, allowed: up to 2025-01-31, or use late",
        ),
        (
            {"mu_date": "2025-02-01"},
            "(C05;a), column mu_date: saw 2025-02-01, allowed: up to 2025-01-31, or use late",
        ),
        ({"sigma": ""}, "(C05;a), column sigma: no value, allowed: one, or use none"),
        ({"reading": "b", "call_id": "C05", "fork": "other"}, None),
        ({"reading": "b", "call_id": "A99"}, "column call_id: unknown id 'A99', allowed: an id of calls.csv"),
    ],
)
def test_a_row_that_cannot_be_scored_is_refused_in_one_line_before_anything_runs(
    tmp_path, monkeypatch, changes, line
):
    data = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", data)
    path = data / "forecasts.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    at = frame.index[(frame["call_id"] == "C05") & (frame["reading"] == "a") & (frame["fork"] == "main")][0]
    for column, value in changes.items():
        frame.loc[at, column] = value
    frame.to_csv(path, index=False)
    if line is None:
        line = "(C05;a), column fork: saw 'morgan_stanley', allowed: main, which this reading lacks"
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(data))
    monkeypatch.setattr(execute, "run_notebooks", lambda *a, **k: pytest.fail("a kernel started"))
    with pytest.raises(UserError, match=re.escape(line)) as refused:
        build.build(scenario="article-vintage", name="never", root=tmp_path)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "never").exists()


def test_a_forecast_of_an_unknown_reading_is_refused(monkeypatch):
    rules = scorecard.rules()
    monkeypatch.setattr(scorecard, "rules", lambda: rules[rules["call_id"] + rules["reading"] != "C05a"])
    with pytest.raises(
        DataError, match=r"\(C05;a\), column reading: unknown reading 'C05;a', allowed: .*nearest: C"
    ):
        forecasts.check()


def test_a_row_or_an_error_from_after_january_changes_nothing_that_is_scored(tmp_path, monkeypatch, today):
    before, coverage = forecasts.scored(today), forecasts.calibration(today)
    data = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", data)
    for table, key, changes in (
        ("forecast_errors", "FE030", {"row_id": "FE999", "error": "900", "as_of": "2025-02-01"}),
        ("parameters", "lag_shift", {"p1": "9", "p2": "9.5", "as_of": "2025-02-01"}),
    ):
        frame = pd.read_csv(data / f"{table}.csv", dtype=str, keep_default_na=False)
        added = frame[frame.iloc[:, 0] == key].iloc[[0]].assign(**changes)
        pd.concat([frame, added]).to_csv(data / f"{table}.csv", index=False)
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(data))
    again = Model(resolve({"draws": DRAWS}, vintage=today.parameters.vintage.isoformat()))
    pd.testing.assert_frame_equal(forecasts.scored(again), before)
    pd.testing.assert_frame_equal(forecasts.calibration(again), coverage)


def test_on_31_january_2025_there_are_forecasts_and_no_scores(january):
    assert forecasts.reading_table(january)["p"].between(0, 1).all()
    assert forecasts.score_table(january)["brier"].isna().all()
    assert forecasts.added(january) is None
    assert forecasts.choice_table(january).empty
    assert forecasts.call_table(january)["p_today"].isna().all()
    assert set(forecasts.forecasts(january)["use"]) <= {"scored", "known", "fork"}


# --- scores --------------------------------------------------------------------------------------------------------


def test_scores_by_hand(today):
    frame = forecasts.scored(today)
    table = forecasts.score_table(today).set_index(["set", "mixed", "forecaster"])
    came = frame["passed"]
    assert set(frame.loc[frame["status"] == "mixed", "passed"]) == {0.0}
    for who, p in (("article", 0.8), ("coin", 0.5)):
        assert table.loc[("all", "failed", who), "brier"] == pytest.approx(((p - came) ** 2).mean())
        assert table.loc[("all", "failed", who), "log"] == pytest.approx(
            np.log(np.where(came == 1, p, 1 - p)).mean()
        )
    effect = frame[frame["s_defined"]]
    assert table.loc[("effect", "failed", "with"), "brier"] == pytest.approx(
        ((effect["p_with"] - effect["passed"]) ** 2).mean()
    )
    some = frame["p_with"].fillna(frame["p_without"])
    assert table.loc[("all", "failed", "with"), "brier"] == pytest.approx(((some - came) ** 2).mean())
    sure = frame[frame["status"] != "mixed"]
    assert table.loc[("all", "left out", "without"), "brier"] == pytest.approx(
        ((sure["p_without_decided"] - sure["passed"]) ** 2).mean()
    )
    assert (
        table["themes"]
        == table["n"].map(
            {
                len(frame): frame["theme"].nunique(),
                len(effect): effect["theme"].nunique(),
                len(sure): sure["theme"].nunique(),
            }
        )
    ).all()


def test_scores_do_not_depend_on_the_order_of_the_readings(today):
    frame = forecasts.scored(today)
    turned = frame.iloc[::-1]
    for column in ("p_without", "p_base_rate"):
        terms = scorecard.brier_terms(frame[column], frame["passed"])
        again = scorecard.brier_terms(turned[column], turned["passed"])
        assert terms.mean() == pytest.approx(again.mean())
        assert scorecard.theme_interval(terms, frame["theme"].tolist(), 1) == pytest.approx(
            scorecard.theme_interval(again, turned["theme"].tolist(), 1)
        )


def test_the_base_rate_knows_nothing_of_its_own_theme(today):
    known = forecasts.outcomes(today)
    for one in forecasts.scored(today).itertuples():
        assert one.p_base_rate == pytest.approx(known.loc[known["theme"] != one.theme, "passed"].mean())


def test_what_r1_adds_is_the_difference_of_the_two_scores_where_it_has_a_say(today):
    table = forecasts.score_table(today).set_index(["set", "mixed", "forecaster"])["brier"]
    found = forecasts.added(today)
    assert found.mean == pytest.approx(
        table["effect", "failed", "with"] - table["effect", "failed", "without"]
    )
    assert found.low <= found.mean <= found.high
    assert 2 / 2**found.themes <= found.p_value <= 1


def test_another_choice_replaces_one_forecast_and_no_other(today):
    base = forecasts.scored(today).set_index(["call_id", "reading"])["p_without"]
    for choice in forecasts.choices(today).values():
        if choice.forks and not choice.long:
            other = forecasts.scored(today, choice).set_index(["call_id", "reading"])["p_without"]
            changed = base.index[(base - other).abs() > 1e-12]
            assert [f"{c};{r}" for c, r in changed] == [choice.forks[0][0]]
    table = forecasts.choice_table(today)
    assert table["choice"].is_unique
    assert table.loc[0, "brier_without"] == pytest.approx(
        forecasts.score_table(today)
        .query("set == 'all' and mixed == 'failed' and forecaster == 'without'")["brier"]
        .iloc[0]
    )


# --- calibration ---------------------------------------------------------------------------------------------------


def test_errors_that_follow_their_own_law_give_uniform_transforms():
    draws = np.random.default_rng(3).normal(0, 7, size=(400, 8))
    # one of each series: those of a series share their spreads
    u = [forecasts.transforms(series)[0] for series in draws]
    found = forecasts.calibrated(u)
    assert found["ks_p"] > 0.05
    assert found["coverage_90"] == pytest.approx(0.9, abs=0.04)


def test_forecasts_that_run_low_are_found_out():
    u = [forecasts.transforms(series)[0] for series in np.random.default_rng(3).normal(10, 7, size=(400, 8))]
    found = forecasts.calibrated(u)
    assert found["ks_p"] < 1e-6
    assert found["above_50"] > 0.7


def test_a_transform_by_hand():
    assert forecasts.transforms([1.0, 3.0, 4.0])[0] == pytest.approx(stats.t.cdf(1 / math.sqrt(12.5), 2))


def test_the_intervals_of_past_forecasts_held_about_as_often_as_they_said(today):
    table = forecasts.calibration(today).set_index("kind")
    assert set(table.index) == {"all", *forecasts.KINDS}
    assert table["coverage_90"].between(0.80, 0.97).all()
    assert table.loc["all", "pairs"] == table.drop("all")["pairs"].sum() >= 40
    known = tables.load("forecast_errors").set_index("row_id")["as_of"]
    assert known[forecasts.past(today)["row_id"]].max() <= "2025-01-31"


# --- today ---------------------------------------------------------------------------------------------------------


def test_two_readings_make_a_call_right_when_they_say_more_right_than_wrong():
    # independent: both right, or one right and the other in between
    first, second = (0.5, 0.3), (0.4, 0.4)
    wanted = 0.5 * (1 - 0.4) + 0.2 * 0.4
    assert forecasts.positive([first, second], rho=0.0) == pytest.approx(wanted, abs=1e-6)
    assert forecasts.positive([second, first]) == pytest.approx(forecasts.positive([first, second]), abs=1e-6)
    assert forecasts.positive([first]) == 0.5
    assert math.isnan(forecasts.positive([]))
    # one that is lost for certain leaves at best a tie
    assert forecasts.positive([first, (0.0, 1.0)]) == pytest.approx(0, abs=1e-6)


def test_readings_that_hang_together_agree_by_simulation():
    draws = stats.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]]).rvs(400_000, random_state=4)
    score = np.zeros(len(draws))
    for z, (right, wrong) in zip(draws.T, [(0.3, 0.5), (0.6, 0.2)], strict=True):
        score += (z > stats.norm.ppf(1 - right)).astype(int) - (z < stats.norm.ppf(wrong)).astype(int)
    assert forecasts.positive([(0.3, 0.5), (0.6, 0.2)]) == pytest.approx((score > 0).mean(), abs=0.004)


def test_todays_forecast_starts_from_the_last_value_and_narrows_with_time(today):
    now = forecasts.today(today).set_index(["call_id", "reading"])
    rows = forecasts.reading_table(today).set_index(["call_id", "reading"])
    one, first = now.loc[("C15", "a")], rows.loc[("C15", "a")]
    scale = first["sigma"] * math.sqrt(one["years_left"] / 3.0075)
    assert one["p"] == pytest.approx(stats.t.cdf((-15 - one["value"]) / scale, first["nu"]), abs=1e-3)
    assert one["value"] == pytest.approx(
        scorecard.scorecard(today).settled.query("call_id == 'C15' and reading == 'a'")["recomputed"].iloc[0]
    )


def test_the_two_forecasts_of_a_call_have_two_names_and_only_one_of_them_is_scored(today):
    figures = rehearse("scorecard", model=today).figures
    table = forecasts.call_table(today).set_index("call")
    for call in table.index:
        for id, column in (("scorecard.forecast.p_january", "p_january"), ("scorecard.p_today", "p_today")):
            value, wanted = figures[f"{id}.{call.lower()}"].value, table.loc[call, column]
            assert (value is None and pd.isna(wanted)) or value == pytest.approx(wanted, rel=1e-5)
    assert table.loc[["C17", "C19"], ["p_january", "p_today"]].isna().all(axis=None)
    assert not [key for key in figures if "p_held" in key or key.startswith("scorecard.forecast.p_today")]


def test_a_chance_says_which_reading_it_leaves_out(today):
    """One reading of China and of new use cases has no forecast; what held before or is conditional counts nowhere."""
    table = forecasts.call_table(today).set_index("call")
    left_out = table.loc[table["left_out"] != "", "left_out"].to_dict()
    assert left_out == {"C13": "a: right so far", "C20": "b: wrong so far"}
    assert table.loc["C18", "p_today"] == pytest.approx(
        forecasts.today(today).set_index(["call_id", "reading"])["p"]["C18", "b"]
    )


# --- what the page says --------------------------------------------------------------------------------------------


def test_the_prose_says_what_the_scores_say_and_what_was_changed_after_results_were_seen(today):
    session = rehearse("scorecard", model=today)
    text = " ".join(session.passages)
    found = forecasts.added(today)
    assert f"Knowing of R1 made the forecast {'worse' if found.mean > 0 else 'better'}" in text
    assert "The method too was changed by people who had seen results." in text
    assert (
        session.figures["scorecard.brier_model"].value
        == session.figures["scorecard.forecast.brier_with"].value
    )
    shown = session.exhibits["scorecard-forecasts"].data
    assert len(shown) == session.figures["scorecard.forecast.n"].value
    assert (
        session.figures["scorecard.calibration.published.ks_p"].value < 0.05
    )  # a finding that is printed, not passed
