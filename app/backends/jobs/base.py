"""The seam for deferred work: jobs as plain data, and the queue's interface."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

ERROR_MAX = 500
RETRY_DELAYS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
RETRY_DELAY_MAX = timedelta(hours=24)
# Jobs that failed together must not all be retried in the same second.
JITTER = 0.1


@dataclass(frozen=True)
class Job:
    """A claimed job: `worker_id` may run it until the lease expires. `attempt` counts from 1."""

    id: int
    name: str
    payload: dict[str, Any]
    key: str | None
    attempt: int
    worker_id: str


class JobError(Exception):
    """A failure whose text may be stored and shown; a permanent one is not retried."""

    def __init__(self, text: str, *, is_permanent: bool = False) -> None:
        super().__init__(text)
        self.is_permanent = is_permanent


class Jobs(Protocol):
    """A queue. Its changes are part of the caller's transaction, which the caller commits."""

    def claim(self, worker_id: str, job_id: int | None = None) -> Job | None:
        """Lease the next due job, or `job_id` if it is due, to `worker_id`."""

    def renew_lease(self, job: Job, progress: int | None = None, /) -> bool:
        """Renew the lease. False: `job.worker_id` has lost it.

        `progress`, in percent, is shown where the queue can show it.
        """

    def finish(self, job: Job, repeat_after: timedelta | None = None) -> bool:
        """Record that `job` is done, or due again. False: as for `renew_lease`.

        A job may call this itself, in the transaction of its work.
        """

    def fail(self, job: Job, error: str, *, is_permanent: bool = False) -> bool:
        """Schedule a retry of `job`, or make it a dead letter. False: as for `renew_lease`."""

    def schedule(self, key: str, interval: timedelta) -> None:
        """Ensure that the periodic job `key` is queued, to run within `interval` from now."""


def retry_delay(attempt: int) -> timedelta:
    """The delay after the failure of `attempt` (from 1): 1, 5, 30 min, … 24 h, with jitter."""
    if attempt <= len(RETRY_DELAYS):
        delay = RETRY_DELAYS[attempt - 1]
    else:
        # The exponent is limited, since a timedelta can overflow.
        doublings = min(attempt - len(RETRY_DELAYS), 10)
        delay = min(RETRY_DELAYS[-1] * 2**doublings, RETRY_DELAY_MAX)
    return delay * random.uniform(1, 1 + JITTER)  # noqa: S311 (spreads load, hides nothing)
