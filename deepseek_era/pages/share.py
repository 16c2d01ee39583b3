"""What a document says of itself to whoever passes it on: edition, licence, address, how to cite it.

All of it comes from ``CITATION.cff``, the run and the report; no clock is asked, so equal reports give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import yaml
from markupsafe import Markup

from deepseek_era.book.cards import date_words
from deepseek_era.book.document import ExhibitView, Report
from deepseek_era.charts import theme
from deepseek_era.errors import DataError
from deepseek_era.pages import csvs, sheet
from deepseek_era.places import CITATION
from deepseek_era.prose import Vocabulary, substitute

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
    return f"Version {own.version}, {own.day} · {facts} · digest {run.digest}"


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


def exhibit_csv(x: ExhibitView, words: Vocabulary) -> str:
    """Return the data of an exhibit as CSV; a finding in a cell says its figures, as the page's own cells do."""

    def plain(cell: Any) -> Any:
        if isinstance(cell, str) and "{{" in cell:
            return substitute(cell, words, lambda token: token.text, "exhibits", data=True)
        return cell

    rows = [{key: plain(cell) for key, cell in row.items()} for row in x.data]
    return csvs.csv_text(pd.DataFrame(rows, columns=list(x.data_columns)))


def tables(exhibits: Iterable[ExhibitView], words: Vocabulary) -> Markup:
    """Return the data of exhibits as JSON, a CSV text for each name, for a page that shows no tables of them."""
    return Markup(sheet.as_json({x.name: exhibit_csv(x, words) for x in exhibits}))
