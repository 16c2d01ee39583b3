"""Every call evaluated over the joint draws: Effect, Attributable, Era forecast and Contest, kept apart.

- **Effect**: with the event minus without it, all else equal. The headline.
- **Attributable**: the same after the part that rivals would have reached anyway is taken out.
- **Era forecast**: effect plus the drift and noise of all other causes; the only one that may be scored.
- **Contest**: the same question in a form whose answer can fail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from deepseek_era import tables
from deepseek_era.arrays import INTERVAL, Array, percentiles, share_of
from deepseek_era.capacity.aggregate import YEARS_LONG, YEARS_SHORT, attributable
from deepseek_era.errors import DataError
from deepseek_era.model import Model, per_model
from deepseek_era.parameters import Parameters
from deepseek_era.verdicts import rule
from deepseek_era.verdicts.impacts import FLIPS, REGISTRY, Case, Draws, equation_of, legs
from deepseek_era.verdicts.rule import Probabilities, Shares

NEVER_SCORED = ("C17",)  # no observable stands for it
LEVELS = ("A01",)  # a level read against a fixed line, not an effect with a threshold to scale


@dataclass(frozen=True)
class Call:
    """A row of ``data/calls.csv``: what the article says and how its size is judged."""

    id: str
    horizon: str
    name: str
    stakeholder: str
    article_call: str
    words: str
    mechanism: str
    variable: str
    unit: str
    threshold: float
    lens: str
    market_groups: tuple[str, ...]
    theme: str
    code: str
    article_size: float = 0.0
    """Size that the article itself gives, in the unit of the impact; 0 where it gives none."""

    @property
    def label(self) -> str:
        """Name with horizon, as charts label it."""
        return self.name if self.horizon == "both" else f"{self.name}, {self.horizon}"


_COLUMNS = {  # field of a call to its column in data/calls.csv
    "id": "id",
    "horizon": "horizon",
    "name": "short_name",
    "stakeholder": "stakeholder",
    "article_call": "call",
    "words": "article_words",
    "mechanism": "mechanism_paraphrase",
    "variable": "impact_variable",
    "unit": "unit",
    "threshold": "threshold",
    "lens": "lens",
    "market_groups": "market_group",
    "theme": "theme",
    "code": "code",
}


def calls() -> tuple[Call, ...]:
    """Return all calls and considerations in file order, each with a registered equation and the article's own size.

    Raises
    ------
    ModelInputError
        If a row has no impact function.
    DataError
        If the article's size of a call is in another unit than its impact.
    """
    table, sizes = tables.load("calls"), tables.load("article_sizes").set_index("call").to_dict("index")
    found = []
    for values in zip(*(table[column].tolist() for column in _COLUMNS.values()), strict=True):
        row = dict(zip(_COLUMNS, values, strict=True))
        equation_of(row["id"])
        groups = tuple(tables.split_ids(row["market_groups"]))
        size = sizes.get(row["id"], {"size": 0.0, "unit": row["unit"]})
        if size["unit"] != row["unit"]:
            raise DataError(
                f"data/article_sizes.csv, call {row['id']}: saw unit {size['unit']!r}, allowed: {row['unit']}, that of the call"
            )
        more = {
            "threshold": float(row["threshold"]),
            "market_groups": groups,
            "article_size": float(size["size"]),
        }
        found.append(Call(**{**row, **more}))
    return tuple(found)


def is_call(call_id: str) -> bool:
    """Return whether an id is one of the article's calls, not one of its further considerations."""
    return call_id.startswith("C")


