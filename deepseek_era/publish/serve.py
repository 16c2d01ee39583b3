"""Show the report while it is edited: rebuild when a notebook, table, template or module changes, then reload.

The build runs in a process of its own each time, so that a changed module is the one that counts. The page on disk
stays as it is; only the copy that is served carries the few lines that reload it.
"""

from __future__ import annotations

import http.server
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from deepseek_era.errors import UserError
from deepseek_era.publish import fresh

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_RELOAD = """<script>
let seen=null;setInterval(async()=>{try{const r=await fetch('/version');const v=await r.text();
if(seen!==null&&v!==seen)location.reload();seen=v}catch(e){}},700)
</script></body>"""


def snapshot() -> dict[str, int]:
    """Return the time of change of every input file."""
    found = {}
    for paths in fresh.input_files().values():
        for path in paths:
            try:
                found[str(path)] = path.stat().st_mtime_ns
            except FileNotFoundError:
                continue
    return found


def changed(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """Return the files that were added, removed or written between two snapshots."""
    return sorted(p for p in before.keys() | after.keys() if before.get(p) != after.get(p))


def reloading(page: str) -> str:
    """Return the page with the lines that reload it, and without the policy that would forbid them."""
    return _POLICY.sub("", page, count=1).replace("</body>", _RELOAD, 1)


def _handler(folder: Path, version: Callable[[], int]) -> type[http.server.SimpleHTTPRequestHandler]:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, directory=str(folder), **kwargs)  # type: ignore[arg-type, misc]

        def do_GET(self) -> None:
            if self.path == "/version":
                self._send(str(version()).encode(), "text/plain")
            elif self.path in ("/", "/index.html") and (folder / "index.html").exists():
                page = (folder / "index.html").read_text(encoding="utf-8")
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


def serve(
    folder: Path, build: list[str], port: int, *, rounds: int | None = None, pause_s: float = 0.5
) -> int:
    """Serve `folder` on the loopback address and rebuild with the command `build` when an input changes.

    `rounds` limits how often the inputs are looked at (for tests); otherwise until Ctrl-C.

    Raises
    ------
    UserError
        If the port is taken.
    """
    built = 0
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _handler(folder, lambda: built))
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "allowed: 0 to 65535"
        raise UserError(f"serve: port {port} cannot be used ({why}); give another with PORT=") from None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"serving http://127.0.0.1:{server.server_port}/ ; Ctrl-C ends", flush=True)
    before = snapshot()
    subprocess.run(build, check=False)
    built += 1
    looked = 0
    try:
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


def command(scenario: str, pairs: str, name: str) -> list[str]:
    """Return the build command for a run."""
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
    ]
