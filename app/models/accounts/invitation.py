"""Invitations: links by which people join, and who came by whose."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime

if TYPE_CHECKING:
    from app.models.accounts.user import User

NONCE_MAX = 32


class Invitation(Model):
    """One link, good for so many people.

    Its code is signed, not stored: whoever reads the database alone cannot join, and its maker can
    copy it again.
    """

    __table_args__ = (
        sa.CheckConstraint("uses_left BETWEEN 0 AND uses_max", "uses_left_range"),
        sa.Index("ix_invitation_user_id_id", "user_id", "id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    # Who made it; NULL: the operator, by command.
    user_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    # The part of the code that finds the row; worth nothing without the signature.
    nonce: Mapped[str] = mapped_column(sa.String(NONCE_MAX), unique=True)
    uses_max: Mapped[int]
    uses_left: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    user: Mapped[User | None] = relationship(lazy="raise")

    @property
    def uses_count(self) -> int:
        return self.uses_max - self.uses_left

    @classmethod
    def live(cls) -> sa.Select[Invitation]:
        """Those that have not expired, newest first; also used up ones."""
        return sa.select(cls).where(cls.expires_at > utcnow()).order_by(cls.id.desc())

    @classmethod
    def live_of(cls, user: User) -> sa.Select[Invitation]:
        """Those of `user`."""
        return cls.live().where(cls.user_id == user.id)


class Invitee(Model):
    """Who invited a member. It stays when the invitation goes."""

    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    inviter_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    invitation_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("invitation.id", ondelete="SET NULL"), index=True
    )

    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="raise")
