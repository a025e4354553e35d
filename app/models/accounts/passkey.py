"""Passkeys, and the challenges that they sign."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib.dates import utcnow
from app.models.base import (
    PERMANENT_IDS,
    Id,
    Model,
    UTCDateTime,
    length_check,
    stored_length,
)

if TYPE_CHECKING:
    from app.models.accounts.user import User

PASSKEY_NAME_MAX = 50


def passkey_host() -> str:
    """Where passkeys of this site work: at the host of BASE_URL alone."""
    return urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"


class Passkey(Model):
    """A key pair of one person for one host; only its public half is here, in base64url."""

    __table_args__ = (
        length_check("name", stored_length(PASSKEY_NAME_MAX)),
        sa.Index("ix_passkey_user_id_id", "user_id", "id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    # Of the id that the browser sends, which can be long.
    credential_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    credential_id: Mapped[str] = mapped_column(sa.Text)
    public_key: Mapped[str] = mapped_column(sa.Text)
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    # Random, the same for all passkeys of a person: it tells nobody who they are.
    user_handle: Mapped[str] = mapped_column(sa.String(64))
    # Where it works.
    host: Mapped[str] = mapped_column(sa.String(255))
    name: Mapped[str] = mapped_column(sa.String(stored_length(PASSKEY_NAME_MAX)))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(lazy="raise")

    @classmethod
    def of(cls, user: User) -> sa.Select[Passkey]:
        """The passkeys of `user`, oldest first."""
        return sa.select(cls).where(cls.user_id == user.id).order_by(cls.id)

    @classmethod
    def works_here(cls) -> sa.ColumnElement[bool]:
        """Whether it belongs to this host; the statement asks for that when it runs."""
        return cls.host == sa.bindparam("passkey_host", callable_=passkey_host, type_=sa.String())


class PasskeyChallenge(Model):
    """A random text that a passkey is to sign once, in the browser that asked for it."""

    challenge_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(sa.String(64))
    # For a new passkey, which keeps it; empty for a sign-in.
    user_handle: Mapped[str] = mapped_column(sa.String(64), default="")
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
