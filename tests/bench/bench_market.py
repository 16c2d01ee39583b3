"""Benchmark: one vectorised event study against a loop of statsmodels fits, on the same simulated returns.

Run ``python tests/bench/bench_market.py``. 5,000 firms × 500 days with 1,000 placebo dates, each left out of its own
fit. The loop does what one would write by hand: a statsmodels OLS per firm for the event, and per firm and placebo
date for the placebo test. It is timed on a sample of firms and dates and scaled up, since the whole would take hours.
"""

from __future__ import annotations

import resource
import time

import numpy as np
import statsmodels.api as sm

from deepseek_era.market import inference, normal

FIRMS, DAYS, PLACEBOS, GROUPS = 5_000, 500, 1_000, 10
FIT_SAMPLE, PLACEBO_SAMPLE = 200, 200
SEED = 20250127


def simulate() -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return estimation returns, the benchmark, event-day returns and the event-day benchmark."""
    rng = np.random.default_rng(SEED)
    market = rng.normal(0.0004, 0.01, DAYS + 1)
    beta = rng.uniform(0.5, 1.5, FIRMS)
    returns = market[:, None] * beta + rng.normal(0, 0.02, (DAYS + 1, FIRMS))
    return returns[:-1], market[:-1], returns[-1:], float(market[-1])


def vectorised(returns: np.ndarray, market: np.ndarray, event: np.ndarray, event_market: float) -> np.ndarray:
    """Return placebo p-values of the groups; fits every firm and every placebo date."""
    shares = np.zeros((FIRMS, GROUPS))
    shares[np.arange(FIRMS), np.arange(FIRMS) % GROUPS] = GROUPS / FIRMS
    starts = np.random.default_rng(SEED).integers(0, DAYS, PLACEBOS)
    fit = normal.fit_normal(returns, market)
    cars = normal.cumulate(fit, event, np.array([event_market]))
    placebo = inference.placebos(returns, market, shares, starts)
    return inference.placebo_p(cars.car @ shares, placebo.caar)


def one_fit(returns: np.ndarray, market: np.ndarray, event_market: float) -> float:
    """Return the prediction error of one firm by statsmodels."""
    result = sm.OLS(returns, sm.add_constant(market)).fit()
    return float(result.get_prediction(np.array([[1.0, event_market]])).se_obs[0])


def main() -> None:
    """Time both and print the ratios."""
    returns, market, event, event_market = simulate()
    begin = time.perf_counter()
    p = vectorised(returns, market, event, event_market)
    fast = time.perf_counter() - begin
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    begin = time.perf_counter()
    errors = [one_fit(returns[:, k], market, event_market) for k in range(FIT_SAMPLE)]
    per_fit = (time.perf_counter() - begin) / FIT_SAMPLE
    mine = normal.cumulate(normal.fit_normal(returns, market), event, np.array([event_market])).se[
        :FIT_SAMPLE
    ]
    agreement = float(np.max(np.abs(mine / np.array(errors) - 1)))

    begin = time.perf_counter()
    for k in range(PLACEBO_SAMPLE):
        keep = np.delete(np.arange(DAYS), k)
        design = sm.add_constant(market[keep])
        fitted = sm.OLS(returns[keep, k], design).fit()
        fitted.predict(np.array([[1.0, market[k]]]))
    per_placebo = (time.perf_counter() - begin) / PLACEBO_SAMPLE

    begin = time.perf_counter()
    fit = normal.fit_normal(returns, market)
    normal.cumulate(fit, event, np.array([event_market]))
    fast_fit = time.perf_counter() - begin
    loop_fit = per_fit * FIRMS
    loop_all = loop_fit + per_placebo * FIRMS * PLACEBOS
    print(
        f"{FIRMS:,} firms x {DAYS} days, {PLACEBOS:,} placebo dates, {GROUPS} groups; smallest p {p.min():.4f}"
    )
    print(f"largest relative difference of the prediction errors: {agreement:.1e}")
    print(
        f"fits alone: {fast_fit:.2f} s against {loop_fit:.1f} s (loop, from {FIT_SAMPLE} fits): {loop_fit / fast_fit:,.0f} x"
    )
    print(
        f"with placebos: {fast:.2f} s against {loop_all / 3600:.2f} h (loop, scaled): {loop_all / fast:,.0f} x"
    )
    print(f"peak memory of the process, imports and data included: {peak_mb:,.0f} MB")


if __name__ == "__main__":
    main()
