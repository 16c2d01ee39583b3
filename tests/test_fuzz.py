"""Any bytes for a table, any text for a parameter: a right answer or one clear line, never another error, never code.

The examples are the same on every run (`derandomize`). `DEEPSEEK_ERA_FUZZ=50 pytest tests/test_fuzz.py` tries
fifty times as many, and new ones each time.
"""

import ast
import codecs
import contextlib
import csv
import datetime as dt
import io
import json
import os
import shutil
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from papermill.translators import PythonTranslator

from deepseek_era import cli, parameters, places, provenance, tables
from deepseek_era.book import manuscript
from deepseek_era.building import build, cache, execute, folders, inputs
from deepseek_era.errors import DataError, ParameterError, UserError, is_text
from deepseek_era.market.returns import read_user_returns
from deepseek_era.sweep import plan as plans
from deepseek_era.sweep import points

DEPTH = int(os.environ.get("DEEPSEEK_ERA_FUZZ", "1"))


def fuzz(examples):
    """Return the settings of a fuzz test: the same examples each time, unless a deeper run is asked for."""
    return settings(
        max_examples=examples * DEPTH,
        derandomize=DEPTH == 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


HOSTILE = (
    "",
    " ",
    "..",
    "../..",
    "a/../../b",
    "/etc/passwd",
    "~nobody-of-this-name/x",
    "a\0b",
    "a\nb",
    "a\r\nb\tc",
    "'",
    '"""',
    "\\",
    "`id`",
    "$(id)",
    "{{ cost.api.r1 }}",
    "{{",
    "}}",
    "{% raw %}",
    "__import__('os').system('id')",
    '"; import os; os.abort(); "',
    "\n__import__('os').abort()\n",
    "<script>alert(1)</script>",
    "#set page(width: 1cm)",
    "مرحبا ‮abc",
    "🚀👩‍🚀",
    "\u2028\u2029\x85\x1c",
    "\ud800",
    "x" * 10_000,
    "nan",
    "-inf",
    "1e999",
    "9" * 400,
    "9" * 5000,
    "0x10",
    "1_000",
    "１２",
    "١٢",
    "True",
    "2025-13-45",
    "2025-02-30T00:00",
    "=cmd|' /C calc'!A0",
    "!!python/object/apply:os.system ['id']",
)
ANY_TEXT = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=40),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3).map("".join),
)


def assert_one_line(error, *, lines=1, longest=600, names=""):
    """A message is as many lines as there were mistakes, each short enough to read, nothing unprintable in it."""
    said = str(error).splitlines()
    assert names in said[0]
    assert 1 <= len(said) <= lines
    for line in said:
        assert 10 < len(line) <= longest
        assert line.isprintable()


# --- tables ----------------------------------------------------------------------------------------------------------

