"""What may stand in quotation marks: the article's own words, letter by letter.

``data/article.csv`` holds the article, one row a sentence or bullet. A quotation is one or more pieces of it in the
article's order, with … where words were left out; square brackets hold a letter whose case was changed.
"""

from __future__ import annotations

import re

from deepseek_era import tables

OMISSION = "…"
_ADDED = re.compile(r"\[([A-Za-z])\]")


def article() -> str:
    """Return the article: its sentences in order, paragraphs on lines of their own."""
    rows = tables.load("article")
    return "\n".join(" ".join(group["text"]) for _, group in rows.groupby("paragraph", sort=True))


def _pattern(piece: str) -> str:
    """Return a piece as a pattern: a letter in brackets stands for itself in either case."""
    return "".join(
        f"[{part.lower()}{part.upper()}]" if i % 2 else re.escape(part)
        for i, part in enumerate(_ADDED.split(piece))
    )


def misquoted(text: str) -> str:
    """Return the first piece of a quotation that the article does not have at that place; '' for a true quotation.

    Pieces are what stands between omissions. They must follow each other in the article, in its spelling.
    """
    whole, place = article(), 0
    pieces = [piece.strip() for piece in text.split(OMISSION)]
    for piece in filter(None, pieces):
        found = re.compile(_pattern(piece)).search(whole, place)
        if found is None:
            return piece
        place = found.end()
    return "" if any(pieces) else text or "(empty)"


def quoted(text: str) -> str:
    """Return words in quotation marks if they are the article's; others as they stand, and said not to be."""
    return f"“{text}”" if not misquoted(text) else f"{text} (not the article’s words)" if text else ""


def quotation(text: str) -> str:
    """Return the words if they may stand in quotation marks as the article's; '' if the article does not have them."""
    return "" if misquoted(text) else text
