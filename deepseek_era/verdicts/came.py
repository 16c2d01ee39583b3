"""Did a call come true? One of five words, from its settled readings and the date alone.

- A reading that came out right is worth 1, mixed 0, wrong -1; one that is open or cannot count is worth nothing
  (`settlement.STATES`). The mean over the readings that count gives the word.
- Before its horizon ends a call is too early to tell, whatever stands so far; so is one of which no reading counts.
- The word knows nothing of the model: no draw, parameter or verdict enters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from deepseek_era import tables
from deepseek_era.model import Model, per_model
from deepseek_era.verdicts import scorecard, settlement
from deepseek_era.verdicts.tally import in_words
from deepseek_era.words import listed

CAME_TRUE = ("yes", "mostly", "partly", "no", "too early")
"""Answers to "did it come true?"; every call has one of them."""


@dataclass(frozen=True)
class Came:
    """How a call has come out."""

    word: str
    """One of `CAME_TRUE`."""
    mean: float | None
    """Mean worth of the readings that count, -1 (wrong) to 1 (right); None where none does."""
    readings: int
    """How many readings count."""
    ended: bool
    """Whether the horizon of the call has ended."""
    as_of: str = ""
    """Day on which the last reading that counts became public; empty where none does."""

    @property
    def so_far(self) -> str:
        """How a call that is too early to tell stands: ``so far right``, ``so far wrong``, ``so far undecided``, or empty."""
        if self.ended or self.mean is None:
            return ""
        return f"so far {'right' if self.mean > 0 else 'wrong' if self.mean < 0 else 'undecided'}"

    @property
    def remark(self) -> str:
        """What stands beside the word: ``one reading``, ``not settled``, how it stands so far, or nothing."""
        if not self.ended:
            return self.so_far
        return {0: "not settled", 1: "one reading"}.get(self.readings, "")


def judge(statuses: Iterable[str], *, ended: bool, as_of: str = "") -> Came:
    """Return how a call has come out from the statuses of its readings (`settlement.STATES`).

    Parameters
    ----------
    ended
        Whether its horizon has ended.
    as_of
        Day on which the last of the readings that count became public.

    >>> judge(["right", "mixed"], ended=True).word, judge(["right", "open"], ended=True).remark
    ('mostly', 'one reading')
    >>> judge(["wrong", "wrong"], ended=False).word
    'too early'
    """
    worth = [w for w in (settlement.STATES[s].worth for s in statuses) if w is not None]
    mean = sum(worth) / len(worth) if worth else None
    if mean is None or not ended:
        word = "too early"
    elif mean == 1 and len(worth) > 1:
        word = "yes"
    else:
        word = "mostly" if mean > 0 else "no" if mean < 0 else "partly"
    return Came(word, mean, len(worth), ended, as_of if worth else "")


def of_readings(settled: pd.DataFrame, ends: Mapping[str, str], vintage: dt.date) -> dict[str, Came]:
    """Return how each call has come out: readings (call_id, status, public), the day each call ends, the day of the run."""
    found = {}
    for call, group in settled.groupby("call_id", sort=False):
        counts = group.loc[settlement.counts(group["status"]), "public"]
        ended = settlement.ended(ends[str(call)], vintage)
        found[str(call)] = judge(group["status"], ended=ended, as_of=str(counts.max()) if len(counts) else "")
    return found


def ends() -> dict[str, str]:
    """Return the day on which the last reading of each call ends, ISO, by call id."""
    return {str(c): str(day) for c, day in scorecard.rules().groupby("call_id")["horizon_end"].max().items()}


@per_model
def words(model: Model) -> dict[str, Came]:
    """Return how each call and consideration has come out by the vintage of a run, by id; one without readings is open."""
    found = of_readings(scorecard.scorecard(model).settled, ends(), model.parameters.vintage)
    return {call: found.get(call, judge([], ended=False)) for call in tables.load("calls")["id"]}


@per_model
def second_words(model: Model) -> dict[str, Came]:
    """Return the same by the rules of a second reader, who did not see the first ones."""
    return of_readings(scorecard.second_rules(model), ends(), model.parameters.vintage)


def told(found: Mapping[str, Came]) -> dict[str, Came]:
    """Return those of the article's calls, considerations left out, whose horizon has ended and of which a reading counts."""
    return {call: came for call, came in found.items() if call.startswith("C") and came.word != CAME_TRUE[-1]}


def figures(found: Mapping[str, Came]) -> dict[str, int]:
    """Return how many of the article's calls carry each word, by the ids of their figures; they add up to the calls."""
    given = [came.word for call, came in found.items() if call.startswith("C")]
    return {f"verdicts.came_true.{word.replace(' ', '_')}": given.count(word) for word in CAME_TRUE}


def right_share(readings: pd.DataFrame, calls: Iterable[str]) -> float | None:
    """Return the share of right [%] among the readings of some calls that came out right or wrong; None without any."""
    status = readings.loc[readings["call_id"].isin(list(calls)), "status"]
    status = status[status.isin(["right", "wrong"])]
    return 100 * float((status == "right").mean()) if len(status) else None


def right_of(readings: pd.DataFrame, calls: Iterable[str]) -> str:
    """Return the same as counts in words, ``6 of 15``; empty without any reading that came out right or wrong."""
    status = readings.loc[readings["call_id"].isin(list(calls)), "status"]
    status = status[status.isin(["right", "wrong"])]
    return f"{(status == 'right').sum()} of {len(status)}" if len(status) else ""


def head(found: Mapping[str, Came]) -> str:
    """Return the words of the calls whose date has come as a title."""
    given = [came.word for came in told(found).values()]
    parts = {"yes": "came true", "mostly": "came mostly true", "partly": "came true in part", "no": "did not"}
    said = [f"{in_words(given.count(word))} {text}" for word, text in parts.items() if word in given]
    return f"Of {in_words(len(given))} calls whose date has come {listed(said)}"


def other_reader(mine: Came, second: Came | None) -> str:
    """Return what a second reader's rules say where they say something else; empty where they agree, or do not exist."""
    if second is None or (mine.word, mine.so_far) == (second.word, second.so_far):
        return ""
    return second.word if second.word != mine.word else second.so_far or "nothing so far"


def table(model: Model) -> pd.DataFrame:
    """Return one row a call and consideration, in the columns that the table of calls gains (`columns.OUTCOME_COLUMNS`).

    ``came_true_second`` is a second reader's word where it differs; ``came_true_support`` what the readings rest on; ``p_today`` the chance
    that an open call comes out right, NaN where there is none.
    """
    from deepseek_era.verdicts import forecasts

    second, rests = second_words(model), scorecard.supports(model)
    chances = forecasts.call_table(model).set_index("call")["p_today"]
    rows = [
        {
            "id": call,
            "came_true": came.word,
            "came_true_note": came.remark,
            "came_true_second": other_reader(came, second.get(call)),
            "came_true_as_of": came.as_of,
            "came_true_support": rests.get(call, ""),
            "p_today": float(chances.get(call, float("nan"))),
        }
        for call, came in words(model).items()
    ]
    return pd.DataFrame(rows)
