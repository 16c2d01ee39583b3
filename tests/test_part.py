"""A part of the report: one notebook in seconds, a page that says what it lacks, and a base report that stays whole."""

import json
import re
import subprocess
import sys

import pytest

from deepseek_era import places
from deepseek_era.book import finished
from deepseek_era.book.part import Part, choose, elsewhere
from deepseek_era.building import build, folders, serve
from deepseek_era.errors import ParameterError, UserError
from deepseek_era.tables import ROOT

STEMS = ("01-claims", "02-cost", "03-market", "05-winners-losers", "07-my part")


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "deepseek_era", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("only", "chosen"),
    [
        ("market", ["03-market"]),
        ("winners-losers market", ["03-market", "05-winners-losers"]),
        ("market,cost", ["02-cost", "03-market"]),
        (" market , cost market ", ["02-cost", "03-market"]),
        ("Market", ["03-market"]),
        ("03-market 02-cost.ipynb", ["02-cost", "03-market"]),
        ("my-part", ["07-my part"]),
        (["my part"], ["07-my part"]),
        ("", list(STEMS)),
        ((), list(STEMS)),
    ],
)
def test_notebooks_are_named_without_their_number(only, chosen):
    part = choose(only, STEMS)
    assert list(part.notebooks) == chosen
    assert sorted((*part.notebooks, *part.left_out)) == list(STEMS)


@pytest.mark.bad_input("names of notebooks to run")
@pytest.mark.parametrize(
    ("only", "said"),
    [
        ("markt", ["only: saw 'markt', allowed: claims, cost, .* \\(nearest: market\\)"]),
        ("markt,kost", ["only: saw 'markt'.*market", "only: saw 'kost'.*cost"]),
        (",", ["only: saw ',', allowed: claims"]),
        ("../market", ["only: saw '../market', allowed: claims"]),
        ("3", ["only: saw '3', allowed: claims"]),
        ("\x1b[2J", [r"only: saw '\\x1b\[2J', allowed: .*my-part$"]),
    ],
)
def test_a_name_that_no_notebook_has_is_one_line_with_the_nearest(only, said):
    with pytest.raises(ParameterError) as refused:
        choose(only, STEMS)
    lines = str(refused.value).splitlines()
    assert len(lines) == len(said)
    assert all(re.match(pattern, line) for pattern, line in zip(said, lines, strict=True)), lines


@pytest.mark.bad_input("names of notebooks to run")
@pytest.mark.parametrize("verb", ["report", "serve"])
def test_a_slip_is_told_before_anything_runs(verb):
    done = command(verb, "--only", "markt")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: only: saw 'markt'")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.bad_input("names of notebooks to run")
@pytest.mark.parametrize("part", [choose("market", STEMS), choose("", STEMS, paper=False)])
@pytest.mark.parametrize("name", ["base", "Base"])
def test_the_base_report_is_never_a_part(part, name):
    with pytest.raises(UserError, match=f"^name: saw '{name}', which is the whole report") as refused:
        folders.run_name("base", {}, name, part)
    assert "\n" not in str(refused.value)


def test_the_command_line_says_so_too():
    done = command("report", "--no-pdf", "--name", "base")
    assert done.returncode == 2
    assert done.stderr.startswith("error: name: saw 'base', which is the whole report")
    assert len(done.stderr.splitlines()) == 1


def test_a_part_has_a_name_of_its_own():
    market, draft = choose("market", STEMS), choose("", STEMS, paper=False)
    assert folders.run_name("base", {}, None, market) == "only-market"
    assert folders.run_name("base", {}, None, choose("cost market", STEMS)) == "only-cost+market"
    assert folders.run_name("jevons-fails", {"seed": 2}, None, market) == "only-market+jevons-fails+seed=2"
    assert folders.run_name("base", {}, None, draft) == "draft"
    assert folders.run_name("base", {}, None, choose("", STEMS)) == "base"
    assert folders.run_name("base", {}, "mine", market) == "mine"


