"""The event study of a run: firms, groups, windows and tests, from tables and settings.

- Firms with fewer than `minimum_history` estimation days are left out and named; firms with fewer than the whole window
  are kept and flagged.
- A firm's window ends with the last close before its own results; the days after it have weight 0.
- A window whose last day is not in the returns (after the vintage, or after the data end) gives no result, not zero.
- Group intervals are those of the group as one portfolio: they allow for the correlation between firms.
- A firm may stand in several groups. It is one column of the panel and one row of the firms, so that nothing that pools
  firms counts it twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from deepseek_era.arrays import Array, Ints
from deepseek_era.errors import DataError, ModelInputError
from deepseek_era.market import inference
from deepseek_era.market.normal import (
    Cumulated,
    NormalReturns,
    abnormal_returns,
    cumulate,
    fit_normal,
)
from deepseek_era.market.returns import (
    PERCENT,
    EventDay,
    Panel,
    Window,
    check_gaps,
    check_variation,
    check_windows,
    estimation_rows,
    find_event,
    history,
    on_calendar,
    widen,
)

GROUPS: dict[str, str] = {
    "nvidia": "Nvidia",
    "semis": "Chips",
    "power": "Power",
    "clouds": "Clouds",
    "stargate": "Stargate’s partner",
    "model_labs": "Model sellers (stand-ins)",
    "software": "Software",
    "internet": "Internet",
    "china": "Chinese shares",
    "healthcare": "Health care",
    "data_labelling": "Data labelling (stand-in)",
}
NAMES: dict[str, str] = {
    "own": "the file’s firms",
    "nvidia": "Nvidia",
    "semis": "chips",
    "power": "power",
    "clouds": "clouds",
    "stargate": "Stargate’s partner",
    "model_labs": "model sellers",
    "software": "software",
    "internet": "internet",
    "china": "Chinese shares",
    "healthcare": "health care",
    "data_labelling": "data labelling",
}
"""Groups as they stand in a sentence."""
OUTSIDE = "outside"
"""Firms that no group holds: counted among single firms only."""
WINDOWS: dict[str, Window] = {
    "0": Window(0, 0),
    "0_1": Window(0, 1),
    "m1_1": Window(-1, 1),
    "0_5": Window(0, 5),
    "0_10": Window(0, 10),
}
BEFORE_RELEASE = dt.date(2025, 1, 17)  # last close before the weights were published on a market holiday
STARGATE_DATE = dt.date(2025, 1, 21)  # announced after the close of 21 January, trailed during the day
STARGATE_WINDOW = Window(0, 1)
FOMC_SHOCK = dt.date(
    2024, 12, 18
)  # the one broad shock of the estimation window, left out in a robustness run


def group_label(group: str) -> str:
    """Return a group's name for print; a user's own group as it was written."""
    return {**GROUPS, "own": "Own file", OUTSIDE: "In no group"}.get(group, group)


def group_name(group: str) -> str:
    """Return a group's name as it stands in a sentence; a user's own group as it was written."""
    return NAMES.get(group, group)


def short_name(name: str) -> str:
    """Return a firm's name for print: without brackets, and not in capitals."""
    plain = str(name).split(" (")[0]
    return {"NVIDIA": "Nvidia"}.get(plain, plain)


@dataclass(frozen=True)
class Settings:
    """What an analyst may choose about the study; the names are those of the parameters."""

    event_date: dt.date
    estimation_days: int = 240
    estimation_gap: int = 10
    minimum_history: int = 120
    benchmark: str = "EWX"
    return_kind: str = "simple"
    normal_model: str = "market"
    days_out: tuple[dt.date, ...] = ()
    """Days left out of the estimation window; the one choice that no parameter makes."""

    @classmethod
    def read(cls, setting: Any) -> Settings:
        """Return the settings of a run; `setting` is ``parameters.setting``."""
        return cls(
            dt.date.fromisoformat(str(setting("event_date"))),
            int(setting("estimation_days")),
            int(setting("estimation_gap")),
            int(setting("minimum_history")),
            str(setting("benchmark")),
            str(setting("return_kind")),
            str(setting("normal_model")),
        )


