"""The home timeline: exact, newest first, at a cost that does not grow with the posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models.community.follow import Follow
from app.models.posts.post import Post

if TYPE_CHECKING:
    from app.models.accounts.user import User

ID_MAX = 2**63 - 1


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
    nearest = _ids_of(followed.c.author_id, before, after).limit(1).scalar_subquery()
    # Those who wrote nothing come last; a condition on `nearest` would seek every one twice.
    order = nearest.asc() if after is not None else nearest.desc()
    return sa.select(followed.c.author_id).order_by(order.nulls_last()).limit(limit)


def posts_of(
    reader: User,
    authors: list[int],
    limit: int,
    before: int | None = None,
    after: int | None = None,
) -> sa.Select[Post]:
    """Phase two: the `limit` posts nearest to the cursor among those of `authors`.

    Reads `limit` index entries an author. One statement for any number of authors: SQLite takes
    no UNION of more than 500, and each number of them would be compiled anew.
    """
    table = sa.table("user", sa.column("id", Post.id.type))
    author = sa.select(table.c.id).where(table.c.id.in_(authors)).subquery("author")
    is_lateral = db.engine.dialect.name == "postgresql"
    ids = (_lateral if is_lateral else _ranged)(author, limit, before, after)
    order = Post.id.asc() if after is not None else Post.id.desc()
    return Post.visible_to(reader).where(Post.id.in_(ids)).order_by(order).limit(limit)


def _lateral(
    author: sa.Subquery, limit: int, before: int | None, after: int | None
) -> sa.Select[int]:
    own = _ids_of(author.c.id, before, after).limit(limit).lateral()
    order = own.c.id.asc() if after is not None else own.c.id.desc()
    return sa.select(own.c.id).select_from(author.join(own, sa.true())).order_by(order).limit(limit)


def _ranged(
    author: sa.Subquery, limit: int, before: int | None, after: int | None
) -> sa.Select[int]:
    """Without LATERAL: each author's posts between the cursor and their own last one to read."""
    own = aliased(Post)
    last = _ids_of(author.c.id, before, after).offset(limit - 1).limit(1).scalar_subquery()
    if after is not None:
        bounds = (own.id > after, own.id <= sa.func.coalesce(last, ID_MAX))
    else:
        bounds = (
            own.id < (ID_MAX if before is None else before),
            own.id >= sa.func.coalesce(last, 0),
        )
    # An outer join, since SQLite never changes its order; its nulls match no post.
    on = sa.and_(own.author_id == author.c.id, own.deleted_at.is_(None), *bounds)
    order = own.id.asc() if after is not None else own.id.desc()
    ids = sa.select(own.id).select_from(author.outerjoin(own, on))
    return ids.order_by(order.nulls_last()).limit(limit)


def _ids_of(
    author: int | sa.ColumnElement[int], before: int | None, after: int | None
) -> sa.Select[int]:
    ids = sa.select(Post.id).where(Post.author_id == author, Post.deleted_at.is_(None))
    if after is not None:
        return ids.where(Post.id > after).order_by(Post.id.asc())
    if before is not None:
        ids = ids.where(Post.id < before)
    return ids.order_by(Post.id.desc())
