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

from deepseek_era.arrays import floats, least
from deepseek_era.capacity.checks import within
from deepseek_era.errors import ModelInputError

STEP_YEARS = 0.25
STEPS = 24  # six years of quarters: from either start the path passes the end of 2029
EVENT_YEAR = 2025.07  # 27 January 2025
PLAN_YEAR = 2030.0  # end of 2029, when the announced plan was to stand
FULL = 0.9  # utilisation from which capacity counts as "maxed out"


@dataclass(frozen=True)
class Tightness:
    """Supply and tightness of one simulated path per draw.

    Attributes
    ----------
    times
        Years, ``(steps + 1,)``.
    S
        Installed compute (1 at the start), ``(n, steps + 1)``.
    rho
        Tightness, demand over supply.
    """

    times: np.ndarray
    S: np.ndarray
    rho: np.ndarray

    def index(self, year: float) -> int:
        """Return the column nearest to ``year``; before the start, the start.

        Raises
        ------
        ModelInputError
            For a year after the last quarter.
        """
        if year > self.times[-1] + STEP_YEARS / 2:
            raise ModelInputError(
                f"capacity path: the year asked for is {year:g}; the path ends at {self.times[-1]:g}"
            )
        return _nearest(self.times, year)

    def rho_at(self, year: float) -> np.ndarray:
        """Return tightness ``(n,)`` at the quarter nearest to ``year``; before the start, the start value."""
        return self.rho[:, self.index(year)]

    def saturation(self, months: float) -> np.ndarray:
        """Return per draw whether tightness is at least ``FULL`` so many months after the event."""
        return self.rho_at(EVENT_YEAR + months / 12) >= FULL


@dataclass(frozen=True)
class Path(Tightness):
    """One simulated path per draw, with what follows from supply and tightness.

    Attributes
    ----------
    D
        Demand for compute, ``(n, steps + 1)``.
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

    D: np.ndarray
    utilisation: np.ndarray
    unmet: np.ndarray
    rent: np.ndarray
    additions: np.ndarray
    spend: np.ndarray


def _nearest(times: np.ndarray, year: float) -> int:
    return int(np.abs(times - max(year, times[0])).argmin())


def event_ramp(times: np.ndarray, x_short: np.ndarray, x_long: np.ndarray) -> np.ndarray:
    """Return ``ln X`` on the dates: 0 at the event, ``ln x_short`` a year on, ``ln x_long`` after three.

    Shapes: ``times (m,)``, ``x_short`` and ``x_long (n,)``; returns ``(n, m)``.
    """
    return _ramp(_weights(times), x_short, x_long).T


def _weights(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of the first year's response, and of what the next two add, has come by each date."""
    years = times[:, None] - EVENT_YEAR
    return np.clip(years, 0, 1), np.clip((years - 1) / 2, 0, 1)


def _ramp(weights: tuple[np.ndarray, np.ndarray], x_short: np.ndarray, x_long: np.ndarray) -> np.ndarray:
    """Return ``ln X`` for some weights of the two responses, a row a date."""
    log_short = np.log(within("event ramp", "the short compute ratio", x_short, 0, open_low=True))
    log_long = np.log(within("event ramp", "the long compute ratio", x_long, 0, open_low=True))
    return weights[0] * log_short + weights[1] * (log_long - log_short)


def start_year(d: Mapping[str, np.ndarray]) -> float:
    """Return the start of the path; it is one date for all draws."""
    return float(np.ravel(d["path_start"])[0])


@dataclass(frozen=True)
class Pace:
    """What a path with the event and one without share: everything but the event and what answers to it.

    Attributes
    ----------
    times
        Years, ``(steps + 1,)``.
    rho_0
        Tightness at the start, ``(n,)``.
    lead
        Lead time in quarters, ``(n,)``.
    retired
        Share of the stock that retires in a quarter, ``(n,)``.
    response
        Exponent of investment on tightness, ``(n,)``.
    planned, possible
        Additions over supply at a tightness of one, and the most that can be added, ``(steps, n)``.
    log_demand
        Log demand without the event, by its trend and its walk, ``(steps + 1, n)``.
    """

    times: np.ndarray
    rho_0: np.ndarray
    lead: np.ndarray
    retired: np.ndarray
    response: np.ndarray
    planned: np.ndarray
    possible: np.ndarray
    log_demand: np.ndarray


def _column(d: Mapping[str, np.ndarray], name: str, n: int) -> np.ndarray:
    return np.broadcast_to(floats(d[name]), (n,))


