"""Demand against supply, quarter by quarter: utilisation, unmet demand, rent, spend, stranding.

Conventions
-----------
- Supply is 1 at the start. Demand is measured in the same unit of *usable* compute, so that tightness
  ``rho = D / S`` above one means that some demand goes unmet. The highest operational utilisation is
  absorbed in the starting tightness.
- Growth rates fade: power and capital rule out six years of constant doubling.
- Investment answers to tightness one lead time earlier; before the start tightness counts as one, so
  that a shock to investment moves nothing before the lead time has passed.
- The event enters demand as a ramp: none at the event, the short response one year later, the long
  response three years later, flat after that. A path that starts later sees only what is still to come.

Sources: Koyck (1954) for partial adjustment; the rent equation inverts a constant-elasticity demand
for compute; additions by capital-stock accounting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from deepseek_era.capacity.checks import within

STEP_YEARS = 0.25
STEPS = 24  # six years of quarters: from either start the path passes the end of 2029
EVENT_YEAR = 2025.07  # 27 January 2025
PLAN_YEAR = 2030.0  # end of 2029, when the announced plan was to stand
FULL = 0.9  # utilisation from which capacity counts as "maxed out"


@dataclass(frozen=True)
class Path:
    """One simulated path per draw.

    Attributes
    ----------
    times
        Years, ``(steps + 1,)``.
    S, D
        Installed compute (1 at the start) and demand for it, ``(n, steps + 1)``.
    rho
        Tightness ``D / S``.
    utilisation
        Share of usable compute in use, never above one.
    unmet
        Demand above usable supply, over supply.
    rent
        USD per H100-hour.
    additions
        Gross additions per quarter, ``(n, steps)``.
    spend
        Capital spent on them, in units of what the starting stock would cost at the start.
    """

    times: np.ndarray
    S: np.ndarray
    D: np.ndarray
    rho: np.ndarray
    utilisation: np.ndarray
    unmet: np.ndarray
    rent: np.ndarray
    additions: np.ndarray
    spend: np.ndarray

    def index(self, year: float) -> int:
        """Return the column nearest to ``year``; before the start, the start."""
        return int(np.abs(self.times - max(year, self.times[0])).argmin())

    def rho_at(self, year: float) -> np.ndarray:
        """Return tightness ``(n,)`` at the quarter nearest to ``year``; before the start, the start value."""
        return self.rho[:, self.index(year)]

    def saturation(self, months: float, *, full: float = FULL, event_year: float = EVENT_YEAR) -> np.ndarray:
        """Return per draw whether tightness is at least ``full`` so many months after the event."""
        return self.rho_at(event_year + months / 12) >= full


def event_ramp(
    times: np.ndarray, x_short: np.ndarray, x_long: np.ndarray, event_year: float = EVENT_YEAR
) -> np.ndarray:
    """Return ``ln X`` on the dates: 0 at the event, ``ln x_short`` a year on, ``ln x_long`` after three.

    Shapes: ``times (m,)``, ``x_short`` and ``x_long (n,)``; returns ``(n, m)``.
    """
    log_short = np.log(within("event ramp", "the short compute ratio", x_short, 0, open_low=True))[:, None]
    log_long = np.log(within("event ramp", "the long compute ratio", x_long, 0, open_low=True))[:, None]
    years = times[None, :] - event_year
    first = np.clip(years, 0, 1) * log_short
    second = np.clip((years - 1) / 2, 0, 1) * (log_long - log_short)
    return first + second


def start_year(d: Mapping[str, np.ndarray]) -> float:
    """Return the start of the path; it is one date for all draws."""
    return float(np.ravel(d["path_start"])[0])


def simulate_path(
    d: Mapping[str, np.ndarray],
    X_short: ArrayLike,
    X_long: ArrayLike,
    z: np.ndarray,
    *,
    event_year: float = EVENT_YEAR,
    log_x: np.ndarray | None = None,
) -> Path:
    """Return supply, demand, utilisation, rent and spend, quarterly over six years from the start.

    Parameters
    ----------
    d
        Parameter id to draws, ``(n,)`` each.
    X_short, X_long
        Compute against no event, one and three years after it; ones for a path without the event.
    z
        Standard normals of the random walk in demand, ``(n, steps)``.
    event_year
        Date of the event in years.
    log_x
        The log response on every date, ``(n, steps + 1)``, instead of the ramp through both ratios.

    Raises
    ------
    ModelInputError
        If a growth factor is not positive, a lead time exceeds the horizon, or tightness is not positive.
    """
    n, steps = z.shape
    horizon = steps * STEP_YEARS

    def column(name: str) -> np.ndarray:
        return np.broadcast_to(np.asarray(d[name], dtype=float), (n,))

    def positive(name: str, why: str) -> np.ndarray:
        return within("capacity path", name, column(name), 0, open_low=True, why=why)

    log_supply = np.log(positive("supply_growth", "a ratio per year, its logarithm is taken"))
    log_demand = np.log(positive("demand_growth", "a ratio per year, its logarithm is taken"))
    log_ceiling = np.log(positive("supply_ceiling", "a ratio per year, its logarithm is taken"))
    rho_0 = positive("tightness", "demand over usable supply, its logarithm is taken")
    lead_years = within(
        "capacity path",
        "lead_time",
        column("lead_time"),
        0,
        horizon,
        why=f"years, and the path runs {horizon:g} years",
    )
    lead = np.maximum(1, np.rint(lead_years / STEP_YEARS)).astype(int)
    retired = column("retirement") * STEP_YEARS
    psi, fade, sigma = column("investment_response"), column("growth_fade"), column("demand_volatility")

    t_0 = start_year(d)
    times = t_0 + STEP_YEARS * np.arange(steps + 1)
    if log_x is None:
        x_short, x_long = (np.broadcast_to(x, (n,)).astype(float) for x in (X_short, X_long))
        log_x = event_ramp(times, x_short, x_long, event_year)
    supply, tightness = np.ones((n, steps + 1)), np.ones((n, steps + 1))
    log_d = np.empty((n, steps + 1))
    additions = np.empty((n, steps))
    tightness[:, 0] = rho_0
    log_d[:, 0] = np.log(rho_0)
    rows = np.arange(n)
    for i in range(steps):
        f = np.exp(-fade * (times[i] - t_0))
        seen = np.where(i >= lead, tightness[rows, np.maximum(i - lead, 0)], 1.0)
        planned = (np.expm1(f * log_supply * STEP_YEARS) + retired) * seen**psi
        possible = np.expm1(f * log_ceiling * STEP_YEARS) + retired
        additions[:, i] = supply[:, i] * np.minimum(planned, possible)
        supply[:, i + 1] = supply[:, i] * (1 - retired) + additions[:, i]
        log_d[:, i + 1] = (
            log_d[:, i]
            + f * log_demand * STEP_YEARS
            + (log_x[:, i + 1] - log_x[:, i])
            + sigma * np.sqrt(STEP_YEARS) * z[:, i]
        )
        tightness[:, i + 1] = np.exp(log_d[:, i + 1]) / supply[:, i + 1]
    elapsed = times - t_0
    log_tightening = np.log(tightness) - np.log(rho_0)[:, None]
    rent = column("base_rent")[:, None] * np.exp(
        column("rent_response")[:, None] * log_tightening - column("rent_drift")[:, None] * elapsed
    )
    spend = additions * column("compute_cost_fall")[:, None] ** -elapsed[:-1]
    return Path(
        times=times,
        S=supply,
        D=np.exp(log_d),
        rho=tightness,
        utilisation=np.minimum(1, tightness),
        unmet=np.maximum(0, tightness - 1),
        rent=rent,
        additions=additions,
        spend=spend,
    )


def power_needed(
    supply: ArrayLike, ai_power_gw: ArrayLike, compute_per_watt: ArrayLike, years: ArrayLike
) -> np.ndarray:
    """Return the power of the installed stock in GW at facility level, ``W0 S / h^years``.

    Parameters
    ----------
    supply
        Installed compute, 1 at the start.
    ai_power_gw
        Power of the stock at the start, GW.
    compute_per_watt
        Yearly growth factor of compute per watt.
    years
        Years since the start.
    """
    per_watt = within("power needed", "compute per watt", compute_per_watt, 0, open_low=True)
    return np.asarray(ai_power_gw, dtype=float) * np.asarray(supply, dtype=float) / per_watt**years


def stranded_pro_rata(rho: ArrayLike) -> np.ndarray:
    """Return the idle share of installed compute, ``(1 - rho)`` floored at 0: every owner idles alike."""
    return np.maximum(0, 1 - np.asarray(rho, dtype=float))


def stranded_last_in(rho: ArrayLike, power_gw: ArrayLike, plan_gw: ArrayLike) -> np.ndarray:
    """Return the idle share of one plan when the last built idles first, a stress: 0 to 1.

    All idle power of the market, ``(1 - rho) W``, falls on the plan until the plan is wholly idle.
    """
    plan = within("stranded share", "the plan in GW", plan_gw, 0, open_low=True)
    return np.clip(stranded_pro_rata(rho) * np.asarray(power_gw, dtype=float) / plan, 0, 1)


def time_to_saturation(
    supply: ArrayLike,
    demand: ArrayLike,
    supply_growth: ArrayLike,
    demand_growth: ArrayLike,
    usable_share: ArrayLike = 1.0,
) -> np.ndarray:
    """Return years until demand meets usable supply under constant growth; 0 if it has, infinity if never.

    ``ln(u S / D) / (ln g_D - ln g_S)``.
    """
    g_s = within("time to saturation", "supply growth", supply_growth, 0, open_low=True, why="a logarithm")
    g_d = within("time to saturation", "demand growth", demand_growth, 0, open_low=True, why="a logarithm")
    usable = within("time to saturation", "the usable share", usable_share, 0, 1, open_low=True)
    d0 = within("time to saturation", "demand", demand, 0, open_low=True)
    s0 = within("time to saturation", "supply", supply, 0, open_low=True)
    room = np.log(usable * s0 / d0)
    closing = np.log(g_d) - np.log(g_s)
    with np.errstate(divide="ignore", invalid="ignore"):
        years = np.where(closing > 0, room / closing, np.inf)
    return np.where(room <= 0, 0.0, years)
