"""An optional Redis, with short timeouts and a circuit breaker."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.backends.circuit_breaker import CircuitBreaker
from app.lib.text import one_line

CONNECT_SECONDS = 0.5
# Redis responds in less than a millisecond, and every caller has a fallback.
RESPONSE_SECONDS = 0.2
OPEN_SECONDS = 10

T = TypeVar("T")
log = logging.getLogger(__name__)


class RedisClient:
    """A Redis client. After a failure it is not called for ten seconds; then one caller tries."""

    def __init__(self, url: str) -> None:
        self.client = Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=RESPONSE_SECONDS,
            # By default the library retries with pauses.
            retry=Retry(NoBackoff(), 0),
        )
        self.breaker = CircuitBreaker(OPEN_SECONDS)

    def try_call(self, call: Callable[[], T]) -> T | None:
        """The result of `call`, or None while Redis is unavailable, which is logged."""
        if not self.breaker.may_try():
            return None
        try:
            result = call()
        except RedisError as error:
            self.breaker.open()
            # Logged once per open period, not once per caller.
            text = one_line(str(error))
            log.warning("Redis is unavailable, next attempt in %d s: %s", OPEN_SECONDS, text)
            return None
        if self.breaker.close():
            log.warning("Redis is available again")
        return result
