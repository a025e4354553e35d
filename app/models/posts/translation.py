"""Cached translations of posts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.dates import utcnow
from app.models.base import Id, Model, UTCDateTime

if TYPE_CHECKING:
    from app.models.posts.post import Post


class Translation(Model):
    """A post in one language; valid while `version` is the hash of the post's text."""

    post_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    version: Mapped[str] = mapped_column(sa.String(64))
    text: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    @classmethod
    def of(cls, post: Post, language: str) -> sa.Select[Translation]:
        """The translation of `post` into `language`, of any version."""
        return sa.select(cls).where(cls.post_id == post.id, cls.language == language)
