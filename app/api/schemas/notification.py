"""Notifications, as programs see them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app import models
from app.api.schemas.base import Answer, Descending, KeysetList, Moment, decimal
from app.api.schemas.post import Author, author_answer
from app.models.messages.notification import KINDS

# The last second that has a date.
SECONDS_MAX = 253_402_300_799


class Since(Descending):
    """Notifications, the newest ones first."""

    since: Annotated[float, BeforeValidator(decimal)] | None = Field(
        None,
        ge=0,
        le=SECONDS_MAX,
        description="Only what happened after this moment, in Unix seconds.",
    )


class Notification(Answer):
    """What somebody is told; `data` holds what only its kind has."""

    id: int
    name: str = Field(description=f"One of {', '.join(f'`{name}`' for name in KINDS)}.")
    data: dict[str, Any]
    actor: Author | None = Field(description="Who caused it; null for somebody who left.")
    post_id: int | None = Field(description="Null when there is none, or none any more.")
    created_at: Moment
    is_read: bool


class NotificationList(KeysetList[Notification]):
    """Notifications, newest first."""


def notification_answer(row: models.Notification, *, has_post: bool) -> Notification:
    return Notification(
        id=row.id,
        name=row.name,
        data=row.payload,
        actor=author_answer(row.actor) if row.actor and row.actor.is_active else None,
        post_id=row.post_id if has_post else None,
        created_at=row.created_at,
        is_read=row.read_at is not None,
    )
