"""The report's typefaces, from the font wheels: the same glyphs on every machine."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from pathlib import Path

import font_source_sans_pro
import font_source_serif_pro


@functools.cache
def directories() -> tuple[Path, ...]:
    """Return the folders that hold the TrueType files of Source Sans and Source Serif."""
    packages = (font_source_sans_pro, font_source_serif_pro)
    return tuple(Path(str(package.__file__)).parent / "files" for package in packages)


_FACES = ("Regular", "It", "Semibold", "SemiboldIt")


@functools.cache
def folder() -> Path:
    """Return a folder with the eight faces that charts and paper use: one file each, so that no listing order decides.

    It goes when the process that asked first ends; processes forked from that one share it.
    """
    made = Path(tempfile.mkdtemp(prefix="report-fonts-"))
    for family, source in zip(("SourceSansPro", "SourceSerifPro"), directories(), strict=True):
        for face in _FACES:
            shutil.copyfile(source / f"{family}-{face}.ttf", made / f"{family}-{face}.ttf")
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(made, ignore_errors=True)

    atexit.register(remove)
    return made


@functools.cache
def _advances(face: str, serif: bool) -> tuple[dict[int, int], int]:
    """Return how far each letter of a face moves on, in units, and the units of its square."""
    from fontTools.ttLib import TTFont

    family = "SourceSerifPro" if serif else "SourceSansPro"
    with TTFont(directories()[serif] / f"{family}-{face}.ttf", lazy=True) as font:
        metrics = font["hmtx"]
        return {code: metrics[name][0] for code, name in font.getBestCmap().items()}, font["head"].unitsPerEm


def width(text: str, size: float = 12.0, *, bold: bool = False, serif: bool = False) -> float:
    """Return the width of a text in pixels, kerning left out; a letter that the face lacks counts as wide."""
    advances, units = _advances("Semibold" if bold else "Regular", serif)
    return size * sum(advances.get(ord(letter), units) for letter in text) / units
