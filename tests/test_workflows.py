"""The scheduled workflows: their steps run by hand, in a copy of the project, against services on loopback."""

import json
import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml
from fixture_sources import LIST, Loopback, Reply, price_list

from deepseek_era.editions import feed, frozen, site
from deepseek_era.errors import RefreshError, UserError
from deepseek_era.refresh import propose
from deepseek_era.tables import ROOT

FOLDER = ROOT / ".github" / "workflows"
DAY = "2026-12-01"


def workflow(name):
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


def steps(name):
    """Return the steps of a workflow that run something, by what they are called."""
    (job,) = workflow(name)["jobs"].values()
    return {step["name"]: step["run"] for step in job["steps"] if "run" in step}


def git(folder, *words):
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Return a copy of the project in a repository of its own, whose origin is a bare one beside it."""
    folder = tmp_path_factory.mktemp("work") / "project"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(
        listed, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as it is")
    git(folder.parent, "init", "--quiet", "--bare", "origin.git")
    git(folder, "remote", "add", "origin", str(folder.parent / "origin.git"))
    git(folder, "push", "--quiet", "origin", "main")
    return folder


class Api(BaseHTTPRequestHandler):
    """A service that opens changes and remembers what it was asked."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], asked))
        self.send_response(self.server.status)
        content = json.dumps({"html_url": "https://example.org/pull/1"}).encode()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def api():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.asked, server.status = [], 201
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def settings(api):
    return {
        "GITHUB_API_URL": f"http://127.0.0.1:{api.server_port}",
        "GITHUB_REPOSITORY": "somebody/report",
        "GITHUB_TOKEN": "a-token",
    }


def run(folder, command, **more):
    # the environment is there; make must not set it up anew
    flags = "".join(f" -o .venv/.ready{end}" for end in ("", "-refresh")) + " -o .venv/bin/python"
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "MAKEFLAGS": flags, **more}
    environment.pop("DEEPSEEK_ERA_DATA", None)
    done = subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.build
def test_the_steps_of_a_refresh_end_in_a_change_that_waits_to_be_read(checkout, api):
    """All of them but the tests, which are these, and the builds: their run is a copy of the base with one figure moved."""
    asked = steps("refresh")
    assert list(asked) == [
        "fetch into a snapshot",
        "take it over, in this checkout alone",
        "render with it",
        "say what differs",
        "render base as it would be",
        "test",
        "open a change",
    ]
    before = git(checkout, "rev-parse", "main")
    with Loopback() as sources:
        key = next(
            k
            for k, v in price_list().items()
            if v.get("mode") == "chat" and v["output_cost_per_token"] > 1e-6
        )
        changed = price_list()[key]["output_cost_per_token"] / 2
        listed = price_list(**{key: {"output_cost_per_token": changed}})
        sources.sources.answers[LIST] = Reply(listed)
        options = f"--tables prices --date {DAY} --prices-url {sources.url}{LIST}"
        said = run(checkout, asked["fetch into a snapshot"], REFRESH_OPTIONS=options)
    assert f"--adopt {DAY}" in said
    assert "taken over from" in run(checkout, asked["take it over, in this checkout alone"])
    shutil.copytree(checkout / "report" / "base", checkout / "report" / "refreshed")
    path = checkout / "report" / "refreshed" / "figures.json"
    figures = json.loads(path.read_text(encoding="utf-8"))
    figures["cost.api.discount_output"]["value"] = 50.0
    path.write_text(json.dumps(figures))
    run(checkout, asked["say what differs"])
    shutil.copy2(path, checkout / "report" / "base" / "figures.json")
    said = run(checkout, asked["open a change"], **settings(api), TESTED="failure")
    assert "waits to be read: https://example.org/pull/1" in said
    ((address, token, change),) = api.asked
    assert (address, token) == ("/repos/somebody/report/pulls", "Bearer a-token")
    assert change["base"] == "main"
    assert "`cost.api.discount_output`" in change["body"]
    assert "data/api_prices.csv" in change["body"]
    assert "**The tests fail with it**" in change["body"]
    origin = checkout.parent / "origin.git"
    assert git(origin, "rev-parse", "main") == before, "what was fetched is on its own branch alone"
    names = git(origin, "diff", "--name-only", "main", change["head"]).splitlines()
    base = "report/base/figures.json"
    assert base in names, "the report is merged with the rows that it is made from"
    assert (
        {base} < set(names) <= {base, "data/sources.csv", "data/api_prices.csv", "data/price_list_keys.csv"}
    )
    # the same again: data/ is as main has it, so there is nothing to lay before anybody
    assert "nothing to propose" in run(checkout, asked["open a change"], **settings(api))
    assert len(api.asked) == 1


