"""Load and check the tables under ``data/``; nothing else in the package reads them.

Every table is declared in ``data/datapackage.json`` (a Data Package): columns, types, units, keys, sources.
A row that breaks its declaration stops the load with one line that says where and what.

- A fact carries `as_of`, the day it was public. `Facts` hides rows from after its vintage.
- Tables of the group ``outcomes`` (what came true) are refused by `load`: only the scorecard opens them.
- A correction is a row of ``corrections.csv`` and is applied here; the fact's own row is never edited.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import datetime as dt
import functools
import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

from deepseek_era import reads, witness
from deepseek_era.errors import DataError, ParameterError, nearest, plain, shown
from deepseek_era.places import ROOT as ROOT  # where most modules take it from
from deepseek_era.places import data_dir

# pandas keeps text by pyarrow where that is installed, and rows that are equal then sort otherwise: a report may not
# depend on it
pd.options.mode.string_storage = "python"

T = TypeVar("T")

ARTICLE_VINTAGE = dt.date(2025, 1, 31)
CORRECTION_COLUMNS = ["table", "key", "column", "old", "new", "why", "source_id", "as_of"]
LARGEST_BYTES = 100_000_000  # of one table; the largest here has 1.2 million
LARGEST_WHOLE = 2**53  # beyond it a float no longer holds every whole number
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FILE = re.compile(r"[a-z0-9_]+\.csv")
_INFINITE = [sign + word for sign in ("", "+", "-") for word in ("inf", "infinity")]


def _package(folder: Path) -> dict[str, dict[str, Any]]:
    return _package_at(folder, _stamp(folder, "datapackage.json"))[0]


def _collected_to(folder: Path) -> str:
    """Return the day to which facts were looked for, as declared; nothing where none is."""
    return _package_at(folder, _stamp(folder, "datapackage.json"))[1]


@functools.lru_cache(maxsize=4)
def _package_at(folder: Path, stamp: tuple[int, int]) -> tuple[dict[str, dict[str, Any]], str]:
    del stamp
    path = folder / "datapackage.json"
    try:
        with witness.unwatched():
            package = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DataError(f"data: {path.name} is missing in {plain(folder, 200)}") from None
    except json.JSONDecodeError as error:
        raise DataError(f"data: {path.name} line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError, OSError) as error:
        raise DataError(f"data: {path.name}: cannot be read ({type(error).__name__})") from None
    resources = package.get("resources") if isinstance(package, dict) else None
    if not isinstance(resources, list) or not resources:
        raise DataError(f"data: {path.name}: allowed: an object with a list of resources")
    for number, resource in enumerate(resources, start=1):
        wrong = _misdeclared(resource)
        if wrong:
            raise DataError(f"data: {path.name}, resource {number}: {wrong}")
    listed = package.get("scenarios", [])
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise DataError(f"data: {path.name}: scenarios: saw {shown(listed)}, allowed: a list of names")
    collected = package.get("collected_to", "")
    if collected != "" and (not isinstance(collected, str) or not _is_day(collected)):
        raise DataError(
            f"data: {path.name}: collected_to: saw {shown(collected)}, allowed: a day as 2026-01-31"
        )
    return {resource["name"]: resource for resource in resources}, collected


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _texts(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))


def _misdeclared(resource: Any) -> str:
    """Return what is wrong with a declaration, as far as the loader leans on it; '' if nothing is."""
    if not isinstance(resource, dict):
        return f"saw {shown(resource)}, allowed: an object"
    name = resource.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9_]+", name):
        return f"name: saw {shown(name)}, allowed: small letters, digits and _"
    path = resource.get("path", f"{name}.csv")
    if not isinstance(path, str) or not _FILE.fullmatch(path):
        return f"path: saw {shown(path)}, allowed: a file name such as {name}.csv"
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    if not isinstance(schema, dict) or not isinstance(fields, list) or not fields:
        return f"table {name} has no schema with fields"
    for field in fields:
        if not isinstance(field, dict) or not isinstance(field.get("name"), str):
            return f"table {name}: saw field {shown(field)}, allowed: an object with a name"
        if not isinstance(field.get("constraints", {}), dict):
            return f"table {name}, field {plain(field['name'])}: constraints are no object"
        wrong = _misconstrained(field.get("constraints", {}))
        if wrong:
            return f"table {name}, field {plain(field['name'])}: {wrong}"
    columns = {field["name"] for field in fields}
    key = schema.get("primaryKey", [])
    if not _texts(key) or not columns.issuperset([key] if isinstance(key, str) else key):
        return f"table {name}: primaryKey {shown(key)} names no columns of it"
    for kind in ("foreignKeys", "listKeys"):
        for foreign in schema.get(kind) or ():
            reference = foreign.get("reference") if isinstance(foreign, dict) else None
            if not isinstance(reference, dict) or not all(
                _texts(part) and part
                for part in (
                    foreign.get("fields"),
                    reference.get("fields"),
                    reference.get("resource", "x") or "x",
                )
            ):
                return f"table {name}: {kind}: saw {shown(foreign)}, allowed: fields and a reference"
    return ""


def _misconstrained(limits: dict[str, Any]) -> str:
    for limit in ("minimum", "maximum"):
        value = limits.get(limit, 0)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{limit}: saw {shown(value)}, allowed: a number"
    if not isinstance(limits.get("enum", []), list):
        return f"enum: saw {shown(limits['enum'])}, allowed: a list"
    try:
        re.compile(limits.get("pattern", ""))
    except (re.error, TypeError, RecursionError):
        return f"pattern: saw {shown(limits['pattern'])}, allowed: a regular expression"
    return ""


def declared() -> dict[str, dict[str, Any]]:
    """Return the declaration of every table, keyed by name."""
    return _package(data_dir())


def listed_scenarios() -> list[str]:
    """Return the names of the scenarios that a report prints beside the one in use: ``scenarios`` of the package."""
    declared()  # in one line, if it is not right
    with witness.unwatched():
        package = json.loads((data_dir() / "datapackage.json").read_text(encoding="utf-8-sig"))
    return list(package.get("scenarios", []))


def _fail(table: str, frame: pd.DataFrame, bad: pd.Series, column: str, allowed: str) -> None:
    if not bad.any():
        return
    position = int(bad.to_numpy().argmax())
    seen = shown(frame[column].iloc[position])
    more = f" (and {int(bad.sum()) - 1} more)" if bad.sum() > 1 else ""
    raise DataError(
        f"data/{table}.csv row {position + 2}, column {column}: saw {seen}, allowed: {allowed}{more}"
    )


def _typed(table: str, frame: pd.DataFrame, field: dict[str, Any]) -> pd.Series:
    """Return a column in its declared type, or stop at the first cell that does not fit."""
    name, kind = field["name"], field.get("type", "string")
    limits = field.get("constraints", {})
    text = frame[name]
    written = set(text.tolist())  # each way of writing a cell is looked at once
    present = written - {""}

    def refuse(fits: Callable[[str], object], allowed: str) -> None:
        wrong = {cell for cell in present if not fits(cell)}
        if wrong:
            _fail(table, frame, text.isin(wrong), name, allowed)

    if limits.get("required") and "" in written:
        _fail(table, frame, text == "", name, "a value (none is missing in this column)")
    if kind in ("number", "integer"):
        # pandas alone would also take hexadecimal, "True" and the digits of other scripts
        refuse(lambda cell: _NUMBER.fullmatch(cell) or cell.strip().lower() in _INFINITE, f"a {kind}")
        numbers = pd.to_numeric(text.where(text != "") if "" in written else text, errors="coerce")
        numbers = numbers.astype("float64")
        found = numbers.to_numpy()
        broken = [(np.isinf(found), "a finite number")]
        if kind == "integer":
            with np.errstate(invalid="ignore"):
                broken.append((~np.isnan(found) & (found % 1 != 0), "a whole number"))
            broken.append((np.abs(found) > LARGEST_WHOLE, f"a whole number up to {LARGEST_WHOLE}"))
        for limit, beyond in (("minimum", np.less), ("maximum", np.greater)):
            if limit in limits:
                broken.append((beyond(found, limits[limit]), f"{limit} {limits[limit]}"))
        for bad, allowed in broken:
            if bad.any():
                _fail(table, frame, pd.Series(bad, index=frame.index), name, allowed)
        return numbers.astype("int64") if kind == "integer" and "" not in written else numbers
    if kind == "boolean":
        known = {"true": True, "false": False}
        refuse(lambda cell: cell.lower() in known, "true or false")
        return text.str.lower().map(known)
    if kind == "date":
        refuse(_ISO.fullmatch, "a date YYYY-MM-DD")
        refuse(_in_calendar, "a date of the calendar")
    if "enum" in limits:
        options = [str(v) for v in limits["enum"]]
        refuse(set(options).__contains__, " | ".join(options))
    if "pattern" in limits:
        refuse(re.compile(limits["pattern"]).fullmatch, f"pattern {limits['pattern']}")
    return text


def _in_calendar(cell: str) -> bool:
    try:
        dt.date.fromisoformat(cell)
    except ValueError:
        return False
    return True


def _text_of(path: Path, table: str) -> str:
    """Return the text of a table's file: UTF-8, a byte-order mark dropped, no control characters."""
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise DataError(f"data/{table}.csv has {size:,} bytes, allowed: up to {LARGEST_BYTES:,}")
        with witness.unwatched():  # what it depends on is told by reads, table for table
            content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"data/{table}.csv is missing; datapackage.json declares it") from None
    except OSError as error:
        raise DataError(f"data/{table}.csv cannot be read ({error.strerror})") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"data/{table}.csv row {line}: byte 0x{content[error.start]:02X}, not UTF-8 text"
        ) from None


