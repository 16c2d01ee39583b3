"""Drawings put together from words, rules, dots and marks at places in pixels: for kinds of chart with a layout of their own.

Places count from the top left of the plot. What is alike is one layer, so that a drawing of two hundred words stays small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike
from deepseek_era.charts.marks import DASH, Box, X, Y, layered, text_mark
from deepseek_era.drawing import answers, fonts
from deepseek_era.errors import ModelInputError, nearest

T = theme.TOKENS
FAMILIES = {"came": answers.CAME_TRUE, "r1": answers.WAS_IT_R1, "fact": answers.FACTS}
"""Marks of answers by the question."""


def known(word: str, family: str, where: str) -> str:
    """Return an answer that has a mark.

    Raises
    ------
    ModelInputError
        For another word, with the nearest.
    """
    if word not in FAMILIES[family]:
        allowed = list(FAMILIES[family])
        raise ModelInputError(f"{where}: {word!r} is none of {', '.join(allowed)}{nearest(word, allowed)}")
    return word


def lines_of(text: str, room: float, size: float = 13.0, *, bold: bool = False) -> list[str]:
    """Return a text in lines that fit into a width; a longer word has a line of its own."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and fonts.width(longer, size, bold=bold) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


class Canvas:
    """Collects what is drawn; `rules` and `words` give the layers, `chart` the whole drawing.

    Examples
    --------
    >>> canvas = Canvas()
    >>> canvas.rule(0, 20, 100, 20)
    >>> canvas.word("Clouds", 0, 10, bold=True)
    >>> canvas.chart(340, 30).to_dict()["height"]
    30
    """

    def __init__(self) -> None:
        self._zones: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        self._rules: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        self._marks: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        self._words: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        self._grounds: list[tuple[float, float, float, float]] = []
        self.boxes: list[Box] = []
        """Where words stand."""
        self.step = 0
        """What is drawn next belongs to this step of `Drawing.steps`, from 1; 0 is always shown."""

    def zone(self, x: float, y: float, x2: float, y2: float, colour: str = "neuttint") -> None:
        """Fill a rectangle."""
        self._zones.setdefault((colour,), []).append((x, y, x2, y2))

    def rule(
        self,
        x: float,
        y: float,
        x2: float,
        y2: float,
        colour: str = "hair",
        *,
        dashed: bool = False,
        wide: float = 1.0,
    ) -> None:
        """Draw a line."""
        self._rules.setdefault((colour, dashed, wide, self.step), []).append((x, y, x2, y2))

    def dot(
        self,
        x: float,
        y: float,
        radius: float,
        colour: str = "ink",
        *,
        hollow: bool = False,
        glyph: str = "circle",
    ) -> None:
        """Draw a point; a hollow one hides what lies under it."""
        self._marks.setdefault((glyph, colour, hollow, radius, self.step), []).append((x, y))

    def answer(
        self, family: str, word: str, x: float, y: float, *, size: float = 11.0, colour: str = "ink"
    ) -> None:
        """Draw the mark of an answer about a place; `family` is one of `FAMILIES`."""
        for path, filled, dashed in answers.outlines(FAMILIES[family][word]):
            style = ("outline", path, filled, dashed, size, colour, self.step)
            self._marks.setdefault(style, []).append((x - size / 2, y - size / 2))

    def word(
        self,
        text: str,
        x: float,
        y: float,
        *,
        align: str = "left",
        size: float = 13.0,
        colour: str = "ink",
        bold: bool = False,
        halo: bool = False,
        card: str = "",
    ) -> None:
        """Set a text about the height `y`; with a `halo` lines and dots stop behind it; `card` is the call whose card it opens."""
        if not text:
            return
        wide = fonts.width(text, size, bold=bold)
        left = x - {"left": 0.0, "center": wide / 2, "right": wide}[align]
        self.boxes.append(Box(left, y - size * 0.6, left + wide, y + size * 0.6))
        part = f"card_{card}" if card else _part(self.step)
        if halo:
            self._words.setdefault((align, size, colour, bold, part, True), []).append((x, y, text))
        self._words.setdefault((align, size, colour, bold, part, False), []).append((x, y, text))

    def ground(self, x: float, y: float, x2: float, y2: float) -> None:
        """Lay an unseen rectangle over a row, for whoever points at it; in the order of `Drawing.rows`."""
        self._grounds.append((x, y, x2, y2))

    def grounds(self) -> list[alt.Chart]:
        """Return the unseen rectangles, above all else."""
        if not self._grounds:
            return []
        mark = alt.Chart(_frame(self._grounds, ["x", "y", "x2", "y2"])).mark_rect(color="transparent")
        return [mark.encode(x=X, y=Y, x2="x2:Q", y2="y2:Q").properties(name="grounds")]

    def rules(self) -> list[alt.Chart]:
        """Return what lies under the marks: filled rectangles, then lines."""
        layers: list[alt.Chart] = []
        for (colour,), rows in self._zones.items():
            mark = alt.Chart(_frame(rows, ["x", "y", "x2", "y2"])).mark_rect(color=T[colour])
            layers.append(mark.encode(x=X, y=Y, x2="x2:Q", y2="y2:Q"))
        for n, ((colour, dashed, wide, step), rows) in enumerate(self._rules.items()):
            style: dict[str, Any] = {"strokeDash": DASH} if dashed else {}
            if wide != 1.0:
                style["strokeWidth"] = wide
            line = alt.Chart(_frame(rows, ["x", "y", "x2", "y2"])).mark_rule(color=T[colour], **style)
            layers.append(_named(line.encode(x=X, y=Y, x2="x2:Q", y2="y2:Q"), _part(step), f"r{n}"))
        return layers

    def marks(self) -> list[alt.Chart]:
        """Return points and marks of answers, in the order in which their kinds came."""
        layers = []
        for n, (style, rows) in enumerate(self._marks.items()):
            made = _outline(style[:-1]) if style[0] == "outline" else _point(style[:-1])
            marks = alt.Chart(_frame(rows, ["x", "y"])).mark_point(opacity=1, **made).encode(x=X, y=Y)
            layers.append(_named(marks, _part(style[-1]), f"m{n}"))
        return layers

    def words(self) -> list[alt.Chart]:
        """Return the texts, each halo under its text."""
        layers = []
        texts = sorted(self._words.items(), key=lambda item: not item[0][-1])
        for n, ((align, size, colour, bold, part, halo), rows) in enumerate(texts):
            paper: dict[str, Any] = {"stroke": T["paper"], "strokeWidth": 4} if halo else {}
            style: dict[str, Any] = {"align": align, "bold": bold, "size": size, **paper}
            ink = T["paper"] if halo else T[colour]
            words = text_mark(_frame(rows, ["x", "y", "text"]), "text", x=X, y=Y, colour=ink, **style)
            layers.append(_named(words, part, f"w{n}"))
        return layers

    def chart(self, width: int, height: float, *, top: float = 4.0, bottom: float = 6.0) -> ChartLike:
        """Return everything as a drawing of `width`, with 4 pixels left and right of the plot."""
        layers = [*self.rules(), *self.marks(), *self.words(), *self.grounds()]
        sides: dict[str, Any] = {"left": 4, "right": 4, "top": round(top), "bottom": round(bottom)}
        return theme.frame(layered(*layers), width, round(height), **sides)


