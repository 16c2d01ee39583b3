"""The types of the arrays that models pass around."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


INTERVAL = (0.05, 0.5, 0.95)
"""Where the low end, the median and the high end of an interval lie."""


class Symbolic:
    """What a formula may be given instead of numbers, to learn what it computes; see `deepseek_era.traced`."""

    def held(self, where: str, name: str, low: float, high: float, *, open_low: bool, why: str) -> Symbolic:
        """Return the same, with a range that its values must lie in; see `deepseek_era.capacity.checks.within`."""
        raise NotImplementedError

    def least(self) -> float:
        """Return a number that no value can be below."""
        raise NotImplementedError


def least(values: Array | Ints) -> float:
    """Return a number that no value is below: the least of them; of a symbol, what is known of it."""
    return values.least() if isinstance(values, Symbolic) else float(values.min())


def share_of(truths: Bools) -> float:
    """Return how many of some truths hold, as a share: their mean, counted.

    >>> share_of(np.array([True, False, True, True]))
    0.75
    """
    return int(np.count_nonzero(truths)) / truths.size


def percentiles(values: Array, places: tuple[float, ...]) -> list[float]:
    """Return what ``numpy.quantile`` does of a row, in a third of its time; not-a-number for all if one is.

    >>> percentiles(np.array([4.0, 1.0, 2.0, 3.0]), (0.05, 0.5))
    [1.15, 2.5]
    """
    last = len(values) - 1
    below = [int(place * last) for place in places]
    above = [min(place + 1, last) for place in below]
    parted = np.partition(values, sorted({*below, *above, last}))
    if np.isnan(parted[last]):
        return [float("nan")] * len(places)
    found = []
    for place, low, high in zip(places, below, above, strict=True):
        a, b, part = float(parted[low]), float(parted[high]), place * last - low
        # from the nearer end, as numpy has it, so that nothing is rounded another way
        found.append(a + (b - a) * part if part < 1 / 2 else b - (b - a) * (1 - part))
    return found


def percentiles_of_rows(rows: Array, places: tuple[float, ...]) -> Array:
    """Return the `percentiles` of each of some rows, to the last bit and in less than half of their time.

    What lies where is counted: numbers fall into cells by their size, and only those in a cell that holds a wanted
    place are put in order.

    >>> percentiles_of_rows(np.array([[4.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.0, 1.0]]), (0.05, 0.5))
    array([[1.15, 2.5 ],
           [0.  , 0.  ]])
    """
    n = rows.shape[1]
    low, high = rows.min(axis=1), rows.max(axis=1)
    count = min(4096, max(1, n // 4))
    with np.errstate(all="ignore"):
        scale = np.where(high > low, (count - 1) / (high - low), 0.0)
    if not np.isfinite(scale * (high - low)).all():
        return np.array([percentiles(row, places) for row in rows])
    first = np.arange(0, len(rows) * count, count)
    at = rows - low[:, None]
    at *= scale[:, None]
    cell = at.astype(np.intp)
    del at
    cell += first[:, None]
    cells, numbers = cell.ravel(), rows.ravel()
    held = np.bincount(cells, minlength=len(rows) * count)
    upto = np.cumsum(held)
    below = np.array([int(place * (n - 1)) for place in places])
    above = np.minimum(below + 1, n - 1)
    wanted = np.arange(len(rows))[:, None] * n + np.concatenate([below, above])
    where = np.searchsorted(upto, wanted, side="right")
    asked = np.zeros(len(held), dtype=bool)
    asked[where] = True
    chosen = np.flatnonzero(asked.take(cells))
    if len(chosen) > len(cells) // 4:  # nearly all in a few cells
        return np.array([percentiles(row, places) for row in rows])
    cells, numbers = cells[chosen], numbers[chosen]
    order = np.lexsort((numbers, cells))
    before = (upto - held)[where]
    found = numbers[order][np.searchsorted(cells[order], where) + wanted - before]
    a, b = found[:, : len(places)], found[:, len(places) :]
    part = np.array(places) * (n - 1) - below
    return np.where(part < 1 / 2, a + (b - a) * part, b - (b - a) * (1 - part))


def floats(values: npt.ArrayLike) -> Array:
    """Return values as an array of floats; a symbol stays what it is, as it has no values yet."""
    # a symbol answers to numpy's functions as an array does, which is all that a formula asks of it
    return values if isinstance(values, Symbolic) else np.asarray(values, dtype=float)  # type: ignore[return-value]
