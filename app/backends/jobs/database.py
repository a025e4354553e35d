"""The default queue: rows of the `task` table, without a server besides the database."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.backends.jobs.base import ERROR_MAX, Job, retry_delay
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.log_events import event_fields
from app.lib.text import excerpt

log = logging.getLogger(__name__)

KILLED = "The worker was killed, or lost its lease, during the last attempt."


class DatabaseJobs:
    """A claim is one UPDATE that moves the row's due time to the end of the lease.

    No row is ever "in progress": when a worker dies, its row becomes due again by itself.
    """

    def __init__(self, lease: timedelta, attempts: int) -> None:
        self.lease = lease
        self.attempts = attempts

    def claim(self, worker_id: str, job_id: int | None = None) -> Job | None:
        while row := db.session.execute(self._claiming(worker_id, job_id)).one_or_none():
            if row.failed_at is None:
                return Job(row.id, row.name, row.payload, row.key, row.attempts, worker_id)
            facts = event_fields("job_dead_letter", job_id=row.id, job=row.name)
            log.error("job %d %s is a dead letter: %s", row.id, row.name, KILLED, extra=facts)
        return None

    def renew_lease(self, job: Job, _progress: int | None = None, /) -> bool:
        return self._change(job, available_at=utcnow() + self.lease)

    def finish(self, job: Job, repeat_after: timedelta | None = None) -> bool:
        if repeat_after is None:
            # The key is released, so that a job that was periodic can become so again.
            ended = {"finished_at": utcnow(), "key": None, "leased_by": None, "last_error": ""}
            return self._change(job, **ended) or self._is_finished(job)
        return self._change(
            job, available_at=utcnow() + repeat_after, attempts=0, leased_by=None, last_error=""
        )

    def fail(self, job: Job, error: str, *, is_permanent: bool = False) -> bool:
        now = utcnow()
        text = excerpt(error, ERROR_MAX)
        if is_permanent or job.attempt >= self.attempts:
            return self._change(job, **_dead_letter(now), leased_by=None, last_error=text)
        available_at = now + retry_delay(job.attempt)
        return self._change(job, available_at=available_at, leased_by=None, last_error=text)

    def schedule(self, key: str, interval: timedelta) -> None:
        now = utcnow()
        row = {
            "name": key,
            "key": key,
            "payload": {},
            "created_at": now,
            "available_at": now + interval,
            "attempts": 0,
            "last_error": "",
        }
        db.session.execute(insert(_task()).values(row).on_conflict_do_nothing())

    def _claiming(self, worker_id: str, job_id: int | None) -> sa.UpdateBase:
        """Claim the job that has been due longest, or dead-letter it after its last attempt.

        Attempts count when they begin, so a job that kills its workers ends as well.
        """
        task, now = _task(), utcnow()
        is_spent = task.c.attempts >= self.attempts
        values = {
            "leased_by": sa.case((is_spent, None), else_=worker_id),
            "attempts": sa.case((is_spent, task.c.attempts), else_=task.c.attempts + 1),
            "available_at": now + self.lease,
            "last_error": sa.case((is_spent, KILLED), else_=task.c.last_error),
        }
        values |= {
            name: sa.case((is_spent, sa.literal(value, task.c[name].type)), else_=task.c[name])
            for name, value in _dead_letter(now).items()
        }
        candidates = due(now) if job_id is None else due(now).where(task.c.id == job_id)
        # SQLite has one writer at a time and ignores the lock.
        chosen = candidates.limit(1).with_for_update(skip_locked=True)
        return (
            sa.update(task)
            .where(task.c.id == chosen.scalar_subquery())
            .values(values)
            .returning(*task.c["id", "name", "payload", "key", "attempts", "failed_at"])
        )

    def _is_finished(self, job: Job) -> bool:
        """Whether `job` was finished by this same attempt."""
        task = _task()
        row = sa.select(task.c.id).where(task.c.id == job.id, task.c.attempts == job.attempt)
        return db.session.scalar(row.where(task.c.finished_at.is_not(None))) is not None

    def _change(self, job: Job, **values: Any) -> bool:
        """Write `values` if `job.worker_id` still holds the lease, in this same attempt."""
        task = _task()
        held = (
            sa.update(task)
            .where(task.c.id == job.id, task.c.finished_at.is_(None), task.c.failed_at.is_(None))
            .where(task.c.leased_by == job.worker_id, task.c.attempts == job.attempt)
        )
        return db.session.scalar(held.values(values).returning(task.c.id)) is not None


def _task() -> sa.Table:
    # By name, since this module may not import models, which are on the same layer.
    return db.metadata.tables["task"]


def due(now: datetime) -> sa.Select[int]:
    """The ids of due jobs, the longest due first."""
    task = _task()
    return (
        sa.select(task.c.id)
        .where(task.c.finished_at.is_(None), task.c.failed_at.is_(None))
        .where(task.c.available_at <= now)
        .order_by(task.c.available_at, task.c.id)
    )


def _dead_letter(now: datetime) -> dict[str, Any]:
    # The key is released, so that the next run of a failed periodic job can be scheduled.
    return {"failed_at": now, "key": None}
