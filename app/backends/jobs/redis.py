"""The queue with Redis: RQ delivers row ids to idle workers; the rows remain authoritative."""

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
# RQ stops a job after this; the largest export takes a fraction.
TIMEOUT_SECONDS = 3600
# How long RQ shows failures outside the job itself, such as an unavailable database.
FAILURE_SECONDS = 24 * 3600
SWEEP_SECONDS = 5
# Numbers with fewer digits fit into 64 bits.
NUMBER_DIGITS = 19
# Redis accepts this many well within its timeout; sweeps bring the rest.
ENQUEUE_BATCH = 200


class RQBridge:
    """Enqueues row ids in RQ. If Redis loses them, the next sweep enqueues them again."""

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
                # For errors outside the job. Its own failures are retried by its row.
                retry=Retry(max=2),
            )
            for task_id in ids[:ENQUEUE_BATCH]
        ]
        self.server.try_call(lambda: self.queue.enqueue_many(rq_jobs))

    def show(self, progress: int) -> None:
        """Show the progress (percent) of this `rq worker`'s job to RQ's own tools."""
        if rq_job := get_current_job():
            rq_job.meta["progress"] = progress
            self.server.try_call(rq_job.save_meta)

    def pop(self) -> int | None:
        """Take the row id that was enqueued first."""
        return self.server.try_call(self._pop)

    def queued_ids(self) -> set[int] | None:
        """The row ids that wait in RQ, or None when no sweep is due."""
        if time.monotonic() < self._sweeps_at:
            return None
        self._sweeps_at = time.monotonic() + SWEEP_SECONDS
        return self.server.try_call(lambda: {_row_id_of(name) for name in self.queue.job_ids})

    def _pop(self) -> int | None:
        # RQ's own non-blocking dequeue fails on an empty queue.
        name = self.server.client.lpop(self.queue.key)
        if not isinstance(name, bytes):
            return None
        self.server.client.delete(RQJob.key_for(name.decode()))
        return _row_id_of(name.decode())


class RedisJobs(DatabaseJobs):
    """Rows are claimed, finished and retried as without Redis, which only delivers them sooner.

    So a row that was enqueued twice runs once, and one that Redis has lost still runs.
    """

    def __init__(self, lease: timedelta, attempts: int, bridge: RQBridge) -> None:
        super().__init__(lease, attempts)
        self.bridge = bridge

    def claim(self, worker_id: str, job_id: int | None = None) -> Job | None:
        # Redis comes before the database, so that no transaction waits for it.
        queued_id = self.bridge.pop() if job_id is None else job_id
        in_queue = self.bridge.queued_ids()
        job = None if queued_id is None else super().claim(worker_id, queued_id)
        if job is None and job_id is None:
            job = super().claim(worker_id)
        if in_queue is not None and len(in_queue) < ENQUEUE_BATCH:
            due_ids = db.session.scalars(due(utcnow()).limit(ENQUEUE_BATCH))
            outbox.notify_queue([task_id for task_id in due_ids if task_id not in in_queue])
        return job

    def renew_lease(self, job: Job, progress: int | None = None, /) -> bool:
        if progress is not None:
            self.bridge.show(progress)
        return super().renew_lease(job)


def _row_id_of(name: str) -> int:
    number = name.removeprefix("task-")
    # Anything else in the queue belongs to no row.
    return int(number) if number.isdecimal() and len(number) < NUMBER_DIGITS else 0
