"""The usual shapes of a file of returns or prices, brought into one: a row for a firm and a day, with its return.

Taken are

- a row for a firm and a day (``date,ticker,return_pct`` or ``return``), as before, with a price column in place of the return too;
- one firm's prices as data vendors export them (``Date,Open,High,Low,Close,Adj Close,Volume``): the firm is the file's name;
- a column for each firm, returns or prices, which is told from the values, and the three header rows that yfinance writes.

Prices become returns from one day of the file to the next, of the adjusted close where there is one. A day without a price leaves a
gap on both of its sides, which the study refuses. Days may be written ``2025-01-27`` (a time after it is dropped), ``20250127``,
``01/27/2025`` or ``Jan 27, 2025``.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from deepseek_era.errors import DataError, plain, shown

DATE_NAMES = ("date", "day", "datetime", "timestamp", "time", "<date>", "")
TICKER_NAMES = ("ticker", "symbol", "<ticker>")
PRICE_NAMES: tuple[str, ...] = (
    *("adj close", "adj_close", "adjclose", "adj. close", "adjusted close", "adjusted_close"),
    *("close", "close*", "close/last", "<close>", "price", "last"),
)
"""Columns of prices, the adjusted before the plain ones."""
_OTHERS: tuple[str, ...] = (
    *("open", "high", "low", "volume", "vol.", "change %", "dividends", "stock splits", "capital gains"),
    *("<open>", "<high>", "<low>", "<vol>", "<openint>", "<per>", "<time>", "turnover", "currency"),
)
_RETURNS = ("return_pct", "return")
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_EMPTY = ("", "-", "–", "na", "n/a", "nan", "null", "none", ".")
_PERCENT_FROM, _FRACTION_TO = 0.2, 0.08
"""Half of daily returns are larger than a fifth of a percent, and smaller than 8 % written as a fraction."""


def tidy(table: pd.DataFrame, *, where: str, firm: str) -> pd.DataFrame:
    """Return a table as it was read, brought to the columns ``date``, ``ticker`` and ``return_pct`` or ``return``.

    A table of no usual shape is returned as it is, for its reader to refuse. The index tells the row of the file, counted from 0 below the header. `firm` names the firm of a file that names none.

    Raises
    ------
    DataError
        In one line: days or prices that cannot be read, a day twice, columns of which nobody can tell whether they are
        returns in percent, in fractions, or prices.
    """
    table = _one_header(table)
    names = [str(c).strip().lower().lstrip("\ufeff") for c in table.columns]
    if len(set(names)) < len(names):
        return table  # said by the reader
    date = next((n for n in DATE_NAMES if n in names), None)
    if date is None or table.empty:
        return table
    table = table.set_axis(
        [n if n in _known() else str(c).strip() for n, c in zip(names, table.columns, strict=True)], axis=1
    )
    table = table.rename(columns={date: "date"})
    table["date"] = _days(table["date"])
    ticker = next((n for n in TICKER_NAMES if n in table), None)
    table = table.rename(columns={ticker: "ticker"}) if ticker else table
    price = next((n for n in PRICE_NAMES if n in table), None)
    if any(name in table for name in _RETURNS):
        return table
    if ticker and price:
        _check_days(table["date"], where)
        return _from_prices(table, price, where)
    if ticker:
        return table
    firms = [c for c in table.columns if c != "date" and c.lower() not in (*PRICE_NAMES, *_OTHERS)]
    if bool(firms) == bool(price):  # nothing to read, or both: the reader says what it expects
        return table
    _check_days(table["date"], where)
    if price:
        return _from_prices(table.assign(ticker=firm), price, where)
    return _from_columns(table, firms, where)


def _check_days(days: pd.Series, where: str) -> None:
    """Refuse a cell that is no day, by its row in the file, before rows are put in order."""
    bad = pd.to_datetime(days, format="%Y-%m-%d", errors="coerce").isna()
    if bad.any():
        position = int(bad.to_numpy().argmax())
        raise DataError(
            f"{where} row {int(days.index[position]) + 2}: date is {shown(days.iloc[position])}; a date YYYY-MM-DD is needed"
        )


def _known() -> set[str]:
    return {*DATE_NAMES, *TICKER_NAMES, *PRICE_NAMES, *_OTHERS, *_RETURNS, "group"}


def _one_header(table: pd.DataFrame) -> pd.DataFrame:
    """Return a download of yfinance with one header: its tickers, over the adjusted or else the plain close."""
    if (
        len(table) < 3
        or str(table.columns[0]).lower() != "price"
        or str(table.iloc[0, 0]).lower() != "ticker"
    ):
        return table
    fields = [str(c).lower() for c in table.columns]
    field = next((n for n in PRICE_NAMES if n in fields), None)
    if field is None:
        return table
    places = [k for k, name in enumerate(fields) if name == field]
    made = table.iloc[:, [0, *places]].set_axis(["date", *(str(table.iloc[0, k]) for k in places)], axis=1)
    below = 2 if str(table.iloc[1, 0]).lower() in DATE_NAMES else 1
    return made.iloc[below:]


def _days(cells: pd.Series) -> pd.Series:
    """Return days as ISO text; what is no day stays as it is, for the reader to refuse."""
    text = cells.astype(str).str.strip()
    text = text.mask(text.str.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].*"), text.str[:10])
    compact = text.str.fullmatch(r"(19|20)[0-9]{6}")
    text = text.mask(compact, text.str[:4] + "-" + text.str[4:6] + "-" + text.str[6:8])
    slashed = text.str.fullmatch(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}")
    # the month stands first, as the exchanges of these firms write it; a first part above 12 would make it no date
    for rows, form in (
        (slashed, "%m/%d/%Y"),
        (text.str.fullmatch(r"[A-Za-z]{3} [0-9]{1,2}, [0-9]{4}"), "%b %d, %Y"),
    ):
        if rows.any():
            read = pd.to_datetime(text.where(rows), format=form, errors="coerce").dt.strftime("%Y-%m-%d")
            text = text.mask(rows & read.notna(), read)
    return text


def _numbers(cells: pd.Series, column: str, where: str) -> pd.Series:
    """Return the numbers of a column, NaN where a cell is empty; signs of currency, percent and thousands are dropped."""
    text = (
        cells.astype(str)
        .str.strip()
        .str.replace("\u2212", "-", regex=False)
        .str.removeprefix("$")
        .str.removesuffix("%")
    )
    grouped = text.str.fullmatch(_THOUSANDS)
    text = text.mask(grouped, text.str.replace(",", "", regex=False))
    empty = text.str.lower().isin(_EMPTY)
    found = pd.to_numeric(text.where(~empty), errors="coerce").astype("float64")
    bad = (found.isna() & ~empty) | np.isinf(found)
    if bad.any():
        position = int(bad.to_numpy().argmax())
        seen = str(cells.iloc[position]).strip()
        hint = (
            f" (a decimal comma? write {seen.replace(',', '.')})"
            if re.fullmatch(r"-?[0-9]+,[0-9]+", seen)
            else ""
        )
        raise DataError(
            f"{where} row {int(cells.index[position]) + 2}, column {plain(column)}: saw {shown(seen)}, allowed: a number{hint}"
        )
    return found


def _wide(long: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return prices, a row a day and a column a firm, in the order of days."""
    twice = long.duplicated(["date", "ticker"])
    if twice.any():
        row = long[twice].iloc[0]
        raise DataError(
            f"{where} row {int(long.index[twice][0]) + 2}: {plain(row['ticker'])} has two prices on {plain(row['date'])}; one a day is allowed"
        )
    return long.pivot_table(index="date", columns="ticker", values="price", sort=True)


