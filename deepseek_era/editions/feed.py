"""The editions as an Atom feed, ``report/editions/feed.xml``: an entry an edition, with what turned and why."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

from feedgenerator import Atom1Feed

from deepseek_era.editions import frozen, words
from deepseek_era.editions.frozen import Edition
from deepseek_era.errors import UserError

FEED = "feed.xml"
TAG = "tag:deepseek-era,2026:editions"
"""What names the feed and its entries for good, wherever they are published."""
SHOWN = 12
"""Figures that an entry names; the edition has them all."""
_ATOM = "{http://www.w3.org/2005/Atom}"


def _entry(edition: Edition) -> str:
    """Return what an entry says, as simple HTML."""
    from markupsafe import escape

    since = edition.since
    lines = [words.headline(since)]
    if since is not None:
        lines += [words.turned_line(row) for row in since["turned"]]
        lines += [words.moved_line(row) for row in since["moved"][:SHOWN]]
        rest = len(since["moved"]) - SHOWN
        lines += [f"And {rest} more figures."] if rest > 0 else []
        lines += [f"{note}." for note in since["notes"]]
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def text(editions: list[Edition], address: str = "") -> str:
    """Return the feed of some editions, the newest first; the same bytes for the same editions.

    `address` is that of a site with ``base/`` and ``editions/``; else ``CITATION.cff`` may say where the first one is.

    Raises
    ------
    UserError
        Without an edition: a feed without entries tells nobody anything.
    """
    from deepseek_era.pages.share import imprint

    if not editions:
        raise UserError("feed: saw no edition, allowed: one or more (make edition)")
    own = imprint()
    base = f"{address.rstrip('/')}/base/" if address else own.address
    page, place = (
        (f"{base}index.html", urljoin(base, f"../editions/{FEED}")) if base else ("../base/index.html", FEED)
    )
    feed = Atom1Feed(
        title=own.title,
        link=page,
        description="What changed from edition to edition, and why.",
        language="en",
        author_name=own.author,
        feed_url=place,
        feed_guid=TAG,
    )
    for edition in reversed(editions):
        noon = dt.datetime.combine(dt.date.fromisoformat(edition.day), dt.time(12), dt.UTC)
        feed.add_item(
            title=f"{words.title(edition)}: {words.headline(edition.since)}",
            link=page,
            description=_entry(edition),
            unique_id=f"{TAG}/{edition.day}",
            unique_id_is_permalink=False,
            pubdate=noon,
            updateddate=noon,
        )
    return str(feed.writeString("utf-8")) + "\n"


def faults(xml: str) -> list[str]:
    """Return what of a feed is not as RFC 4287 asks: elements that must be there, once, with a date or an address."""
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        return [f"not XML: {error}"]
    entries = root.findall(f"{_ATOM}entry")
    found = [] if root.tag == f"{_ATOM}feed" else [f"root: saw {root.tag}, allowed: feed"]
    found += [] if entries else ["entry: none"]
    for place in (root, *entries):
        where = place.findtext(f"{_ATOM}id") or "no id"
        for name in ("id", "title", "updated"):
            texts = [e.text for e in place.findall(f"{_ATOM}{name}")]
            if len(texts) != 1 or not texts[0]:
                found.append(f"{where}: {name}: saw {len(texts)}, allowed: one that is not empty")
        try:
            if dt.datetime.fromisoformat(place.findtext(f"{_ATOM}updated") or "").tzinfo is None:
                found.append(f"{where}: updated without a time zone")
        except ValueError:
            found.append(f"{where}: updated is no date")
        rels = [link.get("rel", "alternate") for link in place.findall(f"{_ATOM}link") if link.get("href")]
        if rels.count("alternate") != 1:
            found.append(f"{where}: link: saw {rels.count('alternate')} alternate, allowed: one")
    ids = [e.findtext(f"{_ATOM}id") for e in (root, *entries)]
    found += [f"{i}: id is not its own" for i in ids if ids.count(i) > 1]
    if root.find(f"{_ATOM}author/{_ATOM}name") is None and any(
        e.find(f"{_ATOM}author") is None for e in entries
    ):
        found.append("author: none")
    return found


def write(root: Path = frozen.EDITIONS) -> Path:
    """Write the feed of all editions beside them, in one step, and return its path.

    Raises
    ------
    UserError
        Without an edition, for one that was touched, and for a feed that readers could not read.
    """
    content = text(frozen.every(root))
    if broken := faults(content):
        raise UserError(f"feed: {broken[0]}")
    path = root / FEED
    partial = path.with_name(f".{FEED}.{os.getpid()}")
    try:
        partial.write_text(content, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
