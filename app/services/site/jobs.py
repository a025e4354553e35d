"""Managing deferred work: the backlog, dead letters, retries and purging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Task

FINISHED_JOB_RETENTION = timedelta(days=7)
# Small enough to delay other writers only briefly.
PURGE_BATCH = 1000
# Jobs that send an email.
MAIL_JOBS = ("send_mail", "send_alert")


def unfinished(*, only_failed: bool = False) -> Sequence[Task]:
    """Jobs that are not done, dead letters first, then in the order they are due."""
    rows = sa.select(Task).where(Task.finished_at.is_(None))
    if only_failed:
        rows = rows.where(Task.failed_at.is_not(None))
    order = (Task.failed_at.is_(None), Task.available_at, Task.id)
    return db.session.scalars(rows.order_by(*order)).all()


@dataclass(frozen=True)
class Backlog:
    """Unfinished work: how many jobs are due, since when, and how many emails wait."""

    due: int
    due_since: datetime | None
    mails: int
    mails_since: datetime | None
    periodic: int


def backlog() -> Backlog:
    """How far behind the worker is; one statement, over unfinished jobs only."""
    is_due = Task.available_at <= utcnow()
    is_mail = Task.name.in_(MAIL_JOBS)
    row = db.session.execute(
        sa.select(
            sa.func.count().filter(is_due),
            sa.func.min(Task.available_at).filter(is_due),
            sa.func.count().filter(is_mail),
            sa.func.min(Task.created_at).filter(is_mail),
            sa.func.count(Task.key),
        ).where(Task.finished_at.is_(None), Task.failed_at.is_(None))
    ).one()
    return Backlog(*row)


def dead_letter_count() -> int:
    """How many jobs failed permanently."""
    rows = sa.select(sa.func.count()).where(Task.failed_at.is_not(None))
    return db.session.scalars(rows).one()


def retry(task_id: int | None = None) -> int:
    """Queue the dead letter `task_id`, or every one, for a retry. Returns how many."""
    rows = sa.update(Task).where(Task.failed_at.is_not(None))
    if task_id is not None:
        rows = rows.where(Task.id == task_id)
    reset = rows.values(failed_at=None, available_at=utcnow(), attempts=0, last_error="")
    return len(db.session.scalars(reset.returning(Task.id)).all())


def purge() -> int:
    """Delete one batch of jobs that finished more than seven days ago. Returns how many."""
    old = (
        sa.select(Task.id)
        .where(Task.finished_at < utcnow() - FINISHED_JOB_RETENTION)
        .limit(PURGE_BATCH)
    )
    rows = sa.delete(Task).where(Task.id.in_(old)).returning(Task.id)
    return len(db.session.scalars(rows).all())
