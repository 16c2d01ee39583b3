"""The typed parameters, scenarios and joint draws.

``data/parameters.csv`` is the one list: no distribution is typed anywhere else.

- A parameter may have several rows, each with the day it was public; the newest row not after the vintage counts.
- A number given by a user fixes a parameter; ``{low, mode, high}`` is a PERT, ``{low, high}`` a uniform.
- Draws are shared by all models: one sequence of scrambled Sobol nets, one dimension per parameter in file order,
  whether it is fixed or not, so that setting one parameter leaves every other draw as it was.
- What is correlated with what stands in ``data/correlations.csv``; the pairs are disjoint.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from scipy import special
from scipy.interpolate import PchipInterpolator
from scipy.stats import qmc

from deepseek_era import pairs, reads, tables, witness
from deepseek_era.arrays import Array
from deepseek_era.errors import ParameterError, first_line, is_text, nearest, plain, shown

HALF = 0.5
Z95 = 3.2896973  # distance of the 5th and 95th percentile of a standard normal
PATH_STEPS = 24  # quarters of the capacity path; each takes one dimension of the sequence
NET = 2**14  # points of the sequence until it is scrambled anew
BLOCK = 2**14  # draws held at once where memory must not grow with their number
STRETCH = 1024  # points of the sequence turned into rows at once: they fit into a processor's cache
MOST_KEPT = 512  # values of parameters kept between the points of a sweep
RUN_PARAMETERS = ("vintage", "seed", "scenario")
SETTINGS = ("setting", "choice", "date", "text")
CELLS = (
    128  # cells of the table of a PERT per unit of its normal score: a power of two, so that places are exact
)
_GRID = np.linspace(-8.0, 8.0, 16 * CELLS + 1)


@dataclass(frozen=True)
class Row:
    """One row of the parameter table: a distribution, or a setting, as known at `as_of`."""

    id: str
    symbol: str
    unit: str
    horizon: str
    dist: str
    p1: float
    p2: float
    p3: float
    lower_bound: float
    upper_bound: float
    kind: str
    source_ids: str
    note: str
    as_of: str
    used_by: str
    choices: str
    description: str
    position: int = 0
    """Place of the id among the distributions of the file: its Sobol dimension."""

    def transform(self, z: Array) -> Array:
        """Return the values at standard-normal scores `z`, clipped to the bounds of the row."""
        if self.dist == "fixed":
            return np.full_like(z, self.p1)
        if self.dist == "lognormal":
            centre = 0.5 * (math.log(self.p1) + math.log(self.p2))
            values = np.exp(centre + math.log(self.p2 / self.p1) / Z95 * z)
        elif self.dist == "normal":
            values = self.p1 + self.p2 * z
        elif self.dist == "uniform":
            values = self.p1 + (self.p2 - self.p1) * special.ndtr(z)
        else:
            values = _cubic(_pert(self.p1, self.p2, self.p3), np.clip(z, _GRID[0], _GRID[-1]))
        return np.clip(values, self.lower_bound, self.upper_bound)

    def quantile(self, q: float) -> float:
        """Return the value below which a share `q` of the distribution lies."""
        if self.dist == "pert":
            return float(np.clip(_pert_quantile(self.p1, self.p2, self.p3, np.array(q)), *self.bounds))
        return float(self.transform(np.array([special.ndtri(q)]))[0])

    @property
    def bounds(self) -> tuple[float, float]:
        """Lower and upper bound for draws and for values set by a user."""
        return self.lower_bound, self.upper_bound


def _pert_quantile(low: float, mode: float, high: float, q: Array) -> Array:
    span = high - low
    a, b = 1 + 4 * (mode - low) / span, 1 + 4 * (high - mode) / span
    return np.asarray(low + span * special.betaincinv(a, b, q))


@functools.lru_cache(maxsize=512)
def _pert(low: float, mode: float, high: float) -> Array:
    # the inverse of the beta distribution is slow: tabulated once over normal scores, then interpolated
    return np.ascontiguousarray(
        PchipInterpolator(_GRID, _pert_quantile(low, mode, high, special.ndtr(_GRID))).c
    )


def _cubic(table: Array, z: Array) -> Array:
    """Return a piecewise cubic at `z`; the grid is even, so the cell follows from `z` and nothing is searched.

    The terms are added in scipy's order: the values are those of `scipy.interpolate.PPoly` to the last bit.
    """
    cell = np.floor(z * CELLS)
    place = cell.astype(np.intp)
    place += len(_GRID) // 2
    np.minimum(place, len(_GRID) - 2, out=place)
    within = z - _GRID.take(place, mode="clip")
    values = table[3].take(place, mode="clip")
    values += table[2].take(place, mode="clip") * within
    power = within * within
    values += table[1].take(place, mode="clip") * power
    power *= within
    values += table[0].take(place, mode="clip") * power
    return values


@tables.once_read("parameters")
def table() -> dict[str, tuple[Row, ...]]:
    """Return all rows of the parameter table, keyed by id, oldest row first."""
    frame = tables.load("parameters")
    rows: dict[str, list[Row]] = {}
    position = -1
    for record in frame.to_dict("records"):
        values: dict[str, Any] = {
            str(k): ("" if isinstance(v, float) and math.isnan(v) and k not in _NUMBERS else v)
            for k, v in record.items()
        }
        if values["id"] not in rows and values["dist"] not in SETTINGS:
            position += 1
        row = Row(**values, position=position)
        _check_row(row)
        rows.setdefault(row.id, []).append(row)
    return {name: tuple(sorted(group, key=lambda r: r.as_of)) for name, group in rows.items()}


_NUMBERS = ("p1", "p2", "p3", "lower_bound", "upper_bound")


def _check_row(row: Row) -> None:
    place = f"data/parameters.csv, {row.id} ({row.as_of})"
    if row.dist == "pert" and not row.p1 <= row.p2 <= row.p3:
        raise ParameterError(
            f"{place}: saw min {row.p1}, mode {row.p2}, max {row.p3}, allowed: min <= mode <= max"
        )
    if row.dist == "uniform" and not row.p1 < row.p2:
        raise ParameterError(f"{place}: saw low {row.p1}, high {row.p2}, allowed: low < high")
    if row.dist == "lognormal" and not 0 < row.p1 < row.p2:
        raise ParameterError(f"{place}: saw 5 % {row.p1}, 95 % {row.p2}, allowed: 0 < 5 % < 95 %")


def names() -> list[str]:
    """Return every name that a user may set, in file order."""
    return [*RUN_PARAMETERS, *table()]


def scenario_dir() -> Path:
    """Return the folder of the scenario files."""
    return tables.data_dir() / "scenarios"


def scenario_names() -> list[str]:
    """Return the name of every scenario, ``base`` first; no file is opened."""
    return ["base", *sorted(p.stem for p in scenario_dir().glob("*.yaml") if p.stem != "base")]


def printed_scenarios(used: str) -> dict[str, dict[str, Any]]:
    """Return the scenarios that a report prints: those that ``datapackage.json`` lists, and the one in use.

    Another file in the folder, right or wrong, is of no matter to a run that does not ask for it.
    """
    listed = [name for name in scenario_names() if name in {"base", used, *tables.listed_scenarios()}]
    return {name: scenario(name) for name in listed}


def scenarios() -> dict[str, dict[str, Any]]:
    """Return title, note and parameters of every scenario, keyed by name; ``base`` comes first and sets nothing."""
    return {name: scenario(name) for name in scenario_names()}


def scenario(name: str) -> dict[str, Any]:
    """Return title, note and parameters of one scenario that is there."""
    if name == "base":
        return {"title": "Base", "note": "Every parameter as in the table.", "parameters": {}}
    return _read_scenario(scenario_dir() / f"{name}.yaml")


class _PlainYaml(yaml.SafeLoader):
    """Plain values only: no alias (a few lines of them can stand for gigabytes), no name given twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias (*name) is not allowed")
        return super().compose_node(parent, index)

    def construct_scalar(self, node: Any) -> Any:
        value = super().construct_scalar(node)
        if isinstance(value, str) and not is_text(value):
            raise yaml.YAMLError("half a surrogate pair (\\ud83d) is no text")
        return value

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.YAMLError(f"{plain(twice)} is given twice")
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, place: str) -> Any:
    """Return what a YAML file holds: texts, numbers, dates, lists and mappings of them.

    Raises
    ------
    ParameterError
        In one line that begins with `place`, for a file that cannot be read or is no such YAML.
    """
    try:
        with witness.unwatched():  # a scenario counts by the parameters that it sets
            return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_PlainYaml)
    except OSError as error:
        raise ParameterError(f"{place}: cannot be read ({error.strerror})") from None
    # the constructors of YAML's own types let errors of Python through: 2025-13-45, !!int "", brackets without end
    except (
        yaml.YAMLError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        OverflowError,
        RecursionError,
    ) as error:
        raise ParameterError(f"{place}: not readable as YAML ({first_line(error)})") from None


