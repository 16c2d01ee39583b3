"""Charts and tables of the scorecard: what came true, the scores, the path of the probabilities, what few calls show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era import tables
from deepseek_era.charts import theme
from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.charts.marks import layered, quiet_text, row_scale
from deepseek_era.citations import citations
from deepseek_era.figure import format_number
from deepseek_era.model import Model
from deepseek_era.quotes import quoted
from deepseek_era.verdicts import scorecard as scores
from deepseek_era.verdicts import settlement
from deepseek_era.words import listed

TOKENS = theme.TOKENS
SIDES = {"winner": "wins", "loser": "loses", "additional": "further considerations"}
HINDSIGHT = (
    "The rules come from the article's words, but they were set by someone who already knew the tables."
)


def _signs(threshold: object) -> str:
    """Return a threshold with the signs that people write."""
    return str(threshold).replace("<=", "≤").replace(">=", "≥")


def day(vintage: Any) -> str:
    """Return a date as words: 31 January 2025."""
    stamp = pd.Timestamp(str(vintage))
    return f"{stamp.day} {stamp.month_name()} {stamp.year}"


def known_sources(ids: Sequence[str]) -> tuple[str, ...]:
    """Return those ids that the table of sources holds, in order, each once."""
    table = set(tables.load("sources")["source_id"])
    return tuple(dict.fromkeys(i for i in ids if i in table))


def _source_ids(frame: pd.DataFrame) -> tuple[str, ...]:
    return known_sources([i for cell in frame["status_source"] for i in tables.split_ids(str(cell))])


# --- what came true ------------------------------------------------------------------------------------------------

POSITION = {"wrong": 0, "mixed": 1, "right": 2}
HEADINGS = {
    ("short", "loser"): "Short term, the article says: loses",
    ("short", "winner"): "Short term, the article says: wins",
    ("long", "loser"): "Long term, the article says: loses",
    ("long", "winner"): "Long term, the article says: wins",
    ("both", "additional"): "Further considerations",
}


def _board(model: Model) -> pd.DataFrame:
    """Return one row a reading with place of the glyph, and heading rows, in drawing order."""
    frame = scores.scorecard(model).settled
    calls = tables.load("calls").set_index("id")
    outcome = settlement.outcomes_table(frame).set_index("id")["outcome"]
    rows: list[dict[str, Any]] = []
    line, seen = 0, None
    for call_id, group in frame.groupby("call_id", sort=False):
        call = calls.loc[call_id]
        heading = HEADINGS[(str(call["horizon"]), str(call["call"]))]
        if heading != seen:
            rows.append({"line": line, "heading": heading})
            line, seen = line + 1, heading
        for reading in group.to_dict("records"):
            status = reading["status"]
            place = POSITION.get(status.removeprefix("interim-"))
            twin = len(set(group["status"])) == 1 and place is not None
            rows.append(
                {
                    "line": line,
                    "id": call_id,
                    "name": call["short_name"],
                    "reading": reading["reading"],
                    "lens": "market" if reading["lens"] == "market" else "fundamental",
                    "indicator": reading["indicator"],
                    "status": status,
                    # two readings in the same place stand side by side
                    "place": None
                    if place is None
                    else place + (0.11 if reading["reading"] == "b" else -0.11) * twin,
                    "interim": status.startswith("interim"),
                    "outcome": outcome[call_id].replace("-", " "),
                }
            )
        line += 1
    return pd.DataFrame(rows)


def calls_board(model: Model) -> Exhibit:
    """Return the board of all readings: wrong, mixed or right, settled or interim, by call."""
    card = scores.scorecard(model)
    board = _board(model)
    figures = scores.figures(model)
    resolved, hits = int(figures["scorecard.resolved"].value or 0), int(figures["scorecard.hits"].value or 0)
    data = board[board["id"].notna()] if "id" in board else board
    if resolved == 0:
        title = f"On {day(model.parameters.vintage)} no call had been settled"
    else:
        title = f"{hits} of {resolved} settled readings of the short calls came out as the article said"
    interim = (
        f"{int(figures['scorecard.interim_right'].value or 0)} readings of the long calls are right so far, "
    )
    interim += f"{int(figures['scorecard.interim_wrong'].value or 0)} wrong"
    columns = ["id", "name", "reading", "lens", "indicator", "status", "outcome"]
    return Exhibit(
        name="scorecard-calls",
        title=title,
        subtitle=(
            "Two readings of each call: market (diamond) and fundamental (circle). "
            "Filled: settled. Outline: interim, the horizon has not ended. A reading without a mark is open or cannot count."
        ),
        source=(
            f"Own settlement of {len(data)} readings, as public on {day(model.parameters.vintage)}. {HINDSIGHT}"
        ),
        alt=f"Dot board of the article's calls. {title}. {interim}.",
        data=data[columns].reset_index(drop=True),
        sources=_source_ids(card.settled[settlement.counts(card.settled["status"])]),
        chart=lambda width: _draw_board(board, width),
        how=(
            "Each reading has an indicator, a threshold for right, a threshold for wrong and a date. Between the "
            "thresholds a short call is mixed. Where the tables hold the numbers the status is recomputed from them."
        ),
        note=interim + ".",
    )


def _draw_board(board: pd.DataFrame, width: int) -> alt.Chart | alt.LayerChart:
    wide = width >= theme.WIDE
    headings = board[board["heading"].notna()]
    readings = board[board["id"].notna()]
    marks = readings[readings["place"].notna()]
    names = readings.drop_duplicates("line")
    n = int(board["line"].max()) + 1
    step, left, right = (21, 190, 130) if wide else (36, 8, 8)
    y = alt.Y("line:Q", axis=None, scale=row_scale(n))
    x = alt.X(
        "place:Q",
        scale=alt.Scale(domain=[-0.35, 2.35], nice=False),
        axis=alt.Axis(
            values=[0, 1, 2],
            labelExpr="['wrong', 'mixed', 'right'][datum.value]",
            orient="top",
            title=None,
            labelColor=TOKENS["ink3"],
        ),
    )
    edges = names.assign(edge=names["line"] + 0.5)
    end = width - left - right
    rules = (
        alt.Chart(edges)
        .mark_rule(color=TOKENS["hair"])
        .encode(
            y=alt.Y("edge:Q", axis=None, scale=row_scale(n)),
            x=alt.value(-left if wide else 0),
            x2=alt.value(width - left),
        )
    )
    marks = marks.assign(level=marks["line"] + (0 if wide else 0.18))
    dot_y = alt.Y("level:Q", axis=None, scale=row_scale(n))
    points = []
    for lens, shape in (("market", "diamond"), ("fundamental", "circle")):
        for interim in (False, True):
            part = marks[(marks["lens"] == lens) & (marks["interim"] == interim)]
            fill = TOKENS["paper"] if interim else TOKENS["ink"]
            points.append(
                alt.Chart(part)
                .mark_point(
                    shape=shape, size=75, fill=fill, stroke=TOKENS["ink"], strokeWidth=1.4, filled=False
                )
                .encode(x=x, y=dot_y)
            )
    label_x = alt.value(-left + 2) if wide else alt.value(0)
    lift = {} if wide else {"dy": -10}
    layers: list[alt.Chart] = [
        rules,
        quiet_text(headings, fontWeight=600, color=TOKENS["ink"], fontSize=12).encode(
            y=y, x=label_x, text="heading:N"
        ),
        quiet_text(names, fontSize=13 if wide else 12, color=TOKENS["ink"], **lift).encode(
            y=y, x=label_x, text="name:N"
        ),
        *points,
    ]
    layers.append(
        quiet_text(names, align="right", color=TOKENS["ink2"], **lift).encode(
            y=y, x=alt.value(end + (right - 4 if wide else 0)), text="outcome:N"
        )
    )
    chart = layered(*layers)
    return theme.frame(chart, width, int(n * step), left=left, right=right, top=26, bottom=6)


# --- rules ---------------------------------------------------------------------------------------------------------


def _named(frame: pd.DataFrame) -> list[str]:
    calls = tables.load("calls").set_index("id")["short_name"]
    return [f"{i}{r} {calls[i]}" for i, r in zip(frame["call_id"], frame["reading"], strict=True)]


def rules(model: Model) -> Exhibit:
    """Return the table of resolution rules, without outcomes: words, indicator, thresholds, date, source to use."""
    frame = scores.scorecard(model).settled
    data = pd.DataFrame(
        {
            "reading": _named(frame),
            "article_words": frame["article_words"].map(quoted),
            "indicator": frame["indicator"],
            "unit": frame["unit"],
            "right_if": frame["threshold_right"].map(_signs),
            "wrong_if": frame["threshold_wrong"].map(_signs),
            "by": frame["horizon_end"],
            "lens": frame["lens"],
            "source_to_use": frame["source_to_use"],
        }
    )
    return Exhibit(
        name="scorecard-rules",
        title="The rules: two readings a call, each with two thresholds and a date",
        subtitle="Short calls end on 27 January 2026, long calls on 27 January 2028. Between the thresholds a reading is mixed.",
        source=HINDSIGHT,
        alt=f"Table of {len(data)} rules: the article's words, an indicator, and thresholds for right and wrong.",
        data=data.reset_index(drop=True),
        columns=(
            Column("reading", "Reading", weight=1.5),
            Column("article_words", "The article’s words", weight=1.7),
            Column("indicator", "Indicator", weight=3.2),
            Column("right_if", "Right if", weight=1.2),
            Column("wrong_if", "Wrong if", weight=1.2),
            Column("unit", "Unit", weight=1.0),
            Column("by", "By", weight=0.9),
        ),
    )


def _uncounted(frame: pd.DataFrame) -> str:
    """Return what the words for readings that cannot count mean, those that occur, as sentences."""
    found = [settlement.spoken(s) for s in settlement.UNCOUNTED if (frame["status"] == s).any()]
    return "".join(f"{text[0].upper()}{text[1:]}. " for text in found)


def outcomes(model: Model) -> Exhibit:
    """Return the table of outcomes: what was seen, when it was public, the status, and what it rests on."""
    frame = scores.scorecard(model).settled
    support = scores.support(model)
    shown = frame["public"] <= model.parameters.vintage.isoformat()
    cited = citations()
    names = [
        ", ".join(dict.fromkeys(cited[i].publisher for i in tables.split_ids(str(cell)) if i in cited))
        for cell in frame["status_source"]
    ]
    data = pd.DataFrame(
        {
            "reading": _named(frame),
            "seen": frame["value_to_date"].where(shown, "not yet public"),
            "recomputed": frame["recomputed"].round(2),
            "public": frame["public"].where(shown, ""),
            "status": [settlement.STATES[s].words for s in frame["status"]],
            "support": support["words"].replace("none", "–"),
            "sources": pd.Series(names, index=frame.index).where(shown, ""),
            "note": frame["note"].where(shown, ""),
            "number_of_sources": support["sources"],
            "weak_or_recalled_only": support["weak"],
        }
    )
    lone, frail = int(support["alone"].sum()), int((support["alone"] & support["weak"]).sum())
    counted = int(settlement.counts(frame["status"]).sum())
    total, data = len(data), data[shown.to_numpy()]
    if data.empty:
        data = pd.DataFrame([{**dict.fromkeys(data.columns, "–"), "recomputed": None}])
    return Exhibit(
        name="scorecard-outcomes",
        title=f"The outcomes: {counted} of {total} readings have one"
        + (f"; {lone} public values rest on one source, {frail} of these on a weak one" if lone else ""),
        subtitle=(
            "Readings with a public value: what was seen, the day it was public, status on the date of this run. Support: recomputed from the tables of this "
            "report, or the number of sources. Weak: all of quality C (blogs, aggregators, digests) or recalled."
        ),
        source=f"So far: the horizon of a long call has not ended. {_uncounted(frame)}Notes and recomputed values are in the data.",
        alt=f"Table of the readings that were public: value, date, status and support; {lone} rest on one source, {frail} of "
        "these on a weak one.",
        data=data.reset_index(drop=True),
        sources=_source_ids(frame[shown]),
        columns=(
            Column("reading", "Reading", weight=1.6),
            Column("seen", "Seen", weight=2.4),
            Column("public", "Public", weight=0.9),
            Column("status", "Status", weight=1.0),
            Column("support", "Support", weight=1.0),
            Column("sources", "Sources", weight=1.6),
        ),
    )


# --- scores --------------------------------------------------------------------------------------------------------


def brier(model: Model) -> Exhibit:
    """Return the Brier scores of the article and of simple rules over the settled readings."""
    card, seed = scores.scorecard(model), model.parameters.seed
    rows = [
        {
            "forecaster": scores.FORECASTERS[score.forecaster],
            "n": score.n,
            "brier": score.brier,
            "low": score.low,
            "high": score.high,
            "log": score.log,
        }
        for score in scores.scores(card.scored, seed)
    ]
    data = pd.DataFrame(rows, columns=["forecaster", "n", "brier", "low", "high", "log"])
    title = _brier_title(model)
    same = len(scores.comparable(model))
    return Exhibit(
        name="scorecard-brier",
        title=title,
        subtitle=(
            "Brier score (0 perfect, 0.25 a coin, 1 certain and wrong) over all settled readings. Thin bars: 5–95% when "
            "whole themes are resampled."
        ),
        source=(
            f"{len(card.scored)} settled readings in {card.scored['theme'].nunique()} themes. The model asks what {same} of "
            f"them ask{'s' if same == 1 else ''} and is not scored. {scores.RESAMPLES:,} resamples."
        ),
        alt=f"Dot plot of Brier scores with intervals for {len(data)} forecasters. {title}.",
        data=data,
        chart=(lambda width: _draw_brier(data, width)) if len(data) else None,
        columns=() if len(data) else (Column("forecaster", "Forecaster"), Column("brier", "Brier")),
        how=(
            "$BS = \\frac{1}{n}\\sum (p_i - o_i)^2$, with $o_i = 1$ for right. The article says wins or loses, not how "
            "sure; it is scored as if it had said 80 in 100. “Rate of the other calls” gives each reading the hit "
            "rate of all other calls of its direction."
        ),
    )


def _brier_title(model: Model) -> str:
    return {
        "unscored": "Nothing was settled yet, so there is no score",
        "worse": "Over all settled readings the article scored worse than a coin",
        "better": "Over all settled readings the article scored better than a coin",
        "level": "Over all settled readings the article cannot be told from a coin",
        "few": "The article has too few settled readings to be told from a coin",
    }[scores.article_standing(model)]


def _draw_brier(data: pd.DataFrame, width: int) -> alt.Chart | alt.LayerChart:
    wide = width >= theme.WIDE
    frame = data.assign(line=np.arange(len(data), dtype=float))
    n = len(data)
    frame["text"] = [
        format_number(b, "score")
        + ("" if f.endswith("even odds") else f" ({format_number(lo, 'score')}–{format_number(hi, 'score')})")
        for b, lo, hi, f in zip(frame["brier"], frame["low"], frame["high"], frame["forecaster"], strict=True)
    ]
    step, left, right = (23, 196, 110) if wide else (33, 8, 8)
    y = alt.Y("line:Q", axis=None, scale=row_scale(int(n)))
    top = max(0.7, float(frame["high"].max()) * 1.05)
    x = alt.X(
        "brier:Q",
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=alt.Axis(title="Brier score, lower is better", values=[0, 0.25, 0.5, 0.75, 1.0], format=".2f"),
    )
    coin = alt.Chart(pd.DataFrame({"brier": [0.25]})).mark_rule(color=TOKENS["ink3"]).encode(x=x)
    bars = (
        alt.Chart(frame)
        .mark_rule(color=TOKENS["ink2"], strokeWidth=1.5)
        .encode(x=alt.X("low:Q"), x2="high:Q", y=y)
    )
    dots = alt.Chart(frame).mark_point(size=70, color=TOKENS["ink"]).encode(x=x, y=y)
    end = width - left - right
    lift = {} if wide else {"dy": -13}
    layers = [
        coin,
        bars,
        dots,
        quiet_text(frame, fontSize=13 if wide else 12, color=TOKENS["ink"], **lift).encode(
            y=y, x=alt.value(-left + 2 if wide else 0), text="forecaster:N"
        ),
        quiet_text(frame, align="right", **lift).encode(
            y=y, x=alt.value(end + (right - 4 if wide else 0)), text="text:N"
        ),
    ]
    return theme.frame(layered(*layers), width, int(n * step), left=left, right=right, top=8, bottom=46)


def forecasts(model: Model) -> Exhibit:
    """Return the table of short readings with whether, and why, the model's January forecast asks the same."""
    frame = scores.scorecard(model).settled
    short = frame[frame["call_id"].str.startswith("C") & (frame["horizon"] == "short")]
    old = scores.mismatched(model)
    first = dict(zip(old["call_id"] + old["reading"], old["p"], strict=True))

    def words(p: float | None) -> str:
        return "–" if p is None or pd.isna(p) else format_number(p, "probability")

    data = pd.DataFrame(
        {
            "reading": _named(short),
            "same": np.where(short["same"], "yes", "no"),
            "reason": short["same_reason"],
            "p_own": [words(p) for p in short["p_own"]],
            "p_first_edition": [words(first.get(key)) for key in short["call_id"] + short["reading"]],
            "status": [settlement.STATES[s].words for s in short["status"]],
        }
    ).reset_index(drop=True)
    n, settled = len(scores.comparable(model)), int(short["settled"].sum())
    return Exhibit(
        name="scorecard-forecasts",
        title=f"Of {settled} settled readings {n or 'none'} ask{'s' if n == 1 else ''} what the model forecast in January 2025",
        subtitle=(
            "Readings of the short calls. January: probability that the reading comes out right, at its own thresholds, on facts "
            "public by 31 January 2025. First edition: the probability that was scored there, at the call’s threshold."
        ),
        source="Asks the same: the same quantity at the same threshold. Elsewhere the two numbers answer two questions.",
        alt=f"Table of {len(data)} readings of the short calls; {n} of those settled ask what the model's January forecast asks.",
        data=data,
        columns=(
            Column("reading", "Reading", weight=1.6),
            Column("same", "Asks the same", weight=0.8),
            Column("reason", "Why", weight=3.4),
            Column("p_own", "January", align="right", weight=0.8),
            Column("p_first_edition", "First edition", align="right", weight=0.8),
            Column("status", "Status", weight=0.8),
        ),
    )


