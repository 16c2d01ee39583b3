"""Daily total returns, derived again from a source's adjusted closes and set against ``returns_daily``.

Only returns leave this module: closes are divided and forgotten, none is written anywhere.

The days are those of the committed table. Later ones are not added: the broad benchmark EWX is a mean over thousands of
shares from one public copy, it cannot be fetched, and a study needs its benchmark on every day.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from deepseek_era.errors import RefreshError, nearest
from deepseek_era.refresh.rules import Rules

TABLE = "returns_daily"
COMPUTED = "EWX"
"""The one ticker that is computed from thousands of others: kept as it stands."""
DECIMALS = 3
_BEFORE = dt.timedelta(days=12)  # the first return needs the close of the trading day before it


class ReturnsClient(Protocol):
    """Where adjusted closes come from."""

    address: str

    def closes(self, ticker: str, first: dt.date, last: dt.date) -> pd.Series:
        """Return closes adjusted for splits and dividends, by ISO date, from `first` to `last`, both included."""
        ...

    def versions(self) -> dict[str, str]:
        """Return the versions of what does the asking."""
        ...

    def digest(self) -> str:
        """Return the SHA-256 over all answers so far."""
        ...


@dataclass(frozen=True)
class Comparison:
    """What a source says of the committed cells.

    Attributes
    ----------
    table
        The snapshot's table as text: a fetched cell has one source and no disagreement, a kept one stands as it was.
    fetched
        Columns ticker, date, before, after, difference (percent, percent, pp), one row per fetched cell.
    kept
        Tickers that were not fetched.
    fixed
        Number of cells that stand because ``corrections.csv`` corrects them.
    """

    table: pd.DataFrame
    fetched: pd.DataFrame
    kept: tuple[str, ...]
    fixed: int


def derive(ticker: str, closes: pd.Series) -> pd.Series:
    """Return total returns [%] from adjusted closes: close over the close before, less one.

    Raises
    ------
    RefreshError
        A close that is no finite number above zero, or days out of order or twice.
    """
    for day, close in closes.items():
        if not (math.isfinite(close) and close > 0):
            raise RefreshError(
                f"{TABLE} {ticker} {day}: saw the close {close:g}, allowed: a finite number above 0"
            )
    if not closes.index.is_unique or not closes.index.is_monotonic_increasing:
        raise RefreshError(f"{TABLE} {ticker}: saw days twice or out of order, allowed: each once, in order")
    return (100 * (closes / closes.shift(1) - 1)).iloc[1:]


def _lost(ticker: str, days: Iterable[str], other: Iterable[str], word: str) -> None:
    missing = sorted(set(days) - set(other))
    if missing:
        more = f" (and {len(missing) - 1} more days)" if len(missing) > 1 else ""
        raise RefreshError(f"{TABLE} {ticker} {missing[0]}: {word}{more}")


def compare(
    raw: pd.DataFrame,
    believed: pd.DataFrame,
    client: ReturnsClient,
    rules: Rules,
    *,
    keep: tuple[str, ...] = (),
    fixed: frozenset[tuple[str, str]] = frozenset(),
    progress: Callable[[Iterable[str]], Iterable[str]] = iter,
) -> Comparison:
    """Return what a source says of every committed cell, or stop at the first ticker that it does not confirm.

    Parameters
    ----------
    raw, believed
        ``returns_daily`` as its file holds it and as it is read: with corrections, typed. Same rows.
    client
        The source.
    keep
        Tickers that are not asked for, besides EWX.
    fixed
        Corrected cells as (key, column): compared with the corrected value, and left as they stand.
    progress
        Wraps the tickers, for a progress bar.

    Raises
    ------
    RefreshError
        A ticker that the source does not have, a day lost or added, or a return further away than the tolerance.
    """
    known = list(dict.fromkeys(believed["ticker"]))
    for ticker in keep:
        if ticker not in known:
            raise RefreshError(f"--keep {ticker}: no such ticker in {TABLE}{nearest(ticker, known)}")
    kept = tuple(t for t in known if t == COMPUTED or t in keep)
    wanted = [t for t in known if t not in kept]
    table, moves, standing = raw.copy(), [], 0
    for ticker in progress(wanted):
        rows = believed[believed["ticker"] == ticker]
        days = list(rows["date"])
        found = derive(
            ticker,
            client.closes(ticker, dt.date.fromisoformat(days[0]) - _BEFORE, dt.date.fromisoformat(days[-1])),
        )
        inside = found[(found.index >= days[0]) & (found.index <= days[-1])]
        _lost(
            ticker, days, inside.index, "the source has no return for this day; no day of history may be lost"
        )
        _lost(ticker, inside.index, days, "the source has a return on a day that is no trading day here")
        after = inside.loc[days].round(DECIMALS).to_numpy() + 0.0
        move = rows[["ticker", "date"]].assign(
            before=rows["return_pct"], after=after, difference=after - rows["return_pct"].to_numpy()
        )
        _check_moved(move, rows["max_disagreement_pp"], rules)
        stands = pd.Series([(f"{day};{ticker}", "return_pct") in fixed for day in days], index=rows.index)
        standing += int(stands.sum())
        place = rows.index[~stands]
        table.loc[place, "return_pct"] = [f"{value:.10g}" for value in move.loc[place, "after"]]
        table.loc[place, "n_sources"] = "1"
        table.loc[place, "max_disagreement_pp"] = ""
        moves.append(move)
    columns = ["ticker", "date", "before", "after", "difference"]
    fetched = pd.concat(moves) if moves else pd.DataFrame(columns=columns)
    return Comparison(table, fetched, kept, standing)


def _check_moved(move: pd.DataFrame, disagreement: pd.Series, rules: Rules) -> None:
    """Refuse a past return that lies further from the committed one than the tolerance, or than the copies do."""
    allowed = disagreement.fillna(0).clip(lower=rules.return_tolerance)
    # values have three decimals: half of the last one is rounding
    moved = (move["difference"].abs() > allowed + 0.5 * 10**-DECIMALS).to_numpy()
    if moved.any():
        position = int(moved.argmax())
        row = move.iloc[position]
        more = f" (and {int(moved.sum()) - 1} more of {row['ticker']})" if moved.sum() > 1 else ""
        raise RefreshError(
            f"{TABLE} row {int(str(move.index[position])) + 2} ({row['ticker']} {row['date']}), column return_pct: "
            f"saw {row['after']:.3f}, allowed: {row['before']:.3f} ± {allowed.iloc[position]:.3f} pp, since history "
            f"may not move{more}"
        )