def _read_scenario(path: Path) -> dict[str, Any]:
    place = f"data/scenarios/{plain(path.name)}"
    content = read_yaml(path, place)
    if not isinstance(content, dict) or not isinstance(content.get("parameters"), dict):
        raise ParameterError(
            f"{place}: allowed: a mapping with title, note and parameters (a mapping of name to value)"
        )
    unknown = set(content) - {"title", "note", "parameters"}
    if unknown:
        first = sorted(map(str, unknown))[0]
        raise ParameterError(f"{place}: unknown entry {plain(first)}, allowed: title, note, parameters")
    for entry in ("title", "note"):
        if not isinstance(content.get(entry, ""), str | int | float):
            raise ParameterError(f"{place}: {entry}: saw {shown(content[entry])}, allowed: text")
    return {
        "title": str(content.get("title", path.stem)),
        "note": str(content.get("note", "")),
        "parameters": content["parameters"],
    }


def scenario_overrides(name: str) -> dict[str, Any]:
    """Return the parameters that a scenario sets.

    Raises
    ------
    ParameterError
        For a name without a file in ``data/scenarios/``.
    """
    if name == "base":
        return {}
    known = scenario_names()
    if name not in known:
        raise ParameterError(
            f"scenario: saw {shown(name)}, allowed: {', '.join(map(plain, known))}{nearest(str(name), known)}"
        )
    return dict(_read_scenario(scenario_dir() / f"{name}.yaml")["parameters"])


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
    known = table()
    rows: dict[str, Row] = {}
    for name, versions in known.items():
        public = [row for row in versions if row.as_of <= date.isoformat()]
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


