"""Dated facts behind the claims: the order of events, chart ranks, benchmark scores by evaluator, what was alleged.

- Every function takes the facts of a vintage; a row that was not public then is absent, and its figure is None.
- Benchmark gaps are R1 minus the other model on the same benchmark, in points. Who ran the test is kept apart: the
  maker's own table, a third party, or a vote of users.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from deepseek_era.cost import lookup
from deepseek_era.figure import Figure
from deepseek_era.tables import Facts

R1, O1 = "DeepSeek-R1", "o1-1217"
OWN_TABLE = "S_R1REPO"  # the maker's table of 20 January 2025
ARENA = "LMArena"
STARGATE, RELEASE = "L18", "L17"  # rows of the timeline


@dataclass(frozen=True)
class Event:
    """A dated event with the number it carries, if any, and its source."""

    date: dt.date
    text: str
    value: float | None
    source: str


def event(facts: Facts, row_id: str) -> Event | None:
    """Return a row of the timeline, or None where it was not public or has no day."""
    rows = facts.table("timeline")
    rows = rows[rows["row_id"] == row_id]
    if rows.empty or len(str(rows["date"].iloc[0])) != 10:
        return None
    row = rows.iloc[0]
    value = pd.to_numeric(row["value"], errors="coerce")
    return Event(
        dt.date.fromisoformat(str(row["date"])),
        str(row["event"]),
        None if pd.isna(value) else float(value),
        str(row["source_id"]),
    )


def days_between(facts: Facts, earlier: str, later: str) -> int | None:
    """Return the days from one event of the timeline to another (negative if the order is the other way round)."""
    first, second = event(facts, earlier), event(facts, later)
    return None if first is None or second is None else (second.date - first.date).days


def _day_figure(facts: Facts, id: str, earlier: str, later: str, label: str) -> Figure:
    days = days_between(facts, earlier, later)
    found = [e.source for e in (event(facts, earlier), event(facts, later)) if e is not None]
    return Figure(id, days, "days", "observed", label, sources=tuple(dict.fromkeys(found)))


def order_of_events(facts: Facts) -> list[Figure]:
    """Return the distances in days between R1, Stargate, the models before it and the rush to the app."""
    return [
        _day_figure(
            facts,
            "claims.r1.days_after_stargate",
            STARGATE,
            RELEASE,
            "days from the Stargate announcement to R1",
        ),
        _day_figure(
            facts, "claims.attention.days_after_stargate", STARGATE, "L21", "days from Stargate to first rank"
        ),
        _day_figure(facts, "claims.r1.days_after_o1_preview", "L08", RELEASE, "days from o1-preview to R1"),
        _day_figure(facts, "claims.r1.days_after_o1", "L10", RELEASE, "days from the full o1 to R1"),
        _day_figure(facts, "claims.r1.days_after_v3", "L13", RELEASE, "days from DeepSeek-V3 to R1"),
        _day_figure(facts, "claims.r1.days_after_v2", "L06", RELEASE, "days from DeepSeek-V2 to R1"),
        _day_figure(facts, "claims.o3.days_before_r1", "L11", RELEASE, "days from the o3 preview to R1"),
        _day_figure(
            facts, "claims.r1_0528.days_after_o3", "L36", "L38", "days from the release of o3 to R1-0528"
        ),
        _day_figure(facts, "claims.o3_mini.days_after_r1", RELEASE, "L28", "days from R1 to o3-mini"),
        _day_figure(
            facts,
            "claims.distillation.days_after_r1",
            RELEASE,
            "L25",
            "days from R1 to the first public allegation",
        ),
        _day_figure(
            facts,
            "claims.service.signup_days_after_r1",
            RELEASE,
            "L23",
            "days from R1 to limits on new sign-ups",
        ),
        _day_figure(
            facts,
            "claims.service.topup_stop_days_after_r1",
            RELEASE,
            "L29",
            "days from R1 to the stop of top-ups",
        ),
        _day_figure(
            facts, "claims.service.topup_stop_days", "L29", "L32", "days without top-ups of API credit"
        ),
    ]


def motives(facts: Facts) -> Figure:
    """Return how many records are public of why R1 came out on that day: rows of the category ``release motive``."""
    table = facts.table("timeline")
    found = table[table["category"] == "release motive"]
    return Figure(
        "claims.r1.motive_records",
        len(found),
        "count",
        "observed",
        "public records of why R1 was released on that day",
        sources=tuple(dict.fromkeys(found["source_id"])),
    )


def final_run_shares(facts: Facts) -> pd.DataFrame:
    """Return each laboratory that published both: its final runs as a share of research compute [%], and the source."""
    table = facts.table("infrastructure")
    return table[table["topic"] == "final run share"][["entity", "value_low", "source_id"]].reset_index(
        drop=True
    )


def hidden_cost(facts: Facts) -> list[Figure]:
    """Return the range of final runs over research compute at laboratories that published both, and their number."""
    found = final_run_shares(facts)
    source = tuple(dict.fromkeys(found["source_id"]))
    low, high = (None, None) if found.empty else (found["value_low"].min(), found["value_low"].max())
    return [
        Figure("claims.final_run.laboratories", len(found), "count", "observed",
               "laboratories that published research compute and final runs", sources=source),
        Figure("claims.final_run.share_low", low, "%", "published", "final runs over research compute, lowest of them", sources=source),
        Figure("claims.final_run.share_high", high, "%", "published", "final runs over research compute, highest of them", sources=source),
    ]  # fmt: skip


def _demand(facts: Facts, row_id: str) -> tuple[float, str] | None:
    rows = facts.table("token_demand")
    rows = rows[rows["row_id"] == row_id]
    if rows.empty:
        return None
    return float(pd.to_numeric(rows["value"].iloc[0])), str(rows["source_id"].iloc[0])


def _headline(facts: Facts, claim: str, words: str) -> float | None:
    """Return the value of the headline fact on `claim` whose unit or text holds `words`."""
    rows = facts.table("headlines")
    rows = rows[
        (rows["call_or_claim"] == claim)
        & (rows["fact"] + " " + rows["unit"]).str.contains(words, regex=False)
    ]
    if rows.empty:
        return None
    value = pd.to_numeric(rows["value"].iloc[0], errors="coerce")
    return None if pd.isna(value) else float(value)


def app(facts: Facts) -> list[Figure]:
    """Return ranks, downloads and daily users of the app, and how far downloads fell by the second quarter."""
    rows = [
        (
            "claims.app.rank_before",
            "T103",
            "rank",
            "rank among free apps of the US App Store on 24 January 2025",
        ),
        ("claims.app.rank", "T104", "rank", "rank among free apps of the US App Store on 26 January 2025"),
        (
            "claims.app.downloads_24_january",
            "T100",
            "million",
            "downloads of the app to 24 January 2025, both stores",
        ),
        (
            "claims.app.downloads_27_january",
            "T101",
            "million",
            "downloads of the app to 27 January 2025, both stores",
        ),
        (
            "claims.app.downloads_5_february",
            "T102",
            "million",
            "downloads of the app to 5 February 2025, all stores",
        ),
        ("claims.app.daily_users", "T098", "million", "daily users of the DeepSeek app, end of January 2025"),
        (
            "claims.app.daily_users_chatgpt",
            "T099",
            "million",
            "daily users of the ChatGPT app, end of January 2025",
        ),
        (
            "claims.app.downloads_q2",
            "T105",
            "million a month",
            "monthly downloads of the app, second quarter of 2025",
        ),
    ]
    figures = []
    for id, row_id, unit, label in rows:
        found = _demand(facts, row_id)
        figures.append(
            Figure(
                id, found[0] if found else None, unit, "observed", label, sources=(found[1],) if found else ()
            )
        )
    change = _headline(facts, "F07", "percent on the quarter")
    figures.append(
        Figure(
            "claims.app.downloads_change_q2",
            change,
            "%",
            "observed",
            "change of monthly downloads on the first quarter",
            sources=("QM_Q225",) if change is not None else (),
        )
    )
    by_id = {f.id: f for f in figures}
    mine, other = by_id["claims.app.daily_users"].value, by_id["claims.app.daily_users_chatgpt"].value
    share = None if mine is None or other is None else 100 * mine / other
    figures.append(
        Figure(
            "claims.app.users_share_of_chatgpt",
            share,
            "%",
            "observed",
            "daily users of the DeepSeek app against ChatGPT",
            sources=by_id["claims.app.daily_users"].sources,
        )
    )
    return figures


# --- benchmarks ----------------------------------------------------------------------------------------------------


def _scores(facts: Facts) -> pd.DataFrame:
    table = facts.table("benchmarks")
    table = table[(table["unit"] == "percent") & ~table["metric"].str.contains("cons@|percentile")].copy()
    table["score"] = pd.to_numeric(table["score"], errors="coerce")
    return table.dropna(subset=["score"])


def own_table_gaps(facts: Facts) -> pd.DataFrame:
    """Return benchmark, R1 and o1 scores and their gap [points], from the maker's own table."""
    table = _scores(facts)
    own = table[table["source_id"] == OWN_TABLE]
    wide = own[own["model"].isin([R1, O1])].pivot_table(
        index="benchmark", columns="model", values="score", sort=False
    )
    if R1 not in wide or O1 not in wide:
        return pd.DataFrame(columns=["benchmark", "r1", "o1", "gap"])
    wide = wide.dropna(subset=[R1, O1]).reset_index()
    frame = wide.rename(columns={R1: "r1", O1: "o1"})[["benchmark", "r1", "o1"]]
    frame["gap"] = frame["r1"] - frame["o1"]
    return frame


