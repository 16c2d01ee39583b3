"""The paper: a `Report` as one PDF, set by typst, accessible (PDF/UA-1) and archivable (PDF/A-2a).

How it looks is in ``report/template/report.typ``; this module prepares what the template shows and hands it over as
JSON, so text from data is data and never markup. Only prose and formulas become typst markup, through pandoc.
Equal reports give equal bytes: the date of the file is the date of the facts, the fonts come from the font wheels.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import re
import tempfile
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deepseek_era.book import cards
from deepseek_era.book.document import (
    Block,
    ExhibitView,
    MatrixRow,
    Output,
    Report,
    Section,
    SourceView,
)
from deepseek_era.book.references import NOTHING, Picture, Refs
from deepseek_era.charts import fonts, theme
from deepseek_era.errors import DataError
from deepseek_era.figure import Figure, format_figure, format_number
from deepseek_era.pages import columns, drawings
from deepseek_era.pages import html as page
from deepseek_era.pages.markup import kept_together, raw_inline
from deepseek_era.pages.markup_typst import as_json, call, to_typst
from deepseek_era.prose import Token, Vocabulary, code_spans, outside_code, substitute
from deepseek_era.tables import ROOT

TEMPLATE = ROOT / "report" / "template" / "report.typ"
STANDARDS: Any = ["a-2a", "ua-1"]
WIDTH_PT = 467.7  # 165 mm, a wide drawing at 0.65
HILL_PT = 204.0  # 72 mm; where a card has much to say, 62 mm, at which 8.2 pt are 7
SHORT_TABLE_PT = 380.0  # a table up to this tall does not break
OPENING_PT = 350.0  # exhibits that are taller together find no room on the page of a section's title
TRAILING_TABLE_PT = 120.0  # a table from this on may break where no prose follows
LINE_PT = 9.8  # from one line of a table to the next
LETTER_PT = 3.9  # mean width of a letter of 8 pt
TALLEST_PT = 600.0  # what a page holds beside the caption
LONG_WORD = 28  # letters, after which a word may break wherever it must
LONG_ROW = 900  # letters, after which a row of a table may run over a page
SPLIT_ABOVE = 2400  # letters: a card or caption this long may run over a page
USED_IN = 10  # places named for a source in the list of sources
NAME = 120  # letters of a name in the matrix on page 1; the card has all
BRIEF = 300  # letters of a source in a footnote; the list of sources has all
NOTED = 3  # sources behind one number in prose
_UNDRAWN = re.compile(r"the text [`\"]+(.+?)[`\"]+ could not be displayed", re.DOTALL)
_TORN = "tags weren't properly closed"
MOST_NUDGES = 4
"""How often the paper is set anew on pages a hair shorter, where typst trips over an end of a page."""
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_ANCHOR = re.compile(r"[ \t]*\{#([\w-]+)\}$")


# --- fonts and characters ----------------------------------------------------------------------------------


@functools.cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[str(fonts.folder())])


def _drawable(text: str, undrawn: frozenset[str]) -> str:
    """Return text without control characters; what no face can draw is named by its code point, if it can be seen."""
    odd: dict[int, str] = {}
    for letter in set(text):
        kind = unicodedata.category(letter)
        if (kind == "Cc" and letter not in "\n\t") or (letter in undrawn and kind in ("Cf", "Zl", "Zp")):
            odd[ord(letter)] = ""
        elif letter in undrawn or kind in ("Co", "Cs", "Cn"):
            odd[ord(letter)] = f"‹U+{ord(letter):04X}›"
    return text.translate(odd) if odd else text


def _breakable(text: str) -> str:
    """Return text in which long words may break: after a sign of an address or an id, else anywhere."""

    def loosen(match: re.Match[str]) -> str:
        word = re.sub(r"([/_.=&?;,:|-])(?=\w)", "\\1\u200b", match.group(0))
        return re.sub(rf"([^\u200b]{{{LONG_WORD}}})(?=[^\u200b])", "\\1\u200b", word)

    return re.sub(rf"\S{{{LONG_WORD},}}", loosen, text)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _cleaned(value: Any, undrawn: frozenset[str]) -> Any:
    if isinstance(value, str):
        return _drawable(value, undrawn)
    if isinstance(value, Mapping):
        return {str(k): _cleaned(v, undrawn) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(v, undrawn) for v in value]
    return value


# --- what the template shows ---------------------------------------------------------------------------------


def printed_svg(markup: str, width: float, size: float = 7.5) -> str:
    """Return a drawing of the page (`drawings`) for print: `width` points wide, with the colours it names."""
    height = float(re.search(r'height="([\d.]+)"', markup).group(1))  # type: ignore[union-attr]
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="Source Sans Pro" font-size="{size:g}" fill="{theme.TOKENS["ink3"]}"'
    )
    markup = re.sub(r"^<svg[^>]*", root, markup, count=1)
    return re.sub(r"var\(--(\w+)\)", lambda m: theme.TOKENS[m.group(1)], markup)


def _svg_size(svg: str, name: str) -> tuple[float, float]:
    try:
        root = ET.fromstring(svg)
    except ET.ParseError as error:
        raise DataError(f"exhibit {name}: its drawing is no SVG ({error})") from None
    box = (root.get("viewBox") or f"0 0 {root.get('width', '720')} {root.get('height', '300')}").split()
    return float(box[2]), float(box[3])


class Paper:
    """What the template shows, prepared from a report."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.words = Vocabulary(report.figures, report.phrases, report.exhibits)
        self._by_id: dict[str, SourceView] = {source.id: source for source in report.sources}
        self._figures: dict[str, dict[str, Any]] = {}
        self._phrases: dict[str, list[Any]] = {}
        self._noted: set[int] = set()
        self._in_prose = False
        self._markup: dict[str, tuple[str, Refs]] = {}

    # --- words ---------------------------------------------------------------------------------------------

    def runs(self, text: object, where: str = "text") -> list[Any]:
        """Return data text as runs: strings, and what its tokens stand for."""
        flat = " ".join(str(text if text is not None else "").split())
        found: list[Token] = []

        def keep(token: Token) -> str:
            found.append(token)
            return f"\x00{len(found) - 1}\x00"

        pieces = substitute(flat, self.words, keep, where, data=True).split("\x00")
        runs: list[Any] = []
        for i, piece in enumerate(pieces):
            if i % 2:
                runs += self._run(found[int(piece)])
            elif piece:
                runs.append(_breakable(kept_together(piece)))
        return runs

    def _run(self, token: Token) -> list[Any]:
        if token.exhibit is not None:
            return [{"ref": token.exhibit.anchor, "text": token.text}]
        if token.figure is None:
            return self.runs(token.phrase, f"phrase {token.id}")
        self._know(token.figure)
        return [{"num": token.id, "part": token.part}]

    def plain(self, text: object) -> str:
        """Return data text with its tokens as plain words."""
        flat = " ".join(str(text if text is not None else "").split())
        return substitute(flat, self.words, lambda token: token.text, "text", data=True)

    def _know(self, figure: Figure) -> None:
        if figure.id not in self._figures:
            self._figures[figure.id] = {
                "value": format_figure(figure, "value"),
                "interval": format_figure(figure, "interval"),
                "kind": figure.kind,
                "known": figure.value is not None,
                "weak": figure.id in self.report.weak,
            }

    def _write(self, token: Token) -> str:
        """Return a token of prose as a call that the template answers."""
        if token.exhibit is not None:
            return call("exref", token.exhibit.anchor, token.text)
        if token.figure is None:
            self._phrases[token.id] = self.runs(token.phrase, f"phrase {token.id}")
            return call("phrase", token.id)
        self._know(token.figure)
        numbers = self.source_numbers(token.figure.sources)[:NOTED]
        new = [n for n in numbers if n not in self._noted] if self._in_prose else []
        self._noted.update(new)
        return call("num", token.id, token.part, numbers if self._in_prose else [], new)

    def prose(self, key: str, text: str, where: str, refs: Refs = NOTHING) -> str:
        """Keep markdown for the one call of pandoc; return the key under which the template finds it."""
        if text and text.strip():
            prepared = substitute(text, self.words, lambda t: raw_inline(self._write(t), "typst"), where)
            self._markup[key] = (prepared, refs)
        return key

    @property
    def pictures(self) -> dict[str, bytes]:
        """The pictures of prose and outputs, by the names under which the template finds them."""
        cells = [refs for _, refs in self._markup.values()]
        found = [p for refs in cells for p in refs.pictures.values()]
        found += [x.picture for x in self.report.outputs.values() if x.picture is not None]
        return {p.name: _settable(p) for p in found}

    def source_numbers(self, ids: object) -> list[int]:
        """Return the numbers of the sources behind ids given as a list or as one text with separators."""
        listed = re.split(r"[;,\s]+", ids) if isinstance(ids, str) else list(ids or ())  # type: ignore[call-overload]
        return sorted({self._by_id[i].number for i in listed if i in self._by_id})

    # --- page 1 --------------------------------------------------------------------------------------------

    def summary(self) -> dict[str, Any]:
        """Return page 1."""
        s = self.report.summary
        head, colon, rest = self.plain(s.matrix_title).partition(":")
        asides = (
            ("What would change our mind.", s.change_mind),
            ("What we cannot see.", s.cannot_see),
            ("How to read.", s.how_to_read),
        )
        return {
            "kicker": s.kicker,
            "title": s.title,
            "answer": self.runs(s.answer),
            "keys": [
                {
                    "value": _number_and_unit(key.value)[0],
                    "unit": _number_and_unit(key.value)[1],
                    "interval": key.interval,
                    "kind": key.kind,
                    "weak": key.figure in self.report.weak,
                    "label": self.runs(key.label),
                    "low": _share(key.low_share),
                    "middle": _share(key.mid_share),
                    "high": _share(key.high_share),
                    "article": None if key.article_share is None else _share(key.article_share),
                }
                for key in s.keys
            ],
            "matrix_title": [head + colon, rest.strip()],
            "groups": self._matrix_groups(),
            "asides": [{"title": title, "text": self.runs(text)} for title, text in asides if text],
        }

    def _matrix_groups(self) -> list[dict[str, Any]]:
        groups: dict[tuple[str, str], list[MatrixRow]] = {}
        for row in self.report.summary.matrix:
            groups.setdefault((row.horizon, row.article if row.horizon != "both" else ""), []).append(row)
        order = {"short": 0, "long": 1, "both": 2}
        keyed = sorted(groups.items(), key=lambda item: order.get(item[0][0], 9))
        return [
            {
                "term": _term(horizon),
                "rest": f", the article says: {cards.SIDES.get(side, side)}" if side else "",
                "rows": [self._matrix_row(row) for row in rows],
            }
            for (horizon, side), rows in keyed
        ]

    def _matrix_row(self, row: MatrixRow) -> dict[str, Any]:
        return {
            "id": row.id,
            "name": _breakable(_cut(row.name, NAME)),
            "card": any(str(card.get("id")) == row.id for card in self.report.cards),
            "article": row.article,
            "market": row.market,
            "short": [row.short, row.horizon in ("short", "both")],
            "long": [row.long, row.horizon in ("long", "both")],
            "p": [_share(row.p_loser), _share(row.p_neutral), _share(row.p_winner)],
            "right": row.p_article,
            "grade": row.grade,
            "outcome": row.outcome.replace("-", " "),
            "one_sided": row.one_sided,
            "said": row.said,
        }

    # --- sections ------------------------------------------------------------------------------------------

    def sections(self, exhibits: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the sections: title, dek, and what stands under them in order."""
        rows = {row.id: row for row in self.report.summary.matrix}
        result = []
        for section in self.report.sections:
            self._noted = set()
            where = f"notebook {section.notebook}"
            self._in_prose = False
            dek = self.prose(f"dek:{section.slug}", section.dek, where, section.refs)
            self._in_prose = True
            calls = [
                {"id": i, "name": rows[i].name + _twin(rows[i], rows.values()), "article": rows[i].article}
                for i in section.calls
                if i in rows
            ]
            items = self._items(section, exhibits)
            self._in_prose = False
            result.append(
                {
                    "number": section.number,
                    "slug": section.slug,
                    "title": self.runs(section.title, where),
                    "plain": self.plain(section.title),
                    "dek": dek,
                    "calls": calls,
                    "items": items,
                }
            )
        return result

    def _items(self, section: Section, exhibits: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        blocks = list(section.blocks)
        placed = {block.kind for part in self.report.sections for block in part.blocks}
        if section.role == "claims" and "claims" not in placed and not self._claims_exhibit():
            blocks.append(Block("claims"))
        if section.role == "verdicts":
            blocks += [Block(kind) for kind in ("cards", "explorer") if kind not in placed]
        items: list[dict[str, Any]] = []
        level = 1
        opening = 0.0
        for i, block in enumerate(blocks):
            if block.kind == "prose":
                level = self._prose_items(section, i, block, level, items)
            elif block.kind == "output":
                items.append(self._output(self.report.outputs[block.text]))
            elif block.kind == "exhibit" and block.text in self.report.exhibits:
                exhibit = self.report.exhibits[block.text]
                below = ""
                if exhibit.note:
                    key = self.prose(f"note:{exhibit.name}", exhibit.note, f"exhibit {exhibit.name}")
                    if items and items[-1]["kind"] == "prose":
                        note = {"label": exhibit.label, "anchor": exhibit.anchor, "text": key}
                        items[-1]["notes"].append(note)
                    else:
                        below = key
                # what floats to a page's head keeps its order; on the page of a section's title it goes to the foot
                entry = exhibits[exhibit.name]
                at = "bottom" if opening + entry["height"] < OPENING_PT else "top"
                opening += entry["height"]
                if entry["svg"] is None and not entry["short"]:
                    at = "break"
                items.append({"kind": "exhibit", "name": exhibit.name, "at": at, "note": below})
            elif (
                (block.kind == "claims" and self.report.claims)
                or (block.kind == "cards" and self.report.cards)
                or (block.kind == "explorer" and self.report.explorer)
            ):
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

    def _prose_items(
        self, section: Section, at: int, block: Block, level: int, items: list[dict[str, Any]]
    ) -> int:
        """Add the headings and paragraphs of a block of prose; return the level of the last heading."""
        where = f"notebook {section.notebook}"
        for j, (depth, text) in enumerate(split_headings(block.text)):
            key = f"{section.slug}:{at}:{j}"
            if depth:
                level = min(max(depth, 2), level + 1)
                words, anchor = heading_anchor(text)
                self._in_prose = False
                self.prose(key, words, where, block.refs)
                self._in_prose = True
                items.append({"kind": "heading", "level": level, "text": key, "anchor": anchor})
            else:
                self.prose(key, text, where, block.refs)
                items.append({"kind": "prose", "text": key, "notes": [], "keep": False})
        return level

    def _output(self, x: Output) -> dict[str, Any]:
        """Return what a plain cell shows, as data for the template."""
        entry: dict[str, Any] = {"kind": "output", "what": x.kind, "alt": x.alt}
        if x.kind == "markdown":
            # what code wrote names no figures and opens no section of the paper
            text = outside_code(x.text, lambda part: _HEADING.sub(r"**\2**", part))
            self._markup[f"output:{x.name}"] = (text, x.refs)
            return {"kind": "prose", "text": f"output:{x.name}", "notes": [], "keep": False}
        if x.kind == "text":
            entry["lines"] = [_breakable(line.expandtabs(8)) for line in x.text.split("\n")]
        elif x.kind == "picture" and x.picture is not None:
            entry["picture"] = x.picture.name
        elif x.kind == "drawing":
            width, height = _svg_size(x.svg, x.name)
            scale = min(0.65, WIDTH_PT / width, TALLEST_PT / height)
            entry |= {"svg": _safe_svg(x.svg), "width": round(width * scale, 2)}
        else:
            kinds = [
                "number" if page._is_numeric(row[i] for row in x.rows) else "text"
                for i in range(len(x.header))
            ]
            widths = columns.fitted(
                x.rows, x.header, tuple(kinds), (1.0,) * len(x.header), round(WIDTH_PT / LETTER_PT)
            )
            room = _room(widths)
            entry |= {
                "widths": [round(width, 4) for width in widths],
                "narrow": _natural_width((x.header, *x.rows)) < WIDTH_PT,
                "right": [kind == "number" for kind in kinds],
                "header": [_fitted([_breakable(h)], n)[0] for h, n in zip(x.header, room, strict=True)],
                "rows": [
                    [_fitted([_breakable(c)], n)[0] for c, n in zip(row, room, strict=True)] for row in x.rows
                ],
            }
        return entry

    def _claims_exhibit(self) -> str:
        """Return the first table that has a row for every claim, or nothing: what the page links claims to."""
        claims = {str(row.get("id")) for row in self.report.claims}
        for name, x in self.report.exhibits.items():
            first = x.columns[0].field if x.columns else ""
            if claims and x.svg_wide is None and claims <= {str(row.get(first)) for row in x.data}:
                return name
        return ""

    # --- exhibits ------------------------------------------------------------------------------------------

    def exhibit(self, x: ExhibitView) -> dict[str, Any]:
        """Return an exhibit: its words, and the drawing or the table.

        Raises
        ------
        DataError
            If it has a drawing and no alt text, or the drawing is no SVG.
        """
        alt = self.plain(x.alt).strip()
        where = f"exhibit {x.name} in notebook {x.notebook}"
        entry: dict[str, Any] = {
            "label": x.label,
            "anchor": x.anchor,
            "title": self.runs(x.title, where),
            "plain": self.plain(x.title),
            "subtitle": self.runs(x.subtitle, where),
            "source": self.runs(x.source, where),
            "sources": ranges(self.source_numbers(x.sources)),
            "alt": alt,
            "split": len(x.title) + len(x.subtitle) + len(x.source) > SPLIT_ABOVE,
            "svg": None,
        }
        if x.svg_wide:
            if not alt:
                raise DataError(f"{where}: its drawing has no alt text; say in a sentence what it shows")
            width, height = _svg_size(x.svg_wide, x.name)
            scale = min(WIDTH_PT / width, TALLEST_PT / height)
            entry["svg"] = _safe_svg(x.svg_wide)
            entry["width"] = round(width * scale, 2)
            entry["height"] = height * scale
        else:
            table = self._claims_exhibit()
            entry["anchors"] = [
                f"claim-{row.get(x.columns[0].field)}" if x.name == table else "" for row in x.data
            ]
            texts = [
                ["" if c.kind in columns.DRAWN else self.plain(_text(row.get(c.field))) for c in x.columns]
                for row in x.data
            ]
            widths = columns.fitted(
                tuple(map(tuple, texts)),
                tuple(c.header for c in x.columns),
                tuple("number" if c.align == "right" else c.kind for c in x.columns),
                tuple(max(float(c.weight), 0.2) for c in x.columns),
                round(WIDTH_PT / LETTER_PT),
            )
            entry["columns"] = [
                {
                    "header": c.header,
                    "align": "center" if c.kind == "glyph" else "right" if c.kind == "number" else c.align,
                    "kind": c.kind,
                    "weight": round(width, 4),
                }
                for c, width in zip(x.columns, widths, strict=True)
            ]
            entry["long"] = [sum(map(len, row)) > LONG_ROW for row in texts]
            entry["height"] = _table_height(texts, [c["weight"] for c in entry["columns"]])
            entry["short"] = entry["height"] < SHORT_TABLE_PT
            room = _room([c["weight"] for c in entry["columns"]])
            entry["rows"] = [
                [
                    _fitted(self._cell(row.get(c.field), c.kind, where), letters)
                    for c, letters in zip(x.columns, room, strict=True)
                ]
                for row in x.data
            ]
        return entry

    def _cell(self, value: Any, kind: str, where: str) -> Any:
        if kind == "glyph":
            return str(value or "none")
        if kind == "strip":
            shares = (
                [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", str(value))] if value is not None else []
            )
            if not shares:
                return None
            lose, win = (shares[0], shares[-1]) if len(shares) > 1 else (0.0, shares[0])
            return [_share(lose), _share(max(0.0, 1 - lose - win)), _share(win)]
        text, number = page._cell(value)
        if number and kind == "number" and isinstance(value, float):
            text = format_number(value, "count", "observed")
        return self.runs(text, where)

    # --- claims and cards ----------------------------------------------------------------------------------

    def claims(self) -> list[dict[str, Any]]:
        """Return the rows of the claims table."""
        return [
            {
                "id": str(row.get("id")),
                "claim": self.runs(row.get("claim")),
                "verdict": str(row.get("verdict") or "").replace("-", " "),
                "finding": self.runs(row.get("finding_template") or row.get("finding")),
                "sources": self.source_numbers(row.get("sources")),
                "long": len(str(row.get("finding"))) + len(str(row.get("claim"))) > LONG_ROW,
            }
            for row in self.report.claims
        ]

    def call_cards(self) -> list[dict[str, Any]]:
        """Return the cards by horizon."""
        groups: dict[str, list[dict[str, Any]]] = {}
        calls = {str(row.get("id")): row for row in self.report.calls}
        for card in self.report.cards:
            view = cards.view(card, calls.get(str(card.get("id")), {}))
            effect = {**card, **(card.get("effect") or {})}
            plain = not (card.get("cells") or card.get("level"))  # the others neither win nor lose
            shares = [effect.get(f"p_{side}") for side in ("loser", "neutral", "winner")] if plain else []
            groups.setdefault(view.horizon, []).append(self._card(view, shares))
        return [{"title": _term(horizon), "cards": entries} for horizon, entries in groups.items()]

    def _card(self, view: cards.CardView, shares: Sequence[float | None]) -> dict[str, Any]:
        peak = max([driver.share for driver in view.drivers] + [1e-9])
        formulas = []
        for i, (title, latex) in enumerate(view.equations):
            key = self.prose(f"eq:{view.id}:{i}", f"${latex.strip()}$", f"card {view.id}")
            formulas.append({"title": title, "text": key})
        fragility = view.fragility[:1].upper() + view.fragility[1:] + "." if view.fragility else ""
        entry: dict[str, Any] = {
            "id": view.id,
            "name": view.name,
            "term": view.term,
            "side": view.side,
            "verdict": view.verdict,
            "words": self.runs(view.words),
            "sentence": self.runs(view.sentence),
            "estimates": [
                {
                    "title": e.title,
                    "value": e.value,
                    "interval": e.interval,
                    "words": self.runs(e.words),
                    "kind": e.kind,
                }
                for e in view.estimates
            ],
            "drawing": printed_svg(drawings.hill(view.hill, ticks=79), HILL_PT, 8.2) if view.hill else "",
            "alt": self.plain(view.hill.words) if view.hill else "",
            "odds": [cards.percent(share) for share in shares],
            "drivers": [
                {"label": self.runs(d.label), "width": _share(d.share / peak), "text": d.text}
                for d in view.drivers[:4]
            ],
            "flips": [self.runs(text) for text in view.flips],
            "evidence": [
                {"side": e.side, "text": self.runs(e.text), "sources": self.source_numbers(e.sources)}
                for e in view.evidence
            ],
            "weak": self.runs(" ".join(part for part in (view.weak, fragility) if part)),
            "contest": self.runs(view.contest),
            "market": self.runs(view.market),
            "outcomes": [
                {"text": self.runs(o.text), "sources": self.source_numbers(o.sources)} for o in view.outcomes
            ],
            "grade": view.grade,
            "pips": [
                [title, view.points[part]]
                for title, part in (
                    ("Evidence", "evidence"),
                    ("Judgement load", "judgement"),
                    ("Specifications", "specification"),
                )
                if part in view.points
            ],
            "formulas": formulas,
            "more": [self.runs(line) for line in view.more],
            "sources": self.source_numbers(view.sources),
        }
        entry["split"] = len(as_json({k: v for k, v in entry.items() if k != "drawing"})) > 3 * SPLIT_ABOVE
        return entry

    # --- end matter ----------------------------------------------------------------------------------------

    def explorer(self) -> dict[str, Any] | None:
        """Return the beliefs behind the draws: a histogram for each driver, as the page shows it unfiltered."""
        found = page._explorer(self.report)
        if found is None:
            return None
        drawn = []
        for driver in found["drivers"]:
            svg = re.sub(r'<rect class="kept"[^>]*/>', "", str(driver["drawing"]))
            svg = re.sub(
                r"^<svg[^>]*",
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 52" width="200" height="52" '
                'preserveAspectRatio="none"',
                svg,
            ).replace('<rect class="all"', f'<rect fill="{theme.TOKENS["s4"]}"')
            words = (
                f"Histogram of the draws of {driver['label']}, from {driver['first']} to {driver['last']}."
            )
            drawn.append({**driver, "drawing": svg, "alt": words})
        return {"drivers": drawn, "n": found["n_text"]}

    def parameters(self) -> list[dict[str, Any]]:
        """Return the rows of the parameter table."""
        rows = []
        for row in self.report.parameters:
            low, high = _text(row.get("low")), _text(row.get("high"))
            numbers = self.source_numbers(row.get("sources"))
            rows.append(
                {
                    "id": _breakable(str(row.get("id") or "")),
                    "description": self.runs(row.get("description")),
                    "base": _breakable(_text(row.get("base"))),
                    "range": page.span(low, high),
                    "kind": str(row.get("kind") or ""),
                    "changed": bool(row.get("changed")),
                    "sources": numbers,
                    "note": [] if numbers else self.runs(row.get("note")),
                    "long": len(_text(row.get("description")) + _text(row.get("note"))) > LONG_ROW,
                }
            )
        return rows

    def source(self, source: SourceView) -> dict[str, Any]:
        """Return an entry of the source list."""
        places = {x.anchor: x.label for x in self.report.exhibits.values()}
        places |= {f"section-{s.slug}": f"Section {s.number}" for s in self.report.sections}
        places |= {f"card-{c.get('id')}": f"card {c.get('id')}" for c in self.report.cards}
        places |= {f"claim-{c.get('id')}": f"claim {c.get('id')}" for c in self.report.claims}
        slugs = {s.slug: f"section-{s.slug}" for s in self.report.sections}
        link = page.address(source.url) or page.address(source.via_url)
        via = page.via_words(source)
        return {
            "number": source.number,
            "title": _breakable(source.title),
            "publisher": _breakable(source.publisher),
            "brief": [_breakable(_cut(text, BRIEF)) for text in (source.publisher, source.title)],
            "published": cards.date_words(source.published),
            "via": [_breakable(via)] if via else [],
            # the page says it in full
            "checked": "Original not opened." if "not opened" in source.checked else "",
            "kind": source.kind,
            "quality": source.quality,
            "recalled": source.read == "recalled",
            "url": link,
            "shown": _breakable(re.sub(r"^https?://(www\.)?", "", link).rstrip("/")),
            "used": _gathered(
                [(a, places[a]) for a in (slugs.get(a, a) for a in source.used_in) if a in places][:USED_IN]
            ),
            "more": max(0, len(source.used_in) - USED_IN),
        }

    def basis(self) -> dict[str, Any]:
        """Return what the facts rest on: the account in words, and the three lists behind it."""
        report = self.report
        weak = [figure for figure in report.figures.values() if figure.id in report.weak]
        unsettled = report.basis.unsettled if report.basis else ()
        made = report.basis.corrections if report.basis else ()
        # names, dates and addresses of sources show in the list of sources; the page has these corrections too
        corrections = [row for row in made if not row["place"].startswith("sources ")]

        def named(ids: Sequence[str]) -> dict[str, Any]:
            numbers = self.source_numbers(ids)
            return {"sources": numbers, "ids": "" if numbers else ", ".join(ids)}

        def words(**texts: str) -> dict[str, Any]:
            long = sum(map(len, texts.values())) > LONG_ROW // 3  # columns are narrow
            return {"long": long, **{name: [_breakable(text)] for name, text in texts.items()}}

        return {
            "words": page.basis_words(report),
            "weak": [
                {**words(label=f.label), "value": format_figure(f, "value"), **named(f.sources)} for f in weak
            ],
            "unsettled": [
                {
                    **words(**{name: row[name] for name in ("fact", "value", "against", "note")}),
                    "status": row["status"],
                    "as_of": cards.date_words(row["as_of"], short=True),
                    **named(row["sources"]),
                }
                for row in unsettled
            ],
            "corrections": [
                {
                    **words(**{k: row.get(f"{k}_brief", row[k]) for k in ("place", "old", "new", "why")}),
                    **named([row["source"]]),
                }
                for row in corrections
            ],
            "mended": len(made) - len(corrections),
        }

    def _anchors(self, sections: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
        """Return every place that a link can lead to: what the template labels."""
        placed = [item for section in sections for item in section["items"]]
        kinds = {item["kind"] for item in placed}
        shown = {item["name"] for item in placed if item["kind"] == "exhibit"}
        anchors = ["end-appendix", "end-basis", "end-sources"]
        anchors += [f"section-{section['slug']}" for section in sections]
        anchors += [item["anchor"] for item in placed if item.get("anchor")]
        anchors += [x.anchor for x in self.report.exhibits.values() if x.name in shown]
        anchors += [f"source-{source.number}" for source in self.report.sources]
        if "cards" in kinds:
            anchors += [f"card-{card.get('id')}" for card in self.report.cards]
        if "claims" in kinds or self._claims_exhibit() in shown:
            anchors += [f"claim-{claim.get('id')}" for claim in self.report.claims]
        return dict.fromkeys(anchors, True)

    def data(self) -> dict[str, Any]:
        """Return everything that the template shows."""
        report, run = self.report, self.report.run
        summary = self.summary()
        exhibits = {name: self.exhibit(x) for name, x in report.exhibits.items()}
        sections = self.sections(exhibits)
        scenario_fields = list(dict.fromkeys(key for row in report.scenarios for key in row))
        parts: dict[str, Any] = {
            "tokens": theme.TOKENS,
            "anchors": self._anchors(sections),
            "summary": summary,
            "sections": sections,
            "exhibits": exhibits,
            "claims": self.claims(),
            "cards": self.call_cards(),
            "explorer": self.explorer(),
            "parameters": self.parameters(),
            "sources": [self.source(s) for s in report.sources],
            "basis": self.basis(),
            "scenarios": {
                "heads": [f.replace("_", " ").capitalize() for f in scenario_fields],
                "rows": [
                    [_breakable(str(row.get(f, ""))) for f in scenario_fields] for row in report.scenarios
                ],
            },
            "run": {
                "title": run.scenario_title,
                "note": self.runs(run.scenario_note),
                "base": run.scenario in ("base", ""),
                "facts": _long_date(run.facts_to),
                "date": list(facts_date(report).timetuple()[:3]),
                "seed": str(run.seed),
                "draws": f"{run.draws:,}",
                "digest": run.digest[:12],
                "changed": [{k: _breakable(str(v)) for k, v in row.items()} for row in run.changed],
            },
        }
        keys = list(self._markup)
        converted = to_typst([self._markup[key][0] for key in keys], [self._markup[key][1] for key in keys])
        parts["prose"] = dict(zip(keys, converted, strict=True))
        parts["figures"] = self._figures
        parts["phrases"] = self._phrases
        return parts


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


def _natural_width(rows: Iterable[Sequence[str]]) -> float:
    """Return roughly how wide a table would stand with every cell in one line, in points."""
    letters = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return sum(1.15 * LETTER_PT * count + 10 for count in letters)


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


def _room(weights: Sequence[float]) -> list[int]:
    """Return how many letters a line of each column of a table holds."""
    total = sum(weights) or 1.0
    return [max(int((WIDTH_PT * w / total - 8) / LETTER_PT), 4) for w in weights]


def _fitted(runs: Any, room: int) -> Any:
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


def _share(value: Any) -> float:
    return round(100 * min(max(float(value or 0.0), 0.0), 1.0), 2)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return drawings.tick_text(float(f"{float(value):.4g}"))
    return str(value)


def _number_and_unit(text: str) -> tuple[str, str]:
    """Return ``0.9`` and ``years`` for ``0.9 years``; words without a number stay together."""
    found = re.match(r"(\S*\d\S*) ([^\d]+)$", text)
    return (found.group(1), found.group(2)) if found else (text, "")


def _term(horizon: str) -> str:
    return cards.TERMS.get(horizon, horizon or "Calls")


def _twin(row: MatrixRow, rows: Iterable[MatrixRow]) -> str:
    return f", {row.horizon}" if sum(other.name == row.name for other in rows) > 1 else ""


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


def _gathered(places: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return named places by their kind: ``Figure 4``, ``Table 1``, ``Figure 6`` as Figures 4, 6 and Table 1."""
    groups: dict[str, list[dict[str, str]]] = {}
    for anchor, label in places:
        word, _, number = label.partition(" ")
        groups.setdefault(word, []).append({"anchor": anchor, "text": number})
    return [{"word": word + "s" * (len(found) > 1), "places": found} for word, found in groups.items()]


def _safe_svg(svg: str) -> str:
    """Return the SVG without what a PDF may not hold: scripts, handlers, foreign markup."""
    svg = re.sub(r"<script\b.*?</script>|<foreignObject\b.*?</foreignObject>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\s(?:xlink:)?href="(?!#|data:image/)[^"]*"', "", svg)
    return re.sub(r'\son\w+="[^"]*"', "", svg)


def _settable(picture: Picture) -> bytes:
    if picture.kind != "svg":
        return picture.data
    return _safe_svg(picture.data.decode("utf-8", "replace")).encode()


def unsettable(pictures: Iterable[Picture]) -> list[str]:
    """Return the names of the pictures that typst cannot read."""
    import typst

    broken = []
    for picture in pictures:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / picture.name).write_bytes(_settable(picture))
            source = f'#set document(title: "x")\n#set text(lang: "en")\n#image("/{picture.name}", alt: "x")'
            try:
                made = typst.Compiler(
                    source.encode(), root=folder, font_paths=_fonts(), ignore_system_fonts=True
                )
                made.compile(
                    format="pdf", pdf_standards=STANDARDS, timestamp=dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
                )
            except typst.TypstError:
                broken.append(picture.name)
    return broken


# --- typst ---------------------------------------------------------------------------------------------------


def _compile(data: dict[str, Any], root: str | None = None) -> bytes:
    import typst

    year, month, day = data["run"]["date"]
    compiler = typst.Compiler(
        TEMPLATE.read_bytes(),
        root=root,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"report": as_json(data)},
    )
    made: Any = compiler.compile(
        format="pdf",
        pdf_standards=STANDARDS,
        timestamp=dt.datetime(year, month, day, tzinfo=dt.UTC),
    )
    return bytes(made)


def render_pdf(report: Report) -> bytes:
    """Return the whole report as one PDF (PDF/A-2a and PDF/UA-1), byte for byte the same for equal reports.

    Raises
    ------
    UserError
        For a token in prose that names nothing, a drawing without alt text or that is no SVG.
    """
    paper = Paper(report)
    prepared = paper.data()
    with contextlib.ExitStack() as held:
        root = None
        if pictures := paper.pictures:
            root = held.enter_context(tempfile.TemporaryDirectory())
            for name, data in pictures.items():
                (Path(root) / name).write_bytes(data)
        return _set(prepared, root)


def _set(prepared: dict[str, Any], root: str | None) -> bytes:
    import typst

    undrawn: frozenset[str] = frozenset()
    nudge = 0
    for _ in range(8):
        try:
            return _compile(_cleaned({**prepared, "nudge": nudge}, undrawn), root)
        except typst.TypstError as error:
            # a fault of typst's own: a paragraph that a page's end cuts at an unlucky line cannot be tagged. Pages that
            # are a hair shorter cut it elsewhere
            if _TORN in str(error.diagnostic) and nudge < MOST_NUDGES:
                nudge += 1
                continue
            # an emoji or a script that no face has: name the character instead, and set the page again
            # (typst names the whole cluster: the letter before a sign that is missing is not missing itself, and
            # a bracket taken out of the markup would break it; invisible signs it writes as escapes)
            named = "".join(_UNDRAWN.findall(error.diagnostic))
            named = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), named)
            found = frozenset(letter for letter in named if not letter.isascii()) - undrawn
            if not found:
                raise DataError(f"report.pdf: typst refuses the report: {_first_line(error)}") from None
            undrawn |= found
    raise DataError("report.pdf: characters that no face can draw remain")


def _first_line(error: Exception) -> str:
    text = str(getattr(error, "diagnostic", "") or error)
    return " ".join(line.strip() for line in text.splitlines()[:3])