class _Scores:
    """Normal scores of some points of the sequence, one row a dimension, each turned when it is first asked for.

    Parameters
    ----------
    uniforms
        Coordinates of the points, ``(dimensions, n)``; they are turned in place.
    keep
        Whether the values of parameters are kept as well, for the next run over the same points.
    """

    def __init__(self, uniforms: Array, *, keep: bool) -> None:
        self._rows, self._done, self._keep = uniforms, [False] * len(uniforms), keep
        self._values: dict[tuple[Row, int, float], Array] = {}
        self._last: dict[int, Array] = {}

    def __getitem__(self, position: int) -> Array:
        row = self._rows[position]
        if not self._done[position]:
            np.clip(row, 2.0**-40, 1 - 2.0**-40, out=row)
            special.ndtri(row, out=row)
            self._done[position] = True
        row.setflags(write=False)
        return row

    def last(self, count: int) -> Array:
        """Return the rows of the last `count` dimensions as columns, ``(n, count)``."""
        if count not in self._last:
            size = len(self._rows)
            for position in range(size - count, size):
                self[position]
            columns = self._rows[size - count :].T
            columns.setflags(write=False)
            self._last[count] = columns
        return self._last[count]

    def correlated(self, position: int, first: int, rho: float) -> Array:
        """Return the scores of a dimension that shares a part of those of the dimension `first`."""
        return np.asarray(rho * self[first] + math.sqrt(1 - rho * rho) * self[position])

    def values(self, row: Row, first: int, rho: float) -> Array:
        """Return the draws of a parameter, correlated with the dimension `first` unless that is negative."""
        key = (row, first, rho)
        found = self._values.get(key)
        if found is None:
            scores = self[row.position] if first < 0 else self.correlated(row.position, first, rho)
            found = row.transform(scores)
            # a sweep's points differ in a few numbers; a fixed number is made faster than it is looked up
            if self._keep and row.dist != "fixed":
                if len(self._values) >= MOST_KEPT:
                    self._values.clear()
                found.setflags(write=False)
                self._values[key] = found
        return found