# --- what so few calls can show ------------------------------------------------------------------------------------


def power(model: Model) -> Exhibit:
    """Return the chance that a record beats the coin, by true hit rate, for three numbers of calls."""
    card = scores.scorecard(model)
    p = float(model.parameters.setting("article_probability"))
    figures = scores.figures(model)
    calls = int(figures["scorecard.calls"].value or 22)
    themes = max(1, int(card.settled["theme"].nunique()))
    rates = np.round(np.arange(0.40, 0.901, 0.01), 2)
    curves = {
        themes: f"{themes} themes",
        calls: f"{calls} calls",
        300: "300 calls",
    }
    rows = [
        {"calls": n, "label": label, "hit_rate": 100 * float(h), "chance": 100 * float(c)}
        for n, label in curves.items()
        for h, c in zip(rates, scores.chance_to_beat(p, rates, n), strict=True)
    ]
    data = pd.DataFrame(rows)
    even = 100 * scores.break_even_hit_rate(p)
    guess = float(scores.chance_to_beat(p, 0.5, calls))
    good = float(scores.chance_to_beat(p, scores.TRUE_RATE, calls))
    rate = figures["scorecard.hit_rate"].value
    title = (
        f"With {calls} calls a guesser beats the coin’s score {format_number(guess, 'probability')} of the time, "
        f"a good forecaster {format_number(good, 'probability')}"
    )
    return Exhibit(
        name="scorecard-power",
        title=title,
        subtitle=(
            f"Chance that calls held at {format_number(p, 'probability')} score better than even odds (Brier below 0.25), "
            "by the forecaster’s true hit rate. Calls independent."
        ),
        source=(
            f"Exact binomial arithmetic. Break-even is a hit rate of {even:.0f}%. The calls fall into {themes} themes, so "
            f"they tell as much as something between {themes} and {calls} independent ones."
        ),
        alt=(
            f"Three rising curves. {title}. The curve for 300 calls is steep: only then do guessing and skill part."
        ),
        data=data,
        chart=lambda width: _draw_power(data, even, rate, width),
        how="$P(\\text{hits} > n h^*)$ with hits binomial, $h^* = (p^2 - \\tfrac14)/(p^2 - (1-p)^2)$.",
    )


