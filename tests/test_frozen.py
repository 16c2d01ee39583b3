"""Editions: what is frozen stays, what changed has the cause that was given to it, and the feed can be read."""

import csv
import datetime as dt
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from lxml import etree

from deepseek_era import tables
from deepseek_era.book import finished
from deepseek_era.building import files
from deepseek_era.editions import causes, changes, feed, frozen, words
from deepseek_era.editions import tables as edition_tables
from deepseek_era.errors import UserError
from deepseek_era.figure import Figure
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.tables import ROOT

DAY, NEXT = "2026-11-23", "2026-12-24"
ATOM = "{http://www.w3.org/2005/Atom}"
bad_edition = pytest.mark.bad_input("manifests and editions that were touched")


def run_of(folder, *, vintage=DAY, band="won", value=1.0):
    """Return a small finished run."""
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure("cost.share", value, "ratio", "modelled", "a share", 0.9 * value, 1.1 * value)
    files.dump(folder / "figures.json", {figure.id: figure.as_dict("02-cost")})
    call = {"id": "C01", "band": band, "was_it_r1": "yes", "came_true": "partly"}
    pd.DataFrame([call]).to_csv(folder / "calls.csv", index=False)
    pd.DataFrame([{"id": "F01", "verdict": "true-with-context"}]).to_csv(folder / "claims.csv", index=False)
    parameters = {"vintage": vintage, "seed": 1, "scenario": "base", "overrides": {}, "rows": {}}
    files.dump(folder / "manifest.json", {"digest": "d" * 64, "inputs": {}, "parameters": parameters})
    return finished.read(folder)


@pytest.fixture
def data(tmp_path):
    """Return a folder of three tables: a fact, a parameter, a rule, each with two rows."""
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder, "tokens", "id,value", "a,1", "b,2")
    write(folder, "parameters", "id,as_of,p1", "gain,2025-01-31,3", "other,2025-01-31,4")
    write(folder, "branches", "id,value", "r,5", "s,6")
    return folder


def write(folder, name, *lines):
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture(autouse=True)
def declared(request, monkeypatch):
    """Declare the three tables of `data` where a test asks for them."""
    if "data" not in request.fixturenames:
        return
    groups = {
        "tokens": ("facts", "id"),
        "parameters": ("settings", ["id", "as_of"]),
        "branches": ("settings", "id"),
    }
    known = {
        n: {"group": g, "schema": {"primaryKey": k if isinstance(k, list) else [k]}}
        for n, (g, k) in groups.items()
    }
    monkeypatch.setattr(tables, "declared", lambda: known)


def frozen_at(root, data, run, day, **more):
    contents = frozen.contents_of(run, data) | more
    frozen.write(day, contents, frozen.record_of(day, run, contents, data), root)
    return frozen.read(day, root)


# --- freezing ------------------------------------------------------------------------------------------------------


def test_an_edition_holds_figures_answers_and_tables_as_they_were(tmp_path, data):
    run = run_of(tmp_path / "base")
    edition = frozen_at(tmp_path / "editions", data, run, DAY)
    assert edition.figures == run.figures
    assert edition.answers["C01"] == {"band": "won", "was_it_r1": "yes", "came_true": "partly"}
    assert edition.answers["F01"] == {"verdict": "true-with-context"}
    write(data, "tokens", "id,value", "a,9")
    assert edition.unpack(tmp_path / "old")
    assert (tmp_path / "old" / "tokens.csv").read_text() == "id,value\na,1\nb,2\n"
    assert frozen.days(tmp_path / "editions") == [DAY]


def test_the_same_tables_give_the_same_bytes(data):
    assert frozen.archive(data) == frozen.archive(data)


