"""Kept notebooks: used again only while everything they depend on is as it was, and the reason when not."""

import shutil
import subprocess
import sys

import nbformat
import pytest

from deepseek_era import tables
from deepseek_era.building import cache, inputs, reached
from deepseek_era.parameters import resolve


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Return the path of a kept notebook that read ``capex`` and used ``elasticity_long``, over a copy of the data."""
    data = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", data)
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(data))
    monkeypatch.setattr(cache, "CACHE", tmp_path / "cache")
    cells = [nbformat.v4.new_code_cell("from deepseek_era.capacity import aggregate", id="a")]
    path = tmp_path / "01-n.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    cache.keep(path, resolve(), nbformat.read(path, 4), ["capex"], ["elasticity_long"])
    return path


def test_a_notebook_is_kept_while_nothing_changed(notebook):
    document, reason, _ = cache.find(notebook, resolve())
    assert reason == "unchanged"
    assert document.cells[0].id == "a"


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"elasticity_long": 1.0}, "parameter elasticity_long changed"),
        ({"server_life": 4.0}, "unchanged"),
        ({"vintage": "article"}, "changed"),
        ({"seed": 2}, "seed changed"),
    ],
)
def test_only_a_parameter_that_was_used_makes_it_run_again(notebook, overrides, reason):
    run = {k: overrides.pop(k) for k in ("vintage", "seed") if k in overrides}
    assert reason in cache.find(notebook, resolve(overrides, **run)).reason


@pytest.mark.parametrize(("name", "reason"), [("capex", "table capex changed"), ("revenues", "unchanged")])
def test_only_a_table_that_was_read_makes_it_run_again(notebook, name, reason):
    path = tables.data_dir() / f"{name}.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert cache.find(notebook, resolve()).reason == reason


def test_a_changed_notebook_runs_again(notebook):
    document = nbformat.read(notebook, 4)
    document.cells[0].source += "\n"
    nbformat.write(document, notebook)
    assert cache.find(notebook, resolve()).reason == "notebook 01-n changed"


def test_a_return_to_an_earlier_state_finds_the_earlier_run(notebook):
    cache.keep(
        notebook,
        resolve({"elasticity_long": 1.0}),
        nbformat.read(notebook, 4),
        ["capex"],
        ["elasticity_long"],
    )
    assert cache.find(notebook, resolve()).reason == "unchanged"
    assert cache.find(notebook, resolve({"elasticity_long": 1.0})).reason == "unchanged"


def test_modules_are_followed_through_their_imports(notebook):
    found = reached.modules_of(nbformat.read(notebook, 4))
    assert "deepseek_era.capacity.aggregate" in found
    assert "deepseek_era.errors" in found
    assert not any(name.startswith("deepseek_era.market") for name in found)


def test_a_broken_entry_is_passed_over(notebook):
    for path in cache.CACHE.rglob("*.json"):
        path.write_text("{")
    assert cache.find(notebook, resolve()) == (None, "first run", {})


def test_a_report_stands_only_while_its_files_are_as_written(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "CACHE", tmp_path / "fresh")
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "index.html").write_text("a")
    key = inputs.request("base", "", None)
    assert inputs.standing(key) is None
    inputs.remember(key, folder)
    assert inputs.standing(key) == folder
    assert inputs.request("base", "elasticity_long=1", None) != key
    (folder / "index.html").write_text("b")
    assert inputs.standing(key) is None


def test_what_a_scenario_is_read_from_counts_by_what_it_sets():
    """A notebook kept from a run of a scenario rests on no file that a run without one does not open."""
    code = """
from deepseek_era import parameters
from deepseek_era import witness
parameters.resolve({}, scenario="base")
witness.begin()
names = parameters.scenario_names()
assert len(names) > 1
for name in names:
    parameters.resolve({}, scenario=name)
parameters.printed_scenarios("base")
print(list(witness.seen()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tables.ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
