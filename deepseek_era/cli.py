"""The command line: ``python -m deepseek_era report``, ``parameters``, ``check``, ``facts``."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from deepseek_era import pairs
from deepseek_era.book.part import Part, choose, formats
from deepseek_era.building import forks, inputs
from deepseek_era.building.drawers import Drawers
from deepseek_era.errors import ParameterError, UserError
from deepseek_era.places import REPORTS, data_dir, from_root, notebook_files
from deepseek_era.refresh import command as refresh_command

parse_set = pairs.parse
UNHEARD = 141
"""Exit code where the reader of a pipe went away, as a shell has it."""


def _list_parameters() -> str:
    from deepseek_era import parameters as parameter_table

    lines = ["Parameters (name, unit, range allowed, default with 5–95 %, kind, description):", ""]
    current = parameter_table.resolve({})
    for name, row in current.rows.items():
        if row.dist in ("choice", "date", "text"):
            lines.append(f"{name}  [{row.choices.replace('|', ' | ')}]  {row.description}")
            continue
        allowed = parameter_table.span(row).replace("; ", "  ")
        lines.append(f"{name}  {row.unit}  {allowed}  {row.kind}  {row.description}")
        basis = "; ".join(part for part in (row.source_ids, row.note) if part)
        if basis:
            lines.append(textwrap.indent(textwrap.fill(basis, 100), "    "))
    lines += ["", "Run parameters: vintage (article, latest or a date), seed (a whole number), scenario."]
    return "\n".join(lines)


def _list_scenarios() -> str:
    from deepseek_era import parameters as parameter_table

    return "\n".join(
        f"{name}: {item['title']}. {item['note']}" for name, item in parameter_table.scenarios().items()
    )


class _HelpWithParameters(argparse.Action):
    """Prints the help of a verb, then every parameter that it can set."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        # read before anything is printed: a slip in the tables is told alone
        text = f"{parser.format_help()}\n{_list_parameters()}"
        print(text)
        parser.exit()


def _add_part(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--only",
        default="",
        metavar="NOTEBOOKS",
        help="only these notebooks, by name without number: market, or cost,market",
    )
    verb.add_argument("--no-pdf", action="store_true", help="make no paper")


def _part(arguments: argparse.Namespace) -> Part:
    """Return the part of the report that is asked for: all of it unless told otherwise."""
    stems = [path.stem for path in notebook_files()]
    return choose(arguments.only, stems, paper=not arguments.no_pdf)


# --- verbs -----------------------------------------------------------------------------------------------------------


def _say(line: str) -> None:
    print(line, flush=True)


def _check_workers(workers: int | None) -> None:
    if workers is not None and workers < 1:
        raise ParameterError(f"workers: saw {workers}, allowed: 1 or more")


def _report_arguments(verb: argparse.ArgumentParser) -> None:
    words = "show this and every parameter, and exit"
    verb.add_argument("-h", "--help", action=_HelpWithParameters, nargs=0, help=words)
    verb.add_argument("--scenario", default="base", help="base, or a file of data/scenarios/ without .yaml")
    verb.add_argument("--set", default="", metavar="PAIRS", help='"name=value name=low:mode:high …"')
    verb.add_argument("--name", default=None, help="folder under report/; by default scenario and changes")
    _add_part(verb)
    words = "the paper in these formats too: docx, epub"
    verb.add_argument("--formats", default="", metavar="FORMATS", help=words)
    verb.add_argument("--force", action="store_true", help="run everything, whatever was kept")
    words = "notebooks at once; by default one per processor"
    verb.add_argument("--workers", type=int, default=None, help=words)
    words = "time limit for one notebook"
    verb.add_argument("--timeout", type=float, default=600, metavar="SECONDS", help=words)


