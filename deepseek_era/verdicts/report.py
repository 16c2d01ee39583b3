"""The verdict part of a run: its figures, the table of calls, the cards, the matrix and the belief explorer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from deepseek_era import quotes
from deepseek_era.arrays import Array
from deepseek_era.figure import Figure, format_number, round_significant
from deepseek_era.model import Model, per_model
from deepseek_era.parameters import Row
from deepseek_era.tables import ARTICLE_VINTAGE, split_ids
from deepseek_era.verdicts import evidence, limits, market_lens, rule, sensitivity, tally
from deepseek_era.verdicts.columns import COLUMNS
from deepseek_era.verdicts.evaluate import (
    LEVELS,
    SCALES,
    Evaluation,
    era_probability,
    evaluations,
    frame,
    is_call,
    judged,
    quantiles,
    verdict_word,
)
from deepseek_era.verdicts.evaluate import judge as judge_evaluation
from deepseek_era.verdicts.impacts import OTHER, PAIRS, Case, equation_of
from deepseek_era.words import in_sentence, listed

BINS = 48
EXPLORER_DRAWS = 2048
EXPLORER_DRIVERS = 6
FRAGILE_CORRELATION = 0.85
TASK_MODELS = ("DeepSeek R1", "o1-2024-12-17 (high)")  # as one public benchmark of coding tasks names them

ROW_UNITS = {("A01", "effect"): "pp"}  # further outputs that are not in the call's own unit

_WORDS = {
    "pass through": "pass-through",
    "nvidia": "Nvidia",
    "china": "China",
    "us compute": "US compute",
    "ai ": "AI ",
    "rd response": "research response",
    "o1 lead": "lead of o1",
    "growth gap row": "growth gap elsewhere",
}


def driver_label(name: str) -> str:
    """Return a parameter's name in words, with its horizon after a comma: ``Pass-through, long``."""
    if name == sensitivity.SHOCKS:
        return "Chance in demand"
    text = name
    horizon = ""
    for suffix in ("_short", "_long"):
        if text.endswith(suffix):
            text, horizon = text[: -len(suffix)], f", {suffix[1:]}"
    text = text.replace("_", " ")
    for old, new in _WORDS.items():
        text = text.replace(old, new)
    return text[0].upper() + text[1:] + horizon


def spoken(name: str) -> str:
    """Return a parameter's name as it stands inside a sentence: ``long-run pass-through``."""
    label, _, horizon = driver_label(name).partition(", ")
    return f"{horizon}-run {in_sentence(label)}" if horizon else in_sentence(label)


def driver_value(value: float, unit: str = "ratio", *, kind: str = "modelled") -> str:
    """Return a driver's value as people write it: shares as percent, ratios with a times sign."""
    if unit == "share":
        return format_number(100 * value, "%", kind)
    known = unit if unit in ("ratio", "ratio per year", "years", "months", "%", "pp") else "elasticity"
    return format_number(value, known, kind)


def value_apart(value: float, base: float, unit: str) -> str:
    """Return a value in words, with a third digit where two would not tell it from the base."""
    text = driver_value(value, unit)
    return text if text != driver_value(base, unit) else driver_value(value, unit, kind="observed")


# ---------------------------------------------------------------- grades


@per_model
def grades(model: Model) -> dict[str, rule.Grade]:
    """Return the confidence grade of every call, computed once."""
    found = {}
    for key, e in evaluations(model).items():
        sign = rule.side_of(judged(model)[key].verdict)
        median = float(np.median(e.effect))
        towards = {"winner": "good", "loser": "bad"}.get(sign) or ("good" if median > 0 else "bad")
        caps = ["A", equation_of(key).grade_cap, "B" if judged(model)[key].one_sided else "A"]
        found[key] = rule.grade(
            evidence.same_sign(model, key, towards),
            sensitivity.judgement_load(model, key),
            sensitivity.agreeing_share(model, key)[0],
            cap=max(caps, key=rule.GRADES.index),
        )
    return found


