"""Score the article's calls against what happened, and say what that can show, of the article and of the model.

- Scored are the settled readings of the short calls. Mixed, open and uncounted readings are not scored, and a long
  call is interim at most.
- The article's calls are categorical; they are scored as if each were held with probability 0.8 (also 0.65, 0.95).
- The model's January forecast says how a quantity stands against a world without R1, at a threshold of its own. It is
  scored only where a reading asks for the same quantity at the same threshold, and only if such readings fall into
  enough themes. Where they do not, no score of the model is given and nothing is said of its foresight.
- Calls are not independent: intervals come from resampling whole themes.

References: Brier (1950), Monthly Weather Review 78; Murphy (1973), Journal of Applied Meteorology 12; Gneiting and
Raftery (2007), JASA 102; Bradley, Schwartz and Hashino (2008), Weather and Forecasting 23; Cameron, Gelbach and
Miller (2008), Review of Economics and Statistics 90, on the bootstrap by cluster.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

from deepseek_era import tables
from deepseek_era.arrays import Array
from deepseek_era.citations import origins, second_is_out
from deepseek_era.errors import ModelInputError
from deepseek_era.figure import Figure
from deepseek_era.model import Model, per_model
from deepseek_era.verdicts import settlement

ARTICLE_VARIANTS = (0.65, 0.8, 0.95)
CLIP = (0.02, 0.98)  # a log score of a certain miss would be infinite
RESAMPLES = 4000
VINTAGES = ("2025-01-31", "2025-06-30", "2025-12-31", "2026-06-30", "latest")


# --- scores --------------------------------------------------------------------------------------------------------


def _checked(p: npt.ArrayLike, hit: npt.ArrayLike) -> tuple[Array, Array]:
    probability, outcome = np.broadcast_arrays(np.asarray(p, dtype=float), np.asarray(hit, dtype=float))
    if np.any((probability < 0) | (probability > 1)):
        raise ModelInputError(
            f"score: saw a probability of {probability.min():g} to {probability.max():g}, allowed: 0 to 1"
        )
    if np.any((outcome != 0) & (outcome != 1)):
        raise ModelInputError(
            "score: an outcome is 1 (right) or 0 (wrong); mixed and open readings are not scored"
        )
    return probability, outcome


def brier_terms(p: npt.ArrayLike, hit: npt.ArrayLike) -> Array:
    """Return the squared error (p − o)² of each forecast; 0 is perfect, 0.25 the coin, 1 certain and wrong."""
    probability, outcome = _checked(p, hit)
    return np.asarray((probability - outcome) ** 2)


def log_terms(p: npt.ArrayLike, hit: npt.ArrayLike) -> Array:
    """Return ln of the probability given to what happened, with p clipped to 0.02–0.98; higher is better."""
    probability, outcome = _checked(p, hit)
    clipped = np.clip(probability, *CLIP)
    return np.asarray(np.log(np.where(outcome == 1, clipped, 1 - clipped)))


def cluster_means(
    terms: npt.ArrayLike, clusters: Sequence[str], seed: int, resamples: int = RESAMPLES
) -> Array:
    """Return bootstrap means of `terms` [(resamples,) array], drawing whole clusters with replacement.

    Raises
    ------
    ModelInputError
        When there are no terms, or not one cluster name per term.
    """
    values = np.asarray(terms, dtype=float)
    if len(values) == 0 or len(values) != len(clusters):
        raise ModelInputError(
            f"bootstrap: saw {len(values)} scores and {len(clusters)} themes, allowed: one theme a score"
        )
    names, index = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    sums = np.bincount(index, weights=values)
    counts = np.bincount(index)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    return np.asarray((drawn @ sums) / (drawn @ counts))


def leave_one_out_rate(hit: npt.ArrayLike, groups: Sequence[str], calls: Sequence[str]) -> Array:
    """Return for each reading the hit rate of all other calls of its group: what its direction alone would say.

    The reading's own call is left out whole, so its other reading does not help; 0.5 where nothing is left.
    """
    outcome = np.asarray(hit, dtype=float)
    group, call = np.asarray(groups, dtype=str), np.asarray(calls, dtype=str)
    others = (group[:, None] == group[None, :]) & (call[:, None] != call[None, :])
    count = others.sum(axis=1)
    return np.where(count > 0, (others @ outcome) / np.maximum(count, 1), 0.5)


def break_even_hit_rate(p: float, reference: float = 0.25) -> float:
    """Return the hit rate at which always saying `p` scores as well as `reference`: h(1−p)² + (1−h)p² = reference.

    At p = 0.5 every hit rate scores 0.25; the limit of the formula there is 0.5.
    """
    if p == 0.5:
        return 0.5
    return (p**2 - reference) / (p**2 - (1 - p) ** 2)


def expected_brier(p: float, hit_rate: npt.ArrayLike, n: float) -> tuple[Array, Array]:
    """Return mean and standard error of the Brier score of `n` independent calls at `p` that hit at `hit_rate`."""
    h = np.asarray(hit_rate, dtype=float)
    hit, miss = (1 - p) ** 2, p**2
    return h * hit + (1 - h) * miss, (miss - hit) * np.sqrt(h * (1 - h) / n)


def calls_needed(true_rate: float, null_rate: float, size: float = 0.05, power: float = 0.8) -> float:
    """Return how many independent calls tell `true_rate` from `null_rate`, one-sided, by the normal approximation.

    Infinite where the true rate is not above the other.

    n = [(z_size √(h₀(1−h₀)) + z_power √(h₁(1−h₁))) / (h₁ − h₀)]², Fleiss, Levin and Paik (2003), ch. 4.
    """
    if true_rate <= null_rate:
        return math.inf
    spread = special.ndtri(1 - size) * math.sqrt(null_rate * (1 - null_rate))
    spread += special.ndtri(power) * math.sqrt(true_rate * (1 - true_rate))
    return float(math.ceil((spread / (true_rate - null_rate)) ** 2))


def chance_to_beat(p: float, hit_rate: npt.ArrayLike, n: int) -> Array:
    """Return the probability that `n` independent calls at `p`, hit at `hit_rate`, score below the coin's 0.25."""
    if p == 0.5:
        return np.zeros_like(np.asarray(hit_rate, dtype=float))
    needed = math.floor(n * break_even_hit_rate(p) + 1e-9) + 1
    return np.asarray(stats.binom.sf(needed - 1, n, np.asarray(hit_rate, dtype=float)))


