"""The outbox: deferred work as a row in the caller's transaction, run by a worker afterward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.extensions import db
from app.lib.dates import utcnow


def put(
    name: str,
    payload: dict[str, Any],
    *,
    user_id: int | None = None,
    delay: timedelta = timedelta(0),
) -> int:
    """Queue the job `name` with `payload`, to run once this transaction has committed.

    It runs at least once, not before `delay`. Returns the id of the row.
    """
    (task_id,) = put_all(name, [(user_id, payload)], delay=delay)
    return task_id


def put_all(
    name: str,
    payloads: Sequence[tuple[int | None, dict[str, Any]]],
    *,
    delay: timedelta = timedelta(0),
) -> list[int]:
    """The same for many at once, each with the person whom it is about, by one statement."""
    if not payloads:
        return []
    # By name, since models are on a higher layer.
    task = db.metadata.tables["task"]
    now = utcnow()
    rows = [
        {
            "name": name,
            "payload": payload,
            "user_id": user_id,
            "created_at": now,
            "available_at": now + delay,
            "attempts": 0,
            "last_error": "",
        }
        for user_id, payload in payloads
    ]
    ids = list(db.session.scalars(sa.insert(task).returning(task.c.id), rows))
    if not delay:
        notify_queue(ids)
    return ids


def notify_queue(ids: Sequence[int]) -> None:
    """Notify the queue of these rows once this transaction has committed.

    A lost notification loses no job: workers also poll for rows.
    """
    db.session.info.setdefault("queued_ids", []).extend(ids)


@event.listens_for(db.session, "after_commit")
def _enqueue(session: Session) -> None:
    if session.in_nested_transaction():
        return
    ids = session.info.pop("queued_ids", None)
    # Set up by a queue that is not the database itself.
    enqueue = current_app.extensions.get("queue_bridge")
    if ids and enqueue is not None:
        enqueue(ids)


@event.listens_for(db.session, "after_rollback")
def _discard(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("queued_ids", None)
