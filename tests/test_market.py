"""The event study: published moves reproduced, an oracle agreed with, planted truth recovered, bad input refused."""

from __future__ import annotations

import datetime as dt
import re
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from deepseek_era.building.rehearse import rehearsed
from deepseek_era.errors import DataError, ModelInputError
from deepseek_era.market import companies, cross_section, inference, inputs, normal, paths, tables, value
from deepseek_era.market import returns as rt
from deepseek_era.market import study as studies
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.tables import load, split_ids
from deepseek_era.verdicts import evaluate, market_lens

EVENT = dt.date(2025, 1, 27)


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(resolve())


@pytest.fixture(scope="module")
def study(model):
    return inputs.study(model)


def figures_with(**parameters):
    return rehearsed("market", **parameters).figures


def words_with(**parameters):
    """Return the prose of the notebook, conditions settled, on one line."""
    return " ".join(" ".join(rehearsed("market", **parameters).passages).split())


def synthetic(
    seed: int, days: int = 300, firms: int = 6, common: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Returns (days, firms) with a market and, if asked, a common residual shock of the given correlation."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0004, 0.01, days)
    shared = rng.normal(0, 1, (days, 1))
    own = rng.normal(0, 1, (days, firms))
    noise = 0.02 * (np.sqrt(common) * shared + np.sqrt(1 - common) * own)
    beta = np.linspace(0.5, 1.5, firms)
    return 0.0002 + market[:, None] * beta + noise, market


def table(firms: dict[str, list[float]], start: str = "2024-01-02") -> pd.DataFrame:
    days = pd.bdate_range(start, periods=len(next(iter(firms.values()))))
    rows = [
        (d.strftime("%Y-%m-%d"), name, r)
        for name, values in firms.items()
        for d, r in zip(days, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["date", "ticker", "return_pct"])


# --- facts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ticker", "published"),
    # one-day moves of 27 January 2025 as printed by the press (Nvidia, Broadcom: Bloomberg) and exchange closes
    [
        ("NVDA", -16.97),
        ("AVGO", -17.40),
        ("ORCL", -13.79),
        ("VST", -28.27),
        ("CEG", -20.85),
        ("MSFT", -2.14),
        ("META", 1.91),
    ],
)
def test_the_published_moves_of_27_january_are_reproduced(model, ticker, published):
    firms = tables.firm_results(model).set_index("ticker")
    assert firms.loc[ticker, "raw_pct"] == pytest.approx(published, abs=0.005)


def test_nvidia_s_loss_is_the_press_figure_up_to_the_share_count():
    figures = figures_with()
    # 589 billion dollars: Bloomberg, 27 January 2025; the count here is 24.53 against 24.49 billion shares or fewer
    assert figures["market.nvda.value_change"].value == pytest.approx(-589, rel=0.01)
    assert figures["market.nvda.value_published"].value == -589
    assert "24.53 billion shares" in figures["market.nvda.value_change"].label


def test_capex_of_the_four_largest_buyers_is_the_sum_of_their_filings(model):
    figures = figures_with()
    # 228.3 and 376.0: sums of the SEC's quarterly cash figures of Amazon, Microsoft, Alphabet, Meta
    assert figures["market.capex.big4_2024"].value == pytest.approx(228.3, abs=0.1)
    assert figures["market.capex.big4_2025"].value == pytest.approx(376.0, abs=0.2)
    # Meta is no cloud: what the four spent goes by another name than the group
    assert not any("clouds" in f.label for key, f in figures.items() if key.startswith("market.capex."))


def test_what_was_expected_before_the_event_was_public_before_it():
    early = figures_with(vintage="article")
    # 280 against 236 billion dollars: I/O Fund, 24 January 2025; 11.6: New York Times, 27 September 2024
    assert early["market.capex.forecast_growth"].value == pytest.approx(100 * (280 / 236 - 1), rel=1e-5)
    assert early["market.labs.openai_2025_expected"].value == 11.6
    assert early["market.labs.openai_2025"].value is None
    assert early["market.nvda.dc_revenue_expected"].value is None  # consensus of 18 February


def test_guidance_never_stands_beside_spending_of_another_definition(model):
    plans = companies.capex_plans(model)
    cash = plans[plans["basis"] == companies.CASH].set_index("company")
    assert cash.loc[["Meta", "Microsoft"], "guided"].isna().all()
    assert set(plans[plans["guided"].notna()]["company"]) == {"Amazon", "Alphabet", "Meta", "Microsoft"}


def test_the_choice_of_benchmark_moves_nvidia_by_several_points(model):
    compared = tables.benchmarks(model)
    nvidia = compared[compared["group"] == "nvidia"].set_index("benchmark")["caar_pct"]
    assert nvidia["QQQ"] - nvidia["EWX"] > 3
    assert nvidia["SMH"] > nvidia["SPY"] > nvidia["EWX"]


def test_every_fixed_figure_of_the_market_part_exists_with_its_interval(model):
    figures = figures_with()
    for group in ("nvidia", "semis", "power", "clouds", "model_labs", "software", "internet", "china"):
        effect = figures[f"market.{group}.caar_0"]
        assert effect.low < effect.value < effect.high
        assert 0 < figures[f"market.{group}.p_placebo"].value <= 1
    for name in ("ar_0", "car_0_5"):
        assert figures[f"market.nvda.{name}"].low < figures[f"market.nvda.{name}"].high


def test_what_came_after_the_vintage_has_no_value_and_the_words_say_so():
    figures = figures_with(vintage="article")
    assert figures["market.nvda.ar_0"].value is not None
    assert figures["market.nvda.car_0_5"].value is None
    assert figures["market.capex.big4_2025"].value is None
    assert "What the following week did was not public yet." in words_with(vintage="article")
    assert tables.group_results(Model(resolve(vintage="article")), "0_5").empty


def test_a_firm_twice_in_a_group_is_refused(study):
    doubled = pd.DataFrame([["NVDA", "nvidia", "Nvidia"]] * 2, columns=["ticker", "group", "name"])
    with pytest.raises(DataError, match="NVDA stands in nvidia twice; once is allowed"):
        studies.build_study(pd.DataFrame(), doubled, study.settings)


def test_a_firm_of_two_groups_is_tested_with_both_and_counted_once_where_firms_are_pooled(model, study):
    both = study.firms.loc[study.firms["group"].str.contains(";"), "ticker"].tolist()
    assert both  # Microsoft and Alphabet are clouds and sellers of models
    members = {g: [study.panel.tickers[c] for c in study.members(g)] for g in study.groups}
    for ticker in both:
        assert sum(ticker in part for part in members.values()) == 2
    for table in (
        tables.firm_results(model),
        tables.exposures(model),
        tables.values(model),
        tables.stargate(model),
    ):
        assert table["ticker"].is_unique
    long = tables.by_group(model, tables.firm_results(model))
    assert len(long) == len(study.firms) + len(both)
    # the sellers of models are among the clouds: together they are the clouds, and no firm weighs twice
    union = set(members["clouds"]) | set(members["model_labs"])
    pooled = tables.combined(model, ("clouds", "model_labs")).iloc[0]
    assert pooled["n"] == len(union) < len(members["clouds"]) + len(members["model_labs"])
    firms = tables.firm_results(model).set_index("ticker")["car_pct"]
    assert pooled["caar_pct"] == pytest.approx(firms[list(union)].mean(), rel=1e-9)


def test_the_range_of_an_abnormal_return_spans_the_broad_markets_and_no_other(model):
    figures = figures_with()
    whole = figures["market.nvda.ar_0"]
    single = {name: figures[f"market.nvda.ar_0_{name.lower()}"] for name in inputs.BENCHMARKS}
    broad = [single[name] for name in inputs.BROAD]
    assert (whole.low, whole.high) == (min(f.low for f in broad), max(f.high for f in broad))
    assert whole.value == single["EWX"].value
    assert whole.low < single["EWX"].low < single["EWX"].high < whole.high
    sizes = sorted(abs(f.value) for f in broad)
    assert figures["market.nvda.broad_least"].value == sizes[0]
    assert figures["market.nvda.broad_most"].value == sizes[-1]
    assert abs(single["QQQ"].value) < sizes[0]  # an index that holds the shock
    assert "EWX, RSP, IWM, VTI, SPY, DIA" in whole.label
    assert figures["market.nvidia.caar_0"].low == whole.low


def test_what_a_market_model_made_is_never_called_observed(model):
    figures = figures_with()
    for key, figure in figures.items():
        if "abnormal" in figure.label or "p-value" in figure.label or "beyond what" in figure.label:
            assert figure.kind == "modelled", key
    for fact in ("return_0", "value_change", "shares"):
        assert figures[f"market.nvda.{fact}"].kind == "observed"


def test_the_page_says_the_fact_first_and_what_the_next_day_gave_back(model):
    figures, said = figures_with(), words_with()
    first, second = (figures[f"market.nvda.{k}"].value for k in ("ar_0", "car_0_1"))
    assert 0.4 < 1 - second / first < 0.6
    back = re.search(r"About half of it was back by the close of the next day[^.]*\.", said).group(0)
    assert ("lost again within six days" in back) == (figures["market.nvda.car_0_5"].value / first > 0.9)
    assert "what is left after two weeks cannot be told from chance." in back
    assert said.index("{{ market.nvda.return_0 | value }}") < said.index(
        "Against any broad market that is an abnormal fall of"
    )
    assert "About half of it was back by the close of the next day. Each group" in words_with(
        vintage="article"
    )


def test_spending_is_set_against_each_firm_s_own_year(model):
    said = rehearsed("market").exhibits["market-capex"].title
    calendar, fiscal = said.split(", Microsoft ")
    assert "calendar 2025" in calendar
    assert "Microsoft" not in calendar
    assert "fiscal year to June 2025" in fiscal
    assert "What was spent in 2025 was not public yet." in words_with(vintage="article")


def test_firms_with_short_histories_are_kept_and_flagged_or_left_out_by_the_minimum():
    kept = inputs.study(Model(resolve()))
    flagged = set(kept.firms.loc[kept.firms["short"], "ticker"])
    assert flagged == {"ALAB", "GEV", "TEM"}
    strict = inputs.study(Model(resolve({"minimum_history": 210})))
    assert {name for name, _ in strict.excluded} == {"ALAB", "GEV", "TEM"}


def test_a_firm_s_window_ends_before_its_own_results(study):
    last = dict(zip(study.firms["ticker"], study.last_day, strict=True))
    assert last["MSFT"] == 2  # results after the close of 29 January
    assert last["ASML"] == 1  # results before the open of 29 January
    weights = study.weights(studies.WINDOWS["0_5"])[:, study.panel.index("MSFT")]
    assert weights.tolist() == [1, 1, 1, 0, 0, 0]
    firms = studies.firm_table(study, studies.WINDOWS["0_5"]).set_index("ticker")
    short = studies.firm_table(study, rt.Window(0, 2)).set_index("ticker")
    assert firms.loc["MSFT", "car_pct"] == pytest.approx(short.loc["MSFT", "car_pct"], rel=1e-12)
    assert firms.loc["MSFT", "se_pct"] == pytest.approx(short.loc["MSFT", "se_pct"], rel=1e-12)


def test_the_lens_follows_sign_and_placebo_p(model):
    effects = tables.group_results(model)
    sides = dict(zip(effects["group"], tables.sides(effects), strict=True))
    for row in effects.itertuples():
        if row.p_placebo > 0.05:
            assert sides[row.group] == "neutral"
        else:
            assert sides[row.group] == ("winner" if row.caar_pct > 0 else "loser")
    assert sides["nvidia"] == sides["power"] == "loser"
    named = load("calls").set_index("id")["market_group"]
    # one population per call: its lens is that of all its firms together
    users = tables.combined(model, tuple(split_ids(named["C12"])))
    assert users["n"].tolist() == [26]
    for call in evaluate.calls():
        (reading,) = market_lens.readings(model, call) or [None]
        assert (reading is None) == (not named[call.id])
        if reading is not None:
            row = tables.combined(model, tuple(split_ids(named[call.id])))
            assert [reading.word] == tables.sides(row).tolist()
            assert reading.n == row["n"].iloc[0]


# --- calendar and windows ---------------------------------------------------------------------------------------------


def test_the_calendar_is_the_exchange_s_and_not_the_week_s(study):
    days = set(study.panel.dates.astype(str))
    assert "2025-01-09" not in days  # day of mourning
    assert "2025-01-20" not in days  # market holiday, the day the weights came out
    assert "2025-01-27" in days


def test_an_event_on_a_holiday_moves_to_the_next_trading_day_and_says_so():
    event = inputs.study(Model(resolve({"event_date": "2025-01-25"}))).event
    assert event.moved
    said = words_with(event_date="2025-01-25")
    assert "25 January 2025 was no trading day; day 0 is the next one, 27 January 2025." in said
    assert "Day 0 is 27 January 2025." in words_with()
    assert figures_with(event_date="2025-01-25")["market.nvda.ar_0"] == figures_with()["market.nvda.ar_0"]


def test_the_estimation_window_is_day_minus_250_to_minus_11(study):
    assert study.rows[0] - study.event.position == -250
    assert study.rows[-1] - study.event.position == -11


def test_overlapping_windows_are_refused():
    with pytest.raises(
        ModelInputError, match=r"event window \[−4, 0\] overlaps .* estimation_gap must be at least 4"
    ):
        inputs.study(Model(resolve({"estimation_gap": 2})))


def test_too_few_days_before_the_event_are_refused():
    with pytest.raises(
        ModelInputError, match=r"estimation_days 400: only 256 trading days .* allowed: up to 256"
    ):
        inputs.study(Model(resolve({"estimation_days": 400})))


def test_an_event_outside_the_returns_is_refused():
    with pytest.raises(
        ModelInputError,
        match=r"event_date 2026-03-02: outside the returns, which cover 2024-01-03 to 2025-04-30",
    ):
        inputs.study(Model(resolve({"event_date": "2026-03-02"})))


def test_a_missing_benchmark_day_is_refused():
    frame = table({"MKT": [1.0] * 5, "A": [1.0] * 5, "B": [1.0] * 5})
    frame = frame[~((frame["ticker"] == "MKT") & (frame["date"] == "2024-01-04"))]
    with pytest.raises(
        DataError, match="the benchmark MKT has no return on 2024-01-04, when 2 of 3 firms have one"
    ):
        rt.on_calendar(rt.widen(frame), "MKT")


def test_an_unknown_benchmark_is_refused_with_the_nearest_name():
    with pytest.raises(DataError, match=r"the benchmark SPX has no returns \(nearest: SPY\)"):
        rt.on_calendar(rt.widen(table({"SPY": [1.0, 2.0]})), "SPX")


def test_a_constant_series_is_refused():
    with pytest.raises(ModelInputError, match="FLAT: the return is the same on every day"):
        rt.check_variation(np.column_stack([np.full(10, 0.01), np.arange(10.0)]), ("FLAT", "B"))
    with pytest.raises(ModelInputError, match="benchmark: the return is the same on every day"):
        normal.fit_normal(np.ones((10, 1)), np.full(10, 0.01))


def test_no_firm_with_enough_history_is_refused():
    days = 60
    rng = np.random.default_rng(0)
    frame = table({"MKT": list(rng.normal(0, 1, days)), "A": list(rng.normal(0, 1, days))})
    late = frame[(frame["ticker"] == "MKT") | (frame["date"] > "2024-03-01")]
    groups = pd.DataFrame([["A", "g", "A"]], columns=["ticker", "group", "name"])
    asked = studies.Settings(dt.date(2024, 3, 22), 40, 10, 30, "MKT")
    with pytest.raises(
        ModelInputError, match="no firm has the 30 estimation days that minimum_history asks for"
    ):
        studies.build_study(late, groups, asked)


def test_an_unknown_normal_model_is_refused():
    with pytest.raises(
        ModelInputError, match="normal_model 'capm' is not one of market, market_adjusted, constant_mean"
    ):
        normal.fit_normal(np.ones((3, 1)), np.arange(3.0), "capm")


# --- oracle -----------------------------------------------------------------------------------------------------------


def test_statsmodels_agrees_on_coefficients_and_one_day_prediction_errors():
    returns, market = synthetic(3)
    estimation, day = slice(0, 250), 270
    fit = normal.fit_normal(returns[estimation], market[estimation])
    result = normal.cumulate(fit, returns[day : day + 1], market[day : day + 1])
    for firm in range(returns.shape[1]):
        oracle = sm.OLS(returns[estimation, firm], sm.add_constant(market[estimation])).fit()
        forecast = oracle.get_prediction(np.array([[1.0, market[day]]]))
        assert fit.alpha[firm] == pytest.approx(oracle.params[0], rel=1e-9, abs=1e-15)
        assert fit.beta[firm] == pytest.approx(oracle.params[1], rel=1e-9)
        assert result.se[firm] == pytest.approx(forecast.se_obs[0], rel=1e-9)
        low, high = forecast.conf_int(obs=True, alpha=1 - normal.LEVEL)[0]
        ends = result.interval()
        centre = returns[day, firm]
        assert centre - ends[1][firm] == pytest.approx(low, rel=1e-9)
        assert centre - ends[0][firm] == pytest.approx(high, rel=1e-9)


def test_dummies_for_the_event_days_give_the_same_car_and_t():
    # Karafiath (1988): one regression over both windows with a dummy per event day
    returns, market = synthetic(5)
    rows = np.r_[0:250, 260:266]
    dummies = np.zeros((len(rows), 6))
    dummies[250:, :] = np.eye(6)
    fit = normal.fit_normal(returns[:250], market[:250])
    result = normal.cumulate(fit, returns[260:266], market[260:266])
    for firm in range(3):
        oracle = sm.OLS(
            returns[rows, firm], np.column_stack([np.ones(len(rows)), market[rows], dummies])
        ).fit()
        contrast = np.r_[0, 0, np.ones(6)]
        test = oracle.t_test(contrast)
        assert result.car[firm] == pytest.approx(test.effect[0], rel=1e-9)
        assert result.t[firm] == pytest.approx(float(test.tvalue.squeeze()), rel=1e-9)
        assert result.p[firm] == pytest.approx(float(test.pvalue), rel=1e-7)


def test_a_firm_with_missing_days_is_fitted_on_the_days_it_has():
    returns, market = synthetic(9)
    holed = returns.copy()
    holed[:80, 2] = np.nan
    whole = normal.fit_normal(returns[80:250, 2:3], market[80:250])
    part = normal.fit_normal(holed[:250], market[:250])
    assert part.beta[2] == pytest.approx(whole.beta[0], rel=1e-12)
    assert part.variance[2] == pytest.approx(whole.variance[0], rel=1e-12)
    assert part.n[2] == 170


def test_a_placebo_day_is_predicted_by_a_fit_that_never_saw_it():
    returns, market = synthetic(11, firms=3)
    shares = np.eye(3)
    # days 40 to 279 are the estimation window: before it, inside it and after it
    starts, estimation = np.array([17, 100, 285]), np.arange(40, 280)
    got = inference.placebos(returns, market, shares, starts, 4, estimation=estimation)
    for k, start in enumerate(starts):
        keep = np.setdiff1d(estimation, np.arange(start, start + 4))
        fit = normal.fit_normal(returns[keep], market[keep])
        cars = normal.cumulate(fit, returns[start : start + 4], market[start : start + 4])
        assert np.allclose(got.caar[k], cars.car, rtol=1e-9)
        assert np.allclose(got.t[k], cars.t, rtol=1e-9)


@pytest.mark.parametrize("chosen", normal.MODELS)
def test_a_placebo_day_of_a_group_is_measured_by_the_error_of_its_portfolio(chosen):
    returns, market = synthetic(13, firms=5, common=0.3)
    returns[:60, 4] = np.nan  # a short history
    shares, weights = np.full((5, 1), 0.2), np.ones((1, 5))
    starts = np.array([100, 200])
    got = inference.placebos(returns, market, shares, starts, 1, chosen, np.arange(250))
    for k, start in enumerate(starts):
        keep = np.setdiff1d(np.arange(250), [start])
        fit = normal.fit_normal(returns[keep], market[keep], chosen)
        day = slice(start, start + 1)
        car = normal.cumulate(fit, returns[day], market[day]).car
        pooled = inference.portfolio(fit, car, market[day], weights)
        assert got.t[k, 0] == pytest.approx(pooled.t[0], rel=1e-9)


def test_placebo_days_are_all_days_but_those_around_the_event(model, study):
    starts = study.placebo_starts(1)
    around = np.arange(
        study.event.position - study.settings.estimation_gap,
        study.event.position + studies.WINDOWS["0_10"].last + 1,
    )
    assert sorted([*starts, *around]) == list(range(len(study.panel.dates)))
    figures = figures_with()
    assert figures["market.placebo.days"].value == len(starts)
    assert figures["market.placebo.floor"].value == pytest.approx(1 / (1 + len(starts)), rel=1e-5)
    for row in tables.group_results(model).to_dict("records"):
        least = row["p_placebo"] == pytest.approx(1 / (1 + row["placebos"]))
        assert row["at_floor"] == least
    assert tables.group_results(model)["p_placebo"].min() == pytest.approx(1 / (1 + len(starts)))
    assert "at the most" not in figures["market.clouds.p_placebo"].label
    assert "the most that it can be" in figures["market.power.p_placebo"].label


def test_a_wild_series_is_not_held_to_a_calm_one_s_yardstick():
    # the same jump is a common day for one series and none for the other
    rng = np.random.default_rng(17)
    market = rng.normal(0, 0.01, 400)
    returns = np.column_stack([rng.normal(0, 0.05, 400), rng.normal(0, 0.005, 400)])
    got = inference.placebos(returns, market, np.eye(2), np.arange(400))
    assert (np.abs(got.caar[:, 0]) > 0.05).mean() > 0.2
    assert got.t.std(axis=0) == pytest.approx([1, 1], abs=0.1)


@pytest.mark.parametrize("chosen", ["market_adjusted", "constant_mean"])
def test_placebo_days_use_the_same_normal_model(chosen):
    returns, market = synthetic(12, firms=2)
    got = inference.placebos(returns[:100], market[:100], np.eye(2), np.array([20]), 1, chosen)
    keep = np.r_[0:20, 21:100]
    fit = normal.fit_normal(returns[keep], market[keep], chosen)
    assert np.allclose(got.caar[0], normal.cumulate(fit, returns[20:21], market[20:21]).car, rtol=1e-9)


def test_holm_and_benjamini_hochberg_agree_with_statsmodels():
    p = np.random.default_rng(1).uniform(0, 1, 40) ** 3
    assert np.allclose(inference.holm(p), multipletests(p, method="holm")[1], rtol=1e-12)
    assert np.allclose(inference.benjamini_hochberg(p), multipletests(p, method="fdr_bh")[1], rtol=1e-12)
    assert np.isnan(inference.holm(np.array([0.01, np.nan]))[1])


def test_cross_section_agrees_with_statsmodels_hc3():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(30, 2))
    y = 1 + x @ [2.0, -1.0] + rng.normal(size=30) * (1 + np.abs(x[:, 0]))
    mine = cross_section.regress_hc3(y, x)
    oracle = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC3", use_t=True)
    assert np.allclose(mine.coefficients, oracle.params, rtol=1e-9)
    assert np.allclose(mine.se, oracle.bse, rtol=1e-9)
    assert np.allclose(mine.p, oracle.pvalues, rtol=1e-7)


