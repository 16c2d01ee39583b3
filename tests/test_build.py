"""A run as a user drives it: names, locks, replacement in one step, refusals before any kernel."""

import os
import subprocess
import sys

import pytest

from deepseek_era import cli
from deepseek_era.book import matter
from deepseek_era.building import build, cache, folders
from deepseek_era.errors import ParameterError, UserError
from deepseek_era.parameters import later_knowledge, resolve, scenarios
from deepseek_era.tables import ROOT


def command(*arguments, env=None):
    return subprocess.run(
        [sys.executable, "-m", "deepseek_era", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        timeout=120,
        check=False,
    )


def test_a_run_is_named_by_its_scenario_and_what_was_set():
    assert folders.run_name("base", {}) == "base"
    assert folders.run_name("base", {"elasticity_long": 0.8}) == "base+elasticity_long=0.8"
    assert folders.run_name("base", {"elasticity_long": {"low": 0.5, "high": 1}}) == (
        "base+elasticity_long=0.5-1"
    )


@pytest.mark.bad_input("names of runs, scenarios and files")
@pytest.mark.parametrize("name", ["../x", "a/b", "..", "template", "", "x" * 81, "a b", ".hidden"])
def test_a_name_cannot_leave_the_report_folder(name):
    with pytest.raises(ParameterError, match="name: saw"):
        folders.run_name("base", {}, name)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("", {}),
        ("a=1 b=2.5", {"a": 1, "b": 2.5}),
        ("a=1:2", {"a": {"low": 1, "high": 2}}),
        ("a=0.5:1:2e0", {"a": {"low": 0.5, "mode": 1, "high": 2.0}}),
        ("vintage=article", {"vintage": "article"}),
        ("event_date=2025-01-27", {"event_date": "2025-01-27"}),
    ],
)
def test_set_is_read(text, parsed):
    assert cli.parse_set(text) == parsed


@pytest.mark.bad_input("words of SET")
@pytest.mark.parametrize("text", ["a", "a=", "=1", "a=1 a=2", "1a=2", "a b=1", "os.system('x')=1", "a=1\n;b"])
def test_set_that_is_not_name_and_value_is_refused(text):
    with pytest.raises(ParameterError, match="SET: "):
        cli.parse_set(text)


def test_a_user_sees_one_line_per_mistake_and_no_traceback():
    done = command("report", "--set", "elasticity_lng=1 adoption_short=7", "--scenario", "jevons")
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("error: ") for line in lines)
    assert "Traceback" not in done.stderr


def test_a_broken_table_stops_the_build_before_any_kernel(tmp_path):
    import shutil

    folder = tmp_path / "data"
    shutil.copytree(ROOT / "data", folder)
    path = folder / "capex.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    done = command("report", env={"DEEPSEEK_ERA_DATA": str(folder)})
    assert done.returncode == 2
    assert "data/capex.csv row" in done.stderr
    assert "duplicate key" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [("parameters",), ("report", "--help")], ids=" ".join)
def test_every_parameter_is_listed_with_unit_range_and_default(words):
    from deepseek_era.parameters import table

    done = command(*words)
    assert done.returncode == 0
    text = done.stdout
    for name in table():
        assert f"\n{name}  " in text, name
    assert "elasticity_long  elasticity  0 to 4  default" in text


def test_a_finished_folder_takes_the_place_of_the_old_one(tmp_path):
    old, new = tmp_path / "base", tmp_path / ".base.tmp-1"
    for folder, word in ((old, "old"), (new, "new")):
        folder.mkdir()
        (folder / "index.html").write_text(word)
    folders.replace_folder(new, old)
    assert (old / "index.html").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["base"]


def test_a_finished_folder_takes_the_place_where_folders_cannot_be_swapped(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "_exchange", lambda new, old: False)
    test_a_finished_folder_takes_the_place_of_the_old_one(tmp_path)


def test_a_report_set_aside_by_a_killed_build_comes_back(tmp_path):
    (tmp_path / ".base.old").mkdir()
    (tmp_path / ".base.old" / "index.html").write_text("old")
    (tmp_path / ".base.tmp-99").mkdir()
    folders.recover(tmp_path / "base")
    assert (tmp_path / "base" / "index.html").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["base"]


def test_two_builds_of_one_name_do_not_mix(tmp_path):
    with folders.claimed(tmp_path / "base"):
        with (
            pytest.raises(UserError, match="another build of it is running"),
            folders.claimed(tmp_path / "base"),
        ):
            pass
        with folders.claimed(tmp_path / "other"):
            pass


# --- values that were set after the day on which a run's facts end ----------------------------------------------------


def asked(vintage, **values):
    return resolve(values, vintage=vintage)


def test_a_value_set_in_a_run_of_an_earlier_vintage_is_later_knowledge():
    run = asked("article", supply_growth=3.3)
    assert later_knowledge(run) == ("supply_growth",)
    found = cache.resolved(run)
    assert found["later_knowledge"] == ["supply_growth"]
    assert found["rows"]["supply_growth"]["as_of"] == ""
    changed = {row["id"]: row for row in matter.changed_parameters(run)}
    assert changed["supply_growth"]["description"].endswith("(later knowledge)")
    note = matter.run_note("As asked.", run)
    assert "2025-01-31" in note
    assert "later knowledge" in note
    row = next(r for r in matter.parameter_rows(run) if r.id == "supply_growth")
    assert (row.note, row.sources) == ("later knowledge", ())


@pytest.mark.parametrize(
    ("vintage", "values"),
    [("latest", {"supply_growth": 3.3}), ("article", {}), ("article", {"estimation_days": 120})],
)
def test_a_value_of_today_and_a_choice_of_method_are_not(vintage, values):
    run = asked(vintage, **values)
    assert later_knowledge(run) == ()
    assert cache.resolved(run)["later_knowledge"] == []
    assert matter.run_note("As asked.", run) == "As asked."


def test_a_scenario_at_an_earlier_vintage_is_later_knowledge_too():
    name = next(n for n in scenarios() if later_knowledge(resolve({}, scenario=n, vintage="article")))
    assert later_knowledge(resolve({}, scenario=name)) == ()


def test_the_line_of_a_run_names_what_is_later_knowledge_before_any_kernel(tmp_path):
    class Enough(Exception):
        pass

    def stop(line):
        assert "facts to 2025-01-31; supply_growth is later knowledge" in line
        raise Enough

    with pytest.raises(Enough):
        build.build(overrides={"vintage": "article", "supply_growth": 3.3}, root=tmp_path, progress=stop)


@pytest.mark.parametrize("module", ["deepseek_era.cli", "deepseek_era.building.drawers"])
def test_what_starts_first_imports_nothing_heavy(module):
    """A build where nothing changed takes a tenth of a second, and drawers are warm when the first notebook has run."""
    heavy = "{'altair', 'IPython', 'jsonschema', 'nbformat', 'numpy', 'pandas', 'scipy', 'yaml'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
