"""How people hear of what others do, and the daily digest."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Id, Model, UTCDateTime, one_of

# On the site alone, also by an email at once or in the daily digest, or not at all.
Delivery = Literal["site", "mail", "digest", "none"]
DELIVERIES: tuple[Delivery, ...] = get_args(Delivery)
# From whom: everyone, or the people one follows.
FromWhom = Literal["everyone", "followed"]
FROM_WHOM: tuple[FromWhom, ...] = get_args(FromWhom)
DIGEST_HOUR = 8


class NotificationChoice(Model):
    """What somebody chose for one kind of notification. No row: on the site, from everyone.

    Any kind may stand here, so that a new one needs no migration.
    """

    __table_args__ = (one_of("delivery", DELIVERIES), one_of("from_whom", FROM_WHOM))

    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(sa.String(128), primary_key=True)
    delivery: Mapped[Delivery] = mapped_column(sa.String(16))
    from_whom: Mapped[FromWhom] = mapped_column(sa.String(16))


class Digest(Model):
    """When somebody gets their daily digest, of the kinds whose delivery is `digest`."""

    __table_args__ = (sa.CheckConstraint("hour BETWEEN 0 AND 23", "hour_known"),)

    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # In their time zone.
    hour: Mapped[int] = mapped_column(sa.SmallInteger)
    # The day, in their time zone, for which it was last sent or had nothing to say.
    sent_on: Mapped[date]
    # The next one begins here.
    covered_until: Mapped[datetime] = mapped_column(UTCDateTime)
    # When they ended it by the link in it. Their choices stay, in case they take that back.
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
