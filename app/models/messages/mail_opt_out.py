"""Emails that somebody does not want."""

from __future__ import annotations

from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Id, Model, one_of

# Kinds of email that one can do without, by their templates.
MailKind = Literal["cases_waiting", "applications_waiting"]
MAIL_KINDS: tuple[MailKind, ...] = get_args(MailKind)


class MailOptOut(Model):
    """Emails of one kind are not sent to this person."""

    __table_args__ = (one_of("kind", MAIL_KINDS),)

    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[MailKind] = mapped_column(sa.String(32), primary_key=True)
