"""Charts of rows: a name at the left, marks on one measure, numbers at the right.

Forest plots, dumbbells and bars are rows with different marks. The wide drawing has the names left of the
plot and the numbers right of it; the narrow one has both above the marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import altair as alt
import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.colours import Palette, legend, palette
from deepseek_era.charts.live import Live, heads_on
from deepseek_era.charts.marks import (
    DASH,
    Box,
    around,
    head_words,
    label_at,
    layered,
    name_marks,
    place,
    quiet_text,
)
from deepseek_era.charts.scales import Kind, Measure, measure, need
from deepseek_era.drawing import fonts

T = theme.TOKENS
_ROW = "_row"
PITCH = (29, 50)
"""Height of a row in pixels, wide and narrow."""
_LIFT = 17.0
"""How far a name stands above the middle of its row on a phone, or further where a mark takes more room."""
_GLYPH = 16.0
"""Room for the glyph of a side beside a name."""


@dataclass(frozen=True)
class Mark:
    """Something drawn in every row: which columns it needs, by which it is coloured, how it is drawn."""

    draw: Callable[[Rows, pd.DataFrame], list[alt.Chart]]
    columns: tuple[str, ...]
    by: str = "ink"
    data: pd.DataFrame | None = None
    measured: bool = True
    """Whether the axis has to hold its columns."""
    glyphs: bool = False
    also: tuple[float, ...] = ()
    """Further values that the axis has to hold."""
    parts: tuple[str, ...] = ()
    """Categories that it draws, where its own table does not name them."""
    above: float = 0.0
    """Pixels that it takes above the middle of a row on a phone, where the name stands."""

    def categories(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
        """Return a table with what the mark is coloured by, and the name of that column."""
        return (pd.DataFrame({self.by: self.parts}) if self.parts else frame), self.by


@dataclass(frozen=True)
class Rows:
    """The rows of one drawing: places in pixels, the measure, the palette."""

    wide: bool
    left: float
    right: float
    plot: float
    pitch: float
    names: tuple[str, ...]
    """What marks of other tables find their row by."""
    tops: tuple[float, ...]
    """Middle of each row, pixels from the top of the plot."""
    height: float
    measure: Measure
    palette: Palette
    lift: float = 0.0
    """How far the name stands above the middle of its row, on a phone."""

    @property
    def y(self) -> alt.Y:
        """The middle of a row."""
        scale = alt.Scale(domain=[0, self.height], range=[0, self.height], nice=False, zero=False)
        return alt.Y(f"{_ROW}:Q", scale=scale, axis=None)

    def x(self, column: str) -> alt.X:
        """Return a column on the measure."""
        return self.measure.x(column)

    def at(self, value: float) -> float:
        """Return where a value lies, in pixels from the left of the plot."""
        return self.plot * self.measure.share(value)


def span(
    low: str,
    high: str,
    *,
    by: str = "ink2",
    thick: float = 3,
    dashed: bool = False,
    data: pd.DataFrame | None = None,
) -> Mark:
    """Return an interval: a bar from `low` to `high`, dashed where it is computed over forms of a model."""

    def draw(rows: Rows, frame: pd.DataFrame) -> list[alt.Chart]:
        known = frame[frame[low].notna() & frame[high].notna()]
        style: dict[str, Any] = {"strokeDash": DASH} if dashed else {}
        chart = alt.Chart(known).mark_rule(strokeWidth=thick, **style)
        return [chart.encode(x=rows.x(low), x2=f"{high}:Q", y=rows.y, color=rows.palette.colour(by))]

    return Mark(draw, (low, high), by, data)


def dot(
    value: str,
    *,
    by: str = "ink",
    size: float = 80,
    glyph: str = "",
    hollow: bool = False,
    data: pd.DataFrame | None = None,
) -> Mark:
    """Return a point at `value`; its glyph follows its category unless `glyph` names one. Hollow: stated, not computed."""

    def draw(rows: Rows, frame: pd.DataFrame) -> list[alt.Chart]:
        known = frame[frame[value].notna()]
        colour = rows.palette.colour(by)
        style: dict[str, Any] = {"filled": True}
        encode: dict[str, Any] = {"color": colour}
        if hollow:
            style = {"filled": True, "fill": T["paper"], "strokeWidth": 1.5}
            encode = {"stroke": rows.palette.stroke(by)}
        if glyph or by in T:
            style["shape"] = glyph or "circle"
        else:
            encode["shape"] = rows.palette.shape(by)
        chart = alt.Chart(known).mark_point(size=size, opacity=1, **style)
        return [chart.encode(x=rows.x(value), y=rows.y, **encode)]

    return Mark(draw, (value,), by, data, glyphs=not glyph)


def tick(
    value: str, *, by: str = "neutral", data: pd.DataFrame | None = None, size: float = 11, thick: float = 1
) -> Mark:
    """Return a thin upright tick at `value`: one of many in a row, or, `thick`, a mark that the others are set beside."""

    def draw(rows: Rows, frame: pd.DataFrame) -> list[alt.Chart]:
        chart = alt.Chart(frame[frame[value].notna()])
        faint = 0.8 if thick == 1 else 1.0
        mark = chart.mark_tick(thickness=thick, size=size, opacity=faint, orient="vertical")
        return [mark.encode(x=rows.x(value), y=rows.y, color=rows.palette.colour(by))]

    return Mark(draw, (value,), by, data)


def bar(
    value: str,
    *,
    start: str = "",
    by: str = "neutral",
    thick: float = 14,
    data: pd.DataFrame | None = None,
) -> Mark:
    """Return a bar from `start` (zero where it is empty) to `value`."""

    def draw(rows: Rows, frame: pd.DataFrame) -> list[alt.Chart]:
        known = frame[frame[value].notna()]
        low = start or "_zero"
        # a logarithm has no zero: its bars begin where the axis does
        known = known if start else known.assign(_zero=max(0.0, rows.measure.domain[0]))
        chart = alt.Chart(known).mark_rule(strokeWidth=thick, strokeCap="butt")
        return [chart.encode(x=rows.x(low), x2=f"{value}:Q", y=rows.y, color=rows.palette.colour(by))]

    return Mark(draw, tuple(c for c in (start, value) if c), by, data, also=() if start else (0.0,))


def words(text: str, at: str, *, by: str = "ink2", data: pd.DataFrame | None = None) -> Mark:
    """Return a text beside the mark at `at`, where it touches nothing; left out where there is no room."""

    def draw(rows: Rows, frame: pd.DataFrame) -> list[alt.Chart]:
        known = frame[frame[at].notna()]
        spots = [(rows.at(v), y) for v, y in zip(known[at], known[_ROW], strict=True)]
        labels = [(x, y, str(t)) for (x, y), t in zip(spots, known[text], strict=True) if str(t)]
        within = Box(0, 0, rows.plot, rows.height)
        taken = [around(x, y, 4.0) for x, y in spots]
        if not rows.wide:  # names and numbers of the rows stand above the marks there
            taken += [Box(0, top - 25, rows.plot, top - 9) for top in rows.tops]
        placed = place(labels, within, taken)
        # lines of the plot stop behind a word
        halo = name_marks(placed, colour=T["paper"], stroke=T["paper"], strokeWidth=3)
        return [*halo, *name_marks(placed, colour=T.get(by, T["ink2"]))]

    return Mark(draw, (text, at), by, data, measured=False)


@dataclass(frozen=True)
class Reference:
    """A line at a value of the measure, with words at its head."""

    value: float
    words: str = ""
    dashed: bool = False
    colour: str = "ink3"


@dataclass(frozen=True)
class Zone:
    """A shaded stretch of a measure, with words at its head."""

    low: Any
    high: Any
    words: str = ""
    upright: bool = True
    """Whether it bounds the axis across (an upright stripe) or, in a plane, the axis up."""
    colour: str = "s1"
    """Token of the shade; empty for words alone."""

    @property
    def style(self) -> dict[str, Any]:
        """How its rectangle is drawn."""
        return {"color": T[self.colour]} if self.colour else {"color": T["paper"], "fillOpacity": 0}


def _frames(frame: pd.DataFrame, key: str, marks: Sequence[Mark]) -> list[tuple[Mark, pd.DataFrame]]:
    """Return every mark with its table, rows of other tables set to the row of the same name."""
    tops = dict(zip(frame[key].astype(str), frame[_ROW], strict=True))
    found = []
    for mark in marks:
        table = frame
        if mark.data is not None:
            need(mark.data, [key, *mark.columns], "charts.rows", rows=False)
            named = mark.data[key].astype(str)
            table = mark.data[named.isin(list(tops))].assign(**{_ROW: lambda t: t[key].astype(str).map(tops)})
        found.append((mark, table))
    return found


def _text_width(texts: Iterable[Any], size: float, *, bold: bool = False) -> float:
    return max((fonts.width(str(t), size, bold=bold) for t in texts), default=0.0)


@dataclass(frozen=True)
class _Sheet:
    """What the author of a chart of rows gave."""

    frame: pd.DataFrame
    label: str
    marks: tuple[Mark, ...]
    numbers: Mapping[str, str]
    title: str
    kind: Kind
    zero: bool
    domain: Sequence[float] | None
    ticks: Sequence[float] | None
    labels: str
    references: tuple[Reference, ...]
    zones: tuple[Zone, ...]
    remarks: Mapping[str, str]
    colours: Mapping[str, str] | None
    group: str
    pitch: tuple[float, float]
    key: str
    strong: str
    side: str
    phone: int
    bend: float
    live: Live | None = None
    """What moves, in the form that the page draws."""


def _places(sheet: _Sheet, pitch: float, head: float) -> tuple[list[float], list[tuple[float, str]], float]:
    """Return the middle of each row, headings of groups with their place, and the height of the plot."""
    tops, headings, y = [], [], 0.0
    last: Any = None
    for _, row in sheet.frame.iterrows():
        if sheet.group and row[sheet.group] != last:
            last = row[sheet.group]
            headings.append((y + 16.0, str(last)))
            y += 26.0
        tops.append(y + head)
        y += pitch
    return tops, headings, y


@dataclass(frozen=True)
class _Text:
    """A column of texts beside the plot: its field and header, the edge that it is set to, how."""

    field: str
    head: str
    x: float
    align: Literal["left", "right"] = "right"
    main: bool = False


def _columns(sheet: _Sheet, plot: float) -> tuple[list[_Text], float]:
    """Return the columns of numbers and of remarks, and where the last one ends."""
    found, x = [], plot
    for k, (column, head) in enumerate(sheet.numbers.items()):
        x += max(_text_width(sheet.frame[column], 12, bold=k == 0), fonts.width(head, 12)) + 14
        found.append(_Text(column, head, x, main=k == 0))
    for column, head in sheet.remarks.items():
        found.append(_Text(column, head, x + 14, "left"))
        x += 14 + max(_text_width(sheet.frame[column], 12), fonts.width(head, 12))
    return found, x


def _names(sheet: _Sheet, rows: Rows, frame: pd.DataFrame, x: float, align: Any) -> list[alt.Chart]:
    """Return the names of the rows, the strong ones bold."""
    bold = frame[sheet.strong].astype(bool) if sheet.strong else pd.Series(False, index=frame.index)
    made = []
    weights: tuple[tuple[Any, pd.DataFrame], ...] = ((400, frame[~bold]), (600, frame[bold]))
    for weight, part in weights:
        if len(part):
            mark = quiet_text(part, fontSize=13, fontWeight=weight, color=T["ink"], align=align)
            made.append(mark.encode(x=alt.value(x), y=rows.y, text=f"{sheet.label}:N"))
    return made


def _texts(sheet: _Sheet, rows: Rows, columns: Sequence[_Text], top: float) -> list[alt.Chart]:
    """Return names and numbers, headed `top` above the plot: beside it on the wide drawing, above the marks on the narrow one."""
    shown = sheet.frame.assign(**{_ROW: sheet.frame[_ROW] - rows.lift})
    aside = _GLYPH if sheet.side else 0.0
    layers = _names(sheet, rows, shown, -12 - aside if rows.wide else aside, "right" if rows.wide else "left")
    if sheet.side:
        colours, glyphs = (
            alt.Scale(domain=list(by), range=list(by.values())) for by in (theme.SIDE_COLOUR, theme.GLYPHS)
        )
        mark = alt.Chart(shown).mark_point(filled=True, size=44, opacity=1)
        layers.append(
            mark.encode(
                x=alt.value(-14 if rows.wide else 6),
                y=rows.y,
                color=alt.Color(f"{sheet.side}:N", scale=colours, legend=None),
                shape=alt.Shape(f"{sheet.side}:N", scale=glyphs, legend=None),
            )
        )
    if sheet.live:  # lines of reference stop behind the names, as the page lets them do on phones
        halo = alt.Chart(shown).mark_text(
            align="left", baseline="middle", fontSize=13, stroke=T["paper"], strokeWidth=4
        )
        layers.insert(0, halo.encode(x=alt.value(0), y=rows.y, text=f"{sheet.label}:N"))
    drop = 0.0 if rows.wide else _drop(sheet, rows.plot)
    numbers = shown.assign(**{_ROW: shown[_ROW] - drop})
    for column in columns:
        base = alt.Chart(numbers)
        text = (sheet.live.follow(base, held=False) if sheet.live else base).mark_text(
            align=column.align,
            baseline="middle",
            fontSize=12,
            fontWeight=600 if column.main else 400,
            color=T["ink" if column.main else "ink2"],
        )
        layers.append(text.encode(x=alt.value(column.x), y=rows.y, text=f"{column.field}:N"))
        if column.head:
            layers.append(label_at(column.head, column.x, -top, align=column.align, colour=T["ink3"]))
    return layers


def _phone(sheet: _Sheet, plot: float) -> list[_Text]:
    """Return the columns of numbers that a phone shows, the last one set to the right edge of the plot."""
    found: list[_Text] = []
    x = plot
    kept = list(sheet.numbers.items())[: sheet.phone]
    for k, (column, head) in reversed(list(enumerate(kept))):
        found.insert(0, _Text(column, "" if sheet.live else head, x, main=k == 0))
        x -= max(_text_width(sheet.frame[column], 12, bold=k == 0), fonts.width(head, 12)) + 12
    return found


def _drop(sheet: _Sheet, plot: float) -> float:
    """Return how far above the name its numbers stand on the narrow drawing: 0 beside it, where both have room."""
    columns = _phone(sheet, plot)
    if not columns:
        return 0.0
    aside = _GLYPH if sheet.side else 0.0
    names, numbers = sheet.frame[sheet.label], sheet.frame[columns[0].field]
    both = [
        aside + fonts.width(str(n), 13) + 12 + fonts.width(str(v), 12, bold=True)
        for n, v in zip(names, numbers, strict=True)
    ]
    return -17.0 if max(both) > columns[0].x else 0.0


def _shading(sheet: _Sheet, rows: Rows) -> tuple[list[alt.Chart], list[alt.Chart], float]:
    """Return zones, then lines of reference with all words above the plot, and the height that the words need."""
    zones: list[alt.Chart] = []
    lines: list[alt.Chart] = []
    heads: list[tuple[float, str]] = []
    for zone in sheet.zones:
        stripe = alt.Chart(pd.DataFrame({"a": [zone.low], "b": [zone.high]})).mark_rect(**zone.style)
        zones.append(stripe.encode(x=rows.x("a"), x2="b:Q", y=alt.value(0), y2=alt.value(rows.height)))
        heads.append(((rows.at(zone.low) + rows.at(zone.high)) / 2, zone.words))
    for reference in sheet.references:
        style: dict[str, Any] = {"strokeDash": DASH} if reference.dashed else {}
        line = alt.Chart(pd.DataFrame({"v": [reference.value]})).mark_rule(color=T[reference.colour], **style)
        lines.append(line.encode(x=rows.x("v")))
        heads.append((rows.at(reference.value), reference.words))
    if sheet.live:
        named = [(r.value, r.words) for r in sheet.references]
        words_, deep = heads_on(rows.measure, named, theme.NARROW - rows.left - rows.right)
    else:
        words_, deep = head_words(heads, rows.plot)
    return zones, [*lines, *words_], deep


def _within(table: pd.DataFrame, mark: Mark, domain: Sequence[float] | None) -> pd.DataFrame:
    """Return a mark's table with values beyond a given domain brought to its end."""
    numbers = [c for c in mark.columns if pd.api.types.is_numeric_dtype(table[c])]
    if domain is None or not numbers:
        return table
    return table.assign(**{c: table[c].clip(*domain) for c in numbers})


