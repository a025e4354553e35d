"""Who follows which tag."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.dates import utcnow
from app.lib.entities import TAG_MAX
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime


class TagFollow(Model):
    """One row per person and tag, which is folded as in `PostTag`."""

    __table_args__ = (sa.UniqueConstraint("user_id", "tag"), PERMANENT_IDS)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    tag: Mapped[str] = mapped_column(sa.String(TAG_MAX))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
