"""A number per living process, so that what processes count can be added up across restarts."""

from __future__ import annotations

import fcntl
import os
from itertools import count
from pathlib import Path


class ProcessSlot:
    """A number that no other living process holds.

    The file that goes with a number is taken over after its process died, so that counters never
    decrease and there are no more files than processes at a time.
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
