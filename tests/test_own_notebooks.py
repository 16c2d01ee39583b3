"""Notebooks as people have them: magics, pictures, links, plain outputs, files of their own, odd names, any editor."""

import base64
import contextlib
import dataclasses
import json
import re
import shutil

import nbformat
import pandas as pd
import pytest
from fixture_pdf import page_texts, squeezed
from fixtures_report import sample_report

from deepseek_era import charts
from deepseek_era import notebook as contract
from deepseek_era.book import collect, manuscript, native, references, stripped
from deepseek_era.building import build, cache, execute, forks
from deepseek_era.building.drawers import Drawers
from deepseek_era.charts import base
from deepseek_era.errors import UserError
from deepseek_era.pages.html import render_html
from deepseek_era.pages.pdf import render_pdf
from deepseek_era.parameters import resolve
from deepseek_era.tables import ROOT

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script><rect width="9" height="9"/></svg>'
START = "from deepseek_era.notebook import start\nmodel = start(globals())"
RATES = pd.DataFrame({"rate": [1.0]})
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def notebook(folder, stem, *cells, minor=5, metadata=None, title="# Own part\n\nA line."):
    """Write a notebook: texts are code; pairs are markdown with attachments."""
    listed = [
        {"cell_type": "markdown", "metadata": {}, "source": title},
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": 'vintage = "latest"\nseed = 1'},
    ]
    for cell in cells:
        if isinstance(cell, tuple):
            listed.append(
                {"cell_type": "markdown", "metadata": {}, "source": cell[0], "attachments": cell[1]}
            )
        else:
            listed.append({"cell_type": "code", "metadata": {}, "source": cell})
    for number, cell in enumerate(listed):
        if minor >= 5:
            cell["id"] = f"own-{number}"
        if cell["cell_type"] == "code":
            cell |= {"execution_count": None, "outputs": []}
    document = {
        "cells": listed,
        "metadata": {"kernelspec": KERNEL} if metadata is None else metadata,
        "nbformat": 4,
        "nbformat_minor": minor,
    }
    path = folder / f"{stem}.ipynb"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_ERA_NOTEBOOKS", str(tmp_path))
    # typst's threads, once started here by another test, do not survive the fork that a build makes
    monkeypatch.setattr(forks, "beside", lambda make, what="": contextlib.nullcontext(make))
    return tmp_path


def shown(found):
    """Return page and paper of the invented report with these sections behind its own."""
    plain = sample_report()
    report = dataclasses.replace(plain, sections=(*plain.sections, *found.sections), outputs=found.outputs)
    paper = "".join(page_texts(render_pdf(report))).replace("\u200b", "").replace("\u00ad", "")
    return render_html(report), paper


def gathered(paths):
    """Return what collecting unrun notebooks of prose finds."""
    refs, _ = manuscript.check(paths)
    executed = [execute.Executed(path.stem, manuscript.read(path), 0.0) for path in paths]
    return collect.gather(executed, refs)


@pytest.mark.parametrize(
    "second", [{"name": "older"}, {"was": ("one",)}, {"files": {"older": ("A check", RATES)}}]
)
def test_an_exhibit_that_another_took_the_place_of_lends_its_name_to_nobody(second):
    texts = dict.fromkeys(("title", "subtitle", "source", "alt"), "A line.")
    made = [{"name": "one", "was": ("older",)}, {"name": "two", **second}]
    outputs = [
        nbformat.v4.new_output(
            "display_data", {contract.EXHIBIT: base.payload(charts.exhibit(RATES, **texts, **one))}
        )
        for one in made
    ]
    cells = [
        nbformat.v4.new_markdown_cell("# Own part"),
        nbformat.v4.new_code_cell("", id="mine", outputs=outputs),
    ]
    taken = second.get("was", ["older"])[0]
    with pytest.raises(
        UserError, match=rf"^notebooks/07-own\.ipynb, cell mine: exhibit name {taken} is taken"
    ):
        collect.gather([execute.Executed("07-own", nbformat.v4.new_notebook(cells=cells), 0.0)])


