"""What the verdict exhibits share: the sides, words for numbers and calls, texts, places in pixels."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.charts import marks, theme
from deepseek_era.charts.marks import label_at, text_mark
from deepseek_era.figure import Figure, format_figure, format_number
from deepseek_era.model import Model
from deepseek_era.verdicts.evaluate import Evaluation, evaluations, is_call

T = theme.TOKENS
SIDES = ("loser", "neutral", "winner")
SHAPES = alt.Scale(domain=list(SIDES), range=[theme.LOSE, theme.NEUTRAL, theme.WIN])
COLOURS = alt.Scale(domain=list(SIDES), range=[T["lose"], T["neutral"], T["win"]])


def source_line(model: Model, extra: str = "") -> str:
    """Return the source line of a verdict exhibit, which names its notebook."""
    return marks.source_line(model, extra, by="Our model, notebook 05:")


def calls_of(model: Model) -> dict[str, Evaluation]:
    """Return the evaluations of the calls alone, without the further considerations."""
    return {key: e for key, e in evaluations(model).items() if is_call(key)}


def plain_unit(unit: str) -> str:
    """Return the unit as it stands in a narrow column: percent of what is said by the row."""
    return "%" if unit.startswith("%") else unit


def median_words(e: Evaluation, values: Array) -> str:
    """Return the median of draws with its unit, as a column shows it."""
    figure = Figure.from_draws("column", values, unit=plain_unit(e.call.unit), label="column")
    return format_figure(figure)


def dark_text(frame: pd.DataFrame, field: str, **style: Any) -> alt.Chart:
    """Return the texts of a field in full ink."""
    return text_mark(frame, field, **{"colour": T["ink"], "size": 12.5, **style})


def dark_label(text: str, x: float, y: float, **style: Any) -> alt.Chart:
    """Return a text in full ink at pixel coordinates of the plot."""
    return label_at(text, x, y, **{"colour": T["ink"], "size": 12.5, **style})


def pixels(field: str, extent: float, *, down: bool = False) -> Any:
    """Return an encoding that reads a field as pixels of a plot of that extent, without an axis."""
    scale = alt.Scale(domain=[0, extent], reverse=down, nice=False)
    return (alt.Y if down else alt.X)(f"{field}:Q", scale=scale, axis=None)


def percent(value: float) -> str:
    """Return a probability in percent."""
    return format_number(value, "probability")


def brief(label: str) -> str:
    """Return a stakeholder's name short enough for a phone."""
    swaps = {
        "OpenAI, Anthropic, Google": "Model sellers",
        "Training capex and power": "Training capex",
        "Investors in open-source AI": "Open investors",
        "Superintelligence sooner": "Superintelligence",
        "New model developers": "New developers",
        "Academic researchers": "Academics",
        "Traditional software": "Software",
        "Open source first": "Open source",
    }
    for long, short in swaps.items():
        label = label.replace(long, short)
    return label
