"""A run from start to finish: check, execute, collect, render, write, and replace the old report in one step."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepseek_era import tables, witness
from deepseek_era.book import collect, manuscript, matter
from deepseek_era.book.document import ExhibitView, Report
from deepseek_era.book.editions import editions
from deepseek_era.book.manuscript import Executed
from deepseek_era.book.part import Part, elsewhere
from deepseek_era.book.references import Refs
from deepseek_era.building import cache, execute, files, folders, forks, inputs
from deepseek_era.building.drawers import Drawers
from deepseek_era.errors import UserError, plain, shown
from deepseek_era.market import returns
from deepseek_era.market.inputs import inputs as market_inputs
from deepseek_era.market.releases import panel_study
from deepseek_era.model import Model
from deepseek_era.parameters import Parameters, later_knowledge, resolve
from deepseek_era.places import REPORTS, from_root, shown_path

Progress = Callable[[str], None]
MANIFEST_VERSION = 1
"""Of the form of ``manifest.json``, which ``docs/schemas/manifest.schema.json`` describes."""


def notebook_parameters(parameters: Parameters) -> dict[str, Any]:
    """Return what papermill injects into every notebook of a run."""
    run = {
        "vintage": parameters.vintage.isoformat(),
        "seed": parameters.seed,
        "scenario": parameters.scenario,
    }
    return {**run, **parameters.overrides}


# --- before any kernel starts ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """What a run makes, found good: its parameters, its folder, its notebooks and what their prose refers to."""

    parameters: Parameters
    target: Path
    paths: list[Path]
    refs: Mapping[tuple[str, str], Refs]
    pictures: Mapping[str, str]
    """Pictures beside the notebooks, with their digests."""
    part: Part

    @property
    def later(self) -> str:
        """What of the parameters is later knowledge, for the end of a line."""
        return "".join(f"; {name} is {matter.LATER}" for name in later_knowledge(self.parameters))


def check_own_files(parameters: Parameters) -> None:
    """Refuse what the user's own data or tables cannot bear, before any kernel starts, whatever named it.

    That is a file of returns that cannot be read, a firm left out that stands in no group, and a list of events that
    cannot be read or does not fit the returns.

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
    if parameters.rows["events_file"].choices:
        panel_study(Model(parameters))


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
    with forks.beside(lambda: "\n".join(unsettable(every.values())).encode()) as answer:
        broken = set(answer().decode().split())
    lines = [
        f"notebooks/{plain(notebook)}.ipynb, cell {plain(cell)}: picture {shown(target)} "
        f"cannot be read as {picture.kind}"
        for (notebook, cell), found in refs.items()
        for target, picture in found.pictures.items()
        if picture.name in broken
    ]
    if lines:
        raise UserError("\n".join(lines))


def _checked(
    scenario: str, overrides: Mapping[str, Any], name: str | None, root: Path, part: Part, step: Progress
) -> Checked:
    """Return a run that is found good; everything that can be refused is refused here.

    Raises
    ------
    UserError
        One line per mistake: parameter, scenario, data table, edition, notebook, link or picture.
    """
    from deepseek_era.editions import frozen
    from deepseek_era.ledger import flows
    from deepseek_era.verdicts import branches, evaluate, forecasts, points

    parameters = resolve(dict(overrides), scenario=scenario)
    target = root / folders.run_name(scenario, parameters.overrides, name, part)
    rows = tables.check_all()
    check_own_files(parameters)
    branches.check(parameters)
    forecasts.check()
    flows.check()
    points.check()
    evaluate.calls()
    frozen.every()  # a run says what changed since the last edition
    paths = manuscript.paths(only=part.notebooks)
    refs, pictures = manuscript.check(paths)
    check_pictures(refs)
    found = Checked(parameters, target, paths, refs, pictures, part)
    step(
        f"checked {rows:,} rows of data and {len(parameters.rows)} parameters; facts to {parameters.vintage}"
        f"{found.later}"
    )
    for left in manuscript.left_out(manuscript.notebooks_dir()):
        step(f"notebooks/{plain(left)} is no part of the report; a part is named NN-name.ipynb")
    if part.left_out:
        step(part.sentence)
    return found


