"""Exhibits of the verdict part: one function per chart or table, each takes the model."""

from deepseek_era.exhibits.verdict_calls import (
    impacts,
    matrix,
    matrix_title,
    slope,
    three_ways,
)
from deepseek_era.exhibits.verdict_checks import (
    contests,
    convergence,
    correlated,
    null_test,
    sceptic,
    specification_curve,
)
from deepseek_era.exhibits.verdict_drivers import (
    deciders,
    drivers,
    flip_points,
    flips,
    tornado,
)
from deepseek_era.exhibits.verdict_limits import alone, changed_afterwards, too_small

__all__ = (
    "alone",
    "changed_afterwards",
    "contests",
    "convergence",
    "correlated",
    "deciders",
    "drivers",
    "flip_points",
    "flips",
    "impacts",
    "matrix",
    "matrix_title",
    "null_test",
    "sceptic",
    "slope",
    "specification_curve",
    "three_ways",
    "too_small",
    "tornado",
)