@pytest.mark.build
def test_the_steps_of_publishing_leave_a_site_with_the_report_and_a_feed_that_validates(checkout):
    (command,) = steps("publish").values()
    run(checkout, command, SITE="_site", ADDRESS="https://example.org/report")
    folder = checkout / "_site"
    content = (folder / "editions" / "feed.xml").read_text(encoding="utf-8")
    assert feed.faults(content) == []
    assert 'href="https://example.org/report/base/index.html"' in content
    assert 'href="https://example.org/report/editions/feed.xml" rel="self"' in content
    published, report = folder / "base", checkout / "report" / "base"
    assert (published / "index.html").read_bytes() == (report / "index.html").read_bytes()
    assert [d.name for d in (folder / "editions").iterdir() if d.is_dir()] == frozen.days(
        checkout / "report" / "editions"
    )
    # what the first page names is there
    for place in re.findall(
        r'(?:href|url)="?=?([^"#]+)"', (folder / "index.html").read_text(encoding="utf-8")
    ):
        assert (folder / place.removeprefix("0;url=")).is_file(), place


def test_a_refresh_may_write_branches_and_changes_and_never_the_main_branch():
    refresh, publish, check = (workflow(name) for name in ("refresh", "publish", "check"))
    assert refresh["permissions"] == {"contents": "write", "pull-requests": "write"}
    assert publish["permissions"]["contents"] == check["permissions"]["contents"] == "read"
    assert "merge" not in " ".join(steps("refresh").values())
    (job,) = refresh["jobs"].values()
    (tested,) = (step for step in job["steps"] if step.get("name") == "test")
    assert tested["continue-on-error"]
    assert job["steps"][-1]["env"]["TESTED"] == f"${{{{ steps.{tested['id']}.outcome }}}}"
    assert (ROOT / steps("refresh")["test"]).is_file()
    # PyYAML reads the key `on` as true
    assert [entry["cron"] for entry in refresh[True]["schedule"]]


COMPARISON = {
    "flipped": ["C01"],
    "calls": [
        {
            "id": "C01",
            "stakeholder": "Nvidia",
            "horizon": "short",
            "a_band": "lost",
            "b_band": "won",
            "a_word": "yes",
            "b_word": "yes",
        }
    ],
    "figures": [{"id": "a.b", "label": "a", "a": "1", "b": "2", "overlap": None}],
}


def test_what_a_change_says_names_answers_that_turn_first():
    said = propose.body(COMPARISON, "data/api_prices.csv | 2 +-")
    assert (
        said.index("**1 answer turns.**")
        < said.index("C01 Nvidia (short)")
        < said.index("| a (`a.b`) | 1 | 2 |")
    )
    assert "tests" not in said, "none ran"
    none = propose.body({"flipped": [], "calls": [], "figures": []}, "", "success")
    assert none.index("All tests pass") < none.index("**No answer turns.**")


@pytest.mark.bad_input("manifests and editions that were touched")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "propose: GITHUB_API_URL is not set"),
        (dict.fromkeys(propose.NEEDED, "x"), "comparison.json: cannot be read"),
    ],
)
def test_a_change_that_cannot_be_opened_is_one_line(tmp_path, given, said):
    with pytest.raises(RefreshError) as caught:
        propose.propose(tmp_path, given)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.bad_input("manifests and editions that were touched")
@pytest.mark.parametrize(
    ("make", "address", "said"),
    [
        (lambda f: f.mkdir(), "", "is there and no site"),
        (lambda f: None, "javascript:alert(1)", "allowed: http:// or https://"),
        (lambda f: None, 'https://x.org/"><script>', "allowed: http:// or https://"),
    ],
)
def test_a_site_that_cannot_be_put_together_is_one_line_and_nothing_is_lost(tmp_path, make, address, said):
    folder = tmp_path / "site"
    make(folder)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError) as caught:
        site.write(folder, address)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before
