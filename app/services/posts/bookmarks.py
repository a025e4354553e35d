"""Bookmarks: posts that somebody keeps. Nobody else learns of them."""

from __future__ import annotations

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Bookmark, Post, User


def bookmark(person: User, post: Post) -> None:
    """Keep a post. A second time changes nothing."""
    row = insert(Bookmark).values(user_id=person.id, post_id=post.id, created_at=utcnow())
    db.session.execute(row.on_conflict_do_nothing())


def remove(person: User, post_id: int) -> None:
    """Keep a post no longer, also one that one may read no more."""
    mine = (Bookmark.user_id == person.id, Bookmark.post_id == post_id)
    db.session.execute(sa.delete(Bookmark).where(*mine))
