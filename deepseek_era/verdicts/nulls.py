"""The null test: what is left of each call when nothing became cheaper."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deepseek_era.capacity.aggregate import ADDITIVE_SHIFTS, RATIO_SHIFTS
from deepseek_era.model import Model
from deepseek_era.verdicts.evaluate import evaluations, is_call
from deepseek_era.verdicts.impacts import REGISTRY, Case
from deepseek_era.verdicts.sensitivity import subset

GAINS = ("inference_gain", "training_gain")


def no_gain() -> dict[str, float]:
    """Return the parameters of the narrow null: both gains are one."""
    return dict.fromkeys(GAINS, 1.0)


def shifts_of(call_id: str) -> tuple[str, ...]:
    """Return the shift parameters that a call reads."""
    return tuple(d for d in REGISTRY[call_id].drivers if d in (*ADDITIVE_SHIFTS, *RATIO_SHIFTS))


def survivors(model: Model) -> pd.DataFrame:
    """Return each call's median in the run and without any gain.

    Columns: id, label, unit, base and without (medians, in `unit`), shifts (parameters that carry what is left), survives
    (whether anything does).
    """
    part = subset(model)
    case = Case(part.with_(**no_gain()), part.z)
    rows = []
    for key, e in evaluations(model).items():
        if not is_call(key):
            continue
        left = case.impact(key)
        alive = bool(np.any(left != 0))
        rows.append(
            {
                "id": key,
                "label": e.call.label,
                "unit": e.call.unit,
                "base": float(np.median(e.effect)),
                "without": float(np.median(left)),
                "shifts": shifts_of(key) if alive else (),
                "survives": alive,
            }
        )
    return pd.DataFrame(rows)
