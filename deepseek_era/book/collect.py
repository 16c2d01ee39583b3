"""Gather what the executed notebooks recorded into one `Report`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

import nbformat

from deepseek_era import notebook as contract
from deepseek_era import parameters as parameter_table
from deepseek_era import prose, tables
from deepseek_era.book import (
    bands,
    card,
    manuscript,
    matter,
    native,
    references,
    stories,
    summary,
    typed,
)
from deepseek_era.book.card import Call, Card, Reading, Settled, Standing
from deepseek_era.book.document import (
    AttachedView,
    Block,
    Claim,
    ExhibitView,
    Explorer,
    Output,
    Picked,
    Report,
    RunInfo,
    Section,
)
from deepseek_era.book.manuscript import Executed
from deepseek_era.book.part import Part
from deepseek_era.book.references import Refs
from deepseek_era.charts.base import Column, Control
from deepseek_era.citations import known_sources
from deepseek_era.errors import UserError, nearest, shown
from deepseek_era.figure import Figure, format_figure
from deepseek_era.parameters import Parameters
from deepseek_era.words import listed

T = TypeVar("T")
References = Mapping[tuple[str, str], Refs]
"""What each cell of prose refers to, by notebook and cell."""


@dataclass
class Collected:
    """The recorded parts of a run, before they are put in order."""

    figures: dict[str, Figure] = field(default_factory=dict)
    figure_notebook: dict[str, str] = field(default_factory=dict)
    figure_cell: dict[str, str] = field(default_factory=dict)
    """Notebook and cell that recorded each figure."""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """What stands for figures and exhibits of notebooks that were left out, by the names that texts give them."""
    absent: dict[str, str] = field(default_factory=dict)
    """The same for every name, since a condition may ask for one that no text gives."""
    exhibits: dict[str, ExhibitView] = field(default_factory=dict)
    structured: dict[str, Any] = field(default_factory=dict)
    """What was published as data, by kind, as JSON holds it."""
    publishers: dict[str, str] = field(default_factory=dict)
    """Which notebook published it."""
    sections: list[Section] = field(default_factory=list)
    outputs: dict[str, Output] = field(default_factory=dict)
    listing: tuple[bands.Row, ...] = ()
    """The names of the first screen."""
    words: dict[str, Any] = field(default_factory=dict)
    """What a notebook that retells may name of them."""
    left_out: list[str] = field(default_factory=list)
    """A line for each cell whose output is not shown, or shown without what belongs to it."""

    @property
    def known(self) -> prose.Vocabulary:
        """What tokens can name."""
        return prose.Vocabulary(self.figures, self.exhibits, self.absent, self.words)

    def rows(self, kind: str) -> list[Any]:
        """Return the rows that were published under a kind; none where nothing was.

        Raises
        ------
        UserError
            If they are no list.
        """
        found = self.structured.get(kind, [])
        if not isinstance(found, list):
            raise UserError(f"{self.place(kind)}: {kind}: saw {shown(found)}, allowed: a list")
        return found

    def place(self, kind: str) -> str:
        """Return which notebook published a kind, for a message."""
        return f"notebooks/{self.publishers.get(kind, '?')}.ipynb"

    def each(self, as_type: type[T], kind: str, what: str) -> tuple[T, ...]:
        """Return the rows that were published under a kind, read into a type; `what` names one in a message."""
        return card.each(as_type, self.rows(kind), self.place(kind), what)


def _record_figures(
    found: Collected, entries: list[dict[str, Any]], notebook: str, cell: nbformat.NotebookNode
) -> None:
    place = f"notebooks/{notebook}.ipynb, cell {cell.get('id', '?')}"
    for entry in entries:
        figure = Figure.read(entry["id"], entry)
        earlier = found.figures.get(figure.id)
        if earlier is not None and earlier != figure:
            raise UserError(
                f"{place}: figure {figure.id} is {format_figure(figure)} ({figure.label}), but "
                f"{found.figure_cell[figure.id]} recorded {format_figure(earlier)} "
                f"({earlier.label}); one id, one number"
            )
        if earlier is None:
            found.figures[figure.id] = figure
            found.figure_notebook[figure.id] = notebook
            found.figure_cell[figure.id] = place


def _exhibit(found: Collected, bundle: dict[str, Any], notebook: str, cell: nbformat.NotebookNode) -> str:
    content = bundle[contract.EXHIBIT]
    name = content["name"]
    if name in found.exhibits:
        raise UserError(f"notebooks/{notebook}.ipynb, cell {cell.id}: exhibit {name} is shown twice")
    files = tuple(
        AttachedView(file["name"], file["title"], tuple(file["columns"]), tuple(file["data"]))
        for file in content.get("files", ())
    )
    taken = Counter(n for x in found.exhibits.values() for n in (x.name, *x.former))
    taken.update((name, *content.get("was", ()), *(file.name for file in files)))
    for twice in (n for n, times in taken.items() if times > 1):
        raise UserError(
            f"notebooks/{notebook}.ipynb, cell {cell.id}: exhibit name {twice} is taken: a name belongs "
            "to one exhibit, to one that it took the place of, or to one file"
        )
    kind = "Table" if content["columns"] else "Figure"
    number = 1 + sum(e.label.startswith(kind) for e in found.exhibits.values())
    wide = bundle.get("image/svg+xml")
    found.exhibits[name] = ExhibitView(
        name=name,
        label=f"{kind} {number}",
        anchor=f"exhibit-{name}",
        title=content["title"],
        subtitle=content["subtitle"],
        source=content["source"],
        alt=content["alt"],
        how=content["how"],
        note=content["note"],
        notebook=f"{notebook}.ipynb",
        cell=cell.id,
        code=cell.source,
        sources=tuple(content["sources"]),
        svg_wide="".join(wide) if wide is not None else None,
        svg_narrow=content.get("svg_narrow"),
        columns=tuple(Column(**c) for c in content["columns"]),
        data_columns=tuple(content["data_columns"]),
        data=tuple(content["data"]),
        live=content["live"],
        controls=tuple(Control(**c) for c in content["controls"]),
        readout=content["readout"],
        steps=tuple(content.get("steps", ())),
        views=tuple(Picked(**view) for view in content.get("views", ())),
        rows=tuple(content.get("rows", ())),
        shut=content.get("shut", False),
        opens=tuple(content.get("opens", ())),
        field=content.get("field"),
        was=tuple(content.get("was", ())),
        files=files,
    )
    return name


def prose_of(cell: nbformat.NotebookNode, known: prose.Vocabulary, where: str) -> str:
    """Return the prose of an executed cell, names unfilled: a Markdown cell's, or what a prose cell handed over.

    Conditions that a cell left open, since they name what other notebooks record, are settled by what is known.

    Raises
    ------
    ProseError
        For an open condition that names nothing.
    """
    if cell.cell_type == "markdown":
        return str(cell.source)
    bundles = [output.get("data", {}) for output in cell.get("outputs", [])]
    given = [bundle[contract.PROSE] for bundle in bundles if contract.PROSE in bundle]
    place = f"{where}, cell {cell.get('id', '?')}"
    return "\n\n".join(
        prose.settle(item["text"], known, place) if item.get("open") else item["text"] for item in given
    )


def _section(
    found: Collected, number: int, executed: Executed, refs: References, known: prose.Vocabulary
) -> Section:
    blocks: list[Block] = []
    role = manuscript.role_of(executed.document)
    title = dek = ""
    dek_refs = Refs()
    settles: tuple[str, ...] = ()
    slug = manuscript.slug(executed.name)
    wanted = {anchor for (name, _), r in refs.items() for anchor in r.links.values() if name}
    headings: dict[str, int] = {}
    for cell in executed.document.cells:
        text = references.tidied(prose_of(cell, known, f"notebooks/{executed.name}.ipynb"))
        if text:
            mine = refs.get((executed.name, cell.get("id", "")), Refs(f"{slug}-{cell.get('id', '')}"))
            heading = next((m for m in references.headings(text) if m[1] == "#"), None)
            if not title and heading:
                # the calls a part settles stand in the metadata of its first cell
                settles = tuple(cell.metadata.get("calls", ()))
                title = heading.group(2).strip()
                text = text[: heading.start()] + text[heading.end() :]
            if title and not blocks and not dek and text.strip():
                # the first paragraph of the part, in the cell of the title or, where words are computed, in a later one
                dek, text = _dek(text.strip())
                dek_refs = mine
            if text.strip():
                blocks.append(Block("prose", references.marked(text.strip(), slug, wanted, headings), mine))
        if cell.cell_type == "markdown":
            continue
        blocks += native.blocks(found, executed.name, slug, cell)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if contract.FIGURES in data:
                _record_figures(found, data[contract.FIGURES], executed.name, cell)
            if contract.EXHIBIT in data:
                blocks.append(Block("exhibit", _exhibit(found, data, executed.name, cell)))
            if contract.PLACE in data:
                blocks += _placed(found, data[contract.PLACE], role, executed.name, cell, known)
            if contract.STRUCTURED in data:
                item = data[contract.STRUCTURED]
                found.structured[item["kind"]] = item["payload"]
                found.publishers[item["kind"]] = executed.name
                if item["kind"] in ("cards", "explorer", "questions", "world"):
                    blocks.append(Block(item["kind"]))
    if not title:
        raise UserError(f"notebooks/{executed.name}.ipynb: no first cell with a title (# …)")
    return Section(number, slug, title, dek, f"{executed.name}.ipynb", tuple(blocks), settles, dek_refs, role)


def _placed(
    found: Collected,
    what: Mapping[str, Any],
    role: str,
    notebook: str,
    cell: nbformat.NotebookNode,
    known: prose.Vocabulary,
) -> list[Block]:
    """Return the block of an exhibit that another notebook shows, or of cards.

    None where the notebook that would have them was left out: `found` says so.
    """
    where = f"notebooks/{notebook}.ipynb, cell {cell.get('id', '?')}"
    if role != manuscript.PAPER:
        raise UserError(
            f"{where}: place and tell: allowed in the notebook with the role {manuscript.PAPER} alone"
        )
    if "cards" in what:
        calls = tables.call_names()
        unknown = [key for key in what["cards"] if key not in calls]
        if unknown:
            raise UserError(f"{where}: tell: no call {shown(unknown[0])}{nearest(str(unknown[0]), calls)}")
        return [Block("stories", " ".join(what["cards"]))]
    name = what["name"]
    if name in found.exhibits:
        title, subtitle = (
            prose.settle(what.get(key, ""), known, f"{where}: {key} of {name}")
            for key in ("title", "subtitle")
        )
        return [Block("exhibit", name, title=title, subtitle=subtitle)]
    absent = known.elsewhere.get(f"ref:{name}")
    if absent is None:
        raise UserError(
            f"{where}: place: no notebook shows an exhibit {shown(name)}{nearest(name, found.exhibits)}"
        )
    found.left_out.append(f"{absent[1:-1]}; it does not stand in its place")
    return []


def _dek(text: str) -> tuple[str, str]:
    """Return the first paragraph of the first cell and what follows it; code and headings are no such paragraph."""
    first, _, rest = text.partition("\n\n")
    if any(start < len(first) < stop for start, stop in prose.code_spans(text)):
        return "", text
    return ("", text) if first.startswith(("#", "```", "~~~", "    ")) else (first, rest)


def gather(
    executed: Sequence[Executed],
    refs: References | None = None,
    part: Part | None = None,
    elsewhere: Mapping[str, str] | None = None,
) -> Collected:
    """Return everything that the notebooks recorded, exhibits numbered in reading order.

    A section has the number that it has in the whole report; the paper, which may name and place whatever the others
    record and show, has none and comes first.
    """
    found = Collected()
    every = (*part.notebooks, *part.left_out) if part and part.notebooks else [x.name for x in executed]
    papers = {x.name for x in executed if manuscript.role_of(x.document) == manuscript.PAPER}
    ran = {x.name for x in executed}
    numbered = [
        name
        for name in sorted(every)
        if name not in papers and (name in ran or manuscript.role_in(name) != manuscript.PAPER)
    ]
    for item in sorted(executed, key=lambda item: item.name in papers):
        is_paper = item.name in papers
        number = 0 if is_paper else numbered.index(item.name) + 1
        if is_paper:
            found.listing = bands.rows(_calls(found))
            found.words = bands.words(found.listing)
        known = replace(found.known, elsewhere=elsewhere or {})
        section = _section(found, number, item, refs or {}, known)
        found.sections.insert(0 if is_paper else len(found.sections), section)
    return found


def _stand_in(found: Collected, elsewhere: Mapping[str, str]) -> None:
    """Let words stand for what a notebook that was left out would have recorded, where a text names it; say so."""
    absent = {
        name: said
        for name, said in elsewhere.items()
        if name not in found.figures and name.removeprefix("ref:") not in found.exhibits
    }
    found.absent.update(absent)
    texts = [text for s in found.sections for text in (s.dek, *(b.text for b in s.blocks))]
    texts += [
        str(text)
        for x in found.exhibits.values()
        for text in (
            x.title,
            x.subtitle,
            x.note,
            x.how,
            x.source,
            *(v for row in x.data for v in row.values()),
        )
    ]
    texts += [json.dumps(found.structured[kind]) for kind in ("claims", "cards") if kind in found.structured]
    named = dict.fromkeys(match.group(2) for text in texts for match in prose.TOKEN.finditer(text))
    found.left_out += [
        f"{absent[name][1:-1]}; the report says so in its place" for name in named if name in absent
    ]
    found.elsewhere.update({name: absent[name] for name in named if name in absent})


def _claims(found: Collected) -> tuple[Claim, ...]:
    """Return the claims with their findings in plain words; figures that a finding names count among its figures."""
    claims = []
    for claim in found.each(Claim, "claims", "claim"):
        named = [n for n in prose.named(claim.finding) if n in found.figures]
        figures = dict.fromkeys([*tables.split_ids(claim.figures), *named])
        said = prose.fill(claim.finding, found.known, f"claim {claim.id}", data=True)
        sources = ";".join(tables.split_ids(claim.sources))
        claims.append(replace(claim, said=said, figures=";".join(figures), sources=sources))
    return tuple(claims)


def _calls(found: Collected) -> list[dict[str, Any]]:
    """Return the rows of ``calls.csv``: the calls as they were published, with how each has come out."""
    found.each(Call, "calls", "call")  # or a line says which of them is none
    outcomes = {row.id: row for row in found.each(Settled, "outcomes", "outcome of")}
    # nothing is known of an outcome where the part that settles it was left out
    return [
        row | asdict(outcomes.get(row["id"], Settled(row["id"], "too early" if outcomes else "")))
        for row in found.rows("calls")
    ]


def _standings(found: Collected, calls: Sequence[Mapping[str, Any]]) -> dict[str, Standing]:
    readings = card.by_call(found.each(Reading, "readings", "reading of"))
    return {
        row["id"]: Standing(
            row["came_true"],
            row["came_true_note"],
            row["came_true_second"],
            row["came_true_as_of"] or "",
            readings.get(row["id"], ()),
        )
        for row in calls
    }


def _explorer(found: Collected) -> Explorer | None:
    if not found.structured.get("explorer"):
        return None
    where = f"{found.place('explorer')}: explorer"
    explorer = typed.read(Explorer, found.structured["explorer"], where)
    lengths = {len(d.values) for d in explorer.drivers} | {
        len(s) for c in explorer.calls for s in (c.digits, c.sides)
    }
    if len(lengths) > 1:
        raise UserError(
            f"{where}: saw {listed(sorted(map(str, lengths)))} draws, allowed: as many everywhere"
        )
    return explorer if explorer.drivers and explorer.calls else None


def _cited(
    found: Collected, claims: Iterable[Claim], cards: Iterable[Card], standings: Mapping[str, Standing]
) -> list[tuple[str, Sequence[str]]]:
    """Return every place of the report in reading order with the sources behind it.

    Raises
    ------
    UserError
        For a name in prose that stands for nothing.
    """
    parts: list[tuple[str, Sequence[str]]] = []
    for section in found.sections:
        where = f"notebooks/{section.notebook}"
        for block in section.blocks:
            if block.kind == "exhibit":
                exhibit = found.exhibits[block.text]
                parts.append((exhibit.anchor, exhibit.sources))
            elif block.kind == "prose":
                tokens = [found.known.find(name, None, where) for name in prose.named(block.text)]
                parts += [
                    (f"section-{section.slug}", t.figure.sources) for t in tokens if t.figure is not None
                ]
        for name in prose.named(section.dek):
            found.known.find(name, None, where)
    parts += [(f"claim-{claim.id}", tables.split_ids(claim.sources)) for claim in claims]
    parts += [(f"card-{c.id}", [s for e in c.evidence for s in tables.split_ids(e.source)]) for c in cards]
    parts += [(f"card-{name}", r.sources) for name, held in standings.items() for r in held.readings]
    return parts


def build(
    executed: Sequence[Executed],
    parameters: Parameters,
    name: str,
    digest: str,
    refs: References | None = None,
    part: Part | None = None,
    elsewhere: Mapping[str, str] | None = None,
) -> tuple[Report, Collected]:
    """Return the report of a run and what it was collected from; `refs` is what `manuscript.check` found.

    Of a `part` of the report the texts may name what is recorded `elsewhere`: words stand for it.

    Raises
    ------
    UserError
        For an unknown token, source or exhibit, each by name.
    """
    found = gather(executed, refs, part, elsewhere)
    if elsewhere:
        _stand_in(found, elsewhere)
    claims = _claims(found)
    calls = _calls(found)
    cards = found.each(Card, "cards", "card")
    standings = _standings(found, calls)
    listing = found.listing or bands.rows(calls)
    scenario = parameter_table.scenario(parameters.scenario)
    run = RunInfo(
        name=name,
        scenario=parameters.scenario,
        scenario_title=scenario["title"],
        scenario_note=matter.run_note(scenario["note"], parameters),
        vintage=parameters.vintage.isoformat(),
        facts_to=parameters.vintage.isoformat(),
        seed=parameters.seed,
        draws=int(parameters.setting("draws")),
        digest=digest,
        changed=matter.changed_parameters(parameters),
        part=part.sentence if part else "",
        paper=part is None or part.paper,
    )
    rows = matter.parameter_rows(parameters)
    report = Report(
        run=run,
        summary=summary.build(found.figures, listing, parameters.vintage, run.part),
        sections=tuple(found.sections),
        exhibits=found.exhibits,
        figures=found.figures,
        elsewhere=found.elsewhere,
        claims=claims,
        calls=tuple(calls),
        cross=tuple(found.rows("cross")),
        cards=cards,
        standings=standings,
        explorer=_explorer(found),
        parameters=rows,
        sources=matter.sources(
            found.figures,
            [
                *_cited(found, claims, cards, standings),
                *((matter.PARAMETERS, known_sources(row.sources)) for row in rows),
            ],
        ),
        scenarios=tuple(
            {
                "name": key,
                "title": item["title"],
                "note": item["note"] or (matter.BASE_NOTE if key == "base" else ""),
            }
            for key, item in parameter_table.printed_scenarios(parameters.scenario).items()
        ),
        basis=matter.basis(run.vintage),
        outputs=found.outputs,
        listing=listing,
        stories=stories.stories(listing, cards, standings),
        world=found.structured.get("world"),
        questions=tuple(found.rows("questions")),
    )
    return report, found
