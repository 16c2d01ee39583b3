"""What a build is made with, and that nothing else can become code."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions

import audit
import licences
import nbformat
import pytest

from deepseek_era import environment
from deepseek_era.book import manuscript
from deepseek_era.building import build
from deepseek_era.tables import ROOT

LOCKS = sorted(path.name for path in ROOT.glob("requirements*.txt"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_file_is_pinned_to_a_version_and_to_hashes(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = [e for e in re.split(r"\n(?=[A-Za-z0-9])", text) if not e.startswith("#")]
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
        assert " @ " not in entry
    assert not re.search(r"^-(?!-hash)|^--(?!hash)", text, re.MULTILINE), "an option, such as another index"


def make_plans(*words):
    """Return the lines that make would run on a machine where nothing is set up."""
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", "VENV=nothing-here", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def installed_by(lines):
    return set(re.findall(r"-m pip install .* -r (\S+)", lines))


def test_every_installation_of_the_makefile_asks_for_the_hashes():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = re.findall(r".*\bpip install\b.*", makefile)
    assert len(installs) >= 3  # by uv, by pip, and for the audit
    assert all("--require-hashes" in line for line in installs)


@pytest.mark.parametrize(
    ("target", "extra"),
    [
        ("report", None),
        ("lab", "lab"),
        ("sweep", "sweep"),
        ("refresh", "refresh"),
        ("export", "export"),
        ("mcp", "mcp"),
        ("test", "test"),
    ],
)
def test_a_target_installs_what_it_needs_and_the_report_nothing_else(target, extra):
    assert installed_by(make_plans(target)) == {"requirements.txt"} | (
        {f"requirements-{extra}.txt"} if extra else set()
    )


RECORDS = """#!/bin/sh
echo "NAME $@" >> "$LOG"
exit CODE
"""


@pytest.mark.parametrize(
    ("uv", "by"),
    [
        (0, ["uv pip install"]),
        (2, ["uv pip install", "python -m pip install"]),
        (None, ["python -m pip install"]),
    ],
)
def test_uv_installs_where_it_is_at_hand_and_works_and_pip_everywhere(tmp_path, monkeypatch, uv, by):
    made, tools, log = tmp_path / "venv", tmp_path / "tools", tmp_path / "log"
    programs = {made / "bin" / "python": 0} | ({} if uv is None else {tools / "uv": uv})
    for path, code in programs.items():
        path.parent.mkdir(parents=True)
        path.write_text(RECORDS.replace("NAME", path.name).replace("CODE", str(code)))
        path.chmod(0o755)
    # nothing but what the recipe itself asks for, so that a uv of this machine stays out
    tools.mkdir(exist_ok=True)
    for name in ("make", "sh", "touch"):
        (tools / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setenv("LOG", str(log))
    done = subprocess.run(
        ["make", f"VENV={made}", "setup"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *installs, mended = log.read_text().splitlines()
    assert [
        " ".join(line.split()[: len(words.split())]) for line, words in zip(installs, by, strict=True)
    ] == by
    assert all("--require-hashes" in line and line.endswith("-r requirements.txt") for line in installs)
    assert mended == "python deepseek_era/environment.py"
    assert done.stderr == "installing requirements.txt (once)\n"
    assert (made / ".ready").exists()


@pytest.mark.parametrize(
    "name", [name for name in LOCKS if name not in ("requirements.txt", "requirements-audit.txt")]
)
def test_an_extra_adds_to_what_the_report_needs_and_changes_no_version_of_it(name):
    lines = {
        lock: set(
            re.findall(r"^[A-Za-z0-9._-]+==[^\s\\]+", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
        )
        for lock in (name, "requirements.txt")
    }
    assert lines["requirements.txt"] <= lines[name]


def test_jupyter_is_declared_and_the_report_is_made_without_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [name for name in project["optional-dependencies"]["lab"] if re.match(r"jupyter\b", name)]
    assert {"jupyter", "jupyterlab", "ipywidgets"} <= pinned("requirements-lab.txt")
    assert not {"jupyter", "jupyterlab", "ipywidgets", "pyarrow"} & pinned("requirements.txt")


def test_bytecode_is_written_for_the_packages_and_not_for_their_tests(tmp_path):
    packages = tmp_path / "tests" / "site-packages"  # wherever the checkout stands
    for name in ("a/b.py", "a/tests/t.py", "a/test/t.py", "a/testing.py", "a/slip.py"):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text("1 +" if "slip" in name else "1\n")
    environment.compile_packages(packages)
    found = {path.name.split(".")[0] for path in packages.rglob("*.pyc")}
    assert found == {"b", "testing"}


def test_the_direct_dependencies_are_in_the_lock_file():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named = re.findall(
        r'^    "([A-Za-z0-9_.-]+)[<>=]', project.split("dependencies = [")[1].split("]")[0], re.MULTILINE
    )
    locked = {re.sub(r"[-_.]+", "-", package).lower() for package in licences.pins()}
    assert len(named) > 10
    assert {re.sub(r"[-_.]+", "-", package).lower() for package in named} <= locked


def test_a_build_imports_nothing_that_its_own_lock_file_does_not_install():
    """The tests' environment holds more than the report's: what is found there may be missing for a reader."""
    installed = {
        name
        for name, packages in packages_distributions().items()
        if {re.sub(r"[-_.]+", "-", package).lower() for package in packages} & pinned("requirements.txt")
    }
    texts = {
        path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in ROOT.glob("deepseek_era/**/*.py")
    }
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        cells = nbformat.read(path, 4).cells
        code = (cell.source for cell in cells if cell.cell_type == "code")
        texts[path.relative_to(ROOT)] = "\n".join(source for source in code if not source.startswith("%%"))
    missing = {}
    for path, text in texts.items():
        # an import inside a function belongs to an extra, and says so in a line when it is missing
        for node in ast.parse(text).body:
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else names
            for name in {name.split(".")[0] for name in names if name}:
                if name not in {*sys.stdlib_module_names, *installed, "deepseek_era"}:
                    missing[str(path)] = name
    assert missing == {}


def pinned(name):
    """Return the packages that a lock file installs, as their index spells them."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {
        re.sub(r"[-_.]+", "-", n).lower() for n in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)
    }


