"""The examples in docstrings: run as they stand, against what they say."""

import doctest
import importlib
import pkgutil

import pytest

import deepseek_era

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(deepseek_era.__path__, "deepseek_era.")
    if not module.name.endswith("__main__")
)


def examples(name):
    """Return the docstrings of a module that hold examples."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    return [test for test in finder.find(importlib.import_module(name), name) if test.examples]


CASES = [test for name in MODULES for test in examples(name)]


@pytest.mark.parametrize("test", CASES, ids=lambda test: test.name)
def test_an_example_gives_what_it_says(test):
    said = []
    runner = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False)
    found = runner.run(test, out=said.append)
    assert found.failed == 0, "".join(said)


def test_the_examples_are_found():
    assert {"deepseek_era.api", "deepseek_era.figure.format_figure"} <= {test.name for test in CASES}
