"""Digests of what a run is made from, so that nothing stale can pass for fresh."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from deepseek_era.parameters import Parameters, later_knowledge
from deepseek_era.publish import fresh


def inputs() -> dict[str, str]:
    """Return the digests of data, code, notebooks, templates and the lock file."""
    return {name: fresh.digest_files(paths) for name, paths in fresh.input_files().items()}


def resolved(parameters: Parameters) -> dict[str, Any]:
    """Return the resolved parameters as plain data: vintage, seed, scenario, overrides and every row.

    ``later_knowledge`` names those that were set in a run of an earlier vintage; such a row has no day on which it was
    public.
    """
    later = later_knowledge(parameters)
    return {
        "vintage": parameters.vintage.isoformat(),
        "seed": parameters.seed,
        "scenario": parameters.scenario,
        "overrides": parameters.overrides,
        "later_knowledge": list(later),
        "rows": {
            name: {
                "dist": row.dist,
                "values": [None if x != x else x for x in (row.p1, row.p2, row.p3)],
                "choice": row.choices.split("|")[0],
                "as_of": "" if name in later else row.as_of,
            }
            for name, row in parameters.rows.items()
        },
    }


def of_run(parts: dict[str, str], parameters: Parameters) -> str:
    """Return the digest of everything a run depends on."""
    text = json.dumps({"inputs": parts, "parameters": resolved(parameters)}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
