"""What an equation is, the registry that every call is entered in, and the formulas that several calls share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.special import exprel

from deepseek_era.arrays import Array, floats
from deepseek_era.capacity.aggregate import Aggregate, aggregate
from deepseek_era.capacity.path import PLAN_YEAR, STEPS, Pace, Tightness, pace, simulate_tightness
from deepseek_era.errors import ModelInputError, nearest

Numbers = Array | np.float64
Draws = Mapping[str, Array]


class Impacts(Protocol):
    """What the rule reads from one evaluation of all calls over `n` draws: a `Case`, or a traced one."""

    n: int

    def impact(self, call_id: str, form: str = "effect") -> Array:
        """Return the impact ``(n,)`` of a call in a form."""

    def row(self, call_id: str, name: str) -> Array:
        """Return a further output ``(n,)`` of a call by its name."""


class Case:
    """One evaluation: a set of draws and what several calls share, computed once when first asked for.

    Parameters
    ----------
    draws
        Parameter id to draws, ``(n,)`` each; scalars broadcast.
    shocks
        Standard normals of the demand walk, ``(n, steps)``; zeros, the median walk, where none are given.
    unshocked
        A case with the same capacity draws and shocks, whose path without the event is reused.
    """

    def __init__(self, draws: Draws, shocks: Array | None = None, *, unshocked: Case | None = None) -> None:
        self.draws = draws
        self._unshocked = unshocked
        if shocks is None:
            shocks = np.zeros((max(np.size(draws[name]) for name in draws), STEPS))
        self.shocks = shocks
        self.n = self.shocks.shape[0]
        self._impacts: dict[tuple[str, str], Array] = {}

    @cached_property
    def aggregate(self) -> Aggregate:
        """Derived drivers that all calls share."""
        return aggregate(self.draws)

    @cached_property
    def pace(self) -> Pace:
        """What both capacity paths share, up to the last date that a call reads."""
        if self._unshocked is not None:
            return self._unshocked.pace
        return pace(self.draws, self.shocks, until=PLAN_YEAR)

    @cached_property
    def path(self) -> Tightness:
        """The capacity path with the event."""
        return simulate_tightness(self.pace, self.aggregate.X_S, self.aggregate.X_L)

    @cached_property
    def path_without(self) -> Tightness:
        """The capacity path without the event, from the same draws."""
        if self._unshocked is not None:
            return self._unshocked.path_without
        return simulate_tightness(self.pace, 1.0, 1.0)

    def impact(self, call_id: str, form: str = "effect") -> Array:
        """Return the impact ``(n,)`` of a call in one of its forms: effect, contest or era.

        Raises
        ------
        ModelInputError
            For a call or a form that is not registered.
        """
        key = (call_id, form)
        if key not in self._impacts:
            equation = equation_of(call_id)
            function = {"effect": equation.effect, "contest": equation.contest, "era": equation.era}.get(form)
            if function is None:
                raise ModelInputError(f"call {call_id}: it has no form {form!r}")
            values = floats(function(self.draws, self.aggregate, self))
            # an addition of zero turns a negative zero into a plain one
            self._impacts[key] = np.broadcast_to(values, (self.n,)) + 0.0
        return self._impacts[key]

    def row(self, call_id: str, name: str) -> Array:
        """Return a further output ``(n,)`` of a call by its name."""
        values = floats(equation_of(call_id).rows[name](self.draws, self.aggregate, self))
        return np.broadcast_to(values, (self.n,))


Impact = Callable[[Draws, Aggregate, Case], Array]


@dataclass
class Equation:
    """What is registered for a call: its functions, its formula and what is known to be weak about it."""

    id: str
    effect: Impact
    latex: str
    drivers: tuple[str, ...]
    weak: str
    sign_by_construction: bool = False
    contest: Impact | None = None
    contest_latex: str = ""
    contest_words: str = ""
    era: Impact | None = None
    era_latex: str = ""
    rows: dict[str, Impact] = field(default_factory=dict)
    """Further outputs of the same equation, by name: a second segment, a part, a stress."""


REGISTRY: dict[str, Equation] = {}


def equation_of(call_id: str) -> Equation:
    """Return what is registered for a call, or refuse an id without a function."""
    try:
        return REGISTRY[call_id]
    except KeyError:
        raise ModelInputError(
            f"call {call_id}: data/calls.csv has the row, but no impact function is registered"
            + nearest(call_id, REGISTRY)
        ) from None


def call(
    call_id: str,
    latex: str,
    *,
    drivers: tuple[str, ...],
    weak: str,
    sign_by_construction: bool = False,
) -> Callable[[Impact], Impact]:
    """Register the effect of a call: its formula, the parameters that it reads, and its weak point.

    `sign_by_construction` marks an equation that cannot change sign for any gain above one.
    """

    def register(function: Impact) -> Impact:
        REGISTRY[call_id] = Equation(call_id, function, latex, drivers, weak, sign_by_construction)
        return function

    return register


def contest(call_id: str, latex: str, words: str) -> Callable[[Impact], Impact]:
    """Register the contest form of a call: the question asked so that the answer can fail."""

    def register(function: Impact) -> Impact:
        equation = REGISTRY[call_id]
        equation.contest, equation.contest_latex, equation.contest_words = function, latex, words
        return function

    return register


def era(call_id: str, latex: str) -> Callable[[Impact], Impact]:
    """Register the era form of a call: effect plus the drift of other causes, by an equation of its own."""

    def register(function: Impact) -> Impact:
        REGISTRY[call_id].era, REGISTRY[call_id].era_latex = function, latex
        return function

    return register


def row(call_id: str, name: str) -> Callable[[Impact], Impact]:
    """Register a further output of a call under a name."""

    def register(function: Impact) -> Impact:
        REGISTRY[call_id].rows[name] = function
        return function

    return register


OTHER = "other_horizon"


def other_horizon(call_id: str) -> Callable[[Impact], Impact]:
    """Register the same equation read at the other horizon (long for a short call, short for a long one)."""
    return row(call_id, OTHER)


# the drivers that several calls share
INFERENCE_SHORT = ("inference_gain", "adoption_short", "pass_through_short", "elasticity_short")
INFERENCE_LONG = ("inference_gain", "adoption_long", "pass_through_long", "elasticity_long")
TRAINING_SHORT = ("training_gain", "training_adoption_short", "budget_response", "first_year_adjustment")
TRAINING_LONG = ("training_gain", "training_adoption_long", "budget_response")
PATH = (
    "supply_growth",
    "demand_growth",
    "tightness",
    "investment_response",
    "lead_time",
    "retirement",
    "growth_fade",
    "supply_ceiling",
    "demand_volatility",
    "path_start",
)


def share_shift(share: Array, push: Array) -> Array:
    """Return the change of a share whose log odds move by `push`; exactly 0 for a push of 0."""
    odds = np.expm1(push)
    return floats(share * (1 - share) * odds / (1 + share * odds))


def unit_cost_change(share: Array, price: Array) -> Array:
    """Return full cost after over before, when a share of it is inference whose price falls to `price`."""
    return floats(1 + share * (price - 1))


def surplus(gain: Array, phi: Array, eps: Array) -> Array:
    """Return consumer surplus gained per unit of spend at constant elasticity, ``(k^{φ(ε−1)} − 1)/(ε − 1)``.

    At an elasticity of one it is its limit, ``φ ln k``.
    """
    fall = phi * np.log(gain)
    return floats(fall * exprel(fall * (eps - 1)))
