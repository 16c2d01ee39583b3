"""Exhibits of the claims: the thirteen answers, January 2025 in order, benchmarks by evaluator, the app, distillation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from deepseek_era import tables
from deepseek_era.charts import theme
from deepseek_era.charts.base import Column, Exhibit
from deepseek_era.charts.marks import layered, quiet_text, row_scale
from deepseek_era.citations import citations
from deepseek_era.claims import facts, report, rules
from deepseek_era.figure import format_number
from deepseek_era.model import Model
from deepseek_era.quotes import quoted
from deepseek_era.words import listed

TOKENS = theme.TOKENS
NAMED = 3  # publishers that a cell names; the exhibit lists all its sources


def day(date: Any, year: bool = True) -> str:
    """Return a date as words: 20 January 2025, or 20 January without the year."""
    stamp = pd.Timestamp(str(date))
    return f"{stamp.day} {stamp.month_name()}" + (f" {stamp.year}" if year else "")


def _known(ids: Sequence[str]) -> tuple[str, ...]:
    table = set(tables.load("sources")["source_id"])
    return tuple(dict.fromkeys(i for i in ids if i in table))


def _words(claim: str) -> str:
    """Return the article's words for a claim, in quotation marks."""
    return quoted(str(tables.load("claims").set_index("id")["article_words"][claim]))


def _publishers(ids: Sequence[str]) -> str:
    cited = citations()
    names = list(dict.fromkeys(re.sub(r"^\((.*)\)$", r"\1", cited[i].publisher) for i in ids if i in cited))
    # a fact from memory is marked, and named after those that were read
    names = [n for n in names if n != "recalled"] + ["recalled †"] * ("recalled" in names)
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


# --- the thirteen answers ------------------------------------------------------------------------------------------


def claims_table(model: Model) -> Exhibit:
    """Return the table of the thirteen claims: claim, verdict, finding, and who says so."""
    results = report.results(model)
    counts = {v: sum(r.verdict == v for r in results) for v in rules.VERDICTS}
    data = pd.DataFrame(
        {
            "id": [r.id for r in results],
            "claim": [r.claim for r in results],
            "article_words": [_words(r.id) for r in results],
            "verdict": [rules.WORDS[r.verdict] for r in results],
            "finding": [r.finding for r in results],
            "publishers": [_publishers(r.sources) for r in results],
            "rule": [rules.RULES[r.id] for r in results],
        }
    )
    words = [f"{n} {rules.WORDS[v].lower()}" for v, n in counts.items() if n]
    held = counts[rules.TRUE] + counts[rules.CONTEXT]
    return Exhibit(
        name="claims-table",
        title=f"Of {len(results)} claims, {held} hold"
        + (f", {counts[rules.CONTEXT]} of them only with context" if counts[rules.CONTEXT] else ""),
        subtitle=f"Verdict by a stated rule on the numbers: {listed(words)}.",
        source="The rule of each verdict is in the data of this table; thresholds are judgements.",
        alt=f"Table of the article's {len(results)} claims of fact with verdict and finding: {listed(words)}.",
        data=data,
        sources=_known([s for r in results for s in r.sources]),
        columns=(
            Column("id", "", weight=0.4),
            Column("article_words", "The article says", weight=1.7),
            Column("verdict", "Verdict", weight=0.8),
            Column("finding", "What we find", weight=3.6),
            Column("publishers", "Sources", weight=1.2),
        ),
        how="Each verdict follows from a rule on the figures it names, so it changes when a parameter or a fact does.",
    )


def rules_table(model: Model) -> Exhibit:
    """Return the rule by which each claim is judged, with the verdict it gives in this run."""
    results = report.results(model)
    data = pd.DataFrame(
        {
            "id": [r.id for r in results],
            "article_words": [_words(r.id) for r in results],
            "rule": [rules.RULES[r.id] for r in results],
            "verdict": [rules.WORDS[r.verdict] for r in results],
        }
    )
    return Exhibit(
        name="claims-rules",
        title="Each verdict follows from a rule, and the rules are judgements that can be disputed",
        subtitle="The rule for each claim and the verdict it gives on the numbers of this run.",
        source="Own rules. A rule whose deciding number was not public on the date of the run gives “unverifiable”.",
        alt=f"Table of {len(data)} rules, one a claim, with the verdict each gives.",
        data=data,
        columns=(
            Column("id", "", weight=0.4),
            Column("article_words", "The article says", weight=1.7),
            Column("rule", "Rule", weight=4.0),
            Column("verdict", "Gives", weight=0.9),
        ),
    )