def test_a_cross_section_of_too_few_firms_is_refused():
    with pytest.raises(ModelInputError, match="4 firms for 2 coefficients; at least 5 are needed"):
        cross_section.regress_hc3(np.arange(4.0), np.arange(4.0) ** 2)


# --- planted truth and nominal size -------------------------------------------------------------------------------------


def test_a_planted_effect_is_given_back():
    returns, market = synthetic(21, firms=20, common=0.2)
    returns[260] += -0.08
    fit = normal.fit_normal(returns[:240], market[:240])
    cars = normal.cumulate(fit, returns[260:261], market[260:261])
    pooled = inference.portfolio(fit, cars.car, market[260:261], np.ones((1, 20)))
    low, high = pooled.interval()
    assert low[0] < -0.08 < high[0]
    assert pooled.p[0] < 0.01


def test_tests_that_allow_for_correlation_reject_at_their_nominal_rate_and_the_others_do_not():
    # no effect, firms correlated at 0.3: five tests in a hundred may reject
    rounds, firms = 500, 10
    rejected = {"portfolio": 0, "placebo": 0, "rank": 0, "bmp": 0, "kp": 0}
    for seed in range(rounds):
        returns, market = synthetic(1000 + seed, days=121, firms=firms, common=0.3)
        fit = normal.fit_normal(returns[:120], market[:120])
        cars = normal.cumulate(fit, returns[120:], market[120:])
        pooled = inference.portfolio(fit, cars.car, market[120:], np.ones((1, firms)))
        shares = np.full((firms, 1), 1 / firms)
        placebo = inference.placebos(returns[:120], market[:120], shares, inference.placebo_starts(0, 120, 1))
        correlation = inference.mean_correlation(fit.residuals)
        rejected["portfolio"] += pooled.p[0] <= 0.05
        rejected["placebo"] += inference.placebo_p(pooled.t, placebo.t)[0] <= 0.05
        rejected["rank"] += inference.corrado_rank(fit.residuals, cars.car).p <= 0.05
        rejected["bmp"] += inference.bmp(cars.t).p <= 0.05
        rejected["kp"] += inference.kolari_pynnonen(cars.t, correlation).p <= 0.05
    rate = {name: count / rounds for name, count in rejected.items()}
    # 500 rounds: two standard errors around 0.05 are 0.03 to 0.07
    for name in ("portfolio", "placebo", "rank", "kp"):
        assert 0.025 <= rate[name] <= 0.075, rate
    assert rate["bmp"] > 0.2, rate


