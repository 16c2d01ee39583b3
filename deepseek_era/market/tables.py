"""Tables of the market part: what prices did on and after the day, by group and by firm.

- Percent figures are percent. An abnormal return is modelled: what a firm earned less what a market model expected. Its
  `low_pct` and `high_pct` hold the 90 % prediction intervals against every broad market (`BROAD`) and the run's own
  benchmark; the interval against that one alone lies inside (`own_low_pct`, `own_high_pct`).
- A window that ends after the vintage, or after the returns, has no rows: it was not public yet. Every table then is empty
  with its columns.
- Market values are those of the close of 24 January 2025, carried along the firm's return if day 0 is another day.
- What is kept per model is shared by all callers, who must not change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from deepseek_era.market import paths, value
from deepseek_era.market.cross_section import regress_hc3
from deepseek_era.market.inputs import (
    BENCHMARKS,
    CAP_DATE,
    against_broad,
    inputs,
    market_values,
    outside,
    simple,
    study,
    study_with,
)
from deepseek_era.market.normal import LEVEL, abnormal_returns
from deepseek_era.market.returns import PERCENT, Window
from deepseek_era.market.study import (
    FOMC_SHOCK,
    NAMES,
    OUTSIDE,
    STARGATE_DATE,
    STARGATE_WINDOW,
    WINDOWS,
    Study,
    firm_table,
    group_label,
    group_table,
    placebo_t,
    short_name,
    subset,
)
from deepseek_era.model import Model, per_model
from deepseek_era.tables import load, split_ids

HEADLINE_GROUPS = ("nvidia", "semis", "power", "clouds", "model_labs", "software", "internet", "china")
BENCHMARK_COLUMNS = [
    "benchmark",
    "group",
    "label",
    "n",
    "caar_pct",
    "low_pct",
    "high_pct",
    "p_placebo",
    "market_pct",
]
SIGNIFICANT = 0.05
"""p from which the market's verdict on a group is winner or loser."""
PATH_DAYS = 60
SIXTIETH_DAY = "2025-04-23"  # 60 trading days after 27 January 2025
TESTS = ("portfolio", "bmp", "kp", "patell", "rank", "grank", "sign", "placebo", "holm")
"""Tests of a group, in the order of what they can bear when firms share one date."""
TEST_COLUMNS = [
    *["group", "label", "n", "caar_pct", "caar_vw_pct", "n_vw", "r_bar_raw", "r_bar"],
    *[f"stat_{name}" for name in TESTS if name not in ("portfolio", "placebo", "holm")],
    *[f"p_{name}" for name in TESTS],
]
GROUP_COLUMNS = [
    *["group", "label", "name", "n", "short", "truncated"],
    *[
        "caar_pct",
        "low_pct",
        "high_pct",
        "own_low_pct",
        "own_high_pct",
        "lowest_pct",
        "highest_pct",
        "se_pct",
    ],
    *["t_portfolio", *TEST_COLUMNS[4:], "placebos", "at_floor"],
]
FIRM_COLUMNS = [
    *["ticker", "name", "firm", "group", "estimation_days", "short", "raw_pct", "beta", "car_pct", "se_pct"],
    *["low_pct", "high_pct", "own_low_pct", "own_high_pct", "t", "p", "p_bh", "days", "truncated"],
]


def rows_of(table: pd.DataFrame) -> list[Any]:
    """Return the rows of a table as named tuples, whose fields are not typed."""
    return list(table.itertuples(index=False))


