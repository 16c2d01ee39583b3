"""Print first contentful paint and total blocking time of the committed page, opened from disk with the network cut.

Run with ``make bench``; needs Chromium. The median of the rounds is printed; nothing is asserted.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PAGE = Path(__file__).resolve().parents[2] / "report" / "base" / "index.html"
WATCH = """
window.blocked = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.blocked += Math.max(0, entry.duration - 50);
}).observe({type: 'longtask', buffered: true});
"""


def main() -> None:
    """Print the two times, in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("bench: no Chromium found")
    paints, blocks = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for _ in range(rounds):
            context = browser.new_context(offline=True, viewport={"width": 1400, "height": 900})
            page = context.new_page()
            page.add_init_script(WATCH)
            page.goto(PAGE.as_uri())
            page.wait_for_timeout(3000)
            paints.append(
                page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            )
            blocks.append(page.evaluate("window.blocked"))
            context.close()
        browser.close()
    print(
        f"first contentful paint {statistics.median(paints):.0f} ms, total blocking time {statistics.median(blocks):.0f} ms"
    )


if __name__ == "__main__":
    main()