class Draws(Mapping[str, Array]):
    """Joint draws of every parameter with a distribution: a mapping of id to an array of `n` values.

    A parameter is drawn when it is first asked for. `z` holds the (n, 24) standard normals of the capacity path's
    demand shocks.
    """

    def __init__(self, rows: list[Row], scores: _Scores, n: int, pairs: dict[str, tuple[str, float]]) -> None:
        self._of = {row.id: row for row in rows}
        self._scores, self._pairs, self.n = scores, pairs, n
        self._values: dict[str, Array] = {}

    def _first(self, name: str) -> tuple[int, float]:
        """Return the dimension that a parameter is correlated with and how much; −1 where there is none."""
        if name not in self._pairs:
            return -1, 0.0
        first, rho = self._pairs[name]
        return self._of[first].position, rho

    def __getitem__(self, name: str) -> Array:
        reads.parameter(name)
        values = self._values.get(name)
        if values is None:
            if name not in self._of:
                raise ParameterError(f"draws: no parameter {name}{nearest(name, self._of)}")
            values = self._values[name] = self._scores.values(self._of[name], *self._first(name))
        return values

    def __contains__(self, name: object) -> bool:
        return name in self._of

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)

    @functools.cached_property
    def z(self) -> Array:
        """Standard normals of the demand shocks, ``(n, 24)``."""
        return self._scores.last(PATH_STEPS)

    @property
    def drawn(self) -> tuple[str, ...]:
        """The parameters that were asked for so far, in the order of the table."""
        return tuple(name for name in self._of if name in self._values)

    def u(self, name: str) -> Array:
        """Return the copula uniforms of a parameter."""
        position, (first, rho) = self._of[name].position, self._first(name)
        scores = self._scores[position] if first < 0 else self._scores.correlated(position, first, rho)
        return np.asarray(special.ndtr(scores))


def distributions(parameters: Parameters) -> dict[str, Row]:
    """Return the rows that have a distribution (or a fixed number), in file order."""
    return {name: row for name, row in parameters.rows.items() if row.dist not in SETTINGS}


class FirstDraws(Mapping[str, Array]):
    """The first `n` of joint draws, which are balanced too; `z` are their shocks. Nothing is read before it is asked for."""

    def __init__(self, draws: Draws, n: int) -> None:
        self._draws = draws
        self._values: dict[str, Array] = {}
        self.z = draws.z[:n]
        self.n = self.z.shape[0]

    def __getitem__(self, name: str) -> Array:
        values = self._values.get(name)
        if values is None:
            values = self._values[name] = self._draws[name][: self.n]
        return values

    def __contains__(self, name: object) -> bool:
        return name in self._draws

    def __iter__(self) -> Iterator[str]:
        return iter(self._draws)

    def __len__(self) -> int:
        return len(self._draws)


class Medians(Mapping[str, Array]):
    """Every parameter at its median, as arrays of `n` equal values. Nothing is read before it is asked for."""

    def __init__(self, parameters: Parameters, n: int) -> None:
        self._parameters, self._n = parameters, n
        self._names = tuple(distributions(parameters))
        self._values: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        values = self._values.get(name)
        if values is None:
            if name not in self._names:
                raise KeyError(name)
            values = self._values[name] = np.full(self._n, self._parameters.central(name))
        return values

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def correlations() -> pd.DataFrame:
    """Return the stated rank correlations: columns a, b, spearman, note."""
    return tables.load("correlations")


@tables.once_read("correlations")
def normal_pairs() -> tuple[tuple[str, str, float], ...]:
    """Return the correlated pairs with the Pearson correlation of their normal scores."""
    return tuple(
        (str(pair.a), str(pair.b), 2 * math.sin(math.pi * float(str(pair.spearman)) / 6))
        for pair in correlations().itertuples()
    )


class _Sequence:
    """Points that all draws are made of: scrambled Sobol nets of `NET` points, each net scrambled anew.

    With well over a hundred dimensions some pairs of dimensions of one long Sobol sequence stay uneven until half a
    million points; the errors of nets scrambled independently average out instead.
    """

    def __init__(self, dimensions: int, seed: int) -> None:
        self._dimensions, self._seed, self._done = dimensions, seed, 0

    def take(self, count: int) -> Array:
        """Return the next `count` points, one row a dimension."""
        points = np.empty((self._dimensions, count))
        size = min(count, STRETCH)
        for start in range(0, count, size):
            number, inside = divmod(self._done, NET)
            if not inside:
                rng = np.random.default_rng([self._seed, number] if number else self._seed)
                self._net = qmc.Sobol(self._dimensions, scramble=True, rng=rng)
            points[:, start : start + size] = self._net.random(size).T
            self._done += size
        return points


@functools.lru_cache(maxsize=2)
def _kept_scores(dimensions: int, count: int, seed: int) -> _Scores:
    """Return the first points of the sequence; kept, as the points of a sweep share them."""
    return _Scores(_Sequence(dimensions, seed).take(count), keep=count <= BLOCK)


