"""The checks that every table passes on load, and the line that a broken one gets."""

import csv
import datetime as dt
import io
import json
import shutil

import pytest

from deepseek_era import api, tables
from deepseek_era.errors import DataError


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """Return a function that edits a file of a copy of ``data/`` and makes the package read the copy."""
    folder = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", folder)
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(folder))

    def edit(name, change):
        path = folder / name
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return edit


def table(columns, *rows):
    return "\n".join([",".join(columns), *(",".join(row) for row in rows)]) + "\n"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Return a function that writes a one-table package and loads it."""
    folder = tmp_path / "small"
    folder.mkdir()
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(folder))
    fields = [
        {"name": "key", "type": "string", "constraints": {"required": True}},
        {"name": "value", "type": "number", "constraints": {"minimum": 0, "maximum": 100}},
        {"name": "count", "type": "integer"},
        {"name": "kind", "type": "string", "constraints": {"enum": ["a", "b"]}},
        {"name": "as_of", "type": "date", "constraints": {"required": True}},
        {"name": "source_id", "type": "string", "constraints": {"required": True}},
    ]
    schema = {
        "fields": fields,
        "primaryKey": ["key"],
        "foreignKeys": [{"fields": "source_id", "reference": {"resource": "sources", "fields": "source_id"}}],
    }
    package = {
        "resources": [
            {"name": "t", "path": "t.csv", "group": "facts", "schema": schema},
            {
                "name": "sources",
                "path": "sources.csv",
                "group": "facts",
                "schema": {"fields": [{"name": "source_id", "type": "string"}]},
            },
        ]
    }
    (folder / "datapackage.json").write_text(json.dumps(package))
    (folder / "sources.csv").write_text("source_id\nS_ONE\nS_TWO\n")
    header = [f["name"] for f in fields]

    def write(*rows, text=None, raw=None):
        path = folder / "t.csv"
        if raw is not None:
            path.write_bytes(raw)
        else:
            path.write_text(text if text is not None else table(header, *rows), encoding="utf-8")
        return tables.load("t")

    return write


GOOD = ("k1", "1.5", "2", "a", "2025-01-31", "S_ONE")


def with_(**changes):
    names = ["key", "value", "count", "kind", "as_of", "source_id"]
    return tuple(changes.get(n, g) for n, g in zip(names, GOOD, strict=True))


def test_a_good_row_is_typed(small):
    frame = small(GOOD)
    assert frame.loc[0, "value"] == 1.5
    assert frame["count"].dtype == "int64"


@pytest.mark.bad_input("tables that cannot be right")
@pytest.mark.parametrize(
    ("row", "message"),
    [
        (with_(value="1,5x"), None),
        (with_(value="abc"), "data/t.csv row 3, column value: saw 'abc', allowed: a number"),
        (with_(value="101"), "column value: saw '101', allowed: maximum 100"),
        (with_(value="-1"), "allowed: minimum 0"),
        (with_(value="inf"), "allowed: a finite number"),
        (with_(value="NaN"), "saw 'NaN', allowed: a number"),
        (with_(count="2.5"), "allowed: a whole number"),
        (with_(kind="c"), "column kind: saw 'c', allowed: a | b"),
        (with_(as_of="31/01/2025"), "saw '31/01/2025', allowed: a date YYYY-MM-DD"),
        (with_(as_of="2025-02-30"), "allowed: a date of the calendar"),
        (with_(as_of=""), "column as_of: saw '', allowed: a value"),
        (with_(source_id=""), "column source_id: saw '', allowed: a value"),
        (with_(source_id="S_ON"), "unknown id 'S_ON', allowed: an id of sources.csv (nearest: S_ONE)"),
        (with_(key="k0"), "row 3: duplicate key key='k0'; a key may occur once"),
        (with_(value="9" * 400), "allowed"),
        (with_(kind="x" * 10000), "…'"),
    ],
)
def test_a_broken_row_gets_one_line_that_says_where_and_what(small, row, message):
    with pytest.raises(DataError) as caught:
        small(with_(key="k0"), row)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 300
    if message:
        assert message in str(caught.value)


@pytest.mark.bad_input("tables that cannot be right")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("key;value;count;kind;as_of;source_id\nk;1;2;a;2025-01-31;S_ONE\n", "column key is missing"),
        ("key,value,count,kind,as_of,source_id,extra\n", "column extra is not declared"),
        ("key,value,count,kind,as_of,source\n", "column source_id is missing"),
        ("key,value,count,kind,as_of,source_id\nk,1,2\n", "row 2, column kind: no cell; saw 3 cells"),
        ("key,value,count,kind,as_of,source_id\nk,1,2,a,2025-01-31,S_ONE,1,2,3\n", "data/t.csv"),
    ],
)
def test_a_broken_file_gets_one_line(small, text, message):
    with pytest.raises(DataError) as caught:
        small(text=text)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_byte_order_mark_and_crlf_are_read(small):
    text = table(["key", "value", "count", "kind", "as_of", "source_id"], GOOD).replace("\n", "\r\n")
    assert small(raw=b"\xef\xbb\xbf" + text.encode()).loc[0, "key"] == "k1"


def test_bytes_that_are_not_utf8_are_named(small):
    with pytest.raises(DataError, match="not UTF-8"):
        small(raw=b"key,value\n\xff\xfe\n")


def test_outcomes_cannot_be_loaded_as_facts():
    with pytest.raises(DataError, match="holds outcomes"):
        tables.load("resolutions")
    with pytest.raises(DataError, match="holds no outcomes"):
        tables.outcomes("api_prices")


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(DataError, match=r"no table api_price \(nearest: api_prices\)"):
        tables.load("api_price")


def test_facts_hide_what_was_not_public_at_the_vintage():
    facts, early = api.facts(), tables.Facts(tables.ARTICLE_VINTAGE)
    late = tables.Facts(tables.latest_vintage())
    for name in facts[facts["group"] == "facts"].index:
        frame = early.table(name)
        if "as_of" in frame:
            assert (frame["as_of"] <= "2025-01-31").all(), name
        assert len(frame) <= len(late.table(name))


def test_a_newer_fact_moves_the_latest_vintage_in_the_same_session(broken):
    before = tables.latest_vintage()
    day = (before + dt.timedelta(days=30)).isoformat()
    newest = tables.load("capex")["as_of"].max()
    broken("capex.csv", lambda text: text.replace(newest, day))
    assert tables.latest_vintage().isoformat() == day


def test_a_fact_injected_after_the_vintage_stays_invisible(broken):
    """The leakage guard: a price from 2026 cannot enter a run of January 2025."""
    before = len(tables.Facts(tables.ARTICLE_VINTAGE).table("capex"))

    schema = tables.declared()["capex"]["schema"]
    key = schema["primaryKey"] if isinstance(schema["primaryKey"], str) else schema["primaryKey"][-1]

    def inject(text):
        rows = list(csv.DictReader(io.StringIO(text)))
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows([*rows, {**rows[0], key: "injected", "as_of": "2025-02-01"}])
        return out.getvalue()

    broken("capex.csv", inject)
    assert len(tables.load("capex")) > 0
    assert len(tables.Facts(tables.ARTICLE_VINTAGE).table("capex")) == before


def test_a_correction_is_applied_and_a_stale_one_is_refused(broken):
    columns = "table,key,column,old,new,why,source_id,as_of"
    source = tables.load("sources").iloc[0]
    key, old = source["source_id"], source["title"]

    def corrections(old_value):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns.split(","))
        writer.writerow(["sources", key, "title", old_value, "Corrected", "a test", key, "2026-01-01"])
        return out.getvalue()

    broken("corrections.csv", lambda _: corrections(old))
    assert tables.load("sources").set_index("source_id").loc[key, "title"] == "Corrected"
    broken("corrections.csv", lambda _: corrections("something else"))
    with pytest.raises(DataError, match=r"corrections\.csv row 2: old is 'something else'"):
        tables.load("sources")


def test_days_without_news_are_known_as_far_as_facts_were_looked_for(broken):
    """The declaration says how far; without it, and where a later fact was taken over, the newest fact does."""
    declared = tables.latest_vintage()
    said = f'"collected_to": "{declared.isoformat()}",'
    broken("datapackage.json", lambda text: text.replace(said, ""))
    assert tables.latest_vintage() < declared
    broken(
        "datapackage.json",
        lambda text: text.replace('"licenses": [', '"collected_to": "soon", "licenses": [', 1),
    )
    with pytest.raises(DataError, match="collected_to: saw 'soon', allowed: a day as 2026-01-31"):
        tables.latest_vintage()
