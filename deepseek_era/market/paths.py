"""Total-return paths after the event: what a holder earned, from all causes.

A path compounds returns; it does not cumulate abnormal ones. Over months it is observed era, not the effect of one day.
"""

from __future__ import annotations

import numpy as np

from deepseek_era.arrays import Array


def buy_and_hold(returns: Array) -> Array:
    """Return index paths that start at 100 on the day before the first return, shape (days + 1, firms).

    `returns` are simple returns as fractions, shape (days, firms). A firm's path is NaN from its first missing day on.
    """
    gross = np.vstack([np.ones(returns.shape[1]), 1 + returns])
    return np.asarray(100 * np.cumprod(gross, axis=0), dtype=np.float64)


def group_path(paths: Array) -> Array:
    """Return the path of equal sums put into each firm at the start and left alone, shape (days,)."""
    return np.nanmean(paths, axis=1)


def relative(path: Array, benchmark: Array) -> Array:
    """Return total return less the benchmark's since the start, in percentage points; both start at 100."""
    return (path / path[0] - benchmark / benchmark[0]) * 100
