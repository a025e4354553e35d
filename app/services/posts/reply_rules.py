"""Who may reply in a thread: its first post says so, and its author may change it at any time."""

from __future__ import annotations

import sqlalchemy as sa

from app.extensions import db
from app.models import Post, User
from app.models.posts.post import REPLIES_FROM
from app.services.errors import NotAllowedError, RepliesClosedError


def change(post: Post, replies_from: str) -> None:
    """Say who may reply in the thread that `post` begins. What was replied stays.

    Raises NotAllowedError for a reply, and ValueError for a rule that there is not.
    """
    if replies_from not in REPLIES_FROM:
        raise ValueError(replies_from)
    if post.is_reply:
        raise NotAllowedError
    post.replies_from = replies_from


def check(person: User, parent: Post) -> None:
    """Raises RepliesClosedError unless `person` may reply to `parent`."""
    if not may_reply(person, parent):
        raise RepliesClosedError(parent.id)


def may_reply(person: User, parent: Post) -> bool:
    """Whether the first post of the thread lets `person` reply to `parent`."""
    if not parent.is_reply and (parent.replies_from == "everyone" or parent.author_id == person.id):
        return True
    rows = sa.select(Post.reply_clause(person)).where(Post.id == parent.id)
    return bool(db.session.scalar(rows))
