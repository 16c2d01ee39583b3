"""Print how soon the paper of the base report is there and how soon it answers, opened from disk with the network cut.

Run with ``make bench``; needs Chromium. Once with the processor as it is and once slowed to a quarter, as a slow laptop. The
median of the rounds is printed, and the worst; nothing is asserted.

- contents: the first paint with contents, and total blocking time after it: what long tasks take beyond 50 ms each.
- answer: from a key pressed on a slider of "your world" until the next frame shows, the middle and the slowest of its moves. The
  browser rounds to 8 ms, and what took less than 16 counts as 16.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

REPORTS = Path(__file__).resolve().parents[2] / "report"
AIMS = {1: "16 ms to the next frame", 4: "800 ms, 300 ms and 50 ms to the next frame"}
# what long tasks take beyond 50 ms each once there is something to see; and keys pressed, each until the next frame is there
WATCH = """
const seen = [], tasks = [];
window.keys = [];
new PerformanceObserver(list => tasks.push(...list.getEntries())).observe({type: 'longtask', buffered: true});
new PerformanceObserver(list => seen.push(...list.getEntries())).observe({type: 'paint', buffered: true});
new PerformanceObserver(list => keys.push(...list.getEntries().filter(e => e.name === 'keydown').map(e => e.duration)))
  .observe({type: 'event', durationThreshold: 16, buffered: true});
window.painted = () => seen.find(e => e.name === 'first-contentful-paint').startTime;
window.blocked = () => tasks.reduce((sum, e) =>
  sum + Math.max(0, e.startTime + e.duration - Math.max(e.startTime, painted()) - 50), 0);
"""
READY = "document.querySelectorAll('#world input[type=range]').length > 0"
MOVES, QUICK = 20, 16.0


def visit(browser: Browser, paper: Path, slowed: int) -> tuple[float, float, list[float]]:
    """Return first contents, blocking time and the moves of a slider, in milliseconds."""
    context = browser.new_context(offline=True, viewport={"width": 1400, "height": 900})
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    page.add_init_script(WATCH)
    page.goto(paper.as_uri())
    page.wait_for_timeout(3000)
    paint, blocked = page.evaluate("[painted(), blocked()]")
    page.locator("#world").scroll_into_view_if_needed()
    for _ in range(200):
        if page.evaluate(READY):
            break
        page.wait_for_timeout(100)
    page.locator("#world input[type=range]").first.focus()
    page.wait_for_timeout(4000)  # a reader who reaches for a slider has the draws made in idle moments
    page.evaluate("keys.length = 0")
    for _ in range(MOVES):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(150)
    moves = page.evaluate("keys")  # the browser tells of none that took less than 16 ms
    moves += [QUICK] * (MOVES - len(moves))
    context.close()
    return paint, blocked, moves


def main() -> None:
    """Print the times, in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--name", default="base", help="another run under report/")
    given = parser.parse_args()
    rounds, paper = given.rounds, REPORTS / given.name / "index.html"
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("bench: no Chromium found")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        print(
            f"the paper in Chromium {browser.version}, {paper.stat().st_size / 1e6:.2f} MB, {rounds} rounds"
        )
        for slowed, aim in AIMS.items():
            paints, blocks, moves = zip(*(visit(browser, paper, slowed) for _ in range(rounds)), strict=True)
            every = sorted(move for part in moves for move in part)
            print(
                f"processor slowed {slowed} x: first contents {statistics.median(paints):.0f} ms (at most {max(paints):.0f}), "
                f"blocking {statistics.median(blocks):.0f} ms ({max(blocks):.0f}), "
                f"slider to next frame {statistics.median(every):.0f} ms ({every[-1]:.0f}); aimed at {aim}"
            )
        browser.close()


if __name__ == "__main__":
    main()
