"""What drives a verdict and what would flip it.

- **Rank shares**: squared Spearman correlations of impact and driver over the joint draws, as shares of their sum.
- **Tornado**: each parameter at its 10th and 90th percentile, all others at the median, all in one evaluation. It
  misses interactions, and a floor or a cap that only bites away from the median.
- **Sobol indices**: first and total shares of variance, Saltelli's and Jansen's estimators as in scipy. Inputs must
  be independent, so this runs on the *decoupled* version of the model: same marginals, no correlations. The 24
  shocks of the demand walk enter as one normal with the same variance at the end of the path.
  Two runs: one of the impact, which says what drives its size, and one of the indicators 1{I > δ} and 1{I < −δ},
  which says what decides the verdict.
- **Break-evens**: the value of one driver, all else drawn as before, at which the median is zero or the verdict
  changes, by root finding; "none in range" is an answer.
- **Specification curve**: Simonsohn, Simmons and Nelson, Nature Human Behaviour 4 (2020): every combination of
  defensible choices, and the choices that a sceptic would reverse.

Sources: Saltelli et al., Computer Physics Communications 181 (2010); Jansen, same journal 117 (1999).
"""

from __future__ import annotations

import itertools
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from deepseek_era.arrays import Array
from deepseek_era.capacity.aggregate import YEARS_LONG, YEARS_SHORT, attributable
from deepseek_era.capacity.path import STEPS
from deepseek_era.model import Model, per_model
from deepseek_era.parameters import (
    Draws,
    FirstDraws,
    Parameters,
    Row,
    correlations,
    distributions,
    joint_draws,
    table,
)
from deepseek_era.verdicts import rule
from deepseek_era.verdicts.evaluate import (
    LEVELS,
    Evaluation,
    calls,
    evaluate_draws,
    evaluations,
    likely_of,
)
from deepseek_era.verdicts.impacts import FLIPS, PATH, REGISTRY, Case, legs

SHOCKS = "demand_shocks"  # the walk's shocks as one input
LOW, HIGH = 0.1, 0.9  # ends of a tornado bar
SUBSET = 2048  # joint draws for what must be recomputed many times
SOBOL_N = 1024
SIDES_N = 2048  # an indicator is noisier than a size
SETTLED = 0.95  # from this share of the draws on a verdict has nothing left to decide
SPECIFICATION_DRAWS = 1024
CATCHING_UP = ("catch_up", "price_trend", "algorithm_trend")  # what decides how long an effect lasts
GRID = 9  # values of a driver that are tried before a root is refined


class Subset(FirstDraws):
    """The first draws of a set, `SUBSET` unless told, some of which can be replaced."""

    def __init__(self, draws: Draws, n: int | None = None) -> None:
        super().__init__(draws, SUBSET if n is None else n)

    def scores(self, name: str) -> Array:
        """Return the standard-normal scores of a parameter, to put another distribution at the same draws."""
        return np.asarray(special.ndtri(self._draws.u(name)[: self.n]))

    def with_(self, **changed: float | Array) -> Mapping[str, Array]:
        """Return the draws with some parameters replaced by a number or by other draws."""
        return ChainMap({k: np.broadcast_to(v, (self.n,)) for k, v in changed.items()}, self)  # type: ignore[arg-type]


@per_model
def subset(model: Model) -> Subset:
    """Return the draws that repeated evaluations use (the first of the sequence, which are balanced too)."""
    return Subset(model.draws)


def judgement(parameters: Parameters, name: str) -> bool:
    """Return whether a parameter rests on judgement; the demand shocks are chance, not judgement."""
    return name != SHOCKS and parameters.row(name).kind == "judgement"


# ---------------------------------------------------------------- ranks


def _ranks(values: Array) -> Array:
    """Return centred, unit-length ranks; zeros for a constant."""
    ranks = stats.rankdata(values)
    ranks = ranks - ranks.mean()
    length = float(np.sqrt((ranks**2).sum()))
    return ranks / length if length > 0 else np.zeros_like(ranks)


@per_model
def rank_correlations(model: Model) -> pd.DataFrame:
    """Return Spearman's correlation of every impact (columns) with every driver of a call (rows) over the joint draws."""
    draws = model.draws
    n = min(draws.n, 4096)
    used = {name for equation in REGISTRY.values() for name in equation.drivers}
    names = [name for name in draws if name in used]
    drivers = np.stack([_ranks(draws[name][:n]) for name in names])
    found = evaluations(model)
    impacts = np.stack([_ranks(e.effect[:n]) for e in found.values()])
    return pd.DataFrame(drivers @ impacts.T, index=names, columns=list(found))


