"""Every text that a run hands to a reader, place by place."""

from __future__ import annotations

import csv
import html
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import nbformat
from fixture_pdf import sheets

from deepseek_era.pages import sheet

_MATHS = re.compile("[\U0001d400-\U0001d7ff⋅]")
_UNREAD = re.compile(r"<(script|style|math|code|pre)\b.*?</\1>", re.DOTALL)


def packed(markup: str, name: str) -> str:
    """Return what lies deflated at the end of a page under this id; empty without it."""
    found = re.search(rf'<script type="text/plain" id="{name}">([^<]*)</script>', markup)
    return sheet.unpacked(found[1]) if found else ""


def opened(markup: str) -> str:
    """Return a page with the tables that it brings when a fold is opened in their places."""
    tables = json.loads(packed(markup, "tables") or "{}")
    return re.sub(
        r'<p data-table="([^"]+)">.*?</p>',
        lambda slot: tables[html.unescape(slot[1])],
        markup,
        flags=re.DOTALL,
    )


def sentences(folder: Path, name: str = "annex.html") -> str:
    """Return what a page of a run says with all markup gone, as one who copies it gets it: inline parts joined."""
    markup = _UNREAD.sub("\n", opened((folder / name).read_text(encoding="utf-8")))
    markup = re.sub(
        r"</?(p|li|td|th|tr|div|h\d|section|text|title|summary|ol|ul|figcaption|b)\b[^>]*>", r"\n", markup
    )
    markup = markup.replace("<sub>", "_")  # a symbol as its parameter's table has it
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def everywhere(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield place and text: pages, their alternative texts, PDFs, titles of drawings, data of exhibits, notebooks."""
    for page in sorted(folder.glob("*.html")):
        yield page.name, sentences(folder, page.name)
        markup = page.read_text(encoding="utf-8")
        for words in re.findall(
            r'(?:aria-label|title|data-template|name="description" content)="([^"]*)"', markup
        ):
            yield "alternative text", html.unescape(words)
    for paper in sorted(folder.glob("*.pdf")):
        for number, text in enumerate(sheets(paper), start=1):
            for line in text.splitlines():
                if not _MATHS.search(line):
                    yield f"{paper.name}, page {number}", line
    for file in sorted((folder / "exhibits").glob("*.svg")):
        for title in ET.parse(file).getroot().iter("{http://www.w3.org/2000/svg}title"):
            yield file.name, title.text or ""
    for file in sorted((folder / "exhibits").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as handle:
            for row in csv.reader(handle):
                yield from ((file.name, cell) for cell in row)
    for file in sorted((folder / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(file, as_version=4).cells:
            if cell.cell_type == "markdown":
                yield file.name, re.sub(r"\$.*?\$", "", cell.source)