# --- licences --------------------------------------------------------------------------------------------------------


def test_the_licences_page_lists_every_pinned_package_at_its_version():
    """Run ``python tests/licences.py`` after a change of a lock file."""
    listed = licences.rows(licences.PAGE.read_text(encoding="utf-8"))
    assert {name: (row[0], row[2]) for name, row in listed.items()} == licences.pins()


def test_the_licences_page_says_what_each_installed_package_says_of_itself():
    listed = licences.rows(licences.PAGE.read_text(encoding="utf-8"))
    installed = {name: licences.stated(name, row[0]) for name, row in listed.items()}
    assert sum(found is not None for found in installed.values()) > 100
    assert {n: f for n, f in installed.items() if f is not None and f != listed[n][1]} == {}
    assert [name for name, row in listed.items() if row[1] == licences.UNKNOWN] == []


def test_no_package_that_the_report_needs_is_without_a_stated_licence():
    listed = licences.rows(licences.PAGE.read_text(encoding="utf-8"))
    assert [n for n, row in listed.items() if row[2] == "the report" and row[1] == licences.NOT_STATED] == []


# --- known faults ----------------------------------------------------------------------------------------------------

GOOD = {"name": "numpy", "version": "2.3.0", "vulns": []}
BAD = {"name": "x", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
SKIPPED = {"name": "y", "skip_reason": "Dependency not found on PyPI and could not be audited: y (1)"}


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        ([GOOD], audit.CLEAN, "1 packages, no known fault"),
        ([GOOD, BAD], audit.FAULTS, "x 1: PYSEC-1, mended in 2"),
        ([BAD, SKIPPED], audit.FAULTS, "no pass"),
        ([GOOD, SKIPPED], audit.UNTOLD, "of 1 of 2 packages nothing could be told (y)"),
        ([SKIPPED] * 9, audit.UNTOLD, "This is no pass"),
        ([], audit.UNTOLD, "This is no pass"),
        (None, audit.UNTOLD, "This is no pass"),
    ],
)
def test_a_package_that_nothing_is_known_of_is_no_pass(answers, code, words):
    found, lines = audit.judge("requirements.txt", answers)
    assert found == code
    assert words in "\n".join(lines)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (json.dumps({"dependencies": [GOOD]}), audit.CLEAN),
        (json.dumps({"dependencies": [SKIPPED]}), audit.UNTOLD),
        ("ConnectionError", audit.UNTOLD),
        ("", audit.UNTOLD),
        ("[]", audit.UNTOLD),
    ],
)
def test_what_pip_audit_prints_is_read_and_its_own_exit_code_is_not_believed(said, code, monkeypatch, capsys):
    answer = subprocess.CompletedProcess([], 0, stdout=said, stderr="No known vulnerabilities found")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: answer)
    assert audit.main(["requirements.txt"]) == code
    assert ("no pass" in capsys.readouterr().out) == (code == audit.UNTOLD)


