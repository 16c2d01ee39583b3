"""What an analyst wants to look at of the verdicts, as tables: a row a call, a form, a driver, a version of an input.

Every table has ``id`` (C21) and ``call`` (c21, as the ids of figures have it) or says what its rows are. Impacts are in
the call's own ``unit``; probabilities and shares run from 0 to 1. Tables are unrounded; one without rows keeps its columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.figure import format_number, round_significant
from deepseek_era.model import Model, per_model
from deepseek_era.parameters import distributions
from deepseek_era.tables import ARTICLE_VINTAGE, load, split_ids
from deepseek_era.verdicts import branches, lasting, limits, market_lens, rule, sensitivity, visible
from deepseek_era.verdicts.columns import COLUMNS
from deepseek_era.verdicts.evaluate import (
    LEVELS,
    Evaluation,
    era_probability,
    evaluations,
    is_call,
    judge,
    judged,
    likely_of,
)
from deepseek_era.verdicts.impacts import FLIPS, OTHER, PAIRS, Case, equation_of
from deepseek_era.verdicts.labels import driver_label, spoken, taken_out

FORMS = ("effect", "attributable", "era", "contest")
QUANTILES = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
ROW_UNITS = {("A01", "effect"): "pp"}
"""Further outputs that are not in the call's own unit."""
TASK_MODELS = ("DeepSeek R1", "o1-2024-12-17 (high)")
"""As one public benchmark of coding tasks names them."""
FOLLOWS = 0.85
"""From this rank correlation on an effect follows a driver almost alone."""
STATES = ("loses", "neither", "wins")


def _spread(values: Array | None) -> dict[str, float]:
    """Return the quantiles of draws by name, NaN where there are none."""
    if values is None:
        return dict.fromkeys(QUANTILES, np.nan)
    return dict(zip(QUANTILES, np.quantile(values, list(QUANTILES.values())).tolist(), strict=True))


def _named(key: str, e: Evaluation) -> dict[str, Any]:
    return {"id": key, "call": key.lower(), "label": e.call.label}


_NAMED = {"id": str, "call": str, "label": str}
_SPREAD = dict.fromkeys(QUANTILES, float)


def _table(rows: list[Any], kinds: Mapping[str, type]) -> pd.DataFrame:
    """Return rows as a table that keeps its columns, and what kind of thing they hold, where there are no rows."""
    found = pd.DataFrame(rows, columns=list(kinds))
    return found if rows else found.astype(dict(kinds))


def sources_of(model: Model, call_id: str) -> tuple[str, ...]:
    """Return the source ids of the parameters that a call reads, each once."""
    found: dict[str, None] = {}
    for name in equation_of(call_id).drivers:
        found.update(dict.fromkeys(split_ids(str(model.parameters.row(name).source_ids))))
    return tuple(found)


# ---------------------------------------------------------------- calls


def other_band(model: Model, key: str) -> str:
    """Return the band at the other horizon, none where nothing is computed."""
    if key in PAIRS:
        return judged(model)[PAIRS[key]].band
    e = evaluations(model)[key]
    if OTHER not in e.rows:
        return ""
    return rule.band(rule.probabilities(e.rows[OTHER], e.threshold), likely_of(model.parameters))


def _bands(model: Model, key: str, horizon: str) -> tuple[str, str]:
    """Return the bands in the short and the long run: the call's own, and the same equation at the other horizon."""
    own, other = judged(model)[key].band, other_band(model, key)
    if horizon == "both":
        return "", ""
    return (other, own) if horizon == "long" else (own, other)


def calls(model: Model) -> pd.DataFrame:
    """Return one row per call and consideration, in file order, with both answers.

    Columns: id, call, name, label (with horizon), horizon, stakeholder, article_call, is_call (false for a further
    consideration), variable, unit, threshold and article_size (NaN where it gives none), lens; impact_p5, …_p25, …_median,
    …_p75, …_p95 of the Effect; p_winner, p_loser, p_neutral, p_winner_attributable, …, p_era_winner, …; p_own, p_other and
    p_small (the article's side at its size, the other, neither; NaN for a level), the same with ``_attributable``, p_own_era;
    p_era (the article's side in the Era forecast, at the size that would matter); band, was_it_r1, edge, fades (the other way,
    but only for a while), band_short and band_long (empty where nothing is computed), one_sided; months (until the side is no
    longer likely in what is left), chi_star (share that rivals may catch up before), delta_low and delta_high (sizes between
    which the word holds; no upper end is infinite), delta_visible and p_visible (size from which the effect could have been seen,
    and its share of the draws), p_zero (no effect at all), all NaN where they do not apply; twin (the stakeholder's call at the
    other horizon, or empty); sources (of its parameters).
    """
    return _calls(model).copy()


