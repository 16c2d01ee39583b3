"""The typed parameters, scenarios and joint draws.

``data/parameters.csv`` is the one list: no distribution is typed anywhere else.

- A parameter may have several rows, each with the day it was public; the newest row not after the vintage counts.
- A number given by a user fixes a parameter; ``{low, mode, high}`` is a PERT, ``{low, high}`` a uniform.
- Draws are shared by all models: one sequence of scrambled Sobol nets, one dimension per parameter in file order,
  whether it is fixed or not, so that setting one parameter leaves every other draw as it was.
- What is correlated with what stands in ``data/correlations.csv``; each set that they tie is one of a joint distribution.
"""

from deepseek_era.parameters.cells import cell_line, span
from deepseek_era.parameters.draws import (
    BLOCK,
    Derived,
    Draws,
    FirstDraws,
    Medians,
    correlated_blocks,
    correlations,
    joint_draws,
    joint_draws_in_blocks,
)
from deepseek_era.parameters.resolved import Parameters, distributions, later_knowledge, resolve
from deepseek_era.parameters.rows import RUN_PARAMETERS, SETTINGS, Row, names, table
from deepseek_era.parameters.scenario_files import (
    printed_scenarios,
    read_yaml,
    scenario,
    scenario_names,
    scenarios,
)

__all__ = [
    "BLOCK",
    "RUN_PARAMETERS",
    "SETTINGS",
    "Derived",
    "Draws",
    "FirstDraws",
    "Medians",
    "Parameters",
    "Row",
    "cell_line",
    "correlated_blocks",
    "correlations",
    "distributions",
    "joint_draws",
    "joint_draws_in_blocks",
    "later_knowledge",
    "names",
    "printed_scenarios",
    "read_yaml",
    "resolve",
    "scenario",
    "scenario_names",
    "scenarios",
    "span",
    "table",
]