def rank_shares(model: Model, call_id: str) -> pd.Series:
    """Return each driver's share of the rank variance of a call, largest first; empty if nothing varies."""
    drivers = [name for name in REGISTRY[call_id].drivers if name in model.draws]
    squares = rank_correlations(model)[call_id].loc[drivers] ** 2
    total = float(squares.sum())
    if total == 0:
        return pd.Series(dtype=float)
    return (squares / total).sort_values(ascending=False, kind="stable")


def stated_correlations(model: Model) -> pd.DataFrame:
    """Return the rank correlations that the draws were asked for and those that they have.

    Columns: a, b, stated, realised (missing where one of the two is fixed in this run), note.
    """
    rows = []
    for pair in correlations().to_dict("records"):
        first, second = (_ranks(model.draws[str(pair[end])]) for end in ("a", "b"))
        varies = bool(np.any(first)) and bool(np.any(second))
        rows.append(
            {
                "a": str(pair["a"]),
                "b": str(pair["b"]),
                "stated": float(pair["spearman"]),
                "realised": float(first @ second) if varies else np.nan,
                "note": str(pair["note"]),
            }
        )
    return pd.DataFrame(rows)


# ---------------------------------------------------------------- tornado


@per_model
def tornado(model: Model) -> pd.DataFrame:
    """Return the impact of every call with each of its drivers at P10 and P90, all others at the median.

    Columns: call, driver, low, high (impact at P10 and P90 of the driver), base (all at the median), span.
    """
    rows = distributions(model.parameters)
    used = {name for equation in REGISTRY.values() for name in equation.drivers}
    names = [name for name in rows if name in used]
    count = len(names)
    values = {name: np.full(2 * count + 1, row.quantile(0.5)) for name, row in rows.items()}
    for place, name in enumerate(names):
        values[name][2 * place] = rows[name].quantile(LOW)
        values[name][2 * place + 1] = rows[name].quantile(HIGH)
    case = Case(values)
    found = []
    for call_id, equation in REGISTRY.items():
        impact = case.impact(call_id)
        for place, name in enumerate(names):
            if name in equation.drivers:
                low, high = float(impact[2 * place]), float(impact[2 * place + 1])
                found.append((call_id, name, low, high, float(impact[-1]), abs(high - low)))
    return pd.DataFrame(found, columns=["call", "driver", "low", "high", "base", "span"])


# ---------------------------------------------------------------- Sobol indices


class _Marginal:
    """A parameter's distribution as scipy's Sobol routine wants it: something with a ``ppf``."""

    def __init__(self, row: Row | None) -> None:
        self._row = row

    def ppf(self, q: Array) -> Array:
        """Return the quantile at `q`."""
        z = special.ndtri(np.clip(q, 2.0**-40, 1 - 2.0**-40))
        return z if self._row is None else self._row.transform(z)


@dataclass(frozen=True)
class Indices:
    """Sobol indices of one call on the decoupled model, drivers in descending total index."""

    call: str
    drivers: tuple[str, ...]
    first: Array
    total: Array
    error: float = 0.0
    """Widest half of a 95 % bootstrap interval of a total index, where it was asked for."""
    mean: float = 0.0
    """Mean of the outcome over the base samples: for an indicator, its probability on the decoupled model."""
    n: int = 0
    """Base sample."""

    @property
    def turns(self) -> Array:
        """For an indicator, P(drawing one driver anew, all others kept, changes it) = 2 S_T p (1 − p), by driver."""
        return 2 * self.total * self.mean * (1 - self.mean)

    @property
    def binomial_error(self) -> float:
        """For an indicator, the widest half of a 95 % interval of a total index, binomial in the turns."""
        spread = self.mean * (1 - self.mean)
        if spread == 0 or self.n == 0:
            return 0.0
        turns = np.minimum(self.turns, 1)
        return float(1.96 * np.sqrt(turns * (1 - turns) / self.n).max() / (2 * spread))

    def share(self, names: Iterable[str]) -> float:
        """Return the share of the summed total indices that some drivers carry."""
        wanted = set(names)
        total = float(self.total.sum())
        part = sum(float(t) for d, t in zip(self.drivers, self.total, strict=True) if d in wanted)
        return part / total if total > 0 else 0.0


