"""Notifications: list them and mark them as read."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from app.api import pagination
from app.api.blueprint import operation
from app.api.schemas.base import Descending
from app.api.schemas.message import ReadUpTo
from app.api.schemas.notification import (
    NotificationGroupList,
    NotificationList,
    Since,
    serialize_group,
    serialize_notification,
)
from app.extensions import db
from app.models.messages.notification import KINDS
from app.services.messages import notification_groups, notifications
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


@operation("get", "/notifications/groups")
def list_notification_groups(query: Descending) -> NotificationGroupList:
    """List your notifications as the site shows them: likes of one post on one day are one."""
    me = member()
    fetch = partial(notification_groups.page, me, KINDS)
    groups, meta, links = pagination.newest_first(query, fetch, key=lambda group: group.newest_id)
    visible = notifications.posts_of(me, groups)
    summaries = notification_groups.summaries_of(me, groups)
    items = [serialize_group(one, has_post=one.group.post_id in visible) for one in summaries]
    return NotificationGroupList(items=items, meta=meta, links=links)


@operation("put", "/notifications/read", status=204)
def read_notifications(body: ReadUpTo | None) -> None:
    """Mark notifications as read, up to one or all."""
    notifications.mark_read(member(), (body or ReadUpTo()).up_to)
    db.session.commit()
