"""Digests of what a run is made from, so that nothing stale can pass for fresh."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from deepseek_era import witness
from deepseek_era.building import fresh, kept
from deepseek_era.parameters import Parameters, later_knowledge


def inputs(scenario: str = "base", snapshot: fresh.Snapshot | None = None) -> dict[str, str]:
    """Return the digests of data, code, notebooks, templates and the lock file, and of a scenario of one's own."""
    return (snapshot or fresh.Snapshot()).parts(scenario)


def named_files(parameters: Parameters) -> dict[str, str]:
    """Return path and digest of the files that the run's settings name, such as ``returns_file``."""
    texts = [row.choices for row in parameters.rows.values() if row.dist == "text" and row.choices]
    files = [file for file in map(fresh.named_file, texts) if file is not None]
    return {str(file): witness.digest(file) for file in files}


def listed(files: Mapping[str, str]) -> list[list[str]]:
    """Return files as name and digest, in order, by names that do not tell where the project stands."""
    pairs = {(kept.shown_path(path), digest) for path, digest in files.items() if digest != witness.MISSING}
    return [list(pair) for pair in sorted(pairs)]


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


def of_run(parts: Mapping[str, str], parameters: Parameters, files: Mapping[str, str] | None = None) -> str:
    """Return the digest of everything a run depends on: inputs, parameters, and every file that it opened beside them."""
    opened = listed(named_files(parameters) if files is None else files)
    content = {"inputs": dict(parts), "parameters": resolved(parameters), "files": opened}
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
