"""Two runs side by side: what was set, what moved, and which answers change."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from deepseek_era.book.finished import Run
from deepseek_era.errors import UserError
from deepseek_era.figure import Figure, format_figure, round_significant, true_minus
from deepseek_era.verdicts import tally


@dataclass(frozen=True)
class FigureChange:
    """One figure in both runs; `overlap` is None where a run has no interval."""

    id: str
    label: str
    unit: str
    kind: str
    a: str
    b: str
    a_value: float | None
    b_value: float | None
    difference: float | None
    relative: float | None
    overlap: bool | None


@dataclass(frozen=True)
class CallChange:
    """One call in both runs."""

    id: str
    stakeholder: str
    horizon: str
    article_call: str
    a_band: str
    b_band: str
    a_word: str
    b_word: str
    a_p_winner: float
    b_p_winner: float
    a_p_loser: float
    b_p_loser: float
    flips: bool
    """Whether who won is another answer."""
    a_p_own: float | None
    b_p_own: float | None
    a_marks: tuple[bool, bool]
    b_marks: tuple[bool, bool]
    """On the edge, and one-sided."""

    @property
    def moves(self) -> bool:
        """Whether the answer to "was it R1?" is another one."""
        return self.a_word != self.b_word


@dataclass(frozen=True)
class Comparison:
    """All that differs between two runs."""

    a: str
    b: str
    parameters: tuple[dict[str, str], ...]
    figures: tuple[FigureChange, ...]
    calls: tuple[CallChange, ...]
    claims: tuple[dict[str, str], ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    @property
    def flipped(self) -> tuple[CallChange, ...]:
        """The calls of which either answer changes."""
        return tuple(call for call in self.calls if call.flips or call.moves)

    @property
    def tallies(self) -> tuple[tally.Tally, tally.Tally]:
        """How the calls are counted in the two runs, considerations left out."""
        calls = [call for call in self.calls if call.id.startswith("C")]
        return (
            tally.count((c.a_word, *c.a_marks) for c in calls),
            tally.count((c.b_word, *c.b_marks) for c in calls),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain data, for ``comparison.json``."""
        return {
            **asdict(self),
            "flipped": [call.id for call in self.flipped],
            "moved": [call.id for call in self.calls if call.moves],
            "tallies": [asdict(t) for t in self.tallies],
        }


def _own(row: Mapping[Hashable, Any] | pd.Series) -> float | None:
    """Return the share on the article's side; None for a level."""
    return None if pd.isna(row["p_own"]) else float(row["p_own"])


def _answers(run: Run) -> pd.DataFrame:
    """Return the calls of a run by id.

    Raises
    ------
    UserError
        One line for a run from before calls had two answers.
    """
    missing = {"band", "was_it_r1"} - set(run.calls.columns)
    if missing:
        raise UserError(
            f"run {run.name}: calls.csv has no column {sorted(missing)[0]}: an older edition left it; render it again"
        )
    return run.calls


def overlap(a: Figure, b: Figure) -> bool | None:
    """Return whether the 5–95 % intervals of two figures share a value; None without both."""
    if None in (a.low, a.high, b.low, b.high):
        return None
    return bool(a.low <= b.high and b.low <= a.high)  # type: ignore[operator]


def _figure_change(a: Figure, b: Figure) -> FigureChange | None:
    if (a.value, a.low, a.high) == (b.value, b.low, b.high):
        return None
    difference = relative = None
    if a.value is not None and b.value is not None:
        difference = round_significant(b.value - a.value)
        relative = round_significant(100 * (b.value / a.value - 1)) if a.value else None
    return FigureChange(
        b.id,
        b.label,
        b.unit,
        b.kind,
        format_figure(a),
        format_figure(b),
        a.value,
        b.value,
        difference,
        relative,
        overlap(a, b),
    )


def _distribution(row: dict[str, Any] | None) -> str:
    if row is None:
        return "none"
    if row["dist"] in ("choice", "date", "text"):
        return str(row["choice"])
    numbers = [true_minus(f"{v:g}") for v in row["values"] if v is not None]
    if row["dist"] in ("fixed", "setting"):
        return numbers[0]
    if row["dist"] == "pert":
        return f"{numbers[0]} to {numbers[2]}, most likely {numbers[1]}"
    if row["dist"] == "uniform":
        return f"{numbers[0]} to {numbers[1]}"
    return f"{row['dist']} {', '.join(numbers)}"


def _parameter_changes(a: Run, b: Run) -> tuple[dict[str, str], ...]:
    first, second = (run.manifest["parameters"] for run in (a, b))
    changes = [
        {"id": key, "a": str(first[key]), "b": str(second[key])}
        for key in ("vintage", "seed", "scenario")
        if first[key] != second[key]
    ]
    names = list(dict.fromkeys([*first["rows"], *second["rows"]]))
    for name in names:
        rows = (first["rows"].get(name), second["rows"].get(name))
        if rows[0] != rows[1]:
            changes.append({"id": name, "a": _distribution(rows[0]), "b": _distribution(rows[1])})
    return tuple(changes)


def compare(a: Run, b: Run) -> Comparison:
    """Return what differs between two runs; equal runs give an empty comparison.

    Of a part of the report its own figures, calls and claims are compared.
    """
    shared = [key for key in a.figures if key in b.figures]
    figures = [_figure_change(a.figures[key], b.figures[key]) for key in shared]
    calls = []
    other = _answers(b).set_index("id")
    for row in _answers(a).to_dict("records"):
        if row["id"] not in other.index:
            continue
        now = other.loc[row["id"]]
        bands = str(row["band"]), str(now["band"])
        calls.append(
            CallChange(
                str(row["id"]),
                str(row["stakeholder"]),
                str(row["horizon"]),
                str(row["article_call"]),
                *bands,
                str(row["was_it_r1"]),
                str(now["was_it_r1"]),
                float(row["p_winner"]),
                float(now["p_winner"]),
                float(row["p_loser"]),
                float(now["p_loser"]),
                bands[0] != bands[1],
                _own(row),
                _own(now),
                (bool(row["edge"]), bool(row["one_sided"])),
                (bool(now["edge"]), bool(now["one_sided"])),
            )
        )
    before, after = (run.claims.set_index("id")["verdict"] for run in (a, b))
    claims = tuple(
        {"id": str(key), "a": str(before[key]), "b": str(after[key])}
        for key in before.index
        if key in after.index and before[key] != after[key]
    )
    return Comparison(
        a.name,
        b.name,
        _parameter_changes(a, b),
        tuple(change for change in figures if change is not None),
        tuple(calls),
        claims,
        tuple(key for key in a.figures if key not in b.figures),
        tuple(key for key in b.figures if key not in a.figures),
    )
