"""Filters: which posts they apply to, where, until when, and how many there can be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.lib.dates import utcnow
from app.lib.word_filters import Word
from app.models import Filter, FilterKeyword, Post, User
from app.models.community.filter import CONTEXTS
from app.services.community import filters
from app.services.community.filters import FILTERS_MAX, Definition
from app.services.errors import TooManyFiltersError
from tests.support.factories import make_filter, make_post
from tests.support.pages import counted_statements


def found(person: User, *posts: Post, context: str = "home") -> list[list[str]]:
    """Why each post is filtered; an empty list for one that is not."""
    matches = filters.matching(person, posts, context)
    return [matches[post.id].names if post.id in matches else [] for post in posts]


def rows(model: type[Any]) -> int:
    return db.session.scalars(sa.select(sa.func.count()).select_from(model)).one()


def test_posts_with_the_words_are_found(ana, ben):
    make_filter(ana, "bread", "#cake")
    posts = [make_post(ben, body) for body in ("Some Bread!", "Gingerbread", "My #cake and bread")]
    assert found(ana, *posts) == [["bread"], [], ["bread", "#cake"]]
    assert found(ben, *posts) == [[], [], []]
    assert filters.matching(None, posts) == {}


def test_nobodys_own_posts_are_filtered(ana):
    make_filter(ana, "bread")
    assert found(ana, make_post(ana, "My own bread")) == [[]]


def test_title_and_content_note_count(ana, ben):
    make_filter(ana, "bread")
    posts = [make_post(ben, "Flour", title="On bread"), make_post(ben, "So", content_note="bread")]
    assert found(ana, *posts) == [["bread"], ["bread"]]


def test_a_filter_with_a_title_tells_that_instead_of_the_words(ana, ben):
    make_filter(ana, "bread", "cake", title="Carbs")
    make_filter(ana, "bread")
    assert found(ana, make_post(ben, "Bread and cake")) == [["Carbs", "bread"]]


def test_a_filter_applies_where_it_should(ana, ben):
    make_filter(ana, "bread", contexts=["public", "thread"])
    post = make_post(ben, "Bread")
    applying = {context for context in CONTEXTS if found(ana, post, context=context) != [[]]}
    assert applying == {"public", "thread"}
    (hit,) = filters.matching(ana, [post])[post.id]
    assert hit.contexts == ("public", "thread")


def test_leaving_out_wins_over_folding(ana, ben):
    make_filter(ana, "bread")
    post = make_post(ben, "Bread")
    assert not filters.matching(ana, [post])[post.id].hides
    make_filter(ana, "bread", action="hide")
    assert filters.matching(ana, [post])[post.id].hides


def test_a_filter_ends_by_itself_and_stays_in_the_list(ana, ben):
    make_filter(ana, "bread", expires_at=utcnow() + timedelta(days=1))
    post = make_post(ben, "Bread")
    with time_machine.travel(utcnow() + timedelta(hours=23), tick=False):
        assert found(ana, post) == [["bread"]]
    with time_machine.travel(utcnow() + timedelta(hours=25), tick=False):
        assert found(ana, post) == [[]]
        (mine,) = filters.page(ana)
        assert mine.is_expired


def test_changes_count_at_once_and_words_keep_their_ids(ana, ben):
    mine = make_filter(ana, "bread", "cake")
    posts = [make_post(ben, body) for body in ("bread", "cake", "gingerbread", "butter")]
    assert found(ana, *posts) == [["bread"], ["cake"], [], []]
    ids = {one.keyword: one.id for one in mine.keywords}
    words = [Word("bread", is_whole=False), Word("butter", is_whole=True)]
    filters.change(ana, mine.id, lambda _: Definition(words, ["home"], "hide", "Carbs"))
    db.session.commit()
    assert found(ana, *posts) == [["Carbs"], [], ["Carbs"], ["Carbs"]]
    (mine,) = filters.page(ana)
    assert {one.keyword: one.whole_word for one in mine.keywords} == dict(words)
    assert mine.keywords[0].id == ids["bread"]
    assert rows(FilterKeyword) == 2


def test_an_edited_post_is_read_again(ana, ben):
    make_filter(ana, "bread")
    post = make_post(ben, "Flour")
    assert found(ana, post) == [[]]
    post.html = "<p>Bread</p>"
    assert found(ana, post) == [["bread"]]


def test_deleting_can_be_undone_for_a_while(ana, ben):
    mine = make_filter(ana, "bread")
    post = make_post(ben, "Bread")
    assert filters.delete(ana, mine.id)
    assert not filters.delete(ana, mine.id)
    assert found(ana, post) == [[]]
    assert (ana.filters_version, filters.page(ana), filters.find(ana, mine.id)) == (None, [], None)
    assert filters.restore(ana, mine.id)
    assert not filters.restore(ana, mine.id)
    assert found(ana, post) == [["bread"]]
    filters.delete(ana, mine.id)
    db.session.commit()
    with time_machine.travel(utcnow() + timedelta(hours=23)):
        assert filters.purge() == 0
    with time_machine.travel(utcnow() + timedelta(hours=25)):
        assert filters.purge() == 1
    assert (rows(Filter), rows(FilterKeyword)) == (0, 0)


def test_nobody_reaches_the_filters_of_others(ana, ben):
    mine = make_filter(ana, "bread")
    assert filters.find(ben, mine.id) is None
    assert not filters.delete(ben, mine.id)
    filters.delete(ana, mine.id)
    assert not filters.restore(ben, mine.id)


def test_there_is_a_most(ana, ben):
    first = make_filter(ana, "bread")
    for number in range(FILTERS_MAX - 1):
        filters.create(ana, Definition([Word(f"word{number}", is_whole=True)], CONTEXTS))
    with pytest.raises(TooManyFiltersError):
        make_filter(ana, "cake")
    filters.delete(ana, first.id)
    make_filter(ana, "cake")
    with pytest.raises(TooManyFiltersError):
        filters.restore(ana, first.id)
    make_filter(ben, "cake")


def test_without_filters_nothing_is_asked_and_with_them_once_a_version(ana, ben):
    posts = [make_post(ben, "Bread") for _ in range(3)]
    for post in posts:
        assert post.html and post.author_id
    with counted_statements() as ran:
        found(ben, *posts)
        found(ana, *posts)
    assert not ran
    mine = filters.create(ana, Definition([Word("bread", is_whole=True)], CONTEXTS))
    assert ana.filters_version and all(post.html for post in posts)
    with counted_statements() as ran:
        for context in CONTEXTS:
            assert found(ana, *posts, context=context) == [["bread"]] * 3
    assert len(ran) == 1
    first = ana.filters_version
    filters.change(ana, mine.id, lambda _: Definition([Word("cake", is_whole=True)], CONTEXTS))
    assert ana.filters_version not in (None, first)
    assert found(ana, *posts) == [[]] * 3


def test_a_note_that_moderators_require_is_filtered_too(ana, ben):
    make_filter(ana, "spiders")
    post = make_post(ben)
    assert filters.matching(ana, [post]) == {}
    post.required_note = "Spiders"
    assert filters.matching(ana, [post])[post.id].names == ["spiders"]


def test_a_filter_that_is_gone_is_not_changed(ana, ben):
    mine = make_filter(ana, "bread")
    words = Definition([Word("cake", is_whole=True)], CONTEXTS)
    assert not filters.change(ben, mine.id, lambda _: words)
    filters.delete(ana, mine.id)
    assert not filters.change(ana, mine.id, lambda _: words)