# --- names, formats, editors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stem", "slug"),
    [
        ("03-market", "market"),
        ("05-winners-losers", "winners-losers"),
        ("07-my part", "my-part"),
        ("07-Übersicht & Märkte", "Ubersicht-Markte"),
        ('07-a.b:c#d"e<f>', "a-b-c-d-e-f"),
        ("07-data", "data-part"),
        ("07-sources", "sources-part"),
        ("07-C01", "C01-part"),
    ],
)
def test_a_name_becomes_an_id_that_is_valid_and_no_other_place_of_the_page(stem, slug):
    assert manuscript.slug(stem) == slug


def test_a_name_in_another_script_has_an_id_that_stays():
    first, second = (manuscript.slug(f"07-{name}") for name in ("市场", "力量"))
    assert re.fullmatch(r"part-[0-9a-f]{8}", first)
    assert first != second
    assert first == manuscript.slug("08-市场")


@pytest.mark.bad_input("notebooks")
@pytest.mark.parametrize(
    ("stems", "said"),
    [
        (["03-market", "07-market"], r"notebooks/07-market\.ipynb: .*same name .*notebooks/03-market\.ipynb"),
        (["03-my part", "07-my-part"], r"notebooks/07-my-part\.ipynb: .*same name"),
        (["03-Market", "07-market"], r"notebooks/07-market\.ipynb: .*same name"),
        (["03-market", "7-mine"], r"notebooks/7-mine\.ipynb: its name sorts nowhere, allowed: two digits"),
        (["03-market", "007-mine"], r"notebooks/007-mine\.ipynb: its name sorts nowhere"),
        (["03-market", "07_mine"], r"notebooks/07_mine\.ipynb: its name sorts nowhere"),
        (["03-market", "07-"], r"notebooks/07-\.ipynb: its name sorts nowhere"),
    ],
)
def test_names_that_clash_or_sort_nowhere_are_refused_by_name(folder, stems, said):
    for stem in stems:
        notebook(folder, stem)
    with pytest.raises(UserError, match=said) as caught:
        manuscript.paths()
    assert len(str(caught.value).splitlines()) == 1


def with_role(role):
    return {"kernelspec": KERNEL, manuscript.METADATA: {"role": role}}


@pytest.mark.bad_input("notebooks")
@pytest.mark.parametrize(
    ("second", "said"),
    [
        (
            with_role("verdict"),
            "07-b.ipynb: metadata deepseek_era.role: saw 'verdict', allowed: paper, claims, cost, market, "
            "capacity, verdicts, scorecard (nearest: verdicts)",
        ),
        (
            with_role("claims"),
            "07-b.ipynb: metadata deepseek_era.role: saw 'claims', which notebooks/01-a.ipynb has; "
            "allowed: one notebook a role",
        ),
        (
            with_role(["claims"]),
            "07-b.ipynb: metadata deepseek_era.role: saw \"['claims']\", allowed: paper, claims, cost",
        ),
        (
            {"deepseek_era": "claims"},
            "07-b.ipynb: metadata deepseek_era: saw 'claims', allowed: {\"role\": …}",
        ),
    ],
)
def test_a_role_that_there_is_not_or_that_another_has_is_one_line(folder, second, said):
    notebook(folder, "01-a", metadata=with_role("claims"))
    notebook(folder, "07-b", metadata=second)
    with pytest.raises(UserError) as caught:
        manuscript.paths()
    assert str(caught.value).startswith(f"notebooks/{said}")
    assert len(str(caught.value).splitlines()) == 1


def test_claims_cards_and_the_first_screen_follow_a_notebook_that_is_renamed(folder):
    notebook(folder, "02-what-is-said", metadata=with_role("claims"))
    notebook(folder, "03-own")
    notebook(folder, "08-who", metadata=with_role("verdicts"))
    sections = gathered(manuscript.paths()).sections
    assert [(s.number, s.role) for s in sections] == [(1, "claims"), (2, ""), (3, "verdicts")]
    plain = sample_report()
    page = render_html(dataclasses.replace(plain, sections=tuple(sections)))
    parts = dict(re.findall(r'<section class="sec" id="section-([^"]+)"(.*?)</section>', page, re.DOTALL))
    for what, slug in (("claim-F01", "what-is-said"), ("card-C01", "who"), ("beliefs", "who")):
        assert [name for name, part in parts.items() if f' id="{what}"' in part] == [slug]
    (one, other), paper = (
        ("Claim 1 of the article", "Market scare due to"),
        "".join(page_texts(render_pdf(dataclasses.replace(plain, sections=tuple(sections))))),
    )
    assert 0 < paper.index(squeezed(one)) < paper.rindex("OwnpartAline") < paper.index(squeezed(other))


