"""Symbols: what stands in a function for numbers that are not known yet, and notes what the function does to them.

A symbol is an array of places in a trace. It takes part in numpy's functions by ``__array_ufunc__`` and
``__array_function__``, so that a function written for arrays runs on it as it is. Shapes are real ones: draws are an
axis of length one, quarters and the like have their length. What would need a value (a branch, a loop, an index) is
refused, in a line that names function and line.

Of each place the trace also knows a range, from the ranges of the inputs: enough to leave out what can never happen.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import exprel

from deepseek_era.arrays import Symbolic
from deepseek_era.errors import ModelInputError
from deepseek_era.traced.program import Place, Program, Promise, Step, pruned

Range = tuple[float, float]
ANY: Range = (-math.inf, math.inf)

_COMPARED = ("less", "less_equal", "greater", "greater_equal")
TRUTHS = (*_COMPARED, "equal", "logical_and", "logical_or", "logical_not")
"""Operations whose values are true or false."""

UFUNCS: dict[str, np.ufunc] = {
    name: getattr(np, name)
    for name in (
        *("add", "subtract", "multiply", "divide", "negative", "power", "maximum", "minimum", "absolute"),
        *("exp", "expm1", "log", "log1p", "sqrt", "rint", "floor"),
        *TRUTHS,
    )
} | {"exprel": exprel}
_RISING = ("exp", "expm1", "log", "log1p", "sqrt", "rint", "floor")
_NAMES = {ufunc: name for name, ufunc in UFUNCS.items()} | {
    np.bitwise_and: "logical_and",
    np.bitwise_or: "logical_or",
    np.invert: "logical_not",
}
_HERE = (str(Path(__file__).parent), str(Path(np.__file__).parent))


def _refusal(what: str) -> ModelInputError:
    """Return the error for something that a symbol cannot do, naming the function and the line that asked."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    code = frame.f_code
    return ModelInputError(
        f"trace: {code.co_name} ({Path(code.co_filename).name}, line {frame.f_lineno}) {what}; "
        "only what does the same for every draw can be traced"
    )


