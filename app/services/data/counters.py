"""The counts on people's profiles, counted anew from the rows that they tell of."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Follow, Post, User

Count = sa.ScalarSelect[int]


def recount(user: User | None = None) -> int:
    """Put right the counts of `user`, or of everybody. Returns how many people's were wrong."""
    # On PostgreSQL nobody may post or follow between the count and its writing down.
    _wait_for_writers()
    counts = {
        User.posts_count: _number(Post, Post.author_id == User.id, Post.deleted_at.is_(None)),
        User.followers_count: _ties(Follow.followed_id, Follow.follower_id),
        User.following_count: _ties(Follow.follower_id, Follow.followed_id),
    }
    wrong = sa.or_(*(counter != count for counter, count in counts.items()))
    change = sa.update(User).where(wrong).values(counts)
    if user is not None:
        change = change.where(User.id == user.id)
    change = change.returning(User.id).execution_options(synchronize_session=False)
    return len(db.session.scalars(change).all())


def _ties(own: sa.SQLColumnExpression[int], other: sa.SQLColumnExpression[int]) -> Count:
    """How many people are tied to a person; whoever closed their account does not count."""
    person = aliased(User)
    is_here = sa.exists().where(person.id == other, person.closed_at.is_(None))
    return _number(Follow, own == User.id, is_here)


def _number(table: type[Post | Follow], *conditions: sa.ColumnElement[bool]) -> Count:
    count = sa.select(sa.func.count(table.id)).where(*conditions)
    return count.correlate(User).scalar_subquery()


def _wait_for_writers() -> None:
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text('LOCK TABLE "user", post, follow IN SHARE ROW EXCLUSIVE MODE'))