def _as_outcome(impact: Array, outcome: str, threshold: float) -> Array:
    """Return an impact as the quantity whose variance is shared out."""
    if outcome == "impact":
        return impact
    if outcome == "win":
        return rule.wins(impact, threshold).astype(float)
    if outcome == "lose":
        return rule.loses(impact, threshold).astype(float)
    return np.asarray(np.arcsinh(impact / threshold))


def _inputs(parameters: Parameters, call_id: str) -> list[str]:
    """Return what a call's indices share out: its drivers that vary, and the shocks of the walk where it has one."""
    drivers, rows = REGISTRY[call_id].drivers, distributions(parameters)
    moving = [name for name in drivers if name in rows and rows[name].dist != "fixed"]
    return [*moving, *([SHOCKS] if "demand_volatility" in drivers else [])]


def _decoupled(parameters: Parameters, call_id: str, inputs: list[str]) -> Callable[[Array], Array]:
    """Return a call's impact as a function of its inputs alone, ``(inputs, n)`` to ``(n,)``, the rest at the median."""
    rows = distributions(parameters)
    middle = {name: np.array([row.quantile(0.5)]) for name, row in rows.items()}

    def impact(flat: Array) -> Array:
        size = flat.shape[1]
        values = {name: np.broadcast_to(v, (size,)) for name, v in middle.items()}
        values.update({name: flat[place] for place, name in enumerate(inputs) if name != SHOCKS})
        shocks = np.zeros((size, STEPS))
        if SHOCKS in inputs:
            # equal shocks whose sum has the variance of a sum of independent ones
            shocks = np.repeat(flat[-1][:, None] / np.sqrt(STEPS), STEPS, axis=1)
        return Case(values, shocks).impact(call_id)

    return impact


def _threshold(parameters: Parameters, call_id: str) -> float:
    """Return the size that would matter for a call at the settings of a run."""
    scale = 1.0 if call_id in LEVELS else float(parameters.setting("threshold_scale"))
    return scale * next(c.threshold for c in calls() if c.id == call_id)


def sobol(
    parameters: Parameters, call_id: str, *, n: int | None = None, outcome: str = "scaled", resamples: int = 0
) -> Indices:
    """Return first and total Sobol indices of a call's impact over its own drivers.

    Parameters
    ----------
    n
        Base sample, a power of two, `SOBOL_N` by default; the cost is ``n (drivers + 2)`` evaluations.
    outcome
        ``scaled`` for the impact in multiples of the threshold on the inverse-sinh scale of the charts (its long tail
        would otherwise make the indices noisy), ``impact`` for its plain size, ``win`` and ``lose`` for the indicator
        that it lies above the threshold, or below its negative.
    resamples
        Bootstrap resamples for `Indices.error`; none by default.
    """
    return _sobol(parameters, call_id, (outcome,), SOBOL_N if n is None else n, resamples)[0]


def _sobol(
    parameters: Parameters, call_id: str, outcomes: tuple[str, ...], n: int, resamples: int = 0
) -> list[Indices]:
    """Return the indices of several outcomes of one call, from the same evaluations."""
    rows = distributions(parameters)
    inputs = _inputs(parameters, call_id)
    impact = _decoupled(parameters, call_id, inputs)
    threshold = _threshold(parameters, call_id)
    means: list[Array] = []

    def function(x: Array) -> Array:
        values = impact(x.reshape(x.shape[0], -1))
        found = np.stack([_as_outcome(values, o, threshold) for o in outcomes])
        means.append(found.mean(axis=1))
        return found.reshape(len(outcomes), *x.shape[1:])

    marginals = [_Marginal(None if name == SHOCKS else rows[name]) for name in inputs]
    probe = np.random.default_rng(0).uniform(0.01, 0.99, (len(inputs), 64))
    at = np.stack([m.ppf(q) for m, q in zip(marginals, probe, strict=True)]) if inputs else np.empty((0, 1))
    tried = impact(at)
    if len(inputs) < 2 or np.ptp(tried) == 0:  # nothing to share out
        own = np.full(len(inputs), float(np.ptp(tried) > 0))
        shares = [float(np.mean(_as_outcome(tried, o, threshold))) for o in outcomes]
        return [Indices(call_id, tuple(inputs), own, own, mean=share) for share in shares]
    with np.errstate(invalid="ignore", divide="ignore"):  # an indicator that never changes has no variance
        result = stats.sobol_indices(
            func=function,
            n=n,
            dists=marginals,  # type: ignore[arg-type]
            rng=np.random.default_rng(parameters.seed),
        )
    mean = np.mean(means[:2], axis=0)  # of the two base samples, which are evaluated first
    error = 0.0
    if resamples:
        # scipy resamples with numpy's global generator and takes no seed of its own
        state = np.random.get_state()  # noqa: NPY002
        np.random.seed(parameters.seed)  # noqa: NPY002
        interval = result.bootstrap(n_resamples=resamples).total_order.confidence_interval
        np.random.set_state(state)  # noqa: NPY002
        error = float(np.nanmax(np.asarray(interval.high) - np.asarray(interval.low)) / 2)
    found = []
    for place in range(len(outcomes)):
        first = np.nan_to_num(np.atleast_2d(result.first_order)[place], posinf=0, neginf=0)
        total = np.clip(np.nan_to_num(np.atleast_2d(result.total_order)[place], posinf=0, neginf=0), 0, None)
        order = np.argsort(-total, kind="stable")
        drivers = tuple(inputs[i] for i in order)
        found.append(Indices(call_id, drivers, first[order], total[order], error, float(mean[place]), n))
    return found


