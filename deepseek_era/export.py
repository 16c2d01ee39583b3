"""A finished run taken elsewhere: its tables as CSV and as one workbook, its charts as PNG.

The workbook needs an extra (``requirements-export.txt``). Equal runs give equal bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from deepseek_era import described, tables
from deepseek_era.api import Run
from deepseek_era.book import finished
from deepseek_era.building import folders, verifying
from deepseek_era.citations import citations
from deepseek_era.drawing.svg import picture
from deepseek_era.errors import UserError
from deepseek_era.pages import csvs, drawings
from deepseek_era.places import from_root

EXPORTS = tables.ROOT / "export"
SHEET = 31
"""Letters that the name of a sheet may have."""
CELL = 32_767
"""Letters that a cell may have."""
WIDEST = 60
_NOT_IN_SHEETS = re.compile(r"[\[\]:*?/\\']")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a ZIP file can write


def sources(run: Run) -> pd.DataFrame:
    """Return the sources behind the figures and claims of a run: what each is, and how many figures name it."""
    named = [source for cell in run.figures["sources"] for source in tables.split_ids(cell)]
    claimed = [source for cell in run.claims.get("sources", ()) for source in tables.split_ids(str(cell))]
    used = dict.fromkeys([*named, *claimed])
    rows = tables.load("sources").set_index("source_id")
    cite = citations()
    return pd.DataFrame(
        [
            {
                "id": source,
                "title": cite[source].title,
                "publisher": cite[source].publisher,
                "published": cite[source].published,
                "url": cite[source].url,
                "via": cite[source].via,
                "kind": rows.loc[source, "kind"],
                "quality": rows.loc[source, "quality"],
                "how_read": rows.loc[source, "how_read"],
                "figures": named.count(source),
            }
            for source in used
            if source in rows.index  # one of an older run may be gone from the table
        ],
        columns=[
            "id", "title", "publisher", "published", "url", "via", "kind", "quality", "how_read", "figures",
        ],
    ).set_index("id")  # fmt: skip


def sheet_names(wanted: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return the name of the sheet for each wanted one: no longer than may be, no sign that may not be, none twice.

    >>> sheet_names(["market-forest", "figures", "a/b"], taken=["figures"])
    {'market-forest': 'market-forest', 'figures': 'figures-2', 'a/b': 'a-b'}
    """
    used = {name.lower() for name in taken}
    found: dict[str, str] = {}
    for name in wanted:
        plain = _NOT_IN_SHEETS.sub("-", name).strip() or "sheet"
        sheet, number = plain[:SHEET], 2
        while sheet.lower() in used or sheet.lower() == "history":  # which Excel keeps for itself
            tail = f"-{number}"
            sheet, number = plain[: SHEET - len(tail)] + tail, number + 1
        used.add(sheet.lower())
        found[name] = sheet
    return found


def _cell(value: Any) -> Any:
    """Return a value as a cell can hold it; a text that a spreadsheet would run begins with an apostrophe."""
    if value is None or value is pd.NA:
        return None
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return str(csvs.as_text(ILLEGAL_CHARACTERS_RE.sub("\ufffd", str(value))))[:CELL]


def workbook(sheets: Mapping[str, pd.DataFrame], made: dt.datetime) -> bytes:
    """Return tables as one workbook, a sheet each, whose bytes depend on them and the day alone.

    Raises
    ------
    UserError
        If openpyxl is not installed.
    """
    try:
        import openpyxl
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter
    except ImportError:
        raise UserError(
            "export: openpyxl is not installed; make export installs it (requirements-export.txt)"
        ) from None
    book = openpyxl.Workbook(write_only=True)
    bold = Font(bold=True)
    for name, frame in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
        for at, column in enumerate(frame.columns):
            longest = max([len(str(column)), *(len(str(row[at])) for row in rows if row[at] is not None)])
            sheet.column_dimensions[get_column_letter(at + 1)].width = min(longest + 2, WIDEST)
        for number, row in enumerate([[_cell(str(c)) for c in frame.columns], *rows]):
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet, value=value)
                if isinstance(value, str):
                    cell.data_type = "s"  # never a formula, never the code of an error
                if number == 0:
                    cell.font = bold
                cells.append(cell)
            sheet.append(cells)
    book.properties.creator = "The DeepSeek Era report"
    book.properties.created = made
    content = io.BytesIO()
    book.save(content)
    return _settled(content.getvalue(), made)