def test_a_scratch_notebook_is_no_part_and_no_mistake(folder):
    path = notebook(folder, "01-a")
    notebook(folder, "Untitled")
    assert manuscript.paths() == [path]
    assert manuscript.left_out(folder) == ["Untitled.ipynb"]


@pytest.mark.bad_input("notebooks")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []},
            "saw notebook format 3, allowed: 4",
        ),
        ({"nbformat": 2, "nbformat_minor": 0, "metadata": {}}, "saw notebook format 2"),
        (
            {
                "nbformat": 4,
                "nbformat_minor": 5,
                "metadata": {"kernelspec": {"name": "ir", "language": "R"}},
                "cells": [],
            },
            "language 'R', allowed: python",
        ),
    ],
)
def test_a_notebook_that_cannot_run_here_is_one_line(folder, content, said):
    (folder / "01-a.ipynb").write_text(json.dumps(content))
    with pytest.raises(UserError, match=re.escape(said)) as caught:
        manuscript.paths()
    assert len(str(caught.value).splitlines()) == 1


def test_a_notebook_of_any_editor_runs_and_its_cells_keep_their_ids(folder):
    old = notebook(folder, "01-a", "x = 1\nprint(x)", "print(2)", minor=4, metadata={})
    twice = notebook(folder, "02-b", "print(3)")
    content = json.loads(twice.read_text())
    content["cells"][2]["id"] = "own-0"
    twice.write_text(json.dumps(content))
    for path in (old, twice):
        ids = [cell.id for cell in manuscript.read(path).cells]
        assert len(set(ids)) == len(ids)
        manuscript._read_at.cache_clear()
        assert [cell.id for cell in manuscript.read(path).cells] == ids
    (ran,) = execute.run_notebooks([old], {"seed": 2})
    assert "".join(o.text for c in ran.document.cells for o in c.get("outputs", [])) == "1\n2\n"


@pytest.mark.parametrize(
    "source",
    [
        "Words.\n\n```python\n# a comment\nprint(1)\n```",
        "~~~~\n# a comment\n~~~\nstill code\n~~~~\n\nWords.",
        "<!-- # hidden -->\nWords.",
        "Words, `# no title`.",
    ],
)
def test_a_comment_in_code_is_no_title(folder, source):
    path = notebook(folder, "01-a", title=source)
    with pytest.raises(UserError, match=r"notebooks/01-a\.ipynb: no first cell with a title"):
        manuscript.check([path])
    found = gathered([notebook(folder, "01-a", title=f"{source}\n\n# The title\n\nmore")])
    assert found.sections[0].title == "The title"
    assert "a comment" not in found.sections[0].title


def test_a_title_underlined_is_a_title(folder):
    found = gathered([notebook(folder, "01-a", title="The title\n=========\n\nDek.")])
    assert (found.sections[0].title, found.sections[0].dek) == ("The title", "Dek.")


# --- prose -----------------------------------------------------------------------------------------------------------


