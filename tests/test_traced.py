"""Traced programs: numpy's numbers, and nothing that could not be followed."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepseek_era import traced
from deepseek_era.capacity.aggregate import ADDITIVE_SHIFTS, attributable
from deepseek_era.capacity.checks import within
from deepseek_era.errors import ModelInputError
from deepseek_era.parameters import (
    distributions,
    joint_draws,
    joint_draws_in_blocks,
    resolve,
    scenario_names,
)
from deepseek_era.traced import Kept, Machine, Trace
from deepseek_era.traced import calls as traced_calls
from deepseek_era.verdicts.blocks import Shared, outcomes_in_blocks
from deepseek_era.verdicts.evaluate import LEVELS, calls
from deepseek_era.verdicts.impacts import FLIPS, REGISTRY, Case, legs

SAME = 1e-12


def same(found, numbers):
    """Return whether a program gives numpy's numbers, relative to their size or to one unit."""
    return np.allclose(found, numbers, rtol=SAME, atol=SAME, equal_nan=True)


def traced_case(parameters, n=256):
    draws = joint_draws(parameters, n)
    found = Kept().case(parameters, draws)
    assert found is not None
    return found, Case(draws, draws.z)


def differing(parameters, n=256):
    """Return which outputs of the program of a run differ from those of the functions."""
    found, case = traced_case(parameters, n)
    left = {w: Case(attributable(case.draws, t), case.shocks, unshocked=case) for w, t in YEARS.items()}
    pairs = {}
    for call in calls():
        pairs[call.id, "effect"] = found.impact(call.id), case.impact(call.id)
        horizon = call.horizon
        pairs[call.id, "left"] = found.after[horizon].impact(call.id), left[horizon].impact(call.id)
        if REGISTRY[call.id].contest:
            pairs[call.id, "contest"] = found.impact(call.id, "contest"), case.impact(call.id, "contest")
    for key in FLIPS:
        for name, mine, numbers in (
            ("effect", found, case),
            ("short", found.after["short"], left["short"]),
            ("long", found.after["long"], left["long"]),
        ):
            pairs[key, "legs", name] = np.array(legs(mine, key)), np.array(legs(numbers, key))
    for key in LEVELS:
        pairs[key, "row"] = found.row(key, "effect"), case.row(key, "effect")
    for name in traced.GAINS:
        pairs["gain", name] = found.gain(name), getattr(case.aggregate, name)
    return [key for key, (mine, numbers) in pairs.items() if not same(mine, numbers)]


YEARS = traced_calls.YEARS


@pytest.mark.parametrize("scenario", ["base", *scenario_names()])
@pytest.mark.parametrize("vintage", ["article", "latest"])
def test_the_program_gives_the_numbers_of_the_functions_in_every_scenario(scenario, vintage):
    assert differing(resolve(scenario=scenario, vintage=vintage)) == []


@st.composite
def overrides(draw):
    """Some parameters anywhere within their bounds, as a number or as a range."""
    rows = {name: row for name, row in distributions(resolve()).items() if name not in NOT_MOVED}
    found = {}
    for name in draw(st.lists(st.sampled_from(sorted(rows)), max_size=6, unique=True)):
        low, high = rows[name].bounds
        ends = sorted(draw(st.lists(st.floats(low, high), min_size=2, max_size=2)))
        narrow = ends[1] - ends[0] <= 1e-6 * (high - low)
        found[name] = ends[0] if narrow or draw(st.booleans()) else {"low": ends[0], "high": ends[1]}
    return found


NOT_MOVED = ("path_start",)


@settings(max_examples=40, deadline=None)
@given(own=overrides(), start=st.sampled_from([2024.5, 2025.0, 2026.0]), seed=st.integers(1, 9))
def test_the_program_gives_the_numbers_of_the_functions_whatever_is_set(own, start, seed):
    parameters = resolve({**own, "path_start": start}, seed=seed)
    draws = joint_draws(parameters, 64)
    refused = _refusal(lambda: [Case(draws, draws.z).impact(call.id) for call in calls()])
    if refused:  # what a formula does not allow, it does not allow the program either, in the same words
        assert _refusal(lambda: traced_case(parameters, 64)) == refused
    else:
        assert differing(parameters, 64) == []


def _refusal(work):
    try:
        work()
    except ModelInputError as error:
        return str(error)
    return ""


