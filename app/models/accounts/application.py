"""Applications: what people say who ask to join, until somebody decides."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts.user import User
from app.models.base import Id, Model, UTCDateTime, length_check, stored_length

REASON_MAX = 500
NETWORK_MAX = 64


class Application(Model):
    """Why somebody wants to join. The row goes with the decision; `user.applied_at` says when."""

    __table_args__ = (length_check("reason", stored_length(REASON_MAX)),)

    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    reason: Mapped[str] = mapped_column(sa.String(stored_length(REASON_MAX)))
    network: Mapped[str] = mapped_column(sa.String(NETWORK_MAX), default="")
    # When staff got an email about it.
    notified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(lazy="raise")

    @classmethod
    def waiting(cls) -> sa.Select[Application]:
        """Those to decide on: their addresses are confirmed, where that is required."""
        return sa.select(cls).join(cls.user).where(cls.is_waiting())

    @staticmethod
    def is_waiting() -> sa.ColumnElement[bool]:
        """The condition of `waiting`, on their users."""
        is_open = sa.and_(User.applied_at.is_not(None), User.closed_at.is_(None))
        if not current_app.config["EMAILS_MUST_BE_VERIFIED"]:
            return is_open
        return sa.and_(is_open, User.email_verified_at.is_not(None))
