r"""What the event does to each stakeholder: one small function per call, from joint draws to a signed impact.

Conventions
-----------
- An impact ``I`` is positive when it is good for the stakeholder that the call names; its unit and the size that
  would matter (``δ``) stand in ``data/calls.csv``.
- ``I`` is an **effect**: with the event minus without it, all else equal. With gains of one, no shifts and ratios
  of one every ``I`` is exactly 0; the formulas are written so that no rounding is left.
- Where a **contest** form is given it is the same question asked so that the answer can fail; where an **era** form
  is given it adds the drift of other causes. Both are registered beside the effect, never mixed with it.
- What is not in an equation cannot be an effect of the event: growth at large, custom silicon, agents' appetite for
  tokens and national building programmes belong to the era.

Adding a stakeholder takes one row in ``data/calls.csv`` and one function registered with `call`, in `short` or `long`.

Sources: Khazzoom 1980 and Sorrell and Dimitropoulos 2008 for the rebound algebra (through the aggregates);
Hulten's theorem as used by Acemoglu, The Simple Macroeconomics of AI (2024), for enterprises; a Pareto tail of
value over cost for new uses; logistic shares for open models; Cottier et al., arXiv 2405.21015, for the cost of
entry.
"""

from deepseek_era.verdicts.impacts.considerations import FLIPS, PAIRS, legs, level_without
from deepseek_era.verdicts.impacts.equations import OTHER, PATH, REGISTRY, Case, Draws, Impacts, equation_of

__all__ = [
    "FLIPS",
    "OTHER",
    "PAIRS",
    "PATH",
    "REGISTRY",
    "Case",
    "Draws",
    "Impacts",
    "equation_of",
    "legs",
    "level_without",
]
