"""The recipes of docs/editing.md, followed letter by letter in a copy of the project, built, and looked for in the page."""

import csv
import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deepseek_era.tables import ROOT

pytestmark = pytest.mark.build
TEXT = (ROOT / "docs" / "editing.md").read_text(encoding="utf-8")
AFTER = re.compile(
    r"[Ii]n\s+`(notebooks/[\w-]+\.ipynb)`,\s+after\s+the\s+cell\s+`([\w-]+)`,\s+a\s+(markdown|code)\s+cell\s+`([\w-]+)`:\n\n"
    r"```\w+\n(.*?)\n```",
    re.DOTALL,
)
FRESH = re.compile(
    r"a\s+(markdown|code)\s+cell\s+`(mine-[\w-]+)`[^:`]*(?:`(parameters)`)?:\n\n```\w+\n(.*?)\n```", re.DOTALL
)
APPEND = re.compile(r"Append\s+to\s+`([\w./]+)`:\n\n```(?:csv|python)\n(.*?)\n```", re.DOTALL)
REPLACE = re.compile(r"In\s+`([\w./]+)`\s+replace\s+`([^`]+)`\s+by\s+`([^`]+)`")


def cell(kind, name, source, tags=()):
    made = {"cell_type": kind, "id": name, "metadata": {"tags": list(tags)} if tags else {}, "source": source}
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def ten_lines() -> list[str]:
    """Return the lines by which the README adds a stakeholder: the recipe for a call."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"### Add a stakeholder in ten lines\n.*?```sh\n(.*?)```", readme, re.DOTALL)
    assert found
    return found[1].strip().splitlines()


def follow(project: Path) -> list[str]:
    """Do what the recipes say and return the headings of those that were followed."""
    for path, after, kind, name, source in AFTER.findall(TEXT):
        notebook = json.loads((project / path).read_text(encoding="utf-8"))
        place = next(k for k, c in enumerate(notebook["cells"]) if c["id"] == after)
        notebook["cells"].insert(place + 1, cell(kind, name, source))
        (project / path).write_text(json.dumps(notebook), encoding="utf-8")
    own = [cell(kind, name, source, [tag] if tag else []) for kind, name, tag, source in FRESH.findall(TEXT)]
    base = json.loads((project / "notebooks" / "01-claims.ipynb").read_text(encoding="utf-8"))
    kernel = {"kernelspec": base["metadata"]["kernelspec"]}
    made = {"cells": own, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (project / "notebooks" / "07-mine.ipynb").write_text(json.dumps(made), encoding="utf-8")
    for path, row in APPEND.findall(TEXT):
        with (project / path).open("a", encoding="utf-8") as table:
            table.write(row + "\n")
    lines = ten_lines()
    assert len(lines) == 10
    assert lines[-1].startswith("make report")
    subprocess.run(["bash", "-e", "-c", "\n".join(lines[:-1])], cwd=project, check=True)
    for path, old, new in REPLACE.findall(TEXT):
        text = (project / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path}: {old}"
        (project / path).write_text(text.replace(old, new), encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    return list(re.findall(r"^## (.+)$", prose, re.MULTILINE))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the finished run of a copy of the project in which every recipe was followed."""
    project = tmp_path_factory.mktemp("recipes") / "project"
    skipped = shutil.ignore_patterns(".*", "base", "test-*", "only-*", "__pycache__", "tests")
    shutil.copytree(ROOT, project, ignore=skipped)
    # by the last whole run a part of the report knows what the notebooks that it leaves out would have said
    shutil.copytree(ROOT / "report" / "base", project / "report" / "base")
    assert follow(project) == [
        "A paragraph", "A number", "A chart", "A table", "The paper", "A notebook", "A parameter", "A fact", "A forecast", "A colour", "A term", "A claim", "A call"
    ]  # fmt: skip
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "deepseek_era",
            "report",
            "--only",
            "paper,market,mine,claims,winners-losers,scorecard",
            "--no-pdf",
            "--set",
            "my_share=0.2:0.3:0.5",
        ],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return next(path for path in (project / "report").glob("only-*") if (path / "index.html").exists())


def words(folder: Path, name: str = "annex.html") -> str:
    page = re.sub(
        r"<(script|style)\b.*?</\1>", "", (folder / name).read_text(encoding="utf-8"), flags=re.DOTALL
    )
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).replace("\xa0", " ").split())


