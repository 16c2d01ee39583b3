"""The paper in other formats: Markdown beside the page, and through pandoc a text document and an electronic book.

All are made from the `Report` that the paper's PDF is set from. Equal reports give equal bytes.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from deepseek_era.book import bands, cards, cells
from deepseek_era.book.document import Block, ExhibitView, Report
from deepseek_era.book.part import FORMATS
from deepseek_era.book.view import View, prepared
from deepseek_era.drawing.svg import picture
from deepseek_era.errors import DataError
from deepseek_era.pages import columns, share
from deepseek_era.pages.markup import MARKDOWN
from deepseek_era.prose import Token, substitute

MARKDOWN_NAME, LLMS_NAME = "report.md", "llms.txt"
_MARKUP = re.compile(r"([\\`*_\[\]<>#$~^{}|@]|&(?=[#\w]))")
_SAID = {"winner": "wins", "loser": "loses", "neutral": "too small to matter", "mixed": "cannot be told"}


def _plain(text: str) -> str:
    """Return text of data as Markdown that shows just that, in a line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    def line(row: Iterable[str]) -> str:
        return f"| {' | '.join(row)} |"

    heads = [_plain(cell) for cell in head]
    body = [line(_plain(cell) for cell in row) for row in rows]
    return "\n".join([line(heads), line("---" for _ in heads), *body])


def _prose(view: View, text: str, where: str) -> str:
    """Return prose with its numbers, an exhibit by its number."""

    def words(token: Token) -> str:
        return _MARKUP.sub(r"\\\1", token.text)

    return substitute(text, view.words, words, where).strip()


# --- parts -----------------------------------------------------------------------------------------------------------


def _exhibit(view: View, x: ExhibitView) -> str:
    title, subtitle = (_plain(view.plain(text)) for text in (x.title, x.subtitle))
    parts = [f"**{x.label}. {title}**", subtitle]
    if x.svg_wide:
        parts.append(f"![{_plain(view.plain(x.alt))}](exhibits/{x.name}.svg)")
        parts += [_plain(view.plain(first.said)) for first in x.views[:1]]
    else:
        shown = [c for c in x.columns if c.kind != "strip"]
        rows = [[_cell(view, row.get(c.field), c.kind) for c in shown] for row in x.data]
        parts.append(_table([c.header for c in shown], rows))
    parts.append(f"Source: {_plain(view.plain(x.source))} Data: [{x.name}.csv](exhibits/{x.name}.csv).")
    return "\n\n".join(filter(None, parts))


def _cell(view: View, value: object, kind: str) -> str:
    if kind in columns.DRAWN:
        return _SAID.get(str(value), "")
    return view.plain(cells.shown(value, kind))


def _list(report: Report) -> str:
    """Return the calls by what R1 did, as on the first screen."""
    parts = []
    for band in bands.bands(report.listing):
        rows = (
            (row.name, _SAID.get(row.article, ""), row.reason.clause, _came(row), row.word)
            for row in band.rows
        )
        head = ("Who", "The article said", "Why", "Did it come true?", "Was it R1?")
        parts += [f"### {_plain(band.title)}: {len(band.rows)}, {_plain(band.meaning)}", _table(head, rows)]
    return "\n\n".join(parts)


def _came(row: bands.Row) -> str:
    return row.came + (f", {cards.percent(row.p_came)}" if row.p_came is not None else "")


def _cards(report: Report) -> str:
    parts = []
    for story in report.stories.values():
        answers = f"Came true? {_came(story.row)}. Was it R1? {story.row.word}."
        lines = [f"- {_plain(label)}: {_plain(text)}" for label, text in story.lines]
        said = f"The article: “{_plain(story.quote)}”" if story.quote else ""
        parts += [
            f"### {_plain(story.head)}",
            answers,
            _plain(story.row.reason.reason),
            "\n".join(lines),
            said,
        ]
    return "\n\n".join(filter(None, parts))


def _block(view: View, block: Block, where: str) -> str:
    if block.kind == "prose":
        return _prose(view, block.text, where)
    if block.kind == "exhibit":
        return _exhibit(view, view.report.exhibits[block.text])
    if block.kind == "output" and (x := view.report.outputs[block.text]).kind == "table":
        return _table(x.header, x.rows)
    return ""  # cards stand at the end, all of them


