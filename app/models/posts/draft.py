"""Drafts: what somebody wrote and has not published."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

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
from app.models.posts.post import (
    BODY_MAX,
    CONTENT_NOTE_MAX,
    REPLIES_FROM,
    TITLE_MAX,
    VISIBILITIES,
)

if TYPE_CHECKING:
    from app.models.accounts.user import User

KEY_MAX = 64
# Why a draft was not published at its time.
FAILURES = (
    *("late", "not_allowed", "parent_gone", "replies_closed", "repeated", "too_long"),
    "unscheduled",
)


class Draft(Model):
    """One row per draft; it becomes a post only when it is published, with the id it then gets."""

    __table_args__ = (
        sa.UniqueConstraint("author_id", "key"),
        length_check("title", stored_length(TITLE_MAX)),
        length_check("body", stored_length(BODY_MAX)),
        length_check("content_note", stored_length(CONTENT_NOTE_MAX)),
        one_of("visibility", VISIBILITIES),
        one_of("replies_from", REPLIES_FROM),
        one_of("failure", FAILURES),
        sa.Index(
            "ix_draft_publish_at",
            "publish_at",
            sqlite_where=sa.text("publish_at IS NOT NULL"),
            postgresql_where=sa.text("publish_at IS NOT NULL"),
        ),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    author_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    # That of the composer, so that saving it again changes the same draft, and publishing it
    # leaves none behind.
    key: Mapped[str] = mapped_column(sa.String(KEY_MAX))
    title: Mapped[str] = mapped_column(sa.String(stored_length(TITLE_MAX)), default="")
    body: Mapped[str] = mapped_column(sa.Text, default="")
    # The texts of the posts that follow it in a thread, if any do.
    more: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    content_note: Mapped[str] = mapped_column(
        sa.String(stored_length(CONTENT_NOTE_MAX)), default=""
    )
    visibility: Mapped[str] = mapped_column(sa.String(16), default="public")
    replies_from: Mapped[str] = mapped_column(
        sa.String(16), default="everyone", server_default="everyone"
    )
    # NULL: it is detected when the post is published.
    language: Mapped[str | None] = mapped_column(sa.String(5))
    # What it is a reply to, also when that is gone: then it is no post of its own by accident.
    reply_to_id: Mapped[int | None] = mapped_column(Id)
    # When the worker publishes it. NULL: nobody has chosen a time.
    publish_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Why the worker did not, if it was its turn.
    failure: Mapped[str | None] = mapped_column(sa.String(16))
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @classmethod
    def of(cls, author: User) -> sa.Select[Draft]:
        """The drafts of `author`, who alone sees them, scheduled or not."""
        return sa.select(cls).where(cls.author_id == author.id, cls.deleted_at.is_(None))

    @classmethod
    def unscheduled_of(cls, author: User) -> sa.Select[Draft]:
        """The drafts of `author` that wait for nothing but them."""
        return cls.of(author).where(cls.publish_at.is_(None))

    @classmethod
    def scheduled_of(cls, author: User) -> sa.Select[Draft]:
        """The drafts of `author` that are published at a time."""
        return cls.of(author).where(cls.publish_at.is_not(None))

    @property
    def texts(self) -> list[str]:
        """The text of each of its posts."""
        return [self.body, *(self.more or [])]
