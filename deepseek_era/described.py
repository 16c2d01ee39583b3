"""A run's results described for machines that collect data: as Data Package, Croissant and RO-Crate, with an SBOM.

All four come from the files themselves, ``CITATION.cff``, the manifest and the lock file; no clock is asked, so equal
runs give equal bytes. The SBOM needs an extra (``requirements-export.txt``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from deepseek_era.pages.share import imprint
from deepseek_era.places import ROOT

TABLES = {
    "figures.csv": "Every number that the report prints, with unit, interval, kind and sources",
    "calls.csv": "A row a call of the article: who won, was it R1, did it come true, and the probabilities",
    "claims.csv": "A row a claim of the article: its verdict and the finding behind it",
}
_TYPES = {"number": "sc:Float", "boolean": "sc:Boolean", "string": "sc:Text"}
_LICENCES = "https://spdx.org/licenses/"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)([^\\\n]*)\\?\n((?:    --hash=.*\n)+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def _kind(column: pd.Series) -> str:
    """Return the type of a column: number, boolean or string."""
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    return "number" if pd.api.types.is_numeric_dtype(column) and not column.isna().all() else "string"


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    return {name: pd.read_csv(folder / name) for name in TABLES if (folder / name).is_file()}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def data_package(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Data Package of the tables of a folder: path, size, digest, and the type of every column."""
    own = imprint()
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"deepseek-era-{manifest['digest'][:12]}",
        "title": own.title,
        "version": own.version,
        "created": f"{manifest['parameters']['vintage']}T00:00:00Z",
        "licenses": [{"name": own.licence, "path": f"{_LICENCES}{own.licence}.html"}],
        "contributors": [{"title": own.author, "roles": ["creator"]}],
        "resources": [
            {
                "name": Path(name).stem,
                "type": "table",
                "path": name,
                "title": TABLES[name],
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": (folder / name).stat().st_size,
                "hash": f"sha256:{_digest(folder / name)}",
                "schema": {
                    "fields": [
                        {
                            "name": str(c),
                            "type": _kind(frame[c]),
                            **(
                                {"trueValues": ["true", "True"], "falseValues": ["false", "False"]}
                                if _kind(frame[c]) == "boolean"
                                else {}
                            ),
                        }
                        for c in frame.columns
                    ],
                    "primaryKey": ["id"],
                },
            }
            for name, frame in _tables(folder).items()
        ],
    }


_CROISSANT_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "recordSet": "cr:recordSet",
    "source": "cr:source",
    "key": "cr:key",
}


def croissant(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Croissant description (1.0) of the tables of a folder: files with digests, record sets with fields."""
    own = imprint()
    found = _tables(folder)
    return {
        "@context": _CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"deepseek-era-{manifest['digest'][:12]}",
        "description": own.title,
        "version": own.version,
        "license": f"{_LICENCES}{own.licence}",
        "url": own.address or f"urn:sha256:{manifest['digest']}",
        "datePublished": manifest["parameters"]["vintage"],
        "creator": {"@type": "sc:Organization", "name": own.author},
        "citeAs": f"{own.author}: {own.title}, run {manifest['digest'][:12]}",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": name,
                "name": name,
                "description": TABLES[name],
                "contentUrl": name,
                "contentSize": f"{(folder / name).stat().st_size} B",
                "encodingFormat": "text/csv",
                "sha256": _digest(folder / name),
            }
            for name in found
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": Path(name).stem,
                "name": Path(name).stem,
                "description": TABLES[name],
                "key": {"@id": f"{Path(name).stem}/id"},
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"{Path(name).stem}/{column}",
                        "name": str(column),
                        "dataType": _TYPES[_kind(frame[column])],
                        "source": {"fileObject": {"@id": name}, "extract": {"column": str(column)}},
                    }
                    for column in frame.columns
                ],
            }
            for name, frame in found.items()
        ],
    }


def ro_crate(folder: Path, manifest: Mapping[str, Any], files: Sequence[str]) -> dict[str, Any]:
    """Return the metadata of an RO-Crate (1.1): the folder's files, and the run that made them."""
    own = imprint()
    author = {"@id": "#authors", "@type": "Organization", "name": own.author}
    parts = [{"@id": name} for name in files]
    run = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"make report, scenario {manifest['parameters']['scenario']}, digest {manifest['digest']}",
        "instrument": {"@id": "#software"},
        "result": parts,
    }
    software = {
        "@id": "#software",
        "@type": "SoftwareApplication",
        "name": "deepseek-era",
        "version": own.version,
        "softwareRequirements": f"Python {manifest['versions']['python']}, "
        f"requirements.txt ({manifest['inputs']['lock']})",
    }
    media = {".csv": "text/csv", ".json": "application/json", ".png": "image/png"}
    entries = [
        {
            "@id": name,
            "@type": "File",
            "name": TABLES.get(name, name),
            "encodingFormat": media.get(Path(name).suffix, "application/octet-stream"),
            "contentSize": str((folder / name).stat().st_size),
            "sha256": _digest(folder / name),
        }
        for name in files
    ]
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [
            {
                "@id": "ro-crate-metadata.json",
                "@type": "CreativeWork",
                "about": {"@id": "./"},
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            },
            {
                "@id": "./",
                "@type": "Dataset",
                "name": own.title,
                "description": f"Results of run {manifest['name']}, facts to {manifest['parameters']['vintage']}",
                "datePublished": manifest["parameters"]["vintage"],
                "license": {"@id": f"{_LICENCES}{own.licence}"},
                "author": {"@id": "#authors"},
                "hasPart": parts,
                "mentions": {"@id": "#run"},
            },
            {"@id": f"{_LICENCES}{own.licence}", "@type": "CreativeWork", "name": own.licence},
            author,
            software,
            run,
            *entries,
        ],
    }


def pinned(lock: str) -> list[tuple[str, str, str, list[str]]]:
    """Return the packages of a lock file: name, version, for which systems, digests of its distributions."""
    return [
        (name, version, marker.strip(" ;"), _HASH.findall(hashes))
        for name, version, marker, hashes in _PIN.findall(lock)
    ]


def sbom(manifest: Mapping[str, Any], lock: Path = ROOT / "requirements.txt") -> str:
    """Return what a run is made with as CycloneDX JSON (1.6): the packages of the lock file, versions and digests."""
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    text = lock.read_text(encoding="utf-8")
    own = Component(
        name="deepseek-era", version=imprint().version, type=ComponentType.APPLICATION, bom_ref="deepseek-era"
    )
    parts = [
        Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            bom_ref=f"{name}=={version}",
            purl=PackageURL("pypi", None, name, version),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in hashes[:1]],
            properties=[
                Property(name="deepseek-era:hashes", value=" ".join(sorted(hashes))),
                *([Property(name="deepseek-era:systems", value=marker)] if marker else []),
            ],
        )
        for name, version, marker, hashes in pinned(text)
    ]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(text.encode()).hexdigest())
    bom = Bom(components=parts, serial_number=serial)
    bom.metadata.component = own
    bom.metadata.timestamp = dt.datetime.fromisoformat(f"{manifest['parameters']['vintage']}T00:00:00+00:00")
    bom.register_dependency(own, parts)
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def write(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Write the four descriptions of a folder into it, and return their names."""
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    written = {
        "datapackage.json": data_package(folder, manifest),
        "croissant.json": croissant(folder, manifest),
        "ro-crate-metadata.json": ro_crate(folder, manifest, files),
    }
    for name, content in written.items():
        (folder / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "sbom.cdx.json").write_text(sbom(manifest), encoding="utf-8")
    return [*written, "sbom.cdx.json"]
