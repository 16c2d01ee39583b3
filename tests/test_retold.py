"""Notebooks told in other words or drawn in other colours without a run: to the very bytes that a run gives, or not at all."""

import json

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepseek_era import notebook as contract
from deepseek_era import prose
from deepseek_era.book.stripped import KERNEL
from deepseek_era.building import cache, execute, reached, retold
from deepseek_era.charts import base, theme
from deepseek_era.parameters import resolve

OWN = """from deepseek_era.notebook import publish, record, show, start
from deepseek_era import charts
import altair as alt
import pandas as pd

model = start(globals())"""
NUMBERS = """record("own.fall", -17.0, -20.0, -14.0, unit="%", kind="observed", label="Own return")
fell = ["Nvidia", "Broadcom"]
rose, most, none = [], 3, float("nan")"""
COLOUR = theme.TOKENS["d1"]
NEAR = f"{COLOUR[:-1]}{(int(COLOUR[-1], 16) + 2) % 16:X}"
"""Another that no token has."""
SHOWN = f"""frame = pd.DataFrame({{"a": [1, 2], "b": [3, 4]}})
drawn = alt.Chart(frame).mark_bar(color="{COLOUR}").encode(x="a:Q", y="b:Q")
show(drawn, name="own-bars", title="Bars", subtitle="Both", source="Own", alt="Two bars.")"""
PARAGRAPH = "%%prose\n{{ fell | listed }} fell by {{ own.fall }}."
LATER = "%%prose\n{% if sure %}Certainly.{% else %}Perhaps.{% endif %} See {{ ref:own-bars }}."


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a folder of notebooks whose kept runs lie beside them."""
    monkeypatch.setenv("DEEPSEEK_ERA_NOTEBOOKS", str(tmp_path))
    monkeypatch.setattr(cache, "CACHE", tmp_path / "cache")
    return tmp_path


def written(folder, paragraph=PARAGRAPH, title="# Own part\n\nA line.", later=LATER, shown=SHOWN):
    cells = [
        nbformat.v4.new_markdown_cell(title, id="title"),
        nbformat.v4.new_code_cell("seed = 1", id="parameters", metadata={"tags": ["parameters"]}),
        *(
            nbformat.v4.new_code_cell(text, id=f"cell-{n}")
            for n, text in enumerate((OWN, NUMBERS, paragraph, shown))
        ),
        nbformat.v4.new_code_cell("sure = len(fell) > 1\nfell = []", id="turn"),
        nbformat.v4.new_code_cell(later, id="later"),
    ]
    path = folder / "01-n.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": dict(KERNEL)}), path)
    return path


def run(path):
    (ran,) = execute.run_notebooks([path], {"seed": 1}, drawers=Undrawn())
    return ran


class Undrawn:
    """Drawers that leave everything pending, as the build's do until all notebooks have run."""

    pipes = ()

    def add(self, name, document):
        """Leave it."""

    def take(self, ready):
        """Take nothing."""
        assert not list(ready)


def kept(path, ran):
    cache.keep(path, resolve(), ran.document, list(ran.read), list(ran.used), ran.files, words=ran.words)
    return cache.find(path, resolve())


def said(document):
    """Return what a notebook's cells say and show; papermill's times and the id of its cell are new with every run."""
    marks = [{k: c.metadata[k] for k in ("tags", "calls") if k in c.metadata} for c in document.cells]
    cells = [(c.cell_type, c.source, c.get("outputs"), c.get("attachments")) for c in document.cells]
    return list(zip(cells, marks, strict=True))


def test_an_edited_paragraph_is_told_as_a_run_tells_it(place):
    path = written(place)
    assert kept(path, run(path)).reason == "unchanged"
    edits = {
        "paragraph": "%%prose\n  On that day {{ own.fall | value }}: {{ fell | listed }} fell{% if not rose and most > 2 %}, "
        "nobody rose{% endif %}. `{{ code }}`\n\n",
        "title": "# Another title\n\nAnother line, $x$.",
        "later": "%%prose\n{% if sure and not fell %}So it is.{% endif %}",
    }
    path = written(place, **edits)
    further = nbformat.read(path, 4)
    further.cells.insert(
        2, nbformat.v4.new_markdown_cell("A paragraph more.", id="more", metadata={"calls": ["C01"]})
    )
    further.cells.append(further.cells.pop(0))
    nbformat.write(further, path)
    found = cache.find(path, resolve())
    assert found.reason == "told in its new words"
    assert said(found.document) == said(run(path).document)
    assert cache.find(written(place), resolve()).reason == "unchanged"


@pytest.mark.parametrize(
    "paragraph",
    ["%%prose\n{{ own.fell }} fell.", "%%prose\n{{ sure }}", "fell = 1", "%%prose\n{% if %}", "%%time\nfell"],
    ids=["no such number", "a later word", "code", "no Jinja", "another magic"],
)
def test_what_a_kernel_must_say_or_do_takes_a_run(place, paragraph):
    path = written(place)
    kept(path, run(path))
    found = cache.find(written(place, paragraph), resolve())
    assert (found.document, found.reason) == (None, "notebook 01-n changed")