TABLES = ("kv_cache_published", "correlations", "accelerators", "results_dates", "resolutions")
ORIGINAL = {name: (tables.ROOT / "data" / f"{name}.csv").read_bytes() for name in TABLES}
WHOLE = {name: provenance.load_any(name) for name in TABLES}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a copy of ``data/`` that the package reads in these tests."""
    made = tmp_path_factory.mktemp("fuzz") / "data"
    shutil.copytree(tables.ROOT / "data", made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEEPSEEK_ERA_DATA", str(made))
        yield made


def read(folder, name, content):
    """Return the table with these bytes for its file; every cache is emptied first, as two writes may share a time."""
    tables._checked_at.cache_clear()
    path = folder / f"{name}.csv"
    path.write_bytes(content)
    try:
        return provenance.load_any(name)
    finally:
        path.write_bytes(ORIGINAL[name])
        tables._checked_at.cache_clear()


def records(name):
    return list(csv.reader(io.StringIO(ORIGINAL[name].decode("utf-8"), newline="")))


def written(rows, **options):
    out = io.StringIO(newline="")
    csv.writer(out, **{"lineterminator": "\n", **options}).writerows(rows)
    return out.getvalue().encode("utf-8", "surrogatepass")


HARMLESS = {
    "a byte-order mark": lambda name: codecs.BOM_UTF8 + ORIGINAL[name],
    "CRLF": lambda name: written(records(name), lineterminator="\r\n"),
    "a byte-order mark and CRLF": lambda name: (
        codecs.BOM_UTF8 + written(records(name), lineterminator="\r\n")
    ),
    "every cell in quotes": lambda name: written(records(name), quoting=csv.QUOTE_ALL),
    "empty lines at the end": lambda name: ORIGINAL[name] + b"\n\n\n",
    "no line end at the end": lambda name: ORIGINAL[name].rstrip(b"\n"),
    "columns in another order": lambda name: written([row[::-1] for row in records(name)]),
    "blanks around the names of columns": lambda name: written(
        [[f" {c} " for c in records(name)[0]], *records(name)[1:]]
    ),
}


@pytest.mark.bad_input("tables that only look different")
@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("how", HARMLESS)
def test_a_table_that_only_looks_different_gives_equal_values(folder, name, how):
    pd.testing.assert_frame_equal(read(folder, name, HARMLESS[how](name)), WHOLE[name])


def _column(name, kind):
    fields = tables.declared()[name]["schema"]["fields"]
    return next((i for i, f in enumerate(fields) if f.get("type", "string") == kind), None)


def _with_cell(kind, value):
    def make(name):
        column = _column(name, kind)
        if column is None:
            return None
        rows = records(name)
        rows[1][column] = value
        return written(rows)

    return make


def _twice(name):
    rows = records(name)
    return written([*rows, rows[1]]) if tables.declared()[name]["schema"].get("primaryKey") else None


BROKEN = {
    "nothing at all": lambda name: b"",
    "a header that is empty": lambda name: b"\n\n",
    "UTF-16": lambda name: ORIGINAL[name].decode().encode("utf-16"),
    "UTF-16 without a mark": lambda name: ORIGINAL[name].decode().encode("utf-16-le"),
    "UTF-32": lambda name: ORIGINAL[name].decode().encode("utf-32"),
    "Latin-1": lambda name: ORIGINAL[name] + "é,à\n".encode("latin-1"),
    "a NUL": lambda name: ORIGINAL[name].replace(b"\n", b"\n\0", 1),
    "an escape sequence": lambda name: ORIGINAL[name].replace(b"\n", b"\n\x1b[31m", 1),
    "semicolons": lambda name: written(records(name), delimiter=";"),
    "tabs": lambda name: written(records(name), delimiter="\t"),
    "a web page": lambda name: b"<!doctype html>\n<html><body>404</body></html>\n",
    "JSON": lambda name: b'{"rows": []}\n',
    "a compressed file": lambda name: b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
    "half of it": lambda name: ORIGINAL[name][: -len(ORIGINAL[name].splitlines()[-1]) // 2 - 1],
    "a quote left open": lambda name: ORIGINAL[name].replace(b"\n", b'\n"', 1),
    "a column less": lambda name: written([row[:-1] for row in records(name)]),
    "a column more": lambda name: written([[*row, "x"] for row in records(name)]),
    "a cell more in every row": lambda name: written(
        [records(name)[0], *([*r, "x"] for r in records(name)[1:])]
    ),
    "a cell more in one row": lambda name: written([*records(name)[:2], [*records(name)[2], "x"]]),
    "a cell less in one row": lambda name: written([*records(name)[:2], records(name)[2][:-1]]),
    "a column twice": lambda name: written([[*row, row[0]] for row in records(name)]),
    "a column of another name": lambda name: written(
        [["Naïve\n<b>", *records(name)[0][1:]], *records(name)[1:]]
    ),
    "an empty line within": lambda name: ORIGINAL[name].replace(b"\n", b"\n\n", 1),
    "a key twice": _twice,
    "NaN": _with_cell("number", "NaN"),
    "inf": _with_cell("number", "inf"),
    "-Infinity": _with_cell("number", "-Infinity"),
    "1e999": _with_cell("number", "1e999"),
    "400 digits": _with_cell("number", "9" * 400),
    "a decimal comma": _with_cell("number", "1,5"),
    "hexadecimal": _with_cell("number", "0x1F"),
    "True for a number": _with_cell("number", "True"),
    "digits of another script": _with_cell("number", "١٢"),
    "a formula for a number": _with_cell("number", "=1+1"),
    "10,000 characters for a number": _with_cell("number", "x" * 10_000),
    "a whole number beyond all": _with_cell("integer", "1e300"),
    "a fraction for a whole number": _with_cell("integer", "1.5"),
    "day, month, year": _with_cell("date", "31/01/2025"),
    "month, day, year": _with_cell("date", "01-31-2025"),
    "a date without dashes": _with_cell("date", "20250131"),
    "a date with a time": _with_cell("date", "2025-01-31T00:00:00"),
    "30 February": _with_cell("date", "2025-02-30"),
    "a date in digits of another script": _with_cell("date", "٢٠٢٥-٠١-٣١"),
    "10,000 characters for a date": _with_cell("date", "2025-01-31" * 1000),
}


BROKEN_CASES = [(how, name) for how in BROKEN for name in TABLES if BROKEN[how](name) is not None]


@pytest.mark.bad_input("tables that cannot be right")
@pytest.mark.parametrize(("how", "name"), BROKEN_CASES, ids=lambda part: part)
def test_a_table_that_cannot_be_right_gets_one_line_with_table_row_and_column(folder, how, name):
    content = BROKEN[how](name)
    with pytest.raises(DataError) as caught:
        read(folder, name, content)
    assert_one_line(caught.value)
    assert f"data/{name}.csv" in str(caught.value)
    if how in FILE_ALONE:
        return
    assert " row " in str(caught.value)
    if how not in ROW_ALONE:
        assert ", column " in str(caught.value) or "key" in str(caught.value)


# what no cell can be blamed for: the file as a whole or its header; or a row, but none of its declared columns
FILE_ALONE = {
    "nothing at all",
    "a header that is empty",
    "semicolons",
    "tabs",
    "a web page",
    "JSON",
    "a column less",
    "a column more",
    "a column twice",
    "a column of another name",
}
ROW_ALONE = {
    "UTF-16",
    "UTF-16 without a mark",
    "UTF-32",
    "Latin-1",
    "a compressed file",
    "a quote left open",
    "half of it",
    "a cell more in every row",
    "a cell more in one row",
}


@st.composite
def mutated(draw):
    """Return a table's name and its bytes after a few changes: cells, rows, or bytes anywhere."""
    name = draw(st.sampled_from(TABLES))
    rows = records(name)
    for _ in range(draw(st.integers(0, 3))):
        row = draw(st.integers(0, len(rows) - 1))
        column = draw(st.integers(0, max(len(rows[row]) - 1, 0)))
        act = draw(st.sampled_from(("cell", "drop", "add", "repeat", "swap", "remove")))
        if act == "cell" and rows[row]:
            rows[row][column] = draw(ANY_TEXT)
        elif act == "drop" and rows[row]:
            del rows[row][column]
        elif act == "add":
            rows[row].insert(column, draw(ANY_TEXT))
        elif act == "repeat":
            rows.append(list(rows[row]))
        elif act == "swap" and len(rows) > 2:
            rows[row], rows[row - 1] = rows[row - 1], rows[row]
        elif act == "remove" and len(rows) > 1:
            del rows[row]
    content = bytearray(written(rows, lineterminator=draw(st.sampled_from(("\n", "\r\n", "\r")))))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        act = draw(st.sampled_from(("flip", "insert", "cut")))
        if act == "flip" and content:
            content[at] ^= 1 << draw(st.integers(0, 7))
        elif act == "insert":
            content[at:at] = draw(
                st.one_of(
                    st.binary(max_size=4),
                    st.sampled_from((b'"', b",", b"\0", b"\xef\xbb\xbf", b"\n", b"\xff")),
                )
            )
        elif act == "cut":
            del content[at : at + draw(st.integers(1, 40))]
    return name, bytes(content)