def _draw(sheet: _Sheet, width: int) -> ChartLike:
    wide = width >= theme.WIDE and not sheet.live
    frame = sheet.frame
    aside = _GLYPH if sheet.side else 0.0
    left = min(max(_text_width(frame[sheet.label], 13) + 16 + aside, 60.0), 300.0) if wide else 14.0
    right = 10.0
    if wide and (sheet.numbers or sheet.remarks):
        right = _columns(sheet, 0.0)[1] + 4
    plot = width - round(left) - round(right)
    lift = 0.0 if wide else max([_LIFT, *(mark.above + 8 for mark in sheet.marks)])
    lower = lift - _LIFT - _drop(sheet, plot) if not wide else 0.0
    pitch = sheet.pitch[0] if wide else sheet.pitch[1] + lower
    head = pitch / 2 if wide else sheet.pitch[1] - 16 + lower
    tops, headings, height = _places(sheet, pitch, head)
    sheet = replace(sheet, frame=frame.assign(**{_ROW: tops}))
    tables = [
        (mark, _within(table, mark, sheet.domain))
        for mark, table in _frames(sheet.frame, sheet.key, sheet.marks)
    ]
    seen = [v for mark, table in tables if mark.measured for c in mark.columns for v in table[c]]
    seen += [v for mark in sheet.marks for v in mark.also if sheet.kind != "log"]
    seen += [r.value for r in sheet.references] + [end for z in sheet.zones for end in (z.low, z.high)]
    axis = measure(
        seen,
        wide=wide,
        title=sheet.title,
        kind=sheet.kind,
        zero=sheet.zero,
        domain=sheet.domain,
        ticks=sheet.ticks if sheet.ticks and (wide or len(sheet.ticks) <= 5) else None,
        labels=sheet.labels,
        bend=sheet.bend,
    )
    axis = axis.centred(plot, left, right)
    colours = palette([mark.categories(table) for mark, table in tables], sheet.colours)
    named = tuple(frame[sheet.key].astype(str))
    rows = Rows(wide, round(left), round(right), plot, pitch, named, tuple(tops), height, axis, colours, lift)
    zones, lines, deep = _shading(sheet, rows)
    columns = _columns(sheet, plot)[0] if wide else _phone(sheet, plot)
    # on a phone the head of the numbers stands over the plot, above the words of its lines
    top = 10.0 if wide else deep + 10.0
    if any(column.head for column in columns):
        deep = max(deep, top + 8.0)
    keys, high = legend(
        colours, width - 8, rows.left - 4, glyphs=any(m.glyphs for m in sheet.marks), top=max(deep - 12, 0.0)
    )
    edges = [t - head for t in tops] + [height]
    hair = alt.Chart(pd.DataFrame({_ROW: edges})).mark_rule(color=T["hair"])
    start, end = (-rows.left, plot + rows.right) if wide else (0, plot)
    layers: list[Any] = [*zones, hair.encode(y=rows.y, x=alt.value(start), x2=alt.value(end))]
    if sheet.zero and axis.kind == "linear" and axis.domain[0] < 0 < axis.domain[1]:
        zero = alt.Chart(pd.DataFrame({"v": [0.0]})).mark_rule(color=T["ink3"])
        layers.append(zero.encode(x=rows.x("v")))
    layers += lines
    for mark, table in tables:
        drawn = mark.draw(rows, table)
        layers += [sheet.live.follow(layer) for layer in drawn] if sheet.live else drawn
    for y, words_ in headings:
        text = quiet_text(pd.DataFrame({"t": [words_]}), fontWeight=600)
        layers.append(text.encode(x=alt.value(start + (4 if wide else 0)), y=alt.value(y), text="t:N"))
    layers += [*_texts(sheet, rows, columns, top), *keys]
    return theme.frame(
        layered(*layers),
        width,
        round(height),
        left=round(left),
        right=round(right),
        top=round(deep + high + 6),
        bottom=44 if sheet.title else 26,
    )