@dataclass(frozen=True)
class Evaluation:
    """One call over one set of draws.

    Attributes
    ----------
    effect, attributable
        Impact per draw, in the call's unit.
    era, contest
        The same in the era and the contest form; None where the call has none.
    rows
        Further outputs of the equation, by name.
    short_leg, long_leg
        For a flip, the effects that must hold in the same draw, as (effect, attributable, era).
    thresholds
        Thresholds of the two legs of a flip; for other calls the threshold twice.
    """

    call: Call
    threshold: float
    effect: Array
    attributable: Array
    era: Array | None
    contest: Array | None
    rows: dict[str, Array]
    thresholds: tuple[float, float]
    short_leg: tuple[Array, Array, Array | None] | None = None
    long_leg: tuple[Array, Array, Array | None] | None = None

    def probabilities(self, form: str = "effect", scale: float = 1.0) -> Probabilities | None:
        """Return P(win), P(lose), P(neither) in a form, at `scale` times the threshold; None without the form.

        Of a flip they are joint probabilities: see `cells`.
        """
        if self.short_leg is not None:
            found = self.cells(form, scale)
            if found is None:
                return None
            return Probabilities(found["lose-win"], found["win-lose"], found["small-small"])
        impact = getattr(self, form)
        if impact is None:
            return None
        # a level is read against one line: half or twice that line would be another question
        return rule.probabilities(impact, self.threshold * (1 if self.call.id in LEVELS else scale))

    def cells(self, form: str = "effect", scale: float = 1.0) -> dict[str, float] | None:
        """Return the cells of a flip in a form (see `rule.cells`); None for other calls and without the form."""
        place = {"effect": 0, "attributable": 1, "era": 2}.get(form)
        if self.short_leg is None or self.long_leg is None or place is None:
            return None
        short, long = self.short_leg[place], self.long_leg[place]
        if short is None or long is None:
            return None
        return rule.cells(short, long, scale * self.thresholds[0], scale * self.thresholds[1])

    def shares(self, form: str = "effect") -> Shares | None:
        """Return how the draws of a form stand to the article's call, at its size; None without the form.

        Of a flip: it loses and then wins, the reverse, and all else. None for a level, which has no side.
        """
        p = self.probabilities(form)
        if p is None or self.call.id in LEVELS:
            return None
        if self.call.id in FLIPS:
            return Shares(p.win, p.lose, p.neutral)
        return rule.shares(
            getattr(self, form), self.call.article_call, self.threshold, self.call.article_size
        )

    def added(self, form: str = "effect") -> float:
        """Return what the event adds, in a form, to the probability that a level is reached."""
        without = self.effect - self.rows["effect"] / 100
        reached = rule.wins(getattr(self, form), self.threshold)
        return share_of(reached) - share_of(rule.wins(without, self.threshold))

    @cached_property
    def p(self) -> Probabilities:
        """Probabilities of the Effect at the threshold."""
        found = self.probabilities()
        assert found is not None
        return found


def era_forecast(case: Case, call_id: str) -> Array | None:
    """Return the Era forecast of a call per draw; None where it has none."""
    if call_id in NEVER_SCORED:
        return None
    if REGISTRY[call_id].era is not None:
        return case.impact(call_id, "era")
    if call_id in LEVELS:
        return case.impact(call_id)
    background = f"background_{call_id.lower()}"
    if background not in set(case.draws):  # asking a set of draws for an unknown name is an error
        return None
    return case.impact(call_id) + case.draws[background]


def _flip_legs(
    call_id: str, plain: Case, early: Case, late: Case
) -> tuple[tuple[Array, Array, Array | None], tuple[Array, Array, Array | None]]:
    short_id, long_id, name = FLIPS[call_id]
    short, long = legs(plain, call_id)
    era_long = None if name else era_forecast(plain, long_id)
    return (
        (short, legs(early, call_id)[0], era_forecast(plain, short_id)),
        (long, legs(late, call_id)[1], era_long),
    )


def evaluate_draws(
    draws: Draws, shocks: Array | None, *, threshold_scale: float = 1.0, only: tuple[str, ...] = ()
) -> dict[str, Evaluation]:
    """Return every call evaluated over `draws`, keyed by id.

    Parameters
    ----------
    draws
        Parameter id to draws, ``(n,)``.
    shocks
        Standard normals of the capacity path, ``(n, steps)``.
    threshold_scale
        Factor on every threshold.
    only
        Ids to evaluate; all when empty.
    """
    known = calls()
    base = {c.id: c.threshold * (1 if c.id in LEVELS else threshold_scale) for c in known}
    plain = Case(draws, shocks)
    early = Case(attributable(draws, YEARS_SHORT), plain.shocks, unshocked=plain)
    late = Case(attributable(draws, YEARS_LONG), plain.shocks, unshocked=plain)
    found = {}
    for item in known:
        if only and item.id not in only:
            continue
        equation = REGISTRY[item.id]
        after = early if item.horizon == "short" else late
        pair = _flip_legs(item.id, plain, early, late) if item.id in FLIPS else (None, None)
        thresholds = (base[item.id], base[item.id])
        attributed = after.impact(item.id)
        if item.id in FLIPS:
            thresholds = (base[FLIPS[item.id][0]], base[item.id])
            assert pair[0] is not None
            assert pair[1] is not None
            attributed = pair[1][1] - pair[0][1]
        found[item.id] = Evaluation(
            call=item,
            threshold=base[item.id],
            effect=plain.impact(item.id),
            attributable=attributed,
            era=None if item.id in FLIPS else era_forecast(plain, item.id),
            contest=plain.impact(item.id, "contest") if equation.contest else None,
            rows={name: plain.row(item.id, name) for name in equation.rows},
            thresholds=thresholds,
            short_leg=pair[0],
            long_leg=pair[1],
        )
    return found


