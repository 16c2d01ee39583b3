"""The documents of a run: the paper for everybody, the annex for whoever wants to check; from one report, split in two.

Nothing is collected or computed twice. Each document numbers its own exhibits, and each knows what stands in the other,
so that a number, an exhibit, a claim or a card leads from one to the other and back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from deepseek_era.book import references
from deepseek_era.book.document import Block, Edition, ExhibitView, Report, Section
from deepseek_era.book.manuscript import PAPER
from deepseek_era.book.references import Refs

FILES = {"paper": ("index.html", "report.pdf"), "annex": ("annex.html", "annex.pdf")}
"""Page and PDF of each document; a report without a paper is one document under the names of the paper."""
_LEVEL = 2
"""Headings of this level open the chapters of the paper."""


def editions(report: Report) -> tuple[Report, ...]:
    """Return the documents of a run, each a report of its own: paper and annex, or what there is of them as one."""
    told = [section for section in report.sections if section.role == PAPER]
    rest = tuple(section for section in report.sections if section.role != PAPER)
    if not told:
        return (report,)
    chapters = tuple(chapter for section in told for chapter in _chapters(section))
    shown = [block for chapter in chapters for block in chapter.blocks if block.kind == "exhibit"]
    there = {block.text: _called(report.exhibits[block.text], block) for block in shown}
    own = {name for name, x in there.items() if x.notebook in {section.notebook for section in told}}
    # a live exhibit lives in the annex, where what wakes it may weigh more than the paper; so do remarks
    ours = numbered(replace(x, live=None, controls=(), readout="", note="") for x in there.values())
    theirs = numbered(x for name, x in report.exhibits.items() if name not in own)
    edition = Edition("paper", *FILES["paper"])
    paper = replace(report, sections=chapters, exhibits=ours, edition=edition, explorer=None)
    if not rest:
        return (paper,)
    annex = replace(
        report,
        sections=rest,
        exhibits=theirs,
        edition=Edition("annex", *FILES["annex"]),
        world=None,
        questions=(),
    )
    beyond = places(annex)
    return _beside(paper, annex, beyond), _beside(annex, paper, places(paper))


def _called(x: ExhibitView, block: Block) -> ExhibitView:
    """Return an exhibit under the title and subtitle of its block, where that has some."""
    return replace(x, title=block.title or x.title, subtitle=block.subtitle or x.subtitle)


def _beside(report: Report, other: Report, beyond: Mapping[str, str]) -> Report:
    """Return a document that knows another: its files, its places, and its exhibits where a text refers to one."""
    edition = replace(report.edition, other=other.edition.kind, other_page=other.edition.page)
    edition = replace(edition, other_pdf=other.edition.pdf, beyond=beyond)
    absent = {
        name: replace(
            x, label=f"{x.label} of the {other.edition.kind}", anchor=f"{other.edition.page}#{x.anchor}"
        )
        for name, x in other.exhibits.items()
        if name not in report.exhibits
    }
    here = places(report)
    sections = tuple(
        replace(
            section,
            refs=_leading(section.refs, here, edition),
            blocks=tuple(
                replace(block, refs=_leading(block.refs, here, edition)) for block in section.blocks
            ),
        )
        for section in report.sections
    )
    return replace(report, sections=sections, edition=edition, absent=absent)


def _leading(refs: Refs, here: Mapping[str, str], edition: Edition) -> Refs:
    """Return what a text refers to, with the links into the other document by its file."""
    if not refs.links:
        return refs

    def led(anchor: str) -> str:
        root = anchor.partition("--")[0]
        is_there = anchor in edition.beyond or (root in edition.beyond and root not in here)
        return f"{edition.other_page}#{anchor}" if is_there and anchor not in here else anchor

    return replace(refs, links={name: led(anchor) for name, anchor in refs.links.items()})


def places(report: Report) -> dict[str, str]:
    """Return what each place of a document that a link may lead to is called, by its anchor."""
    found = {x.anchor: x.label for x in report.exhibits.values()}
    word = "Chapter" if report.edition.kind == "paper" else "Section"
    found |= {f"section-{s.slug}": f"{word} {s.number}" for s in report.sections}
    if report.edition.kind == "paper":
        found |= {f"card-{key}": "the card" for key in report.stories}
    else:
        found |= {f"card-{card.id}": f"card {card.id}" for card in report.cards}
        found |= {f"claim-{claim.id}": f"claim {claim.id}" for claim in report.claims}
        found |= {f"source-{source.number}": f"source {source.number}" for source in report.sources}
        found["parameters"] = "the parameters"
    return found


def numbered(exhibits: Iterable[ExhibitView]) -> dict[str, ExhibitView]:
    """Return exhibits by name with their numbers in this order: figures by themselves, tables by themselves."""
    counts = {"Figure": 0, "Table": 0}
    found = {}
    for x in exhibits:
        kind = x.label.partition(" ")[0]
        counts[kind] += 1
        found[x.name] = replace(x, label=f"{kind} {counts[kind]}")
    return found


def _chapters(section: Section) -> tuple[Section, ...]:
    """Return the chapters of a section, cut at the headings under its title; what stands before the first leads.

    The first one has the number nought: the title, its paragraph and what leads into the chapters.
    """
    lead = replace(section, number=0, blocks=())
    found = [lead]
    for block in section.blocks:
        for title, text in _cut(block):
            if title:
                words = re.sub(r"\s*\{#[\w-]+\}$", "", title)
                slug = references.stem_of(section.slug, words).removeprefix("section-")
                found.append(replace(lead, number=len(found), slug=slug, title=words, dek="", refs=Refs()))
            if text is not None:
                found[-1] = replace(found[-1], blocks=(*found[-1].blocks, text))
    return tuple(found)


def _cut(block: Block) -> Iterable[tuple[str, Block | None]]:
    """Yield the pieces of a block: the title of a chapter that begins there, and the block that follows it."""
    if block.kind != "prose":
        yield "", block
        return
    title, end = "", 0
    for match in references.headings(block.text):
        if len(match[1]) != _LEVEL:
            continue
        before = block.text[end : match.start()].strip()
        if title or before:
            yield title, replace(block, text=before) if before else None
        title, end = match[2].strip(), match.end()
    rest = block.text[end:].strip()
    yield title, replace(block, text=rest) if rest else None
