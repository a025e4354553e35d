"""Recounting the denormalized numbers on profiles and below posts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.extensions import db
from app.models import Follow, Like, Post, PostCount, User
from app.services.posts import threads
from app.services.posts.counts import COUNTS, last_day

Count = sa.ScalarSelect[int]


def recount(user: User | None = None) -> int:
    """Correct the counts of `user`, or of everybody. Returns how many users had wrong ones."""
    # On PostgreSQL nobody may post or follow between the count and the update.
    _lock_tables()
    counts: dict[InstrumentedAttribute[Any], sa.ScalarSelect[Any]] = {
        User.posts_count: _count(
            Post,
            Post.author_id == User.id,
            Post.deleted_at.is_(None),
            Post.repost_of_id.is_(None),
        ),
        User.followers_count: _follow_count(Follow.followed_id, Follow.follower_id),
        User.following_count: _follow_count(Follow.follower_id, Follow.followed_id),
    }
    counts[User.last_posted_on] = last_day()
    wrong = sa.or_(*(counter.is_distinct_from(count) for counter, count in counts.items()))
    change = sa.update(User).where(wrong).values(counts)
    if user is not None:
        change = change.where(User.id == user.id)
    change = change.returning(User.id).execution_options(synchronize_session=False)
    recount_posts(user)
    return len(db.session.scalars(change).all())


def recount_posts(user: User | None = None) -> None:
    """Correct the numbers below the posts of `user`, or of everybody."""
    replies = sa.select(Post.reply_to_id.label("post_id"), sa.func.count().label("number"))
    replies = replies.where(threads.counted_clause())
    likes = sa.select(Like.post_id, sa.func.count().label("number"))
    reposts = sa.select(Post.repost_of_id.label("post_id"), sa.func.count().label("number"))
    reposts = reposts.where(Post.repost_of_id.is_not(None))
    theirs = None if user is None else sa.select(Post.id).where(Post.author_id == user.id)
    _recount(PostCount.replies_count, replies.group_by(Post.reply_to_id), theirs)
    _recount(PostCount.likes_count, likes.group_by(Like.post_id), theirs)
    _recount(PostCount.reposts_count, reposts.group_by(Post.repost_of_id), theirs)


def _recount(
    count: InstrumentedAttribute[int],
    rows: sa.Select[int | None, int],
    theirs: sa.Select[int] | None,
) -> None:
    """Correct one number; `rows` has what it should be, for the posts where it is not 0."""
    actual = rows.subquery()
    number = sa.select(actual.c.number).where(actual.c.post_id == PostCount.post_id)
    right = sa.func.coalesce(number.scalar_subquery(), 0)
    change = sa.update(PostCount).where(count != right).values({count: right})
    zeros = (sa.literal(0) for _ in COUNTS)
    missing = sa.select(actual.c.post_id, *zeros).where(
        ~sa.exists().where(PostCount.post_id == actual.c.post_id)
    )
    if theirs is not None:
        change = change.where(PostCount.post_id.in_(theirs))
        missing = missing.where(actual.c.post_id.in_(theirs))
    names = ["post_id", *(one.key for one in COUNTS)]
    db.session.execute(sa.insert(PostCount).from_select(names, missing))
    db.session.execute(change.execution_options(synchronize_session=False))


def count_follows_of(user: User, step: int) -> None:
    """Add `step` to the counts of everybody who follows `user` or is followed by them.

    Whoever is absent does not count.
    """
    followed = sa.select(Follow.followed_id).where(Follow.follower_id == user.id)
    followers = sa.select(Follow.follower_id).where(Follow.followed_id == user.id)
    counters = ((followed, User.followers_count), (followers, User.following_count))
    for people, counter in counters:
        change = sa.update(User).where(User.id.in_(people)).values({counter: counter + step})
        db.session.execute(change)


def _follow_count(own: sa.SQLColumnExpression[int], other: sa.SQLColumnExpression[int]) -> Count:
    """How many follows a user has on this side; whoever is absent on the other does not count."""
    person = aliased(User)
    is_present = sa.exists().where(
        person.id == other, person.closed_at.is_(None), person.suspended_until.is_(None)
    )
    return _count(Follow, own == User.id, is_present)


def _count(table: type[Post | Follow], *conditions: sa.ColumnElement[bool]) -> Count:
    count = sa.select(sa.func.count(table.id)).where(*conditions)
    return count.correlate(User).scalar_subquery()


def _lock_tables() -> None:
    if db.engine.dialect.name == "postgresql":
        db.session.execute(
            sa.text('LOCK TABLE "user", post, follow, "like" IN SHARE ROW EXCLUSIVE MODE')
        )
