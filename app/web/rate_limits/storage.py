"""Rate limit storage: our database or memory, or Redis while it is available."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import sqlalchemy as sa
from limits.storage import RedisStorage, Storage

from app.database.upsert import insert
from app.extensions import db
from app.models import RateLimit

if TYPE_CHECKING:
    from app.backends.redis import RedisClient

# The fallback does not know what was counted in Redis, so each hit counts double.
WEIGHT_WITHOUT_REDIS = 2
LONG_WINDOWS = ("day", "month", "year")


class DatabaseStorage(Storage):
    """Counts in our own database: shared by all processes, kept across restarts."""

    STORAGE_SCHEME = ["database"]  # noqa: RUF012 (declared so by the library)
    base_exceptions = ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add `amount` to the hits of `key`; opens a window of `expiry` seconds if none is open."""
        now = time.time()
        row = insert(RateLimit).values(key=key, hits=amount, expires_at=now + expiry)
        is_over = RateLimit.expires_at <= now
        row = row.on_conflict_do_update(
            index_elements=[RateLimit.key],
            set_={
                "hits": sa.case((is_over, amount), else_=RateLimit.hits + amount),
                "expires_at": sa.case((is_over, now + expiry), else_=RateLimit.expires_at),
            },
        )
        return int(db.session.execute(row.returning(RateLimit.hits)).scalar_one())

    def get(self, key: str) -> int:
        row = db.session.get(RateLimit, key)
        return row.hits if row and row.expires_at > time.time() else 0

    def get_expiry(self, key: str) -> float:
        row = db.session.get(RateLimit, key)
        return row.expires_at if row else time.time()

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        return len(db.session.scalars(sa.delete(RateLimit).returning(RateLimit.key)).all())

    def clear(self, key: str) -> None:
        db.session.execute(sa.delete(RateLimit).where(RateLimit.key == key))


class SharedStorage(Storage):
    """Counts in Redis, and in a fallback while Redis is unavailable.

    Windows of days and longer always use the fallback, since Redis may be emptied at any time.
    """

    STORAGE_SCHEME = ["shared"]  # noqa: RUF012 (declared so by the library)
    base_exceptions = ()

    def __init__(self, server: RedisClient, fallback: Storage) -> None:
        super().__init__()
        self.server = server
        self.fallback = fallback
        pool = server.client.connection_pool
        self.redis = RedisStorage("redis://", connection_pool=pool, key_prefix="microblog")

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        if _is_long(key):
            return self.fallback.incr(key, expiry, amount)
        hits = self.server.try_call(lambda: self.redis.incr(key, expiry, amount))
        if hits is None:
            return self.fallback.incr(key, expiry, amount * WEIGHT_WITHOUT_REDIS)
        return hits

    def get(self, key: str) -> int:
        hits = None if _is_long(key) else self.server.try_call(lambda: self.redis.get(key))
        return self.fallback.get(key) if hits is None else hits

    def get_expiry(self, key: str) -> float:
        expires_at = (
            None if _is_long(key) else self.server.try_call(lambda: self.redis.get_expiry(key))
        )
        return self.fallback.get_expiry(key) if expires_at is None else expires_at

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        return (self.server.try_call(self.redis.reset) or 0) + (self.fallback.reset() or 0)

    def clear(self, key: str) -> None:
        self.fallback.clear(key)
        if not _is_long(key):
            self.server.try_call(lambda: self.redis.clear(key))


def _is_long(key: str) -> bool:
    """Whether `key`, as the library builds it, ends with a long period: "…/50/30/day"."""
    return key.rsplit("/", 1)[-1] in LONG_WINDOWS
