"""Rate limit counters in the database, and claims that expire."""

from __future__ import annotations

import time
from datetime import timedelta

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.models import RateLimit


def claim(key: str, period: timedelta) -> bool:
    """Claim `key` for `period`. False while it is claimed, in any process."""
    now = time.time()
    row = insert(RateLimit).values(key=key, hits=1, expires_at=now + period.total_seconds())
    taken = row.on_conflict_do_update(
        index_elements=[RateLimit.key],
        set_={"expires_at": row.excluded.expires_at},
        where=RateLimit.expires_at <= now,
    )
    return db.session.scalar(taken.returning(RateLimit.key)) is not None


def purge() -> int:
    """Delete counters whose window has expired. Returns how many."""
    expired = sa.delete(RateLimit).where(RateLimit.expires_at < time.time())
    return len(db.session.scalars(expired.returning(RateLimit.key)).all())