def _empty(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


def members(model: Model) -> pd.DataFrame:
    """Return who stands with whom, one row a membership: the groups in the order of the report, then firms in none.

    Columns: group, label, ticker, name, firm (the name for print), estimation_days, short (a history shorter than the
    estimation window), article_words (by which the article names the firm, or none), reason (why it stands there; none for
    a group of a user's file), place (of that row in the table of groups), left_out (this run took it out of its groups).
    """
    current = study(model)
    firms = current.firms.set_index("ticker")
    pairs = [
        (group, current.panel.tickers[column])
        for group in [*current.groups, OUTSIDE]
        for column in current.members(group)
    ]
    table = pd.DataFrame(pairs, columns=["group", "ticker"])
    table["label"] = [group_label(g) for g in table["group"]]
    for column in ("name", "estimation_days", "short"):
        table[column] = firms[column].reindex(table["ticker"]).to_numpy()
    table["firm"] = [short_name(name) for name in table["name"]]
    rows = model.facts.table("groups")[["group", "ticker", "article_words", "reason"]]
    rows = rows.assign(place=range(len(rows)))
    table = table.merge(rows, on=["group", "ticker"], how="left", validate="many_to_one")
    gone = inputs(model).left_out
    return table.assign(left_out=(table["group"] == OUTSIDE) & table["ticker"].isin(gone))


def with_envelope(model: Model, current: Study, window: Window, table: pd.DataFrame) -> pd.DataFrame:
    """Return a group table whose low_pct and high_pct hold the intervals against every broad market.

    Its own interval moves to own_low_pct and own_high_pct; lowest_pct and highest_pct are the
    lowest and the highest effect over these benchmarks.
    """
    every = [
        group_table(other, window, tests="portfolio").set_index("group")
        for other in against_broad(model, current)
    ]
    order = table["group"].tolist()
    return table.rename(columns={"low_pct": "own_low_pct", "high_pct": "own_high_pct"}).assign(
        name=[NAMES.get(str(g), str(g)) for g in order],
        at_floor=table["p_placebo"] * (1 + table["placebos"]) < 1.5,
        low_pct=np.min([t.loc[order, "low_pct"] for t in every], axis=0),
        high_pct=np.max([t.loc[order, "high_pct"] for t in every], axis=0),
        lowest_pct=np.min([t.loc[order, "caar_pct"] for t in every], axis=0),
        highest_pct=np.max([t.loc[order, "caar_pct"] for t in every], axis=0),
    )


@per_model
def group_results(model: Model, window: str = "0") -> pd.DataFrame:
    """Return the result of every group in a window, in the order of the report; empty if its days are not public.

    Columns: group, label, name (the group in a sentence), n (firms), short (those with a short history), truncated (those
    whose window ends before their own results), caar_pct (mean abnormal return) with low_pct, high_pct, own_low_pct,
    own_high_pct and se_pct, lowest_pct and highest_pct (over the broad markets), t_portfolio, a statistic and a p-value
    for each of `TESTS`, r_bar (mean correlation of residuals), placebos (how many), at_floor (none of them moved as much,
    so that p says at most).
    """
    current = study(model)
    chosen = current.windows.get(window)
    if chosen is None or not current.has(chosen):
        return _empty(GROUP_COLUMNS)
    return with_envelope(model, current, chosen, group_table(current, chosen, market_values(model)))


@per_model
def combined(model: Model, names: tuple[str, ...], window: str = "0") -> pd.DataFrame:
    """Return the row of `group_results` for several groups taken as one; empty if it is not public or no firm is left."""
    current = study(model).pooled(names)
    chosen = current.windows.get(window)
    if chosen is None or not current.has(chosen) or not current.memberships:
        return _empty(GROUP_COLUMNS)
    return with_envelope(model, current, chosen, group_table(current, chosen))


def expected_losers() -> set[str]:
    """Return the groups that stand for those whom the article expected to lose in the short run."""
    calls = load("calls")
    short = calls[(calls["horizon"] == "short") & (calls["call"] == "loser")]
    return {name for cell in short["market_group"] for name in split_ids(cell)}


def effects(model: Model) -> pd.DataFrame:
    """Return every group's result in every window, one row each; NaN where the days are not public.

    Groups of the report that the run lacks have rows too. Beside the columns of `group_results`: window and days (as in ``[0, +5]``).
    """
    current = study(model)
    parts = []
    for key, window in current.windows.items():
        wanted = list(dict.fromkeys([*HEADLINE_GROUPS, *current.groups]))
        part = group_results(model, key).set_index("group").reindex(wanted).reset_index()
        part["label"] = [group_label(g) for g in wanted]
        parts.append(part.assign(window=key, days=window.label))
    every = pd.concat([p.dropna(axis=1, how="all") for p in parts], ignore_index=True)
    return every.assign(at_floor=every["at_floor"].eq(True))


def sides(table: pd.DataFrame, test: str = "p_placebo", level: float = SIGNIFICANT) -> pd.Series:
    """Return for every row of a table winner or loser by the sign of caar_pct if `test` is at most `level`, else neutral."""
    sign = table["caar_pct"].gt(0).map({True: "winner", False: "loser"})
    return sign.where(table[test] <= level, "neutral")


@per_model
def firm_results(model: Model, window: str = "0") -> pd.DataFrame:
    """Return the result of every firm in a window; empty if its days are not public at the vintage.

    Columns: ticker, name, firm (the name for print), group (all of them, joined by ``;``), estimation_days, short,
    raw_pct (total return), beta, car_pct (abnormal return) with se_pct, low_pct, high_pct, own_low_pct and own_high_pct,
    t, p, p_bh (for the false discovery rate), days (that count), truncated (fewer than the window has).
    """
    current = study(model)
    chosen = current.windows.get(window)
    if chosen is None or not current.has(chosen):
        return _empty(FIRM_COLUMNS)
    every = [firm_table(other, chosen) for other in against_broad(model, current)]
    table = every[0].rename(columns={"low_pct": "own_low_pct", "high_pct": "own_high_pct"})
    return table.assign(
        firm=[short_name(name) for name in table["name"]],
        low_pct=np.min([t["low_pct"] for t in every], axis=0),
        high_pct=np.max([t["high_pct"] for t in every], axis=0),
    )


def by_group(model: Model, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of firms with one row a membership: group, its label and n; a firm in two groups has two rows."""
    current = study(model)
    pairs = [
        (current.panel.tickers[column], group, group_label(group), len(columns))
        for group, columns in current.memberships.items()
        for column in columns
    ]
    named = pd.DataFrame(pairs, columns=["ticker", "group", "label", "n"])
    return named.merge(table.drop(columns="group"), on="ticker", validate="many_to_one")


def in_groups(model: Model, table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the firms of a table that stand in any of these groups, each once."""
    current = study(model)
    columns = {int(c) for name in names for c in current.members(name)}
    return table[table["ticker"].isin([current.panel.tickers[c] for c in columns])]


@per_model
def benchmarks(model: Model) -> pd.DataFrame:
    """Return day-0 results of each group against each benchmark.

    Columns: benchmark, group, label, n, caar_pct, low_pct and high_pct (the interval against this one), p_placebo,
    market_pct (its own return).
    """
    tables = []
    for name in BENCHMARKS:
        other = study_with(model, benchmark=name)
        table = group_table(other, WINDOWS["0"], tests="placebo")
        table["benchmark"] = name
        table["market_pct"] = PERCENT * other.benchmark[other.event.position]
        tables.append(table[BENCHMARK_COLUMNS])
    return pd.concat(tables, ignore_index=True)


def correlation(model: Model, one: str, other: str) -> float:
    """Return the correlation of the daily returns of two tickers over the days that both have, to two decimals."""
    wide = inputs(model).returns
    pair = np.column_stack([wide.column(one), wide.column(other)])
    pair = pair[np.isfinite(pair).all(axis=1)]
    return round(float(np.corrcoef(pair[:, 0], pair[:, 1])[0, 1]), 2)


GROUP_VALUE_COLUMNS = [
    *["group", "label", "n", "n_group", "cap_usd_b", "change_usd_b", "abnormal_usd_b"],
    *["se_usd_b", "low_usd_b", "high_usd_b"],
]
VALUE_COLUMNS = [
    *[
        "ticker",
        "name",
        "firm",
        "group",
        "shares_m",
        "cap_usd_b",
        "return_pct",
        "change_usd_b",
        "abnormal_usd_b",
    ],
    *["se_usd_b", "low_usd_b", "high_usd_b"],
]


@per_model
def values(model: Model, window: str = "0") -> pd.DataFrame:
    """Return the change of market value per firm with a known share count, USD billion; empty if it is not public.

    Columns: ticker, name, firm, group, shares_m, cap_usd_b (close before the window), return_pct, change_usd_b (close to
    close), abnormal_usd_b and se_usd_b (compounded abnormal return), low_usd_b and high_usd_b (the same against every
    broad market).
    """
    table = firm_results(model, window)
    if table.empty:
        return _empty(VALUE_COLUMNS)
    current = study(model)
    chosen = current.windows[window]
    rows = chosen.rows(current.event)
    caps = market_values(model)
    abnormal = abnormal_returns(current.fit, current.panel.returns[rows], current.benchmark[rows])
    compounded = value.compounded(simple(current, abnormal), current.weights(chosen))
    companies = model.facts.table("companies").set_index("ticker")
    result = table[["ticker", "name", "firm", "group"]].copy()
    result["shares_m"] = companies["shares_outstanding_m"].reindex(list(result["ticker"])).to_numpy()
    result["cap_usd_b"] = caps
    result["return_pct"] = table["raw_pct"]
    result["change_usd_b"] = caps * table["raw_pct"].to_numpy() / PERCENT
    result["abnormal_usd_b"] = caps * compounded
    result["se_usd_b"] = caps * table["se_pct"].to_numpy() / PERCENT
    for name in ("low", "high"):
        away = (table[f"{name}_pct"] - table["car_pct"]).to_numpy() / PERCENT * caps
        result[f"{name}_usd_b"] = result["abnormal_usd_b"] + away
    return result[np.isfinite(caps)].reset_index(drop=True)


@per_model
def group_values(model: Model, window: str = "0") -> pd.DataFrame:
    """Return the change of market value per group, USD billion, over its firms with a known share count; empty if not public.

    Columns: group, label, n (firms that count), n_group, cap_usd_b, change_usd_b (close to close), abnormal_usd_b,
    se_usd_b, low_usd_b and high_usd_b: the 90 % interval against the run's own benchmark, by the joint covariance of the firms.
    """
    current = study(model)
    records = []
    for group in current.groups:
        found = pooled_value(model, (group,), window)
        if found is None:
            continue
        counts = (found.n, len(current.members(group)))
        sums = (found.cap_usd_b, found.change_usd_b, found.abnormal_usd_b, found.se_usd_b)
        records.append((group, group_label(group), *counts, *sums, found.low_usd_b, found.high_usd_b))
    return pd.DataFrame(records, columns=GROUP_VALUE_COLUMNS)


@dataclass(frozen=True)
class Pooled:
    """Change of the market value of several firms, USD billion: close to close, and abnormal with its error."""

    n: int
    cap_usd_b: float
    change_usd_b: float
    abnormal_usd_b: float
    se_usd_b: float
    low_usd_b: float
    high_usd_b: float


def pooled_value(model: Model, groups: tuple[str, ...], window: str = "0") -> Pooled | None:
    """Return the change of market value over the firms of some groups, each counted once; None where none is known.

    The 90 % interval is against the run's own benchmark, by the joint covariance of the firms.
    """
    table, current = values(model, window), study(model)
    part = in_groups(model, table, groups)
    if part.empty:
        return None
    chosen = current.windows[window]
    columns = np.array([current.panel.index(t) for t in part["ticker"]])
    fit = subset(current.fit, columns)
    market, weights = current.benchmark[chosen.rows(current.event)], current.weights(chosen)[:, columns]
    se = value.total_se(market_values(model)[columns], fit, market, weights)
    total = float(part["abnormal_usd_b"].sum())
    half = float(stats.t.ppf(0.5 + LEVEL / 2, fit.degrees.min())) * se
    sums = (float(part["cap_usd_b"].sum()), float(part["change_usd_b"].sum()), total)
    return Pooled(len(part), *sums, se, total - half, total + half)


def specifications(model: Model) -> dict[str, dict[str, object]]:
    """Return the choices of a sceptic by name: each changes one or two settings of the run."""
    own = study(model).settings
    every: dict[str, dict[str, object]] = {
        "as set": {},
        "without 18 December 2024": {"days_out": (FOMC_SHOCK,)},
        "120 estimation days": {"estimation_days": 120},
        "180 estimation days": {"estimation_days": 180},
        "gap of 20 days": {"estimation_gap": 20},
        "log returns": {"return_kind": "log"},
        "market-adjusted": {"normal_model": "market_adjusted"},
        "constant mean": {"normal_model": "constant_mean"},
        "S&P 500, equal weight": {"benchmark": "RSP"},
        "total market": {"benchmark": "VTI"},
        "S&P 500": {"benchmark": "SPY"},
        "Nasdaq-100": {"benchmark": "QQQ"},
    }
    longest = study(model).event.position
    return {
        name: changes
        for name, changes in every.items()
        if replace(own, **changes).estimation_days + replace(own, **changes).estimation_gap <= longest  # type: ignore[arg-type]
    }


@per_model
def robustness(model: Model) -> pd.DataFrame:
    """Return day-0 results of each group under each specification.

    Columns: specification, group, label, n, caar_pct, low_pct, high_pct, p_placebo.
    """
    tables = []
    for name, changes in specifications(model).items():
        table = group_table(study_with(model, **changes), WINDOWS["0"], tests="placebo")
        tables.append(table.assign(specification=name))
    every = pd.concat(tables, ignore_index=True)
    return every[["specification", "group", "label", "n", "caar_pct", "low_pct", "high_pct", "p_placebo"]]


STARGATE_COLUMNS = [
    *["ticker", "name", "firm", "group", "up_pct", "up_se_pct", "up_p", "day_pct", "day_se_pct"]
]


@per_model
def stargate(model: Model) -> pd.DataFrame:
    """Return firm results of the Stargate announcement (21 and 22 January 2025) beside those of day 0; empty if not public.

    Columns: ticker, name, firm, group, up_pct, up_se_pct, up_p, day_pct, day_se_pct.
    """
    day = firm_results(model)
    other = study_with(model, event_date=STARGATE_DATE)
    if day.empty or not other.has(STARGATE_WINDOW):
        return _empty(STARGATE_COLUMNS)
    up = firm_table(other, STARGATE_WINDOW)
    up = up.rename(columns={"car_pct": "up_pct", "se_pct": "up_se_pct", "p": "up_p"})
    day = day.rename(columns={"car_pct": "day_pct", "se_pct": "day_se_pct"})
    both = up[["ticker", "name", "group", "up_pct", "up_se_pct", "up_p"]].merge(
        day[["ticker", "firm", "day_pct", "day_se_pct"]], on="ticker", validate="one_to_one"
    )
    return both[STARGATE_COLUMNS]


@per_model
def stargate_groups(model: Model) -> pd.DataFrame:
    """Return group results of the Stargate announcement, columns as `group_results`; empty if they are not public."""
    other = study_with(model, event_date=STARGATE_DATE)
    if not other.has(STARGATE_WINDOW):
        return _empty(GROUP_COLUMNS)
    return with_envelope(model, other, STARGATE_WINDOW, group_table(other, STARGATE_WINDOW))


EXPOSURE_COLUMNS = ["ticker", "name", "group", "car_pct", "se_pct", "comovement", "runup_pct"]


@per_model
def exposures(model: Model) -> pd.DataFrame:
    """Return what was known of each firm from prices before the event, beside its abnormal return of day 0.

    Columns: ticker, name, group, car_pct, se_pct, comovement (points a firm's residual moved per point of Nvidia's,
    estimation window), runup_pct (total return over the estimation window). Nvidia itself and firms with a short history
    are left out. Empty without Nvidia.
    """
    current = study(model)
    table = firm_results(model)
    if table.empty or "NVDA" not in current.panel.tickers:
        return _empty(EXPOSURE_COLUMNS)
    residuals = current.fit.residuals
    nvidia = residuals[:, current.panel.index("NVDA")]
    both = np.isfinite(residuals) & np.isfinite(nvidia)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(both, residuals * nvidia[:, None], 0.0).sum(axis=0) / np.where(
            both, nvidia[:, None] ** 2, 0.0
        ).sum(axis=0)
    raw = np.nan_to_num(simple(current, current.panel.returns[current.rows]))
    result = table[["ticker", "name", "group", "car_pct", "se_pct"]].copy()
    result["comovement"] = slope
    result["runup_pct"] = PERCENT * value.compounded(raw)
    result = result[(result["ticker"] != "NVDA") & (table["estimation_days"] == len(current.rows))]
    return result.reset_index(drop=True)


def cross_section(model: Model) -> pd.DataFrame:
    """Return the regression of day-0 abnormal returns on co-movement with Nvidia and the run-up, errors HC3.

    A row for each of constant, comovement and runup: term, coefficient (percent; percentage points per point of
    co-movement; per percent of run-up), low and high (90 %), p, n (firms), r_squared. NaN where there is nothing to fit.
    """
    table = exposures(model)
    result = pd.DataFrame({"term": ["constant", "comovement", "runup"]})
    design = table[["comovement", "runup_pct"]].to_numpy(dtype=np.float64)
    if len(table) < 6 or np.ptp(design, axis=0).min() == 0:
        return result.assign(**dict.fromkeys(("coefficient", "low", "high", "p", "n", "r_squared"), np.nan))
    fitted = regress_hc3(table["car_pct"].to_numpy(dtype=np.float64), design)
    low, high = fitted.interval()
    return result.assign(
        coefficient=fitted.coefficients,
        low=low,
        high=high,
        p=fitted.p,
        n=fitted.n,
        r_squared=fitted.r_squared,
    )


def ledger(model: Model) -> pd.DataFrame:
    """Return the other news of the event weeks with the event day whose return it first touches.

    Columns: date, time, event, touches, source_id, verified, day, and one boolean column per window of the study.
    """
    current = study(model)
    table = model.facts.table("market_ledger")
    position = np.searchsorted(current.panel.dates, table["date"].to_numpy(dtype="datetime64[D]"))
    # news after the close moves the next day's return
    table["day"] = position + (table["time"] == "after close").to_numpy() - current.event.position
    for key, window in current.windows.items():
        table[key] = (table["day"] >= window.first) & (table["day"] <= window.last)
    return table


@per_model
def group_paths(model: Model) -> pd.DataFrame:
    """Return total return less SPY since the close of 24 January 2025, by group.

    Columns: group, label, name (the group in a sentence), date, relative_pp, total_pct.

    Equal sums in each firm on that day, left alone. Daily for the first 60 trading days after 27 January, month ends
    after that.
    """
    members = outside(model.facts.table("groups"), inputs(model).left_out)
    members = members[members["group"] != OUTSIDE]
    monthly = model.facts.table("total_return_monthly")[["date", "ticker", "total_return_index"]]
    daily = model.facts.table("returns_daily")
    daily = daily[daily["date"] > CAP_DATE.isoformat()].pivot_table(
        index="date", columns="ticker", values="return_pct"
    )
    daily = daily.iloc[: PATH_DAYS + 1]
    index = pd.DataFrame(paths.buy_and_hold(daily.to_numpy() / PERCENT)[1:], daily.index, daily.columns)
    # thinned: every third day draws the same line
    index = index.iloc[sorted({*range(0, len(index), 3), len(index) - 1})]
    wide = monthly.pivot_table(index="date", columns="ticker", values="total_return_index")
    after = index.index.max() if len(index) else CAP_DATE.isoformat()
    start = pd.DataFrame(100.0, index=[CAP_DATE.isoformat()], columns=wide.columns)
    every = pd.concat([start, index, wide[wide.index > after]])
    market = every["SPY"].to_numpy(dtype=np.float64)
    tables = []
    for group, tickers in members.groupby("group", sort=False)["ticker"]:
        path = paths.group_path(every[[t for t in tickers if t in every.columns]].to_numpy(dtype=np.float64))
        tables.append(
            pd.DataFrame(
                {
                    "group": group,
                    "label": group_label(str(group)),
                    "name": NAMES.get(str(group), str(group)),
                    "date": every.index,
                    "relative_pp": paths.relative(path, market),
                    "total_pct": path - 100,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


@per_model
def matched(model: Model, group: str) -> list[str]:
    """Return the placebo days on which a group moved as much as on day 0, each by its own prediction error."""
    table = group_results(model)
    moved_most = table.loc[table["group"] == group, "t_portfolio"].abs()
    if moved_most.empty:
        return []
    current = study(model)
    moved = placebo_t(replace(current, memberships={group: current.members(group)}), WINDOWS["0"], [group])
    days = current.panel.dates[current.placebo_starts(1)]
    return [str(d) for d, t in zip(days, moved[:, 0], strict=True) if abs(t) >= moved_most.iloc[0]]