def cells(text: str, where: str, separator: str = ",") -> pd.DataFrame:
    """Return the cells of a CSV text as they stand there, one row a record, with its header for columns.

    Raises
    ------
    DataError
        In one line that begins with `where`: quotes left open, a row not as long as the header, a control character.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
    except csv.Error as error:
        raise DataError(f"{where} row {len(rows) + 1}: {error}") from None
    while rows and not rows[-1]:
        rows.pop()
    if not rows or rows[0] in ([], [""]):
        raise DataError(f"{where} is empty; its header row is missing")
    header = [name.strip() for name in rows[0]]
    for position, row in enumerate(rows[1:]):
        if not row and len(header) == 1:
            row.append("")
        if len(row) < len(header):
            missing = header[len(row)]
            raise DataError(
                f"{where} row {position + 2}, column {plain(missing)}: no cell; saw {len(row)} cells, "
                f"allowed: {len(header)}"
            )
        if len(row) > len(header):
            raise DataError(
                f"{where} row {position + 2}: saw {len(row)} cells, allowed: {len(header)}, the first too many "
                f"is {shown(row[len(header)])}"
            )
    if _CONTROL.search(text):
        for number, row in enumerate(rows, start=1):
            for name, cell in zip(header, row, strict=True):
                sign = _CONTROL.search(cell)
                if sign:
                    raise DataError(
                        f"{where} row {number}, column {plain(name)}: control character "
                        f"U+{ord(sign.group()):04X}, allowed: text"
                    )
    return pd.DataFrame(rows[1:], columns=pd.Index(header, dtype="str"), dtype="str")


def _read(path: Path, table: str, fields: list[str]) -> pd.DataFrame:
    return _declared_only(cells(_text_of(path, table), f"data/{table}.csv"), table, fields)


def _declared_only(frame: pd.DataFrame, table: str, fields: list[str]) -> pd.DataFrame:
    """Return the frame if its columns are those declared."""
    missing = [f for f in fields if f not in frame.columns]
    unknown = [c for c in frame.columns if c not in fields]
    if missing:
        header = str(frame.columns[0])
        other = next((s for s in (";", "\t", "|") if len(frame.columns) == 1 and s in header), "")
        hint = f" (cells are separated by {other!r}, allowed: ',')" if other else nearest(missing[0], unknown)
        raise DataError(
            f"data/{table}.csv: column {missing[0]} is missing; saw {shown(', '.join(frame.columns))}{hint}"
        )
    if unknown:
        raise DataError(
            f"data/{table}.csv: column {plain(unknown[0])} is not declared{nearest(unknown[0], fields)}"
        )
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError(f"data/{table}.csv: column {twice[0]} stands there twice; once is allowed")
    return frame


def split_ids(cell: str) -> list[str]:
    """Return the ids of a ``;``-separated cell."""
    return [part.strip() for part in cell.split(";") if part.strip()]


def key_of(schema: dict[str, Any]) -> list[str]:
    """Return the columns of the primary key that a schema declares; none where it declares none."""
    key = schema.get("primaryKey", [])
    return [key] if isinstance(key, str) else list(key)


def joined_keys(frame: pd.DataFrame, key: list[str]) -> pd.Series:
    """Return the key of each row as one text, ``;``-separated as in ``corrections.csv``."""
    first, *others = key
    joined = frame[first].astype(str)
    for column in others:
        joined = joined + ";" + frame[column].astype(str)
    return joined


def _known_keys(folder: Path, table: str, column: str) -> frozenset[str]:
    return _keys_in(_text_of(folder / f"{table}.csv", table), table, column)


@functools.lru_cache(maxsize=16)
def _keys_in(text: str, table: str, column: str) -> frozenset[str]:
    """Return the cells of a column, read once for all the tables that refer to it."""
    frame = cells(text, f"data/{table}.csv")
    if column not in frame.columns:
        raise DataError(
            f"data/{table}.csv: column {column} is missing; saw {shown(', '.join(frame.columns))}"
        )
    return frozenset(frame.loc[:, frame.columns == column].iloc[:, 0])


def _references(table: str, schema: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return what a table's keys refer to: the other table, its column, and the column here."""
    found = []
    for foreign in [*schema.get("foreignKeys", []), *schema.get("listKeys", [])]:
        there, here = foreign["reference"]["fields"], foreign["fields"]
        field, column = (names if isinstance(names, str) else names[0] for names in (there, here))
        found.append((foreign["reference"]["resource"] or table, field, column))
    return found


