"""What the facts rest on: coverage of each table, use of each source, conflicts, and the way from figure to row.

``deepseek-era facts`` prints it; ``deepseek-era trace ID`` walks from a printed number to the cell that records it, its
equation, sources, parameters and rows, or from a source back to the figures that name it. The page takes the same
data from the functions below.

A *figure* here is an entry of a report's ``figures.json``: a mapping with ``value``, ``unit``, ``kind``, ``label``,
``notebook`` and ``sources``.
"""

from __future__ import annotations

import functools
import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from deepseek_era import parameters, registry, tables
from deepseek_era.citations import OWN, citations, origins, second_is_out, standing
from deepseek_era.errors import DataError, first_line, nearest, shown
from deepseek_era.figure import true_minus
from deepseek_era.origins import Origin, origin, unnamed
from deepseek_era.verdicts import impacts

Figures = Mapping[str, Mapping[str, Any]]

ABOUT_SOURCES = ("sources", "originals")  # say what a source is, not what rests on it
SOURCE_COLUMNS = ("source_id", "second_source_id", "source_ids", "status_source")
RECALLED = "RECALL"
QUALITIES = ("A", "B", "C")
NOT_SETTLED = ("single", "weak", "conflict")
SEARCH_FOUND = "found"
_WIDTH = 110


def load_any(name: str) -> pd.DataFrame:
    """Return a table of any group, outcomes included. For reporting on the tables, never for a model."""
    is_outcome = tables.declared().get(name, {}).get("group") == "outcomes"
    return tables.outcomes(name) if is_outcome else tables.load(name)


def source_columns(name: str) -> list[str]:
    """Return the columns of a table that name sources, in order; a table compiled as a whole has none."""
    columns = {field["name"] for field in tables.declared()[name]["schema"]["fields"]}
    return [column for column in SOURCE_COLUMNS if column in columns]


def row_sources(name: str) -> pd.Series:
    """Return for each row of a table the tuple of its source ids.

    A table that has no such column but was compiled as a whole names its sources in the declaration
    (``sourceIds``); every row then has those.
    """
    frame = load_any(name)
    if name == "sources":
        return pd.Series([()] * len(frame), index=frame.index, dtype=object)
    columns = source_columns(name)
    whole = tuple(tables.declared()[name].get("sourceIds", ()))
    if not columns:
        return pd.Series([whole] * len(frame), index=frame.index, dtype=object)
    cells = [[tables.split_ids(cell) for cell in frame[column]] for column in columns]
    joined = [
        tuple(dict.fromkeys(source for cell in row for source in cell)) for row in zip(*cells, strict=True)
    ]
    return pd.Series(joined, index=frame.index, dtype=object)


def row_keys(name: str) -> pd.Series:
    """Return for each row of a table its primary key as text, ``;``-separated; the row number if it has none."""
    frame = load_any(name)
    key = tables.key_of(tables.declared()[name]["schema"])
    if key:
        return tables.joined_keys(frame, key)
    return pd.Series([f"row {i + 2}" for i in range(len(frame))], index=frame.index)


@functools.cache
def _words_of_code(root: Path) -> frozenset[str]:
    """Return every quoted word of the package and of the notebooks: a table's name must be among them to be read."""
    paths = [p for p in (root / "deepseek_era").rglob("*.py") if p.name != "provenance.py"]
    texts = (p.read_text(encoding="utf-8") for p in [*paths, *(root / "notebooks").glob("*.ipynb")])
    return frozenset(word for text in texts for word in re.findall(r"[\"'](\w+)\\?[\"']", text))


def unread_tables() -> list[str]:
    """Return the declared tables that neither the package nor a notebook names.

    Found by reading the code, not by running it: a name built at run time would be missed.
    """
    words = _words_of_code(tables.ROOT)
    return [name for name in tables.declared() if name not in words]


def cited(figures: Figures) -> set[str]:
    """Return the ids of all sources that a report's figures name."""
    return {source for figure in figures.values() for source in figure.get("sources", ())}