@pytest.mark.bad_input("notebooks")
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("See [later]().", "link 'later' has no address"),
        ("See [later](<>).", "has no address"),
        ("See [later][x].\n\n[x]: <>", "has no address"),
        ("See [a](#nowhere-at-al).", "link to '#nowhere-at-al': no such heading (nearest: nowhere-at-all)"),
        ("See [a](02-b.ipynb#nowhere).", "no such heading"),
        ("See [a](javascript:alert).", "link to 'javascript:alert', allowed: http, https, mailto"),
        ("![](own.png)", "has no alternative text"),
        ("![pic](https://example.org/a.png)", "is remote, allowed: a file beside the notebook"),
        ("![pic](//example.org/a.png)", "allowed: a file beside the notebook"),
        ("![pic](none.png)", "'none.png': No such file"),
        ("![pic](attachment:none.png)", "the cell has no such attachment (nearest: one.png)"),
        ("![pic](broken.png)", "picture 'broken.png': no picture of a known kind"),
        ("![pic](torn.png)", "picture 'torn.png' cannot be read as png"),
        ("![pic](data:image/png;base64,AAAA)", "no picture of a known kind"),
        ('<img src="own.png">', "a picture as HTML (<img>), allowed: ![what it shows](file)"),
    ],
)
def test_what_cannot_be_set_is_one_line_before_any_kernel(folder, source, said, monkeypatch):
    (folder / "own.png").write_bytes(PNG)
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "torn.png").write_bytes(PNG[:40])
    one = {"one.png": {"image/png": base64.b64encode(PNG).decode()}}
    paths = [
        notebook(folder, "01-a", (source, one), ("## Nowhere at all", {})),
        notebook(folder, "02-b"),
    ]
    with pytest.raises(UserError) as caught:
        build.check_pictures(manuscript.check(paths)[0])
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith("notebooks/01-a.ipynb, cell own-2: ")
    assert said in str(caught.value)


def test_code_may_show_what_prose_may_not(folder):
    path = notebook(folder, "01-a", ("`[a]()` and\n\n```\n<img src=x> ![](http://a/b.png) [x](#no)\n```", {}))
    assert gathered([path]).sections[0].blocks


LINKS = {
    "[jupyterlab](#Second-part)": "section-a--second-part",
    "[github](#second-part)": "section-a--second-part",
    "[*with* `marks`](<#Second-part>)": "section-a--second-part",
    "[by name][n]\n\n[n]: #Second-part": "section-a--second-part",
    "[again](#second-part-1)": "section-a--second-part-1",
    "[letters](#Was-heißt-das?)": "section-a--was-heit-das",
    "[escaped](#Was-hei%C3%9Ft-das?)": "section-a--was-heit-das",
    "[underlined](#Under-line)": "section-a--under-line",
    "[own id](#mine)": "section-a--named",
    "[title](#Own-part)": "section-a",
    "[other notebook](02-b.ipynb)": "section-b",
    "[its heading](./02-b.ipynb#Over-there)": "section-b--over-there",
}


def test_links_to_headings_work_on_page_and_paper(folder):
    heads = "## Second part\n\nx\n\n## Second part\n\n### Was heißt das?\n\nUnder *line*\n-----\n\nx\n## Named {#mine}"
    links = notebook(folder, "01-a", *((link, {}) for link in LINKS), (heads, {}))
    page, paper = shown(gathered([links, notebook(folder, "02-b", ("## Over there", {}))]))
    for source, anchor in LINKS.items():
        assert page.count(f'id="{anchor}"') == 1, source
    wanted = [*LINKS.values()]
    assert [a for a in re.findall(r'<a href="#(section-[ab][^"]*)">', page) if a in wanted][
        -len(wanted) :
    ] == wanted
    assert "Secondpart" in squeezed(paper)
    assert 'id="mine"' not in page


def test_pictures_of_every_usual_kind_are_embedded_with_their_words(folder):
    (folder / "p.png").write_bytes(PNG)
    (folder / "a b.gif").write_bytes(GIF)
    (folder / "v.svg").write_bytes(SVG)
    text = base64.b64encode(PNG).decode()
    cells = [
        ("![one *pasted*](attachment:image.png)", {"image.png": {"image/png": text}}),
        ("![another](attachment:image.png)", {"image.png": {"image/gif": base64.b64encode(GIF).decode()}}),
        ('![local "quoted" #x](p.png) ![blank](<a b.gif>) ![escaped](a%20b.gif)', {}),
        ("![drawn](v.svg) ![inline](data:image/png;base64," + text + ")", {}),
        ("![named][p]\n\n[p]: p.png", {}),
    ]
    paths = [notebook(folder, "01-a", *cells)]
    refs, files = manuscript.check(paths)
    build.check_pictures(refs)
    assert {name.rpartition("/")[2] for name in files} == {"p.png", "a b.gif", "v.svg"}
    page, _ = shown(gathered(paths))
    found = dict(re.findall(r'<img src="data:image/[^"]*" alt="([^"]*)"()', page))
    assert set(found) == {
        "one pasted", "another", "local “quoted” #x", "blank", "escaped", "drawn", "inline", "named",
    }  # fmt: skip
    assert "<script>alert" not in page
    gif, png = ('alt="another"', 'alt="one pasted"')
    assert page.index("data:image/gif") < page.index(gif)
    assert page.index(png) < page.index(gif)


