"""Deferred work: one row a job, written in the transaction that wants it done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime


class Task(Model):
    """A job. Waiting, held under a lease, done, or set aside after too many tries."""

    __table_args__ = (
        sa.Index(
            "ix_task_due",
            "available_at",
            "id",
            sqlite_where=sa.text("finished_at IS NULL AND failed_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL AND failed_at IS NULL"),
        ),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(128))
    payload: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    user_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), index=True
    )
    # Work that must exist once at most (a periodic job's next run) has a key.
    key: Mapped[str | None] = mapped_column(sa.String(128), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # When it may be taken next: later than now while a worker holds it or after a failure.
    available_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(sa.String(128))
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_error: Mapped[str] = mapped_column(sa.String(500), default="")