def markdown(report: Report, *, titled: bool = True) -> str:
    """Return a document as Markdown; without `titled` its title is left to whoever sets it."""
    view, own = prepared(report), share.imprint()
    lead = view.sections[0] if report.edition.kind == "paper" and view.sections else None
    is_lead = lead is not None and not lead.section.number
    title = lead.section.title if lead and is_lead else report.summary.title
    parts = [f"# {_plain(view.plain(title))}"] if titled else []
    parts.append(f"*{_plain(report.summary.kicker)}*")
    if not is_lead:
        parts.append(_plain(view.plain(report.summary.answer)))
    for i, part in enumerate(view.sections):
        section, where = part.section, f"notebook {part.section.notebook}"
        first = is_lead and i == 0
        parts += [] if first else [f"## {_plain(view.plain(section.title))}"]
        parts.append(_prose(view, section.dek, where))
        parts += [_block(view, block, where) for block in part.blocks]
        if first and report.listing:
            parts.append("\n".join(f"- {c.k} of {c.n} {c.words}" for c in bands.counts(report.listing)))
            parts += ["## Who lost and who won", _list(report)]
    if report.stories and report.edition.kind == "paper":
        parts += ["## Card by card", _cards(report)]
    licence = f"Text, charts and code: {own.licence} licence. Own tables: {share.own_tables()}."
    parts += ["## How to cite", _plain(share.in_words(report, own)), _plain(licence)]
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def llms(report: Report) -> str:
    """Return what a machine that reads the folder needs first: what this is, and which file says what."""
    view, own, edition = prepared(report), share.imprint(), report.edition
    answer = view.plain(view.sections[0].section.dek if view.sections else report.summary.answer)
    files = [
        (MARKDOWN_NAME, "the paper as Markdown: the answer, all calls, every card"),
        (edition.page, "the paper as a page"),
        *([(edition.pdf, "the paper as PDF")] if report.run.paper else []),
        *([(edition.other_page, "the annex: sources, models, parameters, tests")] if edition.other else []),
        ("calls.csv", "an answer a row: who won, was it R1, did it come true"),
        ("claims.csv", "the article’s claims of fact, tested"),
        ("figures.json", "every printed number with unit, interval, kind and sources"),
        ("manifest.json", "what the run was made from"),
    ]
    lines = "\n".join(f"- [{name}]({own.address}{name}): {words}" for name, words in files)
    about = (
        "Intervals hold 90% of the draws. Effects are modelled: what would differ had R1 never appeared. What happened "
        "is observed."
    )
    head = f"# {report.summary.title}\n\n> {' '.join(answer.split())}"
    return f"{head}\n\n{share.edition_line(report, own)}. {about}\n\n## Files\n\n{lines}\n"


# --- through pandoc --------------------------------------------------------------------------------------------------


def converted(report: Report, kind: str) -> bytes:
    """Return a document as ``docx`` or ``epub``, its drawings as pictures in the report's faces.

    Raises
    ------
    DataError
        For what pandoc refuses, in a line.
    """
    import pypandoc

    if kind not in FORMATS:
        raise ValueError(kind)
    own, title = share.imprint(), prepared(report).plain(report.summary.title)
    text = re.sub(r"\]\(exhibits/([\w.-]+)\.svg\)", r"](\1.png)", markdown(report, titled=False))
    # the files beside a page are not inside a book: they are named, not linked
    text = re.sub(r"\[([\w.-]+)\]\((?:exhibits/)?\1\)", r"\1", text)
    day = dt.datetime.fromisoformat(own.released).replace(tzinfo=dt.UTC)
    said = {
        "title": title,
        "author": own.author,
        "date": own.released,
        "lang": "en-GB",
        "identifier": f"deepseek-era:{report.run.digest}",
        "rights": f"{own.licence} licence",
    }
    with tempfile.TemporaryDirectory() as folder, _environment(SOURCE_DATE_EPOCH=str(int(day.timestamp()))):
        for x in report.exhibits.values():
            if x.svg_wide:
                (Path(folder) / f"{x.name}.png").write_bytes(picture(x.svg_wide))
        target = Path(folder) / f"report.{kind}"
        extra = [f"--metadata={name}={value}" for name, value in said.items()]
        extra += [f"--resource-path={folder}", "--toc", "--toc-depth=2"]
        try:
            pypandoc.convert_text(text, kind, format=MARKDOWN, outputfile=str(target), extra_args=extra)
        except RuntimeError as error:
            raise DataError(f"report.{kind}: {' '.join(str(error).split())}") from None
        return target.read_bytes()


class _environment:
    """Variables of this process for a while; pandoc takes its clock from one."""

    def __init__(self, **values: str) -> None:
        self._values = values
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._values}
        os.environ.update(self._values)

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def makers(report: Report, kinds: Iterable[str]) -> dict[str, Callable[[], bytes]]:
    """Return what makes each file that stands beside a page, by its name: the texts of a paper, and these formats."""
    found: dict[str, Callable[[], bytes]] = {}
    if report.edition.kind == "paper":
        found[MARKDOWN_NAME] = lambda: markdown(report).encode()
        found[LLMS_NAME] = lambda: llms(report).encode()
    for kind in kinds:
        found[f"report.{kind}"] = lambda kind=kind: converted(report, kind)  # type: ignore[misc]
    return found
