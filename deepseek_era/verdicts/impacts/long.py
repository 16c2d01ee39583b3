"""The calls of the long term: three years after the event."""

from __future__ import annotations

import numpy as np

from deepseek_era.arrays import Array, floats
from deepseek_era.capacity.aggregate import YEARS_LONG, Aggregate, profit_ratio
from deepseek_era.verdicts.impacts.equations import (
    INFERENCE_LONG,
    TRAINING_LONG,
    Case,
    Draws,
    Numbers,
    call,
    contest,
    era,
    other_horizon,
    row,
    share_shift,
    unit_cost_change,
)
from deepseek_era.verdicts.impacts.short import budget_loss

MONTHS = 12
THROTTLE_FLOOR = 0.25  # research is never squeezed below a quarter of what it was
SMALLEST_REST = 0.01  # share of compute left to third countries when two shares add up to more than all

# ---------------------------------------------------------------- the article says loser


def throttle(d: Draws, a: Aggregate) -> Array:
    r"""Return the compute left to Chinese research, as a share of what it was, once induced inference is served.

    ``T = max{1/4, [1 − (1 − w) x^θ]/w}`` with ``θ = θ_c (1 − σ_CN/σ_US)⁺``: a country that cannot add chips serves
    the new demand from what research had.
    """
    bound = d["china_crowding"] * np.maximum(0, 1 - d["china_compute_share"] / d["us_compute_share"])
    training = d["training_share_long"]
    return np.maximum(THROTTLE_FLOOR, 1 - (1 - training) * (a.x_L**bound - 1) / training)


CHINA = (
    *INFERENCE_LONG,
    "training_gain",
    "training_adoption_long",
    "training_adoption_china",
    "training_share_long",
    "china_crowding",
    "us_compute_share",
    "china_compute_share",
)


