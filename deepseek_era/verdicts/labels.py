"""How parameters are called where a chart, a card or a sentence names them, and how their values are written."""

from __future__ import annotations

from collections.abc import Iterable

from deepseek_era.figure import format_number
from deepseek_era.verdicts.sensitivity import SHOCKS
from deepseek_era.words import in_sentence

_WORDS = {
    "pass through": "pass-through",
    "nvidia": "Nvidia",
    "china": "China",
    "us compute": "US compute",
    "ai ": "AI ",
    "rd response": "research response",
    "o1 lead": "lead of o1",
    "growth gap row": "growth gap elsewhere",
}
_UNITS = ("ratio", "ratio per year", "years", "months", "%", "pp")


def driver_label(name: str) -> str:
    """Return a parameter's name in words, with its horizon after a comma: ``Pass-through, long``."""
    if name == SHOCKS:
        return "Chance in demand"
    text = name
    horizon = ""
    for suffix in ("_short", "_long"):
        if text.endswith(suffix):
            text, horizon = text[: -len(suffix)], f", {suffix[1:]}"
    text = text.replace("_", " ")
    for old, new in _WORDS.items():
        text = text.replace(old, new)
    return text[0].upper() + text[1:] + horizon


def spoken(name: str) -> str:
    """Return a parameter's name as it stands inside a sentence: ``long-run pass-through``."""
    label, _, horizon = driver_label(name).partition(", ")
    return f"{horizon}-run {in_sentence(label)}" if horizon else in_sentence(label)


def driver_value(value: float, unit: str = "ratio", *, kind: str = "modelled") -> str:
    """Return a driver's value as people write it: shares as percent, ratios with a times sign."""
    if unit == "share":
        return format_number(100 * value, "%", kind)
    return format_number(value, unit if unit in _UNITS else "elasticity", kind)


def value_apart(value: float, base: float, unit: str) -> str:
    """Return a value in words, with a third digit where two would not tell it from the base."""
    text = driver_value(value, unit)
    return text if text != driver_value(base, unit) else driver_value(value, unit, kind="observed")


def taken_out(names: Iterable[str], copied: Iterable[str]) -> str:
    """Return in words which judgements were taken out, and which other parameter's draws each was given instead."""
    return " and ".join(
        f"with {spoken(name)} as {spoken(other)}" if other else f"without {spoken(name)}"
        for name, other in zip(names, copied, strict=True)
    )
