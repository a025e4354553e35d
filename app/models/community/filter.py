"""Filters: the words and tags that somebody does not want to read, and where."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

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

# Where posts are read: at home and in one's own lists, in notifications, in lists of everybody,
# in threads, and on profiles.
Context = Literal["home", "notifications", "public", "thread", "account"]
CONTEXTS: tuple[Context, ...] = get_args(Context)
# Fold the post to a line, or leave it out.
Action = Literal["warn", "hide"]
TITLE_MAX = 100
KEYWORD_MAX = 100
DELETED = sa.text("deleted_at IS NOT NULL")


def contexts_among(names: Iterable[str]) -> tuple[Context, ...]:
    """Those of CONTEXTS that `names` has."""
    chosen = frozenset(names)
    return tuple(name for name in CONTEXTS if name in chosen)


class Filter(Model):
    """What is filtered together, in some contexts, until a time."""

    __table_args__ = (
        length_check("title", stored_length(TITLE_MAX), 1),
        one_of("action", get_args(Action)),
        sa.Index("ix_filter_user_id_id", "user_id", "id"),
        sa.Index(
            "ix_filter_deleted_at", "deleted_at", sqlite_where=DELETED, postgresql_where=DELETED
        ),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    # NULL: named after its words.
    title: Mapped[str | None] = mapped_column(sa.String(stored_length(TITLE_MAX)))
    # Some of CONTEXTS, in that order.
    context_names: Mapped[str] = mapped_column("contexts", sa.String(64))
    action: Mapped[Action] = mapped_column(sa.String(8), default="warn")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # NULL: until it is deleted. Later it filters nothing, and can be prolonged.
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Can be undone for a while.
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    keywords: Mapped[list[FilterKeyword]] = relationship(
        lazy="raise",
        order_by="FilterKeyword.id",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    @property
    def contexts(self) -> tuple[Context, ...]:
        return contexts_among(self.context_names.split())

    @contexts.setter
    def contexts(self, names: Iterable[str]) -> None:
        self.context_names = " ".join(contexts_among(names))

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= utcnow()

    @classmethod
    def of(cls, person: User) -> sa.Select[Filter]:
        """The filters of `person`, also the expired."""
        return sa.select(cls).where(cls.user_id == person.id, cls.deleted_at.is_(None))


class FilterKeyword(Model):
    """A word, phrase or #tag of a filter."""

    __table_args__ = (
        length_check("keyword", stored_length(KEYWORD_MAX), 1),
        sa.Index("ix_filter_keyword_filter_id", "filter_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    filter_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("filter.id", ondelete="CASCADE"))
    keyword: Mapped[str] = mapped_column(sa.String(stored_length(KEYWORD_MAX)))
    # Whether parts of longer words do not count.
    whole_word: Mapped[bool] = mapped_column(default=True)
