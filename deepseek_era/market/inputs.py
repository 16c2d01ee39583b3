"""What the event study reads: returns, groups and settings of a run, from the tables or from a user's own file.

- A user's file replaces the firms; the report's table keeps the benchmarks.
- A firm that the run leaves out of the groups stays in the study, among those in no group: its own return, and whatever
  pools all firms, is as it was.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.errors import DataError, ModelInputError, nearest, plain, shown
from deepseek_era.market import value
from deepseek_era.market.returns import (
    Panel,
    own_file,
    own_returns,
    widen,
    with_known_tickers,
)
from deepseek_era.market.study import OUTSIDE, Settings, Study, build_study
from deepseek_era.model import Model, per_model

BROAD = ("EWX", "RSP", "IWM", "VTI", "SPY", "DIA")
"""Benchmarks that stand for the market as a whole; the others hold one part of it."""
BENCHMARKS = (*BROAD, "QQQ", "XLK", "SMH")
BENCHMARK_NAMES = {
    "EWX": "our own market",
    "RSP": "the S&P 500 with equal weights",
    "IWM": "small firms",
    "VTI": "the total market",
    "SPY": "the S&P 500",
    "DIA": "thirty large firms",
    "QQQ": "the Nasdaq-100",
    "XLK": "the technology sector",
    "SMH": "the chip sector",
}
"""Benchmarks as they stand in a sentence: readers know few tickers, and EWX is that of a fund as well."""
OWN_MARKET = "a mean of US-listed shares and funds without the firms studied"
"""What EWX is, in words."""
CAP_DATE = dt.date(2025, 1, 24)
"""Market values are those of the close of this day."""


def market_of(ticker: str) -> str:
    """Return what stands for the market with a benchmark, in words.

    >>> market_of("EWX"), market_of("SPY")
    ('a mean of US-listed shares and funds without the firms studied', 'the S&P 500')
    """
    return OWN_MARKET if ticker == "EWX" else benchmark_name(ticker)


def benchmark_name(ticker: str) -> str:
    """Return a benchmark as it stands in a sentence; one of a user's own file as it was written."""
    return BENCHMARK_NAMES.get(ticker, ticker)


@dataclass(frozen=True)
class Inputs:
    """What the study reads: returns, and groups with one row a membership."""

    returns: Panel
    groups: pd.DataFrame
    where: str
    left_out: tuple[str, ...] = ()
    """Tickers that the run took out of their groups."""


@per_model
def inputs(model: Model) -> Inputs:
    """Return the returns and groups of the run."""
    return _inputs(model, "returns_daily")


@per_model
def panel_inputs(model: Model) -> Inputs:
    """Return the returns and groups of the study of many events: as `inputs`, over the years of the panel."""
    return _inputs(model, "returns_panel")


def _inputs(model: Model, table_name: str) -> Inputs:
    """Return the returns of one table, or those of the user's file with that table's benchmarks, and the groups."""
    table = model.facts.table(table_name)
    groups = model.facts.table("groups")
    name = str(model.parameters.setting("returns_file"))
    if not name:
        return _without(
            Inputs(widen(table, where=f"data/{table_name}.csv"), groups, f"data/{table_name}.csv"), model
        )
    path = own_file(name)
    own = with_known_tickers(own_returns(name), [*groups["ticker"], *BENCHMARKS], where=path.name)
    own = own[own["date"] <= model.parameters.vintage.isoformat()]
    if own.empty:
        raise DataError(f"{path.name}: every return is from after the vintage {model.parameters.vintage}")
    own = _measurable(own, table, str(model.parameters.setting("benchmark")), path.name)
    spare = table[
        table["ticker"].isin(BENCHMARKS)
        & ~table["ticker"].isin(own["ticker"])
        & table["date"].between(own["date"].min(), own["date"].max())
    ]
    wide = widen(pd.concat([own, spare], ignore_index=True), where=path.name)
    return _without(Inputs(wide, _own_groups(own, groups, path.name), path.name), model)


def _measurable(own: pd.DataFrame, table: pd.DataFrame, benchmark: str, where: str) -> pd.DataFrame:
    """Return the days of a user's file that can be measured: all if it holds the benchmark, else those of the table's.

    Raises
    ------
    DataError
        If none is left.
    """
    if benchmark in set(own["ticker"]):
        return own
    first, last = table["date"].min(), table["date"].max()
    kept = own[own["date"].between(first, last)]
    if kept.empty:
        raise DataError(
            f"{where}: saw returns of {own['date'].min()} to {own['date'].max()}, allowed: some between {first} and {last}, "
            f"the days of the benchmark {benchmark}, or a column of {benchmark} in the file"
        )
    return kept


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


def _without(read: Inputs, model: Model) -> Inputs:
    """Return the inputs without the firms that the run leaves out of the groups; small letters count as capitals.

    Raises
    ------
    ModelInputError
        For a ticker that stands in no group, with the nearest; if nobody is left in one.
    """
    known = {str(t).upper(): str(t) for t in read.groups["ticker"]}
    asked = list(dict.fromkeys(str(model.parameters.setting("left_out")).split()))
    for ticker in asked:
        if ticker.upper() not in known:
            raise ModelInputError(
                f"left_out: saw {shown(ticker)}, allowed: tickers of the groups, separated by spaces"
                f"{nearest(ticker.upper(), known)}"
            )
    tickers = tuple(known[ticker.upper()] for ticker in asked)
    groups = outside(read.groups, tickers)
    if tickers and (groups["group"] == OUTSIDE).all():
        raise ModelInputError("left_out: no firm would be left in a group, allowed: at least one")
    return replace(read, groups=groups, left_out=tickers)


def outside(groups: pd.DataFrame, tickers: tuple[str, ...]) -> pd.DataFrame:
    """Return a table of memberships with these firms in no group, one row each."""
    moved = groups["ticker"].isin(tickers)
    changed = groups.assign(group=groups["group"].mask(moved, OUTSIDE))
    # in their old places, so that nothing else is summed in another order
    return changed[~(moved & changed.duplicated(["ticker", "group"]))].reset_index(drop=True)


def study_with(model: Model, **changes: object) -> Study:
    """Return the study of the run with some settings changed (a benchmark, a normal model, days left out, …)."""
    settings = replace(Settings.read(model.parameters.setting), **changes)  # type: ignore[arg-type]
    read = inputs(model)
    return build_study(
        read.returns, read.groups, settings, model.facts.table("results_dates"), where=read.where
    )


@per_model
def study(model: Model) -> Study:
    """Return the study of the run, computed once.

    >>> from deepseek_era import Model
    >>> found = study(Model(estimation_days=120))
    >>> found.event.date.isoformat(), len(found.rows)
    ('2025-01-27', 120)
    """
    return study_with(model)


@per_model
def _study_against(model: Model, event_date: dt.date, benchmark: str) -> Study:
    """Return the study of the run with another day 0 and benchmark."""
    return study_with(model, event_date=event_date, benchmark=benchmark)


def against_broad(model: Model, current: Study) -> list[Study]:
    """Return the study against each broad market, the run's own benchmark first."""
    own = current.settings
    others = [_study_against(model, own.event_date, name) for name in BROAD if name != own.benchmark]
    return [current, *(replace(other, memberships=current.memberships) for other in others)]


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
    growth = value.compounded(simple(current, current.panel.returns[first + 1 : last + 1]))
    return caps * (1 + growth) if before > base else caps / (1 + growth)


def simple(current: Study, returns: Array) -> Array:
    """Return simple returns of a study's own kind of returns."""
    return np.expm1(returns) if current.panel.kind == "log" else returns
