"""The study of many events: a second route agrees, planted effects are found, none is found where none is, bad lists are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from deepseek_era.building import build, execute
from deepseek_era.building.rehearse import rehearsed
from deepseek_era.errors import DataError, UserError
from deepseek_era.market import events as ev
from deepseek_era.market import panel, releases
from deepseek_era.market.inputs import panel_inputs
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.tables import load

HEAD = "first_session,title,kind\n"


@pytest.fixture(scope="module")
def model():
    return Model(resolve())


@pytest.fixture(scope="module")
def study(model):
    return releases.panel_study(model)


def simulated(seed, days=900, series=5, events=60, mu=0.0, tau=0.0):
    """Returns, benchmark and sessions of a panel with a planted mean `mu` and spread `tau` on event days, fractions."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0004, 0.01, days)
    returns = 0.0002 + market[:, None] * np.linspace(0.5, 1.5, series) + rng.normal(0, 0.015, (days, series))
    sessions = np.sort(rng.choice(np.arange(200, days - 2), events, replace=False))
    returns[sessions] += mu + rng.normal(0, tau, (events, series)) if tau else mu
    return returns, market, sessions


def loop(returns, benchmark, out, day, *, days=240, gap=10, minimum=120, length=1):
    """Return abnormal return, error and degrees of freedom of one series on one day, by a fit of statsmodels."""
    rows = np.arange(max(day - gap - days, 0), max(day - gap, 0))
    rows = rows[~out[rows] & np.isfinite(returns[rows])]
    ahead = slice(day, day + length)
    if len(rows) < minimum or not np.isfinite(returns[ahead]).all():
        return np.nan, np.nan, np.nan
    fit = sm.OLS(returns[rows], sm.add_constant(benchmark[rows])).fit()
    design = np.array([[float(length), benchmark[ahead].sum()]])
    ar = returns[ahead].sum() - (design @ fit.params)[0]
    error = np.sqrt(fit.mse_resid * length + (design @ fit.cov_params() @ design.T)[0, 0])
    return ar, error, fit.df_resid


# --- a second route ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [1, 2])
def test_every_abnormal_return_and_error_is_that_of_statsmodels(length):
    returns, market, sessions = simulated(1, days=420, events=12)
    returns[:150, 1] = np.nan  # a firm that came later
    returns[300:310, 2] = np.nan  # one that was suspended
    out = panel.event_days(sessions, len(market))
    found = panel.every_day(returns, market, out, length=length)
    for day in range(0, len(market), 7):
        for column in range(returns.shape[1]):
            if day + length > len(market):
                continue
            expected = loop(returns[:, column], market, out, day, length=length)
            got = found.ar[day, column], found.se[day, column], found.degrees[day, column]
            assert np.allclose(got, expected, rtol=0, atol=1e-10, equal_nan=True), (day, column)


def test_the_report_s_events_are_those_of_statsmodels(model, study):
    read = panel_inputs(model).returns
    benchmark = read.column(study.benchmark)
    out = panel.event_days(study.events["day"].to_numpy(), len(study.dates))
    series = panel.group_series(read.returns, study.firms)
    for group in ("nvidia", "power"):
        column = study.groups.index(group)
        for day in study.events["day"]:
            ar, error, degrees = loop(series[:, column], benchmark, out, day)
            got = study.every.ar[day, column], study.every.se[day, column], study.every.degrees[day, column]
            assert np.allclose(got, (ar, error, degrees), rtol=0, atol=1e-10, equal_nan=True)


