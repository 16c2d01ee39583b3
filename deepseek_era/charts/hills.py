"""Hills: the distribution of draws in each row of a chart of rows, coloured by the stretch of the measure that they fall in."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.charts.rows import Mark, Rows
from deepseek_era.charts.scales import Measure
from deepseek_era.errors import ModelInputError

POINTS = 43
"""Points of a hill's outline."""
_LEAST = 0.004
_TALL = 0.5
"""Height of the highest point as a share of a row on the wide drawing: the line above the row stays clear."""
_PHONE = 22.0
"""Height of the highest point on a phone, pixels."""
_PART = "_part"


def _density(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return points from 0 to 1 and a smooth density on them, its peak at one; zeros where nothing varies."""
    grid = np.linspace(0.0, 1.0, POINTS)
    if float(np.ptp(places)) == 0:
        return grid, np.zeros_like(grid)
    step = grid[1] - grid[0]
    edges = np.append(grid - step / 2, grid[-1] + step / 2)
    counts, _ = np.histogram(np.clip(places, edges[0], edges[-1]), edges)
    kernel = np.exp(-0.5 * (np.arange(-4, 5) / 1.4) ** 2)
    smooth = np.convolve(counts, kernel / kernel.sum(), mode="same")
    return grid, np.asarray(smooth / smooth.max())


def _outline(draws: np.ndarray, parts: Mapping[str, float | None], measure: Measure) -> pd.DataFrame:
    """Return the outline of a hill: part, place across (0 to 1), height (0 to 1); parts share the point where they meet."""
    grid, height = _density(measure.shares(draws))
    found, low = [], 0.0
    for name, upper in parts.items():
        high = 1.0 if upper is None else float(np.clip(measure.share(upper), 0.0, 1.0))
        across = np.concatenate([[low], grid[(grid > low) & (grid < high)], [high]])
        tall = np.interp(across, grid, height)
        low = high
        kept = tall > _LEAST
        if kept.any():
            kept |= np.roll(kept, 1) | np.roll(kept, -1)
            found.append(pd.DataFrame({_PART: name, "across": across[kept], "tall": tall[kept].round(3)}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def hill(
    draws: pd.DataFrame,
    parts: Mapping[str, float | None] | None = None,
) -> Mark:
    """Return the distribution of the draws in each row: a column of `draws` for every name of a row, in the measure's unit.

    `parts` names the stretches of the measure from the left, each with the value at which it ends (None for the last); they are
    coloured as categories, sides as who wins and who loses. Without parts a hill has one colour. What lies beyond the measure counts at its ends.

    Raises
    ------
    ModelInputError
        For a table of draws without rows or columns.
    """
    if draws.empty:
        raise ModelInputError("charts.hill: no draws, at least one row and one column are needed")
    stretches: Mapping[str, float | None] = parts or {"": None}

    def draw(rows: Rows, frame: pd.DataFrame) -> list[alt.Chart]:
        del frame
        lift = _TALL * rows.pitch if rows.wide else _PHONE
        outlines = [
            _outline(draws[name].to_numpy(dtype=float), stretches, rows.measure).assign(hill=name, base=top)
            for name, top in zip(rows.names, rows.tops, strict=True)
            if name in draws
        ]
        known = [outline for outline in outlines if "tall" in outline]
        if not known:
            return []
        drawn = pd.concat(known, ignore_index=True)
        drawn = drawn.assign(x=rows.plot * drawn["across"], top=drawn["base"] - lift * drawn["tall"])
        area = alt.Chart(drawn[["hill", _PART, "x", "top", "base"]]).mark_area(fillOpacity=0.3, line=False)
        return [
            area.encode(
                x=alt.X("x:Q", scale=None, axis=None),
                y=alt.Y("top:Q", scale=None, axis=None),
                y2="base:Q",
                detail="hill:N",
                color=rows.palette.colour(_PART if parts else "s3"),
            )
        ]

    return Mark(draw, (), _PART if parts else "s3", measured=False, parts=tuple(parts or ()), above=_PHONE)
