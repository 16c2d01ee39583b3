"""The tables of a run that set it beside earlier ones: since the last edition, and from quarter to quarter."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from deepseek_era import tables
from deepseek_era.editions import changes, frozen, words
from deepseek_era.editions.frozen import Edition
from deepseek_era.model import Model, per_model
from deepseek_era.verdicts import came, evaluate, rule

FIRST_QUARTER = dt.date(2025, 1, 31)
"""The day after which nothing was known to the article's January."""


def last(model: Model) -> Edition | None:
    """Return the newest edition whose day is before the last day of a run's facts, else one of that day, else None."""
    until = model.parameters.vintage.isoformat()
    known = [day for day in frozen.days() if day <= until]
    earlier = [day for day in known if day < until] or known
    return frozen.read(earlier[-1]) if earlier else None


@per_model
def answers(model: Model) -> dict[str, dict[str, str]]:
    """Return what a run answers on each call: id to question to word."""
    came_true = came.words(model)
    return {
        key: {"band": w.band, "was_it_r1": w.word, "came_true": came_true[key].word}
        for key, w in evaluate.decided(model).items()
    }


def _known_causes(edition: Edition) -> dict[tuple[str, str, str, str], dict[str, str]]:
    """Return the causes that a later edition has worked out, by id, question, before and after."""
    return {
        (row["id"], row.get("question", ""), row["before"], row["after"]): row["cause"]
        for later in frozen.every()
        if later.since and later.since["before"] == edition.day
        for row in (*later.since["turned"], *later.since["moved"])
    }


def turned(model: Model) -> pd.DataFrame:
    """Return the calls whose answers turned since the last edition: id, call, horizon, question, before, now, why."""
    columns = ["id", "call", "horizon", "question", "before", "now", "why"]
    edition = last(model)
    if edition is None:
        return pd.DataFrame(columns=columns)
    calls, names, causes = tables.load("calls").set_index("id"), tables.call_names(), _known_causes(edition)
    counted_so = words.COUNTED_OTHERWISE if "note" in edition.record else ""
    rows = [
        {
            "id": t.id,
            "call": names[t.id],
            "horizon": calls.loc[t.id, "horizon"],
            "question": words.ASKED[t.question],
            "before": t.before,
            "now": t.after,
            "why": counted_so or words.cause(causes.get((t.id, t.question, t.before, t.after))),
        }
        for t in changes.turned(edition.answers, answers(model))
    ]
    return pd.DataFrame(rows, columns=columns)


def moved(model: Model) -> pd.DataFrame:
    """Return the figures that left their interval from the last edition to the next one: id, label, before, now, why.

    Empty where no later edition is frozen yet: a run alone does not know every figure.
    """
    edition = last(model)
    until = model.parameters.vintage.isoformat()
    rows = [
        {
            "id": m["id"],
            "label": m["label"],
            "before": m["before"],
            "now": m["after"],
            "why": words.cause(m["cause"]),
        }
        for later in frozen.every()
        if edition and later.since and later.day <= until and later.since["before"] == edition.day
        for m in later.since["moved"]
    ]
    return pd.DataFrame(rows, columns=["id", "label", "before", "now", "why"])


# --- from quarter to quarter ------------------------------------------------------------------------------------------


def quarters(until: dt.date) -> list[dt.date]:
    """Return the article's January, the ends of the quarters that follow it, and the day of a run.

    >>> [day.isoformat() for day in quarters(dt.date(2025, 8, 1))]
    ['2025-01-31', '2025-03-31', '2025-06-30', '2025-08-01']
    """
    ends = pd.date_range(FIRST_QUARTER, until, freq="QE")
    days = [FIRST_QUARTER, *(end.date() for end in ends), until]
    return sorted({day for day in days if day <= until})


@per_model
def answers_by_day(model: Model) -> pd.DataFrame:
    """Return what each call's answers were with what was public at the end of each quarter.

    The same code and rules at every day; what moved an answer is what became public. Columns: id, call, horizon, day,
    the words band, was_it_r1 and came_true, and p_own, the share of draws on the article's side.
    """
    calls = tables.load("calls").set_index("id")
    names = tables.call_names()
    rows = []
    for day in quarters(model.parameters.vintage):
        one = model if day == model.parameters.vintage else Model(model.parameters.with_(vintage=day))
        judged = evaluate.decided(one)
        rows += [
            {
                "id": key,
                "call": names[key],
                "horizon": calls.loc[key, "horizon"],
                "day": day.isoformat(),
                **found,
                "p_own": shares.own if (shares := judged[key].shares) else float("nan"),
            }
            for key, found in answers(one).items()
            if evaluate.is_call(key)
        ]
    return pd.DataFrame(rows)


def turns(model: Model) -> pd.DataFrame:
    """Return the answers that turned from quarter to quarter: id, call, horizon, question, first, later, since.

    ``later`` has every answer after the first, ``since`` the end of the quarter from which each held.
    """
    columns = ["id", "call", "horizon", "question", "first", "later", "since"]
    rows = []
    for key, path in answers_by_day(model).groupby("id", sort=False):
        for question in frozen.QUESTIONS:
            steps = path[path[question] != path[question].shift()]
            if len(steps) > 1:
                before, *after = (rule.spoken(word) for word in steps[question])
                since = ", then ".join(words.day(day) for day in steps["day"].iloc[1:])
                one = path.iloc[0]
                rows.append(
                    (
                        *(key, one["call"], one["horizon"], words.ASKED[question]),
                        *(before, ", then ".join(after), since),
                    )
                )
    return pd.DataFrame(rows, columns=columns)
