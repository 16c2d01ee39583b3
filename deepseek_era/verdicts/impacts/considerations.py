"""The further considerations, and which calls belong together: flips and the two horizons of one stakeholder."""

from __future__ import annotations

from deepseek_era.arrays import Array
from deepseek_era.capacity.aggregate import Aggregate
from deepseek_era.capacity.path import EVENT_YEAR
from deepseek_era.verdicts.impacts.equations import (
    INFERENCE_LONG,
    INFERENCE_SHORT,
    OTHER,
    PATH,
    REGISTRY,
    TRAINING_LONG,
    TRAINING_SHORT,
    Case,
    Draws,
    Impacts,
    call,
    row,
)
from deepseek_era.verdicts.impacts.long import nvidia_long
from deepseek_era.verdicts.impacts.short import clouds_long

CHECK_YEARS = 2  # the middle of the three dates at which utilisation is read


@call(
    "A01",
    r"\rho_t = D_t/S_t \text{ at 24 months}; \quad P(\rho_t \ge 0.9)",
    drivers=(
        *INFERENCE_SHORT,
        *INFERENCE_LONG[1:],
        *TRAINING_SHORT,
        "training_adoption_long",
        "training_share_short",
        "training_share_long",
        *PATH,
    ),
    weak="A level from all causes, not an effect of the event: it asks whether demand grows faster than supply.",
)
def maxed_out(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return tightness, demand over usable supply, two years after the event (a level, not an effect)."""
    return case.path.rho_at(EVENT_YEAR + CHECK_YEARS)


@row("A01", "effect")
def maxed_out_effect(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return how much of that tightness the event adds, percentage points of supply."""
    year = EVENT_YEAR + CHECK_YEARS
    return 100 * (case.path.rho_at(year) - case.path_without.rho_at(year))


@call(
    "A02",
    r"P(I_{C01} < -\delta \wedge I_{C21} > \delta); \quad \text{shown: } I_{C21} - I_{C01}",
    drivers=tuple(dict.fromkeys((*REGISTRY["C01"].drivers, *REGISTRY["C21"].drivers))),
    weak="On the market lens the flip is certain in sign once the price has recovered; keep the lenses apart.",
)
def nvidia_swing(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return Nvidia's long effect less its short one, percentage points."""
    return nvidia_long(d, a, case) - case.impact("C01")


@call(
    "A03",
    r"P(I_{C04} < -\delta \wedge I_L > \delta),\quad I_L = 100\{\theta_L[(1-\Delta s_{o,L})\Pi_L-1] +"
    r" (1-\theta_L)[w_L\bar k_{T,L}^{\eta_T}+(1-w_L)x_L(1+g_{h,L})-1]\}",
    drivers=tuple(
        dict.fromkeys(
            (
                *REGISTRY["C04"].drivers,
                *INFERENCE_LONG,
                *TRAINING_LONG,
                "training_share_long",
                "own_cost_fall_long",
                "open_share_gain_long",
                "resale_share_long",
                "hosting_uplift_long",
            )
        )
    ),
    weak="Cloud growth came mostly from selling capacity to closed labs: the outcome does not show the mechanism.",
)
def cloud_swing(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the clouds' long effect less their short one, percentage points."""
    return clouds_long(d, a, case) - case.impact("C04")


def level_without(case: Impacts, call_id: str) -> Array:
    """Return a level as it would be without the event, from the same draws."""
    return case.impact(call_id) - case.row(call_id, "effect") / 100


# Flips: the legs that must both hold in the same draw. (short call, form, long call, further output)
FLIPS: dict[str, tuple[str, str, str]] = {"A02": ("C01", "C21", ""), "A03": ("C04", "C04", OTHER)}


def legs(case: Impacts, call_id: str) -> tuple[Array, Array]:
    """Return the short and the long leg of a flip, from the same draws."""
    short, long, name = FLIPS[call_id]
    return case.impact(short), case.row(long, name) if name else case.impact(long)


# Calls whose stakeholder has a call of its own at the other horizon.
PAIRS = {"C01": "C21", "C21": "C01", "C02": "C14", "C14": "C02"}