@pytest.mark.parametrize("kind", ["constant_mean", "market_adjusted"])
def test_the_simpler_models_of_normal_returns_are_their_formulas(kind):
    returns, market, sessions = simulated(2, days=300, series=2, events=5)
    out = panel.event_days(sessions, len(market))
    found = panel.every_day(returns, market, out, model=kind)
    day = 280
    rows = np.arange(day - 250, day - 10)
    rows = rows[~out[rows]]
    away = returns - market[:, None] if kind == "market_adjusted" else returns - returns[rows].mean(axis=0)
    used = len(rows) - (kind == "constant_mean")
    error = np.sqrt(
        (away[rows] ** 2).sum(axis=0) / used * (1 + (1 / len(rows) if kind == "constant_mean" else 0))
    )
    assert np.allclose(found.ar[day], away[day], atol=1e-12)
    assert np.allclose(found.se[day], error, atol=1e-12)


def test_a_mean_over_events_is_a_regression_on_a_constant(study):
    part = releases.kinds_of(study.events)["open-weights"]
    effects = study.effects(part)
    found = panel.means(effects)
    for column in range(effects.shape[1]):
        y = effects[np.isfinite(effects[:, column]), column]
        fit = sm.OLS(y, np.ones(len(y))).fit()
        assert np.allclose(
            [found.mean[column], found.p[column], found.low[column], found.high[column]],
            [fit.params[0], fit.pvalues[0], *fit.conf_int(0.10)[0]],
            rtol=0,
            atol=1e-10,
        )
        below, above = int((y < 0).sum()), int((y > 0).sum())
        assert found.p_sign[column] == pytest.approx(stats.binomtest(below, below + above).pvalue, abs=1e-10)
        assert found.negative[column] == below / len(y)


def test_the_price_cut_is_a_weighted_regression_with_the_spread_that_was_found(study):
    counted = study.events[study.events["in_mean"]]
    column = study.groups.index("semis")
    part = counted[np.isfinite(study.every.ar[counted["day"], column])]
    ar, se = 100 * study.every.ar[part["day"], column], 100 * study.every.se[part["day"], column]
    cut = part["log_cut"].to_numpy()
    design = np.column_stack(
        [pd.get_dummies(part["kind"]).to_numpy(float), np.where(np.isfinite(cut), cut, 0)]
    )
    found = panel.mixed(ar, se, design)
    assert found.tau > 0
    weights = 1 / (se**2 + found.tau**2)
    fit = sm.WLS(ar, design, weights=weights).fit()
    assert np.allclose(found.coefficients, fit.params, rtol=0, atol=1e-10)
    assert np.allclose(found.se, fit.bse / np.sqrt(fit.scale), rtol=0, atol=1e-10)
    # Paule and Mandel: at this τ the weighted squares equal their degrees of freedom
    assert (weights * fit.resid**2).sum() == pytest.approx(len(ar) - design.shape[1], abs=1e-8)


# --- truth ------------------------------------------------------------------------------------------------------------


def test_a_planted_effect_and_spread_are_found():
    returns, market, sessions = simulated(3, days=3_000, series=4, events=400, mu=-0.01, tau=0.02)
    out = panel.event_days(sessions, len(market))
    every = panel.every_day(returns, market, out)
    found = panel.means(every.ar[sessions])
    assert (found.low < -0.01).all()
    assert (found.high > -0.01).all()
    assert (found.p < 1e-6).all()
    for column in range(4):
        fit = panel.mixed(every.ar[sessions, column], every.se[sessions, column], np.ones((len(sessions), 1)))
        assert fit.coefficients[0] == pytest.approx(-0.01, abs=3 * fit.se[0])
        assert fit.tau == pytest.approx(0.02, abs=0.003)


def test_a_planted_slope_on_the_price_cut_is_found_and_events_without_a_cut_do_not_bend_it():
    rng = np.random.default_rng(4)
    cut = np.where(np.arange(200) < 120, rng.uniform(0, 3, 200), np.nan)
    se = rng.uniform(0.5, 2, 200)
    y = 0.3 - 1.5 * np.nan_to_num(cut) + rng.normal(0, 1, 200) + se * rng.normal(0, 1, 200)
    fit = panel.mixed(y, se, np.column_stack([np.ones(200), np.nan_to_num(cut)]))
    assert fit.coefficients[1] == pytest.approx(-1.5, abs=3 * fit.se[1])
    assert fit.se[1] < 0.25
    assert fit.tau == pytest.approx(1, abs=0.35)


