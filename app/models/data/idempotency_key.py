"""What a program has asked for once and may ask for again without doing it twice."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.dates import utcnow
from app.models.base import Id, Model, UTCDateTime


class IdempotencyKey(Model):
    """One key of one person, what was asked for under it, and the post that it made."""

    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    key_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    post_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("post.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