_NO_SHARES = rule.Shares(np.nan, np.nan, np.nan)


@per_model
def _calls(model: Model) -> pd.DataFrame:
    seen = visible.sizes(model).set_index("call")
    months, stars, spans = lasting.months(model), lasting.chi_star(model), lasting.holds(model)
    rows = []
    for key, e in evaluations(model).items():
        j = judged(model)[key]
        later, era = e.probabilities("attributable"), e.probabilities("era")
        assert later is not None
        own, left, ahead = (s or _NO_SHARES for s in (j.shares, j.later, e.shares("era")))
        short, long = _bands(model, key, e.call.horizon)
        p_era = era_probability(e)
        low, high = spans.get(key) or (np.nan, np.nan)
        rows.append(
            {
                **_named(key, e),
                "name": e.call.name,
                "horizon": e.call.horizon,
                "stakeholder": e.call.stakeholder,
                "article_call": e.call.article_call,
                "is_call": is_call(key),
                "variable": e.call.variable,
                "unit": e.call.unit,
                "threshold": e.threshold,
                "article_size": e.call.article_size or np.nan,
                "lens": e.call.lens,
                **{f"impact_{name}": value for name, value in _spread(e.effect).items()},
                "p_winner": e.p.win,
                "p_loser": e.p.lose,
                "p_neutral": e.p.neutral,
                "p_winner_attributable": later.win,
                "p_loser_attributable": later.lose,
                "p_era_winner": np.nan if era is None else era.win,
                "p_era_loser": np.nan if era is None else era.lose,
                "p_era": np.nan if p_era is None else p_era,
                **{f"p_{name}": value for name, value in vars(own).items()},
                **{f"p_{name}_attributable": value for name, value in vars(left).items()},
                "p_own_era": ahead.own,
                "band": j.band,
                "was_it_r1": j.word,
                "edge": j.edge,
                "fades": j.fades,
                "band_short": short,
                "band_long": long,
                "one_sided": j.one_sided,
                "months": months.get(key, np.nan),
                "chi_star": stars.get(key, np.nan),
                "delta_low": low,
                "delta_high": high,
                "delta_visible": seen["size"].get(key, np.nan),
                "p_visible": seen["p"].get(key, np.nan),
                "p_zero": float(np.mean(e.effect == 0)),
                "twin": PAIRS.get(key, ""),
                "sources": sources_of(model, key),
            }
        )
    return pd.DataFrame(rows)


def forms(model: Model) -> pd.DataFrame:
    """Return a row for every call in every form that it has: effect, attributable, era, contest.

    Columns: id, call, label, variable, words (what a contest asks), form, unit; p5, p25, median, p75, p95 (NaN where a
    flip has probabilities only); p_winner, p_loser, p_neutral; by_construction (the equation itself gives the sign);
    sources.
    """
    rows = []
    for key, e in evaluations(model).items():
        equation = equation_of(key)
        for form in FORMS:
            p = e.probabilities(form)
            if p is None:
                continue
            rows.append(
                {
                    **_named(key, e),
                    "variable": e.call.variable,
                    "words": equation.contest_words if form == "contest" else "",
                    "form": form,
                    "unit": e.call.unit,
                    **_spread(getattr(e, form)),
                    "p_winner": p.win,
                    "p_loser": p.lose,
                    "p_neutral": p.neutral,
                    "by_construction": equation.sign_by_construction,
                    "sources": sources_of(model, key),
                }
            )
    return pd.DataFrame(rows)


def outputs(model: Model) -> pd.DataFrame:
    """Return the further outputs of the equations, such as a call at the other horizon.

    Columns: id, call, label, output, words (the same with spaces), unit, p5, p25, median, p75, p95, sources.
    """
    kinds = {**_NAMED, "output": str, "words": str, "unit": str, **_SPREAD, "sources": object}
    rows = [
        {
            **_named(key, e),
            "output": name,
            "words": name.replace("_", " "),
            "unit": ROW_UNITS.get((key, name), e.call.unit),
            **_spread(values),
            "sources": sources_of(model, key),
        }
        for key, e in evaluations(model).items()
        for name, values in e.rows.items()
    ]
    return _table(rows, kinds)


