"""The page that rebuilds and reloads while it is edited."""

import socket
import sys
import threading
import time
import urllib.request

import pytest

from deepseek_era.errors import UserError
from deepseek_era.publish import serve


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
    monkeypatch.setattr(serve.fresh, "input_files", lambda: {"data": [watched]})
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


def test_the_file_on_disk_keeps_its_policy():
    page = '<head><meta http-equiv="Content-Security-Policy" content="x"></head><body>a</body>'
    assert "Content-Security-Policy" not in serve.reloading(page)
    assert serve.reloading(page).count("</body>") == 1


def test_a_taken_port_is_said_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match=r"port \d+ cannot be used"):
            serve.serve(tmp_path, [sys.executable, "-c", ""], taken.getsockname()[1], rounds=0)
