"""Who blocks whom: neither of the two sees the other anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.conditions import Condition
from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime, id_value

if TYPE_CHECKING:
    from app.models.accounts.user import User

PersonId = int | sa.SQLColumnExpression[int] | sa.SQLColumnExpression[int | None]


# The first blocks the second. Compared with a number, since PostgreSQL expects nearly every row to
# differ from one, and so nearly none to be hidden.
_BLOCKS = "coalesce((SELECT 1 FROM block WHERE blocker_id = {} AND blocked_id = {}), 0) = 1"


BLOCKS_EITHER_WAY = f"{_BLOCKS.format('{0}', '{1}')} OR {_BLOCKS.format('{1}', '{0}')}"


class _StandsBetween(Condition):
    """`Block.between_ids`; its arguments are the two ids."""

    inherit_cache = True
    sql = BLOCKS_EITHER_WAY


class Block(Model):
    """One row per pair and direction. It ended the follows between the two, and says which."""

    __table_args__ = (
        sa.UniqueConstraint("blocker_id", "blocked_id"),
        sa.CheckConstraint("blocker_id <> blocked_id", "not_oneself"),
        sa.Index("ix_block_blocker_id_id", "blocker_id", "id"),
        sa.Index("ix_block_blocked_id_blocker_id", "blocked_id", "blocker_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    blocker_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    blocked_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # Whether the blocker followed them, and the other way round: whoever undoes it gets that back.
    was_following: Mapped[bool] = mapped_column(default=False)
    was_followed: Mapped[bool] = mapped_column(default=False)

    blocked: Mapped[User] = relationship(lazy="raise", foreign_keys=blocked_id)

    @classmethod
    def stands_between(cls, viewer: User, person_id: PersonId) -> sa.ColumnElement[bool]:
        """The condition that one of `viewer` and the person of a row blocks the other.

        Sought by index for each row that is read. As scalars, since EXISTS or NOT IN would lead
        PostgreSQL to all blocks of a viewer whom many have blocked.
        """
        return cls.between_ids(viewer.id, person_id)

    @classmethod
    def between_ids(cls, one_id: PersonId, other_id: PersonId) -> sa.ColumnElement[bool]:
        """The same condition, by the ids of both."""
        return _StandsBetween(id_value(one_id), id_value(other_id))

    @classmethod
    def ids_around(cls, viewer: User) -> tuple[sa.Select[int], sa.Select[int]]:
        """The ids of the people whom `viewer` blocks, and of those who block them."""
        return cls.ids_blocked_by(viewer), sa.select(cls.blocker_id).where(
            cls.blocked_id == viewer.id
        )

    @classmethod
    def ids_blocked_by(cls, viewer: User) -> sa.Select[int]:
        """The ids of the people whom `viewer` blocks."""
        return sa.select(cls.blocked_id).where(cls.blocker_id == viewer.id)

    @classmethod
    def blocked_by(cls, blocker: User) -> sa.Select[Block]:
        """The blocks of `blocker`, with the people who are blocked."""
        mine = sa.select(cls).where(cls.blocker_id == blocker.id)
        return mine.where(cls.blocked.has(closed_at=None))
