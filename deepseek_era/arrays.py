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


def floats(values: npt.ArrayLike) -> Array:
    """Return values as an array of floats; a symbol stays what it is, as it has no values yet."""
    # a symbol answers to numpy's functions as an array does, which is all that a formula asks of it
    return values if isinstance(values, Symbolic) else np.asarray(values, dtype=float)  # type: ignore[return-value]
