"""The thirteen facts of the article in a line each: what it says in plain words, what we find, and how true it is.

The verdict is that of `rules`, in five words; the whole finding, with its sources, stands in `findings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from deepseek_era.claims import findings, rules
from deepseek_era.claims.findings import Evidence
from deepseek_era.figure import format_figure, round_significant
from deepseek_era.model import Model

WORDS = {
    rules.TRUE: "true",
    rules.CONTEXT: "true, but",
    rules.MISLEADING: "misleading",
    rules.FALSE: "false",
    rules.UNDECIDED: "cannot be settled",
    rules.UNVERIFIABLE: "cannot be settled",
}
"""A verdict as a reader sees it; these words have marks."""
UNKNOWN = "Nothing was public yet that would tell."


def _times(e: Evidence, id: str) -> str:
    value = e.value(id) or 0.0
    return f"{round_significant(value, 2):g} times"


def _said(e: Evidence, id: str) -> str:
    return format_figure(e[id], "value")


def _claim(e: Evidence, said: str) -> str:
    """Return what the article says, with its own numbers in place of their ids."""

    def number(gap: re.Match[str]) -> str:
        return _times(e, gap[1]) if e[gap[1]].unit == "ratio" else _said(e, gap[1])

    return re.sub(r"\{([\w.]+)\}", number, said)


def _f01(e: Evidence, verdict: str) -> str:
    text = f"A call to o1 cost {_times(e, 'claims.gain.call')} as much"
    if not e.known("claims.gain.list_o3_mini", "claims.o3_mini.days_after_r1"):
        return f"{text}, and no cheaper rival was on sale."
    days, list_ = _said(e, "claims.o3_mini.days_after_r1"), _times(e, "claims.gain.list_o3_mini")
    return f"{text}; {days} later o3-mini asked {list_} what R1 did."


def _f02(e: Evidence, verdict: str) -> str:
    proven = "shown" if e.value("claims.distillation.proofs") else "alleged and not shown"
    return f"The earlier work is on record; that it learnt from rivals’ answers is {proven}."


def _f03(e: Evidence, verdict: str) -> str:
    text = f"A whole call cost {_said(e, 'cost.api.discount_call')} less"
    if not e.known("cost.api.verbosity_for_93"):
        return f"{text}."
    # of output alone; input that is cheaper still makes it more in every mixed call
    more = all((e.value(f"cost.api.discount_{k}") or 0.0) > e.claimed("F03") for k in ("input", "cached"))
    length = f"{_times(e, 'cost.api.verbosity_for_93')} as much as o1{', or more' if more else ''}"
    return f"{text}; as said, once it writes {length}."


def _f04(e: Evidence, verdict: str) -> str:
    whole = _said(e, "cost.memory.resident_fp8")
    return f"All of it must be in memory, {whole}; what fits is a small model made from it."


def _f05(e: Evidence, verdict: str) -> str:
    if not e.known("claims.service.signup_days_after_r1"):
        return "The terms stated no limit."
    days = _said(e, "claims.service.signup_days_after_r1")
    return f"The terms stated none, but {days} later sign-ups were limited for want of servers."


def _f06(e: Evidence, verdict: str) -> str:
    order = "before" if (e.value("claims.r1.days_after_stargate") or 0.0) < 0 else "after"
    why = "records say" if e.value("claims.r1.motive_records") else "no record says"
    date = "The date is off, since it" if order == "before" else "The date is right, for it"
    distance = _said(e, "claims.r1.distance_to_stargate")
    return f"{date} came out {distance} {order} Stargate; {why} whether it was a hint."


def _f07(e: Evidence, verdict: str) -> str:
    return f"Number {_said(e, 'claims.app.rank_number')} of all free apps in the American store."


def _f08(e: Evidence, verdict: str) -> str:
    wins, n = _said(e, "claims.quality.wins_own"), _said(e, "claims.quality.n_own")
    text = f"Ahead of o1 on {wins} of the maker’s {n} tests"
    if not e.known("claims.quality.gap_o1_aider"):
        return f"{text}; o3 is ahead of it."
    way = "behind" if (e.value("claims.quality.gap_o1_aider") or 0.0) < 0 else "ahead"
    return f"{text}, {way} by {_said(e, 'claims.quality.lag_o1_aider')} in an independent one."


def _f09(e: Evidence, verdict: str) -> str:
    if verdict == rules.MISLEADING:
        return "They do on paper; in full use at least one of the three shows no gain."
    if verdict == rules.FALSE:
        return "They do on paper; in full use none of the three shows a gain."
    return "Each of the three shows a gain in use."


def _f10(e: Evidence, verdict: str) -> str:
    more = "; the step from V3 to R1 came on top" if e.known("cost.training.r1_stage_cost") else ""
    return f"{_said(e, 'cost.training.v3_cost')} for V3, by the maker’s own count{more}."


def _f11(e: Evidence, verdict: str) -> str:
    wired = " joined by faster links" if verdict == rules.MISLEADING else ""
    return f"V3 was trained on {_said(e, 'claims.v3.gpus')} chips{wired}."


def _f12(e: Evidence, verdict: str) -> str:
    whole = _said(e, "cost.training.full_cost")
    return f"With people and failed attempts V3 cost about {whole} to develop."


def _f13(e: Evidence, verdict: str) -> str:
    return {
        rules.UNDECIDED: "By one count of its chips the limits explain China’s lag, by the other China does better.",
        rules.TRUE: "China’s lag is shorter than its lack of chips would explain.",
        rules.FALSE: "China’s lag is as long as its lack of chips would explain.",
    }[verdict]


_LINES: dict[str, tuple[str, Callable[[Evidence, str], str], tuple[str, ...]]] = {
    "F01": ("It does {claims.article.f01} as much for the money", _f01, ("claims.gain.call",)),
    "F02": ("It could be built only now, with help from others’ models", _f02, ()),
    "F03": ("A call costs {claims.article.f03} less than one to o1", _f03, ("cost.api.discount_call",)),
    "F04": ("It runs on a workstation with {claims.article.f04}", _f04, ("cost.memory.resident_fp8",)),
    "F05": ("There are no limits on use", _f05, ()),
    "F06": (
        "It came shortly after Stargate, a hint of geopolitics",
        _f06,
        ("claims.r1.distance_to_stargate",),
    ),
    "F07": ("Its app was the first of its category", _f07, ("claims.app.rank_number",)),
    "F08": ("It is as good as o1 and behind o3", _f08, ("claims.quality.wins_own", "claims.quality.n_own")),
    "F09": ("Three new methods make it efficient", _f09, ()),
    "F10": ("Its training cost {claims.article.f10} of computing", _f10, ("cost.training.v3_cost",)),
    "F11": ("A new design scales it over plain connections", _f11, ("claims.v3.gpus",)),
    "F12": (
        "The {claims.article.f10} leave much out; the real cost is much higher",
        _f12,
        ("cost.training.full_cost",),
    ),
    "F13": ("Learning from others’ models defeats limits on chips", _f13, ()),
}
"""What the article says in plain words, our line, and the figures without which there is none."""


def lines(model: Model) -> pd.DataFrame:
    """Return the claims of the article in a line each: id, said, found, verdict (a word of `WORDS`).

    Where what would decide is not public at the vintage the line says so.
    """
    evidence = findings.evidence(model)
    rows = []
    for result in findings.results(model):
        if result.id not in _LINES:  # a claim of an editor's own
            rows.append((result.id, result.claim, "The annex says what we find.", WORDS[result.verdict]))
            continue
        said, line, needed = _LINES[result.id]
        told = evidence.known(*needed) and result.verdict != rules.UNVERIFIABLE
        found = line(evidence, result.verdict) if told or result.id == "F02" else UNKNOWN
        rows.append((result.id, _claim(evidence, said), found, WORDS[result.verdict]))
    return pd.DataFrame(rows, columns=["id", "said", "found", "verdict"])
