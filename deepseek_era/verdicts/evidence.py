"""Dated observations that bear on a call, kept outside the models.

A row says that an observation is good or bad for the stakeholder; it verifies or contradicts a verdict and changes no
probability. Which observation bears on which call stands in ``data/evidence.csv``; value, date and source stand in the
table that it points to, so a fact is written once. Nothing from after the vintage can be reached.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from deepseek_era.citations import standing
from deepseek_era.errors import DataError
from deepseek_era.model import Model, per_model

# table -> (key column, columns whose words make the sentence)
_TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "headlines": ("headline_id", ("fact",)),
    "timeline": ("row_id", ("event",)),
    "capability_gap": ("row_id", ("measure", "gap", "date")),
    "token_demand": ("row_id", ("entity", "metric", "date")),
}


@dataclass(frozen=True)
class Observation:
    """One observation: its sign for the stakeholder, what was seen, when it was public, and its source."""

    call: str
    sign: str
    indicator: str
    fact: str
    value: str
    unit: str
    date: str
    source: str
    verified: str
    status: str
    table: str
    key: str

    def as_dict(self) -> dict[str, str]:
        """Return the observation as JSON can hold it."""
        return dict(vars(self))


def _observation(row: pd.Series, record: pd.Series) -> Observation:
    _, words = _TABLES[row["table"]]
    value = record.get("value", "")
    return Observation(
        call=row["call_id"],
        sign=row["sign"],
        indicator=row["indicator"],
        fact=", ".join(str(record[w]).replace("_", " ") for w in words if str(record[w]).strip()),
        value="" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else str(value),
        unit=str(record.get("unit", "")),
        date=str(record["as_of"]),
        source=str(record["source_id"]),
        verified=str(record.get("verified", "read")),
        status=str(record.get("status", "")),
        table=str(row["table"]),
        key=str(row["key"]),
    )


@per_model
def observations(model: Model) -> dict[str, list[Observation]]:
    """Return what was public at the vintage about each call, oldest first, keyed by call id.

    Raises
    ------
    DataError
        If a row points to a table or a key that does not exist.
    """
    links = model.facts.table("evidence")
    found: dict[str, list[Observation]] = {}
    for name, group in links.groupby("table", sort=False):
        if name not in _TABLES:
            raise DataError(f"data/evidence.csv: saw table {str(name)!r}, allowed: {', '.join(_TABLES)}")
        facts = model.facts.table(str(name)).set_index(_TABLES[str(name)][0])
        if name == "headlines":
            facts = facts.assign(status=standing(facts))
        for _, row in group.iterrows():
            if row["key"] not in facts.index:
                raise DataError(
                    f"data/evidence.csv row {row['evidence_id']}: {name!s} has no {row['key']} public by "
                    f"{row['as_of']}"
                )
            found.setdefault(row["call_id"], []).append(_observation(row, facts.loc[row["key"]]))
    return {k: sorted(v, key=lambda o: (o.date, o.key)) for k, v in found.items()}
