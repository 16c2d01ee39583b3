"""Words of the cost notebook that depend on the run: each is chosen from figures, none is typed as if fixed."""

from __future__ import annotations

from deepseek_era.cost import report
from deepseek_era.figure import Figure
from deepseek_era.model import Model


def _known(figure: Figure) -> bool:
    return figure.value is not None


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


def phrases(model: Model) -> dict[str, str]:
    """Return every phrase of the cost notebook, keyed by id."""
    figures = report.figures(model)
    rules = {
        "log": log,
        "roof": roof,
        "drafts": drafts,
    }
    return {f"phrase.cost.{name}": rule(figures) for name, rule in rules.items()}
