"""Statements in a line each, grouped by how true they are: what was said at the left, what was found at the right.

On a phone what was found stands below what was said.
"""

from __future__ import annotations

import pandas as pd

from deepseek_era.charts import theme
from deepseek_era.charts.base import ChartLike, Drawing
from deepseek_era.charts.canvas import FAMILIES, Canvas, known, lines_of
from deepseek_era.charts.scales import need
from deepseek_era.words import capital

_LINE = 17.5
_SAID = 262.0
"""Room for what was said on the wide drawing."""


def statements(frame: pd.DataFrame, said: str, found: str, verdict: str) -> Drawing:
    """Return statements with what was found of each, in groups by `verdict`, the truest first.

    `said` and `found` are columns of texts, `verdict` holds words of `answers.FACTS`.

    Raises
    ------
    ModelInputError
        For an empty table, a missing column, a verdict that has no mark.

    Examples
    --------
    >>> facts = pd.DataFrame({"said": ["It is free."], "found": ["The weights are."], "verdict": ["true, but"]})
    >>> statements(facts, "said", "found", "verdict").draw(340).to_dict()["width"]
    332
    """
    where = "charts.statements"
    need(frame, [said, found, verdict], where)
    rows: dict[str, list[tuple[str, str]]] = {}
    for word, claim, finding in zip(frame[verdict], frame[said], frame[found], strict=True):
        rows.setdefault(known(str(word), "fact", where), []).append((str(claim), str(finding)))
    groups = {word: rows[word] for word in FAMILIES["fact"] if word in rows}

    def draw(width: int) -> ChartLike:
        wide = width >= theme.WIDE
        end = 712.0 if wide else 332.0
        left = _SAID + 22 if wide else 0.0
        canvas = Canvas()
        y = 0.0
        for word, held in groups.items():
            canvas.answer("fact", word, 7, y + 16, size=13)
            canvas.word(f"{capital(word)}: {len(held)}", 21, y + 16, size=15, bold=True)
            y += 31
            canvas.rule(0, y, end, y, "rule")
            for claim, finding in held:
                first = lines_of(claim, _SAID if wide else end, 13.5, bold=not wide)
                then = lines_of(finding, end - left, 13.5)
                for k, line in enumerate(first):
                    canvas.word(line, 0, y + 14 + _LINE * k, size=13.5, bold=not wide)
                top = y + 14 + (0 if wide else _LINE * len(first))
                for k, line in enumerate(then):
                    canvas.word(line, left, top + _LINE * k, size=13.5, colour="ink2")
                deep = max(len(first), len(then)) if wide else len(first) + len(then)
                y += _LINE * deep + 10
                canvas.rule(0, y, end, y)
            y += 6
        return canvas.chart(width, y - 4, top=2)

    return Drawing(draw, frame)
