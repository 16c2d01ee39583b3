"""A strip of days: every day is a dot in the row of its kind, and one day stands above the rows, beside all of them.

Dots that would overlap are stacked about the middle of their row; a short upright bar is the mean of the row. On a phone
the heads stand above the dots of their rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.canvas import Canvas, lines_of
from deepseek_era.charts.marks import Box, around, place
from deepseek_era.charts.scales import measure, need
from deepseek_era.drawing import fonts
from deepseek_era.errors import ModelInputError
from deepseek_era.figure import MINUS

_RADIUS, _APART = 3.7, 6.9
LABELS = 4
"""Days that may have a label beside the one above the rows."""


def stacked(places: Sequence[float], apart: float = _APART) -> list[int]:
    """Return the level of each dot about the middle of its row, so that no two of a level are nearer than `apart`.

    The dots are taken from left to right, and each has the level nearest to the middle that is free: 0, −1, 1, −2, …

    >>> stacked([0.0, 3.0, 20.0, 4.0])
    [0, -1, 0, 1]
    """
    ends: dict[int, float] = {}
    levels = [0] * len(places)
    for k in sorted(range(len(places)), key=lambda k: places[k]):
        order = (level for n in range(len(places)) for level in ((-n, n) if n else (0,)))
        level = next(n for n in order if places[k] - ends.get(n, -1e9) >= apart)
        ends[level] = places[k]
        levels[k] = level
    return levels


def _said(value: float) -> str:
    text = f"{abs(value):.1f}%"
    return f"{MINUS if value < 0 else '+'}{text}" if float(text[:-1]) else text


@dataclass(frozen=True)
class _Strip:
    """What the author gave."""

    rows: tuple[tuple[str, pd.DataFrame], ...]
    day: float
    words: str
    axis: str
    side: str
    within: tuple[float, ...]


def _draw(strip: _Strip, width: int) -> ChartLike:
    wide = width >= theme.WIDE
    end = 712.0 if wide else 332.0
    heads = [f"{name}, {len(part)} {'day' if len(part) == 1 else 'days'}" for name, part in strip.rows]
    left = max(fonts.width(name, 14) for name, _ in strip.rows) + 20 if wide else 8.0
    right = end - (64.0 if wide else 8.0)
    values = [strip.day, 0.0, *strip.within, *(v for _, part in strip.rows for v in part["value"])]
    x = measure(values, wide=wide, most=8 if wide else 6)

    def at(value: float) -> float:
        return left + (right - left) * x.share(value)

    canvas = Canvas()
    top = 38.0
    y = top
    ends = [top]
    dots: list[tuple[float, float, str]] = []
    halos: list[tuple[str, float, float, str, float]] = []
    for (name, part), head in zip(strip.rows, heads, strict=True):
        places = [at(v) for v in part["value"]]
        levels = stacked(places)
        up, down = max(-min(levels), 0), max(*levels, 0)
        room = 0.0 if wide else 24.0
        middle = y + room + 12 + _APART * up
        bottom = max(middle + _APART * down + 12, y + room + (38 if wide else 30))
        middle = (y + room + bottom) / 2 + (up - down) * _APART / 2
        for place_, level, label in zip(places, levels, part["label"], strict=True):
            dots.append((place_, middle + _APART * level, str(label or "")))
        mean = float(part["value"].mean())
        canvas.rule(at(mean), middle - 15, at(mean), middle + 15, "ink", wide=2.4)
        if wide:
            canvas.word(name, 0, middle - 8, size=14)
            canvas.word(head.removeprefix(f"{name}, "), 0, middle + 9, size=12, colour="ink3")
            canvas.word(_said(mean), end, middle, bold=True, align="right")
        else:
            halos.append((head, 0.0, y + 14, "left", 13.0))
            halos.append((f"average {_said(mean)}", end, y + 14, "right", 12.0))
        y = bottom
        ends.append(y)
        canvas.rule(0, y, end, y)
    if wide:
        canvas.word("average", end, top - 8, size=11, colour="ink3", align="right")
    canvas.rule(0, top, end, top)
    for tick, words in zip(x.ticks, x.written(), strict=True):
        canvas.rule(at(tick), top, at(tick), y, "ink3" if tick == 0 else "hair")
        canvas.word(f"{words}%", at(tick), y + 14, size=11, colour="ink3", align="center")
    below = lines_of(strip.axis, right - left if wide else end, 12)
    for k, line in enumerate(below):
        canvas.word(line, left if wide else 0, y + 34 + 16 * k, size=12, colour="ink3")
    colour = {"loser": "lose", "winner": "win"}[strip.side]
    spot = at(strip.day)
    canvas.rule(spot, 14, spot, y, f"{colour}text", dashed=True)
    for dot_x, dot_y, _ in dots:
        canvas.dot(dot_x, dot_y, _RADIUS, "ink2")
    canvas.dot(spot, 12, 6.5, colour)
    said = f"{strip.words}: {_said(strip.day)}"
    long = fonts.width(said, 13.5, bold=True)
    before = spot + 14 + long > end
    canvas.word(
        said,
        spot - 14 if before else spot + 14,
        12,
        size=13.5,
        bold=True,
        colour=f"{colour}text",
        align="right" if before else "left",
    )
    for text, word_x, word_y, align, size in halos:
        ink = "ink" if align == "left" else "ink2"
        canvas.word(text, word_x, word_y, size=size, align=align, colour=ink, halo=True)
    nought = at(0.0)
    lines = [Box(x0 - 2, top, x0 + 2, y) for x0 in (spot, nought)] + [
        Box(left, e - 1, right, e + 1) for e in ends
    ]
    _labels(canvas, dots, lines, Box(left, top, right, y))
    return canvas.chart(width, y + 26 + 16 * len(below), top=4)


def _labels(
    canvas: Canvas, dots: Sequence[tuple[float, float, str]], lines: Sequence[Box], within: Box
) -> None:
    """Write the labels of days where they touch no dot, no head and none of the lines."""
    taken = [around(x, y, _RADIUS + 1) for x, y, _ in dots]
    taken += [*canvas.boxes, *lines]
    wanted = [dot for dot in dots if dot[2]]
    for label in place(wanted, within, taken):
        canvas.word(label.text, label.x, label.y, size=12, colour="ink2", halo=True)


def days(
    frame: pd.DataFrame,
    kind: str,
    value: str,
    *,
    day: float,
    words: str,
    axis: str = "",
    label: str = "",
    side: str = "loser",
    within: Sequence[float] = (),
) -> Drawing:
    """Return a strip with a row for every category of `kind`, in the order of the table, and a dot for every row of it.

    Parameters
    ----------
    value
        Column of percent.
    day, words
        The value of the day that stands above the rows, percent, and what it is called.
    label
        Column of texts, empty for most; at most `LABELS` days have one. A label without room is left out.
    side
        Whether that day tells of a winner or a loser.
    within
        Values that the scale reaches too: those of strips that stand on the same one.

    Raises
    ------
    ModelInputError
        For an empty table, a missing column, a value that is no number, too many labels.

    Examples
    --------
    >>> moves = pd.DataFrame({"kind": ["open", "open", "closed"], "move": [0.5, -1.0, 2.0]})
    >>> days(moves, "kind", "move", day=-16.0, words="27 January 2025").draw(340).to_dict()["width"]
    332
    """
    where = "charts.days"
    need(frame, [kind, value, *([label] if label else [])], where)
    if side not in ("loser", "winner"):
        raise ModelInputError(f"{where}: side {side!r}, allowed: winner or loser")
    if frame[value].isna().any() or day != day:
        raise ModelInputError(f"{where}: {value} holds a day without a number")
    texts: Any = frame[label].fillna("").astype(str) if label else ""
    tidy = pd.DataFrame({"kind": frame[kind].astype(str), "value": frame[value].astype(float)})
    tidy = tidy.assign(label=texts)
    if (count := int((tidy["label"] != "").sum())) > LABELS:
        raise ModelInputError(f"{where}: {count} days have a label, allowed: at most {LABELS}")
    rows = tuple((str(name), part) for name, part in tidy.groupby("kind", sort=False))
    strip = _Strip(rows, float(day), words, axis, side, tuple(within))
    return Drawing(lambda width: _draw(strip, width), frame, sides=True)
