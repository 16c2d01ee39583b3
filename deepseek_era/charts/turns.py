"""Pictures of one kind that an exhibit shows by turns: in the page a button brings each, in print the first one stands."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from deepseek_era.charts.base import Drawing, View
from deepseek_era.errors import ModelInputError


def turns(pictures: Mapping[str, tuple[Drawing, str]]) -> Drawing:
    """Return the first of some drawings, which the others can take the place of, each with a sentence below it.

    The drawings are named as the buttons are that bring them. That they stand on one scale is up to them.

    Raises
    ------
    ModelInputError
        For no drawing, and for one without a sentence.
    """
    if not pictures:
        raise ModelInputError("charts.turns: no drawing, allowed: at least one")
    for name, (_, said) in pictures.items():
        if not said.strip():
            raise ModelInputError(f"charts.turns: {name}: the sentence below it is empty")
    views = tuple(View(name, drawing.draw, said) for name, (drawing, said) in pictures.items())
    first = next(iter(pictures.values()))[0]
    return dataclasses.replace(first, views=views, sides=any(d.sides for d, _ in pictures.values()))