def calls_table(model: Model) -> pd.DataFrame:
    """Return the table of calls: one row per call and consideration, columns `COLUMNS`, six significant digits.

    Impact and probabilities are those of the Effect; ``p_era_winner`` and ``p_era_loser`` are those of the Era
    forecast, missing where there is none. ``p_era`` selects the one of these two on the article's side. It belongs to
    the agreement columns, `AGREEMENT_COLUMNS`; all others know nothing of the article. ``p_article``, ``p_against``
    and ``p_too_small`` add up to one: the article's side at its own size where it gives one, the other side, neither.
    ``cells`` holds the joint shares of a flip.
    """
    table = frame(model)
    table["grade"] = [grades(model)[key].letter for key in table["id"]]
    table["on_edge"] = [judged(model)[key].edge for key in table["id"]]
    table["cells"] = [
        "; ".join(f"{name} {format_number(p, 'probability')}" for name, p in (e.cells() or {}).items())
        for e in evaluations(model).values()
    ]
    numbers = table.select_dtypes("number").columns
    table[numbers] = table[numbers].map(lambda x: round_significant(x) if pd.notna(x) else x)
    return table[list(COLUMNS)]


# ---------------------------------------------------------------- figures


def driver_sources(model: Model, call_id: str) -> tuple[str, ...]:
    """Return the source ids of the parameters that a call reads, each once."""
    found: dict[str, None] = {}
    for name in equation_of(call_id).drivers:
        found.update(dict.fromkeys(split_ids(str(model.parameters.row(name).source_ids))))
    return tuple(found)


def _probability_figure(id: str, value: float, label: str, sources: tuple[str, ...]) -> Figure:
    return Figure(id, value, "probability", "modelled", label, sources=sources)


def _call_figures(model: Model, key: str, e: Evaluation) -> list[Figure]:
    base, name = f"verdicts.{key.lower()}", e.call.label
    sources = driver_sources(model, key)
    found = [
        Figure.from_draws(
            f"{base}.impact",
            e.effect,
            unit=e.call.unit,
            label=f"{name}: {e.call.variable} (Effect)",
            sources=sources,
        ),
        Figure.from_draws(
            f"{base}.attributable",
            e.attributable,
            unit=e.call.unit,
            label=f"{name}: the same after rivals have caught up (Attributable)",
            sources=sources,
        ),
        Figure(
            f"{base}.threshold",
            e.threshold,
            e.call.unit,
            "judgement",
            f"{name}: size from which the impact would matter",
        ),
        _probability_figure(f"{base}.p_winner", e.p.win, f"{name}: P(wins)", sources),
        _probability_figure(f"{base}.p_loser", e.p.lose, f"{name}: P(loses)", sources),
        _probability_figure(f"{base}.p_neutral", e.p.neutral, f"{name}: P(neither)", sources),
        _probability_figure(
            f"{base}.p_article",
            judged(model)[key].shares.own,
            f"{name}: P(the article's side, at the article's size)",
            sources,
        ),
    ]
    found += [
        _probability_figure(
            f"{base}.p_{cell.replace('-', '_')}", p, f"{name}: P({cell.replace('-', ' then ')})", sources
        )
        for cell, p in (e.cells() or {}).items()
    ]
    era, both = era_probability(e), e.probabilities("era")
    if era is not None and both is not None:
        words = "in the Era forecast"
        found += [
            _probability_figure(f"{base}.p_era", era, f"{name}: P(the article's side) {words}", sources),
            _probability_figure(f"{base}.p_era_winner", both.win, f"{name}: P(wins) {words}", sources),
            _probability_figure(f"{base}.p_era_loser", both.lose, f"{name}: P(loses) {words}", sources),
        ]
    if e.era is not None:
        found.append(
            Figure.from_draws(
                f"{base}.era",
                e.era,
                unit=e.call.unit,
                label=f"{name}: Era forecast, all causes",
                sources=sources,
            )
        )
    if e.contest is not None:
        p = e.probabilities("contest")
        assert p is not None
        words = equation_of(key).contest_words
        found += [
            Figure.from_draws(
                f"{base}.contest",
                e.contest,
                unit=e.call.unit,
                label=f"{name}, contest: {words}",
                sources=sources,
            ),
            _probability_figure(f"{base}.contest_p_winner", p.win, f"{name}, contest: P(wins)", sources),
            _probability_figure(f"{base}.contest_p_loser", p.lose, f"{name}, contest: P(loses)", sources),
        ]
    found += [
        Figure.from_draws(
            f"{base}.{row}",
            values,
            unit=ROW_UNITS.get((key, row), e.call.unit),
            label=f"{name}: {row.replace('_', ' ')}",
            sources=sources,
        )
        for row, values in e.rows.items()
    ]
    return found


