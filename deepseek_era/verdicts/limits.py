"""What limits a verdict: the size that it must reach, other forms of its question, single judgements, its grade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepseek_era import tables
from deepseek_era.capacity.aggregate import YEARS_LONG
from deepseek_era.model import Model, per_model
from deepseek_era.verdicts import branches, evidence, rule, sensitivity
from deepseek_era.verdicts.evaluate import LEVELS, Evaluation, evaluations, is_call, judged
from deepseek_era.verdicts.impacts import equation_of

# ---------------------------------------------------------------- size


@dataclass(frozen=True)
class Size:
    """How far a call's effect is from the size that it must reach, in the unit of the impact.

    Attributes
    ----------
    needed
        The article's own size where it gives one, else the size that would matter.
    reach
        95th percentile of the absolute effect.
    holds_from
        The size from which "too small" is the word, all else as it is.
    """

    needed: float
    reach: float
    holds_from: float
    zero: float
    """Share of the draws without any effect."""

    @property
    def ratio(self) -> float:
        """Reach over what is needed."""
        return self.reach / self.needed


def size(e: Evaluation, limit: float) -> Size:
    """Return how far the effect of a call is from the size that it must reach."""
    needed = max(e.threshold, e.call.article_size)
    reach, zero = float(np.quantile(np.abs(e.effect), 0.95)), float(np.mean(e.effect == 0))
    if e.call.article_size <= e.threshold:
        return Size(needed, reach, float(np.quantile(np.abs(e.effect), limit)), zero)
    # with a size of the article's own the other side keeps the size that would matter
    found = e.shares()
    assert found is not None
    towards = e.effect if e.call.article_call != "loser" else -e.effect
    return Size(needed, reach, float(np.quantile(towards, min(1.0, limit + found.other))), zero)


def likely(model: Model) -> float:
    """Return the probability from which a word holds in a run."""
    return float(model.parameters.setting("p_likely"))


def too_small(model: Model) -> dict[str, Size]:
    """Return the calls that are too small for what the article says, with their sizes, in file order."""
    return {
        key: size(e, likely(model))
        for key, e in evaluations(model).items()
        if is_call(key) and judged(model)[key].agreement == "Too small"
    }


def article_sizes() -> dict[str, dict[str, str]]:
    """Return what the article says of a call's size, by call: ``words`` and ``kind`` (published or judgement)."""
    table = tables.load("article_sizes").set_index("call")
    return {str(key): {"words": str(row["words"]), "kind": str(row["kind"])} for key, row in table.iterrows()}


# ---------------------------------------------------------------- other forms


def holds(model: Model, key: str) -> bool:
    """Return whether an agreement holds in every other form of its question and rests on no single judgement.

    The contest form and the Era forecast, where the call has them, must make the article's side likely too.
    """
    e, limit = evaluations(model)[key], likely(model)
    forms = [found for found in (e.shares("contest"), e.shares("era")) if found is not None]
    alone = any(a.decides for a in branches.alone(model) if a.call == key and len(a.parameters) == 1)
    return judged(model)[key].agreement == "Agree" and not alone and all(f.own >= limit for f in forms)


def level(model: Model, key: str) -> tuple[float, float] | None:
    """Return P(the level is reached) with the event and without it, same draws; None for what is no level."""
    if key not in LEVELS:
        return None
    e = evaluations(model)[key]
    without = e.effect - e.rows["effect"] / 100
    return e.p.win, float(np.mean(without >= e.threshold))


def caught_up(model: Model) -> float:
    """Return the share of the draws in which prices have caught up within the horizon of the long calls."""
    return float(np.mean(model.draws["catch_up_years"] <= YEARS_LONG))


# ---------------------------------------------------------------- grades


@per_model
def grades(model: Model) -> dict[str, rule.Grade]:
    """Return the confidence grade of every call, computed once."""
    found = {}
    for key, e in evaluations(model).items():
        sign = rule.side_of(judged(model)[key].verdict)
        median = float(np.median(e.effect))
        towards = {"winner": "good", "loser": "bad"}.get(sign) or ("good" if median > 0 else "bad")
        caps = ["A", equation_of(key).grade_cap, "B" if judged(model)[key].one_sided else "A"]
        found[key] = rule.grade(
            evidence.same_sign(model, key, towards),
            sensitivity.judgement_load(model, key),
            sensitivity.agreeing_share(model, key)[0],
            cap=max(caps, key=rule.GRADES.index),
        )
    return found
