"""The market part of a run: the study on the facts of its vintage, its tables and its figures.

- Percent figures are percent. An abnormal return is modelled: what a firm earned less what a market model expected. Its
  `low` and `high` hold the 90 % prediction intervals against every broad market (`BROAD`) and the run's own benchmark;
  the interval against one of them lies inside (`own_low_pct`, `own_high_pct`, and the figures by benchmark).
- A window that ends after the vintage has no value: it was not public yet.
- Market values are those of the close of 24 January 2025, carried along the firm's return if day 0 is another day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from deepseek_era.arrays import Array
from deepseek_era.errors import DataError, plain
from deepseek_era.figure import Figure
from deepseek_era.market import paths, value
from deepseek_era.market.cross_section import Regression, regress_hc3
from deepseek_era.market.normal import LEVEL, abnormal_returns
from deepseek_era.market.returns import (
    PERCENT,
    Panel,
    Window,
    own_file,
    own_returns,
    widen,
    with_known_tickers,
)
from deepseek_era.market.study import (
    FOMC_SHOCK,
    GROUPS,
    OUTSIDE,
    STARGATE_DATE,
    STARGATE_WINDOW,
    WINDOWS,
    Settings,
    Study,
    build_study,
    firm_table,
    group_label,
    group_table,
    placebo_t,
)
from deepseek_era.model import Model, per_model
from deepseek_era.tables import load, split_ids

HEADLINE_GROUPS = ("nvidia", "semis", "power", "clouds", "model_labs", "software", "internet", "china")
BROAD = ("EWX", "RSP", "IWM", "VTI", "SPY", "DIA")
"""Benchmarks that stand for the market as a whole; the others hold one part of it."""
BENCHMARKS = (*BROAD, "QQQ", "XLK", "SMH")
BENCHMARK_COLUMNS = (
    "benchmark",
    "group",
    "label",
    "n",
    "caar_pct",
    "low_pct",
    "high_pct",
    "p_placebo",
    "market_pct",
)
BENCHMARK_NAMES = {
    "EWX": "mean of US-listed shares and funds, firms studied left out",
    "RSP": "S&P 500, equal weight",
    "IWM": "small firms",
    "VTI": "total market",
    "SPY": "S&P 500",
    "DIA": "thirty large firms, by price",
    "QQQ": "Nasdaq-100",
    "XLK": "technology sector",
    "SMH": "semiconductors",
}
BIG_FOUR = ("Amazon", "Microsoft", "Alphabet", "Meta")
CASH_BASIS = "cash purchases of property and equipment, calendar quarter"
RETURN_SOURCES = ("OWN_RETURNS",)  # the compiled table; its row names how it was made
CAP_DATE = dt.date(2025, 1, 24)
EVENT_DATE = "2025-01-27"
SIGNIFICANT = 0.05
TABLE = "data/returns_daily.csv"
PATH_DAYS = 60
SIXTIETH_DAY = "2025-04-23"  # 60 trading days after 27 January 2025
GUIDANCE_UNTIL = "2025-02-28"  # first guidance for 2025, given with the results of January and February
CASH = "cash, calendar year"
LEASES = "with finance leases, calendar year"
FISCAL = "with finance leases, fiscal year to June 2025"
LABS = ("OpenAI", "Anthropic", "xAI", "Mistral AI")
NAMES = {
    "own": "the file’s firms",
    "nvidia": "Nvidia",
    "semis": "chips",
    "power": "power",
    "clouds": "clouds",
    "stargate": "Stargate’s partner",
    "model_labs": "model sellers",
    "software": "software",
    "internet": "internet",
    "china": "Chinese ADRs",
    "healthcare": "health care",
    "data_labelling": "data labelling",
}
"""Groups as they stand in a sentence."""


def rows_of(table: pd.DataFrame) -> list[Any]:
    """Return the rows of a table as named tuples, whose fields are not typed."""
    return list(table.itertuples(index=False))


@per_model
def study(model: Model) -> Study:
    """Return the study of the run, computed once.

    >>> from deepseek_era import Model
    >>> found = study(Model(estimation_days=120))
    >>> found.event.date.isoformat(), len(found.rows)
    ('2025-01-27', 120)
    """
    return study_with(model)


@dataclass(frozen=True)
class Inputs:
    """What the study reads: returns and groups, from the tables or from a user's own file."""

    returns: Panel
    groups: pd.DataFrame
    where: str


@per_model
def _inputs(model: Model) -> Inputs:
    """Return the returns and groups of the run; a user's file replaces the firms, the tables keep the benchmarks."""
    table = model.facts.table("returns_daily")
    groups = model.facts.table("groups")
    name = str(model.parameters.setting("returns_file"))
    if not name:
        return Inputs(widen(table, where=TABLE), groups, TABLE)
    path = own_file(name)
    own = with_known_tickers(own_returns(name), [*groups["ticker"], *BENCHMARKS], where=path.name)
    own = own[own["date"] <= model.parameters.vintage.isoformat()]
    if own.empty:
        raise DataError(f"{path.name}: every return is from after the vintage {model.parameters.vintage}")
    spare = table[
        table["ticker"].isin(BENCHMARKS)
        & ~table["ticker"].isin(own["ticker"])
        & table["date"].between(own["date"].min(), own["date"].max())
    ]
    wide = widen(pd.concat([own, spare], ignore_index=True), where=path.name)
    return Inputs(wide, _own_groups(own, groups, path.name), path.name)


