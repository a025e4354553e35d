"""The numbers below a post: replies, likes and reposts. They are the same for everybody.

Written last in a transaction, since others who do the same to a post wait for its row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from app.database.upsert import insert
from app.extensions import db
from app.models import Post, PostCount, User

Count = InstrumentedAttribute[int]
COUNTS: tuple[Count, ...] = (
    PostCount.replies_count,
    PostCount.likes_count,
    PostCount.reposts_count,
)


def add(post_id: int, count: Count) -> None:
    """Count one more of something."""
    numbers = {one.key: int(one is count) for one in COUNTS}
    row = insert(PostCount).values(post_id=post_id, **numbers)
    upsert = row.on_conflict_do_update(
        index_elements=[PostCount.post_id], set_={count.key: count + 1}
    )
    db.session.execute(upsert)


def last_day() -> sa.ScalarSelect[date]:
    """The day of the last post of a person that everybody may see, in UTC.

    Of somebody who is silenced it stays what it was: few see what they write.
    """
    is_sqlite = db.engine.dialect.name == "sqlite"
    at = Post.created_at if is_sqlite else sa.func.timezone("UTC", Post.created_at)
    day = sa.select(sa.type_coerce(sa.func.date(at), sa.Date))
    public = (
        Post.visibility == "public",
        Post.hidden_at.is_(None),
        Post.deleted_at.is_(None),
        Post.repost_of_id.is_(None),
    )
    # By a range of the index, since PostgreSQL may walk everybody's posts back to the last of one.
    own = day.where(Post.author_id.between(User.id, User.id), *public)
    newest = own.order_by(Post.author_id.desc(), Post.id.desc()).limit(1).correlate(User)
    is_silenced = User.silenced_until.is_not(None)
    known = sa.case((is_silenced, User.last_posted_on), else_=newest.scalar_subquery())
    return sa.select(known).correlate(User).scalar_subquery()


def put(post_id: int, count: Count, number: sa.Select[int]) -> None:
    """Set one number of a post to the result of a select."""
    numbers = {one.key: 0 for one in COUNTS} | {count.key: number.scalar_subquery()}
    row = insert(PostCount).values(post_id=post_id, **numbers)
    upsert = row.on_conflict_do_update(
        index_elements=[PostCount.post_id], set_={count.key: row.excluded[count.key]}
    )
    db.session.execute(upsert)


def take(count: Count, lost: Mapping[int, int]) -> None:
    """Take these numbers from those of the posts with these ids, if these are there."""
    fewer = sa.update(PostCount).where(PostCount.post_id == sa.bindparam("counted"))
    fewer = fewer.values({count: count - sa.bindparam("step")})
    # In the order of the ids, so that two that count at once never wait for each other.
    rows = [{"counted": post_id, "step": step} for post_id, step in sorted(lost.items())]
    if rows:
        db.session.connection().execute(fewer, rows)
