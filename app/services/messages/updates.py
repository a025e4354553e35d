"""Updates for a user: unread counts and the progress of their archive, in one statement.

Every page needs them, for the navigation, and so does every poll.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from app.database.cursor import Cursor
from app.extensions import db
from app.models import Export, Marker, NotificationGroup, Participation, User
from app.models.posts.marker import HOME
from app.models.posts.timeline import home_of

# Pages say "25+" beyond.
NEW_POSTS_MAX = 26


@dataclass(frozen=True)
class Updates:
    """Unread counts, and when each last changed (None: never).

    `export` is the latest archive that the user requested, with its task. `marker` says how far
    they have read in home, if that was asked for and they have.
    """

    messages: int
    messages_at: datetime | None
    notifications: int
    notifications_at: datetime | None
    export: Export | None
    marker: Marker | None = None

    @property
    def running_export(self) -> Export | None:
        is_over = self.export is None or self.export.state in ("ready", "failed")
        return None if is_over else self.export


def updates_of(user: User, *, with_marker: bool = False) -> Updates:
    """The updates for `user`; one statement."""
    row: Any = db.session.execute(_statement(with_marker), {"user_id": user.id}).one()
    messages, messages_at, notifications, notified_at, read_at, export, *marker = row
    changes = [at for at in (notified_at, read_at) if at is not None]
    changed_at = max(changes, default=None)
    return Updates(int(messages), messages_at, notifications, changed_at, export, *marker)


@cache
def _statement(with_marker: bool) -> sa.Select[*tuple[Any, ...]]:
    """Built once: building it takes as long as running it."""
    user_id: sa.BindParameter[int] = sa.bindparam("user_id")
    mine, own = Participation.user_id == user_id, NotificationGroup.user_id == user_id
    counts = (
        sa.select(sa.func.coalesce(sa.func.sum(Participation.unread_count), 0)).where(
            mine, Participation.unread_count > 0
        ),
        sa.select(sa.func.max(Participation.changed_at)).where(mine),
        sa.select(sa.func.count()).where(own, NotificationGroup.read_at.is_(None)),
        sa.select(NotificationGroup.created_at)
        # By a range of the index, since PostgreSQL may walk all notifications back to their last.
        .where(NotificationGroup.user_id.between(user_id, user_id))
        .order_by(NotificationGroup.user_id.desc(), NotificationGroup.newest_id.desc())
        .limit(1),
        sa.select(sa.func.max(NotificationGroup.read_at)).where(own),
    )
    newest = sa.select(sa.func.max(Export.id)).where(Export.user_id == user_id).scalar_subquery()
    # From one row that always exists, since most people never requested an archive.
    always = sa.select(sa.literal(1).label("one")).subquery()
    updates: sa.Select[*tuple[Any, ...]] = (
        sa.select(*(count.scalar_subquery() for count in counts), Export)
        .select_from(always)
        .outerjoin(Export, Export.id == newest)
        .outerjoin(Export.task)
        .options(contains_eager(Export.task))
    )
    if not with_marker:
        return updates
    is_own = sa.and_(Marker.user_id == user_id, Marker.timeline == HOME)
    return updates.add_columns(Marker).outerjoin(Marker, is_own)


def new_posts(user: User, newest_id: int) -> dict[str, Any]:
    """How many posts came to the home of `user` after the newest that they see, in that form."""
    # By the seeks of the home page: a count over all newer posts would read those of everybody.
    entries = home_of(user, Cursor(NEW_POSTS_MAX, after=newest_id))
    # What they have just reposted themselves is no news.
    count = sum(entry.reposter is None or entry.actor_id != user.id for entry in entries)
    return {"name": "new_post_count", "data": count, "timestamp": 0.0}


def unread_of(user: User, other_id: int) -> dict[str, Any]:
    """How many messages of one person `user` has not read, in that form."""
    mine = sa.and_(Participation.user_id == user.id, Participation.other_id == other_id)
    count = db.session.scalar(sa.select(Participation.unread_count).where(mine))
    return {"name": "conversation_unread_count", "data": count or 0, "timestamp": 0.0}


def since(user: User, timestamp: float) -> list[dict[str, Any]]:
    """Changes for `user` after `timestamp` (Unix seconds), oldest first, in the form for polls."""
    updates = updates_of(user)
    changes: list[tuple[str, Any, datetime | None]] = [
        ("unread_message_count", updates.messages, updates.messages_at),
        ("unread_notification_count", updates.notifications, updates.notifications_at),
    ]
    if export := updates.export:
        data = {"task_id": str(export.id), "progress": export.progress, "state": export.state}
        changes.append(("task_progress", data, export.progress_at))
    items = [
        {"name": name, "data": data, "timestamp": changed_at.timestamp()}
        for name, data, changed_at in changes
        if changed_at is not None and changed_at.timestamp() > timestamp
    ]
    return sorted(items, key=lambda item: float(item["timestamp"]))
