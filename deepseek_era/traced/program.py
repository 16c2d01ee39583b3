"""A program: operations in order, each one's inputs before it, over named inputs; and what was promised of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deepseek_era.errors import ModelInputError, nearest

Place = int
"""Where an operation stands in the program; its value is that of the operation."""


@dataclass(frozen=True)
class Step:
    """One operation: its name, the places of what it works on, and its number if it is a constant.

    The names are numpy's and scipy's own (``add``, ``exp``, ``where``, …) with three more: ``input``, ``constant`` and
    ``look``, whose first place holds which of the others to take.
    """

    name: str
    of: tuple[Place, ...] = ()
    number: float = 0.0


@dataclass(frozen=True)
class Promise:
    """A range that a formula asks of a value; `deepseek_era.capacity.checks.within` says it of numbers."""

    place: Place
    where: str
    name: str
    low: float
    high: float
    open_low: bool
    why: str


@dataclass(frozen=True)
class Program:
    """What a trace found.

    Attributes
    ----------
    steps
        All operations, in an order in which they can be worked off.
    inputs
        Name of every input to its place.
    outputs
        Key of every output to its place.
    promises
        What must hold of values, in the order in which the functions asked.
    """

    steps: tuple[Step, ...]
    inputs: Mapping[str, Place]
    outputs: Mapping[tuple[str, ...], Place]
    promises: tuple[Promise, ...]

    def check_names(self, names: Iterable[str]) -> None:
        """Refuse a name that is not an input: what a program did not see when it was traced, it cannot follow.

        Raises
        ------
        ModelInputError
            One line with the name and the nearest input.
        """
        for name in names:
            if name not in self.inputs:
                raise ModelInputError(
                    f"traced program: {name} was no input when it was traced{nearest(name, self.inputs)}"
                )

    def after(self, names: Iterable[str]) -> tuple[Place, ...]:
        """Return the places, in order, whose values hang on any of some inputs."""
        names = tuple(names)
        self.check_names(names)
        moved = {self.inputs[name] for name in names}
        for place, step in enumerate(self.steps):
            if not moved.isdisjoint(step.of):
                moved.add(place)
        return tuple(sorted(moved))

    def before(self, keys: Iterable[tuple[str, ...]]) -> set[str]:
        """Return the inputs that any of some outputs hang on."""
        wanted = {self.outputs[key] for key in keys}
        for place in range(len(self.steps) - 1, -1, -1):
            if place in wanted:
                wanted.update(self.steps[place].of)
        return {name for name, place in self.inputs.items() if place in wanted}


def pruned(
    steps: list[Step],
    inputs: Mapping[str, Place],
    outputs: Mapping[tuple[str, ...], Place],
    promises: Iterable[Promise],
) -> Program:
    """Return a program of the steps that outputs and promises need, each as late as its first use allows.

    What is used soon after it was made is still in a processor's cache, and its room is free again sooner.
    """
    places: dict[Place, Place] = {}
    order: list[Step] = []
    promises = list(promises)
    for root in (*outputs.values(), *(p.place for p in promises)):
        waiting = [root]
        while waiting:
            place = waiting[-1]
            missing = [p for p in steps[place].of if p not in places]
            if place in places or not missing:
                waiting.pop()
                if place not in places:
                    step = steps[place]
                    places[place] = len(order)
                    order.append(Step(step.name, tuple(places[p] for p in step.of), step.number))
            else:
                waiting += reversed(missing)
    return Program(
        tuple(order),
        {name: places[place] for name, place in inputs.items() if place in places},
        {key: places[place] for key, place in outputs.items()},
        tuple(Promise(places[p.place], p.where, p.name, p.low, p.high, p.open_low, p.why) for p in promises),
    )
