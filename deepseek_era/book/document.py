"""The report as data: what both the page and the paper are rendered from.

The publisher collects executed notebooks into one `Report`; `html` and `pdf` read it and nothing else,
so a number, a title or a verdict is worded once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from deepseek_era.book.bands import Row
from deepseek_era.book.card import Card, Standing
from deepseek_era.book.references import NOTHING, Picture, Refs
from deepseek_era.book.stories import Story
from deepseek_era.charts.base import Column, Control
from deepseek_era.figure import Figure

__all__ = [
    "Basis",
    "Block",
    "Claim",
    "Column",
    "Control",
    "Correction",
    "Edition",
    "ExhibitView",
    "Explorer",
    "ExplorerCall",
    "ExplorerDriver",
    "Output",
    "ParameterRow",
    "Preset",
    "Report",
    "RunInfo",
    "Section",
    "SourceView",
    "Summary",
    "Unsettled",
]


@dataclass(frozen=True)
class RunInfo:
    """Which run this is: scenario, vintage, seed, changed parameters, digest of all inputs."""

    name: str
    scenario: str
    scenario_title: str
    scenario_note: str
    vintage: str
    facts_to: str
    seed: int
    draws: int
    digest: str
    changed: tuple[dict[str, str], ...] = ()
    """One dict per changed parameter: id, description, base, value, unit, kind."""
    part: str = ""
    """Which notebooks were run and which left out, in a sentence; empty for the whole report."""
    paper: bool = True
    """Whether a paper stands beside the page."""


@dataclass(frozen=True)
class Picked:
    """One of the pictures that an exhibit shows by turns: its name, the sentence below it, its drawings."""

    name: str
    said: str
    wide: str = ""
    narrow: str = ""


@dataclass(frozen=True)
class AttachedView:
    """A table that goes with an exhibit as a file alone."""

    name: str
    title: str
    data_columns: tuple[str, ...]
    data: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class ExhibitView:
    """A numbered exhibit, ready to place."""

    name: str
    label: str
    """"Figure 3" or "Table 2"."""
    anchor: str
    title: str
    subtitle: str
    source: str
    alt: str
    how: str
    """Markdown, maths allowed."""
    note: str
    notebook: str
    cell: str
    code: str
    """Source of the cell that shows the exhibit."""
    sources: tuple[str, ...]
    svg_wide: str | None
    svg_narrow: str | None
    columns: tuple[Column, ...]
    data_columns: tuple[str, ...]
    data: tuple[dict[str, Any], ...]
    live: dict[str, Any] | None = None
    """Vega-Lite spec of the live version, or None."""
    controls: tuple[Control, ...] = ()
    readout: str = ""
    steps: tuple[str, ...] = ()
    """What each step is called by which the drawing is uncovered."""
    views: tuple[Picked, ...] = ()
    """The pictures that are shown by turns; the first one is the exhibit's own drawing."""
    rows: tuple[str, ...] = ()
    """A sentence for each row of the drawing that a reader may point at."""
    shut: bool = False
    """The rows of a table wait in a fold."""
    opens: tuple[str, ...] = ()
    """The columns of what opens below each row of a table: a line, and the paragraphs behind it; or none."""
    field: dict[str, Any] | None = None
    """What the page of the paper needs to move a map, see `deepseek_era.charts.field`."""
    was: tuple[str, ...] = ()
    """Names of exhibits that this one took the place of; their addresses land here."""
    files: tuple[AttachedView, ...] = ()
    """Tables that go with it as files alone."""

    @property
    def former(self) -> tuple[str, ...]:
        """Every name but its own whose address lands here."""
        return (*self.was, *(file.name for file in self.files))


@dataclass(frozen=True)
class Output:
    """What a plain cell shows: text, a table, a drawing, a picture, or markdown that its code wrote."""

    name: str
    kind: str
    """text, table, drawing, picture or markdown."""
    notebook: str
    cell: str
    text: str = ""
    """Of text and markdown."""
    alt: str = ""
    """Of a drawing or picture, in words."""
    svg: str = ""
    picture: Picture | None = None
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    refs: Refs = NOTHING