@per_model
def all_sobol(model: Model) -> dict[str, Indices]:
    """Return the Sobol indices of every call, computed once."""
    return {call_id: sobol(model.parameters, call_id) for call_id in REGISTRY}


@per_model
def sides_sobol(model: Model) -> dict[str, dict[str, Indices]]:
    """Return the Sobol indices of 1{I > δ} (``win``) and 1{I < −δ} (``lose``) of every call, computed once.

    Decoupled model as in `all_sobol`. Considerations are left out: theirs is not one impact at one threshold.
    """
    found = {}
    for call_id in REGISTRY:
        if call_id not in FLIPS and call_id not in LEVELS:
            win, lose = _sobol(model.parameters, call_id, ("win", "lose"), SIDES_N)
            found[call_id] = {"win": win, "lose": lose}
    return found


def leading_side(model: Model, call_id: str) -> tuple[str, Indices]:
    """Return the likelier side of a call, win or lose, and the indices of its indicator."""
    pair = sides_sobol(model)[call_id]
    side = "lose" if pair["lose"].mean > pair["win"].mean else "win"
    return side, pair[side]


def undecided(model: Model) -> list[str]:
    """Return the calls whose likelier side neither holds nor fails in nearly all draws: there something decides."""
    found = []
    for call_id in sides_sobol(model):
        p = leading_side(model, call_id)[1].mean
        if 1 - SETTLED < p < SETTLED:
            found.append(call_id)
    return found


RESAMPLED = "C21"  # the call whose indices are given an error: two-sided, with most drivers


@per_model
def sobol_error(model: Model) -> float:
    """Return the widest half of a 95 % bootstrap interval of a total index, for one call; computed once."""
    return sobol(model.parameters, RESAMPLED, resamples=99).error


def judgement_load(model: Model, call_id: str) -> float:
    """Return the share of a call's summed total indices that rests on judgement, 0 to 1."""
    indices = all_sobol(model)[call_id]
    return indices.share(d for d in indices.drivers if judgement(model.parameters, d))


# ---------------------------------------------------------------- break-evens


@dataclass(frozen=True)
class BreakEven:
    """Values of one driver at which a call turns; None means none in range.

    `zero` is where the median impact is zero, `turn` where the band changes (nearest to the base value),
    `becomes` the band there. `base`, `low` and `high` are the driver's median, 1st and 99th percentile.
    """

    call: str
    driver: str
    base: float
    low: float
    high: float
    zero: float | None
    turn: float | None
    becomes: str


def _probabilities(case: Case, impact: Array, evaluation: Evaluation) -> rule.Probabilities:
    """Return the probabilities of a call over other draws than the run's."""
    if evaluation.call.id in FLIPS:
        return rule.joint(*legs(case, evaluation.call.id), *evaluation.thresholds)
    return rule.probabilities(impact, evaluation.threshold)


@per_model
def _subset_case(model: Model, n: int) -> Case:
    """Return the case of the model's first `n` draws as they are."""
    part = Subset(model.draws, n)
    return Case(part, part.z)


