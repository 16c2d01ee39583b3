"""Exhibits of the market part: one function per chart or table, each takes the model."""

from deepseek_era.exhibits.market_after import (
    capex,
    clouds,
    lab_revenue,
    lab_valuation,
    ledger,
    nvidia_revenue,
    paths,
)
from deepseek_era.exhibits.market_day import (
    benchmark_dumbbell,
    cross_section,
    firms,
    forest,
    groups,
    value_change,
)
from deepseek_era.exhibits.market_tests import robustness, stargate, tests_table, windows

__all__ = (
    "benchmark_dumbbell",
    "capex",
    "clouds",
    "cross_section",
    "firms",
    "forest",
    "groups",
    "lab_revenue",
    "lab_valuation",
    "ledger",
    "nvidia_revenue",
    "paths",
    "robustness",
    "stargate",
    "tests_table",
    "value_change",
    "windows",
)
