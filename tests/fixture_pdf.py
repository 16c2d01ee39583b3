"""What the tests of the paper read back from a PDF: its words, their sizes and places, its links."""

from __future__ import annotations

import functools
import io
import math
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pypdf import PdfReader


@dataclass(frozen=True)
class Piece:
    page: int
    text: str
    face: str
    size: float
    x: float
    y: float


@functools.lru_cache(maxsize=4)
def reader(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


@functools.lru_cache(maxsize=8)
def sheets(path: Path) -> tuple[str, ...]:
    """Return the text of every page of a PDF file; reading it takes seconds, so it is read once."""
    return tuple(page.extract_text() for page in PdfReader(path).pages)


def squeezed(text: str) -> str:
    """Return text without spaces and break points, so that line ends do not matter."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and c != "\u200b")


@functools.lru_cache(maxsize=4)
def page_texts(pdf: bytes) -> list[str]:
    return [squeezed(page.extract_text()) for page in reader(pdf).pages]


@functools.lru_cache(maxsize=4)
def pieces(pdf: bytes) -> list[Piece]:
    """Return every piece of text with its true size and place in points from the lower left."""
    found: list[Piece] = []
    for number, page in enumerate(reader(pdf).pages, start=1):

        def visit(text, cm, tm, font, size, number=number):
            if not text.strip() or not font:
                return
            a, b, c, d, e, f = tm
            scale = math.sqrt(abs((a * d - b * c) * (cm[0] * cm[3] - cm[1] * cm[2])))
            x, y = e * cm[0] + f * cm[2] + cm[4], e * cm[1] + f * cm[3] + cm[5]
            face = str(font.get("/BaseFont", "")).partition("+")[2]
            found.append(Piece(number, text, face, round(size * scale, 2), x, y))

        page.extract_text(visitor_text=visit)
    return found


def raised(pdf: bytes) -> list[tuple[Piece, Piece]]:
    """Return every small piece that stands above the line right after a larger one, formulas left out: exponents."""
    found = pieces(pdf)
    return [
        (before, after)
        for before, after in pairwise(found)
        if before.page == after.page
        and "Math" not in before.face + after.face
        and after.size < 0.9 * before.size
        and before.text.rstrip()[-1:].isalnum()  # what an exponent can stand on; a dash is a cell of its own
        and 1 < after.y - before.y < 0.7 * before.size
        and after.x > before.x
    ]
