"""From the final run to the whole development, as a flow; the fleet is a stock and stays apart.

C_full = C_final · m_exp · m_data / (1 − s_staff).

- m_exp is all research compute over the compute of the final run (published for OpenAI, MiniMax and Z.ai).
- Prior models' own final runs are part of that research compute, so they are shown as a part, never added.
- A cluster that is owned costs money once and serves many models. Adding its price to a flow that already pays rent
  for every hour would count it twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deepseek_era.arrays import Array
from deepseek_era.errors import ModelInputError

GPUS_PER_SERVER = 8


@dataclass(frozen=True)
class FullCost:
    """The steps from a final run to the whole development, each in USD (arrays over draws); they sum to `total`."""

    final_run: Array
    prior_models: Array
    experiments: Array
    data: Array
    staff: Array

    @property
    def total(self) -> Array:
        """Whole development, USD."""
        return np.asarray(self.final_run + self.prior_models + self.experiments + self.data + self.staff)

    @property
    def multiplier(self) -> Array:
        """Whole development over final run."""
        return np.asarray(self.total / self.final_run)


def full_cost(
    final_run_usd: npt.ArrayLike,
    experiments_multiple: npt.ArrayLike,
    data_multiple: npt.ArrayLike,
    staff_share: npt.ArrayLike,
    prior_models_usd: npt.ArrayLike = 0.0,
) -> FullCost:
    """Return the full cost of a development from its final run.

    Parameters
    ----------
    final_run_usd
        Rent of the final run.
    experiments_multiple
        All research compute over the final run, 1 or more.
    data_multiple
        Data and synthesis on top of compute, 1 or more.
    staff_share
        Research staff as a share of development cost, 0 to below 1.
    prior_models_usd
        Rent of earlier models' final runs: shown as a part of the experiments, capped by them.

    Raises
    ------
    ModelInputError
        For a multiple below 1 or a staff share outside 0 to 1.
    """
    final = np.asarray(final_run_usd, dtype=float)
    multiple = np.asarray(experiments_multiple, dtype=float)
    data = np.asarray(data_multiple, dtype=float)
    staff = np.asarray(staff_share, dtype=float)
    for name, values in (("experiments_multiple", multiple), ("data_multiple", data)):
        if np.any(values < 1):
            raise ModelInputError(f"full cost: {name} is {float(values.min()):g}, allowed: 1 or more")
    if np.any((staff < 0) | (staff >= 1)):
        seen = float(staff.max()) if np.any(staff >= 1) else float(staff.min())
        raise ModelInputError(f"full cost: staff_share is {seen:g}, allowed: 0 to below 1")
    compute = final * multiple
    prior = np.minimum(np.asarray(prior_models_usd, dtype=float), compute - final)
    before_staff = compute * data
    total = before_staff / (1 - staff)
    shape = total.shape
    return FullCost(
        final_run=np.broadcast_to(final, shape),
        prior_models=np.broadcast_to(prior, shape),
        experiments=np.broadcast_to(compute - final - prior, shape),
        data=np.broadcast_to(before_staff - compute, shape),
        staff=total - before_staff,
    )


@dataclass(frozen=True)
class EntrantCost:
    """What a team without a cluster faces, USD: the flow, the burn while it waits for hardware, and the cheque."""

    development: Array
    waiting: Array
    cluster_purchase: Array

    @property
    def flow(self) -> Array:
        """Development and waiting; the purchase is a stock and is not in it."""
        return np.asarray(self.development + self.waiting)


def entrant_cost(
    development_usd: npt.ArrayLike,
    staff_usd: npt.ArrayLike,
    development_years: npt.ArrayLike,
    lead_time_years: npt.ArrayLike,
    gpus: npt.ArrayLike,
    server_capex_usd: npt.ArrayLike,
    server_kw: npt.ArrayLike,
    pue: npt.ArrayLike,
    site_capex_usd_per_kw: npt.ArrayLike,
) -> EntrantCost:
    """Return the cost for an entrant who must first get the machines.

    Renting at once costs the development alone (lower end). Ordering and waiting burns staff for the lead time:
    staff per year of development × years of waiting. The cluster itself is servers plus site, a stock.

    Raises
    ------
    ModelInputError
        If the development takes no time.
    """
    years = np.asarray(development_years, dtype=float)
    if np.any(years <= 0):
        raise ModelInputError(f"entrant: development of {float(years.min()):g} years, allowed: above 0")
    servers = np.asarray(gpus, dtype=float) / GPUS_PER_SERVER
    site = np.asarray(server_kw) * np.asarray(pue) * np.asarray(site_capex_usd_per_kw)
    return EntrantCost(
        development=np.asarray(development_usd, dtype=float),
        waiting=np.asarray(np.asarray(staff_usd) / years * np.asarray(lead_time_years)),
        cluster_purchase=np.asarray(servers * (np.asarray(server_capex_usd) + site)),
    )
