"""Recounting the denormalized counts on profiles."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Follow, Post, PostCount, User

Count = sa.ScalarSelect[int]


def recount(user: User | None = None) -> int:
    """Correct the counts of `user`, or of everybody. Returns how many users had wrong ones."""
    # On PostgreSQL nobody may post or follow between the count and the update.
    _lock_tables()
    counts = {
        User.posts_count: _count(Post, Post.author_id == User.id, Post.deleted_at.is_(None)),
        User.followers_count: _follow_count(Follow.followed_id, Follow.follower_id),
        User.following_count: _follow_count(Follow.follower_id, Follow.followed_id),
    }
    wrong = sa.or_(*(counter != count for counter, count in counts.items()))
    change = sa.update(User).where(wrong).values(counts)
    if user is not None:
        change = change.where(User.id == user.id)
    change = change.returning(User.id).execution_options(synchronize_session=False)
    recount_replies(user)
    return len(db.session.scalars(change).all())


def recount_replies(user: User | None = None) -> None:
    """Correct the numbers of replies to the posts of `user`, or of everybody."""
    reply = aliased(Post)
    is_counted = (reply.reply_to_id.is_not(None), reply.deleted_at.is_(None))
    replies = (
        sa.select(sa.func.count(reply.id))
        .where(reply.reply_to_id == PostCount.post_id, *is_counted)
        .correlate(PostCount)
        .scalar_subquery()
    )
    change = sa.update(PostCount).where(PostCount.replies_count != replies)
    columns = (reply.reply_to_id, sa.func.count(), sa.literal(0), sa.literal(0))
    missing = sa.select(*columns).where(
        *is_counted, ~sa.exists().where(PostCount.post_id == reply.reply_to_id)
    )
    if user is not None:
        theirs = sa.select(Post.id).where(Post.author_id == user.id)
        change = change.where(PostCount.post_id.in_(theirs))
        missing = missing.where(reply.reply_to_id.in_(theirs))
    names = ["post_id", "replies_count", "likes_count", "reposts_count"]
    change = change.values(replies_count=replies)
    db.session.execute(change.execution_options(synchronize_session=False))
    added = missing.group_by(reply.reply_to_id)
    db.session.execute(sa.insert(PostCount).from_select(names, added))


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
        db.session.execute(sa.text('LOCK TABLE "user", post, follow IN SHARE ROW EXCLUSIVE MODE'))