@dataclass(frozen=True)
class Study:
    """A fitted study: the kept firms in the columns of `panel`, in the order of `firms`.

    Attributes
    ----------
    firms
        One row per kept firm: `ticker`, `name`, `group` (all of its groups, joined by ``;``), `estimation_days`, `short`
        (history shorter than the window).
    memberships
        Columns of the panel by group; a firm may be in several.
    excluded
        Ticker and number of estimation days of the firms left out.
    last_day
        Per firm, the last event day before its own results; a large number if none is near.
    """

    settings: Settings
    panel: Panel
    benchmark: Array
    event: EventDay
    rows: Ints
    fit: NormalReturns
    firms: pd.DataFrame
    memberships: Mapping[str, Ints]
    excluded: tuple[tuple[str, int], ...]
    last_day: Ints
    windows: Mapping[str, Window]

    def has(self, window: Window) -> bool:
        """Return whether every day of the window is in the returns."""
        return (
            self.event.position + window.last < len(self.panel.dates)
            and self.event.position + window.first >= 0
        )

    def members(self, group: str) -> Ints:
        """Return the columns of a group's firms."""
        return self.memberships.get(group, np.array([], dtype=np.int64))

    @property
    def groups(self) -> list[str]:
        """Return the groups with at least one firm: known ones first, in their order, then others."""
        present = [g for g in self.memberships if g != OUTSIDE]
        return [g for g in GROUPS if g in present] + [g for g in present if g not in GROUPS]

    def pooled(self, names: tuple[str, ...]) -> Study:
        """Return the study with one group, ``a+b``: the firms of these groups, each once."""
        columns = np.unique(np.concatenate([self.members(name) for name in names]))
        return replace(self, memberships={"+".join(names): columns} if len(columns) else {})

    def placebo_starts(self, length: int) -> Ints:
        """Return the first rows of the placebo windows: every day of the returns but those around the event.

        Days from the end of the estimation window to the end of the longest event window are no placebo: they are what
        is studied. Days before the estimation window and after the event are predicted by its fit, the days inside it
        by a fit without them.
        """
        after = self.event.position + max(w.last for w in self.windows.values()) + 1
        return np.concatenate(
            [
                inference.placebo_starts(0, self.event.position - self.settings.estimation_gap, length),
                inference.placebo_starts(after, len(self.panel.dates), length),
            ]
        )

    def weights(self, window: Window) -> Array:
        """Return γ, shape (days, firms): 1 up to the last day before a firm's own results, then 0."""
        days = np.arange(window.first, window.last + 1)
        return (days[:, None] <= self.last_day[None, :]).astype(np.float64)


def _windows(panel: Panel, event: EventDay) -> dict[str, Window]:
    """Return the windows of the study, with the one since the last close before the release if day 0 is after it."""
    windows = dict(WINDOWS)
    before = int(np.searchsorted(panel.dates, np.datetime64(BEFORE_RELEASE), side="right")) - 1
    days = event.position - before - 1
    if 0 < days <= 20:
        windows["since_17_january"] = Window(-days, 0)
    return windows


def last_clean_days(
    panel: Panel, event: EventDay, tickers: tuple[str, ...], results: pd.DataFrame | None
) -> Ints:
    """Return, per firm, the last event day whose close came before the firm's own results.

    `results` has `ticker`, `date` and `time` (``before open``, ``during`` or ``after close``), any number of rows a
    firm; the first result on or after day 0 counts.
    """
    never = np.iinfo(np.int32).max
    last = np.full(len(tickers), never, dtype=np.int64)
    if results is None:
        return last
    for ticker, date, time in results[["ticker", "date", "time"]].itertuples(index=False):
        if ticker not in tickers:
            continue
        position = int(np.searchsorted(panel.dates, np.datetime64(date)))
        # after the close the day itself is still clean; otherwise the day before is the last
        day = position - event.position - (0 if time == "after close" else 1)
        column = tickers.index(ticker)
        if day >= 0:
            last[column] = min(last[column], day)
    return last


