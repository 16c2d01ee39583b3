"""An invented report for the renderers' tests: every part present, realistic in size, hostile where data can be.

Nothing here is a finding. Numbers are made with a fixed seed.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from deepseek_era.book.document import (
    Basis,
    Block,
    Column,
    Control,
    ExhibitView,
    KeyNumber,
    MatrixRow,
    Report,
    RunInfo,
    Section,
    SourceView,
    Summary,
)
from deepseek_era.charts import base, theme
from deepseek_era.figure import Figure, format_figure

HOSTILE = "<script>alert(1)</script> #set page() {{ x }} `code` $x$ *_bold_* @ref مرحبا 🚀 \" ' & \\"
LONG = "x" * 10_000
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="720" height="90" viewBox="0 0 720 90" onload="alert(1)">'
    '<defs><clipPath id="clip0"><rect width="720" height="90"/></clipPath></defs>'
    '<script>alert(1)</script><g clip-path="url(#clip0)" style="cursor:pointer">'
    '<rect x="10" y="20" width="420" height="22" fill="#0072B2"/><rect x="10" y="54" width="190" height="22" fill="#D55E00"/>'
    '<text x="440" y="36" font-size="13px" font-family="Source Sans Pro, sans-serif" fill="#15191E">94 &lt; 100</text></g></svg>'
)
_NAMES = [
    ("C01", "short", "Nvidia", "loser"),
    ("C02", "short", "OpenAI, Anthropic, Google", "loser"),
    ("C03", "short", "Stargate", "loser"),
    ("C04", "short", "Cloud providers", "loser"),
    ("C05", "short", "Training capex and power", "loser"),
    ("C06", "short", "AI at large", "winner"),
    ("C07", "short", "Open source first", "winner"),
    ("C08", "short", "New model developers", "winner"),
    ("C09", "short", "Coding agents", "winner"),
    ("C10", "short", "Academic researchers", "winner"),
    ("C11", "short", "Investors in open-source AI", "winner"),
    ("C12", "short", "AI users", "winner"),
    ("C13", "long", "China", "loser"),
    ("C14", "long", "OpenAI", "loser"),
    ("C15", "long", "Traditional software", "loser"),
    ("C16", "long", "Data labelling", "loser"),
    ("C17", "long", "Superintelligence sooner", "winner"),
    ("C18", "long", "US dominance", "winner"),
    ("C19", "long", "Enterprises", "winner"),
    ("C20", "long", "New use cases", "winner"),
    ("C21", "long", "Nvidia", "winner"),
    ("C22", "long", "Healthcare", "winner"),
    ("A01", "both", "Capacity utilisation", "winner"),
    ("A02", "both", "Nvidia turns", "winner"),
    ("A03", "both", "Clouds turn", "winner"),
]
_DRIVERS = [
    ("inference_gain", "Inference gain", "ratio", "log"),
    ("training_gain", "Training gain", "ratio", "log"),
    ("elasticity_long", "Demand elasticity", "elasticity", "linear"),
    ("pass_through", "Price pass-through", "share", "linear"),
    ("supply_growth", "Supply growth", "% a year", "linear"),
    ("catch_up", "Catch-up by rivals", "months", "linear"),
]


def _figures() -> dict[str, Figure]:
    made = [
        Figure(
            "cost.api.discount", 93.9, "%", "modelled", "R1 cheaper than o1 per call", 86.2, 97.1, ("S_LAB",)
        ),
        Figure(
            "cost.full.usd",
            62.0,
            "USD million",
            "modelled",
            "Full cost behind the run",
            24,
            190,
            ("S_LAB", "S_RES"),
        ),
        Figure(
            "market.nvda.ar_0", -14.1, "%", "observed", "Nvidia's abnormal return", -18.0, -10.2, ("S_EXC",)
        ),
        Figure("capacity.compute", 1.28, "ratio", "modelled", "Total compute against no DeepSeek", 0.6, 3.4),
        Figure("capacity.pulled", 0.9, "years", "modelled", "Research pulled forward", 0.4, 2.1),
        Figure("claims.article.gain", 10.0, "ratio", "published", "The article's gain", sources=("S_ART",)),
        Figure("cost.margin", 35.0, "%", "judgement", "Retained margin", 10, 70),
        Figure("capacity.future", None, "GW", "observed", "Not public at the vintage"),
        Figure("cost.blog", 3.4, "ratio", "published", "A number that a blog says", sources=("S_BLOG",)),
        Figure("cost.memory", 32.0, "GB", "published", "A number from memory", sources=("S_RES",)),
    ]
    return {figure.id: figure for figure in made}


def _chart(width: int) -> Any:
    frame = pd.DataFrame({"group": ["Power", "Chips", "Software"], "value": [-19.2, -10.6, 2.9]})
    bars = (
        alt.Chart(frame)
        .mark_bar(color=theme.TOKENS["s4"])
        .encode(x=alt.X("value:Q", title="%"), y=alt.Y("group:N", title=None))
    )
    return theme.frame(bars, width, 120, left=90, right=20)


def _live(width: int = 720) -> Any:
    elasticity = alt.param(name="eps", value=1.3, bind=alt.binding_range(min=0.2, max=2.2, step=0.05))
    through = alt.param(name="phi", value=0.9)
    result = alt.param(name="xnow", expr="pow(7.3, eps * phi - 1)")
    frame = pd.DataFrame({"x": np.linspace(1, 20, 40).round(3)})
    line = (
        alt.Chart(frame)
        .transform_calculate(y="pow(datum.x, eps * phi - 1)")
        .mark_line(color=theme.TOKENS["ink"])
        .encode(x=alt.X("x:Q", title="Gain"), y=alt.Y("y:Q", title="Compute"), tooltip=["x:Q", "y:Q"])
        .add_params(elasticity, through, result)
    )
    return theme.frame(line, width, 220, left=50, right=20)


@functools.cache
def _drawn(live: bool) -> tuple[str, str, dict[str, Any] | None]:
    make = _live if live else _chart
    return base.svg(make(720)), base.svg(make(340)), (base.specification(_live()) if live else None)


def _exhibits() -> dict[str, ExhibitView]:
    wide, narrow, _ = _drawn(False)
    live_wide, live_narrow, spec = _drawn(True)
    data = ({"group": "Power", "value": -19.2, "n": 5}, {"group": HOSTILE, "value": None, "n": 1})
    plain = ExhibitView(
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
        svg_wide=wide,
        svg_narrow=narrow,
        columns=(),
        data_columns=("group", "value", "n"),
        data=data,
    )
    table = (
        Column("who", "Who"),
        Column("side", "Side", kind="glyph"),
        Column("odds", "Odds", kind="strip"),
        Column("value", "Value, %", align="right", kind="number"),
    )
    table_rows = (
        {"who": "Nvidia", "side": "loser", "odds": "0.69,0.06", "value": -4.5},
        {"who": HOSTILE, "side": "none", "odds": None, "value": None},
    )
    exhibits = [
        plain,
        replace(
            plain,
            name="capacity-jevons",
            label="Figure 2",
            anchor="exhibit-capacity-jevons",
            title="Cheaper tokens mean {{ capacity.compute }} as many chips",
            note="",
            notebook="04-capacity.ipynb",
            svg_wide=live_wide,
            svg_narrow=live_narrow,
            live=spec,
            controls=(
                Control("eps", "Elasticity ε", 0.2, 2.2, 0.05, 1.3, 0.6, 1.8),
                Control("phi", "Pass-through φ", 0.2, 1.2, 0.05, 0.9, 0.7, 1.0),
            ),
            readout="At this setting compute is {xnow:×.2f} of base.",
        ),
        replace(
            plain,
            name="hostile",
            label="Figure 3",
            anchor="exhibit-hostile",
            title=HOSTILE,
            alt=HOSTILE,
            svg_wide=SVG,
            svg_narrow=None,
            note="",
            cell=HOSTILE,
            code=HOSTILE,
            source=HOSTILE,
        ),
        replace(
            plain,
            name="who-table",
            label="Table 1",
            anchor="exhibit-who-table",
            title="A table exhibit",
            svg_wide=None,
            svg_narrow=None,
            note="",
            columns=table,
            data_columns=("who", "side", "odds", "value"),
            data=table_rows,
        ),
    ]
    return {x.name: x for x in exhibits}


def _share(k: int) -> tuple[float, float]:
    lose, win = ((7 * k) % 10) / 10 * 0.9 + 0.02, ((3 * k + 2) % 10) / 10
    scale = max(lose + win, 1.0)
    return round(lose / scale, 3), round(win / scale, 3)


def _matrix() -> tuple[MatrixRow, ...]:
    rows = []
    for k, (id, horizon, name, article) in enumerate(_NAMES):
        lose, win = _share(k)
        own = win if article == "winner" else lose
        other = lose if article == "winner" else win
        agreement = (
            "Agree"
            if own >= 0.6
            else "Contradicted"
            if other >= 0.6
            else "Leaning"
            if own >= 0.4
            else "Unresolved"
        )
        side = (
            "winner"
            if win >= 0.6
            else "loser"
            if lose >= 0.6
            else "neutral"
            if 1 - lose - win > 0.6
            else "mixed"
        )
        rows.append(
            MatrixRow(
                id,
                name,
                horizon,
                article,
                ("loser", "none", "winner", "neutral")[k % 4],
                side,
                ("winner", "mixed", "neutral", "loser")[k % 4],
                lose,
                round(1 - lose - win, 6),
                win,
                f"{100 * own:.0f}%",
                agreement,
                "ABCD"[k % 4],
                ("right", "wrong", "open", "mixed")[k % 4],
                k % 5 == 0,
            )
        )
    return tuple(rows)


def _cards() -> tuple[dict[str, Any], ...]:
    generator = np.random.default_rng(1)
    cards: list[dict[str, Any]] = []
    for row in _matrix():
        draws = generator.normal(-3 + 6 * row.p_winner, 4, 2000)
        low, middle, high = (float(q) for q in np.quantile(draws, [0.05, 0.5, 0.95]))
        counts, edges = np.histogram(draws, bins=48)
        odds = {"p_winner": row.p_winner, "p_loser": row.p_loser, "p_neutral": row.p_neutral}
        effect = {"median": middle, "p5": low, "p95": high}
        verdict = "Likely winner" if row.p_winner >= 0.6 else "Clear loser" if row.p_loser >= 0.6 else "Mixed"
        reading = {
            "group": "nvidia",
            "word": "loser",
            "return_pct": -15.9,
            "low_pct": -22.3,
            "high_pct": -9.6,
        }
        cards.append(
            {
                "id": row.id,
                "code": f"S-{row.id}",
                "name": row.name,
                "stakeholder": row.name,
                "horizon": row.horizon,
                "article_call": row.article if row.horizon != "both" else "additional",
                "words": "Market scare due to potential decreased demand",
                "impact_variable": "Data-centre revenue over twelve months, against no event",
                "unit": "%",
                "threshold": 2.0,
                "equation": "I = 100\\,[(1-\\Delta s_{acc,S})\\,X_S - 1]",
                "verdict": verdict,
                "agreement": row.agreement,
                "one_sided": row.one_sided,
                "lens": "market",
                "effect": effect,
                "attributable": {"median": middle / 3, "p5": low / 3, "p95": high / 3},
                **odds,
                "p_winner_attributable": 0.1,
                "p_loser_attributable": 0.2,
                "p_era": None if row.id == "C17" else 0.55,
                "era": None if row.id == "C17" else {**effect, "equation": "I + B"},
                "contest": {
                    **effect,
                    "label": "Sales of a seller that supply holds back",
                    "equation": "R - 1",
                }
                if row.one_sided
                else None,
                "rows": {"last_in": {"median": 1.0, "p5": 0.5, "p95": 2.0}},
                "thresholds": [
                    {"scale": scale, "threshold": 2 * scale, "verdict": verdict, **odds}
                    for scale in (0.5, 1.0, 2.0)
                ],
                "market_lens": {"verdict": row.market, "group": "nvidia", "day": [reading], "days": []},
                "drivers": [
                    {"id": "training_gain", "label": "Training gain", "share": 0.41, "kind": "judgement"},
                    {
                        "id": "elasticity_short",
                        "label": "Elasticity, short",
                        "share": 0.28,
                        "kind": "published",
                    },
                ],
                "flips": [
                    {
                        "driver": "elasticity_short",
                        "text": "Elasticity, short (base 0.60): above 1.15 the verdict becomes Mixed",
                    }
                ],
                "evidence": [
                    {
                        "sign": "-",
                        "fact": "Nvidia shares on 27 January 2025",
                        "value": "-16.97",
                        "unit": "percent",
                        "date": "2025-01-27",
                        "source": "S_EXC",
                        "verified": "read",
                        "status": "confirmed",
                    },
                    {
                        "sign": "+",
                        "fact": HOSTILE,
                        "value": "",
                        "unit": "",
                        "date": "2025-03-01",
                        "source": "S_RES",
                        "verified": "recalled",
                        "status": "conflict",
                    },
                ],
                "grade": row.grade,
                "grade_parts": {
                    "evidence": 2,
                    "judgement": 1,
                    "specification": 0,
                    "judgement_load": 0.99,
                    "specifications_agreeing": 1.0,
                },
                "weak": "A seller with a backlog sells what it can make.",
                "fragility": ["rests on the threshold"],
                "histogram": {"low": float(edges[0]), "high": float(edges[-1]), "counts": counts.tolist()},
                "sources": ["S_LAB", "S_RES"],
            }
        )
    # a call whose parameters are all fixed: no spread at all; and one that says next to nothing
    cards[1] |= {
        "effect": {"median": 3.0, "p5": 3.0, "p95": 3.0},
        "histogram": {"low": 3.0, "high": 3.0, "counts": [1]},
    }
    cards[2] = {"id": "C03", "name": HOSTILE, "horizon": "short"}
    return tuple(cards)


def _explorer() -> dict[str, Any]:
    generator = np.random.default_rng(2)
    n = 2048
    drivers = []
    for k, (id, label, unit, scale) in enumerate(_DRIVERS):
        normal = generator.standard_normal(n)
        values = np.exp(1.5 + 0.5 * normal) if scale == "log" else 1 + 0.3 * normal + k
        drivers.append(
            {"id": id, "label": label, "unit": unit, "scale": scale, "values": values.round(4).tolist()}
        )
    pull = np.array(drivers[2]["values"]) - 3
    calls = []
    for k, row in enumerate(_matrix()[:22]):
        score = pull * (1 if k % 2 else -1) + generator.standard_normal(n) * 0.3
        digits = "".join("0" if s < -0.2 else "2" if s > 0.2 else "1" for s in score)
        calls.append(
            {"id": row.id, "name": row.name, "horizon": row.horizon, "article": row.article, "digits": digits}
        )
    presets = [
        {"label": "Demand is elastic", "driver_ranges": {"elasticity_long": [3.3, None]}},
        {"label": "Nothing fits", "driver_ranges": {"elasticity_long": [99, 100]}},
    ]
    return {"drivers": drivers, "calls": calls, "presets": presets}


def sample_report() -> Report:
    """Return the invented report."""
    figures, exhibits = _figures(), _exhibits()
    matrix = _matrix()
    keys = tuple(
        KeyNumber(
            id,
            figures[id].label,
            format_figure(figures[id], "value"),
            format_figure(figures[id], "interval"),
            figures[id].kind,
            0.1,
            0.5,
            0.8,
            article,
        )
        for id, article in zip(list(figures)[:5], (0.6, 0.1, None, None, 0.7), strict=True)
    )
    prose = (
        "On 27 January 2025 Nvidia moved by {{ market.nvda.ar_0 }}; see {{ ref:market-forest }}. The model puts the "
        "discount at {{ cost.api.discount | value }}, {{ cost.api.discount | interval }}. {{ phrase.market.verdict }}\n\n"
        "The plan was {{ capacity.future }}. A judgement: {{ cost.margin }}. Published: {{ claims.article.gain }}. A blog: {{ cost.blog }}.\n\n"
        "<script>alert(1)</script> <b onclick=x>not markup</b> and `{{ in.code }}`.\n\n## A subsection\n\n"
        "Maths: $\\phi\\varepsilon > 1$.\n\n- one\n- two\n"
    )
    sections = (
        Section(
            1,
            "claims",
            "Thirteen claims, tested",
            "Some hold: {{ cost.api.discount }}.",
            "01-claims.ipynb",
            (Block("prose", prose), Block("claims")),
            (),
        ),
        Section(
            2,
            "cost",
            "What it cost",
            "The price fell.",
            "02-cost.ipynb",
            (Block("prose", "A fence that never ends:\n\n```\nopen\n"), Block("exhibit", "who-table")),
            ("C02",),
        ),
        Section(
            3,
            "market",
            "What the market said",
            "It sold chips.",
            "03-market.ipynb",
            (Block("prose", prose), Block("exhibit", "market-forest")),
            ("C01", "C05"),
        ),
        Section(
            4,
            "capacity",
            "What it does to demand",
            "It depends.",
            "04-capacity.ipynb",
            (Block("exhibit", "capacity-jevons"), Block("prose", "After {{ ref:capacity-jevons }}.")),
            ("C03", "C21"),
        ),
        Section(
            5,
            "verdicts",
            "Stakeholder by stakeholder",
            "One card a call.",
            "05-winners-losers.ipynb",
            (Block("cards"), Block("explorer")),
            (),
        ),
        Section(
            6, "scorecard", HOSTILE, "How it went.", "06-scorecard.ipynb", (Block("exhibit", "hostile"),), ()
        ),
    )
    sources = (
        SourceView(
            1,
            "S_LAB",
            "A technical report",
            "Example Lab",
            "2024-12-26",
            "https://example.org/a?b=1&c=2",
            "published",
            "primary",
            "read",
            ("exhibit-market-forest", "section-claims"),
            ("cost.api.discount",),
        ),
        SourceView(
            2,
            "S_RES",
            "Notes on a fleet",
            "Example Research",
            "2025-01-31",
            "",
            "published",
            "weak",
            "recalled",
            ("card-C02",),
            (),
        ),
        SourceView(
            3,
            "S_EXC",
            HOSTILE,
            HOSTILE,
            "2025-03-31",
            "javascript:alert(1)",
            "observed",
            "",
            "read",
            (),
            ("market.nvda.ar_0",),
        ),
        SourceView(
            4,
            "S_ART",
            "The article",
            "A newsletter",
            "2025-01-28",
            "https://example.org/",
            "published",
            "",
            "read",
            (),
            (),
        ),
        SourceView(5, "S_BLOG", "A post", "A blog", "2025-02-01", "", "published", "C", "read", (), ()),
    )
    standing = {
        "fact": HOSTILE,
        "value": "404 GB",
        "as_of": "2025-03-12",
        "sources": ["S_BLOG"],
        "note": HOSTILE,
    }
    basis = Basis(
        headlines={"confirmed": 3, "single": 1, "weak": 1, "conflict": 1},
        unsettled=(
            {**standing, "status": "conflict", "against": HOSTILE},
            {
                **standing,
                "status": "weak",
                "against": "",
                "note": "",
                "value": HOSTILE,
                "sources": ["S_NOT_USED"],
            },
            {**standing, "status": "single", "against": "", "fact": LONG},
        ),
        corrections=(
            {"place": "capex X, value", "old": HOSTILE, "new": LONG, "why": HOSTILE, "source": "S_LAB"},
        ),
    )
    claims = tuple(
        {
            "id": f"F{k:02d}",
            "claim": HOSTILE if k == 3 else f"Claim {k} of the article",
            "verdict": ("true", "true-with-context", "misleading", "false", "unverifiable")[k % 5],
            "finding": "It was {{ cost.api.discount }}.",
            "figures": "",
            "sources": "S_LAB; S_RES",
        }
        for k in range(1, 14)
    )
    calls = tuple({"id": row.id, "outcome": row.outcome, "outcome_as_of": "2026-11-20"} for row in matrix)
    parameters = (
        {
            "id": "elasticity_long",
            "symbol": "ε",
            "description": "Long-run demand elasticity",
            "unit": "elasticity",
            "base": 1.3,
            "low": 0.6,
            "high": 1.9,
            "kind": "judgement",
            "changed": True,
            "sources": "S_LAB",
            "as_of": "2025-01-31",
        },
        {
            "id": "hostile",
            "symbol": HOSTILE,
            "description": LONG,
            "unit": "",
            "base": None,
            "low": None,
            "high": None,
            "kind": "judgement",
            "changed": False,
            "sources": "",
            "note": HOSTILE,
            "as_of": "",
        },
    )
    return Report(
        run=RunInfo(
            "trial",
            "jevons-fails",
            "Jevons fails",
            "Demand hardly answers to price.",
            "latest",
            "20 November 2026",
            1,
            16384,
            "0123456789abcdef",
            (
                {
                    "id": "elasticity_long",
                    "description": "Long-run demand elasticity",
                    "base": "1.3",
                    "value": "0.8",
                    "unit": "",
                    "kind": "judgement",
                },
            ),
        ),
        summary=Summary(
            "A computed report. The article appeared in January 2025.",
            "Winners & Losers in the DeepSeek Era",
            "Users of AI win under almost any belief and model sellers lose; compute stands at {{ capacity.compute | value }} of what it would have been.",
            keys,
            "22 calls: the model agrees with 12, contradicts 2, cannot decide 8",
            matrix,
            "An elasticity below one.",
            "Private revenue.",
            "Solid is observed, dashed modelled.",
        ),
        sections=sections,
        exhibits=exhibits,
        figures=figures,
        phrases={"phrase.market.verdict": "Chips *fell* <b>hard</b> by {{ market.nvda.ar_0 | value }}."},
        claims=claims,
        calls=calls,
        cards=_cards(),
        explorer=_explorer(),
        parameters=parameters,
        sources=sources,
        scenarios=({"name": "jevons-fails", "title": "Jevons fails", "note": HOSTILE},),
        basis=basis,
    )
