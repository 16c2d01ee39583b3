"""Every call and consideration as one program over the parameters' draws, and the draws that it is worked off for."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from deepseek_era.arrays import Array
from deepseek_era.capacity.aggregate import YEARS_LONG, YEARS_SHORT, attributable
from deepseek_era.capacity.path import STEP_YEARS, STEPS
from deepseek_era.errors import ModelInputError
from deepseek_era.parameters import Derived, Draws, Parameters, Row, distributions
from deepseek_era.parameters.draws import hangs_on, look_at
from deepseek_era.traced.machine import Machine
from deepseek_era.traced.program import Program
from deepseek_era.traced.symbols import Range, Trace
from deepseek_era.verdicts.evaluate import LEVELS, Call, calls, era_forecast
from deepseek_era.verdicts.impacts import FLIPS, REGISTRY, Case
from deepseek_era.verdicts.impacts.equations import Impact

PARTS = ("effect", "left", "contest", "gains")
ERA = "era"
GAINS = ("X_S", "X_L", "kbar_S", "kbar_L")
"""Fields of an `Aggregate` that a table of many scenarios shows."""
SHOCKS = "shock"
START, LEAD = "path_start", "lead_time"
WITH = "with"
YEARS = {"short": YEARS_SHORT, "long": YEARS_LONG, "both": YEARS_LONG}
"""Years after the event at which what is left of a call's effect is read, by its horizon."""
_ROW = "row "
PIECE = 2**14  # draws worked off at once: few calls of numpy, between which threads wait for each other
MOST_KEPT = 2**27  # bytes of values kept between the points of a sweep


Asked = tuple[str, str, Impact, Impact | None]
"""Id and horizon of a call with its functions, the effect and the contest."""


class _Unknown(Derived):
    """Every parameter as the input of a trace; but the start of the path, which says how many steps there are."""

    def __init__(self, trace: Trace, ranges: Mapping[str, Range], start: float) -> None:
        super().__init__(ranges)
        self._trace, self._ranges, self._start = trace, ranges, start

    def _make(self, name: str) -> Array:
        if name == START:
            return np.array(self._start)
        return self._trace.input(name, *self._ranges[name])  # type: ignore[return-value]


def _lead_range(row: Row) -> Range:
    """Return the range of the lead time in whole quarters: it says which dates a plan can have looked at."""
    ends = {"fixed": (row.p1, row.p1), "pert": (row.p1, row.p3), "uniform": (row.p1, row.p2)}
    low, high = ends.get(row.dist, row.bounds)
    return math.floor(low / STEP_YEARS) * STEP_YEARS, math.ceil(high / STEP_YEARS) * STEP_YEARS


def program_of(
    parameters: Parameters,
    parts: tuple[str, ...] = PARTS,
    known: tuple[Call, ...] | None = None,
    *,
    anywhere: bool = False,
) -> Program:
    """Return all calls of a run as a program over the parameters and the shocks of the path.

    Outputs have the key (world, call, form), with the worlds ``with`` (the event) and, once rivals have caught up as
    at the end of a horizon, ``short`` and ``long``; forms are effect, contest, era and ``row`` with the name of a
    further output. `parts` says which of them there are: ``effect``, ``left`` (what rivals leave of it), ``contest``,
    ``era``, and ``gains``, fields `GAINS` of the aggregates. `known` are the calls, if they are at hand. The program
    holds for the parameters of the run; `anywhere`, for whatever their bounds allow.
    """
    rows = distributions(parameters)
    bounds = tuple((name, row.bounds) for name, row in rows.items() if name != LEAD)
    lead = replace(rows[LEAD], dist="any") if anywhere else rows[LEAD]
    ranges = (*bounds, (LEAD, _lead_range(lead)))
    # a call that was registered since, or anew, makes another program
    asked = tuple(
        (call.id, call.horizon, REGISTRY[call.id].effect, REGISTRY[call.id].contest)
        for call in known or calls()
    )
    return _program(ranges, rows[START].p1, parts, asked)


@functools.lru_cache(maxsize=32)
def _program(
    ranges: tuple[tuple[str, Range], ...], start: float, parts: tuple[str, ...], known: tuple[Asked, ...]
) -> Program:
    trace = Trace()
    draws = _Unknown(trace, dict(ranges), start)
    shocks = trace.input(SHOCKS, size=STEPS)
    plain = Case(draws, shocks)  # type: ignore[arg-type]
    worlds = {WITH: plain} | {
        world: Case(attributable(draws, YEARS[world]), plain.shocks, unshocked=plain)
        for world in ("short", "long")
    }
    outputs: dict[tuple[str, ...], object] = {}
    for key, horizon, _, contest in known:
        outputs[WITH, key, "effect"] = plain.impact(key)
        if contest:
            outputs[WITH, key, "contest"] = plain.impact(key, "contest")
        if ERA in parts and key not in FLIPS:
            forecast = era_forecast(plain, key)
            if forecast is not None:
                outputs[WITH, key, ERA] = forecast
        world = "short" if horizon == "short" else "long"
        outputs[world, key, "effect"] = worlds[world].impact(key)
    for short, long, name in FLIPS.values():
        for world, case in worlds.items():
            outputs[world, short, "effect"] = case.impact(short)
            if name:
                outputs[world, long, _ROW + name] = case.row(long, name)
            else:
                outputs[world, long, "effect"] = case.impact(long)
    for name in GAINS:
        outputs[WITH, "aggregate", name] = getattr(plain.aggregate, name)
    for level in LEVELS:
        outputs[WITH, level, _ROW + "effect"] = plain.row(level, "effect")
    return trace.program({key: value for key, value in outputs.items() if _part_of(key) in parts})


