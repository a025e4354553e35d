"""Where tries are counted: in our database or our memory, or in Redis while it can be used."""

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

# Without Redis nobody knows how much of a limit is used up, so each try counts for two.
WEIGHT_WITHOUT_REDIS = 2
LONG_WINDOWS = ("day", "month", "year")


class DatabaseStorage(Storage):
    """Counts in our own database: shared by all processes, kept over restarts."""

    STORAGE_SCHEME = ["database"]  # noqa: RUF012 (declared so by the library)
    base_exceptions = ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more for `key`; a window of `expiry` seconds starts when none runs."""
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
    """Counts in Redis, and in a substitute while Redis cannot be used.

    What counts for days stays in the substitute, since Redis may be emptied at any time.
    """

    STORAGE_SCHEME = ["shared"]  # noqa: RUF012 (declared so by the library)
    base_exceptions = ()

    def __init__(self, server: RedisClient, substitute: Storage) -> None:
        super().__init__()
        self.server = server
        self.substitute = substitute
        pool = server.client.connection_pool
        self.redis = RedisStorage("redis://", connection_pool=pool, key_prefix="microblog")

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        if _is_long(key):
            return self.substitute.incr(key, expiry, amount)
        hits = self.server.try_call(lambda: self.redis.incr(key, expiry, amount))
        if hits is None:
            return self.substitute.incr(key, expiry, amount * WEIGHT_WITHOUT_REDIS)
        return hits

    def get(self, key: str) -> int:
        hits = None if _is_long(key) else self.server.try_call(lambda: self.redis.get(key))
        return self.substitute.get(key) if hits is None else hits

    def get_expiry(self, key: str) -> float:
        moment = None if _is_long(key) else self.server.try_call(lambda: self.redis.get_expiry(key))
        return self.substitute.get_expiry(key) if moment is None else moment

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        return (self.server.try_call(self.redis.reset) or 0) + (self.substitute.reset() or 0)

    def clear(self, key: str) -> None:
        self.substitute.clear(key)
        if not _is_long(key):
            self.server.try_call(lambda: self.redis.clear(key))


def _is_long(key: str) -> bool:
    """Whether `key`, which the library makes, ends with a long span: "…/50/30/day"."""
    return key.rsplit("/", 1)[-1] in LONG_WINDOWS
