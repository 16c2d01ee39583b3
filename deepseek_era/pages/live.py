"""The script that runs the model in the page: its data, its traced program, and what the reader moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deepseek_era.drawing import answers
from deepseek_era.pages import sheet

PARTS = ("model.js", "world.js")


def script(world: Mapping[str, Any]) -> str:
    """Return the script for what `deepseek_era.book.world` hands over; it starts when the page puts it in."""
    marks = {word: answers.mark_id("r", word) for word in world["words"]}
    data = {**{name: value for name, value in world.items() if name != "code"}, "marks": marks}
    parts = "\n".join((sheet.TEMPLATES / name).read_text(encoding="utf-8") for name in PARTS)
    return f'window.report.model=(()=>{{"use strict";const D={sheet.as_json(data)},run={world["code"]};\n{parts}}})();'