@pytest.mark.bad_input("tables that cannot be right")
@fuzz(300)
@given(mutated())
def test_a_changed_table_loads_by_its_declaration_or_gets_one_line(folder, change):
    name, content = change
    try:
        frame = read(folder, name, content)
    except DataError as error:
        assert_one_line(error, names=f"data/{name}.csv")
        return
    fields = tables.declared()[name]["schema"]["fields"]
    assert list(frame.columns) == [f["name"] for f in fields]
    # what loads is what an independent reader of CSV sees, cell for cell
    seen = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    while seen and not seen[-1]:
        seen.pop()
    corrected = name in set(tables.load("corrections")["table"])
    for number, field in enumerate(fields):
        if field.get("type", "string") in ("number", "integer", "boolean") or corrected:
            continue
        column = [c.strip() for c in seen[0]].index(field["name"])
        assert list(frame.iloc[:, number]) == [row[column] for row in seen[1:]]


def test_only_what_the_table_refers_to_is_blamed_when_that_is_broken(folder):
    """A table whose sources cannot be read says so of the sources, in one line too."""
    kept_bytes = (folder / "sources.csv").read_bytes()
    for content in (b"", b"\xff\xfe", b'source_id\n"open', b"other\nx\n"):
        tables._checked_at.cache_clear()
        (folder / "sources.csv").write_bytes(content)
        with pytest.raises(DataError, match=r"^data/sources\.csv") as caught:
            tables.load("accelerators")
        assert_one_line(caught.value)
    (folder / "sources.csv").write_bytes(kept_bytes)
    tables._checked_at.cache_clear()


