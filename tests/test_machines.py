"""The report asked by a program, over the protocol's own client."""

import json
import sys

import anyio
import pytest
from mcp import Client, StdioServerParameters

from deepseek_era.api import Run
from deepseek_era.tables import ROOT

SERVER = StdioServerParameters(command=sys.executable, args=["-m", "deepseek_era", "mcp"], cwd=str(ROOT))


def ask(*questions):
    """Return what a server in a process of its own answers to (tool, arguments), and the names of its tools."""

    async def talk():
        async with Client(SERVER, read_timeout_seconds=300) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            return names, [await client.call_tool(tool, given) for tool, given in questions]

    return anyio.run(talk)


def text(answer):
    return "\n".join(part.text for part in answer.content)


def test_a_program_asks_for_figures_traces_calls_and_differences_and_hears_what_the_run_holds():
    base = Run.open("base")
    names, (figure, found, trace, calls, same, wrong, unknown, taken) = ask(
        ("figure", {"id": "market.nvda.ar_0"}),
        ("figures", {"containing": "Brier"}),
        ("trace", {"id": "cost.training.v3_cost"}),
        ("calls", {}),
        ("compare", {"a": "base", "b": "base"}),
        ("figure", {"id": "market.nvda.ar0"}),
        ("calls", {"run": "bas"}),
        ("run", {"name": "base", "parameters": {"catch_up": 1}}),
    )
    assert names == {"figure", "figures", "trace", "calls", "compare", "run"}
    assert json.loads(text(figure))["value"] == base.figure("market.nvda.ar_0").value
    assert "scorecard.forecast.brier_without" in text(found)
    assert "S_V3REPORT" in text(trace)
    listed = calls.structured_content["result"]
    assert {row["id"]: row["band"] for row in listed} == base.calls["band"].to_dict()
    assert same.structured_content["result"] == []
    for answer, said in (
        (wrong, "nearest: market.nvda.ar_0"),
        (unknown, "nearest: base"),
        (taken, "allowed: one that no run has"),
    ):
        assert answer.is_error
        assert said in text(answer)
        assert "Traceback" not in text(answer)


@pytest.mark.bad_input("what is asked for in Python")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "mcp-refused", "parameters": {"catch_ip": 1}}, "nearest: catch_up"),
        ({"name": "mcp-refused", "parameters": {"catch_up": 7}}, "allowed: a number from 0 to 1"),
        ({"name": "../out", "parameters": {}}, "name: saw '../out'"),
    ],
)
def test_a_run_that_cannot_be_is_refused_in_the_same_words(given, said):
    _, (answer,) = ask(("run", given))
    assert answer.is_error
    assert said in text(answer)
    assert not (ROOT / "report" / "mcp-refused").exists()
