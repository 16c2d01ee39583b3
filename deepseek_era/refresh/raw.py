"""Tables as text, cell by cell: what a file holds, before corrections and types, and the bytes it is written as."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from deepseek_era import tables
from deepseek_era.errors import DataError, RefreshError


def read(folder: Path, name: str) -> pd.DataFrame:
    """Return a table as text, as its file holds it: uncorrected, every cell a string.

    Raises
    ------
    RefreshError
        If the file is missing, no CSV or no UTF-8.
    """
    path = folder / f"{name}.csv"
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise RefreshError(f"{path}: cannot be read as a table ({type(error).__name__})") from None


def parsed(contents: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    """Return tables as text, as `read` does, from the bytes of their files by name."""
    with tempfile.TemporaryDirectory(prefix="deepseek-era-refresh-") as folder:
        for name, content in contents.items():
            (Path(folder) / f"{name}.csv").write_bytes(content)
        return {name: read(Path(folder), name) for name in contents}


def text(frame: pd.DataFrame) -> bytes:
    """Return a table as the bytes of its file: the same as before where nothing changed."""
    return frame.to_csv(index=False, lineterminator="\n").encode()


def keys(name: str, frame: pd.DataFrame) -> pd.Series:
    """Return the primary key of each row as one text, ``;``-separated as in ``corrections.csv``."""
    key = tables.key_of(tables.declared()[name]["schema"])
    if not key:
        raise DataError(f"data/{name}.csv: no primary key is declared; a refresh needs one")
    return tables.joined_keys(frame, key)


def corrected(folder: Path, name: str) -> set[tuple[str, str]]:
    """Return the cells of a table that ``corrections.csv`` corrects, as (key, column)."""
    frame = read(folder, "corrections")
    frame = frame[frame["table"] == name]
    return {(";".join(tables.split_ids(k)), c) for k, c in zip(frame["key"], frame["column"], strict=True)}
