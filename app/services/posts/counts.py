"""The numbers below a post: replies and likes. They are the same for everybody.

Written last in a transaction, since others who do the same to a post wait for its row.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from app.database.upsert import insert
from app.extensions import db
from app.models import PostCount

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
