"""Terms in plain words: where running text first uses one, it leads to what the term means."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deepseek_era import tables
from deepseek_era.pages.markup import escape

_TAG = re.compile(r"(<[^<>]*>)")
_NAME = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_NO_PROSE = frozenset(
    {"a", "code", "pre", "math", "svg", "table", "button", "h1", "h2", "h3", "h4", "h5", "h6"}
)
"""What holds no running text, or what a link may not stand in."""


@dataclass(frozen=True)
class Term:
    """A row of the glossary."""

    term: str
    kind: str
    plain: str

    @property
    def anchor(self) -> str:
        """Where it stands in the list of terms."""
        return "term-" + re.sub(r"\W+", "-", self.term.lower()).strip("-")


def terms() -> dict[str, Term]:
    """Return the terms by their names in small letters."""
    rows = tables.load("glossary").to_dict("records")
    found = (Term(str(row["term"]), str(row["kind"]), str(row["plain"])) for row in rows)
    return {term.term.lower(): term for term in found}


@functools.lru_cache(maxsize=4)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds any of these terms, the longest first, in the singular or with an s.

    A term that is written with a capital is found only so.
    """

    def written(name: str) -> str:
        words = r"\s+".join(re.escape(word) for word in name.split())
        return words if name != name.lower() else f"(?i:{words})"

    either = "|".join(written(name) for name in sorted(names, key=lambda n: (-len(n), n)))
    return re.compile(rf"(?<![\w-])({either})s?(?![\w-])" if either else r"(?!)")


def marked(html: str, known: Mapping[str, Term], seen: set[str]) -> str:
    """Return HTML of running text in which the first use of each term leads to its meaning; `seen` grows by them.

    Links, code, formulas, tables and headings stay as they are.

    Examples
    --------
    >>> marked("<p>Tokens and tokens</p>", {"token": Term("token", "computing", "A piece of a word.")}, set())
    '<p><a class="term" href="#term-token">Tokens</a> and tokens</p>'
    """
    pattern = _pattern(tuple(term.term for term in known.values()))

    def link(match: re.Match[str]) -> str:
        term = known[" ".join(match[1].lower().split())]
        if term.term in seen:
            return match[0]
        seen.add(term.term)
        return f'<a class="term" href="#{escape(term.anchor)}">{match[0]}</a>'

    pieces, within = _TAG.split(html), Counter[str]()  # an end without its start ends nothing
    for i, piece in enumerate(pieces):
        if i % 2 == 0:
            pieces[i] = piece if within.total() else pattern.sub(link, piece)
        elif (tag := _NAME.match(piece)) and tag[2] in _NO_PROSE and not piece.endswith("/>"):
            within[tag[2]] = max(0, within[tag[2]] + (-1 if tag[1] else 1))
    return "".join(pieces)


def listed(known: Mapping[str, Term], seen: Iterable[str]) -> list[Term]:
    """Return the terms that were marked, in the order of the alphabet."""
    return sorted((known[name.lower()] for name in set(seen)), key=lambda term: term.term.lower())
