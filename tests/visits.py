"""Visits to the finished page, opened from disk with the network cut and with ordinary motion.

The pages under test are those of the committed base report if it has an annex, else those of the invented report of
`fixtures_report`; REPORT_PAGES names the folder of another run.
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
PAGES = Path(os.environ.get("REPORT_PAGES", ROOT / "report" / "base"))


def need(program: Path) -> None:
    """Skip the module that calls this if the browser is absent; CI must have it, and fails at the first use."""
    if not program.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"no browser at {program}", allow_module_level=True)


def page_address(folders: pytest.TempPathFactory, name: str = "annex.html") -> str:
    """Return the address of a page under test: of the annex, or of the paper, ``index.html``."""
    folder = PAGES
    if not (folder / "annex.html").exists():
        folder = folders.mktemp("pages")
        from fixtures_report import Block, with_paper

        from deepseek_era.book.editions import editions
        from deepseek_era.pages.html import render_html

        blocks = (Block("prose", "## One\n\nIt was {{ cost.blog }}."), Block("exhibit", "market-forest"))
        for report in editions(with_paper(*blocks, Block("stories", "C01 C02 A01"))):
            (folder / report.edition.page).write_text(render_html(report), encoding="utf-8")
    return (folder / name).resolve().as_uri()


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
