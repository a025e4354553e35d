"""Whom a post mentions."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.usernames import USERNAME_MAX
from app.models.base import Id, Model


class Mention(Model):
    """The person that a name in a post, or in an earlier version of it, stands for."""

    __table_args__ = (sa.Index("ix_mention_user_id_post_id", "user_id", "post_id"),)

    post_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    # As it is written, in lowercase.
    name: Mapped[str] = mapped_column(sa.String(USERNAME_MAX), primary_key=True)
    # NULL when the account was erased: the name stands for nobody else.
    user_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="SET NULL"))
