"""A map's quantity by a function of the report's own: compiled, so that a page without Vega can move the map.

A map is drawn from the height of its contour lines, which is a formula of its author's. With a `Field` it says as well which function
the height was solved from. The page of the paper works that function off and finds the contour lines itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from deepseek_era.arrays import Array
from deepseek_era.charts import theme
from deepseek_era.charts.base import Control
from deepseek_era.errors import ModelInputError, nearest

SAME = 1e-6
"""How far, in parts of the spread of its edges, the quantity on a contour line may lie from what the line stands for."""


@dataclass(frozen=True)
class Field:
    """What a map shows, as a function of named numbers.

    `of` takes a map's controls by their names; `across` and `upward` are those along the axes. `follows` names the parameter of a
    run that a control stands for: the page takes it from the reader's world, and has a slider for the others. `said` is the
    sentence under the map: ``{share}`` is how much of what is held possible lies above the contour line, ``{value}`` the quantity at
    the marked point.
    """

    of: Callable[..., Array]
    across: str
    upward: str
    follows: Mapping[str, str] = field(default_factory=dict)
    said: str = ""

    def check(self, controls: Sequence[Control]) -> None:
        """Refuse a name that is none of the controls'.

        Raises
        ------
        ModelInputError
            One line with the name and the nearest control.
        """
        names = [control.param for control in controls]
        for name in (self.across, self.upward, *self.follows):
            if name not in names:
                raise ModelInputError(f"charts.Field: {name!r} is none of the controls{nearest(name, names)}")

    def compiled(
        self,
        controls: Sequence[Control],
        edges: Sequence[float],
        bands: Mapping[str, str],
        contour: float | None,
        heights: tuple[float, float],
    ) -> dict[str, Any]:
        """Return what the page needs: the function as JavaScript, and where the drawing has what it computes."""
        # only who draws such a map needs the tracer
        from deepseek_era.traced.javascript import javascript
        from deepseek_era.traced.symbols import Trace

        trace = Trace()
        inputs = {control.param: trace.input(control.param) for control in controls}
        script = javascript(trace.program({("value",): self.of(**inputs)}))
        return {
            "code": script.text,
            "inputs": list(script.inputs),
            "across": self.across,
            "upward": self.upward,
            "follows": dict(self.follows),
            "said": self.said,
            "controls": [asdict(control) for control in controls],
            "edges": list(edges),
            "bands": list(bands),
            "colours": [theme.TOKENS[colour] for colour in bands.values()],
            "contour": contour,
            "heights": list(heights),
        }

    def held_to(self, edge: float, found: Array, spread: float) -> None:
        """Refuse a formula of contour lines that is not solved from the function: `found` is the quantity on one of them.

        Raises
        ------
        ModelInputError
            One line with what was found there.
        """
        away = np.nanmax(np.abs(found - edge), initial=0.0)
        if not away <= SAME * spread:
            raise ModelInputError(
                f"charts.Field: on the contour line of {edge:g} the function differs from it by {away:.3g}; both are one quantity"
            )