# --- the notebooks ---------------------------------------------------------------------------------------------------


def _executed(
    run: Checked,
    workers: int | None,
    timeout: float,
    force: bool,
    drawers: Drawers,
    step: Progress,
    snapshot: inputs.Snapshot,
) -> tuple[list[Executed], Callable[[], None]]:
    """Return the executed notebooks, kept ones where nothing that they depend on changed, and what keeps the others.

    Their wide drawings are there; the narrow ones may be pending until the others are kept.
    """
    inject = notebook_parameters(run.parameters)
    kept: dict[str, Executed] = {}
    for path in run.paths:
        document, reason, opened = (
            cache.Found(None, "forced", {}) if force else cache.find(path, run.parameters, snapshot)
        )
        if document is not None:
            execute.injected(document, inject)
            drawers.add(path.stem, document)
            kept[path.stem] = Executed(path.stem, document, 0.0, files=opened)
        step(f"notebook {path.stem}: {'kept, ' if document is not None else 'runs, '}{reason}")
    to_run = [path for path in run.paths if path.stem not in kept]
    ran_now = execute.run_notebooks(
        to_run, inject, workers=workers, timeout=timeout, progress=step, drawers=drawers
    )
    pending = [json.dumps(item.document) for item in ran_now]
    ran = {**kept, **{item.name: item for item in ran_now}}
    drawers.finish([item.document for item in ran.values()], wide_only=True)

    def keep() -> None:
        drawers.finish(item.document for item in ran.values())
        for path, item, text in zip(to_run, ran_now, pending, strict=True):
            try:
                read, used = list(item.read), list(item.used)
                cache.keep(path, run.parameters, text, read, used, item.files, snapshot, item.words)
            except OSError as error:  # the run is good without it; the next one is only slower
                step(f"notebook {path.stem}: cannot be kept for the next run ({error.strerror})")

    return [ran[path.stem] for path in run.paths], keep


def opened(executed: list[Executed], parameters: Parameters, snapshot: inputs.Snapshot) -> dict[str, str]:
    """Return every file that a run opened beside its inputs, with the digest of what was read.

    An input that was changed meanwhile counts with both contents: no notebook need have seen the one that was first.
    """
    found: dict[str, str] = {}
    for item in executed:
        for path, digest in item.files.items():
            found[path] = digest if found.get(path, digest) == digest else witness.TORN
    for path, digest in cache.named_files(parameters).items():
        found.setdefault(path, digest)
    beside = {path: digest for path, digest in found.items() if not snapshot.holds(Path(path), digest)}
    return {**beside, **{str(path): witness.digest(path) for path in snapshot.moved()}}


# --- page and paper --------------------------------------------------------------------------------------------------


def _drawn(report: Report, drawers: Drawers) -> Report:
    """Return the report with its narrow drawings and those shown by turns, which the PDF did not wait for."""

    def complete(x: ExhibitView) -> ExhibitView:
        views = tuple(
            dataclasses.replace(v, wide=drawers.drawn(v.wide) or "", narrow=drawers.drawn(v.narrow) or "")
            for v in x.views
        )
        return dataclasses.replace(x, svg_narrow=drawers.drawn(x.svg_narrow), views=views)

    exhibits = {name: complete(exhibit) for name, exhibit in report.exhibits.items()}
    return dataclasses.replace(report, exhibits=exhibits) if exhibits else report