def same_driver(model: Model) -> tuple[int, list[str]]:
    """Return for how many undecided calls one driver leads both size and verdict, and the labels of the others.

    Two drivers of a verdict that lie within the error of an index count as equal.
    """
    same, others = 0, []
    for key in sensitivity.undecided(model):
        size = sensitivity.all_sobol(model)[key]
        _, side = sensitivity.leading_side(model, key)
        behind = side.total.max() - dict(zip(side.drivers, side.total, strict=True))[size.drivers[0]]
        if behind <= side.binomial_error:
            same += 1
        else:
            others.append(evaluations(model)[key].call.label)
    return same, others


def _alone(model: Model, sides: bool) -> float | None:
    """Return the mean share of the variance that drivers explain one at a time, percent, over undecided calls."""
    keys = sensitivity.undecided(model)
    found = [
        sensitivity.leading_side(model, k)[1] if sides else sensitivity.all_sobol(model)[k] for k in keys
    ]
    return 100 * float(np.mean([np.clip(i.first.sum(), 0, 1) for i in found])) if keys else None


def _side_figures(model: Model) -> list[Figure]:
    """Return what the second run of indices found: which drivers decide the verdicts."""
    keys = sensitivity.undecided(model)
    errors = [sensitivity.leading_side(model, k)[1].binomial_error for k in keys]
    over = "mean over the calls whose verdict is not settled"
    return [
        Figure(
            "verdicts.undecided",
            len(keys),
            "count",
            "modelled",
            "Calls whose side is not settled in nearly all draws",
        ),
        Figure(
            "verdicts.same_driver",
            same_driver(model)[0],
            "count",
            "modelled",
            "Of these, calls in which one driver leads both the size and the verdict",
        ),
        Figure(
            "verdicts.alone_side",
            _alone(model, sides=True),
            "%",
            "modelled",
            f"Share of the verdict's variance that drivers explain one at a time, {over}",
        ),
        Figure(
            "verdicts.alone_size",
            _alone(model, sides=False),
            "%",
            "modelled",
            f"Share of the size's variance that drivers explain one at a time, {over}",
        ),
        Figure(
            "verdicts.sides_error",
            100 * max(errors, default=0.0),
            "pp",
            "modelled",
            "Widest half of a 95% interval of a total Sobol index of the verdicts",
        ),
    ]


def judgement_share(model: Model) -> float:
    """Return the share of the parameters with a distribution that rest on judgement, in percent."""
    rows = sensitivity.distributions(model.parameters)
    return 100 * float(np.mean([row.kind == "judgement" for row in rows.values()]))


def _loses_side(e: Evaluation, likely: float) -> bool:
    """Return whether a call has a likely side as Effect and none once rivals have caught up."""
    later = e.probabilities("attributable")
    assert later is not None
    return later.leading < likely <= e.p.leading


def tasks_per_dollar(model: Model) -> Figure:
    """Return how many more tasks a dollar solves at the prices of the first year, with R1's pass rate for o1's.

    Pass rates are those of one public benchmark of coding tasks; None if it was not public at the vintage.
    """
    id, label = (
        "verdicts.c09.tasks_per_dollar",
        "Coding tasks solved per dollar: R1's pass rate over o1's, at the market's average price after a year",
    )
    facts = model.facts.table("task_costs").set_index("model")
    if not set(TASK_MODELS) <= set(facts.index):
        return Figure(id, None, "%", "modelled", label)
    price = Case(model.draws, model.draws.z).aggregate.p_S
    r1, o1 = (float(facts["pass_rate_2_percent"].to_dict()[name]) for name in TASK_MODELS)
    ratio = r1 / o1
    sources = tuple(dict.fromkeys(str(facts["source_id"].to_dict()[name]) for name in TASK_MODELS))
    return Figure.from_draws(id, 100 * (ratio / price - 1), unit="%", label=label, sources=sources)