def test_mean_correlation_finds_the_planted_one_with_and_without_gaps():
    returns, market = synthetic(31, days=4000, firms=8, common=0.25)
    residuals = normal.fit_normal(returns, market).residuals
    assert inference.mean_correlation(residuals) == pytest.approx(0.25, abs=0.03)
    holed = residuals.copy()
    holed[:1000, 0] = np.nan
    assert inference.mean_correlation(holed) == pytest.approx(0.25, abs=0.03)
    pairs = np.corrcoef(residuals.T)[np.triu_indices(8, 1)]
    assert inference.mean_correlation(residuals) == pytest.approx(pairs.mean(), rel=1e-9)


def test_a_negative_mean_correlation_is_floored_at_zero():
    scaled = np.array([1.0, 2.0, 0.5])
    assert inference.kolari_pynnonen(scaled, -0.2) == inference.bmp(scaled)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 60), st.integers(0, 10_000))
def test_a_placebo_p_is_never_zero_and_never_above_one(dates, seed):
    rng = np.random.default_rng(seed)
    p = inference.placebo_p(np.array([1e9, 0.0]), rng.normal(size=(dates, 2)))
    assert p[0] == pytest.approx(1 / (dates + 1))
    assert p[1] == 1.0


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10))
def test_tests_do_not_depend_on_the_unit_of_returns(seed, scale):
    returns, market = synthetic(seed, days=80, firms=4)
    one = normal.cumulate(normal.fit_normal(returns[:70], market[:70]), returns[70:73], market[70:73])
    two = normal.cumulate(
        normal.fit_normal(scale * returns[:70], scale * market[:70]),
        scale * returns[70:73],
        scale * market[70:73],
    )
    assert np.allclose(one.t, two.t, rtol=1e-6)
    assert np.allclose(two.car, scale * one.car, rtol=1e-9)


