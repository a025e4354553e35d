"""Cleaning, measuring and shortening text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lib.text import (
    clean,
    direction,
    excerpt,
    is_clean,
    is_too_dense,
    length,
    normalize,
    one_line,
)

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


INVISIBLE = [
    *"\u3164\u2800\u115f\uffa0\u180e\u200b\u200c\u200d\u061c\u034f\ufe0f\u17b4\u0301\u00ad\u2060",
    *"\u200e\ufeff\u0378\ue000\U000e0041\U000e0020",
    "\u200e\u200f",
    "\u2063\u2064",
    "\u200d\u200d",
    "\u2800\n\u2800",
]


@pytest.mark.parametrize("text", INVISIBLE)
def test_text_that_shows_nothing_is_empty(text):
    assert normalize(text) == one_line(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f3f3\ufe0f\u200d\u26a7\ufe0f",
        "\u0645\u06cc\u200c\u0646\u0627",
        "\u0915\u094d\u200d\u0937",
        "\u2764\ufe0f",
        "#\ufe0f\u20e3",
        "\U0001f1ea\U0001f1f8",
        "\U0001fae9",
        ".",
    ],
)
def test_signs_that_join_visible_ones_are_kept(text):
    assert normalize(text) == one_line(text) == text


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("@ben שלום לכולם, מה שלומכם היום?", "rtl"),
        ("@ben مرحبا بكم جميعا.", "rtl"),
        ("https://example.com/x שלום לכולם.", "rtl"),
        ("www.example.com/x שלום", "rtl"),
        ("@ben hello", "ltr"),
        ("שלום @ben", "rtl"),
        ("#תגית שלום", "rtl"),
        ("#news שלום", "rtl"),
        ("12 hello שלום", "ltr"),
        ("@ben 👍", "auto"),
        ("", "auto"),
    ],
)
def test_names_tags_and_addresses_take_no_part_in_the_direction(text, side):
    assert direction(text) == side


def test_what_is_counted_is_what_people_see():
    assert length("\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466") == 1
    assert length("\U0001f1ea\U0001f1f8 नमस्ते") == 1 + 1 + 3
    assert length("x\u0301\u0302\u0303") == 1
    assert is_too_dense("x" + "\u0323\u0337" * 5, 1)
    assert not is_too_dense("x" + "\u0323" * 9, 1)


def test_length_counts_one_for_a_newline():
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
    assert excerpt("ab" + "\u0323\u0337" * 40, 50) == "a…"


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
    assert length(once) <= len(once)


@given(ANYTHING)
def test_one_line_is_one_line_and_stays_so(text):
    once = one_line(text)
    assert one_line(once) == once
    assert len(once.splitlines()) <= 1
    assert unicodedata.is_normalized("NFC", once)


@given(ANYTHING, st.integers(1, 60))
def test_an_excerpt_is_never_too_long(text, limit):
    assert len(excerpt(text, limit)) <= limit
