"""Who does not want to hear of which conversation."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime


class ConversationMute(Model):
    """One row per person and thread."""

    __table_args__ = (
        sa.UniqueConstraint("user_id", "root_id"),
        sa.Index("ix_conversation_mute_root_id", "root_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    # The number of the thread, as in `Post.root_id`: its first post may be gone.
    root_id: Mapped[int] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
