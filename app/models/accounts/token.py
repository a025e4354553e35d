"""API tokens, with which clients act for a user."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from app.lib.dates import utcnow
from app.models.base import (
    PERMANENT_IDS,
    Id,
    Model,
    UTCDateTime,
    length_check,
    one_of,
    stored_length,
)

if TYPE_CHECKING:
    from app.models.accounts.user import User

TOKEN_NAME_MAX = 50
# Each may do what the one before may, too.
SCOPES = ("read", "write", "admin")


class Token(Model):
    """One client's token. Only its hash is stored; revoking it deletes the row."""

    __table_args__ = (
        length_check("name", stored_length(TOKEN_NAME_MAX)),
        one_of("scope", SCOPES),
        sa.Index("ix_token_user_id_id", "user_id", "id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    # Empty for the short-lived ones that clients get for a password.
    name: Mapped[str] = mapped_column(sa.String(stored_length(TOKEN_NAME_MAX)), default="")
    scope: Mapped[str] = mapped_column(sa.String(8))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(lazy="raise")
    # That of the site's settings, where the statement asks for it.
    settings_version: Mapped[int | None] = query_expression()

    @property
    def may_write(self) -> bool:
        return self.scope in ("write", "admin")

    @property
    def may_administer(self) -> bool:
        return self.scope == "admin"

    @classmethod
    def live_of(cls, user: User) -> sa.Select[Token]:
        """The tokens of `user` that have not expired, newest first."""
        live = cls.expires_at > utcnow()
        return sa.select(cls).where(cls.user_id == user.id, live).order_by(cls.id.desc())