def o3_gaps(facts: Facts) -> pd.DataFrame:
    """Return R1 against o3, benchmark by benchmark: version ``preview`` (December 2024) or ``released`` (April 2025)."""
    table = _scores(facts)
    mine = table[(table["model"] == R1) & (table["source_id"] == OWN_TABLE)].set_index("benchmark")["score"]
    rows = []
    for version, name in (("preview", "o3 (Dec 2024 preview)"), ("released", "o3 (Apr 2025 release)")):
        theirs = table[table["model"] == name].sort_values("as_of").drop_duplicates("benchmark")
        for row in theirs.to_dict("records"):
            # scores of later windows of a rolling test, or of another version of R1, do not compare
            if row["benchmark"] in mine.index and "window" not in str(row["note"]):
                r1 = float(mine[row["benchmark"]])
                rows.append(
                    {"version": version, "benchmark": row["benchmark"], "r1": r1, "o3": float(row["score"])}
                )
    frame = pd.DataFrame(rows, columns=["version", "benchmark", "r1", "o3"])
    frame["gap"] = frame["r1"] - frame["o3"]
    return frame


def arena_gaps(facts: Facts) -> pd.DataFrame:
    """Return R1 minus o1 [Elo points] in each stored snapshot of the user vote: date, metric, gap."""
    table = facts.table("benchmarks")
    votes = table[(table["benchmark"] == ARENA) & table["model"].isin([R1, "o1-2024-12-17"])].copy()
    votes["score"] = pd.to_numeric(votes["score"], errors="coerce")
    wide = (
        votes.pivot_table(index=["score_date", "metric"], columns="model", values="score")
        .dropna()
        .reset_index()
    )
    if wide.empty or wide.shape[1] < 4:
        return pd.DataFrame(columns=["date", "metric", "gap"])
    wide["gap"] = wide[R1] - wide["o1-2024-12-17"]
    return wide.rename(columns={"score_date": "date"})[["date", "metric", "gap"]]


