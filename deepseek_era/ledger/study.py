"""The ledger of a run: the draws of the calls, the flows of a year, and what is left once rivals catch up."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.capacity.aggregate import YEARS_SHORT, Aggregate, aggregate, attributable
from deepseek_era.figure import Figure, format_figure
from deepseek_era.ledger import flows
from deepseek_era.ledger.equations import PARTS, Drivers, Ledger, Ratio, ledger, losses, per_dollar_lost
from deepseek_era.lookup import number, rows
from deepseek_era.market.tables import pooled_value
from deepseek_era.model import Model, per_model
from deepseek_era.parameters import Derived
from deepseek_era.tables import load
from deepseek_era.verdicts.evaluate import evaluations, likely_of
from deepseek_era.verdicts.impacts import Case
from deepseek_era.words import capital

YEAR, NEXT = 2025, 2026
"""The first year after the event, and the one after it, of which only estimates exist."""
NAMES = {
    "users": "users",
    "closed sellers": "closed",
    "open hosts": "open",
    "clouds": "clouds",
    "chips and power": "chips",
    "tools": "tools",
    "total": "total",
}
"""Lines as the ids of figures have them."""
TWINS = {
    "users": ("internet", "software", "healthcare"),
    "closed sellers": ("model_labs",),
    "clouds": ("clouds",),
    "chips and power": ("nvidia", "semis", "power"),
}
"""Groups of listed firms that stand for a line on the day; a firm of two lines counts once in the total."""
VARIANTS: tuple[tuple[str, str, dict[str, float]], ...] = (
    ("worth_none", "Who switches gains nothing by it", {"switch_worth": 0.0}),
    ("worth_all", "Who switches gains the whole difference in price", {"switch_worth": 1.0}),
    ("flat", "Subscriptions keep their price", {"metered_share": 0.55}),
    (
        "no_gain",
        "Nothing became cheaper, only the shifts happened",
        {"inference_gain": 1.0, "training_gain": 1.0},
    ),
)
"""Other choices under which the ledger is worked out again: id, words, what they set."""


def _at(d: Mapping[str, Array], a: Aggregate, horizon: str) -> Drivers:
    """Return the drivers of the ledger at the short or the long horizon, from draws and what the calls share."""
    end = horizon[0].upper()
    k, training_gain, eta = (getattr(a, f"{name}_{end}") for name in ("kbar", "kbarT", "eta"))
    return Drivers(
        k=k,
        T=training_gain**eta,
        phi=d[f"pass_through_{horizon}"],
        eps=d[f"elasticity_{horizon}"],
        kappa=d[f"own_cost_fall_{horizon}"],
        eps_tools=d["coding_token_response"],
        kept=d["coding_retained"],
        lost=a.lost_S if end == "S" else d["open_share_gain_long"],
        gap=d["open_price_gap"],
        resale=d[f"resale_share_{horizon}"],
        training=d[f"training_share_{horizon}"],
        margin=d["gross_margin"],
        margin_open=d["open_host_margin"],
        margin_clouds=d["cloud_margin"],
        margin_power=d["power_margin"],
        worth=d["switch_worth"],
        metered=d["metered_share"],
    )


def drivers(d: Mapping[str, Array], year: int = YEAR) -> Drivers:
    """Return the drivers of the ledger in a year: those of the first year, or half way to the third, in logarithms."""
    a = aggregate(d)
    short = _at(d, a, "short")
    if year == YEAR:
        return short
    long = _at(d, a, "long")
    between = {
        f.name: np.sqrt(np.maximum(0, getattr(short, f.name)) * np.maximum(0, getattr(long, f.name)))
        for f in fields(Drivers)
    }
    return Drivers(**between)


@dataclass(frozen=True)
class Year:
    """The ledger of a year in a run.

    Attributes
    ----------
    orders, orders_profit
        Memo: change of orders for accelerators, and the profit on it, USD billion. Capital, never in the sum.
    sales
        Memo: the same for realised sales of a seller with a waiting list; None where it was not worked out.
    """

    flows: flows.Flows
    ledger: Ledger
    orders: Array
    orders_profit: Array
    sales: Array | None

    @property
    def ratio(self) -> Ratio:
        """What users gained for each dollar that sellers lost, chip orders left out."""
        return per_dollar_lost(self.ledger.parts)

    @property
    def ratio_with_orders(self) -> Ratio:
        """The same with the profit on chip orders among the losses."""
        return per_dollar_lost(self.ledger.parts, self.orders_profit)


def _margin(model: Model) -> float:
    """Return the newest public gross margin on accelerators, as a share."""
    table = rows(model.facts.table("ledger_segments"), segment="accelerators", kind="gross margin")
    found = number(table.sort_values("year", ascending=False), "value")
    return 0.0 if found is None else found / 100


def _year(
    model: Model, year: int, d: Mapping[str, Array], effect: Array, contest: Array | None
) -> Year | None:
    seen = flows.drawn(model.facts, year, model.draws.n, model.parameters.seed)
    if seen is None:
        return None
    book = ledger(seen.seen, drivers(d, year))
    # what was observed is the world with the event
    orders = seen.chips * effect / (100 + effect)
    sales = None if contest is None else seen.chips * contest / (100 + contest)
    return Year(seen, book, orders, orders * _margin(model), sales)


@per_model
def effect(model: Model, year: int = YEAR) -> Year | None:
    """Return the ledger of a year with the event less without it, all else equal; None where no flows are public."""
    e = evaluations(model)["C01" if year == YEAR else "C21"]
    return _year(model, year, model.draws, e.effect, e.contest)


@per_model
def left(model: Model) -> Year | None:
    """Return the ledger of the first year as the mean of what is left while rivals catch up; None as `effect`."""
    d = attributable(model.draws, YEARS_SHORT, average=True)
    # no shocks, as many as there are draws: counting them in every parameter would make the ledger hang on all of them
    return _year(model, YEAR, d, Case(d, np.zeros_like(model.draws.z)).impact("C01"), None)


class _Changed(Derived):
    def __init__(self, d: Mapping[str, Array], sets: Mapping[str, float]) -> None:
        super().__init__(d)
        self._d, self._sets = d, sets

    def _make(self, name: str) -> Array:
        values = self._d[name]
        return np.full_like(values, self._sets[name]) if name in self._sets else values


# ---------------------------------------------------------------- tables

_SPREAD = ("value", "low", "high")


def _spread(values: Array | None) -> tuple[float, float, float]:
    """Return mean, 5th and 95th percentile: means add up, medians do not."""
    if values is None:
        return (np.nan, np.nan, np.nan)
    low, high = np.quantile(values, [0.05, 0.95])
    return (float(np.mean(values)), float(low), float(high))


def lines(model: Model) -> pd.DataFrame:
    """Return a row for each line of the ledger and its total; numbers are NaN where no flows are public.

    Columns: line, id; value, low, high (first year: mean and 90 %); left, left_low, left_high (what is left while
    rivals catch up); next, next_low, next_high (the year after, an estimate; NaN without one); p_loss and p_gain
    (shares of draws below nought and above); market, market_low, market_high (change of the market value of the line's
    listed firms on the day of the event, beyond the market; NaN where none stands for it); sources. USD billion.
    """
    years = [effect(model), left(model), effect(model, NEXT)]
    records = []
    for name in (*PARTS, "total"):
        record: dict[str, object] = {"line": name, "id": NAMES[name]}
        for head, found in zip(("", "left", "next"), years, strict=True):
            values = None if found is None else _line(found.ledger, name)
            record |= _named(head, _spread(values))
        first = years[0]
        values = np.array([np.nan]) if first is None else _line(first.ledger, name)
        known = first is not None
        record |= {
            "p_loss": float(np.mean(values < 0)) if known else np.nan,
            "p_gain": float(np.mean(values > 0)) if known else np.nan,
        }
        groups = TWINS.get(name, tuple(g for some in TWINS.values() for g in some) if name == "total" else ())
        twin = pooled_value(model, groups) if first is not None and groups else None
        ends = (np.nan,) * 3 if twin is None else (twin.abnormal_usd_b, twin.low_usd_b, twin.high_usd_b)
        record |= _named("market", ends)
        records.append(record | {"sources": () if first is None else first.flows.sources})
    return pd.DataFrame(records)


def _named(head: str, numbers: tuple[float, float, float]) -> dict[str, float]:
    keys = _SPREAD if not head else (head, f"{head}_low", f"{head}_high")
    return dict(zip(keys, numbers, strict=True))


def _line(book: Ledger, name: str) -> Array:
    return book.total if name == "total" else book.parts[name]


def apart(model: Model) -> pd.DataFrame:
    """Return what the total is made of, and memo lines: item, words, value, low, high, sources; NaN without flows."""
    found = effect(model)
    book = None if found is None else found.ledger
    items = (
        ("saved", "Resources that the old use no longer takes", None if book is None else book.saved),
        ("quality", "Quality given up by those who switch", None if book is None else -book.quality),
        ("priced_out", "Use that was priced out before", None if book is None else book.priced_out),
        (
            "sellers",
            "What all who lost a profit lost together",
            None if book is None else -losses(book.parts),
        ),
        (
            "memo_orders",
            "Memo: orders for chips, capital and not in the sum",
            None if found is None else found.orders,
        ),
        ("memo_profit", "Memo: profit on these orders", None if found is None else found.orders_profit),
        (
            "memo_sales",
            "Memo: realised sales of chips, with a waiting list",
            None if found is None else found.sales,
        ),
    )
    rests = () if found is None else found.flows.sources
    records = [(item, words, *_spread(values), rests) for item, words, values in items]
    return pd.DataFrame(records, columns=["item", "words", *_SPREAD, "sources"])


def variants(model: Model) -> pd.DataFrame:
    """Return the means of the lines under other choices, the run first: id, words, a column a line, total, ratio.

    The ratio is what users gained for each dollar lost, NaN where nobody lost.
    """
    if effect(model) is None:
        return pd.DataFrame(columns=["id", "words", *PARTS, "total", "ratio"])
    seen = flows.drawn(model.facts, YEAR, model.draws.n, model.parameters.seed)
    assert seen is not None
    records = []
    for key, words, sets in (("run", "As in the run", {}), *VARIANTS):
        d = _Changed(model.draws, sets)
        book = ledger(seen.seen, drivers(d))
        means = {name: float(book.parts[name].mean()) for name in PARTS}
        ratio = per_dollar_lost(book.parts).value
        total = float(book.total.mean())
        records.append(
            {"id": key, "words": words, **means, "total": total, "ratio": np.nan if ratio is None else ratio}
        )
    return pd.DataFrame(records)


def line_of(call: str) -> str:
    """Return the line of the ledger that holds the money of a call's stakeholder; empty for none."""
    table = load("call_roles")
    found = table.loc[table["call_id"] == call, "line"]
    return str(found.iloc[0]) if len(found) else ""


