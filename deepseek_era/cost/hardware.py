"""Machines: what an owned GPU-hour costs, what a rented one costs by date, and how balanced a chip is.

- Annuities spread capital over service life at the cost of capital; at a zero rate they fall to a straight line.
- Availability is the share of all hours in which the machine does paid work, so idle hours are in the price.
- Rents of different contracts (on demand, one year, index) are never joined into one line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.errors import ModelInputError, nearest

HOURS_PER_YEAR = 8760.0
SITE_LIFE_YEARS = 15.0  # buildings and power plant outlive several generations of servers
LOAD_FACTOR = 0.8  # mean over rated power of a busy server
OPERATIONS_SHARE = 0.05  # staff, repair and network on the floor, per year, over the server's price
GPUS_PER_SERVER = 8
GIGA = 1e9
TERA = 1e12


def capital_recovery_factor(rate: npt.ArrayLike, years: npt.ArrayLike) -> Array:
    """Return the yearly annuity per unit of capital, r(1+r)ⁿ/((1+r)ⁿ−1), and 1/n where r is zero.

    Raises
    ------
    ModelInputError
        For a life that is not above zero or a rate of −1 or less.
    """
    r, n = np.broadcast_arrays(np.asarray(rate, dtype=float), np.asarray(years, dtype=float))
    if np.any(n <= 0):
        raise ModelInputError(f"annuity: life of {float(n.min()):g} years, allowed: above 0")
    if np.any(r <= -1):
        raise ModelInputError(f"annuity: rate {float(r.min()):g}, allowed: above -1")
    small = np.abs(r) < 1e-9
    safe = np.where(small, 0.05, r)
    # expm1 keeps precision for rates near zero, where (1+r)ⁿ−1 cancels
    factor = safe / -np.expm1(-n * np.log1p(safe))
    return np.asarray(np.where(small, 1.0 / n, factor))


@dataclass(frozen=True)
class GpuHourCost:
    """The parts of an owned GPU-hour in USD (arrays over draws); they sum to `total`."""

    server: Array
    site: Array
    energy: Array
    operations: Array

    @property
    def total(self) -> Array:
        """USD per GPU-hour of paid work."""
        return np.asarray(self.server + self.site + self.energy + self.operations)


def gpu_hour_cost(
    server_capex_usd: npt.ArrayLike,
    capital_rate: npt.ArrayLike,
    server_life_years: npt.ArrayLike,
    server_kw: npt.ArrayLike,
    pue: npt.ArrayLike,
    energy_usd_per_kwh: npt.ArrayLike,
    site_capex_usd_per_kw: npt.ArrayLike,
    availability: npt.ArrayLike,
) -> GpuHourCost:
    """Return the total cost of ownership per GPU-hour, by part.

    h = {capex·CRF(r, n) + kW·PUE·[site·CRF(r, 15) + 8760·load·price] + operations} / (g·8760·availability); the
    server's annuity, its share of building and power plant, energy, and people.

    Raises
    ------
    ModelInputError
        For an availability outside 0 (excluded) to 1.
    """
    share = np.asarray(availability, dtype=float)
    if np.any((share <= 0) | (share > 1)):
        seen = float(share.max()) if np.any(share > 1) else float(share.min())
        raise ModelInputError(f"cost of ownership: availability {seen:g}, allowed: above 0 to 1")
    capex = np.asarray(server_capex_usd, dtype=float)
    power = np.asarray(server_kw, dtype=float) * np.asarray(pue, dtype=float)
    hours = GPUS_PER_SERVER * HOURS_PER_YEAR * share
    return GpuHourCost(
        server=np.asarray(capex * capital_recovery_factor(capital_rate, server_life_years) / hours),
        site=np.asarray(
            power
            * np.asarray(site_capex_usd_per_kw)
            * capital_recovery_factor(capital_rate, SITE_LIFE_YEARS)
            / hours
        ),
        energy=np.asarray(power * HOURS_PER_YEAR * LOAD_FACTOR * np.asarray(energy_usd_per_kwh) / hours),
        operations=np.asarray(capex * OPERATIONS_SHARE / hours),
    )


@dataclass(frozen=True)
class Accelerator:
    """One accelerator: peaks in FLOP/s, bandwidth in bytes/s, memory in bytes."""

    name: str
    bf16_flop_per_s: float
    fp8_flop_per_s: float
    bandwidth_bytes_per_s: float
    memory_bytes: float

    def peak(self, bits: float) -> float:
        """Return the dense peak for weights of so many bits; without FP8 units the BF16 peak is all there is."""
        return self.fp8_flop_per_s if bits <= 8 else self.bf16_flop_per_s

    def balance(self, bits: float = 16) -> float:
        """Return machine balance, FLOP per byte: below it a kernel waits for memory (Williams et al. 2009)."""
        return self.peak(bits) / self.bandwidth_bytes_per_s


def find(table: pd.DataFrame, name: str) -> Accelerator:
    """Return the accelerator called `name` from the table of accelerators.

    Raises
    ------
    ModelInputError
        If it is not in the table, or its peak, bandwidth or memory is missing.
    """
    rows = table[table["name"] == name]
    if rows.empty:
        raise ModelInputError(f"accelerator {name!r} is not in the table{nearest(name, table['name'])}")
    row = rows.iloc[0]
    for column in ("bf16_dense_tflops", "mem_bw_gbps", "memory_gb"):
        if pd.isna(row[column]):
            raise ModelInputError(f"accelerator {name!r}: {column} is empty, a number is needed")
    fp8 = row["fp8_dense_tflops"]
    return Accelerator(
        name=name,
        bf16_flop_per_s=float(row["bf16_dense_tflops"]) * TERA,
        fp8_flop_per_s=float(row["bf16_dense_tflops"] if pd.isna(fp8) else fp8) * TERA,
        bandwidth_bytes_per_s=float(row["mem_bw_gbps"]) * GIGA,
        memory_bytes=float(row["memory_gb"]) * GIGA,
    )


def period_middle(period: str) -> pd.Timestamp | None:
    """Return a date in the middle of a period such as ``2024H1``, ``2025-Q1``, ``2025-10``, ``early 2024`` or ``2026``."""
    text = str(period).strip()
    if len(text) == 7 and text[4:6] == "-Q" and text[:4].isdigit() and text[6] in "1234":
        return pd.Timestamp(int(text[:4]), 3 * int(text[6]) - 1, 15)
    if len(text) == 6 and text[4] == "H" and text[:4].isdigit():
        return pd.Timestamp(int(text[:4]), 4 if text[5] == "1" else 10, 1)
    if len(text) == 7 and text[4] == "-":
        return pd.Timestamp(f"{text}-15")
    if text.startswith("early ") and text[6:].isdigit():
        return pd.Timestamp(int(text[6:]), 2, 15)
    if len(text) == 4 and text.isdigit():
        return pd.Timestamp(int(text), 7, 1)
    return None


def market_rents(prices: pd.DataFrame) -> pd.DataFrame:
    """Return dated rents of Hopper-class accelerators: ``accelerator, contract, date, low, middle, high``.

    `contract` keeps on-demand quotes, one-year contracts and indices apart; purchases and undated rows are left out.
    """
    rows = prices[(prices["unit"] == "USD per GPU-hour") & prices["accelerator"].str.startswith("H")].copy()
    note = rows["note"].fillna("").str.lower()
    kind = rows["price_kind"].fillna("")
    contract = np.select(
        [
            note.str.contains("one-year").to_numpy(),
            (kind == "rental index").to_numpy(),
            (kind == "rental assumed by DeepSeek").to_numpy(),
        ],
        ["one-year contract", "index", "assumed by DeepSeek"],
        default="on demand",
    )
    rows["contract"] = contract
    rows["date"] = [period_middle(p) for p in rows["period"]]
    rows["middle"] = rows["median"].fillna((rows["low"] + rows["high"]) / 2)
    rows = rows.dropna(subset=["date", "middle"])
    return rows[["accelerator", "contract", "date", "low", "middle", "high", "source_id"]].sort_values(
        ["contract", "date", "accelerator"], ignore_index=True
    )
