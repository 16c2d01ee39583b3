"""The page's typefaces: six cuts of Source Serif and Source Sans, subset, renamed and packed as woff2.

The licence (SIL OFL 1.1) reserves the name "Source" for unmodified fonts, so the subsets are called Report Serif
and Report Sans. Subsetting takes two seconds, so the result is kept, under a name that changes with the
font files, the characters and this recipe.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from deepseek_era.drawing import fonts as wheels
from deepseek_era.errors import DataError
from deepseek_era.pages.once import once

LICENCE = (
    "Set in Source Serif and Source Sans, © Adobe, subset, renamed Report Serif and Report Sans, "
    "and embedded under the SIL Open Font Licence 1.1."
)
_RECIPE = "2"  # raise when the subsetting below changes
_FEATURES = ["kern", "liga", "lnum", "tnum", "sups", "subs", "ccmp", "locl", "mark", "mkmk"]
_SIGNS = (
    "–—‘’‚“”„†‡•…‰′″‹›⁄€™←↑→↓−∞≈≠≤≥√∑∏∂∫∈⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉"
    "αβγδεζηθκλμνξπρστφχψωΓΔΘΛΣΦΨΩ\u2009\u202f\u2011"
)
_CHARACTERS = frozenset(range(0x20, 0x7F)) | frozenset(range(0xA0, 0x180)) | frozenset(map(ord, _SIGNS))


@dataclass(frozen=True)
class Face:
    """One embedded cut: CSS family, weight and style, and the file in the wheel that it is made from."""

    family: str
    weight: int
    style: str
    file: str


FACES = (
    Face("Report Serif", 400, "normal", "SourceSerifPro-Regular.ttf"),
    Face("Report Serif", 400, "italic", "SourceSerifPro-It.ttf"),
    Face("Report Serif", 600, "normal", "SourceSerifPro-Semibold.ttf"),
    Face("Report Sans", 400, "normal", "SourceSansPro-Regular.ttf"),
    Face("Report Sans", 400, "italic", "SourceSansPro-It.ttf"),
    Face("Report Sans", 600, "normal", "SourceSansPro-Semibold.ttf"),
)


def source(face: Face) -> Path:
    """Return the TrueType file that a face is cut from.

    Raises
    ------
    DataError
        If the font wheels do not hold the file.
    """
    for folder in wheels.directories():
        if (folder / face.file).exists():
            return folder / face.file
    raise DataError(f"font {face.file}: not found in the font wheels; install requirements.txt")


def subset(face: Face) -> bytes:
    """Return the face as woff2: only the report's characters, no hinting, renamed. Same input, same bytes."""
    from fontTools import subset as cutter
    from fontTools.ttLib import TTFont

    options = cutter.Options()
    options.hinting = False
    options.layout_features = _FEATURES
    options.name_IDs = [1, 2, 3, 4, 6, 13, 14]
    options.notdef_outline = True
    font = TTFont(source(face), recalcTimestamp=False)
    worker = cutter.Subsetter(options)
    worker.populate(unicodes=_CHARACTERS)
    worker.subset(font)
    cut = f"{face.family} {face.weight} {face.style}"
    for record in font["name"].names:
        names = {1: face.family, 3: cut, 4: cut, 6: cut.replace(" ", "-")}
        if record.nameID in names:
            record.string = names[record.nameID]
    font.flavor = "woff2"
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def _made(face: Face) -> bytes:
    key = hashlib.sha256(source(face).read_bytes())
    key.update(repr((_RECIPE, _FEATURES, sorted(_CHARACTERS), face)).encode())
    return once(f"{face.file.removesuffix('.ttf')}-{key.hexdigest()[:16]}.woff2", lambda: subset(face))


@functools.cache
def font_css() -> str:
    """Return the ``@font-face`` rules with all six faces inlined as base64 woff2."""
    rules = []
    for face in FACES:
        data = base64.b64encode(_made(face)).decode()
        rules.append(
            f"@font-face{{font-family:'{face.family}';font-weight:{face.weight};font-style:{face.style};"
            f"font-display:swap;src:url(data:font/woff2;base64,{data}) format('woff2')}}"
        )
    return "\n".join(rules)