def _draw_power(
    data: pd.DataFrame, even: float, rate: float | None, width: int
) -> alt.Chart | alt.LayerChart:
    wide = width >= theme.WIDE
    left, right = (40, 90) if wide else (36, 12)
    x = alt.X(
        "hit_rate:Q",
        scale=alt.Scale(domain=[40, 90], nice=False),
        axis=alt.Axis(title="True hit rate, %", values=[40, 50, 60, 70, 80, 90], grid=False),
    )
    y = alt.Y(
        "chance:Q",
        scale=alt.Scale(domain=[0, 100], nice=False),
        axis=alt.Axis(title="Chance to beat the coin, %", values=[0, 25, 50, 75, 100]),
    )
    marks: list[dict[str, Any]] = [{"hit_rate": even, "label": "break-even"}]
    if rate is not None and 40 <= rate <= 90:
        marks.append({"hit_rate": rate, "label": "article so far"})
    lines = pd.DataFrame(marks)
    lines["level"] = [8, 93][: len(lines)]
    numbers = sorted(data["calls"].unique())
    dashes = dict(zip(numbers, ([2, 3], [6, 3], [12, 3]), strict=False))
    curves = [
        alt.Chart(data[data["calls"] == n])
        .mark_line(color=TOKENS["ink"], strokeDash=dashes[n], strokeWidth=1.4 + 0.4 * i, clip=True)
        .encode(x=x, y=y)
        for i, n in enumerate(numbers)
    ]
    # on paper the curves meet at the right edge, so each is named where it stands alone
    spots = {numbers[0]: 48.0, numbers[1]: 74.0, numbers[2]: 72.0}
    labels = []
    for n, spot in spots.items():
        part = data[data["calls"] == n].set_index("hit_rate")
        near = part.index[int(np.argmin(np.abs(part.index.to_numpy() - spot)))]
        labels.append(
            {
                "hit_rate": near,
                "chance": part.loc[near, "chance"],
                "label": part.loc[near, "label"],
                "calls": n,
            }
        )
    names = pd.DataFrame(labels)
    layers = [
        alt.Chart(lines).mark_rule(color=TOKENS["ink3"]).encode(x=x),
        *curves,
        quiet_text(lines, dx=5, color=TOKENS["ink3"]).encode(
            x=x, y=alt.Y("level:Q", scale=alt.Scale(domain=[0, 100], nice=False)), text="label:N"
        ),
        quiet_text(names[names["calls"] == numbers[0]], dx=-4, dy=-9, align="right", fontWeight=600).encode(
            x=x, y=y, text="label:N"
        ),
        quiet_text(names[names["calls"] == numbers[1]], dx=8, dy=8, fontWeight=600).encode(
            x=x, y=y, text="label:N"
        ),
        quiet_text(names[names["calls"] == numbers[2]], dx=-8, dy=-8, align="right", fontWeight=600).encode(
            x=x, y=y, text="label:N"
        ),
    ]
    return theme.frame(
        layered(*layers), width, 260 if wide else 230, left=left, right=right, top=28, bottom=46
    )


