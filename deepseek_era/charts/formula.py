"""Formulas that Python and the page compute alike: written once, for a drawing and for the form of it that moves.

A formula is arithmetic over names, as Python writes it: ``(1 - edge / 100) * dear / cheap``. It may use ``+ - * / **``,
``a if b < c else d`` and the functions ``abs, clamp, exp, log, max, min, pow, sqrt``, which mean the same to Vega.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from deepseek_era.arrays import Array
from deepseek_era.errors import ModelInputError

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "clamp": np.clip,
    "exp": np.exp,
    "log": np.log,
    "max": np.maximum,
    "min": np.minimum,
    "pow": np.power,
    "sqrt": np.sqrt,
}
_SIGNS: dict[type, tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", np.add),
    ast.Sub: ("-", np.subtract),
    ast.Mult: ("*", np.multiply),
    ast.Div: ("/", np.divide),
    ast.Lt: ("<", np.less),
    ast.LtE: ("<=", np.less_equal),
    ast.Gt: (">", np.greater),
    ast.GtE: (">=", np.greater_equal),
}


def _read(formula: str) -> ast.expr:
    try:
        return ast.parse(formula.strip(), mode="eval").body
    except SyntaxError as error:
        raise ModelInputError(f"formula {formula!r}: {error.msg}") from None


def _refuse(formula: str, node: ast.AST) -> ModelInputError:
    return ModelInputError(
        f"formula {formula!r}: saw {ast.unparse(node)!r}, allowed: numbers, names, + - * / **, a if b < c else d, "
        f"{', '.join(_FUNCTIONS)}"
    )


def put(formula: str, **values: object) -> str:
    """Return the formula with names replaced by other names, numbers or formulas.

    >>> put("a * x + b", x="y + 1", b=2)
    'a * (y + 1) + (2)'
    """
    return re.sub(r"\b[A-Za-z_]\w*\b", lambda m: f"({values[m[0]]})" if m[0] in values else m[0], formula)


def evaluate(formula: str, values: Mapping[str, Any]) -> Array:
    """Return the formula's value over numbers or arrays that broadcast; what is not defined is NaN or infinite.

    Raises
    ------
    ModelInputError
        For what is no such formula, and for a name that `values` lacks.
    """

    def of(node: ast.AST) -> Any:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name):
                if name not in values:
                    raise ModelInputError(
                        f"formula {formula!r}: {name} is not among {', '.join(values) or 'no names'}"
                    )
                return values[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -of(operand)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return np.power(of(left), of(right))
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SIGNS:
                return _SIGNS[type(sign)][1](of(left), of(right))
            case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _SIGNS:
                return _SIGNS[type(sign)][1](of(left), of(right))
            case ast.IfExp(test=test, body=body, orelse=other):
                return np.where(of(test), of(body), of(other))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
                return _FUNCTIONS[name](*map(of, args))
        raise _refuse(formula, node)

    with np.errstate(all="ignore"):
        return np.asarray(of(_read(formula)), dtype=float)


def vega(formula: str, rename: Mapping[str, str] | None = None) -> str:
    """Return the formula as Vega writes it, with some names replaced by expressions of Vega's.

    >>> vega("x**2 if x > 0 else 0", {"x": "datum.x"})
    '(((datum.x)>0)?pow((datum.x),2):0)'
    """
    renamed = dict(rename or {})

    def of(node: ast.AST) -> str:
        match node:
            case ast.Constant(value=int() | float() as number):
                return f"{number:.10g}"
            case ast.Name(id=name):
                return f"({renamed[name]})" if name in renamed else name
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"(-{of(operand)})"
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return f"pow({of(left)},{of(right)})"
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SIGNS:
                return f"({of(left)}{_SIGNS[type(sign)][0]}{of(right)})"
            case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _SIGNS:
                return f"({of(left)}{_SIGNS[type(sign)][0]}{of(right)})"
            case ast.IfExp(test=test, body=body, orelse=other):
                return f"({of(test)}?{of(body)}:{of(other)})"
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
                return f"{name}({','.join(map(of, args))})"
        raise _refuse(formula, node)

    return of(_read(formula))