# --- which readings the model may be scored on ---------------------------------------------------------------------


@dataclass(frozen=True)
class Use:
    """Whether the model's January forecast and a reading ask the same quantity at the same threshold, and why (not)."""

    same: bool
    reason: str


_PRICE = Use(False, "a share-price reading; the fall was already an input on 31 January 2025")
_VALUE = Use(False, "a market-value reading; the model forecasts volumes, prices and margins")
_ENTRY = "the model forecasts the cost of entry"
_WITHOUT = "the model asks how it stands against a world without R1, which nobody observes"
USES: dict[tuple[str, str], Use] = {
    ("C01", "a"): _PRICE,
    ("C01", "b"): Use(False, f"asks for revenue against what brokers expected; {_WITHOUT}"),
    ("C02", "a"): Use(False, "asks whether list prices were cut; the model forecasts gross profit"),
    ("C02", "b"): Use(False, f"asks for run rate or value against last year; of gross profit {_WITHOUT}"),
    ("C03", "a"): Use(False, "asks what was announced; the model forecasts idle capacity in 2029"),
    ("C03", "b"): Use(False, "asks what was switched on; a slow build is not idle capacity"),
    ("C04", "a"): Use(False, "partly known by 31 January 2025, and not a margin"),
    ("C04", "b"): Use(False, f"asks for growth against the year before; of gross profit {_WITHOUT}"),
    ("C05", "a"): Use(False, f"asks for all spending against guidance; of training spending {_WITHOUT}"),
    ("C05", "b"): _PRICE,
    ("C06", "a"): Use(True, "years of research gained; held against the reading’s own two years"),
    ("C06", "b"): Use(True, "the same measurement as the other reading, counted once"),
    ("C07", "a"): Use(
        True, "open share of tokens on the public router, held against the reading’s own points"
    ),
    ("C07", "b"): Use(False, "asks for the share among firms; the model forecasts the share on a router"),
    ("C08", "a"): Use(False, f"counts entrants; {_ENTRY}"),
    ("C08", "b"): Use(False, f"counts disclosed bills; {_ENTRY}"),
    ("C09", "a"): Use(False, "revenue of one agent; the model forecasts the margin of a flat-price product"),
    ("C09", "b"): Use(False, "cost and time per task; the model forecasts a margin"),
    ("C10", "a"): Use(False, "counts reproductions; the model forecasts experiments per grant dollar"),
    ("C10", "b"): Use(False, "counts notable models; the model forecasts experiments per grant dollar"),
    ("C11", "a"): _VALUE,
    ("C11", "b"): _VALUE,
    ("C12", "a"): _PRICE,
    ("C12", "b"): _PRICE,
}

MISMATCHED = (
    ("C01", "b"),
    ("C02", "b"),
    ("C04", "b"),
    ("C05", "a"),
    ("C06", "a"),
    ("C06", "b"),
    ("C07", "a"),
    ("C07", "b"),
)
"""Readings on which the first edition scored the model's forecast at the call's threshold, whatever the reading asked."""


@dataclass(frozen=True)
class Scorecard:
    """Everything that the scorecard knows at one vintage."""

    settled: pd.DataFrame
    """All readings with status (see `settlement.settle`), theme, article's call, and whether and why the model's
    January forecast asks the ``same``, with its probability ``p_own`` at the reading's thresholds."""
    scored: pd.DataFrame
    """The settled readings of the short calls, with one probability column per forecaster."""