def _melted(wide: pd.DataFrame, rows: pd.Series, column: str) -> pd.DataFrame:
    """Return a table of returns in long form, each with the row of the file that its day stands in."""
    long = (
        wide.rename_axis(index="date", columns="ticker").reset_index().melt(id_vars="date", value_name=column)
    )
    long = long.dropna(subset=column)
    return long.set_index(long["date"].map(rows).to_numpy())


def _from_prices(table: pd.DataFrame, price: str, where: str) -> pd.DataFrame:
    long = table[["date", "ticker"]].assign(price=_numbers(table[price], price, where)).dropna(subset="price")
    return _returns_of(_wide(long, where), _rows(table), table, where)


def _rows(table: pd.DataFrame) -> pd.Series:
    days = ~table["date"].duplicated()
    return pd.Series(table.index[days], index=table.loc[days, "date"])


def _returns_of(prices: pd.DataFrame, rows: pd.Series, table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the returns of prices, fractions, with the groups of the table if it names them."""
    bad = (prices <= 0).to_numpy()
    if bad.any():
        day, firm = (int(k) for k in np.argwhere(bad)[0])
        raise DataError(
            f"{where} row {int(rows[prices.index[day]]) + 2}: {plain(prices.columns[firm])} has the price "
            f"{float(prices.to_numpy()[day, firm]):g}, allowed: above 0"
        )
    if len(prices) < 2:
        raise DataError(f"{where}: saw the prices of {len(prices)} day, allowed: at least two, for a return")
    found = _melted(prices / prices.shift(1) - 1, rows, "return")
    if "group" in table:
        named = table.drop_duplicates("ticker").set_index("ticker")["group"]
        found["group"] = found["ticker"].map(named)
    return found


def _from_columns(table: pd.DataFrame, firms: list[str], where: str) -> pd.DataFrame:
    """Return a table with a column for each firm in long form; whether it holds prices or returns is told from the values."""
    twice = table["date"].duplicated()
    if twice.any():
        raise DataError(
            f"{where} row {int(table.index[twice.to_numpy()][0]) + 2}: the day {plain(table.loc[twice, 'date'].iloc[0])} stands there twice; once is allowed"
        )
    wide = pd.DataFrame({c: _numbers(table[c], c, where) for c in firms}).set_axis(table["date"]).sort_index()
    rows = _rows(table)
    if _are_prices(wide):
        return _returns_of(wide, rows, table, where)
    size = np.abs(wide.to_numpy())
    typical = float(np.median(size[np.isfinite(size) & (size > 0)])) if (size > 0).any() else 0.0
    if typical >= _PERCENT_FROM or typical == 0:
        return _melted(wide, rows, "return_pct")
    if typical <= _FRACTION_TO and len(wide) > 1:
        return _melted(wide, rows, "return")
    raise DataError(
        f"{where}: half of its numbers are below {typical:.3g}, so that percent and fractions cannot be told apart, allowed: a row for a "
        "firm and a day with a column named return_pct or return"
    )


def _are_prices(wide: pd.DataFrame) -> bool:
    """Return whether a table holds prices: all above 0, and no day's like the change to the next."""
    values = wide.to_numpy(dtype=np.float64)
    if len(wide) < 2 or not (values[np.isfinite(values)] > 0).all():
        return False
    with np.errstate(invalid="ignore", divide="ignore"):
        changes = np.abs(np.diff(np.log(values), axis=0))
    changes = changes[np.isfinite(changes)]
    return bool(len(changes)) and float(np.median(changes)) < _PERCENT_FROM
