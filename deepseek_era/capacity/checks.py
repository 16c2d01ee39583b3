"""Refuse inputs for which a capacity formula has no meaning, with the range that has one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from deepseek_era.arrays import Symbolic
from deepseek_era.errors import ModelInputError


def within(
    where: str,
    name: str,
    values: ArrayLike,
    low: float = -np.inf,
    high: float = np.inf,
    *,
    open_low: bool = False,
    why: str = "",
) -> np.ndarray:
    """Return ``values`` as a float array, or refuse the first one outside ``[low, high]``.

    Parameters
    ----------
    where, name
        The formula and the quantity, for the message.
    values
        Any shape.
    low, high
        The range that the formula allows.
    open_low
        True where ``low`` itself is not allowed (a logarithm of zero, for instance).
    why
        A short reason that ends the message.

    Raises
    ------
    ModelInputError
        One line: formula, quantity, value seen, range allowed.
    """
    if isinstance(values, Symbolic):  # whoever gives it values checks them
        return values.held(where, name, low, high, open_low=open_low, why=why)  # type: ignore[return-value]
    array = np.asarray(values, dtype=float)
    too_low = array <= low if open_low else array < low
    bad = too_low | (array > high) | np.isnan(array)
    if bad.any():
        seen = array[bad].flat[0] if array.ndim else float(array)
        if np.isinf(high):
            allowed = f"{'above' if open_low else 'at least'} {low:g}"
        elif open_low:
            allowed = f"above {low:g} and at most {high:g}"
        else:
            allowed = f"from {low:g} to {high:g}"
        reason = f" ({why})" if why else ""
        raise ModelInputError(f"{where}: {name} is {seen:g}; it must be {allowed}{reason}")
    return array
