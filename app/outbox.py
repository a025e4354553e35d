"""Deferred work: a row now, in the caller's transaction; a worker carries it out afterwards."""

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
    """Have the worker run the job `name` with `payload` once this transaction has committed.

    It runs at least once, not before `delay` is over. Returns the id of the row.
    """
    # By name, since models stand above this module.
    task = db.metadata.tables["task"]
    now = utcnow()
    row = {
        "name": name,
        "payload": payload,
        "user_id": user_id,
        "created_at": now,
        "available_at": now + delay,
        "attempts": 0,
        "last_error": "",
    }
    inserted = db.session.execute(sa.insert(task).values(row).returning(task.c.id))
    task_id = int(inserted.scalar_one())
    if not delay:
        notify_queue([task_id])
    return task_id


def notify_queue(ids: Sequence[int]) -> None:
    """Tell the queue of these rows once this transaction has committed.

    Losing the announcement loses nothing: workers find the rows by themselves.
    """
    db.session.info.setdefault("announced", []).extend(ids)


@event.listens_for(db.session, "after_commit")
def _hand_over(session: Session) -> None:
    if session.in_nested_transaction():
        return
    ids = session.info.pop("announced", None)
    # Set by a queue that does not look into the database itself.
    relay = current_app.extensions.get("queue_bridge")
    if ids and relay is not None:
        relay(ids)


@event.listens_for(db.session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("announced", None)
