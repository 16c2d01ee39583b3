"""Dated facts behind the claims: the order of events, chart ranks, benchmark scores by evaluator, what was alleged.

- Every function takes the facts of a vintage; a row that was not public then is absent, and its figure is None.
- Benchmark gaps are R1 minus the other model on the same benchmark, in points. Who ran the test is kept apart: the
  maker's own table, a third party, or a vote of users.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from deepseek_era import lookup, registry
from deepseek_era.cost.lookup import hours
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
    rows = lookup.rows(facts.table("timeline"), row_id=row_id)
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


# a figure, and the rows of the timeline from the first to the second of which it counts the days
DISTANCES = {
    "claims.r1.days_after_stargate": (STARGATE, RELEASE),
    "claims.attention.days_after_stargate": (STARGATE, "L21"),
    "claims.r1.days_after_o1_preview": ("L08", RELEASE),
    "claims.r1.days_after_v3": ("L13", RELEASE),
    "claims.r1.days_after_v2": ("L06", RELEASE),
    "claims.r1_0528.days_after_o3": ("L36", "L38"),
    "claims.o3_mini.days_after_r1": (RELEASE, "L28"),
    "claims.distillation.days_after_r1": (RELEASE, "L25"),
    "claims.service.signup_days_after_r1": (RELEASE, "L23"),
    "claims.service.topup_stop_days": ("L29", "L32"),
}


def order_of_events(facts: Facts) -> list[Figure]:
    """Return the distances in days between R1, Stargate, the models before it and the rush to the app."""
    made = []
    for id, (earlier, later) in DISTANCES.items():
        found = [e.source for e in (event(facts, earlier), event(facts, later)) if e is not None]
        made.append(registry.figure(id, days_between(facts, earlier, later), sources=found))
    return made


def motives(facts: Facts) -> Figure:
    """Return how many records are public of why R1 came out on that day: rows of the category ``release motive``."""
    found = lookup.rows(facts.table("timeline"), category="release motive")
    return registry.figure("claims.r1.motive_records", len(found), sources=found["source_id"])


def final_run_shares(facts: Facts) -> pd.DataFrame:
    """Return each laboratory that published both: its final runs as a share of research compute [%], and the source."""
    found = lookup.rows(facts.table("infrastructure"), topic="final run share")
    return found[["entity", "value_low", "source_id"]].reset_index(drop=True)


def hidden_cost(facts: Facts) -> list[Figure]:
    """Return the range of final runs over research compute at laboratories that published both, and their number."""
    found = final_run_shares(facts)
    low, high = (None, None) if found.empty else (found["value_low"].min(), found["value_low"].max())
    values = {"laboratories": len(found), "share_low": low, "share_high": high}
    return [
        registry.figure(f"claims.final_run.{k}", v, sources=found["source_id"]) for k, v in values.items()
    ]


def _demand(facts: Facts, row_id: str) -> tuple[float, str] | None:
    rows = lookup.rows(facts.table("token_demand"), row_id=row_id)
    if rows.empty:
        return None
    return float(pd.to_numeric(rows["value"].iloc[0])), str(rows["source_id"].iloc[0])


def _headline(facts: Facts, claim: str, words: str) -> float | None:
    """Return the value of the headline fact on `claim` whose unit or text holds `words`."""
    rows = lookup.rows(facts.table("headlines"), call_or_claim=claim)
    rows = rows[(rows["fact"] + " " + rows["unit"]).str.contains(words, regex=False)]
    if rows.empty:
        return None
    value = pd.to_numeric(rows["value"].iloc[0], errors="coerce")
    return None if pd.isna(value) else float(value)


# a figure of the app, and its row of token demand
OF_APP = {
    "claims.app.rank_before": "T103",
    "claims.app.rank": "T104",
    "claims.app.downloads_24_january": "T100",
    "claims.app.downloads_27_january": "T101",
    "claims.app.downloads_5_february": "T102",
    "claims.app.daily_users": "T098",
    "claims.app.daily_users_chatgpt": "T099",
    "claims.app.downloads_q2": "T105",
}


def app(facts: Facts) -> list[Figure]:
    """Return ranks, downloads and daily users of the app, and how far downloads fell by the second quarter."""
    found: dict[str, tuple[float | None, str]] = {
        id: _demand(facts, row_id) or (None, "") for id, row_id in OF_APP.items()
    }
    change = _headline(facts, "F07", "percent on the quarter")
    found["claims.app.downloads_change_q2"] = change, "" if change is None else "QM_Q225"
    (mine, source), (other, _) = found["claims.app.daily_users"], found["claims.app.daily_users_chatgpt"]
    share = None if mine is None or other is None else 100 * mine / other
    found["claims.app.users_share_of_chatgpt"] = share, source
    return [
        registry.figure(id, value, sources=[source] if source else ())
        for id, (value, source) in found.items()
    ]


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
    # both medians over the same benchmarks, or the change of the set would pass for a change of the model
    shared = (
        set.intersection(*(set(part["benchmark"]) for _, part in o3.groupby("version"))) if len(o3) else set()
    )
    gaps = {v: o3[o3["benchmark"].isin(shared) & o3["version"].eq(v)]["gap"] for v in ("preview", "released")}
    table = _scores(facts)
    zero = table[(table["benchmark"] == "AIME 2024") & (table["model"] == "DeepSeek-R1-Zero")]["score"]
    o1 = own[own["benchmark"] == "AIME 2024"]["o1"]
    share = 100 * float(zero.iloc[0]) / float(o1.iloc[0]) if len(zero) and len(o1) else None
    of_o1 = {
        "claims.quality.n_own": len(own),
        "claims.quality.wins_own": (own["gap"] > 0).sum(),
        "claims.quality.gap_o1_own": _median(own["gap"]),
        "claims.quality.gap_o1_aider": aider_gap(facts),
        "claims.quality.gap_o1_arena": _median(arena["gap"]),
        "claims.quality.months_behind_metr": _lag(facts, "G05"),
        "claims.r1_zero.share_of_o1": share,
    }
    return [
        *(registry.figure(id, value) for id, value in of_o1.items()),
        *(
            registry.figure(f"claims.quality.gap_o3_{v}", _median(gap), words={"n": len(gap)})
            for v, gap in gaps.items()
        ),
    ]


def _lag(facts: Facts, row_id: str) -> float | None:
    """Return the value of a row of the capability gap, or None where it is empty or was not public."""
    return lookup.number(facts.table("capability_gap"), "value", row_id=row_id)


def _median(values: pd.Series) -> float | None:
    return None if values.empty else float(values.median())


# --- distillation, prices, clusters, countries ---------------------------------------------------------------------


def disputes(facts: Facts) -> pd.DataFrame:
    """Return the public statements on distillation: date, who, what.

    Allegations have the category ``dispute``, proofs ``distillation proof``, and what the accused says
    ``distillation denial``.
    """
    kinds = ("dispute", "distillation proof", "distillation denial")
    return lookup.rows(facts.table("timeline"), category=kinds).sort_values("date").reset_index(drop=True)


def distillation(facts: Facts) -> list[Figure]:
    """Return how many parties alleged distillation, how many published outputs or logs, and how often it was denied."""
    table = disputes(facts)
    of = dict(tuple(table.groupby("category")["source_id"]))
    alleged, proofs, denials = (
        of.get(kind, pd.Series(dtype=str))
        for kind in ("dispute", "distillation proof", "distillation denial")
    )
    return [
        registry.figure("claims.distillation.allegations", len(alleged), sources=alleged),
        registry.figure("claims.distillation.proofs", len(proofs), sources=alleged),
        registry.figure("claims.distillation.denials", len(denials), sources=denials),
    ]


def _price(facts: Facts, model: str, provider: str, on: str) -> float | None:
    """Return the list price of output in force on a day, USD per million tokens."""
    table = facts.table("api_prices")
    # the first word is the model; what follows in brackets is its name in the programming interface
    named = table["model"].str.split(" ").str[0] == model
    note = table["tier_or_note"].fillna("")
    standard = (hours(note) == "standard") & ~note.str.contains("batch|flex|priority")
    rows = table[named & standard & (table["provider"] == provider) & (table["effective_from"] <= on)]
    value = pd.to_numeric(rows.sort_values("effective_from")["output_usd_per_mtok"], errors="coerce").dropna()
    return None if value.empty else float(value.iloc[-1])


# a rival and the day of its price: o3-mini came eleven days after R1, o3 was cut in June 2025
RIVALS = {"o1-mini": "2025-01-30", "o3-mini": "2025-01-31", "o3": "2025-06-10"}


def rivals(facts: Facts) -> list[Figure]:
    """Return how many times dearer o1-mini, o3-mini and o3 (after its cut) were than R1 at launch, output by list."""
    r1 = _price(facts, R1, "DeepSeek", "2025-01-31")
    made = []
    for model, on in RIVALS.items():
        other = _price(facts, model, "OpenAI", on) if on <= facts.vintage.isoformat() else None
        ratio = None if r1 is None or other is None else other / r1
        made.append(registry.figure(f"claims.gain.list_{model.replace('-', '_')}", ratio))
    return made


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
    values = {
        "claims.pcie.gpus": _infrastructure(facts, paper, "GPUs in cluster"),
        "claims.pcie.cost": None if total is None or dgx is None else 100 * total / dgx,
        "claims.pcie.speed": _infrastructure(facts, paper, "relative performance"),
        "claims.v3.gpus": _infrastructure(facts, "cluster use", "training cluster"),
    }
    return [registry.figure(id, value) for id, value in values.items()]


def china(facts: Facts) -> list[Figure]:
    """Return the observed lag of China's best model behind the US frontier, by an index and by a government test."""
    values = {
        "lag": _lag(facts, "G19"),
        "lag_caisi": _lag(facts, "G21"),
    }
    return [registry.figure(f"claims.china.{name}", value) for name, value in values.items()]


def service(facts: Facts) -> list[Figure]:
    """Return the limit that the API terms stated, stoppages so far, and the speed that one user saw."""
    limit = _headline(facts, "F05", "states no rate limit")
    table = facts.table("timeline")
    stops = table[(table["category"] == "service") & table["row_id"].isin(["L23", "L24", "L29"])]
    reports = facts.table("inference_reports")
    speed = reports[reports["metric"].str.startswith("mean output speed per request")]
    value = float(pd.to_numeric(speed["value"]).mean()) if len(speed) else None
    return [
        registry.figure("claims.service.documented_limit", limit, sources=() if limit is None else None),
        registry.figure("claims.service.stoppages", len(stops), sources=stops["source_id"]),
        registry.figure("claims.service.stream_tokens_per_s", value, sources=() if value is None else None),
    ]


def figures(facts: Facts) -> dict[str, Figure]:
    """Return every figure that the claims take from dated facts, keyed by id."""
    parts = (order_of_events, app, quality, distillation, rivals, clusters, china, service, hidden_cost)
    return {f.id: f for f in (motives(facts), *(f for part in parts for f in part(facts)))}
