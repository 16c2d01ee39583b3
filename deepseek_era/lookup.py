"""Find facts by what they say, not by row number; a fact that is not public yet is None, never an error."""

from __future__ import annotations

import pandas as pd

from deepseek_era.tables import split_ids


def rows(frame: pd.DataFrame, **where: object) -> pd.DataFrame:
    """Return the rows whose columns equal the values given, or one of a tuple of them, in file order."""
    mask = pd.Series(True, index=frame.index)
    for column, value in where.items():
        mask &= frame[column].isin(value) if isinstance(value, tuple) else frame[column] == value
    return frame[mask]


def number(frame: pd.DataFrame, column: str, **where: object) -> float | None:
    """Return the first number in `column` among the matching rows, or None."""
    found = rows(frame, **where)[column].dropna()
    return float(found.iloc[0]) if len(found) else None


def sources(*frames: pd.DataFrame) -> tuple[str, ...]:
    """Return the source ids of the rows given, each once, in order of appearance."""
    seen = [
        one
        for frame in frames
        for cell in frame["source_ids" if "source_ids" in frame else "source_id"]
        for one in split_ids(str(cell))
    ]
    return tuple(dict.fromkeys(str(s) for s in seen))