def _own_groups(own: pd.DataFrame, groups: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the groups of a user's firms: the file's own column, else this report's groups, else ``own``."""
    names = {str(t): str(n) for t, n in zip(groups["ticker"], groups["name"], strict=True)}
    tickers = [t for t in dict.fromkeys(own["ticker"]) if t not in BENCHMARKS]
    if "group" in own:
        pairs = own[["ticker", "group"]].drop_duplicates()
        pairs = pairs[pairs["ticker"].isin(tickers)]
        # a file has one row a firm and day: two groups there are a slip, not two memberships
        twice = pairs["ticker"].duplicated()
        if twice.any():
            ticker = pairs.loc[twice, "ticker"].iloc[0]
            both = " and ".join(plain(g) for g in pairs.loc[pairs["ticker"] == ticker, "group"])
            raise DataError(f"{where}: {plain(ticker)} is in {both}; in a file a firm has one group")
    else:
        named = groups[groups["group"] != OUTSIDE]
        found = {t: part.tolist() for t, part in named.groupby("ticker")["group"]}
        pairs = pd.DataFrame(
            [(t, g) for t in tickers for g in found.get(t, ["own"])], columns=["ticker", "group"]
        )
    return pairs.assign(name=[names.get(t, t) for t in pairs["ticker"]]).reset_index(drop=True)


def study_with(model: Model, **changes: object) -> Study:
    """Return the study of the run with some settings changed (a benchmark, a normal model, days left out, …)."""
    settings = replace(Settings.read(model.parameters.setting), **changes)  # type: ignore[arg-type]
    inputs = _inputs(model)
    return build_study(
        inputs.returns, inputs.groups, settings, model.facts.table("results_dates"), where=inputs.where
    )


@per_model
def market_values(model: Model) -> Array:
    """Return market values in USD billion at the close before day 0, one per kept firm, NaN where unknown.

    Values of 24 January 2025 are carried along the firm's return when day 0 is another day.
    """
    current = study(model)
    companies = model.facts.table("companies").set_index("ticker")
    caps = (
        companies["market_cap_2025_01_24_usd_b"]
        .reindex(list(current.panel.tickers))
        .to_numpy(dtype=np.float64)
    )
    base = int(np.searchsorted(current.panel.dates, np.datetime64(CAP_DATE)))
    before = current.event.position - 1
    if before == base:
        return caps
    first, last = sorted((base, before))
    growth = value.compounded(_simple(current, current.panel.returns[first + 1 : last + 1]))
    return caps * (1 + growth) if before > base else caps / (1 + growth)


def _simple(current: Study, returns: Array) -> Array:
    return np.expm1(returns) if current.panel.kind == "log" else returns


@per_model
def _study_against(model: Model, event_date: dt.date, benchmark: str) -> Study:
    """Return the study of the run with another day 0 and benchmark."""
    return study_with(model, event_date=event_date, benchmark=benchmark)


def _against(model: Model, current: Study) -> list[Study]:
    """Return the study against each broad market, the run's own benchmark first."""
    own = current.settings
    others = [_study_against(model, own.event_date, name) for name in BROAD if name != own.benchmark]
    return [current, *(replace(other, memberships=current.memberships) for other in others)]


def with_envelope(model: Model, current: Study, window: Window, table: pd.DataFrame) -> pd.DataFrame:
    """Return a group table whose low_pct and high_pct hold the intervals against every broad market.

    Its own interval moves to own_low_pct and own_high_pct; lowest_pct and highest_pct are the
    lowest and the highest effect over these benchmarks.
    """
    every = [
        group_table(other, window, tests="portfolio").set_index("group") for other in _against(model, current)
    ]
    order = table["group"].tolist()
    return table.rename(columns={"low_pct": "own_low_pct", "high_pct": "own_high_pct"}).assign(
        low_pct=np.min([t.loc[order, "low_pct"] for t in every], axis=0),
        high_pct=np.max([t.loc[order, "high_pct"] for t in every], axis=0),
        lowest_pct=np.min([t.loc[order, "caar_pct"] for t in every], axis=0),
        highest_pct=np.max([t.loc[order, "caar_pct"] for t in every], axis=0),
    )


def _firms_with_envelope(model: Model, current: Study, window: Window) -> pd.DataFrame:
    """Return the table of firms, low_pct and high_pct as in `with_envelope`."""
    every = [firm_table(other, window) for other in _against(model, current)]
    return (
        every[0]
        .rename(columns={"low_pct": "own_low_pct", "high_pct": "own_high_pct"})
        .assign(
            low_pct=np.min([t["low_pct"] for t in every], axis=0),
            high_pct=np.max([t["high_pct"] for t in every], axis=0),
        )
    )


@per_model
def groups(model: Model, window: str = "0") -> pd.DataFrame | None:
    """Return the table of group results for a window, or None if its days are not public at the vintage."""
    current = study(model)
    chosen = current.windows.get(window)
    if chosen is None or not current.has(chosen):
        return None
    return with_envelope(model, current, chosen, group_table(current, chosen, market_values(model)))


def group_effect(model: Model, group: str, window: str = "0") -> pd.Series | None:
    """Return one group's row of `groups`, or None if it is not public or the run has no such group."""
    return _row(groups(model, window), group)


GROUP_COLUMNS = [
    "group",
    "label",
    "name",
    "n",
    "short",
    "caar_pct",
    "low_pct",
    "high_pct",
    "own_low_pct",
    "own_high_pct",
    "lowest_pct",
    "highest_pct",
    "se_pct",
    "t_portfolio",
    "p_portfolio",
    "p_bmp",
    "r_bar_raw",
    "r_bar",
    "p_kp",
    "p_patell",
    "p_rank",
    "p_grank",
    "p_sign",
    "placebos",
    "p_placebo",
    "p_holm",
    "at_floor",
]


def group_results(model: Model, window: str = "0") -> pd.DataFrame:
    """Return the table of group results for a window, lowest effect first; empty if its days are not public.

    As `groups`, with `name` (the group in a sentence) and `at_floor` (no placebo date moved as much).
    """
    table = groups(model, window)
    if table is None:
        return pd.DataFrame(columns=GROUP_COLUMNS)
    named = [NAMES.get(str(g), str(g)) for g in table["group"]]
    floor = [at_floor(row) for row in table.to_dict("records")]
    return table.assign(name=named, at_floor=floor).sort_values("caar_pct").reset_index(drop=True)


FOREST_COLUMNS = [
    "group",
    "label",
    "n",
    "caar_pct",
    "low_pct",
    "high_pct",
    "own_low_pct",
    "own_high_pct",
    "se_pct",
    "r_bar",
    "placebos",
    "p_placebo",
    "p_holm",
    "p_portfolio",
    "p_kp",
]


TESTS = ("portfolio", "bmp", "kp", "patell", "rank", "grank", "sign", "placebo", "holm")
"""Tests of a group, in the order of what they can bear when firms share one date."""
TEST_COLUMNS = [
    *["group", "label", "n", "caar_pct", "caar_vw_pct", "n_vw", "r_bar_raw", "r_bar"],
    *[f"stat_{name}" for name in TESTS if name not in ("portfolio", "placebo", "holm")],
    *[f"p_{name}" for name in TESTS],
]


def groups_in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of groups in the order in which the report lists them."""
    places = {name: k for k, name in enumerate(GROUPS)}
    return table.sort_values("group", key=lambda g: g.map(places).fillna(len(places)), kind="stable")


def firm_results(model: Model, window: str = "0") -> pd.DataFrame:
    """Return the table of firm results with one row a membership: as `firms`, with group, label and n of the group."""
    table = firms(model, window)
    if table is None:
        return pd.DataFrame(
            columns=["ticker", "name", "group", "car_pct", "low_pct", "high_pct", "label", "n"]
        )
    groups_ = group_results(model, window)[["group", "label", "n"]]
    return by_group(model, table).merge(groups_, on="group", validate="many_to_one")


def expected_losers() -> set[str]:
    """Return the groups that stand for those whom the article expected to lose in the short run."""
    calls = load("calls")
    short = calls[(calls["horizon"] == "short") & (calls["call"] == "loser")]
    return {name for cell in short["market_group"] for name in split_ids(cell)}


def effects(model: Model) -> pd.DataFrame:
    """Return every group's result in every window, one row each; NaN where the days are not public.

    Groups of the report that the run lacks have rows too. Beside the columns of `group_results`: window and days (as in
    ``[0, +5]``), and words for labels: `inside` says what the interval spans, `most` that a p-value is a bound.
    """
    current = study(model)
    own = current.settings.benchmark
    every = ", ".join(dict.fromkeys([own, *BROAD]))
    parts = []
    for key, window in current.windows.items():
        wanted = list(dict.fromkeys([*HEADLINE_GROUPS, *current.groups]))
        part = group_results(model, key).set_index("group").reindex(wanted).reset_index()
        part["label"] = [group_label(g) for g in wanted]
        known = part["caar_pct"].notna()
        part["inside"] = [
            f"; point against {own}, low and high the span of the 90 % prediction intervals against {every}; against {own} "
            f"alone {a:.1f} to {b:.1f}"
            if seen
            else ""
            for seen, a, b in zip(known, part["own_low_pct"], part["own_high_pct"], strict=True)
        ]
        part["most"] = [
            "; no date moved as much, so this is the most that it can be" if floor is True else ""
            for floor in part["at_floor"]
        ]
        parts.append(part.assign(window=key, days=window.label))
    return pd.concat([p.dropna(axis=1, how="all") for p in parts], ignore_index=True)


@per_model
def firms(model: Model, window: str = "0") -> pd.DataFrame | None:
    """Return the table of firm results for a window, or None if its days are not public at the vintage."""
    current = study(model)
    chosen = current.windows.get(window)
    if chosen is None or not current.has(chosen):
        return None
    return _firms_with_envelope(model, current, chosen)


def by_group(model: Model, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of firms with one row a membership, `group` naming the one; a firm in two groups has two rows."""
    current = study(model)
    pairs = [
        (current.panel.tickers[column], group)
        for group, columns in current.memberships.items()
        for column in columns
    ]
    named = pd.DataFrame(pairs, columns=["ticker", "group"])
    return named.merge(table.drop(columns="group"), on="ticker", validate="many_to_one")


def in_groups(model: Model, table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the firms of a table that stand in any of these groups, each once."""
    current = study(model)
    columns = {int(c) for name in names for c in current.members(name)}
    return table[table["ticker"].isin([current.panel.tickers[c] for c in columns])]


@per_model
def benchmarks(model: Model) -> pd.DataFrame:
    """Return day-0 results of each group against each benchmark: benchmark, group, caar_pct, low_pct, high_pct, market_pct."""
    tables = []
    for name in BENCHMARKS:
        other = study_with(model, benchmark=name)
        table = group_table(other, WINDOWS["0"], tests="placebo")
        table["benchmark"] = name
        table["market_pct"] = PERCENT * other.benchmark[other.event.position]
        tables.append(table[list(BENCHMARK_COLUMNS)])
    return pd.concat(tables, ignore_index=True)


@per_model
def values(model: Model, window: str = "0") -> pd.DataFrame | None:
    """Return the change of market value per firm with a known share count, USD billion.

    Columns: ticker, name, group, shares_m, cap_usd_b (close before the window), change_usd_b (close to close),
    abnormal_usd_b and se_usd_b (compounded abnormal return), low_usd_b and high_usd_b (the same against every broad market).
    """
    table = firms(model, window)
    if table is None:
        return None
    current = study(model)
    chosen = current.windows[window]
    rows = chosen.rows(current.event)
    weights = current.weights(chosen)
    caps = market_values(model)
    abnormal = abnormal_returns(current.fit, current.panel.returns[rows], current.benchmark[rows])
    compounded = value.compounded(_simple(current, abnormal), weights)
    companies = model.facts.table("companies").set_index("ticker")
    result = table[["ticker", "name", "group"]].copy()
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


def group_values(model: Model, window: str = "0") -> pd.DataFrame | None:
    """Return the change of market value per group, USD billion, over its firms with a known share count.

    The interval (90 %) uses the joint covariance of the firms. Columns: group, label, n, n_group, cap_usd_b, change_usd_b,
    abnormal_usd_b, se_usd_b, low_usd_b, high_usd_b.
    """
    table = values(model, window)
    if table is None:
        return None
    current = study(model)
    chosen = current.windows[window]
    rows = chosen.rows(current.event)
    weights = current.weights(chosen)
    caps = market_values(model)
    records = []
    for group in current.groups:
        part = in_groups(model, table, (group,))
        if part.empty:
            continue
        columns = np.array([current.panel.index(t) for t in part["ticker"]])
        fit = replace(
            current.fit,
            **{
                name: getattr(current.fit, name)[..., columns]
                for name in ("alpha", "beta", "variance", "n", "benchmark_mean", "benchmark_ss", "residuals")
            },
        )
        se = value.total_se(caps[columns], fit, current.benchmark[rows], weights[:, columns])
        total = float(part["abnormal_usd_b"].sum())
        half = float(stats.t.ppf(0.5 + LEVEL / 2, fit.degrees.min())) * se
        records.append(
            {
                "group": group,
                "label": group_label(group),
                "n": len(part),
                "n_group": len(current.members(group)),
                "cap_usd_b": float(part["cap_usd_b"].sum()),
                "change_usd_b": float(part["change_usd_b"].sum()),
                "abnormal_usd_b": total,
                "se_usd_b": se,
                "low_usd_b": total - half,
                "high_usd_b": total + half,
            }
        )
    return pd.DataFrame(records)


def capex_forecast(model: Model, year: int) -> float | None:
    """Return the four largest buyers' capital spending of a year as analysts had it three days before the event, USD billion.

    Their definition is not stated, so only its growth may stand beside the cash figures.
    """
    table = model.facts.table("capex")
    part = table[(table["kind"] == "estimate") & (table["period"] == str(year))]
    return float(part["capex_usd_b"].iloc[0]) if len(part) else None


def openai_year(model: Model, kind: str) -> float | None:
    """Return OpenAI's revenue of 2025, USD billion: `kind` is ``annual revenue`` or ``company projection``."""
    table = model.facts.table("revenues")
    part = table[
        (table["company"] == "OpenAI") & (table["period"] == "2025") & table["kind"].str.startswith(kind)
    ]
    return float(part["amount_b"].iloc[0]) if len(part) else None


def capex_year(model: Model, year: int) -> float | None:
    """Return the four largest buyers' capital expenditure of a calendar year, cash basis, USD billion; None before it was public."""
    table = model.facts.table("capex")
    part = table[
        (table["kind"] == "actual")
        & (table["metric"] == CASH_BASIS)
        & table["company"].isin(BIG_FOUR)
        & table["period"].str.startswith(f"{year}-Q")
    ]
    if len(part) != 4 * len(BIG_FOUR):
        return None
    return float(part["capex_usd_b"].sum())


@per_model
def combined(model: Model, names: tuple[str, ...], window: str = "0") -> pd.Series | None:
    """Return the row of `groups` for several groups taken as one, or None if it is not public or no firm is left."""
    current = study(model).pooled(names)
    chosen = current.windows.get(window)
    if chosen is None or not current.has(chosen) or not current.memberships:
        return None
    table = with_envelope(model, current, chosen, group_table(current, chosen))
    return table.iloc[0]


def specifications(model: Model) -> dict[str, dict[str, object]]:
    """Return the choices of a sceptic by name: each changes one or two settings of the run."""
    own = study(model).settings
    every: dict[str, dict[str, object]] = {
        "as set": {},
        "without 18 December 2024": {"left_out": (FOMC_SHOCK,)},
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
    """Return day-0 results of each group under each specification: specification, group, caar_pct, p_placebo, side."""
    tables = []
    for name, changes in specifications(model).items():
        table = group_table(study_with(model, **changes), WINDOWS["0"], tests="placebo")
        table["specification"] = name
        tables.append(table)
    every = pd.concat(tables, ignore_index=True)
    every["side"] = [side(p, e) for p, e in zip(every["p_placebo"], every["caar_pct"], strict=True)]
    return every[
        ["specification", "group", "label", "n", "caar_pct", "low_pct", "high_pct", "p_placebo", "side"]
    ]


def side(p: float, effect: float) -> str:
    """Return winner or loser by the sign of the effect if p is at most 5 %, else neutral."""
    if not p <= SIGNIFICANT:
        return "neutral"
    return "winner" if effect > 0 else "loser"


@per_model
def stargate(model: Model) -> pd.DataFrame | None:
    """Return firm results of the Stargate announcement (21 and 22 January 2025) beside those of day 0.

    Columns: ticker, name, group, up_pct, up_se_pct, up_p, day_pct, day_se_pct. None if day 0 is not public.
    """
    day = firms(model)
    if day is None:
        return None
    other = study_with(model, event_date=STARGATE_DATE)
    if not other.has(STARGATE_WINDOW):
        return None
    up = firm_table(other, STARGATE_WINDOW)
    up = up.rename(columns={"car_pct": "up_pct", "se_pct": "up_se_pct", "p": "up_p"})
    day = day.rename(columns={"car_pct": "day_pct", "se_pct": "day_se_pct"})
    return up[["ticker", "name", "group", "up_pct", "up_se_pct", "up_p"]].merge(
        day[["ticker", "day_pct", "day_se_pct"]], on="ticker", validate="one_to_one"
    )


@per_model
def stargate_groups(model: Model) -> pd.DataFrame | None:
    """Return group results of the Stargate announcement, or None if they are not public."""
    other = study_with(model, event_date=STARGATE_DATE)
    if not other.has(STARGATE_WINDOW):
        return None
    return with_envelope(model, other, STARGATE_WINDOW, group_table(other, STARGATE_WINDOW))


@per_model
def exposures(model: Model) -> pd.DataFrame | None:
    """Return what was known of each firm from prices before the event, beside its abnormal return of day 0.

    Columns: ticker, name, group, comovement (points a firm's residual moved per point of Nvidia's, estimation window),
    runup_pct (total return over the estimation window), car_pct. Nvidia itself is left out. None without Nvidia.
    """
    current = study(model)
    table = firms(model)
    if table is None or "NVDA" not in current.panel.tickers:
        return None
    residuals = current.fit.residuals
    nvidia = residuals[:, current.panel.index("NVDA")]
    both = np.isfinite(residuals) & np.isfinite(nvidia)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(both, residuals * nvidia[:, None], 0.0).sum(axis=0) / np.where(
            both, nvidia[:, None] ** 2, 0.0
        ).sum(axis=0)
    raw = np.nan_to_num(_simple(current, current.panel.returns[current.rows]))
    result = table[["ticker", "name", "group", "car_pct", "se_pct"]].copy()
    result["comovement"] = slope
    result["runup_pct"] = PERCENT * value.compounded(raw)
    result = result[(result["ticker"] != "NVDA") & (table["estimation_days"] == len(current.rows))]
    return result.reset_index(drop=True)


def cross_section(model: Model) -> Regression | None:
    """Return the regression of day-0 abnormal returns on co-movement with Nvidia and the run-up, HC3 errors."""
    table = exposures(model)
    if table is None or len(table) < 6:
        return None
    design = table[["comovement", "runup_pct"]].to_numpy(dtype=np.float64)
    if np.ptp(design, axis=0).min() == 0:
        return None
    return regress_hc3(table["car_pct"].to_numpy(dtype=np.float64), design)


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
    """Return total return less SPY since the close of 24 January 2025, by group: group, date, relative_pp, total_pct.

    Equal sums in each firm on that day, left alone. Daily for the first 60 trading days after 27 January, month ends
    after that.
    """
    members = model.facts.table("groups")[["ticker", "group"]]
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
                    "date": every.index,
                    "relative_pp": paths.relative(path, market),
                    "total_pct": path - 100,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def capex_plans(model: Model) -> pd.DataFrame:
    """Return capital expenditure of 2024 and 2025 beside the guidance of January and February 2025, USD billion.

    One row per firm and definition; a firm's guidance stands only beside actual figures of the same definition. Microsoft's
    covered AI data centres alone and stands beside all that it spent, in the fiscal year of both.
    Columns: company, basis, actual_2024, guided, guided_on, actual_2025, verified, source_ids.
    """
    table = model.facts.table("capex")

    def year_total(company: str, year: int) -> float | None:
        part = table[
            (table["company"] == company)
            & (table["kind"] == "actual")
            & (table["metric"] == CASH_BASIS)
            & table["period"].str.startswith(f"{year}-Q")
        ]
        return float(part["capex_usd_b"].sum()) if len(part) == 4 else None

    def stated(company: str, period: str, metric: str) -> float | None:
        part = table[
            (table["company"] == company)
            & (table["kind"] == "actual")
            & (table["period"] == period)
            & (table["quarter"] == "FY")
            & table["metric"].str.startswith(metric)
        ]
        return float(part["capex_usd_b"].iloc[-1]) if len(part) else None

    def guidance(company: str, period: str) -> pd.Series | None:
        part = table[
            (table["company"] == company)
            & (table["kind"] == "guidance")
            & (table["period"] == period)
            & (table["date_given"] <= GUIDANCE_UNTIL)
        ]
        return part.sort_values("date_given").iloc[-1] if len(part) else None

    records = []
    for company in BIG_FOUR:
        # Meta and Microsoft guide on another basis, so no guidance stands beside their cash figures
        plan = guidance(company, "2025") if company in ("Amazon", "Alphabet") else None
        records.append((company, CASH, year_total(company, 2024), plan, year_total(company, 2025)))
    lease = "capex including principal payments on finance leases"
    records.append(
        (
            "Meta",
            LEASES,
            stated("Meta", "2024", lease),
            guidance("Meta", "2025"),
            stated("Meta", "2025", lease),
        )
    )
    records.append(
        (
            "Microsoft",
            FISCAL,
            None,
            guidance("Microsoft", "FY2025"),
            stated("Microsoft", "FY2025", "capex including finance leases"),
        )
    )
    return pd.DataFrame(
        [
            {
                "company": company,
                "basis": basis,
                "actual_2024": before,
                "guided": None if plan is None else float(plan["capex_usd_b"]),
                "guided_on": None if plan is None else str(plan["date_given"]),
                "guided_verified": None if plan is None else str(plan["verified"]),
                "actual_2025": after,
            }
            for company, basis, before, plan, after in records
        ]
    )


def nvidia_quarters(model: Model) -> pd.DataFrame:
    """Return Nvidia's data-centre revenue by quarter: period, date, amount_usd_b."""
    table = model.facts.table("revenues")
    part = table[
        (table["company"] == "NVIDIA")
        & (table["segment"] == "data center")
        & (table["kind"] == "quarterly revenue")
    ]
    part = part.rename(columns={"date_or_period_end": "date", "amount_b": "amount_usd_b"})
    return part[["period", "date", "amount_usd_b", "source_id"]].sort_values("date").reset_index(drop=True)


def nvidia_expected(model: Model, period: str = "FY2026") -> float | None:
    """Return the brokers' consensus nearest to the event for Nvidia's data-centre revenue, USD billion."""
    table = model.facts.table("revenues")
    part = table[
        (table["company"] == "NVIDIA")
        & table["kind"].str.startswith("consensus")
        & (table["period"] == period)
    ]
    return float(part["amount_b"].iloc[0]) if len(part) else None


def nvidia_year(model: Model, year: str = "FY2026") -> float | None:
    """Return Nvidia's data-centre revenue of a fiscal year from its four quarters, USD billion."""
    table = nvidia_quarters(model)
    part = table[table["period"].str.startswith(f"{year}-Q")]
    return float(part["amount_usd_b"].sum()) if len(part) == 4 else None


def cloud_growth(model: Model) -> pd.DataFrame:
    """Return year-on-year growth of AWS, Google Cloud and Azure by quarter: cloud, period, date, growth_pct, verified.

    AWS and Google Cloud are computed from revenue; Microsoft publishes Azure's growth only.
    """
    table = model.facts.table("revenues")
    records = []
    for company, segment, name in (("Amazon", "AWS", "AWS"), ("Alphabet", "Google Cloud", "Google Cloud")):
        part = table[
            (table["company"] == company)
            & (table["segment"] == segment)
            & (table["kind"] == "quarterly revenue")
        ].sort_values("date_or_period_end")
        amounts = part.set_index("period")["amount_b"]
        for row in part.pipe(rows_of):
            year, quarter = str(row.period).split("-")
            before = amounts.get(f"{int(year) - 1}-{quarter}")
            if before:
                records.append(
                    (
                        name,
                        row.period,
                        row.date_or_period_end,
                        (row.amount_b / before - 1) * PERCENT,
                        row.verified,
                    )
                )
    azure = table[
        (table["company"] == "Microsoft")
        & table["segment"].str.startswith("Azure")
        & (table["kind"] == "growth year on year only")
    ]
    for row in azure.pipe(rows_of):
        records.append(("Azure", row.period, row.date_or_period_end, row.growth_yoy_pct, row.verified))
    result = pd.DataFrame(records, columns=["cloud", "period", "date", "growth_pct", "verified"])
    return result.sort_values(["cloud", "date"]).reset_index(drop=True)


def lab_revenues(model: Model) -> pd.DataFrame:
    """Return annualised revenue of model labs as reported: company, date, amount_usd_b, source_id, note."""
    table = model.facts.table("revenues")
    part = table[
        table["company"].isin(LABS)
        & table["kind"].str.startswith("annualised run rate")
        & (table["currency"] == "USD")
        & ~table["note"].fillna("").str.contains("doubtful")
    ]
    part = part.rename(columns={"date_or_period_end": "date", "amount_b": "amount_usd_b"})
    return (
        part[["company", "date", "amount_usd_b", "kind", "source_id"]]
        .sort_values(["company", "date"])
        .reset_index(drop=True)
    )


def lab_valuations(model: Model) -> pd.DataFrame:
    """Return valuations of model labs in funding rounds: company, date, event, valuation_usd_b, source_id."""
    table = model.facts.table("valuations")
    part = table[table["company"].isin(LABS) & table["valuation_b"].notna() & (table["currency"] == "USD")]
    part = part.rename(columns={"valuation_b": "valuation_usd_b"})
    return (
        part[["company", "date", "event", "valuation_usd_b", "source_id"]]
        .sort_values(["company", "date"])
        .reset_index(drop=True)
    )


def _row(table: pd.DataFrame | None, group: str) -> pd.Series | None:
    if table is None:
        return None
    found = table[table["group"] == group]
    return None if found.empty else found.iloc[0]


def _number(row: pd.Series | None, column: str) -> float | None:
    if row is None or not np.isfinite(row[column]):
        return None
    return float(row[column])


def _effect(id: str, row: pd.Series | None, label: str, benchmark: str) -> Figure:
    """Return a group's abnormal return with the range that its 90 % intervals against the broad markets span."""
    value_pct = _number(row, "caar_pct")
    inside = ""
    if row is not None and value_pct is not None:
        inside = (
            f"; point against {benchmark}, low and high the span of the 90 % prediction intervals against "
            f"{', '.join(dict.fromkeys([benchmark, *BROAD]))}; against {benchmark} alone {row['own_low_pct']:.1f} to "
            f"{row['own_high_pct']:.1f}"
        )
    return Figure(
        id,
        value_pct,
        "%",
        "modelled",
        label + inside,
        _number(row, "low_pct"),
        _number(row, "high_pct"),
        RETURN_SOURCES,
    )


def at_floor(row: Any) -> bool:
    """Return whether no placebo date of a group reached the event, so that its p says "at most"."""
    return bool(row["p_placebo"] * (1 + row["placebos"]) < 1.5)


def _nvidia_figures(model: Model) -> list[Figure]:
    current = study(model)
    result: list[Figure] = []
    table = values(model)
    own = None if table is None else _find(table, "NVDA")
    firm = firms(model)
    raw = None if firm is None else _find(firm, "NVDA")
    result.append(
        Figure(
            "market.nvda.return_0",
            _number(raw, "raw_pct"),
            "%",
            "observed",
            f"Nvidia: total return on {current.event.date}, close to close",
            sources=RETURN_SOURCES,
        )
    )
    shares = _number(own, "shares_m")
    counted = f" with {shares / 1000:.2f} billion shares" if shares else ""
    result.append(
        Figure(
            "market.nvda.value_change",
            _number(own, "change_usd_b"),
            "USD billion",
            "observed",
            f"Nvidia: change of market value on {current.event.date}, close to close{counted}",
            sources=RETURN_SOURCES,
        )
    )
    result.append(
        Figure(
            "market.nvda.value_abnormal",
            _number(own, "abnormal_usd_b"),
            "USD billion",
            "modelled",
            "Nvidia: change of market value beyond what the benchmark explains, day 0; low and high span the 90 % intervals "
            "against every broad market",
            _number(own, "low_usd_b"),
            _number(own, "high_usd_b"),
            RETURN_SOURCES,
        )
    )
    result.append(
        Figure(
            "market.nvda.shares",
            None if shares is None else shares / 1000,
            "billion shares",
            "observed",
            "Nvidia: shares counted",
        )
    )
    moves = model.facts.table("event_moves")
    printed = (moves["ticker"] == "NVDA") & moves["basis"].str.startswith("published")
    published = moves.loc[printed, "market_value_change_usd_b"].tolist()
    result.append(
        Figure(
            "market.nvda.value_published",
            float(published[0]) if published else None,
            "USD billion",
            "published",
            "Nvidia: loss of market value on 27 January 2025 as the press printed it",
            sources=("news_longbridge_20250127",),
        )
    )
    compared = benchmarks(model)
    for name in BENCHMARKS:
        row = compared[(compared["benchmark"] == name) & (compared["group"] == "nvidia")]
        result.append(
            Figure(
                f"market.nvda.ar_0_{name.lower()}",
                float(row["caar_pct"].iloc[0]) if len(row) else None,
                "%",
                "modelled",
                f"Nvidia: abnormal return on day 0 against {name} ({BENCHMARK_NAMES[name]}), 90 % prediction interval",
                float(row["low_pct"].iloc[0]) if len(row) else None,
                float(row["high_pct"].iloc[0]) if len(row) else None,
                RETURN_SOURCES,
            )
        )
    broad = compared[compared["benchmark"].isin(BROAD) & (compared["group"] == "nvidia")]["caar_pct"].abs()
    for name, ends in (("least", broad.min()), ("most", broad.max())):
        result.append(
            Figure(
                f"market.nvda.broad_{name}",
                float(ends) if len(broad) else None,
                "%",
                "modelled",
                f"Nvidia: {'smallest' if name == 'least' else 'largest'} size of the abnormal return on day 0 over the broad "
                f"markets {', '.join(BROAD)}",
                sources=RETURN_SOURCES,
            )
        )
    return [*result, *_placebo_figures(model)]


def _placebo_figures(model: Model) -> list[Figure]:
    """Return how broad EWX is."""
    figures = []
    wide = _inputs(model).returns
    if {"EWX", "IWM"} <= set(wide.tickers):
        pair = np.column_stack([wide.column("EWX"), wide.column("IWM")])
        pair = pair[np.isfinite(pair).all(axis=1)]
        figures.append(
            Figure(
                "market.ewx.correlation_iwm",
                round(float(np.corrcoef(pair[:, 0], pair[:, 1])[0, 1]), 2),
                "index",
                "observed",
                "Correlation of the daily returns of EWX with those of a fund of small firms (IWM)",
                sources=RETURN_SOURCES,
            )
        )
    return figures


@per_model
def matched(model: Model, group: str) -> list[str] | None:
    """Return the placebo days on which a group moved as much as on day 0, each by its own prediction error."""
    table = groups(model)
    row = _row(table, group)
    if row is None:
        return None
    current = study(model)
    moved = placebo_t(replace(current, memberships={group: current.members(group)}), WINDOWS["0"], [group])
    days = current.panel.dates[current.placebo_starts(1)]
    return [str(d) for d, t in zip(days, moved[:, 0], strict=True) if abs(t) >= abs(row["t_portfolio"])]


def _find(table: pd.DataFrame, ticker: str) -> pd.Series | None:
    found = table[table["ticker"] == ticker]
    return None if found.empty else found.iloc[0]


def _capex_figures(model: Model) -> list[Figure]:
    result = [
        Figure(
            f"market.capex.big4_{year}",
            capex_year(model, year),
            "USD billion",
            "observed",
            f"Amazon, Microsoft, Alphabet, Meta: purchases of property and equipment in calendar {year}, cash basis",
            sources=("oc_amzn_capex", "oc_msft_capex", "oc_googl_capex", "oc_meta_capex"),
        )
        for year in (2024, 2025)
    ]
    before, after = (capex_year(model, year) for year in (2024, 2025))
    growth = None if before is None or after is None else (after / before - 1) * PERCENT
    result.append(
        Figure(
            "market.capex.big4_growth",
            growth,
            "%",
            "observed",
            "The four largest buyers' capital spending, 2025 over 2024, cash basis",
        )
    )
    forecast = {year: capex_forecast(model, year) for year in (2024, 2025)}
    expected_growth = (
        None
        if forecast[2024] is None or forecast[2025] is None
        else (forecast[2025] / forecast[2024] - 1) * PERCENT
    )
    result += [
        Figure(
            "market.capex.forecast_2025",
            forecast[2025],
            "USD billion",
            "published",
            "The four largest buyers' capital spending in 2025 as analysts forecast it on 24 January 2025, definition not stated",
            sources=("IOFUND_0124",),
        ),
        Figure(
            "market.capex.forecast_growth",
            expected_growth,
            "%",
            "published",
            "Growth of the four largest buyers' capital spending in 2025 as analysts forecast it on 24 January 2025",
            sources=("IOFUND_0124",),
        ),
    ]
    for row in capex_plans(model).pipe(rows_of):
        if row.basis == CASH and row.company in ("Meta", "Microsoft"):
            continue
        known = (
            row.guided is not None
            and row.actual_2025 is not None
            and np.isfinite([row.guided, row.actual_2025]).all()
        )
        over = (row.actual_2025 / row.guided - 1) * PERCENT if known else None
        result.append(
            Figure(
                f"market.capex.{row.company.lower()}_over_guidance",
                over,
                "%",
                "observed",
                f"{row.company}: capital spending over its guidance of early 2025, {row.basis}"
                + ("; guided for AI data centres alone" if row.basis == FISCAL else ""),
            )
        )
    expected, actual = nvidia_expected(model), nvidia_year(model)
    result += [
        Figure(
            "market.nvda.dc_revenue_expected",
            expected,
            "USD billion",
            "published",
            "Nvidia: data-centre revenue of fiscal 2026, brokers' consensus of February 2025",
            sources=("VA_NVDA_0218",),
        ),
        Figure(
            "market.nvda.dc_revenue_fy2026",
            actual,
            "USD billion",
            "observed",
            "Nvidia: data-centre revenue of fiscal 2026",
            sources=("epoch_nvda", "nasdaq_nvda_202602"),
        ),
        Figure(
            "market.nvda.dc_revenue_growth",
            None
            if actual is None or nvidia_year(model, "FY2025") is None
            else (actual / nvidia_year(model, "FY2025") - 1) * PERCENT,  # type: ignore[operator]
            "%",
            "observed",
            "Nvidia: data-centre revenue of fiscal 2026 over fiscal 2025",
            sources=("epoch_nvda", "nasdaq_nvda_202602"),
        ),
    ]
    result += _lab_figures(model)
    growths = cloud_growth(model)
    for cloud, key in (("AWS", "aws"), ("Google Cloud", "google"), ("Azure", "azure")):
        part = growths[growths["cloud"] == cloud].set_index("period")["growth_pct"]
        for name, period in (("before", "2024-Q4"), ("last", part.index[-1] if len(part) else "")):
            value_pct = float(part[period]) if period in part.index else None
            result.append(
                Figure(
                    f"market.cloud.{key}_growth_{name}",
                    value_pct,
                    "%",
                    "observed",
                    f"{cloud}: revenue growth on the year, {period or 'none'}",
                )
            )
    return result


def _lab_figures(model: Model) -> list[Figure]:
    """Return the labs' annualised revenue and valuation: last report before the event, and last report known."""
    result = [
        Figure(
            "market.labs.openai_2025_expected",
            openai_year(model, "company projection"),
            "USD billion",
            "published",
            "OpenAI: revenue of 2025 as projected in documents for investors of September 2024",
            sources=("NYT_OPENAI_0927",),
        ),
        Figure(
            "market.labs.openai_2025",
            openai_year(model, "annual revenue"),
            "USD billion",
            "published",
            "OpenAI: revenue of 2025 as reported",
            sources=("mango_2026",),
        ),
    ]
    for table, column, key, label in (
        (lab_revenues(model), "amount_usd_b", "revenue", "annualised revenue as reported"),
        (lab_valuations(model), "valuation_usd_b", "valuation", "valuation in the last round or deal"),
    ):
        for company, name in (("OpenAI", "openai"), ("Anthropic", "anthropic")):
            part = table[table["company"] == company]
            for when, rows in (
                ("before", part[part["date"] < EVENT_DATE]),
                ("last", part if model.parameters.vintage.isoformat() > EVENT_DATE else part.head(0)),
            ):
                row = rows.iloc[-1] if len(rows) else None
                result.append(
                    Figure(
                        f"market.labs.{name}_{key}_{when}",
                        _number(row, column),
                        "USD billion",
                        "published",
                        f"{company}: {label}" + ("" if row is None else f", {row['date']}"),
                        sources=() if row is None else (str(row["source_id"]),),
                    )
                )
    return result


def _path_figures(model: Model) -> list[Figure]:
    table = group_paths(model)
    dates = sorted(table["date"].unique())
    daily = [d for d in dates if d <= SIXTIETH_DAY]
    result = []
    for group in HEADLINE_GROUPS:
        part = table[table["group"] == group].set_index("date")["relative_pp"]
        for name, date in (
            ("60_days", SIXTIETH_DAY if SIXTIETH_DAY in part.index else None),
            ("year", "2026-01-27" if "2026-01-27" in part.index else None),
            ("to_date", dates[-1] if dates and len(dates) > len(daily) else None),
        ):
            result.append(
                Figure(
                    f"market.{group}.path_{name}",
                    float(part[date]) if date else None,
                    "pp",
                    "observed",
                    f"{GROUPS[group]}: total return less the S&P 500's from 24 January 2025 to {date or 'a day not public yet'}",
                    sources=RETURN_SOURCES,
                )
            )
    return result


def _stargate_figures(model: Model) -> list[Figure]:
    table = stargate(model)
    result = []
    for ticker, key in (("ORCL", "oracle"), ("ARM", "arm"), ("VST", "vistra"), ("NVDA", "nvidia")):
        row = None if table is None else _find(table, ticker)
        for column, what in (("up_pct", "21 and 22 January 2025"), ("day_pct", "day 0")):
            name = "up" if column == "up_pct" else "day"
            result.append(
                Figure(
                    f"market.stargate.{key}_{name}",
                    _number(row, column),
                    "%",
                    "modelled",
                    f"{ticker}: abnormal return, {what}",
                    sources=RETURN_SOURCES,
                )
            )
    groups_up = stargate_groups(model)
    for group in ("power", "clouds", "semis"):
        result.append(
            _effect(
                f"market.stargate.{group}_up",
                _row(groups_up, group),
                f"{GROUPS[group]}: abnormal return, 21 and 22 January 2025",
                study(model).settings.benchmark,
            )
        )
    return result


def _cross_figures(model: Model) -> list[Figure]:
    fitted = cross_section(model)
    ends = None if fitted is None else fitted.interval()
    result = []
    for k, (key, label, unit) in enumerate(
        (
            ("comovement", "Abnormal return of day 0 per point of earlier co-movement with Nvidia", "pp"),
            ("runup", "Abnormal return of day 0 per percent of return over the estimation window", "pp"),
        ),
        start=1,
    ):
        result.append(
            Figure(
                f"market.cross.{key}",
                None if fitted is None else float(fitted.coefficients[k]),
                unit,
                "modelled",
                f"{label}; HC3 errors, low and high are the 5th and 95th percentile",
                None if ends is None else float(ends[0][k]),
                None if ends is None else float(ends[1][k]),
                RETURN_SOURCES,
            )
        )
        result.append(
            Figure(
                f"market.cross.{key}_p",
                None if fitted is None else float(fitted.p[k]),
                "probability",
                "modelled",
                f"p-value of the same coefficient ({key})",
                sources=RETURN_SOURCES,
            )
        )
    result.append(
        Figure(
            "market.cross.n",
            None if fitted is None else fitted.n,
            "count",
            "observed",
            "Firms in the cross-section",
        )
    )
    result.append(
        Figure(
            "market.cross.r_squared",
            None if fitted is None else fitted.r_squared,
            "index",
            "modelled",
            "Share of variance that the cross-section explains",
        )
    )
    return result


def _robustness_figures(model: Model) -> list[Figure]:
    table = robustness(model)
    own = table[table["specification"] == "as set"].set_index("group")["side"]
    result = []
    for group in HEADLINE_GROUPS:
        part = table[table["group"] == group]
        share = float((part["side"] == own[group]).mean()) if group in own.index else None
        result.append(
            Figure(
                f"market.{group}.specifications_agree",
                share,
                "probability",
                "modelled",
                f"{GROUPS[group]}: share of {table['specification'].nunique()} specifications with the same verdict of the market",
                sources=RETURN_SOURCES,
            )
        )
    return result


@per_model
def figures(model: Model) -> dict[str, Figure]:
    """Return every figure of the market part, keyed by id."""
    every = [
        *_nvidia_figures(model),
        *_capex_figures(model),
        *_path_figures(model),
        *_stargate_figures(model),
        *_cross_figures(model),
        *_robustness_figures(model),
    ]
    return {figure.id: figure for figure in every}
