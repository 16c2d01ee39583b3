"""What a verdict rests on: versions of a parameter that it was changed from, and single judgements taken out.

- A **branch** is a row of ``data/branches.csv``: a version of a parameter or of a form other than the run's, written
  down by someone who had seen the verdicts. Every build runs all of them on its own draws and prints which calls they
  turn.
- **Alone** is what a likely side becomes when one shift that was judged for it is set to nothing, all other draws as
  before.

A call is turned where the answer to "was it R1?" is another one. Both re-run single calls over all draws of the run, at the same scores, so that nothing but the version differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deepseek_era import tables
from deepseek_era.arrays import Array
from deepseek_era.capacity import evidence
from deepseek_era.capacity.aggregate import (
    ADDITIVE_SHIFTS,
    CATCH_UP,
    RATIO_SHIFTS,
    YEARS_LONG,
    YEARS_SHORT,
    attributable,
)
from deepseek_era.errors import DataError, ParameterError, nearest
from deepseek_era.model import Model, per_model
from deepseek_era.parameters import Parameters, Row, table
from deepseek_era.verdicts import rule
from deepseek_era.verdicts.evaluate import Call, decided, evaluations, is_call, likely_of
from deepseek_era.verdicts.impacts import REGISTRY, Case
from deepseek_era.verdicts.sensitivity import Subset

COPY, PERT = ":= ", "pert "
YEAR_AVERAGE, OWNERSHIP = "year_average", "ownership"
FORMS = {
    "": (),
    # what is left once rivals have caught up, as the mean until the horizon instead of at it
    YEAR_AVERAGE: ("catch_up",),
    # a country's compute by the owner of the chips instead of by where they stand
    OWNERSHIP: ("us_compute_share", "china_compute_share"),
}
"""Forms that a branch may change, with the parameters that the calls it reaches read."""
NOTICED = 0.1
"""A judgement is named beside a verdict from this fall of the probability on."""
OWN_COSTS = {"own_cost_fall_short": "pass_through_short", "own_cost_fall_long": "pass_through_long"}
"""Own costs that fall as prices do: the judgement about sellers that is no shift."""


@dataclass(frozen=True)
class Branch:
    """A row of ``data/branches.csv``; `sets` maps a parameter to what it is set to, in the words of the row.

    `form` is one of `FORMS`, empty where the branch changes parameters only.
    """

    id: str
    role: str
    what: str
    sets: Mapping[str, str]
    now: str
    why: str
    form: str

    @property
    def reads(self) -> set[str]:
        """The parameters that a call must read for the branch to reach it."""
        return {*self.sets, *FORMS[self.form]}


def load() -> tuple[Branch, ...]:
    """Return the branches in file order.

    Raises
    ------
    DataError
        If a row names an unknown form or parameter, changes nothing, sets other than one value for all of its parameters or one each, copies from no parameter, or sets
        what the parameter's bounds do not allow.
    """
    found = []
    for place, row in enumerate(tables.load("branches").to_dict("records"), start=2):
        where = f"data/branches.csv row {place} ({row['id']})"
        form = str(row["form"])
        if form not in FORMS:
            allowed = ", ".join(filter(None, FORMS))
            raise DataError(f"{where}: unknown form {form!r}, allowed: {allowed}{nearest(form, FORMS)}")
        names, values = tables.split_ids(str(row["parameter"])), tables.split_ids(str(row["was"]))
        if not names and not form:
            raise DataError(f"{where}: changes nothing, allowed: parameters with their values, or a form")
        for name in names:
            if name not in table():
                raise DataError(f"{where}: unknown parameter {name}{nearest(name, table())}")
        if len(values) not in (1, len(names)) and names:
            raise DataError(
                f"{where}: saw {len(values)} values for {len(names)} parameters, allowed: one, or one each"
            )
        sets = (
            dict(zip(names, values * len(names) if len(values) == 1 else values, strict=True))
            if names
            else {}
        )
        for value in sets.values():
            other = value.removeprefix(COPY)
            if value.startswith(COPY) and other not in table():
                raise DataError(f"{where}: unknown parameter {other}{nearest(other, table())}")
        found.append(
            Branch(
                str(row["id"]),
                str(row["role"]),
                str(row["what"]),
                sets,
                str(row["is"]),
                str(row["why"]),
                form,
            )
        )
    return tuple(found)


def check(parameters: Parameters) -> int:
    """Return how many branches there are, each of which can be set in a run.

    Raises
    ------
    DataError
        As `load`, and for a value outside the bounds of its parameter.
    """
    branches = load()
    for branch in branches:
        for name, value in branch.sets.items():
            _row(parameters, branch.id, name, value)
    return len(branches)


def _row(parameters: Parameters, branch: str, name: str, value: str) -> Row | None:
    """Return the row that a branch gives to a parameter; None where it copies the draws of another."""
    if value.startswith(COPY):
        return None
    wanted: Any = {}
    try:
        if value.startswith(PERT):
            ends = map(float, value.removeprefix(PERT).split())
            wanted[name] = dict(zip(("low", "mode", "high"), ends, strict=True))
        else:
            wanted[name] = float(value)
        return parameters.with_(**wanted).row(name)
    except (ParameterError, ValueError) as error:
        raise DataError(f"data/branches.csv, {branch}: {error}") from None


def _draws(model: Model, branch: Branch) -> Mapping[str, Array] | None:
    """Return the run's draws under a branch: another distribution at the same scores, another's draws, an owner's share.

    None where the run may not know the shares by owner.
    """
    part = Subset(model.draws, model.draws.n)
    changed: dict[str, Array | float] = {}
    for name, value in branch.sets.items():
        row = _row(model.parameters, branch.id, name, value)
        changed[name] = part[value.removeprefix(COPY)] if row is None else row.transform(part.scores(name))
    if branch.form == OWNERSHIP:
        owners = evidence.values_of(model.facts, evidence.OWNERS)
        if len(owners) < len(evidence.OWNERS):
            return None
        held = (owners[row] / 100 for row in evidence.OWNERS)
        changed |= dict(zip(FORMS[OWNERSHIP], held, strict=True))
    return part.with_(**changed)


def _shares(call: Call, threshold: float, impact: Array) -> rule.Shares:
    return rule.shares(impact, call.article_call, threshold, call.article_size)


@dataclass(frozen=True)
class Turn:
    """A call under a branch: its words before and after, and the shares under the branch that made the latter.

    `later` are the shares once rivals have caught up; `near` is whether a probability lies close to the likely limit.
    """

    call: str
    was: str
    now: str
    effect: rule.Shares
    later: rule.Shares
    near: bool

    @property
    def turned(self) -> bool:
        """Whether the word is another one."""
        return self.was != self.now

    @property
    def p(self) -> float:
        """The probability that makes the word under the branch, or comes nearest to making one."""
        named = {
            "yes": self.later.own,
            # from "yes" it is what is left that decided
            "for a while": self.later.own if self.was == "yes" else self.effect.own,
            "the other way": self.effect.other,
            "too small": self.effect.small,
        }
        return named.get(self.now, max(self.effect.own, self.effect.other, self.effect.small))


@dataclass(frozen=True)
class Outcome:
    """A branch in a run: what became of every call that it reaches; empty where the run sets its parameters itself."""

    branch: Branch
    turns: tuple[Turn, ...]
    skipped: bool

    @property
    def turned(self) -> tuple[Turn, ...]:
        """The calls whose word is another one."""
        return tuple(t for t in self.turns if t.turned)


def _outcome(model: Model, branch: Branch, plain: Case) -> Outcome:
    parameters, likely = model.parameters, likely_of(model.parameters)
    draws = _draws(model, branch)
    if draws is None or any(parameters.row(name) not in table()[name] for name in branch.reads):
        return Outcome(branch, (), True)
    average = branch.form == YEAR_AVERAGE
    case = Case(draws, plain.shocks, unshocked=plain)
    years = {"short": YEARS_SHORT, "long": YEARS_LONG}
    late = {
        h: Case(attributable(draws, t, average=average), plain.shocks, unshocked=plain)
        for h, t in years.items()
    }
    turns = []
    for key, e in evaluations(model).items():
        if not is_call(key) or not {*CATCH_UP, *REGISTRY[key].drivers} & branch.reads:
            continue
        effect = _shares(e.call, e.threshold, case.impact(key))
        later = _shares(e.call, e.threshold, late[e.call.horizon].impact(key))
        word = rule.was_it_r1(effect, later, likely)
        near = rule.on_edge(effect, later, likely=likely, draws=model.draws.n)
        turns.append(Turn(key, decided(model)[key].word, word, effect, later, near))
    return Outcome(branch, tuple(turns), False)


@per_model
def outcomes(model: Model) -> tuple[Outcome, ...]:
    """Return every branch with the calls that it turns, in file order, computed once."""
    plain = Case(model.draws, model.draws.z)
    return tuple(_outcome(model, branch, plain) for branch in load())


def turned(model: Model, role: str = "") -> list[str]:
    """Return the calls that any branch turns, in file order of the calls; only those of a role if one is named."""
    found = {t.call for o in outcomes(model) if role in ("", o.branch.role) for t in o.turned}
    return [key for key in evaluations(model) if key in found]


# ---------------------------------------------------------------- one judgement at a time


@dataclass(frozen=True)
class Alone:
    """A call's likelier side in the run and with judgements taken out, at the size that would matter."""

    call: str
    parameters: tuple[str, ...]
    copied: tuple[str, ...]
    """For each, the parameter whose draws it is given instead; empty where it is set to nothing."""
    side: str
    p: float
    p_without: float
    decides: bool
    """Whether the side is likely with the judgement and not without it."""


