"""What limits a verdict: the size that it must reach, single judgements, other forms, versions changed afterwards.

Figures and words only; what is computed again stands in `branches`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepseek_era import tables
from deepseek_era.capacity.aggregate import YEARS_LONG, tau_years
from deepseek_era.figure import Figure, format_number, round_significant
from deepseek_era.model import Model
from deepseek_era.verdicts import branches, tally
from deepseek_era.verdicts.evaluate import LEVELS, Evaluation, evaluations, is_call, judged
from deepseek_era.words import listed

MATERIAL_LEVEL = 0.05
"""From this change of its probability on the event matters to a level."""
LEVEL = LEVELS[0]


# ---------------------------------------------------------------- size


@dataclass(frozen=True)
class Size:
    """How far a call's effect is from the size that it must reach, in the unit of the impact.

    Attributes
    ----------
    needed
        The article's own size where it gives one, else the size that would matter.
    reach
        95th percentile of the absolute effect.
    holds_from
        The size from which "too small" is the word, all else as it is.
    """

    needed: float
    reach: float
    holds_from: float
    zero: float
    """Share of the draws without any effect."""

    @property
    def ratio(self) -> float:
        """Reach over what is needed."""
        return self.reach / self.needed


def size(e: Evaluation, limit: float) -> Size:
    """Return how far the effect of a call is from the size that it must reach."""
    needed = max(e.threshold, e.call.article_size)
    reach, zero = float(np.quantile(np.abs(e.effect), 0.95)), float(np.mean(e.effect == 0))
    if e.call.article_size <= e.threshold:
        return Size(needed, reach, float(np.quantile(np.abs(e.effect), limit)), zero)
    # with a size of the article's own the other side keeps the size that would matter
    found = e.shares()
    assert found is not None
    towards = e.effect if e.call.article_call != "loser" else -e.effect
    return Size(needed, reach, float(np.quantile(towards, min(1.0, limit + found.other))), zero)


def likely(model: Model) -> float:
    """Return the probability from which a word holds in a run."""
    return float(model.parameters.setting("p_likely"))


def too_small(model: Model) -> dict[str, Size]:
    """Return the calls that are too small for what the article says, with their sizes, in file order."""
    return {
        key: size(e, likely(model))
        for key, e in evaluations(model).items()
        if is_call(key) and judged(model)[key].agreement == "Too small"
    }


def size_kind(key: str) -> str:
    """Return the kind of the size that the article gives to a call, published or judgement; empty without one."""
    return str(tables.load("article_sizes").set_index("call")["kind"].to_dict().get(key, ""))


def size_words(model: Model) -> str:
    """Return in sentences how likely the sizes are that the article gives itself."""
    words = tables.load("article_sizes").set_index("call")["words"].to_dict()
    said = []
    for key, e in evaluations(model).items():
        if not e.call.article_size:
            continue
        read = f", our reading of “{words[key]}”" if size_kind(key) == "judgement" else ""
        p = _percent(judged(model)[key].shares.own)
        said.append(f"{e.call.name}, {tally.sized(e.call.article_size, e.call.unit)}{read}: {p}.")
    return f"Where the article gives a size, that size counts. {' '.join(said)}" if said else ""


# ---------------------------------------------------------------- other forms


def holds(model: Model, key: str) -> bool:
    """Return whether an agreement holds in every other form of its question and rests on no single judgement.

    The contest form and the Era forecast, where the call has them, must make the article's side likely too.
    """
    e, limit = evaluations(model)[key], likely(model)
    forms = [found for found in (e.shares("contest"), e.shares("era")) if found is not None]
    alone = any(a.decides for a in branches.alone(model) if a.call == key and len(a.parameters) == 1)
    return judged(model)[key].agreement == "Agree" and not alone and all(f.own >= limit for f in forms)


def article_layer(model: Model, key: str) -> dict[str, Any]:
    """Return what a card says beside the verdict: shares, size, edge, other forms, cells, level, single judgements."""
    e, j = evaluations(model)[key], judged(model)[key]
    small = too_small(model).get(key)
    return {
        "article_size": e.call.article_size or None,
        "p_article": round_significant(j.shares.own),
        "p_against": round_significant(j.shares.other),
        "p_too_small": round_significant(j.shares.small),
        "cells": {c: round_significant(p) for c, p in (e.cells() or {}).items()} or None,
        "level": level(model, key),
        "rests": [alone_words(a) for a in branches.alone(model) if a.call == key],
        "edge": j.edge,
        "lasting": j.lasting,
        "holds": holds(model, key),
        "size": None
        if small is None
        else {name: round_significant(value) for name, value in vars(small).items()},
    }


# ---------------------------------------------------------------- a level


def level(model: Model, key: str) -> dict[str, float] | None:
    """Return P(the level is reached) with the event and without it, same draws; None for what is no level."""
    if key not in LEVELS:
        return None
    e = evaluations(model)[key]
    without = e.effect - e.rows["effect"] / 100
    return {"with": round_significant(e.p.win), "without": float(np.mean(without >= e.threshold))}


def level_words(model: Model) -> str:
    """Return in a sentence what the event adds to the level."""
    found = level(model, LEVEL)
    assert found is not None
    p, q = found["with"], found["without"]
    adds = "too little to matter" if abs(p - q) < MATERIAL_LEVEL else "enough to matter"
    return (
        f"Capacity is full two years on in {_percent(p)} of the draws with the event and in {_percent(q)} without "
        f"it: the event adds {adds}"
    )


def _percent(p: float) -> str:
    return format_number(p, "probability")


# ---------------------------------------------------------------- words


def label(name: str) -> str:
    """Return a parameter's name as it stands inside a sentence."""
    from deepseek_era.verdicts.report import spoken  # that module reads this one

    return spoken(name)


