"""``python -m deepseek_era mcp``: the report for programs that ask in the Model Context Protocol, over standard input.

Needs an extra (``requirements-mcp.txt``). It answers from finished runs, and makes others with other parameters; it
changes none that is there. A mistake comes back as the line that the command line would print.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from deepseek_era import api, provenance
from deepseek_era.book import finished
from deepseek_era.errors import ParameterError, UserError, shown

INSTRUCTIONS = (
    "A computed report on an article of January 2025 about who wins and who loses after DeepSeek R1. Figures carry a "
    "value with a 90% interval (low, high), unit, kind and sources; null means not public at the run's date. Each call "
    "has three answers: band (who won?), was_it_r1 and came_true."
)
MOST = 200
"""Figures that one answer lists."""


def _rows(frame: Any) -> list[dict[str, Any]]:
    """Return a table as plain rows; what is not there is null."""
    found: list[dict[str, Any]] = json.loads(frame.reset_index().to_json(orient="records"))
    return found


def figure(id: str, run: str = "base") -> dict[str, Any]:
    """Return a figure of a finished run by id, as market.nvda.ar_0: value, low, high, unit, kind, label, sources."""
    return {"id": id, "run": run, **api.Run.open(run).figure(id).as_dict()}


def figures(containing: str, run: str = "base") -> list[dict[str, Any]]:
    """Return the figures of a finished run whose id or label contains some words, at most 200."""
    table = api.Run.open(run).figures
    words = containing.lower()
    found = table[
        [words in f"{key} {label}".lower() for key, label in zip(table.index, table["label"], strict=True)]
    ]
    return _rows(found.head(MOST))


def trace(id: str, run: str = "base") -> str:
    """Return where a figure comes from, or what a source carries: code, equation, parameters, rows of data, sources."""
    api.Run.open(run)
    return provenance.trace(id, run)


def calls(run: str = "base") -> list[dict[str, Any]]:
    """Return every call of the article with its answers and probabilities in a finished run."""
    return _rows(api.Run.open(run).calls)


def compare(a: str, b: str, side: str = "calls") -> list[dict[str, Any]]:
    """Return what differs between two finished runs: side is calls, figures, claims or parameters."""
    return _rows(api.Run.open(a).compare(api.Run.open(b), side))  # type: ignore[arg-type]


def run(name: str, scenario: str = "base", parameters: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run the report with other parameters, keep it under a new name, and return how it can be asked for.

    A number fixes a parameter, a list of two is a range, of three low, most likely and high. Takes about a minute.
    """
    if name in ("base", *finished.names()):
        raise ParameterError(f"name: saw {shown(name)}, allowed: one that no run has")
    own = {"only", "pages", "progress", "name", "scenario"} & set(parameters or {})
    if own:
        raise ParameterError(f"parameter {sorted(own)[0]}: unknown, allowed: a name in data/parameters.csv")
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in (parameters or {}).items()}
    made = api.run(scenario, name=name, **given)
    return {"run": name, "figures": len(made.figures), "calls": len(made.calls), "folder": f"report/{name}"}


TOOLS = (figure, figures, trace, calls, compare, run)


def _told(tool: Callable[..., Any], error_type: type[Exception]) -> Callable[..., Any]:
    """Return a tool whose mistakes of the asker's come back as their line."""

    @functools.wraps(tool)
    def answer(*args: Any, **kwargs: Any) -> Any:
        try:
            return tool(*args, **kwargs)
        except UserError as error:
            raise error_type(str(error)) from None

    return answer


def main() -> int:
    """Answer on standard input and output until the other side goes away; return 0."""
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
    except ModuleNotFoundError as error:
        raise UserError(
            f"mcp: the package {error.name} is not installed, allowed: with it (make mcp)"
        ) from None
    server = MCPServer("deepseek-era", instructions=INSTRUCTIONS)
    for tool in TOOLS:
        server.tool()(_told(tool, ToolError))
    server.run("stdio")
    return 0
