"""Where the project and its tables stand. Standard library only."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOTS = "snapshots"
"""Folder beside the tables of what was fetched but not taken over: no input of any run."""


def data_dir() -> Path:
    """Return the folder of the tables: ``data/`` of the project, or ``DEEPSEEK_ERA_DATA``."""
    return Path(os.environ.get("DEEPSEEK_ERA_DATA", ROOT / "data"))
