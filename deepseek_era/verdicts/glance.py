"""Every call of the article in a row: how likely R1 alone moved it, what was left of that, what to expect, what came."""

from __future__ import annotations

import math

import pandas as pd

from deepseek_era import tables
from deepseek_era.figure import format_number
from deepseek_era.model import Model
from deepseek_era.verdicts import came, evaluate, rule
from deepseek_era.words import likelihood, listed


def glance(model: Model) -> pd.DataFrame:
    """Return the article's calls by their answer to "was it R1?", those on an edge last, then the likeliest first.

    ``id, name, horizon, article`` (winner or loser), ``alone`` and ``left``: probabilities of the article's side by R1 alone
    and once rivals have caught up; ``forecast``: the same with all causes, NaN where there is none; ``word`` (was it R1?),
    ``came`` (did it come true?), ``edge``.
    """
    calls = tables.load("calls").set_index("id")
    outcomes, judged = came.words(model), evaluate.judged(model)
    evaluations = evaluate.evaluations(model)
    rows = []
    for key, verdict in judged.items():
        if verdict.shares is None or verdict.later is None or not key.startswith("C"):
            continue
        chance = evaluate.era_probability(evaluations[key])
        rows.append(
            {
                "id": key,
                "name": calls.loc[key, "short_name"],
                "horizon": calls.loc[key, "horizon"],
                "article": calls.loc[key, "call"],
                "alone": verdict.shares.own,
                "left": verdict.later.own,
                "forecast": math.nan if chance is None else chance,
                "word": verdict.word,
                "came": outcomes[key].word,
                "edge": verdict.edge,
            }
        )
    frame = pd.DataFrame(rows)
    order = {word: n for n, word in enumerate(rule.WAS_IT_R1)}
    return frame.sort_values(
        ["word", "edge", "alone"],
        key=lambda c: c.map(order) if c.name == "word" else -c if c.name == "alone" else c,
    ).reset_index(drop=True)


_ENDED = {
    "yes": "it came true",
    "mostly": "it came mostly true",
    "partly": "it came true in part",
    "no": "it did not come true",
    "too early": "its date has not come",
}


def sentence(call: pd.Series, name: str) -> str:
    """Return a row of `glance` in a sentence: the three chances, or two of a call without a forecast, and what came.

    One of which another choice of ours would turn the answer says so in a second sentence.

    >>> sentence(pd.Series(dict(alone=0.9, left=0.3, forecast=math.nan, came="no", edge=False)), "power")
    'The call on power has a chance of 90% by R1 alone and of 30% once rivals would have caught up, and it did not come true.'
    """

    def said(chance: float) -> str:
        return format_number(chance, "probability").replace("<", "under ").replace(">", "over ")

    alone, left = said(call["alone"]), said(call["left"])
    chances = [f"of {alone} by R1 alone", f"of {left} once rivals would have caught up"]
    if not math.isnan(call["forecast"]):
        chances.append(f"of {said(call['forecast'])} from all causes together")
    aside = "," if "," in name else ""
    edge = " A small change can turn the answer about R1." if call["edge"] else ""
    return f"The call on {name}{aside} has a chance {listed(chances)}, and {_ENDED[call['came']]}.{edge}"


CAME = {
    "yes": "By the rules set down for it the call came true.",
    "mostly": "By the rules set down for it the call came mostly true.",
    "partly": "By the rules set down for it the call came true in part, and in part it did not.",
    "no": "By the rules set down for it the call did not come true.",
    "too early": "The date by which the call is settled has not come.",
}
"""What happened, in a sentence, by the answer to "did it come true?"."""
_LEFT = (
    (0.1, "hardly anything"),
    (0.4, "less than half"),
    (0.6, "about half"),
    (0.9, "most"),
    (math.inf, "nearly all"),
)


def steps(call: pd.Series, name: str) -> pd.DataFrame:
    """Return a row of `glance` taken apart for ``charts.ladder``: head, text, mark, value, start; four steps, or three.

    A call without a forecast has no third step.

    >>> call = pd.Series(dict(article="loser", alone=0.9, left=0.3, forecast=math.nan, came="no"))
    >>> list(steps(call, "Nvidia")["mark"])
    ['alone', 'left', 'no']
    """
    would = "lose" if call["article"] == "loser" else "gain"
    share = (
        min(call["left"] / call["alone"], 1.0) if call["alone"] else 0.0
    )  # of next to nothing it may overflow
    kept = next(words for end, words in _LEFT if share < end)
    rows = [
        (
            "What R1 did on its own",
            f"If nothing but R1 changes, it is {likelihood(call['alone'])} that {name} {would}s enough to matter.",
            "alone",
            call["alone"],
            math.nan,
        ),
        (
            "What is left once rivals would have caught up",
            f"Others were on the way to the same methods. Count only what R1 did before them, and {kept} of that chance is left.",
            "left",
            call["left"],
            call["alone"],
        ),
        (
            "What one should have forecast",
            f"Far more than one model decides it. With every other cause in play it was {likelihood(call['forecast'])} that "
            f"{name} would {would} so much.",
            "forecast",
            call["forecast"],
            math.nan,
        ),
        ("What happened", CAME[call["came"]], call["came"], math.nan, math.nan),
    ]
    if math.isnan(call["forecast"]):
        del rows[2]
    return pd.DataFrame(rows, columns=["head", "text", "mark", "value", "start"])
