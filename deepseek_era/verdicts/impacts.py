r"""What the event does to each stakeholder: one small function per call, from joint draws to a signed impact.

Conventions
-----------
- An impact ``I`` is positive when it is good for the stakeholder that the call names; its unit and the size that
  would matter (``δ``) stand in ``data/calls.csv``.
- ``I`` is an **effect**: with the event minus without it, all else equal. With gains of one, no shifts and ratios
  of one every ``I`` is exactly 0; the formulas are written so that no rounding is left.
- Where a **contest** form is given it is the same question asked so that the answer can fail; where an **era** form
  is given it adds the drift of other causes. Both are registered beside the effect, never mixed with it.
- What is not in an equation cannot be an effect of the event: growth at large, custom silicon, agents' appetite for
  tokens and national building programmes belong to the era.

Adding a stakeholder takes one row in ``data/calls.csv`` and one function here, registered with `call`.

Sources: Khazzoom 1980 and Sorrell and Dimitropoulos 2008 for the rebound algebra (through the aggregates);
Hulten's theorem as used by Acemoglu, The Simple Macroeconomics of AI (2024), for enterprises; a Pareto tail of
value over cost for new uses; logistic shares for open models; Cottier et al., arXiv 2405.21015, for the cost of
entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.special import exprel

from deepseek_era.arrays import Array
from deepseek_era.capacity.aggregate import (
    YEARS_LONG,
    YEARS_SHORT,
    Aggregate,
    aggregate,
    aggregate_gain,
    profit_ratio,
)
from deepseek_era.capacity.path import (
    EVENT_YEAR,
    PLAN_YEAR,
    STEPS,
    Pace,
    Tightness,
    pace,
    power_needed,
    simulate_tightness,
    stranded_last_in,
    stranded_pro_rata,
)
from deepseek_era.errors import ModelInputError, nearest

Numbers = Array | np.float64
Draws = Mapping[str, Array]

MONTHS = 12
THROTTLE_FLOOR = 0.25  # research is never squeezed below a quarter of what it was
BUDGET_FLOOR = 0.05  # nor a frontier lab's research budget below a twentieth
SMALLEST_REST = 0.01  # share of compute left to third countries when two shares add up to more than all


class Case:
    """One evaluation: a set of draws and what several calls share, computed once when first asked for.

    Parameters
    ----------
    draws
        Parameter id to draws, ``(n,)`` each; scalars broadcast.
    shocks
        Standard normals of the demand walk, ``(n, steps)``; zeros, the median walk, where none are given.
    unshocked
        A case with the same capacity draws and shocks, whose path without the event is reused.
    """

    def __init__(self, draws: Draws, shocks: Array | None = None, *, unshocked: Case | None = None) -> None:
        self.draws = draws
        self._unshocked = unshocked
        if shocks is None:
            shocks = np.zeros((max(np.size(draws[name]) for name in draws), STEPS))
        self.shocks = shocks
        self.n = self.shocks.shape[0]
        self._impacts: dict[tuple[str, str], Array] = {}

    @cached_property
    def aggregate(self) -> Aggregate:
        """Derived drivers that all calls share."""
        return aggregate(self.draws)

    @cached_property
    def pace(self) -> Pace:
        """What both capacity paths share, up to the last date that a call reads."""
        if self._unshocked is not None:
            return self._unshocked.pace
        return pace(self.draws, self.shocks, until=PLAN_YEAR)

    @cached_property
    def path(self) -> Tightness:
        """The capacity path with the event."""
        return simulate_tightness(self.pace, self.aggregate.X_S, self.aggregate.X_L)

    @cached_property
    def path_without(self) -> Tightness:
        """The capacity path without the event, from the same draws."""
        if self._unshocked is not None:
            return self._unshocked.path_without
        return simulate_tightness(self.pace, 1.0, 1.0)

    def impact(self, call_id: str, form: str = "effect") -> Array:
        """Return the impact ``(n,)`` of a call in one of its forms: effect, contest or era.

        Raises
        ------
        ModelInputError
            For a call or a form that is not registered.
        """
        key = (call_id, form)
        if key not in self._impacts:
            equation = equation_of(call_id)
            function = {"effect": equation.effect, "contest": equation.contest, "era": equation.era}.get(form)
            if function is None:
                raise ModelInputError(f"call {call_id}: it has no form {form!r}")
            values = np.asarray(function(self.draws, self.aggregate, self), dtype=float)
            # an addition of zero turns a negative zero into a plain one
            self._impacts[key] = np.broadcast_to(values, (self.n,)) + 0.0
        return self._impacts[key]


Impact = Callable[[Draws, Aggregate, Case], Array]


@dataclass
class Equation:
    """What is registered for a call: its functions, its formula and what is known to be weak about it."""

    id: str
    effect: Impact
    latex: str
    drivers: tuple[str, ...]
    weak: str
    sign_by_construction: bool = False
    grade_cap: str = "A"
    contest: Impact | None = None
    contest_latex: str = ""
    contest_words: str = ""
    era: Impact | None = None
    era_latex: str = ""
    rows: dict[str, Impact] = field(default_factory=dict)
    """Further outputs of the same equation, by name: a second segment, a part, a stress."""


REGISTRY: dict[str, Equation] = {}


def equation_of(call_id: str) -> Equation:
    """Return what is registered for a call, or refuse an id without a function."""
    try:
        return REGISTRY[call_id]
    except KeyError:
        raise ModelInputError(
            f"call {call_id}: data/calls.csv has the row, but no impact function is registered"
            + nearest(call_id, REGISTRY)
        ) from None


def call(
    call_id: str,
    latex: str,
    *,
    drivers: tuple[str, ...],
    weak: str,
    sign_by_construction: bool = False,
    grade_cap: str = "A",
) -> Callable[[Impact], Impact]:
    """Register the effect of a call: its formula, the parameters that it reads, and its weak point.

    `sign_by_construction` marks an equation that cannot change sign for any gain above one; `grade_cap` is the best
    grade that its confidence can reach, where something in it can never be observed.
    """

    def register(function: Impact) -> Impact:
        REGISTRY[call_id] = Equation(call_id, function, latex, drivers, weak, sign_by_construction, grade_cap)
        return function

    return register


def contest(call_id: str, latex: str, words: str) -> Callable[[Impact], Impact]:
    """Register the contest form of a call: the question asked so that the answer can fail."""

    def register(function: Impact) -> Impact:
        equation = REGISTRY[call_id]
        equation.contest, equation.contest_latex, equation.contest_words = function, latex, words
        return function

    return register


def era(call_id: str, latex: str) -> Callable[[Impact], Impact]:
    """Register the era form of a call: effect plus the drift of other causes, by an equation of its own."""

    def register(function: Impact) -> Impact:
        REGISTRY[call_id].era, REGISTRY[call_id].era_latex = function, latex
        return function

    return register


def row(call_id: str, name: str) -> Callable[[Impact], Impact]:
    """Register a further output of a call under a name."""

    def register(function: Impact) -> Impact:
        REGISTRY[call_id].rows[name] = function
        return function

    return register


OTHER = "other_horizon"


def other_horizon(call_id: str) -> Callable[[Impact], Impact]:
    """Register the same equation read at the other horizon (long for a short call, short for a long one)."""
    return row(call_id, OTHER)


# ---------------------------------------------------------------- shared pieces


def share_shift(share: Array, push: Array) -> Array:
    """Return the change of a share whose log odds move by `push`; exactly 0 for a push of 0."""
    odds = np.expm1(push)
    return np.asarray(share * (1 - share) * odds / (1 + share * odds))


def unit_cost_change(share: Array, price: Array) -> Array:
    """Return full cost after over before, when a share of it is inference whose price falls to `price`."""
    return np.asarray(1 + share * (price - 1))


def surplus(gain: Array, phi: Array, eps: Array) -> Array:
    """Return consumer surplus gained per unit of spend at constant elasticity, ``(k^{φ(ε−1)} − 1)/(ε − 1)``.

    At an elasticity of one it is its limit, ``φ ln k``.
    """
    fall = phi * np.log(gain)
    return np.asarray(fall * exprel(fall * (eps - 1)))


INFERENCE_SHORT = ("inference_gain", "adoption_short", "pass_through_short", "elasticity_short")
INFERENCE_LONG = ("inference_gain", "adoption_long", "pass_through_long", "elasticity_long")
TRAINING_SHORT = ("training_gain", "training_adoption_short", "budget_response", "first_year_adjustment")
TRAINING_LONG = ("training_gain", "training_adoption_long", "budget_response")
PATH = (
    "supply_growth",
    "demand_growth",
    "tightness",
    "investment_response",
    "lead_time",
    "retirement",
    "growth_fade",
    "supply_ceiling",
    "demand_volatility",
    "path_start",
)

# ---------------------------------------------------------------- short term, the article says loser


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
    drivers=(*INFERENCE_SHORT, "own_cost_fall_short", "gross_margin", "open_share_gain_short"),
    weak="Subscriptions, most of the revenue, are not repriced by the token; price cuts were on trend; and three "
    "firms with different positions are treated as one.",
)
def model_sellers_short(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return gross profit on model sales against no event, %."""
    return 100 * ((1 - d["open_share_gain_short"]) * a.Pi_S - 1)


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
    return 100 * ((1 - d["open_share_gain_short"]) * profit - 1)


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
        (1 - d["open_share_gain_short"]) * a.Pi_S,
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