def aider_gap(facts: Facts) -> float | None:
    """Return R1 minus o1 in coding exercises solved [points], run by the benchmark's own author."""
    runs = facts.table("task_costs")
    score = pd.to_numeric(runs["pass_rate_2_percent"], errors="coerce")
    mine, other = (
        score[runs["model"] == R1_AIDER],
        score[runs["model"].str.startswith("o1-2024-12-17 (high)")],
    )
    return None if mine.empty or other.empty else float(mine.iloc[0] - other.iloc[0])


R1_AIDER = "DeepSeek R1"


def quality(facts: Facts) -> list[Figure]:
    """Return R1's distance to o1 and to o3 by evaluator, and how far behind the frontier a third party put it."""
    own, o3, arena = own_table_gaps(facts), o3_gaps(facts), arena_gaps(facts)
    figures = [
        Figure("claims.quality.n_own", len(own), "count", "published", "benchmarks on which the maker reports R1 and o1",
               sources=(OWN_TABLE,)),
        Figure("claims.quality.wins_own", int((own["gap"] > 0).sum()), "count", "published",
               "of these, benchmarks on which R1 is ahead", sources=(OWN_TABLE,)),
        Figure("claims.quality.gap_o1_own", _median(own["gap"]), "points", "published",
               "R1 less o1, median over benchmarks, maker's own table", sources=(OWN_TABLE,)),
        Figure("claims.quality.gap_o1_aider", aider_gap(facts), "points", "observed",
               "R1 less o1, coding exercises solved, run by the benchmark's author", sources=("S_AIDER",)),
        Figure("claims.quality.gap_o1_arena", _median(arena["gap"]), "Elo points", "observed",
               "R1 less o1 in blind votes of users, median over stored snapshots", sources=("S_OPENLM", "S_ARENASC")),
    ]  # fmt: skip
    # both medians over the same benchmarks, or the change of the set would pass for a change of the model
    shared = (
        set.intersection(*(set(part["benchmark"]) for _, part in o3.groupby("version"))) if len(o3) else set()
    )
    o3 = o3[o3["benchmark"].isin(shared)]
    for version, source in (("preview", "S_O3PREVIEW"), ("released", "S_M1REPO")):
        part = o3[o3["version"] == version]
        figures.append(
            Figure(
                f"claims.quality.gap_o3_{version}",
                _median(part["gap"]),
                "points",
                "published",
                f"R1 less o3 ({version}), median over {len(part)} shared benchmarks",
                sources=(OWN_TABLE, source),
            )
        )
    gaps = facts.table("capability_gap")
    metr = gaps[gaps["row_id"] == "G05"]
    figures.append(
        Figure(
            "claims.quality.months_behind_metr",
            float(metr["value"].iloc[0]) if len(metr) else None,
            "months",
            "observed",
            "how long before R1 the best models had R1's score on long tasks, by a third party",
            sources=("METR_R1",),
        )
    )
    table = _scores(facts)
    zero = table[(table["benchmark"] == "AIME 2024") & (table["model"] == "DeepSeek-R1-Zero")]["score"]
    o1 = own[own["benchmark"] == "AIME 2024"]["o1"]
    share = 100 * float(zero.iloc[0]) / float(o1.iloc[0]) if len(zero) and len(o1) else None
    figures.append(
        Figure(
            "claims.r1_zero.share_of_o1",
            share,
            "%",
            "published",
            "AIME 2024 score of R1-Zero, trained without worked examples, against o1",
            sources=("S_NATURE_T2",),
        )
    )
    return figures


