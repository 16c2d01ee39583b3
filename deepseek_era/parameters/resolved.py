"""The parameters of one run: the newest rows public at its vintage, and what a scenario and a user set."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from deepseek_era import pairs, reads, tables
from deepseek_era.errors import ParameterError, is_text, nearest, plain, shown
from deepseek_era.parameters.rows import SETTINGS, Row, bound, names, table
from deepseek_era.parameters.scenario_files import scenario_overrides

HALF = 0.5


def _number(name: str, value: object, row: Row, part: str = "") -> float:
    where = f"parameter {name}{part}"
    low, high = row.bounds
    unit = f" {row.unit}" if row.unit and row.unit != "-" else ""
    allowed = f"a number from {bound(low)} to {bound(high)}{unit}"
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ParameterError(f"{where}: saw {shown(value)} ({type(value).__name__}), allowed: {allowed}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or not low <= number <= high:
        raise ParameterError(f"{where}: saw {number:g}, allowed: {allowed}")
    return number


def _override(name: str, value: object, row: Row) -> Row:
    """Return the row with a user's value in place of its distribution."""
    if row.dist == "choice":
        options = row.choices.split("|")
        if value not in options:
            raise ParameterError(
                f"parameter {name}: saw {shown(value)}, allowed: {', '.join(options)}{nearest(str(value), options)}"
            )
        return replace(row, choices="|".join([str(value), *[o for o in options if o != value]]))
    if row.dist == "date":
        try:
            date = dt.date.fromisoformat(str(value))
        except ValueError:
            raise ParameterError(
                f"parameter {name}: saw {shown(value)}, allowed: a date YYYY-MM-DD"
            ) from None
        return replace(row, choices=date.isoformat())
    if row.dist == "text":
        if not isinstance(value, str):
            raise ParameterError(
                f"parameter {name}: saw {shown(value)} ({type(value).__name__}), allowed: text"
            )
        if not is_text(value):
            raise ParameterError(f"parameter {name}: saw {shown(value)}, allowed: text that UTF-8 can hold")
        return replace(row, choices=value)
    if isinstance(value, str):  # papermill hands on 0.5:0.8:1.1 as the text that it is
        value = pairs.value(value.strip())
    if isinstance(value, Mapping):
        if row.dist == "setting":
            raise ParameterError(
                f"parameter {name}: saw a range, allowed: one number (a setting has no distribution)"
            )
        keys = set(value)
        if keys not in ({"low", "high"}, {"low", "mode", "high"}):
            raise ParameterError(
                f"parameter {name}: saw {shown(', '.join(sorted(map(str, keys))))}, allowed: low, high and, if wanted, mode"
            )
        numbers = {key: _number(name, value[key], row, f".{key}") for key in keys}
        low, high = numbers["low"], numbers["high"]
        mode = numbers.get("mode")
        if not low < high or (mode is not None and not low <= mode <= high):
            raise ParameterError(
                f"parameter {name}: saw {dict(value)}, allowed: low < high and mode between them"
            )
        if mode is None:
            return replace(row, dist="uniform", p1=low, p2=high, p3=math.nan)
        return replace(row, dist="pert", p1=low, p2=mode, p3=high)
    number = _number(name, value, row)
    if row.dist == "setting":
        # settings whose default and bounds are whole count days, draws or the like
        whole = (
            all(float(x).is_integer() for x in (row.p1, row.lower_bound, row.upper_bound))
            and row.unit != "ratio"
        )
        if whole and not number.is_integer():
            raise ParameterError(
                f"parameter {name}: saw {number:g}, allowed: a whole number from {bound(row.lower_bound)} to {bound(row.upper_bound)}"
            )
        return replace(row, p1=number)
    return replace(row, dist="fixed", p1=number, p2=math.nan, p3=math.nan)


@dataclass(frozen=True)
class Parameters:
    """The parameters of one run, resolved: vintage, seed, scenario and one row per id."""

    vintage: dt.date
    seed: int
    scenario: str
    overrides: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict, repr=False)

    def row(self, name: str) -> Row:
        """Return the row of a parameter as it holds in this run."""
        reads.parameter(name)
        try:
            return self.rows[name]
        except KeyError:
            raise ParameterError(f"parameter {name}: unknown{nearest(name, self.rows)}") from None

    def setting(self, name: str) -> Any:
        """Return the value of a structural setting: int, float or text."""
        row = self.row(name)
        if row.dist == "choice":
            return row.choices.split("|")[0]
        if row.dist in ("date", "text"):
            return row.choices
        return int(row.p1) if float(row.p1).is_integer() and row.unit != "ratio" else row.p1

    def central(self, name: str) -> float:
        """Return the median of a parameter's distribution, or its fixed value."""
        return self.quantile(name, 0.5)

    def quantile(self, name: str, q: float) -> float:
        """Return the `q` quantile of a parameter's distribution."""
        return self.row(name).quantile(q)

    def with_(self, *, vintage: object = None, seed: int | None = None, **overrides: Any) -> Parameters:
        """Return the same run with another vintage, seed or further overrides."""
        return resolve(
            {**self.overrides, **overrides},
            scenario=self.scenario,
            vintage=self.vintage if vintage is None else vintage,
            seed=self.seed if seed is None else seed,
        )


