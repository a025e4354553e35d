"""Which posts people keep for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.database.conditions import Condition
from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime, id_value

if TYPE_CHECKING:
    from app.models.accounts.user import User


class _IsBookmarked(Condition):
    """`Bookmark.is_by`; its arguments are the ids of the person and the post."""

    inherit_cache = True
    sql = "coalesce((SELECT 1 FROM bookmark WHERE user_id = {} AND post_id = {}), 0) = 1"


class Bookmark(Model):
    """One row per person and post, which nobody else sees; the id gives lists their order."""

    __table_args__ = (
        sa.UniqueConstraint("user_id", "post_id"),
        sa.Index("ix_bookmark_user_id_id", "user_id", "id"),
        sa.Index("ix_bookmark_post_id_id", "post_id", "id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("post.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    @classmethod
    def is_by(cls, person: User, post_id: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
        """The condition that `person` keeps the post of a row."""
        return _IsBookmarked(id_value(person.id), post_id)
