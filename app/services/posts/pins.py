"""Pins: what somebody shows first on their profile."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app.database.cursor import Cursor
from app.database.index_hints import indexed_by
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Post, User
from app.models.base import UTCDateTime, person_parameter
from app.models.posts.entry import (
    Entry,
    entries_in,
    nearest_entries,
    reposts_of,
    select_entries,
)
from app.services.errors import NotAllowedError, TooManyPinsError

PINS_MAX = 5


def pin(author: User, post: Post) -> None:
    """Pin `post`; a second time changes nothing. Raises TooManyPinsError at PINS_MAX.

    Raises NotAllowedError for a reply to somebody else, which no profile shows among its posts.
    """
    if post.reply_to_author_id is not None:
        raise NotAllowedError
    # Two concurrent requests must not both take the last place.
    db.session.refresh(author, ["id"], with_for_update={"key_share": True})
    pinned = Post.pinned_by(author, author).with_only_columns(Post.id)
    others = set(db.session.scalars(pinned)) - {post.id}
    if len(others) >= PINS_MAX:
        raise TooManyPinsError
    db.session.execute(_of(post, Post.pinned_at.is_(None)).values(pinned_at=utcnow()))


def keep_to_limit(post: Post) -> None:
    """Unpin a post that came back where as many others are pinned by now as a profile shows."""
    others = sa.select(sa.func.count()).where(
        Post.author_id == post.author_id,
        Post.pinned_at.is_not(None),
        Post.deleted_at.is_(None),
        Post.id != post.id,
    )
    if db.session.scalars(others).one() >= PINS_MAX:
        unpin(post)


def unpin(post: Post) -> None:
    """Pin `post` no longer. A second time changes nothing."""
    db.session.execute(_of(post).values(pinned_at=None))


def profile_page(
    author: User, viewer: User | None, cursor: Cursor
) -> tuple[list[Post], list[Entry]]:
    """What a profile shows: what is pinned, the latest pin first, and a page of all others.

    In one statement; pinned posts come with the newest page alone.
    """
    has_before, has_after = cursor.before is not None, cursor.after is not None
    dialect = db.engine.dialect.name
    statement = _profile_statement(dialect, viewer is not None, has_before, has_after)
    values = cursor.values | {"author": author.id, "now": utcnow()}
    entries = entries_in(statement, values | {"viewer": viewer.id if viewer else None})
    pinned = [
        (entry.post.pinned_at, entry.post)
        for entry in entries
        if entry.post.pinned_at is not None and entry.reposter is None
    ]
    latest = [post for _, post in sorted(pinned, key=lambda pair: pair[0], reverse=True)]
    return latest, [entry for entry in entries if entry.reposter or not entry.post.pinned_at]


# To build it takes longer than to run it.
@lru_cache
def _profile_statement(
    _dialect: str, has_viewer: bool, has_before: bool, has_after: bool
) -> sa.Select[*tuple[Any, ...]]:
    """What a profile shows, for anybody's and for any cursor of one kind."""
    author = person_parameter("author")
    viewer = person_parameter("viewer") if has_viewer else None
    cursor = Cursor.of_parameters(has_before, has_after)
    now = sa.bindparam("now", type_=UTCDateTime())
    others = Post.written_by(author, viewer).where(Post.pinned_at.is_(None))
    own_ids = others.with_only_columns(Post.id, Post.id.label("original_id"))
    own = cursor.apply(own_ids, Post.id).subquery()
    reposts = reposts_of(author, viewer, cursor, now)
    is_newest = not has_before and not has_after
    if is_newest:
        # What is pinned stands above already.
        reposts = reposts.where(
            Post.repost_of_id.not_in(_pinned_ids(author).with_only_columns(Post.id))
        )
    both = sa.union_all(sa.select(own), sa.select(reposts.subquery())).subquery()
    chosen = nearest_entries(both, viewer, cursor, now).subquery()
    if is_newest:
        parts = sa.select(chosen), _pinned_ids(author)
        chosen = sa.union_all(*parts).subquery()
    return select_entries(viewer, chosen, cursor)


def _pinned_ids(author: User) -> sa.Select[int, int]:
    """The ids of what `author` pinned, also of what is deleted, as entries without reposts."""
    ids = sa.select(Post.id, sa.literal(0)).where(
        Post.author_id == author.id, Post.pinned_at.is_not(None)
    )
    return indexed_by(ids, Post, "ix_post_pinned")


def _of(post: Post, *conditions: sa.ColumnElement[bool]) -> sa.Update:
    change = sa.update(Post).where(Post.id == post.id, *conditions)
    return change.execution_options(synchronize_session=False)
