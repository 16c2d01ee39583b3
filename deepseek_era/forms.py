"""Several forms of one model, none observed: what is printed is their envelope, with every form's own band inside."""

from __future__ import annotations

import pandas as pd


def envelope(by_form: pd.DataFrame) -> pd.DataFrame:
    """Return the envelope over the forms of a model: ``name, value, low, high, sources``, a row for each name in order.

    `by_form` has these columns, a row for each name in each form. No form is held more likely than another: the value
    is the mean of the forms' values, the ends are the lowest and the highest. What was not public (NaN) does not count.

    >>> bands = {"name": "lag", "value": [8.0, 12.0], "low": [6.0, 10.0], "high": [11.0, 16.0], "sources": [(), ()]}
    >>> bands = pd.DataFrame(bands)
    >>> envelope(bands)[["value", "low", "high"]].to_numpy().tolist()
    [[10.0, 6.0, 16.0]]
    """
    rules = {"value": "mean", "low": "min", "high": "max", "sources": "first"}
    return by_form.groupby("name", sort=False, as_index=False).agg(rules)


def place(seen: float, bands: pd.DataFrame) -> str:
    """Return where a number stands among the bands of two forms, in words; nothing where it was not public (NaN).

    `bands` has a row for each form with ``low`` and ``high``; the lower bracket is the one that begins lower.

    >>> bands = pd.DataFrame({"low": [10, 20], "high": [15, 30]})
    >>> [place(seen, bands) for seen in (5, 12, 17)]
    ['below both brackets', 'in the lower bracket', 'between the brackets']
    >>> [place(seen, bands) for seen in (25, 31)]
    ['in the upper bracket', 'above both brackets']
    """
    if pd.isna(seen):
        return ""
    order = bands.sort_values("low")
    inside = (order["low"].le(seen) & order["high"].ge(seen)).tolist()
    if all(inside):
        return "in both brackets"
    if any(inside):
        return f"in the {'lower' if inside[0] else 'upper'} bracket"
    if seen < order["low"].min():
        return "below both brackets"
    return "above both brackets" if seen > order["high"].max() else "between the brackets"