def coverage(figures: Figures | None = None) -> pd.DataFrame:
    """Return one row per table: how much it holds, how it was read, how old it is, and what it rests on.

    Parameters
    ----------
    figures
        Entries of ``figures.json``; with them the rows are counted whose sources no figure names.

    Returns
    -------
    DataFrame
        Columns ``table``, ``group``, ``rows``, ``read``, ``recalled`` (rows by how they were read; both 0 where
        the table does not say), ``oldest``, ``newest`` (ISO dates of `as_of`, or ''), ``sources`` (count),
        ``rows_A``, ``rows_B``, ``rows_C`` (rows by the best quality among their sources), ``uncited`` (rows whose
        sources no figure names; <NA> without figures), ``used`` (whether package or notebooks name the table).
    """
    quality = dict(zip(*(tables.load("sources")[c] for c in ("source_id", "quality")), strict=True))
    unread = set(unread_tables())
    named = cited(figures) if figures is not None else set()
    rows: list[dict[str, Any]] = []
    for name, resource in tables.declared().items():
        frame = load_any(name)
        sources = row_sources(name)
        distinct = {ids: min((quality[s] for s in ids), default="") for ids in set(sources)}
        best = [distinct[ids] for ids in sources]
        verified = frame["verified"] if "verified" in frame else pd.Series([], dtype=str)
        days = frame["as_of"] if "as_of" in frame and len(frame) else pd.Series([], dtype=str)
        with_sources = [ids for ids in sources if ids]
        rows.append(
            {
                "table": name,
                "group": resource.get("group", "facts"),
                "rows": len(frame),
                "read": int((verified == "read").sum()),
                "recalled": int((verified == "recalled").sum()),
                "oldest": days.min() if len(days) else "",
                "newest": days.max() if len(days) else "",
                "sources": len({s for ids in sources for s in ids}),
                **{f"rows_{grade}": best.count(grade) for grade in QUALITIES},
                "uncited": (
                    pd.NA if figures is None else sum(not named.intersection(ids) for ids in with_sources)
                ),
                "used": name not in unread,
            }
        )
    return pd.DataFrame(rows)


def headline_status() -> pd.DataFrame:
    """Return the headline facts with the quality of their first source and whether that one was recalled.

    Columns are those of the table ``headlines`` and ``quality``, ``second_quality`` (A, B or C of the two sources;
    missing where no second was found), ``recalled`` (bool), ``settled`` (bool: confirmed by a second source, so not
    single, weak or in conflict), ``strict`` (bool: settled even if a party's own word counts only from a second
    origin); see `citations.standing` for what two sources of one document confirm.
    """
    headlines = tables.load("headlines")
    quality = tables.load("sources").set_index("source_id")["quality"]
    headlines = headlines.assign(status=standing(headlines))
    settled = ~headlines["status"].isin(NOT_SETTLED)
    pairs = zip(headlines["source_id"], headlines["second_source_id"], strict=True)
    apart = pd.Series(
        [bool(pair[1]) and origins(pair) > 1 for pair in pairs], index=headlines.index, dtype=bool
    )
    return headlines.assign(
        quality=headlines["source_id"].map(quality),
        second_quality=headlines["second_source_id"].map(quality),
        recalled=headlines["source_id"].eq(RECALLED),
        settled=settled,
        strict=settled & apart,
    )


def headlines_at(vintage: str) -> pd.DataFrame:
    """Return the headline facts that were public at an ISO date, with the status they had then; see `headline_status`.

    A fact that a later source confirms or contradicts was single by then, or weak if its one source is of quality C.
    """
    rows = headline_status()
    rows = rows[rows["as_of"] <= vintage].reset_index(drop=True)
    alone = ~second_is_out(rows, vintage)
    decided = rows["status"].isin(("confirmed", "conflict"))
    then = rows["quality"].eq("C").map({True: "weak", False: "single"})
    return rows.assign(
        status=rows["status"].mask(alone & decided, then),
        second_source=rows["second_source"].mask(alone, ""),
        note=rows["note"].mask(alone, ""),
        settled=rows["settled"] & ~alone,
        strict=rows["strict"] & ~alone,
    )


