"""The verdict rule: probabilities at a threshold, a word for them, agreement with the article, a grade.

Conventions
-----------
- Winning means an impact of at least the threshold, losing one of at most its negative; the rest is too small to
  matter.
- Two layers. The first is blind: `probabilities` and `verdict` know nothing of the article. The second lays the
  article's call beside them: `shares` (its side, at the size that it gives where it gives one, the other side, and
  too small for either), `agreement`, `side_probability`. Turning a call around changes the second layer only.
- The likely limit exceeds one half, so no two words can hold at once, and a call of which one can say with
  confidence that the effect is too small counts against the article: it is not left open.
- A call is one-sided when nearly all draws share a sign. There the model informs size, not direction: the verdict is
  capped at "Likely" and the grade at B.
"""

from __future__ import annotations

from dataclasses import dataclass

from deepseek_era.arrays import Array, Bools, share_of
from deepseek_era.errors import ModelInputError, nearest

VERDICTS = ("Clear winner", "Likely winner", "Neutral", "Mixed", "Likely loser", "Clear loser")
FLIP_WORDS = ("Loses, then wins", "Wins, then loses", "Too small", "Cannot be told")
"""Verdicts of a consideration that asks for two things in the same draw."""
LEVEL_WORDS = ("Full", "Not full", "Cannot be told")
"""Verdicts of a consideration that is a level, not an effect."""
AGREEMENTS = (
    "Agree",
    "Leaning",
    "Not supported",
    "Leaning against",
    "Too small",
    "Contradicted",
    "Unresolved",
)
TALLY = ("agree", "too_small", "contradicted", "open")
"""What the calls are counted under; every call stands under one of them."""
EDGE = 0.05
"""A word is on the edge where the probability that decides it lies this near to the likely limit."""
CELLS = (
    "lose-win",
    "lose-lose",
    "win-win",
    "win-lose",
    "lose-small",
    "small-win",
    "small-small",
    "other",
)
"""Cells of a flip, first year and third: eight that add up to one."""
GRADES = ("A", "B", "C", "D")
ARTICLE_CALLS = {"winner": "win", "loser": "lose", "additional": "win"}


def wins(impact: Array, threshold: float) -> Bools:
    """Return which draws win: at least the threshold, and more than nothing."""
    return impact >= threshold if threshold > 0 else impact > 0


def loses(impact: Array, threshold: float) -> Bools:
    """Return which draws lose: at most the negative of the threshold, and less than nothing."""
    return wins(-impact, threshold)


@dataclass(frozen=True)
class Probabilities:
    """Shares of the draws that win, lose, or do neither; they sum to one.

    Of a flip they are joint: loses and then wins, wins and then loses, too small both times. They do not sum to one.
    """

    win: float
    lose: float
    neutral: float

    @property
    def leading(self) -> float:
        """The larger of winning and losing."""
        return max(self.win, self.lose)


def probabilities(impact: Array, threshold: float) -> Probabilities:
    """Return the shares of draws from `threshold` up, from its negative down, and between.

    Raises
    ------
    ModelInputError
        If the threshold is negative.

    Examples
    --------
    >>> import numpy as np
    >>> probabilities(np.array([-8.0, -6.0, 2.0, 7.0]), threshold=5)
    Probabilities(win=0.25, lose=0.5, neutral=0.25)
    """
    if threshold < 0:
        raise ModelInputError(f"verdict: the threshold is {threshold:g}; it must be at least 0")
    win, lose = share_of(wins(impact, threshold)), share_of(loses(impact, threshold))
    return Probabilities(win, lose, max(0.0, 1 - win - lose))


def cells(short: Array, long: Array, threshold_short: float, threshold_long: float) -> dict[str, float]:
    """Return the shares of the draws in each cell of a flip, keyed by `CELLS`; they sum to one."""
    first = {"win": wins(short, threshold_short), "lose": loses(short, threshold_short)}
    last = {"win": wins(long, threshold_long), "lose": loses(long, threshold_long)}
    for leg in (first, last):
        leg["small"] = ~(leg["win"] | leg["lose"])
    found = {}
    for name in CELLS[:-1]:
        a, b = name.split("-")
        found[name] = share_of(first[a] & last[b])
    return found | {CELLS[-1]: max(0.0, 1 - sum(found.values()))}


def joint(short: Array, long: Array, threshold_short: float, threshold_long: float) -> Probabilities:
    """Return P(loses short and wins long), P(the reverse) and P(too small both times), counted in the same draws."""
    found = cells(short, long, threshold_short, threshold_long)
    return Probabilities(found["lose-win"], found["win-lose"], found["small-small"])


def one_sided(impact: Array, share: float = 0.975) -> bool:
    """Return whether at least `share` of the draws have one sign (zeros have none)."""
    return bool(max(share_of(impact > 0), share_of(impact < 0)) >= share)


