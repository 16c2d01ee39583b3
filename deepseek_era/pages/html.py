"""The page: a `Report` as one HTML file that asks nothing of the network.

The markup is in ``report/template/page.html``, its look in ``page.css``, its behaviour in ``page.js``. This module
prepares what the template shows. Text from data is escaped by the template engine; prose comes from `prose`.
Equal reports give equal bytes: no clock, no chance.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.metadata
import json
import logging
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import jinja2
from markupsafe import Markup

from deepseek_era.book import cards
from deepseek_era.book.document import Control, ExhibitView, MatrixRow, Report, SourceView
from deepseek_era.book.references import Refs
from deepseek_era.building.once import once
from deepseek_era.charts import theme
from deepseek_era.figure import THIN, Figure, format_figure, format_number, true_minus
from deepseek_era.pages import columns, drawings, fonts
from deepseek_era.pages.markup import escape, kept_together, raw_inline, to_html
from deepseek_era.prose import Token, Vocabulary, substitute
from deepseek_era.tables import ROOT
from deepseek_era.verdicts import rule

TEMPLATES = ROOT / "report" / "template"
UNDERLINE = {"observed": "obs", "published": "pub", "modelled": "mod", "judgement": "jdg"}
HISTOGRAM_BINS = 24
SLIDER_STEPS = 240  # of a belief slider: ten to a histogram bin
_HEAD_SCRIPT = (
    'try{const t=localStorage.getItem("theme");document.documentElement.dataset.theme=t==="dark"||t==="light"?t:'
    'matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light"}catch{}'
)
SHORT_CELL = 18  # letters
_LONG_WORD = re.compile(r"(\S{17,})")  # may break after a sign, so that its column does not grow
# an interval or a date, with the sign after it: never broken at a line's end
_WHOLE = re.compile(
    r"(?:\((?=[^()]*\d)[^(){}<>&]{1,16}(?:–| to )[^(){}<>&]{1,16}\)|(?<![\d(])\d[\d.,]*–\d[\d.,]*\d%?|\b\d{4}-\d\d(?:-\d\d)?\b(?![-/\w]))[,;:.]?"
)


def _sha(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _json(value: Any) -> str:
    """Return JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


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


def colour_css() -> str:
    """Return the colour tokens as CSS variables, light and dark, and the rules that recolour charts in the dark."""
    tokens: dict[str, dict[str, str]] = theme.theme_file()["tokens"]
    light, dark = tokens["light"], tokens["dark"]
    variables = {mode: ";".join(f"--{k}:{v}" for k, v in tokens[mode].items()) for mode in ("light", "dark")}
    faces = (
        "--serif:'Report Serif','Source Serif 4','Source Serif Pro',Georgia,serif;"
        "--sans:'Report Sans','Source Sans 3','Source Sans Pro',system-ui,sans-serif"
    )

    def recolour(root: str) -> str:
        rules = [
            f'{root} .chart [{side}="{light[name]}" i]{{{side}:{dark[name]}}}'
            for name in light
            for side in ("fill", "stroke")
        ]
        # a pale area on black needs more paint to be seen
        return "".join(rules) + f'{root} .chart [fill-opacity="0.3"]{{fill-opacity:.6}}'

    return (
        f":root{{{faces};{variables['light']}}}"
        f":root[data-theme=light]{{color-scheme:light}}"
        f"@media screen{{:root[data-theme=dark]{{{variables['dark']};color-scheme:dark}}"
        f"{recolour(':root[data-theme=dark]')}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme]){{{variables['dark']};color-scheme:dark}}"
        f"{recolour(':root:not([data-theme])')}}}"
    )


@functools.cache
def _css() -> str:
    return "\n".join([fonts.font_css(), colour_css(), (TEMPLATES / "page.css").read_text(encoding="utf-8")])


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html")


_FORMULA = re.compile(
    r'<math display="(inline|block)".*?<annotation encoding="application/x-tex">(.*?)</annotation>.*?</math>',
    re.DOTALL,
)
LONG_FORMULA = 34  # characters of TeX that may not fit a phone


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


def _cell(value: Any) -> tuple[str, bool]:
    """Return a data cell's text and whether it is a number."""
    if value is None:
        return "", False
    if isinstance(value, bool):
        return ("yes" if value else "no"), False
    if isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            return "", True
        text = repr(round(value, 12)) if isinstance(value, float) else str(value)
        return true_minus(text.removesuffix(".0")), True
    return str(value), False