# --- January 2025 in order -----------------------------------------------------------------------------------------

LABELS = {
    "L11": "o3 announced",
    "L13": "DeepSeek-V3, with the training bill",
    "L15": "DeepSeek app",
    "L16": "US rule on exports of AI chips",
    "L17": "DeepSeek-R1, open weights",
    "L18": "Stargate announced",
    "L20": "first fall of Nvidia shares",
    "L21": "the app is first in the US store",
    "L22": "Nvidia loses a sixth of its value",
    "L23": "sign-ups limited",
    "L25": "OpenAI alleges distillation",
    "L28": "o3-mini, the first answer on price",
}
STRONG = ("L17", "L18")


def timeline(model: Model) -> Exhibit:
    """Return the order of events around R1 and Stargate, December 2024 to January 2025."""
    table = model.facts.table("timeline")
    data = table[table["row_id"].isin(LABELS)].sort_values(["date", "row_id"]).reset_index(drop=True)
    data["label"] = data["row_id"].map(LABELS)
    data["strong"] = data["row_id"].isin(STRONG)
    days = facts.days_between(model.facts, facts.STARGATE, facts.RELEASE)
    if days is None:
        title = "Stargate or R1 is missing from the timeline"
    elif days == 0:
        title = "R1 and Stargate came on the same day"
    else:
        distance = "a day" if abs(days) == 1 else f"{abs(days)} days"
        title = f"R1 came {distance} {'before' if days < 0 else 'after'} Stargate, not {'after' if days < 0 else 'before'} it"
    return Exhibit(
        name="claims-timeline",
        title=title,
        subtitle="Events around the release, 20 December 2024 to 31 January 2025. The two that the claim sets in order are in bold.",
        source=f"{len(data)} dated events; those marked † are known but were not read in a stored copy.",
        alt=f"Timeline of {len(data)} events. {title}. Attention followed: first rank in the app store on 26 January.",
        data=data[["date", "label", "event", "category", "actor", "verified"]],
        sources=_known(data["source_id"].tolist()),
        chart=lambda width: _draw_timeline(data, width),
        how="Dates are the days of publication. The distance between R1 and Stargate is counted in calendar days.",
        note=(
            "Insiders may have known of either earlier. Dates of publication rule out an answer to the announcement, no more."
            if days is not None and days < 0
            else ""
        ),
    )


def _draw_timeline(data: pd.DataFrame, width: int) -> alt.Chart | alt.LayerChart:
    wide = width >= theme.WIDE
    frame = data.copy()
    frame["line"] = range(len(frame))
    frame["text"] = [
        f"{day(d, year=False)}: {label}{'' if read == 'read' else ' †'}"
        for d, label, read in zip(frame["date"], frame["label"], frame["verified"], strict=True)
    ]
    start, end = pd.Timestamp("2024-12-19"), pd.Timestamp("2025-02-01")
    span = (end - start).days
    frame["x"] = (pd.to_datetime(frame["date"]) - start).dt.days
    frame["half"] = frame["x"] > span * 0.5
    ticks = pd.to_datetime(["2024-12-20", "2025-01-01", "2025-01-10", "2025-01-20", "2025-01-31"])
    values = [(t - start).days for t in ticks]
    words = [f"{t.day} {t.month_name()[:3]}" for t in ticks]
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[0, span], nice=False),
        axis=alt.Axis(
            values=values, labelExpr=f"{words}[indexof({values}, datum.value)]", title=None, orient="top"
        ),
    )
    step = 23 if wide else 36
    y = alt.Y("line:Q", axis=None, scale=row_scale(len(frame)))
    layers: list[alt.Chart] = []
    for strong in (False, True):
        part = frame[frame["strong"] == strong]
        layers.append(
            alt.Chart(part)
            .mark_point(size=95 if strong else 55, color=TOKENS["ink"] if strong else TOKENS["ink3"])
            .encode(x=x, y=y)
        )
        style = {"fontWeight": 600 if strong else 400, "color": TOKENS["ink"] if strong else TOKENS["ink2"]}
        if wide:
            layers.append(
                quiet_text(part[~part["half"]], dx=10, fontSize=13, **style).encode(x=x, y=y, text="text:N")
            )
            late = quiet_text(part[part["half"]], dx=-10, align="right", fontSize=13, **style)
            layers.append(late.encode(x=x, y=y, text="text:N"))
        else:
            layers.append(quiet_text(part, dy=-14, **style).encode(x=alt.value(0), y=y, text="text:N"))
    return theme.frame(layered(*layers), width, len(frame) * step, left=10, right=10, top=28, bottom=6)


