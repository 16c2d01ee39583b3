"""Lists of events: the report's releases, or a user's own file with the same columns, set on the sessions of a panel.

A row is an event: the session on which it could first be traded, its title, its kind. A list has one event a session and kind,
since one day is one observation.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from deepseek_era.errors import DataError, nearest, plain, shown
from deepseek_era.market.returns import Days, own_text
from deepseek_era.model import Model
from deepseek_era.places import ROOT
from deepseek_era.tables import cells

KINDS: dict[str, str] = {
    "open-weights": "Open weights",
    "closed-frontier": "Closed frontier",
    "efficiency-claim": "Efficiency claim",
    "price-cut": "Price cut",
    "price-rise": "Price rise",
    "policy": "Export policy",
    "demand-news": "News of demand",
    "chip-rival": "Rival chips",
    "agent-product": "Agent product",
}
"""Kinds of events and their names for print."""
NEEDED = ("first_session", "title", "kind")
_NO_MEAN = ("S", "X")
COLUMNS = [
    *["event_id", "first_session", "title", "actor", "kind", "rule"],
    *["in_mean", "deepseek", "clean", "log_cut"],
]


def events_path(name: str) -> Path:
    """Return the path of a user's list of events; a relative one lies under the project."""
    try:
        return ROOT / Path(name).expanduser()
    except RuntimeError:
        raise DataError(f"events_file: no file {plain(name, 200)}") from None


def read_own_events(name: str) -> pd.DataFrame:
    """Return the events in the file that ``events_file`` names, checked row by row; columns `COLUMNS`.

    Raises
    ------
    DataError
        In one line, if the file is missing or no table, lacks a column or rows, or a row is wrong: no date, a weekend, an unknown
        kind, a session and kind, or an id, for the second time.
    """
    path = events_path(name)
    text = own_text(path, "events_file", name)
    where = plain(path.name)
    return check_events(cells(text, where, max(",;\t", key=text.split("\n", 1)[0].count)), where=where)


def check_events(table: pd.DataFrame, *, where: str) -> pd.DataFrame:
    """Return a list of events as the study takes it, columns `COLUMNS`; see `read_own_events` for what is refused.

    Of the columns only `NEEDED` must be there. Without `rule` every event enters its kind's mean; without `clean_day0` an event is
    clean if no other of the list is on its session; without `log_cut` no price cut is known.
    """
    table = table.rename(columns=lambda name: str(name).strip().lower())
    for needed in NEEDED:
        if needed not in table:
            raise DataError(
                f"{where}: column {needed} is missing; saw {shown(', '.join(table.columns))}, allowed: at least "
                f"{', '.join(NEEDED)}{nearest(needed, table.columns)}"
            )
    if table.empty:
        raise DataError(f"{where}: no rows, allowed: one for each event")
    table = table.apply(lambda column: column.astype(str).str.strip())
    _check_days(table, where)
    odd = ~table["kind"].isin(list(KINDS))
    if odd.any():
        row, seen = _first(table, odd, "kind")
        raise DataError(
            f"{where} row {row}, column kind: saw {shown(seen)}, allowed: {' | '.join(KINDS)}{nearest(seen, KINDS)}"
        )
    nameless = table["title"] == ""
    if nameless.any():
        raise DataError(
            f"{where} row {_first(table, nameless, 'title')[0]}, column title: saw nothing, allowed: words"
        )
    for key, words in (
        (["first_session", "kind"], "one event a session and kind"),
        (["event_id"], "each id once"),
    ):
        if set(key) <= set(table) and table.duplicated(key).any():
            again = table.duplicated(key)
            row = _first(table, again, key[0])[0]
            same = table[(table[key] == table.loc[again, key].iloc[0]).all(axis=1)]
            raise DataError(
                f"{where} row {row}: saw {', '.join(shown(v) for v in same[key].iloc[0])} for the second time, first in row "
                f"{int(same.index[0]) + 2} ({plain(same['title'].iloc[0])}), allowed: {words}"
            )
    return _finished(table, where)


def _first(table: pd.DataFrame, bad: pd.Series, column: str) -> tuple[int, str]:
    """Return the row in the file of the first bad cell, and the cell."""
    position = int(bad.to_numpy().argmax())
    return position + 2, str(table[column].iloc[position])


