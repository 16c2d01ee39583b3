"""The command line: ``python -m deepseek_era report``, ``parameters``, ``check``, ``facts``."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import textwrap
from collections.abc import Sequence

from deepseek_era import pairs
from deepseek_era.book.part import Part, choose
from deepseek_era.building import forks, fresh
from deepseek_era.building.drawers import Drawers
from deepseek_era.errors import ParameterError, UserError
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
    stems = [path.stem for path in fresh.notebook_files()]
    return choose(arguments.only, stems, paper=not arguments.no_pdf)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deepseek-era",
        description="Winners & Losers in the DeepSeek Era: a computed report.",
        epilog="report --help lists every parameter with unit, range, default and source.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    report = verbs.add_parser("report", help="render a report into report/<name>/", add_help=False)
    report.add_argument(
        "-h", "--help", action=_HelpWithParameters, nargs=0, help="show this and every parameter, and exit"
    )
    report.add_argument("--scenario", default="base", help="base, or a file of data/scenarios/ without .yaml")
    report.add_argument("--set", default="", metavar="PAIRS", help='"name=value name=low:mode:high …"')
    report.add_argument("--name", default=None, help="folder under report/; by default scenario and changes")
    _add_part(report)
    report.add_argument("--force", action="store_true", help="run everything, whatever was kept")
    report.add_argument(
        "--workers", type=int, default=None, help="notebooks at once; by default one per processor"
    )
    report.add_argument(
        "--timeout", type=float, default=600, metavar="SECONDS", help="time limit for one notebook"
    )
    serve = verbs.add_parser(
        "serve", help="show a report in the browser and rebuild it when something changes"
    )
    serve.add_argument("--scenario", default="base")
    serve.add_argument("--set", default="", metavar="PAIRS")
    serve.add_argument("--port", type=int, default=8000)
    _add_part(serve)
    compare = verbs.add_parser(
        "compare", help="set two runs side by side; exit code 1 if a verdict changes sides"
    )
    compare.add_argument("a", help="a run under report/, or a scenario")
    compare.add_argument("b", nargs="?", default="")
    sweep = verbs.add_parser("sweep", help="compute many scenarios into one table")
    sweep.add_argument("plan", help="a YAML file, or the name of one in data/sweeps/")
    sweep.add_argument(
        "--scheduler", default="", help="a Dask scheduler, tcp://host:port; empty for this machine"
    )
    sweep.add_argument("--workers", type=int, default=None)
    export = verbs.add_parser("export", help="write a run's tables as CSV and workbook, its charts as PNG")
    export.add_argument("name", nargs="?", default="base", help="a run under report/")
    verbs.add_parser("parameters", help="list every parameter with unit, range, default and source")
    verbs.add_parser("scenarios", help="list the scenarios")
    verbs.add_parser("check", help="check every data table against its declaration")
    refresh_command.add_arguments(
        verbs.add_parser(
            "refresh", help="fetch returns and list prices into a snapshot beside data/, or adopt one"
        )
    )
    facts = verbs.add_parser("facts", help="say what the facts rest on: coverage, age, conflicts")
    facts.add_argument("rest", nargs="*")
    trace = verbs.add_parser(
        "trace",
        help="walk from a figure to code, equation, parameters, rows and sources, or from a source back",
    )
    trace.add_argument("id", help="a figure, as market.nvda.ar_0, or a source, as S_V3REPORT")
    trace.add_argument("--name", default="base", help="the run under report/ whose figures are meant")
    return parser


def _check_workers(workers: int | None) -> None:
    if workers is not None and workers < 1:
        raise ParameterError(f"workers: saw {workers}, allowed: 1 or more")


def _compare(arguments: argparse.Namespace) -> int:
    from deepseek_era.pages import compare_pages

    found = compare_pages.write(arguments.a, arguments.b, progress=lambda line: print(line, flush=True))
    return 1 if found.flipped else 0


def _sweep(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from tqdm import tqdm

    _check_workers(arguments.workers)

    from deepseek_era.pages import sweep_pages
    from deepseek_era.tables import data_dir

    path = Path(arguments.plan)
    if not path.suffix:
        path = data_dir() / "sweeps" / f"{path.name}.yaml"
    with tqdm(unit="point", disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        folder = sweep_pages.write(
            path, scheduler=arguments.scheduler, workers=arguments.workers, progress=progress
        )
    print(f"done: {folder}/index.html, table.parquet, table.csv")
    return 0


def _report(arguments: argparse.Namespace) -> int:
    _check_workers(arguments.workers)
    if not 1 <= arguments.timeout <= 86_400:
        raise ParameterError(f"timeout: saw {arguments.timeout:g}, allowed: 1 to 86400 seconds")
    scenario, snapshot, part = arguments.scenario or "base", fresh.Snapshot(), _part(arguments)
    asked = fresh.request(scenario, arguments.set, arguments.name or None, snapshot, part)
    standing = None if arguments.force else fresh.standing(asked)
    if standing is not None:
        shown = standing.relative_to(fresh.ROOT) if standing.is_relative_to(fresh.ROOT) else standing
        files = f"{shown}/index.html and {shown}/report.pdf are" if part.paper else f"{shown}/index.html is"
        print(f"nothing changed: {files} what the inputs give", flush=True)
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
            progress=lambda line: print(line, flush=True),
            drawers=drawers,
            snapshot=snapshot,
            request=asked,
            part=part,
        )
    if folder.name != "base":
        from deepseek_era.pages.compare_pages import against_base

        if moved := against_base(folder):
            print(moved, flush=True)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0 done, 2 a user's mistake, 130 interrupted, 141 unheard."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that the locale lacks must not cost the report
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(argv)
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


def _run(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    if arguments.verb in ("report", "compare", "sweep", "serve"):
        return _make(arguments)
    if arguments.verb == "refresh":
        return refresh_command.run(arguments)
    if arguments.verb == "parameters":
        print(_list_parameters())
    elif arguments.verb == "scenarios":
        print(_list_scenarios())
    elif arguments.verb == "check":
        from deepseek_era import tables

        print(f"{tables.check_all():,} rows in {len(tables.declared())} tables hold to data/datapackage.json")
    elif arguments.verb == "facts":
        from deepseek_era import provenance

        return provenance.main(arguments.rest)
    elif arguments.verb == "export":
        from deepseek_era import export

        export.write(arguments.name or "base", progress=lambda line: print(line, flush=True))
    elif arguments.verb == "trace":
        from deepseek_era import provenance
        from deepseek_era.building.build import run_name

        print(provenance.trace(arguments.id, run_name("base", {}, arguments.name or "base")))
    return 0


def _make(arguments: argparse.Namespace) -> int:
    if arguments.verb == "report":
        return _report(arguments)
    if arguments.verb == "compare":
        return _compare(arguments)
    if arguments.verb == "sweep":
        return _sweep(arguments)
    from deepseek_era.building import build, serve

    scenario, part = arguments.scenario or "base", _part(arguments)
    name = build.run_name(scenario, parse_set(arguments.set), "serve")
    command = serve.command(scenario, arguments.set, name, part)
    return serve.serve(build.REPORTS / name, command, arguments.port)
