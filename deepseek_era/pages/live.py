"""The script that runs the model in the page: its data, its traced program, and what the reader moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deepseek_era.drawing import answers
from deepseek_era.pages import sheet

PARTS = ("model.js", "maps.js", "flips.js", "world.js")


def script(world: Mapping[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the script for what `deepseek_era.book.world` hands over, and for maps by the names of their exhibits.

    It starts when the page puts it in.
    """
    marks = {word: answers.mark_id("r", word) for word in world["words"]}
    data = {**{name: value for name, value in world.items() if name != "code"}, "marks": marks}
    data["fields"] = {name: {key: of for key, of in f.items() if key != "code"} for name, f in fields.items()}
    maps = ",".join(f"{sheet.as_json(name)}:{f['code']}" for name, f in fields.items())
    parts = "\n".join((sheet.TEMPLATES / name).read_text(encoding="utf-8") for name in PARTS)
    known = f"D={sheet.as_json(data)},run={world['code']},maps={{{maps}}}"
    return f'window.report.model=(()=>{{"use strict";const {known};\n{parts}}})();'
