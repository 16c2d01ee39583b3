"""Other ways to model the market, what limits supply, and what each answer hangs on."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deepseek_era.capacity import china, evidence, variants
from deepseek_era.capacity.aggregate import (
    aggregate,
    total_compute,
)
from deepseek_era.capacity.path import (
    EVENT_YEAR,
    PLAN_YEAR,
    Path,
    simulate_path,
    stranded_pro_rata,
)
from deepseek_era.capacity.runs import (
    VARIANT_DRAWS,
    base_run,
    make_run,
    pull_forward_draws,
)
from deepseek_era.model import Model, per_model
from deepseek_era.parameters import FirstDraws, Medians, joint_draws


@dataclass(frozen=True)
class Ceilings:
    """The numbers behind the three ceilings, from the facts: GW a year, USD billion, growth, USD billion per GW."""

    power_gw_per_year: float
    capital_usd_b: float
    capital_growth: float
    cost_usd_b_per_gw: float
    sources: tuple[str, ...]


def ceilings(model: Model) -> Ceilings | None:
    """Return the ceilings of power and capital from published figures, or None where they are not public.

    Power: the AI capacity that Citi expects to be added from 2026 to 2030, spread evenly. Capital: what the four
    firms guide for 2026, growing as it grew the year before, fading; cost per GW by the published model.
    """
    facts = model.facts
    added, cost = (evidence.fact(facts, row_id) for row_id in ("P057", "P051"))
    guided, cash = evidence.guided_capex_usd_b(facts, 2026), evidence.cash_capex_usd_b(facts, 2025)
    growth = evidence.lease_capex_growth(facts)
    if added is None or cost is None or guided is None or cash is None or growth is None:
        return None
    if added.value is None or cost.value is None:
        return None
    years = added.year + 0.5 - 2026
    return Ceilings(added.value / years, guided, growth, cost.value / 1e9, (added.source, cost.source))


@per_model
def ceiling_path(model: Model) -> variants.CeilingPath | None:
    """Return the path under three ceilings, on a quarter of the draws, or None where they are not public."""
    limits = ceilings(model)
    if limits is None:
        return None
    d = FirstDraws(base_run(model).draws, VARIANT_DRAWS)
    return variants.simulate_with_ceilings(
        d,
        aggregate(d),
        d.z,
        power_gw_per_year=limits.power_gw_per_year,
        capital_usd_b_per_year=limits.capital_usd_b,
        capital_growth=limits.capital_growth,
        cost_usd_b_per_gw=limits.cost_usd_b_per_gw,
    )


# variants that are another form of the model; the others switch a parameter or the event off
FORMS = ("main", "feedback", "ceilings", "slow", "latent")


def variant_paths(model: Model) -> Iterator[tuple[str, Path]]:
    """Return the main path and its variants by key, on a quarter of the draws; one whose facts are not public is absent.

    ``main``, ``no_event``, ``feedback`` (rent feeds back on demand), ``ceilings``, ``no_fade`` (growth does not fade),
    ``no_walk`` (demand on its trend), ``slow`` (the gap to the long response closes by a fixed share a quarter), ``latent``
    (demand saturates).
    """
    d = FirstDraws(base_run(model).draws, VARIANT_DRAWS)
    a, z = aggregate(d), d.z
    main = simulate_path(d, a.X_S, a.X_L, z)
    yield "main", main
    yield "no_event", simulate_path(d, 1.0, 1.0, z)
    yield "feedback", variants.simulate_with_rent_feedback(d, a, z)
    capped = ceiling_path(model)
    if capped is not None:
        yield "ceilings", capped.path
    no_fade = ChainMap({"growth_fade": np.zeros_like(d["growth_fade"])}, d)  # type: ignore[arg-type]
    yield "no_fade", simulate_path(no_fade, a.X_S, a.X_L, z)
    yield "no_walk", simulate_path(d, a.X_S, a.X_L, np.zeros_like(z))
    speed = variants.adjustment_speed(d["elasticity_short"], np.maximum(d["elasticity_long"], 1e-6))
    delayed = variants.delayed_event(main.times, np.log(a.X_L), speed)
    yield "slow", simulate_path(d, a.X_S, a.X_L, z, log_x=delayed)
    headroom = evidence.values_of(model.facts, ("T085",)).get("T085")
    if headroom is not None:
        x = variants.latent_compute_response(a.kbar_L, d["pass_through_long"], d["elasticity_long"], headroom)
        total = total_compute(d["training_share_long"], a.kbarT_L, a.eta_L, x)
        yield "latent", simulate_path(d, a.X_S, total, z)


def _ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(float)


def _standardised(values: np.ndarray) -> np.ndarray:
    ranks = _ranks(values)
    return np.asarray((ranks - ranks.mean()) / ranks.std())


def drivers(model: Model, top: int = 3) -> pd.DataFrame:
    """Return what each answer hangs on, the strongest `top` first: answer, rank, parameter, correlation, kind.

    Answers are ``compute`` (three years on), ``tightness_36``, ``tightness_2029``, ``rent_2029``, ``power_2029``,
    ``pull_forward``, ``lag``. Spearman correlations over draws in which parameters are independent, so that a parameter gets
    only what it does itself and not what its correlated partner does. What a run fixes does not appear.
    """
    run = make_run(joint_draws(model.parameters, min(VARIANT_DRAWS, model.draws.n), independent=True))
    d, end = run.draws, run.plan_index
    location = d["us_compute_share"], d["china_compute_share"]
    answers = {
        "compute": run.a.X_L,
        "tightness_36": run.path.rho_at(EVENT_YEAR + 3),
        "tightness_2029": run.path.rho[:, end],
        "rent_2029": run.path.rent[:, end],
        "power_2029": run.power_gw[:, end],
        "pull_forward": pull_forward_draws(d)["whole"],
        "lag": china.lag_months(*location, d["algorithm_ratio"], d["effective_growth"]),
    }
    moving = [name for name in d.drawn if np.ptp(d[name]) > 0]
    ranks = np.array([_standardised(d[name]) for name in moving])
    found = []
    for answer, values in answers.items():
        if not moving or np.ptp(values) == 0:
            continue
        correlation = ranks @ _standardised(values) / len(values)
        for rank, i in enumerate(np.argsort(-np.abs(correlation))[:top], start=1):
            kind = model.parameters.row(moving[i]).kind
            found.append((answer, rank, moving[i], float(correlation[i]), kind))
    return pd.DataFrame(found, columns=["answer", "rank", "parameter", "correlation", "kind"])


def stranding_break_even(model: Model, idle: float = 0.1) -> float | None:
    """Return the yearly growth of demand below which more than ``idle`` stands idle at the end of 2029.

    Every other parameter at its median, no random walk; None where no growth between 1 and 10 does it.
    """
    grid = np.linspace(1.0, 10.0, 901)
    n = len(grid)
    parameters = model.parameters
    d = ChainMap({"demand_growth": grid}, Medians(parameters, n))  # type: ignore[arg-type]
    a = aggregate(d)
    path = simulate_path(d, a.X_S, a.X_L, np.zeros((n, model.draws.z.shape[1])))
    idle_share = stranded_pro_rata(path.rho_at(PLAN_YEAR))
    if not (idle_share > idle).any() or (idle_share > idle).all():
        return None
    return float(grid[np.flatnonzero(idle_share > idle)[-1]])