def test_where_nothing_happened_a_test_at_five_percent_finds_a_mean_in_two_to_nine_of_a_hundred_lists(study):
    returns, market, _ = simulated(5, days=900, series=6)
    every = panel.every_day(returns, market, np.zeros(len(market), dtype=bool))
    days = every.ar[np.isfinite(every.ar).all(axis=1)]
    drawn = panel.rejections(days, 32)
    assert ((drawn >= 0.02) & (drawn <= 0.09)).all()
    # and on the ordinary days of the true panel, with their fat tails and their days of results
    ordinary = study.every.ar[study.placebo]
    true = panel.rejections(ordinary[:, np.isfinite(ordinary).all(axis=0)], 32)
    assert ((true >= 0.02) & (true <= 0.09)).all()
    assert (
        panel.rejections(days + 0.01, 32).min() > 0.5
    )  # a test that finds nothing anywhere would pass the above


def test_the_interval_predicted_from_the_other_events_holds_nine_in_ten():
    rng = np.random.default_rng(6)
    held = panel.coverage(rng.normal(0, 2, (40, 300)))
    assert held.mean() == pytest.approx(0.90, abs=0.01)
    assert panel.coverage(np.vstack([np.zeros((19, 1)), [[9.0]]]))[0] == 0.95  # the one far out is outside


def test_ordinary_days_are_neither_an_event_s_session_nor_the_next_and_say_how_small_p_can_be(model, study):
    days = set(np.flatnonzero(study.placebo))
    sessions = set(study.events["day"])
    assert not days & (sessions | {day + 1 for day in sessions})
    first = min(days)
    assert first >= 120 + 10  # days enough before it, less the gap
    place = releases.release_place(model).set_index("group")
    floor = 1 / (1 + len(days))
    assert (place["p_placebo"] >= floor).all()
    assert place.loc["power", "p_placebo"] == pytest.approx(floor)
    figures = rehearsed("market").figures
    assert figures["market.panel.days"].value == len(days)
    assert figures["market.panel.floor"].value == pytest.approx(floor, rel=1e-5)


def test_27_january_is_in_no_mean_and_no_fit(study):
    row = study.events[study.events["first_session"] == releases.SCARE]
    assert not row["in_mean"].any()
    day = int(row["day"].iloc[0])
    moved = study.every.ar.copy()
    returns = panel_inputs(Model(resolve())).returns
    wild = returns.returns.copy()
    wild[day : day + 2] = 0.5
    out = panel.event_days(study.events["day"].to_numpy(), len(study.dates))
    again = panel.every_day(panel.group_series(wild, study.firms), returns.column(study.benchmark), out).ar
    moved[day : day + 2] = again[day : day + 2] = 0
    assert np.allclose(moved, again, atol=1e-10, equal_nan=True)


# --- identities -------------------------------------------------------------------------------------------------------


def test_the_order_of_firms_and_events_changes_nothing(tmp_path, model):
    wide = load("returns_panel").pivot_table(index="date", columns="ticker", values="return_pct")
    firms = ["NVDA", "AMD", "VST", "MSFT", "EWX", "SPY", "RSP"]
    listed = load("releases")[
        ["event_id", "first_session", "title", "kind", "rule", "is_deepseek", "clean_day0"]
    ]
    tables = []
    for k, (columns, rows) in enumerate(
        ((firms, listed), (firms[::-1], listed.sample(frac=1, random_state=1)))
    ):
        wide[columns].sample(frac=1, random_state=k).reset_index().to_csv(tmp_path / f"r{k}.csv", index=False)
        rows.to_csv(tmp_path / f"e{k}.csv", index=False)
        own = {"returns_file": str(tmp_path / f"r{k}.csv"), "events_file": str(tmp_path / f"e{k}.csv")}
        tables.append(
            releases.release_means(Model(resolve(own))).drop(columns=["boot_low_pct", "boot_high_pct"])
        )
    pd.testing.assert_frame_equal(*tables, check_exact=False, rtol=0, atol=1e-10)
    # a firm that is alone in its group does as in the report's own run
    base = releases.release_means(model).set_index(["kind", "group"]).xs("nvidia", level="group")
    own_run = tables[0].set_index(["kind", "group"]).xs("nvidia", level="group")
    assert np.allclose(base["mean_pct"], own_run["mean_pct"], atol=1e-10)
    assert np.allclose(base["low_pct"], own_run["low_pct"], atol=1e-10, equal_nan=True)