def rows(
    frame: pd.DataFrame,
    label: str,
    *marks: Mark,
    axis: str = "",
    numbers: Mapping[str, str] | Sequence[str] = (),
    kind: Kind = "linear",
    zero: bool = True,
    domain: Sequence[float] | None = None,
    ticks: Sequence[float] | None = None,
    labels: str = "",
    references: Sequence[Reference] = (),
    zones: Sequence[Zone] = (),
    remarks: Mapping[str, str] | None = None,
    colours: Mapping[str, str] | None = None,
    group: str = "",
    key: str = "",
    strong: str = "",
    side: str = "",
    phone: int = 1,
    bend: float = 1.0,
    pitch: tuple[float, float] = PITCH,
    live: Live | None = None,
) -> Drawing:
    """Return a chart with a row for every row of `frame`, from the top down, and these marks in each.

    `label` is the column of names, `side` one of sides (winner, loser, neutral, mixed) whose glyph stands beside each name.
    `numbers` are columns of text at the right with their headers; the first is bold, and the first `phone` of them are those that
    a phone shows; `remarks` are columns of words right of them, with their headers, which a phone leaves out. `axis`
    titles the measure; `kind` may be ``log``, or ``symlog`` with its `bend`. Values beyond a given `domain` are drawn at its end. `references` are upright
    lines, `zones` shaded stretches. `colours` names a token of the theme for each
    category that marks are coloured `by`; sides (winner, loser, neutral, mixed) have their own. `group` is a column whose
    changes become headings. `key` is the column by which marks of other tables find their row, where names repeat;
    `strong` a column that says which names are bold. `live` is what moves in the page, with the same marks: rows of its own,
    sliders, and formulas of what is drawn.

    Raises
    ------
    ModelInputError
        For an empty table, a missing column (with the nearest), no known value, a colour that is no token.

    Examples
    --------
    >>> day = pd.DataFrame({"label": ["Chips", "Clouds"], "car": [-9.5, -1.3], "low": [-12, -4], "high": [-7, 1]})
    >>> drawing = rows(day, "label", span("low", "high"), dot("car"), axis="Abnormal return, %")
    >>> drawing.draw(720).to_dict()["width"] < 720
    True
    """
    heads = dict(numbers) if isinstance(numbers, Mapping) else dict.fromkeys(numbers, "")
    own = [c for mark in marks if mark.data is None for c in mark.columns]
    beside = dict(remarks or {})
    need(frame, [label, *heads, *beside, *own, *filter(None, (group, key, strong, side))], "charts.rows")
    for mark in marks:
        if mark.by not in T and not mark.parts:
            need(frame if mark.data is None else mark.data, [mark.by], "charts.rows", rows=False)
    sheet = _Sheet(
        frame.reset_index(drop=True),
        label,
        tuple(marks),
        heads,
        axis,
        kind,
        zero and kind == "linear",
        domain,
        ticks,
        labels,
        tuple(references),
        tuple(zones),
        beside,
        colours,
        group,
        pitch,
        key or label,
        strong,
        side,
        phone,
        bend,
    )
    drawn_by = [m.categories(frame if m.data is None else m.data) for m in marks]
    sides = bool(side) or palette(drawn_by, colours).sides
    still = Drawing(lambda width: _draw(sheet, width), frame, sides=sides)
    return _moving(still, sheet, live) if live else still


