"""The rows of the back-test: the January 2025 run against what followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deepseek_era.capacity import backtest, evidence
from deepseek_era.capacity.runs import (
    ex_ante_run,
)
from deepseek_era.model import Model
from deepseek_era.tables import Facts

STOCK = "the stock of compute"
FIRST_YEAR = "spending in the first year"
SECOND_YEAR = "spending in the second year"


@dataclass(frozen=True)
class BacktestRow:
    """One quantity of the January 2025 run and what followed.

    `prediction` names what is predicted: rows that share it watch one thing twice and are one test.
    """

    key: str
    prediction: str
    what: str
    draws: np.ndarray
    observed: float | None
    observed_label: str
    sources: tuple[str, ...]
    in_sample: bool = False

    @property
    def pit(self) -> float | None:
        """Share of draws at or below the observation, or None."""
        return None if self.observed is None else backtest.pit(self.draws, self.observed)


@dataclass(frozen=True)
class Tally:
    """How the January run did out of sample: predictions with the number of observations of each, and how they came out.

    A prediction missed if any of its observations did, and came in above the median if the mean of its PITs did.
    """

    predictions: dict[str, int]
    missed: int
    above: int

    @property
    def observations(self) -> int:
        """Return the number of observations."""
        return sum(self.predictions.values())

    @property
    def tests(self) -> int:
        """Return the number of separate predictions tested."""
        return len(self.predictions)


def tally(rows: Sequence[BacktestRow]) -> Tally:
    """Return the tally of the rows that have an observation and were not used in building the path."""
    tested: dict[str, list[float]] = {}
    for row in rows:
        if row.pit is not None and not row.in_sample:
            tested.setdefault(row.prediction, []).append(row.pit)
    return Tally(
        predictions={name: len(pits) for name, pits in tested.items()},
        missed=sum(any(backtest.missed(pit) for pit in pits) for pits in tested.values()),
        above=sum(float(np.mean(pits)) > 0.5 for pits in tested.values()),
    )


def stock_growth(facts: Facts) -> float | None:
    """Return the tracked compute stock of four makers, end of 2025 over end of 2024, or None before it was public."""
    stock = evidence.facts_of(facts, "accelerator_supply", ("S171", "S172"))
    before, after = stock.get("S171"), stock.get("S172")
    return None if before is None or after is None else after.value / before.value


def backtest_rows(model: Model) -> list[BacktestRow]:
    """Return the back-test: quantity, predicted draws, observation (None if not public), source."""
    run, facts = ex_ante_run(model), model.facts
    d, path = run.draws, run.path
    growth = stock_growth(facts)
    watts = [evidence.chip_power_mw(facts, f"{y}-12-31") for y in (2024, 2025)]
    power = None if watts[0] is None or watts[1] is None else watts[1] / watts[0]
    cash = [evidence.cash_capex_usd_b(facts, y) for y in (2024, 2025)]
    capex = None if cash[0] is None or cash[1] is None else cash[1] / cash[0]
    revenue = evidence.data_centre_revenue_growth(facts)
    guided = evidence.lease_capex_growth(facts)
    rents = evidence.rent_points(facts)
    contract = rents[rents["quote"] == "one-year contract"].sort_values("year")
    turn = None
    if len(contract) >= 2:
        turn = float(contract["rent"].iloc[-1] / contract["rent"].iloc[0])
    first = backtest.first_year_spend_growth(path, d)
    return [
        BacktestRow(
            "installed",
            STOCK,
            "Installed compute, end 2025 over end 2024",
            backtest.installed_growth(path),
            growth,
            "tracked stock of four makers",
            ("EPOCH_CHIPCOUNTS",),
        ),
        BacktestRow(
            "power",
            STOCK,
            "Power of installed compute, end 2025 over end 2024",
            backtest.power_growth(path, d),
            power,
            "chip power of the same stock",
            ("EPOCH_CHIPCOUNTS",),
        ),
        BacktestRow(
            "capex",
            FIRST_YEAR,
            "Spend on additions, 2025 over 2024",
            first,
            capex,
            "cash capital spending of four firms",
            ("oc_meta_capex",),
        ),
        BacktestRow(
            "revenue",
            FIRST_YEAR,
            "Spend on additions, 2025 over 2024",
            first,
            revenue,
            "Nvidia data-centre revenue, years to January",
            ("epoch_nvda",),
        ),
        BacktestRow(
            "guided",
            SECOND_YEAR,
            "Spend on additions, 2026 over 2025",
            backtest.second_year_spend_growth(path),
            guided,
            "guided capital spending of four firms (leases included)",
            ("lowdown_q126",),
        ),
        BacktestRow(
            "rent",
            "the turn of the rent",
            "H100 rent, March 2026 over October 2025",
            backtest.rent_change(path, 2025.75, 2026.25),
            turn,
            "one-year contracts",
            ("H100_RENT", "H100_TRD"),
            in_sample=True,
        ),
    ]
