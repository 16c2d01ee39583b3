"""The published JSON Schemas of what a run leaves, ``docs/schemas/``, and what breaks one in one line."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema_rs

from deepseek_era.errors import shown
from deepseek_era.places import ROOT

SCHEMAS = ROOT / "docs" / "schemas"


@functools.lru_cache(maxsize=8)
def schema(name: str) -> dict[str, Any]:
    """Return a schema by name: ``figures``, ``calls``, ``claims``, ``comparison``, ``manifest`` or ``edition``."""
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


def broken(name: str, content: Any) -> str:
    """Return what of some content is not as its schema says, in one line: where, what was seen; empty if nothing.

    >>> broken("claims", [])
    "the whole: saw '[]', [] has less than 1 item"
    """
    error = next(jsonschema_rs.validator_for(schema(name)).iter_errors(content), None)
    if error is None:
        return ""
    place = "/".join(map(str, error.instance_path)) or "the whole"
    message = str(error.message).splitlines()[0]
    return f"{place}: saw {shown(json.dumps(error.instance))}, {message[:160]}"


def names() -> list[str]:
    """Return the names of the schemas that are published."""
    return sorted(Path(p.name).name.removesuffix(".schema.json") for p in SCHEMAS.glob("*.schema.json"))
