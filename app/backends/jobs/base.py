"""The seam for deferred work: jobs as plain data, and what a queue must be able to do."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

ERROR_MAX = 500
FIRST_WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
LONGEST_WAIT = timedelta(hours=24)
# Jobs that failed together must not all come back in the same second.
JITTER = 0.1


@dataclass(frozen=True)
class Job:
    """A claimed job: `worker_id` may run it until the lease is over. `attempt` counts from 1."""

    id: int
    name: str
    payload: dict[str, Any]
    key: str | None
    attempt: int
    worker_id: str


class JobError(Exception):
    """A failure whose text may be stored and shown; no further try helps a permanent one."""

    def __init__(self, text: str, *, is_permanent: bool = False) -> None:
        super().__init__(text)
        self.is_permanent = is_permanent


class Jobs(Protocol):
    """A queue. Its changes belong to the caller's transaction, which the caller commits."""

    def claim(self, worker_id: str, job_id: int | None = None) -> Job | None:
        """The job due next, or `job_id` if it is due, for `worker_id` alone for the lease."""

    def renew_lease(self, job: Job, progress: int | None = None, /) -> bool:
        """Start the lease anew. False: the job is no longer `job.worker_id`'s.

        How far it is, in percent, is shown where the queue has a place for that.
        """

    def finish(self, job: Job, again_in: timedelta | None = None) -> bool:
        """Note that `job` is done, or that it is due again. False: as for `renew_lease`.

        A job may say itself that it is done, in the transaction of its work.
        """

    def fail(self, job: Job, error: str, *, is_permanent: bool = False) -> bool:
        """Have `job` tried again later, or set it aside for good. False: as for `renew_lease`."""

    def schedule(self, key: str, interval: timedelta) -> None:
        """See to it that the periodic job `key` waits to run, within `interval` from now."""


def wait_after(attempt: int) -> timedelta:
    """How long to wait after the failure of `attempt` (from 1): 1, 5, 30 min, … 24 h."""
    if attempt <= len(FIRST_WAITS):
        wait = FIRST_WAITS[attempt - 1]
    else:
        # The exponent is bounded, since a timedelta is.
        doublings = min(attempt - len(FIRST_WAITS), 10)
        wait = min(FIRST_WAITS[-1] * 2**doublings, LONGEST_WAIT)
    return wait * random.uniform(1, 1 + JITTER)  # noqa: S311 (spreads load, hides nothing)
