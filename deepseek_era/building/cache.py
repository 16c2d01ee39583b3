"""Executed notebooks kept between runs, why one has to run again, and the digest of all that a run depends on.

A notebook's outputs depend on its own source, the package modules that it imports (followed through their imports),
the data tables that it read, every other file that it opened, the parameters that it used, vintage, seed, and the lock
file. A kept notebook is used only if all of them are as they were when they were read; else what changed is told. Where
only paragraphs or colours changed, it is told in the new words or drawn in the new colours (`retold`).

An entry is a file of three lines: the digests of the other two, what the notebook rests on, and the executed notebook
with its drawings still pending. One that is damaged, half written or of another version counts for nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from deepseek_era import notebook as contract
from deepseek_era import tables, witness
from deepseek_era.book import manuscript
from deepseek_era.building import inputs, reached, retold
from deepseek_era.building.inputs import Snapshot
from deepseek_era.charts import theme
from deepseek_era.parameters import Parameters, later_knowledge
from deepseek_era.places import ROOT, shown_path

CACHE = ROOT / ".cache" / "notebooks"
KEPT_PER_NOTEBOOK = 12
_WRITTEN_IN = 20
"""Digits of a digest that are kept."""
_THEME = "report/template/theme.json"
_WORDS, _COLOURS = "words of ", "colours of "
"""Before the name of a notebook or file: of it, what can change without a run."""


def _row(parameters: Parameters, name: str) -> str:
    row = parameters.rows.get(name)
    return "" if row is None else repr(row)


def _table(name: str, snapshot: Snapshot) -> str:
    """Return the digest of a table and of the corrections that are applied to it."""
    content = snapshot.digest(tables.data_dir() / f"{name}.csv")
    try:
        lines = (tables.data_dir() / "corrections.csv").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    corrections = [line for line in lines if line.startswith((f"{name},", f'"{name}",'))]
    return hashlib.sha256("\n".join([content, *corrections]).encode()).hexdigest()[:_WRITTEN_IN]


def state(
    path: Path,
    parameters: Parameters,
    read: list[str],
    used: list[str],
    files: Mapping[str, str] | None = None,
    snapshot: Snapshot | None = None,
) -> dict[str, str]:
    """Return everything the outputs of a notebook depend on, by name.

    `files` are the other files that it opened, each with its digest; `snapshot` what the inputs were when the run
    began.
    """
    snapshot = snapshot or Snapshot()
    document = manuscript.read(path)

    def digest(of: Path) -> str:
        return snapshot.digest(of)[:_WRITTEN_IN]

    tokens = theme.theme_file()["tokens"]
    found = {
        f"notebook {path.stem}": retold.bones(document)[:_WRITTEN_IN],
        f"{_WORDS}notebook {path.stem}": digest(path),
        "requirements.txt": digest(ROOT / "requirements.txt"),
        "vintage": parameters.vintage.isoformat(),
        "seed": str(parameters.seed),
        # a further distribution shifts the dimensions of the path's shocks
        "number of distributions": str(1 + max(row.position for row in parameters.rows.values())),
        "data/datapackage.json": digest(tables.data_dir() / "datapackage.json"),
        # dark colours are the page's alone
        _THEME: _digest_of({**theme.theme_file(), "tokens": {**tokens, "light": 0, "dark": 0}}),
        f"{_COLOURS}{_THEME}": _digest_of(tokens["light"]),
    }
    for name in reached.modules_of(document, files or ()):
        module = reached.module_file(name)
        if module is not None:
            found[f"module {name}"] = digest(module)
    for name in read:
        found[f"table {name}"] = _table(name, snapshot)
    for name in used:
        found[f"parameter {name}"] = _row(parameters, name)
    for name, content in (files or {}).items():
        dotted = _module_name(Path(name))
        found[f"module {dotted}" if dotted else f"file {shown_path(name)}"] = content[:_WRITTEN_IN]
    return found


def _digest_of(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:_WRITTEN_IN]


def _module_name(path: Path) -> str:
    """Return the name of the package module in a file, or nothing: modules not followed by reading are seen opened."""
    if path.suffix != ".py" or not path.is_relative_to(ROOT / "deepseek_era"):
        return ""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    def age(path: Path) -> float:
        try:
            return -path.stat().st_mtime
        except OSError:  # another build dropped it meanwhile
            return 0.0

    return sorted(paths, key=age)


class _Entry(NamedTuple):
    """What a kept notebook rests on, and the notebook itself as JSON."""

    head: dict[str, Any]
    document: bytes


def _entries(name: str) -> Iterable[_Entry]:
    for path in _newest_first((CACHE / name).glob("*.json")):
        try:
            seals, head, document = path.read_bytes().split(b"\n")
            if seals == _seals(head, document):
                yield _Entry(json.loads(head), document)
        except (OSError, ValueError):
            continue


def _seals(*lines: bytes) -> bytes:
    """Return the first line of an entry of this version with these lines."""
    return b" ".join((b"3", *(hashlib.sha256(line).hexdigest().encode() for line in lines)))


def _reason(now: Mapping[str, str], then: Mapping[str, str]) -> str:
    """Return what changed between two states, in words: first what is in both, and only else what came or went."""
    changed = [k for k in now if k in then and now[k] != then[k]]
    if not changed:  # cannot be without a change of the source, but a state may be of an older form
        changed = sorted(set(now) ^ set(then))
    changed = list(dict.fromkeys(k.removeprefix(_WORDS).removeprefix(_COLOURS) for k in changed))
    more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
    return f"{changed[0]} changed{more}"


class Found(NamedTuple):
    """A kept notebook that still holds, or None; the reason in words; the files that it opened."""

    document: nbformat.NotebookNode | None
    reason: str
    files: dict[str, str]


def find(path: Path, parameters: Parameters, snapshot: Snapshot | None = None) -> Found:
    """Return a kept notebook if all that it depends on is as it was, and why not else."""
    snapshot = snapshot or Snapshot()
    reason, fewest = "first run", 0
    for entry in _entries(path.stem):
        head = entry.head
        files = {name: witness.digest(name) for name in head["files"]}
        now = state(path, parameters, head["read"], head["used"], files, snapshot)
        differing = {k for k in set(now) | set(head["state"]) if now.get(k) != head["state"].get(k)}
        if differing <= {f"{_WORDS}notebook {path.stem}", f"{_COLOURS}{_THEME}"}:
            document = _adapted(path, entry, differing)
            if document is not None:
                said = [_ADAPTED[k.partition(" ")[0]] for k in sorted(differing, reverse=True)]
                return Found(document, " and ".join(said) or "unchanged", files)
        if not fewest or len(differing) < fewest:  # the nearest of the earlier runs
            reason, fewest = _reason(now, head["state"]), len(differing)
    return Found(None, reason, {})


_ADAPTED = {"words": "told in its new words", "colours": "drawn in the new colours"}


def _adapted(path: Path, entry: _Entry, differing: set[str]) -> nbformat.NotebookNode | None:
    """Return a kept notebook with the words and colours of now, where they differ; None where that takes a run."""
    content: dict[str, Any] | None = json.loads(entry.document)
    if content is not None and any(key.startswith(_COLOURS) for key in differing):
        content = retold.in_other_colours(content, entry.head["light"], theme.TOKENS)
    document = None if content is None else nbformat.from_dict(content)
    if document is not None and any(key.startswith(_WORDS) for key in differing):
        words = contract.words_in_turn(json.loads(entry.head["words"]))
        document = retold.in_other_words(document, manuscript.read(path), words)
    return document


def named_before(path: Path) -> dict[str, str]:
    """Return the files that the texts in a notebook's code name from its kernel's folder, with their digests."""
    found = reached.files_named_in(manuscript.read(path), [ROOT])
    return {str(Path(os.path.normpath(name))): witness.digest(name) for name in found}


def keep(
    path: Path,
    parameters: Parameters,
    document: Mapping[str, Any] | str,
    read: list[str],
    used: list[str],
    files: Mapping[str, str] | None = None,
    snapshot: Snapshot | None = None,
    words: str = "[]",
) -> None:
    """Keep an executed notebook, or one that is JSON already, with what it depended on; the oldest beyond a dozen go.

    `words` are what its prose cells could use, as `notebook.dependencies` tells it.

    What changed since it was read leaves nothing that could be taken for its result, so it is not kept.
    """
    if snapshot is not None and snapshot.moved():
        return
    folder = CACHE / path.stem
    folder.mkdir(parents=True, exist_ok=True)
    now = state(path, parameters, read, used, files, snapshot)
    key = hashlib.sha256(json.dumps(now, sort_keys=True).encode()).hexdigest()[:24]
    head = {"state": now, "read": read, "used": used, "files": list(files or {})}
    lines = (
        json.dumps({**head, "words": words, "light": theme.TOKENS}).encode(),
        (document if isinstance(document, str) else json.dumps(document)).encode(),
    )
    partial = folder / f"{key}.{os.getpid()}"
    try:
        partial.write_bytes(b"\n".join((_seals(*lines), *lines)))
        partial.replace(folder / f"{key}.json")
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    for left in folder.glob(f"{key}.[0-9]*"):  # of builds that were killed while they wrote
        left.unlink(missing_ok=True)
    for old in _newest_first(folder.glob("*.json"))[KEPT_PER_NOTEBOOK:]:
        old.unlink(missing_ok=True)


# --- the digest of a run ---------------------------------------------------------------------------------------------


def named_files(parameters: Parameters) -> dict[str, str]:
    """Return path and digest of the files that the run's settings name, such as ``returns_file``."""
    texts = [row.choices for row in parameters.rows.values() if row.dist == "text" and row.choices]
    files = [file for file in map(inputs.named_file, texts) if file is not None]
    return {str(file): witness.digest(file) for file in files}


def listed(files: Mapping[str, str]) -> list[list[str]]:
    """Return files as name and digest, in order, by names that do not tell where the project stands."""
    pairs = {(shown_path(path), digest) for path, digest in files.items() if digest != witness.MISSING}
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
    """Return the digest of all that a run depends on: inputs, parameters, every file that it opened beside them."""
    opened = listed(named_files(parameters) if files is None else files)
    content = {"inputs": dict(parts), "parameters": resolved(parameters), "files": opened}
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
