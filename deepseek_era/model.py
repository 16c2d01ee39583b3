"""The model of one run: facts at a vintage, parameters, joint draws, and a place to keep what was computed once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable
from functools import cached_property, wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from deepseek_era.parameters import Draws, Parameters, joint_draws
from deepseek_era.tables import Facts

P = ParamSpec("P")
T = TypeVar("T")


class Model:
    """What every notebook builds from its parameters and asks for results.

    The parts (``cost``, ``market``, ``capacity``, ``verdicts``) are packages of pure functions; their ``report``
    modules take a `Model` and return figures.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.results: dict[Hashable, object] = {}  # what `per_model` functions returned for this model

    @cached_property
    def facts(self) -> Facts:
        """The facts that were public at the vintage."""
        return Facts(self.parameters.vintage)

    @cached_property
    def draws(self) -> Draws:
        """The joint draws that all parts share."""
        return joint_draws(self.parameters)


def per_model(compute: Callable[Concatenate[Model, P], T]) -> Callable[Concatenate[Model, P], T]:
    """Decorate a function of a model so that it computes once per model and arguments.

    Arguments after the model must be hashable; one left to its default counts as that default. What is returned is
    kept on the model and shared by all callers, who must not change it.

    >>> from deepseek_era.parameters import resolve
    >>> @per_model
    ... def draws(model: Model) -> int:
    ...     print("computed")
    ...     return model.parameters.setting("draws")
    >>> model = Model(resolve({"draws": 1024}))
    >>> draws(model), draws(model)
    computed
    (1024, 1024)
    """
    signature = inspect.signature(compute)

    @wraps(compute)
    def once(model: Model, *args: P.args, **kwargs: P.kwargs) -> T:
        bound = signature.bind(model, *args, **kwargs)
        bound.apply_defaults()
        key = (compute, *list(bound.arguments.values())[1:])
        if key not in model.results:
            model.results[key] = compute(model, *args, **kwargs)
        return cast("T", model.results[key])

    return once