@bad_edition
@pytest.mark.parametrize(
    ("touch", "said"),
    [
        (lambda f: (f / "calls.csv").write_text("id\n"), "calls.csv: touched since it was frozen"),
        (lambda f: (f / "claims.csv").unlink(), "claims.csv: missing"),
        (lambda f: (f / "notes.txt").write_text(""), "notes.txt: was not frozen with it"),
        (lambda f: (f / "edition.json").write_text("{"), "edition.json: not readable"),
        (
            lambda f: (f / "edition.json").write_text('{"version": 9, "files": {}}'),
            "saw version '9', allowed: 1",
        ),
    ],
)
def test_an_edition_whose_files_were_touched_is_refused_in_one_line(tmp_path, data, touch, said):
    root = tmp_path / "editions"
    frozen_at(root, data, run_of(tmp_path / "base"), DAY)
    touch(root / DAY)
    with pytest.raises(UserError) as caught:
        frozen.every(root)
    assert str(caught.value).startswith(f"report/editions/{DAY}/")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@bad_edition
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", f"{DAY} has one already"),
        ("2026-11-22", "allowed: from 2026-11-23, where its facts end"),
        ("2027-01-01", "to 2026-12-31"),
        ("yesterday", "day 'yesterday', allowed"),
    ],
)
def test_a_day_that_cannot_be_is_refused_and_nothing_is_lost(tmp_path, data, asked, said):
    root = tmp_path / "editions"
    run = run_of(tmp_path / "base")
    before = frozen_at(root, data, run, DAY)
    with pytest.raises(UserError) as caught:
        frozen.check_day(asked, run, root, dt.date(2026, 12, 31))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert frozen.read(DAY, root).record == before.record


def test_a_second_edition_comes_after_the_first(tmp_path, data):
    root, run = tmp_path / "editions", run_of(tmp_path / "base")
    frozen_at(root, data, run, NEXT)
    assert frozen.check_day("2026-12-30", run, root, dt.date(2026, 12, 31)) == "2026-12-30"
    with pytest.raises(UserError, match=f"after {NEXT}"):
        frozen.check_day("", run, root, dt.date(2026, 12, 31))


def test_the_editions_kept_with_the_project_are_as_they_were_frozen():
    editions = frozen.every()
    assert editions[0].day == "2026-11-23"
    with (ROOT / "data" / "first_edition.csv").open(encoding="utf-8") as handle:
        first = {row["call"]: row["word_first"] for row in csv.DictReader(handle)}
    with (editions[0].folder / "calls.csv").open(encoding="utf-8") as handle:
        assert {row["id"]: row["agreement"] for row in csv.DictReader(handle)} == first


# --- what changed, and why -----------------------------------------------------------------------------------------


def toy(folder, figures):
    """Answer from three tables: a sum over facts times a parameter, won from a limit that is a rule."""
    value = {}
    for name in ("tokens", "parameters", "branches"):
        frame = pd.read_csv(Path(folder) / f"{name}.csv").set_index("id")
        value |= frame[frame.columns[-1]].to_dict()
    size = (value["a"] + value["b"]) * value["gain"]
    if size < 0:
        raise UserError("tokens: a sum below nought")
    won = "won" if size >= value["r"] else "lost"
    answers = {"C01": {"band": won, "was_it_r1": "yes", "came_true": "partly"}}
    figure = Figure("cost.share", size, "ratio", "modelled", "a share", 0.9 * size, 1.1 * size)
    return causes.State(answers, dict.fromkeys(figures, figure))


CHANGES = {
    "fact": ("tokens", ("id,value", "a,1", "b,-0.5"), "the fact tokens: b"),
    "parameter": (
        "parameters",
        ("id,as_of,p1", "gain,2025-01-31,0.5", "other,2025-01-31,7"),
        "the parameter gain",
    ),
    "rule": ("branches", ("id,value", "r,50", "s,6"), "the rule branches: r"),
}


def since(tmp_path, data, change, measure=toy):
    """Return what is said to have changed after `change` made another set of tables out of those of an edition."""
    state = toy(data, ["cost.share"])
    run = run_of(
        tmp_path / "base", band=state.answers["C01"]["band"], value=state.figures["cost.share"].value
    )
    edition = frozen_at(tmp_path / "editions", data, run, DAY)
    change()
    now = measure(data, ["cost.share"])
    answers = pd.DataFrame([{"id": k, **v} for k, v in now.answers.items()])
    return causes.since(edition, NEXT, now.figures, answers, data=data, measure=measure)


@pytest.mark.parametrize("kind", CHANGES)
def test_a_synthetic_edition_with_one_known_cause_is_attributed_to_it(tmp_path, data, kind):
    table, lines, said = CHANGES[kind]
    found = since(tmp_path, data, lambda: write(data, table, *lines))
    (turned,) = found["turned"]
    assert (turned["id"], turned["question"], turned["before"], turned["after"]) == (
        "C01",
        "band",
        "won",
        "lost",
    )
    assert turned["cause"]["kind"] == kind
    assert words.cause(turned["cause"]) == said
    # a limit turns an answer and moves no figure
    assert [words.cause(m["cause"]) for m in found["moved"]] == ([] if kind == "rule" else [said])


