"""The notebooks as they are committed."""

import ast
import itertools
import re

import nbformat
import papermill
import pytest

from deepseek_era import notebook, prose
from deepseek_era.book import native
from deepseek_era.book.manuscript import NOTEBOOKS, paths
from deepseek_era.building import execute
from deepseek_era.parameters import RUN_PARAMETERS, cell_line, names
from deepseek_era.tables import ROOT

pytestmark = pytest.mark.build
PATHS = paths(NOTEBOOKS)


def read(path):
    return nbformat.read(path, as_version=4)


def test_the_story_has_its_paper_and_the_six_parts_that_it_rests_on():
    assert [p.stem for p in PATHS] == [
        "00-paper",
        "01-claims",
        "02-cost",
        "03-market",
        "04-capacity",
        "05-winners-losers",
        "06-scorecard",
    ]


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_notebook_is_committed_without_outputs_and_with_stable_ids(path):
    document = read(path)
    ids = [cell.id for cell in document.cells]
    assert len(set(ids)) == len(ids)
    for cell in document.cells:
        # an id that JupyterLab made tells nobody what the cell is for
        assert not re.fullmatch(r"[0-9a-f-]{8,36}", cell.id), cell.id
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def defined(path):
    """Return name and code of every function and class that a notebook's cells define."""
    found = {}
    for cell in read(path).cells:
        if cell.cell_type == "code" and not cell.source.startswith(prose.MAGIC):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    found[node.name] = ast.dump(ast.Module(node.body, []))
    return found


def test_what_two_notebooks_need_is_defined_in_neither():
    every = [(path.stem, name, body) for path in PATHS for name, body in defined(path).items()]
    for (one, name, body), (other, also, same) in itertools.combinations(every, 2):
        assert one == other or (name != also and body != same), f"{name} in {one} and {also} in {other}"


@pytest.fixture(scope="module")
def forked():
    """Return what every cell of every notebook shows in a build, in forked kernels side by side, drawn beside them."""
    ran = execute.run_notebooks(PATHS, {"draws": 1024})
    return {item.name: shown(item.document) for item in ran}


def shown(document):
    """Return the outputs of each cell of an executed notebook, by the cell's id."""
    return {
        cell.id: [output.get("data", output.get("text")) for output in cell.get("outputs", [])]
        for cell in document.cells
        if "injected-parameters" not in cell.metadata.get("tags", [])
    }


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_notebook_runs_under_plain_papermill_and_shows_the_same_bytes_as_in_a_build(path, forked):
    """Alone, in a kernel of its own that starts from nothing and draws by itself: every number, drawing and paragraph."""
    ran = papermill.execute_notebook(
        str(path), None, parameters={"draws": 1024}, cwd=str(ROOT), progress_bar=False
    )
    native.prepare(ran)  # ids that pandas invents
    cells = shown(ran)
    kinds = {kind for outputs in cells.values() for data in outputs for kind in data}
    own = set() if path.stem == "00-paper" else {notebook.FIGURES}  # the paper records no number of its own
    assert {*own, notebook.EXHIBIT, notebook.PROSE} <= kinds
    assert cells.keys() == forked[path.stem].keys()
    assert [cell for cell in cells if cells[cell] != forked[path.stem][cell]] == []


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_the_parameters_cell_agrees_with_the_table(path):
    cell = next(c for c in read(path).cells if "parameters" in c.metadata.get("tags", []))
    values = {}
    for line, text in zip(ast.parse(cell.source).body, cell.source.splitlines(), strict=True):
        assert isinstance(line, ast.AnnAssign), "one line a parameter"
        values[line.target.id] = ast.literal_eval(line.value)
        # type, unit, range and default stand in the table: this is the line that it gives
        assert text == cell_line(line.target.id)
    assert list(values)[:3] == ["vintage", "seed", "scenario"]
    assert (values["vintage"], values["seed"], values["scenario"]) == ("latest", 1, "base")
    unknown = set(values) - set(names())
    assert not unknown
    assert all(values[n] is None for n in values if n not in RUN_PARAMETERS)


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_prose_that_names_numbers_stands_in_cells_that_the_kernel_fills(path):
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            assert "{{" not in cell.source, cell.id
        elif cell.source.startswith(prose.MAGIC):
            assert prose.named(cell.source) or "{%" in cell.source, cell.id
            # saving it in JupyterLab leaves no diff
            assert cell.metadata["jupyter"] == {"source_hidden": True}, cell.id


def test_papermill_tells_name_type_range_and_default_of_every_parameter_of_a_notebook():
    for path in PATHS:
        told = papermill.inspect_notebook(str(path))
        cell = next(c for c in read(path).cells if "parameters" in c.metadata.get("tags", []))
        assert len(told) == len(cell.source.splitlines())
        assert all(p["inferred_type_name"] in ("str", "int", "float") and p["help"] for p in told.values()), (
            path.name
        )
