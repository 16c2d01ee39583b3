"""A run from start to finish: check, execute, collect, render, write, and replace the old report in one step."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import datetime as dt
import errno
import fcntl
import importlib.metadata
import json
import multiprocessing
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from nbconvert.preprocessors import ClearMetadataPreprocessor

from deepseek_era import prose, tables, witness
from deepseek_era.book import collect, manuscript
from deepseek_era.book.document import Report
from deepseek_era.book.part import WHOLE, Part, elsewhere
from deepseek_era.book.references import Refs
from deepseek_era.building import digests, execute, forks, fresh, kept
from deepseek_era.building.drawers import Drawers
from deepseek_era.errors import ParameterError, UserError, plain, shown
from deepseek_era.market import returns
from deepseek_era.market.inputs import inputs as market_inputs
from deepseek_era.model import Model
from deepseek_era.pages import csvs, drawings
from deepseek_era.parameters import Parameters, later_knowledge, resolve
from deepseek_era.tables import ROOT
from deepseek_era.verdicts.columns import CALL_COLUMNS

REPORTS = ROOT / "report"
RESERVED = {"template", "compare", "sweep"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=+-]{0,79}")
CLAIM_COLUMNS = ("id", "claim", "verdict", "finding", "figures", "sources")

Progress = Callable[[str], None]


def run_name(
    scenario: str, overrides: Mapping[str, Any], name: str | None = None, part: Part | None = None
) -> str:
    """Return the folder name of a run: as told, else the scenario with what was set, after the part that is made.

    Raises
    ------
    ParameterError
        If the name could leave ``report/``, is taken by the project itself, or is that of the base report for a part.
    """
    if name is None:
        lead = part.lead if part else ""
        extra = [f"{key}={_short(value)}" for key, value in overrides.items()]
        run = "+".join([scenario, *extra])
        name = "+".join(filter(None, [lead, run if run != WHOLE or not lead else ""]))
        name = re.sub(r"[^A-Za-z0-9._=+-]", "-", name)[:80]
    if not _NAME.fullmatch(name) or ".." in name or name in RESERVED:
        raise ParameterError(
            f"name: saw {shown(name)}, allowed: up to 80 letters, digits and . _ = + - "
            f"(not {', '.join(sorted(RESERVED))})"
        )
    if part and not part.whole and name.lower() == WHOLE:
        raise ParameterError(
            f"name: saw {shown(name)}, which is the whole report, page and paper; allowed with ONLY= or PDF=0: another "
            "name, or none"
        )
    return name


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        return "-".join(f"{v:g}" for v in value.values())
    return f"{value:g}" if isinstance(value, float) else str(value)


@contextlib.contextmanager
def _alone(name: str, root: Path, place: str = "report") -> Iterator[None]:
    """Hold the lock of a run's name; a second build of the same name is refused."""
    path = root / f".{name}.lock"
    try:
        root.mkdir(parents=True, exist_ok=True)
        handle = path.open("w")
    except OSError as error:
        raise UserError(
            f"{place}/{name}: cannot write there ({error.strerror}); the old report stands"
        ) from None
    busy = UserError(f"{place}/{name}: another build of it is running; wait for it, or give a NAME")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise busy from None
        # whoever held it may have removed the file between the two lines above, and a third made it anew
        if not path.exists() or path.stat().st_ino != os.fstat(handle.fileno()).st_ino:
            raise busy
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _exchange(new: Path, old: Path) -> bool:
    """Swap two folders in one step of the kernel; return whether the system can."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    at_cwd, exchange = -100, 2
    done = libc.renameat2(at_cwd, os.fsencode(new), at_cwd, os.fsencode(old), exchange)
    if done == 0:
        return True
    if ctypes.get_errno() in (errno.EINVAL, errno.ENOSYS):
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def replace_folder(new: Path, target: Path) -> None:
    """Put a finished folder in the place of the old one; the old one stands until the new one does."""
    if not target.exists():
        new.rename(target)
        return
    if _exchange(new, target):
        shutil.rmtree(new, ignore_errors=True)
        return
    aside = target.with_name(f".{target.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    target.rename(aside)
    new.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def _recover(target: Path) -> None:
    """Bring back a report that a killed build had set aside, and drop half-written folders."""
    aside = target.with_name(f".{target.name}.old")
    if aside.exists() and not target.exists():
        aside.rename(target)
    for left in target.parent.glob(f".{target.name}.tmp-*"):
        shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def replacing(target: Path, place: str) -> Iterator[Path]:
    """Give a new folder to fill; when the block ends well it takes the place of `target`, else nothing changes.

    Raises
    ------
    UserError
        If another process fills it at the same time, or the disk refuses.
    """
    with _alone(target.name, target.parent, place):
        _recover(target)
        folder = target.with_name(f".{target.name}.tmp-{os.getpid()}")
        try:
            folder.mkdir()
            yield folder
            replace_folder(folder, target)
        except OSError as error:
            raise UserError(f"{place}/{target.name}: {error.strerror or error}; the old one stands") from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _dump(path: Path, content: Any) -> None:
    path.write_text(
        json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )


def _filled(item: execute.Executed, known: prose.Vocabulary) -> nbformat.NotebookNode:
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
        text = collect.prose_of(cell)
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


def write(folder: Path, report: Report, found: collect.Collected, executed: list[execute.Executed]) -> None:
    """Write every file of a run but the page, the paper and the manifest."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "exhibits").mkdir()
    figures = {key: f.as_dict(found.figure_notebook[key]) for key, f in sorted(report.figures.items())}
    _dump(folder / "figures.json", figures)
    if report.claims or not report.run.part:
        _csv(folder / "claims.csv", [claim.row() for claim in report.claims], CLAIM_COLUMNS)
    if report.calls or not report.run.part:
        _csv(folder / "calls.csv", list(report.calls), CALL_COLUMNS)
    words = found.known

    def plain(cell: Any) -> Any:
        # a finding in a table names figures, as the page's own cells do
        if isinstance(cell, str) and "{{" in cell:
            return prose.substitute(cell, words, lambda token: token.text, "exhibits", data=True)
        return cell

    for exhibit in report.exhibits.values():
        rows = [{key: plain(cell) for key, cell in row.items()} for row in exhibit.data]
        frame = pd.DataFrame(rows, columns=list(exhibit.data_columns))
        csvs.write_csv(frame, folder / "exhibits" / f"{exhibit.name}.csv")
        if exhibit.svg_wide:
            svg = drawings.titled(exhibit.svg_wide, plain(exhibit.title))
            (folder / "exhibits" / f"{exhibit.name}.svg").write_text(svg, encoding="utf-8")
    for item in executed:
        text = nbformat.writes(_filled(item, found.known))
        (folder / "notebooks" / f"{item.name}.ipynb").write_text(text + "\n", encoding="utf-8")


