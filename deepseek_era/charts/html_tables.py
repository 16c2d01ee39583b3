"""Tables out of HTML that other libraries write: taken apart into words."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class _Tables(HTMLParser):
    """Takes the tables of an HTML output apart into words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[tuple[str, bool, int, int]]]] = []
        self.beside = ""
        self.head: list[int] = []
        self.scripts = 0
        self._depth = self._mute = 0
        self._cell: tuple[bool, int, int] | None = None
        self._text = ""
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("style", "script"):
            self._mute += 1
            self.scripts += tag == "script"
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
                self.head.append(0)
        elif self._depth == 1 and tag == "thead":
            self._in_head = True
        elif self._depth == 1 and tag == "tr":
            self._close()
            self.tables[-1].append([])
            self.head[-1] += self._in_head
        elif self._depth == 1 and tag in ("td", "th") and self.tables[-1]:
            self._close()
            spans = [int(v) if (v := given.get(k) or "1").isdecimal() else 1 for k in ("rowspan", "colspan")]
            self._cell = (tag == "th", min(max(spans[0], 1), 1000), min(max(spans[1], 1), 100))
        elif tag in ("br", "p", "div", "li"):
            self._text += " "

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script"):
            self._mute = max(0, self._mute - 1)
        elif tag == "thead":
            self._close()
            self._in_head = False
        elif tag in ("td", "th", "tr"):
            self._close()
        elif tag == "table":
            if self._depth == 1:
                self._close()
            self._depth = max(0, self._depth - 1)

    def handle_data(self, data: str) -> None:
        if self._mute:
            return
        if self._depth and self._cell is not None:
            self._text += data
        elif not self._depth:
            self.beside += data

    def _close(self) -> None:
        if self._cell is not None and self._depth == 1:
            self.tables[-1][-1].append((" ".join(self._text.split()), *self._cell))
            self._cell = None
        if self._depth <= 1:
            self._text = ""


def _grid(rows: list[list[tuple[str, bool, int, int]]]) -> list[list[str]]:
    """Return rows of equal length; a cell that spans others stands in each."""
    grid: dict[tuple[int, int], str] = {}
    for y, row in enumerate(rows):
        x = 0
        for text, _, down, across in row:
            while (y, x) in grid:
                x += 1
            for dy in range(min(down, len(rows) - y)):
                for dx in range(across):
                    grid[y + dy, x + dx] = text
            x += across
    width = 1 + max((x for _, x in grid), default=-1)
    return [[grid.get((y, x), "") for x in range(width)] for y in range(len(rows))]


def tables_of(html: str) -> list[tuple[list[str], list[list[str]]]]:
    """Return the tables of an HTML text, each as header and rows of words; none if it holds anything else of weight."""
    reader = _Tables()
    reader.feed(html)
    reader.close()
    beside = re.sub(r"\d+ rows × \d+ columns", "", " ".join(reader.beside.split())).strip()
    if reader.scripts or beside:
        return []
    found = []
    for rows, head in zip(reader.tables, reader.head, strict=True):
        rows = [row for row in rows if row]
        heads = head or (1 if rows and all(is_head for _, is_head, _, _ in rows[0]) else 0)
        grid = _grid(rows)
        if not grid or not grid[0]:
            continue
        columns = list(zip(*grid[:heads], strict=True)) if heads else [()] * len(grid[0])
        header = [" ".join(dict.fromkeys(text for text in column if text)) for column in columns]
        header = [name or ("Row" if i == 0 and heads else f"Column {i + 1}") for i, name in enumerate(header)]
        found.append((header, grid[heads:]))
    return found
