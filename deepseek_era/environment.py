"""Make a virtual environment that works wherever its checkout stands: ``python deepseek_era/environment.py``.

``pip`` and ``venv`` write the absolute path of the checkout into scripts and ``activate``; once it is moved, copied or
stands under letters that the locale does not know, they point nowhere. Bytecode is written here too, for all that the
packages hold but their tests: those are a third of it, and nobody starts them. Standard library only, so that it runs
before anything is installed. Running it again changes nothing.
"""

from __future__ import annotations

import compileall
import os
import re
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# one file that sh runs by its first lines, with the interpreter beside it, and Python by the others
_FINDS_PYTHON = b'#!/bin/sh\n\'\'\'exec\' "$(dirname -- "$(realpath -- "$0")")/python" "$0" "$@"\n\' \'\'\'\n'
_SHEBANG = re.compile(rb"#![^\n]*python[^\n]*\n|#!/bin/sh\n'''exec' [^\n]*\n' '''\n")
_ACTIVATE = {
    "activate": (
        r"^VIRTUAL_ENV=.*$",
        'VIRTUAL_ENV="$(cd "$(dirname "${BASH_SOURCE:-$0}")/.." && pwd)"',
    ),
    "activate.fish": (
        r"^set -gx VIRTUAL_ENV .*$",
        "set -gx VIRTUAL_ENV (cd (dirname (status filename))/.. && pwd)",
    ),
}


def path_line(purelib: Path, root: Path = ROOT) -> str:
    """Return the line of a ``.pth`` file that leads from the installed packages to the project: dots and slashes."""
    return os.path.relpath(root, purelib) + "\n"


def relocatable(script: bytes) -> bytes:
    """Return a script of Python that finds the interpreter beside itself; any other file as it is."""
    found = _SHEBANG.match(script)
    return script if found is None else _FINDS_PYTHON + script[found.end() :]


def compile_packages(purelib: Path) -> None:
    """Write the bytecode of the installed packages, their tests left out; what no Python can read stays as it is."""
    tests = re.compile(re.escape(str(purelib)) + r".*[\\/]tests?[\\/]")
    compileall.compile_dir(purelib, rx=tests, quiet=2, workers=0)


def main() -> int:
    """Mend the virtual environment of the running interpreter and return 0; outside of one, do nothing and return 2."""
    if sys.prefix == sys.base_prefix:
        print("error: no virtual environment runs this; use .venv/bin/python", file=sys.stderr)
        return 2
    purelib = Path(sysconfig.get_path("purelib"))
    (purelib / "deepseek_era.pth").write_text(path_line(purelib), encoding="ascii")
    scripts = Path(sysconfig.get_path("scripts"))
    for path in scripts.iterdir():
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        wanted = relocatable(content)
        if path.name in _ACTIVATE:
            pattern, line = _ACTIVATE[path.name]
            text = content.decode("utf-8", "surrogateescape")
            wanted = re.sub(pattern, line.replace("\\", "\\\\"), text, flags=re.MULTILINE).encode(
                "utf-8", "surrogateescape"
            )
        if wanted != content:
            path.write_bytes(wanted)  # keeps its mode
    compile_packages(purelib)
    return 0


if __name__ == "__main__":
    sys.exit(main())
