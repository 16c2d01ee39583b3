"""A notebook without what running it leaves behind: outputs, counts, marks of editors.

What is left is what an author writes. Digests are taken over it, so that saving a notebook that was run makes nothing
run again; and as a filter of git (``make lab`` sets it up) it keeps the same out of a diff: ``python -m
deepseek_era.book.stripped`` turns its input. A library does that too, but cannot put back the ``kernelspec`` and
``language_info`` that each editor words in its own way. Standard library only.
"""

from __future__ import annotations

import json
import sys
from typing import Any

_CELL_MARKS = frozenset(
    (
        "ExecuteTime",
        "collapsed",
        "execution",
        "editable",
        "hidden",
        "heading_collapsed",
        "id",
        "jp-MarkdownHeadingCollapsed",
    )
) | frozenset(("jupyter", "papermill", "pycharm", "scrolled", "trusted", "vscode", "colab", "outputId"))
_DOCUMENT_MARKS = frozenset(
    ("papermill", "signature", "toc", "toc-autonumbering", "toc-showcode", "varInspector")
)
_DOCUMENT_MARKS |= frozenset(("vscode", "widgets", "colab", "accelerator", "orig_nbformat"))
PROSE = "%%prose"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def stripped(document: Any) -> Any:
    """Return a notebook, as read from JSON, without outputs, counts and marks of editors; anything else as it is."""
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        return document
    cells = []
    for cell in document["cells"]:
        if not isinstance(cell, dict):
            return document
        left = dict(cell)
        if isinstance(cell.get("metadata"), dict):
            left["metadata"] = {k: v for k, v in cell["metadata"].items() if k not in _CELL_MARKS}
        if cell.get("cell_type") == "code":
            left["outputs"], left["execution_count"] = [], None
            if "".join(cell.get("source", "")).startswith(PROSE) and isinstance(left.get("metadata"), dict):
                # prose is read, not its source: so an editor without the project's extension shows it too
                left["metadata"]["jupyter"] = {"source_hidden": True}
        cells.append(left)
    result = {**document, "cells": cells}
    if isinstance(document.get("metadata"), dict):
        metadata = {k: v for k, v in document["metadata"].items() if k not in _DOCUMENT_MARKS}
        kernel, language = metadata.get("kernelspec"), metadata.get("language_info")
        if isinstance(kernel, dict) and kernel.get("name") == KERNEL["name"]:
            metadata["kernelspec"] = dict(KERNEL)
        if isinstance(language, dict) and language.get("name") == "python":
            metadata["language_info"] = {"name": "python"}
        result["metadata"] = metadata
    return result


def source_of(content: bytes) -> bytes:
    """Return what counts of a notebook's file: its text without what running leaves; all of it if it is no notebook."""
    try:
        document = json.loads(content)
        return json.dumps(stripped(document), sort_keys=True).encode()
    except (ValueError, RecursionError):
        return content


def filtered(content: bytes) -> bytes:
    """Return a notebook's file as JupyterLab would save it unrun; as it is if it is no notebook."""
    try:
        document = json.loads(content)
        if stripped(document) is document:
            return content
        text = json.dumps(stripped(document), indent=1, ensure_ascii=False, sort_keys=True)
        return text.encode() + b"\n"
    except (ValueError, RecursionError):
        return content


if __name__ == "__main__":
    sys.stdout.buffer.write(filtered(sys.stdin.buffer.read()))
