"""The home timeline: exact, newest first, at a cost that does not grow with the number of posts.

The newest posts can only come from the authors whose newest post is newest, so phase one seeks one
index entry per followed person and phase two reads the posts of those authors alone. Both leave
out what the reader may not see, so that a page is full while there is anything left to show.

What else comes home is read apart, in `home_parts`, and no further than the last of these posts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.database.cursor import ID_MAX, Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models.base import Id, UTCDateTime, person_parameter
from app.models.community.follow import Follow
from app.models.community.mute import Mute
from app.models.posts.entry import (
    Entry,
    Now,
    entries_in,
    nearest_entries,
    select_entries,
)
from app.models.posts.home_parts import Window, rows_beside
from app.models.posts.post import Post
from app.models.posts.readers import visibility_clause

if TYPE_CHECKING:
    from app.models.accounts.user import User


def home_of(reader: User, cursor: Cursor) -> list[Entry]:
    """What is nearest to the cursor and belongs in the home of `reader`, in two statements.

    Of the reader and those they follow: posts and threads of their own, what they reply to each
    other, what they repost, and all that the reader replies and reposts; and the posts with tags
    that the reader follows. Of the replies and reposts of others, what was not turned off.
    """
    kind = _Kind(
        db.engine.dialect.name,
        cursor.before is not None,
        cursor.after is not None,
        reader.home_has_reposts,
        reader.home_has_replies,
    )
    leading, nearest = _statements(kind)
    values: dict[str, Any] = {
        **cursor.values,
        "reader": reader.id,
        # Under a second name, since PostgreSQL gets limits as part of a statement.
        "page_size": cursor.limit,
        "now": utcnow(),
    }
    authors = db.session.scalars(leading, values).all()
    return entries_in(nearest, values | {"authors": authors})


class _Kind(NamedTuple):
    """What the statements depend on, beside their parameters."""

    dialect: str
    has_before: bool
    has_after: bool
    home_has_reposts: bool
    home_has_replies: bool


# To build them takes longer than to run them.
@lru_cache
def _statements(kind: _Kind) -> tuple[sa.Select[int], sa.Select[*tuple[Any, ...]]]:
    """Both phases, for any reader and any cursor of one kind."""
    reader = person_parameter(
        "reader", home_has_reposts=kind.home_has_reposts, home_has_replies=kind.home_has_replies
    )
    cursor = Cursor.of_parameters(kind.has_before, kind.has_after)
    authors = cast("list[int]", sa.bindparam("authors", expanding=True, type_=Id))
    page_size = cast("int", sa.bindparam("page_size", type_=sa.Integer))
    now = sa.bindparam("now", type_=UTCDateTime())
    return (
        leading_authors(reader, cursor, now),
        entries_of(reader, authors, cursor, now, page_size=page_size),
    )


def leading_authors(reader: User, cursor: Cursor, now: Now) -> sa.Select[int]:
    """Phase one: the authors whose post nearest to the cursor is among the nearest of all.

    Muted people are not among them. A block needs no condition, since it ends the follows between
    two people.
    """
    followed = _circle(reader, now).subquery()
    nearest = _ids_of(followed.c.author_id, reader, cursor).limit(1).scalar_subquery()
    # Authors without posts come last; a condition on `nearest` would seek every one twice.
    order = nearest.asc() if cursor.is_forward else nearest.desc()
    return sa.select(followed.c.author_id).order_by(order.nulls_last()).limit(cursor.limit)


def _circle(reader: User, now: Now) -> sa.CompoundSelect[int]:
    """The ids of those whom `reader` follows and does not mute, and of the reader."""
    people = sa.table("user", *map(sa.column, ("id", "closed_at", "suspended_until")))
    ends = (people.c.closed_at, people.c.suspended_until)
    # Those are few. To look up everybody else takes longer than all the rest.
    absent = sa.union_all(*(sa.select(people.c.id).where(end.is_not(None)) for end in ends))
    followed = sa.select(Follow.followed_id.label("author_id")).where(
        Follow.follower_id == reader.id,
        Follow.followed_id.not_in(absent),
        Follow.followed_id.not_in(Mute.ids_muted_by(reader, now)),
    )
    return followed.union_all(sa.select(sa.type_coerce(reader.id, Id)))


def entries_of(
    reader: User, authors: list[int], cursor: Cursor, now: Now, *, page_size: int
) -> sa.Select[*tuple[Any, ...]]:
    """Phase two: the posts of `authors` nearest to the cursor, and what else is among these."""
    newest = _newest_of(reader, authors, cursor).cte("newest").prefix_with("MATERIALIZED")
    window = _window_of(newest, cursor, page_size)
    circle = _circle(reader, now).cte("circle").prefix_with("MATERIALIZED")
    posts = sa.select(newest.c.id, newest.c.id.label("original_id"))
    found = sa.union(posts, *rows_beside(circle, reader, cursor, window, now)).subquery("found")
    chosen = nearest_entries(found, reader, cursor, now)
    return select_entries(reader, chosen.subquery("chosen"), cursor)


def _newest_of(reader: User, authors: list[int], cursor: Cursor) -> sa.Select[int]:
    """The ids of what `authors` write to everybody.

    Reads `cursor.limit` index entries per author. One statement for any number of authors: SQLite
    limits a UNION to 500 parts, and each number of parts would be compiled separately.
    """
    table = sa.table("user", sa.column("id", Post.id.type))
    author = sa.select(table.c.id).where(table.c.id.in_(authors)).subquery("author")
    is_lateral = db.engine.dialect.name == "postgresql"
    return (_lateral if is_lateral else _ranged)(author, reader, cursor)


def _window_of(newest: sa.CTE, cursor: Cursor, page_size: int) -> Window:
    """The ids between which anything is as near to the cursor as what fills a page."""
    is_full = sa.func.count(newest.c.id) == page_size
    if cursor.is_forward:
        edge = sa.case((is_full, sa.func.max(newest.c.id)), else_=ID_MAX)
        return cursor.after, sa.select(edge).scalar_subquery()
    edge = sa.case((is_full, sa.func.min(newest.c.id)), else_=0)
    return sa.select(edge).scalar_subquery(), ID_MAX if cursor.before is None else cursor.before


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
    on = sa.and_(
        own.author_id == author.c.id,
        own.reply_to_author_id.is_(None),
        visibility_clause(own, reader),
        *bounds,
    )
    ids = sa.select(own.id).select_from(author.outerjoin(own, on))
    return ids.order_by(cursor.order(own.id).nulls_last()).limit(cursor.limit)


def _walk(author: sa.ColumnElement[int], reader: User, cursor: Cursor) -> sa.Select[int]:
    """The ids of an author's posts, read along the index.

    By a range of the index, since for one author PostgreSQL may sort all posts: most have few.
    """
    entry = sa.tuple_(Post.author_id, Post.id)
    is_authors = Post.author_id.between(author, author)
    ids = sa.select(Post.id).where(
        is_authors, Post.reply_to_author_id.is_(None), Post.visibility_clause(reader)
    )
    if cursor.after is not None:
        ids = ids.where(entry > sa.tuple_(author, cursor.after))
    elif cursor.before is not None:
        ids = ids.where(entry < sa.tuple_(author, cursor.before))
    return ids.order_by(cursor.order(Post.author_id), cursor.order(Post.id))


def _ids_of(author: sa.ColumnElement[int], reader: User, cursor: Cursor) -> sa.Select[int]:
    ids = sa.select(Post.id).where(
        Post.author_id == author,
        Post.reply_to_author_id.is_(None),
        Post.visibility_clause(reader),
    )
    return ids.where(cursor.where_clause(Post.id)).order_by(cursor.order(Post.id))
