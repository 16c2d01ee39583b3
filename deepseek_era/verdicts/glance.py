"""Every call of the article in a row: how likely R1 alone moved it, what was left of that, what to expect, what came."""

from __future__ import annotations

import math

import pandas as pd

from deepseek_era import tables
from deepseek_era.model import Model
from deepseek_era.verdicts import came, evaluate, rule


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
