"""What a user hands in besides notebooks: words of SET, own returns, scenarios, a pipe, a checkout that was moved."""

import os
import shutil
import subprocess
import sys
import venv

import pytest

from deepseek_era import cli, environment, pairs, parameters, provenance, tables
from deepseek_era.building import build, cache, comparing, execute, inputs
from deepseek_era.errors import DataError, ParameterError, UserError
from deepseek_era.market.returns import read_user_returns, with_known_tickers
from deepseek_era.parameters import resolve
from deepseek_era.tables import ROOT

HEAD = "date,ticker,return_pct\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("returns_file='my own.csv'", "my own.csv"),
        ('returns_file="my own.csv"', "my own.csv"),
        ("returns_file=my\\ own.csv", "my own.csv"),
        ("'returns_file=my own.csv'", "my own.csv"),
        ("returns_file='a=b.csv'", "a=b.csv"),
    ],
)
def test_a_value_with_blanks_is_quoted_as_in_a_shell(text, value):
    assert pairs.parse(text) == {"returns_file": value}
    assert pairs.parse(f"elasticity_long=1 {text}")["returns_file"] == value


@pytest.mark.bad_input("words of SET")
@pytest.mark.parametrize("text", ["returns_file='my own.csv", 'a="', "a=b\\", "a=1 own.csv"])
def test_a_quotation_left_open_is_one_line(text):
    with pytest.raises(ParameterError, match="SET: saw") as caught:
        pairs.parse(text)
    assert len(str(caught.value).splitlines()) == 1


def test_a_range_as_text_is_the_range_that_set_takes():
    def row(value):
        return resolve({"elasticity_long": value}).rows["elasticity_long"]

    assert row("0.5:0.8:1.1") == row({"low": 0.5, "mode": 0.8, "high": 1.1})
    assert row("0.5:1.1") == row({"low": 0.5, "high": 1.1})
    assert row("0.8") == row(0.8)


@pytest.mark.bad_input("a user's own returns")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("date;ticker;return_pct\n2025-01-27;NVDA;-16,97\n", "(a decimal comma? write -16.97)"),
        (HEAD + "2025-01-27,NVDA,-16,97\n", "(decimal commas?"),
        (HEAD + "2025-01-27,NVDA,-16.97%\n", "(write -16.97: return_pct is in percent)"),
        (
            "date,NVDA\n2025-01-24,.12\n2025-01-27,-.11\n",
            "percent and fractions cannot be told apart, allowed",
        ),
        ("date,NVDA\n2025-01-24,1\n2025-01-24,2\n", "own.csv row 3: the day 2025-01-24 stands there twice"),
        ("date,NVDA\n27/01/2025,1\n28/01/2025,2\n", "own.csv row 2: date is '27/01/2025'"),
        ("date,ticker,close\n2025-01-27,NVDA,118.4\n", "the prices of 1 day, allowed: at least two"),
        ("date;ticker;adj close\n2025-01-27;NVDA;118,4\n", "(a decimal comma? write 118.4)"),
        ("date,close\n2025-01-24,142\n2025-01-27,0\n", "row 3: OWN has the price 0, allowed: above 0"),
        (
            "date,close\n2025-01-24,100\n2025-01-27,50\n",
            "row 3: OWN returns -50 percent on 2025-01-27, which",
        ),
        ("date,ticker,close\n2025-01-24,A,1\n2025-01-24,A,2\n", "row 3: A has two prices on 2025-01-24"),
        ("open,date\n1,2025-01-27\n", "column ticker is missing; saw 'open, date' (expected is one row"),
        (HEAD + "2025-01-27, ,1\n", "ticker is empty"),
        (HEAD + "2025-01-27,NVDA,1\n2025-01-27,NVDA ,2\n", "has two returns"),
    ],
)
def test_returns_that_look_like_something_else_are_refused_with_a_hint(tmp_path, content, said):
    path = tmp_path / "own.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_user_returns(path)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