def calls_tally(model: Model) -> tally.Tally:
    """Return how many calls are counted under which name, considerations left out."""
    return tally.count(judged(model)[key].agreement for key in evaluations(model) if is_call(key))


def agreed(model: Model) -> list[str]:
    """Return the calls with which the model agrees, in file order."""
    return [k for k in evaluations(model) if is_call(k) and judged(model)[k].agreement == "Agree"]


def _count_figures(model: Model) -> dict[str, Figure]:
    """Return how many calls are counted under which name and mark, keyed by id."""
    counted_as = calls_tally(model)
    own = {key: e for key, e in evaluations(model).items() if is_call(key)}
    one_sided = sum(judged(model)[key].one_sided for key in own)
    gone = sum(_loses_side(e, float(model.parameters.setting("p_likely"))) for e in own.values())
    counts = {
        "agree": (counted_as.agree, "calls with which the model agrees"),
        "too_small": (counted_as.too_small, "calls whose effect is too small for what the article says"),
        "contradicted": (counted_as.contradicted, "calls that the model contradicts"),
        "open": (counted_as.open, "calls that the model leaves open"),
        "leaning": (counted_as.leaning, "open calls that lean the article's way"),
        "leaning_against": (counted_as.against, "open calls that lean against the article"),
        "not_supported": (
            counted_as.open - counted_as.leaning - counted_as.against,
            "open calls that lean to neither side",
        ),
        "edge": (sum(judged(model)[key].edge for key in own), "calls whose word is on the edge"),
        "agree_one_sided": (
            sum(judged(model)[k].one_sided for k in agreed(model)),
            "agreements whose sign is nearly given by the equation",
        ),
        "agree_lasting": (
            sum(judged(model)[k].lasting for k in agreed(model)),
            "agreements that stay likely once rivals have caught up",
        ),
        "agree_holding": (
            sum(limits.holds(model, k) for k in agreed(model)),
            "agreements that hold in every other form of the question and on no single judgement",
        ),
        "neutral": (
            sum(judged(model)[key].verdict == "Neutral" for key in own),
            "calls whose impact is likely too small to matter",
        ),
        "one_sided": (one_sided, "calls whose sign is nearly given by the equation"),
        "gone": (gone, "calls that lose their likely side once rivals have caught up"),
        "draws": (model.draws.n, "joint draws"),
    }
    return {
        f"verdicts.{name}": Figure(f"verdicts.{name}", value, "count", "modelled", f"Number of {label}")
        for name, (value, label) in counts.items()
    }


@per_model
def figures(model: Model) -> dict[str, Figure]:
    """Return every figure of the verdict part, keyed by id."""
    found = _count_figures(model)
    spread = sensitivity.block_spread(model)[["sd_winner", "sd_loser"]].to_numpy().max()
    extra = [
        Figure(
            "verdicts.judgement_share",
            judgement_share(model),
            "%",
            "modelled",
            "Share of the parameters with a distribution that rest on judgement",
        ),
        Figure(
            "verdicts.block_spread",
            100 * float(spread),
            "pp",
            "modelled",
            "Largest standard error of a probability over ten blocks of draws",
        ),
        Figure(
            "verdicts.sobol_error",
            100 * sensitivity.sobol_error(model),
            "pp",
            "modelled",
            "Widest half of a 95% bootstrap interval of a total Sobol index, Nvidia in the long run",
        ),
        _probability_figure(
            "verdicts.nvidia_flip",
            evaluations(model)["A02"].p.win,
            "P(Nvidia loses short and wins long), in the same draws",
            driver_sources(model, "A02"),
        ),
        _probability_figure(
            "verdicts.cloud_flip",
            evaluations(model)["A03"].p.win,
            "P(clouds lose short and win long), in the same draws",
            driver_sources(model, "A03"),
        ),
        _probability_figure(
            "verdicts.nvidia_flip_product",
            _product(evaluations(model)["A02"]),
            "Product of the two marginal probabilities of Nvidia's flip, which ignores that the legs share causes",
            driver_sources(model, "A02"),
        ),
        _probability_figure(
            "verdicts.cloud_flip_product",
            _product(evaluations(model)["A03"]),
            "Product of the two marginal probabilities of the clouds' flip",
            driver_sources(model, "A03"),
        ),
        tasks_per_dollar(model),
        *_side_figures(model),
        _probability_figure(
            "verdicts.c06.p_2_to_3",
            float(np.mean((evaluations(model)["C06"].effect >= 2) & (evaluations(model)["C06"].effect <= 3))),
            "P(research pulled forward by two to three years, as the article has it)",
            driver_sources(model, "C06"),
        ),
        *limits.figures(model),
    ]
    found.update({f.id: f for f in extra})
    for key, e in evaluations(model).items():
        found.update({f.id: f for f in _call_figures(model, key, e)})
    return found