@pytest.mark.bad_input("tables that cannot be right")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"table;key\n",
        b"table,key,column,old,new,why,source_id,as_of\naccelerators,x\n",
        b"table,key,column,old,new,why,source_id,as_of\naccelerators,no such;key,a,b,c,d,e,2026-01-01\n",
        'table,key,column,old,new,why,source_id,as_of\naccelerators,"a\nb","c\nd",é,c,d,e,2026-01-01\n'.encode(),
        b"\xff\xfe\0",
    ],
)
def test_corrections_that_cannot_be_applied_get_one_line(folder, content):
    kept_bytes = (folder / "corrections.csv").read_bytes()
    tables._checked_at.cache_clear()
    try:
        (folder / "corrections.csv").write_bytes(content)
        with pytest.raises(DataError, match=r"corrections\.csv") as caught:
            tables.load("accelerators")
        assert_one_line(caught.value)
    finally:
        (folder / "corrections.csv").write_bytes(kept_bytes)
        tables._checked_at.cache_clear()


def test_a_file_of_absurd_size_is_refused_before_it_is_read(folder, monkeypatch):
    monkeypatch.setattr(tables, "LARGEST_BYTES", 1000)
    tables._checked_at.cache_clear()
    with pytest.raises(DataError, match=r"has [\d,]+ bytes, allowed: up to 1,000"):
        tables.load("capex")


# --- the declaration -------------------------------------------------------------------------------------------------

PACKAGE = json.loads((tables.ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def broken_package(draw):
    """Return the bytes of a declaration with one part replaced, taken out, or its text cut."""
    package = json.loads(
        json.dumps(
            {"resources": [r for r in PACKAGE["resources"] if r["name"] in ("correlations", "sources")]}
        )
    )
    node = package
    for _ in range(draw(st.integers(0, 6))):
        steps = (
            list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
        )
        inner = [s for s in steps if isinstance(node[s], dict | list) and node[s]]
        if not inner:
            break
        node = node[draw(st.sampled_from(inner))]
    steps = list(node) if isinstance(node, dict) else list(range(len(node)))
    if steps:
        at = draw(st.sampled_from(steps))
        if draw(st.booleans()):
            node[at] = draw(JSON_VALUES)
        else:
            del node[at]
    text = json.dumps(package)
    cut = draw(st.one_of(st.just(len(text)), st.integers(0, len(text))))
    return text[:cut].encode("utf-8", "surrogatepass")


@pytest.mark.bad_input("declarations of tables")
@fuzz(250)
@example(b"[" * 100_000)
@example(b"\xff\xfe")
@example(b'{"resources": {}}')
@example(b'{"resources": [{"name": "../x", "schema": {"fields": [{"name": "a"}]}}]}')
@example(b'{"resources": [{"name": "x", "path": "../x.csv", "schema": {"fields": [{"name": "a"}]}}]}')
@given(broken_package())
def test_a_broken_declaration_gets_one_line(folder, content):
    path = folder / "datapackage.json"
    try:
        for cache in (tables._package_at, tables._checked_at):
            cache.cache_clear()
        path.write_bytes(content)
        with contextlib.suppress(DataError):
            tables.declared()
        try:
            tables.load("correlations")
        except DataError as error:
            assert_one_line(error)
    finally:
        path.write_text(json.dumps(PACKAGE), encoding="utf-8")
        for cache in (tables._package_at, tables._checked_at):
            cache.cache_clear()


# --- parameters ------------------------------------------------------------------------------------------------------

NAMES = st.one_of(st.sampled_from(parameters.names()), ANY_TEXT)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.dates() | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("low", "mode", "high")) | ANY_TEXT, inner, max_size=3)
    ),
    max_leaves=5,
)


@pytest.mark.bad_input("words of SET")
@fuzz(500)
@example("elasticity_long=" + "9" * 400)
@example("seed=" + "9" * 5000)
@example("scenario=base")
@given(
    st.one_of(
        ANY_TEXT,
        st.lists(st.tuples(NAMES, ANY_TEXT).map("=".join), max_size=4).map(" ".join),
        st.tuples(NAMES, st.lists(st.floats() | ANY_TEXT, max_size=4)).map(
            lambda pair: f"{pair[0]}={':'.join(map(str, pair[1]))}"
        ),
    )
)
def test_any_words_of_set_are_parameters_or_one_line_each(text):
    try:
        overrides = cli.parse_set(text)
    except ParameterError as error:
        assert_one_line(error)
        return
    assert all(name.isidentifier() for name in overrides)
    resolved(overrides)