# --- path through vintages -----------------------------------------------------------------------------------------


def vintages(model: Model) -> Exhibit:
    """Return small multiples: P(the article is right) of each call on the facts of five dates."""
    path = scores.vintage_path(model)
    calls = tables.load("calls").set_index("id")
    path = path[path["id"].isin(calls.index)].copy()
    path["name"] = path["id"].map(calls["short_name"])
    path["horizon"] = path["id"].map(calls["horizon"])
    days = sorted(path["vintage"].unique())
    path["step"] = path["vintage"].map({d: i for i, d in enumerate(days)})
    first, last = (
        path[path["vintage"] == days[0]].set_index("id")["p"],
        path[path["vintage"] == days[-1]].set_index("id")["p"],
    )
    change = (last - first).sort_values()
    moved = int((change.abs() >= 0.1).sum())
    if len(days) == 1:
        title = f"One set of facts only: the probabilities on {day(days[0])}"
    elif moved == 0:
        title = "New evidence moved no call by ten points"
    else:
        widest = change.abs().idxmax()
        direction = "up" if change[widest] > 0 else "down"
        title = (
            f"Evidence since January 2025 moved {moved} of {len(change)} calls by ten points or more, "
            f"{calls.loc[widest, 'short_name']} ({calls.loc[widest, 'horizon']} term) most, {direction}"
        )
    shown = path[["id", "name", "horizon", "vintage", "p", "p_era"]].reset_index(drop=True)
    return Exhibit(
        name="scorecard-vintages",
        title=title,
        subtitle=(
            "Probability that the article is right, effect of R1 alone, on the facts and parameters public on "
            f"{listed([day(d) for d in days])}. Left to right in each panel, 0 to 100%. Short calls first, then long."
        ),
        source="Same code and draws at every date; a parameter changes only where a later row replaced the first.",
        alt=f"Small line charts, one a call, over {len(days)} dates. {title}.",
        data=shown,
        chart=lambda width: _draw_vintages(path, len(days), width),
        how=(
            "Every parameter has one row, or a second one where evidence moved it; the newest row not after the date "
            "counts. $P$ is the share of joint draws in which the effect passes the threshold on the article’s side."
        ),
    )


