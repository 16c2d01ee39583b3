"""The page that rebuilds and reloads while it is edited."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlparse

import pytest
from visits import CHROMIUM, page_address

from deepseek_era.building import serve
from deepseek_era.errors import UserError
from deepseek_era.tables import ROOT


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return answer.read().decode()


def test_a_changed_input_is_built_again_and_the_page_reloads(tmp_path, monkeypatch):
    folder, watched = tmp_path / "run", tmp_path / "input.csv"
    folder.mkdir()
    watched.write_text("1")
    script = (
        "import pathlib; p = pathlib.Path(r'{}'); "
        "p.write_text('<html><body>' + pathlib.Path(r'{}').read_text() + '</body></html>')".format(
            folder / "index.html", watched
        )
    )
    monkeypatch.setattr(serve.inputs, "files", lambda: {"data": [watched]})
    port = free_port()
    thread = threading.Thread(
        target=serve.serve,
        args=(folder, [sys.executable, "-c", script], port),
        kwargs={"rounds": 60, "pause_s": 0.1},
    )
    thread.start()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not (folder / "index.html").exists():
        time.sleep(0.05)
    while get(port, "/version") == "0":
        time.sleep(0.05)
    page = get(port, "/")
    assert "<body>1" in page
    assert "location.reload()" in page
    watched.write_text("two")
    while time.monotonic() < deadline and get(port, "/version") == "1":
        time.sleep(0.05)
    assert "<body>two" in get(port, "/")
    thread.join()


def until(true, what):
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.mark.browser
@pytest.mark.skipif(
    not CHROMIUM.exists() and os.environ.get("CI") != "true", reason=f"no browser at {CHROMIUM}"
)
def test_the_real_page_reloads_in_the_browser_after_an_edit(tmp_path, tmp_path_factory, monkeypatch):
    from playwright.sync_api import sync_playwright

    folder, watched = tmp_path / "run", tmp_path / "input.csv"
    folder.mkdir()
    watched.write_text("before")
    whole = Path(urlparse(page_address(tmp_path_factory)).path)
    build = tmp_path / "build.py"
    build.write_text(
        "import pathlib, re, sys\n"
        "page, watched, out = map(pathlib.Path, sys.argv[1:])\n"
        "title = f'<title>{watched.read_text()}</title>'\n"
        "out.write_text(re.sub('<title>.*?</title>', title, page.read_text('utf-8'), count=1), 'utf-8')\n"
    )
    monkeypatch.setattr(serve.inputs, "files", lambda: {"data": [watched]})
    port, over = free_port(), threading.Event()
    # the server looks until the test is over
    monkeypatch.setattr(serve.time, "sleep", lambda s: over.wait(s))
    command = [sys.executable, str(build), str(whole), str(watched), str(folder / "index.html")]
    thread = threading.Thread(
        target=serve.serve, args=(folder, command, port), kwargs={"rounds": 600, "pause_s": 0.1}
    )
    thread.start()
    try:
        until((folder / "index.html").exists, "nothing is built")
        until(lambda: get(port, "/version") == "1", "the build does not end")
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"]).new_page()
            asked = []
            page.on("request", lambda request: asked.append(request.url))
            page.goto(f"http://127.0.0.1:{port}/")
            assert page.title() == "before"
            page.wait_for_timeout(1000)
            assert any(url.endswith("/version") for url in asked)
            watched.write_text("and after")
            until(
                lambda: page.wait_for_timeout(50) or page.title() == "and after", "the page does not reload"
            )
            assert page.locator(".bar").count() == 1
    finally:
        over.set()
        thread.join()


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_term_ends_the_server_and_the_build_in_hand(tmp_path):
    noted = tmp_path / "pid"
    build = (
        f"import os, pathlib, time; pathlib.Path(r'{noted}').write_text(str(os.getpid())); time.sleep(120)"
    )
    script = (
        "import pathlib, sys; from deepseek_era.building import serve; "
        f"serve.serve(pathlib.Path(r'{tmp_path / 'run'}'), [sys.executable, '-c', {build!r}], 0)"
    )
    server = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    until(lambda: noted.exists() and noted.read_text(), "no build starts")
    pid = int(noted.read_text())
    server.send_signal(signal.SIGTERM)
    assert "stopped" in server.communicate(timeout=30)[0]
    assert server.returncode == 0
    until(lambda: not alive(pid), "the build runs on")


def test_a_term_to_make_reaches_the_server(tmp_path):
    """`make` passes a TERM to the process it started: that has to be the server, not a shell that waits for it."""
    python, noted = tmp_path / "venv" / "bin" / "python", tmp_path / "pid"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho $$ > '{noted}'\nexec sleep 120\n")
    python.chmod(0o755)
    (tmp_path / "venv" / ".ready").touch()
    make = subprocess.Popen(
        ["make", "serve", f"VENV={tmp_path / 'venv'}"], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    until(lambda: noted.exists() and noted.read_text().strip(), "make serve starts nothing")
    pid = int(noted.read_text())
    try:
        make.send_signal(signal.SIGTERM)
        make.wait(30)
        until(lambda: not alive(pid), "the server is left behind")
    finally:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)


def test_the_file_on_disk_keeps_its_policy():
    page = '<head><meta http-equiv="Content-Security-Policy" content="x"></head><body>a</body>'
    assert "Content-Security-Policy" not in serve.reloading(page)
    assert serve.reloading(page).count("</body>") == 1


def test_a_run_that_is_shown_already_is_not_shown_twice(tmp_path):
    folder = tmp_path / "run"
    with serve._shown_once(folder) as note:
        note("http://127.0.0.1:8000/")
        with pytest.raises(
            UserError, match=r"^serve: report/run is shown at http://127.0.0.1:8000/ already.*$"
        ):
            serve.serve(folder, [sys.executable, "-c", ""], 0, rounds=0)
    assert serve.serve(folder, [sys.executable, "-c", ""], 0, rounds=0) == 0


def test_a_taken_port_is_said_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match=r"port \d+ cannot be used"):
            serve.serve(tmp_path, [sys.executable, "-c", ""], taken.getsockname()[1], rounds=0)