def _product(e: Evaluation) -> float:
    """Return the product of a flip's marginal probabilities, for comparison with the joint one."""
    assert e.short_leg is not None
    assert e.long_leg is not None
    return float(np.mean(e.short_leg[0] < -e.thresholds[0]) * np.mean(e.long_leg[0] > e.thresholds[1]))


# ---------------------------------------------------------------- matrix


def other_side(model: Model, key: str) -> str:
    """Return the side at the other horizon (winner, loser, neutral, mixed), none where nothing is computed."""
    if key in PAIRS:
        return rule.side_of(judged(model)[PAIRS[key]].verdict)
    e = evaluations(model)[key]
    if OTHER not in e.rows:
        return ""
    p = rule.probabilities(e.rows[OTHER], e.threshold)
    return rule.side_of(verdict_word(key, p, model.parameters))


@per_model
def matrix(model: Model) -> pd.DataFrame:
    """Return the verdict matrix: one row per call, sides as winner, loser, neutral, mixed or empty.

    Columns: id, who, horizon, article, market (on the day), short, long, p_loser, p_neutral, p_winner, p_article,
    verdict, agreement, edge, grade, one_sided. The call's own horizon holds its verdict, the other the same equation
    there. A consideration names no side: it is a level, or two things in one draw.
    """
    rows = []
    for key, e in evaluations(model).items():
        j = judged(model)[key]
        own, other = rule.side_of(j.verdict), other_side(model, key)
        short, long = (other, own) if e.call.horizon == "long" else (own, other)
        rows.append(
            {
                "id": key,
                "who": e.call.name,
                "horizon": e.call.horizon,
                "article": e.call.article_call,
                "market": market_lens.word(model, e.call),
                "short": short if e.call.horizon != "both" else "",
                "long": long if e.call.horizon != "both" else "",
                "p_loser": round_significant(e.p.lose),
                "p_neutral": round_significant(e.p.neutral),
                "p_winner": round_significant(e.p.win),
                "p_article": round_significant(j.shares.own),
                "verdict": j.verdict,
                "agreement": j.agreement,
                "edge": j.edge,
                "grade": grades(model)[key].letter,
                "one_sided": j.one_sided,
            }
        )
    return pd.DataFrame(rows)


# ---------------------------------------------------------------- cards


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


