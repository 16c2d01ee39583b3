"""Forecasts of January 2025 at the readings' own thresholds, without R1 and with it, and what they score.

- ``data/forecasts.csv`` gives a reading's number a middle μ, published by 31 January 2025, and a scale σ: the root mean
  square about zero of the errors of such forecasts, with ν independent ones behind it. P(right) is the chance that
  μ + s + σ t_ν passes the rule's own threshold for right; between the thresholds (mixed) counts as not passed.
- s is the modelled effect of R1 in the reading's unit, on the facts and parameters of January 2025 and averaged over
  their joint draws. Where no equation gives one it is not defined, and the reading says nothing about what R1 adds.
- No row that is scored may rest on anything published later. Whoever compiled them knew the outcomes all the same.
- The intervals of scores enumerate the signs of the themes' deviations (`scorecard.theme_interval`).

References: Gneiting and Raftery (2007), JASA 102, on scores; Dawid (1984), JRSS A 147, and Diebold, Gunther and Tay
(1998), International Economic Review 39, on the probability integral transform.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import special, stats

from deepseek_era import tables
from deepseek_era.arrays import Array
from deepseek_era.capacity.path import EVENT_YEAR
from deepseek_era.errors import DataError, nearest, shown
from deepseek_era.figure import true_minus
from deepseek_era.model import Model, per_model
from deepseek_era.verdicts import scorecard, settlement
from deepseek_era.verdicts.evaluate import Evaluation, evaluations
from deepseek_era.verdicts.impacts import Case

Row = Mapping[Hashable, object]

LIMIT = tables.ARTICLE_VINTAGE.isoformat()
MAIN = "main"
HELD_BACK = ("late", "none")
"""Uses of a row that may rest on something later: it is never scored."""
NEEDED = ("right", "wrong", "mu", "sigma", "nu")

# --- the rows ------------------------------------------------------------------------------------------------------


def check() -> int:
    """Return how many rows of forecasts there are, each fit for use.

    Raises
    ------
    DataError
        In one line, for a row of an unknown reading, one that would be scored but is dated after 31 January 2025, one
        without a middle or a spread, or another choice for a reading that has no first one.
    """
    frame = tables.load("forecasts")
    known = {f"{c};{r}" for c, r in scorecard.rules()[["call_id", "reading"]].to_numpy()}
    firsts = set(
        frame.loc[frame["fork"] == MAIN, "call_id"] + ";" + frame.loc[frame["fork"] == MAIN, "reading"]
    )
    for place, row in enumerate(frame.to_dict("records"), start=2):
        key = f"{row['call_id']};{row['reading']}"
        where = f"data/forecasts.csv row {place} ({key})"
        if key not in known:
            raise DataError(
                f"{where}, column reading: unknown reading {shown(key)}, allowed: a reading of "
                f"resolutions.csv{nearest(key, known)}"
            )
        if key not in firsts:
            raise DataError(
                f"{where}, column fork: saw {shown(row['fork'])}, allowed: main, which this reading lacks"
            )
        if row["use"] == "none":
            continue
        for column in NEEDED:
            if pd.isna(row[column]) or row[column] == "":
                raise DataError(f"{where}, column {column}: no value, allowed: one, or use none{_whose(row)}")
        for column in ("as_of", "mu_date"):
            if row["use"] not in HELD_BACK and str(row[column]) > LIMIT:
                raise DataError(
                    f"{where}, column {column}: saw {row[column]}, allowed: up to {LIMIT}, or use late{_whose(row)}"
                )
    return len(frame)


def _whose(row: Row) -> str:
    return "" if row["fork"] == MAIN else f" (fork {row['fork']})"


def on_scale(value: float, measure: str, base: float) -> float:
    """Return a value in the unit of a rule on the scale of its forecast; see column measure of the table."""
    if measure == "percent_of":
        return base * (1 + value / 100)
    if measure in ("as_is", "count"):
        return value
    ratio = {"ln": value, "ln_change": 1 + value / 100, "ln_percent": value / 100}[measure]
    return math.log(ratio) if ratio > 0 else -math.inf


def passes(row: Row, rule: str, shift: Array | float = 0.0) -> float:
    """Return the chance that a forecast passes a threshold such as ``<= -5``, averaged over the draws of a shift."""
    sign, number = rule.split()
    below = sign.startswith("<")
    if row["law"] != "t":
        return _counted(str(row["law"]), sign, float(number))
    limit = on_scale(float(number), str(row["measure"]), _number(row["base"], 0.0))
    if row["measure"] == "count":  # between 1 and 2 lies nothing, so the line is drawn half way
        limit += 0.5 if sign in ("<=", ">") else -0.5
    z = (limit - _number(row["mu"]) - np.asarray(shift)) / _number(row["sigma"])
    under = stats.t.cdf(z, _number(row["nu"]))
    return float(np.mean(under if below else 1 - under))


def _number(cell: object, empty: float = math.nan) -> float:
    number = float(str(cell))
    return empty if math.isnan(number) else number


def _counted(law: str, sign: str, number: float) -> float:
    name, *numbers = law.split(":")
    parameters = [float(x) for x in numbers]
    if name == "betabinom":
        parameters[0] = int(parameters[0])
    distribution = {"betabinom": stats.betabinom, "nbinom": stats.nbinom, "poisson": stats.poisson}[name](
        *parameters
    )
    at_most = number if sign in ("<=", ">") else math.ceil(number) - 1
    under = float(distribution.cdf(at_most))
    return under if sign.startswith("<") else 1 - under


def chances(row: Row, shift: Array | float = 0.0) -> tuple[float, float]:
    """Return P(right) and P(wrong) of a reading; of a joint rule the other half enters by its own probability."""
    right = passes(row, str(row["right"]), shift) * _number(row["other_right"], 1.0)
    wrong = passes(row, str(row["wrong"]), shift) * _number(row["other_wrong"], 1.0)
    return right, wrong


# --- what R1 adds --------------------------------------------------------------------------------------------------


class January:
    """What the shifts are computed from: the calls' effects and the capacity path on what was known in January."""

    def __init__(self, model: Model) -> None:
        self.model = scorecard.january(model)

    @cached_property
    def found(self) -> dict[str, Evaluation]:
        """Every call evaluated on the draws of January."""
        return evaluations(self.model)

    @cached_property
    def case(self) -> Case:
        """The same draws, for what no call asks."""
        return Case(self.model.draws, self.model.draws.z)

    def log_effect(self, call: str) -> Array:
        """Return ln(1 + I/100) of an effect in percent."""
        return np.asarray(np.log(1 + self.found[call].effect / 100))

    def rent(self, years: float) -> Array:
        """Return the log change of rents that R1 makes after some years."""
        tighter = np.log(self.case.path.rho_at(EVENT_YEAR + years)) - np.log(
            self.case.path_without.rho_at(EVENT_YEAR + years)
        )
        return np.asarray(self.model.draws["rent_response"] * tighter)

    def capex(self, plan: float) -> Array:
        """Return what R1 moves in a year's plan: of the part that buys computing, what is not yet committed."""
        d = self.model.draws
        moved = d["capex_on_compute"] * d["capex_uncommitted"] * (self.case.aggregate.X_S - 1)
        return np.asarray(plan * moved)


