"""Visits to the finished page, opened from disk with the network cut and with ordinary motion.

The page under test is the annex of the committed base report if there is one, else the invented report of
`fixtures_report`; REPORT_PAGE names another.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deepseek_era.tables import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FIREFOX = Path(
    os.environ.get("FIREFOX")
    or shutil.which("firefox-esr")
    or shutil.which("firefox")
    or "/usr/bin/firefox-esr"
)
BASE = Path(os.environ.get("REPORT_PAGE", ROOT / "report" / "base" / "annex.html"))


def need(program: Path) -> None:
    """Skip the module that calls this if the browser is absent; CI must have it, and fails at the first use."""
    if not program.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"no browser at {program}", allow_module_level=True)


def page_address(folders: pytest.TempPathFactory) -> str:
    """Return the address of the page under test."""
    if BASE.exists():
        return BASE.resolve().as_uri()
    from fixtures_report import sample_report

    from deepseek_era.pages.html import render_html

    file = folders.mktemp("page") / "index.html"
    file.write_text(render_html(sample_report()), encoding="utf-8")
    return file.as_uri()


class Visit:
    """A page in Chromium, and everything it asked for or complained of."""

    def __init__(
        self, browser: Browser, address: str, width: int = 1400, scheme: Any = "light", **options: Any
    ) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900},
            offline=True,
            color_scheme=scheme,
            **options,
        )
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address)

    def until(self, expression: str, argument: Any = None) -> None:
        """Wait until an expression of the page holds; the page's policy forbids Playwright's own way, which evals."""
        deadline = time.monotonic() + 20
        while not self.page.evaluate(expression, argument):
            assert time.monotonic() < deadline, f"never came true: {expression}"
            self.page.wait_for_timeout(30)

    def wake(self) -> None:
        """Scroll every live exhibit near and wait until it is drawn, or has said that it stays still."""
        for box in self.page.locator("[data-live]").all():
            box.scroll_into_view_if_needed()
        self.until(
            "[...document.querySelectorAll('[data-live]')].every(b => b.querySelector('.live svg') || 'still' in b.dataset)"
        )
