"""Small multiples: one small plane for every category, on the same measures, so that an eye can compare them.

Panels stand in rows, four across on the wide drawing and two on a phone. The same layers as on a plane go into each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.canvas import Canvas
from deepseek_era.charts.colours import Palette, legend, palette
from deepseek_era.charts.marks import Box, apart, label_at, layered, name_marks, stacked_heads
from deepseek_era.charts.plane import Axis, End, Layer, Plane, labelled
from deepseek_era.charts.rows import Reference
from deepseek_era.charts.scales import Measure, need
from deepseek_era.drawing import fonts

T = theme.TOKENS
_GAP, _BELOW, _SMALL = 24, 14, 11.0
_MOST_ENDS = 0.25  # of a phone's width that names at the ends of lines may take


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
    colours: Mapping[str, str] | None


def _values(panels: Sequence[_Panel], columns: str) -> list[Any]:
    return [
        value
        for panel in panels
        for layer in panel.layers
        for column in getattr(layer, columns)
        for value in layer.frame[column]
    ]


def _days(values: Sequence[Any]) -> list[str]:
    """Return the first and the last day of values, in words."""
    days = [pd.Timestamp(v) for v in values if v is not None and not pd.isna(v)]
    return [f"{d.day} {d:%b %Y}" for d in (min(days), max(days))]


def _small(ground: Canvas, text: str, x: float, y: float, align: str = "left") -> None:
    ground.word(text, x, y, align=align, size=_SMALL, colour="ink3")


def _axes(
    ground: Canvas, sheet: _Sheet, box: Box, x: Measure, y: Measure, *, first: bool, last: bool
) -> None:
    """Draw grid, zero and reference lines of a panel; ticks at the left of a first one, below a last one."""
    wide, tall = box.right - box.left, box.bottom - box.top
    for value, said in zip(y.ticks, y.written(), strict=True):
        at = box.bottom - tall * y.share(value)
        ground.rule(box.left, at, box.right, at, "ink3" if value == 0 else "hair")
        if first or sheet.free:
            _small(ground, said, box.left - 6, at, "right")
    for reference in sheet.upright:
        at = box.left + wide * x.share(reference.value)
        ground.rule(at, box.top, at, box.bottom, reference.colour, dashed=reference.dashed)
    if not last:
        return
    if x.kind == "time" and sheet.x.ticks is None:
        start, stop = _days(_values(sheet.panels, "across"))
        _small(ground, start, box.left, box.bottom + _BELOW)
        if fonts.width(start, _SMALL) + fonts.width(stop, _SMALL) + 8 < wide:
            _small(ground, stop, box.right, box.bottom + _BELOW, "right")
        return
    for value, said in zip(x.ticks, x.written(), strict=True):
        at = box.left + wide * x.share(value)
        ground.rule(at, box.bottom, at, box.bottom + 3, "rule")
        # the last one must not leave the drawing
        middle = min(at, box.right + 4 - fonts.width(said, _SMALL) / 2)
        _small(ground, said, middle, box.bottom + _BELOW, "center")


def _heading(ground: Canvas, panel: _Panel, x: float, y: float) -> None:
    ground.word(panel.name, x, y, size=13, colour="ink", bold=True)
    ground.word(panel.words, x, y + 18, size=12, colour="ink2")


def _labels(panel: _Panel, space: Plane, box: Box) -> list[alt.Chart]:
    """Return the words of a panel's marks where they touch nothing, off filled areas where they can."""

    def moved(boxes: Sequence[Box]) -> list[Box]:
        across, down = box.left, box.top
        return [Box(b.left + across, b.top + down, b.right + across, b.bottom + down) for b in boxes]

    words = [
        (x + box.left, y + box.top, text)
        for layer in panel.layers
        if layer.labels
        for x, y, text in layer.labels(space)
    ]
    taken = [b for layer in panel.layers if layer.taken for b in moved(layer.taken(space))]
    areas = [b for layer in panel.layers if layer.area for b in moved(layer.area(space))]
    return name_marks(labelled(words, box, taken, areas), filled=areas) if words else []


