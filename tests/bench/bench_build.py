"""Time the build against the plain way: papermill for each notebook, then jupyter nbconvert --to html.

Run with ``make bench``. Beside a cold build it times what an edit takes: one parameter that two notebooks use, one that one
uses, a paragraph, a colour, nothing. Paragraph and colour are edited in place and put back. Every figure is the wall time of whole processes, the median of the rounds; all ways run in
turn, on the same notebooks, with the same kernels' environment. Nothing is asserted.

Jupyter Book (1.x) takes part if it is installed: ``jupyter-book`` on the path, or the program that ``JUPYTER_BOOK``
names, best in an environment of its own. Its kernels are the project's.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
NAME = "bench"


def timed(*command: str, environment: dict[str, str] | None = None) -> float:
    """Return the seconds that a command takes; its output is dropped unless it fails."""
    started = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def plain() -> float:
    """Return the seconds of papermill and nbconvert, one notebook after another."""
    total = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
            out = Path(folder) / path.name
            total += timed(str(BIN / "papermill"), "--no-progress-bar", "-k", "python3", str(path), str(out))
            total += timed(str(BIN / "jupyter"), "nbconvert", "--to", "html", str(out))
    return total


def jupyter_book() -> str | None:
    """Return the jupyter-book program, if there is one of version 1."""
    program = os.environ.get("JUPYTER_BOOK") or shutil.which("jupyter-book")
    if program is None:
        return None
    version = subprocess.run((program, "--version"), capture_output=True, text=True, check=False).stdout
    return program if re.search(r"Jupyter Book\s*:\s*1\.", version) else None


def book(program: str) -> float:
    """Return the seconds of ``jupyter-book build`` over the notebooks, everything executed."""
    with tempfile.TemporaryDirectory() as folder:
        paths = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
        for path in paths:
            shutil.copy(path, folder)
        execute = "execute:\n  execute_notebooks: force\n  timeout: 600\n"
        Path(folder, "_config.yml").write_text(f"title: bench\n{execute}", encoding="utf-8")
        chapters = "".join(f"  - file: {path.stem}\n" for path in paths[1:])
        contents = f"format: jb-book\nroot: {paths[0].stem}\nchapters:\n{chapters}"
        Path(folder, "_toc.yml").write_text(contents, encoding="utf-8")
        # the project's Python by its path: Jupyter would take the other environment's for "python"
        spec = Path(folder, "kernels", "python3", "kernel.json")
        spec.parent.mkdir(parents=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec.write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))
        seconds = timed(program, "build", folder, environment={"JUPYTER_PATH": folder})
        if len(list(Path(folder, "_build").rglob("*.err.log"))):
            sys.exit("jupyter-book: a notebook failed there, so its time says nothing")
        return seconds


def report(*extra: str) -> float:
    """Return the seconds of one build."""
    return timed(sys.executable, "-m", "deepseek_era", "report", "--name", NAME, *extra)


@contextlib.contextmanager
def edited(path: Path, change: Callable[[str], str]) -> Iterator[None]:
    """Have a file read otherwise for a while."""
    content = path.read_bytes()
    new = change(content.decode())
    if new.encode() == content:
        sys.exit(f"{path}: there is nothing to edit")
    try:
        path.write_text(new, encoding="utf-8")
        yield
    finally:
        path.write_bytes(content)


def one_paragraph(text: str) -> str:
    """Return a notebook with a sentence more in its second paragraph of prose."""
    document = json.loads(text)
    cells = [cell for cell in document["cells"] if "".join(cell["source"]).startswith("%%prose")]
    cells[1]["source"] = [*cells[1]["source"], f" It was read again ({time.time_ns()})."]
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def one_colour(text: str) -> str:
    """Return the theme with a category a shade off, one that no round had before."""
    content = json.loads(text)
    content["tokens"]["light"]["c2"] = f"#4C7D{0x30 + time.time_ns() % 16:02X}"
    return json.dumps(content, indent=1)


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    program = jupyter_book()
    times: dict[str, list[float]] = {"plain": [], "cold": [], "unchanged": [], "one parameter": []}
    times |= {"of two notebooks": [], "a paragraph": [], "a colour": []}
    if program is None:
        print("jupyter-book 1.x is not installed: left out")
    else:
        times["jupyter-book"] = []
    for round_number in range(rounds):
        times["plain"].append(plain())
        if program is not None:
            times["jupyter-book"].append(book(program))
        times["cold"].append(report("--force"))
        times["unchanged"].append(report())
        # values not used in another round
        times["one parameter"].append(report("--set", f"usable_share={0.81 + 0.01 * round_number:.2f}"))
        times["of two notebooks"].append(
            report("--set", f"article_probability={0.81 + 0.01 * round_number:.2f}")
        )
        with edited(ROOT / "notebooks" / "04-capacity.ipynb", one_paragraph):
            times["a paragraph"].append(report())
        with edited(ROOT / "report" / "template" / "theme.json", one_colour):
            times["a colour"].append(report())
    shutil.rmtree(ROOT / "report" / NAME, ignore_errors=True)
    base, cold = (statistics.median(times[name]) for name in ("plain", "cold"))
    print(
        f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}, {rounds} rounds"
    )
    for name, values in times.items():
        middle = statistics.median(values)
        ratios = f"of plain {middle / base:.3f}, of cold {middle / cold:.3f}"
        print(f"{name:17} {middle:7.2f} s  ({min(values):.2f}–{max(values):.2f})  {ratios}")
    if program is not None:
        print(f"cold build over jupyter-book build: {cold / statistics.median(times['jupyter-book']):.3f}")


if __name__ == "__main__":
    main()