class Page:
    """What the template shows, prepared from a report."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.words = Vocabulary(report.figures, report.phrases, report.exhibits)
        self.underline = underline
        self.percent = cards.percent
        self.date = cards.date_words
        self.font_licence = fonts.LICENCE
        self._by_id: dict[str, SourceView] = {source.id: source for source in report.sources}
        self._places = self._place_labels()
        self._targets = self._figure_targets()
        self._claims_exhibit = self._find_claims()
        self._markdown = self._convert()
        self.exhibits = {name: self._exhibit(x) for name, x in report.exhibits.items()}
        self.live = [
            {"name": x.name, "json": Markup(_json(_live_spec(x.live, x.controls)))}
            for x in report.exhibits.values()
            if x.live
        ]
        self.explorer = _explorer(report)
        self.cards = self._cards()
        self.matrix = self._matrix()
        self.filters = self._filters()
        self.keys = [self._key(k) for k in report.summary.keys]
        self.sections = self._sections()
        self.contents = self._contents()
        self.sources = [self._source(s) for s in report.sources]
        self.numbers = self._numbers()
        self.parameters = [self._parameter(p) for p in report.parameters]
        self.scenarios = self._scenarios()
        self.document_title = f"{report.summary.title}: {report.run.scenario_title}"
        self.run_note = bool(report.run.changed) or report.run.scenario not in ("base", "")
        head, colon, rest = report.summary.matrix_title.partition(":")
        self.matrix_title = Markup(
            f"{escape(head)}{colon}" + (f" <span>{escape(rest.strip())}</span>" if rest else "")
        )
        texts = (
            ("What would change our mind", report.summary.change_mind),
            ("What we cannot see", report.summary.cannot_see),
            ("How to read this", report.summary.how_to_read),
        )
        self.asides = [{"title": title, "text": text} for title, text in texts if text]
        recalled = sum(source.read == "recalled" for source in report.sources)
        self.sources_dek = f"{len(report.sources)} sources" + (
            f"; {recalled} marked † are recalled from memory and were not read again."
            if recalled
            else ", all read."
        )
        if any(source.via for source in report.sources):
            self.sources_dek += " The document is cited; “via” names the copy of it that was read."
        self.basis = basis_words(report)
        self.unsettled = [
            {**row, "as_of": cards.date_words(row["as_of"], short=True)}
            for row in (report.basis.unsettled if report.basis else ())
        ]
        self.corrections = report.basis.corrections if report.basis else ()
        self.css = Markup(_css())
        self.script = Markup((TEMPLATES / "page.js").read_text(encoding="utf-8").replace("</", "<\\/"))
        self.head_script = Markup(_HEAD_SCRIPT)
        self.bundle = Markup(_bundle()) if self.live else Markup("")
        scripts = [self.head_script, self.script, *([self.bundle] if self.live else [])]
        self.policy = (
            f"default-src 'none'; script-src {' '.join(_sha(str(s)) for s in scripts)}; "
            f"style-src {_sha(str(self.css))}; font-src data:; img-src data: blob:; base-uri 'none'; form-action 'none'"
        )

    # --- words ---------------------------------------------------------------------------------------------

    def _write(self, token: Token) -> str:
        """Return a token as HTML: a number underlined by kind, computed words, or a link to an exhibit."""
        if token.exhibit is not None:
            return f'<a href="#{escape(token.exhibit.anchor)}">{escape(token.text)}</a>'
        if token.figure is None:
            return substitute(escape(token.phrase), self.words, self._write, f"phrase {token.id}", data=True)
        return self._number(token.figure, token.part)

    def _number(self, figure: Figure, part: str = "full") -> str:
        target = self._target(figure.id)
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
        link = f'<a class="num {kind}" href="#{escape(target)}" data-n="{escape(figure.id)}">{text}</a>'
        return link + self.weak_mark(figure.id)

    def weak_mark(self, figure: str) -> str:
        """Return the mark of a number that rests on weak or recalled sources alone, which leads to the account of it."""
        if figure not in self.report.weak:
            return ""
        return f'<a class="ref weak" href="#basis" aria-label="‡ weak source">{THIN}‡</a>'

    def inline(self, text: str) -> Markup:
        """Return data text as HTML: escaped, then its tokens replaced."""
        whole = _WHOLE.sub(r'<span class="nb">\g<0></span>', escape(kept_together(text or "")))
        return Markup(substitute(whole, self.words, self._write, "text", data=True))

    def plain(self, text: str) -> str:
        """Return data text with its tokens replaced by plain words."""
        return substitute(text or "", self.words, lambda token: token.text, "text", data=True)

    def md(self, key: str) -> Markup:
        """Return prose that was converted under this key."""
        return Markup(self._markdown.get(key, ""))

    def _convert(self) -> dict[str, str]:
        texts: dict[str, tuple[str, str]] = {}
        refs: dict[str, Refs] = {}
        for section in self.report.sections:
            where = f"notebook {section.notebook}"
            texts[f"dek:{section.slug}"] = (section.dek, where)
            refs[f"dek:{section.slug}"] = section.refs
            for i, block in enumerate(section.blocks):
                if block.kind == "prose":
                    texts[f"{section.slug}:{i}"] = (block.text, where)
                    refs[f"{section.slug}:{i}"] = block.refs
        for x in self.report.exhibits.values():
            where = f"exhibit {x.name} in notebook {x.notebook}"
            texts[f"how:{x.name}"] = (x.how, where)
            texts[f"note:{x.name}"] = (x.note, where)
        for card in self.report.cards:
            for i, (_, latex) in enumerate(cards.view(card, {}).equations):
                texts[f"eq:{card['id']}:{i}"] = (f"$${latex}$$", f"card {card['id']}")
        keys = [key for key, (text, _) in texts.items() if text and text.strip()]
        prepared = [
            substitute(texts[k][0], self.words, lambda t: raw_inline(self._write(t), "html"), texts[k][1])
            for k in keys
        ]
        # what code wrote as markdown names no figures: it is taken as it is
        written = [x for x in self.report.outputs.values() if x.kind == "markdown"]
        converted = to_html(
            [*prepared, *(x.text for x in written)],
            [*(refs.get(k, Refs()) for k in keys), *(x.refs for x in written)],
        )
        keys += [f"output:{x.name}" for x in written]
        return dict(zip(keys, map(_scrolling_formulas, converted), strict=True))

    # --- where things are ----------------------------------------------------------------------------------

    def _place_labels(self) -> dict[str, str]:
        labels = {x.anchor: x.label for x in self.report.exhibits.values()}
        labels |= {f"section-{s.slug}": f"Section {s.number}" for s in self.report.sections}
        labels |= {f"claim-{c.get('id')}": f"claim {c.get('id')}" for c in self.report.claims}
        return labels | {f"card-{c.get('id')}": f"card {c.get('id')}" for c in self.report.cards}

    def _figure_targets(self) -> dict[str, str]:
        """Return where each number leads: the exhibit that names it, else the next exhibit of its section."""
        targets: dict[str, str] = {}
        token = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)")
        for x in self.report.exhibits.values():
            for text in (x.title, x.subtitle, x.source, x.how, x.note):
                for name in token.findall(text or ""):
                    targets.setdefault(name, x.anchor)
        for section in self.report.sections:
            nearest = f"section-{section.slug}"
            waiting: list[str] = token.findall(section.dek)
            for block in section.blocks:
                if block.kind == "exhibit" and block.text in self.report.exhibits:
                    nearest = self.report.exhibits[block.text].anchor
                    for name in waiting:
                        targets.setdefault(name, nearest)
                    waiting = []
                elif block.kind == "prose":
                    waiting += token.findall(block.text)
            for name in waiting:
                targets.setdefault(name, nearest)
        return {name: target for name, target in targets.items() if name in self.report.figures}

    def _find_claims(self) -> str | None:
        """Return the first table exhibit that has a row for every claim; claims are linked to there."""
        ids = {str(claim.get("id")) for claim in self.report.claims}
        for x in self.report.exhibits.values():
            if ids and x.columns and ids <= {str(row.get(x.columns[0].field)) for row in x.data}:
                return x.name
        return None

    def _target(self, figure: str) -> str:
        return self._targets.get(figure) or f"n-{figure}"

    def listed(self, ids: Any) -> list[str]:
        """Return source ids given as a list or as one text with separators."""
        if isinstance(ids, str):
            return [part for part in re.split(r"[;,\s]+", ids) if part]
        return [str(part) for part in ids or ()]

    def source_refs(self, ids: Iterable[str]) -> Markup:
        """Return links to the numbered sources behind these ids, runs as ranges; an id that is no source is left out."""
        found = {s.number: s for s in (self._by_id.get(i) for i in self.listed(ids)) if s is not None}
        runs: list[list[SourceView]] = []
        for number in sorted(found):
            source = found[number]
            joins = runs and runs[-1][-1].number == number - 1
            # a recalled source stands alone, so that its dagger shows
            if joins and source.read == runs[-1][-1].read == "read":
                runs[-1].append(source)
            else:
                runs.append([source])
        links = []
        for run in runs:
            for part in [run] if len(run) > 2 else [[source] for source in run]:
                first, last = self._ref(part[0]), self._ref(part[-1])
                text = f"{first['number']}{first['mark']}" + (f"–{last['number']}" if len(part) > 1 else "")
                links.append(f' <a class="ref" href="#{first["anchor"]}">[{text}]</a>')
        return Markup("".join(links))

    def _ref(self, source: SourceView) -> dict[str, Any]:
        mark = "†" if source.read == "recalled" else ""
        return {"number": source.number, "mark": mark, "anchor": f"src-{source.number}"}

    def count(self, number: int) -> str:
        """Return a whole number with thousands parted."""
        return f"{number:,}"

    # --- first screen --------------------------------------------------------------------------------------

    def _key(self, key: Any) -> dict[str, Any]:
        figure = self.report.figures.get(key.figure)
        value = escape(key.value)
        link = (
            f'<a class="key" href="#{escape(self._target(key.figure))}" data-n="{escape(key.figure)}">{value}</a>'
            if figure
            else value
        ) + self.weak_mark(key.figure)
        strip = drawings.strip(
            key.low_share,
            key.mid_share,
            key.high_share,
            key.article_share,
            modelled=key.kind in ("modelled", "judgement"),
        )
        return {
            "link": Markup(link),
            "interval": key.interval,
            "kind": key.kind,
            "label": key.label,
            "strip": Markup(strip),
        }

    def _matrix(self) -> list[dict[str, Any]]:
        groups: dict[tuple[str, str], list[MatrixRow]] = {}
        for row in self.report.summary.matrix:
            side = row.article if row.horizon != "both" else ""
            groups.setdefault((row.horizon, side), []).append(row)
        order = {key: i for i, key in enumerate(groups)}
        terms = ["short", "long", "both"]
        keys = sorted(groups, key=lambda k: (terms.index(k[0]) if k[0] in terms else 9, order[k]))
        return [
            {
                "term": cards.TERMS.get(horizon, horizon),
                "rest": f", the article says: {cards.SIDES.get(side, side)}" if side else " of the article",
                "rows": [
                    {
                        **asdict(row),
                        # the filters count calls: a consideration stands under none of them
                        "filter": rule.stance(row.agreement) if row.id.startswith("C") else "",
                        "outcome": cards.outcome_words(row.outcome),
                    }
                    for row in groups[horizon, side]
                ],
            }
            for horizon, side in keys
        ]

    def _filters(self) -> list[dict[str, str]]:
        stances = [row["filter"] for group in self.matrix for row in group["rows"]]
        names = {
            "agree": "Agrees",
            "too_small": "Too small",
            "contradicted": "Contradicts",
            "open": "Open",
        }
        # a name without a call stays, so that one sees that there is none
        return [{"key": "all", "label": "All"}] + [
            {"key": key, "label": f"{label} {stances.count(key)}"} for key, label in names.items()
        ]

    # --- parts ---------------------------------------------------------------------------------------------

    def _sections(self) -> list[dict[str, Any]]:
        rows = {row.id: row for row in self.report.summary.matrix}
        claims_placed = any(b.kind == "claims" for s in self.report.sections for b in s.blocks)
        claims_placed = claims_placed or self._claims_exhibit is not None
        explorer_placed = any(b.kind == "explorer" for s in self.report.sections for b in s.blocks)
        cards_placed = any(b.kind == "cards" for s in self.report.sections for b in s.blocks)
        sections = []
        for section in self.report.sections:
            blocks = [
                {"kind": b.kind, "text": b.text, "key": f"{section.slug}:{i}"}
                for i, b in enumerate(section.blocks)
            ]
            if section.role == "claims" and not claims_placed and self.report.claims:
                blocks.append({"kind": "claims", "text": "", "key": ""})
            if section.role == "verdicts":
                if not cards_placed and self.report.cards:
                    blocks.append({"kind": "cards", "text": "", "key": ""})
                if not explorer_placed and self.explorer:
                    blocks.append({"kind": "explorer", "text": "", "key": ""})
            calls = [
                {
                    "id": i,
                    "name": rows[i].name + _horizon_word(rows[i], rows.values()),
                    "article": rows[i].article,
                }
                for i in section.calls
                if i in rows
            ]
            sections.append(
                {
                    "slug": section.slug,
                    "anchor": f"section-{section.slug}",
                    "kicker": f"Section {section.number}",
                    "title": section.title,
                    "blocks": [b for b in blocks if b["kind"] != "exhibit" or b["text"] in self.exhibits],
                    "calls": calls,
                }
            )
        return sections

    def _contents(self) -> list[dict[str, str]]:
        contents = []
        for section in self.report.sections:
            title = f"{section.number} {self.plain(section.title)}"
            contents.append({"anchor": f"section-{section.slug}", "title": title})
            if self.explorer and any(
                b["kind"] == "explorer"
                for s in self.sections
                if s["slug"] == section.slug
                for b in s["blocks"]
            ):
                contents.append({"anchor": "beliefs", "title": "Your own beliefs"})
        return [
            *contents,
            {"anchor": "data", "title": "Data and parameters"},
            {"anchor": "sources", "title": "Sources"},
        ]

    def _exhibit(self, x: ExhibitView) -> dict[str, Any]:
        rows = [[_cell(row.get(c)) for c in x.data_columns] for row in x.data]
        numeric = {
            c
            for i, c in enumerate(x.data_columns)
            if any(row[i][1] for row in rows) and all(row[i][1] or row[i][0] == "" for row in rows)
        }
        cells = [
            [
                Markup(f'<td class="n">{escape(text)}' if c in numeric else f"<td>{escape(self.plain(text))}")
                for c, (text, _) in zip(x.data_columns, row, strict=True)
            ]
            for row in rows
        ]
        return {
            **{
                name: getattr(x, name)
                for name in ("name", "label", "anchor", "title", "subtitle", "source", "notebook")
            },
            **{name: getattr(x, name) for name in ("cell", "code", "sources", "data_columns", "note", "alt")},
            **{
                name: getattr(x, name)
                for name in ("svg_wide", "svg_narrow", "live", "readout", "columns", "data")
            },
            "controls": [{**asdict(c), "object": c} for c in _controls(x)],
            "numeric": numeric,
            "cells": cells,
        }

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
        numeric = [_is_numeric(row[i] for row in x.rows) for i in range(len(x.header))]
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

    def drawing(self, x: Mapping[str, Any], variant: str) -> Markup:
        """Return an exhibit's drawing for wide or narrow screens; the wide one where there is no narrow."""
        svg = x["svg_wide"] if variant == "wide" else (x["svg_narrow"] or x["svg_wide"])
        return (
            Markup(drawings.inline_svg(svg, x["name"], self.plain(x["alt"]), variant)) if svg else Markup("")
        )

    def prior(self, control: Mapping[str, Any]) -> Markup:
        """Return the band under a slider: the prior's 5-95% and a tick at base."""
        low, high = control["low"], control["high"]
        span = (high - low) or 1.0

        def at(value: float) -> float:
            return min(max(100 * (value - low) / span, 0.0), 100.0)

        band = ""
        if control["prior_low"] is not None and control["prior_high"] is not None:
            left, right = at(control["prior_low"]), at(control["prior_high"])
            band = f'<rect x="{left:.1f}" width="{right - left:.1f}" y="1" height="4" fill="var(--s3)"/>'
        tick = f'<rect x="{max(at(control["base"]) - 0.5, 0):.1f}" width="1" height="7" fill="var(--ink)"/>'
        return Markup(
            f'<svg class="prior" viewBox="0 0 100 7" preserveAspectRatio="none" aria-hidden="true">{band}{tick}</svg>'
        )

    def table(self, x: Mapping[str, Any]) -> Markup:
        """Return a table exhibit in its declared columns: text, numbers, glyphs and strips."""
        shown = x["columns"]
        texts = [
            tuple("" if c.kind in columns.DRAWN else self.plain(_cell(row.get(c.field))[0]) for c in shown)
            for row in x["data"]
        ]
        shares = columns.fitted(
            tuple(texts),
            tuple(c.header for c in shown),
            tuple("number" if c.align == "right" else c.kind for c in shown),
            tuple(max(float(c.weight), 0.2) for c in shown),
        )
        widths = "".join(f'<col width="{100 * share:.1f}%">' for share in shares)
        # what is short stands in one line with its neighbours where the table folds
        short = [max((len(text[i]) for text in texts), default=0) <= SHORT_CELL for i in range(len(shown))]
        aligned = [_align(c, brief) for c, brief in zip(shown, short, strict=True)]
        heads = "".join(
            f'<th scope="col"{align}>{escape(c.header)}</th>' for c, align in zip(shown, aligned, strict=True)
        )
        body = []
        for row in x["data"]:
            cells = []
            for i, column in enumerate(shown):
                content = self._table_cell(row.get(column.field), column.kind)
                name, scope = (
                    ("th", ' scope="row"') if i == 0 else ("td", f' data-l="{escape(column.header)}"')
                )
                cells.append(f"<{name}{scope}{aligned[i]}>{content}</{name}>")
            anchor = ""
            if x["name"] == self._claims_exhibit:
                anchor = f' id="claim-{escape(row.get(shown[0].field))}"'
            body.append(f"<tr{anchor}>{''.join(cells)}</tr>")
        return Markup(
            f'<table class="tbl stack"><colgroup>{widths}</colgroup><thead><tr>{heads}</tr></thead>'
            f"<tbody>{''.join(body)}</tbody></table>"
        )

    def _table_cell(self, value: Any, kind: str) -> str:
        if kind == "glyph":
            return _glyph(str(value or "none"))
        if kind == "strip":
            shares = (
                [float(part) for part in re.findall(r"-?\d+(?:\.\d+)?", str(value))]
                if value is not None
                else []
            )
            if not shares:
                return ""
            lose, win = (shares[0], shares[-1]) if len(shares) > 1 else (0.0, shares[0])
            return (
                '<svg class="bar9" viewBox="0 0 1 9" preserveAspectRatio="none" aria-hidden="true">'
                '<rect width="1" height="9" fill="var(--neuttint)"/>'
                f'<rect width="{lose:.3f}" height="9" fill="var(--lose)"/>'
                f'<rect x="{1 - win:.3f}" width="{win:.3f}" height="9" fill="var(--win)"/></svg>'
                f'<span class="vh">loses {cards.percent(lose)}, wins {cards.percent(win)}</span>'
            )
        text, number = _cell(value)
        if number and kind == "number" and isinstance(value, float):
            text = format_number(value, "count", "observed")
        if "{{" in text:
            return str(self.inline(text))
        return "".join(
            re.sub(r"(?<=[/_.=&?;:|-])(?=\w)", "<wbr>", escape(word)) if i % 2 else str(self.inline(word))
            for i, word in enumerate(_LONG_WORD.split(text))
        )

    # --- cards ---------------------------------------------------------------------------------------------

    def _cards(self) -> list[dict[str, Any]]:
        calls = {str(call.get("id")): call for call in self.report.calls}
        groups: dict[str, list[dict[str, Any]]] = {}
        for card in self.report.cards:
            view = cards.view(card, calls.get(str(card.get("id")), {}))
            groups.setdefault(view.horizon, []).append(self._card(view))
        return [{"title": cards.TERMS.get(term, term), "cards": views} for term, views in groups.items()]

    def _card(self, view: cards.CardView) -> dict[str, Any]:
        peak = max([driver.share for driver in view.drivers] + [1e-9])
        formulas = [
            {"title": title, "html": self.md(f"eq:{view.id}:{i}")}
            for i, (title, _) in enumerate(view.equations)
        ]
        return {
            "view": view,
            "tone": {"winner": "wt", "loser": "lt"}.get(view.side, ""),
            "drawing": Markup(drawings.hill(view.hill)) if view.hill else "",
            "drivers": [
                {"label": d.label, "width": 100 * d.share / peak, "text": d.text} for d in view.drivers
            ],
            "formulas": formulas,
        }

    # --- end matter ----------------------------------------------------------------------------------------

    def _source(self, source: SourceView) -> dict[str, Any]:
        state = "The copy was read." if source.via else "Read."
        if source.read == "recalled":
            state = "Recalled, not read: marked † wherever it is used."
        quality = f" Quality: {source.quality}." if source.quality else ""
        link = address(source.url)
        used = [{"anchor": a, "label": self._places.get(a, a)} for a in source.used_in]
        return {
            **self._ref(source),
            **{name: getattr(source, name) for name in ("title", "publisher", "kind")},
            "published": cards.date_words(source.published),
            "link": link,
            "via": via_words(source),
            "via_link": address(source.via_url),
            "state": " ".join(filter(None, (state, source.checked))) + quality,
            "used": used,
            "figures": [f for f in source.figures if f in self.report.figures],
        }

    def _numbers(self) -> list[dict[str, Any]]:
        rows = []
        for figure in self.report.figures.values():
            target = self._targets.get(figure.id, "")
            rows.append(
                {
                    "id": figure.id,
                    "label": figure.label,
                    "value": format_figure(figure, "value"),
                    "interval": format_figure(figure, "interval"),
                    "weak": figure.id in self.report.weak,
                    "kind": figure.kind,
                    "sources": figure.sources,
                    "target": target,
                    "target_label": self._places.get(target, ""),
                }
            )
        return rows

    def _parameter(self, row: Mapping[str, Any]) -> dict[str, Any]:
        ids = self.listed(row.get("sources"))
        known = [i for i in ids if i in self._by_id]
        return {
            **{name: str(row.get(name) or "") for name in ("id", "symbol", "description", "unit", "kind")},
            "base": str(row.get("base") or ""),
            "range": span(str(row.get("low") or ""), str(row.get("high") or "")),
            "changed": bool(row.get("changed")),
            "refs": known,
            "note": "" if known else str(row.get("note") or ""),
        }

    def _scenarios(self) -> dict[str, Any]:
        rows = self.report.scenarios
        fields = list(dict.fromkeys(key for row in rows for key in row))
        return {
            "heads": [field.replace("_", " ").capitalize() for field in fields],
            "rows": [[row.get(field, "") for field in fields] for row in rows],
        }