def effects(model: Model) -> pd.DataFrame:
    """Return the Effect of every call and consideration: a row a joint draw, a column a call (id), in its own unit."""
    return pd.DataFrame({key: e.effect for key, e in evaluations(model).items()})


def published(model: Model) -> pd.DataFrame:
    """Return the table of calls as a run writes it: one row per call and consideration, columns `COLUMNS`, six digits.

    Impact and probabilities are those of the Effect; ``p_era_winner`` and ``p_era_loser`` are those of the Era
    forecast, missing where there is none. `SIDED_COLUMNS` turn with the article's side; all others know nothing of it.
    ``p_own``, ``p_other`` and ``p_small`` add up to one: the article's side at its own size where it gives one, the other
    side, neither. What has no end (a word that holds for any larger size, a side that lasts beyond three years) is
    missing. ``cells`` holds the joint shares of a flip.
    """
    joint = cells(model)
    words = [
        f"{name} {format_number(p, 'probability')}" for name, p in zip(joint["cell"], joint["p"], strict=True)
    ]
    texts = pd.Series(words, index=joint["id"], dtype=object).groupby(level=0).agg("; ".join)
    table = calls(model)
    table = table.assign(cells=table["id"].map(texts).fillna(""))[list(COLUMNS)]
    numbers = table.select_dtypes("number").columns
    return table.assign(**table[numbers].map(lambda x: round_significant(x) if np.isfinite(x) else np.nan))


# ---------------------------------------------------------------- what a verdict rests on


def rests(model: Model) -> pd.DataFrame:
    """Return what each call rests on: id, call, judgement_load (share of the variance), agreeing and gone.

    The last two are shares of the specifications: those of the run's sign, and those in which nothing is left.
    """
    rows = [
        (key, key.lower(), sensitivity.judgement_load(model, key), *sensitivity.agreeing_share(model, key))
        for key in evaluations(model)
    ]
    return pd.DataFrame(rows, columns=["id", "call", "judgement_load", "agreeing", "gone"])


def market(model: Model, window: str = market_lens.DAY) -> pd.DataFrame:
    """Return the market's word on the firms that stand for each call, in a window of days.

    Columns: id, call, window, word (winner, loser, neutral; empty where none is listed), return_pct, low_pct, high_pct
    (abnormal return with its range over the broad markets), p_placebo, n (firms).
    """
    rows = []
    for key, e in evaluations(model).items():
        found = market_lens.readings(model, e.call, window)
        numbers = ("return_pct", "low_pct", "high_pct", "p_placebo", "n")
        rows.append(
            {
                "id": key,
                "call": key.lower(),
                "window": window,
                "word": found[0].word if found else "",
                **{name: getattr(found[0], name) if found else np.nan for name in numbers},
            }
        )
    return pd.DataFrame(rows)


def sizes(model: Model) -> pd.DataFrame:
    """Return how far each call's effect is from the size that it must reach; considerations left out.

    Columns: id, call, label, name, unit; article_size (NaN where the article gives none), kind (published where it has the
    size, judgement where it is our reading, else empty) and words (the article's); needed (its size, else what would matter),
    reach (95th percentile of the absolute effect), ratio (reach over needed), holds_from (size from which "too small" is
    the word), zero (share of the draws without any effect), p_own and p_small (on the article's side at its size; too small
    for either side), too_small (whether that is the word).
    """
    said = limits.article_sizes()
    rows = []
    for key, s in limits.sizes(model).items():
        e, j = evaluations(model)[key], judged(model)[key]
        assert j.shares is not None
        rows.append(
            {
                **_named(key, e),
                "name": e.call.name,
                "unit": e.call.unit,
                "article_size": e.call.article_size or np.nan,
                **said.get(key, {"words": "", "kind": ""}),
                "needed": s.needed,
                "reach": s.reach,
                "ratio": s.ratio,
                "holds_from": s.holds_from,
                "zero": s.zero,
                "p_own": j.shares.own,
                "p_small": j.shares.small,
                "too_small": j.word == "too small",
            }
        )
    return pd.DataFrame(rows)


