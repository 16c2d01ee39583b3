"""Return panels, the trading calendar, event days and windows.

- The calendar is that of the benchmark: a day on which the benchmark has no return is no trading day. A calendar
  of weekdays would add holidays as days without a return and move every window.
- A return belongs to the day on which it ends: the return of 27 January is close of 24 to close of 27 January.
- An event date on a day without trading becomes the next trading day, and the result says so.
- Returns are fractions inside the package (0.01 is one percent) and percent in tables.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era.arrays import Array, Bools, Ints
from deepseek_era.errors import DataError, ModelInputError, nearest, plain, shown
from deepseek_era.market.shapes import tidy
from deepseek_era.tables import ROOT, cells

Days = npt.NDArray[np.datetime64]

RETURN_KINDS = ("simple", "log")
PERCENT = 100.0
_SPLIT_RATIOS = (2, 3, 4, 5, 10, 20)  # usual forward splits; a reverse split is the inverse
_SPLIT_TOLERANCE = 0.03  # a split day also carries an ordinary return
_ABSOLUTE_LIMIT = 400.0  # percent in a day; more is an error of the file in the markets studied here


@dataclass(frozen=True)
class Panel:
    """Returns of firms on one calendar.

    Attributes
    ----------
    dates
        Trading days, shape (days,), ``datetime64[D]``, increasing.
    tickers
        Names of the columns, length firms.
    returns
        Fractions, shape (days, firms), NaN where a firm has no return.
    kind
        ``simple`` or ``log``.
    """

    dates: Days
    tickers: tuple[str, ...]
    returns: Array
    kind: str = "simple"

    def column(self, ticker: str) -> Array:
        """Return one firm's returns, shape (days,)."""
        return self.returns[:, self.index(ticker)]

    def index(self, ticker: str) -> int:
        """Return the column of a ticker, or refuse an unknown one with the nearest known name."""
        try:
            return self.tickers.index(ticker)
        except ValueError:
            raise ModelInputError(
                f"returns: no ticker {ticker!r} among {len(self.tickers)}{nearest(ticker, self.tickers)}"
            ) from None

    def select(self, tickers: tuple[str, ...]) -> Panel:
        """Return a panel of these firms only, in this order."""
        columns = [self.index(t) for t in tickers]
        return Panel(self.dates, tickers, self.returns[:, columns], self.kind)


@dataclass(frozen=True)
class EventDay:
    """Day 0 on the calendar: its row, its date, and the date that was asked for."""

    position: int
    date: dt.date
    asked: dt.date

    @property
    def moved(self) -> bool:
        """Return whether the date asked for was no trading day."""
        return self.date != self.asked


