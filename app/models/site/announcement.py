"""Announcements: what those who run the site say to all members at the top of every page."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime, length_check, stored_length

ANNOUNCEMENT_MAX = 500


class Announcement(Model):
    """One of them, shown between two moments; without an end, until somebody ends it."""

    __table_args__ = (PERMANENT_IDS,)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    texts: Mapped[list[AnnouncementText]] = relationship(
        lazy="raise", order_by="AnnouncementText.language", passive_deletes=True
    )

    @property
    def state(self) -> str:
        """`planned`, `shown` or `over`."""
        now = utcnow()
        if self.ends_at is not None and self.ends_at <= now:
            return "over"
        return "planned" if self.starts_at > now else "shown"


class AnnouncementText(Model):
    """An announcement in one language, in the light form of Markdown that posts have."""

    __table_args__ = (length_check("body", stored_length(ANNOUNCEMENT_MAX), 1),)

    announcement_id: Mapped[int] = mapped_column(
        Id,
        sa.ForeignKey("announcement.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    language: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    body: Mapped[str] = mapped_column(sa.String(stored_length(ANNOUNCEMENT_MAX)))


class AnnouncementDismissal(Model):
    """That somebody has read an announcement and does not want to see it again."""

    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    announcement_id: Mapped[int] = mapped_column(
        Id,
        sa.ForeignKey("announcement.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
