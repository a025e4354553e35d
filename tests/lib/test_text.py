"""Cleaning, measuring and shortening text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lib.text import clean, excerpt, is_clean, length, normalize, one_line

ANYTHING = st.text(st.characters(codec=None) | st.sampled_from("\r\n\t \x00\ud800\u202e\u0301é"))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("  a\tb \n", "a\tb"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("a\n \n\t\n \nb", "a\n\nb"),
        ("a\n\nb", "a\n\nb"),
        ("a\x00b\x1bc\x85d\x7fe\ud800f", "abcdef"),
        ("e\u0301", "é"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("{{7*7}} %s {0.__class__}", "{{7*7}} %s {0.__class__}"),
    ],
)
def test_text_is_stored_in_one_form(typed, stored):
    assert normalize(typed) == stored


def test_cleaning_keeps_spaces():
    assert clean("  a\x00\r\n\n\n b ") == "  a\n\n\n b "


def test_length_counts_code_points_and_one_for_a_newline():
    assert length("a\r\nb") == 3
    assert length("e\u0301") == 1
    assert length("\U0001f600中") == 2


def test_a_name_is_one_line_without_tricks():
    assert one_line(" Ana \n\t Duarte\u3000B ") == "Ana Duarte B"
    assert one_line("\u202egnp.exe\u2066\u200b") == "gnp.exe"
    assert one_line("e\u200b\u0301") == "é"


def test_a_short_text_is_its_own_excerpt():
    assert excerpt("One\n\ntwo", 7) == "One two"


def test_an_excerpt_ends_at_a_word():
    assert excerpt("The bakery on Mill Street, opens", 27) == "The bakery on Mill Street…"
    assert excerpt("The bakery on Mill Street", 12) == "The bakery…"
    assert excerpt("The bakery on Mill Street", 11) == "The bakery…"


def test_a_chinese_excerpt_ends_anywhere_but_at_a_comma():
    assert excerpt("今天的日落很美，河边的人比平时多。", 9) == "今天的日落很美…"
    assert excerpt("今天的日落很美，河边的人比平时多。", 6) == "今天的日落…"


def test_an_excerpt_tears_nothing_apart():
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert excerpt(f"ab{family}{family}", 6) == "ab…"
    assert excerpt("x\U0001f44b\U0001f3fdyz", 3) == "x…"
    assert excerpt("ab" + "\u0323\u0337" * 40, 50).endswith("…")


def test_an_excerpt_of_nothing_is_an_ellipsis():
    assert excerpt("ab", 1) == "…"


@pytest.mark.parametrize("text", ["a\x00", "\ud800", "a\udfffb"])
def test_what_no_database_stores_is_not_clean(text):
    assert not is_clean(text)


@given(ANYTHING)
def test_normalising_twice_changes_nothing(text):
    once = normalize(text)
    assert normalize(once) == once
    assert is_clean(once)
    assert "\n\n\n" not in once
    assert length(once) == len(once)


@given(ANYTHING)
def test_one_line_is_one_line_and_stays_so(text):
    once = one_line(text)
    assert one_line(once) == once
    assert len(once.splitlines()) <= 1
    assert unicodedata.is_normalized("NFC", once)


@given(ANYTHING, st.integers(1, 60))
def test_an_excerpt_is_never_too_long(text, limit):
    assert len(excerpt(text, limit)) <= limit