def _settled(content: bytes, made: dt.datetime) -> bytes:
    """Return a workbook without the clock of whoever saved it."""
    settled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(settled, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>" + made.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), data)
            new.writestr(zipfile.ZipInfo(name, _EARLIEST), data, zipfile.ZIP_DEFLATED)
    return settled.getvalue()


def _sheets(run: Run) -> dict[str, pd.DataFrame]:
    """Return the sheets of a run's workbook: its tables, the list of its exhibits, and the data of each."""
    own = {
        "figures": run.figures.reset_index(),
        "calls": run.calls.reset_index(),
        "claims": run.claims.reset_index(),
        "parameters": run.parameters.reset_index(),
        "sources": sources(run).reset_index(),
    }
    own = {name: frame for name, frame in own.items() if len(frame)}  # a part of the report may judge no call
    names = sheet_names(run.exhibits, [*own, "exhibits"])
    titles = {
        path.stem: drawings.untitled(path.read_text(encoding="utf-8"))[0] for path in _drawings(run.folder)
    }
    listed = [
        {"exhibit": name, "sheet": sheet, "title": titles.get(name, "")} for name, sheet in names.items()
    ]
    return {
        **own,
        "exhibits": pd.DataFrame(listed, columns=["exhibit", "sheet", "title"]),
        **{sheet: run.exhibit(name) for name, sheet in names.items()},
    }


def _drawings(folder: Path) -> list[Path]:
    return sorted((folder / "exhibits").glob("*.svg"))


def write(
    name: str,
    *,
    root: Path = finished.REPORTS,
    into: Path = EXPORTS,
    progress: Callable[[str], None] = lambda line: None,
) -> Path:
    """Write what a finished run holds into ``export/<name>/`` and return that folder.

    ``figures.csv``, ``calls.csv``, ``claims.csv``, ``report.xlsx``, ``exhibits/*.png``, and what describes them to
    machines: ``datapackage.json``, ``croissant.json``, ``ro-crate-metadata.json``, ``sbom.cdx.json``. The old folder
    stands until the new one is whole.

    Raises
    ------
    UserError
        For a run that is not there, with the nearest; for one that cannot be read; for a manifest of another
        version; for a disk that refuses.
    """
    source = finished.find(name, root)
    run = Run(source)
    read = finished.read(source, whole=False)
    made = dt.datetime.fromisoformat(read.manifest["parameters"]["vintage"])
    manifest = verifying.manifest(source)
    with folders.replacing(into / source.name, f"{into.name}/{source.name}") as folder:
        csvs.write_csv(run.figures.reset_index(), folder / "figures.csv")
        sheets = _sheets(run)
        (folder / "report.xlsx").write_bytes(workbook(sheets, made))
        progress(f"wrote figures.csv, {len(run.figures)} figures, and report.xlsx, {len(sheets)} sheets")
        (folder / "exhibits").mkdir()
        drawn = _drawings(source)
        for path in drawn:
            try:
                content = picture(path.read_text(encoding="utf-8"))
            except UserError as error:
                raise UserError(f"report/{source.name}/exhibits/{path.name}: {error}") from None
            (folder / "exhibits" / f"{path.stem}.png").write_bytes(content)
        for table in ("calls.csv", "claims.csv"):
            if (source / table).is_file():
                shutil.copyfile(source / table, folder / table)
        described.write(folder, manifest)
    target = into / source.name
    progress(f"done: {from_root(target)}/figures.csv, report.xlsx, {len(drawn)} charts in exhibits/")
    return target
