"""Altair without the checks that it repeats while a chart is put together.

Altair checks every part of a chart as it is made, and looks up its own classes anew for every encoding. That helps who
writes a chart in JupyterLab: the message comes at the line of the mistake. In a build, where the charts are finished, it
is more than a third of the work of making them. There each whole specification is checked once, against the same
schema; only one that fails goes through Altair's own check, for its message.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import altair as alt
import jsonschema_rs
from altair.utils import schemapi
from altair.vegalite.v6.schema.core import VegaLiteSchema, load_schema

_DEFINITIONS = "#/definitions/"
_trusting = False


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


def prepare() -> None:
    """Make what `trust_charts` needs, for forks of this process to have it."""
    validator()
    _classes()


def trust_charts() -> None:
    """Check charts whole and once from now on, in this process."""
    global _trusting
    _trusting = True
    schemapi.DEBUG_MODE = False

    def from_dict(cls: Any, dct: dict[str, Any], validate: bool = True) -> Any:
        if validate:
            cls.validate(dct)
        return _classes().from_dict(dct, cls)

    # Altair makes the table of its classes anew at every call
    schemapi.SchemaBase.from_dict = classmethod(from_dict)  # type: ignore[method-assign,assignment]


def specification(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return the chart's specification, checked against the schema of Vega-Lite.

    Raises
    ------
    altair.utils.schemapi.SchemaValidationError
        Naming the part of the chart that the schema does not know.
    """
    if _trusting:
        found: dict[str, Any] = chart.to_dict(validate=False)  # type: ignore[attr-defined]
        if validator().is_valid(found):
            return found
    return chart.to_dict()  # type: ignore[attr-defined,no-any-return]