# --- benchmarks ----------------------------------------------------------------------------------------------------

MODELS = {
    "r1": "R1",
    "o1": "o1",
    "preview": "o3 preview, December 2024",
    "released": "o3 released, April 2025",
}


def _quality_rows(model: Model) -> pd.DataFrame:
    """Return one row a benchmark and evaluator with the scores of R1, o1 and both versions of o3."""
    own, o3 = facts.own_table_gaps(model.facts), facts.o3_gaps(model.facts)
    versions = o3.pivot_table(index="benchmark", columns="version", values="o3")
    rows: list[dict[str, Any]] = []
    for row in own.to_dict("records"):
        entry = {
            "group": "Maker’s own table",
            "benchmark": row["benchmark"],
            "r1": row["r1"],
            "o1": row["o1"],
        }
        for version in ("preview", "released"):
            if version in versions and row["benchmark"] in versions.index:
                entry[version] = versions.loc[row["benchmark"], version]
        rows.append(entry)
    rows.sort(key=lambda r: r["r1"] - r["o1"], reverse=True)
    table = model.facts.table("benchmarks")
    table = table.assign(score=pd.to_numeric(table["score"], errors="coerce"))
    mine = own.set_index("benchmark")["r1"]
    again = table[(table["model"] == "o1 (Qwen3 report)") & table["benchmark"].isin(mine.index)]
    for row in again.to_dict("records"):
        rows.append(
            {
                "group": "o1 measured again by Alibaba",
                "benchmark": row["benchmark"],
                "r1": mine[row["benchmark"]],
                "o1": row["score"],
            }
        )
    runs = model.facts.table("task_costs").set_index("model")["pass_rate_2_percent"]
    if facts.aider_gap(model.facts) is not None:
        rows.append(
            {
                "group": "Run by the benchmark’s author",
                "benchmark": "Aider, coding exercises",
                "r1": float(runs[facts.R1_AIDER]),
                "o1": float(runs["o1-2024-12-17 (high)"]),
            }
        )
    arc = table[table["benchmark"] == "ARC-AGI-1 semi-private"].set_index(["model", "metric"])["score"]
    arc_rows = {
        "r1": ("DeepSeek-R1", "accuracy"),
        "o1": ("o1", "high"),
        "preview": ("o3 (Dec 2024 preview)", "low compute"),
        "released": ("o3 (Apr 2025 release)", "accuracy (medium)"),
    }
    found = {k: float(arc[key]) for k, key in arc_rows.items() if key in arc.index}
    if {"r1", "o1"} <= set(found):
        rows.append({"group": "Run by the benchmark’s author", "benchmark": "ARC-AGI, puzzles †", **found})
    frame = pd.DataFrame(rows, columns=["group", "benchmark", *MODELS])
    frame[list(MODELS)] = frame[list(MODELS)].astype(float)
    return frame


