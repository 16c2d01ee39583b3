"""The calls of the short term: the year after the event."""

from __future__ import annotations

import numpy as np

from deepseek_era.arrays import Array, floats
from deepseek_era.capacity.aggregate import YEARS_SHORT, Aggregate, aggregate_gain, profit_ratio
from deepseek_era.capacity.path import (
    EVENT_YEAR,
    PLAN_YEAR,
    Tightness,
    power_needed,
    stranded_last_in,
    stranded_pro_rata,
)
from deepseek_era.verdicts.impacts.equations import (
    INFERENCE_LONG,
    INFERENCE_SHORT,
    PATH,
    TRAINING_SHORT,
    Case,
    Draws,
    call,
    contest,
    era,
    other_horizon,
    row,
    share_shift,
    surplus,
    unit_cost_change,
)

BUDGET_FLOOR = 0.05  # no lost profit squeezes a frontier lab's research budget below a twentieth

# ---------------------------------------------------------------- the article says loser


@call(
    "C01",
    r"I = 100\,[(1-\Delta s_{acc,S})\,X_S - 1]",
    drivers=(*INFERENCE_SHORT, *TRAINING_SHORT, "training_share_short", "nvidia_share_loss_short"),
    weak="A seller with a backlog sells what it can make: a fall shows in waiting lists and prices before it shows "
    "in units. The article speaks of a market scare, so the market lens comes first.",
)
def nvidia_short(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return data-centre revenue over twelve months against no event, %: orders, not held back by supply."""
    return 100 * ((1 - d["nvidia_share_loss_short"]) * a.X_S - 1)


@contest(
    "C01",
    r"100\left[\frac{\min(1,\rho_1 R)}{\min(1,\rho_1)} - 1\right],\quad R = 1 + I/100",
    "realised sales of a seller that supply holds back: a loss of orders bites only once the queue is gone",
)
def nvidia_short_contest(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return realised sales against no event, %, of a supply-bound seller one year on."""
    tightness = case.path_without.rho_at(EVENT_YEAR + YEARS_SHORT)
    ratio = 1 + case.impact("C01") / 100
    return 100 * (np.minimum(1, tightness * ratio) / np.minimum(1, tightness) - 1)


@call(
    "C02",
    r"I = 100\,[(1-\Delta s_{o,S})\,\Pi_S - 1]",
    drivers=(
        *INFERENCE_SHORT,
        "own_cost_fall_short",
        "gross_margin",
        "open_share_gain_short",
        "adoption_direct_short",
    ),
    weak="Subscriptions, most of the revenue, are not repriced by the token; price cuts were on trend; and three "
    "firms with different positions are treated as one.",
)
def model_sellers_short(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return gross profit on model sales against no event, %."""
    return 100 * ((1 - a.lost_S) * a.Pi_S - 1)


@contest(
    "C02",
    r"100\,[(1-\Delta s_{o,S})\,\Pi(\bar k_S;\varphi_S,\varepsilon_S,\kappa_L) - 1]",
    "the sellers' own costs fall as fast in the first year as they do in the long run",
)
def model_sellers_short_contest(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same with own costs that fall as in the long run, %."""
    profit = profit_ratio(
        a.kbar_S, d["pass_through_short"], d["elasticity_short"], d["own_cost_fall_long"], d["gross_margin"]
    )
    return 100 * ((1 - a.lost_S) * profit - 1)


@call(
    "C03",
    r"I = -100\,[(1-\rho_T(X))^+ - (1-\rho_T(1))^+],\quad T = \text{end of 2029}",
    drivers=(
        *INFERENCE_SHORT,
        *INFERENCE_LONG[1:],
        *TRAINING_SHORT,
        "training_adoption_long",
        "training_share_short",
        "training_share_long",
        *PATH,
    ),
    weak="Idleness hangs almost wholly on demand growth against supply growth; announced is not committed; and the "
    "worth of an announcement may lie in the announcement.",
)
def stargate(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return how much less of what is built idles at the end of 2029 than without the event, pp."""
    idle = stranded_pro_rata(case.path.rho_at(PLAN_YEAR))
    return -100 * (idle - stranded_pro_rata(case.path_without.rho_at(PLAN_YEAR)))


@era("C03", r"-100\,(1-\rho_T(X))^+")
def stargate_era(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the whole idle share at the end of 2029, from all causes, as a loss, pp."""
    return -100 * stranded_pro_rata(case.path.rho_at(PLAN_YEAR))


@row("C03", "last_in")
def stargate_last_in(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the stress: all idle power falls on the plan, less the same without the event, pp."""

    def idle(path: Tightness) -> Array:
        years = PLAN_YEAR - path.times[0]
        supply = path.S[:, path.index(PLAN_YEAR)]
        power_gw = power_needed(supply, d["ai_power"], d["compute_per_watt"], years)
        return stranded_last_in(path.rho_at(PLAN_YEAR), power_gw, d["stargate_built"])

    return -100 * (idle(case.path) - idle(case.path_without))


def cloud_profit(
    resale: Array, resale_profit: Array, training: Array, budget: Array, x: Array, hosting: Array
) -> Array:
    """Return a cloud's AI gross profit against no event, %: resale of models and rented compute.

    ``100 {θ[R − 1] + (1 − θ)[w B + (1 − w) x (1 + g) − 1]}``; rented compute includes training.
    """
    rented = training * (budget - 1) + (1 - training) * (x * (1 + hosting) - 1)
    return 100 * (resale * (resale_profit - 1) + (1 - resale) * rented)


@call(
    "C04",
    r"I = 100\{\theta_S[(1-\Delta s_{o,S})\Pi_S - 1] + (1-\theta_S)[w_S\bar k_{T,S}^{\eta_S} + (1-w_S)x_S(1+g_{h,S}) - 1]\}",
    drivers=(
        *INFERENCE_SHORT,
        *TRAINING_SHORT,
        "training_share_short",
        "own_cost_fall_short",
        "gross_margin",
        "open_share_gain_short",
        "adoption_direct_short",
        "resale_share_short",
        "hosting_uplift_short",
    ),
    weak="The share of profit from reselling closed models differs by firm: high at Microsoft, low at Amazon. A move "
    "to cheaper models changes the mix, which is not yet a loss.",
)
def clouds_short(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return AI-cloud gross profit against no event in the first year, %."""
    return cloud_profit(
        d["resale_share_short"],
        (1 - a.lost_S) * a.Pi_S,
        d["training_share_short"],
        a.kbarT_S**a.eta_S,
        a.x_S,
        d["hosting_uplift_short"],
    )


@contest(
    "C04",
    r"\Pi_S \to \Pi(\bar k_S;\varphi_S,\varepsilon_S,\kappa_L)",
    "the models that they resell get cheaper to run as fast in the first year as they do in the long run",
)
def clouds_short_contest(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same with own costs of resold models that fall as in the long run, %."""
    profit = profit_ratio(
        a.kbar_S, d["pass_through_short"], d["elasticity_short"], d["own_cost_fall_long"], d["gross_margin"]
    )
    return cloud_profit(
        d["resale_share_short"],
        (1 - a.lost_S) * profit,
        d["training_share_short"],
        a.kbarT_S**a.eta_S,
        a.x_S,
        d["hosting_uplift_short"],
    )


@other_horizon("C04")
def clouds_long(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same after three years, %: the second leg of the flip."""
    return cloud_profit(
        d["resale_share_long"],
        (1 - d["open_share_gain_long"]) * a.Pi_L,
        d["training_share_long"],
        a.kbarT_L**a.eta_L,
        a.x_L,
        d["hosting_uplift_long"],
    )


@call(
    "C05",
    r"I = 100\,(\bar k_{T,S}^{\eta_S} - 1)",
    drivers=TRAINING_SHORT,
    weak="The sign is the sign of one judgement, the response of budgets to cheaper training. The training share of "
    "capital spending is not published, and guidance is partly committed before it is given.",
)
def training_capex(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return training and research compute spend in the first year against plan, %."""
    return 100 * (a.kbarT_S**a.eta_S - 1)


@other_horizon("C05")
def training_capex_long(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same after three years, %."""
    return 100 * (a.kbarT_L**a.eta_L - 1)


# ---------------------------------------------------------------- the article says winner


@call(
    "C06",
    r"I = \omega\max\left(0,\frac{\ln K}{\ln r_I} - \Delta t_I\right) + (1-\omega)\frac{\ln k_T}{\ln r_{alg}}",
    drivers=(
        "inference_gain",
        "training_gain",
        "research_weight",
        "price_trend",
        "o1_lead",
        "algorithm_trend",
    ),
    weak="An earlier model had shown the way, so access was pulled forward more than research; and a change of pace "
    "cannot be laid at one lab’s door.",
)
def ai_at_large(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return research pulled forward, years: by price and by training, the trend already due taken off."""
    by_price = np.maximum(0, np.log(d["inference_gain"]) / np.log(d["price_trend"]) - d["o1_lead"])
    by_training = np.log(d["training_gain"]) / np.log(d["algorithm_trend"])
    return d["research_weight"] * by_price + (1 - d["research_weight"]) * by_training


def budget_loss(response: Array, profit_change_percent: Array) -> Array:
    """Return the log of a frontier research budget cut in answer to lost profit (gains add nothing)."""
    kept = 1 + response * np.minimum(0, profit_change_percent / 100)
    return floats(np.log(np.maximum(BUDGET_FLOOR, kept)))


@contest(
    "C06",
    r"\frac{(1+\eta_S)\ln\bar k_{T,S} + \ln[1+\zeta\min(0, I_{C02}/100)]}{\ln r_E}",
    "did the frontier itself move: cheaper training, less what the sellers' lost profit takes from research",
)
def ai_at_large_contest(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return how far the frontier itself moved in the first year, years of its own growth."""
    gained = (1 + a.eta_S) * np.log(a.kbarT_S) + budget_loss(d["rd_response"], case.impact("C02"))
    return gained / np.log(d["effective_growth"])


def open_push(d: Draws) -> Array:
    """Return the move of the log odds of open models' share: lasting price gap and shorter lag."""
    lasting = (1 - d["closed_match"]) * np.log(d["inference_gain"])
    return d["open_price_response"] * lasting + d["open_lag_response"] * d["lag_shift"]


@call(
    "C07",
    r"\operatorname{logit} s_1 = \operatorname{logit} s_r + b_1(1-\mu_c)\ln K + b_2\Delta lag,\quad I = 100\,(s_1-s_r)",
    drivers=(
        "inference_gain",
        "open_share_router",
        "open_price_response",
        "closed_match",
        "open_lag_response",
        "lag_shift",
    ),
    weak="Segments disagree: the share rises on a router for developers and fell in an enterprise survey, so two rows "
    "are printed; models that firms host themselves are not seen at all.",
)
def open_source(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the change of the open-weight share of router tokens, pp."""
    return 100 * share_shift(d["open_share_router"], open_push(d))


@row("C07", "enterprise")
def open_source_enterprise(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same for enterprise workloads, pp."""
    return 100 * share_shift(d["open_share_enterprise"], open_push(d))


@contest(
    "C07",
    r"100\,\Delta\frac{s}{s+(1-s)\,r},\quad r: r_{0o} \to r_{0o}K^{1-\mu_c}",
    "share of spend instead of tokens: cheap tokens are much of the volume and little of the money",
)
def open_source_contest(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the change of the open-weight share of spend, pp."""
    before = d["open_share_router"]
    after = before + share_shift(before, open_push(d))
    gap = d["open_price_gap"]
    wider = gap * d["inference_gain"] ** (1 - d["closed_match"])
    return 100 * (after / (after + (1 - after) * wider) - before / (before + (1 - before) * gap))


@call(
    "C08",
    r"I = 100\left(1 - \left[\frac{c_{comp}}{k_T} + c_{data}(1-d_{syn}) + c_{staff}\right]\right)",
    drivers=("training_gain", "entrant_staff_share", "entrant_data_share", "distil_saving"),
    weak="What makes entry cheap erodes prices too: entry is not profit, and survival is not in the equation.",
)
def new_developers(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return how much cheaper it is to come within a given distance of the frontier, %."""
    compute = 1 - d["entrant_staff_share"] - d["entrant_data_share"]
    return 100 * (compute * (1 - 1 / d["training_gain"]) + d["entrant_data_share"] * d["distil_saving"])


def moving_bar(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same when the frontier to be reached keeps getting dearer, %: entry with a moving bar."""
    return 100 * (1 - (1 - case.impact("C08") / 100) * d["frontier_cost_growth"] ** YEARS_SHORT)


_MOVING_BAR = r"100\,(1 - [\,\cdot\,]\, g_F^{t_S})"
contest("C08", _MOVING_BAR, "the bar moves: a year later the frontier costs more to reach")(moving_bar)
era("C08", _MOVING_BAR)(moving_bar)


@call(
    "C09",
    r"I = 100\,\varsigma\,c_{inf}\,(1 - p_S^{\,1-\varepsilon_n})",
    drivers=(
        "inference_gain",
        "adoption_short",
        "pass_through_short",
        "coding_inference_share",
        "coding_token_response",
        "coding_retained",
    ),
    weak="Tokens per task grew faster than prices fell, so margins may shrink while users win; and the engine of the "
    "boom was better closed models, not this one.",
)
def coding_agents(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the change of a flat-price coding product's gross margin, pp."""
    unit_cost = a.p_S ** (1 - d["coding_token_response"])
    return 100 * d["coding_retained"] * d["coding_inference_share"] * (1 - unit_cost)


@other_horizon("C09")
def coding_agents_long(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the same at the prices of three years on, pp."""
    unit_cost = a.p_L ** (1 - d["coding_token_response"])
    return 100 * d["coding_retained"] * d["coding_inference_share"] * (1 - unit_cost)


@call(
    "C10",
    r"I = 100\left(\frac{1}{a_x\bar k_x^{-\varphi_x} + 1 - a_x} - 1\right),\quad \bar k_x = \frac{1}{1-a'+a'/K}",
    drivers=("inference_gain", "academic_compute_share", "academic_open_share", "academic_pass_through"),
    weak="The full model does not fit most university machines; much of the gain came through distilled models. That "
    "weights can be inspected is worth something that has no price here.",
    sign_by_construction=True,
)
def academics(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the gain in experiments per grant dollar, %."""
    gain = aggregate_gain(d["academic_open_share"], d["inference_gain"])
    price = gain ** -d["academic_pass_through"]
    return 100 * (1 / unit_cost_change(d["academic_compute_share"], price) - 1)


@contest(
    "C10",
    r"100\left(\frac{k_T}{g_F^{t_S}} - 1\right)",
    "a budget measured against the frontier, which moves away in the meantime",
)
def academics_contest(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return a university budget's reach against the frontier, %."""
    return 100 * (d["training_gain"] / d["frontier_cost_growth"] ** YEARS_SHORT - 1)


@call(
    "C11",
    r"I = 100\left(\frac{s_1}{s_r}\,\bar k_S^{\varphi_S(\varepsilon_S-1)}\,\rho_v - 1\right)",
    drivers=(
        *INFERENCE_SHORT,
        "open_share_router",
        "open_price_response",
        "closed_match",
        "open_lag_response",
        "lag_shift",
        "value_capture",
    ),
    weak="Survivors only, stale marks, and value kept per unit of open revenue can hardly be observed.",
)
def open_investors(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return the change of the value of the exposed basket, %."""
    growth = 1 + case.impact("C07") / 100 / d["open_share_router"]
    pool = a.kbar_S ** (d["pass_through_short"] * (d["elasticity_short"] - 1))
    return 100 * (growth * pool * d["value_capture"] - 1)


@call(
    "C12",
    r"I = 100\,a_{AI}\,\frac{\bar k_S^{\varphi_S(\varepsilon_S-1)} - 1}{\varepsilon_S - 1}",
    drivers=(*INFERENCE_SHORT, "ai_spend_share"),
    weak="Abnormal returns of users move with the benchmark more than any other number here, and many users never "
    "paid for models of this class.",
    sign_by_construction=True,
)
def ai_users(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return users' surplus over their revenue, %."""
    return 100 * d["ai_spend_share"] * surplus(a.kbar_S, d["pass_through_short"], d["elasticity_short"])


@contest(
    "C12",
    r"I\,\nu_k",
    "what is left after competition passes the saving on and entrants arrive armed with the same price cut",
)
def ai_users_contest(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return what users keep after competition, % of revenue."""
    return case.impact("C12") * d["net_retained"]


@other_horizon("C12")
def ai_users_long(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return users' surplus over their revenue after three years, %."""
    return 100 * d["ai_spend_share"] * surplus(a.kbar_L, d["pass_through_long"], d["elasticity_long"])
