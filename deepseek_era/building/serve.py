"""Show the report while it is edited: rebuild when a notebook, table, template or module changes, then reload.

The build runs in a process of its own each time, so that a changed module is the one that counts. The page on disk
stays as it is; only the copy that is served carries the few lines that reload it.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.server
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from deepseek_era.book.part import Part
from deepseek_era.building import inputs
from deepseek_era.errors import UserError

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_RELOAD = """<script>
let seen=null;setInterval(async()=>{try{const r=await fetch('/version');const v=await r.text();
if(seen!==null&&v!==seen)location.reload();seen=v}catch(e){}},700)
</script>"""


def snapshot() -> dict[str, int]:
    """Return the time of change of every input file."""
    found = {}
    for paths in inputs.files().values():
        for path in paths:
            try:
                found[str(path)] = path.stat().st_mtime_ns
            except FileNotFoundError:
                continue
    return found


def changed(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """Return the files that were added, removed or written between two snapshots."""
    return sorted(p for p in before.keys() | after.keys() if before.get(p) != after.get(p))


_PAGES = {"/": "index.html", "/index.html": "index.html", "/annex.html": "annex.html"}


def reloading(page: str) -> str:
    """Return the page with the lines that reload it, and without the policy that would forbid them."""
    # the scripts inside the page hold the words </body> too; the end of the page is the last of them
    body, end, rest = _POLICY.sub("", page, count=1).rpartition("</body>")
    return f"{body}{_RELOAD}{end}{rest}"


def _handler(folder: Path, version: Callable[[], int]) -> type[http.server.SimpleHTTPRequestHandler]:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, directory=str(folder), **kwargs)  # type: ignore[arg-type, misc]

        def do_GET(self) -> None:
            if self.path == "/version":
                self._send(str(version()).encode(), "text/plain")
            elif self.path in _PAGES and (folder / _PAGES[self.path]).exists():
                page = (folder / _PAGES[self.path]).read_text(encoding="utf-8")
                self._send(reloading(page).encode(), "text/html; charset=utf-8")
            else:
                super().do_GET()

        def _send(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    return Handler


@contextlib.contextmanager
def _shown_once(folder: Path) -> Iterator[Callable[[str], None]]:
    """Hold a run's folder for one server, and give what notes its address for others to be told."""
    path = folder.with_name(f".{folder.name}.served")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+")
    except OSError as error:
        raise UserError(f"serve: cannot write in {path.parent} ({error.strerror})") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            where = path.read_text(encoding="utf-8").strip() or "another address"
            raise UserError(
                f"serve: report/{folder.name} is shown at {where} already; open that, or end it first"
            ) from None

        def note(address: str) -> None:
            handle.truncate(0)
            handle.write(address)
            handle.flush()

        yield note


@contextlib.contextmanager
def _ended_by_term() -> Iterator[None]:
    """Let a TERM end the block as Ctrl-C does, so that the build in hand ends too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def serve(
    folder: Path, build: list[str], port: int, *, rounds: int | None = None, pause_s: float = 0.5
) -> int:
    """Serve `folder` on the loopback address and rebuild with the command `build` when an input changes.

    `rounds` limits how often the inputs are looked at (for tests); otherwise until Ctrl-C or a TERM, which end the
    build in hand as well.

    Raises
    ------
    UserError
        If the port is taken, or the folder is shown by another server, which would build it at the same time.
    """
    built = 0
    with _shown_once(folder) as note:
        try:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _handler(folder, lambda: built))
        except (OSError, OverflowError) as error:
            why = error.strerror if isinstance(error, OSError) else "allowed: 0 to 65535"
            raise UserError(f"serve: port {port} cannot be used ({why}); give another with PORT=") from None
        address = f"http://127.0.0.1:{server.server_port}/"
        note(address)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"serving {address} ; Ctrl-C ends", flush=True)
        try:
            with _ended_by_term():
                before = snapshot()
                subprocess.run(build, check=False)
                built += 1
                looked = 0
                while rounds is None or looked < rounds:
                    looked += 1
                    time.sleep(pause_s)
                    after = snapshot()
                    edits = changed(before, after)
                    if edits:
                        shown = [Path(p).name for p in edits]
                        print(f"changed: {', '.join(shown[:3])}{' …' if len(shown) > 3 else ''}", flush=True)
                        before = after
                        subprocess.run(build, check=False)
                        built += 1
        except KeyboardInterrupt:
            print("stopped", flush=True)
        finally:
            server.shutdown()
            server.server_close()
    return 0


def command(scenario: str, pairs: str, name: str, part: Part | None = None) -> list[str]:
    """Return the build command for a run, or for a part of the report."""
    only = ",".join(part.notebooks) if part and part.left_out else ""
    return [
        sys.executable,
        "-m",
        "deepseek_era",
        "report",
        "--scenario",
        scenario,
        "--set",
        pairs,
        "--name",
        name,
        *(["--only", only] if only else []),
        *(["--no-pdf"] if part and not part.paper else []),
    ]
