"""A run's results described for machines: each description holds to its format and to the files beside it."""

import hashlib
import json
import re

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from frictionless import validate

from deepseek_era import described
from deepseek_era.tables import ROOT

MANIFEST = {
    "name": "mine",
    "digest": "d" * 64,
    "inputs": {"lock": "e" * 64},
    "versions": {"python": "3.11.7"},
    "parameters": {"vintage": "2026-11-23", "scenario": "base"},
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "figures.csv").write_text("id,value,kind\na.b,1.5,modelled\na.c,,published\n")
    (tmp_path / "calls.csv").write_text("id,band,edge\nC01,won,true\nC02,lost,false\n")
    (tmp_path / "claims.csv").write_text("id,verdict\nF01,true-with-context\n")
    (tmp_path / "exhibits").mkdir()
    (tmp_path / "exhibits" / "x.png").write_bytes(b"not read")
    described.write(tmp_path, MANIFEST)
    return tmp_path


def read(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_the_data_package_validates_with_the_rows_beside_it_and_not_with_others(folder):
    report = validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["title", "note"])
    (folder / "calls.csv").write_text("id,band,edge\nC01,won,perhaps\n")
    assert not validate(str(folder / "datapackage.json")).valid


def test_the_croissant_describes_every_column_of_every_file(folder):
    """As its specification 1.0 asks; the validator of its makers is no plain wheel, so this is our own check."""
    found = read(folder, "croissant.json")
    assert found["@type"] == "sc:Dataset"
    assert found["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert {"name", "description", "license", "url", "creator", "datePublished"} <= set(found)
    files = {f["@id"]: f for f in found["distribution"]}
    for name, entry in files.items():
        assert entry["@type"] == "cr:FileObject"
        assert entry["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    for records in found["recordSet"]:
        fields = {f["@id"]: f for f in records["field"]}
        assert records["key"]["@id"] in fields
        sources = [f["source"] for f in fields.values()]
        (name,) = {s["fileObject"]["@id"] for s in sources}
        header = (folder / name).read_text().splitlines()[0].split(",")
        assert [s["extract"]["column"] for s in sources] == header
    types = {f["@id"]: f["dataType"] for r in found["recordSet"] for f in r["field"]}
    assert (types["figures/value"], types["calls/edge"], types["figures/id"]) == (
        "sc:Float",
        "sc:Boolean",
        "sc:Text",
    )


def test_the_crate_holds_every_file_and_leads_nowhere_that_is_not_in_it(folder):
    """As RO-Crate 1.1 asks of its root, its descriptor and its files; its validator is no plain wheel."""
    graph = {e["@id"]: e for e in read(folder, "ro-crate-metadata.json")["@graph"]}
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    root = graph["./"]
    assert {"name", "description", "datePublished", "license", "hasPart"} <= set(root)
    beside = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    made = {"datapackage.json", "croissant.json", "ro-crate-metadata.json", "sbom.cdx.json"}
    assert {part["@id"] for part in root["hasPart"]} == beside - made
    ids = re.findall(r'\{"@id": "([^"]+)"\}', json.dumps(list(graph.values())))
    assert {i for i in ids if i not in graph} == {"https://w3id.org/ro/crate/1.1"}


def test_the_sbom_validates_and_names_every_package_of_the_lock_file(folder):
    text = (folder / "sbom.cdx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    named = {(c["name"], c["version"]) for c in json.loads(text)["components"]}
    assert named == set(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE))
    every = [
        p["value"]
        for c in json.loads(text)["components"]
        for p in c["properties"]
        if p["name"].endswith("hashes")
    ]
    assert sorted(" ".join(every).split()) == sorted(re.findall(r"sha256:([0-9a-f]{64})", lock))


def test_equal_runs_are_described_with_equal_bytes(folder):
    names = ("datapackage.json", "croissant.json", "sbom.cdx.json")
    before = {name: (folder / name).read_bytes() for name in names}
    described.write(folder, MANIFEST)
    assert {name: (folder / name).read_bytes() for name in names} == before
