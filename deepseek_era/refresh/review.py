"""Check a snapshot as a build would read it, and say what it changes: rows, cells, headline figures.

Nothing here writes under ``data/``: the tables are set together in a folder of their own, and read with the package's
own loader and models.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from deepseek_era import tables
from deepseek_era.errors import RefreshError, UserError
from deepseek_era.figure import Figure, format_figure
from deepseek_era.places import reading
from deepseek_era.refresh import prices, raw, returns, snapshot
from deepseek_era.refresh.rules import Rules

HEADLINES = re.compile(
    r"market\.(nvda\.ar_0|nvda\.value_change|[a-z_]+\.caar_0)|"
    r"cost\.api\.(discount_(input|cached|output|call|output_o3_mini)|verbosity_for_93|path_\w+_latest|host_discount_median)"
)
"""Figures that are shown whether they change or not."""
SHOWN = 8  # of the largest moves, and of other figures that change


@contextlib.contextmanager
def staged(data: Path, contents: Mapping[str, bytes]) -> Iterator[Path]:
    """Yield a folder with the committed tables in which those of a snapshot stand for their own; removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="deepseek-era-refresh-") as name:
        folder = Path(name) / "data"
        shutil.copytree(data, folder, ignore=shutil.ignore_patterns(snapshot.SNAPSHOTS))
        for table, content in contents.items():
            (folder / f"{table}.csv").write_bytes(content)
        yield folder


def check_schema(folder: Path, name: str) -> None:
    """Read every table of a folder as a build does: types, bounds, keys, references, corrections.

    Raises
    ------
    RefreshError
        Where the first cell does not fit its declaration: table, row, column, seen, allowed.
    """
    try:
        with reading(folder):
            tables.check_all()
    except UserError as error:
        raise RefreshError(f"snapshot {name} refused: {str(error).splitlines()[0]}") from None


def figures(folder: Path, name: str) -> dict[str, Figure]:
    """Return all figures of the cost and market parts over the tables of a folder, with default parameters.

    Raises
    ------
    RefreshError
        If the models cannot be run on them.
    """
    from deepseek_era.building.rehearse import figures_of
    from deepseek_era.model import Model
    from deepseek_era.parameters import resolve

    try:
        with reading(folder):
            model = Model(resolve({}))
            return figures_of("cost", model) | figures_of("market", model)
    except UserError as error:
        raise RefreshError(
            f"{name} refused: the models do not run on it: {str(error).splitlines()[0]}"
        ) from None


class Cell(NamedTuple):
    """A cell of history that a snapshot changes: its table, the key of its row, its column, and both texts."""

    table: str
    key: str
    column: str
    was: str
    seen: str
    position: int
    """Of its row among the committed ones."""
    disagreement: str
    """Of the copies of a return, in percentage points."""


def check_history(data: Path, name: str, day: str, contents: Mapping[str, bytes], rules: Rules) -> None:
    """Refuse a snapshot that loses a row of the committed tables, or moves a cell further than it may.

    A return may move within its tolerance (or the copies' own disagreement), unless it is a corrected cell. A price
    may get its last day, the snapshot's. A key of the price list may move to another row of the same model and
    provider. Nothing else may change; rows may be added to prices and sources.

    Raises
    ------
    RefreshError
        Table, row, column, seen, allowed.
    """
    after = raw.parsed(contents)
    for table, new in after.items():
        old = raw.read(data, table)
        where = f"snapshot {name} refused: {table}"
        _check_rows(where, table, raw.keys(table, old), raw.keys(table, new))
        fixed = raw.corrected(data, table)
        for cell in _moved(table, old, new):
            allowed = _allowed(cell, day, rules, fixed, lambda cell: _same_model(data, after, cell))
            if allowed is not None:
                raise RefreshError(
                    f"{where} row {cell.position + 2} ({cell.key}), column {cell.column}: saw {cell.seen[:60]!r}, "
                    f"allowed: {allowed}, since history may not move"
                )