def _median(values: pd.Series) -> float | None:
    return None if values.empty else float(values.median())


# --- distillation, prices, clusters, countries ---------------------------------------------------------------------


def disputes(facts: Facts) -> pd.DataFrame:
    """Return the public statements on distillation: date, who, what.

    Allegations have the category ``dispute``, proofs ``distillation proof``, and what the accused says
    ``distillation denial``.
    """
    table = facts.table("timeline")
    return (
        table[table["category"].isin(["dispute", "distillation proof", "distillation denial"])]
        .sort_values("date")
        .reset_index(drop=True)
    )


def distillation(facts: Facts) -> list[Figure]:
    """Return how many parties alleged distillation, how many published outputs or logs, and lags of open models."""
    table = disputes(facts)
    alleged = table[table["category"] == "dispute"]
    gaps = facts.table("capability_gap")
    lag = gaps[gaps["row_id"] == "G03"]
    sources = tuple(dict.fromkeys(alleged["source_id"]))
    return [
        Figure("claims.distillation.allegations", len(alleged), "count", "observed",
               "public allegations or inquiries that DeepSeek trained on a rival's outputs", sources=sources),
        Figure("claims.distillation.proofs", int((table["category"] == "distillation proof").sum()), "count", "observed",
               "of these, with outputs or logs published that others can check", sources=sources),
        Figure("claims.distillation.denials", int((table["category"] == "distillation denial").sum()), "count", "observed",
               "public statements of DeepSeek that deny it", sources=tuple(table.loc[table["category"] == "distillation denial", "source_id"])),
        Figure("claims.open_lag.before", float(lag["value"].iloc[0]) if len(lag) else None, "months", "published",
               "lag of open behind closed models before R1, midpoint of the published range", sources=("EPOCH_CONSUMER",)),
    ]  # fmt: skip