def resolved(overrides, **run):
    """Resolve, and check either way out: parameters within their bounds, or a line for each mistake."""
    try:
        found = parameters.resolve(overrides, **run)
    except ParameterError as error:
        assert_one_line(error, lines=len(overrides) + 3)
        return None
    for row in found.rows.values():
        if row.dist not in parameters.SETTINGS:
            assert row.lower_bound <= row.quantile(0.05) <= row.quantile(0.95) <= row.upper_bound
    name = folders.run_name(found.scenario, found.overrides)
    assert (places.REPORTS / name).resolve().parent == places.REPORTS.resolve()
    return found


@pytest.mark.bad_input("values of parameters")
@fuzz(400)
@example({"elasticity_long": 10**400}, "base", "latest", 1)
@example({"elasticity_long": {"low": 10**5000, "high": 1}}, "base", "latest", 10**5000)
@example({}, "base", dt.datetime(2025, 3, 1, 12), 1)
@given(
    st.dictionaries(NAMES, VALUES, max_size=4),
    st.sampled_from(("base", "jevons-fails")) | ANY_TEXT,
    st.sampled_from(("latest", "article", "2025-06-09", None)) | VALUES,
    st.integers(0, 9) | VALUES,
)
def test_any_value_of_any_parameter_is_taken_or_gets_one_line(overrides, scenario, vintage, seed):
    resolved(overrides, scenario=scenario, vintage=vintage, seed=seed)


@pytest.mark.bad_input("names of runs, scenarios and files")
@fuzz(300)
@given(ANY_TEXT | st.text(alphabet="./\\~aA1-", max_size=12))
def test_no_name_of_a_run_leads_out_of_its_folder(name):
    try:
        found = folders.run_name("base", {}, name)
    except ParameterError as error:
        assert_one_line(error)
        return
    folder = places.REPORTS / found
    assert folder.resolve().parent == places.REPORTS.resolve()
    assert found not in folders.RESERVED
    assert not found.startswith(".")


@pytest.mark.bad_input("names of runs, scenarios and files")
@pytest.mark.parametrize("verb", ["report", "trace", "compare", "sweep"])
@pytest.mark.parametrize("text", [t for t in HOSTILE if t.strip() and "\0" not in t], ids=repr)
def test_the_command_line_refuses_a_hostile_name_in_one_line(verb, text, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "build", lambda **named: _name_only(**named))
    arguments = {
        "report": ["report", f"--name={text}", "--set=seed=-1"],
        "trace": ["trace", "cost.api.discount_call", f"--name={text}"],
        "compare": ["compare", "--", text, "no-such-run"],
        "sweep": ["sweep", "--", text],
    }[verb]
    before = sorted(places.REPORTS.iterdir())
    code = cli.main(arguments)
    said = capsys.readouterr()
    assert code == 2
    assert sorted(places.REPORTS.iterdir()) == before
    lines = said.err.splitlines()
    assert lines
    assert all(line.startswith("error: ") for line in lines)
    assert "Traceback" not in said.err + said.out


def _name_only(**named):
    """Do what a build does before it starts: refuse the parameters and the name."""
    parameters.resolve(named["overrides"], scenario=named["scenario"])
    folders.run_name(named["scenario"], {}, named["name"])
    pytest.fail("neither the seed nor the name was refused")


@pytest.mark.bad_input("names of runs, scenarios and files")
@fuzz(150)
@given(ANY_TEXT)
def test_whatever_a_value_names_the_standing_report_can_be_asked_for(text):
    assert len(inputs.request("base", f"returns_file={text}", None)) == 64
    row = parameters.resolve().rows["returns_file"]
    found = parameters.Parameters(
        dt.date(2025, 1, 31),
        1,
        "base",
        {},
        {"returns_file": row.__class__(**{**row.__dict__, "choices": text})},
    )
    assert cache._row(found, "returns_file").startswith("Row(")


# --- scenarios and plans ---------------------------------------------------------------------------------------------