def resolve(
    overrides: Mapping[str, object] | None = None,
    *,
    scenario: str = "base",
    vintage: object = None,
    seed: object = None,
) -> Parameters:
    """Return the parameters of a run.

    Parameters
    ----------
    overrides
        Name to number (fixes it), ``{low, mode, high}`` (PERT), ``{low, high}`` (uniform) or text (choices).
        They win over the scenario's.
    scenario
        ``base`` or the name of a file in ``data/scenarios/``.
    vintage
        ``article``, ``latest`` or an ISO date; by default the scenario's, else ``latest``.
    seed
        A whole number from 0; by default the scenario's, else 1.

    Raises
    ------
    ParameterError
        With every mistake on a line of its own: unknown name, wrong type, out of bounds.

    Examples
    --------
    >>> rents = resolve({"gpu_hour_usd": {"low": 2, "mode": 2.5, "high": 4}}, vintage="article")
    >>> rents.vintage.isoformat(), round(rents.central("gpu_hour_usd"), 2)
    ('2025-01-31', 2.63)
    >>> resolve({"elasticity_lng": 1})
    Traceback (most recent call last):
        ...
    deepseek_era.errors.ParameterError: parameter elasticity_lng: unknown, allowed: ... (nearest: elasticity_long)
    """
    mistakes: list[str] = []
    own = dict(overrides or {})
    merged: dict[str, Any] = dict(own)
    try:
        merged = {**scenario_overrides(scenario), **own}
    except ParameterError as error:
        mistakes.append(str(error))
    vintage_value = vintage if vintage is not None else merged.pop("vintage", "latest")
    seed_value = seed if seed is not None else merged.pop("seed", 1)
    for name in ("vintage", "seed"):
        merged.pop(name, None)
        own.pop(name, None)
    try:
        date = tables.resolve_vintage(vintage_value)
    except ParameterError as error:
        mistakes.append(str(error))
        date = tables.ARTICLE_VINTAGE
    if (
        isinstance(seed_value, bool)
        or not isinstance(seed_value, int | np.integer)
        or not 0 <= seed_value < 2**32
    ):
        mistakes.append(
            f"parameter seed: saw {shown(seed_value)}, allowed: a whole number from 0 to 4294967295"
        )
        seed_value = 1
    known, until = table(), date.isoformat()
    rows: dict[str, Row] = {}
    for name, versions in known.items():
        public = [row for row in versions if row.as_of <= until]
        if not public:
            raise ParameterError(f"parameter {name}: no row public by {date}, first {versions[0].as_of}")
        rows[name] = public[-1]
    for name, value in merged.items():
        if name == "scenario":
            mistakes.append("parameter scenario: allowed only where a run is asked for, SCENARIO=name")
            continue
        if name not in known:
            mistakes.append(
                f"parameter {plain(name)}: unknown, allowed: a name in data/parameters.csv{nearest(name, names())}"
            )
            continue
        try:
            rows[name] = _override(name, value, rows[name])
        except ParameterError as error:
            mistakes.append(str(error))
    if rows["p_likely"].p1 <= HALF:  # then two words could hold for one call
        mistakes.append(f"parameter p_likely: saw {rows['p_likely'].p1:g}, allowed: above {HALF:g}, up to 1")
    if mistakes:
        raise ParameterError("\n".join(mistakes))
    return Parameters(date, int(seed_value), scenario, own, rows)


def later_knowledge(parameters: Parameters) -> tuple[str, ...]:
    """Return the parameters that were set in a run whose facts end earlier than the tables do.

    Whoever set them knew what followed, or may have: the run is then no forecast from its date, and says so. Settings
    of method carry no knowledge of the world and are not among them.
    """
    if parameters.vintage >= tables.resolve_vintage("latest"):
        return ()
    asked = resolve({}, vintage=parameters.vintage, seed=parameters.seed)
    return tuple(
        name for name, row in parameters.rows.items() if row.dist not in SETTINGS and row != asked.rows[name]
    )


def distributions(parameters: Parameters) -> dict[str, Row]:
    """Return the rows that have a distribution (or a fixed number), in file order."""
    return {name: row for name, row in parameters.rows.items() if row.dist not in SETTINGS}
