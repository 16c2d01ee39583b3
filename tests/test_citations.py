"""What a source is cited as, which sources are one origin, and what was recalled."""

import csv
import re

import pytest

from deepseek_era import citations, provenance, tables
from deepseek_era.claims import facts
from deepseek_era.figure import Figure


def test_a_copy_is_cited_by_its_document_and_named_after_it():
    found = citations.citations()["DECODER_FRIAR"]
    source = tables.load("sources").set_index("source_id").loc["DECODER_FRIAR"]
    assert found.publisher.startswith("OpenAI")
    assert found.url.startswith("https://openai.com/")
    assert found.via.startswith(source["publisher"])
    assert found.via_url == source["url"] != found.url
    assert "not opened" in found.checked


def test_a_digest_of_several_documents_is_cited_itself_with_what_it_retells():
    originals = tables.load("originals")
    several = originals[originals["source_id"].duplicated(keep=False)]
    for source, rows in several.groupby("source_id"):
        found = citations.citations()[source]
        assert found.via == ""
        assert all(publisher in found.checked for publisher in rows["publisher"])


def test_a_source_without_an_original_is_its_own_citation():
    row = tables.load("sources").set_index("source_id").loc["S_AIDER"]
    found = citations.citations()["S_AIDER"]
    assert (found.publisher, found.title, found.url, found.via) == (
        row["publisher"],
        row["title"],
        row["url"],
        "",
    )


@pytest.mark.parametrize(
    ("published", "stated", "words"),
    [
        ("2026-11-23", "2026", "undated, read November 2026"),
        ("2026-11-23", "", "undated, read November 2026"),
        ("2026-11-23", "2026-11-23", "2026-11-23"),
        ("2026-05-31", "2026-05", "2026-05"),
        ("2024-12-31", "2024", "2024"),
        ("2025-01-31", "2025-01-31", "2025-01-31"),
        ("", "", ""),
    ],
)
def test_a_date_is_printed_as_far_as_it_is_known(published, stated, words):
    assert citations.published_words(published, stated) == words


def test_no_source_shows_a_day_that_nobody_stated():
    for row in tables.load("sources").itertuples():
        shown = citations.published_words(row.published, row.published_stated)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", shown):
            assert shown == row.published_stated, row.source_id


def test_an_address_leads_to_a_page_or_is_left_out():
    for row in tables.load("sources").itertuples():
        page = re.fullmatch(r"https?://([^/\s]+)(/[^\s]*)?", row.url)
        assert page or not row.url, f"{row.source_id}: {row.url}"
        if page and page[2] in (None, "/"):
            # a site that is one work bears its name
            name = page[1].removeprefix("www.").split(".")[0].replace("-", " ")
            assert name in row.publisher.lower().replace("-", " "), f"{row.source_id}: {row.url}"


def test_nobody_is_told_that_general_knowledge_is_a_source():
    for row in tables.load("sources").itertuples():
        assert "general knowledge" not in f"{row.title} {row.publisher}".lower(), row.source_id
    for found in citations.citations().values():
        assert (
            not re.search(r"\bvia\b", found.publisher) or "PR Newswire" in found.publisher or found.via == ""
        )


def test_ids_of_sources_that_a_note_names_are_in_the_table():
    known = set(tables.load("sources")["source_id"])
    for name in ("outcomes_capacity", "outcomes_market", "headlines", "resolutions", "evidence"):
        frame = provenance.load_any(name)
        for column in {"note", "comment"} & set(frame.columns):
            named = {
                i for note in frame[column] for i in re.findall(r"\(([A-Z][A-Z0-9]+_[A-Z0-9_]+)\)", note)
            }
            assert named <= known, name


@pytest.mark.parametrize(
    ("ids", "count"),
    [
        ((), 0),
        (("S_AIDER",), 1),
        (("DECODER_FRIAR", "neowin_202601"), 1),
        (("DECODER_FRIAR", "S_AIDER"), 2),
        # two digests that share one of the documents they retell are no two witnesses; a third joins them
        (("dengo_202605", "themachineherald_202604"), 1),
        (("themachineherald_202604", "pjfp_202605"), 2),
        (("themachineherald_202604", "pjfp_202605", "dengo_202605"), 1),
        (("EPOCH_OPENGAP", "EPOCH_OPENGAP"), 1),
    ],
)
def test_copies_of_one_document_are_one_origin(ids, count):
    assert citations.origins(ids) == count


def test_no_headline_fact_is_confirmed_by_a_copy_of_its_own_document():
    """The same check by another route: from the two CSV files, with no code of the package."""
    read = lambda name: list(csv.DictReader((tables.ROOT / "data" / f"{name}.csv").open(encoding="utf-8")))  # noqa: E731
    behind = {}
    for row in read("originals"):
        behind.setdefault(row["source_id"], set()).add(row["document"])
    shown = provenance.headline_status().set_index("headline_id")
    turned = set()
    for row in tables.load("headlines").to_dict("records"):
        first, second = row["source_id"], row["second_source_id"]
        one = behind.get(first, {first}) & behind.get(second, {second})
        now = shown.loc[row["headline_id"], "status"]
        if row["status"] == "confirmed" and second and one:
            turned.add(row["headline_id"])
            assert now in ("single", "weak")
            assert not shown.loc[row["headline_id"], "settled"]
        else:
            assert now == row["status"]
    assert {"H034", "H038", "H042"} <= turned


def test_the_standing_is_the_same_on_the_cards_and_in_the_account():
    late = provenance.headlines_at(tables.latest_vintage().isoformat()).set_index("headline_id")["status"]
    assert (
        late["H034"] == provenance.headline_status().set_index("headline_id")["status"]["H034"] != "confirmed"
    )


def test_what_was_recalled_is_never_observed():
    """One rule for every figure: a number that nobody read, even in part, is known from what others stated."""
    kind = {
        sources: Figure("x", 11, "days", "observed", "x", sources=sources).kind
        for sources in ((), ("RECALL",), ("RECALL", "S_O3MINI"), ("RECALL", "S_AIDER"), ("S_AIDER",))
    }
    assert kind == {
        (): "observed",
        ("RECALL",): "published",
        ("RECALL", "S_O3MINI"): "published",
        ("RECALL", "S_AIDER"): "published",
        ("S_AIDER",): "observed",
    }
    assert Figure("x", 11, "days", "modelled", "x", sources=("RECALL",)).kind == "modelled"


def test_the_distance_to_o3_mini_rests_on_a_recalled_day_and_is_not_observed():
    found = facts.figures(tables.Facts(tables.latest_vintage()))["claims.o3_mini.days_after_r1"]
    assert set(found.sources) & tables.recalled_sources()
    assert "RECALL" not in found.sources, "the day has a document, though nobody read it"
    assert found.kind == "published"


def test_an_original_is_public_no_later_than_what_is_read_of_it_is_dated():
    """A document that is copied is older than the copy, as far as both days are stated."""
    sources = tables.load("sources").set_index("source_id")
    for row in tables.load("originals").itertuples():
        stated = sources.loc[row.source_id, "published_stated"]
        if row.relation == "copy" and len(stated) == len(row.published_stated) == 10:
            assert row.published_stated <= stated, f"{row.source_id}: {row.published_stated} after {stated}"
