"""The parameter table, overrides, scenarios and joint draws."""

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from scipy.interpolate import PchipInterpolator
from scipy.stats import qmc

from deepseek_era import parameters, reads
from deepseek_era.errors import DataError, ParameterError
from deepseek_era.parameters import draws as draws_module
from deepseek_era.parameters import joint_draws, resolve
from deepseek_era.parameters.draws import NET, TIED, _Points
from deepseek_era.parameters.rows import _cubic


def test_every_mistake_is_named_in_one_go():
    with pytest.raises(ParameterError) as caught:
        resolve(
            {"elasticity_lng": 1, "gpu_hour_usd": "three", "adoption_short": 2, "benchmark": "SPX"},
            scenario="jevons-fail",
            vintage="2030-01-01",
            seed=-1,
        )
    lines = str(caught.value).splitlines()
    assert len(lines) == 7
    text = "\n".join(lines)
    assert "elasticity_lng: unknown" in text
    assert "(nearest: elasticity_long)" in text
    assert "gpu_hour_usd: saw 'three' (str), allowed: a number from 0.2 to 15 USD per GPU-hour" in text
    assert "adoption_short: saw 2, allowed: a number from 0 to 1" in text
    assert "benchmark: saw 'SPX', allowed: EWX" in text
    assert "scenario: saw 'jevons-fail'" in text
    assert "(nearest: jevons-fails)" in text
    assert "vintage: saw 2030-01-01" in text
    assert "seed: saw '-1'" in text


