"""Joint draws of the parameters: one sequence of scrambled Sobol nets, and the copula of ``data/correlations.csv``."""

from __future__ import annotations

import abc
import functools
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special
from scipy.sparse.csgraph import connected_components
from scipy.stats import qmc

from deepseek_era import reads, tables
from deepseek_era.arrays import Array
from deepseek_era.errors import DataError, ParameterError, nearest
from deepseek_era.parameters.resolved import Parameters, distributions
from deepseek_era.parameters.rows import Row, table

PATH_STEPS = 24  # quarters of the capacity path; each takes one dimension of the sequence
BITS = 30  # of a coordinate of the sequence
NET = 2**14  # points of the sequence until it is scrambled anew
BLOCK = 2**14  # draws held at once where memory must not grow with their number
TIED = ("inference_gain", "adoption_short", "pass_through_short")
"""Their product is the fall of the average price in the first year, which was measured."""
TIED_TO = ("price_fall_least", "price_fall_most")
_DOUBLINGS = NET.bit_length() - 1
Whole = npt.NDArray[np.uint32]
Parts = tuple[tuple[int, float], ...]
"""Dimensions of the sequence, each with its weight."""
MOST_KEPT = 512  # values of parameters kept between the points of a sweep


def look_at(name: str) -> None:
    """Note that a parameter was looked at; whether the first year's pass-through is tied hangs on all that ties it."""
    for one in TIED if name == "pass_through_short" else (name,):
        reads.parameter(one)


