"""A run made again from its manifest, what that compares, and the schemas of what a run leaves."""

import hashlib
import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepseek_era import schemas
from deepseek_era.book import compare, finished
from deepseek_era.building import verifying
from deepseek_era.building.verifying import difference_of_bytes, first_difference
from deepseek_era.errors import UserError
from deepseek_era.tables import ROOT
from deepseek_era.verdicts.columns import CALL_COLUMNS

BASE = ROOT / "report" / "base"


@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_flipped_byte_is_named_by_its_place(content, data):
    at = data.draw(st.integers(0, len(content) - 1))
    flipped = bytes([*content[:at], content[at] ^ 1, *content[at + 1 :]])
    line = content.count(b"\n", 0, at) + 1
    assert difference_of_bytes(content, flipped).startswith(f"byte {at + 1} (line {line}): ")
    assert difference_of_bytes(content, content) == ""


def test_a_file_that_ends_early_differs_where_it_ends():
    assert difference_of_bytes(b"ab", b"abc") == "byte 3 (line 1): its end here, 'abc' made again"


@pytest.fixture
def twins(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name / "exhibits").mkdir(parents=True)
        (tmp_path / name / "calls.csv").write_text("id\nC01\n")
        (tmp_path / name / "exhibits" / "x.csv").write_text("x\n1\n")
        (tmp_path / name / "manifest.json").write_text(
            json.dumps({"digest": "d", "made": name, "seconds": {name: 1}})
        )
    return tmp_path / "a", tmp_path / "b"


def test_equal_runs_differ_nowhere_though_their_clocks_do(twins):
    assert first_difference(*twins) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a, b: (a / "exhibits" / "x.csv").write_text("x\n2\n"), "exhibits/x.csv: byte 3 (line 2)"),
        (lambda a, b: (a / "calls.csv").unlink(), "calls.csv: missing"),
        (lambda a, b: (a / "notes.txt").write_text("mine"), "notes.txt: the run made again has no such file"),
        (lambda a, b: (b / "manifest.json").write_text('{"digest": "e"}'), "manifest.json: byte "),
    ],
)
def test_the_first_file_that_differs_is_named(twins, change, said):
    change(*twins)
    assert first_difference(*twins).startswith(said)


# --- bad input ----------------------------------------------------------------------------------------------------


def good_manifest():
    sha = "a" * 64
    inputs = dict.fromkeys(("code", "data", "edition", "lock", "notebooks", "templates"), sha)
    parameters = {"vintage": "2026-11-23", "seed": 1, "scenario": "base", "overrides": {}, "rows": {}}
    return {
        "version": 1,
        "name": "mine",
        "digest": sha,
        "inputs": inputs,
        "files": [],
        "parameters": parameters,
        "versions": {"python": "3.11.7"},
        "made": "2026-11-23T00:00:00+00:00",
        "seconds": {},
    }


@pytest.mark.bad_input("manifests and editions that were touched")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "manifest.json: missing"),
        ("{", "not readable as JSON"),
        ("[]", "saw no version, allowed: 1"),
        (json.dumps({**good_manifest(), "version": 7}), "saw version '7', allowed: 1"),
        (json.dumps({k: v for k, v in good_manifest().items() if k != "version"}), "saw no version"),
        (json.dumps({**good_manifest(), "digest": "d"}), "manifest.json: digest: saw"),
        (json.dumps(good_manifest()), "code aaaaaaaaaaaa when it was made"),
    ],
)
def test_a_run_that_cannot_be_made_again_is_refused_before_anything_runs(tmp_path, monkeypatch, text, said):
    monkeypatch.setattr(verifying.apart, "build", lambda **_: pytest.fail("something ran"))
    folder = tmp_path / "mine"
    folder.mkdir()
    if text is not None:
        (folder / "manifest.json").write_text(text)
    with pytest.raises(UserError) as caught:
        verifying.verify("mine", root=tmp_path)
    lines = str(caught.value).splitlines()
    assert said in lines[0]
    assert all(line.startswith("report/mine") for line in lines)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_run_from_before_an_edition_is_told_which_file_it_read_has_changed(tmp_path, monkeypatch):
    """The report says what changed since the last edition, so it is made from editions too."""
    made = good_manifest()
    monkeypatch.setattr(verifying.inputs.Snapshot, "parts", lambda *_: made["inputs"])
    monkeypatch.setattr(verifying.files, "versions", lambda: made["versions"])
    record = ROOT / "report" / "editions" / "2026-11-23" / "edition.json"
    now = hashlib.sha256(record.read_bytes()).hexdigest()
    listed = [["report/editions/2026-11-23/edition.json", now], ["of-my-own.csv", "c" * 64]]
    verifying.check_inputs({**made, "files": listed}, "report/mine")
    listed[0][1] = "b" * 64
    with pytest.raises(
        UserError, match=r"^report/mine: report/editions/2026-11-23/edition.json is not as it was"
    ):
        verifying.check_inputs({**made, "files": listed}, "report/mine")