def quality(model: Model) -> Exhibit:
    """Return R1 beside o1 and both versions of o3, benchmark by benchmark and evaluator by evaluator."""
    data = _quality_rows(model)
    figures = report.figures(model)
    gap, coding = figures["claims.quality.gap_o1_own"].value, figures["claims.quality.gap_o1_aider"].value
    behind = figures["claims.quality.gap_o3_preview"].value
    arena = figures["claims.quality.gap_o1_arena"]
    level = (
        "level with"
        if gap is not None and abs(gap) <= 3
        else "ahead of"
        if gap is not None and gap > 0
        else "behind"
    )
    title = f"R1 is {level} o1 in its maker’s table"
    if coding is not None and coding < -3:
        title += ", behind it in others’ tests"
    if behind is not None and behind < -3:
        title += ", and clearly behind o3"
    vote = (
        f" In blind votes of users R1 stood {format_number(abs(arena.value), 'Elo points', 'observed')} "
        f"{'above' if arena.value > 0 else 'below'} o1 (median of stored snapshots)."
        if arena.value
        else ""
    )
    return Exhibit(
        name="claims-quality",
        title=title,
        subtitle="Share of tasks solved, %, by who ran the test. R1 is the version of 20 January 2025 throughout.",
        source=(
            "Scores as published by each evaluator; † not all read in a stored copy. Settings differ between evaluators, "
            "so rows compare, columns do not."
        ),
        alt=f"Dot plot of {len(data)} benchmark rows. {title}.{vote}",
        data=data,
        sources=_known(
            [facts.OWN_TABLE, "S_QWEN3", "S_AIDER", "S_O3PREVIEW", "S_M1REPO", "S_ARCR1", "S_ARCO3"]
        ),
        chart=lambda width: _draw_quality(data, width),
        how=(
            "Rows of the maker’s table are those that give R1 and o1 as a share of tasks; ratings and percentiles are left "
            "out. Both versions of o3 are shown where OpenAI or a third party published the same benchmark. Medians against "
            "o3 use the benchmarks that both versions share. An Elo gap $d$ is a share of votes $1/(1+10^{-d/400})$."
        ),
        note=vote.strip(),
    )


def _draw_quality(data: pd.DataFrame, width: int) -> alt.Chart | alt.LayerChart:
    wide = width >= theme.WIDE
    frame = data.copy()
    headings, line = [], 0.0
    for group in dict.fromkeys(frame["group"]):
        headings.append({"line": line, "label": group})
        for index in frame.index[frame["group"] == group]:
            line += 1
            frame.loc[index, "line"] = line
        line += 1.15
    n = line
    long = frame.melt(
        id_vars=["benchmark", "line"], value_vars=list(MODELS), var_name="model", value_name="score"
    )
    long = long.dropna(subset=["score"])
    ends = long.groupby("line")["score"].agg(["min", "max"]).reset_index()
    step, left, right = (22, 178, 92) if wide else (33, 8, 14)
    y = alt.Y("line:Q", axis=None, scale=row_scale(n, top=1.9 if wide else 2.2))
    x = alt.X(
        "score:Q",
        scale=alt.Scale(domain=[0, 100], nice=False),
        axis=alt.Axis(title="Solved, %", values=[0, 25, 50, 75, 100]),
    )
    styles: dict[str, dict[str, Any]] = {
        # the ring lies over the dot, so that neither hides the other where both score alike
        "o1": {"shape": "circle", "stroke": TOKENS["ink"], "size": 105},
        "r1": {"shape": "circle", "fill": TOKENS["ink"], "stroke": TOKENS["ink"], "size": 45},
        "preview": {"shape": "diamond", "fill": TOKENS["paper"], "stroke": TOKENS["c2"]},
        "released": {"shape": "diamond", "fill": TOKENS["c2"], "stroke": TOKENS["c2"]},
    }
    shift = 0.0 if wide else 0.2
    long["level"] = long["line"] + shift
    ends["level"] = ends["line"] + shift
    dot_y = alt.Y("level:Q", axis=None, scale=row_scale(n, top=1.9 if wide else 2.2))
    layers: list[alt.Chart] = [
        alt.Chart(ends)
        .mark_rule(color=TOKENS["rule"], strokeWidth=1.5)
        .encode(x=alt.X("min:Q", scale=alt.Scale(domain=[0, 100], nice=False)), x2="max:Q", y=dot_y)
    ]
    for name, style in reversed(styles.items()):
        part = long[long["model"] == name]
        mark = alt.Chart(part).mark_point(**{"filled": False, "size": 75, "strokeWidth": 1.5} | style)
        layers.append(mark.encode(x=x, y=dot_y))
    # the legend is drawn in the plot's own units, a row above the first heading; a model without a score is not in it
    drawn = [m for m in MODELS if (long["model"] == m).any()]
    places = (
        dict(zip(MODELS, ((0, -1.2), (62, -1.2), (124, -1.2), (306, -1.2)), strict=True))
        if wide
        else dict(zip(MODELS, ((0, -1.6), (50, -1.6), (100, -1.6), (100, -1.05)), strict=True))
    )
    legend = pd.DataFrame(
        [
            {
                "line": places[m][1],
                "x": places[m][0] + (8 - left if wide else 8),
                "label": MODELS[m],
                "model": m,
            }
            for m in drawn
        ]
    )
    for row in legend.to_dict("records"):
        one = pd.DataFrame([row])
        mark = alt.Chart(one).mark_point(
            **{"filled": False, "size": 75, "strokeWidth": 1.5} | styles[str(row["model"])]
        )
        layers.append(mark.encode(x=alt.value(row["x"]), y=y))
        layers.append(quiet_text(one).encode(x=alt.value(row["x"] + 9), y=y, text="label:N"))
    edge = alt.value(-left + 2 if wide else 0)
    lift = {} if wide else {"dy": -9}
    layers.append(
        quiet_text(pd.DataFrame(headings), fontWeight=600, color=TOKENS["ink"]).encode(
            x=edge, y=y, text="label:N"
        )
    )
    layers.append(
        quiet_text(frame, fontSize=13 if wide else 12, color=TOKENS["ink"], **lift).encode(
            x=edge, y=y, text="benchmark:N"
        )
    )
    frame["gap"] = [
        format_number(r - o, "points", "observed", signed=True)
        for r, o in zip(frame["r1"], frame["o1"], strict=True)
    ]
    end = width - left - right
    if wide:
        head = pd.DataFrame([{"line": 0.0, "label": "R1 less o1"}])
        layers.append(
            quiet_text(head, align="right", color=TOKENS["ink3"]).encode(
                x=alt.value(end + right - 4), y=y, text="label:N"
            )
        )
    column = alt.value(end + right - 4 if wide else end)
    layers.append(quiet_text(frame, align="right", **lift).encode(x=column, y=y, text="gap:N"))
    return theme.frame(
        layered(*layers), width, int((n + 1.5) * step), left=left, right=right, top=4, bottom=44
    )


