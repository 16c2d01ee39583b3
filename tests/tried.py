"""Print how many bad inputs and faults the tests try, by kind: the table in the README.

Counted from the tests themselves: every collected case with the mark ``bad_input(kind)`` or ``fault(kind)``. A case
of hypothesis stands for as many random inputs as its settings allow at most.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MARKS = {"bad_input": "bad input", "fault": "fault"}


class Counting:
    """A plugin of pytest that counts marked cases while they are collected."""

    def __init__(self) -> None:
        self.cases: dict[str, Counter[str]] = {mark: Counter() for mark in MARKS}
        self.random: dict[str, Counter[str]] = {mark: Counter() for mark in MARKS}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Count each case under its kind."""
        for item in items:
            for mark in MARKS:
                for marker in item.iter_markers(mark):
                    settings = getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
                    if settings is None:
                        self.cases[mark][marker.args[0]] += 1
                    else:
                        self.random[mark][marker.args[0]] += settings.max_examples


def table(counted: Counting) -> str:
    """Return the counts as a table in markdown."""
    lines = ["| tried | cases | random inputs, up to | lost |", "|---|---:|---:|---|"]

    def row(words: str, cases: int, random: int) -> str:
        return f"| {words} | {cases or ''} | {f'{random:,}' if random else ''} | nothing |"

    for mark, word in MARKS.items():
        kinds = sorted({*counted.cases[mark], *counted.random[mark]})
        lines += [
            row(f"{word}: {kind}", counted.cases[mark][kind], counted.random[mark][kind]) for kind in kinds
        ]
    cases = sum(sum(counter.values()) for counter in counted.cases.values())
    random = sum(sum(counter.values()) for counter in counted.random.values())
    return "\n".join([*lines, row("**all**", cases, random)])


def count() -> Counting:
    """Collect all tests, run none, and return what was counted."""
    counted = Counting()
    arguments = [
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-o",
        "addopts=",
        str(HERE),
    ]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = pytest.main(arguments, plugins=[counted])
    if code:
        raise SystemExit(f"the tests cannot be collected:\n{said.getvalue()}")
    return counted


if __name__ == "__main__":
    sys.stdout.write(table(count()) + "\n")
