"""Questions of January 2025 that a reader may answer before they look, with what came and what others would have said."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from deepseek_era import tables
from deepseek_era.model import Model
from deepseek_era.verdicts import forecasts, scorecard
from deepseek_era.words import number_word

EACH = 3
"""So many questions at most in which the article came out right, and as many in which it did not."""
WORDED = 10  # up to here a number stands as a word


def questions(model: Model) -> list[dict[str, Any]]:
    """Return the questions: id, call, question, came (1 right, 0 not), status, seen, and the forecasters' chances.

    Asked are the first settled readings of the article's calls in the order of the table that has a question for them,
    one a call, as many that came out right as ones that did not: so no side is favoured, and nobody picks.
    """
    asked = tables.load("own_calls").merge(forecasts.scored(model), on=["call_id", "reading"])
    rules = scorecard.scorecard(model).settled
    asked = asked.merge(
        rules[["call_id", "reading", "threshold_right", "value_to_date"]], on=["call_id", "reading"]
    )
    came = {passed: _first(asked[asked["passed"] == passed]) for passed in (1.0, 0.0)}
    # a call is asked of once, on the side that is shorter of questions
    came[0.0] = came[0.0][~came[0.0]["call_id"].isin(came[1.0]["call_id"])]
    many = min(EACH, *map(len, came.values()))
    chosen = pd.concat([rows.head(many) for rows in came.values()]).sort_index()
    return [_question(row) for row in chosen.to_dict("records")]


def _first(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop_duplicates("call_id")


def _question(row: dict[Any, Any]) -> dict[str, Any]:
    size = re.search(r"\d+(?:\.\d+)?", str(row["threshold_right"]))
    number = float(size[0]) if size else 0.0
    words = number_word(int(number)) if number.is_integer() and 0 < number <= WORDED else f"{number:g}"
    with_r1 = row["p_with"] if row["s_defined"] else row["p_without"]
    return {
        "id": f"{row['call_id']}{row['reading']}",
        "call": row["call_id"],
        "question": str(row["question"]).format(right=words),
        "came": int(row["passed"]),
        "status": row["status"],
        "seen": str(row["value_to_date"]),
        "chances": {"article": row["p_article"], "january": row["p_without"], "model": with_r1},
    }