def test_the_portfolio_s_caar_is_the_mean_of_its_firms(study):
    cars = studies.firm_cars(study, studies.WINDOWS["0"])
    groups = studies.group_table(study, studies.WINDOWS["0"]).set_index("group")
    members = study.members("power")
    assert groups.loc["power", "caar_pct"] == pytest.approx(100 * cars.car[members].mean(), rel=1e-12)


def test_a_whole_history_portfolio_is_the_regression_of_the_portfolio(study):
    # with full histories the pooled residual variance is that of regressing the group's mean return
    members = study.members("software")
    mean = study.panel.returns[:, members].mean(axis=1)
    oracle = sm.OLS(mean[study.rows], sm.add_constant(study.benchmark[study.rows])).fit()
    forecast = oracle.get_prediction(np.array([[1.0, study.benchmark[study.event.position]]]))
    groups = studies.group_table(study, studies.WINDOWS["0"]).set_index("group")
    assert groups.loc["software", "se_pct"] == pytest.approx(100 * forecast.se_obs[0], rel=1e-9)


def test_rank_tests_know_the_largest_day_from_an_ordinary_one():
    rng = np.random.default_rng(4)
    residuals = rng.normal(size=(200, 6))
    assert inference.corrado_rank(residuals, np.full(6, 9.0)).p < 0.01
    assert inference.corrado_rank(residuals, np.zeros(6)).p > 0.5
    assert inference.generalised_rank(residuals, np.linspace(3, 4, 6)).p < 0.01
    assert inference.generalised_sign(residuals, np.full(6, 1.0)).statistic > 0


