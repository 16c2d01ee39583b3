"""Words of the capacity part that depend on the run: findings, verdicts, and what was not public yet."""

from __future__ import annotations

from deepseek_era.capacity import backtest_rows, evidence, report, runs
from deepseek_era.capacity.path import EVENT_YEAR
from deepseek_era.figure import Figure
from deepseek_era.model import Model
from deepseek_era.words import listed


def likelihood(p: float) -> str:
    """Return a probability in words, on the report's own steps."""
    if p >= 0.8:
        return "very likely"
    if p >= 0.6:
        return "likely"
    if p > 0.4:
        return "about as likely as not"
    if p > 0.2:
        return "unlikely"
    return "very unlikely"


def _value(figures: dict[str, Figure], id: str) -> float:
    value = figures[id].value
    return 0.0 if value is None else value


def _token(figure: Figure, part: str = "") -> str:
    """Return the token that prose replaces by the figure, so that the number keeps its link and its interval."""
    return f"{{{{ {figure.id} | {part} }}}}" if part else f"{{{{ {figure.id} }}}}"


def _join(parts: list[str]) -> str:
    return " ".join(part for part in parts if part)


def _effect_first_year(figures: dict[str, Figure]) -> str:
    ratio = figures["capacity.compute_ratio_short"]
    low, high = (ratio.low or 1.0), (ratio.high or 1.0)
    if high < 1.001 and low < 0.999:
        return "lowers demand for compute a little"
    if low > 0.999 and high > 1.001:
        return "raises demand for compute a little"
    if low > 0.98 and high < 1.02:
        return "leaves demand for compute as it was"
    return "hardly moves demand for compute"


def _saturated(figures: dict[str, Figure]) -> str:
    p = [_value(figures, f"capacity.saturation.p_{m}") for m in (12, 24, 36)]
    if min(p) >= 0.6:
        return "capacity more likely stays full than not"
    if max(p) < 0.4:
        return "capacity is more likely slack than full"
    if p[0] >= 0.6 and p[2] < 0.6:
        return "capacity is full at first and its later state is open"
    return "whether capacity is full is open"


def _main_driver(model: Model) -> str:
    """Return which of two things moves saturation more: growth, or the event."""
    change = abs(_value(report.figures(model), "capacity.saturation.effect_36"))
    return (
        "Growth from all other causes decides it: the event moves the probability by less than ten points."
        if change < 10
        else "The event matters: it moves the probability by ten points or more."
    )


def _forms(figures: dict[str, Figure]) -> str:
    """Return what the range of the last date is over, and whether it is wider than the event's own effect."""
    last, effect = figures["capacity.saturation.p_36"], figures["capacity.saturation.effect_36"].value
    if last.low is None or last.high is None or effect is None:
        return ""
    wider = 100 * (last.high - last.low) > abs(effect)
    return "The range of the last is over forms of the model" + (
        ": the choice of form moves it more than the event does." if wider else "."
    )


def _first_date(start: float) -> str:
    """Return a caution where the first of the three dates is not a forecast of this run."""
    if EVENT_YEAR + 1 - start > 0.25:
        return ""
    return "The first of the three dates is where this run’s path begins, so it is an assumption and no forecast."


def _a01_evidence(model: Model) -> str:
    signals = evidence.capacity_signals(model.facts)
    if signals.empty:
        return "Nothing of what followed was public at the date of this run."
    first = signals[signals["year"] < 2025.9]
    later = signals[signals["year"] >= 2025.9]
    loosened = bool((first["sign"] < 0).any())
    words = [
        "What was said and measured since does not read as one story: {{ capacity.signals.tight }} dated signals of "
        "scarcity and {{ capacity.signals.loose }} of slack."
    ]
    if loosened and (later["sign"] > 0).sum() >= 2:
        words.append(
            "Through 2025 the rental market loosened while the largest buyers still reported shortage; from the "
            "turn of the year both were tight."
        )
    return _join(words)


