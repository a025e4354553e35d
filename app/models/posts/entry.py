"""Entries of homes and profiles: posts, and reposts with the posts that they repeat.

What several people repost is one entry of a page, at the place of the repost nearest to its cursor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.database.cursor import Cursor
from app.database.index_hints import indexed_by
from app.extensions import db
from app.models.base import Id
from app.models.community.mute import Mute
from app.models.posts.post import Post
from app.models.posts.readers import readable_clause

if TYPE_CHECKING:
    from app.models.accounts.user import User

Now = datetime | sa.BindParameter[datetime]


@dataclass(frozen=True)
class Reposter:
    """Somebody who reposted a post."""

    id: int
    username: str
    display_name: str

    @property
    def name(self) -> str:
        """The display name, or the username if it is empty."""
        return self.display_name or self.username


@dataclass(frozen=True)
class Entry:
    """A post in a list, at its own place or at that of a repost, whose id and time it then has.

    `actor_id` is who wrote or reposted it. `reposter` is None for the post itself; `others_count`
    is how many more people of the list reposted it.
    """

    id: int
    post: Post
    actor_id: int
    created_at: datetime
    reposter: Reposter | None = None
    others_count: int = 0


def nearest_entries(
    found: sa.Subquery, viewer: User | None, cursor: Cursor, now: Now
) -> sa.Select[int, int]:
    """The ids of a page of entries, each with the number of reposts that are one there.

    `found` has the ids of posts that `viewer` may read, and of reposts of any; in `original_id`
    those of the posts themselves.
    """
    is_repost = found.c.id != found.c.original_id
    nearest = (sa.func.min if cursor.is_forward else sa.func.max)(found.c.id)
    # A post that many repost is looked at once.
    grouped = (
        sa.select(
            found.c.original_id,
            nearest.label("nearest_id"),
            sa.func.max(sa.case((~is_repost, found.c.id))).label("own_id"),
            sa.func.sum(sa.case((is_repost, 1), else_=0)).label("reposts"),
        )
        .where(found.c.id.is_not(None))
        .group_by(found.c.original_id)
        .subquery("grouped")
    )
    columns = grouped.c
    id_ = sa.case(
        (columns.reposts == 0, columns.own_id),
        (is_shown(columns.original_id, viewer, now), columns.nearest_id),
        else_=columns.own_id,
    )
    entries = sa.select(id_.label("id"), columns.reposts).subquery("entries")
    rows = sa.select(entries.c.id, entries.c.reposts).where(entries.c.id.is_not(None))
    return rows.order_by(cursor.order(entries.c.id)).limit(cursor.limit)


def select_entries(
    viewer: User | None, chosen: sa.Subquery, cursor: Cursor
) -> sa.Select[*tuple[Any, ...]]:
    """The entries that `chosen` has, as `nearest_entries` does, for `entries_in`."""
    people = sa.table("user", *map(sa.column, ("id", "username", "display_name")))
    entry, person = aliased(Post, name="entry"), people.alias("reposter")
    own = entry.id, entry.author_id, entry.created_at, chosen.c.reposts
    posts = (
        Post.visible_to(viewer)
        .add_columns(*own, person.c.id, person.c.username, person.c.display_name)
        .select_from(chosen)
        # A sum, so that SQLite begins with what is chosen, and not with all posts.
        .join(entry, entry.id == chosen.c.id + 0)
        .join(Post, Post.id == sa.func.coalesce(entry.repost_of_id, entry.id))
        .outerjoin(person, sa.and_(person.c.id == entry.author_id, entry.repost_of_id.is_not(None)))
    )
    # Not by the ids of the table: PostgreSQL may read all of them to have them in order.
    return posts.order_by(cursor.order(chosen.c.id))


def entries_in(
    statement: sa.Select[*tuple[Any, ...]], values: dict[str, Any] | None = None
) -> list[Entry]:
    """The entries that a statement of `select_entries` finds."""
    return [
        Entry(id_, post, actor_id, at)
        if person[0] is None
        else Entry(id_, post, actor_id, at, Reposter(*person), reposts - 1)
        for post, id_, actor_id, at, reposts, *person in db.session.execute(statement, values or {})
    ]


def is_shown(
    post_id: sa.SQLColumnExpression[Any],
    viewer: User | None,
    now: Now,
    *,
    with_replies: bool = True,
) -> sa.ColumnElement[bool]:
    """The condition that `viewer` may read what others or a tag bring them.

    Nobody gets posts for followers in this way, nor what they mute.
    """
    post = aliased(Post)
    found = sa.select(sa.literal(1)).where(
        post.id == post_id,
        post.visibility != sa.literal_column("'followers'"),
        readable_clause(post, viewer),
    )
    if not with_replies:
        found = found.where(post.reply_to_author_id.is_(None))
    if viewer is not None:
        found = found.where(~Mute.is_muted(viewer, post.author_id, now))
    # As in `readers`: for an EXISTS, PostgreSQL might read all posts, and it expects nearly every
    # row to differ from a number.
    return sa.func.coalesce(found.scalar_subquery(), 0) != 0


def reposts_of(author: User, viewer: User | None, cursor: Cursor, now: Now) -> sa.Select[int, int]:
    """The reposts by `author` that are shown to `viewer`, in the columns of `nearest_entries`."""
    ids = sa.select(Post.id, sa.type_coerce(Post.repost_of_id, Id).label("original_id"))
    rows = ids.where(
        Post.repost_of_id.is_not(None),
        is_shown(Post.repost_of_id, viewer, now),
        readable_clause(Post, viewer, with_reposts=True),
    )
    rows = indexed_by(rows, Post, "ix_post_reposts")
    return cursor.along(rows, Post.author_id, author.id, Post.id)
