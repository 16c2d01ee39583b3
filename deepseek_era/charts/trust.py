"""Altair without the work that it repeats while a chart is put together.

Altair checks every part of a chart as it is made, looks up its own classes anew for every encoding, copies each layer
when it joins others, and cleans a table once for every layer that shows it. The checks help who writes a chart in
JupyterLab: the message comes at the line of the mistake. In a build, where the charts are finished, all this is more
than a quarter of the processor time (``tests/bench/bench_trust.py``). There each whole specification is checked once,
against the same schema; only one that fails goes through Altair's own check, for its message. The specifications are
the same. ``DEEPSEEK_ERA_TRUST=0`` leaves Altair as it is.
"""

from __future__ import annotations

import functools
import math
import os
import re
from typing import Any

import altair as alt
import jsonschema_rs
import pandas as pd
from altair.utils import schemapi
from altair.vegalite.v6.schema.core import VegaLiteSchema, load_schema

from deepseek_era.charts import theme

_DEFINITIONS = "#/definitions/"


def _plain_name(name: str) -> str:
    # "Axis<(string|null)>" is no fragment of an address, which the validator insists on
    return re.sub(r"\W", lambda letter: f"-{ord(letter[0]):x}-", name)


def _plain(node: Any) -> Any:
    """Return the schema with names of definitions that can stand in an address."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items()}
    if isinstance(reference := node.get("$ref"), str) and reference.startswith(_DEFINITIONS):
        plain["$ref"] = _DEFINITIONS + _plain_name(reference.removeprefix(_DEFINITIONS))
    if isinstance(node.get("definitions"), dict):
        plain["definitions"] = {_plain_name(key): value for key, value in plain["definitions"].items()}
    return plain


@functools.cache
def validator() -> Any:
    """Return a validator of whole Vega-Lite specifications."""
    return jsonschema_rs.validator_for(_plain(load_schema()))


@functools.cache
def _classes() -> Any:
    return schemapi._FromDict(VegaLiteSchema._default_wrapper_classes())


_PLAIN = frozenset((str, int, float, bool, type(None), type(alt.Undefined)))
_slow_copy = schemapi._deep_copy


def _copy(item: Any, by_ref: set[str]) -> Any:
    """Return a deep copy as Altair makes it, without going through each part's constructor."""
    kind = type(item)
    if kind in _PLAIN:
        return item
    if kind is dict:
        return {key: value if key in by_ref else _copy(value, by_ref) for key, value in item.items()}
    if kind is list:
        return [_copy(value, by_ref) for value in item]
    if not isinstance(item, schemapi.SchemaBase) or isinstance(item, alt.TopLevelMixin):
        return _slow_copy(item, by_ref)  # whole charts count their names as they are made
    made = object.__new__(kind)
    object.__setattr__(made, "_args", tuple(_copy(value, by_ref) for value in item._args))
    object.__setattr__(made, "_kwds", _copy(item._kwds, by_ref))
    return made


def _column(column: pd.Series) -> list[Any]:
    if column.dtype.kind == "f":
        return [value if math.isfinite(value) else None for value in column.tolist()]
    return [None if value is pd.NA or value != value else value for value in column.tolist()]


def plain_values(data: Any) -> Any:
    """Return a table as the values of a specification; all but numbers, truths and text is left to Altair."""
    if not isinstance(data, pd.DataFrame) or not all(
        isinstance(name, str) and (dtype.kind in "fiub" or isinstance(dtype, pd.StringDtype))
        for name, dtype in data.dtypes.items()
    ):
        return alt.to_values(data)
    names = list(data.columns)
    columns = [_column(data[name]) for name in names]
    return {"values": [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]}


def wanted() -> bool:
    """Return whether a build's kernels trust charts; ``DEEPSEEK_ERA_TRUST=0`` says no."""
    return os.environ.get("DEEPSEEK_ERA_TRUST", "1") != "0"


def prepare() -> None:
    """Make what `trust_charts` needs, for forks of this process to have it."""
    validator()
    _classes()


def trust_charts() -> None:
    """Check charts whole and once from now on, in this process."""
    theme.enable()  # it sets Altair's transformer of data too, so it comes first
    schemapi.DEBUG_MODE = False

    def from_dict(cls: Any, dct: dict[str, Any], validate: bool = True) -> Any:
        if validate:
            cls.validate(dct)
        return _classes().from_dict(dct, cls)

    # Altair makes the table of its classes anew at every call
    schemapi.SchemaBase.from_dict = classmethod(from_dict)  # type: ignore[method-assign,assignment]
    schemapi._deep_copy = _copy  # type: ignore[assignment]
    alt.data_transformers.register("plain_values", plain_values)
    alt.data_transformers.enable("plain_values")


def _check_parts(node: Any) -> None:
    """Check the parts of a chart from the innermost out, as Altair does while they are made."""
    if isinstance(node, dict | list | tuple):
        for value in node.values() if isinstance(node, dict) else node:
            _check_parts(value)
    elif isinstance(node, schemapi.SchemaBase):
        _check_parts(node._args)
        _check_parts(node._kwds)
        if node._class_is_valid_at_instantiation and not isinstance(node, alt.TopLevelMixin):
            node.to_dict(validate=True)


def specification(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return the chart's specification, checked against the schema of Vega-Lite.

    Raises
    ------
    altair.utils.schemapi.SchemaValidationError
        Naming the part of the chart that the schema does not know.
    """
    if not schemapi.DEBUG_MODE:  # Altair leaves the parts unchecked in this process
        found: dict[str, Any] = chart.to_dict(validate=False)  # type: ignore[attr-defined]
        if validator().is_valid(found):
            return found
        _check_parts(chart)
    return chart.to_dict()  # type: ignore[attr-defined,no-any-return]