def _moving(still: Drawing, sheet: _Sheet, live: Live) -> Drawing:
    """Return a drawing with its live form: the same marks on the rows that move."""
    based = live.at_base()
    own = [c for mark in sheet.marks if mark.data is None for c in mark.columns]
    need(based.frame, [sheet.label, *list(sheet.numbers)[:1], *own], "charts.Live")
    moving = replace(
        sheet,
        frame=based.frame.reset_index(drop=True),
        numbers=dict(list(sheet.numbers.items())[:1]),
        remarks={},
        group="",
        strong="",
        domain=live.domain,
        ticks=live.ticks,
        references=sheet.references if live.references is None else tuple(live.references),
        live=based,
    )
    return replace(
        still,
        live=lambda: based.with_parameters(_draw(moving, theme.WIDE)),
        controls=tuple(live.controls),
        readout=live.readout,
    )


def intervals(
    frame: pd.DataFrame,
    label: str,
    value: str,
    low: str,
    high: str,
    *more: Mark,
    by: str = "ink",
    **options: Any,
) -> Drawing:
    """Return rows with an interval and a point in each: `rows` with a span, a dot and what else is given."""
    return rows(
        frame, label, *more, span(low, high, by=by if by not in T else "ink2"), dot(value, by=by), **options
    )


def spreads(
    frame: pd.DataFrame,
    label: str,
    *more: Mark,
    quantiles: Sequence[str] = ("low", "q25", "median", "q75", "high"),
    observed: str = "",
    between: tuple[str, str] | None = None,
    **options: Any,
) -> Drawing:
    """Return rows with the spread of draws in each: dashed from end to end, a bar over the middle half, a dot at the median.

    `quantiles` names the five columns. `observed` is a column of what was seen or published, a diamond, `between` its range;
    rows may have the one, the other or both.
    """
    low, q25, median, q75, high = quantiles
    marks = [span(low, high, thick=1.5, dashed=True), span(q25, q75, by="s4", thick=5), dot(median, size=60)]
    if between:
        marks.append(span(*between, by="c2", thick=1.5))
    if observed:
        marks.append(dot(observed, by="c2", glyph="diamond", size=90))
    return rows(frame, label, *marks, *more, **options)


def bars(
    frame: pd.DataFrame, label: str, value: str, *more: Mark, by: str = "neutral", **options: Any
) -> Drawing:
    """Return rows with a bar from zero in each."""
    return rows(frame, label, bar(value, by=by), *more, **options)
