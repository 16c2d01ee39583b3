"""A run taken elsewhere: what the files hold is what the run found, and no cell of them runs."""

import datetime as dt
import io
import json
import struct
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from deepseek_era import Run, export
from deepseek_era.drawing import svg
from deepseek_era.errors import UserError
from deepseek_era.pages import drawings
from deepseek_era.tables import ROOT

DAY = dt.datetime(2026, 11, 23)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><circle cx="9" cy="9" r="5" fill="#f00"/></svg>'
HOSTILE = [
    "=1+1",
    "=HYPERLINK(1)",
    "+cmd|x",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "#N/A",
    "#REF!",
    "a\x07b",
    "x" * 40_000,
]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    said = []
    folder = export.write("base", into=tmp_path_factory.mktemp("out"), progress=said.append)
    assert said[-1].startswith("done: ")
    return folder


@pytest.fixture
def part(tmp_path):
    """A part of a report, with an exhibit, that judged no call."""
    folder = tmp_path / "report" / "only-mine"
    (folder / "exhibits").mkdir(parents=True)
    figure = {
        "value": 1.5,
        "low": None,
        "high": None,
        "unit": "%",
        "kind": "modelled",
        "label": "=A1",
        "notebook": "07-mine",
    }
    (folder / "figures.json").write_text(
        json.dumps({"mine.a": {**figure, "sources": ["S_V3REPORT", "gone"]}})
    )
    parameters = {"vintage": "2026-11-23", "seed": 1, "scenario": "base", "overrides": {}, "rows": {}}
    whole = json.loads((ROOT / "report" / "base" / "manifest.json").read_text())
    manifest = whole | {"name": "only-mine", "left_out": ["02-cost"], "parameters": parameters}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "exhibits" / "calls.csv").write_text("who,size\n'=1+1,2\n")
    (folder / "exhibits" / "calls.svg").write_text(drawings.titled(SVG, "What moved"))
    return folder


def read(content):
    """Return a workbook as openpyxl reads it; the tests of other things are collected without that extra."""
    import openpyxl

    return openpyxl.load_workbook(content)


def sheets(folder):
    book = read(folder / "report.xlsx")
    return {sheet.title: [[c.value for c in row] for row in sheet.iter_rows()] for sheet in book}


def test_the_workbook_holds_every_table_of_the_run(base):
    run, found = Run.open("base"), sheets(base)
    for name, frame in (
        ("figures", run.figures),
        ("calls", run.calls),
        ("claims", run.claims),
        ("parameters", run.parameters),
    ):
        assert [row[0] for row in found[name][1:]] == list(frame.index), name
        assert found[name][0] == ["id", *frame.columns], name
    head, *rows = found["figures"]
    value = head.index("value")
    assert [row[value] for row in rows] == [None if pd.isna(v) else v for v in run.figures["value"]]
    assert [row[0] for row in found["exhibits"][1:]] == run.exhibits
    for name, sheet, title in found["exhibits"][1:]:
        frame = run.exhibit(name)
        assert len(found[sheet]) == len(frame) + 1, name
        drawing = run.folder / "exhibits" / f"{name}.svg"
        assert bool(title) == drawing.exists(), name


def test_the_sources_are_those_that_the_run_names(base):
    run, found = Run.open("base"), sheets(base)["sources"]
    named = [source for cell in run.figures["sources"] for source in cell.split(";") if source]
    listed = {row[0]: row[found[0].index("figures")] for row in found[1:]}
    assert set(named) <= set(listed)
    assert all(listed[source] == named.count(source) for source in set(named))


def test_the_figures_are_the_runs_as_csv(base):
    frame = pd.read_csv(base / "figures.csv", keep_default_na=False)
    run = Run.open("base")
    assert list(frame["id"]) == list(run.figures.index)
    assert list(frame.columns) == ["id", *run.figures.columns]


def test_every_drawing_is_a_picture_of_twice_its_size(base):
    drawn = sorted((ROOT / "report" / "base" / "exhibits").glob("*.svg"))
    assert drawn
    assert sorted(p.stem for p in (base / "exhibits").iterdir()) == [p.stem for p in drawn]
    for path in drawn[:5]:
        data = (base / "exhibits" / f"{path.stem}.png").read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", data[16:24])
        size = path.read_text(encoding="utf-8")
        assert f'width="{width // svg.SCALE}"' in size
        assert f'height="{height // svg.SCALE}"' in size


