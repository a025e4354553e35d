"""The queue with Redis: RQ carries the numbers of rows to whoever is free; the rows decide."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

from rq import Queue, Retry, get_current_job
from rq.job import Job as Parcel
from rq.serializers import JSONSerializer

from app import outbox
from app.backends.jobs.base import Job
from app.backends.jobs.database import DatabaseJobs, due
from app.backends.redis import Server
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
HANDED_AT_ONCE = 200


class Relay:
    """Hands the numbers of rows to RQ. What Redis loses, the next sweep hands over again."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.queue = Queue(QUEUE, connection=server.client, serializer=JSONSerializer)
        self._sweeps_at = 0.0

    def hand_over(self, ids: Sequence[int]) -> None:
        parcels = [
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
            for task_id in ids[:HANDED_AT_ONCE]
        ]
        self.server.ask(lambda: self.queue.enqueue_many(parcels))

    def show(self, progress: int) -> None:
        """Tell whoever watches RQ how far the job of this `rq worker` is."""
        if parcel := get_current_job():
            parcel.meta["progress"] = progress
            self.server.ask(parcel.save_meta)

    def pop(self) -> int | None:
        """The number of the row that was handed over first."""
        return self.server.ask(self._pop)

    def waiting(self) -> set[int] | None:
        """The rows that wait in RQ, when it is time to compare; else None."""
        if time.monotonic() < self._sweeps_at:
            return None
        self._sweeps_at = time.monotonic() + SWEEP_SECONDS
        return self.server.ask(lambda: {_row_of(name) for name in self.queue.job_ids})

    def _pop(self) -> int | None:
        # RQ's own way to take one without waiting breaks when there is none.
        name = self.server.client.lpop(self.queue.key)
        if not isinstance(name, bytes):
            return None
        self.server.client.delete(Parcel.key_for(name.decode()))
        return _row_of(name.decode())


class RedisJobs(DatabaseJobs):
    """The rows are claimed, noted and repeated as without Redis, which only brings them sooner.

    So a row that is handed over twice runs once, and one that Redis has lost is found here.
    """

    def __init__(self, lease: timedelta, attempts: int, relay: Relay) -> None:
        super().__init__(lease, attempts)
        self.relay = relay

    def claim(self, holder: str, job_id: int | None = None) -> Job | None:
        # Redis is asked before the database, so that no transaction waits for it.
        handed = self.relay.pop() if job_id is None else job_id
        waiting = self.relay.waiting()
        job = None if handed is None else super().claim(holder, handed)
        if job is None and job_id is None:
            job = super().claim(holder)
        if waiting is not None and len(waiting) < HANDED_AT_ONCE:
            found = db.session.scalars(due(utcnow()).limit(HANDED_AT_ONCE))
            outbox.announce([task_id for task_id in found if task_id not in waiting])
        return job

    def extend(self, job: Job, progress: int | None = None, /) -> bool:
        if progress is not None:
            self.relay.show(progress)
        return super().extend(job)


def _row_of(name: str) -> int:
    number = name.removeprefix("task-")
    # Whatever else lies in the queue belongs to no row.
    return int(number) if number.isdecimal() and len(number) < NUMBER_DIGITS else 0
