"""What the verdicts read of the market part."""

from __future__ import annotations

import pandas as pd

from deepseek_era.market import report
from deepseek_era.model import Model

CALL_GROUPS: dict[str, tuple[str, ...]] = {
    "C01": ("nvidia",),
    "C04": ("clouds",),
    "C05": ("power",),
    "C12": ("software", "internet"),
    "C13": ("china",),
    "C15": ("software",),
    "C22": ("healthcare",),
    "A02": ("nvidia",),
    "A03": ("clouds",),
}


def group_effects(model: Model, window: str = "0") -> pd.DataFrame:
    """Return the market's effect on each group over a window, day 0 unless named.

    Columns: group, n, caar, low, high (95 %), se (all percent), p_placebo, p_kp, p_holm, r_bar. Groups or windows that are
    not public at the vintage are absent.
    """
    table = report.groups(model, window)
    columns = ["group", "n", "caar", "low", "high", "se", "p_placebo", "p_kp", "p_holm", "r_bar"]
    if table is None:
        return pd.DataFrame(columns=columns)
    names = {"caar_pct": "caar", "low_pct": "low", "high_pct": "high", "se_pct": "se"}
    return table.rename(columns=names)[columns].reset_index(drop=True)


def lens(model: Model, window: str = "0") -> dict[str, str]:
    """Return what the market said of each group: winner, loser or neutral.

    Winner and loser need a placebo p-value of at most 5 % and take the sign of the mean abnormal return.
    """
    result = {}
    for row in group_effects(model, window).pipe(report.rows_of):
        result[str(row.group)] = report.side(row.p_placebo, row.caar)
    return result


def call_lens(model: Model, window: str = "0") -> dict[str, str]:
    """Return what the market said of the groups that a call names, by call id.

    Several groups are taken as one portfolio. A call whose groups are not public at the vintage is absent.
    """
    result = {}
    for call, names in CALL_GROUPS.items():
        row = report.combined(model, names, window)
        if row is not None:
            result[call] = report.side(float(row["p_placebo"]), float(row["caar_pct"]))
    return result
