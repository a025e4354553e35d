"""Pins."""

from __future__ import annotations

import pytest

from app import db
from app.database.cursor import Cursor
from app.services.errors import TooManyPinsError
from app.services.posts import pins, posts
from tests.support.factories import make_post
from tests.support.pages import counted_statements


def test_pinning_twice_keeps_the_place(ana):
    first, second = make_post(ana), make_post(ana)
    for post in (first, second, first):
        pins.pin(ana, post)
    db.session.commit()
    pinned, rest = pins.profile_page(ana, None, Cursor(10))
    assert [post.id for post in pinned] == [second.id, first.id]
    assert rest == []


def test_at_the_limit_what_is_pinned_may_be_pinned_again(ana):
    written = [make_post(ana, f"Post {number}") for number in range(pins.PINS_MAX + 1)]
    for post in written[:-1]:
        pins.pin(ana, post)
    pins.pin(ana, written[0])
    with pytest.raises(TooManyPinsError):
        pins.pin(ana, written[-1])


def test_a_profile_takes_one_statement(ana, ben):
    pins.pin(ana, make_post(ana))
    make_post(ana, "Another")
    db.session.commit()
    with counted_statements() as ran:
        pinned, rest = pins.profile_page(ana, ben, Cursor(10))
        found = [*pinned, *(entry.post for entry in rest)]
        assert [post.author.username for post in found] == ["ana", "ana"]
    assert len(ran) == 1


def test_a_post_that_comes_back_takes_no_place_of_others(ana):
    written = [make_post(ana, f"Post {number}") for number in range(pins.PINS_MAX + 1)]
    for post in written[:-1]:
        pins.pin(ana, post)
    posts.delete(written[0])
    pins.pin(ana, written[-1])
    posts.restore(written[0])
    db.session.commit()
    pinned, rest = pins.profile_page(ana, None, Cursor(10))
    assert [post.body for post in pinned] == ["Post 5", "Post 4", "Post 3", "Post 2", "Post 1"]
    assert [entry.post.body for entry in rest] == ["Post 0"]
    # With room for it, it is where it was.
    posts.delete(written[2])
    posts.restore(written[2])
    db.session.commit()
    assert len(pins.profile_page(ana, None, Cursor(10))[0]) == pins.PINS_MAX
