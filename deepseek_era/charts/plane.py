"""Charts of a plane: lines, bands, points and rules over two measures, labelled where they end.

Curves through time, fans of quantiles, scatters, timelines and steps are planes with different marks. The narrow drawing
has fewer ticks and the same labels where they find room.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.colours import Palette, legend, palette
from deepseek_era.charts.marks import (
    DASH,
    DOTS,
    Box,
    Placed,
    along,
    apart,
    around,
    head_words,
    layered,
    name_marks,
    place,
    quiet_text,
)
from deepseek_era.charts.rows import Reference, Zone
from deepseek_era.charts.scales import Kind, Measure, measure, need
from deepseek_era.charts.strips import Strip, strips
from deepseek_era.drawing import fonts

T = theme.TOKENS
BANDS = (("b025", "b975", "95%", "s2"), ("b10", "b90", "80%", "s3"), ("b25", "b75", "50%", "s4"))
"""Columns of a fan: lower and upper quantile, share between them, colour."""
_MOST_ENDS = 0.25  # of a phone's width that names at the ends of lines may take


@dataclass(frozen=True)
class Axis:
    """What an author says of one axis of a plane; what is left out follows from the data."""

    title: str = ""
    kind: Kind = "linear"
    zero: bool = False
    domain: Sequence[Any] | None = None
    ticks: Sequence[Any] | None = None
    labels: str = ""
    grid: bool | None = None
    reverse: bool = False
    bend: float = 1.0
    """Of a ``symlog`` axis: up to about where it is as good as linear."""

    def measure(
        self, values: Sequence[Any], *, wide: bool, grid: bool, most: int, pad: float | None = None
    ) -> Measure:
        """Return the axis over these values; `pad` is the share of room at both ends."""
        return measure(
            values,
            wide=wide,
            title=self.title,
            kind=self.kind,
            zero=self.zero,
            domain=self.domain,
            ticks=self.ticks,
            labels=self.labels,
            grid=grid if self.grid is None else self.grid,
            most=most,
            reverse=self.reverse,
            bend=self.bend,
            **({} if pad is None else {"pad": pad}),
        )


class End(NamedTuple):
    """The end of a line that has a name: pixels down, words, colour, pixels across."""

    y: float
    words: str
    colour: str
    x: float


@dataclass(frozen=True)
class Layer:
    """Something drawn on the plane: its table, the columns across and up, by which it is coloured, how it is drawn."""

    draw: Callable[[Plane], list[alt.Chart]]
    frame: pd.DataFrame
    across: tuple[str, ...]
    up: tuple[str, ...]
    by: str = "ink"
    ends: Callable[[Plane], list[End]] | None = None
    """Labels at the right edge."""
    labels: Callable[[Plane], list[tuple[float, float, str]]] | None = None
    """Labels beside marks: pixels across and down, words."""
    taken: Callable[[Plane], list[Box]] | None = None
    """Boxes that no label may touch."""
    area: Callable[[Plane], list[Box]] | None = None
    """Boxes of a filled area, which labels keep off where they can."""
    glyphs: bool = False
    """Whether its marks have the glyph of their category, for the legend."""


@dataclass(frozen=True)
class Plane:
    """One drawing: its size, measures and palette."""

    wide: bool
    plot: float
    height: float
    across: Measure
    up: Measure
    palette: Palette

    def x(self, column: str) -> alt.X:
        """Return a column across."""
        return self.across.x(column)

    def from_x(self, column: str) -> alt.X:
        """Return a column across from which a mark reaches to another column.

        Over time it has no scale of its own, and shares that of the other layers: Vega-Lite cannot bring days in a domain to
        the second end of a mark.
        """
        return alt.X(f"{column}:T", axis=self.across.axis) if self.across.kind == "time" else self.x(column)

    def y(self, column: str) -> alt.Y:
        """Return a column upward."""
        return self.up.y(column)

    def at(self, x: Any, y: Any) -> tuple[float, float]:
        """Return where two values meet, in pixels from the top left."""
        return self.plot * self.across.share(x), self.height * (1 - self.up.share(y))


def _dated(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return the table with columns of ISO days as days; what a table lacks is told when the chart is put together."""
    texts = [c for c in columns if c in frame.columns and pd.api.types.is_string_dtype(frame[c])]
    return frame.assign(**{c: pd.to_datetime(frame[c], format="ISO8601") for c in texts}) if texts else frame


