"""The rows of the back-test: the January 2025 run against what followed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepseek_era.capacity import backtest, evidence
from deepseek_era.capacity.runs import ex_ante_run
from deepseek_era.model import Model
from deepseek_era.tables import Facts


@dataclass(frozen=True)
class BacktestRow:
    """One quantity of the January 2025 run and what followed.

    `prediction` names what is predicted: rows that share it watch one thing twice and are one test. An `in_sample` row was
    used in building the path and tests nothing.
    """

    key: str
    prediction: str
    draws: np.ndarray
    observed: float | None
    sources: tuple[str, ...]
    in_sample: bool = False

    @property
    def pit(self) -> float | None:
        """Share of draws at or below the observation, or None."""
        return None if self.observed is None else backtest.pit(self.draws, self.observed)


def stock_growth(facts: Facts) -> float | None:
    """Return the tracked compute stock of four makers, end of 2025 over end of 2024, or None before it was public."""
    stock = evidence.values_of(facts, ("S171", "S172"))
    return stock["S172"] / stock["S171"] if len(stock) == 2 else None


def _over(after: float | None, before: float | None) -> float | None:
    return None if before is None or after is None else after / before


def backtest_rows(model: Model) -> list[BacktestRow]:
    """Return the back-test: quantity, predicted draws, observation (None if not public), source.

    Observed are the tracked stock of four makers and its chip power, cash capital spending and guided spending with leases
    of four firms, Nvidia's data-centre revenue in the years to January, and one-year rents of an H100.
    """
    run, facts = ex_ante_run(model), model.facts
    d, path = run.draws, run.path
    watts = [evidence.chip_power_mw(facts, f"{year}-12-31") for year in (2025, 2024)]
    cash = [evidence.cash_capex_usd_b(facts, year) for year in (2025, 2024)]
    rents = evidence.values_of(facts, ("S257", "S258"))
    turn = rents["S258"] / rents["S257"] if len(rents) == 2 else None
    first = backtest.first_year_spend_growth(path, d)
    second = backtest.second_year_spend_growth(path)
    revenue = evidence.data_centre_revenue_growth(facts)
    guided = evidence.lease_capex_growth(facts)
    counted = ("EPOCH_CHIPCOUNTS",)
    return [
        BacktestRow("installed", "stock", backtest.installed_growth(path), stock_growth(facts), counted),
        BacktestRow("power", "stock", backtest.power_growth(path, d), _over(*watts), counted),
        BacktestRow("capex", "first_year", first, _over(*cash), ("oc_meta_capex",)),
        BacktestRow("revenue", "first_year", first, revenue, ("epoch_nvda",)),
        BacktestRow("guided", "second_year", second, guided, ("lowdown_q126",)),
        BacktestRow(
            "rent",
            "rent_turn",
            backtest.rent_change(path, 2025.75, 2026.25),
            turn,
            ("H100_RENT", "H100_TRD"),
            in_sample=True,
        ),
    ]