def _rent(model: Model, figures: dict[str, Figure]) -> str:
    turn = figures["capacity.rent.turn"]
    if turn.value is None:
        return "No pair of comparable rents was public yet."
    low, high = figures["capacity.rent.low"], figures["capacity.rent.high"]
    del model
    return (
        f"The middle of a surveyed band of one-year contracts for an H100 lay at {_token(low)} in October 2025 and {_token(high)} "
        f"in March 2026, {_token(turn)} more. The on-demand quote of October 2024 is another thing and is not compared."
    )


def _stargate(figures: dict[str, Figure]) -> str:
    p = _value(figures, "capacity.stargate.p_tenth")
    mean = figures["capacity.stargate.stranded_mean"]
    state = {
        True: "Most futures use nearly all of what gets built",
        False: "Idle capacity is a live risk",
    }[p < 0.4]
    return f"{state}: a tenth or more idle is {likelihood(p)}, and the expected idle share is {_token(mean)}."


def _stargate_effect(figures: dict[str, Figure]) -> str:
    p = _value(figures, "capacity.stargate.p_effect")
    if p < 0.1:
        return "The gain itself strands almost nothing: growth of demand does."
    if p < 0.4:
        return "The gain itself strands a part of it in a minority of draws."
    return "The gain itself strands a part of it in many draws."


def _delivered(figures: dict[str, Figure]) -> str:
    target, running = figures["capacity.stargate.announced_gw"], figures["capacity.stargate.energised_gw"]
    if running.value is None or target.value is None:
        return "Nothing of it had been delivered at the date of this run."
    named = figures["capacity.stargate.committed_gw"]
    sites = f" and sites for {_token(named)} named" if named.value is not None else ""
    return (
        f"Of {_token(target)} announced{sites}, {_token(running)} was in operation at the flagship site in "
        "the last reading. What is late is not stranded."
    )


def _pull_forward(figures: dict[str, Figure]) -> str:
    p = _value(figures, "capacity.pull_forward.p_2_to_3")
    whole = figures["capacity.pull_forward"]
    if p < 0.05:
        return f"The article’s two to three years find no support: the release was worth {_token(whole)}."
    if p < 0.4:
        return (
            f"The article’s two to three years are possible and not likely: the model gives {_token(whole)}."
        )
    return f"The article’s two to three years are within the model’s range: it gives {_token(whole)}."


def _field(figures: dict[str, Figure]) -> str:
    value = figures["capacity.pull_forward.field_index_to_date"]
    if value.value is None:
        return "No later measure of the field’s pace was public yet."
    return (
        f"The field as a whole has gained {_token(value)} on its former pace by one capability index, from a break "
        "that came before the release. That is an upper bound for any single cause."
    )


def _china(figures: dict[str, Figure]) -> str:
    """Return how the observed lag stands to what either measure of compute implies, and what is left to explain."""
    hidden = figures["capacity.china.lag_hidden_test"]
    if hidden.value is None:
        return "No test of a later Chinese model against American ones was public yet."
    words = [f"A partly hidden government test finds {_token(hidden)}."]
    for measure, subject in (("location", "Counted by where they stand"), ("ownership", "Counted by owner")):
        lag, rest = (figures[f"capacity.china.{key}_{measure}"] for key in ("lag", "unexplained"))
        if lag.low is None or lag.high is None:
            continue
        if lag.low <= hidden.value <= lag.high:
            words.append(f"{subject}, chips alone would account for that.")
        elif hidden.value < lag.low:
            words.append(
                f"{subject}, {_token(rest)} are left, which access to models, better algorithms or smuggled chips must "
                "explain."
            )
        else:
            words.append(f"{subject}, it is more than chips imply, and something else holds China back.")
    return " ".join(words)


