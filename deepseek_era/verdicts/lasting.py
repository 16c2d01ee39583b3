"""How long R1's doing lasts: the months until rivals have taken it back, and how far they may catch up before they have.

Both are read off the run's own draws, for the calls whose side is likely all else equal; considerations have neither.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from deepseek_era.capacity.aggregate import YEARS_LONG, YEARS_SHORT, attributable
from deepseek_era.model import Model, per_model
from deepseek_era.verdicts import rule
from deepseek_era.verdicts.evaluate import Evaluation, decided, evaluations, is_call, likely_of
from deepseek_era.verdicts.impacts import Case
from deepseek_era.verdicts.sensitivity import Subset

MONTHS_PER_YEAR = 12
YEARS_TOLERANCE = 1e-3
SHARE_TOLERANCE = 1e-4
HORIZONS = {"short": float(YEARS_SHORT), "long": float(YEARS_LONG)}


def first_below(share: Callable[[float], float], likely: float, high: float, tolerance: float) -> float:
    """Return the least point from nought on, within `tolerance`, at which a falling share is below a limit.

    Infinite where it is not below at `high`.

    >>> round(first_below(lambda t: 1 - t, 0.6, 3, 1e-6), 3)
    0.4
    """
    if share(high) >= likely:
        return float("inf")
    low = 0.0
    while high - low > tolerance:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if share(middle) >= likely else (low, middle)
    return high


def _sided(model: Model) -> dict[str, tuple[Evaluation, str]]:
    """Return the calls with a likely side, each with the share that decides it: own or other."""
    words = {"yes": "own", "for a while": "own", "the other way": "other"}
    return {
        key: (evaluations(model)[key], words[j.word])
        for key, j in decided(model).items()
        if is_call(key) and j.word in words
    }


def _share(case: Case, e: Evaluation, side: str) -> float:
    found = rule.shares(case.impact(e.call.id), e.call.article_call, e.threshold, e.call.article_size)
    return float(getattr(found, side))


@per_model
def months(model: Model) -> dict[str, float]:
    """Return the months after which the side of a call is no longer likely in what is left; infinite for over three years.

    Only the calls with a likely side have them.
    """
    plain = Case(model.draws, model.draws.z)

    @cache
    def at(years: float) -> Case:
        return Case(attributable(model.draws, years), plain.shocks, unshocked=plain)

    likely = likely_of(model.parameters)
    return {
        key: MONTHS_PER_YEAR
        * first_below(lambda t, e=e, side=side: _share(at(t), e, side), likely, YEARS_LONG, YEARS_TOLERANCE)  # type: ignore[misc]
        for key, (e, side) in _sided(model).items()
    }


@per_model
def chi_star(model: Model) -> dict[str, float]:
    """Return the share that rivals may catch up, the same in all draws, up to which the side of a call stays likely.

    They catch up on price and on openness by that share alike. Below it the word is "yes", above it "for a while". 1 where
    the side stays likely even if they catch up with all.
    """
    part = Subset(model.draws, model.draws.n)
    plain = Case(model.draws, model.draws.z)

    @cache
    def at(share: float, years: float) -> Case:
        draws = attributable(part.with_(catch_up=share, catch_up_open=share), years)
        return Case(draws, plain.shocks, unshocked=plain)

    likely, found = likely_of(model.parameters), {}
    for key, (e, side) in _sided(model).items():
        years = HORIZONS[e.call.horizon]
        found[key] = min(
            1.0,
            first_below(
                lambda chi, e=e, side=side, years=years: _share(at(chi, years), e, side),  # type: ignore[misc]
                likely,
                1.0,
                SHARE_TOLERANCE,
            ),
        )
    return found


def holds(model: Model) -> dict[str, tuple[float, float] | None]:
    """Return the least and greatest size at which the word of each call holds; None where it holds at none.

    A word that the article's own size makes is read at that size.
    """
    likely = likely_of(model.parameters)
    return {
        key: rule.holds(decided(model)[key].word, e.effect, e.attributable, e.call.article_call, likely)
        for key, e in evaluations(model).items()
        if is_call(key)
    }


def zero_mass(model: Model) -> dict[str, float]:
    """Return the share of the draws in which a call's effect is exactly nothing."""
    return {key: float(np.mean(e.effect == 0)) for key, e in evaluations(model).items()}