YAML_TEXT = st.one_of(
    ANY_TEXT,
    VALUES.map(lambda value: _dumped({"parameters": value})),
    st.dictionaries(NAMES, VALUES, max_size=3).map(
        lambda value: _dumped({"title": "T", "parameters": value})
    ),
    st.dictionaries(st.sampled_from(("title", "note", "parameters", "kind", "other")), VALUES).map(
        lambda v: _dumped(v)
    ),
)
YAML_TRAPS = (
    "parameters: {elasticity_long: 2025-13-45}",
    "parameters: {elasticity_long: !!int ''}",
    "parameters: {elasticity_long: !!timestamp x}",
    "parameters: {elasticity_long: !!bool maybe}",
    "parameters: {elasticity_long: !!float {a: b}}",
    "parameters: {? [a, b] : 1}",
    "parameters: {elasticity_long: 1, elasticity_long: 2}",
    "parameters: {no: 1}",
    "parameters: &a {x: *a}",
    "a: &a [x, x]\nb: &b [*a, *a, *a]\nparameters: {elasticity_long: [*b, *b, *b]}",
    "parameters: !!python/object/apply:os.abort []",
    "parameters: !!python/name:os.abort",
    "!!set {a, b}",
    "[" * 600,
    'title: "\\ud83d"\nparameters: {}',
    "parameters: {vintage: 2025-02-01 10:00:00}",
    "title: [1]\nparameters: {}",
    "title: {a: b}\nparameters: {}",
    "\ufeffparameters: {}",
    "parameters: {seed: 0x10}",
    "parameters: {seed: 190:20:30}",
    "--- 1\n--- 2",
    "\t",
    "%YAML 9.9\n---\na: b",
)


def _dumped(value):
    try:
        return yaml.safe_dump(value, allow_unicode=True)
    except (yaml.YAMLError, UnicodeError):
        return str(value)


def scenario(folder, text):
    path = folder / "scenarios" / "fuzzed.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        found = resolved({}, scenario="fuzzed")
        try:
            listed = parameters.scenarios()["fuzzed"]
            assert all(isinstance(listed[entry], str) for entry in ("title", "note"))
        except ParameterError as error:
            assert_one_line(error)
            assert found is None
        return found
    finally:
        path.unlink()


@pytest.mark.bad_input("scenario files")
@fuzz(250)
@given(YAML_TEXT)
def test_any_scenario_file_is_a_scenario_or_gets_one_line_a_mistake(folder, text):
    scenario(folder, text)


@pytest.mark.bad_input("scenario files")
@pytest.mark.parametrize("text", YAML_TRAPS, ids=lambda text: repr(text[:40]))
def test_a_trap_of_yaml_in_a_scenario_gets_one_line(folder, text):
    found = scenario(folder, text)
    if found is not None:
        assert text.startswith(("\ufeff", "parameters: {seed", "parameters: {vintage"))


AXES = st.dictionaries(
    st.sampled_from(("elasticity_long", "pass_through_long", "event_date")) | ANY_TEXT,
    st.lists(VALUES, max_size=3) | st.fixed_dictionaries({"low": VALUES, "high": VALUES}) | VALUES,
    max_size=3,
)
PLANS = st.fixed_dictionaries(
    {"kind": st.sampled_from(plans.KINDS) | VALUES},
    optional={
        "parameters": AXES | VALUES,
        "points": st.lists(st.dictionaries(NAMES, VALUES, max_size=2), max_size=3) | VALUES,
        "n": st.integers(-1, 5) | VALUES,
        "seed": st.integers(-1, 5) | VALUES,
        "draws": st.sampled_from((1024, 2048)) | VALUES,
        "figures": st.lists(ANY_TEXT, max_size=2) | VALUES,
        "scenario": st.just("base") | VALUES,
        "vintage": st.just("article") | VALUES,
        "title": VALUES,
        "note": VALUES,
        "other": VALUES,
    },
)


@pytest.mark.bad_input("sweep plans")
@fuzz(300)
@given(PLANS.map(_dumped) | YAML_TEXT)
def test_any_sweep_plan_is_a_plan_or_gets_one_line_a_mistake(folder, text):
    read_plan(folder, text)


def read_plan(folder, text):
    path = folder / "sweeps" / "fuzzed.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        plan = plans.read_plan(path)
    except ParameterError as error:
        assert_one_line(error, lines=4)
        return None
    assert plan.points
    assert len(points._digest(plan)) == 24
    assert set(plan.parameters) <= set(parameters.names())
    return plan


