"""Winners & Losers in the DeepSeek Era: the models, exhibits and publisher behind the report.

``from deepseek_era import run, Model, facts, figures`` is what an analyst needs; docs/api.md shows it. What they need
themselves is imported when one of them is first asked for, so that importing the package costs nothing.
"""

from importlib import import_module

__all__ = ["Model", "Run", "facts", "figures", "run"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module("deepseek_era.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
