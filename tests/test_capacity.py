"""The capacity part: identities of the formulas, the path, refused input, and published numbers reproduced."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepseek_era.building.rehearse import rehearsed
from deepseek_era.capacity import (
    alternatives,
    backtest,
    backtest_rows,
    china,
    evidence,
    runs,
    tables,
    timing,
    variants,
)
from deepseek_era.capacity.aggregate import (
    ADDITIVE_SHIFTS,
    OPENNESS_SHIFTS,
    RATIO_SHIFTS,
    aggregate,
    aggregate_gain,
    attributable,
    compute_response,
    profit_ratio,
    rebound_finite,
    spend_ratio,
    tau_years,
    total_compute,
)
from deepseek_era.capacity.path import (
    EVENT_YEAR,
    PLAN_YEAR,
    event_ramp,
    pace,
    power_needed,
    simulate_path,
    simulate_tightness,
    stranded_last_in,
    stranded_pro_rata,
)
from deepseek_era.errors import ModelInputError
from deepseek_era.figure import round_significant
from deepseek_era.model import Model
from deepseek_era.parameters import Draws, joint_draws, resolve

DRAWS = 2048
share = st.floats(0, 1)
gain = st.floats(0.2, 100)
phi = st.floats(0, 1.5)
eps = st.floats(0, 4)
settings.register_profile("capacity", deadline=None, max_examples=40)
settings.load_profile("capacity")


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(resolve({"draws": DRAWS}))


@pytest.fixture(scope="module")
def notebook():
    return rehearsed("capacity", draws=DRAWS)


@pytest.fixture(scope="module")
def figures(notebook):
    return notebook.figures


@pytest.fixture(scope="module")
def draws(model: Model) -> Draws:
    return model.draws


def with_values(draws, **values):
    """Return the draws with some parameters fixed."""
    out = {name: draws[name] for name in draws}
    for name, value in values.items():
        out[name] = np.full(draws.n, float(value))
    return out


def said(session):
    """Return the prose of a notebook with single spaces, its conditions settled and its numbers by name."""
    return " ".join(" ".join(session.passages).split())


# ------------------------------------------------------------------------------------------ identities


@given(share, phi, eps, st.floats(0, 1.2), st.floats(0.05, 0.95))
def test_a_gain_of_one_changes_nothing_at_all(a, p, e, kappa, m0):
    k = aggregate_gain(a, 1.0)
    assert k == 1
    assert compute_response(k, p, e) == 1
    assert spend_ratio(k, p, e) == 1
    assert profit_ratio(k, p, e, kappa, m0) == 1
    assert total_compute(a, k, e - 1, 1.0) == 1


@given(share, gain)
def test_the_aggregate_gain_lies_between_one_and_the_full_gain(a, k):
    value = float(aggregate_gain(a, k))
    assert min(1, k) * (1 - 1e-12) <= value <= max(1, k) * (1 + 1e-12)


@given(gain, st.floats(0.1, 1.5))
def test_compute_is_unchanged_where_pass_through_times_elasticity_is_one(k, p):
    assert float(compute_response(k, p, 1 / p)) == pytest.approx(1, abs=1e-9)


@given(gain, phi)
def test_customers_spend_the_same_at_an_elasticity_of_one_and_nearly_so_beside_it(k, p):
    assert float(spend_ratio(k, p, 1.0)) == 1
    assert float(spend_ratio(k, p, 1 + 1e-9)) == pytest.approx(1, abs=1e-7)


@given(st.floats(1.01, 100), phi, eps, st.floats(0.01, 1))
def test_compute_rises_with_elasticity_and_with_pass_through(k, p, e, step):
    assert compute_response(k, p, e + step) >= compute_response(k, p, e)
    assert compute_response(k, p + step, e) >= compute_response(k, p, e)


@given(st.floats(0.05, 1.5), st.floats(0.05, 3.9))
def test_the_two_forms_of_rebound_agree_for_a_small_gain_only(p, e):
    assert float(rebound_finite(1 + 1e-7, p, e)) == pytest.approx(p * e, abs=1e-4)
    assert float(rebound_finite(1.0, p, e)) == pytest.approx(p * e)
    # both cross one at the same place: backfire has one definition
    large = float(rebound_finite(20.0, p, e))
    assert (large > 1 + 1e-9) == (p * e > 1 + 1e-9) or abs(p * e - 1) < 1e-6


def test_profit_matches_the_textbook_form():
    k, p, e, kappa, m0 = 8.0, 0.7, 1.3, 0.5, 0.4
    textbook = k ** (p * e) * (k**-p - (1 - m0) * k**-kappa) / m0
    assert float(profit_ratio(k, p, e, kappa, m0)) == pytest.approx(textbook, rel=1e-12)


def test_all_aggregates_are_exactly_one_without_the_gains(draws):
    a = aggregate(with_values(draws, inference_gain=1, training_gain=1))
    for name in (
        "kbar_S",
        "kbar_L",
        "kbarT_S",
        "kbarT_CN",
        "x_S",
        "x_L",
        "p_S",
        "X_S",
        "X_L",
        "Pi_S",
        "Pi_L",
    ):
        assert np.all(getattr(a, name) == 1), name


def test_the_long_profit_is_floored_at_exit_and_the_short_one_is_not(draws):
    squeezed = with_values(
        draws, inference_gain=50, adoption_short=1, adoption_long=1, pass_through_short=1.5
    )
    squeezed |= {
        k: np.full(draws.n, v) for k, v in {"pass_through_long": 1.5, "own_cost_fall_short": 0.1}.items()
    }
    squeezed["own_cost_fall_long"] = np.full(draws.n, 0.1)
    a = aggregate(squeezed)
    assert a.Pi_L.min() == 0
    assert a.Pi_S.min() < 0


def test_without_catching_up_the_attributable_run_is_the_run_itself(draws):
    d = with_values(draws, catch_up=0, catch_up_open=0)
    rest = attributable(d, 3)
    for name in ("inference_gain", "training_gain", *ADDITIVE_SHIFTS, *RATIO_SHIFTS):
        np.testing.assert_array_equal(rest[name], d[name])


def test_full_catching_up_leaves_nothing_once_tau_has_passed(draws):
    rest = attributable(with_values(draws, catch_up=1, catch_up_years=0.5), 3)
    np.testing.assert_allclose(rest["inference_gain"], 1)
    np.testing.assert_allclose(rest["hosting_uplift_long"], 0, atol=1e-12)
    np.testing.assert_allclose(rest["value_capture"], 1)


@pytest.mark.parametrize("t", [0.25, 1.0, 3.0])
def test_prices_training_and_openness_each_fade_by_their_own_clock(draws, t):
    """The three clocks written out; what open weights bring does not fade with a price, nor a price with weights."""
    d = with_values(draws, catch_up=0.8, catch_up_years=2, catch_up_open=0.5, catch_up_open_years=1)
    rest = attributable(d, t)
    price, weights = 1 - 0.8 * min(t / 2, 1), 1 - 0.5 * min(t, 1)
    np.testing.assert_allclose(rest["inference_gain"], d["inference_gain"] ** price)
    for name in ADDITIVE_SHIFTS:
        np.testing.assert_allclose(rest[name], d[name] * (weights if name in OPENNESS_SHIFTS else price))
    np.testing.assert_allclose(rest["catch_up"], 0.8)
    due = np.log(d["training_gain"]) / np.log(d["algorithm_trend"])
    left = 1 - 0.8 * np.minimum(t / np.maximum(due, 1 / 12), 1)
    np.testing.assert_allclose(rest["training_gain"], d["training_gain"] ** left)


def test_a_gain_smaller_than_a_month_of_trend_does_not_divide_by_zero(draws):
    rest = attributable(with_values(draws, inference_gain=1, training_gain=1), 1)
    assert np.all(rest["inference_gain"] == 1)
    assert all(np.isfinite(v).all() for v in rest.values())


# ------------------------------------------------------------------------------------------ the path


def test_a_path_without_response_is_the_path_without_the_event(draws):
    with_ones = simulate_path(draws, np.ones(draws.n), np.ones(draws.n), draws.z)
    a = aggregate(with_values(draws, inference_gain=1, training_gain=1))
    null = simulate_path(draws, a.X_S, a.X_L, draws.z)
    np.testing.assert_array_equal(with_ones.rho, null.rho)
    assert np.all(stranded_pro_rata(with_ones.rho) - stranded_pro_rata(null.rho) == 0)


@pytest.mark.parametrize("until", [None, PLAN_YEAR])
def test_the_quick_path_is_the_path_as_far_as_it_goes(draws, until):
    a = aggregate(draws)
    shared = pace(draws, draws.z, until=until)
    for x_short, x_long in ((a.X_S, a.X_L), (1.0, 1.0)):
        whole = simulate_path(draws, x_short, x_long, draws.z)
        quick = simulate_tightness(shared, x_short, x_long)
        m = len(quick.times)
        assert m == (len(whole.times) if until is None else whole.index(until) + 1)
        assert np.array_equal(quick.rho, whole.rho[:, :m])
        assert np.array_equal(quick.S, whole.S[:, :m])
        assert np.array_equal(quick.rho_at(2028.1), whole.rho_at(2028.1))


def test_a_year_after_the_last_quarter_is_refused(draws):
    quick = simulate_tightness(pace(draws, draws.z, until=2028.0), 1.0, 1.0)
    with pytest.raises(
        ModelInputError, match=r"capacity path: the year asked for is 2030; the path ends at 2028"
    ):
        quick.rho_at(PLAN_YEAR)


def test_utilisation_never_passes_its_maximum_and_the_rest_is_unmet(draws):
    a = aggregate(draws)
    path = simulate_path(draws, a.X_S, a.X_L, draws.z)
    assert path.utilisation.max() <= 1
    np.testing.assert_allclose(path.utilisation + path.unmet, path.rho)
    assert np.all(path.additions >= 0)


@pytest.mark.parametrize("lead_years", [0.5, 1.75, 3.0])
def test_a_shock_to_demand_moves_no_supply_before_the_lead_time_has_passed(draws, lead_years):
    d = with_values(draws, lead_time=lead_years, tightness=1.0, supply_ceiling=10)
    z = np.zeros_like(draws.z)
    shocked = z.copy()
    shocked[:, 0] = 3.0  # demand jumps in the first quarter, so tightness first differs at the second date
    base, hit = simulate_path(d, 1, 1, z), simulate_path(d, 1, 1, shocked)
    quarters = round(lead_years / 0.25)
    np.testing.assert_array_equal(base.S[:, : quarters + 2], hit.S[:, : quarters + 2])
    assert np.all(hit.S[:, quarters + 2] > base.S[:, quarters + 2])


def test_the_event_ramp_passes_through_both_responses_and_then_stays():
    times = np.array([2024.5, EVENT_YEAR, EVENT_YEAR + 0.5, EVENT_YEAR + 1, EVENT_YEAR + 3, 2031.0])
    ramp = event_ramp(times, np.array([0.8]), np.array([1.5]))[0]
    np.testing.assert_allclose(
        ramp, [0, 0, 0.5 * np.log(0.8), np.log(0.8), np.log(1.5), np.log(1.5)], atol=1e-12
    )


def test_a_path_that_starts_later_counts_only_what_is_still_to_come(draws):
    d = with_values(draws, path_start=EVENT_YEAR + 4)
    late = simulate_path(d, 0.5, 2.0, draws.z)
    np.testing.assert_allclose(late.rho, simulate_path(d, 1, 1, draws.z).rho)


def test_without_fade_walk_and_feedback_the_path_meets_the_closed_form(draws):
    # Constant growth, 1.5 against 1.2 a year from tightness 0.8: full after ln(1/0.8)/(ln 1.5 - ln 1.2) = 1.0 years.
    d = with_values(
        draws,
        growth_fade=0,
        investment_response=0,
        supply_growth=1.2,
        demand_growth=1.5,
        tightness=0.8,
        retirement=0.2,
        supply_ceiling=10,
    )
    path = simulate_path(d, 1, 1, np.zeros_like(draws.z))
    expected = np.log(1 / 0.8) / np.log(
        1.5 / 1.2
    )  # years in which the gap between the growths closes the room
    crossing = np.interp(0, np.log(path.rho[0]), path.times) - path.times[0]
    assert crossing == pytest.approx(expected, abs=1e-3)


def test_retirement_is_replaced_so_planned_growth_is_net(draws):
    d = with_values(draws, growth_fade=0, investment_response=0, supply_growth=2.0, supply_ceiling=10)
    path = simulate_path(d, 1, 1, np.zeros_like(draws.z))
    np.testing.assert_allclose(path.S[:, 4], 2.0)


def test_rent_returns_to_its_start_where_tightness_does_and_chips_do_not_age(draws):
    d = with_values(draws, rent_drift=0, rent_response=1.5)
    path = simulate_path(d, 1, 1, draws.z)
    expected = d["base_rent"][:, None] * (path.rho / path.rho[:, :1]) ** 1.5
    np.testing.assert_allclose(path.rent, expected)


def test_lower_demand_growth_strands_more_and_fills_less(draws):
    a = aggregate(draws)
    slow, fast = (
        simulate_path(with_values(draws, demand_growth=g), a.X_S, a.X_L, draws.z) for g in (1.8, 4.0)
    )
    assert stranded_pro_rata(slow.rho_at(2030)).mean() > stranded_pro_rata(fast.rho_at(2030)).mean()
    assert slow.saturation(36).mean() < fast.saturation(36).mean()


def test_the_last_built_idles_at_least_as_much_as_the_average_while_it_is_the_smaller_part():
    rho, power, plan = np.array([0.8, 0.5, 1.2]), 100.0, 10.0
    last = stranded_last_in(rho, power, plan)
    np.testing.assert_allclose(last, [1, 1, 0])
    assert np.all(last >= stranded_pro_rata(rho))
    assert stranded_last_in(0.95, 40.0, 10.0) == pytest.approx(0.2)


def test_power_grows_with_the_stock_and_shrinks_with_compute_per_watt():
    assert float(power_needed(8.0, 10.0, 2.0, 3.0)) == pytest.approx(10.0)


# ------------------------------------------------------------------------------------------ variants


@given(st.floats(0.05, 1), st.floats(-2, 2))
@settings(deadline=None, max_examples=30)
def test_partial_adjustment_in_steps_equals_its_closed_form(speed, log_x):
    # ten quarters after the event, stepped and in one formula
    stepped = 0.0
    for _ in range(10):
        stepped = (1 - speed) * stepped + speed * log_x
    times = np.array([EVENT_YEAR + 2.5])
    closed = variants.delayed_event(times, np.array([log_x]), speed)[0, 0]
    assert stepped == pytest.approx(closed, abs=1e-9)


def test_half_of_a_gap_is_closed_after_the_half_life():
    assert 0.9 ** float(variants.half_life(0.1)) == pytest.approx(0.5)
    assert variants.half_life(1.0) == 0


@given(st.floats(0.05, 3), st.floats(2, 1000))
def test_saturating_demand_has_the_stated_elasticity_at_the_start_and_its_ceiling_at_a_price_of_nothing(
    e, room
):
    step = 1e-5
    slope = -np.log(float(variants.latent_demand(1 + step, e, room))) / np.log1p(step)
    assert slope == pytest.approx(e, rel=1e-3)
    assert float(variants.latent_demand(1e-300, max(e, 0.5), room)) == pytest.approx(room, rel=1e-6)
    assert float(variants.latent_demand(1.0, e, room)) == 1


def test_with_much_headroom_saturating_demand_is_of_constant_elasticity():
    assert float(variants.latent_demand(0.2, 1.3, 1e9)) == pytest.approx(0.2**-1.3, rel=1e-6)


def test_rent_feedback_leaves_less_idle_and_its_rent_solves_its_own_equation(draws):
    d = {name: draws[name][:512] for name in draws}
    z, a = draws.z[:512], aggregate({name: draws[name][:512] for name in draws})
    fed, plain = variants.simulate_with_rent_feedback(d, a, z), simulate_path(d, a.X_S, a.X_L, z)
    assert stranded_pro_rata(fed.rho_at(2030)).mean() < stranded_pro_rata(plain.rho_at(2030)).mean()
    elapsed = fed.times - fed.times[0]
    residual = np.log(fed.rent / d["base_rent"][:, None]) - (
        d["rent_response"][:, None] * (np.log(fed.rho) - np.log(fed.rho[:, :1]))
        - d["rent_drift"][:, None] * elapsed
    )
    assert np.abs(residual).max() < 1e-8


def test_ceilings_that_never_bind_give_the_main_path_and_tight_ones_stop_growth(draws):
    d = {name: draws[name][:256] for name in draws}
    z, a = draws.z[:256], aggregate({name: draws[name][:256] for name in draws})
    wide = {
        "power_gw_per_year": 1e9,
        "capital_usd_b_per_year": 1e12,
        "capital_growth": 1.0,
        "cost_usd_b_per_gw": 40,
    }
    free = variants.simulate_with_ceilings(d, a, z, **wide)
    np.testing.assert_allclose(free.path.S, simulate_path(d, a.X_S, a.X_L, z).S)
    assert set(np.unique(free.binding)) <= {0, 1}
    stopped = variants.simulate_with_ceilings(d, a, z, **{**wide, "power_gw_per_year": 0.0})
    watts = power_needed(
        stopped.path.S,
        d["ai_power"][:, None],
        d["compute_per_watt"][:, None],
        stopped.path.times - stopped.path.times[0],
    )
    assert np.all(watts[:, -1] <= watts[:, 0] * (1 + 1e-9))


def test_with_many_servers_waiting_is_flat_until_nearly_full():
    wait = variants.waiting_factor(np.array([0.5, 0.9, 0.999]), 1000)
    assert wait[1] < 1e-3 < wait[2]
    assert variants.busy_share_at_wait(1000, 0.01) > variants.busy_share_at_wait(10, 0.01)


# ------------------------------------------------------------------------------------------ timing, China


def test_ten_fold_is_one_year_of_a_ten_fold_trend_and_less_of_a_steeper_one():
    # LLMflation: the price of constant capability falls tenfold a year (a16z, 2024).
    assert float(tau_years(10, 10)) == pytest.approx(1)
    assert float(tau_years(10, 50)) == pytest.approx(0.59, abs=0.005)


def test_the_price_route_takes_off_the_trend_already_due_and_is_never_negative():
    assert float(timing.price_route_years(10, 10, 0.25)) == pytest.approx(0.75)
    assert float(timing.price_route_years(0.5, 10, 0.25)) == 0


def test_field_leads_follow_from_the_published_horizons_and_index(model):
    # METR TH1.1: 60 minutes in February 2025, 719 in February 2026, against doublings in 212, 131 and 89 days.
    leads = tables.field_leads(model).set_index("series")["years"]
    assert leads["horizon_g26"] == pytest.approx(1.1, abs=0.05)
    assert leads["horizon_g29"] == pytest.approx(0.3, abs=0.05)
    assert leads["horizon_g30"] < 0
    # Epoch: 8.3 to 15.5 points a year from April 2024, so 0.65 years by the event.
    assert leads["index_at_event"] == pytest.approx(0.65, abs=0.05)


def test_shares_by_location_imply_seven_months_and_by_ownership_a_year():
    # 75/15 by location and 60/5 by ownership, equal algorithms, effective compute x13.5 a year (Epoch 2025, 2026).
    assert float(china.lag_months(0.75, 0.15, 1.0, 13.5)) == pytest.approx(7.4, abs=0.05)
    assert float(china.lag_months(0.60, 0.05, 1.0, 13.5)) == pytest.approx(11.5, abs=0.1)


def test_equal_shares_and_algorithms_leave_no_lag():
    assert float(china.lag_months(0.4, 0.4, 1.0, 10)) == 0


def test_chips_and_outputs_trade_off_as_stated(draws):
    levers = (
        (1.0, 1.0),
        (2.0, 1.0),
        (0.5, 1.0),
        (1.0, 0.5),
        (0.5, 0.5),
    )  # Chinese compute, gap in algorithms
    as_is, lifted, bite, opened, both = (china.control_lag_months(draws, *lever) for lever in levers)
    np.testing.assert_allclose(as_is - lifted, as_is - opened)
    np.testing.assert_allclose(both, as_is)
    assert np.all(bite > as_is)


# ------------------------------------------------------------------------------------------ evidence, back-test


def test_dates_of_every_written_form_become_years():
    assert evidence.year_of("2025") == 2025.5
    assert evidence.year_of("2025-Q2") == pytest.approx(2025.375)
    assert evidence.year_of("2025-01") == pytest.approx(2025 + 0.5 / 12)
    assert evidence.year_of("2023-01..2026-01-01") == 2026.0


def test_the_tracked_stock_adds_up_to_the_published_totals(model):
    # Epoch chip counts: 6.53 and 19.74 million H100 equivalents at the ends of 2024 and 2025.
    stock = evidence.tracked_stock(model.facts).set_index("date")["stock"]
    assert stock["2024-12-31"] == pytest.approx(6.531926e6, rel=1e-6)
    assert stock["2025-12-31"] == pytest.approx(19.737835e6, rel=1e-6)


def test_capital_spending_of_the_four_firms_matches_their_reports(model):
    # Cash purchases: 376 billion dollars in 2025, company reports.
    assert evidence.cash_capex_usd_b(model.facts, 2025) == pytest.approx(376, abs=0.5)


def test_on_demand_and_contract_rents_are_kept_apart(model):
    later = evidence.rows(model.facts, ("S257", "S258"))
    assert (later["year"] > 2025).all()
    assert later["note"].str.startswith("one-year contract").all()
    rent_row = next(r for r in backtest_rows.backtest_rows(model) if r.key == "rent")
    assert rent_row.observed == pytest.approx(2.35 / 1.70)
    assert rent_row.in_sample


def test_observations_of_one_prediction_are_one_test(model, notebook):
    rows = [r for r in backtest_rows.backtest_rows(model) if r.pit is not None and not r.in_sample]
    done = tables.tested(tables.january(model))
    observations, tests = done["observations"].sum(), len(done)
    assert (observations, tests) == (len(rows), len({r.prediction for r in rows}))
    assert tests < observations
    by_key = {r.key: r for r in rows}
    assert by_key["installed"].prediction == by_key["power"].prediction
    # two observations of one predicted number: the same draws
    assert by_key["capex"].prediction == by_key["revenue"].prediction
    np.testing.assert_array_equal(by_key["capex"].draws, by_key["revenue"].draws)
    assert notebook.figures["capacity.backtest.tests"].value == tests
    assert notebook.figures["capacity.backtest.observations"].value == observations
    assert notebook.exhibits["backtest"].title.startswith(f"Of {tests} separate predictions")
    assert f"{done['above'].sum()} of {tests} came in above" in said(notebook)


def test_the_growth_of_the_stock_is_one_number(figures):
    grown = figures["capacity.stock_growth_2025"]
    assert grown.value == figures["capacity.backtest.installed.observed"].value


def test_location_and_ownership_are_never_mixed_in_one_lag(notebook, figures):
    where, owner, both = (figures[f"capacity.china.lag{i}"] for i in ("_location", "_ownership", ""))
    assert where.value < owner.low
    assert (both.low, both.high) == (where.low, owner.high)
    seen = figures["capacity.china.lag_hidden_test"].value
    assert where.low <= seen <= where.high
    assert seen < owner.low
    for lag, rest in (
        (where, "capacity.china.unexplained_location"),
        (owner, "capacity.china.unexplained_ownership"),
    ):
        assert figures[rest].value == pytest.approx(lag.value - seen, rel=1e-3)
    assert "Counted by owner, {{ capacity.china.unexplained_ownership }} are left" in said(notebook)
    assert "Counted by where they stand, chips alone would account for that." in said(notebook)


def test_the_american_owners_share_is_the_corrected_one_and_agrees_with_the_own_tables(model, figures):
    rows = evidence.values_of(
        model.facts, ("S172", "S179", "S180", "S181", "S182", "S183", "S205", *evidence.OWNERS)
    )
    five = sum(rows[f"S{i}"] for i in range(179, 184))
    # with and without Huawei in the whole
    assert 100 * five / rows["S205"] < rows["S207"] < 100 * five / rows["S172"]
    assert figures["capacity.china.us_share_ownership"].value == rows["S207"]


def test_the_ranges_of_fullness_and_of_idle_chips_are_over_forms_and_hold_every_one(model, notebook, figures):
    every = tables.forms(model)
    answers = {f"p_{m}": f"capacity.saturation.p_{m}" for m in (12, 24, 36)}
    answers["idle_pct"] = "capacity.stargate.stranded_mean"
    for column, name in answers.items():
        printed = figures[name]
        ends = (printed.value,) * 2 if printed.low is None else (printed.low, printed.high)
        of_forms = every.loc[every["is_form"], column].map(round_significant)
        assert of_forms.between(*ends).all(), name
    last = figures["capacity.saturation.p_36"]
    for form, p_36 in every.set_index("form")["p_36"].items():
        assert figures[f"capacity.variant.{form}.p_36"].value == round_significant(p_36)
    assert last.high == figures["capacity.variant.feedback.p_36"].value > last.value
    assert "no_event" not in alternatives.FORMS
    assert "the choice of form moves the last more than R1’s release does" in said(notebook)


def test_the_transform_of_a_right_model_is_uniform():
    rng = np.random.default_rng(5)
    values = [backtest.pit(rng.normal(size=2000), rng.normal()) for _ in range(400)]
    assert abs(np.mean(values) - 0.5) < 0.05
    assert abs(np.mean([backtest.missed(v) for v in values]) - 0.1) < 0.05
    assert backtest.pit(np.ones(10), 1.0) == 0.5


def test_spend_grows_as_the_stock_does_where_the_cost_of_compute_stands_still(draws):
    d = with_values(
        draws, growth_fade=0, investment_response=0, supply_growth=2.0, compute_cost_fall=1, retirement=0
    )
    d |= {"supply_ceiling": np.full(draws.n, 10.0), "prior_growth": np.full(draws.n, 2.0)}
    path = simulate_path(d, 1, 1, np.zeros_like(draws.z))
    # The stock doubles each year: additions were one half in the year before, one in the first, two in the second.
    np.testing.assert_allclose(backtest.first_year_spend_growth(path, d), 2.0)
    np.testing.assert_allclose(backtest.second_year_spend_growth(path), 2.0)


def test_the_january_run_sees_no_later_fact_and_its_observations_read_not_yet_public():
    early = rehearsed("capacity", draws=1024, vintage="article")
    figures = early.figures
    for name in (
        "capacity.rent.low",
        "capacity.backtest.installed.observed",
        "capacity.china.lag_hidden_test",
    ):
        assert figures[name].value is None
    assert figures["capacity.stargate.announced_usd_b"].value == 500
    assert "No test of a later Chinese model was public yet" in said(early)
    assert "there is nothing to test against" in said(early)
    assert alternatives.ceilings(Model(resolve({"draws": 1024}, vintage="article"))) is None


def test_the_back_test_uses_january_parameters_whatever_the_vintage(model):
    ante = runs.ex_ante_run(model)
    assert ante.path.times[0] == 2025.0
    assert runs.base_run(model).path.times[0] == 2026.0
    expected = joint_draws(model.parameters.with_(vintage="article"))
    np.testing.assert_array_equal(ante.draws["demand_growth"], expected["demand_growth"])


# ------------------------------------------------------------------------------------------ figures and words

REQUIRED = {
    "capacity.aggregate_gain_short": ("ratio", True),
    "capacity.aggregate_gain_long": ("ratio", True),
    "capacity.compute_ratio_short": ("ratio", True),
    "capacity.compute_ratio_long": ("ratio", True),
    "capacity.jevons.break_even_elasticity": ("ratio", True),
    "capacity.jevons.p_backfire_long": ("probability", False),
    "capacity.saturation.p_12": ("probability", False),
    "capacity.saturation.p_24": ("probability", False),
    "capacity.saturation.p_36": ("probability", True),
    "capacity.stargate.stranded": ("% of plan", True),
    "capacity.pull_forward": ("years", True),
    "capacity.pull_forward.p_2_to_3": ("probability", False),
    "capacity.china.lag": ("months", True),
}


def test_every_promised_figure_is_there_with_its_unit_and_interval(figures):
    for name, (unit, interval) in REQUIRED.items():
        figure = figures[name]
        assert figure.unit == unit, name
        assert figure.value is not None, name
        if interval:
            assert figure.low is not None, name
            assert figure.low <= figure.value <= figure.high, name


def test_the_null_run_has_no_effect_in_any_figure_that_measures_one():
    null = rehearsed("capacity", draws=1024, inference_gain=1, training_gain=1).figures
    for name in ("capacity.stargate.effect", "capacity.power.effect", "capacity.saturation.effect_36"):
        assert null[name].value == 0, name
        assert null[name].low in (0, None), name
    assert null["capacity.compute_ratio_long"].value == 1
    assert null["capacity.pull_forward"].value == 0


def test_a_run_with_every_parameter_fixed_still_gives_every_figure(model, figures):
    fixed = {name: model.parameters.central(name) for name in model.draws}
    assert rehearsed("capacity", **{**fixed, "draws": 1024}).figures.keys() == figures.keys()


def test_setting_the_long_elasticity_moves_the_answer_and_the_words():
    low, high = (rehearsed("capacity", draws=1024, elasticity_long=e) for e in (0.6, 2.5))
    assert low.figures["capacity.jevons.p_backfire_long"].value == 0
    assert high.figures["capacity.jevons.p_backfire_long"].value > 0.95
    assert "more chips for inference after three years are very unlikely:" in said(low)
    assert "more chips for inference after three years are very likely:" in said(high)


def test_an_answer_hangs_on_what_enters_its_formula_and_on_nothing_else(model):
    found = alternatives.drivers(model)
    enters = {
        "compute": {
            "elasticity_long",
            "pass_through_long",
            "inference_gain",
            "adoption_long",
            "training_share_long",
            "budget_response",
            "training_gain",
            "training_adoption_long",
        },
        "lag": {
            "us_compute_share",
            "china_compute_share",
            "algorithm_ratio",
            "effective_growth",
        },
    }
    for answer, parameters in enters.items():
        assert set(found.loc[found["answer"] == answer, "parameter"]) <= parameters
    assert found.loc[found["answer"] == "compute", "correlation"].iloc[0] > 0.3


def test_the_growth_below_which_a_tenth_stands_idle_does_what_it_says(model):
    growth = alternatives.stranding_break_even(model)
    assert growth is not None
    n = 2
    d = {name: np.full(n, model.parameters.central(name)) for name in model.draws}
    d["demand_growth"] = np.array([growth - 0.1, growth + 0.1])
    a = aggregate(d)
    idle = stranded_pro_rata(simulate_path(d, a.X_S, a.X_L, np.zeros((n, 24))).rho_at(2030))
    assert idle[0] > 0.1 > idle[1]


# ------------------------------------------------------------------------------------------ refused input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: aggregate_gain(1.2, 5), "the adopted share is 1.2; it must be from 0 to 1"),
        (lambda: aggregate_gain(0.5, 0), "the gain is 0; it must be above 0"),
        (lambda: total_compute(-0.1, 1, 1, 1), "the training share is -0.1; it must be from 0 to 1"),
        (lambda: tau_years(10, 1.0), "the yearly trend is 1; it must be above 1"),
        (lambda: china.lag_months(0.7, 0, 1, 10), "the Chinese share is 0; it must be above 0 and at most 1"),
        (lambda: variants.latent_demand(0.5, 1, 1), "the headroom is 1; it must be above 1"),
        (lambda: aggregate_gain([0.5, np.nan], 2), "the adopted share is nan"),
        (lambda: stranded_last_in(0.5, 10, 0), "the plan in GW is 0; it must be above 0"),
    ],
)
def test_input_without_meaning_is_refused_with_its_range(call, message):
    with pytest.raises(ModelInputError) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("demand_growth", -1.5, "demand_growth is -1.5; it must be above 0"),
        ("supply_growth", 0.0, "supply_growth is 0; it must be above 0"),
        ("lead_time", 7.0, "lead_time is 7; it must be from 0 to 6 (years, and the path runs 6 years)"),
        ("tightness", 0.0, "tightness is 0; it must be above 0"),
    ],
)
def test_a_path_refuses_growth_without_a_logarithm_and_a_lead_beyond_its_horizon(draws, name, value, message):
    with pytest.raises(ModelInputError) as caught:
        simulate_path(with_values(draws, **{name: value}), 1, 1, draws.z)
    assert message in str(caught.value)
