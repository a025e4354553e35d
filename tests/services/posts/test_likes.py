"""Likes: one a person, not of one's own, and counted right."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Like, Post, PostCount
from app.services.accounts import accounts
from app.services.data import counters
from app.services.errors import NotAllowedError
from app.services.posts import likes, posts
from tests.support.factories import make_post


def likes_count(post: Post) -> int:
    found = sa.select(PostCount.likes_count).where(PostCount.post_id == post.id)
    return db.session.scalar(found) or 0


def test_a_second_like_or_unlike_changes_nothing(ana, ben):
    post = make_post(ana)
    assert [likes.like(ben, post), likes.like(ben, post)] == [True, False]
    assert likes_count(post) == 1
    assert [likes.unlike(ben, post.id), likes.unlike(ben, post.id)] == [True, False]
    assert likes_count(post) == 0


def test_nobody_likes_their_own_posts(ana):
    post = make_post(ana)
    with pytest.raises(NotAllowedError):
        likes.like(ana, post)
    assert likes_count(post) == 0


def test_replies_and_likes_are_counted_apart(ana, ben):
    post = make_post(ana)
    likes.like(ben, post)
    make_post(ben, reply_to=post)
    db.session.commit()
    counts = db.session.get(PostCount, post.id)
    assert counts is not None
    assert (counts.replies_count, counts.likes_count, counts.reposts_count) == (1, 1, 0)


def test_likes_go_with_a_deleted_post_and_come_back(ana, ben):
    post = make_post(ana)
    likes.like(ben, post)
    posts.delete(post)
    db.session.commit()
    assert posts.marked_page(ben, Like, Cursor(5)) == []
    posts.restore(post)
    db.session.commit()
    assert [row.Post.id for row in posts.marked_page(ben, Like, Cursor(5))] == [post.id]
    assert likes_count(post) == 1


def test_an_erased_account_takes_its_likes_from_the_numbers(ana, ben, cleo):
    post = make_post(ana)
    likes.like(ben, post)
    likes.like(cleo, post)
    ben.closed_at = utcnow() - accounts.ERASE_AFTER - timedelta(hours=1)
    db.session.commit()
    # Others no longer see who it was, but it still counts.
    assert [row.user_id for row in likes.people_page(post, None, Cursor(5))] == [cleo.id]
    assert likes_count(post) == 2
    assert accounts.erase_closed() == 1
    db.session.commit()
    assert likes_count(post) == 1


def test_wrong_numbers_are_corrected(ana, ben, cleo):
    first, second = make_post(ana), make_post(ben)
    for person, post in ((ben, first), (cleo, first), (ana, second)):
        likes.like(person, post)
    db.session.execute(sa.update(PostCount).values(likes_count=9))
    db.session.execute(sa.delete(PostCount).where(PostCount.post_id == second.id))
    db.session.commit()
    counters.recount(ana)
    assert (likes_count(first), likes_count(second)) == (2, 0)
    counters.recount()
    assert (likes_count(first), likes_count(second)) == (2, 1)
