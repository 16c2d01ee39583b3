"""Other ways to model the market, what limits supply, and what each answer hangs on."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass

import numpy as np

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
class Variant:
    """Headline answers of one way to model capacity."""

    key: str
    name: str
    why: str
    p_full_36: float
    p_full_2029: float
    stranded: np.ndarray
    rent_ratio_2029: np.ndarray


def _variant(key: str, name: str, why: str, path: Path) -> Variant:
    end = path.index(PLAN_YEAR)
    return Variant(
        key,
        name,
        why,
        float(path.saturation(36).mean()),
        float((path.rho[:, end] >= 0.9).mean()),
        stranded_pro_rata(path.rho[:, end]),
        path.rent[:, end] / path.rent[:, 0],
    )


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
    rows = evidence.facts_of(facts, "power", ("P057", "P051"))
    guided, cash = evidence.guided_capex_usd_b(facts, 2026), evidence.cash_capex_usd_b(facts, 2025)
    growth = evidence.lease_capex_growth(facts)
    if len(rows) < 2 or guided is None or cash is None or growth is None:
        return None
    years = evidence.year_of(rows["P057"].date) + 0.5 - 2026
    return Ceilings(
        rows["P057"].value / years,
        guided,
        growth,
        rows["P051"].value / 1e9,
        (rows["P057"].source_id, rows["P051"].source_id),
    )


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


def full_over_forms(model: Model) -> tuple[float, float]:
    """Return the lowest and the highest P(full) after 36 months over the defensible forms of the model."""
    found = [v.p_full_36 for v in variant_rows(model) if v.key in FORMS]
    return min(found), max(found)


@per_model
def variant_rows(model: Model) -> list[Variant]:
    """Return the main path and its variants, headline answers side by side."""
    run = base_run(model)
    d = FirstDraws(run.draws, VARIANT_DRAWS)
    a, z = aggregate(d), d.z
    zero = np.zeros_like(z)
    out = [
        _variant(
            "main",
            "Main model",
            "growth at constant rent; fades; walks",
            simulate_path(d, a.X_S, a.X_L, z),
        ),
        _variant("no_event", "No event", "the same world without the gain", simulate_path(d, 1.0, 1.0, z)),
        _variant(
            "feedback",
            "Rent feeds back on demand",
            "services, rent and a research share solved together",
            variants.simulate_with_rent_feedback(d, a, z),
        ),
    ]
    capped = ceiling_path(model)
    if capped is not None:
        out.append(
            _variant("ceilings", "Three ceilings", "additions stop at chips, power or capital", capped.path)
        )
    no_fade = ChainMap({"growth_fade": np.zeros_like(d["growth_fade"])}, d)  # type: ignore[arg-type]
    out += [
        _variant(
            "no_fade",
            "Growth does not fade",
            "six years at the first year’s rates",
            simulate_path(no_fade, a.X_S, a.X_L, z),
        ),
        _variant("no_walk", "No random walk", "demand on its trend", simulate_path(d, a.X_S, a.X_L, zero)),
    ]
    speed = variants.adjustment_speed(d["elasticity_short"], np.maximum(d["elasticity_long"], 1e-6))
    delayed = variants.delayed_event(run.path.times, np.log(a.X_L), speed)
    out.append(
        _variant(
            "slow",
            "Slow adjustment",
            "the gap to the long response closes by a fixed share a quarter",
            simulate_path(d, a.X_S, a.X_L, z, log_x=delayed),
        )
    )
    rows = evidence.facts_of(model.facts, "token_demand", ("T085",))
    if "T085" in rows:
        x = variants.latent_compute_response(
            a.kbar_L, d["pass_through_long"], d["elasticity_long"], rows["T085"].value
        )
        total = total_compute(d["training_share_long"], a.kbarT_L, a.eta_L, x)
        out.append(
            _variant(
                "latent",
                "Demand saturates",
                "logistic in price, with the forecast growth to 2030 as headroom",
                simulate_path(d, a.X_S, total, z),
            )
        )
    return out


@dataclass(frozen=True)
class Driver:
    """A parameter that an answer hangs on: its rank correlation with the answer, and what kind of number it is."""

    parameter: str
    correlation: float
    kind: str


def _ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(float)


def drivers(model: Model, top: int = 3) -> dict[str, list[Driver]]:
    """Return for each headline answer the parameters with the largest rank correlation, largest first.

    Spearman correlations over draws in which parameters are independent, so that a parameter gets only what it does
    itself and not what its correlated partner does. A parameter that the run fixes does not appear.
    """
    run = make_run(joint_draws(model.parameters, min(VARIANT_DRAWS, model.draws.n), independent=True))
    end = run.plan_index
    answers = {
        "All compute, three years on": run.a.X_L,
        "Tightness 36 months on": run.path.rho_at(EVENT_YEAR + 3),
        "Tightness at the end of 2029": run.path.rho[:, end],
        "Rent at the end of 2029": run.path.rent[:, end],
        "AI power at the end of 2029": run.power_gw[:, end],
        "Years brought forward": pull_forward_draws(run.draws)["whole"],
        "Chinese lag, by location": china.lag_months(
            run.draws["us_compute_share"],
            run.draws["china_compute_share"],
            run.draws["algorithm_ratio"],
            run.draws["effective_growth"],
        ),
    }
    moving = [name for name in run.draws.drawn if np.ptp(run.draws[name]) > 0]
    standard = np.array([_ranks(run.draws[name]) for name in moving])
    standard = (standard - standard.mean(axis=1, keepdims=True)) / standard.std(axis=1, keepdims=True)
    out: dict[str, list[Driver]] = {}
    for answer, values in answers.items():
        if np.ptp(values) == 0:
            continue
        ranks = _ranks(values)
        ranks = (ranks - ranks.mean()) / ranks.std()
        correlation = standard @ ranks / len(ranks)
        order = np.argsort(-np.abs(correlation))[:top]
        out[answer] = [
            Driver(moving[i], float(correlation[i]), model.parameters.row(moving[i]).kind) for i in order
        ]
    return out


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
