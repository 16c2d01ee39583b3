"""Parameters in words, and as lines of a notebook's parameters cell."""

from __future__ import annotations

from deepseek_era.errors import ParameterError, nearest
from deepseek_era.parameters.resolved import resolve
from deepseek_era.parameters.rows import Row, bound, names, table

_RUN_LINES = {
    "vintage": 'vintage: str = "latest"  # what was public: article, latest or an ISO day',
    "seed": "seed: int = 1  # of the joint draws, a whole number",
    "scenario": 'scenario: str = "base"  # a named set of parameters: make scenarios',
}


def span(row: Row) -> str:
    """Return what a parameter may be and what it is by default, in words: ``0 to 4; default 1.31 (0.92 to 1.7)``."""
    if row.dist in ("choice", "date", "text"):
        return row.choices.replace("|", " | ")
    allowed = f"{bound(row.lower_bound)} to {bound(row.upper_bound)}"
    if row.dist == "setting":
        return f"{allowed}; default {row.p1:g}"
    ends = f"{row.quantile(0.05):.3g} to {row.quantile(0.95):.3g}"
    return f"{allowed}; default {row.quantile(0.5):.3g} ({ends})"


def cell_line(name: str) -> str:
    """Return the line of a parameter in a notebook's parameters cell: name, type, unit, range, default, meaning.

    ``papermill --help-notebook`` reads name, type and comment from it; None leaves the parameter as the table has it.

    Raises
    ------
    ParameterError
        For a name that is none.
    """
    if name in _RUN_LINES:
        return _RUN_LINES[name]
    rows = table()
    if name not in rows:
        raise ParameterError(f"parameter {name}: unknown{nearest(name, names())}")
    row = resolve({}).rows[name]
    worded = row.dist in ("choice", "date", "text")
    whole = row.dist == "setting" and all(
        float(x).is_integer() for x in (row.p1, row.lower_bound, row.upper_bound)
    )
    kind = "str" if worded else "int" if whole else "float"
    unit = "" if worded or not row.unit else f"{row.unit}, "
    said = ": ".join(part for part in (unit + span(row), row.description) if part)
    return f"{name}: {kind} = None  # {said}"