def _send(pipe: Connection, make: Callable[[], bytes]) -> None:
    forks.die_with_parent()  # else it would outlive a killed build and keep its lock
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError), pipe:
        try:
            pipe.send(make())
        except UserError as error:
            pipe.send(str(error))


@contextlib.contextmanager
def _beside(make: Callable[[], bytes]) -> Iterator[Callable[[], bytes]]:
    """Run `make` in a forked process meanwhile and give a function that waits for its bytes; without fork, run it then."""
    if not forks.can_fork():
        yield make
        return
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, make))
    process.start()
    sender.close()

    def result() -> bytes:
        try:
            answer = receiver.recv()
        except EOFError:
            raise UserError("report.pdf: its process died without a word") from None
        if isinstance(answer, str):
            raise UserError(answer)
        return bytes(answer)

    try:
        yield result
    finally:
        receiver.close()
        if process.is_alive():
            process.join(1.0)
        process.kill()
        process.join()


def _drawn(report: Report, drawers: Drawers) -> Report:
    """Return the report with its narrow drawings, which the paper did not wait for."""
    exhibits = {
        name: dataclasses.replace(exhibit, svg_narrow=drawers.drawn(exhibit.svg_narrow))
        for name, exhibit in report.exhibits.items()
    }
    return dataclasses.replace(report, exhibits=exhibits) if exhibits else report