def test_the_texts_of_one_notebook_do_not_leak_into_another(folder):
    def cell(word):
        return (f"[name][n] note[^1] $\\m$ {word}\n\n[n]: https://{word}.example\n[^1]: note of {word}\n", {})

    bare = ("[name][n] note[^1] and [Second] x", {})
    paths = [
        notebook(folder, "01-a", cell("anna"), ("## Second\n\n(@) first", {})),
        notebook(folder, "02-b", cell("bert"), cell("carl")),
        notebook(
            folder, "03-c", bare, ("(@) second", {}), title="# Third\n\nDek[^1].\n\nmore\n\n[^1]: of the dek"
        ),
    ]
    page, paper = shown(gathered(paths))
    parts = dict(zip("abc", re.split(r'<section class="sec" id="section-[abc]"', page)[1:], strict=True))
    assert "anna.example" in parts["a"]
    assert "bert.example" in parts["b"]
    assert "carl.example" in parts["b"]
    assert "note of carl" in parts["b"]
    assert ".example" not in parts["c"]
    assert "[name][n] note[^1] and [Second] x" in parts["c"]
    assert "of the dek" in parts["c"]
    ids = re.findall(r'\sid="([^"]+)"', "".join(parts.values()))
    assert len(ids) == len(set(ids))
    for target in re.findall(r'href="#([^"]*fn[^"]*)"', page):
        assert f'id="{target}"' in page
    for word in ("noteofanna", "noteofbert", "noteofcarl", "ofthedek"):
        assert word in squeezed(paper)


def test_a_comment_in_prose_is_not_printed_and_one_in_code_is(folder):
    path = notebook(
        folder, "01-a", ("a<!-- secret\nlines -->b\n\n`<!-- shown -->`\n\n```\n<!-- fenced -->\n```", {})
    )
    page, paper = shown(gathered([path]))
    assert "secret" not in page
    assert "secret" not in paper
    assert "<p>ab</p>" in page
    for word in ("&lt;!-- shown --&gt;", "&lt;!-- fenced --&gt;"):
        assert word in page


KITCHEN = """Setext
------

words
## Right after words

- a
  - b

1. one
2. two

| a | b |
|--:|---|
| 1 | 2 |

term
: meaning

~~struck~~ H~2~O and x^2^ "quoted" -- dash

> a quotation

- [ ] open
- [x] done

    indented code

***

| line
| block
"""


def test_usual_markdown_is_set_on_page_and_paper(folder):
    page, paper = shown(gathered([notebook(folder, "01-a", (KITCHEN, {}))]))
    for word in ("Right after words", "meaning", "struck", "a quotation", "indented code", "block"):
        assert word in page
        assert squeezed(word) in squeezed(paper)


