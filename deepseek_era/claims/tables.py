"""Tables of the claims: the answers and their rules, benchmarks by evaluator, the app in numbers, disputes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from deepseek_era import tables
from deepseek_era.citations import citations
from deepseek_era.claims import facts, findings, rules
from deepseek_era.model import Model
from deepseek_era.quotes import quoted

NAMED = 3  # publishers that a cell names; the exhibit lists all its sources


def publishers(ids: Sequence[str]) -> str:
    """Return who published these sources, the first few by name."""
    cited = citations()
    names = list(dict.fromkeys(re.sub(r"^\((.*)\)$", r"\1", cited[i].publisher) for i in ids if i in cited))
    # a fact from memory is marked, and named after those that were read
    names = [n for n in names if n != "recalled"] + ["recalled †"] * ("recalled" in names)
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def answers(model: Model) -> pd.DataFrame:
    """Return the thirteen claims answered: id, claim, article_words, verdict, finding, publishers, rule, key (of the verdict), sources."""
    said = tables.load("claims").set_index("id")["article_words"]
    return pd.DataFrame(
        {
            "id": r.id,
            "claim": r.claim,
            "article_words": quoted(str(said[r.id])),
            "verdict": rules.WORDS[r.verdict],
            "finding": r.finding,
            "publishers": publishers(r.sources),
            "rule": rules.RULES[r.id],
            "key": r.verdict,
            "sources": r.sources,
        }
        for r in findings.results(model)
    )


MODELS = ("r1", "o1", "preview", "released")
OWN_TABLE = "Maker’s own table"
"""Group of the benchmarks that DeepSeek printed with the weights."""


def benchmarks(model: Model) -> pd.DataFrame:
    """Return one row a benchmark and evaluator with the scores of R1, o1 and both versions of o3."""
    own, o3 = facts.own_table_gaps(model.facts), facts.o3_gaps(model.facts)
    versions = o3.pivot_table(index="benchmark", columns="version", values="o3")
    rows: list[dict[str, Any]] = []
    for row in own.to_dict("records"):
        entry = {
            "group": OWN_TABLE,
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


def app(values: dict[str, float | None]) -> pd.DataFrame:
    """Return downloads and daily users of the app in million: measure, row, million; what was not public has no row.

    `values` are those of the app's figures by their ids. Downloads of the first quarter are those of the
    second over one plus the published change.
    """
    change, quarter = values["claims.app.downloads_change_q2"], values["claims.app.downloads_q2"]
    first = None if change is None or quarter is None or change <= -100 else quarter / (1 + change / 100)
    sofar, users, monthly = (
        "Downloads so far, million",
        "Daily users at the end of January, million",
        "Downloads a month, million",
    )
    rows = [
        (
            sofar,
            "24 January, rank 31" if values["claims.app.rank_before"] == 31 else "24 January",
            values["claims.app.downloads_24_january"],
        ),
        (
            sofar,
            "27 January, rank 1" if values["claims.app.rank"] == 1 else "27 January",
            values["claims.app.downloads_27_january"],
        ),
        (sofar, "5 February", values["claims.app.downloads_5_february"]),
        (users, "DeepSeek app", values["claims.app.daily_users"]),
        (users, "ChatGPT app", values["claims.app.daily_users_chatgpt"]),
        (monthly, "first quarter of 2025, derived", first),
        (monthly, "second quarter of 2025", quarter),
    ]
    return pd.DataFrame(rows, columns=["measure", "row", "million"]).dropna().reset_index(drop=True)


def disputes(model: Model) -> pd.DataFrame:
    """Return the public statements on distillation: date, party, statement, published (outputs: yes, no, denies it), source, source_id."""
    table = facts.disputes(model.facts)
    said = {"distillation proof": "yes", "distillation denial": "denies it"}
    return pd.DataFrame(
        {
            "date": table["date"],
            "party": table["actor"],
            "statement": table["event"],
            "published": [said.get(c, "no") for c in table["category"]],
            "source": [publishers([s]) for s in table["source_id"]],
            "source_id": table["source_id"],
        }
    )
