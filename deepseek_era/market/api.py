"""What the verdicts read of the market part."""

from __future__ import annotations

import pandas as pd

from deepseek_era import tables
from deepseek_era.market import report
from deepseek_era.model import Model

_NAMES = {"caar_pct": "caar", "low_pct": "low", "high_pct": "high", "se_pct": "se"}
_COLUMNS = ["group", "n", "caar", "low", "high", "se", "p_placebo", "p_kp", "p_holm", "r_bar"]


def group_effects(model: Model, window: str = "0") -> pd.DataFrame:
    """Return the market's effect on each group over a window, day 0 unless named.

    Columns: group, n, caar, low, high (the span of the 90 % intervals against every broad market), se (all percent),
    p_placebo, p_kp, p_holm, r_bar. Groups or windows that are not public at the vintage are absent.
    """
    table = report.groups(model, window)
    if table is None:
        return pd.DataFrame(columns=_COLUMNS)
    return table.rename(columns=_NAMES)[_COLUMNS].reset_index(drop=True)


def pooled_effect(model: Model, names: tuple[str, ...], window: str = "0") -> pd.Series | None:
    """Return the effect on several groups taken as one portfolio, each firm once; None where it is not public."""
    row = report.combined(model, names, window)
    return None if row is None else row.rename(_NAMES)[_COLUMNS]


def call_groups() -> dict[str, tuple[str, ...]]:
    """Return the groups that stand for each call, by call id; calls without a listed proxy are absent."""
    rows = tables.load("calls")[["id", "market_group"]].itertuples(index=False)
    named = {str(key): tuple(tables.split_ids(cell)) for key, cell in rows}
    return {key: names for key, names in named.items() if names}


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
    for call, names in call_groups().items():
        row = pooled_effect(model, names, window)
        if row is not None:
            result[call] = report.side(float(row["p_placebo"]), float(row["caar"]))
    return result
