"""The real notebooks in forked and in ordinary kernels: the same report, byte for byte."""

import os
import subprocess
import sys

import pytest

from deepseek_era.building import forks
from deepseek_era.tables import ROOT

BUILD = """
import sys
from pathlib import Path
from deepseek_era.building import forks
from deepseek_era.building.build import build
build(name="same", root=Path(sys.argv[1]), force=True)
print(forks.can_fork())
"""


def built(root, fork):
    """Build the base report from nothing, with or without forking; return every file but the manifest."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(root)],
        cwd=ROOT,
        env={**os.environ, "DEEPSEEK_ERA_FORK": fork},
        capture_output=True,
        text=True,
        check=False,
        timeout=1500,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == str(fork == "1")
    folder = root / "same"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


@pytest.mark.build
@pytest.mark.skipif(not forks.can_fork(), reason="no fork on this system, so there is nothing to compare")
def test_forked_and_ordinary_kernels_leave_the_same_report(tmp_path):
    forked, ordinary = built(tmp_path / "fork", "1"), built(tmp_path / "ordinary", "0")
    assert forked.keys() == ordinary.keys()
    assert {
        "index.html",
        "report.pdf",
        "annex.html",
        "annex.pdf",
        "figures.json",
        "notebooks/05-winners-losers.ipynb",
    } <= forked.keys()
    different = [name for name, content in forked.items() if ordinary[name] != content]
    assert different == []
