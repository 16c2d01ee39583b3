"""A ladder: one row of `questions` taken apart into steps, so that its marks are learnt before many rows use them.

Every step has words at the left and its mark on a scale at the right; on a phone the scale stands below the words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.canvas import Canvas, lines_of
from deepseek_era.charts.questions import SIDES, records
from deepseek_era.charts.scales import need
from deepseek_era.drawing import answers, fonts
from deepseek_era.errors import ModelInputError, nearest
from deepseek_era.figure import format_number

_SCALE = 276.0
_LINE = 17.0
STEPS = ("alone", "left", "forecast")
"""Marks of probabilities: a filled dot, a ring with the way that it slid, a diamond."""


def _scale(canvas: Canvas, row: Mapping[str, Any], x: float, y: float, colour: str, likely: float) -> None:
    """Draw a step's scale and its mark about the height `y`."""
    if row["mark"] not in STEPS:
        canvas.answer("came", row["mark"], x + 10, y, size=20)
        canvas.word(str(row["mark"]), x + 27, y, size=16, bold=True)
        return
    forecast = row["mark"] == "forecast"
    bar = 0.5 if forecast else likely
    at = x + _SCALE * row["value"]
    canvas.rule(x, y, x + _SCALE, y, "rule")
    for end in (x, x + _SCALE):
        canvas.rule(end, y - 4, end, y + 4, "rule")
    canvas.rule(x + _SCALE * bar, y - 11, x + _SCALE * bar, y + 11, "ink3", dashed=not forecast)
    if row["mark"] == "left":
        start = x + _SCALE * row["start"]
        canvas.rule(at, y, start, y, colour, wide=2.2)
        canvas.dot(start, y, 3.4, colour)
    shape: dict[str, Any] = {"glyph": "diamond"} if forecast else {"hollow": row["mark"] == "left"}
    canvas.dot(at, y, 6.5, "ink" if forecast else colour, **shape)
    said = format_number(row["value"], "probability")
    half = fonts.width(said, 14, bold=True) / 2
    middle = min(max(at, x + half), x + _SCALE + 4 - half)
    canvas.word(said, middle, y + 19, size=14, bold=True, align="center")
    words = "even odds" if forecast else f"likely from {format_number(likely, 'probability')}"
    ends = [(0.0, "0", "left"), (bar, words, "center"), (1.0, "100%", "right")]
    for share, text, align in ends:
        place = x + _SCALE * share
        wide = fonts.width(text, 11)
        left = place - {"left": 0.0, "center": wide / 2, "right": wide}[align]
        if left + wide + 6 < middle - half or left - 6 > middle + half:
            canvas.word(text, place, y + 19, size=11, colour="ink3", align=align)


def _draw(rows: Sequence[Mapping[str, Any]], colour: str, likely: float, width: int) -> ChartLike:
    wide = width >= theme.WIDE
    canvas = Canvas()
    end = 712.0 if wide else 332.0
    room = 386.0 if wide else end - 26
    y = 0.0
    for k, row in enumerate(rows, start=1):
        if k > 1:
            canvas.rule(0, y, end, y)
        y += 9
        canvas.word(str(k), 0, y + 7, size=20, bold=True, colour="ink3")
        canvas.word(row["head"], 26, y + 7, size=15, bold=True)
        lines = lines_of(row["text"], room, 13)
        for n, line in enumerate(lines):
            canvas.word(line, 26, y + 26 + _LINE * n, colour="ink2")
        deep = 26 + _LINE * len(lines)
        if wide:
            _scale(canvas, row, end - _SCALE - 8, y + 14, colour, likely)
            y += max(deep, 46)
        else:
            _scale(canvas, row, 30, y + deep + 6, colour, likely)
            y += deep + (40 if row["mark"] in STEPS else 26)
    return canvas.chart(width, y, top=2)


def ladder(
    frame: pd.DataFrame,
    *,
    head: str = "head",
    text: str = "text",
    mark: str = "mark",
    value: str = "value",
    start: str = "start",
    side: str = "loser",
    likely: float = 0.6,
) -> Drawing:
    """Return the steps of one row of `questions`, one below the other, in the order of the table.

    Parameters
    ----------
    head, text
        Columns of words: what the step asks, and what it says of this row.
    mark
        Column with one of `STEPS`, or an answer to "did it come true?" (`answers.CAME_TRUE`).
    value, start
        Columns of probabilities: where the mark stands, and for ``left`` whence it slid; NaN where the mark is an answer.
    side
        Side that was named of this row, winner or loser, by which its marks are coloured.
    likely
        From which probability on one says likely.

    Raises
    ------
    ModelInputError
        For an empty table, a missing column, an unknown mark, a probability that is missing or outside 0 to 1.

    Examples
    --------
    >>> steps = pd.DataFrame({"head": ["Alone", "What came"], "text": ["Sales fall.", "They rose."],
    ...     "mark": ["alone", "no"], "value": [0.9, float("nan")], "start": [float("nan")] * 2})
    >>> ladder(steps).draw(340).to_dict()["width"]
    332
    """
    where = "charts.ladder"
    columns = {"head": head, "text": text, "mark": mark, "value": value, "start": start}
    need(frame, columns.values(), where)
    rows = pd.DataFrame({name: frame[column].to_numpy() for name, column in columns.items()})
    allowed = [*STEPS, *answers.CAME_TRUE]
    steps = records(rows)
    for row in steps:
        if row["mark"] not in allowed:
            saw = nearest(str(row["mark"]), allowed)
            raise ModelInputError(f"{where}: mark {row['mark']!r} is none of {', '.join(allowed)}{saw}")
        wanted = ("value", "start") if row["mark"] == "left" else ("value",) if row["mark"] in STEPS else ()
        for name in wanted:
            if not 0 <= row[name] <= 1:
                raise ModelInputError(
                    f"{where}: step {row['head']!r}: {name} is {row[name]:g}, allowed: 0 to 1"
                )
    if side not in SIDES:
        raise ModelInputError(f"{where}: side {side!r}, allowed: {' or '.join(SIDES)}")
    return Drawing(lambda width: _draw(steps, SIDES[side], likely, width), frame, sides=True)
