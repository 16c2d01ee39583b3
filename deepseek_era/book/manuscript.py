"""Notebooks as their authors wrote them: read in any way an editor may have saved them, and checked before any work.

What cannot become a part of the report is one line that names the notebook and, where there is one, the cell.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import json
import logging
import re
import unicodedata
import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from deepseek_era import witness
from deepseek_era.book import references
from deepseek_era.book.stripped import KERNEL
from deepseek_era.errors import UserError, first_line, nearest, plain, shown
from deepseek_era.places import PART, ROOT, notebook_files, notebooks_dir
from deepseek_era.prose import MAGIC

NOTEBOOKS = ROOT / "notebooks"
METADATA = "deepseek_era"
"""The notebook's own metadata under which it says its role: ``{"deepseek_era": {"role": "claims"}}``."""
PAPER = "paper"
"""The role of the notebook from which the paper is set; the others make the annex."""
ROLES = (PAPER, "claims", "cost", "market", "capacity", "verdicts", "scorecard")
"""Parts of the argument that a notebook may say it is, whatever its number and name; one notebook a role."""
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TAKEN = ("data", "sources")
"""Parts of the page that are no notebook's."""


@dataclass(frozen=True)
class Executed:
    """A notebook that ran: its name, the executed document and how long it took."""

    name: str
    document: nbformat.NotebookNode
    seconds: float
    read: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    """Data tables read and parameters used, for the next build to know what a change touches."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Every other file that it opened, with the digest of what it held then."""
    words: str = "[]"
    """What its prose cells could use of its variables, in turn, as `notebook.dependencies` tells it."""


def slug(stem: str) -> str:
    """Return the id of a notebook's part of the report: its name after the number, in letters that ids may have."""
    name = stem.partition("-")[2]
    plainer = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    found = re.sub(r"[^A-Za-z0-9_]+", "-", plainer).strip("-")
    if not found:  # a name in another script
        found = f"part-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"
    # names such as C01 are ids of cards
    return f"{found}-part" if found in _TAKEN or re.fullmatch(r"[A-Z][0-9]+", found) else found


def _named_cells(document: Any) -> None:
    """Give every cell an id that stays the same from run to run, where an editor gave it none or one that is taken."""
    seen: set[str] = set()
    for number, cell in enumerate(document.get("cells", []), start=1):
        if not isinstance(cell, dict):
            continue
        name = cell.get("id")
        if not isinstance(name, str) or not _CELL_ID.fullmatch(name) or name in seen:
            name = next(
                n for n in (f"cell-{number}", *(f"cell-{number}-{i}" for i in range(2, 999))) if n not in seen
            )
            cell["id"] = name
        seen.add(name)


def read(path: Path) -> nbformat.NotebookNode:
    """Return a notebook with ids for its cells and the kernel that runs it, whichever editor saved it.

    Raises
    ------
    UserError
        For what is no notebook, has a format before 4, or is written in another language than Python.
    """
    return copy.deepcopy(_read_at(path, witness.sign(path)))