def _frame(rows: Sequence[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


def _part(step: int) -> str:
    return f"step_{step}" if step else ""


def _named(layer: alt.Chart, part: str, own: str) -> alt.Chart:
    """Return a layer under a name that the page finds in the drawing: the step it belongs to, or the card it opens."""
    return layer.properties(name=f"{part}_{own}") if part else layer


def _point(style: tuple[Any, ...]) -> dict[str, Any]:
    glyph, colour, hollow, radius = style
    made: dict[str, Any] = {"shape": glyph, "size": (2 * radius) ** 2, "filled": True, "color": T[colour]}
    if hollow:
        made |= {"fill": T["paper"], "stroke": T[colour], "strokeWidth": 1.8}
        del made["color"]
    return made


def _outline(style: tuple[Any, ...]) -> dict[str, Any]:
    _, path, filled, dashed, size, colour = style
    scale = size / 14
    # Vega draws a path of its own at half the root of the size
    made: dict[str, Any] = {"shape": path, "size": (2 * scale) ** 2}
    if filled:
        return made | {"filled": True, "color": T[colour]}
    made |= {"filled": False, "color": T[colour], "strokeWidth": 1.4 * scale}
    return made | ({"strokeDash": [2.2 * scale, 1.7 * scale]} if dashed else {})
