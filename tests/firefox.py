"""Firefox, driven over the WebDriver BiDi socket that it opens by itself: no driver program and no patched browser.

Only what the page's tests need: open an address, set the width, evaluate, go back.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import websocket

START_S = 60
ANSWER_S = 120
_LISTENING = ("--remote-debugging-port", "0", "about:blank")
_LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
_PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "network.proxy.type": 1,  # a proxy that is not there: the network is cut
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "dom.navigation.locationChangeRateLimit.count": 0,  # a reader does not jump 200 times in ten seconds
}


class Firefox:
    """A headless Firefox with one tab. `profile` is an empty folder of its own."""

    def __init__(self, program: Path, profile: Path) -> None:
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in _PREFERENCES.items()]
        (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
        self._log = profile / "said.txt"
        self._count = 0
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(program), "--headless", "--no-remote", "--profile", str(profile), *_LISTENING],
                stdout=log,
                stderr=log,
            )
        try:
            address = self._address()
            self._socket = websocket.create_connection(
                f"{address}/session", timeout=ANSWER_S, suppress_origin=True
            )
            self.send("session.new", capabilities={})
            self._tab = self.send("browsingContext.getTree")["contexts"][0]["context"]
        except BaseException:
            self._process.kill()
            raise

    def _address(self) -> str:
        deadline = time.monotonic() + START_S
        while True:
            said = self._log.read_text(encoding="utf-8", errors="replace")
            if found := _LISTENS.search(said):
                return found.group(1)
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Firefox did not start: {said[-2000:]}")
            time.sleep(0.1)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Return what a command of WebDriver BiDi answers."""
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._count:
                if answer["type"] != "success":
                    raise RuntimeError(f"{method}: {answer.get('error')}: {answer.get('message')}")
                return dict(answer["result"])

    def resize(self, width: int, height: int = 900) -> None:
        """Give the page a window of this size."""
        self.send(
            "browsingContext.setViewport", context=self._tab, viewport={"width": width, "height": height}
        )

    def open(self, address: str) -> None:
        """Open an address in a new page and wait until it is loaded."""
        # from a blank page, so that a new #part is not taken for a jump within the old page
        for url in ("about:blank", address):
            self.send("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def back(self) -> None:
        """Go back, as the reader's Back does."""
        self.send("browsingContext.traverseHistory", context=self._tab, delta=-1)

    def evaluate(self, expression: str) -> Any:
        """Return what an expression of the page gives, awaited; it must be possible to write it as JSON."""
        answer = self.send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self._tab},
            awaitPromise=True,
        )
        if answer["type"] != "success":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        text = answer["result"].get("value")
        return None if text is None else json.loads(text)

    def close(self) -> None:
        """End the browser."""
        try:
            self.send("browser.close")
            self._socket.close()
        finally:
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