def _price(
    facts: Facts, model: str, provider: str, on: str, column: str = "output_usd_per_mtok"
) -> float | None:
    table = facts.table("api_prices")
    # the first word is the model; what follows in brackets is its name in the programming interface
    named = table["model"].str.split(" ").str[0] == model
    note = table["tier_or_note"].fillna("")
    standard = (lookup.hours(note) == "standard") & ~note.str.contains("batch|flex|priority")
    rows = table[named & standard & (table["provider"] == provider) & (table["effective_from"] <= on)]
    value = pd.to_numeric(rows.sort_values("effective_from")[column], errors="coerce").dropna()
    return None if value.empty else float(value.iloc[-1])


def rivals(facts: Facts) -> list[Figure]:
    """Return how many times dearer o1, o1-mini, o3-mini and o3 (after its cut) were than R1 at launch, output by list."""
    r1 = _price(facts, R1, "DeepSeek", "2025-01-31")
    rows = (
        ("claims.gain.list_o1", "o1", "2025-01-31", "o1 in January 2025"),
        (
            "claims.gain.list_o1_mini",
            "o1-mini",
            "2025-01-30",
            "o1-mini, the small model on sale when R1 came",
        ),
        ("claims.gain.list_o3_mini", "o3-mini", "2025-01-31", "o3-mini, eleven days after R1"),
        ("claims.gain.list_o3", "o3", "2025-06-10", "o3 after its cut of June 2025"),
    )
    figures = []
    for id, model, on, label in rows:
        other = _price(facts, model, "OpenAI", on) if on <= facts.vintage.isoformat() else None
        ratio = None if r1 is None or other is None else other / r1
        figures.append(Figure(id, ratio, "ratio", "observed", f"list price of output over R1: {label}",
                              sources=("S_DSDOCS25", "S_SIMONW")))  # fmt: skip
    return figures


def _infrastructure(facts: Facts, topic: str, metric: str) -> float | None:
    table = facts.table("infrastructure")
    rows = table[(table["topic"] == topic) & (table["metric"] == metric)]
    value = pd.to_numeric(rows["value_low"], errors="coerce").dropna()
    return None if value.empty else float(value.iloc[0])


def cluster_links(facts: Facts) -> str:
    """Return how the cluster that trained V3 is wired, as its makers describe it; empty if not public."""
    table = facts.table("infrastructure")
    rows = table[(table["topic"] == "cluster use") & (table["metric"] == "training cluster")]
    return "" if rows.empty else str(rows["unit"].iloc[0])