_UNITS: tuple[tuple[str, str, str], ...] = (
    ("percentage points", "", " points"),
    ("percent", "", "%"),
    ("USD billion", "$", "bn"),
    ("USD million", "$", "m"),
    ("USD B", "$", "bn"),
    ("USD/h", "$", " an hour"),
    ("USD per GPU-hour", "$", " a GPU-hour"),
    ("HKD billion", "HKD ", "bn"),
    ("T tokens/week", "", " trillion tokens a week"),
    ("x", "×", ""),
)
"""Units of facts, longest first where one begins another, and what is written before and after the number."""
_HEDGE = re.compile(r" \((over|near|nearly|just over|more than|less than|at least)\)")
_BILLIONS = re.compile(r"(\d+) USD billion")


def said(value: str, unit: str) -> str:
    """Return the value of a fact as a reader writes it, with what stands behind its unit; nothing without a value.

    >>> said("1.6", "USD billion"), said("50", "USD billion (near)"), said("-72", "percent on the quarter")
    ('$1.6bn', 'near $50bn', '−72% on the quarter')
    >>> said("27 / 56", "percent"), said("81", "percent, from 66 (2024)"), said("0.3", "GW of 1.2"), said("", "text")
    ('27% / 56%', '81%, from 66 (2024)', '0.3 GW of 1.2', '')
    >>> said("9-15", "USD billion"), said("1.0", "USD billion each"), said("2", "x historical pace"), said("1451", "devices")
    ('$9–15bn', '$1bn each', '×2 historical pace', '1,451 devices')
    >>> said("319 and 295", "HKD billion (derived)"), said("7", "GW planned (nearly), over 400 USD billion")
    ('HKD 319bn and HKD 295bn (derived)', 'nearly 7 GW planned, over $400bn')
    """
    if not value or unit == "text":
        return value
    name, before, after = next(
        (u for u in _UNITS if unit == u[0] or unit.startswith(f"{u[0]} ") or unit.startswith(f"{u[0]},")),
        ("", "", " " if unit else ""),
    )
    hedge = found[1] + " " if (found := _HEDGE.search(unit)) else ""
    rest = _BILLIONS.sub(r"$\1bn", _HEDGE.sub("", unit.removeprefix(name)))
    joint = next((j for j in (" / ", " and ") if j in value), " / ")

    def written(part: str) -> str:
        number = re.sub(r"(?<=\d)-(?=\d)", "–", re.sub(r"\.0$", "", true_minus(part)))
        return f"{before}{f'{int(number):,}' if number.isdecimal() else number}{after}"

    return hedge + joint.join(map(written, value.split(joint))) + rest


@dataclass(frozen=True)
class Confirmed:
    """How many headline facts public at a day two sources confirm, and what was looked up to find the second."""

    facts: int
    by_two: int
    origins: int
    """Of `by_two`, measured, estimated or witnessed twice: two origins."""
    own_word: int
    """Of `by_two`, what a party states of itself, in two places."""
    strict: int
    """Of `by_two`, those with two origins whatever they are about: the stricter rule, which came first."""
    first_facts: int
    """Facts of the first edition's list, which later ones are added to."""
    first_by_two: int
    first_strict: int
    first_strict_before: int
    """Of `first_strict`, those that the searches did not find the second source of."""
    searches: int
    searched: int
    """Facts that the searches were for."""
    found: int
    """Facts for which one of them found a source."""


FIRST_LIST = "H099"  # the last fact of the first edition's list
SEARCHED = "2026-11"  # when second sources were looked up; a run at an earlier vintage knows nothing of it