def test_groups_of_one_have_no_test_across_firms(model):
    row = tables.group_results(model).set_index("group").loc["nvidia"]
    assert np.isnan(row["p_bmp"])
    assert np.isnan(row["p_kp"])
    assert np.isnan(row["r_bar"])
    # the most extreme of all days is √3 deviations out: a rank test of one series could never find anything
    assert np.isnan(row["p_rank"])
    assert np.isnan(row["p_grank"])
    assert row["p_placebo"] == pytest.approx(
        (1 + len(tables.matched(model, "nvidia"))) / (1 + row["placebos"])
    )


# --- value and paths ----------------------------------------------------------------------------------------------------


def test_compounding_multiplies_and_skips_the_days_without_weight():
    returns = np.array([[0.1, 0.1], [0.1, np.nan]])
    weights = np.array([[1.0, 1.0], [1.0, 0.0]])
    assert value.compounded(returns, weights) == pytest.approx([0.21, 0.1])


def test_errors_of_a_group_add_up_where_firms_move_together():
    returns, market = synthetic(41, firms=4, common=0.5)
    fit = normal.fit_normal(returns[:240], market[:240])
    caps = np.array([100.0, 200.0, 50.0, 10.0])
    window, weights = market[260:261], np.ones((1, 4))
    joint = value.total_se(caps, fit, window, weights)
    alone = caps * np.sqrt(fit.variance * normal.variance_factor(fit, window, weights))
    assert np.sqrt((alone**2).sum()) < joint < alone.sum()
    assert value.total_se(
        caps[:1], normal.fit_normal(returns[:240, :1], market[:240]), window, weights[:, :1]
    ) == pytest.approx(alone[0], rel=1e-9)


