"""What an efficiency gain does to demand for compute: gains, prices, volumes, profit, timing.

Conventions
-----------
- A gain is a ratio: ten means that the same work costs a tenth. A gain of one changes nothing, and
  every formula here is written so that it then returns *exactly* one (or zero), not one to rounding.
- Markets see the **aggregate** gain, not the headline gain: only the share of the workload that runs
  on the efficient stack becomes cheaper.
- Elasticities are positive numbers. Short means one year after the event, long three years.

Sources: Khazzoom, Energy Journal 1980, and Sorrell and Dimitropoulos, Ecological Economics 65 (2008),
for the rebound algebra; Ho et al., arXiv 2403.05812, for progress as doubling times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from deepseek_era.capacity.checks import within
from deepseek_era.parameters import Derived

YEARS_SHORT = 1.0  # a short call is read one year after the event
YEARS_LONG = 3.0  # a long call three years after it
SHORTEST_TAU_YEARS = 1 / 12  # a gain smaller than a month of trend is caught up within that month

# Parameters that move a share or a level because of the event: they fade with the gain.
ADDITIVE_SHIFTS = (
    "nvidia_share_loss_short",
    "nvidia_share_loss_long",
    "open_share_gain_short",
    "open_share_gain_long",
    "hosting_uplift_short",
    "hosting_uplift_long",
    "lag_shift",
    "distil_saving",
    "synthetic_commodity",
    "synthetic_expert",
    "open_participation",
    "local_uptake",
)
# Of these, what open weights themselves bring: it fades as other open weights come.
OPENNESS_SHIFTS = ("lag_shift", "distil_saving", "open_participation", "local_uptake")
# Parameters that are ratios of after to before: they fade towards one.
RATIO_SHIFTS = ("value_capture", "mix_commodity", "mix_expert")
# Parameters that say how much rivals catch up, and how fast.
CATCH_UP = ("catch_up", "catch_up_years", "catch_up_open", "catch_up_open_years")


def aggregate_gain(adopted_share: ArrayLike, gain: ArrayLike) -> np.ndarray:
    """Return the gain of the whole workload when only a share of it becomes cheaper.

    ``1 / (1 - a + a / K)``, the weighted harmonic mean of one and ``K``.

    Parameters
    ----------
    adopted_share
        Share of the workload on the efficient stack, 0 to 1.
    gain
        Cost ratio before over after on that share, above 0.

    Raises
    ------
    ModelInputError
        If a share is outside 0 to 1 or a gain is not positive.
    """
    share = within("aggregate gain", "the adopted share", adopted_share, 0, 1)
    ratio = within("aggregate gain", "the gain", gain, 0, open_low=True)
    # 1 + a (1/K - 1) instead of 1 - a + a/K: exactly one when the gain is one.
    return 1 / (1 + share * (1 / ratio - 1))


def profit_ratio(k: ArrayLike, phi: ArrayLike, eps: ArrayLike, kappa: ArrayLike, m0: ArrayLike) -> np.ndarray:
    """Return a provider's gross profit after a gain, over that before it (not floored).

    Volume grows by ``k^(phi eps)``, price falls to ``k^-phi`` and unit cost to ``k^-kappa``:
    ``k^(phi eps) [k^-phi - (1 - m0) k^-kappa] / m0``.

    Parameters
    ----------
    k
        Aggregate gain.
    phi
        Pass-through: elasticity of price to the inverse of the gain.
    eps
        Price elasticity of demand, positive.
    kappa
        The same for the provider's own unit cost.
    m0
        Gross margin before, above 0 and at most 1.
    """
    gain = within("profit ratio", "the gain", k, 0, open_low=True)
    margin = within("profit ratio", "the gross margin", m0, 0, 1, open_low=True)
    price = gain ** -np.asarray(phi, dtype=float)
    cost = gain ** -np.asarray(kappa, dtype=float)
    volume = gain ** (np.asarray(phi, dtype=float) * np.asarray(eps, dtype=float))
    # m0 + (price - 1) - (1 - m0)(cost - 1), over m0: exactly one when nothing changes.
    return volume * (1 + ((price - 1) - (1 - margin) * (cost - 1)) / margin)


def compute_response(k: ArrayLike, phi: ArrayLike, eps: ArrayLike) -> np.ndarray:
    """Return inference compute after a gain over that before it, ``k^(phi eps - 1)``.

    >>> round(float(compute_response(10, 0.9, 1.3)), 2)  # demand more than makes up for a tenfold gain
    1.48
    >>> round(float(compute_response(10, 0.9, 0.8)), 2)  # here it does not
    0.52
    """
    gain = within("compute response", "the gain", k, 0, open_low=True)
    return gain ** (np.asarray(phi, dtype=float) * np.asarray(eps, dtype=float) - 1)


def spend_ratio(k: ArrayLike, phi: ArrayLike, eps: ArrayLike) -> np.ndarray:
    """Return customers' spending on inference after a gain over that before it, ``k^(phi (eps - 1))``."""
    gain = within("spend ratio", "the gain", k, 0, open_low=True)
    return gain ** (np.asarray(phi, dtype=float) * (np.asarray(eps, dtype=float) - 1))