def test_prices_and_returns_wide_and_tidy_run_to_the_same_means(tmp_path):
    wide = load("returns_panel").pivot_table(index="date", columns="ticker", values="return_pct")[
        ["NVDA", "VST"]
    ]
    prices = 100 * (1 + wide / 100).cumprod()
    # the price before the first return, so that none is lost
    prices = pd.concat([pd.DataFrame(100.0, index=["2022-05-31"], columns=prices.columns), prices])
    files = {
        "wide": wide.reset_index(),
        "prices": prices.rename_axis("Date").reset_index(),
        "tidy": wide.reset_index().melt(id_vars="date", var_name="ticker", value_name="return_pct"),
    }
    found = []
    for name, table in files.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        own = Model(resolve({"returns_file": str(tmp_path / f"{name}.csv")}))
        found.append(releases.release_means(own)[["kind", "group", "n", "mean_pct", "low_pct"]])
    for other in found[1:]:
        pd.testing.assert_frame_equal(found[0], other, check_exact=False, rtol=0, atol=1e-9)


# --- vintage ----------------------------------------------------------------------------------------------------------


def test_the_vintage_of_the_article_knows_no_later_event_return_score_or_price_cut():
    early = Model(resolve({}, vintage="article"))
    known = releases.panel_study(early)
    assert str(known.dates[-1]) == "2025-01-31"
    assert known.events["first_session"].max() <= "2025-01-31"
    assert known.events["log_cut"].isna().all()
    assert releases.release_cuts(early).empty
    session = rehearsed("market", vintage="article")
    assert session.figures["market.panel.nvidia.halving"].value is None
    assert session.figures["market.panel.cuts"].value is None
    assert "with scores that nobody had by then" in " ".join(session.passages)
    assert "with scores that nobody had by then" not in " ".join(rehearsed("market").passages)


def test_the_words_follow_the_numbers():
    session = rehearsed("market")
    words = " ".join(" ".join(session.passages).split())
    assert session.figures["market.panel.nvidia.lower_events"].value == 0
    assert "It fell as far on none of {{ market.panel.others | value }} other events" in words
    assert "no move that could be told from none" in words
    assert session.exhibits["market-releases"].title.startswith("On none of ")
    other = rehearsed("market", event_date="2024-12-26", estimation_days=200)
    assert "does not stand out" in " ".join(other.passages)
    assert not other.exhibits["market-releases"].title.startswith("On none of ")


# --- a list of one's own ----------------------------------------------------------------------------------------------


def test_an_own_list_runs_through_the_same_study(tmp_path):
    listed = load("releases")
    columns = ["event_id", "first_session", "title", "kind", "rule", "is_deepseek", "clean_day0"]
    path = tmp_path / "mine.csv"
    listed[columns].to_csv(path, index=False, sep=";", encoding="utf-8-sig")
    own = releases.release_means(Model(resolve({"events_file": str(path)})))
    pd.testing.assert_frame_equal(own, releases.release_means(Model(resolve())))
    path.write_text(HEAD + "2024-05-06,a,open-weights\n2025-08-05,b,agent-product\n2025-08-05,c,policy\n")
    few = releases.panel_study(Model(resolve({"events_file": str(path)}))).events
    assert few["clean"].tolist() == [True, False, False]  # alone on its session, or not
    assert few["in_mean"].all()


