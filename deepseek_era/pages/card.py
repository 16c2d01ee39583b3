"""The picture that other sites show beside a link to the report: its title, its answer and its four counts."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from deepseek_era.book import bands
from deepseek_era.book.document import Report
from deepseek_era.book.view import prepared
from deepseek_era.charts import theme
from deepseek_era.drawing import fonts
from deepseek_era.drawing.svg import pen
from deepseek_era.pages.markup import escape

NAME = "card.png"
WIDTH, HEIGHT = 1200, 630
"""Pixels: what the sites that show such pictures ask for."""
_MARGIN = 64
_ROOM = WIDTH - 2 * _MARGIN
_ANSWER_LINES = 4


def _within(text: str, width: Callable[[str], float], room: float) -> list[str]:
    """Return a text in lines that are no wider than there is room."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _wrapped(text: str, size: float, most: int, *, bold: bool = False, serif: bool = True) -> list[str]:
    """Return a text in lines of about one length; what is beyond the last is cut at a word, with an ellipsis."""
    width = functools.partial(fonts.width, size=size, bold=bold, serif=serif)
    lines = _within(text, width, _ROOM)
    if len(lines) > most:
        lines = lines[:most]
        while " " in lines[-1] and width(f"{lines[-1]} …") > _ROOM:
            lines[-1] = lines[-1].rpartition(" ")[0]
        return [*lines[:-1], f"{lines[-1]} …"]
    # the narrowest that needs no line more
    rooms = range(_ROOM // 2, _ROOM, 20)
    return next((n for room in rooms if len(n := _within(text, width, room)) == len(lines)), lines)


def _text(
    words: str, y: float, size: int, ink: str, *, x: float = _MARGIN, bold: bool = False, serif: bool = False
) -> str:
    family = "Source Serif Pro" if serif else "Source Sans Pro"
    weight = 600 if bold else 400
    return (
        f'<text x="{x:g}" y="{y:g}" font-family="{family}" font-size="{size}" font-weight="{weight}" '
        f'fill="{theme.TOKENS[ink]}">{escape(words)}</text>'
    )


def answered(report: Report) -> tuple[str, str]:
    """Return the question and the first sentence of the answer, in plain words."""
    view = prepared(report)
    first = view.sections[0].section if report.edition.kind == "paper" and view.sections else None
    told = first if first and not first.number else None
    title, said = (told.title, told.dek) if told else (report.summary.title, report.summary.answer)
    answer = re.sub(r"\s+", " ", view.plain(said)).strip()
    return view.plain(title), re.split(r"(?<=[.!?])\s", answer, maxsplit=1)[0]


def drawing(report: Report) -> str:
    """Return the picture as SVG."""
    title, answer = answered(report)
    parts, y = [], 82.0
    for line in _wrapped(report.summary.kicker, 24, 2, serif=False):
        parts.append(_text(line, y, 24, "ink2"))
        y += 32
    y += 36
    for line in _wrapped(title, 58, 2, bold=True):
        parts.append(_text(line, y, 58, "ink", bold=True, serif=True))
        y += 66
    y += 4
    for line in _wrapped(answer, 33, _ANSWER_LINES):
        parts.append(_text(line, y, 33, "ink", serif=True))
        y += 44
    counts = bands.counts(report.listing) if report.listing else ()
    for i, count in enumerate(counts):
        low = HEIGHT - 52 - 34 * (len(counts) - 1 - i)
        parts.append(_text(f"{count.k} of {count.n}", low, 24, "ink", bold=True))
        parts.append(_text(count.words, low, 24, "ink2", x=_MARGIN + 110))
    rule = HEIGHT - 52 - 34 * max(len(counts) - 1, 0) - 40
    line = f'<rect x="{_MARGIN}" y="{rule}" width="{_ROOM}" height="3" fill="{theme.TOKENS["ink"]}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#FFFFFF"/>{line if counts else ""}{"".join(parts)}</svg>'
    )


def picture(report: Report) -> bytes:
    """Return the picture as PNG; the same bytes for the same report."""
    return bytes(pen().converter.svg_to_png(drawing(report), scale=1))
