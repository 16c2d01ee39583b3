"""Verdict exhibits of the checks: other specifications, contest forms, no event, accuracy, correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.arrays import Bools
from deepseek_era.charts import theme
from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.charts.marks import is_wide, layered
from deepseek_era.exhibits.verdict_marks import (
    COLOURS,
    SHAPES,
    SIDES,
    calls_of,
    dark_label,
    dark_text,
    median_words,
    pixels,
    plain_unit,
    source_line,
)
from deepseek_era.figure import format_figure, format_number
from deepseek_era.model import Model
from deepseek_era.verdicts import nulls, report, rule, sensitivity
from deepseek_era.verdicts.evaluate import evaluations, is_call, judged, verdict_word
from deepseek_era.verdicts.impacts import PAIRS, equation_of
from deepseek_era.words import in_sentence, listed

T = theme.TOKENS


def specification_curve(model: Model, call_id: str = "C21") -> Exhibit:
    """Return the specification curve of a call (with its twin at the other horizon): medians and the choices behind them."""
    table = sensitivity.specifications(model)
    ids = [call_id, *([PAIRS[call_id]] if call_id in PAIRS else [])]
    families = [f[0].family for f in sensitivity.choices(model)]
    opposed = [c for c in sensitivity.reversals(model) if any(sensitivity.touches(c, key) for key in ids)]
    shown = ["", *(c.name for c in opposed)]
    part = table[table["call"].isin(ids) & table["sceptic"].isin(shown)].copy()
    horizon = {key: evaluations(model)[key].call.horizon for key in ids}
    limits = {key: evaluations(model)[key].threshold for key in ids}
    part["Horizon"] = part["call"].map(horizon)
    part["limit"] = part["call"].map(limits)
    part["side"] = np.where(
        part["median"] > part["limit"],
        "winner",
        np.where(part["median"] < -part["limit"], "loser", "neutral"),
    )
    part = part.sort_values(["median", "call", "specification"], kind="stable").reset_index(drop=True)
    part["rank"] = part.index.astype(float)
    options: list[tuple[str, str, Bools]] = []
    for family in families:
        plain = part["sceptic"] == ""
        values = [c.name for f in sensitivity.choices(model) for c in f if c.family == family]
        if len(values) > 1:
            options += [(family, v, (plain & (part[family] == v)).to_numpy()) for v in values]
    if len(ids) > 1:
        options += [("Horizon", h, (part["Horizon"] == h).to_numpy()) for h in ("short", "long")]
    options += [("Sceptic", c.name, (part["sceptic"] == c.name).to_numpy()) for c in opposed]
    name = evaluations(model)[call_id].call.name
    shares = {s: float((part["side"] == s).mean()) for s in SIDES}
    lose, win = (format_number(100 * shares[s], "%") if shares[s] else "none" for s in ("loser", "winner"))
    title = f"{name} loses under {lose} of {len(part)} defensible specifications and wins under {win}"
    marks = pd.DataFrame(
        [
            {"rank": float(r), "line": float(i), "side": part["side"].iloc[r]}
            for i, (_, _, chosen) in enumerate(options)
            for r in np.flatnonzero(chosen)
        ]
    )
    unit = evaluations(model)[call_id].call.unit

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = is_wide(width)
        left, right = (206, 8) if wide else (136, 6)
        upper, line = (150, 17) if wide else (130, 17)
        plot = width - left - right
        height = upper + 26 + line * len(options)
        low, high = min(0.0, float(part["median"].min())), max(0.0, float(part["median"].max()))
        air = 0.06 * (high - low) or 1.0
        low, high = low - air, high + air

        def py(value: float) -> float:
            return upper * (high - value) / (high - low)

        xs = alt.X("rank:Q", scale=alt.Scale(domain=[-1, len(part)], nice=False), axis=None)
        points = part.assign(py=[py(v) for v in part["median"]])
        grid = marks.assign(py=[upper + 26 + line * (i + 0.5) for i in marks["line"]])
        ys = alt.Y("py:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False), axis=None)
        colour = alt.Color("side:N", scale=COLOURS, legend=None)
        shape = alt.Shape("side:N", scale=SHAPES, legend=None)
        base = alt.Chart(pd.DataFrame({"v": [0]}))
        layers: list[Any] = [
            base.mark_rule(color=T["ink3"]).encode(x=alt.value(0), x2=alt.value(plot), y=alt.value(py(0.0))),
            alt.Chart(points).mark_point(filled=True, size=34).encode(x=xs, y=ys, color=colour, shape=shape),
            alt.Chart(grid)
            .mark_point(filled=True, size=22 if wide else 12, shape="square")
            .encode(x=xs, y=ys, color=colour),
            dark_label(f"Median impact, {unit}", -left, 8, colour=T["ink3"], size=12),
        ]
        for value in (low + air, 0.0, high - air):
            if value == 0.0 or abs(py(value) - py(0.0)) > 14:
                layers.append(
                    dark_label(
                        format_number(value, plain_unit(unit)),
                        -8,
                        py(value),
                        align="right",
                        colour=T["ink2"],
                        size=12,
                    )
                )
        names = pd.DataFrame([(f, o) for f, o, _ in options], columns=["family", "option"])
        names["y"] = [upper + 26 + line * (i + 0.5) for i in names.index]
        names["edge"] = names["y"] - line / 2
        first = names[~names["family"].duplicated()]
        at = pixels("y", height, down=True)
        layers += [
            alt.Chart(first)
            .mark_rule(color=T["hair"])
            .encode(x=alt.value(-left), x2=alt.value(plot), y=pixels("edge", height, down=True)),
            dark_text(
                names,
                "option",
                x=alt.value(-8),
                y=at,
                align="right",
                size=12 if wide else 11.5,
                colour=T["ink2"],
            ),
        ]
        if wide:
            layers.append(dark_text(first, "family", x=alt.value(-left), y=at, size=12, colour=T["ink3"]))
        return theme.frame(layered(*layers), width, int(height), left=left, right=right, top=6, bottom=8)

    base_median = format_number(float(np.median(evaluations(model)[call_id].effect)), plain_unit(unit))
    return Exhibit(
        name="verdict-specifications",
        chart=draw,
        title=title,
        subtitle="Median impact under every combination of defensible choices and under each choice a sceptic would reverse, "
        "sorted; below, which choices each one makes. Blue above, vermilion below what would matter.",
        source=source_line(model, f"{sensitivity.SPECIFICATION_DRAWS:,} draws a specification."),
        alt=f"Specification curve of {len(part)} medians for {name}, from {format_number(float(part['median'].min()), plain_unit(unit))} "
        f"to {format_number(float(part['median'].max()), plain_unit(unit))}; the run itself has {base_median} in the "
        f"{horizon[call_id]} run.",
        data=part[
            [
                *("call", "specification", *families, "sceptic", "Horizon", "median", "p_winner", "p_loser"),
                *("p_winner_half", "p_loser_half", "p_winner_twice", "p_loser_twice"),
            ]
        ],
        how="Simonsohn, Simmons and Nelson (2020). Thresholds at half and twice δ change no median; their probabilities are "
        "in the data, their verdicts on the cards.",
        note=f"{_agreeing(model, ids)} The same share stands on every card and enters its grade.",
        sides=True,
    )


def _agreeing(model: Model, ids: Sequence[str]) -> str:
    """Return the share of specifications that agree with the run, for the calls of a curve, as a sentence."""
    shares = {key: sensitivity.agreeing_share(model, key)[0] for key in ids}
    words = [
        f"{format_number(100 * share, '%')} of the {evaluations(model)[key].call.horizon}-run specifications"
        for key, share in shares.items()
    ]
    return f"The sign is that of the run in {listed(words, 3)}."


def sceptic(model: Model) -> Exhibit:
    """Return what each reversal of a sceptic does to the verdicts, with its reason, as a table."""
    table = sensitivity.specifications(model)
    draws = sensitivity.Subset(model.draws, sensitivity.SPECIFICATION_DRAWS)
    corrections = {key: sensitivity.subset_correction(model, key, draws) for key in evaluations(model)}
    rows = []
    for choice in sensitivity.reversals(model):
        part = table[table["sceptic"] == choice.name].set_index("call")
        odds = part[["p_winner", "p_loser", "p_neutral"]].to_dict("index")
        changed = []
        for key in evaluations(model):
            if not sensitivity.touches(choice, key):
                continue
            p = corrections[key](rule.Probabilities(*odds[key].values()))
            was = judged(model)[key].verdict
            now = verdict_word(key, p, model.parameters, capped=judged(model)[key].one_sided)
            if now != was:
                changed.append(f"{evaluations(model)[key].call.label}: {was} → {now}")
        rows.append(
            {
                "reversal": report.capital(choice.name),
                "reason": report.capital(choice.reason),
                "count": len(changed),
                "changes": "; ".join(changed) if changed else "no verdict changes",
            }
        )
    frame = pd.DataFrame(rows)
    most = int(frame["count"].max())
    strongest = [
        in_sentence(str(r)) for r, c in zip(frame["reversal"], frame["count"], strict=True) if c == most
    ]
    total = len(evaluations(model))
    title = (
        "No choice that a sceptic would reverse moves a verdict"
        if most == 0
        else f"The sceptic’s strongest reversal is “{strongest[0]}”: {most} of {total} verdicts move"
        if len(strongest) == 1 and most > 1
        else f"No choice that a sceptic would reverse moves more than {most} of {total} verdicts"
    )
    return Exhibit(
        name="verdict-sceptic",
        title=title,
        subtitle="One choice reversed at a time, all else as in the run; verdict before and after, Effect.",
        source=source_line(model, f"{sensitivity.SPECIFICATION_DRAWS:,} draws a reversal."),
        alt=f"Table of {len(frame)} reversals with reasons and the verdicts they change. {title}.",
        data=frame,
        columns=(
            Column("reversal", "Choice reversed", weight=1.1),
            Column("reason", "Why a sceptic would", weight=1.8),
            Column("count", "Moved", "right", "number", 0.5),
            Column("changes", "Which verdicts", weight=2.4),
        ),
    )


def contests(model: Model) -> Exhibit:
    """Return the one-sided calls with the form of the question that can fail, as a table."""
    rows = []
    for key, e in calls_of(model).items():
        if not judged(model)[key].one_sided or e.contest is None:
            continue
        p = e.probabilities("contest")
        assert p is not None
        rows.append(
            {
                "who": e.call.label,
                "effect": f"{e.p.lose:.3f} {e.p.win:.3f}",
                "contest": f"{p.lose:.3f} {p.win:.3f}",
                "median": median_words(e, e.contest),
                "words": report.capital(equation_of(key).contest_words),
                "by": "equation" if equation_of(key).sign_by_construction else "draws",
            }
        )
    frame = pd.DataFrame(rows, columns=["who", "effect", "contest", "median", "words", "by"])
    likely = float(model.parameters.setting("p_likely"))
    fail = sum(float(t.split()[1]) < likely and float(t.split()[0]) < likely for t in frame["contest"])
    return Exhibit(
        name="verdict-contests",
        title=f"Asked so that they can fail, {fail} of {len(frame)} one-sided calls lose their likely side"
        if len(frame)
        else "No call is one-sided in this run",
        subtitle="Calls whose draws nearly all share a sign. Strips: loses from the left, wins from the right, first as asked, "
        "then in the contest form; median of the contest form with 5–95%.",
        source=source_line(model, "Sign by equation: no gain above one could turn it."),
        alt=f"Table of {len(frame)} one-sided calls with probabilities in the plain and the contest form.",
        data=frame,
        columns=(
            Column("who", "Call", weight=1.5),
            Column("by", "Sign by", weight=0.7),
            Column("effect", "As asked", kind="strip"),
            Column("contest", "Contest", kind="strip"),
            Column("median", "Contest median", "right", weight=1.3),
            Column("words", "What the contest asks", weight=2.4),
        ),
    )


def null_test(model: Model) -> Exhibit:
    """Return what survives of each call when both gains are one, as a table."""
    frame = nulls.survivors(model)
    kept = frame[frame["survives"]]
    return Exhibit(
        name="verdict-null-test",
        title=f"Without any gain {len(frame) - len(kept)} of {len(frame)} calls fall to zero; {len(kept)} keep what their "
        "shifts say",
        subtitle="Median effect in the run, and with inference and training gain set to one while all other parameters keep "
        "their draws.",
        source=source_line(
            model,
            "With shifts at zero and ratios at one as well, every call is exactly zero: a test holds it.",
        ),
        alt=f"Table of {len(frame)} calls with the median that survives when both gains are one.",
        data=frame,
        columns=(
            Column("who", "Call", weight=1.8),
            Column("base", "Median in the run", "right", weight=1.2),
            Column("without", "Without any gain", "right", weight=1.2),
            Column("share", "Survives", "right", weight=0.8),
            Column("shifts", "Shifts that carry it", weight=2.0),
        ),
    )


def convergence(model: Model) -> Exhibit:
    """Return the running probabilities as draws are added, as differences from all draws."""
    table = sensitivity.convergence(model)
    table = table[table["call"].map(is_call)]
    long = pd.concat(
        [
            table[["call", "draws", "d_winner"]].rename(columns={"d_winner": "d"}).assign(side="winner"),
            table[["call", "draws", "d_loser"]].rename(columns={"d_loser": "d"}).assign(side="loser"),
        ],
        ignore_index=True,
    )
    long["pp"] = 100 * long["d"]
    worst = long.groupby("draws")["pp"].apply(lambda s: float(s.abs().max())).reset_index()
    envelope = long.groupby("draws")["pp"].agg(["min", "max"]).reset_index()
    last = int(table["draws"].max())
    # all draws agree with themselves: only fewer can show that enough were taken
    settled = worst[(worst["pp"] <= 1.0) & (worst["draws"] < last)]["draws"]
    spread = report.figures(model)["verdicts.block_spread"]
    title = (
        f"From {int(settled.min()):,} draws on no probability is off by more than a point"
        if len(settled)
        else "The draws of this run are too few for a point of accuracy"
    )

    def draw(width: int) -> alt.Chart | alt.LayerChart:
        wide = is_wide(width)
        left, right, height = (44, 16, 220) if wide else (38, 12, 190)
        axis_x = alt.Axis(
            values=[64, 256, 1024, 4096, 16384] if wide else [64, 1024, 16384],
            title="Draws, log scale",
            titleX=0,
        )
        axis_y = alt.Axis(tickCount=5, title="Points off the final probability")
        x = alt.X("draws:Q", scale=alt.Scale(type="log", base=2, domain=[64, last], nice=False), axis=axis_x)
        scale = alt.Scale(
            domain=[float(envelope["min"].min()) - 0.5, float(envelope["max"].max()) + 0.5], nice=False
        )
        moving = long.groupby(["call", "side"])["pp"].transform(lambda s: float(s.abs().max())) > 0.5
        band = pd.DataFrame({"draws": [64, last], "a": [-1.0, -1.0], "b": [1.0, 1.0]})
        layers = [
            alt.Chart(band)
            .mark_area(color=T["neuttint"], opacity=1)
            .encode(x=x, y=alt.Y("a:Q", scale=scale, axis=axis_y), y2="b:Q"),
            alt.Chart(long[moving])
            .mark_line(color=T["ink3"], strokeWidth=1, opacity=0.7, strokeDash=[5, 3])
            .encode(x=x, y=alt.Y("pp:Q", scale=scale, axis=axis_y), detail=["call:N", "side:N"]),
            alt.Chart(pd.DataFrame({"v": [0.0]}))
            .mark_rule(color=T["ink3"])
            .encode(y=alt.Y("v:Q", scale=scale, axis=axis_y)),
        ]
        return theme.frame(layered(*layers), width, height, left=left, right=right, top=26, bottom=44)

    return Exhibit(
        name="verdict-convergence",
        chart=draw,
        title=title,
        subtitle="Running P(wins) and P(loses) of every call as draws are added, less the value with all draws. Grey band: one "
        "point either way.",
        source=source_line(
            model,
            f"Scrambled Sobol sequence; spread over ten blocks at most {format_figure(spread, 'value')}.",
        ),
        alt=f"Line chart of running probabilities that settle at zero difference. {title}.",
        data=worst.rename(columns={"pp": "largest_difference_pp"}).merge(
            envelope, on="draws", validate="one_to_one"
        ),
        how="Standard error of plain Monte Carlo: $\\sqrt{P(1-P)/N}$; a balanced sequence does better.",
    )


def correlated(model: Model) -> Exhibit:
    """Return the rank correlations that tie the draws together, asked for and found, as a table."""
    table = sensitivity.stated_correlations(model)
    frame = pd.DataFrame(
        {
            "first": [report.driver_label(a) for a in table["a"]],
            "second": [report.driver_label(b) for b in table["b"]],
            "stated": [f"{r:.2f}" for r in table["stated"]],
            "realised": [f"{r:.2f}" if pd.notna(r) else "fixed" for r in table["realised"]],
            "note": [report.capital(n) for n in table["note"]],
        }
    )
    some = bool(table["realised"].notna().any())
    title = (
        f"{len(frame)} pairs of drivers move together; all others are drawn apart"
        if some
        else "No pair of drivers moves together in this run"
    )
    return Exhibit(
        name="verdict-correlations",
        title=title,
        subtitle="Spearman rank correlation asked for, and found in the joint draws. Every value is a judgement.",
        source=source_line(model, "Gaussian copula on a scrambled Sobol sequence; the pairs are disjoint."),
        alt=f"Table of {len(frame)} pairs of parameters with their rank correlations, asked for and found.",
        data=frame,
        columns=(
            Column("first", "One", weight=1.6),
            Column("second", "Other", weight=1.6),
            Column("stated", "Asked for", "right", weight=0.8),
            Column("realised", "Found", "right", weight=0.8),
            Column("note", "Why", weight=2.4),
        ),
        how="A rank correlation $\\rho_s$ enters as the Pearson correlation $2\\sin(\\pi\\rho_s/6)$ of normal scores.",
    )