def test_where_nothing_changes_every_effect_is_nothing():
    nothing = {"inference_gain": 1, "training_gain": 1, **dict.fromkeys(ADDITIVE_SHIFTS, 0)}
    found, case = traced_case(resolve(nothing))
    zero = [c.id for c in calls() if not case.impact(c.id).any()]
    assert {"C01", "C02", "C03", "C05", "C21"} <= set(zero)
    assert all(not found.impact(key).any() for key in zero)


def _traced(function, names=("x", "y"), ranges=((0.5, 3.0), (-2.0, 2.0))):
    trace = Trace()
    arguments = [trace.input(name, *ends) for name, ends in zip(names, ranges, strict=True)]
    return trace.program({("out",): function(*arguments)})


EXPRESSIONS = [
    lambda x, y: x**y + np.log(x**y) - y * np.log(x),
    lambda x, y: np.where((x > 1) & (y <= 0), x, np.where(x > 9, 5.0, y)),
    lambda x, y: np.clip(y, -1, 1) / x - np.sqrt(x) + abs(y),
    lambda x, y: np.maximum(x, -3) * np.minimum(y, 7) + 1.0**y + y**1 - 0 + x * 1,
    lambda x, y: np.expm1(y) - np.log1p(x) * np.floor(x) + np.rint(y * 3),
    lambda x, y: (2 - x) / (4 * y + 9) - -y,
    lambda x, y: np.stack([x, y, x + y]).take(np.maximum(np.rint(x - 1), 0).astype(int)),
    lambda x, y: (np.broadcast_to(x, (1,)) * np.arange(1.0, 4)[:, None]).T[:, 1] + np.ravel(y),
]


@pytest.mark.parametrize("function", EXPRESSIONS)
@pytest.mark.parametrize("moving", [(), ("x",), ("y",), ("x", "y")])
@pytest.mark.parametrize("single", [(), ("x",), ("x", "y")])
def test_a_traced_expression_is_the_expression(function, moving, single):
    rng = np.random.default_rng(5)
    values = {"x": rng.uniform(0.5, 3, 50), "y": rng.uniform(-2, 2, 50)}
    for name in single:
        values[name] = float(values[name][7])
    x, y = (np.broadcast_to(values[name], (50,)) for name in ("x", "y"))
    expected = [function(x[k : k + 1], y[k : k + 1])[0] for k in range(50)]
    program = _traced(function)
    given_values = {name: values[name] for name in program.inputs}
    chosen = (frozenset(names) & set(program.inputs) for names in (single, moving))
    machine = Machine(program, 50, **dict(zip(("single", "moving"), chosen, strict=True)))
    for _ in range(2):
        np.testing.assert_allclose(machine.run(given_values)["out",], expected, rtol=1e-13, atol=1e-13)


@settings(max_examples=25, deadline=None)
@given(t=st.floats(0.01, 6))
def test_what_rivals_leave_can_be_traced_at_any_time_and_for_an_unknown_one(t):
    parameters = resolve()
    draws = joint_draws(parameters, 64)
    expected = Case(attributable(draws, t), draws.z).impact("C01")
    rows = distributions(parameters)
    trace = Trace()
    unknown = {name: trace.input(name, *row.bounds) for name, row in rows.items()}
    shocks = np.zeros((1, draws.z.shape[1]))
    program = trace.program(
        {
            ("at",): Case(attributable(unknown, t), shocks).impact("C01"),
            ("unknown",): Case(attributable(unknown, trace.input("t", 0, 10)), shocks).impact("C01"),
        }
    )
    values = {name: draws[name] if name != "t" else t for name in program.inputs}
    found = Machine(program, 64, single=frozenset({"t"})).run(values)
    assert same(found["at",], expected)
    assert same(found["unknown",], expected)


def branches(x, y):
    if x > y:
        return x
    return y


def counts(x, y):
    return x * float(y)


def sorts(x, y):
    return np.sort(x) + y


def adds_up(x, y):
    return np.add.reduce(x) + y


@pytest.mark.parametrize(
    ("function", "offset", "what"),
    [
        (branches, 1, "branches on a value that differs between draws"),
        (counts, 1, "makes a plain number of a value that differs between draws"),
        (sorts, 1, "calls sort, which the trace does not know"),
        (adds_up, 1, r"calls add.reduce, which the trace does not know"),
    ],
)
def test_what_cannot_be_traced_is_named_with_function_and_line(function, offset, what):
    line = inspect.getsourcelines(function)[1] + offset
    with pytest.raises(ModelInputError) as refused:
        _traced(function)
    assert str(refused.value) == (
        f"trace: {function.__name__} (test_traced.py, line {line}) {what}; "
        "only what does the same for every draw can be traced"
    )


