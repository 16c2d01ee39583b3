"""Lay what a refresh changed before whoever keeps the project: a branch, and a change that waits to be read.

For the scheduled workflow. Needs git, and a service that answers like GitHub's: ``GITHUB_API_URL``,
``GITHUB_REPOSITORY`` and ``GITHUB_TOKEN`` say where and who. Nothing is merged here.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deepseek_era.errors import RefreshError, UserError, first_line
from deepseek_era.places import REPORTS, ROOT, data_dir
from deepseek_era.words import counted

NEEDED = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN")
MOST_FIGURES = 20
_AUTHOR = ("-c", "user.name=refresh", "-c", "user.email=refresh@users.noreply.github.com")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise RefreshError(f"git {words[-1][:60]}: {said[-1] if said else 'ended with an error'}")
    return done.stdout.strip()


def body(comparison: Mapping[str, Any], rows: str, tested: str = "") -> str:
    """Return what a change says: answers that turn, figures whose intervals came apart, rows that changed.

    `tested` is how the tests ended with it, ``success`` or another word; nothing where they did not run.
    """
    flipped = [call for call in comparison["calls"] if call["id"] in comparison["flipped"]]
    figures = sorted(comparison["figures"], key=lambda f: (f["overlap"] is not False, f["id"]))
    lines = ["A refresh asked the sources again. Nothing of it is taken over before this is merged.", ""]
    if tested:
        passed = tested == "success"
        lines += [
            "All tests pass with it." if passed else "**The tests fail with it**: see what the run said.",
            "",
        ]
    turn = counted(len(flipped), "answer turns", "answers turn") if flipped else "No answer turns"
    lines += [f"**{turn}.**", ""]
    lines += [
        f"- {c['id']} {c['stakeholder']} ({c['horizon']}): who won? {c['a_band']} to {c['b_band']}; "
        f"was it R1? {c['a_word']} to {c['b_word']}"
        for c in flipped
    ]
    if figures:
        differ = counted(len(figures), "figure differs", "figures differ")
        lines += ["", f"{differ}; those whose intervals came apart come first.", ""]
        lines += ["| figure | was | is |", "|---|---|---|"]
        cells = ([f"{f['label']} (`{f['id']}`)", f["a"], f["b"]] for f in figures[:MOST_FIGURES])
        lines += ["| " + " | ".join(str(c).replace("|", "\\|") for c in row) + " |" for row in cells]
    return "\n".join([*lines, "", "Rows that changed:", "", "```", rows, "```", ""])


def _post(address: str, token: str, content: Mapping[str, Any]) -> str:
    import httpx

    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    try:
        answer = httpx.post(address, json=dict(content), headers=headers, timeout=30)
    except httpx.HTTPError as error:
        raise RefreshError(
            f"{address}: {first_line(error)}; the branch is there, the change is not"
        ) from None
    if answer.status_code != 201:
        raise RefreshError(
            f"{address}: answered {answer.status_code}, allowed: 201; the branch is there, the change is not"
        )
    return str(answer.json().get("html_url", ""))


def propose(folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Commit what changed in ``data/``, and the base report, to a branch of its own; open a change, return its address.

    Empty where nothing changed: there is nothing to look at then. Where the same change waits already, its branch.

    Raises
    ------
    RefreshError
        In one line: a setting that is missing, no comparison, git or the service refusing.
    """
    missing = [name for name in NEEDED if not environment.get(name)]
    if missing:
        raise RefreshError(f"propose: {missing[0]} is not set, allowed: what the workflow gives")
    try:
        comparison = json.loads((folder / "comparison.json").read_bytes())
    except (OSError, ValueError):
        raise RefreshError(
            f"{folder.name}/comparison.json: cannot be read; make compare A=base B=refreshed"
        ) from None
    data = str(data_dir())
    if not _git("status", "--porcelain", "--", data):
        return ""
    rows = _git("diff", "--stat", "--", data)
    base = environment.get("GITHUB_REF_NAME") or _git("rev-parse", "--abbrev-ref", "HEAD")
    head = _git("rev-parse", "--short", "HEAD")
    content = _git("hash-object", "--", *sorted(str(p) for p in data_dir().glob("*.csv")))
    branch = f"refresh/{head}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
    if _git("ls-remote", "--heads", "origin", branch):
        return branch
    subject = "Take over what a refresh fetched"
    _git("switch", "--quiet", "--create", branch)
    try:
        _git("add", "--", data, str(REPORTS / "base"))
        _git(*_AUTHOR, "commit", "--quiet", "--message", subject)
        _git("push", "--quiet", "origin", branch)
    finally:
        _git("switch", "--quiet", base)
    said = body(comparison, rows, environment.get("TESTED", ""))
    asked = {"title": subject, "head": branch, "base": base, "body": said}
    address = f"{environment['GITHUB_API_URL'].rstrip('/')}/repos/{environment['GITHUB_REPOSITORY']}/pulls"
    return _post(address, environment["GITHUB_TOKEN"], asked)


def main(argv: list[str]) -> int:
    """Propose the change of a comparison's folder; return 0, or 2 with one line for what cannot be."""
    if len(argv) != 1:
        print("error: propose: one folder of a comparison is needed", file=sys.stderr)
        return 2
    try:
        address = propose(Path(argv[0]))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(
        f"waits to be read: {address}" if address else "the sources say what data/ says: nothing to propose"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
