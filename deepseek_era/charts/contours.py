"""Maps of a field over two measures: bands between contour lines, one line set apart, and a marked point that may move.

The author gives the height of a contour line as one formula. The still drawing evaluates it here, the live one in the page,
where sliders move what the formula names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Control, Drawing
from deepseek_era.charts.field import Field
from deepseek_era.charts.formula import evaluate, vega
from deepseek_era.charts.marks import DASH
from deepseek_era.charts.plane import Axis, Layer, Plane, band, line, plane
from deepseek_era.errors import ModelInputError

T = theme.TOKENS
LIVE_SAMPLES = 41
_CROSS = 1.0  # pixels of the lines through the marked point


@dataclass(frozen=True)
class _Map:
    """What the author of a map gave, read: formulas with the numbers that they name."""

    level: str
    edges: tuple[float, ...]
    bands: Mapping[str, str]
    values: Mapping[str, float]
    derived: Mapping[str, str]
    known: Mapping[str, Any]
    """Every name of the formulas at its base value."""
    span: tuple[float, float]
    upward: tuple[float, float]
    """The domain of the axis up."""
    rising: bool
    """Whether contour lines of higher edges lie higher."""

    def heights(self, x: Array, edge: float) -> Array:
        """Return where the contour line of an edge stands over `x`, not clipped."""
        return evaluate(self.level, {**self.known, "x": x, "edge": edge}) + 0 * x

    def sides(self, k: int) -> tuple[float | None, float | None]:
        """Return the lower and the upper edge of a band, None where it ends with the plot."""
        first = self.edges[k - 1] if k else None
        last = self.edges[k] if k < len(self.edges) else None
        return (first, last) if self.rising else (last, first)


def _bands(map_: _Map, samples: int) -> pd.DataFrame:
    """Return every band that shows: ``x, low, high, band``, clipped to the plot."""
    x = np.linspace(*map_.span, samples)
    bottom, top = map_.upward
    found = []
    for k, name in enumerate(map_.bands):
        low, high = map_.sides(k)
        ends = [
            np.full_like(x, outer)
            if edge is None
            else np.clip(np.nan_to_num(map_.heights(x, edge), nan=bottom), bottom, top)
            for edge, outer in ((low, bottom), (high, top))
        ]
        if np.any(ends[1] > ends[0] + 1e-9):
            found.append(pd.DataFrame({"x": x, "low": ends[0], "high": ends[1], "band": name}))
    return pd.concat(found, ignore_index=True)


def _contour(map_: _Map, edge: float, samples: int) -> pd.DataFrame:
    x = np.linspace(*map_.span, samples)
    found = pd.DataFrame({"x": x, "y": map_.heights(x, edge)})
    return found[found["y"].between(*map_.upward)]


def _moving(map_: _Map) -> Layer:
    """Return the bands as the page computes them, from the formula and what the sliders say."""
    (left, right), (bottom, top) = map_.span, map_.upward
    names = list(map_.bands)

    def end(which: int, outer: float) -> str:
        edges = [map_.sides(k)[which] for k in range(len(names))]
        listed = json.dumps([0.0 if e is None else e for e in edges], separators=(",", ":"))
        height = vega(map_.level, {"x": "datum.x", "edge": f"{listed}[datum.k]"})
        return f"datum.k=={edges.index(None)}?{outer}:clamp({height},{bottom},{top})"

    def draw(plane: Plane) -> list[alt.Chart]:
        across = f"{left}+{right - left}*(datum.i%{LIVE_SAMPLES})/{LIVE_SAMPLES - 1}"
        named = f"{json.dumps(names)}[datum.k]"
        chart = (
            alt.Chart(alt.sequence(0, len(names) * LIVE_SAMPLES, as_="i"))
            .transform_calculate(k=f"floor(datum.i/{LIVE_SAMPLES})", x=across)
            .transform_calculate(band=named, low=end(0, bottom), high=end(1, top))
        )
        x, y, colour = plane.x("x"), plane.y("low"), plane.palette.colour("band")
        return [
            chart.mark_area(opacity=1, fillOpacity=1, strokeWidth=0).encode(
                x=x, y=y, y2="high:Q", color=colour
            )
        ]

    frame = pd.DataFrame({"x": left, "low": bottom, "high": top, "band": names})
    return Layer(draw, frame, ("x",), ("low", "high"), "band")


def _moving_contour(map_: _Map, edge: float) -> Layer:
    (left, right), (bottom, top) = map_.span, map_.upward
    across = f"{left}+{right - left}*datum.i/{LIVE_SAMPLES - 1}"
    height = vega(map_.level, {"x": "datum.x", "edge": f"{edge:g}"})

    def draw(plane: Plane) -> list[alt.Chart]:
        chart = (
            alt.Chart(alt.sequence(0, LIVE_SAMPLES, as_="i"))
            .transform_calculate(x=across)
            .transform_calculate(y=height)
            .transform_filter(f"datum.y>={bottom} && datum.y<={top}")
        )
        mark = chart.mark_line(strokeDash=DASH, strokeWidth=2, color=T["ink"])
        return [mark.encode(x=plane.x("x"), y=plane.y("y"))]

    return Layer(draw, pd.DataFrame({"x": [left], "y": [bottom]}), ("x",), ("y",))


def _ring(
    map_: _Map, point: tuple[str, str], across: tuple[float, float], *, cross: bool, live: bool
) -> Layer:
    """Return the marked point, kept inside the plot, with lines through it where `cross` asks for them."""
    at = [
        float(np.clip(evaluate(formula, map_.known), *domain))
        for formula, domain in zip(point, (across, map_.upward), strict=True)
    ]
    frame = pd.DataFrame({"x": [at[0]], "y": [at[1]]})

    def draw(plane: Plane) -> list[alt.Chart]:
        chart: Any = alt.Chart(frame)
        if live:
            x, y = (
                f"clamp({vega(formula)},{domain[0]},{domain[1]})"
                for formula, domain in zip(point, (across, map_.upward), strict=True)
            )
            chart = alt.Chart(alt.sequence(0, 1, as_="i")).transform_calculate(x=x, y=y)
        style: dict[str, Any] = {"filled": True, "fill": T["paper"], "stroke": T["ink"], "strokeWidth": 2.5}
        ring = chart.mark_point(size=110, opacity=1, **style).encode(x=plane.x("x"), y=plane.y("y"))
        rule = chart.mark_rule(color=T["ink"], strokeWidth=_CROSS)
        lines = [rule.encode(x=plane.x("x")), rule.encode(y=plane.y("y"))]
        return [*(lines if cross else []), ring]

    return Layer(draw, frame, ("x",), ("y",))


def _read(
    level: str,
    edges: Sequence[float],
    bands: Mapping[str, str],
    values: Mapping[str, float],
    derived: Mapping[str, str],
    span: tuple[float, float],
    upward: tuple[float, float],
) -> _Map:
    if len(bands) != len(edges) + 1 or list(edges) != sorted(edges) or not edges:
        raise ModelInputError(
            f"charts.contours: {len(bands)} bands between {len(edges)} edges, allowed: ascending edges and one band more"
        )
    known: dict[str, Any] = dict(values)
    for name, formula in derived.items():
        known[name] = float(evaluate(formula, known))
    map_ = _Map(level, tuple(map(float, edges)), bands, values, derived, known, span, upward, True)
    middle = np.array([sum(span) / 2])
    ends = [float(map_.heights(middle, edge)[0]) for edge in (edges[0] - 1e-6, edges[-1])]
    return replace(map_, rising=not ends[1] < ends[0])


def _compiled(
    field: Field,
    map_: _Map,
    across: tuple[float, float],
    controls: Sequence[Control],
    contour: float | None,
    height: tuple[float, float],
) -> dict[str, Any]:
    """Return a map's quantity for the page, once it is what the contour lines say."""
    field.check(controls)
    x = np.linspace(*map_.span, 7)
    for edge in map_.edges:
        heights = map_.heights(x, edge)
        seen = (heights >= map_.upward[0]) & (heights <= map_.upward[1])  # beyond, a formula may be held
        at = {c.param: c.base for c in controls} | {field.across: x[seen], field.upward: heights[seen]}
        field.held_to(edge, field.of(**at), max(map_.edges) - min(map_.edges) or abs(edge))
    made = field.compiled(controls, map_.edges, map_.bands, contour, height)
    return {**made, "ends": [list(across), list(map_.upward)], "span": list(map_.span)}


