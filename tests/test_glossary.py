"""Terms in plain words: what is marked, what is left alone, and that the table's own words are plain."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from deepseek_era import tables
from deepseek_era.pages.glossary import Term, listed, marked, terms

KNOWN = {t.lower(): Term(t, "computing", "x") for t in ("token", "open weights", "weights", "R1")}
PIECES = ["<p>", "</p>", "<a href='#'>", "</a>", "<code>", "</code>", "token", "Tokens", "open weights", " ", "R1", "r1", "&amp;"]  # fmt: skip


def test_the_longest_term_is_marked_and_one_with_a_capital_only_as_it_is_written():
    seen = set()
    made = marked("<p>Open\nweights, weights, r1, R1-like, R1s.</p>", KNOWN, seen)
    assert re.findall(r'href="#term-([\w-]+)">(.*?)</a>', made, re.DOTALL) == [
        ("open-weights", "Open\nweights"),
        ("weights", "weights"),
        ("r1", "R1s"),
    ]
    assert [term.term for term in listed(KNOWN, seen)] == ["open weights", "R1", "weights"]


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_marking_changes_no_word_and_nothing_within_links_and_code(pieces):
    text, seen = "".join(pieces), set()
    made = marked(text, KNOWN, seen)
    assert re.sub(r'<a class="term"[^>]*>(.*?)</a>', r"\1", made, flags=re.DOTALL) == text
    assert marked(text, KNOWN, set(seen)) == text  # what was seen is not marked again
    for inner in re.findall(r"<code>((?:(?!</?code>).)*)</code>", made):
        assert "term" not in inner


def test_a_meaning_is_short_and_does_not_lean_on_its_own_term():
    for term in terms().values():
        assert len(term.plain) <= 140
        assert html.escape(term.plain, quote=False) == term.plain
        if term.kind != "our words" and " " not in term.term:
            assert not re.search(rf"\b{re.escape(term.term)}\b", term.plain), term.term
    anchors = [term.anchor for term in terms().values()]
    assert len(set(anchors)) == len(anchors) == len(tables.load("glossary"))