def confirmed(vintage: str) -> Confirmed:
    """Return how the headline facts public at an ISO date stand, by the sources known then, and what was looked up."""
    rows = headlines_at(vintage)
    twice = rows["settled"]
    first = rows["headline_id"] <= FIRST_LIST
    looked = tables.load("second_source_searches")
    looked = looked[looked["headline_id"].isin(rows["headline_id"]) & (vintage >= SEARCHED)]
    by_search = set(looked.loc[looked["outcome"] == SEARCH_FOUND, "headline_id"])
    return Confirmed(
        facts=len(rows),
        by_two=int(twice.sum()),
        origins=int((twice & rows["about"].ne(OWN)).sum()),
        own_word=int((twice & rows["about"].eq(OWN)).sum()),
        strict=int(rows["strict"].sum()),
        first_facts=int(first.sum()),
        first_by_two=int((twice & first).sum()),
        first_strict=int((rows["strict"] & first).sum()),
        first_strict_before=int((rows["strict"] & first & ~rows["headline_id"].isin(by_search)).sum()),
        searches=looked["query"].nunique(),
        searched=looked["headline_id"].nunique(),
        found=len(by_search),
    )


def conflicts() -> pd.DataFrame:
    """Return the headline facts on which sources differ: call or claim, fact, value, unit, as_of, sources, note."""
    rows = headline_status()
    columns = [
        "headline_id",
        "call_or_claim",
        "fact",
        "value",
        "unit",
        "as_of",
        "source_id",
        "second_source",
        "note",
    ]
    return rows.loc[rows["status"] == "conflict", columns].reset_index(drop=True)


def source_use(figures: Figures | None = None) -> pd.DataFrame:
    """Return one row per source: how many rows of which tables and how many figures rest on it.

    Columns ``source_id``, ``title``, ``publisher``, ``published``, ``quality``, ``how_read``, ``rows``, ``tables``
    (``;``-separated), ``figures`` (<NA> without figures); the most used come first. A table compiled as a whole
    from several sources counts as a table of each, but not with its rows.
    """
    counts: dict[str, dict[str, int]] = {}
    for name, resource in tables.declared().items():
        if not source_columns(name):
            for source in resource.get("sourceIds", ()):
                counts.setdefault(source, {})[name] = 0
            continue
        if name in ABOUT_SOURCES:
            continue
        for ids in row_sources(name):
            for source in ids:
                per_table = counts.setdefault(source, {})
                per_table[name] = per_table.get(name, 0) + 1
    used: dict[str, int] = {}
    for figure in (figures or {}).values():
        for source in set(figure.get("sources", ())):
            used[source] = used.get(source, 0) + 1
    frame = tables.load("sources")[
        ["source_id", "title", "publisher", "published", "quality", "how_read"]
    ].copy()
    frame["rows"] = [sum(counts.get(s, {}).values()) for s in frame["source_id"]]
    frame["tables"] = [";".join(counts.get(s, {})) for s in frame["source_id"]]
    frame["figures"] = [pd.NA if figures is None else used.get(s, 0) for s in frame["source_id"]]
    order = ["figures", "rows", "source_id"] if figures is not None else ["rows", "source_id"]
    ascending = [column == "source_id" for column in order]
    return frame.sort_values(order, ascending=ascending, kind="stable").reset_index(drop=True)


def weak_figures(figures: Figures) -> pd.DataFrame:
    """Return the figures that name sources of which the best is weak (quality C) or recalled.

    Columns ``figure``, ``label``, ``kind``, ``best`` (quality of the best source), ``recalled`` (bool: every source
    is recalled). A figure without sources is modelled or judgement and is not listed.
    """
    frame = tables.load("sources").set_index("source_id")
    rows = []
    for name, figure in figures.items():
        ids = [s for s in figure.get("sources", ()) if s in frame.index]
        if not ids:
            continue
        best = min(frame.loc[s, "quality"] for s in ids)
        recalled = all(frame.loc[s, "how_read"] == "recalled" for s in ids)
        if best == "C" or recalled:
            rows.append(
                {
                    "figure": name,
                    "label": figure.get("label", ""),
                    "kind": figure.get("kind", ""),
                    "best": best,
                    "recalled": recalled,
                }
            )
    return pd.DataFrame(rows, columns=["figure", "label", "kind", "best", "recalled"])


