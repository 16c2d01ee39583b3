"""The verdict rule: probabilities at a threshold, a word for them, agreement with the article, a grade.

Conventions
-----------
- Winning means an impact above the threshold, losing one below its negative; the rest is too small to matter.
- Nothing here knows the article's call except `agreement` and `side_probability`: turning a call around changes
  those two and nothing else. They make the agreement columns: ``agreement``, and ``p_era``, which selects the
  article's side from ``p_era_winner`` and ``p_era_loser``.
- A call is one-sided when nearly all draws share a sign. There the model informs size, not direction: the verdict is
  capped at "Likely" and the grade at B.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deepseek_era.errors import ModelInputError, nearest

Array = npt.NDArray[np.float64]

VERDICTS = ("Clear winner", "Likely winner", "Neutral", "Mixed", "Likely loser", "Clear loser")
AGREEMENTS = ("Agree", "Leaning", "Not supported", "Contradicted", "Unresolved")
GRADES = ("A", "B", "C", "D")
ARTICLE_CALLS = {"winner": "win", "loser": "lose", "additional": "win"}


@dataclass(frozen=True)
class Probabilities:
    """Shares of the draws that win, lose, or do neither; they sum to one."""

    win: float
    lose: float
    neutral: float

    @property
    def leading(self) -> float:
        """The larger of winning and losing."""
        return max(self.win, self.lose)


def probabilities(impact: Array, threshold: float) -> Probabilities:
    """Return the shares of draws above `threshold`, below its negative, and between.

    Raises
    ------
    ModelInputError
        If the threshold is negative.
    """
    if threshold < 0:
        raise ModelInputError(f"verdict: the threshold is {threshold:g}; it must be at least 0")
    win, lose = float(np.mean(impact > threshold)), float(np.mean(impact < -threshold))
    return Probabilities(win, lose, max(0.0, 1 - win - lose))


def joint(short: Array, long: Array, threshold_short: float, threshold_long: float) -> Probabilities:
    """Return P(loses short and wins long), P(the reverse) and the rest, counted in the same draws."""
    flips = float(np.mean((short < -threshold_short) & (long > threshold_long)))
    reverse = float(np.mean((short > threshold_short) & (long < -threshold_long)))
    return Probabilities(flips, reverse, max(0.0, 1 - flips - reverse))


def one_sided(impact: Array, share: float = 0.975) -> bool:
    """Return whether at least `share` of the draws have one sign (zeros have none)."""
    return bool(max(np.mean(impact > 0), np.mean(impact < 0)) >= share)


def verdict(p: Probabilities, *, clear: float = 0.8, likely: float = 0.6, capped: bool = False) -> str:
    """Return the word for a set of probabilities.

    Clear from `clear`, likely from `likely`; neutral if staying small is likely; else mixed. `capped` turns clear
    into likely, for one-sided calls.
    """
    for name, value in (("winner", p.win), ("loser", p.lose)):
        if value >= clear and not capped:
            return f"Clear {name}"
        if value >= min(likely, clear):
            return f"Likely {name}"
    return "Neutral" if p.neutral >= likely else "Mixed"


def side_of(verdict_word: str) -> str:
    """Return winner, loser, neutral or mixed: the side that a verdict names."""
    return verdict_word.split()[-1].lower()


def side_probability(article_call: str, p: Probabilities) -> float:
    """Return the probability of the article's side; a further consideration counts as winning.

    Raises
    ------
    ModelInputError
        For a call that is neither winner, loser nor additional.
    """
    if article_call not in ARTICLE_CALLS:
        raise ModelInputError(
            f"article call: saw {article_call!r}, allowed: winner, loser, additional"
            + nearest(article_call, ARTICLE_CALLS)
        )
    return float(getattr(p, ARTICLE_CALLS[article_call]))


def agreement(
    article_call: str, p: Probabilities | None, *, likely: float = 0.6, leaning: float = 0.4
) -> str:
    """Return how the probabilities stand to the article's call.

    Agree if its side is likely, contradicted if the other side is; leaning if its side has at least `leaning` and
    more than the other; else not supported. Unresolved where nothing was computed.
    """
    if p is None:
        return "Unresolved"
    own = side_probability(article_call, p)
    other = p.lose if ARTICLE_CALLS[article_call] == "win" else p.win
    if own >= likely:
        return "Agree"
    if other >= likely:
        return "Contradicted"
    if own >= leaning and own > other:
        return "Leaning"
    return "Not supported"


@dataclass(frozen=True)
class Grade:
    """A confidence grade with its three parts, 0 to 2 points each, and what capped it."""

    letter: str
    evidence: int
    judgement: int
    specification: int
    cap: str = ""

    @property
    def points(self) -> int:
        """Sum of the three parts."""
        return self.evidence + self.judgement + self.specification


def evidence_points(same_sign: int) -> int:
    """Return 2 for at least three independent indicators of one sign, 1 for one or two, else 0."""
    return 2 if same_sign >= 3 else 1 if same_sign >= 1 else 0


def judgement_points(load: float) -> int:
    """Return 2 if judgement carries less than a third of the variance, 1 below two thirds, else 0."""
    return 2 if load < 1 / 3 else 1 if load < 2 / 3 else 0


def specification_points(share: float) -> int:
    """Return 2 if at least nine specifications in ten have the base sign, 1 from seven in ten, else 0."""
    return 2 if share >= 0.9 else 1 if share >= 0.7 else 0


def grade(same_sign: int, judgement_load: float, agreeing_share: float, *, cap: str = "A") -> Grade:
    """Return the mechanical grade: 5–6 points A, 3–4 B, 2 C, else D, never better than `cap`."""
    parts = (
        evidence_points(same_sign),
        judgement_points(judgement_load),
        specification_points(agreeing_share),
    )
    points = sum(parts)
    letter = "A" if points >= 5 else "B" if points >= 3 else "C" if points == 2 else "D"
    if GRADES.index(letter) < GRADES.index(cap):
        return Grade(cap, *parts, cap=cap)
    return Grade(letter, *parts)
