"""The types of the arrays that models pass around."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


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


def floats(values: npt.ArrayLike) -> Array:
    """Return values as an array of floats; a symbol stays what it is, as it has no values yet."""
    # a symbol answers to numpy's functions as an array does, which is all that a formula asks of it
    return values if isinstance(values, Symbolic) else np.asarray(values, dtype=float)  # type: ignore[return-value]
