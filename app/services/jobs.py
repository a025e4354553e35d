"""Looking after deferred work: what waits, what was set aside, what may be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Task

KEPT = timedelta(days=7)
# Small enough that other writers hardly wait.
TIDIED_AT_ONCE = 1000


def unfinished(*, only_failed: bool = False) -> Sequence[Task]:
    """Jobs that are not done, those set aside first, then in the order they are due."""
    rows = sa.select(Task).where(Task.finished_at.is_(None))
    if only_failed:
        rows = rows.where(Task.failed_at.is_not(None))
    order = (Task.failed_at.is_(None), Task.available_at, Task.id)
    return db.session.scalars(rows.order_by(*order)).all()


def retry(task_id: int | None = None) -> int:
    """Have the job `task_id`, or every job that was set aside, tried anew. Returns how many."""
    rows = sa.update(Task).where(Task.failed_at.is_not(None))
    if task_id is not None:
        rows = rows.where(Task.id == task_id)
    fresh = rows.values(failed_at=None, available_at=utcnow(), attempts=0, last_error="")
    return len(db.session.scalars(fresh.returning(Task.id)).all())


def tidy() -> int:
    """Forget jobs done more than seven days ago, some at a time. Returns how many."""
    old = sa.select(Task.id).where(Task.finished_at < utcnow() - KEPT).limit(TIDIED_AT_ONCE)
    rows = sa.delete(Task).where(Task.id.in_(old)).returning(Task.id)
    return len(db.session.scalars(rows).all())
