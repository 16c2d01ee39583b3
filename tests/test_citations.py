"""What a source is cited as, which sources are one origin, and what was recalled."""

import csv
import re

import pandas as pd
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


def test_no_measurement_is_confirmed_by_a_copy_of_its_own_document():
    """The same check by another route: from the CSV files, with no code of the package."""
    read = lambda name: list(csv.DictReader((tables.ROOT / "data" / f"{name}.csv").open(encoding="utf-8")))  # noqa: E731
    behind = {}
    for row in read("originals"):
        behind.setdefault(row["source_id"], set()).add(row["document"])
    publisher = tables.load("sources").set_index("source_id")["publisher"]
    shown = provenance.headline_status().set_index("headline_id")
    turned = set()
    for row in tables.load("headlines").to_dict("records"):
        first, second = row["source_id"], row["second_source_id"]
        one = behind.get(first, {first}) & behind.get(second, {second})
        said_twice = row["about"] == "own" and second and publisher[first] != publisher[second]
        now = shown.loc[row["headline_id"], "status"]
        if row["status"] == "confirmed" and second and one and not said_twice:
            turned.add(row["headline_id"])
            assert now in ("single", "weak")
            assert not shown.loc[row["headline_id"], "settled"]
        else:
            assert now == row["status"]
    assert {"H061", "H085"} <= turned, "a summary of METR's page and a column on the Census survey"


@pytest.mark.parametrize(
    ("about", "second", "status"),
    [
        ("own", "neowin_202601", "confirmed"),  # OpenAI's post, retold by another publisher
        ("own", "DECODER_FRIAR", "single"),  # by the same one
        ("world", "neowin_202601", "single"),  # what others could measure needs another origin
        ("world", "S_AIDER", "confirmed"),
        ("own", "", "confirmed"),
    ],
)
def test_a_party_s_own_word_needs_two_publishers_and_a_measurement_two_origins(about, second, status):
    row = {"status": "confirmed", "about": about, "source_id": "DECODER_FRIAR", "second_source_id": second}
    assert citations.standing(pd.DataFrame([row])).tolist() == [status]


def test_the_page_counts_confirmed_facts_as_the_tables_do():
    """Counted here from the two kinds of fact; three in four of the first edition's have a second source, by the looser rule."""
    now = provenance.headline_status()
    twice = now[now["status"] == "confirmed"]
    known = provenance.confirmed(tables.latest_vintage().isoformat())
    assert known.by_two == len(twice) == known.origins + known.own_word
    assert known.own_word == (twice["about"] == "own").sum()
    first = now[now["headline_id"].str[1:].astype(int) <= 99]
    assert (known.first_facts, known.first_by_two) == (99, (first["status"] == "confirmed").sum())
    assert known.first_by_two >= 75
    strict = twice[
        [
            citations.origins(pair) > 1
            for pair in zip(twice["source_id"], twice["second_source_id"], strict=True)
        ]
    ]
    assert known.strict == len(strict)
    assert known.first_strict == strict["headline_id"].isin(first["headline_id"]).sum()
    assert known.origins < known.strict < known.by_two
    assert known.first_strict_before <= known.first_strict <= known.first_strict_before + known.found
    assert set(strict["headline_id"]) | set(twice.loc[twice["about"] == "own", "headline_id"]) == set(
        twice["headline_id"]
    )


def test_no_headline_rests_on_what_nobody_read():
    read = tables.load("sources").set_index("source_id")["how_read"]
    for row in tables.load("headlines").itertuples():
        for source in filter(None, (row.source_id, row.second_source_id)):
            assert read[source] == "read", (row.headline_id, source)


def test_what_a_search_found_is_used_and_every_fact_without_a_second_source_was_looked_up():
    looked = tables.load("second_source_searches")
    headlines = tables.load("headlines").set_index("headline_id")
    assert looked.loc[looked["outcome"] == "found", "source_id"].ne("").all()
    for row in looked[looked["outcome"] == "found"].groupby("headline_id"):
        assert headlines.loc[row[0], "status"] == "confirmed", row[0]
    standing = provenance.headline_status()
    alone = set(standing.loc[standing["status"] == "single", "headline_id"])
    # not looked up again: one evaluator's two reports, and two surveys that nobody else asked
    assert alone - set(looked["headline_id"]) <= {"H019", "H061", "H086", "H102"}


def test_an_early_vintage_knows_of_no_search():
    early, late = (provenance.confirmed(day) for day in ("2025-01-31", "2026-11-23"))
    assert (early.searches, early.searched, early.found) == (0, 0, 0)
    assert late.searches > late.searched > late.found > 0
    assert early.by_two < early.facts < late.facts


def test_one_page_has_one_id():
    """Two ids may share a page that holds several documents: a repository, a data hub, a page that is written anew each year."""
    several = {"epoch_rev", "epoch_fund", "MCK_2025", "MCK_2026"}
    listed = tables.load("sources")
    listed = listed[
        listed["url"].ne("") & ~listed["url"].str.contains("github.com") & ~listed["source_id"].isin(several)
    ]
    twice = listed[listed["url"].duplicated(keep=False)]
    assert twice.empty, twice[["source_id", "url"]].to_string()


def test_the_standing_is_the_same_on_the_cards_and_in_the_account():
    late = provenance.headlines_at(tables.latest_vintage().isoformat()).set_index("headline_id")["status"]
    assert (
        late["H061"] == provenance.headline_status().set_index("headline_id")["status"]["H061"] != "confirmed"
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
