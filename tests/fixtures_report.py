"""An invented report for the renderers' tests: every part present, realistic in size, hostile where data can be.

Nothing here is a finding. The calls are those of the table; their numbers are made from their place in it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era import tables
from deepseek_era.book import bands
from deepseek_era.book import card as parts
from deepseek_era.book import document as doc
from deepseek_era.book.document import Block, Column, Control, Report
from deepseek_era.book.stories import Story
from deepseek_era.charts import base, theme
from deepseek_era.drawing import answers
from deepseek_era.figure import Figure

HOSTILE = "<script>alert(1)</script> #set page() {{ x }} `code` $x$ *_bold_* @ref مرحبا 🚀 \" ' & \\"
LONG = "x" * 10_000
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="720" height="90" viewBox="0 0 720 90" onload="alert(1)">'
    '<defs><clipPath id="clip0"><rect width="720" height="90"/></clipPath></defs><script>alert(1)</script>'
    '<g clip-path="url(#clip0)" style="cursor:pointer"><rect x="10" y="20" width="420" height="22" fill="#0072B2"/>'
    '<text x="440" y="36" font-size="13px" font-family="Source Sans Pro, sans-serif" fill="#15191E">94 &lt; 100</text>'
    "</g></svg>"
)
DRAWS = 2048
PROSE = """On 27 January 2025 Nvidia moved by {{ market.nvda.ar_0 }}; see {{ ref:market-forest }}. The model puts the
discount at {{ cost.api.discount | value }}, {{ cost.api.discount | interval }}. {{ market.verdict }}

The plan was {{ capacity.future }}. A judgement: {{ cost.margin }}. Published: {{ claims.article.gain }}. A blog: {{ cost.blog }}.

<script>alert(1)</script> <b onclick=x>not markup</b> and `{{ in.code }}`.

## A subsection

Maths: $\\phi\\varepsilon > 1$.