def _report(arguments: argparse.Namespace) -> int:
    _check_workers(arguments.workers)
    if not 1 <= arguments.timeout <= 86_400:
        raise ParameterError(f"timeout: saw {arguments.timeout:g}, allowed: 1 to 86400 seconds")
    part = replace(_part(arguments), formats=formats(arguments.formats))
    scenario, snapshot = arguments.scenario or "base", inputs.Snapshot()
    asked = inputs.request(scenario, arguments.set, arguments.name or None, snapshot, part)
    standing = None if arguments.force else inputs.standing(asked)
    if standing is not None:
        shown = from_root(standing)
        files = f"{shown}/index.html and {shown}/report.pdf are" if part.paper else f"{shown}/index.html is"
        _say(f"nothing changed: {files} what the inputs give")
        return 0
    with Drawers() as drawers:
        drawers.start()  # they warm up while this process imports
        forks.without_address_grammar()
        forks.collect_seldom()
        # imported late: when nothing changed, none of the models is needed
        from deepseek_era.building.build import build

        folder = build(
            scenario=scenario,
            overrides=parse_set(arguments.set),
            name=arguments.name or None,
            workers=arguments.workers,
            timeout=arguments.timeout,
            force=arguments.force,
            progress=_say,
            drawers=drawers,
            snapshot=snapshot,
            request=asked,
            part=part,
        )
    if folder.name != "base":
        from deepseek_era.building.comparing import against_base

        if moved := against_base(folder):
            _say(moved)
    return 0


def _serve_arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--scenario", default="base")
    verb.add_argument("--set", default="", metavar="PAIRS")
    verb.add_argument("--port", type=int, default=8000)
    _add_part(verb)


def _serve(arguments: argparse.Namespace) -> int:
    from deepseek_era.building import folders, serve

    scenario, part = arguments.scenario or "base", _part(arguments)
    name = folders.run_name(scenario, parse_set(arguments.set), "serve")
    command = serve.command(scenario, arguments.set, name, part)
    return serve.serve(REPORTS / name, command, arguments.port)


def _compare_arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("a", help="a run under report/, or a scenario")
    verb.add_argument("b", nargs="?", default="")


def _compare(arguments: argparse.Namespace) -> int:
    from deepseek_era.building import comparing

    found = comparing.write(arguments.a, arguments.b, progress=_say)
    return 1 if found.flipped else 0


def _verify_arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("name", nargs="?", default="base", help="a run under report/")


def _verify(arguments: argparse.Namespace) -> int:
    from deepseek_era.building import verifying

    name = arguments.name or "base"
    if found := verifying.verify(name, progress=_say):
        _say(f"report/{name} differs: {found}")
        return 1
    _say(f"report/{name}: every byte of every file is what its manifest gives")
    return 0


def _edition_arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--day", default="", help="of the edition; by default the last one of the facts")


def _edition(arguments: argparse.Namespace) -> int:
    from deepseek_era.editions import frozen, words

    folder = frozen.freeze(arguments.day, progress=_say)
    edition = frozen.read(folder.name)
    _say(words.headline(edition.since))
    for row in edition.since["turned"] if edition.since else ():
        _say(words.turned_line(row))
    _say(f"done: {from_root(folder)}, and {from_root(folder.parent)}/feed.xml; now: make report shows it")
    return 0


def _site_arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("folder", help="where to put it; made anew")
    verb.add_argument(
        "--address", default="", help="of the site, for the feed; by default that of CITATION.cff"
    )


def _site(arguments: argparse.Namespace) -> int:
    from deepseek_era.editions import site

    _say(f"done: {site.write(Path(arguments.folder), arguments.address)}")
    return 0


def _mcp(arguments: argparse.Namespace) -> int:
    del arguments
    from deepseek_era import machines

    return machines.main()


def _sweep_arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("plan", help="a YAML file, or the name of one in data/sweeps/")
    words = "a Dask scheduler, tcp://host:port; empty for this machine"
    verb.add_argument("--scheduler", default="", help=words)
    verb.add_argument("--workers", type=int, default=None)


