"""The queue with Redis: RQ carries the numbers of rows to whoever is free; the rows decide."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

from rq import Queue, Retry, get_current_job
from rq.job import Job as RQJob
from rq.serializers import JSONSerializer

from app import outbox
from app.backends.jobs.base import Job
from app.backends.jobs.database import DatabaseJobs, due
from app.backends.redis import RedisClient
from app.extensions import db
from app.lib.dates import utcnow

QUEUE = "microblog-tasks"
FUNCTION = "microblog.run_task"
# RQ ends a job after it; the largest export takes a fraction.
TIMEOUT_SECONDS = 3600
# How long RQ shows what went wrong beside the job, such as a database that was away.
FAILURE_SECONDS = 24 * 3600
SWEEP_SECONDS = 5
# Less than what no database can hold.
NUMBER_DIGITS = 19
# Redis takes so many well within the time it is given to answer; sweeps bring the rest.
ENQUEUE_BATCH = 200


class RQBridge:
    """Hands the numbers of rows to RQ. What Redis loses, the next sweep hands over again."""

    def __init__(self, server: RedisClient) -> None:
        self.server = server
        self.queue = Queue(QUEUE, connection=server.client, serializer=JSONSerializer)
        self._sweeps_at = 0.0

    def enqueue(self, ids: Sequence[int]) -> None:
        rq_jobs = [
            Queue.prepare_data(
                FUNCTION,
                args=[task_id],
                timeout=TIMEOUT_SECONDS,
                result_ttl=0,
                failure_ttl=FAILURE_SECONDS,
                job_id=f"task-{task_id}",
                # For trouble around the job. Its own failures are the row's, with its waits.
                retry=Retry(max=2),
            )
            for task_id in ids[:ENQUEUE_BATCH]
        ]
        self.server.try_call(lambda: self.queue.enqueue_many(rq_jobs))

    def show(self, progress: int) -> None:
        """Tell whoever watches RQ how far the job of this `rq worker` is."""
        if rq_job := get_current_job():
            rq_job.meta["progress"] = progress
            self.server.try_call(rq_job.save_meta)

    def pop(self) -> int | None:
        """The number of the row that was handed over first."""
        return self.server.try_call(self._pop)

    def waiting(self) -> set[int] | None:
        """The rows that wait in RQ, when it is time to compare; else None."""
        if time.monotonic() < self._sweeps_at:
            return None
        self._sweeps_at = time.monotonic() + SWEEP_SECONDS
        return self.server.try_call(lambda: {_row_of(name) for name in self.queue.job_ids})

    def _pop(self) -> int | None:
        # RQ's own way to take one without waiting breaks when there is none.
        name = self.server.client.lpop(self.queue.key)
        if not isinstance(name, bytes):
            return None
        self.server.client.delete(RQJob.key_for(name.decode()))
        return _row_of(name.decode())


class RedisJobs(DatabaseJobs):
    """The rows are claimed, noted and repeated as without Redis, which only brings them sooner.

    So a row that is handed over twice runs once, and one that Redis has lost is found here.
    """

    def __init__(self, lease: timedelta, attempts: int, relay: RQBridge) -> None:
        super().__init__(lease, attempts)
        self.relay = relay

    def claim(self, worker_id: str, job_id: int | None = None) -> Job | None:
        # Redis is asked before the database, so that no transaction waits for it.
        handed = self.relay.pop() if job_id is None else job_id
        waiting = self.relay.waiting()
        job = None if handed is None else super().claim(worker_id, handed)
        if job is None and job_id is None:
            job = super().claim(worker_id)
        if waiting is not None and len(waiting) < ENQUEUE_BATCH:
            found = db.session.scalars(due(utcnow()).limit(ENQUEUE_BATCH))
            outbox.notify_queue([task_id for task_id in found if task_id not in waiting])
        return job

    def renew_lease(self, job: Job, progress: int | None = None, /) -> bool:
        if progress is not None:
            self.relay.show(progress)
        return super().renew_lease(job)


def _row_of(name: str) -> int:
    number = name.removeprefix("task-")
    # Whatever else lies in the queue belongs to no row.
    return int(number) if number.isdecimal() and len(number) < NUMBER_DIGITS else 0
