"""One run of the capacity model: draws, what follows from them, and the same world without the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from deepseek_era.capacity import timing
from deepseek_era.capacity.aggregate import (
    Aggregate,
    aggregate,
)
from deepseek_era.capacity.path import (
    PLAN_YEAR,
    Path,
    power_needed,
    simulate_path,
)
from deepseek_era.model import Model, per_model
from deepseek_era.parameters import Draws, joint_draws
from deepseek_era.tables import ARTICLE_VINTAGE

HOURS_PER_YEAR = 8766
VARIANT_DRAWS = 4096  # variants answer "does it matter", for which a quarter of the draws is enough


@dataclass(frozen=True)
class Run:
    """Draws with what follows from them: aggregates, the path, and the path without the event."""

    draws: Draws
    a: Aggregate
    path: Path
    without: Path

    @property
    def plan_index(self) -> int:
        """Column of the path at the end of 2029."""
        return self.path.index(PLAN_YEAR)

    @property
    def power_gw(self) -> np.ndarray:
        """Power of the installed stock in GW, ``(n, steps + 1)``."""
        elapsed = self.path.times - self.path.times[0]
        return power_needed(
            self.path.S, self.draws["ai_power"][:, None], self.draws["compute_per_watt"][:, None], elapsed
        )


def make_run(draws: Draws) -> Run:
    """Return the aggregates and both paths of a set of draws."""
    a = aggregate(draws)
    return Run(draws, a, simulate_path(draws, a.X_S, a.X_L, draws.z), simulate_path(draws, 1.0, 1.0, draws.z))


@per_model
def base_run(model: Model) -> Run:
    """Return the run at the model's own vintage."""
    return make_run(model.draws)


def is_ex_ante(model: Model) -> bool:
    """Return whether the model itself knows no more than January 2025 did."""
    return model.parameters.vintage <= ARTICLE_VINTAGE


@per_model
def ex_ante_run(model: Model) -> Run:
    """Return the run with what was known in January 2025, same seed and overrides; the run itself if it is that."""
    if is_ex_ante(model):
        return base_run(model)
    return make_run(joint_draws(model.parameters.with_(vintage=ARTICLE_VINTAGE.isoformat())))


def without_gw(run: Run) -> np.ndarray:
    """Return the power of installed AI compute at the end of 2029 in the path without the event, GW."""
    end, d = run.plan_index, run.draws
    years = run.path.times[end] - run.path.times[0]
    return power_needed(run.without.S[:, end], d["ai_power"], d["compute_per_watt"], years)


def energy_twh(run: Run) -> np.ndarray:
    """Return the yearly electricity of AI compute at the load of the end of 2029, TWh, ``(n,)``."""
    end = run.plan_index
    load = run.draws["usable_share"] * run.path.utilisation[:, end]
    return run.power_gw[:, end] * load * HOURS_PER_YEAR / 1000


def pull_forward_draws(d: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return years pulled forward by route: price, algorithms, and the weighted whole."""
    gain, training = d["inference_gain"], d["training_gain"]
    return {
        "price": timing.price_route_years(gain, d["price_trend"], d["o1_lead"]),
        "algorithm": timing.algorithm_route_years(training, d["algorithm_trend"]),
        "whole": timing.pull_forward_years(
            gain, training, d["price_trend"], d["algorithm_trend"], d["o1_lead"], d["research_weight"]
        ),
    }
