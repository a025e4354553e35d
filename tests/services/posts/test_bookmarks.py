"""Bookmarks: kept once, in the order in which they came, for nobody else."""

from __future__ import annotations

import sqlalchemy as sa

from app import db
from app.database.cursor import Cursor
from app.models import Bookmark, PostCount
from app.services.posts import bookmarks, posts
from tests.support.factories import make_post


def kept(person):
    return [row.Post.body for row in posts.marked_page(person, Bookmark, Cursor(10))]


def test_bookmarks_come_last_first_and_once(ana, ben):
    one, two = make_post(ben, "One"), make_post(ana, "Two")
    for post in (two, one, two):
        bookmarks.bookmark(ana, post)
    assert kept(ana) == ["One", "Two"]
    assert kept(ben) == []
    for _ in range(2):
        bookmarks.remove(ana, one.id)
    assert kept(ana) == ["Two"]


def test_no_number_tells_of_them(ana, ben):
    bookmarks.bookmark(ana, make_post(ben))
    assert db.session.scalars(sa.select(PostCount)).all() == []