@dataclass(frozen=True)
class Block:
    """A piece of a section: prose (markdown with `{{ }}` tokens), exhibit (name), output (name) or cards."""

    kind: str
    text: str = ""
    refs: Refs = NOTHING
    """What the prose refers to."""
    title: str = ""
    subtitle: str = ""
    """Of an exhibit of another notebook: what it is called here, where that is not its own."""


@dataclass(frozen=True)
class Section:
    """One notebook's part of the story."""

    number: int
    slug: str
    title: str
    dek: str
    notebook: str
    blocks: tuple[Block, ...]
    calls: tuple[str, ...] = ()
    """Ids of the calls that the section settles."""
    refs: Refs = NOTHING
    """What the dek refers to."""
    role: str = ""
    """Which part of the argument it is, one of `manuscript.ROLES`; empty for a part of an editor's own."""


@dataclass(frozen=True)
class SourceView:
    """A numbered source with where it is used."""

    number: int
    id: str
    title: str
    publisher: str
    published: str
    url: str
    kind: str
    quality: str
    read: str
    """"read" or "recalled"."""
    used_in: tuple[str, ...] = ()
    """Anchors of exhibits and sections."""
    figures: tuple[str, ...] = ()
    via: str = ""
    """Who copies or retells the document, where a copy was read."""
    via_url: str = ""
    checked: str = ""
    """How far the document behind a copy was checked, as a sentence."""


@dataclass(frozen=True)
class Summary:
    """What opens the report: who said what, its name, and the answer of a report without a paper."""

    kicker: str
    title: str
    answer: str


@dataclass(frozen=True)
class Claim:
    """A factual claim of the article, tested; the finding with the names of its numbers, and as plain words."""

    id: str
    claim: str
    verdict: str
    finding: str
    figures: str
    sources: str
    """Ids, apart by semicolons."""
    said: str = ""

    def row(self) -> dict[str, str]:
        """Return the row of ``claims.csv``."""
        names = ("id", "claim", "verdict", "figures", "sources")
        return {**{name: getattr(self, name) for name in names}, "finding": self.said}


@dataclass(frozen=True)
class ExplorerDriver:
    """A driver of the belief explorer with its values over the draws."""

    id: str
    label: str
    values: tuple[float, ...]
    unit: str = ""
    scale: str = "linear"
    """``linear`` or ``log``."""


@dataclass(frozen=True)
class ExplorerCall:
    """A call in the belief explorer, two digits a draw: who wins, and how that stands to the article.

    `digits`: 0 loses, 1 neither, 2 wins. `sides`: 1 on the article's side, plus 2 if that lasts, plus 4 on the other.
    """

    id: str
    name: str
    digits: str
    sides: str


@dataclass(frozen=True)
class Preset:
    """A ready-made belief: the range of each driver that it narrows, open where an end is None."""

    label: str
    driver_ranges: dict[str, tuple[float | None, ...]]


@dataclass(frozen=True)
class Explorer:
    """The joint draws that a reader can filter."""

    drivers: tuple[ExplorerDriver, ...]
    calls: tuple[ExplorerCall, ...]
    presets: tuple[Preset, ...] = ()
    likely: float = 0.6
    """Share of the draws from which a word holds."""


@dataclass(frozen=True)
class ParameterRow:
    """A row of the list of parameters, its numbers as printed; the note stands where no source does."""

    id: str
    symbol: str
    description: str
    unit: str
    base: str
    low: str
    high: str
    kind: str
    changed: bool
    sources: tuple[str, ...]
    note: str

    @property
    def range(self) -> str:
        """Both ends in one unit, ``1.1 to 2.5 years``; ``fixed`` where they do not differ, nothing for a setting."""
        low, high = self.low, self.high
        if not low or not high:
            return ""
        if low == high:
            return "fixed"
        number, space, unit = low.partition(" ")
        return f"{number if space and high.endswith(space + unit) else low} to {high}"