FORECASTERS: dict[str, str] = {
    "p_article_65": "Article, held at 65 in 100",
    "p_article": "Article, held at 80 in 100",
    "p_article_95": "Article, held at 95 in 100",
    "p_even": "Always even odds",
    "p_everyone_wins": "Everyone wins",
    "p_base_rate": "Rate of the other calls",
}


def _themes(calls: pd.DataFrame) -> dict[str, str]:
    """Return the theme of each call; a call without one is a theme of its own."""
    column = calls["theme"] if "theme" in calls.columns else pd.Series("", index=calls.index)
    return {c: (str(t) if str(t).strip() else c) for c, t in zip(calls["id"], column, strict=True)}


@per_model
def january(model: Model) -> Model:
    """Return the same run on the facts and parameters public by 31 January 2025."""
    return Model(model.parameters.with_(vintage="article"))


def january_forecasts(model: Model) -> dict[str, float]:
    """Return p_era of each call, at the call's own threshold, on the facts public by 31 January 2025, by call id."""
    from deepseek_era.verdicts.evaluate import frame

    table = frame(january(model))
    p = pd.to_numeric(table["p_era"], errors="coerce")
    return {str(c): float(x) for c, x in zip(table["id"], p, strict=True) if pd.notna(x)}


def conditional_right(draws: npt.ArrayLike, right: str, wrong: str) -> float:
    """Return P(right | settled) of era draws under a reading's own thresholds; 0.5 where no draw would settle it."""
    values = np.asarray(draws, dtype=float)
    hits = settlement.meets(values, right).mean()
    misses = settlement.meets(values, wrong).mean()
    return 0.5 if hits + misses == 0 else float(hits / (hits + misses))


