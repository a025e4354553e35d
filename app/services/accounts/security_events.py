"""The security log of an account: record, list, purge."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models import SecurityEvent, User

SECURITY_EVENT_RETENTION = timedelta(days=90)


def record(user: User, name: str, **facts: str) -> None:
    """Add an event to the log of `user`; no fact may be a secret, and a network only a coarse one.

    How each `name` reads is in `accounts/settings/_security_event.html`.
    """
    db.session.add(SecurityEvent(user_id=user.id, name=name, facts=facts, created_at=utcnow()))
    db.session.flush()


def page(user: User, cursor: Cursor) -> list[SecurityEvent]:
    """A page of the log of `user`, newest first."""
    since = utcnow() - SECURITY_EVENT_RETENTION
    rows = SecurityEvent.of(user).where(SecurityEvent.created_at > since)
    return list(db.session.scalars(cursor.apply(rows, SecurityEvent.id)))


def purge() -> int:
    """Delete events older than SECURITY_EVENT_RETENTION. Returns how many."""
    before = utcnow() - SECURITY_EVENT_RETENTION
    old = sa.delete(SecurityEvent).where(SecurityEvent.created_at < before)
    return len(db.session.scalars(old.returning(SecurityEvent.id)).all())
