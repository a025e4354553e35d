"""What happened that concerns somebody, kept until they have seen it and a while longer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime

if TYPE_CHECKING:
    from app.models.accounts.user import User

NAMES = ("follow", "mention", "security", "export")


class Notification(Model):
    """One thing that somebody is told; `payload` holds what only its kind needs."""

    __table_args__ = (
        sa.CheckConstraint("name IN ('follow', 'mention', 'security', 'export')", "name_known"),
        sa.Index("ix_notification_user_id_id", "user_id", "id"),
        sa.Index("ix_notification_user_id_read_at", "user_id", "read_at"),
        sa.Index("ix_notification_actor_id", "actor_id"),
        sa.Index("ix_notification_post_id", "post_id"),
        sa.Index("ix_notification_created_at", "created_at"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(128))
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("post.id", ondelete="CASCADE"))
    payload: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    actor: Mapped[User | None] = relationship(lazy="raise", foreign_keys=actor_id)

    @classmethod
    def for_user(cls, user: User) -> sa.Select[Notification]:
        """What `user` was told, with who caused it."""
        return sa.select(cls).where(cls.user_id == user.id).options(joinedload(cls.actor))
