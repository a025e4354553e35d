"""Deferred work: a row now, in the caller's transaction; a worker carries it out afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

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
    return int(db.session.execute(sa.insert(task).values(row).returning(task.c.id)).scalar_one())
