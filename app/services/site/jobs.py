"""Managing deferred work: the backlog, dead letters, retries and purging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import defer

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Task
from app.services.site import audit
from app.services.site.audit import Actor

FINISHED_JOB_RETENTION = timedelta(days=7)
# Small enough to delay other writers only briefly.
PURGE_BATCH = 1000
# Jobs that send an email.
MAIL_JOBS = ("send_mail", "send_alert", "mail_notification", "mail_digest")


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


def failed_by_name() -> list[tuple[str, int]]:
    """How many jobs of each name failed permanently."""
    rows = sa.select(Task.name, sa.func.count()).where(Task.failed_at.is_not(None))
    return [(name, count) for name, count in db.session.execute(rows.group_by(Task.name))]


def page(cursor: Cursor, *, are_failed: bool, name: str | None = None) -> list[Task]:
    """A page of dead letters, or of jobs that are not done, newest first.

    Without what they are about: an email holds links that sign in.
    """
    rows = sa.select(Task).options(defer(Task.payload, raiseload=True))
    if are_failed:
        rows = rows.where(Task.failed_at.is_not(None))
    else:
        rows = rows.where(Task.finished_at.is_(None), Task.failed_at.is_(None))
    if name is not None:
        rows = rows.where(Task.name == name)
    return list(db.session.scalars(cursor.apply(rows, Task.id)))


def requeue(task_id: int) -> bool:
    """Queue the dead letter `task_id` for a retry, by whose job it is. Returns whether it was."""
    return bool(_reset([Task.id == task_id]))


def retry(by: Actor, task_id: int | None = None, *, name: str | None = None) -> int:
    """Queue the dead letter `task_id`, those called `name`, or every one, for a retry.

    Returns how many.
    """
    rows = _reset(_chosen(task_id, name))
    return _recorded("retry_jobs", by, rows, task_id, name)


def drop(by: Actor, task_id: int | None = None, *, name: str | None = None) -> int:
    """Delete the dead letter `task_id`, those called `name`, or every one. Returns how many."""
    dead = sa.delete(Task).where(Task.failed_at.is_not(None), *_chosen(task_id, name))
    rows = db.session.scalars(dead.returning(Task.name)).all()
    return _recorded("drop_jobs", by, rows, task_id, name)


def _chosen(task_id: int | None, name: str | None) -> list[sa.ColumnElement[bool]]:
    by_id = [] if task_id is None else [Task.id == task_id]
    return [*by_id, *([] if name is None else [Task.name == name])]


def _reset(chosen: list[sa.ColumnElement[bool]]) -> Sequence[str]:
    """Queue the chosen dead letters as if they were new. Returns their names."""
    rows = sa.update(Task).where(Task.failed_at.is_not(None), *chosen)
    reset = rows.values(failed_at=None, available_at=utcnow(), attempts=0, last_error="")
    return db.session.scalars(reset.returning(Task.name)).all()


def _recorded(
    action: audit.Action, by: Actor, names: Sequence[str], task_id: int | None, name: str | None
) -> int:
    """Record what was done to jobs of these names, unless there were none. Returns how many."""
    if names and task_id is not None:
        audit.record(action, by, target=f"{names[0]} #{task_id}")
    elif names:
        audit.record(action, by, target=f"{name or ''} × {len(names)}".strip())
    return len(names)


def purge() -> int:
    """Delete one batch of jobs that finished more than seven days ago. Returns how many."""
    old = (
        sa.select(Task.id)
        .where(Task.finished_at < utcnow() - FINISHED_JOB_RETENTION)
        .limit(PURGE_BATCH)
    )
    rows = sa.delete(Task).where(Task.id.in_(old)).returning(Task.id)
    return len(db.session.scalars(rows).all())