def _set(
    folder: Path,
    run: Checked,
    report: Report,
    found: collect.Collected,
    executed: list[Executed],
    keep: Callable[[], None],
    drawers: Drawers,
    step: Progress,
) -> None:
    """Write everything of a run but the manifest; each PDF is set in a process of its own meanwhile."""
    from deepseek_era.pages import card, formats
    from deepseek_era.pages.html import render_html
    from deepseek_era.pages.pdf import render_pdf

    documents = editions(report)
    with contextlib.ExitStack() as setting:
        # the longest first
        pdfs = {
            one.edition.pdf: setting.enter_context(
                forks.beside(functools.partial(render_pdf, one), one.edition.pdf)
            )
            for one in reversed(documents)
            if run.part.paper
        }

        def put(one: Report) -> None:
            if one.edition.pdf in pdfs:
                content = pdfs[one.edition.pdf]()
                (folder / one.edition.pdf).write_bytes(content)
                step(f"wrote {one.edition.pdf}, {len(content) / 1e6:.1f} MB")

        files.write(folder, report, found, executed)
        keep()
        # all is drawn, and all but the longest is set: that one needs the memory
        drawers.stop()
        for one in documents[:-1]:
            put(one)
        for warning in drawers.warnings:
            step(warning)
        if run.part.page:
            # in processes of their own: this one must not hold the converter's threads when it forks
            makers = {card.NAME: functools.partial(card.picture, documents[0])}
            for name, make in (makers | formats.makers(documents[0], run.part.formats)).items():
                with forks.beside(make, name) as finished:
                    (folder / name).write_bytes(finished())
        for one in documents if run.part.page else ():
            page = render_html(_drawn(one, drawers)).encode()
            (folder / one.edition.page).write_bytes(page)
            step(f"wrote {one.edition.page}, {len(page) / 1e6:.1f} MB")
        put(documents[-1])


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
    snapshot: inputs.Snapshot | None = None,
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
    started = time.perf_counter()
    part = part or Part(())

    def step(text: str) -> None:
        progress(f"[{time.perf_counter() - started:5.1f} s] {text}")

    snapshot = snapshot or inputs.Snapshot()
    parts = snapshot.parts(scenario)
    run = _checked(scenario, overrides or {}, name, root, part, step)
    with contextlib.ExitStack() as held:
        held.enter_context(folders.claimed(run.target))
        drawers = drawers or held.enter_context(Drawers())
        drawers.kept, drawers.reuses = cache.CACHE.parent / "drawings", not force
        executed, keep = _executed(run, workers, timeout, force, drawers, step, snapshot)
        read = {**run.pictures, **opened(executed, run.parameters, snapshot)}
        digest = cache.of_run(parts, run.parameters, read)
        seconds = {"notebooks": time.perf_counter() - started}
        try:
            absent = elsewhere(part, REPORTS)
            report, found = collect.build(
                executed, run.parameters, run.target.name, digest, run.refs, part, absent
            )
        except UserError:
            keep()  # a slip in prose need not cost the computing again
            raise
        step(
            f"collected {len(report.figures)} figures, {len(report.exhibits)} exhibits, "
            f"{len(report.sources)} sources"
        )
        for line in found.left_out:
            step(line)
        with folders.filling(run.target) as folder:
            _set(folder, run, report, found, executed, keep, drawers, step)
            seconds["total"] = time.perf_counter() - started
            seconds |= {item.name: item.seconds for item in executed}
            files.dump(folder / "manifest.json", _manifest(run, parts, digest, read, seconds))
    moved = snapshot.moved()
    for path in moved:
        step(f"{shown_path(path)} changed while this was made; the next run takes it in")
    if request and not moved:
        with contextlib.suppress(
            OSError
        ):  # the report is good without the note; the next run only looks closer
            inputs.remember(request, run.target, read)
    step(f"done: {_made(run)}{run.later}")
    return run.target


def _manifest(
    run: Checked,
    parts: Mapping[str, str],
    digest: str,
    read: Mapping[str, str],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    part = run.part
    lacks = {"left_out": list(part.left_out), "page": part.page, "paper": part.paper}
    return {
        "version": MANIFEST_VERSION,
        "name": run.target.name,
        "digest": digest,
        "inputs": parts,
        "files": cache.listed(read),
        "parameters": cache.resolved(run.parameters),
        "versions": files.versions(),
        "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "seconds": seconds,
        **({} if part.whole else lacks),
        **({"formats": list(part.formats)} if part.formats else {}),
    }


def _made(run: Checked) -> str:
    """Return the files that a reader opens first."""
    place = from_root(run.target)
    wanted = (("index.html", run.part.page), ("report.pdf", run.part.paper))
    return " and ".join(f"{place}/{file}" for file, is_made in wanted if is_made) or str(place)