def _controls(figures: dict[str, Figure]) -> str:
    """Return what open outputs and chips each do to the lag, by test and by scenario.

    If distillation made chip controls ineffective, the lag on tests that a follower cannot prepare for would be gone,
    or far below what chips alone imply; by which measure of chips is not settled, so no verdict is given.
    """
    hidden = figures["capacity.china.lag_hidden_test"]
    measures = [figures[f"capacity.china.lag_{m}"] for m in ("location", "ownership")]
    if hidden.value is None or measures[0].low is None:
        return (
            "No test of a later Chinese model was public yet; shares of compute imply a lag of "
            f"{_token(figures['capacity.china.lag'])}."
        )
    shorter = [m.low is not None and hidden.value < m.low for m in measures if m.value is not None]
    verdict = (
        "By one measure of compute the lag is no shorter than chips imply, by the other it is: whether limits on chips "
        "have worked cannot be decided from it."
        if any(shorter) and not all(shorter)
        else "By every measure of compute the lag is shorter than chips imply, as the article would have it."
        if all(shorter)
        else "By no measure of compute is the lag shorter than chips imply: nothing in it speaks for the article."
    )
    preference = _token(figures["capacity.china.preference_gap"])
    return (
        f"{verdict} On preference boards, which a follower can prepare for, the gap has shrunk to {preference}. If Chinese "
        f"compute halved the lag would be {_token(figures['capacity.china.controls.bite'])}, if open outputs were worth twice "
        f"the algorithms {_token(figures['capacity.china.controls.outputs_open'])}: each lever works while the other is held."
    )


def _backtest(model: Model) -> str:
    done = backtest_rows.tally(backtest_rows.backtest_rows(model))
    if not done.tests:
        return "Nothing had followed yet at the date of this run, so there is nothing to test against."
    what = listed([f"{name}, seen twice" if views > 1 else name for name, views in done.predictions.items()])
    miss = "None was a miss" if done.missed == 0 else f"{done.missed} missed"
    lean = ""
    if done.above > done.tests / 2:
        lean = f", but {done.above} of {done.tests} came in above the median: the January run was too cautious about growth"
    elif done.above < done.tests / 2:
        lean = f", but {done.tests - done.above} of {done.tests} came in below the median: the January run expected too much"
    return (
        "Of what followed, {{ capacity.backtest.observations }} observations were not used in building the path. They test "
        f"{{{{ capacity.backtest.tests }}}} separate predictions: {what}. {miss}{lean}."
    )


def _power(figures: dict[str, Figure]) -> str:
    need, iea = figures["capacity.power.twh_2030"], figures["capacity.power.iea_2030"]
    if iea.value is None or need.value is None:
        return "Forecasts of world data-centre power were not public yet."
    share = need.value / iea.value
    words = "exceeds" if share > 1 else ("is most of" if share > 0.5 else "is a part of")
    return (
        f"At that load AI alone would take {_token(need)} a year, which {words} what the IEA expects all data "
        f"centres to take in 2030, {_token(iea)}, and Goldman Sachs, later, "
        f"{_token(figures['capacity.power.goldman_2030'])}."
    )


def _power_theme(figures: dict[str, Figure]) -> str:
    effect = figures["capacity.power.effect"]
    value = effect.value or 0.0
    if abs(value) < 2:
        return "The gain leaves the power need where it was, within the width of the forecast."
    return "The gain raises the power need." if value > 0 else "The gain lowers the power need."


def phrases(model: Model) -> dict[str, str]:
    """Return the computed words of the part, keyed by phrase id."""
    figures = report.figures(model)
    start = runs.base_run(model).path.times[0]
    words = {
        "first_year": _effect_first_year(figures),
        "backfire": likelihood(_value(figures, "capacity.jevons.p_backfire_long")),
        "compute_rises": likelihood(_value(figures, "capacity.jevons.p_compute_rises_long")),
        "saturated": _saturated(figures),
        "growth_decides": _main_driver(model),
        "a01_evidence": _a01_evidence(model),
        "rent": _rent(model, figures),
        "stargate": _stargate(figures),
        "stargate_effect": _stargate_effect(figures),
        "delivered": _delivered(figures),
        "pull_forward": _pull_forward(figures),
        "field": _field(figures),
        "china": _china(figures),
        "controls": _controls(figures),
        "backtest": _backtest(model),
        "power": _power(figures),
        "power_theme": _power_theme(figures),
        "forms": _forms(figures),
        "first_date": _first_date(float(start)),
    }
    return {f"phrase.capacity.{name}": text for name, text in words.items()}