def _parts(frame: pd.DataFrame, by: str) -> list[tuple[str, pd.DataFrame]]:
    if by in T:
        return [("", frame)]
    return [(str(name), part) for name, part in frame.groupby(by, sort=False)]


def line(
    frame: pd.DataFrame,
    x: str,
    y: str,
    *,
    by: str = "ink",
    thick: float = 2,
    dashed: bool | Sequence[str] = False,
    dotted: bool | Sequence[str] = False,
    ends: bool | str | Mapping[str, str] = False,
    step: bool = False,
    points: float = 0,
    each: str = "",
) -> Layer:
    """Return a line, or one for every category of `by`; solid is seen, dashed is computed, dotted computed in another run.

    `dashed` and `dotted` may name the categories that are so. `ends` writes the category, or the words given (for each), at the
    line's end; `points` is the size of a dot at every row; `step` keeps a value until the next. `each` is a column that
    parts the rows into lines of one colour, for a crowd that need not be told apart.
    """
    need(frame, [each] if each else [], "charts.line")
    frame = _dated(frame, x)

    def draw(plane: Plane) -> list[alt.Chart]:
        made = []
        for name, part in _parts(frame[frame[y].notna()], by):
            style: dict[str, Any] = {}
            for way, asked in ((DASH, dashed), (DOTS, dotted)):
                if asked if isinstance(asked, bool) else name in asked:
                    style["strokeDash"] = way
            if step:
                style["interpolate"] = "step-after"
            chart = alt.Chart(part).encode(x=plane.x(x), y=plane.y(y), color=plane.palette.colour(by))
            chart = chart.encode(detail=f"{each}:N") if each else chart
            made.append(chart.mark_line(strokeWidth=thick, **style))
            if points:
                made.append(chart.mark_point(filled=True, size=points, opacity=1))
        return made

    def last(plane: Plane) -> list[End]:
        found = []
        for name, part in _parts(frame[frame[y].notna()], by):
            end = part.iloc[-1]
            named = (
                ends.get(name, name) if isinstance(ends, Mapping) else ends if isinstance(ends, str) else name
            )
            at, down = plane.at(end[x], end[y])
            found.append(End(down, named, _colour(plane, by, name), at))
        return found

    def taken(plane: Plane) -> list[Box]:
        boxes = []
        known = frame[frame[y].notna()]
        # as they are drawn: a crowd of one colour is parted too
        for part in (own for _, whole in _parts(known, by) for _, own in _parts(whole, each or "ink")):
            spots = [plane.at(a, b) for a, b in zip(part[x], part[y], strict=True)]
            if step:  # a corner before every further spot
                spots = [s for a, b in itertools.pairwise(spots) for s in (a, (b[0], a[1]))] + spots[-1:]
            if len(spots) > 1:
                xs, ys = zip(*(spots if step else sorted(spots)), strict=True)
                boxes += along(xs, ys, ys)
        return boxes

    return Layer(draw, frame, (x,), (y,), by, last if ends else None, None, taken)


def _colour(plane: Plane, by: str, name: str) -> str:
    if by in T:
        return T[by]
    return plane.palette.colours[plane.palette.names.index(name)]


def band(
    frame: pd.DataFrame,
    x: str,
    low: str,
    high: str,
    *,
    by: str = "s3",
    opacity: float = 0.5,
    pale: bool = False,
) -> Layer:
    """Return an area between two columns; on a `pale` one labels may stand, from others they keep off where they can."""
    frame = _dated(frame, x)

    def draw(plane: Plane) -> list[alt.Chart]:
        chart = alt.Chart(frame[frame[low].notna() & frame[high].notna()])
        solid: dict[str, Any] = (
            {"fillOpacity": 1} if opacity == 1 else {}
        )  # the theme's areas let the grid through
        return [
            chart.mark_area(opacity=opacity, **solid).encode(
                x=plane.x(x), y=plane.y(low), y2=f"{high}:Q", color=plane.palette.colour(by)
            )
        ]

    def area(plane: Plane) -> list[Box]:
        boxes = []
        for _, part in _parts(frame[frame[low].notna() & frame[high].notna()], by):
            tops = [plane.at(a, b) for a, b in zip(part[x], part[high], strict=True)]
            bottoms = [plane.at(a, b)[1] for a, b in zip(part[x], part[low], strict=True)]
            if len(tops) > 1:
                boxes += along([a for a, _ in tops], [b for _, b in tops], bottoms)
        return boxes

    # bands of several categories fill a map: there is no place off them
    return Layer(draw, frame, (x,), (low, high), by, area=None if pale or by not in T else area)


