"""The home timeline: exact, newest first, at a cost that does not grow with the number of posts.

The newest posts can only come from the authors whose newest post is newest, so phase one seeks one
index entry per followed person and phase two reads the posts of those authors alone. Both leave
out what the reader may not see, so that a page is full while there is anything left to show.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.database.cursor import ID_MAX, Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models.base import Id, UTCDateTime
from app.models.community.follow import Follow
from app.models.community.mute import Mute
from app.models.posts.post import Post, visibility_clause

if TYPE_CHECKING:
    from app.models.accounts.user import User


def home_of(reader: User, cursor: Cursor) -> list[Post]:
    """The posts nearest to the cursor by `reader` and those they follow, in two statements."""
    dialect = db.engine.dialect.name
    leading, newest = _statements(dialect, cursor.before is not None, cursor.after is not None)
    values = {
        "reader": reader.id,
        "limit": cursor.limit,
        "before": cursor.before,
        "after": cursor.after,
        "now": utcnow(),
    }
    authors = db.session.scalars(leading, values).all()
    return list(db.session.scalars(newest, values | {"authors": authors}))


# To build them takes longer than to run them.
@lru_cache
def _statements(
    _dialect: str, has_before: bool, has_after: bool
) -> tuple[sa.Select[int], sa.Select[Post]]:
    """Both phases, for any reader and any cursor of one kind."""
    # What a reader may see depends on nothing but their id.
    reader = cast("User", SimpleNamespace(id=sa.bindparam("reader", type_=Id)))
    cursor = Cursor(
        cast("int", sa.bindparam("limit", type_=sa.Integer)),
        cast("int", sa.bindparam("before", type_=Id)) if has_before else None,
        cast("int", sa.bindparam("after", type_=Id)) if has_after else None,
    )
    authors = cast("list[int]", sa.bindparam("authors", expanding=True, type_=Id))
    now = sa.bindparam("now", type_=UTCDateTime())
    return leading_authors(reader, cursor, now), posts_of(reader, authors, cursor)


def leading_authors(
    reader: User, cursor: Cursor, now: datetime | sa.BindParameter[datetime]
) -> sa.Select[int]:
    """Phase one: the authors whose post nearest to the cursor is among the nearest of all.

    Muted people are not among them. A block needs no condition, since it ends the follows between
    two people.
    """
    people = sa.table("user", *map(sa.column, ("id", "closed_at", "suspended_until")))
    ends = (people.c.closed_at, people.c.suspended_until)
    # Those are few. To look up everybody else takes longer than all the rest.
    absent = sa.union_all(*(sa.select(people.c.id).where(end.is_not(None)) for end in ends))
    followed = (
        sa.select(Follow.followed_id.label("author_id"))
        .where(
            Follow.follower_id == reader.id,
            Follow.followed_id.not_in(absent),
            Follow.followed_id.not_in(Mute.ids_muted_by(reader, now)),
        )
        .union_all(sa.select(sa.type_coerce(reader.id, Id)))
        .subquery()
    )
    nearest = _ids_of(followed.c.author_id, reader, cursor).limit(1).scalar_subquery()
    # Authors without posts come last; a condition on `nearest` would seek every one twice.
    order = nearest.asc() if cursor.is_forward else nearest.desc()
    return sa.select(followed.c.author_id).order_by(order.nulls_last()).limit(cursor.limit)


def posts_of(reader: User, authors: list[int], cursor: Cursor) -> sa.Select[Post]:
    """Phase two: the posts of `authors` nearest to the cursor.

    Reads `cursor.limit` index entries per author. One statement for any number of authors: SQLite
    limits a UNION to 500 parts, and each number of parts would be compiled separately.
    """
    table = sa.table("user", sa.column("id", Post.id.type))
    author = sa.select(table.c.id).where(table.c.id.in_(authors)).subquery("author")
    is_lateral = db.engine.dialect.name == "postgresql"
    ids = (_lateral if is_lateral else _ranged)(author, reader, cursor)
    posts = Post.visible_to(reader).where(Post.id.in_(ids))
    return posts.order_by(cursor.order(Post.id)).limit(cursor.limit)


def _lateral(author: sa.Subquery, reader: User, cursor: Cursor) -> sa.Select[int]:
    own = _walk(author.c.id, reader, cursor).limit(cursor.limit).lateral()
    ids = sa.select(own.c.id).select_from(author.join(own, sa.true()))
    return ids.order_by(cursor.order(own.c.id)).limit(cursor.limit)


def _ranged(author: sa.Subquery, reader: User, cursor: Cursor) -> sa.Select[int]:
    """Without LATERAL: each author's posts between the cursor and the last one to read."""
    own = aliased(Post)
    last = _ids_of(author.c.id, reader, cursor).offset(cursor.limit - 1).limit(1).scalar_subquery()
    if cursor.is_forward:
        bounds = (own.id > cursor.after, own.id <= sa.func.coalesce(last, ID_MAX))
    else:
        bounds = (
            own.id < (ID_MAX if cursor.before is None else cursor.before),
            own.id >= sa.func.coalesce(last, 0),
        )
    # An outer join, since SQLite never changes its order; its nulls match no post.
    on = sa.and_(own.author_id == author.c.id, visibility_clause(own, reader), *bounds)
    ids = sa.select(own.id).select_from(author.outerjoin(own, on))
    return ids.order_by(cursor.order(own.id).nulls_last()).limit(cursor.limit)


def _walk(author: sa.ColumnElement[int], reader: User, cursor: Cursor) -> sa.Select[int]:
    """The ids of an author's posts, read along the index.

    By a range of the index, since for one author PostgreSQL may sort all posts: most have few.
    """
    entry = sa.tuple_(Post.author_id, Post.id)
    is_authors = Post.author_id.between(author, author)
    ids = sa.select(Post.id).where(is_authors, Post.visibility_clause(reader))
    if cursor.after is not None:
        ids = ids.where(entry > sa.tuple_(author, cursor.after))
    elif cursor.before is not None:
        ids = ids.where(entry < sa.tuple_(author, cursor.before))
    return ids.order_by(cursor.order(Post.author_id), cursor.order(Post.id))


def _ids_of(author: sa.ColumnElement[int], reader: User, cursor: Cursor) -> sa.Select[int]:
    ids = sa.select(Post.id).where(Post.author_id == author, Post.visibility_clause(reader))
    return ids.where(cursor.where_clause(Post.id)).order_by(cursor.order(Post.id))
