"""Sessions: the devices on which somebody is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from app.lib.dates import utcnow
from app.lib.user_agents import device_name
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime

if TYPE_CHECKING:
    from app.models.accounts.user import User


class Session(Model):
    """One signed-in device. The cookie holds a random id; only its hash is stored here."""

    __table_args__ = (sa.Index("ix_session_user_id_id", "user_id", "id"), PERMANENT_IDS)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    # The hash before the last rotation: valid for a short grace period; later use means theft.
    previous_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    csrf_key: Mapped[str] = mapped_column(sa.String(64))
    is_remembered: Mapped[bool] = mapped_column(default=False)
    user_agent: Mapped[str] = mapped_column(sa.String(256), default="")
    network: Mapped[str] = mapped_column(sa.String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    rotated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    last_used_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    # When the password was last asked for again; NULL: not since the session began.
    password_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(lazy="raise")
    # That of the site's settings, where the statement asks for it.
    settings_version: Mapped[int | None] = query_expression()

    @property
    def device_name(self) -> str:
        return device_name(self.user_agent)

    @classmethod
    def open_of(cls, user: User) -> sa.Select[Session]:
        """Devices on which `user` is signed in now, last used first."""
        live = cls.expires_at > utcnow()
        return (
            sa.select(cls)
            .where(cls.user_id == user.id, live)
            .order_by(cls.last_used_at.desc(), cls.id.desc())
        )
