"""The one chart theme: tokens, type and the Altair theme that every exhibit is drawn with.

Tokens live in ``report/template/theme.json``, so the page, the paper and the charts share them.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import altair as alt

from deepseek_era.tables import ROOT

WIDE = 720
NARROW = 340
WIN, LOSE, NEUTRAL = "triangle-up", "triangle-down", "circle"
GLYPHS = {"winner": WIN, "loser": LOSE, "neutral": NEUTRAL, "mixed": "diamond"}


@functools.cache
def theme_file() -> dict[str, Any]:
    """Return the content of ``theme.json``: tokens, and the configuration of charts in the names of tokens."""
    return json.loads((ROOT / "report" / "template" / "theme.json").read_text(encoding="utf-8"))


TOKENS: dict[str, str] = theme_file()["tokens"]["light"]
SIDE_TOKENS = ("win", "wintext", "wintint", "lose", "losetext", "losetint")
"""The colours of winning and losing, which mean nothing else."""
SIDE_COLOUR = {
    "winner": TOKENS["win"],
    "loser": TOKENS["lose"],
    "neutral": TOKENS["neutral"],
    "mixed": TOKENS["ink3"],
}


def _coloured(node: Any) -> Any:
    """Return the configuration of charts with the colours of tokens in place of their names (``@ink3``)."""
    if isinstance(node, dict):
        return {key: _coloured(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_coloured(value) for value in node]
    return TOKENS[node[1:]] if isinstance(node, str) and node.startswith("@") else node


@functools.cache
def enable() -> None:
    """Register and enable the report's Altair theme; harmless when called again."""

    @alt.theme.register("deepseek_era", enable=True)
    def _theme() -> alt.theme.ThemeConfig:
        return _coloured(theme_file()["charts"])  # type: ignore[no-any-return]

    alt.data_transformers.disable_max_rows()


def frame(
    chart: alt.Chart | alt.LayerChart,
    width: int,
    height: int,
    *,
    left: int = 0,
    right: int = 0,
    top: int = 4,
    bottom: int = 40,
) -> alt.Chart | alt.LayerChart:
    """Return the chart with a total width of exactly `width`: the plot plus explicit padding, nothing automatic."""
    return chart.properties(
        width=width - left - right,
        height=height,
        autosize=alt.AutoSizeParams(type="none"),
        padding={"left": left, "right": right, "top": top, "bottom": bottom},
    )