def levels(model: Model) -> pd.DataFrame:
    """Return the considerations that are a level: id, call, label, p_with and p_without (reached with the event, and without)."""
    found = {key: limits.level(model, key) for key in LEVELS}
    rows = [
        {**_named(key, evaluations(model)[key]), "p_with": both[0], "p_without": both[1]}
        for key, both in found.items()
        if both is not None
    ]
    return _table(rows, {**_NAMED, "p_with": float, "p_without": float})


def alone(model: Model) -> pd.DataFrame:
    """Return the likely sides that lean on a single judgement, and on all of them where a call has several.

    Columns: id, call, name, label, side (winner or loser), judgements (their ids joined by ``_and_``), words (what was taken
    out), single (one judgement), p and p_without (probability of the side with and without), decides (the side is likely
    with it and not without it).
    """
    kinds = {**_NAMED, "name": str, "side": str, "judgements": str, "words": str, "single": bool}
    kinds |= {"p": float, "p_without": float, "decides": bool}
    rows = [
        {
            **_named(a.call, evaluations(model)[a.call]),
            "name": evaluations(model)[a.call].call.name,
            "side": a.side,
            "judgements": "_and_".join(a.parameters),
            "words": taken_out(a.parameters, a.copied),
            "single": len(a.parameters) == 1,
            "p": a.p,
            "p_without": a.p_without,
            "decides": a.decides,
        }
        for a in branches.alone(model)
    ]
    return _table(rows, kinds)


_RANGES = {
    "uniform": "{} to {}, all alike",
    "lognormal": "{} to {} in 90% of the runs, more often near the lower end",
    "truncated": "about {}, give or take {}",
}
"""How the other distributions are said, by the two numbers that each has."""


def _value_words(value: str) -> str:
    """Return a value of the table of branches as a reader says it."""
    if value.startswith(branches.PERT):
        low, mode, high = value.removeprefix(branches.PERT).split()
        return f"{low} to {high}, most likely {mode}"
    kind, _, numbers = value.partition(" ")
    ends = numbers.split()
    if kind in _RANGES and len(ends) == 2:
        return _RANGES[kind].format(*ends)
    return f"as {spoken(value.removeprefix(branches.COPY))}" if value.startswith(branches.COPY) else value


def _set_words(sets: Mapping[str, str]) -> str:
    """Return what a version sets: a value, or each parameter with its own where they differ."""
    told = {name: _value_words(value) for name, value in sets.items()}
    if len(set(told.values())) < 2:
        return next(iter(told.values()), "another form")
    return "; ".join(f"{spoken(name)} {value}" for name, value in told.items())


def versions(model: Model) -> pd.DataFrame:
    """Return the disclosed versions of inputs that every run tries.

    Columns: id, role (changed: the model stood so before a result had been seen; alternative: it never did), what, sets
    and now (values in the version and in the run), why, skipped (the run sets the input itself).
    """
    kinds = dict.fromkeys(("id", "role", "what", "sets", "now", "why"), str) | {"skipped": bool}
    rows = [
        {
            "id": o.branch.id,
            "role": o.branch.role,
            "what": o.branch.what,
            "sets": _set_words(o.branch.sets),
            "now": _value_words(o.branch.now),
            "why": o.branch.why,
            "skipped": o.skipped,
        }
        for o in branches.outcomes(model)
    ]
    return _table(rows, kinds)


def turns(model: Model) -> pd.DataFrame:
    """Return every call under every version of an input that it reads.

    Columns: version, role, id, call, label, was and now (answers to "was it R1?"), p (the probability that makes the word),
    near (whether it lies close to the limit), turned (whether the word is another one).
    """
    kinds = {"version": str, "role": str, **_NAMED, "was": str, "now": str, "p": float}
    kinds |= {"near": bool, "turned": bool}
    rows = [
        {
            "version": o.branch.id,
            "role": o.branch.role,
            **_named(t.call, evaluations(model)[t.call]),
            "was": t.was,
            "now": t.now,
            "p": t.p,
            "near": t.near,
            "turned": t.turned,
        }
        for o in branches.outcomes(model)
        for t in o.turns
    ]
    return _table(rows, kinds)


