"""The comparison of two runs as a page and a paper, from the same prepared words."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from deepseek_era import parameters as parameter_table
from deepseek_era import tables
from deepseek_era.book.compare import Comparison, FigureChange
from deepseek_era.book.finished import Run
from deepseek_era.charts import theme
from deepseek_era.figure import format_difference, format_number, true_minus
from deepseek_era.pages import drawings, fonts, press, sheet
from deepseek_era.verdicts import rule, tally
from deepseek_era.words import counted

MOST_FIGURES = 400
FIRST_FIGURES = 25
"""Figures shown at once; the others unfold."""
MOST_EXHIBITS = 60


def _call_rows(c: Comparison) -> list[dict[str, Any]]:
    names = tables.call_names()
    rows = []
    for k in c.calls:
        known = k.a_p_own is not None and k.b_p_own is not None
        points = round(100 * (k.b_p_own or 0)) - round(100 * (k.a_p_own or 0)) if known else 0
        rows.append(
            {
                "name": f"{names.get(k.id, k.stakeholder)}, {k.horizon}",
                "a_verdict": f"{rule.spoken(k.a_band)}; R1? {rule.spoken(k.a_word)}",
                "b_verdict": f"{rule.spoken(k.b_band)}; R1? {rule.spoken(k.b_word)}",
                "a_side": rule.side_of(k.a_band),
                "b_side": rule.side_of(k.b_band),
                "a_p": _share(k.a_p_own),
                "b_p": _share(k.b_p_own),
                "points": true_minus(f"{points:+d}") if points else "0",
                "flips": k.flips or k.moves,
            }
        )
    return rows


def _share(p: float | None) -> str:
    return "–" if p is None else format_number(p, "probability")


def _figure_rows(c: Comparison) -> list[dict[str, str]]:
    def order(change: FigureChange) -> tuple[bool, float]:
        # intervals that no longer meet first, then the largest relative change
        return (change.overlap is not False, -abs(change.relative or 0.0))

    words = {True: "overlap", False: "apart", None: ""}
    return [
        {
            "id": f.id,
            "label": f.label,
            "a": f.a,
            "b": f.b,
            "change": format_difference(f.difference, f.unit, f.kind),
            "overlap": words[f.overlap],
        }
        for f in sorted(c.figures, key=order)[:MOST_FIGURES]
    ]


def answer(c: Comparison) -> str:
    """Return what a comparison found in two sentences: answers that change, figures that differ."""
    names = tables.call_names()
    flipped = [f"{names.get(k.id, k.id)} ({k.horizon})" for k in c.flipped]
    apart = sum(f.overlap is False for f in c.figures)
    if not c.figures and not flipped:
        return "The two runs give the same figures and the same verdicts."
    first = "No verdict changes."
    if flipped:
        first = f"{counted(len(flipped), 'verdict changes', 'verdicts change')}: {', '.join(flipped)}."
    before, after = c.tallies
    if before != after:
        first += f" {tally.change(before, after)}"
    which = f"in {apart} of them the intervals no longer meet"
    if not apart:
        which = "no intervals came apart"
    elif len(c.figures) == 1:
        which = "its intervals no longer meet"
    return f"{first} {counted(len(c.figures), 'figure differs', 'figures differ')}; {which}."


@dataclass(frozen=True)
class Pair:
    """An exhibit whose drawing or finding differs: its titles and its drawings in the two runs."""

    name: str
    titles: tuple[str, str]
    drawings: tuple[str, str]

    def sides(self, runs: tuple[str, str]) -> list[dict[str, str]]:
        """Return run, title and drawing of each side."""
        return [
            {"run": run, "title": title, "drawing": drawing}
            for run, title, drawing in zip(runs, self.titles, self.drawings, strict=True)
        ]


def _differing(a: Run, b: Run) -> list[Pair]:
    found = []
    for path in sorted((a.folder / "exhibits").glob("*.svg")):
        other = b.folder / "exhibits" / path.name
        if other.exists():
            texts = path.read_text(encoding="utf-8"), other.read_text(encoding="utf-8")
            if texts[0] != texts[1]:
                titles, drawn = zip(*map(drawings.untitled, texts), strict=True)
                found.append(Pair(path.stem, titles, drawn))
    return found


def prepared(c: Comparison, a: Run, b: Run) -> dict[str, Any]:
    """Return the words that page and paper share."""
    pairs = _differing(a, b)
    known = parameter_table.table()
    return {
        "title": f"{a.name} against {b.name}",
        "answer": answer(c),
        "parameters": [
            {**p, "label": known[p["id"]][-1].description if p["id"] in known else ""} for p in c.parameters
        ],
        "calls": _call_rows(c),
        "tallies": [f"{run.name}: {tally.head(t)}." for run, t in zip((a, b), c.tallies, strict=True)],
        "figures": _figure_rows(c),
        "figures_note": (
            f"{len(c.figures)} of {len(a.figures)} figures differ"
            + (f"; the {MOST_FIGURES} that moved most are shown." if len(c.figures) > MOST_FIGURES else ".")
        ),
        "exhibits_note": (
            f"{counted(len(pairs), 'drawing differs', 'drawings differ')}, "
            f"{sum(p.titles[0] != p.titles[1] for p in pairs)} with another finding"
            + (f"; the first {MOST_EXHIBITS} are shown." if len(pairs) > MOST_EXHIBITS else ".")
        ),
        "pairs": pairs[:MOST_EXHIBITS],
        "digests": [str(run.manifest["digest"])[:12] for run in (a, b)],
    }


def render_page(c: Comparison, words: dict[str, Any]) -> str:
    """Return the comparison as one HTML file."""
    css = sheet.css("page.css", "compare.css")
    exhibits = [
        {
            "name": pair.name,
            "moved": pair.titles[0] != pair.titles[1],
            "sides": [
                {
                    **side,
                    "drawing": Markup(
                        drawings.inline_svg(
                            side["drawing"],
                            f"{pair.name}-{at}",
                            f"{side['title'] or pair.name}, {side['run']}",
                            "wide",
                        )
                    ),
                }
                for at, side in zip("ab", pair.sides((c.a, c.b)), strict=True)
            ],
        }
        for pair in words["pairs"]
    ]
    page = {
        **words,
        "css": Markup(css),
        "policy": sheet.policy(css),
        "exhibits": exhibits,
        "folds": [words["figures"][:FIRST_FIGURES], words["figures"][FIRST_FIGURES:]],
        "font_licence": fonts.LICENCE,
    }
    return sheet.template("compare.html").render(page=page, c=c) + "\n"


def render_paper(c: Comparison, words: dict[str, Any], date: dt.date) -> bytes:
    """Return the comparison as a PDF."""
    data = {
        **{k: v for k, v in words.items() if k not in ("pairs", "digests")},
        "a": c.a,
        "b": c.b,
        "claims": list(c.claims),
        "exhibits": [
            {
                "name": pair.name,
                "sides": [
                    {**side, "drawing": press.safe_svg(side["drawing"])} for side in pair.sides((c.a, c.b))
                ],
            }
            for pair in words["pairs"]
        ],
        "tokens": theme.TOKENS,
        "date": [date.year, date.month, date.day],
    }
    inputs = {"comparison": json.dumps(data, ensure_ascii=False)}
    return press.pdf(sheet.TEMPLATES / "compare.typ", inputs, date)