def verdict(p: Probabilities, *, clear: float = 0.8, likely: float = 0.6, capped: bool = False) -> str:
    """Return the word for a set of probabilities.

    Clear from `clear`, likely from `likely`; neutral if staying small is likely; else mixed. `capped` turns clear
    into likely, for one-sided calls.

    >>> verdict(Probabilities(win=0.85, lose=0.05, neutral=0.1))
    'Clear winner'
    >>> verdict(Probabilities(win=0.85, lose=0.05, neutral=0.1), capped=True)
    'Likely winner'
    >>> verdict(Probabilities(win=0.45, lose=0.4, neutral=0.15))
    'Mixed'
    """
    for name, value in (("winner", p.win), ("loser", p.lose)):
        if value >= clear and not capped:
            return f"Clear {name}"
        if value >= min(likely, clear):
            return f"Likely {name}"
    return "Neutral" if p.neutral >= likely else "Mixed"


def flip_verdict(p: Probabilities, *, likely: float = 0.6) -> str:
    """Return the word for a flip, from its joint probabilities: one of `FLIP_WORDS`."""
    at = (p.win, p.lose, p.neutral)
    return next((word for word, share in zip(FLIP_WORDS, at, strict=False) if share >= likely), FLIP_WORDS[3])


def level_verdict(p: Probabilities, *, likely: float = 0.6) -> str:
    """Return the word for a level, from the share of the draws that reach it: one of `LEVEL_WORDS`."""
    if p.win >= likely:
        return LEVEL_WORDS[0]
    return LEVEL_WORDS[1] if 1 - p.win >= likely else LEVEL_WORDS[2]


def side_of(verdict_word: str) -> str:
    """Return winner, loser, neutral or mixed: the side that a verdict names; none for words that name no side."""
    return verdict_word.split()[-1].lower() if verdict_word in VERDICTS else "none"


def side_probability(article_call: str, p: Probabilities) -> float:
    """Return the probability of the article's side; a further consideration counts as winning.

    Raises
    ------
    ModelInputError
        For a call that is neither winner, loser nor additional.
    """
    return float(getattr(p, _article_side(article_call)))


def _article_side(article_call: str) -> str:
    if article_call not in ARTICLE_CALLS:
        raise ModelInputError(
            f"article call: saw {article_call!r}, allowed: winner, loser, additional"
            + nearest(article_call, ARTICLE_CALLS)
        )
    return ARTICLE_CALLS[article_call]


@dataclass(frozen=True)
class Shares:
    """How the draws stand to the article's call.

    Attributes
    ----------
    own
        On its side, and at least as large as it says, or as would matter.
    other
        On the other side, large enough to matter.
    small
        Too small for either.
    """

    own: float
    other: float
    small: float

    @property
    def deciding(self) -> float:
        """The largest of the three: what makes the word, or comes nearest to making one."""
        return max(self.own, self.other, self.small)


def shares(impact: Array, article_call: str, threshold: float, size: float = 0.0) -> Shares:
    """Return the shares of the draws on the article's side, on the other and too small for either; they sum to one.

    Parameters
    ----------
    threshold
        Size that would matter, in the unit of the impact.
    size
        Size that the article gives, 0 for none. The larger of the two must be reached on the article's side.
    """
    towards = impact if _article_side(article_call) == "win" else -impact
    own = share_of(wins(towards, max(size, threshold)))
    other = share_of(loses(towards, threshold))
    return Shares(own, other, max(0.0, 1 - own - other))


def agreement(found: Shares | None, *, likely: float = 0.6, leaning: float = 0.4) -> str:
    """Return how the draws stand to the article's call, in a word of `AGREEMENTS`.

    Agree if its side at its size is likely, contradicted if the other side is, too small if neither is likely to be
    reached. Else the call is open: leaning if its side has at least `leaning` and more than the other, leaning
    against in the mirror case, and not supported. Unresolved where nothing was computed.

    >>> import numpy as np
    >>> impact = np.array([-8.0, -6.0, -7.0, 2.0])
    >>> agreement(shares(impact, "loser", threshold=5)), agreement(shares(impact, "loser", threshold=5, size=7.5))
    ('Agree', 'Too small')
    """
    if found is None:
        return "Unresolved"
    if found.own >= likely:
        return "Agree"
    if found.other >= likely:
        return "Contradicted"
    if found.small >= likely:
        return "Too small"
    if found.own >= leaning and found.own > found.other:
        return "Leaning"
    if found.other >= leaning and found.other > found.own:
        return "Leaning against"
    return "Not supported"


def stance(agreement_word: str) -> str:
    """Return what a word of agreement is counted under, one of `TALLY`."""
    named = {"Agree": "agree", "Too small": "too_small", "Contradicted": "contradicted"}
    return named.get(agreement_word, "open")


def on_edge(found: Shares, *, likely: float = 0.6) -> bool:
    """Return whether the probability that decides a word lies within `EDGE` of the likely limit."""
    return abs(found.deciding - likely) <= EDGE


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
