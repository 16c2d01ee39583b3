"""The files that a run leaves in its folder, but for page and paper."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from nbconvert.preprocessors import ClearMetadataPreprocessor

from deepseek_era import prose
from deepseek_era.book import collect
from deepseek_era.book.document import Report
from deepseek_era.book.manuscript import Executed
from deepseek_era.errors import UserError
from deepseek_era.pages import csvs, drawings, share
from deepseek_era.verdicts.columns import CALL_COLUMNS, CROSS_COLUMNS

CLAIM_COLUMNS = ("id", "claim", "verdict", "finding", "figures", "sources")
_VERSIONED = (
    "altair",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "pypandoc_binary",
    "scipy",
    "typst",
    "vl-convert-python",
)


def dump(path: Path, content: Any) -> None:
    """Write JSON, the same bytes for the same content."""
    path.write_text(
        json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )


def _filled(item: Executed, known: prose.Vocabulary) -> nbformat.NotebookNode:
    """Return the executed notebook for people: numbers in its prose, no clock, no machine, no payloads."""
    document, _ = ClearMetadataPreprocessor(
        enabled=True,
        clear_notebook_metadata=True,
        preserve_nb_metadata_mask={"kernelspec"},
        preserve_cell_metadata_mask={"tags"},
    ).preprocess(nbformat.from_dict(item.document), {})
    for number, cell in enumerate(document.cells):
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = f"injected-parameters-{number}"
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in ("tags", "calls")})
        if cell.cell_type == "markdown":
            cell.source = prose.fill(cell.source, known, f"notebooks/{item.name}.ipynb")
            continue
        text = collect.prose_of(cell, known, f"notebooks/{item.name}.ipynb")
        if text:  # here a prose cell is the Markdown cell that it stands for
            source = prose.fill(text.strip(), known, f"notebooks/{item.name}.ipynb")
            document.cells[number] = nbformat.v4.new_markdown_cell(source, id=cell.id, metadata=cell.metadata)
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for media in [m for m in data if m.startswith("application/vnd.deepseek-era")]:
                del data[media]
            output["metadata"] = nbformat.NotebookNode()
    return document


def _csv(path: Path, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    frame = pd.DataFrame(rows)
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise UserError(f"{path.name}: column {missing[0]} was not published by the notebooks")
    for column in ("one_sided",):
        if column in columns:
            frame[column] = frame[column].map(lambda v: str(v).lower())
    csvs.write_csv(frame, path, columns)


def write(folder: Path, report: Report, found: collect.Collected, executed: Sequence[Executed]) -> None:
    """Write every file of a run but the page, the paper and the manifest."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "exhibits").mkdir()
    figures = {key: f.as_dict(found.figure_notebook[key]) for key, f in sorted(report.figures.items())}
    dump(folder / "figures.json", figures)
    if report.claims or not report.run.part:
        _csv(folder / "claims.csv", [claim.row() for claim in report.claims], CLAIM_COLUMNS)
    if report.calls or not report.run.part:
        _csv(folder / "calls.csv", list(report.calls), CALL_COLUMNS)
    if report.cross:
        _csv(folder / "cross.csv", list(report.cross), CROSS_COLUMNS)
    words = found.known
    for exhibit in report.exhibits.values():
        table = share.exhibit_csv(exhibit, words)
        (folder / "exhibits" / f"{exhibit.name}.csv").write_bytes(table.encode())
        for file in exhibit.files:
            table = share.exhibit_csv(file, words)
            (folder / "exhibits" / f"{file.name}.csv").write_bytes(table.encode())
        if exhibit.svg_wide:
            title = prose.substitute(exhibit.title, words, lambda token: token.text, "exhibits", data=True)
            svg = drawings.titled(exhibit.svg_wide, title)
            (folder / "exhibits" / f"{exhibit.name}.svg").write_text(svg, encoding="utf-8")
    for item in executed:
        text = nbformat.writes(_filled(item, found.known))
        (folder / "notebooks" / f"{item.name}.ipynb").write_text(text + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """Return the versions of Python and of what a report is made with."""
    return {"python": platform.python_version(), **{n: importlib.metadata.version(n) for n in _VERSIONED}}
