"""The model as a page can run it: the traced program of all calls, and what it takes to draw its parameters.

A reader sets a parameter to a number or to a range of their own and sees every answer again. The page makes the same
draws as the run: of the scrambled sequence it is given the few points that all others follow from. What it holds is
enough for as many draws as one net has; a run with more is shown by its first net.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from deepseek_era import tables
from deepseek_era.book import bands
from deepseek_era.errors import ParameterError, nearest
from deepseek_era.model import Model
from deepseek_era.parameters import Parameters, Row, distributions, printed_scenarios
from deepseek_era.parameters.draws import NET, TIED, generators, mixes, tied
from deepseek_era.traced.calls import ERA, SHOCKS, WITH, program_of
from deepseek_era.traced.javascript import javascript
from deepseek_era.traced.program import Promise
from deepseek_era.verdicts import rule
from deepseek_era.verdicts.evaluate import LEVELS, Evaluation, evaluations, judged, likely_of
from deepseek_era.verdicts.impacts import FLIPS

VERSION = 1
"""Of the addresses that hold a world: raised when the meaning of what stands in them changes."""
LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
_PLACES = 5  # letters of a point's coordinate: six bits each
ENDS = ("price_fall_least", "price_fall_most")
"""Between these the fall of the average price is held, see `deepseek_era.parameters.draws.TIED`."""


def world(model: Model, main: Sequence[str] = ()) -> dict[str, Any]:
    """Return all that a page needs to run the model; `main` are the parameters that it shows first.

    Raises
    ------
    ParameterError
        For a name in `main` that moves no verdict.
    """
    parameters = model.parameters
    program = program_of(parameters, ("effect", "left", ERA), anywhere=True)
    script = javascript(program)
    rows, n = distributions(parameters), min(model.draws.n, NET)
    named = [name for name in script.inputs if name in rows]
    is_tied = tied(parameters)
    named += [name for name in (*TIED, *ENDS) if is_tied and name not in named]
    answers = program.before(key for key in program.outputs if key[2] != ERA)
    moving = [name for name in named if name in answers or name in ENDS]
    for name in main:
        if name not in moving:
            raise ParameterError(f"world: {name} moves no verdict{nearest(name, moving)}")
    mixed = {name: [(rows[other].position, weight) for other, weight in mixes(name)] for name in named}
    last = max(row.position for row in rows.values()) + 1
    shocks = [_shock(name, last) for name in script.inputs if name.startswith(SHOCKS)]
    wanted = sorted({place for parts in mixed.values() for place, _ in parts} | set(shocks))
    points = generators(parameters, n)
    return {
        "version": VERSION,
        "draws": n,
        "likely": likely_of(parameters),
        "one_sided": float(parameters.setting("one_sided_share")),
        "matters": rule.LEVEL_MATTERS,
        "edge": rule.EDGE,
        "bands": list(rule.BANDS),
        "words": list(rule.WAS_IT_R1),
        "spoken": {word: rule.spoken(word) for word in rule.WAS_IT_R1},
        "heads": bands.HEADS,
        "signs": bands.SIGNS,
        "code": script.text,
        "store": script.store,
        "inputs": [_shock(name, last) if name.startswith(SHOCKS) else name for name in script.inputs],
        "outputs": [list(key) for key in script.outputs],
        "promises": [_said(promise) for promise in script.promises],
        "points": {str(place): _letters(points[place]) for place in wanted},
        "tied": [*TIED, *ENDS] if is_tied else [],
        "parameters": [_parameter(rows[name], mixed[name], name in moving) for name in named],
        "main": list(main),
        "calls": _calls(model),
        "presets": _presets(parameters, set(moving)),
    }


def _shock(name: str, last: int) -> int:
    """Return the dimension of the sequence that a shock of the path takes."""
    return last + int(name.removeprefix(f"{SHOCKS}[").removesuffix("]"))


def _letters(numbers: Iterable[int]) -> str:
    """Return whole numbers below 2^30 in five letters each, the lowest bits first."""
    return "".join(LETTERS[(number >> 6 * k) & 63] for number in numbers for k in range(_PLACES))


def _said(promise: Promise) -> str:
    above = f"{'above' if promise.open_low else 'at least'} {promise.low:g}"
    return f"{promise.where}: {promise.name} must be {above}" + (
        f" and at most {promise.high:g}" if np.isfinite(promise.high) else ""
    )


def _parameter(row: Row, mixed: list[tuple[int, float]], moves: bool) -> dict[str, Any]:
    words = {str(r["parameter"]): r for r in tables.load("drivers").to_dict("records")}.get(row.id)
    given = [p for p in (row.p1, row.p2, row.p3) if np.isfinite(p)]
    found: dict[str, Any] = {"id": row.id, "dist": row.dist, "given": given, "bounds": list(row.bounds)}
    found |= {"mixed": mixed, "unit": row.unit, "kind": row.kind}
    if moves:
        found["plain"] = str(words["plain"]) if words else row.description
        found["question"] = str(words["question"]) if words else "Other inputs"
        found["ends"] = [row.quantile(q) for q in (0.05, 0.5, 0.95)]
    return found


def _calls(model: Model) -> list[dict[str, Any]]:
    """Return each call with what the rule asks of it, and its base answers as ``calls.csv`` has them."""
    names, reasons = bands.names(), bands.reasons()
    spoken = {str(r["call_id"]): str(r["spoken"]) for r in tables.load("stories").to_dict("records")}
    found = []
    for key, e in evaluations(model).items():
        held = judged(model)[key]
        shares = {"": held.shares, "_attributable": held.later}
        why = {sign: asdict(reasons[key, sign]) for sign in bands.SIGNS.values() if (key, sign) in reasons}
        found.append(
            {
                "id": key,
                "name": names[key],
                "spoken": spoken.get(key) or names[key],
                "article": e.call.article_call,
                "threshold": e.threshold,
                "size": e.call.article_size,
                "unit": e.call.unit,
                **_rows_of(key, e),
                "base": {"p_winner": e.p.win, "p_loser": e.p.lose, "p_neutral": e.p.neutral}
                | {
                    f"p_{name}{after}": getattr(of, name)
                    for after, of in shares.items()
                    if of is not None
                    for name in ("own", "other", "small")
                }
                | {"band": held.band, "was_it_r1": held.word, "edge": held.edge, "one_sided": held.one_sided},
                "reasons": why,
            }
        )
    return found


def _rows_of(key: str, e: Evaluation) -> dict[str, Any]:
    """Return which outputs a call is judged by: of a flip both legs, of a level also what the event adds to it."""
    if key in FLIPS:
        short, long, name = FLIPS[key]
        late = f"row {name}" if name else "effect"
        return {
            "kind": "flip",
            "thresholds": list(e.thresholds),
            "effect": [[WITH, short, "effect"], [WITH, long, late]],
            "left": [["short", short, "effect"], ["long", long, late]],
        }
    world = "short" if e.call.horizon == "short" else "long"
    found: dict[str, Any] = {
        "effect": [[WITH, key, "effect"]],
        "left": [[world, key, "effect"]],
        "kind": "level" if key in LEVELS else "call",
    }
    if e.era is not None:
        found["era"] = [WITH, key, ERA]
    if key in LEVELS:
        found["adds"] = [WITH, key, "row effect"]
    return found


def _presets(parameters: Parameters, moving: set[str]) -> list[dict[str, Any]]:
    """Return the scenarios that only set what moves a verdict: another vintage is another report."""
    found = []
    for name, item in printed_scenarios(parameters.scenario).items():
        if item["parameters"] and set(item["parameters"]) <= moving:
            sets = {key: _plain(value) for key, value in item["parameters"].items()}
            found.append({"name": name, "title": item["title"], "note": item["note"], "sets": sets})
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return [float(value[key]) for key in ("low", "mode", "high") if key in value]
    return float(value)