def _check_keys(folder: Path, table: str, frame: pd.DataFrame, schema: dict[str, Any]) -> None:
    key = key_of(schema)
    if key:
        repeated = frame.duplicated(key)
        if repeated.any():
            position = int(repeated.to_numpy().argmax())
            seen = ", ".join(f"{k}={shown(frame[k].iloc[position])}" for k in key)
            raise DataError(
                f"data/{table}.csv row {position + 2}: duplicate key {seen}; a key may occur once"
            )
    for target, field, column in _references(table, schema):
        known = _known_keys(folder, target, field)
        cells_here = frame[column].astype(str)
        if known.issuperset(value for cell in set(cells_here) for value in split_ids(cell)):
            continue
        for position, cell in enumerate(cells_here):
            for value in split_ids(cell):
                if value not in known:
                    raise DataError(
                        f"data/{table}.csv row {position + 2}, column {column}: unknown id {shown(value)}, "
                        f"allowed: an id of {target}.csv{nearest(value, known)}"
                    )


@functools.lru_cache(maxsize=4)
def _corrections(text: str) -> pd.DataFrame:
    """Return the rows of corrections, read once for all tables; nobody may change them."""
    return _declared_only(cells(text, "data/corrections.csv"), "corrections", CORRECTION_COLUMNS)


