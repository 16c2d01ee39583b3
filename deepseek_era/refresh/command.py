"""``python -m deepseek_era refresh``: options, and the order of things. Imports little until it is asked to work."""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import platform
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepseek_era.errors import RefreshError, nearest

if TYPE_CHECKING:
    from deepseek_era.refresh import polite
    from deepseek_era.refresh.returns import ReturnsClient
    from deepseek_era.refresh.rules import Rules

Say = Callable[[str], None]
CHOICES = ("returns", "prices")
LIBRARIES = ("httpx", "numpy", "pandas", "tenacity")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb to its parser."""
    parser.add_argument(
        "--tables", default=",".join(CHOICES), metavar="NAMES", help="returns, prices or both"
    )
    parser.add_argument("--dry-run", action="store_true", help="fetch, check and show; write nothing")
    parser.add_argument(
        "--adopt", default="", metavar="DAY", help="take the snapshot of that day over into data/; no network"
    )
    parser.add_argument("--keep", default="", metavar="TICKERS", help="tickers not to ask for, as A,B")
    parser.add_argument("--prices-url", default="", metavar="URL", help="another address of the price list")
    parser.add_argument(
        "--returns-url", default="", metavar="URL", help="another host that answers like Yahoo Finance"
    )
    parser.add_argument(
        "--date", default="", metavar="DAY", help="day of the snapshot; by default today in UTC"
    )
    parser.add_argument("--tries", type=int, default=4, help="requests for one answer")
    parser.add_argument(
        "--timeout", type=float, default=20, metavar="SECONDS", help="to connect, and between bytes"
    )
    parser.add_argument(
        "--longest-wait", type=float, default=90, metavar="SECONDS", help="when a server asks to wait"
    )


def run(arguments: argparse.Namespace, say: Say = print) -> int:
    """Fetch and show, or adopt. Returns 0; whatever goes wrong is a `RefreshError`, and nothing has changed.

    Raises
    ------
    RefreshError
        One line: what, where, seen, allowed.
    """
    from deepseek_era.tables import data_dir

    data = data_dir().resolve()
    try:
        return _adopt(data, arguments.adopt, say) if arguments.adopt else _refresh(data, arguments, say)
    except shutil.Error as error:  # of a whole folder: a list of (from, to, reason)
        _, place, reason = error.args[0][0]
        raise RefreshError(f"{place}: {reason}; data/ and earlier snapshots stand") from None
    except OSError as error:
        place, reason = error.filename or data, error.strerror or type(error).__name__
        raise RefreshError(f"{place}: {reason}; data/ and earlier snapshots stand") from None


def _limits(arguments: argparse.Namespace) -> polite.Limits:
    from deepseek_era.refresh import polite

    for name, low, high in (("tries", 1, 20), ("timeout", 0.01, 600), ("longest_wait", 0, 3600)):
        value = getattr(arguments, name)
        if not low <= value <= high:
            raise RefreshError(f"--{name.replace('_', '-')}: saw {value:g}, allowed: {low:g} to {high:g}")
    return polite.Limits(arguments.tries, arguments.timeout, arguments.longest_wait)


def _chosen(text: str) -> list[str]:
    chosen = [part.strip() for part in text.split(",") if part.strip()]
    for part in chosen:
        if part not in CHOICES:
            raise RefreshError(
                f"--tables: saw {part[:40]!r}, allowed: {', '.join(CHOICES)}{nearest(part, CHOICES)}"
            )
    if not chosen:
        raise RefreshError(f"--tables: saw nothing, allowed: {', '.join(CHOICES)}")
    return chosen


def _refresh(data: Path, arguments: argparse.Namespace, say: Say) -> int:
    from deepseek_era.refresh import adopt, review, rules, snapshot

    chosen, limits = _chosen(arguments.tables), _limits(arguments)
    day = snapshot.read_day(arguments.date or dt.datetime.now(dt.UTC).date().isoformat())
    limit = rules.read()
    name = snapshot.free_name(data, day)
    contents: dict[str, bytes] = {}
    origins: list[dict[str, Any]] = []
    words: list[str] = []
    versions = {"python": platform.python_version()} | {p: importlib.metadata.version(p) for p in LIBRARIES}
    if "prices" in chosen:  # one request: what is refused early costs no hundred others
        found, origin, lines = _prices(data, arguments.prices_url, limits, day, name, limit)
        contents |= found
        origins.append(origin)
        words += lines
    if "returns" in chosen:
        from deepseek_era.refresh.yahoo import YahooReturns

        client = YahooReturns(limits, arguments.returns_url)
        keep = tuple(part.strip() for part in arguments.keep.split(",") if part.strip())
        found, origin, lines = _returns(data, client, keep, limit)
        contents |= found
        origins.append(origin)
        words = lines + words
        versions |= client.versions()
    review.check(data, name, day, contents, limit)
    text = "\n".join([*words, "", review.describe(data, name, contents)]) + "\n"
    say(text)
    if arguments.dry_run:
        say("dry run: nothing was written")
        return 0
    manifest = {
        "day": day,
        "made": origins[-1]["fetched_at"],
        "origins": origins,
        "beside": {f"{t}.csv": snapshot.digest((data / f"{t}.csv").read_bytes()) for t in contents},
        "rules": vars(limit),
        "versions": versions,
    }
    with snapshot.hold(data):
        if adopt.roll_back(data):
            say("an adoption that was stopped is undone; the old tables are back")
        name = snapshot.free_name(data, day) if name in snapshot.names(data) else name
        folder = snapshot.write(data, name, contents, manifest, text)
    say(f"snapshot: {folder}")
    if adopt.changed(data, contents):
        say(f"data/ is as it was; to take it over: python -m deepseek_era refresh --adopt {name}")
    else:
        say("data/ is as it was, and there is nothing to take over")
    return 0


def _prices(
    data: Path, address: str, limits: polite.Limits, day: str, name: str, limit: Rules
) -> tuple[dict[str, bytes], dict[str, Any], list[str]]:
    from deepseek_era import tables
    from deepseek_era.refresh import polite, prices, raw, review

    fetched = polite.get_json(address or prices.ADDRESS, "price list", limits)
    found = prices.compare(
        tables.load(prices.TABLE), tables.load(prices.KEYS), fetched.data, day, limit, fetched.address
    )
    before = {t: raw.read(data, t) for t in (prices.TABLE, prices.SOURCES, prices.KEYS)}
    after = prices.apply(before, found.changes, day, name, fetched.address)
    origin = {
        "tables": [f"{prices.TABLE}.csv"],
        "address": fetched.address,
        "fetched_at": fetched.fetched_at,
        "bytes": fetched.size_bytes,
        "sha256": fetched.sha256,
        "confirmed": found.confirmed,
        "changed": len(found.changes),
        "not_listed": list(found.absent),
    }
    contents = {t: raw.text(frame) for t, frame in after.items()}
    if not found.changes:
        contents = {prices.TABLE: contents[prices.TABLE]}
    return contents, origin, review.prices_words(found)


def _returns(
    data: Path, client: ReturnsClient, keep: tuple[str, ...], limit: Rules
) -> tuple[dict[str, bytes], dict[str, Any], list[str]]:
    from tqdm import tqdm

    from deepseek_era import tables
    from deepseek_era.refresh import polite, raw, returns, review

    def progress(tickers: Iterable[str]) -> Iterable[str]:
        return tqdm(list(tickers), unit="ticker", disable=None, leave=False)

    found = returns.compare(
        raw.read(data, returns.TABLE),
        tables.load(returns.TABLE),
        client,
        limit,
        keep=keep,
        fixed=frozenset(raw.corrected(data, returns.TABLE)),
        progress=progress,
    )
    origin = {
        "tables": [f"{returns.TABLE}.csv"],
        "address": client.address,
        "fetched_at": polite.now(),
        "sha256": client.digest(),
        "confirmed": len(found.fetched),
        "kept": list(found.kept),
    }
    return {returns.TABLE: raw.text(found.table)}, origin, review.returns_words(found, limit)


def _adopt(data: Path, name: str, say: Say) -> int:
    from deepseek_era.refresh import adopt, review, rules, snapshot

    manifest, contents = snapshot.read(data, name)
    with snapshot.hold(data):
        if adopt.roll_back(data):
            say("an adoption that was stopped is undone; the old tables are back")
        day = snapshot.read_day(str(manifest.get("day", "")))
        review.check(data, name, day, contents, rules.read())
        taken = adopt.changed(data, contents)
        if not taken:
            say(
                f"nothing to take over from {name}: its prices are those of data/, and past returns stay as they are"
            )
            return 0
        with review.staged(data, taken) as folder:
            review.check_schema(folder, name)  # without the returns of the snapshot, as data/ will be
        say(review.describe(data, name, taken) + "\n")
        adopt.take(data, taken)
    say(
        f"taken over from {name}: {', '.join(f'data/{table}.csv' for table in taken)}; now: make test, make report"
    )
    return 0