def clusters(facts: Facts) -> list[Figure]:
    """Return size, cost and speed of the PCI-Express cluster, and the size of the one that trained V3."""
    paper = "Fire-Flyer 2 paper"
    total, dgx = (
        _infrastructure(facts, paper, "total price"),
        _infrastructure(facts, paper, "total price DGX design"),
    )
    cost = None if total is None or dgx is None else 100 * total / dgx
    values = (
        (
            "claims.pcie.gpus",
            _infrastructure(facts, paper, "GPUs in cluster"),
            "count",
            "GPUs of the PCI-Express cluster",
            "S_FF",
        ),
        ("claims.pcie.cost", cost, "%", "cost of the PCI-Express cluster against an NVLink design", "S_FF"),
        (
            "claims.pcie.speed",
            _infrastructure(facts, paper, "relative performance"),
            "%",
            "its matrix speed against that design",
            "S_FF",
        ),
        (
            "claims.v3.gpus",
            _infrastructure(facts, "cluster use", "training cluster"),
            "count",
            "GPUs of the cluster that trained V3",
            "S_V3REPORT",
        ),
    )
    return [
        Figure(id, value, unit, "published", label, sources=(source,))
        for id, value, unit, label, source in values
    ]


def china(facts: Facts) -> list[Figure]:
    """Return China's share of world AI compute by owner and the observed lag behind the US frontier."""
    gaps = facts.table("capability_gap")
    lag = gaps[gaps["row_id"] == "G19"]
    later = gaps[gaps["row_id"] == "G21"]
    rules = facts.table("timeline")
    rules = rules[rules["category"] == "export control"]

    def cell(frame: pd.DataFrame, column: str) -> float | None:
        return float(frame[column].iloc[0]) if len(frame) and pd.notna(frame[column].iloc[0]) else None

    share = _headline(facts, "F13", "China-owned share")
    return [
        Figure("claims.china.compute_share", share, "%", "published", "China-owned share of world AI compute, end of 2025",
               sources=("EPOCH_OWNERS_THREAD",)),
        Figure("claims.china.lag", cell(lag, "value"), "months", "published", "mean lag of the best Chinese model since 2023",
               sources=("EPOCH_USCHINA",)),
        Figure("claims.china.lag_shortest", cell(lag, "low"), "months", "published", "shortest lag since 2023", sources=("EPOCH_USCHINA",)),
        Figure("claims.china.lag_longest", cell(lag, "high"), "months", "published", "longest lag since 2023", sources=("EPOCH_USCHINA",)),
        Figure("claims.china.lag_caisi", cell(later, "value"), "months", "observed", "lag by a US government test, May 2026",
               sources=("CAISI_V4",)),
        Figure("claims.export.rules", len(rules), "count", "observed", "dated changes of US export rules on AI chips",
               sources=tuple(dict.fromkeys(s for s in rules["source_id"]))),
    ]  # fmt: skip


def service(facts: Facts) -> list[Figure]:
    """Return the limit that the API terms stated, stoppages so far, and the speed that one user saw."""
    limit = _headline(facts, "F05", "states no rate limit")
    table = facts.table("timeline")
    stops = table[(table["category"] == "service") & table["row_id"].isin(["L23", "L24", "L29"])]
    reports = facts.table("inference_reports")
    speed = reports[reports["metric"].str.startswith("mean output speed per request")]
    value = float(pd.to_numeric(speed["value"]).mean()) if len(speed) else None
    return [
        Figure("claims.service.documented_limit", limit, "count", "observed", "requests allowed at once, as the API terms stated",
               sources=("S_DSRATE25",) if limit is not None else ()),
        Figure("claims.service.stoppages", len(stops), "count", "observed", "dated limits on sign-up or payment after R1",
               sources=tuple(dict.fromkeys(stops["source_id"]))),
        Figure("claims.service.stream_tokens_per_s", value, "tokens/s", "observed", "tokens a second that one user saw, operator's log",
               sources=("S_DAY6",) if value is not None else ()),
    ]  # fmt: skip


def figures(facts: Facts) -> dict[str, Figure]:
    """Return every figure that the claims take from dated facts, keyed by id."""
    parts = (order_of_events, app, quality, distillation, rivals, clusters, china, service, hidden_cost)
    return {f.id: f for f in (motives(facts), *(f for part in parts for f in part(facts)))}