# --- nothing else becomes code ---------------------------------------------------------------------------------------

FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
FORBIDDEN_MODULES = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "marshal",
    "shelve",
    "joblib",
    "code",
    "codeop",
    "runpy",
}
FORBIDDEN_ATTRIBUTES = {
    "system",
    "popen",
    "unsafe_load",
    "full_load",
    "read_pickle",
    "to_pickle",
    "literal_eval",
    "query",
    "eval",
}
ALLOWED = {
    ("deepseek_era/notebook.py", "literal_eval"),  # reads the parameters cell: literals alone
    # a rehearsal runs the cells of this repository's notebooks, as a kernel would, and of no other text
    ("deepseek_era/building/rehearse.py", "compile"),
    ("deepseek_era/building/rehearse.py", "exec"),
    # of a notebook of this repository, its imports from this package alone
    ("deepseek_era/origins.py", "compile"),
    ("deepseek_era/origins.py", "exec"),
}
PROCESSES = {
    # the build of this project, as a list of words
    "deepseek_era/building/apart.py",
    "deepseek_era/building/serve.py",
    # git, as a list of words
    "deepseek_era/refresh/propose.py",
}


def calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "deepseek_era").rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_no_module_evaluates_text_unpickles_or_starts_a_shell(path):
    name = path.relative_to(ROOT).as_posix()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        modules = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        for module in modules:
            assert module.split(".")[0] not in FORBIDDEN_MODULES, f"{name}:{node.lineno} imports {module}"
            assert module.split(".")[0] != "subprocess" or name in PROCESSES, f"{name} starts processes"
    for node in calls(tree):
        function = node.func
        where = f"{name}:{node.lineno}"
        if isinstance(function, ast.Name):
            assert function.id not in FORBIDDEN_CALLS or (name, function.id) in ALLOWED, where
        if isinstance(function, ast.Attribute):
            attribute = function.attr
            # pandas reads a query as an expression: it may be one that stands in the code
            written = attribute == "query" and all(isinstance(a, ast.Constant) for a in node.args)
            if attribute in FORBIDDEN_ATTRIBUTES and (name, attribute) not in ALLOWED and not written:
                raise AssertionError(f"{where} calls .{attribute}")
            if attribute == "load" and isinstance(function.value, ast.Name) and function.value.id == "yaml":
                loaders = [ast.unparse(k.value) for k in node.keywords if k.arg == "Loader"]
                assert loaders == ["_PlainYaml"], where
        assert not [k for k in node.keywords if k.arg == "shell"], where


def test_the_loader_of_yaml_is_the_safe_one():
    import yaml

    from deepseek_era.parameters.scenario_files import _PlainYaml

    assert issubclass(_PlainYaml, yaml.SafeLoader)


def test_modules_are_imported_by_names_that_stand_in_the_code():
    """`import_module` takes a literal, a name of a literal tuple, or one of the package's own modules."""
    found = {}
    for path in (ROOT / "deepseek_era").rglob("*.py"):
        for node in calls(ast.parse(path.read_text(encoding="utf-8"))):
            if ast.unparse(node.func).split(".")[-1] == "import_module":
                found.setdefault(path.name, []).append(ast.unparse(node.args[0]))
    assert found == {"__init__.py": ["'deepseek_era.api'"], "kernels.py": ["name"], "workbench.py": ["name"]}


def test_a_build_executes_the_notebooks_of_the_repository_alone():
    """Those in ``notebooks/``, all committed; where they lie is not a parameter of a run."""
    tracked = subprocess.run(
        ["git", "ls-files", "notebooks"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    paths = manuscript.paths(ROOT / "notebooks")
    if tracked:  # an unpacked archive has no history
        assert {path.relative_to(ROOT).as_posix() for path in paths} == set(tracked)
    names = build.build.__kwdefaults__ or {}
    assert not [name for name in names if "notebook" in name]


def test_the_template_of_the_paper_evaluates_prose_and_nothing_that_data_can_hold():
    texts = {p.name: p.read_text(encoding="utf-8") for p in (ROOT / "report" / "template").glob("*.typ")}
    evaluated = [found for text in texts.values() for found in re.findall(r"\beval\(([^,]+),", text)]
    assert evaluated == ["d.prose.at(key)"]
    for name, text in texts.items():
        assert not re.search(r"#import|#include|\bread\(|plugin\(", text), name


def test_the_templates_of_the_page_mark_nothing_from_data_as_safe():
    for path in (ROOT / "report" / "template").glob("*.html"):
        assert not re.search(r"\|\s*safe\b|autoescape false", path.read_text(encoding="utf-8")), path.name