EXPORTS = {
    "NVDA.csv": "Date,Open,High,Low,Close,Adj Close,Volume\n2025-01-24,9,9,9,71.31,142.62,1\n2025-01-27,9,9,9,59.21,118.42,1\n",
    "nvda.txt": "Date,Close/Last,Volume,Open,High,Low\n01/27/2025,$118.42,1,1,1,1\n01/24/2025,$142.62,1,1,1,1\n",
    "stooq.txt": "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\nNVDA,D,20250124,0,1,1,1,142.62,1\nNVDA,D,20250127,0,1,1,1,118.42,1\n",
    "yfinance.csv": "Price,Close,High\nTicker,NVDA,NVDA\nDate,,\n2025-01-24 00:00:00-05:00,142.62,1\n2025-01-27 00:00:00-05:00,118.42,1\n",
    "wide.csv": "Date;NVDA;Other\n2025-01-24;142.62;10\n2025-01-27;118.42;\n",
    "tidy.csv": "date\tsymbol\tclose\nJan 27, 2025\tNVDA\t118.42\nJan 24, 2025\tNVDA\t142.62\n",
    "returns.csv": "date,NVDA,Other\n2025-01-24,-3.1,\n2025-01-27,-16.968168,\n",
    "fractions.csv": "day,NVDA,Other\n2025-01-24,-.031,.01\n2025-01-27,-.16968168,.01\n",
}


@pytest.mark.parametrize("name", EXPORTS)
def test_the_usual_exports_of_returns_and_prices_give_the_same_return(tmp_path, name):
    path = tmp_path / name
    path.write_text(EXPORTS[name], encoding="utf-8")
    own = read_user_returns(path)
    day = own[(own["date"] == "2025-01-27") & own["ticker"].isin(["NVDA"])]
    assert day["return_pct"].tolist() == pytest.approx([100 * (118.42 / 142.62 - 1)], abs=1e-3)


def test_a_day_without_a_price_leaves_a_gap_on_both_of_its_sides(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("date,A,B\n2025-01-23,10,5\n2025-01-24,,5.1\n2025-01-27,12,5\n2025-01-28,12.6,5.2\n")
    own = read_user_returns(path)
    assert own[own["ticker"] == "A"][["date", "return_pct"]].to_numpy().tolist() == [
        ["2025-01-28", pytest.approx(5)]
    ]
    assert (own["ticker"] == "B").sum() == 3


def test_a_known_ticker_counts_however_it_is_written(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(HEAD + "2025-01-27,nvda ,-1.5\n2025-01-27, Own,2.5\n", encoding="utf-8")
    own = with_known_tickers(read_user_returns(path), ["NVDA", "AMD"], where="own.csv")
    assert list(own["ticker"]) == ["NVDA", "Own"]
    path.write_text(HEAD + "2025-01-27,nvda,-1.5\n2025-01-27,NVDA,2.5\n", encoding="utf-8")
    with pytest.raises(DataError, match="NVDA is the same firm"):
        with_known_tickers(read_user_returns(path), ["NVDA"], where="own.csv")


@pytest.fixture
def data(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    shutil.copytree(ROOT / "data", folder)
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(folder))
    return folder


@pytest.mark.bad_input("a user's own returns")
@pytest.mark.parametrize("door", ["parameter", "scenario"])
@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "returns_file: no file"), ("date,x\n2025-01-27,y\n", "column x: saw 'y', allowed: a number")],
)
def test_own_returns_that_cannot_be_are_refused_before_any_kernel(
    data, tmp_path, monkeypatch, door, content, said
):
    path = tmp_path / "own.csv"
    if content is not None:
        path.write_text(content)
    (data / "scenarios" / "mine.yaml").write_text(f"parameters: {{returns_file: {path}}}")
    monkeypatch.setattr(execute, "run_notebooks", lambda *a, **k: pytest.fail("a kernel started"))
    asked = {"scenario": "mine"} if door == "scenario" else {"overrides": {"returns_file": str(path)}}
    with pytest.raises(DataError, match=said):
        build.build(**asked, root=tmp_path / "report")


def test_a_firm_left_out_that_nobody_knows_is_refused_before_any_kernel(tmp_path, monkeypatch):
    monkeypatch.setattr(execute, "run_notebooks", lambda *a, **k: pytest.fail("a kernel started"))
    with pytest.raises(UserError, match=r"^left_out: saw 'NVDX', .*\(nearest: NVDA\)$"):
        build.build(overrides={"left_out": "MU NVDX"}, root=tmp_path / "report")


def test_the_digest_for_citing_holds_the_content_of_own_files(tmp_path):
    path = tmp_path / "own.csv"
    found = set()
    for value in ("-16.97", "-10"):
        path.write_text(f"{HEAD}2025-01-27,NVDA,{value}\n")
        found.add(cache.of_run({}, resolve({"returns_file": str(path)})))
    assert len(found) == 2
    assert cache.of_run({}, resolve(), {"/a/x.csv": "1"}) == cache.of_run({}, resolve(), {"/b/x.csv": "1"})
    assert cache.of_run({}, resolve(), {"/a/x.csv": "1"}) != cache.of_run({}, resolve(), {"/a/x.csv": "2"})


