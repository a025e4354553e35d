"""Second factors: the authenticator app of an account, and its recovery codes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime

if TYPE_CHECKING:
    from app.models.accounts.user import User


class Authenticator(Model):
    """The authenticator app of one account. Its secret is encrypted."""

    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    secret: Mapped[str] = mapped_column(sa.String(256))
    # The step of the newest code that was used; codes of this step or an earlier one are void.
    last_step: Mapped[int] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    @classmethod
    def of(cls, user: User) -> sa.Select[Authenticator]:
        return sa.select(cls).where(cls.user_id == user.id)


class RecoveryCode(Model):
    """A code that signs in once without the app. Its hash has the salt of the whole set."""

    __table_args__ = (
        sa.UniqueConstraint("user_id", "code_hash", name="uq_recovery_code_user_id_code_hash"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(sa.String(256))
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @classmethod
    def of(cls, user: User) -> sa.Select[RecoveryCode]:
        """The whole set of `user`, used ones included."""
        return sa.select(cls).where(cls.user_id == user.id).order_by(cls.id)
