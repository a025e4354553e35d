"""The default queue: rows of the `task` table, with no server beside the database."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.backends.jobs.base import ERROR_MAX, Job, wait_after
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.log_events import event_fields
from app.lib.text import excerpt

log = logging.getLogger(__name__)

KILLED = "Its worker was killed, or lost its lease, in the last of its tries."


class DatabaseJobs:
    """A claim is one UPDATE that moves the row's due time behind the lease.

    So nothing is ever "in progress": when a worker dies its row comes due again by itself.
    """

    def __init__(self, lease: timedelta, attempts: int) -> None:
        self.lease = lease
        self.attempts = attempts

    def claim(self, worker_id: str, job_id: int | None = None) -> Job | None:
        while row := db.session.execute(self._claiming(worker_id, job_id)).one_or_none():
            if row.failed_at is None:
                return Job(row.id, row.name, row.payload, row.key, row.attempts, worker_id)
            facts = event_fields("job_dead_letter", job_id=row.id, job=row.name)
            log.error("job %d %s is set aside: %s", row.id, row.name, KILLED, extra=facts)
        return None

    def renew_lease(self, job: Job, _progress: int | None = None, /) -> bool:
        return self._change(job, available_at=utcnow() + self.lease)

    def finish(self, job: Job, again_in: timedelta | None = None) -> bool:
        if again_in is None:
            # Without its key, one that is periodic no longer may become so again.
            ended = {"finished_at": utcnow(), "key": None, "leased_by": None, "last_error": ""}
            return self._change(job, **ended) or self._is_finished(job)
        return self._change(
            job, available_at=utcnow() + again_in, attempts=0, leased_by=None, last_error=""
        )

    def fail(self, job: Job, error: str, *, is_permanent: bool = False) -> bool:
        now = utcnow()
        text = excerpt(error, ERROR_MAX)
        if is_permanent or job.attempt >= self.attempts:
            return self._change(job, **_dead_letter(now), leased_by=None, last_error=text)
        available_at = now + wait_after(job.attempt)
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
        """Take the job that has been due longest, or set it aside when its tries are used up.

        Tries count when they begin, so a job that kills its workers comes to an end too.
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
        # SQLite has one writer at a time and leaves the lock out.
        chosen = candidates.limit(1).with_for_update(skip_locked=True)
        return (
            sa.update(task)
            .where(task.c.id == chosen.scalar_subquery())
            .values(values)
            .returning(*task.c["id", "name", "payload", "key", "attempts", "failed_at"])
        )

    def _is_finished(self, job: Job) -> bool:
        """Whether `job` is done by the very attempt it was given."""
        task = _task()
        row = sa.select(task.c.id).where(task.c.id == job.id, task.c.attempts == job.attempt)
        return db.session.scalar(row.where(task.c.finished_at.is_not(None))) is not None

    def _change(self, job: Job, **values: Any) -> bool:
        """Write `values` while `job` is still its worker_id's, in the very attempt it was given."""
        task = _task()
        held = (
            sa.update(task)
            .where(task.c.id == job.id, task.c.finished_at.is_(None), task.c.failed_at.is_(None))
            .where(task.c.leased_by == job.worker_id, task.c.attempts == job.attempt)
        )
        return db.session.scalar(held.values(values).returning(task.c.id)) is not None


def _task() -> sa.Table:
    # By name, since models stand beside this module, not below it.
    return db.metadata.tables["task"]


def due(now: datetime) -> sa.Select[int]:
    """The ids of the jobs that wait to be run, the one due longest first."""
    task = _task()
    return (
        sa.select(task.c.id)
        .where(task.c.finished_at.is_(None), task.c.failed_at.is_(None))
        .where(task.c.available_at <= now)
        .order_by(task.c.available_at, task.c.id)
    )


def _dead_letter(now: datetime) -> dict[str, Any]:
    # Without its key, a periodic job that failed for good lets the next run be armed.
    return {"failed_at": now, "key": None}
