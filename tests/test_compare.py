"""Two runs side by side."""

import csv
import json
from dataclasses import replace

import pytest
from fixture_pdf import page_texts, squeezed

from deepseek_era.book import compare, finished
from deepseek_era.building import comparing
from deepseek_era.errors import UserError
from deepseek_era.figure import Figure
from deepseek_era.pages import compare as pages
from deepseek_era.pages import drawings

CALL = {
    "id": "C21",
    "horizon": "long",
    "stakeholder": "Nvidia",
    "article_call": "winner",
    "p_winner": 0.4,
    "p_loser": 0.45,
    "band": "cannot be told",
    "was_it_r1": "cannot be told",
    "edge": "false",
    "one_sided": "false",
    "p_own": 0.4,
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="720" height="40" viewBox="0 0 720 40"><rect width="{w}" height="20" fill="#0072B2"/></svg>'


@pytest.fixture
def runs(tmp_path):
    """Return a function that writes a small finished run."""

    def write(
        name,
        *,
        value=1.0,
        low=0.5,
        high=1.5,
        band="cannot be told",
        p=0.4,
        elasticity=1.3,
        width=100,
        inputs=None,
    ):
        folder = tmp_path / name
        (folder / "exhibits").mkdir(parents=True)
        figure = Figure("a.ratio", value, "ratio", "modelled", "A <b>ratio</b>", low, high)
        same = Figure("a.same", 2.0, "%", "observed", "The same")
        entries = {f.id: f.as_dict("02-cost") for f in (figure, same)}
        (folder / "figures.json").write_text(json.dumps(entries))
        row = {**CALL, "band": band, "p_winner": p, "p_own": p}
        with (folder / "calls.csv").open("w", newline="") as handle:
            writer = csv.DictWriter(handle, list(row))
            writer.writeheader()
            writer.writerow(row)
        (folder / "claims.csv").write_text("id,verdict\nF03,true-with-context\n")
        parameters = {
            "dist": "fixed",
            "values": [elasticity, None, None],
            "choice": "",
            "as_of": "2025-01-31",
        }
        manifest = {
            "digest": "d" * 64,
            **({} if inputs is None else {"inputs": inputs}),
            "parameters": {
                "vintage": "2026-01-01",
                "seed": 1,
                "scenario": name,
                "rows": {"elasticity_long": parameters},
            },
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
        drawing = drawings.titled(SVG.format(w=width), f"Wide <{width}> & so on")
        (folder / "exhibits" / "x.svg").write_text(drawing)
        return folder

    return write


def test_what_moved_and_what_flips_is_found(runs):
    a = finished.read(runs("a"))
    b = finished.read(runs("b", value=4.0, low=3.0, high=5.0, band="won", p=0.7, elasticity=2))
    found = compare.compare(a, b)
    assert [f.id for f in found.figures] == ["a.ratio"]
    change = found.figures[0]
    assert (change.difference, change.relative, change.overlap) == (3.0, 300.0, False)
    assert [c.id for c in found.flipped] == ["C21"]
    assert {"id": "elasticity_long", "a": "1.3", "b": "2"} in found.parameters


def test_another_answer_to_the_second_question_is_said(runs):
    a = finished.read(runs("a"))
    b = replace(a, name="b", calls=a.calls.assign(was_it_r1="too small"))
    found = compare.compare(a, b)
    assert [c.id for c in found.flipped] == found.as_dict()["moved"] == ["C21"]
    assert "Was it R1? Too small to matter 0 to 1, cannot be told 1 to 0." in pages.answer(found)
    words = pages.prepared(found, a, b)
    assert [line.split(":")[0] for line in words["tallies"]] == ["a", "b"]
    assert words["calls"][0]["b_verdict"] == "cannot be told; R1? too small to matter"


def test_a_run_from_before_calls_had_two_answers_is_refused_in_one_line(runs):
    a = finished.read(runs("a"))
    old = replace(a, name="old", calls=a.calls.drop(columns="was_it_r1"))
    with pytest.raises(UserError, match=r"^run old: calls.csv has no column was_it_r1: .*render it again$"):
        compare.compare(a, old)


def test_a_run_against_itself_differs_in_nothing(runs):
    run = finished.read(runs("a"))
    found = compare.compare(run, run)
    assert found.figures == found.parameters == found.flipped == found.claims == ()
    assert pages.prepared(found, run, run)["answer"].startswith("The two runs give the same")


def test_page_paper_and_json_are_written(runs, tmp_path):
    runs("a")
    runs("b", value=4.0, low=3.0, high=5.0, band="won", p=0.7, width=300)
    lines = []
    found = comparing.write("a", "b", root=tmp_path, progress=lines.append)
    folder = tmp_path / "compare" / "a--b"
    page = (folder / "index.html").read_text()
    assert "A &lt;b&gt;ratio&lt;/b&gt;" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "+30" in page
    assert "apart" in page
    assert (folder / "report.pdf").read_bytes()[:5] == b"%PDF-"
    assert json.loads((folder / "comparison.json").read_text())["flipped"] == ["C21"]
    assert len(found.flipped) == 1
    assert lines[0] == "1 verdict changes: Nvidia (long). 1 figure differs; its intervals no longer meet."


def test_both_findings_of_an_exhibit_stand_over_their_drawings(runs, tmp_path):
    runs("a")
    runs("b", width=300)
    comparing.write("a", "b", root=tmp_path)
    page = (tmp_path / "compare" / "a--b" / "index.html").read_text()
    assert "1 drawing differs, 1 with another finding." in page
    for width, run in ((100, "a"), (300, "b")):
        title = f"Wide &lt;{width}&gt; &amp; so on"
        assert f'<p class="moved">{title}</p>' in page
        assert f'aria-label="{title}, {run}"' in page
    assert "<title>Wide" not in page
    paper = squeezed("".join(page_texts((tmp_path / "compare" / "a--b" / "report.pdf").read_bytes())))
    assert squeezed("Wide <100> & so on") in paper
    assert squeezed("Wide <300> & so on") in paper


def test_a_run_whose_drawings_have_no_titles_is_compared_by_their_names(runs, tmp_path):
    for name, width in (("a", 100), ("b", 300)):
        (runs(name) / "exhibits" / "x.svg").write_text(SVG.format(w=width))
    comparing.write("a", "b", root=tmp_path)
    page = (tmp_path / "compare" / "a--b" / "index.html").read_text()
    assert 'aria-label="x, a"' in page


def test_intervals_that_still_meet_are_said_to(runs):
    a, b = finished.read(runs("a")), finished.read(runs("b", value=1.2))
    said = pages.answer(compare.compare(a, b))
    assert said == "No verdict changes. 1 figure differs; no intervals came apart."


def test_what_was_set_is_said_in_words(runs):
    def row(dist, *values):
        return {"dist": dist, "values": [*values, None][:3], "choice": "base"}

    said = [
        compare._distribution(row(*r))
        for r in (("pert", -0.5, 0.1, 0.8), ("uniform", 1, 2), ("setting", 3, None), ("choice", None, None))
    ]
    assert said == ["−0.5 to 0.8, most likely 0.1", "1 to 2", "3", "base"]


def test_many_figures_fold_after_the_first(runs, tmp_path):
    a, b = finished.read(runs("a")), finished.read(runs("b", value=4.0, low=3.0, high=5.0))
    found = compare.compare(a, b)
    many = replace(found, figures=found.figures * 40)
    page = pages.render_page(many, pages.prepared(many, a, b))
    shown, folded = page.split("<details>")[0], page.split("<details>")[1]
    assert shown.count("a.ratio") == pages.FIRST_FIGURES
    assert folded.count("a.ratio") == 40 - pages.FIRST_FIGURES


def test_a_run_that_is_not_there_is_said_in_one_line(runs, tmp_path):
    runs("a")
    with pytest.raises(UserError, match=r"B is 'b', allowed: a run \(a\)"):
        comparing.write("a", "b", root=tmp_path)


def test_a_run_without_a_file_is_said_in_one_line(runs):
    folder = runs("a")
    (folder / "calls.csv").unlink()
    with pytest.raises(UserError, match=r"report/a: calls\.csv is missing"):
        finished.read(folder)


def test_a_broken_run_is_said_in_one_line(runs):
    folder = runs("a")
    (folder / "figures.json").write_text("{")
    with pytest.raises(UserError, match="report/a: not readable as a run"):
        finished.read(folder)


INPUTS = {"code": "c", "data": "d", "notebooks": "n", "lock": "l", "templates": "t"}


def test_a_run_says_what_it_changed_against_base(runs):
    runs("base", inputs=INPUTS)
    moved = runs("b", value=4.0, band="won", low=3.0, high=5.0, inputs={**INPUTS, "templates": "u"})
    assert comparing.against_base(moved) == (
        "against base: 1 verdict changes: Nvidia (long). 1 figure differs; its intervals no longer meet. "
        "All of it: make compare A=base B=b"
    )


@pytest.mark.parametrize(
    "inputs", [None, {}, *({**INPUTS, part: "x"} for part in ("code", "data", "notebooks", "lock"))]
)
def test_a_run_of_other_code_or_data_than_base_says_nothing_of_it(runs, inputs):
    base = runs("base", inputs=INPUTS)
    assert comparing.against_base(base) is None
    assert comparing.against_base(runs("b", value=4.0, low=3.0, high=5.0, inputs=inputs)) is None


def test_a_run_like_base_says_so(runs):
    runs("base", inputs=INPUTS)
    said = comparing.against_base(runs("b", inputs=INPUTS))
    assert said == "against base: the same figures and the same verdicts"


def test_a_run_without_a_base_says_nothing_of_it(runs):
    assert comparing.against_base(runs("b", inputs=INPUTS)) is None
