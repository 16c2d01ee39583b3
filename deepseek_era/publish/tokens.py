"""Numbers in prose: what ``{{ name }}`` in a markdown cell, a finding or a title stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from deepseek_era.errors import UserError, nearest
from deepseek_era.figures import Figure, format_figure

TOKEN = re.compile(r"\{\{\s*([^{}|]+?)\s*(?:\|\s*([a-z]+)\s*)?\}\}")
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
            return fill(self.phrases[name], self, where)
        if name in self.figures:
            if part is not None and part not in PARTS:
                raise UserError(
                    f"{where}: {{{{ {name} | {part} }}}}: allowed after the bar: {', '.join(PARTS)}"
                )
            return format_figure(self.figures[name], part or "full")
        known = [*self.figures, *self.phrases]
        raise UserError(f"{where}: {{{{ {name} }}}} names no recorded figure or phrase{nearest(name, known)}")


def fill(text: str, known: Known, where: str) -> str:
    """Return `text` with every token as plain words."""
    return TOKEN.sub(lambda match: known.plain(match.group(1), match.group(2), where), text)


def named(text: str) -> list[str]:
    """Return the names that the tokens of `text` use, in order."""
    return [match.group(1) for match in TOKEN.finditer(text)]
