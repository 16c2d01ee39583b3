"""What limits a verdict: the size that it must reach, a level's world without the event, catching up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepseek_era import tables
from deepseek_era.capacity.aggregate import YEARS_LONG
from deepseek_era.model import Model
from deepseek_era.verdicts import rule
from deepseek_era.verdicts.evaluate import LEVELS, evaluations, is_call, likely_of


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


def sizes(model: Model) -> dict[str, Size]:
    """Return how far the effect of each call is from the size that it must reach, in file order."""
    found, likely = {}, likely_of(model.parameters)
    for key, e in evaluations(model).items():
        if not is_call(key):
            continue
        magnitude = np.abs(e.effect)
        span = rule.holds("too small", e.effect, e.attributable, e.call.article_call, likely)
        found[key] = Size(
            needed=max(e.threshold, e.call.article_size),
            reach=float(np.quantile(magnitude, 0.95)),
            holds_from=span[0] if span else 0.0,
            zero=float(np.mean(magnitude == 0)),
        )
    return found


def article_sizes() -> dict[str, dict[str, str]]:
    """Return what the article says of a call's size, by call: ``words`` and ``kind`` (published or judgement)."""
    table = tables.load("article_sizes").set_index("call")
    return {str(key): {"words": str(row["words"]), "kind": str(row["kind"])} for key, row in table.iterrows()}


def level(model: Model, key: str) -> tuple[float, float] | None:
    """Return P(the level is reached) with the event and without it, same draws; None for what is no level."""
    if key not in LEVELS:
        return None
    e = evaluations(model)[key]
    return e.p.win, e.p.win - e.added()


def caught_up(model: Model) -> float:
    """Return the share of the draws in which prices have caught up within the horizon of the long calls."""
    return float(np.mean(model.draws["catch_up_years"] <= YEARS_LONG))
