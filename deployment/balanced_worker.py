"""A gunicorn worker that leaves new connections to the worker that has the fewest.

The kernel offers a connection to every worker that waits for one. Without this, one of them may
take all those of a proxy that keeps them open, and half of the machine is idle.
"""

from __future__ import annotations

import select
import time
from multiprocessing import RawArray
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

SLOTS = 256
UNUSED = -1
# So long a worker with fewer connections may take to accept one. If none has, all are busy.
DEFERENCE_SECONDS = 0.02
POLL_SECONDS = 0.001
# How many connections each worker has; made before the fork, so all of them share it.
counts = RawArray("i", [UNUSED] * SLOTS)


class BalancedWorker(ThreadWorker):  # type: ignore[misc]
    """Shares its number of connections with the others."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # In the parent, before the fork.
        self._slot = next((slot for slot, count in enumerate(counts) if count == UNUSED), 0)
        super().__init__(*arguments, **options)

    @property
    def nr_conns(self) -> int:
        """Of gunicorn, which counts its connections in it."""
        return max(int(counts[self._slot]), 0)

    @nr_conns.setter
    def nr_conns(self, count: int) -> None:
        counts[self._slot] = count

    def accept(self, listener: Any) -> None:
        deadline = time.monotonic() + DEFERENCE_SECONDS
        while self._has_more_than_others() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            if not select.select([listener], [], [], 0)[0]:
                return
        super().accept(listener)

    def _has_more_than_others(self) -> bool:
        fewest: int = min(count for count in counts if count != UNUSED)
        return self.nr_conns > fewest

    def leave(self) -> None:
        """In the parent, after its end: nobody waits for it any more."""
        counts[self._slot] = UNUSED
