"""Folds: replies that whoever began a thread puts away at its end. Nobody is notified."""

from __future__ import annotations

import sqlalchemy as sa

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Post


def thread_author_id(post: Post) -> int | None:
    """Who began the thread of `post`; None where its first post is gone."""
    first = sa.select(Post.author_id).where(Post.id == post.thread_id, Post.deleted_at.is_(None))
    return db.session.scalar(first)


def fold(post: Post) -> None:
    """Put a reply away. A second time changes nothing."""
    db.session.execute(_of(post).where(Post.folded_at.is_(None)).values(folded_at=utcnow()))


def unfold(post: Post) -> None:
    """Put a reply back in its place. A second time changes nothing."""
    db.session.execute(_of(post).values(folded_at=None))


def _of(post: Post) -> sa.Update:
    change = sa.update(Post).where(Post.id == post.id)
    return change.execution_options(synchronize_session=False)
