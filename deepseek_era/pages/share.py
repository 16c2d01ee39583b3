"""What a document says of itself to whoever passes it on: edition, licence, address, how to cite it.

All of it comes from ``CITATION.cff``, the run and the report; no clock is asked, so equal reports give equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import yaml
from markupsafe import Markup

from deepseek_era.book.cards import date_words
from deepseek_era.book.document import AttachedView, ExhibitView, Report
from deepseek_era.charts import theme
from deepseek_era.errors import DataError
from deepseek_era.pages import card, csvs, sheet
from deepseek_era.pages.markup import escape
from deepseek_era.places import CITATION, data_dir
from deepseek_era.prose import Vocabulary, substitute
from deepseek_era.words import in_sentence

ARTICLE = "SEED"
"""Id of the source that is the article."""
SHORT = 12
"""Letters of a digest that tell one run from another; the foot of the page has all of them."""
_NEEDED = ("title", "version", "date-released", "license", "authors")


@dataclass(frozen=True)
class Imprint:
    """What stands in ``CITATION.cff``."""

    title: str
    version: str
    released: str
    """ISO date."""
    author: str
    licence: str
    """SPDX name of the licence of text, charts and code."""
    address: str = ""
    """Of the folder in which the documents are published, with a slash at its end; empty where nobody has said it."""

    @property
    def by(self) -> str:
        """The author as it stands in a sentence."""
        return in_sentence(self.author)

    @property
    def day(self) -> str:
        """The date in words."""
        return date_words(self.released)


def imprint() -> Imprint:
    """Return what ``CITATION.cff`` says.

    Raises
    ------
    DataError
        If it cannot be read, or lacks a line that the page prints.
    """
    try:
        found: dict[str, Any] = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
        missing = [name for name in _NEEDED if not found.get(name)]
        authors = [str(one["name"]) for one in found.get("authors") or ()]
    except (OSError, yaml.YAMLError, AttributeError, LookupError, TypeError) as error:
        said = " ".join(str(error).split())
        raise DataError(f"{CITATION.name}: cannot be read ({said})") from None
    if missing:
        raise DataError(f"{CITATION.name}: lacks {', '.join(missing)}")
    url = str(found.get("url") or "")
    return Imprint(
        title=str(found["title"]),
        version=str(found["version"]),
        released=str(found["date-released"]),
        author=" and ".join(authors),
        licence=str(found["license"]),
        address=f"{url.rstrip('/')}/" if url else "",
    )


def edition_line(report: Report, own: Imprint) -> str:
    """Return which edition of the report this is, in a line: version, day, run, facts, digest."""
    run = report.run
    facts = f"{run.scenario_title}, facts to {date_words(run.facts_to)}"
    return f"Version {own.version}, {own.day} · {facts} · digest {run.digest[:SHORT]}"


def named(report: Report) -> str:
    """Return what a document is called in a sentence: the paper, the annex, or the report where there is only one."""
    return f"the {report.edition.kind}" if report.edition.other else "the report"


def about(report: Report, own: Imprint) -> Markup:
    """Return what the page's script writes into pictures, drawings and citations, as JSON."""
    return Markup(
        sheet.as_json(
            {
                "title": own.title,
                "named": named(report),
                "other": report.edition.other,
                "otherPage": report.edition.other_page,
                "author": own.author,
                "version": own.version,
                "released": own.released,
                "day": own.day,
                "edition": edition_line(report, own),
                "page": report.edition.page,
                "address": own.address,
                "inks": [theme.TOKENS[name] for name in ("ink", "ink2", "ink3")],
            }
        )
    )


def own_tables() -> str:
    """Return under which licence the project's own tables stand, in a sentence."""
    package = json.loads((data_dir() / "datapackage.json").read_text(encoding="utf-8"))
    common = package["licenses"][0]["name"]
    others = sum(any(one["name"] != common for one in r.get("licenses", ())) for r in package["resources"])
    rest = f"; {others} of {len(package['resources'])} have terms of their own" if others else ""
    return f"{common} for this compilation{rest}, each named in data/datapackage.json"


def in_words(report: Report, own: Imprint) -> str:
    """Return how the document is cited."""
    part = f" ({named(report)})" if report.edition.other else ""
    where = f" {own.address}{report.edition.page}" if own.address else ""  # a bare file name leads nowhere
    return f"{own.author} ({own.released[:4]}). {own.title}{part}. {edition_line(report, own)}.{where}"


def _based_on(report: Report) -> list[dict[str, Any]]:
    """Return what the report is based on as a search engine takes it: the article and the tables."""
    package = json.loads((data_dir() / "datapackage.json").read_text(encoding="utf-8"))
    article = [
        {"@type": "CreativeWork", "name": s.title, "author": s.publisher, "datePublished": s.published}
        for s in report.sources
        if s.id == ARTICLE
    ]
    tables = {"@type": "Dataset", "name": package["title"], "description": package["description"]}
    tables |= {"license": package["licenses"][0]["path"], "version": package["version"]}
    return [*article, tables]


def head(report: Report, own: Imprint, title: str, answer: str) -> Markup:
    """Return what a document says to other sites: title, answer, picture, and a description for search engines.

    Without an address in ``CITATION.cff`` the picture is named beside the page, where no site can fetch it until the
    folder is published.
    """
    address = f"{own.address}{report.edition.page}" if own.address else ""
    picture = f"{own.address}{card.NAME}"
    properties = {
        "og:type": "article",
        "og:title": title,
        "og:description": answer,
        "og:site_name": report.summary.title,
        "og:locale": "en_GB",
        "og:image": picture,
        "og:image:width": str(card.WIDTH),
        "og:image:height": str(card.HEIGHT),
        "og:image:alt": f"{title} {answer}",
        "article:published_time": own.released,
        **({"og:url": address} if address else {}),
    }
    told = {
        "@context": "https://schema.org",
        "@type": "Report",
        "name": title,
        "abstract": answer,
        "author": {"@type": "Organization", "name": own.author},
        "datePublished": own.released,
        "version": own.version,
        "license": f"https://spdx.org/licenses/{own.licence}",
        "inLanguage": "en-GB",
        "image": picture,
        "isBasedOn": _based_on(report),
        **({"url": address} if address else {}),
    }
    metas = "".join(f'<meta property="{name}" content="{escape(text)}">' for name, text in properties.items())
    canonical = f'<link rel="canonical" href="{escape(address)}">' if address else ""
    return Markup(
        f'{metas}<meta name="twitter:card" content="summary_large_image">'
        f'<meta name="author" content="{escape(own.author)}">{canonical}'
        f'<script type="application/ld+json">{sheet.as_json(told)}</script>'
    )


def exhibit_csv(x: ExhibitView | AttachedView, words: Vocabulary) -> str:
    """Return the data of an exhibit, or of a file beside it, as CSV; cells say their figures as the page does."""

    def plain(cell: Any) -> Any:
        if isinstance(cell, str) and "{{" in cell:
            return substitute(cell, words, lambda token: token.text, "exhibits", data=True)
        return cell

    rows = [{key: plain(cell) for key, cell in row.items()} for row in x.data]
    return csvs.csv_text(pd.DataFrame(rows, columns=list(x.data_columns)))


def tables(exhibits: Iterable[ExhibitView], words: Vocabulary) -> Markup:
    """Return the data of exhibits as JSON, a CSV text for each name, for a page that shows no tables of them."""
    return Markup(sheet.as_json({x.name: exhibit_csv(x, words) for x in exhibits}))