_MEANT = {"Agree": "yes", "Too small": "too small", "Contradicted": "the other way"}
"""Words of agreement of the first edition in today's; every other one left a call open."""


def first_edition(model: Model) -> pd.DataFrame:
    """Return how the first edition counted each call, and what it is now.

    Columns: id, call, label, word_first, meant (in today's words), now (was it R1?), turned (they differ), why (in numbers;
    empty where nothing turned).
    """
    rows = []
    frame = load("first_edition")
    for key, word in zip(map(str, frame["call"]), map(str, frame["word_first"]), strict=True):
        e, j = evaluations(model)[key], judged(model)[key]
        meant = _MEANT.get(word, "cannot be told")
        turned = meant != j.word
        rows.append(
            {
                **_named(key, e),
                "word_first": word,
                "meant": meant,
                "now": j.word,
                "turned": turned,
                "why": _why_turned(model, key) if turned else "",
            }
        )
    return pd.DataFrame(rows)


def _why_turned(model: Model, key: str) -> str:
    """Return the numbers that make the answer of a call, in words."""
    j, level = judged(model)[key], limits.level(model, key)
    if level is not None:
        with_, without = (format_number(p, "probability") for p in level)
        return f"the level is the era’s: reached in {with_} of the draws with the event and in {without} without it"
    assert j.shares is not None
    assert j.later is not None
    own, left, other, small = (
        format_number(p, "probability") for p in (j.shares.own, j.later.own, j.shares.other, j.shares.small)
    )
    return {
        "yes": f"its side comes out in {own} of the draws, and in {left} of what is left once rivals have caught up",
        "for a while": f"its side comes out in {own} of the draws, but only in {left} of what is left once rivals have "
        "caught up",
        "the other way": f"the other side comes out in {other} of the draws",
        "too small": f"the effect is too small in {small} of the draws",
        "cannot be told": f"no side is likely: its own comes out in {own} of the draws, the other in {other}",
    }[j.word]


def fragility(model: Model) -> pd.DataFrame:
    """Return what each verdict hangs on: one input, the threshold, or evidence that came later.

    Columns: id, call, name, label, driver (the one with the largest rank correlation; empty without any) and its
    correlation, judged (it is a judgement), follows (the correlation is at least `FOLLOWS`), at_threshold (the median lies
    within half and twice the threshold), before (was it R1, on the facts of January 2025; empty in a run that knows no
    more), moved (it differs) and mover (the driver whose evidence moved it most; empty for none).
    """
    later = model.parameters.vintage > ARTICLE_VINTAGE
    january = model.parameters.with_(vintage="article")
    rows = []
    for key, e in evaluations(model).items():
        found = sensitivity.rank_correlations(model)[key]
        own = found[[d for d in equation_of(key).drivers if d in found.index]]
        top = str(own.abs().idxmax()) if len(own) else ""
        strength = float(own[top]) if top else 0.0
        now = judged(model)[key].word
        before = judge(sensitivity.earlier(model)[key], model.parameters).word if later else ""
        moved = bool(before) and before != now
        rows.append(
            {
                **_named(key, e),
                "name": e.call.name,
                "driver": top,
                "correlation": strength,
                "judged": bool(top) and sensitivity.judgement(model.parameters, top),
                "follows": abs(strength) >= FOLLOWS,
                "at_threshold": key not in LEVELS
                and 0.5 * e.threshold <= abs(float(np.median(e.effect))) <= 2 * e.threshold,
                "before": before,
                "moved": moved,
                "mover": sensitivity.mover(model, january, key) if moved else "",
            }
        )
    return pd.DataFrame(rows)


# ---------------------------------------------------------------- two horizons


def cells(model: Model) -> pd.DataFrame:
    """Return the joint shares of every flip: id, call, label, cell (``lose-win``, …, ``other``), p, sources; eight add to one."""
    rows = [
        {**_named(key, e), "cell": cell, "p": p, "sources": sources_of(model, key)}
        for key, e in evaluations(model).items()
        for cell, p in (e.cells() or {}).items()
    ]
    return _table(rows, {**_NAMED, "cell": str, "p": float, "sources": object})


