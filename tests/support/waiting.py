"""Waiting for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

DEADLINE_SECONDS = 30
# A process that starts on a busy machine takes its time.
START_SECONDS = 120
Found = TypeVar("Found")


def eventually(find: Callable[[], Found], seconds: float = DEADLINE_SECONDS) -> Found:
    """What `find` returns as soon as that is true."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found