@per_model
def evaluations(model: Model) -> dict[str, Evaluation]:
    """Return every call evaluated over the model's draws, computed once."""
    return evaluate_draws(
        model.draws, model.draws.z, threshold_scale=float(model.parameters.setting("threshold_scale"))
    )


@dataclass(frozen=True)
class Judged:
    """What the verdict rule says about a call in a run.

    Attributes
    ----------
    band
        Who won, one of `rule.BANDS`; blind to the article.
    word
        Was it R1? One of `rule.WAS_IT_R1`.
    near
        Whether a probability that decides the word lies close to the likely limit.
    edge
        Whether the word is near, or a disclosed version of an input turns it.
    one_sided
        Whether nearly all draws share a sign, so that the equation informs size and not direction.
    shares, later
        How the draws stand to the article's call: the Effect, and what is left once rivals have caught up; None for a
        level.
    fades
        Whether the other way, where that is the word, is likely only until rivals have caught up.
    """

    band: str
    word: str
    near: bool
    edge: bool
    one_sided: bool
    shares: Shares | None
    later: Shares | None
    fades: bool


def likely_of(parameters: Parameters) -> float:
    """Return the probability from which a word holds in a run."""
    return float(parameters.setting("p_likely"))


def judge(evaluation: Evaluation, parameters: Parameters) -> Judged:
    """Return the words of a call under the limits of the run; the edge by its probabilities alone.

    A level is judged by what the event adds to the probability of reaching it.
    """
    likely, key = likely_of(parameters), evaluation.call.id
    if key in LEVELS:
        added = evaluation.added()
        word = rule.level_word(added, evaluation.added("attributable"))
        near = abs(abs(added) - rule.LEVEL_MATTERS) <= 2 * rule.standard_error(0.5, len(evaluation.effect))
        return Judged(rule.level_band(added), word, near, near, False, None, None, False)
    effect, later = evaluation.shares(), evaluation.shares("attributable")
    assert effect is not None
    assert later is not None
    word = rule.was_it_r1(effect, later, likely)
    near = rule.on_edge(effect, later, likely=likely, draws=len(evaluation.effect))
    one_sided = key not in FLIPS and rule.one_sided(
        evaluation.effect, float(parameters.setting("one_sided_share"))
    )
    fades = word == "the other way" and later.other < likely
    return Judged(rule.band(evaluation.p, likely), word, near, near, one_sided, effect, later, fades)


@per_model
def decided(model: Model) -> dict[str, Judged]:
    """Return the words of every call of a run before any version of an input is tried, computed once."""
    return {key: judge(e, model.parameters) for key, e in evaluations(model).items()}


@per_model
def judged(model: Model) -> dict[str, Judged]:
    """Return the words of every call of a run, computed once; on the edge is also what a disclosed version turns."""
    from deepseek_era.verdicts import branches  # here, since versions are judged by this module

    turned = set(branches.turned(model))
    return {key: replace(j, edge=j.near or key in turned) for key, j in decided(model).items()}


def era_probability(evaluation: Evaluation) -> float | None:
    """Return P(the era forecast lies beyond the threshold on the article's side); None where there is no forecast.

    A selection: it reads one of the two probabilities of the Era forecast, and turns with the article's call.
    """
    p = evaluation.probabilities("era")
    return None if p is None else rule.side_share(evaluation.call.article_call, p)


def quantiles(values: Array) -> tuple[float, float, float]:
    """Return the 5th, 50th and 95th percentile."""
    low, middle, high = percentiles(values, INTERVAL)
    return low, middle, high