@per_model
def alone(model: Model) -> tuple[Alone, ...]:
    """Return the judgements that carry a likely side by a tenth or more, calls in file order, computed once.

    Shifts are set to 0, ratios to 1, and sellers' own costs are let fall as prices do, one at a time; where a call
    has several that count, all of them at once as well.
    """
    part = Subset(model.draws, model.draws.n)
    likely, found = likely_of(model.parameters), []
    for key, e in evaluations(model).items():
        if not is_call(key) or e.p.leading < likely:
            continue
        side = "winner" if e.p.win > e.p.lose else "loser"

        def without(sets: Mapping[str, Array | float], key: str = key, side: str = side) -> float:
            impact = Case(part.with_(**sets), part.z).impact(key)
            p = rule.probabilities(impact, evaluations(model)[key].threshold)
            return p.win if side == "winner" else p.lose

        own = []
        for name, value, copied in _taken_out(key, part):
            left = without({name: value})
            if e.p.leading - left >= NOTICED:
                own.append((name, value, copied))
                found.append(Alone(key, (name,), (copied,), side, e.p.leading, left, left < likely))
        if len(own) > 1:
            left = without({name: value for name, value, _ in own})
            names, copies = tuple(n for n, _, _ in own), tuple(c for _, _, c in own)
            found.append(Alone(key, names, copies, side, e.p.leading, left, left < likely))
    return tuple(found)


def _taken_out(key: str, part: Subset) -> list[tuple[str, Array | float, str]]:
    """Return the judgements of a call that can be taken out: parameter, what it is given, and from where."""
    drivers = REGISTRY[key].drivers
    shifts: list[tuple[str, Array | float, str]] = [(d, 0.0, "") for d in drivers if d in ADDITIVE_SHIFTS]
    shifts += [(d, 1.0, "") for d in drivers if d in RATIO_SHIFTS]
    return shifts + [(d, part[OWN_COSTS[d]], OWN_COSTS[d]) for d in drivers if d in OWN_COSTS]