def _both_runs(model: Model) -> Iterator[tuple[str, Evaluation, tuple[Array, Array], tuple[float, float]]]:
    """Yield the stakeholders that have an effect at both horizons: id, evaluation, the two effects, what each must reach."""
    second: set[str] = set()
    for key, e in evaluations(model).items():
        if not is_call(key) or key in second:
            continue
        if key in PAIRS and e.call.horizon == "short":
            other = evaluations(model)[PAIRS[key]]
            second.add(PAIRS[key])
            yield key, e, (e.effect, other.effect), (e.threshold, other.threshold)
        elif OTHER in e.rows:
            pair = (e.effect, e.rows[OTHER]) if e.call.horizon == "short" else (e.rows[OTHER], e.effect)
            yield key, e, pair, (e.threshold, e.threshold)


def flips(model: Model) -> pd.DataFrame:
    """Return the joint distribution of the short and the long result of who has both: id, name, short, long (`STATES`), p."""
    rows = []
    for key, e, pair, thresholds in _both_runs(model):
        short, long = (
            rule.wins(leg, limit).astype(int) - rule.loses(leg, limit)
            for leg, limit in zip(pair, thresholds, strict=True)
        )
        for i, first in enumerate(STATES, start=-1):
            for j, then in enumerate(STATES, start=-1):
                rows.append((key, e.call.name, first, then, float(np.mean((short == i) & (long == j)))))
    return _table(rows, dict.fromkeys(("id", "name", "short", "long"), str) | {"p": float})


def _legs(e: Evaluation) -> tuple[Array, Array]:
    assert e.short_leg is not None
    assert e.long_leg is not None
    return e.short_leg[0], e.long_leg[0]


def flip_odds(model: Model) -> pd.DataFrame:
    """Return P(loses short and wins long) of every flip: id, call, p (joint), product (of the two marginals), sources."""
    rows = []
    for key in FLIPS:
        e = evaluations(model)[key]
        short, long = _legs(e)
        product = float(np.mean(short < -e.thresholds[0]) * np.mean(long > e.thresholds[1]))
        rows.append((key, key.lower(), e.p.win, product, sources_of(model, key)))
    return _table(rows, {"id": str, "call": str, "p": float, "product": float, "sources": object})


def horizons(model: Model) -> pd.DataFrame:
    """Return the stakeholders that have an effect at both horizons: two calls, or one equation read twice.

    Columns: id, name, unit, short and long (medians), threshold_short and threshold_long, band_short and band_long.
    """
    rows, likely = [], likely_of(model.parameters)
    for key, e, pair, thresholds in _both_runs(model):
        bands = [rule.band(rule.probabilities(v, t), likely) for v, t in zip(pair, thresholds, strict=True)]
        medians = [float(np.median(values)) for values in pair]
        rows.append((key, e.call.name, e.call.unit, *medians, *thresholds, *bands))
    kinds: dict[str, type] = dict.fromkeys(("id", "name", "unit"), str)
    kinds |= dict.fromkeys(("short", "long", "threshold_short", "threshold_long"), float)
    return _table(rows, kinds | dict.fromkeys(("band_short", "band_long"), str))


# ---------------------------------------------------------------- drivers


def drivers(model: Model) -> pd.DataFrame:
    """Return what drives the calls: total Sobol indices on the decoupled model; considerations left out.

    Columns: id, call, label, parameter, driver (its name), total, share (of the call's summed total indices), share_of_verdict
    (the same in the run of the likelier side's indicator; NaN where the side is settled).
    """
    deciding = {key: sensitivity.leading_side(model, key)[1] for key in sensitivity.undecided(model)}
    rows = []
    for key, e in evaluations(model).items():
        if not is_call(key):
            continue
        indices = sensitivity.all_sobol(model)[key]
        whole = float(indices.total.sum())
        for name, total in zip(indices.drivers, indices.total, strict=True):
            rows.append(
                {
                    **_named(key, e),
                    "parameter": name,
                    "driver": driver_label(name),
                    "total": float(total),
                    "share": float(total) / whole if whole > 0 else 0.0,
                    "share_of_verdict": deciding[key].share([name]) if key in deciding else np.nan,
                }
            )
    kinds = {**_NAMED, "parameter": str, "driver": str}
    return _table(rows, kinds | dict.fromkeys(("total", "share", "share_of_verdict"), float))


