"""Fresh facts: what a refresh fetches, shows, refuses and takes over, against real HTTP on loopback.

Nothing here leaves 127.0.0.1. `fixture_sources` is the server; `yfinance` sends all its requests to it, through the
session that it takes from its caller.
"""

import ast
import datetime as dt
import email.utils
import errno
import fcntl
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from fixture_sources import (
    LIST,
    NOT_FOUND,
    PAGE,
    Loopback,
    Reply,
    chart,
    closes_of,
    price_list,
)
from hypothesis import given
from hypothesis import strategies as st

from deepseek_era import cli, tables
from deepseek_era.building import inputs
from deepseek_era.errors import RefreshError
from deepseek_era.refresh import adopt, polite, prices, raw, returns, review, rules, snapshot

DAY = "2026-11-25"
EARLIER = "2026-11-24"
NVDA = "/v8/finance/chart/NVDA"
SOL, SOL_ROW = "gpt-5.6-sol", "AP035"
CHEAPER = {
    "input_cost_per_token": 4e-06,
    "cache_read_input_token_cost": 4e-07,
    "output_cost_per_token": 2e-05,
}


@pytest.fixture
def models():
    """Have the models really run over a snapshot, in the tests that ask for this."""


@pytest.fixture(autouse=True)
def _no_models(request, monkeypatch):
    """Leave the models out elsewhere: they take seconds and say nothing about fetching, writing or refusing."""
    if "models" not in request.fixturenames:
        monkeypatch.setattr(review, "figures", lambda folder, name: {})


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Return a copy of the tables, with an earlier snapshot beside them."""
    folder = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", folder, ignore=shutil.ignore_patterns("snapshots"))
    old = folder / "snapshots" / EARLIER
    old.mkdir(parents=True)
    (old / "manifest.json").write_text("{}", encoding="utf-8")
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(folder))
    return folder


@pytest.fixture
def few(data):
    """Return the same with the returns of three tickers only: enough for what is refused before the models run."""
    path = data / "returns_daily.csv"
    rows = raw.read(data, "returns_daily")
    path.write_bytes(raw.text(rows[rows["ticker"].isin(["NVDA", "AMD", "EWX"])]))
    return data


@pytest.fixture
def loopback(monkeypatch):
    """Return the server; the answers that `yfinance` keeps in memory are dropped, and waits are noted, not waited."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    from yfinance.data import YfData

    YfData.cache_get.cache_clear()
    with Loopback() as server:
        server.waits = []
        monkeypatch.setattr(polite, "sleep", server.waits.append)
        yield server