def _distributions(parameters: Parameters) -> tuple[list[Row], int]:
    """Return the rows that have a distribution, and how many dimensions of the sequence they take."""
    rows = list(distributions(parameters).values())
    return rows, max(row.position for row in rows) + 1


def _joint(rows: list[Row], scores: _Scores, n: int, *, independent: bool) -> Draws:
    """Return the draws at given points of the sequence."""
    pairs: dict[str, tuple[str, float]] = {}
    if not independent:
        pairs = {second: (first, rho) for first, second, rho in normal_pairs()}
    return Draws(rows, scores, n, pairs)


def _power_of_two(count: int) -> int:
    if count < 2 or count & (count - 1):
        raise ParameterError(f"parameter draws: saw {count}, allowed: a power of two (1024, 2048, … 1048576)")
    return count


def joint_draws(parameters: Parameters, n: int | None = None, *, independent: bool = False) -> Draws:
    """Return joint draws from a scrambled Sobol sequence with a Gaussian copula.

    A Spearman correlation ρ becomes the Pearson correlation 2 sin(πρ/6) of the normal scores. With `independent`
    the copula is left out, as variance-based sensitivity indices need it.

    Parameters
    ----------
    n
        Number of draws, a power of two; by default the setting ``draws``.

    Raises
    ------
    ParameterError
        If `n` is not a power of two.
    """
    count = _power_of_two(int(parameters.setting("draws")) if n is None else int(n))
    rows, dimensions = _distributions(parameters)
    scores = _kept_scores(dimensions + PATH_STEPS, count, parameters.seed)
    return _joint(rows, scores, count, independent=independent)


def joint_draws_in_blocks(parameters: Parameters, n: int, block: int = BLOCK) -> Iterator[Draws]:
    """Yield the draws of `joint_draws` in order, `block` at a time, so that memory does not grow with `n`.

    Raises
    ------
    ParameterError
        If `n` or `block` is not a power of two.
    """
    count, size = _power_of_two(int(n)), _power_of_two(int(block))
    rows, dimensions = _distributions(parameters)
    sequence, size = _Sequence(dimensions + PATH_STEPS, parameters.seed), min(size, count)
    for _ in range(count // size):
        yield _joint(rows, _Scores(sequence.take(size), keep=False), size, independent=False)


def bound(value: float) -> str:
    """Return a bound in words: whole numbers in full, ``1048576`` and not ``1.04858e+06``."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:g}"


_RUN_LINES = {
    "vintage": 'vintage: str = "latest"  # what was public: article, latest or an ISO day',
    "seed": "seed: int = 1  # of the joint draws, a whole number",
    "scenario": 'scenario: str = "base"  # a named set of parameters: make scenarios',
}


def span(row: Row) -> str:
    """Return what a parameter may be and what it is by default, in words: ``0 to 4; default 1.31 (0.92 to 1.7)``."""
    if row.dist in ("choice", "date", "text"):
        return row.choices.replace("|", " | ")
    allowed = f"{bound(row.lower_bound)} to {bound(row.upper_bound)}"
    if row.dist == "setting":
        return f"{allowed}; default {row.p1:g}"
    ends = f"{row.quantile(0.05):.3g} to {row.quantile(0.95):.3g}"
    return f"{allowed}; default {row.quantile(0.5):.3g} ({ends})"


def cell_line(name: str) -> str:
    """Return the line of a parameter in a notebook's parameters cell: name, type, unit, range, default, meaning.

    ``papermill --help-notebook`` reads name, type and comment from it; None leaves the parameter as the table has it.

    Raises
    ------
    ParameterError
        For a name that is none.
    """
    if name in _RUN_LINES:
        return _RUN_LINES[name]
    rows = table()
    if name not in rows:
        raise ParameterError(f"parameter {name}: unknown{nearest(name, names())}")
    row = resolve({}).rows[name]
    worded = row.dist in ("choice", "date", "text")
    whole = row.dist == "setting" and all(
        float(x).is_integer() for x in (row.p1, row.lower_bound, row.upper_bound)
    )
    kind = "str" if worded else "int" if whole else "float"
    unit = "" if worded or not row.unit else f"{row.unit}, "
    said = ": ".join(part for part in (unit + span(row), row.description) if part)
    return f"{name}: {kind} = None  # {said}"