def test_what_no_table_explains_was_changed_by_the_code(tmp_path, data):
    def later(folder, figures):
        state = toy(folder, figures)
        return causes.State({"C01": {**state.answers["C01"], "band": "cannot be told"}}, state.figures)

    # a table that differs and changes nothing is not blamed
    found = since(tmp_path, data, lambda: write(data, "branches", "id,value", "r,5", "s,7"), later)
    assert [words.cause(t["cause"]) for t in found["turned"]] == ["the code"]


def test_what_goes_back_with_two_tables_and_with_none_alone_was_several(tmp_path, data):
    def change():
        write(data, "tokens", "id,value", "a,0.4", "b,0.1")
        write(data, "parameters", "id,as_of,p1", "gain,2025-01-31,0.5", "other,2025-01-31,4")

    (turned,) = since(tmp_path, data, change)["turned"]
    assert turned["cause"]["kind"] == "several together"


def test_either_of_two_that_would_each_undo_a_change_is_named(tmp_path, data):
    def change():
        write(data, "tokens", "id,value", "a,1", "b,1")
        write(data, "branches", "id,value", "r,7", "s,6")

    (turned,) = since(tmp_path, data, change)["turned"]
    assert turned["cause"]["kind"] == "rule or fact"
    assert words.cause(turned["cause"]) == "either of branches: r, tokens: b"


def test_a_table_that_cannot_be_put_back_alone_stops_nothing(tmp_path, data):
    said = []

    def change():
        write(data, "tokens", "id,value", "a,-1", "b,-2")
        write(data, "parameters", "id,as_of,p1", "gain,2025-01-31,-0.1", "other,2025-01-31,4")

    state = toy(data, ["cost.share"])
    before = causes.State(state.answers, state.figures)
    old = tmp_path / "old"
    shutil.copytree(data, old)
    change()
    found = causes.attribute([("C01", "band")], before, old, data, toy, said.append)
    assert found["C01", "band"].kind == "several together"
    assert any("cannot be put back alone (tokens: a sum below nought)" in line for line in said)


def test_an_edition_without_its_tables_is_compared_and_given_no_cause(tmp_path, data):
    run = run_of(tmp_path / "base")
    contents = {k: v for k, v in frozen.contents_of(run, data).items() if k != frozen.INPUTS}
    record = frozen.record_of(DAY, run, contents, data) | {"note": "counted by other rules"}
    frozen.write(DAY, contents, record, tmp_path / "editions")
    edition = frozen.read(DAY, tmp_path / "editions")
    answers = pd.DataFrame([{"id": "C01", "band": "lost"}])
    found = causes.since(edition, NEXT, {}, answers, data=data, measure=toy)
    assert [t["cause"] for t in found["turned"]] == [
        {"kind": "cannot be told", "name": "", "words": words.COUNTED_OTHERWISE}
    ]
    assert found["notes"] == [f"the edition of {DAY}: counted by other rules"]


def test_a_figure_moves_when_it_leaves_the_interval_it_had():
    def figure(value, low=None, high=None):
        return Figure("a.b", value, "ratio", "modelled", "a", low, high)

    before = figure(1, 0.5, 1.5)
    assert [changes.left(before, figure(v)) for v in (0.4, 0.5, 1.5, 1.6)] == [True, False, False, True]
    assert changes.left(figure(2), figure(2.1))
    assert not changes.left(figure(2), figure(2.0001))
    both = {key: figure(1, 0.5, 1.5) for key in ("a.b", "scorecard.editions.moved")}
    assert [m.id for m in changes.moved(both, dict.fromkeys(both, figure(2)))] == ["a.b"], (
        "what counts editions is no finding"
    )


def test_one_parameter_put_back_under_the_models_is_named(tmp_path):
    """The real tables and models: an edition whose one parameter was another, and the answers that it turned."""
    new, old = ROOT / "data", tmp_path / "old"
    shutil.copytree(new, old, ignore=shutil.ignore_patterns("snapshots", "sweeps"))
    lines = (old / "parameters.csv").read_text(encoding="utf-8")
    frame = pd.read_csv(old / "parameters.csv", dtype=str, keep_default_na=False)
    frame.loc[frame["id"] == "catch_up", ["dist", "p1", "p2", "p3"]] = ["fixed", "0.0", "", ""]
    frame.to_csv(old / "parameters.csv", index=False, lineterminator="\n")
    assert (old / "parameters.csv").read_text(encoding="utf-8") != lines
    before, now = causes.measure(old, []), causes.measure(new, [])
    turned = changes.turned(before.answers, now.answers)
    assert turned
    keys = [(t.id, t.question) for t in turned]
    found = causes.attribute(keys, before, old, new, causes.measure)
    assert set(found.values()) == {causes.Cause("parameter", "parameters: catch_up")}


