"""Who mutes whom: the muted person is left out of lists, and never learns of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.conditions import Condition
from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime, id_value

if TYPE_CHECKING:
    from app.models.accounts.user import User


class _IsMuted(Condition):
    """`Mute.is_muted`; its arguments are the ids of both, and the time."""

    inherit_cache = True
    sql = (
        "coalesce((SELECT 1 FROM mute WHERE muter_id = {} AND muted_id = {} "
        "AND (expires_at IS NULL OR expires_at > {})), 0) = 1"
    )


class Mute(Model):
    """One row per pair. After `expires_at` it counts no more, and is deleted some time later."""

    __table_args__ = (
        sa.UniqueConstraint("muter_id", "muted_id"),
        sa.CheckConstraint("muter_id <> muted_id", "not_oneself"),
        sa.Index("ix_mute_muter_id_id", "muter_id", "id"),
        sa.Index("ix_mute_muted_id", "muted_id"),
        sa.Index("ix_mute_expires_at", "expires_at"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    muter_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    muted_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # NULL: until they are unmuted.
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    hides_notifications: Mapped[bool] = mapped_column(default=True)

    muted: Mapped[User] = relationship(lazy="raise", foreign_keys=muted_id)

    @classmethod
    def is_in_force(cls, now: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
        """The condition that a mute has not expired by `now`."""
        return sa.or_(cls.expires_at.is_(None), cls.expires_at > now)

    @classmethod
    def ids_muted_by(
        cls, viewer: User, now: datetime | sa.BindParameter[datetime]
    ) -> sa.Select[int]:
        """The ids of the people whose posts `viewer` does not want to see in lists."""
        return sa.select(cls.muted_id).where(cls.muter_id == viewer.id, cls.is_in_force(now))

    @classmethod
    def is_muted(
        cls,
        viewer: User,
        person_id: sa.SQLColumnExpression[int],
        now: datetime | sa.BindParameter[datetime],
    ) -> sa.ColumnElement[bool]:
        """The condition that `viewer` mutes the person of a row, sought for each row by index."""
        moment = sa.literal(now, UTCDateTime()) if isinstance(now, datetime) else now
        return _IsMuted(id_value(viewer.id), person_id, moment)

    @classmethod
    def muted_by(cls, muter: User) -> sa.Select[Mute]:
        """The mutes of `muter` that are in force, of people whose account is open."""
        mine = sa.select(cls).where(cls.muter_id == muter.id, cls.is_in_force(utcnow()))
        return mine.where(cls.muted.has(closed_at=None))
