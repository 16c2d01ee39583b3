"""Digests of what a run is made from, so that nothing stale can pass for fresh."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deepseek_era.parameters import Parameters
from deepseek_era.tables import ROOT, data_dir


def of_files(paths: Iterable[Path], root: Path = ROOT) -> str:
    """Return the SHA-256 over names and contents of files, in the order of their names."""
    total = hashlib.sha256()
    for path in sorted(paths):
        name = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
        total.update(f"{name.as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def inputs() -> dict[str, str]:
    """Return the digests of data, code, notebooks, templates and the lock file."""
    folders = {
        "data": [p for p in data_dir().rglob("*") if p.is_file() and p.suffix in {".csv", ".json", ".yaml"}],
        "code": list((ROOT / "deepseek_era").rglob("*.py")),
        "notebooks": list((ROOT / "notebooks").glob("*.ipynb")),
        "templates": [p for p in (ROOT / "report" / "template").rglob("*") if p.is_file()],
        "lock": [ROOT / "requirements.txt"],
    }
    return {name: of_files(paths) for name, paths in folders.items()}


def resolved(parameters: Parameters) -> dict[str, Any]:
    """Return the resolved parameters as plain data: vintage, seed, scenario, overrides and every row."""
    return {
        "vintage": parameters.vintage.isoformat(),
        "seed": parameters.seed,
        "scenario": parameters.scenario,
        "overrides": parameters.overrides,
        "rows": {
            name: {
                "dist": row.dist,
                "values": [None if x != x else x for x in (row.p1, row.p2, row.p3)],
                "choice": row.choices.split("|")[0],
                "as_of": row.as_of,
            }
            for name, row in parameters.rows.items()
        },
    }


def of_run(parts: dict[str, str], parameters: Parameters) -> str:
    """Return the digest of everything a run depends on."""
    text = json.dumps({"inputs": parts, "parameters": resolved(parameters)}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
