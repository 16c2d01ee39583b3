"""What the page's belief explorer filters: draws of the main drivers, and how each call came out in each of them."""

from __future__ import annotations

from typing import Any

from deepseek_era.figure import round_significant
from deepseek_era.model import Model
from deepseek_era.verdicts import rule, sensitivity
from deepseek_era.verdicts.evaluate import evaluations, is_call, likely_of
from deepseek_era.verdicts.labels import driver_label

DRAWS = 2048
DRIVERS = 6


def main_drivers(model: Model, count: int = DRIVERS) -> list[str]:
    """Return the parameters that carry most rank variance over all calls, among those that at least three calls read."""
    total: dict[str, float] = {}
    readers: dict[str, int] = {}
    for key in evaluations(model):
        if not is_call(key):
            continue
        for name, share in sensitivity.rank_shares(model, key).items():
            total[str(name)] = total.get(str(name), 0.0) + float(share)
            readers[str(name)] = readers.get(str(name), 0) + 1
    rows = sensitivity.distributions(model.parameters)
    shared = [n for n in total if readers[n] >= 3 and rows[n].dist != "fixed"]
    return sorted(shared, key=lambda n: -total[n])[:count]


# belief, driver, True for its upper quarter
BELIEFS = (
    ("Demand is elastic", "elasticity_long", True),
    ("Demand barely answers", "elasticity_long", False),
    ("Training got much cheaper", "training_gain", True),
    ("Sellers keep the saving", "pass_through_long", False),
    ("Rivals switch at once", "adoption_short", True),
    ("Budgets follow efficiency", "budget_response", True),
)


def presets(model: Model) -> list[dict[str, Any]]:
    """Return ready-made beliefs: the upper or lower quarter of one main driver."""
    known = main_drivers(model)
    found = []
    for label, name, upper in BELIEFS:
        if name in known:
            cut = round_significant(model.parameters.row(name).quantile(0.75 if upper else 0.25))
            found.append({"label": label, "driver_ranges": {name: [cut, None] if upper else [None, cut]}})
    return found


def explorer(model: Model) -> dict[str, Any]:
    """Return what the page's belief explorer filters: draws of the main drivers and, per call, two digits a draw.

    ``digits``: 0 loses, 1 neither, 2 wins. ``sides``: 1 if it is on the article's side, plus 2 if it still is in what is
    left once rivals have caught up, plus 4 if it is on the other side. The draws are the first of the sequence, which are
    balanced by themselves.
    """
    n = min(DRAWS, model.draws.n)
    found: dict[str, Any] = {"n": n, "drivers": [], "calls": [], "presets": presets(model)}
    found["likely"] = likely_of(model.parameters)
    for name in main_drivers(model):
        row = model.parameters.row(name)
        found["drivers"].append(
            {
                "id": name,
                "label": driver_label(name),
                "symbol": row.symbol,
                "unit": row.unit,
                "scale": "log" if row.dist == "lognormal" else "linear",
                "low": round_significant(row.quantile(0.005)),
                "high": round_significant(row.quantile(0.995)),
                "values": [float(f"{v:.4g}") for v in model.draws[name][:n]],
            }
        )
    for key, e in evaluations(model).items():
        if not is_call(key):
            continue
        impact, needed = e.effect[:n], max(e.threshold, e.call.article_size)
        digits = 1 + rule.wins(impact, e.threshold).astype(int) - rule.loses(impact, e.threshold)
        own, other = (rule.loses, rule.wins) if e.call.article_call == "loser" else (rule.wins, rule.loses)
        sides = own(impact, needed) + 2 * own(e.attributable[:n], needed) + 4 * other(impact, e.threshold)
        found["calls"].append(
            {
                "id": key,
                "name": e.call.name,
                "horizon": e.call.horizon,
                "article": e.call.article_call,
                "p_winner": round_significant(e.p.win),
                "p_loser": round_significant(e.p.lose),
                "digits": "".join(map(str, digits.tolist())),
                "sides": "".join(map(str, sides.tolist())),
            }
        )
    return found