def test_a_parameter_that_the_program_did_not_see_is_refused():
    program = _traced(lambda x, y: x + y)
    machine = Machine(program, 2)
    for call in (lambda: machine.run({"x": 1.0, "y": 2.0, "xx": 3.0}), lambda: program.after(["xx"])):
        with pytest.raises(ModelInputError, match=r"^traced program: xx was no input .*\(nearest: x\)$"):
            call()
    with pytest.raises(ModelInputError, match=r"^traced program: y has no value, and the program needs one$"):
        machine.run({"x": 1.0})
    found, _ = traced_case(resolve())
    with pytest.raises(
        ModelInputError, match=r"^traced program: it holds no era of C13 in the world 'with'$"
    ):
        found.impact("C13", "era")


def test_what_a_formula_does_not_allow_is_refused_in_its_own_words():
    def rooted(x, y):
        return np.sqrt(within("root", "the number", y, 0, open_low=True, why="it is rooted")) * x

    machine = Machine(_traced(rooted), 3, moving=frozenset({"y"}))
    allowed = {"x": 2.0, "y": np.array([1.0, 4.0, 9.0])}
    first = machine.run(allowed)["out",].copy()
    for bad, seen in ((-1.0, "-1"), (0.0, "0"), (np.nan, "nan")):
        with pytest.raises(ModelInputError) as refused:
            machine.run({"x": 1.0, "y": np.array([1.0, bad, 1.0])})
        assert str(refused.value) == f"root: the number is {seen}; it must be above 0 (it is rooted)"
    np.testing.assert_array_equal(machine.run(allowed)["out",], first)
    np.testing.assert_array_equal(first, [2.0, 4.0, 6.0])


def test_a_call_that_is_registered_anew_makes_another_program(monkeypatch):
    parameters = resolve()
    before = traced_case(parameters)[0].impact("C21").copy()
    monkeypatch.setattr(REGISTRY["C21"], "effect", lambda d, a, case: 2 * (a.X_L - 1))
    found, case = traced_case(parameters)
    assert same(found.impact("C21"), 2 * (case.aggregate.X_L - 1))
    assert not same(found.impact("C21"), before)


def test_nothing_is_computed_twice_nor_for_nothing():
    program = traced.program_of(resolve())
    steps = [step for step in program.steps if step.name not in ("input", "constant")]
    assert len(set(steps)) == len(steps)
    used = {place for step in program.steps for place in step.of}
    used |= {*program.outputs.values(), *(p.place for p in program.promises)}
    assert used == set(range(len(program.steps)))
    assert all(place > before for place, step in enumerate(program.steps) for before in step.of)


def test_only_what_hangs_on_a_changed_input_is_computed_again():
    program = _traced(lambda x, y: np.exp(x) * np.log1p(y * y))
    names = [program.steps[place].name for place in program.after(["y"])]
    assert "exp" not in names
    assert names[0] == "input"
    assert {"multiply", "log1p"} <= set(names)


def test_a_million_draws_are_worked_off_in_pieces_and_are_the_same_draws():
    parameters = resolve({"elasticity_long": {"low": 0.4, "high": 2}, "lead_time": 1.1})
    draws = joint_draws(parameters, 2**13)
    case = Case(draws, draws.z)
    for piece in (1024, 2**13):
        work, done = traced.cases_of(parameters, piece), 0
        blocks = joint_draws_in_blocks(parameters, 2**13, piece)
        for part in (part for block in blocks for part in work(block)):
            for key in ("C01", "C03", "C21", "A01"):
                assert same(part.impact(key), case.impact(key)[done : done + part.n])
            done += part.n
        assert done == 2**13


def test_outcomes_of_many_draws_are_those_of_the_functions(monkeypatch):
    parameters = resolve({"catch_up": 0.5})
    quick = outcomes_in_blocks(parameters, 2**15)
    monkeypatch.setattr("deepseek_era.verdicts.blocks.TRACED", 2**40)
    slow = outcomes_in_blocks(parameters, 2**15)
    shared = outcomes_in_blocks(parameters, 2**12, shared=Shared())
    alone = outcomes_in_blocks(parameters, 2**12)
    for some, others in ((quick, slow), (shared, alone)):
        for key, found in some.items():
            for name in ("p", "shares", "later", "band", "word", "near", "one_sided"):
                assert getattr(found, name) == getattr(others[key], name), (key, name)
            assert same(
                [found.low, found.median, found.high],
                [others[key].low, others[key].median, others[key].high],
            )
