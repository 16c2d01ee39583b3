"""Running notebooks: forked kernels, failures, and what reaches the reader."""

import os
import signal

import nbformat
import pytest

from deepseek_era.book import manuscript
from deepseek_era.building import execute, forks
from deepseek_era.errors import NotebookError, UserError


def notebook(folder, name, *cells):
    document = nbformat.v4.new_notebook()
    first = nbformat.v4.new_code_cell(
        "vintage = 'latest'\nseed = 1", id="parameters", metadata={"tags": ["parameters"]}
    )
    document.cells = [first, *(nbformat.v4.new_code_cell(c, id=f"cell-{i}") for i, c in enumerate(cells))]
    document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / f"{name}.ipynb"
    nbformat.write(document, path)
    return path


def texts(item):
    return ["".join(o.get("text", "")) for c in item.document.cells for o in c.get("outputs", [])]


@pytest.mark.parametrize("fork", ["1", "0"])
def test_notebooks_run_side_by_side_with_their_parameters(tmp_path, monkeypatch, fork):
    monkeypatch.setenv("DEEPSEEK_ERA_FORK", fork)
    paths = [notebook(tmp_path, f"0{i}-n", f"print(seed + {i})") for i in (1, 2)]
    ran = execute.run_notebooks(paths, {"seed": 10}, workers=2)
    assert [item.name for item in ran] == ["01-n", "02-n"]
    assert [texts(item)[-1].strip() for item in ran] == ["11", "12"]


def test_a_failing_notebook_is_named_with_cell_error_and_parameters(tmp_path):
    path = notebook(tmp_path, "01-n", "x = 1", "1 / 0")
    with pytest.raises(NotebookError) as caught:
        execute.run_notebooks([path], {"seed": 7})
    message = str(caught.value)
    assert "notebooks/01-n.ipynb, cell cell-1" in message
    assert "ZeroDivisionError: division by zero" in message
    assert "seed=7" in message
    assert len(message.splitlines()) == 1


def test_a_kernel_that_dies_is_reported(tmp_path):
    path = notebook(tmp_path, "01-n", "import os\nos._exit(1)")
    with pytest.raises(NotebookError, match=r"01-n\.ipynb.*died"):
        execute.run_notebooks([path], {})


def test_a_cell_that_hangs_is_ended(tmp_path):
    path = notebook(tmp_path, "01-n", "import time\ntime.sleep(60)")
    with pytest.raises(NotebookError, match=r"01-n\.ipynb.*longer than"):
        execute.run_notebooks([path], {}, timeout=2)


def test_a_folder_without_notebooks_and_a_broken_one_are_refused(tmp_path):
    with pytest.raises(UserError, match="no notebook named"):
        manuscript.paths(tmp_path)
    (tmp_path / "01-x.ipynb").write_text("{not json")
    with pytest.raises(UserError, match=r"01-x\.ipynb: not a readable notebook"):
        manuscript.paths(tmp_path)


def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path):
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    nbformat.write(document, tmp_path / "01-x.ipynb")
    with pytest.raises(UserError, match="no cell tagged parameters"):
        manuscript.paths(tmp_path)


@pytest.mark.parametrize(("deaths", "word"), [(1, b"made"), (2, None)])
def test_a_process_beside_that_dies_without_a_word_is_started_once_more(tmp_path, deaths, word):
    tries = tmp_path / "tries"

    def make() -> bytes:
        with tries.open("a") as handle:
            handle.write("x")
        if len(tries.read_text()) <= deaths:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"made"

    with forks.beside(make, "card.png") as answer:
        if word is None:
            with pytest.raises(UserError, match="its process died without a word, twice"):
                answer()
        else:
            assert answer() == word
    assert len(tries.read_text()) == 2