def pace(d: Mapping[str, np.ndarray], z: np.ndarray, *, until: float | None = None) -> Pace:
    """Return what paths over the same draws share.

    Parameters
    ----------
    d
        Parameter id to draws, ``(n,)`` each.
    z
        Standard normals of the random walk in demand, ``(n, steps)``.
    until
        Year after which nothing will be asked for; by default all steps are made.

    Raises
    ------
    ModelInputError
        If a growth factor is not positive, a lead time exceeds the horizon, or tightness is not positive.
    """
    n, steps = z.shape
    horizon = steps * STEP_YEARS

    def positive(name: str, why: str) -> np.ndarray:
        return within("capacity path", name, _column(d, name, n), 0, open_low=True, why=why)

    # by the quarter
    log_supply, log_demand, log_ceiling = (
        np.log(positive(name, "a ratio per year, its logarithm is taken")) * STEP_YEARS
        for name in ("supply_growth", "demand_growth", "supply_ceiling")
    )
    rho_0 = positive("tightness", "demand over usable supply, its logarithm is taken")
    lead_years = within(
        "capacity path",
        "lead_time",
        _column(d, "lead_time", n),
        0,
        horizon,
        why=f"years, and the path runs {horizon:g} years",
    )
    retired = _column(d, "retirement", n) * STEP_YEARS
    fade, volatility = _column(d, "growth_fade", n), _column(d, "demand_volatility", n) * np.sqrt(STEP_YEARS)
    t_0 = start_year(d)
    times = t_0 + STEP_YEARS * np.arange(steps + 1)
    if until is not None:
        steps = _nearest(times, until)
        times = times[: steps + 1]
    planned, possible, log_d = np.empty_like(z, shape=(3, steps + 1, n))
    log_d[0] = np.log(rho_0)
    for i in range(steps):
        f = np.exp(-fade * (times[i] - t_0))
        planned[i] = np.expm1(f * log_supply) + retired
        possible[i] = np.expm1(f * log_ceiling) + retired
        log_d[i + 1] = log_d[i] + f * log_demand + volatility * z[:, i]
    return Pace(
        times=times,
        rho_0=rho_0,
        lead=np.maximum(1, np.rint(lead_years / STEP_YEARS)).astype(int),
        retired=retired,
        response=_column(d, "investment_response", n),
        planned=planned[:steps],
        possible=possible[:steps],
        log_demand=log_d,
    )


def _walk(p: Pace, rise: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return supply, tightness, log demand (steps + 1 rows) and additions (steps rows), a row a quarter."""
    steps, n = p.planned.shape
    supply, additions = np.ones_like(p.log_demand), np.empty_like(p.planned)
    log_d = p.log_demand + rise
    # what a plan has seen of tightness: one, as its row before the first says, until it sees the path itself
    seen = np.ones_like(p.log_demand, shape=(steps + 2, n))
    seen[1] = p.rho_0
    draw, soonest = np.arange(n), least(p.lead)
    for i in range(steps):
        planned = p.planned[i]
        if i >= soonest:  # before that no plan has seen any tightness but one
            earlier = seen.take(np.maximum(i + 1 - p.lead, 0) * n + draw, mode="clip")
            planned = planned * earlier**p.response
        built = np.minimum(planned, p.possible[i])
        additions[i] = supply[i] * built
        supply[i + 1] = supply[i] * (1 - p.retired + built)
        seen[i + 2] = np.exp(log_d[i + 1]) / supply[i + 1]
    return supply, seen[1:], log_d, additions


def _rise(times: np.ndarray, n: int, X_short: ArrayLike, X_long: ArrayLike) -> np.ndarray:
    """Return by how much ``ln X`` has risen since the first date, a row a date."""
    x_short, x_long = (np.broadcast_to(x, (n,)).astype(float) for x in (X_short, X_long))
    first, second = _weights(times)
    return _ramp((first - first[0], second - second[0]), x_short, x_long)


def simulate_tightness(p: Pace, X_short: ArrayLike, X_long: ArrayLike) -> Tightness:
    """Return supply and tightness of a path, the quick way to what the calls read.

    Parameters
    ----------
    p
        What paths over the same draws share.
    X_short, X_long
        Compute against no event, one and three years after it; ones for a path without the event.
    """
    supply, tightness, _, _ = _walk(p, _rise(p.times, p.rho_0.size, X_short, X_long))
    return Tightness(p.times, supply.T, tightness.T)


def simulate_path(
    d: Mapping[str, np.ndarray],
    X_short: ArrayLike,
    X_long: ArrayLike,
    z: np.ndarray,
    *,
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
    log_x
        The log response on every date, ``(n, steps + 1)``, instead of the ramp through both ratios.

    Raises
    ------
    ModelInputError
        If a growth factor is not positive, a lead time exceeds the horizon, or tightness is not positive.
    """
    n = z.shape[0]
    p = pace(d, z)
    rise = _rise(p.times, n, X_short, X_long) if log_x is None else (log_x - log_x[:, :1]).T
    supply, tightness, log_d, additions = _walk(p, rise)
    elapsed = (p.times - p.times[0])[:, None]
    log_tightening = np.log(tightness) - np.log(p.rho_0)
    rent = _column(d, "base_rent", n) * np.exp(
        _column(d, "rent_response", n) * log_tightening - _column(d, "rent_drift", n) * elapsed
    )
    spend = additions * _column(d, "compute_cost_fall", n) ** -elapsed[:-1]
    return Path(
        times=p.times,
        S=supply.T,
        D=np.exp(log_d).T,
        rho=tightness.T,
        utilisation=np.minimum(1, tightness).T,
        unmet=np.maximum(0, tightness - 1).T,
        rent=rent.T,
        additions=additions.T,
        spend=spend.T,
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
    return floats(ai_power_gw) * floats(supply) / per_watt**years


def stranded_pro_rata(rho: ArrayLike) -> np.ndarray:
    """Return the idle share of installed compute, ``(1 - rho)`` floored at 0: every owner idles alike."""
    return np.maximum(0, 1 - floats(rho))


def stranded_last_in(rho: ArrayLike, power_gw: ArrayLike, plan_gw: ArrayLike) -> np.ndarray:
    """Return the idle share of one plan when the last built idles first, a stress: 0 to 1.

    All idle power of the market, ``(1 - rho) W``, falls on the plan until the plan is wholly idle.
    """
    plan = within("stranded share", "the plan in GW", plan_gw, 0, open_low=True)
    return np.clip(stranded_pro_rata(rho) * floats(power_gw) / plan, 0, 1)
