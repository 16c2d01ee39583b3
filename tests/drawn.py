"""The texts of a drawing with their boxes, measured with the face they are set in."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from deepseek_era.drawing import fonts

SVG = "{http://www.w3.org/2000/svg}"
_STEP = re.compile(r"(translate|rotate|scale|matrix)\(([^)]*)\)")


@dataclass(frozen=True)
class Box:
    """A text and the four corners of the box around its letters, in pixels of the drawing, in order round the box."""

    text: str
    corners: tuple[tuple[float, float], ...]
    fill: str
    size: float

    def overlap(self, other: Box) -> float:
        """Return how far two boxes, turned or not, lie in each other along the way that parts them soonest."""
        mine, yours = np.array(self.corners), np.array(other.corners)
        depths = []
        for box in (mine, yours):
            for edge in (box[1] - box[0], box[2] - box[1]):
                way = edge / max(float(np.hypot(*edge)), 1e-9)
                a, b = mine @ way, yours @ way
                depths.append(min(a.max(), b.max()) - max(a.min(), b.min()))
        return max(0.0, float(min(depths)))


def _matrix(text: str) -> np.ndarray:
    whole = np.eye(3)
    for name, inner in _STEP.findall(text):
        n = [float(v) for v in re.split(r"[\s,]+", inner.strip())]
        step = np.eye(3)
        if name == "translate":
            step[:2, 2] = (n[0], n[1] if len(n) > 1 else 0.0)
        elif name == "scale":
            step[0, 0], step[1, 1] = n[0], n[-1]
        elif name == "rotate":
            a = np.radians(n[0])
            step[:2, :2] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
            if len(n) == 3:
                shift, back = np.eye(3), np.eye(3)
                shift[:2, 2], back[:2, 2] = n[1:], [-n[1], -n[2]]
                step = shift @ step @ back
        else:
            step[:2] = np.array(n).reshape(3, 2).T
        whole = whole @ step
    return whole


def texts(svg: str) -> Iterator[Box]:
    """Yield every visible text of a drawing."""
    stack: list[tuple[ET.Element, np.ndarray, dict[str, str]]] = [(ET.fromstring(svg), np.eye(3), {})]
    while stack:
        node, matrix, style = stack.pop()
        style = {
            **style,
            **{k: v for k, v in node.attrib.items() if k != "transform" and not k.startswith("{")},
        }
        if node.get("opacity") == "0" or style.get("visibility") == "hidden" or node.tag == f"{SVG}defs":
            continue
        matrix = matrix @ _matrix(node.get("transform", ""))
        if node.tag == f"{SVG}text":
            yield from _boxes(node, matrix, style)
            continue
        stack += [(child, matrix, style) for child in node]


def _boxes(node: ET.Element, matrix: np.ndarray, style: dict[str, str]) -> Iterator[Box]:
    size = float(re.sub(r"[a-z]+$", "", style.get("font-size", "12px")))
    bold = style.get("font-weight", "400") in ("600", "bold", "700")
    y = float(node.get("y", 0))
    lines = [(node.text or "", float(node.get("x", 0)), y)]
    for span in node.iter(f"{SVG}tspan"):
        y += float(span.get("dy", 0))
        lines.append((span.text or "", float(span.get("x", 0)), y))
    for words, x, base in lines:
        if not words.strip():
            continue
        wide = fonts.width(words, size, bold=bold)
        left = x - {"middle": wide / 2, "end": wide}.get(style.get("text-anchor", "start"), 0.0)
        # digits and capitals reach 0.66 of the size above the line, descenders 0.2 below
        top, foot, right = base - 0.66 * size, base + 0.2 * size, left + wide
        corners = [(left, top), (right, top), (right, foot), (left, foot)]
        placed = tuple((float(x), float(y)) for x, y, _ in (matrix @ (*c, 1.0) for c in corners))
        yield Box(words, placed, style.get("fill", ""), size)


_GLYPH = re.compile(r"^M[-\d.,\sAaLlHhVvMmZz]+$")


def points(svg: str, least: float = 2.5, most: float = 8.0) -> list[tuple[float, float]]:
    """Return the middle of every small filled glyph: dots, diamonds, triangles that stand for a datum, no speckle of draws."""
    found = []
    stack: list[tuple[ET.Element, np.ndarray, dict[str, str]]] = [(ET.fromstring(svg), np.eye(3), {})]
    while stack:
        node, matrix, style = stack.pop()
        style = {**style, **{k: v for k, v in node.attrib.items() if k in ("fill", "opacity")}}
        matrix = matrix @ _matrix(node.get("transform", ""))
        outline = node.get("d", "")
        if (
            node.tag == f"{SVG}path"
            and style.get("fill", "none") not in ("none", "transparent")
            and (outline.rstrip().endswith(("Z", "z")) or "A" in outline)
        ):
            numbers = [abs(float(n)) for n in re.findall(r"-?\d+\.?\d*", outline)]
            if numbers and least <= max(numbers) <= most and _GLYPH.match(outline):
                found.append((float(matrix[0, 2]), float(matrix[1, 2])))
        stack += [(child, matrix, style) for child in node]
    return found


def struck(svg: str, slack: float = -3.0) -> list[str]:
    """Return the texts that a glyph touches: its middle is in their letters or nearer than `-slack` pixels."""
    middles = np.array(points(svg)).reshape(-1, 2)
    hit = []
    for t in texts(svg):
        corners = np.array(t.corners)
        along, down = corners[1] - corners[0], corners[3] - corners[0]
        for way in (along, down):
            way /= max(float(np.hypot(*way)), 1e-9)
        a, b = (middles - corners[0]) @ along, (middles - corners[0]) @ down
        wide, tall = float((corners[1] - corners[0]) @ along), float((corners[3] - corners[0]) @ down)
        if np.any((a > slack) & (a < wide - slack) & (b > slack) & (b < tall - slack)):
            hit.append(t.text)
    return hit


def collisions(svg: str, slack: float = 1.0) -> list[tuple[str, str]]:
    """Return the pairs of texts whose letters lie in each other by more than `slack` pixels.

    A text right over the same text is its own halo.
    """
    found = list(texts(svg))
    return [
        (a.text, b.text)
        for a, b in combinations(found, 2)
        if (a.text, a.corners) != (b.text, b.corners) and a.overlap(b) > slack
    ]


def beyond(svg: str, slack: float = 1.0) -> list[str]:
    """Return the texts that leave their drawing."""
    box = ET.fromstring(svg).get("viewBox", "").split()
    wide, tall = float(box[2]), float(box[3])
    return [
        t.text
        for t in texts(svg)
        if any(not (-slack <= x <= wide + slack and -slack <= y <= tall + slack) for x, y in t.corners)
    ]


def inlined(page: str) -> Iterator[tuple[str, str, str]]:
    """Yield exhibit, ``wide`` or ``narrow``, and drawing of every chart of a page."""
    for name, charts in re.findall(
        r'<div class="chart" data-chart="([^"]+)"[^>]*>(.*?)</div>', page, re.DOTALL
    ):
        for found in re.finditer(r'<svg class="(wide|narrow)".*?</svg>', charts, re.DOTALL):
            spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            yield name, found[1], found[0].replace("<svg ", f"<svg {spaces}", 1)
