"""The page: a `Report` as one HTML file that asks nothing of the network.

The markup is in ``report/template/``: ``paper.html``, ``page.html`` for the annex, ``parts.html`` for both; its look in
``page.css``, its behaviour in ``page.js``; what it says comes from `book.view`. This module prepares what only a page
has: links and their targets, what moves, what folds out.
Text from data is escaped by the template engine; prose comes from `prose`. Equal reports give equal bytes: no clock, no
chance.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from deepseek_era.book import bands, beliefs, cards, cells
from deepseek_era.book.document import Control, ExhibitView, Picked, Report, SourceView
from deepseek_era.book.references import Refs
from deepseek_era.book.stories import Story
from deepseek_era.book.view import KEY, Place, SectionView, SourceLine, View, prepared
from deepseek_era.charts.base import Column
from deepseek_era.drawing import answers
from deepseek_era.figure import KINDS, THIN, Figure, format_figure
from deepseek_era.pages import columns, drawings, fonts, glossary, live, share, sheet
from deepseek_era.pages.markup import escape, kept_together, raw_inline, to_html
from deepseek_era.pages.once import once
from deepseek_era.prose import Token, substitute
from deepseek_era.provenance import RECALLED as MEMORY
from deepseek_era.verdicts import rule
from deepseek_era.words import capital, counted, lowered

_GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "eps": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "varsigma": "ς",
    "tau": "τ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
}
"""Letters of symbols by their names."""
_SYMBOL = re.compile(r"[A-Za-z]+_\w+")

UNDERLINE = {"observed": "obs", "published": "pub", "modelled": "mod", "judgement": "jdg"}
SHOWN_SOURCES = 3  # behind one number, where the paper tells what stands behind it
SLIDER_STEPS = 240  # of a belief slider: ten to a histogram bin
_HEAD_SCRIPT = (
    'try{const t=localStorage.getItem("theme");document.documentElement.dataset.theme=t==="dark"||t==="light"?t:'
    'matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light"}catch{}'
)
SHORT_CELL = 18  # letters
LONG_FORMULA = 34  # characters of TeX that may not fit a phone
_LONG_WORD = re.compile(r"(\S{17,})")  # may break after a sign, so that its column does not grow
_NAME = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)")
# an interval or a date, with the sign after it: never broken at a line's end
_WHOLE = re.compile(
    r"(?:\((?=[^()]*\d)[^(){}<>&]{1,16}(?:–| to )[^(){}<>&]{1,16}\)"
    r"|(?<![\d(])\d[\d.,]*–\d[\d.,]*\d%?"
    r"|\b\d{4}-\d\d(?:-\d\d)?\b(?![-/\w]))[,;:.]?"
)
_FORMULA = re.compile(
    r'<math display="(inline|block)".*?<annotation encoding="application/x-tex">(.*?)</annotation>.*?</math>',
    re.DOTALL,
)


@functools.cache
def _bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script; bundling takes seconds, so the result is kept."""
    import vl_convert

    def bundled() -> bytes:
        logging.disable()  # the bundler counts its passes there, as errors
        try:
            return vl_convert.javascript_bundle().encode()  # type: ignore[call-arg]
        finally:
            logging.disable(logging.NOTSET)

    version = importlib.metadata.version("vl-convert-python")
    made = once(f"vega-{version}.js", bundled)
    return made.decode().replace("</script", "<\\/script")


def _scrolling_formulas(html: str) -> str:
    """Return prose in which a long formula scrolls within its own box, reachable by keyboard."""

    def wrap(match: re.Match[str]) -> str:
        if len(match.group(2)) <= LONG_FORMULA:
            return match.group(0)
        kind = "inline" if match.group(1) == "inline" else "block"
        return f'<span class="formula {kind}" tabindex="0" role="group" aria-label="Formula">{match.group(0)}</span>'

    return _FORMULA.sub(wrap, html)


def underline(kind: str) -> str:
    """Return the class that underlines a number of this kind."""
    return UNDERLINE.get(kind, "mod")


def _unbroken(value: str) -> str:
    """Return a number and its unit as HTML that no line's end parts, unless the unit is a long one."""
    return f"<b>{escape(value)}</b>" if " " in value and len(value) <= SHORT_CELL else escape(value)


