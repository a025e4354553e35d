"""Folding and queries: what is written in many ways is found in all of them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lib.html import readable_text
from app.lib.search.documents import author_key, language_key, post_text, tag_term
from app.lib.search.folding import fold, words_at
from app.lib.search.query import QUERY_MAX, parse_query
from app.lib.search.ranking import score

texts = st.text(max_size=300)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("The Bakery, OPENS!", "the bakery opens"),
        ("Café cafe\u0301", "cafe cafe"),
        ("Straße", "strasse"),
        ("Łódź łodz", "lodz lodz"),
        ("Œuvre Ærø Søren", "oeuvre aero soren"),
        ("đẹp Đẹp ısı İstanbul", "dep dep isi istanbul"),
        ("Þór ħ", "thor h"),
        ("Ёлка ещё", "елка еще"),
        ("ｆｕｌｌ １２", "full 12"),
        ("你好世界", "你 好 世 界"),
        ("用Python写", "用 python 写"),
        ("がき かき ガ", "が き か き ガ"),
        ("안녕", "안 녕"),
        ("น้ำใจ", "น้\u0e4d า ใ จ"),
        ("don't", "don t"),
        ("ana_b", "ana b"),
        ("👍🏽 👍", "zz1f44d zz1f44d"),
        ("so\u00adft", "soft"),
        ("كَتَبَ", "كتب"),
        ("* - \" ' & %", ""),
        ("", ""),
        ("x" * 130, f"{'x' * 64} {'x' * 64} xx"),
        ("ж" * 65, f"{'ж' * 64} ж"),
    ],
)
def test_what_reads_alike_is_folded_alike(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(texts)
def test_folded_text_is_words_and_single_spaces_and_stays_as_it_is(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert not set(folded) & set("\"'*-^:(){}\\&|!<>%_")
    assert fold(folded) == folded


@given(texts, st.sampled_from([str.upper, str.lower]))
def test_ascii_and_other_letters_are_folded_by_the_same_rule(text: str, change: object) -> None:
    ascii_text = text.encode("ascii", "ignore").decode()
    assert fold(change(ascii_text)) == fold(ascii_text)
    assert fold(f"{ascii_text} é").removesuffix("e").strip() == fold(ascii_text)


def test_a_query_is_words_phrases_and_operators() -> None:
    text = '"good morning" bread from:@Ana lang:ES #Río after:2026-03-01 before:2026-04-01 sun'
    query = parse_query(text)
    assert query.text == text
    assert (query.words, query.phrases) == (("bread", "sun"), ("good morning",))
    assert (query.author, query.language, query.tags) == ("Ana", "es", ("río",))
    assert (query.after, query.before) == (date(2026, 3, 1), date(2026, 4, 1))
    assert query.terms == ("bread", "sun", "good morning")
    assert query.has_filters


def test_full_width_signs_from_other_keyboards_are_operators_too() -> None:
    query = parse_query("lang：zh ＃春天 “早上好”")
    assert (query.language, query.tags, query.phrases) == ("zh", ("春天",), ("早上好",))


@pytest.mark.parametrize(
    "text",
    [
        "#1",
        "site:example.org",
        "-bread",
        "a OR b",
        '"open',
        "near(a b)",
        "*",
    ],
)
def test_what_is_no_operator_is_plain_text(text: str) -> None:
    query = parse_query(text)
    assert query.terms == tuple(dict.fromkeys(filter(None, map(fold, text.split()))))
    assert not query.has_filters


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("from: bread", "empty", "from"),
        ("bread after:", "empty", "after"),
        ("from:a/b bread", "name", "a/b"),
        ("bread lang:english", "language", "english"),
        ("bread lang:sp", "language", "sp"),
        ("bread before:soon", "day", "soon"),
        ("bread after:2026-02-30", "day", "2026-02-30"),
        ("bread AFTER：２０２６", "day", "２０２６"),
    ],
)
def test_an_operator_that_cannot_be_read_is_a_mistake_and_no_word(
    text: str, kind: str, said: str
) -> None:
    query = parse_query(text)
    assert query.mistakes == ((kind, said),)
    assert query.terms == ("bread",)
    assert not query.has_filters


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("from:ana from:ben", "repeated", "from"),
        ("before:2026-01-02 before:2026-01-01", "repeated", "before"),
        ("after:2026-04-01 before:2026-04-01", "range", ""),
    ],
)
def test_operators_that_contradict_each_other_are_a_mistake(
    text: str, kind: str, said: str
) -> None:
    assert parse_query(text).mistakes == ((kind, said),)


@pytest.mark.parametrize(
    "text", ["from:ana from:ana", "lang:zh", "lang:haw", "#1", "after:2026-03-01 before:2026-03-02"]
)
def test_what_can_be_carried_out_is_no_mistake(text: str) -> None:
    assert parse_query(text).mistakes == ()


def test_a_query_has_its_length() -> None:
    assert len(parse_query("word " * 100).text) <= QUERY_MAX
    assert parse_query(" \n\t\x07 ").text == ""


@given(texts)
def test_no_query_is_an_error(text: str) -> None:
    query = parse_query(text)
    assert all(query.terms)
    assert all(query.marked)


def test_a_post_is_found_by_its_words_and_by_who_wrote_it_how() -> None:
    words = readable_text("News", "**Bold** [words](https://example.org)")
    text = post_text(7, words, "es", ["río_a"])
    assert text == "news bold words ｚby7 ｚonrioa ｚines"
    assert post_text(7, readable_text(None, "**Bold**"), None, []) == "bold ｚby7"
    in_other_order = [post_text(7, "Hi", None, tags) for tags in (["a", "b"], ["b", "a"])]
    assert in_other_order == ["hi ｚby7 ｚona ｚonb"] * 2


@given(texts)
def test_no_text_contains_a_key(text: str) -> None:
    keys = {author_key(7), language_key("es"), tag_term("news")}
    assert not keys & set(fold(text + " " + " ".join(keys)).split())
    assert not keys & {word for word, _, _ in words_at(" ".join(keys))}


def test_more_often_earlier_and_shorter_is_better() -> None:
    terms = ["bread"]
    assert score("bread bread", terms) > score("bread oven", terms)
    assert score("bread oven", terms) > score("oven bread", terms)
    assert score("bread oven", terms) > score("bread oven" + " stone" * 50, terms)