def build_study(
    returns: pd.DataFrame | Panel,
    groups: pd.DataFrame,
    settings: Settings,
    results: pd.DataFrame | None = None,
    *,
    where: str = "data/returns_daily.csv",
) -> Study:
    """Return the fitted study.

    Parameters
    ----------
    returns
        Long table `date`, `ticker`, `return_pct`, or the panel that `widen` makes of it; holds firms and benchmark.
    groups
        `ticker`, `group`, `name`: one row a membership.
    settings
        See `Settings`.
    results
        Dates of firms' own results, see `last_clean_days`.
    where
        How messages name the returns.

    Raises
    ------
    DataError, ModelInputError
        A firm twice in a group, no firm left, a benchmark that is missing or constant, too few days before the event,
        windows that overlap, a firm whose return never varies.
    """
    repeated = groups.duplicated(["ticker", "group"])
    if repeated.any():
        row = groups[repeated].iloc[0]
        raise DataError(f"groups: {row['ticker']} stands in {row['group']} twice; once is allowed")
    wide = returns if isinstance(returns, Panel) else widen(returns, where=where)
    every = on_calendar(wide, settings.benchmark, settings.return_kind, where=where)
    check_gaps(every, where=where)
    event = find_event(every.dates, settings.event_date)
    window = estimation_rows(event, settings.estimation_days, settings.estimation_gap)
    windows = _windows(every, event)
    check_windows(tuple(windows.values()), settings.estimation_gap)
    rows = np.arange(window.start, window.stop)
    if settings.days_out:
        rows = rows[~np.isin(every.dates[rows], np.array(settings.days_out, dtype="datetime64[D]"))]
    groups = groups[groups["ticker"].isin(every.tickers)]
    joined = groups.groupby("ticker", sort=False)["group"].agg(";".join)
    firms = groups.drop_duplicates("ticker")[["ticker", "name"]].reset_index(drop=True)
    firms["group"] = joined.reindex(firms["ticker"]).to_numpy()
    days = history(every.select(tuple(firms["ticker"])).returns[rows])
    needed = min(settings.minimum_history, len(rows))
    traded = np.array([np.isfinite(every.column(t)[event.position]) for t in firms["ticker"]], dtype=bool)
    keep = (days >= needed) & traded
    excluded = tuple((str(t), int(n)) for t, n, k in zip(firms["ticker"], days, keep, strict=True) if not k)
    if not keep.any():
        raise ModelInputError(
            f"{where}: no firm has the {needed} estimation days that minimum_history asks for (longest: "
            f"{int(days.max(initial=0))})"
        )
    firms = firms[keep].reset_index(drop=True)
    firms["estimation_days"] = days[keep]
    firms["short"] = firms["estimation_days"] < len(rows)
    panel = every.select(tuple(firms["ticker"]))
    benchmark = every.column(settings.benchmark)
    check_variation(panel.returns[rows], panel.tickers)
    fit = fit_normal(panel.returns[rows], benchmark[rows], settings.normal_model)
    last = last_clean_days(every, event, panel.tickers, results)
    kept = groups[groups["ticker"].isin(panel.tickers)]
    memberships = {
        str(group): np.sort([panel.index(t) for t in part]).astype(np.int64)
        for group, part in kept.groupby("group", sort=False)["ticker"]
    }
    return Study(
        settings,
        panel,
        benchmark,
        event,
        rows,
        fit,
        firms,
        memberships,
        excluded,
        last,
        windows,
    )


def subset(fit: NormalReturns, columns: Ints) -> NormalReturns:
    """Return the fit of some firms, by their columns."""
    return replace(
        fit,
        alpha=fit.alpha[columns],
        beta=fit.beta[columns],
        variance=fit.variance[columns],
        n=fit.n[columns],
        benchmark_mean=fit.benchmark_mean[columns],
        benchmark_ss=fit.benchmark_ss[columns],
        residuals=fit.residuals[:, columns],
    )


def firm_cars(study: Study, window: Window) -> Cumulated:
    """Return each firm's CAR over a window that ends before its own results, fractions.

    Raises
    ------
    ModelInputError
        If the window reaches beyond the returns.
    """
    if not study.has(window):
        raise ModelInputError(f"window {window.label}: the returns end before its last day")
    rows = window.rows(study.event)
    return cumulate(study.fit, study.panel.returns[rows], study.benchmark[rows], study.weights(window))


def firm_table(study: Study, window: Window) -> pd.DataFrame:
    """Return one row per firm, percent: ticker, name, group, raw return, CAR, se, 90 % ends, t, p, BH-adjusted p."""
    cars = firm_cars(study, window)
    low, high = cars.interval()
    rows = window.rows(study.event)
    weights = study.weights(window)
    raw = np.where(weights != 0, study.panel.returns[rows], 0.0)
    total = np.expm1(raw.sum(axis=0)) if study.panel.kind == "log" else np.prod(1 + raw, axis=0) - 1
    table = study.firms[["ticker", "name", "group", "estimation_days", "short"]].copy()
    table["raw_pct"] = PERCENT * total
    table["beta"] = study.fit.beta
    table["car_pct"] = PERCENT * cars.car
    table["se_pct"] = PERCENT * cars.se
    table["low_pct"] = PERCENT * low
    table["high_pct"] = PERCENT * high
    table["t"] = cars.t
    table["p"] = cars.p
    table["p_bh"] = inference.benjamini_hochberg(cars.p)
    table["days"] = weights.sum(axis=0).astype(int)
    table["truncated"] = table["days"] < window.length
    return table