def taken_out(a: branches.Alone) -> str:
    """Return in words which judgements were taken out."""
    parts = []
    for name, copied in zip(a.parameters, a.copied, strict=True):
        parts.append(f"with {label(name)} as {label(copied)}" if copied else f"without {label(name)}")
    return " and ".join(parts)


def alone_words(a: branches.Alone) -> str:
    """Return what is left of a side without a judgement, as a card says it."""
    return f"{taken_out(a)}: {_percent(a.p_without)} instead of {_percent(a.p)}"


def alone_sentence(model: Model, name: Callable[[str], str]) -> str:
    """Return in a sentence which likely sides one judgement decides alone."""
    found = [a for a in branches.alone(model) if a.decides and len(a.parameters) == 1]
    if not found:
        return "No likely side is decided by one judgement alone"
    said = [f"{name(a.call)} ({_percent(a.p)}, {taken_out(a)} {_percent(a.p_without)})" for a in found]
    return f"At the size that would matter, one judgement alone decides {listed(said, 6)}"


def branch_words(model: Model) -> str:
    """Return in a sentence which verdicts turn if what was changed after a result had been seen is undone."""
    found = [o for o in branches.outcomes(model) if o.branch.role == "changed" and not o.skipped]
    if not found:
        return "This run sets itself what was changed after a result had been seen."
    turned = {t.call for o in found for t in o.turned}
    one = len(found) == 1
    count = tally.in_words(len(found)).capitalize()
    turn = f"{tally.in_words(len(turned))} call{'s' if len(turned) != 1 else ''} turn{'s' if len(turned) == 1 else ''}"
    return (
        f"{count} {'input was' if one else 'inputs were'} changed after a result had been seen; as "
        f"{'it' if one else 'they'} stood before, {turn}."
    )


def anyway_words(model: Model, agree: int) -> str:
    """Return what becomes of the agreements once rivals have caught up, as what follows from an assumption."""
    if not agree:
        return "The model agrees with no call, so there is nothing for rivals to take away"
    last = sum(j.lasting for k, j in judged(model).items() if is_call(k) and j.agreement == "Agree")
    share = _percent(float(np.median(model.draws["catch_up"])))
    kept = f"{last} of the {agree} agreements last" if last else f"none of the {agree} agreements lasts"
    return (
        f"How much of it is our judgement, {share} in the middle of its range. On that assumption {kept}. For the long "
        f"calls this is no finding: in {_percent(caught_up(model))} of the draws rivals are done catching up before the "
        "three years are over"
    )


def caught_up(model: Model) -> float:
    """Return the share of the draws in which catching up is over within the horizon of the long calls."""
    tau = tau_years(model.draws["inference_gain"], model.draws["price_trend"])
    return float(np.mean(tau <= YEARS_LONG))


# ---------------------------------------------------------------- figures


def _probability(id: str, value: float, label: str) -> Figure:
    return Figure(id, value, "probability", "modelled", label)


def _count(id: str, value: int, label: str) -> Figure:
    return Figure(id, value, "count", "modelled", label)


def figures(model: Model) -> list[Figure]:
    """Return the figures of what limits the verdicts."""
    found = [
        _count(
            "verdicts.branches", len(branches.outcomes(model)), "Number of disclosed versions that are run"
        ),
        _count(
            "verdicts.branches_turned",
            len(branches.turned(model)),
            "Number of calls that any disclosed version turns, changed inputs and alternatives alike",
        ),
        _count(
            "verdicts.changes_turned",
            len(branches.turned(model, "changed")),
            "Number of calls that turn if an input changed after its result had been seen is undone",
        ),
        _probability(
            "verdicts.caught_up", caught_up(model), "P(rivals have caught up before the long horizon ends)"
        ),
        _count(
            "verdicts.out_of_reach",
            sum(s.ratio < 1 for s in too_small(model).values()),
            "Number of too small calls that hardly one draw in twenty would bring up to size",
        ),
    ]
    for a in branches.alone(model):
        name = "_and_".join(a.parameters)
        found.append(
            _probability(
                f"verdicts.{a.call.lower()}.p_without_{name}",
                a.p_without,
                f"{evaluations(model)[a.call].call.label}: P({a.side}) {taken_out(a)}",
            )
        )
    for key, e in evaluations(model).items():
        base, name = f"verdicts.{key.lower()}", e.call.label
        if e.call.article_size:
            found.append(
                _probability(
                    f"{base}.p_article_size",
                    judged(model)[key].shares.own,
                    f"{name}: P(at least the article's own size, {tally.sized(e.call.article_size, e.call.unit)})",
                )
            )
        if (both := level(model, key)) is not None:
            found += [
                _probability(f"{base}.p_full", both["with"], f"{name}: P(full) with the event"),
                _probability(f"{base}.p_full_without", both["without"], f"{name}: P(full) without the event"),
            ]
        if is_call(key):
            s = size(e, likely(model))
            found += [
                Figure(
                    f"{base}.too_small_from",
                    s.holds_from,
                    e.call.unit,
                    "modelled",
                    f"{name}: size from which the effect is too small",
                ),
                Figure(
                    f"{base}.reach",
                    s.ratio,
                    "ratio",
                    "modelled",
                    f"{name}: 95th percentile of the absolute effect over the size needed",
                ),
                _probability(f"{base}.p_zero", s.zero, f"{name}: P(no effect at all)"),
            ]
    return found