@call(
    "C13",
    r"I = 12\,\frac{\ln(\bar k_{T,CN}\,T_{CN}) - \ln\bar k_{T,L}}{\ln r_E},\quad"
    r" T_{CN} = \max\left\{\tfrac14, \frac{1-(1-w_L)x_L^{\theta}}{w_L}\right\}",
    drivers=(*CHINA, "effective_growth"),
    weak="A lag on tests is not a lag in use or profit, and export policy is set by governments, not by models.",
)
def china(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the change of China's lag behind the US frontier, months; closing counts as positive."""
    gained = np.log(a.kbarT_CN) + np.log(throttle(d, a)) - np.log(a.kbarT_L)
    return MONTHS * gained / np.log(d["effective_growth"])


@era("C13", r"I - 12\,\gamma\,t_L/\ln r_E")
def china_era(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same with American compute growing faster than Chinese for three years, months."""
    drift = MONTHS * d["growth_gap"] * YEARS_LONG / np.log(d["effective_growth"])
    return case.impact("C13") - drift


@call(
    "C14",
    r"I = 100\{(1-\Delta s_{o,L})[\omega_f\max(0,\Pi(\bar k_L;\varphi_f,\varepsilon_L,\kappa_L)) + (1-\omega_f)\Pi_L] - 1\}",
    drivers=(
        *INFERENCE_LONG,
        "own_cost_fall_long",
        "gross_margin",
        "open_share_gain_long",
        "frontier_need",
        "frontier_pass_through",
    ),
    weak="The share that was lost went mostly to closed rivals, so the outcome can come without the mechanism; and a "
    "relative loss is not an absolute one.",
)
def openai_long(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return gross profit of proprietary model sales against no event, %: nothing in it forces a sign."""
    at_frontier = np.maximum(
        0,
        profit_ratio(
            a.kbar_L,
            d["frontier_pass_through"],
            d["elasticity_long"],
            d["own_cost_fall_long"],
            d["gross_margin"],
        ),
    )
    profit = 1 + d["frontier_need"] * (at_frontier - 1) + (1 - d["frontier_need"]) * (a.Pi_L - 1)
    return 100 * ((1 - d["open_share_gain_long"]) * profit - 1)


def hastened(rate: Array, gain: Array, exponent: Array) -> Array:
    r"""Return how much more of a slow change has happened after three years: ``e^{−λt} − e^{−λ t k^ω}``."""
    return floats(np.exp(-rate * YEARS_LONG) - np.exp(-rate * YEARS_LONG * gain**exponent))


SOFTWARE = (
    "inference_gain",
    "adoption_long",
    "software_at_risk",
    "erosion_rate",
    "speed_exponent",
    "ai_upsell",
    "upsell_rate",
)


@call(
    "C15",
    r"I = 100\,[u_{AI}\Lambda(\lambda_u) - E_s\Lambda(\lambda_0)],\quad"
    r" \Lambda(\lambda) = e^{-\lambda t_L} - e^{-\lambda t_L\bar k_L^{\omega_s}}",
    drivers=SOFTWARE,
    weak="Shares fall before sales do, and many incumbents are users of AI as well: the same firms stand on both "
    "sides.",
)
def software(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the acceleration of erosion net of AI upsell, % of sector revenue: only the acceleration is effect."""
    upsell = d["ai_upsell"] * hastened(d["upsell_rate"], a.kbar_L, d["speed_exponent"])
    erosion = d["software_at_risk"] * hastened(d["erosion_rate"], a.kbar_L, d["speed_exponent"])
    return 100 * (upsell - erosion)


@era(
    "C15",
    r"100\,[u_{AI}(1-e^{-\lambda_u t_L\bar k_L^{\omega_s}}) - E_s(1-e^{-\lambda_0 t_L\bar k_L^{\omega_s}})]",
)
def software_era(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return all erosion net of all upsell after three years, % of sector revenue."""
    speed = YEARS_LONG * a.kbar_L ** d["speed_exponent"]
    upsell = d["ai_upsell"] * -np.expm1(-d["upsell_rate"] * speed)
    return 100 * (upsell - d["software_at_risk"] * -np.expm1(-d["erosion_rate"] * speed))


def labelling_row(budget: Array, replaced: Array, mix: Array) -> Array:
    """Return spend on one kind of human data against no event, as a ratio."""
    return floats(budget * (1 - replaced) * mix)


def labelling_commodity(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return spend on commodity annotation against no event, %."""
    return 100 * (labelling_row(a.kbarT_L**a.eta_L, d["synthetic_commodity"], d["mix_commodity"]) - 1)


def labelling_expert(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return spend on expert data and environments against no event, %."""
    return 100 * (labelling_row(a.kbarT_L**a.eta_L, d["synthetic_expert"], d["mix_expert"]) - 1)


@call(
    "C16",
    r"I = 100\,[(1-w_e)\,row_c + w_e\,row_e - 1],\quad row_j = \bar k_{T,L}^{\eta_T}(1-\Delta s_{syn,j})\,m_j",
    drivers=(
        *TRAINING_LONG,
        "synthetic_commodity",
        "synthetic_expert",
        "mix_commodity",
        "mix_expert",
        "expert_share",
    ),
    weak="The best-known firm and the industry moved apart, and nearly all of the industry is private.",
)
def labelling(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return spend on human training data against no event, %."""
    commodity, expert = labelling_commodity(d, a, case), labelling_expert(d, a, case)
    return (1 - d["expert_share"]) * commodity + d["expert_share"] * expert


row("C16", "commodity")(labelling_commodity)
row("C16", "expert")(labelling_expert)

# ---------------------------------------------------------------- the article says winner


@call(
    "C17",
    r"I = \frac{(1+\eta_T)\ln\bar k_{T,L}}{\ln r_E} + g_{open}",
    drivers=(*TRAINING_LONG, "effective_growth", "open_participation"),
    weak="Nothing observable stands for it, and its definition is disputed. A one-off gain shifts a date by months, "
    "not years. Never scored.",
)
def superintelligence(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return by how much a capability threshold is reached earlier, years."""
    return (1 + a.eta_L) * np.log(a.kbarT_L) / np.log(d["effective_growth"]) + d["open_participation"]


@contest(
    "C17",
    r"I + \frac{\ln[1+\zeta\min(0, I_{C14}/100)]}{\ln r_E}",
    "less what the sellers' lost profit takes from frontier research",
)
def superintelligence_contest(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same less lost research budgets, years."""
    lost = budget_loss(d["rd_response"], case.impact("C14"))
    return case.impact("C17") + lost / np.log(d["effective_growth"])


def compute_shares(d: Draws) -> tuple[Array, Array, Array]:
    """Return the shares of the United States, China and the rest in world AI compute, made to sum to one."""
    rest = np.maximum(SMALLEST_REST, 1 - d["us_compute_share"] - d["china_compute_share"])
    total = d["us_compute_share"] + d["china_compute_share"] + rest
    return d["us_compute_share"] / total, d["china_compute_share"] / total, rest / total


def us_share_change(d: Draws, a: Aggregate, china_factor: Numbers, rest_factor: Numbers) -> Array:
    """Return the change of the US share of effective compute, pp, when the others' compute is scaled."""
    us, cn, rest = compute_shares(d)
    relative = a.kbarT_CN * throttle(d, a) / a.kbarT_L * china_factor
    # the shares sum to one, so this is sigma' - sigma without rounding when nothing changes
    return 100 * us * (1 / (1 + cn * (relative - 1) + rest * (rest_factor - 1)) - 1)


@call(
    "C18",
    r"I = 100\,(\sigma'_{US}-\sigma_{US}),\quad \sigma'_{US} ="
    r" \frac{\sigma_{US}\bar k_{T,L}}{\sigma_{US}\bar k_{T,L}+\sigma_{CN}\bar k_{T,CN}T_{CN}+\sigma_R\bar k_{T,L}}",
    drivers=CHINA,
    weak="Tied by construction to the call on China, so the two are one dependent result; efficiency helps those "
    "short of compute more at the margin.",
)
def us_dominance(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the change of the US share of research-effective compute, pp."""
    return us_share_change(d, a, np.float64(1.0), np.float64(1.0))


@era("C18", r"\sigma_{CN}e^{-\gamma t_L},\ \sigma_R e^{-\gamma_R t_L}\ \text{in}\ \sigma'_{US}")
def us_dominance_era(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same with the others' compute growing at its own pace for three years, pp."""
    china_factor = np.exp(-d["growth_gap"] * YEARS_LONG)
    return us_share_change(d, a, china_factor, np.exp(-d["growth_gap_row"] * YEARS_LONG))


@call(
    "C19",
    r"I = 100\,e_t s_c\,[A(c)\nu(c) - A_0\nu_0],\quad c = 1-a_e(1-p_L),\ "
    r"\operatorname{logit}A = \operatorname{logit}A_0-\beta\ln c,\ \nu = \min(1,\nu_0c^{-\alpha})",
    drivers=(
        "inference_gain",
        "adoption_long",
        "pass_through_long",
        "exposed_share",
        "adoption_base",
        "saving_per_task",
        "profitable_share",
        "enterprise_inference_share",
        "adoption_price_response",
        "use_tail",
    ),
    weak="Price is a small part of what adoption costs, and gains are competed away to customers.",
    sign_by_construction=True,
)
def enterprises(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the net cost saving over the addressable cost base, %: tasks adopted times saving per task."""
    return enterprise_saving(d, a.p_L)


@other_horizon("C19")
def enterprises_short(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same at the prices of the first year, %."""
    return enterprise_saving(d, a.p_S)


def enterprise_saving(d: Draws, price: Array) -> Array:
    """Return the cost saving, % of the cost base, when inference costs `price` of what it did."""
    cost = unit_cost_change(d["enterprise_inference_share"], price)
    base, worth = d["adoption_base"], d["profitable_share"]
    adopted = base + share_shift(base, -d["adoption_price_response"] * np.log(cost))
    profitable = np.minimum(1, worth * cost ** -d["use_tail"])
    return 100 * d["exposed_share"] * d["saving_per_task"] * (adopted * profitable - base * worth)


@contest(
    "C19", r"I\,\nu_k", "what enterprises keep after competition passes the saving on to their customers"
)
def enterprises_contest(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return what enterprises keep after competition, % of the cost base."""
    return case.impact("C19") * d["net_retained"]


@call(
    "C20",
    r"I = 100\,(c_u^{-\alpha} - 1),\quad c_u = 1-a_u(1-p_L)",
    drivers=("inference_gain", "adoption_long", "pass_through_long", "use_inference_share", "use_tail"),
    weak="Counts are not value: programming and role-play make up most tokens.",
    sign_by_construction=True,
)
def new_uses(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the change in the count of economically viable uses, %: Pareto tail of value over cost."""
    return 100 * (unit_cost_change(d["use_inference_share"], a.p_L) ** -d["use_tail"] - 1)


@other_horizon("C20")
def new_uses_short(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same at the prices of the first year, %."""
    return 100 * (unit_cost_change(d["use_inference_share"], a.p_S) ** -d["use_tail"] - 1)


@contest(
    "C20",
    r"100\,(c_u^{1-\alpha} - 1)",
    "money instead of counts: spend on such uses falls unless the tail is thick",
)
def new_uses_contest(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the change of spend on such uses, %."""
    return 100 * (unit_cost_change(d["use_inference_share"], a.p_L) ** (1 - d["use_tail"]) - 1)


@call(
    "C21",
    r"I = 100\,[(1-\Delta s_{acc,L})\,X_L - 1]",
    drivers=(*INFERENCE_LONG, *TRAINING_LONG, "training_share_long", "nvidia_share_loss_long"),
    weak="Custom chips and the ban on sales to China confound it, and growth from all other causes is far larger than "
    "the effect.",
)
def nvidia_long(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return accelerator revenue after three years against no event, %."""
    return 100 * ((1 - d["nvidia_share_loss_long"]) * a.X_L - 1)


@row("C21", "compute_alone")
def nvidia_long_compute(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return all compute against no event, %: the same without any loss of share."""
    return 100 * (a.X_L - 1)


HEALTH = (
    "inference_gain",
    "adoption_long",
    "pass_through_long",
    "health_inference_share",
    "health_elasticity",
)


def health_cases(cost: Array, d: Draws, uptake: Numbers) -> Array:
    """Return AI-assisted cases against before, %, at a cost per case and an uptake opened by local weights."""
    return 100 * (cost ** -d["health_elasticity"] * (1 + uptake) - 1)


@call(
    "C22",
    r"I = 100\,[(c_1/c_0)^{-\varepsilon_h}(1+\Delta_{loc}) - 1],\quad c_1/c_0 = 1-a_h(1-p_L)",
    drivers=(*HEALTH, "local_uptake"),
    weak="Even free tokens cut the cost of a case by their small share in it; rules, liability and integration bind. "
    "Nearly all of the spread is one judgement, uptake on hospital premises.",
    sign_by_construction=True,
)
def healthcare(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return AI-assisted cases against no event, %."""
    return health_cases(unit_cost_change(d["health_inference_share"], a.p_L), d, d["local_uptake"])


@row("C22", "without_local_uptake")
def healthcare_price_only(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same by price alone, without uptake on hospital premises, %."""
    return health_cases(unit_cost_change(d["health_inference_share"], a.p_L), d, np.float64(0.0))


@contest(
    "C22",
    r"c_1/c_0 = (1-a_h)(1+\pi_h)^{t_L} + a_h p_L",
    "everything else in a case keeps getting dearer",
)
def healthcare_contest(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same when the other costs of a case grow for three years, %."""
    other = (1 - d["health_inference_share"]) * (1 + d["health_cost_growth"]) ** YEARS_LONG
    return health_cases(other + d["health_inference_share"] * a.p_L, d, d["local_uptake"])