def quantiles(frame: pd.DataFrame, x: str, *, ends: str = "") -> list[Layer]:
    """Return a fan: bands of 95, 80 and 50 % and the median, from the columns that `BANDS` names.

    `ends` are words at the end of the median; the bands then say their shares at their upper ends.
    """
    need(frame, [x, "b50", *[c for low, high, _, _ in BANDS for c in (low, high)]], "charts.quantiles")
    layers = []
    for low, high, share, colour in BANDS:
        layer = band(frame, x, low, high, by=colour, opacity=1)
        layers.append(replace(layer, ends=_edge(frame, x, high, f"{share} band")) if ends else layer)
    return [*layers, line(frame, x, "b50", dashed=True, ends=ends or False)]


def _edge(frame: pd.DataFrame, x: str, y: str, words: str) -> Callable[[Plane], list[End]]:
    """Return quiet words at the last point of a column."""
    last = frame.iloc[-1]

    def end(plane: Plane) -> list[End]:
        at, down = plane.at(last[x], last[y])
        return [End(down, words, T["ink3"], at)]

    return end


def points(
    frame: pd.DataFrame,
    x: str,
    y: str,
    *,
    by: str = "ink",
    label: str = "",
    size: float = 60,
    glyph: str = "",
    hollow: bool = False,
    opacity: float = 1,
) -> Layer:
    """Return a dot for every row, with the words of `label` where they touch nothing."""
    frame = _dated(frame, x)
    known = frame[frame[x].notna() & frame[y].notna()]

    def draw(plane: Plane) -> list[alt.Chart]:
        encode: dict[str, Any] = {"color": plane.palette.colour(by)}
        style: dict[str, Any] = {"filled": True}
        if hollow:
            encode = {"stroke": plane.palette.stroke(by)}
            style = {"filled": True, "fill": T["paper"], "strokeWidth": 1.5}
        if glyph or by in T:
            style["shape"] = glyph or "circle"
        else:
            encode["shape"] = plane.palette.shape(by)
        chart = alt.Chart(known).mark_point(size=size, opacity=opacity, **style)
        return [chart.encode(x=plane.x(x), y=plane.y(y), **encode)]

    def spots(plane: Plane) -> list[tuple[float, float, str]]:
        return [
            (*plane.at(a, b), str(t))
            for a, b, t in zip(known[x], known[y], known[label], strict=True)
            if str(t)
        ]

    def taken(plane: Plane) -> list[Box]:
        return [around(*plane.at(a, b), 5.0) for a, b in zip(known[x], known[y], strict=True)]

    glyphs = by not in T and not glyph
    return Layer(draw, frame, (x,), (y,), by, None, spots if label else None, taken, glyphs=glyphs)


def whiskers(
    frame: pd.DataFrame,
    x: str,
    low: str,
    high: str,
    *,
    by: str = "ink2",
    thick: float = 2,
    dashed: bool = False,
) -> Layer:
    """Return an upright interval for every row; solid is seen, dashed is computed."""
    frame = _dated(frame, x)

    def draw(plane: Plane) -> list[alt.Chart]:
        style: dict[str, Any] = {"strokeDash": DASH} if dashed else {}
        chart = alt.Chart(frame[frame[low].notna() & frame[high].notna()])
        chart = chart.mark_rule(strokeWidth=thick, **style)
        return [chart.encode(x=plane.x(x), y=plane.y(low), y2=f"{high}:Q", color=plane.palette.colour(by))]

    def taken(plane: Plane) -> list[Box]:
        known = frame[frame[low].notna() & frame[high].notna()]
        ends = zip(known[x], known[low], known[high], strict=True)
        found = [(*plane.at(a, b), plane.at(a, c)[1]) for a, b, c in ends]
        return [Box(left - 3, top, left + 3, bottom) for left, bottom, top in found]

    return Layer(draw, frame, (x,), (low, high), by, taken=taken)


