"""Small multiples: one small plane for every category, on the same measures, so that an eye can compare them.

Panels stand in rows, four across on the wide drawing and two on a phone. The same layers as on a plane go into each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import altair as alt
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.colours import legend, palette
from deepseek_era.charts.marks import DASH, Box, X, Y, layered, name_marks, place, text_mark
from deepseek_era.charts.plane import Axis, Layer, Plane
from deepseek_era.charts.rows import Reference
from deepseek_era.charts.scales import Measure, need
from deepseek_era.drawing import fonts

T = theme.TOKENS
_GAP, _BELOW, _SMALL = 24, 14, 11.0


@dataclass(frozen=True)
class _Panel:
    """One panel: its name, the words below it, and what is drawn in it."""

    name: str
    words: str
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class _Sheet:
    """What the author of small multiples gave."""

    panels: tuple[_Panel, ...]
    x: Axis
    ys: tuple[Axis, ...]
    """One for every panel."""
    across: tuple[int, int]
    height: tuple[float, float]
    upright: tuple[Reference, ...]
    free: bool


def _values(panels: Sequence[_Panel], columns: str) -> list[Any]:
    return [
        value
        for panel in panels
        for layer in panel.layers
        for column in getattr(layer, columns)
        for value in layer.frame[column]
    ]


def _ends(values: Sequence[Any]) -> list[str]:
    """Return the first and the last day of values, in words."""
    days = [pd.Timestamp(v) for v in values if v is not None and not pd.isna(v)]
    return [f"{d.day} {d:%b %Y}" for d in (min(days), max(days))]


class _Ground:
    """What lies behind the marks of all panels: grid, zero, lines of reference and the words around the panels."""

    def __init__(self) -> None:
        self._rules: list[tuple[float, float, float, float, str, bool]] = []
        self._words: list[tuple[float, float, str, str, float, str, bool]] = []

    def rule(
        self, x: float, y: float, x2: float, y2: float, colour: str = "hair", *, dashed: bool = False
    ) -> None:
        self._rules.append((x, y, x2, y2, colour, dashed))

    def word(
        self,
        text: str,
        x: float,
        y: float,
        *,
        align: str = "left",
        size: float = _SMALL,
        colour: str = "ink3",
        bold: bool = False,
    ) -> None:
        if text:
            self._words.append((x, y, text, align, size, colour, bold))

    def layers(self) -> tuple[list[alt.Chart], list[alt.Chart]]:
        """Return the rules, which lie under the marks, and the words."""
        rules: list[alt.Chart] = []
        words: list[alt.Chart] = []
        table = pd.DataFrame(self._rules, columns=["x", "y", "x2", "y2", "colour", "dashed"])
        for (colour, dashed), part in table.groupby(["colour", "dashed"], sort=False):
            dash: dict[str, Any] = {"strokeDash": DASH} if dashed else {}
            chart = alt.Chart(part[["x", "y", "x2", "y2"]]).mark_rule(color=T[str(colour)], **dash)
            rules.append(chart.encode(x=X, y=Y, x2="x2:Q", y2="y2:Q"))
        texts = pd.DataFrame(self._words, columns=["x", "y", "text", "align", "size", "colour", "bold"])
        for style, part in texts.groupby(["align", "size", "colour", "bold"], sort=False):
            align, size, colour, bold = cast(tuple[Any, float, str, bool], style)
            style_: dict[str, Any] = {"align": align, "colour": T[colour], "bold": bold, "size": size}
            words.append(text_mark(part[["x", "y", "text"]], "text", x=X, y=Y, **style_))
        return rules, words


def _axes(
    ground: _Ground, sheet: _Sheet, box: Box, x: Measure, y: Measure, *, first: bool, last: bool
) -> None:
    """Draw grid, zero and reference lines of a panel; ticks at the left of a first one, below a last one."""
    wide, tall = box.right - box.left, box.bottom - box.top
    for value, said in zip(y.ticks, y.written(), strict=True):
        at = box.bottom - tall * y.share(value)
        ground.rule(box.left, at, box.right, at, "ink3" if value == 0 else "hair")
        if first or sheet.free:
            ground.word(said, box.left - 6, at, align="right")
    for reference in sheet.upright:
        at = box.left + wide * x.share(reference.value)
        ground.rule(at, box.top, at, box.bottom, reference.colour, dashed=reference.dashed)
    if not last:
        return
    if x.kind == "time" and sheet.x.ticks is None:
        start, stop = _ends(_values(sheet.panels, "across"))
        ground.word(start, box.left, box.bottom + _BELOW)
        if fonts.width(start, _SMALL) + fonts.width(stop, _SMALL) + 8 < wide:
            ground.word(stop, box.right, box.bottom + _BELOW, align="right")
        return
    for value, said in zip(x.ticks, x.written(), strict=True):
        at = box.left + wide * x.share(value)
        ground.rule(at, box.bottom, at, box.bottom + 3, "rule")
        # the last one must not leave the drawing
        middle = min(at, box.right + 4 - fonts.width(said, _SMALL) / 2)
        ground.word(said, middle, box.bottom + _BELOW, align="center")


def _heading(ground: _Ground, panel: _Panel, x: float, y: float) -> None:
    ground.word(panel.name, x, y, size=13, colour="ink", bold=True)
    ground.word(panel.words, x, y + 18, size=12, colour="ink2")


def _labels(panel: _Panel, space: Plane, box: Box) -> list[alt.Chart]:
    """Return the words of a panel's marks where they touch nothing."""
    moved = [
        (x + box.left, y + box.top, text)
        for layer in panel.layers
        if layer.labels
        for x, y, text in layer.labels(space)
    ]
    taken = [
        Box(b.left + box.left, b.top + box.top, b.right + box.left, b.bottom + box.top)
        for layer in panel.layers
        if layer.taken
        for b in layer.taken(space)
    ]
    return name_marks(place(moved, box, taken)) if moved else []


