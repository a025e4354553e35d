"""The rows that rate limits count in, and claims that hold for a while."""

from __future__ import annotations

import time
from datetime import timedelta

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.models import RateLimit


def claim(key: str, period: timedelta) -> bool:
    """Take `key` for `period`. False while somebody holds it, also in another process."""
    now = time.time()
    row = insert(RateLimit).values(key=key, hits=1, expires_at=now + period.total_seconds())
    taken = row.on_conflict_do_update(
        index_elements=[RateLimit.key],
        set_={"expires_at": row.excluded.expires_at},
        where=RateLimit.expires_at <= now,
    )
    return db.session.scalar(taken.returning(RateLimit.key)) is not None


def purge() -> int:
    """Erase counts whose window is over. Returns how many."""
    over = sa.delete(RateLimit).where(RateLimit.expires_at < time.time())
    return len(db.session.scalars(over.returning(RateLimit.key)).all())
