"""A run made again from its manifest, and the first byte in which the two differ."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deepseek_era import schemas, witness
from deepseek_era.book.part import FORMATS, Part
from deepseek_era.building import apart, files, folders, inputs
from deepseek_era.errors import UserError, plain, shown
from deepseek_era.places import REPORTS, ROOT

MANIFEST = "manifest.json"
_EXACT = ("version", "name", "digest", "inputs", "files", "parameters")
"""What of two manifests of equal runs is equal; clocks and machines are not."""
_AROUND = 24


def manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run.

    Raises
    ------
    UserError
        In one line, for one that is missing, not JSON, or of another version of its form.
    """
    place = f"report/{folder.name}/{MANIFEST}"
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except OSError:
        raise UserError(
            f"{place}: missing; make the run with make report NAME={plain(folder.name)}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: not readable as JSON ({str(error).splitlines()[0]})") from None
    allowed = schemas.schema("manifest")["properties"]["version"]["const"]
    version = found.get("version") if isinstance(found, dict) else None
    if version != allowed:
        seen = "no version" if version is None else f"version {shown(version)}"
        raise UserError(
            f"{place}: saw {seen}, allowed: {allowed}; another edition of this code left it, make the run again"
        )
    if broken := schemas.broken("manifest", found):
        raise UserError(f"{place}: {broken}")
    return dict(found)


def _part(made: dict[str, Any]) -> Part:
    left_out = tuple(made.get("left_out", ()))
    stems = [path.stem for path in inputs.notebook_files()]
    ran = tuple(stem for stem in stems if stem not in left_out)
    formats = tuple(name for name in FORMATS if name in made.get("formats", ()))
    return Part(ran, left_out, made.get("paper", True), made.get("page", True), formats)


def check_inputs(made: dict[str, Any], place: str) -> None:
    """Refuse to make a run again from other inputs than it was made from.

    Raises
    ------
    UserError
        With a line for each kind of input and each opened file that is not as it was, and for other versions of what
        it is made with.
    """
    now = inputs.Snapshot().parts(made["parameters"]["scenario"])
    lines = [
        f"{place}: {kind} {made['inputs'].get(kind, 'none')[:12]} when it was made, {now.get(kind, 'none')[:12]} now; "
        "allowed: the same (check out the commit that it was made from)"
        for kind in sorted({*made["inputs"], *now})
        if made["inputs"].get(kind) != now.get(kind)
    ]
    # what notebooks opened beside: editions, a file of one's own; one from outside the project has no place here
    lines += [
        f"{place}: {name} is not as it was when it was made; allowed: the same (make the run again)"
        for name, was in made["files"]
        if "/" in name and witness.digest(ROOT / name) != was
    ]
    here = files.versions()
    lines += [
        f"{place}: made with {name} {version}, here is {here.get(name, 'none')}; allowed: the same (make setup)"
        for name, version in sorted(made["versions"].items())
        if name != "python" and here.get(name) != version
    ]
    if lines:
        raise UserError("\n".join(lines))


def difference_of_bytes(a: bytes, b: bytes) -> str:
    """Return where two contents differ first, as byte and line with what stands there; empty for equal ones.

    >>> difference_of_bytes(b'one: 1', b'one: 2')
    "byte 6 (line 1): 'one: 1' here, 'one: 2' made again"
    """
    if a == b:
        return ""
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    line = a.count(b"\n", 0, at) + 1
    here, again = (
        repr(text[max(0, at - _AROUND) : at + _AROUND].decode("utf-8", "backslashreplace"))
        if text[at:]
        else "its end"
        for text in (a, b)
    )
    return f"byte {at + 1:,} (line {line:,}): {here} here, {again} made again"


def first_difference(here: Path, again: Path) -> str:
    """Return the first file, by name, in which two runs differ, and its first byte; empty for equal runs.

    Of the manifests what depends on a clock or a machine is left out.
    """
    both = [
        {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()} for root in (here, again)
    ]
    for name in sorted(both[0] | both[1]):
        if name not in both[0]:
            return f"{name}: missing; the run made again has it"
        if name not in both[1]:
            return f"{name}: the run made again has no such file"
        contents = [(root / name).read_bytes() for root in (here, again)]
        if name == MANIFEST:
            contents = [
                json.dumps(
                    {key: json.loads(text).get(key) for key in _EXACT}, indent=1, sort_keys=True
                ).encode()
                for text in contents
            ]
        if found := difference_of_bytes(*contents):
            return f"{name}: {found}"
    return ""


def verify(name: str, *, root: Path = REPORTS, progress: Callable[[str], None] = lambda line: None) -> str:
    """Make a run again from its manifest, all of it, and return where the two differ first; empty if nowhere.

    Nothing that was kept from an earlier run is used, and the run itself is only read.

    Raises
    ------
    UserError
        For a run that is not there, a manifest of another version, other inputs, or a run that cannot be made.
    """
    folder = root / folders.run_name("base", {}, name)
    place = f"report/{folder.name}"
    if not folder.is_dir():
        raise UserError(f"{place}: no such run; make it with make report")
    made = manifest(folder)
    check_inputs(made, place)
    asked = made["parameters"]
    progress(f"{place}: made again from its manifest, digest {made['digest'][:12]}")
    with tempfile.TemporaryDirectory(prefix="deepseek-era-verify-") as held:
        again = apart.build(
            scenario=asked["scenario"],
            overrides={**asked["overrides"], "vintage": asked["vintage"], "seed": asked["seed"]},
            name=made["name"],
            root=Path(held),
            part=_part(made),
            force=True,
            progress=progress,
        )
        return first_difference(folder, again)
