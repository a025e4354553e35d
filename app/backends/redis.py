"""Redis as a helper: asked quickly, and left alone for a while when it does not answer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.lib.text import one_line

CONNECT_SECONDS = 0.5
# Redis answers in less than a millisecond; what cannot wait for more has another way.
ANSWER_SECONDS = 0.2
REST_SECONDS = 10

T = TypeVar("T")
log = logging.getLogger(__name__)


class Server:
    """One Redis. After a failure nobody asks it for ten seconds; then one caller tries."""

    def __init__(self, url: str) -> None:
        self.client = Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            # The library would try four times, with pauses.
            retry=Retry(NoBackoff(), 0),
        )
        self._lock = threading.Lock()
        self._rests_until = 0.0

    def ask(self, call: Callable[[], T]) -> T | None:
        """What `call` gets from Redis. None while Redis cannot be used, which the log tells."""
        if not self._may_ask():
            return None
        try:
            answer = call()
        except RedisError as error:
            self._rests_until = time.monotonic() + REST_SECONDS
            # One line for each rest, however many people come by.
            text = one_line(str(error))
            log.warning("Redis cannot be used, next try in %d s: %s", REST_SECONDS, text)
            return None
        if self._rests_until:
            self._rests_until = 0.0
            log.warning("Redis can be used again")
        return answer

    def _may_ask(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._rests_until:
                return False
            if self._rests_until:
                # The others do not wait for how this try ends.
                self._rests_until = now + REST_SECONDS
            return True