def test_paths_start_at_100_and_compound():
    path = paths.buy_and_hold(np.array([[0.1], [-0.1]]))
    assert path[:, 0] == pytest.approx([100, 110, 99])
    assert paths.relative(np.array([100.0, 110.0]), np.array([100.0, 104.0])) == pytest.approx([0, 6])


def test_log_returns_give_nearly_the_same_day_and_the_same_dollars():
    simple, other = figures_with(), figures_with(return_kind="log")
    assert other["market.nvda.ar_0"].value != simple["market.nvda.ar_0"].value
    assert other["market.nvda.value_change"].value == pytest.approx(
        simple["market.nvda.value_change"].value, rel=1e-6
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"estimation_days": 120},
        {"normal_model": "constant_mean", "benchmark": "SPY"},
        {"normal_model": "market_adjusted", "return_kind": "log"},
        {"event_date": "2025-01-24"},
        {"event_date": "2024-12-26", "estimation_days": 200},
    ],
)
def test_other_settings_give_every_figure_and_every_sentence(changes):
    session = rehearsed("market", **changes)
    assert session.figures["market.semis.caar_0"].value is not None
    assert set(session.figures) >= {f"market.{g}.p_placebo" for g in tables.HEADLINE_GROUPS}
    for text in session.passages:
        assert "nan" not in text.lower().split()
        assert "{%" not in text