def state(folder):
    """Return every file under a folder with its content, the lock aside."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name != ".lock"
    }


class Run:
    """One call of the command line: its exit code and what it wrote."""

    def __init__(self, capsys, *options):
        self.code = cli.main(["refresh", *options])
        self.out, self.err = capsys.readouterr()

    def refused(self, *parts):
        """Check that this is exit code 2 and one line with these parts, without a traceback."""
        assert self.code == 2, self.out
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("error: ")
        for part in parts:
            assert part in lines[0], lines[0]


@pytest.fixture
def run(capsys, loopback):
    """Return a function that runs the refresh against the server, with tight limits."""

    def call(*options, tables="prices", day=DAY):
        return Run(
            capsys,
            *("--tables", tables, "--date", day, "--tries", "2", "--timeout", "10"),
            *("--prices-url", loopback.url + LIST, "--returns-url", loopback.url),
            *options,
        )

    return call


def changed_list(**fields):
    return Reply(price_list(**{SOL: CHEAPER | fields}))


# --- prices: good answers ------------------------------------------------------------------------------------------


def test_a_list_that_says_the_same_confirms_every_price(data, loopback, run):
    before = state(data)
    loopback.sources.answers[LIST] = Reply(price_list())
    done = run()
    assert done.code == 0, done.err
    mapped = len(tables.load("price_list_keys"))
    assert f"the list confirms {mapped} prices, 0 changed, 0 of the keys are no longer listed" in done.out
    assert "api_prices: 0 added, 0 dropped, 0 changed" in done.out
    assert "there is nothing to take over" in done.out
    after = state(data)
    made = f"snapshots/{DAY}/"
    assert {k: v for k, v in after.items() if not k.startswith(made)} == before
    assert after[f"{made}api_prices.csv"] == before["api_prices.csv"]
    assert {k.removeprefix(made) for k in after if k.startswith(made)} == {
        "api_prices.csv",
        "manifest.json",
        "changes.txt",
    }


def test_a_changed_price_is_a_new_row_from_the_day_of_fetching_ends_the_old_one_and_is_taken_over_when_told_to(
    models, data, loopback, run, capsys
):
    before = state(data)
    loopback.sources.answers[LIST] = changed_list()
    done = run()
    assert done.code == 0, done.err
    assert (
        "AP035 GPT-5.6 Sol (OpenAI): input 5 → 4, cached input 0.5 → 0.4, output 30 → 20 USD per million tokens"
        in done.out
    )
    assert "api_prices: 1 added, 0 dropped, 1 changed" in done.out
    assert "market.nvda.ar_0" in done.out
    assert re.search(r"cost\.api\.discount_output +96\.4% +\(the same\)", done.out)
    assert re.search(r"cost\.api\.path_flagship_latest +\S+ → \S+", done.out)
    assert f"--adopt {DAY}" in done.out
    assert {k: v for k, v in state(data).items() if DAY not in k} == before
    folder = data / "snapshots" / DAY
    new = raw.read(folder, "api_prices").set_index("row_id")
    assert new.loc[SOL_ROW, "effective_to"] == DAY
    row = new.iloc[-1]
    assert row.name == "AP185"
    assert row[["input_usd_per_mtok", "cached_input_usd_per_mtok", "output_usd_per_mtok"]].tolist() == [
        "4",
        "0.4",
        "20",
    ]
    assert row[["effective_from", "effective_to", "as_of"]].tolist() == [DAY, "", DAY]
    assert row["effective_from_basis"] == "first_seen_in_price_tracker"
    assert row["source_id"] == raw.read(folder, "sources")["source_id"].iloc[-1] == "S_LITELLM_20261125"
    assert raw.read(folder, "price_list_keys").set_index("list_key").loc[SOL, "row_id"] == "AP185"
    # and only when told to is it taken over
    before = without_snapshots(data)
    done = Run(capsys, "--adopt", DAY)
    assert done.code == 0, done.err
    assert "api_prices: 1 added, 0 dropped, 1 changed" in done.out
    assert "cost.api.path_flagship_latest" in done.out
    assert (
        "taken over from 2026-11-25: data/sources.csv, data/api_prices.csv, data/price_list_keys.csv"
        in done.out
    )
    after = without_snapshots(data)
    changed = {k for k in after if after[k] != before[k]}
    assert changed == {"sources.csv", "api_prices.csv", "price_list_keys.csv"}
    assert after.keys() == before.keys()
    for name in ("sources", "api_prices", "price_list_keys"):
        assert after[f"{name}.csv"] == (data / "snapshots" / DAY / f"{name}.csv").read_bytes()
    assert tables.check_all()
    assert tables.load("api_prices").set_index("row_id").loc["AP185", "output_usd_per_mtok"] == 20
    assert tables.load("api_prices")["as_of"].max() == DAY
    again = Run(capsys, "--adopt", DAY)
    assert again.code == 0
    assert "nothing to take over from 2026-11-25" in again.out
    assert without_snapshots(data) == after


def test_the_manifest_says_where_when_what_and_by_which_versions(data, loopback, run):
    body = json.dumps(price_list(**{SOL: CHEAPER})).encode()
    loopback.sources.answers[LIST] = Reply(body)
    assert run().code == 0
    folder = data / "snapshots" / DAY
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (origin,) = manifest["origins"]
    assert origin["address"] == loopback.url + LIST
    assert origin["bytes"] == len(body)
    assert origin["sha256"] == snapshot.digest(body)
    assert dt.datetime.strptime(origin["fetched_at"], "%Y-%m-%dT%H:%M:%SZ")
    assert {"python", "httpx", "pandas", "tenacity"} <= set(manifest["versions"])
    for file, entry in manifest["tables"].items():
        content = (folder / file).read_bytes()
        assert entry["sha256"] == snapshot.digest(content)
        assert entry["rows"] == len(raw.read(folder, Path(file).stem))
    assert manifest["beside"]["api_prices.csv"] == snapshot.digest((data / "api_prices.csv").read_bytes())
    assert (folder / "changes.txt").read_text(encoding="utf-8").startswith("api_prices: the list confirms")


def test_a_second_snapshot_of_a_day_stands_beside_the_first(data, loopback, run):
    loopback.sources.answers[LIST] = Reply(price_list())
    assert run().code == 0
    first = state(data / "snapshots" / DAY)
    loopback.sources.answers[LIST] = changed_list()
    assert run().code == 0
    assert state(data / "snapshots" / DAY) == first
    assert snapshot.names(data) == [EARLIER, DAY, f"{DAY}-2"]


def test_a_dry_run_shows_everything_and_writes_nothing(data, loopback, run):
    before = state(data)
    loopback.sources.answers[LIST] = changed_list()
    done = run("--dry-run")
    assert done.code == 0
    assert "AP035 GPT-5.6 Sol" in done.out
    assert "dry run: nothing was written" in done.out
    assert state(data) == before


def test_a_model_that_left_the_list_keeps_its_price(data, loopback, run):
    loopback.sources.answers[LIST] = Reply(price_list(**{"gpt-4": None}))
    done = run()
    assert done.code == 0
    assert "1 of the keys are no longer listed" in done.out
    assert "no longer listed, kept as it stands: gpt-4" in done.out


def test_a_blank_says_nothing(data, loopback, run):
    """A cached price that the list does not state neither confirms nor changes ours."""
    loopback.sources.answers[LIST] = Reply(price_list(**{"gpt-5": {"cache_read_input_token_cost": ...}}))
    done = run()
    assert done.code == 0
    assert ", 0 changed," in done.out


# --- prices: waiting -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_that_says_later_is_asked_again(data, loopback, run, status):
    loopback.sources.answers[LIST] = [Reply(b"later", status), Reply(price_list())]
    assert run().code == 0
    assert loopback.sources.times(LIST) == 2
    (wait,) = loopback.waits
    assert 1 <= wait <= 1.5


def test_a_wait_that_the_server_names_is_kept(data, loopback, run):
    loopback.sources.answers[LIST] = [Reply(b"slow down", 429, {"Retry-After": "7"}), Reply(price_list())]
    assert run().code == 0
    assert loopback.waits == [7.0]


def test_a_wait_may_be_named_as_a_date(data, loopback, run):
    until = email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=40), usegmt=True)
    loopback.sources.answers[LIST] = [Reply(b"", 503, {"Retry-After": until}), Reply(price_list())]
    assert run().code == 0
    assert 1 < loopback.waits[0] <= 40


def test_waits_grow_and_tries_are_bounded(data, loopback, run):
    before = state(data)
    loopback.sources.answers[LIST] = Reply(b"", 503)
    run("--tries", "5").refused(f"price list {loopback.url}{LIST}", "saw status 503, 5 times")
    assert loopback.sources.times(LIST) == 5
    assert len(loopback.waits) == 4
    assert all(2**i <= wait <= 2**i + 0.5 for i, wait in enumerate(loopback.waits))
    assert state(data) == before


def test_a_wait_too_long_ends_the_refresh_at_once(data, loopback, run):
    before = state(data)
    loopback.sources.answers[LIST] = Reply(b"", 429, {"Retry-After": "3600"})
    run().refused("status 429, asks to wait 3600 s, allowed: up to 90 s; try again later")
    assert loopback.sources.times(LIST) == 1
    assert loopback.waits == []
    assert state(data) == before


@given(st.one_of(st.none(), st.text(max_size=40), st.integers().map(str)))
def test_no_header_can_make_a_wait_that_is_none(value):
    wait = polite.retry_after(value)
    assert wait is None or (wait >= 0 and math.isfinite(wait))


# --- prices: refused -----------------------------------------------------------------------------------------------

SHORT = {"hangs": "0.3", "drips": "0.1"}  # seconds; what is not late on purpose has time on a busy machine
BROKEN = {
    "429": (lambda: Reply(b"", 429), ["saw status 429, 2 times"]),
    "404": (lambda: Reply(PAGE, 404), ["saw status 404, allowed: 200"]),
    "403": (lambda: Reply(b"no", 403), ["saw status 403, allowed: 200"]),
    "hangs": (lambda: Reply(hang=True), ["saw no answer within 0.3 s, 2 times"]),
    "drips": (lambda: Reply(b"{" + b" " * 4000, drip=True), ["saw no whole answer within 1 s, 2 times"]),
    "cut short": (lambda: Reply(price_list(), cut=500), ["saw an answer cut short, 2 times"]),
    "HTML": (lambda: Reply(PAGE), ["saw HTML: '<!DOCTYPE html><html><head>", "allowed: JSON"]),
    "no JSON": (
        lambda: Reply(b"model;price\n1;2"),
        ["saw no JSON (line 1): 'model;price 1;2'", "allowed: JSON"],
    ),
    "half JSON": (lambda: Reply(json.dumps(price_list()).encode()[:-40]), ["saw no JSON", "allowed: JSON"]),
    "no UTF-8": (lambda: Reply(b'{"a": "\xff\xfe"}'), ["saw no JSON"]),
    "empty": (lambda: Reply(b""), ["saw no JSON (line 1): '', allowed: JSON"]),
    "too deep": (lambda: Reply(b"[" * 200_000), ["saw no JSON"]),
    "a list": (lambda: Reply([1, 2]), ["saw a list, allowed: an object with one entry a model"]),
    "no entries": (
        lambda: Reply({}),
        ["saw 0 of the 101 keys in price_list_keys, allowed: at least 50%", "missing gpt-4"],
    ),
    "renamed keys": (
        lambda: Reply({f"openai:{k}": v for k, v in price_list().items()}),
        ["saw 0 of the 101 keys", "missing gpt-4"],
    ),
    "renamed field": (
        lambda: Reply(price_list(**{"gpt-5": {"input_cost_per_token": ..., "input_cost_per_tok": 1e-6}})),
        ["price list, gpt-5: field input_cost_per_token is missing; saw ", "(nearest: input_cost_per_tok)"],
    ),
    "an entry of another kind": (
        lambda: Reply(price_list() | {"gpt-5": [1]}),
        ["price list, gpt-5: saw list, allowed: an object with prices"],
    ),
    "text for a number": (
        lambda: Reply(price_list(**{"gpt-5": {"output_cost_per_token": "0.00001"}})),
        ["price list, gpt-5, field output_cost_per_token: saw '0.00001' (str), allowed: a number"],
    ),
    "true for a number": (
        lambda: Reply(price_list(**{"gpt-5": {"output_cost_per_token": True}})),
        ["saw 'True' (bool), allowed: a number"],
    ),
    "NaN": (
        lambda: Reply(price_list(**{"gpt-5": {"input_cost_per_token": math.nan}})),
        ["price list, gpt-5, field input_cost_per_token: saw nan, allowed: 0 to 0.01 USD per token"],
    ),
    "infinite": (
        lambda: Reply(price_list(**{"gpt-5": {"input_cost_per_token": math.inf}})),
        ["saw inf, allowed: 0 to 0.01"],
    ),
    "negative": (
        lambda: Reply(price_list(**{"gpt-5": {"cache_read_input_token_cost": -1e-7}})),
        ["field cache_read_input_token_cost: saw -1e-07, allowed: 0 to 0.01 USD per token"],
    ),
    "absurd": (
        lambda: Reply(price_list(**{"gpt-5": {"input_cost_per_token": 10**400}})),
        ["field input_cost_per_token: saw 1000000", "allowed: 0 to 0.01"],
    ),
    "another unit": (
        lambda: Reply(price_list(**{"gpt-5": {"output_cost_per_token": 10.0 / 1e3}})),
        [
            "api_prices AP023 (GPT-5, OpenAI), column output_usd_per_mtok: saw 10000 under gpt-5",
            "allowed: 0.4 to 250 (within a factor of 25 of 10); has the unit changed?",
        ],
    ),
    "fallen to nothing": (
        lambda: Reply(price_list(**{"gpt-5": {"output_cost_per_token": 0}})),
        ["column output_usd_per_mtok: saw 0 under gpt-5, allowed: 0.4 to 250"],
    ),
    "history moved": (
        lambda: Reply(price_list(**{"deepseek/deepseek-r1": {"output_cost_per_token": 3e-6}})),
        [
            "api_prices AP082 (DeepSeek-R1 (deepseek-reasoner), DeepSeek), column output_usd_per_mtok: saw 3 under "
            "deepseek/deepseek-r1, allowed: 2.19, since this price ended on 2025-09-05 and history may not move"
        ],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_list_is_refused_in_one_line_and_nothing_changes(data, loopback, run, case):
    reply, parts = BROKEN[case]
    before = state(data)
    loopback.sources.answers[LIST] = reply()
    run("--timeout", SHORT.get(case, "10")).refused(*parts)
    assert state(data) == before
    assert not (data / "snapshots" / ".new").exists()


def test_a_list_that_is_absurdly_large_is_cut_off(data, loopback, run, monkeypatch):
    monkeypatch.setattr(polite, "LARGEST", 2**20)
    before = state(data)
    loopback.sources.answers[LIST] = Reply(b" " * 2**21)
    run().refused("saw more than 1 MB, allowed: less")
    assert state(data) == before


def test_no_server_at_all_is_one_line(data, capsys, loopback):
    before = state(data)
    loopback.server.server_close()
    done = Run(
        capsys, "--tables", "prices", "--prices-url", loopback.url + LIST, "--tries", "2", "--date", DAY
    )
    done.refused("saw no connection (ConnectError), 2 times")
    assert state(data) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tables", "price"], "--tables: saw 'price', allowed: returns, prices (nearest: prices)"),
        (["--tables", ","], "--tables: saw nothing, allowed: returns, prices"),
        (["--date", "25.11.2026"], "--date: saw '25.11.2026', allowed: a date YYYY-MM-DD"),
        (
            ["--date", "2025-01-01"],
            "the day 2025-01-01 is before the newest price, 2026-09-10: check the clock, or give --date",
        ),
        (["--tries", "0"], "--tries: saw 0, allowed: 1 to 20"),
        (["--timeout", "nan"], "--timeout: saw nan, allowed: 0.01 to 600"),
        (["--longest-wait", "-1"], "--longest-wait: saw -1, allowed: 0 to 3600"),
        (
            ["--prices-url", "file:///etc/passwd"],
            "saw the address 'file:///etc/passwd', allowed: http:// or https://",
        ),
        (["--prices-url", "http://"], "price list http://: "),
        (
            ["--tables", "returns", "--returns-url", "ftp://x"],
            "--returns-url: saw 'ftp://x', allowed: http:// or https://",
        ),
        (
            ["--tables", "returns", "--keep", "NVDIA"],
            "--keep NVDIA: no such ticker in returns_daily (nearest: NVDA)",
        ),
        (
            ["--adopt", "2026-11-42"],
            "--adopt 2026-11-42: no such snapshot, allowed: 2026-11-24 (nearest: 2026-11-24)",
        ),
        (["--adopt", "../../etc"], "--adopt ../../etc: no such snapshot, allowed: 2026-11-24"),
    ],
)
def test_an_option_that_cannot_be_is_refused(data, loopback, run, options, message):
    before = state(data)
    loopback.sources.answers[LIST] = Reply(price_list())
    run(*options).refused(message)
    assert state(data) == before


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*prices.FIELDS.values(), "mode"]), inner, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_an_entry_is_read_or_refused_never_anything_else(entry):
    try:
        found = prices.read_entry("some/model", entry)
    except RefreshError as error:
        message = str(error)
    else:
        assert all(v is None or 0 <= v <= prices.LARGEST for v in found.values())
        return
    assert message.startswith("price list, some/model")
    assert len(message.splitlines()) == 1


def test_what_is_declared_about_the_list_fits_our_own_table():
    rows = tables.load("api_prices").set_index("row_id")
    mapped = tables.load("price_list_keys").set_index("list_key")["row_id"]
    assert mapped.is_unique
    assert {"AP012", "AP014", "AP082"} <= set(mapped), "o1, o3-mini and R1 carry headlines"
    for row_id in mapped:
        row = rows.loc[row_id]
        same = rows[(rows["model"] == row["model"]) & (rows["provider"] == row["provider"])]
        later = same["effective_from"] > row["effective_from"]
        if row["effective_to"]:  # another tier may have begun meanwhile; a successor begins when it ends
            later &= same["effective_from"] >= row["effective_to"]
        assert not later.any(), f"{row_id} has a successor"
    # no step in our own table comes near to what is taken for another unit
    limit = rules.read()
    steps = [
        max(new, old) / min(new, old)
        for row in rows.itertuples()
        for successor in rows[
            (rows["model"] == row.model)
            & (rows["provider"] == row.provider)
            & (rows["effective_from"] == row.effective_to)
            & (row.effective_to != "")
        ].itertuples()
        for old, new in (
            (row.input_usd_per_mtok, successor.input_usd_per_mtok),
            (row.output_usd_per_mtok, successor.output_usd_per_mtok),
        )
        if min(old, new) > 0
    ]
    assert max(steps) == pytest.approx(5)
    assert limit.price_factor > 4 * max(steps)


# --- returns -------------------------------------------------------------------------------------------------------


def test_both_tables_are_fetched_by_the_command_in_a_process_of_its_own(data, loopback):
    """The whole way, `yfinance` included: every chart comes from loopback, and nothing is asked anywhere else."""
    table = tables.load("returns_daily")
    before = state(data)
    loopback.sources.serve_charts(table)
    loopback.sources.charts("NVDA", closes_of(table, "NVDA", [("2025-01-27", 0.04)]))
    loopback.sources.answers[LIST] = changed_list()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "deepseek_era", "refresh", "--date", DAY),
            *("--prices-url", loopback.url + LIST, "--returns-url", loopback.url),
        ],
        capture_output=True,
        text=True,
        cwd=tables.ROOT,
        env=os.environ | {"HOME": str(data.parent)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    tickers = table["ticker"].nunique() - 1
    assert (
        f"the source confirms {(table['ticker'] != 'EWX').sum():,} returns of {tickers} tickers"
        in done.stdout
    )
    assert "NVDA 2025-01-27: -16.968% → -16.928% (+0.040 pp)" in done.stdout
    assert "kept as it stands: EWX" in done.stdout
    assert re.search(r"market\.nvda\.ar_0 +−16% \(.*\) → −16% \(", done.stdout)
    assert re.search(r"market\.power\.caar_0 .*\(the same\)", done.stdout)
    asked = [p for p in loopback.sources.asked if p.startswith("/v8")]
    assert len(set(asked)) == tickers
    assert len(asked) == 2 * tickers, "each ticker: its time zone, its closes"
    assert loopback.sources.times("/") == 1, "one cookie"
    assert {k: v for k, v in state(data).items() if DAY not in k} == before
    assert not list(data.parent.glob(".cache")), "the client leaves nothing in the home folder"
    folder = data / "snapshots" / DAY
    made = raw.read(folder, "returns_daily")
    assert raw.keys("returns_daily", made).equals(raw.keys("returns_daily", raw.read(data, "returns_daily")))
    nvda = made[(made["ticker"] == "NVDA") & (made["date"] == "2025-01-27")].iloc[0]
    assert nvda[["return_pct", "n_sources", "max_disagreement_pp"]].tolist() == ["-16.928", "1", ""]
    ewx = raw.read(data, "returns_daily").query("ticker == 'EWX'")
    assert made[made["ticker"] == "EWX"].equals(ewx)
    # returns are kept, closes are not: the same columns as ever, and no digits of a close in any file
    assert list(made.columns) == list(raw.read(data, "returns_daily").columns)
    content = b"".join(state(folder).values()).decode()
    for close in closes_of(table, "AMD").values():
        assert f"{close:.3f}" == "100.000" or f"{close:.4f}" not in content
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {"yfinance", "curl_cffi"} <= set(manifest["versions"])
    assert re.fullmatch("[0-9a-f]{64}", manifest["origins"][1]["sha256"])


class Few:
    """Answers for NVDA and AMD, with one thing wrong about NVDA."""

    def __init__(self, sources):
        self.sources = sources
        table = tables.load("returns_daily")
        self.closes = closes_of(table, "NVDA")
        sources.serve_charts(table)

    def change(self, change):
        self.sources.charts("NVDA", self.closes, change)

    def reply(self, reply):
        self.sources.answers[NVDA] = reply


def with_close(day, value):
    def edit(few):
        few.closes[day] = value
        few.change(lambda data: None)

    return edit


def indicators(data):
    return data["chart"]["result"][0]["indicators"]


def no_adjusted(data):
    indicators(data)["adj_close"] = indicators(data).pop("adjclose")


def text_close(data):
    indicators(data)["adjclose"][0]["adjclose"][5] = "n/a"


def short_adjusted(data):
    indicators(data)["adjclose"][0]["adjclose"].pop()


def renamed_column(data):
    indicators(data)["adjclose"][0]["adjustedClose"] = indicators(data)["adjclose"][0].pop("adjclose")


def renamed_stamp(data):
    data["chart"]["result"][0]["timestamps"] = data["chart"]["result"][0].pop("timestamp")


def renamed_chart(data):
    data["finance"] = data.pop("chart")


def nothing(data):
    data["chart"]["result"] = []


def bad_zone(data):
    data["chart"]["result"][0]["meta"].pop("currency")


def lose_a_day(few):
    del few.closes["2025-01-27"]
    few.change(lambda data: None)


def add_a_day(few):
    days = dict(sorted((few.closes | {"2025-01-09": few.closes["2025-01-08"]}).items()))
    few.closes = days
    few.change(lambda data: None)


def move(few):
    few.closes = closes_of(tables.load("returns_daily"), "NVDA", [("2025-01-27", 0.8), ("2025-01-28", -0.3)])
    few.change(lambda data: None)


SICK = {
    "429": (
        lambda few: few.reply(Reply(b"Too Many Requests", 429)),
        ["returns_daily NVDA ", "saw status 429, 2 times"],
    ),
    "a wait too long": (
        lambda few: few.reply(Reply(b"", 429, {"Retry-After": "900"})),
        ["status 429, asks to wait 900 s, allowed: up to 90 s; try again later"],
    ),
    "503": (lambda few: few.reply(Reply(PAGE, 503)), ["saw status 503, 2 times"]),
    "hangs": (lambda few: few.reply(Reply(hang=True)), ["saw no answer within 0.3 s, 2 times"]),
    "cut short": (
        lambda few: few.reply(Reply(chart("NVDA", few.closes), cut=100)),
        ["saw an answer cut short, 2 times"],
    ),
    "HTML": (lambda few: few.reply(Reply(PAGE)), ["saw HTML: '<!DOCTYPE html>", "allowed: JSON"]),
    "half JSON": (
        lambda few: few.reply(Reply(json.dumps(chart("NVDA", few.closes)).encode()[:-9])),
        ["saw no JSON", "allowed: JSON"],
    ),
    "a missing ticker": (
        lambda few: few.reply(Reply(NOT_FOUND, 404)),
        ["returns_daily NVDA ", "the source says 'No data found, symbol may be delisted'"],
    ),
    "no result": (lambda few: few.change(nothing), ["chart.result holds nothing"]),
    "renamed root": (lambda few: few.change(renamed_chart), ["key chart is missing; saw finance"]),
    "renamed days": (
        lambda few: few.change(renamed_stamp),
        ["key timestamp is missing; saw ", "(nearest: timestamps)"],
    ),
    "no adjusted closes": (
        lambda few: few.change(no_adjusted),
        ["key indicators.adjclose is missing; saw quote, adj_close (nearest: adj_close)"],
    ),
    "renamed column": (
        lambda few: few.change(renamed_column),
        [
            "indicators.adjclose.adjclose: saw none, allowed: 333, one a day; saw adjustedClose (nearest: adjustedClose)"
        ],
    ),
    "fewer closes than days": (
        lambda few: few.change(short_adjusted),
        ["adjclose: saw 332 values, allowed: 333, one a day"],
    ),
    "text for a close": (
        lambda few: few.change(text_close),
        ["2024-01-09, indicators.adjclose.adjclose: saw 'n/a', allowed: a number"],
    ),
    "what the client cannot read": (
        lambda few: few.change(bad_zone),
        ["returns_daily NVDA: yfinance could not read the answer (KeyError: 'currency')"],
    ),
    "no close": (
        with_close("2025-01-27", None),
        ["returns_daily NVDA 2025-01-27: saw the close nan, allowed: a finite number above 0"],
    ),
    "NaN": (
        with_close("2025-01-27", math.nan),
        ["2025-01-27: saw the close nan, allowed: a finite number above 0"],
    ),
    "a negative close": (
        with_close("2025-01-27", -3.5),
        ["2025-01-27: saw the close -3.5, allowed: a finite number above 0"],
    ),
    "zero": (
        with_close("2025-01-27", 0.0),
        ["2025-01-27: saw the close 0, allowed: a finite number above 0"],
    ),
    "a day lost": (
        lose_a_day,
        [
            "returns_daily NVDA 2025-01-27: the source has no return for this day; no day of history may be lost"
        ],
    ),
    "a day too many": (
        add_a_day,
        ["returns_daily NVDA 2025-01-09: the source has a return on a day that is no trading day here"],
    ),
    "history moved": (
        move,
        [
            "(NVDA 2025-01-27), column return_pct: saw -16.168, allowed: -16.968 ± 0.050 pp, since history may not move "
            "(and 1 more of NVDA)"
        ],
    ),
}


@pytest.mark.parametrize("case", SICK)
def test_a_sick_source_of_returns_is_refused_in_one_line_and_nothing_changes(few, loopback, run, case):
    act, parts = SICK[case]
    act(Few(loopback.sources))
    before = state(few)
    run("--timeout", SHORT.get(case, "10"), tables="returns").refused(*parts)
    assert state(few) == before
    assert not (few / "snapshots" / ".new").exists()


def test_a_chart_is_asked_for_again_and_the_wait_is_kept(few, loopback, monkeypatch):
    """The client is reached through the same patience: 429 with a wait, then 503 without, then the chart."""
    sources = Few(loopback.sources).sources
    good = sources.answers[NVDA]
    script = [Reply(b"", 429, {"Retry-After": "7"}), Reply(PAGE, 503)]
    sources.answers[NVDA] = lambda query: script.pop(0) if script else good(query)
    from deepseek_era.refresh.yahoo import YahooReturns

    closes = YahooReturns(polite.Limits(), loopback.url).closes(
        "NVDA", dt.date(2025, 1, 20), dt.date(2025, 1, 28)
    )
    assert list(closes.index) == [
        "2025-01-21",
        "2025-01-22",
        "2025-01-23",
        "2025-01-24",
        "2025-01-27",
        "2025-01-28",
    ]
    assert returns.derive("NVDA", closes)["2025-01-27"] == pytest.approx(-16.968)
    assert loopback.waits[0] == 7
    assert 1 <= loopback.waits[1] <= 2.5


def test_a_cookie_or_crumb_that_is_not_to_be_had_does_not_matter(few, loopback, run):
    """The client asks for both; charts are open without them."""
    sources = Few(loopback.sources)
    sources.reply(Reply(NOT_FOUND, 404))
    loopback.sources.answers["/"] = Reply(PAGE, 429)
    loopback.sources.answers["/v1/test/getcrumb"] = Reply(b"Too Many Requests", 429)
    run("--keep", "AMD", tables="returns").refused("the source says 'No data found, symbol may be delisted'")
    from deepseek_era.refresh.yahoo import YahooReturns

    closes = YahooReturns(polite.Limits(), loopback.url).closes(
        "AMD", dt.date(2025, 1, 24), dt.date(2025, 1, 27)
    )
    assert list(closes.index) == ["2025-01-24", "2025-01-27"]
    assert loopback.waits == [], "no patience is spent on them"


def test_dividends_are_in_the_returns(few, loopback):
    """The plain closes of the server drop by 1% on the ex-dividend day; the adjusted ones do not."""
    from deepseek_era.refresh.yahoo import YahooReturns

    wanted = closes_of(tables.load("returns_daily"), "AMD")
    loopback.sources.charts("AMD", wanted)
    days = list(wanted)
    found = YahooReturns(polite.Limits(), loopback.url).closes(
        "AMD", dt.date.fromisoformat(days[0]), dt.date.fromisoformat(days[-1])
    )
    assert found.to_dict() == pytest.approx(wanted)


def test_a_return_that_the_copies_themselves_dispute_may_move_as_far_as_they_do():
    table = tables.load("returns_daily")
    rows = table[table["max_disagreement_pp"] > 0.1]
    row = rows.loc[rows["max_disagreement_pp"].idxmax()]
    for beyond, fine in ((0.0, True), (0.01, False)):
        change = [(row["date"], row["max_disagreement_pp"] + beyond)]
        closes = pd.Series(closes_of(table, row["ticker"], change))
        one = table[table["ticker"] == row["ticker"]].reset_index(drop=True)
        text = one.astype(str).replace("nan", "")
        client = Client(closes)
        if fine:
            found = returns.compare(text, one, client, rules.read())
            assert found.fetched["difference"].abs().max() == pytest.approx(
                row["max_disagreement_pp"], abs=2e-3
            )
        else:
            with pytest.raises(RefreshError, match="history may not move"):
                returns.compare(text, one, client, rules.read())


class Client:
    """Hands out closes that are given: what `returns.compare` asks of a client."""

    address = "nowhere"

    def __init__(self, closes):
        self._closes = closes

    def closes(self, ticker, first, last):
        return self._closes

    def versions(self):
        return {}

    def digest(self):
        return ""


@given(st.lists(st.floats(-60, 150), min_size=2, max_size=30))
def test_returns_come_back_from_the_closes_that_they_make(values):
    closes = 100 * (1 + pd.Series([0.0, *values]) / 100).cumprod()
    closes.index = pd.date_range("2025-01-01", periods=len(closes)).strftime("%Y-%m-%d")
    assert returns.derive("X", closes).tolist() == pytest.approx(values, abs=1e-7)


def test_a_corrected_cell_stands_and_its_correction_goes_on_applying(few, loopback, run):
    """The source is held against the corrected value; the row as collected is not touched, so its old value is found."""
    path = few / "corrections.csv"
    content = path.read_text(encoding="utf-8")
    path.write_text(
        content + "returns_daily,2025-01-27;NVDA,return_pct,-16.968,-16.5,a test,OWN_RETURNS,2026-01-01\n",
        encoding="utf-8",
    )
    table = tables.load("returns_daily")
    assert table.set_index(["date", "ticker"]).loc[("2025-01-27", "NVDA"), "return_pct"] == -16.5
    loopback.sources.serve_charts(table)
    found = returns.compare(
        raw.read(few, "returns_daily"),
        table,
        Client(pd.Series(closes_of(table, "NVDA"))),
        rules.read(),
        keep=("AMD",),
        fixed=frozenset(raw.corrected(few, "returns_daily")),
    )
    assert found.fixed == 1
    assert found.kept == ("AMD", "EWX")
    contents = {"returns_daily": raw.text(found.table)}
    assert b"2025-01-27,NVDA,-16.968," in contents["returns_daily"]
    review.check(few, DAY, DAY, contents, rules.read())
    with review.staged(few, contents) as folder, review.reading(folder):
        again = tables.load("returns_daily").set_index(["date", "ticker"])
        assert again.loc[("2025-01-27", "NVDA"), "return_pct"] == -16.5
    moved = {
        "returns_daily": contents["returns_daily"].replace(
            b"2025-01-27,NVDA,-16.968,", b"2025-01-27,NVDA,-16.960,"
        )
    }
    with pytest.raises(
        RefreshError, match=r"return_pct: saw '-16.960', allowed: -16.968, which corrections.csv corrects"
    ):
        review.check_history(few, DAY, DAY, moved, rules.read())


def test_without_the_client_the_line_says_how_to_get_it(data, loopback, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "yfinance", None)
    monkeypatch.delitem(sys.modules, "deepseek_era.refresh.yahoo", raising=False)
    before = state(data)
    run(tables="returns").refused(
        "yfinance is not installed; make refresh installs it (requirements-refresh.txt)"
    )
    assert state(data) == before


def test_where_the_extra_was_never_installed_the_line_says_how_to_get_it():
    code = "import sys; sys.modules['httpx'] = None; from deepseek_era import cli; sys.exit(cli.main(['refresh']))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tables.ROOT, check=False
    )
    assert done.returncode == 2
    assert (
        done.stderr == "error: httpx is not installed; make refresh installs it (requirements-refresh.txt)\n"
    )


# --- a snapshot is checked as a build reads it ---------------------------------------------------------------------


def edited(data, table, change):
    frame = raw.read(data, table)
    change(frame)
    return {table: raw.text(frame)}


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        (
            "api_prices",
            lambda f: f.__setitem__("output_usd_per_mtok", f["output_usd_per_mtok"].replace("2.19", "-2.19")),
            r"refused: data/api_prices.csv row 83, column output_usd_per_mtok: saw '-2.19', allowed: minimum 0",
        ),
        (
            "api_prices",
            lambda f: f.rename(columns={"model": "modell"}, inplace=True),  # noqa: PD002
            r"column model is missing; saw .*\(nearest: modell\)",
        ),
        (
            "returns_daily",
            lambda f: f.__setitem__("return_pct", ["x", *f["return_pct"][1:]]),
            "data/returns_daily.csv row 2, column return_pct: saw 'x', allowed: a number",
        ),
        (
            "returns_daily",
            lambda f: f.__setitem__("return_pct", ["-130", *f["return_pct"][1:]]),
            "row 2, column return_pct: saw '-130', allowed: minimum -100",
        ),
        (
            "api_prices",
            lambda f: f.loc.__setitem__((0, "source_id"), "S_NONE"),
            r"data/api_prices.csv row 2, column source_id: unknown id 'S_NONE', allowed: an id of sources.csv",
        ),
        (
            "api_prices",
            lambda f: f.loc.__setitem__((1, "row_id"), "AP001"),
            "data/api_prices.csv row 3: duplicate key row_id='AP001'",
        ),
    ],
)
def test_a_snapshot_that_breaks_the_schema_is_refused(data, table, change, message):
    with pytest.raises(RefreshError, match=message):
        review.check(data, DAY, DAY, edited(data, table, change), rules.read())


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        (
            "api_prices",
            lambda f: f.loc.__setitem__((81, "output_usd_per_mtok"), "2.5"),
            r"api_prices row 83 \(AP082\), column output_usd_per_mtok: saw '2.5', allowed: 2.19, since history may not move",
        ),
        (
            "api_prices",
            lambda f: f.loc.__setitem__((81, "effective_to"), DAY),
            r"api_prices row 83 \(AP082\), column effective_to: saw '2026-11-25', allowed: 2025-09-05",
        ),
        (
            "api_prices",
            lambda f: f.loc.__setitem__((34, "effective_to"), "2026-01-01"),
            r"api_prices row 36 \(AP035\), column effective_to: saw '2026-01-01', allowed: nothing, or 2026-11-25",
        ),
        (
            "api_prices",
            lambda f: f.drop(index=[81, 82], inplace=True),  # noqa: PD002
            r"api_prices row 83 \(AP082\) is missing; no row of history may be lost \(and 1 more\)",
        ),
        (
            "returns_daily",
            lambda f: f.drop(index=[10], inplace=True),  # noqa: PD002
            r"returns_daily row 12 \(2024-01-18;AAPL\) is missing; no row of history may be lost",
        ),
        (
            "returns_daily",
            lambda f: f.loc.__setitem__((0, "return_pct"), "-0.649"),
            r"returns_daily row 2 \(2024-01-03;AAPL\), column return_pct: saw '-0.649', allowed: -0.749 ± 0.05 pp",
        ),
        (
            "returns_daily",
            lambda f: f.loc.__setitem__((0, "date"), "2024-01-02"),
            r"returns_daily row 2 \(2024-01-03;AAPL\) is missing",
        ),
        (
            "price_list_keys",
            lambda f: f.loc.__setitem__((0, "row_id"), "AP002"),
            r"price_list_keys row 2 \(gpt-4\), column row_id: saw 'AP002', allowed: AP001, since history may not move",
        ),
        (
            "sources",
            lambda f: f.loc.__setitem__((0, "quality"), "C"),
            r"sources row 2 \(.*\), column quality: saw 'C', allowed: [AB], since history may not move",
        ),
    ],
)
def test_a_snapshot_that_moves_history_is_refused(data, table, change, message):
    with pytest.raises(RefreshError, match=f"snapshot {DAY} refused: {message}"):
        review.check_history(data, DAY, DAY, edited(data, table, change), rules.read())


def test_a_snapshot_on_which_the_models_do_not_run_is_refused(models, few):
    """Three tickers hold to the schema, but no study can be made of them."""
    with pytest.raises(RefreshError, match=f"^snapshot {DAY} refused: the models do not run on it: "):
        review.describe(few, DAY, {})


def test_a_table_is_written_as_the_bytes_it_was_read_from(data):
    for name in snapshot.TABLES:
        assert raw.text(raw.read(data, name)) == (data / f"{name}.csv").read_bytes()


# --- faults of the disk --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", range(5))
def test_a_disk_that_fills_up_at_any_file_leaves_nothing(data, loopback, run, monkeypatch, at):
    loopback.sources.answers[LIST] = changed_list()
    before, real, calls = state(data), snapshot.sync, []

    def sync(path):
        calls.append(path)
        if len(calls) > at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        real(path)

    monkeypatch.setattr(snapshot, "sync", sync)
    run().refused("No space left on device; data/ and earlier snapshots stand")
    assert state(data) == before
    assert snapshot.names(data) == [EARLIER]
    assert not (data / "snapshots" / ".new").exists()


def test_a_file_that_the_system_does_not_let_grow_leaves_nothing(data, loopback):
    """A limit of the kernel on the size of files, 60 kB: a real write fails in the middle."""
    loopback.sources.answers[LIST] = changed_list()
    before = state(data)
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "from deepseek_era.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    options = ["refresh", "--tables", "prices", "--date", DAY, "--prices-url", loopback.url + LIST]
    done = subprocess.run(
        [sys.executable, "-c", code, *options], capture_output=True, text=True, cwd=tables.ROOT, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert re.search(r"File too large.*; data/ and earlier snapshots stand", done.stderr)
    assert len(done.stderr.splitlines()) == 1
    assert state(data) == before


def test_a_place_where_no_folder_can_be_is_one_line(data, loopback, run):
    shutil.rmtree(data / "snapshots")
    (data / "snapshots").write_text("in the way", encoding="utf-8")
    loopback.sources.answers[LIST] = changed_list()
    before = state(data)
    run().refused(f"{data}/snapshots: File exists; data/ and earlier snapshots stand")
    assert state(data) == before


def test_what_a_killed_refresh_left_is_removed_by_the_next(data, loopback, run):
    left = data / "snapshots" / ".new"
    left.mkdir()
    (left / "api_prices.csv").write_text("half", encoding="utf-8")
    assert snapshot.names(data) == [EARLIER], "it never counts as a snapshot"
    loopback.sources.answers[LIST] = Reply(price_list())
    assert run().code == 0
    assert not left.exists()
    assert snapshot.names(data) == [EARLIER, DAY]


def test_two_refreshes_at_once_do_not_meet(data, loopback, run):
    loopback.sources.answers[LIST] = changed_list()
    before = state(data)
    with (data / "snapshots" / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        run().refused("another refresh is at work; wait for it to end")
    assert state(data) == before


# --- taking a snapshot over ----------------------------------------------------------------------------------------


@pytest.fixture
def made(data, loopback, run):
    """Return the tables beside a snapshot with one changed price."""
    loopback.sources.answers[LIST] = changed_list()
    assert run().code == 0
    return data


def without_snapshots(folder):
    return {k: v for k, v in state(folder).items() if not k.startswith("snapshots/")}


def test_the_next_list_is_held_against_the_price_that_was_taken_over(made, capsys, loopback, run):
    assert Run(capsys, "--adopt", DAY).code == 0
    assert ", 0 changed," in run(day="2026-12-01").out
    loopback.sources.answers[LIST] = changed_list(output_cost_per_token=1e-05)
    done = run(day="2026-12-02")
    assert "AP185 GPT-5.6 Sol (OpenAI): output 20 → 10 USD per million tokens" in done.out


def test_returns_are_confirmed_not_taken_over(data, capsys):
    table = raw.read(data, "returns_daily")
    table.loc[0, "return_pct"] = "-0.739"
    table["n_sources"], table["max_disagreement_pp"] = "1", ""
    with snapshot.hold(data):
        snapshot.write(data, DAY, {"returns_daily": raw.text(table)}, {"day": DAY}, "")
    before = without_snapshots(data)
    done = Run(capsys, "--adopt", DAY)
    assert done.code == 0
    assert "nothing to take over" in done.out
    assert "past returns stay as they are" in done.out
    assert without_snapshots(data) == before


def test_corrections_outlive_a_snapshot(made, capsys):
    path = made / "corrections.csv"
    path.write_text(
        path.read_text(encoding="utf-8")
        + "api_prices,AP035,output_usd_per_mtok,30,31,a test,S_SIMONW,2026-11-01\n",
        encoding="utf-8",
    )
    before = path.read_bytes()
    assert Run(capsys, "--adopt", DAY).code == 0
    assert path.read_bytes() == before
    assert tables.load("api_prices").set_index("row_id").loc["AP035", "output_usd_per_mtok"] == 31


def test_a_snapshot_that_was_edited_is_not_taken_over(made, capsys):
    path = made / "snapshots" / DAY / "api_prices.csv"
    path.write_bytes(path.read_bytes().replace(b"2.19", b"2.18"))
    before = state(made)
    Run(capsys, "--adopt", DAY).refused(
        "snapshot 2026-11-25: api_prices.csv is not what was fetched (its SHA-256 is not the one in manifest.json)"
    )
    assert state(made) == before


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"tables": {"api_prices.csv": {}}}', '{"tables": {"api_prices.csv": 3}}']
)
def test_a_manifest_that_cannot_be_read_is_one_line(made, capsys, content):
    (made / "snapshots" / DAY / "manifest.json").write_text(content, encoding="utf-8")
    before = state(made)
    Run(capsys, "--adopt", DAY).refused(
        "snapshot 2026-11-25: manifest.json or a table it names cannot be read"
    )
    assert state(made) == before


def test_a_snapshot_older_than_the_tables_is_refused(made, capsys):
    """A row that was added by hand since is not in it: taking it over would lose the row."""
    path = made / "api_prices.csv"
    last = path.read_text(encoding="utf-8").splitlines()[-1]
    path.write_text(
        path.read_text(encoding="utf-8") + last.replace("AP184", "AP900") + "\n", encoding="utf-8"
    )
    before = state(made)
    Run(capsys, "--adopt", DAY).refused(
        "api_prices row 186 (AP900) is missing; no row of history may be lost"
    )
    assert state(made) == before


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_table_that_cannot_be_replaced_brings_all_of_them_back(made, capsys, monkeypatch, at):
    before, real, calls = state(made), os.replace, []

    def replace(source, target):
        calls.append(target)
        if len(calls) == at + 1:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(target))
        real(source, target)

    monkeypatch.setattr(adopt.os, "replace", replace)
    Run(capsys, "--adopt", DAY).refused("Read-only file system; data/ and earlier snapshots stand")
    assert state(made) == before


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_adoption_that_is_killed_is_undone_by_the_next_refresh(made, capsys, loopback, run, at):
    before = without_snapshots(made)
    code = (
        "import os, signal, sys\n"
        "from deepseek_era.refresh import adopt\n"
        "real, calls = os.replace, []\n"
        "def replace(source, target):\n"
        "    calls.append(target)\n"
        f"    if len(calls) == {at + 1}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    real(source, target)\n"
        "adopt.os.replace = replace\n"
        "from deepseek_era.refresh import review\n"
        "review.figures = lambda folder, name: {}\n"
        "from deepseek_era.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "refresh", "--adopt", DAY],
        capture_output=True,
        cwd=tables.ROOT,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    between = without_snapshots(made)
    assert sum(between[k] != before[k] for k in before) == at
    assert tables.check_all(), "the tables hold together at each step"
    loopback.sources.answers[LIST] = Reply(price_list())
    after = run(day="2026-12-01")
    assert "an adoption that was stopped is undone; the old tables are back" in after.out
    assert without_snapshots(made) == before
    assert not list((made / "snapshots").glob(".adopt*"))


# --- what a snapshot must not touch --------------------------------------------------------------------------------


def test_a_snapshot_is_no_input_of_a_run(data):
    asked, parts = inputs.request("base", "", None), inputs.Snapshot().parts()
    folder = data / "snapshots" / DAY
    folder.mkdir()
    for name in ("returns_daily.csv", "manifest.json", "other.yaml"):
        (folder / name).write_text("a,b\n1,2\n", encoding="utf-8")
    assert inputs.request("base", "", None) == asked
    assert inputs.Snapshot().parts() == parts
    assert not [p for p in inputs.files()["data"] if "snapshots" in p.parts[len(data.parts) :]]
    (data / "capex.csv").write_text("changed", encoding="utf-8")
    assert inputs.request("base", "", None) != asked


def test_snapshots_are_not_committed():
    assert "data/snapshots/" in (tables.ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_only_the_command_line_knows_of_the_refresh_and_nothing_else_uses_the_network():
    network = {"httpx", "yfinance", "curl_cffi", "requests", "urllib3", "urllib", "aiohttp"}
    for path in sorted((tables.ROOT / "deepseek_era").rglob("*.py")):
        if path.parent.name == "refresh":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            for name in names:
                assert name.partition(".")[0] not in network or name.startswith("urllib.parse"), (
                    f"{path}: {name}"
                )
                assert not name.startswith("deepseek_era.refresh") or path.name == "cli.py", f"{path}: {name}"


def test_the_command_line_loads_no_client_until_it_refreshes():
    code = (
        "import sys; from deepseek_era import cli; cli._parser();"
        "print(sorted({'httpx', 'tenacity', 'yfinance', 'curl_cffi'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tables.ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


def test_make_refresh_installs_the_extra_and_passes_its_options_on():
    done = subprocess.run(
        ["make", "-n", "-W", "requirements-refresh.txt", "refresh", "OPTIONS=--dry-run"],
        capture_output=True,
        text=True,
        cwd=tables.ROOT,
        check=True,
    )
    assert "--require-hashes -r requirements-refresh.txt" in done.stdout
    assert '-m deepseek_era refresh --adopt "$ADOPT" $OPTIONS' in done.stdout
    helped = subprocess.run(["make", "help"], capture_output=True, text=True, cwd=tables.ROOT, check=True)
    assert re.search(r"^  make refresh +fetch returns and list prices", helped.stdout, re.MULTILINE)