@dataclass(frozen=True)
class Window:
    """Trading days `first` to `last`, both included, counted from day 0."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ModelInputError(f"window [{self.first}, {self.last}]: the first day is after the last")

    @property
    def length(self) -> int:
        """Return the number of trading days."""
        return self.last - self.first + 1

    @property
    def label(self) -> str:
        """Return the window as it is printed, ``[0, 0]`` or ``[−1, +1]``."""
        return f"[{_signed(self.first)}, {_signed(self.last)}]"

    def rows(self, event: EventDay) -> slice:
        """Return the rows of a panel that the window covers."""
        return slice(event.position + self.first, event.position + self.last + 1)


def _signed(day: int) -> str:
    return f"+{day}" if day > 0 else f"−{-day}" if day < 0 else "0"


def _iso(day: object) -> str:
    return str(np.datetime64(day, "D"))  # type: ignore[call-overload]


def to_kind(simple: Array, kind: str) -> Array:
    """Return simple returns (fractions) as they are, or as log returns."""
    if kind not in RETURN_KINDS:
        raise ModelInputError(f"return kind {kind!r} is not one of {', '.join(RETURN_KINDS)}")
    return np.log1p(simple) if kind == "log" else simple


def widen(table: pd.DataFrame, *, where: str = "returns") -> Panel:
    """Return a long table of returns as a panel of simple returns over every day that it holds.

    Parameters
    ----------
    table
        Columns `date` (ISO text), `ticker`, `return_pct` (percent), one row per firm and day.
    where
        How messages name the table.

    Raises
    ------
    DataError
        A firm twice on a day, or a weekend.
    """
    repeated = table.duplicated(["date", "ticker"])
    if repeated.any():
        row = table[repeated].iloc[0]
        raise DataError(
            f"{where}: {plain(row['ticker'])} has two returns on {row['date']}; one a day is allowed"
        )
    wide = table.pivot_table(index="date", columns="ticker", values="return_pct", sort=True, observed=True)
    dates = wide.index.to_numpy(dtype="datetime64[D]")
    weekend = ~np.is_busday(dates)
    if weekend.any():
        bad = wide.index[weekend][0]
        raise DataError(f"{where}: {bad} is a Saturday or Sunday; returns belong to trading days")
    values = wide.to_numpy(dtype=np.float64) / PERCENT
    return Panel(dates, tuple(str(t) for t in wide.columns), values)


def on_calendar(wide: Panel, calendar: str, kind: str = "simple", *, where: str = "returns") -> Panel:
    """Return the panel on the trading days of `calendar`, normally the benchmark.

    Raises
    ------
    DataError
        An unknown benchmark, or one without a return on a day when other firms have one.
    """
    if calendar not in wide.tickers:
        raise DataError(f"{where}: the benchmark {calendar} has no returns{nearest(calendar, wide.tickers)}")
    missing = ~np.isfinite(wide.column(calendar))
    if missing.any():
        first = int(missing.argmax())
        traded = int(np.isfinite(wide.returns[first]).sum())
        raise DataError(
            f"{where}: the benchmark {calendar} has no return on {_iso(wide.dates[first])}, when {traded} of "
            f"{len(wide.tickers)} firms have one"
        )
    return Panel(wide.dates, wide.tickers, to_kind(wide.returns, kind), kind)


def check_gaps(panel: Panel, *, where: str = "returns") -> None:
    """Refuse a panel in which a firm has a missing day between its first and its last return."""
    present = np.isfinite(panel.returns)
    seen = np.logical_or.accumulate(present, axis=0)
    later = np.logical_or.accumulate(present[::-1], axis=0)[::-1]
    hole = seen & later & ~present
    if hole.any():
        day, firm = np.argwhere(hole)[0]
        raise DataError(
            f"{where}: {panel.tickers[firm]} has no return on {_iso(panel.dates[day])}, a trading day inside its history"
            f" ({int(hole[:, firm].sum())} such days)"
        )


def find_event(dates: Days, asked: dt.date) -> EventDay:
    """Return day 0: the date asked for, or the next trading day.

    Raises
    ------
    ModelInputError
        If the calendar holds no trading day on or after the date, or begins after it.
    """
    wanted = np.datetime64(asked, "D")
    if len(dates) == 0 or wanted > dates[-1] or wanted < dates[0]:
        span = f"{_iso(dates[0])} to {_iso(dates[-1])}" if len(dates) else "no days at all"
        raise ModelInputError(f"event_date {asked}: outside the returns, which cover {span}")
    position = int(np.searchsorted(dates, wanted))
    return EventDay(position, dates[position].astype(dt.date), asked)


def estimation_rows(event: EventDay, days: int, gap: int) -> slice:
    """Return the rows of the estimation window: `days` trading days that end `gap` days before day 0.

    With 240 days and a gap of 10 that is day −250 to day −11.

    Raises
    ------
    ModelInputError
        If the calendar has too few days before the event.
    """
    available = event.position - gap
    if days > available:
        raise ModelInputError(
            f"estimation_days {days}: only {max(available, 0)} trading days lie before {event.date} less a gap of "
            f"{gap}; allowed: up to {max(available, 0)}"
        )
    return slice(available - days, available)


def check_windows(windows: tuple[Window, ...], gap: int) -> None:
    """Refuse an event window that begins inside the estimation window."""
    for window in windows:
        if -window.first > gap:
            raise ModelInputError(
                f"event window {window.label} overlaps the estimation window, which ends at day −{gap + 1}; "
                f"estimation_gap must be at least {-window.first}"
            )


def check_variation(returns: Array, names: tuple[str, ...]) -> None:
    """Refuse a series that does not vary over the estimation window (shape (days, firms))."""
    with np.errstate(invalid="ignore"):
        spread = np.nanmax(returns, axis=0) - np.nanmin(returns, axis=0)
    for name, width in zip(names, spread, strict=True):
        if not width > 0:
            raise ModelInputError(
                f"{name}: the return is the same on every day of the estimation window; no fit exists"
            )


def history(returns: Array) -> Ints:
    """Return how many days of the estimation window each firm has a return, shape (firms,)."""
    return np.isfinite(returns).sum(axis=0).astype(np.int64)


def split_suspects(returns: Array) -> Bools:
    """Return where a simple return looks like a split left in: close to 1/k − 1 or k − 1 for a usual k.

    Forward splits show as −50 %, −66.7 %, −75 %, −80 %, −90 %, −95 %; reverse ones as their inverse. Shape as given.
    """
    suspect = np.zeros(returns.shape, dtype=bool)
    gross = 1 + returns
    for ratio in _SPLIT_RATIOS:
        for target in (1 / ratio, float(ratio)):
            suspect |= np.abs(gross / target - 1) < _SPLIT_TOLERANCE
    return suspect


LAYOUT = "one row for a firm and a day: date,ticker,return_pct, as in 2025-01-27,NVDA,-16.97"


def own_file(name: str) -> Path:
    """Return the path of a user's file; a relative one lies under the project.

    Raises
    ------
    DataError
        For a ``~`` of somebody who is not there.
    """
    try:
        return ROOT / Path(name).expanduser()
    except RuntimeError:
        raise DataError(f"returns_file: no file {plain(name, 200)}") from None


def own_returns(name: str) -> pd.DataFrame:
    """Return the returns in the file that the setting ``returns_file`` names; see `read_user_returns`."""
    return read_user_returns(own_file(name), name)


def _layout_hint() -> str:
    """Return what is expected of a user's table."""
    return f" (expected is {LAYOUT}; or prices in place of returns, or a column for each firm)"


