"""The form of a chart of rows that moves in the page: sliders, and formulas by which the rows follow them.

The author writes each formula once (see `charts.formula`). It is evaluated here at the sliders' base values, which gives the
first drawing, and in the page wherever they stand. The page narrows a live drawing for a phone, so it has names and numbers
above the marks at every width.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era.charts.base import ChartLike, Control
from deepseek_era.charts.formula import evaluate, vega
from deepseek_era.charts.marks import stacked_heads, text_mark
from deepseek_era.charts.scales import Measure
from deepseek_era.errors import ModelInputError, nearest


@dataclass(frozen=True)
class Live:
    """What moves: the rows of the live form, sliders, and formulas of its columns and of the sliders' names.

    `columns` are columns that the marks draw, `texts` columns of texts, written as ``{resident_gb:,.0f} GB``; each formula may
    use those before it. `derived` are numbers for `readout`, the sentence below the drawing, in which names stand in braces too.
    `domain` is the measure's, which must hold what the sliders reach or is where it ends; `references` overrule the still form's.
    """

    frame: pd.DataFrame
    controls: Sequence[Control]
    columns: Mapping[str, str]
    domain: tuple[float, float]
    texts: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    readout: str = ""
    ticks: Sequence[float] | None = None
    references: Sequence[Any] | None = None

    def at_base(self) -> Live:
        """Return the same with every column computed at the sliders' base values.

        Raises
        ------
        ModelInputError
            For a formula or a text that names neither a column nor a slider.
        """
        frame = self.frame.copy()
        base = {control.param: control.base for control in self.controls}
        for name, formula in self.columns.items():
            numbers = {str(c): frame[c].to_numpy() for c in frame.select_dtypes("number")}
            frame[name] = evaluate(formula, {**base, **numbers})
        for name, text in self.texts.items():
            for used in _used(text):
                if used not in frame.columns:
                    hint = nearest(used, [str(c) for c in frame.columns])
                    raise ModelInputError(f"charts.Live: {text!r} names no column {used!r}{hint}")
            frame[name] = [text.format(**{str(k): v for k, v in row.items()}) for _, row in frame.iterrows()]
        known = dict(base)
        for name, formula in self.derived.items():
            known[name] = float(evaluate(formula, known))
        for used in _used(self.readout):
            if used not in known:
                raise ModelInputError(f"charts.Live: the readout names no slider or derived number {used!r}")
        return replace(self, frame=frame)

    def follow(self, chart: alt.Chart, *, held: bool = True) -> alt.Chart:
        """Return a layer whose columns follow the sliders; `held`, they end where the measure does."""
        numbers = [str(c) for c in self.frame.select_dtypes("number")]
        rename = {c: f"datum.{c}" for c in numbers}
        for name, formula in self.columns.items():
            chart = chart.transform_calculate(**{name: vega(formula, rename)})
        for name, text in self.texts.items():
            chart = chart.transform_calculate(**{name: _spelt(text)})
        if held:
            low, high = self.domain
            ends = {name: f"clamp(datum.{name},{low:g},{high:g})" for name in self.columns}
            chart = chart.transform_calculate(**ends)
        return chart

    def with_parameters(self, chart: ChartLike) -> ChartLike:
        """Return the drawing with a parameter for every slider and every derived number."""
        drawn: Any = chart
        return drawn.add_params(  # type: ignore[no-any-return]
            *(alt.param(name=control.param, value=control.base) for control in self.controls),
            *(alt.param(name=name, expr=vega(formula)) for name, formula in self.derived.items()),
        )


def _used(text: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def _spelt(text: str) -> str:
    """Return a text with numbers of columns in it as an expression of Vega's."""
    parts = []
    for words, name, style, _ in string.Formatter().parse(text):
        if words:
            parts.append("'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'")
        if name:
            parts.append(f"format(datum.{name},'{style}')")
    return "+".join(parts) or "''"


def heads_on(
    measure: Measure, heads: Sequence[tuple[float, str]], plot: float
) -> tuple[list[alt.Chart], float]:
    """Return words above the plot that stay by their values when it narrows to `plot`, and the height that they need."""
    named = [(value, text) for value, text in heads if text]
    places = [plot * measure.share(value) for value, _ in named]
    placed, deep = stacked_heads([(x, text) for x, (_, text) in zip(places, named, strict=True)], plot)
    layers = []
    for (value, text), x, (start, y, _) in zip(named, places, placed, strict=True):
        words = pd.DataFrame({"v": [value], "t": [text]})
        layers.append(text_mark(words, "t", x=measure.x("v"), y=alt.value(y), dx=start - x))
    return layers, deep