def spans(frame: pd.DataFrame, low: str, high: str, y: str, *, by: str = "ink2") -> Layer:
    """Return a level interval for every row."""
    frame = _dated(frame, low, high)

    def draw(plane: Plane) -> list[alt.Chart]:
        chart = alt.Chart(frame[frame[low].notna() & frame[high].notna()])
        unseen = chart.mark_point(opacity=0).encode(
            x=plane.x(low), y=plane.y(y)
        )  # says the scale, see `from_x`
        x, colour = plane.from_x(low), plane.palette.colour(by)
        rule = chart.mark_rule(strokeWidth=2).encode(x=x, x2=alt.X2(high), y=plane.y(y), color=colour)
        return [unseen, rule]

    return Layer(draw, frame, (low, high), (y,), by)


def columns(frame: pd.DataFrame, x: str, y: str) -> Layer:
    """Return an upright bar from zero to `y` for every row."""
    frame = _dated(frame, x)

    def draw(plane: Plane) -> list[alt.Chart]:
        known = frame[frame[y].notna()].assign(_zero=max(0.0, plane.up.domain[0]))
        chart = alt.Chart(known).mark_rule(strokeWidth=12, strokeCap="butt")
        colour = plane.palette.colour("neutral")
        return [chart.encode(x=plane.x(x), y=plane.y("_zero"), y2=f"{y}:Q", color=colour)]

    return Layer(draw, frame, (x,), (y,), "neutral")


@dataclass(frozen=True)
class _Sheet:
    layers: tuple[Layer, ...]
    across: Axis
    up: Axis
    height: tuple[float, float]
    upright: tuple[Reference, ...]
    level: tuple[Reference, ...]
    zones: tuple[Zone, ...]
    colours: Mapping[str, str] | None
    show_legend: bool
    key: str = ""
    movable: bool = False
    beneath: tuple[Strip, ...] = ()
    on_fill: bool = False


def _values(sheet: _Sheet) -> tuple[list[Any], list[Any]]:
    xs = [v for layer in sheet.layers for c in layer.across for v in layer.frame[c]]
    ys = [v for layer in sheet.layers for c in layer.up for v in layer.frame[c]]
    xs += [v for strip in sheet.beneath for v in strip.frame[strip.x]]
    xs += [r.value for r in sheet.upright] + [e for z in sheet.zones if z.upright for e in (z.low, z.high)]
    ys += [r.value for r in sheet.level] + [e for z in sheet.zones if not z.upright for e in (z.low, z.high)]
    return xs, ys


def _end_labels(plane: Plane, ends: Sequence[End]) -> list[alt.Chart]:
    made = []
    for (y, text, colour, x), at in zip(ends, apart([end.y for end in ends], plane.height), strict=True):
        if (
            abs(at - y) > 4 and x > plane.plot - 12
        ):  # from a line that ends long before, a stub would lead nowhere
            lead = alt.Chart(pd.DataFrame({"t": [0]})).mark_rule(color=T["ink3"], strokeWidth=0.8)
            made.append(
                lead.encode(
                    x=alt.value(x + 1),
                    x2=alt.value(plane.plot + 6),
                    y=alt.value(y),
                    y2=alt.value(at),
                )
            )
        quiet = colour == T["ink3"]
        text_ = quiet_text(pd.DataFrame({"t": [text]}), fontWeight=400 if quiet else 600, color=colour)
        made.append(text_.encode(x=alt.value(plane.plot + 8), y=alt.value(at), text="t:N"))
    return made


