"""The way from a printed number to its rows and back, and the account of what the facts rest on."""

import json
from collections import Counter

import pandas as pd
import pytest

from deepseek_era import provenance, registry, tables
from deepseek_era.book import matter
from deepseek_era.building.rehearse import rehearsed
from deepseek_era.errors import DataError
from deepseek_era.origins import origin, unnamed

FIGURES = {
    "cost.api.r1": {
        "value": 2.19,
        "low": None,
        "high": None,
        "unit": "USD per Mtok",
        "kind": "observed",
        "label": "R1's output price",
        "notebook": "02-cost",
        "sources": ["S_DSDOCS25", "S_LITELLM"],
    },
    "cost.weak": {
        "value": 1,
        "unit": "ratio",
        "kind": "published",
        "label": "rests on a recalled fact",
        "notebook": "02-cost",
        "sources": ["RECALL"],
    },
    "verdicts.p": {"value": 0.5, "unit": "probability", "kind": "modelled", "label": "", "sources": []},
}


def test_coverage_counts_every_row_once_and_agrees_with_the_tables():
    covered = provenance.coverage().set_index("table")
    assert set(covered.index) == set(tables.declared())
    assert covered["rows"].sum() == tables.check_all()
    benchmarks = tables.load("benchmarks")
    assert covered.loc["benchmarks", "recalled"] == (benchmarks["verified"] == "recalled").sum()
    assert covered.loc["benchmarks", ["rows_A", "rows_B", "rows_C"]].sum() == len(benchmarks)
    assert covered.loc["benchmarks", "oldest"] == benchmarks["as_of"].min()
    assert covered["uncited"].isna().all(), "without a report nothing can be said to be unused"


def test_rows_whose_sources_no_figure_names_are_counted_as_uncited():
    covered = provenance.coverage(FIGURES).set_index("table")
    prices = tables.load("api_prices")
    named = prices["source_id"].isin(["S_DSDOCS25", "S_LITELLM"]).sum()
    assert covered.loc["api_prices", "uncited"] == len(prices) - named
    assert covered.loc["task_costs", "uncited"] == len(tables.load("task_costs"))


def test_from_a_figure_to_its_rows_and_back():
    trace = provenance.trace_figure(FIGURES, "cost.api.r1")
    prices = tables.load("api_prices")
    r1 = prices[(prices["source_id"] == "S_DSDOCS25")]["row_id"].tolist()
    assert set(r1) <= set(trace.rows["api_prices"])
    assert "inference_gain" in trace.parameters
    for source in trace.sources:
        back = provenance.trace_source(FIGURES, source["source_id"])
        assert "cost.api.r1" in back.figures
        assert set(back.rows["api_prices"]) <= set(trace.rows["api_prices"])


def test_a_table_compiled_as_a_whole_is_one_entry_not_thirty_thousand():
    trace = provenance.trace_source({}, "OWN_RETURNS")
    assert trace.rows["returns_daily"] == ("all rows",)


def test_an_unknown_name_gets_one_line_with_the_nearest():
    with pytest.raises(DataError, match=r"S_ISCAA.*nearest: S_ISCA"):
        provenance.trace_source({}, "S_ISCAA")
    with pytest.raises(DataError, match=r"cost\.api\.r2.*nearest: cost\.api\.r1"):
        provenance.trace_figure(FIGURES, "cost.api.r2")
    with pytest.raises(DataError, match="'unnamed', 'figure ID' or 'source ID'"):
        provenance.main(["sources"])


def test_figures_on_weak_or_recalled_sources_are_named_and_modelled_ones_are_not():
    weak = provenance.weak_figures(FIGURES)
    assert weak["figure"].tolist() == ["cost.weak"]
    assert weak["recalled"].tolist() == [True]


def test_the_summary_adds_up():
    total = provenance.summary(FIGURES)
    assert sum(total.sources.values()) == len(tables.load("sources"))
    assert sum(total.headlines.values()) == len(tables.load("headlines"))
    assert (total.figures, total.sourced_figures, total.weak_figures, total.recalled_figures) == (3, 2, 1, 1)
    assert 0 < total.recalled < total.rows
    assert total.confirmed_by_weak < total.headlines["confirmed"]
    assert provenance.summary().figures == 0


def test_conflicts_are_those_of_the_headlines_and_name_both_sides():
    conflicts = provenance.conflicts()
    headlines = tables.load("headlines")
    assert len(conflicts) == (headlines["status"] == "conflict").sum()
    assert conflicts["second_source"].str.len().gt(0).all()
    assert set(conflicts["source_id"]) <= set(tables.load("sources")["source_id"])


def test_the_use_of_a_source_is_the_sum_over_tables():
    use = provenance.source_use(FIGURES).set_index("source_id")
    assert use.loc["S_AIDER", "rows"] == sum(
        len(keys) for keys in provenance.trace_source({}, "S_AIDER").rows.values()
    )
    assert use.loc["S_LITELLM", "figures"] == 1
    assert use["figures"].sum() == 3


