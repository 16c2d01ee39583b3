"""Score the article's calls against what happened, and say what that can show, of the article and of the model.

- Scored are the settled readings of the short calls. Mixed, open and uncounted readings are not scored, and a long
  call is interim at most.
- The article's calls are categorical; they are scored as if each were held with probability 0.8 (also 0.65, 0.95).
- What could have been forecast in January 2025, and what knowing of R1 would have added, is scored in `forecasts`. The
  model's own forecast says how a quantity stands against a world without R1, at a threshold of its own; the first
  edition scored it on readings that ask something else, and `mismatched` says so.
- Calls are not independent: themes are the units of every interval.

References: Brier (1950), Monthly Weather Review 78; Murphy (1973), Journal of Applied Meteorology 12; Gneiting and
Raftery (2007), JASA 102; Bradley, Schwartz and Hashino (2008), Weather and Forecasting 23; Cameron, Gelbach and
Miller (2008), Review of Economics and Statistics 90, on the bootstrap by cluster.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

from deepseek_era import tables
from deepseek_era.arrays import Array
from deepseek_era.citations import citations, known_sources, origins, second_is_out
from deepseek_era.errors import ModelInputError
from deepseek_era.figure import MINUS
from deepseek_era.model import Model, per_model
from deepseek_era.quotes import quoted
from deepseek_era.verdicts import settlement
from deepseek_era.verdicts.evaluate import decided, era_probability, evaluations
from deepseek_era.words import capital, day_words

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


def signs(themes: int) -> Array:
    """Return all 2^themes ways to give each theme a sign, one row each."""
    return np.asarray(1.0 - 2.0 * ((np.arange(2**themes)[:, None] >> np.arange(themes)) & 1))


MOST_SIGNED = 8  # themes up to which every way to sign them is gone through


def theme_interval(terms: npt.ArrayLike, themes: Sequence[str], seed: int) -> tuple[float, float]:
    """Return the 5th and 95th percentile of a mean score; NaN where all terms belong to one theme.

    Up to 8 themes: the sum of each theme's deviations from the mean keeps or turns its sign, in all 2^T ways (the wild
    bootstrap by cluster, gone through completely; nothing is drawn). With more, whole themes are resampled.
    """
    values = np.asarray(terms, dtype=float)
    names, index = np.unique(np.asarray(themes, dtype=str), return_inverse=True)
    if len(names) < 2:
        return math.nan, math.nan
    if len(names) > MOST_SIGNED:
        means = cluster_means(values, themes, seed)
    else:
        deviations = np.bincount(index, weights=values - values.mean())
        means = values.mean() + signs(len(names)) @ deviations / len(values)
    low, high = np.quantile(means, [0.05, 0.95])
    return float(low), float(high)


def other_themes_rate(hit: npt.ArrayLike, themes: Sequence[str]) -> Array:
    """Return for each reading the share of hits in all other themes: what one knew who knew only those.

    0.5 where there is no other theme.
    """
    outcome, theme = np.asarray(hit, dtype=float), np.asarray(themes, dtype=str)
    others = theme[:, None] != theme[None, :]
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


# --- the record and who is scored on it ----------------------------------------------------------------------------

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
    """All readings with status (see `settlement.settle`), theme and the article's call."""
    scored: pd.DataFrame
    """The settled readings of the short calls, with one probability column per forecaster."""