class _Scores:
    """Normal scores of some points of the sequence, each dimension turned when it is first asked for.

    Parameters
    ----------
    points
        The points.
    keep
        Whether the values of parameters are kept as well, for the next run over the same points.
    """

    def __init__(self, points: _Points, *, keep: bool) -> None:
        self._points, self._keep, self.dimensions = points, keep, points.dimensions
        self._rows: dict[int, Array] = {}
        self._values: dict[tuple[tuple[str | float, ...], Parts], Array] = {}
        self._last: dict[int, Array] = {}

    def __getitem__(self, position: int) -> Array:
        if position not in self._rows:
            self._rows[position] = self._turned(position, np.empty(self._points.count))
        return self._rows[position]

    def _turned(self, position: int, out: Array) -> Array:
        self._points.coordinate(position, out)
        np.clip(out, 2.0**-40, 1 - 2.0**-40, out=out)
        special.ndtri(out, out=out)
        out.setflags(write=False)
        return out

    def last(self, count: int) -> Array:
        """Return the rows of the last `count` dimensions as columns, ``(n, count)``."""
        if count not in self._last:
            rows = np.empty((count, self._points.count))
            for position, row in enumerate(rows, self.dimensions - count):
                self._rows[position] = self._turned(position, row)
            rows.setflags(write=False)
            self._last[count] = rows.T
        return self._last[count]

    def mixed(self, parts: Parts) -> Array:
        """Return the weighted sum of the scores of some dimensions."""
        (position, weight), *others = parts
        if not others and not self._keep:  # seldom asked for twice, and there are many
            return self._turned(position, np.empty(self._points.count))
        if not others:
            return self[position]
        total = weight * self[position]
        for position, weight in others:
            total += weight * self[position]
        return np.asarray(total)

    def values(self, row: Row, parts: Parts) -> Array:
        """Return the draws of a parameter whose scores are made of these dimensions."""
        # what a row draws hangs on; the row itself has much more to compare
        key = (row.dist, row.p1, row.p2, row.p3, *row.bounds), parts
        found = self._values.get(key)
        if found is None:
            found = row.transform(self.mixed(parts))
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
    demand shocks. Where `tied`, the pass-through of the first year is held to measured falls of prices.
    """

    def __init__(
        self,
        rows: list[Row],
        scores: _Scores,
        n: int,
        mixes: Mapping[str, tuple[tuple[str, float], ...]],
        *,
        tied: bool = False,
    ) -> None:
        self._of = {row.id: row for row in rows}
        self._scores, self._mixes, self._tied, self.n = scores, mixes, tied, n
        self._values: dict[str, Array] = {}

    def _parts(self, name: str) -> Parts:
        """Return the dimensions that the scores of a parameter are made of."""
        mix = self._mixes.get(name, ((name, 1.0),))
        return tuple((self._of[other].position, weight) for other, weight in mix)

    def _held(self, values: Array) -> tuple[Array, Array]:
        """Return the pass-through of the first year with the fall of the average price inside its measured bounds.

        Read as a log fall, ``φ ln k̄`` with ``ln k̄ = −ln(1 − a + a/K)``; a gain too small to reach the least fall with
        all of it passed on is left as it is. The second array says which draws were moved to a bound.
        """
        gain = -np.log1p(self["adoption_short"] * (1 / self["inference_gain"] - 1))
        fall = values * gain
        least, most = (self[name] for name in TIED_TO)
        held = np.clip(fall, least, most)
        moved = (gain > least) & (held != fall)
        return np.where(moved, held / np.where(moved, gain, 1), values), moved

    @property
    def moved_to_bounds(self) -> float:
        """Share of the draws whose fall of the average price was moved to one of its measured bounds."""
        name = "pass_through_short"
        look_at(name)
        if not self._tied:
            return 0.0
        return float(self._held(self._scores.values(self._of[name], self._parts(name)))[1].mean())

    def __getitem__(self, name: str) -> Array:
        look_at(name)
        values = self._values.get(name)
        if values is None:
            if name not in self._of:
                raise ParameterError(f"draws: no parameter {name}{nearest(name, self._of)}")
            values = self._scores.values(self._of[name], self._parts(name))
            if self._tied and name == "pass_through_short":
                values, _ = self._held(values)
            self._values[name] = values
        return values

    def alike(self, other: Draws) -> bool:
        """Return whether others are the same draws wherever the rows that they hang on are the same."""
        return (self._scores, self._tied) == (other._scores, other._tied) and self._mixes is other._mixes

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

    def shock(self, step: int) -> Array:
        """Return the standard normals of one step of the demand shocks, a column of `z`."""
        return self._scores[self._scores.dimensions - PATH_STEPS + step]

    @property
    def drawn(self) -> tuple[str, ...]:
        """The parameters that were asked for so far, in the order of the table."""
        return tuple(name for name in self._of if name in self._values)

    def u(self, name: str) -> Array:
        """Return the copula uniforms of a parameter."""
        return np.asarray(special.ndtr(self._scores.mixed(self._parts(name))))


class Derived(Mapping[str, Array]):
    """Values of the parameters of another mapping, each made when it is first asked for; nothing is read before."""

    def __init__(self, of: Collection[str]) -> None:
        self._of = of
        self._values: dict[str, Array] = {}

    @abc.abstractmethod
    def _make(self, name: str) -> Array:
        """Return the values of a parameter."""

    def __getitem__(self, name: str) -> Array:
        values = self._values.get(name)
        if values is None:
            values = self._values[name] = self._make(name)
        return values

    def __contains__(self, name: object) -> bool:
        return name in self._of

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)


class FirstDraws(Derived):
    """The first `n` of joint draws, which are balanced too; `z` are their shocks."""

    def __init__(self, draws: Draws, n: int) -> None:
        super().__init__(draws)
        self._draws = draws
        self.z = draws.z[:n]
        self.n = self.z.shape[0]

    def _make(self, name: str) -> Array:
        return self._draws[name][: self.n]


class Medians(Derived):
    """Every parameter at its median, as arrays of `n` equal values."""

    def __init__(self, parameters: Parameters, n: int) -> None:
        super().__init__(tuple(distributions(parameters)))
        self._parameters, self._n = parameters, n

    def _make(self, name: str) -> Array:
        if name not in self:
            raise KeyError(name)
        return np.full(self._n, self._parameters.central(name))


def correlations() -> pd.DataFrame:
    """Return the stated rank correlations: columns a, b, spearman, note."""
    return tables.load("correlations")


@tables.once_read("correlations")
def correlated_blocks() -> tuple[tuple[tuple[str, ...], Array], ...]:
    """Return each set of parameters that correlations tie together, with the correlations of their normal scores.

    A pair that is not stated has none. Names stand in the order of the table.

    Raises
    ------
    DataError
        If no joint distribution has the correlations of a set: its matrix must be positive definite.
    """
    pairs = correlations()
    names = list(dict.fromkeys(pairs[["a", "b"]].to_numpy().ravel()))
    matrix = np.eye(len(names))
    for pair in pairs.itertuples():
        at = names.index(pair.a), names.index(pair.b)
        matrix[at] = matrix[at[::-1]] = 2 * math.sin(math.pi * float(str(pair.spearman)) / 6)
    count, block = connected_components(matrix != 0)
    found = []
    for number in range(count):
        members = np.flatnonzero(block == number)
        part = matrix[np.ix_(members, members)]
        least = float(np.linalg.eigvalsh(part)[0])
        if least <= 0:
            together = ", ".join(names[i] for i in members)
            raise DataError(
                f"data/correlations.csv: no joint distribution has these correlations of {together} (smallest "
                f"eigenvalue {least:.3f}), allowed: a positive definite matrix, pairs that are not stated counting as 0"
            )
        found.append((tuple(str(names[i]) for i in members), part))
    return tuple(found)


@tables.once_read("correlations")
def _mixes() -> dict[str, tuple[tuple[str, float], ...]]:
    """Return for each correlated parameter the parameters whose own scores it is made of, with their weights."""
    found = {}
    for names, matrix in correlated_blocks():
        for name, weights in zip(names, np.linalg.cholesky(matrix), strict=True):
            parts = zip(names, weights, strict=True)
            found[name] = tuple((other, float(weight)) for other, weight in parts if weight)
    return found


@functools.lru_cache(maxsize=2)
def _directions(dimensions: int) -> Whole:
    """Return the numbers that the points of a plain Sobol net are made of, in steps of 2^−BITS, a row a dimension."""
    engine = qmc.Sobol(dimensions, scramble=False, bits=BITS)
    last, found = engine.random(1)[0], []
    for k in range(_DOUBLINGS):
        # point 2^k differs from the one before it by the number that the net did not use so far
        points = engine.random(2**k if k < _DOUBLINGS - 1 else 1)
        found.append((points[0] * 2**BITS).astype(np.uint32) ^ (last * 2**BITS).astype(np.uint32))
        last = points[-1]
    return np.stack(found, axis=1)


class _Net:
    """A net of the sequence: its first point, and by which numbers the others differ from it.

    It is scipy's ``qmc.Sobol`` with the same generator, scrambled by the same random matrices and shifts, to the last
    bit. scipy makes all coordinates of a point, one point after another; here a coordinate is made of all points at
    once by doubling, and only one that is asked for.

    Attributes
    ----------
    first
        The first point, a number a dimension.
    steps
        ``(dimensions, log2 NET)``: point i differs from the one before by the step at the place of the lowest bit of i.
    """

    def __init__(self, dimensions: int, seed: int, number: int) -> None:
        rng = np.random.default_rng([seed, number] if number else seed).spawn(1)[0]
        powers = 2 ** np.arange(BITS, dtype=np.uint32)
        self.first: Whole = rng.integers(2, size=(dimensions, BITS), dtype=np.uint32) @ powers
        lower = np.tril(rng.integers(2, size=(dimensions, BITS, BITS), dtype=np.uint32), -1)
        mixed = (lower | np.eye(BITS, dtype=np.uint32)) @ powers[::-1]
        # a product of a matrix and a number modulo two: each bit says whether an odd number of bits is in both
        odd = np.bitwise_count(mixed[:, :, None] & _directions(dimensions)[:, None, :]) & 1
        self.steps: Whole = np.bitwise_or.reduce(odd * powers[::-1, None], axis=1)
        # point i is the first with a number for each bit of i: so it is one for its high bits with one for its low ones
        bits = self.steps.copy()
        bits[:, 1:] ^= self.steps[:, :-1]
        half = _DOUBLINGS // 2
        self._low = _sums(bits[:, :half]) ^ self.first[:, None]
        self._high = _sums(bits[:, half:])

    def coordinate(self, position: int, start: int, out: Array) -> None:
        """Write a dimension of as many points as there is room for; `start` is a multiple of their number."""
        low, high = self._low[position], self._high[position]
        row, column = divmod(start, len(low))
        rows = high[row : row + max(1, len(out) // len(low)), None]
        numbers: Whole = rows ^ low[column : column + len(out)]
        np.multiply(numbers.ravel(), 2.0**-BITS, out=out)


def _sums(bits: Whole) -> Whole:
    """Return the sums modulo two of every choice of some numbers, a row for each of some rows of them."""
    found: Whole = np.zeros((len(bits), 2 ** bits.shape[1]), dtype=np.uint32)
    for k, number in enumerate(bits.T):
        np.bitwise_xor(found[:, : 2**k], number[:, None], out=found[:, 2**k : 2 ** (k + 1)])
    return found


@functools.lru_cache(maxsize=8)
def _net(dimensions: int, seed: int, number: int) -> _Net:
    """Return a net of the sequence, kept for the next block of its points."""
    return _Net(dimensions, seed, number)


@dataclass(frozen=True)
class _Points:
    """Consecutive points that draws are made of: scrambled Sobol nets of `NET` points, each net scrambled anew.

    With well over a hundred dimensions some pairs of dimensions of one long Sobol sequence stay uneven until half a
    million points; the errors of nets scrambled independently average out instead. `count` is a power of two, and
    `start` a multiple of it.
    """

    dimensions: int
    seed: int
    count: int
    start: int = 0

    def coordinate(self, position: int, out: Array) -> None:
        """Write a dimension of all points."""
        size = min(self.count, NET)
        for at in range(0, self.count, size):
            number, inside = divmod(self.start + at, NET)
            _net(self.dimensions, self.seed, number).coordinate(position, inside, out[at : at + size])


def hangs_on(name: str) -> tuple[str, ...]:
    """Return the parameters whose rows the draws of a parameter hang on: itself, and what ties it."""
    return (name, *TIED, *TIED_TO) if name == "pass_through_short" else (name,)


def mixes(name: str) -> tuple[tuple[str, float], ...]:
    """Return the parameters whose own scores a parameter's are made of, each with its weight: itself, if none."""
    return _mixes().get(name, ((name, 1.0),))


