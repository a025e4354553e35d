"""Notifications: list them and mark them as read."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from app.api import pagination
from app.api.blueprint import operation
from app.api.schemas.message import ReadUpTo
from app.api.schemas.notification import NotificationList, Since, serialize_notification
from app.extensions import db
from app.models.messages.notification import KINDS
from app.services.messages import notifications
from app.web.viewer import member


@operation("get", "/notifications")
def list_notifications(query: Since) -> NotificationList:
    """List your notifications, newest first."""
    me = member()
    query_args: dict[str, Any] = {} if query.since is None else {"since": query.since}
    since = None if query.since is None else datetime.fromtimestamp(query.since, UTC)
    fetch = partial(notifications.page, me, KINDS, since=since)
    rows, meta, links = pagination.newest_first(query, fetch, query_args=query_args)
    visible = notifications.posts_of(me, rows)
    items = [serialize_notification(row, has_post=row.post_id in visible) for row in rows]
    return NotificationList(items=items, meta=meta, links=links)


@operation("put", "/notifications/read", status=204)
def read_notifications(body: ReadUpTo | None) -> None:
    """Mark notifications as read, up to one or all."""
    notifications.mark_read(member(), (body or ReadUpTo()).up_to)
    db.session.commit()
