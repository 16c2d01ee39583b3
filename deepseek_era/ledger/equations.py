"""What the event moves between users, sellers, hosts, clouds, chips and tools, in one year: pure functions of draws.

- All amounts are USD billion a year. What was observed is the world *with* the event; the world without it is worked
  out by dividing each flow by its ratio.
- Final spending is the size of the cake, intermediate flows pass it on, payments for computing end at those who own
  chips and power. Purchases of chips are capital and stay outside: they become cost only through use.
- Each part is a surplus or a profit with the event less without it. The six parts are summed one by one; the change in
  welfare is worked out from the other side, what use is worth less the resources that it takes.
- With gains of one, no shifts and ratios of one every part is exactly 0: the formulas leave no rounding behind.

Source of the surplus: consumer surplus under constant elasticity, as for users in `deepseek_era.verdicts.impacts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from deepseek_era.arrays import Array, Bools, floats
from deepseek_era.verdicts.impacts.equations import surplus

PARTS = ("users", "closed sellers", "open hosts", "clouds", "chips and power", "tools")
"""Lines of the ledger, in the order in which money passes down from users."""
SELLERS = PARTS[1:]
"""Everybody but the users: who can lose a profit."""
NO_LOSS = 0.1
"""Where all losses together stay below this, USD billion, nobody lost enough for a ratio."""


@dataclass(frozen=True)
class Observed:
    """Flows of one year in the world with the event, USD billion, ``(n,)`` each.

    `users`, `tools` and `clouds` to closed sellers, `users` and `tools` to open hosts, users straight to clouds, and
    all that closed sellers pay clouds for serving and research.
    """

    users_closed: Array
    tools_closed: Array
    clouds_closed: Array
    users_open: Array
    tools_open: Array
    users_clouds: Array
    closed_clouds: Array


@dataclass(frozen=True)
class Drivers:
    """What moves the flows, ``(n,)`` each: the draws of the calls at one horizon, and the rows of the ledger's own.

    Attributes
    ----------
    k, T
        Gain of the whole workload; spending on training against no event (ratio).
    phi, eps, kappa
        Pass-through to prices, elasticity of demand, fall of sellers' own unit cost.
    eps_tools, kept
        Response of a tool's tokens to price, and the share of what a tool saves that it keeps.
    lost
        Share of closed sellers' volume that moves to open hosts.
    gap
        Closed over open price at equal use.
    resale, training
        Shares of what users pay clouds: resale of closed models; of the rest, training.
    margin, margin_open, margin_clouds, margin_power
        Margins of closed sellers (before the event), open hosts, clouds, and of chips and power in use.
    worth
        What a switching user gains of the price difference, 0 to 1.
    metered
        Share of users' payments to closed sellers that is priced by use, so that a fall in price reaches it.
    """

    k: Array
    T: Array
    phi: Array
    eps: Array
    kappa: Array
    eps_tools: Array
    kept: Array
    lost: Array
    gap: Array
    resale: Array
    training: Array
    margin: Array
    margin_open: Array
    margin_clouds: Array
    margin_power: Array
    worth: Array
    metered: Array


@dataclass(frozen=True)
class Ledger:
    """The ledger of a year, per draw, USD billion.

    Attributes
    ----------
    parts
        Change of surplus or profit by line (`PARTS`).
    welfare
        The same total from the other side: worth of use less resources used.
    saved
        Resources that the old volume no longer takes.
    quality
        What switching users give up in quality for the lower price.
    priced_out
        The rest: use that was priced out before, and what it takes.
    short
        Draws in which open hosts would have had no revenue at all without the event; it is held at nought there.
    """

    parts: Mapping[str, Array]
    welfare: Array
    saved: Array
    quality: Array
    priced_out: Array
    short: Bools

    @property
    def total(self) -> Array:
        """Sum of the parts, ``(n,)``."""
        return sum((self.parts[name] for name in PARTS), np.zeros_like(self.welfare))

    @property
    def error(self) -> float:
        """Largest absolute difference between the sum of the parts and the welfare."""
        return float(np.max(np.abs(self.total - self.welfare)))


@dataclass(frozen=True)
class _World:
    """All flows with the event or without it: who pays whom, and what chips and power are paid."""

    users_closed: Array
    tools_closed: Array
    clouds_closed: Array
    users_open: Array
    tools_open: Array
    users_clouds: Array
    serving: Array
    research: Array
    hosting: Array
    power: Array


def growth(k: Array, phi: Array, eps: Array) -> Array:
    """Return spending after a fall in price over that before it, ``k^{φ(ε−1)}``; exactly 1 for a gain of one."""
    return floats(k ** (phi * (eps - 1)))


def _cloud_ratio(d: Drivers, resold: Array, computed: Array) -> Array:
    """Return what users pay clouds against no event: resale, and rented computing by inference and training."""
    rent = (1 - d.training) * (computed - 1) + d.training * (d.T - 1)
    return floats(1 + d.resale * (resold - 1) + (1 - d.resale) * rent)


def _worlds(seen: Observed, d: Drivers) -> tuple[_World, _World, Bools]:
    """Return the world without the event, the world with it, and where open hosts would have had nothing."""
    plain, tool = growth(d.k, d.phi, d.eps), growth(d.k, d.phi, d.eps_tools)
    g = 1 + d.metered * (plain - 1)  # a flat price does not move
    rented = growth(d.k, np.ones_like(d.phi), d.eps)
    stays = 1 - d.lost
    cloud_use = _cloud_ratio(d, stays * plain, rented)
    uc0 = seen.users_closed / (stays * g)
    tc0 = seen.tools_closed / (stays * tool)
    kc0 = seen.clouds_closed / (stays * plain)
    uk0 = seen.users_clouds / cloud_use
    moved_users, moved_tools = d.lost * uc0 * g / d.gap, d.lost * tc0 * tool / d.gap
    uo0 = np.maximum(0, seen.users_open - moved_users) / plain
    to0 = np.maximum(0, seen.tools_open - moved_tools) / tool
    short = (seen.users_open < moved_users) | (seen.tools_open < moved_tools)
    uo1, to1 = uo0 * plain + moved_users, to0 * tool + moved_tools
    # serving: unit cost before, then volume times the fall of it
    unit, volume = d.k**-d.kappa, d.k ** (d.phi * d.eps)
    use = 1 + d.metered * (volume - 1)
    cost = 1 - d.margin
    served0 = cost * (uc0 + kc0 + tc0)
    served1 = cost * stays * unit * (uc0 * use + kc0 * volume + tc0 * d.k ** (d.phi * d.eps_tools))
    research1 = np.maximum(0, seen.closed_clouds - served1)
    research0 = research1 / d.T
    host0, host1 = (1 - d.margin_open) * (uo0 + to0), (1 - d.margin_open) * (uo1 + to1)
    owned = 1 - d.margin_clouds
    # resold models take the computing of their volume, at the sellers' own fall of cost
    through = _cloud_ratio(d, stays * volume * unit, rented)
    power0 = owned * (served0 + research0 + host0 + uk0)
    power1 = owned * (served1 + research1 + host1 + uk0 * through)
    before = _World(uc0, tc0, kc0, uo0, to0, uk0, served0, research0, host0, power0)
    closed = (uc0 * stays * g, tc0 * stays * tool, kc0 * stays * plain)
    after = _World(*closed, uo1, to1, uk0 * cloud_use, served1, research1, host1, power1)
    return before, after, short


def ledger(seen: Observed, d: Drivers) -> Ledger:
    """Return the ledger of a year.

    Parameters
    ----------
    seen
        Flows of the world with the event.
    d
        Drivers; at gains of one, no shifts and ratios of one every part is exactly 0.
    """
    a, b, short = _worlds(seen, d)

    def change(*names: str) -> Array:
        return floats(sum(getattr(b, name) - getattr(a, name) for name in names))

    plain, tool = growth(d.k, d.phi, d.eps), growth(d.k, d.phi, d.eps_tools)
    g = 1 + d.metered * (plain - 1)
    away = d.lost * (1 - 1 / d.gap)
    by_users, by_tools = away * a.users_closed * g, away * a.tools_closed * tool
    own = surplus(d.k, d.phi, d.eps)
    rented = surplus(d.k, np.ones_like(d.phi), d.eps)
    # what tools pay for models falls; they keep a share of that, and the rest of their gain is their users'
    kept = d.kept * -change("tools_closed", "tools_open")
    through_tools = (a.tools_closed + a.tools_open) * surplus(d.k, d.phi, d.eps_tools) + d.worth * by_tools
    users = (d.metered * a.users_closed + a.users_open) * own + d.worth * by_users
    users = users + a.users_clouds * (d.resale * own + (1 - d.resale) * (1 - d.training) * rented)
    users = users + through_tools - kept
    computing = change("power")
    parts = {
        "users": users,
        "closed sellers": change("users_closed", "tools_closed", "clouds_closed")
        - change("serving", "research"),
        "open hosts": change("users_open", "tools_open") - change("hosting"),
        "clouds": change("serving", "research", "hosting", "users_clouds")
        - change("clouds_closed")
        - computing,
        "chips and power": d.margin_power * computing,
        "tools": kept,
    }
    paid_to_tools = kept + change("tools_closed", "tools_open")
    worth = users + change("users_closed", "users_open", "users_clouds") + paid_to_tools
    welfare = worth - (1 - d.margin_power) * computing
    owned = (1 - d.margin_clouds) * (1 - d.margin_power)
    old = (1 - d.margin) * (a.users_closed + a.clouds_closed + a.tools_closed) * (1 - d.k**-d.kappa)
    old = old + a.users_clouds * (
        d.resale * (1 - d.k**-d.kappa) + (1 - d.resale) * (1 - d.training) * (1 - 1 / d.k)
    )
    saved = owned * old
    quality = (1 - d.worth) * (by_users + by_tools)
    return Ledger(parts, welfare, saved, quality, welfare - saved + quality, short)


def losses(parts: Mapping[str, Array]) -> Array:
    """Return what all who lost a profit lost together, per draw, USD billion; never negative."""
    return floats(sum(np.maximum(0, -parts[name]) for name in SELLERS))


@dataclass(frozen=True)
class Ratio:
    """What users gained for each dollar that sellers lost: of the means, with 90 % of the draws with a loss.

    `left_out` is the share of draws without a loss worth the name. `value` is None where losses are none on average.
    """

    value: float | None
    low: float | None
    high: float | None
    left_out: float


def per_dollar_lost(parts: Mapping[str, Array], orders: Array | None = None) -> Ratio:
    """Return what users gained for each dollar that sellers lost.

    Parameters
    ----------
    parts
        Lines of the ledger.
    orders
        Profit on chip orders, counted as a loss of sellers where it is negative; left out by default.

    Examples
    --------
    >>> import numpy as np
    >>> parts = dict.fromkeys(PARTS, np.zeros(2)) | {"users": np.array([3.0, 1.0]), "clouds": np.array([-2.0, 0.0])}
    >>> per_dollar_lost(parts)
    Ratio(value=2.0, low=1.5, high=1.5, left_out=0.5)
    """
    lost = losses(parts) if orders is None else losses(parts) + np.maximum(0, -orders)
    gained = parts["users"]
    some = lost > NO_LOSS
    if not some.any() or not lost.mean() > NO_LOSS:
        return Ratio(None, None, None, float(1 - some.mean()))
    low, high = np.quantile(gained[some] / lost[some], [0.05, 0.95])
    return Ratio(float(gained.mean() / lost.mean()), float(low), float(high), float(1 - some.mean()))
