"""Processes that draw the charts which the notebooks left pending.

Each holds one JavaScript engine for the whole build. They can start before anything heavy is imported, so that their
engines are warm when the first notebook has run. Wide drawings are made beside the notebooks, for the paper needs them;
narrow ones, which the page alone needs, wait until the paper is being set, which takes one processor and leaves others
free.
"""

from __future__ import annotations

import contextlib
import heapq
import logging
import multiprocessing
import os
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self, cast

from deepseek_era.building import kept_drawings
from deepseek_era.building.forks import die_with_parent
from deepseek_era.drawing import fonts
from deepseek_era.drawing.svg import PENDING, Pen
from deepseek_era.errors import NotebookError

SVG = "image/svg+xml"
EXHIBIT = "application/vnd.deepseek-era.exhibit+json"
MOST = 2
"""Processes at most, one for every two processors: with more, their starts cost what they save."""
_WORDS = 200
"""Letters of a warning at most; some carry half a specification."""
_FIRST = (
    '{"mark":"point","data":{"values":[{"a":1}]},"encoding":{"x":{"field":"a","type":"quantitative"},'
    '"y":{"field":"a","type":"nominal"}}}'
)


class _Heard(logging.Handler):
    """Keeps what the drawing library warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(" ".join(record.getMessage().split()))


def _serve(pipe: Connection, folder: Path) -> None:
    die_with_parent()
    pen = Pen(folder)
    os.nice(5)  # the paper, which takes longest, goes first
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    with contextlib.suppress(EOFError, KeyboardInterrupt, BrokenPipeError), pipe:
        pen.draw(_FIRST)
        while True:
            specification = pipe.recv()
            heard.words.clear()
            try:
                answer, good = pen.draw(specification), True
            except ValueError as error:
                answer, good = str(error).strip().splitlines()[0], False
            pipe.send((good, answer, list(dict.fromkeys(heard.words))))


def _drawings(document: Any) -> Iterator[tuple[Any, dict[str, Any], str, bool]]:
    """Yield cell, bundle, key and whether wide of every drawing in an executed notebook."""
    for cell in document.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if EXHIBIT in data:
                yield cell, data, SVG, True
                yield cell, data[EXHIBIT], "svg_narrow", False
                for view in data[EXHIBIT].get(
                    "views", ()
                ):  # print has the first one alone, which is the exhibit's
                    yield cell, view, "wide", False
                    yield cell, view, "narrow", False
            elif SVG in data:
                yield cell, data, SVG, True


def is_pending(drawing: object) -> bool:
    """Return whether a drawing is still to be made."""
    return isinstance(drawing, str) and drawing.startswith(PENDING)


class Drawers:
    """The drawing processes of a build: started when first needed, or by `start`; ended with the ``with`` block."""

    def __init__(self, processes: int | None = None) -> None:
        self._count = processes or max(1, min(MOST, (os.cpu_count() or 1) // 2))
        self._idle: list[Connection] = []
        self._busy: dict[Connection, tuple[str, str]] = {}
        self._processes: list[BaseProcess] = []
        self._waiting: list[tuple[bool, int, str, str]] = []
        self._narrow_too = False
        self._asked: set[str] = set()
        self._drawn: dict[str, str] = {}
        self._warnings: dict[str, None] = {}
        self.kept: Path | None = None
        """The folder of drawings of earlier builds; without it everything is drawn. See `kept_drawings`."""
        self.reuses = True
        """Whether those are looked at, not only added to."""

    def __enter__(self) -> Self:
        return self

    def start(self) -> None:
        """Start the processes, unless they run already."""
        if self._processes:
            return
        # never forked: a process that has drawn itself has threads that a fork would miss
        context = multiprocessing.get_context("spawn")
        for _ in range(self._count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, fonts.folder()), daemon=True)
            process.start()
            theirs.close()
            self._processes.append(process)
            self._idle.append(ours)

    def stop(self) -> None:
        """End the processes and free their memory; they start again if something is to be drawn."""
        for pipe in (*self._idle, *self._busy):
            pipe.close()
        for process in self._processes:
            process.kill()
            process.join()
        self._idle, self._busy, self._processes = [], {}, []

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self.kept is not None:
            kept_drawings.drop_old(self.kept)

    @property
    def pipes(self) -> list[Connection]:
        """What to wait for while drawings are being made; hand what is ready to `take`."""
        return list(self._busy)

    @property
    def warnings(self) -> list[str]:
        """What the drawing library warned of so far, each with notebook and cell, once."""
        return list(self._warnings)

    def add(self, name: str, document: Any) -> None:
        """Have the pending drawings of a notebook made."""
        for cell, bundle, key, wide in _drawings(document):
            drawing = str(bundle.get(key, ""))
            if is_pending(drawing) and drawing not in self._asked:
                self._asked.add(drawing)
                where = f"notebooks/{name}.ipynb, cell {cell.get('id', '?')}"
                if self._found(drawing, where):
                    continue
                heapq.heappush(self._waiting, (not wide, len(self._asked), drawing, where))
        self._feed()

    def _found(self, drawing: str, where: str) -> bool:
        """Return whether a drawing was kept by an earlier build, and take it."""
        if self.kept is None or not self.reuses:
            return False
        found = kept_drawings.find(self.kept, drawing.removeprefix(PENDING))
        if found is not None:
            self._has(drawing, where, found)
        return found is not None

    def _has(self, drawing: str, where: str, made: kept_drawings.Drawing) -> None:
        self._drawn[drawing] = made.svg
        told = (f"{where}: its chart: {words[:_WORDS]}" for words in made.warnings)
        self._warnings.update(dict.fromkeys(told))

    def take(self, ready: Iterable[object]) -> None:
        """Take finished drawings and give their processes the next ones.

        Raises
        ------
        NotebookError
            If a chart cannot be drawn: notebook, cell and reason.
        """
        for pipe in cast(Iterable[Connection], ready):
            drawing, where = self._busy.pop(pipe)
            try:
                good, answer, warned = pipe.recv()
            except (EOFError, ConnectionResetError):
                raise NotebookError(f"{where}: the process that drew its chart died") from None
            self._idle.append(pipe)
            if not good:
                raise NotebookError(f"{where}: its chart cannot be drawn: {answer}")
            made = kept_drawings.Drawing(answer, warned)
            self._has(drawing, where, made)
            if self.kept is not None:
                kept_drawings.keep(self.kept, drawing.removeprefix(PENDING), made)
        self._feed()

    def _feed(self) -> None:
        if self._waiting:
            self.start()
        while self._idle and self._waiting and (self._narrow_too or not self._waiting[0][0]):
            _, _, drawing, where = heapq.heappop(self._waiting)
            pipe = self._idle.pop()
            try:
                pipe.send(drawing.removeprefix(PENDING))
            except (BrokenPipeError, ConnectionResetError):
                raise NotebookError(f"{where}: the process that draws charts died") from None
            self._busy[pipe] = (drawing, where)

    def _missing(self, documents: Iterable[Any], wide_only: bool) -> bool:
        return any(
            is_pending(bundle.get(key)) and bundle[key] not in self._drawn
            for document in documents
            for _, bundle, key, wide in _drawings(document)
            if wide or not wide_only
        )

    def finish(self, documents: Iterable[Any], *, wide_only: bool = False) -> None:
        """Put the drawings into executed notebooks, in place, waiting for those not made yet."""
        documents = list(documents)
        self._narrow_too = not wide_only
        self._feed()
        while self._busy and self._missing(documents, wide_only):
            self.take(wait(self.pipes))
        for document in documents:
            for _, bundle, key, _ in _drawings(document):
                if is_pending(bundle.get(key)):
                    bundle[key] = self._drawn.get(bundle[key], bundle[key])

    def drawn(self, drawing: str | None) -> str | None:
        """Return the SVG of a drawing that was pending; another one as it is."""
        return self._drawn.get(drawing, drawing) if drawing else drawing
