"""The card of every call: all that stands on it, as JSON can hold it, numbers at six significant digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepseek_era import quotes
from deepseek_era.arrays import Array
from deepseek_era.figure import format_number, round_significant
from deepseek_era.ledger import study as ledger
from deepseek_era.model import Model, per_model
from deepseek_era.parameters import Row
from deepseek_era.tables import split_ids
from deepseek_era.verdicts import (
    branches,
    evidence,
    limits,
    market_lens,
    points,
    rule,
    sensitivity,
    symbols,
    tables,
)
from deepseek_era.verdicts.evaluate import (
    LEVELS,
    Evaluation,
    Judged,
    era_probability,
    evaluations,
    judged,
    quantiles,
)
from deepseek_era.verdicts.impacts import equation_of
from deepseek_era.verdicts.impacts.equations import Equation
from deepseek_era.verdicts.labels import driver_label, driver_value, like, spoken, taken_out, value_apart
from deepseek_era.verdicts.tables import ROW_UNITS, sources_of
from deepseek_era.words import capital

BINS = 48
DRIVERS = 6
"""Drivers on a card."""


def histogram(values: Array, threshold: float, bins: int = BINS, *, level: bool = False) -> dict[str, Any]:
    """Return counts of the impact in equal bins over a robust range that holds zero and both thresholds.

    The range is the 1st to the 98th percentile; what lies outside counts into the end bins. A `level` is read against
    one line, so only that line must be in the range. With the edges come the threshold and the quantiles that the
    drawing marks.
    """
    low, high = (float(q) for q in np.quantile(values, [0.01, 0.98]))
    held = [threshold] if level else [-threshold, 0.0, threshold]
    low, high = min(low, *held), max(high, *held)
    if not low < high:
        low, high = -1.0, 1.0
    pad = 0.02 * (high - low)
    edges = np.linspace(low - pad, high + pad, bins + 1)
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    marks = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
    return {
        "edges": [round_significant(float(e)) for e in edges],
        "counts": [int(c) for c in counts],
        "delta": round_significant(threshold),
        **{
            k: round_significant(float(v))
            for k, v in zip(("p5", "p25", "median", "p75", "p95"), marks, strict=True)
        },
    }


def _quantity(values: Array, p: rule.Probabilities | None) -> dict[str, Any]:
    low, middle, high = quantiles(values)
    found: dict[str, Any] = {
        "median": round_significant(middle),
        "p5": round_significant(low),
        "p95": round_significant(high),
    }
    if p is not None:
        found |= {
            "p_winner": round_significant(p.win),
            "p_loser": round_significant(p.lose),
            "p_neutral": round_significant(p.neutral),
        }
    return found


def _era(e: Evaluation, p: rule.Probabilities | None, latex: str) -> dict[str, Any]:
    found = {} if e.era is None else _quantity(e.era, p)
    if not found and p is not None:
        found = {"p_winner": round_significant(p.win), "p_loser": round_significant(p.lose)}
    probability = era_probability(e)
    found["p_article"] = None if probability is None else round_significant(probability)
    found["equation"] = latex or "I + B,\\ B \\sim N(0,\\sigma)"
    return found


def _market(model: Model, e: Evaluation) -> dict[str, Any] | None:
    """Return the market lens of a call: the word, and the reading of its first group on the day and the days after."""
    day = market_lens.readings(model, e.call)
    if not day:
        return None
    days = market_lens.readings(model, e.call, market_lens.DAYS)
    first = day[0]
    return {
        "verdict": market_lens.word(model, e.call),
        "group": " and ".join(r.group.replace("_", " ") for r in day),
        "value": first.return_pct,
        "low": first.low_pct,
        "high": first.high_pct,
        "p": first.p_placebo,
        "n": first.n,
        "day": [r.as_dict() for r in day],
        "days": [r.as_dict() for r in days],
    }


# ---------------------------------------------------------------- what moves it


def _driver(model: Model, key: str, name: str, share: float) -> dict[str, Any]:
    row = model.parameters.row(name)
    return {
        "id": name,
        "symbol": row.symbol,
        "label": driver_label(name),
        "unit": row.unit,
        "share": round_significant(share),
        "correlation": round_significant(float(sensitivity.rank_correlations(model)[key][name])),
        "kind": row.kind,
        "base": round_significant(row.quantile(0.5)),
        "p5": round_significant(row.quantile(0.05)),
        "p95": round_significant(row.quantile(0.95)),
        "sources": split_ids(str(row.source_ids)),
    }


def flip_text(b: sensitivity.BreakEven, row: Row) -> str:
    """Return one break-even in words."""
    name = driver_label(b.driver)
    parts = []
    becomes = f"the answer becomes “{rule.spoken(b.becomes)}”"
    if b.turn is not None and b.turn == b.base:
        parts.append(f"known to be at its base, {becomes}")
    elif b.turn is not None:
        side = "above" if b.turn > b.base else "below"
        parts.append(f"{side} {value_apart(b.turn, b.base, row.unit)} {becomes}")
    if b.zero is not None:
        # what root finding leaves of nought is nought
        zero = 0.0 if abs(b.zero) < 1e-6 * abs(b.high - b.low) else b.zero
        parts.append(f"at {value_apart(zero, b.base, row.unit)} the median is zero")
    # with as many digits as what is told apart from it
    told = any(one is not None and one != b.base and like(one, b.base, row.unit) for one in (b.turn, b.zero))
    base = driver_value(b.base, row.unit, kind="observed" if told else "modelled")
    if not parts:
        parts.append(
            f"no value from {driver_value(b.low, row.unit)} to {driver_value(b.high, row.unit)} changes it"
        )
    return f"{name} (base {base}): " + "; ".join(parts)


def _flip(model: Model, b: sensitivity.BreakEven) -> dict[str, Any]:
    turn = b.zero if b.turn is None else b.turn
    return {
        "driver": b.driver,
        "label": driver_label(b.driver),
        "base": round_significant(b.base),
        "zero": None if b.zero is None else round_significant(b.zero),
        "turn": None if b.turn is None else round_significant(b.turn),
        "value": None if turn is None else round_significant(turn),
        "becomes": b.becomes,
        "text": flip_text(b, model.parameters.row(b.driver)),
    }


@per_model
def _hangs(model: Model) -> dict[str, list[str]]:
    """Return what each answer hangs on, in words: one input, the threshold, or evidence that came later; often nothing."""
    found = {}
    for row in tables.fragility(model).itertuples():
        words = []
        if row.follows:
            what = "one judgement" if row.judged else "one input"
            words.append(f"follows {what} almost alone: {spoken(str(row.driver))}")
        if row.at_threshold:
            words.append("rests on where the line of what would matter is drawn")
        if row.moved:
            because = f" on {spoken(str(row.mover))}" if row.mover else ""
            words.append(f"moved by evidence{because}: “{rule.spoken(str(row.before))}” in January 2025")
        found[str(row.id)] = words
    return found


# ---------------------------------------------------------------- the card


def _call(e: Evaluation, j: Judged, equation: Equation) -> dict[str, Any]:
    """Return what the article says, what is asked, and the answer."""
    return {
        "id": e.call.id,
        "code": e.call.code,
        "name": e.call.name,
        "stakeholder": e.call.stakeholder,
        "horizon": e.call.horizon,
        "article_call": e.call.article_call,
        "words": quotes.quotation(e.call.words),
        "mechanism": e.call.mechanism,
        "theme": e.call.theme,
        "impact_variable": e.call.variable,
        "unit": e.call.unit,
        "threshold": round_significant(e.threshold),
        "equation": equation.latex,
        "band": j.band,
        "word": j.word,
    }


def _finite(value: float) -> float | None:
    """Return a number at six digits; None for none and for what has no end."""
    return round_significant(value) if np.isfinite(value) else None


def _beside(model: Model, e: Evaluation, j: Judged) -> dict[str, Any]:
    """Return how the words came about: shares, sizes, edge, how long it lasts, cells, level, single judgements."""
    key = e.call.id
    size, level = limits.sizes(model).get(key), limits.level(model, key)
    row = tables.calls(model).set_index("id").to_dict("index")[key]
    rests = [
        f"{taken_out(a.parameters, a.copied)} the likelier side comes out in {format_number(a.p_without, 'probability')} of the "
        f"draws instead of {format_number(a.p, 'probability')}"
        for a in branches.alone(model)
        if a.call == key
    ]
    numbers = [*("p_own", "p_own_attributable", "months", "chi_star", "delta_low", "delta_high")]
    numbers += ["delta_visible", "p_visible", "p_zero"]
    return {
        "article_size": e.call.article_size or None,
        **{name: _finite(float(row[name])) for name in numbers},
        "cells": {c: round_significant(p) for c, p in (e.cells() or {}).items()} or None,
        "level": None if level is None else {"with": round_significant(level[0]), "without": level[1]},
        "rests": rests,
        "edge": j.edge,
        "fades": j.fades,
        "reach": None if size is None else round_significant(size.reach),
        "short": row["band_short"],
        "long": row["band_long"],
    }


def _odds(e: Evaluation, later: rule.Probabilities) -> dict[str, Any]:
    probability = era_probability(e)
    return {
        "p_winner": round_significant(e.p.win),
        "p_loser": round_significant(e.p.lose),
        "p_neutral": round_significant(e.p.neutral),
        "p_winner_attributable": round_significant(later.win),
        "p_loser_attributable": round_significant(later.lose),
        "p_era": None if probability is None else round_significant(probability),
    }


def _forms(e: Evaluation, equation: Equation, later: rule.Probabilities) -> dict[str, Any]:
    """Return the quantities over the draws: effect, attributable, era, contest, further outputs."""
    era, contest = e.probabilities("era"), None
    if e.contest is not None:
        words = {"label": capital(equation.contest_words), "equation": equation.contest_latex}
        contest = _quantity(e.contest, e.probabilities("contest")) | words
    return {
        "effect": _quantity(e.effect, e.p),
        "attributable": _quantity(e.attributable, later),
        "era": None if e.era is None and era is None else _era(e, era, equation.era_latex),
        "contest": contest,
        "rows": {
            name: _quantity(values, None) | {"unit": ROW_UNITS.get((e.call.id, name), e.call.unit)}
            for name, values in e.rows.items()
        },
    }


def _symbols(e: Evaluation, equation: Equation) -> str:
    """Return what the symbols of a card's equations mean."""
    shown = e.era is not None
    own = (equation.latex, equation.era_latex if shown else "", equation.contest_latex)
    return symbols.explained(*own, others=shown and not equation.era_latex)


