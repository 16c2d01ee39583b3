"""Rows that answer two questions, each on an axis of its own: whether it was this cause, and whether it came true.

The left panel has a filled dot (the cause alone), a ring (what is left of it later) and a line between them; the right
one an ink diamond (what to expect from all causes) and behind it what came, as a mark and its word. The panels never
share an axis. Every number is printed behind its scale; on a phone each row has its scales below its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.canvas import Canvas, known, lines_of
from deepseek_era.charts.scales import need
from deepseek_era.drawing import fonts
from deepseek_era.errors import ModelInputError
from deepseek_era.figure import format_number

SIDES = {"winner": "win", "loser": "lose"}
HEADS = ("Was it R1?", "Did it come true?")
KEYS = ("R1 alone", "once rivals caught up", "forecast, all causes")
STEPS = ("R1 alone", "Once rivals caught up", "What to expect", "What happened")


@dataclass(frozen=True)
class _Form:
    """Where things stand in one of the two forms, in pixels."""

    pitch: float
    scale: float
    """Middle of the scales below the top of a row."""
    cause: tuple[float, float]
    came: tuple[float, float]
    head: float
    """Height of the head of a group."""
    top: float
    """Room above the first group for what the marks mean."""

    end: float
    """Right edge of the rows."""
    numbers: tuple[float, float, float]
    """Right edges of the numbers: alone, left, forecast."""


WIDE = _Form(22.5, 11.0, (192.0, 406.0), (508.0, 574.0), 28.0, 66.0, 712.0, (452.0, 490.0, 612.0))
NARROW = _Form(42.0, 29.0, (6.0, 128.0), (226.0, 290.0), 32.0, 88.0, 332.0, (168.0, 204.0, 330.0))
SAID = "what the article said"
UNSCORED = "no forecast"


def _at(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share


def _keys(canvas: Canvas, form: _Form, likely: float, *, wide: bool) -> None:
    """Draw heads, what the marks mean and the values of both scales."""
    top = -form.top + 10
    for x, side in ((5.0, "winner"), (19.0, "loser")):
        canvas.dot(x, top + (20 if wide else 0), 5, SIDES[side], glyph=theme.GLYPHS[side])
    canvas.word(SAID, 30, top + (20 if wide else 0), size=12, colour="ink2")
    top += 0 if wide else 24
    x, right = form.cause[0] - (0 if wide else 4), form.came[0] - (0 if wide else 8)
    for step, head, left in zip((0, 3), HEADS, (x, right), strict=True):
        canvas.step = step
        canvas.word(head, left, top, size=13, bold=True)
    canvas.step = 0
    y = top + 20
    canvas.dot(x + 5, y, 5, "ink2")
    canvas.word(KEYS[0], x + 14, y, size=12, colour="ink2")
    canvas.step = 2
    next_ = x + 14 + fonts.width(KEYS[0], 12) + 12
    canvas.rule(next_, y, next_ + 18, y, "ink2", wide=2.2)
    canvas.dot(next_ + 20, y, 4.4, "ink2", hollow=True)
    later = KEYS[1] if wide else KEYS[1].removeprefix("once ")
    canvas.word(later, next_ + 30, y, size=12, colour="ink2")
    canvas.step = 3
    canvas.dot(right + 5, y, 5.5, "ink", glyph="diamond")
    said = KEYS[2] if wide else KEYS[2].partition(",")[0]
    canvas.word(said, right + 14, y, size=12, colour="ink2")
    canvas.step = 0
    y += 22
    start, end = form.cause
    canvas.word("0", start, y, size=11, colour="ink3")
    at = _at(form.cause, likely)
    mark = format_number(likely, "probability")
    canvas.word(f"likely from {mark}" if wide else mark, at, y, size=11, colour="ink3", align="center")
    canvas.word("100%", end, y, size=11, colour="ink3", align="right")
    canvas.step = 3
    for share, words, align in ((0.0, "0", "left"), (0.5, "50", "center"), (1.0, "100", "right")):
        canvas.word(words, _at(form.came, share), y, size=11, colour="ink3", align=align)
    canvas.step = 0
    if wide:
        for step, words, x in zip((1, 2), ("alone", "left"), form.numbers[:2], strict=True):
            canvas.step = step
            canvas.word(words, x, y, size=11, colour="ink3", align="right")
        canvas.step = 4
        canvas.word("what happened", 622, y, size=11, colour="ink3")
        canvas.step = 0


def _row(canvas: Canvas, form: _Form, row: Mapping[str, Any], y: float, *, strong: bool, wide: bool) -> None:
    """Draw a row whose top is at `y`."""
    name, scale = y + 12, y + form.scale
    canvas.dot(5, name, 5, SIDES[row["side"]], glyph=theme.GLYPHS[row["side"]])
    canvas.word(row["label"], 16, name, size=14, bold=strong)
    scored = pd.notna(row["forecast"])
    for ends in (form.cause, form.came) if scored else (form.cause,):
        canvas.rule(ends[0], scale, ends[1], scale)
    colour = SIDES[row["side"]]
    alone, left = _at(form.cause, row["alone"]), _at(form.cause, row["left"])
    canvas.step = 2
    canvas.rule(left, scale, alone, scale, colour, wide=2.2)
    canvas.dot(left, scale, 4.4, colour, hollow=True)
    canvas.step = 1
    canvas.dot(alone, scale, 5, colour)
    canvas.step = 3
    if scored:
        canvas.dot(_at(form.came, row["forecast"]), scale, 5.5, "ink", glyph="diamond")
    else:
        middle = _at(form.came, 0.5)
        canvas.word(UNSCORED, middle, scale, size=11, colour="ink3", align="center")
    size = 13 if wide else 12
    for step, name_, x, colour in zip(
        (1, 2, 3), ("alone", "left", "forecast"), form.numbers, ("ink", "ink2", "ink2"), strict=True
    ):
        if name_ != "forecast" or scored:
            canvas.step = step
            chance = format_number(row[name_], "probability")
            canvas.word(chance, x, scale, size=size, colour=colour, bold=step == 1, align="right")
    x = 628.0 if wide else form.came[0] + 2
    early = row["came"] == "too early"
    canvas.step = 4
    canvas.answer("came", row["came"], x, name, size=11)
    canvas.word(row["came"], x + 11, name, size=13 if wide else 14, colour="ink3" if early else "ink")
    canvas.step = 0
    canvas.rule(0, y + form.pitch, form.end, y + form.pitch)


def _scored(
    rows: Sequence[Mapping[str, Any]], y: float, form: _Form, *, wide: bool
) -> list[tuple[float, float]]:
    """Return where the rows from `y` on that have a forecast stand: a rule through the others would strike their words out."""
    found: list[tuple[float, float]] = []
    for k, row in enumerate(rows):
        if pd.notna(row["forecast"]):
            top = y + form.pitch * k
            start, end = (top, top + form.pitch) if wide else (top + 20, top + 38)
            if found and found[-1][1] == start:
                start = found.pop()[0]
            found.append((start, end))
    return found


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table by the names of its columns."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _draw(
    groups: Sequence[tuple[str, str, str, list[dict[str, Any]]]], likely: float, width: int
) -> ChartLike:
    wide = width >= theme.WIDE
    form = WIDE if wide else NARROW
    canvas = Canvas()
    _keys(canvas, form, likely, wide=wide)
    y = 0.0
    for mark, head, meaning, rows in groups:
        canvas.answer("r1", mark, 6, y + form.head / 2, size=12)
        canvas.word(head, 18, y + form.head / 2, size=14, bold=True)
        room = form.end - 18 - fonts.width(head, 14, bold=True) - 14
        beside = fonts.width(meaning, 12) <= room
        if meaning and beside:
            x = 18 + fonts.width(head, 14, bold=True) + 14
            canvas.word(meaning, x, y + form.head / 2, size=12, colour="ink3")
        y += form.head
        if not beside:  # below the head, as a phone has it
            for line in lines_of(meaning, form.end - 18, 12):
                canvas.word(line, 18, y + 2, size=12, colour="ink3")
                y += 16
            y += 2
        canvas.rule(0, y, form.end, y, "rule")
        stripes = [(y, y + form.pitch * len(rows))]
        if not wide:  # names stand between the scales there
            stripes = [(y + form.pitch * k + 20, y + form.pitch * k + 38) for k in range(len(rows))]
        bar, middle = _at(form.cause, likely), _at(form.came, 0.5)
        for start, end in stripes:
            canvas.zone(bar, start, form.cause[1], end)
            canvas.rule(bar, start, bar, end, "ink3", dashed=True)
        for start, end in _scored(rows, y, form, wide=wide):
            canvas.rule(middle, start, middle, end, "rule")
        for row in rows:
            canvas.ground(0, y, form.end, y + form.pitch)
            _row(canvas, form, row, y, strong=bool(row["strong"]), wide=wide)
            y += form.pitch
    return canvas.chart(width, y, top=form.top)


def questions(
    frame: pd.DataFrame,
    label: str,
    *,
    alone: str = "alone",
    left: str = "left",
    forecast: str = "forecast",
    came: str = "came",
    word: str = "word",
    side: str = "article",
    heads: Mapping[str, tuple[str, str]],
    likely: float = 0.6,
    strong: str = "",
    said: str = "",
) -> Drawing:
    """Return rows with two questions each, grouped by the answer to the first one, in the order of the table.

    Parameters
    ----------
    alone, left, forecast
        Columns of probabilities: the cause alone, what is left of it later, all causes together; NaN for a row that is never
        scored.
    came, word
        Columns of answers: did it come true (`answers.CAME_TRUE`), was it this cause (`answers.WAS_IT_R1`).
    side
        Column with the side that was named, winner or loser.
    heads
        Head and meaning of each group, by its answer.
    likely
        From which probability on one says likely; the ground is shaded from there.
    strong
        Column of truth values: which names are set bold.
    said
        Column of sentences: what the page says of a row that a reader points at.

    Raises
    ------
    ModelInputError
        For an empty table, a missing column, an answer that has no mark, a probability outside 0 to 1.

    Examples
    --------
    >>> calls = pd.DataFrame({"who": ["Clouds"], "alone": [0.7], "left": [0.4], "forecast": [0.5],
    ...     "came": ["partly"], "word": ["for a while"], "article": ["loser"]})
    >>> drawing = questions(calls, "who", heads={"for a while": ("For a while: 1", "")})
    >>> drawing.draw(340).to_dict()["width"]
    332
    """
    where = "charts.questions"
    columns = {"label": label, "alone": alone, "left": left, "forecast": forecast, "came": came, "word": word}
    columns |= {"side": side} | ({"strong": strong} if strong else {}) | ({"said": said} if said else {})
    need(frame, columns.values(), where)
    tidy = pd.DataFrame({name: frame[column].to_numpy() for name, column in columns.items()})
    if not strong:
        tidy["strong"] = False
    for row in records(tidy):
        known(row["came"], "came", where)
        known(row["word"], "r1", where)
        if row["side"] not in SIDES:
            raise ModelInputError(f"{where}: {row['label']}: side {row['side']!r}, allowed: winner or loser")
        for name in ("alone", "left", "forecast"):
            if pd.notna(row[name]) and not 0 <= row[name] <= 1:
                raise ModelInputError(f"{where}: {row['label']}: {name} is {row[name]:g}, allowed: 0 to 1")
        for name in ("alone", "left"):
            if pd.isna(row[name]):
                raise ModelInputError(f"{where}: {row['label']}: {name} is missing, allowed: 0 to 1")
        if row["word"] not in heads:
            raise ModelInputError(f"{where}: heads has no head for {row['word']!r}")
    groups = [
        (str(answer), *heads[str(answer)], records(part)) for answer, part in tidy.groupby("word", sort=False)
    ]
    spoken = tuple(str(row["said"]) for *_, rows in groups for row in rows) if said else ()
    return Drawing(lambda width: _draw(groups, likely, width), frame, sides=True, steps=STEPS, rows=spoken)
