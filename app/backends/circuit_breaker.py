"""A breaker: after a failure nobody waits for the same one again."""

from __future__ import annotations

import threading
import time


class CircuitBreaker:
    """Closed while all is well, open for `seconds` after a failure; then one may try."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._next_try: float | None = None
        self._lock = threading.Lock()

    def may_try(self) -> bool:
        """Whether to try now. Whoever is let through tells how it went."""
        with self._lock:
            if self._next_try is None:
                return True
            if time.monotonic() < self._next_try:
                return False
            # The others wait for how it goes for this one.
            self._next_try = time.monotonic() + self.seconds
            return True

    def open(self) -> None:
        with self._lock:
            self._next_try = time.monotonic() + self.seconds

    def close(self) -> bool:
        """All is well. Returns whether it was not before."""
        with self._lock:
            was_open = self._next_try is not None
            self._next_try = None
        return was_open
