"""The order of the tests: files that build or open browsers first, so that no worker ends on the longest alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tried import Counting

HEAVY = ("build", "browser")
COUNTED = pytest.StashKey[Counting]()
"""What was collected where all tests were, as ``tests/tried.py`` counts it."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Put the files first in which any test has a heavy mark; within a file all stays in order."""
    if {item.path for item in items} >= set(
        Path(__file__).parent.glob("test_*.py")
    ):  # none is left out by a mark yet
        config.stash[COUNTED] = Counting()
        config.stash[COUNTED].pytest_collection_modifyitems(items)
    yield
    heavy = {item.path for item in items if any(map(item.get_closest_marker, HEAVY))}
    items.sort(key=lambda item: item.path not in heavy)
