"""Set two runs side by side as page, paper and JSON; one that is a scenario and was not run yet is made first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

from deepseek_era import parameters as parameter_table
from deepseek_era.book import compare, finished
from deepseek_era.book.compare import Comparison
from deepseek_era.book.finished import Run
from deepseek_era.building import build, files, folders
from deepseek_era.errors import UserError, nearest, plain, shown
from deepseek_era.pages import compare as pages
from deepseek_era.places import REPORTS, from_root


def _check_names(names: Mapping[str, str], root: Path) -> None:
    """Refuse a name that is neither a run nor a scenario, before anything is made: what is there, and the nearest.

    Raises
    ------
    UserError
        With a line for each such name.
    """
    runs = finished.names(root)
    known = [*runs, *(name for name in parameter_table.scenario_names() if name not in runs)]
    lines = [
        f"compare: {side} is {'empty' if not name else shown(name)}, allowed: a run ({', '.join(runs) or 'none yet'}) "
        f"or a scenario ({', '.join(map(plain, parameter_table.scenario_names()))}){nearest(name, known)}"
        for side, name in names.items()
        if name not in known and not (name and (root / folders.run_name("base", {}, name)).is_dir())
    ]
    if lines:
        raise UserError("\n".join(lines))


def _run_of(name: str, root: Path, progress: Callable[[str], None]) -> Run:
    """Return a finished run; one that is a scenario and was not made yet is made now."""
    folder = root / folders.run_name("base", {}, name)
    if not folder.is_dir() and name in parameter_table.scenario_names():
        build.build(scenario=name, root=root, progress=progress)
    return finished.read(folder)


def write(
    a: str, b: str, *, root: Path = REPORTS, progress: Callable[[str], None] = lambda line: None
) -> Comparison:
    """Compare two runs and write ``compare/<a>--<b>/`` with page, paper and ``comparison.json``.

    Raises
    ------
    UserError
        For a run that does not exist and is no scenario, or one that cannot be read.
    """
    _check_names({"A": a, "B": b}, root)
    first, second = (_run_of(name, root, progress) for name in (a, b))
    found = compare.compare(first, second)
    words = pages.prepared(found, first, second)
    target = root / "compare" / f"{first.name}--{second.name}"
    with folders.replacing(target, f"report/compare/{target.name}") as folder:
        (folder / "index.html").write_text(pages.render_page(found, words), encoding="utf-8")
        date = dt.date.fromisoformat(second.manifest["parameters"]["vintage"])
        (folder / "report.pdf").write_bytes(pages.render_paper(found, words, date))
        files.dump(folder / "comparison.json", found.as_dict())
    progress(words["answer"])
    progress(f"done: {from_root(target)}/index.html, report.pdf, comparison.json")
    return found


def against_base(folder: Path) -> str | None:
    """Return one line on what a run changed against ``base`` beside it.

    None for base itself, where there is no base, and where code, data or notebooks changed between the two: then they,
    not what was set, may be why a figure moved.
    """
    if folder.name == "base":
        return None
    try:
        base, run = (finished.read(path) for path in (folder.with_name("base"), folder))
    except UserError:
        return None
    inputs = [dict(each.manifest.get("inputs", {})) for each in (base, run)]
    if not all(inputs) or any(
        inputs[0].get(part) != inputs[1].get(part) for part in ("code", "data", "notebooks", "lock")
    ):
        return None
    found = compare.compare(base, run)
    if not found.figures and not found.flipped:
        return "against base: the same figures and the same verdicts"
    return f"against base: {pages.answer(found)} All of it: make compare A=base B={run.name}"
