"""A traced program as a function of JavaScript: the page works off what the report does, and nobody writes it twice.

The function is ``(inputs, outputs, n, store) => broken``: rows of numbers in, rows of numbers out, a draw at a time. It
answers with the number of the first promise that a draw broke, or −1. What is used once stands where it is used; what
is picked by an index lies in `store`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from deepseek_era.errors import ModelInputError, nearest
from deepseek_era.traced.machine import found_in, lists_of
from deepseek_era.traced.program import Place, Program, Promise

_BETWEEN = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "logical_and": "&&",
    "logical_or": "||",
}
_MATHS = {"maximum": "max", "minimum": "min", "absolute": "abs", "power": "pow"} | {
    name: name for name in ("exp", "expm1", "log", "log1p", "sqrt", "floor")
}
_OWN = {
    # to the nearest whole number, halves to the even one, as numpy has it
    "rint": "const rint=x=>{const r=Math.round(x);return r-x===.5&&r%2?r-1:r};",
    "exprel": "const exprel=x=>Math.abs(x)<1e-16?1:Math.expm1(x)/x;",
}
_WRITTEN: dict[str, Callable[..., str]] = {
    **{name: lambda a, b, sign=sign: f"({a}{sign}{b})" for name, sign in _BETWEEN.items()},
    **{name: lambda *of, name=name: f"{name}({','.join(of)})" for name in (*_MATHS.values(), *_OWN)},
    **{name: lambda *of, word=word: f"{word}({','.join(of)})" for name, word in _MATHS.items()},
    "negative": lambda a: f"(-{a})",
    "logical_not": lambda a: f"(!{a})",
    "where": lambda test, yes, no: f"({test}?{yes}:{no})",
}
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHJKLMNPQRTUVWXYZ"  # I, O and S are rows
_DEEP = 40  # operations in one expression


@dataclass(frozen=True)
class Script:
    """A program in JavaScript.

    Attributes
    ----------
    text
        An expression: the function.
    inputs, outputs
        What each row holds, in their order.
    store
        Numbers that its store must hold.
    promises
        What a draw may break, by number.
    """

    text: str
    inputs: tuple[str, ...]
    outputs: tuple[tuple[str, ...], ...]
    store: int
    promises: tuple[Promise, ...]


def number(value: float) -> str:
    """Return a number as JavaScript has it, as short as it can be told exactly.

    >>> number(0.5), number(-2.0), number(1e-12), number(float("inf"))
    ('.5', '(-2)', '1e-12', '(1/0)')
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"({'-' if value < 0 else ''}1/0)"
    text = repr(value).removesuffix(".0")
    text = text[1:] if text.startswith("0.") else text.replace("-0.", "-.", 1)
    return f"({text})" if value < 0 else text


def _name(k: int) -> str:
    """Return the name of a value: letters and then digits, none a word of the language."""
    return _LETTERS[k % len(_LETTERS)] + (str(k // len(_LETTERS)) if k >= len(_LETTERS) else "_")


def javascript(program: Program) -> Script:
    """Return a program as JavaScript.

    Raises
    ------
    ModelInputError
        For an operation that has no word in it, by its name.
    """
    writer = _Writer(program)
    inputs, outputs = tuple(program.inputs), tuple(program.outputs)
    rows = [f"const I{k}=I[{k}];" for k in range(len(inputs))]
    rows += [f"const O{k}=O[{k}];" for k in range(len(outputs))]
    body = writer.body()
    ends = "".join(f"O{k}[i]={writer.value(place)};" for k, place in enumerate(program.outputs.values()))
    maths = f"const {{{','.join(sorted(set(_MATHS.values())))}}}=Math;"
    text = f"(()=>{{{maths}{''.join(_OWN.values())}return(I,O,n,S)=>{{{''.join(rows)}"
    text += f"for(let i=0;i<n;i++){{{body}{ends}}}return -1}}}})()"
    return Script(text, inputs, outputs, writer.store, program.promises)


class _Writer:
    """Writes the operations of a program in order."""

    def __init__(self, program: Program) -> None:
        self._program = program
        steps = program.steps
        self._uses = Counter(used for step in steps for used in step.of)
        self._uses.update(program.outputs.values())
        self._kept = {used for step in steps if step.name == "look" for used in step.of}
        self._kept |= {promise.place for promise in program.promises}
        self._lists = lists_of([step.of[1:] for step in steps if step.name == "look"])
        self.store = sum(map(len, self._lists))
        self._text: dict[Place, str] = {}
        self._deep: dict[Place, int] = {}
        self._named = 0

    def value(self, place: Place) -> str:
        """Return what stands for the value of a place that was written."""
        return self._text[place]

    def body(self) -> str:
        """Return the statements that make every value."""
        inputs = {place: k for k, place in enumerate(self._program.inputs.values())}
        parts = []
        for place, step in enumerate(self._program.steps):
            if step.name == "constant":
                self._text[place] = number(step.number)
            elif step.name == "input":
                self._text[place] = f"I{inputs[place]}[i]"
            else:
                self._text[place] = self._written(place)
            deep = self._deep[place] = 1 + max((self._deep[used] for used in step.of), default=0)
            whole = step.name == "constant" or (self._uses[place] <= 1 and deep < _DEEP)
            if not whole or (place in self._kept and step.name != "constant"):
                name = _name(self._named)
                self._named += 1
                parts.append(f"const {name}={self._text[place]};")
                self._text[place], self._deep[place] = name, 0
            parts.append(self._stored(place))
            parts += [self._checked(k) for k, p in enumerate(self._program.promises) if p.place == place]
        return "".join(parts)

    def _written(self, place: Place) -> str:
        step = self._program.steps[place]
        of = [self._text[used] for used in step.of]
        if step.name == "look":
            return f"S[{self._first(step.of[1:])}+{of[0]}]"
        if step.name not in _WRITTEN:
            raise ModelInputError(
                f"javascript: no word for the operation {step.name}{nearest(step.name, _WRITTEN)}"
            )
        return _WRITTEN[step.name](*of)

    def _first(self, part: tuple[Place, ...]) -> int:
        """Return where in the store the choices of a look begin."""
        start = 0
        for row in self._lists:
            at = found_in(row, part)
            if at is not None:
                return start + at
            start += len(row)
        raise AssertionError(part)

    def _stored(self, place: Place) -> str:
        if place not in self._kept:
            return ""
        rows = [kept for row in self._lists for kept in row]
        return "".join(f"S[{k}]={self._text[place]};" for k, kept in enumerate(rows) if kept == place)

    def _checked(self, k: int) -> str:
        promise, value = self._program.promises[k], self._text[self._program.promises[k].place]
        tests = [f"{value}{'>' if promise.open_low else '>='}{number(promise.low)}"] * (
            promise.low > -math.inf
        )
        tests += [f"{value}<={number(promise.high)}"] * (promise.high < math.inf)
        return f"if(!({'&&'.join(tests)}))return {k};" if tests else ""
