"""Who asks to follow somebody who approves their followers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime

if TYPE_CHECKING:
    from app.models.accounts.user import User


class FollowRequest(Model):
    """One row per pair; the id gives the list its order and its cursor."""

    __table_args__ = (
        sa.UniqueConstraint("follower_id", "followed_id"),
        sa.CheckConstraint("follower_id <> followed_id", "not_oneself"),
        sa.Index("ix_follow_request_followed_id_id", "followed_id", "id"),
        sa.Index("ix_follow_request_answered_at", "answered_at"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    follower_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    followed_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # An answer is kept for a while, so that it can be undone.
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_accepted: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    follower: Mapped[User] = relationship(lazy="raise", foreign_keys=follower_id)
    followed: Mapped[User] = relationship(lazy="raise", foreign_keys=followed_id)

    @classmethod
    def between(cls, follower: User, followed: User) -> sa.Select[FollowRequest]:
        """What the first has asked of the second, if they have not answered."""
        pair = cls.follower_id == follower.id, cls.followed_id == followed.id
        return sa.select(cls).where(*pair, cls.answered_at.is_(None))