BAD = [
    ("", "is empty; its header row is missing"),
    (HEAD, "mine.csv: no rows, allowed: one for each event"),
    ("first_sesion,title,kind\n2025-01-21,a,policy\n", "column first_session is missing; saw 'first_sesion, title, kind', allowed: at least first_session, title, kind (nearest: first_sesion)"),
    (HEAD + "2025-01-25,a,policy\n", "row 2, column first_session: saw '2025-01-25', a Saturday, allowed: a session (nearest: 2025-01-24 or 2025-01-27)"),
    (HEAD + "2025-01-20,a,policy\n", "row 2, column first_session: saw '2025-01-20', a day without trading, allowed: a session of the returns, 2022-06-01 to 2026-07-31 (nearest: 2025-01-21)"),
    (HEAD + "2025-01-21,a,policy\n2021-01-04,b,policy\n", "row 3, column first_session: saw '2021-01-04', outside the returns, allowed: a session of the returns, 2022-06-01 to 2026-07-31 (nearest: 2022-06-01)"),
    (HEAD + "2026-09-21,a,policy\n", "saw '2026-09-21', outside the returns"),
    (HEAD + "2030-01-04,a,policy\n", "every event is from after the vintage"),
    (HEAD + "2025-01-21,a,open-weigths\n", "row 2, column kind: saw 'open-weigths', allowed: open-weights | closed-frontier | efficiency-claim"),
    (HEAD + "2025-01-21,a,policy\n2025-01-21,b,policy\n", "row 3: saw '2025-01-21', 'policy' for the second time, first in row 2 (a), allowed: one event a session and kind"),
    ("event_id," + HEAD + "A,2025-01-21,a,policy\nA,2025-01-22,b,policy\n", "row 3: saw 'A' for the second time, first in row 2 (a), allowed: each id once"),
    (HEAD + "21.01.2025,a,policy\n", "row 2, column first_session: saw '21.01.2025', allowed: a date YYYY-MM-DD"),
    (HEAD + "2025-02-30,a,policy\n", "row 2, column first_session: saw '2025-02-30', allowed: a date YYYY-MM-DD"),
    (HEAD + "2025-01-21, ,policy\n", "row 2, column title: saw nothing, allowed: words"),
    ("log_cut," + HEAD + "x,2025-01-21,a,policy\n", "row 2, column log_cut: saw 'x', allowed: a number or nothing"),
    (HEAD + "2025-01-21,a\n", "row 2, column kind: no cell"),
    (None, "events_file: no file"),
]  # fmt: skip


@pytest.mark.bad_input("a user's own events")
@pytest.mark.parametrize(("content", "said"), BAD, ids=range(len(BAD)))
def test_a_bad_list_is_one_line_before_any_kernel(tmp_path, monkeypatch, content, said):
    path = tmp_path / "mine.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    monkeypatch.setattr(execute, "run_notebooks", lambda *a, **k: pytest.fail("a kernel started"))
    with pytest.raises(UserError) as caught:
        build.build(overrides={"events_file": str(path)}, root=tmp_path / "report")
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "report").exists() or not any((tmp_path / "report").iterdir())


@pytest.mark.bad_input("a user's own events")
def test_an_event_outside_the_own_returns_is_one_line(tmp_path):
    wide = load("returns_panel").pivot_table(index="date", columns="ticker", values="return_pct")[
        ["NVDA", "VST"]
    ]
    wide.loc["2024-01-03":"2025-04-30"].reset_index().to_csv(tmp_path / "r.csv", index=False)
    (tmp_path / "e.csv").write_text(HEAD + "2025-08-05,a,policy\n")
    own = {"returns_file": str(tmp_path / "r.csv"), "events_file": str(tmp_path / "e.csv")}
    with pytest.raises(
        DataError, match=r"saw '2025-08-05', outside the returns, .* 2024-01-03 to 2025-04-30 \(nearest"
    ):
        releases.panel_study(Model(resolve(own)))


