"""Words, phrases and #tags in texts, whatever the language, and whatever somebody tries."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from app.lib.html import parse_post
from app.lib.word_filters import Matcher, Reading, Word, first_tag, is_findable


def reading(body: str, title: str = "", note: str = "") -> Reading:
    return Reading.of(parse_post(title, body).html({}), title, note)


def finds(word: str, text: str, *, is_whole: bool = True) -> bool:
    return bool(Matcher([Word(word, is_whole)]).find(reading(text)))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("bread", "We bake Bread."),
        ("BREAD", "bread"),
        ("bread", "(bread)"),
        ("bread", "“bread”…"),
        ("bread", "the bread’s crust"),
        ("bread", "bread-and-butter"),
        ("bread", "**bread**"),
        ("bread", "#bread for all"),
        ("pan integral", "Hoy, pan   integral."),
        ("pan integral", "pan\nintegral"),
        ("cafe", "Un CAFÉ con leche"),
        ("CAFÉ", "cafe"),
        ("ano", "Feliz año"),
        ("Straße", "STRASSE"),
        ("don't", "I don’t know"),
        ("İstanbul", "istanbul"),
        ("хлеб", "Свежий ХЛЕБ!"),
        ("ψωμί", "ΨΩΜΙ"),
        ("面包", "我喜欢面包和奶酪"),
        ("面包", "面包"),
        ("パン", "美味しいパンを焼く"),
        ("パン", "ﾊﾟﾝ"),
        ("ขนมปัง", "ฉันชอบขนมปังมาก"),
        ("빵", "빵을 먹다"),
        ("خبز", "أحب خبز البيت"),
        ("🍞", "Fresh 🍞!"),
        ("🍞", "Fresh🍞today"),
        ("👍🏽", "👍"),
        ("👩‍🍳", "👩‍🍳 at work"),
        ("C++", "I write c++ at work"),
        ("R&D", "our r&d"),
        ("2026", "in 2026"),
        ("#Bread", "I like #bread"),
        ("＃bread", "I like #BREAD!"),
        ("#面包", "今天 #面包 好吃"),
        ("example.com", "See https://example.com/cake"),
        ("#1", "We are 1 of many, #1"),
    ],
)
def test_whole_words_are_found(word, text):
    assert finds(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("bread", "gingerbread, breads and breadcrumbs"),
        ("pan integral", "integral pan"),
        ("pan integral", "pan muy integral"),
        ("面包", "面条和包子"),
        ("ハン", "パン"),
        ("🍞", "🥖"),
        ("C++", "Vitamin C, and c"),
        ("@ana", "ana bakes"),
        ("#bread", "I like bread"),
        ("#bread", "#breadbaking"),
        ("https", "https://example.com/"),
        ("blank", "[here](https://example.com/blank)"),
        ("strong", "**bread**"),
        ("nofollow", "https://example.com/"),
        ("#1", "We are 1 of many"),
    ],
)
def test_nothing_else_is_found(word, text):
    assert not finds(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("bread", "Gingerbread"),
        ("bread", "breadcrumbs"),
        ("ack brea", "black bread"),
        ("面", "面包"),
        ("#bread", "all about #sourdoughbread"),
        ("ß", "Strasse"),
    ],
)
def test_parts_of_words_are_found_if_asked(word, text):
    assert finds(word, text, is_whole=False)
    assert not finds(word, "Something else", is_whole=False)


def test_title_and_note_are_read_too():
    matcher = Matcher([Word("bread", is_whole=True)])
    assert matcher.find(reading("Flour", title="On bread"))
    assert matcher.find(reading("Flour", note="Bread, in detail"))
    assert not matcher.find(reading("Flour", title="On", note="crumbs"))
    # They are no phrase together.
    assert not Matcher([Word("on flour", is_whole=True)]).find(reading("Flour", title="On"))


def test_all_words_are_found_and_in_order():
    words = ["cake", "bread", "#bread", "butter", "bread and", "Bread"]
    matcher = Matcher([Word(word, is_whole=True) for word in words])
    assert matcher.find(reading("Bread and #bread, no cakes")) == [1, 2, 4, 5]


@pytest.mark.parametrize("word", ["", " ", "...", "++", "#", "@", "\u200d", "\ufe0f", "́"])
def test_what_cannot_be_found_is_known_and_finds_nothing(word):
    assert not is_findable(word)
    assert not finds(word, "Anything … ++ # @ at all")
    assert not finds(word, "Anything … ++ # @ at all", is_whole=False)


@pytest.mark.parametrize("word", ["a", "1", "🍞", "面", "#bread", "C++", "@ana"])
def test_what_can_be_found_is_known(word):
    assert is_findable(word)


@pytest.mark.parametrize(
    "word", [".*", "(a+)+$", "[a-z]", "a|b", "\\", "(?:", "bread(", "^b", "a{9}"]
)
def test_signs_have_no_meaning(word):
    assert not finds(word, "something else entirely", is_whole=False)
    Matcher([Word(word, is_whole=True)]).find(reading(word))


def steps_of(call: Callable[[], object]) -> int:
    """How many calls of Python and C functions it takes, which no other load changes."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


def test_a_hundred_words_cost_no_more_steps_than_one():
    text = reading("We bake bread every day, and sometimes a cake. " * 10)
    one = Matcher([Word("zebra", is_whole=True)])
    many = Matcher([Word(f"zebra{number}", is_whole=True) for number in range(2_000)])
    assert steps_of(lambda: many.find(text)) == steps_of(lambda: one.find(text)) < 20


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize("unit", ["a", "ab", "面", "🍞", "a ", "(", "á"])
def test_hostile_words_and_texts_cost_no_more_steps(unit, is_whole):
    kind, short = reading("bread"), Matcher([Word("bread", is_whole=is_whole)])
    hostile = Matcher([Word((unit * 100)[:99] + "b", is_whole)])
    long = reading((unit * 10_000)[:10_000])
    allowed = steps_of(lambda: short.find(kind)) + 10
    assert steps_of(lambda: hostile.find(long)) <= allowed


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        ("No tag, only C# and `#code`", ""),
        ("See #Bread, then #butter", "#bread"),
        ("今天的 #面包 真好", "#面包"),
    ],
)
def test_the_first_tag_of_a_text_finds_it(body, tag):
    assert first_tag(parse_post("", body).html({})) == tag
    assert not tag or finds(tag, body)