def words(model: Model, call: str) -> str:
    """Return a call's line of the ledger as a sentence; empty where no flows are public."""
    if effect(model) is None:
        return ""
    name = line_of(call)
    if not name:
        return "Its money has no line of its own in the ledger, since no figures of it were found."
    row = lines(model).set_index("line").loc[name].to_dict()
    value = float(row["value"])
    surest = max(float(row["p_loss"]), float(row["p_gain"]))
    if surest == 0:
        text = f"{capital(name)} neither gained nor lost in {YEAR}."
    elif surest < likely_of(model.parameters):
        text = f"Whether {name} gained or lost in {YEAR} cannot be told: {_written(row)}."
    else:
        # a loss is a positive amount, and so are its ends
        low, high = float(row["low"]), float(row["high"])
        lost: dict[Hashable, Any] = {"value": -value, "low": -high, "high": -low}
        ends = row if value > 0 else lost
        text = f"{capital(name)} {'gained' if value > 0 else 'lost'} {_written(ends)} in {YEAR}"
        if float(ends["low"]) < 0:
            text += f"; below nought it is a {'loss' if value > 0 else 'gain'}"
        text += "."
    if name == "users" and value > 0:
        return f"{text} That users gain is the algebra of a lower price; only the amount is a finding."
    if name == "chips and power":
        orders = apart(model).set_index("item").loc["memo_orders"].to_dict()
        return (
            f"{text} Orders for chips, which are capital and outside the sum, changed by {_written(orders)}."
        )
    return text


def _written(row: Mapping[Hashable, Any], part: str = "full") -> str:
    """Return the value of a row with its range, as the report prints a number."""
    value, low, high = (round(float(row[name]), 2) + 0.0 for name in _SPREAD)
    told = format_figure(Figure("ledger", value, "USD billion", "modelled", "", low, high), part)
    return re.sub(r"([.]\d{2})0(?!\d)", r"\1", told)  # ten million is as fine as the sources allow
