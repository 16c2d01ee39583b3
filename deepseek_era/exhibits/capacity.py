"""Exhibits of the capacity part, by subject; `EXHIBITS` lists them in the order of the story."""

from __future__ import annotations

from deepseek_era.exhibits.capacity_demand import (
    backtest_exhibit,
    demand_supply,
    drivers_table,
    saturation,
    signals_table,
    token_counts,
    utilisation_rent,
    variants_table,
)
from deepseek_era.exhibits.capacity_jevons import compute_ratio, elasticity_points, jevons_map
from deepseek_era.exhibits.capacity_supply import (
    ceilings,
    energy_need,
    power_need,
    stargate_drivers,
    stargate_ledger,
    stargate_stranded,
)
from deepseek_era.exhibits.capacity_world import (
    china_lag,
    compute_by_country,
    control_timeline,
    controls,
    pull_forward,
)

EXHIBITS = (
    demand_supply,
    utilisation_rent,
    saturation,
    jevons_map,
    compute_ratio,
    elasticity_points,
    stargate_ledger,
    stargate_stranded,
    stargate_drivers,
    power_need,
    energy_need,
    pull_forward,
    compute_by_country,
    china_lag,
    controls,
    control_timeline,
    backtest_exhibit,
    token_counts,
    signals_table,
    variants_table,
    drivers_table,
    ceilings,
)
__all__ = [
    "EXHIBITS",
    "backtest_exhibit",
    "ceilings",
    "china_lag",
    "compute_by_country",
    "compute_ratio",
    "control_timeline",
    "controls",
    "demand_supply",
    "drivers_table",
    "elasticity_points",
    "energy_need",
    "jevons_map",
    "power_need",
    "pull_forward",
    "saturation",
    "signals_table",
    "stargate_drivers",
    "stargate_ledger",
    "stargate_stranded",
    "token_counts",
    "utilisation_rent",
    "variants_table",
]
