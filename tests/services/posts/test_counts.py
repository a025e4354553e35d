"""The numbers below posts."""

from __future__ import annotations

from app import db
from app.models import PostCount
from app.services.posts import counts
from tests.support.factories import make_post


def numbers(post):
    db.session.expire_all()
    row = db.session.get(PostCount, post.id)
    return None if row is None else (row.replies_count, row.likes_count, row.reposts_count)


def test_each_number_grows_and_shrinks_by_itself(ana):
    post, other = make_post(ana), make_post(ana)
    for count in (PostCount.likes_count, PostCount.likes_count, PostCount.reposts_count):
        counts.add(post.id, count)
    assert numbers(post) == (0, 2, 1)
    assert numbers(other) is None
    counts.take(PostCount.likes_count, {other.id: 1, post.id: 2})
    assert numbers(post) == (0, 0, 1)
    # Of a post that nobody counted, nothing is left to take.
    assert numbers(other) is None
    counts.take(PostCount.likes_count, {})
