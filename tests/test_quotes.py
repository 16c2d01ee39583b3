"""What stands in quotation marks as the article's is the article's, letter by letter."""

import re

import nbformat
import pytest

from deepseek_era import prose, quotes, tables

QUOTED = re.compile(r"“([^“”]+)”")
ATTRIBUTED = re.compile(r"\b(article|claim that|author)\b", re.IGNORECASE)
# a sentence ends with its closing mark; the one that a quotation ends with belongs to it
SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[.!?]”)\s+(?=[A-Z])|\n{2,}")


def attributed(text):
    """Return what a text quotes in sentences that name the article."""
    return [q for s in SENTENCE.split(text) if ATTRIBUTED.search(s) for q in QUOTED.findall(s)]


@pytest.mark.parametrize("table", ["calls", "claims", "resolutions"])
def test_the_words_that_the_tables_give_to_the_article_are_its_own(table):
    frame = (tables.outcomes if table == "resolutions" else tables.load)(table)
    wrong = {words: quotes.misquoted(words) for words in frame["article_words"] if quotes.misquoted(words)}
    assert wrong == {}


def test_the_copy_of_the_article_is_whole_and_in_order():
    rows = tables.load("article")
    assert rows["id"].is_monotonic_increasing
    assert rows["paragraph"].is_monotonic_increasing
    assert set(rows["paragraph"]) == set(range(1, rows["paragraph"].max() + 1))
    assert set(rows["source_id"]) == {"SEED"}


@pytest.mark.parametrize(
    ("words", "piece"),
    [
        ("could only be built now", ""),
        ("Easier entry … extensive hardware", ""),
        ("[l]ags behind o3", ""),
        ("[c]omparable to o1 in quality", ""),
        ("[Its] Real cost is much higher", "[Its] Real cost is much higher"),
        ("easier entry", "easier entry"),
        ("Research accelerated by 2-3 years", "Research accelerated by 2-3 years"),
        ("Not favourable for near-term capital expenditure", None),
        ("extensive hardware … Easier entry", "Easier entry"),
        ("More accessible high-performance models for research", None),
        ("", "(empty)"),
        ("…", "…"),
    ],
)
def test_a_quotation_is_made_of_pieces_of_the_article_in_its_order(words, piece):
    assert quotes.misquoted(words) == (words if piece is None else piece)
    assert quotes.quotation(words) == ("" if quotes.misquoted(words) else words)


def test_words_of_ones_own_get_no_quotation_marks():
    assert quotes.quoted("More AI, everywhere") == "“More AI, everywhere”"
    assert quotes.quoted("Textbooks win") == "Textbooks win (not the article’s words)"


def test_the_prose_of_the_notebooks_quotes_the_article_as_it_is_written():
    found = []
    for path in sorted((tables.ROOT / "notebooks").glob("[0-9]*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown" or cell.source.startswith(prose.MAGIC):
                found += attributed(cell.source)
    assert found, "the pattern finds no quotation at all"
    assert [q for q in found if quotes.misquoted(q)] == []
