"""JSON that a notebook hands over, read into dataclasses once: what does not fit is one line that says where.

Types that can be read: ``str``, ``bool``, ``int``, ``float``, ``X | None``, ``tuple[X, ...]``, ``dict[str, X]`` and
dataclasses of these. A key that no field asks for is left alone: a model may say more than the report shows.

>>> @dataclasses.dataclass(frozen=True)
... class Share:
...     label: str
...     share: float | None = None
>>> read(Share, {"label": "Training gain", "share": 0.41}, "card C01")
Share(label='Training gain', share=0.41)
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
from collections.abc import Mapping
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from deepseek_era.errors import UserError, nearest, shown

T = TypeVar("T")
_PLAIN = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}


def read(kind: type[T], value: object, where: str) -> T:
    """Return `value`, as JSON holds it, as a `kind`.

    A field whose name Python keeps for itself is written with an underscore behind it: ``with_`` is read from ``with``.

    Raises
    ------
    UserError
        One line: `where`, the key, what was seen, what is allowed; of a missing key, the nearest that is there.
    """
    found: T = _read(kind, value, where, "")
    return found


@functools.cache
def _fields(kind: Any) -> tuple[tuple[str, str, Any, bool], ...]:
    """Return name, key, type and whether it must be there, of each field that is read."""
    hints = get_type_hints(kind)
    return tuple(
        (
            field.name,
            field.name.rstrip("_"),
            hints[field.name],
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
        if field.init
    )


def _refuse(where: str, path: str, value: object, allowed: str) -> UserError:
    place = f"{where}: {path.removeprefix('.')}" if path else where
    return UserError(f"{place}: saw {shown(value)}, allowed: {allowed}")


def _read(kind: Any, value: object, where: str, path: str) -> Any:
    if kind in _PLAIN:
        return _plain(kind, value, where, path)
    if dataclasses.is_dataclass(kind):
        return _record(kind, value, where, path)
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        (kind,) = (k for k in inside if k is not types.NoneType)
        return _read(kind, value, where, path)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise _refuse(where, path, value, "a list")
        return tuple(_read(inside[0], item, where, f"{path}[{i}]") for i, item in enumerate(value))
    if not isinstance(value, Mapping):
        raise _refuse(where, path, value, "names with values")
    return {str(k): _read(inside[1], item, where, f"{path}.{k}") for k, item in value.items()}


def _plain(kind: type, value: object, where: str, path: str) -> Any:
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if math.isfinite(value):
            return float(value)
    elif isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise _refuse(where, path, value, _PLAIN[kind])


def _record(kind: Any, value: object, where: str, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise _refuse(where, path, value, "names with values")
    given: dict[str, Any] = {}
    for name, key, inner, needed in _fields(kind):
        if key in value:
            given[name] = _read(inner, value[key], where, f"{path}.{key}")
        elif needed:
            raise UserError(f"{where}: {f'{path}.{key}'.removeprefix('.')} is missing{nearest(key, value)}")
    return kind(**given)
