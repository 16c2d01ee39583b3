"""A part of the report: which notebooks an editor asked for, and what stands for what the others would have said.

An editor who works on one notebook wants it in seconds. What the page then lacks it says; it takes no number from an
older run, for that one may have had other parameters, data or code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deepseek_era.errors import ParameterError, nearest, plain, shown

WHOLE = "base"
"""The run that is kept with the project: never anything but whole."""
FORMATS = ("docx", "epub")
"""Into what else the paper can be turned."""
_NUMBER = re.compile(r"[0-9][0-9]-")


@dataclass(frozen=True)
class Part:
    """What a run makes: its notebooks and those left out, by the stems of their files, whether page and paper."""

    notebooks: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    paper: bool = True
    page: bool = True
    formats: tuple[str, ...] = field(default=(), repr=False)
    """Into what else the paper is turned, of `FORMATS`."""

    @property
    def whole(self) -> bool:
        """Whether this is the whole report: every notebook, page and paper."""
        return self.page and self.paper and not self.left_out

    @property
    def lead(self) -> str:
        """How the run is named by itself: ``only-market``; all are ``draft`` without a paper, else ``figures``."""
        if not self.left_out:
            return "" if self.whole else "draft" if self.page else "figures"
        return "only-" + "+".join(map(words, self.notebooks))

    @property
    def sentence(self) -> str:
        """What is here and what is not, for page and paper; empty for every notebook."""
        if not self.left_out:
            return ""
        verb = "was" if len(self.notebooks) == 1 else "were"
        return f"Only {', '.join(self.notebooks)} {verb} run. Left out: {', '.join(self.left_out)}."


def words(stem: str) -> str:
    """Return the name of a notebook without its number: ``market`` of ``03-market``."""
    return _NUMBER.sub("", stem, count=1)


def _hyphened(stem: str) -> str:
    """Return the name of a notebook as one word, since a space parts one name from the next."""
    return re.sub(r"\s+", "-", words(stem))


def choose(only: str | Iterable[str], stems: Sequence[str], *, paper: bool = True, page: bool = True) -> Part:
    """Return the part that is asked for: names of notebooks without number, in a text parted by spaces or commas.

    No name at all means every notebook.

    Raises
    ------
    ParameterError
        With a line for each name that no notebook has, and the nearest.

    Examples
    --------
    >>> choose("market", ["02-cost", "03-market"])
    Part(notebooks=('03-market',), left_out=('02-cost',), paper=True, page=True)
    """
    asked = [w for w in re.split(r"[\s,]+", only) if w] if isinstance(only, str) else list(only)
    if not asked:
        if isinstance(only, str) and only.strip():
            raise ParameterError(f"only: saw {shown(only)}, allowed: {_allowed(stems)}")
        return Part(tuple(stems), (), paper, page)
    known = {
        name.lower(): stem for stem in stems for name in (words(stem), _hyphened(stem), stem, f"{stem}.ipynb")
    }
    wrong = [name for name in asked if str(name).lower() not in known]
    if wrong:
        raise ParameterError(
            "\n".join(
                f"only: saw {shown(name)}, allowed: {_allowed(stems)}"
                f"{nearest(str(name).lower(), map(_hyphened, stems))}"
                for name in wrong
            )
        )
    chosen = {known[str(name).lower()] for name in asked}
    run, rest = (tuple(s for s in stems if (s in chosen) is wanted) for wanted in (True, False))
    return Part(run, rest, paper, page)


def formats(text: str) -> tuple[str, ...]:
    """Return the formats that a text names, parted by spaces or commas.

    Raises
    ------
    ParameterError
        With a line for each that there is not, and the nearest.

    Examples
    --------
    >>> formats("epub,docx")
    ('docx', 'epub')
    """
    asked = [word.lower() for word in re.split(r"[\s,]+", text) if word]
    wrong = [word for word in asked if word not in FORMATS]
    if wrong:
        raise ParameterError(
            "\n".join(
                f"formats: saw {shown(w)}, allowed: {', '.join(FORMATS)}{nearest(w, FORMATS)}" for w in wrong
            )
        )
    return tuple(kind for kind in FORMATS if kind in asked)


def _allowed(stems: Sequence[str]) -> str:
    return ", ".join(plain(_hyphened(stem)) for stem in stems)


def elsewhere(part: Part, reports: Path) -> dict[str, str]:
    """Return what stands for each number and exhibit of a notebook that was left out, by the name that prose gives it.

    Which notebook a name belongs to is told by the base report; without one, a name that is not here is unknown.
    """
    if not part.left_out:
        return {}
    base = reports / WHOLE
    try:
        entries = json.loads((base / "figures.json").read_text(encoding="utf-8"))
        makers = {str(name): str(entry["notebook"]) for name, entry in entries.items()}
    except (OSError, ValueError, AttributeError, LookupError, TypeError):
        makers = {}
    found = {
        name: f"({name}: {maker} was not run)" for name, maker in makers.items() if maker in part.left_out
    }
    for path in sorted((base / "exhibits").glob("*.csv")):
        found[f"ref:{path.stem}"] = f"({path.stem}: in a part that was not run)"
    return found
