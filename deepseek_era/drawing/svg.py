"""From a Vega-Lite specification to SVG: at once, or later, by a process that draws for many notebooks.

A process that draws its first chart starts a JavaScript engine and compiles Vega in it, which takes as long as ten
charts. The publisher's kernels therefore leave their drawings pending: the specification stands in the drawing's place
until the publisher has it drawn. Everywhere else a chart is drawn where it is shown; the SVG is the same.
"""

from __future__ import annotations

import functools
import json
import logging
import re
from pathlib import Path
from typing import Any

from deepseek_era.drawing import fonts
from deepseek_era.errors import UserError

SCALE = 2
"""Pixels of a PNG for one of the drawing."""
PENDING = "vega-lite:"
"""How a drawing that is still to be made begins; an SVG begins with ``<svg``."""
# inside tags alone: 0.001 between them is a text, such as a tick or a p-value, and no coordinate
_TAG = re.compile(r"<[^>]*>")
_LONG_NUMBER = re.compile(r"(?<![\w#>−])(-?\d+\.\d{3,})(?![\w])")
# Vega numbers them through the life of its process
_NUMBERED_ID = re.compile(r"((?:\bid=\"|url\(#)(?:clip|gradient_))(\d+)")


def tidy(svg: str) -> str:
    """Return the SVG with coordinates at two decimals, and with ids that do not tell what was drawn before.

    That is half the bytes, and no last bits of arithmetic show.
    """
    numbers: dict[str, int] = {}
    svg = _NUMBERED_ID.sub(lambda m: f"{m[1]}{numbers.setdefault(m[2], len(numbers) + 1)}", svg)

    def short(tag: re.Match[str]) -> str:
        return _LONG_NUMBER.sub(lambda m: f"{float(m.group(1)):.2f}".rstrip("0").rstrip("."), tag[0])

    return _TAG.sub(short, svg)


class Pen:
    """What a process draws with: a converter that knows the report's faces; or it leaves its drawings to another."""

    def __init__(self, faces: Path | None = None, *, pending: bool = False) -> None:
        self._faces = faces
        self.pending = pending
        """Whether specifications are handed on instead of being drawn."""

    @functools.cached_property
    def converter(self) -> Any:
        """vl-convert, with the report's faces known to it."""
        import vl_convert

        vl_convert.register_font_directory(str(self._faces or fonts.folder()))
        return vl_convert

    def draw(self, specification: str) -> str:
        """Return the SVG of a Vega-Lite specification (JSON), set in the report's own faces."""
        return tidy(self.converter.vegalite_to_svg(specification))

    def svg(self, specification: dict[str, Any]) -> str:
        """Return the SVG of a specification, or that itself behind `PENDING` where it is left to another."""
        text = json.dumps(specification, ensure_ascii=False)
        return PENDING + text if self.pending else self.draw(text)


@functools.cache
def pen() -> Pen:
    """Return the pen of this process."""
    return Pen()


def picture(svg: str) -> bytes:
    """Return a drawing as a PNG on white.

    Raises
    ------
    UserError
        If it is no drawing.
    """
    ground = re.sub(r"(<svg[^>]*>)", r'\1<rect width="100%" height="100%" fill="#ffffff"/>', svg, count=1)
    logging.disable(logging.WARNING)  # a line of no length, which the converter leaves out, is no news
    try:
        return bytes(pen().converter.svg_to_png(ground, scale=SCALE))
    except ValueError as error:
        raise UserError(f"not readable as a drawing ({str(error).splitlines()[0]})") from None
    finally:
        logging.disable(logging.NOTSET)


def asks_elsewhere(node: Any) -> bool:
    """Return whether a specification, or a part of one, names data at an address: drawing it would ask the network."""
    if isinstance(node, dict):
        data = node.get("data")
        return (isinstance(data, dict) and "url" in data) or any(map(asks_elsewhere, node.values()))
    return isinstance(node, list) and any(map(asks_elsewhere, node))