@dataclass(frozen=True)
class Summary:
    """Counts that the page prints about its own facts."""

    rows: int
    """Rows of tables that say how they were read."""
    recalled: int
    """Of these, rows from memory."""
    sources: dict[str, int]
    """Sources by quality."""
    headlines: dict[str, int]
    """Headline facts by status: confirmed, single, weak, conflict."""
    confirmed_by_weak: int
    """Confirmed ones of which both sources are of quality C."""
    figures: int
    sourced_figures: int
    """Figures that name a source."""
    weak_figures: int
    """Figures whose best source is of quality C."""
    recalled_figures: int
    """Figures whose sources are all recalled."""
    corrections: int


def summary(figures: Figures | None = None) -> Summary:
    """Return the counts that the page prints about its own facts; without figures theirs are 0."""
    covered = coverage(figures)
    headlines = headline_status()
    statuses = headlines["status"].value_counts()
    both_weak = headlines["quality"].eq("C") & headlines["second_quality"].eq("C")
    grades = tables.load("sources")["quality"].value_counts()
    weak = weak_figures(figures or {})
    return Summary(
        rows=int((covered["read"] + covered["recalled"]).sum()),
        recalled=int(covered["recalled"].sum()),
        sources={grade: int(grades.get(grade, 0)) for grade in QUALITIES},
        headlines={status: int(statuses.get(status, 0)) for status in ("confirmed", *NOT_SETTLED)},
        confirmed_by_weak=int((both_weak & headlines["status"].eq("confirmed")).sum()),
        figures=len(figures or {}),
        sourced_figures=sum(bool(figure.get("sources")) for figure in (figures or {}).values()),
        weak_figures=int((weak["best"] == "C").sum()),
        recalled_figures=int(weak["recalled"].sum()),
        corrections=len(tables.load("corrections")),
    )


@dataclass(frozen=True)
class SourceTrace:
    """A source with everything that rests on it."""

    source: dict[str, Any]
    figures: tuple[str, ...]
    """Ids of the figures that name it."""
    rows: dict[str, tuple[str, ...]]
    """Table to the keys of its rows that name it."""


@dataclass(frozen=True)
class FigureTrace:
    """A figure with where it is recorded, its equation, the sources it names, the parameters and the rows behind it."""

    id: str
    figure: dict[str, Any]
    origin: Origin | None
    equation: str
    """The equation of the call, as on its card (LaTeX); '' for a figure that belongs to no call."""
    drivers: tuple[str, ...]
    """Parameters of that equation."""
    movers: tuple[str, ...]
    """Parameters that its part of the models uses, by the table's ``used_by``: each may move it."""
    sources: tuple[dict[str, Any], ...]
    parameters: tuple[str, ...]
    """Parameters that rest on the same sources."""
    rows: dict[str, tuple[str, ...]]


def _equation(figure_id: str) -> tuple[str, tuple[str, ...]]:
    """Return the equation and drivers of the call that a figure belongs to (``verdicts.c01.impact``), or nothing."""
    pieces = figure_id.split(".")
    call_id = pieces[1].upper() if pieces[0] == "verdicts" and len(pieces) > 1 else ""
    if call_id not in impacts.REGISTRY:
        return "", ()
    equation = impacts.equation_of(call_id)
    return equation.latex, tuple(equation.drivers)


def movers(figure_id: str) -> tuple[str, ...]:
    """Return the parameters whose ``used_by`` names the part that a figure belongs to (``market``, ``cost.training``)."""
    found = []
    for name, rows in parameters.table().items():
        terms = [term.strip() for term in re.split(r"[,;]", rows[-1].used_by)]
        # the capacity path is where all of its part is computed
        terms += ["capacity"] if "path" in terms else []
        if any(term and f"{figure_id}.".startswith(f"{term}.") for term in terms):
            found.append(name)
    return tuple(found)


def _rows_of(sources: Iterable[str]) -> dict[str, tuple[str, ...]]:
    wanted = set(sources)
    found: dict[str, tuple[str, ...]] = {}
    for name in tables.declared():
        if not wanted or name in ABOUT_SOURCES:
            continue
        if not source_columns(name):
            # a table compiled as a whole is one fact for this purpose: its rows are not listed one by one
            if wanted.intersection(tables.declared()[name].get("sourceIds", ())):
                found[name] = ("all rows",)
            continue
        mask = row_sources(name).map(lambda ids: bool(wanted.intersection(ids)))
        if mask.any():
            found[name] = tuple(row_keys(name)[mask])
    return found


