"""Pins: what somebody shows first on their profile."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Post, User
from app.services.errors import NotAllowedError, TooManyPinsError

PINS_MAX = 5
# With statistics, SQLite would read all that an author wrote: most people write little.
PINNED_IDS = {
    "sqlite": sa.text(
        "SELECT id FROM post INDEXED BY ix_post_pinned"
        " WHERE author_id = :author AND pinned_at IS NOT NULL"
    ),
    "postgresql": sa.text(
        "SELECT id FROM post WHERE author_id = :author AND pinned_at IS NOT NULL"
    ),
}


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
) -> tuple[list[Post], list[Post]]:
    """What a profile shows: what is pinned, the latest pin first, and a page of all other posts.

    In one statement; pinned posts come with the newest page alone.
    """
    is_first = cursor.before is None and cursor.after is None
    others = Post.written_by(author, viewer).where(Post.pinned_at.is_(None))
    if not is_first:
        return [], list(db.session.scalars(cursor.apply(others, Post.id)))
    newest = cursor.apply(others.with_only_columns(Post.id), Post.id).subquery()
    ids = sa.union_all(sa.select(newest.c.id), _pinned_ids(author))
    rows = Post.visible_to(viewer).where(Post.id.in_(ids)).order_by(Post.id.desc())
    found = db.session.scalars(rows).all()
    pinned = [(post.pinned_at, post) for post in found if post.pinned_at is not None]
    latest = sorted(pinned, key=lambda pair: pair[0], reverse=True)
    return [post for _, post in latest], [post for post in found if post.pinned_at is None]


def _pinned_ids(author: User) -> Any:
    """The ids of what `author` pinned, also of what is deleted."""
    return PINNED_IDS[db.engine.dialect.name].bindparams(author=author.id).columns(Post.id)


def _of(post: Post, *conditions: sa.ColumnElement[bool]) -> sa.Update:
    change = sa.update(Post).where(Post.id == post.id, *conditions)
    return change.execution_options(synchronize_session=False)