FORECASTERS: dict[str, str] = {
    "p_article_65": "Article, held at 65 in 100",
    "p_article": "Article, held at 80 in 100",
    "p_article_95": "Article, held at 95 in 100",
    "p_even": "A coin",
    "p_everyone_wins": "Everyone wins, held at 80 in 100",
    "p_base_rate": "Share that came right in other themes",
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
    from deepseek_era.verdicts.tables import calls

    table = calls(january(model))
    p = pd.to_numeric(table["p_era"], errors="coerce")
    return {str(c): float(x) for c, x in zip(table["id"], p, strict=True) if pd.notna(x)}


def build(
    settled: pd.DataFrame,
    calls: pd.DataFrame,
    article_p: float,
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
    """
    frame = settled.copy()
    themes = _themes(calls)
    direction = dict(zip(calls["id"], calls["call"], strict=True))
    frame["theme"] = frame["call_id"].map(themes).fillna(frame["call_id"])
    frame["article_call"] = frame["call_id"].map(direction).fillna("additional")
    scored = frame[frame["settled"] & frame["call_id"].str.startswith("C")].reset_index(drop=True)
    scored["p_article_65"], scored["p_article_95"] = ARTICLE_VARIANTS[0], ARTICLE_VARIANTS[2]
    scored["p_article"], scored["p_even"] = article_p, 0.5
    # the rule "everyone wins" holds every winner call as the article does, and every loser call the other way
    scored["p_everyone_wins"] = np.where(scored["article_call"] == "winner", article_p, 1 - article_p)
    scored["p_base_rate"] = (
        other_themes_rate(scored["hit"], scored["theme"].tolist()) if len(scored) else pd.Series(dtype=float)
    )
    return Scorecard(frame, scored)


def rules() -> pd.DataFrame:
    """Return the rules of settlement with the recorded outcomes, as the table has them."""
    return tables.outcomes("resolutions")


def latest_values(model: Model) -> pd.DataFrame:
    """Return the last values of open readings that no other table holds, as public at the vintage."""
    frame = tables.outcomes("latest_values")
    return frame[frame["as_of"] <= model.parameters.vintage.isoformat()].reset_index(drop=True)


@per_model
def scorecard(model: Model) -> Scorecard:
    """Return the scorecard of a run: what had come true by its vintage, and every forecaster's probabilities."""
    parameters = model.parameters
    settled = settlement.settle(rules(), model.facts, parameters.vintage)
    return build(settled, tables.load("calls"), float(parameters.setting("article_probability")))


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


def second_rules(model: Model) -> pd.DataFrame:
    """Return a second reader's readings of the calls: the columns of the table, status and public as known at the vintage."""
    frame = tables.outcomes("second_rules")
    known = frame["as_of"] <= model.parameters.vintage.isoformat()
    return frame.assign(public=frame["as_of"], status=frame["status"].where(known, "open"))


def stargate_fork(model: Model) -> dict[str, settlement.Bounds]:
    """Return what of its plan Stargate had running a year on [%], against the phase due and the campus; empty before it is public."""
    plans = {"phase": "site_phase_due", "campus": "site_capacity_planned"}
    try:
        return {name: settlement.stargate_delivery(model.facts, plan) for name, plan in plans.items()}
    except LookupError:
        return {}


def supports(model: Model) -> dict[str, str]:
    """Return what the readings of each call rest on, by call id: ``a: recomputed; b: one source``."""
    words = scorecard(model).settled.assign(words=lambda f: f["reading"] + ": " + support(model)["words"])
    return {str(call): str(text) for call, text in words.groupby("call_id")["words"].agg("; ".join).items()}


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
        low, high = theme_interval(terms, scored["theme"].tolist(), seed)
        log = float(log_terms(scored[column], scored["hit"]).mean())
        results.append(Score(column, len(scored), float(terms.mean()), float(low), float(high), log))
    return sorted(results, key=lambda s: (s.brier, s.forecaster))


def advantage(scored: pd.DataFrame, first: str, second: str, seed: int) -> tuple[float, float, float] | None:
    """Return mean, 5% and 95% of the Brier score of `first` less that of `second`; negative if `first` is better."""
    if not len(scored):
        return None
    terms = brier_terms(scored[first], scored["hit"]) - brier_terms(scored[second], scored["hit"])
    return float(terms.mean()), *theme_interval(terms, scored["theme"].tolist(), seed)


# --- path of the probabilities through vintages --------------------------------------------------------------------


@per_model
def vintage_path(model: Model) -> pd.DataFrame:
    """Return how far R1 alone is on the article's side at five vintages: id, vintage, p and p_era.

    ``p`` is the share of draws on that side at the article's own size where it gives one: what its answers are read from, so that
    a gain smaller than claimed is none. ``p_era`` is the forecast at the model's threshold. Vintages after the run's own are left out.
    """
    rows = []
    last = model.parameters.vintage.isoformat()
    days = [v for v in VINTAGES if v != "latest" and v < last] + [last]
    for day in days:
        one = model if day == last else Model(model.parameters.with_(vintage=day))
        answered = decided(one)
        for key, e in evaluations(one).items():
            shares = answered[key].shares
            if e.call.article_call in ("winner", "loser") and shares is not None:
                p_era = era_probability(e)
                rows.append(
                    {
                        "id": key,
                        "vintage": day,
                        "p": shares.own,
                        "p_era": float("nan") if p_era is None else p_era,
                    }
                )
    return pd.DataFrame(rows)


# --- tables --------------------------------------------------------------------------------------------------------

HIT_RATES = np.round(
    np.arange(0.30, 0.901, 0.01), 2
)  # of the curves; their left edge lies beside the article's record
TRUE_RATE = 0.7  # the forecaster of the worked example: good, not infallible
FEWEST_THEMES = 5  # with four, even all themes on one side come by chance once in sixteen


def score_table(scored: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return every forecaster's mean scores over the settled readings, one row each; NaN where nothing is settled.

    Columns: forecaster (key), name, n, brier, low, high (5 and 95 %, no interval for even odds, whose score is certain), log.
    """
    by_name = {s.forecaster: s for s in scores(scored, seed)}
    rows = []
    for column, name in FORECASTERS.items():
        score = by_name.get(column)
        row: dict[str, object] = {"forecaster": column.removeprefix("p_"), "name": name, "n": len(scored)}
        if score is not None:
            row |= {"brier": score.brier, "log": score.log}
            if column != "p_even":
                row |= {"low": score.low, "high": score.high}
        rows.append(row)
    return pd.DataFrame(rows, columns=["forecaster", "name", "n", "brier", "low", "high", "log"])


def score_data(scored: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the scores of the forecasters, best Brier first: forecaster (name), n, brier, low, high, log; empty if none."""
    rows = [(FORECASTERS[s.forecaster], s.n, s.brier, s.low, s.high, s.log) for s in scores(scored, seed)]
    return pd.DataFrame(rows, columns=["forecaster", "n", "brier", "low", "high", "log"])


def number_of_calls() -> int:
    """Return how many calls the article makes, considerations left out."""
    return int(tables.load("calls")["id"].str.startswith("C").sum())


def call_names() -> pd.DataFrame:
    """Return short_name and horizon of every call and consideration, by id."""
    return tables.load("calls").set_index("id")[["short_name", "horizon"]]


def rates(scored: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return hit rates: all settled readings, winner calls, loser calls, market readings and the others.

    Columns: set, n, hits, rate_pct, low_pct and high_pct (see `theme_interval`); NaN where the set is empty.
    """
    market = scored["lens"] == "market"
    sets = {
        "all": scored,
        "winner": scored[scored["article_call"] == "winner"],
        "loser": scored[scored["article_call"] == "loser"],
        "market": scored[market],
        "fundamental": scored[~market],
    }
    rows = []
    for name, part in sets.items():
        row: dict[str, object] = {"set": name, "n": len(part), "hits": float(part["hit"].sum())}
        if len(part):
            rate = 100 * float(part["hit"].mean())
            low, high = np.clip(
                100 * np.array(theme_interval(part["hit"], part["theme"].tolist(), seed)), 0, 100
            )
            row |= {"rate_pct": rate, "low_pct": low, "high_pct": high}
        rows.append(row)
    return pd.DataFrame(rows, columns=["set", "n", "hits", "rate_pct", "low_pct", "high_pct"])


def standing(scored: pd.DataFrame, column: str, seed: int) -> str:
    """Return how a forecaster stands against even odds: better, worse, level, unscored, or few (themes) to tell."""
    gap = advantage(scored, column, "p_even", seed)
    if gap is None:
        return "unscored"
    if scored["theme"].nunique() < FEWEST_THEMES:
        return "few"
    return "better" if gap[2] < 0 else "worse" if gap[1] > 0 else "level"


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


LENSES = {"market": "By the market", "fundamental": "By the record", "judgement": "By judgement"}


def board(model: Model) -> pd.DataFrame:
    """Return one row a call: how its two readings stand, and behind them their rules and what was seen.

    Columns: id, name, horizon, call (the article's), first and second (status in words, a dash where there is none), seen (the
    public values in a line) and behind (a line a reading: the article's words, indicator, thresholds, date, value, support).
    """
    frame = scorecard(model).settled
    public = frame["public"] <= model.parameters.vintage.isoformat()
    seen = frame["value_to_date"].where(public, "nothing public yet").map(_minus)
    told = frame.assign(
        words=[settlement.STATES[s].words for s in frame["status"]],
        seen=seen,
        behind=_read(model, frame, seen, public),
    )
    by_call = told.groupby("call_id", sort=False)
    found = by_call.agg(
        first=("words", "first"),
        second=("words", lambda words: words.iloc[1] if len(words) > 1 else "–"),
        seen=("seen", lambda values: "Seen: " + " · ".join(values)),
        behind=("behind", "\n".join),
    )
    calls = (
        tables.load("calls")
        .set_index("id")[["short_name", "horizon", "call"]]
        .rename(columns={"short_name": "name"})
    )
    return calls.join(found, how="right").rename_axis("id").reset_index()


def _minus(text: object) -> str:
    """Return a text whose negative numbers have a minus sign, and its ranges of numbers a dash.

    >>> _minus("-0.5 to 2, 97-146 (0.2-0.3 GW)")
    '−0.5 to 2, 97–146 (0.2–0.3 GW)'
    """
    ranges = re.sub(r"(?<![\w.-])(\d[\d.]*)-(?=\d)", r"\1–", str(text))
    return re.sub(r"(?<![\w.])-(?=\d)", MINUS, ranges)


def _day(text: object) -> str:
    return day_words(dt.date.fromisoformat(str(text)))


def _read(model: Model, frame: pd.DataFrame, seen: pd.Series, public: pd.Series) -> list[str]:
    """Return each reading in words: what the article says, the rule, and what was seen where it is public."""
    rules, outcomes = rule_table(model), outcome_list(model).set_index("reading").to_dict("index")
    lines = []
    for row, status, value, known in zip(rules.itertuples(), frame["status"], seen, public, strict=True):
        limits = f"Right if {_minus(row.right_if)}, wrong if {_minus(row.wrong_if)} ({row.unit}), by {_day(row.by)}."
        line = f"{LENSES[str(row.lens)]}. {row.article_words}: {row.indicator}. {limits} {capital(settlement.spoken(status))}"
        if known:
            outcome = outcomes[row.reading]
            line += f"; seen on {_day(outcome['public'])}: {value}"
            line += f". {capital(outcome['support'])}: {outcome['sources']}" if outcome["sources"] else ""
        lines.append(f"{line}.")
    return lines


def named(frame: pd.DataFrame) -> list[str]:
    """Return the name of each reading: ``C01a Nvidia``."""
    calls = tables.load("calls").set_index("id")["short_name"]
    return [f"{i}{r} {calls[i]}" for i, r in zip(frame["call_id"], frame["reading"], strict=True)]


def rule_table(model: Model) -> pd.DataFrame:
    """Return the resolution rules, without outcomes: the article's words, indicator, unit, thresholds, date, source to use."""
    frame = scorecard(model).settled
    signs = {"<=": "≤", ">=": "≥"}
    limits = frame[["threshold_right", "threshold_wrong"]].astype(str).replace(signs, regex=True)
    return pd.DataFrame(
        {
            "reading": named(frame),
            "article_words": frame["article_words"].map(quoted),
            "indicator": frame["indicator"],
            "unit": frame["unit"],
            "right_if": limits["threshold_right"],
            "wrong_if": limits["threshold_wrong"],
            "by": frame["horizon_end"],
            "lens": frame["lens"],
            "source_to_use": frame["source_to_use"],
        }
    ).reset_index(drop=True)


def outcome_list(model: Model) -> pd.DataFrame:
    """Return what was seen of each reading that is public: value, day, status and what it rests on.

    Columns: reading, seen, recomputed, public, status, support, sources (publishers), note, number_of_sources,
    weak_or_recalled_only.
    """
    frame, rests = scorecard(model).settled, support(model)
    cited = citations()
    names = [
        ", ".join(dict.fromkeys(cited[i].publisher for i in tables.split_ids(str(cell)) if i in cited))
        for cell in frame["status_source"]
    ]
    table = pd.DataFrame(
        {
            "reading": named(frame),
            "seen": frame["value_to_date"],
            "recomputed": frame["recomputed"].round(2),
            "public": frame["public"],
            "status": [settlement.STATES[s].words for s in frame["status"]],
            "support": rests["words"].replace("none", "–"),
            "sources": names,
            "note": frame["note"],
            "number_of_sources": rests["sources"],
            "weak_or_recalled_only": rests["weak"],
        }
    )
    return table[(frame["public"] <= model.parameters.vintage.isoformat()).to_numpy()].reset_index(drop=True)


def settled_otherwise(model: Model) -> pd.DataFrame:
    """Return the readings that a correction since the first edition settles otherwise, as public at the vintage.

    Columns: reading, before and now (words), why (the fact or the rule that did it), source_id.
    """
    changes = model.facts.table("corrections")
    changes = changes[(changes["table"] == "resolutions") & (changes["column"] == "status_to_date")]
    keys = changes["key"].str.split(";", expand=True).reindex(columns=[0, 1])
    return pd.DataFrame(
        {
            "reading": named(keys.set_axis(["call_id", "reading"], axis=1)),
            "before": [settlement.STATES[word].words for word in changes["old"]],
            "now": [settlement.STATES[word].words for word in changes["new"]],
            "why": changes["why"],
            "source_id": changes["source_id"],
        }
    ).reset_index(drop=True)


def source_ids(frame: pd.DataFrame, column: str = "status_source") -> list[str]:
    """Return the sources that a column names, in order, each once, those that the table of sources holds."""
    return known_sources(i for cell in frame[column] for i in tables.split_ids(str(cell)))


def power_curves(p: float, numbers: Mapping[int, str]) -> pd.DataFrame:
    """Return the chance that calls held at `p` beat the coin's score, by true hit rate: calls, label, hit_rate, chance (%)."""
    return pd.DataFrame(
        [
            {"calls": n, "label": label, "hit_rate": 100 * float(h), "chance": 100 * float(c)}
            for n, label in numbers.items()
            for h, c in zip(HIT_RATES, chance_to_beat(p, HIT_RATES, n), strict=True)
        ]
    )


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
