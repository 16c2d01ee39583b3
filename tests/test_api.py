"""The Python interface, as an analyst in a notebook or a script uses it."""

import gc
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from test_own_notebooks import notebook

import deepseek_era
from deepseek_era import Model, Run, facts, figures, places, run, tables, workbench
from deepseek_era.book import finished
from deepseek_era.building import apart, reached
from deepseek_era.errors import ParameterError, UserError
from deepseek_era.figure import format_figure
from deepseek_era.parameters import names, resolve
from deepseek_era.tables import ROOT

DOCUMENT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def base():
    return Run.open("base")


@pytest.fixture(scope="module")
def short():
    """The market part alone, in a folder of no name."""
    said = []
    found = run(only="market", estimation_days=120, progress=said.append)
    assert any("03-market" in line for line in said)
    return found


# --- names -----------------------------------------------------------------------------------------------------------


def test_importing_costs_nothing_until_something_is_asked_for():
    script = (
        "import sys; import deepseek_era; from deepseek_era import run, Run, Model, facts, figures; "
        "heavy = {'pandas', 'numpy', 'scipy', 'altair', 'papermill', 'nbformat', 'yaml'} & set(sys.modules); "
        "assert not heavy, heavy; assert callable(run)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_no_room_of_the_package_has_the_name_of_a_function():
    """A module of that name, once imported, would stand where the function does."""
    rooms = {module.name for module in pkgutil.iter_modules(deepseek_era.__path__)}
    assert rooms.isdisjoint(deepseek_era.__all__)
    script = (
        "import pkgutil, importlib, deepseek_era\n"
        "for module in pkgutil.walk_packages(deepseek_era.__path__, 'deepseek_era.'):\n"
        "    '__main__' in module.name or importlib.import_module(module.name)\n"
        "from deepseek_era import run, figures, facts, Model, Run\n"
        "import deepseek_era.building.build, deepseek_era.figure\n"
        "from deepseek_era.building import build\n"
        "assert all(map(callable, (run, figures, facts, Model, Run, build.build)))\n"
        "assert deepseek_era.run is run and deepseek_era.figures is figures and deepseek_era.figure.Figure\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_what_is_offered_is_listed_for_people_and_for_tools():
    assert set(deepseek_era.__all__) <= set(dir(deepseek_era))
    stub = (ROOT / "deepseek_era" / "__init__.pyi").read_text(encoding="utf-8")
    assert sorted(re.findall(r" as (\w+)$", stub, re.MULTILINE)) == sorted(deepseek_era.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'rn'"):
        deepseek_era.rn  # noqa: B018


def test_no_parameter_has_the_name_of_an_argument():
    own = {p.name for p in inspect.signature(run).parameters.values() if p.kind is not p.VAR_KEYWORD}
    assert "pages" in own
    assert own & set(names()) == {"scenario", "vintage", "seed"}


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_block_of_the_document_runs(number, document_names, capsys):
    exec(compile(BLOCKS[number], f"docs/api.md, block {number + 1}", "exec"), document_names)


@pytest.fixture(scope="module")
def document_names():
    """What the blocks of the document before this one have defined."""
    return {}


def test_the_document_shows_a_mistake_of_two_lines(capsys):
    names = {"run": run}
    exec(next(block for block in BLOCKS if "except UserError" in block), names)
    assert capsys.readouterr().out.splitlines() == [
        "parameter estimation_day: unknown, allowed: a name in data/parameters.csv (nearest: estimation_days)",
        "only: saw 'markt', allowed: paper, claims, cost, market, capacity, winners-losers, scorecard (nearest: market)",
    ]


# --- a finished run ---------------------------------------------------------------------------------------------------


def test_a_finished_run_is_its_files_as_tables(base):
    assert figures("base").equals(base.figures)
    held = finished.read(ROOT / "report" / "base")
    assert list(base.figures.index) == list(held.figures)
    figure = base.figure("cost.training.v3_cost")
    row = base.figures.loc[figure.id]
    assert (row["value"], row["unit"], row["kind"]) == (figure.value, figure.unit, figure.kind)
    assert row["text"] == format_figure(figure)
    assert row["notebook"] == "02-cost"
    assert row["sources"].split(";") == list(figure.sources)
    assert base.calls.loc["C01", "band"] == held.calls.set_index("id").loc["C01", "band"]
    assert list(base.claims.index) == list(held.claims["id"])
    assert base.left_out == ()


def test_the_parameters_of_a_run_are_those_that_it_resolved(base):
    now = resolve()
    frame = base.parameters
    assert list(frame.index) == list(now.rows)
    row = frame.loc["gpu_hour_usd"]
    assert row["median"] == pytest.approx(now.central("gpu_hour_usd"))
    assert row["low"] == pytest.approx(now.quantile("gpu_hour_usd", 0.05))
    assert row["unit"] == now.rows["gpu_hour_usd"].unit
    assert frame.loc["draws", "setting"] == now.setting("draws")
    assert frame.loc["benchmark", "setting"] == now.setting("benchmark")
    assert not frame["set"].any()


def test_an_exhibit_is_its_data(base):
    frame = base.exhibit("verdict-impacts")
    assert frame.equals(pd.read_csv(ROOT / "report" / "base" / "exhibits" / "verdict-impacts.csv"))
    assert "verdict-impacts" in base.exhibits


def test_a_run_shows_in_a_notebook_what_it_is_and_nothing_of_its_text_is_markup(base, tmp_path, monkeypatch):
    assert "1" in base._repr_html_()
    assert str(len(base.figures)) in repr(base)
    monkeypatch.setitem(base._read.manifest["parameters"]["overrides"], "returns_file", "<script>x</script>")
    assert "<script>" not in base._repr_html_()


def test_a_run_can_be_opened_by_its_folder(base):
    assert Run.open(ROOT / "report" / "base").figures.equals(base.figures)
    assert Run.open(str(ROOT / "report" / "base")).name == "base"


@pytest.mark.bad_input("what is asked for in Python")
@pytest.mark.parametrize("name", ["bse", "../base", "", "x" * 5000, "a\0b", "/nowhere", "base/"])
def test_a_run_that_is_not_there_is_one_line(name):
    with pytest.raises(UserError, match=r"^run: saw .*, allowed: base") as refused:
        Run.open(name)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 2000


@pytest.mark.bad_input("what is asked for in Python")
@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda base: base.figure("market.nvda.ar0"), r"^figure: saw 'market.nvda.ar0', .*nearest: market.nvda.ar"),
        (lambda base: base.exhibit("verdict-impact"), r"^exhibit: saw 'verdict-impact', .*nearest: verdict-impacts"),
        (lambda base: base.exhibit("../calls"), r"^exhibit: saw '../calls', allowed: an exhibit of base"),
        (lambda base: base.compare("bse"), r"^run: saw 'bse', allowed: base"),
        (lambda base: base.compare("base", "figure"), r"^side: saw 'figure', .*nearest: figures"),
        (lambda base: facts("api_price"), r"^facts: saw 'api_price', .*nearest: api_prices"),
        (lambda base: facts("api_prices", vintage="2020-01-01"), r"^parameter vintage: saw 2020-01-01"),
        (lambda base: Model(elasticity_lng=1), r"^parameter elasticity_lng: unknown.*nearest: elasticity_long"),
        (lambda base: Model("jevons"), r"^scenario: saw 'jevons', .*nearest: jevons-fails"),
        (lambda base: Model(elasticity_long=(1, 2, 3, 4)), r"^parameter elasticity_long: saw .*\(low, mode, high\)$"),
        (lambda base: Model(elasticity_long=(2, 1)), r"^parameter elasticity_long: saw .*low < high"),
        (lambda base: Model(elasticity_long=[]), r"^parameter elasticity_long: saw '\[\]', allowed: a number"),
        (lambda base: run(name="base"), r"^name: saw 'base', which is the whole report"),
        (lambda base: run(name="../x"), r"^name: saw '../x', allowed: up to 80"),
        (lambda base: run(only="markt"), r"^only: saw 'markt', .*nearest: market"),
        (lambda base: run(adoption_long=7), r"^parameter adoption_long: saw 7, allowed: a number from 0 to 1"),
        (lambda base: run(seed=1.5), r"^parameter seed: saw '1.5', allowed: a whole number"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_one_line_with_the_nearest(base, ask, said):
    with pytest.raises(UserError, match=said) as refused:
        ask(base)
    assert "\n" not in str(refused.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ParameterError) as refused:
        run("jevons", name="a/b", only=["markt"], elasticity_long=9)
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "scenario",
        "parameter elasticity_long",
        "only",
        "name",
    ]


# --- a run of one's own ----------------------------------------------------------------------------------------------


def test_a_run_finds_other_figures_with_other_parameters(base, short):
    assert short.parameters["set"].sum() == 1
    assert short.parameters.loc["estimation_days", "setting"] == 120
    assert set(short.figures["notebook"]) == {"03-market"}
    assert "01-claims" in short.left_out
    assert short.calls.empty
    assert not (short.folder / "index.html").exists()
    assert not (short.folder / "report.pdf").exists()
    moved = base.compare(short)
    row = moved.loc["market.nvda.ar_0"]
    assert row["value_a"] == base.figure("market.nvda.ar_0").value
    assert row["value_b"] == short.figure("market.nvda.ar_0").value
    assert list(base.compare(short, "parameters").index) == ["estimation_days"]
    assert short.compare(base).loc["market.nvda.ar_0", "difference"] == -row["difference"]


def test_equal_runs_differ_in_nothing(base):
    for side in ("figures", "calls", "claims", "parameters"):
        assert base.compare("base", side).empty


def test_a_run_without_a_name_goes_with_its_last_reference(tmp_path, monkeypatch):
    own_notebooks(
        tmp_path,
        monkeypatch,
        "from deepseek_era.notebook import record\nrecord('mine.a', 1, unit='%', label='A')",
    )
    found = run(only="mine")
    folder = found.folder
    assert found.figure("mine.a").value == 1
    assert folder.is_dir()
    del found
    gc.collect()
    assert not folder.exists()


def test_a_run_with_a_name_stays(tmp_path, monkeypatch):
    own_notebooks(
        tmp_path,
        monkeypatch,
        "from deepseek_era.notebook import record\nrecord('mine.a', 2, unit='%', label='A')",
    )
    monkeypatch.setattr(places, "REPORTS", tmp_path / "report")
    found = run(only="mine", name="kept", pages=True)
    assert found.folder == tmp_path / "report" / "kept"
    assert "Left out: 08-other" in (found.folder / "index.html").read_text(encoding="utf-8")
    assert (found.folder / "report.pdf").is_file()


def test_a_notebook_that_stops_is_one_line(tmp_path, monkeypatch):
    own_notebooks(tmp_path, monkeypatch, "1 / 0")
    with pytest.raises(
        UserError, match=r"^notebooks/07-mine\.ipynb, cell own-3.*ZeroDivisionError"
    ) as refused:
        run(only="mine")
    assert "\n" not in str(refused.value)


def test_a_run_that_is_interrupted_leaves_no_process(monkeypatch):
    started = []
    popen = subprocess.Popen

    def noted(*arguments, **options):
        started.append(popen(*arguments, **options))
        return started[-1]

    def interrupt(line):
        raise KeyboardInterrupt

    monkeypatch.setattr(apart.subprocess, "Popen", noted)
    with pytest.raises(KeyboardInterrupt):
        run(only="market", progress=interrupt)
    assert len(started) == 1
    assert started[0].poll() is not None


def own_notebooks(folder, monkeypatch, code):
    """Write two small notebooks, the first of which runs `code`, and make them those of the report."""
    books = folder / "notebooks"
    books.mkdir()
    start = "from deepseek_era.notebook import start\nmodel = start(globals())"
    notebook(books, "07-mine", start, code)
    notebook(books, "08-other", start)
    monkeypatch.setenv("DEEPSEEK_ERA_NOTEBOOKS", str(books))


# --- models and facts ------------------------------------------------------------------------------------------------


def test_a_model_takes_what_a_run_takes():
    model = Model(
        "jevons-fails", seed=np.int64(3), vintage="article", gpu_hour_usd=(2, 3), verbosity=np.float64(2)
    )
    expected = resolve(
        {"gpu_hour_usd": {"low": 2, "high": 3}, "verbosity": 2.0},
        scenario="jevons-fails",
        seed=3,
        vintage="article",
    )
    assert model.parameters == expected
    assert repr(model).startswith("<model: jevons-fails, facts to 2025-01-31, seed 3")


def test_the_parts_of_a_model_are_its_tables():
    model = Model()
    frame = model.market.group_results()
    assert isinstance(frame, pd.DataFrame)
    assert {"group", "caar_pct"} <= set(frame.columns)
    assert "group_results" in model.market.tables.index
    assert "group_results" in dir(model.market)
    assert model.market.group_results.__doc__
    assert "market" in dir(model)
    with pytest.raises(AttributeError, match=r"market: no table 'group_result' \(nearest: group_results\)"):
        model.market.group_result()
    with pytest.raises(AttributeError, match=r"model: no part 'markt' \(nearest: market\)"):
        model.markt  # noqa: B018


@pytest.mark.parametrize("part", workbench.PARTS)
def test_every_table_says_what_it_holds_and_needs_nothing_but_the_model(part):
    known = workbench._tables(part)
    for name, function in known.items():
        assert (inspect.getdoc(function) or "").strip(), name
        needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
        assert needed[0].name == "model", name
        module = importlib.import_module(function.__module__)
        assert getattr(module, name) is function


def test_the_tables_of_the_facts_are_listed_with_what_they_hold():
    listed = facts()
    assert list(listed.index) == list(tables.declared())
    assert listed["holds"].str.len().min() > 0
    assert "provider" in listed.loc["api_prices", "columns"] or "model" in listed.loc["api_prices", "columns"]


@pytest.mark.parametrize("table", ["api_prices", "outcomes_market", "parameters"])
def test_a_table_can_be_read_as_of_a_day(table):
    every, early = facts(table), facts(table, vintage="article")
    assert len(every) > len(early)
    assert not (early["as_of"] > "2025-01-31").any()
    assert list(every.columns) == list(early.columns)


def test_a_table_read_is_the_readers_own():
    first = facts("api_prices")
    first.iloc[:, 0] = "changed"
    assert not facts("api_prices").iloc[:, 0].eq("changed").any()


# --- kept notebooks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "every"),
    [
        ("from deepseek_era import facts", True),
        ("from deepseek_era import *", True),
        ("import deepseek_era as era", True),
        ("import deepseek_era.tables\nimport pandas", False),
        ("from deepseek_era import tables\nimport pandas", False),
    ],
)
def test_a_notebook_that_asks_through_the_interface_rests_on_every_module(tmp_path, code, every):
    path = notebook(tmp_path, "07-mine", code)
    from deepseek_era.book import manuscript

    found = reached.modules_of(manuscript.read(path))
    assert ("deepseek_era.verdicts.evaluate" in found) is every
    assert set(found) <= set(reached.every_module())