# --- a user's own returns -----------------------------------------------------------------------------------------------


def checked(frame: pd.DataFrame) -> pd.DataFrame:
    return rt.check_user_returns(frame, where="mine.csv")


@pytest.fixture
def own() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    return table({name: list(rng.normal(0, 1.5, 30).round(3)) for name in ("AAA", "BBB")})


def test_a_good_file_passes_in_percent_and_in_fractions(own):
    assert checked(own).equals(own)
    fractions = own.assign(**{"return": own["return_pct"] / 100}).drop(columns="return_pct")
    assert checked(fractions)["return_pct"].to_numpy() == pytest.approx(own["return_pct"].to_numpy())


def test_bad_files_are_refused_each_with_its_own_line(own):
    with pytest.raises(DataError, match=r"mine\.csv row 62: AAA has two returns on 2024-01-02"):
        checked(pd.concat([own, own.head(1)]))
    weekend = own.copy()
    weekend.loc[3, "date"] = "2024-01-06"
    with pytest.raises(
        DataError, match=r"mine\.csv row 5: 2024-01-06 is a Saturday; returns belong to trading days"
    ):
        checked(weekend)
    with pytest.raises(DataError, match="return_pct looks like fractions"):
        checked(own.assign(return_pct=own["return_pct"] / 100))
    with pytest.raises(DataError, match="return looks like percent"):
        checked(own.rename(columns={"return_pct": "return"}))
    split = own.copy()
    split.loc[7, "return_pct"] = -89.8
    with pytest.raises(
        DataError, match=r"row 9: AAA returns -89\.8 percent on 2024-01-11, which looks like a split left in"
    ):
        checked(split)
    with pytest.raises(DataError, match="column ticker is missing"):
        checked(own.drop(columns="ticker"))
    with pytest.raises(DataError, match="needs a column return_pct"):
        checked(own.drop(columns="return_pct"))
    text = own.astype({"return_pct": object})
    text.loc[2, "return_pct"] = "n/a"
    with pytest.raises(DataError, match="row 4: return_pct is 'n/a'; a number is needed"):
        checked(text)
    slashed = own.copy()
    slashed.loc[0, "date"] = "01/02/2024"
    with pytest.raises(DataError, match="row 2: date is '01/02/2024'; a date YYYY-MM-DD is needed"):
        checked(slashed)
    with pytest.raises(DataError, match="no rows"):
        checked(own.head(0))


