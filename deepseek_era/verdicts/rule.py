"""The verdict rule: who won, and was it R1? Probabilities at a size that would matter, and one word for each question.

Conventions
-----------
- Winning means an impact of at least the threshold, losing one of at most its negative; the rest is too small to
  matter.
- Two layers. The first is blind: `probabilities` and `band` know nothing of the article. The second lays the
  article's side beside them: `shares` (its side, at the size that it gives where it gives one, the other side, and
  too small for either) and `was_it_r1`. Turning a call around leaves the first layer as it is; of the second, too
  small and cannot be told stay, and yes or for a while change places with the other way.
- The likely limit exceeds one half, so no two words can hold at once.
- Two forms decide the word: the Effect, and what is left of it once rivals have caught up. Each is counted by itself.
- A call is one-sided when nearly all draws share a sign. There the model informs size, not direction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from deepseek_era.arrays import Array, Bools, share_of
from deepseek_era.errors import ModelInputError, nearest

BANDS = ("won", "lost", "too small", "cannot be told")
"""Answers to "who won?", blind to the article."""
WAS_IT_R1 = ("yes", "for a while", "too small", "the other way", "cannot be told")
"""Answers to "was it R1?"; every call has one of them."""
SPOKEN = {"too small": "too small to matter"}
"""Words that a reader sees in full."""
NAMES = {
    "yes": "yes",
    "for a while": "for_a_while",
    "too small": "too_small",
    "the other way": "other_way",
    "cannot be told": "cannot_tell",
    "won": "won",
    "lost": "lost",
}
"""Words of both scales as the ids of figures and columns have them."""
SIDES = {"won": "winner", "lost": "loser", "too small": "neutral", "cannot be told": "mixed"}
"""Bands by the name that their glyph and colour go by."""
EDGE = 0.05
"""A word is on the edge where a probability that decides it lies this near to the likely limit."""
LEVEL_MATTERS = 0.05
"""From this change of its probability on the event matters to a level."""
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
ARTICLE_CALLS = {"winner": "win", "loser": "lose", "additional": "win"}


def spoken(word: str) -> str:
    """Return a word of either scale as a reader sees it.

    >>> spoken("too small")
    'too small to matter'
    """
    return SPOKEN.get(word, word)


def side_of(band: str) -> str:
    """Return the name by which glyph and colour of a band go; none for what is no band."""
    return SIDES.get(band, "none")


def wins(impact: Array, threshold: float) -> Bools:
    """Return which draws win: at least the threshold, and more than nothing."""
    return impact >= threshold if threshold > 0 else impact > 0


def loses(impact: Array, threshold: float) -> Bools:
    """Return which draws lose: at most the negative of the threshold, and less than nothing."""
    return impact <= -threshold if threshold > 0 else impact < 0


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


def band(p: Probabilities, likely: float = 0.6) -> str:
    """Return the blind word for a set of probabilities, one of `BANDS`.

    Of a flip, whose probabilities are joint, won means that it loses first and wins then.

    >>> band(Probabilities(win=0.85, lose=0.05, neutral=0.1))
    'won'
    >>> band(Probabilities(win=0.45, lose=0.4, neutral=0.15))
    'cannot be told'
    """
    at = (p.win, p.lose, p.neutral)
    return next((word for word, share in zip(BANDS, at, strict=False) if share >= likely), BANDS[3])


def side_share(article_call: str, p: Probabilities) -> float:
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


def shares(impact: Array, article_call: str, threshold: float, size: float = 0.0) -> Shares:
    """Return the shares of the draws on the article's side, on the other and too small for either; they sum to one.

    Parameters
    ----------
    threshold
        Size that would matter, in the unit of the impact.
    size
        Size that the article gives, 0 for none. The larger of the two must be reached on the article's side.
    """
    towards, away = (wins, loses) if _article_side(article_call) == "win" else (loses, wins)
    own = share_of(towards(impact, max(size, threshold)))
    other = share_of(away(impact, threshold))
    return Shares(own, other, max(0.0, 1 - own - other))


def was_it_r1(effect: Shares, later: Shares, likely: float = 0.6) -> str:
    """Return the answer to "was it R1?", one of `WAS_IT_R1`.

    Parameters
    ----------
    effect, later
        Shares of the Effect, and of what is left of it at the horizon once rivals have caught up.

    Too small, yes, for a while and the other way need their share of the Effect to be likely. Yes needs the
    article's side to be likely in what is left too; else it was R1 for a while.

    >>> was_it_r1(Shares(0.7, 0.1, 0.2), Shares(0.3, 0.1, 0.6))
    'for a while'
    """
    if effect.own >= likely:
        return "yes" if later.own >= likely else "for a while"
    if effect.other >= likely:
        return "the other way"
    return "too small" if effect.small >= likely else "cannot be told"


def level_word(effect: float, later: float, matters: float = LEVEL_MATTERS) -> str:
    """Return the answer to "was it R1?" for a level, from what the event adds to the probability of reaching it.

    Parameters
    ----------
    effect, later
        P(reached with the event) less P(reached without it), in the same draws: all else equal, and once rivals have
        caught up.

    >>> level_word(0.02, 0.01)
    'too small'
    """
    if abs(effect) < matters:
        return "too small"
    if effect < 0:
        return "the other way"
    return "yes" if later >= matters else "for a while"


def level_band(effect: float, matters: float = LEVEL_MATTERS) -> str:
    """Return the blind word for a level, from what the event adds to the probability of reaching it."""
    return "too small" if abs(effect) < matters else "won" if effect > 0 else "lost"


def on_edge(effect: Shares, later: Shares, *, likely: float = 0.6, draws: int = 0) -> bool:
    """Return whether a probability that decides the word lies near the likely limit.

    Of the Effect that is the largest share; of what is left the article's side, which parts yes from for a while.
    Near means within `EDGE`, or within two standard errors of the limit where few draws make that wider.
    """
    near = max(EDGE, 2 * standard_error(likely, draws))
    deciding = [max(effect.own, effect.other, effect.small)]
    if effect.own >= likely:
        deciding.append(later.own)
    return any(abs(p - likely) <= near for p in deciding)


def standard_error(p: float, draws: int) -> float:
    """Return the standard error of a probability over independent draws, an upper bound for balanced ones."""
    return math.sqrt(p * (1 - p) / draws) if draws else 0.0


def holds(
    word: str, effect: Array, later: Array, article_call: str, likely: float = 0.6
) -> tuple[float, float] | None:
    """Return the least and the greatest size that would matter at which a word holds, all draws as they are.

    The size is the one that makes the word: the article's own where it gives one. The least is nought where the word
    holds for any smaller size, the greatest infinite where it holds for any larger one. None where the word holds at
    no size.

    >>> holds("too small", np.array([1.0, 2.0, -3.0, 4.0]), np.zeros(4), "winner", likely=0.75)
    (3.0, inf)
    """
    sign = 1 if _article_side(article_call) == "win" else -1
    own, other, left = (_reached(values, likely) for values in (sign * effect, -sign * effect, sign * later))
    small = float(np.sort(np.abs(effect))[_rank(len(effect), likely) - 1])
    low, high = {
        "yes": (0.0, min(own, left)),
        "for a while": (max(0.0, left), own),
        "the other way": (0.0, other),
        "too small": (small, math.inf),
        "cannot be told": (max(0.0, own, other), small),
    }[word]
    return (low, high) if low < high else None


def _rank(n: int, likely: float) -> int:
    """Return how many of `n` draws make a share of at least `likely`."""
    return max(1, math.ceil(likely * n - 1e-9))


def _reached(values: Array, likely: float) -> float:
    """Return the largest size that a likely share of the draws reaches; below nought where none does."""
    return float(np.sort(values)[::-1][_rank(len(values), likely) - 1])