def _zero(j: January, row: Row) -> Array:
    return np.zeros(j.case.n)


def _enterprise(j: January, row: Row) -> Array:
    return j.found["C07"].rows["enterprise"]


def _lag(j: January, row: Row) -> Array:
    return -j.found["C13"].effect


@dataclass(frozen=True)
class Shift:
    """How R1 moves a reading's number, and in words what that is."""

    of: Callable[[January, Row], Array]
    words: str


def _logs(call: str, words: str) -> Shift:
    return Shift(lambda j, row: j.log_effect(call), words)


SHIFTS: dict[tuple[str, str], Shift] = {
    ("C01", "b"): _logs("C01", "orders for chips"),
    ("C03", "b"): Shift(_zero, "none: a phase takes longer to build than a year"),
    ("C05", "a"): Shift(lambda j, row: j.capex(_number(row["mu"])), "computing not yet committed"),
    ("C06", "a"): Shift(
        lambda j, row: np.asarray(j.found["C06"].contest), "how far the frontier itself moves"
    ),
    ("C07", "b"): Shift(_enterprise, "open share among firms"),
    ("C13", "b"): Shift(_lag, "China’s lag"),
    ("C14", "b"): Shift(_enterprise, "open share among firms, the response of the first year"),
    ("C15", "b"): Shift(
        lambda j, row: j.found["C15"].effect / 3, "a third of what three years do to revenue"
    ),
    ("C16", "a"): _logs("C16", "demand for labelling"),
    ("C16", "b"): _logs("C16", "demand for labelling"),
    ("C18", "b"): Shift(_lag, "China’s lag"),
    ("C20", "a"): _logs("C20", "uses that pay, for models that exist"),
    ("C21", "a"): _logs("C21", "orders for chips"),
    ("A01", "a"): Shift(lambda j, row: j.rent(1.0), "rents answering to utilisation"),
    ("A01", "b"): Shift(lambda j, row: j.rent(3.0), "rents answering to utilisation"),
}
"""Readings whose number an equation of the calls moves; of every other one the effect of R1 is not defined."""