@dataclass(frozen=True)
class Unsettled:
    """A headline fact that no second source confirms."""

    fact: str
    value: str
    as_of: str
    status: str
    sources: tuple[str, ...]
    against: str
    """What another source says, where they disagree."""
    note: str


@dataclass(frozen=True)
class Correction:
    """A correction applied on load."""

    place: str
    old: str
    new: str
    why: str
    source: str


@dataclass(frozen=True)
class Basis:
    """What the facts of a run rest on, beside its sources."""

    headlines: dict[str, int]
    """Headline facts public at the vintage by status then: confirmed, single, weak, conflict."""
    unsettled: tuple[Unsettled, ...]
    corrections: tuple[Correction, ...]
    own_word: int = 0
    """Confirmed ones that are what a party states of itself, in two places."""
    strict: int = 0
    """Confirmed ones that are so by the rule before, under which such a word counts from a second origin only."""
    looked_up: tuple[int, int, int] = (0, 0, 0)
    """Searches for second sources, the facts that they were for, and those for which one was found."""


@dataclass(frozen=True)
class Edition:
    """Which document a report is set as, and what stands in the other one."""

    kind: str = "whole"
    """``paper``, ``annex``, or ``whole`` where there is one document alone."""
    page: str = "index.html"
    pdf: str = "report.pdf"
    other: str = ""
    """What the other document is; empty without one."""
    other_page: str = ""
    other_pdf: str = ""
    beyond: Mapping[str, str] = field(default_factory=dict)
    """What each place of the other document is called, by its anchor."""


@dataclass(frozen=True)
class Report:
    """Everything that a reader sees."""

    run: RunInfo
    summary: Summary
    sections: tuple[Section, ...]
    exhibits: dict[str, ExhibitView]
    figures: dict[str, Figure]
    elsewhere: dict[str, str]
    """What stands for figures and exhibits of notebooks that were left out, by the names that texts give them."""
    claims: tuple[Claim, ...]
    calls: tuple[dict[str, Any], ...]
    """Rows of ``calls.csv``."""
    cross: tuple[dict[str, Any], ...]
    """Rows of ``cross.csv``."""
    cards: tuple[Card, ...]
    standings: dict[str, Standing]
    """How each call has come out so far, by its id."""
    explorer: Explorer | None
    parameters: tuple[ParameterRow, ...]
    sources: tuple[SourceView, ...]
    scenarios: tuple[dict[str, str], ...] = field(default=())
    basis: Basis | None = None
    outputs: dict[str, Output] = field(default_factory=dict)
    """What plain cells show, by the names of their blocks."""
    listing: tuple[Row, ...] = ()
    """The calls and considerations as the first screen names them."""
    stories: dict[str, Story] = field(default_factory=dict)
    """Their narrative cards, by call."""
    edition: Edition = field(default=Edition())
    absent: dict[str, ExhibitView] = field(default_factory=dict)
    """Exhibits of the other document alone, which texts may name; the anchor begins with its file."""
    world: dict[str, Any] | None = None
    """The model as the paper can run it, see `deepseek_era.book.world`."""
    questions: tuple[dict[str, Any], ...] = ()
    """What a reader may answer before they look, see `deepseek_era.verdicts.own_calls`."""

    @cached_property
    def weak(self) -> frozenset[str]:
        """Ids of the figures that name sources and whose best is weak: quality C, or every one recalled."""
        known = {source.id: source for source in self.sources}
        found = set()
        for figure in self.figures.values():
            named = [known[i] for i in figure.sources if i in known]
            if named and (
                all(source.quality == "C" for source in named)
                or all(source.read == "recalled" for source in named)
            ):
                found.add(figure.id)
        return frozenset(found)
