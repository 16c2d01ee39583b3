"""Run the notebooks through papermill, side by side, each in a process of its own."""

from __future__ import annotations

import contextlib
import logging
import math
import multiprocessing
import os
import re
import time
import warnings
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

import nbformat

from deepseek_era.book import manuscript, native
from deepseek_era.book.manuscript import Executed
from deepseek_era.building import cache, forks, kernels
from deepseek_era.building.drawers import Drawers
from deepseek_era.errors import NotebookError
from deepseek_era.notebook import DEPENDENCIES
from deepseek_era.places import ROOT

NOTEBOOK_TIMEOUT_S = 600
PATIENCE_S = 5
"""How long a worker may take over its own end before it is killed."""
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _explain(name: str, cell_id: str, error: Exception, parameters: Mapping[str, Any], timeout: float) -> str:
    """Return one line that names the notebook, the cell, the error and the parameters."""
    kind, message = type(error).__name__, str(error).strip().splitlines()[-1] if str(error) else ""
    if "DeadKernel" in kind:
        message = "the kernel died"
    elif "Timeout" in kind:
        message = f"the notebook ran longer than {timeout:g} s"
    shown = ", ".join(f"{k}={v!r}" for k, v in parameters.items())
    message = _ANSI.sub("", message).replace("\n", "; ")
    return f"notebooks/{name}.ipynb, cell {cell_id}: {kind}: {message} [parameters: {shown}]"