# --- words ------------------------------------------------------------------------------------------------------


def address(url: str) -> str:
    """Return an address if a link may lead to it, else ''."""
    return url if re.match(r"https?://[^\s\"'<>]+$", url or "") else ""


def via_words(source: SourceView) -> str:
    """Return who copies a document and when, with the date as a reader writes it; '' where none does."""
    name, comma, date = source.via.rpartition(", ")
    return f"{name}{comma}{cards.date_words(date)}"


def span(low: str, high: str) -> str:
    """Return ``1.1 to 2.5 years`` for two values in one unit; nothing where they do not differ."""
    if not low or not high or low == high:
        return ""
    number, space, unit = low.partition(" ")
    return f"{number if space and high.endswith(space + unit) else low} to {high}"


def basis_words(report: Report) -> list[str]:
    """Return what the numbers and the headline facts of a report rest on, a sentence or two a paragraph."""
    sourced = [f for f in report.figures.values() if f.sources]
    grades = Counter(source.quality for source in report.sources if source.quality)
    graded = ", ".join(f"{count} of quality {grade}" for grade, count in sorted(grades.items()))
    read = {source.id: source.read for source in report.sources}
    recalled = sum(all(read.get(i) == "recalled" for i in f.sources) for f in sourced)
    lines = [
        f"{len(sourced)} of {len(report.figures)} numbers name their sources"
        + (
            f" ({graded}: A is primary, B secondary, C a blog, an aggregator or a machine’s summary). "
            if graded
            else ". "
        )
        + f"{len(report.weak)} rest on nothing better than quality C or on recall and carry ‡; {recalled} of them on recall alone."
    ]
    if report.basis is not None:
        counts = report.basis.headlines
        lines.append(
            f"The report leans most on {sum(counts.values())} headline facts. A second source confirms {counts['confirmed']}; "
            f"{counts['single']} have one origin, {counts['weak']} one weak source, and on {counts['conflict']} the sources "
            "disagree: those are printed with both."
        )
    return lines


