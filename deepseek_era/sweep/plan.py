"""Plans of sweeps: points over a scenario, read from a file and checked before any is computed."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import qmc

from deepseek_era import tables
from deepseek_era.errors import ParameterError, nearest, plain, shown
from deepseek_era.parameters import names, read_yaml, resolve
from deepseek_era.places import data_dir

LARGEST = 1_000_000
KINDS = ("grid", "latin-hypercube", "list")
LIGHT_FIGURES = (
    "capacity.compute_ratio_short",
    "capacity.compute_ratio_long",
    "capacity.aggregate_gain_short",
    "capacity.aggregate_gain_long",
    "capacity.jevons.p_backfire_long",
)
"""Figures that a point gives without a whole part being computed."""
_ENTRIES = {
    "title",
    "note",
    "kind",
    "scenario",
    "vintage",
    "seed",
    "draws",
    "n",
    "parameters",
    "points",
    "figures",
}
Point = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """A sweep as its file states it: points over a scenario, and which figures to keep.

    Attributes
    ----------
    parameters
        Names of the parameters that any point sets.
    points
        What each point sets, by its number; in a part of a plan (see `part`) only the numbers at hand.
    """

    name: str
    title: str
    note: str
    kind: str
    scenario: str
    vintage: str
    seed: int
    draws: int
    parameters: tuple[str, ...]
    points: Sequence[Point] | Mapping[int, Point]
    figures: tuple[str, ...] = field(default=())

    @property
    def later(self) -> bool:
        """Whether the points set values in a world whose facts end earlier than the tables do."""
        return tables.resolve_vintage(self.vintage) < tables.resolve_vintage("latest")

    def part(self, numbers: Sequence[int]) -> Plan:
        """Return the plan with some points only: what a worker is sent, whose size the whole does not move."""
        return replace(self, points={number: self.points[number] for number in numbers})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _plain_value(value: object) -> object:
    """Return a value as JSON can hold it: YAML reads 2025-01-27 as a date."""
    return value.isoformat() if isinstance(value, dt.date) else value


def _grid(axes: dict[str, Any], place: str) -> list[dict[str, Any]]:
    for name, values in axes.items():
        if not isinstance(values, list) or not values:
            raise ParameterError(
                f"{place}: parameters.{plain(name)}: saw {shown(values)}, allowed: a list of values"
            )
    count = math.prod(len(values) for values in axes.values())
    if count > LARGEST:
        raise ParameterError(f"{place}: the grid has more points than the {LARGEST:,} allowed")
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def _hypercube(axes: dict[str, Any], n: object, seed: int, place: str) -> list[dict[str, Any]]:
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= LARGEST:
        raise ParameterError(f"{place}: n: saw {shown(n)}, allowed: a whole number from 1 to {LARGEST:,}")
    for name, ends in axes.items():
        fits = isinstance(ends, dict) and set(ends) == {"low", "high"} and all(map(_is_number, ends.values()))
        if not fits or not ends["low"] < ends["high"]:
            raise ParameterError(
                f"{place}: parameters.{plain(name)}: saw {shown(ends)}, allowed: {{low, high}}, low < high"
            )
    shares = qmc.LatinHypercube(len(axes), rng=np.random.default_rng(seed)).random(n)
    low = np.array([ends["low"] for ends in axes.values()], dtype=float)
    high = np.array([ends["high"] for ends in axes.values()], dtype=float)
    return [dict(zip(axes, map(float, row), strict=True)) for row in low + shares * (high - low)]


def read_plan(path: Path) -> Plan:
    """Return the plan in a file.

    Raises
    ------
    ParameterError
        For a missing file, an unknown entry, parameter or scenario, or axes that do not fit the kind.
    """
    place = f"sweep {plain(path.name)}"
    try:
        there = path.is_file()
    except OSError:  # a name longer than the system allows
        there = False
    if not there:
        known = sorted(p.name for p in (data_dir() / "sweeps").glob("*.yaml"))
        raise ParameterError(f"{place}: no such file, allowed: {', '.join(known)}{nearest(path.name, known)}")
    content = read_yaml(path, place)
    if not isinstance(content, dict):
        raise ParameterError(f"{place}: allowed: a mapping with kind and parameters or points")
    for entry in content:
        if entry not in _ENTRIES:
            raise ParameterError(f"{place}: unknown entry {plain(entry)}{nearest(str(entry), _ENTRIES)}")
    kind = content.get("kind")
    if kind not in KINDS:
        raise ParameterError(f"{place}: kind: saw {shown(kind)}, allowed: {', '.join(KINDS)}")
    seed, draws = content.get("seed", 1), content.get("draws", 4096)
    figures = content.get("figures", list(LIGHT_FIGURES))
    if not isinstance(figures, list) or not all(isinstance(figure, str) for figure in figures):
        raise ParameterError(f"{place}: figures: saw {shown(figures)}, allowed: a list of ids of figures")
    for entry in ("title", "note", "scenario"):
        if not isinstance(content.get(entry, ""), str | int | float):
            raise ParameterError(f"{place}: {entry}: saw {shown(content[entry])}, allowed: text")
    # before any point is drawn with it
    scenario, vintage = str(content.get("scenario", "base")), content.get("vintage", "latest")
    date = resolve({"draws": draws}, scenario=scenario, vintage=vintage, seed=seed).vintage
    axes = content.get("parameters") or {}
    if kind == "list":
        points = content.get("points")
        if not isinstance(points, list) or not points or not all(isinstance(p, dict) for p in points):
            raise ParameterError(f"{place}: points: allowed: a list of mappings of name to value")
    elif not isinstance(axes, dict) or not axes:
        raise ParameterError(f"{place}: parameters: allowed: a mapping of name to axis")
    elif kind == "grid":
        points = _grid(axes, place)
    else:
        points = _hypercube(axes, content.get("n"), seed, place)
    known, swept = names(), tuple(dict.fromkeys(name for point in points for name in point))
    for name in swept:
        if name not in known:
            raise ParameterError(f"{place}: parameter {plain(name)}: unknown{nearest(str(name), known)}")
    return Plan(
        path.stem,
        str(content.get("title", path.stem)),
        str(content.get("note", "")),
        str(kind),
        scenario,
        vintage if isinstance(vintage, str) else date.isoformat(),
        seed,
        draws,
        swept,
        tuple({name: _plain_value(value) for name, value in point.items()} for point in points),
        tuple(figures),
    )
