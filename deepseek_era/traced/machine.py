"""Work off a program for some thousand draws at a time: numpy into buffers that are used again.

A call of numpy costs some tenths of a microsecond, and its numbers the way to where they lie. With pieces of some
thousand draws the first is spread over many, and most of what is in use stays in a processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from deepseek_era.arrays import Array, Ints
from deepseek_era.capacity.checks import within
from deepseek_era.errors import ModelInputError
from deepseek_era.traced.program import Place, Program, Promise
from deepseek_era.traced.symbols import TRUTHS, UFUNCS

Work = tuple[Callable[..., Any], tuple[Any, ...]]


def _where(test: Array, yes: Array, no: Array, out: Array) -> None:
    np.copyto(out, no)
    np.copyto(out, yes, where=test)


def _checked(promise: Promise, values: Array) -> None:
    low = values.min()
    # written so that something that is not a number fails as well
    held = low > promise.low if promise.open_low else low >= promise.low
    if not (held and (promise.high == np.inf or values.max() <= promise.high)):
        within(
            promise.where,
            promise.name,
            values,
            promise.low,
            promise.high,
            open_low=promise.open_low,
            why=promise.why,
        )


def _element(index: Array, size: int, draw: Ints, number: Array, out: Ints) -> None:
    np.multiply(index, size, out=number)
    np.copyto(out, number, casting="unsafe")
    np.add(out, draw, out=out)


def _look(element: Ints, store: Array, out: Array) -> None:
    store.take(element, out=out, mode="clip")


def _maximum(a: Array, b: Array, out: Array) -> None:
    np.maximum(a, b, out=out)


def _minimum(a: Array, b: Array, out: Array) -> None:
    np.minimum(a, b, out=out)


_CALLED: dict[str, Callable[..., Any]] = {"maximum": _maximum, "minimum": _minimum}


class Machine:
    """A program made ready for `n` draws.

    Parameters
    ----------
    single
        Inputs that are one number for all draws; what follows from them alone is computed once, not for each draw.
    moving
        Inputs that change from run to run: what does not hang on them is kept, and computed again only where another
        input has changed. Without any, nothing is kept.
    """

    def __init__(
        self,
        program: Program,
        n: int,
        *,
        single: frozenset[str] = frozenset(),
        moving: frozenset[str] = frozenset(),
    ) -> None:
        program.check_names(single)
        self.program, self.n, self.moving = program, n, moving
        self._one = {program.inputs[name] for name in single}
        self._moved = program.after(moving)
        self._place_values()
        self._work = {place: work for place in range(len(program.steps)) if (work := self._prepared(place))}
        self._all = [item for works in self._work.values() for item in works]
        self._outputs = {
            key: np.broadcast_to(self._value[place], (n,)) for key, place in program.outputs.items()
        }
        self._part = [item for place in self._moved for item in self._work.get(place, ())]
        self._last: dict[str, Array | float] = {}

    def _place_values(self) -> None:
        """Give each place its buffer: a number, a row of truths, or a row of the store.

        A row is used again after the last use of what it holds, so that most of what is in use stays in the cache.
        """
        steps, one = self.program.steps, self._one
        last = {used: place for place, step in enumerate(steps) for used in step.of}
        looked = {used for step in steps if step.name == "look" for used in step.of[1:]}
        staying = {*self.program.outputs.values(), *self.program.inputs.values(), *looked}
        if self.moving:
            staying |= set(range(len(steps))).difference(self._moved)
        self._value: list[Array] = []
        seats: dict[Place, int] = {}
        free: list[int] = []
        count = 0
        for place, step in enumerate(steps):
            narrow = all(self._value[used].ndim == 0 for used in step.of) if step.of else place in one
            narrow &= step.name != "look"  # which picks rows
            if step.name == "constant":
                self._value.append(np.array(step.number))
            elif narrow:
                self._value.append(np.empty((), dtype=bool if step.name in TRUTHS else float))
            elif step.name in TRUTHS:
                self._value.append(np.empty(self.n, dtype=bool))
            else:
                ended = {used for used in step.of if last[used] == place and used in seats} - staying
                if step.name != "where":  # written in two goes, so its room must be none that it reads
                    free += [seats[used] for used in sorted(ended)]
                if place in staying or not free:
                    seats[place], count = count, count + 1
                else:
                    seats[place] = free.pop()
                if step.name == "where":
                    free += [seats[used] for used in sorted(ended)]
                self._value.append(np.empty(1))  # until the store is there
        self._store = np.empty((count, self.n))
        self._draw, self._number = np.arange(self.n), np.empty(self.n)
        for place, seat in seats.items():
            self._value[place] = self._store[seat]
        self._lay_out_looks()

    def _lay_out_looks(self) -> None:
        """Lay what is looked up in rows, one list after another, so that an element is picked by adding.

        What stands in one list only has its value there; else, and if it is one number, there is a copy.
        """
        steps = self.program.steps
        self._lists = lists_of([step.of[1:] for step in steps if step.name == "look"])
        rows = [place for row in self._lists for place in row]
        self._rows = np.empty((len(rows), self.n))
        self._copies: dict[Place, list[Array]] = {}
        picking = {step.of[0] for step in steps if step.name == "look"}
        self._elements = {place: np.empty(self.n, dtype=np.int64) for place in picking}
        for place, row in zip(rows, self._rows, strict=True):
            if steps[place].name == "constant":
                row[:] = steps[place].number
            elif rows.count(place) > 1 or self._value[place].ndim == 0 or steps[place].name == "input":
                self._copies.setdefault(place, []).append(row)
            else:
                self._value[place] = row

    def _prepared(self, place: Place) -> list[Work]:
        """Return the calls that make the value of a place, copy it and check what was promised of it."""
        step, out = self.program.steps[place], self._value[place]
        of = [self._value[used] for used in step.of]
        after: list[Work] = [(np.copyto, (row, out)) for row in self._copies.get(place, ())]
        if place in self._elements:  # what picks an element follows from it
            after.append((_element, (out, self.n, self._draw, self._number, self._elements[place])))
        after += [(_checked, (promise, out)) for promise in self.program.promises if promise.place == place]
        if step.name in ("input", "constant"):
            return after
        if step.name == "where":
            return [(_where, (*of, out)), *after]
        if step.name == "look":
            return [(_look, (self._elements[step.of[0]], self._looked_up(step.of[1:]), out)), *after]
        return [(_CALLED.get(step.name, UFUNCS[step.name]), (*of, out)), *after]

    def _looked_up(self, choices: tuple[Place, ...]) -> Array:
        """Return the rows of which one is picked for each draw, one after another."""
        start = 0
        for row in self._lists:
            at = found_in(row, choices)
            if at is not None:
                return self._rows[start + at : start + at + len(choices)].ravel()
            start += len(row)
        raise AssertionError(choices)

    def run(self, values: Mapping[str, Array | float]) -> dict[tuple[str, ...], Array]:
        """Return the outputs for some values of the inputs: views that the next run writes over.

        Raises
        ------
        ModelInputError
            If a name is no input of the program, an input has no value, or a formula does not allow a value.
        """
        self.program.check_names(values)
        changed = []
        for name, place in self.program.inputs.items():
            if name not in values:
                raise ModelInputError(f"traced program: {name} has no value, and the program needs one")
            value = values[name]
            if name not in self._last or not _same(value, self._last[name]):
                np.copyto(self._value[place], value)
                changed.append(name)
        work = self._part if self._last and self.moving.issuperset(changed) else self._all
        self._last = {}  # a run that is refused leaves nothing to build upon
        with np.errstate(all="ignore"):
            for function, of in work:
                function(*of)
        if self.moving:
            self._last = {name: values[name] for name in self.program.inputs}
        return self._outputs


def found_in(row: list[Place], part: tuple[Place, ...]) -> int | None:
    """Return where a part begins in a list; None if the list does not hold it in one piece."""
    ends = range(len(row) - len(part) + 1)
    return next((at for at in ends if tuple(row[at : at + len(part)]) == part), None)


def lists_of(parts: list[tuple[Place, ...]]) -> list[list[Place]]:
    """Return lists that hold each of some parts in one piece; a part that goes on from the end of one prolongs it.

    >>> lists_of([(1, 2), (1, 2, 3), (2, 3), (3, 4), (1, 2, 9)])
    [[1, 2, 3, 4], [1, 2, 9]]
    """
    rows: list[list[Place]] = []
    for part in parts:
        if any(found_in(row, part) is not None for row in rows):
            continue
        for row in rows:
            shared = next((k for k in range(len(part) - 1, 0, -1) if tuple(row[-k:]) == part[:k]), 0)
            if shared:
                row.extend(part[shared:])
                break
        else:
            rows.append(list(part))
    return rows


def _same(value: Array | float, last: Array | float) -> bool:
    return value is last or (isinstance(value, float) and isinstance(last, float) and value == last)