def _shares(study: Study, groups: list[str]) -> Array:
    shares = np.zeros((len(study.firms), len(groups)))
    for column, group in enumerate(groups):
        members = study.members(group)
        shares[members, column] = 1 / len(members)
    return shares


def placebo_t(study: Study, window: Window, groups: list[str]) -> Array:
    """Return what each group did on the placebo dates over its prediction error, shape (dates, groups)."""
    days = np.maximum(study.weights(window).sum(axis=0), 1).astype(np.int64)
    return inference.placebos(
        study.panel.returns,
        study.benchmark,
        _shares(study, groups),
        study.placebo_starts(window.length),
        days,
        study.settings.normal_model,
        study.rows,
    ).t


def group_table(
    study: Study,
    window: Window,
    caps: Array | None = None,
    *,
    tests: Literal["all", "placebo", "portfolio"] = "all",
) -> pd.DataFrame:
    """Return one row per group with its CAAR, intervals and every test; effects in percent.

    Parameters
    ----------
    study
        The fitted study.
    window
        Event window.
    caps
        Market values per firm for a value-weighted CAAR, NaN where unknown; left out if not given.
    tests
        All of them, the portfolio and placebo tests alone, or the portfolio test alone.

    Returns
    -------
    pandas.DataFrame
        group, label, n, short, truncated, caar_pct, se_pct, low_pct and high_pct (5th and 95th percentile), p_portfolio, t_bmp, p_bmp, r_bar_raw, r_bar, t_kp, p_kp, z_patell, p_patell, z_rank, p_rank,
        t_grank, p_grank, z_sign, p_sign, placebos, p_placebo, p_holm, caar_vw_pct, n_vw.
    """
    cars = firm_cars(study, window)
    weights = study.weights(window)
    rows = window.rows(study.event)
    market = study.benchmark[rows]
    groups = study.groups
    placebo = None if tests == "portfolio" else placebo_t(study, window, groups)
    first_abnormal = abnormal_returns(study.fit, study.panel.returns[rows], market)[0]
    records: list[dict[str, Any]] = []
    for group in groups:
        members = study.members(group)
        fit = subset(study.fit, members)
        car = cars.car[members]
        pooled = inference.portfolio(fit, car, market, weights[:, members])
        scaled = cars.t[members]
        raw = inference.mean_correlation(fit.residuals) if tests == "all" else float("nan")
        results = (
            {}
            if tests != "all"
            else {
                "bmp": inference.bmp(scaled),
                "kp": inference.kolari_pynnonen(scaled, raw),
                "patell": inference.adjusted_patell(scaled, cars.degrees[members], raw),
                "rank": inference.corrado_rank(fit.residuals, first_abnormal[members])
                if window.length == 1
                else inference.UNDEFINED,
                "grank": inference.generalised_rank(fit.residuals, scaled),
                "sign": inference.generalised_sign(fit.residuals, car),
            }
        )
        low, high = pooled.interval()
        record: dict[str, Any] = {
            "group": group,
            "label": group_label(group),
            "n": len(members),
            "short": int(study.firms["short"].to_numpy()[members].sum()),
            "truncated": int((weights[:, members].sum(axis=0) < window.length).sum()),
            "caar_pct": PERCENT * pooled.car[0],
            "se_pct": PERCENT * pooled.se[0],
            "low_pct": PERCENT * low[0],
            "high_pct": PERCENT * high[0],
            "t_portfolio": pooled.t[0],
            "p_portfolio": pooled.p[0],
            "r_bar_raw": raw,
            "r_bar": inference.floored(raw),
            **{f"stat_{name}": test.statistic for name, test in results.items()},
            **{f"p_{name}": test.p for name, test in results.items()},
        }
        if placebo is not None:
            record["placebos"] = int(np.isfinite(placebo[:, groups.index(group)]).sum())
        if caps is not None:
            known = np.isfinite(caps[members])
            record["n_vw"] = int(known.sum())
            record["caar_vw_pct"] = (
                PERCENT * float(np.average(car[known], weights=caps[members][known]))
                if known.any()
                else np.nan
            )
        records.append(record)
    table = pd.DataFrame(records)
    if placebo is None:
        return table
    table["p_placebo"] = inference.placebo_p(table["t_portfolio"].to_numpy(), placebo)
    table["p_holm"] = inference.holm(table["p_placebo"].to_numpy())
    return table