def subset_correction(
    model: Model, call_id: str, part: Subset
) -> Callable[[rule.Probabilities], rule.Probabilities]:
    """Return a function that takes out of probabilities over a subset what the subset alone is off by.

    Without it a call whose probability lies next to a limit would seem to change its band because fewer draws
    were used, not because something else was assumed.
    """
    evaluation = evaluations(model)[call_id]
    case = _subset_case(model, part.n)
    base = _probabilities(case, case.impact(call_id), evaluation)
    off = np.array([evaluation.p.win - base.win, evaluation.p.lose - base.lose])
    off_small = evaluation.p.neutral - base.neutral

    def corrected(p: rule.Probabilities) -> rule.Probabilities:
        win, lose = (float(v) for v in np.clip(np.array([p.win, p.lose]) + off, 0, 1))
        joint = call_id in FLIPS  # whose three probabilities are cells of a larger table
        small = float(np.clip(p.neutral + off_small, 0, 1)) if joint else max(0.0, 1 - win - lose)
        return rule.Probabilities(win, lose, small)

    return corrected


def _medians_and_bands(model: Model, call_id: str, driver: str, values: Array) -> tuple[Array, list[str]]:
    """Return median impact and band of a call with one driver set to each of `values`."""
    part = subset(model)
    evaluation = evaluations(model)[call_id]
    likely = likely_of(model.parameters)
    correction = subset_correction(model, call_id, part)
    untouched = _subset_case(model, part.n)
    medians, words = [], []
    for value in values:
        # what happens without the event hangs on the path's own parameters only
        unshocked = None if driver in PATH else untouched
        case = Case(part.with_(**{driver: float(value)}), part.z, unshocked=unshocked)
        impact = case.impact(call_id)
        medians.append(float(np.median(impact)))
        p = _probabilities(case, impact, evaluation)
        words.append(band_of(call_id, correction(p), likely))
    return np.array(medians), words


def band_of(call_id: str, p: rule.Probabilities, likely: float) -> str:
    """Return the blind word of a call; a level is full, not full, or cannot be told."""
    if call_id not in LEVELS:
        return rule.band(p, likely)
    return "full" if p.win >= likely else "not full" if 1 - p.win >= likely else "cannot be told"


def break_even(model: Model, call_id: str, driver: str) -> BreakEven:
    """Return where a driver alone would turn a call, all other draws as before."""
    row = model.parameters.row(driver)
    base, low, high = row.quantile(0.5), row.quantile(0.01), row.quantile(0.99)
    if not low < high:
        return BreakEven(call_id, driver, base, low, high, None, None, "")
    grid = row.transform(special.ndtri(np.linspace(0.01, 0.99, GRID)))
    medians, words = _medians_and_bands(model, call_id, driver, grid)

    def median_at(value: float) -> float:
        return float(_medians_and_bands(model, call_id, driver, np.array([value]))[0][0])

    zero = None
    turns = np.flatnonzero(np.sign(medians[:-1]) * np.sign(medians[1:]) < 0)
    if len(turns):
        nearest_turn = turns[np.argmin(np.abs(grid[turns] - base))]
        a, b = float(grid[nearest_turn]), float(grid[nearest_turn + 1])
        zero = float(optimize.brentq(median_at, a, b, rtol=1e-3, xtol=1e-6 * (b - a)))
        zero = 0.0 if abs(zero) < 1e-9 * (high - low) else zero
    turned, becomes = _band_turn(model, call_id, driver, grid, words, base)
    return BreakEven(call_id, driver, base, low, high, zero, turned, becomes)


def _band_turn(
    model: Model, call_id: str, driver: str, grid: Array, words: list[str], base: float
) -> tuple[float | None, str]:
    """Return the value nearest to `base` at which the band is no longer the run's, and what it becomes."""
    home = band_of(call_id, evaluations(model)[call_id].p, likely_of(model.parameters))
    changed = [i for i, word in enumerate(words) if word != home]
    if not changed:
        return None, ""
    centre = int(np.argmin(np.abs(grid - base)))
    first = min(changed, key=lambda i: abs(i - centre))
    if first == centre:  # the run straddles two bands: fixing the driver at its median is enough
        return base, words[first]
    inside, outside, becomes = float(grid[first - np.sign(first - centre)]), float(grid[first]), words[first]
    for _ in range(6):  # halving: a word has no slope for a faster root
        middle = 0.5 * (inside + outside)
        word = _medians_and_bands(model, call_id, driver, np.array([middle]))[1][0]
        if word == home:
            inside = middle
        else:
            outside, becomes = middle, word
    return 0.5 * (inside + outside), becomes


@per_model
def break_evens(model: Model, call_id: str, top: int = 3) -> list[BreakEven]:
    """Return the break-evens of a call's top drivers by total Sobol index, computed once."""
    # total indices see what a rank correlation does not: a driver that only matters together with others
    drivers = [d for d in all_sobol(model)[call_id].drivers if d != SHOCKS][:top]
    return [break_even(model, call_id, driver) for driver in drivers]