def _correct(folder: Path, table: str, frame: pd.DataFrame, schema: dict[str, Any]) -> pd.DataFrame:
    """Return the frame with the rows of ``corrections.csv`` that name this table applied."""
    path = folder / "corrections.csv"
    if table == "corrections" or not path.exists():
        return frame
    corrections = _corrections(_text_of(path, "corrections"))
    ours = corrections[corrections["table"] == table]
    if ours.empty:
        return frame
    key = key_of(schema)
    places: dict[tuple[str, ...], list[int]] = {}
    for at, cell in enumerate(zip(*(frame[name].tolist() for name in key), strict=True)):
        places.setdefault(cell, []).append(at)
    for position, row in zip(ours.index, ours.to_dict("records"), strict=True):
        wanted = split_ids(row["key"])
        # a key that is too short fits all rows that begin with it, one that is too long those that it begins with
        found = (
            [at for cell, rows in places.items() if all(map(str.__eq__, cell, wanted)) for at in rows]
            if len(wanted) != len(key)
            else places.get(tuple(wanted), [])
        )
        place = f"data/corrections.csv row {int(str(position)) + 2}"
        if len(found) != 1 or len(wanted) != len(key):
            raise DataError(
                f"{place}: key {shown(row['key'])} names {len(found)} rows of data/{table}.csv, allowed: 1"
            )
        if row["column"] not in frame.columns:
            raise DataError(
                f"{place}: no column {plain(row['column'])} in data/{table}.csv{nearest(row['column'], frame.columns)}"
            )
        column = list(frame.columns).index(row["column"])
        seen = frame.iloc[found[0], column]
        if seen != row["old"]:
            raise DataError(f"{place}: old is {shown(row['old'])}, but data/{table}.csv holds {shown(seen)}")
        frame.iloc[found[0], column] = row["new"]
    return frame