def _draw_vintages(path: pd.DataFrame, dates: int, width: int) -> alt.Chart | alt.LayerChart:
    """Draw all panels in one plane: a panel is a cell of a grid, so that the file stays small."""
    wide = width >= theme.WIDE
    across = 4 if wide else 2
    ids = list(dict.fromkeys(path["id"]))
    frame = path.copy()
    frame["column"] = [ids.index(i) % across for i in frame["id"]]
    frame["row"] = [ids.index(i) // across for i in frame["id"]]
    rows = int(frame["row"].max()) + 1
    reach = max(1, dates - 1)
    frame["x"] = frame["column"] + 0.02 + 0.62 * frame["step"] / reach
    frame["y"] = frame["row"] + 0.92 - 0.58 * frame["p"]
    cells = frame.drop_duplicates("id").copy()
    cells["left"], cells["right"] = cells["column"] + 0.02, cells["column"] + 0.64
    cells["zero"], cells["one"], cells["half"] = cells["row"] + 0.92, cells["row"] + 0.34, cells["row"] + 0.63
    cells["title_y"] = cells["row"] + 0.17
    twice = cells["name"].duplicated(keep=False)
    cells["label"] = cells["name"].where(~twice, cells["name"] + ", " + cells["horizon"])
    ends = frame[frame["step"] == frame["step"].max()].copy()
    ends["text"] = [format_number(p, "probability") for p in ends["p"]]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, across], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[rows, 0], nice=False))

    def level(field: str, colour: str) -> alt.Chart:
        return (
            alt.Chart(cells)
            .mark_rule(color=colour)
            .encode(
                x=alt.X("left:Q", axis=None, scale=alt.Scale(domain=[0, across], nice=False)),
                x2="right:Q",
                y=alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[rows, 0], nice=False)),
            )
        )

    layers = [
        level("zero", TOKENS["rule"]),
        level("half", TOKENS["hair"]),
        level("one", TOKENS["hair"]),
        alt.Chart(frame)
        .mark_line(color=TOKENS["ink"], strokeDash=[4, 2], strokeWidth=1.5)
        .encode(x=x, y=y, detail="id:N"),
        alt.Chart(frame).mark_point(size=18, color=TOKENS["ink"]).encode(x=x, y=y),
        quiet_text(ends, dx=6, fontWeight=600, color=TOKENS["ink"]).encode(x=x, y=y, text="text:N"),
        quiet_text(cells, color=TOKENS["ink2"]).encode(
            x=alt.X("left:Q", axis=None, scale=alt.Scale(domain=[0, across], nice=False)),
            y=alt.Y("title_y:Q", axis=None, scale=alt.Scale(domain=[rows, 0], nice=False)),
            text="label:N",
        ),
    ]
    return theme.frame(layered(*layers), width, rows * (62 if wide else 88), left=2, right=4, top=2, bottom=4)