def own_forecasts(model: Model, settled: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return January probabilities that a reading comes out right, at its own thresholds, where both ask the same."""
    from deepseek_era.verdicts.evaluate import evaluations

    found = evaluations(january(model))
    out = {}
    for row in settled.to_dict("records"):
        key = (str(row["call_id"]), str(row["reading"]))
        era = found[key[0]].era if key in USES and USES[key].same and key[0] in found else None
        if era is not None:
            out[key] = conditional_right(era, str(row["threshold_right"]), str(row["threshold_wrong"]))
    return out


def build(
    settled: pd.DataFrame,
    calls: pd.DataFrame,
    article_p: float,
    own: Mapping[tuple[str, str], float] | None = None,
) -> Scorecard:
    """Return the scorecard from settled readings and the calls (id, article's call, theme).

    Parameters
    ----------
    settled : DataFrame
        Result of `settlement.settle`.
    calls : DataFrame
        Columns ``id``, ``call`` (winner, loser or additional) and, if present, ``theme``.
    article_p : float
        The probability at which the article's calls are scored.
    own : mapping, optional
        The model's January probabilities at the readings' own thresholds, by call and reading.
    """
    frame = settled.copy()
    themes = _themes(calls)
    direction = dict(zip(calls["id"], calls["call"], strict=True))
    frame["theme"] = frame["call_id"].map(themes).fillna(frame["call_id"])
    frame["article_call"] = frame["call_id"].map(direction).fillna("additional")
    keys = list(zip(frame["call_id"], frame["reading"], strict=True))
    uses = [
        USES.get(key, Use(False, "a long call" if h == "long" else "no forecast of it was made"))
        for key, h in zip(keys, frame["horizon"], strict=True)
    ]
    frame["same"] = [u.same for u in uses]
    frame["same_reason"] = [u.reason for u in uses]
    frame["p_own"] = pd.Series([(own or {}).get(key) for key in keys], index=frame.index, dtype=float)
    scored = frame[frame["settled"] & frame["call_id"].str.startswith("C")].reset_index(drop=True)
    scored["p_article_65"], scored["p_article_95"] = ARTICLE_VARIANTS[0], ARTICLE_VARIANTS[2]
    scored["p_article"], scored["p_even"] = article_p, 0.5
    # the rule "everyone wins" holds every winner call as the article does, and every loser call the other way
    scored["p_everyone_wins"] = np.where(scored["article_call"] == "winner", article_p, 1 - article_p)
    scored["p_base_rate"] = (
        leave_one_out_rate(scored["hit"], scored["article_call"].tolist(), scored["call_id"].tolist())
        if len(scored)
        else pd.Series(dtype=float)
    )
    return Scorecard(frame, scored)


@per_model
def scorecard(model: Model) -> Scorecard:
    """Return the scorecard of a run: what had come true by its vintage, and every forecaster's probabilities."""
    parameters = model.parameters
    settled = settlement.settle(tables.outcomes("resolutions"), model.facts, parameters.vintage)
    article_p = float(parameters.setting("article_probability"))
    return build(settled, tables.load("calls"), article_p, own_forecasts(model, settled))


def comparable(model: Model) -> pd.DataFrame:
    """Return the scored readings that ask what the model's January forecast asks, at the same threshold."""
    scored = scorecard(model).scored
    return scored[scored["same"] & scored["p_own"].notna()].reset_index(drop=True)


def mismatched(model: Model) -> pd.DataFrame:
    """Return the readings on which the first edition scored the model: call_id, reading, hit then, p of that score.

    The outcomes are those recorded then, before the corrections; the probability is that of the call's own threshold,
    which the reading does not ask for.
    """
    frame = scorecard(model).settled
    changes = tables.load("corrections")
    changes = changes[(changes["table"] == "resolutions") & (changes["column"] == "status_to_date")]
    first = changes.drop_duplicates("key").set_index("key")["old"]
    keys = frame["call_id"] + ";" + frame["reading"]
    then = keys.map(first).fillna(frame["recorded"])
    chosen = pd.Series(
        [key in MISMATCHED for key in zip(frame["call_id"], frame["reading"], strict=True)], index=frame.index
    )
    public = frame["public"] <= model.parameters.vintage.isoformat()
    out = frame.loc[chosen & public & then.isin(["right", "wrong"]), ["call_id", "reading", "theme"]].copy()
    out["hit"] = (then[out.index] == "right").astype(float)
    out["p"] = out["call_id"].map(january_forecasts(model)).astype(float)
    return out.dropna(subset=["p"]).reset_index(drop=True)


def outcomes_table(model: Model) -> pd.DataFrame:
    """Return id, outcome in a word, the day it was decided, and what its readings rest on, one row a call."""
    settled = scorecard(model).settled
    rests = settled.assign(words=settled["reading"] + ": " + support(model)["words"])
    return settlement.outcomes_table(settled).merge(
        rests.groupby("call_id")["words"].agg("; ".join).rename("outcome_support"),
        left_on="id",
        right_index=True,
        validate="one_to_one",
    )


@dataclass(frozen=True)
class Score:
    """One forecaster's mean scores over a set of readings, Brier with its 5–95% interval."""

    forecaster: str
    n: int
    brier: float
    low: float
    high: float
    log: float


def scores(scored: pd.DataFrame, seed: int) -> list[Score]:
    """Return the mean Brier and log score of every forecaster, best Brier first; empty without settled readings."""
    results = []
    for column in FORECASTERS:
        if not len(scored):
            return []
        terms = brier_terms(scored[column], scored["hit"])
        low, high = np.quantile(cluster_means(terms, scored["theme"].tolist(), seed), [0.05, 0.95])
        log = float(log_terms(scored[column], scored["hit"]).mean())
        results.append(Score(column, len(scored), float(terms.mean()), float(low), float(high), log))
    return sorted(results, key=lambda s: (s.brier, s.forecaster))


def advantage(scored: pd.DataFrame, first: str, second: str, seed: int) -> tuple[float, float, float] | None:
    """Return mean, 5% and 95% of the Brier score of `first` less that of `second`; negative if `first` is better."""
    if not len(scored):
        return None
    terms = brier_terms(scored[first], scored["hit"]) - brier_terms(scored[second], scored["hit"])
    low, high = np.quantile(cluster_means(terms, scored["theme"].tolist(), seed), [0.05, 0.95])
    return float(terms.mean()), float(low), float(high)


# --- path of the probabilities through vintages --------------------------------------------------------------------


@per_model
def vintage_path(model: Model) -> pd.DataFrame:
    """Return P(the article is right) of each call at five vintages: id, vintage, p (Effect) and p_era.

    The article's side is winner or loser as called; vintages after the run's own are left out.
    """
    from deepseek_era.verdicts.evaluate import frame

    rows = []
    last = model.parameters.vintage.isoformat()
    days = [v for v in VINTAGES if v != "latest" and v < last] + [last]
    for day in days:
        one = model if day == last else Model(model.parameters.with_(vintage=day))
        for row in frame(one).to_dict("records"):
            side = {"winner": "p_winner", "loser": "p_loser"}.get(str(row["article_call"]))
            if side is not None:
                p_era = row["p_era"] if pd.notna(row["p_era"]) else float("nan")
                rows.append({"id": row["id"], "vintage": day, "p": float(row[side]), "p_era": float(p_era)})
    return pd.DataFrame(rows)


# --- figures -------------------------------------------------------------------------------------------------------


def _count(id: str, value: float, label: str) -> Figure:
    return Figure(f"scorecard.{id}", float(value), "count", "observed", label)


def _score_figures(scored: pd.DataFrame, prefix: str, where: str, seed: int) -> list[Figure]:
    """Return Brier and log score of every forecaster over one set; values are None where nothing is settled."""
    by_name = {s.forecaster: s for s in scores(scored, seed)}
    figures = []
    for column, name in FORECASTERS.items():
        key, score = column.removeprefix("p_"), by_name.get(column)
        kind = "modelled"  # rules and resampling are ours: two digits, no more
        label = f"Brier score, {where}: {name}"
        if score is None:
            figures.append(Figure(f"{prefix}brier_{key}", None, "score", kind, label))
            figures.append(
                Figure(f"{prefix}log_{key}", None, "score", kind, f"Mean log score, {where}: {name}")
            )
            continue
        interval = (
            (None, None)
            if column == "p_even"
            else (min(score.low, score.brier), max(score.high, score.brier))
        )
        figures.append(Figure(f"{prefix}brier_{key}", score.brier, "score", kind, label, *interval))
        figures.append(
            Figure(f"{prefix}log_{key}", score.log, "score", kind, f"Mean log score, {where}: {name}")
        )
    return figures


def _difference(id: str, pair: tuple[float, float, float] | None, label: str) -> Figure:
    if pair is None:
        return Figure(f"scorecard.{id}", None, "score", "modelled", label)
    return Figure(f"scorecard.{id}", pair[0], "score", "modelled", label, min(pair[1:]), max(pair[1:]))


def figures(model: Model) -> dict[str, Figure]:
    """Return every figure of the scorecard, keyed by id; scores are None while nothing is settled."""
    card = scorecard(model)
    seed = model.parameters.seed
    scored, frame = card.scored, card.settled
    of_calls = frame[frame["call_id"].str.startswith("C")]
    short, long = of_calls[of_calls["horizon"] == "short"], of_calls[of_calls["horizon"] == "long"]
    extra = frame[~frame["call_id"].str.startswith("C")]
    status = short["status"].value_counts()
    found = [
        _count("readings", len(of_calls), "readings of the 22 calls, two each"),
        _count("short_readings", len(short), "readings of the 12 short calls"),
        _count("long_readings", len(long), "readings of the 10 long calls"),
        _count("resolved", len(scored), "settled readings of the short calls: right or wrong"),
        _count("hits", float(scored["hit"].sum()), "settled readings of the short calls that came out right"),
        _count(
            "misses",
            float((1 - scored["hit"]).sum()),
            "settled readings of the short calls that came out wrong",
        ),
        _count("mixed", status.get("mixed", 0), "readings of the short calls between the thresholds"),
        _count("open", status.get("open", 0), "readings of the short calls still open"),
        *_uncounted(short, long),
        _count(
            "interim_right",
            (long["status"] == "interim-right").sum(),
            "readings of the long calls right so far",
        ),
        _count(
            "interim_wrong",
            (long["status"] == "interim-wrong").sum(),
            "readings of the long calls wrong so far",
        ),
        _count("interim_open", (long["status"] == "open").sum(), "readings of the long calls still open"),
        _count(
            "considerations_right",
            extra["status"].isin(["right", "interim-right"]).sum(),
            "readings of the three considerations right so far",
        ),
        _count(
            "themes",
            scored["theme"].nunique(),
            "themes among the settled readings, the units that are resampled",
        ),
        _count(
            "recomputed", frame["recomputed"].notna().sum(), "readings recomputed from the tables of facts"
        ),
        _count(
            "recomputed_agree",
            (frame["recomputed"].notna() & (frame["status"] == frame["recorded"])).sum(),
            "recomputed readings whose status equals the recorded one",
        ),
        _count("conflicts", len(conflicts(model)), "headline facts on the calls whose sources disagree"),
        *_support_counts(model),
    ]
    found += _rates(scored, seed)
    found += _score_figures(scored, "scorecard.", "settled readings", seed)
    found += _of_the_model(model)
    found.append(
        _difference(
            "article_less_even",
            advantage(scored, "p_article", "p_even", seed),
            "Brier score of the article less that of even odds, settled readings",
        )
    )
    found += _arithmetic(model)
    return {f.id: f for f in found}


def _uncounted(short: pd.DataFrame, long: pd.DataFrame) -> list[Figure]:
    """Return how many readings cannot count, by horizon and by what is wrong with them."""
    status = pd.concat([short["status"], long["status"]])
    return [
        _count(
            f"{name}_uncounted",
            part["status"].isin(settlement.UNCOUNTED).sum(),
            f"readings of the {name} calls that count neither as a hit nor as a miss",
        )
        for name, part in (("short", short), ("long", long))
    ] + [
        _count(
            key.replace("-", "_"),
            (status == key).sum(),
            f"readings that are {settlement.STATES[key].words}: {settlement.STATES[key].means}",
        )
        for key in settlement.UNCOUNTED
    ]


def _of_the_model(model: Model) -> list[Figure]:
    """Return what the readings can say of the model: where both ask the same, and what the first edition printed."""
    same, scored, old = comparable(model), scorecard(model).scored, mismatched(model)
    enough = _scores_the_model(model)
    score = float(brier_terms(same["p_own"], same["hit"]).mean()) if enough else None
    why = (
        ""
        if enough
        else f": none, since its January forecast asks what {len(same)} of {len(scored)} readings ask"
    )
    research = old.loc[(old["call_id"] == "C06") & (old["reading"] == "a"), "p"]
    values: list[tuple[str, float | None, str, str]] = [
        (
            "brier_model",
            score,
            "score",
            f"Brier score of the model, settled readings of its own question{why}",
        ),
        ("same.n", len(same), "count", "settled readings that ask what the model’s January forecast asks"),
        ("same.hits", float(same["hit"].sum()), "count", "of these, readings that came out right"),
        (
            "same.p_model",
            float(same["p_own"].mean()) if len(same) else None,
            "probability",
            "mean January probability of the model that these come out right, at their own thresholds",
        ),
        ("mismatched.n", len(old), "count", "readings on which the first edition scored the model"),
        (
            "mismatched.brier_model",
            float(brier_terms(old["p"], old["hit"]).mean()) if len(old) else None,
            "score",
            "Brier score of the model as the first edition printed it, on readings with other thresholds",
        ),
        (
            "mismatched.p_research",
            float(research.iloc[0]) if len(research) else None,
            "probability",
            "January probability that research gained at all noticeably, set then against a reading of two years",
        ),
    ]
    kinds = {"count": "observed"}
    return [
        Figure(f"scorecard.{id}", value, unit, kinds.get(unit, "modelled"), label)
        for id, value, unit, label in values
    ]


def _support_counts(model: Model) -> list[Figure]:
    """Return how many public readings rest on little: one source, weak ones, something recalled."""
    how, settled = support(model), scorecard(model).settled["settled"]
    return [
        _count("single_source", int(how["alone"].sum()), "public readings that rest on one source"),
        _count(
            "single_weak",
            int((how["alone"] & how["weak"]).sum()),
            "of these, readings whose one source is weak (quality C) or recalled",
        ),
        _count(
            "several_weak",
            int((~how["alone"] & how["weak"]).sum()),
            "public readings with several sources that are all weak or recalled",
        ),
        _count(
            "part_recalled",
            int(how["recalled"].sum()),
            "public readings of which a part was recalled, not read",
        ),
        _count(
            "settled_weak",
            int((how["weak"] & settled).sum()),
            "settled readings that rest on weak or recalled sources alone",
        ),
    ]


def _rates(scored: pd.DataFrame, seed: int) -> list[Figure]:
    """Return hit rates: all settled readings, winner calls, loser calls, market readings and the others."""
    out = []
    market = scored["lens"] == "market"
    sets = {
        "": scored,
        "winner.": scored[scored["article_call"] == "winner"],
        "loser.": scored[scored["article_call"] == "loser"],
        "market.": scored[market],
        "fundamental.": scored[~market],
    }
    for prefix, part in sets.items():
        kind = "readings" if prefix in ("market.", "fundamental.") else "calls"
        name = f"{prefix.rstrip('.')} {kind}" if prefix else "short calls"
        out.append(_count(f"{prefix}settled_n", len(part), f"settled readings: {name}"))
        out.append(_count(f"{prefix}settled_hits", float(part["hit"].sum()), f"of these, right: {name}"))
        label = f"share of settled readings of the {name} that came out right; interval by resampling themes"
        if not len(part):
            out.append(Figure(f"scorecard.{prefix}hit_rate", None, "%", "modelled", label))
            continue
        rate = 100 * float(part["hit"].mean())
        low, high = 100 * np.quantile(cluster_means(part["hit"], part["theme"].tolist(), seed), [0.05, 0.95])
        interval = (min(low, rate), max(high, rate))
        out.append(Figure(f"scorecard.{prefix}hit_rate", rate, "%", "modelled", label, *interval))
    return out


TRUE_RATE = 0.7  # the forecaster of the worked example: good, not infallible


def _arithmetic(model: Model) -> list[Figure]:
    """Return what so few calls can show: arithmetic on the score itself, no data."""
    p = float(model.parameters.setting("article_probability"))
    n = len(tables.load("calls").query("id.str.startswith('C')"))
    mean, error = expected_brier(p, TRUE_RATE, n)
    even = break_even_hit_rate(p)
    values: list[tuple[str, float, str, str]] = [
        ("article_p", p, "probability", "probability at which the article's calls are scored"),
        ("calls", n, "count", "calls of the article"),
        ("hit_cost", (1 - p) ** 2, "score", "what a right call adds to the Brier score"),
        ("miss_cost", p**2, "score", "what a wrong call adds to the Brier score"),
        (
            "break_even_hit_rate",
            100 * even,
            "%",
            "hit rate at which the article's probability only equals the coin",
        ),
        ("example_rate", 100 * TRUE_RATE, "%", "true hit rate of the worked example"),
        (
            "example_brier",
            float(mean),
            "score",
            "expected Brier score of the worked example over as many calls",
        ),
        ("example_error", float(error), "score", "its standard error, calls independent"),
        (
            "needed_coin",
            calls_needed(TRUE_RATE, 0.5),
            "count",
            "independent calls to tell the example from guessing",
        ),
        (
            "needed_score",
            calls_needed(TRUE_RATE, even),
            "count",
            "independent calls to show a score better than even odds",
        ),
    ]
    return [
        Figure(f"scorecard.{id}", v if math.isfinite(v) else None, unit, "modelled", label)
        for id, v, unit, label in values
    ]


# --- quality of the outcome facts ----------------------------------------------------------------------------------


def conflicts(model: Model) -> pd.DataFrame:
    """Return the headline facts on claims and calls whose sources disagree, as public at the vintage."""
    headlines = model.facts.table("headlines")
    # the disagreement is known only when the second source is out too
    known = second_is_out(headlines, model.parameters.vintage.isoformat())
    return headlines[(headlines["status"] == "conflict") & known].reset_index(drop=True)


OWN_SERIES = "derived_prices"  # compiled by this report over several public copies: no single source
RECALLED = "RECALL"


def _support_words(sources: int, weak: bool, own: bool, recomputed: bool, recalled: bool) -> str:
    """Return how a reading is supported, in words: ``recomputed``, ``one weak source``, ``3 sources, in part recalled``."""
    parts = ["recomputed"] if recomputed else ["own price series"] if own else []
    # of a recomputed reading only what is thin about its sources needs saying
    if not own and (weak or sources < 2 or not recomputed):
        number = "one" if sources == 1 else str(sources)
        parts.append(f"{number} {'weak ' if weak else ''}source{'' if sources == 1 else 's'}")
    return ", ".join([*parts, "in part recalled"] if recalled else parts)


def support(model: Model) -> pd.DataFrame:
    """Return how each public reading is supported, one row a reading in the order of the scorecard.

    Sources that copy one document count as one. Columns: ``words`` (``none`` where nothing is public or no source is
    given), ``sources`` (number), ``alone`` (one source and no more), ``weak`` (every source is of quality C or was recalled), ``recomputed`` (from the tables of
    facts), ``recalled`` (a part of the value was not read).
    """
    listed = tables.load("sources").set_index("source_id")[["quality", "how_read"]].to_dict("index")
    frame = scorecard(model).settled
    rows = []
    for row in frame.to_dict("records"):
        ids = [i for i in tables.split_ids(str(row["status_source"])) if i != "none"]
        public = row["public"] <= model.parameters.vintage.isoformat() and bool(ids)
        read = [i for i in ids if i != RECALLED]
        weak = public and all(
            i == RECALLED or listed[i]["quality"] == "C" or listed[i]["how_read"] == "recalled" for i in ids
        )
        count = origins(read)
        own, again = ids == [OWN_SERIES], bool(pd.notna(row["recomputed"]))
        recalled = RECALLED in ids
        rows.append(
            {
                "words": _support_words(count, weak, own, again, recalled) if public else "none",
                "sources": count if public else 0,
                "alone": public and count < 2 and not own,
                "weak": weak,
                "recomputed": public and again,
                "recalled": public and recalled,
            }
        )
    columns = ["words", "sources", "alone", "weak", "recomputed", "recalled"]
    return pd.DataFrame(rows, index=frame.index, columns=columns)


def readings(model: Model) -> list[dict[str, object]]:
    """Return every public reading as its card shows it, oldest call first; nothing from after the vintage.

    Keys: id (of the call), reading, lens, indicator, unit, seen, status, status_words, counts (whether it says
    anything of the call), public (ISO day), support (words), weak and alone (see `support`), settled, sources (ids).
    """
    frame = scorecard(model).settled
    found = []
    for row, how in zip(frame.to_dict("records"), support(model).to_dict("records"), strict=True):
        if row["public"] > model.parameters.vintage.isoformat():
            continue
        found.append(
            {
                "id": row["call_id"],
                "reading": row["reading"],
                "lens": row["lens"],
                "indicator": row["indicator"],
                "unit": row["unit"],
                "seen": row["value_to_date"],
                "status": row["status"],
                "status_words": settlement.spoken(row["status"]),
                "counts": settlement.STATES[row["status"]].worth is not None,
                "note": row["note"],
                "public": row["public"],
                "support": how["words"],
                "weak": how["weak"],
                "alone": how["alone"],
                "settled": bool(row["settled"]),
                "sources": [i for i in tables.split_ids(str(row["status_source"])) if i != "none"],
            }
        )
    return found


# --- words ---------------------------------------------------------------------------------------------------------


FEWEST_THEMES = 5  # with four, even all themes on one side come by chance once in sixteen


def _against_coin(scored: pd.DataFrame, column: str, seed: int) -> str:
    """Return how a forecaster stands against even odds: better, worse, level, unscored, or few (themes) to tell."""
    gap = advantage(scored, column, "p_even", seed)
    if gap is None:
        return "unscored"
    if scored["theme"].nunique() < FEWEST_THEMES:
        return "few"
    return "better" if gap[2] < 0 else "worse" if gap[1] > 0 else "level"


def article_standing(model: Model) -> str:
    """Return how the article stands against even odds on all settled readings, in one word (see `_against_coin`)."""
    return _against_coin(scorecard(model).scored, "p_article", model.parameters.seed)


_STANDING = {
    "better": "scored better than a coin",
    "worse": "scored worse than a coin",
    "level": "cannot be told from a coin",
    "few": "has too few settled readings to be told from a coin",
    "unscored": "has no score yet",
}


FIRST_EDITION = (
    "The first edition printed a score of the model all the same: {{ scorecard.mismatched.brier_model | value }} on "
    "{{ scorecard.mismatched.n }} readings, worse than a coin, and called that a finding about the model. It said nothing about "
    "foresight. A chance that something would stand a little below a world without R1 was held against the question whether it "
    "fell short of last year, of guidance or of a forecast. Of research it even held {{ scorecard.mismatched.p_research }}, the chance "
    "of a noticeable gain, against a reading that asks for two years."
)
FIRST_EDITION_EMPTY = "None of the readings that might be held against the model has been settled."


def _scores_the_model(model: Model) -> bool:
    return comparable(model)["theme"].nunique() >= FEWEST_THEMES


def _model_words(model: Model) -> str:
    """Return what the outcomes can say of the model's January forecasts, as sentences."""
    same = comparable(model)
    if not len(same):
        return (
            "Not one of the settled readings asks what the model forecast, at the same size, so no score of the model is printed and "
            "nothing is said of its foresight."
        )
    words = (
        "Forecast and reading ask the same thing at the same size in {{ scorecard.same.n }} of {{ scorecard.resolved }} settled "
        "readings. There the model gave the article {{ scorecard.same.p_model }}, and {{ scorecard.same.hits }} came out right. "
    )
    if not _scores_the_model(model):
        return (
            words
            + "That is too little to score anybody by, so no score of the model is printed and nothing is "
            "said of its foresight."
        )
    return words + "On these its Brier score is {{ scorecard.brier_model }}."


def phrases(model: Model) -> dict[str, str]:
    """Return the words of the scorecard notebook that depend on the run; numbers in them are tokens."""
    card = scorecard(model)
    first = FIRST_EDITION if len(mismatched(model)) else FIRST_EDITION_EMPTY
    if not len(card.scored):
        return {
            "phrase.scorecard.dek": "On the date of this run nothing had been settled. The calls are open, and so is the score.",
            "phrase.scorecard.article": "There is no settled reading to score.",
            "phrase.scorecard.model": "No reading was settled yet that could be held against them.",
            "phrase.scorecard.direction": "Neither winner calls nor loser calls have been settled.",
            "phrase.scorecard.market": "None of either has been settled.",
            "phrase.scorecard.log": "The log score waits too.",
            "phrase.scorecard.first": first,
        }
    dek = (
        "{{ scorecard.hits }} of {{ scorecard.resolved }} settled readings of the short calls came out as the article said. "
        f"Taken at its word the article {_STANDING[article_standing(model)]}."
    )
    if not _scores_the_model(model):
        dek += " The model’s own forecasts of January 2025 asked other questions than nearly all of these readings do, so they are not scored."
    scored_worse = (card.scored["p_article"] - card.scored["hit"]).mean() > 0
    article_words = (
        "Held at {{ scorecard.article_p }}, the article’s record gives a Brier score of {{ scorecard.brier_article }}, where even "
        "odds give {{ scorecard.brier_even }}. "
    )
    article_words += (
        "A more modest author, at the lowest of the three probabilities, would have scored {{ scorecard.brier_article_65 }}: the "
        "cost is in the confidence."
        if scored_worse
        else "A bolder author, at the highest of the three probabilities, would have scored {{ scorecard.brier_article_95 }}."
    )
    winner, loser = (
        card.scored[card.scored["article_call"] == side]["hit"].mean() for side in ("winner", "loser")
    )
    if np.isnan(winner) or np.isnan(loser):
        direction = "Only one direction of call has been settled so far."
    else:
        more = "more" if winner > loser else "less" if winner < loser else "as"
        link = "than" if more != "as" else "often as"
        direction = (
            f"Winner calls came true {more} {'often ' if more != 'as' else ''}{link} loser calls: {{{{ scorecard.winner.hit_rate }}}} "
            "against {{ scorecard.loser.hit_rate }}."
        )
    return {
        "phrase.scorecard.dek": dek,
        "phrase.scorecard.article": article_words,
        "phrase.scorecard.model": _model_words(model),
        "phrase.scorecard.direction": direction,
        "phrase.scorecard.first": first,
        "phrase.scorecard.log": (
            "The log score punishes misplaced certainty harder. Over all settled readings it is {{ scorecard.log_article }} for the "
            "article and {{ scorecard.log_even }} for even odds; higher is better, and zero is perfect."
        ),
        "phrase.scorecard.market": (
            "Of the settled market readings {{ scorecard.market.settled_hits }} of {{ scorecard.market.settled_n }} came out right, of the "
            "others {{ scorecard.fundamental.settled_hits }} of {{ scorecard.fundamental.settled_n }}."
        ),
    }
