"""The static site: base report and editions beside each other as in ``report/``, and the feed with the site's address.

Its own first page leads to the report. The report is byte for byte the one under ``report/base/``, so what it links to
has to stand where it stands there.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from markupsafe import escape

from deepseek_era.editions import feed, frozen
from deepseek_era.errors import UserError, shown
from deepseek_era.pages.share import imprint
from deepseek_era.places import REPORTS

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/-]*)?")
_MARK = ".made-by-make-site"
_FIRST = """<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="refresh" content="0;url=base/index.html">
<link rel="alternate" type="application/atom+xml" title="Editions" href="editions/feed.xml"></head>
<body><p><a href="base/index.html">{title}</a></p></body></html>
"""


def write(target: Path, address: str = "", reports: Path = REPORTS) -> Path:
    """Put the site into a folder, which is made anew, and return it.

    Raises
    ------
    UserError
        In one line: an address that is none, no base report, an edition that was touched, a folder with other things.
    """
    if address and not _ADDRESS.fullmatch(address):
        raise UserError(f"site: address {shown(address)}, allowed: http:// or https://, a host and a path")
    if not (reports / "base" / "index.html").is_file():
        raise UserError("site: report/base/index.html is missing; make it with make report")
    if target.exists() and not (target / _MARK).is_file():
        raise UserError(
            f"site: {shown(target)} is there and no site; allowed: a new folder, or one of an earlier site"
        )
    content = feed.text(frozen.every(reports / "editions"), address)
    if broken := feed.faults(content):
        raise UserError(f"feed: {broken[0]}")
    shutil.rmtree(target, ignore_errors=True)
    for name in ("base", "editions"):
        shutil.copytree(reports / name, target / name)
    (target / "editions" / feed.FEED).write_text(content, encoding="utf-8")
    (target / "index.html").write_text(_FIRST.format(title=escape(imprint().title)), encoding="utf-8")
    (target / _MARK).touch()
    return target
