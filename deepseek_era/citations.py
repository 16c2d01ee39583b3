"""How a source is cited, which sources are one origin, and what that makes of a fact with two of them.

``data/originals.csv`` names the document behind a source. The document is cited, with "via" the copy that was read; two
sources with one document confirm nothing of each other.
"""

from __future__ import annotations

import datetime as dt
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from deepseek_era import tables

OWN = "own"
"""A headline fact that is a party's word on itself: ``about`` in ``data/headlines.csv``."""
COLLECTED = dt.date(2026, 11, 23)
"""The day on which collecting ended: it stands in ``published`` where a page bears no date."""
CHECKED = {
    "read": "The original was read.",
    "quoted": "A public copy quotes the original; it was not opened.",
    "seen": "The address of the original was seen in public copies; it was not opened.",
    "recalled": "What is said of the original is recalled; it was not opened.",
}


@dataclass(frozen=True)
class Citation:
    """A source as a reader sees it: the document, and the copy of it that was read."""

    publisher: str
    title: str
    published: str
    """An ISO day, month or year as far as it is stated, ``undated, read November 2026``, or ''."""
    url: str
    via: str = ""
    """Who copies or retells the document; '' where the document itself was read."""
    via_url: str = ""
    checked: str = ""
    """How far the document behind a copy was checked, as a sentence."""


def published_words(published: str, stated: str) -> str:
    """Return a date of publication as far as it is known: never the end of a month or the day of reading for a day."""
    if published == COLLECTED.isoformat() and stated != published:
        return f"undated, read {COLLECTED:%B %Y}"
    return stated


@tables.once_read("sources", "originals")
def citations() -> dict[str, Citation]:
    """Return the citation of every source, keyed by id."""
    originals = {str(key): rows for key, rows in tables.load("originals").groupby("source_id", sort=False)}
    return {
        str(row["source_id"]): _citation(
            {str(k): str(v) for k, v in row.items()}, originals.get(str(row["source_id"]))
        )
        for row in tables.load("sources").to_dict("records")
    }


def _citation(row: dict[str, str], originals: pd.DataFrame | None) -> Citation:
    """Return the citation of a row of sources, given its originals."""
    own = Citation(
        row["publisher"], row["title"], published_words(row["published"], row["published_stated"]), row["url"]
    )
    if originals is None:
        return own
    first = originals.iloc[0]
    how = CHECKED[first["how_checked"]]
    if len(originals) > 1:  # a digest: it is cited itself, with what it retells
        retold = "; ".join(
            ", ".join(filter(None, pair))
            for pair in zip(originals["publisher"], originals["title"], strict=True)
        )
        return Citation(own.publisher, own.title, own.published, own.url, checked=f"Retells: {retold}.")
    if first["relation"] == "same":
        if not first["via"]:
            return own
        return Citation(own.publisher, own.title, own.published, own.url, first["via"], checked=how)
    # the title of the copy says what it is about where the document's own is not known
    title = first["title"] or own.title
    # "Bloomberg, via a copy of Bloomberg" says nothing: then the site that has the copy is named
    again = first["publisher"].split()[0].strip(",;").lower() in own.publisher.lower()
    host = (urllib.parse.urlsplit(own.url).hostname or "").removeprefix("www.")
    via = ", ".join(filter(None, (host if again and host else own.publisher, own.published)))
    return Citation(
        first["publisher"], title, first["published_stated"], first["url"], via, own.url, checked=how
    )


@tables.once_read("originals")
def _documents() -> dict[str, frozenset[str]]:
    """Return the keys of the documents behind each source that names some."""
    rows = tables.load("originals").groupby("source_id", sort=False)["document"]
    return {str(source): frozenset(documents) for source, documents in rows}


def documents(source_id: str) -> frozenset[str]:
    """Return the keys of the documents behind a source; a source that names none is a document of its own."""
    return _documents().get(source_id, frozenset({source_id}))


def origins(ids: Iterable[str]) -> int:
    """Return how many origins independent of each other stand behind sources: those that share a document are one."""
    groups: list[frozenset[str]] = []
    for source in ids:
        own = documents(source)
        joined = [group for group in groups if group & own]
        groups = [group for group in groups if not group & own]
        groups.append(own.union(*joined))
    return len(groups)


def standing(headlines: pd.DataFrame) -> pd.Series:
    """Return the status of each headline fact, as far as two sources of one document let it stand.

    A measurement, an estimate or an event (`about` is ``world``) needs two origins. What a party states of its own
    books, prices or plans (``own``) has one by nature: that it was stated needs two publishers, of whom the party may
    be one. Else the fact is ``single``, or ``weak`` where neither source is better than quality C.
    """
    sources = tables.load("sources").set_index("source_id")[["quality", "publisher"]]
    quality, publisher = (sources[name].to_dict() for name in ("quality", "publisher"))

    def of(status: str, about: str, first: str, second: str) -> str:
        if status != "confirmed" or not second or origins((first, second)) > 1:
            return status
        if about == OWN and publisher[first] != publisher[second]:
            return status
        return "weak" if quality[first] == quality[second] == "C" else "single"

    columns = (headlines[name] for name in ("status", "about", "source_id", "second_source_id"))
    return pd.Series([of(*row) for row in zip(*columns, strict=True)], index=headlines.index, dtype="str")


def second_is_out(headlines: pd.DataFrame, vintage: str) -> pd.Series:
    """Return for each headline fact whether its second source was public at an ISO date; without a date it was."""
    dates = headlines["second_source"].str.extract(r"\| (\d{4}(?:-\d{2}){0,2}) \|", expand=False).fillna("")
    return dates.map(lambda date: date <= vintage[: len(date)]).astype(bool)


def known_sources(ids: Iterable[str]) -> list[str]:
    """Return those ids that the table of sources holds, in order, each once."""
    table = set(tables.load("sources")["source_id"])
    return list(dict.fromkeys(i for i in ids if i in table))
