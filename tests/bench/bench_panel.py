"""Benchmark: the study of many events in one pass against a loop of statsmodels fits, on the report's own panel.

Run ``python tests/bench/bench_panel.py``. Both fit a market model to every session with days enough before it, for every group,
with all event days left out, and give its abnormal return and prediction error. The loop is what one would write by hand; it is
timed on a sample of sessions and scaled up to as many fits.
"""

from __future__ import annotations

import time

import numpy as np
import statsmodels.api as sm

from deepseek_era.arrays import Array, Bools
from deepseek_era.market import panel, releases
from deepseek_era.market.inputs import panel_inputs
from deepseek_era.model import Model
from deepseek_era.parameters import resolve

SAMPLE, ROUNDS, DAYS, GAP, MINIMUM = 60, 20, 240, 10, 120


def one_by_one(series: Array, benchmark: Array, out: Bools, days: Array) -> tuple[Array, Array]:
    """Return abnormal returns and errors of these sessions, shape (sessions, series), a fit of statsmodels each."""
    ar = np.full((len(days), series.shape[1]), np.nan)
    se = ar.copy()
    for k, day in enumerate(days):
        window = np.arange(max(day - GAP - DAYS, 0), max(day - GAP, 0))
        for column in range(series.shape[1]):
            rows = window[~out[window] & np.isfinite(series[window, column])]
            if len(rows) < MINIMUM:
                continue
            fit = sm.OLS(series[rows, column], sm.add_constant(benchmark[rows])).fit()
            there = fit.get_prediction(np.array([[1.0, benchmark[day]]]))
            ar[k, column] = series[day, column] - there.predicted_mean[0]
            se[k, column] = there.se_obs[0]
    return ar, se


def main() -> None:
    """Time both and print the ratio."""
    model = Model(resolve())
    study = releases.panel_study(model)
    read = panel_inputs(model).returns
    benchmark = read.column(study.benchmark)
    series = panel.group_series(read.returns, study.firms)
    out = panel.event_days(study.events["day"].to_numpy(), len(study.dates))
    begin = time.perf_counter()
    for _ in range(ROUNDS):
        every = panel.every_day(series, benchmark, out)
    fast = (time.perf_counter() - begin) / ROUNDS
    fits = int(np.isfinite(every.ar).sum())

    days = np.linspace(200, len(study.dates) - 1, SAMPLE).astype(int)
    begin = time.perf_counter()
    ar, se = one_by_one(series, benchmark, out, days)
    spent = time.perf_counter() - begin
    loop = spent / np.isfinite(ar).sum() * fits
    away = max(np.nanmax(np.abs(ar - every.ar[days])), np.nanmax(np.abs(se - every.se[days])))
    print(f"{len(study.dates):,} sessions x {series.shape[1]} groups, {fits:,} fits")
    print(f"largest difference of abnormal returns and errors: {away:.1e}")
    print(
        f"one pass {1000 * fast:.1f} ms, loop {loop:.1f} s (scaled from {SAMPLE} sessions): {loop / fast:,.0f} x"
    )


if __name__ == "__main__":
    main()
