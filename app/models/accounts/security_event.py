"""The security log: what happened to an account, for its owner."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime

if TYPE_CHECKING:
    from app.models.accounts.user import User


class SecurityEvent(Model):
    """A sign-in, or a change of what protects an account; `facts` say on which device and so on."""

    __table_args__ = (
        sa.Index("ix_security_event_user_id_id", "user_id", "id"),
        sa.Index("ix_security_event_created_at", "created_at"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(32))
    facts: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    @classmethod
    def of(cls, user: User) -> sa.Select[SecurityEvent]:
        return sa.select(cls).where(cls.user_id == user.id)
