"""The order of the tests: files that build or open browsers first, so that no worker ends on the longest alone."""

from __future__ import annotations

import pytest

HEAVY = ("build", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files first in which any test has a heavy mark; within a file all stays in order."""
    heavy = {item.path for item in items if any(map(item.get_closest_marker, HEAVY))}
    items.sort(key=lambda item: item.path not in heavy)