def test_the_printed_report_names_every_table_and_every_conflict(capsys, monkeypatch):
    monkeypatch.setattr(provenance, "read_figures", lambda report="base": FIGURES)
    assert provenance.main([]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in tables.declared())
    assert f"{len(provenance.conflicts())} conflict" in text
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= 125
    assert provenance.main(["figure", "cost.api.r1"]) == 0
    assert "recorded in notebooks/02-cost.ipynb" in capsys.readouterr().out
    assert provenance.main(["source", "S_ISCA"]) == 0
    assert "kv_cache_published: DeepSeek-V3" in capsys.readouterr().out


def test_a_figure_that_was_not_public_is_said_so():
    figure = {"x": {"value": None, "unit": "%", "kind": "observed", "label": "later", "sources": []}}
    assert "not yet public" in provenance.figure_text(provenance.trace_figure(figure, "x"))


def test_every_declared_table_is_loadable_for_the_account():
    for name in tables.declared():
        frame = provenance.load_any(name)
        assert isinstance(frame, pd.DataFrame)
        assert len(provenance.row_keys(name)) == len(frame) == len(provenance.row_sources(name))


def test_a_number_of_a_call_is_traced_to_its_equation():
    figures = {"verdicts.c01.impact": {"value": -5.4, "unit": "%", "kind": "modelled", "sources": []}}
    found = provenance.trace_figure(figures, "verdicts.c01.impact")
    assert "elasticity_short" in found.drivers
    text = provenance.figure_text(found)
    assert "Equation of the call:" in text
    assert found.equation in text.replace("\n    ", " ")


def test_a_number_is_traced_to_the_cell_that_records_it_and_to_what_the_cell_calls():
    figures = {"market.nvda.ar_0": {"value": -16.6, "unit": "%", "kind": "modelled", "sources": []}}
    text = provenance.figure_text(provenance.trace_figure(figures, "market.nvda.ar_0"))
    assert "recorded in notebooks/03-market.ipynb, cell market-" in text
    assert "effects() in deepseek_era/market/" in text
    article = origin("scorecard.article_p", "06-scorecard")
    assert article is not None
    assert "article_probability" in article.parameters


@pytest.fixture(scope="module")
def recorded():
    """Every figure that the notebooks of the project record by themselves, with its notebook."""
    stems = sorted(path.stem for path in (tables.ROOT / "notebooks").glob("*.ipynb"))
    return {id: stem for stem in stems for id in rehearsed(stem, draws=1024).figures}


def test_every_figure_leads_to_a_cell_of_its_notebook(recorded):
    places = {id: origin(id, stem) for id, stem in recorded.items()}
    assert [id for id, place in places.items() if place is None] == []
    assert [id for id, place in places.items() if place and recorded[id] not in place.place] == []
    assert origin("no.such.thing.at_all") is None


NOTEBOOK = """
from deepseek_era.verdicts.scorecard import brier_terms
from deepseek_era.notebook import record, record_rows, recorded
---
shares = read()
shares["x"] = brier_terms(shares["p"], shares["hit"])
other = 1
---
%%prose
{{ mine.quoted }}
---
recorded({"A line": "mine.looked_up"})
for end in ("low", "high"):
    record_rows(shares, f"mine.{{group}}.{end}", "x", unit="%", label="mine")
record({"mine.one": shares["x"].sum(), f"mine.two_{other}": model.parameters.setting("article_probability")})
record("mine.several.low", other)
"""


def test_the_cell_of_a_figure_is_the_one_that_fixes_most_of_its_id(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    cells = [
        {"cell_type": "code", "id": f"c{i}", "source": source.strip(), "metadata": {}}
        for i, source in enumerate(NOTEBOOK.split("---"))
    ]
    path = tmp_path / "notebooks" / "07-mine.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    row = registry.Declared("mine.{group}.low", "%", "modelled", "mine")
    monkeypatch.setattr(registry, "declared", lambda id: row if id.endswith(".low") else None)

    def functions(id: str) -> list[str] | None:
        found = origin(id)
        return found and [f.name for f in found.functions]

    assert functions("mine.cloud.low") == ["brier_terms"]
    assert functions("mine.one") == ["brier_terms"]
    assert functions("mine.several.low") == [], "the literal id goes before the pattern"
    assert functions("mine.cloud.high") is None, "a pattern that no row declares takes no figure"
    assert functions("mine.looked_up") is functions("mine.quoted") is None, "a quotation records nothing"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"notebooks/07-mine\.ipynb: cannot be read"):
        origin("mine.one", "07-mine")


USES = {
    "notebooks/01-a.ipynb": """
found = {"a.group.of_name": 1}
record(found)
record("a.group.printed", 1)
record("a.group.alone", 2)  # a.group.alone
record({f"a.group.{name}_low": 3, **{"a.group.unpacked": 4}})
record_rows(frame, "a.group.{row}_high", "x")
record_rows(frame, "a.wide.{way}", "x")
record_rows(frame, "a.kept.{way}", "x")
---
%%prose
{{ a.group.printed | value }}
""",
    "deepseek_era/a.py": """
def looked():
    "a.group.alone in a docstring"
    return found["a.group.looked_low"], look("a.ready.used")
made("a.ready.unused"), made("a.ready.used")
""",
    "tests/test_a.py": """figures[f"a.group.tested_{end}"]; figures[f"a.wide.{way}"]""",
    "tests/figure_ids.txt": "a.group.fixed*",
    "data/figures.csv": "a.group.alone,%,modelled,a label,,",
}


