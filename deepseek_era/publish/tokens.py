"""Numbers in prose: what ``{{ name }}`` in a markdown cell, a finding or a title stands for."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from deepseek_era.errors import UserError, nearest
from deepseek_era.figures import Figure, format_figure

TOKEN = re.compile(r"( ?)\{\{\s*([^{}|]+?)\s*(?:\|\s*([a-z]+)\s*)?\}\}")
PARTS = ("full", "value", "interval")


@dataclass(frozen=True)
class Known:
    """Everything that a token can name: figures, computed phrases, and the labels of exhibits."""

    figures: Mapping[str, Figure]
    phrases: Mapping[str, str]
    labels: Mapping[str, str]

    def plain(self, name: str, part: str | None, where: str) -> str:
        """Return the plain words of a token.

        Raises
        ------
        UserError
            For a name that nothing recorded, with the nearest known one.
        """
        if name.startswith("ref:"):
            exhibit = name[4:].strip()
            if exhibit in self.labels:
                return self.labels[exhibit]
            raise UserError(f"{where}: {{{{ {name} }}}} names no exhibit{nearest(exhibit, self.labels)}")
        if name in self.phrases:
            return fill(self.phrases[name], self, where, data=True)
        if name in self.figures:
            if part is not None and part not in PARTS:
                raise UserError(
                    f"{where}: {{{{ {name} | {part} }}}}: allowed after the bar: {', '.join(PARTS)}"
                )
            return format_figure(self.figures[name], part or "full")
        known = [*self.figures, *self.phrases]
        raise UserError(f"{where}: {{{{ {name} }}}} names no recorded figure or phrase{nearest(name, known)}")


def is_meant(name: str, figures: Collection[str], phrases: Collection[str]) -> bool:
    """Return whether ``{{ name }}`` in a text that may hold data is a token of ours, and no text that looks like one.

    A name under the first part of a figure that there is counts as ours: it is a slip.
    """
    if name.startswith(("ref:", "phrase.")) or name in figures or name in phrases:
        return True
    return "." in name and any(other.split(".")[0] == name.split(".")[0] for other in figures)


def fill(text: str, known: Known, where: str, *, data: bool = False) -> str:
    """Return `text` with every token as plain words; with `data` what resembles no name of ours is kept as text.

    A token that says nothing (the interval of a number without one) takes the space before it along.
    """

    def words(match: re.Match[str]) -> str:
        space, name, part = match.groups()
        if data and not is_meant(name, known.figures, known.phrases):
            return match.group(0)
        said = known.plain(name, part, where)
        return space + said if said else ""

    return TOKEN.sub(words, text)


def named(text: str) -> list[str]:
    """Return the names that the tokens of `text` use, in order."""
    return [match.group(2) for match in TOKEN.finditer(text)]
