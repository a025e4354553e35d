"""The home timeline: exact, newest first, at a cost that does not grow with the posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.extensions import db
from app.models.follow import Follow
from app.models.post import Post

if TYPE_CHECKING:
    from app.models.user import User


def home_of(
    reader: User, limit: int, before: int | None = None, after: int | None = None
) -> list[Post]:
    """The `limit` posts of `reader` and those they follow that are nearest to the cursor.

    Two statements. Newest first, except after `after`, where the nearest come first.
    """
    authors = db.session.scalars(leading_authors(reader, limit, before, after)).all()
    return list(db.session.scalars(posts_of(reader, list(authors), limit, before, after)))


def leading_authors(
    reader: User, limit: int, before: int | None = None, after: int | None = None
) -> sa.Select[int]:
    """Phase one: the authors whose newest post (from the cursor on) is among the `limit` newest.

    Only they can have written any of the `limit` newest posts. One index seek a followed person.
    """
    followed = (
        sa.select(Follow.followed_id.label("author_id"))
        .where(Follow.follower_id == reader.id, Follow.followed.has(closed_at=None))
        .union_all(sa.select(sa.literal(reader.id)))
        .subquery()
    )
    nearest = (
        _ids_of(followed.c.author_id, before, after).limit(1).correlate(followed).scalar_subquery()
    )
    leading = sa.select(followed.c.author_id, nearest.label("nearest")).subquery()
    order = leading.c.nearest.asc() if after is not None else leading.c.nearest.desc()
    return (
        sa.select(leading.c.author_id)
        .where(leading.c.nearest.is_not(None))
        .order_by(order)
        .limit(limit)
    )


def posts_of(
    reader: User,
    authors: list[int],
    limit: int,
    before: int | None = None,
    after: int | None = None,
) -> sa.Select[Post]:
    """Phase two: the `limit` posts nearest to the cursor among those of `authors`."""
    parts = [
        sa.select(_ids_of(author, before, after).limit(limit).subquery().c.id) for author in authors
    ]
    order = Post.id.asc() if after is not None else Post.id.desc()
    # An empty list of authors is a query for nothing, not a syntax error.
    ids = sa.union_all(*parts) if parts else sa.select(sa.null()).where(sa.false())
    return Post.visible_to(reader).where(Post.id.in_(ids)).order_by(order).limit(limit)


def _ids_of(
    author: int | sa.ColumnElement[int], before: int | None, after: int | None
) -> sa.Select[int]:
    ids = sa.select(Post.id).where(Post.author_id == author, Post.deleted_at.is_(None))
    if after is not None:
        return ids.where(Post.id > after).order_by(Post.id.asc())
    if before is not None:
        ids = ids.where(Post.id < before)
    return ids.order_by(Post.id.desc())
