"""Other ways to model the same market, runnable beside the main path.

- `delayed_event`: demand answers to price with a delay (Koyck) instead of at once.
- `latent_demand`: demand saturates (logistic in log price) instead of a constant elasticity.
- `simulate_with_rent_feedback`: rent feeds back on demand, and research takes a fixed share of capacity.
- `simulate_with_ceilings`: additions stop at the lowest of chips, power and capital.

The main path keeps demand growth at constant rent as one number, because its parts (services, compute per
service, serving efficiency) are not observed apart: token counts leave out training, video and most of the
market. The variants show what that choice hides.

Sources: Koyck, Distributed Lags and Investment Analysis (1954); Sakasegawa, Ann. Inst. Stat. Math. 29 (1977).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from deepseek_era.capacity.aggregate import Aggregate
from deepseek_era.capacity.checks import within
from deepseek_era.capacity.path import EVENT_YEAR, STEP_YEARS, Path, simulate_path

CEILINGS = ("plans", "chips", "power", "capital")


def half_life(speed: ArrayLike) -> np.ndarray:
    """Return the steps after which half of a gap is closed, ``ln 0.5 / ln(1 - s)``; 0 at full speed."""
    s = within("partial adjustment", "the speed", speed, 0, 1, open_low=True)
    with np.errstate(divide="ignore"):
        return np.where(s == 1, 0.0, np.log(0.5) / np.log1p(-np.minimum(s, 1)))


def latent_demand(price_ratio: ArrayLike, eps: ArrayLike, headroom: ArrayLike) -> np.ndarray:
    """Return volume over its start when demand saturates: logistic in log price.

    At the starting price its elasticity is ``eps``; as price goes to zero volume goes to ``headroom`` times
    the start. As headroom grows the form tends to a constant elasticity.

    Parameters
    ----------
    price_ratio
        Price over its start, above 0.
    eps
        Elasticity at the start, positive.
    headroom
        Largest volume over the start, above 1.
    """
    price = within("latent demand", "the price ratio", price_ratio, 0, open_low=True)
    room = within("latent demand", "the headroom", headroom, 1, open_low=True)
    slope = np.asarray(eps, dtype=float) * room / (room - 1)
    # room / (1 + (room - 1) P^b), arranged to be exactly one at an unchanged price
    return 1 / (1 + (room - 1) / room * (price**slope - 1))


def latent_compute_response(k: ArrayLike, phi: ArrayLike, eps: ArrayLike, headroom: ArrayLike) -> np.ndarray:
    """Return inference compute against no event when demand saturates: volume over the gain."""
    gain = within("latent demand", "the gain", k, 0, open_low=True)
    return latent_demand(gain ** -np.asarray(phi, dtype=float), eps, headroom) / gain


def waiting_factor(utilisation: ArrayLike, servers: float) -> np.ndarray:
    """Return mean waiting time over service time in a queue with many servers (Sakasegawa).

    ``u^(sqrt(2 (c + 1)) - 1) / (c (1 - u))``: with many servers delay is flat until nearly full, then
    explodes, which is why scarcity shows in waiting lists before it shows in utilisation.
    """
    u = within("waiting", "utilisation", utilisation, 0, 1)
    c = float(within("waiting", "the number of servers", servers, 1))
    with np.errstate(divide="ignore"):
        return u ** (np.sqrt(2 * (c + 1)) - 1) / (c * (1 - u))


def simulate_with_rent_feedback(d: Mapping[str, np.ndarray], a: Aggregate, z: np.ndarray) -> Path:
    """Return the path when rent moves demand and research takes a fixed share of capacity.

    Inference demand carries the same growth at constant rent and the same event as the main path, then falls
    with rent at the inference elasticity, which moves from its short to its long value over three years;
    research demand is the training share of supply. Rent follows ``kappa (d ln D - d ln S) - h``. The two are
    solved together in each quarter (Newton; the map falls in rent, so the root is one).
    """
    base = simulate_path(d, a.X_S, a.X_L, z)
    n, m = base.rho.shape
    elapsed = base.times - base.times[0]
    research = np.broadcast_to(d["training_share_short"], (n,))[:, None]
    weight = np.clip(elapsed / 3, 0, 1)[None, :]
    eps = (1 - weight) * np.broadcast_to(d["elasticity_short"], (n,))[:, None] + weight * np.broadcast_to(
        d["elasticity_long"], (n,)
    )[:, None]
    rho_0 = base.rho[:, :1]
    kappa = np.broadcast_to(d["rent_response"], (n,))[:, None]
    drift = np.broadcast_to(d["rent_drift"], (n,))[:, None] * elapsed
    inference = (1 - research) * base.D
    # Research is a share of capacity; at the start both parts add up to the same demand.
    fixed = research * rho_0 * base.S
    log_rent = np.zeros((n, m))
    for _ in range(30):
        moved = inference * np.exp(-eps * log_rent)
        demand = moved + fixed
        gap = log_rent - (kappa * (np.log(demand / base.S) - np.log(rho_0)) - drift)
        slope = 1 + kappa * eps * moved / demand
        log_rent = log_rent - gap / slope
    demand = inference * np.exp(-eps * log_rent) + fixed
    rho = demand / base.S
    return replace(
        base,
        D=demand,
        rho=rho,
        utilisation=np.minimum(1, rho),
        unmet=np.maximum(0, rho - 1),
        rent=np.broadcast_to(d["base_rent"], (n,))[:, None] * np.exp(log_rent),
    )


@dataclass(frozen=True)
class CeilingPath:
    """A path under three ceilings, and which one stopped each quarter's additions.

    Attributes
    ----------
    path
        The path, with additions as delivered.
    binding
        Index into `CEILINGS` per draw and quarter: plans, chips, power or capital.
    """

    path: Path
    binding: np.ndarray


def simulate_with_ceilings(
    d: Mapping[str, np.ndarray],
    a: Aggregate,
    z: np.ndarray,
    *,
    power_gw_per_year: ArrayLike,
    capital_usd_b_per_year: ArrayLike,
    capital_growth: ArrayLike,
    cost_usd_b_per_gw: ArrayLike,
) -> CeilingPath:
    """Return the path when additions stop at the lowest of plans, chips, power and capital.

    Parameters
    ----------
    d, a, z
        As in the main path.
    power_gw_per_year
        AI power that can be energised in a year, net of what retires, GW.
    capital_usd_b_per_year
        Capital in the first year, USD billion; it grows by ``capital_growth``, which fades like all growth.
    capital_growth
        Ratio per year.
    cost_usd_b_per_gw
        Capital per GW at the start, USD billion; the cost of a unit of compute falls from there.
    """
    base = simulate_path(d, a.X_S, a.X_L, z)
    n, steps = z.shape

    def column(name: str) -> np.ndarray:
        return np.broadcast_to(np.asarray(d[name], dtype=float), (n,))

    power = np.broadcast_to(within("power ceiling", "GW per year", power_gw_per_year, 0), (n,))
    money = np.broadcast_to(
        within("capital ceiling", "USD billion per year", capital_usd_b_per_year, 0), (n,)
    )
    growth = np.log(within("capital ceiling", "growth", capital_growth, 0, open_low=True))
    unit_cost = column("ai_power") * within(
        "capital ceiling", "cost per GW", cost_usd_b_per_gw, 0, open_low=True
    )
    lead = np.maximum(1, np.rint(column("lead_time") / STEP_YEARS)).astype(int)
    retired = column("retirement") * STEP_YEARS
    log_s, log_max = np.log(column("supply_growth")), np.log(column("supply_ceiling"))
    elapsed = base.times - base.times[0]
    supply, rho = np.ones((n, steps + 1)), np.empty((n, steps + 1))
    rho[:, 0] = base.rho[:, 0]
    additions = np.empty((n, steps))
    binding = np.empty((n, steps), dtype=int)
    rows = np.arange(n)
    for i in range(steps):
        f = np.exp(-column("growth_fade") * elapsed[i])
        seen = np.where(i >= lead, rho[rows, np.maximum(i - lead, 0)], 1.0)
        plans = (np.expm1(f * log_s * STEP_YEARS) + retired) * seen ** column("investment_response")
        chips = np.expm1(f * log_max * STEP_YEARS) + retired
        # Power of the stock is W0 S / h^t: what one more quarter of energised GW lets the stock grow to.
        per_gw = column("compute_per_watt") ** elapsed[i + 1] / column("ai_power")
        now_gw = supply[:, i] * column("ai_power") / column("compute_per_watt") ** elapsed[i]
        watts = np.maximum(0, (now_gw + power * STEP_YEARS) * per_gw / supply[:, i] - (1 - retired))
        # Money buys compute at the unit cost of the start, falling since.
        budget = money * np.exp(growth * elapsed[i] * f) * STEP_YEARS
        bought = budget / unit_cost * column("compute_cost_fall") ** elapsed[i] / supply[:, i]
        options = np.stack([plans, chips, watts, bought])
        binding[:, i] = options.argmin(axis=0)
        additions[:, i] = supply[:, i] * options.min(axis=0)
        supply[:, i + 1] = supply[:, i] * (1 - retired) + additions[:, i]
        rho[:, i + 1] = base.D[:, i + 1] / supply[:, i + 1]
    rent = column("base_rent")[:, None] * np.exp(
        column("rent_response")[:, None] * (np.log(rho) - np.log(rho[:, :1]))
        - column("rent_drift")[:, None] * elapsed
    )
    path = replace(
        base,
        S=supply,
        rho=rho,
        utilisation=np.minimum(1, rho),
        unmet=np.maximum(0, rho - 1),
        rent=rent,
        additions=additions,
        spend=additions * column("compute_cost_fall")[:, None] ** -elapsed[:-1],
    )
    return CeilingPath(path, binding)


def adjustment_speed(eps_short: ArrayLike, eps_long: ArrayLike) -> np.ndarray:
    """Return the share of a gap closed in a quarter, from the two elasticities.

    In a partial adjustment the elasticity of the first year is the long-run one times the share closed in that
    year, so the yearly share is ``eps_short / eps_long`` and the quarterly one ``1 - (1 - share)^(1/4)``.
    """
    long_run = within("adjustment speed", "the long elasticity", eps_long, 0, open_low=True)
    share = np.clip(np.asarray(eps_short, dtype=float) / long_run, 0.01, 1)
    return 1 - (1 - share) ** STEP_YEARS


def delayed_event(path_times: np.ndarray, log_x_long: np.ndarray, speed: ArrayLike) -> np.ndarray:
    """Return ``ln X`` on the dates when compute closes on the long response by Koyck steps from the event.

    The main path instead ramps through the short and the long response. Quarters between the event and the start
    of the path have already happened and are counted.

    Parameters
    ----------
    path_times
        Dates of the path, years, ``(m,)``.
    log_x_long
        Log of the long response, ``(n,)``.
    speed
        Share of the gap closed in a quarter, ``(n,)`` or a scalar.
    """
    s = within("partial adjustment", "the speed", speed, 0, 1)
    quarters = np.maximum(0, (path_times - EVENT_YEAR) / STEP_YEARS)
    return log_x_long[:, None] * (1 - (1 - np.broadcast_to(s, log_x_long.shape))[:, None] ** quarters)


def compute_growth(services: ArrayLike, compute_per_service: ArrayLike, efficiency: ArrayLike) -> np.ndarray:
    """Return growth of compute demand at constant rent from its parts: services x compute each / efficiency.

    All are yearly growth factors, above 0.
    """
    use = within("compute growth", "growth of services", services, 0, open_low=True)
    each = within("compute growth", "growth of compute per service", compute_per_service, 0, open_low=True)
    saved = within("compute growth", "growth of serving efficiency", efficiency, 0, open_low=True)
    return use * each / saved


def busy_share_at_wait(servers: float, wait: float) -> float:
    """Return the utilisation at which the mean wait reaches ``wait`` service times, in a pool of servers."""
    grid = np.linspace(0.5, 0.99999, 200_000)
    return float(grid[np.argmax(waiting_factor(grid, servers) >= wait)])
