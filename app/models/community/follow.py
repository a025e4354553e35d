"""Who follows whom."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.index_hints import indexed_by
from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime

if TYPE_CHECKING:
    from app.models.accounts.user import User

# What of somebody's comes to the homes of their followers beside posts.
HomePart = Literal["reposts", "replies"]
IN_PART = "NOT shows_reposts OR NOT shows_replies"


class Follow(Model):
    """One row per pair; the id gives lists their order and their cursor."""

    __table_args__ = (
        sa.UniqueConstraint("follower_id", "followed_id"),
        sa.CheckConstraint("follower_id <> followed_id", "not_oneself"),
        # With the other person too, so that a far page is found without reading any row.
        sa.Index("ix_follow_follower_id_id_followed_id", "follower_id", "id", "followed_id"),
        sa.Index("ix_follow_followed_id_id_follower_id", "followed_id", "id", "follower_id"),
        # Those whose reposts or replies the follower leaves out of their home: a few.
        sa.Index(
            "ix_follow_in_part",
            "follower_id",
            "followed_id",
            sqlite_where=sa.text(IN_PART),
            postgresql_where=sa.text(IN_PART),
        ),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    follower_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    followed_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # Whether the home of the follower has what the followed repost, and what they reply.
    shows_reposts: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    shows_replies: Mapped[bool] = mapped_column(default=True, server_default=sa.true())

    follower: Mapped[User] = relationship(lazy="raise", foreign_keys=follower_id)
    followed: Mapped[User] = relationship(lazy="raise", foreign_keys=followed_id)

    @classmethod
    def ids_without(cls, follower: User, part: HomePart) -> sa.Select[int]:
        """The ids of those whom `follower` follows without this part."""
        # Written as in the index, since SQLite compares the words of both.
        is_left_out = sa.text(f"NOT follow.shows_{part}")
        ids = sa.select(cls.followed_id).where(cls.follower_id == follower.id, is_left_out)
        return indexed_by(ids, cls, "ix_follow_in_part")
