"""Published CSV files: the same bytes for the same rows, and no cell that a spreadsheet would run.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@`` or a control character for a formula. Numbers
begin like that too and stay as they are; a text that does gets an apostrophe before it, which a spreadsheet does not
show. The tables under ``data/`` stay as they are: a test sees to it that no cell there calls or reaches anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

_FORMULA = re.compile(r"[=@\t\r\n]|[+-](?!\s?[0-9.,]+(e[+-]?[0-9]+)?\s?%?$)")


def as_text(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; numbers and other text as they are.

    >>> as_text("=SUM(A1)"), as_text("-3.2"), as_text(4)
    ("'=SUM(A1)", '-3.2', 4)
    """
    if not isinstance(cell, str):
        return cell
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")  # the csv module leaves a carriage return unquoted
    return f"'{cell}" if _FORMULA.match(cell) else cell


def csv_text(frame: pd.DataFrame, columns: Sequence[str] | None = None) -> str:
    """Return a table for publication: no index, line feeds alone, no formulas."""
    safe = frame if columns is None else frame[list(columns)]
    texts = [c for c in safe.columns if not pd.api.types.is_numeric_dtype(safe[c])]
    safe = safe.assign(**{str(c): safe[c].map(as_text) for c in texts}) if texts else safe
    return str(safe.to_csv(index=False, lineterminator="\n"))


def write_csv(frame: pd.DataFrame, path: Path, columns: Sequence[str] | None = None) -> None:
    """Write `csv_text` of a table in UTF-8."""
    path.write_bytes(csv_text(frame, columns).encode())