def deciders(model: Model) -> pd.DataFrame:
    """Return what decides the verdict of each call whose side is open, beside what drives its size.

    Columns: id, call, label, side (win or lose, the likelier), p_side (on the decoupled model); size, decides and then (the
    leading driver of the size, the first and the second of the verdict) with their shares of the summed total indices
    (``size_share``, …); turns (chance that drawing the deciding driver anew changes the side), index and index_error (its total
    index and the widest half of a 95% interval), alone and alone_size (share of the variance that drivers explain one at a
    time), same (one driver leads both; two within the error of an index count as equal).
    """
    rows = []
    for key in sensitivity.undecided(model):
        side, decides = sensitivity.leading_side(model, key)
        size = sensitivity.all_sobol(model)[key]
        behind = decides.total.max() - dict(zip(decides.drivers, decides.total, strict=True))[size.drivers[0]]
        led = {"size": (size, 0), "decides": (decides, 0), "then": (decides, 1)}
        rows.append(
            {
                **_named(key, evaluations(model)[key]),
                "side": side,
                "p_side": decides.mean,
                **{name: driver_label(run.drivers[place]) for name, (run, place) in led.items()},
                **{f"{name}_share": run.share([run.drivers[place]]) for name, (run, place) in led.items()},
                "turns": float(decides.turns[0]),
                "index": float(decides.total[0]),
                "index_error": decides.binomial_error,
                "alone": float(np.clip(decides.first.sum(), 0, 1)),
                "alone_size": float(np.clip(size.first.sum(), 0, 1)),
                "same": bool(behind <= decides.binomial_error),
            }
        )
    kinds = {**_NAMED, "side": str, "p_side": float}
    for name in ("size", "decides", "then"):
        kinds |= {name: str, f"{name}_share": float}
    numbers = ("turns", "index", "index_error", "alone", "alone_size")
    return _table(rows, kinds | dict.fromkeys(numbers, float) | {"same": bool})


def break_evens(model: Model) -> pd.DataFrame:
    """Return where each of a call's top three drivers alone would turn it, all other draws as before.

    Columns: id, call, label, band (the run's), parameter, driver (its name), unit (the driver's), base, low, high (its median,
    1st and 99th percentile), zero (value at which the median impact is zero) and turn (value at which the band changes;
    both NaN where no value in range does), becomes (the band there).
    """
    rows = [
        {
            **_named(key, e),
            "band": judged(model)[key].band,
            "parameter": b.driver,
            "driver": driver_label(b.driver),
            "unit": model.parameters.row(b.driver).unit,
            "base": b.base,
            "low": b.low,
            "high": b.high,
            "zero": np.nan if b.zero is None else b.zero,
            "turn": np.nan if b.turn is None else b.turn,
            "becomes": b.becomes,
        }
        for key, e in evaluations(model).items()
        for b in sensitivity.break_evens(model, key)
    ]
    kinds = {**_NAMED, "band": str, "parameter": str, "driver": str, "unit": str}
    numbers = ("base", "low", "high", "zero", "turn")
    return _table(rows, kinds | dict.fromkeys(numbers, float) | {"becomes": str})


def tornado(model: Model, call_id: str, most: int = 10) -> pd.DataFrame:
    """Return a call's impact with each driver at its 10th and 90th percentile, all others at the median, the widest first.

    Columns: parameter, driver (its name), low and high (impact at P10 and P90), base (all at the median), at_low and at_high
    (the driver's values there), kind, unit (the driver's).
    """
    table = sensitivity.tornado(model)
    table = (
        table[table["call"] == call_id].nlargest(most, "span", keep="all").head(most).reset_index(drop=True)
    )
    known = [model.parameters.row(name) for name in table["driver"]]
    return pd.DataFrame(
        {
            "parameter": table["driver"],
            "driver": [driver_label(name) for name in table["driver"]],
            **{name: table[name] for name in ("low", "high", "base")},
            "at_low": [row.quantile(sensitivity.LOW) for row in known],
            "at_high": [row.quantile(sensitivity.HIGH) for row in known],
            "kind": [row.kind for row in known],
            "unit": [row.unit for row in known],
        }
    )


# ---------------------------------------------------------------- choices