def _heads(plane: Plane, sheet: _Sheet) -> tuple[list[alt.Chart], list[alt.Chart], float, list[Box]]:
    """Return lines and zones, their words, the height above the plot that words need, and the boxes of words inside it."""
    layers: list[alt.Chart] = []
    words: list[alt.Chart] = []
    boxes: list[Box] = []
    heads: list[tuple[float, str]] = []
    for zone in sheet.zones:
        data = pd.DataFrame({"a": [zone.low], "b": [zone.high]})
        if zone.upright:
            chart = alt.Chart(data).mark_rect(**zone.style)
            layers.append(chart.encode(x=plane.from_x("a"), x2=alt.X2("b")))
            middle = (plane.across.share(zone.low) + plane.across.share(zone.high)) / 2 * plane.plot
            heads.append((middle, zone.words))
        else:
            layers.append(alt.Chart(data).mark_rect(**zone.style).encode(y=plane.y("a"), y2="b:Q"))
            top = plane.height * (1 - plane.up.share(zone.high))
            boxes.append(Box(0, top, fonts.width(zone.words, 12) + 8, top + 18))
            words.append(_label(zone.words, 4, top + 10))
    for reference in sheet.upright:
        style: dict[str, Any] = {"strokeDash": DASH} if reference.dashed else {}
        line_ = alt.Chart(pd.DataFrame({"v": [reference.value]})).mark_rule(
            color=T[reference.colour], **style
        )
        layers.append(line_.encode(x=plane.x("v")))
        heads.append((plane.across.share(reference.value) * plane.plot, reference.words))
    for reference in sheet.level:
        style = {"strokeDash": DASH} if reference.dashed else {}
        line_ = alt.Chart(pd.DataFrame({"v": [reference.value]})).mark_rule(
            color=T[reference.colour], **style
        )
        layers.append(line_.encode(y=plane.y("v")))
        y = plane.height * (1 - plane.up.share(reference.value))
        if reference.words:
            wide = fonts.width(reference.words, 12)
            spot = Box(plane.plot - wide - 8, y - 17, plane.plot, y + 2)
            filled = [
                b for layer in sheet.layers for make in (layer.area, layer.taken) if make for b in make(plane)
            ]
            right = not any(_touch(spot, b) for b in filled)
            boxes.append(spot if right else Box(0, y - 17, wide + 8, y + 2))
            at = plane.plot - 4 if right else 4
            words.append(_label(reference.words, at, y - 8, align="right" if right else "left"))
    above, deep = head_words(heads, plane.plot)
    return layers, [*words, *above], deep, boxes


def _touch(a: Box, b: Box) -> bool:
    return a.left < b.right and a.right > b.left and a.top < b.bottom and a.bottom > b.top


def _label(text: str, x: float, y: float, *, align: Any = "left") -> alt.Chart:
    mark = quiet_text(pd.DataFrame({"t": [text]}), align=align)
    return mark.encode(x=alt.value(x), y=alt.value(y), text="t:N")


def labelled(
    names: Sequence[tuple[float, float, str]], within: Box, taken: Sequence[Box], areas: Sequence[Box]
) -> list[Placed]:
    """Return labels beside their marks; where areas are filled, off them if there is room anywhere above or below."""
    if not areas:
        return place(names, within, taken, reach=24.0)
    clear = place(names, within, taken, filled=areas, reach=within.bottom)
    done = {(p.mark_x, p.mark_y, p.text) for p in clear}
    boxes = [Box(p.x - 2, p.y - 8, p.x + fonts.width(p.text, 12) + 2, p.y + 8) for p in clear]
    rest = [spot for spot in names if spot not in done]
    return [*clear, *place(rest, within, [*taken, *boxes], reach=24.0)]


