"""What plain cells show: print, a data frame, a chart of Altair's, a picture, ``Markdown()``.

Everything in it is data: text stays text, a table is taken apart into its words, a picture is embedded as a picture.
What cannot be shown on page and paper alike is one line with notebook and cell, never nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import nbformat

from deepseek_era.book import references
from deepseek_era.book.document import Block, Output
from deepseek_era.book.references import Picture, Prose
from deepseek_era.charts import base
from deepseek_era.charts.html_tables import tables_of
from deepseek_era.drawing.svg import PENDING, asks_elsewhere

if TYPE_CHECKING:
    from deepseek_era.book.collect import Collected

SVG = "image/svg+xml"
OURS = "application/vnd.deepseek-era."
MOST_ROWS = 500
"""Rows of a table and lines of text that are shown; the rest is told."""
_HIDDEN = {"remove-output", "remove_output", "hide-output", "hide_output", "remove-cell", "remove_cell"}
_CHART = re.compile(r"application/vnd\.vegalite\.v\d+[+.]json")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ADDRESS = re.compile(r"(?<= at )0x[0-9a-f]{4,}(?=[>,) ]|$)", re.MULTILINE)
_STYLER = re.compile(r"\bT_[0-9a-f]{5}(?![0-9a-f])")
_CLOCK = re.compile(
    r"^(?:CPU times: .*|Wall time: .*|Compiler time: .*|.* per loop \(mean ± std\. dev\..*)\n?", re.MULTILINE
)
_ALT = re.compile(r"^[ \t]*#[ \t]*alt:[ \t]*(.+?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_WAYS = "a data frame, a chart of Altair’s, a picture, Markdown() or print()"


# --- what differs from run to run ------------------------------------------------------------------------------------


def _said(text: str) -> str:
    """Return what a terminal would show: no colours, and of a line that was written over, its last form."""
    plain = _ANSI.sub("", text).replace("\r\n", "\n")
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in plain.split("\n")]
    return _CONTROL.sub("", "\n".join(lines))


def prepare(document: nbformat.NotebookNode) -> None:
    """Make the outputs of an executed notebook the same in every run, in place, and leave its charts to be drawn.

    Clocks, addresses in memory and invented ids go; what `blocks` must tell of it stands in the cell's metadata.
    """
    for cell in document.cells:
        names: dict[str, str] = {}
        for output in cell.get("outputs", []):
            if output.get("output_type") == "stream":
                said = _said("".join(output.get("text", "")))
                output["text"] = _ADDRESS.sub("0x…", _CLOCK.sub("", said))
                if _CLOCK.search(said):
                    cell.metadata["clock"] = True
            data = output.get("data", {})
            if any(media.startswith(OURS) for media in data):
                continue
            if "text/plain" in data:
                data["text/plain"] = _ADDRESS.sub("0x…", _said("".join(data["text/plain"])))
            if "text/html" in data:
                html = "".join(data["text/html"])
                for name in _STYLER.findall(html):
                    names.setdefault(name, f"T_{len(names)}")
                data["text/html"] = _STYLER.sub(lambda m, names=names: names[m[0]], html)  # type: ignore[misc]
            chart = next((media for media in data if _CHART.fullmatch(media)), None)
            if chart is not None and SVG not in data and not asks_elsewhere(data[chart]):
                data[SVG] = PENDING + json.dumps(base._rounded(data[chart]), ensure_ascii=False)
        outputs = cell.get("outputs", [])
        if any(o.get("output_type") == "stream" and not o["text"] for o in outputs):
            cell["outputs"] = [o for o in outputs if o.get("output_type") != "stream" or o["text"]]


# --- blocks ---------------------------------------------------------------------------------------------------------


class _Cell:
    """Makes the blocks of one cell."""

    def __init__(self, found: Collected, stem: str, slug: str, cell: nbformat.NotebookNode) -> None:
        self.found, self.stem, self.slug, self.cell = found, stem, slug, cell
        self.place = f"notebooks/{stem}.ipynb, cell {cell.get('id', '?')}"
        self.blocks: list[Block] = []
        alt = _ALT.search(cell.source)
        self.alt = alt[1] if alt else ""

    def tell(self, words: str) -> None:
        line = f"{self.place}: {words}"
        if line not in self.found.left_out:
            self.found.left_out.append(line)

    def add(self, kind: str, **content: Any) -> None:
        name = f"{self.slug}-{self.cell.get('id', 'cell')}-{len(self.blocks) + 1}"
        self.found.outputs[name] = Output(
            name, kind, f"{self.stem}.ipynb", str(self.cell.get("id", "")), **content
        )
        self.blocks.append(Block("output", name))

    def text(self, text: str) -> None:
        lines = text.rstrip().split("\n")
        if len(lines) > MOST_ROWS:
            self.tell(f"its output has {len(lines)} lines, of which the first {MOST_ROWS} are shown")
            lines = [*lines[:MOST_ROWS], f"… {len(lines) - MOST_ROWS} more lines"]
        if "".join(lines).strip():
            self.add("text", text="\n".join(lines))

    def table(self, header: list[str], rows: list[list[str]]) -> None:
        if len(rows) > MOST_ROWS:
            self.tell(f"its table has {len(rows)} rows, of which the first {MOST_ROWS} are shown")
        self.add("table", header=tuple(header), rows=tuple(map(tuple, rows[:MOST_ROWS])))

    def words(self, given: object, kind: str) -> str:
        """Return the alternative text of a drawing or picture; tell where the code gives none."""
        alt = self.alt or (" ".join(given.split()) if isinstance(given, str) else "")
        if not alt:
            self.tell(f"its {kind} has no alternative text; begin the cell with a line # alt: what it shows")
        return alt or f"A {kind} made by the cell {self.cell.get('id', '?')} of the notebook {self.stem}"

    def chart(self, specification: Mapping[str, Any], svg: str) -> None:
        title = specification.get("title")
        given = title.get("text") if isinstance(title, Mapping) else title
        given = " ".join(map(str, given)) if isinstance(given, list) else given
        self.add("drawing", svg=svg, alt=self.words(specification.get("description") or given, "chart"))

    def picture(self, data: bytes, metadata: Mapping[str, Any]) -> None:
        kind = references.kind_of(data)
        if not kind:
            self.tell(f"its picture is left out: of no known kind, allowed: {', '.join(references.KINDS)}")
            return
        self.add("picture", picture=Picture(kind, data), alt=self.words(metadata.get("alt"), "picture"))

    def markdown(self, text: str) -> None:
        # no raw markup of a target, whatever the text is made from
        text = references.tidied(text).replace("{=", "{\u2060=")
        prose = Prose(self.stem, f"{self.cell.get('id', '?')}", text)
        refs, _ = references.find([prose], {self.stem: self.slug}, references.Path("/nonexistent"))
        mine = refs[self.stem, prose.cell]
        text = references.marked(text, f"{self.slug}-{prose.cell}", (), {})
        self.add("markdown", text=text.strip(), refs=mine)

    def bundle(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Show the richest form of an output that page and paper can set."""
        chart = next((media for media in data if _CHART.fullmatch(media)), None)
        image = next((m for m in data if m in ("image/png", "image/jpeg", "image/gif", "image/webp")), None)
        other = next((m for m in data if m.startswith(("application/", "text/html", "video/", "audio/"))), "")
        if chart is not None:
            if SVG in data:
                self.chart(data[chart], "".join(data[SVG]))
            else:
                self.tell(
                    "its chart is left out: its data stand at an address, allowed: data in the chart itself"
                )
        elif SVG in data:
            self.picture("".join(data[SVG]).encode(), metadata.get(SVG, metadata))
        elif image is not None:
            try:
                content = base64.b64decode("".join(data[image]))
            except (binascii.Error, ValueError):
                content = b""
            self.picture(content, metadata.get(image, metadata))
        elif "text/markdown" in data:
            self.markdown("".join(data["text/markdown"]))
        elif "text/html" in data and (tables := tables_of("".join(data["text/html"]))):
            for header, rows in tables:
                self.table(header, rows)
        elif "text/latex" in data:
            self.markdown("".join(data["text/latex"]))
        elif other:
            self.tell(f"its output ({other}) is left out; what can be shown: {_WAYS}")
        elif "text/plain" in data:
            self.text("".join(data["text/plain"]))


def blocks(found: Collected, stem: str, slug: str, cell: nbformat.NotebookNode) -> list[Block]:
    """Return a block for each output of a cell that is not the report's own; what is left out is told in `found`."""
    tags = set(cell.metadata.get("tags", []))
    if tags & (_HIDDEN | {"parameters", "injected-parameters"}):
        return []
    made = _Cell(found, stem, slug, cell)
    printed = ""
    for output in cell.get("outputs", []):
        kind = output.get("output_type")
        if kind == "stream" and output.get("name") == "stdout":
            printed += "".join(output.get("text", ""))
            continue
        made.text(printed)
        printed = ""
        data = output.get("data", {})
        if kind == "stream":
            made.tell("what it says on stderr is left out; print() shows")
        elif kind in ("display_data", "execute_result") and not any(m.startswith(OURS) for m in data):
            made.bundle(data, output.get("metadata", {}))
    made.text(printed)
    if cell.metadata.get("clock"):
        made.tell("its clock (%time) is left out: it differs from run to run")
    return made.blocks