def _ends(panel: _Panel, space: Plane) -> list[End]:
    """Return the names at the ends of a panel's lines: pixels down, words, colour."""
    return [end for layer in panel.layers if layer.ends for end in layer.ends(space)]


def _end_names(panel: _Panel, space: Plane, box: Box) -> list[alt.Chart]:
    """Return the names at the ends of a panel's lines, right of it and clear of each other."""
    ends = _ends(panel, space)
    heights = apart([end.y for end in ends], space.height)
    return [
        label_at(text, box.right + 8, box.top + at, colour=colour, bold=colour != T["ink3"], align="left")
        for (_, text, colour, _), at in zip(ends, heights, strict=True)
    ]


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
    drawn = [layer for p in sheet.panels for layer in p.layers]
    colours = palette([(layer.frame, layer.by) for layer in drawn], sheet.colours)
    probes = [Plane(wide, float(width), tall, x, y, colours) for y in ys]
    ends = [end for p, probe in zip(sheet.panels, probes, strict=True) for end in _ends(p, probe)]
    aside = max((fonts.width(end.words, 12, bold=True) for end in ends), default=-8.0) + 8
    # on a phone long names at the ends would leave no plot: a legend stands for them
    named = bool(ends) and (wide or aside <= _MOST_ENDS * width or len(colours.names) < 2)
    aside = aside if named else 0.0
    gap = _GAP + (room if sheet.free else 0.0) + aside
    step = (width - 8 - room - aside + gap) / columns
    title = "" if sheet.free else sheet.ys[0].title
    heads = [(x.share(r.value) * (step - gap), r.words) for r in sheet.upright]
    over, deep = stacked_heads(heads, step - gap) if columns == 1 else ([], 0.0)
    above = (20.0 if title else 0.0) + deep
    down = tall + head + 20
    ground, marks, names = Canvas(), [], []
    for at, y_at, text in over:
        ground.word(text, room + at, above + head + y_at + 4, size=12, colour="ink2")
    if title:
        ground.word(title, 0.0, 6.0, size=12, colour="ink3")
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
        _heading(ground, panel, left, top - head - (0 if k else deep) + 8)
        marks.append(layered(*[chart for layer in panel.layers for chart in layer.draw(space)]))
        names += _labels(panel, space, box)
        names += _end_names(panel, space, box) if named else []
    height = above + -(-len(sheet.panels) // columns) * down
    if sheet.x.title:
        # below every panel of a single row, if it has room there
        beneath = columns if len(sheet.panels) <= columns and fonts.width(sheet.x.title, 12) < step - 8 else 1
        for column in range(beneath):
            ground.word(sheet.x.title, room + column * step, height + 8, size=12, colour="ink3")
        height += 18
    rules, words = ground.rules(), ground.words()
    glyphs = any(layer.glyphs for layer in drawn)
    keys, high = legend(Palette() if named else colours, width - 8, 0.0, glyphs=glyphs)
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
    colours: Mapping[str, str] | None = None,
) -> Drawing:
    """Return small multiples: for every category of `panel`, in the order of the table, the layers that `draw` makes of its rows.

    All panels have the same measures, unless `free` gives each its own upright one, or `y` says an axis for each. `words` is a column of text whose first row
    stands below a panel's name; `across` is how many panels stand side by side, wide and narrow; `upright` are lines
    in every panel, whose words stand above panels in one column and belong into the subtitle of others. Names at the ends of lines
    stand right of each panel; `colours` names a token of the theme for each category. An axis of time writes its first and its last day.

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
            # further layers may have nothing to show: what is not public yet, say
            bare = all(other.frame.empty for other in layers)
            need(layer.frame, [*layer.across, *layer.up, *own], "charts.panels", rows=bare)
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
        colours,
    )
    drawn_by = [(layer.frame, layer.by) for p in made for layer in p.layers]
    return Drawing(lambda width: _draw(sheet, width), frame, sides=palette(drawn_by, colours).sides)
