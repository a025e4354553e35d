"""Muting a conversation: nobody is notified of what is said in it any more."""

from __future__ import annotations

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import ConversationMute, Post, User


def mute(person: User, post: Post) -> None:
    """Mute the thread of `post`. A second time changes nothing."""
    row = insert(ConversationMute).values(
        user_id=person.id, root_id=post.thread_id, created_at=utcnow()
    )
    db.session.execute(row.on_conflict_do_nothing())


def unmute(person: User, post: Post) -> None:
    """Mute the thread of `post` no longer."""
    db.session.execute(sa.delete(ConversationMute).where(*_is_row(person, post)))


def is_muting(person: User, post: Post) -> bool:
    """Whether `person` mutes the thread of `post`."""
    rows = sa.select(ConversationMute.id).where(*_is_row(person, post))
    return db.session.scalar(rows) is not None


def _is_row(person: User, post: Post) -> tuple[sa.ColumnElement[bool], ...]:
    return (ConversationMute.user_id == person.id, ConversationMute.root_id == post.thread_id)