def rebound_elasticity(phi: ArrayLike, eps: ArrayLike) -> np.ndarray:
    """Return the rebound in its elasticity form, ``phi eps``: above one, compute rises (Jevons)."""
    return np.asarray(phi, dtype=float) * np.asarray(eps, dtype=float)


def rebound_finite(k: ArrayLike, phi: ArrayLike, eps: ArrayLike) -> np.ndarray:
    """Return the share of the potential saving that new use takes back, for a gain of finite size.

    ``1 - (1 - k^(phi eps - 1)) / (1 - 1/k)``; at a gain of one, where nothing can be saved, its limit
    ``phi eps``.
    """
    gain = within("finite rebound", "the gain", k, 0, open_low=True)
    gain, product = np.broadcast_arrays(gain, rebound_elasticity(phi, eps))
    with np.errstate(divide="ignore", invalid="ignore"):
        # expm1 keeps the ratio exact near a gain of one, where both differences vanish.
        log_gain = np.log(gain)
        finite = 1 - np.expm1((product - 1) * log_gain) / np.expm1(-log_gain)
    return np.where(gain == 1, product, finite)


def total_compute(w: ArrayLike, k_bar_training: ArrayLike, eta: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Return all AI compute against no event: training answers through budgets, inference through ``x``.

    ``w kT^eta + (1 - w) x`` with ``w`` the share of compute used for training and research.
    """
    share = within("total compute", "the training share", w, 0, 1)
    training = within("total compute", "the training gain", k_bar_training, 0, open_low=True)
    # 1 + w (..-1) + (1-w)(..-1): exactly one when both parts are one.
    budget = training ** np.asarray(eta, dtype=float)
    return 1 + share * (budget - 1) + (1 - share) * (np.asarray(x, dtype=float) - 1)


def open_loss(lost: ArrayLike, adopted: ArrayLike, switched: ArrayLike) -> np.ndarray:
    """Return the share of volume lost to open sellers when incumbents match the price for a part of what adopts.

    What is matched stays with the incumbent, so it can't be lost as well: ``lost (1 - m / (1 - s))`` with ``s`` the
    share that switches, at most what adopts, and ``m`` the rest of it.

    >>> round(float(open_loss(0.04, 0.4, 0.2)), 3)  # a quarter of what did not switch was matched
    0.03
    """
    total = within("open loss", "the adopted share", adopted, 0, 1)
    direct = np.minimum(within("open loss", "the share that switches", switched, 0, 1), total)
    return np.asarray(lost, dtype=float) * (1 - (total - direct) / np.maximum(1 - direct, 1e-12))


@dataclass(frozen=True)
class Aggregate:
    """Derived drivers of every call, one value per draw. S is one year after the event, L three.

    Attributes
    ----------
    kbar_S, kbar_L
        Aggregate inference gain (ratio).
    kbarT_S, kbarT_L, kbarT_CN
        Aggregate training gain outside China after one and three years, and in China.
    x_S, x_L
        Inference compute against no event.
    p_S, p_L
        Price against no event.
    eta_S, eta_L
        Response of training budgets to the training gain.
    X_S, X_L
        All compute against no event.
    lost_S
        Share of proprietary volume lost to open models in the first year.
    Pi_S, Pi_L
        Gross profit on model sales against no event; the long one is floored at 0 (exit), the short one not.
    """

    kbar_S: np.ndarray
    kbar_L: np.ndarray
    kbarT_S: np.ndarray
    kbarT_L: np.ndarray
    kbarT_CN: np.ndarray
    x_S: np.ndarray
    x_L: np.ndarray
    p_S: np.ndarray
    p_L: np.ndarray
    eta_S: np.ndarray
    eta_L: np.ndarray
    X_S: np.ndarray
    X_L: np.ndarray
    lost_S: np.ndarray
    Pi_S: np.ndarray
    Pi_L: np.ndarray


def aggregate(d: Mapping[str, np.ndarray]) -> Aggregate:
    """Return the derived drivers of a set of draws.

    Parameters
    ----------
    d
        Parameter id to draws, ``(n,)`` each; scalars broadcast.

    Raises
    ------
    ModelInputError
        If a share, a gain or a margin lies outside the range of its formula.
    """
    gain, training_gain = d["inference_gain"], d["training_gain"]
    kbar_s = aggregate_gain(d["adoption_short"], gain)
    kbar_l = aggregate_gain(d["adoption_long"], gain)
    kbar_t_s = aggregate_gain(d["training_adoption_short"], training_gain)
    kbar_t_l = aggregate_gain(d["training_adoption_long"], training_gain)
    phi_s, phi_l = d["pass_through_short"], d["pass_through_long"]
    eps_s, eps_l = d["elasticity_short"], d["elasticity_long"]
    x_s, x_l = compute_response(kbar_s, phi_s, eps_s), compute_response(kbar_l, phi_l, eps_l)
    eta_l = np.asarray(d["budget_response"], dtype=float)
    eta_s = eta_l * d["first_year_adjustment"]
    profit_l = profit_ratio(kbar_l, phi_l, eps_l, d["own_cost_fall_long"], d["gross_margin"])
    return Aggregate(
        kbar_S=kbar_s,
        kbar_L=kbar_l,
        kbarT_S=kbar_t_s,
        kbarT_L=kbar_t_l,
        kbarT_CN=aggregate_gain(d["training_adoption_china"], training_gain),
        x_S=x_s,
        x_L=x_l,
        p_S=kbar_s**-phi_s,
        p_L=kbar_l**-phi_l,
        eta_S=eta_s,
        eta_L=eta_l,
        X_S=total_compute(d["training_share_short"], kbar_t_s, eta_s, x_s),
        X_L=total_compute(d["training_share_long"], kbar_t_l, eta_l, x_l),
        lost_S=open_loss(d["open_share_gain_short"], d["adoption_short"], d["adoption_direct_short"]),
        Pi_S=profit_ratio(kbar_s, phi_s, eps_s, d["own_cost_fall_short"], d["gross_margin"]),
        Pi_L=np.maximum(0, profit_l),
    )


def tau_years(gain: ArrayLike, trend: ArrayLike) -> np.ndarray:
    """Return the years of trend that a gain is worth, ``ln gain / ln trend`` (negative for a loss).

    Parameters
    ----------
    gain
        Ratio, above 0.
    trend
        Yearly factor of the trend, above 1.

    Raises
    ------
    ModelInputError
        If a gain is not positive or a trend does not exceed one.
    """
    ratio = within("years of trend", "the gain", gain, 0, open_low=True, why="its logarithm is taken")
    yearly = within(
        "years of trend", "the yearly trend", trend, 1, open_low=True, why="a flat trend never catches up"
    )
    return np.log(ratio) / np.log(yearly)


class _Attributable(Derived):
    """Draws of which some are raised to a power and some multiplied by a factor."""

    def __init__(
        self, d: Mapping[str, np.ndarray], powers: dict[str, np.ndarray], factors: dict[str, np.ndarray]
    ) -> None:
        super().__init__(d)
        self._d, self._powers, self._factors = d, powers, factors

    def _make(self, name: str) -> np.ndarray:
        values = self._d[name]
        if name in self._powers:
            return np.asarray(values) ** self._powers[name]
        return np.asarray(values) * self._factors[name] if name in self._factors else values


def remaining(chi: np.ndarray, tau: np.ndarray, t: float, *, average: bool = False) -> np.ndarray:
    """Return the share of a gain that is left at `t` years, or on average until then, as a power of it.

    Rivals catch up steadily: the share `chi` after `tau` years. At `t` that leaves ``1 - chi min(t / tau, 1)``; the
    mean from nought to `t` is ``1 - chi t / 2 tau`` before `tau` and ``1 - chi (1 - tau / 2 t)`` after it.

    >>> remaining(np.array([0.8]), np.array([2.0]), 1), remaining(np.array([0.8]), np.array([2.0]), 1, average=True)
    (array([0.6]), array([0.8]))
    """
    if average:
        return 1 - chi * np.where(tau >= t, t / (2 * tau), 1 - tau / (2 * t))
    return 1 - chi * np.minimum(t / tau, 1)


def attributable(d: Mapping[str, np.ndarray], t: float, *, average: bool = False) -> Mapping[str, np.ndarray]:
    """Return the draws with the part of the event that would have come anyway taken out.

    The same efficiency arrives later from someone else: within ``tau`` years the share ``chi`` of it is caught up.
    ``f = 1 - chi min(t / tau, 1)``; gains and ratios are raised to the power ``f``, additive shifts multiplied by it.
    Prices have the ``tau`` of steps that rivals matched, what open weights bring the ``chi`` and ``tau`` of closed leads
    that open models reached, and training the years of trend that its gain is worth.

    Parameters
    ----------
    d
        Parameter id to draws.
    t
        Years after the event: 1 for short calls, 3 for long ones.
    average
        Take the mean from nought to `t` instead of what is left at `t`.
    """

    def left(share: np.ndarray, tau: np.ndarray) -> np.ndarray:
        return remaining(np.asarray(share, dtype=float), np.asarray(tau, dtype=float), t, average=average)

    tau_training = np.maximum(tau_years(d["training_gain"], d["algorithm_trend"]), SHORTEST_TAU_YEARS)
    f_price = left(d["catch_up"], d["catch_up_years"])
    f_open = left(d["catch_up_open"], d["catch_up_open_years"])
    powers = dict.fromkeys(("inference_gain", *RATIO_SHIFTS), f_price)
    powers["training_gain"] = left(d["catch_up"], tau_training)
    factors = dict.fromkeys(ADDITIVE_SHIFTS, f_price) | dict.fromkeys(OPENNESS_SHIFTS, f_open)
    return _Attributable(d, powers, factors)