def fragility(model: Model, key: str) -> list[str]:
    """Return what a verdict hangs on: one judgement, the threshold, or evidence that came later; often nothing."""
    e, j = evaluations(model)[key], judged(model)[key]
    labels = []
    correlations = sensitivity.rank_correlations(model)[key]
    drivers = [d for d in equation_of(key).drivers if d in correlations.index]
    if drivers:
        top = max(drivers, key=lambda d: abs(float(correlations[d])))
        if abs(float(correlations[top])) >= FRAGILE_CORRELATION:
            judged_row = sensitivity.judgement(model.parameters, top)
            word = "one judgement" if judged_row else "one input"
            labels.append(f"follows {word} almost alone: {spoken(top)}")
    if key not in LEVELS and 0.5 * e.threshold <= abs(float(np.median(e.effect))) <= 2 * e.threshold:
        labels.append("rests on the threshold")
    if model.parameters.vintage > ARTICLE_VINTAGE:
        before = judge_evaluation(sensitivity.earlier(model)[key], model.parameters)
        if before.verdict != j.verdict:
            january = model.parameters.with_(vintage="article")
            moved = sensitivity.mover(model, january, key)
            because = f" on {spoken(moved)}" if moved else ""
            labels.append(f"moved by evidence{because}: {before.verdict} in January 2025")
    return labels


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
    base = driver_value(b.base, row.unit)
    parts = []
    if b.verdict is not None and b.verdict == b.base:
        parts.append(f"known to be at its base, the verdict becomes {b.becomes}")
    elif b.verdict is not None:
        side = "above" if b.verdict > b.base else "below"
        parts.append(f"{side} {value_apart(b.verdict, b.base, row.unit)} the verdict becomes {b.becomes}")
    if b.zero is not None:
        parts.append(f"at {value_apart(b.zero, b.base, row.unit)} the median is zero")
    if not parts:
        parts.append(
            f"no value from {driver_value(b.low, row.unit)} to {driver_value(b.high, row.unit)} changes it"
        )
    return f"{name} (base {base}): " + "; ".join(parts)


def card(model: Model, key: str) -> dict[str, Any]:
    """Return everything that the card of one call shows, as JSON can hold it."""
    e, j, equation, grade = evaluations(model)[key], judged(model)[key], equation_of(key), grades(model)[key]
    shares = sensitivity.rank_shares(model, key)
    flips = sensitivity.break_evens(model, key)
    era = e.probabilities("era")
    contest = e.probabilities("contest")
    agreeing, gone = sensitivity.agreeing_share(model, key)
    later = e.probabilities("attributable")
    assert later is not None
    probability = era_probability(e)
    side = matrix(model).set_index("id").loc[key]
    return {
        "id": key,
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
        "verdict": j.verdict,
        "agreement": j.agreement,
        **limits.article_layer(model, key),
        "one_sided": j.one_sided,
        "sign_by_construction": equation.sign_by_construction,
        "lens": e.call.lens,
        "short": side["short"],
        "long": side["long"],
        "p_winner": round_significant(e.p.win),
        "p_loser": round_significant(e.p.lose),
        "p_neutral": round_significant(e.p.neutral),
        "p_winner_attributable": round_significant(later.win),
        "p_loser_attributable": round_significant(later.lose),
        "p_era": None if probability is None else round_significant(probability),
        "verdict_half": j.by_scale[0.5][1],
        "verdict_double": j.by_scale[2.0][1],
        "effect": _quantity(e.effect, e.p),
        "attributable": _quantity(e.attributable, later),
        "era": None if e.era is None and era is None else _era(e, era, equation.era_latex),
        "contest": None
        if e.contest is None
        else {
            **_quantity(e.contest, contest),
            "label": capital(equation.contest_words),
            "equation": equation.contest_latex,
        },
        "rows": {
            name: _quantity(values, None) | {"unit": ROW_UNITS.get((key, name), e.call.unit)}
            for name, values in e.rows.items()
        },
        "thresholds": [
            {
                "scale": scale,
                "threshold": round_significant(e.threshold * (1 if key in LEVELS else scale)),
                "p_winner": round_significant(p.win),
                "p_loser": round_significant(p.lose),
                "p_neutral": round_significant(p.neutral),
                "verdict": word,
            }
            for scale, (p, word) in ((s, j.by_scale[s]) for s in SCALES)
        ],
        "market_lens": _market(model, e),
        "drivers": [_driver(model, key, str(name), float(share)) for name, share in shares.head(6).items()],
        "flips": [
            {
                "driver": b.driver,
                "label": driver_label(b.driver),
                "base": round_significant(b.base),
                "zero": None if b.zero is None else round_significant(b.zero),
                "verdict": None if b.verdict is None else round_significant(b.verdict),
                "value": None if turn is None else round_significant(turn),
                "becomes": b.becomes,
                "text": flip_text(b, model.parameters.row(b.driver)),
            }
            for b, turn in ((b, b.zero if b.verdict is None else b.verdict) for b in flips)
        ],
        "evidence": [o.as_dict() for o in evidence.observations(model).get(key, [])],
        "grade": grade.letter,
        "grade_parts": {
            "evidence": grade.evidence,
            "judgement": grade.judgement,
            "specification": grade.specification,
            "cap": grade.cap,
            "judgement_load": round_significant(sensitivity.judgement_load(model, key)),
            "specifications_agreeing": round_significant(agreeing),
            "specifications_gone": round_significant(gone),
        },
        "weak": equation.weak,
        "fragility": capital("; ".join(fragility(model, key))),
        "histogram": histogram(e.effect, e.threshold, level=key in LEVELS),
        "sources": list(driver_sources(model, key)),
    }