# --- the app -------------------------------------------------------------------------------------------------------


def app(model: Model) -> Exhibit:
    """Return downloads and daily users of the app: how fast it rose, and how it stood against ChatGPT."""
    figures = report.figures(model)

    def value(id: str) -> float | None:
        return figures[f"claims.app.{id}"].value

    change, quarter = value("downloads_change_q2"), value("downloads_q2")
    first = None if change is None or quarter is None or change <= -100 else quarter / (1 + change / 100)
    entries: list[tuple[str, str, float | None]] = [
        (
            "Downloads so far, million",
            "24 January, rank 31" if value("rank_before") == 31 else "24 January",
            value("downloads_24_january"),
        ),
        (
            "Downloads so far, million",
            "27 January, rank 1" if value("rank") == 1 else "27 January",
            value("downloads_27_january"),
        ),
        ("Downloads so far, million", "5 February", value("downloads_5_february")),
        ("Daily users at the end of January, million", "DeepSeek app", value("daily_users")),
        ("Daily users at the end of January, million", "ChatGPT app", value("daily_users_chatgpt")),
        ("Downloads a month, million", "first quarter of 2025, derived", first),
        ("Downloads a month, million", "second quarter of 2025", quarter),
    ]
    data = pd.DataFrame(entries, columns=["measure", "row", "million"]).dropna().reset_index(drop=True)
    share = value("users_share_of_chatgpt")
    if share is None:
        days = facts.days_between(model.facts, facts.RELEASE, "L21")
        after = "" if days is None else f" {days} days after the release"
        title = f"First in the store{after}; how much it was used was not yet public"
    else:
        title = f"First in downloads, second in use: {format_number(share, '%', 'observed')} of ChatGPT’s daily users"
        title += ", and the rush faded" if change is not None and change < -50 else ""
    return Exhibit(
        name="claims-app",
        title=title,
        subtitle="Downloads and daily users of the DeepSeek app, million, January to June 2025. Stores as each source counts them.",
        source="Appfigures and press reports; the first quarter is derived from the second and its change. The fall rests on one source.",
        alt=f"Bar chart of {len(data)} values. {title}.",
        data=data,
        sources=_known([s for id in figures if id.startswith("claims.app.") for s in figures[id].sources]),
        chart=lambda width: _draw_app(data, width),
        how="Downloads of the first quarter are those of the second divided by one plus the published change.",
        note="The rank is among all free apps of the US store, which is more than the article claims.",
    )