# --- conflicts between sources -------------------------------------------------------------------------------------


def conflicts(model: Model) -> Exhibit:
    """Return the headline facts whose sources disagree, printed as conflicts."""
    frame = scores.conflicts(model)
    data = pd.DataFrame(
        {
            "about": frame["call_or_claim"],
            "fact": frame["fact"],
            "value": frame["value"].astype(str) + " " + frame["unit"].astype(str),
            "as_of": frame["as_of"],
            "second": frame["second_source"].str.split(" | ", regex=False).str[:2].str.join(", "),
            "conflict": frame["note"],
        }
    ).reset_index(drop=True)
    n = len(data)
    title = (
        f"On {n} headline fact{'' if n == 1 else 's'} the sources disagree; both sides are printed"
        if n
        else "No headline fact public by this date has sources that disagree"
    )
    return Exhibit(
        name="scorecard-conflicts",
        title=title,
        subtitle="Facts behind claims and calls for which a second source gives another value, with the disagreement.",
        source=f"Second sources were looked up for {len(model.facts.table('headlines'))} headline facts public by this run’s date.",
        alt=f"Table of {n} facts on which sources conflict.",
        data=data if n else pd.DataFrame([dict.fromkeys(data.columns, "–")]),
        sources=known_sources(frame["source_id"].tolist()),
        columns=(
            Column("about", "About", weight=0.6),
            Column("fact", "Fact", weight=2.6),
            Column("value", "Value used", weight=1.3),
            Column("as_of", "Date", weight=0.9),
            Column("second", "Second source", weight=1.8),
            Column("conflict", "What the sources say", weight=2.8),
        ),
    )