def _is_numeric(cells: Iterable[str]) -> bool:
    """Return whether a column of words holds numbers, and at least one."""
    texts = [c for c in cells if c not in ("", "NaN", "nan", "...", "…", "<NA>")]
    return bool(texts) and all(re.fullmatch(r"[-+−]?[\d,.]+(?:e[-+]?\d+)?\s?%?", c) for c in texts)


def _horizon_word(row: MatrixRow, rows: Iterable[MatrixRow]) -> str:
    """Return ``, short`` where a name alone would not say which of its two calls is meant."""
    return f", {row.horizon}" if sum(other.name == row.name for other in rows) > 1 else ""


def _glyph(side: str) -> str:
    shapes = {"winner": ("win", "w"), "loser": ("lose", "l"), "neutral": ("neut", "n"), "mixed": ("mix", "m")}
    words = {"winner": "wins", "loser": "loses", "neutral": "no material effect", "mixed": "mixed"}
    if side not in shapes:
        return '<span class="dim" aria-hidden="true">–</span><span class="vh">not listed</span>'
    tone, shape = shapes[side]
    return (
        f'<span class="{tone}"><svg class="g" aria-hidden="true"><use href="#g-{shape}"/></svg>'
        f'<span class="vh">{words[side]}</span></span>'
    )


