"""A number per live process, so that the counters of processes add up across restarts."""

from __future__ import annotations

import fcntl
import os
from itertools import count
from pathlib import Path


class ProcessSlot:
    """A number that no other live process holds.

    The file of a number is reused after its process has exited, so that counters never decrease
    and there are never more files than concurrent processes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process_id = 0

    def __call__(self) -> int:
        if self.process_id != os.getpid():
            self.process_id, self.number = os.getpid(), self._acquire()
        return self.number

    def _acquire(self) -> int:
        for number in count():
            self.lock = os.open(self.folder / f"{number}.lock", os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(self.lock)
            else:
                return number
        raise AssertionError