def _run_one(path: str, parameters: dict[str, Any], fork: bool, timeout: float) -> Executed | str:
    """Run a notebook in this worker process; return it, or the line that says why it failed."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    name = Path(path).stem
    named = cache.named_before(Path(path))  # before it runs: what is edited meanwhile is seen as such
    started = time.perf_counter()
    if fork:
        kernels.use_warm_kernel()
    logging.disable(logging.WARNING)  # papermill warns of parameters that one notebook does not list
    warnings.simplefilter("ignore")
    at = "?"

    def left(cell: Mapping[str, Any]) -> int:
        nonlocal at
        at = str(cell.get("id", "?"))
        return max(1, math.ceil(timeout - (time.perf_counter() - started)))

    def attempt() -> nbformat.NotebookNode:
        # handed over in memory: a build that is killed here leaves no file behind
        return papermill.execute_notebook(
            _with_last_cell(Path(path)),
            None,
            parameters=parameters,
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
            cwd=str(ROOT),
            timeout_func=left,
            record_timing=False,
            extra_arguments=[] if fork else [f"--IPKernelApp.exec_lines={kernels.WATCH}"],
        )

    try:
        try:
            document = attempt()
        except RuntimeError as error:
            if "before replying to kernel_info" not in str(error):
                raise
            # two kernels that start at once can be given one port; the second try takes others
            document = attempt()
        document.metadata.pop("papermill", None)
    except PapermillExecutionError as error:
        shown = ", ".join(f"{k}={v!r}" for k, v in parameters.items())
        message = _ANSI.sub("", error.evalue).replace("\n", "; ")
        return f"notebooks/{name}.ipynb, cell {_cell_id(path, error)}: {error.ename}: {message} [parameters: {shown}]"
    except Exception as error:
        return _explain(name, at, error, parameters, timeout)
    last = document.cells.pop()
    native.prepare(document)
    found: dict[str, Any] = {}
    for output in last.get("outputs", []):
        found = output.get("data", {}).get(DEPENDENCIES, found)
    seconds = time.perf_counter() - started
    written = set(found.get("written", ()))
    files = {**{k: v for k, v in named.items() if k not in written}, **found.get("files", {})}
    return Executed(
        name,
        document,
        seconds,
        tuple(found.get("read", ())),
        tuple(found.get("used", ())),
        files,
        str(found.get("words", "[]")),
    )


def _with_last_cell(path: Path) -> nbformat.NotebookNode:
    """Return the notebook with a last cell that says what it read and used."""
    document = manuscript.read(path)
    source = "from deepseek_era.notebook import dependencies\n\ndependencies()"
    document.cells.append(nbformat.v4.new_code_cell(source, id="publisher-dependencies"))
    return document


def injected(document: nbformat.NotebookNode, parameters: Mapping[str, Any]) -> None:
    """Set the injected-parameters cell of a kept notebook to the parameters of this run, as papermill words them."""
    from papermill.translators import PythonTranslator

    for cell in document.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = PythonTranslator.codify(parameters, "Parameters")


def _cell_id(path: str, error: Any) -> str:
    for cell in manuscript.read(Path(path)).cells:
        if cell.source == error.source:
            return f"{cell.get('id', '?')} ({error.exec_count})"
    return f"number {error.exec_count}"


def _work(pipe: Connection, path: str, parameters: dict[str, Any], fork: bool, timeout: float) -> None:
    forks.die_with_parent()
    with contextlib.suppress(KeyboardInterrupt), pipe:
        outcome = _run_one(path, parameters, fork, timeout)
        with contextlib.suppress(BrokenPipeError):  # the build was given up meanwhile
            pipe.send(outcome)


def _end(process: BaseProcess) -> None:
    """End a worker, by force if it does not go; its kernel goes with it."""
    process.terminate()
    process.join(PATIENCE_S)
    if process.is_alive():
        process.kill()
        process.join()


def run_notebooks(
    paths: list[Path],
    parameters: Mapping[str, Any],
    *,
    workers: int | None = None,
    timeout: float = NOTEBOOK_TIMEOUT_S,
    progress: Callable[[str], None] = lambda line: None,
    drawers: Drawers | None = None,
) -> list[Executed]:
    """Return the executed notebooks in reading order.

    Each runs in a process of its own with a kernel of its own, as many at once as there are processors unless told,
    so that nothing leaks from one notebook to the next. Each may take `timeout` seconds. Their drawings are made by
    `drawers` meanwhile and may still be pending in what is returned; without drawers they are all there.

    Raises
    ------
    NotebookError
        If a notebook fails: its name, cell, error and parameters. The others are given up.
    """
    if drawers is None:
        with Drawers() as own:
            ran = run_notebooks(
                paths, parameters, workers=workers, timeout=timeout, progress=progress, drawers=own
            )
            own.finish(item.document for item in ran)
            return ran
    fork = forks.can_fork()
    if fork and paths:
        kernels.preload()
    context: Any = multiprocessing.get_context("fork" if fork else "spawn")
    # the longest start first, so that no processor waits for it at the end
    queue = sorted(paths, key=lambda p: p.stat().st_size)
    running: dict[Any, tuple[BaseProcess, Path, float]] = {}
    results: dict[str, Executed] = {}
    try:
        while queue or running:
            while queue and len(running) < (workers or os.cpu_count() or 1):
                path = queue.pop()
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(
                    target=_work, args=(sender, str(path), dict(parameters), fork, timeout)
                )
                process.start()
                sender.close()
                running[receiver] = (process, path, time.monotonic() + timeout + 2 * PATIENCE_S)
            late = min(limit for _, _, limit in running.values()) - time.monotonic()
            ready_ones = wait([*running, *drawers.pipes], max(late, 0))
            drawers.take(pipe for pipe in ready_ones if pipe not in running)
            for ready in ready_ones:
                if ready not in running:
                    continue
                process, path, _ = running.pop(ready)
                try:
                    outcome: Executed | str = cast(Connection, ready).recv()
                except EOFError:
                    raise NotebookError(f"notebooks/{path.name}: its process died without a word") from None
                process.join()
                if isinstance(outcome, str):
                    raise NotebookError(outcome)
                results[outcome.name] = outcome
                drawers.add(outcome.name, outcome.document)
                progress(f"notebook {outcome.name} ran in {outcome.seconds:.1f} s")
            for _, path, limit in running.values():
                # a worker ends its notebook in time itself; this one no longer answers at all
                if time.monotonic() > limit:
                    raise NotebookError(
                        f"notebooks/{path.name}: its process hung for more than {timeout:g} s"
                    )
    finally:
        for process, _, _ in running.values():
            _end(process)
    return [results[path.stem] for path in paths]
