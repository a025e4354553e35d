"""The block list: by what nobody may create an account."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib.blocklist_values import KINDS
from app.lib.dates import utcnow
from app.models.accounts.user import User
from app.models.base import (
    PERMANENT_IDS,
    Id,
    Model,
    UTCDateTime,
    length_check,
    one_of,
    stored_length,
)

VALUE_MAX = 255
NOTE_MAX = 200


class BlocklistEntry(Model):
    """One domain, address, network or pattern of usernames.

    Of an address, `value` is a keyed hash. A removed entry stays for a while, so that this can be
    undone.
    """

    __table_args__ = (
        one_of("kind", KINDS),
        length_check("value", VALUE_MAX, 1),
        length_check("note", stored_length(NOTE_MAX)),
        sa.UniqueConstraint("kind", "value", name="uq_blocklist_entry_kind_value"),
        sa.Index("ix_blocklist_entry_kind_id", "kind", "id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    value: Mapped[str] = mapped_column(sa.String(VALUE_MAX))
    note: Mapped[str] = mapped_column(sa.String(stored_length(NOTE_MAX)), default="")
    # NULL: the operator, by command, or somebody who is gone.
    maker_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    maker: Mapped[User | None] = relationship(lazy="raise")

    @classmethod
    def is_in_force(cls) -> sa.ColumnElement[bool]:
        """The condition that it blocks now."""
        is_open = sa.or_(cls.ends_at.is_(None), cls.ends_at > utcnow())
        return sa.and_(cls.removed_at.is_(None), is_open)

    @classmethod
    def in_force(cls) -> sa.Select[BlocklistEntry]:
        """Those that block now."""
        return sa.select(cls).where(cls.is_in_force())

    @classmethod
    def covering(cls, values: dict[str, Collection[str]]) -> sa.Select[BlocklistEntry]:
        """Those that block any of `values`, which are listed by kind; usernames by their keys."""
        names = values.get("username", ())
        conditions = [cls._fits(name) for name in names]
        conditions += [
            sa.and_(cls.kind == kind, cls.value.in_(listed))
            for kind, listed in values.items()
            if kind != "username" and listed
        ]
        return cls.in_force().where(sa.or_(sa.false(), *conditions))

    @classmethod
    def _fits(cls, username_key: str) -> sa.ColumnElement[bool]:
        # Nothing else in a pattern means something to LIKE.
        pattern = sa.func.replace(sa.func.replace(cls.value, "_", "\\_"), "*", "%")
        name = sa.literal(username_key, sa.String)
        return sa.and_(cls.kind == "username", name.like(pattern, escape="\\"))
