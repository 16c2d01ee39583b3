"""A document for print: a `Report` as one PDF, set by typst, accessible (PDF/UA-1) and archivable (PDF/A-2a).

How it looks is in ``report/template/``, ``shared.typ`` with ``paper.typ`` or ``annex.typ``; what it says comes from
`book.view`; this module hands it over as JSON with what only print has: widths, heights and what may break. Text from
data is data and never markup; only prose and formulas become typst markup, through pandoc. Equal reports give equal
bytes: the date of the file is the date of the facts, the fonts come from the font wheels.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from deepseek_era.book import bands, beliefs, cards, cells
from deepseek_era.book.document import (
    Block,
    Claim,
    Edition,
    ExhibitView,
    Output,
    ParameterRow,
    Report,
)
from deepseek_era.book.view import KEY, CallLink, Place, SectionView, SourceLine, prepared
from deepseek_era.charts import theme
from deepseek_era.drawing import answers
from deepseek_era.errors import DataError
from deepseek_era.figure import format_figure
from deepseek_era.pages import columns, drawings, press
from deepseek_era.pages.galley import Galley
from deepseek_era.pages.markup_typst import as_json
from deepseek_era.pages.press import breakable
from deepseek_era.prose import code_spans, outside_code
from deepseek_era.provenance import RECALLED as MEMORY
from deepseek_era.tables import ROOT

TEMPLATES = ROOT / "report" / "template"
PARTS = {"paper": ("shared.typ", "paper.typ")}
"""Of which files the template of a document is made; of ``annex.typ`` where none is named."""
WIDTH_PT = 467.7  # 165 mm, a wide drawing at 0.65
HILL_PT = 204.0  # 72 mm; where a card has much to say, 62 mm, at which 8.2 pt are 7
SHORT_TABLE_PT = 380.0  # a table up to this tall does not break
OPENING_PT = 350.0  # exhibits that are taller together find no room on the page of a section's title
LOW_PT = 235.0  # of the paper: a third of a page; a lower exhibit stands where it is told
TRAILING_TABLE_PT = 120.0  # a table from this on may break where no prose follows
LINE_PT = 9.8  # from one line of a table to the next
LETTER_PT = 3.9  # mean width of a letter of 8 pt
TALLEST_PT = 600.0  # what a page holds beside the caption
LONG_ROW = 900  # letters, after which a row of a table may run over a page
SPLIT_ABOVE = 2400  # letters: a caption this long may run over a page
USED_IN = 10  # places named for a source in the list of sources
NUMBERS = Place("numbers", "the list of numbers on the web")  # where a source stands that only numbers name

BRIEF = 300  # letters of a source in a footnote; the list of sources has all
MOST_NUDGES = (
    4  # times that the paper is set anew on pages a hair shorter, where typst trips over a page's end
)
WHOLE = Edition()
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_ANCHOR = re.compile(r"[ \t]*\{#([\w-]+)\}$")


class Paper:
    """What the template shows, prepared from a report."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.view = prepared(report)
        self.galley = Galley(self.view)
        self.runs = self.galley.runs

    def data(self) -> dict[str, Any]:
        """Return everything that the template shows."""
        report, view = self.report, self.view
        summary = self.summary()
        exhibits = {name: self.exhibit(x) for name, x in report.exhibits.items()}
        sections = [self.section(part, exhibits) for part in view.sections]
        parts: dict[str, Any] = {
            "tokens": theme.TOKENS,
            "edition": asdict(report.edition),
            "key": [breakable(KEY)],
            "anchors": self._anchors(sections),
            "summary": summary,
            "sections": sections,
            **self.listing(),
            "exhibits": exhibits,
            "claims": [self.claim(claim) for claim in report.claims],
            "cards": [
                {"title": group.title, "cards": [self.card(card) for card in group.cards]}
                for group in view.cards
            ],
            "explorer": _explorer(view.beliefs),
            "parameters": [self.parameter(line) for line in view.parameters],
            "sources": [self.source(line) for line in view.sources],
            "basis": self.basis(),
            "scenarios": {
                "heads": list(view.scenario_heads),
                "rows": [[breakable(str(cell)) for cell in row] for row in view.scenario_rows],
            },
            "run": self.run(),
        }
        parts["prose"] = self.galley.converted()
        parts["figures"] = self.galley.figures
        return parts

    def run(self) -> dict[str, Any]:
        """Return which run this is."""
        run = self.report.run
        return {
            "title": run.scenario_title,
            "note": self.runs(run.scenario_note),
            "base": run.scenario in ("base", ""),
            "facts": _long_date(run.facts_to),
            "date": list(facts_date(self.report).timetuple()[:3]),
            "seed": str(run.seed),
            "draws": f"{run.draws:,}",
            "digest": run.digest[:12],
            "changed": [{k: breakable(str(v)) for k, v in row.items()} for row in run.changed],
        }

    def listing(self) -> dict[str, Any]:
        """Return the bands of names, the numbers beside them, the narrative cards and the marks of their answers."""
        report = self.report
        ink = theme.TOKENS["ink"]
        return {
            "marks": {
                family: {word: answers.svg(paths, ink) for word, paths in marks.items()}
                for family, marks in answers.FAMILIES.items()
            },
            "meanings": bands.meanings(report.listing),
            "counts": [asdict(count) for count in bands.counts(report.listing)],
            "bands": [
                {
                    "key": band.key,
                    "title": band.title,
                    "meaning": band.meaning,
                    "rows": [_row(row) for row in band.rows],
                }
                for band in bands.bands(report.listing)
            ],
            "stories": {
                key: {"row": _row(s.row), "head": s.head, "lines": [[a, breakable(b)] for a, b in s.lines]}
                for key, s in report.stories.items()
            },
        }

    # --- page 1 --------------------------------------------------------------------------------------------

    def summary(self) -> dict[str, Any]:
        """Return what opens the report."""
        s = self.report.summary
        return {"kicker": s.kicker, "title": s.title, "answer": self.runs(s.answer)}

    # --- sections ------------------------------------------------------------------------------------------

    def section(self, part: SectionView, exhibits: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """Return a section: title, dek, and what stands under them in order."""
        section, where = part.section, f"notebook {part.section.notebook}"
        dek = self.galley.prose(f"dek:{section.slug}", section.dek, where, section.refs)
        # the sources stand in the annex
        is_paper = self.report.edition.kind == "paper"
        with self.galley.without_notes() if is_paper else self.galley.noting():
            items = self._items(part, exhibits)
        return {
            "number": section.number,
            "slug": section.slug,
            "title": self.runs(section.title, where),
            "plain": self.galley.plain(section.title),
            "dek": dek,
            "calls": [_call(call) for call in part.calls],
            "items": items,
        }

    def _items(self, part: SectionView, exhibits: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        level = 1
        opening = 0.0  # points that exhibits take so far
        for i, block in enumerate(part.blocks):
            if block.kind == "prose":
                level = self._prose_items(part, i, block, level, items)
            elif block.kind == "output":
                items.append(self._output(self.report.outputs[block.text]))
            elif block.kind == "exhibit":
                entry = exhibits[block.text]
                items.append(self._exhibit_item(self.report.exhibits[block.text], entry, opening, items))
                opening += entry["height"]
            elif block.kind == "stories":
                items.append({"kind": "stories", "calls": block.text.split()})
            elif block.kind not in ("world", "questions"):  # which take a reader who can move it
                if block.kind == "explorer" and items and items[-1]["kind"] == "prose":
                    items[-1]["keep"] = True
                items.append({"kind": block.kind})
                level = max(level, 2)
        # with no prose left to flow round it, a float would stand at the foot of an empty page
        for item in reversed(items):
            if item["kind"] != "exhibit":
                break
            if item["at"] != "break":
                entry = exhibits[item["name"]]
                breaks = entry["svg"] is None and entry["height"] > TRAILING_TABLE_PT
                item["at"] = "break" if breaks else "here"
        return items

    def _exhibit_item(
        self, x: ExhibitView, entry: Mapping[str, Any], opening: float, items: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Return where an exhibit stands; its note goes to the prose before it, if there is any."""
        below = ""
        if x.note:
            key = self.galley.prose(f"note:{x.name}", x.note, f"exhibit {x.name}")
            if items and items[-1]["kind"] == "prose":
                items[-1]["notes"].append({"label": x.label, "anchor": x.anchor, "text": key})
            else:
                below = key
        # what floats to a page's head keeps its order; on the page of a section's title it goes to the foot
        low = opening + entry["height"] < OPENING_PT
        # nor does one stand at the head of the page on which the table before it comes to its end
        before = [item["at"] for item in items if item["kind"] == "exhibit"][-1:]
        at = "bottom" if low or before == ["break"] else "top"
        if self.report.edition.kind == "paper":
            at = "near" if entry["height"] > LOW_PT else "here"
        if entry["svg"] is None and not entry["short"]:
            at = "break"
        return {"kind": "exhibit", "name": x.name, "at": at, "note": below}

    def _prose_items(
        self, part: SectionView, at: int, block: Block, level: int, items: list[dict[str, Any]]
    ) -> int:
        """Add the headings and paragraphs of a block of prose; return the level of the last heading."""
        where = f"notebook {part.section.notebook}"
        for j, (depth, text) in enumerate(split_headings(block.text)):
            key = f"{part.section.slug}:{at}:{j}"
            if depth:
                level = min(max(depth, 2), level + 1)
                words, anchor = heading_anchor(text)
                with self.galley.without_notes():
                    self.galley.prose(key, words, where, block.refs)
                items.append({"kind": "heading", "level": level, "text": key, "anchor": anchor})
            else:
                self.galley.prose(key, text, where, block.refs)
                items.append({"kind": "prose", "text": key, "notes": [], "keep": False})
        return level

    def _output(self, x: Output) -> dict[str, Any]:
        """Return what a plain cell shows, as data for the template."""
        entry: dict[str, Any] = {"kind": "output", "what": x.kind, "alt": x.alt}
        if x.kind == "markdown":
            # what code wrote names no figures and opens no section of the paper
            text = outside_code(x.text, lambda part: _HEADING.sub(r"**\2**", part))
            self.galley.written(f"output:{x.name}", text, x.refs)
            return {"kind": "prose", "text": f"output:{x.name}", "notes": [], "keep": False}
        if x.kind == "text":
            entry["lines"] = [breakable(line.expandtabs(8)) for line in x.text.split("\n")]
        elif x.kind == "picture" and x.picture is not None:
            entry["picture"] = x.picture.name
        elif x.kind == "drawing":
            width, height = press.svg_size(x.svg, x.name)
            scale = min(0.65, WIDTH_PT / width, TALLEST_PT / height)
            entry |= {"svg": press.safe_svg(x.svg), "width": round(width * scale, 2)}
        else:
            entry |= _plain_table(x)
        return entry

    # --- exhibits ------------------------------------------------------------------------------------------

    def exhibit(self, x: ExhibitView) -> dict[str, Any]:
        """Return an exhibit: its words, and the drawing or the table.

        Raises
        ------
        DataError
            If it has a drawing and no alt text, or the drawing is no SVG.
        """
        alt = self.galley.plain(x.alt).strip()
        where = f"exhibit {x.name} in notebook {x.notebook}"
        entry: dict[str, Any] = {
            "label": x.label,
            "anchor": x.anchor,
            "title": self.galley.runs(x.title, where, marked=False),
            "plain": self.galley.plain(x.title),
            "subtitle": self.runs(x.subtitle, where),
            "source": self.runs(x.source, where),
            "sources": ranges(self.galley.numbers(x.sources)),
            "alt": alt,
            "split": len(x.title) + len(x.subtitle) + len(x.source) > SPLIT_ABOVE,
            "svg": None,
        }
        if not x.svg_wide:
            return entry | self._table(x, where)
        if not alt:
            raise DataError(f"{where}: its drawing has no alt text; say in a sentence what it shows")
        width, height = press.svg_size(x.svg_wide, x.name)
        scale = min(WIDTH_PT / width, TALLEST_PT / height)
        return entry | {
            "svg": press.safe_svg(x.svg_wide),
            "said": self.runs(x.views[0].said, where) if x.views else [],
            "width": round(width * scale, 2),
            "height": height * scale,
        }

    def _table(self, x: ExhibitView, where: str) -> dict[str, Any]:
        """Return a table exhibit in its declared columns, with how tall it stands and which rows may break."""
        texts = [
            ["" if c.kind in columns.DRAWN else self.galley.plain(_text(row.get(c.field))) for c in x.columns]
            for row in x.data
        ]
        widths = columns.shares(x.columns, texts, round(WIDTH_PT / LETTER_PT))
        weights = [round(width, 4) for width in widths]
        height, room = _table_height(texts, weights), _room(weights)
        align = {"glyph": "center", "number": "right"}
        first = x.columns[0].field if x.columns else ""
        claims = x.name == self.view.claims_table
        opens = () if self.report.edition.kind == "paper" else x.opens  # the paper keeps the lines alone
        opened = [cells.opened(row, opens) for row in x.data]
        letters = round(WIDTH_PT / LETTER_PT)
        height += LINE_PT * sum(1 + -(-len(part) // letters) for _, more in opened for part in more)
        return {
            "opened": [[self.runs(part, where) for part in printed(said, more)] for said, more in opened],
            "anchors": [f"claim-{row.get(first)}" if claims else "" for row in x.data],
            "columns": [
                {"header": c.header, "align": align.get(c.kind, c.align), "kind": c.kind, "weight": weight}
                for c, weight in zip(x.columns, weights, strict=True)
            ],
            "long": [sum(map(len, row)) > LONG_ROW for row in texts],
            "height": height,
            "short": height < SHORT_TABLE_PT,
            "rows": [
                [
                    fitted(self._cell(row.get(c.field), c.kind, where), letters)
                    for c, letters in zip(x.columns, room, strict=True)
                ]
                for row in x.data
            ],
        }

    def _cell(self, value: Any, kind: str, where: str) -> Any:
        if kind == "glyph":
            return str(value or "none")
        if kind == "strip":
            odds = cells.odds(value)
            if odds is None:
                return None
            lose, win = odds
            return [_share(lose), _share(max(0.0, 1 - lose - win)), _share(win)]
        return self.runs(cells.shown(value, kind), where)

    # --- claims and cards ----------------------------------------------------------------------------------

    def claim(self, claim: Claim) -> dict[str, Any]:
        """Return a row of the claims table."""
        return {
            "id": claim.id,
            "claim": self.runs(claim.claim),
            "verdict": claim.verdict.replace("-", " "),
            "finding": self.runs(claim.finding),
            "sources": self.galley.numbers(claim.sources.split(";")),
            "long": len(claim.said) + len(claim.claim) > LONG_ROW,
        }

    def card(self, view: cards.CardView) -> dict[str, Any]:
        """Return the card of a call."""
        peak = max([driver.share for driver in view.drivers] + [1e-9])
        formulas = [
            {
                "title": title,
                "text": self.galley.prose(f"eq:{view.id}:{i}", f"${latex.strip()}$", f"card {view.id}"),
            }
            for i, (title, latex) in enumerate(view.equations)
        ]
        hill = view.hill
        entry: dict[str, Any] = {
            "id": view.id,
            "name": view.name,
            "term": view.term,
            "side": view.side,
            "verdict": view.verdict,
            "words": self.runs(view.words),
            "sentence": self.runs(view.sentence),
            "estimates": [{**asdict(e), "words": self.runs(e.words)} for e in view.estimates],
            "alt": self.galley.plain(hill.words) if hill else "",
            "odds": list(view.odds),
            "drivers": [
                {"label": self.runs(d.label), "width": _share(d.share / peak), "text": d.text}
                for d in view.drivers[:4]
            ],
            "flips": [self.runs(text) for text in view.flips],
            "evidence": [
                {"side": e.side, "text": self.runs(e.text), "sources": self.galley.numbers(e.sources)}
                for e in view.evidence
            ],
            "ledger": self.runs(view.ledger),
            "points": self.runs(view.points),
            "weak": self.runs(" ".join(part for part in (view.weak, view.fragility) if part)),
            "contest": self.runs(view.contest),
            "market": self.runs(view.market),
            "outcomes": [
                {"text": self.runs(o.text), "sources": self.galley.numbers(o.sources)} for o in view.outcomes
            ],
            "formulas": formulas,
            "more": [self.galley.symbolic(line) for line in view.more],
            "sources": self.galley.numbers(view.sources),
        }
        drawing = press.printed_svg(drawings.hill(hill, ticks=79), HILL_PT, 8.2) if hill else ""
        return {**entry, "drawing": drawing}

    # --- end matter ----------------------------------------------------------------------------------------

    def parameter(self, line: ParameterRow) -> dict[str, Any]:
        """Return a row of the parameter table."""
        return {
            "id": breakable(line.id),
            "description": self.runs(line.description),
            "base": breakable(line.base),
            "range": line.range,
            "kind": line.kind,
            "changed": line.changed,
            "sources": self.galley.numbers(line.sources),
            "note": self.runs(line.note),
            "long": len(line.description + line.note) > LONG_ROW,
        }

    def source(self, line: SourceLine) -> dict[str, Any]:
        """Return an entry of the source list."""
        source, link = line.source, line.link or line.via_link
        return {
            "number": source.number,
            "title": breakable(source.title),
            "publisher": breakable(source.publisher),
            "brief": [breakable(_cut(text, BRIEF)) for text in (source.publisher, source.title)],
            "published": line.published,
            "via": [breakable(line.via)] if line.via else [],
            # the page says it in full
            "checked": "Original not opened." if "not opened" in source.checked else "",
            "kind": source.kind,
            "quality": source.quality,
            "recalled": line.recalled,
            "unchecked": line.recalled and source.id != MEMORY,  # whose name says so
            "url": link,
            "shown": breakable(re.sub(r"^https?://(www\.)?", "", link).rstrip("/")),
            "used": gathered(line.used[:USED_IN] or (NUMBERS,) * bool(source.figures)),
            "more": max(0, len(source.used_in) - USED_IN),
        }

    def basis(self) -> dict[str, Any]:
        """Return what the facts rest on: the account in words, the lists behind it, and how many corrections."""
        weak = [figure for figure in self.report.figures.values() if figure.id in self.report.weak]

        def named(ids: Sequence[str]) -> dict[str, Any]:
            numbers = self.galley.numbers(ids)
            return {"sources": numbers, "ids": "" if numbers else ", ".join(ids)}

        def words(**texts: str) -> dict[str, Any]:
            long = sum(map(len, texts.values())) > LONG_ROW // 3  # columns are narrow
            return {"long": long, **{name: [breakable(text)] for name, text in texts.items()}}

        return {
            "words": list(self.view.basis),
            "weak": [
                {**words(label=f.label), "value": format_figure(f, "value"), **named(f.sources)} for f in weak
            ],
            "unsettled": [
                {
                    **words(fact=row.fact, value=row.value, against=row.against, note=row.note),
                    "status": row.status,
                    "as_of": row.as_of,
                    **named(row.sources),
                }
                for row in self.view.unsettled
            ],
            "corrections": len(self.view.corrections),  # the page has them, and a file
        }

    def _anchors(self, sections: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
        """Return every place that a link can lead to: what the template labels."""
        placed = [item for section in sections for item in section["items"]]
        kinds = {item["kind"] for item in placed}
        shown = {item["name"] for item in placed if item["kind"] == "exhibit"}
        is_paper = self.report.edition.kind == "paper"
        anchors = [] if is_paper else ["end-appendix", "end-basis", "end-sources"]
        anchors += [part.anchor for part in self.view.sections]
        anchors += [item["anchor"] for item in placed if item.get("anchor")]
        anchors += [x.anchor for x in self.report.exhibits.values() if x.name in shown]
        if not is_paper:
            anchors += [f"source-{source.number}" for source in self.report.sources]
        told = [key for item in placed if item["kind"] == "stories" for key in item["calls"]]
        anchors += [f"card-{key}" for key in told if key in self.report.stories]
        if "cards" in kinds:
            anchors += [f"card-{card.id}" for card in self.report.cards]
        if "claims" in kinds or self.view.claims_table in shown:
            anchors += [f"claim-{claim.id}" for claim in self.report.claims]
        return dict.fromkeys(anchors, True)


# --- words -------------------------------------------------------------------------------------------------------


def _row(row: bands.Row) -> dict[str, Any]:
    chance = "" if row.p_came is None else cards.percent(row.p_came)
    names = ("id", "article", "band", "came", "word")
    return {
        **{name: getattr(row, name) for name in names},
        "name": breakable(row.name),
        "clause": breakable(row.reason.clause),
        "reason": breakable(row.reason.reason),
        "chance": chance,
    }


def _call(call: CallLink) -> dict[str, str]:
    return {"id": call.id, "name": call.name, "article": call.article}


def split_headings(text: str) -> list[tuple[int, str]]:
    """Return markdown cut at its headings: (depth, heading) and (0, prose), in order; code blocks stay whole."""
    fenced = code_spans(text)
    pieces: list[tuple[int, str]] = []
    end = 0
    for match in _HEADING.finditer(text):
        if any(start <= match.start() < stop for start, stop in fenced):
            continue
        pieces += [(0, text[end : match.start()]), (len(match.group(1)), match.group(2))]
        end = match.end()
    pieces.append((0, text[end:]))
    return [(depth, piece.strip()) for depth, piece in pieces if piece.strip()]


def heading_anchor(text: str) -> tuple[str, str]:
    """Return a heading's words and the anchor that it carries for links, if any."""
    found = _ANCHOR.search(text)
    return (text[: found.start()], found[1]) if found else (text, "")


def ranges(numbers: Sequence[int]) -> list[list[int]]:
    """Return sorted numbers as first and last of each unbroken run: 1, 2, 3, 7 gives 1 to 3 and 7 to 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return runs


def gathered(places: Sequence[Place]) -> list[dict[str, Any]]:
    """Return named places by their kind: ``Figure 4``, ``Table 1``, ``Figure 6`` as Figures 4, 6 and Table 1."""
    groups: dict[str, list[dict[str, str]]] = {}
    for place in places:
        word, _, number = place.label.partition(" ")
        groups.setdefault(word, []).append({"anchor": place.anchor, "text": number})
    return [{"word": word + "s" * (len(found) > 1), "places": found} for word, found in groups.items()]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def printed(said: str, more: Sequence[str]) -> list[str]:
    """Return what stands below a row on paper; a line that only names what can be opened has no place there.

    >>> printed("a sceptic’s choice · other versions", ["A sceptic’s choice turns it.", "Other versions do not."])
    ['A sceptic’s choice turns it.', 'Other versions do not.']
    >>> printed("Both came right", ["One rule."]), printed("Nothing to open", [])
    (['Both came right', 'One rule.'], [])
    """
    told = [part.lower() for part in more]
    named = all(any(part.startswith(name.lower()) for part in told) for name in said.split(" · "))
    return list(more) if named or not more else [said, *more]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return drawings.tick_text(float(f"{float(value):.4g}"))
    return str(value)


def _date(text: str) -> dt.date | None:
    for form in ("%Y-%m-%d", "%d %B %Y"):
        with contextlib.suppress(ValueError):
            return dt.datetime.strptime(text.strip(), form).date()
    return None


def _long_date(text: str) -> str:
    date = _date(text)
    return f"{date.day} {date:%B %Y}" if date else text


def facts_date(report: Report) -> dt.date:
    """Return the day up to which facts were known: the date that the file carries.

    Raises
    ------
    DataError
        If neither `facts_to` nor `vintage` of the run is a date.
    """
    date = _date(report.run.facts_to) or _date(report.run.vintage)
    if date is None:
        raise DataError(f"run {report.run.name}: facts_to {report.run.facts_to!r} is not a date (2026-11-20)")
    return date


# --- measures ----------------------------------------------------------------------------------------------------


def _share(value: float) -> float:
    return round(100 * min(max(value, 0.0), 1.0), 2)


def _natural_width(rows: Iterable[Sequence[str]]) -> float:
    """Return roughly how wide a table would stand with every cell in one line, in points."""
    letters = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return sum(1.15 * LETTER_PT * count + 10 for count in letters)


def _room(weights: Sequence[float]) -> list[int]:
    """Return how many letters a line of each column of a table holds."""
    total = sum(weights) or 1.0
    return [max(int((WIDTH_PT * w / total - 8) / LETTER_PT), 4) for w in weights]


def fitted(runs: Any, room: int) -> Any:
    """Return a cell in which a word longer than its column may break, with a hyphen."""
    if not isinstance(runs, list):
        return runs

    def loosen(match: re.Match[str]) -> str:
        return re.sub(rf"(\w{{{room - 1}}})(?=\w{{2}})", "\\1\u00ad", match.group(0))

    pattern = rf"[^\W\d_]{{{int(1.2 * room) + 1},}}"
    return [re.sub(pattern, loosen, run) if isinstance(run, str) else run for run in runs]


def _table_height(rows: Sequence[Sequence[str]], weights: Sequence[float]) -> float:
    """Return roughly how tall a table stands, in points: lines that wrap, and the space between rows."""
    room = _room(weights)
    lines = [
        max((-(-len(cell) // space) for cell, space in zip(row, room, strict=True)), default=1)
        for row in rows
    ]
    return sum(max(count, 1) * LINE_PT + 2 for count in lines)


def _plain_table(x: Output) -> dict[str, Any]:
    """Return the table of a plain cell, its columns as wide as their words ask."""
    numeric = [cells.is_numeric(row[i] for row in x.rows) for i in range(len(x.header))]
    kinds = tuple("number" if is_number else "text" for is_number in numeric)
    letters = round(WIDTH_PT / LETTER_PT)
    widths = columns.fitted(x.rows, x.header, kinds, (1.0,) * len(x.header), letters)
    room = _room(widths)

    def loose(row: Sequence[str]) -> list[str]:
        return [fitted([breakable(cell)], n)[0] for cell, n in zip(row, room, strict=True)]

    return {
        "widths": [round(width, 4) for width in widths],
        "narrow": _natural_width((x.header, *x.rows)) < WIDTH_PT,
        "right": numeric,
        "header": loose(x.header),
        "rows": [loose(row) for row in x.rows],
    }


def _explorer(found: beliefs.Beliefs | None) -> dict[str, Any] | None:
    """Return the beliefs behind the draws: a histogram for each driver, as the page shows it unfiltered."""
    if found is None:
        return None
    return {
        "drivers": [
            {
                "label": driver.label,
                "first": driver.first,
                "last": driver.last,
                "drawing": drawings.histogram(driver.counts, printed=theme.TOKENS["s4"]),
                "alt": f"Histogram of the draws of {driver.label}, from {driver.first} to {driver.last}.",
            }
            for driver in found.drivers
        ],
        "n": f"{found.draws:,}",
    }


# --- setting -----------------------------------------------------------------------------------------------------


def render_pdf(report: Report) -> bytes:
    """Return the whole report as one PDF (PDF/A-2a and PDF/UA-1), byte for byte the same for equal reports.

    Raises
    ------
    UserError
        For a token in prose that names nothing, a drawing without alt text or that is no SVG.
    """
    paper = Paper(report)
    data = paper.data()
    return set_pdf(data, facts_date(report), paper.galley.pictures(), report.edition)


def template(kind: str = "") -> bytes:
    """Return the template of a document, by its kind."""
    names = PARTS.get(kind, ("shared.typ", "annex.typ"))
    return b"\n".join((TEMPLATES / name).read_bytes() for name in names)


def set_pdf(
    data: Mapping[str, Any],
    date: dt.date,
    pictures: Mapping[str, bytes] | None = None,
    edition: Edition = WHOLE,
) -> bytes:
    """Return what the template makes of prepared data; a sign that no face has is named by its code point.

    Raises
    ------
    DataError
        For what typst refuses, in one line.
    """
    import typst

    undrawn: frozenset[str] = frozenset()
    tried = 0
    for _ in range(2 * MOST_NUDGES + 8):
        # first with cards that run over a page's end, at last with cards that do not
        form = {"nudge": tried % (MOST_NUDGES + 1), "whole_cards": tried > MOST_NUDGES}
        try:
            inputs = {"report": as_json(press.cleaned({**data, **form}, undrawn))}
            return press.pdf(template(edition.kind), inputs, date, pictures)
        except typst.TypstError as error:
            if press.torn(error) and tried < 2 * MOST_NUDGES + 1:
                tried += 1
                continue
            # an emoji or a script that no face has: name the character instead, and set the page again
            found = press.undrawn_in(error) - undrawn
            if not found:
                raise DataError(
                    f"{edition.pdf}: typst refuses the report: {press.first_lines(error)}"
                ) from None
            undrawn |= found
    raise DataError(f"{edition.pdf}: characters that no face can draw remain")
