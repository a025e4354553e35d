"""Groups of notifications: what lists show, kept in step with the single ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import outbox
from app.database.cursor import Cursor
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import random_token
from app.models import Follow, FollowRequest, Notification, NotificationGroup, User
from app.models.messages.notification import KINDS

# How many people of a group are shown.
FACES_MAX = 5
EMAIL_DELAY = timedelta(minutes=2)


def add_single(rows: Sequence[Notification], *, emailed_ids: Collection[int] = ()) -> None:
    """Add notifications that stand alone, and a group for each.

    Those to people in `emailed_ids` also by email.
    """
    db.session.add_all(rows)
    db.session.flush()
    groups = [
        {
            **{name: getattr(row, name) for name in ("name", "user_id", "post_id", "created_at")},
            "newest_id": row.id,
            "mailed_at": row.created_at if row.user_id in emailed_ids else None,
        }
        for row in rows
    ]
    if not emailed_ids:
        if groups:
            db.session.execute(sa.insert(NotificationGroup), groups)
        return
    ids = sa.insert(NotificationGroup).returning(NotificationGroup.user_id, NotificationGroup.id)
    added = db.session.execute(ids, groups).all()
    _queue_emails({user_id: row_id for user_id, row_id in added if user_id in emailed_ids})


def _queue_emails(group_ids: Mapping[int, int]) -> None:
    """Have the worker send an email about a group to each of these people.

    After a while, in which they may read it on the site, or its author may delete it.
    """
    payloads: list[tuple[int | None, dict[str, Any]]] = [
        (user_id, {"user_id": user_id, "group": group_id, "intent": random_token(12)})
        for user_id, group_id in group_ids.items()
    ]
    outbox.put_all("mail_notification", payloads, delay=EMAIL_DELAY)


def add_to_group(
    name: str, user_id: int, actor_id: int, post_id: int, *, is_emailed: bool = False
) -> None:
    """Add a notification to the group of its post, kind and day.

    What was hidden comes back and is not notified a second time. With `is_emailed`, the first
    one of a group is also an email.
    """
    now = utcnow()
    earlier = sa.select(Notification).where(
        Notification.actor_id == actor_id,
        Notification.post_id == post_id,
        Notification.user_id == user_id,
        Notification.name == name,
    )
    row, is_new = db.session.scalar(earlier), False
    if row is None:
        is_new = True
        row = Notification(
            name=name, user_id=user_id, actor_id=actor_id, post_id=post_id, created_at=now
        )
        db.session.add(row)
    row.hidden_at = None
    db.session.flush()
    key = {"user_id": user_id, "name": name, "post_id": post_id, "day": _day(row.created_at)}
    values = {"count": 1, "newest_id": row.id, "created_at": row.created_at}
    values |= {"read_at": None if is_new else now}
    is_newest = NotificationGroup.newest_id < row.id
    changes: dict[str, Any] = {"count": NotificationGroup.count + 1}
    changes |= {
        name: sa.case((is_newest, values[name]), else_=getattr(NotificationGroup, name))
        for name in ("newest_id", "created_at")
    }
    if is_new:
        changes["read_at"] = None
    is_emailed = is_emailed and is_new
    if is_emailed:
        values["mailed_at"] = now
        changes["mailed_at"] = sa.func.coalesce(NotificationGroup.mailed_at, now)
    upsert = insert(NotificationGroup).values(**key, **values)
    upsert = upsert.on_conflict_do_update(
        index_elements=[getattr(NotificationGroup, name) for name in key],
        index_where=sa.text("day IS NOT NULL"),
        set_=changes,
    )
    changed = upsert.returning(NotificationGroup.id, NotificationGroup.mailed_at)
    group = db.session.execute(changed.execution_options(synchronize_session=False)).one()
    if is_emailed and group.mailed_at == now:
        _queue_emails({user_id: group.id})


def hide(*conditions: sa.ColumnElement[bool]) -> None:
    """Take back notifications that stand in groups, where they meet these conditions."""
    grouped = [name for name, kind in KINDS.items() if kind.is_grouped]
    rows = sa.update(Notification).where(
        *conditions, Notification.name.in_(grouped), Notification.hidden_at.is_(None)
    )
    rows = rows.values(hidden_at=utcnow()).execution_options(synchronize_session=False)
    columns = (Notification.user_id, Notification.name, Notification.post_id)
    hidden = db.session.execute(rows.returning(*columns, Notification.created_at)).all()
    for user_id, name, post_id, day in sorted({(*row[:3], _day(row[3])) for row in hidden}):
        _recount(user_id, name, post_id, day)


def hide_singles(*conditions: sa.ColumnElement[bool]) -> None:
    """Take back notifications that stand alone, where they meet these conditions."""
    rows = sa.update(Notification).where(*conditions, Notification.hidden_at.is_(None))
    rows = rows.values(hidden_at=utcnow()).execution_options(synchronize_session=False)
    hidden = db.session.scalars(rows.returning(Notification.id)).all()
    groups = sa.delete(NotificationGroup).where(NotificationGroup.newest_id.in_(hidden))
    db.session.execute(groups.execution_options(synchronize_session=False))


def _recount(user_id: int, name: str, post_id: int | None, day: datetime) -> None:
    """Have a group count those of its notifications that are not hidden; without any, it goes."""
    is_group = (
        NotificationGroup.user_id == user_id,
        NotificationGroup.name == name,
        NotificationGroup.post_id == post_id,
        NotificationGroup.day == day,
    )
    locked = sa.select(NotificationGroup.id).where(*is_group).with_for_update()
    group_id = db.session.scalar(locked)
    if group_id is None:
        return
    facts = (sa.func.count(), sa.func.max(Notification.id), sa.func.max(Notification.created_at))
    left = (
        sa.select(*facts)
        .select_from(NotificationGroup)
        .join(
            Notification,
            sa.and_(
                Notification.post_id == NotificationGroup.post_id,
                *NotificationGroup.members(Notification),
            ),
        )
    )
    count, newest_id, created_at = db.session.execute(
        left.where(NotificationGroup.id == group_id)
    ).one()
    change: sa.Update | sa.Delete = sa.delete(NotificationGroup)
    if count:
        values = {"count": count, "newest_id": newest_id, "created_at": created_at}
        change = sa.update(NotificationGroup).values(values)
    change = change.where(NotificationGroup.id == group_id)
    db.session.execute(change.execution_options(synchronize_session=False))


def page(user: User, names: Iterable[str], cursor: Cursor) -> list[NotificationGroup]:
    """A page of what `user` was notified of, of these kinds."""
    rows = NotificationGroup.for_user(user).where(NotificationGroup.name.in_(names))
    return list(db.session.scalars(cursor.apply(rows, NotificationGroup.newest_id)))


@dataclass
class Summary:
    """What a list shows of a group: its newest notification, and the newest FACES_MAX people."""

    group: NotificationGroup
    newest: Notification
    people: list[User] = field(default_factory=list)
    # Whether the reader follows the person already, where it is about a follower.
    is_followed: bool = False
    # Or has asked to.
    has_asked: bool = False


def summaries_of(user: User, groups: Sequence[NotificationGroup]) -> list[Summary]:
    """The summaries of these groups, in one statement, without people whom `user` may not see."""
    if not groups:
        return []
    columns = NotificationGroup.id.label("group_id"), NotificationGroup.newest_id.label("row_id")
    newest = sa.select(*columns, sa.false().label("is_member"))
    parts = [_newest_of(user, group).subquery() for group in groups if group.count > 1]
    found = sa.union_all(
        newest.where(NotificationGroup.id.in_([group.id for group in groups])),
        *(sa.select(part.c.group_id, part.c.row_id, sa.true()) for part in parts),
    ).subquery()
    back = sa.exists().where(
        Notification.name == "follow",
        Follow.follower_id == user.id,
        Follow.followed_id == Notification.actor_id,
    )
    asked = sa.exists().where(
        Notification.name == "follow",
        FollowRequest.follower_id == user.id,
        FollowRequest.followed_id == Notification.actor_id,
        FollowRequest.answered_at.is_(None),
    )
    rows = sa.select(found.c.group_id, found.c.is_member, Notification, back, asked)
    rows = rows.join(Notification, Notification.id == found.c.row_id)
    rows = rows.options(joinedload(Notification.actor)).order_by(Notification.id.desc())
    by_id = {group.id: group for group in groups}
    summaries: dict[int, Summary] = {}
    people: dict[int, list[User]] = {group.id: [] for group in groups}
    for group_id, is_member, row, is_followed, has_asked in db.session.execute(rows):
        group = by_id[group_id]
        if not is_member:
            summaries[group_id] = Summary(
                group, row, people[group_id], bool(is_followed), bool(has_asked)
            )
        # Where blocks leave fewer, those of the day before come next.
        is_of_day = group.day is None or row.created_at >= group.day
        if row.actor is not None and is_of_day and (is_member or group.count == 1):
            people[group_id].append(row.actor)
    return [summaries[group.id] for group in groups if group.id in summaries]


def _newest_of(user: User, group: NotificationGroup) -> sa.Select[int, int]:
    """The newest of the post of a group, which are those of its day."""
    columns = sa.literal(group.id).label("group_id"), Notification.id.label("row_id")
    rows = sa.select(*columns).where(
        Notification.name == group.name,
        Notification.hidden_at.is_(None),
        Notification.is_shown_to(user, utcnow()),
    )
    cursor = Cursor(min(group.count, FACES_MAX), before=group.newest_id + 1)
    return cursor.along(rows, Notification.post_id, group.post_id or 0, Notification.id)


def mark_read(user: User, up_to: int, *, down_to: int, names: Iterable[str]) -> None:
    """Mark groups of `user` as read: those of these kinds whose newest ids are in this range.

    With the single ones in them.
    """
    now = utcnow()
    is_meant = (
        NotificationGroup.user_id == user.id,
        NotificationGroup.read_at.is_(None),
        NotificationGroup.newest_id.between(down_to, up_to),
        NotificationGroup.name.in_(names),
    )
    posts = sa.select(NotificationGroup.post_id).where(
        *is_meant, NotificationGroup.day.is_not(None)
    )
    singles = sa.update(Notification).where(
        Notification.user_id == user.id,
        Notification.read_at.is_(None),
        Notification.name.in_(names),
        Notification.id <= up_to,
        sa.or_(Notification.id >= down_to, Notification.post_id.in_(posts)),
    )
    groups = sa.update(NotificationGroup).where(*is_meant)
    for change in (singles, groups):
        db.session.execute(change.values(read_at=now).execution_options(synchronize_session=False))


def mark_single_read(is_meant: sa.ColumnElement[bool]) -> None:
    """Mark groups as read whose only notification meets this condition."""
    singles = sa.select(Notification.id).where(is_meant, Notification.read_at.is_(None))
    groups = sa.update(NotificationGroup).where(
        NotificationGroup.newest_id.in_(singles), NotificationGroup.count == 1
    )
    db.session.execute(groups.values(read_at=utcnow()).execution_options(synchronize_session=False))


def _day(at: datetime) -> datetime:
    """The beginning of the day of `at`, in UTC."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