def test_a_gap_inside_a_history_is_refused(own):
    holed = own[~((own["ticker"] == "BBB") & (own["date"] == "2024-01-10"))]
    with pytest.raises(
        DataError, match=r"BBB has no return on 2024-01-10, a trading day inside its history \(1 such days\)"
    ):
        rt.check_gaps(rt.on_calendar(rt.widen(holed), "AAA"))


def test_a_late_start_is_no_gap(own):
    late = own[~((own["ticker"] == "BBB") & (own["date"] < "2024-01-10"))]
    rt.check_gaps(rt.on_calendar(rt.widen(late), "AAA"))


# --- size ---------------------------------------------------------------------------------------------------------------


def test_five_thousand_firms_with_a_thousand_placebo_dates_stay_under_a_gigabyte():
    rng = np.random.default_rng(5)
    days, firms = 500, 5000
    market = rng.normal(0, 0.01, days)
    returns = market[:, None] + rng.normal(0, 0.02, (days, firms))
    shares = np.zeros((firms, 10))
    shares[np.arange(firms), np.arange(firms) % 10] = 10 / firms
    starts = rng.integers(0, days, 1000)
    tracemalloc.start()
    fit = normal.fit_normal(returns, market)
    normal.cumulate(fit, returns[:1], market[:1])
    caars = inference.placebos(returns, market, shares, starts).caar
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caars.shape == (1000, 10)
    assert np.isfinite(caars).all()
    assert peak < 1e9
    assert stats.kstest(caars.ravel() / caars.std(), "norm").statistic < 0.1
