"""The cross of the two answers that every call has, "did it come true?" and "was it R1?".

One tally of it serves every title and every sentence, and each set of counts adds up to the number of calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import pandas as pd

from deepseek_era import tables
from deepseek_era.model import Model, per_model
from deepseek_era.verdicts import came, rule
from deepseek_era.verdicts.evaluate import judged
from deepseek_era.verdicts.tally import in_words
from deepseek_era.words import listed

CELLS = (
    "right_and_r1",
    "right_other_reasons",
    "right_unclear",
    "partly_and_r1",
    "partly_not_r1",
    "wrong",
    "too_early",
)
"""Where a call can stand in the cross; every call stands in one of them."""


def by_r1(was_it_r1: str, horizon: str) -> bool:
    """Return whether R1 had a hand in it; what was gone by the horizon of a long call does not count."""
    return was_it_r1 == "yes" or (was_it_r1 == "for a while" and horizon != "long")


def cell(came_true: str, was_it_r1: str, horizon: str) -> str:
    """Return where a call stands in the cross, one of `CELLS`.

    >>> cell("mostly", "for a while", "short"), cell("mostly", "for a while", "long")
    ('right_and_r1', 'right_other_reasons')
    """
    if came_true in ("too early", "no"):
        return "wrong" if came_true == "no" else "too_early"
    moved = by_r1(was_it_r1, horizon)
    if came_true == "partly":
        return "partly_and_r1" if moved else "partly_not_r1"
    if moved:
        return "right_and_r1"
    return "right_unclear" if was_it_r1 == "cannot be told" else "right_other_reasons"


def cross(came_true: Mapping[str, str], was_it_r1: Mapping[str, str]) -> pd.DataFrame:
    """Return both answers of each of the article's calls: id, name, horizon, came_true, was_it_r1, cell; no consideration.

    Raises
    ------
    KeyError
        For a call without one of the two answers.
    """
    found = tables.load("calls")[["id", "short_name", "horizon"]].rename(columns={"short_name": "name"})
    found = found[found["id"].str.startswith("C")].reset_index(drop=True)
    found["came_true"] = [came_true[call] for call in found["id"]]
    found["was_it_r1"] = [was_it_r1[call] for call in found["id"]]
    both = zip(found["came_true"], found["was_it_r1"], found["horizon"], strict=True)
    return found.assign(cell=[cell(*answers) for answers in both])


@per_model
def of_model(model: Model) -> pd.DataFrame:
    """Return the cross of a run, with ``edge`` (whether the answer about R1 is on the edge) and ``one_sided``."""
    held, answers = judged(model), came.words(model)
    found = cross({c: a.word for c, a in answers.items()}, {c: j.word for c, j in held.items()})
    more = {name: [getattr(held[c], name) for c in found["id"]] for name in ("edge", "one_sided")}
    return found.assign(**more)


def grid(crossed: pd.DataFrame) -> pd.DataFrame:
    """Return the cross as a reader sees it: a row an answer to "did it come true?", a column an answer to "was it R1?".

    The first column, ``came_true``, says how many calls stand there. A name with its horizon where it
    stands twice, and `(edge)` behind it where the answer is on the edge.
    """
    names = crossed["name"].where(
        ~crossed["name"].duplicated(keep=False), crossed["name"] + ", " + crossed["horizon"]
    )
    names = names.where(~crossed["edge"].astype(bool), names + " (edge)")
    rows = []
    for word in came.CAME_TRUE:
        here = crossed["came_true"] == word
        row = {"came_true": f"{word[0].upper()}{word[1:]} ({here.sum()})"}
        for answer in rule.WAS_IT_R1:
            row[rule.NAMES[answer]] = "; ".join(names[here & (crossed["was_it_r1"] == answer)]) or "–"
        rows.append(row)
    return pd.DataFrame(rows)


def headers(crossed: pd.DataFrame) -> dict[str, str]:
    """Return the head of each column of `grid`: the answer and how many calls have it."""
    counts = {a: int((crossed["was_it_r1"] == a).sum()) for a in rule.WAS_IT_R1}
    return {
        rule.NAMES[a]: f"{rule.spoken(a)[0].upper()}{rule.spoken(a)[1:]} ({n})" for a, n in counts.items()
    }


@dataclass(frozen=True)
class Tally:
    """Number of calls in each cell of the cross; they add up to `total`."""

    right_and_r1: int
    right_other_reasons: int
    right_unclear: int
    partly_and_r1: int
    partly_not_r1: int
    wrong: int
    too_early: int

    @property
    def total(self) -> int:
        """Number of calls."""
        return sum(getattr(self, field.name) for field in fields(self))

    @property
    def right(self) -> int:
        """Number of calls that came true, or mostly."""
        return self.right_and_r1 + self.right_other_reasons + self.right_unclear

    @property
    def partly(self) -> int:
        """Number of calls that came partly true."""
        return self.partly_and_r1 + self.partly_not_r1


def tally(crossed: pd.DataFrame) -> Tally:
    """Return how many calls stand in each cell of a cross: what every title and sentence counts by."""
    found = crossed["cell"].value_counts()
    return Tally(**{name: int(found.get(name, 0)) for name in CELLS})


def figures(crossed: pd.DataFrame) -> dict[str, int]:
    """Return the counts of the cross by the ids of their figures; all add up to the number of calls."""
    counted = tally(crossed)
    early = crossed[crossed["cell"] == "too_early"]["was_it_r1"]
    found = {f"verdicts.{name}": getattr(counted, name) for name in CELLS if name != "too_early"}
    return found | {
        f"verdicts.too_early.{rule.NAMES[word]}": int((early == word).sum()) for word in rule.WAS_IT_R1
    }


def head(t: Tally) -> str:
    """Return the cross as a title: the strongest thing that it says."""
    if t.too_early == t.total:
        return f"Of all {t.total} calls it is too early to tell"
    return (
        f"Of {t.total} calls {none(t.right_and_r1)} came true because of R1, {none(t.partly_and_r1)} in part with its help, "
        f"and {none(t.wrong)} came out wrong"
    )


def none(number: int) -> str:
    """Return a count in words, ``none`` for nought."""
    return in_words(number) if number else "none"


def all_or(number: int, of: int) -> str:
    """Return a count in words, ``all`` where it is all of several."""
    return "all" if number == of > 1 else none(number)


def sentences(t: Tally, one_sided: int = 0) -> str:
    """Return the cross in sentences that can be read aloud.

    Parameters
    ----------
    one_sided
        How many of the calls that came true, at least in part, with a hand of R1 rest on an equation that can hardly say otherwise.
    """
    if t.too_early == t.total:
        return f"Of all {t.total} calls it is too early to tell."
    said = f"Of the article’s {t.total} calls {none(t.right)} came true, in full or mostly"
    reasons = {
        "because of R1": t.right_and_r1,
        "for other reasons": t.right_other_reasons,
        "for reasons that cannot be told": t.right_unclear,
    }
    shares = {why: n for why, n in reasons.items() if n}
    if len(shares) == 1:
        why, n = next(iter(shares.items()))
        said += f", {'all of them ' if n > 2 else 'both ' if n == 2 else ''}{why}"
    elif shares:
        said += f": {listed([f'{in_words(n)} {why}' for why, n in shares.items()])}"
    found = [f"{said}."]
    if t.partly:
        found.append(
            f"{in_words(t.partly).capitalize()} came true in part, and in {all_or(t.partly_and_r1, t.partly)} of them R1 had a hand, "
            "if only for a while."
        )
    moved = t.right_and_r1 + t.partly_and_r1
    if moved and one_sided:
        if moved == 1:
            whole = "The equation behind that one"
        else:
            whole = f"The equations behind {'all' if one_sided == moved else in_words(one_sided)} of these"
        found.append(f"{whole} can hardly come out the other way.")
    found.append(
        f"{none(t.wrong).capitalize()} came out wrong, and for {none(t.too_early)} it is too early to tell."
    )
    return " ".join(found)


def one_sided_in(crossed: pd.DataFrame) -> int:
    """Return how many of the calls that came true, at least in part, with a hand of R1 rest on a one-sided equation."""
    return int(crossed.loc[crossed["cell"].isin(["right_and_r1", "partly_and_r1"]), "one_sided"].sum())