def _moved(table: str, old: pd.DataFrame, new: pd.DataFrame) -> Iterator[Cell]:
    """Yield every cell of the committed rows that a snapshot changes."""
    keys = raw.keys(table, old)
    aligned = new.set_index(raw.keys(table, new)).loc[keys].reset_index(drop=True)
    for column in old.columns:
        was, seen = old[column].to_numpy(dtype=object), aligned[column].to_numpy(dtype=object)
        for position in (was != seen).nonzero()[0]:
            apart = str(old["max_disagreement_pp"].iloc[position]) if table == returns.TABLE else ""
            yield Cell(
                table, keys.iloc[position], column, was[position], seen[position], int(position), apart
            )


def _allowed(
    cell: Cell, day: str, rules: Rules, fixed: Collection[tuple[str, str]], same_model: Callable[[Cell], bool]
) -> str | None:
    """Return what may stand in a cell, or None where what a snapshot has there may."""
    if (cell.key, cell.column) in fixed:
        return f"{cell.was}, which corrections.csv corrects"
    if cell.table == returns.TABLE and cell.column in ("n_sources", "max_disagreement_pp"):
        return None  # a snapshot has one source
    if cell.table == returns.TABLE and cell.column == "return_pct":
        gap = max(rules.return_tolerance, float(cell.disagreement or 0))
        return None if _near(cell, gap) else f"{cell.was} ± {gap:g} pp"
    if cell.table == prices.TABLE and cell.column == "effective_to" and not cell.was:
        return None if cell.seen == day else f"nothing, or {day}"
    if cell.table == prices.KEYS and cell.column == "row_id" and same_model(cell):
        return None
    return cell.was or "nothing"


def _check_rows(where: str, table: str, old: pd.Series, new: pd.Series) -> None:
    lost = ~old.isin(set(new))
    if lost.any():
        position = int(lost.to_numpy().argmax())
        more = f" (and {int(lost.sum()) - 1} more)" if lost.sum() > 1 else ""
        raise RefreshError(
            f"{where} row {position + 2} ({old.iloc[position]}) is missing; no row of history may be lost{more}"
        )
    added = ~new.isin(set(old))
    if table in (returns.TABLE, prices.KEYS) and added.any():
        raise RefreshError(f"{where} row ({new[added].iloc[0]}) is new; only prices and sources may be added")


def _near(cell: Cell, gap: float) -> bool:
    try:
        return abs(float(cell.seen) - float(cell.was)) <= gap + 0.5 * 10**-returns.DECIMALS
    except ValueError:
        return False


def _same_model(data: Path, after: Mapping[str, pd.DataFrame], cell: Cell) -> bool:
    rows = after[prices.TABLE] if prices.TABLE in after else raw.read(data, prices.TABLE)
    rows, columns = rows.set_index("row_id"), ["model", "provider"]
    return cell.seen in rows.index and list(rows.loc[cell.seen, columns]) == list(rows.loc[cell.was, columns])


# --- in words ------------------------------------------------------------------------------------------------------


def returns_words(found: returns.Comparison, rules: Rules) -> list[str]:
    """Return what a source says of the returns: how many it confirms, the largest moves, what was kept."""
    moves, count = found.fetched, len(found.fetched)
    moved = int((moves["difference"].abs() >= 0.5 * 10**-returns.DECIMALS).sum())
    lines = [
        f"returns_daily: the source confirms {count:,} returns of {moves['ticker'].nunique()} tickers within "
        f"{rules.return_tolerance:g} pp (or the copies' own disagreement); {moved:,} differ at all"
    ]
    largest = moves.reindex(moves["difference"].abs().sort_values(ascending=False, kind="stable").index)
    for row in largest[largest["difference"].abs() > 0].head(SHOWN).to_dict("records"):
        lines.append(
            f"  {row['ticker']} {row['date']}: {row['before']:.3f}% → {row['after']:.3f}% ({row['difference']:+.3f} pp)"
        )
    kept = [t for t in found.kept if t != returns.COMPUTED]
    lines.append(
        f"  kept as it stands: {returns.COMPUTED}, a mean over thousands of shares that cannot be fetched"
        + (f"; not asked for: {', '.join(kept)}" if kept else "")
    )
    if found.fixed:
        lines.append(f"  {found.fixed} corrected cells stand; corrections.csv goes on applying to them")
    return lines


