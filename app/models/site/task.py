"""Deferred work: one row per job, written in the transaction that needs it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime

FAILED = sa.text("failed_at IS NOT NULL")


class Task(Model):
    """A job: waiting, leased to a worker, done, or a dead letter after too many attempts."""

    __table_args__ = (
        sa.Index(
            "ix_task_due",
            "available_at",
            "id",
            sqlite_where=sa.text("finished_at IS NULL AND failed_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL AND failed_at IS NULL"),
        ),
        # Dead letters, among all those that are kept for a week after they are done.
        sa.Index("ix_task_failed", "id", sqlite_where=FAILED, postgresql_where=FAILED),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(128))
    payload: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    user_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), index=True
    )
    # Unique for work that must be queued at most once, such as a periodic job's next run.
    key: Mapped[str | None] = mapped_column(sa.String(128), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # When it may be claimed next: in the future while it is leased or waits for a retry.
    available_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(sa.String(128))
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_error: Mapped[str] = mapped_column(sa.String(500), default="")

    @property
    def state(self) -> str:
        """`failed` for good, `running`, `due`, or `waiting`; `done` for a few days."""
        if self.failed_at is not None:
            return "failed"
        if self.finished_at is not None:
            return "done"
        if self.available_at <= utcnow():
            return "due"
        return "running" if self.leased_by else "waiting"

    @property
    def is_over(self) -> bool:
        """Whether it is done, or failed permanently."""
        return self.finished_at is not None or self.failed_at is not None

    @property
    def is_leased(self) -> bool:
        """Whether a worker is running it now."""
        return self.leased_by is not None and self.available_at > utcnow()

    @property
    def was_interrupted(self) -> bool:
        """Whether an earlier attempt failed or lost its worker."""
        return self.attempts > 1 or (self.attempts == 1 and not self.is_leased)
