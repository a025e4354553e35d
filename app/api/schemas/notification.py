"""Schemas of notifications."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app import models
from app.api.schemas.base import Descending, KeysetList, Moment, ResponseBody, decimal
from app.api.schemas.post import Author, serialize_author
from app.models.messages.notification import KINDS
from app.services.messages.notification_groups import Summary

# The last second that a datetime can represent.
SECONDS_MAX = 253_402_300_799
Seconds = Annotated[float, Field(ge=0, le=SECONDS_MAX), BeforeValidator(decimal)]


class Since(Descending):
    """Notifications, newest first, optionally since a time."""

    since: Seconds | None = Field(
        None,
        description="Only notifications after this time, in Unix seconds.",
    )


class Notification(ResponseBody):
    """A notification; `data` holds what is specific to its kind."""

    id: int
    name: str = Field(description=f"One of {', '.join(f'`{name}`' for name in KINDS)}.")
    data: dict[str, Any]
    actor: Author | None = Field(description="Who caused it; null for a closed account.")
    post_id: int | None = Field(description="Null if there is no post, or it was deleted.")
    created_at: Moment
    is_read: bool


class NotificationGroup(ResponseBody):
    """Notifications that are shown as one: of one post, kind and day, or a single one."""

    name: str = Field(description="The kind of all of them.")
    count: int
    newest: Notification
    actors: list[Author] = Field(description="The newest few people, the last one first.")
    post_id: int | None = Field(description="Null if there is no post, or it was deleted.")
    created_at: Moment = Field(description="When the newest one came.")
    is_read: bool


class NotificationGroupList(KeysetList[NotificationGroup]):
    """Groups of notifications, by their newest one."""


class NotificationList(KeysetList[Notification]):
    """Notifications, newest first."""


def serialize_notification(row: models.Notification, *, has_post: bool) -> Notification:
    return Notification(
        id=row.id,
        name=row.name,
        data=row.payload,
        actor=serialize_author(row.actor) if row.actor and row.actor.is_present else None,
        post_id=row.post_id if has_post else None,
        created_at=row.created_at,
        is_read=row.read_at is not None,
    )


def serialize_group(summary: Summary, *, has_post: bool) -> NotificationGroup:
    group = summary.group
    return NotificationGroup(
        name=group.name,
        count=group.count,
        newest=serialize_notification(summary.newest, has_post=has_post),
        actors=[serialize_author(actor) for actor in summary.people if actor.is_present],
        post_id=group.post_id if has_post else None,
        created_at=group.created_at,
        is_read=group.read_at is not None,
    )
