"""Recounting the denormalized numbers on profiles and below posts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.database.upsert import insert
from app.extensions import db
from app.models import Follow, Like, Post, PostCount, User
from app.services.posts import threads
from app.services.posts.counts import COUNTS, last_day

Count = sa.ScalarSelect[int]


def recount(user: User | None = None) -> int:
    """Correct the counts of `user`, or of everybody. Returns how many users had wrong ones."""
    _take_time()
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
    _take_time()
    theirs = None if user is None else sa.select(Post.id).where(Post.author_id == user.id)
    _recount(PostCount.replies_count, Post.reply_to_id, theirs, threads.counted_clause())
    _recount(PostCount.likes_count, Like.post_id, theirs)
    _recount(PostCount.reposts_count, Post.repost_of_id, theirs)


def _recount(
    count: InstrumentedAttribute[int],
    key: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    theirs: sa.Select[int] | None,
    *conditions: sa.ColumnElement[bool],
) -> None:
    """Correct one number: of the rows that have a post in `key` and meet the conditions.

    Without a look at the numbers that are there: while there are few, PostgreSQL would read all of
    them for each post.
    """
    numbers = (sa.func.count() if one is count else sa.literal(0) for one in COUNTS)
    found = sa.select(key, *numbers).where(key.is_not(None), *conditions).group_by(key)
    is_none = ~sa.exists().where(key == PostCount.post_id, *conditions)
    none = sa.update(PostCount).where(count != 0, is_none).values({count: 0})
    if theirs is not None:
        found = found.where(key.in_(theirs))
        none = none.where(PostCount.post_id.in_(theirs))
    row = insert(PostCount).from_select(["post_id", *(one.key for one in COUNTS)], found)
    right = row.excluded[count.key]
    upsert = row.on_conflict_do_update(
        index_elements=[PostCount.post_id], set_={count.key: right}, where=count != right
    )
    db.session.execute(upsert)
    db.session.execute(none.execution_options(synchronize_session=False))


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


def _take_time() -> None:
    """Lift what keeps the statements of pages short, up to the end of the transaction."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("SET LOCAL statement_timeout = 0"))
