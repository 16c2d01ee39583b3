"""What a snapshot may differ by: the rows of ``data/refresh_rules.csv``."""

from __future__ import annotations

from dataclasses import dataclass

from deepseek_era import tables
from deepseek_era.errors import DataError


@dataclass(frozen=True)
class Rules:
    """The limits: `return_tolerance` [pp], `price_tolerance` [%], `price_factor` [ratio], `list_found` [share]."""

    return_tolerance: float
    price_tolerance: float
    price_factor: float
    list_found: float


def read() -> Rules:
    """Return the limits as the tables set them."""
    frame = tables.load("refresh_rules").set_index("rule")["value"]
    missing = [name for name in Rules.__dataclass_fields__ if name not in frame.index]
    if missing:
        raise DataError(f"data/refresh_rules.csv: rule {missing[0]} is missing")
    return Rules(**{str(name): float(value) for name, value in frame.items()})
