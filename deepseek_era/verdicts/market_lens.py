"""The second lens: what the market said of a call's stakeholder on the day and in the days after."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from deepseek_era.figures import round_significant
from deepseek_era.market import api
from deepseek_era.model import Model
from deepseek_era.verdicts.evaluate import Call

DAY, DAYS = "0", "0_5"


@dataclass(frozen=True)
class Reading:
    """The market's word on one group: mean abnormal return in percent with its 95 % interval and placebo p."""

    group: str
    window: str
    word: str
    return_pct: float
    low_pct: float
    high_pct: float
    p_placebo: float
    n: int

    def as_dict(self) -> dict[str, object]:
        """Return the reading as JSON can hold it."""
        return dict(vars(self))


def _table(model: Model, window: str) -> tuple[pd.DataFrame, dict[str, str]]:
    return model.cached(
        f"verdicts.market.{window}",
        lambda: (api.group_effects(model, window).set_index("group"), api.lens(model, window)),
    )


def readings(model: Model, call: Call, window: str = DAY) -> list[Reading]:
    """Return the market's word on each group that stands for a call; empty where none is listed or public yet."""
    effects, words = _table(model, window)
    rows: dict[str, dict[str, float]] = effects.to_dict("index")  # type: ignore[assignment]
    found = []
    for group in call.market_groups:
        if group in words and group in rows:
            row = rows[group]
            found.append(
                Reading(
                    group=group,
                    window=window,
                    word=words[group],
                    return_pct=round_significant(row["caar"]),
                    low_pct=round_significant(row["low"]),
                    high_pct=round_significant(row["high"]),
                    p_placebo=round_significant(row["p_placebo"]),
                    n=int(row["n"]),
                )
            )
    return found


def word(model: Model, call: Call, window: str = DAY) -> str:
    """Return winner, loser, neutral or mixed for a call on the market lens; empty where it has none.

    Several groups must agree; otherwise the word is mixed.
    """
    words = {r.word for r in readings(model, call, window)}
    return "" if not words else words.pop() if len(words) == 1 else "mixed"
