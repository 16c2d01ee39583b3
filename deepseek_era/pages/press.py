"""Typst: its faces, the characters that they have, drawings and pictures that it takes, and how it sets a file.

Every PDF of the project is accessible (PDF/UA-1) and archivable (PDF/A-2a); the same data gives the same bytes.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import re
import tempfile
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from deepseek_era.book.references import Picture
from deepseek_era.charts import theme
from deepseek_era.drawing import fonts
from deepseek_era.errors import DataError

STANDARDS: Any = ["a-2a", "ua-1"]
LONG_WORD = 28  # letters, after which a word may break wherever it must
_UNDRAWN = re.compile(r"the text [`\"]+(.+?)[`\"]+ could not be displayed", re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")


@functools.cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[str(fonts.folder())])


# --- characters ------------------------------------------------------------------------------------------------


def _drawable(text: str, undrawn: frozenset[str]) -> str:
    """Return text without control characters; what no face can draw is named by its code point, if it can be seen."""
    odd: dict[int, str] = {}
    for letter in set(text):
        kind = unicodedata.category(letter)
        if (kind == "Cc" and letter not in "\n\t") or (letter in undrawn and kind in ("Cf", "Zl", "Zp")):
            odd[ord(letter)] = ""
        elif letter in undrawn or kind in ("Co", "Cs", "Cn"):
            odd[ord(letter)] = f"‹U+{ord(letter):04X}›"
    return text.translate(odd) if odd else text


def cleaned(value: Any, undrawn: frozenset[str]) -> Any:
    """Return data in which every text can be drawn."""
    if isinstance(value, str):
        return _drawable(value, undrawn)
    if isinstance(value, Mapping):
        return {str(k): cleaned(v, undrawn) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(v, undrawn) for v in value]
    return value


def breakable(text: str) -> str:
    """Return text in which long words may break: after a sign of an address or an id, else anywhere."""

    def loosen(match: re.Match[str]) -> str:
        word = re.sub(r"([/_.=&?;:,|-])(?=\w)", "\\1\u200b", match.group(0))
        return re.sub(rf"([^\u200b]{{{LONG_WORD}}})(?=[^\u200b])", "\\1\u200b", word)

    return re.sub(rf"\S{{{LONG_WORD},}}", loosen, text)


# --- drawings and pictures -------------------------------------------------------------------------------------


def printed_svg(markup: str, width: float, size: float = 7.5) -> str:
    """Return a drawing of the page (`drawings`) for print: `width` points wide, with the colours it names."""
    height = float(re.search(r'height="([\d.]+)"', markup).group(1))  # type: ignore[union-attr]
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="Source Sans Pro" font-size="{size:g}" '
        f'fill="{theme.TOKENS["ink3"]}"'
    )
    markup = re.sub(r"^<svg[^>]*", root, markup, count=1)
    return re.sub(r"var\(--(\w+)\)", lambda m: theme.TOKENS[m.group(1)], markup)


def svg_size(svg: str, name: str) -> tuple[float, float]:
    """Return width and height of a drawing.

    Raises
    ------
    DataError
        If it is no SVG.
    """
    try:
        root = ET.fromstring(svg)
    except ET.ParseError as error:
        raise DataError(f"exhibit {name}: its drawing is no SVG ({error})") from None
    box = (root.get("viewBox") or f"0 0 {root.get('width', '720')} {root.get('height', '300')}").split()
    return float(box[2]), float(box[3])


def safe_svg(svg: str) -> str:
    """Return the SVG without what a PDF may not hold: scripts, handlers, foreign markup."""
    svg = re.sub(r"<script\b.*?</script>|<foreignObject\b.*?</foreignObject>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\s(?:xlink:)?href="(?!#|data:image/)[^"]*"', "", svg)
    return re.sub(r'\son\w+="[^"]*"', "", svg)


def settable(picture: Picture) -> bytes:
    """Return the bytes of a picture as typst takes them."""
    if picture.kind != "svg":
        return picture.data
    return safe_svg(picture.data.decode("utf-8", "replace")).encode()


@contextlib.contextmanager
def _beside(pictures: Mapping[str, bytes]) -> Iterator[str | None]:
    """Give a folder with the pictures in it, or None where there are none."""
    if not pictures:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, data in pictures.items():
            (Path(folder) / name).write_bytes(data)
        yield folder


def unsettable(pictures: Iterable[Picture]) -> list[str]:
    """Return the names of the pictures that typst cannot read."""
    import typst

    broken = []
    for picture in pictures:
        source = f'#set document(title: "x")\n#set text(lang: "en")\n#image("/{picture.name}", alt: "x")'
        with _beside({picture.name: settable(picture)}) as folder:
            try:
                _compiled(source.encode(), {}, dt.date(2025, 1, 1), folder)
            except typst.TypstError:
                broken.append(picture.name)
    return broken


# --- setting ---------------------------------------------------------------------------------------------------


def _compiled(source: bytes, inputs: dict[str, str], date: dt.date, root: str | None = None) -> bytes:
    import typst

    compiler = typst.Compiler(
        source, root=root, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs
    )
    stamp = dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC)
    made: Any = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=stamp)
    return bytes(made)


def pdf(
    template: bytes, inputs: Mapping[str, str], date: dt.date, pictures: Mapping[str, bytes] | None = None
) -> bytes:
    """Return the PDF that a template makes of texts under ``sys.inputs``, with `date` as its own.

    Raises
    ------
    typst.TypstError
        For what it refuses.
    """
    with _beside(pictures or {}) as root:
        return _compiled(template, dict(inputs), date, root)


def torn(error: Exception) -> bool:
    """Return whether typst tripped over a fault of its own: what a page's end cuts at an unlucky line.

    It cannot be tagged; on pages that are a hair shorter it is cut elsewhere.
    """
    said = str(getattr(error, "diagnostic", ""))
    return "tags weren't properly closed" in said or "internal error: parent group" in said


def undrawn_in(error: Exception) -> frozenset[str]:
    """Return the characters that no face can draw, as a refusal of typst's names them.

    It names the whole cluster: the letter before a sign that is missing is not missing itself, and a bracket taken out
    of the markup would break it; invisible signs it writes as escapes.
    """
    named = "".join(_UNDRAWN.findall(str(getattr(error, "diagnostic", ""))))
    named = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), named)
    return frozenset(letter for letter in named if not letter.isascii())


def first_lines(error: Exception) -> str:
    """Return what a refusal of typst's says, in one line."""
    text = str(getattr(error, "diagnostic", "") or error)
    return " ".join(line.strip() for line in text.splitlines()[:3])