# --- what the template shows ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Placed:
    """An exhibit with the table of its data: columns of numbers, cells of every row; and its sliders."""

    view: ExhibitView
    numeric: frozenset[str]
    cells: tuple[tuple[Markup, ...], ...]
    controls: tuple[Control, ...]


@dataclass(frozen=True)
class CardOnPage:
    """A card with its drawing and its formulas as HTML."""

    view: cards.CardView
    tone: str
    drawing: Markup
    drivers: tuple[tuple[cards.DriverView, float], ...]
    """Each with its width in percent."""
    formulas: tuple[tuple[str, Markup], ...]


@dataclass(frozen=True)
class Number:
    """A number in the list of all numbers, and the place that it leads to."""

    figure: Figure
    value: str
    interval: str
    weak: bool
    place: Place | None


class Page:
    """What the template shows, prepared from a report."""

    percent = staticmethod(cards.percent)
    date = staticmethod(cards.date_words)
    underline = staticmethod(underline)
    packed = staticmethod(sheet.packed)
    font_licence = fonts.LICENCE
    slider_steps = SLIDER_STEPS

    def __init__(self, report: Report) -> None:
        self.report = report
        self.edition = report.edition
        self.is_paper = report.edition.kind == "paper"
        self.view: View = prepared(report)
        self.words = self.view.words
        self._targets = self._figure_targets()
        self._named: set[str] = set()
        self.kept: dict[str, str] = {}
        self._markdown = self._convert()
        self.terms = self._explain()
        self.exhibits = {name: self._exhibit(x) for name, x in report.exhibits.items()}
        self.bands = bands.bands(report.listing)
        self.counts = bands.counts(report.listing)
        self.cards = [(g.title, [self._card(c) for c in g.cards]) for g in self.view.cards]
        self.numbers = [] if self.is_paper else [self._number_line(f) for f in report.figures.values()]
        self.moving = [
            (x.name, Markup(sheet.as_json(_live_spec(x.live)))) for x in report.exhibits.values() if x.live
        ]
        run = "" if report.run.scenario in ("base", "") else f": {report.run.scenario_title}"
        of = ", the annex" if report.edition.kind == "annex" else ""
        self.document_title = f"{report.summary.title}{of}{run}"
        self.imprint = share.imprint()
        self.named = share.named(report)
        self.to_others = share.head(report, self.imprint, self.document_title, self.description)
        self.cited = share.in_words(report, self.imprint)
        self.own_tables = share.own_tables()
        self.about = share.about(report, self.imprint)
        self.run_note = bool(report.run.changed) or report.run.scenario not in ("base", "")
        width = max((len(x.data_columns) for x in report.exhibits.values()), default=0)
        fields = {name: x.field for name, x in report.exhibits.items() if x.field}
        self.world = live.script(report.world, fields) if report.world else ""
        styles = ("page.css", "finding.css", *(["world.css"] if self.world or report.questions else []))
        self.css = Markup(sheet.css(*styles) + _numeric_columns(width))
        names = ("page.js", "finding.js", *(["calls.js"] if report.questions else []))
        files = (sheet.TEMPLATES / name for name in names)
        script = "".join(file.read_text(encoding="utf-8") for file in files).replace("</", "<\\/")
        self.scripts = [Markup(_HEAD_SCRIPT), Markup(script), *([Markup(_bundle())] if self.moving else [])]
        woken = [self.world] if self.world else []
        self.policy = sheet.policy(self.css, [*self.scripts, *woken], images="data: blob:")

    # --- words ---------------------------------------------------------------------------------------------

    def _write(self, token: Token) -> str:
        """Return a token as HTML: a number underlined by kind, words in the place of one, or a link to an exhibit."""
        if token.exhibit is not None:
            return f'<a href="{escape(self.href(token.exhibit.anchor))}">{escape(token.text)}</a>'
        if token.figure is None:
            return escape(token.words)
        return self._number(token.figure, token.part)

    def _number(self, figure: Figure, part: str = "full") -> str:
        kind = underline(figure.kind)
        if figure.value is None:
            text, kind = escape(format_figure(figure, part)), f"{kind} none"
        elif part == "full":
            value, interval = format_figure(figure, "value"), format_figure(figure, "interval")
            text = _unbroken(value) + (f" <span>{escape(interval)}</span>" if interval else "")
        elif part == "interval":
            text = f"<span>{escape(format_figure(figure, part))}</span>"
        else:
            text = _unbroken(format_figure(figure, part))
        return self._link(figure.id, f"num {kind}", text)

    def _link(self, figure: str, kind: str, text: str) -> str:
        """Return a number's link to where it stands, with the mark of one that rests on weak sources."""
        target = "" if self.is_paper else self._targets.get(figure)
        self._named.add(figure)
        if self.is_paper and not self.edition.other:  # the lists of numbers and sources were not made
            return f'<span class="{kind}">{text}</span>'
        href = escape(self.href(target or f"n-{figure}"))
        link = f'<a class="{kind}" href="{href}" data-n="{escape(figure)}">{text}</a>'
        return link + self._weak_mark(figure)

    def href(self, anchor: str) -> str:
        """Return the address of a place: in this document, else in the other one."""
        if "#" in anchor:
            return anchor
        far = self.is_paper and self.edition.other and anchor not in self.view.places
        return f"{self.edition.other_page if far else ''}#{anchor}"

    def _weak_mark(self, figure: str) -> str:
        """Return the mark of a number that rests on weak or recalled sources alone; it leads to the account of it."""
        if figure not in self.report.weak:
            return ""
        return (
            f'<a class="ref weak" href="{escape(self.href("basis"))}" aria-label="‡ weak source">{THIN}‡</a>'
        )

    def inline(self, text: str) -> Markup:
        """Return data text as HTML: escaped, then its tokens replaced."""
        whole = _WHOLE.sub(r'<span class="nb">\g<0></span>', escape(kept_together(text or "")))
        return Markup(substitute(whole, self.words, self._write, "text", data=True))

    def plain(self, text: str) -> str:
        """Return data text with its tokens replaced by plain words."""
        return self.view.plain(text)

    def md(self, key: str) -> Markup:
        """Return prose that was converted under this key."""
        return Markup(self._markdown.get(key, ""))

    def _convert(self) -> dict[str, str]:
        texts: dict[str, tuple[str, str, Refs]] = {}
        for part in self.view.sections:
            section, where = part.section, f"notebook {part.section.notebook}"
            texts[f"dek:{section.slug}"] = (section.dek, where, section.refs)
            for i, block in enumerate(part.blocks):
                if block.kind == "prose":
                    texts[f"{section.slug}:{i}"] = (block.text, where, block.refs)
        for x in self.report.exhibits.values():
            where = f"exhibit {x.name} in notebook {x.notebook}"
            texts[f"how:{x.name}"] = (x.how, where, Refs())
            texts[f"note:{x.name}"] = (x.note, where, Refs())
        for card in (card for group in self.view.cards for card in group.cards):
            for i, (_, latex) in enumerate(card.equations):
                texts[f"eq:{card.id}:{i}"] = (f"$${latex}$$", f"card {card.id}", Refs())
        texts = {key: found for key, found in texts.items() if found[0] and found[0].strip()}
        ready = [
            substitute(text, self.words, lambda t: raw_inline(self._write(t), "html"), where)
            for text, where, _ in texts.values()
        ]
        # what code wrote as markdown names no figures: it is taken as it is
        written = [x for x in self.report.outputs.values() if x.kind == "markdown"]
        converted = to_html(
            [*ready, *(x.text for x in written)],
            [*(refs for _, _, refs in texts.values()), *(x.refs for x in written)],
        )
        keys = [*texts, *(f"output:{x.name}" for x in written)]
        return dict(zip(keys, map(_scrolling_formulas, converted), strict=True))

    def _explain(self) -> list[glossary.Term]:
        """Mark the terms in the running text of each section, and return those that were found."""
        known, found = glossary.terms(), set[str]()
        for part in self.view.sections:
            seen: set[str] = set()
            slug = part.section.slug
            for key in (f"{slug}:{i}" for i in range(len(part.blocks))):
                if key in self._markdown:
                    self._markdown[key] = glossary.marked(self._markdown[key], known, seen)
            found |= seen
        return glossary.listed(known, found)

    # --- where things are ----------------------------------------------------------------------------------

    def _figure_targets(self) -> dict[str, str]:
        """Return where each number leads: the exhibit that names it, else the next exhibit of its section."""
        targets: dict[str, str] = {}
        for x in self.report.exhibits.values():
            for text in (x.title, x.subtitle, x.source, x.how, x.note):
                for name in _NAME.findall(text or ""):
                    targets.setdefault(name, x.anchor)
        for part in self.view.sections:
            nearest = part.anchor
            waiting: list[str] = _NAME.findall(part.section.dek)
            for block in part.blocks:
                if block.kind == "exhibit":
                    nearest = self.report.exhibits[block.text].anchor
                    targets |= {name: nearest for name in waiting if name not in targets}
                    waiting = []
                elif block.kind == "prose":
                    waiting += _NAME.findall(block.text)
            targets |= {name: nearest for name in waiting if name not in targets}
        return {name: target for name, target in targets.items() if name in self.report.figures}

    def source_refs(self, ids: Iterable[str]) -> Markup:
        """Return links to the numbered sources behind these ids, runs as ranges; what is no source is left out."""
        runs: list[list[SourceView]] = []
        for source in self.view.numbered(ids):
            joins = runs and runs[-1][-1].number == source.number - 1
            # a recalled source stands alone, so that its dagger shows
            if joins and source.read == runs[-1][-1].read == "read":
                runs[-1].append(source)
            else:
                runs.append([source])
        links = []
        for run in runs:
            for part in [run] if len(run) > 2 else [[source] for source in run]:
                first, last = part[0], part[-1]
                mark = "†" if first.read == "recalled" else ""
                text = f"{first.number}{mark}" + (f"–{last.number}" if len(part) > 1 else "")
                links.append(f' <a class="ref" href="{self.href(f"src-{first.number}")}">[{text}]</a>')
        return Markup("".join(links))

    def count(self, number: int) -> str:
        """Return a whole number with thousands parted."""
        return f"{number:,}"

    @property
    def contents(self) -> list[Place]:
        """The parts of the page, the belief explorer among them."""
        found = []
        for part in self.view.sections:
            title = self.plain(part.section.title)
            if self.is_paper:
                found += [Place(part.anchor, title)] if part.section.number else []
                continue
            found.append(Place(part.anchor, f"{part.section.number} {title}"))
            if any(block.kind == "explorer" for block in part.blocks):
                found.append(Place("beliefs", "Your own beliefs"))
        if self.is_paper:
            return found
        return [*found, Place("data", "Data and parameters"), Place("sources", "Sources")]

    @property
    def lead(self) -> SectionView | None:
        """What opens the paper: its title, the answer, and what leads into the chapters; None in another document."""
        first = self.view.sections[0] if self.is_paper and self.view.sections else None
        return first if first and not first.section.number else None

    @property
    def heading(self) -> Markup:
        """The title of the first screen."""
        return self.inline(self.lead.section.title if self.lead else self.report.summary.title)

    @property
    def leading(self) -> Markup:
        """What follows the answer on the first screen."""
        if self.lead is None:
            return Markup("")
        slug, blocks = self.lead.section.slug, self.lead.blocks
        texts = [self.md(f"{slug}:{i}") for i, block in enumerate(blocks) if block.kind == "prose"]
        return Markup("".join(f'<div class="lead">{text}</div>' for text in texts))

    @property
    def description(self) -> str:
        """The answer in plain words, for who finds the page elsewhere."""
        return self.plain(self.lead.section.dek if self.lead else self.report.summary.answer)

    @property
    def key(self) -> Markup:
        """How to read a number, each kind with its line."""
        words = str(escape(KEY))
        for kind in KINDS:
            words = words.replace(kind, f'<span class="tag {underline(kind)}">{kind}</span>', 1)
        return Markup(words)

    def twin(self, x: ExhibitView) -> Place | None:
        """Return where an exhibit stands in the other document; None where it does not."""
        label = self.edition.beyond.get(x.anchor)
        if label is None:
            return None
        text = f"{label} of the annex, with how it is computed" if self.is_paper else f"{label} of the paper"
        return Place(f"{self.edition.other_page}#{x.anchor}", text)

    @property
    def known(self) -> Markup:
        """What stands behind the numbers of the paper, as JSON, for who points at one; empty in another document."""
        if not self.is_paper or not self._named:
            return Markup("")
        entries = {}
        for id in sorted(self._named & self.report.figures.keys()):
            figure = self.report.figures[id]
            cited = [_citation(source) for source in self.view.numbered(figure.sources)]
            entries[id] = [
                figure.label,
                format_figure(figure, "value"),
                format_figure(figure, "interval"),
                figure.kind,
                cited[:SHOWN_SOURCES],
                max(0, len(cited) - SHOWN_SOURCES),
            ]
        return Markup(sheet.as_json(entries))

    @property
    def questions(self) -> Markup:
        """What a reader may answer before they look, as JSON; empty where nothing is asked."""
        return Markup(sheet.as_json(self.report.questions)) if self.report.questions else Markup("")

    @property
    def csv_texts(self) -> Markup:
        """The data of the paper's exhibits as JSON; the annex shows it in tables."""
        return share.tables(self.report.exhibits.values(), self.words) if self.is_paper else Markup("")

    # --- first screen --------------------------------------------------------------------------------------

    came_words = tuple(answers.CAME_TRUE)
    mark_id = staticmethod(answers.mark_id)

    @property
    def r1_words(self) -> list[tuple[str, str]]:
        """The answers to "was it R1?" with what each means."""
        return bands.meanings(self.report.listing)

    def symbolic(self, text: str) -> Markup:
        """Return data text with the indices of its symbols below the line."""
        parts = lowered(text)
        made = (
            Markup("<sub>{}</sub>").format(part) if k % 2 else self.inline(part)
            for k, part in enumerate(parts)
        )
        return Markup("").join(made)

    @staticmethod
    def symbol(name: str) -> Markup:
        """Return a parameter's symbol as it is printed: Greek letters, and what follows ``_`` below the line."""
        head, _, below = name.partition("_") if _SYMBOL.fullmatch(name) else (name, "", "")
        return escape(_GREEK.get(head, head)) + Markup(f"<sub>{escape(below)}</sub>" if below else "")

    @property
    def symbols(self) -> Markup:
        """The marks of both answers, drawn once."""
        return Markup(
            "".join(
                f'<symbol id="{answers.mark_id(family, word)}" viewBox="0 0 14 14">{paths}</symbol>'
                for family, marks in answers.FAMILIES.items()
                for word, paths in marks.items()
            )
        )

    @staticmethod
    def squares(first: int, end: int, *, full: bool) -> str:
        """Return a path of small squares from one number to before another, in a row."""
        inset, size = (0.0, 7) if full else (0.5, 6)
        return "".join(f"M{9 * i + inset:g} {inset:g}h{size}v{size}h-{size}z" for i in range(first, end))

    def told(self, ids: str) -> list[bands.Row]:
        """Return the rows of the calls whose cards stand in a place."""
        known = {row.id: row for row in self.report.listing}
        return [known[key] for key in ids.split() if key in known]

    # --- parts ---------------------------------------------------------------------------------------------

    def _exhibit(self, x: ExhibitView) -> Placed:
        rows = [[cells.plain(row.get(c)) for c in x.data_columns] for row in x.data]
        numeric = {
            c
            for i, c in enumerate(x.data_columns)
            if any(row[i][1] for row in rows) and all(row[i][1] or row[i][0] == "" for row in rows)
        }
        filled = tuple(
            tuple(
                Markup(f"<td>{escape(text if c in numeric else self.plain(text))}")
                for c, (text, _) in zip(x.data_columns, row, strict=True)
            )
            for row in rows
        )
        return Placed(x, frozenset(numeric), filled, tuple(x.controls or _bound(x.live)))

    def output(self, name: str) -> Markup:
        """Return what a plain cell shows: its text, table, drawing or picture, all of it as data."""
        x = self.report.outputs[name]
        label = escape(f"Output of the cell {x.cell} of {x.notebook}")
        if x.kind == "markdown":
            return Markup(f'<div class="prose">{self._markdown.get(f"output:{name}", "")}</div>')
        if x.kind == "text":
            return Markup(
                f'<pre class="out" tabindex="0" role="region" aria-label="{label}">{escape(x.text)}</pre>'
            )
        if x.kind == "picture" and x.picture is not None:
            return Markup(f'<p class="out"><img src="{x.picture.address}" alt="{escape(x.alt)}"></p>')
        if x.kind == "drawing":
            return Markup(f'<div class="out chart">{drawings.inline_svg(x.svg, name, x.alt, "wide")}</div>')
        numeric = [cells.is_numeric(row[i] for row in x.rows) for i in range(len(x.header))]
        align = [' class="n"' if is_number else "" for is_number in numeric]
        heads = "".join(f'<th scope="col"{a}>{escape(h)}</th>' for a, h in zip(align, x.header, strict=True))
        body = "".join(
            "<tr>" + "".join(f"<td{a}>{escape(c)}</td>" for a, c in zip(align, row, strict=True)) + "</tr>"
            for row in x.rows
        )
        return Markup(
            f'<div class="out scroll" tabindex="0" role="region" aria-label="{label}"><table><thead><tr>{heads}</tr>'
            f"</thead><tbody>{body}</tbody></table></div>"
        )

    def drawing(self, x: ExhibitView, variant: str) -> Markup:
        """Return an exhibit's drawing for wide or narrow screens; the wide one where there is no narrow."""
        svg = x.svg_wide if variant == "wide" else (x.svg_narrow or x.svg_wide)
        return Markup(drawings.inline_svg(svg, x.name, self.plain(x.alt), variant)) if svg else Markup("")

    def turned(self, x: ExhibitView, view: Picked, variant: str) -> Markup:
        """Return a drawing that can take the place of the exhibit's own; its sentence says in words what it shows."""
        svg = view.wide if variant == "wide" else view.narrow
        words = self.plain(f"{view.name}. {view.said}")
        name = f"{x.name}-{x.views.index(view)}"
        return Markup(drawings.inline_svg(svg, name, words, variant))

    def miniature(self, story: Story) -> Markup:
        """Return a call's row of the chart of both questions; a consideration has none."""
        if not story.row.article or story.p_alone is None or story.p_left is None:
            return Markup("")
        likely = self.report.world["likely"] if self.report.world else None
        side = story.row.article
        return Markup(drawings.miniature(side, story.p_alone, story.p_left, story.p_came, likely))

    def keep(self, name: str, table: str) -> str:
        """Keep the table of an exhibit's data for the end of the page; nothing stands where it is asked for."""
        self.kept[name] = str(table)
        return ""

    @property
    def tables(self) -> str:
        """The tables that were kept, by the names of their exhibits, as JSON."""
        return sheet.as_json(self.kept)

    def prior(self, control: Control) -> Markup:
        """Return the band under a slider: the prior's 5-95% and a tick at base."""
        span = (control.high - control.low) or 1.0

        def at(value: float) -> float:
            return min(max(100 * (value - control.low) / span, 0.0), 100.0)

        band = ""
        if control.prior_low is not None and control.prior_high is not None:
            left, right = at(control.prior_low), at(control.prior_high)
            band = f'<rect x="{left:.1f}" width="{right - left:.1f}" y="1" height="4" fill="var(--s3)"/>'
        tick = f'<rect x="{max(at(control.base) - 0.5, 0):.1f}" width="1" height="7" fill="var(--ink)"/>'
        return Markup(
            '<svg class="prior" viewBox="0 0 100 7" preserveAspectRatio="none" aria-hidden="true">'
            f"{band}{tick}</svg>"
        )

    def table(self, x: ExhibitView) -> Markup:
        """Return a table exhibit in its declared columns: text, numbers, glyphs and strips."""
        texts = [
            tuple(
                "" if c.kind in columns.DRAWN else self.plain(cells.plain(row.get(c.field))[0])
                for c in x.columns
            )
            for row in x.data
        ]
        shares = columns.shares(x.columns, texts)
        widths = "".join(f'<col width="{100 * share:.1f}%">' for share in shares)
        # what is short stands in one line with its neighbours where the table folds
        short = [
            max((len(text[i]) for text in texts), default=0) <= SHORT_CELL for i in range(len(x.columns))
        ]
        aligned = [_align(c, brief) for c, brief in zip(x.columns, short, strict=True)]
        heads = "".join(
            f'<th scope="col"{align}>{escape(c.header)}</th>'
            for c, align in zip(x.columns, aligned, strict=True)
        )
        body = []
        for row in x.data:
            anchor = ""
            if x.name == self.view.claims_table:
                anchor = f' id="claim-{escape(row.get(x.columns[0].field))}"'
            filled = []
            for i, column in enumerate(x.columns):
                name = "td" if i else "th"
                said = f' data-l="{escape(column.header)}"' if i else ' scope="row"'
                content = self._table_cell(row.get(column.field), column.kind)
                filled.append(f"<{name}{said}{aligned[i]}>{content}</{name}>")
            body.append(f"<tr{anchor}>{''.join(filled)}</tr>{self._opened(x, row)}")
        return Markup(
            f'<table class="tbl stack"><colgroup>{widths}</colgroup><thead><tr>{heads}</tr></thead>'
            f"<tbody>{''.join(body)}</tbody></table>"
        )

    def _opened(self, x: ExhibitView, row: Mapping[str, Any]) -> str:
        """Return what opens below a row of the annex: a line, and the paragraphs behind it."""
        said, more = cells.opened(row, x.opens)
        if not more or self.is_paper:
            return ""
        told = "".join(f"<p>{self._table_cell(part, 'text')}</p>" for part in more)
        line = self._table_cell(said, "text")
        return (
            f'<tr class="more"><td colspan="{len(x.columns)}"><details><summary>{line}</summary>{told}'
            "</details></td></tr>"
        )

    def _table_cell(self, value: Any, kind: str) -> str:
        if kind == "glyph":
            return _glyph(str(value or "none"))
        if kind == "strip":
            return _strip(value)
        text = cells.shown(value, kind)
        if "{{" in text:
            return str(self.inline(text))
        return "".join(
            _loose(word) if i % 2 else str(self.inline(word)) for i, word in enumerate(_LONG_WORD.split(text))
        )

    def _card(self, view: cards.CardView) -> CardOnPage:
        peak = max([driver.share for driver in view.drivers] + [1e-9])
        return CardOnPage(
            view,
            tone={"winner": "wt", "loser": "lt"}.get(view.side, ""),
            drawing=Markup(drawings.hill(view.hill)) if view.hill else Markup(""),
            drivers=tuple((driver, 100 * driver.share / peak) for driver in view.drivers),
            formulas=tuple(
                (title, self.md(f"eq:{view.id}:{i}")) for i, (title, _) in enumerate(view.equations)
            ),
        )

    # --- beliefs -------------------------------------------------------------------------------------------

    @property
    def presets(self) -> list[str]:
        """What the ready-made beliefs are called."""
        found = self.view.beliefs
        return ["All draws", *(preset.label for preset in found.presets)] if found else []

    def bars(self, driver: beliefs.Bins) -> Markup:
        """Return the histogram of a driver."""
        return Markup(drawings.histogram(driver.counts))

    def draws(self) -> Markup:
        """Return what the page filters, as JSON: every draw of every driver, and what it says of each call."""
        found = self.view.beliefs
        if found is None:
            return Markup("null")
        names = ("id", "log", "low", "high", "prefix", "suffix", "values")
        payload = {
            "drivers": [{name: getattr(driver, name) for name in names} for driver in found.drivers],
            "calls": [call.digits for call in found.calls],
            "sides": [call.sides for call in found.calls],
            "words": [rule.spoken(word) for word in rule.WAS_IT_R1],
            "likely": found.likely,
            "presets": [{}, *(preset.driver_ranges for preset in found.presets)],
            "ids": [call.id for call in found.calls],
            "bins": beliefs.BINS,
            "steps": SLIDER_STEPS,
        }
        return Markup(sheet.as_json(payload))

    def article(self, call: str) -> str:
        """Return the side on which the article sees a call; none for a further consideration."""
        return next((row.article for row in self.report.listing if row.id == call), "") or "none"

    # --- end matter ----------------------------------------------------------------------------------------

    def source_state(self, line: SourceLine) -> str:
        """Return in sentences how a source was read and how good it is."""
        source = line.source
        state = "The copy was read." if source.via else "Read."
        if line.recalled:
            state = "From memory, the document was not checked; marked † wherever it is used."
        if source.id == MEMORY:  # its name says so
            state = "Marked † wherever it is used."
        kind = f"Kind: {source.kind}." if source.kind else ""
        quality = f"Quality: {source.quality}." if source.quality else ""
        return " ".join(filter(None, (kind, state, source.checked, quality)))

    def uses(self, line: SourceLine) -> str:
        """Return in words how much rests on a source."""
        places, numbers = len(line.used), len(self.behind(line.source))
        said = [f"used in {counted(places, 'place', 'places')}"] if places else []
        return capital(
            ", ".join([*said, *([f"behind {counted(numbers, 'number', 'numbers')}"] if numbers else [])])
        )

    def behind(self, source: SourceView) -> list[str]:
        """Return the figures behind which a source stands."""
        return [figure for figure in source.figures if figure in self.report.figures]

    @property
    def sources_dek(self) -> str:
        """How many sources there are and how they were read."""
        lines = self.view.sources
        recalled = sum(line.recalled for line in lines)
        read = (
            f"; {recalled} marked † are from memory, and the document was not checked."
            if recalled
            else ", all read."
        )
        via = " The document is cited; “via” names the copy of it that was read."
        return f"{len(lines)} sources{read}" + (via if any(line.source.via for line in lines) else "")

    def _number_line(self, figure: Figure) -> Number:
        target = self._targets.get(figure.id, "")
        return Number(
            figure,
            value=format_figure(figure, "value"),
            interval=format_figure(figure, "interval"),
            weak=figure.id in self.report.weak,
            place=Place(target, self.view.places.get(target, "")) if target else None,
        )