@per_model
def plain(model: Model) -> pd.DataFrame:
    """Return every public row of forecasts with its probabilities without R1, one row a reading and choice.

    The columns of the table and ``theme``, ``horizon``, ``p`` and ``p_wrong``; both NaN for a row without a forecast.
    """
    rows = model.facts.table("forecasts")
    of_rule = scorecard.scorecard(model).settled.set_index(["call_id", "reading"])[["theme", "horizon"]]
    rows = rows.merge(
        of_rule, left_on=["call_id", "reading"], right_index=True, how="left", validate="many_to_one"
    )
    empty = (math.nan, math.nan)
    found = [empty if row["use"] == "none" else chances(row) for row in rows.to_dict("records")]
    return rows.join(pd.DataFrame(found, index=rows.index, columns=["p", "p_wrong"], dtype=float))


@per_model
def forecasts(model: Model) -> pd.DataFrame:
    """Return the rows of `plain` with what R1 does to each.

    ``s_defined``, ``shift`` (median of s in the unit of the forecast), ``shift_of`` (what it is), ``p_with`` and ``p_wrong_with``
    (the probabilities with R1; NaN where s is not defined).
    """
    rows, then, found = plain(model), January(model), []
    for row in rows.to_dict("records"):
        key = (str(row["call_id"]), str(row["reading"]))
        more: dict[str, object] = {"s_defined": False, "shift_of": ""}
        if row["use"] != "none" and key in SHIFTS:
            shift = SHIFTS[key].of(then, row)
            more = {"s_defined": True, "shift": float(np.median(shift)), "shift_of": SHIFTS[key].words}
            more["p_with"], more["p_wrong_with"] = chances(row, shift)
        found.append(more)
    numbers = ["shift", "p_with", "p_wrong_with"]
    added = pd.DataFrame(found, index=rows.index, columns=["s_defined", "shift_of", *numbers])
    return rows.join(added.astype(dict.fromkeys(numbers, float)))