def _draw(sheet: _Sheet, width: int) -> ChartLike:
    wide = width >= theme.WIDE
    height = sheet.height[0 if wide else 1]
    xs, ys = _values(sheet)
    # lines that are named at their ends run through to the names
    pad = 0.0 if sheet.across.kind == "time" and any(layer.ends for layer in sheet.layers) else None
    most = 8 if wide else 4
    across = sheet.across.measure(xs, wide=wide, grid=False, most=most, pad=pad)
    up = sheet.up.measure(ys, wide=wide, grid=True, most=6)
    colours = palette([(layer.frame, layer.by) for layer in sheet.layers], sheet.colours)
    left = round(max((fonts.width(t, 12) for t in up.written()), default=0.0) + 16 + (8 if up.labels else 0))
    probe = Plane(wide, float(width), height, across, up, colours)
    ends = [end for layer in sheet.layers if layer.ends for end in layer.ends(probe)]
    widest = max((fonts.width(end.words, 12, bold=True) for end in ends), default=2.0)
    # on a phone long names at the ends would leave no plot: a legend stands for them
    keyed = sheet.show_legend
    if not wide and widest > _MOST_ENDS * width and len(colours.names) > 1:
        ends, widest, keyed = [], 2.0, True
    right = round(widest + 14)
    plot = float(width - left - right)
    if across.kind == "time":  # names of months need room
        most = max(2, min(most, int(plot // 60)))
        across = sheet.across.measure(xs, wide=wide, grid=False, most=most, pad=pad)
    plane = Plane(wide, plot, height, across.centred(plot, left, right), up, colours)
    marks, words, deep, boxes = _heads(plane, sheet)
    if deep:
        plane = replace(plane, up=replace(up, lift=deep + 6))
    room = (theme.NARROW if sheet.movable else width) - 8
    glyphs = any(layer.glyphs for layer in sheet.layers)
    above = max(deep - 12, 0.0) + (16 if up.title else 0)
    keys, high = legend(
        colours if keyed else Palette(), room, left - 4, glyphs=glyphs, top=above, head=sheet.key
    )
    layers: list[Any] = [*marks]
    for layer in sheet.layers:
        layers += layer.draw(plane)
    layers += _end_labels(
        plane, [end for layer in sheet.layers if layer.ends and ends for end in layer.ends(plane)]
    )
    taken = boxes + [b for layer in sheet.layers if layer.taken for b in layer.taken(plane)]
    names = [spot for layer in sheet.layers if layer.labels for spot in layer.labels(plane)]
    areas = [b for layer in sheet.layers if layer.area for b in layer.area(plane)]
    edge = plane.plot if ends else plane.plot + right
    placed = labelled(
        names, Box(-4, -8, edge, height) if areas else Box(0, 0, plane.plot, height), taken, areas
    )
    bottom = 44 if sheet.across.title else 28
    below, more = strips(sheet.beneath, plane.across, plane.plot, left, height + bottom - 8)
    layers += [
        *words,
        *name_marks(
            placed,
            moves_in=plane.plot if sheet.movable else 0.0,
            filled=None if sheet.on_fill else areas,
            colour=T["ink" if sheet.on_fill else "ink2"],
        ),
        *keys,
        *below,
    ]
    top = round(deep + high + (26 if up.title else 8))
    bottom += more
    return theme.frame(layered(*layers), width, round(height), left=left, right=right, top=top, bottom=bottom)


def plane(
    *layers: Layer | Sequence[Layer],
    x: Axis | str = "",
    y: Axis | str = "",
    height: tuple[float, float] = (300, 260),
    upright: Sequence[Reference] = (),
    level: Sequence[Reference] = (),
    zones: Sequence[Zone] = (),
    beneath: Sequence[Strip] = (),
    colours: Mapping[str, str] | None = None,
    keys: bool | str | None = None,
    data: pd.DataFrame | None = None,
    movable: bool = False,
    on_fill: bool = False,
) -> Drawing:
    """Return a chart of layers over two measures.

    `x` and `y` say titles (or whole axes, as ``Axis("Tokens a day", kind="log")``); `upright` and `level` are lines of
    reference, `zones` shaded stripes; `beneath` are rows of glyphs or words under the axis; `colours` names a token of the theme
    for each category. A legend stands above the plot where lines are not named at their ends (`keys` overrules; words begin it).
    `data` are the numbers offered as CSV, by default the first layer's. `on_fill` sets names of marks in strong ink, for bands that fill the plot. The page may narrow a `movable` drawing for a phone, so its
    legend is set to fit one.

    Raises
    ------
    ModelInputError
        For an empty table, a missing column (with the nearest), no known value, a number that a logarithm cannot show.

    Examples
    --------
    >>> year = pd.DataFrame({"day": ["2025-01-01", "2025-02-01"], "rent": [2.1, 1.9]})
    >>> drawing = plane(line(year, "day", "rent"), x=Axis(kind="time"), y="Rent, $ per GPU-hour")
    >>> drawing.draw(340).to_dict()["height"]
    260
    """
    flat = tuple(one for item in layers for one in (item if isinstance(item, Sequence) else (item,)))
    for layer in flat:
        own = () if layer.by in T else (layer.by,)
        # further layers may have nothing to show: what is not public yet, say
        bare = all(other.frame.empty for other in flat)
        need(layer.frame, [*layer.across, *layer.up, *own], "charts.plane", rows=bare)
    for strip in (s for s in beneath if len(s.frame)):
        need(strip.frame, [strip.x, *([strip.words] if strip.words else [])], "charts.plane")
    sheet = _Sheet(
        flat,
        Axis(x) if isinstance(x, str) else x,
        Axis(y) if isinstance(y, str) else y,
        height,
        tuple(upright),
        tuple(level),
        tuple(zones),
        colours,
        not any(layer.ends for layer in flat) if keys is None else bool(keys),
        keys if isinstance(keys, str) else "",
        movable,
        tuple(beneath),
        on_fill,
    )
    frame = flat[0].frame if data is None else data
    sides = palette([(layer.frame, layer.by) for layer in flat], colours).sides
    return Drawing(lambda width: _draw(sheet, width), frame, sides=sides)
