"""The model with its tables at hand, for an analyst who asks rather than builds.

Whatever function of a part takes a model and returns a table is here under the part's name, with the model filled in.
"""

from __future__ import annotations

import functools
import html
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pandas as pd

from deepseek_era import capacity, claims, cost, market, verdicts
from deepseek_era.errors import nearest
from deepseek_era.model import Model

_PACKAGES = {"claims": claims, "cost": cost, "market": market, "capacity": capacity, "verdicts": verdicts}
PARTS = tuple(_PACKAGES)
_TABLES = ("pd.DataFrame", "pd.DataFrame | None")
_FIRST = "tables"
"""The module of a part whose tables win where two modules have one of the same name."""


@functools.cache
def _tables(part: str) -> dict[str, Callable[..., pd.DataFrame]]:
    """Return the functions of a part that make a table of a model, by name."""
    package = _PACKAGES[part]
    names = sorted((m.name for m in pkgutil.iter_modules(package.__path__)), key=lambda name: name == _FIRST)
    found: dict[str, Callable[..., pd.DataFrame]] = {}
    for name in (f"{package.__name__}.{module}" for module in names):
        module = importlib.import_module(name)
        for key, function in vars(module).items():
            if not key.startswith("_") and inspect.isfunction(function) and _makes_a_table(function, module):
                found[key] = function
    return dict(sorted(found.items()))


def _makes_a_table(function: Callable[..., object], module: ModuleType) -> bool:
    """Return whether a function of a module turns a model, and nothing else that it needs, into a table."""
    takes = list(inspect.signature(function).parameters.values())
    return (
        function.__module__ == module.__name__
        and inspect.get_annotations(function).get("return") in _TABLES
        and bool(takes)
        and takes[0].name == "model"
        and not any(p.annotation == _TABLES[0] for p in takes[1:])  # those work on a table of another
    )


class Part:
    """One part of the model: each of its tables is a method; `tables` lists them."""

    def __init__(self, name: str, model: Model) -> None:
        self._name, self._model = name, model

    def __getattr__(self, name: str) -> Callable[..., pd.DataFrame]:
        known = _tables(self._name)
        if name not in known:
            raise AttributeError(f"{self._name}: no table {name!r}{nearest(name, known)}")
        made = functools.partial(known[name], self._model)
        return functools.update_wrapper(made, known[name])

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *_tables(self._name)]

    @property
    def tables(self) -> pd.DataFrame:
        """The tables of the part: name, what else they take, what they hold."""
        rows = []
        for name, function in _tables(self._name).items():
            takes = list(inspect.signature(function).parameters.values())[1:]
            says = (inspect.getdoc(function) or "").partition("\n")[0]
            rows.append(
                (name, ", ".join(str(p).replace("'", "") for p in takes), says.removeprefix("Return "))
            )
        return pd.DataFrame(rows, columns=["table", "takes", "holds"]).set_index("table")

    def __repr__(self) -> str:
        return f"<{self._name}: {', '.join(_tables(self._name))}>"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self._name)}</p>{self.tables.to_html()}"


class Workbench(Model):
    """A model whose parts hold their tables: ``model.market.group_results()``."""

    claims: Part
    cost: Part
    market: Part
    capacity: Part
    verdicts: Part

    def __getattr__(self, name: str) -> Any:
        if name not in PARTS:
            raise AttributeError(f"model: no part {name!r}{nearest(name, PARTS)}")
        part = Part(name, self)
        setattr(self, name, part)
        return part

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *PARTS]

    def __repr__(self) -> str:
        p = self.parameters
        changed = "".join(f", {name}={value!r}" for name, value in p.overrides.items())
        return f"<model: {p.scenario}, facts to {p.vintage}, seed {p.seed}{changed}>"
