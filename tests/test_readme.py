"""What the README says is what the committed report holds."""

import json
import os
import re
import subprocess
import sys

import pytest
from conftest import COUNTED
from tried import table

from deepseek_era.figure import Figure, format_figure
from deepseek_era.tables import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
NUMBERS = re.findall(r"\*\*([^*\n]+)\*\*\s*<!-- ([a-z0-9_.]+) -->", README)


def test_the_readme_names_figures():
    assert len(NUMBERS) >= 15


@pytest.mark.parametrize(("text", "key"), NUMBERS, ids=[key for _, key in NUMBERS])
def test_a_number_in_the_readme_is_the_reports(text, key):
    entry = json.loads((ROOT / "report" / "base" / "figures.json").read_text(encoding="utf-8"))[key]
    figure = Figure(
        key,
        entry["value"],
        entry["unit"],
        entry["kind"],
        entry["label"],
        entry["low"],
        entry["high"],
    )
    assert text == format_figure(figure)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_a_link_in_the_readme_leads_somewhere(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"^make ([a-z]+)", README, re.MULTILINE))))
def test_a_make_target_in_the_readme_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture
def counted(request):
    """Return the table of what is tried: as this run collected it if it collected all, else as ``tests/tried.py`` prints it."""
    if (found := request.config.stash.get(COUNTED, None)) is not None:
        return table(found)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "DEEPSEEK_ERA_"))}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "tried.py")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_table_of_bad_inputs_and_faults_is_what_the_tests_try(counted):
    """Paste what ``python tests/tried.py`` prints between the two comments of the README."""
    written = re.search(r"<!-- tried -->\n(.*?)<!-- /tried -->", README, re.DOTALL).group(1)
    assert written.strip() == counted.strip()
