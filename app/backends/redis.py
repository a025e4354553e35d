"""Redis as a helper: asked quickly, and left alone for a while when it does not answer."""

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
# Redis answers in less than a millisecond; what cannot wait for more has another way.
ANSWER_SECONDS = 0.2
OPEN_SECONDS = 10

T = TypeVar("T")
log = logging.getLogger(__name__)


class RedisClient:
    """One Redis. After a failure nobody asks it for ten seconds; then one caller tries."""

    def __init__(self, url: str) -> None:
        self.client = Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            # The library would try four times, with pauses.
            retry=Retry(NoBackoff(), 0),
        )
        self.breaker = CircuitBreaker(OPEN_SECONDS)

    def try_call(self, call: Callable[[], T]) -> T | None:
        """What `call` gets from Redis. None while Redis cannot be used, which the log tells."""
        if not self.breaker.may_try():
            return None
        try:
            answer = call()
        except RedisError as error:
            self.breaker.open()
            # One line for each rest, however many people come by.
            text = one_line(str(error))
            log.warning("Redis cannot be used, next try in %d s: %s", OPEN_SECONDS, text)
            return None
        if self.breaker.close():
            log.warning("Redis can be used again")
        return answer
