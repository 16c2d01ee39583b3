"""The model of one run: facts at a vintage, parameters, joint draws, and a place to keep what was computed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from deepseek_era.parameters import Draws, Parameters, joint_draws
from deepseek_era.tables import Facts

T = TypeVar("T")


class Model:
    """What every notebook builds from its parameters and asks for results.

    The parts (``cost``, ``market``, ``capacity``, ``verdicts``) are packages of pure functions; their ``report``
    modules take a `Model` and return figures.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._results: dict[str, object] = {}

    @cached_property
    def facts(self) -> Facts:
        """The facts that were public at the vintage."""
        return Facts(self.parameters.vintage)

    @cached_property
    def draws(self) -> Draws:
        """The joint draws that all parts share."""
        return joint_draws(self.parameters)

    def cached(self, key: str, compute: Callable[[], T]) -> T:
        """Return the result kept under `key`, computing it the first time."""
        if key not in self._results:
            self._results[key] = compute()
        return self._results[key]  # type: ignore[return-value]
