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
# names that say nothing without the table of parameters
_NAMES = {
    "catch_up": "Catch-up",
    "catch_up_years": "Years to catch up",
    "catch_up_open": "Catch-up by open models",
    "catch_up_open_years": "Years for open models to catch up",
    "adoption_direct_short": "Adoption by switching, short",
    "mix_expert": "Price of expert labelling",
    "mix_commodity": "Price of simple labelling",
    "use_tail": "Uses just above the old price",
    "speed_exponent": "Speed of change in software",
    "value_capture": "Money made from open use",
    "lag_shift": "Cut of the open lag",
    "open_participation": "Wider participation",
    "closed_match": "Price match by closed sellers",
    "coding_retained": "Saving kept by coding tools",
    "coding_token_response": "Tokens a coding task",
    "distil_saving": "Data saved by distilling",
    "local_uptake": "Uptake in hospitals’ own machines",
    "tightness": "Demand over supply at the start",
    "synthetic_expert": "Expert labelling replaced",
    "synthetic_commodity": "Simple labelling replaced",
    "use_inference_share": "Share of tokens in a use’s cost",
    "enterprise_inference_share": "Share of tokens in firms’ cost",
    "health_inference_share": "Share of tokens in a case’s cost",
    "academic_compute_share": "Computing in a study’s budget",
}
_UNITS = ("ratio", "ratio per year", "years", "months", "%", "pp")


def driver_label(name: str) -> str:
    """Return a parameter's name in words, with its horizon after a comma: ``Pass-through, long``."""
    if name == SHOCKS:
        return "Chance in demand"
    if name in _NAMES:
        return _NAMES[name]
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


def like(value: float, base: float, unit: str) -> bool:
    """Return whether two digits do not tell a value from its base."""
    return driver_value(value, unit) == driver_value(base, unit)


def value_apart(value: float, base: float, unit: str) -> str:
    """Return a value in words, with a third digit where two would not tell it from the base."""
    return driver_value(value, unit, kind="observed" if like(value, base, unit) else "modelled")


def taken_out(names: Iterable[str], copied: Iterable[str]) -> str:
    """Return in words which judgements were taken out, and which other parameter's draws each was given instead."""
    return " and ".join(
        f"with {spoken(name)} set to {spoken(other)}" if other else f"without {spoken(name)}"
        for name, other in zip(names, copied, strict=True)
    )