# ---------------------------------------------------------------- specification curve


@dataclass(frozen=True)
class Choice:
    """One option of a modelling choice: what it sets, and why someone would take it.

    `sets` maps parameters to a row (another distribution at the same scores) or a number; `late` reads the impact
    after rivals have caught up in full, `row` reads a further output of the equation.
    """

    family: str
    name: str
    reason: str
    sets: Mapping[str, Row | float]
    late: bool = False
    row: str = ""


ELASTICITIES = ("elasticity_short", "elasticity_long")
TRAINING_SHARES = ("training_share_short", "training_share_long")
UNDILUTED = ("training_adoption_short", "training_adoption_long", "training_adoption_china")
SHARE_LOSS = ("nvidia_share_loss_short", "nvidia_share_loss_long")


def _public_rows(parameters: Parameters, names: Iterable[str], place: int) -> dict[str, Row | float]:
    """Return the oldest (0) or newest (-1) row of some parameters that the run may see."""
    seen = parameters.vintage.isoformat()
    return {name: [r for r in table()[name] if r.as_of <= seen][place] for name in names}


def _set_by_user(parameters: Parameters, names: Iterable[str]) -> bool:
    """Return whether the run itself sets one of the parameters: then the curve leaves it alone."""
    return any(parameters.row(name) not in table()[name] for name in names)


def _within_model(model: Model) -> float | None:
    """Return the published elasticity within a model across hosts if it was public at the vintage, else None."""
    facts = model.facts.table("elasticity")
    rows = facts[facts["row_id"] == "E01"]
    return None if rows.empty else abs(float(rows["elasticity"].iloc[0]))


def choices(model: Model) -> list[list[Choice]]:
    """Return the families of choices whose combinations make the specification curve."""
    p = model.parameters
    gain, elasticity = [], [Choice("Elasticity", "as in the run", "the distribution of the run", {})]
    if _set_by_user(p, ["inference_gain"]):
        gain.append(Choice("Gain", "as in the run", "set for this run", {}))
    else:
        old, new = _public_rows(p, ["inference_gain"], 0), _public_rows(p, ["inference_gain"], -1)
        gain.append(Choice("Gain", "list prices", "the list-price ratio over verbosity and hosts", old))
        if new != old:
            gain.append(Choice("Gain", "measured tasks", "an evaluator's cost at equal autonomy", new))
    if not _set_by_user(p, ELASTICITIES):
        old, new = _public_rows(p, ELASTICITIES, 0), _public_rows(p, ELASTICITIES, -1)
        if new != old:
            elasticity.append(
                Choice("Elasticity", "January 2025", "before anyone had measured it on tokens", old)
            )
        within = _within_model(model)
        if within is not None:
            elasticity.append(
                Choice(
                    "Elasticity",
                    "within a model",
                    "one study's slope across hosts, at both horizons; it includes switching",
                    dict.fromkeys(ELASTICITIES, within),
                )
            )
    late = [
        Choice("Catch-up", "none", "rivals would not have come there alone", {}),
        Choice(
            "Catch-up",
            "full",
            "rivals would have reached all of it once it was due",
            {"catch_up": 1.0, "catch_up_open": 1.0},
            late=True,
        ),
    ]
    share = [
        Choice(
            "Training share",
            word,
            f"{word} end of what is published",
            {s: p.quantile(s, q) for s in TRAINING_SHARES},
        )
        for word, q in (("low", LOW), ("high", HIGH))
    ]
    return [gain, elasticity, late, share]


def reversals(model: Model) -> list[Choice]:
    """Return the choices that a sceptic would reverse, each with the reason for reversing it."""
    p = model.parameters
    upper = {
        name: (p.row(name).p3 if p.row(name).dist == "pert" else p.quantile(name, 0.99))
        for name in SHARE_LOSS
    }
    return [
        Choice(
            "Sceptic",
            "training saving undiluted",
            "the method is public, so every lab trains with the full saving at once",
            dict.fromkeys(UNDILUTED, 1.0),
        ),
        Choice(
            "Sceptic",
            "custom silicon as effect",
            "cheap inference is what makes own chips pay, so their whole share counts as caused by R1",
            upper,
        ),
        Choice(
            "Sceptic",
            "frontier repriced",
            "no part of the volume is safe from the fall in price",
            {"frontier_need": 0.0},
        ),
        Choice(
            "Sceptic",
            "no throttle on China",
            "domestic chips serve the new demand without taking from research",
            {"china_crowding": 0.0},
        ),
        Choice(
            "Sceptic",
            "last in idles first",
            "the newest site bears all idleness, not each owner a share",
            {},
            row="last_in",
        ),
    ]