def _part_of(key: tuple[str, ...]) -> str:
    if key[1] == "aggregate":
        return "gains"
    return "left" if key[0] != WITH else key[2] if key[2] in ("contest", ERA) else "effect"


class TracedCase:
    """The calls over some draws, as a `Case` gives them, worked off by a program.

    Attributes
    ----------
    n
        Number of draws.
    draws
        What they are; `Case` makes anything else of them that a program does not hold.
    after
        The same once rivals have caught up, at the end of each horizon.
    """

    def __init__(self, found: Mapping[tuple[str, ...], Array], draws: Mapping[str, Array], n: int) -> None:
        self.n, self.draws = n, draws
        self._found, self._world = found, WITH

    @property
    def after(self) -> dict[str, TracedCase]:
        """The same once rivals have caught up, at the end of each horizon."""
        left = {}
        for horizon in YEARS:
            left[horizon] = TracedCase(self._found, self.draws, self.n)
            left[horizon]._world = "short" if horizon == "short" else "long"
        return left

    def gain(self, name: str) -> Array:
        """Return a field of the aggregates, one of `GAINS`."""
        return self._get("aggregate", name)

    def _get(self, call_id: str, form: str) -> Array:
        try:
            return self._found[self._world, call_id, form]
        except KeyError:
            raise ModelInputError(
                f"traced program: it holds no {form} of {call_id} in the world {self._world!r}"
            ) from None

    def impact(self, call_id: str, form: str = "effect") -> Array:
        """Return the impact ``(n,)`` of a call in a form; the next draws of the same machine write over it."""
        return self._get(call_id, form)

    def row(self, call_id: str, name: str) -> Array:
        """Return a further output ``(n,)`` of a call by its name."""
        return self._get(call_id, _ROW + name)


def cases_of(
    parameters: Parameters, block: int, parts: tuple[str, ...] = PARTS
) -> Callable[[Draws], Iterator[TracedCase]]:
    """Return what makes the calls of a run, some thousand draws at a time, out of blocks of so many draws.

    What it yields holds until the next; each thread needs one of its own.
    """
    program, single = program_of(parameters, parts), _single(parameters)
    machine = Machine(program, min(PIECE, block), single=frozenset(single) & set(program.inputs))

    def work(draws: Draws) -> Iterator[TracedCase]:
        for start in range(0, draws.n, machine.n):
            part = _Part(draws, slice(start, start + machine.n))
            yield TracedCase(machine.run(_values(program, part, single)), part, machine.n)

    return work


class Kept:
    """What the points of a sweep share: all that does not hang on the parameters in which they differ."""

    def __init__(self, parts: tuple[str, ...] = PARTS) -> None:
        self._parts = parts
        self._made: tuple[Program, int, frozenset[str]] | None = None
        self._machine: Machine | None = None
        self._last: dict[str, Array | float] = {}
        self._rows: Mapping[str, Row] = {}
        self._draws: Draws | None = None

    def case(
        self, parameters: Parameters, draws: Draws, known: tuple[Call, ...] | None = None
    ) -> TracedCase | None:
        """Return the calls over some draws; None where the values would take too much memory."""
        program, single = program_of(parameters, self._parts, known), _single(parameters)
        if 8 * draws.n * len(program.steps) > MOST_KEPT:
            return None
        made = program, draws.n, frozenset(single) & set(program.inputs)
        values = _values(program, draws, single, self._same(parameters, draws, made))
        if self._machine is None or self._made != made:
            self._machine = Machine(program, draws.n, single=made[2])
        else:
            changed = {name for name in values if values[name] is not self._last[name]}
            changed -= {name for name in single if name in values and values[name] == self._last[name]}
            if not changed <= self._machine.moving:  # what moved once will move again
                moving = self._machine.moving | changed
                self._machine = Machine(program, draws.n, single=made[2], moving=moving)
        self._made, self._last, self._rows, self._draws = made, values, parameters.rows, draws
        return TracedCase(self._machine.run(values), draws, draws.n)

    def _same(
        self, parameters: Parameters, draws: Draws, made: tuple[Program, int, frozenset[str]]
    ) -> Mapping[str, Array | float]:
        """Return the values of inputs that hang on nothing in which this point differs from the last."""
        if self._made != made or self._draws is None or not draws.alike(self._draws):
            return {}
        rows = parameters.rows
        changed = {name for name, row in rows.items() if row is not self._rows.get(name)}
        return {name: value for name, value in self._last.items() if changed.isdisjoint(hangs_on(name))}


class _Part(Derived):
    """Some consecutive draws out of a block of them."""

    def __init__(self, draws: Draws, where: slice) -> None:
        super().__init__(draws)
        self._draws, self._where = draws, where

    def _make(self, name: str) -> Array:
        return self._draws[name][self._where]

    def shock(self, step: int) -> Array:
        """Return the standard normals of one step of the demand shocks."""
        return self._draws.shock(step)[self._where]


def _single(parameters: Parameters) -> dict[str, float]:
    """Return the parameters that are one number in a run, with that number."""
    return {name: row.p1 for name, row in distributions(parameters).items() if row.dist == "fixed"}


_STEP_OF = {f"{SHOCKS}[{step}]": step for step in range(STEPS)}


def _values(
    program: Program,
    draws: Draws | _Part,
    single: Mapping[str, float],
    same: Mapping[str, Array | float] | None = None,
) -> dict[str, Array | float]:
    """Return the values of a program's inputs; of those that are the `same` as before, nothing is asked."""
    values: dict[str, Array | float] = {}
    for name in program.inputs:
        step = _STEP_OF.get(name)
        if step is not None:
            values[name] = draws.shock(step)
            continue
        look_at(name)
        if same and name in same:
            values[name] = same[name]
        else:
            values[name] = single[name] if name in single else draws[name]
    return values
