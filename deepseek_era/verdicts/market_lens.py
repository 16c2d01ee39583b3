"""The second lens: what the market said of a call's stakeholder on the day and in the days after.

The stakeholder is one population: all firms of the groups that stand for the call, each once, as one portfolio.
"""

from __future__ import annotations

from dataclasses import dataclass

from deepseek_era.figure import round_significant
from deepseek_era.market import tables
from deepseek_era.model import Model
from deepseek_era.verdicts.evaluate import Call

DAY, DAYS = "0", "0_5"


@dataclass(frozen=True)
class Reading:
    """The market's word on one stakeholder: mean abnormal return in percent, its range and its placebo p.

    The range holds the 90 % intervals against every broad market.
    """

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


def readings(model: Model, call: Call, window: str = DAY) -> list[Reading]:
    """Return the market's word on the firms that stand for a call; empty where none is listed or public yet."""
    if not call.market_groups:
        return []
    table = tables.combined(model, call.market_groups, window)
    return [
        Reading(
            group=" and ".join(call.market_groups),
            window=window,
            word=word,
            return_pct=round_significant(row.caar_pct),
            low_pct=round_significant(row.low_pct),
            high_pct=round_significant(row.high_pct),
            p_placebo=round_significant(row.p_placebo),
            n=int(row.n),
        )
        for row, word in zip(tables.rows_of(table), tables.sides(table), strict=True)
    ]


def word(model: Model, call: Call, window: str = DAY) -> str:
    """Return winner, loser or neutral for a call on the market lens; empty where it has none."""
    return next((reading.word for reading in readings(model, call, window)), "")
