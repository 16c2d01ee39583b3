"""What a sweep leaves: one tidy table (Parquet and CSV) and a page of verdict regions."""

from __future__ import annotations

import html as markup
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from markupsafe import Markup

from deepseek_era import tables
from deepseek_era.building import folders
from deepseek_era.charts import base, theme
from deepseek_era.errors import UserError
from deepseek_era.figure import format_number, true_minus
from deepseek_era.pages import csvs, drawings, fonts, sheet
from deepseek_era.places import REPORTS
from deepseek_era.sweep import points
from deepseek_era.sweep.plan import Plan, read_plan
from deepseek_era.verdicts.rule import NAMES, WAS_IT_R1, spoken
from deepseek_era.words import counted, listed

ORDER = ("lost", "too small", "cannot be told", "won")
"""Bands as charts order them."""
MOST_MAPS = 6
MOST_DOTS = 1500
MOSTLY = 0.9


def _names() -> dict[str, str]:
    """Return the calls by name; a consideration ends on no side and is left out."""
    rows = tables.load("calls").to_dict("records")
    return {str(r["id"]): f"{r['short_name']}, {r['horizon']}" for r in rows if str(r["id"]).startswith("C")}


def shares(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the share of points in which each call ends in each band: columns id, name, band, share."""
    done = frame[frame["status"] == "done"]
    rows = []
    for key, name in _names().items():
        column = f"{key.lower()}.band"
        if column not in done:
            continue
        found = done[column].value_counts(normalize=True)
        rows += [{"id": key, "name": name, "band": b, "share": float(found.get(b, 0.0))} for b in ORDER]
    return pd.DataFrame(rows)


def drivers(frame: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the rank correlation of each swept parameter with P(winner) − P(loser), by call."""
    done = frame[frame["status"] == "done"]
    rows = []
    for key, name in _names().items():
        if f"{key.lower()}.p_winner" not in done:
            continue
        balance = (done[f"{key.lower()}.p_winner"] - done[f"{key.lower()}.p_loser"]).rank()
        for parameter in plan.parameters:
            values = pd.to_numeric(done[parameter], errors="coerce").rank()
            # a parameter or a call that never moves has no correlation
            moves = min(np.ptp(values), np.ptp(balance)) > 0
            rho = float(np.corrcoef(values, balance)[0, 1]) if moves else 0.0
            rows.append({"id": key, "name": name, "parameter": parameter, "rho": rho})
    return pd.DataFrame(rows)


def answer(table: pd.DataFrame) -> str:
    """Return in two or three sentences which calls end in one band at every point, and which are split most.

    `table` is that of `shares`.
    """
    if table.empty:
        return "No point could be computed."
    widest = table.loc[table.groupby("id", sort=False)["share"].idxmax()]
    firm, rest = widest[widest["share"] == 1.0], widest[widest["share"] < 1.0]
    named = [_with_band(name, side) for name, side in zip(firm["name"], firm["band"], strict=True)]
    words = [f"{len(firm)} of {len(widest)} verdicts hold at every point"]
    words[0] += ": " + listed(named) + "." if named else "."
    often = rest[rest["share"] >= MOSTLY]
    if len(often):
        words.append(f"{counted(len(often), 'more holds', 'more hold')} at {MOSTLY:.0%} of them or more.")
    if len(rest):
        least = rest.sort_values("share", kind="stable").iloc[0]
        words.append(f"Split most: {_with_band(least['name'])}, {_split(table, least['id'])}.")
    return " ".join(words)


def counts(frame: pd.DataFrame) -> str:
    """Return in a sentence how many calls have each answer to "was it R1?", over the points; empty without any."""
    done = frame[frame["status"] == "done"]
    spans = []
    for word in WAS_IT_R1:
        column = f"calls.{NAMES[word]}"
        if column not in done or done.empty:
            return ""
        low, high = int(done[column].min()), int(done[column].max())
        spans.append(f"{spoken(word)} {low}" + (f" to {high}" if high > low else ""))
    return f"Was it R1? At each point: {', '.join(spans)}."


def _with_band(name: str, band: str = "") -> str:
    who, when = name.rsplit(", ", 1)
    return f"{who} ({', '.join(word for word in (when, spoken(band)) if word)})"


def _split(table: pd.DataFrame, key: str) -> str:
    part = table[(table["id"] == key) & (table["share"] > 0)].sort_values(
        "share", ascending=False, kind="stable"
    )
    return ", ".join(
        f"{spoken(band)} at {format_number(share, 'probability')}"
        for band, share in zip(part["band"], part["share"], strict=True)
    )


def _share_chart(table: pd.DataFrame) -> alt.Chart:
    colours = [theme.TOKENS[c] for c in ("lose", "neuttint", "rule", "win")]
    order = list(dict.fromkeys(table["name"]))
    chart = (
        alt.Chart(table.assign(order=table["band"].map(ORDER.index)))
        .mark_bar(height=12)
        .encode(
            y=alt.Y("name:N", sort=order, title=None),
            x=alt.X(
                "share:Q",
                title="Share of points",
                axis=alt.Axis(format="%"),
                scale=alt.Scale(domain=[0, 1]),
                stack="zero",
            ),
            color=alt.Color("band:N", scale=alt.Scale(domain=list(ORDER), range=colours), title=None),
            order="order:Q",
        )
    )
    return theme.frame(chart, theme.WIDE, 20 * len(order), left=200, right=20, top=30, bottom=44)  # type: ignore[return-value]


def _region_chart(done: pd.DataFrame, key: str, axes: list[str]) -> alt.Chart:
    columns = {axes[0]: "x", axes[-1]: "y"} if len(axes) > 1 else {axes[0]: "x"}
    data = done[list(columns)].rename(columns=columns).assign(band=done[f"{key.lower()}.band"])
    if "y" not in data:
        data["y"] = done[f"{key.lower()}.p_winner"] - done[f"{key.lower()}.p_loser"]
    data = data.iloc[:: -(-len(data) // MOST_DOTS)]
    shapes = [theme.LOSE, theme.NEUTRAL, "diamond", theme.WIN]
    colours = [theme.TOKENS[c] for c in ("lose", "neutral", "ink3", "win")]
    title = axes[-1].replace("_", " ") if len(axes) > 1 else "P(winner) less P(loser)"
    chart = (
        alt.Chart(data)
        .mark_point(size=60, filled=True)
        .encode(
            x=alt.X("x:Q", title=axes[0].replace("_", " "), scale=alt.Scale(zero=False)),
            y=alt.Y("y:Q", title=title, scale=alt.Scale(zero=False)),
            color=alt.Color(
                "band:N",
                scale=alt.Scale(domain=list(ORDER), range=colours),
                title=None,
                legend=alt.Legend(orient="top", offset=26),
            ),
            shape=alt.Shape("band:N", scale=alt.Scale(domain=list(ORDER), range=shapes), title=None),
        )
    )
    return theme.frame(chart, theme.WIDE, 300, left=70, right=20, top=60, bottom=50)  # type: ignore[return-value]


def page(frame: pd.DataFrame, plan: Plan) -> str:
    """Return the page of verdict regions: shares, what moves each call, maps of the calls that change most."""
    theme.enable()
    done = frame[frame["status"] == "done"]
    table, links = shares(frame), drivers(frame, plan)
    blocks: list[dict[str, Any]] = []
    if len(done):
        blocks.append(
            {
                "title": "Where each call ends",
                "note": "Share of the points at which each answer to “who won?” is likely.",
                "svg": _drawn(_share_chart(table), "shares", "Share of points by band and call"),
            }
        )
        undecided = 1 - table.groupby("id")["share"].max()
        for key in undecided[undecided > 0].sort_values(ascending=False).index[:MOST_MAPS]:
            strongest = links[links["id"] == key].assign(size=lambda t: t["rho"].abs())
            axes = list(strongest.sort_values("size", ascending=False)["parameter"].head(2))
            numeric = [a for a in axes if pd.api.types.is_numeric_dtype(done[a])]
            if numeric:
                title = f"{_names()[key]}: by {' and '.join(a.replace('_', ' ') for a in numeric)}"
                svg = _drawn(_region_chart(done, key, numeric), f"map-{key.lower()}", title)
                note = f"Each mark is a point: {_split(table, key)}."
                blocks.append({"title": title, "note": note, "svg": svg})
    css = sheet.css("page.css", "compare.css")
    failed = frame[frame["status"] != "done"]
    context = {
        "plan": plan,
        "css": Markup(css),
        "policy": sheet.policy(css),
        "blocks": blocks,
        "answer": " ".join(filter(None, (answer(table), counts(frame)))),
        "count": len(frame),
        "failed": failed[["point", "reason"]].head(20).to_dict("records"),
        "failed_count": len(failed),
        "links": links.assign(text=links["rho"].map(lambda r: true_minus(f"{r:+.2f}"))).to_dict("records"),
        "names": _names(),
        "font_licence": fonts.LICENCE,
    }
    return sheet.template("sweep.html").render(**context) + "\n"


def _drawn(chart: alt.Chart, name: str, words: str) -> Markup:
    return Markup(drawings.inline_svg(base.svg(chart), name, markup.escape(words), "wide"))


def write(
    path: Path,
    *,
    scheduler: str = "",
    workers: int | None = None,
    root: Path = REPORTS,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cache: Path = points.CACHE,
) -> Path:
    """Run a sweep and write ``sweep/<plan>/`` with ``table.parquet``, ``table.csv`` and ``index.html``.

    Raises
    ------
    UserError
        If pyarrow is not installed, before any point is worked out.
    """
    if find_spec("pyarrow") is None:
        raise UserError("sweep: pyarrow is not installed; make sweep installs it (requirements-sweep.txt)")
    plan = read_plan(path)
    folders.run_name("base", {}, plan.name)  # its folder stays under report/sweep/
    frame = points.run(plan, scheduler=scheduler, workers=workers, progress=progress, cache=cache)
    target = root / "sweep" / plan.name
    with folders.replacing(target, f"report/sweep/{plan.name}") as folder:
        frame.to_parquet(folder / "table.parquet", index=False)
        csvs.write_csv(frame, folder / "table.csv")
        (folder / "index.html").write_text(page(frame, plan), encoding="utf-8")
    return target
