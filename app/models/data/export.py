"""Exports: archives of one user's data, from the request to the file."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime
from app.models.site.task import Task

if TYPE_CHECKING:
    from app.models.accounts.user import User

EXPORT_LIFETIME = timedelta(days=7)


class Export(Model):
    """One archive. Its task holds the state of the work; the file is named by the id."""

    __table_args__ = (
        sa.CheckConstraint("progress BETWEEN 0 AND 100", "progress_percent"),
        sa.Index("ix_export_user_id_id", "user_id", "id"),
        sa.Index("ix_export_task_id", "task_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    # Finished tasks are purged after some days.
    task_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("task.id", ondelete="SET NULL"))
    progress: Mapped[int] = mapped_column(default=0)
    progress_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Bytes of the finished file.
    size: Mapped[int | None] = mapped_column(sa.BigInteger)

    task: Mapped[Task | None] = relationship(lazy="raise")

    @property
    def expires_at(self) -> datetime | None:
        return self.finished_at and self.finished_at + EXPORT_LIFETIME

    @property
    def state(self) -> str:
        """`waiting`, `running`, `resuming` (an attempt failed or was lost), `ready`, `failed`.

        The task must be loaded.
        """
        if self.finished_at:
            return "ready"
        if self.task is None or self.task.is_over:
            return "failed"
        if self.task.was_interrupted:
            return "resuming"
        return "running" if self.task.is_leased else "waiting"

    @classmethod
    def available_to(cls, user: User) -> sa.Select[Export]:
        """The archives of `user` that have not expired, newest first, with their tasks."""
        is_fresh = sa.or_(cls.finished_at.is_(None), cls.finished_at > utcnow() - EXPORT_LIFETIME)
        rows = sa.select(cls).where(cls.user_id == user.id, is_fresh)
        return rows.options(joinedload(cls.task)).order_by(cls.id.desc())
