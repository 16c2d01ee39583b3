"""A kept notebook told in other words or drawn in other colours, without running it again.

What a notebook computes does not depend on its paragraphs, nor on the colours of the theme. So where only a paragraph
was edited, its cell is filled again from the numbers and words that the notebook had at that place; and where only
colours were, their places in the specifications of its charts are filled with the new ones. Whatever cannot be done so
to the same bytes as a run would give is not done: the notebook runs.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat

from deepseek_era import notebook as contract
from deepseek_era import prose
from deepseek_era.book import manuscript
from deepseek_era.book.stripped import stripped
from deepseek_era.building import reached
from deepseek_era.drawing.svg import PENDING
from deepseek_era.figure import Figure

_LIVE = "application/vnd.vegalite"
"""A chart as JupyterLab draws it: its tables are named by digests, colours and all."""
_HEX = re.compile(r"#[0-9A-Fa-f]{6}(?![0-9A-Fa-f])")


# --- words -----------------------------------------------------------------------------------------------------------


def bones(document: nbformat.NotebookNode) -> str:
    """Return the digest of what a notebook computes: its code, with the places of prose cells and not their text."""
    plain: dict[str, Any] = stripped(json.loads(json.dumps(document)))
    plain["cells"] = [cell for cell in plain["cells"] if cell["cell_type"] != "markdown"]
    for cell in plain["cells"]:
        if manuscript.prose_in(nbformat.from_dict(cell)) is not None:
            cell["source"] = prose.MAGIC
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def in_other_words(
    kept: nbformat.NotebookNode, written: nbformat.NotebookNode, words: Sequence[Mapping[str, Any]]
) -> nbformat.NotebookNode | None:
    """Return a kept notebook with the paragraphs of one of the same `bones`; None where that takes a run.

    `words` are the variables that prose may use, as they were at each prose cell in turn.
    """
    new = {cell.id: cell.source for cell in written.cells if cell.cell_type == "code"}
    told = copy.deepcopy(kept)
    told.cells = _placed(told.cells, written.cells)
    figures: dict[str, Figure] = {}
    left = list(words)
    for cell in told.cells:
        if cell.cell_type == "code" and manuscript.prose_in(cell) is not None:
            if not left:
                return None
            known = prose.Vocabulary(figures, words=left.pop(0))
            if cell.source != new[cell.id] and not _retell(cell, new[cell.id], known):
                return None
        for output in cell.get("outputs", []):
            for entry in output.get("data", {}).get(contract.FIGURES, []):
                figures[entry["id"]] = Figure.read(entry["id"], entry)
    return told


def _placed(
    kept: Sequence[nbformat.NotebookNode], written: Sequence[nbformat.NotebookNode]
) -> list[nbformat.NotebookNode]:
    """Return cells that ran, and among them the Markdown cells as they are written now."""
    own = {cell.id for cell in written}
    ran = [cell for cell in kept if cell.cell_type != "markdown"]
    cells: list[nbformat.NotebookNode] = []
    for cell in written:
        if cell.cell_type != "markdown":
            cells.append(ran.pop(0))
            while ran and ran[0].get("id") not in own:  # what papermill put in behind the parameters
                cells.append(ran.pop(0))
            continue
        cells.append(copy.deepcopy(cell))
        cells[-1].metadata.setdefault("tags", [])  # papermill gives every cell some
    return cells


def _retell(cell: nbformat.NotebookNode, source: str, known: prose.Vocabulary) -> bool:
    """Fill a prose cell in place with other words and return whether that could be done."""
    bundles = [output.get("data", {}) for output in cell.outputs]
    if len(bundles) != 1 or contract.PROSE not in bundles[0]:
        return False
    try:
        bundle = contract.told(_body(source), None if bundles[0][contract.PROSE].get("open") else known)
    except prose.ProseError:  # the kernel says it with its place
        return False
    cell.source = source
    cell.outputs[0]["data"] = nbformat.from_dict(bundle)
    return True


def _body(source: str) -> str:
    """Return the text of a prose cell, as IPython hands it to the magic."""
    calls = (node for node in ast.walk(reached.parsed(source)) if isinstance(node, ast.Call))
    given = (
        c.args[-1].value
        for c in calls
        if c.args and isinstance(c.args[-1], ast.Constant) and len(c.args) == 3
    )
    return str(next(given, source.partition("\n")[2]))


# --- colours ---------------------------------------------------------------------------------------------------------


def in_other_colours(
    document: dict[str, Any], before: Mapping[str, str], now: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return a kept notebook with the colours of now where those of before stood; None where that takes a run.

    Colours are names of tokens with their light form. It takes a run where two tokens share a colour and
    where the notebook holds pictures that are drawn.
    """
    distinct = (
        len({colour.upper() for colour in tokens.values()}) == len(tokens) for tokens in (before, now)
    )
    if before.keys() != now.keys() or not all(distinct):
        return None
    if not all(isinstance(c, str) and _HEX.fullmatch(c) for c in (*before.values(), *now.values())):
        return None
    if _is_drawn(document):
        return None
    new = {before[name]: now[name] for name in before if before[name] != now[name]}
    text = json.dumps(document, ensure_ascii=False)
    changed = {colour.upper() for colour in new}
    if any(colour.upper() in changed and colour not in new for colour in _HEX.findall(text)):
        return None  # a token's colour in another spelling: somebody's own hand
    found: dict[str, Any] = json.loads(_HEX.sub(lambda match: new.get(match.group(0), match.group(0)), text))
    return found


def _is_drawn(document: Mapping[str, Any]) -> bool:
    """Return whether a notebook holds a picture that is no specification, in which colours cannot be told apart."""
    for cell in document["cells"]:
        for output in cell.get("outputs", []):
            for kind, content in output.get("data", {}).items():
                first = content[:1] if isinstance(content, list) else [content]
                if kind.startswith(_LIVE) or (
                    kind.startswith("image/") and not str(*first).startswith(PENDING)
                ):
                    return True
    return "<svg" in json.dumps(document)