def touches(choice: Choice, call_id: str) -> bool:
    """Return whether a choice sets anything that a call reads."""
    equation = REGISTRY[call_id]
    return choice.row in equation.rows or any(name in equation.drivers for name in choice.sets)


def _specified(part: Subset, sets: Mapping[str, Row | float]) -> Mapping[str, Array]:
    """Return draws under a specification: another distribution at the same scores, or a number."""
    changed = {
        name: value.transform(part.scores(name)) if isinstance(value, Row) else np.full(part.n, value)
        for name, value in sets.items()
    }
    return part.with_(**changed)


def _impacts(
    part: Subset, picked: Iterable[Choice]
) -> tuple[dict[str, Array], dict[str, tuple[Array, Array]]]:
    """Return the impact of every call under a combination of choices, and the two legs of every flip."""
    picked = list(picked)
    sets: dict[str, Row | float] = {}
    for choice in picked:
        sets.update(choice.sets)
    draws = _specified(part, sets)
    plain = Case(draws, part.z)
    named = next((c.row for c in picked if c.row), "")
    if any(c.late for c in picked):
        early = Case(attributable(draws, YEARS_SHORT), part.z, unshocked=plain)
        late = Case(attributable(draws, YEARS_LONG), part.z, unshocked=plain)
        horizon = {c.id: c.horizon for c in calls()}
        impacts = {k: (early if horizon[k] == "short" else late).impact(k) for k in REGISTRY}
        return impacts, {k: (legs(early, k)[0], legs(late, k)[1]) for k in FLIPS}
    found = {}
    for call_id, equation in REGISTRY.items():
        if named in equation.rows:
            values = equation.rows[named](plain.draws, plain.aggregate, plain)
            found[call_id] = np.broadcast_to(np.asarray(values, dtype=float), (plain.n,))
        else:
            found[call_id] = plain.impact(call_id)
    return found, {k: legs(plain, k) for k in FLIPS}


@per_model
def specifications(model: Model) -> pd.DataFrame:
    """Return every call under every combination of choices, and under each sceptic's reversal.

    Columns: call, specification (its number), one column per family with the option taken, sceptic (empty in the
    combinations), median, p_winner, p_loser and p_neutral at the threshold, and the same at half and twice it.
    """
    part = Subset(model.draws, SPECIFICATION_DRAWS)
    families = choices(model)
    plans: list[tuple[Choice, ...]] = [*itertools.product(*families), *((c,) for c in reversals(model))]
    thresholds = {k: e.threshold for k, e in evaluations(model).items()}
    rows = []
    for number, picked in enumerate(plans):
        options = {c.family: c.name for c in picked}
        found, second_legs = _impacts(part, picked)
        for call_id, impact in found.items():
            record: dict[str, object] = {
                "call": call_id,
                "specification": number,
                **{f[0].family: options.get(f[0].family, "as in the run") for f in families},
                "sceptic": options.get("Sceptic", ""),
                "median": float(np.median(impact)),
            }
            for scale, suffix in ((1.0, ""), (0.5, "_half"), (2.0, "_twice")):
                p = rule.probabilities(impact, thresholds[call_id] * (1 if call_id in LEVELS else scale))
                if call_id in FLIPS:
                    p = rule.joint(
                        *second_legs[call_id],
                        *(scale * t for t in evaluations(model)[call_id].thresholds),
                    )
                record[f"p_winner{suffix}"], record[f"p_loser{suffix}"] = p.win, p.lose
                record[f"p_neutral{suffix}"] = p.neutral
            rows.append(record)
    return pd.DataFrame(rows)


