"""What a series would have done without the event: how far it lies from what the quarters before led one to expect.

A series in logs is taken as a random walk with drift, ``g_t = μ (+ β d_t) + e_t`` for its quarterly growth: it needs no
trend to return to, and its interval widens with the horizon as it should. A donor, the growth ``d`` of a series that
the event leaves alone, enters only where it foretells the quarters before better, each left out in turn. The gap after
``h`` quarters has the variance ``s² (h + v'(X'X)⁻¹v)``, ``v`` being the sum of the rows of X after the event, and
a t distribution. What else happened in those quarters is in the gap as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from deepseek_era.arrays import Array
from deepseek_era.errors import ModelInputError

FEWEST = 8
"""Fewer quarterly changes than these before a date carry no expectation: two years."""
LEVEL = 0.9


@dataclass(frozen=True)
class Gap:
    """What a series lies above what was expected: in logs, with its standard error, degrees of freedom and donor."""

    log: float
    se: float
    degrees: int
    donor: bool = False

    @property
    def z(self) -> float:
        """The gap over its standard error."""
        return self.log / self.se

    @property
    def percent(self) -> tuple[float, float, float]:
        """The gap in per cent of what was expected, with the ends of its 90 % interval."""
        reach = float(stats.t.ppf(0.5 + LEVEL / 2, self.degrees)) * self.se
        gap, low, high = (100 * float(np.expm1(self.log + by)) for by in (0, -reach, reach))
        return gap, low, high


def left_out_error(x: Array, y: Array) -> float:
    """Return the sum of squares of y less the fit on x that each row is left out of."""
    inverse = np.linalg.pinv(x.T @ x)
    hat = np.einsum("ij,jk,ik->i", x, inverse, x)
    return float((((y - x @ (inverse @ (x.T @ y))) / (1 - hat)) ** 2).sum())


def gap(growth: Array, at: int, quarters: int, donor: Array | None = None) -> Gap:
    """Return the gap after some quarters from place `at` of the growth, log changes from one quarter to the next.

    >>> found = gap(np.array([0.1, 0.2] * 5 + [0.35]), at=10, quarters=1)
    >>> round(found.log, 2), found.degrees  # mean growth before is 0.15
    (0.2, 9)

    Raises
    ------
    ModelInputError
        With fewer changes before than `FEWEST`, or without those after.
    """
    if at < FEWEST:
        raise ModelInputError(f"series without the event: {at} changes before it, allowed: at least {FEWEST}")
    if at + quarters > len(growth):
        raise ModelInputError(
            f"series without the event: {len(growth) - at} changes from it on, asked: {quarters}"
        )
    x = np.ones((at + quarters, 1))
    if donor is not None:
        wider = np.column_stack([x, donor[: at + quarters]])
        if left_out_error(wider[:at], growth[:at]) < left_out_error(x[:at], growth[:at]):
            x = wider
    before, after = x[:at], x[at:].sum(axis=0)
    inverse = np.linalg.inv(before.T @ before)
    fit = inverse @ (before.T @ growth[:at])
    degrees = at - x.shape[1]
    variance = float(((growth[:at] - before @ fit) ** 2).sum()) / degrees
    se = (variance * (quarters + float(after @ inverse @ after))) ** 0.5
    return Gap(float(growth[at : at + quarters].sum() - after @ fit), se, degrees, x.shape[1] > 1)


def placebos(growth: Array, at: int, quarters: int, donor: Array | None = None) -> list[Gap]:
    """Return the gaps at every other place that shares no quarter with the one at `at`."""
    places = range(FEWEST, len(growth) - quarters + 1)
    return [gap(growth, place, quarters, donor) for place in places if abs(place - at) >= quarters]


def p_value(found: Gap, others: list[Gap]) -> float:
    """Return how often a gap is at least as many standard errors wide, itself counted; NaN without others."""
    wide = sum(abs(other.z) >= abs(found.z) for other in others)
    return (1 + wide) / (1 + len(others)) if others else float("nan")