def capital(text: str) -> str:
    """Return a text with its first letter large."""
    return text[:1].upper() + text[1:]


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


def _era(e: Evaluation, p: rule.Probabilities | None, latex: str) -> dict[str, Any]:
    found = {} if e.era is None else _quantity(e.era, p)
    if not found and p is not None:
        found = {"p_winner": round_significant(p.win), "p_loser": round_significant(p.lose)}
    probability = era_probability(e)
    found["p_article"] = None if probability is None else round_significant(probability)
    found["equation"] = latex or "I + B,\\ B \\sim N(0,\\sigma)"
    return found


@per_model
def cards(model: Model) -> list[dict[str, Any]]:
    """Return the card of every call and consideration, in file order."""
    return [card(model, key) for key in evaluations(model)]


# ---------------------------------------------------------------- words for prose


def _sentence_name(model: Model, key: str) -> str:
    e = evaluations(model)[key]
    name = in_sentence(e.call.name)
    if "," in name:  # a list of firms would not read inside a list
        return "the sellers of closed models"
    return f"{name} in the {e.call.horizon} run" if key in PAIRS else name


def phrases(model: Model) -> dict[str, str]:
    """Return the words of the notebook that depend on the run, keyed by phrase id."""
    own = [key for key in evaluations(model) if is_call(key)]
    word = {key: judged(model)[key] for key in evaluations(model)}
    agreements, one_sided = agreed(model), [k for k in agreed(model) if word[k].one_sided]
    against = [_sentence_name(model, k) for k in own if word[k].agreement == "Leaning against"]
    moved = [
        _sentence_name(model, k) for k in own if any("moved by evidence" in f for f in fragility(model, k))
    ]
    alone = [_sentence_name(model, k) for k in own if any("follows one" in f for f in fragility(model, k))]
    flip = evaluations(model)["A02"]
    nvidia = (word["C01"].verdict.lower(), word["C21"].verdict.lower())
    letters = [grades(model)[k].letter for k in own]
    drivers = [spoken(n) for n in main_drivers(model)]
    january = model.parameters.vintage <= ARTICLE_VINTAGE
    return {
        "phrase.verdicts.answer": f"{tally.sentences(calls_tally(model))} {limits.branch_words(model)}",
        "phrase.verdicts.caveat": tally.caveat(
            len(agreements), len(one_sided), sum(limits.holds(model, k) for k in agreements)
        )
        or "There is no agreement to weaken.",
        "phrase.verdicts.against": (
            f"Leaning against the article: {listed(against, 6)}."
            if against
            else "No open call leans against the article."
        ),
        "phrase.verdicts.branches": limits.branch_words(model),
        "phrase.verdicts.alone": limits.alone_sentence(model, lambda key: _sentence_name(model, key)),
        "phrase.verdicts.level": limits.level_words(model),
        "phrase.verdicts.sizes": limits.size_words(model),
        "phrase.verdicts.nvidia": (
            f"Nvidia is {_article(nvidia[0])} in the short run and {_article(nvidia[1])} in the long run"
        ),
        "phrase.verdicts.anyway": limits.anyway_words(model, len(agreements)),
        "phrase.verdicts.flip": (
            "less likely than the product of its two halves suggests"
            if flip.p.win < _product(flip)
            else "at least as likely as the product of its two halves suggests"
        ),
        "phrase.verdicts.moved": (
            "This run knows what was public in January 2025 and no more"
            if january
            else f"Since January 2025 evidence has moved the verdict on {listed(moved, 6)}"
            if moved
            else "No verdict differs from that of January 2025"
        ),
        "phrase.verdicts.fragile": (
            f"The effects on {listed(alone, 8)} follow a single input almost alone"
            if alone
            else "No effect follows a single input alone"
        ),
        "phrase.verdicts.drivers": listed(drivers, 3) if drivers else "no parameter, all being fixed",
        "phrase.verdicts.grades": ", ".join(
            f"{letters.count(g)} {g}" for g in rule.GRADES if letters.count(g)
        ),
    }


