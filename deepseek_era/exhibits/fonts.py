"""The report's typefaces, from the font wheels: the same glyphs on every machine."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import font_source_sans_pro
import font_source_serif_pro


@functools.cache
def directories() -> tuple[Path, ...]:
    """Return the folders that hold the TrueType files of Source Sans and Source Serif."""
    packages = (font_source_sans_pro, font_source_serif_pro)
    return tuple(Path(str(package.__file__)).parent / "files" for package in packages)


_registered = False


def register(converter: Any) -> None:
    """Make the fonts known to vl-convert, once a process."""
    global _registered
    if not _registered:
        for folder in directories():
            converter.register_font_directory(str(folder))
        _registered = True
