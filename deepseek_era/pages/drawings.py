"""Small drawings of the page: inlined charts made safe, strips, hills and histograms as plain SVG."""

from __future__ import annotations

import html
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import numpy as np

from deepseek_era.book.cards import Hill
from deepseek_era.errors import DataError
from deepseek_era.figure import MINUS
from deepseek_era.pages.markup import escape

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
# what Vega writes for tools and screen readers; the drawing has one alt text instead, and the page a strict policy
_DROPPED = {"class", "role", "style", "aria-hidden", "aria-roledescription", "aria-label"}
_DROPPED |= {"pointer-events", "version", "font-family"}  # the face is named once, on the root
_ALLOWED = frozenset(
    {"svg", "g", "path", "rect", "line", "circle", "ellipse", "polygon", "polyline", "text", "tspan", "title"}
    | {"defs", "clipPath", "linearGradient", "stop"}
)
_URL = re.compile(r"url\(#([^)]+)\)")
_INHERITED = frozenset(
    {
        "fill",
        "stroke",
        "stroke-width",
        "stroke-dasharray",
        "stroke-linecap",
        "stroke-linejoin",
        "fill-opacity",
    }
    | {"stroke-opacity", "font-size", "font-weight", "font-style", "text-anchor"}
)
_COORDINATES = frozenset(
    {"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "dx", "dy"}
)
_NUMBER = re.compile(r"-?\d+\.\d+")
# rules of one look one after another, as Vega writes a grid
_RULES = re.compile(r'(?:<line transform="translate\([^()"]+\)" x2="[^"]+" y2="[^"]+"/>){2,}')
_RULE = re.compile(r'<line transform="translate\(([^()"]+)\)" x2="([^"]+)" y2="([^"]+)"/>')
_SPACE = re.compile(r"\s+")
# names that a canvas gives to its layers
_STEP = re.compile(r"\bstep_(\d)_")
_CARD = re.compile(r"\bcard_(\w+)_w\d+_marks\b")
_TITLE = re.compile(r"(<svg[^>]*>)<title>([^<]*)</title>")
_DEFAULTS = {
    ("opacity", "1"),
    ("fill-opacity", "1"),
    ("stroke-opacity", "1"),
    ("transform", "translate(0,0)"),
}
# how Vega writes a circle about the origin: two arcs
_CIRCLE = re.compile(r"M([\d.]+),0A\1,([\d.]+),0,1,1,-\2,0A\1,\2,0,1,1,\2,0")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _hoist(node: ET.Element) -> None:
    """Move what all children of a group share to the group: a third of an axis is the same words over and over."""
    children = [child for child in node if child.get("display") != "none"]
    for child in children:
        _hoist(child)
    if _local(node.tag) != "g" or len(children) < 2 or len(children) != len(node):
        return
    for name in sorted(_INHERITED):
        values = {child.get(name) for child in children}
        if len(values) == 1 and None not in values:
            node.set(name, str(values.pop()))
            for child in children:
                del child.attrib[name]


def _coarse(name: str, value: str) -> str:
    """Return a coordinate with one decimal: a tenth of a pixel is finer than any screen."""
    if name not in _COORDINATES:
        return value

    def short(match: re.Match[str]) -> str:
        text = f"{float(match.group(0)):.1f}".removesuffix(".0")
        return "0" if text == "-0" else text

    return _NUMBER.sub(short, value)


def titled(svg: str, title: str) -> str:
    """Return a drawing that says its title, for whoever opens it alone."""
    head, end, rest = svg.partition(">")
    return f"{head}{end}<title>{escape(title)}</title>{rest}"


def untitled(svg: str) -> tuple[str, str]:
    """Return the title that `titled` gave a drawing, empty if none, and the drawing without it."""
    found = _TITLE.match(svg)
    if found is None:
        return "", svg
    return html.unescape(found.group(2)), found.group(1) + svg[found.end() :]


def inline_svg(svg: str, name: str, alt: str, variant: str) -> str:
    """Return a chart's SVG ready to stand in the page: one alt text, no styles or handlers, ids made unique.

    What a canvas drew for a step says so (``data-step``), and its rows too; a name that opens a card is a link.

    Raises
    ------
    DataError
        If the text is no SVG.
    """
    try:
        root = ET.fromstring(svg)
    except ET.ParseError as error:
        raise DataError(f"exhibit {name}: its drawing is no SVG ({error})") from None
    _hoist(root)
    prefix = f"{name}-{variant}-"
    parts: list[str] = []
    view = root.get("viewBox") or f"0 0 {root.get('width', '720')} {root.get('height', '300')}"
    width, height = view.split()[2:4]
    role = "group" if _CARD.search(svg) else "img"  # a picture may hold nothing that can be reached
    parts.append(
        f'<svg class="{escape(variant)}" role="{role}" aria-label="{escape(_SPACE.sub(" ", alt).strip())}" '
        f'width="{escape(width)}" height="{escape(height)}" viewBox="{escape(view)}" fill="none" '
        'font-family="Source Sans Pro, sans-serif">'
    )

    def write(node: ET.Element) -> None:
        kind = _local(node.tag)
        if kind not in _ALLOWED:
            return
        named = node.attrib.pop("class", "")
        if card := _CARD.search(named):
            parts.append(f'<a href="#card-{escape(card[1])}">')
            write(node)
            parts.append("</a>")
            return
        attributes = [f' data-step="{step[1]}"'] if (step := _STEP.search(named)) else []
        if "grounds_" in named:
            attributes.append(' data-rows=""')
        circle = _CIRCLE.fullmatch(node.get("d", "")) if kind == "path" else None
        kind = "circle" if circle else kind
        for key, value in node.attrib.items():
            local = _local(key)
            if local in _DROPPED or local.startswith("on") or key == _XLINK or local == "href":
                continue
            if (local, value) in _DEFAULTS:
                continue
            value = prefix + value if local == "id" else _coarse(local, value)
            if circle and local == "d":
                local, value = "r", _coarse("width", circle[1])
            elif local == "font-size":
                value = value.removesuffix("px")
            attributes.append(
                f' {local}="{escape(_URL.sub(lambda m: f"url(#{prefix}{m.group(1)})", value))}"'
            )
        children = list(node)
        empty = not children and not (node.text or "").strip()
        if empty and kind in {"g", "text"}:
            return
        # Vega's invisible frames: a path or rectangle that paints nothing
        if empty and kind == "path" and (node.get("d", "") == "" or named in {"background", "foreground"}):
            painted = node.get("fill", "none") != "none" or node.get("stroke", "none") != "none"
            if not painted:
                return
        if node.get("display") == "none":
            return
        if kind == "g" and not attributes:  # a group of nothing but its children
            for child in children:
                write(child)
            return
        parts.append(f"<{kind}{''.join(attributes)}")
        if empty:
            parts.append("/>")
            return
        parts.append(">" + escape(node.text or ""))
        for child in children:
            write(child)
        parts.append(f"</{kind}>")

    for child in root:
        write(child)
    parts.append("</svg>")
    return _RULES.sub(_as_one, "".join(parts))


def _as_one(rules: re.Match[str]) -> str:
    """Return rules that share their look as one path."""
    return f'<path d="{"".join(f"M{at}l{x},{y}" for at, x, y in _RULE.findall(rules[0]))}"/>'


def _percent(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.1f}%"


def _ticks(edges: np.ndarray, delta: float | None) -> list[float]:
    """Return round values inside the range, the telling ones first."""
    low, high = float(edges[0]), float(edges[-1])
    reach = max(abs(low), abs(high))
    if reach == 0:
        return [0.0]
    found: list[float] = [0.0]
    top = math.floor(math.log10(reach))
    for power in range(top, top - 4, -1):
        for step in (5.0, 2.0, 1.0):
            found += [step * 10.0**power, -step * 10.0**power]
    # equal steps read better than powers where the scale is even
    if np.allclose(np.diff(edges), np.diff(edges)[0], rtol=1e-3):
        step = 10.0 ** math.floor(math.log10((high - low) / 3)) if high > low else 1.0
        while (high - low) / step > 6:
            step *= 2 if f"{step:e}"[0] in "15" else 2.5
        found = [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
        found.sort(key=abs)
    return [value for value in found if low <= value <= high]


def tick_text(value: float, suffix: str = "") -> str:
    """Return a tick's words: true minus, no needless decimals."""
    text = f"{abs(value):,.10g}" if abs(value) < 1e6 else f"{abs(value):.3g}"
    return (MINUS if value < 0 else "") + text + suffix


def hill(shape: Hill, *, ticks: int = 88) -> str:
    """Return a card's distribution: the hill coloured by the side of the threshold, its band, bars and median.

    The horizontal scale is the one in which the bin edges are evenly spaced; `ticks` is the height at which its numbers
    stand. A distribution with no spread is drawn
    as its median alone; one whose edges and counts do not fit is left out.
    """
    edges, counts, delta = np.asarray(shape.edges), np.asarray(shape.counts), shape.delta
    if len(edges) < 2 or len(counts) != len(edges) - 1 or not np.all(np.isfinite(edges)):
        return ""
    edges = np.maximum.accumulate(edges)
    flat = not edges[-1] > edges[0]
    if flat:
        edges = np.array([edges[0] - 1.0, edges[0] + 1.0])
        counts = np.array([0.0])

    def at(value: float) -> float:
        return float(np.interp(value, edges, np.linspace(0.0, 1.0, len(edges))))

    peak = counts.max() if counts.max() > 0 else 1.0
    parts = [
        f'<svg class="dist" width="100%" height="{ticks + 4}" role="img" aria-label="{escape(shape.words)}">'
    ]
    if delta is not None:
        left, right = at(-delta), at(delta)
        parts.append(
            f'<rect x="{_percent(left)}" y="4" width="{_percent(right - left)}" height="62" fill="var(--hair)"/>'
        )
    # one stepped outline per side, cut at the threshold; stretched to the width by the nested drawing
    cuts = [0.0, 1.0] if delta is None else [0.0, at(-delta), at(delta), 1.0]
    colours = ["neutral"] if delta is None else ["lose", "neutral", "win"]
    bounds = np.linspace(0.0, 1.0, len(edges))
    hills = []
    for start, stop, colour in zip(cuts, cuts[1:], colours, strict=False):
        if stop <= start:
            continue
        inside = [i for i in range(len(counts)) if bounds[i + 1] > start and bounds[i] < stop]
        path = f"M{1000 * start:.0f} 60"
        for i in inside:
            y = 60 - 56 * counts[i] / peak
            path += (
                f"L{1000 * max(bounds[i], start):.0f} {y:.1f}L{1000 * min(bounds[i + 1], stop):.0f} {y:.1f}"
            )
        hills.append(f'<path d="{path}L{1000 * stop:.0f} 60z" fill="var(--{colour})" fill-opacity=".5"/>')
    parts.append(
        '<svg y="6" width="100%" height="60" viewBox="0 0 1000 60" preserveAspectRatio="none">'
        + "".join(hills)
        + "</svg>"
    )
    if edges[0] <= 0 <= edges[-1]:
        zero = _percent(at(0.0))
        parts.append(f'<line x1="{zero}" x2="{zero}" y1="4" y2="70" stroke="var(--ink3)"/>')
    for low, high, width in (("p5", "p95", 1.5), ("p25", "p75", 4)):
        if low in shape.quantiles and high in shape.quantiles:
            ends = _percent(at(shape.quantiles[low])), _percent(at(shape.quantiles[high]))
            parts.append(
                f'<line x1="{ends[0]}" x2="{ends[1]}" y1="66" y2="66" '
                f'stroke="var(--ink2)" stroke-width="{width}"/>'
            )
    if "median" in shape.quantiles:
        parts.append(
            f'<circle cx="{_percent(at(shape.quantiles["median"]))}" cy="66" r="4.5" fill="var(--ink)"/>'
        )
    shown: dict[float, float] = {}
    for value in _ticks(edges, delta):
        place = at(value)
        if all(abs(place - other) > 0.12 for other in shown) and 0.02 <= place <= 0.98:
            shown[place] = value
    for place, value in shown.items():
        # a unit in words stands at the last number alone
        suffix = shape.suffix if shape.suffix == "%" or place == max(shown) else ""
        anchor = "end" if len(suffix) > 1 and place > 0.85 else "middle"
        x = "100.0%" if anchor == "end" else _percent(place)
        parts.append(
            f'<text x="{x}" y="{ticks}" text-anchor="{anchor}">{escape(tick_text(value, suffix))}</text>'
        )
    parts.append("</svg>")
    return "".join(parts)


def miniature(side: str, alone: float, left: float, came: float | None, likely: float | None) -> str:
    """Return a row of ``charts.questions`` for a card, 208 by 52: "was it R1?" above, "did it come true?" below.

    Its words stand beside it.
    """
    ink = {"winner": "var(--win)", "loser": "var(--lose)"}.get(side, "var(--ink2)")

    def at(share: float) -> float:
        return round(8 + 192 * min(max(share, 0.0), 1.0), 1)

    def axis(y: int, share: float | None, dashed: str = "") -> str:
        rule = "" if share is None else f"M{at(share)} {y - 10}v20"
        marked = f'<path d="{rule}" stroke="var(--ink3)"{dashed}/>' if rule else ""
        return f'<path d="M8 {y}h192" stroke="var(--rule)"/>{marked}'

    parts = [
        axis(13, likely, ' stroke-dasharray="2 2"'),
        f'<path d="M{at(left)} 13H{at(alone)}" stroke="{ink}" stroke-width="2.2"/>',
        f'<circle cx="{at(left)}" cy="13" r="4.4" fill="var(--panel)" stroke="{ink}" stroke-width="1.8"/>',
        f'<circle cx="{at(alone)}" cy="13" r="5" fill="{ink}"/>',
    ]
    if came is not None:
        parts += [
            axis(40, 0.5),
            f'<path d="M{at(came) - 5.5:.1f} 40l5.5-5.5 5.5 5.5-5.5 5.5z" fill="var(--ink)"/>',
        ]
    drawn = "".join(parts)
    return f'<svg viewBox="0 0 208 52" width="208" height="52" fill="none" aria-hidden="true">{drawn}</svg>'


def histogram(counts: Sequence[int], *, printed: str = "") -> str:
    """Return the bars of one driver of the belief explorer: pale for all draws, dark for those kept.

    For print there are no beliefs to keep: all draws alone, in the colour `printed`.
    """
    peak = max([*counts, 1])
    n = len(counts)

    def bars(paint: str) -> str:
        return "".join(
            f'<rect {paint} x="{100 * i / n:.2f}" y="{46 - height:.2f}" width="{100 / n - 0.35:.2f}" '
            f'height="{height:.2f}"/>'
            for i, height in enumerate(46 * count / peak for count in counts)
        )

    if printed:
        return (
            f'<svg xmlns="{_SVG}" viewBox="0 0 100 52" width="200" height="52" preserveAspectRatio="none">'
            + bars(f'fill="{printed}"')
            + "</svg>"
        )
    return (
        '<svg class="hist" viewBox="0 0 100 52" preserveAspectRatio="none" aria-hidden="true">'
        + bars('class="all"')
        + bars('class="kept"')
        + "</svg>"
    )