def trace_source(figures: Figures, source_id: str) -> SourceTrace:
    """Return the figures of a report and the rows of all tables that rest on a source.

    Raises
    ------
    DataError
        For an id that is not in ``sources.csv``; the message names the nearest.
    """
    frame = tables.load("sources").set_index("source_id", drop=False)
    if source_id not in frame.index:
        raise DataError(
            f"source {source_id!r} is not in data/sources.csv{nearest(source_id, list(frame.index))}"
        )
    return SourceTrace(
        source={str(k): v for k, v in frame.loc[source_id].to_dict().items()},
        figures=tuple(name for name, figure in figures.items() if source_id in figure.get("sources", ())),
        rows=_rows_of([source_id]),
    )


def trace_figure(figures: Figures, figure_id: str) -> FigureTrace:
    """Return what a printed number rests on: its sources, the parameters from the same sources, the rows.

    Raises
    ------
    DataError
        For an id that the report does not hold; the message names the nearest.
    """
    if figure_id not in figures:
        raise DataError(f"figure {figure_id!r} is not in the report{nearest(figure_id, list(figures))}")
    figure = dict(figures[figure_id])
    ids = list(figure.get("sources", ()))
    frame = tables.load("sources").set_index("source_id", drop=False)
    known = [s for s in ids if s in frame.index]
    rows = _rows_of(known)
    shared = tuple(dict.fromkeys(key.split(";")[0] for key in rows.pop("parameters", ())))
    equation, drivers = _equation(figure_id)
    return FigureTrace(
        id=figure_id,
        figure=figure,
        origin=origin(figure_id, str(figure.get("notebook", ""))),
        equation=equation,
        drivers=drivers,
        movers=movers(figure_id),
        sources=tuple({str(k): v for k, v in frame.loc[s].to_dict().items()} for s in known),
        parameters=shared,
        rows=rows,
    )


def read_figures(report: str = "base") -> dict[str, dict[str, Any]] | None:
    """Return the figures of a finished report (``report/<name>/figures.json``), or None if there is none yet."""
    path = tables.ROOT / "report" / report / "figures.json"
    if not path.exists():
        return None
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"report/{report}/figures.json: cannot be read ({first_line(error)})") from None
    if not isinstance(loaded, dict) or not all(isinstance(entry, dict) for entry in loaded.values()):
        raise DataError(f"report/{report}/figures.json: allowed: an object of figures; make the run again")
    return loaded


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _keys(keys: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(keys[:most])
    return shown if len(keys) <= most else f"{shown} and {len(keys) - most} more"


def coverage_text(figures: Figures | None) -> str:
    """Return the report that ``deepseek-era facts`` prints: tables, sources, headline facts, conflicts, unused."""
    shape = "{:<23}{:<10}{:>7}{:>7}{:>9}  {:<11}{:<11}{:>8}{:>6}{:>6}{:>6}{:>9}"
    table = coverage(figures).drop(columns="used").astype(str).replace("", "–")
    if figures is None:
        table["uncited"] = ""
    head = [column.removeprefix("rows_") for column in table.columns]
    lines = ["Tables", "", *(shape.format(*row) for row in (head, *table.itertuples(index=False)))]
    lines += [
        "",
        "read, recalled: rows by how they were read. A, B, C: rows by the best quality of their sources.",
        "uncited: rows whose sources no figure of the report names (blank before a report is built).",
    ]

    use = source_use(figures)
    total = summary(figures)
    unused = use.loc[use["tables"] == "", "source_id"]
    lines += [
        "",
        "Sources",
        "",
        f"{len(use)} sources: "
        + ", ".join(f"{count} of quality {grade}" for grade, count in total.sources.items())
        + f"; {len(unused)} named by no table.",
        f"{total.recalled} of {total.rows} rows that say how they were read are recalled.",
    ]
    if figures is not None:
        lines.append(
            f"{total.figures} figures, {total.sourced_figures} of them name sources; "
            f"{total.weak_figures} rest on nothing better than quality C, "
            f"{total.recalled_figures} on recalled sources alone."
        )
    lines += ["", "Most used:"]
    for row in use.head(10).itertuples():
        on = "" if figures is None else f"{row.figures} figures, "
        lines.append(_wrapped(f"{row.source_id} ({row.quality}; {on}{row.rows} rows): {row.title}", "  "))

    headlines = headline_status()
    known = confirmed(tables.latest_vintage().isoformat())
    lines += [
        "",
        "Headline facts",
        "",
        f"{len(headlines)}: "
        + ", ".join(f"{count} {status}" for status, count in total.headlines.items())
        + ".",
        f"Of the confirmed {known.origins} have two origins, {known.own_word} are a party's word on itself, in two places.",
        f"By the earlier, stricter rule, by which a party's word needs a second origin too, {known.strict} are confirmed;",
        "the looser one was written after that count had been seen.",
        f"{known.searches} searches for second sources of {known.searched} facts: one was found for {known.found} of them.",
        f"{int((headlines['quality'] == 'C').sum())} have a first source of quality C; "
        f"{total.confirmed_by_weak} of the confirmed have two of them.",
        "",
        "Conflicts between sources:",
    ]
    for row in conflicts().itertuples():
        lines.append(_wrapped(f"{row.call_or_claim}  {row.fact}: {row.value} {row.unit} ({row.as_of})", "  "))
        lines.append(_wrapped(f"against: {row.second_source}", "      "))
        if row.note:
            lines.append(_wrapped(str(row.note), "      "))

    corrections = tables.load("corrections")
    lines += ["", f"Corrections applied on load: {len(corrections)}"]
    lines += [
        _wrapped(f"{c.table} {c.key}, {c.column}: {c.old} → {c.new} ({c.why}; {c.source_id})", "  ")
        for c in corrections.itertuples()
    ]

    unread = unread_tables()
    lines += ["", _wrapped(f"Tables that no code reads: {', '.join(unread) or 'none'}", "")]
    lines += [_wrapped(f"Sources that no table names: {', '.join(unused) or 'none'}", "")]
    return "\n".join(lines)


def source_text(trace: SourceTrace) -> str:
    """Return a source, its figures and its rows as lines to read."""
    s = trace.source
    cited = citations()[s["source_id"]]
    lines = [
        f"{s['source_id']}: {cited.title}",
        _wrapped(
            f"{cited.publisher}, {cited.published or 'no date'}; {s['kind']}, quality {s['quality']}, "
            f"{s['how_read']}",
            "  ",
        ),
    ]
    lines += [f"  {cited.url}"] if cited.url else []
    lines += [_wrapped(f"via {cited.via}", "  ")] if cited.via else []
    lines += [f"  {cited.via_url}"] if cited.via_url else []
    lines += [_wrapped(cited.checked, "  ")] if cited.checked else []
    lines += [_wrapped(s["note"], "  ")] if s["note"] else []
    lines += ["", f"Figures that name it: {len(trace.figures)}"]
    lines += [f"  {name}" for name in trace.figures]
    lines += ["", f"Rows that name it: {sum(len(keys) for keys in trace.rows.values())}"]
    lines += [_wrapped(f"{name}: {_keys(keys)}", "  ") for name, keys in trace.rows.items()]
    return "\n".join(lines)


def figure_text(trace: FigureTrace) -> str:
    """Return a figure with its sources, parameters and rows as lines to read."""
    f, cited = trace.figure, citations()
    interval = "" if f.get("low") is None else f" ({f['low']} to {f['high']})"
    value = "not yet public" if f.get("value") is None else f"{f['value']}{interval}"
    lines = [
        f"{trace.id}: {value} [{f.get('unit', '')}], {f.get('kind', '')}",
        _wrapped(str(f.get("label", "")), "  "),
    ]
    if trace.origin:
        lines += [f"  recorded in {trace.origin.place}"]
        for function in trace.origin.functions:
            lines.append(_wrapped(f"from {function.name}() in {function.place}: {function.says}", "    "))
        if trace.origin.parameters:
            lines.append(_wrapped(f"parameters named there: {', '.join(trace.origin.parameters)}", "    "))
    elif f.get("notebook"):
        lines += [f"  recorded in notebooks/{f['notebook']}.ipynb"]
    if trace.equation:
        lines += ["", "Equation of the call:", _wrapped(trace.equation, "  ")]
        lines.append(_wrapped(f"drivers: {', '.join(trace.drivers)}", "  "))
    if trace.movers:
        lines += [
            "",
            _wrapped(f"Parameters of its part, each of which may move it: {', '.join(trace.movers)}", ""),
        ]
    lines += [
        "",
        f"Sources: {len(trace.sources)}",
    ]
    lines += [
        _wrapped(
            f"{s['source_id']} ({s['quality']}, {s['how_read']}): {c.title}, {c.publisher}, "
            f"{c.published or 'no date'}" + (f"; via {c.via}" if c.via else ""),
            "  ",
        )
        for s, c in ((s, cited[s["source_id"]]) for s in trace.sources)
    ]
    lines += ["", f"Parameters that rest on the same sources: {', '.join(trace.parameters) or 'none'}"]
    lines += ["", f"Rows that rest on the same sources: {sum(len(keys) for keys in trace.rows.values())}"]
    lines += [_wrapped(f"{name}: {_keys(keys)}", "  ") for name, keys in trace.rows.items()]
    return "\n".join(line for line in lines)


def unnamed_text(figures: Figures) -> str:
    """Return the figures that nothing names but what records them, and where; those of one declared form as one line."""
    found: dict[str, list[str]] = {}
    for id in unnamed(figures):
        row = registry.declared(id)
        found.setdefault(row.id if row else id, []).append(id)
    lines = [
        f"Figures that nothing names but what records them: {sum(map(len, found.values()))} of {len(figures)}",
        "",
    ]
    for form, ids in found.items():
        cell = origin(ids[0], str(figures[ids[0]].get("notebook", "")))
        lines += [
            f"  {form}" + (f"  ({len(ids)})" if ids != [form] else "") + (f", {cell.place}" if cell else "")
        ]
    return "\n".join(lines)


USAGE = "facts takes nothing, 'unnamed', 'figure ID' or 'source ID'"


def trace(id: str, report: str = "base") -> str:
    """Return the walk from a figure of a report to what it rests on, or from a source to what rests on it.

    Raises
    ------
    DataError
        For an id that is neither, or before the report was built.
    """
    figures = read_figures(report)
    known = list(tables.load("sources")["source_id"])
    if id in known:
        return source_text(trace_source(figures or {}, id))
    if figures is None:
        raise DataError(f"report/{report}/figures.json is missing; run make report first")
    if id not in figures:
        near = nearest(id, [*figures, *known])
        raise DataError(f"trace: {shown(id)} is neither a figure of report/{report} nor a source{near}")
    return figure_text(trace_figure(figures, id))


def main(argv: Sequence[str]) -> int:
    """Print what the facts rest on and return 0; with ``figure ID`` or ``source ID`` walk from one to the other.

    ``unnamed`` lists the figures that nothing names but what records them.

    Raises
    ------
    DataError
        For an unknown figure or source, for ``figure`` before a report was built, and for anything else.
    """
    words = list(argv)
    figures = read_figures()
    if not words:
        print(coverage_text(figures))
    elif len(words) == 2 and words[0] == "source":
        print(source_text(trace_source(figures or {}, words[1])))
    elif words == ["unnamed"] or (len(words) == 2 and words[0] == "figure"):
        if figures is None:
            raise DataError("report/base/figures.json is missing; run make report first")
        print(unnamed_text(figures) if len(words) == 1 else figure_text(trace_figure(figures, words[1])))
    else:
        raise DataError(f"{USAGE}; saw {' '.join(words)!r}")
    return 0