def agreeing_share(model: Model, call_id: str) -> tuple[float, float]:
    """Return the share of specifications that agree with the base, and the share in which the effect is gone.

    Same sign of the median counts as agreement. A specification whose median is exactly zero (rivals have caught up
    with all of it) has no sign and is left out of the first share. Where the base is too small to matter, agreement means
    a median within the threshold. Flips and levels agree where the band is the same.
    """
    plans = specifications(model)
    idle = [c.name for c in reversals(model) if not touches(c, call_id)]
    plans = plans[(plans["call"] == call_id) & ~plans["sceptic"].isin(idle)]
    medians = plans["median"].to_numpy()
    evaluation, likely = evaluations(model)[call_id], likely_of(model.parameters)
    base = float(np.median(evaluation.effect))
    gone = float(np.mean(medians == 0))
    if call_id in FLIPS or call_id in LEVELS:
        holds = plans["p_winner"].to_numpy() >= likely
        return float(np.mean(holds == (evaluation.p.win >= likely))), gone
    if evaluation.p.neutral >= likely or base == 0:
        return float(np.mean(np.abs(medians) <= evaluation.threshold)), gone
    signed = medians[medians != 0]
    return (float(np.mean(np.sign(signed) == np.sign(base))) if len(signed) else 0.0), gone


# ---------------------------------------------------------------- convergence


@per_model
def convergence(model: Model) -> pd.DataFrame:
    """Return the running P of winning and losing of each call as draws are added, in powers of two.

    Columns: call, draws, p_winner, p_loser, d_winner, d_loser (difference from all draws).
    """
    rows = []
    for call_id, e in evaluations(model).items():
        win, lose = _sides(e)
        count = len(win)
        size = 64
        while size <= count:
            p, q = float(win[:size].mean()), float(lose[:size].mean())
            rows.append((call_id, size, p, q, p - float(win.mean()), q - float(lose.mean())))
            size *= 2
    return pd.DataFrame(rows, columns=["call", "draws", "p_winner", "p_loser", "d_winner", "d_loser"])


def _sides(e: Evaluation) -> tuple[Array, Array]:
    """Return per draw whether the call wins and whether it loses, as numbers."""
    if e.short_leg is not None and e.long_leg is not None:
        short, long = e.short_leg[0], e.long_leg[0]
        a, b = e.thresholds
        flips = rule.loses(short, a) & rule.wins(long, b)
        return flips.astype(float), (rule.wins(short, a) & rule.loses(long, b)).astype(float)
    return rule.wins(e.effect, e.threshold).astype(float), rule.loses(e.effect, e.threshold).astype(float)


BLOCKS = 10


def block_spread(model: Model) -> pd.DataFrame:
    """Return the standard deviation of P over ten blocks of draws, and the plain Monte Carlo error.

    Columns: call, p_winner, p_loser, sd_winner, sd_loser (of the mean of all blocks), plain (√(P(1−P)/N), the larger).
    """
    rows = []
    for call_id, e in evaluations(model).items():
        win, lose = _sides(e)
        spread = [
            np.std([b.mean() for b in np.array_split(s, BLOCKS)], ddof=1) / np.sqrt(BLOCKS)
            for s in (win, lose)
        ]
        p, q = float(win.mean()), float(lose.mean())
        plain = max(np.sqrt(p * (1 - p) / len(win)), np.sqrt(q * (1 - q) / len(win)))
        rows.append((call_id, p, q, float(spread[0]), float(spread[1]), float(plain)))
    return pd.DataFrame(rows, columns=["call", "p_winner", "p_loser", "sd_winner", "sd_loser", "plain"])


# ---------------------------------------------------------------- moved by evidence


def mover(model: Model, other: Parameters, call_id: str) -> str:
    """Return the driver whose own row moves a call's probabilities most between two vintages; empty if none differs."""
    part = subset(model)
    equation = REGISTRY[call_id]
    base = evaluations(model)[call_id]
    drivers = dict.fromkeys((*equation.drivers, *CATCHING_UP))
    candidates = [d for d in drivers if d in other.rows and other.row(d) != model.parameters.row(d)]
    years = YEARS_SHORT if base.call.horizon == "short" else YEARS_LONG
    best, name = -1.0, ""
    for driver in candidates:
        if driver == "path_start":
            continue
        draws = _specified(part, {driver: other.row(driver)})
        moved = 0.0
        for form, seen in (("effect", draws), ("attributable", attributable(draws, years))):
            case, was = Case(seen, part.z), base.probabilities(form)
            p = _probabilities(case, case.impact(call_id), base)
            assert was is not None
            moved += abs(p.win - was.win) + abs(p.lose - was.lose)
        if moved > best:
            best, name = moved, driver
    return name


@per_model
def earlier(model: Model) -> dict[str, Evaluation]:
    """Return every call evaluated at the article's vintage, with the run's own settings; computed once."""
    january = model.parameters.with_(vintage="article")
    draws = joint_draws(january, min(4096, model.draws.n))
    scale = float(january.setting("threshold_scale"))
    return evaluate_draws(draws, draws.z, threshold_scale=scale)