_held: dict[object, Any] = {}
_holding = 0


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Take the tables for what they are when they are first asked for, until the end: no file is looked at twice."""
    global _holding
    _holding += 1
    try:
        yield
    finally:
        _holding -= 1
        if not _holding:
            _held.clear()


def _once_while_held(key: object, look: Callable[[], T]) -> T:
    if not _holding:
        return look()
    if key not in _held:
        _held[key] = look()
    return cast("T", _held[key])


def _stamp(folder: Path, name: str) -> tuple[int, int]:
    """Return what changes when a file does, so that an editor's change is read again in the same session."""
    return _once_while_held((folder, name), lambda: _looked_at(folder, name))


def _looked_at(folder: Path, name: str) -> tuple[int, int]:
    try:
        # some dozens are asked for, and paths take longer to join than a file to look at
        status = os.stat(f"{folder}/{name}")  # noqa: PTH116
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


def _checked(folder: Path, table: str) -> pd.DataFrame:
    stamps = tuple(_stamp(folder, name) for name in (f"{table}.csv", "datapackage.json", "corrections.csv"))
    return _checked_at(folder, table, stamps)


@functools.lru_cache(maxsize=128)
def _checked_at(folder: Path, table: str, stamps: tuple[tuple[int, int], ...]) -> pd.DataFrame:
    del stamps
    resources = _package(folder)
    if table not in resources:
        raise DataError(f"data: no table {plain(table)}{nearest(table, resources)}")
    resource = resources[table]
    named = [resource.get("path", f"{table}.csv"), "corrections.csv"]
    named += [f"{target}.csv" for target, _, _ in _references(table, resource["schema"])]
    files = tuple(_digest(folder / name) for name in dict.fromkeys(named))
    return _checked_of(table, _Written(folder, json.dumps(resource, sort_keys=True), files))


@dataclasses.dataclass(frozen=True)
class _Written:
    """What a table's check depends on; wherever the same is written, it comes out the same."""

    folder: Path = dataclasses.field(compare=False)
    resource: str
    files: tuple[bytes, ...]


def _digest(path: Path) -> bytes:
    """Return the digest of a file; of one that cannot be read nothing, for reading it will say so."""
    try:
        with witness.unwatched():
            if path.stat().st_size > LARGEST_BYTES:
                return b""
            return hashlib.blake2b(path.read_bytes(), digest_size=16).digest()
    except OSError:
        return b""


@functools.lru_cache(maxsize=128)
def _checked_of(table: str, written: _Written) -> pd.DataFrame:
    """Return a table checked once for its content: a copy of ``data/`` costs no second check."""
    folder, resource = written.folder, json.loads(written.resource)
    schema = resource["schema"]
    fields = schema["fields"]
    frame = _read(folder / resource.get("path", f"{table}.csv"), table, [f["name"] for f in fields])
    frame = _correct(folder, table, frame, schema)
    _check_keys(folder, table, frame, schema)
    return pd.DataFrame({f["name"]: _typed(table, frame, f) for f in fields})


def stamp(name: str) -> tuple[object, ...]:
    """Return what identifies the present state of a table on disk, as a key for caches."""
    return (data_dir(), name, _stamp(data_dir(), f"{name}.csv"), _stamp(data_dir(), "corrections.csv"))


def load(name: str) -> pd.DataFrame:
    """Return a checked copy of a table of facts or settings, all rows.

    Raises
    ------
    DataError
        For an unknown table, a broken row, or a table of outcomes (see `outcomes`).
    """
    resources = declared()
    if resources.get(name, {}).get("group") == "outcomes":
        raise DataError(
            f"data/{name}.csv holds outcomes: models cannot read it; the scorecard uses outcomes()"
        )
    reads.table(name)
    return _checked(data_dir(), name).copy()


def outcomes(name: str) -> pd.DataFrame:
    """Return a checked copy of a table of outcomes. Only the scorecard calls this."""
    resources = declared()
    if name in resources and resources[name].get("group") != "outcomes":
        raise DataError(f"data/{name}.csv holds no outcomes; use load()")
    reads.table(name)
    return _checked(data_dir(), name).copy()