@functools.lru_cache(maxsize=64)
def _read_at(path: Path, sign: tuple[int, int, int]) -> nbformat.NotebookNode:
    del sign
    place = f"notebooks/{plain(path.name)}"
    log = logging.getLogger("traitlets")  # where nbformat would say it over many lines before it raises
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        major = content.get("nbformat") if isinstance(content, dict) else None
        if isinstance(major, int) and not isinstance(major, bool) and major < 4:
            raise UserError(
                f"{place}: saw notebook format {major}, allowed: 4 (open it in JupyterLab and save it)"
            )
        if major == 4 and isinstance(content.get("cells"), list):
            _named_cells(content)
            if isinstance(content.get("metadata"), dict):
                _check_language(content["metadata"], place)
            content["nbformat_minor"] = max(int(content.get("nbformat_minor", 5)), 5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = nbformat.reads(json.dumps(content), as_version=4)
            nbformat.validate(document)
    except UserError:
        raise
    except Exception as error:  # nbformat stumbles over odd JSON with errors of every kind
        raise UserError(f"{place}: not a readable notebook ({first_line(error)})") from None
    finally:
        log.setLevel(level)
    return document


def _check_language(metadata: dict[str, Any], place: str) -> None:
    """Refuse a notebook of another language; any other gets the kernel that the report runs, whichever it names."""
    given = [(metadata.get("kernelspec"), "language"), (metadata.get("language_info"), "name")]
    spoken = [x.get(key) for x, key in given if isinstance(x, dict) and x.get(key)]
    other = next((w for w in spoken if str(w).lower() not in ("python", "ipython", "python3")), None)
    if other is not None:
        raise UserError(f"{place}: saw language {shown(other)}, allowed: python")
    metadata["kernelspec"] = dict(KERNEL)
    metadata["language_info"] = {"name": "python"}


def role_of(document: nbformat.NotebookNode) -> str:
    """Return the role that a notebook says it has in the report, one of `ROLES`; empty for one that says none."""
    own = document.metadata.get(METADATA, {})
    return str(own.get("role") or "") if isinstance(own, dict) else ""


def _check_roles(documents: dict[Path, nbformat.NotebookNode]) -> list[str]:
    """Return a line for each notebook whose role is unknown, or another's already."""
    lines = []
    first: dict[str, Path] = {}
    for path, document in documents.items():
        place = f"notebooks/{plain(path.name)}: metadata {METADATA}"
        own = document.metadata.get(METADATA, {})
        if not isinstance(own, dict):
            lines.append(f'{place}: saw {shown(own)}, allowed: {{"role": …}}')
            continue
        given = own.get("role")
        if given is not None and given not in ROLES:
            lines.append(
                f"{place}.role: saw {shown(given)}, allowed: {', '.join(ROLES)}{nearest(str(given), ROLES)}"
            )
        elif given is not None and (earlier := first.setdefault(given, path)) is not path:
            lines.append(
                f"{place}.role: saw {shown(given)}, which notebooks/{plain(earlier.name)} has; "
                "allowed: one notebook a role"
            )
    return lines


def role_in(stem: str) -> str:
    """Return the role of a notebook of the report by its name; empty for one that says none or cannot be read."""
    try:
        return role_of(read(notebooks_dir() / f"{stem}.ipynb"))
    except UserError:
        return ""


def left_out(folder: Path) -> list[str]:
    """Return the notebooks in the folder that are no part of the report since their names begin with no number."""
    return sorted(p.name for p in folder.glob("*.ipynb") if not PART.fullmatch(p.name))


def _check_names(paths: Iterable[Path], folder: Path) -> list[str]:
    lines = [
        f"notebooks/{plain(name)}: its name sorts nowhere, "
        "allowed: two digits, a hyphen and a name, as in 07-mine.ipynb"
        for name in left_out(folder)
        if name[:1].isdigit()
    ]
    first: dict[str, Path] = {}
    for path in paths:
        earlier = first.setdefault(slug(path.stem).lower(), path)
        if earlier is not path:
            lines.append(
                f"notebooks/{plain(path.name)}: its part would have the same name as that of "
                f"notebooks/{plain(earlier.name)} ({plain(slug(path.stem))}); give one of them another name"
            )
    return lines


def paths(folder: Path | None = None, only: Collection[str] = ()) -> list[Path]:
    """Return the notebooks of the report in reading order; with `only`, those with these stems, no other looked at.

    Raises
    ------
    UserError
        With a line for each one that cannot be a part: an unreadable file, no parameters, a name that sorts nowhere, a
        name or role that another one has, a role that there is not.
    """
    folder = folder or notebooks_dir()
    found = notebook_files(folder)
    if not found:
        raise UserError("notebooks: no notebook named NN-name.ipynb found")
    found = [path for path in found if not only or path.stem in only]
    lines = _check_names(found, folder)
    documents: dict[Path, nbformat.NotebookNode] = {}
    for path in found:
        try:
            documents[path] = read(path)
        except UserError as error:
            lines.append(str(error))
            continue
        if not any("parameters" in cell.metadata.get("tags", []) for cell in documents[path].cells):
            lines.append(f"notebooks/{plain(path.name)}: no cell tagged parameters")
    lines += _check_roles(documents)
    if lines:
        raise UserError("\n".join(lines))
    return found


def prose_in(cell: nbformat.NotebookNode) -> str | None:
    """Return the Markdown of a cell, with every branch of its conditions; None for a cell that holds none."""
    if cell.cell_type == "markdown":
        return str(cell.source)
    first, _, rest = str(cell.source).partition("\n")
    return rest if cell.cell_type == "code" and first.strip() == MAGIC else None


def check(
    found: Iterable[Path],
) -> tuple[dict[tuple[str, str], references.Refs], dict[str, str]]:
    """Return what the prose of the notebooks refers to, and the pictures read for it with their digests.

    Raises
    ------
    UserError
        With a line for each notebook without a title and each link or picture that cannot be set.
    """
    cells: list[references.Prose] = []
    lines: list[str] = []
    slugs: dict[str, str] = {}
    for path in found:
        slugs[path.stem] = slug(path.stem)
        prose = [
            references.Prose(path.stem, cell.id, text, dict(cell.get("attachments", {})))
            for cell in read(path).cells
            if (text := prose_in(cell)) is not None
        ]
        heads = [m for cell in prose for m in references.headings(references.tidied(cell.text))]
        if not any(match[1] == "#" for match in heads):
            lines.append(f"notebooks/{plain(path.name)}: no first cell with a title (# …)")
        cells += prose
    try:
        refs, files = references.find(cells, slugs, notebooks_dir())
    except UserError as error:
        lines.append(str(error))
    if lines:
        raise UserError("\n".join(lines))
    return refs, files