# --- the feed ------------------------------------------------------------------------------------------------------


def test_the_feed_of_the_editions_validates_and_says_what_turned(tmp_path, data, monkeypatch):
    monkeypatch.setattr(tables, "call_names", lambda: {"C01": "Nvidia & sons <b>"})
    root, run = tmp_path / "editions", run_of(tmp_path / "base")
    frozen_at(root, data, run, DAY)
    cause = {"kind": "fact", "name": "tokens: b", "words": ""}
    turned = [{"id": "C01", "question": "band", "before": "won", "after": "lost", "cause": cause}]
    moved = [
        {"id": f"a.b{i}", "label": "a <i>", "before": "1", "after": "2", "cause": cause} for i in range(20)
    ]
    since = {"before": DAY, "after": NEXT, "turned": turned, "moved": moved, "notes": ["a note"]}
    frozen_at(root, data, run, NEXT, **{"since.json": json.dumps(since).encode()})
    content = feed.write(root).read_text(encoding="utf-8")
    assert feed.faults(content) == []
    tree = etree.fromstring(content.encode())
    entries = tree.findall(f"{ATOM}entry")
    assert [e.findtext(f"{ATOM}updated")[:10] for e in entries] == [NEXT, DAY]
    said = entries[0].findtext(f"{ATOM}summary")
    assert "Nvidia &amp; sons &lt;b&gt; (C01), who won? From won to lost; why: the fact tokens: b." in said
    assert "And 8 more figures." in said
    assert feed.write(root).read_text(encoding="utf-8") == content


@bad_edition
def test_a_feed_without_entries_is_refused_and_the_old_one_stands(tmp_path):
    old = tmp_path / "feed.xml"
    old.write_text("old")
    with pytest.raises(UserError, match=r"^feed: saw no edition, allowed: one or more \(make edition\)$"):
        feed.write(tmp_path)
    assert old.read_text() == "old"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("<updated>", "<later>", "</updated>", "</later>"), "updated: saw 0"),
        (("T12:00:00+00:00", "T12:00:00"), "updated without a time zone"),
        (("2026-11-23T12:00:00+00:00", "noon"), "updated is no date"),
        (('rel="alternate"', 'rel="self"'), "link: saw 0 alternate"),
        (("<name>", "<nick>", "</name>", "</nick>"), "author: none"),
        (("</feed>", ""), "not XML"),
    ],
)
def test_what_breaks_a_feed_is_found(change, said):
    content = feed.text(frozen.every())
    assert feed.faults(content) == []
    for old, new in zip(change[::2], change[1::2], strict=True):
        assert old in content
        content = content.replace(old, new)
    assert any(said in fault for fault in feed.faults(content))


# --- in the report -------------------------------------------------------------------------------------------------


def test_a_run_is_set_beside_the_last_edition_that_its_facts_allow():
    early = Model(resolve({}, vintage="article"))
    assert edition_tables.last(early) is None
    assert edition_tables.turned(early).empty
    now = Model(resolve({}))
    edition = edition_tables.last(now)
    found = edition_tables.turned(now)
    answers = edition_tables.answers(now)
    assert len(found) == sum(
        word != answers[key].get(question, word)
        for key, told in edition.answers.items()
        if key in answers
        for question, word in told.items()
    )


def test_answers_by_day_end_with_those_of_the_run_and_begin_before_anything_came_true():
    model = Model(resolve({}, vintage="2025-06-30"))
    path = edition_tables.answers_by_day(model)
    assert list(path["day"].unique()) == ["2025-01-31", "2025-03-31", "2025-06-30"]
    last = path[path["day"] == "2025-06-30"].set_index("id")
    for key, told in edition_tables.answers(model).items():
        if key in last.index:
            assert last.loc[key, list(told)].to_dict() == told
    assert set(path.loc[path["day"] == "2025-01-31", "came_true"]) == {"too early"}