@pytest.mark.bad_input("sweep plans")
@pytest.mark.parametrize(
    "text",
    [
        *YAML_TRAPS,
        "kind: latin-hypercube\nn: 2\nparameters: {elasticity_long: {low: a, high: b}}",
        "kind: latin-hypercube\nn: 2\nparameters: {elasticity_long: {low: 1, high: .inf}}",
        "kind: latin-hypercube\nn: 2\nparameters: {elasticity_long: {low: 1, high: [2]}}",
        "kind: latin-hypercube\nn: 2\nseed: x\nparameters: {elasticity_long: {low: 1, high: 2}}",
        "kind: latin-hypercube\nn: 10000000\nparameters: {elasticity_long: {low: 1, high: 2}}",
        "kind: grid\ndraws: many\nparameters: {elasticity_long: [1]}",
        "kind: grid\ndraws: 4096.7\nparameters: {elasticity_long: [1]}",
        "kind: grid\nfigures: 5\nparameters: {elasticity_long: [1]}",
        "kind: grid\nparameters: {" + ", ".join(f"p{i}: {list(range(30))}" for i in range(300)) + "}",
        "kind: [grid]\nparameters: {elasticity_long: [1]}",
    ],
    ids=lambda text: repr(text[:60]),
)
def test_a_trap_in_a_sweep_plan_gets_one_line(folder, text):
    assert read_plan(folder, text) is None


def test_a_date_in_a_sweep_plan_can_be_written_plainly(folder):
    plan = read_plan(folder, "kind: grid\nparameters: {event_date: [2025-01-27, 2025-01-28]}")
    assert [point["event_date"] for point in plan.points] == ["2025-01-27", "2025-01-28"]


@pytest.mark.bad_input("names of runs, scenarios and files")
@pytest.mark.parametrize("name", ["...yaml", "a b.yaml", "-x.yaml", "template.yaml", "x" * 200 + ".yaml"])
def test_a_sweep_whose_folder_would_leave_its_place_is_refused_before_it_runs(name, tmp_path, monkeypatch):
    from deepseek_era.sweep import page

    monkeypatch.setattr(points, "run", lambda *a, **k: pytest.fail("the sweep ran"))
    path = tmp_path / name
    path.write_text("kind: grid\nparameters: {elasticity_long: [1]}")
    with pytest.raises(ParameterError, match="name: saw") as caught:
        page.write(path, root=tmp_path)
    assert_one_line(caught.value)


# --- a user's own returns --------------------------------------------------------------------------------------------

RETURNS = "date,ticker,return_pct\n2025-01-24,AAA,1.5\n2025-01-27,AAA,-2.5\n2025-01-27,BBB,3\n"


@st.composite
def own_returns(draw):
    rows = [line.split(",") for line in RETURNS.splitlines()]
    for _ in range(draw(st.integers(0, 3))):
        row = draw(st.integers(0, len(rows) - 1))
        if rows[row]:
            rows[row][draw(st.integers(0, len(rows[row]) - 1))] = draw(ANY_TEXT)
        if draw(st.booleans()):
            rows[row].append(draw(ANY_TEXT))
    content = bytearray(written(rows, delimiter=draw(st.sampled_from(",;\t"))))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(content) - 1))
        content[at : at + draw(st.integers(0, 9))] = draw(st.binary(max_size=6))
    return bytes(content)


@pytest.mark.bad_input("a user's own returns")
@fuzz(200)
@given(own_returns())
def test_a_users_returns_are_taken_or_get_one_line(folder, content):
    path = folder / "own.csv"
    path.write_bytes(content)
    try:
        frame = read_user_returns(path)
    except DataError as error:
        assert_one_line(error)
        return
    assert {"date", "ticker", "return_pct"} <= set(frame.columns)
    assert frame["return_pct"].notna().all()


@pytest.mark.bad_input("names of runs, scenarios and files")
@pytest.mark.parametrize("name", [t for t in HOSTILE if t.strip()], ids=repr)
def test_a_users_file_that_cannot_be_is_one_line(name):
    with pytest.raises(DataError) as caught:
        read_user_returns(Path(name))
    assert_one_line(caught.value)


# --- notebooks and kept files ----------------------------------------------------------------------------------------

