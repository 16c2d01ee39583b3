"""The static site: the base report at its root, the editions beside it, and the feed with the address of the site."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from deepseek_era.editions import feed, frozen
from deepseek_era.errors import UserError, shown
from deepseek_era.places import REPORTS

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/-]*)?")
_MARK = ".made-by-make-site"


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
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(reports / "base", target)
    shutil.copytree(reports / "editions", target / "editions", ignore=shutil.ignore_patterns(feed.FEED))
    (target / feed.FEED).write_text(content, encoding="utf-8")
    (target / _MARK).touch()
    return target
