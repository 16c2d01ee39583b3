"""The rows of the back-test: the January 2025 run against what followed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepseek_era.capacity import backtest, evidence
from deepseek_era.capacity.runs import (
    ex_ante_run,
)
from deepseek_era.model import Model


@dataclass(frozen=True)
class BacktestRow:
    """One quantity of the January 2025 run and what followed."""

    key: str
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


def backtest_rows(model: Model) -> list[BacktestRow]:
    """Return the back-test: quantity, predicted draws, observation (None if not public), source."""
    run, facts = ex_ante_run(model), model.facts
    d, path = run.draws, run.path
    stock = evidence.facts_of(facts, "accelerator_supply", ("S171", "S172"))
    both = stock.get("S171"), stock.get("S172")
    growth = None if both[0] is None or both[1] is None else both[1].value / both[0].value
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
            "Installed compute, end 2025 over end 2024",
            backtest.installed_growth(path),
            growth,
            "tracked stock of four makers",
            ("EPOCH_CHIPCOUNTS",),
        ),
        BacktestRow(
            "power",
            "Power of installed compute, end 2025 over end 2024",
            backtest.power_growth(path, d),
            power,
            "chip power of the same stock",
            ("EPOCH_CHIPCOUNTS",),
        ),
        BacktestRow(
            "capex",
            "Spend on additions, 2025 over 2024",
            first,
            capex,
            "cash capital spending of four firms",
            ("oc_meta_capex",),
        ),
        BacktestRow(
            "revenue",
            "Spend on additions, 2025 over 2024",
            first,
            revenue,
            "Nvidia data-centre revenue, years to January",
            ("epoch_nvda",),
        ),
        BacktestRow(
            "guided",
            "Spend on additions, 2026 over 2025",
            backtest.second_year_spend_growth(path),
            guided,
            "guided capital spending of four firms (leases included)",
            ("lowdown_q126",),
        ),
        BacktestRow(
            "rent",
            "H100 rent, March 2026 over October 2025",
            backtest.rent_change(path, 2025.75, 2026.25),
            turn,
            "one-year contracts",
            ("H100_RENT", "H100_TRD"),
            in_sample=True,
        ),
    ]