def test_equal_runs_give_equal_bytes(part, tmp_path):
    first = export.write("only-mine", root=part.parent, into=tmp_path / "a")
    second = export.write("only-mine", root=part.parent, into=tmp_path / "b")
    files = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    described = ["croissant.json", "datapackage.json", "ro-crate-metadata.json", "sbom.cdx.json"]
    assert sorted(p.name for p in files) == sorted(["calls.png", "figures.csv", "report.xlsx", *described])
    assert all((first / p).read_bytes() == (second / p).read_bytes() for p in files)


def test_a_part_of_a_report_has_the_sheets_that_it_can_have(part, tmp_path):
    found = sheets(export.write("only-mine", root=part.parent, into=tmp_path / "out"))
    assert list(found) == ["figures", "sources", "exhibits", "calls"]
    assert found["exhibits"][1] == ["calls", "calls", "What moved"]
    assert found["calls"] == [["who", "size"], ["'=1+1", 2]]
    assert found["figures"][1][found["figures"][0].index("label")] == "'=A1"
    assert [row[0] for row in found["sources"]] == [
        "id",
        "S_V3REPORT",
    ]  # one that the table no longer has is left out


def test_a_new_export_takes_the_place_of_the_old_one_only_when_it_is_whole(part, tmp_path):
    folder = export.write("only-mine", root=part.parent, into=tmp_path / "out")
    before = (folder / "report.xlsx").read_bytes()
    (part / "exhibits" / "other.svg").write_text("<svg")
    with pytest.raises(UserError, match=r"^report/only-mine/exhibits/other\.svg: not readable as a drawing"):
        export.write("only-mine", root=part.parent, into=tmp_path / "out")
    assert (folder / "report.xlsx").read_bytes() == before
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["only-mine"]


@pytest.mark.bad_input("formulas for a spreadsheet")
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_no_text_of_a_workbook_runs(text):
    frame = pd.DataFrame({text[:200]: [text], "n": [1.5]})
    content = export.workbook({"sheet": frame}, DAY)
    book = read(io.BytesIO(content))
    cells = [cell for row in book["sheet"].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    said = str(book["sheet"]["A2"].value)
    assert len(said) <= export.CELL
    assert said[0] not in "=+@\t" or said == text


def test_a_number_of_a_workbook_is_one():
    frame = pd.DataFrame(
        {"a": [1, 2], "b": [0.5, np.nan], "c": [True, False], "d": ["x", None], "e": [np.inf, -1e-9]}
    )
    book = read(io.BytesIO(export.workbook({"s": frame}, DAY)))
    rows = [[cell.value for cell in row] for row in book["s"].iter_rows(min_row=2)]
    assert rows == [[1, 0.5, True, "x", "inf"], [2, None, False, None, -1e-9]]


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (["a", "A"], ["a", "A-2"]),
        (["figures"], ["figures-2"]),
        (["x" * 40, "x" * 41], ["x" * 31, "x" * 29 + "-2"]),
        (["a/b:c*d?e[f]g\\h"], ["a-b-c-d-e-f-g-h"]),
        (["history", "'"], ["history-2", "-"]),
    ],
)
def test_every_exhibit_has_a_sheet_of_its_own(wanted, given):
    assert list(export.sheet_names(wanted, ["figures"]).values()) == given


@pytest.mark.bad_input("names of runs, scenarios and files")
@pytest.mark.parametrize("name", ["bse", "../base", "compare", "template"])
def test_a_run_that_is_not_there_cannot_be_exported(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "deepseek_era", "export", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: run: saw '{name}', allowed: base")
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_extra_is_named_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UserError, match=r"^export: openpyxl is not installed; make export installs it"):
        export.workbook({}, DAY)


def test_make_asks_for_the_extra_before_it_exports():
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", "-W", "requirements-export.txt", "export", "NAME=mine"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--require-hashes -r requirements-export.txt" in done.stdout
    assert "deepseek_era export" in done.stdout.splitlines()[-1]