def test_the_server_builds_the_part_again():
    part = choose("cost market", STEMS, paper=False)
    words = serve.command("base", "", "serve", part)
    assert words[words.index("--only") + 1] == "02-cost,03-market"
    assert "--no-pdf" in words
    assert not {"--only", "--no-pdf"} & set(serve.command("base", "", "serve", choose("", STEMS)))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["ONLY=cost market", "PDF=0"], ["--only", "cost market", "--no-pdf"]),
        (["PDF=1"], ["--only", ""]),
        ([], ["--only", ""]),
    ],
)
@pytest.mark.parametrize("target", ["report", "serve"])
def test_make_hands_both_on(tmp_path, target, given, words):
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\nfor word in "$@"; do echo "[$word]"; done\n')
    python.chmod(0o755)
    (tmp_path / ".ready").touch()
    done = subprocess.run(
        ["make", target, f"VENV={tmp_path}", *given], cwd=ROOT, capture_output=True, text=True, check=True
    )
    said = [line[1:-1] for line in done.stdout.splitlines() if line.startswith("[")]
    at = said.index("--only")
    assert said[at : at + 2] == words[:2]
    assert ("--no-pdf" in said) == ("--no-pdf" in words)


@pytest.fixture(scope="module")
def claims(tmp_path_factory):
    """The section on the claims alone, without a paper: its findings name numbers of other sections."""
    root = tmp_path_factory.mktemp("reports")
    said = []
    part = choose("claims", [path.stem for path in places.notebook_files()], paper=False)
    return build.build(root=root, part=part, progress=said.append), said, part


def test_a_part_holds_its_sections_alone_and_says_so(claims):
    folder, said, part = claims
    assert folder.name == "only-claims"
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count('<section class="sec" id="section-') == 1
    assert f"Only 01-claims was run. Left out: {', '.join(part.left_out)}." in page
    assert any(part.sentence in line for line in said)
    assert [p.name for p in (folder / "notebooks").iterdir()] == ["01-claims.ipynb"]


def test_a_part_links_to_no_file_that_it_lacks(claims):
    folder, _, _ = claims
    assert not (folder / "report.pdf").exists()
    assert not (folder / "calls.csv").exists()
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert 'href="claims.csv"' in page
    assert 'href="report.pdf"' not in page
    assert 'href="calls.csv"' not in page
    assert 'class="mx"' not in page


def test_what_another_notebook_records_is_named_and_never_filled_from_an_older_run(claims):
    folder, said, _ = claims
    base = json.loads((ROOT / "report" / "base" / "figures.json").read_text(encoding="utf-8"))
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    assert {entry["notebook"] for entry in figures.values()} == {"01-claims"}
    named = [line.split("] ")[-1] for line in said if "the report says so" in line]
    assert named
    page = (folder / "index.html").read_text(encoding="utf-8")
    for line in named:
        words = line.partition(";")[0]
        figure, notebook = words.removesuffix(" was not run").split(": ")
        assert base[figure]["notebook"] == notebook
        assert f"({words})" in page
    findings = (folder / "claims.csv").read_text(encoding="utf-8")
    assert "{{" not in findings
    assert "was not run)" in findings


def test_a_part_can_be_told_from_a_whole_run(claims):
    folder, _, part = claims
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["left_out"] == list(part.left_out)
    assert manifest["paper"] is False
    with pytest.raises(
        UserError, match=r"^report/only-claims: a part of the report, without 00-paper, 02-cost, .*whole run$"
    ):
        finished.read(folder)


def test_a_name_that_nobody_knows_stays_a_mistake(tmp_path):
    (tmp_path / "base" / "exhibits").mkdir(parents=True)
    (tmp_path / "base" / "figures.json").write_text('{"cost.a": {"notebook": "02-cost"}, "x": 1}')
    assert elsewhere(choose("market", STEMS), tmp_path) == {}  # not readable as figures: nothing is known
    (tmp_path / "base" / "figures.json").write_text(
        '{"cost.a": {"notebook": "02-cost"}, "market.b": {"notebook": "03-market"}}'
    )
    (tmp_path / "base" / "exhibits" / "cost-path.csv").touch()
    assert elsewhere(choose("market", STEMS), tmp_path) == {
        "cost.a": "(cost.a: 02-cost was not run)",
        "ref:cost-path": "(cost-path: in a part that was not run)",
    }
    assert elsewhere(Part(STEMS), tmp_path) == {}


def test_another_broken_notebook_does_not_stop_a_part(tmp_path, monkeypatch):
    from deepseek_era.book import manuscript

    for path in places.notebook_files()[1:3]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "09-broken.ipynb").write_text("{")
    monkeypatch.setenv("DEEPSEEK_ERA_NOTEBOOKS", str(tmp_path))
    stems = [path.stem for path in places.notebook_files()]
    found = manuscript.paths(only=choose("cost", stems).notebooks)
    assert [path.name for path in found] == ["02-cost.ipynb"]
    with pytest.raises(UserError, match="09-broken"):
        manuscript.paths()