class Trace:
    """A trace that is being made: the operations so far, each thing once, and the inputs.

    >>> trace = Trace()
    >>> x = trace.input("x")
    >>> len(trace.program({("y",): np.exp(x) + np.exp(x)}).steps)
    3
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._known: dict[Step, Place] = {}
        self._ranges: list[Range] = []
        self._inputs: dict[str, Place] = {}
        self._promises: dict[Promise, None] = {}

    def input(self, name: str, low: float = -math.inf, high: float = math.inf, size: int = 1) -> Symbols:
        """Return the symbol of an input whose values lie from `low` to `high`.

        With a `size` it is a row of as many inputs, ``name[0]`` and so on.
        """
        names = [name] if size == 1 else [f"{name}[{k}]" for k in range(size)]
        places = []
        for each in names:
            if each not in self._inputs:
                self._inputs[each] = len(self.steps)
                self.steps.append(Step("input"))
                self._ranges.append((low, high))
            places.append(self._inputs[each])
        cells = np.array(places, dtype=object)
        return Symbols(self, cells if size == 1 else cells[None, :])

    def constant(self, number: float) -> Place:
        """Return the place of a number."""
        value = float(number)
        return self._place(Step("constant", number=value + 0.0), (value, value))

    def range(self, place: Place) -> Range:
        """Return what is known of the values at a place."""
        return self._ranges[place]

    def promise(self, promise: Promise) -> None:
        """Note what must hold of a place, unless it is known to, and trust it from there on."""
        least = math.nextafter(promise.low, math.inf) if promise.open_low else promise.low
        low, high = self._ranges[promise.place]
        if low < least or high > promise.high:
            self._promises[promise] = None
            self._ranges[promise.place] = (max(low, least), min(high, promise.high))

    def program(self, outputs: dict[tuple[str, ...], Any]) -> Program:
        """Return the program that computes some outputs, each a symbol of one place, a place, or a number."""
        found = {}
        for key, value in outputs.items():
            cells = self.cells(value).ravel()
            if len(cells) != 1:
                raise ModelInputError(f"trace: output {key} is {len(cells)} values, allowed: one a draw")
            found[key] = cells[0]
        return pruned(self.steps, self._inputs, found, self._promises)

    def cells(self, value: Any) -> np.ndarray:
        """Return an array of places for a symbol, a number or an array of numbers."""
        if isinstance(value, Symbols):
            return value.cells
        numbers = np.asarray(value, dtype=float)
        cells = np.empty(numbers.shape, dtype=object)
        cells[...] = np.frompyfunc(self.constant, 1, 1)(numbers)
        return cells

    def apply(self, name: str, *of: Place) -> Place:
        """Return the place of an operation, simplified where the outcome is the same to the last places."""
        numbers = [self.steps[p].number for p in of if self.steps[p].name == "constant"]
        if len(numbers) == len(of) and name in UFUNCS:
            return self.constant(UFUNCS[name](*numbers))
        simpler = _simpler(self, name, of)
        if simpler is not None:
            return simpler
        if name in ("add", "multiply") and of[0] > of[1]:  # so that a + b and b + a are one thing
            of = (of[1], of[0])
        return self._place(Step(name, of), _range(name, [self._ranges[p] for p in of]))

    def _place(self, step: Step, known: Range) -> Place:
        place = self._known.get(step)
        if place is None:
            place = self._known[step] = len(self.steps)
            self.steps.append(step)
            self._ranges.append(known)
        return place

    def look(self, index: Place, choices: Sequence[Place]) -> Place:
        """Return the place of the choice that `index` picks in each draw: as few as its range leaves open."""
        low, high = self._ranges[index]
        first = max(0, math.ceil(low)) if math.isfinite(low) else 0
        last = min(len(choices) - 1, math.floor(high)) if math.isfinite(high) else len(choices) - 1
        left = tuple(choices[first : last + 1])
        if len(set(left)) == 1:
            return left[0]
        ends = [self._ranges[p] for p in left]
        moved = self.apply("subtract", index, self.constant(first))
        return self._place(Step("look", (moved, *left)), (min(e[0] for e in ends), max(e[1] for e in ends)))


def _simpler(t: Trace, name: str, of: tuple[Place, ...]) -> Place | None:
    """Return the place of something simpler that has the same values, if there is such a thing."""
    number = [t.steps[p].number if t.steps[p].name == "constant" else None for p in of]
    # nought is added by functions for whom a negative nought is to become a plain one
    if name == "multiply" and number[0] == 1:
        return of[1]
    if (name == "subtract" and number[1] == 0) or (
        name in ("multiply", "divide", "power") and number[1] == 1
    ):
        return of[0]
    if name == "power":
        if number[0] == 1:
            return of[0]
        if t.range(of[0])[0] > 0:  # the logarithm is shared by all powers of one thing
            return t.apply("exp", t.apply("multiply", of[1], t.apply("log", of[0])))
    if name == "log" and t.steps[of[0]].name == "exp":
        return t.steps[of[0]].of[0]
    if name in ("maximum", "minimum"):
        (a_low, a_high), (b_low, b_high) = (t.range(p) for p in of)
        if name == "minimum":
            a_low, a_high, b_low, b_high = -a_high, -a_low, -b_high, -b_low
        return of[0] if a_low >= b_high else of[1] if b_low >= a_high else None
    if name in _COMPARED:
        return _compared(t, name, of)
    if name == "where" and number[0] is not None:
        return of[1] if number[0] else of[2]
    return None


def _compared(t: Trace, name: str, of: tuple[Place, ...]) -> Place | None:
    """Return the place of true or false where the ranges settle a comparison."""
    (a_low, a_high), (b_low, b_high) = (t.range(p) for p in of)
    test = {"less": operator.lt, "less_equal": operator.le, "greater": operator.gt}.get(name, operator.ge)
    if name.startswith("greater"):
        always, never = test(a_low, b_high), not test(a_high, b_low)
    else:
        always, never = test(a_high, b_low), not test(a_low, b_high)
    return t.constant(1.0) if always else t.constant(0.0) if never else None


def _range(name: str, of: list[Range]) -> Range:
    """Return what is known of an operation's values from what is known of its inputs'; a not-a-number aside."""
    with np.errstate(all="ignore"):
        if name in _RISING:
            low, high = of[0]
            if name in ("log", "sqrt"):
                low, high = max(low, 0.0), max(high, 0.0)
            ends = [float(UFUNCS[name](end)) for end in (low, high)]
            if name == "exp":  # what is too small to be told from nought is not nought
                ends[0] = max(ends[0], math.ulp(0.0))
        elif name in ("add", "subtract", "multiply", "maximum", "minimum"):
            ends = [float(UFUNCS[name](a, b)) for a in of[0] for b in of[1]]
        elif name == "divide" and of[1][0] > 0:
            ends = [a / b for a in of[0] for b in of[1]]
        elif name == "negative":
            ends = [-end for end in of[0]]
        elif name == "exprel":
            ends = [0.0, math.inf]
        elif name == "where":
            ends = [*of[1], *of[2]]
        elif name in TRUTHS:
            ends = [0.0, 1.0]
        else:
            return ANY
    # an end that is not a number (infinity less infinity, nought times infinity) leaves all open
    return (min(ends), max(ends)) if not any(map(math.isnan, ends)) else ANY


class Symbols(np.lib.mixins.NDArrayOperatorsMixin, Symbolic):
    """An array of places in a trace, which a function takes for an array of numbers."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, trace: Trace, cells: np.ndarray) -> None:
        self.trace, self.cells = trace, cells

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape, with an axis of length one for the draws."""
        return self.cells.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.cells.ndim

    @property
    def size(self) -> int:
        """Number of places."""
        return self.cells.size

    @property
    def T(self) -> Symbols:
        """The same with its axes turned round."""
        return Symbols(self.trace, self.cells.T)

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[Symbols]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, key: Any) -> Symbols:
        if isinstance(key, Symbols):
            raise _refusal("picks elements by a value that differs between draws")
        found = self.cells[key]
        if not isinstance(found, np.ndarray):
            found = np.array(found, dtype=object)
        return Symbols(self.trace, found)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.cells[key] = self.trace.cells(value)

    def astype(self, dtype: Any, **_: Any) -> Symbols:
        """Return the same: a whole number of a program is a float without a fraction."""
        return self

    def take(self, index: Any, axis: Any = None, **_: Any) -> Symbols:
        """Return the element that `index` picks in each draw, from all of this laid in a row."""
        choices = list(self.cells.ravel())
        pick = np.frompyfunc(lambda place: self.trace.look(place, choices), 1, 1)
        return Symbols(self.trace, np.asarray(pick(self.trace.cells(index)), dtype=object))

    def least(self) -> float:
        """Return a number that no value can be below."""
        return min(self.trace.range(place)[0] for place in self.cells.flat)

    def held(self, where: str, name: str, low: float, high: float, *, open_low: bool, why: str) -> Symbols:
        """Return the same, with a range that its values must lie in."""
        for place in self.cells.flat:
            self.trace.promise(Promise(place, where, name, low, high, open_low, why))
        return self

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Symbols:
        name = _NAMES.get(ufunc)
        if name is None or method != "__call__" or kwargs:
            called = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
            raise _refusal(f"calls {called}, which the trace does not know")
        return self._each(name, *inputs)

    def _each(self, name: str, *inputs: Any) -> Symbols:
        cells = [self.trace.cells(value) for value in inputs]
        work = np.frompyfunc(lambda *places: self.trace.apply(name, *places), len(cells), 1)
        with np.errstate(all="ignore"):  # of the ends of ranges, which may be infinite
            return Symbols(self.trace, np.asarray(work(*cells), dtype=object))

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        made = _FUNCTIONS.get(function)
        if made is None:
            raise _refusal(f"calls {function.__name__}, which the trace does not know")
        return made(self, *args, **kwargs)

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise _refusal("makes a plain number of a value that differs between draws")

    def __bool__(self) -> bool:
        raise _refusal("branches on a value that differs between draws")

    __float__ = __int__ = __index__ = __complex__ = __array__ = _refuse


def _clip(self: Symbols, values: Any, low: Any, high: Any) -> Any:
    return np.minimum(np.maximum(values, low), high)


def _filled(self: Symbols, shape: Any, number: float) -> Symbols:
    return Symbols(self.trace, np.full(shape, self.trace.constant(number), dtype=object))


def _shape(like: Any, shape: Any) -> Any:
    return like.shape if shape is None else shape


def _stack(self: Symbols, parts: Sequence[Any], axis: int = 0) -> Symbols:
    return Symbols(self.trace, np.stack([self.trace.cells(part) for part in parts], axis))


_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.where: lambda self, test, yes, no: self._each("where", test, yes, no),
    np.clip: _clip,
    np.broadcast_to: lambda self, values, shape: Symbols(self.trace, np.broadcast_to(values.cells, shape)),
    np.ravel: lambda self, values: Symbols(self.trace, values.cells.ravel()),
    np.size: lambda self, values: values.size,
    np.stack: _stack,
    # what nothing was written to is not read either; a number makes it a place
    np.empty_like: lambda self, like, shape=None: _filled(self, _shape(like, shape), math.nan),
    np.ones_like: lambda self, like, shape=None: _filled(self, _shape(like, shape), 1.0),
    np.zeros_like: lambda self, like, shape=None: _filled(self, _shape(like, shape), 0.0),
}