def card(model: Model, key: str) -> dict[str, Any]:
    """Return everything that the card of one call shows."""
    e, j, equation = evaluations(model)[key], judged(model)[key], equation_of(key)
    later = e.probabilities("attributable")
    assert later is not None
    agreeing, gone = sensitivity.agreeing_share(model, key)
    shares = sensitivity.rank_shares(model, key).head(DRIVERS)
    return {
        **_call(e, j, equation),
        **_beside(model, e, j),
        "one_sided": j.one_sided,
        "sign_by_construction": equation.sign_by_construction,
        "lens": e.call.lens,
        **_odds(e, later),
        **_forms(e, equation, later),
        "market_lens": _market(model, e),
        "drivers": [_driver(model, key, str(name), float(share)) for name, share in shares.items()],
        "flips": [_flip(model, b) for b in sensitivity.break_evens(model, key)],
        "ledger": ledger.words(model, key),
        "points": points.words(model, key),
        "evidence": [o.as_dict() for o in evidence.observations(model).get(key, [])],
        "judgement_load": round_significant(sensitivity.judgement_load(model, key)),
        "specifications_agreeing": round_significant(agreeing),
        "specifications_gone": round_significant(gone),
        "weak": equation.weak,
        "symbols": _symbols(e, equation),
        "fragility": capital("; ".join(_hangs(model)[key])),
        "histogram": histogram(e.effect, e.threshold, level=key in LEVELS),
        "sources": list(sources_of(model, key)),
    }


@per_model
def cards(model: Model) -> list[dict[str, Any]]:
    """Return the card of every call and consideration, in file order."""
    return [card(model, key) for key in evaluations(model)]