def contours(
    level: str,
    edges: Sequence[float],
    bands: Mapping[str, str],
    *layers: Layer,
    x: Axis,
    y: Axis,
    point: tuple[str, str],
    values: Mapping[str, float] | None = None,
    derived: Mapping[str, str] | None = None,
    contour: float | None = None,
    words: str = "",
    cross: bool = False,
    key: str = "",
    span: tuple[float, float] | None = None,
    samples: int = 50,
    controls: Sequence[Control] = (),
    readout: str = "",
    field: Field | None = None,
    height: tuple[float, float] = (330, 260),
) -> Drawing:
    """Return a map of bands between the contour lines of a field, with a marked point and other layers of a plane.

    `level` is the height of a contour line: a formula (see `charts.formula`) of ``x``, of ``edge``, the field's value on that
    line, and of the names that `values`, `controls` and `derived` give. `bands` names the bands from the field's lowest value up,
    with a token of the theme each; `edges` part them. `contour` is the edge whose line is drawn, dashed, with `words` at its end;
    `point` says by two formulas where the marked point stands, `cross` draws lines through it. Both axes need a domain; `span` is
    the part of the axis across on which the level is defined.

    With `controls` the page shows a form that moves: sliders move the names, `derived` formulas follow, each from those before
    it, and `readout` says values of names (``{now:.1f}``). With a `field` the page of the paper moves the map too. The drawing's `frame` holds the bands: ``x, low, high, band``.

    Raises
    ------
    ModelInputError
        For bands that do not fit the edges, an axis without a domain, a formula or a name that is none, and for a field that is not
        what the formula says.

    Examples
    --------
    >>> halves = {"less than half": "s2", "half or more": "s4"}
    >>> share, whole = Axis("Share, %", domain=(0, 100)), Axis("Whole", domain=(0, 10))
    >>> drawing = contours("100 * edge / x", [5], halves, x=share, y=whole, point=("50", "half * 2"), values={"half": 4})
    >>> sorted(drawing.frame.columns)
    ['band', 'high', 'low', 'x']
    """
    for name, axis in (("x", x), ("y", y)):
        if axis.domain is None:
            raise ModelInputError(f"charts.contours: {name} has no domain, its two ends are needed")
    assert x.domain is not None
    assert y.domain is not None
    across, upward = (tuple(float(v) for v in axis.domain or ()) for axis in (x, y))
    given = {c.param: c.base for c in controls} | dict(values or {})
    map_ = _read(level, edges, bands, given, derived or {}, span or across, upward)  # type: ignore[arg-type]
    frame = _bands(map_, samples)
    shown = {name: colour for name, colour in bands.items() if (frame["band"] == name).any()}
    line_ = (
        [] if contour is None else [line(_contour(map_, contour, samples), "x", "y", dashed=True, ends=words)]
    )
    options: dict[str, Any] = {"x": x, "y": y, "height": height, "keys": key or True, "on_fill": True}
    ring = _ring(map_, point, across, cross=cross, live=False)  # type: ignore[arg-type]
    still = plane(
        band(frame, "x", "low", "high", by="band", opacity=1), *line_, *layers, ring, colours=shown, **options
    )
    if not controls:
        return replace(still, frame=frame)
    moving = plane(
        _moving(map_),
        *([] if contour is None else [_moving_contour(map_, contour)]),
        *layers,
        _ring(map_, point, across, cross=cross, live=True),  # type: ignore[arg-type]
        colours=bands,
        movable=True,
        **options,
    )

    def live() -> ChartLike:
        chart: Any = moving.draw(theme.WIDE)
        return chart.add_params(  # type: ignore[no-any-return]
            *(alt.param(name=name, value=value) for name, value in given.items()),
            *(alt.param(name=name, expr=vega(formula)) for name, formula in map_.derived.items()),
        )

    moved = None if field is None else _compiled(field, map_, across, controls, contour, height)  # type: ignore[arg-type]
    return replace(still, frame=frame, live=live, controls=tuple(controls), readout=readout, field=moved)