def _draw(sheet: _Sheet, width: int) -> ChartLike:
    wide = width >= theme.WIDE
    columns = min(sheet.across[0 if wide else 1], len(sheet.panels))
    tall = sheet.height[0 if wide else 1]
    head = 40 if any(p.words for p in sheet.panels) else 22
    xs = [*_values(sheet.panels, "across"), *(r.value for r in sheet.upright)]
    x = sheet.x.measure(xs, wide=wide, grid=False, most=3)
    ys = [
        axis.measure(_values([p] if sheet.free else sheet.panels, "up"), wide=wide, grid=True, most=4)
        for p, axis in zip(sheet.panels, sheet.ys, strict=True)
    ]
    room = max(fonts.width(t, _SMALL) for y in ys for t in y.written()) + 10
    gap = _GAP + (room if sheet.free else 0.0)
    step = (width - 8 - room + gap) / columns
    drawn = [layer for p in sheet.panels for layer in p.layers]
    colours = palette([(layer.frame, layer.by) for layer in drawn])
    title = "" if sheet.free else sheet.ys[0].title
    above = 20.0 if title else 0.0
    down = tall + head + 20
    ground, marks, names = _Ground(), [], []
    if title:
        ground.word(title, 0.0, 6.0, size=12)
    for k, (panel, y) in enumerate(zip(sheet.panels, ys, strict=True)):
        left = room + (k % columns) * step
        top = above + (k // columns) * down + head
        box = Box(left, top, left + step - gap, top + tall)
        placed_x, placed_y = (
            replace(x, pixels=(box.left, box.right)),
            replace(y, pixels=(box.bottom, box.top)),
        )
        space = Plane(wide, box.right - box.left, tall, placed_x, placed_y, colours)
        lowest = k + columns >= len(sheet.panels)
        _axes(ground, sheet, box, x, y, first=k % columns == 0, last=lowest)
        _heading(ground, panel, left, top - head + 8)
        marks.append(layered(*[chart for layer in panel.layers for chart in layer.draw(space)]))
        names += _labels(panel, space, box)
    height = above + -(-len(sheet.panels) // columns) * down
    if sheet.x.title:
        ground.word(sheet.x.title, room, height + 8, size=12)
        height += 18
    rules, words = ground.layers()
    keys, high = legend(colours, width - 8, 0.0)
    whole = layered(*rules, *marks, *words, *names, *keys).resolve_scale(x="independent", y="independent")
    return theme.frame(whole, width, round(height), left=4, right=4, top=round(high) + 4, bottom=4)


def panels(
    frame: pd.DataFrame,
    panel: str,
    draw: Callable[[pd.DataFrame], Layer | Sequence[Layer]],
    *,
    x: Axis | str = "",
    y: Axis | str | Mapping[str, Axis] = "",
    words: str = "",
    across: tuple[int, int] = (4, 2),
    height: tuple[float, float] = (96, 84),
    upright: Sequence[Reference] = (),
    free: bool = False,
) -> Drawing:
    """Return small multiples: for every category of `panel`, in the order of the table, the layers that `draw` makes of its rows.

    All panels have the same measures, unless `free` gives each its own upright one, or `y` says an axis for each. `words` is a column of text whose first row
    stands below a panel's name; `across` is how many panels stand side by side, wide and narrow; `upright` are lines
    in every panel, whose words belong into the subtitle. An axis of time writes its first and its last day.

    Raises
    ------
    ModelInputError
        For an empty table, a missing column (with the nearest), no known value, a colour that is no token.

    Examples
    --------
    >>> paths = pd.DataFrame({"firm": ["A", "A", "B", "B"], "year": [0, 1, 0, 1], "gain": [0.0, 2.0, 0.0, -1.0]})
    >>> from deepseek_era.charts.plane import line
    >>> drawing = panels(paths, "firm", lambda part: line(part, "year", "gain"), x="Years after", y="Gain, %")
    >>> drawing.draw(340).to_dict()["width"]
    332
    """
    need(frame, [panel, *([words] if words else [])], "charts.panels")
    made = []
    for name, part in frame.groupby(panel, sort=False):
        drawn = draw(part)
        layers = tuple(drawn) if isinstance(drawn, Sequence) else (drawn,)
        for layer in layers:
            own = () if layer.by in T else (layer.by,)
            need(layer.frame, [*layer.across, *layer.up, *own], "charts.panels")
        made.append(_Panel(str(name), str(part[words].iloc[0]) if words else "", layers))
    if isinstance(y, Mapping):
        need(pd.DataFrame(columns=list(y), index=[0]), [p.name for p in made], "charts.panels: y")
        axes, free = dict(y), True
    else:
        axes = dict.fromkeys((p.name for p in made), Axis(y) if isinstance(y, str) else y)
    sheet = _Sheet(
        tuple(made),
        Axis(x) if isinstance(x, str) else x,
        tuple(axes[p.name] for p in made),
        across,
        height,
        tuple(upright),
        free,
    )
    drawn_by = [(layer.frame, layer.by) for p in made for layer in p.layers]
    return Drawing(lambda width: _draw(sheet, width), frame, sides=palette(drawn_by).sides)