- one
- two
"""


def _figures() -> dict[str, Figure]:
    rows = [
        ("cost.api.discount", 93.9, "%", "modelled", "R1 cheaper than o1 per call", 86.2, 97.1, "S_LAB"),
        ("cost.full.usd", 62, "USD million", "modelled", "Full cost behind the run", 24, 190, "S_LAB S_RES"),
        ("market.nvda.ar_0", -14.1, "%", "observed", "Nvidia's abnormal return", -18.0, -10.2, "S_EXC"),
        ("capacity.compute", 1.28, "ratio", "modelled", "Total compute against no DeepSeek", 0.6, 3.4, ""),
        ("capacity.pulled", 0.9, "years", "modelled", "Research pulled forward", 0.4, 2.1, ""),
        ("claims.article.gain", 10.0, "ratio", "published", "The article's gain", None, None, "S_ART"),
        ("cost.margin", 35.0, "%", "judgement", "Retained margin", 10, 70, ""),
        ("capacity.future", None, "GW", "observed", "Not public at the vintage", None, None, ""),
        ("cost.blog", 3.4, "ratio", "published", "A number that a blog says", None, None, "S_BLOG"),
        ("cost.memory", 32.0, "GB", "published", "A number from memory", None, None, "S_RES"),
    ]
    return {id: Figure(id, *rest, tuple(sources.split())) for id, *rest, sources in rows}


# --- exhibits --------------------------------------------------------------------------------------------------------


def _chart(width: int) -> Any:
    frame = pd.DataFrame({"group": ["Power", "Chips", "Software"], "value": [-19.2, -10.6, 2.9]})
    bars = alt.Chart(frame).mark_bar(color=theme.TOKENS["s4"])
    bars = bars.encode(x=alt.X("value:Q", title="%"), y=alt.Y("group:N", title=None))
    return theme.frame(bars, width, 120, left=90, right=20)


def _live(width: int = 720) -> Any:
    elasticity = alt.param(name="eps", value=1.3, bind=alt.binding_range(min=0.2, max=2.2, step=0.05))
    through = alt.param(name="phi", value=0.9)
    result = alt.param(name="xnow", expr="pow(7.3, eps * phi - 1)")
    line = (
        alt.Chart(pd.DataFrame({"x": np.linspace(1, 20, 40).round(3)}))
        .transform_calculate(y="pow(datum.x, eps * phi - 1)")
        .mark_line(color=theme.TOKENS["ink"])
        .encode(x=alt.X("x:Q", title="Gain"), y=alt.Y("y:Q", title="Compute"), tooltip=["x:Q", "y:Q"])
        .add_params(elasticity, through, result)
    )
    return theme.frame(line, width, 220, left=50, right=20)


@functools.cache
def _drawn(live: bool) -> dict[str, Any]:
    make = _live if live else _chart
    return {"svg_wide": base.svg(make(720)), "svg_narrow": base.svg(make(340))}


def _exhibits() -> dict[str, doc.ExhibitView]:
    forest = doc.ExhibitView(
        name="market-forest",
        label="Figure 1",
        anchor="exhibit-market-forest",
        title="Power and chips fell; the firms that use AI did not",
        subtitle="Mean abnormal return by group on 27 January 2025, % against a broad index.",
        source="Daily returns. Window [0], 36 firms.",
        alt="Bars of abnormal returns. Power fell most.",
        how="$AR = R - \\alpha - \\beta R_m$, with `code {{ x }}` and {{ market.nvda.ar_0 }}.",
        note="**Solid and dashed.** A solid line is something seen.",
        notebook="03-market.ipynb",
        cell="market-forest",
        code='show(forest(model))  # <b>"x"</b>',
        sources=("S_EXC",),
        **_drawn(False),
        columns=(),
        data_columns=("group", "value", "n"),
        data=({"group": "Power", "value": -19.2, "n": 5}, {"group": HOSTILE, "value": None, "n": 1}),
    )

    def other(name: str, label: str, **changed: Any) -> doc.ExhibitView:
        return replace(forest, name=name, label=label, anchor=f"exhibit-{name}", note="", **changed)

    hostile = dict.fromkeys(("title", "alt", "cell", "code", "source"), HOSTILE)
    exhibits = (
        forest,
        other(
            "capacity-jevons",
            "Figure 2",
            title="Cheaper tokens mean {{ capacity.compute }} as many chips",
            notebook="04-capacity.ipynb",
            live=base.specification(_live()),
            controls=(
                Control("eps", "Elasticity ε", 0.2, 2.2, 0.05, 1.3, 0.6, 1.8),
                Control("phi", "Pass-through φ", 0.2, 1.2, 0.05, 0.9, 0.7, 1.0),
            ),
            readout="At this setting compute is {xnow:×.2f} of base.",
            **_drawn(True),
        ),
        other("hostile", "Figure 3", svg_wide=SVG, svg_narrow=None, **hostile),
        other(
            "who-table",
            "Table 1",
            title="A table exhibit",
            svg_wide=None,
            svg_narrow=None,
            columns=(
                Column("who", "Who"),
                Column("side", "Side", kind="glyph"),
                Column("odds", "Odds", kind="strip"),
                Column("value", "Value, %", align="right", kind="number"),
            ),
            data_columns=("who", "side", "odds", "value"),
            data=(
                {"who": "Nvidia", "side": "loser", "odds": "0.69,0.06", "value": -4.5},
                {"who": HOSTILE, "side": "none", "odds": None, "value": None},
            ),
        ),
    )
    return {x.name: x for x in exhibits}


# --- calls -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Call:
    """A call as this report has it."""

    id: str
    name: str
    horizon: str
    article: str
    market: str
    p_loser: float
    p_neutral: float
    p_winner: float
    was_it_r1: str
    came: str
    edge: bool
    one_sided: bool


def _row(k: int, call: dict[str, Any]) -> _Call:
    lose, win = ((7 * k) % 10) / 10 * 0.9 + 0.02, ((3 * k + 2) % 10) / 10
    lose, win = (round(share / max(lose + win, 1.0), 3) for share in (lose, win))
    article = call["call"] if call["call"] in ("winner", "loser") else "none"
    own, other = (lose, win) if article == "loser" else (win, lose)
    return _Call(
        id=call["id"],
        name=call["short_name"],
        horizon=call["horizon"],
        article=article,
        market=("loser", "none", "winner", "neutral")[k % 4],
        p_loser=lose,
        p_neutral=round(1 - lose - win, 6),
        p_winner=win,
        was_it_r1="for a while" if own >= 0.6 else "the other way" if other >= 0.6 else "cannot be told",
        came=("mostly", "no", "too early", "partly")[k % 4],
        edge=k % 3 == 0,
        one_sided=k % 5 == 0,
    )


def _card(row: _Call, code: str) -> parts.Card:
    draws = np.random.default_rng(1).normal(-3 + 6 * row.p_winner, 4, DRAWS)
    marks = dict(
        zip(
            ("p5", "p25", "median", "p75", "p95"),
            np.quantile(draws, [0.05, 0.25, 0.5, 0.75, 0.95]),
            strict=True,
        )
    )
    counts, edges = np.histogram(draws, bins=48)
    odds = {"p_winner": row.p_winner, "p_loser": row.p_loser, "p_neutral": row.p_neutral}
    numbers = {name: float(marks[name]) for name in ("median", "p5", "p95")}
    band = "won" if row.p_winner >= 0.6 else "lost" if row.p_loser >= 0.6 else "cannot be told"
    seen = {
        "value": "-16.97",
        "unit": "percent",
        "date": "2025-01-27",
        "verified": "read",
        "status": "confirmed",
    }
    return parts.Card(
        id=row.id,
        code=code,
        name=row.name,
        horizon=row.horizon,
        article_call=row.article if row.horizon != "both" else "additional",
        words="Market scare due to potential decreased demand",
        mechanism="Cheaper models scare the market",
        impact_variable="Data-centre revenue over twelve months, against no event",
        unit="%",
        equation="I = 100\\,[(1-\\Delta s_{acc,S})\\,X_S - 1]",
        band=band,
        word=row.was_it_r1,
        effect=parts.Quantity(**numbers, **odds),
        attributable=parts.Quantity(**{k: v / 3 for k, v in numbers.items()}, p_winner=0.1, p_loser=0.2),
        histogram=parts.Histogram(
            tuple(map(float, edges)),
            tuple(map(float, counts)),
            2.0,
            **{k: float(v) for k, v in marks.items()},
        ),
        judgement_load=0.99,
        specifications_agreeing=1.0,
        weak="A seller with a backlog sells what it can make.",
        fragility="Rests on the threshold",
        lens="market",
        one_sided=row.one_sided,
        edge=row.edge,
        p_own=row.p_loser if row.article == "loser" else row.p_winner,
        p_own_attributable=0.2,
        months=8.2 if row.was_it_r1 == "for a while" else None,
        chi_star=0.73 if row.was_it_r1 == "for a while" else None,
        delta_low=1.5,
        delta_high=4.0,
        era=None if row.id == "C17" else parts.Era(**numbers, p_article=0.55, equation="I + B"),
        contest=parts.Contest(
            **numbers, **odds, label="Sales of a seller that supply holds back", equation="R - 1"
        )
        if row.one_sided
        else None,
        rows={"last_in": parts.Row(1.0, 0.5, 2.0)},
        market_lens=parts.Market(row.market, (parts.MarketReading("nvidia", -15.9, -22.3, -9.6),), ()),
        drivers=(parts.Driver("Training gain", 0.41), parts.Driver("Elasticity, short", 0.28)),
        flips=(
            parts.Flip("Elasticity, short (base 0.60): above 1.15 the answer becomes “cannot be told”", 1.15),
        ),
        evidence=(
            parts.Observation("-", "Nvidia shares on 27 January 2025", source="S_EXC", **seen),
            parts.Observation("+", HOSTILE, source="S_RES", verified="recalled", status="conflict"),
        ),
        sources=("S_LAB", "S_RES"),
    )


def _cards(rows: tuple[_Call, ...], codes: dict[str, str]) -> tuple[parts.Card, ...]:
    cards = [_card(row, codes[row.id]) for row in rows]
    # a call whose parameters are all fixed: no spread at all; and one that says as little as a card can
    cards[1] = replace(
        cards[1],
        effect=parts.Quantity(3.0, 3.0, 3.0, 1.0, 0.0, 0.0),
        histogram=parts.Histogram((3.0, 3.0), (1.0,), 2.0, *[3.0] * 5),
    )
    nothing = dict.fromkeys(("words", "mechanism", "impact_variable", "equation", "weak", "fragility"), "")
    cards[2] = replace(
        cards[2],
        name=HOSTILE,
        histogram=parts.Histogram((), (), 2.0, *[0.0] * 5),
        **nothing,
        **dict.fromkeys(("era", "contest", "rows", "market_lens")),
        **dict.fromkeys(("drivers", "flips", "evidence", "sources"), ()),
    )
    return tuple(cards)


def _explorer(rows: tuple[_Call, ...]) -> doc.Explorer:
    generator = np.random.default_rng(2)
    named = {"inference_gain": "ratio", "training_gain": "ratio", "elasticity_long": "elasticity"}
    named |= {"pass_through": "share", "supply_growth": "% a year", "catch_up": "months"}
    drivers = []
    for k, (id, unit) in enumerate(named.items()):
        normal = generator.standard_normal(DRAWS)
        values = np.exp(1.5 + 0.5 * normal) if k < 2 else 1 + 0.3 * normal + k
        label = id.replace("_", " ").capitalize()
        scale = "log" if k < 2 else "linear"
        drivers.append(doc.ExplorerDriver(id, label, tuple(values.round(4).tolist()), unit, scale))
    pull = np.array(drivers[2].values) - 3
    calls = []
    for k, row in enumerate(row for row in rows if row.id.startswith("C")):
        score = pull * (1 if k % 2 else -1) + generator.standard_normal(DRAWS) * 0.3
        digits = "".join("0" if s < -0.2 else "2" if s > 0.2 else "1" for s in score)
        sides = "".join({"0": "4", "1": "0", "2": "1"}[digit] for digit in digits)
        calls.append(doc.ExplorerCall(row.id, row.name, digits, sides))
    presets = (("Demand is elastic", (3.3, None)), ("Nothing fits", (99.0, 100.0)))
    return doc.Explorer(
        tuple(drivers),
        tuple(calls),
        tuple(doc.Preset(label, {"elasticity_long": ends}) for label, ends in presets),
    )


# --- the report ------------------------------------------------------------------------------------------------------


def _sections() -> tuple[doc.Section, ...]:
    open_fence = Block("prose", "A fence that never ends:\n\n```\nopen\n")
    after = Block("prose", "After {{ ref:capacity-jevons }}.")
    rows = (
        ("claims", "Thirteen claims, tested", "Some hold: {{ cost.api.discount }}.", (Block("prose", PROSE),), ()),
        ("cost", "What it cost", "The price fell.", (open_fence, Block("exhibit", "who-table")), ("C02",)),
        ("market", "What the market said", "It sold chips.", (Block("prose", PROSE), Block("exhibit", "market-forest")), ("C01", "C05")),
        ("capacity", "What it does to demand", "It depends.", (Block("exhibit", "capacity-jevons"), after), ("C03", "C21")),
        ("verdicts", "Stakeholder by stakeholder", "One card a call.", (Block("cards"), Block("explorer")), ()),
        ("scorecard", HOSTILE, "How it went.", (Block("exhibit", "hostile"),), ()),
    )  # fmt: skip
    return tuple(
        doc.Section(number, role, title, dek, f"{number:02}-{role}.ipynb", blocks, calls, role=role)
        for number, (role, title, dek, blocks, calls) in enumerate(rows, start=1)
    )


def _sources() -> tuple[doc.SourceView, ...]:
    lab = (
        "A technical report",
        "Example Lab",
        "2024-12-26",
        "https://example.org/a?b=1&c=2",
        "published",
        "primary",
        "read",
    )
    fleet = ("Notes on a fleet", "Example Research", "2025-01-31", "", "published", "weak", "recalled")
    hostile = (HOSTILE, HOSTILE, "2025-03-31", "javascript:alert(1)", "observed", "", "read")
    article = ("The article", "A newsletter", "2025-01-28", "https://example.org/", "published", "", "read")
    blog = ("A post", "A blog", "2025-02-01", "", "published", "C", "read")
    return (
        doc.SourceView(1, "S_LAB", *lab, ("exhibit-market-forest", "section-claims"), ("cost.api.discount",)),
        doc.SourceView(2, "S_RES", *fleet, ("card-C02",)),
        doc.SourceView(3, "S_EXC", *hostile, (), ("market.nvda.ar_0",)),
        doc.SourceView(4, "S_ART", *article),
        doc.SourceView(5, "S_BLOG", *blog),
    )  # fmt: skip


def _basis() -> doc.Basis:
    standing = doc.Unsettled(HOSTILE, "404 GB", "2025-03-12", "conflict", ("S_BLOG",), HOSTILE, HOSTILE)
    return doc.Basis(
        headlines={"confirmed": 3, "single": 1, "weak": 1, "conflict": 1},
        unsettled=(
            standing,
            replace(standing, status="weak", against="", note="", value=HOSTILE, sources=("S_NOT_USED",)),
            replace(standing, status="single", against="", fact=LONG),
        ),
        corrections=(doc.Correction("capex X, value", HOSTILE, LONG, HOSTILE, "S_LAB"),),
    )


def _claims() -> tuple[doc.Claim, ...]:
    verdicts = ("true", "true-with-context", "misleading", "false", "unverifiable")
    said = {"finding": "It was {{ cost.api.discount }}.", "said": "It was 94% (86–97%)."}
    return tuple(
        doc.Claim(f"F{k:02d}", HOSTILE if k == 3 else f"Claim {k} of the article", verdicts[k % 5], figures="", sources="S_LAB;S_RES", **said)
        for k in range(1, len(tables.load("claims")) + 1)
    )  # fmt: skip


def _listing(given: tuple[_Call, ...]) -> tuple[bands.Row, ...]:
    """Return the rows of the first screen: every band, every answer, hostile reasons."""
    came, words, kinds = list(answers.CAME_TRUE), list(answers.WAS_IT_R1), list(bands.HEADS)
    called = bands.names()
    return tuple(
        bands.Row(
            id=row.id,
            name=called[row.id],
            article="" if row.article == "none" else row.article,
            band=kinds[k % len(kinds)],
            reason=bands.Reason(HOSTILE, HOSTILE if k == 4 else "A clause of a few words"),
            came=came[k % len(came)],
            p_came=0.41 if came[k % len(came)] == bands.EARLY else None,
            word=words[k % len(words)],
            edge=k % 3 == 0,
            one_sided=k % 4 == 0,
            p=k / 25,
        )
        for k, row in enumerate(given)
    )


def sample_report() -> Report:
    """Return the invented report."""
    figures, calls = _figures(), tables.load("calls").to_dict("records")
    matrix = tuple(_row(k, call) for k, call in enumerate(calls))
    elasticity = {"id": "elasticity_long", "description": "Long-run demand elasticity", "kind": "judgement"}
    bare = dict.fromkeys(("base", "low", "high", "unit"), "")
    return Report(
        run=doc.RunInfo(
            "trial", "jevons-fails", "Jevons fails", "Demand hardly answers to price.", "latest", "20 November 2026",
            1, 16384, "0123456789abcdef", ({**elasticity, "base": "1.3", "value": "0.8", "unit": ""},),
        ),
        summary=doc.Summary(
            "A computed report. The article appeared in January 2025.",
            "Winners & Losers in the DeepSeek Era",
            "Users of AI win under almost any belief and model sellers lose; compute stands at "
            "{{ capacity.compute | value }} of what it would have been.",
        ),
        sections=_sections(),
        exhibits=_exhibits(),
        figures=figures,
        elsewhere={"market.verdict": "Chips *fell* <b>hard</b>."},
        claims=_claims(),
        calls=tuple({"id": row.id, "came_true": row.came} for row in matrix),
        cross=(),
        listing=(listing := _listing(matrix)),
        stories={row.id: Story(row, f"{row.name}: lost", (("How much", HOSTILE),), HOSTILE, 0.7, 0.2, 0.5) for row in listing},
        cards=_cards(matrix, {call["id"]: call["code"] for call in calls}),
        standings={row.id: parts.Standing(row.came, as_of="2026-11-20") for row in matrix},
        explorer=_explorer(matrix),
        parameters=(
            doc.ParameterRow(
                **elasticity, symbol="ε", unit="elasticity", base="1.3", low="0.6", high="1.9",
                changed=True, sources=("S_LAB",), note="",
            ),
            doc.ParameterRow(
                **bare, id="hostile", symbol=HOSTILE, description=LONG, kind="judgement",
                changed=False, sources=(), note=HOSTILE,
            ),
        ),
        sources=_sources(),
        scenarios=({"name": "jevons-fails", "title": "Jevons fails", "note": HOSTILE},),
        basis=_basis(),
    )  # fmt: skip


def with_paper(*blocks: Block) -> Report:
    """Return the invented report with a paper of these blocks before its other sections."""
    report = sample_report()
    lead = doc.Section(
        0, "paper", "Who won?", "The answer, {{ cost.api.discount }}.", "00-paper.ipynb", blocks, role="paper"
    )
    return replace(report, sections=(lead, *report.sections))