def _citation(source: SourceView) -> str:
    """Return a source in a line: who, what, and whether it was only recalled."""
    said = ", ".join(part for part in (source.publisher, source.title) if part)
    unchecked = source.read == "recalled" and source.id != MEMORY
    return f"{said}. From memory, the document was not checked." if unchecked else said


def _glyph(side: str) -> str:
    shapes = {"winner": ("win", "w"), "loser": ("lose", "l"), "neutral": ("neut", "n"), "mixed": ("mix", "m")}
    words = {"winner": "wins", "loser": "loses", "neutral": "too small to matter", "mixed": "cannot be told"}
    if side not in shapes:
        return '<span class="dim" aria-hidden="true">–</span><span class="vh">not listed</span>'
    tone, shape = shapes[side]
    return (
        f'<span class="{tone}"><svg class="g" aria-hidden="true"><use href="#g-{shape}"/></svg>'
        f'<span class="vh">{words[side]}</span></span>'
    )


def _loose(word: str) -> str:
    """Return a long word as HTML that may break after a sign."""
    return "<wbr>".join(map(escape, re.split(r"(?<=[/_.=&?;:|-])(?=\w)", word)))


def _strip(value: object) -> str:
    odds = cells.odds(value)
    if odds is None:
        return ""
    lose, win = odds
    return (
        '<svg class="bar9" viewBox="0 0 1 9" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="1" height="9" fill="var(--neuttint)"/>'
        f'<rect width="{lose:.3f}" height="9" fill="var(--lose)"/>'
        f'<rect x="{1 - win:.3f}" width="{win:.3f}" height="9" fill="var(--win)"/></svg>'
        f'<span class="vh">loses {cards.percent(lose)}, wins {cards.percent(win)}</span>'
    )