def once_read(*names: str) -> Callable[[Callable[[], T]], Callable[[], T]]:
    """Decorate a function of some tables so that it computes once per state of them on disk.

    They count as read whenever it is asked. What it returns is shared by all callers, who must not change it.
    """

    def decorate(compute: Callable[[], T]) -> Callable[[], T]:
        @functools.lru_cache(maxsize=4)
        def at(stamps: tuple[object, ...]) -> T:
            del stamps
            return compute()

        @functools.wraps(compute)
        def once() -> T:
            reads.table(*names)
            return at(tuple(stamp(name) for name in names))

        return once

    return decorate


@once_read("sources")
def recalled_sources() -> frozenset[str]:
    """Return the ids of the sources that were recalled, not read."""
    frame = _checked(data_dir(), "sources")
    return frozenset(frame.loc[frame["how_read"] == "recalled", "source_id"])


def call_names() -> dict[str, str]:
    """Return the short name of every call and consideration of the article by id."""
    calls = load("calls")
    return dict(zip(calls["id"].astype(str), calls["short_name"].astype(str), strict=True))


def check_all() -> int:
    """Check every declared table; return how many rows they hold."""
    return sum(len(_checked(data_dir(), name)) for name in declared())


def _dated(folder: Path) -> tuple[str, ...]:
    """Return the tables of facts whose rows say since when they are public."""
    return tuple(
        name
        for name, resource in _package(folder).items()
        if resource.get("group", "facts") == "facts"
        and any(field["name"] == "as_of" for field in resource["schema"]["fields"])
    )


@functools.lru_cache(maxsize=4)
def _latest(folder: Path, names: tuple[str, ...], stamps: tuple[tuple[int, int], ...]) -> dt.date:
    del stamps
    columns = [_checked(folder, name)["as_of"] for name in names]
    newest = max((column.max() for column in columns if len(column)), default="")
    if not newest:
        raise DataError("data: no table of facts has a row with as_of; nothing is known at any vintage")
    return dt.date.fromisoformat(max(newest, _collected_to(folder)))


def latest_vintage() -> dt.date:
    """Return the day to which facts were looked for, or that of the newest one in ``data/`` where it is later.

    Days on which nothing new was found are known too: the declaration names the last of them (``collected_to``).
    """
    return _once_while_held((data_dir(), latest_vintage), lambda: _latest_in(data_dir()))


def _latest_in(folder: Path) -> dt.date:
    names = _dated(folder)
    files = (*(f"{name}.csv" for name in names), "corrections.csv", "datapackage.json")
    return _latest(folder, names, tuple(_stamp(folder, file) for file in files))


def resolve_vintage(vintage: object) -> dt.date:
    """Return the date that ``article``, ``latest`` or an ISO date stands for.

    Raises
    ------
    ParameterError
        For anything else, or a date outside 2025-01-31 to the newest fact.
    """
    newest = latest_vintage()
    allowed = f"article ({ARTICLE_VINTAGE}), latest ({newest}) or a date between them"
    if vintage == "article":
        return ARTICLE_VINTAGE
    if vintage == "latest":
        return newest
    if isinstance(vintage, dt.datetime):  # as YAML reads a date with a time
        date = vintage.date()
    elif isinstance(vintage, dt.date):
        date = vintage
    else:
        try:
            date = dt.date.fromisoformat(str(vintage))
        except ValueError:
            raise ParameterError(f"parameter vintage: saw {shown(vintage)}, allowed: {allowed}") from None
    if not ARTICLE_VINTAGE <= date <= newest:
        raise ParameterError(f"parameter vintage: saw {date}, allowed: {allowed}")
    return date


class Facts:
    """The facts as they were known at a vintage: no row from after it can be reached.

    >>> import datetime as dt
    >>> Facts(dt.date(2025, 1, 31)).table("api_prices")["as_of"].max() <= "2025-01-31"
    True
    """

    def __init__(self, vintage: dt.date) -> None:
        self.vintage = vintage

    def table(self, name: str) -> pd.DataFrame:
        """Return a copy of a table without the rows that were not yet public at the vintage."""
        frame = load(name)
        if "as_of" in frame.columns:
            frame = frame[frame["as_of"] <= self.vintage.isoformat()]
        return frame.reset_index(drop=True)