def test_an_edited_colour_is_drawn_as_a_run_draws_it(place, monkeypatch):
    path = written(place)
    kept(path, run(path))
    tokens = theme.theme_file()["tokens"]
    light = {**tokens["light"], "d1": NEAR}
    changed = {**theme.theme_file(), "tokens": {**tokens, "light": light}}
    monkeypatch.setattr(theme, "theme_file", lambda: changed)
    monkeypatch.setattr(theme, "TOKENS", light)
    found = cache.find(path, resolve())
    assert found.reason == "drawn in the new colours"
    theme.enable.cache_clear()
    # kernels fork from this process, with its theme; the cell names its colour itself
    again = run(written(place, shown=SHOWN.replace(COLOUR, NEAR)))
    theme.enable.cache_clear()
    assert said(found.document)[-3:] == said(again.document)[-3:]
    assert [c.get("outputs") for c in found.document.cells] == [
        c.get("outputs") for c in again.document.cells
    ]
    cells = json.dumps(again.document)
    assert NEAR in cells
    assert COLOUR not in json.dumps([c.get("outputs") for c in found.document.cells])


def drawn(colour=COLOUR, **data):
    bundle = {contract.EXHIBIT: {"svg_narrow": f'vega-lite:{{"color": "{colour}"}}'}, **data}
    return {"cells": [{"outputs": [{"data": bundle}]}]}


@pytest.mark.parametrize(
    ("document", "change"),
    [
        (drawn(**{"image/png": "iVBO"}), {}),
        (drawn(**{"image/svg+xml": "<svg/>"}), {}),
        (drawn(**{"text/html": "<p><svg/></p>"}), {}),
        (drawn(**{"application/vnd.vegalite.v6+json": {}}), {}),
        (drawn(COLOUR.lower()), {}),
        (drawn(), {"d1": theme.TOKENS["d2"]}),
        (drawn(), {"d1": "purple"}),
        (drawn(), {"d9": "#7A4A91"}),
    ],
    ids=["picture", "drawing", "inline", "live", "spelling", "another's", "name", "new"],
)
def test_colours_that_cannot_be_told_apart_take_a_run(document, change):
    now = {**theme.TOKENS, **({"d1": NEAR} | change)}
    assert retold.in_other_colours(document, theme.TOKENS, now) is None


@given(st.permutations(sorted(theme.TOKENS)))
@settings(max_examples=30)
def test_colours_that_change_places_do_not_run_into_each_other(names):
    moved = names[: len(names) // 2]
    turned = {
        **theme.TOKENS,
        **{a: theme.TOKENS[b] for a, b in zip(moved, [*moved[1:], moved[0]], strict=True)},
    }
    document = {"cells": [{"outputs": [{"data": theme.TOKENS}]}]}
    found = retold.in_other_colours(document, theme.TOKENS, turned)
    assert found == {"cells": [{"outputs": [{"data": turned}]}]}


TEXTS = st.dictionaries(
    st.sampled_from("abcd"),
    st.one_of(st.text(max_size=3), st.booleans(), st.floats(), st.lists(st.text(max_size=2))),
)


@given(st.lists(TEXTS, max_size=6))
def test_words_come_back_as_they_were_at_each_cell(words):
    told = json.loads(json.dumps(contract._changes(words)))
    assert repr(contract.words_in_turn(told)) == repr(
        [{k: w[k] for k in found} for w, found in zip(words, contract.words_in_turn(told), strict=True)]
    )
    assert [found.keys() for found in contract.words_in_turn(told)] == [w.keys() for w in words]


def test_tables_of_a_chart_are_named_in_turn_whatever_they_hold():
    import altair as alt
    import pandas as pd

    def chart(colour):
        layers = [
            alt.Chart(pd.DataFrame({"a": [i], "c": [colour]})).mark_point().encode(x="a:Q") for i in (1, 2, 1)
        ]
        return base.specification(alt.layer(*layers))

    one, other = chart("#000001"), chart("#000002")
    assert list(one["datasets"]) == ["data-1", "data-2"]
    assert [layer["data"]["name"] for layer in one["layer"]] == ["data-1", "data-2", "data-1"]
    assert json.loads(json.dumps(one).replace("#000001", "#000002")) == other


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda b: b.replace(b"Nvidia", b"Nvidja"), lambda b: b"{}"]
)
def test_a_damaged_run_counts_for_nothing(place, damage):
    path = written(place)
    kept(path, run(path))
    (entry,) = (place / "cache").rglob("*.json")
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))
    assert cache.find(path, resolve()) == (None, "first run", {})
    entry.write_bytes(whole)
    assert cache.find(path, resolve()).reason == "unchanged"


@pytest.mark.parametrize("damage", ["", "[", '["x", {}]', "[1, 2]", '["x", {"k": ["os"]}]', "null"])
def test_damaged_imports_are_looked_up_anew(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(reached, "KEPT", tmp_path / "imports.json")
    document = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("from deepseek_era.cost import price")]
    )

    def found():
        reached._module_imports.cache_clear()
        monkeypatch.setattr(reached, "_kept", reached._Kept())
        return reached.modules_of(document)

    before = found()
    assert "deepseek_era.cost.price" in before
    whole = reached.KEPT.read_text()
    assert found() == before
    reached.KEPT.write_text(damage)
    assert found() == before
    assert reached.KEPT.read_text() == whole
    reached._module_imports.cache_clear()


def test_prose_may_not_use_a_list_too_long_to_keep(place):
    words = [{"many": ["a"] * (contract._LONG_LIST + 1), "few": ["a"]}]
    (left,) = contract.words_in_turn(contract._changes(words))
    assert left == {"few": ["a"]}
    with pytest.raises(prose.ProseError, match="saw Undefined"):
        contract.told("{{ many | listed }}", prose.Vocabulary(words=left))