def _versions() -> dict[str, str]:
    wanted = (
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
    return {"python": platform.python_version(), **{n: importlib.metadata.version(n) for n in wanted}}


def notebook_parameters(parameters: Parameters) -> dict[str, Any]:
    """Return what papermill injects into every notebook of a run."""
    run = {
        "vintage": parameters.vintage.isoformat(),
        "seed": parameters.seed,
        "scenario": parameters.scenario,
    }
    return {**run, **parameters.overrides}


def _executed(
    paths: list[Path],
    parameters: Parameters,
    workers: int | None,
    timeout: float,
    force: bool,
    drawers: Drawers,
    step: Progress,
    snapshot: fresh.Snapshot,
) -> tuple[list[execute.Executed], Callable[[], None]]:
    """Return the executed notebooks, kept ones where nothing that they depend on changed, and what keeps the others.

    Their wide drawings are there; the narrow ones may be pending until the others are kept.
    """
    inject = notebook_parameters(parameters)
    kept_ones: dict[str, execute.Executed] = {}
    for path in paths:
        document, reason, files = (
            kept.Found(None, "forced", {}) if force else kept.find(path, parameters, snapshot)
        )
        if document is not None:
            execute.injected(document, inject)
            kept_ones[path.stem] = execute.Executed(path.stem, document, 0.0, files=files)
        step(f"notebook {path.stem}: {'kept, ' if document is not None else 'runs, '}{reason}")
    to_run = [path for path in paths if path.stem not in kept_ones]
    ran_now = execute.run_notebooks(
        to_run, inject, workers=workers, timeout=timeout, progress=step, drawers=drawers
    )
    drawers.finish([item.document for item in ran_now], wide_only=True)

    def keep() -> None:
        drawers.finish(item.document for item in ran_now)
        for path, item in zip(to_run, ran_now, strict=True):
            try:
                read, used = list(item.read), list(item.used)
                kept.keep(path, parameters, item.document, read, used, item.files, snapshot)
            except OSError as error:  # the run is good without it; the next one is only slower
                step(f"notebook {path.stem}: cannot be kept for the next run ({error.strerror})")

    ran = {**kept_ones, **{item.name: item for item in ran_now}}
    return [ran[path.stem] for path in paths], keep


def check_own_files(parameters: Parameters) -> None:
    """Refuse what the user's own data or tables cannot bear, before any kernel starts, whatever named it.

    That is a file of returns that cannot be read, and a firm left out that stands in no group.

    Raises
    ------
    DataError
        In one line: what, where, seen, allowed.
    """
    name = parameters.rows["returns_file"].choices
    if name:
        returns.own_returns(name)
    if parameters.rows["left_out"].choices:
        market_inputs(Model(parameters))


def check_pictures(refs: Mapping[tuple[str, str], Refs]) -> None:
    """Refuse a picture in prose that the paper cannot set, before any kernel starts.

    Raises
    ------
    UserError
        With a line for each: notebook, cell, picture.
    """
    from deepseek_era.pages.press import unsettable

    every = {p.name: p for cell in refs.values() for p in cell.pictures.values()}
    if not every:
        return
    # in a process of its own: this one must not hold typst's threads when it forks
    with _beside(lambda: "\n".join(unsettable(every.values())).encode()) as answer:
        broken = set(answer().decode().split())
    lines = [
        f"notebooks/{plain(notebook)}.ipynb, cell {plain(cell)}: picture {shown(target)} cannot be read as {picture.kind}"
        for (notebook, cell), found in refs.items()
        for target, picture in found.pictures.items()
        if picture.name in broken
    ]
    if lines:
        raise UserError("\n".join(lines))


def opened(
    executed: list[execute.Executed], parameters: Parameters, snapshot: fresh.Snapshot
) -> dict[str, str]:
    """Return every file that a run opened beside its inputs, with the digest of what was read.

    An input that was changed meanwhile counts with both contents: no notebook need have seen the one that was first.
    """
    found: dict[str, str] = {}
    for item in executed:
        for path, digest in item.files.items():
            found[path] = digest if found.get(path, digest) == digest else witness.TORN
    for path, digest in digests.named_files(parameters).items():
        found.setdefault(path, digest)
    beside = {path: digest for path, digest in found.items() if not snapshot.holds(Path(path), digest)}
    return {**beside, **{str(path): witness.digest(path) for path in snapshot.moved()}}


def build(
    *,
    scenario: str = "base",
    overrides: Mapping[str, Any] | None = None,
    name: str | None = None,
    workers: int | None = None,
    timeout: float = execute.NOTEBOOK_TIMEOUT_S,
    root: Path = REPORTS,
    force: bool = False,
    progress: Progress = lambda line: None,
    drawers: Drawers | None = None,
    snapshot: fresh.Snapshot | None = None,
    request: str = "",
    part: Part | None = None,
) -> Path:
    """Make a report, or a `part` of it, and return its folder.

    Everything that can be refused is refused before a kernel starts; the new folder takes the old one's place only
    when it is whole. A notebook may take `timeout` seconds. Charts are drawn by `drawers`, by default the build's own.
    `snapshot` is what the inputs were when the run was asked for, by default when it begins; the report is noted as
    what `request` gives, unless one of them was changed meanwhile.

    Raises
    ------
    UserError
        One line per mistake: parameter, scenario, data table, notebook, token.
    """
    from deepseek_era.pages.html import render_html
    from deepseek_era.pages.pdf import render_pdf
    from deepseek_era.verdicts import branches, evaluate

    started = time.perf_counter()
    timings: dict[str, float] = {}
    part = part or Part(())

    def step(text: str) -> None:
        progress(f"[{time.perf_counter() - started:5.1f} s] {text}")

    snapshot = snapshot or fresh.Snapshot()
    parts = digests.inputs(scenario, snapshot)
    parameters = resolve(dict(overrides or {}), scenario=scenario)
    target = root / run_name(scenario, parameters.overrides, name, part)
    rows = tables.check_all()
    check_own_files(parameters)
    branches.check(parameters)
    evaluate.calls()
    paths = execute.notebook_paths(only=part.notebooks)
    later = "".join(f"; {name} is {collect.LATER}" for name in later_knowledge(parameters))
    refs, pictures = manuscript.check(paths)
    check_pictures(refs)
    step(
        f"checked {rows:,} rows of data and {len(parameters.rows)} parameters; facts to {parameters.vintage}"
        + later
    )
    for left in manuscript.left_out(manuscript.notebooks_dir()):
        step(f"notebooks/{plain(left)} is no part of the report; a part is named NN-name.ipynb")
    if part.left_out:
        step(part.sentence)
    with contextlib.ExitStack() as held:
        held.enter_context(_alone(target.name, root))
        drawers = drawers or held.enter_context(Drawers())
        _recover(target)
        executed, keep = _executed(paths, parameters, workers, timeout, force, drawers, step, snapshot)
        files = {**pictures, **opened(executed, parameters, snapshot)}
        digest = digests.of_run(parts, parameters, files)
        timings["notebooks"] = time.perf_counter() - started
        try:
            absent = elsewhere(part, REPORTS)
            report, found = collect.build(executed, parameters, target.name, digest, refs, part, absent)
        except UserError:
            keep()  # a slip in prose need not cost the computing again
            raise
        step(
            f"collected {len(report.figures)} figures, {len(report.exhibits)} exhibits, {len(report.sources)} sources"
        )
        for line in found.left_out:
            step(line)
        folder = root / f".{target.name}.tmp-{os.getpid()}"
        try:
            folder.mkdir(parents=True)
            with contextlib.ExitStack() as setting:
                paper = setting.enter_context(_beside(lambda: render_pdf(report))) if part.paper else None
                write(folder, report, found, executed)
                keep()
                for warning in drawers.warnings:
                    step(warning)
                if part.page:
                    page = render_html(_drawn(report, drawers))
                    (folder / "index.html").write_text(page, encoding="utf-8")
                    step(f"wrote the page, {len(page.encode()) / 1e6:.1f} MB")
                if paper:
                    content = paper()
                    (folder / "report.pdf").write_bytes(content)
                    step(f"wrote the paper, {len(content) / 1e6:.1f} MB")
            timings["total"] = time.perf_counter() - started
            manifest = {
                "name": target.name,
                "digest": digest,
                "inputs": parts,
                "files": digests.listed(files),
                "parameters": digests.resolved(parameters),
                "versions": _versions(),
                "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                "seconds": {**timings, **{i.name: i.seconds for i in executed}},
                **(
                    {}
                    if part.whole
                    else {"left_out": list(part.left_out), "page": part.page, "paper": part.paper}
                ),
            }
            _dump(folder / "manifest.json", manifest)
            replace_folder(folder, target)
        except BrokenPipeError:  # nobody hears the steps any more
            raise
        except OSError as error:
            raise UserError(
                f"report/{target.name}: {error.strerror or error}; the old report stands"
            ) from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    moved = snapshot.moved()
    for path in moved:
        step(f"{kept.shown_path(str(path))} changed while this was made; the next run takes it in")
    if request and not moved:
        with contextlib.suppress(
            OSError
        ):  # the report is good without the note; the next run only looks closer
            fresh.remember(request, target, files)
    place = target.relative_to(ROOT) if target.is_relative_to(ROOT) else target
    made = [
        f"{place}/{file}"
        for file, wanted in (("index.html", part.page), ("report.pdf", part.paper))
        if wanted
    ]
    step(f"done: {' and '.join(made) or place}{later}")
    return target
