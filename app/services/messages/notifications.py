"""Telling people what concerns them, counting what they have not seen, and forgetting it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Export, Notification, Participation, Post, User

# Follow, unfollow and follow again within this time is told once.
FOLLOW_REPEAT_AFTER = timedelta(days=1)
# People told of one post, over all its versions.
MENTIONS_MAX = 10
SECURITY_EVENTS = ("password_changed", "new_device", "email_changed", "token_created")
NOTIFICATION_RETENTION = timedelta(days=90)


@dataclass(frozen=True)
class Unread:
    """How much somebody has not read yet, and when that last changed (None: never).

    `export` is the archive they asked for last, with its task.
    """

    messages: int
    messages_at: datetime | None
    notifications: int
    notifications_at: datetime | None
    export: Export | None

    @property
    def running_export(self) -> Export | None:
        is_over = self.export is None or self.export.state in ("ready", "failed")
        return None if is_over else self.export


def follow(follower: User, followed: User) -> None:
    """Tell `followed` who follows them."""
    earlier = sa.exists().where(
        Notification.name == "follow",
        Notification.actor_id == follower.id,
        Notification.user_id == followed.id,
        Notification.created_at > utcnow() - FOLLOW_REPEAT_AFTER,
    )
    if not db.session.scalar(sa.select(earlier)):
        _add("follow", [followed.id], actor_id=follower.id)


def mention(post: Post, names: Sequence[str]) -> None:
    """Tell the people whom `post` names (in lower case, in order), each once.

    Every post is public so far, so whoever is here may see it.
    """
    if not names:
        return
    people = sa.select(User.username_key, User.id).where(
        User.username_key.in_(names), User.closed_at.is_(None), User.id != post.author_id
    )
    ids = dict(db.session.execute(people).all())
    told = sa.select(Notification.user_id).where(
        Notification.post_id == post.id, Notification.name == "mention"
    )
    already = set(db.session.scalars(told))
    fresh = [ids[name] for name in names if name in ids and ids[name] not in already]
    room = max(MENTIONS_MAX - len(already), 0)
    _add("mention", fresh[:room], actor_id=post.author_id, post_id=post.id)


def security(user: User, event: str, facts: dict[str, str]) -> None:
    """Tell `user` of one of SECURITY_EVENTS."""
    _add("security", [user.id], payload={"event": event, **facts})


def export(user_id: int, event: str) -> None:
    """Tell somebody that their archive is `ready` or has `failed`."""
    _add("export", [user_id], payload={"event": event})


def page(
    user: User, names: Iterable[str], cursor: Cursor, *, since: datetime | None = None
) -> list[Notification]:
    """A page of what `user` was notified of, of these kinds, and after `since` when it is given."""
    rows = Notification.for_user(user).where(Notification.name.in_(names))
    rows = rows if since is None else rows.where(Notification.created_at > since)
    return list(db.session.scalars(cursor.apply(rows, Notification.id)))


def posts_of(viewer: User, told: Iterable[Notification]) -> dict[int, Post]:
    """The posts, by id, that `told` is about and that `viewer` may (still) see."""
    ids = {row.post_id for row in told if row.post_id is not None}
    if not ids:
        return {}
    rows = Post.visible_to(viewer).where(Post.id.in_(ids))
    return {post.id: post for post in db.session.scalars(rows)}


def mark_read(user: User, up_to: int) -> None:
    """Note that `user` has seen everything up to the notification with the id `up_to`."""
    rows = sa.update(Notification).where(
        Notification.user_id == user.id,
        Notification.read_at.is_(None),
        Notification.id <= up_to,
    )
    db.session.execute(rows.values(read_at=utcnow()))


def unread(user: User) -> Unread:
    """What `user` has not read, and how their archive is getting on; one statement."""
    row: Any = db.session.execute(_unread_of(), {"user_id": user.id}).one()
    messages, messages_at, notifications, told_at, read_at, export = row
    changes = [moment for moment in (told_at, read_at) if moment is not None]
    return Unread(int(messages), messages_at, notifications, max(changes, default=None), export)


@cache
def _unread_of() -> sa.Select[*tuple[Any, ...]]:
    """Made once, since every page and every poll asks it, and making it takes half the time."""
    user_id: sa.BindParameter[int] = sa.bindparam("user_id")
    sides, mine = Participation.user_id == user_id, Notification.user_id == user_id
    counts = (
        sa.select(sa.func.coalesce(sa.func.sum(Participation.unread_count), 0)).where(
            sides, Participation.unread_count > 0
        ),
        sa.select(sa.func.max(Participation.changed_at)).where(sides),
        sa.select(sa.func.count()).where(mine, Notification.read_at.is_(None)),
        sa.select(Notification.created_at).where(mine).order_by(Notification.id.desc()).limit(1),
        sa.select(sa.func.max(Notification.read_at)).where(mine),
    )
    newest = sa.select(sa.func.max(Export.id)).where(Export.user_id == user_id).scalar_subquery()
    # From one row that is always there, since most people never asked for an archive.
    always = sa.select(sa.literal(1).label("one")).subquery()
    return (
        sa.select(*(count.scalar_subquery() for count in counts), Export)
        .select_from(always)
        .outerjoin(Export, Export.id == newest)
        .outerjoin(Export.task)
        .options(contains_eager(Export.task))
    )


def since(user: User, moment: float) -> list[dict[str, Any]]:
    """What changed for `user` after `moment` (Unix seconds), oldest first, for scripts."""
    counts = unread(user)
    changes: list[tuple[str, Any, datetime | None]] = [
        ("unread_message_count", counts.messages, counts.messages_at),
        ("unread_notification_count", counts.notifications, counts.notifications_at),
    ]
    if export := counts.export:
        data = {"task_id": str(export.id), "progress": export.progress, "state": export.state}
        changes.append(("task_progress", data, export.progress_at))
    items = [
        {"name": name, "data": data, "timestamp": changed_at.timestamp()}
        for name, data, changed_at in changes
        if changed_at is not None and changed_at.timestamp() > moment
    ]
    return sorted(items, key=lambda item: float(item["timestamp"]))


def purge() -> int:
    """Forget what people were told long ago. Returns how many."""
    old = sa.delete(Notification).where(Notification.created_at < utcnow() - NOTIFICATION_RETENTION)
    return len(db.session.scalars(old.returning(Notification.id)).all())


def _add(name: str, user_ids: Sequence[int], **values: Any) -> None:
    now = utcnow()
    db.session.add_all(
        Notification(name=name, user_id=user_id, created_at=now, **values) for user_id in user_ids
    )
    db.session.flush()