def test_a_run_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"^report/nothing: no such run; make it with make report$"):
        verifying.verify("nothing", root=tmp_path)


# --- a real part of the report ------------------------------------------------------------------------------------


@pytest.mark.build
def test_verify_finds_nothing_in_a_run_and_names_a_byte_that_was_flipped_in_it(worker_name):
    def cli(*words):
        return subprocess.run(
            [sys.executable, "-m", "deepseek_era", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    made = cli("report", "--only", "claims", "--no-pdf", "--name", worker_name, "--set", "seed=3")
    assert made.returncode == 0, made.stderr
    folder = ROOT / "report" / worker_name
    try:
        assert schemas.broken("manifest", json.loads((folder / "manifest.json").read_text())) == ""
        same = cli("verify", worker_name)
        assert (same.returncode, same.stderr) == (0, "")
        assert "every byte of every file is what its manifest gives" in same.stdout
        path = folder / "figures.json"
        content = path.read_bytes()
        at = content.index(b"modelled")
        path.write_bytes(content[:at] + b"n" + content[at + 1 :])
        flipped = cli("verify", worker_name)
        assert flipped.returncode == 1
        assert f"figures.json: byte {at + 1:,} (line " in flipped.stdout.splitlines()[-1]
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def worker_name(request):
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    return f"verify-{worker}"


# --- schemas ------------------------------------------------------------------------------------------------------


def rows(name, folder=BASE):
    frame = pd.read_csv(folder / f"{name}.csv").astype(object)
    return frame.where(frame.notna(), None).to_dict("records")


def content(name, folder=BASE):
    if name in ("calls", "claims"):
        return rows(name, folder)
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["figures", "calls", "claims", "manifest"])
def test_the_base_report_is_as_its_schemas_say(name):
    assert schemas.broken(name, content(name)) == ""


def test_a_comparison_is_as_its_schema_says(tmp_path):
    other = tmp_path / "other"
    shutil.copytree(BASE, other, ignore=shutil.ignore_patterns("exhibits", "notebooks", "*.html", "*.pdf"))
    figures = content("figures")
    some = next(k for k, f in figures.items() if f["low"] is not None)
    figures[some]["high"] *= 2
    figures[some]["low"] = min(figures[some]["low"], figures[some]["high"])
    (other / "figures.json").write_text(json.dumps(figures))
    found = compare.compare(finished.read(BASE), finished.read(other)).as_dict()
    assert found["figures"]
    assert schemas.broken("comparison", json.loads(json.dumps(found))) == ""


def test_the_schema_of_calls_names_every_column():
    assert tuple(schemas.schema("calls")["items"]["properties"]) == CALL_COLUMNS


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("figures", lambda c: next(iter(c.values())).update(kind="guessed"), '"guessed" is not one of'),
        ("figures", lambda c: next(iter(c.values())).pop("unit"), '"unit" is a required property'),
        ("calls", lambda c: c[0].update(p_winner=1.2), "0/p_winner: saw '1.2', 1.2 is greater than"),
        ("calls", lambda c: c[0].update(band="victory"), '"victory" is not one of'),
        ("claims", lambda c: c[0].update(id="X1"), "0/id: saw"),
        ("manifest", lambda c: c["inputs"].update(code="abc"), "inputs/code: saw"),
    ],
)
def test_what_breaks_a_schema_is_named(name, change, said):
    found = content(name)
    if name == "manifest":
        found["version"] = 1
    change(found)
    line = schemas.broken(name, found)
    assert said in line
    assert "\n" not in line