def _numeric_columns(width: int) -> str:
    """Return the rule that sets columns of numbers: ``n3`` on a table for its third; a class a cell weighs more."""
    heads = ",".join(f".n{i} :is(th,td):nth-child({i})" for i in range(1, width + 1))
    return (
        f"{heads}{{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}}" if heads else ""
    )


def _align(column: Column, brief: bool) -> str:
    if column.kind == "glyph" or column.align == "center":
        return ' class="c"'
    if column.align == "right" or column.kind == "number":
        return ' class="n"'
    return ' class="s"' if brief and column.kind != "strip" else ""


# --- what moves ------------------------------------------------------------------------------------------------


def _bound(spec: Mapping[str, Any] | None) -> Sequence[Control]:
    """Return sliders for parameters that the specification binds to an input of its own."""
    found = []
    for param in (spec or {}).get("params", ()):
        bind = param.get("bind")
        if isinstance(bind, Mapping) and bind.get("input") == "range":
            low, high = float(bind.get("min", 0)), float(bind.get("max", 1))
            label = str(bind.get("name") or param["name"]).strip().rstrip(":")
            step = float(bind.get("step", (high - low) / 100))
            found.append(Control(param["name"], label, low, high, step, float(param["value"])))
    return found


def _live_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a live specification that measures the page's own face and leaves the inputs to the page."""
    text = json.dumps(spec).replace("Source Sans Pro, sans-serif", "Report Sans, Source Sans Pro, sans-serif")
    result: dict[str, Any] = json.loads(text)
    result.setdefault("config", {})["aria"] = False  # one alt text stands for all marks
    for param in result.get("params", ()):
        if isinstance(param.get("bind"), Mapping) and "input" in param["bind"]:
            del param["bind"]
    return result


def render_html(report: Report) -> str:
    """Return the whole report as one HTML document.

    Raises
    ------
    UserError
        For a token in prose that names no figure or exhibit.
    """
    page = Page(report)
    template = sheet.template("paper.html" if page.is_paper else "page.html", tight=True)
    return template.render(page=page, report=report).strip() + "\n"
