"""What page and paper share: a report put into the order and the words in which both set it.

The two differ in how they set a thing, not in what it says; what only one of them has, such as the targets of the
page's links or the heights of the paper's tables, stands with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from deepseek_era.book import beliefs, cards, editions
from deepseek_era.book.document import (
    Block,
    Correction,
    ParameterRow,
    Report,
    Section,
    SourceView,
    Unsettled,
)
from deepseek_era.prose import Vocabulary, substitute
from deepseek_era.words import listed

HOMES = {"claims": "claims", "cards": "verdicts", "explorer": "verdicts"}
"""The role of the section at whose end a part stands that no notebook has placed."""
RECALLED = "recalled"
FROM_MEMORY = "from memory, not read"
KEY = (
    "The line under a number says where it comes from: one line if it was observed, two if somebody published it, a "
    "dashed one if it was modelled here, a dotted one if it is a judgement. What stands in brackets behind it is the "
    "90% interval. † marks a source that was recalled and not read; ‡ marks a number that rests on nothing better than "
    "weak or recalled sources."
)
"""How to read a number, said before the first one."""


@dataclass(frozen=True)
class Place:
    """Somewhere that a link leads to, and what it is called."""

    anchor: str
    label: str


@dataclass(frozen=True)
class CallLink:
    """A call that a section settles."""

    id: str
    name: str
    article: str


@dataclass(frozen=True)
class SectionView:
    """A section with all that stands in it, in order, and nothing that is not there."""

    section: Section
    blocks: tuple[Block, ...]
    calls: tuple[CallLink, ...]

    @property
    def anchor(self) -> str:
        """Where links to it lead."""
        return f"section-{self.section.slug}"


@dataclass(frozen=True)
class CardGroup:
    """The cards of one term."""

    title: str
    cards: tuple[cards.CardView, ...]


@dataclass(frozen=True)
class SourceLine:
    """A numbered source as it is listed; an empty `link` leads nowhere."""

    source: SourceView
    published: str
    link: str
    via: str
    """Who copies the document and when; empty where no copy was read."""
    via_link: str
    recalled: bool
    used: tuple[Place, ...]


@dataclass(frozen=True)
class View:
    """A report as page and paper set it."""

    report: Report
    words: Vocabulary
    sections: tuple[SectionView, ...]
    claims_table: str
    """The table exhibit in which claims are looked up; empty without one."""
    cards: tuple[CardGroup, ...]
    beliefs: beliefs.Beliefs | None
    places: dict[str, str]
    """What each place that a link may lead to is called, by its anchor."""
    sources: tuple[SourceLine, ...]
    parameters: tuple[ParameterRow, ...]
    scenario_heads: tuple[str, ...]
    scenario_rows: tuple[tuple[str, ...], ...]
    basis: tuple[str, ...]
    """What numbers and headline facts rest on, a paragraph each."""
    unsettled: tuple[Unsettled, ...]
    corrections: tuple[Correction, ...]

    def plain(self, text: str) -> str:
        """Return data text with its tokens as plain words."""
        return substitute(text or "", self.words, lambda token: token.text, "text", data=True)

    def numbered(self, ids: Iterable[str]) -> list[SourceView]:
        """Return the sources behind these ids in the order of their numbers; an id that is no source is left out."""
        wanted = set(ids)
        return [line.source for line in self.sources if line.source.id in wanted]


def prepared(report: Report) -> View:
    """Return the view of a report."""
    names = {row.id: row.name for row in report.listing}
    words = Vocabulary(report.figures, {**report.absent, **report.exhibits}, report.elsewhere)
    claims_table = _claims_table(report)
    shown = beliefs.prepared(report.explorer, names)
    there = {
        "claims": bool(report.claims) and not claims_table,
        "cards": bool(report.cards),
        "explorer": shown is not None,
        "world": report.world is not None,
        "questions": bool(report.questions),
    }
    places = editions.places(report)
    fields = tuple(dict.fromkeys(key for row in report.scenarios for key in row))
    return View(
        report=report,
        words=words,
        sections=_sections(report, names, there),
        claims_table=claims_table,
        cards=_cards(report),
        beliefs=shown,
        places=places,
        sources=tuple(_source(source, places) for source in report.sources),
        parameters=_parameters(report),
        scenario_heads=tuple(field.replace("_", " ").capitalize() for field in fields),
        scenario_rows=tuple(tuple(row.get(field, "") for field in fields) for row in report.scenarios),
        basis=tuple(_basis(report)),
        unsettled=tuple(
            replace(row, as_of=cards.date_words(row.as_of, short=True))
            for row in (report.basis.unsettled if report.basis else ())
        ),
        corrections=report.basis.corrections if report.basis else (),
    )


def _claims_table(report: Report) -> str:
    """Return the first table that has a row for every claim."""
    ids = {claim.id for claim in report.claims}
    tables = [x for x in report.exhibits.values() if ids and x.columns and x.svg_wide is None]
    return next((x.name for x in tables if ids <= {str(row.get(x.columns[0].field)) for row in x.data}), "")


def _sections(report: Report, names: dict[str, str], there: dict[str, bool]) -> tuple[SectionView, ...]:
    placed = {block.kind for section in report.sections for block in section.blocks}
    articles = {row.id: row.article for row in report.listing}

    def is_there(block: Block) -> bool:
        return block.text in report.exhibits if block.kind == "exhibit" else there.get(block.kind, True)

    found = []
    for section in report.sections:
        late = [Block(kind) for kind, role in HOMES.items() if role == section.role and kind not in placed]
        calls = tuple(CallLink(i, names[i], articles[i]) for i in section.calls if i in names)
        blocks = tuple(block for block in (*section.blocks, *late) if is_there(block))
        found.append(SectionView(section, blocks, calls))
    return tuple(found)


def _cards(report: Report) -> tuple[CardGroup, ...]:
    groups: dict[str, list[cards.CardView]] = {}
    for card in report.cards:
        groups.setdefault(card.horizon, []).append(cards.view(card, report.standings.get(card.id)))
    return tuple(CardGroup(cards.term(horizon), tuple(views)) for horizon, views in groups.items())


# --- end matter -----------------------------------------------------------------------------------------------------


def _address(url: str) -> str:
    """Return an address if a link may lead to it, else ''."""
    return url if re.match(r"https?://[^\s\"'<>]+$", url or "") else ""


def _source(source: SourceView, places: dict[str, str]) -> SourceLine:
    name, comma, date = source.via.rpartition(", ")
    return SourceLine(
        source=source,
        published=cards.date_words(source.published),
        link=_address(source.url),
        via=f"{name}{comma}{cards.date_words(date)}",
        via_link=_address(source.via_url),
        recalled=source.read == RECALLED,
        used=tuple(Place(anchor, places[anchor]) for anchor in source.used_in if anchor in places),
    )


def _parameters(report: Report) -> tuple[ParameterRow, ...]:
    """Return the parameters with the sources that the report lists; a note stands where there is none that was read."""
    read = {source.id: source.read for source in report.sources}
    listed = [(row, tuple(i for i in row.sources if i in read)) for row in report.parameters]

    def note(row: ParameterRow, ids: tuple[str, ...]) -> str:
        if not ids:
            return row.note
        return FROM_MEMORY if all(read[i] == RECALLED for i in ids) else ""

    return tuple(replace(row, sources=ids, note=note(row, ids)) for row, ids in listed)


def _basis(report: Report) -> list[str]:
    sourced = [f for f in report.figures.values() if f.sources]
    grades = Counter(source.quality for source in report.sources if source.quality)
    meant = {
        "A": "primary (A)",
        "B": "secondary (B)",
        "C": "a blog, an aggregator or a machine’s summary (C)",
    }
    graded = listed([f"{count} are {meant.get(grade, grade)}" for grade, count in sorted(grades.items())])
    read = {source.id: source.read for source in report.sources}
    recalled = sum(all(read.get(i) == RECALLED for i in f.sources) for f in sourced)
    how = f" Of the {len(report.sources)} sources {graded}." if graded else ""
    lines = [
        f"{len(sourced)} of {len(report.figures):,} numbers name their sources.{how} {len(report.weak)} "
        f"numbers rest on nothing better than quality C or on recall and carry ‡; {recalled} of them on recall alone. "
        "A better page that only repeats such a source does not lift the mark."
    ]
    if report.basis is not None:
        counts = report.basis.headlines
        own = "has" if counts["single"] == 1 else "have"
        lone = {0: "none rests", 1: "one rests"}.get(counts["weak"], f"{counts['weak']} rest")
        lines.append(
            f"The report leans most on {sum(counts.values())} headline facts. A second source confirms "
            f"{counts['confirmed']}; {counts['single']} {own} one origin, {lone} on one weak source alone, and on "
            f"{counts['conflict']} the sources disagree: those are printed with both."
        )
        if party := report.basis.own_word:
            lines.append(
                f"Of the confirmed {counts['confirmed'] - party} have two origins that do not draw on each other. "
                f"The other {party} are what a firm, a laboratory or an authority says of its own books, prices, terms "
                "or plans, in two places: that it was said is confirmed, not that it is so. By the stricter rule "
                f"before, under which a party’s word needs a second origin too, {report.basis.strict} are confirmed; "
                "the looser one was written after that count had been seen."
            )
        searches, facts, found = report.basis.looked_up
        if searches:
            lines.append(
                f"In November 2026 {searches} searches of stored public pages looked for second sources of {facts} "
                f"facts and found one for {found}; each is a row of the table of searches."
            )
    return lines
