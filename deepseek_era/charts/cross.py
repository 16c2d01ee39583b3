"""A cross of both answers that every name has: a row an answer to "did it come true?", a column one to "was it R1?".

A cell says how many names stand in it, and which. On a phone the cross is a list by row, and empty cells are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.canvas import FAMILIES, Canvas, known, lines_of
from deepseek_era.charts.scales import need
from deepseek_era.words import capital, counted

_LINE = 15.0
_GAP = 5.0
"""Between two names, so that the lines of one are not read with those of the next."""
_SIZE = 12.5
_NAMES = 116.0
"""Room for the answers at the left of the wide drawing."""
_Cells = Mapping[str, Mapping[str, list[tuple[str, str]]]]
"""Names and the calls whose cards they open, by both answers."""


def _wide(cells: _Cells, columns: list[str], width: int) -> ChartLike:
    canvas = Canvas()
    step = (712.0 - _NAMES) / len(columns)
    canvas.word("Did it come true?", 0, -48, size=12, colour="ink3")
    canvas.word("Was it R1?", _NAMES, -48, size=12, colour="ink3")
    for k, column in enumerate(columns):
        x = _NAMES + step * k
        canvas.answer("r1", column, x + 6, -26, size=12)
        total = sum(len(row.get(column, [])) for row in cells.values())
        canvas.word(capital(column), x + 18, -26, size=14, bold=True)
        canvas.word(counted(total, "call", "calls"), x + 18, -9, size=12, colour="ink3")
    y = 0.0
    for answer, row in cells.items():
        canvas.rule(0, y, 712, y, "rule")
        canvas.answer("came", answer, 6, y + 18, size=12)
        total = sum(map(len, row.values()))
        canvas.word(f"{capital(answer)}: {total}", 18, y + 18, size=14, bold=True)
        deep = 36.0
        for k, column in enumerate(columns):
            x, names = _NAMES + step * k, row.get(column, [])
            if not names:
                continue
            canvas.word(str(len(names)), x, y + 18, size=19, bold=True)
            down = 18.0
            for name, card in names:
                for line in lines_of(name, step - 26, _SIZE):
                    canvas.word(line, x + 20, y + down, size=_SIZE, colour="ink2", card=card)
                    down += _LINE
                down += _GAP
            deep = max(deep, down - 6)
        y += deep
    return canvas.chart(width, y, top=60)


def _narrow(cells: _Cells, columns: list[str], width: int) -> ChartLike:
    canvas = Canvas()
    y = 0.0
    for answer, row in cells.items():
        canvas.rule(0, y, 332, y, "rule")
        canvas.answer("came", answer, 7, y + 18, size=14)
        total = sum(map(len, row.values()))
        canvas.word(f"{capital(answer)}: {total}", 22, y + 18, size=16, bold=True)
        y += 36
        for column in columns:
            names = row.get(column, [])
            if not names:
                continue
            canvas.answer("r1", column, 28, y + 7, size=12)
            canvas.word(f"R1? {capital(column)}: {len(names)}", 42, y + 7, size=13, bold=True)
            # a line of its own, high enough for a finger, for whatever leads to a card
            pitch = 26 if any(card for _, card in names) else 18
            told = (
                [(name, card) for name, card in names]
                if pitch > 18
                else [("; ".join(n for n, _ in names), "")]
            )
            lines = [(line, card) for name, card in told for line in lines_of(name, 286, 13)]
            for n, (line, card) in enumerate(lines):
                canvas.word(line, 42, y + 7 + pitch * (n + 1), colour="ink2", card=card)
            y += 25 + pitch * len(lines) + 2
        y += 6
    return canvas.chart(width, y, top=2)


def cross(
    frame: pd.DataFrame, label: str, *, came: str = "came", word: str = "word", card: str = ""
) -> Drawing:
    """Return the cross of two answers with the names of `label` in its cells; answers that nobody has are left out.

    `came` and `word` are columns of answers: did it come true (`answers.CAME_TRUE`), was it this cause
    (`answers.WAS_IT_R1`). `card` is a column of calls: on the page each name then leads to the card of its call.

    Raises
    ------
    ModelInputError
        For an empty table, a missing column, an answer that has no mark.

    Examples
    --------
    >>> calls = pd.DataFrame({"who": ["Clouds", "Users"], "came": ["partly", "yes"], "word": ["too small", "yes"]})
    >>> cross(calls, "who").draw(340).to_dict()["width"]
    332
    """
    where = "charts.cross"
    need(frame, [label, came, word, *([card] if card else [])], where)
    cells: dict[str, dict[str, list[tuple[str, str]]]] = {}
    cards = frame[card] if card else [""] * len(frame)
    for name, true, r1, leads in zip(frame[label], frame[came], frame[word], cards, strict=True):
        row = cells.setdefault(known(str(true), "came", where), {})
        row.setdefault(known(str(r1), "r1", where), []).append((str(name), str(leads)))
    rows = {answer: cells[answer] for answer in FAMILIES["came"] if answer in cells}
    columns = [answer for answer in FAMILIES["r1"] if any(answer in row for row in cells.values())]

    def draw(width: int) -> ChartLike:
        return (_wide if width >= theme.WIDE else _narrow)(rows, columns, width)

    return Drawing(draw, frame)