def prices_words(found: prices.Comparison) -> list[str]:
    """Return what the price list says: how many rows it confirms, what changed, what it no longer lists."""
    lines = [
        f"api_prices: the list confirms {found.confirmed} prices, {len(found.changes)} changed, "
        f"{len(found.absent)} of the keys are no longer listed"
    ]
    for change in found.changes:
        cells = [
            f"{column.removesuffix('_usd_per_mtok').replace('_', ' ')} {_price(old)} → {_price(change.after[column])}"
            for column, old in change.before.items()
            if old != change.after[column]
        ]
        lines.append(
            f"  {change.row_id} {change.model} ({change.provider}): {', '.join(cells)} USD per million tokens"
        )
    lines += [f"  no longer listed, kept as it stands: {key}" for key in found.absent]
    return lines


def _price(value: float | None) -> str:
    return "not stated" if value is None else f"{value:g}"


def rows_words(data: Path, contents: Mapping[str, bytes]) -> list[str]:
    """Return how many rows each table gains, loses and changes."""
    lines = []
    for table, new in raw.parsed(contents).items():
        old = raw.read(data, table)
        before, after = old.set_index(raw.keys(table, old)), new.set_index(raw.keys(table, new))
        both = before.index.intersection(after.index)
        changed = int((before.loc[both] != after.loc[both]).any(axis=1).sum())
        lines.append(
            f"{table}: {len(after.index.difference(before.index))} added, "
            f"{len(before.index.difference(after.index))} dropped, {changed:,} changed, {len(after):,} rows in all"
        )
    return lines


def figures_words(before: Mapping[str, Figure], after: Mapping[str, Figure]) -> list[str]:
    """Return headline figures before and after, and how many others change, the largest moves first."""
    chosen = [name for name in before if HEADLINES.fullmatch(name)]
    width = max(map(len, chosen), default=0)
    lines = ["headline figures, committed → snapshot:"]
    for name in chosen:
        old, new = format_figure(before[name]), format_figure(after[name]) if name in after else "gone"
        same = name in after and before[name].value == after[name].value
        lines.append(f"  {name:<{width}}  {old}" + ("  (the same)" if same else f" → {new}"))
    others = [
        name
        for name in before
        if name not in chosen and (name not in after or before[name].value != after[name].value)
    ]
    others.sort(key=lambda name: -_size(before[name], after.get(name)))
    lines.append(
        f"other figures of the cost and market parts: {len(others)} of {len(before) - len(chosen)} change"
    )
    for name in others[:SHOWN]:
        new = format_figure(after[name]) if name in after else "gone"
        lines.append(f"  {name}  {format_figure(before[name])} → {new}")
    return lines


def _size(old: Figure, new: Figure | None) -> float:
    """Return the move of a figure relative to its size."""
    if new is None or old.value is None or new.value is None:
        return float("inf")
    return abs(new.value - old.value) / max(abs(old.value), abs(new.value), 1e-12)


def check(data: Path, name: str, day: str, contents: Mapping[str, bytes], rules: Rules) -> None:
    """Refuse a snapshot that breaks the schema or moves history.

    Raises
    ------
    RefreshError
        Table, row, column, seen, allowed.
    """
    with staged(data, contents) as folder:
        check_schema(folder, name)
    check_history(data, name, day, contents, rules)


def describe(data: Path, name: str, contents: Mapping[str, bytes]) -> str:
    """Return in words what `data` with these checked tables in it would change: rows, headline figures.

    Raises
    ------
    RefreshError
        If the models cannot be run on them.
    """
    with staged(data, contents) as folder:
        after = figures(folder, f"snapshot {name}")
    return "\n".join([*rows_words(data, contents), "", *figures_words(figures(data, "data"), after)])