def generators(parameters: Parameters, n: int) -> list[list[int]]:
    """Return for each dimension the numbers that the first `n` points of the sequence are made of, in steps of 2^−30.

    The first is the first point. The further ones are told by which bits the next points differ: point i differs from
    the one before by the number whose place is that of the lowest bit of i.
    """
    _, dimensions = _distributions(parameters)
    net = _net(dimensions + PATH_STEPS, parameters.seed, 0)
    steps = net.steps[:, : min(_power_of_two(n), NET).bit_length() - 1]
    return [[int(number) for number in row] for row in np.column_stack([net.first, steps])]


@functools.lru_cache(maxsize=2)
def _kept_scores(dimensions: int, count: int, seed: int) -> _Scores:
    """Return the first points of the sequence; kept, as the points of a sweep share them."""
    return _Scores(_Points(dimensions, seed, count), keep=count <= BLOCK)


def _distributions(parameters: Parameters) -> tuple[list[Row], int]:
    """Return the rows that have a distribution, and how many dimensions of the sequence they take."""
    rows = list(distributions(parameters).values())
    return rows, max(row.position for row in rows) + 1


def _joint(rows: list[Row], scores: _Scores, n: int, *, independent: bool) -> Draws:
    """Return the draws at given points of the sequence.

    The tie of pass-through and adoption holds among the rows of the table: what a user sets is not moved by it.
    """
    return Draws(
        rows, scores, n, {} if independent else _mixes(), tied=not independent and _of_the_table(rows)
    )


def _of_the_table(rows: list[Row]) -> bool:
    """Return whether what ties pass-through and adoption stands as in the table."""
    return all(row in table()[row.id] for row in rows if row.id in TIED)


def tied(parameters: Parameters) -> bool:
    """Return whether the pass-through of the first year is held to measured falls of prices in a run."""
    return _of_the_table(list(distributions(parameters).values()))


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
    dimensions, size = dimensions + PATH_STEPS, min(size, count)
    for start in range(0, count, size):
        points = _Points(dimensions, parameters.seed, size, start)
        yield _joint(rows, _Scores(points, keep=False), size, independent=False)
