"""The order of the tests: files that build or open browsers first, so that no worker ends on the longest alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import altair as alt
import pytest
from altair.utils import schemapi
from tried import Counting

from deepseek_era.charts import theme, trust

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


@pytest.fixture(scope="module")
def as_in_a_build() -> Iterator[None]:
    """Have charts put together as a build does: each checked whole, once (plain kernels check every part, in test_notebooks)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schemapi, "DEBUG_MODE", True)
        patch.setattr(schemapi, "_deep_copy", schemapi._deep_copy)
        patch.setattr(schemapi.SchemaBase, "from_dict", schemapi.SchemaBase.__dict__["from_dict"])
        theme.enable()
        before = alt.data_transformers.active
        trust.trust_charts()
        yield
        alt.data_transformers.enable(before)