def _first(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the first choice of every reading that has a forecast."""
    return rows[(rows["fork"] == MAIN) & (rows["use"] != "none")].reset_index(drop=True)


def reading_table(model: Model) -> pd.DataFrame:
    """Return the first choice of every reading that has a forecast, with status: the columns of `forecasts` and ``status``."""
    status = scorecard.scorecard(model).settled.set_index(["call_id", "reading"])["status"]
    return _first(forecasts(model)).merge(
        status, left_on=["call_id", "reading"], right_index=True, how="left", validate="one_to_one"
    )


def spread_words(middle: float, scale: float, unit: str) -> str:
    r"""Return the middle and the scale of a forecast in its unit: the scale to two digits, the middle as exactly.

    >>> spread_words(2.25, 0.85, "firms"), spread_words(0.0, 40.6, "pp"), spread_words(-0.99, 0.64, "ln")
    ('2.25\xa0±\xa00.85\xa0firms', '0\xa0±\xa041\xa0points', '−0.99\xa0±\xa00.64\xa0ln')
    """
    places = max(0, 1 - math.floor(math.log10(scale)))
    texts = (f"{value:.{places}f}" if value else "0" for value in (middle, scale))
    return f"{true_minus(f'{NO_BREAK}±{NO_BREAK}'.join(texts))}{NO_BREAK}{UNIT_WORDS.get(unit, unit)}"


# --- scores --------------------------------------------------------------------------------------------------------

FORECASTERS: dict[str, str] = {
    "article": "The article, held at {p}",
    "coin": "A coin",
    "base_rate": "Share that came right in other themes",
    "without": "January’s forecast, without R1",
    "with": "January’s forecast, with R1",
}
PASSED = {"right": 1.0, "mixed": 0.0, "wrong": 0.0}
NO_BREAK = "\xa0"
UNIT_WORDS = {"pp": "points", "percent": "%", "USD bn": "$bn"}
SO_FAR = {"interim-right": 1.0, "interim-wrong": 0.0}


@dataclass(frozen=True)
class Choice:
    """Which readings are scored, and with which rows."""

    uses: tuple[str, ...] = ("scored",)
    forks: tuple[tuple[str, str], ...] = ()
    """(``C05;a``, name of the fork) pairs that stand in the place of the first choice."""
    long: bool = False
    """Whether long calls count as they stand so far."""
    considerations: bool = True


def outcomes(model: Model, *, long: bool = False) -> pd.DataFrame:
    """Return the readings that have an outcome: call_id, reading, theme, status, passed (1 right, 0 wrong or mixed)."""
    settled = scorecard.scorecard(model).settled
    worth = PASSED | SO_FAR if long else PASSED
    passed = settled["status"].map(worth).astype(float)
    if not long:
        passed = passed.where(settled["horizon"] == "short")
    frame = settled[["call_id", "reading", "theme", "status"]].assign(passed=passed)
    return frame[passed.notna()].reset_index(drop=True)


@per_model
def scored(model: Model, choice: Choice = Choice()) -> pd.DataFrame:
    """Return the readings with an outcome and a forecast, one probability of right a forecaster.

    Columns: call_id, reading, theme, status, passed, s_defined, p_article, p_coin, p_base_rate, p_without, p_with
    (NaN where the effect is not defined), and the two forecasts given that the reading is not mixed, p_without_decided
    and p_with_decided.
    """
    rows = forecasts(model)
    rows = rows.assign(key=rows["call_id"] + ";" + rows["reading"])
    forks = dict(choice.forks)
    chosen = (rows["fork"] == MAIN) & rows["use"].isin(choice.uses) & ~rows["key"].isin(list(forks))
    chosen |= rows["fork"] == rows["key"].map(forks)
    known = outcomes(model, long=choice.long)
    columns = ["call_id", "reading", "s_defined", "p", "p_wrong", "p_with", "p_wrong_with"]
    out = known.assign(p_base_rate=scorecard.other_themes_rate(known["passed"], known["theme"].tolist()))
    out = out.merge(rows.loc[chosen, columns], on=["call_id", "reading"], validate="one_to_one")
    if not choice.considerations:
        out = out[out["call_id"].str.startswith("C")]
    out = out.rename(columns={"p": "p_without"}).reset_index(drop=True)
    out["p_article"], out["p_coin"] = float(model.parameters.setting("article_probability")), 0.5
    out["p_without_decided"] = out["p_without"] / (out["p_without"] + out["p_wrong"])
    out["p_with_decided"] = out["p_with"] / (out["p_with"] + out["p_wrong_with"])
    return out.drop(columns=["p_wrong", "p_wrong_with"])


SCORE_COLUMNS = ["set", "mixed", "forecaster", "name", "n", "themes", "brier", "low", "high", "log"]


def _given(part: pd.DataFrame, forecaster: str, *, decided: bool) -> pd.Series:
    """Return a forecaster's probabilities; with R1 where its effect is defined, elsewhere the forecast without it."""
    after = "_decided" if decided and forecaster in ("without", "with") else ""
    given = part[f"p_{forecaster}{after}"]
    return given.fillna(part[f"p_without{after}"]) if forecaster == "with" else given


def score_table(model: Model, choice: Choice = Choice()) -> pd.DataFrame:
    """Return the scores of every forecaster, one row each; NaN where nothing is settled.

    Columns: set (``all`` readings, or ``effect``: those where the effect of R1 is defined), mixed (``failed``: mixed counts as
    not passed; ``left out``), forecaster (key), name, n, themes, brier, low and high (5 and 95 %), log. Over all readings the
    forecast with R1 is the one without it where the effect is not defined.
    """
    p = f"{100 * float(model.parameters.setting('article_probability')):g} in 100"
    every, rows = scored(model, choice), []
    for name, mixed in [(s, m) for s in ("all", "effect") for m in ("failed", "left out")]:
        part = every if name == "all" else every[every["s_defined"]]
        part = part if mixed == "failed" else part[part["status"] != "mixed"]
        themes = part["theme"].tolist()
        for key, words in FORECASTERS.items():
            row = {"set": name, "mixed": mixed, "forecaster": key, "name": words.format(p=p), "n": len(part)}
            rows.append(row | {"themes": len(set(themes))})
            if not len(part):
                continue
            given = _given(part, key, decided=mixed == "left out")
            terms = scorecard.brier_terms(given, part["passed"])
            rows[-1] |= {"brier": terms.mean(), "log": scorecard.log_terms(given, part["passed"]).mean()}
            if key != "coin":  # even odds score the same whatever comes, so there is nothing to vary
                low, high = scorecard.theme_interval(terms, themes, model.parameters.seed)
                rows[-1] |= {"low": low, "high": high}
    return pd.DataFrame(rows, columns=SCORE_COLUMNS).astype(dict.fromkeys(SCORE_COLUMNS[6:], float))


@dataclass(frozen=True)
class Added:
    """What knowing of R1 does to the Brier score, where its effect is defined: above zero it makes it worse."""

    n: int
    moved: int
    """Readings whose forecast moves by a point in a hundred or more."""
    themes: int
    mean: float
    low: float
    high: float
    p_value: float
    """Share of the signs of the themes' sums that give a difference as large; the least possible is 2 in 2^themes."""
    worst: str
    """Reading that adds most to the difference, such as ``C07b``."""
    without_worst: float
    """Mean difference without that reading."""


def added(model: Model, choice: Choice = Choice()) -> Added | None:
    """Return what the forecast with R1 scores more than the one without, None where no such reading is settled."""
    frame = scored(model, choice)
    frame = frame[frame["s_defined"]].reset_index(drop=True)
    if frame.empty:
        return None
    terms = scorecard.brier_terms(frame["p_with"], frame["passed"]) - scorecard.brier_terms(
        frame["p_without"], frame["passed"]
    )
    themes = frame["theme"].tolist()
    low, high = scorecard.theme_interval(terms, themes, model.parameters.seed)
    sums = np.bincount(np.unique(themes, return_inverse=True)[1], weights=terms)
    flipped = np.abs(scorecard.signs(len(sums)) @ sums)
    most = int(np.abs(terms).argmax())
    return Added(
        n=len(frame),
        moved=int(((frame["p_with"] - frame["p_without"]).abs() >= 0.01).sum()),
        themes=len(sums),
        mean=float(terms.mean()),
        low=low,
        high=high,
        p_value=float((flipped >= abs(sums.sum()) - 1e-12).mean()),
        worst=str(frame["call_id"][most] + frame["reading"][most]),
        without_worst=float(np.delete(terms, most).mean()) if len(terms) > 1 else math.nan,
    )


def choices(model: Model) -> dict[str, Choice]:
    """Return the choices that someone else could have made, by name; of the long calls' forks none is settled."""
    rows = forecasts(model)
    named = {
        "As scored": Choice(),
        "Without the further considerations": Choice(considerations=False),
        "With readings whose outcome was in part known": Choice(uses=("scored", "known")),
        "With late rows": Choice(uses=("scored", "late")),
        "With long calls as they stand": Choice(long=True),
        "With long calls, late and known rows": Choice(uses=("scored", "known", "late"), long=True),
    }
    for row in rows[(rows["fork"] != MAIN) & (rows["horizon"] == "short")].to_dict("records"):
        key = f"{row['call_id']};{row['reading']}"
        named[f"{key.replace(';', '')}: {row['why']}"] = Choice(forks=((key, str(row["fork"])),))
    return named


def choice_table(model: Model) -> pd.DataFrame:
    """Return the scores under every choice: choice, n, themes, brier_without, brier_article, n_effect, with_effect, without_effect, added.

    The last four are over the readings where the effect of R1 is defined.
    """
    columns = [
        "choice",
        "n",
        "themes",
        "brier_without",
        "brier_article",
        "n_effect",
        "with_effect",
        "without_effect",
    ]
    rows = []
    for name, choice in choices(model).items():
        found = score_table(model, choice)
        found = found[(found["mixed"] == "failed") & (found["n"] > 0)]
        if found.empty:
            continue
        score = {(s, k): b for s, k, b in found[["set", "forecaster", "brier"]].to_numpy()}
        size = {s: (n, themes) for s, n, themes in found[["set", "n", "themes"]].to_numpy()}
        row = [
            name,
            *size["all"],
            score["all", "without"],
            score["all", "article"],
            size.get("effect", (0, 0))[0],
        ]
        rows.append([*row, *(score.get(("effect", key), math.nan) for key in ("with", "without"))])
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(added=frame["with_effect"] - frame["without_effect"])


# --- calibration ---------------------------------------------------------------------------------------------------

FEWEST_PAIRS = 4  # of a series: with fewer, the spread of the others says too little
KINDS = ("published", "naive", "base rate")


def transforms(errors: Sequence[float]) -> Array:
    """Return the probability integral transform of each error under the t of the other errors of its series.

    The scale is their root mean square about zero, ν their number. Uniform on 0 to 1 where forecasts have no lean and
    errors are of one size.
    """
    values = np.asarray(errors, dtype=float)
    others = len(values) - 1
    scale = np.sqrt((np.sum(values**2) - values**2) / others)
    return np.asarray(stats.t.cdf(values / scale, others))


@per_model
def past(model: Model) -> pd.DataFrame:
    """Return the pairs whose outcome was public by 31 January 2025, of series with enough of them, with their transform.

    Columns: row_id, series, kind, error, error_unit, pit.
    """
    frame = scorecard.january(model).facts.table("forecast_errors")
    frame = frame[frame.groupby("series")["error"].transform("size") >= FEWEST_PAIRS].reset_index(drop=True)
    pit = frame.groupby("series")["error"].transform(
        lambda e: pd.Series(transforms(e.tolist()), index=e.index)
    )
    return frame[["row_id", "series", "kind", "error", "error_unit"]].assign(pit=pit)


def calibrated(pits: Iterable[float]) -> dict[str, float]:
    """Return pairs, coverage_90, below_5, above_50 and above_95 (shares), and ks and ks_p of Kolmogorov and Smirnov's test of uniformity."""
    u = np.asarray(list(pits), dtype=float)
    test = stats.kstest(u, "uniform")
    inside = (u >= 0.05) & (u <= 0.95)
    return {
        "pairs": float(len(u)),
        "coverage_90": float(inside.mean()),
        "below_5": float((u < 0.05).mean()),
        "above_50": float((u > 0.5).mean()),
        "above_95": float((u > 0.95).mean()),
        "ks": float(test.statistic),
        "ks_p": float(test.pvalue),
    }


def calibration(model: Model) -> pd.DataFrame:
    """Return how well such forecasts had been calibrated: kind (all, published, naive, base rate), series and the columns of `calibrated`."""
    pairs = past(model)
    parts = {"all": pairs} | {kind: pairs[pairs["kind"] == kind] for kind in KINDS}
    return pd.DataFrame(
        [
            {"kind": k, "series": part["series"].nunique()} | calibrated(part["pit"])
            for k, part in parts.items()
            if len(part)
        ]
    )


# --- today ---------------------------------------------------------------------------------------------------------

BETWEEN = 0.5  # judgement: correlation of the two readings of a call


def positive(readings: Sequence[tuple[float, float]], rho: float = BETWEEN) -> float:
    """Return the chance that a call's readings say more right than wrong, from (P(right), P(wrong)) of one or two.

    Two readings hang together by a normal copula in which high stands for right. NaN without a reading.

    >>> round(positive([(0.3, 0.5)]), 2)
    0.3
    >>> round(positive([(0.5, 0.5), (0.5, 0.5)], rho=0.0), 2)
    0.25
    """
    if len(readings) < 2:
        return readings[0][0] if readings else math.nan
    (right, lost), (other_right, other_lost) = (
        (special.ndtri(1 - _inside(p)), special.ndtri(_inside(q))) for p, q in readings
    )
    joint = stats.multivariate_normal(mean=[0, 0], cov=[[1, rho], [rho, 1]])

    def above(x: float, y: float) -> float:
        return float(joint.cdf([-x, -y]))

    middle = above(min(lost, right), other_right) - above(right, other_right)
    return above(right, other_lost) + max(0.0, middle)


def _inside(p: float) -> float:
    return min(max(p, 1e-9), 1 - 1e-9)


def _latest(model: Model) -> dict[tuple[str, str], float]:
    """Return the last public value of open readings in the unit of their rules: recomputed, or as the table has it."""
    frame = scorecard.latest_values(model)
    found = {
        (str(c), str(r)): float(v)
        for c, r, v in zip(frame["call_id"], frame["reading"], frame["value"], strict=True)
    }
    settled = scorecard.scorecard(model).settled
    for row in settled[settled["recomputed"].notna()].to_dict("records"):
        found[str(row["call_id"]), str(row["reading"])] = float(row["recomputed"])
    return found


@per_model
def today(model: Model) -> pd.DataFrame:
    """Return today's forecast of the open readings of the long calls: call_id, reading, value, p, p_wrong, years_left.

    The last value takes the place of μ, and σ shrinks with the root of the time that is left.
    """
    rows, last = _first(plain(model)), _latest(model)
    ends = scorecard.rules().set_index(["call_id", "reading"])["horizon_end"]
    found = []
    for row in rows[rows["horizon"] == "long"].to_dict("records"):
        key = (str(row["call_id"]), str(row["reading"]))
        end = dt.date.fromisoformat(ends[key])
        left = (end - model.parameters.vintage).days / 365.25
        whole = (end - dt.date.fromisoformat(settlement.EVENT_CLOSE)).days / 365.25
        if key not in last or left <= 0:
            continue
        middle = on_scale(last[key], str(row["measure"]), _number(row["base"], 0.0))
        now = row | {"law": "t", "mu": middle, "sigma": _number(row["sigma"]) * math.sqrt(left / whole)}
        p, wrong = chances(now)
        found.append(
            {
                "call_id": key[0],
                "reading": key[1],
                "value": last[key],
                "p": p,
                "p_wrong": wrong,
                "years_left": left,
            }
        )
    return pd.DataFrame(found, columns=["call_id", "reading", "value", "p", "p_wrong", "years_left"])


def call_table(model: Model) -> pd.DataFrame:
    """Return the chances of the long calls: call, p_january, p_today, readings, left_out.

    ``p_january`` rests on January’s forecasts without R1, ``p_today`` on today’s; both are NaN where there is none. ``readings``
    are those that today’s rests on, ``left_out`` what stands of a reading that has no forecast, such as ``b: wrong so far``.
    """
    then, now = _first(plain(model)), today(model)
    then = then[then["use"].isin(["scored", "known"])]
    settled = scorecard.scorecard(model).settled
    long = settled[(settled["horizon"] == "long") & settled["call_id"].str.startswith("C")]
    rows = []
    for call, group in long.groupby("call_id", sort=False):
        first, last = (part[part["call_id"] == call] for part in (then, now))
        january, current = (
            positive(list(zip(part["p"], part["p_wrong"], strict=True))) for part in (first, last)
        )
        rest = group[~group["reading"].isin(last["reading"]) & group["status"].isin(list(SO_FAR))]
        rows.append(
            {
                "call": str(call),
                "p_january": january,
                "p_today": current,
                "readings": "".join(last["reading"]),
                "left_out": "; ".join(
                    f"{r}: {settlement.STATES[s].words}"
                    for r, s in rest[["reading", "status"]].itertuples(index=False)
                ),
            }
        )
    return pd.DataFrame(rows, columns=["call", "p_january", "p_today", "readings", "left_out"])
