"""The words of the paper as its template reads them: data text as runs, prose as markup with calls for what it names.

A run is a string, or what a token stands for: ``{"num": id, "part": …}`` or ``{"ref": anchor, "text": …}``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from deepseek_era.book.references import NOTHING, Refs
from deepseek_era.book.view import View
from deepseek_era.figure import Figure, format_figure
from deepseek_era.pages.markup import kept_together, raw_inline
from deepseek_era.pages.markup_typst import call, to_typst
from deepseek_era.pages.press import breakable, settable
from deepseek_era.prose import Token, substitute
from deepseek_era.words import lowered

NOTED = 3  # sources behind one number in prose


class Galley:
    """Sets words, and keeps what the template must know of the figures, prose and pictures that they name."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.figures: dict[str, dict[str, Any]] = {}
        # the sources that have their note in the section at hand; None where numbers carry none
        self._notes: set[int] | None = None
        self._markup: dict[str, tuple[str, Refs]] = {}

    # --- data ----------------------------------------------------------------------------------------------

    def runs(self, text: str | None, where: str = "text", *, marked: bool = True) -> list[Any]:
        """Return data text as runs; numbers that are not `marked` are words, as in a title."""
        flat = " ".join((text or "").split())
        found: list[Token] = []

        def keep(token: Token) -> str:
            found.append(token)
            return f"\x00{len(found) - 1}\x00"

        pieces = substitute(flat, self.view.words, keep, where, data=True).split("\x00")
        runs: list[Any] = []
        for i, piece in enumerate(pieces):
            if i % 2:
                runs += self._run(found[int(piece)], marked=marked)
            elif piece:
                runs.append(breakable(kept_together(piece)))
        return runs

    def symbolic(self, text: str) -> list[Any]:
        """Return data text as runs, with the indices of its symbols below the line."""
        runs: list[Any] = []
        for k, part in enumerate(lowered(" ".join(text.split()))):
            # a run begins and ends with its words, and the blanks about them are the text's
            runs += [{"below": part}] if k % 2 else self._spaced(part)
        return runs

    def _spaced(self, part: str) -> list[Any]:
        ends = [" "] if part[-1:] == " " else []
        return [*([" "] if part[:1] == " " else []), *self.runs(part), *(ends if part.strip() else [])]

    def _run(self, token: Token, *, marked: bool) -> list[Any]:
        if token.exhibit is not None:
            return [{"ref": token.exhibit.anchor, "text": token.text}]
        if token.figure is None:
            return [breakable(kept_together(token.words))]
        if not marked:
            return [breakable(kept_together(format_figure(token.figure, token.part)))]
        self._know(token.figure)
        return [{"num": token.id, "part": token.part}]

    def plain(self, text: str | None) -> str:
        """Return data text with its tokens as plain words."""
        return self.view.plain(" ".join((text or "").split()))

    def _know(self, figure: Figure) -> None:
        if figure.id not in self.figures:
            size = format_figure(figure, "size")
            self.figures[figure.id] = {
                # without the sign, as it stands behind a verb
                "bare": [size, format_figure(figure, "sizes").removeprefix(size).strip()],
                "value": format_figure(figure, "value"),
                "interval": format_figure(figure, "interval"),
                "kind": figure.kind,
                "known": figure.value is not None,
                "weak": figure.id in self.view.report.weak,
            }

    def numbers(self, ids: Iterable[str]) -> list[int]:
        """Return the numbers of the sources behind ids."""
        return [source.number for source in self.view.numbered(ids)]

    # --- prose ---------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Let numbers in prose carry their sources, each source its note where it is first met."""
        self._notes = set()
        try:
            yield
        finally:
            self._notes = None

    @contextlib.contextmanager
    def without_notes(self) -> Iterator[None]:
        """Let numbers carry no sources for a while, as in a heading."""
        held, self._notes = self._notes, None
        try:
            yield
        finally:
            self._notes = held

    def _write(self, token: Token) -> str:
        """Return a token of prose as a call that the template answers."""
        if token.exhibit is not None:
            return call("exref", token.exhibit.anchor, token.text)
        if token.figure is None:
            return call("said", breakable(kept_together(token.words)))
        self._know(token.figure)
        if self._notes is None:
            return call("num", token.id, token.part, [], [])
        numbers = self.numbers(token.figure.sources)[:NOTED]
        new = [n for n in numbers if n not in self._notes]
        self._notes.update(new)
        return call("num", token.id, token.part, numbers, new)

    def prose(self, key: str, text: str, where: str, refs: Refs = NOTHING) -> str:
        """Keep markdown for the one call of pandoc; return the key under which the template finds it."""
        if text and text.strip():
            words = self.view.words
            ready = substitute(text, words, lambda t: raw_inline(self._write(t), "typst"), where)
            self.written(key, ready, refs)
        return key

    def written(self, key: str, markdown: str, refs: Refs) -> None:
        """Keep markdown that names nothing."""
        self._markup[key] = (markdown, refs)

    def converted(self) -> dict[str, str]:
        """Return all prose as typst markup."""
        texts, refs = [text for text, _ in self._markup.values()], [refs for _, refs in self._markup.values()]
        return dict(zip(self._markup, to_typst(texts, refs), strict=True))

    def pictures(self) -> dict[str, bytes]:
        """Return the pictures of prose and outputs, by the names under which the template finds them."""
        found = [p for _, refs in self._markup.values() for p in refs.pictures.values()]
        found += [x.picture for x in self.view.report.outputs.values() if x.picture is not None]
        return {p.name: settable(p) for p in found}