def test_a_report_stands_only_while_the_files_it_opened_are_as_they_were(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "CACHE", tmp_path / "fresh")
    folder, own = tmp_path / "base", tmp_path / "own.csv"
    folder.mkdir()
    own.write_text("a")
    inputs.remember("key", folder, {str(own): inputs.digest_of(own)})
    assert inputs.standing("key") == folder
    own.write_text("b")
    assert inputs.standing("key") is None


def test_an_input_that_changes_after_it_was_read_is_seen(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a")
    snapshot = inputs.Snapshot()
    first = snapshot.digest(path)
    path.write_text("b")
    assert snapshot.digest(path) == first
    assert snapshot.moved() == [path]


@pytest.mark.parametrize("content", ["title: Mine\nparameters: {elasticity_long: 1}", "{ not: [yaml"])
def test_a_scenario_counts_only_in_a_run_that_uses_it(data, content):
    before = inputs.Snapshot().parts(), parameters.printed_scenarios("base")
    (data / "scenarios" / "mine.yaml").write_text(content)
    (data / "sweeps" / "mine.yaml").write_text(content)
    assert (inputs.Snapshot().parts(), parameters.printed_scenarios("base")) == before
    assert inputs.Snapshot().parts("mine") != before[0]
    assert {"code", "data", "notebooks", "lock"} <= {
        k for k, v in inputs.Snapshot().parts("mine").items() if before[0].get(k) == v
    }


def test_every_listed_scenario_is_there():
    assert set(tables.listed_scenarios()) <= set(parameters.scenario_names())


@pytest.mark.bad_input("names of runs, scenarios and files")
@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("base", "", "compare: B is empty, allowed: a run \\(base\\) or a scenario \\(base, .*jevons-fails"),
        ("base", "jevons-fail", "compare: B is 'jevons-fail', .*nearest: jevons-fails"),
        ("bsae", "base", "compare: A is 'bsae', .*nearest: base"),
    ],
)
def test_a_comparison_of_what_is_not_there_says_what_is(tmp_path, a, b, said):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "manifest.json").write_text("{}")
    with pytest.raises(UserError, match=said) as caught:
        comparing.write(a, b, root=tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_trace_lists_every_parameter_of_the_part():
    wanted = {"benchmark", "estimation_days", "left_out", "normal_model", "returns_file"}
    assert wanted <= set(provenance.movers("market.nvda.ar_0"))
    assert "elasticity_long" not in provenance.movers("market.nvda.ar_0")


@pytest.mark.parametrize(
    "words", [("parameters",), ("report", "--force", "--name", "test-unheard")], ids=" ".join
)
def test_a_reader_that_stops_ends_a_command_with_an_error_and_no_half_report(words):
    with subprocess.Popen(
        [sys.executable, "-m", "deepseek_era", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        pipesize=4096,  # less than it has to say, however slowly this test reads
    ) as process:
        assert process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(120) == cli.UNHEARD
    assert said == b""
    assert not (ROOT / "report" / "test-unheard").exists()


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_an_environment_works_where_its_checkout_was_moved(tmp_path, locale):
    first, second = tmp_path / "first", tmp_path / "José with blanks"
    first.mkdir()
    (first / "deepseek_era").mkdir()
    (first / "notebooks").mkdir()
    shutil.copy(environment.__file__, first / "deepseek_era")
    (first / "deepseek_era" / "__init__.py").touch()
    venv.create(first / ".venv", symlinks=True)
    script = first / ".venv" / "bin" / "tool"
    script.write_text(
        f"#!{first}/.venv/bin/python\nimport sys, deepseek_era\nprint(sys.prefix, *sys.argv[1:])\n"
    )
    script.chmod(0o755)
    for _ in range(2):
        subprocess.run([first / ".venv/bin/python", first / "deepseek_era/environment.py"], check=True)
    first.rename(second)
    env = {**os.environ, "LC_ALL": locale}
    said = [
        subprocess.run(command, cwd=second / "notebooks", env=env, capture_output=True, check=True).stdout
        for command in (
            ["../.venv/bin/tool", "a b"],
            ["sh", "-c", ". ../.venv/bin/activate && tool 'a b'"]
            if shutil.which("bash") is None
            else ["bash", "-c", ". ../.venv/bin/activate && tool 'a b'"],
        )
    ]
    assert said == [os.fsencode(f"{second}/.venv a b\n")] * 2