def _draw_app(data: pd.DataFrame, width: int) -> alt.Chart | alt.LayerChart:
    wide = width >= theme.WIDE
    frame = data.copy()
    headings, line = [], 0.0
    for group in dict.fromkeys(frame["measure"]):
        headings.append({"line": line, "label": group})
        for index in frame.index[frame["measure"] == group]:
            line += 1
            frame.loc[index, "line"] = line
        line += 1.2
    frame["text"] = [format_number(v, "count", "observed") for v in frame["million"]]
    other = frame["row"] == "ChatGPT app"
    step, left, right = (25, 196, 50) if wide else (36, 8, 40)
    y = alt.Y("line:Q", axis=None, scale=row_scale(line))
    x = alt.X("million:Q", scale=alt.Scale(domain=[0, float(frame["million"].max())], nice=False), axis=None)
    edge = alt.value(-left + 2 if wide else 0)
    lift = {} if wide else {"dy": -14}
    frame["level"] = frame["line"] + (0 if wide else 0.1)
    frame["zero"] = 0
    bar_y = alt.Y("level:Q", axis=None, scale=row_scale(line))

    def bars(part: pd.DataFrame, colour: str) -> alt.Chart:
        thick = alt.Chart(part).mark_rule(color=colour, strokeWidth=13, strokeCap="butt")
        start = alt.X(
            "zero:Q", scale=alt.Scale(domain=[0, float(frame["million"].max())], nice=False), axis=None
        )
        return thick.encode(x=start, x2="million:Q", y=bar_y)

    layers: list[alt.Chart] = [
        bars(frame[~other], TOKENS["c1"]),
        bars(frame[other], TOKENS["neutral"]),
        quiet_text(frame, dx=6, fontWeight=600, color=TOKENS["ink"]).encode(x=x, y=bar_y, text="text:N"),
        quiet_text(pd.DataFrame(headings), fontWeight=600, color=TOKENS["ink"]).encode(
            x=edge, y=y, text="label:N"
        ),
        quiet_text(frame, fontSize=13 if wide else 12, color=TOKENS["ink"], **lift).encode(
            x=edge, y=y, text="row:N"
        ),
    ]
    return theme.frame(layered(*layers), width, int(line * step), left=left, right=right, top=2, bottom=6)


# --- distillation --------------------------------------------------------------------------------------------------


def distillation(model: Model) -> Exhibit:
    """Return the public statements on distillation, with whether outputs or logs were published."""
    table = facts.disputes(model.facts)
    data = pd.DataFrame(
        {
            "date": [day(d) for d in table["date"]],
            "party": table["actor"],
            "statement": table["event"],
            "published": [
                {"distillation proof": "yes", "distillation denial": "denies it"}.get(c, "no")
                for c in table["category"]
            ],
            "source": [_publishers([s]) for s in table["source_id"]],
        }
    )
    proofs, denials = (int((data["published"] == said).sum()) for said in ("yes", "denies it"))
    n = len(data) - denials
    title = (
        f"{n} allegations or inquiries on distillation, {'none' if proofs == 0 else proofs} with outputs that others "
        f"could check{'; DeepSeek denies it' if denials else ''}"
    )
    return Exhibit(
        name="claims-distillation",
        title=title,
        subtitle="Public statements that DeepSeek trained on outputs of a rival’s model, and its own, by date. The later ones concern models after R1.",
        source=(
            "All parties have an interest."
            + (" None has published the outputs or logs it refers to." if proofs == 0 else "")
        ),
        alt=f"Table of {len(data)} statements on distillation. {title}.",
        data=data,
        sources=_known(table["source_id"].tolist()),
        columns=(
            Column("date", "Date", weight=1.0),
            Column("party", "Who", weight=1.0),
            Column("statement", "Statement", weight=3.4),
            Column("published", "Outputs published", weight=0.9),
            Column("source", "Source", weight=1.2),
        ),
    )
