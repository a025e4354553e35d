"""Counts of attempts that rate limits look at."""

from __future__ import annotations

import time

import sqlalchemy as sa

from app.extensions import db
from app.models import RateLimit


def purge() -> int:
    """Forget counts whose window is over. Returns how many."""
    over = sa.delete(RateLimit).where(RateLimit.expires_at < time.time())
    return len(db.session.scalars(over.returning(RateLimit.key)).all())
