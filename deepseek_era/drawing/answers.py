"""Marks of the two answers that every call has: a circle for "did it come true?", a square for "was it R1?".

In both families filled is yes, part filled is in part, dashed is unknown. Ink alone: colour says who wins. Page, charts
and print draw the same paths on a field of 14.
"""

from __future__ import annotations

import re

_RING = '<circle cx="7" cy="7" r="5.6" fill="none" stroke="currentColor" stroke-width="1.4"/>'
_DASHED = _RING.replace("/>", ' stroke-dasharray="2.2 1.7"/>')
_BOX = '<rect x="1.7" y="1.7" width="10.6" height="10.6" fill="none" stroke="currentColor" stroke-width="1.4"'
_LINE = 'fill="none" stroke="currentColor" stroke-width="1.4"'

CAME_TRUE = {
    "yes": '<circle cx="7" cy="7" r="6.3" fill="currentColor"/>',
    "mostly": f'{_RING}<path d="M7 7V1.4A5.6 5.6 0 1 1 1.4 7z" fill="currentColor"/>',
    "partly": f'{_RING}<path d="M7 1.4a5.6 5.6 0 0 0 0 11.2z" fill="currentColor"/>',
    "no": f'{_RING}<path d="M4.4 4.4l5.2 5.2M9.6 4.4L4.4 9.6" {_LINE}/>',
    "too early": _DASHED,
}
"""Did it come true? The paths of a mark by its word."""
WAS_IT_R1 = {
    "yes": '<rect x="1" y="1" width="12" height="12" fill="currentColor"/>',
    "for a while": f'{_BOX}/><rect x="1.7" y="1.7" width="5.3" height="10.6" fill="currentColor"/>',
    "too small": f'{_BOX}/><circle cx="7" cy="7" r="1.7" fill="currentColor"/>',
    "cannot be told": f'{_BOX} stroke-dasharray="2.2 1.7"/>',
    "the other way": f'{_BOX}/><path d="M10 7H4.4M6.6 4.8L4.4 7l2.2 2.2" {_LINE}/>',
}
"""Was it R1? The paths of a mark by its word."""
FACTS = {
    "true": CAME_TRUE["yes"],
    "true, but": CAME_TRUE["mostly"],
    "misleading": f'{_RING}<path d="M7 7V1.4A5.6 5.6 0 0 1 12.6 7z" fill="currentColor"/>',
    "false": CAME_TRUE["no"],
    "cannot be settled": _DASHED,
}
"""Did the article get a fact right? The same circles by the word of a fact."""
FAMILIES = {"t": CAME_TRUE, "r": WAS_IT_R1}
"""Both by the letter with which their ids begin."""


def mark_id(family: str, word: str) -> str:
    """Return the id of a mark: ``t-too-early``, ``r-for-a-while``."""
    return f"{family}-{word.replace(' ', '-')}"


def svg(paths: str, colour: str) -> str:
    """Return a mark as a drawing of its own in a colour."""
    inner = paths.replace("currentColor", colour)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 14 14" width="14" height="14">{inner}</svg>'


_ELEMENT = re.compile(r"<(circle|rect|path) ([^>]*)/>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


def outlines(paths: str) -> list[tuple[str, bool, bool]]:
    """Return a mark as outlines on its field of 14, for charts, which draw nothing but paths.

    Each is a path, whether it is filled (else it is drawn as a line), and whether that line is dashed.

    >>> outlines(WAS_IT_R1["yes"])
    [('M1 1h12v12h-12z', True, False)]
    """
    found = []
    for kind, attributes in _ELEMENT.findall(paths):
        given = dict(_ATTRIBUTE.findall(attributes))
        if kind == "circle":
            x, y, r = (float(given[name]) for name in ("cx", "cy", "r"))
            arc = f"a{r:g} {r:g} 0 1 0"
            path = f"M{x - r:g} {y:g}{arc} {2 * r:g} 0{arc} {-2 * r:g} 0z"
        elif kind == "rect":
            wide, high = float(given["width"]), float(given["height"])
            path = f"M{given['x']} {given['y']}h{wide:g}v{high:g}h{-wide:g}z"
        else:
            path = given["d"]
        found.append((path, given.get("fill") == "currentColor", "stroke-dasharray" in given))
    return found