# --- what plain cells show -------------------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script> #panic() {{ x.y }} `b`{=html}"
CELLS = {
    "print": f"print('ZPRINT', {HOSTILE!r})",
    "frame": f"import pandas as pd\npd.DataFrame({{'ZCOL': [1.5, 2], 'w': [{HOSTILE!r}, 'y']}})",
    "indexed": "pd.DataFrame({('ZTOP', 'q'): [1], ('ZTOP', 'r'): [2]}, index=pd.Index(['ZROW'], name='ZINDEX'))",
    "styler": "pd.DataFrame({'ZSTYLE': [0.123]}).style.format('{:.1%}')",
    "series": "pd.Series([1, 2], name='ZSERIES')",
    "chart": "# alt: bars of ZCHART\nimport altair as alt\nalt.Chart(pd.DataFrame({'ZX': ['x'], 'b': [1]})).mark_bar().encode(x='ZX', y='b')",
    "markdown": f"from IPython.display import *\nMarkdown('## ZMARK *x*\\n\\n' + {HOSTILE!r})",
    "latex": "Math(r'\\alpha^2')",
    "png": f"# alt: ZPNG\nImage(data={PNG!r}, format='png')",
    "svg": f"# alt: ZSVG\nSVG(data={SVG.decode()!r})",
    "html table": "HTML('<table><tr><th>ZTH</th></tr><tr><td><b>ZTD</b></td></tr></table>')",
    "shell": "!echo ZSHELL",
    "magic": "%%time\nprint('ZTIME')",
    "number": "40 + 2",
    "object": "object()",
    "hidden": "'ZNOT'",
}
LEFT_OUT = {
    "html": ("HTML('<p>words</p>')", "its output (text/html) is left out"),
    "script": (
        "HTML('<table><tr><td>1</td></tr></table><script>x</script>')",
        "its output (text/html) is left out",
    ),
    "widget": (
        "display({'application/vnd.jupyter.widget-view+json': {}, 'text/plain': 'w'}, raw=True)",
        "its output (application/vnd.jupyter.widget-view+json) is left out",
    ),
    "stderr": ("import sys\nprint('x', file=sys.stderr)", "what it says on stderr is left out"),
    "remote data": (
        "alt.Chart('https://example.org/a.csv').mark_bar().encode(x='a:Q')",
        "its chart is left out: its data stand at an address",
    ),
    "no words": (f"Image(data={PNG!r}, format='png')", "its picture has no alternative text"),
    "clock": ("%time x = 1", "its clock (%time) is left out"),
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Return two runs of a notebook of plain cells, what was collected, and page and paper with it."""
    folder = tmp_path_factory.mktemp("plain")
    path = notebook(folder, "01-plain", START, *CELLS.values(), *(code for code, _ in LEFT_OUT.values()))
    content = json.loads(path.read_text())
    content["cells"][2 + len(CELLS)]["metadata"]["tags"] = ["remove-output"]
    path.write_text(json.dumps(content))
    runs = []
    for _ in range(2):
        with Drawers() as drawers:
            ran = execute.run_notebooks([path], {"seed": 1}, drawers=drawers)
            drawers.finish(item.document for item in ran)
        runs.append(ran[0])
    found = collect.gather(runs[:1])
    return runs, found, *shown(found)


def test_what_plain_cells_show_is_on_page_and_paper(plain):
    _, _, page, paper = plain
    for word in (
        "ZPRINT",
        "ZCOL",
        "ZROW",
        "ZINDEX",
        "ZTOP",
        "ZSTYLE",
        "ZSERIES",
        "ZMARK",
        "ZTH",
        "ZTD",
        "ZSHELL",
        "ZTIME",
    ):
        assert word in page, word
        assert word in paper, word
    assert "12.3%" in page
    assert ">42<" in page
    assert "ZNOT" not in page
    for words in ("bars of ZCHART", "ZPNG", "ZSVG"):
        assert words in page  # as alternative text
    assert '<th scope="col"' in page.partition("ZCOL")[0].rpartition("<table>")[2]


def test_hostile_text_in_plain_outputs_is_text(plain):
    _, _, page, paper = plain
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3
    assert squeezed(paper).count(squeezed("<script>alert(1)</script> #panic() {{ x.y }}")) >= 3


def test_what_is_left_out_of_an_output_is_one_line_with_notebook_and_cell(plain):
    _, found, _, _ = plain
    for number, (_, said) in enumerate(LEFT_OUT.values(), start=3 + len(CELLS)):
        here = [line for line in found.left_out if f"notebooks/01-plain.ipynb, cell own-{number}: " in line]
        assert [line for line in here if said in line], said
    assert all(len(line.splitlines()) == 1 for line in found.left_out)


def test_plain_outputs_are_the_same_in_every_run(plain):
    runs, _, _, _ = plain
    first, second = (
        [json.loads(json.dumps(c.get("outputs", []))) for c in run.document.cells] for run in runs
    )
    assert first == second


def test_a_table_that_spans_cells_has_a_word_in_each():
    (table,) = native.tables_of(
        "<table><thead><tr><th colspan=2>a</th><th rowspan=2>b</th></tr><tr><th>c</th><th>d</th></tr></thead>"
        "<tr><td rowspan=2>1</td><td>2</td><td>3</td></tr><tr><td>4<td>5</table>"
    )
    assert table == (["a c", "a d", "b"], [["1", "2", "3"], ["1", "4", "5"]])
    assert native.tables_of("<table><tr><td>1</td></tr></table>")[0][0] == ["Column 1"]


# --- files that a notebook opens -------------------------------------------------------------------------------------

DOORS = {
    "open": "open({path!r}).read()",
    "pathlib": "from pathlib import Path\nPath({path!r}).read_bytes()",
    "pandas": "import pandas as pd\npd.read_csv({path!r})",
    "numpy": "import numpy\nnumpy.loadtxt({path!r}, skiprows=1)",
    "os": "import os\nos.read(os.open({path!r}, os.O_RDONLY), 9)",
    "cell of a shell": "!cat {path}",
    "another language": "import pyarrow.csv\npyarrow.csv.read_csv({path!r})",
    "in a function": "def f():\n    return open({path!r}).read()\nf()",
    "under a magic": "%%time\nopen({path!r}).read()",
}


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    """Return a folder, and the run of a notebook that reads a file through each door, imports, looks and edits."""
    folder = tmp_path_factory.mktemp("doors")
    cells = []
    for number, code in enumerate(DOORS.values()):
        path = folder / f"own-{number}.csv"
        path.write_text("v\n11\n")
        cells.append(code.format(path=str(path)))
    (folder / "own_helper.py").write_text("import own_inner\nfrom deepseek_era.cost import price\n")
    (folder / "own_inner.py").write_text("x = 1\n")
    (folder / "script.py").write_text("y = 2\n")
    (folder / "edited.csv").write_text("old")
    (folder / "many").mkdir()
    cells += [
        f"import sys\nsys.path.insert(0, {str(folder)!r})\nimport own_helper",
        f"%run {folder / 'script.py'}",
        f"text = open({str(folder / 'edited.csv')!r}).read()\nimport subprocess\n"
        f"subprocess.run(['sh', '-c', 'echo new > {folder / 'edited.csv'}'])\ntext",
        f"from pathlib import Path\nlist(Path({str(folder / 'many')!r}).glob('*.csv'))",
        f"try:\n    open({str(folder / 'later.csv')!r})\nexcept OSError:\n    pass",
        f"Path({str(folder / 'made.csv')!r}).write_text('a')\nopen({str(folder / 'made.csv')!r}).read()",
    ]
    path = notebook(folder, "01-n", *cells)
    (ran,) = execute.run_notebooks([path], {"seed": 1})
    return folder, path, ran


def edits():
    listed = [(f"own-{n}.csv", door) for n, door in enumerate(DOORS)]
    listed += [("own_helper.py", "import"), ("own_inner.py", "import of an import"), ("script.py", "%run")]
    return [*listed, ("later.csv", "what was not there"), ("many/new.csv", "a folder looked through")]


@pytest.mark.parametrize(("name", "door"), edits(), ids=[door for _, door in edits()])
def test_a_file_counts_through_whatever_door_it_was_read(doors, name, door, tmp_path, monkeypatch):
    folder, path, ran = doors
    monkeypatch.setattr(cache, "CACHE", tmp_path)
    files = {k: v for k, v in ran.files.items() if not k.endswith("edited.csv")}
    cache.keep(path, resolve(), ran.document, list(ran.read), list(ran.used), files)
    assert cache.find(path, resolve()).reason == "unchanged"
    file = folder / name
    before = file.read_bytes() if file.exists() else None
    file.write_text("v\n12\n")
    named = name.partition("/")[0]
    assert cache.find(path, resolve()).reason == f"file {named} changed"
    if before is None:
        file.unlink()
    else:
        file.write_bytes(before)
    assert cache.find(path, resolve()).reason == "unchanged"


def test_a_file_counts_with_the_bytes_that_were_read(doors, tmp_path, monkeypatch):
    import hashlib

    folder, path, ran = doors
    assert ran.files[str(folder / "edited.csv")] == hashlib.sha256(b"old").hexdigest()
    assert str(folder / "made.csv") not in ran.files  # its own work is no input
    monkeypatch.setattr(cache, "CACHE", tmp_path)
    cache.keep(path, resolve(), ran.document, list(ran.read), list(ran.used), ran.files)
    assert cache.find(path, resolve()).reason == "file edited.csv changed"


def test_modules_of_the_package_are_found_behind_magics_and_own_modules(doors):
    _, path, ran = doors
    reached = cache.modules_of(manuscript.read(path), ran.files)
    assert "deepseek_era.cost.price" in reached
    cell = nbformat.v4.new_code_cell("%%time\nfrom deepseek_era.capacity import aggregate\n!ls\nprint?")
    found = cache.modules_of(nbformat.v4.new_notebook(cells=[cell]))
    assert "deepseek_era.capacity.aggregate" in found


def test_the_reason_to_run_again_names_only_what_changed(folder, monkeypatch):
    monkeypatch.setattr(cache, "CACHE", folder / "cache")
    path = notebook(folder, "01-n", "from deepseek_era.cost import price")
    cache.keep(path, resolve(), manuscript.read(path), [], [])
    notebook(folder, "01-n", "from deepseek_era.capacity import aggregate")
    assert cache.find(path, resolve()).reason == "notebook 01-n changed"


# --- saving a notebook that was run ----------------------------------------------------------------------------------


def lab_saved(path):
    """Return a notebook of the project as JupyterLab saves it after a run."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for number, cell in enumerate(content["cells"]):
        cell["metadata"] |= {
            "collapsed": True,
            "execution": {"iopub.execute_input": "2026"},
            "jupyter": {"a": 1},
        }
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["x\n"]}]
    content["metadata"]["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
    content["metadata"]["language_info"] |= {"version": "3.12.1", "file_extension": ".py"}
    content["metadata"]["widgets"] = {}
    return (json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


@pytest.mark.parametrize("path", manuscript.paths(manuscript.NOTEBOOKS), ids=lambda p: p.stem)
def test_saving_a_run_notebook_changes_neither_digest_nor_diff(path):
    committed, saved = path.read_bytes(), lab_saved(path)
    assert stripped.source_of(saved) == stripped.source_of(committed)
    assert stripped.filtered(saved) == committed
    assert stripped.filtered(committed) == committed
    edited = saved.replace(b"vintage", b"vantage", 1)
    assert stripped.source_of(edited) != stripped.source_of(committed)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 1}', b'{"cells": [1]}', b"\xff"])
def test_the_filter_passes_on_what_is_no_notebook(content):
    assert stripped.filtered(content) == content


def test_the_filter_that_make_lab_sets_up_keeps_outputs_out_of_the_diff(tmp_path):
    import subprocess

    def git(*words, **more):
        return subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
            cwd=tmp_path, check=True, capture_output=True, text=True, **more,
        ).stdout  # fmt: skip

    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    command = re.search(r'filter\.notebooks\.clean "(.*)"', makefile)[1].replace("$(BIN)", ".venv/bin")
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    path = tmp_path / "notebooks" / "03-market.ipynb"
    shutil.copy(ROOT / "notebooks" / path.name, path)
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "a")
    path.write_bytes(lab_saved(ROOT / "notebooks" / path.name))
    assert git("diff", "--stat")  # a clone in which make lab never ran: git takes it as it is
    git("config", "--local", "filter.notebooks.clean", command)
    git("add", "-A")  # without the environment the filter lets everything through
    assert git("diff", "--cached", "--stat")
    git("reset", "-q")
    # the environment belongs to its own checkout: another reaches it by its address alone
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{ROOT}/.venv/bin/python" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    git("add", "notebooks")
    assert not git("diff", "--cached", "--stat")


def test_headings_and_code_are_told_apart():
    text = "# A\n\n```\n# no\n```\n\n`# no`\n\n## B ##\n"
    assert [m[2] for m in references.headings(text)] == ["A", "B"]