def specifications(model: Model, ids: Iterable[str]) -> pd.DataFrame:
    """Return some calls under every combination of defensible choices and every reversal that they read, by median.

    Columns: those of `sensitivity.specifications`, Horizon and side (winner, loser or neutral by the median).
    """
    wanted = list(ids)
    read = [
        c.name for c in sensitivity.reversals(model) if any(sensitivity.touches(c, key) for key in wanted)
    ]
    table = sensitivity.specifications(model)
    part = table[table["call"].isin(wanted) & table["sceptic"].isin(["", *read])]
    limit = part["call"].map({key: evaluations(model)[key].threshold for key in wanted})
    beyond = [part["median"] > limit, part["median"] < -limit]
    return part.assign(
        Horizon=part["call"].map({key: evaluations(model)[key].call.horizon for key in wanted}),
        side=np.select(beyond, ["winner", "loser"], "neutral"),
    ).sort_values(["median", "call", "specification"], kind="stable", ignore_index=True)


def choices(model: Model) -> pd.DataFrame:
    """Return the options of the specification curve and the reversals of a sceptic: family (Sceptic for these), name, reason."""
    every = [c for family in sensitivity.choices(model) for c in family] + sensitivity.reversals(model)
    return pd.DataFrame([(c.family, c.name, c.reason) for c in every], columns=["family", "name", "reason"])


def reversed_verdicts(model: Model) -> pd.DataFrame:
    """Return the band of every call under every reversal that it reads: name, id, call, label, was, now.

    What the few draws of a specification are off by in the run itself is taken out first.
    """
    table = sensitivity.specifications(model)
    draws = sensitivity.Subset(model.draws, sensitivity.SPECIFICATION_DRAWS)
    likely = likely_of(model.parameters)
    correct = {key: sensitivity.subset_correction(model, key, draws) for key in evaluations(model)}
    rows = []
    for choice in sensitivity.reversals(model):
        odds = table[table["sceptic"] == choice.name].set_index("call").to_dict("index")
        for key, e in evaluations(model).items():
            if sensitivity.touches(choice, key):
                row = odds[key]
                p = correct[key](rule.Probabilities(row["p_winner"], row["p_loser"], row["p_neutral"]))
                was, now = (sensitivity.band_of(key, x, likely) for x in (e.p, p))
                rows.append({"name": choice.name, **_named(key, e), "was": was, "now": now})
    return _table(rows, {"name": str, **_NAMED, "was": str, "now": str})


# ---------------------------------------------------------------- coding tasks


def task_rates(model: Model) -> pd.DataFrame:
    """Return the pass rates of R1 and o1 in one public benchmark of coding tasks: model, pass_rate_pct, source_id; empty if not public."""
    facts = model.facts.table("task_costs").rename(columns={"pass_rate_2_percent": "pass_rate_pct"})
    known = facts[facts["model"].isin(TASK_MODELS)].set_index("model")
    found = (
        known.reindex(TASK_MODELS).reset_index() if set(TASK_MODELS) <= set(known.index) else facts.head(0)
    )
    return found[["model", "pass_rate_pct", "source_id"]]


def price_after_a_year(model: Model) -> Array:
    """Return the market's average price of inference after a year against no event, a ratio per draw."""
    return np.asarray(Case(model.draws, model.draws.z).aggregate.p_S)


# --- how much rests on judgement -------------------------------------------------------------------------------------


def estimated(model: Model) -> tuple[str, ...]:
    """Return the parameters that were judged at first and are estimated from data in this run."""
    changed = {name for branch in branches.load() if branch.role == "changed" for name in branch.sets}
    return tuple(name for name in changed if model.parameters.row(name).kind == "estimate")


def judged_rows(model: Model, replaced: tuple[str, ...] = ()) -> float:
    """Return the share of parameters with a distribution that are judgements, `replaced` counting as such.

    Rows for all other causes (background) are left out.
    """
    rows = [r for name, r in distributions(model.parameters).items() if not name.startswith("background")]
    return float(np.mean([row.kind == "judgement" or row.id in replaced for row in rows]))


def judged_variance(model: Model, replaced: tuple[str, ...] = ()) -> float:
    """Return the share of the variance of the effects that rests on judgement, mean over calls, `replaced` counting."""
    loads = [
        found.share(d for d in found.drivers if d in replaced or sensitivity.judgement(model.parameters, d))
        for key, found in sensitivity.all_sobol(model).items()
        if is_call(key)
    ]
    return float(np.mean(loads))
