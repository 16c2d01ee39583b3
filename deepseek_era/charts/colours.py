"""Which colour and glyph a category has: the sides of the verdict, or the house's palette in the order given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.marks import X, Y, quiet_text
from deepseek_era.drawing import fonts
from deepseek_era.errors import ModelInputError, nearest

T = theme.TOKENS
SIDES = tuple(theme.GLYPHS)
PALETTE = ("c1", "c2", "c3", "c5", "c4", "neutral")
SHAPES = ("circle", "square", "diamond", "cross", "triangle-right", "triangle-left")
"""Glyphs of categories; a triangle on its base or its head says who wins or loses."""


def token(name: str) -> str:
    """Return the colour of a token of the theme (``ink``, ``c1``, ``neutral``).

    Raises
    ------
    ModelInputError
        For a name that the theme does not know, with the nearest; a colour of one's own would not turn dark with the page.
    """
    if name not in T:
        raise ModelInputError(f"colour {name!r} is no token of the theme{nearest(name, list(T))}")
    return T[name]


@dataclass(frozen=True)
class Palette:
    """Categories with their colours and glyphs; `sides` where they are who wins and who loses."""

    names: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    sides: bool = False
    given: Mapping[str, str] = field(default_factory=dict)

    def colour(self, by: str) -> Any:
        """Return the colour of a category field, or of a token where `by` names one."""
        if by in T:
            return alt.value(T[by])
        scale = alt.Scale(domain=list(self.names), range=list(self.colours))
        return alt.Color(f"{by}:N", scale=scale, legend=None)

    def stroke(self, by: str) -> Any:
        """Return the same as the colour of an outline."""
        if by in T:
            return alt.value(T[by])
        scale = alt.Scale(domain=list(self.names), range=list(self.colours))
        return alt.Stroke(f"{by}:N", scale=scale, legend=None)

    def shape(self, by: str) -> Any:
        """Return the glyph of a category field."""
        scale = alt.Scale(domain=list(self.names), range=list(self.shapes))
        return alt.Shape(f"{by}:N", scale=scale, legend=None)


def palette(frames: Sequence[tuple[pd.DataFrame, str]], given: Mapping[str, str] | None = None) -> Palette:
    """Return the palette of the categories that a chart's marks colour by.

    `given` names a token for each category, in the order of the legend; without it sides have their own colours and other
    categories the house's, in order of appearance.
    """
    seen: dict[str, None] = dict.fromkeys(given or {})
    for frame, by in frames:
        if by and by not in T:
            seen |= dict.fromkeys(str(v) for v in frame[by] if v is not None and not pd.isna(v))
    names = tuple(seen)
    if names and set(names) <= set(SIDES):
        return Palette(
            SIDES,
            tuple(theme.SIDE_COLOUR[n] for n in SIDES),
            tuple(theme.GLYPHS[n] for n in SIDES),
            sides=True,
        )
    if given is None and len(names) > len(PALETTE):
        raise ModelInputError(
            f"{len(names)} categories ({', '.join(names[:3])}, …), allowed: at most {len(PALETTE)} that a reader can tell apart"
        )
    chosen = dict(given or {})
    spare = [c for c in PALETTE if c not in chosen.values()]
    for name in names:
        if name not in chosen:
            chosen[name] = spare.pop(0) if spare else "neutral"
    shapes = tuple(SHAPES[k % len(SHAPES)] for k in range(len(names)))
    return Palette(names, tuple(token(chosen[n]) for n in names), shapes, given=chosen)


def _pale(colour: str) -> bool:
    """Return whether a colour can hardly be told from paper, so that its key needs an edge."""
    return min(int(colour[k : k + 2], 16) for k in (1, 3, 5)) > 0xE0


def legend(
    palette: Palette,
    width: float,
    left: float = 0.0,
    *,
    glyphs: bool = True,
    top: float = 0.0,
    head: str = "",
) -> tuple[list[alt.Chart], float]:
    """Return a legend above the plot in as many rows as its words need, and its height in pixels.

    `head` are words before the first category. Its lowest row stands 22 pixels above the plot's top edge less `top`.
    """
    if palette.sides or len(palette.names) < 2:
        return [], 0.0
    places, x, row = [], fonts.width(head, 12) + 12 if head else 0.0, 0
    for name in palette.names:
        wide = 18 + fonts.width(name, 12) + 18
        if x and x + wide - 18 > width:
            x, row = 0.0, row + 1
        places.append((x, row))
        x += wide
    rows = row + 1
    frame = pd.DataFrame(
        {
            "name": palette.names,
            "x": [x - left + 6 for x, _ in places],
            "y": [-(22 + top) - 18 * (rows - 1 - r) for _, r in places],
            "colour": palette.colours,
            "shape": palette.shapes if glyphs else ["square"] * len(palette.names),
        }
    )
    edge: dict[str, Any] = {"stroke": T["rule"], "strokeWidth": 1}
    keys = [
        alt.Chart(frame.iloc[[k]])
        .mark_point(filled=True, size=70, color=c, shape=s, opacity=1, **(edge if _pale(c) else {}))
        .encode(x=X, y=Y)
        for k, (c, s) in enumerate(zip(frame["colour"], frame["shape"], strict=True))
    ]
    words = quiet_text(frame, dx=10).encode(x=X, y=Y, text="name:N")
    first = pd.DataFrame({"t": [head] if head else [], "x": [-left] if head else []})
    heading = quiet_text(first, color=T["ink3"])
    before = [heading.encode(x=X, y=alt.value(frame["y"].iloc[0]), text="t:N")] if head else []
    return [*keys, words, *before], 18.0 * rows + 8.0