def test_a_paragraph_a_sentence_with_its_number_and_a_notebook_stand_in_the_page(built):
    said = words(built)
    assert "Few firms buy most of the chips" in said
    figures = json.loads((built / "figures.json").read_text(encoding="utf-8"))
    lowest = figures["market.own.lowest"]
    assert (lowest["unit"], lowest["kind"], lowest["notebook"]) == ("%", "modelled", "03-market")
    assert re.search(rf"No interval reaches below −{abs(round(lowest['value']))}%", said)
    assert "A part of my own" in said
    assert f"The timeline holds {figures['mine.events']['value']:.0f} events." in said


def test_charts_and_tables_are_numbered_exhibits_with_their_data(built):
    said = words(built)
    for title in (
        "The same day in bars",
        "Small groups are not the ones that moved most",
        "How many firms stand behind each p-value",
    ):
        assert re.search(rf"(Figure|Table) \d+.{{,30}}{re.escape(title)}", said), title
    assert {"my-bars.svg", "my-bars.csv", "my-spread.svg", "my-table.csv"} <= {
        p.name for p in (built / "exhibits").iterdir()
    }


def test_a_chapter_of_the_paper_names_a_number_and_places_an_exhibit_of_another_notebook(built):
    said = words(built, "index.html")
    assert re.search(r"What the forest cannot show ?Its lowest end is −\d+%, a fall\.", said)
    chapter = said.split("Its lowest end is")[1]
    assert re.search(r"(Figure|Table) \d+ ?.*?of the annex, with how it is computed", chapter)
    assert "cost.training.full_cost: 02-cost was not run" in said


def test_a_parameter_can_be_set_and_a_fact_is_counted(built):
    figures = json.loads((built / "figures.json").read_text(encoding="utf-8"))
    share = figures["mine.share"]
    assert 0.2 < share["low"] < share["value"] < share["high"] < 0.5
    listed = (ROOT / "data" / "timeline.csv").read_text(encoding="utf-8").count("\n")
    assert figures["mine.events"]["value"] == listed  # the header's line stands for the row that was added


def test_a_forecast_is_run_in_the_place_of_the_first_one(built):
    with (built / "exhibits" / "scorecard-choices.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["choice"]: row for row in csv.DictReader(file)}
    own, first = rows["C05a: A forecast that I read about"], rows["As scored"]
    assert float(own["brier_without"]) < float(first["brier_without"])  # nearer to a bar that was not passed
    assert own["n"] == first["n"]


def test_a_claim_is_answered_counted_and_printed_with_its_rule(built):
    with (built / "claims.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert rows["F14"]["verdict"] == "true"
    said = words(built)
    assert "Both dates are on record." in said
    assert "True if the timeline has the weights before the announcement" in said
    figures = json.loads((built / "figures.json").read_text(encoding="utf-8"))
    assert figures["claims.count.all"]["value"] == len(rows)


def test_a_term_is_explained_where_it_is_first_met(built):
    page = (built / "annex.html").read_text(encoding="utf-8")
    assert "The part of a computer that does the sums." in html.unescape(page)


def test_a_colour_is_changed_in_one_place(built):
    page = (built / "annex.html").read_text(encoding="utf-8")
    assert "#224A6B" in page
    assert "#33475B" not in page


def test_ten_lines_of_the_readme_bring_a_stakeholder_into_matrix_card_and_scorecard(built):
    with (built / "calls.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == "C23")
    assert (row["band"], row["came_true"]) == ("won", "too early")
    first = (built / "index.html").read_text(encoding="utf-8")
    assert 'id="card-C23"' in first
    assert "Cheaper tokens bring more courses" in first
    page = (built / "annex.html").read_text(encoding="utf-8")
    card = page[page.index('id="card-C23"') :].split("</article>")[0]
    for said in ("Counts are not sales.", "What would flip it", "Outcome to date", "Titles in print"):
        assert said in card
    for name, said in (
        ("scorecard-rules", "Titles in print against January 2025"),
        ("scorecard-outcomes", "C23a Textbooks"),
        ("scorecard-calls", "Textbooks"),
        ("verdict-drivers", "Textbooks"),
        ("verdict-impacts", "Textbooks"),
    ):
        assert said in (built / "exhibits" / f"{name}.csv").read_text(encoding="utf-8"), name