def _sweep(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    _check_workers(arguments.workers)

    from deepseek_era.sweep import page

    path = Path(arguments.plan)
    if not path.suffix:
        path = data_dir() / "sweeps" / f"{path.name}.yaml"
    with tqdm(unit="point", disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        folder = page.write(path, scheduler=arguments.scheduler, workers=arguments.workers, progress=progress)
    print(f"done: {folder}/index.html, table.parquet, table.csv")
    return 0


def _parameters(arguments: argparse.Namespace) -> int:
    del arguments
    print(_list_parameters())
    return 0


def _scenarios(arguments: argparse.Namespace) -> int:
    del arguments
    print(_list_scenarios())
    return 0


def _check(arguments: argparse.Namespace) -> int:
    del arguments
    from deepseek_era import tables

    print(f"{tables.check_all():,} rows in {len(tables.declared())} tables hold to data/datapackage.json")
    return 0


def _facts_arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("rest", nargs="*")


def _facts(arguments: argparse.Namespace) -> int:
    from deepseek_era import provenance

    return provenance.main(arguments.rest)


def _trace_arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("id", help="a figure, as market.nvda.ar_0, or a source, as S_V3REPORT")
    verb.add_argument("--name", default="base", help="the run under report/ whose figures are meant")


def _trace(arguments: argparse.Namespace) -> int:
    from deepseek_era import provenance
    from deepseek_era.building.folders import run_name

    print(provenance.trace(arguments.id, run_name("base", {}, arguments.name or "base")))
    return 0


def _export_arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("name", nargs="?", default="base", help="a run under report/")


def _export(arguments: argparse.Namespace) -> int:
    from deepseek_era import export

    export.write(arguments.name or "base", progress=_say)
    return 0


def _none(verb: argparse.ArgumentParser) -> None:
    del verb


VERBS: dict[
    str, tuple[str, Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]
] = {
    "report": ("render a report into report/<name>/", _report_arguments, _report),
    "serve": (
        "show a report in the browser and rebuild it when something changes",
        _serve_arguments,
        _serve,
    ),
    "compare": (
        "set two runs side by side; exit code 1 if an answer changes",
        _compare_arguments,
        _compare,
    ),
    "verify": (
        "make a run again from its manifest and compare every byte; exit code 1 and the first that differs",
        _verify_arguments,
        _verify,
    ),
    "edition": (
        "freeze the base run under report/editions/, say what changed since the last one and why",
        _edition_arguments,
        _edition,
    ),
    "site": ("put base report, editions and feed together as a static site", _site_arguments, _site),
    "mcp": ("answer programs that ask in the Model Context Protocol, over standard input", _none, _mcp),
    "sweep": ("compute many scenarios into one table", _sweep_arguments, _sweep),
    "export": (
        "write a run's tables as CSV and workbook, its charts as PNG",
        _export_arguments,
        _export,
    ),
    "parameters": ("list every parameter with unit, range, default and source", _none, _parameters),
    "scenarios": ("list the scenarios", _none, _scenarios),
    "check": ("check every data table against its declaration", _none, _check),
    "refresh": (
        "fetch returns and list prices into a snapshot beside data/, or adopt one",
        refresh_command.add_arguments,
        refresh_command.run,
    ),
    "facts": ("say what the facts rest on: coverage, age, conflicts", _facts_arguments, _facts),
    "trace": (
        "walk from a figure to code, equation, parameters, rows and sources, or from a source back",
        _trace_arguments,
        _trace,
    ),
}
"""What each verb does: its help, what adds its arguments, and what runs it and returns the exit code."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deepseek-era",
        description="Winners & Losers in the DeepSeek Era: a computed report.",
        epilog="report --help lists every parameter with unit, range, default and source.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    for name, (words, add, run) in VERBS.items():
        verb = verbs.add_parser(name, help=words, add_help=name != "report")
        add(verb)
        verb.set_defaults(run=run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0 done, 2 a user's mistake, 130 interrupted, 141 unheard."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that the locale lacks must not cost the report
            stream.reconfigure(errors="backslashreplace")
    try:
        arguments = _parser().parse_args(argv)
        code: int = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except UserError as error:
        for line in str(error).splitlines():
            print(f"error: {line}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the old report stands", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # whoever read the output went away: a report that was not whole by then was not put in place
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNHEARD
