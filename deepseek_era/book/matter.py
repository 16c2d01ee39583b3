"""The end matter of a report: what its sources, facts, corrections and parameters are, as public at its vintage."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from deepseek_era import parameters as parameter_table
from deepseek_era import provenance, tables
from deepseek_era.book.document import Basis, Correction, ParameterRow, SourceView, Unsettled
from deepseek_era.citations import citations
from deepseek_era.errors import UserError
from deepseek_era.figure import Figure, format_number
from deepseek_era.parameters import SETTINGS, Parameters, later_knowledge
from deepseek_era.words import counted

LATER = "later knowledge"
BASE_NOTE = "Every parameter as the table of parameters has it."
"""What the base is among the scenarios: it sets nothing."""
PARAMETERS = "parameters"
"""Anchor of the list of parameters in the page of the annex."""


def sources(
    figures: Mapping[str, Figure], parts: Iterable[tuple[str, Sequence[str]]]
) -> tuple[SourceView, ...]:
    """Return the sources that a report uses, numbered by first use.

    `parts` are places in reading order, each with the ids of the sources behind it; what only figures name comes last.

    Raises
    ------
    UserError
        For an id that the table of sources lacks.
    """
    listed = {str(row["source_id"]): row for row in tables.load("sources").to_dict("records")}
    used: dict[str, list[str]] = {}
    for anchor, ids in parts:
        for source in ids:
            if source not in listed:
                raise UserError(f"{anchor}: source {source!r} is not in data/sources.csv")
            places = used.setdefault(source, [])
            if anchor and anchor not in places:
                places.append(anchor)
    by_source: dict[str, list[str]] = {}
    for figure in figures.values():
        for source in figure.sources:
            by_source.setdefault(source, []).append(figure.id)
            used.setdefault(source, [])
    views = []
    cite = citations()
    for number, (source, places) in enumerate(used.items(), start=1):
        row = listed.get(source)
        if row is None:
            raise UserError(f"figure {by_source[source][0]}: source {source!r} is not in data/sources.csv")
        read = str(row.get("how_read") or "")
        cited = cite[source]
        views.append(
            SourceView(
                number,
                source,
                cited.title,
                cited.publisher,
                cited.published,
                cited.url,
                str(row["kind"]),
                str(row["quality"]),
                "recalled" if read.startswith("recalled") else "read",
                tuple(places),
                tuple(by_source.get(source, ())),
                cited.via,
                cited.via_url,
                cited.checked,
            )
        )
    return tuple(views)


def basis(vintage: str) -> Basis:
    """Return the standing of the headline facts and the corrections, as public at the vintage."""
    headlines = provenance.headlines_at(vintage)
    counts = headlines["status"].value_counts()
    known = provenance.confirmed(vintage)
    unsettled = tuple(
        Unsettled(
            fact=row["fact"],
            value=provenance.said(row["value"], row["unit"]),
            as_of=row["as_of"],
            status=row["status"],
            sources=tuple(
                i for i in (row["source_id"], row["second_source_id"] if row["second_source"] else "") if i
            ),
            against=", ".join(row["second_source"].split(" | ")[:2]) if row["status"] == "conflict" else "",
            note=row["note"],
        )
        for row in headlines[~headlines["settled"]].to_dict("records")
    )
    return Basis(
        headlines={s: int(counts.get(s, 0)) for s in ("confirmed", *provenance.NOT_SETTLED)},
        unsettled=unsettled,
        corrections=corrections(vintage),
        own_word=known.own_word,
        strict=known.strict,
        looked_up=(known.searches, known.searched, known.found),
    )


def run_note(note: str, parameters: Parameters) -> str:
    """Return a scenario's note, with a warning where values were set in a run of an earlier vintage."""
    later = later_knowledge(parameters)
    if not later:
        return note
    warning = (
        f"Facts end on {parameters.vintage.isoformat()}, but "
        f"{counted(len(later), 'parameter was', 'parameters were')} set after that and "
        f"{'is' if len(later) == 1 else 'are'} {LATER}: this is no forecast from that date."
    )
    return f"{note} {warning}".strip()


def _listing(cells: Sequence[Mapping[Hashable, Any]], side: str) -> str:
    """Return what the cells held before (``old``) or hold now (``new``), each with its column if there are several."""
    texts = [str(cell[side]) or "–" for cell in cells]
    if len(cells) < 2:
        return "".join(texts)
    return "; ".join(f"{cell['column']}: {text}" for cell, text in zip(cells, texts, strict=True))


def corrections(vintage: str) -> tuple[Correction, ...]:
    """Return the corrections public at an ISO date.

    Cells of one row that were changed for one reason are one entry: the columns are named in its place, and old and new
    are listed column by column.
    """
    table = tables.load("corrections")
    table = table[table["as_of"] <= vintage]
    entries = []
    for (name, key, why, source), part in table.groupby(["table", "key", "why", "source_id"], sort=False):
        cells = part.to_dict("records")
        entries.append(
            Correction(
                place=f"{name} {key}, {', '.join(c['column'] for c in cells)}",
                old=_listing(cells, "old"),
                new=_listing(cells, "new"),
                why=str(why),
                source=str(source),
            )
        )
    return tuple(entries)


def _setting(value: object) -> str:
    """Return a setting as printed: a whole number in groups of three, an empty text as ``none``."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value) or "none"


def parameter_rows(parameters: Parameters) -> tuple[ParameterRow, ...]:
    """Return every parameter of a run with its median and its 5th and 95th percentile as printed."""
    rows = []
    base = parameter_table.resolve({}, vintage=parameters.vintage)
    later = later_knowledge(parameters)
    for row in parameters.rows.values():
        if row.dist in SETTINGS:
            numbers = {"base": _setting(parameters.setting(row.id)), "low": "", "high": ""}
        else:
            numbers = {
                name: format_number(row.quantile(share), row.unit, "judgement")
                for name, share in (("base", 0.5), ("low", 0.05), ("high", 0.95))
            }
        is_later = row.id in later
        rows.append(
            ParameterRow(
                **{name: getattr(row, name) for name in ("id", "symbol", "description", "unit", "kind")},
                **numbers,
                changed=row != base.rows[row.id],
                sources=() if is_later else tuple(tables.split_ids(row.source_ids)),
                note=LATER if is_later else row.note,
            )
        )
    return tuple(rows)


def changed_parameters(parameters: Parameters) -> tuple[dict[str, str], ...]:
    """Return the parameters that differ from the base run at the same vintage, in words."""
    base = parameter_table.resolve({}, vintage=parameters.vintage)
    later = later_knowledge(parameters)
    changed = []
    for name, row in parameters.rows.items():
        before = base.rows[name]
        if row == before:
            continue
        if row.dist in SETTINGS:
            old, new = str(base.setting(name)), str(parameters.setting(name))
        else:
            old, new = (_distribution(r) for r in (before, row))
        changed.append(
            {
                "id": name,
                "description": row.description + (f" ({LATER})" if name in later else ""),
                "unit": row.unit,
                "base": old,
                "value": new,
                "kind": row.kind,
            }
        )
    return tuple(changed)


def _distribution(row: parameter_table.Row) -> str:
    def number(value: float) -> str:
        return format_number(value, "", "observed").strip()

    if row.dist == "fixed":
        return number(row.p1)
    return f"{number(row.quantile(0.5))} ({number(row.quantile(0.05))} to {number(row.quantile(0.95))})"