def _align(column: Any, brief: bool) -> str:
    if column.kind == "glyph" or column.align == "center":
        return ' class="c"'
    if column.align == "right" or column.kind == "number":
        return ' class="n"'
    return ' class="s"' if brief and column.kind != "strip" else ""


# --- what moves ------------------------------------------------------------------------------------------------


def _bound(spec: Mapping[str, Any]) -> list[Control]:
    """Return sliders for parameters that the specification binds to an input of its own."""
    found = []
    for param in spec.get("params", ()):
        bind = param.get("bind")
        if isinstance(bind, Mapping) and bind.get("input") == "range":
            low, high = float(bind.get("min", 0)), float(bind.get("max", 1))
            label = str(bind.get("name") or param["name"]).strip().rstrip(":")
            found.append(
                Control(
                    param["name"],
                    label,
                    low,
                    high,
                    float(bind.get("step", (high - low) / 100)),
                    float(param["value"]),
                )
            )
    return found


def _controls(x: ExhibitView) -> Sequence[Control]:
    return x.controls or (_bound(x.live) if x.live else ())


def _live_spec(spec: Mapping[str, Any] | None, controls: Sequence[Control]) -> dict[str, Any]:
    """Return a live specification that measures the page's own face and leaves the inputs to the page."""
    text = json.dumps(spec).replace("Source Sans Pro, sans-serif", "Report Sans, Source Sans Pro, sans-serif")
    result: dict[str, Any] = json.loads(text)
    result.setdefault("config", {})["aria"] = False  # one alt text stands for all marks
    for param in result.get("params", ()):
        if isinstance(param.get("bind"), Mapping) and "input" in param["bind"]:
            del param["bind"]
    return result


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def _explorer(report: Report) -> dict[str, Any] | None:
    """Return the belief explorer's drawing of all draws and the draws themselves, or None if the run has none."""
    import numpy as np

    data = report.explorer
    if not data or not data.get("drivers") or not data.get("calls"):
        return None
    drivers = []
    packed = []
    for driver in data["drivers"]:
        values = np.asarray(driver["values"], dtype=float)
        logarithmic = driver.get("scale") == "log" and float(values.min()) > 0
        scaled = np.log(values) if logarithmic else values
        low, high = float(scaled.min()), float(scaled.max())
        if high <= low:  # a fixed parameter: one bar in the middle
            low, high = low - 0.5, high + 0.5
        counts, _ = np.histogram(scaled, bins=HISTOGRAM_BINS, range=(low, high))
        ends = (math.exp(low), math.exp(high)) if logarithmic else (low, high)
        unit = str(driver.get("unit") or "")
        drivers.append(
            {
                "id": driver["id"],
                "label": driver["label"],
                "drawing": Markup(drawings.histogram([int(c) for c in counts])),
                "first": format_number(ends[0], unit),
                "last": format_number(ends[1], unit),
            }
        )
        prefix, suffix = _affixes(unit)
        packed.append(
            {
                "id": driver["id"],
                "log": logarithmic,
                "low": low,
                "high": high,
                "prefix": prefix,
                "suffix": suffix,
                "values": [_round(float(v)) for v in values],
            }
        )

    rows = {row.id: row for row in report.summary.matrix}
    calls = []
    n = len(data["drivers"][0]["values"])
    for call in data["calls"]:
        digits = call["digits"]
        lose, win = digits.count("0") / n, digits.count("2") / n
        row = rows.get(call["id"])
        name = row.name + _horizon_word(row, rows.values()) if row else call["name"]
        calls.append(
            {
                "id": call["id"],
                "name": name,
                "article": row.article if row else "none",
                "lose": 100 * lose,
                "win": 100 * win,
                "lose_text": cards.percent(lose),
                "win_text": cards.percent(win),
            }
        )
    presets = [p for p in data.get("presets") or _presets(data["drivers"]) if p.get("driver_ranges")]
    names = ["All draws", *(str(p["label"]) for p in presets)]
    payload = {
        "drivers": packed,
        "calls": [call["digits"] for call in data["calls"]],
        "presets": [{}, *(p["driver_ranges"] for p in presets)],
        "ids": [call["id"] for call in data["calls"]],
        "bins": HISTOGRAM_BINS,
        "steps": SLIDER_STEPS,
    }
    return {
        "drivers": drivers,
        "calls": calls,
        "presets": [{"index": i, "label": label} for i, label in enumerate(names)],
        "steps": SLIDER_STEPS,
        "n_text": f"{n:,}",
        "subtitle": (
            "Drag across a histogram, or move the two handles under it, to keep only the draws you find credible. The "
            "probabilities of losing (left) and winning (right) follow; the black ticks mark where all draws stand."
        ),
        "source": (
            f"The first {n:,} of the report’s joint draws, a balanced set. Pale: all of them; dark: those that fit. "
            "Effect of each call on its own horizon."
        ),
        "how": (
            "The page filters the stored draws and counts, for each call, the share below −δ and above +δ. Nothing is "
            "re-estimated. With 100 draws a share has a standard error of up to 5 points; under 50 the bars turn pale."
        ),
        "json": Markup(_json(payload)),
    }


def _presets(drivers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return ready-made beliefs: the upper and the lower third of the drivers that move most."""
    import numpy as np

    found = []
    for driver in drivers[:3]:
        low, high = (
            _round(float(q)) for q in np.quantile(np.asarray(driver["values"], dtype=float), [1 / 3, 2 / 3])
        )
        if low < high:
            for word, ends in (("high", [high, None]), ("low", [None, low])):
                found.append({"label": f"{driver['label']}: {word}", "driver_ranges": {driver["id"]: ends}})
    return found


def _affixes(unit: str) -> tuple[str, str]:
    """Return what stands before and after a number of this unit."""
    sample = format_number(1.0, unit)
    before, _, after = sample.partition("1")
    return before, re.sub(r"^[.0]+", "", after)


def render_html(report: Report) -> str:
    """Return the whole report as one HTML document.

    Raises
    ------
    UserError
        For a token in prose that names no figure, phrase or exhibit.
    """
    return _template().render(page=Page(report), report=report).strip() + "\n"
