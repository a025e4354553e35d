"""Composing: what is stored of a post, before any transaction."""

from __future__ import annotations

import pytest

from app.services.posts.composition import compose, compose_in
from tests.support.pages import counted_statements

SPANISH = "Mañana abrimos la panadería a las ocho de la mañana."


def test_with_a_title_a_body_is_all_of_markdown_and_without_one_a_little():
    assert compose_in("en", "# *soon*", title="Fair").html({}) == "<h3><em>soon</em></h3>"
    assert compose_in("en", "# *soon*").html({}) == "<p># <em>soon</em></p>"


def test_text_is_stored_normalized_and_a_title_on_one_line():
    new = compose_in(None, "  Cafe\u0301\r\n\r\n\r\n\r\nopen\x00  ", title=" The\n  fair ")
    assert (new.body, new.title, new.language) == ("Café\n\nopen", "The fair", None)


@pytest.mark.parametrize("title", ["", "  ", "\u200b", "\u3164", "\u2800"])
def test_a_title_without_words_is_no_title(title):
    assert compose_in("en", "Words", title=title).title is None


def test_readers_see_the_title_first_and_no_markup():
    new = compose_in("en", "It opens *today*.", title="Fair")
    assert new.text.startswith("Fair\n\n")
    assert "It opens today." in new.text
    assert compose_in("en", "It opens *today*.").text == "It opens today."
    assert compose_in("en", "It opens *today*.").body == "It opens *today*."


def test_the_language_is_detected_unless_the_author_chose_it():
    assert compose(SPANISH).language == "es"
    # A short text may be either; the usual language of its author decides.
    assert (compose("東京").language, compose("東京", prior="ja").language) == ("zh", "ja")
    assert compose_in("en", SPANISH).language == "en"
    assert compose_in(None, SPANISH).language is None


def test_tags_and_mentions_are_folded_and_listed_once():
    new = compose("@Ben and @ana met @BEN at the #Fair, the #fair of #Été")
    assert new.mentions == ["ben", "ana"]
    assert sorted(new.tags) == ["fair", "été"]


def test_only_people_who_exist_become_links_under_their_current_name():
    html = compose("@ben met @nobody").html({"ben": "Benedict"})
    assert html.count("<a ") == 1
    assert "Benedict" in html
    assert "@nobody" in html


def test_markup_of_the_author_stays_text():
    for title in ("", "Title"):
        assert "<script" not in compose("<script>alert(1)</script>", title=title).html({})


def test_composing_needs_no_database(app):
    with counted_statements() as ran:
        assert compose("@ben #fair").html({"ben": "ben"})
    assert ran == []
