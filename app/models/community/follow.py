"""Who follows whom."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime

if TYPE_CHECKING:
    from app.models.accounts.user import User


class Follow(Model):
    """One row per pair; the id gives lists their order and their cursor."""

    __table_args__ = (
        sa.UniqueConstraint("follower_id", "followed_id"),
        sa.CheckConstraint("follower_id <> followed_id", "not_oneself"),
        # With the other person too, so that a far page is found without reading any row.
        sa.Index("ix_follow_follower_id_id_followed_id", "follower_id", "id", "followed_id"),
        sa.Index("ix_follow_followed_id_id_follower_id", "followed_id", "id", "follower_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    follower_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    followed_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    follower: Mapped[User] = relationship(lazy="raise", foreign_keys=follower_id)
    followed: Mapped[User] = relationship(lazy="raise", foreign_keys=followed_id)