def _check_days(table: pd.DataFrame, where: str) -> None:
    text = table["first_session"]
    iso = text.str.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
    days = pd.to_datetime(text.where(iso), format="%Y-%m-%d", errors="coerce")
    if days.isna().any():
        row, seen = _first(table, days.isna(), "first_session")
        raise DataError(
            f"{where} row {row}, column first_session: saw {shown(seen)}, allowed: a date YYYY-MM-DD"
        )
    weekend = days.dt.dayofweek >= 5
    if weekend.any():
        row, seen = _first(table, weekend, "first_session")
        day = dt.date.fromisoformat(seen)
        name = "Saturday" if day.weekday() == 5 else "Sunday"
        friday, monday = day - dt.timedelta(day.weekday() - 4), day + dt.timedelta(7 - day.weekday())
        raise DataError(
            f"{where} row {row}, column first_session: saw {shown(seen)}, a {name}, allowed: a session (nearest: {friday} or {monday})"
        )


def _numbers(table: pd.DataFrame, column: str, where: str) -> pd.Series:
    text = table[column]
    found = pd.to_numeric(text.where(text != ""), errors="coerce").astype("float64")
    bad = (found.isna() & (text != "")) | np.isinf(found)
    if bad.any():
        row, seen = _first(table, bad, column)
        raise DataError(
            f"{where} row {row}, column {column}: saw {shown(seen)}, allowed: a number or nothing"
        )
    return found


def _finished(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the checked list with the columns that the study reads."""
    blank = pd.Series("", index=table.index)
    alone = ~table.duplicated("first_session", keep=False)
    clean = alone
    if "clean_day0" in table:
        clean = _numbers(table, "clean_day0", where).eq(1) & alone
    rule = table.get("rule", blank)
    found = pd.DataFrame(
        {
            "event_id": table.get(
                "event_id", pd.Series([f"E{k + 1:03d}" for k in range(len(table))], table.index)
            ),
            "first_session": table["first_session"],
            "title": table["title"],
            "actor": table.get("actor", blank),
            "kind": table["kind"],
            "rule": rule,
            "in_mean": ~rule.isin(_NO_MEAN),
            "deepseek": _numbers(table, "is_deepseek", where).eq(1) if "is_deepseek" in table else False,
            "clean": clean,
            "log_cut": _numbers(table, "log_cut", where) if "log_cut" in table else np.nan,
        }
    )
    return found.sort_values(["first_session", "event_id"], kind="stable")


def releases(model: Model) -> pd.DataFrame:
    """Return the report's own list of the events that were public at the vintage; columns `COLUMNS`."""
    table = model.facts.table("releases").astype(str)
    cuts = model.facts.table("release_price_cuts").set_index("event_id")["log_cut"]
    table["log_cut"] = table["event_id"].map(cuts).map(lambda cut: "" if pd.isna(cut) else repr(float(cut)))
    return check_events(table, where="data/releases.csv")


def on_sessions(events: pd.DataFrame, dates: Days, *, where: str) -> pd.DataFrame:
    """Return a list of events with `day`, the row of each one's session on a calendar.

    Raises
    ------
    DataError
        In one line, for an event outside the returns or on a day without trading; the row is that of the file.
    """
    days = events["first_session"].to_numpy(dtype="datetime64[D]")
    if not len(days):
        return events.assign(day=np.array([], dtype=np.int64))
    row = np.searchsorted(dates, days)
    there = (row < len(dates)) & (dates[np.minimum(row, len(dates) - 1)] == days)
    if not there.all():
        position = int((~there).argmax())
        seen = events["first_session"].iloc[position]
        inside = bool(dates[0] <= days[position] <= dates[-1])
        near = dates[np.argmin(np.abs((dates - days[position]).astype(np.int64)))]
        raise DataError(
            f"{where} row {int(events.index[position]) + 2}, column first_session: saw {shown(seen)}, "
            f"{'a day without trading' if inside else 'outside the returns'}, allowed: a session of the returns, {dates[0]} to "
            f"{dates[-1]} (nearest: {near})"
        )
    return events.assign(day=row.astype(np.int64))