NOTEBOOK = nbformat.v4.new_notebook(
    cells=[
        nbformat.v4.new_code_cell("seed = 1", id="p", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_markdown_cell("text", id="m"),
    ]
)


@st.composite
def broken_notebook(draw):
    document = json.loads(nbformat.writes(NOTEBOOK))
    node = document
    for _ in range(draw(st.integers(0, 4))):
        steps = list(node) if isinstance(node, dict) else list(range(len(node)))
        inner = [s for s in steps if isinstance(node[s], dict | list) and node[s]]
        if not inner:
            break
        node = node[draw(st.sampled_from(inner))]
    steps = list(node) if isinstance(node, dict) else list(range(len(node)))
    if steps:
        node[draw(st.sampled_from(steps))] = draw(JSON_VALUES)
    text = json.dumps(document)
    return text[: draw(st.one_of(st.just(len(text)), st.integers(0, len(text))))].encode(
        "utf-8", "surrogatepass"
    )


@pytest.mark.bad_input("notebooks")
@fuzz(200)
@example(b"")
@example(b"[]")
@example(b"null")
@example(b'{"nbformat": 4}')
@example(b'{"nbformat": 99, "nbformat_minor": 0, "cells": [], "metadata": {}}')
@example(b"[" * 100_000)
@example(b"\xff\xfe")
@given(broken_notebook())
def test_a_broken_notebook_gets_one_line(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "01-x.ipynb").write_bytes(content)
    try:
        assert manuscript.paths(folder)
    except UserError as error:
        assert_one_line(error, names="notebooks/01-x.ipynb")
    finally:
        shutil.rmtree(folder)


@pytest.mark.bad_input("kept files and reports that somebody else wrote")
@fuzz(100)
@given(JSON_VALUES.map(json.dumps) | ANY_TEXT)
def test_what_was_kept_is_used_only_if_it_is_whole(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("kept")
    content = text.encode("utf-8", "surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "CACHE", folder)
        patch.setattr(inputs, "CACHE", folder)
        (folder / "01-x").mkdir()
        (folder / "01-x" / "a.json").write_bytes(content)
        (folder / "key.json").write_bytes(content)
        nbformat.write(NOTEBOOK, folder / "01-x.ipynb")
        assert cache.find(folder / "01-x.ipynb", parameters.resolve())[0] is None
        assert inputs.standing("key") is None
        assert points._load(folder / "key.json", [0, 1]) is None
    shutil.rmtree(folder)


@pytest.mark.bad_input("kept files and reports that somebody else wrote")
@fuzz(60)
@given(JSON_VALUES.map(json.dumps) | ANY_TEXT, ANY_TEXT)
def test_a_trace_in_a_broken_report_gets_one_line(tmp_path_factory, text, asked):
    root = tmp_path_factory.mktemp("trace")
    (root / "report" / "base").mkdir(parents=True)
    (root / "report" / "base" / "figures.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance.tables, "ROOT", root)
        patch.setenv("DEEPSEEK_ERA_DATA", str(Path(__file__).parents[1] / "data"))
        try:
            provenance.trace(asked)
        except DataError as error:
            assert_one_line(error)
    shutil.rmtree(root)


# --- code ------------------------------------------------------------------------------------------------------------


@pytest.mark.bad_input("texts that try to become code")
@fuzz(400)
@given(ANY_TEXT)
def test_a_text_parameter_reaches_the_notebook_as_a_text_and_nothing_else(text):
    """The injected cell is assignments of literals, whatever the text: read back, it is the text."""
    if not is_text(text):
        with pytest.raises(ParameterError, match="text that UTF-8 can hold"):
            parameters.resolve({"returns_file": text})
        return
    inject = build.notebook_parameters(
        parameters.resolve({"returns_file": text, "elasticity_long": {"low": 1, "high": 2}})
    )
    body = ast.parse(PythonTranslator.codify(inject, "Parameters")).body
    assert all(isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name) for line in body)
    assert {line.targets[0].id: ast.literal_eval(line.value) for line in body} == inject


@pytest.mark.build
@pytest.mark.bad_input("texts that try to become code")
def test_no_text_parameter_runs_in_a_kernel(tmp_path):
    mark = tmp_path / "it-ran"
    tries = [
        f'"; open({str(mark)!r}, "w"); "',
        f"'\nopen({str(mark)!r}, 'w')\n'",
        f"\\\"; open({str(mark)!r}, 'w') #",
        f"!touch {mark}",
        f"`touch {mark}`",
        f"%%bash\ntouch {mark}",
        f"{{{{ open({str(mark)!r}, 'w') }}}}",
        f'"""\nopen({str(mark)!r}, "w")\n"""',
    ]
    cell = nbformat.v4.new_code_cell("returns_file = ''", id="p", metadata={"tags": ["parameters"]})
    work = nbformat.v4.new_code_cell("import json\nprint(json.dumps(returns_file))", id="work")
    document = nbformat.v4.new_notebook(cells=[cell, work])
    document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    text = "\n".join(tries)
    nbformat.write(document, tmp_path / "01-x.ipynb")
    inject = build.notebook_parameters(parameters.resolve({"returns_file": text}))
    (ran,) = execute.run_notebooks([tmp_path / "01-x.ipynb"], inject)
    said = "".join(o.get("text", "") for c in ran.document.cells for o in c.get("outputs", []))
    assert json.loads(said.splitlines()[0]) == text
    assert not mark.exists()
