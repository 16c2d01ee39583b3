"""What a model computes once: per function, per model and per arguments."""

import pytest

from deepseek_era.model import Model, per_model
from deepseek_era.parameters import resolve


def counted(log, name):
    """Return a function called ``figures``, whatever `name` it answers with, that writes each computation to `log`."""

    @per_model
    def figures(model, window="0", *, wide=False):
        log.append((name, window, wide))
        return [name, window, wide]

    return figures


def test_a_result_is_computed_once_however_its_arguments_are_given():
    log = []
    figures, model = counted(log, "a"), Model(resolve())
    assert figures(model) is figures(model, "0") is figures(model, window="0") is figures(model, wide=False)
    assert figures(model, "5") == figures(model, window="5") == ["a", "5", False]
    assert figures(model, wide=True) is figures(model, "0", wide=True)
    assert log == [("a", "0", False), ("a", "5", False), ("a", "0", True)]


def test_functions_of_one_name_and_models_of_one_set_share_nothing():
    log = []
    first, second, parameters = counted(log, "a"), counted(log, "b"), resolve()
    one, other = Model(parameters), Model(parameters)
    assert first(one) == ["a", "0", False]
    assert second(one) == ["b", "0", False]
    assert first(other) is not first(one)
    assert len(log) == 3


def test_what_failed_is_tried_again():
    tries = []

    @per_model
    def late(model):
        tries.append(model)
        return 1 / (len(tries) - 1)

    model = Model(resolve())
    with pytest.raises(ZeroDivisionError):
        late(model)
    assert late(model) == 1