@pytest.mark.bad_input("values of parameters")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "'True' (bool)"),
        (math.nan, "saw nan"),
        (math.inf, "saw inf"),
        ([1], "(list)"),
        ({"low": 2, "high": 1}, "low < high"),
        ({"low": 1, "mode": 3, "high": 2}, "mode between"),
        ({"lo": 1, "high": 2}, "allowed: low, high"),
        ({"low": -1, "high": 2}, "elasticity_long.low: saw -1"),
        ("1; import os", "(str)"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_with_its_reason(value, message):
    with pytest.raises(ParameterError, match="parameter elasticity_long") as caught:
        resolve({"elasticity_long": value})
    assert message in str(caught.value)


def test_the_newest_row_not_after_the_vintage_counts():
    early, late = resolve(vintage="article"), resolve(vintage="latest")
    assert early.row("catch_up").as_of <= "2025-01-31" < late.row("catch_up").as_of
    assert early.row("catch_up").p1 != late.row("catch_up").p1
    assert resolve(vintage="2026-09-26").row("catch_up") == early.row("catch_up")
    assert resolve(vintage="2026-09-27").row("catch_up") == late.row("catch_up")


def test_the_article_vintage_holds_no_row_from_after_it():
    assert all(row.as_of <= "2025-01-31" for row in resolve(vintage="article").rows.values())
    assert resolve(vintage="article").vintage == dt.date(2025, 1, 31)


def test_each_scenario_resolves_and_changes_something():
    for name in parameters.scenarios():
        resolved = resolve(scenario=name)
        assert (resolved.rows != resolve().rows) == (name != "base")


def test_a_users_value_wins_over_the_scenario():
    both = resolve({"elasticity_long": 1.5}, scenario="jevons-fails")
    assert both.central("elasticity_long") == 1.5
    assert both.row("elasticity_short").p3 == 0.6


@pytest.mark.bad_input("names of runs, scenarios and files")
@pytest.mark.parametrize("name", ["../base", "a/b", "", "base\n", "no-such"])
def test_a_scenario_name_cannot_leave_its_folder(name):
    with pytest.raises(ParameterError, match="scenario: saw"):
        resolve(scenario=name)


def test_draws_have_the_stated_quantiles():
    p = resolve()
    draws = joint_draws(p, 2**12)
    for name, row in p.rows.items():
        if row.dist in ("lognormal", "normal", "uniform", "pert"):
            for q in (0.05, 0.5, 0.95):
                spread = row.quantile(0.95) - row.quantile(0.05)
                assert np.quantile(draws[name], q) == pytest.approx(
                    row.quantile(q), abs=0.02 * spread + 1e-12
                ), name


def test_the_tabulated_pert_agrees_with_scipys_beta():
    row = resolve({"elasticity_long": {"low": 0.5, "mode": 1.3, "high": 2.3}}).row("elasticity_long")
    exact = stats.beta(1 + 4 * 0.8 / 1.8, 1 + 4 * 1.0 / 1.8, loc=0.5, scale=1.8)
    q = np.linspace(0.0005, 0.9995, 999)
    assert np.max(np.abs(row.transform(stats.norm.ppf(q)) - exact.ppf(q))) < 1e-6


def test_every_tabulated_pert_is_scipys_beta_to_a_ten_millionth_of_its_range():
    q = np.concatenate([np.linspace(0.0005, 0.9995, 999), [1e-6, 1 - 1e-6]])
    found = 0
    for name, versions in parameters.table().items():
        for row in versions:
            if row.dist != "pert":
                continue
            found += 1
            span = row.p3 - row.p1
            a, b = 1 + 4 * (row.p2 - row.p1) / span, 1 + 4 * (row.p3 - row.p2) / span
            exact = np.clip(stats.beta(a, b, loc=row.p1, scale=span).ppf(q), *row.bounds)
            assert np.max(np.abs(row.transform(stats.norm.ppf(q)) - exact)) < 1e-7 * span, name
    assert found > 50


def test_the_cubic_is_scipys_interpolator_to_the_last_bit():
    grid = np.linspace(-8.0, 8.0, 2049)
    curve = PchipInterpolator(grid, np.tanh(grid) * np.exp(0.1 * grid))
    z = np.random.default_rng(1).normal(0, 2, 20_000).clip(-8, 8)
    edges = np.concatenate([grid, np.nextafter(grid, -9).clip(-8), np.nextafter(grid, 9).clip(None, 8)])
    for values in (z, edges):
        assert np.array_equal(_cubic(np.ascontiguousarray(curve.c), values), curve(values))


def test_draws_stay_in_their_bounds():
    p = resolve()
    for name, values in joint_draws(p, 2**10).items():
        low, high = p.row(name).bounds
        assert values.min() >= low
        assert values.max() <= high


def test_stated_rank_correlations_are_recovered_and_all_others_are_nil():
    draws = joint_draws(resolve(), 2**13)
    for pair in parameters.correlations().itertuples():
        rho = stats.spearmanr(draws[pair.a], draws[pair.b]).statistic
        assert rho == pytest.approx(pair.spearman, abs=0.02)
    assert abs(stats.spearmanr(draws["inference_gain"], draws["elasticity_long"]).statistic) < 0.03
    free = joint_draws(resolve(), 2**13, independent=True)
    assert abs(stats.spearmanr(free["elasticity_short"], free["elasticity_long"]).statistic) < 0.03


def test_each_set_of_correlations_is_one_of_a_joint_distribution(monkeypatch):
    """Four pairs around a square are not, unless the diagonals are stated as well: that is refused in one line."""
    for names, matrix in parameters.correlated_blocks():
        np.testing.assert_allclose(np.diag(matrix), 1)
        assert np.linalg.eigvalsh(matrix)[0] > 0, names
    frame = parameters.correlations()
    square = frame[~frame["note"].str.startswith("what the three pairs")]
    monkeypatch.setattr(draws_module, "correlations", lambda: square)
    with pytest.raises(DataError, match="no joint distribution has these correlations of pass_through_short"):
        draws_module.correlated_blocks.__wrapped__()


@pytest.mark.parametrize("changed", [{}, {"inference_gain": 1}], ids=["tied", "set free"])
@pytest.mark.parametrize("asked", [lambda d: d.moved_to_bounds, lambda d: d["pass_through_short"]])
def test_whoever_looks_at_the_first_years_pass_through_rests_on_all_that_ties_it(changed, asked):
    """A notebook is kept while what it looked at stays: a run that set one of these free must not pass for the base."""
    drawn = joint_draws(resolve(changed), 64)
    with reads.recording() as record:
        asked(drawn)
    assert set(TIED) <= record.parameters


def test_the_fall_of_the_average_price_stays_inside_its_measured_bounds():
    free = joint_draws(resolve(), 2**13)
    least, most = (resolve().central(f"price_fall_{end}") for end in ("least", "most"))
    gain = -np.log(1 - free["adoption_short"] + free["adoption_short"] / free["inference_gain"])
    fall = free["pass_through_short"] * gain
    assert fall.max() <= most * (1 + 1e-9)
    assert (fall[gain > least] >= least * (1 - 1e-9)).all()
    edge = np.isclose(fall, most) | np.isclose(fall, least)
    assert free.moved_to_bounds == np.mean(edge) > 0, "each draw on a bound was moved there"
    asked = joint_draws(resolve({"pass_through_short": 1, "adoption_short": 1}), 512)
    assert (asked["pass_through_short"] == 1).all(), "what a user sets is not moved"
    assert asked.moved_to_bounds == 0
    early = resolve(vintage="article")
    raw = early.row("pass_through_short").transform(
        special.ndtri(joint_draws(early, 512).u("pass_through_short"))
    )
    np.testing.assert_allclose(
        joint_draws(early, 512)["pass_through_short"], raw, err_msg="January knew no bound"
    )


def test_fixing_one_parameter_leaves_every_uncorrelated_draw_as_it_was():
    free, fixed = joint_draws(resolve(), 512), joint_draws(resolve({"budget_response": 0.2}), 512)
    assert set(fixed["budget_response"]) == {0.2}
    for name in free:
        if name != "budget_response":
            assert np.array_equal(free[name], fixed[name]), name
    assert np.array_equal(free.z, fixed.z)


def test_draws_of_one_run_are_not_changed_by_those_of_another():
    alone = {name: values.copy() for name, values in joint_draws(resolve(), 512).items()}
    with pytest.raises(ValueError, match="read-only"):
        joint_draws(resolve(), 512)["inference_gain"][0] = 0
    joint_draws(resolve({"elasticity_long": {"low": 0.2, "high": 0.4}, "gross_margin": 0.5}), 512)[
        "elasticity_long"
    ]
    again = joint_draws(resolve(), 512)
    assert all(np.array_equal(again[name], values) for name, values in alone.items())
    assert np.array_equal(again.u("elasticity_long"), joint_draws(resolve(), 512).u("elasticity_long"))


def test_more_draws_than_one_net_go_on_from_it_and_are_even_in_each_net():
    one, more = joint_draws(resolve(), NET), joint_draws(resolve(), 4 * NET)
    for name in ("inference_gain", "elasticity_long"):
        assert np.array_equal(more[name][:NET], one[name])
    uniforms = more.u("inference_gain").reshape(4, -1)
    assert len({tuple(row[:8]) for row in uniforms}) == 4
    # one point in each of as many cells as there are points: what makes a net even
    for row in uniforms:
        assert np.array_equal(np.sort(np.floor(row * NET)), np.arange(NET))


@settings(max_examples=20, deadline=None)
@given(
    dimensions=st.integers(1, 40), seed=st.integers(0, 2**32), size=st.integers(0, 15), at=st.integers(0, 40)
)
def test_the_points_are_those_of_scipys_scrambled_sobol_nets(dimensions, seed, size, at):
    start = at * 2**size
    points = _Points(dimensions, seed, 2**size, start)
    found = np.empty((dimensions, points.count))
    for position, row in enumerate(found):
        points.coordinate(position, row)
    nets = range(start // NET, max(start // NET + 1, (start + points.count) // NET))
    engines = [
        qmc.Sobol(dimensions, rng=np.random.default_rng([seed, net] if net else seed)).random(NET)
        for net in nets
    ]
    first = start - nets[0] * NET
    assert np.array_equal(found, np.concatenate(engines)[first : first + points.count].T)


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    first, again, other = (joint_draws(resolve(seed=s), 256) for s in (1, 1, 2))
    assert np.array_equal(first["inference_gain"], again["inference_gain"])
    assert not np.array_equal(first["inference_gain"], other["inference_gain"])


def test_a_count_of_draws_that_is_no_power_of_two_is_refused():
    with pytest.raises(ParameterError, match="power of two"):
        joint_draws(resolve(), 1000)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.5, 3.9), st.floats(0.01, 1.0), st.floats(0, 1))
def test_a_range_given_by_a_user_holds_all_draws(low, width, share):
    high = min(low + width, 4.0)
    if high <= low:
        return
    value = {"low": low, "mode": low + share * (high - low), "high": high}
    draws = joint_draws(resolve({"elasticity_long": value}), 64)["elasticity_long"]
    assert draws.min() >= low - 1e-9
    assert draws.max() <= high + 1e-9
