"""A circuit breaker: after a failure, calls are skipped for a while instead of waiting again."""

from __future__ import annotations

import threading
import time


class CircuitBreaker:
    """Closed while calls succeed, open for `seconds` after a failure; then one caller may try."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._next_try: float | None = None
        self._lock = threading.Lock()

    def may_try(self) -> bool:
        """Whether to call now. A caller that is let through reports the result."""
        with self._lock:
            if self._next_try is None:
                return True
            if time.monotonic() < self._next_try:
                return False
            # Half open: the others wait for the result of this caller.
            self._next_try = time.monotonic() + self.seconds
            return True

    def open(self) -> None:
        with self._lock:
            self._next_try = time.monotonic() + self.seconds

    def close(self) -> bool:
        """Report a success. Returns whether the breaker was open."""
        with self._lock:
            was_open = self._next_try is not None
            self._next_try = None
        return was_open