# ---------------------------------------------------------------- short term, the article says winner


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
    "cannot be laid at one lab's door.",
)
def ai_at_large(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return research pulled forward, years: by price and by training, the trend already due taken off."""
    by_price = np.maximum(0, np.log(d["inference_gain"]) / np.log(d["price_trend"]) - d["o1_lead"])
    by_training = np.log(d["training_gain"]) / np.log(d["algorithm_trend"])
    return d["research_weight"] * by_price + (1 - d["research_weight"]) * by_training


def budget_loss(response: Array, profit_change_percent: Array) -> Array:
    """Return the log of a frontier research budget cut in answer to lost profit (gains add nothing)."""
    kept = 1 + response * np.minimum(0, profit_change_percent / 100)
    return np.asarray(np.log(np.maximum(BUDGET_FLOOR, kept)))


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
    grade_cap="C",
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


# ---------------------------------------------------------------- long term, the article says loser


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
    return np.asarray(np.exp(-rate * YEARS_LONG) - np.exp(-rate * YEARS_LONG * gain**exponent))


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
    return np.asarray(budget * (1 - replaced) * mix)


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

# ---------------------------------------------------------------- long term, the article says winner


@call(
    "C17",
    r"I = \frac{(1+\eta_T)\ln\bar k_{T,L}}{\ln r_E} + g_{open}",
    drivers=(*TRAINING_LONG, "effective_growth", "open_participation"),
    weak="Nothing observable stands for it, and its definition is disputed. A one-off gain shifts a date by months, "
    "not years. Never scored.",
    grade_cap="D",
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


# ---------------------------------------------------------------- further considerations

CHECK_MONTHS = 24  # the middle of the three dates at which utilisation is read


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
    return case.path.rho_at(EVENT_YEAR + CHECK_MONTHS / MONTHS)


@row("A01", "effect")
def maxed_out_effect(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return how much of that tightness the event adds, percentage points of supply."""
    year = EVENT_YEAR + CHECK_MONTHS / MONTHS
    return 100 * (case.path.rho_at(year) - case.path_without.rho_at(year))


@call(
    "A02",
    r"P(I_{C01} < -\delta \wedge I_{C21} > \delta); \quad \text{shown: } I_{C21} - I_{C01}",
    drivers=tuple(dict.fromkeys((*REGISTRY["C01"].drivers, *REGISTRY["C21"].drivers))),
    weak="On the market lens the flip is certain in sign once the price has recovered; keep the lenses apart.",
)
def nvidia_swing(d: Draws, a: Aggregate, case: Case) -> Array:
    """Return Nvidia's long effect less its short one, percentage points."""
    return case.impact("C21") - case.impact("C01")


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


# Flips: the legs that must both hold in the same draw. (short call, form, long call, further output)
FLIPS: dict[str, tuple[str, str, str]] = {"A02": ("C01", "C21", ""), "A03": ("C04", "C04", OTHER)}


def legs(case: Case, call_id: str) -> tuple[Array, Array]:
    """Return the short and the long leg of a flip, from the same draws."""
    short, long, name = FLIPS[call_id]
    if not name:
        return case.impact(short), case.impact(long)
    values = equation_of(long).rows[name](case.draws, case.aggregate, case)
    return case.impact(short), np.broadcast_to(np.asarray(values, dtype=float), (case.n,))


# Calls whose stakeholder has a call of its own at the other horizon.
PAIRS = {"C01": "C21", "C21": "C01", "C02": "C14", "C14": "C02"}