def test_the_kinds_of_the_table_are_those_of_the_code():
    assert set(load("releases")["kind"]) <= set(ev.KINDS)
    assert set(releases.MAIN) <= {*ev.KINDS, releases.DEEPSEEK}


# --- the tables -------------------------------------------------------------------------------------------------------


def test_the_panel_repeats_the_daily_returns_where_both_have_a_day():
    both = load("returns_daily").merge(load("returns_panel"), on=["date", "ticker"])
    assert len(both) > 18_000
    assert (both["return_pct_x"] - both["return_pct_y"]).abs().max() <= 0.01
    panel = load("returns_panel").pivot_table(index="date", columns="ticker", values="return_pct")
    late = {"GEHC": "2022-12-16", "ARM": "2023-09-15", "GEV": "2024-03-28"}  # first trading days
    starts = panel.apply(pd.Series.first_valid_index)
    assert starts.drop(list(late)).eq(panel.index[0]).all()
    assert starts[list(late)].to_dict() == late
    assert not any(panel[t].loc[starts[t] :].isna().any() for t in panel)


def test_releases_stand_on_sessions_and_share_none_with_their_own_kind():
    releases, sessions = load("releases"), sorted(set(load("returns_panel")["date"]))
    assert set(releases["first_session"]) <= set(sessions)
    assert not releases.duplicated(["first_session", "kind"]).any()
    assert (releases["first_session"] >= releases["date_public"]).all()
    for row in (
        releases.itertuples()
    ):  # the first session on or after the day, or the next where it was published after the close
        first = next(k for k, day in enumerate(sessions) if day >= row.date_public)
        assert row.first_session in sessions[first : first + 2], row.event_id
    # "clean" says that no other news was found, so no event of the list stands on the same session
    shared = releases["first_session"].duplicated(keep=False)
    assert releases.loc[shared, "clean_day0"].eq(0).all()
    assert (releases["clean_both"] <= releases["clean_day0"]).all()


def test_the_rules_of_the_releases_select_what_the_table_says():
    """Closed: a record of one of four laboratories, at most 1.0 below the best of all; open: the same among open weights."""
    scores = load("model_scores").sort_values(["date_public", "score"], kind="stable")
    closed = scores["open_weights"].eq(0)
    four = scores["org"].isin(["OpenAI", "Anthropic", "Google", "xAI"])
    chosen = {}
    for row in scores[(closed & four) | ~closed].itertuples():
        before = scores[scores["date_public"] < row.date_public]
        if not row.open_weights:
            own = before[(before["org"] == row.org) & before["open_weights"].eq(0)]["score"]
            bar = before["score"]
        else:
            own = before[(before["org"] == row.org) & before["open_weights"].eq(1)]["score"]
            bar = before[before["open_weights"].eq(1)]["score"]
        if (own.empty or row.score > own.max()) and (bar.empty or row.score >= bar.max() - 1.0):
            chosen[row.model] = (row.date_public, "O" if row.open_weights else "C")
    listed = load("releases")
    for letter in "CO":
        there = set(listed.loc[listed["rule"].str.contains(letter), "date_public"])
        assert {day for day, rule in chosen.values() if rule == letter} == there, letter


def test_a_price_cut_is_the_logarithm_of_two_prices_within_two_weeks_of_the_release():
    cuts = load("release_price_cuts").merge(load("releases"), on="event_id")
    ratio = cuts["incumbent_price_usd_per_mtok"] / cuts["price_usd_per_mtok"]
    assert np.allclose(np.log(ratio), cuts["log_cut"], atol=6e-5)
    after = pd.to_datetime(cuts["priced_on"]) - pd.to_datetime(cuts["date_public"])
    assert after.dt.days.between(0, 14).all()
    assert cuts["as_of_x"].min() > "2026"  # the scores were measured later