def _number_hint(cell: str) -> str:
    text = cell.strip().replace("\u2212", "-")
    if re.fullmatch(r"[+-]?[0-9]*,[0-9]+", text):
        return f" (a decimal comma? write {text.replace(',', '.')})"
    if text.endswith("%"):
        return f" (write {text[:-1].strip()}: return_pct is in percent)"
    return ""


def own_text(path: Path, parameter: str, name: str = "", kinds: tuple[str, ...] = (".csv",)) -> str:
    """Return the text of a user's own file, a byte-order mark dropped; `name` is how the user wrote it.

    Raises
    ------
    DataError
        If it is missing (with the nearest file of these `kinds` beside it), a folder, or no text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = ""
        with contextlib.suppress(OSError):
            near = nearest(path.name, [p.name for p in path.parent.iterdir() if p.suffix in kinds])
        raise DataError(f"{parameter}: no file {plain(name or path, 200)}{near}") from None
    except IsADirectoryError:
        raise DataError(f"{parameter}: {plain(path, 200)} is a folder; a CSV file is needed") from None
    except (ValueError, OSError) as error:
        raise DataError(
            f"{parameter}: {plain(path.name)} cannot be read as text ({type(error).__name__})"
        ) from None


def read_user_returns(path: Path, name: str = "") -> pd.DataFrame:
    """Return a user's CSV file of returns or prices, in any usual shape (see `shapes`), checked; see `check_user_returns`.

    Separators comma, semicolon and tab are recognised, and a byte-order mark is dropped.

    Raises
    ------
    DataError
        If the file is missing, is no text, or breaks a rule.
    """
    text = own_text(path, "returns_file", name, (".csv", ".txt", ".tsv"))
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    where = plain(path.name)
    try:
        table = cells(text, where, separator)
    except DataError as error:
        hint = (
            " (decimal commas? write 1.5, or part the cells by ;)" if "cells, allowed" in str(error) else ""
        )
        raise DataError(f"{error}{hint if separator == ',' else ''}") from None
    shaped = tidy(table, where=where, firm=path.stem.upper())
    rows = [int(k) for k in shaped.index]
    named = {str(c).strip().lower() for c in table.columns} & {"return_pct", "return"}
    return check_user_returns(shaped.reset_index(drop=True), where=where, rows=rows, sized=not named)


def check_user_returns(
    table: pd.DataFrame, *, where: str, rows: Sequence[int] | None = None, sized: bool = False
) -> pd.DataFrame:
    """Return a user's long table of returns, checked, or refuse it in one line.

    The table needs the columns `date`, `ticker` and either `return_pct` (percent) or `return` (fractions); `group` is
    optional. Refused are missing columns, cells that are no date or number, a firm twice on a day, weekends, fractions
    in a percent column and percent in a fraction column, and returns that look like a split left in. `rows` are the rows of the
    file that messages name, counted from 0 below the header; the table's own if left out. `sized` says that percent or fractions were
    told already.

    Returns
    -------
    pandas.DataFrame
        Columns `date`, `ticker`, `return_pct`, and `group` if it was given.
    """
    table = table.rename(columns=lambda c: str(c).strip().lower().lstrip("\ufeff"))
    row_of = range(len(table)) if rows is None else rows
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise DataError(f"{where}: column {plain(twice[0])} stands there twice; once is allowed")
    column = "return_pct" if "return_pct" in table else "return" if "return" in table else ""
    for needed in ("date", "ticker"):
        if needed not in table:
            raise DataError(
                f"{where}: column {needed} is missing; saw {shown(', '.join(table.columns))}{_layout_hint()}"
            )
    if not column:
        raise DataError(
            f"{where}: needs a column return_pct (percent) or return (fractions); saw {shown(', '.join(table.columns))}"
            f"{_layout_hint()}"
        )
    if table.empty:
        raise DataError(f"{where}: no rows")
    iso = table["date"].astype(str).str.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
    days = pd.to_datetime(table["date"].where(iso), format="%Y-%m-%d", errors="coerce")
    if days.isna().any():
        bad = int(days.isna().to_numpy().argmax())
        raise DataError(
            f"{where} row {row_of[bad] + 2}: date is {shown(table['date'].iloc[bad])}; a date YYYY-MM-DD is needed"
        )
    values = pd.to_numeric(table[column], errors="coerce").astype("float64")
    broken = ~np.isfinite(values.to_numpy())
    if broken.any():
        bad = int(broken.argmax())
        raise DataError(
            f"{where} row {row_of[bad] + 2}: {column} is {shown(table[column].iloc[bad])}; a number is needed"
            f"{_number_hint(str(table[column].iloc[bad]))}"
        )
    table["ticker"] = table["ticker"].astype(str).str.strip()
    if (table["ticker"] == "").any():
        bad = int((table["ticker"] == "").to_numpy().argmax())
        raise DataError(f"{where} row {row_of[bad] + 2}: ticker is empty; the name of a firm is needed")
    repeated = table.duplicated(["date", "ticker"])
    if repeated.any():
        bad = int(repeated.to_numpy().argmax())
        row = table.iloc[bad]
        raise DataError(
            f"{where} row {row_of[bad] + 2}: {plain(row['ticker'])} has two returns on {row['date']}; one a day is allowed"
        )
    weekend = days.dt.dayofweek.to_numpy() >= 5
    if weekend.any():
        bad = int(weekend.argmax())
        name = "Saturday" if days.iloc[bad].dayofweek == 5 else "Sunday"
        raise DataError(
            f"{where} row {row_of[bad] + 2}: {table['date'].iloc[bad]} is a {name}; returns belong to trading days"
        )
    typical = float(values.abs()[values != 0].median()) if (values != 0).any() else 0.0
    if not sized and column == "return_pct" and 0 < typical < 0.08:
        raise DataError(
            f"{where}: return_pct looks like fractions (half of its returns are below {typical:.3g}); "
            "percent are needed: 1.5 for one and a half percent, or name the column return"
        )
    if not sized and column == "return" and typical > 0.2:
        raise DataError(
            f"{where}: return looks like percent (half of its returns are above {typical:.3g}); "
            "fractions are needed: 0.015 for one and a half percent, or name the column return_pct"
        )
    percent = values * (PERCENT if column == "return" else 1.0)
    wild = (percent.to_numpy() <= -PERCENT) | (percent.to_numpy() > _ABSOLUTE_LIMIT)
    suspect = split_suspects(np.asarray(percent, dtype=np.float64) / PERCENT) | wild
    if suspect.any():
        bad = int(suspect.argmax())
        row = table.iloc[bad]
        raise DataError(
            f"{where} row {row_of[bad] + 2}: {plain(row['ticker'])} returns {percent.iloc[bad]:.4g} percent on {row['date']}, which looks "
            "like a split left in; returns from split-adjusted prices are needed"
        )
    result = pd.DataFrame({"date": table["date"].astype(str), "ticker": table["ticker"].astype(str)})
    result["return_pct"] = percent
    if "group" in table:
        result["group"] = table["group"].astype(str).str.strip()
    return result


def with_known_tickers(own: pd.DataFrame, known: Iterable[str], *, where: str) -> pd.DataFrame:
    """Return a user's returns with `known` tickers in the case that the report writes them: ``nvda`` is NVDA.

    Raises
    ------
    DataError
        If a firm has two returns on a day under two spellings.
    """
    spelled = {name.upper(): name for name in known}
    tickers = own["ticker"].map(lambda name: spelled.get(name.upper(), name))
    repeated = pd.DataFrame({"date": own["date"], "ticker": tickers}).duplicated()
    if repeated.any():
        bad = int(repeated.to_numpy().argmax())
        raise DataError(
            f"{where} row {bad + 2}: {plain(own['ticker'].iloc[bad])} has two returns on {own['date'].iloc[bad]} "
            f"({plain(tickers.iloc[bad])} is the same firm); one a day is allowed"
        )
    return own.assign(ticker=tickers)