def test_a_figure_is_named_by_prose_a_lookup_or_a_test_and_not_by_what_records_it(tmp_path, monkeypatch):
    for place, text in USES.items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        if place.endswith(".ipynb"):
            cells = [{"cell_type": "code", "source": part.strip()} for part in text.split("---")]
            text = json.dumps({"cells": cells})
        (tmp_path / place).write_text(text, encoding="utf-8")
    forms = {
        "a.kept.one": ("a.kept.{way}", "ways"),
        "a.wide.one": ("a.wide.{way}", ""),
        "a.group.other_high": ("a.group.{row}_high", ""),
        "a.group.other_low": ("a.group.{row}_low", ""),
        "a.group.looked_low": ("a.group.{row}_low", ""),
    }
    rows = {id: registry.Declared(form, "%", "modelled", "", (), why) for id, (form, why) in forms.items()}
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    monkeypatch.setattr(registry, "declared", rows.get)
    group = "printed fixed looked_low tested_high alone other_low other_high unpacked of_name"
    ids = [f"a.group.{name}" for name in group.split()]
    ids += ["a.wide.one", "a.kept.one", "a.ready.used", "a.ready.unused"]
    lost = [f"a.group.{name}" for name in ("alone", "other_low", "other_high", "unpacked", "of_name")]
    assert unnamed(ids) == [*lost, "a.ready.unused"]


def test_every_recorded_figure_is_printed_charted_fixed_looked_up_tested_or_compared(recorded):
    """Else use it or drop it; a failure names the figure and the cell (``python -m deepseek_era facts unnamed``)."""
    cells = {id: origin(id, recorded[id]) for id in unnamed(recorded)}
    assert {id: cell and cell.place for id, cell in cells.items()} == {}


def test_a_family_that_is_kept_to_be_compared_has_several_figures(recorded):
    families = Counter(row.id for id in recorded if (row := registry.declared(id)) and row.compared)
    declared = tables.load("figures")
    kept = declared.loc[declared["compared"].ne(""), "id"].tolist()
    assert kept
    assert [form for form in kept if families[form] < 2] == []


def test_the_figures_that_nothing_names_are_listed_by_their_form_and_cell(capsys, monkeypatch):
    never = [".".join(("market", "cloud", f"{name}_growth_never")) for name in ("azure", "aws")]
    ids = ["market.nvda.ar_0", *never]
    figures = {id: FIGURES["cost.weak"] | {"notebook": "03-market"} for id in ids}
    monkeypatch.setattr(provenance, "read_figures", lambda report="base": figures)
    assert provenance.main(["unnamed"]) == 0
    shown = capsys.readouterr().out
    assert "what records them: 2 of 3" in shown
    assert "market.nvda.ar_0" not in shown
    assert "_growth_{when}  (2), notebooks/03-market.ipynb, cell market-cloud-quarters" in shown


def test_a_trace_takes_a_figure_or_a_source_and_names_the_nearest_of_both(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "read_figures", lambda report="base": FIGURES)
    assert "Sources: 2" in provenance.trace("cost.api.r1")
    assert "cost.api.r1" in provenance.trace("S_LITELLM")
    with pytest.raises(DataError, match=r"'cost.api.r2' is neither .* \(nearest: cost.api.r1\)"):
        provenance.trace("cost.api.r2")
    monkeypatch.setattr(provenance, "read_figures", lambda report="base": None)
    assert "Figures that name it: 0" in provenance.trace("S_LITELLM")
    with pytest.raises(DataError, match="run make report first"):
        provenance.trace("cost.api.r1")


@pytest.mark.filterwarnings("ignore")
def test_the_data_package_is_valid_for_frictionless():
    """A second reader of the standard, that knows nothing of our loader, finds every table as declared."""
    import frictionless

    found = frictionless.validate(str(tables.data_dir() / "datapackage.json"))
    assert found.valid, found.flatten(["title", "rowNumber", "fieldName", "note"])[:5]
    assert found.stats["tasks"] == len(tables.declared())


def test_corrections_listed_together_lose_no_cell_and_name_each_reason_once():
    listed = matter.corrections("2026-12-31")
    table = tables.load("corrections")
    for row in table.itertuples():
        entry = next(e for e in listed if e.place.startswith(f"{row.table} {row.key}, ") and e.why == row.why)
        assert row.column in entry.place
        assert row.old in entry.old
        assert row.new in entry.new
    groups = table[["table", "key", "why", "source_id"]].drop_duplicates()
    assert len(listed) == len(groups) < len(table)
    early = table[table["as_of"] <= "2025-01-31"]
    assert len(matter.corrections("2025-01-31")) == len(
        early[["table", "key", "why", "source_id"]].drop_duplicates()
    )
    assert 0 < len(early) < len(table)
