"""A notebook in JupyterLab as an editor has it: prose reads as text with its numbers, opens for typing, and folds again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import nbformat
import pytest
from visits import CHROMIUM, need

from deepseek_era.tables import ROOT

need(CHROMIUM)
from playwright.sync_api import Page, sync_playwright  # noqa: E402

pytestmark = pytest.mark.browser
CELLS = (
    "from deepseek_era.notebook import record, start\n\nmodel = start(globals())",
    "record('own.fall', -15.9, unit='%', label='fall', low=-21.0, high=-10.6)",
    "%%prose\nIt {{ 'fell' if own.fall is below 0 else 'moved' }} by {{ own.fall | value }}.",
    "%%prose\nA slip: {{ own.fal }}.",
)

FOLDED = "() => !document.querySelector('.jp-mod-prose').querySelector('.jp-InputArea-editor')"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a notebook in a JupyterLab started as ``make lab`` starts it, on an own folder."""
    folder = tmp_path_factory.mktemp("lab")
    document = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    )
    document.cells = [nbformat.v4.new_code_cell(text, id=f"c{i}") for i, text in enumerate(CELLS)]
    nbformat.write(document, folder / "own.ipynb")
    recipe = re.search(r"-m jupyterlab (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert recipe is not None
    options = re.findall(r"--LabApp\S+", recipe[1].replace("$(CURDIR)", str(ROOT)).replace('"', ""))
    assert options
    log = folder / "lab.log"
    settings = {f"JUPYTER_{k}_DIR": str(folder / k.lower()) for k in ("CONFIG", "DATA", "RUNTIME")}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--allow-root", "--no-browser", "--port=0"),
                *("--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={folder}"),
                *options,
            ],
            stdout=stream,
            stderr=stream,
            cwd=ROOT,
            env={**os.environ, **settings, "PYTHONPATH": str(ROOT)},
        )
    try:
        for _ in range(300):
            found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text(encoding="utf-8", errors="replace"))
            if found:
                break
            assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-2000:]
            time.sleep(0.2)
        assert found is not None
        yield f"{found.group()}/lab/tree/own.ipynb?reset"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def page(lab: str) -> Iterator[Page]:
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(lab)
        yield page
        browser.close()


def test_prose_reads_as_text_opens_on_a_double_click_and_a_slip_stays_open(page: Page) -> None:
    page.wait_for_selector(".jp-mod-prose", timeout=60_000)
    # cells that are run before the kernel answers may be lost
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    prose = page.locator(".jp-mod-prose").first
    prose.locator(".jp-OutputArea-output").get_by_text("It fell by").wait_for(timeout=60_000)
    page.wait_for_function(FOLDED)
    assert "{{" not in prose.inner_text()

    slip = page.locator(".jp-mod-prose").nth(1)
    slip.get_by_text("nearest: own.fall").first.wait_for(timeout=60_000)
    assert slip.locator(".jp-InputArea-editor").count() == 1

    prose.locator(".jp-OutputArea-output").dblclick()
    prose.locator(".jp-InputArea-editor").wait_for()
    page.keyboard.press("Control+End")
    page.keyboard.type(" So it was.")
    page.keyboard.press("Shift+Enter")
    prose.locator(".jp-OutputArea-output").get_by_text("So it was.").wait_for(timeout=60_000)
    page.wait_for_function(FOLDED)
