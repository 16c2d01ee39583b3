"""Verdict exhibits of what limits them: sizes out of reach, single judgements, inputs changed afterwards."""

from __future__ import annotations

import pandas as pd

from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.exhibits.verdict_marks import percent, plain_unit, source_line
from deepseek_era.figure import format_number
from deepseek_era.model import Model
from deepseek_era.verdicts import branches, limits, report, rule, tally
from deepseek_era.verdicts.evaluate import evaluations, judged
from deepseek_era.words import counted, listed


def too_small(model: Model) -> Exhibit:
    """Return the calls that are too small for what the article says, with the size that each would need, as a table."""
    origin = {"published": ", the article’s", "judgement": ", our reading of the article"}
    rows = []
    for key, s in limits.too_small(model).items():
        e = evaluations(model)[key]
        unit = plain_unit(e.call.unit)
        from_ = format_number(s.holds_from, unit) if s.holds_from > 0 else "any size"
        rows.append(
            {
                "id": key,
                "who": e.call.label,
                "needed": tally.sized(s.needed, unit) + origin.get(limits.size_kind(key), ""),
                "reach": format_number(s.reach, unit),
                "times": format_number(s.ratio, "ratio"),
                "holds": from_ + (f" (no effect in {percent(s.zero)})" if s.zero else ""),
                "p": percent(judged(model)[key].shares.small),
            }
        )
    frame = pd.DataFrame(rows, columns=["id", "who", "needed", "reach", "times", "holds", "p"])
    short = sum(s.ratio < 1 for s in limits.too_small(model).values())
    return Exhibit(
        name="verdict-too-small",
        title=f"{counted(len(frame), 'call is', 'calls are')} too small for what the article says; for {short} of them "
        "hardly one draw in twenty comes up to size"
        if len(frame)
        else "No call is too small for what the article says",
        subtitle="Size needed: the article’s own where it gives one, else what we judge would matter (δ). “Too small” is "
        "the word from the size in the last column but one on.",
        source=source_line(
            model,
            "Where the article gives no size it is our judgement, and a smaller one would change the word.",
        ),
        alt=f"Table of {len(frame)} calls whose effect is too small, with the size needed and the size reached.",
        data=frame,
        columns=(
            Column("who", "Call", weight=1.8),
            Column("needed", "Size needed", weight=1.2),
            Column("reach", "95% stay within", "right", weight=0.9),
            Column("times", "Of that size", "right", weight=0.7),
            Column("holds", "Too small from", "right", weight=1.0),
            Column("p", "P(too small)", "right", weight=0.7),
        ),
        how="$P(\\text{too small}) = 1 - P(sI \\ge \\max(m, \\delta)) - P(sI \\le -\\delta)$, $m$ the article’s size, $s$ its side. "
        "The word holds from the size at which this is likely.",
    )


def alone(model: Model) -> Exhibit:
    """Return the likely sides that lean on a single judgement, with and without it, as a table."""
    rows = [
        {
            "id": a.call,
            "who": evaluations(model)[a.call].call.label,
            "side": {"winner": "wins", "loser": "loses"}[a.side],
            "without": report.capital(limits.taken_out(a)),
            "p": percent(a.p),
            "left": percent(a.p_without),
            "decides": "no longer likely" if a.decides else "still likely",
        }
        for a in branches.alone(model)
    ]
    frame = pd.DataFrame(rows, columns=["id", "who", "side", "without", "p", "left", "decides"])
    single = dict.fromkeys(
        evaluations(model)[a.call].call.name
        for a in branches.alone(model)
        if a.decides and len(a.parameters) == 1
    )
    return Exhibit(
        name="verdict-alone",
        title=f"One judgement alone decides {counted(len(single), 'likely side', 'likely sides')}: {listed(list(single), 4)}"
        if single
        else "No likely side is decided by one judgement alone",
        subtitle="Probability of the likelier side at the size that would matter, in the run and with a judgement taken out, all "
        "other draws as before.",
        source=source_line(
            model,
            f"Shown from a fall of {100 * branches.NOTICED:.0f} points on; such inputs have no data behind them.",
        ),
        alt=f"Table of {len(frame)} judgements with the probability of a likely side with and without each.",
        data=frame,
        columns=(
            Column("who", "Call", weight=1.8),
            Column("side", "Side", weight=0.6),
            Column("without", "Taken out", weight=2.6),
            Column("p", "With it", "right", weight=0.7),
            Column("left", "Without", "right", weight=0.7),
            Column("decides", "Then", weight=1.1),
        ),
    )


def _turn_words(model: Model, outcome: branches.Outcome) -> str:
    if outcome.skipped:
        return "not run: this run sets the input itself"
    words = [
        f"{evaluations(model)[t.call].call.label}: {t.was.lower()} → {t.now.lower()} ({percent(t.p)}"
        + (", on the edge)" if rule.on_edge(t.after, likely=limits.likely(model)) else ")")
        for t in outcome.turned
    ]
    if outcome.kept:
        names = [evaluations(model)[key].call.label for key in outcome.kept]
        words.append(f"outlasting the rivals: {listed(names)}")
    return "; ".join(words) if words else "no verdict turns"


def changed_afterwards(model: Model) -> Exhibit:
    """Return what was changed after a result had been seen, and other disclosed versions, with what each turns."""
    found = branches.outcomes(model)
    frame = pd.DataFrame(
        [
            {
                "id": o.branch.id,
                "what": o.branch.what,
                "role": {"changed": "changed afterwards", "alternative": "never in the model"}[o.branch.role],
                "values": "; ".join(dict.fromkeys(_value_words(v) for v in o.branch.sets.values())),
                "now": _value_words(o.branch.now),
                "why": o.branch.why,
                "turns": _turn_words(model, o),
            }
            for o in found
        ]
    )
    changed, every = branches.turned(model, "changed"), branches.turned(model)
    return Exhibit(
        name="verdict-branches",
        title=f"What was changed after a result had been seen turns {counted(len(changed), 'verdict', 'verdicts')}; all "
        f"{len(frame)} versions together turn {len(every)}",
        subtitle="Each row run on the draws of this run. A verdict turns where the call is counted under another name: agree, too "
        "small, contradicted, open.",
        source=source_line(
            model,
            "Every row was written by someone who knew the verdicts. Two stood in a trial of the model before its first version "
            "was kept; no record of that trial is left but these rows.",
        ),
        alt=f"Table of {len(frame)} versions of inputs with the verdicts that each turns.",
        data=frame,
        columns=(
            Column("what", "Version", weight=1.5),
            Column("role", "Standing", weight=0.9),
            Column("values", "Set to", weight=1.1),
            Column("now", "In the run", weight=1.1),
            Column("why", "Why", weight=2.4),
            Column("turns", "What it turns", weight=2.0),
        ),
        how="“Pert” gives lowest, most likely and highest value. The same scores of the same draws are used, so nothing but the "
        "version differs.",
    )


def _value_words(value: str) -> str:
    """Return a value of the table of branches as a reader says it."""
    if value.startswith(branches.PERT):
        low, mode, high = value.removeprefix(branches.PERT).split()
        return f"{low} to {high}, most likely {mode}"
    return limits.label(value.removeprefix(branches.COPY)) if value.startswith(branches.COPY) else value