def _article(verdict: str) -> str:
    return verdict if verdict in ("mixed", "neutral") else f"a {verdict}"


# ---------------------------------------------------------------- belief explorer


def main_drivers(model: Model, count: int = EXPLORER_DRIVERS) -> list[str]:
    """Return the parameters that carry most rank variance over all calls, among those that at least three calls read."""
    total: dict[str, float] = {}
    readers: dict[str, int] = {}
    for key in evaluations(model):
        if not is_call(key):
            continue
        for name, share in sensitivity.rank_shares(model, key).items():
            total[str(name)] = total.get(str(name), 0.0) + float(share)
            readers[str(name)] = readers.get(str(name), 0) + 1
    rows = sensitivity.distributions(model.parameters)
    shared = [n for n in total if readers[n] >= 3 and rows[n].dist != "fixed"]
    return sorted(shared, key=lambda n: -total[n])[:count]


# belief, driver, True for its upper quarter
BELIEFS = (
    ("Demand is elastic", "elasticity_long", True),
    ("Demand barely answers", "elasticity_long", False),
    ("Training got much cheaper", "training_gain", True),
    ("Sellers keep the saving", "pass_through_long", False),
    ("Rivals switch at once", "adoption_short", True),
    ("Budgets follow efficiency", "budget_response", True),
)


def presets(model: Model) -> list[dict[str, Any]]:
    """Return ready-made beliefs: the upper or lower quarter of one main driver."""
    known = main_drivers(model)
    found = []
    for label, name, upper in BELIEFS:
        if name in known:
            cut = round_significant(model.parameters.row(name).quantile(0.75 if upper else 0.25))
            found.append({"label": label, "driver_ranges": {name: [cut, None] if upper else [None, cut]}})
    return found


def explorer(model: Model) -> dict[str, Any]:
    """Return what the page's belief explorer filters: draws of the main drivers and, per call, a digit a draw.

    Digits: 0 loses, 1 neither, 2 wins. The draws are the first of the sequence, which are balanced by themselves.
    """
    n = min(EXPLORER_DRAWS, model.draws.n)
    found: dict[str, Any] = {"n": n, "drivers": [], "calls": [], "presets": presets(model)}
    for name in main_drivers(model):
        row = model.parameters.row(name)
        found["drivers"].append(
            {
                "id": name,
                "label": driver_label(name),
                "symbol": row.symbol,
                "unit": row.unit,
                "scale": "log" if row.dist == "lognormal" else "linear",
                "low": round_significant(row.quantile(0.005)),
                "high": round_significant(row.quantile(0.995)),
                "values": [float(f"{v:.4g}") for v in model.draws[name][:n]],
            }
        )
    for key, e in evaluations(model).items():
        if not is_call(key):
            continue
        impact = e.effect[:n]
        digits = np.where(impact > e.threshold, "2", np.where(impact < -e.threshold, "0", "1"))
        found["calls"].append(
            {
                "id": key,
                "name": e.call.name,
                "horizon": e.call.horizon,
                "article": e.call.article_call,
                "p_winner": round_significant(e.p.win),
                "p_loser": round_significant(e.p.lose),
                "digits": "".join(digits.tolist()),
            }
        )
    return found
