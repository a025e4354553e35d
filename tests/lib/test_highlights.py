"""Highlights: on the text as it was written, and never inside a tag."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lib.highlights import highlight, highlight_html
from app.lib.search.folding import fold
from tests.support.texts import render_text


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("The Café opens", ["cafe"], "The <mark>Café</mark> opens"),
        ("Cafe\u0301s", ["cafes"], "<mark>Cafe\u0301s</mark>"),
        ("Straße!", ["strasse"], "<mark>Straße</mark>!"),
        ("世界你好吗", ["你 好"], "世界<mark>你好</mark>吗"),
        ("a 👍🏽 b", [fold("👍")], "a <mark>👍🏽</mark> b"),
        ("good, morning good", ["good morning"], "<mark>good, morning</mark> good"),
        ("good morning good", ["good", "good morning"], None),
        ("1 < 2 & bread", ["bread"], "1 &lt; 2 &amp; <mark>bread</mark>"),
        ("breads", ["bread"], "breads"),
        ("bread", [], "bread"),
        ("<script>bread</script>", ["script"], None),
    ],
)
def test_folded_matches_are_marked(text: str, query: list[str], marked: str | None) -> None:
    found = highlight(text, query)
    if marked is not None:
        assert found == marked
    assert "<script" not in found


def test_the_longest_match_wins() -> None:
    found = highlight("good morning good", ["good", "good morning"])
    assert found == "<mark>good morning</mark> <mark>good</mark>"


def test_only_what_is_read_is_marked_in_html() -> None:
    html = '<p><a class="tag" href="/tag/bread">#bread</a> &amp; bread<br>p class</p>'
    marked = highlight_html(html, ["bread", "amp", "p", "class"])
    assert marked == (
        '<p><a class="tag" href="/tag/bread">#<mark>bread</mark></a> &amp; <mark>bread</mark><br>'
        "<mark>p</mark> <mark>class</mark></p>"
    )


@given(st.text(max_size=200), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_marks_change_nothing_else(text: str, words: list[str]) -> None:
    html = render_text(text, {})
    terms = [term for term in map(fold, words) if term]
    marked = highlight_html(html, terms)
    assert without_marks(marked) == without_marks(highlight_html(html, []))


def without_marks(html: str) -> str:
    return re.sub("</?mark>", "", html)
