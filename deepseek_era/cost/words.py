"""Words of the cost notebook that depend on the run: each is chosen from figures, none is typed as if fixed."""

from __future__ import annotations

from deepseek_era.cost import report, study
from deepseek_era.figure import Figure
from deepseek_era.model import Model


def _known(figure: Figure) -> bool:
    return figure.value is not None


def reported(figures: dict[str, Figure]) -> str:
    """Return whether V3's utilisation stands within what other runs report."""
    v3, low, high = (
        figures[f"cost.training.{i}"].value for i in ("v3_mfu_6nd", "peer_mfu_min", "peer_mfu_max")
    )
    if v3 is None or low is None or high is None:
        return "cannot be compared"
    return "inside the range of other runs" if low <= v3 <= high else "outside the range of other runs"


def routes(figures: dict[str, Figure]) -> str:
    """Return whether the second route to V3's hours agrees with the first."""
    gap = figures["cost.training.second_route_gap"].value
    if gap is None:
        return "A second route, from tokens a day, was not public yet"
    return "A second route agrees" if abs(gap) < 2 else "A second route disagrees"


def rate(figures: dict[str, Figure]) -> str:
    """Return where the makers' rent stands to the cost of owning."""
    owned, rent = figures["cost.tco.gpu_hour"], figures["cost.training.rate"].value or 0.0
    if owned.low is not None and rent < owned.low:
        return "below the range of what owning costs"
    if owned.high is not None and rent > owned.high:
        return "above the range of what owning costs"
    return (
        "at the lower end of what owning costs"
        if rent < (owned.value or 0)
        else "within the range of what owning costs"
    )


def hidden(figures: dict[str, Figure]) -> str:
    """Return whether the article's caveat on hidden cost holds."""
    multiplier = figures["cost.training.hidden_multiplier"]
    if multiplier.low is not None and multiplier.low > 2:
        return "The caveat holds, and by a wide margin"
    return (
        "The caveat holds in the middle of the draws, not in all"
        if (multiplier.value or 1) > 1.5
        else "The caveat does not hold under these parameters"
    )


def fleet_year(figures: dict[str, Figure]) -> str:
    """Return the upper end of the bracket on what the development cost, and what it counts."""
    if not _known(figures["cost.fleet.yearly_over_development"]):
        return "What a year of the whole fleet costs had not been published yet."
    return (
        "The upper end is a year of every machine that DeepSeek may own, by a published recomputation: "
        "{{ cost.fleet.yearly_low }} to {{ cost.fleet.yearly_high }}. "
        "At its lowest that is {{ cost.fleet.yearly_over_development }} as much, because it also counts serving users, other "
        "models and idle hours."
    )


def log(figures: dict[str, Figure]) -> str:
    """Return whether the operator's day adds up."""
    ours, theirs = figures["cost.serving.nodes_from_log"].value, figures["cost.serving.nodes_published"].value
    if ours is None or theirs is None:
        return "The operator had published no day of service yet"
    return (
        "The operator's published day adds up"
        if abs(ours / theirs - 1) < 0.01
        else "The operator's published day does not add up"
    )


def roof(figures: dict[str, Figure]) -> str:
    """Return how the operator's rate stands to the two forms of the roofline, and what the comparison shares with it."""
    added, hidden = (figures[f"cost.serving.decode_{form}"] for form in ("added", "overlapped"))
    seen = figures["cost.serving.decode_published"].value
    if seen is None:
        return "There is no published rate to set beside them yet; batch, unit, context and both efficiencies are judgements."
    token = "{{ cost.serving.decode_published }}"
    if added.low is not None and added.high is not None and added.low <= seen <= added.high:
        place = f"The published {token} lies in the lower bracket"
    elif hidden.low is not None and hidden.high is not None and hidden.low <= seen <= hidden.high:
        place = f"The published {token} lies in the upper bracket"
    else:
        place = f"The published {token} lies in neither"
    return (
        f"{place}. That is no independent test: batch, unit and context come from the operator’s own log, and both "
        "efficiencies are judgements."
    )


def drafts(figures: dict[str, Figure]) -> str:
    """Return what a drafted token does at a full batch."""
    gain = figures["cost.mtp.stream_gain_full_batch"].value or 1.0
    if gain < 0.98:
        return "costs more than it gives"
    return "gives nothing" if gain < 1.05 else "still helps"


def limits(figures: dict[str, Figure]) -> str:
    """Return what became of the statement that there are no rate limits."""
    if not _known(figures["cost.limits.stated_2025"]):
        return "The documentation that says so was not yet in our sources"
    if _known(figures["cost.limits.concurrency_low"]):
        return "True of the terms then, no longer true now"
    return "True of the terms"


def stoppages(figures: dict[str, Figure]) -> str:
    """Return how the service limited use in practice, in one sentence."""
    days = figures["cost.limits.payment_closed"].value
    if days is not None:
        return f"In practice the service did limit use: sign-up was narrowed, and for {days:.0f} days accounts could not be topped up."
    if _known(figures["cost.limits.stoppages"]):
        return "In practice the service did limit use: sign-up was narrowed for a time."
    return "No closure of the service is in our sources at this date."


def phrases(model: Model) -> dict[str, str]:
    """Return every phrase of the cost notebook, keyed by id."""
    figures = report.figures(model)
    rules = {
        "reported": reported,
        "routes": routes,
        "rate": rate,
        "hidden": hidden,
        "fleet_year": fleet_year,
        "log": log,
        "roof": roof,
        "drafts": drafts,
        "limits": limits,
        "stoppages": stoppages,
    }
    words = {f"phrase.cost.{name}": rule(figures) for name, rule in rules.items()}
    words["phrase.cost.flop_basis"] = (
        "the makers' own arithmetic per token"
        if study.v3_run(model).flop_per_token_published
        else "arithmetic per token counted from the architecture"
    )
    return words
