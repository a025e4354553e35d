"""How far people have read."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.dates import utcnow
from app.models.base import Id, Model, UTCDateTime, one_of

HOME = "home"
# Apps that people use elsewhere keep both.
TIMELINES = (HOME, "notifications")


class Marker(Model):
    """The newest post that somebody has read in a timeline: one narrow row, which only grows.

    Apart from `user` and `session`, which every page reads and which have many indexes. This one
    has none but its key, so that a change of it leaves nothing for anybody else to skip.
    """

    __table_args__ = (one_of("timeline", TIMELINES),)

    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    timeline: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    # The id of a row of that timeline; it stays when the post is erased.
    last_read_id: Mapped[int] = mapped_column(Id)
    # How often it has grown.
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # The session that wrote it last, compared only: home opens at the place on other devices.
    session_id: Mapped[int | None] = mapped_column(Id)
